"""The record of opportunities in words."""

from __future__ import annotations

import polars as pl

from firstlight.instruments.complexity.record_tables import FEWEST_EVENTS
from firstlight.numerics.finding import Words

TOLD: dict[str, tuple[Words, Words]] = {
    "entry": (
        ("Entries", "of absent pairs were entered"),
        ("进入", "尚无的组合中有{:.1%}实际进入"),
    ),
    "exit": (("Exits", "of present pairs were left"), ("退出", "已有的组合中有{:.1%}实际退出")),
    "growth": (
        ("Growth", "of pairs gained share of their activity"),
        ("增长", "{:.1%}的组合份额上升"),
    ),
}


def record_sentences(table: pl.DataFrame, horizon: int) -> tuple[tuple[str, Words], ...]:
    """Ensemble, best single measure and best null model side by side, and what is above the null model.

    table : as ``record_table`` makes it
    """
    told: list[tuple[str, Words]] = []
    for target in table["target"].unique(maintain_order=True):
        some = table.filter(pl.col("target") == target)
        own, single, null = (
            some.filter(pl.col("kind") == kind).row(0, named=True)
            for kind in ("ensemble", "single", "null")
        )
        (title, rate), (title_zh, rate_zh) = TOLD[target]
        told.append(
            (
                target,
                (
                    f"{title} {horizon} year{'s' * (horizon > 1)} ahead, {own['forecast_year_count']} "
                    f"forecast year{'s' * (own['forecast_year_count'] > 1)}: {own['base_rate_share']:.1%} {rate}. "
                    f"Average precision: ensemble {own['average_precision_share']:.1%}, best single measure "
                    f"({single['score_en']}) {single['average_precision_share']:.1%}, best null model "
                    f"({null['score_en'].removeprefix('null: ')}) {null['average_precision_share']:.1%}.",
                    f"{title_zh}，提前{horizon}年，{own['forecast_year_count']}个预测年：{rate_zh.format(own['base_rate_share'])}。"
                    f"平均精度：集成{own['average_precision_share']:.1%}，最佳单一指标（{single['score_zh']}）"
                    f"{single['average_precision_share']:.1%}，最佳零模型（{null['score_zh'].removeprefix('零模型：')}）"
                    f"{null['average_precision_share']:.1%}。",
                ),
            )
        )
        told.append(
            (
                f"{target}_ensemble",
                _beside(own, "over_single", ("the best single measure", "最佳单一指标")),
            )
        )
        if own["over_null_low_share"] is not None:
            told.append((f"{target}_null", _null(own, single)))
    return tuple(told)


def _beside(row: dict[str, object], label: str, other: Words) -> Words:
    gap, low, high = (row[f"{label}{part}_share"] for part in ("", "_low", "_high"))
    size = abs(100 * gap) if isinstance(gap, float) else 0.0
    side = ("below", "低于") if isinstance(gap, float) and gap < 0 else ("above", "高于")
    english = f"The ensemble is {size:.1f} points of average precision {side[0]} {other[0]}"
    chinese = f"集成的平均精度{side[1]}{other[1]}{size:.1f}个百分点"
    if low is None or high is None:
        return f"{english}.", f"{chinese}。"
    return (
        f"{english} (95% interval of the difference {_points(low)} to {_points(high)}).",
        f"{chinese}（差值95%区间{_points(low)}至{_points(high)}）。",
    )


def _null(own: dict[str, object], single: dict[str, object]) -> Words:
    """Whether anything beats the best null model beyond chance."""
    found, found_zh = [], []
    for row, name in (
        (own, ("the ensemble", "集成")),
        (single, ("the best single measure", "最佳单一指标")),
    ):
        low = row["over_null_low_share"]
        if isinstance(low, float) and low > 0:
            found.append(name[0])
            found_zh.append(name[1])
    if len(found) == 2:
        return (
            "The ensemble and the best single measure are both above the best null model beyond chance.",
            "集成与最佳单一指标均显著优于最佳零模型。",
        )
    if found:
        return (
            f"Only {found[0]} is above the best null model beyond chance.",
            f"仅{found_zh[0]}显著优于最佳零模型。",
        )
    return (
        "Neither the ensemble nor the best single measure is above the best null model beyond chance.",
        "集成与最佳单一指标均未显著优于最佳零模型。",
    )


def _points(share: object) -> str:
    return f"{100 * share:+.1f}" if isinstance(share, float) else "?"


def record_conventions(horizon: int, window: int, absent: int, resamples: int) -> tuple[Words, ...]:
    """How the record was made."""
    told: list[Words] = [
        (
            f"forecast at t from tables up to t; outcome at t + {horizon}",
            f"仅用t期及以前数据预测，结果取t+{horizon}",
        ),
        (
            "the ensemble learns from transitions whose outcome was known at t, and from those half the horizon or more of which "
            "had passed, by what had come at t",
            "集成学习t期已知结果的历史变动，以及已过半程、以t期状况为结果的变动",
        ),
        (
            "whether high or low values of a measure foretell: by what went with it in the transitions whose outcome was known at t",
            "各指标方向（高或低预示发生）由t期已知结果的历史变动判定",
        ),
        (
            "candidates: places with a presence at t, by activities present somewhere at t; without a row later: nothing there",
            "候选：t期有存在活动的地区×t期至少一地存在的活动；后期无记录视为不存在",
        ),
        (
            "distance is 1 less density and ranks alike; preferential attachment by degrees is diversity times ubiquity",
            "距离=1−密度，排序相同；按度的优先连接即多样性×普遍性",
        ),
        (
            "best single measure (some are fits: low-rank ones, linear autoencoders) and best null model are chosen with hindsight, which "
            "intervals don't allow for; what a measure doesn't know stands last",
            "最佳单一指标（含低秩拟合、线性自编码等拟合模型）与最佳零模型均为事后选取，区间未计入选取的影响；指标缺失者排末位",
        ),
    ]
    if window > 1:
        told.append((f"each table adds up {window} years", f"每期数据为{window}年合计"))
    if absent:
        told.append(
            (f"an entry was absent for {absent} years before, too", f"进入前{absent}年内亦不存在")
        )
    if resamples:
        told.append(
            (
                f"95% intervals: {resamples} resamples of places, the same for every score and year; none where fewer than "
                f"{FEWEST_EVENTS} events stand behind a figure",
                f"95%区间：对地区重抽样{resamples}次，各指标各年相同；事件少于{FEWEST_EVENTS}个时不给区间",
            )
        )
    return tuple(told)
