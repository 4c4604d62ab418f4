"""What market segmentation says in words, and by which conventions."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.places.price_panel import PricePanel
from firstlight.numerics.finding import Words, listed, listed_zh

ALIKE = 0.8  # share of the most pairs of a period, below which the pairs compared are not the same
NAMED = 5  # missing prices that are told one by one
DEMEAN_WORDS: dict[str, Words] = {
    "good_period": (
        "less the mean of its good in its period, where two pairs or more have it",
        "减去该商品当期均值（至少两对可比）",
    ),
    "good": ("less the mean of its good over all periods", "减去该商品各期总均值"),
    "none": ("not demeaned", "不去均值"),
}


def period_name(period: int, monthly: bool) -> str:
    """A period as people say it: a year, or a month where periods are 12 * year + month - 1.

    >>> period_name(2020, False), period_name(12 * 2020 + 2, True)
    ('2020', '2020-03')
    """
    return f"{period // 12}-{period % 12 + 1:02}" if monthly else f"{period}"


def sentences(
    by_period: pl.DataFrame,
    by_place: pl.DataFrame,
    by_good: pl.DataFrame,
    missing: pl.DataFrame,
    trend: tuple[float, float, float],
    level: float,
    monthly: bool = False,
    cells: int = 0,
) -> tuple[tuple[str, Words], ...]:
    """The answer first: how segmented and whether that changes; then places, goods and what is missing.

    >>> empty = pl.DataFrame({"segmentation_index": [None]}, schema={"segmentation_index": pl.Float64})
    >>> sentences(empty, empty, empty, empty.clear(), (0.0, 0.0, 0.0), 0.9)[0][0]
    'none'
    """
    known = by_period.drop_nulls("segmentation_index")
    told: dict[str, Words] = {}
    if not known.height:
        words = ("No pair of places has enough prices to compare.", "各地均无足够的可比价格。")
        return (("none", words),)
    told["trend"] = _trend_words(known, trend, level, monthly)
    few, many = (int(known["pairs_count"].sort()[end]) for end in (0, -1))
    if few < ALIKE * many:
        told["pairs"] = _changing_words(few, many)
    ranked = by_place.drop_nulls("segmentation_index")
    names = ranked["place"].to_list()[: min(3, ranked.height)]
    if ranked["segmentation_index"].n_unique() > 1:  # where all are alike, none is the most
        told["places"] = (
            f"Most segmented: {listed(names)}.",
            f"分割程度最高：{'、'.join(names)}。",
        )
    parts = by_good.drop_nulls("contribution_share").group_by("good", maintain_order=True)
    goods = parts.agg(pl.col("contribution_share").mean()).sort(
        "contribution_share", "good", descending=[True, False]
    )
    if goods.height:
        name, share = goods.row(0)
        told["goods"] = (
            f"{name} contributes most: {share:.0%} of the index on average.",
            f"{name}贡献最大，平均占{share:.0%}。",
        )
    if missing.height:
        told["missing"] = _missing_words(missing, cells, monthly)
    return tuple(told.items())


def _changing_words(few: int, many: int) -> Words:
    return (
        f"Not always the same pairs are compared: {few:,} in one period, {many:,} in another. Part of the trend may be who is compared.",
        f"各期可比的地区对不同，最少 {few:,} 对、最多 {many:,} 对，趋势可能部分源于比较对象的变化。",
    )


def _missing_words(missing: pl.DataFrame, cells: int, monthly: bool) -> Words:
    n = missing.height
    if n > NAMED:
        of = f" of {cells:,} ({n / cells:.0%})" if cells else ""
        ratio = f"/{cells:,}（{n / cells:.0%}）" if cells else ""
        return (
            f"{n:,}{of} prices are missing; pairs are compared by the goods that both have.",
            f"缺少 {n:,}{ratio} 个价格，各对按共有商品比较。",
        )
    gone = [f"{place} {good} {period_name(when, monthly)}" for place, good, when in missing.rows()]
    return (
        f"{n} prices are missing ({listed(gone)}); pairs are compared by the goods that both have.",
        f"缺少{n}个价格（{listed_zh(gone)}），各对按共有商品比较。",
    )


def _trend_words(
    known: pl.DataFrame, trend: tuple[float, float, float], level: float, monthly: bool
) -> Words:
    first, last = known.row(0, named=True), known.row(-1, named=True)
    step: Words = ("month", "每月") if monthly else ("period", "每期")
    start, end = (period_name(row["period"], monthly) for row in (first, last))
    english = f"The market segmentation index is {last['segmentation_index']:.3g} in {end}"
    kind = "年" if not monthly and 1500 <= first["period"] <= last["period"] <= 2200 else "期"
    chinese = f"市场分割指数{end}{kind}为{last['segmentation_index']:.3g}"
    if known.height > 1:
        english += f", after {first['segmentation_index']:.3g} in {start}"
        chinese += f"，{start}{kind}为{first['segmentation_index']:.3g}"
    if not np.isfinite(trend[0]):
        return f"{english}; no trend can be read from it.", f"{chinese}；无法判断趋势。"
    if not np.isfinite(trend[1]):
        return (
            f"{english}; {trend[0]:+.1f}% per {step[0]}, without interval.",
            f"{chinese}；{step[1]}{trend[0]:+.1f}%，无区间。",
        )
    verdict: Words = ("no clear trend", "无明显趋势")
    if trend[2] < 0:
        verdict = ("the market is integrating", "市场趋于一体化")
    elif trend[1] > 0:
        verdict = ("the market is being walled off", "市场分割加剧")
    interval = f"{trend[1]:+.1f}% to {trend[2]:+.1f}%"
    return (
        f"{english}: {trend[0]:+.1f}% per {step[0]} ({level:.0%} interval {interval}), {verdict[0]}.",
        f"{chinese}：{step[1]}{trend[0]:+.1f}%（{level:.0%}区间{trend[1]:+.1f}%至{trend[2]:+.1f}%），{verdict[1]}。",
    )


def conventions(
    panel: PricePanel,
    all_pairs: bool,
    lag: int,
    interval: str,
    level: float,
    options: dict[str, Any],
) -> tuple[Words, ...]:
    """Every convention by which an index was computed.

    >>> panel = PricePanel(["a", "b"], ["rice"], np.array([2000]), np.zeros((1, 2, 1)), "level")
    >>> conventions(panel, True, 1, "jackknife", 0.9, {"demean": "none", "mean_over": "all", "ddof": 1, "minimum_goods": 2})[0][1]
    '价格水平；1期对数差分'
    """
    demean = DEMEAN_WORDS[options["demean"]]
    how: Words = (
        "the wider of those by leaving out places, and runs of periods, one by one, Student's t",
        "取逐一剔除地区与逐一剔除时期（变动跨期合并）的刀切区间中较宽者（t分布）",
    )
    if interval == "bootstrap":
        how = (
            "by drawing whole places again; each place's shocks are taken to be its own: chance that all places share is not in it",
            "由整地区重抽样得到，假定冲击为各地自身所有，不含共同冲击",
        )
    kind: Words = ("prices or fixed-base indices", "价格水平")
    if panel.kind == "index":
        kind = ("indices, the period before = 100", "环比价格指数（上期=100）")
    over: Words = ("over the compared pairs", "按所比较的各对")
    if options["mean_over"] == "all":
        over = ("over all pairs of places", "按全部地区对")
    divisor: Words = (
        ("by the number of goods less one", "除以商品数减1")
        if options["ddof"]
        else ("by their number", "除以商品数")
    )
    return (
        (f"{kind[0]}; log changes over {lag} periods", f"{kind[1]}；{lag}期对数差分"),
        (
            f"absolute change of each pair's log relative price, {demean[0]}"
            + ("" if options["demean"] == "none" else f", {over[0]}"),
            f"两地对数相对价格变动的绝对值，{demean[1]}"
            + ("" if options["demean"] == "none" else f"（{over[1]}）"),
        ),
        (
            f"variance across goods divided {divisor[0]}; at least {options['minimum_goods']} goods",
            f"跨商品方差，{divisor[1]}；至少{options['minimum_goods']}种商品",
        ),
        ("all pairs of places", "全部地区两两比较")
        if all_pairs
        else ("pairs named by the user", "用户指定的地区对（如相邻地区）"),
        (
            f"trend: log-linear; {level:.0%} interval: {how[0]}",
            f"趋势为对数线性；{level:.0%}区间：{how[1]}",
        ),
    )
