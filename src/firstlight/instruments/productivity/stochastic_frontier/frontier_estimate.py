"""A stochastic frontier of a table of units: parameters, and efficiencies with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.productivity.logarithms import (
    no_logarithm,
    refuse_levels,
    refuse_logs,
)
from firstlight.instruments.productivity.row_names import key_of
from firstlight.instruments.productivity.stochastic_frontier.frontier_design import (
    FunctionalForm,
    functional_form,
)
from firstlight.instruments.productivity.stochastic_frontier.frontier_fit import (
    FrontierFit,
    fit_frontier,
)
from firstlight.instruments.productivity.stochastic_frontier.frontier_problem import FrontierModel
from firstlight.instruments.productivity.stochastic_frontier.refusals import refusal
from firstlight.measurement import Progress
from firstlight.numerics.distributions import z_p_value
from firstlight.numerics.long_frames import nan_to_null
from firstlight.schema import Data
from firstlight.texts import Count, Name, Value, message

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class StochasticFrontier:
    """A stochastic frontier of a table of units.

    table : a row per row given, sorted by unit and year: unit, year where there are years,
            efficiency_share, efficiency_low_share, efficiency_high_share, inefficiency_log, of
            translogs elasticity_* of each input, and where there is no efficiency the reason: the
            state of the fit, or ``one_row``
    parameters : term, kind, estimate, standard_error, low, high, and for all but variances z and
            its two-sided p_value; variances are tested by ``fit.p_value``
    fit   : parameters, tests and convergence
    """

    table: pl.DataFrame
    parameters: pl.DataFrame
    fit: FrontierFit


def frontier_of(
    data: Data,
    output: str,
    which: FrontierModel,
    *,
    log: bool,
    form: str,
    trend: bool,
    level: float,
    progress: Progress | None,
) -> StochasticFrontier:
    """How far units are from the frontier of production or cost, told apart from noise.

    ln y = f(ln x) + v - u for production, ln C = f(ln y, ln w) + v + u for cost, by maximum
    likelihood (``fit_frontier``).

    data   : unit, year, output, and several columns of inputs and determinants
    output : what the user calls the column of output
    log    : whether to take logs; False where columns are logs already (they may then be negative)
    form   : "cobb_douglas" or "translog"; trend : whether to add technical change (needs years)
    level  : probability that an interval holds
    Raises  InputError for options that don't go together; a number that is missing or, under log,
            not positive, or without it too large to be a log; a column that is constant or
            determined by others; too few rows.
    """
    has_years = data.has("year")
    if not has_years and which.model != "pooled":
        raise refusal(message("no_years", model=Name(which.model)))
    if not has_years and trend:
        raise refusal(message("no_years_of_trend"))
    keys = data.frame.select("unit")
    if has_years:
        keys = data.frame.select("unit", pl.col("year").cast(pl.Int64))
    parts = [data.several.get(name, pl.DataFrame()) for name in ("inputs", "determinants")]
    inputs, determinants = (tuple(part.columns) for part in parts)
    names = [output, *inputs, *determinants]
    values = np.column_stack(
        [data.frame["output"].to_numpy(), *(part.to_numpy() for part in parts if part.width)]
    ).astype(np.float64)
    logged = 1 + len(inputs)
    _refuse_missing(values, keys, names)
    if log:
        _refuse_not_positive(values[:, :logged], keys, names)
        refuse_logs(names[:logged])
    else:
        refuse_levels(values, keys, names[:logged])
    units = keys["unit"].to_numpy().astype(np.str_)
    years = keys["year"].to_numpy() if has_years else np.zeros(len(units), np.int64)
    logs = np.log(values[:, :logged]) if log else values[:, :logged]
    shape = functional_form(logs[:, 1:], list(inputs), form=form, years=years if trend else None)
    fit = fit_frontier(
        logs[:, 0],
        shape.values,
        shape.names,
        which,
        unit=units,
        time=years,
        determinants=values[:, logged:] if determinants else None,
        determinant_names=determinants,
        level=level,
        progress=progress,
    )
    table = _table(fit, keys, shape, inputs if form == "translog" else ())
    return StochasticFrontier(table=table, parameters=_parameters(fit), fit=fit)


def _refuse_missing(values: Floats, keys: pl.DataFrame, names: Sequence[str]) -> None:
    missing = np.argwhere(~np.isfinite(values))
    if missing.size:
        row, column = (int(place) for place in missing[0])
        count = len(np.unique(missing[:, 0]))
        where: dict[str, Value[Any]]
        where = {"key": key_of(keys, row), "column": Name(names[column])}
        raise refusal(message("no_number", count=Count(count), **where))


def _refuse_not_positive(values: Floats, keys: pl.DataFrame, names: Sequence[str]) -> None:
    low = np.argwhere(values <= 0)
    if low.size:
        row, column = (int(place) for place in low[0])
        raise no_logarithm(values[row, column], keys, row, names[column])


def _table(
    fit: FrontierFit, keys: pl.DataFrame, shape: FunctionalForm, inputs: Sequence[str]
) -> pl.DataFrame:
    reason = np.full(keys.height, None, dtype=object)
    reason[~fit.is_identified] = "one_row"
    if fit.state != "converged":
        reason[:] = fit.state
    kinds = zip(fit.kinds, fit.terms, strict=True)
    is_slope = [kind == "frontier" and term != "constant" for kind, term in kinds]
    slopes = fit.estimate[is_slope]
    elasticities = {
        f"elasticity_{name}": shape.by_input[place] @ slopes for place, name in enumerate(inputs)
    }
    scores = {
        "efficiency_share": fit.efficiency,
        "efficiency_low_share": fit.efficiency_low,
        "efficiency_high_share": fit.efficiency_high,
        "inefficiency_log": fit.inefficiency,
    }
    numbers = nan_to_null(pl.DataFrame({**scores, **elasticities}))
    return keys.hstack(numbers).with_columns(reason=pl.Series(reason.tolist(), dtype=pl.String))


def _parameters(fit: FrontierFit) -> pl.DataFrame:
    z = fit.estimate / fit.standard_error
    tested = np.array([kind != "variance" for kind in fit.kinds])
    table = pl.DataFrame(
        {
            "term": fit.terms,
            "kind": fit.kinds,
            "estimate": fit.estimate,
            "standard_error": fit.standard_error,
            "low": fit.low,
            "high": fit.high,
            "z": np.where(tested, z, np.nan),
            "p_value": np.where(tested, z_p_value(z), np.nan),
        }
    )
    return nan_to_null(table)
