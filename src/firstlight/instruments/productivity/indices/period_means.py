"""Means over units of changes from year to year."""

from __future__ import annotations

import polars as pl

from firstlight.numerics.growth_rates import mean_annual_growth
from firstlight.texts import Count, Message, message


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


def mean_of_a_year(table: pl.DataFrame, column: str) -> float:
    """Mean change a year, over units and pairs of years: of an index in proportion, of an indicator
    as it is.

    table : from_year, to_year, and a column ending in index or indicator, null nowhere

    >>> rows = {"from_year": [2000, 2001], "to_year": [2001, 2005], "tfp_index": [1.03, 1.03**4]}
    >>> round(mean_of_a_year(pl.DataFrame(rows), "tfp_index"), 9)
    0.03
    """
    years = (table["to_year"] - table["from_year"]).to_numpy()
    if column.endswith("_index"):
        return mean_annual_growth(table[column].to_numpy(), years)
    return float(table[column].to_numpy().sum() / years.sum())


def changes_left(left_out: pl.DataFrame) -> list[Message]:
    """How many pairs of years were left out, where any were."""
    return [message("left_out", count=Count(left_out.height))] if left_out.height else []
