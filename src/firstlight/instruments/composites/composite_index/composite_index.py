"""A composite index by a declaration: scores, ranks, and all that they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Unpack

from firstlight import roles
from firstlight.instruments.composites.aggregations import Aggregation
from firstlight.instruments.composites.composite_index.index_answer import (
    answer,
    charts,
    conventions,
)
from firstlight.instruments.composites.composite_index.index_tables import index_tables
from firstlight.instruments.composites.declaration_file import read_declaration, refuse_clash
from firstlight.instruments.composites.index_declaration import with_choices
from firstlight.instruments.composites.indicator_table import IndicatorColumns
from firstlight.instruments.composites.normalisations import Normalisation
from firstlight.instruments.composites.scored_table import scored_table
from firstlight.instruments.composites.weightings import Weighting
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result


def index(
    frame: Any,
    *,
    declaration: Annotated[str | Path | Mapping[str, Any], roles.File()] = "new_quality",
    weights: Weighting | None = None,
    normalisation: Normalisation | None = None,
    aggregation: Aggregation | None = None,
    least_weight: Annotated[float | None, roles.Bounds(0, 1)] = None,
    **columns: Unpack[IndicatorColumns],
) -> Result:
    """The scores and ranks of units by a composite index that a file declares.

    Parameters
    ----------
    frame
        A row for each unit, year and indicator, or a wide table with the indicators as headings.
    declaration
        A TOML file of dimensions, indicators and choices, or one that ships: new_quality,
        high_quality, four_chains.
    weights
        Where the weights come from, in the place of what the declaration says.
    normalisation
        How indicators are brought to one scale, in the place of what the declaration says.
    aggregation
        How indicators become a score, in the place of what the declaration says.
    least_weight
        Share of the weight that has to rest on values of the table for a score to be given, in the
        place of what the declaration says.
    **columns
        Columns of the table: `IndicatorColumns`.

    Returns
    -------
    Result with the tables ``scores`` (rank, unit, year, score_index, lifted_by, held_back_by,
    known_share, reason), ``dimensions`` (the same of each dimension), ``contributions`` (unit,
    year, indicator, dimension, value, treated_value, normalised_index, weight_share,
    contribution_index, gap_index, reason), ``weights``, ``treatment`` (what was missing, filled in
    or moved) and ``declared`` (the declaration); where there are any, ``weightings`` (those that
    are combined) and ``judgements`` (consistency of pairwise judgements).

    Raises
    ------
    InputError
        For a declaration that is at fault, with its line and key; for choices that do not go
        together or with the numbers; for a table without any of the indicators.

    References
    ----------
    OECD and JRC 2008, Handbook on Constructing Composite Indicators.

    Examples
    --------
    >>> import polars as pl
    >>> declared = {"name": "small", "title": "Small", "dimensions": [{"code": "a", "title": "A"}]}
    >>> declared["indicators"] = [
    ...     {"code": c, "title": c, "dimension": "a", "unit": "1", "direction": "positive"}
    ...     for c in ("x", "y")]
    >>> rows = [("n", "x", 1), ("n", "y", 4), ("m", "x", 3), ("m", "y", 2), ("o", "x", 2)]
    >>> table = pl.DataFrame(rows, ["unit", "indicator", "value"], orient="row")
    >>> index(table, declaration=declared, least_weight=0.5).table["score_index"].to_list()
    [50.0, 50.0, 50.0]
    """
    data = INDEX.read(locals())
    declared = with_choices(
        read_declaration(declaration),
        weights=weights,
        normalisation=normalisation,
        aggregation=aggregation,
        least_weight=least_weight,
    )
    refuse_clash(declared)
    table, scores = scored_table(data.frame, declared)
    tables = index_tables(table, declared, scores)
    return Result(
        tables,
        answer(table, declared, scores, tables),
        INDEX.texts,
        conventions=conventions(declared),
        charts=charts(tables),
        given=data.given,
    )


INDEX = Measurement(
    index,
    citation="OECD and JRC 2008, Handbook on Constructing Composite Indicators",
    sample=Sample({"declaration": "new_quality"}),
    brief=("rank", "unit", "year", "score_index", "lifted_by", "held_back_by", "known_share"),
    places="unit",
)
