"""The measurements of complexity, as lines of the list of measurements."""

from __future__ import annotations

from firstlight.run.measurements.activity_choices import check_presence, sample_activities
from firstlight.run.measurements.complexity import complexity_tables
from firstlight.run.measurements.form import Measurement, Option
from firstlight.run.measurements.opportunities import check_opportunities, opportunity_tables
from firstlight.run.measurements.options import (
    ANY_YEAR,
    GAPS,
    LATITUDE,
    LONGITUDE,
    OUTLINES,
    SEED,
    SUM,
    optional,
)
from firstlight.sources.panels import Column

PLACE = Column("place", "text", "country, province, city or other place")
ACTIVITY = Column(
    "activity", "text", "industry, technology, product or occupation", is_heading=True
)
VALUE = Column(
    "value", "number", "exports, employment, patents, firms or any other amount", sign="zero"
)
GROUP = optional("group", "class of the activity", "text", is_exact=True)
GROWTH = optional("growth", "forecast growth of the activity, a share a year", is_exact=True)
WEIGHT = optional(
    "strategic_weight", "strategic weight of the activity, more is better", is_exact=True
)
PRESENCE = (
    GAPS,
    Option(
        "presence",
        "choice",
        "rca",
        "an activity is present where its RCA (location quotient) is high enough, or wherever its value is above --least",
        "按RCA（区位商）判定存在，或数值高于--least即视为存在",
        choices=("rca", "given"),
    ),
    Option("threshold", "number", 1.0, "least RCA of what is present", "视为存在的最低RCA", 0.0),
    Option("least", "number", 0.0, "least value of what is present", "视为存在的最低数值", 0.0),
    Option(
        "shrinkage",
        "choice",
        "none",
        "move RCA of small counts towards 1",
        "将小计数的RCA向1收缩",
        choices=("none", "empirical_bayes"),
    ),
    Option(
        "significance",
        "number",
        None,
        "exact test of counts: largest p-value of what is present",
        "计数精确检验的显著性水平",
        0.0,
        1.0,
    ),
    Option(
        "proximity",
        "choice",
        "conditional",
        "how near two activities are",
        "邻近度的度量",
        choices=("conditional", "cosine", "lift"),
    ),
    Option(
        "least_total",
        "number",
        0.0,
        "least sum of a place's values: smaller places are left out",
        "地区数值合计的下限，更小的地区不计入",
        0.0,
    ),
    Option(
        "year",
        "whole",
        None,
        "the year that is shown, the last where left out",
        "展示的年份，省略则取最后一年",
    ),
    SUM,
)

COMPLEXITY: tuple[Measurement, ...] = (
    Measurement(
        "complexity",
        "Economic complexity",
        "经济复杂度",
        "what places are specialised in, how complex that is, and which activities are near to one another",
        "各地的专业化方向及其复杂度，以及哪些活动彼此邻近",
        (PLACE, ACTIVITY, ANY_YEAR, VALUE, GROUP, LONGITUDE, LATITUDE),
        "complexity.economic_complexity",
        complexity_tables,
        ("place_complexity", "activity_complexity", "nearest_activities", "nearness"),
        (
            "place",
            "eci_rank",
            "eci",
            "diversity_count",
            "outlook_index_z",
            "fitness",
            "genepy",
            "reason_en",
        ),
        check=check_presence,
        sample=sample_activities,
        absent_is_zero=True,
        places="place",
        options=(
            *PRESENCE,
            *OUTLINES,
            Option(
                "links",
                "number",
                2.0,
                "links of the drawing, to an activity",
                "图中平均每项活动的连线数",
                0.0,
                20.0,
            ),
        ),
    ),
    Measurement(
        "opportunities",
        "Opportunities of places",
        "各地的发展机会",
        "what each place could take up next: near, complex, opening further steps; and how such forecasts did before",
        "各地下一步可发展的活动：邻近、复杂、能拓展后续空间；以及此类预测以往的表现",
        (PLACE, ACTIVITY, ANY_YEAR, VALUE, GROWTH, WEIGHT),
        "complexity.opportunities",
        opportunity_tables,
        ("portfolio", "portfolio_places"),
        ("place", "rank", "activity", "density_share", "pci_gain", "outlook_gain", "chance_share"),
        check=check_opportunities,
        tells=True,
        sample=lambda: sample_activities(years=(2008, 2020)),  # fewer, as each is foretold again
        absent_is_zero=True,
        options=(
            *PRESENCE,
            Option(
                "places",
                "names",
                None,
                "places to show, all where left out",
                "展示的地区，省略则全部",
            ),
            Option(
                "least_density",
                "number",
                0.0,
                "least nearness (density) of what is listed",
                "所列活动的最低密度",
                0.0,
                1.0,
            ),
            Option("most", "whole", 10, "activities of a place", "每地列出的活动数", 1, 1000),
            Option(
                "technologies",
                "table",
                None,
                "growth forecasts of technologies, such as tables/technologies.csv of an observation",
                "各技术的增长预测，如观测结果中的tables/technologies.csv",
                columns=(
                    Column("technology", "text", "name"),
                    Column("growth", "number", "growth, a share a year", is_filled=False),
                ),
            ),
            Option(
                "crosswalk",
                "table",
                None,
                "which technologies belong to which activity",
                "技术与活动的对照表",
                columns=(
                    Column("technology", "text", "name"),
                    Column("activity", "text", "name as in the table of places"),
                    optional("weight", "how much it counts", sign="zero"),
                ),
            ),
            Option(
                "horizon",
                "whole",
                5,
                "years ahead of the record's forecasts",
                "记录所用的预测年数",
                1,
                50,
            ),
            Option(
                "record",
                "yes",
                True,
                "make earlier forecasts again and score them",
                "重做早期预测并评分",
            ),
            SEED,
        ),
    ),
)
