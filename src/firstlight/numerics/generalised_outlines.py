"""Outlines generalised for a map of one size: cut open where it is, points and islands that would
not be seen left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstlight.numerics.polygons import laid_out, signed_area, western_edge
from firstlight.numerics.shared_borders import simplified

Ring = NDArray[np.float64]
Polygons = list[list[Ring]]
PAPER = 900.0, 700.0  # about the width and height of a map as drawn, in units of paper
FINE, COARSEST = 0.4, 4.0  # units of paper by which a border may move
LEAST = 1.0  # area in units of paper, below which a further island or a hole is left out
MOST = 100_000  # points of all outlines; above, borders are drawn more coarsely
STEEPEST = 70.0  # degrees, as on the page


@dataclass(frozen=True)
class Generalised:
    """Outlines as they are drawn.

    shapes         : the polygons of each, degrees, from the western edge of the map to 360 further
                     on
    digits         : after the point, that a coordinate needs
    tolerance      : by which a border may have moved, units of paper
    points         : of all rings, before; points_kept : after
    rings_left_out : islands and holes that are too small
    """

    shapes: list[Polygons]
    digits: int
    tolerance: float
    points: int
    points_kept: int
    rings_left_out: int


def generalised(shapes: Sequence[Polygons], is_shown: Sequence[bool]) -> Generalised:
    """Outlines laid out on one map that is about as large as `PAPER`, with as few points as it
    needs.

    Points are left out on the equal-area plane that maps are drawn on, so that a tolerance is one
    everywhere; a shape keeps its largest polygon, however small.

    shapes   : the polygons of each, an outer ring and its holes, closed, longitude and latitude in
               degrees
    is_shown : whether a shape is among those that the map is about; at least one is

    >>> square = [[np.array([[0.0, 0], [5, 0.001], [10, 0], [10, 10], [0, 10], [0, 0]])]]
    >>> found = generalised([square], [True])
    >>> found.points, found.points_kept, found.shapes[0][0][0].round(found.digits).tolist()
    (6, 5, [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0], [0.0, 0.0]])
    """
    west = western_edge(
        [own[0] for shape, shown in zip(shapes, is_shown, strict=True) if shown for own in shape]
    )
    laid = [[part for own in shape for part in laid_out(own, west)] for shape in shapes]
    narrow, scale = _paper(
        [own[0] for shape, shown in zip(laid, is_shown, strict=True) if shown for own in shape]
    )
    rings = [ring for shape in laid for own in shape for ring in own]
    paper = [_on_paper(ring, narrow, scale) for ring in rings]
    fine, fewer = FINE, simplified(paper, FINE)
    while sum(map(len, fewer)) > MOST and fine < COARSEST:
        fine *= 1.5
        fewer = simplified(paper, fine)
    kept, lost, pairs = list[Polygons](), 0, zip(paper, fewer, strict=True)
    for shape in laid:
        drawn: Polygons = []
        parts = [[next(pairs) for _ in polygon] for polygon in shape]
        areas = [[abs(signed_area(whole)) for whole, _ in part] for part in parts]
        largest = max(area[0] for area in areas)
        for polygon, part, area in zip(shape, parts, areas, strict=True):
            if area[0] < min(LEAST, largest):
                lost += len(polygon)
                continue
            stay = [k for k in range(len(polygon)) if k == 0 or area[k] >= LEAST]
            lost += len(polygon) - len(stay)
            drawn.append([_kept(polygon[k], part[k][1], narrow, scale) for k in stay])
        kept.append(drawn)
    before, after = (
        sum(map(len, rings)),
        sum(len(ring) for shape in kept for polygon in shape for ring in polygon),
    )
    digits = min(max(math.ceil(math.log10(math.radians(1) * narrow * scale)) + 1, 1), 7)
    return Generalised(kept, digits, fine, before, after, lost)


def _paper(rings: Sequence[Ring]) -> tuple[float, float]:
    """The cosine of the standard parallel of a map of rings, and its units of paper per radian."""
    seen = np.concatenate(rings)
    narrow = max(
        math.cos(math.radians(float(seen[:, 1].min() + seen[:, 1].max()) / 2)),
        math.cos(math.radians(STEEPEST)),
    )
    wide = math.radians(float(np.ptp(seen[:, 0]))) * narrow
    tall = float(np.ptp(np.sin(np.radians(seen[:, 1])))) / narrow
    return narrow, min(PAPER[0] / max(wide, 1e-9), PAPER[1] / max(tall, 1e-9))


def _on_paper(ring: Ring, narrow: float, scale: float) -> Ring:
    return (
        np.column_stack([np.radians(ring[:, 0]) * narrow, np.sin(np.radians(ring[:, 1])) / narrow])
        * scale
    )


def _kept(ring: Ring, simpler: Ring, narrow: float, scale: float) -> Ring:
    """The simpler ring in degrees, or the ring itself where nothing is left of it."""
    return _degrees(simpler, narrow, scale) if len(simpler) else ring


def _degrees(ring: Ring, narrow: float, scale: float) -> Ring:
    sines = np.clip(ring[:, 1] / scale * narrow, -1, 1)
    return np.column_stack([np.degrees(ring[:, 0] / scale / narrow), np.degrees(np.arcsin(sines))])
