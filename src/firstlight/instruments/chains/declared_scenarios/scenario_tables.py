"""The tables of declared scenarios: what each brings and costs, to whom, and what was declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.chains.declared_scenarios.declared_changes import (
    KEYS,
    NUMBERS,
    Change,
)
from firstlight.instruments.chains.declared_scenarios.scenario_outcome import Outcome
from firstlight.instruments.chains.ranked_rows import best_first, leading_digits, ranked
from firstlight.instruments.chains.scenario_sections import Sections

Floats = NDArray[np.float64]
JOBS = "jobs"
COLUMNS = {
    "value_added": ("value_added_change", "value_added_growth"),
    "output": ("output_change", "output_growth"),
    "imports": ("imports_change", "imports_growth"),
}
JOBS_COLUMNS = ("jobs_change", "jobs_growth")
SETTLED = 1e-12  # of what changes, below which a difference is left over by arithmetic
MOVERS = 5  # sectors that gain, and that lose, which are drawn


def scenario_table(before: Outcome, after: Sequence[Outcome]) -> pl.DataFrame:
    """A row for each scenario, the one that brings most first; against the economy as it is."""
    rows = [_scenario_row(before, outcome) for outcome in after]
    schema: dict[str, Any] = dict.fromkeys(rows[0], pl.Float64) | {
        "scenario": pl.String,
        "reason": pl.String,
    }
    return ranked(best_first(pl.DataFrame(rows, schema), "real_value_added_growth"))


def _scenario_row(before: Outcome, outcome: Outcome) -> dict[str, Any]:
    paired = {
        "value_added": (before.value_added.sum(), outcome.value_added.sum()),
        "output": (before.output.sum(), outcome.output.sum()),
        "imports": (before.imports, outcome.imports),
    }
    measured = [(*COLUMNS[name], *own) for name, own in paired.items()]
    for stressor, own in before.stressors.items():
        after = outcome.stressors[stressor]
        measured.append((*_stressor_columns(stressor), own.sum(), after.sum()))
    growth = _growth(*paired["value_added"])
    real = None
    if growth is not None and outcome.deflator:
        real = (1 + growth) / outcome.deflator
    cells: dict[str, Any] = {
        "scenario": outcome.scenario,
        "real_value_added_growth": _growth(1.0, real),
        "consumer_price_growth": _growth(1.0, outcome.consumer_price),
        "final_price_growth": _growth(1.0, outcome.final_price),
    }
    for change, in_proportion, old, new in measured:
        cells[change] = _change(old, new)
        cells[in_proportion] = _growth(old, new)
    cells["reason"] = None if outcome.consumer_price is not None else "no_consumers"
    return cells


def _stressor_columns(stressor: str) -> tuple[str, str]:
    if stressor == JOBS:
        return JOBS_COLUMNS
    return f"stressor_{stressor}_change", f"stressor_{stressor}_growth"


def _change(old: float, new: float) -> float:
    """A difference, 0 where arithmetic alone left it over."""
    return 0.0 if abs(new - old) <= SETTLED * abs(old) else float(new - old)


def _growth(old: float, new: float | None) -> float | None:
    return None if new is None or not old else _change(old, new) / abs(old)


def sector_table(
    sectors: Sequence[str], before: Outcome, after: Sequence[Outcome], order: Sequence[str]
) -> pl.DataFrame:
    """A row for each scenario, in their order, and sector, who gains most value added at consumer
    prices first."""
    parts = [_sector_rows(sectors, before, outcome) for outcome in after]
    place = {name: at for at, name in enumerate(order)}
    by = [
        pl.col("scenario").replace_strict(place, return_dtype=pl.Int64),
        leading_digits("real_value_added_change"),
        leading_digits("price_growth"),
        "sector",
    ]
    ordered = pl.concat(parts).sort(by, descending=[False, True, False, False], nulls_last=True)
    return ordered.with_columns(pl.selectors.float().fill_nan(None))


def _sector_rows(sectors: Sequence[str], before: Outcome, outcome: Outcome) -> pl.DataFrame:
    real = outcome.value_added / (outcome.deflator or 1.0)
    columns: dict[str, Any] = {
        "scenario": [outcome.scenario] * len(sectors),
        "sector": sectors,
        "real_value_added_change": _changes(before.value_added, real),
        "price_growth": _changes(np.ones(len(sectors)), outcome.price),
        "is_price_given": outcome.is_given,
    }
    measured = {
        "value_added": (before.value_added, outcome.value_added),
        "output": (before.output, outcome.output),
    }
    for name, (old, new) in measured.items():
        change, in_proportion = COLUMNS[name]
        columns[change] = _changes(old, new)
        columns[in_proportion] = _in_proportion(old, new)
    for stressor, amounts in before.stressors.items():
        change = _stressor_columns(stressor)[0]
        columns[change] = _changes(amounts, outcome.stressors[stressor])
    columns["output"] = outcome.output
    why = pl.when(pl.Series(before.output == 0)).then(pl.lit("no_output"))
    return pl.DataFrame(columns).with_columns(reason=why)


def _changes(old: Floats, new: Floats) -> Floats:
    """Differences, 0 where arithmetic alone left them over."""
    is_settled = np.abs(new - old) <= SETTLED * np.abs(old).max(initial=0.0)
    return np.where(is_settled, 0.0, new - old)


def _in_proportion(old: Floats, new: Floats) -> Floats:
    """Differences over what was before; nan where that was nothing."""
    none = np.full_like(old, np.nan)
    return np.divide(_changes(old, new), np.abs(old), out=none, where=old != 0)


def mover_table(sectors: pl.DataFrame) -> pl.DataFrame:
    """The sectors that gain and lose most value added at consumer prices in each scenario, of the
    rows of `sector_table`."""
    place = pl.int_range(pl.len()).over("scenario")
    last = pl.len().over("scenario") - MOVERS
    change = pl.col("real_value_added_change")
    moved = sectors.filter(((place < MOVERS) & (change > 0)) | ((place >= last) & (change < 0)))
    return moved.select("scenario", "sector", "real_value_added_change", "value_added_change")


def price_table(sectors: pl.DataFrame) -> pl.DataFrame:
    """The prices that move, of the rows of `sector_table`, the most first in each scenario."""
    moved = sectors.filter(pl.col("price_growth") != 0)
    place = pl.col("scenario").rle_id()
    ordered = moved.with_columns(place=place).sort(
        "place", leading_digits("price_growth"), "sector", descending=[False, True, False]
    )
    return ordered.select("scenario", "sector", "price_growth", "is_price_given")


def change_table(changes: Mapping[str, Sequence[Change]], sections: Sections) -> pl.DataFrame:
    """A row for each change, as it was read, and the line where it was declared."""
    rows = []
    for each in changes.values():
        for change in each:
            given = dict(change.given)
            if isinstance(given.get("user"), list):
                given["user"] = "; ".join(given["user"])
            line = sections.line("scenario", change.at)
            rows.append({**{key: given.get(key) for key in KEYS}, "line": line})
    texts = {key: pl.String for key in KEYS if key not in NUMBERS}
    schema = {key: texts.get(key, pl.Float64) for key in KEYS}
    return pl.DataFrame(rows, {**schema, "line": pl.Int64})
