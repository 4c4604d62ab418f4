"""How far apart firms are in productivity, and whether the productive ones are the large ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.productivity.logarithms import refuse_levels
from firstlight.instruments.productivity.production_functions.refusals import refusal
from firstlight.numerics.divisors import positive_or_nan
from firstlight.roles import ColumnRole, Key, Number, Year
from firstlight.schema import read_table
from firstlight.texts import message


def productivity_dispersion(
    frame: Any,
    *,
    productivity: str = "log_productivity",
    size: str = "log_output",
    size_is_log: bool = True,
    unit: str = "unit",
    year: str = "year",
) -> pl.DataFrame:
    """Ratios of percentiles and the Olley-Pakes covariance, by year.

    sum s omega = mean omega + sum (s - mean s)(omega - mean omega), with s the firm's share in the
    year's total size: aggregate productivity is the mean firm's, and what allocation adds.

    Parameters
    ----------
    frame
        A row for each firm and year, such as ``ProductionFunction.firm_years``.
    productivity
        Column of logarithms.
    size
        Column of output or employment.
    size_is_log
        Whether ``size`` is a logarithm.
    unit
        Column of the firms.
    year
        Column of the years.

    Returns
    -------
    A row for each year: year, firms_count, p90_p10_ratio, p75_p25_ratio, standard_deviation,
    mean_log, weighted_mean_log, covariance_log, with weighted_mean_log = mean_log + covariance_log.
    Percentiles are interpolated linearly, every firm counts once; rows without productivity or size
    are left out.

    Raises
    ------
    InputError
        For a negative size, a number too large for the logarithm that it should be, and no row to
        use.

    References
    ----------
    Olley and Pakes (1996), Econometrica 64(6), 1263-1297; Syverson (2004), Journal of Political
    Economy 112(6), 1181-1222 (ratios of percentiles).

    Examples
    --------
    >>> rows = pl.DataFrame({"unit": ["a", "b"], "year": [2001, 2001], "w": [0.0, 1.0], "size": [
    ...     1.0, 3.0]})
    >>> found = productivity_dispersion(rows, productivity="w", size="size", size_is_log=False)
    >>> found.select("mean_log", "weighted_mean_log", "covariance_log").row(0)
    (0.5, 0.75, 0.25)
    """
    weight = Number("any" if size_is_log else "zero")
    roles: dict[str, ColumnRole]
    roles = {"unit": Key(), "year": Year(), "omega": Number(), "size": weight}
    columns = {"unit": unit, "year": year, "omega": productivity, "size": size}
    table = read_table(frame, roles, columns).frame.cast({"year": pl.Int64})
    logs = ["omega", "size"] if size_is_log else ["omega"]
    refuse_levels(table.select(logs).to_numpy(), table, [columns[name] for name in logs])
    used = table.drop_nulls(["omega", "size"])
    if used.height == 0:
        raise refusal(message("no_productivity"))
    return dispersion_by_year(used, size_is_log=size_is_log)


def dispersion_by_year(rows: pl.DataFrame, *, size_is_log: bool = True) -> pl.DataFrame:
    """As ``productivity_dispersion``, of complete rows with the columns year, omega and size."""
    by_year = rows.group_by("year", maintain_order=True)
    return pl.concat([_of_year(key[0], own, size_is_log) for key, own in by_year]).sort("year")


def _of_year(year: object, rows: pl.DataFrame, size_is_log: bool) -> pl.DataFrame:
    omega, size = rows["omega"].to_numpy(), rows["size"].to_numpy()
    weight = np.exp(size - size.max()) if size_is_log else size
    total = weight.sum()
    share = weight / positive_or_nan(total)
    low, quarter, three, high = np.quantile(omega, [0.1, 0.25, 0.75, 0.9])
    mean = omega.mean()
    return pl.DataFrame(
        {
            "year": [year],
            "firms_count": [omega.size],
            "p90_p10_ratio": [float(np.exp(high - low))],
            "p75_p25_ratio": [float(np.exp(three - quarter))],
            "standard_deviation": [float(omega.std(ddof=1)) if omega.size > 1 else None],
            "mean_log": [float(mean)],
            "weighted_mean_log": [float(share @ omega)],
            "covariance_log": [float((share - share.mean()) @ (omega - mean))],
        },
        schema_overrides={"standard_deviation": pl.Float64},
    ).with_columns(pl.col("weighted_mean_log", "covariance_log").fill_nan(None))
