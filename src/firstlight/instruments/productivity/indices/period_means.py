"""Means over units of changes from year to year."""

from __future__ import annotations

import polars as pl


def measured(table: pl.DataFrame, kind: str) -> list[str]:
    """The columns of a change and its parts, an index or an indicator.

    >>> columns = {"unit": [], "productivity_index": [], "cumulated_productivity_index": []}
    >>> measured(pl.DataFrame(columns), "index")
    ['productivity_index']
    """
    return [
        name
        for name in table.columns
        if name.endswith(f"_{kind}") and not name.startswith("cumulated")
    ]


def by_period(table: pl.DataFrame, kind: str) -> pl.DataFrame:
    """from_year, to_year, units_count, undefined_count, and each part's mean over units with all.

    table : from_year, to_year, and columns ending in the kind, null where undefined
    kind  : "index", whose means are geometric, or "indicator", whose means are arithmetic

    >>> rows = {"from_year": [1, 1], "to_year": [2, 2], "productivity_index": [4.0, 1.0]}
    >>> by_period(pl.DataFrame(rows), "index").row(0)
    (1, 2, 2, 0, 2.0)
    """
    columns = measured(table, kind)
    defined = pl.all_horizontal(pl.col(columns).is_not_null())
    known = pl.col(columns).filter(defined)
    means = known.log().mean().exp() if kind == "index" else known.mean()
    counts = (
        defined.sum().cast(pl.Int64).alias("units_count"),
        (~defined).sum().cast(pl.Int64).alias("undefined_count"),
    )
    return table.group_by("from_year", "to_year").agg(*counts, means).sort("from_year")
