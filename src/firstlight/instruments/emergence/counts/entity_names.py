"""What names say of entities: a remainder ("Other"), a whole ("Total"), a group of places.

The patterns lie in ``entity_names.csv`` and ``place_groups.csv``, in English and Chinese.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

import polars as pl

RESIDUAL = "residual"
WHOLE = "whole"


def plain_name(name: str) -> str:
    """A name without case, width and doubled spaces.

    >>> plain_name(" Ｏther  Fields")
    'other fields'
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def kinds_of(names: Sequence[str]) -> list[str | None]:
    """The kind of each name, "residual" or "whole"; None for a name like any other.

    names : of entities, without the name of what they belong to

    >>> kinds_of(["Other Spacecraft", "Machinery, n.e.c.", "All", "Mother boards"])
    ['residual', 'residual', 'whole', None]
    """
    plain = pl.Series("name", [plain_name(name) for name in names], dtype=pl.String)
    kind = pl.lit(None, dtype=pl.String)
    for one in (WHOLE, RESIDUAL):
        kind = pl.when(pl.col("name").str.contains(_pattern(one))).then(pl.lit(one)).otherwise(kind)
    found: list[str | None] = pl.DataFrame([plain]).select(kind.alias("kind"))["kind"].to_list()
    return found


def groups_among(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Group of places -> its members, where at least two of these are among the names.

    >>> groups_among(["EU27", "DE", "FR", "US"])
    {'EU27': ('DE', 'FR')}
    >>> groups_among(["EU27", "US", "CN"])
    {}
    """
    plain = {plain_name(name): name for name in sorted(names)}
    frame = pl.DataFrame({"plain": list(plain)}, schema={"plain": pl.String})
    found: dict[str, tuple[str, ...]] = {}
    for row in _table("place_groups.csv"):
        members = {plain_name(member) for member in row["members"].split(";")}
        groups = frame.filter(pl.col("plain").str.contains(row["pattern"]))["plain"].to_list()
        present = tuple(plain[name] for name in sorted(members & plain.keys()))
        if len(present) >= 2:
            found |= {plain[group]: present for group in groups if group not in members}
    return found


@cache
def _pattern(kind: str) -> str:
    rows = _table("entity_names.csv")
    return "|".join(f"(?:{row['pattern']})" for row in rows if row["kind"] == kind)


@cache
def _table(name: str) -> tuple[dict[str, str], ...]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
