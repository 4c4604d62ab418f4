"""One table of works taken apart: works, who made them, what they cite, what they combine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from firstlight.numerics.row_checks import one_value_each

FOLDER = Path(__file__).parent

LISTS = ("references", "terms")
NUMBERS = ("citations", "patents")
SEPARATOR = ";"


@dataclass(frozen=True)
class Works:
    """What a table of works holds.

    works   : work, year, and citations and patents (null where unknown) where the table has them;
              a row for each work, sorted
    members : work, unit; each once
    fields  : work, field; works without a field are not in it; None in a table without fields
    lists   : "references", "terms" -> work and entry, each once
    """

    works: pl.DataFrame
    members: pl.DataFrame
    fields: pl.DataFrame | None
    lists: dict[str, pl.DataFrame]

    @property
    def without_unit(self) -> int:
        """How many works have no unit; all works are compared with them too."""
        return self.works.height - self.members["work"].n_unique()

    @property
    def without_field(self) -> int:
        """How many works have no field in a table with fields."""
        return 0 if self.fields is None else self.works.height - self.fields["work"].n_unique()


def works_of(frame: pl.DataFrame) -> Works:
    """A table with a row for each work, or for each work and unit or field, taken apart.

    frame : work, unit, year, field, citations, references, terms, patents; null throughout in a
            column that the table lacks; references and terms hold several entries, separated by ;

    Raises InputError for a work of two years or two numbers of citations or patents.

    >>> rows = {"work": ["a"], "unit": ["x"], "year": [2000], "terms": ["sail; wheel;sail"]}
    >>> lacking = [pl.lit(None, pl.String).alias(name) for name in ("field", *NUMBERS,
    ...     "references")]
    >>> works_of(pl.DataFrame(rows).with_columns(lacking)).lists["terms"].rows()
    [('a', 'sail'), ('a', 'wheel')]
    """
    there = [name for name in (*NUMBERS, *LISTS, "field") if frame[name].count()]
    numbers = [name for name in NUMBERS if name in there]
    members = frame.select("work", "unit").drop_nulls().unique().sort("work", "unit")
    fields = frame.select("work", "field").drop_nulls().unique().sort("work", "field")
    return Works(
        _one_row_each(frame, numbers),
        members,
        fields if "field" in there else None,
        {name: _entries(frame, name) for name in LISTS if name in there},
    )


def _one_row_each(frame: pl.DataFrame, numbers: list[str]) -> pl.DataFrame:
    columns = ["year", *numbers]
    one_value_each(frame, "work", *columns)
    works = frame.group_by("work").agg(pl.col(name).drop_nulls().first() for name in columns)
    return works.with_columns(pl.col("year").cast(pl.Int64)).sort("work")


def _entries(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    each = frame.select("work", pl.col(name).str.split(SEPARATOR)).drop_nulls().explode(name)
    plain = each.with_columns(pl.col(name).str.strip_chars()).filter(pl.col(name) != "")
    return plain.unique().sort("work", name)
