"""A Cobb-Douglas production function on a panel, with effects of units and years, through ``linearmodels``.

The estimator is that of the library (``PanelOLS``); here the columns are named, logged and checked, and the answer put into
words. Where inputs answer to productivity that the firm knows and we don't, effects do not cure the bias: that is
what the proxy estimators (Olley-Pakes and after) are for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.productivity.accounting.yearly_series import read_yearly
from firstlight.numerics.finding import Finding, Words, listed, listed_zh

EFFECTS: dict[str, Words] = {
    "none": ("no effects (pooled)", "无固定效应（混合回归）"),
    "unit": ("effects of units (within)", "个体固定效应（组内估计）"),
    "unit_year": ("effects of units and years", "个体与年份双向固定效应"),
}
ERRORS: dict[str, Words] = {
    "clustered": ("errors clustered by unit", "按个体聚类的标准误"),
    "robust": ("errors robust to heteroskedasticity", "异方差稳健标准误"),
    "unadjusted": ("classical errors", "经典标准误"),
}


@dataclass(frozen=True, kw_only=True)
class PanelProduction(Finding):
    """A fitted production function, a row per term.

    table : term, coefficient (an elasticity for inputs), standard_error, low, high (95%), p_value
    tfp   : unit, year, tfp_log: log output less the elasticities times log inputs (all that inputs don't explain: effects,
            other terms and residual)
    returns_to_scale : sum of the inputs' elasticities; within_r_squared; row_count, unit_count
    """

    tfp: pl.DataFrame = field(repr=False)
    returns_to_scale: float
    within_r_squared: float
    row_count: int
    unit_count: int

    def _chart(self, alt: Any) -> Any:
        bars = alt.Chart(self.table).encode(y="term:N")
        return bars.mark_rule().encode(x="low:Q", x2="high:Q") + bars.mark_point(
            filled=True
        ).encode(x="coefficient:Q")


def panel_production(
    frame: Any,
    output: str,
    inputs: Sequence[str],
    *,
    others: Sequence[str] = (),
    unit: str = "unit",
    year: str = "year",
    effects: str = "unit",
    errors: str = "clustered",
) -> PanelProduction:
    """Elasticities of output to inputs: log y = effects + sum beta log x + sum gamma z + e.

    output, inputs : columns of levels, positive, logged here; others : columns taken as they are (an unemployment rate)
    effects : ``none``, ``unit`` or ``unit_year``; errors : ``clustered`` (by unit), ``robust`` or ``unadjusted``
    Returns PanelProduction. Rows with something missing are left out, and counted in the summary.
    Raises  InputError where linearmodels is not installed, as ``read_yearly``, for a column that the effects absorb, or
            too few rows.
    Source: Baltagi (2021), Econometric Analysis of Panel Data, ch. 2; Munnell (1990), New England Economic Review.

    >>> rng = np.random.default_rng(1)
    >>> rows = pl.DataFrame({"unit": np.repeat(["a", "b", "c"], 9), "year": np.tile(np.arange(9), 3),
    ...     "k": rng.uniform(1, 9, 27)}).with_columns(y=2 * pl.col("k") ** 0.4)
    >>> round(panel_production(rows, "y", ["k"]).returns_to_scale, 6)
    0.4
    """
    if effects not in EFFECTS or errors not in ERRORS or not inputs:
        raise InputError(
            f"effects {effects!r}, errors {errors!r}, inputs {list(inputs)}",
            where="panel_production",
            try_next=f"name inputs; effects one of {', '.join(EFFECTS)}; errors one of {', '.join(ERRORS)}",
        )
    terms = [*inputs, *others]
    table = read_yearly(frame, [output, *terms], unit=unit, year=year, positive=[output, *inputs])
    kept = table.drop_nulls()
    if kept.height <= len(terms) + (kept["unit"].n_unique() if effects != "none" else 1):
        raise InputError(
            f"{kept.height} whole rows for {len(terms)} terms and the effects",
            where="the frame",
            try_next="bring more years, or fewer terms",
        )
    logged = kept.with_columns(pl.col([output, *inputs]).log())
    fitted = _fit(logged, output, terms, effects, errors)
    beta = np.array([float(fitted.params[name]) for name in terms])
    interval = fitted.conf_int()
    found = pl.DataFrame(
        {
            "term": terms,
            "coefficient": beta,
            "standard_error": [float(fitted.std_errors[name]) for name in terms],
            "low": [float(interval.loc[name].iloc[0]) for name in terms],
            "high": [float(interval.loc[name].iloc[1]) for name in terms],
            "p_value": [float(fitted.pvalues[name]) for name in terms],
        }
    )
    explained = logged.select(inputs).to_numpy() @ beta[: len(inputs)]
    scale = float(beta[: len(inputs)].sum())
    return PanelProduction(
        table=found,
        tfp=kept.select("unit", "year").with_columns(tfp_log=logged[output].to_numpy() - explained),
        returns_to_scale=scale,
        within_r_squared=float(fitted.rsquared_within),
        row_count=kept.height,
        unit_count=kept["unit"].n_unique(),
        sentences=_sentences(found, list(inputs), scale, table, kept),
        conventions=(
            EFFECTS[effects],
            ERRORS[errors],
            (
                "output and inputs in logarithms, other terms as they are",
                "产出与投入取对数，其他变量保持原值",
            ),
            ("estimated by linearmodels' PanelOLS", "由 linearmodels 的 PanelOLS 估计"),
        ),
        given=frame,
    )


def _fit(logged: pl.DataFrame, output: str, terms: list[str], effects: str, errors: str) -> Any:
    try:
        from linearmodels.panel import PanelOLS
        from linearmodels.panel.utility import AbsorbingEffectError
        from pandas import DataFrame
    except ModuleNotFoundError as error:
        raise InputError(
            "panels need linearmodels",
            where="panel_production",
            try_next="pip install 'firstlight[panels]'",
        ) from error
    data = DataFrame({name: logged[name].to_numpy() for name in logged.columns}).set_index(
        ["unit", "year"]
    )
    design = data[terms] if effects != "none" else data[terms].assign(constant=1.0)
    model = PanelOLS(
        data[output], design, entity_effects=effects != "none", time_effects=effects == "unit_year"
    )
    options = {"cluster_entity": True} if errors == "clustered" else {}
    try:
        return model.fit(cov_type=errors, **options)
    except (AbsorbingEffectError, ValueError) as error:
        raise InputError(
            f"the terms can't be told apart from each other or from the effects: {str(error).strip().splitlines()[0]}",
            where=f"terms {', '.join(terms)}",
            try_next="leave out a term that doesn't change within units, or that others add up to",
        ) from error


def _sentences(
    found: pl.DataFrame, inputs: list[str], scale: float, table: pl.DataFrame, kept: pl.DataFrame
) -> tuple[tuple[str, Words], ...]:
    parts = [
        f"{term} {value:.3f}"
        for term, value in found.select("term", "coefficient").rows()
        if term in inputs
    ]
    told: dict[str, Words] = {
        "elasticities": (
            f"Elasticities of output ({kept.height} rows, {kept['unit'].n_unique()} units): {', '.join(parts)}; "
            f"returns to scale {scale:.3f}.",
            f"产出弹性（{kept.height}个观测，{kept['unit'].n_unique()}个单元）：{'，'.join(parts)}；规模报酬{scale:.3f}。",
        ),
    }
    lost = table.join(kept.select("unit", "year"), on=["unit", "year"], how="anti")
    if lost.height:
        gone = lost.select("unit", "year").rows()
        names, names_zh = (
            listed([f"{unit} {year}" for unit, year in gone]),
            listed_zh([f"{u}{y}年" for u, y in gone]),
        )
        told["missing"] = (
            f"{lost.height} rows are left out, since something is missing: {names}.",
            f"{lost.height}个观测因数据缺失未纳入：{names_zh}。",
        )
    return tuple(told.items())
