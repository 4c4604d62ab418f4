"""Stocks and flows of people, from dated affiliations: who is where, comes, leaves, comes back.

Symbols: s_pu(t) the share of person p that belongs to unit u in year t; those of a person add up
to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_bounds
from firstlight.numerics.long_frames import read_long
from firstlight.texts import Name, message

MANY = 5  # units in a year, above which a name may stand for many people

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class PersonYears:
    """Affiliations by year, sorted by person, year and unit; N rows.

    person, unit, year : (N,) codes, and years
    share              : (N,) of the person in that year; those of a person add up to 1
    is_back            : (N,) whether the person was at the unit before, not in the year before
    """

    person: Ints
    unit: Ints
    year: Ints
    share: Floats
    is_back: Bools


@dataclass(frozen=True)
class YearChanges:
    """What each person has at each unit in a year and had in the year before; M rows, either above
    0.

    person, unit, year : (M,), sorted by person, year and unit; share, before : (M,)
    is_back            : (M,) as in ``PersonYears``
    is_here, was_here  : (M,) whether the person was anywhere in that year, and in the year before
    """

    person: Ints
    unit: Ints
    year: Ints
    share: Floats
    before: Floats
    is_back: Bools
    is_here: Bools
    was_here: Bools


def person_years(person: Ints, unit: Ints, year: Ints, gap: int = 1) -> PersonYears:
    """Affiliations with shares.

    Between two sightings at most ``gap`` years apart, a person is where last seen.

    person, unit, year : (rows,) each triple once, in any order

    >>> held = person_years(np.array([0, 0]), np.array([5, 7]), np.array([2000, 2003]), gap=3)
    >>> held.year.tolist(), held.unit.tolist()
    ([2000, 2001, 2002, 2003], [5, 5, 5, 7])
    """
    order = np.argsort(packed(person, year, unit))
    p, u, t = person[order], unit[order], year[order]
    begins = _begins(p, t)
    size = np.diff(np.r_[begins, len(p)])
    follows = np.r_[p[begins][1:] == p[begins][:-1], False]
    wait = np.r_[t[begins][1:] - t[begins][:-1], 1]
    span = np.repeat(np.where(follows & (wait <= gap), wait, 1), size)
    at = np.repeat(np.arange(len(p)), span)
    when = t[at] + np.arange(len(at)) - np.repeat(np.cumsum(span) - span, span)
    # nearly in order, which this kind is quick with
    order = np.argsort(packed(p[at], when, u[at]), kind="stable")
    at, when = at[order], when[order]
    return PersonYears(
        p[at], u[at], when, np.repeat(1 / size, size)[at], _is_back(p[at], u[at], when)
    )


def packed(*keys: Ints) -> Ints:
    """Several keys as one whole number, in the order of the first, then the second, and so on.

    >>> packed(np.array([1, 0]), np.array([2000, 2003])).tolist()
    [4, 3]
    """
    found = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        low, high = (int(key.min()), int(key.max())) if len(key) else (0, 0)
        found = found * (high - low + 1) + (key - low)
    return found


def _begins(*keys: Ints) -> Ints:
    """Where another combination of keys begins, in sorted rows."""
    if not len(keys[0]):
        return np.zeros(0, dtype=np.int64)
    differs = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return np.flatnonzero(np.r_[True, differs])


def _is_back(person: Ints, unit: Ints, year: Ints) -> Bools:
    order = np.argsort(packed(person, unit, year))
    p, u, t = person[order], unit[order], year[order]
    found = np.zeros(len(p), dtype=np.bool_)
    found[order[1:]] = (p[1:] == p[:-1]) & (u[1:] == u[:-1]) & (t[1:] - t[:-1] > 1)
    return found


def year_changes(held: PersonYears) -> YearChanges:
    """Each year beside the year before; ``held`` has a row or more.

    >>> held = person_years(np.array([0, 0]), np.array([5, 7]), np.array([2000, 2001]))
    >>> changes = year_changes(held)
    >>> changes.year.tolist(), changes.unit.tolist(), changes.before.tolist()
    ([2000, 2001, 2001, 2002], [5, 5, 7, 7], [0.0, 1.0, 0.0, 1.0])
    """
    p, u = np.tile(held.person, 2), np.tile(held.unit, 2)
    t = np.concatenate([held.year, held.year + 1])
    order = np.argsort(packed(p, t, u), kind="stable")  # two runs that are in order, merged
    begins = _begins(p[order], t[order], u[order])
    size, none = len(begins), np.zeros(len(held.person))
    which = np.empty(len(order), dtype=np.int64)
    which[order] = np.repeat(np.arange(size), np.diff(np.append(begins, len(order))))
    sums: list[Floats] = [
        np.bincount(which, weights=np.concatenate(parts), minlength=size).astype(np.float64)
        for parts in ((held.share, none), (none, held.share), (held.is_back, none))
    ]
    share, before, back = sums
    first = order[begins]
    person, unit, year = p[first], u[first], t[first]
    years = _begins(person, year)
    length = np.diff(np.r_[years, size])
    if size:
        here, was = (
            np.repeat(np.add.reduceat(part, years) > 0, length) for part in (share, before)
        )
    else:
        here, was = (none > 0,) * 2
    return YearChanges(person, unit, year, share, before, back > 0, here, was)


def moves_of(changes: YearChanges) -> tuple[Ints, Ints, Ints, Floats]:
    """What each person lost at one unit and gained at another, in proportion.

    Returns year, origin, destination and people, a row for each person and pair of units.
    """
    change = changes.share - changes.before
    both = changes.is_here & changes.was_here & (change != 0)
    p, t, u, c = changes.person[both], changes.year[both], changes.unit[both], change[both]
    begins = _begins(p, t)
    group = np.repeat(np.arange(len(begins)), np.diff(np.r_[begins, len(p)]))
    lost, won = np.flatnonzero(c < 0), np.flatnonzero(c > 0)
    # gains of each person and year stand together
    many = np.bincount(group[won], minlength=len(begins))
    starts = np.cumsum(many) - many
    times = many[group[lost]]
    one = np.repeat(lost, times)
    step = np.arange(len(one)) - np.repeat(np.cumsum(times) - times, times)
    two = won[starts[group[one]] + step]
    whole = np.bincount(group[won], weights=c[won], minlength=len(begins))
    return t[one], u[one], u[two], -c[one] * c[two] / whole[group[one]]


@dataclass(frozen=True)
class TalentFlows:
    """Stocks and flows of people.

    table : a row for each unit and year in which somebody was there or left, sorted: unit, year,
            stock_count, stayers_count (there the year before too), arrivals_count (from other
            units), departures_count (to other units), entered_count and left_count (into and out
            of the record), net_rate_share ((arrivals - departures) over the mean stock of the two
            years), returnees_count (arrivals of people who were there before), returnee_share (of
            arrivals), is_provisional (who seems to have left may yet be seen again), reason
            (first_year or too_early, where something can't be known)
    moves : year (of arrival), origin, destination, people_count
    crowded_count : names in more than five units in one year, which may stand for many people
    most_units    : the most units of one name in one year
    """

    table: pl.DataFrame
    moves: pl.DataFrame
    crowded_count: int
    most_units: int


def talent_flows(
    frame: Any, person: str = "person", unit: str = "unit", year: str = "year", *, gap: int = 1
) -> TalentFlows:
    """Stocks and flows of people between organisations, places or industries.

    A person of k units in a year belongs to each by 1 / k. From a year to the next,
    min(s(t-1), s(t)) stays; what is lost elsewhere moves to where it is gained, in proportion. So,
    to the last digit, stock(t) = stock(t-1) + arrivals - departures + entered - left
    = stayers + arrivals + entered.

    Parameters
    ----------
    frame
        A row for each person, unit and year of affiliation; one that is repeated counts once.
    person, unit, year
        Its columns.
    gap
        Years between two sightings up to which a person is taken to have stayed where last seen;
        1 takes nobody to be anywhere unseen. People seen through their papers need about 3.

    Returns
    -------
    TalentFlows, with ``table`` (a row for each unit and year: the stock and its changes, in
    people), ``moves`` (year, origin, destination, people_count), ``crowded_count`` and
    ``most_units``.

    Raises
    ------
    InputError
        As ``read_long``, and for no rows or a gap below 1.

    References
    ----------
    Davis and Haltiwanger 1999, Handbook of Labor Economics 3B (accounting of labour turnover).

    Examples
    --------
    >>> rows = {"person": list("ppqq"), "unit": list("xyxx"), "year": [2000, 2001] * 2}
    >>> talent_flows(pl.DataFrame(rows)).moves.rows()
    [(2001, 'x', 'y', 1.0)]
    """
    check_bounds("gap", gap, 1)
    columns = {"person": person, "unit": unit, "year": year}
    rows = read_long(frame, columns, [], is_sorted=False).unique()
    if not rows.height:
        raise InputError(message("no_rows", table=Name("frame")))
    units, people = (
        rows.select(name).unique().sort(name).with_row_index(f"{name}_code")
        for name in ("unit", "person")
    )
    coded = rows.join(units, on="unit").join(people, on="person")
    who, where, when = (
        coded[name].to_numpy().astype(np.int64) for name in ("person_code", "unit_code", "year")
    )
    held = person_years(who, where, when, gap)
    changes = year_changes(held)
    table = _table(changes, (int(when.min()), int(when.max())), gap)
    table = table.with_columns(units["unit"].gather(table["unit"]).alias("unit"))
    is_crowded = held.share < 1 / (MANY + 0.5)
    return TalentFlows(
        table,
        _moves(changes, units["unit"]),
        len(np.unique(held.person[is_crowded])),
        round(1 / held.share.min()),
    )


def _moves(changes: YearChanges, units: pl.Series) -> pl.DataFrame:
    year, origin, destination, count = moves_of(changes)
    keys, sums = _summed([year, origin, destination], {"people_count": count})
    return pl.DataFrame(
        {
            "year": keys[0],
            "origin": units.gather(keys[1]),
            "destination": units.gather(keys[2]),
            "people_count": sums["people_count"],
        }
    )


def _table(changes: YearChanges, span: tuple[int, int], gap: int) -> pl.DataFrame:
    first, last = span
    change, both = changes.share - changes.before, changes.is_here & changes.was_here
    came, went = np.where(both, np.maximum(change, 0), 0), np.where(both, np.maximum(-change, 0), 0)
    parts = {
        "stock_count": changes.share,
        "stayers_count": np.minimum(changes.share, changes.before),
        "arrivals_count": came,
        "departures_count": went,
        "entered_count": np.where(changes.was_here, 0, changes.share),
        "left_count": np.where(changes.is_here, 0, changes.before),
        "returnees_count": np.where(changes.is_back, came, 0),
        "_before": changes.before,
    }
    keys, sums = _summed([changes.unit, changes.year], parts)
    table = pl.DataFrame({"unit": keys[0], "year": keys[1], **sums}).filter(pl.col("year") <= last)
    is_first, is_early = pl.col("year") == first, pl.col("year") < first + 2
    mean = (pl.col("stock_count") + pl.col("_before")) / 2
    net = (pl.col("arrivals_count") - pl.col("departures_count")) / mean
    unknown = [name for name in parts if name not in ("stock_count", "_before", "returnees_count")]
    reason = pl.when(is_first).then(pl.lit("first_year")).when(is_early).then(pl.lit("too_early"))
    known = table.with_columns(
        pl.when(~is_early).then("returnees_count").alias("returnees_count"),
        net_rate_share=pl.when(~is_first & (mean > 0)).then(net),
        is_provisional=pl.col("year") > last - gap + 1,
        reason=reason,
    ).with_columns(pl.when(~is_first).then(pl.col(name)).alias(name) for name in unknown)
    share = pl.when(pl.col("arrivals_count") > 0).then(
        pl.col("returnees_count") / pl.col("arrivals_count")
    )
    order = (
        "unit",
        "year",
        "stock_count",
        *unknown,
        "net_rate_share",
        "returnees_count",
        "returnee_share",
    )
    return known.with_columns(returnee_share=share).select(*order, "is_provisional", "reason")


def _summed(keys: list[Ints], parts: dict[str, Floats]) -> tuple[list[Ints], dict[str, Floats]]:
    """Sums by combinations of keys, sorted; in one order, so that threads change no last digit."""
    key = packed(*keys)
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    sums = {
        name: np.bincount(which, weights=part, minlength=len(first)).astype(np.float64)
        for name, part in parts.items()
    }
    return [own[first] for own in keys], sums


def last_firm_year(table: pl.DataFrame) -> int:
    """The last year whose stocks are not provisional; the last of all where none is firm.

    >>> last_firm_year(pl.DataFrame({"year": [2000, 2001], "is_provisional": [False, True]}))
    2000
    """
    firm = table.filter(~pl.col("is_provisional"))
    if firm.is_empty():
        firm = table
    return int(firm["year"].to_numpy().max())
