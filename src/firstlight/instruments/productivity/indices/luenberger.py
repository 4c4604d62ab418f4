"""The Luenberger indicator: change of productivity as a difference of directional distances, radial and non-radial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.directions import (
    Direction,
    direction_amounts,
    disposal,
)
from firstlight.instruments.productivity.indices.period_frontiers import Floats, directional_measure
from firstlight.instruments.productivity.indices.productivity_change import (
    ProductivityChange,
    Question,
    measure_change,
)
from firstlight.instruments.productivity.unit_panel import UnitPanel, one_number, unit_panel
from firstlight.numerics.finding import Words
from firstlight.numerics.progress import Progress

NAMES = {
    "adjacent": ("Luenberger indicator", "Luenberger 生产率指标"),
    "sequential": ("Sequential Luenberger indicator", "序列 Luenberger 生产率指标"),
    "global": ("Global Luenberger indicator", "全局 Luenberger 生产率指标"),
    "biennial": ("Biennial Luenberger indicator", "两期 Luenberger 生产率指标"),
}
MEANING: Words = (
    "Above 0 where productivity grows, in multiples of the direction; parts and years add up",
    "大于0表示生产率提高，以方向向量的倍数计；各分解项与各年可加",
)


def luenberger(
    frame: Any,
    inputs: Sequence[str],
    outputs: Sequence[str],
    bads: Sequence[str] = (),
    *,
    unit: str = "unit",
    year: str = "year",
    method: str = "adjacent",
    returns: str = "crs",
    direction: Direction | None = None,
    disposability: str = "weak",
    decomposition: str = "fglr",
    progress: Progress = None,
) -> ProductivityChange:
    """The radial Luenberger indicator of each unit from year to year, and its parts.

    With b_r(d) the directional distance of data of year d to the frontier of year r, and years s before t:
    L = ((b_s(s) - b_s(t)) + (b_t(s) - b_t(t))) / 2, efficiency change b_s(s) - b_t(t), technical change the rest. On a
    frontier g that the years share: L = b_g(s) - b_g(t).

    frame     : a row per unit and year; inputs, outputs, bads : its columns of numbers, in any unit
    unit, year : its columns of names and years
    method, returns, decomposition : as in ``malmquist``; parts add up rather than multiply
    direction : the columns that move in proportion to the row's own values, or column -> amount, the same for all rows; None
                for all inputs, outputs and bads, (-x, y, -b)
    disposability : of bads, "weak" or "strong"
    Returns ProductivityChange with kind "indicator".
    Raises  InputError as ``malmquist``, or for a direction that names no column.
    Source: Chambers, Färe and Grosskopf (1996), Pacific Economic Review 1, 181-190; Boussemart, Briec, Kerstens and
            Poutineau (2003), Bulletin of Economic Research 55, 391-405.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"unit": ["a", "a"], "year": [1, 2], "x": [1, 1], "y": [4, 5]})
    >>> luenberger(rows, ["x"], ["y"], direction={"y": 2.0}).table["productivity_indicator"].round(6).to_list()
    [0.5]
    """
    panel = unit_panel(frame, inputs, outputs, bads, unit=unit, year=year)
    amounts, words = direction_amounts(
        panel, [*inputs, *outputs, *bads] if direction is None else direction
    )

    measures = partial(directional_measure, panel, amounts, disposability=disposability)
    conventions = (
        MEANING,
        words,
        *disposal(panel, disposability, returns if decomposition == "fglr" else "vrs"),
    )
    question = Question(
        "indicator",
        NAMES.get(method, ("", "")),
        method,
        returns,
        decomposition,
        np.negative,
        measures,
        conventions,
    )
    return measure_change(panel, question, progress)


def nonradial_luenberger(
    frame: Any,
    inputs: Sequence[str],
    outputs: Sequence[str],
    bads: Sequence[str] = (),
    *,
    weights: Mapping[str, float] | None = None,
    unit: str = "unit",
    year: str = "year",
    method: str = "global",
    returns: str = "crs",
    disposability: str = "weak",
    decomposition: str = "fglr",
    progress: Progress = None,
) -> ProductivityChange:
    """The non-radial Luenberger indicator: each quantity moves by its own share of its own value.

    b_r(d) = max w'b subject to (x_k (1 - b_k), y_k (1 + b_k), c_k (1 - b_k)) in T_r, b >= 0; then as ``luenberger``. A row
    that lies beyond another year's frontier has no such b, so that the adjacent and sequential indicators are often
    undefined; the global and biennial ones never are.

    weights : column -> weight, 0 or more, not all 0, kept as they are: they need not sum to 1 (Stata's gtfpch gives each
              output and bad 1). None for equal weights of inputs, outputs and bads as groups, shared equally within each (Zhou,
              Ang and Wang 2012). Columns that are not named do not move
    The rest as in ``luenberger``.
    Returns ProductivityChange with kind "indicator".
    Raises  InputError as ``luenberger``, or for a weight that is negative, or that names no column.
    Source: Zhou, Ang and Wang (2012), European Journal of Operational Research 221, 625-635; Wang, Du and Zhang (2022), Stata
            Journal 22(1), 103-124 (the indicator).

    >>> import polars as pl
    >>> rows = pl.DataFrame({"unit": ["a", "a"], "year": [1, 2], "x": [1, 1], "y": [4, 5], "co2": [4, 4]})
    >>> found = nonradial_luenberger(rows, ["x"], ["y"], ["co2"], weights={"y": 1.0})
    >>> found.table["productivity_indicator"].round(6).to_list()
    [0.25]
    """
    panel = unit_panel(frame, inputs, outputs, bads, unit=unit, year=year)
    shares, words = _weights(panel, weights)
    measures = partial(
        directional_measure, panel, panel.values, disposability=disposability, weights=shares
    )
    conventions = (
        MEANING,
        words,
        *disposal(panel, disposability, returns if decomposition == "fglr" else "vrs"),
    )
    english, chinese = NAMES.get(method, ("", ""))
    name = (f"{english}, non-radial", f"{chinese}（非径向）")
    question = Question(
        "indicator", name, method, returns, decomposition, np.negative, measures, conventions
    )
    return measure_change(panel, question, progress)


def _weights(panel: UnitPanel, weights: Mapping[str, float] | None) -> tuple[Floats, Words]:
    names = panel.quantities
    if weights is None:
        groups = [group for group in panel.names if group]
        weights = {name: 1 / len(groups) / len(group) for group in groups for name in group}
    unknown = next((name for name in weights if name not in names), None)
    if unknown is not None:
        raise InputError(
            f"no quantity {unknown!r}",
            where="weights",
            try_next=f"name some of {', '.join(map(repr, names))}",
        )
    shares = np.array(
        [one_number(weights.get(name, 0.0), f"weights, column {name!r}") for name in names]
    )
    if not (np.isfinite(shares).all() and (shares >= 0).all() and shares.any()):
        raise InputError(
            "weights must be 0 or more, not all 0", where="weights", try_next="mend the weights"
        )
    listed = ", ".join(
        f"{name} {share:.4g}" for name, share in zip(names, shares, strict=True) if share
    )
    return shares, (
        f"Weights of the non-radial distance: {listed}",
        f"非径向距离函数的权重：{listed}",
    )
