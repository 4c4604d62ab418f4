"""Measures of recovery: worked values, brute force, and what must not matter."""

from __future__ import annotations

import itertools
from math import comb, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.emergence.recovery import adjusted_rand, births_recovered, match_technologies

WORDS = st.sets(st.sampled_from("abcdefgh"), max_size=5)
NAMED = st.dictionaries(st.sampled_from(["p", "q", "r", "s"]), WORDS, max_size=4)


def jaccard(one: set[str], two: set[str]) -> float:
    return len(one & two) / len(one | two) if one & two else 0.0


@given(found=NAMED, planted=NAMED)
def test_matching_is_the_best_of_all_assignments(found: dict[str, set[str]], planted: dict[str, set[str]]) -> None:
    match = match_technologies(found, planted)
    small, large = sorted((found, planted), key=len)
    best = max(
        sum(jaccard(small[a], large[b]) for a, b in zip(small, order, strict=True))
        for order in itertools.permutations(large, len(small))
    )
    assert np.isclose(sum(match.overlap.values()), best)
    assert len(set(match.pairs.values())) == len(match.pairs)
    assert {*match.pairs, *match.unmatched_found} == set(found)
    assert {*match.pairs.values(), *match.unmatched_planted} == set(planted)
    assert match == match_technologies(dict(reversed(found.items())), dict(reversed(planted.items())))


def test_a_threshold_leaves_weak_pairs_unmatched() -> None:
    found, planted = {"x": {"a", "b"}, "y": {"c", "d", "e"}}, {"one": {"a", "b"}, "two": {"c", "f", "g"}}
    assert match_technologies(found, planted).overlap == {"x": 1.0, "y": 0.2}
    strict = match_technologies(found, planted, least_overlap=0.5)
    assert (strict.pairs, strict.unmatched_found, strict.unmatched_planted) == ({"x": "one"}, ("y",), ("two",))
    with pytest.raises(InputError):
        match_technologies(found, planted, least_overlap=2)


def test_births_by_hand() -> None:
    found = {"f1": 2004, "f2": 2010, "f3": 2007, "f4": 2001}
    planted = {"p1": 2003, "p2": 2007, "p3": 2007, "p5": 2012}
    pairs = {"f1": "p1", "f2": "p2", "f3": "p3"}
    result = births_recovered(found, planted, pairs=pairs, tolerance=1)
    assert (result.precision, result.recall) == (0.5, 0.5)
    assert (result.hits, result.false_alarms, result.missed) == (("f1", "f3"), ("f2", "f4"), ("p2", "p5"))
    assert result.lag_years == {"f1": 1, "f3": 0}
    assert births_recovered(found, planted, pairs=pairs, tolerance=3).recall == 0.75
    assert births_recovered(planted, planted, tolerance=0).precision == 1.0


def test_births_of_nothing_are_undefined_and_shared_matches_refused() -> None:
    nothing = births_recovered({}, {"p": 2000})
    assert isnan(nothing.precision) and nothing.recall == 0.0
    assert isnan(births_recovered({"f": 2000}, {}).recall)
    with pytest.raises(InputError):
        births_recovered({"a": 1, "b": 1}, {"p": 1}, pairs={"a": "p", "b": "p"})
    with pytest.raises(InputError):
        births_recovered({}, {}, tolerance=-1)


LABELS = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("uvw")), min_size=2, max_size=12)


@given(LABELS)
def test_adjusted_rand_is_hubert_and_arabies_formula(labels: list[tuple[str, str]]) -> None:
    found = {str(k): a for k, (a, _) in enumerate(labels)}
    planted = {str(k): b for k, (_, b) in enumerate(labels)}
    cells, rows, columns = (
        sum(comb(listed.count(v), 2) for v in set(listed))
        for listed in (labels, [a for a, _ in labels], [b for _, b in labels])
    )
    chance = rows * columns / comb(len(labels), 2)
    top = (rows + columns) / 2
    expected = 1.0 if top == chance else (cells - chance) / (top - chance)
    assert np.isclose(adjusted_rand(found, planted).adjusted_rand, expected)
    renamed = {term: f"community {label}" for term, label in reversed(found.items())}
    assert adjusted_rand(renamed, planted) == adjusted_rand(found, planted)


def test_adjusted_rand_counts_what_it_leaves_out() -> None:
    agreement = adjusted_rand({"a": "1", "z": "1"}, {"a": "x", "b": "y"})
    assert isnan(agreement.adjusted_rand)
    assert (agreement.shared, agreement.only_found, agreement.only_planted, agreement.coverage) == (1, 1, 1, 0.5)
    assert isnan(adjusted_rand({}, {}).coverage)
