"""Calibration of cost forecasts: whether bands hold as often as they say, beside baselines."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_choice, needs
from firstlight.instruments.diffusion.cost_learning.laws import Array
from firstlight.numerics.distributions import t_below, t_quantile
from firstlight.numerics.resampling import drawn_weights, sums_by_unit

LEVELS = (80, 90, 95)  # per cent, of the bands
# technologies; fewer say nothing of how results differ from one to the next: no interval
FEWEST_RESAMPLED = 5
Mask = NDArray[np.bool_]
METHODS = ("drift", "no_change", "trend")
REPEATS, SEED = 1000, 20160101
_INTERVAL = (5.0, 95.0)  # percentiles of the bootstrap
_COUNTS = ("horizon", "forecasts_count", "technologies_count", "unscored_count")
_COVERAGE = (
    *("coverage_80", "coverage_80_low", "coverage_80_high", "coverage_80_by_technology"),
    *("coverage_90", "coverage_90_low", "coverage_90_high", "coverage_90_by_technology"),
    *("coverage_95", "coverage_95_low", "coverage_95_high", "coverage_95_by_technology"),
)
_MEASURES = (*_COVERAGE, "bias_log", "rmse_log", "rmse_ratio", "rmse_ratio_low", "rmse_ratio_high")


def calibration(
    errors: pl.DataFrame,
    method: str = "drift",
    squared_scale: Array | None = None,
    *,
    repeats: int = REPEATS,
    seed: int = SEED,
) -> pl.DataFrame:
    """Coverage of the 80, 90 and 95% bands and size of errors, by horizon and pooled (null).

    errors        : from ``hindcast_errors``
    method        : ``drift``, the random walk with drift, or a baseline: ``no_change`` (without
        drift) or ``trend`` (a line)
    squared_scale : (rows,), for ``drift``: from ``cost_record.squared_scale``. Rows where it is nan
        or 0 aren't scored
    Returns data frame with a row per horizon after the pooled one:
        forecasts_count, technologies_count, unscored_count
        coverage_80, _low, _high (and 90, 95) : share of outcomes within the band; interval of 90%
            by resampling technologies, null for fewer than five
        coverage_80_by_technology : the same with every technology weighing alike
        bias_log, rmse_log : mean and root mean square of log cost less its forecast
        rmse_ratio, _low, _high : rmse over that of ``no_change`` on the same forecasts
    Raises  InputError for an unknown method, or ``drift`` without its scale.
    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, ch. 8 (resampling of
        whole units).

    >>> from firstlight.instruments.diffusion.cost_learning.cost_record import hindcast_errors
    >>> errors = hindcast_errors({"a": (range(2000, 2008), [9.0, 8, 7, 6.5, 5, 4.6, 4, 3])})
    >>> calibration(errors, "no_change").select("horizon", "forecasts_count", "rmse_ratio").rows()
    [(None, 3, 1.0), (1, 2, 1.0), (2, 1, 1.0)]
    """
    error, scale, df = _forecast(errors, method, squared_scale)
    scored: Mask = np.isfinite(scale) & (scale > 0)
    name = errors["technology"].to_numpy()[scored]
    horizon = errors["horizon"].to_numpy()
    z: Array = np.abs(error[scored] / scale[scored])
    inside = [z <= t_quantile(0.5 + level / 200, df[scored]) for level in LEVELS]
    still = errors["no_change_error"].to_numpy()[scored]
    sums = np.column_stack(
        [np.ones(z.size), *inside, error[scored], error[scored] ** 2, still**2]
    ).astype(float)
    rows = []
    for tau in (None, *np.unique(horizon).tolist()):
        is_here = np.ones(horizon.size, bool)
        if tau is not None:
            is_here = horizon == tau
        within, unscored = is_here[scored], int((is_here & ~scored).sum())
        rows.append(
            {
                "horizon": tau,
                "unscored_count": unscored,
                **_summed(name[within], sums[within], repeats, seed),
            }
        )
    schema = dict.fromkeys(_COUNTS, pl.Int64()) | dict.fromkeys(_MEASURES, pl.Float64())
    return pl.DataFrame(rows, schema=schema)


def probability_integral(
    errors: pl.DataFrame,
    method: str = "drift",
    squared_scale: Array | None = None,
    *,
    bins: int = 10,
) -> pl.DataFrame:
    """Where outcomes fell in their forecast distributions: evenly where Student's t is right.

    errors, method, squared_scale : as for ``calibration``
    Returns data frame bin_low, bin_high, outcomes_share, expected_share, low, high (90%, resampling
        technologies); the lowest bin holds outcomes cheaper than nearly all that was forecast.
    Source: Dawid (1984), Journal of the Royal Statistical Society A 147(2), 278-292.

    >>> from firstlight.instruments.diffusion.cost_learning.cost_record import hindcast_errors
    >>> errors = hindcast_errors({"a": (range(2000, 2008), [9.0, 8, 7, 6.5, 5, 4.6, 4, 3])})
    >>> probability_integral(errors, "trend", bins=2)["outcomes_share"].sum()
    1.0
    """
    error, scale, df = _forecast(errors, method, squared_scale)
    scored: Mask = np.isfinite(scale) & (scale > 0)
    place: Array = np.asarray(t_below(error[scored] / scale[scored], df[scored]), dtype=float)
    inside = np.minimum((place * bins).astype(int), bins - 1)[:, None] == np.arange(bins)
    per_technology = sums_by_unit(errors["technology"].to_numpy()[scored], inside.astype(float))
    shares = _resampled(per_technology, REPEATS, SEED)
    shares = shares / shares.sum(axis=1, keepdims=True)
    low, high = np.full((2, bins), np.nan)
    if per_technology.shape[0] >= FEWEST_RESAMPLED:
        low, high = np.percentile(shares, _INTERVAL, axis=0)
    edges = np.linspace(0, 1, bins + 1)
    return pl.DataFrame(
        {
            "bin_low": edges[:-1],
            "bin_high": edges[1:],
            "outcomes_share": inside.mean(axis=0) if inside.size else np.full(bins, np.nan),
            "expected_share": np.full(bins, 1 / bins),
            "low": low,
            "high": high,
        }
    ).fill_nan(None)


def _forecast(
    errors: pl.DataFrame, method: str, squared_scale: Array | None
) -> tuple[Array, Array, Array]:
    check_choice("method", method, METHODS)
    changes = errors["changes_count"].cast(pl.Float64).to_numpy()
    if method == "no_change":
        return errors["no_change_error"].to_numpy(), errors["no_change_scale"].to_numpy(), changes
    if method == "trend":
        return errors["trend_error"].to_numpy(), errors["trend_scale"].to_numpy(), changes - 1
    if squared_scale is None:
        raise InputError(needs("drift", "squared_scale"))
    return errors["error"].to_numpy(), np.sqrt(squared_scale), changes - 1


def _summed(name: Any, sums: Array, repeats: int, seed: int) -> dict[str, Any]:
    totals = sums_by_unit(name, sums)
    found: dict[str, Any] = {
        "forecasts_count": sums.shape[0],
        "technologies_count": totals.shape[0],
    }
    if not totals.size:
        return found
    drawn = np.zeros((0, totals.shape[1]))  # of few technologies there is no interval
    if totals.shape[0] >= FEWEST_RESAMPLED:
        drawn = _resampled(totals, repeats, seed)
    for place, level in enumerate(LEVELS, start=1):
        found[f"coverage_{level}"] = float(sums[:, place].mean())
        found |= _interval(f"coverage_{level}", drawn[:, place] / drawn[:, 0])
        found[f"coverage_{level}_by_technology"] = float((totals[:, place] / totals[:, 0]).mean())
    bias, squares, still = (float(value) for value in sums[:, -3:].mean(axis=0))
    found |= {"bias_log": bias, "rmse_log": squares**0.5}
    if still > 0:
        found["rmse_ratio"] = (squares / still) ** 0.5
        # a draw that holds only technologies whose costs never changed has no ratio
        if (drawn[:, -1] == 0).any():
            drawn = drawn[:0]
        found |= _interval("rmse_ratio", np.sqrt(drawn[:, -2] / drawn[:, -1]))
    return found


def _interval(name: str, drawn: Array) -> dict[str, Any]:
    if not drawn.size:
        return {f"{name}_low": None, f"{name}_high": None}
    low, high = np.percentile(drawn, _INTERVAL)
    return {f"{name}_low": float(low), f"{name}_high": float(high)}


def _resampled(totals: Array, repeats: int, seed: int) -> Array:
    """(repeats, columns): sums over technologies drawn with replacement, in any order of rows."""
    count = totals.shape[0]
    if not count:
        return np.zeros((0, totals.shape[1]))
    drawn = drawn_weights(count, repeats, np.random.default_rng(seed))
    return np.asarray(drawn @ totals, dtype=float)
