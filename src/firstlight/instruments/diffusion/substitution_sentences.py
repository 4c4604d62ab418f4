"""What substitutions say, in plain words, English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl


def substitution_sentences(markets: pl.DataFrame, hindcast: pl.DataFrame) -> pl.DataFrame:
    """Sentences with their codes: coverage, fastest, record.

    markets, hindcast : the tables of ``Substitution``
    Returns data frame code, text_en, text_zh; a sentence is left out where there is nothing to say.
    """
    computed = markets.filter(pl.col("reason_en").is_null())
    rows = [_counted(markets, computed)]
    taking = computed.filter((pl.col("rate") > 0) & pl.col("caution_en").is_null()).sort(
        "takeover_years", "market"
    )
    if taking.height:
        rows.append(_fastest(taking.row(0, named=True), taking.height, computed.height))
    pooled = hindcast.filter(pl.col("horizon").is_null())
    if pooled.height:
        rows.append(_record({str(row["method"]): row for row in pooled.iter_rows(named=True)}))
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("code", "text_en", "text_zh"), pl.String), orient="row"
    )


def _counted(markets: pl.DataFrame, computed: pl.DataFrame) -> tuple[str, str, str]:
    english = f"{computed.height} of {markets.height} markets could be computed"
    chinese = f"{markets.height} 个市场中有 {computed.height} 个可以计算"
    left = markets.filter(pl.col("reason_en").is_not_null())
    if not left.height:
        return "coverage", f"{english}.", f"{chinese}。"
    first = left.row(0, named=True)
    return (
        "coverage",
        f"{english}; {left.height} could not, for example {first['market']}: {first['reason_en']}.",
        f"{chinese}；{left.height} 个不能，例如 {first['market']}：{first['reason_zh']}。",
    )


def _fastest(top: Mapping[str, Any], count: int, of: int) -> tuple[str, str, str]:
    name, years = top["market"], f"{top['takeover_years']:.1f}"
    span = f"{top['takeover_years_low']:.1f}", f"{top['takeover_years_high']:.1f}"
    half = f"{top['half_year']:.1f}", f"{top['half_year_low']:.1f}", f"{top['half_year_high']:.1f}"
    return (
        "fastest",
        f"In {count} of {of} the new is taking over for certain (interval of the rate above 0); fastest in {name}: {years} years "
        f"from 10% to 90% (interval {span[0]} to {span[1]}), half in {half[0]} ({half[1]} to {half[2]}).",
        f"{of} 个中有 {count} 个的替代是确定的（速度区间高于零）；{name} 最快：从 10% 到 90% 需 {years} 年"
        f"（区间 {span[0]} 至 {span[1]}），过半时间为 {half[0]}（{half[1]} 至 {half[2]}）。",
    )


def _record(pooled: Mapping[str, Mapping[str, Any]]) -> tuple[str, str, str]:
    own, line = pooled["fisher_pry"], pooled["line"]
    sure_en, sure_zh = "no interval: fewer than five markets", "市场不足五个，无区间"
    if own["rmse_ratio_low"] is not None:
        low, high = f"{own['rmse_ratio_low']:.2f}", f"{own['rmse_ratio_high']:.2f}"
        sure_en, sure_zh = f"interval {low} to {high}", f"区间 {low} 至 {high}"
    count, held = f"{own['forecasts_count']:,}", f"{own['coverage_80']:.0%}"
    return (
        "record",
        f"Of {count} earlier forecasts of {own['markets_count']} markets the 80% band held {held}; the error was "
        f"{own['rmse_ratio']:.2f} times that of expecting no change ({sure_en}), that of a straight line {line['rmse_ratio']:.2f}.",
        f"对 {own['markets_count']} 个市场作出的 {count} 次历史预测中，80% 区间实际覆盖 {held}；误差为“维持不变”基线的 "
        f"{own['rmse_ratio']:.2f} 倍（{sure_zh}），直线外推为 {line['rmse_ratio']:.2f} 倍。",
    )
