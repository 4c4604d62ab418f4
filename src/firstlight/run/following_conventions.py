"""What a reader must know to read a followed technology rightly, in both languages."""

from __future__ import annotations

import polars as pl

FEWEST_TO_COMPARE = 20  # technologies, below which a first place among them is no rare thing
THIN = 1_000  # documents of a record in all, under which few technologies can be judged

_RULES = (
    (
        "rule",
        "A document belongs to a technology when it uses any form of its name: the long form, an acronym in capitals, a plural, "
        "another spelling. The forms are fixed from the {base} record at the end of {year} and looked up unchanged in every "
        "year of every record. Nothing dated later is read.",
        "一篇文献只要使用某技术名称的任一形式（全称、大写缩写、复数、其他拼写），即计入该技术。名称形式由{base_zh}记录在 {year} 年底确定，"
        "并原样用于各记录的所有年份；此后的资料一概不读。",
    ),
    (
        "share",
        "Growth and take-off are those of a technology's share of its own record. A record that is a selection, such as the "
        "patents of one field, shows shares of that selection, not of all patents.",
        "增长与起飞均指技术在所属记录中的份额。若记录只是某一领域的选集（例如某领域的专利），份额即为在该选集中的份额，而非在全部专利中的份额。",
    ),
    (
        "plain",
        'Plain words such as "layer" are followed, yet they stand at the end and count in no figure of all technologies '
        "together, nor in tests: a word alone says too little of what is meant.",
        "单个普通词（如 layer）也予跟踪，但排在最后，不计入全部技术的合计数字，也不参与检验：单个词难以说明所指。",
    ),
    (
        "first",
        "First document: the first that uses the name. One or two documents may be strays, so a presence counts from the third; "
        "lags from record to record are from third document to third document.",
        "首篇：第一篇使用该名称的文献。一两篇可能只是偶然，故从第三篇起才算持续存在；记录之间的时滞按第三篇到第三篇计算。",
    ),
    (
        "company",
        "A name may mean different things in two records. A presence is confirmed where there are three documents and they keep "
        "the company that they keep in the {base} record: of all technologies named there, this one must be among the likeliest "
        "twentieth by what else the documents name. An acronym is left out where documents say that it stands for something "
        "else.",
        "同一名称在不同记录中的含义可能不同。只有至少三篇文献，且其语境与{base_zh}记录中的语境一致，才算确认：按文献中同时出现的其他技术衡量，"
        "该技术须列于该记录所提及的全部技术中最相似的二十分之一。若文献表明某缩写另有所指，则不计该缩写。",
    ),
    (
        "company_unasked",
        "Too few technologies are named in the {unasked} to tell whether a name means the same there: three documents count as "
        "confirmed.",
        "{unasked_zh}记录提及的技术太少，无法判断名称含义是否相同：有三篇文献即视为确认。",
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
        "survivors",
        "Followed are the technologies that the {base} record still names often at the end of {year}. What was given up before is "
        "not among them.",
        "所跟踪的是{base_zh}记录在 {year} 年底仍经常提及的技术；此前已被放弃的不在其中。",
    ),
    (
        "class",
        "A record of counts by field or class tells how the class grew whose name is the technology's, or that your concordance "
        "names; the class is usually broader than the technology and older.",
        "按领域或类别统计的记录，反映的是与该技术同名的类别、或您的对照表所指类别的增长；类别通常比技术更宽、也更早。",
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


def conventions(records: pl.DataFrame, as_of: int, base: str) -> pl.DataFrame:
    """code, text_en, text_zh: the rules, then what is particular to these records.

    records : kind, first_year, last_year, documents_count, is_by_class, is_compared
    """
    rows = []
    spans = list(records.select("kind", "first_year").iter_rows())
    is_other = (pl.col("kind") != base) & ~pl.col("is_by_class")
    others = records.filter(is_other)
    unasked = others.filter(~pl.col("is_compared"))["kind"].to_list()
    values = {
        "base": base,
        "base_zh": _KINDS_ZH[base],
        "year": as_of,
        "spans": ", ".join(f"{kind} in {first}" for kind, first in spans),
        "spans_zh": "、".join(f"{_KINDS_ZH[kind]} {first} 年" for kind, first in spans),
        "unasked": _records_of(unasked),
        "unasked_zh": "、".join(_KINDS_ZH[kind] for kind in unasked),
    }
    unsaid = {
        "class": not records["is_by_class"].any(),
        "company": not others["is_compared"].any(),
        "company_unasked": not unasked,
    }
    for code, english, chinese in _RULES:
        if not unsaid.get(code, False):
            rows.append((code, english.format(**values), chinese.format(**values)))
    for own in records.filter(~pl.col("is_by_class")).iter_rows(named=True):
        if own["documents_count"] < THIN:
            count, zh = f"{own['documents_count']:,.0f}", _KINDS_ZH[own["kind"]]
            english = f"The {own['kind']} record holds only {count} documents: most technologies can't be judged there."
            rows.append(("thin", english, f"{zh}记录仅有 {count} 篇文献：多数技术在其中无法判断。"))
    for own in records.filter(pl.col("last_year") < as_of).iter_rows(named=True):
        last, zh = own["last_year"], _KINDS_ZH[own["kind"]]
        english = (
            f"The {own['kind']} record ends in {last}: what happened there after is not known."
        )
        rows.append(("ends", english, f"{zh}记录止于 {last} 年：此后情况未知。"))
    return pl.DataFrame(rows, schema=["code", "text_en", "text_zh"], orient="row")


def _records_of(kinds: list[str]) -> str:
    """The kinds in one phrase: "product record", "product and trade records"."""
    if len(kinds) < 2:
        return f"{''.join(kinds)} record"
    return f"{', '.join(kinds[:-1])} and {kinds[-1]} records"
