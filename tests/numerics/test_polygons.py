"""Rings on the globe and borders with fewer points, against counts, areas and distances worked out
another way."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.numerics.polygons import inner_point, laid_out, signed_area, unwrapped, western_edge
from firstlight.numerics.shared_borders import simplified


def box(west: float, south: float, east: float, north: float) -> np.ndarray:
    return np.array(
        [[west, south], [east, south], [east, north], [west, north], [west, south]], dtype=float
    )


def is_inside(x: float, y: float, ring: np.ndarray) -> bool:
    """Ray casting, a side at a time."""
    inside = False
    for (x0, y0), (x1, y1) in pairwise(ring):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
            inside = not inside
    return inside


def test_a_ring_over_the_antimeridian_is_whole() -> None:
    given = box(178, -18, 182, -16)
    cut = np.column_stack([(given[:, 0] + 180) % 360 - 180, given[:, 1]])
    assert unwrapped(cut).tolist() == given.tolist()
    from_the_east = unwrapped(np.roll(cut[:-1], -2, axis=0))
    assert from_the_east[:, 0].min() == 178 and abs(signed_area(from_the_east)) == signed_area(
        given
    )


def test_a_ring_about_a_pole_is_closed_along_it() -> None:
    longitudes = np.arange(-180.0, 180, 10)
    ring = unwrapped(np.column_stack([longitudes, np.full(36, -70.0)]))
    assert ring[:, 1].min() == -90 and abs(signed_area(ring)) == pytest.approx(360 * 20)
    cut = np.vstack(
        [
            np.column_stack([np.append(longitudes, 180), np.full(37, -70.0)]),
            [[180, -90], [-180, -90]],
        ]
    )
    assert abs(signed_area(unwrapped(cut))) == pytest.approx(
        360 * 20
    )  # as files have it that end at the pole themselves


def test_a_band_round_the_globe_stays() -> None:
    assert abs(signed_area(unwrapped(box(-180, 50, 180, 60)))) == 3600
    assert abs(signed_area(unwrapped(box(-180, -90, 180, 90)))) == 360 * 180


stars = st.integers(0, 10_000).map(
    lambda seed: (
        lambda rng, n: np.column_stack(
            [
                (r := rng.uniform(0.2, 1, n)) * np.cos(a := np.arange(n) / n * 2 * np.pi)
                + rng.uniform(-170, 170),
                r * np.sin(a) + rng.uniform(-60, 60),
            ]
        )[[*range(n), 0]]
    )(np.random.default_rng(seed), 5 + seed % 40)
)


@settings(deadline=None)
@given(stars)
def test_the_inner_point_is_inside(ring: np.ndarray) -> None:
    assert is_inside(*inner_point([ring]), ring)
    assert is_inside(*inner_point([ring[::-1]]), ring)


def test_the_inner_point_is_in_no_hole() -> None:
    outer, hole = box(0, 0, 10, 10), box(1, 1, 9, 9)
    x, y = inner_point([outer, hole])
    assert is_inside(x, y, outer) and not is_inside(x, y, hole)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-180, 179), st.floats(0.5, 200)), min_size=1, max_size=12))
def test_a_map_is_cut_where_least_is_cut(spans: list[tuple[float, float]]) -> None:
    rings = [box(west, 0, west + wide, 1) for west, wide in spans]

    def cut(longitude: float) -> float:
        return sum(wide for west, wide in spans if (longitude - west) % 360 < wide)

    assert cut(western_edge(rings)) <= min(cut(at) for at in np.arange(-180, 180, 0.37)) + 1e-6


@settings(deadline=None)
@given(st.floats(-180, 179), stars)
def test_laying_out_keeps_areas_and_stays_on_the_map(west: float, ring: np.ndarray) -> None:
    parts = laid_out([ring], west)
    assert sum(signed_area(part[0]) for part in parts) == pytest.approx(signed_area(ring), rel=1e-6)
    every = np.concatenate([part[0] for part in parts])
    assert every[:, 0].min() >= west - 1e-9 and every[:, 0].max() <= west + 360 + 1e-9


def distance(point: np.ndarray, line: np.ndarray) -> float:
    """From a point to the nearest side of a line, a side at a time."""
    nearest = np.inf
    for one, other in pairwise(line):
        side = other - one
        t = min(max(float((point - one) @ side) / float(side @ side), 0.0), 1.0)
        nearest = min(nearest, float(np.hypot(*(point - one - t * side))))
    return nearest


def neighbours(seed: int, turn: int) -> tuple[np.ndarray, np.ndarray]:
    """Two areas that share a border which wanders; the second begins elsewhere."""
    rng = np.random.default_rng(seed)
    border = np.column_stack([10 + rng.uniform(-0.5, 0.5, 60), np.linspace(0, 20, 60)])
    left = np.vstack([[[0.0, 20], [0, 0]], border])
    right = np.roll(np.vstack([[[20.0, 0], [20, 20]], border[::-1]]), turn, axis=0)
    return np.vstack([left, left[:1]]), np.vstack([right, right[:1]])


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 61), st.floats(0.05, 2))
@pytest.mark.slow
def test_a_shared_border_stays_shared(seed: int, turn: int, tolerance: float) -> None:
    one, other = neighbours(seed, turn)
    drawn = simplified([one, other], tolerance)
    kept = [{tuple(point) for point in ring if 5 < point[0] < 15} for ring in drawn]
    assert kept[0] == kept[1] and len(kept[0]) < 60 + (tolerance < 0.2)
    assert sum(map(signed_area, drawn)) == pytest.approx(400)  # what one side loses the other wins
    assert all(distance(point, drawn[0]) <= tolerance + 1e-9 for point in one)


def test_an_island_and_the_hole_it_fills_lose_the_same_points() -> None:
    angle = np.arange(90) / 90 * 2 * np.pi
    circle = np.column_stack([np.cos(angle), np.sin(angle)]).round(6)
    ring = np.vstack([circle, circle[:1]])
    hole = np.vstack([np.roll(circle, 17, axis=0), np.roll(circle, 17, axis=0)[:1]])[::-1]
    one, other = simplified([ring, hole], 0.05)
    assert {tuple(point) for point in one} == {tuple(point) for point in other} and 4 < len(
        one
    ) < 30
    assert signed_area(one) == pytest.approx(-signed_area(other))


def test_a_ring_that_would_be_a_line_is_empty() -> None:
    assert simplified([box(0, 0, 1, 0.01)], 0.5)[0].shape == (0, 2)
    speck = np.full((4, 2), 7.1)  # what rounding makes of a small island
    assert [len(ring) for ring in simplified([speck, box(0, 0, 1, 1)], 0.1)] == [0, 5]
    assert simplified([], 1.0) == []
