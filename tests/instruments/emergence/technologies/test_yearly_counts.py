"""Yearly counts: what a year could know, and shares that venues cannot move by joining."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from firstlight.instruments.emergence.technologies.description import shares_and_growth
from firstlight.instruments.emergence.technologies.yearly_counts import (
    YearlyCounts,
    common_weights,
    compare,
)

YEARS = np.arange(2004, 2014)
FY = 2010


def made(documents: np.ndarray, totals: np.ndarray) -> YearlyCounts:
    """(K, S, Y) documents and (S, Y) totals."""
    return YearlyCounts(
        FY,
        tuple(f"t{row}" for row in range(len(documents))),
        YEARS,
        sparse.csr_matrix(documents.reshape(len(documents), -1), dtype=float),
        np.asarray(totals, dtype=float),
        tuple(f"s{row}" for row in range(len(totals))),
    )


@st.composite
def corpora(draw: st.DrawFn) -> YearlyCounts:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    strata = draw(st.integers(1, 4))
    totals = rng.integers(0, 300, size=(strata, len(YEARS)))
    totals[rng.random(totals.shape) < 0.2] = 0
    return made(rng.binomial(totals, rng.random((5, strata, 1)) / 5), totals)


@given(corpora())
@settings(max_examples=60, deadline=None)
def test_sums_over_strata_and_years(counts: YearlyCounts) -> None:
    documents = counts.cells.toarray().reshape(5, len(counts.strata), len(YEARS))
    period = (2006, 2007, 2013)
    columns = np.isin(YEARS, period)
    assert (counts.counts == documents.sum(axis=1)).all()
    assert (counts.by_stratum(period).toarray() == documents[:, :, columns].sum(axis=2)).all()
    assert (counts.documents_of(period) == documents[:, :, columns].sum(axis=(1, 2))).all()
    assert (counts.totals_of(period) == counts.totals[:, columns].sum(axis=1)).all()


@given(corpora(), st.integers(2005, 2013))
@settings(max_examples=60, deadline=None)
def test_until_a_year_leaves_earlier_years_as_they_are(counts: YearlyCounts, year: int) -> None:
    known = counts.until(year)
    size = len(known.years)
    assert known.years.max() == year
    assert (known.counts == counts.counts[:, :size]).all()
    if year >= FY:
        np.testing.assert_array_equal(
            known.yearly_shares.shares, counts.yearly_shares.shares[:, :size]
        )


def test_direct_standardisation_by_hand() -> None:
    documents, totals = np.zeros((1, 2, 10)), np.zeros((2, 10))
    documents[0, :, 2], documents[0, :, 6] = (10, 10), (30, 5)
    totals[:, 2], totals[:, 6] = (100, 400), (200, 100)
    shares = compare(made(documents, totals), [2006], [2010])
    weights, n0, n1 = np.array([0.2, 0.8]), np.array([100, 400]), np.array([200, 100])
    assert shares.before == pytest.approx([0.2 * 0.1 + 0.8 * 0.025])
    assert shares.after == pytest.approx([0.2 * 0.15 + 0.8 * 0.05])
    pooled = np.array([40, 15]) / (n0 + n1)
    variance = (weights**2 * pooled * (1 - pooled) * (1 / n0 + 1 / n1)).sum()
    assert shares.variance == pytest.approx([variance])
    assert shares.z == pytest.approx((shares.after - shares.before) / variance**0.5)
    assert (shares.comparable, shares.total_before, shares.total_after) == (1.0, 500, 300)


def test_strata_need_sixty_documents_in_both_periods() -> None:
    weights = common_weights(np.array([60.0, 900, 59]), np.array([60.0, 0, 900]), np.ones(3))
    assert weights.tolist() == [1, 0, 0]
    assert common_weights(np.array([3.0]), np.array([2.0]), np.array([3.0])).tolist() == [1]
    assert common_weights(np.zeros(2), np.zeros(2), np.ones(2)).tolist() == [0, 0]


def test_nothing_in_common_is_nan() -> None:
    totals = np.vstack([np.where(YEARS < 2008, 100, 0), np.where(YEARS >= 2008, 100, 0)])
    counts = made(np.ones((1, 2, 10)) * (totals > 0), totals)
    assert np.isnan(compare(counts, [2006], [2010]).before).all()
    assert np.isnan(counts.yearly_shares.shares[:, :4]).all()
    assert counts.yearly_shares.totals.tolist() == [0] * 4 + [100] * 6


@given(corpora())
@settings(max_examples=60, deadline=None)
def test_yearly_shares_differ_from_the_forecast_year_as_pairs_do(counts: YearlyCounts) -> None:
    shares = counts.yearly_shares
    now = shares.shares[:, YEARS == FY][:, 0]
    for column, year in enumerate(YEARS):
        pair = compare(counts, [int(year)], [FY], weights_of=[FY - 1, FY])
        if year != FY and pair.comparable > 0:
            expected = np.clip(now - (pair.after - pair.before), 0, 1)
            np.testing.assert_allclose(shares.shares[:, column], expected, atol=1e-12)
            assert shares.totals[column] == pair.total_before
    if len(counts.strata) == 1 and shares.totals[YEARS == FY] > 0:
        plain = counts.counts / np.where(counts.totals[0] > 0, counts.totals[0], np.nan)
        np.testing.assert_allclose(shares.shares, plain, atol=1e-12)


def test_growth_is_told_from_the_years_that_compare_alone() -> None:
    """A venue that ended in 2007 and one that begins in 2008, or in the forecast year."""
    old, new = np.zeros(len(YEARS)), np.zeros(len(YEARS))
    old[YEARS <= 2007], new[YEARS >= 2008] = 100, 100
    used = np.zeros((1, 2, len(YEARS)))
    used[0, 1, np.isin(YEARS, (2008, 2009, FY))] = [10, 20, 40]
    described = shares_and_growth(made(used, np.stack([old, new])))
    assert described["share_before"].item() == pytest.approx(0.15)
    assert described["growth_last_year"].item() == pytest.approx(1.0)
    assert described["growth_five_years"].item() == pytest.approx(1.0)  # a year, over two years
    new[YEARS < FY], used[0, 1, YEARS < FY], old[YEARS < FY] = 0, 0, 100
    alone = shares_and_growth(made(used, np.stack([old, new])))
    unknown = ("share_before", "growth_last_year", "growth_five_years")
    assert [alone[name].item() for name in unknown] == [None] * 3
    assert not alone["is_newborn"].item()
