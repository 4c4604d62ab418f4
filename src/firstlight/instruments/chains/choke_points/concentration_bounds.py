"""Concentration where some shares are not known: the least and the most that it can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SCALE = 10_000.0  # of one holder of everything
ROUNDS = 100  # of halving, beyond the precision of a float


def herfindahl(shares: ArrayLike) -> float:
    """The sum of squared shares in per cent: 10,000 for one holder, towards 0 for many.

    Parameters
    ----------
    shares
        (k,), 0 to 1; they need not add up to 1.

    Returns
    -------
    0 to 10,000.

    References
    ----------
    Herfindahl 1950, Concentration in the Steel Industry; Hirschman 1964, American Economic Review
    54(5), 761-762.

    Examples
    --------
    >>> herfindahl([0.6, 0.4])
    5200.0
    """
    return SCALE * float(np.square(np.asarray(shares, np.float64)).sum())


def herfindahl_bounds(
    known: ArrayLike, room: ArrayLike, rest: float, *, scattered: float = 0.0
) -> tuple[float, float]:
    """The least and the most that the concentration can be.

    Least: the rest is spread over the holders with room so that the largest is as small as can be.
    Most: the rest goes to the largest holder with room for all of it, else from holder to holder.
    What no holder has room for is held by nobody one knows: by many at the least, by one at most.

    Parameters
    ----------
    known
        (k,), what is known of the share of each holder, 0 to 1.
    room
        (k,), how much of the rest each may hold besides.
    rest
        What is not known to be held by one of them.
    scattered
        What is known to be held by others, who are not named.

    Returns
    -------
    Least and most, 0 to 10,000.

    Examples
    --------
    >>> [round(bound) for bound in herfindahl_bounds([0.6, 0, 0], [0, 1, 1], 0.4)]
    [4400, 5200]
    """
    base = np.asarray(known, np.float64)
    space = np.asarray(room, np.float64)
    spread = base + _levelled(base, space, rest)
    piled = _piled(base, space, rest)
    beyond = max(rest - float(piled.sum()), 0.0)
    most = herfindahl([*(base + piled), beyond, scattered])
    # shares that were rounded may add up to a little more than 1
    return min(herfindahl(spread), SCALE), min(most, SCALE)


def largest_bounds(known: ArrayLike, room: ArrayLike, rest: float) -> tuple[float, float]:
    """The least and the most that the largest holder can hold.

    Parameters
    ----------
    known, room, rest
        As `herfindahl_bounds` takes them.

    Returns
    -------
    Least and most, 0 to 1. Least: the rest is spread so that the largest is as small as can be.

    Examples
    --------
    >>> largest_bounds([0.0, 0.0, 0.1], [1, 1, 0], 0.9)
    (0.45, 0.9)
    """
    base = np.asarray(known, np.float64)
    space = np.asarray(room, np.float64)
    low = float((base + _levelled(base, space, rest)).max(initial=0.0))
    high = float((base + np.minimum(space, rest)).max(initial=0.0))
    return min(low, 1.0), min(high, 1.0)


def _levelled(base: Floats, space: Floats, rest: float) -> Floats:
    """What each holds of the rest if all with room are raised to one level."""
    if rest >= space.sum():
        return space
    low = 0.0
    high = float(base.max(initial=0.0)) + rest
    for _ in range(ROUNDS):
        level = (low + high) / 2
        is_enough = np.clip(level - base, 0.0, space).sum() >= rest
        low, high = (low, level) if is_enough else (level, high)
    return np.asarray(np.clip(high - base, 0.0, space))


def _piled(base: Floats, space: Floats, rest: float) -> Floats:
    """What each holds of the rest if as few as can be hold it, the largest first."""
    held = np.zeros(len(base))
    # squares grow most where most comes together
    has_room = np.minimum(space, rest)
    for k in np.lexsort((-base, -has_room)):
        held[k] = min(has_room[k], rest - held.sum())
    return np.maximum(held, 0.0)
