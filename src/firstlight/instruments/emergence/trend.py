"""The shrunken trend: each technology's local log-linear trend, its slope drawn towards what all technologies do.

Symbols: y documents, T totals, x = year - FY, a level (log share at FY), b slope (log share per year), m and tau the
mean and spread of true slopes, D over-dispersion, w weights into the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from firstlight.errors import InputError
from firstlight.instruments.emergence.shares import Array, checked_counts

WINDOW, HALF_LIFE = 8, 3.0
# Two imagined technologies with slopes around 0, and a spread of at most one e-fold a year: without them m and tau run
# away where nearly all technologies are newborn. Beside hundreds of real ones they weigh nothing.
IMAGINED, IMAGINED_SPREAD, WIDEST_SPREAD = 2, 0.1, 1.0


@dataclass(frozen=True)
class Trend:
    """Posterior of each technology's trend at the forecast year; nan for a technology without documents in the window.

    level, slope        : (technologies,), log share at FY; log share per year
    level_sd, slope_sd  : (technologies,), their standard deviations
    covariance          : (technologies,), of level and slope
    pooled_slope        : m, mean of the true slopes (nan without shrinkage)
    between_sd          : tau, spread of the true slopes (inf without shrinkage)
    dispersion          : D, variance of a count over its mean (1 = Poisson)
    total               : all documents of the forecast year
    """

    level: Array
    slope: Array
    level_sd: Array
    slope_sd: Array
    covariance: Array
    pooled_slope: float
    between_sd: float
    dispersion: float
    total: float


@dataclass(frozen=True)
class _Window:
    y: Array  # (technologies, years)
    offset: Array  # (years,) log totals
    x: Array  # (years,) year - FY
    w: Array  # (years,)


def shrunken_trend(
    counts: Any,
    totals: Any,
    fy_index: int,
    *,
    window: int = WINDOW,
    half_life: float = HALF_LIFE,
    shrink: bool = True,
) -> Trend:
    """Quasi-Poisson local trends with slopes pooled across technologies by empirical Bayes.

    y ~ mean T exp(a + b x), variance D times the mean; a year's log-likelihood weighs w = 2^(x / half_life). D is
    pooled (Pearson, with Fletcher's correction for sparse counts, at least 1). True slopes ~ Normal(m, tau^2), m and
    tau by maximum likelihood (EM, Laplace's approximation), so that a technology with few documents borrows from the
    others and one with many keeps its own slope.

    counts    : (technologies, years), documents; columns after the forecast year are not read
    totals    : (years,), documents
    window    : years read, FY included; half_life : years after which a count weighs half, inf = all alike
    shrink    : False gives each technology's own maximum-likelihood trend with sandwich standard errors; nan where
                fewer than two of its years have documents, for then there is none
    Returns Trend.
    Raises  InputError where fewer than two years of the window have documents.
    Source: McCullagh and Nelder (1989), Generalized Linear Models, ch. 6 and 9; Tibshirani and Hastie (1987), Journal of the
            American Statistical Association 82(398), 559-567 (local likelihood); Fletcher (2012), Biometrika 99, 230-237; Morris
            (1983), Journal of the American Statistical Association 78(381), 47-55 (empirical Bayes).

    >>> trend = shrunken_trend([[10, 20, 40]], [1000, 1000, 1000], 2, shrink=False)
    >>> trend.slope.round(4).tolist(), trend.level.round(4).tolist()
    ([0.6931], [-3.2189])
    """
    c, t = checked_counts(counts, totals, fy_index)
    data = _window(c, t, fy_index, window, half_life)
    total, present = float(t[fy_index]), data.y.sum(axis=1) > 0
    # With documents in two different years the likelihood has one finite maximum; with fewer the slope runs away.
    fitted = (data.y > 0).sum(axis=1) >= 2
    beta = np.full((c.shape[0], 2), np.nan)
    beta[fitted] = _fit(_rows(data, fitted), _start(data)[fitted])
    dispersion = _dispersion(_rows(data, fitted), beta[fitted])
    covariance = np.full((c.shape[0], 2, 2), np.nan)
    if not shrink:
        covariance[fitted] = dispersion * _sandwich(_rows(data, fitted), beta[fitted])
        return _trend(beta, covariance, (np.nan, np.inf, dispersion, total))
    start = np.where(fitted[:, None], beta, _start(data))[present]
    beta[present], covariance[present], m, tau = _pool(_rows(data, present), start, dispersion)
    return _trend(beta, covariance, (m, tau, dispersion, total))


def _trend(beta: Array, covariance: Array, pooled: tuple[float, float, float, float]) -> Trend:
    sd = np.sqrt(covariance[:, [0, 1], [0, 1]])
    return Trend(beta[:, 0], beta[:, 1], sd[:, 0], sd[:, 1], covariance[:, 0, 1], *pooled)


def _window(counts: Array, totals: Array, fy_index: int, window: int, half_life: float) -> _Window:
    if window < 2 or not half_life > 0:
        raise InputError(
            f"a window of {window} years and a half-life of {half_life}",
            where="shrunken_trend",
            try_next="use a window of 2 years or more and a half-life above 0",
        )
    columns = np.arange(max(0, fy_index - window + 1), fy_index + 1)
    columns = columns[totals[columns] > 0]
    if columns.size < 2:
        raise InputError(
            "fewer than two years with documents up to the forecast year",
            where=f"column {fy_index}",
            try_next="hand in more years, or forecast from a later one",
        )
    x = (columns - fy_index).astype(np.float64)
    return _Window(counts[:, columns], np.log(totals[columns]), x, 2.0 ** (x / half_life))


def _rows(data: _Window, rows: Any) -> _Window:
    return _Window(data.y[rows], data.offset, data.x, data.w)


def _start(data: _Window) -> Array:
    """A flat trend at the weighted mean share."""
    share = (data.y @ data.w) / (np.exp(data.offset) @ data.w)
    level = np.log(np.maximum(share, 1e-300))
    return np.column_stack([level, np.zeros_like(level)])


def _mean(data: _Window, beta: Array) -> Array:
    return np.asarray(np.exp(data.offset + beta[:, :1] + beta[:, 1:] * data.x))


def _information(data: _Window, mu: Array, w: Array) -> Array:
    """(technologies, 2, 2): sum over years of w mu (1, x)(1, x)'."""
    powers = np.stack([np.ones_like(data.x), data.x, data.x, data.x**2], axis=1)
    return ((mu * w) @ powers).reshape(-1, 2, 2)


def _inverse(matrix: Array) -> Array:
    (a, b), (c, d) = np.moveaxis(matrix, 0, 2)
    return np.moveaxis(np.array([[d, -b], [-c, a]]) / (a * d - b * c), 2, 0)


def _fit(
    data: _Window, start: Array, *, scale: float = 1.0, m: float = 0.0, precision: float = 0.0
) -> Array:
    """Maximum of scale * log-likelihood - precision (b-m)^2 / 2, all technologies at once, by damped Newton steps."""
    beta, step = start.copy(), np.zeros_like(start)
    value, penalty = np.full(start.shape[0], -np.inf), np.diag([0.0, precision])
    for _ in range(200):
        trial = beta + step
        mu = _mean(data, trial)
        eta = trial[:, :1] + trial[:, 1:] * data.x
        reached = scale * ((data.y * eta - mu) @ data.w) - 0.5 * precision * (trial[:, 1] - m) ** 2
        better = reached >= value - 1e-12 * (1.0 + np.abs(value))
        beta, value = np.where(better[:, None], trial, beta), np.where(better, reached, value)
        rest = (data.y - mu) * data.w
        gradient = scale * np.column_stack([rest.sum(axis=1), rest @ data.x])
        gradient[:, 1] -= precision * (trial[:, 1] - m)
        newton = np.einsum(
            "tij,tj->ti", _inverse(scale * _information(data, mu, data.w) + penalty), gradient
        )
        step = np.where(better[:, None], np.clip(newton, -2.0, 2.0), step / 2.0)
        if not (np.abs(step) > 1e-9).any():
            break
    return beta


def _sandwich(data: _Window, beta: Array) -> Array:
    """A^-1 B A^-1 with A = sum w mu xx', B = sum w^2 mu xx': variance of the local estimate, over D."""
    mu = _mean(data, beta)
    bread = _inverse(_information(data, mu, data.w))
    return np.asarray(bread @ _information(data, mu, data.w**2) @ bread)


def _dispersion(data: _Window, beta: Array) -> float:
    """Pooled Pearson estimate over all fitted technologies; 1 where nothing is left over to estimate it from."""
    mu = _mean(data, beta)
    bread = _inverse(_information(data, mu, data.w))
    used = np.einsum("tij,tji->t", bread, _information(data, mu, data.w**2))
    freedom = float((data.w.sum() - used).sum())
    if data.x.size < 3 or freedom <= 0:
        return 1.0
    pearson = float((((data.y - mu) ** 2 / mu) @ data.w).sum()) / freedom
    sparse = float((((data.y - mu) / mu) @ data.w).sum()) / (float(data.w.sum()) * mu.shape[0])
    return float(max(1.0, pearson / (1.0 + sparse)))


def _pool(data: _Window, start: Array, dispersion: float) -> tuple[Array, Array, float, float]:
    """m and tau by EM; each E-step is the technologies' posterior by Laplace's approximation."""
    # The weights discount the likelihood; this scale gives a flat series' slope the curvature of its sampling variance.
    flat = _information(data, np.ones((1, data.x.size)), data.w)
    bread = _inverse(flat)
    sampling = bread @ _information(data, np.ones((1, data.x.size)), data.w**2) @ bread
    scale = float(bread[0, 1, 1] / sampling[0, 1, 1]) / dispersion
    beta, m, tau2, mean_variance = start, 0.0, 0.05, 0.0
    covariance = np.full((start.shape[0], 2, 2), np.nan)
    for _ in range(60):
        prior = 1.0 / (tau2 + mean_variance)
        beta = _fit(data, beta, scale=scale, m=m, precision=prior)
        covariance = _inverse(
            scale * _information(data, _mean(data, beta), data.w) + np.diag([0.0, prior])
        )
        number = beta.shape[0] + IMAGINED
        new_m = float(beta[:, 1].sum()) / number
        scatter = float(((beta[:, 1] - new_m) ** 2 + covariance[:, 1, 1]).sum())
        new_tau2 = min((scatter + IMAGINED * IMAGINED_SPREAD**2) / number, WIDEST_SPREAD**2)
        settled = abs(new_m - m) < 1e-5 and abs(new_tau2 - tau2) < 1e-3 * tau2
        m, tau2 = new_m, max(new_tau2, 1e-8)
        own = covariance[:, 1, 1] / np.maximum(
            1.0 - covariance[:, 1, 1] * prior, 1e-9
        )  # variance without the prior
        mean_variance = float(1.0 / ((1.0 / (own + tau2)).sum() + IMAGINED / tau2))
        if settled:
            break
    return beta, _with_level(data, beta, covariance[:, 1, 1], dispersion), m, float(np.sqrt(tau2))


def _with_level(data: _Window, beta: Array, slope_variance: Array, dispersion: float) -> Array:
    """Covariance of level and slope: the level given the slope by the sandwich, then the slope's posterior."""
    sampling = dispersion * _sandwich(data, beta)
    lean = sampling[:, 0, 1] / sampling[:, 1, 1]
    level = sampling[:, 0, 0] - lean * sampling[:, 0, 1] + lean**2 * slope_variance
    rows = [level, lean * slope_variance, lean * slope_variance, slope_variance]
    return np.stack(rows, axis=1).reshape(-1, 2, 2)
