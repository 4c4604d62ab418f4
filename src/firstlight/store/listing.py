"""The listing of what is kept: a row per Result, and why it is stale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import StoreError
from firstlight.nouns import Result
from firstlight.store.code_version import code_version
from firstlight.store.lineage import SNAPSHOT
from firstlight.store.record import Record, in_words, read_record
from firstlight.texts import Message, Name, message

LISTED: Mapping[str, Any] = {
    "name": pl.String,
    "key": pl.String,
    "instrument": pl.String,
    "created": pl.String,
    "last_run": pl.String,
    "tables": pl.List(pl.String),
    "rows": pl.Int64,
    "bytes": pl.Int64,
    "is_stale": pl.Boolean,
    "note": pl.String,
}


def listing_row(
    place: Path,
    known: Mapping[str, Record],
    stale: dict[str, Message | None],
    last_run: Callable[[Record], str],
    lang: str,
) -> tuple[Any, ...]:
    """What is said of the Result in a folder, in the columns of ``LISTED``.

    known    : key -> record, of all that can be read
    stale    : key -> why it is stale; what is found out is added
    last_run : when a record was last kept or used again
    """
    try:
        record = read_record(place)
    except StoreError as problem:
        unread = (None,) * (len(LISTED) - 4)
        return (place.parent.name, place.name, *unread, True, problem.parts(lang)[0])
    result, tables = record.result, record.tables.values()
    why = _why_stale(record, known, stale)
    return (
        result.name,
        result.key,
        result.instrument,
        result.created,
        last_run(record),
        list(record.tables),
        sum(table.rows for table in tables),
        sum(table.bytes_count for table in tables),
        why is not None,
        " ".join(in_words(filter(None, [why]), lang)),
    )


def _why_stale(
    record: Record, known: Mapping[str, Record], answers: dict[str, Message | None]
) -> Message | None:
    """Why a Result no longer says what the code would say now: other code, or an input that is
    stale or gone."""
    result = record.result
    if result.key in answers:
        return answers[result.key]
    answers[result.key] = None  # while its inputs are looked at
    files = [table.file for table in record.tables.values()]
    missing = [file for file in files if not (record.folder / file).is_file()]
    if missing:
        answers[result.key] = message("file_gone", file=Name(missing[0]))
    elif result.instrument != SNAPSHOT and result.code_version != code_version(*result.modules):
        answers[result.key] = message("other_code", version=Name(result.code_version))
    else:
        answers[result.key] = _stale_input(result, known, answers)
    return answers[result.key]


def _stale_input(
    result: Result, known: Mapping[str, Record], answers: dict[str, Message | None]
) -> Message | None:
    for name, key in result.inputs.items():
        if key.startswith("sha256:"):
            continue
        if key not in known:
            return message("input_not_kept", input=Name(name))
        if _why_stale(known[key], known, answers):
            return message("input_stale", input=Name(name))
    return None
