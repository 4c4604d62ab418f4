"""The result of a production function: elasticities with errors, productivity by firm and year, what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from firstlight.errors import InputError
from firstlight.instruments.productivity.firms.conditional_demand import ConditionalDemand
from firstlight.instruments.productivity.firms.control_functions import ControlFunction
from firstlight.instruments.productivity.firms.firm_bootstrap import replicate
from firstlight.instruments.productivity.firms.firm_panel import FirmPanel
from firstlight.instruments.productivity.firms.law_of_motion import Search
from firstlight.instruments.productivity.firms.production_fit import term_names
from firstlight.instruments.productivity.firms.production_sentences import (
    BOTH_STAGES,
    EVERY,
    METHODS,
    NO_ERRORS,
    SEVERAL_MINIMA,
    WORTHLESS,
    bootstrap_words,
    caution_sentences,
    found_sentences,
)
from firstlight.instruments.productivity.firms.proxy_polynomials import (
    orthonormal,
    powers,
    standardised,
)
from firstlight.instruments.productivity.firms.stacked_moments import (
    SystemFit,
    one_step,
    system,
    two_step,
)
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import as_given
from firstlight.numerics.progress import Progress

Floats = NDArray[np.float64]
INDISTINCT = (
    3.84  # 95% of chi-squared with one degree of freedom: by less two minima can't be told apart
)


@dataclass(frozen=True, kw_only=True)
class ProductionFunction(Finding):
    """An estimated production function of firms; ``table`` has kind, name, estimate, standard_error, low, high.

    kinds of rows  : ``elasticity`` (of output to each input; a mean over firm-years where it varies), ``returns_to_scale``,
                     ``coefficient`` (of a translog's terms), ``control``
    inputs         : (p,) names; elasticity, standard_error, low, high : (p,), dimensionless; nan without replications
    returns_to_scale, returns_error, returns_low, returns_high : the sum of the elasticities (of a state such as age too), its error
                     and interval
    firm_years     : a row per row that came: unit, year, log_output, log_tfp (output less inputs), log_productivity (less noise
                     too), log_noise, elasticity_* by input, reason_en, reason_zh where a row is not used
    left_out       : reason_code, rows_count, reason_en, reason_zh
    solutions      : every solution of the second stage that was found, the chosen one first: coefficients, criterion,
                     persistence_share (of productivity, explained by last year's), variance_share (productivity's over
                     output's, without noise), is_met (moments, or the least squares)
    replicates     : (R, p), elasticities of the bootstrap's draws; empty without; is_cut_short : whether an interrupt left draws out
    j, j_df, j_p   : Hansen's test, nan where there is none
    """

    method: str
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
    left_out: pl.DataFrame
    solutions: pl.DataFrame
    replicates: Floats
    is_cut_short: bool = False
    j: float = float("nan")
    j_df: int = 0
    j_p: float = float("nan")

    @property
    def productivity(self) -> Any:
        """``firm_years`` in the kind of frame that was handed in."""
        return as_given(self.firm_years, self.given)

    def _chart(self, alt: Any) -> Any:
        rows = self.table.filter(
            pl.col("kind").is_in(["elasticity", "returns_to_scale"])
        ).with_columns(
            pl.when(pl.col("kind") == "elasticity")
            .then("name")
            .otherwise(pl.lit("returns to scale"))
            .alias("input")
        )
        base = alt.Chart(alt.Data(values=rows.to_dicts()), title=METHODS[self.method][0])
        y = alt.Y("input:N", sort=None, title=None)
        title = "elasticity of output"
        bars = base.mark_rule().encode(x=alt.X("low:Q", title=title), x2="high:Q", y=y)
        return bars + base.mark_point(filled=True, size=60).encode(
            x=alt.X("estimate:Q", title=title), y=y
        )


def bootstrapped(
    method: str,
    prepared: ControlFunction | ConditionalDemand,
    conventions: list[Words],
    replications: int,
    seed: int,
    level: float,
    progress: Progress,
    start: Floats | None = None,
) -> ProductionFunction:
    """Estimate once, then on draws of whole firms, and tell.

    Raises  InputError where the firms, or draws of them, don't identify the function.
    """
    panel, inputs = prepared.panel, prepared.input_names
    try:
        fit = prepared.fit(start=start)
    except np.linalg.LinAlgError as error:
        raise InputError(
            f"the function is not identified: {error}",
            where=METHODS[method][0],
            try_next="bring more firms or years, or lower degree and omega_degree",
        ) from error
    if replications:

        def estimate(weight: Floats) -> Floats:
            again = prepared.fit(weight, fit.coefficients)
            return np.append(again.reported, again.is_met)

        drawn = replicate(
            estimate, panel.firm, replications, seed, progress, _numbers(prepared, fit.coefficients)
        )
        values = drawn.values[:, :-1]
        unmet = int((drawn.values[:, -1] == 0).sum())
        errors = values.std(axis=0, ddof=1)
        low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
        how, is_cut_short = bootstrap_words(drawn, unmet, seed, level), drawn.is_cut_short
    else:
        values = np.empty((0, fit.reported.size))
        errors = low = high = np.full(fit.reported.size, np.nan)
        how, is_cut_short = NO_ERRORS, False
    is_translog = isinstance(prepared, ConditionalDemand) and prepared.translog is not None
    terms = term_names(inputs) if is_translog else ()
    names = [*(("elasticity", name) for name in inputs), ("returns_to_scale", "sum")]
    names += [("coefficient", name) for name in terms]
    table = _table(names, fit.reported, errors, low, high)
    table = pl.concat([table, _controls(panel, fit.control)])
    is_exact = isinstance(prepared, ConditionalDemand) or prepared.is_gross
    told = found_sentences(method, inputs, table, panel, (fit.fitted - fit.explained), level)
    told |= caution_sentences(fit.search, is_exact)
    told = dict(sorted(told.items(), key=lambda own: own[0] not in WORTHLESS))
    return ProductionFunction(
        table=table,
        sentences=tuple(told.items()),
        conventions=(*conventions, BOTH_STAGES, EVERY, how),
        given=panel.given,
        method=method,
        inputs=inputs,
        **_arrays(len(inputs), fit.reported, errors, low, high),
        firm_years=firm_years(panel, inputs, fit.elasticities, fit.explained, fit.fitted),
        left_out=panel.left_out,
        solutions=_solutions(terms or inputs[-fit.search.beta.size :], fit.search),
        replicates=values[:, : len(inputs)],
        is_cut_short=is_cut_short,
    )


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
    """Wooldridge's system, estimated and told; arguments as in ``production_functions.wooldridge``."""
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
    reach = float(stats.norm.ppf((1 + level) / 2)) * errors
    names = [*(("elasticity", name) for name in inputs), ("returns_to_scale", "sum")]
    table = _table(names, reported, errors, reported - reach, reported + reach)
    control = found.theta[p : equation.sought]
    table = pl.concat([table, _controls(panel, control)])
    both = np.column_stack([panel.free, panel.state])
    explained = both @ reported[:p]
    # What the system leaves of output is split into productivity and noise by the same polynomial.
    basis = orthonormal(powers(standardised(np.column_stack([panel.state, panel.proxy])), degree))
    known = panel.free @ reported[: panel.free.shape[1]] + panel.controls @ control
    fitted = known + basis @ (basis.T @ (panel.output - known))
    told = found_sentences("wooldridge", inputs, table, panel, fitted - explained, level)
    if np.isfinite(found.j) and found.j_p < 0.05:
        told["moments_rejected"] = _rejected(found)
    if (found.criteria[1:] < found.criteria[0] + INDISTINCT).any():
        told["several_solutions"] = SEVERAL_MINIMA
    return ProductionFunction(
        table=table,
        sentences=tuple(told.items()),
        conventions=_system_conventions(
            degree, equations, proxy_function, weights, omega_degree, level
        ),
        given=panel.given,
        method="wooldridge",
        inputs=inputs,
        **_arrays(p, reported, errors, reported - reach, reported + reach),
        firm_years=firm_years(
            panel, inputs, np.broadcast_to(reported[:p], both.shape), explained, fitted
        ),
        left_out=panel.left_out,
        solutions=pl.DataFrame(
            {
                **{name: found.solutions[:, place] for place, name in enumerate(inputs)},
                "criterion": found.criteria,
            }
        ),
        replicates=np.empty((0, p)),
        j=found.j,
        j_df=found.j_df,
        j_p=found.j_p,
    )


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
    return (
        panel.rows.select("unit", "year")
        .with_columns(**whole)
        .hstack(panel.rows.select("reason_en", "reason_zh"))
    )


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


def _rejected(found: SystemFit) -> Words:
    return (
        f"Hansen's test rejects the system's moments (J = {found.j:.2f}, {found.j_df} degrees of freedom, p = {found.j_p:.4f}): "
        "not all of its assumptions hold for these firms.",
        f"Hansen 检验拒绝矩条件（J = {found.j:.2f}，自由度 {found.j_df}，p = {found.j_p:.4f}）：模型假设并非全部成立。",
    )


def _system_conventions(
    degree: int, equations: str, proxy_function: str, weights: str, omega_degree: int, level: float
) -> tuple[Words, ...]:
    shapes: dict[str, Words] = {
        "separate": ("polynomials of their own in either equation", "两个方程各用一个多项式"),
        "shared": (
            f"one polynomial in both, law of motion of degree {omega_degree}",
            f"两个方程共用一个多项式，运动方程 {omega_degree} 次",
        ),
        "without_state": (
            "no linear term of the state in the first equation's polynomial (R's prodest); hangs on the state's units",
            "第一个方程的多项式不含状态变量一次项（R 包 prodest），结果随状态变量单位改变",
        ),
    }
    used = (
        ("both equations", "两个方程")
        if equations == "both"
        else ("the second equation only", "只用第二个方程")
    )
    weighed = (
        ("weights (Z'Z)^-1 by equation", "权重为各方程的 (Z'Z)^-1")
        if weights == "one_step"
        else ("efficient weights, clustered by firm", "按企业聚类的有效权重")
    )
    shape = shapes[proxy_function]
    return (
        (
            f"{used[0]}, degree {degree}, {shape[0]}; {weighed[0]}",
            f"{used[1]}，{degree} 次多项式，{shape[1]}；{weighed[1]}",
        ),
        (
            f"errors in closed form, clustered by firm, times firms/(firms - 1); normal intervals at {level:.0%}",
            f"标准误按企业聚类，乘以 企业数/(企业数 - 1)；{level:.0%} 正态区间",
        ),
        EVERY,
        ("rows enter where the calendar year before is there too", "只使用同时有上一日历年的观测"),
    )
