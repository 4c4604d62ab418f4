"""Kinds of break in one series, told apart: a jump of the level, another slope, one year alone.

Symbols: y (years,) the series; rho the correlation of its errors from one year to the next, 1 for a
random walk; a design is what is known of y, whitened: each year less rho times the year before. In
a whitened design errors are independent, so that regressions and their tests hold for any rho.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from firstlight.errors import check_between, check_bounds, check_level
from firstlight.instruments.productivity.growth_accounting.mean_shifts import p_value
from firstlight.numerics.distributions import chi2_quantile

__all__ = ["CORRELATIONS", "FEWEST", "KINDS", "Break", "BreakFit", "tell_breaks"]

Array = NDArray[np.float64]
KINDS: Final = ("outlier", "level_shift", "slope")
OUTLIER, LEVEL_SHIFT, SLOPE = range(3)
CORRELATIONS: Final = (0.0, 0.3, 0.6, 0.8, 1.0)
FEWEST: Final = 10  # years, below which a break can't be told from noise
SHORTEST: Final = 3  # years on either side of a lasting change: fewer may be years apart
ROUNDS: Final = 20  # of moving each break while the others stay
EXACT: Final = 1e-10  # share of the series' variation, below which what is left is rounding
DIGITS: Final = 9  # of statistics that are compared: less is rounding


@dataclass(frozen=True)
class Break:
    """One break.

    kind          : one of KINDS
    at            : position, of an outlier itself, else of the first year of the new level or slope
    low, high     : interval of ``at``, within the positions where such a break can be found
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

    fitted      : (years,), in the series' unit
    criterion   : Liu, Wu and Zidek's, of each year given the year before, by which correlations
                  are compared
    innovations : (years - 1,), errors less what the year before foretells
    """

    breaks: tuple[Break, ...]
    correlation: float
    fitted: Array = field(repr=False)
    criterion: float
    innovations: Array = field(repr=False)


@dataclass(frozen=True)
class _Asked:
    """What `tell_breaks` is asked for."""

    trend: bool
    most: int
    significance: float
    level: float
    draws: int
    seed: int


@dataclass(frozen=True)
class _Plan:
    """Where breaks are sought: the whitened design without any, and with each."""

    years: int
    rho: float
    trend: bool
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
    draws: int = 499,
    seed: int = 0,
) -> BreakFit:
    """Breaks of a series about a line, one at a time, each of the kind that explains most.

    At each step every kind of break at every year is offered; the one with the largest t statistic
    enters where that is larger than chance lets expect of the largest anywhere, and then every
    break is moved, and its kind changed, while the others stay. At last breaks leave that are not
    significant beside the others. The law of the largest statistic is drawn by seeded simulation
    at the very length, correlation and breaks.

    Parameters
    ----------
    values
        (years,), finite, of consecutive years, 10 or more, not all on a line.
    trend
        Whether there is a line to break; else a constant, and no change of slope.
    correlation
        Of errors, 0 (independent) to 1 (random walk). None takes the one of CORRELATIONS whose
        breaks have the lowest criterion of Liu, Wu and Zidek.
    most
        Breaks considered at most.
    significance
        Chance with which a series without a break may seem to have one.
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
    Econometrics 18(1), 1-22 (one more, as long as it is significant); Liu, Wu and Zidek (1997),
    Statistica Sinica 7(2), 497-525; Eo and Morley (2015), Quantitative Economics 6(2), 463-497
    (intervals by the likelihood ratio).

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
        check_bounds("correlation", correlation, 0, 1)
    asked = _Asked(trend, most, significance, level, draws, seed)
    given = np.asarray(values, dtype=np.float64)
    largest = float(np.abs(given).max())
    y = given / largest  # the square of a very large or small number is none
    spread = float(y.std())
    z = (y - y.mean()) / spread
    tried = CORRELATIONS if correlation is None else (float(correlation),)
    found = [_fit(z, rho, asked) for rho in tried]
    best = min(found, key=lambda fit: round(fit.criterion, DIGITS))
    return BreakFit(
        breaks=tuple(replace(each, change=each.change * spread * largest) for each in best.breaks),
        correlation=best.correlation,
        fitted=(best.fitted * spread + y.mean()) * largest,
        criterion=best.criterion,
        innovations=best.innovations * spread * largest,
    )


def _fit(z: Array, rho: float, asked: _Asked) -> BreakFit:
    plan = _plan(z.size, rho, asked.trend)
    white = _whitened(z[:, None], rho)[:, 0]
    chosen, chances = _chosen(white, plan, asked)
    order = sorted(range(len(chosen)), key=lambda k: (plan.at[chosen[k]], chosen[k]))
    chosen, chances = [chosen[k] for k in order], [chances[k] for k in order]
    beta = np.linalg.lstsq(_design(plan, chosen), white, rcond=None)[0]
    left = white - _design(plan, chosen) @ beta
    own = left if rho == 1 else left[1:]
    sizes = beta[plan.known.shape[1] :]
    breaks = tuple(
        _described(white, plan, chosen, k, float(sizes[k]), chances[k], asked.level)
        for k in range(len(chosen))
    )
    spent = plan.known.shape[1] + 2 * len(chosen)  # a break has a year and a size
    return BreakFit(breaks, rho, _curve(z, plan, chosen, beta), _lwz(own, spent), own)


def _lwz(innovations: Array, spent: int) -> float:
    """Liu, Wu and Zidek's criterion of errors from year to year, of numbers spent on them."""
    n = innovations.size
    squares = max(float(innovations @ innovations), EXACT * n)
    return float(n * np.log(squares / n) + spent * 0.299 * np.log(n) ** 2.1)


@lru_cache(maxsize=64)
def _plan(t: int, rho: float, trend: bool) -> _Plan:
    years = np.arange(t, dtype=np.float64)
    lasting = np.arange(SHORTEST, t - SHORTEST + 1)
    columns = [np.eye(t)]
    kinds, at = [np.zeros(t, np.int64)], [np.arange(t)]
    columns.append((years[:, None] >= lasting).astype(np.float64))
    kinds.append(np.full(lasting.size, LEVEL_SHIFT))
    at.append(lasting)
    if trend:
        columns.append(np.maximum(years[:, None] - lasting + 1, 0.0))
        kinds.append(np.full(lasting.size, SLOPE))
        at.append(lasting)
    known = _known(t, rho, trend)
    offers = _whitened(np.concatenate(columns, axis=1), rho)
    kinds_of, at_of = np.concatenate(kinds), np.concatenate(at)
    return _Plan(t, rho, trend, _whitened(known, rho), offers, kinds_of, at_of)


def _known(t: int, rho: float, trend: bool) -> Array:
    """Constant and line, (years, columns); a random walk has no constant of its own."""
    columns = [] if rho == 1 else [np.ones(t)]
    if trend:
        columns.append(np.arange(t, dtype=np.float64))
    return np.array(columns).reshape(len(columns), t).T


def _whitened(columns: Array, rho: float) -> Array:
    """Each year less rho times the year before; the first by its own variance, if it has one."""
    rest = columns[1:] - rho * columns[:-1]
    if rho == 1:
        return rest
    return np.concatenate([np.sqrt(1 - rho * rho) * columns[:1], rest])


def _squares(white: Array, known: Array, offers: Array) -> tuple[Array, Array, int]:
    """What each candidate would explain beside a design, (series, candidates); what is left
    without, (series,); and degrees of freedom without.

    white : (series, rows)
    """
    basis, upper = np.linalg.qr(known)
    own = np.abs(np.diag(upper))
    # a regressor that those before it give adds no direction
    basis = basis[:, own > 1e-9]
    left = white - (white @ basis) @ basis.T
    free = offers - basis @ (basis.T @ offers)
    length = (free**2).sum(axis=0)
    # a candidate that the others give, but for rounding, explains nothing more
    apart = length > 1e-8 * np.maximum((offers**2).sum(axis=0), 1e-300)
    gain = (left @ free) ** 2 / np.where(apart, length, 1.0)
    freedom = white.shape[1] - basis.shape[1]
    return np.where(apart, gain, 0.0), (left**2).sum(axis=1), freedom


def _statistics(gain: Array, total: Array, freedom: int) -> Array:
    """Squares of t statistics: (series, candidates)."""
    # nothing may be left to explain, and is divided by
    rest = np.maximum(total[:, None] - gain, 1e-300)
    return np.asarray(gain * (freedom - 1) / rest)


def _design(plan: _Plan, chosen: list[int]) -> Array:
    return np.column_stack([plan.known, plan.offers[:, chosen]])


def _best(white: Array, plan: _Plan, others: list[int]) -> tuple[int, float]:
    """The candidate that explains most beside others, and its squared t statistic."""
    gain, total, freedom = _squares(white[None, :], _design(plan, others), plan.offers)
    largest = float(gain.max())
    # of equal gains the first, however sums were rounded
    at = int(np.round(gain[0] / max(largest, 1e-300), DIGITS).argmax())
    return at, float(_statistics(gain[:, [at]], total, freedom)[0, 0])


@lru_cache(maxsize=4096)
def _law(t: int, rho: float, trend: bool, others: tuple[int, ...], draws: int, seed: int) -> Array:
    """The largest squared statistic of independent normal errors beside known breaks: (draws,)."""
    plan = _plan(t, rho, trend)
    errors = np.random.default_rng((seed, t)).standard_normal((draws, plan.offers.shape[0]))
    gain, total, freedom = _squares(errors, _design(plan, list(others)), plan.offers)
    return np.sort(_statistics(gain, total, freedom).max(axis=1))


def _chosen(white: Array, plan: _Plan, asked: _Asked) -> tuple[list[int], list[float]]:
    """Candidates that enter and stay, and the chance of each beside the others."""
    chosen: list[int] = []
    most = min(asked.most, (white.size - plan.known.shape[1]) // 2 - 1)
    while len(chosen) < most and _left(white, plan, chosen) > EXACT:
        at, statistic = _best(white, plan, chosen)
        if _chance(statistic, plan, chosen, asked) > asked.significance:
            break
        chosen = _moved(white, plan, [*chosen, at])
    while chosen:
        chances = []
        for k, own in enumerate(chosen):
            others = chosen[:k] + chosen[k + 1 :]
            parts = _squares(white[None, :], _design(plan, others), plan.offers[:, [own]])
            chances.append(_chance(float(_statistics(*parts)[0, 0]), plan, others, asked))
        worst = int(np.argmax(chances))
        if chances[worst] <= asked.significance:
            return chosen, chances
        chosen = _moved(white, plan, chosen[:worst] + chosen[worst + 1 :])
    return [], []


def _chance(statistic: float, plan: _Plan, others: list[int], asked: _Asked) -> float:
    """The p-value of the largest squared statistic beside other breaks."""
    known = tuple(sorted(others))
    law = _law(plan.years, plan.rho, plan.trend, known, asked.draws, asked.seed)
    return p_value(statistic, law)


def _left(white: Array, plan: _Plan, chosen: list[int]) -> float:
    """Share of the series' variation that a design leaves."""
    _, total, _ = _squares(white[None, :], _design(plan, chosen), plan.offers[:, :1])
    return float(total[0] / max(float(white @ white), 1e-300))


def _moved(white: Array, plan: _Plan, chosen: list[int]) -> list[int]:
    """Each break where, and of the kind which, explains most beside the others."""
    for _ in range(ROUNDS):
        before = list(chosen)
        for k in range(len(chosen)):
            others = chosen[:k] + chosen[k + 1 :]
            chosen[k] = _best(white, plan, others)[0]
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
    kind = int(plan.kinds[own])
    others = chosen[:k] + chosen[k + 1 :]
    gain, total, freedom = _squares(white[None, :], _design(plan, others), plan.offers)
    left = np.maximum(total[0] - gain[0], EXACT * white.size)
    log_likelihood = -0.5 * (freedom - 1) * np.log(left)
    same = plan.kinds == kind
    best = np.array([log_likelihood[plan.kinds == each].max() for each in np.unique(plan.kinds)])
    share = np.exp(log_likelihood[own] - special.logsumexp(best))
    low = high = int(plan.at[own])
    is_cut = False
    if kind != OUTLIER:
        drop = 2 * (log_likelihood[own] - log_likelihood[same])
        inside = plan.at[same][np.round(drop, DIGITS) <= _threshold(kind, plan.rho, level)]
        low, high = int(inside.min()), int(inside.max())
        is_cut = low == int(plan.at[same].min()) or high == int(plan.at[same].max())
    return Break(
        KINDS[kind], int(plan.at[own]), low, high, size, chance, float(min(share, 1.0)), is_cut
    )


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
    plain = _plan(z.size, 0.0, plan.trend)
    known = _known(z.size, plan.rho, plan.trend)
    curve = np.column_stack([known, plain.offers[:, chosen]]) @ beta
    return np.asarray(curve + (z - curve).mean() if plan.rho == 1 else curve)
