"""Fisher and Pry's law: the odds of the new against the old grow by a constant share a year.

Symbols: f share of the new technology, logit f = log(f / (1 - f)) = b (t - t50), phi variance of a
share over f (1 - f) / n, r correlation of consecutive residuals.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, expit, logit

from firstlight.errors import InputError, check_between
from firstlight.instruments.diffusion.given_numbers import FAMILY, check_once, check_one_a_year
from firstlight.numerics.distributions import critical_t, t_quantile
from firstlight.numerics.optional_arrays import array_or
from firstlight.texts import Count, Name, message

FOLDER = Path(__file__).parent
Array = NDArray[np.float64]
FEWEST = 4  # points: two parameters, the dispersion and one to spare
TAKEOVER = float(np.log(81))  # of logit, from 10% to 90%
_MOST_CORRELATION = 0.95
_NODES = 100  # of the curve's distribution, when noise is added to it
_LEAST_NOISE = 1e-9  # an exact fit has none, and a beta distribution needs some


@dataclass(frozen=True)
class FisherPry:
    """A fitted substitution.

    rate, rate_low, rate_high : b, growth of the log odds per year, and its interval
    takeover_years, _low, _high : from 10% to 90%, ln 81 / b; _high is inf where a rate of 0 can't
                                  be ruled out; nan where the share falls
    half_year, _low, _high    : date of 50%, by Fieller's theorem; -inf and inf where the rate may
        be 0
    dispersion                : phi, with ``total`` of counts at least 1; autocorrelation : r, with
        small-sample correction
    df, level                 : of the intervals
    centre, intercept, covariance : logit f = intercept + rate (t - centre); (2, 2) covariance,
        correlation accounted for
    last_year, last_residual, step_years : last point; its residual over sqrt(f (1 - f)); years
        between points (median)
    """

    rate: float
    rate_low: float
    rate_high: float
    takeover_years: float
    takeover_low: float
    takeover_high: float
    half_year: float
    half_low: float
    half_high: float
    dispersion: float
    autocorrelation: float
    df: int
    level: float
    centre: float
    intercept: float
    covariance: Array
    last_year: float
    last_residual: float
    step_years: float

    def share(self, years: Any) -> Array:
        """The fitted share of the new technology, (years,)."""
        return np.asarray(
            expit(self.intercept + self.rate * (np.asarray(years, dtype=float) - self.centre)),
            dtype=float,
        )


def fisher_pry(years: Any, share: Any, total: Any = None, *, level: float = 0.9) -> FisherPry:
    """The substitution of an old technology by a new one, by quasi-binomial regression on time.

    Shares of 0 and 1 count as they are: nothing is clipped or left out, as a regression of log odds
    would have to. The variance is phi f(1-f)/n, phi from Pearson's residuals. These are taken to be
    correlated by r from point to point (AR(1)); phi and the variance of the estimates are those of
    such residuals (a sandwich).

    years : (n,), each once, in any order; share : (n,), 0 to 1
    total : (n,), units counted each year (phi is then at least 1); without it all years weigh alike
    level : of the intervals
    Returns FisherPry.
    Raises  InputError for shares outside 0 to 1, a repeated year, fewer than four points, shares
            that never change, or shares that jump from 0 to 1 (any rate above some bound fits).
    Source: Fisher and Pry (1971), Technological Forecasting and Social Change 3, 75-88; Papke and
            Wooldridge (1996), Journal of Applied Econometrics 11(6), 619-632 (regression of
            shares); Liang and Zeger (1986), Biometrika 73(1), 13-22 (working independence,
            correlated residuals); Fieller (1954), Journal of the Royal Statistical Society B 16(2),
            175-185.

    >>> fit = fisher_pry([2000, 2002, 2004, 2006, 2008], [0.1, 0.27, 0.5, 0.75, 0.9])
    >>> round(fit.half_year, 1), round(fit.takeover_years, 1)
    (2004.0, 8.1)
    """
    check_between("level", level)
    t, f, n = _checked(years, share, total)
    centre = float(t.mean())
    design = np.column_stack([np.ones(t.size), t - centre])
    beta = _fit(design, f, n)
    eta = design @ beta
    weight = n * expit(eta) * expit(-eta)  # above 0, though the curve may round to 1
    residual = (f - expit(eta)) * n / np.sqrt(weight)
    df = t.size - 2
    correlation = _autocorrelation(residual)
    step = float(np.median(np.diff(t)))
    dispersion, covariance = _spread(
        design * np.sqrt(weight)[:, None], residual, correlation ** (np.abs(t[:, None] - t) / step)
    )
    if total is not None and dispersion < 1:
        covariance, dispersion = covariance / dispersion, 1.0
    reach = critical_t(level, df)
    low, high = (float(beta[1] + sign * reach * covariance[1, 1] ** 0.5) for sign in (-1, 1))
    half_low, half_high = _fieller(beta, covariance, reach)
    rate = float(beta[1])
    takeover, takeover_low, takeover_high = _takeover(rate, low, high)
    return FisherPry(
        rate=rate,
        rate_low=low,
        rate_high=high,
        takeover_years=takeover,
        takeover_low=takeover_low,
        takeover_high=takeover_high,
        half_year=centre - float(beta[0]) / rate,
        half_low=centre + half_low,
        half_high=centre + half_high,
        dispersion=dispersion,
        autocorrelation=correlation,
        df=df,
        level=level,
        centre=centre,
        intercept=float(beta[0]),
        covariance=covariance,
        last_year=float(t[-1]),
        last_residual=float(residual[-1] / n[-1] ** 0.5),
        step_years=step,
    )


def _takeover(rate: float, low: float, high: float) -> tuple[float, float, float]:
    """Years from 10% to 90%, and the ends of their interval: no upper one where the new technology
    may not gain at all; nan where it doesn't."""
    if not rate > 0:
        return float("nan"), float("nan"), float("nan")
    longest = TAKEOVER / low if low > 0 else float("inf")
    return TAKEOVER / rate, TAKEOVER / high, longest


def share_quantiles(
    fit: FisherPry, years: Any, probabilities: Any, total: float | None = None
) -> Array:
    """Quantiles of the share to be seen in each year, from the curve's uncertainty and noise.

    The log odds of the curve follow Student's t; around it the share follows a beta distribution
    with variance phi f (1 - f) / n. Years after the last point keep r^h of its residual, so that a
    forecast starts near the last share.

    years : (years,), later than the last point; probabilities : (quantiles,), 0 to 1 exclusive;
        total : n, units counted in a year, where the fit had them
    Returns (years, quantiles), 0 to 1.
    Raises  InputError for a probability outside 0 to 1.

    >>> fit = fisher_pry([2000, 2002, 2004, 2006, 2008], [0.1, 0.27, 0.5, 0.75, 0.9])
    >>> share_quantiles(fit, [2010], [0.5]).round(2).tolist()
    [[0.96]]
    """
    p = np.atleast_1d(np.asarray(probabilities, dtype=float))
    for probability in p:
        check_between("probabilities", probability)
    a, b = _beta_shapes(fit, years, total)
    low, high = np.zeros((a.shape[0], p.size)), np.ones((a.shape[0], p.size))
    for _ in range(26):
        middle = (low + high) / 2
        is_low = betainc(a[:, None], b[:, None], middle[:, :, None]).mean(axis=2) < p
        low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
    return np.asarray((low + high) / 2, dtype=float)


def probability_below(fit: FisherPry, years: Any, shares: Any, total: float | None = None) -> Array:
    """Probability that the share of each year is below a given one; inverse of `share_quantiles`.

    years, shares : (years,); total : as for ``share_quantiles``
    Returns (years,).

    >>> fit = fisher_pry([2000, 2002, 2004, 2006, 2008], [0.1, 0.27, 0.5, 0.75, 0.9])
    >>> probability_below(fit, [2010, 2010], [0.8, 1.0]).round(2).tolist()
    [0.0, 1.0]
    """
    a, b = _beta_shapes(fit, years, total)
    at = np.atleast_1d(np.asarray(shares, dtype=float))[:, None]
    return np.asarray(betainc(a, b, np.clip(at, 0, 1)).mean(axis=1), dtype=float)


def _beta_shapes(fit: FisherPry, years: Any, total: float | None) -> tuple[Array, Array]:
    """(years, nodes): beta distributions whose equal mixture is that of the share."""
    t = np.atleast_1d(np.asarray(years, dtype=float))
    x = np.column_stack([np.ones(t.size), t - fit.centre])
    spread = np.sqrt(np.einsum("ij,jk,ik->i", x, fit.covariance, x))
    node = t_quantile((np.arange(_NODES) + 0.5) / _NODES, fit.df)
    curve = expit((x @ [fit.intercept, fit.rate])[:, None] + spread[:, None] * node)
    kept = (fit.autocorrelation ** ((t - fit.last_year) / fit.step_years))[:, None]
    # inside 0 and 1, where a beta distribution has a shape
    curve = np.clip(curve + kept * fit.last_residual * np.sqrt(curve * (1 - curve)), 1e-9, 1 - 1e-9)
    noise = np.clip(
        fit.dispersion / (1.0 if total is None else total) * (1 - kept**2), _LEAST_NOISE, 0.999
    )
    size = 1 / noise - 1
    return curve * size, (1 - curve) * size


def _checked(years: Any, share: Any, total: Any) -> tuple[Array, Array, Array]:
    t, f = np.asarray(years, dtype=float), np.asarray(share, dtype=float)
    n = array_or(total, np.ones(f.shape))
    check_one_a_year(t, share=f, total=n)
    if t.size < FEWEST:
        raise InputError(message("few_points", count=Count(t.size), fewest=Count(FEWEST)), FAMILY)
    bad = np.flatnonzero(~(np.isfinite(f) & (f >= 0) & (f <= 1)))
    if bad.size:
        raise _refusal("no_share", f, t, bad[0])
    bad = np.flatnonzero(~(np.isfinite(n) & (n > 0)) | ~np.isfinite(t))
    if bad.size:
        raise _refusal("total_not_positive", n, t, bad[0])
    check_once(t)
    if np.ptp(f) == 0:
        raise InputError(message("never_changes", parameter=Name("share")), FAMILY)
    order = np.argsort(t)
    return t[order], f[order], n[order]


def _refusal(code: str, values: Array, years: Array, at: int) -> InputError:
    """An error that names a value, its year and its position."""
    about = {"value": Name(f"{values[at]:g}"), "year": Name(f"{years[at]:.10g}")}
    return InputError(message(code, position=Count(at), **about), FOLDER)


def _fit(design: Array, f: Array, n: Array) -> Array:
    """Newton's method on the binomial likelihood, halving steps that overshoot."""
    inside = f[(f > 0) & (f < 1)]
    if not inside.size and (np.diff(f) >= 0).all() | (np.diff(f) <= 0).all():
        raise InputError(message("jumps"), FOLDER)
    middle = float((f * n).sum() / n.sum())
    beta = np.array([float(logit(middle)), 0.0])
    value = _likelihood(design @ beta, f, n)
    for _ in range(200):
        mean = expit(design @ beta)
        hessian = design.T @ (design * (n * mean * (1 - mean))[:, None])
        step = np.linalg.solve(hessian, design.T @ (n * (f - mean)))
        scale = 1.0
        # at the optimum itself rounding alone tells steps apart: none is halved for it
        while (
            _likelihood(design @ (beta + scale * step), f, n) < value - 1e-12 * abs(value)
            and scale > 1e-6
        ):
            scale /= 2
        beta = beta + scale * step
        value = _likelihood(design @ beta, f, n)
        if np.abs(scale * step).max() < 1e-10 * (1 + np.abs(beta).max()):
            return np.asarray(beta, dtype=float)
    raise InputError(message("unsettled"), FOLDER)


def _likelihood(eta: Array, f: Array, n: Array) -> float:
    return float((n * (f * eta - np.logaddexp(0, eta))).sum())


def _autocorrelation(residual: Array) -> float:
    """Of residuals one step apart, corrected for the bias that a fitted line gives it; 0 to .95."""
    n, squares = residual.size, float(residual @ residual)
    # the correction below divides by n - 4; a perfect fit leaves nothing to correlate
    if n <= 4 or squares <= 1e-18:
        return 0.0
    raw = float(residual[1:] @ residual[:-1]) / squares
    # Around a fitted line the expected value is about rho - (2 + 4 rho) / n.
    return float(np.clip((n * raw + 2) / (n - 4), 0.0, _MOST_CORRELATION))


def _spread(design: Array, residual: Array, correlation: Array) -> tuple[float, Array]:
    """phi, and the covariance of the estimates, under this correlation; design : weighted."""
    inverse = np.linalg.inv(design.T @ design)
    leverage = design @ inverse @ design.T
    freedom = float(np.trace(correlation) - np.trace(leverage @ correlation))
    dispersion = float(residual @ residual) / freedom
    sandwich = inverse @ design.T @ correlation @ design @ inverse
    return dispersion, np.asarray(dispersion * sandwich, dtype=float)


def _fieller(beta: Any, covariance: Any, reach: float) -> tuple[float, float]:
    """Interval of -beta0 / beta1; unbounded where beta1 may be 0."""
    a = beta[1] ** 2 - reach**2 * covariance[1, 1]
    if a <= 0:
        return float("-inf"), float("inf")
    middle = (reach**2 * covariance[0, 1] - beta[0] * beta[1]) / a
    # the discriminant without the terms that cancel: of an exact fit these leave rounding alone
    turned = np.array([beta[1], -beta[0]])
    spread = turned @ covariance @ turned - reach**2 * np.linalg.det(covariance)
    half = reach * max(float(spread), 0.0) ** 0.5 / a
    return float(middle - half), float(middle + half)
