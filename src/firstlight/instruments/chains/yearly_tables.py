"""The input-output tables of a data frame, one for each year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from firstlight import roles
from firstlight.errors import InputError
from firstlight.instruments.chains.io_table import IOTable, domestic_part, table_of, with_imports
from firstlight.schema import Data
from firstlight.texts import Count, Message, message, names

__all__ = ["LABELS", "modelled", "read_tables"]

FOLDER = Path(__file__).parent
LABELS = roles.Table({"label": roles.Key(), "block": roles.Label()})


def read_tables(data: Data) -> dict[int | None, IOTable]:
    """Year -> table, the years in their order; None -> the only one where there are no years.

    Parameters
    ----------
    data
        With the columns supplier, user, value, and perhaps origin and year; and perhaps the tables
        ``labels`` and ``jobs``.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        For what is no square table, and jobs of sectors that are not in it.
    """
    told = dict[str, str]()
    if "labels" in data.tables:
        told = dict(data.tables["labels"].frame.drop_nulls().iter_rows())
    if not data.has("year"):
        found: dict[int | None, IOTable] = {None: table_of(data.frame, told)}
    else:
        parts = data.frame.partition_by("year", as_dict=True, maintain_order=True)
        found = {int(key[0]): table_of(rows, told) for key, rows in sorted(parts.items())}
    if "jobs" not in data.tables:
        return found
    rows = data.tables["jobs"].frame.drop_nulls().iter_rows()
    return {year: _employing(table, dict(rows)) for year, table in found.items()}


def _employing(table: IOTable, jobs: Mapping[str, float]) -> IOTable:
    lacking = [sector for sector in table.sectors if sector not in jobs]
    if lacking:
        raise InputError(
            message("no_jobs", count=Count(len(lacking)), sectors=names(lacking)), FOLDER
        )
    return replace(table, employment=np.array([jobs[sector] for sector in table.sectors]))


def modelled(table: IOTable, inputs: str) -> tuple[IOTable, list[Message]]:
    """The table with domestic inputs alone, or with all; and what had to be done for it.

    Parameters
    ----------
    table
        As read.
    inputs
        "domestic" or "all".

    Returns
    -------
    IOTable, messages
    """
    if inputs == "all":
        return with_imports(table), []
    domestic, beyond = domestic_part(table)
    if not beyond:
        return domestic, []
    return domestic, [message("imports_beyond", count=Count(len(beyond)), sectors=names(beyond))]
