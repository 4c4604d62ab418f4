"""The measurement of contribution, as a line of the list of measurements."""

from __future__ import annotations

from firstlight.instruments.networks.contribution.profile_words import COUNTING
from firstlight.run.measurements.contribution import contribution_tables
from firstlight.run.measurements.form import Measurement, Option, Sample
from firstlight.run.measurements.options import LEVEL_95, SEED, SIGNS, UNTIL, YEAR, optional
from firstlight.sample import made_up_citations
from firstlight.sources.panels import Column

LISTED = "separated by ;"


CONTRIBUTION: tuple[Measurement, ...] = (
    Measurement(
        "contribution",
        "Contribution by category",
        "分类贡献",
        "what each unit contributes in impact, disruption, novelty and use in patents, each beside all works; never one score",
        "各单元在影响力、颠覆性、新颖性、专利利用等方面的贡献，分类列示，不合成单一得分",
        (
            Column("work", "text", "paper, patent or project"),
            Column(
                "contributor",
                "text",
                f"whose work it is: place, organisation, technology, {LISTED}",
                is_filled=False,
                separators=SIGNS,
            ),
            YEAR,
            optional("field", "field of the work", "text"),
            optional("citations", "times cited; empty if unknown", sign="zero"),
            optional(
                "references",
                f"works that it cites, by the names of the column work, {LISTED}",
                "text",
            ),
            optional(
                "terms", f"what it combines: cited journals, subclasses, keywords, {LISTED}", "text"
            ),
            optional("patents", "patents that cite it; empty if unknown", sign="zero"),
        ),
        "networks.contribution",
        contribution_tables,
        ("profiles", "left_out"),
        (
            "category",
            "unit",
            "category_value",
            "category_value_low",
            "category_value_high",
            "expected_value",
            "position",
            "works_count",
        ),
        tells=True,
        sample=lambda: Sample(
            made_up_citations.made_up_citations().rename({"unit": "contributor"}),
            {"draws": 500},
            title=made_up_citations.LABEL,
        ),
        options=(
            Option(
                "counting",
                "choice",
                COUNTING[0],
                "what a shared work counts",
                "合作成果计数方法",
                choices=COUNTING,
            ),
            Option(
                "horizon",
                "whole",
                5,
                "years after a work that disruption looks at",
                "颠覆指数的引用窗口（年）",
                1,
                50,
            ),
            Option(
                "top", "number", 0.1, "which share counts as most cited", "高被引比例", 0.001, 0.5
            ),
            Option(
                "least",
                "whole",
                10,
                "works from which a unit is compared",
                "参与比较的最少成果数",
                1,
            ),
            LEVEL_95,
            Option(
                "draws",
                "whole",
                1000,
                "resamples behind each interval and comparison",
                "区间与比较的重抽样次数",
                100,
                10_000,
            ),
            UNTIL,
            SEED,
        ),
    ),
)
