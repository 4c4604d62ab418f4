"""Market segmentation from relative prices: how differently prices move in places that should share one market.

Where goods flow freely, arbitrage holds the relative prices of two places together; the more of its own each place's
prices move, the more the market is walled off. Symbols: p_ikt price of good k in place i and period t, g log change of
a price, Q log relative price, q its demeaned absolute change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.places.market_segmentation_words import conventions, sentences
from firstlight.instruments.places.price_panel import (
    Array,
    Indices,
    PricePanel,
    compared_pairs,
    read_prices,
)
from firstlight.instruments.places.segmentation_trend import NOTHING_MOVES, segmentation_trend
from firstlight.numerics.finding import Finding
from firstlight.numerics.long_frames import nan_to_null

DEMEAN = ("good_period", "good", "none")
MEAN_OVER = ("compared", "all")


@dataclass(frozen=True, kw_only=True)
class MarketSegmentation(Finding):
    """Segmentation indices: mean variances over goods, dimensionless; the larger, the more segmented.

    table     : place, period, segmentation_index (mean over the place's pairs), integration_index (1 / sqrt of it),
                pairs_count, reason_en, reason_zh
    by_period : period, segmentation_index (mean over all compared pairs), pairs_count (with a variance)
    by_place  : place, segmentation_index (mean over periods), segmentation_rank (1 = most segmented), periods_count
    pairs     : place, other_place, period, segmentation_index, goods_count, reason_en, reason_zh
    by_good   : good, period, contribution_index (they add up to the period's index), contribution_share
    missing   : place, good, period of each price that is not there
    trend_percent, trend_low, trend_high : change of the period's index in percent per period, with interval; nan where none
    """

    by_period: pl.DataFrame = field(repr=False)
    by_place: pl.DataFrame = field(repr=False)
    pairs: pl.DataFrame = field(repr=False)
    by_good: pl.DataFrame = field(repr=False)
    missing: pl.DataFrame = field(repr=False)
    trend_percent: float
    trend_low: float
    trend_high: float

    def _chart(self, alt: Any) -> Any:
        rows = self.by_period.drop_nulls("segmentation_index")
        return alt.Chart(rows).mark_line(point=True).encode(x="period:Q", y="segmentation_index:Q")


def relative_price_variance(
    changes: Any,
    first: Any,
    second: Any,
    *,
    demean: str = "good_period",
    mean_over: str = "compared",
    ddof: int = 1,
    minimum_goods: int = 2,
) -> tuple[Array, Indices, Array]:
    """Variance across goods of each pair's demeaned absolute relative price change.

    |dQ_ijkt| = |g_ikt - g_jkt|; q_ijkt = |dQ_ijkt| less a mean of its good; variance over k of q_ijkt.

    changes       : (periods, places, goods), log price changes, nan where missing
    first, second : (pairs,), positions of the two places of each pair
    demean        : ``good_period``: the mean of good k in period t; ``good``: of good k over all periods; ``none``
    mean_over     : that mean is over the ``compared`` pairs, or over ``all`` pairs of places
                    (a good that a single pair has is not compared then, as its mean would be its own)
    ddof          : 1 divides by the number of goods less one, as Stata's sd; 0 by their number
    Returns (variance (periods, pairs), goods with changes in both (periods, pairs), parts (periods, goods): each good's
    mean part over the pairs that have a variance, adding up to their mean variance); nan where goods are too few.
    Raises  InputError for an unknown option, or ``minimum_goods`` below 2.
    Source: Parsley and Wei (1996), Quarterly Journal of Economics 111, and (2001), Journal of International
            Economics 55(1), 87-105; with absolute values: Gui, Chen, Lu and Chen (2006), Journal of World Economy (世界经济)
            2006(2).

    >>> g = np.log([[[1.1, 1.0, 1.2], [1.0, 1.0, 1.1], [1.0, 1.1, 1.1]]])
    >>> relative_price_variance(g, [0, 0, 1], [1, 2, 2], demean="none")[0].round(5).tolist()
    [[0.00279, 2e-05, 0.00303]]
    """
    _refuse_options(demean, mean_over, ddof, minimum_goods)
    g, one, other = np.asarray(changes, dtype=float), np.asarray(first), np.asarray(second)
    mean = _means_of_goods(g, one, other, demean, mean_over)
    variance = np.full((g.shape[0], one.size), np.nan)
    counts = np.zeros(variance.shape, dtype=np.int64)
    parts = np.full((g.shape[0], g.shape[2]), np.nan)
    for t in range(g.shape[0]):
        q = np.abs(g[t, one] - g[t, other]) - mean[t]
        known = np.isfinite(q)
        counts[t] = known.sum(axis=1)
        enough = counts[t] >= minimum_goods
        if not enough.any():
            continue
        q, known, size = np.where(known, q, 0.0)[enough], known[enough], counts[t, enough]
        own_mean = q.sum(axis=1) / size
        squares = np.where(known, q - own_mean[:, None], 0.0) ** 2 / (size - ddof)[:, None]
        variance[t, enough] = squares.sum(axis=1)
        parts[t] = squares.mean(axis=0)
    return variance, counts, parts


def market_segmentation(
    frame: Any,
    price: str,
    *,
    place: str = "place",
    good: str = "good",
    period: str = "year",
    kind: str = "level",
    pairs: Iterable[tuple[str, str]] | None = None,
    lag: int = 1,
    demean: str = "good_period",
    mean_over: str = "compared",
    ddof: int = 1,
    minimum_goods: int = 2,
    interval: str = "jackknife",
    level: float = 0.9,
    draws: int = 499,
    seed: int = 0,
    monthly: bool = False,
) -> MarketSegmentation:
    """How segmented a market is, by pair, place and period, whether that changes, and through which goods.

    Each pair's index is ``relative_price_variance``; a place's is the mean over its pairs, the market's over all pairs.
    Its trend is ``segmentation_trend``, log-linear, with an interval over places and periods.

    kind  : ``level``: prices, or an index with a fixed base; ``index``: the period before = 100
    pairs : which places are compared, such as neighbours; all pairs where none are named
    lag   : changes over so many periods (12 for months against the year before)
    minimum_goods : a pair needs so many goods with prices in both places and both periods
    interval, level, draws, seed : of the trend (``segmentation_trend``)
    monthly : periods are 12 * year + month - 1, and sentences call them 2020-03
    Returns MarketSegmentation.
    Raises  InputError as ``read_prices``, ``compared_pairs`` and ``relative_price_variance``, or with fewer goods than needed.
    Source: as ``relative_price_variance``; integration index: Sheng and Mao (2011), Journal of World Economy (世界经济)
            2011(11).

    >>> rows = pl.DataFrame({"place": ["a"] * 4 + ["b"] * 4, "good": ["rice", "rice", "oil", "oil"] * 2,
    ...     "year": [2000, 2001] * 4, "p": [1.0, 1.1, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]})
    >>> market_segmentation(rows, "p", demean="none").by_period["segmentation_index"].round(6).to_list()
    [None, 0.004542]
    """
    options: dict[str, Any] = {
        "demean": demean,
        "mean_over": mean_over,
        "ddof": ddof,
        "minimum_goods": minimum_goods,
    }
    panel = read_prices(frame, price, place=place, good=good, period=period, kind=kind)
    if len(panel.goods) < max(2, minimum_goods):
        raise InputError(
            f"{len(panel.goods)} goods, where a variance over goods needs {max(2, minimum_goods)}",
            where="market_segmentation",
            try_next="prices of more goods",
        )
    first, second = compared_pairs(pairs, panel.places)
    variance, counts, parts = relative_price_variance(panel.changes(lag), first, second, **options)
    by_period = _period_means(panel, variance)
    trend = segmentation_trend(
        panel.periods,
        variance,
        first,
        second,
        len(panel.places),
        run=lag,
        interval=interval,
        level=level,
        draws=draws,
        seed=seed,
    )
    table = _place_table(panel, variance, first, second, lag)
    by_place, by_good = _place_means(table), _good_table(panel, parts)
    missing = _missing(panel)
    return MarketSegmentation(
        table=table,
        by_period=by_period,
        by_place=by_place,
        pairs=_pair_table(panel, variance, counts, first, second, minimum_goods),
        by_good=by_good,
        missing=missing,
        trend_percent=trend[0],
        trend_low=trend[1],
        trend_high=trend[2],
        sentences=sentences(
            by_period, by_place, by_good, missing, trend, level, monthly, panel.logs.size
        ),
        conventions=conventions(panel, pairs is None, lag, interval, level, options),
        given=frame,
    )


def _refuse_options(demean: str, mean_over: str, ddof: int, minimum_goods: int) -> None:
    if (
        demean not in DEMEAN
        or mean_over not in MEAN_OVER
        or ddof not in (0, 1)
        or minimum_goods < 2
    ):
        raise InputError(
            f"demean {demean!r}, mean_over {mean_over!r}, ddof {ddof}, minimum_goods {minimum_goods}",
            where="relative_price_variance",
            try_next=f"demean is {', '.join(DEMEAN)}; mean_over {', '.join(MEAN_OVER)}; ddof 0 or 1; 2 goods or more",
        )


def _means_of_goods(
    g: Array, first: Indices, second: Indices, demean: str, mean_over: str
) -> Array:
    """(periods, goods), what each good's absolute relative change is measured from; nan where fewer than two pairs have one."""
    if demean == "none":
        return np.zeros((g.shape[0], g.shape[2]))
    if mean_over == "all":
        first, second = np.triu_indices(g.shape[1], 1)
    total, count = (np.zeros((g.shape[0], g.shape[2])) for _ in range(2))
    for t in range(g.shape[0]):
        gap = np.abs(g[t, first] - g[t, second])
        known = np.isfinite(gap)
        total[t], count[t] = np.where(known, gap, 0.0).sum(axis=0), known.sum(axis=0)
    if demean == "good":
        total, count = (np.broadcast_to(x.sum(axis=0), x.shape) for x in (total, count))
    # The mean over one pair is that pair's own change: nothing would be left, and the market would look like one.
    return np.where(count >= 2, total / np.maximum(count, 1), np.nan)


def _period_means(panel: PricePanel, variance: Array) -> pl.DataFrame:
    known = np.isfinite(variance)
    count = known.sum(axis=1)
    mean = np.where(known, variance, 0.0).sum(axis=1) / np.maximum(count, 1)
    columns = {
        "period": panel.periods,
        "segmentation_index": np.where(count > 0, mean, np.nan),
        "pairs_count": count,
    }
    return nan_to_null(pl.DataFrame(columns))


def _place_table(
    panel: PricePanel, variance: Array, first: Indices, second: Indices, lag: int
) -> pl.DataFrame:
    known = np.isfinite(variance)
    shape = (panel.periods.size, len(panel.places))
    total, count = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    for t in range(shape[0]):
        for end in (first, second):
            np.add.at(total[t], end[known[t]], variance[t, known[t]])
            np.add.at(count[t], end[known[t]], 1)
    index = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    with np.errstate(invalid="ignore"):
        integration = 1 / np.sqrt(np.where(index > NOTHING_MOVES, index, np.nan))
    paired = np.isin(np.arange(shape[1]), np.concatenate([first, second]))
    start = lag if panel.kind == "level" else lag - 1
    why = [
        _why_none(
            bool(paired[i]),
            t < start,
            bool(np.isfinite(index[t, i])),
            bool(np.isfinite(integration[t, i])),
        )
        for i in range(shape[1])
        for t in range(shape[0])
    ]
    return nan_to_null(
        pl.DataFrame(
            {
                "place": np.repeat(panel.places, shape[0]),
                "period": np.tile(panel.periods, shape[1]),
                "segmentation_index": index.T.ravel(),
                "integration_index": integration.T.ravel(),
                "pairs_count": count.T.ravel(),
                "reason_en": [words[0] for words in why],
                "reason_zh": [words[1] for words in why],
            }
        )
    )


def _why_none(paired: bool, early: bool, has_index: bool, moves: bool) -> tuple[str, str]:
    if not paired:
        return "in none of the compared pairs", "不在任何比较对中"
    if early:
        return "no price before, from which to change", "此前无价格，无法计算变动"
    if not has_index:
        return (
            "too few goods with prices here and in another place, now and before, or in a single pair only",
            "本地与他地前后两期均有价格的商品过少，或仅一对地区可比",
        )
    return (
        ("", "")
        if moves
        else (
            "no relative price moves: integration without bound",
            "相对价格无变动，一体化指数无上界",
        )
    )


def _pair_table(
    panel: PricePanel,
    variance: Array,
    counts: Indices,
    first: Indices,
    second: Indices,
    minimum_goods: int,
) -> pl.DataFrame:
    names = np.array(panel.places)
    periods, pairs = variance.shape
    few_en, few_zh = (
        f"fewer than {minimum_goods} goods to compare",
        f"可比商品不足{minimum_goods}种",
    )
    few = pl.col("segmentation_index").is_null()
    table = pl.DataFrame(
        {
            "place": np.repeat(names[first], periods),
            "other_place": np.repeat(names[second], periods),
            "period": np.tile(panel.periods, pairs),
            "segmentation_index": variance.T.ravel(),
            "goods_count": counts.T.ravel(),
        }
    )
    return nan_to_null(table).with_columns(
        pl.when(few).then(pl.lit(few_en)).otherwise(pl.lit("")).alias("reason_en"),
        pl.when(few).then(pl.lit(few_zh)).otherwise(pl.lit("")).alias("reason_zh"),
    )


def _place_means(table: pl.DataFrame) -> pl.DataFrame:
    means = table.group_by("place", maintain_order=True).agg(
        pl.col("segmentation_index").mean(),
        pl.col("segmentation_index").count().cast(pl.Int64).alias("periods_count"),
    )
    rank = (
        pl.col("segmentation_index")
        .rank("min", descending=True)
        .cast(pl.Int64)
        .alias("segmentation_rank")
    )
    return means.with_columns(rank).sort("segmentation_rank", "place", nulls_last=True)


def _good_table(panel: PricePanel, parts: Array) -> pl.DataFrame:
    whole = np.where(np.isfinite(parts), parts, 0.0).sum(axis=1, keepdims=True)
    share = np.where(whole > NOTHING_MOVES, parts, np.nan) / np.where(
        whole > NOTHING_MOVES, whole, 1.0
    )
    return nan_to_null(
        pl.DataFrame(
            {
                "good": np.repeat(panel.goods, panel.periods.size),
                "period": np.tile(panel.periods, len(panel.goods)),
                "contribution_index": parts.T.ravel(),
                "contribution_share": share.T.ravel(),
            }
        )
    )


def _missing(panel: PricePanel) -> pl.DataFrame:
    t, i, k = (np.asarray(part, dtype=np.int64) for part in np.nonzero(np.isnan(panel.logs)))
    names: NDArray[Any] = np.array(panel.places)
    found = pl.DataFrame(
        {"place": names[i], "good": np.array(panel.goods)[k], "period": panel.periods[t]}
    )
    return found.sort("place", "good", "period")
