"""Atypical combinations: exact moments, the shuffled null beside the formula, planted novelty, bad
input named."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import hypergeom, spearmanr

from firstlight.errors import InputError
from firstlight.instruments.networks.contribution_profile.atypical_combinations import (
    atypical_combinations,
    pair_scores,
    shuffled_terms,
)


def random_works(seed: int, works: int = 400, terms: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Terms by popularity, works of two to six terms: nothing planted."""
    rng = np.random.default_rng(seed)
    chance = 1 / np.arange(1, terms + 1) ** 0.7
    rows = [
        (w, t)
        for w in range(works)
        for t in sorted(
            rng.choice(terms, rng.integers(2, 7), replace=False, p=chance / chance.sum())
        )
    ]
    return np.array(rows).T[0], np.array(rows).T[1]


def as_frame(work: np.ndarray, term: np.ndarray, year: int = 2000) -> pl.DataFrame:
    return pl.DataFrame(
        {"work": [f"w{k:04d}" for k in work], "term": [f"t{k:02d}" for k in term], "year": year}
    )


def test_expected_pairs_add_up_to_those_there_are() -> None:
    work, term = random_works(0)
    d, k = np.bincount(term), np.bincount(work)
    low, high, seen, mean, z = pair_scores(work, term)
    scale = mean[0] / (d[low[0]] * d[high[0]])
    whole = sum(scale * d[a] * d[b] for a, b in combinations(range(len(d)), 2))
    assert whole == pytest.approx((k * (k - 1) / 2).sum()) == pytest.approx(seen.sum())
    together = sum(1 for w in range(len(k)) if {low[3], high[3]} <= set(term[work == w].tolist()))
    assert together == seen[3]
    # the variance is the hypergeometric's, scaled to this mean
    a, b, n = int(d[low[3]]), int(d[high[3]]), len(k)
    own = hypergeom(n, a, b)
    assert ((seen[3] - mean[3]) / z[3]) ** 2 == pytest.approx(own.var() * mean[3] / own.mean())


def test_shuffled_terms_keep_both_numbers() -> None:
    work, term = random_works(1)
    dealt = shuffled_terms(work, term, np.random.default_rng(0))
    assert (np.bincount(dealt) == np.bincount(term)).all() and not (dealt == term).all()
    assert len({*zip(work.tolist(), dealt.tolist(), strict=True)}) == len(work)
    with pytest.raises(InputError) as wrong:
        shuffled_terms(np.array([0, 0]), np.array([1, 1]), np.random.default_rng(0), 5)
    assert wrong.value.code == "no_random_deal"


def test_the_formula_is_near_the_shuffled_null() -> None:
    frame = as_frame(*random_works(2))
    one = atypical_combinations(frame)
    two = atypical_combinations(frame, null="randomised", draws=400)
    both = one.pairs.join(two.pairs, on=["term_1", "term_2"], suffix="_drawn").filter(
        pl.col("expected_count_drawn") > 2
    )
    assert both.height > 100
    ratio = (both["expected_count"] / both["expected_count_drawn"]).to_numpy()
    assert np.abs(ratio - 1).mean() < 0.08
    assert spearmanr(both["z_score"], both["z_score_drawn"]).statistic > 0.95
    assert float(np.abs((both["z_score"] - both["z_score_drawn"]).to_numpy()).mean()) < 0.3


def test_planted_novelty_is_found() -> None:
    """Two fields that never meet, and ten works that join them."""
    rng = np.random.default_rng(3)
    rows = [
        (f"w{w:03d}", f"{'ab'[w % 2]}{t}")
        for w in range(400)
        for t in rng.choice(12, 4, replace=False)
    ]
    rows += [
        (f"x{w}", f"{side}{t}")
        for w in range(10)
        for side in "ab"
        for t in rng.choice(12, 2, replace=False)
    ]
    found = atypical_combinations(
        pl.DataFrame(rows, schema=["work", "term"], orient="row"), year=None
    ).table
    planted = pl.col("work").str.starts_with("x")
    assert found.filter(planted)["is_novel"].all()
    assert found.filter(planted)["tail_z"].max() < found.filter(~planted)["tail_z"].min()


def test_years_are_apart_and_order_does_not_matter() -> None:
    early, late = (
        as_frame(*random_works(4), 2000),
        as_frame(*random_works(5), 2001).with_columns(work="v" + pl.col("work")),
    )
    whole = pl.concat([early, late])
    found = atypical_combinations(whole)
    assert found.table.filter(pl.col("year") == 2000).equals(atypical_combinations(early).table)
    assert atypical_combinations(whole.sample(fraction=1, shuffle=True, seed=1)).table.equals(
        found.table
    )
    again = atypical_combinations(early, null="randomised", seed=3)
    mixed = early.sample(fraction=1, shuffle=True, seed=2)
    assert atypical_combinations(mixed, null="randomised", seed=3).table.equals(again.table)


def test_a_work_of_one_term_says_so_and_a_term_of_all_works_leaves_no_room() -> None:
    rows = pl.DataFrame({"work": list("abbcc"), "term": ["x", "x", "y", "x", "z"]})
    found = atypical_combinations(rows, year=None).table
    assert found["reason"].to_list() == ["one_term", "no_chance", "no_chance"]
    assert found["tail_z"].null_count() == 3


def test_bad_input_is_named() -> None:
    rows = pl.DataFrame({"work": ["a", "a"], "term": ["x", "y"], "year": [2000, 2001]})
    with pytest.raises(InputError) as wrong:
        atypical_combinations(rows)
    assert wrong.value.code == "several_values" and wrong.value.values["name"].value == "a"
    options: tuple[tuple[dict[str, Any], str], ...] = (
        ({"null": "none"}, "no_choice"),
        ({"draws": 1}, "out_of_bounds"),
        ({"tail": 10}, "not_between"),
    )
    for option, code in options:
        with pytest.raises(InputError) as wrong:
            atypical_combinations(rows, **option)
        assert wrong.value.code == code
    with pytest.raises(InputError) as wrong:
        atypical_combinations(rows.clear())
    assert wrong.value.code == "no_rows"


def test_tails_and_medians_are_quantiles_of_the_work_s_pairs() -> None:
    frame = as_frame(*random_works(6, works=61, terms=15))
    found = atypical_combinations(frame, tail=0.25)
    z = {(one, two): own for _, one, two, _, _, own in found.pairs.rows()}
    for row in found.table.drop_nulls("tail_z").iter_rows(named=True):
        terms = frame.filter(work=row["work"])["term"].sort().to_list()
        own = [z[pair] for pair in combinations(terms, 2) if z[pair] is not None]
        assert [row["tail_z"], row["median_z"]] == pytest.approx(np.quantile(own, [0.25, 0.5]))
    known = found.table["median_z"].drop_nulls()
    usual = float(np.median(known))
    assert known.len() % 2 == 1, "so that one work is the usual one, which is not above itself"
    assert found.table["is_conventional"].to_list() == [
        None if m is None else m > usual for m in found.table["median_z"]
    ]


def test_the_shuffled_variance_is_that_of_a_sample() -> None:
    few = atypical_combinations(
        as_frame(*random_works(7, works=30, terms=8)), null="randomised", draws=2
    ).pairs
    known = few.drop_nulls("z_score").filter(pl.col("z_score") != 0)
    assert known.height > 5
    deviation = ((known["observed_count"] - known["expected_count"]) / known["z_score"]).to_numpy()
    apart = np.sqrt(2) * np.abs(
        deviation
    )  # of two whole counts c and d the sample variance is (c - d)^2 / 2
    assert apart == pytest.approx(np.round(apart))
