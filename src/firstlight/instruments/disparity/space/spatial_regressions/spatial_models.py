"""Spatial lag, error and Durbin models by maximum likelihood, of one cross-section or of a panel
with fixed effects.

Symbols: N places, T years, W weights, rho of the lag, lambda of the error, A = (I - rho W)^-1,
G = W A. With fixed effects the likelihood is that of the data freed of their means by orthonormal
transformations, which have T - 1 years and, with effects of years, N - 1 places.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lstsq
from scipy.optimize import brentq, minimize_scalar
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import splu

Array = NDArray[np.float64]
Effects = Literal["none", "place", "place_year"]
EDGE = 0.9995  # how far from 0 the spatial coefficient is sought
GRID = 41
MOST_EIGENVALUES = 1000  # places, above which determinants are factorised anew at each step


@dataclass(frozen=True)
class Design:
    """What is explained by what, in T years and N places.

    y : (T, N); x : (T, N, k), with a column of ones where there are no fixed effects
    matrix : (N, N) sparse weights whose largest eigenvalue is 1; the rows add up to 1 where there
             are effects of years
    """

    y: Array
    x: Array
    matrix: Any
    effects: Effects = "none"

    def within(self, values: Array) -> Array:
        """(T, N, ...) values less the means that fixed effects take up."""
        if self.effects != "none":
            values = values - values.mean(axis=0)
        if self.effects == "place_year":
            values = values - values.mean(axis=1, keepdims=True)
        return values

    def lagged(self, values: Array) -> Array:
        """(T, N, ...) what is next to each place."""
        return np.stack([np.asarray(self.matrix @ of_year) for of_year in values])

    @property
    def years(self) -> int:
        """Years that the likelihood counts."""
        return len(self.y) - (self.effects != "none")

    @property
    def observations(self) -> int:
        """Observations that the likelihood counts."""
        return int(self.years * (self.y.shape[1] - (self.effects == "place_year")))

    def columns(self, values: Array) -> Array:
        """(T N,) or (T N, k) values less means, row by row."""
        freed = self.within(values)
        return freed.reshape(freed.shape[0] * freed.shape[1], *freed.shape[2:])

    def durbin(self, lagged_columns: Sequence[int]) -> Design:
        """The design with the neighbours' values of some columns as further ones."""
        neighbours = self.lagged(self.x[:, :, list(lagged_columns)])
        x = np.concatenate([self.x, neighbours], axis=2)
        return Design(self.y, x, self.matrix, self.effects)

    @cached_property
    def log_determinant(self) -> Callable[[float], float]:
        """log |I - rho W| as a function of rho, without the eigenvalue 1 with effects of years."""
        free = self.effects == "place_year"
        n = self.matrix.shape[0]
        if n <= MOST_EIGENVALUES:
            values = self._eigenvalues

            def by_eigenvalues(rho: float) -> float:
                whole = float(np.log(np.abs(1 - rho * values)).sum())
                return whole - free * float(np.log1p(-rho))

            return by_eigenvalues

        unit, matrix = eye_array(n, format="csc"), csc_array(self.matrix)

        def by_factors(rho: float) -> float:
            factors = splu(csc_array(unit - rho * matrix))
            whole = float(np.log(np.abs(factors.U.diagonal())).sum())
            return whole - free * float(np.log1p(-rho))

        return by_factors

    @cached_property
    def _eigenvalues(self) -> Any:
        return np.linalg.eigvals(self.matrix.toarray())

    def slope(self, rho: float) -> float | None:
        """How fast the log-determinant falls with rho: tr G; None where there are too many places
        for eigenvalues."""
        if self.matrix.shape[0] > MOST_EIGENVALUES:
            return None
        whole = float((self._eigenvalues / (1 - rho * self._eigenvalues)).sum().real)
        return whole - (self.effects == "place_year") / (1 - rho)

    def spread(self, rho: float) -> tuple[Array, float, float, float]:
        """G = W (I - rho W)^-1, and tr G, tr GG and tr G'G of what the likelihood counts."""
        weights = self.matrix.toarray()
        g = np.linalg.solve((np.eye(len(weights)) - rho * weights).T, weights.T).T
        one, two = float(np.trace(g)), float((g * g.T).sum())
        if self.effects != "place_year":
            return g, one, two, float((g * g).sum())
        lost = 1 / (1 - rho)
        freed = g - g.mean(axis=0)
        return g, one - lost, two - lost**2, float((freed * freed).sum())


@dataclass(frozen=True)
class Fit:
    """A model that was fitted.

    beta       : (k,) coefficients of the design's columns
    spatial    : rho or lambda; 0 for least squares
    covariance : (k + 1, k + 1) of beta and the spatial coefficient, whose row is 0 for least
                 squares
    """

    beta: Array
    spatial: float
    covariance: Array
    variance: float
    log_likelihood: float
    is_at_edge: bool = False

    @property
    def parameters_count(self) -> int:
        """Coefficients, the variance among them."""
        return self.beta.size + 1 + int(self.covariance[-1, -1] != 0)

    def of_means(self) -> Fit:
        """The same without the spatial coefficient, which in models of errors moves no mean."""
        covariance = self.covariance.copy()
        covariance[-1], covariance[:, -1] = 0.0, 0.0
        return replace(self, spatial=0.0, covariance=covariance)

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2 * self.parameters_count - 2 * self.log_likelihood


def least_squares_fit(design: Design) -> Fit:
    """The model without space.

    Parameters
    ----------
    design
        Columns that don't repeat each other.

    Returns
    -------
    Fit, its variance that of maximum likelihood.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> ones, line = np.ones((1, 4, 1)), csr_array(np.eye(4, k=1))
    >>> found = least_squares_fit(Design(np.array([[1.0, 2, 3, 4]]), ones, line))
    >>> found.beta.round(6).tolist(), found.variance
    ([2.5], 1.25)
    """
    y, x = design.columns(design.y), design.columns(design.x)
    beta = _solved(x, y)
    m = design.observations
    variance = float(((y - x @ beta) ** 2).sum()) / m
    covariance = np.zeros((beta.size + 1, beta.size + 1))
    covariance[:-1, :-1] = variance * np.linalg.inv(x.T @ x)
    return Fit(beta, 0.0, covariance, variance, _likelihood(m, variance, 0.0))


def lag_fit(design: Design) -> Fit:
    """The spatial lag model y = rho W y + X beta + e; of a Durbin design, the Durbin model.

    Parameters
    ----------
    design
        Columns that don't repeat each other.

    Returns
    -------
    Fit, with the covariance of the information matrix.

    References
    ----------
    Ord (1975), Journal of the American Statistical Association 70, 120-126; Lee and Yu (2010),
    Journal of Econometrics 154, 165-185 (fixed effects).

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> ring = csr_array((np.roll(np.eye(6), 1, 1) + np.roll(np.eye(6), -1, 1)) / 2)
    >>> y = np.array([[1.0, 2, 4, 5, 4, 2]])
    >>> lag_fit(Design(y, np.ones((1, 6, 1)), ring)).spatial > 0.5
    True
    """
    y, x = design.columns(design.y), design.columns(design.x)
    wy, m, years = design.columns(design.lagged(design.y)), design.observations, design.years
    e0, e1 = y - x @ _solved(x, y), wy - x @ _solved(x, wy)

    def loss(rho: float) -> float:
        squares = float(((e0 - rho * e1) ** 2).sum()) / m
        return m / 2 * float(np.log(squares)) - years * design.log_determinant(rho)

    def score(rho: float) -> float | None:
        e, slope = e0 - rho * e1, design.slope(rho)
        if slope is None:
            return None
        return m * float(e @ e1) / float(e @ e) - years * slope

    rho, is_at_edge = _least(loss, score)
    beta = _solved(x, y - rho * wy)
    variance = float(((e0 - rho * e1) ** 2).sum()) / m
    g, one, two, cross = design.spread(rho)
    fitted = np.stack([g @ of_year for of_year in design.x @ beta])
    spread = design.columns(fitted)
    k = beta.size
    information = np.zeros((k + 2, k + 2))
    information[:k, :k] = x.T @ x / variance
    information[:k, k] = information[k, :k] = x.T @ spread / variance
    information[k, k] = years * (two + cross) + float(spread @ spread) / variance
    information[k, k + 1] = information[k + 1, k] = years * one / variance
    information[k + 1, k + 1] = m / (2 * variance**2)
    covariance = np.asarray(np.linalg.inv(information)[: k + 1, : k + 1], dtype=float)
    likelihood = _likelihood(m, variance, years * design.log_determinant(rho))
    return Fit(beta, rho, covariance, variance, likelihood, is_at_edge)


def error_fit(design: Design) -> Fit:
    """The spatial error model y = X beta + u, u = lambda W u + e; of a Durbin design, the Durbin
    error model.

    Parameters
    ----------
    design
        Columns that don't repeat each other.

    Returns
    -------
    Fit, with the covariance of the information matrix.

    References
    ----------
    As ``lag_fit``.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> ring = csr_array((np.roll(np.eye(6), 1, 1) + np.roll(np.eye(6), -1, 1)) / 2)
    >>> y = np.array([[1.0, 2, 4, 5, 4, 2]])
    >>> error_fit(Design(y, np.ones((1, 6, 1)), ring)).beta.round(6).tolist()
    [3.0]
    """
    y, x = design.columns(design.y), design.columns(design.x)
    wy, wx = (design.columns(design.lagged(values)) for values in (design.y, design.x))
    m, years = design.observations, design.years

    def fitted(rate: float) -> tuple[Array, Array, float]:
        own_x, own_y = x - rate * wx, y - rate * wy
        beta = _solved(own_x, own_y)
        return beta, own_x, float(((own_y - own_x @ beta) ** 2).sum()) / m

    def loss(rate: float) -> float:
        return m / 2 * float(np.log(fitted(rate)[2])) - years * design.log_determinant(rate)

    def score(rate: float) -> float | None:
        beta, slope = fitted(rate)[0], design.slope(rate)
        lagged = wy - wx @ beta
        e = y - x @ beta - rate * lagged
        if slope is None:
            return None
        return m * float(e @ lagged) / float(e @ e) - years * slope

    rate, is_at_edge = _least(loss, score)
    beta, own_x, variance = fitted(rate)
    _, one, two, cross = design.spread(rate)
    k = beta.size
    covariance = np.zeros((k + 1, k + 1))
    covariance[:k, :k] = variance * np.linalg.inv(own_x.T @ own_x)
    with_variance = years**2 * one**2 * 2 / m
    covariance[k, k] = 1 / (years * (two + cross) - with_variance)
    likelihood = _likelihood(m, variance, years * design.log_determinant(rate))
    return Fit(beta, rate, covariance, variance, likelihood, is_at_edge)


@dataclass(frozen=True)
class Impact:
    """What one more of a driver changes, with standard errors.

    direct   : in the place itself, its echo from the neighbours included
    indirect : in all other places together; total : both
    """

    direct: tuple[float, float]
    indirect: tuple[float, float]
    total: tuple[float, float]


def impacts(fit: Fit, design: Design, own: int, lagged: int | None = None) -> Impact:
    """The mean direct, indirect and total effect of a driver, with errors by the delta method.

    dE(y)/dx' = (I - rho W)^-1 (beta I + theta W): direct is its mean diagonal, total its mean row
    sum.

    Parameters
    ----------
    fit
        Of a lag or Durbin model; of a Durbin error model its ``of_means``.
    design
        That it was fitted to.
    own, lagged
        Positions of the driver's column and of its neighbours' one, None in a lag model.

    Returns
    -------
    Impact, each an effect and its standard error.

    References
    ----------
    LeSage and Pace (2009), Introduction to Spatial Econometrics, section 2.7.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> ring = csr_array((np.roll(np.eye(6), 1, 1) + np.roll(np.eye(6), -1, 1)) / 2)
    >>> design = Design(np.zeros((1, 6)), np.ones((1, 6, 1)), ring)
    >>> fit = Fit(np.array([2.0]), 0.5, np.eye(2), 1.0, 0.0)
    >>> found = impacts(fit, design, 0)
    >>> round(found.direct[0], 4), round(found.total[0], 4)
    (2.3111, 4.0)
    """
    rho, n = fit.spatial, design.matrix.shape[0]
    g = Design(design.y, design.x, design.matrix).spread(rho)
    one, two = g[1] / n, g[2] / n
    ones = np.ones(n)
    g_ones = g[0] @ ones
    once, twice = float(g_ones.mean()), float((g[0] @ g_ones).mean())
    beta = float(fit.beta[own])
    theta, columns = 0.0, [own]
    if lagged is not None:
        theta = float(fit.beta[lagged])
        columns.append(lagged)
    places = [*columns, fit.beta.size]
    covariance = fit.covariance[np.ix_(places, places)]
    # of A, A W, A W A and A W A W: the mean diagonal, and the mean row sum
    shapes = [(1 + rho * one, one, one + rho * two, two)]
    shapes.append((1 + rho * once, once, once + rho * twice, twice))
    values, slopes = [], []
    for of_beta, of_theta, beta_by_rho, theta_by_rho in shapes:
        values.append(beta * of_beta + theta * of_theta)
        by_rho = beta * beta_by_rho + theta * theta_by_rho
        middle = [] if lagged is None else [of_theta]
        slopes.append(np.array([of_beta, *middle, by_rho]))
    values.append(values[1] - values[0])
    slopes.append(slopes[1] - slopes[0])
    errors = [float(max(slope @ covariance @ slope, 0.0)) ** 0.5 for slope in slopes]
    direct, total, indirect = zip(values, errors, strict=True)
    return Impact(direct, indirect, total)


def lagrange_multipliers(design: Design) -> dict[str, float]:
    """Anselin's tests of the model without space: lm_lag, lm_error and both robust, each chi2(1).

    Parameters
    ----------
    design
        Columns without those of neighbours.

    Returns
    -------
    Code of the test -> its statistic.

    References
    ----------
    Anselin, Bera, Florax and Yoon (1996), Regional Science and Urban Economics 26, 77-104; Elhorst
    (2010), Spatial Economic Analysis 5(1), 9-28 (panels).

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> ring = csr_array((np.roll(np.eye(6), 1, 1) + np.roll(np.eye(6), -1, 1)) / 2)
    >>> y = np.array([[1.0, 2, 4, 5, 4, 2]])
    >>> round(lagrange_multipliers(Design(y, np.ones((1, 6, 1)), ring))["lm_error"], 4)
    1.5
    """
    y, x = design.columns(design.y), design.columns(design.x)
    beta = _solved(x, y)
    e = y - x @ beta
    variance = float(e @ e) / design.observations
    residuals = e.reshape(design.y.shape)
    _, one, two, cross = design.spread(0.0)
    # not 0 with effects of years: places less their mean are unlike their neighbours
    expected = design.years * one
    of_error = float(e @ design.columns(design.lagged(residuals))) / variance - expected
    of_lag = float(e @ design.columns(design.lagged(design.y))) / variance - expected
    spread = design.columns(design.lagged(design.x @ beta))
    unexplained = spread - x @ _solved(x, spread)
    trace = design.years * (two + cross)
    room = float(unexplained @ unexplained) / variance
    of_both = room + trace
    found = {"lm_lag": of_lag**2 / of_both, "lm_error": of_error**2 / trace}
    if room > 1e-9 * trace:  # else lag and error can't be told apart
        found["robust_lm_lag"] = (of_lag - of_error) ** 2 / room
        gap = of_error - trace / of_both * of_lag
        found["robust_lm_error"] = gap**2 / (trace * (1 - trace / of_both))
    return found


def _solved(x: Array, y: Array) -> Array:
    if not x.shape[1]:
        return np.zeros(0)
    return np.asarray(lstsq(x, y)[0])


def _likelihood(m: int, variance: float, determinant: float) -> float:
    return -m / 2 * (float(np.log(2 * np.pi * variance)) + 1) + determinant


def _least(
    loss: Callable[[float], float], score: Callable[[float], float | None]
) -> tuple[float, bool]:
    """Where a loss is least between the edges, and whether that is at one of them.

    score : its slope with the sign turned, None where that is not known; it finds the last digits,
            which the loss itself is too flat to tell
    """
    grid = np.linspace(-EDGE, EDGE, GRID)
    at = int(np.argmin([loss(float(rate)) for rate in grid]))
    low, high = float(grid[max(at - 1, 0)]), float(grid[min(at + 1, GRID - 1)])
    of_low, of_high = score(low), score(high)
    if of_low is not None and of_high is not None and of_low > 0 > of_high:
        return float(brentq(lambda rate: score(rate) or 0.0, low, high, xtol=1e-13)), False
    near = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-10})
    found = float(near.x)
    return found, abs(found) > EDGE - 1e-4
