"""Groups against the definition taken one by one, and lineages against their linking."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from firstlight.instruments.emergence.record.groups import (
    each_alone,
    groups_by_overlap,
    lineages,
    shared_documents,
)


def one_by_one(common: np.ndarray, names: list[str], least: float) -> list[int]:
    """The definition, in a loop."""
    sizes = common.diagonal()
    heads: list[int] = []
    groups = [-1] * len(names)
    for row in sorted(range(len(names)), key=lambda row: (-sizes[row], names[row])):
        near = [head for head in heads if common[row, head] >= least * sizes[row]]
        near = [head for head in near if common[row, head] > 0]
        groups[row] = near[0] if near else row
        if not near:
            heads.append(row)
    return groups


@given(st.integers(0, 10_000), st.integers(1, 25), st.sampled_from([0.2, 0.35, 0.6]))
@settings(max_examples=150, deadline=None)
def test_rounds_give_what_the_loop_gives(seed: int, technologies: int, least: float) -> None:
    rng = np.random.default_rng(seed)
    incidence = sparse.csr_matrix(rng.random((40, technologies)) < rng.uniform(0.02, 0.6))
    names = [f"t{row:03d}" for row in rng.permutation(technologies)]
    common = shared_documents(incidence)
    groups = groups_by_overlap(common, names, least_overlap=least)
    assert groups.tolist() == one_by_one(common.toarray(), names, least)


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_order_of_rows_is_no_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    incidence = sparse.csr_matrix(rng.random((30, 15)) < 0.3)
    names = np.array([f"t{row:03d}" for row in range(15)])
    order = rng.permutation(15)
    groups = groups_by_overlap(shared_documents(incidence), names.tolist())
    shuffled = groups_by_overlap(shared_documents(incidence[:, order]), names[order].tolist())
    assert names[order][shuffled].tolist() == names[groups][order].tolist()


def test_chains_do_not_form() -> None:
    # b shares half with a; c shares half with b, which is no head.
    common = sparse.csr_matrix([[10, 4, 0], [4, 8, 3], [0, 3, 6]])
    assert groups_by_overlap(common, ["a", "b", "c"]).tolist() == [0, 0, 2]


def test_a_technology_without_documents_stays_alone() -> None:
    common = shared_documents(sparse.csr_matrix([[1, 0, 0], [1, 0, 0]]))
    assert groups_by_overlap(common, ["a", "b", "c"]).tolist() == [0, 1, 2]
    assert each_alone(3).tolist() == [0, 1, 2]


def test_lineages_link_a_technology_with_its_usual_head() -> None:
    first = (["a", "b", "c", "d"], np.array([0, 0, 2, 3]))
    second = (["d", "c", "b"], np.array([0, 0, 0]))
    third = (["a", "b", "e"], np.array([0, 0, 2]))
    # b stands under a twice and under d once; c under itself and d once each: with itself.
    linked = lineages([first, second, third])
    assert [year.tolist() for year in linked] == [[0, 0, 1, 2], [2, 1, 0], [0, 0, 3]]
    assert lineages([]) == []


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_a_technology_keeps_its_lineage_in_any_order_of_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = np.array([f"t{row}" for row in range(12)])
    years = [(names.tolist(), rng.integers(0, 12, size=12)) for _ in range(4)]
    linked = lineages(years)
    assert all(year.tolist() == linked[0].tolist() for year in linked)
    order = rng.permutation(12)
    place = np.argsort(order)
    shuffled = [(names[order].tolist(), place[groups[order]]) for _, groups in years]
    assert lineages(shuffled)[0].tolist() == linked[0][order].tolist()


def test_groups_that_stay_the_same_are_the_lineages() -> None:
    names, groups = list("abcdef"), np.array([0, 0, 2, 2, 0, 5])
    linked = lineages([(names, groups)] * 3)
    assert linked[1].tolist() == [0, 0, 1, 1, 0, 2]
