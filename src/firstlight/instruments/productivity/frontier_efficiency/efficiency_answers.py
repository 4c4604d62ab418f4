"""What efficiency scores say, and the conventions behind them, as codes and values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.productivity.frontiers.directions import signed_columns
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.numerics.long_frames import last_year
from firstlight.texts import (
    Count,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Share,
    Value,
    Year,
    counted,
    message,
    names,
)

ENOUGH = 10  # comparable units over m, below which intervals hold the truth too seldom
ON_FRONTIER = 1e-8  # an efficiency by a unit's own multipliers nearer to 1 is that of the frontier
RANGES = {
    "efficiency_score": "range_of_efficiency",
    "expansion_score": "range_of_expansion",
    "inefficiency_score": "range_of_inefficiency",
}


def dea_said(panel: UnitPanel, table: pl.DataFrame) -> list[Message]:
    """How many are efficient, the mean, the furthest from the frontier, inputs of 0, returns to
    scale, what has no solution."""
    said = [message("efficient", **_how_many(panel, table["is_efficient"]))]
    is_efficiency = "efficiency_score" in table.columns
    score = "efficiency_score" if is_efficiency else "inefficiency_score"
    code = "mean_efficiency" if is_efficiency else "mean_inefficiency"
    said += _mean(table, score, code, is_efficiency)
    said += _without_input(panel)
    if "returns_to_scale_code" in table.columns:
        counts = {
            name: Count(int((table["returns_to_scale_code"] == code).sum()))
            for name, code in (("increasing", "irs"), ("constant", "crs"), ("decreasing", "drs"))
        }
        said.append(message("returns_to_scale", **counts))
    return said + _unsolved(table)


def sbm_said(panel: UnitPanel, table: pl.DataFrame) -> list[Message]:
    """How many are on the frontier, the mean, the lowest, what has no score, and mean slacks inside
    the frontier."""
    is_super = "super_efficiency_score" in table.columns
    said = [message("without_slack", **_how_many(panel, table["is_efficient"]))]
    score = "super_efficiency_score" if is_super else "efficiency_score"
    said += _mean(table, score, "mean_score", True)
    return said + _unsolved(table) + _slack_means(panel, table)


def fdh_said(panel: UnitPanel, table: pl.DataFrame, score: str) -> list[Message]:
    """How many are on the frontier, and the range of the score."""
    return [message("on_hull", **_how_many(panel, table["is_efficient"])), _range(table, score)]


def order_m_said(panel: UnitPanel, table: pl.DataFrame, score: str, m: int) -> list[Message]:
    """How many do better than the expected best of m, the range, and how many have few to be drawn
    from."""
    is_better = table[score] > 1 if score == "efficiency_score" else table[score] < 1
    said = [message("better_than_m", m=Count(m), **_how_many(panel, is_better))]
    said.append(_range(table, score))
    is_few = table["drawn_from_count"] < ENOUGH * m
    if is_few.any():
        least = Count(ENOUGH * m)
        said.append(message("few_comparable", m=Count(m), least=least, **_how_many(panel, is_few)))
    return said


def cross_said(table: pl.DataFrame) -> list[Message]:
    """Of the last year, where there are years: how many are efficient by their own multipliers, and
    the best by all."""
    last = last_year(table)
    mean = last["cross_efficiency_score"].fill_null(0.0).to_numpy()
    best = last.row(int(np.argmax(mean.round(12))), named=True)
    efficient = int((last["efficiency_score"] > 1 - ON_FRONTIER).sum())
    values: dict[str, Value[Any]] = {"count": Count(efficient), "all": Count(last.height)}
    values["unit"] = unit_in_year(best["unit"], None)
    values["mean"] = Number(float(mean.max()), digits=3)
    if "year" in table.columns:
        return [message("judged_by_all_in_year", year=Year(best["year"]), **values)]
    return [message("judged_by_all", **values)]


def _how_many(panel: UnitPanel, which: pl.Series) -> dict[str, Value[Any]]:
    rows = panel.kind_of_rows
    return {"count": Count(int(which.sum())), "all": Count(len(which)), "rows": rows}


def _mean(table: pl.DataFrame, score: str, code: str, is_lowest_worst: bool) -> list[Message]:
    """The mean score and the worst, of the first of those that have it."""
    scored = table.drop_nulls(score)
    if not scored.height:
        return []
    worst = scored.sort(score, descending=not is_lowest_worst, maintain_order=True)
    row = worst.row(0, named=True)
    mean = Number(float(scored[score].to_numpy().mean()), digits=3)
    worst_score = Number(row[score], digits=3)
    return [message(code, mean=mean, worst=worst_score, unit=_who(row))]


def _range(table: pl.DataFrame, score: str) -> Message:
    numbers = table[score].to_numpy()
    ends = {"mean": numbers.mean(), "low": numbers.min(), "high": numbers.max()}
    return message(
        RANGES[score], **{name: Number(float(end), digits=3) for name, end in ends.items()}
    )


def _unsolved(table: pl.DataFrame) -> list[Message]:
    lost = table.filter(pl.col("reason").is_not_null())
    if not lost.height:
        return []
    units = List(tuple(_who(row) for row in lost.iter_rows(named=True)))
    return [message("unsolved", count=Count(lost.height), units=units)]


def _without_input(panel: UnitPanel) -> list[Message]:
    """Rows with an input of 0, which may be a number that nobody knew: they bend the frontier."""
    rows = np.flatnonzero((panel.inputs == 0).any(axis=1))
    if not rows.size:
        return []
    who = List(tuple(panel.who(int(row)) for row in rows))
    return [message("without_input", count=Count(rows.size), units=who)]


def _who(row: Mapping[str, Any]) -> Value[Any]:
    return unit_in_year(row["unit"], row.get("year"))


def _slack_means(panel: UnitPanel, table: pl.DataFrame) -> list[Message]:
    """What stands between those inside the frontier and their targets, as mean shares of what they
    have."""
    inside = ~table["is_efficient"].to_numpy()
    if not inside.any():
        return []
    has = panel.values[inside]
    slacks = table.select(f"{name}_slack" for name in panel.quantities).to_numpy()[inside]
    shares = np.divide(slacks, has, out=np.zeros_like(has), where=has > 0)
    known = ~np.isnan(shares).any(axis=1)
    if not known.any():
        return []
    means = shares[known].mean(axis=0)
    parts = [
        Phrase(message("phrases.share_of", column=Name(name), share=Share(float(mean))))
        for name, mean in zip(panel.quantities, means, strict=True)
    ]
    m, s = len(panel.names[0]), len(panel.names[1])
    inputs, outputs = List(tuple(parts[:m]), m), List(tuple(parts[m : m + s]), s)
    if not panel.names[2]:
        return [message("slack_means", inputs=inputs, outputs=outputs)]
    bads = List(tuple(parts[m + s :]), len(parts))
    return [message("slack_means_with_bads", inputs=inputs, outputs=outputs, bads=bads)]


def dea_conventions(
    panel: UnitPanel, asked: Mapping[str, Any], returns: str, orientation: str
) -> list[Message]:
    """Of returns, orientation, direction, bads, years, columns that are held, weights,
    super-efficiency and slacks.

    asked : the arguments of the measurement
    """
    used = [message(f"returns_{returns}"), message(f"dea_{orientation}")]
    if asked["direction"]:
        used.append(message("direction", columns=signed_columns(panel, asked["direction"])))
    if panel.names[2]:
        is_variable = asked["disposability"] == "weak" and returns == "vrs"
        used.append(message("bads_without_abatement" if is_variable else _bads(asked)))
    used += technology_used(panel, asked["technology"], asked["window"])
    if held := asked["nondiscretionary"]:
        code = "held" if returns == "vrs" else "held_and_not_scaled"
        used.append(message(code, columns=names(held, len(held))))
    restrictions = asked["weight_restrictions"]
    used += counted("weights_restricted", len(restrictions or ()))
    if asked["super_efficiency"]:
        used.append(message("super_dea"))
    if returns == "vrs" and orientation in ("input", "output") and not restrictions:
        used.append(message("scale_efficiency"))
    return [*used, message("slacks_in_a_second_stage")]


def _bads(asked: Mapping[str, Any]) -> str:
    return f"bads_{asked['disposability']}"


def sbm_conventions(
    panel: UnitPanel, asked: Mapping[str, Any], returns: str, orientation: str
) -> list[Message]:
    """Of returns, orientation, bads, super-efficiency, zeros, years and rounding."""
    used = [message(f"returns_{returns}"), message(f"sbm_{orientation}")]
    if panel.names[2]:
        used.append(message("bads_below_the_line"))
    if asked["super_efficiency"]:
        used.append(message("super_sbm"))
    if asked["zeros"] != "refuse":
        used.append(message(f"zeros_{asked['zeros']}"))
    return [*used, *technology_used(panel, asked["technology"]), message("near_one")]


def order_m_conventions(
    panel: UnitPanel, orientation: str, technology: str, m: int, level: float
) -> list[Message]:
    """Of the draws, of who may be drawn, of the intervals and of the years."""
    used = [message("expected_best", m=Count(m)), message(f"order_m_{orientation}")]
    used.append(message("normal_intervals", level=Share(level)))
    return used + technology_used(panel, technology)


def technology_used(panel: UnitPanel, technology: str, window: int = 0) -> list[Message]:
    """Which years span a frontier; nothing where the table has no years."""
    if not panel.has_years:
        return []
    if technology == "window":
        return [message("technology_window", count=Count(window))]
    return [message(f"technology_{technology}")]
