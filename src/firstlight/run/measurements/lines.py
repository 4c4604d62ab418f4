"""The list of measurements: what each needs, which choices it has, and the instrument that makes it. A list you can read."""

from __future__ import annotations

from firstlight.errors import InputError, did_you_mean
from firstlight.instruments.diffusion.growth_average import RULES
from firstlight.instruments.diffusion.growth_errors import ERRORS
from firstlight.instruments.diffusion.growth_series import KINDS
from firstlight.run.measurements.declared import declared_measurements
from firstlight.run.measurements.form import Measurement, Option
from firstlight.run.measurements.growth import growth_tables
from firstlight.run.measurements.lines_complexity import COMPLEXITY
from firstlight.run.measurements.lines_networks import NETWORKS
from firstlight.run.measurements.lines_places import PLACES
from firstlight.run.measurements.lines_productivity import PRODUCTIVITY
from firstlight.run.measurements.options import SEED, SUM, YEAR, optional
from firstlight.sources.panels import Column

TECHNOLOGY = Column("technology", "text", "name", if_absent="file")
VALUE = Column("value", "number", "amount, number or level", sign="zero")
TOTAL = optional("total", "what a full share would be", sign="zero")

HORIZON = Option("horizon", "whole", 10, "years to forecast", "预测年数", 1, 50)

MEASUREMENTS: tuple[Measurement, ...] = (
    *declared_measurements(),
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
    *PRODUCTIVITY,
    *COMPLEXITY,
    *PLACES,
    *NETWORKS,
)


def measurement(name: str) -> Measurement:
    """One of the list by its name.

    Raises  InputError naming those that exist.

    >>> measurement("adoption").instrument
    'adoption'
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
