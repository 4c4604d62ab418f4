"""How observations scatter about a growth curve: additive, log-normal or logit-normal errors,
over-dispersed counts.

Symbols: eta the log of the curve (under logit-normal errors the logit of its share of the ceiling),
e = g(y) - g(curve), rho the correlation of e one year apart, alpha the dispersion of the negative
binomial (variance mu + alpha mu^2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from firstlight.instruments.diffusion.growth_curves import SHAPES, Array, log_fraction

ERRORS: Final = ("additive", "lognormal", "logitnormal", "negative_binomial", "quasi_poisson")
COUNTS: Final = ("negative_binomial", "quasi_poisson")
RHO: Final = (0.0, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99)
ALPHA: Final = (0.0, 0.002, 0.006, 0.02, 0.06, 0.2, 0.6)
_LEAST_APART = np.nextafter(-1.0, 0.0)
_MOST_ETA = 200.0  # exp of it squared is still a number
MODELS: Final = ("logistic", "gompertz", "richards", "bass", "trend", "walk")


@dataclass(frozen=True)
class Series:
    """One or many series of the same years, scaled, as the models read them.

    values   : (1 or problems, n), y over `scale` for levels, counts as they are
    since    : (n,), year - last year, ascending, the last 0
    exposure : (n,), what counts are counted out of, times `scale`; ones for levels
    errors   : one of ERRORS
    kind     : level, cumulative or per_year; of the last two `values` are the growth within each
               year
    begun    : of cumulative values, the level before the first growth read, over `scale`; else 0
    limit    : known ceiling over `scale`, inf where none; launched : launch - last year
    scale    : unit of K
    nuisance : values of rho (levels) or alpha (negative binomial) that are tried
    weights  : (n,), of the years in the likelihood of counts, 1 unless old years are to count less
    inflation : by how much the likelihood of counts is flattened, for deviations that last from
                year to year
    """

    values: Array
    since: Array
    exposure: Array
    errors: str
    kind: str
    begun: float
    limit: float
    launched: float
    scale: float
    last_year: int
    nuisance: tuple[float, ...]
    weights: Array | None = None
    inflation: float = 1.0

    @property
    def is_counted(self) -> bool:
        """Whether the values are counts."""
        return self.errors in COUNTS

    @property
    def is_increment(self) -> bool:
        """Whether the values are growth within the year, not the level reached."""
        return self.kind != "level"

    @property
    def reached(self) -> Array:
        """The last level, or the sum of all growth seen, over `scale`; of counts per unit of
        exposure: (1 or problems,)."""
        rates = self.values / self.exposure
        return np.asarray(self.begun + rates.sum(axis=1) if self.is_increment else rates[:, -1])

    @property
    def highest(self) -> Array:
        """The highest level seen, over `scale`; of growth within the year its sum: (1 or
        problems,)."""
        if self.is_increment:
            return self.reached
        return np.asarray((self.values / self.exposure).max(axis=1))

    @property
    def unit(self) -> float:
        """What a residual of 1 stands for: 1 on a log scale, the values' root mean square where
        errors are additive."""
        return float(np.sqrt((self.values**2).mean())) if self.errors == "additive" else 1.0

    @property
    def span(self) -> float:
        """Years from the first to the last."""
        return float(-self.since[0])


def bounds(series: Series, model: str, *, of_maximum: bool = False) -> tuple[Array, Array]:
    """Lower and upper bounds of a model's parameters: log K (or level) first, then z (or growth),
    then shapes.

    of_maximum : of the maximum of the likelihood, whose q/p no prior holds back: decades of
                 exponential growth after the launch are a very small p
    """
    most = min(30.0, float(np.log(series.limit)))
    middle = np.log(max(series.span, 1.0))
    own = {
        "log_duration": (middle - 4.0, middle + 4.0),
        "log_shape": (np.log(0.05), np.log(20.0)),
        "log_ratio": (np.log(0.01), np.log(1e12 if of_maximum else 1e5)),
    }
    if model in SHAPES:
        pairs = [(-30.0, most), (-14.0, 14.0), *(own[name] for name in SHAPES[model])]
    else:
        pairs = [(-30.0, 30.0), (-5.0, 5.0)][: 2 if model == "trend" else 1]
    lower, upper = np.array(pairs, dtype=np.float64).T
    return lower, upper


def predictor(series: Series, model: str, theta: Array, since: Array) -> tuple[Array, Array]:
    """Eta at times, and its derivatives: (problems, times), (problems, times, parameters)."""
    ones = np.ones((len(theta), since.size))
    if model == "walk":
        return theta[:, :1] * ones, ones[:, :, None]
    if model == "trend":
        return theta[:, :1] + theta[:, 1:] * since, np.stack([ones, ones * since], axis=2)
    log_share, slopes = log_fraction(model, theta[:, 1:], since, series.launched)
    if series.is_increment:
        before, slopes_before = log_fraction(model, theta[:, 1:], since - 1.0, series.launched)
        ratio = np.exp(before - log_share)
        # a curve at its ceiling grows by nothing, whose logarithm is infinite
        grown = np.maximum(-np.expm1(before - log_share), 1e-14)
        slopes = (slopes - ratio[:, :, None] * slopes_before) / grown[:, :, None]
        log_share = log_share + np.log(grown)
    eta = theta[:, :1] + log_share
    jacobian = np.concatenate([ones[:, :, None], slopes], axis=2)
    if series.errors == "logitnormal":
        # the logit of a curve at its limit is infinite
        rest = np.maximum(-np.expm1(eta - np.log(series.limit)), 1e-9)
        return eta - np.log(series.limit) - np.log(rest), jacobian / rest[:, :, None]
    return eta, jacobian


def transformed(series: Series, values: Array) -> Array:
    """Levels on the scale of the errors."""
    if series.errors == "logitnormal":
        return np.asarray(special.logit(values / series.limit))
    return np.asarray(values if series.errors == "additive" else np.log(values))


def on_error_scale(series: Series, eta: Array) -> Array:
    """The curve on the scale of the errors: the curve itself where they are additive, else eta."""
    return np.asarray(np.exp(np.minimum(eta, _MOST_ETA)) if series.errors == "additive" else eta)


def levels_of(series: Series, on_scale: Array) -> Array:
    """The inverse of `transformed`, in the unit handed in; for counts the rate per unit of
    exposure."""
    if series.errors == "additive":
        return np.asarray(on_scale * series.scale)
    return curve_of(series, on_scale)


def curve_of(series: Series, eta: Array) -> Array:
    """The curve in the unit handed in; for counts the rate per unit of exposure."""
    if series.errors == "logitnormal":
        return np.asarray(special.expit(eta) * series.limit * series.scale)
    return np.asarray(np.exp(np.minimum(eta, 600.0)) * series.scale)


def residuals(
    series: Series, eta: Array, slopes: Array, nuisance: Array, values: Array
) -> tuple[Array, Array]:
    """Residuals whose squares sum to the deviance, and their derivatives.

    Levels: e whitened for AR(1) over gaps of any length. Counts: deviance residuals.
    """
    if series.is_counted:
        off, by_theta = _deviance_residuals(
            values, eta + np.log(series.exposure), slopes, nuisance[:, None]
        )
        if series.weights is None:
            return off, by_theta
        root = np.sqrt(series.weights)
        return off * root, by_theta * root[:, None]
    curve = on_error_scale(series, eta)
    e = transformed(series, values) - curve
    if series.errors == "additive":
        slopes = slopes * curve[:, :, None]
    if not nuisance.any():
        return e, -slopes
    rho, gaps = nuisance[:, None], np.diff(series.since)
    carried = rho**gaps
    spread = np.sqrt((1 - carried**2) / (1 - rho**2))
    white = np.concatenate(
        [e[:, :1] * np.sqrt(1 - rho**2), (e[:, 1:] - carried * e[:, :-1]) / spread], axis=1
    )
    first = slopes[:, :1] * np.sqrt(1 - rho**2)[:, :, None]
    rest = (slopes[:, 1:] - carried[:, :, None] * slopes[:, :-1]) / spread[:, :, None]
    return white, -np.concatenate([first, rest], axis=1)


def log_determinant(series: Series, nuisance: Array) -> Array:
    """What whitening adds to the log-likelihood: (problems,); 0 for counts."""
    if series.is_counted:
        return np.zeros(len(nuisance))
    rho = nuisance[:, None]
    inner = (1 - rho ** (2 * np.diff(series.since))) / (1 - rho**2)
    return np.asarray(0.5 * np.log(1 - nuisance**2) - 0.5 * np.log(inner).sum(axis=1))


def saturated(values: Array, alpha: Array, weights: Array | float | None = None) -> Array:
    """Log-likelihood of counts whose means are the counts themselves: (problems,)."""
    y, a = values, np.maximum(alpha[:, None], 1e-300)
    # as alpha goes to 0 the binomial is Poisson, but its gammas lose all their digits before
    poisson = special.xlogy(y, y) - y - special.gammaln(y + 1)
    size = 1 / np.maximum(a, 1e-12)
    binomial = (
        special.gammaln(y + size)
        - special.gammaln(size)
        - special.gammaln(y + 1)
        + special.xlogy(y, a * y)
        - (y + size) * np.log1p(a * y)
    )
    return np.asarray(
        (np.where(a > 1e-12, binomial, poisson) * (1.0 if weights is None else weights)).sum(axis=1)
    )


def _deviance_residuals(
    y: Array, log_mean: Array, slopes: Array, alpha: Array
) -> tuple[Array, Array]:
    log_mean = np.clip(log_mean, -200.0, 200.0)  # means and their squares stay floats
    mu = np.exp(log_mean)
    own = y * (np.log(np.maximum(y, 1e-300)) - log_mean)
    a = np.maximum(alpha, 1e-9)  # as good as Poisson
    # of a mean of 1e16 and more nothing but 1 would be left
    apart = np.maximum(a * (y - mu) / (1 + a * mu), _LEAST_APART)
    deviance = 2 * (own - (y + 1 / a) * np.log1p(apart))
    if not alpha.all():
        deviance = np.where(alpha > 0, deviance, 2 * (own - (y - mu)))
    deviance = np.maximum(deviance, 0.0)
    spread = mu * (1 + np.where(alpha > 0, a, 0.0) * mu)
    # near the mean the root of the deviance loses its digits, of counts of 1e15 all of them, and
    # its limit is known
    close = (np.abs(y - mu) < 1e-4 * np.sqrt(spread)) | (deviance == 0)
    root = np.where(close, (y - mu) / np.sqrt(spread), np.sign(y - mu) * np.sqrt(deviance))
    # d root / d log mu; its limit where y = mu is -mu / sqrt(variance)
    slope = -mu * np.where(
        close, 1 / np.sqrt(spread), (y - mu) / (spread * np.where(close, 1.0, root))
    )
    return root, slope[:, :, None] * slopes
