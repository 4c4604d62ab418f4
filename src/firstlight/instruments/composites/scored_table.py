"""A user's table by a declaration: its indicators, and the scores that they give."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.composites.index_declaration import Declaration
from firstlight.instruments.composites.index_scores import IndexScores, composite_scores
from firstlight.instruments.composites.indicator_table import (
    IndicatorTable,
    indicator_table,
)
from firstlight.texts import Count, Name, message, names

FOLDER = Path(__file__).parent


def scored_table(
    frame: pl.DataFrame, declaration: Declaration
) -> tuple[IndicatorTable, IndexScores]:
    """The indicators of a table, and their scores.

    frame : unit, indicator, year (null throughout where there is none), value, group

    Raises InputError where table and declaration do not go together, also where no row has a score
    since the table is mostly of indicators that the declaration does not know.
    """
    table = indicator_table(frame, declaration)
    scores = scores_of(table, declaration)
    if not np.isfinite(scores.score(declaration.choices.least_weight)).any():
        _refuse_others(table, declaration)
    return table, scores


def _refuse_others(table: IndicatorTable, declaration: Declaration) -> None:
    codes = [each.code for each in declaration.indicators]
    columns = zip(codes, table.values.T, strict=True)
    there = [code for code, values in columns if np.isfinite(values).any()]
    if not there or len(there) >= len(table.unused):
        return
    fault = message(
        "other_indicators",
        name=Name(declaration.name),
        all=Count(len(codes)),
        there=names(there),
        count=Count(len(table.unused)),
        others=names(table.unused),
    )
    raise InputError(fault, FOLDER)


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
