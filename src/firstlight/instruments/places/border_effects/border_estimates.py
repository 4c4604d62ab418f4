"""The effect of a border on flows, by Poisson gravity, in each year; a regression of its own for
each.

Symbols: X_od flow from o to d, a_o and b_d what makes a place send and receive (fixed effects), h 1
within and 0 across the border, z covariates such as log distance, gamma what the border does to the
logarithm of a flow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.places.poisson_gravity import fitted_gravity, jackknifed_gravity
from firstlight.measurement import Progress, progress_after
from firstlight.numerics.distributions import critical_t

Floats = NDArray[np.float64]
FEWEST_PLACES = 3
LOGS = ("border_log", "border_log_low", "border_log_high")
RATIOS = ("border_ratio", "border_ratio_low", "border_ratio_high")
EFFECTS = {
    **dict.fromkeys((*LOGS, *RATIOS), pl.Float64),
    **dict.fromkeys(("flows_count", "places_count"), pl.Int64),
    "reason": pl.String,
}
NUMBERS = ("coefficient", "coefficient_low", "coefficient_high")
COEFFICIENTS = {"covariate": pl.Int64, **dict.fromkeys(NUMBERS, pl.Float64)}
LEFT_OUT = ("origin", "destination", "year", "reason")


@dataclass(frozen=True)
class BorderEstimates:
    """Effects by year.

    effects      : year, border_log (gamma), border_log_low, border_log_high, border_ratio (flows
                   within over across, all else equal: exp gamma), border_ratio_low,
                   border_ratio_high, flows_count (used), places_count, reason
    coefficients : year, covariate (its number), coefficient, coefficient_low, coefficient_high
    left_out     : origin, destination, year, reason of each row that is not used
    """

    effects: pl.DataFrame
    coefficients: pl.DataFrame
    left_out: pl.DataFrame


def border_estimates(
    rows: pl.DataFrame,
    *,
    interval: Literal["jackknife", "clustered"] = "jackknife",
    level: float = 0.9,
    progress: Progress | None = None,
) -> BorderEstimates:
    """How many times as large flows are within a border as across it, given what each place sends
    and receives in all.

    Parameters
    ----------
    rows
        origin, destination, year, sorted by them; flow, 0 or more; z0, 1 within the border and 0
        across it; z1, z2, ..., covariates. A row with a number missing is not used.
    interval
        "jackknife", each place left out in turn, Student's t; or "clustered", by origin and
        destination, which is faster, and too narrow with few places.
    level
        Probability that the interval holds.
    progress
        Called with the places that were left out, and all that will be.

    Raises
    ------
    InputError
        As `poisson_gravity`.

    References
    ----------
    McCallum 1995, American Economic Review 85(3), 615-623; Wei 1996, NBER working paper 5531;
    `poisson_gravity`.

    Examples
    --------
    >>> ends = {"origin": list("aaabbbccc"), "destination": list("abc") * 3, "year": [2020] * 9}
    >>> flows = {"flow": [8.0, 2, 2, 2, 8, 2, 2, 2, 8], "z0": [1.0, 0, 0, 0, 1, 0, 0, 0, 1]}
    >>> border_estimates(pl.DataFrame({**ends, **flows})).effects["border_ratio"].round(6).to_list()
    [4.0]
    """
    z = [name for name in rows.columns if name.startswith("z")]
    years = [
        (year, *_usable(own, z)) for (year,), own in rows.group_by("year", maintain_order=True)
    ]
    steps, done = sum(len(_places(used)) for _, used, _ in years), 0
    effects, coefficients = [], []
    for year, used, _ in years:
        reason = _why_none(used)
        estimate = np.full((3, len(z)), np.nan)
        if reason is None:
            within = progress_after(progress, done, steps)
            estimate, reason = _estimate(used, z, interval, level, within)
        done += len(_places(used))
        ends = (*estimate[:, 0].tolist(), *np.exp(estimate[:, 0]).tolist())
        effects.append((year, *ends, used.height, len(_places(used)), reason))
        coefficients += [(year, k, *estimate[:, k].tolist()) for k in range(1, len(z))]
    kind = rows.schema["year"]
    return BorderEstimates(
        _table(effects, {"year": kind, **EFFECTS}),
        _table(coefficients, {"year": kind, **COEFFICIENTS}),
        pl.concat(left for _, _, left in years),
    )


def _table(rows: list[Any], schema: dict[str, Any]) -> pl.DataFrame:
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.with_columns(pl.selectors.float().fill_nan(None))


def _places(rows: pl.DataFrame) -> set[str]:
    return {*rows["origin"], *rows["destination"]}


def _usable(rows: pl.DataFrame, z: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that can be used, and those that can't, with the reason."""
    has_gap = pl.any_horizontal(pl.col(name).is_null() for name in ["flow", *z])
    left = [_left(rows.filter(has_gap), "number_missing")]
    used = rows.filter(~has_gap)
    while True:  # without one place, another may have no flow left
        sends, receives = (pl.col("flow").sum().over(end) for end in ("origin", "destination"))
        is_idle = (sends <= 0) | (receives <= 0)
        idle = used.filter(is_idle)
        if not idle.height:
            return used, pl.concat(left)
        left.append(_left(idle, "idle"))
        used = used.filter(~is_idle)


def _left(rows: pl.DataFrame, reason: str) -> pl.DataFrame:
    return rows.with_columns(reason=pl.lit(reason)).select(LEFT_OUT)


def _why_none(used: pl.DataFrame) -> str | None:
    if len(_places(used)) < FEWEST_PLACES:
        return "few_places"
    for side, reason in ((1, "no_flow_within"), (0, "no_flow_across")):
        if not float(used.filter(pl.col("z0") == side)["flow"].sum()) > 0:
            return reason
    return None


def _estimate(
    used: pl.DataFrame, z: list[str], interval: str, level: float, progress: Progress | None
) -> tuple[Floats, str | None]:
    """(3, k): coefficients, low and high; and why there is no estimate or no interval."""
    o, d, x = used["origin"].to_numpy(), used["destination"].to_numpy(), used["flow"].to_numpy()
    regressors = used.select(z).to_numpy()
    try:
        if interval == "clustered":
            found, error = fitted_gravity(o, d, x, regressors, clustered=True)
            places = min(np.unique(o).size, np.unique(d).size)
        else:
            found, error, places = jackknifed_gravity(o, d, x, regressors, progress)
    except InputError as refused:
        if refused.code != "separated":
            raise
        return np.full((3, len(z)), np.nan), refused.code
    reason = None
    if not np.isfinite(error[0]):
        reason = "near_separation" if np.isinf(error[0]) else "no_interval"
    reach = critical_t(level, max(places - 1, 1)) * np.where(np.isfinite(error), error, np.nan)
    return np.array([found, found - reach, found + reach]), reason
