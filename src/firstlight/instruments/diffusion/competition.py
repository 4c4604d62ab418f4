"""Two technologies that act on each other: Lotka and Volterra's equations, and what kind of
interaction they show.

Symbols: x, y sizes of the two; a growth at size 0, b self-limitation, g effect of the other (below
0: it harms): d log x / dt = a1 - b1 x + g1 y and d log y / dt = a2 - b2 y + g2 x, taken year by
year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_between, check_bounds
from firstlight.instruments.diffusion.given_numbers import FAMILY, check_one_a_year, whole_years
from firstlight.numerics.distributions import critical_t
from firstlight.texts import Count, Name, Year, message

Array = NDArray[np.float64]
FEWEST = 8  # yearly changes: three parameters and five degrees of freedom
PATHS, SEED = 2000, 19250101
# signs of the effects on the first and on the second, 0 where it can't be told -> the kind
KINDS: dict[tuple[int, int], str] = {
    (-1, -1): "pure_competition",
    (1, 1): "mutualism",
    (1, -1): "first_preys_on_second",
    (-1, 1): "second_preys_on_first",
    (-1, 0): "second_harms_first",
    (0, -1): "first_harms_second",
    (1, 0): "second_helps_first",
    (0, 1): "first_helps_second",
    (0, 0): "no_interaction",
}


@dataclass(frozen=True)
class Competition:
    """A fitted pair; every array has the first technology's equation first.

    growth, self_limit, effect : (2,), a per year, b per year and unit of its own size, g per year
        and unit of the other's
    effect_low, effect_high    : (2,), interval of g by Student's t
    effect_at_mean             : (2,), g times the mean size of the other: growth per year gained
        (or lost, below 0) by it
    mean_size                  : (2,), mean sizes at the start of the years used
    signs                      : (2,), -1 or 1 where the interval excludes 0, else 0: can't be told
    kind                       : the interaction that the two signs make, one of KINDS
    noise                      : (2, 2), covariance of the yearly shocks to log size
    covariance                 : (2, 3, 3), of (a, -b, g) in each equation
    df, changes_count, level   : degrees of freedom, consecutive years used, of the intervals
    last_year, last            : where forecasts start; (2,), sizes then
    """

    growth: Array
    self_limit: Array
    effect: Array
    effect_low: Array
    effect_high: Array
    effect_at_mean: Array
    mean_size: Array
    signs: tuple[int, int]
    kind: str
    noise: Array
    covariance: Array
    df: int
    changes_count: int
    level: float
    last_year: int
    last: Array


def lotka_volterra(years: Any, one: Any, other: Any, *, level: float = 0.9) -> Competition:
    """Fit two interacting technologies by regressing each one's yearly growth of log size on both
    sizes.

    log x(t+1) - log x(t) = a1 - b1 x(t) + g1 y(t) + shock, and the same for y. Sizes known at the
    start of the year explain its growth, so that shocks to growth leave the estimates consistent.
    Errors of measurement do not: they make a technology look more self-limited than it is. Only
    pairs of consecutive years are used.

    Parameters
    ----------
    years
        (n,), whole, each once, in any order.
    one, other
        (n,), positive sizes (sales, users, stock), each in its own unit.
    level
        Of the intervals, and so of the signs.

    Returns
    -------
    Competition, with ``growth`` (a, per year), ``self_limit`` (b), ``effect`` (g) and its interval,
    each (2,), the first technology's equation first, and ``signs`` and ``kind`` of the interaction.

    Raises
    ------
    InputError
        For sizes that aren't positive, a repeated year, fewer than eight pairs of consecutive
        years, or sizes that move so much alike that their effects can't be told apart.

    References
    ----------
    Lotka (1925), Elements of Physical Biology; Leslie (1958), Biometrika 45, 16-31 (yearly steps);
    Pistorius and Utterback (1997), Research Policy 26(1), 67-84; Modis (1999), Technological
    Forecasting and Social Change 62, 173-202 (kinds of interaction).

    Examples
    --------
    >>> x, y = [1.0], [5.0]
    >>> for i in range(20):
    ...     shock = 0.02 * (-1) ** i
    ...     x.append(x[-1] * np.exp(0.5 - 0.05 * x[i] - 0.04 * y[i] + shock))
    ...     y.append(y[-1] * np.exp(0.3 - 0.03 * y[i] - 0.06 * x[i] + shock * (-1) ** (i // 2)))
    >>> lotka_volterra(range(21), x, y).signs
    (-1, -1)
    """
    check_between("level", level)
    t, sizes = _checked(years, one, other)
    steps = np.flatnonzero(np.diff(t) == 1)
    if steps.size < FEWEST:
        counts = {"count": Count(steps.size), "fewest": Count(FEWEST)}
        raise InputError(message("few_pairs", **counts), FAMILY)
    scale = sizes[steps].mean(axis=0)
    design = np.column_stack([np.ones(steps.size), sizes[steps] / scale])
    _check_rank(design)
    growth = np.diff(np.log(sizes), axis=0)[steps]
    beta, residual, df = _regressed(design, growth)
    noise = residual.T @ residual / df
    inverse = np.linalg.inv(design.T @ design)
    reach = critical_t(level, df)
    coefficient, covariance = np.empty((2, 3)), np.empty((2, 3, 3))
    for i, (own, rival) in enumerate(((1, 2), (2, 1))):
        order, unit = [0, own, rival], np.array([1.0, scale[own - 1], scale[rival - 1]])
        coefficient[i] = beta[order, i] / unit
        covariance[i] = noise[i, i] * inverse[np.ix_(order, order)] / np.outer(unit, unit)
    error = np.sqrt(covariance[:, 2, 2])
    low, high = coefficient[:, 2] - reach * error, coefficient[:, 2] + reach * error
    signs = tuple(int(low[i] > 0) - int(high[i] < 0) for i in (0, 1))
    return Competition(
        growth=coefficient[:, 0],
        self_limit=-coefficient[:, 1],
        effect=coefficient[:, 2],
        effect_low=low,
        effect_high=high,
        effect_at_mean=coefficient[:, 2] * scale[::-1],
        mean_size=scale,
        signs=(signs[0], signs[1]),
        kind=KINDS[(signs[0], signs[1])],
        noise=noise,
        covariance=covariance,
        df=df,
        changes_count=int(steps.size),
        level=level,
        last_year=int(t[-1]),
        last=sizes[-1],
    )


def forecast_competition(
    fit: Competition,
    horizon: int,
    *,
    probabilities: Any = (0.1, 0.5, 0.9),
    paths: int = PATHS,
    seed: int = SEED,
) -> Array:
    """Quantiles of both sizes in each of the next years, from simulated paths with shocks and
    uncertain parameters.

    horizon : years, 1 or more; probabilities : (quantiles,); the same draws for the same seed
    Returns (2, horizon, quantiles), in the units handed in.
    Raises  InputError for a horizon below 1.

    >>> random = np.random.default_rng(0)
    >>> fit = lotka_volterra(range(12), np.exp(random.normal(size=12)),
    ...     np.exp(random.normal(size=12)))
    >>> forecast_competition(fit, 3, probabilities=(0.1, 0.9)).shape
    (2, 3, 2)
    """
    check_bounds("horizon", horizon, 1)
    random = np.random.default_rng(seed)
    wide = np.sqrt(fit.df / random.chisquare(fit.df, paths))
    drawn = np.empty((2, paths, 3))
    for i in (0, 1):
        mean = np.array([fit.growth[i], -fit.self_limit[i], fit.effect[i]])
        root = np.linalg.cholesky(fit.covariance[i])
        drawn[i] = mean + wide[:, None] * (random.standard_normal((paths, 3)) @ root.T)
    if (np.diag(fit.noise) > 0).all():
        # noises that are one another's would leave the last pivot at 0, or a rounding below
        shock = np.linalg.cholesky(fit.noise + 1e-300 * np.eye(2))
    else:
        shock = np.zeros((2, 2))
    log = np.repeat(np.log(fit.last)[:, None], paths, axis=1)
    quantiles = np.empty((2, horizon, len(np.atleast_1d(probabilities))))
    for year in range(horizon):
        size = np.exp(np.minimum(log, 300))
        step = np.stack(
            [
                drawn[i, :, 0] + drawn[i, :, 1] * size[i] + drawn[i, :, 2] * size[1 - i]
                for i in (0, 1)
            ]
        )
        log = np.clip(log + step + wide * (shock @ random.standard_normal((2, paths))), -300, 300)
        quantiles[:, year] = np.quantile(np.exp(log), probabilities, axis=1).T
    return quantiles


def competition_hindcast(
    years: Any, one: Any, other: Any, *, first_changes: int = 10, horizon: int = 5
) -> pl.DataFrame:
    """Every forecast of a pair that could have been made, beside the same without interaction and
    beside no change.

    A forecast from a year reads sizes up to that year only. Errors are log size less the log of the
    median forecast.

    years, one, other : as in ``lotka_volterra``; first_changes : pairs of consecutive years known
                        at the first origin
    Returns data frame technology (1 or 2), origin_year, horizon, interacting, alone, no_change
    (errors), is_in_band (80%, with
        interaction).
    Raises  InputError as ``lotka_volterra``.

    >>> random = np.random.default_rng(0)
    >>> competition_hindcast(range(12), np.exp(random.normal(size=12)),
    ...     np.exp(random.normal(size=12))).height
    2
    """
    t, sizes = _checked(years, one, other)
    rows = []
    for origin in range(t.size - 1):
        known = slice(0, origin + 1)
        if int((np.diff(t[known]) == 1).sum()) < max(first_changes, FEWEST):
            continue
        fit = lotka_volterra(t[known], sizes[known, 0], sizes[known, 1])
        both = forecast_competition(fit, horizon, paths=500)
        alone = [_alone(t[known], sizes[known, i], horizon) for i in (0, 1)]
        for target in np.flatnonzero((t > t[origin]) & (t <= t[origin] + horizon)):
            tau = int(t[target] - t[origin])
            for i in (0, 1):
                low, median, high = both[i, tau - 1]
                actual = np.log(sizes[target, i])
                errors = (
                    actual - np.log(median),
                    actual - alone[i][tau - 1],
                    actual - np.log(sizes[origin, i]),
                )
                within = bool(low <= sizes[target, i] <= high)
                rows.append((i + 1, int(t[origin]), tau, *(float(each) for each in errors), within))
    names = [
        "technology",
        "origin_year",
        "horizon",
        "interacting",
        "alone",
        "no_change",
        "is_in_band",
    ]
    kinds = [pl.Int64, pl.Int64, pl.Int64, pl.Float64, pl.Float64, pl.Float64, pl.Boolean]
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def _checked(years: Any, one: Any, other: Any) -> tuple[NDArray[np.int64], Array]:
    t, x, y = (np.asarray(given, dtype=float) for given in (years, one, other))
    check_one_a_year(t, one=x, other=y)
    whole, sizes = whole_years(t), np.column_stack([x, y])
    bad = np.flatnonzero(~(np.isfinite(sizes) & (sizes > 0)).all(axis=1))
    if bad.size:
        at = {"year": Year(whole[bad[0]]), "position": Count(bad[0])}
        pair = {"one": Name(f"{x[bad[0]]:g}"), "other": Name(f"{y[bad[0]]:g}")}
        raise InputError(message("no_sizes", **pair, **at), FAMILY)
    order = np.argsort(whole)
    return whole[order], sizes[order]


def _check_rank(design: Array) -> None:
    centred = design[:, 1:] - design[:, 1:].mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    if not (length > 1e-12).all():
        still = ("one", "other")[int(np.argmin(length))]
        raise InputError(message("never_changes", parameter=Name(still)), FAMILY)
    # columns of length 1: so near to a line neither effect can be told from the other
    if np.linalg.svd(centred / length, compute_uv=False)[-1] < 1e-6:
        raise InputError(message("move_alike"), FAMILY)


def _regressed(design: Array, growth: Array) -> tuple[Array, Array, int]:
    beta = np.asarray(np.linalg.lstsq(design, growth, rcond=None)[0], dtype=float)
    return beta, growth - design @ beta, design.shape[0] - design.shape[1]


def _alone(t: NDArray[np.int64], size: Array, horizon: int) -> Array:
    """Log size in the next years where the other has no effect: the same regression without it."""
    steps = np.flatnonzero(np.diff(t) == 1)
    scale = float(size[steps].mean())
    beta, _, _ = _regressed(
        np.column_stack([np.ones(steps.size), size[steps] / scale]),
        np.diff(np.log(size))[steps, None],
    )
    log, found = float(np.log(size[-1])), np.empty(horizon)
    for year in range(horizon):
        log = float(np.clip(log + beta[0, 0] + beta[1, 0] * np.exp(log) / scale, -300, 300))
        found[year] = log
    return found
