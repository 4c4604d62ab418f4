"""Communities: ties by hand, size by granularity, one rule of membership, the same every time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planted_chain import folded, planted, planted_counts
from scipy import sparse
from sklearn.metrics import adjusted_rand_score

from firstlight.instruments.emergence.communities import Communities, communities, members
from firstlight.instruments.emergence.terms import TermCounts
from firstlight.instruments.emergence.vocabulary import Vocabulary, technical_terms


def vocabulary(used: np.ndarray) -> Vocabulary:
    """Of a window of documents (rows) that use terms (columns)."""
    pairs = used.T.astype(float) @ used
    documents = np.diag(pairs).copy()
    np.fill_diagonal(pairs, 0)
    size = used.shape[1]
    names = tuple(f"term{i:03d}" for i in range(size))
    own = np.arange(size)
    return Vocabulary(names, names, own, own, documents, np.zeros(size), sparse.csr_matrix(pairs), len(used))


def blocks(count: int, *, terms: int = 8, documents: int = 12, noise: int = 0, seed: int = 0) -> np.ndarray:
    """Documents of ``count`` topics, each of which uses most terms of its topic and, at times, one of another."""
    rng = np.random.default_rng(seed)
    used = np.zeros((count * documents, count * terms), dtype=bool)
    for row in range(len(used)):
        topic = row // documents
        used[row, topic * terms + rng.choice(terms, terms - 2, replace=False)] = True
        used[row, rng.choice(count * terms, noise, replace=False)] = True
    return used


def test_ties_are_phi_coefficients_up_to_the_roots_of_rest() -> None:
    # 20 documents; a in 8, b in 10, both in 6: (6 - 8*10/20) / sqrt(80) = .2236...
    used = np.zeros((20, 2), dtype=bool)
    used[:8, 0] = True
    used[2:12, 1] = True
    tie = communities(vocabulary(used)).ties.toarray()
    assert np.allclose(tie, [[0, 2 / np.sqrt(80)], [2 / np.sqrt(80), 0]])
    # Times sqrt(N²/((N-a)(N-b))) it is Pearson's correlation of the two columns, the phi coefficient.
    assert np.isclose(tie[0, 1] * 20 / np.sqrt(12 * 10), np.corrcoef(used.T)[0, 1])


def test_pairs_no_more_common_than_chance_or_in_two_documents_are_not_tied() -> None:
    used = np.zeros((20, 4), dtype=bool)
    used[:10, 0], used[5:15, 1] = True, True  # 5 together, 5 expected
    used[16:18, 2], used[16:18, 3] = True, True  # always together, in two documents
    found = communities(vocabulary(used))
    assert found.ties.nnz == 0 and (found.community == -1).all() and (found.centrality == 0).all()


def test_each_term_keeps_its_nearest_and_ties_are_mutual() -> None:
    made = vocabulary(blocks(3, terms=10, noise=2))
    every, near = communities(made, nearest=100).ties.toarray(), communities(made, nearest=2).ties.toarray()
    assert np.array_equal(near, near.T)
    for i, row in enumerate(every):
        own = {j for j in np.lexsort((np.arange(len(row)), -np.round(row, 9)))[:2] if row[j] > 0}
        assert own <= set(np.flatnonzero(near[i]))
        chosen_by = {j for j in np.flatnonzero(near[i]) if i in np.lexsort((np.arange(len(row)), -np.round(every[j], 9)))[:2]}  # fmt: skip
        assert set(np.flatnonzero(near[i])) == own | chosen_by


def test_topics_apart_are_communities_and_centrality_is_a_share_of_the_strongest() -> None:
    found = communities(vocabulary(blocks(5)), granularity=3)
    assert found.community.tolist() == [i // 8 for i in range(40)]
    inside = found.ties.toarray().sum(axis=1)
    for own in range(5):
        block = slice(own * 8, own * 8 + 8)
        assert np.allclose(found.centrality[block], inside[block] / inside[block].max(), atol=5e-5)
        assert found.centrality[block].max() == 1


def test_the_same_every_time_whatever_the_numbers_of_terms() -> None:
    made = vocabulary(blocks(6, noise=3))
    first, again = communities(made), communities(made)
    assert np.array_equal(first.community, again.community) and np.array_equal(first.centrality, again.centrality)
    numbers = first.community[first.community >= 0]
    assert list(dict.fromkeys(numbers.tolist())) == list(range(numbers.max() + 1))


def test_granularity_halves_and_doubles_the_number_roughly() -> None:
    """Terms along a line, documents around a point of it: no size of community is nature's own."""
    rng = np.random.default_rng(3)
    centre, place = rng.uniform(0, 1, 6000), np.linspace(0, 1, 800)
    made = vocabulary(np.abs(centre[:, None] - place[None]) < rng.exponential(0.004, (6000, 800)))
    count = {g: int(communities(made, granularity=g).community.max()) + 1 for g in (0.25, 0.5, 1.0, 2.0, 4.0)}
    assert 25 <= count[1.0] <= 60  # 800 terms, about 20 each
    assert all(1.25 <= count[2 * g] / count[g] <= 2.2 for g in (0.25, 0.5, 1.0, 2.0))
    assert count[4.0] / count[0.25] >= 3


@pytest.fixture(scope="module")
def case() -> tuple[TermCounts, Vocabulary, Communities]:
    counted = planted_counts()
    made = technical_terms(counted.counts, counted.parts, 2014)
    return counted.counts, made, communities(made, granularity=2)


@pytest.mark.parametrize("needed", [1, 2, 3])
def test_membership_equals_a_recount_before_and_after_the_forecast_year(
    case: tuple[TermCounts, Vocabulary, Communities], needed: int
) -> None:
    counts, made, found = case
    belongs = members(counts, made, found, needed=needed).toarray()
    dense = counts.incidence.toarray() > 0
    size = int(found.community.max()) + 1
    for row in range(0, len(dense), 7):
        terms = {int(s) for c, s in zip(made.columns, made.slots, strict=True) if dense[row, c]}
        used = np.bincount([found.community[t] for t in terms if found.community[t] >= 0], minlength=size)
        assert np.array_equal(belongs[row], used >= needed)
    end = int(np.searchsorted(counts.years, 2015))
    assert np.array_equal(members(counts, made, found, end, needed=needed).toarray(), belongs[:end])
    assert belongs[end:].sum() > 0
    assert np.array_equal(members(counts, made, replace(found, needed=needed)).toarray(), belongs)


def test_an_acronym_and_its_long_form_are_one_term_of_a_member() -> None:
    terms = ("deep learning", "dl", "laser")
    incidence = sparse.csr_matrix(np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=np.uint8))
    counted = planted_counts().counts
    counts = replace(counted, terms=terms, incidence=incidence, years=np.array([2001] * 3, dtype=np.int32))
    names = ("deep learning", "laser")
    made = Vocabulary(names, names, np.arange(3), np.array([0, 0, 1]), np.ones(2), np.zeros(2), sparse.csr_matrix((2, 2)), 3)  # fmt: skip
    found = Communities(np.zeros(2, dtype=np.int64), np.ones(2), sparse.csr_matrix((2, 2)), 2)
    assert members(counts, made, found).toarray().ravel().tolist() == [0, 1, 1]


@pytest.mark.slow
def test_planted_terms_fall_into_their_technologies(case: tuple[TermCounts, Vocabulary, Communities]) -> None:
    truth = {folded(term): owner for term, owner in planted().communities(2014).items()}
    found = {t: str(c) for t, c in zip(case[1].terms, case[2].community, strict=True) if c >= 0}
    known = sorted(found.keys() & truth.keys())
    agreement = adjusted_rand_score([truth[term] for term in known], [found[term] for term in known])
    assert agreement > 0.85  # .894: two that are about to merge are one already
