"""Options that many measurements offer alike, and the signs between names in one cell."""

from __future__ import annotations

from firstlight.observe.measurements.form import Option

SIGNS = (";", "；", "|")
SUM = Option("sum", "yes", False, "add up rows of the same key, each a part of the whole", "将同一键的各行相加")
GAPS = Option(
    "gaps", "choice", "missing", "what a row without a value means", "无数值行的含义", choices=("missing", "zero")
)
LEVEL = Option("level", "number", 0.9, "probability that an interval holds", "区间的置信水平", 0.5, 0.99)
MOST_SEED = 2**32 - 1  # of scikit-learn
SEED = Option("seed", "whole", 0, "seed of random draws", "随机种子", 0, MOST_SEED)
OUTLINES = (
    Option("outlines", "file", None, "GeoJSON of the places' outlines, for maps", "地图所用的地区边界（GeoJSON）"),
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
