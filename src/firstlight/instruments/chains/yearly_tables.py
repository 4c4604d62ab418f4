"""The input-output tables of a data frame, one for each year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypedDict

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.errors import InputError
from firstlight.instruments.chains.io_table import (
    IOTable,
    domestic_part,
    refuse_nothing,
    table_of,
    with_imports,
)
from firstlight.schema import Data
from firstlight.texts import Count, Message, message, names

FOLDER = Path(__file__).parent
LABELS = roles.Table({"label": roles.Key(), "block": roles.Label()})


class TableColumns(TypedDict, total=False):
    """Columns of an input-output table, which all measurements of it share, each by its own name
    unless another is given.

    Parameters
    ----------
    supplier
        Column of the sectors that deliver, and of what else sectors pay for.
    user
        Column of the sectors that use, and of final uses; or these are the headings.
    value
        Column of the flows of a year, in one unit of money.
    sector_name
        Column of names that stand for the suppliers' codes in what is said.
    origin
        Column that says of each row whether it is domestic or imported.
    year
        Column of the years, each with a table of its own.
    labels
        What rows and columns are that are no sectors, where their names don't tell.
    """

    supplier: Annotated[str, roles.Key()]
    user: Annotated[str, roles.Key(is_heading=True)]
    value: Annotated[str, roles.Number()]
    sector_name: Annotated[str | None, roles.Label()]
    origin: Annotated[str | None, roles.Key(may_be_empty=True)]
    year: Annotated[str | None, roles.Year()]
    labels: Annotated[Any, LABELS]


def read_tables(data: Data) -> dict[int | None, IOTable]:
    """Year -> table, the years in their order; None -> the only one where there are no years. The
    tables ``labels`` and ``jobs`` may come with it.

    Raises InputError for what is no square table, and sectors of it without jobs.
    """
    rows = _by_name(data)
    blocks = labelled(data)
    tables = {year: table_of(cells, blocks) for year, cells in by_year(data, rows).items()}
    if "jobs" in data.tables:
        jobs = dict(data.tables["jobs"].frame.drop_nulls().iter_rows())
        tables = {year: _employing(table, jobs) for year, table in tables.items()}
    if not data.has("sector_name"):
        return tables
    last = data.frame.drop_nulls("sector_name").sort("year", "supplier", "sector_name")
    named = dict(last.select("supplier", "sector_name").iter_rows())
    return {year: _named(table, named) for year, table in tables.items()}


def last_table(data: Data) -> tuple[int | None, IOTable]:
    """The last year and its table; None for the year where there are none."""
    return list(read_tables(data).items())[-1]


def by_year(data: Data, rows: pl.DataFrame) -> dict[int | None, pl.DataFrame]:
    """Year -> its rows, the years in their order; None -> all where there are no years."""
    if not data.has("year"):
        return {None: rows}
    parts = rows.partition_by("year", as_dict=True, maintain_order=True)
    return {int(key[0]): rows_of for key, rows_of in sorted(parts.items())}


def labelled(data: Data) -> dict[str, str]:
    """Name -> block, as the caller's table of labels says."""
    if "labels" not in data.tables:
        return {}
    return dict(data.tables["labels"].frame.drop_nulls().iter_rows())


def _by_name(data: Data) -> pl.DataFrame:
    """The rows, their suppliers under their names where users have these and not the codes."""
    rows = data.frame
    if not data.has("sector_name"):
        return rows
    users = set(rows["user"])  # two in common are enough: fewer make no table
    if len(users & set(rows["supplier"])) >= 2 or len(users & set(rows["sector_name"])) < 2:
        return rows
    return rows.with_columns(supplier=pl.coalesce("sector_name", "supplier"))


def _named(table: IOTable, named: Mapping[str, str]) -> IOTable:
    """The sectors under their names; codes stand before names that several bear."""
    labels = [named.get(code, code) for code in table.sectors]
    several = {name for name, count in Counter(labels).items() if count > 1}
    codes = zip(table.sectors, labels, strict=True)
    full = {code: f"{code} {name}" for code, name in codes if name in several and name != code}
    return replace(
        table,
        sectors=tuple(
            full.get(code, name) for code, name in zip(table.sectors, labels, strict=True)
        ),
    )


def _employing(table: IOTable, jobs: Mapping[str, float]) -> IOTable:
    lacking = [sector for sector in table.sectors if sector not in jobs]
    if lacking:
        raise InputError(
            message("no_jobs", count=Count(len(lacking)), sectors=names(lacking)), FOLDER
        )
    return replace(table, employment=np.array([jobs[sector] for sector in table.sectors]))


def modelled(table: IOTable, inputs: str) -> tuple[IOTable, list[Message]]:
    """The table as read with inputs of "domestic" origin, or with "all"; and what had to be done
    for it.

    Raises InputError as `refuse_outputs` does.
    """
    refuse_outputs(table)
    if inputs == "all":
        return with_imports(table), []
    domestic, beyond = domestic_part(table)
    if not beyond:
        return domestic, []
    return domestic, [message("imports_beyond", count=Count(len(beyond)), sectors=names(beyond))]


def refuse_outputs(table: IOTable) -> None:
    """Raise InputError where nothing is made, and for outputs below 0: what goes into a unit of
    such an output has no meaning, and nor has a share of all outputs."""
    below = [table.sectors[i] for i in np.flatnonzero(table.output < 0).tolist()]
    if below:
        wrong = message("negative_output", count=Count(len(below)), sectors=names(below))
        raise InputError(wrong, FOLDER)
    refuse_nothing(table.output)


def unlike_years(tables: Mapping[int | None, IOTable]) -> list[Message]:
    """Says which sectors are not in the table of every year, if any."""
    counts = Counter(name for table in tables.values() for name in table.sectors)
    apart = sorted(name for name, count in counts.items() if count < len(tables))
    if not apart:
        return []
    return [message("other_sectors", count=Count(len(apart)), sectors=names(apart))]
