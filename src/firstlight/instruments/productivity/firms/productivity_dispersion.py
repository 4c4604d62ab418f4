"""How far apart firms are in productivity, and whether the productive ones are the large ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.productivity.firms.firm_panel import refuse_repeated
from firstlight.instruments.productivity.logarithms import refuse_levels
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import read_long


@dataclass(frozen=True, kw_only=True)
class ProductivityDispersion(Finding):
    """``table``: year, firms_count, p90_p10_ratio, p75_p25_ratio, standard_deviation, mean_log, weighted_mean_log, covariance_log.

    weighted_mean_log = mean_log + covariance_log: aggregate productivity is the mean firm's, and what allocation adds.
    """

    def _chart(self, alt: Any) -> Any:
        base = alt.Chart(alt.Data(values=self.table.to_dicts()), title="Productivity of firms")
        x = alt.X("year:O", title=None)
        ratio = base.mark_line(point=True).encode(
            x=x, y=alt.Y("p90_p10_ratio:Q", title="90th over 10th percentile")
        )
        return ratio | base.mark_line(point=True).encode(
            x=x, y=alt.Y("covariance_log:Q", title="covariance with size")
        )


def productivity_dispersion(
    frame: Any,
    *,
    productivity: str = "log_productivity",
    size: str = "log_output",
    size_is_log: bool = True,
    unit: str = "unit",
    year: str = "year",
) -> ProductivityDispersion:
    """Ratios of percentiles and the Olley-Pakes covariance, by year.

    sum s omega = mean omega + sum (s - mean s)(omega - mean omega), with s the firm's share in the year's total size.

    frame        : a row per firm and year, such as ``ProductionFunction.firm_years``
    productivity : column of logarithms; size : column of output or employment, a logarithm unless ``size_is_log`` is False
    Returns ProductivityDispersion; rows without productivity or size are left out and counted in the summary.
    Raises  InputError naming firm and year of a negative size, or of a number too large for the logarithm that it should be, a firm twice in a year, or no row to use.
    Source: Olley and Pakes (1996), Econometrica 64(6), 1263-1297; Syverson (2004), Journal of Political
            Economy 112(6), 1181-1222 (ratios of percentiles).

    >>> rows = pl.DataFrame({"unit": ["a", "b"], "year": [1, 1], "w": [0.0, 1.0], "size": [1.0, 3.0]})
    >>> found = productivity_dispersion(rows, productivity="w", size="size", size_is_log=False)
    >>> found.table.select("mean_log", "weighted_mean_log", "covariance_log").row(0)
    (0.5, 0.75, 0.25)
    """
    names = {"unit": unit, "year": year, "omega": productivity, "size": size}
    table = read_long(frame, names, ["omega", "size"])
    refuse_repeated(table)
    negative = table.filter(pl.col("size") < 0)
    if negative.height and not size_is_log:
        unit, when = negative.select("unit", "year").row(0)
        raise InputError(
            "a negative size",
            where=f"unit {unit!r}, year {when}",
            try_next="mend or leave out the row",
        )
    logs = ["omega", "size"] if size_is_log else ["omega"]
    refuse_levels(
        table.select(logs).to_numpy(),
        table,
        [{"omega": productivity, "size": size}[name] for name in logs],
    )
    used = table.drop_nulls(["omega", "size"])
    if used.height == 0:
        raise InputError(
            "no row has productivity and size",
            where="the frame",
            try_next="name the columns that hold them",
        )
    by_year = pl.concat(
        [
            _of_year(year, rows, size_is_log)
            for (year,), rows in used.group_by("year", maintain_order=True)
        ]
    )
    by_year = by_year.sort("year")
    return ProductivityDispersion(
        table=by_year,
        sentences=_sentences(by_year, table.height - used.height),
        conventions=(
            (
                "percentiles by linear interpolation, every firm once",
                "百分位数按线性插值，各企业等权",
            ),
            (
                f"weights are shares in the year's {size}{' (of its exponential)' if size_is_log else ''}",
                f"权重为当年 {size}{'（取指数）' if size_is_log else ''} 的份额",
            ),
        ),
        given=frame,
    )


def _of_year(year: object, rows: pl.DataFrame, size_is_log: bool) -> pl.DataFrame:
    omega, size = rows["omega"].to_numpy(), rows["size"].to_numpy()
    weight = np.exp(size - size.max()) if size_is_log else size
    total = weight.sum()
    share = weight / total if total > 0 else np.full(size.size, np.nan)
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


def _sentences(by_year: pl.DataFrame, lost: int) -> tuple[tuple[str, Words], ...]:
    first, last = by_year.row(0, named=True), by_year.row(-1, named=True)
    told: dict[str, Words] = {
        "ratio": (
            f"In {last['year']}, the 90th percentile is {last['p90_p10_ratio']:.2f} times as productive as the 10th "
            f"({first['p90_p10_ratio']:.2f} in {first['year']}).",
            f"{last['year']} 年第 90 百分位企业的生产率是第 10 百分位的 {last['p90_p10_ratio']:.2f} 倍"
            f"（{first['year']} 年为 {first['p90_p10_ratio']:.2f} 倍）。",
        ),
    }
    if last["covariance_log"] is not None:
        side = ("larger", "高于") if last["covariance_log"] > 0 else ("smaller", "低于")
        percent = 100 * (np.exp(last["covariance_log"]) - 1)
        told["allocation"] = (
            f"Weighted by size, productivity is {abs(percent):.1f}% {side[0]} than the mean firm's: the Olley-Pakes "
            f"covariance is {last['covariance_log']:.3f}.",
            f"按规模加权的生产率{side[1]}企业平均 {abs(percent):.1f}%：OP 协方差为 {last['covariance_log']:.3f}。",
        )
    if lost:
        told["left_out"] = (
            f"{lost:,} rows lack productivity or size and are left out.",
            f"{lost:,} 行缺少生产率或规模，未使用。",
        )
    return tuple(told.items())
