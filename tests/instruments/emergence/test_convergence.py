"""The term network by hand, what later documents join, and pairs drawn from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.emergence.convergence import (
    TermNetwork,
    draw_pairs,
    is_linked,
    later_links,
    term_network,
)
from firstlight.instruments.emergence.terms import TermCounts
from firstlight.instruments.emergence.vocabulary import Vocabulary

TERMS = "abcde"
# year -> documents, each the terms it uses
BY_HAND = {
    2000: ["ab", "ab"],
    2003: ["bc", "cd"],
    2004: ["bd", "e"],
    2005: ["ac", "ac", "ac", "ab"],
    2006: ["ad"],
}


def counted(by_year: dict[int, Sequence[str]]) -> tuple[TermCounts, Vocabulary]:
    """Counts whose terms are single letters, every one of them technical."""
    rows = [(year, document) for year in sorted(by_year) for document in by_year[year]]
    dense = np.array([[letter in document for letter in TERMS] for _, document in rows], dtype=np.uint8)
    years = np.array([year for year, _ in rows], dtype=np.int32)
    counts = TermCounts(tuple(TERMS), sparse.csr_matrix(dense), years, pl.DataFrame(), pl.DataFrame(), 1)
    every = np.arange(len(TERMS))
    none = np.zeros(len(TERMS))
    vocabulary = Vocabulary(tuple(TERMS), tuple(TERMS), every, every, none, none, sparse.csr_matrix((5, 5)), len(rows))
    return counts, vocabulary


@pytest.fixture(scope="module")
def by_hand() -> tuple[TermCounts, Vocabulary, TermNetwork]:
    counts, vocabulary = counted(BY_HAND)
    return counts, vocabulary, term_network(counts, vocabulary, 2004)


def test_the_network_counts_documents_that_use_both(by_hand: tuple[TermCounts, Vocabulary, TermNetwork]) -> None:
    network = by_hand[2]
    expected = np.zeros((5, 5))
    for pair, documents in {"ab": 2, "bc": 1, "cd": 1, "bd": 1}.items():
        i, j = (TERMS.index(letter) for letter in pair)
        expected[i, j] = expected[j, i] = documents
    assert network.together.toarray().tolist() == expected.tolist()
    assert network.degree.tolist() == [1, 3, 2, 2, 0]
    assert network.documents.tolist() == [2, 4, 2, 2, 1]
    assert network.recent_documents.tolist() == [0, 2, 2, 2, 1]  # 2003 and 2004
    assert network.recent.nnz == 6
    assert network.gained[1].tolist() == [0, 1, 0, 1, 0]  # b-d in 2004
    assert network.gained[3].tolist() == [0, 2, 2, 2, 0]  # since the end of 2001
    assert network.company_size.tolist() == [2, 2, 2, 2, 1]
    assert network.window_count == 6


def test_later_links_hold_pairs_that_were_not_linked(by_hand: tuple[TermCounts, Vocabulary, TermNetwork]) -> None:
    counts, vocabulary, network = by_hand
    assert later_links(counts, vocabulary, network, 1).toarray()[0].tolist() == [0, 0, 3, 0, 0]  # a-b was linked
    assert later_links(counts, vocabulary, network, 2).toarray()[0].tolist() == [0, 0, 3, 1, 0]
    with pytest.raises(InputError, match=r"2004 \+ 3"):
        later_links(counts, vocabulary, network, 3)
    with pytest.raises(InputError, match="no document of 2002"):
        term_network(counts, vocabulary, 2002)


@pytest.mark.parametrize(
    ("documents", "degree", "candidates", "joined"),
    # ten pairs, four linked; of degree 1 there are a, b, c, d; of degree 2 b, c, d, all linked
    [(1, 0, 6, 2), (3, 0, 6, 1), (1, 1, 2, 2), (3, 1, 2, 1), (1, 2, 0, 0)],
)
def test_candidates_and_joined_pairs_by_weight_and_degree(
    by_hand: tuple[TermCounts, Vocabulary, TermNetwork], documents: int, degree: int, candidates: int, joined: int
) -> None:
    counts, vocabulary, network = by_hand
    later = later_links(counts, vocabulary, network, 2)
    drawn = draw_pairs(network, later, least_documents=documents, least_degree=degree)
    assert (drawn.candidates, drawn.joined) == (candidates, joined)
    assert len(drawn.first) == candidates  # so few that all are drawn
    assert not is_linked(network, drawn.first, drawn.second).any()
    assert drawn.weights().sum() == candidates


letters = st.sets(st.sampled_from(TERMS), max_size=4).map("".join)
records = st.fixed_dictionaries({year: st.lists(letters, min_size=1, max_size=6) for year in (2000, 2003, 2004, 2005)})


@settings(max_examples=60, deadline=None)
@given(records, st.integers(1, 2), st.integers(0, 2), st.randoms(use_true_random=False))
def test_pairs_agree_with_a_count_by_hand_in_any_order_of_documents(by_year, documents, degree, random) -> None:
    counts, vocabulary = counted(by_year)
    network = term_network(counts, vocabulary, 2004)
    past = [own for year in (2000, 2003, 2004) for own in by_year[year]]
    linked = {(i, j) for i in TERMS for j in TERMS if i < j and any({i, j} <= set(own) for own in past)}
    able = [i for i in TERMS if sum(i in pair for pair in linked) >= degree]
    candidates = [(i, j) for i in able for j in able if i < j and (i, j) not in linked]
    joined = [p for p in candidates if sum(set(p) <= set(own) for own in by_year[2005]) >= documents]
    drawn = draw_pairs(
        network, later_links(counts, vocabulary, network, 1), least_documents=documents, least_degree=degree
    )
    own = [(TERMS[i], TERMS[j]) for i, j in zip(drawn.first, drawn.second, strict=True)]
    assert sorted(own) == sorted(candidates)
    assert {pair for pair, is_joined in zip(own, drawn.is_joined, strict=True) if is_joined} == set(joined)
    mixed = {year: random.sample(rows, len(rows)) for year, rows in by_year.items()}
    again = term_network(*counted(mixed), 2004)
    assert (again.together != network.together).nnz == 0
    assert again.gained[1].tolist() == network.gained[1].tolist()


def test_drawn_pairs_stand_for_all() -> None:
    """Few of many: distinct, unlinked, apart by outcome, and their weights count every pair."""
    rng = np.random.default_rng(4)
    size = 300
    upper = sparse.triu(sparse.random(size, size, 0.05, random_state=1, format="csr"), 1)
    upper.data[:] = 1
    links = sparse.csr_matrix(upper + upper.T)
    later = sparse.triu(sparse.random(size, size, 0.05, random_state=2, format="csr"), 1).tolil()
    later[upper.nonzero()] = 0
    later = sparse.csr_matrix(later)
    later.data[:] = rng.integers(1, 5, later.nnz)
    later.eliminate_zeros()
    none = np.zeros(size)
    network = TermNetwork(
        2004,
        tuple(f"{i:03d}" for i in range(size)),
        links,
        links,
        none,
        none,
        {1: none, 3: none},
        none,
        np.zeros((size, 0)),
        np.zeros(0),
        10,
    )
    drawn = draw_pairs(network, later, least_documents=2, most_joined=200, most_others=500)
    assert len(drawn.first) == 700
    assert (drawn.first < drawn.second).all()
    assert len({*zip(drawn.first.tolist(), drawn.second.tolist(), strict=True)}) == 700
    weight = np.asarray(later[drawn.first, drawn.second]).ravel()
    assert ((weight >= 2) == drawn.is_joined).all()
    assert not is_linked(network, drawn.first, drawn.second).any()
    assert drawn.candidates == size * (size - 1) // 2 - upper.nnz
    assert drawn.joined == (later.data >= 2).sum()
    assert drawn.weights().sum() == pytest.approx(drawn.candidates)
    assert np.average(drawn.is_joined, weights=drawn.weights()) == pytest.approx(drawn.base_rate)
