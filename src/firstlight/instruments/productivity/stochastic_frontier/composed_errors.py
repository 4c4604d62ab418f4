"""Composed errors of stochastic frontiers: noise less inefficiency, its density, and what it says
of inefficiency.

Symbols: e = v - u the composed error, v ~ N(0, sigma_v^2) noise, u >= 0 inefficiency, Phi and phi
the normal distribution and density, h = phi / Phi. Cost frontiers (e = v + u) are brought to this
form by turning the sign of e. Every posterior of u given e is a normal truncated at zero, or a
mixture of them where a unit's own intercept is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfcx, log_ndtr, ndtri_exp

Floats = NDArray[np.float64]
LOG_2PI = float(np.log(2 * np.pi))
BISECTIONS = 60  # halves a bracket to a share of 1e-18: below the floats' own step


class Density(NamedTuple):
    """Log density of the composed error and its derivatives, each of the shape of the errors.

    log : of the density; by_error, by_mean : derivatives in e and in mu
    by_log_noise, by_log_inefficiency : in ln sigma_v^2 and ln sigma_u^2; curvature : second
            derivative in e
    """

    log: Floats
    by_error: Floats
    by_mean: Floats
    by_log_noise: Floats
    by_log_inefficiency: Floats
    curvature: Floats


RowDensity = Callable[[ArrayLike, ArrayLike, float, float], Density]


def mills(x: ArrayLike) -> Floats:
    """phi(x) / Phi(x), without underflow for large negative x.

    x : any shape. Returns the same shape.

    >>> mills([-1000.0, 0.0, 40.0]).round(3).tolist()
    [1000.001, 0.798, 0.0]
    """
    return np.asarray(np.sqrt(2 / np.pi) / erfcx(-np.asarray(x, float) / np.sqrt(2)), float)


def tilted_log_cdf(x: ArrayLike) -> Floats:
    """ln Phi(x) + x^2 / 2, whose parts would cancel for large negative x.

    Its derivative is x + mills(x).

    x : any shape. Returns the same shape.

    >>> tilted_log_cdf([-1e9, 0.0]).round(3).tolist()
    [-21.642, -0.693]
    """
    x = np.asarray(x, float)
    below = np.log(erfcx(-np.minimum(x, 0) / np.sqrt(2)) / 2)
    above = np.maximum(x, 0)
    return np.asarray(np.where(x < 0, below, log_ndtr(above) + above**2 / 2))


def truncated_normal(
    error: ArrayLike, mean: ArrayLike, log_noise: float, log_inefficiency: float
) -> Density:
    """v - u with u ~ N(mu, sigma_u^2) truncated at zero; mu = 0 is the half-normal.

    ln f = -ln(2 pi D)/2 - (e + mu)^2/(2D) + ln Phi(w) - ln Phi(q), D = sigma_v^2 + sigma_u^2,
    w = (mu sigma_v^2 - e sigma_u^2)/(sigma_v sigma_u sqrt D), q = mu/sigma_u.

    error, mean : shapes that broadcast; log_noise = ln sigma_v^2, log_inefficiency = ln sigma_u^2
    Returns Density.
    Source: Aigner, Lovell and Schmidt (1977), Journal of Econometrics 6, 21-37; Stevenson (1980),
            Journal of Econometrics 13, 57-66.

    >>> truncated_normal([0.0], 0.0, 0.0, 0.0).log.round(4).tolist()  # phi(0) / sqrt 2
    [-1.2655]
    """
    e, mu = np.broadcast_arrays(np.asarray(error, float), np.asarray(mean, float))
    v2, u2 = np.exp(log_noise), np.exp(log_inefficiency)
    v, u, d = np.sqrt(v2), np.sqrt(u2), v2 + u2
    root = np.sqrt(d)
    w, q, r = (mu * v2 - e * u2) / (v * u * root), mu / u, e + mu
    hw, hq = mills(w), mills(q)
    by_v = mu * v / (u * root) - w / 2 - w * v2 / (2 * d)
    by_u = -e * u / (v * root) - w / 2 - w * u2 / (2 * d)
    # Two ways to write the same, each without cancellation on its side of zero.
    above = -(r**2) / (2 * d) + log_ndtr(w) - log_ndtr(q)
    below = -(e**2) / (2 * v2) + tilted_log_cdf(w) - tilted_log_cdf(q)
    return Density(
        log=-(LOG_2PI + np.log(d)) / 2 + np.where(w > 0, above, below),
        by_error=-r / d - hw * u / (v * root),
        by_mean=-r / d + hw * v / (u * root) - hq / u,
        by_log_noise=v2 / (2 * d) * (r**2 / d - 1) + hw * by_v,
        by_log_inefficiency=u2 / (2 * d) * (r**2 / d - 1) + hw * by_u + hq * q / 2,
        curvature=-1 / d - hw * (w + hw) * u2 / (v2 * d),
    )


def exponential(
    error: ArrayLike, mean: ArrayLike, log_noise: float, log_inefficiency: float
) -> Density:
    """v - u with u exponential of mean (and standard deviation) sigma_u.

    ln f = -ln sigma_u - e^2/(2 sigma_v^2) + m^2/2 + ln Phi(m), m = -e/sigma_v - sigma_v/sigma_u.

    error, log_noise, log_inefficiency : as in ``truncated_normal``; mean is not used, and by_mean
            is 0
    Returns Density.
    Source: Meeusen and van den Broeck (1977), International Economic Review 18, 435-444.

    >>> exponential([0.0], 0.0, 0.0, 0.0).log.round(4).tolist()  # ln(exp(1/2) Phi(-1))
    [-1.341]
    """
    e, _ = np.broadcast_arrays(np.asarray(error, float), np.asarray(mean, float))
    v, u = np.exp(log_noise / 2), np.exp(log_inefficiency / 2)
    m = -e / v - v / u
    slope = m + mills(m)
    return Density(
        log=-np.log(u) - e**2 / (2 * v**2) + tilted_log_cdf(m),
        by_error=-e / v**2 - slope / v,
        by_mean=np.zeros_like(e),
        by_log_noise=e**2 / (2 * v**2) + slope * (e / v - v / u) / 2,
        by_log_inefficiency=-0.5 + slope * v / (2 * u),
        curvature=-mills(m) * slope / v**2,
    )


@dataclass(frozen=True)
class Inefficiency:
    """What is known of each row's inefficiency u: a mixture of normals truncated at zero.

    location, scale : (n, K) of the normals before truncation; weight : (n, K), adding up to 1 in
            each row
    """

    location: Floats
    scale: Floats
    weight: Floats

    def mean(self) -> Floats:
        """(n,), E[u | e] (Jondrow, Lovell, Materov and Schmidt 1982)."""
        ratio = self.location / self.scale
        return np.asarray((self.weight * self.scale * (ratio + mills(ratio))).sum(axis=1))

    def efficiency(self) -> Floats:
        """(n,), E[exp(-u) | e] (Battese and Coelli 1988)."""
        m, s = self.location, self.scale
        ratio = m / s
        # Two ways to write the same, each without cancellation on its side of zero.
        above = s**2 / 2 - m + log_ndtr(ratio - s) - log_ndtr(ratio)
        below = tilted_log_cdf(ratio - s) - tilted_log_cdf(ratio)
        return np.asarray((self.weight * np.exp(np.where(ratio > 0, above, below))).sum(axis=1))

    def quantile(self, share: float) -> Floats:
        """(n,), the u below which the share of the posterior lies.

        One truncated normal: m - s Phi^-1((1 - share) Phi(m/s)) (Horrace and Schmidt 1996); a
        mixture by bisection.
        """
        floor = log_ndtr(self.location / self.scale)
        each = self.location - self.scale * ndtri_exp(np.log1p(-share) + floor)
        low, high = each.min(axis=1), each.max(axis=1)
        if each.shape[1] == 1:
            return np.asarray(low)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            above = np.exp(log_ndtr((self.location - middle[:, None]) / self.scale) - floor)
            is_low = (self.weight * above).sum(axis=1) > 1 - share
            low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
        return np.asarray((low + high) / 2)


def single(location: ArrayLike, scale: ArrayLike) -> Inefficiency:
    """An inefficiency of one truncated normal in each row.

    location, scale : (n,), or one number for all rows
    """
    m, s = np.broadcast_arrays(np.asarray(location, float), np.asarray(scale, float))
    return Inefficiency(m[:, None], s[:, None], np.ones((len(m), 1)))


def truncated_normal_posterior(
    error: ArrayLike, mean: ArrayLike, log_noise: float, log_inefficiency: float
) -> tuple[Floats, Floats]:
    """Location and scale of u given e, for ``truncated_normal``.

    mu* = (mu sigma_v^2 - e sigma_u^2)/D, sigma*^2 = sigma_v^2 sigma_u^2/D, D = sigma_v^2 +
    sigma_u^2.

    error, mean : shapes that broadcast. Returns two arrays of that shape.
    Source: Jondrow, Lovell, Materov and Schmidt (1982), Journal of Econometrics 19, 233-238.

    >>> [part.tolist() for part in truncated_normal_posterior([-1.0], 0.0, 0.0, 0.0)]
    [[0.5], [0.7071067811865476]]
    """
    e, mu = np.broadcast_arrays(np.asarray(error, float), np.asarray(mean, float))
    v2, u2 = np.exp(log_noise), np.exp(log_inefficiency)
    return (mu * v2 - e * u2) / (v2 + u2), np.full(e.shape, np.sqrt(v2 * u2 / (v2 + u2)))


def exponential_posterior(
    error: ArrayLike, mean: ArrayLike, log_noise: float, log_inefficiency: float
) -> tuple[Floats, Floats]:
    """Location and scale of u given e, for ``exponential``: -e - sigma_v^2/sigma_u and sigma_v.

    error : any shape; mean is not used. Returns two arrays of that shape.
    Source: Jondrow, Lovell, Materov and Schmidt (1982), Journal of Econometrics 19, 233-238.

    >>> [part.tolist() for part in exponential_posterior([-1.0], 0.0, 0.0, 0.0)]
    [[0.0], [1.0]]
    """
    e, _ = np.broadcast_arrays(np.asarray(error, float), np.asarray(mean, float))
    v2, u = np.exp(log_noise), np.exp(log_inefficiency / 2)
    return -e - v2 / u, np.full(e.shape, np.sqrt(v2))


class Composed(NamedTuple):
    """A distribution of inefficiency: the density of the composed error, and the posterior of u.

    mean_and_variance : of u over sigma_u and sigma_u^2, as functions of q = mu/sigma_u
    """

    density: RowDensity
    posterior: Callable[[ArrayLike, ArrayLike, float, float], tuple[Floats, Floats]]
    mean_and_variance: Callable[[float], tuple[float, float]]


def _truncated_moments(q: float) -> tuple[float, float]:
    h = float(mills(q))
    return q + h, 1 - q * h - h * h


DISTRIBUTIONS = {
    "half_normal": Composed(truncated_normal, truncated_normal_posterior, _truncated_moments),
    "truncated_normal": Composed(truncated_normal, truncated_normal_posterior, _truncated_moments),
    "exponential": Composed(exponential, exponential_posterior, lambda q: (1.0, 1.0)),
}
