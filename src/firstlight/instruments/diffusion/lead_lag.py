"""Which record leads: lags between take-offs, and a test of whether growth in one record foretells
growth in another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import false_discovery_control

from firstlight.errors import wrong_shape
from firstlight.instruments.diffusion.take_off import LEVEL, weighted_range
from firstlight.numerics.array_checks import check_numbers

Floats = npt.NDArray[np.float64]
LONGEST = 5  # years of lead that are looked at
FEWEST_YEARS = 10  # in which both records are well filled
FEWEST_DOCUMENTS = 30  # of a technology in each record, in those years
FILLED = 0.2  # of the mean year's documents, that a year must have in both records
FEWEST_PAIRS = 8  # technologies from which the others stand in for chance
FEWEST_RESAMPLED = 5  # technologies from which an interval of their median is told
DRAWS = 999
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Lag:
    """Years from an event in a first record to the same event in a second one; negative where the
    second was first.

    years     : the most likely, nan where either is not known
    low, high : bounds of the interval, nan where open
    """

    years: float
    low: float
    high: float


@dataclass(frozen=True)
class LeadLag:
    """Cross-correlation of growth in two records; K technologies, L lags from -longest to longest.

    lags        : (L,) years by which the first record leads; negative: it follows
    correlation : (K, L), nan where not tested
    lead        : (K,) mean correlation over leads of the first record less the mean over leads of
                  the second
    best_lag    : (K,) lag of the strongest correlation
    p_first, p_second : (K,) chance of so strong a lead of the first (of the second) record without
                        any tie between them
    q_first, q_second : (K,) the same, adjusted for the number of technologies (false discovery
                        rate)
    reason      : (K,) "" where tested, else why not
    pooled_lead, pooled_p_first, pooled_p_second : the mean over technologies, and its chances
    expected_by_chance : technologies with p below ``significant`` in one direction, without any tie
    null        : mismatched_pairs (other technologies stand in) or surrogates (phases drawn at
                  random)
    """

    lags: npt.NDArray[np.int64]
    correlation: Floats
    lead: Floats
    best_lag: Floats
    p_first: Floats
    p_second: Floats
    q_first: Floats
    q_second: Floats
    reason: tuple[str, ...]
    pooled_lead: float
    pooled_p_first: float
    pooled_p_second: float
    expected_by_chance: float
    null: str
    significant: float = SIGNIFICANT

    @property
    def tested(self) -> npt.NDArray[np.bool_]:
        """(K,) whether a technology was tested."""
        return np.array([reason == "" for reason in self.reason], dtype=bool)


def lag(years: Any, first: Any, second: Any, level: float = LEVEL) -> Lag:
    """The lag between two events whose years are uncertain, each by its own probabilities.

    years : (Y,); first, second : (Y,) probabilities; an event without any (all zero) is not known
    Returns Lag, from the distribution of the difference of two independent years.

    >>> lag([2001, 2002, 2003], [1, 0, 0], [0, .5, .5])
    Lag(years=1.0, low=1.0, high=2.0)
    """
    y, a, b = (np.asarray(values, dtype=np.float64) for values in (years, first, second))
    if a.sum() <= 0 or b.sum() <= 0:
        return Lag(float("nan"), float("nan"), float("nan"))
    weight = np.convolve(b / b.sum(), (a / a.sum())[::-1])
    values = np.arange(len(weight), dtype=np.float64) - (len(y) - 1)
    low, high = weighted_range(values, weight, level)
    best = float(y[int(np.argmax(np.round(b, 9)))] - y[int(np.argmax(np.round(a, 9)))])
    return Lag(best, min(low, best), max(high, best))


def growth_series(counts: Any, exposure: Any) -> Floats:
    """(K, Y - 1) yearly growth of the log share, each year joined by one document at the share of
    all years.

    log((c + 1) / (n + 1 / p)), where p is the technology's share of all years: finite where a year
    has no document, and near the mean, not near zero, where a year has little of anything.

    >>> growth_series([[1, 2]], [100, 100]).round(3).tolist()
    [[0.405]]
    """
    c, n = np.asarray(counts, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    share = np.maximum(c.sum(axis=1, keepdims=True), 0.5) / max(float(n.sum()), 1.0)
    return np.asarray(np.diff(np.log((c + 1) / (n + 1 / share)), axis=1))


def lead_lag(
    first: Any,
    first_exposure: Any,
    second: Any,
    second_exposure: Any,
    *,
    longest: int = LONGEST,
    draws: int = DRAWS,
    seed: int = 0,
) -> LeadLag:
    """Whether growth in the first record foretells growth in the second, technology by technology
    and together.

    Growth is smoothed over three years (weights 1, 2, 1). The statistic is the mean correlation
    over leads of 1 to ``longest`` years of the first record, less the mean over as many leads of
    the second, so that what both records share in the same year speaks for neither. What it would
    be by chance is read from mismatched pairs (a technology's first record against the second
    record of another), which keep each series as it is and the years that all have in common; with
    fewer than 8 technologies from surrogates of the second record with the same spectrum and random
    phases (Theiler and others 1992, Physica D 58). False discovery rate: Benjamini and Hochberg
    1995, Journal of the Royal Statistical Society B 57(1).

    Parameters
    ----------
    first, second
        (K, Y) documents of each technology in the same years.
    first_exposure, second_exposure
        (Y,) all documents of each record.
    longest
        Longest lead and lag, in years.
    draws
        Mismatched pairs, or surrogates.
    seed
        Seed of the draws.

    Returns
    -------
    LeadLag, with ``correlation`` (K, L), ``lead``, ``best_lag``, ``p_first``, ``p_second``,
    ``q_first``, ``q_second`` and ``reason`` (K,), and the same of all together. Technologies with
    under 30 documents in either record, or under 10 years in common, are not tested. A year counts
    where both records have a fifth of their mean year's documents.

    Raises
    ------
    InputError
        Where the arrays do not fit.

    References
    ----------
    Theiler and others (1992), Physica D 58 (surrogates); Benjamini and Hochberg (1995), Journal of
    the Royal Statistical Society B 57(1) (false discovery rate).
    """
    a, n, b, m = _checked(first, first_exposure, second, second_exposure)
    both = _well_filled(n) & _well_filled(m)
    size = len(a)
    reason = _reasons(a[:, both], b[:, both], int(both.sum()))
    chosen = np.array([own == "" for own in reason], dtype=bool)
    longest = max(min(longest, (int(both.sum()) - 1) // 3), 1)
    lags = np.arange(-longest, longest + 1)
    correlation = np.full((size, len(lags)), np.nan)
    blank: list[Floats] = [np.full(size, np.nan) for _ in range(6)]
    if not chosen.any():
        nan = float("nan")
        return _lead_lag(lags, correlation, blank, reason, (nan, nan, nan, 0.0), "none")
    x, y = (
        _smooth(growth_series(a[chosen][:, both], n[both])),
        _smooth(growth_series(b[chosen][:, both], m[both])),
    )
    rng = np.random.default_rng(seed)
    every = _correlations(x, y, longest)  # (L, k, k)
    own = np.diagonal(every, axis1=1, axis2=2).T
    found = _lead(own.T, longest)
    if len(x) >= FEWEST_PAIRS:
        name, (chance, chance_mean) = "mismatched_pairs", _mismatched(every, longest, draws, rng)
    else:
        name, (chance, chance_mean) = "surrogates", _surrogates(x, y, longest, draws, rng)
    pooled = float(found.mean())
    p_first, p_second = _chance_above(found, chance), _chance_above(-found, -chance)
    correlation[chosen] = own
    columns = [
        found,
        lags[np.argmax(np.round(own, 9), axis=1)],
        p_first,
        p_second,
        false_discovery_control(p_first),
        false_discovery_control(p_second),
    ]
    for target, values in zip(blank, columns, strict=True):
        target[chosen] = values
    pooled_first = (1 + float((chance_mean >= pooled).sum())) / (1 + len(chance_mean))
    pooled_second = (1 + float((chance_mean <= pooled).sum())) / (1 + len(chance_mean))
    expected = SIGNIFICANT * float(chosen.sum())
    return _lead_lag(
        lags, correlation, blank, reason, (pooled, pooled_first, pooled_second, expected), name
    )


def _lead_lag(
    lags: npt.NDArray[np.int64],
    correlation: Floats,
    columns: list[Floats],
    reason: list[str],
    pooled: tuple[float, float, float, float],
    null: str,
) -> LeadLag:
    lead, best, p_first, p_second, q_first, q_second = columns
    return LeadLag(
        lags,
        correlation,
        lead,
        best,
        p_first,
        p_second,
        q_first,
        q_second,
        tuple(reason),
        *pooled,
        null,
    )


@dataclass(frozen=True)
class Power:
    """How often a planted lead would be found with the counts at hand.

    lag    : years by which the first record was made to lead
    single : share of technologies with p below .05 for the first record
    wrong  : the same for the second record, which does not lead
    pooled : share of runs in which all technologies together have p below .05 for the first record
    runs   : how many
    """

    lag: int
    single: float
    wrong: float
    pooled: float
    runs: int


def lead_lag_power(
    first: Any,
    first_exposure: Any,
    second: Any,
    second_exposure: Any,
    years: int,
    *,
    runs: int = 20,
    seed: int = 0,
) -> Power:
    """The share of technologies, and of whole records, in which a planted lead of so many years
    would be found.

    Both records are drawn anew with Poisson noise: the first about its own three-year shares, the
    second about the same shares so many years before, at its own level. Real records also differ in
    other ways, so this is at best.

    Arguments as in ``lead_lag``. Returns Power; nan where no technology can be tested.
    """
    a, n, b, m = _checked(first, first_exposure, second, second_exposure)
    ones = np.ones((3,))
    window = np.stack([np.convolve(row, ones, "same") for row in a]) if len(a) else a
    rate = window / np.maximum(np.convolve(n, ones, "same"), 1.0)
    years = min(years, rate.shape[1])
    shifted = np.concatenate(
        [np.repeat(rate[:, :1], years, axis=1), rate[:, : rate.shape[1] - years]], axis=1
    )
    expected = shifted * m
    level = b.sum(axis=1) / np.maximum(expected.sum(axis=1), 1e-12)
    rng = np.random.default_rng(seed)
    single, wrong, pooled = [], [], []
    for run in range(runs):
        found = lead_lag(
            rng.poisson(rate * n), n, rng.poisson(expected * level[:, None]), m, draws=199, seed=run
        )
        if found.tested.any():
            single.append(
                float(np.nanmean(found.p_first < SIGNIFICANT)) * len(a) / found.tested.sum()
            )
            wrong.append(
                float(np.nanmean(found.p_second < SIGNIFICANT)) * len(a) / found.tested.sum()
            )
            pooled.append(found.pooled_p_first < SIGNIFICANT)
    if not single:
        return Power(years, float("nan"), float("nan"), float("nan"), 0)
    return Power(
        years, float(np.mean(single)), float(np.mean(wrong)), float(np.mean(pooled)), len(single)
    )


def _checked(first: Any, n: Any, second: Any, m: Any) -> tuple[Floats, Floats, Floats, Floats]:
    a, b = (
        np.atleast_2d(np.asarray(first, dtype=np.float64)),
        np.atleast_2d(np.asarray(second, dtype=np.float64)),
    )
    n, m = np.asarray(n, dtype=np.float64), np.asarray(m, dtype=np.float64)
    if a.shape != b.shape or n.shape != a.shape[1:] or m.shape != a.shape[1:]:
        raise wrong_shape("first, second", (a.shape, b.shape, n.shape, m.shape), "(n, years)")
    for name, own in {"first": a, "second": b, "exposures": np.stack([n, m])}.items():
        check_numbers(name, own, 0)
    return a, n, b, m


def _well_filled(exposure: Floats) -> npt.NDArray[np.bool_]:
    """Years with a fifth of the mean year's documents or more: noise that fades with time would
    look like a lead."""
    mean = exposure.mean() if len(exposure) else 0.0
    return np.asarray(exposure >= max(FILLED * mean, 1.0))


def _reasons(a: Floats, b: Floats, years: int) -> list[str]:
    if years < FEWEST_YEARS:
        return ["too_few_years"] * len(a)
    thin = np.minimum(a.sum(axis=1), b.sum(axis=1)) < FEWEST_DOCUMENTS
    return list(np.where(thin, "too_few_documents", "").tolist())


def _smooth(series: Floats) -> Floats:
    padded = np.concatenate([series[:, :1], series, series[:, -1:]], axis=1)
    return np.asarray((padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4)


def _standard(series: Floats) -> Floats:
    centred: Floats = series - series.mean(axis=-1, keepdims=True)
    size: Floats = np.sqrt((centred**2).sum(axis=-1, keepdims=True))
    # a series that never changes correlates with nothing
    return np.asarray(np.divide(centred, size, out=np.zeros_like(centred), where=size > 1e-12))


def _correlations(x: Floats, y: Floats, longest: int) -> Floats:
    """(L, k, k) of every x with every y, x ahead by each lag; x and y from the years in which both
    are given."""
    t = x.shape[1]
    found = []
    for ahead in range(-longest, longest + 1):
        early, late = max(-ahead, 0), max(ahead, 0)
        found.append(_standard(x[:, early : t - late]) @ _standard(y[:, late : t - early]).T)
    return np.stack(found)


def _lead(correlation: Floats, longest: int) -> Floats:
    """Mean over leads of the first less mean over leads of the second, along the first axis."""
    return np.asarray(correlation[longest + 1 :].mean(axis=0) - correlation[:longest].mean(axis=0))


def _mismatched(
    every: Floats, longest: int, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    lead = _lead(every, longest)
    k = len(lead)
    chance = lead[~np.eye(k, dtype=bool)]
    means = np.array([lead[np.arange(k), _derangement(k, rng)].mean() for _ in range(draws)])
    return chance, means


def _derangement(k: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """A cycle through all: nobody is paired with itself."""
    order = rng.permutation(k)
    partner = np.empty(k, dtype=np.int64)
    partner[order] = np.roll(order, 1)
    return partner


def _surrogates(
    x: Floats, y: Floats, longest: int, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """(draws, k) leads of x over surrogates of its own y, and their means over technologies."""
    t = y.shape[1]
    spectrum = np.abs(np.fft.rfft(y - y.mean(axis=1, keepdims=True), axis=1))
    phases = np.exp(2j * np.pi * rng.random((draws, *spectrum.shape)))
    other = np.fft.irfft(spectrum * phases, n=t, axis=2)
    found = []
    for ahead in range(-longest, longest + 1):
        early, late = max(-ahead, 0), max(ahead, 0)
        own, drawn = _standard(x[:, early : t - late]), _standard(other[:, :, late : t - early])
        found.append((own[None] * drawn).sum(axis=2))
    chance = _lead(np.stack(found), longest)
    return chance, chance.mean(axis=1)


def _chance_above(found: Floats, chance: Floats) -> Floats:
    """Share of chance values at least as great; of each technology's own where there is a column
    for it."""
    if chance.ndim == 2:
        return np.asarray((1 + (chance >= found[None]).sum(axis=0)) / (1 + len(chance)))
    ordered = np.sort(chance)
    return np.asarray(
        # a draw equal to what was found but for rounding counts as large as it
        (1 + len(ordered) - np.searchsorted(ordered, found - 1e-12)) / (1 + len(ordered))
    )


@dataclass(frozen=True)
class PooledLag:
    """The lag of an event over many technologies: median with its interval, technologies with both
    events, and censored."""

    median: float
    low: float
    high: float
    both: int
    waiting: int


def pooled_lag(
    lags: Any, waiting: Any, *, draws: int = DRAWS, level: float = LEVEL, seed: int = 0
) -> PooledLag:
    """The median lag by Kaplan and Meier (1958), so that what is still waiting counts as longer.

    lags    : (A,) years between both events; waiting : (B,) years that the second has already been
              waited for
    Returns PooledLag, its interval by resampling technologies (five or more); nan where the median
    is not reached, which an upper bound often is not.
    Source: Kaplan and Meier (1958), Journal of the American Statistical Association 53(282),
            457-481.

    >>> pooled_lag([1, 2, 3], []).median, pooled_lag([1], [5, 6, 7]).median
    (2.0, nan)
    """
    known, open_ = (
        np.asarray(lags, dtype=np.float64).ravel(),
        np.asarray(waiting, dtype=np.float64).ravel(),
    )
    times = np.concatenate([known, open_])
    ended = np.arange(len(times)) < len(known)
    if not len(known):
        return PooledLag(float("nan"), float("nan"), float("nan"), 0, len(open_))
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(times), (draws, len(times)))
    # not reached counts as infinite
    medians = np.sort([_median_time(times[own], ended[own]) for own in chosen])
    tail = (1 - level) / 2
    low, high = medians[int(tail * draws)], medians[min(int((1 - tail) * draws), draws - 1)]
    if len(times) < FEWEST_RESAMPLED:
        low = high = float("nan")
    found = np.array([_median_time(times, ended), low, high])
    found[~np.isfinite(found)] = np.nan
    median, low, high = found.tolist()
    return PooledLag(median, low, high, len(known), len(open_))


def _median_time(times: Floats, ended: npt.NDArray[np.bool_]) -> float:
    values, place = np.unique(times, return_inverse=True)
    events = np.bincount(place, weights=ended, minlength=len(values))
    at_risk = len(times) - np.concatenate(
        [[0], np.cumsum(np.bincount(place, minlength=len(values)))[:-1]]
    )
    surviving = np.cumprod(1 - events / at_risk)
    # a product that is a half but for rounding is a half
    return float(next(iter(values[surviving <= 0.5 + 1e-12]), np.inf))
