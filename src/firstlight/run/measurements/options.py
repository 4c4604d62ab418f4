"""Columns and options that many measurements have alike, and the signs between names in one cell."""

from __future__ import annotations

from typing import Any

from firstlight.run.measurements.form import Option
from firstlight.sources.panels import Column


def optional(name: str, unit: str, kind: Any = "number", **more: Any) -> Column:
    """A column that a table may have or not, some of its cells filled or none."""
    return Column(name, kind, unit, if_absent="empty", is_filled=False, **more)


SIGNS = (";", "；", "|")
YEAR = Column("year", "year", "calendar year")
ANY_YEAR = Column("year", "year", "calendar year", if_absent="empty")
LONGITUDE, LATITUDE = optional("longitude", "degrees"), optional("latitude", "degrees")
SUM = Option(
    "sum",
    "yes",
    False,
    "add up rows of the same key, each a part of the whole",
    "将同一键的各行相加",
)
GAPS = Option(
    "gaps",
    "choice",
    "missing",
    "what a row without a value means",
    "无数值行的含义",
    choices=("missing", "zero"),
)
LEVEL = Option(
    "level", "number", 0.9, "probability that an interval holds", "区间的置信水平", 0.5, 0.99
)
LEVEL_95 = Option("level", "number", 0.95, LEVEL.help_en, LEVEL.help_zh, 0.5, 0.999)
MOST_SEED = 2**32 - 1  # of scikit-learn
SEED = Option("seed", "whole", 0, "seed of random draws", "随机种子", 0, MOST_SEED)
OUTLINES = (
    Option(
        "outlines",
        "file",
        None,
        "GeoJSON of the places' outlines, for maps",
        "地图所用的地区边界（GeoJSON）",
    ),
    Option(
        "outline_name",
        "text",
        None,
        "its property that names places; where left out, the one that matches most",
        "边界文件中表示地区名称的属性，省略则取匹配最多者",
    ),
)
UNTIL = Option(
    "until",
    "whole",
    None,
    "last year to use, where later ones are incomplete",
    "截止年份（其后年份不完整时）",
    1500,
    2200,
)
