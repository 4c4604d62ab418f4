"""Each simple rule by hand; what none of them may do, by property."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from firstlight.instruments.emergence.forecast import rules
from firstlight.instruments.emergence.forecast.bursts import bursts
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts

FY = 2010
YEARS = np.arange(FY - 8, FY + 4)


def made(documents: np.ndarray, totals: np.ndarray) -> YearlyCounts:
    """(K, S, Y) documents and (S, Y) totals."""
    return YearlyCounts(
        forecast_year=FY,
        names=tuple(f"t{row:04d}" for row in range(len(documents))),
        years=YEARS[: totals.shape[1]],
        cells=sparse.csr_matrix(documents.reshape(len(documents), -1), dtype=float),
        totals=totals.astype(float),
        strata=tuple(f"s{row}" for row in range(len(totals))),
    )


def one_stratum(rows: list[list[int]], total: float = 1_000) -> YearlyCounts:
    documents = np.zeros((len(rows), 1, len(YEARS)))
    documents[:, 0, :9] = rows
    return made(documents, np.full((1, len(YEARS)), total))


GROWING = [0, 0, 1, 2, 4, 4, 6, 9, 20]
NEWBORN = [0, 0, 0, 0, 0, 0, 0, 0, 15]
FALLING = [30, 30, 28, 25, 22, 20, 20, 16, 10]


@pytest.fixture
def counts() -> YearlyCounts:
    return one_stratum([GROWING, NEWBORN, FALLING])


def test_relative_gain_and_gain(counts: YearlyCounts) -> None:
    now = np.array([0.020, 0.015, 0.010])
    before = np.array([25 / 5, 0, 103 / 5]) / 1_000
    expected = np.log((now + 0.0005) / (before + 0.0005))
    np.testing.assert_allclose(rules.relative_gain(counts), expected)
    np.testing.assert_allclose(rules.gain(counts), now - before)


def test_growth_of_one_three_and_five_years(counts: YearlyCounts) -> None:
    now = np.array([20, 15, 10])
    one, three, five = np.array([9, 0, 16]), np.array([19, 0, 56]) / 3, np.array([25, 0, 103]) / 5
    last_year = np.log((now + 0.5) / (one + 0.5))
    np.testing.assert_allclose(rules.growth_last_year(counts), last_year)
    np.testing.assert_allclose(rules.growth_three_years(counts), np.log((now + 4) / (three + 4)))
    np.testing.assert_allclose(rules.growth_five_years(counts), np.log((now + 4) / (five + 4)))
    growth = rules.growth_three_years(counts)
    np.testing.assert_allclose(rules.growth_times_share(counts), growth * now / 1_000)


def test_the_newborn_have_a_growth_that_is_finite_and_large(counts: YearlyCounts) -> None:
    for rule in (rules.relative_gain, rules.growth_last_year, rules.growth_five_years):
        scores = rule(counts)
        assert np.isfinite(scores).all()
        assert scores.argmax() == 1


def test_burst_weight_counts_only_a_burst_that_is_under_way() -> None:
    over = [0, 0, 20, 25, 20, 1, 0, 0, 1]
    counts = one_stratum([GROWING, over])
    weight = rules.burst_weight(counts)
    runs = bursts([GROWING], [1_000] * 9)
    assert weight.tolist() == pytest.approx([runs.weight[-1], 0.0])
    assert weight[0] > 0


def test_porter_carley_by_hand() -> None:
    counts = one_stratum([[9, 9, 0, 0, 0, 0, 10, 10, 10]], total=100)
    assert rules.porter_carley(counts) == pytest.approx([10.333333333])


def test_youngest_growing_and_size(counts: YearlyCounts) -> None:
    # The third document of the growing one is the second of 2005.
    assert rules.youngest_growing(counts).tolist() == [2005, 2010, 0]
    assert rules.size(counts).tolist() == [29, 15, 26]


def test_a_short_record_says_nan_where_the_years_are_not_there() -> None:
    counts = one_stratum([GROWING, FALLING])
    short = replace(counts, years=YEARS[8:9], cells=counts.cells[:, 8:9], totals=np.array([[1e3]]))
    unknown = {name for name, rule in rules.RULES if np.isnan(rule(short)).all()}
    assert unknown == {
        "relative_gain",
        "growth_last_year",
        "growth_three_years",
        "growth_five_years",
        "gain",
        "growth_times_share",
        "porter_carley",
    }


def test_scores_that_are_given_stand_beside_the_rules(counts: YearlyCounts) -> None:
    scores = rules.rule_scores(counts, {rules.NEW_AUTHORS: np.array([0.5, 1.0, 0.1])})
    assert list(scores) == [*(name for name, _ in rules.RULES), "new_authors"]
    assert rules.RULE_TO_BEAT in scores


@st.composite
def corpora(draw: st.DrawFn) -> YearlyCounts:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    technologies, strata = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    totals = rng.integers(20, 400, size=(strata, len(YEARS)))
    totals[0] += 100  # one stratum at least is there all the time
    rates = rng.gamma(0.5, 0.04, size=(technologies, strata, 1)).clip(0, 0.9)
    return made(rng.binomial(totals, rates), totals)


@given(corpora())
@settings(max_examples=60, deadline=None)
def test_no_rule_reads_what_comes_after(counts: YearlyCounts) -> None:
    known = counts.until(FY)
    for name, rule in rules.RULES:
        assert rule(counts).tolist() == rule(known).tolist(), name


@given(corpora(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
@pytest.mark.slow
def test_order_of_technologies_is_no_matter(counts: YearlyCounts, random: object) -> None:
    order = np.array(random.sample(range(len(counts.names)), len(counts.names)))  # type: ignore[attr-defined]
    for name, rule in rules.RULES:
        assert rule(counts.take(order)).tolist() == rule(counts)[order].tolist(), name


@given(corpora(), st.integers(2, 30))
@settings(max_examples=60, deadline=None)
def test_a_corpus_that_is_copied_keeps_its_shares(counts: YearlyCounts, times: int) -> None:
    one = replace(
        counts, strata=("s0",), cells=counts.cells[:, : len(YEARS)], totals=counts.totals[:1]
    )
    larger = replace(one, cells=one.cells * times, totals=one.totals * times)
    for rule in (rules.relative_gain, rules.gain):
        np.testing.assert_allclose(rule(larger), rule(one), atol=1e-12)
    np.testing.assert_allclose(rules.size(larger), times * rules.size(one))
    np.testing.assert_allclose(rules.porter_carley(larger), times**0.5 * rules.porter_carley(one))


@given(corpora(), st.integers(60, 600))
@settings(max_examples=60, deadline=None)
def test_a_stratum_that_joins_moves_nothing(counts: YearlyCounts, documents: int) -> None:
    """One that joins in FY is compared with nothing, whatever it is full of."""
    size = len(YEARS)
    joined = np.zeros((len(counts.names), size))
    joined[:, 8:] = documents / 2
    totals = np.where(np.arange(size) >= 8, documents, 0)
    alone = counts if len(counts.strata) > 1 else _in_two_strata(counts)
    grown = replace(
        alone,
        strata=(*alone.strata, "new"),
        cells=sparse.hstack([alone.cells, sparse.csr_matrix(joined)], format="csr"),
        totals=np.vstack([alone.totals, totals]),
    )
    for name, rule in rules.RULES:
        if name not in ("size", "youngest_growing"):
            np.testing.assert_allclose(rule(grown), rule(alone), atol=1e-9, err_msg=name)


def _in_two_strata(counts: YearlyCounts) -> YearlyCounts:
    return replace(
        counts,
        strata=("s0", "s1"),
        cells=sparse.hstack([counts.cells, counts.cells], format="csr"),
        totals=np.vstack([counts.totals, counts.totals]),
    )
