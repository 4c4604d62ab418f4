"""The cases whose tables are frozen: what is measured or observed, on what, and how.

`cases.toml` lists them; a measurement that it does not name is frozen on its sample. Nothing here
knows how a measurement is declared, so the same cases run before and after that changes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from benchmarks.refused import RefusedError

from firstlight.measurement import folders

HERE = Path(__file__).resolve().parent
CASES = HERE / "cases.toml"
SHARED = HERE.parents[2] / "shared"
SAMPLE = "sample"
OBSERVE = "observe"
OWN, OTHERS = (
    "tables/",
    "data/",
)  # how the path of a table begins: beside this file, or below the reference data
KEYS = {"id", "measurement", "source", "columns", "options", "where", "times"}


@dataclass(frozen=True)
class Case:
    """One measurement on one table, or one observation.

    id          : the folder of its tables
    measurement : its name, or "observe"
    source      : "sample", "data/..." below the reference data, or "tables/..." beside the list
    columns     : canonical column -> column of the table
    options     : as `measure` or `observe` takes them; a text that begins as a source does is a
                  path
    where       : column -> the values of the rows to keep, all rows where empty; a .parquet or .csv
                  file then
    times       : column -> what its numbers are multiplied by; a .parquet or .csv file then
    """

    id: str
    measurement: str
    source: str = SAMPLE
    columns: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    where: Mapping[str, list[Any]] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)

    def table(self) -> Path | pl.DataFrame | None:
        """What to hand in: nothing for a sample, a path, or the rows that are kept of it.

        Raises  RefusedError where the file is absent.
        """
        if self.source == SAMPLE:
            return None
        path = place_of(self.source)
        if not (self.where or self.times):
            return path
        read = pl.read_parquet if path.suffix == ".parquet" else _read_csv
        rows = read(path)
        for column, values in self.where.items():
            rows = rows.filter(pl.col(column).is_in(values))
        return rows.with_columns(pl.col(own) * factor for own, factor in self.times.items())

    def choices(self) -> dict[str, Any]:
        """The options, with paths in the place of the tables that they name."""
        return {name: _placed(value) for name, value in self.options.items()}


def read_cases(path: Path = CASES) -> list[Case]:
    """The cases in the order of the list.

    Raises  RefusedError for an unknown key, and for an id that stands twice.
    """
    listed = tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    for one in listed:
        if unknown := sorted(set(one) - KEYS):
            raise RefusedError(
                f"key {unknown[0]!r}",
                where=f"{path}, {one.get('id')}",
                try_next=f"one of {', '.join(sorted(KEYS))}",
            )
    cases = [Case(**one) for one in listed]
    ids = [case.id for case in cases]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise RefusedError(f"id {twice[0]!r} stands twice", where=str(path), try_next="another id")
    return cases


def all_cases() -> list[Case]:
    """The cases of the list, and the sample of each measurement that none of them names."""
    listed = read_cases()
    named = {case.measurement for case in listed}
    return [*listed, *(Case(name, name) for name in sorted(folders()) if name not in named)]


def place_of(source: str) -> Path:
    """Where a table lies.

    Raises  RefusedError where it is absent.
    """
    path = (HERE if source.startswith(OWN) else SHARED) / source
    if not path.is_file():
        raise RefusedError(
            "the table is absent",
            where=str(path),
            try_next="put the reference data beside the repository",
        )
    return path


def _placed(value: Any) -> Any:
    if isinstance(value, str) and value.startswith((OWN, OTHERS)):
        return str(place_of(value))
    return value


def _read_csv(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema_length=None, null_values=["NA"])
