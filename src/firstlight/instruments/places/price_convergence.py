"""Half-lives of the law of one price: how fast a gap between the prices of two places closes.

Symbols: q log relative price of a good in a pair of places, rho the share of a gap left after one period, n transitions
of a series (a period and the one before, both known), c_h how many pairs of its transitions are h periods apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import optimize, sparse, stats

from firstlight.errors import InputError
from firstlight.instruments.places.price_panel import (
    Array,
    Indices,
    PricePanel,
    compared_pairs,
    read_prices,
)
from firstlight.numerics.finding import Finding, Words, listed, listed_zh
from firstlight.numerics.long_frames import nan_to_null

CORRECTIONS = ("nickell", "none")
LARGEST, SMALLEST = 1 - 1e-6, -0.99  # of rho, between which the expected estimate is inverted
NOTHING_MOVES = 1e-24  # mean squared log deviation that rounding leaves of constant relative prices
FEWEST_TRANSITIONS = 3


@dataclass(frozen=True)
class Persistence:
    """One estimate of rho.

    raw : within estimate; rho : corrected; low, high : its interval, nan where there is none; 1 : a gap that never closes
    """

    raw: float
    rho: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class PriceConvergence(Finding):
    """Persistence of relative prices, the first row pooled over goods, then a row per good.

    table : scope (``pooled`` or ``good``), good (null where pooled), persistence_uncorrected, persistence, persistence_low,
            persistence_high (shares of a gap left after a period), half_life_periods, half_life_low, half_life_high (inf: the
            gap never closes; 0: more than closed within a period), series_count, transitions_count, reason_en, reason_zh
    """

    def _chart(self, alt: Any) -> Any:
        rows = self.table.drop_nulls("half_life_periods").filter(
            pl.col("half_life_periods").is_finite()
        )
        return (
            alt.Chart(rows).mark_bar().encode(x="half_life_periods:Q", y="good:N", color="scope:N")
        )


def expected_within(rho: float, transitions: float, pairs: Any) -> float:
    """What the within estimator gives on average over many series, when the truth is rho.

    rho - (1 - rho^2) sum_h C_h rho^(h-1) / (sum_i (n_i - 1) - 2 sum_h C_h rho^h), with C_h = sum_i c_ih / n_i: exact as the
    number of stationary series grows, for any length and any gaps; without gaps it is Nickell's.

    transitions : sum over series of n_i - 1
    pairs       : (h,), C_1, C_2, ...
    Returns the expected estimate, below rho.
    Source: Nickell (1981), Econometrica 49(6), 1417-1426; gaps: the same sums over the transitions that are there.

    >>> round(expected_within(0.5, 9.0, [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]), 4)
    0.3378
    """
    weight = np.asarray(pairs, dtype=float)
    h = np.arange(1, weight.size + 1)
    numerator = (1 - rho**2) * float(weight @ rho ** (h - 1.0)) if weight.size else 0.0
    return rho - numerator / (transitions - 2 * float(weight @ rho ** h.astype(float)))


def half_life(rho: float) -> float:
    """Periods until half of a gap is left, ln 0.5 / ln rho; inf for rho of 1 and above, 0 for 0 and below.

    >>> half_life(0.5), half_life(1.0), half_life(-0.1)
    (1.0, inf, 0.0)
    """
    if np.isnan(rho):
        return float("nan")
    if rho <= 0:
        return 0.0
    return float("inf") if rho >= LARGEST else float(np.log(0.5) / np.log(rho))


def price_convergence(
    frame: Any,
    price: str,
    *,
    place: str = "place",
    good: str = "good",
    period: str = "year",
    against: str | None = None,
    pairs: Iterable[tuple[str, str]] | None = None,
    correction: str = "nickell",
    level: float = 0.9,
) -> PriceConvergence:
    """How long a gap between places' prices lasts, for all goods together and for each.

    q_t = a + rho q_(t-1) + e for each good and pair, each with its own a (transport, taxes, quality), and one rho. The within
    estimate is too low in short panels; it is corrected by inverting ``expected_within``. The interval leaves out one place
    after another (jackknife, Student's t), which also takes out the bias of few places; both ends are corrected alike.

    price   : prices in one unit, or indices with a fixed base; their levels don't matter
    against : a benchmark place, with which each other is compared; without one all pairs
    pairs   : which places are compared instead, such as neighbours or ``pairs_within`` a distance
    correction : ``nickell``, or ``none``
    Returns PriceConvergence. A good without enough prices has no number and says why.
    Raises  InputError as ``read_prices`` and ``compared_pairs``, for an unknown benchmark, or both ``against`` and ``pairs``.
    Source: Parsley and Wei (1996), Quarterly Journal of Economics 111; Nickell (1981), Econometrica 49(6),
            1417-1426; delete-one jackknife: Efron and Stein (1981), Annals of Statistics 9(3), 586-596.

    >>> rows = pl.DataFrame({"place": ["a"] * 6 + ["b"] * 6, "good": ["rice"] * 12, "year": list(range(6)) * 2,
    ...     "p": [1.0] * 6 + [float(2 ** (0.5**t)) for t in range(6)]})
    >>> price_convergence(rows, "p", correction="none").table["half_life_periods"].round(6).to_list()
    [1.0, 1.0]
    """
    if correction not in CORRECTIONS or not 0 < level < 1:
        words = f"correction {correction!r}, level {level}"
        raise InputError(
            words,
            where="price_convergence",
            try_next=f"use {' or '.join(CORRECTIONS)}, level 0 to 1",
        )
    panel = read_prices(frame, price, place=place, good=good, period=period)
    first, second = _pairs(panel, against, pairs)
    sums = [
        _sums(panel.logs[:, first, k] - panel.logs[:, second, k]) for k in range(len(panel.goods))
    ]
    ends = _incidence(
        first, second, len(panel.places), None if against is None else panel.places.index(against)
    )
    rows = [_row("pooled", None, sums, ends, correction, level)]
    rows += [
        _row("good", name, [own], ends, correction, level)
        for name, own in zip(panel.goods, sums, strict=True)
    ]
    table = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("good").cast(pl.String)
    )
    table = nan_to_null(table)
    return PriceConvergence(
        table=table,
        sentences=_sentences(table, level),
        conventions=_conventions(against, pairs is None, correction, level),
        given=frame,
    )


def within_persistence(
    sums: Array, by_place: Array, *, correction: str = "nickell", level: float = 0.9
) -> Persistence:
    """rho from sums over series, corrected, with a jackknife interval over places.

    sums     : (3 + h,), sum of x y, of x^2 (within deviations), of n - 1, and C_1, ..., C_h
    by_place : (places, 3 + h), the part of the sums that each place has a share in, and which goes if the place does
    Returns Persistence; without interval where fewer than three places leave enough behind.
    Raises  InputError where x never varies.

    >>> within_persistence(np.array([0.5, 1.0, 9.0, 0.9]), np.zeros((0, 4)), correction="none").rho
    0.5
    """
    if not sums[1] > 0:
        raise InputError(
            "relative prices never move",
            where="within_persistence",
            try_next="bring prices that vary",
        )
    raw, error, df = float(sums[0] / sums[1]), np.nan, 0
    left = sums - by_place[by_place[:, 2] > 0]
    left = left[left[:, 1] > 1e-9 * sums[1]]
    centre, n = raw, left.shape[0]
    if n >= 3:
        without = left[:, 0] / left[:, 1]
        centre = n * raw - (n - 1) * float(without.mean())
        error = float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
        df = n - 1
    reach = float(stats.t.ppf((1 + level) / 2, df)) * error if df else np.nan
    if correction == "none":
        return Persistence(raw, raw, raw - reach, raw + reach)
    corrected = [_inverted(value, sums) for value in (centre, centre - reach, centre + reach)]
    return Persistence(raw, *corrected)


def _inverted(estimate: float, sums: Array) -> float:
    """The rho of which an estimate is what is expected; 1 where it is above what a unit root gives."""
    if np.isnan(estimate):
        return float("nan")

    def gap(rho: float) -> float:
        return expected_within(rho, float(sums[2]), sums[3:]) - estimate

    if gap(LARGEST) <= 0:
        return 1.0
    return (
        SMALLEST
        if gap(SMALLEST) >= 0
        else float(optimize.brentq(gap, SMALLEST, LARGEST, xtol=1e-13))
    )


def _pairs(
    panel: PricePanel, against: str | None, pairs: Iterable[tuple[str, str]] | None
) -> tuple[Indices, Indices]:
    if against is None:
        return compared_pairs(pairs, panel.places)
    if pairs is not None:
        raise InputError(
            "a benchmark and pairs",
            where="price_convergence",
            try_next="give against or pairs, not both",
        )
    if against not in panel.places:
        raise InputError(
            f"no prices of {against!r}", where="against", try_next="name a place as the frame does"
        )
    return compared_pairs(
        [(against, name) for name in panel.places if name != against], panel.places
    )


def _sums(q: Array) -> Array:
    """(series, 4 + h) of one good: x y, x^2, n - 1, C_1 to C_h, and n last; zero for a series with nothing to say."""
    known = np.isfinite(q[1:]) & np.isfinite(q[:-1])
    n = known.sum(axis=0)
    size = np.maximum(n, 1)
    x, y = (np.where(known, part, 0.0) for part in (q[:-1], q[1:]))
    x, y = (np.where(known, part - part.sum(axis=0) / size, 0.0) for part in (x, y))
    squares = (x**2).sum(axis=0)
    still = squares <= NOTHING_MOVES * size
    apart = np.array(
        [(known[h:] & known[:-h]).sum(axis=0) for h in range(1, known.shape[0])], dtype=float
    )
    apart = apart.reshape(known.shape[0] - 1 if known.shape[0] else 0, n.size)
    found = np.vstack([(x * y).sum(axis=0), squares, np.maximum(n - 1, 0), apart / size, n])
    return np.where(still, 0.0, found).T


def _incidence(first: Indices, second: Indices, n: int, benchmark: int | None) -> Any:
    """(places, series), 1 where a place is one of the two; without the benchmark, without which nothing is left."""
    series = np.arange(first.size)
    places, columns = np.concatenate([first, second]), np.concatenate([series, series])
    found = sparse.csr_array((np.ones(places.size), (places, columns)), shape=(n, first.size))
    return found if benchmark is None else found[np.flatnonzero(np.arange(n) != benchmark)]


def _row(
    scope: str, good: str | None, sums: list[Array], ends: Any, correction: str, level: float
) -> dict[str, Any]:
    whole = np.sum(sums, axis=0)
    total = whole.sum(axis=0)
    series = int(sum((own[:, 1] > 0).sum() for own in sums))
    estimate, why = Persistence(np.nan, np.nan, np.nan, np.nan), ("", "")
    if total[-1] < FEWEST_TRANSITIONS or not total[1] > 0:
        why = (
            "relative prices that move are known in too few periods next to each other",
            "相邻两期均已知且有变动的相对价格过少",
        )
    else:
        estimate = within_persistence(
            total[:-1], (ends @ whole)[:, :-1], correction=correction, level=level
        )
        why = _cautions(estimate)
    ends_of = (estimate.rho, estimate.low, estimate.high)
    return {
        "scope": scope,
        "good": good,
        "persistence_uncorrected": estimate.raw,
        **dict(zip(("persistence", "persistence_low", "persistence_high"), ends_of, strict=True)),
        **dict(
            zip(
                ("half_life_periods", "half_life_low", "half_life_high"),
                (half_life(r) for r in ends_of),
                strict=True,
            )
        ),
        "series_count": series,
        "transitions_count": int(total[-1]),
        "reason_en": why[0],
        "reason_zh": why[1],
    }


def _cautions(estimate: Persistence) -> Words:
    if np.isnan(estimate.low):
        return ("too few places for an interval", "地区过少，无法给出区间")
    if estimate.rho >= LARGEST:
        return ("no sign that the gap ever closes", "无迹象表明价差会收敛")
    if estimate.high >= LARGEST:
        return ("a gap that never closes is not ruled out", "不能排除价差永不收敛")
    return ("", "")


def _periods(row: dict[str, Any], name: str, lang: int) -> str:
    value = row[name]
    if value < 0.05:
        return ("less than 0.1", "不足0.1")[lang]
    return ("infinite", "无穷大")[lang] if np.isinf(value) else f"{value:.1f}"


def _sentences(table: pl.DataFrame, level: float) -> tuple[tuple[str, Words], ...]:
    row = table.row(0, named=True)
    if row["persistence"] is None:
        why: Words = (f"No half-life: {row['reason_en']}.", f"无法估计半衰期：{row['reason_zh']}。")
        return (("none", why),)
    texts = []
    for lang in (0, 1):
        middle = _periods(row, "half_life_periods", lang)
        if row["persistence_low"] is None:
            texts.append(
                (
                    f"Half of a price gap is gone after {middle} periods.",
                    f"价差半衰期为{middle}期。",
                )[lang]
            )
            continue
        low, high = _periods(row, "half_life_low", lang), _periods(row, "half_life_high", lang)
        english = f"The half-life of a price gap is {middle} periods ({level:.0%} interval {low} to {high})."
        chinese = f"价差半衰期为{middle}期（{level:.0%}区间{low}至{high}）。"
        if np.isinf(row["half_life_periods"]):
            english = f"Price gaps show no sign of closing: their half-life is infinite ({level:.0%} interval from {low} periods)."
            chinese = f"价差无收敛迹象，半衰期为无穷大（{level:.0%}区间下限{low}期）。"
        texts.append((english, chinese)[lang])
    told: dict[str, Words] = {
        "half_life": (texts[0], texts[1]),
    }
    goods = table.filter((pl.col("scope") == "good") & pl.col("persistence").is_not_null())
    if goods.height > 1:
        ranked = goods.sort("persistence", "good")
        quick, slow = ranked["good"][0], ranked["good"][-1]
        told["goods"] = (
            f"Quickest: {quick}; slowest: {slow}.",
            f"收敛最快：{quick}；最慢：{slow}。",
        )
    lost = table.filter((pl.col("scope") == "good") & pl.col("persistence").is_null())
    if lost.height:
        names = listed(lost["good"].to_list())
        told["missing"] = (
            f"No estimate for {names}: {lost['reason_en'][0]}.",
            f"{listed_zh(lost['good'].to_list())}无估计：{lost['reason_zh'][0]}。",
        )
    return tuple(told.items())


def _conventions(
    against: str | None, all_pairs: bool, correction: str, level: float
) -> tuple[Words, ...]:
    if against is not None:
        what: Words = (
            f"log price relative to {against}, whose own shocks all series share and the interval does not know",
            f"相对{against}的对数价格；其自身冲击为各序列共有，区间未计入",
        )
    else:
        what = ("log relative prices of all pairs", "全部地区对的对数相对价格")
        if not all_pairs:
            what = (
                "log relative prices of the pairs named by the user",
                "用户指定地区对的对数相对价格",
            )
    how: Words = ("no correction of the bias of short panels", "未校正短面板偏误")
    if correction == "nickell":
        how = (
            "bias of short panels corrected by inverting its exact expectation for stationary series (Nickell 1981)",
            "短面板偏误按平稳序列精确期望反解校正（Nickell 1981）",
        )
    return (
        what,
        (
            "AR(1) with a constant of each good and pair, one persistence for all",
            "AR(1)，各商品各地区对有各自常数项，持续系数相同",
        ),
        how,
        (
            f"{level:.0%} interval: places left out one by one, Student's t",
            f"{level:.0%}区间：逐一剔除地区的刀切法，t分布",
        ),
    )
