"""The measurements of networks, as lines of the list of measurements."""

from __future__ import annotations

from firstlight.instruments.networks.partners import OBJECTIVES
from firstlight.run.measurements.form import Measurement, Option, Sample
from firstlight.run.measurements.lines_contribution import CONTRIBUTION
from firstlight.run.measurements.options import (
    ANY_YEAR,
    SEED,
    SIGNS,
    UNTIL,
    optional,
)
from firstlight.run.measurements.partners import check_partners, partners_tables
from firstlight.sample import made_up_works
from firstlight.sources.panels import Column

NAMES = "separated by ; or | where a cell holds several"
WORK = Column("work", "text", "document, project or patent")
MEMBER = Column("member", "text", f"organisation, place or person, {NAMES}", separators=SIGNS)
PLACE = Column("place", "text", f"country, province or city, {NAMES}", separators=(*SIGNS, "、"))
TERM = Column(
    "term",
    "text",
    f"term or keyword, {NAMES}",
    is_filled=False,
    separators=(*SIGNS, "、", ",", "，"),
)
GROUP = optional("group", "country or sector of the member", "text")
TECHNOLOGY = optional("technology", "technology of the work", "text")
PARTNER = optional("partner", "other end of a tie, in a table of ties", "text")
WEIGHT = optional("weight", "weight of a tie", sign="zero")
UNIT = Column("unit", "text", "name")

LAST_YEARS = Option(
    "last_years",
    "whole",
    None,
    "years up to the last to take works from; all where left out",
    "取最近几年的成果",
    1,
)
DRAWN = Option(
    "drawn",
    "whole",
    150,
    "members to draw, those with the strongest ties",
    "图中成员数（联系最强者）",
    2,
    2000,
)

NETWORKS: tuple[Measurement, ...] = (
    Measurement(
        "partners",
        "Partners for a technology",
        "技术合作伙伴推荐",
        "which members together cover a technology, who is likely to work together next, and how such forecasts did before",
        "哪些成员合起来覆盖某项技术，谁可能新建合作，以及此类预测的历史记录",
        (WORK, MEMBER, TERM, ANY_YEAR, GROUP, TECHNOLOGY),
        "networks.partners",
        partners_tables,
        (
            "consortium",
            "compared",
            "likely_pairs",
            "consortium_record",
            "record_by_year",
            "candidates",
        ),
        ("rank", "member", "gain_share", "covered_share", "new_terms", "tie_count"),
        check=check_partners,
        sample=lambda: Sample(
            made_up_works.made_up_works().drop("longitude", "latitude"),
            {"size": 4},
            title=made_up_works.LABEL,
        ),
        options=(
            Option(
                "size",
                "whole",
                5,
                "members of the consortium, the lead included",
                "联合体成员数（含牵头方）",
                1,
                50,
            ),
            Option(
                "technology",
                "names",
                None,
                "technologies to cover, of the column technology",
                "要覆盖的技术",
            ),
            Option(
                "terms",
                "names",
                None,
                "terms to cover; all where left out",
                "要覆盖的术语，省略则为全部",
            ),
            Option(
                "words",
                "yes",
                False,
                "the terms are the words of a running text, such as titles",
                "以标题等文本中的单词为术语",
            ),
            Option("lead", "names", None, "members that are in from the start", "既定的牵头方"),
            Option(
                "tie_weight",
                "number",
                0.0,
                "how much past work with the lead counts beside coverage; 0.05: the strongest tie as much as 5%",
                "与牵头方既有合作的权重；0.05 即最强联系相当于覆盖5%",
                0,
                10,
            ),
            Option(
                "least",
                "whole",
                1,
                "works on a term from which it is covered",
                "视为覆盖某术语的最少成果数",
                1,
            ),
            Option(
                "weights",
                "choice",
                "equal",
                "what a term counts: all alike, or as many as there are works on it",
                "术语权重：各术语相同，或按提及它的成果数",
                choices=("equal", "works"),
            ),
            Option(
                "objective",
                "choice",
                "best",
                "how members add up on a term",
                "成员覆盖度的合并",
                choices=tuple(OBJECTIVES),
            ),
            LAST_YEARS,
            UNTIL,
            Option(
                "horizon", "whole", 3, "years ahead for new partners", "新合作的预测年数", 1, 20
            ),
            Option(
                "past", "whole", 5, "years that a forecast looks back", "预测所用的历史年数", 1, 50
            ),
            Option(
                "least_works",
                "whole",
                3,
                "works in these years from which a member is compared",
                "参与比较的最少成果数",
                1,
            ),
            SEED,
        ),
    ),
    *CONTRIBUTION,
)
