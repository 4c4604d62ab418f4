"""Venues, categories or files whose weights change: strata over which to standardise shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.technologies.yearly_counts import FEWEST_IN_STRATUM

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Column = Literal["source", "category", "file", "language", "none"]
Kind = Literal["joins", "leaves"]
Likeness = Callable[[str, list[str]], Floats]

COLUMNS: tuple[Column, ...] = ("source", "category", "file")  # in order of preference
# Least share of the documents in strata that are large enough to be compared.
COVERED: dict[Column, float] = {"source": 0.5, "category": 0.9, "file": 0.9}
FILLED = 0.5  # of the documents that name a source, category or file
UNKNOWN = "unknown"
_BEHIND_POINT = r"^([^.\s]+)\.\S+"  # of a category within another: cs.ET
OTHER = "other"  # all strata that hardly ever hold 60 documents in two years
THERE = 0.1  # of its largest two years, from which a stratum is there in earnest
JOINT = " + "  # between venues that are held in turn
FEWEST_TO_MOVE = 30  # documents of a year, from which a stratum can be said to join or to leave
ABSENT = 0.05  # of that year's documents, at which two years count as without the stratum
STEADY = 0.3  # of a stratum's year, that two years before it hold where it is there every year
TAKEN = 0.5  # of a category that joins, by which another loses where it was part of that
IN_TURN_LEAST = 4  # years in which two venues alternate before they count as one


class Movement(NamedTuple):
    """A stratum that joins or leaves the record.

    year : the first with it, or the first without it
    """

    name: str
    kind: Kind
    year: int


@dataclass(frozen=True)
class StrataYears:
    """Documents of S strata in Y consecutive years."""

    names: tuple[str, ...]
    years: Ints
    counts: Floats

    @classmethod
    def of(cls, stratum: pl.Series, year: pl.Series) -> StrataYears:
        """Counts from one stratum and year per document."""
        frame = pl.DataFrame({"stratum": stratum, "year": year.cast(pl.Int64)})
        cells = frame.group_by("stratum", "year").len().sort("stratum", "year")
        names = cells["stratum"].unique().sort()
        first = int(cells["year"].min() or 0)  # type: ignore[arg-type]
        years = np.arange(first, int(cells["year"].max() or 0) + 1)  # type: ignore[arg-type]
        counts = np.zeros((len(names), len(years)))
        rows = names.search_sorted(cells["stratum"]).to_numpy()
        counts[rows, cells["year"].to_numpy() - first] = cells["len"].to_numpy()
        return cls(tuple(names), years, counts)

    def of_years(self, first: int, last: int) -> Floats:
        """(S,) documents from one year to another."""
        inside = (self.years >= first) & (self.years <= last)
        summed: Floats = self.counts[:, inside].sum(axis=1)
        return summed


def first_category(categories: pl.Expr) -> pl.Expr:
    """A document's first category; null where it has none."""
    first = categories.list.first().str.strip_chars()
    return pl.when(first != "").then(first)


def of_all_years(source: pl.Series, year: pl.Series) -> pl.Series:
    """Venues without the year that their names or codes carry, so that a venue is one through the
    years: "acl" of "2020.acl", "P" of "P16".

    Digits go where half of the documents or more stand under a name that holds their own year, in
    four digits or two.

    >>> of_all_years(pl.Series(["P16-1", "2020.acl"]), pl.Series([2016, 2020])).to_list()
    ['P', 'acl']
    >>> of_all_years(pl.Series(["Web 2.0", "ICML"]), pl.Series([2016, 2020])).to_list()
    ['Web 2.0', 'ICML']
    """
    dated = pl.DataFrame({"source": source, "year": year}).with_columns(
        four=pl.col("year").cast(pl.String), two=pl.col("year").cast(pl.String).str.slice(2)
    )
    figures = pl.col("source").str.extract_all(r"\d+")
    holds = figures.list.contains(pl.col("four")) | figures.list.contains(pl.col("two"))
    if not dated.select(holds.fill_null(False).sum() * 2 >= pl.col("source").count()).item():
        return source
    bare = pl.col("source").str.replace_all(r"[\s'’.,_/-]*\d+[\s'’.,_/-]*", " ").str.strip_chars()
    kept = pl.when(bare != "").then(bare).otherwise("source")
    return dated.select(kept.alias(source.name)).to_series()


def choose_column(documents: pl.DataFrame) -> Column:
    """The column over which to standardise: venue, else category, else file, else none.

    A column serves where half of the documents name it, and large strata (see `label`) hold half of
    those (venues: a long tail of journals is one stratum, "other"), or nine in ten (categories and
    files: first keywords, of which many are new words, must not be taken for categories). Documents
    that name none are a stratum of their own. One stratum alone is none.

    documents : of the years that are compared: year and, of source, category and file, those that
                there are
    """
    for column in COLUMNS:
        if column not in documents.columns:
            continue
        named = documents.select("year", stratum=column).drop_nulls()
        if named.height < FILLED * documents.height or named["stratum"].n_unique() < 2:
            continue
        last: Any = named["year"].max()
        labels = label(named["stratum"], named["year"], last)
        if (labels != OTHER).sum() >= COVERED[column] * named.height:
            return column
    return "none"


def label(stratum: pl.Series, year: pl.Series, forecast_year: int) -> pl.Series:
    """Strata with the small ones joined, by what stands before the point ("cs.*" of "cs.ET") and
    else as "other", and missing ones as "unknown".

    A stratum is small if it has fewer than 60 documents in most of the two years in a row in which
    it has a tenth or more of its largest: a steady venue near 60 could be compared now and then
    only, and its documents are worth more together with others. What lies after the forecast year
    decides only for the documents there.
    """
    given = stratum.fill_null(UNKNOWN)
    is_large = _is_large(given, year, forecast_year)
    above = given.str.replace(_BEHIND_POINT, "${1}.*")
    joined = pl.select(pl.when(is_large).then(given).otherwise(above)).to_series()
    is_kept = is_large | _is_large(joined, year, forecast_year)
    return pl.select(pl.when(is_kept).then(joined).otherwise(pl.lit(OTHER))).to_series()


def _is_large(stratum: pl.Series, year: pl.Series, forecast_year: int) -> pl.Series:
    is_past = year <= forecast_year
    large = _large(stratum.filter(is_past), year.filter(is_past))
    later = _large(stratum, year)
    return (is_past & stratum.is_in(large)) | (~is_past & stratum.is_in(later + large))


def _large(stratum: pl.Series, year: pl.Series) -> list[str]:
    if not len(stratum):
        return []
    cells = StrataYears.of(stratum, year)
    # With an empty year before the first, so that this one has its two years as well.
    padded = np.pad(cells.counts, ((0, 0), (1, 0)))
    in_two = padded[:, 1:] + padded[:, :-1]
    is_there = in_two >= np.maximum(THERE * in_two.max(axis=1, keepdims=True), 1)
    is_enough = is_there & (in_two >= FEWEST_IN_STRATUM)
    large = is_enough.sum(axis=1) >= np.maximum(0.5 * is_there.sum(axis=1), 1)
    return [name for name, is_large in zip(cells.names, large, strict=True) if is_large]


def in_turn(cells: StrataYears, likeness: Likeness) -> list[tuple[str, str]]:
    """Pairs of venues that are held in turn, one in even and one in odd years.

    Both skip every other year; in at least four years in a row, from the later one's first to the
    earlier one's last, each year has exactly one of them; and each is the other's nearest, by the
    words of its titles, of those that alternate with it.

    likeness : a name and others -> (n,) how alike their titles are
    """
    held = {
        name: set(cells.years[row >= FEWEST_TO_MOVE].tolist())
        for name, row in zip(cells.names, cells.counts, strict=True)
    }
    biennial = sorted(name for name, years in held.items() if _is_biennial(years))
    partners = {
        name: [other for other in biennial if _alternate(held[name], held[other])]
        for name in biennial
    }
    nearest = {
        name: others[int(np.argmax(likeness(name, others)))]
        for name, others in partners.items()
        if others
    }
    return [(a, b) for a, b in nearest.items() if a < b and nearest.get(b) == a]


def relabelled(
    cells: StrataYears, moved: list[Movement], likeness: Likeness
) -> list[tuple[str, str]]:
    """Pairs of categories of which one was part of the other before it joined, or after it left.

    The other is its nearest of all by the words of titles, and its number changes in that year by
    half of the first one's or more, in the opposite direction.

    likeness : as for ``in_turn``
    """
    row_of = {name: row for row, name in enumerate(cells.names)}
    pairs = []
    for name, kind, year in moved:
        column = year - int(cells.years[0])
        change = cells.counts[:, column] - cells.counts[:, column - 1]
        lost = -change if kind == "joins" else change
        others = [other for other in cells.names if other not in ("", name)]
        nearest = others[int(np.argmax(likeness(name, others)))]
        if lost[row_of[nearest]] >= TAKEN * -lost[row_of[name]]:
            pairs.append((name, nearest))
    return pairs


def _is_biennial(years: set[int]) -> bool:
    """Whether a venue has two years or more, and never two in a row."""
    return len(years) > 1 and not any(year + 1 in years for year in years)


def _alternate(one: set[int], other: set[int]) -> bool:
    first = max(min(one), min(other)) - 1
    last = min(max(one), max(other)) + 1
    span = range(first, last + 1)
    is_whole = all((year in one) != (year in other) for year in span)
    return is_whole and len(span) >= IN_TURN_LEAST


def merge(stratum: pl.Series, pairs: list[tuple[str, str]]) -> pl.Series:
    """Strata with each pair under one name, and pairs that share a member under one of all."""
    groups: list[set[str]] = []
    for pair in pairs:
        touched = [group for group in groups if not group.isdisjoint(pair)]
        groups = [group for group in groups if group.isdisjoint(pair)]
        groups.append(set(pair).union(*touched))
    joint = {name: JOINT.join(sorted(group)) for group in groups for name in group}
    return stratum.replace(joint)


def movements(cells: StrataYears, first: int, last: int) -> list[Movement]:
    """Strata that join or leave from one year to another, by year and name.

    One joins in the first year with 30 documents or more of which the two years before hold 5% at
    most; it leaves when the next two years hold 5% at most. In the last year one that has been
    there each year leaves at once, and one that is held every other year does not.
    """
    rows = zip(cells.names, cells.counts, strict=True)
    moved = [one for name, row in rows for one in _moves(name, row, cells.years)]
    return sorted(
        (one for one in moved if first <= one.year <= last), key=lambda one: (one.year, one.name)
    )


def _moves(name: str, row: Floats, years: Ints) -> list[Movement]:
    found = []
    for place in np.flatnonzero(row >= FEWEST_TO_MOVE):
        before = row[max(0, place - 2) : place]
        after = row[place + 1 : place + 3]
        if len(before) == 2 and before.sum() <= ABSENT * row[place]:
            found.append(Movement(name, "joins", int(years[place])))
        # An absence of one year is enough at the end, if the stratum was there year by year.
        is_steady = len(before) == 2 and before.min() >= STEADY * row[place]
        is_long_enough = len(after) == 2 or (len(after) == 1 and is_steady)
        if is_long_enough and after.sum() <= ABSENT * row[place]:
            found.append(Movement(name, "leaves", int(years[place]) + 1))
    return found
