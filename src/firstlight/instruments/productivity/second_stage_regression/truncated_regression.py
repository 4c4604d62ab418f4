"""Regression of a variable that is seen only above a bound, by maximum likelihood.

Many samples at once. Symbols: y response, z regressors, c the bound, beta and sigma of
y = z beta + e; in Olsen's form g = beta / sigma, h = 1 / sigma.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from firstlight.errors import InputError, shown
from firstlight.texts import Count, message

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent
MOST_STEPS = 200
SMALL_GAIN = 1e-12  # of the mean log-likelihood that another Newton step would add
FLAT = 1e-5  # h in units of the response's spread, below which the likelihood rises for ever


@dataclass(frozen=True)
class TruncatedRegression:
    """Fits of L samples with k regressors; nan where the likelihood has no maximum.

    beta           : (L, k), per unit of the regressor
    sigma          : (L,) of the response before truncation
    log_likelihood : (L,)
    """

    beta: Floats
    sigma: Floats
    log_likelihood: Floats


def truncated_regression(
    responses: Any, regressors: Any, *, bound: float = 1.0
) -> TruncatedRegression:
    """Maximum likelihood of y = z beta + e, e normal with sd sigma, seen only where y > c.

    log L = sum log h - log(2 pi)/2 - (h y - z g)^2 / 2 - log Phi(z g - h c), maximised by Newton
    steps from least squares, with damping where a step does not help.

    Parameters
    ----------
    responses
        (n,) or (L, n) for L samples with the same regressors, all above the bound.
    regressors
        (n, k), with a column of ones where there is an intercept.
    bound
        The bound above which it is seen, c.

    Returns
    -------
    TruncatedRegression

    Raises
    ------
    InputError
        For a response at or below the bound, shapes that differ, too few rows, or regressors that
        are exact functions of each other.

    References
    ----------
    Hausman and Wise 1977, Econometrica 45, 919-938. Olsen 1978, Econometrica 46, 1211-1215. Orme
    1989, Econometric Reviews 8(2), 217-222 (one maximum at most).

    Examples
    --------
    >>> z = [[1, 0], [1, 1], [1, 2], [1, 3], [1, 4]]
    >>> found = truncated_regression([1.5, 2.1, 2.4, 3.2, 3.4], z)
    >>> found.beta.round(4).tolist()  # far above the bound: least squares
    [[1.54, 0.49]]
    """
    y, z = np.atleast_2d(np.asarray(responses, float)), np.asarray(regressors, float)
    if z.ndim != 2 or y.shape[1] != len(z):
        shapes = {"responses": shown(y.shape), "regressors": shown(z.shape)}
        raise InputError(message("regression_shapes", **shapes), FOLDER)
    if not (np.isfinite(y).all() and np.isfinite(z).all() and (y > bound).all()):
        raise InputError(message("response_at_bound"), FOLDER)
    if len(z) <= z.shape[1] + 1:
        told = {"count": Count(len(z)), "regressors": Count(z.shape[1])}
        raise InputError(message("few_rows", **told), FOLDER)
    # Orthonormal regressors, and responses counted from the bound in units of their spread: then
    # c = 0, and one scale fits all.
    scale = np.abs(z).max(axis=0)
    q, r = np.linalg.qr(z / np.where(scale > 0, scale, 1.0))
    # columns are scaled to 1: less than this of its own is rounding
    if (np.abs(np.diag(r)) < 1e-10 * np.abs(r).max()).any():
        raise InputError(message("collinear"), FOLDER)
    q *= np.sqrt(len(z))
    inside = np.linalg.lstsq(q, np.ones(len(z)), rcond=None)[0]
    if not np.allclose(q @ inside, 1):
        raise InputError(message("no_intercept"), FOLDER)
    spread = y.std(axis=1)
    spread = np.where(spread > 0, spread, 1.0)
    g, h, value = _newton((y - bound) / spread[:, None], q)
    beta = (spread / h)[:, None] * g + bound * inside
    return TruncatedRegression(
        np.linalg.solve(r, (beta * np.sqrt(len(z))).T).T / scale,
        spread / h,
        value * len(z) - len(z) * np.log(spread),
    )


def truncated_draws(
    mean: Floats, sigma: float, bound: float, count: int, random: np.random.Generator
) -> Floats:
    """(count, n) draws of normals with these means, kept above the bound.

    By inverting the distribution function.

    >>> drawn = truncated_draws(np.zeros(3), 1.0, 5.0, 2, np.random.default_rng(0))
    >>> bool((drawn > 5).all())
    True
    """
    above = special.log_ndtr((mean - bound) / sigma)
    share = np.log1p(-random.random((count, len(mean))))
    return np.asarray(
        np.maximum(mean - sigma * special.ndtri_exp(share + above), np.nextafter(bound, np.inf))
    )


def _likelihood(y: Floats, z: Floats, g: Floats, h: Floats) -> Floats:
    a, q = h[:, None] * y - g @ z.T, g @ z.T
    return np.asarray(
        np.log(h) - (a**2 / 2 + special.log_ndtr(q)).mean(axis=1) - np.log(2 * np.pi) / 2
    )


def _newton(y: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
    """Maximise the mean log-likelihood with bound 0; mean of z'z is the identity."""
    count, k = len(y), z.shape[1]
    start = y @ z / len(z)
    # a draw that the drivers give exactly would begin at a spread of 0
    sigma = np.sqrt(np.maximum(((y - start @ z.T) ** 2).mean(axis=1), 1e-6))
    point = np.hstack([start, np.ones((count, 1))]) / sigma[:, None]
    value = _likelihood(y, z, point[:, :k], point[:, k])
    damping, is_done = np.full(count, 1e-3), np.zeros(count, bool)
    for _ in range(MOST_STEPS):
        live = np.flatnonzero(~is_done)
        if not live.size:
            break
        gradient, curvature = _derivatives(y[live], z, point[live, :k], point[live, k])
        step = _damped_step(gradient, curvature, damping[live])
        trial = point[live] + step
        trial[:, k] = np.where(trial[:, k] > 0, trial[:, k], point[live, k] / 2)
        better = _likelihood(y[live], z, trial[:, :k], trial[:, k])
        gain = better - value[live]
        accepted = np.isfinite(better) & (gain > 0)
        point[live[accepted]], value[live[accepted]] = trial[accepted], better[accepted]
        damping[live] *= np.where(accepted, 0.1, 10.0)
        is_done[live] = ((step * gradient).sum(axis=1) < SMALL_GAIN) | (point[live, k] < FLAT)
    lost = ~is_done | (point[:, k] < FLAT)
    point[lost], value[lost] = np.nan, np.nan
    return point[:, :k], point[:, k], value


def _derivatives(y: Floats, z: Floats, g: Floats, h: Floats) -> tuple[Floats, Floats]:
    """Gradient (L, k + 1) and minus the second derivatives (L, k + 1, k + 1) of the mean."""
    n, k = z.shape
    q = g @ z.T
    a = h[:, None] * y - q
    mills = np.exp(-(q**2) / 2 - np.log(2 * np.pi) / 2 - special.log_ndtr(q))
    gradient = np.hstack([(a - mills) @ z / n, (1 / h - (a * y).mean(axis=1))[:, None]])
    curvature = np.empty((len(y), k + 1, k + 1))
    pairs = (z[:, :, None] * z[:, None, :]).reshape(n, k * k)
    curvature[:, :k, :k] = ((1 - mills * (mills + q)) @ pairs / n).reshape(-1, k, k)
    curvature[:, :k, k] = curvature[:, k, :k] = -(y @ z) / n
    curvature[:, k, k] = 1 / h**2 + (y**2).mean(axis=1)
    return gradient, curvature


def _damped_step(gradient: Floats, curvature: Floats, damping: Floats) -> Floats:
    """Newton's step, with what it takes to go uphill added to the diagonal."""
    least = np.linalg.eigvalsh(curvature)[:, 0]
    extra = np.where(least > 0, 0.0, -2 * least) + damping
    eye = np.eye(curvature.shape[1])
    return np.asarray(
        np.linalg.solve(curvature + extra[:, None, None] * eye, gradient[:, :, None])[:, :, 0]
    )
