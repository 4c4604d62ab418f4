"""What a change of productivity says in words, and the conventions behind it, in English and Chinese."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl

from firstlight.instruments.productivity.indices.period_frontiers import Periods
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.numerics.finding import Words, name_words

Sentences = tuple[tuple[str, Words], ...]
PARTS = {
    "efficiency_change": ("efficiency", "技术效率"),
    "technical_change": ("technology", "技术进步"),
    "pure_efficiency_change": ("pure efficiency", "纯技术效率"),
    "scale_change": ("scale", "规模效率"),
}
FRONTIERS = {
    "adjacent": (
        "Frontiers: a year's frontier is spanned by that year's units alone",
        "前沿：各年前沿仅由当年单元构成（邻期参比）",
    ),
    "sequential": (
        "Frontiers: a year's frontier is spanned by that year's and all earlier units, so that it never recedes",
        "前沿：各年前沿由当年及此前各年单元构成（序列参比），技术不会退步",
    ),
    "global": (
        "Frontiers: one frontier spanned by all units of all years measures change, so that it is circular; efficiency "
        "change is against each year's own; technical change is that of the best practice gap",
        "前沿：以全部年份单元构成的全局前沿度量变化（满足传递性）；效率变化相对当年前沿，技术变化为最佳实践差距的变化",
    ),
    "biennial": (
        "Frontiers: the units of the pair's two years span one frontier; efficiency change is against each year's own",
        "前沿：以相邻两年单元构成的两期前沿度量变化；效率变化相对当年前沿",
    ),
}
PERIODS = {
    "both": (
        "Between two frontiers the mean of both counts (geometric for an index, arithmetic for an indicator)",
        "两年前沿取平均（指数为几何平均，指标为算术平均）",
    ),
    "first": (
        "The frontier of the first year alone counts, as in the Ray-Desli option of R's deaR",
        "仅以前一年前沿为参照（与 R 包 deaR 的 rd 选项一致）",
    ),
    "second": ("The frontier of the second year alone counts", "仅以后一年前沿为参照"),
}
DECOMPOSED = {
    "fglr": (
        "Parts: efficiency change and technical change, on the same returns to scale",
        "分解：技术效率变化与技术变化，采用同一规模报酬假设",
    ),
    "fgnz": (
        "Parts: Färe, Grosskopf, Norris and Zhang (1994): technical change and efficiency change at constant returns, the "
        "latter split into pure efficiency change at variable returns and scale change",
        "分解：Färe 等（1994）：规模报酬不变下的技术变化与效率变化，后者再分为纯技术效率变化（规模报酬可变）与规模效率变化",
    ),
    "ray_desli": (
        "Parts: Ray and Desli (1997): pure efficiency change and technical change at variable returns; scale change is what "
        "the index at constant returns leaves",
        "分解：Ray 和 Desli（1997）：规模报酬可变下的纯技术效率变化与技术变化；规模变化为规模报酬不变指数的剩余部分",
    ),
}


def change_sentences(
    panel: UnitPanel, periods: Periods, name: Words, kind: str, table: pl.DataFrame
) -> Sentences:
    """The answer first; then who gained and lost most, what is undefined, what was left out, gaps, and thin frontiers."""
    found = [
        ("change", _change(panel, name, kind, table)),
        ("extremes", _extremes(kind, table)),
        ("undefined", _undefined(kind, table)),
        ("left_out", _left_out(periods)),
        ("gaps", _gaps(periods)),
        ("thin", _thin(panel, periods)),
    ]
    return tuple((code, words) for code, words in found if words is not None)


def change_conventions(
    kind: str, method: str, returns: str, decomposition: str, reference_period: str
) -> tuple[Words, ...]:
    """The conventions that all indices over time share."""
    scale = {
        "crs": ("constant", "规模报酬不变（CRS）"),
        "vrs": ("variable", "规模报酬可变（VRS）"),
    }[returns]
    mean = ("geometric", "几何") if kind == "index" else ("arithmetic", "算术")
    return (
        FRONTIERS[method],
        *((PERIODS[reference_period],) if method in ("adjacent", "sequential") else ()),
        (f"Returns to scale of the {kind}: {scale[0]}", f"规模报酬假设：{scale[1]}"),
        DECOMPOSED[decomposition],
        (
            "Consecutive years are those of the panel; a change over a gap counts for the whole gap, not per year",
            "相邻年份按面板中出现的年份确定；跨缺口的变化为整个间隔的变化，而非年均",
        ),
        (
            "Cumulated: since the unit's first year, as long as no pair in between is missing or undefined",
            "累计值以该单元首年为基期，中间出现缺失或无定义即中断",
        ),
        (
            f"Means over units are {mean[0]}, unweighted, over units with all parts",
            f"单元间平均为未加权{mean[1]}平均，仅含各分解项齐全的单元",
        ),
    )


def _amount(value: float, kind: str) -> str:
    # Adding 0 turns -0 into 0.
    return (
        f"{round(100 * (value - 1), 1) + 0:+.1f}%"
        if kind == "index"
        else f"{round(value, 4) + 0:+.4f}"
    )


def measured(table: pl.DataFrame, kind: str) -> list[str]:
    """The columns of a change and its parts, an index or an indicator.

    >>> measured(pl.DataFrame({"unit": [], "productivity_index": [], "cumulated_productivity_index": []}), "index")
    ['productivity_index']
    """
    return [
        name
        for name in table.columns
        if name.endswith(f"_{kind}") and not name.startswith("cumulated")
    ]


def _change(panel: UnitPanel, name: Words, kind: str, table: pl.DataFrame) -> Words:
    columns = measured(table, kind)
    whole = table.drop_nulls(columns)
    start, end = panel.years.min(), panel.years.max()
    if whole.is_empty():
        return (
            f"{name[0]}, {start} to {end}: not defined for any unit in all parts.",
            f"{name[1]}，{start}—{end}年：没有单元的各项均有定义。",
        )
    means = {
        column.removesuffix(f"_{kind}"): float(
            np.exp(np.log(values).mean()) if kind == "index" else values.mean()
        )
        for column in columns
        for values in [whole[column].to_numpy()]
    }
    units = whole["unit"].n_unique()
    english = ", ".join(
        f"{words[0]} {_amount(means[part], kind)}" for part, words in PARTS.items() if part in means
    )
    chinese = "、".join(
        f"{words[1]} {_amount(means[part], kind)}" for part, words in PARTS.items() if part in means
    )
    total = _amount(means["productivity"], kind)
    return (
        f"{name[0]}, {units} unit{'s' * (units != 1)}, {start} to {end}: {total} on average from one year of the "
        f"panel to the next ({english}).",
        f"{name[1]}，{units}个单元，{start}—{end}年：相邻年份平均变化 {total}（{chinese}）。",
    )


def _extremes(kind: str, table: pl.DataFrame) -> Words | None:
    column = f"cumulated_productivity_{kind}"
    last = (
        table.filter(pl.col("to_year") == table["to_year"].max())
        .drop_nulls(column)
        .sort(column, "unit")
    )
    if last.height < 2:
        return None
    low, high = last.row(0, named=True), last.row(-1, named=True)
    least, most = _amount(low[column], kind), _amount(high[column], kind)
    (low_en, low_zh), (high_en, high_zh) = name_words(low["unit"]), name_words(high["unit"])
    return (
        f"Cumulated to {low['to_year']}, most: {high_en} ({most}); least: {low_en} ({least}).",
        f"累计至{low['to_year']}年，最高：{high_zh}（{most}）；最低：{low_zh}（{least}）。",
    )


def _undefined(kind: str, table: pl.DataFrame) -> Words | None:
    columns = measured(table, kind)
    whole = table.select(pl.col(f"productivity_{kind}").is_null().sum()).item()
    some = table.height - table.drop_nulls(columns).height
    if not some:
        return None
    return (
        f"Pairs of years without {kind}: {whole} of {table.height}; without a part of it: {some - whole} more. The table says why.",
        f"{table.height}个相邻年份对中，{whole}个无指数，另有{some - whole}个缺少部分分解项，原因见表。",
    )


def _left_out(periods: Periods) -> Words | None:
    count = periods.left_out.height
    if not count:
        return None
    return (
        f"Pairs of years left out, because the unit was not there in one or both years: {count} (table left_out).",
        f"有{count}个相邻年份对因缺少一年或两年数据而未计算（见 left_out 表）。",
    )


def _gaps(periods: Periods) -> Words | None:
    years = periods.years.tolist()
    gaps = [f"{start}–{end}" for start, end in pairwise(years) if end - start > 1]
    if not gaps:
        return None
    return (
        f"The panel's years have gaps: {', '.join(gaps)}; those changes are over the whole gap.",
        f"面板年份有缺口：{'、'.join(gaps)}；相应变化为整个间隔的变化。",
    )


def _thin(panel: UnitPanel, periods: Periods) -> Words | None:
    sizes = [part.shape[1] for part in (panel.inputs, panel.outputs, panel.bads)]
    needed = max(
        sizes[0] * (sizes[1] + sizes[2]), 3 * sum(sizes)
    )  # Cooper, Seiford and Tone (2007)
    counts = [int((panel.years == year).sum()) for year in periods.years]
    if min(counts) >= needed:
        return None
    return (
        f"Thin frontier: the year with fewest units has {min(counts)}, for {sum(sizes)} quantities; a rule of thumb asks for "
        f"{needed}. Many units then count as efficient, and technical change rests on few.",
        f"前沿样本偏少：最少年份仅{min(counts)}个单元，而投入产出共{sum(sizes)}项，经验上至少需{needed}个，结果可靠性受限。",
    )
