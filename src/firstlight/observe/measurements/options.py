"""Options that many measurements offer alike, and the signs between names in one cell."""

from __future__ import annotations

from firstlight.observe.measurements.form import Option

SIGNS = (";", "；", "|")
SEED = Option("seed", "whole", 0, "seed of random draws", "随机种子", 0)
UNTIL = Option(
    "until",
    "whole",
    None,
    "last year to use, where later ones are incomplete",
    "截止年份（其后年份不完整时）",
    1500,
    2200,
)
