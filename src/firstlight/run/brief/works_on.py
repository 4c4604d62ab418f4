"""Who works on a technology: documents whose titles name it, and the organisations behind most of
them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl

__all__ = ["WORKS", "works_on"]

LEADING = 3  # organisations that are named
WORKS: Mapping[str, pl.DataType] = {
    "name": pl.String(),
    "works_count": pl.Int64(),
    "first_year": pl.Int64(),
    "last_year": pl.Int64(),
    "organisations": pl.List(pl.String()),
    "organisation_counts": pl.List(pl.Int64()),
    "inside": pl.List(pl.String()),
}
_ENDS = ("产业", "行业", "技术", "领域")
_SHORTEST = {True: 4, False: 3}  # signs of a name that is looked for: in Latin letters, in others


def works_on(
    documents: pl.DataFrame, names: Mapping[str, Sequence[str]], place: Sequence[str] = ()
) -> pl.DataFrame:
    """A row for each name that some title holds: the columns of `WORKS`.

    documents : title, year, affiliations
    names     : name -> further ways to write it
    place     : ways to write a place, which an organisation inside it has in its name

    >>> documents = pl.DataFrame({"title": ["Sodium-ion cells", "Ions"], "year": [2020, 2021],
    ...     "affiliations": [["A", "University of Bath"], ["B"]]})
    >>> works_on(documents, {"sodium-ion cell": []}, ["Bath"]).row(0)
    ('sodium-ion cell', 1, 2020, 2020, ['A', 'University of Bath'], [1, 1], ['University of Bath'])
    """
    rows = []
    is_inside = pl.lit(False)
    for way in place:
        escaped = re.escape(way)
        pattern = rf"(?i)\b{escaped}\b" if way.isascii() else escaped
        is_inside |= pl.col("one").str.contains(pattern)
    folded = documents.with_columns(folded=pl.col("title").str.to_lowercase())
    for name, ways in names.items():
        pattern = _pattern((name, *ways))
        if not pattern:
            continue
        own = folded.filter(pl.col("folded").str.contains(pattern))
        if own.is_empty():
            continue
        by_one = own.select(pl.col("affiliations").list.unique().explode().alias("one"))
        counts = by_one.drop_nulls().group_by("one").len()
        ordered = counts.sort("len", "one", descending=[True, False])
        leading = ordered.head(LEADING)
        inside = ordered.filter(is_inside)["one"].head(LEADING).to_list()
        years = own["year"].min(), own["year"].max()
        organisations = leading["one"].to_list(), leading["len"].to_list(), inside
        rows.append((name, own.height, *years, *organisations))
    return pl.DataFrame(rows, schema=dict(WORKS), orient="row")


def _pattern(ways: Sequence[str]) -> str:
    """What a title has to hold: one of the ways as a whole word, in the singular or the plural."""
    parts = []
    for way in ways:
        plain = way.strip().casefold()
        for end in _ENDS:
            plain = plain.removesuffix(end)
        if len(plain) < _SHORTEST[plain.isascii()]:
            continue
        part = re.escape(plain).replace(r"\ ", r"[\s-]")
        parts.append(rf"\b{part}(?:s|es)?\b" if plain.isascii() else part)
    return "|".join(sorted(set(parts)))
