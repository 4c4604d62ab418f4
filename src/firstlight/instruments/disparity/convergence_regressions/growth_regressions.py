"""Whether the poorer grew faster (beta) and whether the spread fell (sigma), with their tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError, check_enough, check_level
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.numerics.distributions import critical_t, t_p_value
from firstlight.numerics.divisors import positive_or_nan
from firstlight.texts import Count, message

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
FULL = 1e-10  # how near to 1 a leverage is that leaves no residual
ROUNDING = 1e-10  # of a column's size: what varies less is a constant, or repeats the others


@dataclass(frozen=True)
class BetaConvergence:
    """A regression of growth on the logarithm of the starting level.

    Attributes
    ----------
    beta
        The coefficient b of the starting level.
    se
        Its standard error.
    low, high
        The ends of its interval.
    t, p_value
        Of b = 0.
    speed
        -ln(1 + b years) / years, the yearly rate at which a gap closes; nan where 1 + b years is
        not above 0.
    speed_se
        By the delta method.
    speed_low, speed_high
        From the ends of b.
    half_life
        Years until half of a gap is closed; nan where it does not close.
    r_squared
        The share of the variance of growth that is explained.
    coefficients
        Term -> coefficient, standard error.
    count
        Units.
    """

    beta: float
    se: float
    low: float
    high: float
    t: float
    p_value: float
    speed: float
    speed_se: float
    speed_low: float
    speed_high: float
    half_life: float
    r_squared: float
    coefficients: Mapping[str, tuple[float, float]]
    count: int


@dataclass(frozen=True)
class PanelConvergence:
    """A regression of growth from step to step on the level before, in a panel.

    Attributes
    ----------
    beta
        The coefficient of the level before, for one step.
    se
        Its standard error, clustered by unit.
    walk
        What the coefficient is on average where units walk at random: 0 without their effects.
    freedom
        Degrees of freedom: units less 1.
    r_squared
        The share of the variance explained beside the effects.
    """

    beta: float
    se: float
    walk: float
    freedom: int
    r_squared: float


@dataclass(frozen=True)
class SigmaTest:
    """The Pitman-Morgan test of whether two standard deviations of the same units are equal.

    Attributes
    ----------
    first, last
        The standard deviations, by n.
    t
        Above 0 where the spread rose; nan where there is no test.
    p_value
        Of no change; nan where there is no test.
    """

    first: float
    last: float
    t: float
    p_value: float


def speed_of(beta: float, years: float) -> float:
    """The yearly rate at which a gap closes, -ln(1 + b years) / years; nan where 1 + b years is not
    above 0, so that the order of units turns round.

    Parameters
    ----------
    beta
        Coefficient of the starting level, growth being per year.
    years
        How many years growth is measured over.

    Returns
    -------
    float, per year; below 0 where gaps widen.

    References
    ----------
    Barro and Sala-i-Martin 1992, Journal of Political Economy 100(2), 223-251, equation 11.

    Examples
    --------
    >>> round(speed_of(-0.0181269, 20), 4)
    0.0225
    """
    return float(-np.log(positive_or_nan(1 + beta * years)) / years)


def half_life(speed: float) -> float:
    """The years in which half of a gap closes; nan where it doesn't.

    >>> half_life(np.log(2) / 35)
    35.0
    """
    return float(np.log(2) / positive_or_nan(speed))


def beta_convergence(
    first: ArrayLike,
    last: ArrayLike,
    years: float,
    others: Mapping[str, ArrayLike] | None = None,
    *,
    errors: Literal["robust", "classical"] = "robust",
    level: float = 0.95,
) -> BetaConvergence:
    """The regression of yearly growth, ln(last / first) / years, on ln(first).

    Without others it is absolute convergence; with them conditional on what they measure.

    Parameters
    ----------
    first, last
        (n,), the level of each unit at the start and the end, above 0.
    years
        How many years lie between.
    others
        Name -> (n,), what growth is conditional on.
    errors
        Robust against unequal variances (HC3, which suits few units), or classical.
    level
        Of the intervals, from Student's t with n less the coefficients degrees of freedom.

    Returns
    -------
    The coefficient with its interval, the speed and the half-life.

    Raises
    ------
    InputError
        For levels that are not above 0 or that are all the same at the start, too few units, and
        regressors that depend on each other.

    References
    ----------
    Barro and Sala-i-Martin 1992, Journal of Political Economy 100(2), 223-251; MacKinnon and White
    1985, Journal of Econometrics 29(3), 305-325 (HC3).

    Examples
    --------
    >>> fit = beta_convergence([1, 2, 4, 8], [2, 3.8, 7, 14], 10)
    >>> round(fit.beta, 5), round(fit.speed, 5), round(fit.half_life, 1)
    (-0.00697, 0.00722, 96.0)
    """
    check_level(level)
    start, end = np.asarray(first, float), np.asarray(last, float)
    check_shape("first", start, None)
    check_shape("last", end, start.size)
    check_numbers("first", start, is_above=True)
    check_numbers("last", end, is_above=True)
    x = np.log(start)
    if len(x) > 1 and np.ptp(x) <= ROUNDING * max(1.0, float(np.abs(x).max())):
        raise InputError(message("same_start"), FOLDER)
    terms = {"constant": np.ones_like(x), "start": x}
    terms |= {name: np.asarray(own, float) for name, own in (others or {}).items()}
    growth = np.log(end / start) / years
    design = np.stack(list(terms.values()), axis=1)
    b, se, r_squared = _least_squares(design, growth, errors)
    beta, own_se = float(b[1]), float(se[1])
    freedom = len(growth) - len(b)
    reach = critical_t(level, freedom) * own_se
    t = beta / positive_or_nan(own_se)
    speed = speed_of(beta, years)
    return BetaConvergence(
        beta=beta,
        se=own_se,
        low=beta - reach,
        high=beta + reach,
        t=t,
        p_value=float(t_p_value(t, freedom)),
        speed=speed,
        speed_se=own_se / positive_or_nan(1 + beta * years),
        speed_low=speed_of(beta + reach, years),
        speed_high=speed_of(beta - reach, years),
        half_life=half_life(speed),
        r_squared=r_squared,
        coefficients={
            name: (float(one), float(other)) for name, one, other in zip(terms, b, se, strict=True)
        },
        count=len(growth),
    )


def _least_squares(
    x: Floats, y: Floats, errors: Literal["robust", "classical"]
) -> tuple[Floats, Floats, float]:
    """Coefficients, standard errors and the share of variance explained."""
    n, k = x.shape
    if n <= k:
        raise InputError(message("few_units", count=Count(n), needed=Count(k + 1)), FOLDER)
    scale = np.abs(x).max(axis=0)
    q, r = np.linalg.qr(x / np.where(scale > 0, scale, 1.0))
    if (np.abs(np.diag(r)) < ROUNDING * np.sqrt(n)).any():
        raise InputError(message("dependent", count=Count(k - 1)), FOLDER)
    inverse = np.linalg.inv(r) / scale[:, None]
    b = inverse @ (q.T @ y)
    residuals = y - x @ b
    if errors == "classical":
        variance = inverse @ inverse.T * (residuals @ residuals / (n - k))
    else:
        left = 1 - (q**2).sum(axis=1)
        # a unit that alone decides a coefficient has no residual
        scaled = np.divide(residuals, left, out=np.zeros(n), where=left > FULL)
        half = inverse @ (q * scaled[:, None]).T
        variance = half @ half.T
    whole = ((y - y.mean()) ** 2).sum()
    r_squared = float(1 - residuals @ residuals / positive_or_nan(whole))
    return b, np.sqrt(np.diag(variance)), r_squared


def panel_convergence(
    logs: ArrayLike, *, effects: Literal["years", "units_and_years"] = "units_and_years"
) -> PanelConvergence:
    """The coefficient of the level before in a panel of growth from step to step.

    ln x_t - ln x_(t-1) on ln x_(t-1), with an effect of each step, and of each unit.

    Parameters
    ----------
    logs
        (n, T), logarithms by unit and evenly spaced year, nan where missing.
    effects
        Of years alone (absolute convergence), or of units too (each towards a level of its own).

    Returns
    -------
    The coefficient for one step, its standard error clustered by unit (each unit left out in turn),
    what it would be of random walks, degrees of freedom (units less 1) and the share of variance
    that it explains beside the effects. With effects of units it is too low by about (1 + rho) / T
    (Nickell 1981): of random walks of n steps each it is -3 / (n + 1), so that units that don't
    converge always seem to, unless it is compared with that.

    Raises
    ------
    InputError
        For fewer than two units with two steps.

    References
    ----------
    Islam 1995, Quarterly Journal of Economics 110(4), 1127-1170; Nickell 1981, Econometrica 49(6),
    1417-1426; Harris and Tzavalis 1999, Journal of Econometrics 91(2), 201-226 (random walks);
    Cameron and Miller 2015, Journal of Human Resources 50(2), 317-372 (few clusters).

    Examples
    --------
    >>> logs = np.array([[0.0, 1.0, 1.5], [1.0, 1.6, 2.0], [3.0, 3.0, 3.2]])
    >>> round(panel_convergence(logs, effects="years").beta, 3)
    -0.273
    """
    z = np.asarray(logs, float)
    before, growth = z[:, :-1], np.diff(z, axis=1)
    unit, step = np.nonzero(np.isfinite(growth))
    y, x = growth[unit, step], before[unit, step]
    n, steps = len(np.unique(unit)), np.unique(step, return_inverse=True)[1]
    if n < 2 or len(y) < n + 2:
        raise InputError(message("few_steps", count=Count(len(y))), FOLDER)
    columns = np.stack([x, y, *(steps == s for s in range(1, steps.max() + 1))], axis=1)
    walk = 0.0
    if effects == "units_and_years":
        size = np.bincount(unit)
        walk = -3 * float(np.maximum(size - 1, 0).sum()) / float(np.maximum(size**2 - 1, 0).sum())
        sums = np.stack([np.bincount(unit, column) for column in columns.T], axis=1)
        columns = columns - (sums / np.maximum(size, 1)[:, None])[unit]
    else:
        columns = columns - columns.mean(axis=0)
    (x, y), dummies = columns[:, :2].T, columns[:, 2:]
    if dummies.size:
        both = dummies.T @ np.stack([x, y], axis=1)
        fitted = dummies @ np.linalg.lstsq(dummies.T @ dummies, both, rcond=None)[0]
        x, y = x - fitted[:, 0], y - fitted[:, 1]
    spread = float(x @ x)
    if spread <= ROUNDING:
        raise InputError(message("few_steps", count=Count(len(y))), FOLDER)
    b = float(x @ y / spread)
    residuals = y - b * x
    left = spread - np.bincount(unit, x**2)
    # a unit that alone varies has no residual
    pulls = np.bincount(unit, x * residuals) / np.where(left > ROUNDING * spread, left, np.inf)
    se = float(np.sqrt((n - 1) / n * (pulls @ pulls)))
    whole = float(y @ y)
    explained = 1 - float(residuals @ residuals) / positive_or_nan(whole)
    return PanelConvergence(b, se, walk, n - 1, explained)


def sigma_test(first: ArrayLike, last: ArrayLike) -> SigmaTest:
    """Whether the standard deviation of the same units changed, by the Pitman-Morgan test.

    Equal variances of paired values mean that their sum and their difference do not correlate: t is
    that of the slope of the one on the other, by errors that stand heavy tails (HC3). By those of
    the normal distribution 23% of 31 pairs with t-distributed tails (3 degrees) seemed to differ at
    5%; by these it is 7%.

    Parameters
    ----------
    first, last
        (n,), mostly logarithms, of the same units at the start and the end.

    Returns
    -------
    Both standard deviations (by n), t (above 0 where it rose) and the p-value of no change; t and p
    are nan below three units, and where nothing varies.

    Raises
    ------
    InputError
        For arrays that do not fit each other.

    References
    ----------
    Pitman 1939, Biometrika 31(1-2), 9-12; Morgan 1939, Biometrika 31(1-2), 13-19; Wilcox 2015,
    Journal of Statistical Distributions and Applications 2, article 7 (heavy tails).

    Examples
    --------
    >>> test = sigma_test([0, 1, 2, 3, 4], [1, 1.4, 2.1, 2.4, 3.1])
    >>> round(test.first, 3), round(test.last, 3), test.p_value < 0.01
    (1.414, 0.74, True)
    """
    one, other = np.asarray(first, float), np.asarray(last, float)
    check_shape("first", one, None)
    check_shape("last", other, one.size)
    check_enough("units", one.size, 1, "first")
    up, across = other - one, other + one
    up, across = up - up.mean(), across - across.mean()
    n, product = len(one), float(np.sqrt((up @ up) * (across @ across)))
    if n < 3 or product <= ROUNDING**2:
        return SigmaTest(float(one.std()), float(other.std()), float("nan"), float("nan"))
    b, se, _ = _least_squares(np.stack([np.ones(n), across], axis=1), up, "robust")
    # no more is known of a perfect line
    t = float(b[1] / max(se[1], np.finfo(float).eps * abs(b[1]), np.finfo(float).tiny))
    return SigmaTest(float(one.std()), float(other.std()), t, float(t_p_value(t, n - 2)))
