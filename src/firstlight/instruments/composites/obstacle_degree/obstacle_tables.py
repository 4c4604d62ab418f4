"""The tables of obstacle degrees: for each unit, on average, by dimension, by indicator."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.composites.index_declaration import Declaration
from firstlight.instruments.composites.index_scores import IndexScores
from firstlight.instruments.composites.indicator_table import IndicatorTable
from firstlight.numerics.ranks import rank_from_highest
from firstlight.texts import language_columns

Floats = NDArray[np.float64]
Codes = NDArray[np.str_]
PLACES = {"first": "first_share", "second": "second_share", "third": "third_share"}
DIGITS = 10  # beyond which obstacles differ by rounding alone


def obstacle_tables(
    table: IndicatorTable, declaration: Declaration, scores: IndexScores, shares: Floats
) -> dict[str, pl.DataFrame]:
    """The tables by name, the main one first; the last year stands first.

    shares : (n, k), obstacle degrees; nan where there is none
    """
    each = _obstacles(table, declaration, scores, shares)
    dimensions = _dimensions(table, declaration, shares)
    return {
        "units": _units(table, declaration, scores, shares),
        "on_average": _on_average(each),
        "dimensions": dimensions,
        "obstacles": each,
    }


def _obstacles(
    table: IndicatorTable, declaration: Declaration, scores: IndexScores, shares: Floats
) -> pl.DataFrame:
    """Every indicator of every unit, the largest obstacle first."""
    n, k = shares.shape
    codes = [each.code for each in declaration.indicators] * n
    dimensions = [each.dimension for each in declaration.indicators] * n
    scaled = declaration.choices.on_unit_scale(scores.normalised)
    why = np.where(scores.is_constant, "constant", scores.why_missing)
    why = np.where(np.isnan(scaled), why, _row_reason(declaration, scores, shares)[:, None])
    frame = table.keys[np.repeat(np.arange(n), k)].with_columns(
        *declaration.titled(codes, "indicator"),
        *declaration.titled(dimensions, "dimension"),
        pl.Series("unit_index", scaled.ravel()),
        pl.Series("weight_share", scores.weights.ravel()),
        pl.Series("obstacle_share", shares.ravel()),
        pl.Series("reason", why.ravel(), pl.String),
    )
    frame = frame.with_columns(
        pl.selectors.float().fill_nan(None),
        reason=pl.when(pl.col("reason") != "").then("reason"),
    )
    size = pl.col("obstacle_share").round(DIGITS)
    on = table.keys.columns
    frame = frame.with_columns(rank=rank_from_highest(size, on))
    order = (*on, "rank")
    years = on[1:]
    return frame.select(*order, pl.exclude(order)).sort(
        *years,
        "unit",
        size,
        descending=[*(True for _ in years), False, True],
        nulls_last=True,
        maintain_order=True,
    )


def _row_reason(declaration: Declaration, scores: IndexScores, shares: Floats) -> Codes:
    """(n,), why a unit has no obstacles: nothing sets units apart, too little is known, or it
    lacks nothing; else ""."""
    why = np.where(np.isnan(shares).all(axis=1), "at_best", "")
    why = np.where(scores.is_known_enough(declaration.choices.least_weight), why, "little_known")
    return np.where(scores.weights.sum(axis=1) > 0, why, "no_spread")


def _dimensions(table: IndicatorTable, declaration: Declaration, shares: Floats) -> pl.DataFrame:
    """What the indicators of each dimension make up together."""
    codes = [each.code for each in declaration.dimensions]
    sums = _sums(declaration, codes, shares)
    n, k = sums.shape
    frame = table.keys[np.repeat(np.arange(n), k)].with_columns(
        *declaration.titled(codes * n, "dimension"),
        pl.Series("obstacle_share", sums.ravel()).fill_nan(None),
    )
    if "year" in frame.columns:
        frame = frame.sort("year", descending=True, maintain_order=True)
    return frame


def _units(
    table: IndicatorTable, declaration: Declaration, scores: IndexScores, shares: Floats
) -> pl.DataFrame:
    """The main table: the largest obstacles of each unit, and its largest dimension."""
    codes = [each.code for each in declaration.indicators]
    columns = list[pl.Series]()
    for place, (name, share) in enumerate(PLACES.items()):
        columns += _largest(declaration, codes, shares, place, (name, share))
    top, sums = _top_dimensions(declaration, shares)
    columns += _largest(declaration, top, sums, 0, ("dimension", "dimension_share"))
    frame = table.keys.with_columns(
        *columns,
        pl.Series("known_share", scores.known[-1]),
        pl.Series("reason", _row_reason(declaration, scores, shares), pl.String),
    ).with_columns(reason=pl.when(pl.col("reason") != "").then("reason"))
    if "year" in frame.columns:
        frame = frame.sort("year", descending=True, maintain_order=True)
    return frame


def _top_dimensions(declaration: Declaration, shares: Floats) -> tuple[list[str], Floats]:
    """The dimensions that the index itself is made up of, and what each makes up."""
    top = [each.code for each in declaration.dimensions if not each.within]
    return top, _sums(declaration, top, shares)


def _sums(declaration: Declaration, codes: list[str], shares: Floats) -> Floats:
    """(n, number of dimensions), what the indicators of each make up; nan where nothing is told."""
    tree = declaration.tree
    leaves = [list(tree.leaves[tree.nodes.index(code)]) for code in codes]
    sums = np.stack([np.nansum(shares[:, leaf_places], axis=1) for leaf_places in leaves], axis=1)
    sums[np.isnan(shares).all(axis=1)] = np.nan
    return sums


def _largest(
    declaration: Declaration, codes: list[str], shares: Floats, place: int, names: tuple[str, str]
) -> list[pl.Series]:
    """What has the largest share of each row, or the second largest, and that share; None where
    there is none above 0."""
    size = np.round(np.nan_to_num(shares), DIGITS)
    order = np.zeros(len(size), int)
    largest = np.zeros(size.shape[:1])
    if place < len(codes):
        order = np.argsort(-size, axis=1, kind="stable")[:, place]
        largest = np.asarray(size[np.arange(len(size)), order])
    ordered: NDArray[np.object_] = np.array(codes, object)[order]
    ordered[largest <= 0] = None
    share = pl.Series(names[1], np.where(largest > 0, largest, np.nan)).fill_nan(None)
    return [*declaration.titled(list(ordered), names[0]), share]


def _on_average(each: pl.DataFrame) -> pl.DataFrame:
    """The mean obstacle of each indicator over the units that have one, and for how many it is
    the largest."""
    years = [name for name in ("year",) if name in each.columns]
    on = [*years, *language_columns("indicator"), *language_columns("dimension")]
    is_largest = (pl.col("rank") == 1) & (pl.col("obstacle_share") > 0)
    mean = each.group_by(on, maintain_order=True).agg(
        pl.col("obstacle_share").sort().mean(),
        largest_count=is_largest.sum().cast(pl.Int64),
        units_count=pl.col("obstacle_share").count().cast(pl.Int64),
    )
    size = pl.col("obstacle_share").round(DIGITS)
    mean = mean.with_columns(rank=rank_from_highest(size, years))
    order = (*years, "rank")
    descending = [*(True for _ in years), True, False]
    return mean.select(*order, pl.exclude(order)).sort(
        *years, size, "indicator", descending=descending, nulls_last=True
    )
