"""What an estimated production function says, and the conventions it was estimated by, in English and Chinese."""

from __future__ import annotations

import numpy as np
import polars as pl

from firstlight.instruments.productivity.firms.firm_bootstrap import Replications
from firstlight.instruments.productivity.firms.firm_panel import FirmPanel
from firstlight.instruments.productivity.firms.law_of_motion import Search
from firstlight.numerics.finding import Words

METHODS: dict[str, Words] = {
    "olley_pakes": ("Olley-Pakes", "OP 法"),
    "levinsohn_petrin": ("Levinsohn-Petrin", "LP 法"),
    "ackerberg_caves_frazer": ("Ackerberg-Caves-Frazer", "ACF 法"),
    "wooldridge": ("Wooldridge", "Wooldridge 法"),
}
LAW_WORDS: dict[str, Words] = {
    "output": (
        "law of motion fitted to output less inputs, with the coefficients sought, by least squares at once (Olley and Pakes 1996)",
        "运动方程以产出减投入为因变量，与待估系数同时用最小二乘估计（Olley、Pakes 1996）",
    ),
    "fitted": (
        "law of motion fitted to productivity without noise, residual of output (Petrin, Poi and Levinsohn 2004; R's prodest)",
        "运动方程以剔除噪声的生产率为因变量，残差取自产出（Petrin、Poi、Levinsohn 2004；R 包 prodest）",
    ),
    "innovation": (
        "law of motion fitted to productivity without noise, moments of its innovation (Ackerberg, Caves and Frazer 2015)",
        "运动方程以剔除噪声的生产率为因变量，矩条件取自其新息（Ackerberg、Caves、Frazer 2015）",
    ),
}
BOTH_STAGES: Words = (
    "a lag is the calendar year before; rows without it serve the first stage only",
    "滞后指上一日历年；没有上一年的观测只用于第一阶段",
)
EVERY: Words = (
    "log_tfp is log output less what inputs explain; log_productivity is the same without noise (omega plus the constant); "
    "controls and year effects are not taken out of either",
    "log_tfp 为产出对数减投入所解释的部分；log_productivity 再剔除噪声（omega 加常数项）；两者都不剔除控制变量和年份效应",
)
SEVERAL_MINIMA: Words = (
    "The system has several minima that the data don't tell apart; the one reached from Levinsohn and Petrin's solution is given. "
    "Capital is then weakly identified: look at the table solutions, and don't read the interval as if there were one.",
    "方程组有多个数据无法区分的极小值，此处给出由 LP 解出发得到的一个。资本弹性识别较弱，请查看 solutions 表，勿只看区间。",
)
WORTHLESS = ("moments_not_met", "inputs_explain_nothing")  # said before all else
INPUTS_EXPLAIN_NOTHING: Words = (
    "With these coefficients productivity varies more than output does: inputs explain nothing, don't quote them.",
    "在这些系数下生产率的变异超过产出：投入未解释任何变异，结果不宜引用。",
)
NO_ERRORS: Words = (
    "no errors were asked for (replications=0)",
    "未要求计算标准误（replications=0）",
)


def bootstrap_words(drawn: Replications, unmet: int, seed: int, level: float) -> Words:
    """How errors were made; unmet : draws for which no coefficients were found that meet the moments."""
    done = len(drawn.values)
    english = f"errors by bootstrap: {done} draws of whole firms, seed {seed}; intervals are percentiles at {level:.0%}"
    chinese = (
        f"标准误由自助法得到：按企业整体抽样 {done} 次，种子 {seed}；区间为 {level:.0%} 分位数区间"
    )
    if unmet:
        english += f"; in {unmet} draws no coefficients were found that meet the moments, the nearest are counted"
        chinese += f"；其中 {unmet} 次未找到满足矩条件的系数，计入最接近者"
    if drawn.failed:
        english += f"; {drawn.failed} draws did not identify the function and are not counted"
        chinese += f"；{drawn.failed} 次抽样无法识别，未计入"
    if drawn.is_cut_short:
        english += f"; interrupted, {drawn.asked} were asked for"
        chinese += f"；中途停止，原定 {drawn.asked} 次"
    return english, chinese


def found_sentences(
    method: str,
    inputs: tuple[str, ...],
    table: pl.DataFrame,
    panel: FirmPanel,
    productivity: np.ndarray,
    level: float,
) -> dict[str, Words]:
    """Elasticities, returns to scale, what was used, and the spread of productivity in the last year."""
    english, chinese = METHODS[method]
    rows = {(row["kind"], row["name"]): row for row in table.iter_rows(named=True)}
    parts = [(name, rows["elasticity", name]) for name in inputs]
    is_up = all(row["estimate"] >= 0 for _, row in parts)
    verb, verb_zh = ("raises", "增加") if is_up else ("changes", "变动")
    told: dict[str, Words] = {
        "elasticities": (
            f"{english}: one per cent more of an input {verb} output by "
            + ", ".join(f"{row['estimate']:.3f}% ({name}{_interval(row)})" for name, row in parts)
            + ".",
            f"{chinese}：投入增加 1%，产出{verb_zh} "
            + "，".join(
                f"{row['estimate']:.3f}%（{name}{_interval(row, chinese=True)}）"
                for name, row in parts
            )
            + "。",
        ),
        "returns_to_scale": _returns(rows["returns_to_scale", "sum"], level),
        "used": (
            f"{panel.output.size:,} firm-years of {panel.firms:,} firms; {panel.now.size:,} have a previous year.",
            f"使用 {panel.firms:,} 家企业的 {panel.output.size:,} 个观测，其中 {panel.now.size:,} 个有上一年。",
        ),
    }
    lost = panel.rows.height - panel.output.size
    if lost:
        told["left_out"] = (
            f"{lost:,} of {panel.rows.height:,} rows are left out; the table left_out says why.",
            f"{panel.rows.height:,} 行中有 {lost:,} 行未使用，原因见 left_out 表。",
        )
    last = panel.year.max()
    low, high = np.quantile(productivity[panel.year == last], [0.1, 0.9])
    told["dispersion"] = (
        f"In {last}, a firm at the 90th percentile is {np.exp(high - low):.2f} times as productive as one at the 10th.",
        f"{last} 年，第 90 百分位企业的生产率是第 10 百分位的 {np.exp(high - low):.2f} 倍。",
    )
    return told


def _interval(row: dict[str, float | None], *, chinese: bool = False) -> str:
    if row["low"] is None:
        return ""
    return (
        f"，区间 {row['low']:.3f} 至 {row['high']:.3f}"
        if chinese
        else f", {row['low']:.3f} to {row['high']:.3f}"
    )


def _returns(row: dict[str, float | None], level: float) -> Words:
    value, low, high = row["estimate"], row["low"], row["high"]
    if low is None or high is None:
        return f"Returns to scale are {value:.3f}.", f"规模报酬为 {value:.3f}。"
    if high < 1:
        verdict = ("decreasing", "递减")
    elif low > 1:
        verdict = ("increasing", "递增")
    else:
        verdict = ("not to be told from constant", "与不变无显著差异")
    return (
        f"Returns to scale are {value:.3f} ({level:.0%} interval {low:.3f} to {high:.3f}): {verdict[0]}.",
        f"规模报酬为 {value:.3f}（{level:.0%} 区间 {low:.3f} 至 {high:.3f}）：{verdict[1]}。",
    )


def caution_sentences(search: Search, is_exact: bool) -> dict[str, Words]:
    """What to beware of in the second stage: moments that no coefficients meet, or that several meet.

    is_exact : whether moments are as many as coefficients, so that all can be met
    """
    told: dict[str, Words] = {}
    if is_exact and not search.is_met[0]:
        told["moments_not_met"] = (
            "No coefficients were found that meet the second stage's moments: the model doesn't fit, don't quote it.",
            "未找到满足第二阶段矩条件的系数：模型与数据不符，结果不宜引用。",
        )
    rivals = int((search.is_met & (search.variance <= 1)).sum())
    if search.variance[0] > 1:
        told["inputs_explain_nothing"] = INPUTS_EXPLAIN_NOTHING
    if rivals > 1:
        told["several_solutions"] = (
            f"{rivals} sets of coefficients fit the second stage equally well; the one with the most persistent "
            "productivity is given. Look at all of them (table solutions), and choose another with start.",
            f"有 {rivals} 组系数同样满足第二阶段，此处给出生产率持续性最强的一组。请查看 solutions 表，可用 start 另选。",
        )
    return told
