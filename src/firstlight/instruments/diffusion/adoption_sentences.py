"""What adoption across places says, in plain words, English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from firstlight.instruments.diffusion.adoption import Adoption

MOST = 5  # technologies spoken of one by one


def adoption_sentences(found: Adoption) -> pl.DataFrame:
    """Sentences with their codes: lag, speed, censored, at_least, no_zero, left_out.

    Returns data frame code, text_en, text_zh; a sentence is left out where there is nothing to say.
    """
    rows: list[tuple[str, str, str]] = []
    half = found.lags.filter(milestone="50%").sort("lag_median", "technology", nulls_last=True)
    for row in half.head(MOST).iter_rows(named=True):
        rows.append(_lag(row))
    rows += _speed(found.speed.sort("years_median", "technology", nulls_last=True))
    rows += _before(found.lags)
    if found.left_out.height:
        first = found.left_out.row(0, named=True)
        count = found.left_out.height
        rows.append(
            (
                "left_out",
                f"{count} technologies could not be computed, for example {first['technology']}: {first['reason_en']}.",
                f"{count}项技术无法计算，例如{first['technology']}：{first['reason_zh']}。",
            )
        )
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("code", "text_en", "text_zh"), pl.String), orient="row"
    )


def _lag(row: Mapping[str, Any]) -> tuple[str, str, str]:
    name, places, not_yet = row["technology"], row["places_count"], row["not_yet_count"]
    still_en = f"; {not_yet} of {places} places have not got there" if not_yet else ""
    still_zh = f"；{places}个地区中有{not_yet}个尚未达到" if not_yet else ""
    if row["leader"] is None:
        return (
            "lag",
            f"{name}: no place has reached half of the common level.",
            f"{name}：没有地区达到共同水平的一半。",
        )
    if row["lag_median"] is None:
        return (
            "lag",
            f"{name}: fewer than half of {places} places have reached half of the common level, so that there is no median lag{still_en}.",
            f"{name}：{places}个地区中不到一半达到共同水平的一半，因此没有中位滞后{still_zh}。",
        )
    median, ends_en, ends_zh = (
        _years(row["lag_median"]),
        *_ends(row["lag_median_low"], row["lag_median_high"]),
    )
    return (
        "lag",
        f"{name}: the median place reached half of the common level {median} years after {row['leader']} ({ends_en}){still_en}.",
        f"{name}：中位地区比{row['leader']}晚{median}年达到共同水平的一半（{ends_zh}）{still_zh}。",
    )


def _ends(low: float | None, high: float | None) -> tuple[str, str]:
    end_en = "the end of the record" if high is None else _years(high)
    end_zh = "记录末期" if high is None else _years(high)
    start = "0" if low is None else _years(low)
    return f"interval {start} to {end_en}", f"区间{start}至{end_zh}"


def _years(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _speed(speed: pl.DataFrame) -> list[tuple[str, str, str]]:
    known = speed.drop_nulls("years_median")
    if not known.height:
        return []
    first, last = known.row(0, named=True), known.row(-1, named=True)
    en = f"From 10% to 50% of the common level, {first['technology']} took {_years(first['years_median'])} years in the median place"
    zh = f"从共同水平的10%到50%，{first['technology']}在中位地区用了{_years(first['years_median'])}年"
    if known.height > 1:
        en += (
            f", the fastest; {last['technology']} took {_years(last['years_median'])}, the slowest"
        )
        zh += f"，最快；{last['technology']}用了{_years(last['years_median'])}年，最慢"
    return [("speed", f"{en}.", f"{zh}。")]


def _before(lags: pl.DataFrame) -> list[tuple[str, str, str]]:
    rows = []
    first = lags.filter(milestone="first")
    seen, before = int(first["places_count"].sum()), int(first["before_count"].sum())
    if before > 0.8 * seen:
        rows.append(
            (
                "no_zero",
                f"In {before} of {seen} series the first year told is already one of use, so that first use is not seen. Where a "
                "missing year means none, say gaps=zero.",
                f"{seen}个序列中有{before}个在首个年份就已采用，因此看不到首次采用。若缺失年份表示没有，请使用 gaps=zero。",
            )
        )
    least = lags.filter(pl.col("is_at_least") & (pl.col("milestone") != "first"))
    if least.height:
        named = list(dict.fromkeys(least["technology"].to_list()))
        few = ", ".join(named[:3]) + (f" +{len(named) - 3}" if len(named) > 3 else "")
        rows.append(
            (
                "at_least",
                f"Leaders of {few} were there when their record began: lags behind them are at least what is told.",
                f"{few}的领先者在记录开始时就已达到：所示滞后为下限。",
            )
        )
    return rows


def adoption_conventions(found: Adoption, choices: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The conventions behind the figures, English and Chinese."""
    level = f"{100 * found.level:g}%"
    common = choices.get("common_level")
    en, zh = (
        (
            "the weighted median, by total, of the highest rates among places that adopted",
            "已采用地区最高比率的加权中位数（按总数加权）",
        )
        if common is None
        else (f"{common:g}, as chosen", f"{common:g}（由用户给定）")
    )
    counted = (
        (
            f"{level} intervals of dates: parametric bootstrap with the over-dispersion of each technology.",
            f"日期的{level}区间：按各技术的过度离散做参数自助法。",
        )
        if found.dispersion
        else (
            "Values are no counts: a date's interval is the years seen before and after it.",
            "数值不是计数：日期区间为其前后的观测年份。",
        )
    )
    gaps = (
        ("A missing year of a place is unknown.", "地区缺失的年份视为未知。")
        if choices.get("gaps") != "zero"
        else ("A missing year of a place means zero.", "地区缺失的年份视为零。")
    )
    return [
        (
            "The rate is value over total, or the value where there is no total.",
            "比率为数值除以总数；没有总数时即数值本身。",
        ),
        (
            f"The common level of a technology is {en}; 10% and 50% are shares of it.",
            f"技术的共同水平为{zh}；10%与50%为其占比。",
        ),
        (
            "Up to its peak the rate is made to rise (isotonic regression); a level is reached where the line through it crosses.",
            "比率在峰值之前按保序回归取升序；折线穿过某水平之时即为达到。",
        ),
        counted,
        gaps,
        (
            "The leader is the place that was surely there first: its interval ends earliest. The years of places that have not "
            "got there count as waiting (Kaplan-Meier); those that were there before they were seen count from their first year.",
            "领先者为区间上端最早的地区，即可确定最先达到者。尚未达到的地区计为仍在等待（Kaplan-Meier）；观测前已达到者按其首个年份计。",
        ),
    ]
