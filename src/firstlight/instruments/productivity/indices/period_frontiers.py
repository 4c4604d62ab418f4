"""Frontiers of periods: which rows span each, and how far each unit lies from its own period's and
another's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_choice
from firstlight.instruments.productivity.frontiers.directional_distance import (
    directional_distance,
    nonradial_distance,
)
from firstlight.instruments.productivity.frontiers.technology import technology
from firstlight.measurement import Progress
from firstlight.numerics.linear_programmes import INFEASIBLE, UNBOUNDED
from firstlight.texts import message

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Strings = NDArray[np.str_]
Measure = Callable[[Ints, Ints], tuple[Floats, Strings]]
"""Rows to measure and rows that span the frontier -> distances, and the solver's statuses."""
METHODS = ("adjacent", "sequential", "global", "biennial")
# no row is beyond a frontier that it spans, but by the tolerance of the solver
ROUNDING = 1e-7
LEFT_OUT = {
    "unit": pl.String,
    "from_year": pl.Int64,
    "to_year": pl.Int64,
    "reason": pl.String,
}
FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Periods:
    """Pairs of consecutive years of a panel, for the units that are there in both.

    years    : (T,) the years in which any unit is there, in order
    first, second : (P,) rows of the panel, sorted by unit, then year
    left_out : unit, from_year, to_year, reason: the pairs of which one year or both are not there;
               "no_first_year", "no_second_year" or "no_year"
    """

    years: Ints
    first: Ints
    second: Ints
    left_out: pl.DataFrame


@dataclass(frozen=True)
class Distances:
    """Distances of the panel's rows (N) and of the pairs (P); nan where the programme has no
    optimum.

    own      : (N,) of each row to the frontier of its own year
    to_later, to_earlier : (P,) of the first year's row and of the second year's row to the other
               frontier: that of the other year, or the frontier that the two share (``method``
               global, biennial)
    own_status, to_later_status, to_earlier_status : "optimal", "infeasible", "unbounded", "not
               asked", or "imprecise" where units differ so much in size that the solver places a
               row beyond the frontier that it spans itself
    """

    own: Floats
    to_later: Floats
    to_earlier: Floats
    own_status: Strings
    to_later_status: Strings
    to_earlier_status: Strings


def consecutive_periods(units: Strings, years: Ints) -> Periods:
    """The pairs of consecutive years: consecutive among the years of the whole panel, however far
    apart.

    units, years : (N,) of the panel's rows, sorted by unit, then year
    Returns Periods; every unit and pair of years is in ``first`` and ``second`` or in ``left_out``.
    Raises  InputError where there is one year only, or no unit is there in two consecutive years.

    >>> found = consecutive_periods(np.array(["a", "a", "b"]), np.array([2001, 2003, 2003]))
    >>> found.first.tolist(), found.second.tolist(), found.left_out["reason"].to_list()
    ([0], [1], ['no_first_year'])
    """
    distinct = np.unique(years)
    if len(distinct) < 2:
        raise InputError(message("one_year"), FOLDER)
    names, unit_of = np.unique(units, return_inverse=True)
    row_of = np.full((len(names), len(distinct)), -1)
    row_of[unit_of, np.searchsorted(distinct, years)] = np.arange(len(units))
    before, after = row_of[:, :-1], row_of[:, 1:]
    both = (before >= 0) & (after >= 0)
    if not both.any():
        raise InputError(message("no_pair"), FOLDER)
    left_out = _left_out(names, distinct, before, after)
    return Periods(distinct, before[both], after[both], left_out)


def _left_out(names: Strings, years: Ints, before: Ints, after: Ints) -> pl.DataFrame:
    rows = []
    for unit, place in np.argwhere((before < 0) | (after < 0)).tolist():
        lacks_first, lacks_second = before[unit, place] < 0, after[unit, place] < 0
        if lacks_first and lacks_second:
            reason = "no_year"
        else:
            reason = "no_first_year" if lacks_first else "no_second_year"
        rows.append((str(names[unit]), int(years[place]), int(years[place + 1]), reason))
    return pl.DataFrame(rows, schema=LEFT_OUT, orient="row")


def distances_over_time(
    years: Ints,
    periods: Periods,
    method: str,
    measure: Measure,
    *,
    own_only: bool = False,
    progress: Progress | None = None,
) -> Distances:
    """Measure every row against its own year's frontier, and every pair against each other's or a
    common one.

    years  : (N,) of the panel's rows
    method : "adjacent", a year's frontier is spanned by that year's units; "sequential", by that
             year's and all earlier ones; "global", a pair is held against the units of all years;
             "biennial", against those of its two years. Under global and biennial the own frontier
             is that of the year alone
    own_only : whether only the own frontiers are asked for
    progress : called with the frontiers that are done and all of them
    Returns Distances.
    Raises  InputError for an unknown method.
    Source: Pastor and Lovell (2005), Economics Letters 88, 266-271 (global); Pastor, Asmild and
            Lovell (2011), Socio-Economic Planning Sciences 45, 10-15 (biennial); Shestalova (2003),
            Journal of Productivity Analysis 19, 211-226 (sequential).

    >>> years, made = np.array([1, 2]), np.array([1.0, 2.0])
    >>> measure = lambda rows, spanning: (made[spanning].max() / made[rows] - 1,
    ...     np.full(len(rows), "optimal"))
    >>> pairs = consecutive_periods(np.array(["a", "a"]), years)
    >>> found = distances_over_time(years, pairs, "adjacent", measure)
    >>> found.own.tolist(), found.to_later.tolist(), found.to_earlier.tolist()
    ([0.0, 0.0], [1.0], [-0.5])
    """
    frontiers = _questions(years, periods, method, own_only)
    n, p = len(years), len(periods.first)
    values = {
        "own": np.full(n, np.nan),
        "to_later": np.full(p, np.nan),
        "to_earlier": np.full(p, np.nan),
    }
    status = {name: np.full(len(value), "not asked", dtype="U10") for name, value in values.items()}
    for done, ((start, end), questions) in enumerate(sorted(frontiers.items()), 1):
        asked = np.unique(np.concatenate([rows for _, _, rows in questions]))
        spanning = np.flatnonzero((years >= start) & (years <= end))
        found, outcome = measure(asked, spanning)
        for name, places, rows in questions:
            at = np.searchsorted(asked, rows)
            values[name][places], status[name][places] = found[at], outcome[at]
        if progress is not None:
            progress(done, len(frontiers))
    # A row helps to span its own frontier, so that it can't lie beyond it, but for rounding.
    impossible = (status["own"] == INFEASIBLE) | (values["own"] < -ROUNDING)
    values["own"][impossible], status["own"][impossible] = np.nan, "imprecise"
    return Distances(**values, **{f"{name}_status": words for name, words in status.items()})


# which distances, their places among them, and the rows to measure
Question = tuple[str, Ints, Ints]


def _questions(
    years: Ints, periods: Periods, method: str, own_only: bool
) -> dict[tuple[int, int], list[Question]]:
    """What is asked of each frontier, by its first and last year."""
    frontiers: dict[tuple[int, int], list[Question]] = defaultdict(list)
    for year in periods.years.tolist():
        rows = np.flatnonzero(years == year)
        frontiers[frontier_years(method, periods.years, year)].append(("own", rows, rows))
    if own_only:
        return frontiers
    starts, ends = years[periods.first], years[periods.second]
    for start, end in zip(periods.years.tolist(), periods.years[1:].tolist(), strict=False):
        pairs = np.flatnonzero((starts == start) & (ends == end))
        if len(pairs):
            later = frontier_years(method, periods.years, end, start)
            earlier = frontier_years(method, periods.years, start, end)
            frontiers[later].append(("to_later", pairs, periods.first[pairs]))
            frontiers[earlier].append(("to_earlier", pairs, periods.second[pairs]))
    return frontiers


def frontier_years(
    method: str, years: Ints, year: int, data_year: int | None = None
) -> tuple[int, int]:
    """The first and the last year whose units span a frontier.

    year : the year that the frontier is of; data_year : the other year of the pair, whose data are
    held against it; None for data of the same year

    >>> years = np.array([2001, 2002, 2003])
    >>> [frontier_years(method, years, 2002, 2003) for method in METHODS]
    [(2002, 2002), (2001, 2002), (2001, 2003), (2002, 2003)]
    """
    check_choice("method", method, METHODS)
    if method == "sequential":
        return int(years[0]), year
    if data_year is None or method == "adjacent":
        return year, year
    if method == "global":
        return int(years[0]), int(years[-1])
    return min(year, data_year), max(year, data_year)


def years_label(start: int, end: int) -> str:
    """The years of a frontier in words: 2013, or 2013–2015."""
    return str(start) if start == end else f"{start}–{end}"


def directional_measure(
    quantities: tuple[Floats, Floats, Floats],
    direction: Floats,
    *,
    returns: str,
    disposability: str = "weak",
    weights: Floats | None = None,
) -> Measure:
    """The directional distances, radial or non-radial, of a panel's rows to the frontier that other
    rows span.

    quantities : (N, m), (N, s), (N, b) inputs, outputs and bads
    direction : (N, m + s + b), not negative: how far one unit of distance moves each input, output
                and bad
    weights   : (m + s + b,) of the non-radial distance; None for the radial one
    returns, disposability : as in ``technology``
    Returns Measure. A row that does not move has the status "unbounded".

    >>> quantities = np.array([[1.0], [1.0]]), np.array([[1.0], [3.0]]), np.empty((2, 0))
    >>> measure = directional_measure(quantities, np.array([[0, 1.0], [0, 3.0]]), returns="crs")
    >>> measure(np.array([0, 1]), np.array([1]))[0].round(9).tolist()
    [2.0, 0.0]
    """

    def measure(rows: Ints, spanning: Ints) -> tuple[Floats, Strings]:
        held = (part[spanning] for part in quantities)
        spanned = technology(*held, returns=returns, disposability=disposability)
        distance, status = np.full(len(rows), np.nan), np.full(len(rows), UNBOUNDED, dtype="U10")
        moving = (direction[rows] > 0).any(axis=1)
        points = [part[rows[moving]] for part in quantities]
        towards = direction[rows[moving]]
        if weights is None:
            radial = directional_distance(spanned, *points, direction=towards)
            distance[moving], status[moving] = radial.beta, radial.status
        else:
            own = nonradial_distance(spanned, *points, direction=towards, weights=weights)
            distance[moving], status[moving] = own.distance, own.status
        return distance, status

    return measure
