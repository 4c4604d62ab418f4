"""What Färe-Primont levels say in words, and the conventions behind them, in English and Chinese."""

from __future__ import annotations

import numpy as np
import polars as pl

from firstlight.numerics.finding import Words, name_words

Sentences = tuple[tuple[str, Words], ...]
RETURNS: dict[str, Words] = {
    "crs": ("constant", "不变（CRS）"),
    "vrs": ("variable", "可变（VRS）"),
    "nirs": ("non-increasing", "非递增（NIRS）"),
    "ndrs": ("non-decreasing", "非递减（NDRS）"),
}
FRONTIERS: dict[str, Words] = {
    "contemporaneous": (
        "a year's frontier is spanned by that year's units; technical change may be negative",
        "前沿由当年单元构成，允许技术退步",
    ),
    "sequential": (
        "a year's frontier is spanned by the units up to that year; no technical regress",
        "前沿由当年及以前的单元构成，不允许技术退步",
    ),
    "global": (
        "one frontier is spanned by the units of all years; no technical change",
        "前沿由全部年份的单元构成，不含技术变化",
    ),
}
AGGREGATORS: dict[str, Words] = {
    "shadow_prices": (
        "aggregates are linear, with the shadow prices of the representative observation on the frontier of all rows "
        "(O'Donnell 2011; the programs DPIN and R's productivity)",
        "总量函数为线性，权重取代表性观测在全样本前沿上的影子价格（O'Donnell 2011；DPIN 与 R 包 productivity 的做法）",
    ),
    "distance": (
        "aggregates are the distance functions of the representative observation on the frontier of all rows (Färe and Primont 1995)",
        "总量函数为代表性观测在全样本前沿上的距离函数（Färe 和 Primont 1995）",
    ),
}
PINNED: Words = (
    "of several optimal shadow prices, those with the least sum of squares (each times the mean of its quantity) are "
    "taken; public programs return their solver's first",
    "影子价格不唯一时，取（以样本均值加权的）平方和最小者；公开程序则返回求解器最先得到的解",
)


def sentences(table: pl.DataFrame, prices: pl.DataFrame, is_unique: bool) -> Sentences:
    """Growth and its two parts; who leads; the weights, and whether the programme left them open; what is missing.

    >>> table = pl.DataFrame({"unit": ["a", "b"], "tfp_index": [1.0, 2.0], "tfp_efficiency_ratio": [0.5, 1.0]})
    >>> sentences(table, pl.DataFrame(), True)[0][1][0]
    'b has the highest TFP, 2.00 times the lowest (a); mean TFP efficiency is 0.750.'
    """
    known = table.filter(pl.col("tfp_index").is_not_null())
    found: list[tuple[str, Words] | None] = [
        _growth(known) if "year" in table.columns else None,
        _leader(known) if known.height else None,
        _weights(prices) if prices.height else None,
    ]
    if prices.height:
        found.append(_weightless(prices))
    if not is_unique:
        found.append(
            (
                "not_unique",
                ("The shadow prices are not unique: " + PINNED[0] + ".", PINNED[1] + "。"),
            )
        )
    lost = table.height - known.height
    if lost:
        found.append(
            (
                "missing",
                (
                    f"{lost} rows have no TFP; the table says why.",
                    f"{lost} 行无全要素生产率，原因见表。",
                ),
            )
        )
    return tuple(each for each in found if each is not None)


def _growth(known: pl.DataFrame) -> tuple[str, Words] | None:
    ends = known.group_by("unit", maintain_order=True).agg(
        (pl.col("year").last() - pl.col("year").first()).alias("span"),
        *(
            (pl.col(name).last() / pl.col(name).first()).log().alias(name)
            for name in ("tfp_index", "tfp_maximum_index", "tfp_efficiency_ratio")
        ),
    )
    ends = ends.filter(pl.col("span") > 0)
    if not ends.height:
        return None
    tfp, technical, efficiency = (
        float((ends[name] / ends["span"]).to_numpy().mean())
        for name in ("tfp_index", "tfp_maximum_index", "tfp_efficiency_ratio")
    )
    first, last = known["year"].to_numpy().min(), known["year"].to_numpy().max()
    return (
        "growth",
        (
            f"Total factor productivity changed by {tfp:.2%} a year on average over {ends.height} units, {first}-{last}: "
            f"technical change {technical:.2%}, efficiency change {efficiency:.2%}.",
            f"{first}-{last} 年，{ends.height} 个单元的全要素生产率年均变化 {tfp:.2%}，其中技术变化 {technical:.2%}，效率变化 {efficiency:.2%}。",
        ),
    )


def _leader(known: pl.DataFrame) -> tuple[str, Words]:
    last = (
        known.filter(pl.col("year") == pl.col("year").max()) if "year" in known.columns else known
    )
    last = last.sort("tfp_index", "unit", descending=[True, False])
    top, low = last.row(0, named=True), last.row(-1, named=True)
    gap, mean = (
        top["tfp_index"] / low["tfp_index"],
        float(np.mean(last["tfp_efficiency_ratio"].to_numpy())),
    )
    (top_en, top_zh), (low_en, low_zh) = name_words(top["unit"]), name_words(low["unit"])
    when = (f"In {top['year']} ", f"{top['year']} 年，") if "year" in known.columns else ("", "")
    return (
        "levels",
        (
            f"{when[0]}{top_en} has the highest TFP, {gap:.2f} times the lowest ({low_en}); "
            f"mean TFP efficiency is {mean:.3f}.",
            f"{when[1]}全要素生产率最高的是 {top_zh}，为最低者（{low_zh}）的 {gap:.2f} 倍；平均全要素生产率效率为 {mean:.3f}。",
        ),
    )


def _weights(prices: pl.DataFrame) -> tuple[str, Words]:
    parts, parts_zh = [], []
    for side, words in (("output", ("outputs", "产出")), ("input", ("inputs", "投入"))):
        shares = prices.filter(pl.col("side") == side).select("name", "value_share").rows()
        listed = [f"{name} {abs(share):.1%}" for name, share in shares]
        parts.append(f"{words[0]} {', '.join(listed)}")
        parts_zh.append(f"{words[1]}：{'、'.join(listed)}")
    return (
        "weights",
        (
            f"Weights at the representative observation: {'; '.join(parts)}.",
            f"代表性观测处的权重——{'；'.join(parts_zh)}。",
        ),
    )


def _weightless(prices: pl.DataFrame) -> tuple[str, Words] | None:
    names = prices.filter(pl.col("value_share").abs() < 1e-9)["name"].to_list()
    if not names:
        return None
    return (
        "no_weight",
        (
            f"No weight at all, so that their use or production does not count in TFP: {', '.join(names)}.",
            f"权重为零、不计入全要素生产率的变量：{'、'.join(names)}。",
        ),
    )


def conventions(
    returns: str,
    frontier: str,
    aggregator: str,
    has_representative: bool,
    base: str | tuple[str, int | None],
    has_years: bool,
) -> tuple[Words, ...]:
    """The conventions of one run.

    >>> len(conventions("vrs", "global", "distance", False, "first", True))
    6
    """
    english, chinese = RETURNS[returns]
    own = (
        ("as given", "由用户给定")
        if has_representative
        else ("the means of all rows", "全部观测的均值")
    )
    found = [
        (f"representative observation: {own[0]}", f"代表性观测：{own[1]}"),
        AGGREGATORS[aggregator],
        (f"returns to scale: {english}", f"规模报酬：{chinese}"),
        FRONTIERS[frontier],
        (
            "TFP* is the highest TFP among the units of the frontier; efficiencies of outputs are Shephard's, of inputs "
            "Farrell's: none above 1 on its own frontier",
            "最大生产率（TFP*）为前沿单元中的最高生产率；产出效率取 Shephard 定义，投入效率取 Farrell 定义，均不超过 1",
        ),
    ]
    if aggregator == "shadow_prices":
        found.append(PINNED)
    if isinstance(base, tuple):
        where = f"{base[0]}, {base[1]}" if has_years else base[0]
        found.append((f"changes: relative to {where}", f"变化：以 {where} 为基准"))
    elif has_years:
        whose = ("its year before", "上一年") if base == "previous" else ("its first year", "首年")
        found.append(
            (f"changes: each unit relative to {whose[0]}", f"变化：各单元相对其{whose[1]}")
        )
    return tuple(found)
