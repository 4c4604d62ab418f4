"""Whether a market's segmentation grows or falls: a log-linear trend of its index, and how sure it
is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import check_bounds, check_choice, check_level
from firstlight.numerics.distributions import critical_t
from firstlight.numerics.resampling import drawn_weights, percentile_interval

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

INTERVALS = ("jackknife", "bootstrap")
FEWEST_PERIODS, FEWEST_PLACES = 3, 4
# log change over half of the periods, beyond which a trend is nothing but one period at an end
STEEPEST = 50.0
AT_AN_END = 1e-12  # of half of the periods: how near to one end all of an index lies, if it does
NOTHING_MOVES = 1e-24  # a variance that rounding of identical price paths leaves


def log_linear_trend(periods: Any, index: Any) -> Floats:
    """The rate b of index_t = exp(a + b t), by Poisson quasi-likelihood, so that a period with an
    index of 0 belongs in.

    Solves sum t index_t / sum index_t = sum t exp(b t) / sum exp(b t).

    Parameters
    ----------
    periods
        (periods,), when.
    index
        (periods, series), 0 or more, nan where unknown.

    Returns
    -------
    (series,), per period; nan where fewer than two periods are known, all are 0, or all but those
    at one end are.

    References
    ----------
    Gourieroux, Monfort and Trognon 1984, Econometrica 52(3), 701-720.

    Examples
    --------
    >>> log_linear_trend([2000, 2001, 2003], [[1.0], [2.0], [8.0]]).round(6).tolist()
    [0.693147]
    """
    t, s = np.asarray(periods, dtype=float), np.asarray(index, dtype=float)
    known = np.isfinite(s)
    s = np.where(known, s, 0.0)
    half = (t.max() - t.min()) / 2
    if not half > 0:
        return np.full(s.shape[1], np.nan)
    x = ((t - t.min()) / half - 1)[:, None]
    whole = s.sum(axis=0)
    fine = (whole > NOTHING_MOVES) & (known.sum(axis=0) >= 2)
    target = (x * s).sum(axis=0) / np.where(fine, whole, 1.0)
    ends = (np.where(known, sign * x, -2.0).max(axis=0) for sign in (1, -1))
    for sign, end in zip((1, -1), ends, strict=True):
        fine &= end - sign * target > AT_AN_END
    low, high = np.full(whole.size, -STEEPEST), np.full(whole.size, STEEPEST)
    for _ in range(60):  # bisection: the right side rises with b
        b = (low + high) / 2
        weight = np.where(known, np.exp(b * x - np.abs(b)), 0.0)
        below = (x * weight).sum(axis=0) < target * weight.sum(axis=0)
        low, high = np.where(below, b, low), np.where(below, high, b)
    b = (low + high) / 2
    return np.where(fine & (np.abs(b) < 0.999 * STEEPEST), b / half, np.nan)


def segmentation_trend(
    periods: Indices,
    variance: Floats,
    first: Indices,
    second: Indices,
    places: int,
    *,
    run: int = 1,
    interval: str = "jackknife",
    level: float = 0.9,
    draws: int = 499,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Trend of the mean over pairs in percent per period, and its interval over places and periods.

    Leaving out places alone gives intervals that are too narrow where places are few or one of them
    moves most: it is then in nearly every pair that counts. And what all places share in a period
    is not in it.

    Parameters
    ----------
    periods
        (periods,), when.
    variance
        (periods, pairs), nan where unknown.
    first, second
        (pairs,), positions of their places.
    places
        How many places there are.
    run
        Periods whose changes overlap, as those over 12 months do; they are left out together.
    interval
        "jackknife": each place left out in turn, and each run of periods, Student's t; the wider of
        the two, and places alone where runs are fewer than three. "bootstrap": places drawn again
        with all their periods, percentiles, too narrow with few places.
    level
        Probability that the interval holds.
    draws, seed
        Of the bootstrap.

    Returns
    -------
    Trend, low, high; nan where fewer than three periods or four places, or nothing moves.

    Raises
    ------
    InputError
        For an unknown interval.

    References
    ----------
    Delete-one and delete-a-group jackknife: Efron and Stein 1981, Annals of Statistics 9(3),
    586-596.

    Examples
    --------
    >>> halving = np.array([[4.0] * 6, [2.0] * 6, [1.0] * 6])
    >>> one, other = np.triu_indices(4, 1)
    >>> [round(x, 6) for x in segmentation_trend(np.arange(3), halving, one, other, 4)]
    [-50.0, -50.0, -50.0]
    """
    check_choice("interval", interval, INTERVALS)
    check_level(level)
    check_bounds("draws", draws, 1)
    check_bounds("run", run, 1)
    known = np.isfinite(variance)
    use = np.flatnonzero(known.any(axis=1))
    if use.size < FEWEST_PERIODS:
        return (np.nan, np.nan, np.nan)
    value, present = [], []
    for t in use:
        at, size = (first[known[t]], second[known[t]]), (places, places)
        value.append(sparse.csr_array((variance[t, known[t]], at), shape=size))
        present.append(sparse.csr_array((np.ones(at[0].size), at), shape=size))

    def index(weights: Any) -> Floats:
        sums, sizes = (
            np.array([((weights @ m) * weights).sum(axis=1) for m in of]) for of in (value, present)
        )
        return np.asarray(
            np.where(sizes > 0, sums, np.nan) / np.where(sizes > 0, sizes, 1.0), dtype=float
        )

    def rates(weights: Any) -> Floats:
        return log_linear_trend(periods[use], index(weights))

    whole = index(np.ones((1, places)))
    found = float(log_linear_trend(periods[use], whole)[0])
    low = high = np.nan
    in_pairs = np.unique(np.concatenate([first, second]))
    if np.isfinite(found) and in_pairs.size >= FEWEST_PLACES:
        if interval == "jackknife":
            reach = _reach(rates(1.0 - np.eye(places)[in_pairs]), 1, level)
            runs = (periods[use] - periods[use[0]]) // run
            each = np.unique(runs)
            if each.size >= FEWEST_PERIODS:
                without = np.where(runs[:, None] == each, np.nan, whole)
                reach = np.maximum(reach, _reach(log_linear_trend(periods[use], without), 2, level))
            low, high = found - reach, found + reach
        else:
            drawn = drawn_weights(places, draws, np.random.default_rng(seed))
            low, high = _percentiles(rates(drawn * 1.0), level)
    found, low, high = (100 * float(np.expm1(rate)) for rate in (found, low, high))
    return found, low, high


def _reach(without: Floats, fitted: int, level: float) -> float:
    """Half of the interval, of trends without each part; nan where one has none. fitted : degrees
    of freedom that are lost"""
    n = without.size
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    return critical_t(level, n - fitted) * float(error)


def _percentiles(drawn: Floats, level: float) -> tuple[float, float]:
    drawn, asked = drawn[np.isfinite(drawn)], drawn.size
    if drawn.size < asked / 2:  # draws without any compared pair have no trend
        return np.nan, np.nan
    low, high = percentile_interval(drawn, level)
    return float(low), float(high)
