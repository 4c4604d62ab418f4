"""An estimated production function: elasticities with errors, productivity by firm and year."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.productivity.production_functions.conditional_demand import (
    ConditionalDemand,
)
from firstlight.instruments.productivity.production_functions.control_functions import (
    ControlFunction,
)
from firstlight.instruments.productivity.production_functions.firm_bootstrap import (
    Replications,
    replicate,
)
from firstlight.instruments.productivity.production_functions.firm_panel import FirmPanel
from firstlight.instruments.productivity.production_functions.law_of_motion import Search
from firstlight.instruments.productivity.production_functions.production_fit import Fit, term_names
from firstlight.instruments.productivity.production_functions.proxy_polynomials import (
    orthonormal,
    powers,
    standardised,
)
from firstlight.instruments.productivity.production_functions.refusals import cause, refusal
from firstlight.instruments.productivity.production_functions.stacked_moments import (
    SystemFit,
    one_step,
    system,
    two_step,
)
from firstlight.measurement import Progress
from firstlight.numerics.distributions import critical_z
from firstlight.numerics.resampling import percentile_interval
from firstlight.texts import message

Floats = NDArray[np.float64]

# 95% of chi-squared with one degree of freedom: by less two minima can't be told apart
INDISTINCT: Final = 3.84
SIGNIFICANT: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class ProductionFunction:
    """An estimated production function of firms.

    method   : ``op``, ``lp``, ``acf`` or ``wooldridge``
    table    : kind, name, estimate, standard_error, low, high; kinds of rows: ``elasticity`` (of
               output to each input; a mean over firm-years where it varies), ``returns_to_scale``,
               ``coefficient`` (of a translog's terms), ``control``
    inputs   : (p,) names; elasticity, standard_error, low, high : (p,), dimensionless; nan without
            replications
    returns_to_scale, returns_error, returns_low, returns_high : the sum of the elasticities (of a
               state such as age too), its error and interval
    firm_years : a row per row that came: unit, year, log_output, log_tfp (output less inputs),
               log_productivity (less noise too), log_noise, elasticity_* by input, and where a row
               is not used reason and column
    solutions  : every solution of the second stage that was found, the chosen one first:
               coefficients, criterion, persistence_share (of productivity, explained by last
               year's), variance_share (productivity's over output's, without noise), is_met
               (moments, or the least squares)
    cautions   : what to beware of: ``moments_not_met``, ``inputs_explain_nothing``,
               ``several_solutions``, ``several_minima``, ``moments_rejected``
    replicates : (R, p), elasticities of the bootstrap's draws; empty without
    draws    : the bootstrap; None without. unmet : draws for which no coefficients were found that
            meet the moments
    j, j_df, j_p : Hansen's test, nan where there is none
    """

    method: str
    panel: FirmPanel = field(repr=False)
    table: pl.DataFrame
    inputs: tuple[str, ...]
    elasticity: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    returns_to_scale: float
    returns_error: float
    returns_low: float
    returns_high: float
    firm_years: pl.DataFrame
    solutions: pl.DataFrame
    cautions: tuple[str, ...]
    replicates: Floats
    draws: Replications | None = None
    unmet: int = 0
    j: float = float("nan")
    j_df: int = 0
    j_p: float = float("nan")

    @property
    def left_out(self) -> pl.DataFrame:
        """What is not used, or only in the first stage, and why: reason, column, rows_count."""
        return self.panel.left_out

    @property
    def is_cut_short(self) -> bool:
        """Whether an interrupt left draws out."""
        return self.draws is not None and self.draws.is_cut_short


def bootstrapped(
    method: str,
    prepared: ControlFunction | ConditionalDemand,
    replications: int,
    seed: int,
    level: float,
    progress: Progress | None,
    start: Floats | None = None,
) -> ProductionFunction:
    """Estimate once, then on draws of whole firms.

    Raises  InputError where the firms, or draws of them, don't identify the function.
    """
    panel, inputs = prepared.panel, prepared.input_names
    try:
        fit = prepared.fit(start=start)
    except np.linalg.LinAlgError as error:
        raise refusal(message("unidentified", cause=cause(error))) from error
    drawn, unmet = None, 0
    values = np.empty((0, fit.reported.size))
    errors = low = high = np.full(fit.reported.size, np.nan)
    if replications:

        def estimate(weight: Floats) -> Floats:
            again = prepared.fit(weight, fit.coefficients)
            return np.append(again.reported, again.is_met)

        numbers = _numbers(prepared, fit.coefficients)
        drawn = replicate(estimate, panel.firm, replications, seed, progress, numbers)
        values = drawn.values[:, :-1]
        unmet = int((drawn.values[:, -1] == 0).sum())
        errors = values.std(axis=0, ddof=1)
        low, high = percentile_interval(values, level, axis=0)
    is_translog = isinstance(prepared, ConditionalDemand) and prepared.translog is not None
    terms = term_names(inputs) if is_translog else ()
    names = [*(("elasticity", name) for name in inputs), ("returns_to_scale", "sum")]
    names += [("coefficient", name) for name in terms]
    table = _table(names, fit.reported, errors, low, high)
    is_exact = isinstance(prepared, ConditionalDemand) or prepared.is_gross
    return ProductionFunction(
        method=method,
        panel=panel,
        table=pl.concat([table, _controls(panel, fit.control)]),
        inputs=inputs,
        **_arrays(len(inputs), fit.reported, errors, low, high),
        firm_years=firm_years(panel, inputs, fit.elasticities, fit.explained, fit.fitted),
        solutions=_solutions(terms or inputs[-fit.search.beta.size :], fit.search),
        cautions=_cautions(fit, is_exact),
        replicates=values[:, : len(inputs)],
        draws=drawn,
        unmet=unmet,
    )


def rivals(solutions: pl.DataFrame) -> int:
    """How many solutions meet the moments and have productivity vary no more than output."""
    return solutions.filter(pl.col("is_met"), pl.col("variance_share") <= 1).height


def _cautions(fit: Fit, is_exact: bool) -> tuple[str, ...]:
    """What to beware of in the second stage: moments that no coefficients meet, or that several
    meet.

    is_exact : whether moments are as many as coefficients, so that all can be met
    """
    search = fit.search
    holds = {
        "moments_not_met": is_exact and not search.is_met[0],
        "inputs_explain_nothing": search.variance[0] > 1,
        "several_solutions": (search.is_met & (search.variance <= 1)).sum() > 1,
    }
    return tuple(code for code, is_so in holds.items() if is_so)


def _numbers(prepared: ControlFunction | ConditionalDemand, start: Floats) -> list[Any]:
    """Every number that an estimate of a draw hangs on."""
    own = dict(vars(prepared))
    panel, parts = (
        own.pop("panel"),
        [own.pop(name, None) for name in ("stage", "leaving", "translog")],
    )
    arrays = [x for part in parts if part is not None for x in vars(part).values()]
    read = (panel.output, panel.free, panel.state, panel.proxy, panel.controls, panel.previous)
    return [
        type(prepared).__name__,
        *map(str, own.items()),
        *(part is None for part in parts),
        *arrays,
        *read,
        start,
    ]


def of_system(
    panel: FirmPanel,
    *,
    degree: int,
    equations: str,
    proxy_function: str,
    weights: str,
    omega_degree: int,
    level: float,
) -> ProductionFunction:
    """Wooldridge's system, estimated; arguments as in ``estimators.wooldridge``."""
    equation = system(
        panel,
        degree=degree,
        equations=equations,
        proxy_function=proxy_function,
        omega_degree=omega_degree,
    )
    found = one_step(equation) if weights == "one_step" else two_step(equation)
    inputs = (*panel.names[0], *panel.names[1])
    p = len(inputs)
    reported, errors = _with_sum(found, p)
    reach = critical_z(level) * errors
    names = [*(("elasticity", name) for name in inputs), ("returns_to_scale", "sum")]
    table = _table(names, reported, errors, reported - reach, reported + reach)
    control = found.theta[p : equation.sought]
    both = np.column_stack([panel.free, panel.state])
    explained = both @ reported[:p]
    # What the system leaves of output is split into productivity and noise by the same polynomial.
    basis = orthonormal(powers(standardised(np.column_stack([panel.state, panel.proxy])), degree))
    known = panel.free @ reported[: panel.free.shape[1]] + panel.controls @ control
    fitted = known + basis @ (basis.T @ (panel.output - known))
    elasticities = np.broadcast_to(reported[:p], both.shape)
    solved = {name: found.solutions[:, place] for place, name in enumerate(inputs)}
    return ProductionFunction(
        method="wooldridge",
        panel=panel,
        table=pl.concat([table, _controls(panel, control)]),
        inputs=inputs,
        **_arrays(p, reported, errors, reported - reach, reported + reach),
        firm_years=firm_years(panel, inputs, elasticities, explained, fitted),
        solutions=pl.DataFrame({**solved, "criterion": found.criteria}),
        cautions=_cautions_of_system(found),
        replicates=np.empty((0, p)),
        j=found.j,
        j_df=found.j_df,
        j_p=found.j_p,
    )


def _cautions_of_system(found: SystemFit) -> tuple[str, ...]:
    holds = {
        "moments_rejected": np.isfinite(found.j) and found.j_p < SIGNIFICANT,
        "several_minima": (found.criteria[1:] < found.criteria[0] + INDISTINCT).any(),
    }
    return tuple(code for code, is_so in holds.items() if is_so)


def firm_years(
    panel: FirmPanel,
    inputs: tuple[str, ...],
    elasticities: Floats,
    explained: Floats,
    fitted: Floats,
) -> pl.DataFrame:
    """Productivity by firm and year, a row per row that came; see ``ProductionFunction``."""
    columns = {
        "log_output": panel.output,
        "log_tfp": panel.output - explained,
        "log_productivity": fitted - explained,
        "log_noise": panel.output - fitted,
        **{f"elasticity_{name}": elasticities[:, place] for place, name in enumerate(inputs)},
    }
    whole = {}
    for name, values in columns.items():
        spread = np.full(panel.rows.height, np.nan)
        spread[panel.used] = values
        whole[name] = pl.Series(name, spread).fill_nan(None)
    keys, reasons = panel.rows.select("unit", "year"), panel.rows.select("reason", "column")
    return keys.with_columns(**whole).hstack(reasons)


def _with_sum(found: SystemFit, p: int) -> tuple[Floats, Floats]:
    total = np.vstack([np.eye(p), np.ones(p)])
    covariance = total @ found.covariance[:p, :p] @ total.T
    return total @ found.theta[:p], np.sqrt(np.diag(covariance))


def _arrays(p: int, values: Floats, errors: Floats, low: Floats, high: Floats) -> dict[str, Any]:
    return {
        "elasticity": values[:p],
        "standard_error": errors[:p],
        "low": low[:p],
        "high": high[:p],
        "returns_to_scale": float(values[p]),
        "returns_error": float(errors[p]),
        "returns_low": float(low[p]),
        "returns_high": float(high[p]),
    }


def _table(
    names: list[tuple[str, str]], values: Floats, errors: Floats, low: Floats, high: Floats
) -> pl.DataFrame:
    n = len(names)
    return pl.DataFrame(
        {
            "kind": [kind for kind, _ in names],
            "name": [name for _, name in names],
            "estimate": values[:n],
            "standard_error": errors[:n],
            "low": low[:n],
            "high": high[:n],
        }
    ).with_columns(pl.col("standard_error", "low", "high").fill_nan(None))


def _controls(panel: FirmPanel, control: Floats) -> pl.DataFrame:
    names, unknown = panel.names[3], np.full(control.size, np.nan)
    return _table([("control", name) for name in names], control, unknown, unknown, unknown)


def _solutions(names: tuple[str, ...], search: Search) -> pl.DataFrame:
    columns = {name: search.solutions[:, place] for place, name in enumerate(names)}
    return pl.DataFrame(
        {
            **columns,
            "criterion": search.criteria,
            "persistence_share": search.persistence,
            "variance_share": search.variance,
            "is_met": search.is_met,
        }
    )
