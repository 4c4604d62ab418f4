"""What the instruments of one market say, as the tables that a measurement keeps and a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.places.market_segmentation import (
    MarketSegmentation,
    market_segmentation,
)
from firstlight.instruments.places.price_border import PriceBorder, price_border
from firstlight.instruments.places.price_convergence import price_convergence
from firstlight.numerics.finding import Words, listed, listed_zh
from firstlight.run.measurements.curves import (
    BORDER,
    Computed,
    add_conventions,
    add_words,
    curve_rows,
    finding_tables,
    titled,
    told_first,
)
from firstlight.run.measurements.drawings import network, place_map, thirds, thirds_of, weights_of
from firstlight.run.measurements.place_rows import is_given, neighbours_of, sites
from firstlight.sample.made_up_places import made_up_sites
from firstlight.sample.made_up_prices import bordered_prices

Choices = Mapping[str, Any]
Pairs = list[tuple[str, str]] | None
PRICES = ("made-up prices, invented: no such market exists", "虚构价格，纯属虚构：所有市场均不存在")
HOW = ("kind", "demean", "mean_over", "minimum_goods", "interval", "level", "draws", "seed")
SHOWN = (
    "segmented_places",
    "segmented_pairs",
    "segmented_goods",
    "half_lives",
    "border",
    "by_period",
)
EVERYWHERE = ("All places", "全部地区")
LINKED = ("Linked where relative prices move least", "连线为相对价格最稳定的地区对")
FAR, OFTEN = 10.0, 0.1  # no place pays ten times what another does
INDEX = ("segmentation index", "市场分割指数")
SEGMENTED = ("segmentation", "市场分割")
WITHIN, ACROSS = ("within the sides", "界内"), ("across the border", "跨界")
NO_HALF_LIVES: Words = (
    "no half-lives: they need prices or indices with a fixed base, and these compare with the period before",
    "无半衰期：环比指数不适用，需价格水平或定基指数",
)
UNDEMEANED: Words = (
    "the border is read from changes that are not demeaned: a good's mean over all pairs holds most of what pairs across share",
    "边界按未去均值的变动计算：商品的各对均值包含跨界各对的共同变动",
)


def market_tables(frame: pl.DataFrame, choices: Choices) -> Computed:
    """How segmented a market is, nationwide, by place, pair and good; its trend; how long price gaps last; a border."""
    rows, is_monthly = _with_periods(frame)
    pairs = neighbours_of(rows, choices["within_km"])
    options: dict[str, Any] = {
        **{name: choices[name] for name in HOW},
        "lag": choices["lag"] or (12 if is_monthly else 1),
    }
    given: dict[str, Any] = {"period": "period", "pairs": pairs, "monthly": is_monthly}
    found = market_segmentation(rows, "price", **given, **options)
    tables = _tables(found)
    tables["sentences"] = told_first(tables["sentences"], prices_apart(rows))
    if is_given(rows, "side"):
        plain = market_segmentation(rows, "price", **given, **{**options, "demean": "none"})
        _add_border(tables, plain, rows, choices["level"])
    if choices["half_lives"]:
        _add_half_lives(tables, rows, pairs, choices)
    facts = _drawn(tables, found, rows, is_monthly)
    for name, table in tables.items():
        if "period" in table.columns:
            tables[name] = _dated(table, is_monthly)
    return tables, {"shown": [name for name in SHOWN if name in tables], **facts}


def prices_apart(rows: pl.DataFrame) -> list[tuple[str, Words]]:
    """A sentence on goods whose prices lie further apart than places do: in several units, or qualities.

    rows : good, period, price; told is a good with a highest price of at least ``FAR`` times the lowest in a tenth of its periods

    >>> prices = pl.DataFrame({"good": ["maize"] * 4, "period": [1, 1, 2, 2], "price": [30.0, 2700.0, 31.0, 33.0]})
    >>> prices_apart(prices)[0][1][0]
    'Prices of one good in one period lie up to 90 times apart (maize): are several units or qualities mixed? Each is a good of its own.'
    """
    known = rows.drop_nulls("price").filter(pl.col("price") > 0)
    times = known.group_by("good", "period").agg(
        times=pl.col("price").max() / pl.col("price").min()
    )
    often = times.group_by("good").agg(
        share=(pl.col("times") >= FAR).mean(), most=pl.col("times").max()
    )
    apart = often.filter(pl.col("share") >= OFTEN).sort("most", "good", descending=[True, False])
    if not apart.height:
        return []
    names, most = apart["good"].to_list(), apart["most"][0]
    english = f"Prices of one good in one period lie up to {most:,.0f} times apart ({listed(names, 3)}): are several units"
    chinese = f"同一商品同期价格相差最多达{most:,.0f}倍（{listed_zh(names, 3)}）：是否混有不同计量单位或规格？请作为不同商品分列。"
    return [("apart", (f"{english} or qualities mixed? Each is a good of its own.", chinese))]


def check_market(choices: Choices) -> None:
    """Raises  InputError for a benchmark beside pairs of neighbours."""
    if choices["against"] and choices["within_km"] is not None:
        raise InputError(
            "a benchmark and neighbours", where="--against, --within-km", try_next="leave one out"
        )


def _with_periods(frame: pl.DataFrame) -> tuple[pl.DataFrame, bool]:
    """The frame with whole numbers as periods: years, or 12 * year + month - 1.

    Raises  InputError for a month that is none, or missing in some rows.
    """
    if not is_given(frame, "month"):
        return frame.with_columns(period=pl.col("year").cast(pl.Int64)), False
    date = pl.col("month").str.extract(r"^\d{4}[-/.](\d{1,2})(?:[-/.].*)?$", 1)
    number = pl.coalesce(
        date, pl.col("month").str.extract(r"^0*(\d{1,2})(?:\.0+)?\s*月?$", 1)
    ).cast(pl.Int64)
    rows = frame.with_columns(number=number)
    bad = rows.filter(pl.col("number").is_null() | ~pl.col("number").is_between(1, 12))
    if bad.height:
        row = bad.row(0, named=True)
        raise InputError(
            f"month {row['month']!r}",
            where=f"place {row['place']!r}, good {row['good']!r}, year {row['year']}",
            try_next="1 to 12, or a date such as 2020-03-15, in every row",
        )
    return rows.with_columns(period=12 * pl.col("year").cast(pl.Int64) + pl.col("number") - 1), True


def _dated(table: pl.DataFrame, is_monthly: bool) -> pl.DataFrame:
    """The table with year (and month) in place of its period."""
    year, month = pl.col("period") // 12, pl.col("period") % 12 + 1
    dates = (
        [year.alias("year"), month.alias("month")]
        if is_monthly
        else [pl.col("period").alias("year")]
    )
    at = table.columns.index("period")
    before, after = table.columns[:at], table.columns[at + 1 :]
    return table.select(*before, *dates, *after)


def _tables(found: MarketSegmentation) -> dict[str, pl.DataFrame]:
    tables = finding_tables(found, "place_periods")
    order = ("place", "segmentation_rank", "segmentation_index", "periods_count")
    tables["segmented_places"] = tables.pop("by_place").select(order)
    known = found.pairs.drop_nulls("segmentation_index").group_by(
        "place", "other_place", maintain_order=True
    )
    pairs = known.agg(pl.col("segmentation_index").mean(), periods_count=pl.len().cast(pl.Int64))
    tables["segmented_pairs"] = pairs.sort(
        "segmentation_index", descending=True, maintain_order=True
    )
    goods = found.by_good.drop_nulls("contribution_share").group_by("good", maintain_order=True)
    means = goods.agg(
        index_share=pl.col("contribution_share").mean(), periods_count=pl.len().cast(pl.Int64)
    )
    tables["segmented_goods"] = means.sort("index_share", descending=True, maintain_order=True)
    pair_periods = tables.pop("pairs")
    tables["pair_periods"] = pair_periods.drop_nulls("segmentation_index").drop(
        "reason_en", "reason_zh"
    )
    tables["good_periods"] = tables.pop("by_good").rename({"contribution_share": "index_share"})
    missing = tables.pop("missing").group_by("place", "good", maintain_order=True)
    tables["missing_prices"] = missing.agg(missing_count=pl.len().cast(pl.Int64))
    left = pair_periods.height - tables["pair_periods"].height
    if left:
        few = (
            f"{left:,} pairs in a period have too few goods to compare and no index",
            f"{left:,} 个地区对期可比商品过少，无指数",
        )
        add_conventions(tables, few)
    return tables


def _add_border(
    tables: dict[str, pl.DataFrame], plain: MarketSegmentation, rows: pl.DataFrame, level: float
) -> None:
    sides = rows.select("place", "side").drop_nulls().unique().sort("place", "side")
    twice = sides.filter(pl.col("place").is_duplicated())
    if twice.height:
        raise InputError(
            f"{twice['place'][0]!r} is on two sides",
            where="column side",
            try_next="give each place one side of the border",
        )
    found: PriceBorder = price_border(plain.pairs, dict(sides.iter_rows()), level=level)
    tables["border"] = found.table
    add_words(tables, found)
    add_conventions(tables, UNDEMEANED)


def _add_half_lives(
    tables: dict[str, pl.DataFrame], rows: pl.DataFrame, pairs: Pairs, choices: Choices
) -> None:
    if choices["kind"] == "index":
        add_conventions(tables, NO_HALF_LIVES)
        return
    against = choices["against"][0] if choices["against"] else None
    found = price_convergence(
        rows,
        "price",
        period="period",
        against=against,
        pairs=pairs,
        correction=choices["correction"],
        level=choices["level"],
    )
    tables["half_lives"] = found.table.rename({"half_life_periods": "half_life"})
    add_words(tables, found)


def _drawn(
    tables: dict[str, pl.DataFrame], found: MarketSegmentation, rows: pl.DataFrame, is_monthly: bool
) -> dict[str, Any]:
    """The index through time; and a map or network of places, linked where prices move most alike."""
    scale = 12 if is_monthly else 1

    def lines(frame: pl.DataFrame, words: Words, panel: pl.Expr, value: str) -> pl.DataFrame:
        drawn = frame.with_columns(panel.alias("panel"), x=pl.col("period") / scale)
        return curve_rows(drawn, words, "line", panel="panel", x="x", value=value)

    curves = [lines(found.by_period, INDEX, pl.lit(EVERYWHERE[0]), "segmentation_index")]
    if "border" in tables:
        of_period, panel = tables["border"].drop_nulls("period"), pl.lit(BORDER[0])
        curves += [
            lines(of_period, WITHIN, panel, "within_index"),
            lines(of_period, ACROSS, panel, "across_index"),
        ]
    order = tables["segmented_places"].drop_nulls("segmentation_index").select("place")
    ranked = order.join(found.table, on="place", how="left", maintain_order="left")
    tables["curves"] = pl.concat(
        [*curves, lines(ranked, INDEX, pl.col("place"), "segmentation_index")]
    )
    facts = {
        **titled("panels", EVERYWHERE, BORDER),
        "x_en": "year",
        "x_zh": "年份",
        "y_en": "segmentation index, 0 = one market",
        "y_zh": "市场分割指数（0为统一市场）",
    }
    return facts | _places_drawn(tables, rows)


def _places_drawn(tables: dict[str, pl.DataFrame], rows: pl.DataFrame) -> dict[str, Any]:
    known = tables["segmented_places"].drop_nulls("segmentation_index").sort("place")
    pairs = tables["segmented_pairs"].filter(pl.col("segmentation_index") > 0)
    if not pairs.height:
        return {}
    names = known["place"].to_list()
    closeness = 1 / np.sqrt(pairs["segmentation_index"].to_numpy())
    weights = weights_of(names, pairs["place"], pairs["other_place"], closeness)
    index = known["segmentation_index"]
    groups = thirds(index.to_list(), SEGMENTED)
    tables |= network(LINKED[0], names, weights, index.to_list(), groups, links_per_node=1.0)
    facts: dict[str, Any] = {
        "drawing": "network",
        "size_en": "segmentation index",
        "size_zh": "市场分割指数",
    }
    facts |= titled("drawings", LINKED) | thirds_of(SEGMENTED)
    where = sites(rows)
    if where is None:
        return facts
    tables["nodes"] = place_map(LINKED[0], where, known, "segmentation_index", groups)
    return {**facts, "drawing": "map"}


def sample_prices() -> tuple[pl.DataFrame, dict[str, Any]]:
    """Prices in the made-up economy's places, with a border planted between two halves of them."""
    return bordered_prices(0).join(made_up_sites(), on="place", maintain_order="left"), {}
