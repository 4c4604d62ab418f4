"""A measurement that its signature declares, in the form that reading, keeping and showing take until they read signatures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from firstlight.chart import Chart, Drawing
from firstlight.measurement import Measurement as Declared
from firstlight.measurement import Parameter, folders, measurement
from firstlight.result import Result, ranked
from firstlight.roles import ColumnRole, Columns, Key, Label, Number, Year
from firstlight.run.measurements.curves import CURVES, parted
from firstlight.run.measurements.drawings import LINKS, NODES
from firstlight.run.measurements.form import Measurement, Option, Sample
from firstlight.run.measurements.options import OUTLINES, SUM
from firstlight.schema import Data
from firstlight.sources.panels import Column
from firstlight.texts import LANGUAGES, Code, CodedError, Name, Texts, message

__all__ = ["declared_measurements"]

KINDS: dict[str, Any] = {
    "yes_no": "yes",
    "whole": "whole",
    "number": "number",
    "choice": "choice",
    "text": "text",
    "names": "names",
    "columns": "columns",
    "ratios": "ratios",
    "share_or_column": "share",
    "file": "file",
    "table": "table",
    "column": "label",
}
WORDS = dict.fromkeys(("column", "unit", "title_en", "title_zh"), pl.String)


def declared_measurements() -> tuple[Measurement, ...]:
    """Every measurement that has a folder of its own."""
    return tuple(_formed(measurement(name)) for name in folders())


def _formed(declared: Declared) -> Measurement:
    titles, questions = (_both(declared.texts, key) for key in ("title", "question"))
    columns = [own for own in declared.of_kind("column") if own.default is not None]
    options = [*declared.parameters.values()][1:]
    options = [own for own in options if own not in columns and own.kind != "progress"]
    has_gaps = declared.zero_if_absent
    return Measurement(
        declared.name,
        *titles,
        *questions,
        columns=tuple(
            _column(own.name, own.role, declared.help(own.name), own.may_be_absent)
            for own in columns
        ),
        instrument=declared.name,
        compute=_computing(declared),
        shown=(),
        brief=declared.brief,
        absent_is_zero=has_gaps,
        options=(
            *(_option(declared, own) for own in options),
            *([SUM] if declared.may_sum else []),
            *(OUTLINES if declared.places else []),
        ),
        sample=lambda: _sample(declared),
        check=lambda choices: _check(declared, choices),
        places=("nodes" if declared.places == "node" else "place") if declared.places else None,
        tells=bool(declared.of_kind("progress")),
        declared=declared,
    )


def _check(declared: Declared, choices: Mapping[str, Any]) -> None:
    """Raise CodedError for a column that is needed and not named, for several in the place of one, and for one named twice."""
    named = list[str]()
    for own in declared.of_kind("column", "columns"):
        given = choices.get(own.name)
        about = {"parameter": Name(own.name), "kind": Code(f"kinds.{own.kind}")}
        if own.is_required and given is None:
            raise CodedError(message("not_given", **about))
        several = [given] if isinstance(given, str) else given or []
        if own.kind == "column" and len(several) > 1:
            raise CodedError(message("wrong_kind", value=Name(",".join(several)), **about))
        named += several
    twice = [column for column in named if named.count(column) > 1]
    if twice:
        table = Name(declared.main.name)
        raise CodedError(message("column_twice", table=table, column=Name(twice[0])))


def _both(texts: Texts, *keys: str) -> tuple[str, str]:
    english, chinese = (texts.say(lang, *keys) for lang in LANGUAGES)
    return english, chinese


def _column(name: str, role: ColumnRole, words: str, may_lack: bool) -> Column:
    absent: Any = "empty" if may_lack else "error"
    words = words.rstrip(".").removeprefix("Column of ").removeprefix("the ")
    match role:
        case Key(separators, is_heading, is_of_file, may_be_empty):
            absent = "file" if is_of_file else absent
            is_filled = absent == "error" and not may_be_empty
            return Column(
                name,
                "text",
                words,
                absent,
                is_filled=is_filled,
                separators=separators,
                is_heading=is_heading,
            )
        case Year():
            return Column(name, "year", words, absent)
        case Label(separators):
            return Column(name, "text", words, absent, is_filled=False, separators=separators)
        case Number(sign, is_share, is_filled, _, secret_of):
            return Column(
                name,
                "number",
                words,
                absent,
                sign,
                is_filled=is_filled,
                is_share=is_share,
                secret_of=secret_of,
            )
        case Columns():
            raise TypeError(f"{name}: several columns are an option")


def _option(declared: Declared, own: Parameter) -> Option:
    english, chinese = (declared.help(own.name, lang).rstrip(".。") for lang in LANGUAGES)
    further: tuple[Column, ...] = ()
    if own.kind == "table":
        role = own.role
        words = declared.texts.find("en", "inputs", own.name)[0]
        further = tuple(
            _column(name, each, words[name], name in role.may_lack)
            for name, each in role.columns.items()
        )
    kind, is_filled = KINDS[own.kind], True
    number = own.role.each if isinstance(own.role, Columns) else own.role
    if isinstance(number, Number):
        kind, is_filled = "columns", number.is_filled
    return Option(
        own.name,
        kind,
        own.default,
        english,
        chinese,
        own.schema.get("minimum"),
        own.schema.get("maximum"),
        tuple(own.schema.get("enum", ())),
        further,
        is_filled=is_filled,
    )


def _sample(declared: Declared) -> Sample:
    call = declared.sample_call()
    frame = call.pop(declared.main.name)
    columns = {
        name: call.pop(name)
        for name in [*call]
        if declared.parameters[name].kind == "column" and not declared.parameters[name].is_required
    }
    return Sample(frame, call, columns, _both(declared.texts, "interface", "sample"))


def _computing(declared: Declared) -> Callable[..., Any]:
    def compute(frame: pl.DataFrame, choices: Mapping[str, Any], progress: Any = None) -> Any:
        arguments = {
            name: value
            for name, value in choices.items()
            if name in declared.parameters
            and declared.parameters[name].kind not in ("column", "table")
        }
        for own in declared.of_kind("table"):
            given = choices[own.name]
            arguments[own.name] = None if given is None else Data(given)
        several = {
            own.name: frame.select(choices[own.name])
            for own in declared.of_kind("columns")
            if choices[own.name]
        }
        for own in declared.of_kind("column"):
            if choices.get(own.name) is not None:
                given = choices[own.name]
                arguments[own.name] = given if isinstance(given, str) else given[0]
                rest = (
                    frame if arguments[own.name] == own.name else frame.drop(own.name, strict=False)
                )
                frame = rest.rename({arguments[own.name]: own.name})
            elif own.default is None:
                kind = pl.Float64 if isinstance(own.role, Number) else pl.String
                frame = frame.with_columns(pl.lit(None, kind).alias(own.name))
        for own in declared.of_kind("progress"):
            arguments[own.name] = (
                (lambda done, of: progress(f"{done} of {of}")) if progress else None
            )
        return _tables(declared.function(Data(frame, several), **arguments))

    return compute


def _tables(result: Result) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    texts = result.texts
    shown = [
        name for name in result.tables if texts.has("tables", name, "title") and name != "record"
    ]
    tables = {
        "sentences": _said(texts, result.said, "says"),
        **result.tables,
        "conventions": _said(texts, result.conventions, "conventions").drop("code"),
    }
    facts: dict[str, Any] = {"shown": shown, "is_log": False}
    charts = [chart for chart in result.charts if isinstance(chart, Chart)]
    drawings = [chart for chart in result.charts if isinstance(chart, Drawing)]
    if charts:
        first, parts = charts[0], [_curves(result, chart) for chart in charts]
        tables["curves"] = pl.concat(own for own, _ in parts)
        facts["panels"] = {key: title for _, titles in parts for key, title in titles.items()}
        facts["is_log"] = first.is_log
        facts |= _axes(texts, first.table, first.x, first.marks[0].y)
    if drawings:
        tables |= _nodes_and_links(result, drawings, facts)
    tables["columns"] = _words(texts, result.tables)
    return tables, facts


def _said(texts: Texts, messages: Iterable[Any], group: str) -> pl.DataFrame:
    rows = [
        (given.code, *(texts.sentence(lang, given, group) for lang in LANGUAGES))
        for given in messages
    ]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("code", "text_en", "text_zh"), pl.String), orient="row"
    )


def _titles(texts: Texts, table: str, column: str) -> tuple[str, str]:
    english, chinese = (texts.title(lang, table, column) for lang in LANGUAGES)
    return english, chinese


def _axes(texts: Texts, table: str, x: str, y: str) -> dict[str, str]:
    facts = {}
    for axis, column in (("x", x), ("y", y)):
        for lang in LANGUAGES:
            told = {} if not column else texts.told(lang, table, column)
            title = told.get("title", column) if column else texts.say(lang, "interface", "rank")
            unit = told.get("unit")
            facts[f"{axis}_{lang}"] = f"{title}, {unit}" if unit else title
    return facts


def _curves(result: Result, chart: Chart) -> tuple[pl.DataFrame, dict[str, Any]]:
    texts, frame = result.texts, result.tables[chart.table]
    frame = frame if chart.x else ranked(frame, chart.marks[0].y)
    title = _both(texts, "charts", chart.code, "title")
    panel = _coded(texts, chart.table, chart.panel, frame, 0) if chart.panel else pl.lit(title[0])
    parts = []
    for mark in chart.marks:
        names = _titles(texts, chart.table, mark.y)
        lines = [
            _coded(texts, chart.table, chart.line, frame, k) if chart.line else pl.lit(names[k])
            for k in (0, 1)
        ]
        numbers = {"x": chart.x or "rank", "value": mark.y, "low": mark.low, "high": mark.high}
        nothing = pl.lit(None, pl.Float64)
        columns = {
            key: pl.col(name).cast(pl.Float64) if name else nothing for key, name in numbers.items()
        }
        rows = frame.filter(pl.col(chart.x or "rank").is_not_null()).select(
            panel=panel, line_en=lines[0], line_zh=lines[1], style=pl.lit(mark.kind), **columns
        )
        rows = rows.cast(CURVES)  # type: ignore[arg-type]
        parts.append(parted(rows) if mark.kind in ("line", "dash") else rows)
    curves = pl.concat(parts)
    if not chart.panel:
        return curves, {title[0]: {"title_en": title[0], "title_zh": title[1]}}
    both = frame.select(
        one=_coded(texts, chart.table, chart.panel, frame, 0),
        other=_coded(texts, chart.table, chart.panel, frame, 1),
    ).unique()
    return curves, {one: {"title_en": one, "title_zh": other} for one, other in both.iter_rows()}


def _coded(texts: Texts, table: str, column: str, frame: pl.DataFrame, place: int) -> pl.Expr:
    """A column of names as it is; one of codes in words."""
    kind = texts.told("en", table, column).get("kind", "")
    if not kind.startswith("code."):
        return pl.col(column).cast(pl.String)
    group = kind.removeprefix("code.").split(".")
    codes = frame[column].drop_nulls().unique().to_list()
    words = {code: texts.say(LANGUAGES[place], *group, code) for code in codes}
    return pl.col(column).replace_strict(words, default=pl.col(column), return_dtype=pl.String)


def _nodes_and_links(
    result: Result, drawings: list[Drawing], facts: dict[str, Any]
) -> dict[str, pl.DataFrame]:
    texts, nodes, links, told = result.texts, list[pl.DataFrame](), list[pl.DataFrame](), {}
    for drawing in drawings:
        frame = result.tables[drawing.nodes]
        title = _both(texts, "charts", drawing.code, "title")
        names = (
            _coded(texts, drawing.nodes, drawing.title, frame, 0)
            if drawing.title
            else pl.lit(title[0])
        )
        nothing = pl.lit(None, pl.String)
        groups = [
            _coded(texts, drawing.nodes, drawing.group, frame, k) if drawing.group else nothing
            for k in (0, 1)
        ]
        size = pl.col(drawing.size).cast(pl.Float64) if drawing.size else pl.lit(None, pl.Float64)
        nodes.append(
            frame.select(
                drawing=names,
                node=pl.col(drawing.node),
                x=pl.col(drawing.x).cast(pl.Float64),
                y=pl.col(drawing.y).cast(pl.Float64),
                size=size,
                group_en=groups[0],
                group_zh=groups[1],
            ).cast(NODES)  # type: ignore[arg-type]
        )
        if drawing.links:
            own = result.tables[drawing.links]
            name = (
                _coded(texts, drawing.links, drawing.title, own, 0)
                if drawing.title
                else pl.lit(title[0])
            )
            links.append(own.select(name.alias("drawing"), "one", "other", "weight").cast(LINKS))  # type: ignore[arg-type]
        axes = (
            _axes(texts, drawing.nodes, drawing.x, drawing.y) if drawing.kind == "scatter" else {}
        )
        both = {title[0]: title}
        if drawing.title:
            pairs = frame.select(
                one=_coded(texts, drawing.nodes, drawing.title, frame, 0),
                other=_coded(texts, drawing.nodes, drawing.title, frame, 1),
            ).unique()
            both = {one: (one, other) for one, other in pairs.iter_rows()}
        for key, (english, chinese) in both.items():
            told[key] = {"kind": drawing.kind, "title_en": english, "title_zh": chinese, **axes}
    first = drawings[0]
    facts |= {"drawing": first.kind, "drawings": told}
    if first.size:
        facts["size_en"], facts["size_zh"] = _titles(texts, first.nodes, first.size)
    if first.steps:
        kind = texts.told("en", first.nodes, first.group)["kind"].removeprefix("code.").split(".")
        facts["steps"] = [list(_both(texts, *kind, code)) for code in first.steps]
    return {"nodes": pl.concat(nodes), **({"links": pl.concat(links)} if links else {})}


def _words(texts: Texts, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Unit and titles of columns, codes and tables: column, unit, title_en, title_zh."""
    rows: dict[str, tuple[str, str, str]] = {}
    for name, frame in tables.items():
        if texts.has("tables", name, "title"):
            rows[f"table={name}"] = ("", *_both(texts, "tables", name, "title"))
        for column in frame.columns:
            english, chinese = (texts.told(lang, name, column) for lang in LANGUAGES)
            unit = english.get("unit", "")
            rows.setdefault(column, (unit, *_titles(texts, name, column)))
            if unit:
                rows[f"unit={unit}"] = ("", unit, chinese.get("unit", unit))
            kind = english.get("kind", "")
            if kind.startswith("code.") and column in frame.columns:
                group = kind.removeprefix("code.").split(".")
                for code in frame[column].drop_nulls().unique().sort():
                    rows[f"{column}={code}"] = ("", *_both(texts, *group, code))
    return pl.DataFrame([(key, *row) for key, row in rows.items()], schema=WORDS, orient="row")
