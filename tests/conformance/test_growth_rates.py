"""A doubling is +100%, and +3% a year is +3.0% a year over years that lie apart, in every measurement
that says how fast something grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pytest

from firstlight.measurement import measurement
from firstlight.result import Result
from firstlight.texts import Growth, List, Message, Phrase

YEARS = (2000, 2001, 2005)
DOUBLED = (2000, 2001)
UNITS = "abcdef"
Levels = dict[int, float]


def panel(levels: Levels, **columns: Any) -> pl.DataFrame:
    """Units of different size that all grow alike, with one input that stays as it is."""
    rows = [
        {"unit": unit, "group": "low" if k < 3 else "high", "year": year, "x": 1.0, "k": 2.0}
        | {"y": (1 + k) * level}
        for k, unit in enumerate(UNITS)
        for year, level in levels.items()
    ]
    return pl.DataFrame(rows).with_columns(**columns)


def industries(levels: Levels, **columns: Any) -> pl.DataFrame:
    """Two industries of one place that grow alike."""
    rows = [
        {"place": "a", "industry": code, "code": code, "year": year, "value": size * level}
        | {"hours": size}
        for code, size in (("24", 3.0), ("26", 1.0))
        for year, level in levels.items()
    ]
    return pl.DataFrame(rows).with_columns(**columns)


def values_of(message: Message) -> Iterator[tuple[str, Any]]:
    """Every value that a message says, with its name."""
    for name, value in message.values.items():
        yield name, value
        parts = value.value if isinstance(value, List) else [value]
        for part in parts:
            if isinstance(part, Phrase):
                yield from values_of(part.value)


def said(found: Result, code: str, name: str) -> float:
    """One value of what is said."""
    one = next(one for one in found.said if one.code == code)
    value = dict(values_of(one))[name]
    assert isinstance(value, Growth)
    return value.value


def cell(found: Result, table: str, column: str) -> float:
    """The last number of a column, which is written as growth."""
    return float(found.tables[table].drop_nulls(column)[column][-1])


GOODS = {"inputs": ["x"], "outputs": ["y"]}
NEW = {"new": ["26"]}
# what is asked, and where the rate of growth stands
CASES: dict[str, tuple[Callable[[Levels], dict[str, Any]], Callable[[Result], float]]] = {
    "tfp_change": (
        lambda levels: {"frame": panel(levels), **GOODS},
        lambda found: said(found, "growth", "change"),
    ),
    "tfp_levels": (
        lambda levels: {"frame": panel(levels), **GOODS},
        lambda found: said(found, "growth", "change"),
    ),
    "productivity_change": (
        lambda levels: {"frame": panel(levels), **GOODS},
        lambda found: said(found, "change", "change"),
    ),
    "metafrontier_change": (
        lambda levels: {"frame": panel(levels), **GOODS},
        lambda found: said(found, "group_mean", "change"),
    ),
    "accounting": (
        lambda levels: {
            "frame": panel(levels),
            "output": "y",
            "labour": ["x"],
            "capital": ["k"],
            "labour_share": 0.6,
        },
        lambda found: said(found, "changed", "growth"),
    ),
}
LINKS = pl.DataFrame({"technology": ["fog turbines"], "code": ["26"]})
SEEN = pl.DataFrame({"technology": ["fog turbines"], "probability": [1.0]})


def joined(levels: Levels, **columns: Any) -> dict[str, Any]:
    frame = industries(levels, **columns)
    return {"frame": frame, "observation": SEEN, "links": LINKS}


CASES["drivers"] = (
    lambda levels: {"frame": industries(levels), **NEW},
    lambda found: said(found, "growth_of_place", "growth"),
)
CASES["take_off_drivers"] = (
    joined,
    lambda found: said(found, "growth_of_place", "growth"),
)
TIMES: dict[str, Levels] = {
    "doubled": dict(zip(DOUBLED, (1.0, 2.0), strict=True)),
    "apart": {year: 1.03 ** (year - YEARS[0]) for year in YEARS},
}
EXPECTED = {"doubled": 1.0, "apart": 0.03}


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("name", CASES)
def test_growth_is_proportional_and_of_a_year(name: str, times: str) -> None:
    asked, rate = CASES[name]
    found = measurement(name).function(**asked(TIMES[times]))
    assert rate(found) == pytest.approx(EXPECTED[times], abs=1e-6)
