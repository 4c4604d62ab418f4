"""The list of measurements: what each needs, which choices it has, and the instrument that makes it. A list you can read."""

from __future__ import annotations

from firstlight.errors import InputError, did_you_mean
from firstlight.instruments.diffusion.growth_average import RULES
from firstlight.instruments.diffusion.growth_errors import ERRORS
from firstlight.instruments.diffusion.growth_series import KINDS
from firstlight.run.measurements import diffusion
from firstlight.run.measurements.declared import declared_measurements
from firstlight.run.measurements.form import Measurement, Option
from firstlight.run.measurements.growth import growth_tables
from firstlight.run.measurements.lines_complexity import COMPLEXITY
from firstlight.run.measurements.lines_contribution import CONTRIBUTION
from firstlight.run.measurements.lines_places import PLACES
from firstlight.run.measurements.lines_productivity import PRODUCTIVITY
from firstlight.run.measurements.options import LEVEL, SEED, SUM, YEAR, optional
from firstlight.sources.panels import Column

TECHNOLOGY = Column("technology", "text", "name", if_absent="file")
PLACE = Column("place", "text", "country, province or city")
VALUE = Column("value", "number", "amount, number or level", sign="zero")
TOTAL = optional("total", "what a full share would be", sign="zero")
COST = Column("cost", "number", "cost of one unit, in constant prices", sign="positive")
CUMULATIVE = optional("cumulative", "cumulative production", sign="positive")
MARKET = Column("market", "text", "name", if_absent="file")
SHARE = optional("share", "share of the new, 0 to 1", is_share=True)
NEW = optional("new", "quantity of the new", sign="zero")
OLD = optional("old", "quantity of the old", sign="zero")

HORIZON = Option("horizon", "whole", 10, "years to forecast", "预测年数", 1, 50)

MEASUREMENTS: tuple[Measurement, ...] = (
    *declared_measurements(),
    Measurement(
        "adoption",
        "Adoption across places",
        "各地采用",
        "when each place took a technology up, its lag behind the leader, how fast it spread",
        "各地何时采用某项技术、落后领先者多久、扩散多快",
        (TECHNOLOGY, PLACE, YEAR, VALUE, TOTAL),
        "diffusion.adoption",
        diffusion.adoption_tables,
        ("lags", "speed", "places", "dates"),
        (
            "technology",
            "milestone",
            "leader",
            "leader_year",
            "lag_median",
            "reached_count",
            "before_count",
            "not_yet_count",
        ),
        options=(
            SUM,
            Option(
                "gaps",
                "choice",
                "missing",
                "what a missing year of a place means",
                "缺失年份的含义",
                choices=("missing", "zero"),
            ),
            Option(
                "common_level",
                "number",
                None,
                "the level of which 10% and 50% are taken",
                "计算10%和50%所依据的水平",
                0.0,
            ),
            Option(
                "least",
                "number",
                0.0,
                "value from which a place counts as a first user",
                "视为首次采用的最低数值",
                0.0,
            ),
            Option(
                "draws",
                "whole",
                200,
                "resamples behind each interval",
                "每个区间的重抽样次数",
                20,
                10_000,
            ),
            SEED,
            LEVEL,
        ),
    ),
    Measurement(
        "growth",
        "Growth curves",
        "增长曲线",
        "how far a technology has come, where its growth may end, and how such forecasts did before",
        "技术增长到哪一步、可能止于何处、此类预测以往的表现",
        (TECHNOLOGY, YEAR, VALUE, TOTAL),
        "diffusion.growth",
        growth_tables,
        ("technologies", "forecast"),
        (
            "technology",
            "last_year",
            "last_value",
            "saturation",
            "fraction_share",
            "likeliest_model",
            "kind",
        ),
        tells=True,
        options=(
            SUM,
            Option(
                "kind",
                "choice",
                "auto",
                "what the values are: levels, which may fall; cumulative, which can't; or what was added per year",
                "数值的含义：水平值（可能下降）、累计值（不会下降）或年增量",
                choices=KINDS,
            ),
            Option(
                "errors",
                "choice",
                "auto",
                "of one size (additive), in proportion, under a ceiling, or of counts; auto: lognormal for levels, else additive",
                "误差模型：可加、成比例、有上限或计数；auto：水平值用对数正态，其余用可加误差",
                choices=("auto", *ERRORS),
            ),
            Option(
                "ceiling",
                "number",
                None,
                "the level that can't be passed, such as 100 for per cent",
                "不可超越的上限",
                0.0,
            ),
            Option(
                "rule",
                "choice",
                RULES[0],
                "how the curves are weighed; default is evidence, and mixed under a ceiling",
                "曲线加权规则；default 即 evidence，有上限时为 mixed",
                choices=RULES,
            ),
            HORIZON,
            SEED,
        ),
    ),
    Measurement(
        "learning",
        "Learning curves",
        "学习曲线",
        "how fast costs fall, what they will be, and how such forecasts did before",
        "成本下降有多快、未来如何、此类预测以往的表现",
        (TECHNOLOGY, YEAR, COST, CUMULATIVE),
        "diffusion.learning",
        diffusion.learning_tables,
        ("technologies", "forecast", "hindcast"),
        (
            "technology",
            "first_year",
            "last_year",
            "yearly_decline_share",
            "learning_rate_share",
            "p_value",
            "is_significant",
        ),
        is_log=True,
        options=(
            HORIZON,
            Option(
                "theta",
                "number",
                None,
                "correlation of the noise, instead of the matched one",
                "噪声相关参数",
                -1,
                1,
            ),
            LEVEL,
        ),
    ),
    Measurement(
        "substitution",
        "Substitution of the old by the new",
        "新旧替代",
        "how fast the new takes over from the old, when it has half, and how such forecasts did before",
        "新技术取代旧技术有多快、何时过半、此类预测以往的表现",
        (MARKET, YEAR, SHARE, NEW, OLD),
        "diffusion.substitution",
        diffusion.substitution_tables,
        ("markets", "forecast", "hindcast"),
        (
            "market",
            "last_year",
            "last_share",
            "takeover_years",
            "half_year",
            "reason_en",
            "caution_en",
        ),
        options=(
            Option("is_count", "yes", False, "quantities are numbers of things", "数量为件数"),
            HORIZON,
            LEVEL,
        ),
    ),
    *PRODUCTIVITY,
    *COMPLEXITY,
    *PLACES,
    *CONTRIBUTION,
)


def measurement(name: str) -> Measurement:
    """One of the list by its name.

    Raises  InputError naming those that exist.

    >>> measurement("adoption").instrument
    'diffusion.adoption'
    """
    known = {own.name: own for own in MEASUREMENTS}
    if name not in known:
        hint = did_you_mean(name, known)
        raise InputError(
            f"no measurement {name!r}",
            where="measure",
            try_next=f"{hint}one of {', '.join(sorted(known))}",
        )
    return known[name]
