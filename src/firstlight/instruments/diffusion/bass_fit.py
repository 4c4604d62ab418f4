"""Bass's curve as it is usually fitted: least squares on sales per period, nonlinear or by Bass's
own regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from firstlight.errors import InputError, check_choice
from firstlight.instruments.diffusion.given_numbers import FAMILY
from firstlight.instruments.diffusion.growth_curves import Array, bass
from firstlight.instruments.diffusion.growth_errors import Series, predictor
from firstlight.instruments.diffusion.growth_fit import below_reached, maximum
from firstlight.instruments.diffusion.growth_series import check_single, growth_series
from firstlight.numerics.divisors import positive_or_nan
from firstlight.texts import message

METHODS: Final = ("nls", "ols")
INCREMENTS: Final = ("cumulative", "per_year")  # kinds of which what was added is known
_STEP: Final = 1e-5  # of logarithms, in the derivatives behind standard errors


@dataclass(frozen=True)
class BassFit:
    """Bass's curve fitted to sales per period.

    saturation, innovation, imitation : m, p and q; p and q per year. Of cumulative values whose
                  first one year can't have brought, m holds what came before, and the curve of nls
                  begins after it
    *_se        : their standard errors, from the curvature of the sum of squares (nls), nan for
                  ols, whose parameters are roots
    peak_year   : the time of the highest sales; peak : sales per year then
    fitted      : (years,), sales of each year by the curve (nls) or the regression (ols)
    r_squared   : share of the variance of sales
    fraction    : share of m that was sold by the last year, by the values themselves
    caution     : below_reached where the saturation lies below what was sold; else empty
    """

    method: str
    years: Array
    values: Array
    saturation: float
    saturation_se: float
    innovation: float
    innovation_se: float
    imitation: float
    imitation_se: float
    peak_year: float
    peak: float
    fitted: Array
    r_squared: float
    fraction: float
    caution: str

    @property
    def frame(self) -> pl.DataFrame:
        """Years, sales and the curve: year, value, fitted."""
        return pl.DataFrame(
            {"year": self.years.astype(np.int64), "value": self.values, "fitted": self.fitted}
        )


def fit_bass(
    values: Any,
    years: Any,
    *,
    kind: str = "per_year",
    method: str = "nls",
    launch: float | None = None,
) -> BassFit:
    """Fit Bass's curve by least squares on sales per period.

    nls : sales of a year = m (F(t) - F(t - 1)) + error, all errors of one size (Srinivasan and
          Mason)
    ols : sales = a + b Y + c Y^2, Y what was sold before the year; m is the larger root of the
          polynomial, p = a / m and q = -m c (Bass). It takes a year for an instant, and is biased
          where much changes within one

    Parameters
    ----------
    values
        (years,), what was sold in each year, or with ``kind="cumulative"`` what was sold so far;
        from the launch on.
    years
        (years,), ascending.
    kind
        ``per_year`` or ``cumulative``.
    method
        ``nls`` or ``ols``, as above.
    launch
        When sales began, for nls; a year before the first unless given.

    Returns
    -------
    BassFit, with ``saturation`` (m, in the unit of the values), ``innovation`` and ``imitation`` (p
    and q, per year), their standard errors, ``peak_year``, ``fitted`` (years,) and ``r_squared``.

    Raises
    ------
    InputError
        For values that can't be used, or where ols finds no saturation.

    References
    ----------
    Bass (1969), Management Science 15(5), 215-227; Srinivasan and Mason (1986), Marketing Science
    5(2), 169-178; Jain and Rao (1990), Journal of Business & Economic Statistics 8(2), 163-170.

    Examples
    --------
    >>> from firstlight.instruments.diffusion.growth_curves import bass
    >>> years = np.arange(2001, 2013)
    >>> fit = fit_bass(bass(years, 1000, .03, .4, 2000).per_year, years)
    >>> round(fit.saturation), round(fit.innovation, 4), round(fit.imitation, 4), round(
    ...     fit.peak_year, 1)
    (1000, 0.03, 0.4, 2006.0)
    """
    check_choice("method", method, METHODS)
    check_choice("kind", kind, ("per_year", "cumulative"))
    series = growth_series(values, years, kind=kind, errors="additive", launch=launch)
    check_single(series.values)
    if method == "ols":
        return _by_regression(series)
    return _by_curve(series)


def _by_curve(series: Series) -> BassFit:
    theta = maximum(series, "bass")[0]
    natural = _natural(series, theta)
    eta = predictor(series, "bass", theta[None], series.since)[0][0]
    return _fit(
        series,
        "nls",
        natural,
        _standard_errors(series, theta),
        np.exp(eta),
        series.last_year + series.launched,
    )


def _natural(series: Series, theta: Array) -> Array:
    """m over the series' scale, p and q."""
    ratio = float(np.exp(theta[2]))
    left = -np.logaddexp(0, theta[1]) - np.log1p(ratio / (1 + np.exp(-theta[1])))
    rate = float(left / series.launched)
    return np.array([np.exp(theta[0]), rate / (1 + ratio), rate * ratio / (1 + ratio)])


def _standard_errors(series: Series, theta: Array) -> Array:
    """Of m, p and q, by the delta method; nan where the sum of squares is flat in a direction."""
    eta, slopes = predictor(series, "bass", theta[None], series.since)
    curve = np.exp(eta[0])
    design = curve[:, None] * slopes[0]
    left = series.values[0] - curve
    information = design.T @ design
    freedom = left.size - theta.size
    # beyond this the inverse has hardly a correct digit
    if freedom < 1 or np.linalg.cond(information) > 1e14:
        return np.full(3, np.nan)
    moved = [
        (_natural(series, theta + step) - _natural(series, theta - step)) / (2 * _STEP)
        for step in _STEP * np.eye(3)
    ]
    by_theta = np.stack(moved, axis=1)
    covariance = by_theta @ np.linalg.inv(information) @ by_theta.T * float(left @ left) / freedom
    return np.sqrt(np.diag(covariance))


def _by_regression(series: Series) -> BassFit:
    sales = series.values[0]
    before = series.begun + np.cumsum(sales) - sales
    design = np.stack([np.ones_like(before), before, before**2], axis=1)
    (a, b, c), *_ = np.linalg.lstsq(design, sales, rcond=None)
    inside = b * b - 4 * a * c
    if not (c < 0 and a > 0 and inside > 0):
        raise InputError(message("no_saturation"), FAMILY)
    m = (-b - np.sqrt(inside)) / (2 * c)
    nothing = np.full(3, np.nan)
    begins = series.last_year + float(series.since[0]) - 1
    return _fit(
        series, "ols", np.array([m, a / m, -m * c]), nothing, design @ np.array([a, b, c]), begins
    )


def _fit(
    series: Series, method: str, natural: Array, errors: Array, fitted: Array, launch: float
) -> BassFit:
    (m, p, q), scale = natural, series.scale
    sales, reached = series.values[0], float(series.reached[0])
    curve = bass([launch], m * scale, p, q, launch)
    if method == "nls":
        m = m + series.begun  # the regression's m holds it already
    spread = float(((sales - sales.mean()) ** 2).sum())
    return BassFit(
        method=method,
        years=series.since + series.last_year,
        values=sales * scale,
        saturation=float(m * scale),
        saturation_se=float(errors[0] * scale),
        innovation=float(p),
        innovation_se=float(errors[1]),
        imitation=float(q),
        imitation_se=float(errors[2]),
        peak_year=float(curve.peak_year),
        peak=float(curve.peak),
        fitted=fitted * scale,
        r_squared=1 - float(((sales - fitted) ** 2).sum()) / positive_or_nan(spread),
        fraction=float(reached / m),
        caution=below_reached(float(m * scale), reached * scale),
    )
