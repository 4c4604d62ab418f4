"""A user's table by a declaration: its indicators, and the scores that they give."""

from __future__ import annotations

import polars as pl

from firstlight.instruments.composites.composite_index.indicator_table import (
    IndicatorTable,
    indicator_table,
)
from firstlight.instruments.composites.index_declaration import Declaration
from firstlight.instruments.composites.index_scores import IndexScores, composite_scores

__all__ = ["scored_table"]


def scored_table(
    frame: pl.DataFrame, declaration: Declaration
) -> tuple[IndicatorTable, IndexScores]:
    """The indicators of a table, and their scores.

    frame : unit, indicator, year (null throughout where there is none), value, group

    Raises InputError where table and declaration do not go together.
    """
    table = indicator_table(frame, declaration)
    found = composite_scores(
        table.values,
        declaration,
        denominators=table.denominators,
        units=table.units,
        years=table.years,
        groups=table.groups,
    )
    return table, found
