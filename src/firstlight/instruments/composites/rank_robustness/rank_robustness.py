"""Whether the ranking by a composite index survives the choices that made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Unpack

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.instruments.composites.aggregations import AGGREGATIONS
from firstlight.instruments.composites.declaration_file import read_declaration, refuse_clash
from firstlight.instruments.composites.index_declaration import Declaration, with_choices
from firstlight.instruments.composites.index_scores import IndexScores
from firstlight.instruments.composites.indicator_table import IndicatorColumns, IndicatorTable
from firstlight.instruments.composites.normalisations import NORMALISATIONS
from firstlight.instruments.composites.rank_robustness.index_structure import (
    Judged,
    dimension_table,
    lift_table,
    redundancy_table,
)
from firstlight.instruments.composites.rank_robustness.robustness_answer import (
    answer,
    charts,
    conventions,
    nobody,
)
from firstlight.instruments.composites.rank_robustness.robustness_draws import rank_draws
from firstlight.instruments.composites.rank_robustness.robustness_tables import (
    choice_table,
    pair_table,
    rank_table,
    sobol_table,
    unit_sobol_table,
    with_left_out,
)
from firstlight.instruments.composites.rank_robustness.varied_choices import (
    CHOICES,
    Levels,
    varied_levels,
)
from firstlight.instruments.composites.scored_table import scored_table
from firstlight.instruments.composites.weightings import WEIGHTINGS
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.texts import Message, Name, message, names

LISTS = {
    "vary": CHOICES,
    "normalisations": NORMALISATIONS,
    "weightings": WEIGHTINGS,
    "aggregations": AGGREGATIONS,
}


def index_robustness(
    frame: Any,
    *,
    declaration: Annotated[str | Path | Mapping[str, Any], roles.File()] = "new_quality",
    vary: Annotated[Sequence[str] | None, roles.Names()] = None,
    normalisations: Annotated[Sequence[str] | None, roles.Names()] = None,
    weightings: Annotated[Sequence[str] | None, roles.Names()] = None,
    aggregations: Annotated[Sequence[str] | None, roles.Names()] = None,
    weight_change: Annotated[float, roles.Bounds(0, 0.99)] = 0.25,
    least_weight: Annotated[float | None, roles.Bounds(0, 1)] = None,
    lift: str | None = None,
    draws: Annotated[int, roles.Bounds(2, 100_000)] = 2_000,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    progress: Progress | None = None,
    **columns: Unpack[IndicatorColumns],
) -> Result:
    """Whether the ranking by a composite index survives its choices, drawn all at once.

    Parameters
    ----------
    frame
        A row for each unit, year and indicator, or a wide table with the indicators as headings.
    declaration
        A TOML file of dimensions, indicators and choices, or one that ships: new_quality,
        high_quality, four_chains.
    vary
        Choices that are drawn: missing, outliers, normalisation, weighting, weights, aggregation,
        left_out. All where it is left out.
    normalisations
        Scales to draw from, beside that of the declaration: min_max, percentile and z where it is
        left out.
    weightings
        Weightings to draw from, beside that of the declaration: equal, given, entropy, critic,
        principal_components and ahp where it is left out.
    aggregations
        Aggregations to draw from, beside that of the declaration: arithmetic, geometric and topsis
        where it is left out.
    weight_change
        By what share each weight is drawn lower or higher, at most.
    least_weight
        Share of the weight that has to rest on values of the table for a unit to be ranked, in the
        place of what the declaration says.
    lift
        Unit of which it is told what lifts it fastest; the last where it is left out.
    draws
        Ways to build the index that are drawn; odd numbers are rounded down.
    seed
        Seed of the draws.
    progress
        Called with the choices done and all of them.
    **columns
        Columns of the table: `IndicatorColumns`.

    Returns
    -------
    Result with the tables ``ranks`` (rank, unit, year, score_index, low_rank, median_rank,
    high_rank, first_share, top_3_share, top_10_share, third_share, mean_shift, above_next_share,
    moved_by, reason), ``sobol`` (indices of each choice for the mean shift in rank, with 95%
    intervals), ``choices`` (what was drawn, and why other things were not), ``lift``,
    ``redundancy`` and ``dimensions`` (of indicators), ``unit_sobol`` and, for 40 units at most,
    ``pairs`` (unit, other, above_share).

    Raises
    ------
    InputError
        As `index`; for choices that there are not, and a unit that is not ranked.

    References
    ----------
    Saisana, Saltelli and Tarantola 2005, Journal of the Royal Statistical Society A 168(2),
    307-323; Saltelli and others 2010, Computer Physics Communications 181(2), 259-270.

    Examples
    --------
    >>> import polars as pl
    >>> declared = {"name": "small", "title": "Small", "dimensions": [{"code": "a", "title": "A"}]}
    >>> declared["indicators"] = [
    ...     {"code": c, "title": c, "dimension": "a", "unit": "1", "direction": "positive"}
    ...     for c in ("x", "y")]
    >>> table = pl.DataFrame({"unit": ["n", "m", "o"], "x": [3, 2, 1], "y": [9, 5, 4]})
    >>> table = table.unpivot(index="unit", variable_name="indicator")
    >>> found = index_robustness(table, declaration=declared, draws=200).table
    >>> found.select("unit", "low_rank", "high_rank").rows()
    [('n', 1, 1), ('m', 2, 2), ('o', 3, 3)]
    """
    data = INDEX_ROBUSTNESS.read(locals())
    declared = with_choices(read_declaration(declaration), least_weight=least_weight)
    refuse_clash(declared)
    table, scores = scored_table(data.frame, declared)
    judged = _judged(table, declared, scores)
    asked = {
        "normalisation": normalisations,
        "weighting": weightings,
        "aggregation": aggregations,
    }
    levels = varied_levels(table, declared, judged.found, vary or CHOICES, asked, weight_change)
    place = _lifted(judged, lift)
    if place is None:
        said: tuple[Message, ...] = (nobody(declared),)
        tables = {"ranks": with_left_out(None, judged)}
    else:
        tables = _tables(judged, levels, place, draws, seed, progress)
        said = answer(judged, levels, tables, draws // 2 * 2)
    return Result(
        tables,
        said,
        INDEX_ROBUSTNESS.texts,
        conventions=conventions(levels, draws // 2 * 2),
        charts=charts(tables),
        given=data.given,
    )


def _judged(table: IndicatorTable, declared: Declaration, scores: IndexScores) -> Judged:
    """The index by its own choices, and the rows of the last year that has scores."""
    has_score = ~np.isnan(scores.score(declared.choices.least_weight))
    if table.years is not None and has_score.any():
        has_score &= table.years == table.years[has_score].max()
    return Judged(table, declared, scores, np.flatnonzero(has_score))


def _lifted(judged: Judged, lift: str | None) -> int | None:
    """The place among the judged rows of the unit that is to be lifted: the one that was named, or
    the last; None where nobody is ranked."""
    units = judged.table.units[judged.rows].astype(str)
    if lift is not None:
        at = np.flatnonzero(units == lift)
        if not len(at):
            known = names(sorted(units.tolist()))
            raise INDEX_ROBUSTNESS.error(message("no_unit", unit=Name(lift), known=known))
        return int(at[0])
    return int(np.lexsort((units, judged.base))[-1]) if len(units) else None


def _tables(
    judged: Judged, levels: Levels, place: int, draws: int, seed: int, progress: Progress | None
) -> dict[str, pl.DataFrame]:
    """The tables by name, the main one first."""
    base = judged.base
    units = judged.table.units[judged.rows]
    drawn = rank_draws(judged.table, levels, judged.rows, base, draws, seed, progress)
    score = judged.found.nodes[-1][judged.rows]
    ranks = rank_table(judged.table, judged.rows, score, base, drawn)
    tables = {
        "ranks": with_left_out(ranks, judged),
        "sobol": sobol_table(drawn),
        "choices": choice_table(levels, base, drawn),
        "lift": lift_table(judged, place),
        "redundancy": redundancy_table(judged),
        "dimensions": dimension_table(judged),
        "unit_sobol": unit_sobol_table(units, base, drawn),
    }
    pairs = pair_table(units, base, drawn)
    return {**tables, "pairs": pairs} if pairs.height else tables


def _check(arguments: Mapping[str, Any]) -> Message | None:
    for parameter, known in LISTS.items():
        for each in arguments[parameter] or ():
            if each not in known:
                about = {"parameter": Name(parameter), "value": Name(each)}
                return message("unknown_level", known=names(known, len(known)), **about)
    return None


INDEX_ROBUSTNESS = Measurement(
    index_robustness,
    citation="Saisana, Saltelli and Tarantola 2005, Journal of the Royal Statistical Society A "
    "168(2), 307-323",
    sample=Sample({"declaration": "new_quality"}, file="../composite_index/sample.csv"),
    check=_check,
    brief=("rank", "unit", "low_rank", "median_rank", "high_rank", "first_share", "third_share"),
    places="unit",
)
