"""Names whose numbers are the sums of all others: a total that stands among its parts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

# columns of names that are ranked, compared or added up, so that a total among them counts twice
COUNTED_ONCE = (
    "unit",
    "place",
    "industry",
    "activity",
    "technology",
    "origin",
    "destination",
)

NEAR = 0.005  # of the total: parts are rounded, or a small one is missing
MOSTLY = 0.8  # of its cells
FEWEST = 4  # names; of three, one is often about the sum of two others


def counted_once(columns: Collection[str]) -> list[str]:
    """Those of the columns among whose names a total would count twice; an origin only beside a
    destination, since that of a product is domestic or imported.

    >>> counted_once(["origin", "industry", "year"])
    ['industry']
    """
    known = [name for name in COUNTED_ONCE if name in columns]
    return [name for name in known if name != "origin" or "destination" in columns]


def sums_of_others(values: NDArray[np.float64], axis: int, names: Sequence[str]) -> list[str]:
    """The names that are about the sum of all other names, year by year and cell by cell.

    values : (years, rows, columns), not negative; names : of the rows (axis 1) or the columns (axis
             2)

    >>> parts = np.array([[1.0, 2.0, 4.0, 7.0]] * 2).T[None]
    >>> sums_of_others(parts, 1, ["a", "b", "c", "nation"])
    ['nation']
    """
    if len(names) < FEWEST:
        return []
    whole = values.sum(axis=axis, keepdims=True)
    is_sum = np.abs(2 * values - whole) <= NEAR * whole
    is_there = values > 0
    # the sum of two others at least, and no copy of another
    is_sum &= is_there & (is_there.sum(axis=axis, keepdims=True) > 2)
    others = tuple(k for k in range(3) if k != axis)
    cells = is_there.sum(axis=others)
    share = is_sum.sum(axis=others) / np.maximum(cells, 1)
    return [
        name for name, part, n in zip(names, share, cells, strict=True) if part > MOSTLY and n > 1
    ]


def sums_in_frame(frame: pl.DataFrame, key: str, near: float = NEAR, fewest: int = 2) -> list[str]:
    """The names of a column whose numbers are the sum of all others', in most cells of at least one
    column.

    frame  : keys as texts or whole numbers, and columns of floats
    near   : share of the whole that may be missing from a sum
    fewest : different numbers that have to be the sum of all others'

    >>> rows = [("a", 1.0), ("b", 2.0), ("c", 4.0), ("nation", 7.0)]
    >>> rows = [(place, year, size * year) for place, size in rows for year in (1, 2)]
    >>> sums_in_frame(pl.DataFrame(rows, ["place", "year", "size"], orient="row"), "place")
    ['nation']
    """
    if frame[key].drop_nulls().n_unique() < FEWEST:
        return []
    rest = [
        name
        for name, kind in frame.schema.items()
        if name != key and (kind == pl.String or kind.is_integer())
    ]
    found: set[str] = set()
    for column in (name for name, kind in frame.schema.items() if kind == pl.Float64):
        cells = frame.select(key, *rest, pl.lit(0).alias("\x1f"), value=column).filter(
            pl.col("value") != 0
        )
        cells = cells.drop_nulls("value")
        beside = [*rest, "\x1f"]  # without others to tell cells apart, all are one
        whole = cells.group_by(beside).agg(whole=pl.col("value").sort().sum(), count=pl.len())
        twice = (2 * pl.col("value") - pl.col("whole")).abs() <= near * pl.col("whole").abs()
        is_sum = twice & (pl.col("count") > 2)
        of = cells.join(whole, on=beside, nulls_equal=True).group_by(key)
        sums = pl.col("value").filter(is_sum).n_unique()  # the same sum ten times tells once
        of_name = of.agg(share=is_sum.mean(), sums=sums)
        is_found = (pl.col("share") > MOSTLY) & (pl.col("sums") >= fewest)
        found |= set(of_name.filter(is_found)[key].to_list())
    return sorted(found)
