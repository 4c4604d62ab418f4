"""The totals that counts are shares of, as a file gives them; and the last year that a record of
counts holds in full, by what its years hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.errors import InputError
from firstlight.texts import Count, Name, Phrase, Value, Year, message

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FOLDER = Path(__file__).parent
CELL = ("year", "quarter", "place")
AGREEMENT = 1e-9  # relative difference up to which two totals are one
LEAST_OF_YEAR_BEFORE = 0.85  # of the documents of the year before, for a year to pass as complete
YEARS_COMPARED = 10  # earlier changes from year to year that a fall is compared with
FEWEST_COMPARED = 3  # changes without which only a fall by half is taken for an incomplete year
LEAST_WITHOUT_PAST = 0.5
ALIKE = 0.95  # ratios this near to each other are falls of one size


@dataclass(frozen=True)
class GivenTotals:
    """Totals of a file of counts.

    level : "none", "year" (one total a year, whatever the place and quarter), or "cell" (one for
            each quarter and place of a year, which add up)
    cells : year, quarter, place, total (Float64; null where the file gives none)
    """

    level: str
    cells: pl.DataFrame

    def by_year(self, places: list[str | None] | None = None) -> pl.DataFrame:
        """Columns year, total; null where a year's total is not known in full.

        places : the places whose totals add up; all of them unless given
        """
        cells = self.cells
        if self.level == "year":
            return cells.group_by("year").agg(pl.col("total").max()).sort("year")
        if places is not None:
            cells = cells.filter(pl.col("place").is_in(places, nulls_equal=True))
        is_known = pl.col("total").is_not_null().all()
        total = pl.when(is_known).then(pl.col("total").sum()).alias("total")
        return cells.sort(CELL).group_by("year").agg(total).sort("year")


def given_totals(frame: pl.DataFrame) -> GivenTotals:
    """The totals that stand beside the counts.

    A total that is the same in all quarters and places of every year is the year's; otherwise each
    belongs to its quarter and place.

    frame : entity, year, quarter, place, count, total, basis
    Raises InputError where totals of one year, quarter and place disagree, or a count is above its
    total.

    >>> frame = pl.DataFrame({"entity": ["a", "b"], "year": 2016, "count": 1.0, "total": 9.0})
    >>> frame = frame.with_columns(quarter=None, place=None, basis=pl.lit("counts"))
    >>> given_totals(frame).by_year().rows()
    [(2016, 9.0)]
    """
    _check_agreement(frame)
    _check_counts(frame)
    cells = frame.group_by(CELL).agg(pl.col("total").max()).sort(CELL)
    if cells["total"].is_null().all():
        return GivenTotals("none", cells)
    is_pseudo = (frame["basis"] == "rates_alone").any()
    return GivenTotals("year" if not is_pseudo and _is_of_year(cells) else "cell", cells)


def _check_agreement(frame: pl.DataFrame) -> None:
    totals = frame.filter(pl.col("total").is_not_null()).group_by(CELL)
    spread = totals.agg(
        pl.col("total").min().alias("low"),
        pl.col("total").max().alias("high"),
        pl.col("entity").sort_by("total", "entity").first().alias("first"),
        pl.col("entity").sort_by("total", "entity").last().alias("last"),
    )
    bad = spread.filter(pl.col("high") - pl.col("low") > AGREEMENT * pl.col("high")).sort(CELL)
    if bad.height:
        row = bad.row(0, named=True)
        values: dict[str, Value[Any]] = {
            "period": _period(row["year"], row["place"]),
            "low": _exact(row["low"]),
            "high": _exact(row["high"]),
            "first": Name(row["first"]),
            "last": Name(row["last"]),
            "count": Count(bad.height),
        }
        raise InputError(message("totals_disagree", **values), FOLDER)


def _check_counts(frame: pl.DataFrame) -> None:
    above = frame.filter(pl.col("count") > pl.col("total") * (1 + AGREEMENT))
    if above.height:
        row = above.sort("year", "entity", *CELL[1:]).row(0, named=True)
        raise above_total(row["entity"], row["year"], row["count"], row["total"], above.height)


def above_total(name: str, year: int, count: float, total: float, cases: int) -> InputError:
    """The error for a count above the total that it is a part of."""
    values: dict[str, Value[Any]] = {
        "name": Name(name),
        "year": Year(year),
        "given": _exact(count),
        "total": _exact(total),
        "count": Count(cases),
    }
    return InputError(message("count_above_total", **values), FOLDER)


def _period(year: int, place: str | None) -> Value[Any]:
    if place is None:
        return Year(year)
    return Phrase(message("phrases.place_in_year", place=Name(place), year=Year(year)))


def _exact(number: float) -> Name:
    """A number with all the digits in which two that disagree may differ."""
    return Name(f"{number:,.10g}")


def _is_of_year(cells: pl.DataFrame) -> bool:
    """Whether every year has one total; where no year has two places or quarters it is the same."""
    spread = cells.group_by("year").agg(pl.col("total").drop_nulls().n_unique().alias("values"))
    return bool((spread["values"] <= 1).all())


# ---- years at the end


@dataclass(frozen=True)
class Incomplete:
    """A year that is not complete, and its documents over those of the year before."""

    year: int
    ratio: float


def incomplete_years(years: Ints, totals: Floats, quarters: Ints) -> tuple[Incomplete, ...]:
    """The years at the end that hold a part of their documents, the latest first.

    A last year is incomplete where it has fewer quarters than the year before, or less than 85% of
    that year's documents and no such fall is among the ten years before.

    years    : (Y,) consecutive; totals : (Y,) documents, nan where not known
    quarters : (Y,) quarters that each year has rows of; 0 where years are whole

    >>> incomplete_years(np.arange(2018, 2023), np.array([90, 95, 99, 104, 70.0]), np.zeros(5, int))
    (Incomplete(year=2022, ratio=0.67...),)
    """
    found: list[Incomplete] = []
    for last in range(len(years) - 1, 0, -1):
        ratio = float("nan")
        if totals[last - 1] > 0:
            ratio = float(totals[last] / totals[last - 1])
        is_short = 0 < quarters[last] < quarters[last - 1]
        if not (is_short or (np.isfinite(ratio) and _is_fall(totals[:last], ratio))):
            break
        found.append(Incomplete(int(years[last]), ratio))
    return tuple(found)


def _is_fall(before: Floats, ratio: float) -> bool:
    earlier = before[-(YEARS_COMPARED + 1) :]
    known = (earlier[:-1] > 0) & np.isfinite(earlier[1:])
    changes = earlier[1:][known] / earlier[:-1][known]
    if len(changes) < FEWEST_COMPARED:
        return ratio < LEAST_WITHOUT_PAST
    return ratio < LEAST_OF_YEAR_BEFORE and bool(ratio < ALIKE * changes.min())
