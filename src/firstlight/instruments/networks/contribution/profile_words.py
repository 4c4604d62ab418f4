"""The words of contribution by category: what each means, what was found, what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from firstlight.numerics.finding import Words

COUNTING = ("fractional", "full")
CATEGORIES: dict[str, Words] = {
    "impact": ("citations beside those of the same field and year", "领域归一化引文影响力"),
    "most_cited": ("share among the most cited of the field", "领域高被引占比"),
    "disruption": ("mean disruption index", "颠覆指数均值"),
    "novelty": ("share with combinations rarer than chance", "含非典型组合的成果占比"),
    "new_combinations": ("share with combinations made for the first time", "含首次组合的成果占比"),
    "patents": ("share cited by patents", "被专利引用的成果占比"),
}
SHARES = ("most_cited", "novelty", "new_combinations", "patents")
_NO_CITATIONS: Words = ("the table has no citations", "表中无被引次数")
_NO_TERMS: Words = ("the table has no terms to combine", "表中无可组合的词")
ABSENT: dict[str, Words] = {
    "impact": _NO_CITATIONS,
    "most_cited": _NO_CITATIONS,
    "disruption": (
        "the table has no references, or no work whose references and citing works are both seen",
        "表中无参考文献，或没有同时可见参考文献与施引成果的成果",
    ),
    "novelty": _NO_TERMS,
    "new_combinations": (
        "the table has no terms to combine, or too few years to tell what is new",
        "表中无可组合的词，或年份过少无法判断新组合",
    ),
    "patents": ("the table does not say which works patents cite", "表中未给出专利引用"),
}
_ONE_FIELD: Words = (
    "No fields are given, and all works of a year count as one: units of fields that are cited a lot stand higher for that alone.",
    "未给出领域，同年全部成果视为同一领域：被引较多领域的单元会因此偏高。",
)
TOO_FEW: Words = ("too few works to be compared", "成果过少，不作比较")
ALIKE: Words = ("works all alike: no interval", "各项成果得分相同，无区间")


@dataclass(frozen=True)
class ProfileSettings:
    """What was chosen of a profile; see ``contribution``."""

    counting: str
    horizon: int | None
    top: float
    least: int
    level: float
    draws: int
    seed: int


def profile_conventions(
    found: list[str], own: ProfileSettings, *, unit_less: int, field_less: int | None
) -> tuple[Words, ...]:
    """The conventions of a profile whose categories are ``found``."""
    shared: Words = (
        (
            "a work is shared equally by its units (fractional counting)",
            "成果由各单元均分（分数计数）",
        )
        if own.counting == "fractional"
        else (
            "a work counts in full for each of its units (full counting)",
            "成果对其各单元均计1（完全计数）",
        )
    )
    told: list[Words] = [
        ("categories stay apart: no single score is formed", "各类别分别列示，不合成单一得分"),
        shared,
        (
            "the value of all works, each once, stands beside each unit's",
            "各单元数值旁列出全部成果的数值（每项计一次）",
        ),
        (
            f"intervals, {100 * own.level:.4g}%: of means by drawing the unit's works again ({own.draws:,} draws, seed {own.seed}); of yes or no Wilson's",
            f"区间，置信度{100 * own.level:.4g}%：均值由成果重抽样得出（{own.draws:,}次，种子{own.seed}）；是非占比用威尔逊区间",
        ),
        (
            f"above, below: of {own.draws:,} deals of all scores among the works of each year, at most {50 * (1 - own.level):.4g}% did as much; by chance alone {100 * (1 - own.level):.4g}% of units "
            "stand there",
            f"高于、低于：将得分在同年成果间随机重排{own.draws:,}次，达到该水平的不超过{50 * (1 - own.level):.4g}%；纯属偶然时也有{100 * (1 - own.level):.4g}%的单元如此",
        ),
        (
            "an interval says how far a value hangs on which works were counted; it says nothing of what the record leaves out",
            "区间反映数值对成果构成的敏感程度，不反映记录遗漏",
        ),
        (
            f"{unit_less:,} works have no unit and stand in the yardsticks alone",
            f"{unit_less:,}项成果无所属单元，仅用于基准",
        ),
    ]
    if field_less is None and "impact" in found:
        told.append(
            (
                "no fields given: all works of a year are one field",
                "未给出领域：同年全部成果视为同一领域",
            )
        )
    if field_less and "impact" in found:
        told.append(
            (
                f"{field_less:,} works have no field and no impact",
                f"{field_less:,}项成果无领域，不计影响力",
            )
        )
    if "most_cited" in found:
        told.append(
            (
                f"most cited: the top {100 * own.top:.4g}% of a field and year",
                f"高被引：同领域同年份前{100 * own.top:.4g}%",
            )
        )
    if "disruption" in found:
        told.append(
            ("disruption sees citations within the table only", "颠覆指数仅依据表内引用关系")
        )
    if "disruption" in found and own.horizon is not None:
        told.append(
            (
                f"disruption over the {own.horizon} years after a work",
                f"颠覆指数统计成果发表后{own.horizon}年",
            )
        )
    return tuple(told)


def profile_sentences(
    table: pl.DataFrame, left_out: pl.DataFrame, *, has_fields: bool = True
) -> tuple[tuple[str, Words], ...]:
    """What was found, category by category, why they stay apart, and what was left out."""
    told = [
        _of_category(own, name) for (name,), own in table.group_by("category", maintain_order=True)
    ]
    if not has_fields and "impact" in table["category"]:
        told.append(("one_field", _ONE_FIELD))
    held = table.group_by("unit").agg(pl.col("position").unique())
    both = held.filter(
        pl.col("position").list.contains("above") & pl.col("position").list.contains("below")
    ).height
    if both:
        words = (
            f"{both} of {held.height} units are above all works in one category and below in another: a single score would hide it.",
            f"{held.height}个单元中有{both}个在某一类别高于总体、在另一类别低于总体：单一得分会掩盖这一点。",
        )
        told.append(("apart", words))
    if left_out.height:
        pairs = [(CATEGORIES[name], en, zh) for name, en, zh in left_out.rows()]
        english = "; ".join(f"{title[0]} ({en})" for title, en, _ in pairs)
        words = (
            f"Not computed: {english}.",
            f"未计算：{'；'.join(f'{title[1]}（{zh}）' for title, _, zh in pairs)}。",
        )
        told.append(("without", words))
    return tuple(told)


def _of_category(own: pl.DataFrame, name: str) -> tuple[str, Words]:
    above, below = (own.filter(position=side).height for side in ("above", "below"))
    compared = own.drop_nulls("position").height
    en, zh = CATEGORIES[name]

    def said(value: float) -> str:
        digits = 3 if name == "disruption" else 2
        return f"{value:.1%}" if name in SHARES else f"{value:.{digits}f}"

    surest_en = surest_zh = ""
    sure = own.filter(position="above").drop_nulls("low")
    if sure.height:
        best = sure.sort("low", "unit", descending=[True, False]).row(0, named=True)
        low, value, high = (said(best[end]) for end in ("low", "value", "high"))
        surest_en = f"; the surest is {best['unit']}, {value} ({low} to {high}, {best['works_count']} works)"
        surest_zh = f"；最确定的是{best['unit']}，{value}（{low}至{high}，{best['works_count']}项）"
    base = said(own["base_value"][0])
    return (
        name,
        (
            f"{en[0].upper()}{en[1:]}: {base} over all works; of {compared} units compared, {above} surely above works of the same years, {below} below{surest_en}.",
            f"{zh}：总体为{base}；参与比较的{compared}个单元中{above}个明确高于、{below}个明确低于同年总体{surest_zh}。",
        ),
    )
