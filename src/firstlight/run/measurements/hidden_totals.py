"""A total that stands among its parts, such as the nation among its provinces: found by its sums, and told."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.places.place_table import PlaceTable
from firstlight.numerics.finding import Words

NEAR = 0.005  # of the total: parts are rounded, or a small one is missing
MOSTLY = 0.8  # of its cells
FEWEST = 4  # names; of three, one is often about the sum of two others


def hidden_totals(
    read: PlaceTable, kinds: Words = ("industries", "行业")
) -> list[tuple[str, Words]]:
    """A sentence for each place, and each industry, that is about the sum of all others, year by year and cell by cell.

    kinds : what industries are called

    >>> import polars as pl
    >>> from firstlight.instruments.places.place_table import place_table
    >>> rows = [(p, i, v) for p, v in (("a", 1.0), ("b", 2.0), ("c", 4.0), ("nation", 7.0)) for i in "xy"]
    >>> hidden_totals(place_table(pl.DataFrame(rows, ["place", "industry", "jobs"], orient="row"), "jobs"))[0][1][0]
    "'nation' is the sum of all other places: a total, which counts everything twice. Leave it out."
    """
    found: list[tuple[str, Words]] = []
    for axis, names, kind in (
        (1, read.places, ("places", "地区")),
        (2, read.industries, kinds),
    ):
        for name in _sums(read.values, axis, names):
            english = f"'{name}' is the sum of all other {kind[0]}: a total, which counts everything twice. Leave it out."
            found.append(
                (
                    "total",
                    (
                        english,
                        f"“{name}”等于其余{kind[1]}之和，应为合计项，会造成重复计算，请剔除。",
                    ),
                )
            )
    return found


def _sums(values: NDArray[np.float64], axis: int, names: list[str]) -> list[str]:
    if len(names) < FEWEST:
        return []
    whole = values.sum(axis=axis, keepdims=True)
    twice = np.abs(2 * values - whole) <= NEAR * whole
    there = values > 0
    twice &= there & (
        there.sum(axis=axis, keepdims=True) > 2
    )  # of two others the sum, not one other's copy
    others = tuple(k for k in range(3) if k != axis)
    cells = there.sum(axis=others)
    share = twice.sum(axis=others) / np.maximum(cells, 1)
    return [
        name for name, part, n in zip(names, share, cells, strict=True) if part > MOSTLY and n > 1
    ]
