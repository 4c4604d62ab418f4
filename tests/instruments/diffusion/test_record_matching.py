"""Matching across records: planted technologies find themselves, those taken out find nobody, chance is what it says."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.diffusion.record_matching import match_records, same_company
from firstlight.instruments.emergence.known_terms import KnownTerms, look_up
from firstlight.sample.planted import PlantedCorpus, planted_corpus


@cache
def halves() -> tuple[PlantedCorpus, pl.DataFrame, pl.DataFrame, set[str]]:
    """A planted corpus cut at random in two; a third of the technologies is taken out of the second."""
    corpus = planted_corpus(technologies=24, years=(2005, 2012), documents_per_year=(500, 900), seed=11)
    rng = np.random.default_rng(1)
    gone = set(rng.choice(corpus.technologies["technology_id"].to_list(), 8, replace=False).tolist())
    mentions = corpus.membership.filter(pl.col("technology_id").is_in(list(gone)))["id"].to_list()
    first = pl.Series(rng.random(corpus.documents.height) < 0.5)
    second = corpus.documents.filter(~first).filter(~pl.col("id").is_in(mentions))
    return corpus, corpus.documents.filter(first), second, gone


@cache
def looked_up() -> tuple[KnownTerms, KnownTerms]:
    corpus, first, second, _ = halves()
    rows = [(name, term) for name, terms in corpus.term_sets().items() for term in sorted(terms)]
    terms = pl.DataFrame(rows, schema=["technology", "term"], orient="row").with_columns(weight=pl.lit(1.0))
    one, two = (look_up(terms, [half]) for half in (first, second))
    return one, two


def units(found: KnownTerms) -> pl.DataFrame:
    """Each technology as its terms in one record, weighted by the documents there."""
    used = found.uses.filter(pl.col("documents_count") >= 3)
    return used.select(pl.col("technology").alias("unit"), "term", weight=pl.col("documents_count").sqrt())


def test_planted_technologies_are_matched_and_those_taken_out_are_not() -> None:
    *_, gone = halves()
    one, two = looked_up()
    left, right = units(one), units(two).filter(~pl.col("unit").is_in(list(gone)))
    found = match_records(left, right.with_columns(unit="other " + pl.col("unit")))
    matched = found.pairs.filter("is_match")
    right_pairs = matched.filter("other " + pl.col("left") == pl.col("right"))
    partners = left["unit"].n_unique() - len(gone)
    assert right_pairs.height >= 0.9 * partners  # recall
    assert right_pairs.height >= 0.9 * matched.height  # precision; the base rate is 1 in 16
    assert found.base_rate == pytest.approx(1 / right["unit"].n_unique())
    assert found.pairs.filter(pl.col("left").is_in(list(gone)) & (pl.col("rank") == 1))["is_match"].mean() <= 0.25
    assert found.expected_false <= 0.05 * left["unit"].n_unique() + 1


def test_unrelated_records_match_nothing() -> None:
    rng = np.random.default_rng(2)

    def record(offset: int) -> pl.DataFrame:
        rows = [(f"u{u}", f"w{offset + t}", 1.0) for u in range(30) for t in rng.choice(300, 15, replace=False)]
        return pl.DataFrame(rows, schema=["unit", "term", "weight"], orient="row")

    same_words = match_records(record(0), record(0))
    assert same_words.pairs["is_match"].sum() <= 3  # 5% of 30 would be 1.5
    other_words = match_records(record(0), record(1000))
    assert not other_words.pairs["is_match"].any() and np.isnan(other_words.threshold)


def test_p_values_of_permuted_units_are_uniform() -> None:
    """Left units drawn as the null draws them have a best p below .1 in a tenth of cases."""
    rng = np.random.default_rng(3)
    rows = [(f"u{u:02}", f"w{t}", 1.0) for u in range(60) for t in rng.choice(400, 12, replace=False)]
    frame = pl.DataFrame(rows, schema=["unit", "term", "weight"], orient="row")
    left, right = frame.filter(pl.col("unit") < "u30"), frame.filter(pl.col("unit") >= "u30")
    p = match_records(left, right, most=1).pairs["p_value"].to_numpy()
    assert abs((p < 0.1).mean() - 0.1) < 0.15


def test_a_unit_may_match_several_and_order_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    rows = [(f"u{u}", f"w{u}-{t}", 1.0) for u in range(12) for t in range(10)]
    left = pl.DataFrame(rows, schema=["unit", "term", "weight"], orient="row")
    twice = pl.concat([left.with_columns(unit=pl.col("unit") + mark) for mark in ("a", "b")])
    found = match_records(left, twice)
    both = found.pairs.filter("is_match").group_by("left").len()
    assert both["len"].to_list() == [2] * 12
    shuffled = match_records(left[rng.permutation(left.height)], twice[rng.permutation(twice.height)])
    assert shuffled.pairs.equals(found.pairs)


def test_weights_of_the_whole_scale_do_not_matter() -> None:
    one, two = looked_up()
    found = match_records(units(one), units(two))
    scaled = match_records(units(one).with_columns(pl.col("weight") * 7), units(two))
    assert scaled.pairs["right"].to_list() == found.pairs["right"].to_list()
    assert np.allclose(scaled.pairs["score"], found.pairs["score"], atol=2e-4)


def test_nothing_to_match_is_no_error() -> None:
    empty = pl.DataFrame(schema={"unit": pl.String, "term": pl.String, "weight": pl.Float64})
    found = match_records(empty, empty)
    assert found.pairs.height == 0 and np.isnan(found.threshold)


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        (pl.DataFrame({"unit": ["a"], "term": ["x"]}), "weight"),
        (pl.DataFrame({"unit": ["a"], "term": ["x"], "weight": [0.0]}), "'a', 'x'"),
        (pl.DataFrame({"unit": ["a"], "term": ["x"], "weight": [None]}), "'a', 'x'"),
    ],
)
def test_units_that_can_not_be_used_are_named(frame: pl.DataFrame, word: str) -> None:
    good = pl.DataFrame({"unit": ["b"], "term": ["x"], "weight": [1.0]})
    with pytest.raises(InputError, match=word):
        match_records(frame.cast({"weight": pl.Float64}) if "weight" in frame.columns else frame, good)


def profile(found: KnownTerms) -> np.ndarray:
    whole = np.concatenate([[found.totals.sum()], found.documents])
    return np.vstack([whole, np.column_stack([found.counts.sum(axis=1), found.company])])


def own_terms(found: KnownTerms) -> np.ndarray:
    number = {name: i for i, name in enumerate(found.technologies)}
    place = {term: i for i, term in enumerate(found.terms)}
    own = np.zeros(found.company.shape)
    for technology, term in found.uses.select("technology", "term").iter_rows():
        own[number[technology], place[term]] = 1
    return own


def communities(seed: int, swapped: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two records of 40 technologies with company of their own; swapped: in the second the words mean something else."""
    rng = np.random.default_rng(seed)
    size, words = 40, 200
    company = rng.dirichlet(np.full(words, 0.05), size)
    other = company[rng.permutation(size)] if swapped else company
    own = np.concatenate([np.eye(size), np.zeros((size, words))], axis=1)

    def record(shares: np.ndarray) -> np.ndarray:
        members = rng.integers(20, 60, size)
        beside = rng.poisson(shares * members[:, None] * 3)
        part = np.concatenate([np.diag(members), np.minimum(beside, members[:, None])], axis=1)
        return np.vstack([[5000, *(part.sum(axis=0) + 20)], np.column_stack([members, part])]).astype(float)

    return record(company), record(other), own


def test_the_same_company_is_known_and_another_meaning_is_at_chance() -> None:
    same, swapped = (same_company(*communities(5, swap)) for swap in (False, True))
    assert np.mean(same.p_value <= 0.05) > 0.95
    many = np.concatenate([same_company(*communities(seed, True)).p_value for seed in range(6, 16)])
    assert abs(np.mean(many <= 0.05) - 0.05) < 0.04  # 400 places, each twentieth by chance
    assert np.nanmean(swapped.rank) > 10


def test_own_terms_say_nothing() -> None:
    first, second, own = communities(5, True)
    more = second.copy()
    more[1:, 1:41] *= 5
    assert np.array_equal(same_company(first, more, own).rank, same_company(first, second, own).rank)


def test_planted_technologies_keep_their_company_and_absent_ones_have_none() -> None:
    *_, gone = halves()
    one, two = looked_up()
    found = same_company(profile(one), profile(two), own_terms(one))
    there = np.array([name not in gone for name in one.technologies])
    assert np.isnan(found.p_value[~there]).all() or np.nansum(two.counts[~there]) < 10
    assert np.isfinite(found.p_value[there]).all()


def test_profiles_that_do_not_fit_are_named() -> None:
    with pytest.raises(InputError, match="do not fit"):
        same_company(np.ones((3, 4)), np.ones((3, 5)), np.ones((2, 3)))
