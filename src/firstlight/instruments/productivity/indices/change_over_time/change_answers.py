"""What changes of productivity say, and the conventions behind them, as codes and values."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.productivity.indices.change_over_time.distance_changes import (
    ProductivityChange,
)
from firstlight.instruments.productivity.indices.period_means import measured
from firstlight.instruments.productivity.measured_units import unit_in_year
from firstlight.instruments.productivity.signed_columns import signed_columns
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.texts import (
    Change,
    Code,
    Count,
    Growth,
    List,
    Message,
    Name,
    Phrase,
    Value,
    Year,
    message,
)


def change_said(panel: UnitPanel, found: ProductivityChange, index: str) -> list[Message]:
    """The answer first; then who gained most, what is undefined or left out, gaps and frontiers."""
    return [
        _mean(panel, found, index),
        *_extremes(found),
        *_undefined(found),
        *_left_out(found),
        *_gaps(panel),
        *_thin(panel),
    ]


def amount(kind: str, value: float) -> Value[Any]:
    """A change as it is said: that of an index in per cent, that of an indicator as it is."""
    return Growth(value - 1, digits=1) if kind == "index" else Change(value, digits=4)


def _mean(panel: UnitPanel, found: ProductivityChange, index: str) -> Message:
    columns = measured(found.table, found.kind)
    whole = found.table.drop_nulls(columns)
    about: dict[str, Value[Any]] = {
        "name": Code(f"codes.name.{index}"),
        "start": Year(int(panel.years.min())),
        "end": Year(int(panel.years.max())),
    }
    if whole.is_empty():
        return message("nothing", **about)
    total, *parts = (amount(found.kind, _mean_of(whole[name], found.kind)) for name in columns)
    part_codes = (name.removesuffix(f"_{found.kind}") for name in columns[1:])
    about["parts"] = List(
        tuple(
            Phrase(message("phrases.part", part=Code(f"codes.part.{code}"), change=part))
            for code, part in zip(part_codes, parts, strict=True)
        )
    )
    count = Count(whole["unit"].n_unique())
    return message("change", change=total, count=count, **about)


def _mean_of(values: pl.Series, kind: str) -> float:
    numbers = values.to_numpy()
    return float(np.exp(np.log(numbers).mean()) if kind == "index" else numbers.mean())


def _extremes(found: ProductivityChange) -> list[Message]:
    """Whose cumulated productivity changed most and least by the last year."""
    column = f"cumulated_productivity_{found.kind}"
    is_last = pl.col("to_year") == pl.col("to_year").max()
    last = found.table.filter(is_last).drop_nulls(column).sort(column, "unit")
    if last.height < 2:
        return []
    low, high = last.row(0, named=True), last.row(-1, named=True)
    values: dict[str, Value[Any]] = {
        "most": unit_in_year(high["unit"], None),
        "most_change": amount(found.kind, high[column]),
        "least": unit_in_year(low["unit"], None),
        "least_change": amount(found.kind, low[column]),
    }
    return [message("extremes", year=Year(low["to_year"]), **values)]


def _undefined(found: ProductivityChange) -> list[Message]:
    table, said = found.table, []
    whole = int(table[f"productivity_{found.kind}"].null_count())
    some = table.height - table.drop_nulls(measured(table, found.kind)).height
    if whole:
        said.append(message("undefined", count=Count(whole), pairs=Count(table.height)))
    if some > whole:
        values = {"count": Count(some - whole), "pairs": Count(table.height)}
        said.append(message("parts_undefined", **values))
    return said


def _left_out(found: ProductivityChange) -> list[Message]:
    count = found.left_out.height
    return [message("left_out", count=Count(count))] if count else []


def _gaps(panel: UnitPanel) -> list[Message]:
    spans = [
        Phrase(message("format.range", low=Name(str(start)), high=Name(str(end))))
        for start, end in pairwise(np.unique(panel.years).tolist())
        if end - start > 1
    ]
    return [message("gaps", count=Count(len(spans)), spans=List(tuple(spans)))] if spans else []


def _thin(panel: UnitPanel) -> list[Message]:
    """Whether the year with fewest units has fewer than a rule of thumb asks for.

    Source: Cooper, Seiford and Tone (2007), Data Envelopment Analysis.
    """
    inputs, outputs, bads = (part.shape[1] for part in (panel.inputs, panel.outputs, panel.bads))
    quantities = inputs + outputs + bads
    needed = max(inputs * (outputs + bads), 3 * quantities)
    fewest = int(np.unique(panel.years, return_counts=True)[1].min())
    if fewest >= needed:
        return []
    values = {"count": Count(fewest), "quantities": Count(quantities), "needed": Count(needed)}
    return [message("thin", **values)]


def change_conventions(panel: UnitPanel, asked: Mapping[str, Any], kind: str) -> list[Message]:
    """Of the index, its direction or weights, bad outputs, frontiers, returns, parts and means.

    asked : the arguments of the measurement
    """
    index, returns, decomposition = asked["index"], asked["returns"], asked["decomposition"]
    used = [message(f"meaning_{index}")]
    if index == "malmquist":
        used.append(message(f"orientation_{asked['orientation']}"))
    elif index == "nonradial_luenberger":
        used.append(message("equal_weights"))
    else:
        moves = asked["direction"] or default_direction(panel, index)
        used.append(message("direction", columns=signed_columns(panel, moves)))
    if panel.names[2]:
        is_variable = "vrs" in (returns, "crs" if decomposition == "fglr" else "vrs")
        is_plain = asked["disposability"] == "weak" and is_variable
        used.append(message("bads_unabated" if is_plain else f"bads_{asked['disposability']}"))
    used.append(message(f"frontier_{asked['frontier']}"))
    if asked["frontier"] != "global":
        used.append(message("both_frontiers_index" if kind == "index" else "both_frontiers"))
    used += [message(f"returns_{returns}"), message(f"decomposition_{decomposition}")]
    used += [message("consecutive_years"), message("cumulated")]
    return [*used, message("mean_of_indices" if kind == "index" else "mean_of_indicators")]


def default_direction(panel: UnitPanel, index: str) -> tuple[str, ...]:
    """What moves where no direction is named; inputs stay in the Malmquist-Luenberger index."""
    inputs, outputs, bads = panel.names
    return (*outputs, *bads) if index == "malmquist_luenberger" else (*inputs, *outputs, *bads)
