"""Clubs of units that converge: Phillips and Sul's clustering, and the merging of its clubs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.instruments.disparity.convergence_clubs.log_t import LogT, Panel

Indices = NDArray[np.intp]
REJECTED = -1.65  # t of the one-sided test at 5%


@dataclass(frozen=True)
class Club:
    """Units that converge.

    Attributes
    ----------
    units
        Positions in the panel, in the order in which they were clustered.
    test
        Of them all.
    parts
        Numbers of the clubs that were merged, counted from 1.
    """

    units: tuple[int, ...]
    test: LogT
    parts: tuple[int, ...]


def find_clubs(
    panel: Panel | ArrayLike, trim: float = 1 / 3, sieve: float = 0.0
) -> tuple[list[Club], list[int]]:
    """Clubs of units whose paths converge, and the units that belong to none.

    Units are sorted by their last level, the highest first. The core is the first pair that
    converges with those after it, as many as give the highest t; units that lift t above the sieve
    join it one by one, and where all of them together do not converge the sieve is raised. The rest
    is one club if it converges, and otherwise searched in the same way.

    Parameters
    ----------
    panel
        (n, T) paths, or what was made of them.
    trim
        The share of the first years that is discarded.
    sieve
        The critical value c* of a unit that joins.

    Returns
    -------
    Clubs, the highest first, and positions of the units in none.

    Raises
    ------
    InputError
        As `log_t_test`.

    References
    ----------
    Phillips and Sul 2007, Econometrica 75(6), section 4; 2009, Journal of Applied Econometrics
    24(7), 1153-1185.

    Examples
    --------
    >>> years = np.arange(1, 41)
    >>> high = 9 + np.array([0.5, -0.4, 0.2])[:, None] / years
    >>> low = 7 + np.array([0.5, -0.4, 0.2])[:, None] / years
    >>> [club.units for club in find_clubs(np.concatenate([low, high]))[0]]
    [(3, 5, 4), (0, 2, 1)]
    """
    known = panel if isinstance(panel, Panel) else Panel(panel, trim)
    last = known.paths[:, -1]
    rest = np.lexsort((np.arange(len(last)), -last))
    clubs = list[Club]()
    while len(rest) > 1:
        test = known.test(rest)
        if test.t > REJECTED:
            clubs.append(Club(tuple(map(int, rest)), test, (len(clubs) + 1,)))
            return clubs, []
        core = _core(known, rest)
        if core is None:
            break
        units = _sieved(known, rest, core, sieve)
        clubs.append(Club(tuple(map(int, units)), known.test(units), (len(clubs) + 1,)))
        rest = rest[~np.isin(rest, units)]
    return clubs, sorted(map(int, rest))


def _core(panel: Panel, order: Indices) -> Indices | None:
    """The first pair that converges, with as many after it as give the highest t."""
    for first in range(len(order) - 1):
        if not panel.test(order[first : first + 2]).t > REJECTED:
            continue
        t = panel.first_ones(order[first:])
        is_rejected = ~(t > REJECTED)
        stop = int(is_rejected.argmax()) if is_rejected.any() else len(t)
        best = int(t[:stop].argmax())
        return order[first : first + best + 2]
    return None


def _sieved(panel: Panel, order: Indices, core: Indices, sieve: float) -> Indices:
    """The core and the units that join it, as few left out as let all of them converge."""
    others = order[~np.isin(order, core)]
    if not len(others):
        return core
    t = panel.each_with(core, others)
    joins = t > sieve
    while joins.any():
        units = order[np.isin(order, np.concatenate([core, others[joins]]))]
        if panel.test(units).t > REJECTED:
            return units
        joins &= t > t[joins].min()
    return core


def merge_clubs(
    panel: Panel | ArrayLike,
    clubs: list[Club],
    method: Literal["phillips_sul", "von_lyncker_thoennessen"] = "phillips_sul",
    trim: float = 1 / 3,
) -> list[Club]:
    """Clubs that converge together as one: the clustering tends to find too many.

    Parameters
    ----------
    panel
        (n, T) paths, or what was made of them.
    clubs
        As `find_clubs` gives them.
    method
        phillips_sul: a club takes in the next ones as long as all of them converge.
        von_lyncker_thoennessen: of neighbouring pairs that converge, the first whose t is above
        that of the next pair becomes one, until there is none.
    trim
        The share of the first years that is discarded.

    Returns
    -------
    Clubs, the highest first, with the numbers of those that each was made of.

    Raises
    ------
    InputError
        As `log_t_test`.

    References
    ----------
    Phillips and Sul 2009, Journal of Applied Econometrics 24(7), 1153-1185; von Lyncker and
    Thoennessen 2017, Empirical Economics 52(2), 525-553.

    Examples
    --------
    >>> paths = 8 + np.array([0.3, 0.1, -0.1, -0.3])[:, None] / np.arange(1, 31)
    >>> panel = Panel(paths, 1 / 3)
    >>> parts = [Club((0, 1), panel.test([0, 1]), (1,)), Club((2, 3), panel.test([2, 3]), (2,))]
    >>> [club.parts for club in merge_clubs(panel, parts)]
    [(1, 2)]
    """
    known = panel if isinstance(panel, Panel) else Panel(panel, trim)
    if method == "phillips_sul":
        return _taken_in(known, clubs)
    merged = list(clubs)
    while len(merged) > 1:
        pairs = [_together(known, one, other) for one, other in pairwise(merged)]
        t = [pair.test.t for pair in pairs] + [-np.inf]
        fit = [m for m in range(len(pairs)) if t[m] > REJECTED and t[m] > t[m + 1]]
        if not fit:
            break
        merged[fit[0] : fit[0] + 2] = [pairs[fit[0]]]
    return merged


def _taken_in(panel: Panel, clubs: list[Club]) -> list[Club]:
    merged = clubs[:1]
    for club in clubs[1:]:
        both = _together(panel, merged[-1], club)
        if both.test.t > REJECTED:
            merged[-1] = both
        else:
            merged.append(club)
    return merged


def _together(panel: Panel, one: Club, other: Club) -> Club:
    units = (*one.units, *other.units)
    return Club(units, panel.test(np.array(units)), (*one.parts, *other.parts))
