"""Market segmentation from relative prices: how differently prices move in places that should share
one market.

Where goods flow freely, arbitrage holds the relative prices of two places together; the more of its
own each place's prices move, the more the market is walled off. Symbols: p_ikt price of good k in
place i and period t, g log change of a price, Q log relative price, q its demeaned absolute change.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import check_bounds, check_choice
from firstlight.instruments.places.market_integration.segmentation_trend import (
    NOTHING_MOVES,
    segmentation_trend,
)
from firstlight.instruments.places.price_panel import PricePanel, compared_pairs
from firstlight.numerics.long_frames import nan_to_null
from firstlight.numerics.ranks import rank_from_highest

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Demean = Literal["good_period", "good", "none"]
MeanOver = Literal["compared", "all"]
DEMEAN = ("good_period", "good", "none")
MEAN_OVER = ("compared", "all")


@dataclass(frozen=True)
class MarketSegmentation:
    """Segmentation indices: mean variances over goods, dimensionless; the larger, the more
    segmented.

    places    : place, period, segmentation_index (mean over the place's pairs), integration_index
                (1 / sqrt of it), pairs_count, reason
    by_period : period, segmentation_index (mean over all compared pairs), pairs_count (with a
                variance)
    by_place  : place, segmentation_index (mean over periods), segmentation_rank (1 = most
                segmented), periods_count
    pairs     : place, other_place, period, segmentation_index, goods_count
    by_good   : good, period, contribution_index (they add up to the period's index), index_share
    missing   : place, good, period of each price that is not there
    trend_percent, trend_low, trend_high : change of the period's index in percent per period, with
                interval; nan where there is none
    """

    places: pl.DataFrame = field(repr=False)
    by_period: pl.DataFrame = field(repr=False)
    by_place: pl.DataFrame = field(repr=False)
    pairs: pl.DataFrame = field(repr=False)
    by_good: pl.DataFrame = field(repr=False)
    missing: pl.DataFrame = field(repr=False)
    trend_percent: float
    trend_low: float
    trend_high: float


class PairVariances(NamedTuple):
    """Variances of compared pairs.

    first, second : (pairs,), positions of the two places of each pair
    variance      : (periods, pairs), nan where goods are too few
    counts        : (periods, pairs), goods with changes in both places
    parts         : (periods, goods), each good's mean part over the pairs that have a variance
    """

    first: Indices
    second: Indices
    variance: Floats
    counts: Indices
    parts: Floats

    def table(self, panel: PricePanel) -> pl.DataFrame:
        """place, other_place, period, segmentation_index, goods_count."""
        names = np.array(panel.places)
        periods, pairs = self.variance.shape
        columns = {
            "place": np.repeat(names[self.first], periods),
            "other_place": np.repeat(names[self.second], periods),
            "period": np.tile(panel.periods, pairs),
            "segmentation_index": self.variance.T.ravel(),
            "goods_count": self.counts.T.ravel(),
        }
        return nan_to_null(pl.DataFrame(columns))


def relative_price_variance(
    changes: Any,
    first: Any,
    second: Any,
    *,
    demean: Demean = "good_period",
    mean_over: MeanOver = "compared",
    ddof: int = 1,
    minimum_goods: int = 2,
) -> tuple[Floats, Indices, Floats]:
    """Variance across goods of each pair's demeaned absolute relative price change.

    |dQ_ijkt| = |g_ikt - g_jkt|; q_ijkt = |dQ_ijkt| less a mean of its good; then the variance over
    k of q_ijkt.

    Parameters
    ----------
    changes
        (periods, places, goods), log price changes, nan where missing.
    first, second
        (pairs,), positions of the two places of each pair.
    demean
        The mean that is taken out: that of the good in the period, of the good over all periods, or
        none.
    mean_over
        That mean is over the compared pairs, or over all pairs of places. A good that a single pair
        has is not compared then, as its mean would be its own.
    ddof
        1 divides by the number of goods less one, as Stata's sd; 0 by their number.
    minimum_goods
        A pair needs so many goods, 2 at least.

    Returns
    -------
    variance (periods, pairs); goods with changes in both (periods, pairs); parts (periods, goods),
    each good's mean part over the pairs that have a variance, adding up to their mean variance. nan
    where goods are too few.

    Raises
    ------
    InputError
        For an unknown option.

    References
    ----------
    Parsley and Wei 1996, Quarterly Journal of Economics 111, and 2001, Journal of International
    Economics 55(1), 87-105; with absolute values: Gui, Chen, Lu and Chen 2006, Journal of World
    Economy (世界经济) 2006(2).

    Examples
    --------
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


def pair_variances(
    panel: PricePanel,
    *,
    pairs: Iterable[tuple[str, str]] | None = None,
    lag: int = 1,
    demean: Demean = "good_period",
    mean_over: MeanOver = "compared",
    ddof: int = 1,
    minimum_goods: int = 2,
) -> PairVariances:
    """`relative_price_variance` of the changes over ``lag`` periods, of named pairs or of all.

    Raises InputError as `compared_pairs`, `PricePanel.changes` and `relative_price_variance`.
    """
    first, second = compared_pairs(pairs, panel.places)
    found = relative_price_variance(
        panel.changes(lag),
        first,
        second,
        demean=demean,
        mean_over=mean_over,
        ddof=ddof,
        minimum_goods=minimum_goods,
    )
    return PairVariances(first, second, *found)


def market_segmentation(
    panel: PricePanel,
    *,
    pairs: Iterable[tuple[str, str]] | None = None,
    lag: int = 1,
    demean: Demean = "good_period",
    mean_over: MeanOver = "compared",
    ddof: int = 1,
    minimum_goods: int = 2,
    interval: Literal["jackknife", "bootstrap"] = "jackknife",
    level: float = 0.9,
    draws: int = 499,
    seed: int = 0,
) -> MarketSegmentation:
    """How segmented a market is, by pair, place and period, whether that changes, and through which
    goods.

    Each pair's index is `relative_price_variance`; a place's is the mean over its pairs, the
    market's over all pairs. Its trend is `segmentation_trend`, log-linear, with an interval over
    places and periods.

    Parameters
    ----------
    panel
        Prices of two or more places.
    pairs
        Which places are compared, such as neighbours; all pairs where none are named.
    lag
        Changes over so many periods (12 for months against the year before).
    demean, mean_over, ddof, minimum_goods
        As in `relative_price_variance`.
    interval, level, draws, seed
        Of the trend, as in `segmentation_trend`.

    Returns
    -------
    MarketSegmentation, with ``places``, ``by_period``, ``by_place``, ``pairs``, ``by_good`` and
    ``missing``, whose indices are dimensionless and the larger, the more segmented; and
    ``trend_percent`` per period with its interval.

    Raises
    ------
    InputError
        As `pair_variances` and `segmentation_trend`.

    References
    ----------
    As `relative_price_variance`; integration index: Sheng and Mao 2011, Journal of World Economy
    (世界经济) 2011(11).

    Examples
    --------
    >>> from firstlight.instruments.places.price_panel import price_panel
    >>> rows = {"place": ["a"] * 4 + ["b"] * 4, "good": ["rice", "rice", "oil", "oil"] * 2}
    >>> when = {"period": [2000, 2001] * 4, "price": [1.0, 1.1, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]}
    >>> found = market_segmentation(price_panel(pl.DataFrame({**rows, **when})), demean="none")
    >>> found.by_period["segmentation_index"].round(6).to_list()
    [None, 0.004542]
    """
    how: dict[str, Any] = {"pairs": pairs, "lag": lag, "ddof": ddof, "minimum_goods": minimum_goods}
    compared = pair_variances(panel, **how, demean=demean, mean_over=mean_over)
    first, second, variance = compared.first, compared.second, compared.variance
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
    averaged = first.size if mean_over == "compared" else math.comb(len(panel.places), 2)
    alone: NDArray[np.bool_] = np.zeros(panel.periods.size, dtype=np.bool_)
    if averaged == 1 and demean == "good_period":
        plain = pair_variances(panel, **how, demean="none").variance
        alone = np.asarray(np.isfinite(plain).any(axis=1))
    places = _place_table(panel, variance, first, second, lag, alone)
    return MarketSegmentation(
        places,
        _period_means(panel, variance),
        _place_means(places),
        compared.table(panel),
        _good_table(panel, compared.parts),
        _missing(panel),
        *trend,
    )


def _refuse_options(demean: str, mean_over: str, ddof: int, minimum_goods: int) -> None:
    check_choice("demean", demean, DEMEAN)
    check_choice("mean_over", mean_over, MEAN_OVER)
    check_choice("ddof", ddof, (0, 1))
    check_bounds("minimum_goods", minimum_goods, 2)


def _means_of_goods(
    g: Floats, first: Indices, second: Indices, demean: str, mean_over: str
) -> Floats:
    """(periods, goods), what each good's absolute relative change is measured from; nan where a
    single pair has one."""
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
    # the mean over one pair is that pair's own change: nothing would be left, and the market would
    # look like one
    return np.where(count >= 2, total / np.maximum(count, 1), np.nan)


def _period_means(panel: PricePanel, variance: Floats) -> pl.DataFrame:
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
    panel: PricePanel,
    variance: Floats,
    first: Indices,
    second: Indices,
    lag: int,
    alone: NDArray[np.bool_],
) -> pl.DataFrame:
    """alone : (periods,), whether one pair could be compared, but for its being its own mean"""
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
    reasons = [
        _why_none(bool(paired[i]), t < start, bool(alone[t]), index[t, i], integration[t, i])
        for i in range(shape[1])
        for t in range(shape[0])
    ]
    columns = {
        "place": np.repeat(panel.places, shape[0]),
        "period": np.tile(panel.periods, shape[1]),
        "segmentation_index": index.T.ravel(),
        "integration_index": integration.T.ravel(),
        "pairs_count": count.T.ravel(),
        "reason": pl.Series(reasons, dtype=pl.String),
    }
    return nan_to_null(pl.DataFrame(columns))


def _why_none(
    is_paired: bool, is_early: bool, is_alone: bool, index: float, integration: float
) -> str | None:
    if not is_paired:
        return "in_no_pair"
    if is_early:
        return "no_price_before"
    if np.isnan(index):
        return "one_pair" if is_alone else "few_goods"
    return "nothing_moves" if np.isnan(integration) else None


def _place_means(table: pl.DataFrame) -> pl.DataFrame:
    means = table.group_by("place", maintain_order=True).agg(
        pl.col("segmentation_index").mean(),
        pl.col("segmentation_index").count().cast(pl.Int64).alias("periods_count"),
    )
    rank = rank_from_highest(pl.col("segmentation_index"))
    return means.with_columns(segmentation_rank=rank).sort(
        "segmentation_rank", "place", nulls_last=True
    )


def _good_table(panel: PricePanel, parts: Floats) -> pl.DataFrame:
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
                "index_share": share.T.ravel(),
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
