"""Rings drawn with fewer points, so that a border between two areas stays one line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]


def simplified(rings: Sequence[Ring], tolerance: float) -> list[Ring]:
    """Each ring with those of its points that are needed to stay within a distance of it; a shared
    border loses the same points.

    Rings are cut where other rings join or leave them, and each piece is simplified once, from one
    end of the two that comes first: what two areas share stays shared. A ring that would be less
    than a triangle comes back empty.

    rings     : (n, 2) each, closed, in the unit of the tolerance; points of a shared border are
                equal numbers
    tolerance : largest distance of a point that is left out from the line that is drawn

    >>> square = np.array([[0.0, 0], [1, 0.01], [2, 0], [2, 2], [0, 2], [0, 0]])
    >>> simplified([square], 0.1)[0].tolist()
    [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0], [0.0, 0.0]]

    Source: Douglas and Peucker (1973), The Canadian Cartographer 10(2), 112-122; on pieces of
            shared border, as Bostock's TopoJSON.
    """
    if not rings:
        return []
    ids, joints = _joints(rings)
    known: dict[tuple[int, ...], NDArray[np.int64]] = {}
    found, start = [], 0
    for ring in rings:
        count = len(ring) - 1
        own = ids[start : start + count]
        start += count
        found.append(_ring(ring[:-1], own, joints[own], tolerance, known))
    return found


def _joints(rings: Sequence[Ring]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """A number for each point of the open rings, in order; and for each number whether rings part
    there."""
    points = np.concatenate([ring[:-1] for ring in rings]) + 0.0  # -0 is 0
    _, ids = np.unique(points.view([("x", float), ("y", float)]).ravel(), return_inverse=True)
    ids = ids.astype(np.int64)
    ends = np.cumsum([len(ring) - 1 for ring in rings])
    starts = np.concatenate([[0], ends[:-1]])
    before, after = np.roll(ids, 1), np.roll(ids, -1)
    before[starts], after[ends - 1] = ids[ends - 1], ids[starts]
    low, high = np.minimum(before, after), np.maximum(before, after)
    first = np.full(int(ids.max()) + 1, -1, dtype=np.int64)
    first[ids[::-1]] = np.arange(ids.size)[::-1]
    differs = (low != low[first[ids]]) | (high != high[first[ids]])
    joints = np.zeros(first.size, dtype=bool)
    joints[ids[differs]] = True
    return ids, joints


def _ring(
    ring: Ring,
    ids: NDArray[np.int64],
    is_joint: NDArray[np.bool_],
    tolerance: float,
    known: dict[tuple[int, ...], NDArray[np.int64]],
) -> Ring:
    """One open ring, cut at its joints; where it has fewer than two, at points that don't depend on
    where it begins."""
    cuts = np.flatnonzero(is_joint)
    if cuts.size < 2:
        first = int(cuts[0]) if cuts.size else int(ids.argmin())
        far = ((ring - ring[first]) ** 2).sum(axis=1)
        if not far.any():  # one point again and again, as coordinates of few digits make of a speck
            return np.empty((0, 2))
        furthest = np.flatnonzero(far == far.max())
        cuts = np.sort([first, int(furthest[ids[furthest].argmin()])])
    parts = []
    for one, other in zip(cuts, [*cuts[1:], cuts[0] + ids.size], strict=True):
        at = np.arange(one, other + 1) % ids.size
        own = ids[at]
        backwards = (own[-1], own[-2]) < (own[0], own[1])
        if backwards:
            at, own = at[::-1], own[::-1]
        # a piece between two joints is told by its ends and the points beside them
        key = (int(own[0]), int(own[1]), int(own[-2]), int(own[-1]), own.size)
        if key not in known:
            known[key] = _kept(ring[at], tolerance)
        kept = at[known[key]]
        parts.append((kept[::-1] if backwards else kept)[:-1])
    chosen = np.concatenate(parts)
    if chosen.size < 3:
        return np.empty((0, 2))
    return np.asarray(ring[np.append(chosen, chosen[0])])


def _kept(line: Ring, tolerance: float) -> NDArray[np.int64]:
    """Which points of a line stay, both ends among them."""
    stay = np.zeros(len(line), dtype=bool)
    stay[[0, -1]] = True
    waiting = [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        inside, start = line[first + 1 : last] - line[first], line[last] - line[first]
        length = float(start @ start)
        along = np.clip(inside @ start / length, 0.0, 1.0) if length > 0 else np.zeros(len(inside))
        away = ((inside - along[:, None] * start) ** 2).sum(axis=1)
        k = int(away.argmax())
        if away[k] > tolerance**2:
            stay[first + 1 + k] = True
            waiting += [(first, first + 1 + k), (first + 1 + k, last)]
    return np.flatnonzero(stay)
