"""Themes hold what shares documents, places on the map are near in them, and both are the same
every time."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.instruments.emergence.technologies.themes import (
    belonging,
    positions,
    theme_table,
    themes,
)


def cliques(*sizes: int, between: float = 0.0) -> pl.DataFrame:
    """Links of groups that are linked within, and each with the next by a weak link."""
    rows, start = [], 0
    for size in sizes:
        inside = range(start, start + size)
        rows += [(one, other, 0.5) for one in inside for other in inside if one != other]
        start += size
    starts = np.cumsum([0, *sizes[:-1]])
    for one, other in pairwise(starts):
        if between:
            rows += [(int(one), int(other), between), (int(other), int(one), between)]
    schema = {"technology": pl.Int64, "other": pl.Int64, "weight": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_groups_are_themes_from_the_largest_down() -> None:
    found = themes(cliques(4, 6, 5, between=0.05), 15)
    assert found.tolist() == [2] * 4 + [0] * 6 + [1] * 5


def test_small_groups_and_lonely_ones_have_no_theme() -> None:
    assert themes(cliques(4, 2), 8).tolist() == [0] * 4 + [-1] * 4
    assert themes(cliques(), 3).tolist() == [-1] * 3
    assert themes(cliques(), 0).tolist() == []


def test_equal_themes_go_by_their_first_member() -> None:
    assert themes(cliques(4, 4, 4), 12).tolist() == [0] * 4 + [1] * 4 + [2] * 4


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_the_order_of_links_is_no_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    links = cliques(5, 4, 6, between=0.1)
    shuffled = links[rng.permutation(links.height)]
    assert themes(shuffled, 15).tolist() == themes(links, 15).tolist()


def test_places_are_in_the_unit_square_and_near_within_a_theme() -> None:
    links = cliques(8, 9, 7, 6, between=0.02)
    theme = themes(links, 31)
    place = positions(links, theme)
    assert place.shape == (31, 2) and np.isfinite(place).all()
    assert place.min() == 0 and place.max() == 1
    distance = np.linalg.norm(place[:, None] - place[None], axis=2)
    same = (theme[:, None] == theme) & (theme >= 0)
    np.fill_diagonal(same, False)
    apart = (theme[:, None] != theme) & (theme >= 0) & (theme[:, None] >= 0)
    assert distance[same].mean() < 0.5 * distance[apart].mean()
    assert np.unique(place, axis=0).shape == place.shape


def test_a_theme_that_is_too_large_falls_into_its_parts() -> None:
    """Cliques in a chain, which modularity alone joins (its limit of resolution)."""
    sizes = [5] * 200
    theme = themes(cliques(*sizes, between=0.4), sum(sizes))
    assert np.bincount(theme).max() <= 100 and theme.min() >= 0
    for k in range(200):
        assert len(set(theme[5 * k : 5 * (k + 1)].tolist())) == 1


@pytest.mark.parametrize("size", [0, 1, 2])
def test_few_technologies_have_places(size: int) -> None:
    links = cliques()
    place = positions(links, themes(links, size))
    assert place.shape == (size, 2) and np.isfinite(place).all()


def test_a_theme_is_named_after_its_largest_name_that_says_something() -> None:
    names = ["market", "game theory", "auction", "5G", "service", "RL", "laser", "optics"]
    described = pl.DataFrame(
        {"name": names, "documents_count": [90, 20, 30, 5, 80, 60, 9, 7]}
    ).with_columns(share=pl.lit(0.01), growth_five_years=pl.lit(0.0))
    theme = np.array([0, 0, 0, 0, 1, 1, 2, 2])
    table, each = theme_table(theme, np.ones(8), described, list(range(8)))
    assert table["name"].to_list() == ["game theory", "RL", "laser"]
    assert each["theme"].to_list()[-1] == "laser"


def test_what_goes_with_everything_names_no_theme() -> None:
    described = pl.DataFrame(
        {
            "name": ["steady state", "Kalman filter", "clutter"],
            "documents_count": [100, 40, 10],
            "share": [0.3, 0.2, 0.1],
            "growth_five_years": [0.0, 0.0, 0.0],
        }
    )
    belongs = np.array([0.3, 0.8, 1.0])  # 100 x .09 = 9, 40 x .64 = 25.6
    table, _ = theme_table(np.zeros(3, dtype=np.int64), belongs, described, [0, 1, 2])
    assert table["name"].to_list() == ["Kalman filter"]


def test_a_technology_belongs_by_the_links_that_stay_in_its_theme() -> None:
    links = pl.DataFrame(
        {"technology": [0, 0, 1, 2], "other": [1, 2, 0, 0], "weight": [3.0, 1.0, 3.0, 1.0]}
    )
    theme = np.array([0, 0, 1, -1])
    assert belonging(links, theme).tolist() == [0.75, 1.0, 0.0, 0.0]
