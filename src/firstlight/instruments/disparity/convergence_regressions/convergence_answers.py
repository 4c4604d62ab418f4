"""What the measurement of convergence says, the answer first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.disparity.convergence_regressions.growth_regressions import SigmaTest
from firstlight.phrases import p_phrase
from firstlight.schema import Data
from firstlight.texts import (
    Code,
    Count,
    Figure,
    List,
    Message,
    Number,
    Phrase,
    Share,
    Value,
    Year,
    counted,
    message,
    names,
)

Row = dict[str, Any]
FEW = 10  # units up to which a regression says little


@dataclass(frozen=True)
class Course:
    """The spread from the first year to the last, of the units in both, and its test."""

    first: int
    last: int
    dispersion: pl.DataFrame
    test: SigmaTest
    level: float

    @property
    def change(self) -> str:
        """The code of whether the spread surely changed."""
        if not self.test.p_value < 1 - self.level:
            return "spread_same"
        return "spread_fell" if self.test.last < self.test.first else "spread_rose"


def answer(regressions: pl.DataFrame, course: Course) -> list[Message]:
    """Whether the poorer grew faster, whether the spread fell, what both together say."""
    absolute = regressions.row(0, named=True)
    direction = _direction(absolute, course.level)
    values: dict[str, Value[Any]] = {
        "start": Year(course.first),
        "end": Year(course.last),
        "beta": Figure(absolute["beta"]),
        "p": p_phrase(absolute["p_value"]),
    }
    said = [message(direction, **values), _spread(course)]
    if direction == "poorer_faster" and course.change != "spread_fell":
        said.append(message("galton_holds"))
    if direction == "poorer_faster":
        said += _speed(absolute)
    for row in regressions.tail(-1).iter_rows(named=True):
        said.append(_other(row, course.level))
    return said


def _direction(row: Row, level: float) -> str:
    if row["p_value"] is None or row["p_value"] >= 1 - level:
        return "no_difference"
    return "poorer_faster" if row["beta"] < row["beta_by_chance"] else "richer_faster"


def _spread(course: Course) -> Message:
    values: dict[str, Value[Any]] = {
        "first": Number(course.test.first, digits=3),
        "last": Number(course.test.last, digits=3),
    }
    if np.isnan(course.test.p_value):
        return message("spread_untested", **values)
    return message(course.change, p=p_phrase(course.test.p_value), **values)


def _speed(row: Row) -> list[Message]:
    """How fast a gap closes, and until when half of it would."""
    if row["half_life_years"] is None:
        return [message("order_turns")]
    values: dict[str, Value[Any]] = {
        # the speed is that of an instant, of which a year leaves exp(-speed)
        "speed": Share(-float(np.expm1(-row["speed"])), digits=1),
        "years": Number(row["half_life_years"], digits=0),
        "low": Number(row["half_life_low"] or 0.0, digits=0),
    }
    if row["half_life_low"] is None or row["half_life_high"] is None:
        return [message("speed_alone", speed=values["speed"], years=values["years"])]
    return [message("speed", high=Number(row["half_life_high"], digits=0), **values)]


def _other(row: Row, level: float) -> Message:
    """What a further model says."""
    model = Code(f"codes.model.{row['model']}")
    if row["beta"] is None:
        return message("no_model", model=model, reason=Code(f"codes.reason.{row['reason']}"))
    direction = _direction(row, level)
    values: dict[str, Value[Any]] = {
        "model": model,
        "direction": Code(f"codes.direction.{direction}"),
        "beta": Figure(row["beta"]),
        "p": p_phrase(row["p_value"]),
    }
    if direction != "poorer_faster" or row["half_life_years"] is None:
        return message("model", **values)
    return message("model_half_life", years=Number(row["half_life_years"], digits=0), **values)


def left_out(units: list[str], both: NDArray[np.bool_], data: Data, kept: int) -> list[Message]:
    """Units that are not in both the first and the last year, and rows without a value."""
    said = list[Message]()
    lost = [unit for unit, is_in in zip(units, both, strict=True) if not is_in]
    said += counted("not_in_both", len(lost), units=names(lost))
    empty = data.frame.filter(pl.col("value").is_null()).sort("unit", "year")
    if empty.height:
        rows = tuple(
            Phrase(message("phrases.unit_year", unit=name, year=Year(year)))
            for name, year in zip(names(empty["unit"]).value, empty["year"].to_list(), strict=True)
        )
        said.append(message("no_value", count=Count(empty.height), rows=List(rows)))
    if kept <= FEW:
        said.append(message("few", count=Count(kept)))
    return said
