"""K-density and M: against loops, the size of the test on random labels, planted clusters, order,
and bad input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from scipy.integrate import trapezoid

from firstlight.errors import InputError
from firstlight.instruments.places.plant_sites import pair_distances, plant_sites
from firstlight.instruments.places.point_patterns import (
    envelope,
    k_density,
    k_density_curve,
    m_curve,
    m_function,
    neighbour_sizes,
)
from firstlight.numerics.globe import EARTH_KM, on_sphere


def plants(
    seed: int, cases: int = 25, others: int = 75, spread: float | None = None
) -> pl.DataFrame:
    """Plants in a square of 100 km; with ``spread``, half of the cases lie that near to one point."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 100, (cases + others, 2))
    if spread is not None:
        xy[: cases // 2] = [30, 60] + spread * rng.normal(size=(cases // 2, 2))
    names = ["chips"] * cases + ["other"] * others
    return pl.DataFrame(
        {
            "industry": names,
            "x": xy[:, 0],
            "y": xy[:, 1],
            "jobs": rng.lognormal(3, 1, cases + others),
        }
    )


PLANAR = {"x": "x", "y": "y", "geographic": False}


def test_k_density_as_written_out_and_adds_up_to_one() -> None:
    rng = np.random.default_rng(1)
    xy, w = rng.uniform(0, 100, (30, 2)), rng.lognormal(0, 1, 30)
    grid, h = np.linspace(0, 60, 13), 6.0
    top, total = np.zeros(13), 0.0
    for i in range(30):
        for j in range(i + 1, 30):
            d = np.hypot(*(xy[i] - xy[j]))
            f = np.exp(-(((grid - d) / h) ** 2) / 2) + np.exp(-(((grid + d) / h) ** 2) / 2)
            top += w[i] * w[j] * f / (2 * np.pi) ** 0.5
            total += w[i] * w[j]
    assert k_density_curve(xy, grid, h, w) == pytest.approx(top / h / total)
    assert k_density_curve(xy, grid, h, w, binned=True) == pytest.approx(top / h / total, rel=1e-3)
    fine = np.linspace(0, 200, 2001)
    assert trapezoid(k_density_curve(xy, fine, h), fine) == pytest.approx(1, abs=1e-4)


def test_m_as_written_out() -> None:
    frame = plants(2)
    sites = plant_sites(frame, "chips", ("x", "y"), "industry", "jobs", False)
    radii = np.array([5.0, 15.0, 40.0, 200.0])
    cases = np.flatnonzero(sites.is_case)
    local, whole = np.zeros(4), np.zeros(4)
    for i in cases:
        d = np.hypot(*(sites.points - sites.points[i]).T)
        for k, r in enumerate(radii):
            near = (d <= r) & (np.arange(d.size) != i)
            if near.any():
                local[k] += sites.sizes[near & sites.is_case].sum() / sites.sizes[near].sum()
                whole[k] += (sites.sizes[cases].sum() - sites.sizes[i]) / (
                    sites.sizes.sum() - sites.sizes[i]
                )
    around = neighbour_sizes(sites, radii)[cases]
    found = m_curve(sites.points[cases], sites.sizes[cases], around, sites.sizes.sum(), radii)
    assert found == pytest.approx(local / whole)
    assert found[-1] == pytest.approx(1)  # within reach of everything, neighbours are everything


def test_great_circles() -> None:
    # A quarter of a meridian, a degree of the equator, and across the date line.
    points = on_sphere([0, 90, 0, 0], [0, 0, 179.5, -179.5])
    apart = pair_distances(points)
    assert apart[0] == pytest.approx(EARTH_KM * np.pi / 2)
    assert apart[-1] == pytest.approx(EARTH_KM * np.pi / 180)


@pytest.mark.parametrize("measure", [k_density, m_function])
@pytest.mark.slow
def test_random_labels_are_called_clustered_as_often_as_was_agreed(measure: Callable) -> None:
    p = np.array(
        [
            measure(
                plants(seed, 15, 35),
                "chips",
                **PLANAR,
                distances=np.linspace(4, 50, 8),
                draws=19,
                seed=seed,
                level=0.9,
            ).p_value
            for seed in range(250)
        ]
    )
    # Of 250 patterns with nothing planted, a tenth at 10% (two standard errors are 0.04), and half
    # at 50%.
    assert (p <= 0.1).mean() == pytest.approx(0.1, abs=0.05)
    assert (p <= 0.5).mean() == pytest.approx(0.5, abs=0.09)


@pytest.mark.parametrize("measure", [k_density, m_function])
@pytest.mark.parametrize("size", [None, "jobs"])
def test_a_planted_cluster_is_found_at_its_own_distances(
    measure: Callable, size: str | None
) -> None:
    grid = np.linspace(1, 50, 25)
    found = measure(
        plants(7, 30, 120, spread=2.0), "chips", **PLANAR, size=size, distances=grid, draws=99
    )
    assert found.p_value == pytest.approx(0.01)
    localised = found.table.filter("is_localised")["distance_km"]
    assert localised[0] <= 6
    if measure is k_density:
        assert localised[0] < 10
        assert (found.table["observed"] > found.table["local_high"])[0]
    spread = measure(plants(7, 30, 120), "chips", **PLANAR, size=size, distances=grid, draws=99)
    assert spread.p_value > 0.05
    assert not spread.table["is_localised"].any()


def test_dispersed_plants_are_told() -> None:
    frame = plants(3, 1, 150)
    at = np.arange(5, 100, 20.0)
    grid = pl.DataFrame({"x": np.repeat(at, 5), "y": np.tile(at, 5)}).with_columns(
        industry=pl.lit("chips"), jobs=1.0
    )
    rows = pl.concat([frame.filter(pl.col("industry") == "other"), grid], how="diagonal")
    found = m_function(rows, "chips", **PLANAR, distances=[4.0, 8, 12, 16], draws=199)
    assert found.table["is_dispersed"].any()
    assert not found.table["is_localised"].any()


def test_order_of_rows_shifts_and_units_do_not_matter() -> None:
    frame = plants(5)
    for measure in (k_density, m_function):
        one = measure(frame, "chips", **PLANAR, size="jobs", draws=19)
        other = measure(
            frame.sample(fraction=1, shuffle=True, seed=4), "chips", **PLANAR, size="jobs", draws=19
        )
        assert one.table.equals(other.table)
        assert one.p_value == other.p_value
        scaled = measure(
            frame.with_columns(jobs=1e9 * pl.col("jobs")), "chips", **PLANAR, size="jobs", draws=19
        )
        assert scaled.table["observed"].to_numpy() == pytest.approx(
            one.table["observed"].to_numpy()
        )
    done: list[tuple[int, int]] = []
    k_density(frame, "chips", **PLANAR, draws=20, progress=lambda *told: done.append(told))
    assert done == [(k, 20) for k in range(1, 21)]


def test_degrees_give_what_a_small_plane_gives() -> None:
    frame = plants(6).with_columns(
        longitude=pl.col("x") / (EARTH_KM * np.pi / 180),
        latitude=pl.col("y") / (EARTH_KM * np.pi / 180),
    )
    grid = np.linspace(1, 50, 10)
    plane = (
        k_density(frame, "chips", **PLANAR, distances=grid, bandwidth=5.0, draws=19)
        .table["observed"]
        .to_numpy()
    )
    globe = (
        k_density(frame, "chips", distances=grid, bandwidth=5.0, draws=19)
        .table["observed"]
        .to_numpy()
    )
    assert globe == pytest.approx(plane, rel=2e-3)


def test_points_without_neighbours_have_a_reason() -> None:
    rows = plants(8, 4, 8)
    found = m_function(rows, "chips", **PLANAR, distances=[1e-6, 30.0], draws=19).table
    assert found["observed"].to_list()[0] is None
    assert found["reason"].to_list() == ["not_defined", None]


def test_the_global_band_holds_whole_curves() -> None:
    rng = np.random.default_rng(0)
    outside_global, outside_local = [], []
    for _ in range(300):
        curves = np.exp(rng.normal(size=(100, 20)).cumsum(axis=1) / 5)  # skewed, of unequal spread
        found = envelope(curves[0], curves[1:], 0.9)
        outside_global.append(
            ((curves[0] > found.global_high) | (curves[0] < found.global_low)).any()
        )
        outside_local.append(((curves[0] > found.local_high) | (curves[0] < found.local_low)).any())
        assert outside_global[-1] == (found.p_value <= 0.1)
    assert np.mean(outside_global) == pytest.approx(0.1, abs=0.05)
    assert np.mean(outside_local) > 0.2  # what local bands alone would have called clustered


FRAME = plants(1)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: k_density(FRAME, "steel", **PLANAR), "few_plants"),
        (
            lambda: k_density(FRAME.with_columns(x=pl.lit(None, pl.Float64)), "chips", **PLANAR),
            "plant_without",
        ),
        (lambda: k_density(FRAME, "chips", x="x", y="y"), "no_degrees"),
        (
            lambda: k_density(FRAME.with_columns(jobs=0.0), "chips", **PLANAR, size="jobs"),
            "plant_of_size",
        ),
        (lambda: k_density(FRAME, "chips", **PLANAR, draws=5), "out_of_bounds"),
        (lambda: k_density(FRAME, "chips", **PLANAR, level=1.0), "bad_level"),
        (lambda: k_density(FRAME, "chips", **PLANAR, bandwidth=0.0), "bad_bandwidth"),
        (lambda: k_density(FRAME.with_columns(x=1.0, y=1.0), "chips", **PLANAR), "bad_distances"),
        (lambda: m_function(FRAME, "chips", **PLANAR, distances=[3, 2]), "bad_distances"),
        (
            lambda: m_function(FRAME.with_columns(industry=pl.lit("chips")), "chips", **PLANAR),
            "no_other_plants",
        ),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.where
    assert caught.value.try_next
