"""The sample of every measurement as its declaration has it, and calls on tables made from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import polars as pl

from firstlight.chart import Chart, chart_from_json
from firstlight.errors import InputError
from firstlight.measurement import Measurement, folders, measurement
from firstlight.message_json import message_from_json
from firstlight.numerics.solution_memory import remembering
from firstlight.result import Result, chart_columns
from firstlight.roles import Columns, Number
from firstlight.texts import LANGUAGES

NAMES = sorted(folders())
NEEDS = {"border": "pyfixest"}  # what an extra brings
# options without which the sample takes seconds
QUICK: dict[str, dict[str, Any]] = {
    "border": {"interval": "clustered"},
    "opportunities": {"record": False},
    "efficiency_drivers": {"algorithm": 1, "replications": 50},
    "index_robustness": {"draws": 50},
}
# the rows that do where a sample takes seconds with all its rows
SOME = {
    "complexity": pl.col("year").cast(pl.Int32) >= 2018,
    "growth": pl.col("technology") == "cloud stoves",
    "learning": pl.col("technology").is_in(["fog turbines", "glass batteries", "magnet pumps"]),
}
SOLVED: dict[bytes, bytes] = {}
# those that take seconds for each call
SLOW_SAMPLES = (
    "border",
    "concordance",
    "efficiency",
    "efficiency_intervals",
    "firms",
    "growth",
    "partners",
    "stage_efficiency",
    "substitution",
    "tfp_change",
    "tfp_levels",
)
UNSAID = re.compile(r"\b(nan|NaN|inf|null)\b|\bNone\b(?! of)|\{(?!hostile)|  ")
TWICE_YEAR = "年年"  # a year is written with its 年: a text that adds one says it twice


@cache
def sample_of(name: str) -> dict[str, Any]:
    call = measurement(name).sample_call()
    if name in SOME:
        call["frame"] = call["frame"].filter(SOME[name])
    return call


def call(declared: Measurement, frame: pl.DataFrame | None = None, **options: Any) -> Result:
    given = {**sample_of(declared.name), **QUICK.get(declared.name, {})}
    if frame is not None:
        given[declared.main.name] = frame
    # what one call has solved, another that shares its numbers need not solve again
    with remembering(SOLVED):
        return declared.function(**{**given, **options})


def main_table(declared: Measurement) -> pl.DataFrame:
    return sample_of(declared.name)[declared.main.name]


@cache
def on_sample(name: str) -> Result:
    return call(measurement(name))


def check_result(result: Result, is_hostile: bool = False) -> None:
    """A result can be worded in every language and kept as JSON; nothing in it is nan.

    is_hostile : whether names of the table are such as nan
    """
    kept = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert tuple(map(message_from_json, kept["said"])) == result.said != ()
    assert tuple(map(chart_from_json, kept["charts"])) == result.charts
    for lang in LANGUAGES:
        lines = [result.texts.sentence(lang, given) for given in result.said]
        lines += [result.texts.sentence(lang, given, "conventions") for given in result.conventions]
        wrong = [line for line in lines if UNSAID.search(line) or TWICE_YEAR in line]
        assert is_hostile or not wrong
    for name, table in result.tables.items():
        for column in table.select(pl.selectors.float()):
            assert not column.is_nan().any(), f"{name}.{column.name} holds nan"
    for chart in result.charts:
        assert result.texts.has("charts", chart.code, "title"), chart.code
        if isinstance(chart, Chart):
            assert {*chart_columns(chart)} <= {*result.tables[chart.table].columns, "rank"}
        else:
            used = {chart.node, chart.x, chart.y, chart.size, chart.group, chart.title} - {""}
            assert used <= set(result.tables[chart.nodes].columns)


def outcome(declared: Measurement, frame: pl.DataFrame | None = None, **options: Any) -> str:
    """The code of the error, or "result"; whatever comes is worded in every language."""
    try:
        check_result(call(declared, frame, **{**QUICK.get(declared.name, {}), **options}))
    except InputError as error:
        for lang in LANGUAGES:
            said = "".join(error.parts(lang)).replace("{hostile}", "")
            assert "{" not in said and TWICE_YEAR not in said
        return error.code
    return "result"


def column_of(declared: Measurement, name: str) -> str | None:
    """The column of the sample that a parameter names, if it has it."""
    column = declared.sample.arguments.get(name, declared.parameters[name].default) or name
    return column if column in main_table(declared).columns else None


def numbers_in(declared: Measurement) -> Iterator[tuple[str, Number]]:
    for parameter in declared.parameters.values():
        if isinstance(parameter.role, Number) and (column := column_of(declared, parameter.name)):
            yield column, parameter.role
        if isinstance(parameter.role, Columns):
            named = declared.sample.arguments.get(parameter.name, ())
            each = parameter.role.each  # a slip among labels that are numbers is refused as well
            number = each if isinstance(each, Number) else Number()
            yield from ((own, number) for own in named)
