"""Shifts in the mean of a series: where they are, how many there are, and how sure the dates are.

Symbols: y_t = mu_j + e_t in regime j, T years, m breaks, h the fewest years in a regime, S_m the
least sum of squares with m breaks, over all partitions (dynamic programming). The search is twenty
lines of NumPy; ``ruptures`` has the same search but neither tests nor intervals, and
``statsmodels`` has none of the three, so that nothing would be gained by either. Critical values
are not asymptotic: with independent normal errors the statistics do not depend on mu or sigma, so
their law at the very T and h is drawn by seeded simulation, and the p-values are exact but for the
number of draws.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from firstlight.instruments.productivity.yearly_series import Array

Whole = NDArray[np.int64]
LARGEST_BLOCK = 4_000_000  # numbers held at once while simulating


def best_partitions(series: Any, most: int, shortest: int) -> tuple[Array, list[Whole]]:
    """The least sums of squares with 0 to ``most`` shifts of the mean, and where the shifts are.

    series : (years,), finite; shortest : fewest years in a regime
    Returns sums (most + 1,), in squared units of the series, inf where the series is too short for
            so many; and for each number of shifts the positions (from 0) at which new regimes
            begin.
    Source: Bai and Perron (2003), Journal of Applied Econometrics 18(1), 1-22 (dynamic
            programming).

    >>> best_partitions([0, 0, 0, 5, 5, 5], 1, 2)[1][1].tolist()
    [3]
    """
    y = np.asarray(series, dtype=float)[None, :]
    sums, back = _least_sums(y, most, shortest)
    starts: list[Whole] = []
    for m in range(most + 1):
        at: list[int] = []
        end = y.shape[1]
        for k in range(m, 0, -1):
            end = int(back[k][0, end])
            at.append(end)
        if not np.isfinite(sums[0, m]):  # the series is too short for so many
            at = []
        starts.append(np.array(at[::-1], dtype=np.int64))
    return sums[0], starts


def _least_sums(y: Array, most: int, shortest: int) -> tuple[Array, list[Whole]]:
    """For many series (R, T): least sums (R, most + 1); for each m where the last regime starts."""
    r, t = y.shape
    total, square = (
        np.concatenate([np.zeros((r, 1)), np.cumsum(z, axis=1)], axis=1) for z in (y, y * y)
    )
    ends = np.arange(shortest, t + 1)
    least = np.full((r, t + 1), np.inf)
    least[:, ends] = square[:, ends] - total[:, ends] ** 2 / ends
    sums, back = [least[:, t]], [np.zeros((r, t + 1), np.int64)]
    for m in range(1, most + 1):
        found, start = np.full((r, t + 1), np.inf), np.zeros((r, t + 1), np.int64)
        for end in range((m + 1) * shortest, t + 1):
            starts = np.arange(m * shortest, end - shortest + 1)
            gap = total[:, [end]] - total[:, starts]
            cost = least[:, starts] + square[:, [end]] - square[:, starts] - gap**2 / (end - starts)
            best = cost.argmin(axis=1)
            found[:, end], start[:, end] = cost[np.arange(r), best], starts[best]
        least = found
        sums.append(least[:, t])
        back.append(start)
    return np.stack(sums, axis=1), back


def double_maximum(sums: Array, t: int) -> Array:
    """UDmax: the largest of sup-F(m), m = 1 to the most that fit; is there any shift at all?

    F(m) = (T - m - 1) / m (S_0 - S_m) / S_m.

    sums : (series, most + 1) from ``best_partitions``; t : years
    Returns (series,), dimensionless.
    Source: Bai and Perron (1998), Econometrica 66(1), 47-78.

    >>> double_maximum(np.array([[4.0, 2.0]]), 6).tolist()
    [4.0]
    """
    m = np.arange(1, sums.shape[1])
    with np.errstate(divide="ignore"):  # a perfect fit is an infinite statistic
        return np.asarray(
            ((t - m - 1) / m * (sums[:, :1] / sums[:, 1:] - 1)).max(axis=1), dtype=float
        )


def one_more(series: Array, starts: Whole, shortest: int) -> Array:
    """sup-F(l + 1 | l): is there one more shift within the regimes that begin at ``starts``?

    series : (series, years)
    Returns (series,), dimensionless; 0 where no regime is long enough to be parted.
    Source: Bai and Perron (1998), Econometrica 66(1), 47-78.

    >>> none = np.array([], dtype=np.int64)
    >>> one_more(np.array([[0.0, 1, 0, 5, 6, 5]]), none, 2).round(1).tolist()
    [112.5]
    """
    t = series.shape[1]
    edges = [0, *starts.tolist(), t]
    rest, best = np.zeros(series.shape[0]), np.zeros(series.shape[0])
    for a, b in pairwise(edges):
        y = series[:, a:b]
        n = b - a
        c = np.cumsum(y, axis=1)
        rest += (y * y).sum(axis=1) - c[:, -1] ** 2 / n
        cut = np.arange(shortest, n - shortest + 1)
        if cut.size:
            part = c[:, cut - 1]
            gain = part**2 / cut + (c[:, [-1]] - part) ** 2 / (n - cut) - c[:, [-1]] ** 2 / n
            best = np.maximum(best, gain.max(axis=1))
    left = rest - best
    return np.asarray(
        (t - len(edges)) * np.divide(best, left, out=np.full(left.size, np.inf), where=left > 0),
        dtype=float,
    )


@lru_cache(maxsize=256)
def null_law(
    t: int, shortest: int, most: int, starts: tuple[int, ...] | None, draws: int, seed: int
) -> Array:
    """Sorted draws of a statistic without a (further) shift; errors are independent and normal.

    starts : None for ``double_maximum``; for ``one_more`` the regimes' beginnings, taken as known
    Returns (draws,).

    >>> null_law(20, 3, 2, None, 99, 0).shape
    (99,)
    """
    rng = np.random.default_rng([seed, t, shortest, most])
    found = []
    block = max(1, LARGEST_BLOCK // (t * t))
    for first in range(0, draws, block):
        y = rng.standard_normal((min(block, draws - first), t))
        if starts is None:
            found.append(double_maximum(_least_sums(y, most, shortest)[0], t))
        else:
            found.append(one_more(y, np.array(starts, dtype=np.int64), shortest))
    return np.sort(np.concatenate(found))


def p_value(statistic: float, law: Array) -> float:
    """Share of draws at least as large, the statistic itself counted among them (Monte Carlo test).

    Source: Davison and Hinkley (1997), Bootstrap Methods and their Application.

    >>> p_value(2.0, np.array([1.0, 2.0, 3.0]))
    0.75
    """
    # a draw equal to the statistic but for rounding counts as large as it
    above = law.size - int(np.searchsorted(law, statistic * (1 - 1e-12)))
    return (1 + above) / (1 + law.size)


@cache
def argmax_quantile(level: float) -> float:
    """The quantile of argmax_s W(s) - |s| / 2, W two-sided Brownian motion: the law of a date.

    level : coverage of the symmetric interval, such as 0.95, which gives 11.03
    Source: Bai (1997), Review of Economics and Statistics 79(4), 551-563; Yao (1987), Annals of
            Statistics 15.

    >>> round(argmax_quantile(0.95), 2)
    11.03
    """

    from scipy.optimize import brentq  # heavy, and only dates of breaks that were found ask for it

    def above(x: float) -> float:
        root = np.sqrt(x)
        # e^x Phi(-3 sqrt(x) / 2) by the scaled complementary error function, lest it overflow
        last = 0.5 * special.erfcx(1.5 * root / np.sqrt(2)) * np.exp(-x / 8)
        value = (
            root * np.exp(-x / 8) / np.sqrt(2 * np.pi)
            - (x + 5) / 2 * special.ndtr(-root / 2)
            + 1.5 * last
        )
        return float(value + (1 - level) / 2)

    return float(brentq(above, 1e-9, 500.0, xtol=1e-10))
