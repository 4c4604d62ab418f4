"""What a reader must know to read a followed technology rightly, in both languages."""

from __future__ import annotations

import polars as pl

FEWEST_TO_COMPARE = 20  # technologies, below which a first place among them is no rare thing
THIN = 1_000  # documents of a record in all, under which few technologies can be judged

_RULES = (
    (
        "rule",
        "A document belongs to a technology when it uses at least two of its terms. The terms are fixed from the {base} record "
        "at the end of {year} and looked up unchanged in every year of every record. Nothing dated later is read.",
        "一篇文献至少使用某技术的两个术语，才计入该技术。术语由{base_zh}记录在 {year} 年底确定，并原样用于各记录的所有年份；此后的资料一概不读。",
    ),
    (
        "share",
        "Growth and take-off are those of a technology's share of its own record. A record that is a selection, such as the "
        "patents of one field, shows shares of that selection, not of all patents.",
        "增长与起飞均指技术在所属记录中的份额。若记录只是某一领域的选集（例如某领域的专利），份额即为在该选集中的份额，而非在全部专利中的份额。",
    ),
    (
        "first",
        "First document: the first by the rule. One or two documents may be strays, so a presence counts from the third. The "
        "upper bound is the year in which the documents so far are more than chance explains.",
        "首篇：按上述规则的第一篇文献。一两篇可能只是偶然，故从第三篇起才算持续存在。上界为累计文献数超出偶然所能解释的年份。",
    ),
    (
        "company",
        "Words that records share may mean different things. A presence is confirmed where it is more than chance explains and "
        "where the documents keep the company that they keep in the {base} record: of all technologies, this one must be among "
        "the likeliest twentieth, its own terms left out.",
        "不同记录中的同一词语可能含义不同。只有文献数超出偶然，且其语境与{base_zh}记录中的语境一致，才算确认：在全部技术中，该技术须列于最相似的二十分之一（自身术语不计）。",
    ),
    (
        "company_unasked",
        "With fewer than 20 technologies it can't be told whether words that records share mean the same: a presence counts as "
        "confirmed where it is more than chance explains.",
        "技术不足 20 项时，无法判断各记录共有的词语含义是否相同：只要文献数超出偶然，即视为确认。",
    ),
    (
        "take_off",
        "Take-off: the year from which the main growth phase of the share began, three years or more at 8% a year or more. "
        "Brackets hold 90% of the likelihood. An open bracket means that the record begins too late to say.",
        "起飞：份额主要增长阶段的起始年（至少持续三年，年增长至少 8%）。方括号内含 90% 的似然；一侧开放表示记录开始得太晚，无法判断。",
    ),
    (
        "lag",
        "Dates are those that the records carry. A patent that is dated by its grant was applied for some years before, so that "
        "a lag from papers to such patents is too long by that time.",
        "日期以各记录所载为准。以授权日为准的专利，其申请要早若干年，因此论文到此类专利的时滞会偏长。",
    ),
    (
        "begins",
        "Records begin when their publishers do: {spans}. A technology that is older than a record, or whose field came to it late, "
        "seems young there, and a lag may be negative for no other reason.",
        "各记录的起始年取决于其来源：{spans_zh}。若某技术早于某记录，或其领域较晚进入该记录，则会显得年轻；时滞为负可能仅由此造成。",
    ),
    (
        "class",
        "A record of counts by field or class tells how the class grew that fits the technology best by name; the class is "
        "usually broader than the technology and older.",
        "按领域或类别统计的记录，反映的是名称上与该技术最相符的类别的增长；类别通常比技术更宽、也更早。",
    ),
    (
        "stage",
        "The stage is the furthest in which a record holds three documents or more. A stage for which no record was given is "
        "not observed, which says nothing about the technology.",
        "阶段：有记录显示至少三篇文献的最远阶段。未提供记录的阶段为“未观测”，并不说明该技术不存在于该阶段。",
    ),
)
_KINDS_ZH = {
    "science": "科学", "project": "项目", "invention": "发明", "standard": "标准", "product": "产品", "trade": "贸易",
}  # fmt: skip


def conventions(records: pl.DataFrame, as_of: int, base: str, technologies: int) -> pl.DataFrame:
    """code, text_en, text_zh: the rules, then what is particular to these records.

    records : kind, first_year, last_year, documents_count, is_by_class
    """
    rows = []
    spans = list(records.select("kind", "first_year").iter_rows())
    values = {
        "base": base,
        "base_zh": _KINDS_ZH[base],
        "year": as_of,
        "spans": ", ".join(f"{kind} in {first}" for kind, first in spans),
        "spans_zh": "、".join(f"{_KINDS_ZH[kind]} {first} 年" for kind, first in spans),
    }
    for code, english, chinese in _RULES:
        unsaid = {
            "class": not records["is_by_class"].any(),
            "company": technologies < FEWEST_TO_COMPARE,
            "company_unasked": technologies >= FEWEST_TO_COMPARE,
        }
        if not unsaid.get(code, False):
            rows.append((code, english.format(**values), chinese.format(**values)))
    for own in records.filter(~pl.col("is_by_class")).iter_rows(named=True):
        if own["documents_count"] < THIN:
            count, zh = f"{own['documents_count']:,.0f}", _KINDS_ZH[own["kind"]]
            english = f"The {own['kind']} record holds only {count} documents: most technologies can't be judged there."
            rows.append(("thin", english, f"{zh}记录仅有 {count} 篇文献：多数技术在其中无法判断。"))
    for own in records.filter(pl.col("last_year") < as_of).iter_rows(named=True):
        last, zh = own["last_year"], _KINDS_ZH[own["kind"]]
        english = f"The {own['kind']} record ends in {last}: what happened there after is not known."
        rows.append(("ends", english, f"{zh}记录止于 {last} 年：此后情况未知。"))
    return pl.DataFrame(rows, schema=["code", "text_en", "text_zh"], orient="row")
