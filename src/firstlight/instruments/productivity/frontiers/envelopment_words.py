"""What an envelopment analysis found and assumed, in words, English and Chinese."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.instruments.productivity.frontiers.directions import disposal
from firstlight.instruments.productivity.frontiers.envelopment_options import EnvelopmentOptions
from firstlight.instruments.productivity.frontiers.reference_years import technology_words
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.numerics.finding import Words, name_words

RETURNS: dict[str, Words] = {
    "crs": ("Constant returns to scale (CRS)", "规模报酬不变（CRS）"),
    "vrs": ("Variable returns to scale (VRS)", "规模报酬可变（VRS）"),
    "nirs": ("Non-increasing returns to scale (NIRS)", "规模报酬非递增（NIRS）"),
    "ndrs": ("Non-decreasing returns to scale (NDRS)", "规模报酬非递减（NDRS）"),
}
_ORIENTATION: dict[str, Words] = {
    "input": (
        "Input-oriented: efficiency is theta, the least share of the inputs that is enough (Farrell)",
        "投入导向：效率值为 θ，即维持产出所需投入的最小比例（Farrell）",
    ),
    "output": (
        "Output-oriented: expansion is phi, the greatest multiple of the outputs (Farrell); efficiency is 1 / phi (Shephard)",
        "产出导向：扩张系数为 φ，即产出可达到的最大倍数（Farrell）；效率值为 1/φ（Shephard）",
    ),
    "non": (
        "Non-oriented: inefficiency is beta, the greatest share by which inputs and bads shrink and outputs grow together",
        "非导向：无效率值为 β，即投入与非期望产出缩减、期望产出扩张的最大共同比例",
    ),
    "directional": (
        "Directional: inefficiency is beta, how often the direction fits between the unit and the frontier",
        "方向距离函数：无效率值为 β，即单元沿方向向量到达前沿面的倍数",
    ),
}


def conventions(panel: UnitPanel, asked: EnvelopmentOptions) -> tuple[Words, ...]:
    """Every convention of an analysis, English and Chinese."""
    found = [RETURNS[asked.returns], _ORIENTATION[asked.orientation], *asked.direction_words]
    found += disposal(panel, asked.disposability, asked.returns)
    if asked.technology == "window":
        found.append(
            (
                f"Each {asked.window} consecutive years are one frontier; a unit-year is scored in every window that holds it",
                f"每 {asked.window} 个连续年份构成一个窗口，单元在所属的每个窗口中分别评价",
            )
        )
    else:
        found += [
            (en[0].upper() + en[1:], zh) for en, zh in technology_words(panel, asked.technology)
        ]
    if asked.nondiscretionary:
        listed = asked.nondiscretionary
        found.append(
            (
                f"Not discretionary (Banker and Morey 1986): {', '.join(listed)}; held, their slack is not counted"
                + (
                    ", and under these returns to scale not multiplied by the sum of intensities"
                    if asked.returns != "vrs"
                    else ""
                ),
                f"不可控变量（Banker 和 Morey 1986）：{'、'.join(listed)}，保持不变，其松弛不计入"
                + ("；在该规模报酬假设下不乘以强度之和" if asked.returns != "vrs" else ""),
            )
        )
    if len(asked.restrictions):
        found.append(
            (
                f"{len(asked.restrictions)} weight restrictions (assurance regions): targets may lie beyond the observed units",
                f"施加 {len(asked.restrictions)} 条权重约束（保证域），目标值可能超出观测单元",
            )
        )
    if asked.is_super:
        found.append(
            (
                "Super-efficiency (Andersen and Petersen 1993): units of the frontier are scored without themselves",
                "超效率（Andersen 和 Petersen 1993）：前沿面单元以剔除自身后的前沿面评价",
            )
        )
    if asked.has_scale:
        found.append(
            (
                "Returns to scale by comparing CRS, NIRS and VRS scores (Färe, Grosskopf and Lovell 1985); scale efficiency is "
                "CRS over VRS efficiency",
                "规模报酬由 CRS、NIRS 与 VRS 得分比较判定（Färe 等 1985），规模效率为 CRS 效率与 VRS 效率之比",
            )
        )
    found.append(
        (
            "Slacks in a second stage, the largest sum of each over the reference's maximum; a distance below 1e-8 is 0. Scores are "
            "unique, slacks, peers and multipliers need not be",
            "第二阶段最大化松弛之和（各除以参照单元最大值）；小于 1e-8 的距离记为 0。得分唯一，松弛、参照单元与乘数未必唯一",
        )
    )
    return tuple(found)


def sentences(table: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    """The answer in words: how many are efficient, the mean, the lowest, and what could not be scored."""
    name = "efficiency_score" if "efficiency_score" in table.columns else "inefficiency_score"
    is_efficiency = name == "efficiency_score"
    efficient, scored = int(table["is_efficient"].sum()), table.filter(pl.col(name).is_not_null())
    found: dict[str, Words] = {
        "efficient_count": (
            f"{efficient} of {table.height} are efficient: on the frontier, without slack.",
            f"{table.height} 个评价对象中有 {efficient} 个有效：位于前沿面且无松弛。",
        ),
    }
    if scored.height:
        worst = scored.sort(name, descending=not is_efficiency, maintain_order=True).row(
            0, named=True
        )
        mean = scored.select(pl.col(name).mean()).item()
        who = _who(worst)
        english, chinese = (
            ("efficiency", "效率值") if is_efficiency else ("inefficiency", "无效率值")
        )
        end = ("lowest", "最低") if is_efficiency else ("highest", "最高")
        found["score_mean"] = (
            f"The mean {english} is {mean:.3f}; the {end[0]} is {worst[name]:.3f}, of {who[0]}.",
            f"平均{chinese}为 {mean:.3f}，{end[1]}为 {who[1]}，{worst[name]:.3f}。",
        )
    if "returns_to_scale_code" in table.columns:
        irs, crs, drs = (
            int((table["returns_to_scale_code"] == code).sum()) for code in ("irs", "crs", "drs")
        )
        found["returns_to_scale"] = (
            f"Returns to scale: increasing {irs}, constant {crs}, decreasing {drs}.",
            f"规模报酬：递增 {irs} 个，不变 {crs} 个，递减 {drs} 个。",
        )
    amiss = table.filter(pl.col("reason_en").is_not_null())
    if amiss.height:
        listed, listed_zh = zip(
            *(_who(row) for row in amiss.head(5).iter_rows(named=True)), strict=True
        )
        more = ", …" if amiss.height > 5 else ""
        found["without_solution_count"] = (
            f"{amiss.height} {'has' if amiss.height == 1 else 'have'} a programme without solution: {', '.join(listed)}{more}; the column of reasons says why.",
            f"{amiss.height} 个评价对象的线性规划无解：{'、'.join(listed_zh)}{more}；原因见“原因”列。",
        )
    return tuple(found.items())


def _who(row: dict[str, Any]) -> Words:
    return name_words(row["unit"], row.get("year"))
