"""What every view may count on: that the tables of an observation and their columns are there, what
else is told of it, and its first lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.message_json import message_from_json
from firstlight.observation_tables import SCHEMAS
from firstlight.texts import Message, Name, language_columns, message, names

VIEWS = Path(__file__).parent
Tables = Mapping[str, pl.DataFrame]
Facts = Mapping[str, Any]

FACTS_OF_FORECAST = (
    *("title", "kind", "as_of", "horizon", "factor", "gain"),
    *("ranking", "is_future_known"),
)
# columns that an observation lacks which was made before there was a language
TRANSLATIONS = frozenset(language_columns("reason")) - {"reason"}
REQUIRED_FACTS = (*FACTS_OF_FORECAST, "first_lines", "brief")


def checked_tables(tables: Tables) -> Tables:
    """The tables, if each of the contract is there with its columns.

    Raises InputError naming the first that is absent.
    """
    for name, schema in SCHEMAS.items():
        if name not in tables:
            raise InputError(message("table_lacks", table=Name(name)), VIEWS)
        needed = [column for column in schema if column not in TRANSLATIONS]
        lacking = [column for column in needed if column not in tables[name].columns]
        if lacking:
            column = Name(lacking[0])
            raise InputError(message("column_lacks", table=Name(name), column=column), VIEWS)
    return tables


def checked_facts(facts: Facts) -> Facts:
    """The facts, if those that views need are there.

    Raises InputError naming those that are absent.
    """
    lacking = [name for name in REQUIRED_FACTS if name not in facts]
    if lacking:
        raise InputError(message("facts_lack", facts=names(lacking, len(lacking))), VIEWS)
    return facts


def first_lines(facts: Facts) -> list[Message]:
    """The first lines of every view, in their order."""
    return [message_from_json(line) for line in facts["first_lines"]]


def warning_message(row: Mapping[str, Any]) -> Message:
    """What a row of the table of warnings says."""
    return message_from_json(json.loads(row["values"]))
