"""Outlines generalised for a map: what is too small is left out and counted, and a tolerance is
kept."""

from __future__ import annotations

import numpy as np
import pytest

from firstlight.numerics import generalised_outlines
from firstlight.numerics.generalised_outlines import FINE, generalised
from firstlight.numerics.polygons import signed_area


def box(west: float, south: float, wide: float, turn: int = 1) -> np.ndarray:
    east, north = west + wide, south + wide
    return np.array([[west, south], [east, south], [east, north], [west, north], [west, south]])[
        ::turn
    ]


def coast(points: int, seed: int = 1) -> np.ndarray:
    rng, angle = np.random.default_rng(seed), np.arange(points) / points * 2 * np.pi
    radius = 20 + rng.uniform(0, 0.5, points)
    ring = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return np.vstack([ring, ring[:1]])


def test_specks_are_left_out_but_not_the_largest_of_a_shape() -> None:
    """40 degrees on 700 units of paper: a speck of 0.01 degrees is far below one square unit."""
    speck, pond = box(30, 0, 0.01), box(5, 5, 0.01, -1)
    land = [[box(0, 0, 40), pond, box(10, 10, 10, -1)], [speck, box(30.001, 0.001, 0.002, -1)]]
    found = generalised([land, [[speck], [box(31, 0, 0.02)]]], [True, True])
    assert [[len(polygon) for polygon in shape] for shape in found.shapes] == [[2], [1]]
    assert found.shapes[1][0][0] == pytest.approx(box(31, 0, 0.02))
    assert found.rings_left_out == 4 and found.points == 7 * 5 and found.points_kept == 3 * 5


def test_too_many_points_are_drawn_more_coarsely_and_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ring = coast(5000)
    fine = generalised([[[ring]]], [True])
    monkeypatch.setattr(generalised_outlines, "MOST", fine.points_kept // 2)
    coarse = generalised([[[ring]]], [True])
    assert fine.tolerance == FINE < coarse.tolerance and coarse.points_kept <= fine.points_kept // 2
    for found in (fine, coarse):
        assert found.points_kept == len(found.shapes[0][0][0])
        assert abs(signed_area(found.shapes[0][0][0])) == pytest.approx(
            abs(signed_area(ring)), rel=0.03
        )


def test_a_shape_that_the_map_is_not_about_does_not_set_its_size() -> None:
    own, far = [[coast(2000)]], [[coast(2000) * 0.01 + np.array([150.0, 40])]]
    assert generalised([own, far], [True, False]).digits == generalised([own], [True]).digits
    alone = generalised([own, far], [False, True])
    assert alone.digits == generalised([own], [True]).digits + 2  # a hundredth as wide
