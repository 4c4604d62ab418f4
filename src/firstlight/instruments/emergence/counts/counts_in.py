"""From a table of counts to technologies with their yearly counts, at any forecast year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.counts import remarks
from firstlight.instruments.emergence.counts.entity_roles import Entities, Roles, roles_of
from firstlight.instruments.emergence.counts.places import (
    counted_once,
    leading_places,
    place_sums,
)
from firstlight.instruments.emergence.counts.yearly_totals import (
    GivenTotals,
    Incomplete,
    above_total,
    given_totals,
    incomplete_years,
)
from firstlight.instruments.emergence.record.groups import each_alone
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts
from firstlight.texts import Count, Message, Name, Year, message

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

FOLDER = Path(__file__).parent
SIGN = ": "  # between the name of what an entity belongs to and its own
MOST_WITHOUT_TOTAL = 2  # years at the end without a total that are left out; not more
FEWEST_YEARS = 5  # with a total; with fewer, shares are of the sum of all counts
TOLERANCE = 1e-9  # relative
OPTIONAL: Mapping[str, pl.DataType] = {
    "quarter": pl.Int8(),
    "place": pl.String(),
    "total": pl.Float64(),
    "parent": pl.String(),
    "basis": pl.String(),
}


@dataclass(frozen=True)
class CountsAt:
    """Technologies as they could be known at the end of a forecast year.

    counts      : their yearly counts; those of later years are there where they are complete
    parents     : (K,) what each technology belongs to, such as the domain of a subfield, or None
    total_basis : "given" (by the file), "entity" (one that is the whole), "sum" (of all counts) or
                  "pseudo" (100,000 documents a period and place)
    set_apart   : name, rule, documents_count (up to FY), members; entities that are no technologies
    place_sums  : places that hold others, such as the world
    said        : what a reader should know
    """

    counts: YearlyCounts
    parents: tuple[str | None, ...]
    total_basis: str
    set_apart: pl.DataFrame
    place_sums: tuple[str, ...]
    said: tuple[Message, ...]

    @property
    def groups(self) -> Ints:
        """(K,) the group of each technology: counts share no documents, so each is its own."""
        return each_alone(len(self.counts.names))


@dataclass(frozen=True)
class CountsIn:
    """A table of counts, checked.

    frame       : entity (its parent's name before its own), leaf, parent, year, place, count
    totals      : those that the file gives
    first_year  : of the counts
    complete_to : the last complete year
    incomplete  : the years after it, the latest first
    is_pseudo   : whether the counts are rates without a total
    """

    frame: pl.DataFrame
    totals: GivenTotals
    first_year: int
    complete_to: int
    incomplete: tuple[Incomplete, ...]
    is_pseudo: bool

    @property
    def years(self) -> Ints:
        """The complete years."""
        return np.arange(self.first_year, self.complete_to + 1)

    def at(self, forecast_year: int) -> CountsAt:
        """Technologies and their yearly counts as they could be known at the end of a year.

        What an entity is (a technology, a remainder such as "Other", the sum of others) is read
        from its name and from counts up to that year. Remainders and technologies make up the sum
        that shares are of where the file gives no total; sums of others don't.

        Raises InputError where the year is not a complete one of the record, or a count is above
        its total.
        """
        self._check(forecast_year)
        past = self.frame.filter(pl.col("year") <= forecast_year)
        sums = place_sums(past)
        once = counted_once(self.frame, sums, forecast_year)
        entities = Entities.of(past)
        matrix, born_later = _by_year(once, entities.names, self.years)
        roles = roles_of(entities, matrix[:, self.years <= forecast_year])
        # What only later years name is no technology yet, but part of what their shares are of.
        every = matrix[roles.is_counted].sum(axis=0) + born_later
        totals, basis = self._totals(matrix, every, roles, once, forecast_year)
        years, is_blank = _usable_years(self.years, totals)
        kept = np.isin(self.years, years)
        shown = np.where(is_blank, 0.0, matrix[:, kept])
        denominator = np.where(is_blank, 0.0, totals[kept])
        if basis == "given":
            _check_above(entities, shown, denominator, years)
        rows = np.flatnonzero(roles.is_technology)
        counts = YearlyCounts(
            forecast_year=forecast_year,
            names=tuple(entities.names[row] for row in rows),
            years=years,
            cells=sparse.csr_matrix(shown[rows]),
            totals=denominator[None, :],
        )
        apart = remarks.set_apart(entities, roles, matrix[:, self.years <= forecast_year])
        said = [
            *remarks.of_kind([entities.leaves[row] for row in rows]),
            *remarks.of_total(basis, self.totals.level != "none", entities, roles),
            *remarks.of_overlap(basis, every[kept], denominator),
            *remarks.of_years(years[is_blank & (every[kept] > 0)], years[every[kept] == 0]),
            *remarks.of_entities(apart),
            *remarks.of_places(sums),
            *remarks.of_incomplete(self.incomplete),
        ]
        parents = tuple(entities.parents[row] for row in rows)
        return CountsAt(counts, parents, basis, apart, sums.names, tuple(said))

    def leaders(self, at: CountsAt, *, most: int = 5) -> pl.DataFrame:
        """The places that lead in each technology, as `leading_places` returns them."""
        year = at.counts.forecast_year
        past = self.frame.filter(pl.col("year") <= year)
        is_part = pl.col("place").is_null() | ~pl.col("place").is_in(at.place_sums)
        return leading_places(past.filter(is_part), at.counts.names, year, most=most)

    def _check(self, year: int) -> None:
        if self.first_year <= year <= self.complete_to:
            return
        is_early = year < self.first_year
        code = "year_too_early" if is_early else "year_not_complete"
        nearest = self.first_year if is_early else self.complete_to
        years = {"first": Year(self.first_year), "last": Year(self.complete_to)}
        raise InputError(
            message(code, year=Year(year), nearest=Name(str(nearest)), **years), FOLDER
        )

    def _totals(
        self, matrix: Floats, every: Floats, roles: Roles, once: pl.DataFrame, forecast_year: int
    ) -> tuple[Floats, str]:
        """(Y,) what shares are of, nan where not known, and where it comes from."""
        if self.totals.level != "none":
            places: list[str | None] = once["place"].unique().sort().to_list()
            given = _on(self.years, self.totals.by_year(places))
            if _is_enough(given, self.years, forecast_year):
                return given, "pseudo" if self.is_pseudo else "given"
        elif roles.whole is not None:
            whole = np.where(matrix[roles.whole] > 0, matrix[roles.whole], np.nan)
            if _is_enough(whole, self.years, forecast_year):
                return whole, "entity"
        return every, "sum"


def from_counts(frame: pl.DataFrame) -> CountsIn:
    """A table of counts, checked and made ready for any forecast year.

    Counts of quarters and places are added up. The names of entities that have a parent begin with
    the parent's, as in "quantum: Error Correction".

    Parameters
    ----------
    frame
        Columns entity, year, count and, where known, quarter, place, total, parent and basis, as
        `read_counts` returns them.

    Returns
    -------
    CountsIn, with the counts as a frame, their totals, and the years that are complete; ``at`` is
    what was known at the end of a year.

    Raises
    ------
    InputError
        Where there is no count above 0, totals of one year disagree, a count is above its total, or
        no year is complete.

    Examples
    --------
    >>> frame = pl.DataFrame({"entity": ["a", "b"], "year": [2016, 2016], "count": [30.0, 70.0]})
    >>> at = from_counts(frame).at(2016)
    >>> at.counts.names, at.counts.totals.tolist(), at.total_basis
    (('a', 'b'), [[100.0]], 'sum')
    """
    table = _tidy(frame)
    totals = given_totals(table)
    counted = table.filter(pl.col("count") > 0)
    if counted.is_empty():
        raise InputError(message("no_count_above_zero", count=Count(table.height)), FOLDER)
    first, last = (int(year) for year in counted["year"].sort()[[0, -1]])
    years = np.arange(first, last + 1)
    is_pseudo = bool((table["basis"] == "rates_alone").any())
    by_year = _on(years, _whole_by_year(table, totals))
    if is_pseudo:
        by_year = np.full(len(years), np.nan)
    incomplete = incomplete_years(years, by_year, _quarters(counted, years))
    if totals.level != "none":
        given = _on(years, totals.by_year())
        incomplete = (*incomplete, *_without_total(years, given, last - len(incomplete)))
    complete_to = last - len(incomplete)
    columns = ("entity", "leaf", "parent", "year", "place", "count")
    return CountsIn(table.select(columns), totals, first, complete_to, incomplete, is_pseudo)


def _tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with all columns and the names of entities, in one order."""
    kinds = {"entity": pl.String(), "year": pl.Int64(), "count": pl.Float64(), **OPTIONAL}
    absent = [pl.lit(None).alias(name) for name in kinds if name not in frame.columns]
    table = frame.with_columns(*absent).select(*kinds).cast(kinds)  # type: ignore[arg-type]
    named = table.rename({"entity": "leaf"}).with_columns(
        pl.col("basis").fill_null("counts"),
        entity=pl.coalesce(pl.col("parent") + pl.lit(SIGN) + pl.col("leaf"), pl.col("leaf")),
    )
    return named.sort("entity", "parent", "year", "quarter", "place", "count", "total")


def _by_year(frame: pl.DataFrame, names: tuple[str, ...], years: Ints) -> tuple[Floats, Floats]:
    """(E, Y) documents of some entities, and (Y,) those of all others."""
    inside = frame.filter(pl.col("year").is_in(years.tolist()))
    number = pl.DataFrame({"entity": names, "number": np.arange(len(names))})
    row = inside.select("entity").join(number, on="entity", how="left", maintain_order="left")
    place = row["number"].fill_null(len(names)).to_numpy() * len(years)
    cell = place + inside["year"].to_numpy() - years[0]
    size = (len(names) + 1) * len(years)
    summed = np.bincount(cell, weights=inside["count"].to_numpy(), minlength=size)
    matrix = np.asarray(summed, dtype=np.float64).reshape(len(names) + 1, len(years))
    return matrix[:-1], matrix[-1]


def _on(years: Ints, by_year: pl.DataFrame) -> Floats:
    """(Y,) the totals of a frame (year, total), nan where it has none."""
    wanted = pl.DataFrame({"year": years})
    joined = wanted.join(by_year, on="year", how="left", maintain_order="left")
    return joined["total"].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _whole_by_year(table: pl.DataFrame, totals: GivenTotals) -> pl.DataFrame:
    if totals.level != "none":
        return totals.by_year()
    return table.group_by("year", maintain_order=True).agg(pl.col("count").sum().alias("total"))


def _quarters(counted: pl.DataFrame, years: Ints) -> Ints:
    """(Y,) quarters that each year has counts of; 0 where some of its rows are of no quarter."""
    quarter = pl.col("quarter")
    known = pl.when(quarter.is_not_null().all()).then(quarter.n_unique()).otherwise(0)
    found = _on(years, counted.group_by("year").agg(known.alias("total")))
    return np.nan_to_num(found).astype(np.int64)


def _without_total(years: Ints, totals: Floats, complete_to: int) -> tuple[Incomplete, ...]:
    """The years at the end that have no total, the latest first; none where there are many."""
    known = years[np.isfinite(totals) & (totals > 0) & (years <= complete_to)]
    late = range(complete_to, int(known.max(initial=years[0])), -1)
    if len(late) > MOST_WITHOUT_TOTAL:
        return ()
    return tuple(Incomplete(year, np.nan) for year in late)


def _is_enough(totals: Floats, years: Ints, forecast_year: int) -> bool:
    """Whether totals are known in the forecast year and in years enough before it."""
    known = np.isfinite(totals) & (totals > 0)
    past = years <= forecast_year
    is_known_now = bool(known[years == forecast_year].all())
    return is_known_now and int(known[past].sum()) >= min(FEWEST_YEARS, int(past.sum()))


def _usable_years(years: Ints, totals: Floats) -> tuple[Ints, Flags]:
    """The years from the first total to the last, and those among them without a total."""
    known = np.isfinite(totals) & (totals > 0)
    first, last = np.flatnonzero(known)[[0, -1]]
    return years[first : last + 1], ~known[first : last + 1]


def _check_above(entities: Entities, counts: Floats, totals: Floats, years: Ints) -> None:
    is_above = counts > totals * (1 + TOLERANCE)
    if is_above.any():
        row, column = (int(index) for index in np.argwhere(is_above)[0])
        raise above_total(
            entities.names[row],
            int(years[column]),
            float(counts[row, column]),
            float(totals[column]),
            int(is_above.sum()),
        )
