"""ECI and PCI, fitness and GENEPY of places and activities, year by year."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import check_choice
from firstlight.instruments.complexity.activity_table import ActivityTable, Array, read_activities
from firstlight.instruments.complexity.complexity_index import ComplexityIndex, complexity_index
from firstlight.instruments.complexity.fitness import Fitness, Genepy, fitness, genepy
from firstlight.instruments.complexity.specialisation import (
    BALASSA,
    PresenceRule,
    Specialisation,
    rca_interval,
    specialisation,
)
from firstlight.instruments.complexity.yearly_tables import reasons, yearly_table

MEASURES = ("eci", "fitness", "genepy")


@dataclass(frozen=True)
class YearOfComplexity:
    """One year: its table, who is specialised in what, and the measures asked for, else None."""

    table: ActivityTable
    found: Specialisation
    index: ComplexityIndex
    fitness: Fitness | None
    genepy: Genepy | None


@dataclass(frozen=True)
class EconomicComplexity:
    """Complexity, a row for each place (and year).

    table      : [year,] place, diversity_count (a sum of weights where these aren't binary), eci
                 (standard deviations), fitness (mean 1), genepy, block (0 the largest), reason
                 (code of why there is no ECI)
    activities : [year,] activity, ubiquity_count, pci (standard deviations of ECI, or its own),
                 fitness_complexity (mean 1), genepy, block, reason
    years      : the sparse tables behind them, a YearOfComplexity each
    rule       : when an activity is present
    """

    table: pl.DataFrame
    activities: pl.DataFrame
    years: tuple[YearOfComplexity, ...] = field(repr=False)
    rule: PresenceRule = field(repr=False)

    @property
    def specialisation(self) -> pl.DataFrame:
        """Who is specialised in what: [year,] place, activity, value, rca, is_present; and rca_low,
        rca_high (exact, 95%)
        where the rule takes values for counts. A row for each value above 0."""
        return pl.concat([_specialisation(one, self.rule.is_of_counts) for one in self.years])


def economic_complexity(
    frame: Any,
    place: str,
    activity: str,
    value: str,
    *,
    year: str | None = None,
    rule: PresenceRule = BALASSA,
    measures: Collection[str] = MEASURES,
    blocks: str = "largest",
    pci_scale: str = "places",
    ddof: int = 0,
    updates: int | None = None,
    missing: str = "error",
    duplicates: str = "error",
    progress: Callable[[str], None] | None = None,
) -> EconomicComplexity:
    """Diversity, ubiquity, ECI and PCI, fitness and GENEPY of every place and activity, each year
    by itself.

    Parameters
    ----------
    frame
        A row for each place and activity, and year; a pair without a row is 0, and a place without
        a row in a year isn't in that year.
    place
        Column of the places.
    activity
        Column of the activities.
    value
        Column of the amounts, not negative: exports, employment, patents, firms.
    year
        Column of the years; None takes the whole frame as one year.
    rule
        When a place counts as having an activity; Balassa's unless given.
    measures
        Which of ``eci``, ``fitness`` and ``genepy``; diversity and ubiquity always.
    blocks, pci_scale, ddof
        As in ``complexity_index``.
    updates
        As in ``fitness``.
    missing, duplicates
        As in ``read_activities``.
    progress
        Called with each year that is done.

    Returns
    -------
    EconomicComplexity, with ``table`` (a row for each place, and year: diversity_count, eci in
    standard deviations, fitness of mean 1, genepy, block, reason) and ``activities`` (the same with
    ubiquity_count and pci).

    Raises
    ------
    InputError
        Naming the place, activity and year of a value that is negative, missing or twice.

    References
    ----------
    As ``complexity_index``, ``fitness`` and ``genepy``.

    Examples
    --------
    >>> rows = pl.DataFrame({"c": list("AAABBC"), "p": list("xyzxyx"), "v": [1, 1, 1, 1, 1, 1]})
    >>> found = economic_complexity(rows, "c", "p", "v", rule=PresenceRule(is_given=True),
    ...     measures=["eci"])
    >>> found.table.select("place", "diversity_count", pl.col("eci").round(3)).rows()
    [('A', 3.0, 1.225), ('B', 2.0, 0.0), ('C', 1.0, -1.225)]
    """
    for each in measures:  # of a text its letters, which are none
        check_choice("measures", each, MEASURES)
    years = []
    for table in read_activities(
        frame, place, activity, value, year, missing=missing, duplicates=duplicates
    ):
        found = specialisation(table.values, rule)
        m = found.presence
        years.append(
            YearOfComplexity(
                table=table,
                found=found,
                index=complexity_index(m, blocks=blocks, pci_scale=pci_scale, ddof=ddof),
                fitness=fitness(m, updates=updates) if "fitness" in measures and m.nnz else None,
                genepy=_genepy(m) if "genepy" in measures else None,
            )
        )
        if progress and table.year is not None:
            progress(f"{table.year}")
    return EconomicComplexity(
        table=pl.concat([_places(one, measures) for one in years]),
        activities=pl.concat([_activities(one, measures) for one in years]),
        years=tuple(years),
        rule=rule,
    )


def _genepy(m: Any) -> Genepy | None:
    # a matrix of one row or column has no second eigenvector
    if min((m.sum(axis=1) > 0).sum(), (m.sum(axis=0) > 0).sum()) < 2:
        return None
    return genepy(m)


def _places(one: YearOfComplexity, measures: Collection[str]) -> pl.DataFrame:
    index = one.index
    columns: dict[str, Any] = {
        "place": pl.Series(one.table.places, dtype=pl.String),
        "diversity_count": index.diversity,
    }
    if "eci" in measures:
        columns["eci"] = index.eci
    if "fitness" in measures:
        columns["fitness"] = _or_nan(one.fitness.fitness if one.fitness else None, index.diversity)
    if "genepy" in measures:
        columns["genepy"] = _or_nan(one.genepy.places if one.genepy else None, index.diversity)
    block = pl.Series(index.place_block).replace(-1, None)
    more = {"block": block, "reason": reasons(index.place_reason)}
    return yearly_table(one.table.year, {**columns, **more})


def _activities(one: YearOfComplexity, measures: Collection[str]) -> pl.DataFrame:
    index = one.index
    columns: dict[str, Any] = {
        "activity": pl.Series(one.table.activities, dtype=pl.String),
        "ubiquity_count": index.ubiquity,
    }
    if "eci" in measures:
        columns["pci"] = index.pci
    if "fitness" in measures:
        complexity = one.fitness.complexity if one.fitness else None
        columns["fitness_complexity"] = _or_nan(complexity, index.ubiquity)
    if "genepy" in measures:
        columns["genepy"] = _or_nan(one.genepy.activities if one.genepy else None, index.ubiquity)
    block = pl.Series(index.activity_block).replace(-1, None)
    more = {"block": block, "reason": reasons(index.activity_reason)}
    return yearly_table(one.table.year, {**columns, **more})


def _or_nan(found: Array | None, like: Array) -> Array:
    """What was computed for a year; nan in the shape of another where it wasn't."""
    if found is None:
        return np.full(like.size, np.nan)
    return found


def _specialisation(one: YearOfComplexity, is_of_counts: bool) -> pl.DataFrame:
    values = one.found.values
    places, activities = (
        pl.Series(one.table.places, dtype=pl.String),
        pl.Series(one.table.activities, dtype=pl.String),
    )
    rows = np.repeat(np.arange(values.shape[0]), np.diff(values.indptr))
    there = one.found.presence
    present_rows = np.repeat(np.arange(there.shape[0]), np.diff(there.indptr))
    is_present = np.isin(
        rows * values.shape[1] + values.indices, present_rows * values.shape[1] + there.indices
    )
    columns: dict[str, Any] = {
        "place": places[rows],
        "activity": activities[values.indices],
        "value": values.data,
        "rca": one.found.rca.data,
        "is_present": is_present,
    }
    if is_of_counts:
        columns["rca_low"], columns["rca_high"] = rca_interval(one.found)
    return yearly_table(one.table.year, columns)
