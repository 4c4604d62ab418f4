"""How one Result lies on disk: ``result.json`` beside one Parquet file per table, and the key that
names it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import numbers
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

import polars as pl

from firstlight.errors import InputError, StoreError, shown
from firstlight.nouns import Result
from firstlight.store.folder import ROOM, disk_errors, sha256_of
from firstlight.store.parquet_duckdb import write_table
from firstlight.texts import Message, Name, Texts, Value, message

FORMAT = 1
RECORD_FILE = "result.json"
STORE = Path(__file__).parent

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_INPUT = re.compile(r"(sha256:)?[0-9a-f]{64}")


@dataclass(frozen=True)
class KeptTable:
    """A table's Parquet file: its name, SHA-256 and size, its rows, and (column, type, unit) for
    each column."""

    file: str
    sha256: str
    bytes_count: int
    rows: int
    columns: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Record:
    """A Result with what the disk knows of it: its folder and the hashes of its tables."""

    result: Result
    folder: Path
    tables: Mapping[str, KeptTable]


def key_of(
    instrument: str, parameters: Mapping[str, Any], inputs: Mapping[str, str], code_version: str
) -> str:
    """The SHA-256 that names a Result: of its instrument, parameters, inputs and code, as canonical
    JSON.

    inputs : input name -> key of another Result, or ``sha256:`` and the hash of bytes
    Raises  InputError naming the parameter that has no canonical form (nan, infinity, an arbitrary
            object).

    >>> key_of("share", {"years": (2010, 2016)}, {}, "1") == key_of("share",
    ...     {"years": [2010, 2016]}, {}, "1")
    True
    >>> key_of("share", {"horizon": float("nan")}, {}, "1")
    Traceback (most recent call last):
        ...
    firstlight.errors.InputError: a value is not a finite number
      where: parameters.horizon
      try:   leave it out or use None
    """
    for name, value in inputs.items():
        if not _INPUT.fullmatch(value):
            about = {"value": shown(value), "input": Name(name)}
            raise InputError(message("no_key", **about), ROOM)
    asked = {
        "code_version": code_version,
        "inputs": plain(inputs, "inputs"),
        "instrument": instrument,
        "parameters": plain(parameters, "parameters"),
    }
    return hashlib.sha256(_canonical(asked).encode("utf-8")).hexdigest()


def plain(value: Any, where: str) -> Any:
    """A value in JSON's own types: dates and paths as text, tuples as lists, sets sorted, NumPy's
    numbers as Python's.

    Raises  InputError naming the place of what JSON can't say exactly.

    >>> plain({"since": date(2016, 1, 1), "areas": {"b", "a"}}, "parameters")
    {'since': '2016-01-01', 'areas': ['a', 'b']}
    """
    if isinstance(value, Enum):
        return plain(value.value, where)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, where)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, PurePath):
        return _text(value.as_posix(), where)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return _finite(float(value), where)
    return _plain_collection(value, where)


def _plain_collection(value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        named = {
            _key_text(key, where): plain(item, f"{where}.{key}") for key, item in value.items()
        }
        if len(named) < len(value):
            raise _no_form("keys_alike", where)
        return named
    if isinstance(value, list | tuple):
        return [plain(item, f"{where}[{place}]") for place, item in enumerate(value)]
    if isinstance(value, set | frozenset):
        return sorted((plain(item, where) for item in value), key=_canonical)
    if hasattr(value, "tolist"):  # NumPy's arrays and remaining scalars
        return plain(value.tolist(), where)
    raise _no_form("no_exact_form", where, type=Name(type(value).__name__))


def _key_text(key: Any, where: str) -> str:
    if isinstance(key, bool) or not isinstance(key, str | numbers.Integral | date | Enum):
        raise _no_form("no_text_key", where, key=shown(repr(key)))
    return str(plain(key, where))


def _text(value: str, where: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise _no_form("half_a_character", where)
    return str(value)


def _finite(value: float, where: str) -> float:
    if not math.isfinite(value):
        raise _no_form("no_finite_number", where)
    return value + 0.0  # minus zero and zero are the same choice


def _no_form(code: str, where: str, **values: Value[str]) -> InputError:
    return InputError(message(code, place=Name(where), **values), ROOM)


def _canonical(value: Any) -> str:
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )


def check_name(name: str, kind: str) -> None:
    """Raises InputError where a name could not be the name of a file on any system."""
    if not _NAME.fullmatch(name):
        code = "no_name_of_table" if kind == "table" else "no_name_of_result"
        raise InputError(message(code, name=shown(name)), ROOM)


def write_record(
    folder: Path,
    result: Result,
    frames: Mapping[str, pl.DataFrame],
    units: Mapping[str, Mapping[str, str]],
) -> None:
    """Write a Result's tables and then its record into an empty folder.

    result : its ``tables`` are not read
    frames : table name -> frame
    units  : table name -> column -> unit, for as many columns as have one
    Raises  InputError where a unit is told of a column that isn't there; StoreError from the disk.
    """
    _check_units(frames, units)
    kept = {}
    for name, frame in frames.items():
        check_name(name, "table")
        file = f"{name}.parquet"
        write_table(frame, folder / file)
        columns = [
            [column, str(kind), units.get(name, {}).get(column, "")]
            for column, kind in frame.schema.items()
        ]
        with disk_errors(folder):
            size = (folder / file).stat().st_size
            kept[name] = {
                "bytes": size,
                "columns": columns,
                "file": file,
                "rows": frame.height,
                "sha256": sha256_of(folder / file),
            }
    said = {
        field.name: getattr(result, field.name)
        for field in dataclasses.fields(result)
        if field.name != "tables"
    }
    content = {"format": FORMAT, "tables": kept} | {
        name: plain(value, name) for name, value in said.items()
    }
    content["record_sha256"] = hashlib.sha256(_canonical(content).encode("utf-8")).hexdigest()
    with disk_errors(folder):
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)
        (folder / RECORD_FILE).write_text(text + "\n", encoding="utf-8")


def _check_units(
    frames: Mapping[str, pl.DataFrame], units: Mapping[str, Mapping[str, str]]
) -> None:
    for table, of_columns in units.items():
        unknown = (
            sorted(set(of_columns) - set(frames[table].columns)) if table in frames else [table]
        )
        if unknown:
            about = {"table": Name(table), "column": Name(unknown[0])}
            raise InputError(message("unit_of_nothing", **about), ROOM)


def read_record(folder: Path) -> Record:
    """The record of a Result's folder.

    Raises  StoreError where it is absent, cut short, altered by hand or written by a newer version.
    """
    path = folder / RECORD_FILE
    place = Name(str(path))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        said = Name(str(problem))
        raise StoreError(message("record_unreadable", said=said, path=place), ROOM) from problem
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise StoreError(message("record_of_another_format", path=place), ROOM)
    told = content.pop("record_sha256", "")
    if told != hashlib.sha256(_canonical(content).encode("utf-8")).hexdigest():
        raise StoreError(message("record_changed", path=place), ROOM)
    tables = {name: _kept_table(entry) for name, entry in content["tables"].items()}
    paths = {name: folder / table.file for name, table in tables.items()}
    fields = {field.name for field in dataclasses.fields(Result)} - {"tables"}
    return Record(
        Result(tables=paths, **{name: content[name] for name in fields if name in content}),
        folder,
        tables,
    )


def _kept_table(entry: Mapping[str, Any]) -> KeptTable:
    columns = tuple((column, kind, unit) for column, kind, unit in entry["columns"])
    return KeptTable(entry["file"], entry["sha256"], entry["bytes"], entry["rows"], columns)


def damage(record: Record) -> tuple[Message, ...]:
    """What is wrong with a record's files, by reading every byte: empty where all is as it was
    written."""
    found = []
    for table in record.tables.values():
        path = record.folder / table.file
        if not path.is_file():
            found.append(message("file_gone", file=Name(table.file)))
        elif path.stat().st_size != table.bytes_count or sha256_of(path) != table.sha256:
            found.append(message("file_changed", file=Name(table.file)))
    result = record.result
    key = key_of(result.instrument, result.parameters, result.inputs, result.code_version)
    if key != result.key:
        found.append(message("key_differs"))
    return tuple(found)


def in_words(found: Iterable[Message], lang: str) -> tuple[str, ...]:
    """Why a Result is damaged or stale, each reason in words."""
    return tuple(Texts(STORE).sentence(lang, each, "reasons") for each in found)
