"""The tables of a shock: what scenarios cost, who loses, and how output comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.chains.io_table import IOTable, per_output
from firstlight.instruments.chains.ranked_rows import ranked
from firstlight.instruments.chains.supply_shocks.scenario_rows import Scenario

Floats = NDArray[np.float64]
YEAR = 365.0  # days, over which rates add up to amounts
BACK = 0.01  # of normal output, below which what is missing counts as recovered
DAYS = {
    "worst_day": pl.Int64,
    "worst_share": pl.Float64,
    "recovery_day": pl.Int64,
    "reason": pl.String,
}
POINTS = 120  # of a curve of a sector, about
DRAWN = 5  # sectors of a scenario whose course is drawn
DIGITS = 10  # significant ones that are kept, so that the order of sums changes nothing


@dataclass(frozen=True)
class Course:
    """What became of the sectors in one scenario.

    output     : (days, n), at a yearly rate
    lost_final : (days, n), what final demand lacks, at a yearly rate
    """

    scenario: Scenario
    output: Floats
    lost_final: Floats


def scenario_table(table: IOTable, courses: Sequence[Course]) -> pl.DataFrame:
    """A row for each scenario, the costliest first."""
    year = table.output.sum()
    value_share = per_output(table.value_added_or_rest, table.output)
    rows = list[dict[str, Any]]()
    for course in courses:
        gap = table.output - course.output
        directly = (course.scenario.lost * table.output).sum() / YEAR
        lost = gap.sum() / YEAR
        missing = _rounded(gap.sum(axis=1) / year if year else gap.sum(axis=1))
        rows.append(
            {
                "scenario": course.scenario.name,
                "sectors_hit_count": int(course.scenario.is_hit.sum()),
                "lost_output": _rounded(lost),
                "lost_output_share": _rounded(lost / year) if year else None,
                "lost_directly": _rounded(directly),
                "lost_ratio": _rounded(lost / directly) if directly > 0 else None,
                "lost_value_added": _rounded((gap @ value_share).sum() / YEAR),
                "lost_final": _rounded(course.lost_final.sum() / YEAR),
                **_days_of(missing),
            }
        )
    schema = {
        "scenario": pl.String,
        "sectors_hit_count": pl.Int64,
        **dict.fromkeys(("lost_output", "lost_output_share", "lost_directly"), pl.Float64),
        **dict.fromkeys(("lost_ratio", "lost_value_added", "lost_final"), pl.Float64),
        **DAYS,
    }
    ordered = pl.DataFrame(rows, schema).sort("lost_output", "scenario", descending=[True, False])
    return ranked(ordered)


def sector_table(table: IOTable, courses: Sequence[Course]) -> pl.DataFrame:
    """A row for each scenario and sector, who loses most first."""
    normal = table.output
    rows = list[dict[str, Any]]()
    for course in courses:
        lost = _rounded((normal - course.output).sum(axis=0) / YEAR)
        final = _rounded(course.lost_final.sum(axis=0) / YEAR)
        part = _rounded((normal - course.output) / np.where(normal > 0, normal, 1.0))
        is_hit = course.scenario.is_hit
        for k, name in enumerate(table.sectors):
            rows.append(
                {
                    "scenario": course.scenario.name,
                    "sector": name,
                    "is_hit": bool(is_hit[k]),
                    "lost_output": float(lost[k]),
                    "lost_output_share": _rounded(lost[k] / normal[k]) if normal[k] > 0 else None,
                    "lost_final": float(final[k]),
                    **_days_of(part[:, k]),
                }
            )
    schema = {
        "scenario": pl.String,
        "sector": pl.String,
        "is_hit": pl.Boolean,
        **dict.fromkeys(("lost_output", "lost_output_share", "lost_final"), pl.Float64),
        **DAYS,
    }
    return pl.DataFrame(rows, schema).sort(
        "scenario", "lost_output", "sector", descending=[False, True, False]
    )


def _days_of(missing: Floats) -> dict[str, Any]:
    """The worst day and what is missing on it; and the first day from which less than 1% is, to the
    end: 0 where it never was."""
    worst = {
        "worst_day": int(missing.argmax()) + 1,
        "worst_share": max(float(missing.max()), 0.0),
    }
    away = np.flatnonzero(missing >= BACK)
    if not len(away):
        return {**worst, "recovery_day": 0, "reason": None}
    if away[-1] + 1 == len(missing):
        return {**worst, "recovery_day": None, "reason": "not_back"}
    return {**worst, "recovery_day": int(away[-1]) + 2, "reason": None}


def _rounded(value: Any) -> Any:
    """A number, or numbers, without the digits that the order of a sum decides."""
    given = np.asarray(value, np.float64)
    size = np.abs(given).max(initial=0.0)
    places = DIGITS if size == 0 else int(DIGITS - np.floor(np.log10(size)))
    kept = np.round(given, min(max(places, 0), 300)) + 0.0
    return kept if given.ndim else float(kept)


def course_tables(
    table: IOTable, courses: Sequence[Course], sectors: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Output of each day as a share of normal: of all, and of the sectors that lose most."""
    year = table.output.sum()
    whole = []
    single = []
    place = {name: k for k, name in enumerate(table.sectors)}
    for course in courses:
        name = course.scenario.name
        days = len(course.output)
        day = pl.int_range(0, days + 1, eager=True)
        together = course.output.sum(axis=1) / year if year else np.ones(days)
        whole.append(_days(name, day, together))
        first = sectors.filter(
            (pl.col("scenario") == name) & pl.col("lost_output_share").is_not_null()
        )
        for sector in first["sector"].head(DRAWN):
            share = course.output[:, place[sector]] / table.output[place[sector]]
            named = _days(name, day, share).with_columns(sector=pl.lit(sector))
            drawn = named.gather_every(max(days // POINTS, 1))
            single.append(drawn.select("scenario", "sector", "day", "output_share"))
    empty = pl.DataFrame(
        schema={
            "scenario": pl.String,
            "sector": pl.String,
            "day": pl.Int64,
            "output_share": pl.Float64,
        }
    )
    return pl.concat(whole), pl.concat([empty, *single])


def _days(name: str, day: pl.Series, share: Floats) -> pl.DataFrame:
    """A course from day 0, on which all is normal."""
    values = np.concatenate([[1.0], _rounded(share)])
    return pl.DataFrame({"scenario": [name] * len(day), "day": day, "output_share": values})
