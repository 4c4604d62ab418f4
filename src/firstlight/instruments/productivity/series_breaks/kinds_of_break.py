"""Kinds of break in one series, told apart: a jump of the level, another slope, one year alone.

Symbols: y (years,) the series; rho the correlation of its errors from one year to the next, 1 for a
random walk; a design is what is known of y, whitened: each year less rho times the year before, or,
d years after the last known one, rho to the power of d times that. In a whitened design errors are
independent. A break is tested by the likelihood ratio, in which rho is the likeliest with and
without it: with rho taken from the breaks that it leaves, false alarms were several times as many.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from firstlight.errors import check_between, check_bounds, check_level
from firstlight.instruments.productivity.growth_accounting.mean_shifts import p_value
from firstlight.numerics.distributions import chi2_quantile

Array = NDArray[np.float64]
KINDS: Final = ("outlier", "level_shift", "slope")
OUTLIER, LEVEL_SHIFT, SLOPE = range(3)
CORRELATIONS: Final = (-0.3, 0.0, 0.3, 0.6, 0.8, 1.0)
FEWEST: Final = 10  # years, below which a break can't be told from noise
SHORTEST: Final = 3  # years on either side of a lasting change: fewer may be years apart
ROUNDS: Final = 20  # of moving each break while the others stay
EXACT: Final = 1e-10  # share of the series' variation, below which what is left is rounding
DIGITS: Final = 9  # of statistics that are compared: less is rounding


@dataclass(frozen=True)
class Break:
    """One break.

    kind          : one of KINDS
    at            : position, of an outlier itself, else of the first known year of the new level or
                    slope
    low, high     : interval of ``at``, within the positions where such a break can be found; low
                    counts missing years before as well
    change        : of the level, of growth per year, or of that year alone, in the series' unit
    p_value       : of the largest statistic anywhere, the other breaks being known
    kind_share    : weight of the likelihood of this kind beside the best break of another kind
    is_cut        : whether the interval reaches the first or the last such position
    """

    kind: str
    at: int
    low: int
    high: int
    change: float
    p_value: float
    kind_share: float
    is_cut: bool


@dataclass(frozen=True)
class BreakFit:
    """Breaks of a series, ascending; the correlation of errors; the curve with its breaks.

    fitted      : (known years,), in the series' unit
    innovations : (known years - 1,), errors less what the year before foretells
    """

    breaks: tuple[Break, ...]
    correlation: float
    fitted: Array = field(repr=False)
    innovations: Array = field(repr=False)


@dataclass(frozen=True)
class _Asked:
    """What `tell_breaks` is asked for."""

    trend: bool
    most: int
    significance: float
    draws: int
    seed: int


@dataclass(frozen=True)
class _Plan:
    """Where breaks are sought: the whitened design without any, and with each."""

    years: tuple[int, ...]  # known positions
    rho: float
    known: Array  # (rows, columns), constant and trend
    offers: Array  # (rows, candidates)
    kinds: NDArray[np.int64]  # (candidates,)
    at: NDArray[np.int64]  # (candidates,)


def tell_breaks(
    values: Array,
    *,
    trend: bool = True,
    correlation: float | None = None,
    most: int = 5,
    significance: float = 0.05,
    level: float = 0.95,
    draws: int = 1999,
    seed: int = 0,
) -> BreakFit:
    """Breaks of a series about a line, one at a time, each of the kind that explains most.

    At each step every kind of break at every year is offered; the one with the largest t statistic
    enters where that is larger than chance lets expect of the largest anywhere, and then every
    break is moved, and its kind changed, while the others stay. At last breaks leave that are not
    significant beside the others. The law of the largest statistic is drawn by seeded simulation
    of a series without a further break: of the very years, breaks and correlation of errors, the
    likeliest by restricted likelihood, which short series don't pull to 0.

    Parameters
    ----------
    values
        (years,), of consecutive years, missing ones nan; the first, the last and 10 or more are
        known, not all on a line.
    trend
        Whether there is a line to break; else a constant, and no change of slope.
    correlation
        Of errors, -0.3 to 1: 0 independent, 1 a random walk. None takes the likeliest of
        CORRELATIONS at each step.
    most
        Breaks considered at most.
    significance
        Chance with which a series without a break may seem to have one; measured on 20 to 40 years,
        at correlations of 0 to 0.8: 0.04 to 0.06 for 0.05.
    level
        Level of the intervals of the years.
    draws
        Simulated series from which the law of the largest statistic is read, 99 or more.
    seed
        Of the draws.

    Returns
    -------
    BreakFit

    Raises
    ------
    InputError
        For options out of range.

    References
    ----------
    Chen and Liu (1993), Journal of the American Statistical Association 88(421), 284-297 (the
    largest statistic tells the kind; joint estimation); Bai and Perron (2003), Journal of Applied
    Econometrics 18(1), 1-22 (one more, as long as it is significant); Harville (1974), Biometrika
    61(2), 383-385 (restricted likelihood); Eo and Morley (2015), Quantitative Economics 6(2),
    463-497 (intervals by the likelihood ratio).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> level = np.repeat([10.0, 14.0], 20) + rng.normal(0, 1, 40)
    >>> level[30] += 8
    >>> [(each.kind, each.at) for each in tell_breaks(level).breaks]
    [('level_shift', 20), ('outlier', 30)]
    """
    check_bounds("most", most, 0)
    check_between("significance", significance, 0, 1)
    check_level(level)
    check_bounds("draws", draws, 99)
    if correlation is not None:
        check_bounds("correlation", correlation, CORRELATIONS[0], 1)
    asked = _Asked(trend, most, significance, draws, seed)
    given = np.asarray(values, dtype=np.float64)
    years = np.flatnonzero(~np.isnan(given))
    largest = float(np.abs(given[years]).max())
    y = given[years] / largest  # the square of a very large or small number is none
    spread = float(y.std())
    z, unit = (y - y.mean()) / spread, spread * largest
    tried = CORRELATIONS if correlation is None else (float(correlation),)
    plans = _plans(tuple(years.tolist()), tried, trend)
    chosen, chances = _chosen(z, plans, asked)
    order = sorted(range(len(chosen)), key=lambda k: (plans[0].at[chosen[k]], chosen[k]))
    chosen, chances = [chosen[k] for k in order], [chances[k] for k in order]
    plan = plans[_statistics(z, plans, chosen)[1]]
    white = _whitened(z[:, None], plan.years, plan.rho)[:, 0]
    beta = np.linalg.lstsq(_design(plan, chosen), white, rcond=None)[0]
    left = white - _design(plan, chosen) @ beta
    sizes = beta[plan.known.shape[1] :] * unit
    found = (
        _described(white, plan, chosen, k, float(sizes[k]), chances[k], level)
        for k in range(len(chosen))
    )
    return BreakFit(
        breaks=tuple(found),
        correlation=plan.rho,
        fitted=_curve(z, plan, chosen, beta) * unit + y.mean() * largest,
        innovations=left[left.size - z.size + 1 :] * unit,
    )


def _plans(years: tuple[int, ...], tried: tuple[float, ...], trend: bool) -> tuple[_Plan, ...]:
    return tuple(_plan(years, rho, trend) for rho in tried)


@lru_cache(maxsize=64)
def _plan(years: tuple[int, ...], rho: float, trend: bool) -> _Plan:
    at = np.array(years)
    lasting = at[SHORTEST : at.size - SHORTEST + 1]
    columns = [np.eye(at.size), (at[:, None] >= lasting).astype(np.float64)]
    if trend:
        columns.append(np.maximum(at[:, None] - lasting + 1.0, 0.0))
    kinds = [np.full(part.shape[1], kind) for kind, part in enumerate(columns)]
    return _Plan(
        years,
        rho,
        _whitened(_known(at, rho, trend), years, rho),
        _whitened(np.concatenate(columns, axis=1), years, rho),
        np.concatenate(kinds),
        np.concatenate([at, *[lasting] * (len(columns) - 1)]),
    )


def _known(years: NDArray[np.int64], rho: float, trend: bool) -> Array:
    """Constant and line, (years, columns); a random walk has no constant of its own."""
    columns = [] if rho == 1 else [np.ones(years.size)]
    if trend:
        columns.append(years.astype(np.float64))
    return np.array(columns).reshape(len(columns), years.size).T


def _deviations(years: tuple[int, ...], rho: float) -> Array:
    """Standard deviations of what each known year brings, of a year after a known one 1.

    The first year has its own; of a random walk it says nothing.
    """
    apart = np.diff(years)
    if rho == 1:
        return np.sqrt(apart)
    return np.sqrt(np.append(1.0, 1 - rho ** (2 * apart)) / (1 - rho * rho))


def _whitened(columns: Array, years: tuple[int, ...], rho: float) -> Array:
    """Each year less what the known one before foretells, in its standard deviations."""
    rows = columns[1:] - (rho ** np.diff(years))[:, None] * columns[:-1]
    if rho != 1:
        rows = np.concatenate([columns[:1], rows])
    return np.asarray(rows / _deviations(years, rho)[:, None])


def _squares(white: Array, known: Array, offers: Array) -> tuple[Array, Array, int, float]:
    """What each candidate would explain beside a design, (series, candidates); what is left
    without, (series,); degrees of freedom without; and the logarithm of the design's volume.

    white : (series, rows)
    """
    basis, upper = np.linalg.qr(known)
    own = np.abs(np.diag(upper))
    # a regressor that those before it give adds no direction
    basis, own = basis[:, own > 1e-9], own[own > 1e-9]
    left = white - (white @ basis) @ basis.T
    free = offers - basis @ (basis.T @ offers)
    length = (free**2).sum(axis=0)
    # a candidate that the others give, but for rounding, explains nothing more
    apart = length > 1e-8 * np.maximum((offers**2).sum(axis=0), 1e-300)
    gain = (left @ free) ** 2 / np.where(apart, length, 1.0)
    freedom = white.shape[1] - basis.shape[1]
    volume = float(np.log(own).sum())
    return np.where(apart, gain, 0.0), (left**2).sum(axis=1), freedom, volume


def _design(plan: _Plan, chosen: list[int]) -> Array:
    return np.column_stack([plan.known, plan.offers[:, chosen]])


def _likelihoods(
    z: Array, plans: tuple[_Plan, ...], others: list[int]
) -> Iterator[tuple[Array, Array]]:
    """By correlation, the restricted log-likelihood beside other breaks, (series,), and with each
    candidate, (series, candidates), which is profiled: what is restricted is what both know.

    z : (series, known years)
    """
    least = EXACT * z.shape[1]
    for plan in plans:
        white = _whitened(z.T, plan.years, plan.rho).T
        gain, total, freedom, volume = _squares(white, _design(plan, others), plan.offers)
        spent = volume + float(np.log(_deviations(plan.years, plan.rho)).sum())
        without = -freedom / 2 * np.log(np.maximum(total, least)) - spent
        yield without, -freedom / 2 * np.log(np.maximum(total[:, None] - gain, least)) - spent


def _statistics(z: Array, plans: tuple[_Plan, ...], others: list[int]) -> tuple[Array, int]:
    """Twice the log likelihood ratio of each candidate, and which correlation is likeliest without
    any."""
    each = list(_likelihoods(z[None, :], plans, others))
    without = np.round([float(own[0]) for own, _ in each], DIGITS)
    best = np.max([more[0] for _, more in each], axis=0)
    # of equal ones the first, however sums were rounded
    return np.round(2 * (best - without.max()), DIGITS), int(without.argmax())


@lru_cache(maxsize=4096)
def _law(
    known: tuple[int, ...],
    tried: tuple[float, ...],
    rho: float,
    others: tuple[int, ...],
    asked: _Asked,
) -> Array:
    """The largest statistic of normal errors of a correlation beside known breaks: (draws,)."""
    plans, years = _plans(known, tried, asked.trend), np.array(known)
    shape = years[-1] - years[0] + 1, asked.draws
    errors = np.random.default_rng((asked.seed, years.size)).standard_normal(shape)
    if rho != 1:
        errors[0] /= np.sqrt(1 - rho * rho)
    for k in range(1, errors.shape[0]):
        errors[k] += rho * errors[k - 1]
    without = best = np.full(asked.draws, -np.inf)
    for own, more in _likelihoods(errors[years - years[0]].T, plans, list(others)):
        without, best = np.maximum(without, own), np.maximum(best, more.max(axis=1))
    return np.sort(2 * (best - without))


def _chosen(z: Array, plans: tuple[_Plan, ...], asked: _Asked) -> tuple[list[int], list[float]]:
    """Candidates that enter and stay, and the chance of each beside the others."""
    chosen: list[int] = []
    most = min(asked.most, (z.size - 1 - int(asked.trend)) // 2 - 1)
    while len(chosen) < most and _left(z, plans, chosen) > EXACT:
        at = int(_statistics(z, plans, chosen)[0].argmax())
        if _chance(z, plans, chosen, at, asked) > asked.significance:
            break
        chosen = _moved(z, plans, [*chosen, at])
    while chosen:
        chances = [
            _chance(z, plans, chosen[:k] + chosen[k + 1 :], own, asked)
            for k, own in enumerate(chosen)
        ]
        worst = int(np.argmax(chances))
        if chances[worst] <= asked.significance:
            return chosen, chances
        chosen = _moved(z, plans, chosen[:worst] + chosen[worst + 1 :])
    return [], []


def _chance(
    z: Array, plans: tuple[_Plan, ...], others: list[int], own: int, asked: _Asked
) -> float:
    """The p-value of one candidate as the largest anywhere beside other breaks."""
    statistics, likeliest = _statistics(z, plans, others)
    tried = tuple(plan.rho for plan in plans)
    law = _law(plans[0].years, tried, tried[likeliest], tuple(sorted(others)), asked)
    return p_value(float(statistics[own]), law)


def _left(z: Array, plans: tuple[_Plan, ...], chosen: list[int]) -> float:
    """Share of the series' variation that a design leaves."""
    plan = plans[0]
    white = _whitened(z[:, None], plan.years, plan.rho).T
    total = _squares(white, _design(plan, chosen), plan.offers[:, :1])[1]
    return float(total[0] / max(float((white**2).sum()), 1e-300))


def _moved(z: Array, plans: tuple[_Plan, ...], chosen: list[int]) -> list[int]:
    """Each break where, and of the kind which, explains most beside the others."""
    for _ in range(ROUNDS):
        before = list(chosen)
        for k in range(len(chosen)):
            others = chosen[:k] + chosen[k + 1 :]
            chosen[k] = int(_statistics(z, plans, others)[0].argmax())
        if chosen == before:
            break
    return chosen


def _described(
    white: Array,
    plan: _Plan,
    chosen: list[int],
    k: int,
    size: float,
    chance: float,
    level: float,
) -> Break:
    own = chosen[k]
    kind, at = int(plan.kinds[own]), int(plan.at[own])
    others = chosen[:k] + chosen[k + 1 :]
    gain, total, freedom, _ = _squares(white[None, :], _design(plan, others), plan.offers)
    left = np.maximum(total[0] - gain[0], EXACT * white.size)
    log_likelihood = -0.5 * (freedom - 1) * np.log(left)
    same = plan.kinds == kind
    best = np.array([log_likelihood[plan.kinds == each].max() for each in np.unique(plan.kinds)])
    share = np.exp(log_likelihood[own] - special.logsumexp(best))
    low = high = at
    is_cut = False
    if kind != OUTLIER:
        drop = 2 * (log_likelihood[own] - log_likelihood[same])
        inside = plan.at[same][np.round(drop, DIGITS) <= _threshold(kind, plan.rho, level)]
        low, high = int(inside.min()), int(inside.max())
        is_cut = low == int(plan.at[same].min()) or high == int(plan.at[same].max())
        # in a missing year before it may be as well
        low = plan.years[plan.years.index(low) - 1] + 1
    return Break(KINDS[kind], at, low, high, size, chance, float(min(share, 1.0)), is_cut)


def _threshold(kind: int, rho: float, level: float) -> float:
    """How far twice the log-likelihood of a year may lie below the highest.

    A jump's year has the law of the maximum of a two-sided Brownian motion with drift; the year of
    a bend in a line is a smooth parameter, with the usual law.
    """
    if kind == SLOPE and rho < 1:
        return float(chi2_quantile(level, 1))
    return float(-2 * np.log(1 - np.sqrt(level)))


def _curve(z: Array, plan: _Plan, chosen: list[int], beta: NDArray[np.floating]) -> Array:
    """The line with its breaks, on the scale of z; of a random walk with the mean of z."""
    has_slopes = SLOPE in plan.kinds
    plain = _plan(plan.years, 0.0, has_slopes)
    known = _known(np.array(plan.years), plan.rho, has_slopes)
    curve = np.column_stack([known, plain.offers[:, chosen]]) @ beta
    return np.asarray(curve + (z - curve).mean() if plan.rho == 1 else curve)
