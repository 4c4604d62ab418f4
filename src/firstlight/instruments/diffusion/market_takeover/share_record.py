"""Forecasts of shares made again from earlier years, beside no change and a straight line."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.diffusion.market_takeover.fisher_pry import (
    fisher_pry,
    probability_below,
)
from firstlight.numerics.resampling import drawn_weights, sums_by_unit

FEWEST_AT_ORIGIN, LINE_POINTS = 5, 5
METHODS = ("fisher_pry", "curve", "no_change", "line")
UNDER_WAY = (0.01, 0.99)  # last share known, for a forecast to be scored
FEWEST_RESAMPLED, REPEATS, SEED = 5, 1000, 19710101
RECORD: dict[str, Any] = {
    "method": pl.String,
    "horizon": pl.Int64,
    "forecasts_count": pl.Int64,
    "markets_count": pl.Int64,
    **dict.fromkeys(("coverage_80", "coverage_80_low", "coverage_80_high"), pl.Float64),
    **dict.fromkeys(("bias_share", "rmse_share"), pl.Float64),
    **dict.fromkeys(("rmse_ratio", "rmse_ratio_low", "rmse_ratio_high"), pl.Float64),
}


def share_errors(years: Any, share: Any, total: Any = None, *, horizon: int = 10) -> pl.DataFrame:
    """Errors of all forecasts of a market's share that could have been made, beside two baselines.

    A forecast from a year reads shares up to that year only: five or more, the last between 1% and
    99%.

    years, share, total : (n,), as in ``fisher_pry``, years ascending; horizon : most years ahead
    Returns data frame origin_year, horizon; fisher_pry, curve (without the last residual),
        no_change, line (through the last five points): outcome less forecast, share; place : of the
        outcome in Fisher-Pry's forecast distribution, 0 to 1.
    Raises  InputError as ``fisher_pry``.

    >>> errors = share_errors(range(6), [0.1, 0.18, 0.3, 0.45, 0.62, 0.75])
    >>> errors.select("origin_year", "horizon").rows()
    [(4, 1)]
    """
    t, f = np.asarray(years), np.asarray(share, dtype=float)
    n = None if total is None else np.asarray(total, dtype=float)
    rows = []
    for origin in range(FEWEST_AT_ORIGIN - 1, t.size - 1):
        known = slice(0, origin + 1)
        later = np.flatnonzero((t > t[origin]) & (t <= t[origin] + horizon))
        if not later.size or not UNDER_WAY[0] <= f[origin] <= UNDER_WAY[1] or np.ptp(f[known]) == 0:
            continue
        counted = None if n is None else float(n[origin])
        fit = fisher_pry(t[known], f[known], None if n is None else n[known])
        place = probability_below(fit, t[later], f[later], counted)
        curve = fit.share(t[later])
        kept = fit.autocorrelation ** ((t[later] - t[origin]) / fit.step_years)
        ours = np.clip(curve + kept * fit.last_residual * np.sqrt(curve * (1 - curve)), 0, 1)
        recent = slice(origin + 1 - LINE_POINTS, origin + 1)
        line = np.clip(
            np.polyval(np.polyfit(t[recent] - t[origin], f[recent], 1), t[later] - t[origin]), 0, 1
        )
        for i, at in enumerate(later):
            errors = (float(f[at] - each) for each in (ours[i], curve[i], f[origin], line[i]))
            rows.append((int(t[origin]), int(t[at] - t[origin]), *errors, float(place[i])))
    schema = dict.fromkeys(("origin_year", "horizon"), pl.Int64()) | dict.fromkeys(
        (*METHODS, "place"), pl.Float64()
    )
    return pl.DataFrame(rows, schema=schema, orient="row")


def record_of(errors: pl.DataFrame) -> pl.DataFrame:
    """How forecasts did, by method and years ahead.

    errors : market, and the columns of `share_errors`
    Returns data frame method (fisher_pry, curve, no_change, line), horizon (null for all),
        forecasts_count, markets_count, coverage_80 (of fisher_pry alone), bias_share, rmse_share,
        and rmse_ratio to no change; intervals hold 90% and resample whole markets.
    """
    rows = []
    for tau in (None, *sorted(set(errors["horizon"].to_list()))):
        own = errors
        if tau is not None:
            own = errors.filter(pl.col("horizon") == tau)
        if own.height:
            rows += [_measured(own, method, tau) for method in METHODS]
    return pl.DataFrame(rows, schema=RECORD)


def _measured(own: pl.DataFrame, method: str, tau: int | None) -> dict[str, Any]:
    inside = ((own["place"] >= 0.1) & (own["place"] <= 0.9)).to_numpy().astype(float)
    error, still = own[method].to_numpy(), own["no_change"].to_numpy()
    rows = np.column_stack([np.ones(error.size), inside, error**2, still**2])
    totals = sums_by_unit(own["market"].to_numpy(), rows)
    # of a share that stood still the naive forecast has no error, and nothing is a ratio to that
    rmse, ratio = float((error**2).mean() ** 0.5), None
    if still.any():
        ratio = float(((error**2).sum() / (still**2).sum()) ** 0.5)
    row: dict[str, Any] = {
        "method": method,
        "horizon": tau,
        "forecasts_count": error.size,
        "markets_count": len(totals),
    }
    row |= {"bias_share": float(error.mean()), "rmse_share": rmse, "rmse_ratio": ratio}
    if method == "fisher_pry":
        row["coverage_80"] = float(inside.mean())
    if len(totals) >= FEWEST_RESAMPLED:
        drawn = drawn_weights(len(totals), REPEATS, np.random.default_rng(SEED)) @ totals
        if (drawn[:, 3] > 0).all():
            ratios = np.sqrt(drawn[:, 2] / drawn[:, 3])
            row["rmse_ratio_low"], row["rmse_ratio_high"] = np.percentile(ratios, (5, 95)).tolist()
        if method == "fisher_pry":
            ends = np.percentile(drawn[:, 1] / drawn[:, 0], (5, 95))
            row["coverage_80_low"], row["coverage_80_high"] = (float(v) for v in ends)
    return row
