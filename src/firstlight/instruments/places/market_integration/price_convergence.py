"""Half-lives of the law of one price: how fast a gap between the prices of two places closes.

Symbols: q log relative price of a good in a pair of places, rho the share of a gap left after one
period, n transitions of a series (a period and the one before, both known), c_h how many pairs of
its transitions are h periods apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import optimize, sparse

from firstlight.errors import InputError, check_choice, check_level, constant, excludes
from firstlight.instruments.places.price_panel import PricePanel, compared_pairs
from firstlight.numerics.distributions import critical_t
from firstlight.numerics.long_frames import nan_to_null

__all__ = [
    "LARGEST",
    "Persistence",
    "expected_within",
    "half_life",
    "price_convergence",
    "within_persistence",
]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Correction = Literal["nickell", "none"]
CORRECTIONS = ("nickell", "none")
LARGEST, SMALLEST = 1 - 1e-6, -0.99  # of rho, between which the expected estimate is inverted
NOTHING_MOVES = 1e-24  # mean squared log deviation that rounding leaves of constant relative prices
FEWEST_TRANSITIONS = 3


@dataclass(frozen=True)
class Persistence:
    """One estimate of rho.

    raw : within estimate; rho : corrected; low, high : its interval, nan where there is none; 1 : a
          gap that never closes
    """

    raw: float
    rho: float
    low: float
    high: float


def expected_within(rho: float, transitions: float, pairs: Any) -> float:
    """What the within estimator gives on average over many series, when the truth is rho.

    rho - (1 - rho^2) sum_h C_h rho^(h-1) / (sum_i (n_i - 1) - 2 sum_h C_h rho^h), with C_h = sum_i
    c_ih / n_i: exact as the number of stationary series grows, for any length and any gaps; without
    gaps it is Nickell's.

    Parameters
    ----------
    rho
        The share of a gap that is left after a period.
    transitions
        Sum over series of n_i - 1.
    pairs
        (h,), C_1, C_2, ...

    Returns
    -------
    The expected estimate, below rho.

    References
    ----------
    Nickell 1981, Econometrica 49(6), 1417-1426; gaps: the same sums over the transitions that are
    there.

    Examples
    --------
    >>> round(expected_within(0.5, 9.0, [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]), 4)
    0.3378
    """
    weight = np.asarray(pairs, dtype=float)
    h = np.arange(1, weight.size + 1)
    numerator = (1 - rho**2) * float(weight @ rho ** (h - 1.0)) if weight.size else 0.0
    return rho - numerator / (transitions - 2 * float(weight @ rho ** h.astype(float)))


def half_life(rho: float) -> float:
    """Periods until half of a gap is left, ln 0.5 / ln rho.

    Parameters
    ----------
    rho
        Share of a gap that is left after one period.

    Returns
    -------
    A number of periods; inf for rho of 1 and above, 0 for 0 and below, nan for nan.

    Examples
    --------
    >>> half_life(0.5), half_life(1.0), half_life(-0.1)
    (1.0, inf, 0.0)
    """
    if np.isnan(rho):
        return float("nan")
    if rho <= 0:
        return 0.0
    return float("inf") if rho >= LARGEST else float(np.log(0.5) / np.log(rho))


def price_convergence(
    panel: PricePanel,
    *,
    against: str | None = None,
    pairs: Iterable[tuple[str, str]] | None = None,
    correction: Correction = "nickell",
    level: float = 0.9,
) -> pl.DataFrame:
    """How long a gap between places' prices lasts, for all goods together and for each.

    q_t = a + rho q_(t-1) + e for each good and pair, each with its own a (transport, taxes,
    quality), and one rho. The within estimate is too low in short panels; it is corrected by
    inverting `expected_within`. The interval leaves out one place after another (jackknife,
    Student's t), which also takes out the bias of few places; both ends are corrected alike.

    Parameters
    ----------
    panel
        Prices in one unit, or indices with a fixed base; their levels don't matter.
    against
        A benchmark place, with which each other is compared; without one all pairs.
    pairs
        Which places are compared instead, such as neighbours or `pairs_within` a distance.
    correction
        "nickell", or "none".
    level
        Probability that the interval holds.

    Returns
    -------
    The first row pooled over goods, then a row for each good: scope ("pooled" or "good"), good
    (null where pooled), persistence_uncorrected, persistence, persistence_low, persistence_high
    (shares of a gap left after a period), half_life, half_life_low, half_life_high (periods; inf:
    the gap never closes; 0: more than closed within a period), series_count, transitions_count,
    reason.

    Raises
    ------
    InputError
        As `compared_pairs`, for an unknown benchmark, or both ``against`` and ``pairs``.

    References
    ----------
    Parsley and Wei 1996, Quarterly Journal of Economics 111; Nickell 1981, Econometrica 49(6),
    1417-1426; delete-one jackknife: Efron and Stein 1981, Annals of Statistics 9(3), 586-596.

    Examples
    --------
    >>> from firstlight.instruments.places.price_panel import price_panel
    >>> prices = [1.0] * 6 + [float(2 ** (0.5**t)) for t in range(6)]
    >>> rows = {"place": ["a"] * 6 + ["b"] * 6, "good": ["rice"] * 12}
    >>> panel = price_panel(pl.DataFrame({**rows, "period": [*range(6)] * 2, "price": prices}))
    >>> price_convergence(panel, correction="none")["half_life"].round(6).to_list()
    [1.0, 1.0]
    """
    check_choice("correction", correction, CORRECTIONS)
    check_level(level)
    if against is not None:
        if pairs is not None:
            raise InputError(excludes("pairs", "against"))
        pairs = [(against, name) for name in panel.places if name != against]
    first, second = compared_pairs(pairs, panel.places)
    sums = [
        _sums(panel.logs[:, first, k] - panel.logs[:, second, k]) for k in range(len(panel.goods))
    ]
    benchmark = None if against is None else panel.places.index(against)
    ends = _incidence(first, second, len(panel.places), benchmark)
    rows = [_row("pooled", None, sums, ends, correction, level)]
    rows += [
        _row("good", name, [own], ends, correction, level)
        for name, own in zip(panel.goods, sums, strict=True)
    ]
    schema = {"good": pl.String, "reason": pl.String}
    return nan_to_null(pl.DataFrame(rows, infer_schema_length=None, schema_overrides=schema))


def within_persistence(
    sums: Floats, by_place: Floats, *, correction: Correction = "nickell", level: float = 0.9
) -> Persistence:
    """rho from sums over series, corrected, with a jackknife interval over places.

    Parameters
    ----------
    sums
        (3 + h,), sum of x y, of x^2 (within deviations), of n - 1, and C_1, ..., C_h.
    by_place
        (places, 3 + h), the part of the sums that each place has a share in, and which goes if the
        place does.

    Returns
    -------
    Persistence; without interval where fewer than three places leave enough behind.

    Raises
    ------
    InputError
        Where x never varies.

    Examples
    --------
    >>> within_persistence(np.array([0.5, 1.0, 9.0, 0.9]), np.zeros((0, 4)), correction="none").rho
    0.5
    """
    if not sums[1] > 0:
        raise constant("prices")
    raw, error, df = float(sums[0] / sums[1]), np.nan, 0
    left = sums - by_place[by_place[:, 2] > 0]
    # a panel whose variance is that of one place has none without it
    left = left[left[:, 1] > 1e-9 * sums[1]]
    centre, n = raw, left.shape[0]
    if n >= 3:
        without = left[:, 0] / left[:, 1]
        centre = n * raw - (n - 1) * float(without.mean())
        error = float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
        df = n - 1
    reach = critical_t(level, df) * error if df else np.nan
    if correction == "none":
        return Persistence(raw, raw, raw - reach, raw + reach)
    corrected = [_inverted(value, sums) for value in (centre, centre - reach, centre + reach)]
    return Persistence(raw, *corrected)


def _inverted(estimate: float, sums: Floats) -> float:
    """The rho under which an estimate is expected; 1 where it exceeds what a unit root gives."""
    if np.isnan(estimate):
        return float("nan")

    def gap(rho: float) -> float:
        return expected_within(rho, float(sums[2]), sums[3:]) - estimate

    if gap(LARGEST) <= 0:
        return 1.0
    if gap(SMALLEST) >= 0:
        return SMALLEST
    return float(optimize.brentq(gap, SMALLEST, LARGEST, xtol=1e-13))


def _sums(q: Floats) -> Floats:
    """(series, 4 + h) of one good: x y, x^2, n - 1, C_1 to C_h, and n last; zero for a series with
    nothing to say."""
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
    """(places, series), 1 where a place is one of the two; without the benchmark, without which
    nothing is left."""
    series = np.arange(first.size)
    places, columns = np.concatenate([first, second]), np.concatenate([series, series])
    found = sparse.csr_array((np.ones(places.size), (places, columns)), shape=(n, first.size))
    return found if benchmark is None else found[np.flatnonzero(np.arange(n) != benchmark)]


def _row(
    scope: str,
    good: str | None,
    sums: list[Floats],
    ends: Any,
    correction: Correction,
    level: float,
) -> dict[str, Any]:
    whole = np.sum(sums, axis=0)
    total = whole.sum(axis=0)
    series = int(sum((own[:, 1] > 0).sum() for own in sums))
    estimate = Persistence(np.nan, np.nan, np.nan, np.nan)
    reason: str | None = "few_periods"
    if total[-1] >= FEWEST_TRANSITIONS and total[1] > 0:
        by_place = (ends @ whole)[:, :-1]
        estimate = within_persistence(total[:-1], by_place, correction=correction, level=level)
        reason = _caution(estimate)
    return {
        "scope": scope,
        "good": good,
        "persistence_uncorrected": estimate.raw,
        "persistence": estimate.rho,
        "persistence_low": estimate.low,
        "persistence_high": estimate.high,
        "half_life": half_life(estimate.rho),
        "half_life_low": half_life(estimate.low),
        "half_life_high": half_life(estimate.high),
        "series_count": series,
        "transitions_count": int(total[-1]),
        "reason": reason,
    }


def _caution(estimate: Persistence) -> str | None:
    if np.isnan(estimate.low):
        return "few_places"
    if estimate.rho >= LARGEST:
        return "never_closes"
    return "may_never_close" if estimate.high >= LARGEST else None
