"""Edges of places: quotients of exactly 1, places without plants, empty rows, order and scale,
dense textbook computations."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.prices import persistent_prices
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.complexity.specialisation import specialisation
from firstlight.instruments.places.industry_clusters.place_clusters import place_clusters
from firstlight.instruments.places.industry_concentration.agglomeration import (
    agglomeration,
    agglomeration_index,
)
from firstlight.instruments.places.industry_concentration.concentration_measures import (
    concentration_measures,
    krugman_dissimilarity,
)
from firstlight.instruments.places.location_quotients import (
    location_quotient,
    location_quotients,
    specialised_in,
)
from firstlight.instruments.places.structural_duplication.duplication_warnings import (
    duplication_warnings,
)
from firstlight.instruments.places.structural_duplication.structural_similarity import similarity
from firstlight.places import concentration, market
from firstlight.texts import Code, Count, Name, message


def one_structure(places: int = 9, industries: int = 7) -> np.ndarray:
    """Places of different sizes and the same structure, in numbers that no sum keeps exactly."""
    draws = np.random.default_rng(1)
    return np.outer(draws.uniform(0.1, 9, places), draws.uniform(0.1, 1, industries))


def long(x: np.ndarray, year: int | None = None) -> pl.DataFrame:
    """A table as rows."""
    rows = [(f"P{c:02}", f"i{p:02}", x[c, p]) for c in range(x.shape[0]) for p in range(x.shape[1])]
    found = pl.DataFrame(rows, schema=["place", "industry", "jobs"], orient="row")
    return found if year is None else found.with_columns(year=pl.lit(year))


def test_places_of_one_structure_are_present_in_all_that_they_have() -> None:
    """One rule of presence, RCA of at least 1, in every family; a place is wholly like itself."""
    x = one_structure()
    assert (location_quotient(x).value < 1).any()  # by rounding
    assert specialised_in(x).all()
    by_complexity = specialisation(x)
    assert (by_complexity.presence.toarray() == specialised_in(x)).all()
    with_nothing = np.vstack([x, [0.0, 5, 1, 0, 0, 2, 9]])
    assert (specialisation(with_nothing).presence.toarray() == specialised_in(with_nothing)).all()
    found = similarity(x)
    assert (
        (found.jaccard == 1).all()
        and found.cosine == pytest.approx(1)
        and found.krugman == pytest.approx(0)
    )
    said = {given.code: given.values for given in concentration(long(x), value="jobs").said}
    assert said["specialised"]["count"] == said["specialised"]["all"] == Count(63)
    assert place_clusters(long(x), "jobs", draws=0).table.filter(pl.col("is_cluster")).height == 0


def test_rounding_is_no_entry_of_a_place_into_an_activity() -> None:
    rows = pl.concat([long(one_structure(), 2000), long(3 * one_structure()[::-1], 2001)])
    signs = [(f"i{p:02}", t, float(p), 9.0 - t + 2000) for p in range(7) for t in (2000, 2001)]
    signals = pl.DataFrame(signs, schema=["industry", "year", "complexity", "price"], orient="row")
    found = duplication_warnings(
        rows, "jobs", signals, activity="industry", price="price", window=1
    )
    assert found.table["entrants_count"].sum() == 0


def test_places_without_a_plant_count_where_their_totals_are_given() -> None:
    plants = pl.DataFrame(
        {"place": ["a", "a", "b"], "industry": ["x"] * 3, "jobs": [5.0, 3.0, 2.0]}
    )
    totals = {"a": 50.0, "b": 30.0, "c": 120.0}
    known = agglomeration(plants, "jobs", place_total=totals)
    expected = agglomeration_index([5, 3, 2], [0, 0, 1], [50, 30, 120]).ellison_glaeser
    assert known["ellison_glaeser_index"][0] == pytest.approx(expected)
    column = plants.with_columns(all_jobs=pl.col("place").replace_strict(totals))
    without = agglomeration(column, "jobs", place_total="all_jobs")
    assert without["ellison_glaeser_index"][0] < expected - 0.1  # what leaving out c would cost
    firms = column.with_columns(firm=pl.Series(["p", "q", "r"]))
    result = concentration(firms, value="jobs", plant="firm", place_total="all_jobs")
    assert message("by_place_total") in result.conventions
    index = result.tables["agglomeration"]["ellison_glaeser_index"]
    assert index.equals(without["ellison_glaeser_index"])
    for bad in (
        {"a": 50.0},
        {"a": 50.0, "b": 0.0},
        {"a": 50.0, "b": 30.0, "c": -1.0},
        {"a": 50.0, "b": float("inf")},
    ):
        with pytest.raises(InputError) as wrong:
            agglomeration(plants, "jobs", place_total=bad)
        assert wrong.value.code == "value_too_low"


TABLES = st.tuples(st.integers(2, 7), st.integers(2, 6), st.integers(0, 2**32 - 1))


def made(sizes: tuple[int, int, int]) -> np.ndarray:
    """Values with zeros; an empty place and an empty industry where there is room for them."""
    n, k, seed = sizes
    draws = np.random.default_rng(seed)
    x = draws.gamma(1.0, 3.0, (n, k)) * (draws.uniform(size=(n, k)) < 0.7)
    x[0, 0] = 2.5
    if n > 3:
        x[-1] = 0
    if k > 3:
        x[:, -1] = 0
    return x


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_concentration_as_the_textbook_says_it(sizes: tuple[int, int, int]) -> None:
    x = made(sizes)
    found = concentration_measures(x)
    w = x.sum(axis=1) / x.sum()
    for p in range(x.shape[1]):
        if not x[:, p].sum():
            assert all(np.isnan(each[p]) for each in vars(found).values())
            continue
        s = x[:, p] / x[:, p].sum()
        assert found.krugman[p] == pytest.approx(sum(abs(a - b) for a, b in zip(s, w, strict=True)))
        assert found.herfindahl[p] == pytest.approx((s**2).sum())
        assert found.theil[p] == pytest.approx(
            sum(a * np.log(a / b) for a, b in zip(s, w, strict=True) if a > 0), abs=1e-12
        )
        q = [a / b for a, b in zip(s, w, strict=True) if b > 0]
        v = w[w > 0]
        mean_gap = sum(v[i] * v[j] * abs(q[i] - q[j]) for i in range(len(q)) for j in range(len(q)))
        assert found.gini[p] == pytest.approx(
            mean_gap / 2, abs=1e-12
        )  # half the mean difference over a mean of 1
        pairs = sum(abs(a - b) for a in q for b in q)
        assert found.gini_unweighted[p] == pytest.approx(
            pairs / (2 * len(q) ** 2 * np.mean(q)), abs=1e-12
        )


@settings(max_examples=40, deadline=None)
@given(TABLES, st.sampled_from([1.0, 1e-9, 0.1, 3e11]), st.integers(0, 2**32 - 1))
def test_order_and_unit_move_nothing(sizes: tuple[int, int, int], unit: float, seed: int) -> None:
    x = made(sizes)
    draws = np.random.default_rng(seed)
    rows, columns = draws.permutation(x.shape[0]), draws.permutation(x.shape[1])
    y = (x * unit)[rows][:, columns]
    assert (specialised_in(y) == specialised_in(x)[rows][:, columns]).all()
    for name, each in vars(concentration_measures(x)).items():
        moved = getattr(concentration_measures(y), name)
        assert moved == pytest.approx(each[columns], abs=1e-9, nan_ok=True)
    for name, each in vars(similarity(x)).items():
        moved = getattr(similarity(y), name)
        assert moved == pytest.approx(each[rows][:, rows], abs=1e-9, nan_ok=True)


def test_published_figures_of_small_examples() -> None:
    """Examples of Farhauer and Kröll (2013) and Dörsam (2004) in the documentation of REAT (R)."""
    industry, all_of_it = (
        np.array([500.0, 500, 1000, 7000, 1000]),
        np.array([20000.0, 15000, 20000, 40000, 5000]),
    )
    assert concentration_measures(industry[:, None], all_of_it).gini_unweighted[0] == pytest.approx(
        0.4068966, abs=5e-8
    )
    place, whole = (
        np.array([700.0, 600, 500, 10000, 40000]),
        np.array([30000.0, 15000, 10000, 60000, 50000]),
    )
    assert concentration_measures(place[:, None], whole).gini_unweighted[0] == pytest.approx(
        0.6222222, abs=5e-8
    )
    sales = concentration_measures(np.array([[20.0], [50], [20], [10]]), np.ones(4))
    assert sales.herfindahl[0] == pytest.approx(0.34) and sales.herfindahl_normalised[
        0
    ] == pytest.approx(0.12)
    assert sales.gini[0] == pytest.approx(0.3)
    mining = [4320, 7811, 3900, 2300, 47560]
    others = np.array(
        [[20000, 11000, 31000, 8000, 20000], [40000, 10000, 25000, 9000, 16000], [10000, 11000, 14000, 14000, 13000],
         [7000, 7500, 11000, 1500, 36000]], float
    )  # fmt: skip
    mean = (others / others.sum(axis=1, keepdims=True)).mean(axis=0)
    assert krugman_dissimilarity(mining, mean) == pytest.approx(0.8619, abs=5e-5)
    table = [[1714, 79006 - 1714], [879213 - 1714, 15593224 - 79006 - 879213 + 1714]]
    assert location_quotient(table).value[0, 0] == pytest.approx(0.3847623, abs=5e-8)


def test_a_year_called_0_is_a_year() -> None:
    rows = long(made((4, 3, 1)), 0)
    assert location_quotients(rows, "jobs", year="year")["year"].unique().to_list() == [0]
    assert "year" not in location_quotients(rows.drop("year"), "jobs").columns


def test_a_place_with_nothing_moves_no_community() -> None:
    x = np.kron(np.eye(3), np.full((4, 4), 9.0)) + np.random.default_rng(2).uniform(0, 2, (12, 12))
    rows = long(x)
    more = pl.concat([rows, pl.DataFrame({"place": ["Nil"], "industry": ["i00"], "jobs": [0.0]})])
    one, other = (place_clusters(each, "jobs", draws=19) for each in (rows, more))
    assert other.industries.equals(one.industries) and other.p_value == one.p_value
    assert other.contrast == one.contrast
    lost = other.table.filter(pl.col("place") == "Nil")
    assert lost["cluster_quotient"].null_count() == lost.height
    assert set(lost["reason"]) == {"empty_place"}


def test_where_all_are_alike_none_is_called_the_most() -> None:
    rows = pl.DataFrame(
        [(p, i, 5.0) for p in "abc" for i in "xyz"], ["place", "industry", "jobs"], orient="row"
    )
    said = concentration(rows, value="jobs").said
    alike = [given.values["what"] for given in said if given.code == "alike"]
    assert alike == [Code("codes.alike.industry"), Code("codes.alike.place")]
    some = rows.with_columns(
        jobs=pl.when(pl.col("industry") == "x", pl.col("place") == "a").then(50.0).otherwise("jobs")
    )
    said = concentration(some, value="jobs", reference="equal").said
    assert (said[0].code, said[0].values["most"]) == ("most", Name("x"))
    flat = [(p, k, t, 2.0) for p in "abcd" for k in "xyz" for t in range(6)]
    prices = pl.DataFrame(flat, ["place", "good", "year", "p"], orient="row")
    prices = prices.with_columns(year=pl.col("year") + 2000)
    said = market(prices, price="p").said
    assert "most_segmented" not in [given.code for given in said]


def test_one_industry_and_one_year_say_what_to_bring() -> None:
    rows = pl.DataFrame({"place": ["a", "b"], "industry": ["x", "x"], "jobs": [1.0, 2.0]})
    with pytest.raises(InputError) as refused:
        place_clusters(rows, "jobs")
    assert refused.value.code == "too_few"
    prices = pl.DataFrame(
        {"place": ["a", "b"] * 2, "good": ["x", "x", "y", "y"], "year": [2020] * 4, "p": [1.0] * 4}
    )
    with pytest.raises(InputError) as refused:
        market(prices, price="p")
    assert refused.value.code == "out_of_bounds"


def test_a_gap_that_closes_at_once_has_no_half_life_of_nought() -> None:
    rows = persistent_prices(0, -0.3, places=6)
    found = market(rows, price="p")
    assert found.tables["half_lives"]["half_life"][0] == 0
    said = {given.code: given.values for given in found.said}
    assert said["half_life"]["middle"] == Code("codes.length.short")
