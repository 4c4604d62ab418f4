"""Coupling coordination of the dimensions of an index, straight from its indicators."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Unpack

import numpy as np
from numpy.typing import NDArray

from firstlight import roles
from firstlight.instruments.composites.coupling_degree.coordination_answer import (
    coordination_answer,
    coordination_charts,
    coordination_gaps,
)
from firstlight.instruments.composites.coupling_degree.coordination_tables import (
    Coordination,
    Grades,
    coordination_tables,
)
from firstlight.instruments.composites.coupling_degree.coupling_formulas import Form
from firstlight.instruments.composites.declaration_file import (
    made_of,
    read_declaration,
    refuse_clash,
)
from firstlight.instruments.composites.index_declaration import Declaration, with_choices
from firstlight.instruments.composites.index_scores import IndexScores
from firstlight.instruments.composites.indicator_table import IndicatorColumns
from firstlight.instruments.composites.scored_table import scored_table
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import Count, Message, Name, Number, Remark, Share, language_columns, message

Floats = NDArray[np.float64]
WITHIN_ENDS = ("arithmetic", "geometric", "harmonic")  # means that stay between the ends


def index_coupling(
    frame: Any,
    *,
    declaration: Annotated[str | Path | Mapping[str, Any], roles.File()] = "new_quality",
    form: Form = "standard",
    weights: Literal["equal", "index"] = "equal",
    grades: Grades | None = "five",
    in_step: Annotated[float, roles.Bounds(0.01, 1)] = 0.8,
    least_weight: Annotated[float | None, roles.Bounds(0, 1)] = None,
    **columns: Unpack[IndicatorColumns],
) -> Result:
    """The coupling coordination degree of the dimensions of an index, from its indicators.

    Parameters
    ----------
    frame
        A row for each unit, year and indicator, or a wide table with the indicators as headings.
    declaration
        A TOML file of dimensions, indicators and choices, or one that ships: new_quality,
        high_quality, four_chains. The dimensions that the index itself is made up of are the
        systems.
    form
        The standard degree of coupling, or the adjusted one, which spreads over more of 0 to 1.
    weights
        Of the dimensions in the level: equal, or those that they have in the index.
    grades
        How many grades the degree is divided into.
    in_step
        Ratio to the mean of the other dimensions below which one lags; it leads above the inverse.
    least_weight
        Share of a dimension's weight that has to rest on values of the table for it to have a
        score, in the place of what the declaration says.
    **columns
        Columns of the table: `IndicatorColumns`.

    Returns
    -------
    Result with the tables ``coordination`` (unit, year, coupling_index, level_index,
    coordination_index, grade, lagging_system, reason), ``relative`` (unit, year, system,
    score_index, relative_ratio, development, reason), ``weights`` (system, weight_share) and, with
    years and grades, ``transitions`` (from_grade, to_grade, steps_count, step_share).

    Raises
    ------
    InputError
        For a declaration that is at fault, has a single dimension or gives scores that do not run
        between two ends, and for a table without any of the indicators.

    References
    ----------
    Wang, Kong and Ren 2021, Journal of Natural Resources 36(3), 793-810.

    Examples
    --------
    >>> import polars as pl
    >>> declared = {"name": "small", "title": "Small"}
    >>> declared["dimensions"] = [{"code": c, "title": c} for c in ("digital", "green")]
    >>> declared["indicators"] = [
    ...     {"code": c, "title": c, "dimension": d, "unit": "1", "direction": "positive"}
    ...     for c, d in (("x", "digital"), ("y", "green"))]
    >>> table = pl.DataFrame({"unit": ["l", "m", "n"], "x": [1, 3, 5], "y": [4, 2, 0]})
    >>> table = table.unpivot(index="unit", variable_name="indicator")
    >>> index_coupling(table, declaration=declared).table["coupling_index"].to_list()
    [1.0, 0.0, 0.0]
    """
    data = INDEX_COUPLING.read(locals())
    declared = with_choices(read_declaration(declaration), least_weight=least_weight)
    _refuse(declared)
    table, scores = scored_table(data.frame, declared)
    top = [each for each in declared.dimensions if not each.within]
    at = [declared.tree.nodes.index(each.code) for each in top]
    systems = {
        name: [each.title[lang] for each in top]
        for name, lang in language_columns("system").items()
    }
    u = _scores(declared, scores, at)
    w = np.full(len(top), 1 / len(top)) if weights == "equal" else _weights(declared, scores, at)
    own = Coordination(table.keys, systems, u, w, form, grades, in_step)
    tables = coordination_tables(own)
    coordination = tables["coordination"]
    return Result(
        tables,
        (
            *coordination_answer(own, coordination),
            *_lacking(declared, scores, at),
            *coordination_gaps(coordination),
            message("rests_on", share=Share(float(scores.known[-1].mean()), 1)),
        ),
        INDEX_COUPLING.texts,
        conventions=(
            made_of(declared),
            message("systems", least=Share(declared.choices.least_weight)),
            message(f"form_{form}"),
            message(f"weights_{weights}"),
            message("no_row_left_out"),
            message("in_step", bound=Number(in_step), inverse=Number(1 / in_step)),
        ),
        charts=coordination_charts(own, coordination),
        given=data.given,
    )


def _refuse(declared: Declaration) -> None:
    """Raise InputError for an index whose dimensions are no systems with scores from 0 to 1."""
    top = [each.code for each in declared.dimensions if not each.within]
    if len(top) < 2:
        raise INDEX_COUPLING.error(message("one_dimension", dimension=Name(top[0])))
    choices = declared.choices
    pair = {"normalisation": Name(choices.normalisation), "aggregation": Name(choices.aggregation)}
    is_plain = choices.aggregation in WITHIN_ENDS and choices.weights != "benefit_of_the_doubt"
    if not choices.has_ends or not is_plain:
        raise INDEX_COUPLING.error(message("no_unit_scores", weights=Name(choices.weights), **pair))
    refuse_clash(declared)


def _scores(declared: Declaration, computed: IndexScores, at: list[int]) -> Floats:
    """(n, number of dimensions), from 0 to 1; nan where too little is known."""
    choices = declared.choices
    scores = [choices.on_unit_scale(computed.score(choices.least_weight, node)) for node in at]
    return np.clip(np.stack(scores, axis=1), 0, 1)


def _lacking(declared: Declaration, scores: IndexScores, at: list[int]) -> list[Message]:
    """The dimensions that leave rows without a degree, and how much of them the table has."""
    least = declared.choices.least_weight
    said = []
    for each, node in zip(
        (dimension for dimension in declared.dimensions if not dimension.within), at, strict=True
    ):
        is_enough = scores.is_known_enough(least, node)
        rows = int((~is_enough).sum())
        if rows:
            title = Remark(each.title)
            known = float(scores.known[node][~is_enough].mean())
            shares = {"share": Share(known), "least": Share(least)}
            said.append(message("lacks", dimension=title, count=Count(rows), **shares))
    return said


def _weights(declared: Declaration, scores: IndexScores, at: list[int]) -> Floats:
    """(n, number of dimensions), the weights of the dimensions in the index."""
    leaves = [list(declared.tree.leaves[node]) for node in at]
    return np.stack([scores.weights[:, leaf_places].sum(axis=1) for leaf_places in leaves], axis=1)


INDEX_COUPLING = Measurement(
    index_coupling,
    citation="Wang, Kong and Ren 2021, Journal of Natural Resources 36(3), 793-810",
    sample=Sample({"declaration": "new_quality"}, file="../../composite_index/sample.csv"),
    brief=("unit", "year", "coordination_index", "grade", "lagging_system", "coupling_index"),
)
