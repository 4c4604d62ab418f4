"""Rows of a page's data in little room: columns as arrays, codes as places in a list, few digits, a
budget of bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from firstlight.number_format import is_known

DIGITS = 4  # that count, of a number on the page; files hold all
# bytes of JSON that the rows of single technologies may take, first technologies first
BUDGETS = {
    "history": 700_000,
    "fan": 160_000,
    "links": 130_000,
    "leaders": 260_000,
    "documents": 420_000,
    "precedents": 120_000,
}

Row = dict[str, Any]
Packed = list[Any]


def among(frame: pl.DataFrame, places: Mapping[str, int]) -> pl.DataFrame:
    """Rows of the technologies that have a place."""
    return frame.filter(pl.col("technology_id").is_in(list(places)))


def by_technology(frame: pl.DataFrame, keys: list[str]) -> dict[str, list[Row]]:
    """Rows of each technology, sorted by the keys, or as they come without keys."""
    if keys:
        frame = frame.sort("technology_id", *keys, maintain_order=True)
    grouped: dict[str, list[Row]] = {}
    for row in frame.iter_rows(named=True):
        grouped.setdefault(row["technology_id"], []).append(row)
    return grouped


def placed(
    frame: pl.DataFrame, places: Mapping[str, int], keys: list[str], packed: Callable[[Row], Packed]
) -> list[Packed | None]:
    """Packed rows of each technology at its place, in the order of the keys, or as they come
    without keys."""
    kept: list[Packed | None] = [None] * len(places)
    for name, rows in by_technology(among(frame, places), keys).items():
        kept[places[name]] = [packed(row) for row in rows]
    return kept


def budgeted(
    name: str, kept: list[Packed | None], budget: int | None = None
) -> list[Packed | None]:
    """The same, cut off after the technology that exhausts the budget."""
    left = budget
    if left is None:
        left = BUDGETS[name]
    for place, rows in enumerate(kept):
        if rows is not None:
            left -= len(json_text(rows).encode())
        if left < 0:
            return kept[:place]
    return kept


def codes(column: pl.Series) -> dict[str, int]:
    """Each value once, in the order of the alphabet -> its place."""
    return {
        code: place for place, code in enumerate(sorted(column.drop_nulls().unique().to_list()))
    }


def json_text(value: Any) -> str:
    """Compact JSON, the same bytes for the same value."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def scaled(value: float | None, unit: int) -> int | None:
    """A number as a whole number of a small unit; None where it is missing."""
    if not is_known(value):
        return None
    return round(value * unit)


def scaled_column(values: pl.Series, unit: int) -> pl.Series:
    """The same for a whole column."""
    whole = (pl.col("value") * unit).round(mode="half_to_even").cast(pl.Int64)
    known = pl.when(pl.col("value").is_finite()).then(whole)
    return values.to_frame("value").select(known.alias(values.name)).to_series()


def rounded(value: Any, digits: int = DIGITS) -> Any:
    """Floats to so many digits (nan and infinity to null), through lists and mappings."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        short = float(f"{value:.{digits}g}")
        if short.is_integer() and abs(short) < 1e15:  # 3 rather than 3.0, two bytes less
            return int(short)
        return short
    if isinstance(value, Mapping):
        return {key: rounded(item, digits) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [rounded(item, digits) for item in value]
    return value if isinstance(value, int | str) else str(value)
