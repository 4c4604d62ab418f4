"""Sums among rows of counts are found where they were planted, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.instruments.emergence.counts.containment import containers, dominates

YEARS = 20


def drawn(size: int, seed: int, years: int = YEARS) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = rng.lognormal(4, 1, (size, 1)) * np.exp(
        rng.normal(0.05, 0.05, (size, 1)) * np.arange(years)
    )
    return rng.poisson(level).astype(np.float64)


def names(size: int) -> list[str]:
    return [f"entity {number:04d}" for number in range(size)]


@given(seed=st.integers(0, 200), size=st.integers(2, 30), place=st.integers(0, 30))
@pytest.mark.slow
def test_the_sum_of_all_others_is_found_wherever_it_stands(
    seed: int, size: int, place: int
) -> None:
    counts = drawn(size, seed) + 2
    row = min(place, size)
    with_total = np.insert(counts, row, counts.sum(axis=0), axis=0)
    found = containers(with_total, names(size + 1), [None] * (size + 1))
    assert [(one.row, one.rule) for one in found] == [(row, "all")]
    assert set(found[0].members) == set(range(size + 1)) - {row}


@given(seed=st.integers(0, 100), size=st.sampled_from([3, 12, 40, 120]))
@pytest.mark.slow
def test_nothing_is_found_where_nothing_was_planted(seed: int, size: int) -> None:
    assert containers(drawn(size, seed), names(size), [None] * size) == ()


def test_one_document_too_many_is_no_sum() -> None:
    counts = drawn(12, 1) + 2
    total = counts.sum(axis=0)
    total[3] += 1
    assert containers(np.vstack([counts, total]), names(13), [None] * 13) == ()


@pytest.mark.parametrize("years", [15, 30])
def test_a_union_among_its_members_and_others(years: int) -> None:
    """Both with more years than places and with fewer."""
    counts = drawn(20, 5, years) + 1
    union = counts[:7].sum(axis=0)
    found = containers(np.vstack([counts, union]), names(21), [None] * 21)
    assert [(one.row, one.rule, set(one.members)) for one in found] == [(20, "some", set(range(7)))]


def test_continents_and_the_world() -> None:
    counts = drawn(18, 6, 40) + 1
    continents = [counts[:6].sum(axis=0), counts[6:12].sum(axis=0), counts[12:].sum(axis=0)]
    rows = np.vstack([counts, *continents, counts.sum(axis=0)])
    found = {one.row: one for one in containers(rows, names(22), [None] * 22)}
    assert set(found) == {18, 19, 20, 21}
    assert set(found[19].members) == set(range(6, 12))


def test_the_total_of_a_parent() -> None:
    counts = drawn(8, 7) + 1
    rows = np.vstack([counts, counts[:4].sum(axis=0)])
    found = containers(rows, names(9), ["a"] * 4 + ["b"] * 4 + ["a"])
    assert [(one.row, one.rule, one.members) for one in found] == [(8, "parent", (0, 1, 2, 3))]


def test_a_path_is_a_sum_by_its_name_though_its_parts_overlap() -> None:
    counts = drawn(3, 8) + 1
    whole = counts.max(axis=0) + 1
    paths = ["World -> Asia -> Japan", "World -> Asia -> India", "Graphene", "World -> Asia"]
    found = containers(np.vstack([counts, whole]), paths, [None] * 4)
    assert [(one.row, one.rule, one.members) for one in found] == [(3, "path", (0, 1))]
    assert containers(np.vstack([counts, whole * 0 + 1]), paths, [None] * 4) == ()


def test_duplicates_are_no_sums() -> None:
    counts = drawn(5, 9) + 1
    assert containers(np.vstack([counts, counts[0]]), names(6), [None] * 6) == ()


def test_rounded_fractions_still_add_up() -> None:
    counts = np.round(drawn(9, 10) / 7, 2) + 0.5
    exact = drawn(9, 10) / 7 + 0.5
    rows = np.vstack([counts, np.round(exact.sum(axis=0), 2)])
    assert [one.rule for one in containers(rows, names(10), [None] * 10)] == ["all"]


def test_dominates_needs_every_column() -> None:
    counts = np.array([[5.0, 5], [4, 6], [1, 1]])
    assert (
        dominates(counts, 0, [2])
        and not dominates(counts, 0, [1, 2])
        and not dominates(counts, 0, [])
    )
