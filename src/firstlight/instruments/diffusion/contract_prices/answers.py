"""What is said of prices: dearest and cheapest, how they moved, how skewed, what is too thin."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from firstlight.instruments.diffusion.contract_prices.typical_values import median_interval
from firstlight.texts import (
    Count,
    Figure,
    Growth,
    Message,
    Name,
    Number,
    Share,
    Value,
    Year,
    message,
    names,
)

__all__ = ["are_surely_apart", "said_of"]

MOST_NAMED: Final = 5


def said_of(
    tables: dict[str, pl.DataFrame], known: pl.DataFrame, level: float, is_grouped: bool
) -> list[Message]:
    """The sentences, the answer first.

    known : technology and value of each contract
    """
    prices = tables["prices"]
    said = [_of_means(prices)] if is_grouped else _of_medians(prices, known, level)
    if "price_index" in tables:
        said += _of_index(tables["price_index"])
    if not is_grouped:
        said += _of_skew(prices)
        thin = prices.filter(reason="few_contracts")
        if thin.height:
            named = names(thin["technology"].sort(), most=MOST_NAMED)
            said.append(message("thin", count=Count(thin.height), technologies=named))
    return said


def are_surely_apart(known: pl.DataFrame, dear: str, cheap: str, level: float) -> bool:
    """Whether the medians of two technologies differ, however the two were picked.

    Their intervals, at a level that holds for all technologies at once (Bonferroni), don't touch.
    """
    ends = []
    every = 1 - (1 - level) / known["technology"].n_unique()
    for name in (dear, cheap):
        values = known.filter(technology=name)["value"].sort()
        found = median_interval(values.len(), every)
        if found is None:
            return False
        ends.append((values[found[0] - 1], values[values.len() - found[0]]))
    return bool(ends[0][0] > ends[1][1])


def _of_means(prices: pl.DataFrame) -> Message:
    """The dearest and the cheapest by the mean, which is all that sums can tell."""
    first, last = prices.row(0, named=True), prices.row(-1, named=True)
    values: dict[str, Value[Any]] = {
        "dearest": Name(first["technology"]),
        "dear": Figure(first["mean_value"]),
    }
    if prices.height == 1:
        return message("mean_one", count=Count(first["contracts_count"]), **values)
    values |= {"cheapest": Name(last["technology"]), "cheap": Figure(last["mean_value"])}
    return message("means", **values)


def _of_medians(prices: pl.DataFrame, known: pl.DataFrame, level: float) -> list[Message]:
    judged = prices.drop_nulls("median_low")
    if not judged.height:
        count = Count(int(prices["contracts_count"].sum()))
        return [message("none_judged", count=count)]
    first, last = judged.row(0, named=True), judged.row(-1, named=True)
    dear: dict[str, Value[Any]] = {"dearest": Name(first["technology"]), **_interval("dear", first)}
    if judged.height == 1:
        return [message("one", count=Count(first["contracts_count"]), **dear)]
    is_apart = are_surely_apart(known, first["technology"], last["technology"], level)
    cheap = {"cheapest": Name(last["technology"]), **_interval("cheap", last)}
    return [message("apart" if is_apart else "alike", **dear, **cheap)]


def _interval(name: str, row: dict[str, Any]) -> dict[str, Value[Any]]:
    return {
        name: Figure(row["median_value"]),
        f"{name}_low": Figure(row["median_low"]),
        f"{name}_high": Figure(row["median_high"]),
    }


def _of_index(index: pl.DataFrame) -> list[Message]:
    """How prices moved from the first year to the last that is linked with it."""
    linked = index.drop_nulls("price_index")
    if linked.height < 2:
        return [message("nothing_linked", first=Year(index["year"][0]))]
    last = linked.row(-1, named=True)
    values: dict[str, Value[Any]] = {
        "first": Year(linked["year"][0]),
        "last": Year(last["year"]),
        "change": Growth(last["price_index"] - 1),
        "plain": Growth(last["unadjusted_index"] - 1),
    }
    if last["price_index_low"] is None:
        return [message("moved_no_error", **values)]
    low, high = last["price_index_low"], last["price_index_high"]
    code = "no_change"
    if low > 1:
        code = "rose"
    elif high < 1:
        code = "fell"
    return [message(code, low=Growth(low - 1), high=Growth(high - 1), **values)]


def _of_skew(prices: pl.DataFrame) -> list[Message]:
    """The technology with most contracts: what its dearest tenth holds, and its mean."""
    told = prices.drop_nulls("top_tenth_share").sort(-pl.col("contracts_count"), "technology")
    if not told.height:
        return []
    row = told.row(0, named=True)
    values: dict[str, Value[Any]] = {
        "technology": Name(row["technology"]),
        "share": Share(row["top_tenth_share"]),
    }
    ratio = Number(row["mean_value"] / row["median_value"], digits=1)
    return [message("skew", count=Count(row["contracts_count"]), ratio=ratio, **values)]
