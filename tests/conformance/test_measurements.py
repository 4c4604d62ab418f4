"""Every measurement keeps what its declaration promises; a new one needs no line here."""

from __future__ import annotations

import ast
import json
import math
import string
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from declared_samples import (
    NAMES,
    NEEDS,
    SOME,
    call,
    check_result,
    column_of,
    main_table,
    numbers_in,
    on_sample,
    outcome,
    sample_of,
)

from firstlight.chart import Chart, Drawing
from firstlight.measurement import Measurement, measurement
from firstlight.parameters import docstring_parameters, meanings_of, shared_by
from firstlight.result import Result
from firstlight.roles import Key, Year
from firstlight.texts import LANGUAGES, WORDS, leaves, load

FORMS = ("one", "other")
SLOW = {
    ("test_every_choice_gives_a_result_or_a_worded_error", "efficiency"),
    ("test_every_choice_gives_a_result_or_a_worded_error", "efficiency_intervals"),
    ("test_every_choice_gives_a_result_or_a_worded_error", "growth"),
    ("test_every_choice_gives_a_result_or_a_worded_error", "metafrontier_efficiency"),
    ("test_every_choice_gives_a_result_or_a_worded_error", "productivity_change"),
    ("test_every_choice_gives_a_result_or_a_worded_error", "tfp_change"),
    ("test_every_choice_gives_a_result_or_a_worded_error", "tfp_levels"),
    ("test_hostile_keys", "contribution"),
    ("test_hostile_keys", "partners"),
    ("test_missing_numbers_stay_missing", "firms"),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test of one measurement is a test of all."""
    if "declared" in metafunc.fixturenames:
        slow = {name for test, name in SLOW if test == metafunc.function.__name__}
        marks = {name: [pytest.mark.slow] for name in slow}
        each = [pytest.param(name, marks=marks.get(name, [])) for name in NAMES]
        metafunc.parametrize("declared", each, indirect=True, ids=NAMES)


@pytest.fixture
def declared(request: pytest.FixtureRequest) -> Measurement:
    if module := NEEDS.get(request.param):
        pytest.importorskip(module)
    return measurement(request.param)


def with_values(frame: pl.DataFrame, column: str, *given: Any) -> pl.DataFrame:
    """A table whose cells of a column are others from its second row on."""
    values: list[Any] = frame[column].to_list()
    values[1 : 1 + len(given)] = given
    return frame.with_columns(pl.Series(column, values, strict=False))


def test_the_sample_gives_a_result_with_every_column_worded_and_none_unused(
    declared: Measurement,
) -> None:
    check_words(declared, on_sample(declared.name))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SOME))
def test_so_do_all_rows_of_a_long_sample(name: str) -> None:
    long = measurement(name)
    check_words(long, call(long, long.sample_call()[long.main.name]))


def check_words(declared: Measurement, result: Result) -> None:
    """Every column of the result has its words, and no words are of a column that is nowhere."""
    check_result(result)
    users = {
        own
        for parameter in declared.of_kind("columns")
        for own in sample_of(declared.name).get(parameter.name, ())
    }
    shown = {(name, column) for name, table in result.tables.items() for column in table.columns}
    unworded = {
        (name, column)
        for name, column in shown
        if not result.texts.told("en", name, column) and column not in users
    }
    assert unworded == set(), f"write [tables.NAME.columns] of {declared.folder}/en.toml"
    assert list(raw_codes(declared, result)) == [], 'give the column kind = "code.codes.GROUP"'
    tables = load(declared.folder / "en.toml")["tables"]
    source = source_of(declared)
    for name, table in tables.items():
        for column, told in table.get("columns", {}).items():
            start, star, _ = column.partition("*")
            is_there = (
                f'"{column}"' in source or f"{column}=" in source or (star and start in source)
            )
            assert is_there, f"{name}.{column} is in no table"
            if kind := told.get("kind", "").removeprefix("code."):
                assert "code" not in told["kind"] or result.texts.has(*kind.split("."))


def raw_codes(declared: Measurement, result: Result) -> Iterator[tuple[str, str, str]]:
    """Columns whose cells are all codes of a group that has words, and which people would see as
    codes."""
    groups = load(declared.folder / "en.toml").get("codes", {})
    for name, table in result.tables.items():
        for column in table.select(pl.selectors.string()):
            cells = set(column.drop_nulls())
            kind = result.texts.told("en", name, column.name).get("kind", "")
            for group, words in groups.items():
                if cells and not kind.startswith("code.") and cells <= set(words):
                    yield name, column.name, group


def test_the_order_of_rows_changes_nothing(declared: Measurement) -> None:
    result = on_sample(declared.name)
    turned = call(declared, main_table(declared).reverse())
    assert result.said == turned.said
    assert {name: table.rows() for name, table in result.tables.items()} == {
        name: table.rows() for name, table in turned.tables.items()
    }


def test_a_table_without_rows(declared: Measurement) -> None:
    assert outcome(declared, main_table(declared).clear()) == "no_rows"
    assert outcome(declared, pl.DataFrame()) in ("no_column", "no_rows")


def test_a_table_of_one_row_gives_a_result_or_a_worded_error(declared: Measurement) -> None:
    outcome(declared, main_table(declared).head(1))


def test_missing_numbers_stay_missing(declared: Measurement) -> None:
    frame = main_table(declared)
    for column, _ in numbers_in(declared):
        outcome(declared, with_values(frame, column, None, "nan"))
    outcome(
        declared,
        frame.with_columns(pl.lit(None).alias(column) for column, _ in numbers_in(declared)),
    )


def test_hostile_numbers_are_refused(declared: Measurement) -> None:
    frame = main_table(declared)
    for column, role in numbers_in(declared):
        for value in ("{hostile}", "1,5", "0x1f", "<b>"):
            assert outcome(declared, with_values(frame, column, value)) == "not_a_number"
        for value in ("inf", "-inf", "1e999"):
            assert outcome(declared, with_values(frame, column, value)) == "not_finite"
        if role.sign != "any":
            assert outcome(declared, with_values(frame, column, "-1e-9")) == "wrong_sign"
        if role.is_share:
            assert outcome(declared, with_values(frame, column, "1e300")) == "too_high"
        lists = frame.with_columns(pl.Series(column, [[1.0]] * frame.height))
        assert outcome(declared, lists) == "not_a_number"


def test_hostile_keys(declared: Measurement) -> None:
    frame = main_table(declared)
    assert outcome(declared, pl.concat([frame, frame.head(1)])) == "repeated_key"
    for parameter in declared.parameters.values():
        column = column_of(declared, parameter.name) if parameter.kind == "column" else None
        if column is None:
            continue
        if isinstance(parameter.role, Key):
            without = outcome(declared, with_values(frame, column, None))
            assert parameter.role.may_be_empty or without == "key_missing"
            outcome(declared, with_values(frame, column, "{hostile}", "<script>"))
            assert (
                outcome(declared, frame.with_columns(pl.Series(column, [["a"]] * frame.height)))
                == "not_a_text"
            )
        if isinstance(parameter.role, Year):
            for value in ("2020.5", "0", "1e12"):
                assert outcome(declared, with_values(frame, column, value)) == "not_a_year"
        if not parameter.may_be_absent:
            assert outcome(declared, frame.drop(column)) in ("no_column", "no_column_but")


def test_every_choice_gives_a_result_or_a_worded_error(declared: Measurement) -> None:
    for parameter in declared.parameters.values():
        for choice in parameter.schema.get("enum", []):
            if choice != parameter.default:  # which the sample is measured with
                outcome(declared, **{parameter.name: choice})


def test_bounds_and_types_of_options(declared: Measurement) -> None:
    for parameter in declared.parameters.values():
        if parameter.kind == "choice":
            assert outcome(declared, **{parameter.name: "{hostile}"}) == "no_choice"
        if parameter.kind in ("whole", "number"):
            assert outcome(declared, **{parameter.name: "{hostile}"}) == "wrong_kind"
            for end, step in (("minimum", -1), ("maximum", 1)):
                if end in parameter.schema:
                    beyond = parameter.schema[end] + step
                    assert outcome(declared, **{parameter.name: beyond}) == "out_of_bounds"
            if parameter.kind == "number" and parameter.schema.keys() & {"minimum", "maximum"}:
                assert outcome(declared, **{parameter.name: math.nan}) == "out_of_bounds"


def modules_of(declared: Measurement) -> list[Path]:
    return sorted(declared.folder.glob("*.py"))


def source_of(declared: Measurement) -> str:
    return "".join(file.read_text(encoding="utf-8") for file in modules_of(declared))


def messages(declared: Measurement) -> dict[str, set[str]]:
    """Code -> names of its values, of every ``message(...)`` and ``counted(...)`` in the
    measurement's folder; ** gives any."""
    found: dict[str, set[str]] = {}
    for file in modules_of(declared):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            is_call = isinstance(node, ast.Call) and called in ("message", "counted")
            if is_call and node.args and isinstance(node.args[0], ast.Constant):
                names = {word.arg or "**" for word in node.keywords}
                names |= {"count"} if called == "counted" else set()
                found.setdefault(str(node.args[0].value), set()).update(names)
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_codes_have_their_words_and_no_words_are_unused(declared: Measurement) -> None:
    known = messages(declared)
    english = load(declared.folder / "en.toml")
    worded = {*english["says"], *english.get("errors", {}), *english.get("conventions", {})}
    source = source_of(declared)
    # a code that is put together, as form_{form}, is a choice of an option
    choices = {
        str(each) for own in declared.parameters.values() for each in own.schema.get("enum", [])
    }
    unused = {code for code in worded - set(known) if f'"{code}"' not in source}
    assert {
        code for code in unused if not any(code.endswith(f"_{choice}") for choice in choices)
    } == set()
    # a message within another names its group, as phrases.chance
    phrases = {code for code in known if "." in code}
    groups = ("says", "errors", "conventions")
    plain = set(known) - phrases - worded
    family = {code for code in plain if any(declared.texts.has(each, code) for each in groups)}
    assert plain - family == set()
    assert {code for code in phrases if not declared.texts.has(*code.split("."))} == set()
    for lang in LANGUAGES:
        for path, text in leaves(load(declared.folder / f"{lang}.toml")):
            code = path[1] if path[0] in ("says", "errors", "conventions") else ".".join(path[:2])
            if "**" not in known.get(code, {"**"}):
                assert placeholders(text) <= known[code], f"{lang}: {path}"


def test_parameters_are_explained_once(declared: Measurement) -> None:
    parameters = set(declared.parameters)
    shared = docstring_parameters(shared_by(declared.function))
    own = docstring_parameters(declared.function)
    assert set(meanings_of(declared.function)) == parameters
    assert len({*own, *shared} - parameters) == bool(shared)  # the name of what is shared
    assert "parameters" not in load(declared.folder / "en.toml")
    shown = {own.name for own in declared.parameters.values() if own.kind != "progress"}
    assert load(declared.folder / "zh.toml").get("parameters", {}).keys() <= shown
    for name in shown:
        helped = declared.texts.in_language("zh", "parameters", name)
        assert helped, f"write [parameters] {name} of {declared.folder}/zh.toml"
    for own in declared.of_kind("table"):
        assert set(declared.texts.find("en", "inputs", own.name)[0]) == set(own.role.columns)


def test_the_languages_have_the_same_texts(declared: Measurement) -> None:
    """What a language lacks blocks a release and not a change; what English lacks is an error."""
    english = {path for path, _ in leaves(load(declared.folder / "en.toml"))}
    english |= {path[:-1] for path in english if path[-1] in FORMS}
    for lang in LANGUAGES:
        for path, _ in leaves(load(declared.folder / f"{lang}.toml")):
            plain = path[:-1] if path[-1] in FORMS else path
            assert plain in english or path[0] == "parameters", f"{lang}: {path}"


def test_the_json_schema_describes_every_parameter(declared: Measurement) -> None:
    for lang in LANGUAGES:
        schema = json.loads(json.dumps(declared.json_schema(lang)))
        assert set(schema["properties"]) == {
            own.name for own in declared.parameters.values() if own.kind != "progress"
        }
        assert all(own["description"] for own in schema["properties"].values())
        assert set(sample_of(declared.name)) >= set(schema["required"]) - {
            own.name for own in declared.parameters.values() if own.is_column
        }


def test_no_name_hides_another(declared: Measurement) -> None:
    assert declared.folder.name != declared.name
    parts = declared.folder.relative_to(WORDS.parent).parts
    family = parts[1] if parts[0] == "instruments" else parts[0]
    assert getattr(import_module(f"firstlight.{family}"), declared.name) is declared.function


def test_charts_of_the_sample_can_be_drawn_by_altair(declared: Measurement) -> None:
    result = on_sample(declared.name)
    for chart in result.charts:
        if isinstance(chart, Drawing):
            continue
        for lang in LANGUAGES:
            drawn = result.plot(chart.code, lang=lang).to_dict()
            title = result.texts.say(lang, "charts", chart.code, "title")
            assert drawn["title"].startswith(title)
            if not chart.x:
                assert_ranked(result, chart, drawn, lang)


def assert_ranked(result: Result, chart: Chart, drawn: dict[str, Any], lang: str) -> None:
    """A ranking names its units in their order, and says the year that it shows."""
    table, value = result.tables[chart.table], chart.marks[0].y
    if "year" in table.columns:
        last = int(table.drop_nulls(value)["year"].to_numpy().max())
        table = table.filter(year=last)
        assert str(last) in drawn["title"]
    is_descending = not chart.is_smallest_first
    best = table.drop_nulls(value).sort(value, descending=is_descending, maintain_order=True)
    line, table_name = chart.line, chart.table
    called = [result.texts.cell(lang, table_name, line, {line: own}) for own in best[line]]
    encoding = drawn.get("spec", drawn)["layer"][0]["encoding"]
    assert encoding["x"]["title"]
    shown = encoding["y"]["sort"]
    if chart.panel:
        assert shown[0] == called[0]
        assert set(shown) <= set(called)
    else:
        assert shown == called[:20]


def test_a_listing_imports_no_measurement() -> None:
    code = (
        "import sys; from firstlight.measurement import folders; assert folders();"
        "loaded = [name for name in sys.modules if name.startswith('firstlight.instruments.')];"
        "sys.exit(f'imported: {loaded}' if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
