"""People by year as arrays: who belongs where by which share, and what changed since last year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    order = np.argsort(
        packed(p[at], when, u[at]), kind="stable"
    )  # nearly in order, which this kind is quick with
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
    here, was = (
        (np.repeat(np.add.reduceat(part, years) > 0, length) for part in (share, before))
        if size
        else (none > 0,) * 2
    )
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
    many = np.bincount(
        group[won], minlength=len(begins)
    )  # gains of each person and year stand together
    starts = np.cumsum(many) - many
    times = many[group[lost]]
    one = np.repeat(lost, times)
    step = np.arange(len(one)) - np.repeat(np.cumsum(times) - times, times)
    two = won[starts[group[one]] + step]
    whole = np.bincount(group[won], weights=c[won], minlength=len(begins))
    return t[one], u[one], u[two], -c[one] * c[two] / whole[group[one]]
