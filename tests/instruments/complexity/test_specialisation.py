"""Specialisation: the trade of 226 countries, SciPy's Poisson distribution, shrinkage on planted
rates, and bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse, stats

from firstlight.errors import InputError
from firstlight.instruments.complexity.activity_table import read_activities, sparse_values
from firstlight.instruments.complexity.specialisation import (
    PresenceRule,
    rca_interval,
    rca_p_value,
    specialisation,
)

COUNTS = arrays.arrays(float, (6, 7), elements=st.integers(0, 9).map(float)).filter(
    lambda x: x.sum() > 0
)


def test_balassa_of_world_trade_has_31951_cells_above_1(shared: Path) -> None:
    types = {"product": pl.String, "value": pl.Float64}
    rows = pl.read_csv(
        shared / "data/trade/world_trade_avg_1998_to_2000.csv", schema_overrides=types
    )
    (table,) = read_activities(rows, "country", "product", "value")
    assert table.values.shape == (226, 785)
    assert (specialisation(table.values).rca.data > 1).sum() == 31_951


@settings(max_examples=40, deadline=None)
@given(COUNTS)
def test_rca_is_share_over_share_and_averages_to_1(x: np.ndarray) -> None:
    found = specialisation(sparse.coo_array(x))
    rca = found.rca.toarray()
    with np.errstate(invalid="ignore", divide="ignore"):
        dense = (x / x.sum(axis=1, keepdims=True)) / (x.sum(axis=0) / x.sum())
    assert rca == pytest.approx(np.nan_to_num(dense))
    shares = x.sum(axis=0) / x.sum()
    assert (rca @ shares)[x.sum(axis=1) > 0] == pytest.approx(1.0)
    assert (found.presence.toarray() == (np.nan_to_num(dense) >= 1 - 1e-15)).mean() > 0.99
    scaled = specialisation(x * 1e9).rca.toarray()
    assert scaled == pytest.approx(rca, rel=1e-12)


def test_significance_and_interval_are_the_exact_poisson_ones() -> None:
    x = np.random.default_rng(1).poisson(3.0, (8, 9))
    found = specialisation(x)
    count, e = found.values.data, found.expected
    assert rca_p_value(found, 1.5) == pytest.approx(stats.poisson.sf(count - 1, 1.5 * e), rel=1e-9)
    low, high = rca_interval(found, 0.9)
    assert stats.poisson.sf(count - 1, low * e) == pytest.approx(0.05)
    assert stats.poisson.cdf(count, high * e) == pytest.approx(0.05)
    strict = specialisation(x, PresenceRule(significance=0.05)).presence.toarray() > 0
    assert strict.sum() < found.presence.nnz
    assert (
        rca_p_value(found)[found.values.toarray()[found.values.toarray() > 0] > 0] <= 0.05
    ).sum() == strict.sum()


def test_at_random_no_more_are_significant_than_alpha_says() -> None:
    x = np.random.default_rng(2).poisson(4.0, (200, 100))
    share = specialisation(x, PresenceRule(significance=0.05)).presence.nnz / x.size
    assert 0.01 < share <= 0.05


def test_moments_find_the_planted_spread_of_rates() -> None:
    draws = np.random.default_rng(3)
    e = np.outer(draws.uniform(1, 20, 300), draws.uniform(0.5, 2, 80))
    x = draws.poisson(e * draws.gamma(2.0, 0.5, e.shape))  # rates of mean 1 and variance 1/2
    found = specialisation(x, PresenceRule(shrinkage="empirical_bayes"))
    assert found.pseudo_count == pytest.approx(2.0, rel=0.1)
    raw = specialisation(x)
    assert found.rca.data == pytest.approx(
        (x[x > 0] + found.pseudo_count) / (raw.expected + found.pseudo_count)
    )
    assert (np.abs(np.log(found.rca.data)) <= np.abs(np.log(raw.rca.data)) + 1e-12).all()


def test_rules_of_presence() -> None:
    x = np.array([[8.0, 1.0, 0.0], [1.0, 8.0, 0.0], [1.0, 1.0, 1.0]])
    assert (
        specialisation(x, PresenceRule(is_given=True)).presence.toarray().tolist()
        == (x > 0).tolist()
    )
    assert specialisation(x, PresenceRule(least=2)).presence.nnz == 2
    assert specialisation(x, PresenceRule(least=8)).presence.nnz == 2, (
        "a value of just the least is enough"
    )
    above = specialisation(x, PresenceRule(is_given=True, least=1)).presence.toarray()
    assert above.tolist() == (x > 1).tolist(), "as given: above the least"
    at_two = specialisation(x, PresenceRule(threshold=2, significance=0.2))
    is_many = rca_p_value(at_two, 2.0) <= 0.2
    assert (
        at_two.presence.nnz
        == (is_many & (at_two.rca.data >= 2)).sum()
        < (rca_p_value(at_two) <= 0.2).sum()
    )
    whole = specialisation(x, PresenceRule(weights="rca"))
    assert whole.presence.toarray() == pytest.approx(
        np.where(whole.rca.toarray() >= 1, whole.rca.toarray(), 0)
    )
    weights = specialisation(x, PresenceRule(weights="log_rca"))
    rca = weights.rca.toarray()
    assert weights.presence.toarray() == pytest.approx(np.where(rca >= 1, np.log1p(rca), 0))


@pytest.mark.parametrize(
    ("x", "rule", "code", "where"),
    [
        ([[1, -2.0], [3, 4]], {}, "negative_or_missing", "place 0, activity 1"),
        ([[1, np.nan], [3, 4]], {}, "negative_or_missing", "place 0, activity 1"),
        ([[0, 0.0]], {}, "every_value_zero", "table"),
        ([1.0, 2.0], {}, "not_two_dimensions", "table"),
        ([["a", "b"]], {}, "not_numbers", "table"),
        ([[1, 2.5], [3, 4]], {"significance": 0.05}, "part_of_a_count", "place 0, activity 1"),
        ([[1, 1], [1, 1]], {"shrinkage": "empirical_bayes"}, "only_chance", "shrinkage"),
        ([[1, 1]], {"shrinkage": 1.0, "threshold": 0.5}, "shrunk_below_one", "threshold"),
        ([[1, 1]], {"shrinkage": "magic"}, "no_shrinkage", "shrinkage"),
        ([[1, 1]], {"weights": "many"}, "no_choice", "rule.weights"),
    ],
)
def test_what_cannot_be_used_is_named(
    x: object, rule: dict[str, object], code: str, where: str
) -> None:
    with pytest.raises(InputError) as caught:
        specialisation(x, PresenceRule(**rule))  # type: ignore[arg-type]
    assert caught.value.code == code
    assert where in caught.value.where


def rows(**changed: object) -> pl.DataFrame:
    """Two places, two activities, two years, with some cells changed."""
    table = {
        "c": list("AABB") * 2,
        "p": list("xyxy") * 2,
        "t": [2000] * 4 + [2001] * 4,
        "v": [1.0, 2, 3, 4, 5, 6, 7, 8],
    }
    return pl.DataFrame({**table, **changed}, strict=False)


def test_frames_are_read_alike_in_any_order_and_what_is_wrong_is_named() -> None:
    years = read_activities(rows(), "c", "p", "v", "t")
    mixed = read_activities(
        rows().sample(fraction=1, shuffle=True, seed=1).to_pandas(), "c", "p", "v", "t"
    )
    assert [one.year for one in years] == [2000, 2001]
    for one, other in zip(years, mixed, strict=True):
        assert one.places == other.places
        assert one.values.toarray().tobytes() == other.values.toarray().tobytes()
    with pytest.raises(InputError) as caught:
        read_activities(rows(v=[1.0, -2, 3, 4, 5, 6, 7, 8]), "c", "p", "v", "t")
    assert caught.value.code == "value_negative"
    assert caught.value.where == "place A, activity y, year 2000"
    with pytest.raises(InputError) as caught:
        read_activities(rows(v=[1.0, None, 3, 4, 5, 6, 7, 8]), "c", "p", "v", "t")
    assert caught.value.code == "value_missing"
    assert caught.value.where == "place A, activity y, year 2000"
    zero = read_activities(
        rows(v=[1.0, None, 3, 4, 5, 6, 7, 8]), "c", "p", "v", "t", missing="zero"
    )
    assert zero[0].values.toarray().tolist() == [[1, 0], [3, 4]]
    with pytest.raises(InputError) as caught:
        read_activities(rows(), "c", "p", "v")
    assert caught.value.code == "two_rows"
    assert caught.value.where == "place A, activity x"
    sums = read_activities(rows(), "c", "p", "v", duplicates="sum")
    assert sums[0].values.toarray().tolist() == [[6, 8], [10, 12]]
    with pytest.raises(InputError) as caught:
        read_activities(rows().head(0), "c", "p", "v")
    assert caught.value.code == "no_rows"
    with pytest.raises(InputError) as caught:
        read_activities(rows(), "c", "p", "v", missing="maybe")
    assert caught.value.code == "no_choice"


def test_duplicates_in_a_sparse_table_are_added_and_zeros_dropped() -> None:
    x = sparse.coo_array(([1.0, 2.0, 0.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    assert sparse_values(x).toarray().tolist() == [[0, 3], [0, 0]]
    assert sparse_values(x).nnz == 1
