"""The data dictionary beside written tables: a Data Package, which R, Python and others read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from firstlight.texts import LANGUAGES, Texts
from firstlight.views.tables import SCHEMA_VERSION

__all__ = ["FILE", "data_package"]

FILE = "datapackage.json"


def data_package(name: str, tables: Mapping[str, pl.DataFrame], texts: Texts) -> str:
    """What each CSV file, column and code of written tables means, in every language.

    name   : of the measurement, or ``observation``
    tables : those that are written, as ``TABLE.csv`` beside it
    texts  : the words of the measurement; a column without words is one of the user's

    Source: Frictionless Data Package, version 2; what it has no word for, a unit or a second
    language, stands in properties of our own (``unit``, ``title_zh``).
    """
    resources = [_resource(table, frame, texts) for table, frame in tables.items()]
    package = {
        "name": name,
        **_in_languages(texts, "title", "title"),
        "version": SCHEMA_VERSION,
        "resources": resources,
    }
    return json.dumps(package, ensure_ascii=False, indent=1) + "\n"


def _resource(table: str, frame: pl.DataFrame, texts: Texts) -> dict[str, Any]:
    fields = [_field(table, column, kind, texts) for column, kind in frame.schema.items()]
    return {
        "name": table,
        **_in_languages(texts, "title", "tables", table, "title"),
        "path": f"{table}.csv",
        "format": "csv",
        "encoding": "utf-8",
        "schema": {"fields": fields, "missingValues": [""]},
    }


def _field(table: str, column: str, kind: pl.DataType, texts: Texts) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column, "type": _type(kind)}
    for lang in LANGUAGES:
        told = texts.told(lang, table, column)
        for part in ("title", "unit", "note"):
            if part in told:
                field[_in(lang, "description" if part == "note" else part)] = told[part]
    cells = texts.told("en", table, column).get("kind", "")
    if cells.startswith("code."):
        codes = list(_categories(texts, cells.removeprefix("code.").split(".")))
        return {**field, "categories": codes} if codes else field
    return field


def _categories(texts: Texts, group: list[str]) -> Iterator[dict[str, str]]:
    """Every code that a column may hold, with what it stands for."""
    if not texts.has(*group):
        return
    for code, text in texts.find("en", *group)[0].items():
        if isinstance(text, str):
            labels = {
                _in(lang, "label"): texts.code(lang, ".".join(group), code) for lang in LANGUAGES
            }
            yield {"value": code, **labels}


def _in_languages(texts: Texts, name: str, *keys: str) -> dict[str, str]:
    if not texts.has(*keys):
        return {}
    return {_in(lang, name): texts.say(lang, *keys) for lang in LANGUAGES}


def _in(lang: str, name: str) -> str:
    return name if lang == "en" else f"{name}_{lang}"


def _type(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "integer"
    if kind.is_numeric():
        return "number"
    return {pl.Boolean: "boolean", pl.Date: "date"}.get(kind.base_type(), "string")
