"""Border effects: how much more is traded within a border than across it, by Poisson gravity.

Symbols: X_od flow from o to d, a_o and b_d what makes a place sell and buy (fixed effects), h 1 within and 0 across the
border, z covariates such as log distance, gamma what the border does to the logarithm of a flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from firstlight.errors import InputError
from firstlight.instruments.places.flow_table import read_flows
from firstlight.instruments.places.poisson_gravity import fitted_gravity, jackknifed_gravity
from firstlight.instruments.places.price_panel import Array
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import nan_to_null
from firstlight.numerics.progress import Progress

INTERVALS = ("jackknife", "clustered")
FEWEST_PLACES = 3


@dataclass(frozen=True, kw_only=True)
class BorderEffect(Finding):
    """What a border does to flows, a row per period.

    table : period (null where the frame has none), border_log (gamma), border_log_low, border_log_high, border_ratio (trade within
            over across, all else equal: exp gamma), border_ratio_low, border_ratio_high, tariff_equivalent_share (exp(gamma /
            elasticity) - 1; null without an elasticity), flows_count (used), places_count, reason_en, reason_zh
    coefficients : period, covariate, coefficient_log, coefficient_low, coefficient_high
    left_out : origin, destination, period, reason_en, reason_zh of each row that is not used
    """

    coefficients: pl.DataFrame = field(repr=False)
    left_out: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        rows = self.table.drop_nulls("border_ratio")
        return alt.Chart(rows).mark_point().encode(x="period:O", y="border_ratio:Q")


def border_effect(
    frame: Any,
    flow: str,
    *,
    origin: str = "origin",
    destination: str = "destination",
    period: str | None = None,
    within: str | None = None,
    covariates: Sequence[str] = (),
    log_covariates: Sequence[str] = (),
    elasticity: float | None = None,
    interval: str = "jackknife",
    level: float = 0.9,
    progress: Progress = None,
) -> BorderEffect:
    """How many times more is traded within a border than across it, given what each place sells and buys altogether.

    flow   : flows of 0 or more; a pair without a row, or with an empty flow, is not in the regression
    within : column of 1 for flows within the border and 0 across it; without it, 1 where origin and destination are the same
    covariates, log_covariates : further columns as they are, and by their logarithm (distance); without distance the
             border's effect contains that home is near
    elasticity : of trade to its cost, above 0, to express the border as a tariff
    interval : ``jackknife``: each place left out in turn, Student's t; ``clustered``: by origin and destination, faster, and
             too narrow with few places
    period : each period is a regression of its own
    Returns BorderEffect; a period without an estimate says why.
    Raises  InputError as ``read_flows`` and ``poisson_gravity``, for a ``within`` other than 0 and 1, or a distance not above 0.
    Source: McCallum (1995), American Economic Review 85(3), 615-623; Wei (1996), NBER working paper 5531; ``poisson_gravity``.

    >>> rows = pl.DataFrame({"origin": list("aaabbbccc"), "destination": list("abc") * 3, "x": [8.0, 2, 2, 2, 8, 2, 2, 2, 8]})
    >>> border_effect(rows, "x").table["border_ratio"].round(6).to_list()
    [4.0]
    """
    if (
        interval not in INTERVALS
        or not 0 < level < 1
        or (elasticity is not None and not elasticity > 0)
    ):
        raise InputError(
            f"interval {interval!r}, level {level}, elasticity {elasticity}",
            where="border_effect",
            try_next=f"interval is {' or '.join(INTERVALS)}, level 0 to 1, elasticity above 0",
        )
    names = [*([within] if within else []), *covariates, *log_covariates]
    rows = read_flows(
        frame, flow, origin=origin, destination=destination, period=period, others=names
    )
    rows = _regressors(rows, within, covariates, log_covariates)
    columns = ["border", *covariates, *log_covariates]
    found, others, left = [], [], []
    for (when,), own in rows.group_by("period", maintain_order=True):
        used, dropped = _usable(own, columns)
        left.append(dropped)
        why = _why_none(used)
        estimate = np.full((3, len(columns)), np.nan)
        if not why[0]:
            estimate = _estimate(used, len(columns), interval, level, _within(progress, when))
        found.append(_row(when, estimate[:, 0], elasticity, used, why))
        others += [(when, name, *estimate[:, k]) for k, name in enumerate(columns) if k]
    table = nan_to_null(pl.DataFrame(found, infer_schema_length=None, schema_overrides=OVERRIDES))
    schema = {"period": pl.Int64, "covariate": pl.String} | dict.fromkeys(COEFFICIENT, pl.Float64)
    left_out = pl.concat(left)
    return BorderEffect(
        table=table,
        coefficients=nan_to_null(pl.DataFrame(others, schema=schema, orient="row")),
        left_out=left_out,
        sentences=_sentences(table, left_out, level),
        conventions=_conventions(
            within, [*covariates, *log_covariates], elasticity, interval, level
        ),
        given=frame,
    )


COEFFICIENT = ("coefficient_log", "coefficient_low", "coefficient_high")
OVERRIDES = {"period": pl.Int64, "tariff_equivalent_share": pl.Float64}


def _regressors(
    rows: pl.DataFrame, within: str | None, plain: Sequence[str], logged: Sequence[str]
) -> pl.DataFrame:
    """The rows with ``z0`` (within the border) and ``z1``, ... in place of the further columns."""
    start = 1 if within else 0
    border = (
        pl.col("#0") if within else (pl.col("origin") == pl.col("destination")).cast(pl.Float64)
    )
    columns = [border.alias("z0")]
    for k, _ in enumerate([*plain, *logged]):
        own = pl.col(f"#{start + k}")
        columns.append((own if k < len(plain) else own.log()).alias(f"z{k + 1}"))
    wrong = [((pl.col("#0") != 0) & (pl.col("#0") != 1), "#0")] if within else []
    wrong += [
        (pl.col(f"#{start + k}") <= 0, f"#{start + k}")
        for k in range(len(plain), len(plain) + len(logged))
    ]
    for when, name in wrong:
        bad = rows.filter(when)
        if bad.height:
            own_name = [*([within] if within else []), *plain, *logged][int(name[1:])]
            raise InputError(
                f"{own_name} is {bad[name][0]:g}",
                where=f"from {bad['origin'][0]!r} to {bad['destination'][0]!r}",
                try_next="what is within the border is 1 and across it 0; what has a logarithm is above 0, also within a place",
            )
    return rows.with_columns(columns)


def _usable(rows: pl.DataFrame, columns: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that can be used, and those that can't with the reason: what is missing, and places without any flow."""
    z = [f"z{k}" for k in range(len(columns))]
    gone = pl.any_horizontal(pl.col(name).is_null() for name in ["flow", *z])
    words: Words = ("the flow or a covariate is missing", "流量或协变量缺失")
    left = [_left(rows.filter(gone), words)]
    used = rows.filter(~gone)
    while True:
        idle = (pl.col("flow").sum().over("origin") <= 0) | (
            pl.col("flow").sum().over("destination") <= 0
        )
        out = used.filter(idle)
        if not out.height:
            return used, pl.concat(left)
        left.append(
            _left(
                out,
                (
                    "the origin sends nothing, or the destination receives nothing",
                    "起点无流出或终点无流入",
                ),
            )
        )
        used = used.filter(~idle)


def _left(rows: pl.DataFrame, why: Words) -> pl.DataFrame:
    words = (pl.lit(why[0]).alias("reason_en"), pl.lit(why[1]).alias("reason_zh"))
    return rows.select("origin", "destination", "period", *words)


def _why_none(used: pl.DataFrame) -> Words:
    places = set(used["origin"].to_list()) | set(used["destination"].to_list())
    if len(places) < FEWEST_PLACES:
        return ("fewer than three places with flows", "有流量的地区不足三个")
    for side, english, chinese in ((1, "within", "边界内"), (0, "across", "跨边界")):
        if not float(used.filter(pl.col("z0") == side)["flow"].sum()) > 0:
            return (f"no flow {english} the border", f"{chinese}无流量")
    return ("", "")


def _within(progress: Progress, when: Any) -> Progress:
    """Tells of one period among several."""
    label = "Poisson gravity" if when is None else f"Poisson gravity, {when}"
    if progress is not None:
        progress(label)
    return None if progress is None else lambda line: progress(f"{label}, {line}")


def _estimate(used: pl.DataFrame, k: int, interval: str, level: float, progress: Progress) -> Array:
    """(3, k): coefficients, low and high."""
    o, d, x = used["origin"].to_numpy(), used["destination"].to_numpy(), used["flow"].to_numpy()
    z = used.select(f"z{j}" for j in range(k)).to_numpy()
    if interval == "clustered":
        found, error = fitted_gravity(o, d, x, z, clustered=True)
        places = min(np.unique(o).size, np.unique(d).size)
    else:
        found, error, places = jackknifed_gravity(o, d, x, z, progress)
    reach = float(stats.t.ppf((1 + level) / 2, max(places - 1, 1))) * error
    return np.array([found, found - reach, found + reach])


def _row(
    when: Any, estimate: Array, elasticity: float | None, used: pl.DataFrame, why: Words
) -> dict[str, Any]:
    if not why[0] and np.isnan(estimate[1]):
        why = (
            "no interval: too few places, or without one of them nothing can be estimated",
            "地区过少或剔除某地后无法估计，无区间",
        )
    return {
        "period": when,
        **dict(
            zip(("border_log", "border_log_low", "border_log_high"), estimate.tolist(), strict=True)
        ),
        **dict(
            zip(
                ("border_ratio", "border_ratio_low", "border_ratio_high"),
                np.exp(estimate).tolist(),
                strict=True,
            )
        ),
        "tariff_equivalent_share": None
        if elasticity is None
        else float(np.expm1(estimate[0] / elasticity)),
        "flows_count": used.height,
        "places_count": len(set(used["origin"].to_list()) | set(used["destination"].to_list())),
        "reason_en": why[0],
        "reason_zh": why[1],
    }


def _sentences(
    table: pl.DataFrame, left_out: pl.DataFrame, level: float
) -> tuple[tuple[str, Words], ...]:
    told: list[tuple[str, Words]] = []
    known = table.drop_nulls("border_ratio")
    shown = known if known.height < 2 else known[[0, -1]]
    for row in shown.iter_rows(named=True):
        when: Words = (
            ("", "") if row["period"] is None else (f"In {row['period']}: ", f"{row['period']}期：")
        )
        interval, verdict = ("", ""), ("", "")
        if row["border_ratio_low"] is not None:
            if row["border_ratio_low"] <= 1 <= row["border_ratio_high"]:
                verdict = (": no clear border", "，边界不明显")
            reach = f"{row['border_ratio_low']:.2f}", f"{row['border_ratio_high']:.2f}"
            interval = (
                f" ({level:.0%} interval {reach[0]} to {reach[1]})",
                f"（{level:.0%}区间{reach[0]}至{reach[1]}）",
            )
        words = (
            f"{when[0]}{'Flows' if not when[0] else 'flows'} within the border are {row['border_ratio']:.2f} times those across it{interval[0]}, all else equal{verdict[0]}.",
            f"{when[1]}其他条件相同时，边界内流量为跨边界的{row['border_ratio']:.2f}倍{interval[1]}{verdict[1]}。",
        )
        told.append(("border", words))
    lost = table.filter(pl.col("border_ratio").is_null())
    if lost.height:
        told.append(
            (
                "none",
                (f"No estimate: {lost['reason_en'][0]}.", f"无法估计：{lost['reason_zh'][0]}。"),
            )
        )
    if left_out.height:
        one = f"{left_out['origin'][0]} → {left_out['destination'][0]}"
        words = (
            f"{left_out.height} rows are not used, such as {one}: {left_out['reason_en'][0]}.",
            f"{left_out.height}行未使用，如{one}：{left_out['reason_zh'][0]}。",
        )
        told.append(("left_out", words))
    return tuple(told)


def _conventions(
    within: str | None,
    covariates: Sequence[str],
    elasticity: float | None,
    interval: str,
    level: float,
) -> tuple[Words, ...]:
    border: Words = ("within the border: a place with itself", "边界内：地区自身流量")
    if within:
        border = (f"within the border: column {within!r}", f"边界内：按“{within}”列")
    given: Words = (
        "no covariates: the effect contains that home is near",
        "无协变量：效应包含本地距离近的影响",
    )
    if covariates:
        given = (f"given {', '.join(covariates)}", f"控制{'、'.join(covariates)}")
    how: Words = (
        f"{level:.0%} interval: places left out one by one, Student's t",
        f"{level:.0%}区间：逐一剔除地区的刀切法，t分布",
    )
    if interval == "clustered":
        how = (
            f"{level:.0%} interval: errors clustered by origin and destination, too narrow with few places",
            f"{level:.0%}区间：按起点和终点双向聚类，地区少时偏窄",
        )
    found = [
        (
            "Poisson pseudo maximum likelihood, fixed effects of each origin and destination in each period",
            "泊松伪极大似然，各期起点与终点固定效应",
        ),
        border,
        given,
        how,
        ("rows that are absent are not flows of 0", "缺失的行不视为零流量"),
    ]
    if elasticity is not None:
        found.append(
            (
                f"tariff equivalent with an elasticity of {elasticity:g}",
                f"关税等价按弹性{elasticity:g}计算",
            )
        )
    return tuple(found)
