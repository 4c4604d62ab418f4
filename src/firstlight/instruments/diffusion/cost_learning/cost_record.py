"""Hindcast of cost: every forecast that could have been made, its error, and the noise implied.

Symbols as in `cost_walk`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_bounds
from firstlight.instruments.diffusion.cost_learning.cost_walk import scale_factor
from firstlight.instruments.diffusion.cost_learning.laws import Array, checked_series
from firstlight.numerics.distributions import t_below
from firstlight.texts import Name

WINDOW, HORIZONS = 5, 20  # as Farmer and Lafond (2016), sections 4.1 and 5.1
FEWEST_CHANGES = 4  # for the squared error over the squared estimate of K to have a mean
FEWEST_TECHNOLOGIES = 10  # whose errors theta may be matched to
THETAS = np.round(np.linspace(0, 0.99, 34), 2)
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "technology": pl.String,
    "origin_year": pl.Int64,
    "target_year": pl.Int64,
    "horizon": pl.Int64,
    "changes_count": pl.Int64,
    "p_value": pl.Float64,
    "error": pl.Float64,
    "volatility": pl.Float64,
    "no_change_error": pl.Float64,
    "no_change_scale": pl.Float64,
    "trend_error": pl.Float64,
    "trend_scale": pl.Float64,
    "gaps": pl.List(pl.Int64),
}


def hindcast_errors(
    series: Mapping[str, tuple[Any, Any]], *, window: int | None = WINDOW, horizons: int = HORIZONS
) -> pl.DataFrame:
    """The error of every forecast, from each year with enough past to each later one in reach.

    series   : technology -> (years, costs), as in ``moore``; years may have gaps
    window   : changes fitted, 4 or more; None fits all of the past (from 5 changes on)
    horizons : most years ahead
    Returns data frame sorted by technology, origin_year, horizon:
        changes_count : fitted; p_value : one-sided, that the drift is negative, from all years to
            the origin
        error         : log cost less the walk's forecast; volatility : the estimate of K
        no_change_error, no_change_scale : of a walk without drift, Student's t with as many df as
            changes
        trend_error, trend_scale         : of a straight line through the window's log costs, df =
            changes - 1
        gaps          : years between the points of the window
    Raises  InputError as ``moore``, naming the technology, or for a window below 4.
    Source: Farmer and Lafond (2016), Research Policy 45(3), 647-665, section 4.1.

    >>> errors = hindcast_errors({"a": (range(2000, 2008), [9.0, 8, 7, 6.5, 5, 4.6, 4, 3])})
    >>> errors.select("origin_year", "horizon").rows()
    [(2005, 1), (2005, 2), (2006, 1)]
    """
    if window is not None:
        check_bounds("window", window, FEWEST_CHANGES)
    check_bounds("horizons", horizons, 1)
    rows: list[tuple[Any, ...]] = []
    for name in sorted(series):
        try:
            t, y = checked_series(*series[name])
        except InputError as error:
            error.met_in(Name(name))
            raise
        for origin in range(WINDOW if window is None else window, t.size - 1):
            rows += [(name, *row) for row in _from_origin(t, y, origin, window or origin, horizons)]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort(
        "technology", "origin_year", "horizon"
    )


def match_theta(errors: pl.DataFrame) -> float:
    """The theta whose expected squared errors match those made: the mean ratio over horizons is 1.

    Z(theta) = mean over tau of [mean of (error / K)^2] / Xi(tau, theta); the expectation Xi is
    computed, not simulated.

    errors : from ``hindcast_errors`` with a fixed window; rows whose volatility is 0 are left out,
        for they have no ratio
    Returns theta, 0 to .99 in steps of .01 (0 where errors are smaller than independent noise makes
        them); nan where fewer than ten technologies have errors.
    Source: Farmer and Lafond (2016), Research Policy 45(3), 647-665, appendix D (their theta_m).

    >>> match_theta(hindcast_errors({"a": (range(2000, 2008), [9.0, 8, 7, 6.5, 5, 4.6, 4, 3])}))
    nan
    """
    used = errors.filter(pl.col("volatility") > 0)
    return _matched(used, expected_by_theta(used))


def theta_by_year(errors: pl.DataFrame) -> dict[int, float]:
    """Theta as matched in each origin year, on forecasts whose outcome was known by then.

    errors : as for ``match_theta``
    Returns origin year -> theta; nan where fewer than ten technologies had errors by then.

    >>> theta_by_year(hindcast_errors({"a": (range(2000, 2008), [9.0, 8, 7, 6.5, 5, 4.6, 4, 3])}))
    {2005: nan, 2006: nan}
    """
    used = errors.filter(pl.col("volatility") > 0)
    expected = expected_by_theta(used)
    target = used["target_year"].to_numpy()
    found = {}
    for year in sorted(set(errors["origin_year"].to_list())):
        known = target <= year
        found[int(year)] = _matched(used.filter(pl.Series(known)), expected[known])
    return found


def expected_by_theta(errors: pl.DataFrame) -> Array:
    """(rows, thetas): the expected squared error over K^2, for each theta of the grid ``THETAS``.

    >>> errors = hindcast_errors({"a": (range(2000, 2008), [9.0, 8, 7, 6.5, 5, 4.6, 4, 3])})
    >>> expected_by_theta(errors)[:, 0].round(6).tolist()
    [2.4, 5.6, 2.4]
    """
    table = np.empty((errors.height, THETAS.size))
    keyed = errors.with_row_index("row").group_by("gaps", maintain_order=True).agg("row", "horizon")
    for gaps, rows, taus in keyed.select("gaps", "row", "horizon").iter_rows():
        ahead, where = np.unique(taus, return_inverse=True)
        m, steps = len(gaps), tuple(map(float, gaps))
        for column, theta in enumerate(THETAS):
            scale = scale_factor(tuple(gaps), steps, ahead, ahead, float(theta))
            table[rows, column] = scale[where] * (m - 1) / (m - 3)
    return table


def squared_scale(errors: pl.DataFrame, theta: Mapping[int, float] | float) -> Array:
    """(rows,), the squared scale of the walk's Student's t, of log cost: K^2 times `scale_factor`.

    theta : one for all, or origin year -> theta; nan where that is nan

    >>> errors = hindcast_errors({"a": (range(2000, 2008), [9.0, 8, 7, 6.5, 5, 4.6, 4, 3])})
    >>> (squared_scale(errors, 0.0) / errors["volatility"].to_numpy() ** 2).round(6).tolist()
    [1.2, 2.8, 1.2]
    """
    found = np.full(errors.height, np.nan)
    volatility = errors["volatility"].to_numpy()
    keyed = (
        errors.with_row_index("row")
        .group_by("origin_year", "gaps", maintain_order=True)
        .agg("row", "horizon")
    )
    for year, gaps, rows, taus in keyed.select("origin_year", "gaps", "row", "horizon").iter_rows():
        own = theta[year] if isinstance(theta, Mapping) else theta
        if not np.isnan(own):
            steps = tuple(map(float, gaps))
            found[rows] = (
                scale_factor(tuple(gaps), steps, taus, taus, float(own)) * volatility[rows] ** 2
            )
    return found


def improvement_p_value(slope: float, standard_error: float, df: int) -> float:
    """One-sided p-value that costs fall: the probability of so low a drift where there is none.

    Source: Farmer and Lafond (2016), Research Policy 45(3), 647-665, section 3.2: a technology
        improves where it is below .10.

    >>> round(improvement_p_value(-0.1, 0.05, 10), 4)
    0.0367
    """
    if standard_error == 0:
        return 0.0 if slope < 0 else 1.0
    return float(t_below(slope / standard_error, df))


def _matched(errors: pl.DataFrame, expected: Array) -> float:
    if errors["technology"].n_unique() < FEWEST_TECHNOLOGIES:
        return float("nan")
    squared = (errors["error"].to_numpy() / errors["volatility"].to_numpy()) ** 2
    horizon = errors["horizon"].to_numpy()
    ratios = [
        squared[horizon == tau].mean() / expected[horizon == tau].mean(axis=0)
        for tau in np.unique(horizon)
    ]
    z = np.mean(ratios, axis=0) - 1
    if z[0] <= 0:
        return 0.0
    if z[-1] > 0:
        return float(THETAS[-1])
    first = int(np.argmax(z <= 0))
    step = z[first - 1] / (z[first - 1] - z[first])
    return round(float(THETAS[first - 1] + step * (THETAS[first] - THETAS[first - 1])), 2)


def _from_origin(
    t: NDArray[np.int64], y: Array, origin: int, m: int, horizons: int
) -> list[tuple[Any, ...]]:
    at, level = t[origin - m : origin + 1], y[origin - m : origin + 1]
    gaps, changes = np.diff(at), np.diff(level)
    drift, volatility = _drift(gaps, changes)
    past_drift, past_volatility = _drift(np.diff(t[: origin + 1]), np.diff(y[: origin + 1]))
    error = past_volatility / float(t[origin] - t[0]) ** 0.5
    p_value = improvement_p_value(past_drift, error, origin - 1)
    still = float((changes**2 / gaps).sum() / m)
    line = np.polyfit(at - at[-1], level, 1)
    spread = ((level - np.polyval(line, at - at[-1])) ** 2).sum() / (m - 1)
    centre, length = at.mean(), ((at - at.mean()) ** 2).sum()
    rows = []
    for target in range(origin + 1, t.size):
        tau = int(t[target] - t[origin])
        if tau > horizons:
            break
        wide = spread * (1 + 1 / (m + 1) + (t[target] - centre) ** 2 / length)
        change = float(y[target] - y[origin])
        fit = (change - drift * tau, volatility, change, (still * tau) ** 0.5)
        trend = (float(y[target] - np.polyval(line, tau)), float(wide**0.5))
        rows.append((int(t[origin]), int(t[target]), tau, m, p_value, *fit, *trend, gaps.tolist()))
    return rows


def _drift(gaps: Array | NDArray[np.int64], changes: Array) -> tuple[float, float]:
    drift = float(changes.sum() / gaps.sum())
    squares = float(((changes - drift * gaps) ** 2 / gaps).sum())
    # Costs that fall by the same share each year leave rounding errors, not a volatility.
    exact = squares <= 1e-24 * max(1.0, float((changes**2).sum()))
    return drift, 0.0 if exact else (squares / (changes.size - 1)) ** 0.5
