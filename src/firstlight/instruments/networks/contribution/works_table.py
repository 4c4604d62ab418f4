"""One table of works taken apart: works, who made them, what they cite, what they combine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.long_frames import read_long, to_polars

LISTS = ("references", "terms")
NUMBERS = ("citations", "patents")


@dataclass(frozen=True)
class Works:
    """What a table of works holds.

    works      : work, year, and citations and patents (null where unknown) where there are such columns; a row per work
    members    : work, unit; each once
    fields     : work, field, or None; works without one aren't in it
    lists      : "references", "terms" -> work and entry, each once
    unit_less_count : works of no unit; they stand in the yardsticks alone
    """

    works: pl.DataFrame
    members: pl.DataFrame
    fields: pl.DataFrame | None
    lists: dict[str, pl.DataFrame]
    unit_less_count: int


def read_works_table(frame: Any, names: dict[str, str], separator: str = ";") -> Works:
    """A table with a row per work, or per work and unit or field.

    names : canonical name -> column; ``work``, ``unit`` and ``year`` always; ``field``, ``citations``, ``patents`` (numbers),
            ``references``, ``terms`` (several in one cell, apart by ``separator``) where there are
    Returns Works.
    Raises  InputError as ``read_long``, for no rows, or a work of two years, two numbers of citations or negative ones.

    >>> rows = pl.DataFrame({"w": ["a"], "u": ["x"], "y": [2000], "t": ["sail; wheel;sail"]})
    >>> read_works_table(rows, {"work": "w", "unit": "u", "year": "y", "terms": "t"}).lists["terms"].rows()
    [('a', 'sail'), ('a', 'wheel')]
    """
    numbers = [name for name in NUMBERS if name in names]
    firm = {name: own for name, own in names.items() if name in ("work", "year", *numbers)}
    dated = read_long(frame, firm, numbers, is_sorted=False)
    if not dated.height:
        raise InputError("no rows", where="the frame", try_next="pass a row per work")
    loose = [name for name in ("unit", "field", *LISTS) if name in names]
    texts = to_polars(frame, list(dict.fromkeys(names.values()))).select(
        pl.col(names[name]).cast(pl.String).str.strip_chars().replace("", None).alias(name)
        for name in loose
    )
    rows = pl.concat([dated, texts], how="horizontal")
    works = (
        rows.select("work", "year", *numbers)
        .unique()
        .sort("work", "year", *numbers, nulls_last=True)
    )
    works = _one_each(works, numbers)
    members = rows.select("work", "unit").drop_nulls().unique().sort("work", "unit")
    fields = (
        rows.select("work", "field").drop_nulls().unique().sort("work", "field")
        if "field" in names
        else None
    )
    lists = {name: _entries(rows, name, separator) for name in LISTS if name in names}
    return Works(works, members, fields, lists, works.height - members["work"].n_unique())


def _one_each(works: pl.DataFrame, numbers: list[str]) -> pl.DataFrame:
    for name in ("year", *numbers):
        own = works.group_by("work").agg(pl.col(name).drop_nulls().n_unique().alias("count"))
        twice = own.filter(pl.col("count") > 1).sort("work")
        if twice.height:
            raise InputError(
                f"work {twice['work'][0]!r} has {twice['count'][0]} values of {name}",
                where="the frame",
                try_next="give it one",
            )
    found = (
        works.group_by("work")
        .agg(pl.col(name).drop_nulls().first() for name in ("year", *numbers))
        .sort("work")
    )
    for name in numbers:
        low = found.filter(pl.col(name) < 0)
        if low.height:
            raise InputError(
                f"{low[name][0]:g} {name}",
                where=f"work {low['work'][0]!r}",
                try_next="leave unknown ones empty",
            )
    return found


def _entries(rows: pl.DataFrame, name: str, separator: str) -> pl.DataFrame:
    apart = rows.select("work", pl.col(name).str.split(separator)).drop_nulls().explode(name)
    clean = apart.with_columns(pl.col(name).str.strip_chars()).filter(pl.col(name) != "")
    return clean.unique().sort("work", name)
