"""What Hicks-Moorsteen changes say in words, why numbers are missing, and the conventions, in English and Chinese."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.productivity.indices.fare_primont_words import (
    FRONTIERS,
    PINNED,
    RETURNS,
)
from firstlight.numerics.finding import Words

Floats = NDArray[np.float64]
NO_INDEX: Words = (
    "no index: an aggregate is 0, or a year's point can't be brought onto the other year's frontier, for want of an input or output, "
    "or by no factor below 1e12",
    "指数无定义：总量为零，或因缺少某种投入或产出（或所需倍数超过 1e12），无法投影到另一年的前沿",
)
NO_PARTS: Words = (
    "no technical change: one year's point lies out of the other frontier's range (usual with variable returns)",
    "技术变化无定义：某年的观测超出另一年前沿的范围（规模报酬可变时常见）",
)
AGGREGATORS: dict[str, Words] = {
    "distance": (
        "quantity indices are ratios of distance functions, by definition (Bjurek 1996)",
        "数量指数按定义取距离函数之比（Bjurek 1996）",
    ),
    "shadow_prices": (
        "quantity indices are linear, at the shadow prices of the points that mix the two years (O'Donnell 2010; the programs "
        "DPIN and R's productivity); they differ from the definition",
        "数量指数为线性，取两年交叉点处的影子价格（O'Donnell 2010；DPIN 与 R 包 productivity 的做法），数值与定义不同",
    ),
}


def reasons(found: dict[str, Floats]) -> tuple[list[str], list[str]]:
    """Why a row lacks the index, or only its parts; empty where nothing is missing.

    >>> one, none = np.array([1.0]), np.array([np.nan])
    >>> reasons({"tfp_change_index": one, "output_technical_change_index": none})[0][0][:19]
    'no technical change'
    """
    missing = np.isnan(found["tfp_change_index"])
    parts = np.any([np.isnan(values) for values in found.values()], axis=0)
    chosen = [
        NO_INDEX if lost else NO_PARTS if half else ("", "")
        for lost, half in zip(missing, parts, strict=True)
    ]
    return [words[0] for words in chosen], [words[1] for words in chosen]


def sentences(
    table: pl.DataFrame, left_out: int, pinned_share: float
) -> tuple[tuple[str, Words], ...]:
    """Growth of TFP and of outputs and inputs; who gained and lost most; what is undefined, left out or not unique.

    >>> rows = {"unit": ["a"], "from_year": [2000], "to_year": [2001], "tfp_change_index": [1.1]}
    >>> rows |= {"output_quantity_change_index": [1.21], "input_quantity_change_index": [1.1], "reason_en": [""]}
    >>> sentences(pl.DataFrame(rows), 0, 0.0)[0][1][0]
    'Total factor productivity changed by 9.53% from year to year on average, 2000-2001: outputs 19.06%, inputs 9.53%.'
    """
    known = table.filter(pl.col("tfp_change_index").is_not_null())
    found: dict[str, Words] = {}
    if known.height:
        tfp, q, x = (
            float(np.log(known[name].to_numpy()).mean())
            for name in (
                "tfp_change_index",
                "output_quantity_change_index",
                "input_quantity_change_index",
            )
        )
        span = f"{known['from_year'].to_numpy().min()}-{known['to_year'].to_numpy().max()}"
        found["growth"] = (
            f"Total factor productivity changed by {tfp:.2%} from year to year on average, {span}: "
            f"outputs {q:.2%}, inputs {x:.2%}.",
            f"{span} 年，全要素生产率逐期平均变化 {tfp:.2%}，其中产出变化 {q:.2%}，投入变化 {x:.2%}。",
        )
    if lost := table.height - known.height:
        found["undefined"] = (
            f"{lost} changes are undefined; the table says why.",
            f"{lost} 个变化无定义，原因见表。",
        )
    if some := known.filter(pl.col("reason_en") != "").height:
        found["parts"] = (
            f"{some} changes have no technical change, and no parts that need it.",
            f"{some} 个变化缺少技术变化及相关分解项。",
        )
    if left_out:
        found["left_out"] = (
            f"{left_out} pairs of years were left out, a row being absent.",
            f"{left_out} 个相邻年份对因缺少数据未计算。",
        )
    if pinned_share:
        found["not_unique"] = (
            f"{pinned_share:.1%} of the shadow prices are not unique: {PINNED[0]}.",
            f"{pinned_share:.1%} 的影子价格不唯一：{PINNED[1]}。",
        )
    return tuple(found.items())


def conventions(returns: str, frontier: str, aggregator: str) -> tuple[Words, ...]:
    """The conventions of one run.

    >>> len(conventions("vrs", "global", "distance"))
    5
    """
    english, chinese = RETURNS[returns]
    parts: dict[str, Words] = {
        "distance": (
            "parts: efficiency change and technical change (geometric mean over both years' data) radial; what they leave is "
            "the change of scale and mix",
            "分解：径向技术效率变化与技术变化（两年数据的几何平均），剩余部分为规模与混合变化",
        ),
        "shadow_prices": PINNED,
    }
    return (
        AGGREGATORS[aggregator],
        (f"returns to scale: {english}", f"规模报酬：{chinese}"),
        FRONTIERS[frontier],
        parts[aggregator],
        (
            "means over units and years are geometric, unweighted",
            "单元与年份间的平均为未加权几何平均",
        ),
    )
