"""Rings of longitude and latitude: made whole across the antimeridian, laid out on a map, and a
point inside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
SCANS = (
    0.5,
    0.3,
    0.7,
    0.4,
    0.6,
    0.15,
    0.85,
)  # of the height of a polygon, where its widest inside is looked for


def unwrapped(ring: Ring) -> Ring:
    """A closed ring whose longitudes run on beyond 180° where the given ones jump to the other end
    of the map.

    A step of more than half a circle is a jump across the antimeridian; along a pole it is an edge.
    A ring that doesn't come back to its start goes round a pole, and is closed along that.

    ring : (n, 2), longitude and latitude in degrees, the first point again at the end or not
    Returns (m, 2), the first point again at the end; the westernmost longitude is from -180 up to
    180.

    >>> unwrapped(np.array([[179.0, 0], [-179, 0], [-179, 1], [179, 1]]))[:, 0].tolist()
    [179.0, 181.0, 181.0, 179.0, 179.0]
    """
    closed = ring if (ring[0] == ring[-1]).all() else np.vstack([ring, ring[:1]])
    step = np.diff(closed[:, 0])
    jumps = np.abs(step) > 180
    jumps &= ~((np.abs(closed[1:, 1]) > 90 - 1e-9) & (np.abs(closed[:-1, 1]) > 90 - 1e-9))
    if not jumps.any():
        return _in_the_west(closed)
    turns = np.concatenate([[0.0], np.cumsum(np.where(jumps, -np.sign(step) * 360, 0.0))])
    whole = np.column_stack([closed[:, 0] + turns, closed[:, 1]])
    if np.ptp(whole[:, 0]) < 1e-9:  # a band round the globe, whose ends are at the antimeridian
        return closed
    if turns[-1] != 0:
        pole = 90.0 if closed[:, 1].mean() > 0 else -90.0
        whole = np.vstack([whole, [whole[-1, 0], pole], [whole[0, 0], pole], whole[:1]])
    return _in_the_west(whole)


def _in_the_west(ring: Ring) -> Ring:
    """The ring whole turns further on or back, so that its westernmost longitude is from -180 up to
    180."""
    turns = np.floor((ring[:, 0].min() + 180) / 360)
    return ring - np.array([360.0 * turns, 0.0]) if turns else ring


def signed_area(ring: Ring) -> float:
    """Area within a closed ring, above 0 where it runs anticlockwise; in the square of its unit.

    >>> signed_area(np.array([[0.0, 0], [2, 0], [2, 1], [0, 1], [0, 0]]))
    2.0
    """
    x, y = (
        ring[:, 0] - ring[0, 0],
        ring[:, 1] - ring[0, 1],
    )  # about a corner, so that a small ring far from 0 keeps its digits
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2


def inner_point(rings: Sequence[Ring]) -> tuple[float, float]:
    """A point within a polygon, far from its sides: the middle of the widest stretch inside, on a
    few lines across it.

    rings : (n, 2) each, closed: the outer ring and its holes, running either way
    Returns x, y; the outer ring's first point where a polygon has no inside.

    >>> inner_point([np.array([[0.0, 0], [4, 0], [4, 2], [0, 2], [0, 0]])])
    (2.0, 1.0)
    """
    low, high = float(rings[0][:, 1].min()), float(rings[0][:, 1].max())
    best, at = 0.0, (float(rings[0][0, 0]), float(rings[0][0, 1]))
    for part in SCANS:
        y = low + part * (high - low)
        crossings = np.sort(np.concatenate([_crossings(ring, y) for ring in rings]))
        ends = crossings[: crossings.size // 2 * 2].reshape(-1, 2)
        widths = ends[:, 1] - ends[:, 0]
        if (
            widths.size and widths.max() > best * 1.25
        ):  # the middle of its height, unless elsewhere is much wider
            best = float(widths.max())
            at = float(ends[widths.argmax()].mean()), y
    return at


def _crossings(ring: Ring, y: float) -> NDArray[np.float64]:
    """Where a ring crosses a height; a corner on it belongs to the side above."""
    above = ring[:, 1] > y
    k = np.flatnonzero(above[1:] != above[:-1])
    (x0, y0), (x1, y1) = ring[k].T, ring[k + 1].T
    return np.asarray(x0 + (y - y0) / (y1 - y0) * (x1 - x0))


def western_edge(rings: Sequence[Ring]) -> float:
    """The longitude at which a map of these rings is best cut open: in the middle of the widest
    band where it cuts least.

    What it cuts are the widths of the rings across it: an island rather than a continent, the open
    sea rather than an island.

    Returns degrees above -360 and up to 0, so that the middle of the map, 180 further on, is the
    longitude that maps call it.

    >>> western_edge([np.array([[172.0, 51], [182, 51], [172, 51]]), np.array([[-170.0, 60], [-60,
    ...     60], [-170, 60]])])
    -304.0
    """
    ends = np.array([[ring[:, 0].min(), ring[:, 0].max()] for ring in rings])
    start, length = ends[:, 0] % 360, np.minimum(ends[:, 1] - ends[:, 0], 360.0)
    end = start + length
    past = end > 360
    opens = np.concatenate([start, np.zeros(int(past.sum()))])
    closes = np.concatenate([np.minimum(end, 360), end[past] - 360])
    at = np.unique(np.concatenate([opens, closes, [0.0, 360.0]]))
    change = np.zeros(at.size)
    widths = np.concatenate([length, length[past]])
    np.add.at(change, np.searchsorted(at, opens), widths)
    np.add.at(change, np.searchsorted(at, closes), -widths)
    cut, band = np.cumsum(change)[:-1], np.diff(at)
    least = cut <= cut.min() + 1e-6
    if least[0] and least[-1] and not least.all():  # one band, on both sides of Greenwich
        first = int(np.flatnonzero(~least)[0])
        shifted = np.concatenate([at[first:], at[1 : first + 1] + 360])
        least, band, at = np.roll(least, -first), np.diff(shifted), shifted
    best, middle, k = -1.0, 0.0, 0
    while k < band.size:
        if not least[k]:
            k += 1
            continue
        last = k
        while last + 1 < band.size and least[last + 1]:
            last += 1
        if at[last + 1] - at[k] > best + 1e-9:
            best, middle = float(at[last + 1] - at[k]), float(at[k] + at[last + 1]) / 2
        k = last + 1
    return -(-middle % 360)


def laid_out(polygon: Sequence[Ring], west: float) -> list[list[Ring]]:
    """A polygon on a map that begins at a longitude and ends 360° further on: in two where that
    cuts it.

    polygon : closed rings, (n, 2) each, the outer one first
    Returns polygons likewise, longitudes from ``west`` to ``west + 360``.

    >>> [part[0][:, 0].tolist() for part in laid_out(
    ...     [np.array([[170.0, 0], [190, 0], [190, 1], [170, 1], [170, 0]])], -180)]
    [[170.0, 180.0, 180.0, 170.0, 170.0], [-180.0, -170.0, -170.0, -180.0, -180.0]]
    """
    turns = np.floor((polygon[0][:, 0].min() - west) / 360) * 360
    moved = [ring - np.array([turns, 0.0]) for ring in polygon] if turns else list(polygon)
    east = west + 360
    if moved[0][:, 0].max() <= east:
        return [moved]
    parts = [[_side(ring, east, sign) for ring in moved] for sign in (1, -1)]
    kept = [[ring for ring in part if len(ring) > 3] for part in parts if len(part[0]) > 3]
    return [
        [ring - np.array([360.0 * (ring[:, 0].max() > east), 0.0]) for ring in part]
        for part in kept
    ]


def _side(ring: Ring, at: float, sign: int) -> Ring:
    """What of a closed ring is west (sign 1) or east (-1) of a longitude, closed along that
    (Sutherland and Hodgman 1974)."""
    inside = sign * (ring[:, 0] - at) <= 0
    k = np.flatnonzero(inside[1:] != inside[:-1])
    (x0, y0), (x1, y1) = ring[k].T, ring[k + 1].T
    crossing = np.column_stack([np.full(k.size, at), y0 + (at - x0) / (x1 - x0) * (y1 - y0)])
    points = np.insert(ring[:-1], k + 1, crossing, axis=0)[np.insert(inside[:-1], k + 1, True)]
    return np.vstack([points, points[:1]]) if len(points) else points
