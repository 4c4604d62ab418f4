"""Related activities from a long frame: proximity, density, and the complexity outlook of each
place, year by year."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from firstlight.errors import check_bounds, check_choice
from firstlight.instruments.complexity.activity_table import (
    ActivityTable,
    Sparse,
    read_activities,
)
from firstlight.instruments.complexity.complexity_index import ComplexityIndex, complexity_index
from firstlight.instruments.complexity.density import Outlook, outlook
from firstlight.instruments.complexity.proximity import proximity_slices
from firstlight.instruments.complexity.specialisation import (
    BALASSA,
    PresenceRule,
    Specialisation,
    specialisation,
)
from firstlight.instruments.complexity.yearly_tables import reasons, yearly_table


@dataclass(frozen=True)
class YearOfRelatedness:
    """One year: its table, presences, complexity and outlook."""

    table: ActivityTable
    found: Specialisation
    index: ComplexityIndex
    outlook: Outlook


@dataclass(frozen=True)
class RelatedActivities:
    """What each place is near to, a row for each place (and year).

    table    : [year,] place, diversity_count, eci (standard deviations), outlook_index (COI, unit
               of PCI), outlook_index_z (the same in standard deviations of the year),
               density_of_absent_share (mean), reason (code of why there is no ECI)
    years    : the arrays behind it, a YearOfRelatedness each
    measure  : of proximity
    has_self : whether an activity is near to itself
    """

    table: pl.DataFrame
    years: tuple[YearOfRelatedness, ...] = field(repr=False)
    measure: str
    has_self: bool

    def pairs(self, year: int | None = None, *, absent_only: bool = True) -> pl.DataFrame:
        """Every place and activity of a year (the last, where None): [year,] place, activity, rca,
        is_present, density_share, distance_share, pci, outlook_gain (unit of PCI; null where
        present).

        Raises  InputError for a year that isn't there.
        """
        return _pairs(self.of_year(year), absent_only)

    def links(self, year: int | None = None, *, least: float = 0.55) -> pl.DataFrame:
        """The product space: activity, other_activity, proximity, for pairs of at least ``least``,
        the nearest first.

        Raises  InputError for a year that isn't there.
        """
        return _links(self.of_year(year), self.measure, least)

    def of_year(self, year: int | None = None) -> YearOfRelatedness:
        """The arrays of a year (the last, where None).

        Raises  InputError for a year that isn't there.
        """
        if year is None:
            return self.years[-1]
        known = {one.table.year: one for one in self.years}
        check_choice("year", year, known)
        return known[year]


def related_activities(
    frame: Any,
    place: str,
    activity: str,
    value: str,
    *,
    year: str | None = None,
    rule: PresenceRule = BALASSA,
    measure: str = "conditional",
    has_self: bool = True,
    gain: str = "without_loss",
    blocks: str = "largest",
    pci_scale: str = "places",
    missing: str = "error",
    duplicates: str = "error",
    workers: int = 2,
    progress: Callable[[str], None] | None = None,
) -> RelatedActivities:
    """Proximity of activities, density and distance of every place to each, complexity outlook
    index and gain.

    Parameters
    ----------
    frame
        A row for each place and activity, and year; a pair without a row is 0.
    place
        Column of the places.
    activity
        Column of the activities.
    value
        Column of the amounts, not negative.
    year
        Column of the years; None takes the whole frame as one year.
    rule
        When a place counts as having an activity; its weights must be binary.
    measure, has_self, gain
        As in ``outlook``.
    blocks, pci_scale
        As in ``complexity_index``.
    missing, duplicates
        As in ``read_activities``.
    workers
        Years worked on at once; results are the same bytes for any number.
    progress
        Called with each year that is done.

    Returns
    -------
    RelatedActivities, with ``table`` (a row for each place, and year: diversity_count, eci in
    standard deviations, outlook_index in the unit of PCI, outlook_index_z, density_of_absent_share,
    reason); ``pairs()`` has a row for each place and activity.

    Raises
    ------
    InputError
        As ``economic_complexity`` and ``outlook``.

    References
    ----------
    As ``proximity`` and ``outlook``.

    Examples
    --------
    >>> rows = pl.DataFrame({"c": list("AAABBC"), "p": list("xyzxyx"), "v": [1, 1, 1, 1, 1, 1]})
    >>> found = related_activities(rows, "c", "p", "v", rule=PresenceRule(is_given=True))
    >>> found.pairs().select("place", "activity", pl.col("density_share").round(3)).rows()
    [('B', 'z', 0.455), ('C', 'y', 0.308), ('C', 'z', 0.182)]
    """
    check_choice("rule.weights", rule.weights, ("binary",))
    check_bounds("workers", workers, 1)
    tables = read_activities(
        frame, place, activity, value, year, missing=missing, duplicates=duplicates
    )

    def one_year(table: ActivityTable) -> YearOfRelatedness:
        found = specialisation(table.values, rule)
        index = complexity_index(found.presence, blocks=blocks, pci_scale=pci_scale)
        near = outlook(found.presence, index.pci, measure=measure, has_self=has_self, gain=gain)
        if progress and table.year is not None:
            progress(f"{table.year}")
        return YearOfRelatedness(table, found, index, near)

    # One thread of BLAS for each year: as many threads, as many roundings.
    with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:
        years = tuple(pool.map(one_year, tables))
    table = pl.concat([_places(one) for one in years])
    return RelatedActivities(table, years, measure, has_self)


def _places(one: YearOfRelatedness) -> pl.DataFrame:
    index, coi = one.index, one.outlook.index
    coi = np.where(np.isfinite(index.pci).any(), coi, np.nan)
    coi = np.where(index.diversity > 0, coi, np.nan)
    z = np.full(coi.size, np.nan)
    if np.isfinite(coi).any() and (deviation := np.nanstd(coi)) > 0:
        z = (coi - np.nanmean(coi)) / deviation
    absent = ~_is_present(one.found.presence) & np.isfinite(one.outlook.density)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(absent, one.outlook.density, 0.0).sum(axis=1) / absent.sum(axis=1)
    columns = {
        "place": pl.Series(one.table.places, dtype=pl.String),
        "diversity_count": index.diversity,
        "eci": index.eci,
        "outlook_index": coi,
        "outlook_index_z": z,
        "density_of_absent_share": mean,
    }
    return yearly_table(one.table.year, {**columns, "reason": reasons(index.place_reason)})


def _is_present(presence: Sparse) -> Any:
    return presence.toarray() > 0


def _pairs(one: YearOfRelatedness, absent_only: bool) -> pl.DataFrame:
    there = _is_present(one.found.presence)
    shown = np.ones_like(there)
    if absent_only:
        shown = ~there
    rows, columns = np.nonzero(shown)
    density = one.outlook.density[rows, columns]
    # Of what is absent few have a value; the sparse table is asked once, by rows.
    rca = np.asarray(one.found.rca[rows, columns]).ravel() if rows.size else np.zeros(0)
    places, activities = (
        pl.Series(one.table.places, dtype=pl.String),
        pl.Series(one.table.activities, dtype=pl.String),
    )
    return yearly_table(
        one.table.year,
        {
            "place": places[rows],
            "activity": activities[columns],
            "rca": rca,
            "is_present": there[rows, columns],
            "density_share": density,
            "distance_share": 1 - density,
            "pci": one.index.pci[columns],
            "outlook_gain": one.outlook.gain[rows, columns],
        },
    )


def _links(one: YearOfRelatedness, measure: str, least: float) -> pl.DataFrame:
    firsts, seconds, weights = [], [], []
    for start, _, part in proximity_slices(one.found.presence, measure, has_self=False):
        row, column = np.nonzero(part >= least)
        kept = column > row + start
        firsts.append(row[kept] + start)
        seconds.append(column[kept])
        weights.append(part[row[kept], column[kept]])
    names = pl.Series(one.table.activities, dtype=pl.String)
    found = pl.DataFrame(
        {
            "activity": names[np.concatenate(firsts)],
            "other_activity": names[np.concatenate(seconds)],
            "proximity": np.concatenate(weights),
        }
    )
    return found.sort("proximity", "activity", "other_activity", descending=[True, False, False])
