"""A doubling is +100%, and +3% a year is +3.0% a year over years that lie apart, in every
measurement that says how fast something grows."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

from firstlight.measurement import folders, measurement
from firstlight.result import Result
from firstlight.texts import LANGUAGES, Growth, List, Message, Phrase, Share

Levels = dict[int, float]
DOUBLED: Levels = {2000: 1.0, 2001: 2.0}
APART: Levels = {year: 1.03 ** (year - 2000) for year in (2000, 2001, 2005)}
BACK: Levels = {2000: 1.0, 2001: 2.0, 2002: 1.0}
CENSUSES: Levels = {year: 1.03 ** (year - 2000) for year in (2000, 2005, 2013)}


def panel(levels: Levels) -> pl.DataFrame:
    """Units of different size that all grow alike, with inputs that stay as they are."""
    rows = [
        {"unit": unit, "group": "low" if k < 3 else "high", "year": year, "x": 1.0, "k": 2.0}
        | {"y": (1 + k) * level}
        for k, unit in enumerate("abcdef")
        for year, level in levels.items()
    ]
    return pl.DataFrame(rows)


def industries(levels: Levels, price: float | None = None, **of_industry: str) -> pl.DataFrame:
    """Industries of places that grow alike; where there are prices, they rise by so much a year."""
    sizes = {"a": (9.0, 8.0, 1.0), "b": (1.0, 2.0, 9.0), "c": (5.0, 1.0, 4.0)}
    rows = [
        {"place": place, "industry": code, "code": code, "year": year, "hours": size}
        | {"value": size * level * (price or 1.0) ** (year - 2000)}
        | {"price": (price or 1.0) ** (year - 2000)}
        for place, own in sizes.items()
        for code, size in zip(("24", "26", "62"), own, strict=True)
        for year, level in levels.items()
    ]
    return pl.DataFrame(rows).drop([] if price else ["price"])


def technologies(levels: Levels, column: str) -> pl.DataFrame:
    """A technology that grows beside one that makes up the rest of all uses."""
    rows = [
        {"technology": name, "industry": industry, "year": year, column: size}
        for year, level in levels.items()
        for name, size in (("small", level), ("rest", 1000 * max(levels.values()) - level))
        for industry in ("24", "26")
    ]
    return pl.DataFrame(rows)


def prices(levels: Levels) -> pl.DataFrame:
    """Prices whose index of segmentation grows as asked: each pair of years begins with all alike,
    and moves by one pattern, the larger the later."""
    moves = np.random.default_rng(1).normal(0, 0.05, (4, 4))
    rows = [
        (place, good, year + moved, float(np.exp(moved * moves[p, g] * np.sqrt(level))))
        for year, level in levels.items()
        for p, place in enumerate("abcd")
        for g, good in enumerate("wxyz")
        for moved in (0, 1)
    ]
    return pl.DataFrame(rows, ["place", "good", "year", "price"], orient="row")


def sampled(name: str, levels: Levels, numbers: list[str]) -> dict[str, Any]:
    """The call of a sample whose numbers are those of its first year, times the levels."""
    call = measurement(name).sample_call()
    frame = call["frame"]
    year = frame["year"].dtype
    first = frame.filter(pl.col("year") == frame["year"].min())
    later = (
        first.with_columns(
            pl.lit(at).cast(year).alias("year"), pl.col(numbers).cast(pl.Float64) * level
        )
        for at, level in levels.items()
    )
    return {**call, "frame": pl.concat(later)}


def said(code: str, name: str, found: Result) -> float:
    """One value of what is said."""
    one = next(one for one in found.said if one.code in code.split("|"))
    value = next(own for key, own in values_of(one) if key == name)
    assert isinstance(value, Growth | Share)
    return value.value


def values_of(message: Message) -> Iterator[tuple[str, Any]]:
    """Every value that a message says, with its name."""
    for name, value in message.values.items():
        yield name, value
        for part in value.value if isinstance(value, List) else [value]:
            if isinstance(part, Phrase):
                yield from values_of(part.value)


def cell(table: str, column: str, found: Result) -> float:
    """The last number of a column."""
    return float(found.tables[table].drop_nulls(column)[column][-1])


class Case(NamedTuple):
    """What is asked of a measurement, where a rate of growth stands, and over which years.

    of_all : whether the rate is of all years, a change from the first to the last, which are said
    """

    name: str
    asked: Callable[[Levels], dict[str, Any]]
    rate: Callable[[Result], float]
    levels: tuple[Levels, ...] = (DOUBLED, BACK, APART, CENSUSES)
    of_all: bool = False
    sign: float = 1.0


def of_goods(levels: Levels) -> dict[str, Any]:
    return {"frame": panel(levels), "inputs": ["x"], "outputs": ["y"]}


def of_output(levels: Levels) -> dict[str, Any]:
    shares = {"labour": ["x"], "capital": ["k"], "labour_share": 0.6}
    return {"frame": panel(levels), "output": "y", **shares, "breaks": False}


def of_industries(price: float | None, levels: Levels) -> dict[str, Any]:
    return {"frame": industries(levels, price), "new": ["26"], "labour": "hours"}


def of_take_offs(levels: Levels) -> dict[str, Any]:
    seen = pl.DataFrame({"technology": ["fog turbines"], "probability": [1.0]})
    links = pl.DataFrame({"technology": ["fog turbines"], "code": ["26"]})
    return {"frame": industries(levels), "observation": seen, "links": links}


def of_costs(levels: Levels) -> dict[str, Any]:
    """Costs that rise; with enough years for a trend, some apart."""
    ratio = levels[2001]
    years = sorted({*range(2000, 2006), *(2 * year - 2000 for year in levels)} - {2003})
    costs = [ratio ** (year - 2000) for year in years]
    return {"frame": pl.DataFrame({"technology": "a", "year": years, "cost": costs})}


def of_contracts(levels: Levels) -> dict[str, Any]:
    rows = [
        (f"{name} {year} {k}", name, year, (1.0 + k) * level)
        for year, level in levels.items()
        for name in ("small", "rest")
        for k in range(12)
    ]
    columns = ["contract", "technology", "year", "value"]
    return {"frame": pl.DataFrame(rows, columns, orient="row")}


NEAR = {2001: 2.0, 2005: 2.0**5, 2009: 2.0**9}
NEXT = {year: 1.03 ** (year - 2001) for year in (2001, 2005, 2009)}
YEARLY = (DOUBLED, APART)
CASES = (
    Case("tfp_change", of_goods, partial(said, "growth", "change")),
    Case("tfp_levels", of_goods, partial(said, "growth", "change")),
    Case("productivity_change", of_goods, partial(said, "change", "change")),
    Case("metafrontier_change", of_goods, partial(said, "group_mean", "change")),
    Case("accounting", of_output, partial(said, "changed", "growth")),
    Case("accounting", of_output, partial(cell, "means", "output_growth")),
    Case("accounting", of_output, partial(cell, "means", "tfp_growth")),
    Case("accounting", of_output, partial(cell, "accounts", "tfp_growth"), (DOUBLED,)),
    Case("drivers", partial(of_industries, None), partial(said, "growth_of_place", "growth")),
    Case("drivers", partial(of_industries, 1.1), partial(said, "growth_of_place", "growth")),
    Case("drivers", partial(of_industries, None), partial(said, "terms", "change")),
    Case("take_off_drivers", of_take_offs, partial(said, "growth_of_place", "growth")),
    Case(
        "clusters",
        lambda levels: {"frame": industries(levels)},
        partial(cell, "clusters", "growth_share"),
    ),
    Case(
        "generic_technologies",
        lambda levels: {"frame": technologies(levels, "value"), "years": 3, "value": "value"},
        partial(cell, "technologies", "growth"),
        ({2001: 1.0, 2006: 2.0**5}, {2001: 1.0, 2006: 1.03**5}),
    ),
    Case(
        "learning", of_costs, partial(cell, "technologies", "yearly_decline_share"), YEARLY, sign=-1
    ),
    Case(
        "market",
        lambda levels: {"frame": prices(levels)},
        partial(said, "trend", "trend"),
        (NEAR, NEXT),
    ),
    Case("technology_prices", of_contracts, partial(said, "rose|no_change", "change"), of_all=True),
    Case(
        "growth_decomposition",
        lambda levels: sampled("growth_decomposition", levels, ["value"]),
        partial(said, "grew", "growth"),
        of_all=True,
    ),
    Case(
        "index_decomposition",
        lambda levels: sampled("index_decomposition", levels, ["output", "energy", "co2"]),
        partial(said, "changed", "growth"),
        of_all=True,
    ),
)
# measurements that write a rate of growth which is not measured over years of theirs
GIVEN = {
    "duplication": "handed in",
    "opportunities": "handed in",
    "plan": "an observation's",
    "scenario_effects": "two states, no years",
    "talent": "those who come and go in a year, over those who are there",
    "capital": "depreciation, which is handed in",
    "growth": "coefficients of Bass's curve",
    "convergence": "a speed of the logarithm, named so",
}
PER_YEAR = re.compile(r"(share|saved|difference) .*(per|a) year|^(per|a) year")
SAID = re.compile(r"\} a year|\} a \{step\}|\bprices changed by|\{growth\}: \{parts\}")


def cases() -> Iterator[Any]:
    for number, case in enumerate(CASES):
        for levels in case.levels:
            ends = f"{min(levels)}-{max(levels)}"
            yield pytest.param(case, levels, id=f"{case.name}-{number}-{ends}-{len(levels)}")


@pytest.mark.parametrize(("case", "levels"), list(cases()))
def test_growth_is_proportional_and_of_a_year(case: Case, levels: Levels) -> None:
    found = measurement(case.name).function(**case.asked(levels))
    first, *_, last = levels
    expected = levels[last] / levels[first]
    if not case.of_all:
        expected **= 1 / (last - first)
    assert case.sign * case.rate(found) == pytest.approx(expected - 1, abs=1e-6)


def test_every_measurement_that_writes_growth_is_among_the_cases() -> None:
    writing = set()
    for name in folders():
        words = tomllib.loads((measurement(name).folder / "en.toml").read_text("utf-8"))
        columns = [
            column
            for table in words.get("tables", {}).values()
            for column in table.get("columns", {}).values()
        ]
        of_growth = any(
            column.get("kind") in ("growth", "small_growth")
            or PER_YEAR.search(column.get("unit", ""))
            for column in columns
        )
        if of_growth or any(SAID.search(text) for text in strings(words.get("says", {}))):
            writing.add(name)
    assert writing == {case.name for case in CASES} | set(GIVEN)


def strings(words: Any) -> Iterator[str]:
    """Every text below."""
    if isinstance(words, str):
        yield words
    elif isinstance(words, dict):
        for own in words.values():
            yield from strings(own)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_puts_no_percent_behind_a_number_that_may_be_a_logarithm(language: str) -> None:
    written = set()
    for name in folders():
        words = tomllib.loads((measurement(name).folder / f"{language}.toml").read_text("utf-8"))
        for text in strings({key: words.get(key, {}) for key in ("says", "phrases")}):
            written |= {(name, found) for found in re.findall(r"\{(\w+)\}\s*[%％]", text)}
    assert written == {("firms", "elasticity")}
