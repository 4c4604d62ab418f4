"""Tables as files: Parquet and CSV for each, one JSON for machines, and a Data Package that says
what they hold, which R, Python and others read."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.texts import LANGUAGES, Name, Texts, message
from firstlight.views.observation_contract import Facts, Tables, checked_tables

VIEWS = Path(__file__).parent
SCHEMA_VERSION = "3.0"
MOST_ROWS = 10_000  # of a table in observation.json, whatever the size of what was observed
DATA_PACKAGE = "datapackage.json"
# what is said of a column -> the property of its field in a Data Package
PROPERTIES = {"title": "title", "unit": "unit", "note": "description"}
# A spreadsheet reads a cell that begins with one of these as a formula; the last five are their
# full-width twins.
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"


def write_tables(tables: Tables, folder: Path) -> dict[str, tuple[Path, Path]]:
    """Write each table as ``NAME.parquet`` and ``NAME.csv``; return name -> (Parquet file, CSV
    file).

    Parquet holds the values as they are. CSV is UTF-8 with a byte order mark, which spreadsheets
    need; lists are joined by "; "; a missing value is an empty cell; and a text cell that begins
    with ``= + - @`` (or their full-width twins), a tab or a line break gets a leading apostrophe,
    so that no spreadsheet runs it as a formula.
    """
    written = {}
    for name, frame in checked_tables(tables).items():
        written[name] = folder / f"{name}.parquet", folder / f"{name}.csv"
        _write(written[name][0], partial(frame.write_parquet, compression="zstd"))
        write_csv(frame, written[name][1])
    return written


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write one table as CSV for spreadsheets, as `write_tables` does."""
    _write(path, lambda stream: stream.write(csv_bytes(frame)))


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """One table as CSV for spreadsheets, as `write_tables` writes it."""
    written = io.BytesIO()
    for_spreadsheets(frame).write_csv(written, include_bom=True)
    return written.getvalue()


def write_text(text: str, path: Path) -> None:
    """Write a text as UTF-8 with plain line ends."""
    _write(path, lambda stream: stream.write(text.encode("utf-8")))


def _write(path: Path, write: Callable[[Any], Any]) -> None:
    # Polars reports a full disk as an error of computation, at times without the system's number:
    # it writes to memory.
    written = io.BytesIO()
    write(written)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written.getbuffer())


def for_spreadsheets(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as a cell of a spreadsheet: lists and structures as text, formulas disarmed,
    headings too."""
    cells = [_cell(frame[column]) for column in frame.columns]
    disarmed = [_disarmed(cell) for cell in cells]
    if not disarmed:
        return frame
    headings = {
        name: f"'{name}" for name in frame.columns if name[:1] and name[0] in FORMULA_STARTS
    }
    return pl.DataFrame(disarmed).rename(headings)


def _cell(column: pl.Series) -> pl.Series:
    if column.dtype.is_nested():
        return pl.Series(column.name, list(map(_joined, column.to_list())), dtype=pl.String)
    if column.dtype in (pl.Categorical, pl.Enum):
        return column.cast(pl.String)
    return column


def _joined(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return "; ".join(map(_item, value))
    return json.dumps(plain_value(value, "cell"), ensure_ascii=False, sort_keys=True)


def _item(value: Any) -> str:
    return "" if value is None else str(value)


def _disarmed(column: pl.Series) -> pl.Series:
    """Texts that no spreadsheet runs as a formula; a column of anything else as it is."""
    if column.dtype != pl.String:
        return column
    starts = FORMULA_STARTS.replace("-", r"\-").replace("+", r"\+")
    cell = pl.col(column.name)
    armed = cell.str.contains(f"^[{starts}]")
    return column.to_frame().select(
        pl.when(armed).then(pl.lit("'") + cell).otherwise(cell).alias(column.name)
    )[column.name]


def observation_json(tables: Tables, facts: Facts) -> bytes:
    """The observation as JSON in UTF-8: ``schema_version``, ``facts``, and ``tables`` as lists of
    records; ``left_to_parquet`` names those of more rows than `MOST_ROWS`, and how many they have.

    Keys are sorted, rows stand in their table's order, and nan and infinity are null, so that the
    same observation gives the same bytes. ``facts["files"]`` stays out: where files lie is no part
    of what was observed.

    Raises InputError for a value that JSON can't hold.
    """
    said = plain_value({name: fact for name, fact in facts.items() if name != "files"}, "facts")
    told = json.dumps(said, ensure_ascii=False, sort_keys=True, allow_nan=False, indent=1)
    version = json.dumps(SCHEMA_VERSION)
    known = dict(sorted(checked_tables(tables).items()))
    left = {name: frame.height for name, frame in known.items() if frame.height > MOST_ROWS}
    written = io.BytesIO()
    written.write(f'{{"facts": {told},\n"left_to_parquet": {json.dumps(left)},\n'.encode())
    written.write(f'"schema_version": {version},\n"tables": {{'.encode())
    # Polars writes a table to a line, and nan and infinity as null.
    end = "\n"
    for name in known:
        if name in left:
            continue
        written.write(f"{end}{json.dumps(name)}: ".encode())
        known[name].select(sorted(known[name].columns)).write_json(written)
        end = ",\n"
    written.write(b"\n}}\n")
    return written.getvalue()


def plain_value(value: Any, where: str) -> Any:
    """A value as JSON holds it: mappings, lists, texts, numbers, booleans and null.

    Paths and dates become texts, sets sorted lists, nan and infinity null, and a stray surrogate
    (from a file's name that is no UTF-8) is written out.

    Raises InputError naming the place of anything else.

    >>> plain_value({"a": (1, float("nan")), "b": Path("x")}, "facts")
    {'a': [1, None], 'b': 'x'}
    """
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (str, Path)):
        return str(value).encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {
            plain_value(str(key), where): plain_value(item, f"{where}.{key}")
            for key, item in value.items()
        }
    if isinstance(value, (set, frozenset)):
        return sorted(plain_value(item, where) for item in value)
    if isinstance(value, (list, tuple)):
        return [plain_value(item, f"{where}[{place}]") for place, item in enumerate(value)]
    kind = Name(type(value).__name__)
    raise InputError(message("no_json", kind=kind, place=Name(where)), VIEWS)


# ---- the data dictionary beside written tables


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
    field: dict[str, Any] = {"name": column, "type": _kind_of(kind)}
    for lang in LANGUAGES:
        told = texts.told(lang, table, column)
        for part in PROPERTIES:
            if part in told:
                field[_name_in(lang, PROPERTIES[part])] = told[part]
    cells = texts.told("en", table, column).get("kind", "")
    if cells.startswith("code."):
        codes = list(_categories(texts, cells.removeprefix("code.").split(".")))
        if codes:
            field["categories"] = codes
    return field


def _categories(texts: Texts, group: list[str]) -> Iterator[dict[str, str]]:
    """Every code that a column may hold, with what it stands for."""
    if not texts.has(*group):
        return
    for code, text in texts.find("en", *group)[0].items():
        if isinstance(text, str):
            labels = {
                _name_in(lang, "label"): texts.code(lang, ".".join(group), code)
                for lang in LANGUAGES
            }
            yield {"value": code, **labels}


def _in_languages(texts: Texts, name: str, *keys: str) -> dict[str, str]:
    if not texts.has(*keys):
        return {}
    return {_name_in(lang, name): texts.say(lang, *keys) for lang in LANGUAGES}


def _name_in(lang: str, name: str) -> str:
    if lang == "en":
        return name
    return f"{name}_{lang}"


def _kind_of(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "integer"
    if kind.is_numeric():
        return "number"
    return {pl.Boolean: "boolean", pl.Date: "date"}.get(kind.base_type(), "string")
