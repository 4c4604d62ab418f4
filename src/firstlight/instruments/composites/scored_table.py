"""A user's table by a declaration: its indicators, and the scores that they give."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from firstlight.instruments.composites.index_declaration import Declaration
from firstlight.instruments.composites.index_scores import IndexScores, composite_scores
from firstlight.instruments.composites.indicator_table import (
    IndicatorTable,
    indicator_table,
)

__all__ = ["scored_table", "scores_of"]


def scored_table(
    frame: pl.DataFrame, declaration: Declaration
) -> tuple[IndicatorTable, IndexScores]:
    """The indicators of a table, and their scores.

    frame : unit, indicator, year (null throughout where there is none), value, group

    Raises InputError where table and declaration do not go together.
    """
    table = indicator_table(frame, declaration)
    return table, scores_of(table, declaration)


def _without_denominators(declaration: Declaration, ready: Collection[str]) -> Declaration:
    """The declaration for a table that has some indicators over their denominators already."""
    whole = {
        each.code: replace(each, denominator=None)
        for each in declaration.indicators
        if each.code in ready
    }
    indicators = tuple(whole.get(each.code, each) for each in declaration.indicators)
    return replace(declaration, indicators=indicators)


def scores_of(table: IndicatorTable, declaration: Declaration) -> IndexScores:
    """The scores of a table by a declaration, whatever its choices."""
    return composite_scores(
        table.values,
        _without_denominators(declaration, table.ready),
        denominators=table.denominators,
        units=table.units,
        years=table.years,
        groups=table.groups,
    )
