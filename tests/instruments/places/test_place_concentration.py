"""Location quotients and concentration: published values, identities, dense computations, simulated
intervals, bad input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.places.industry_concentration.concentration_measures import (
    concentration_measures,
    krugman_dissimilarity,
    place_specialisation,
    spatial_concentration,
)
from firstlight.instruments.places.location_quotients import location_quotient, location_quotients
from firstlight.instruments.places.place_table import place_table
from firstlight.places import concentration
from firstlight.texts import Code, Count, Figure, List, Name, Share, message

EMPTY_INDUSTRY = List((Code("codes.reason.empty_industry"),))


def made_up(seed: int, places: int = 12, industries: int = 7) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.gamma(0.7, 40, (places, industries))).astype(float) + np.eye(
        places, industries
    )


def long(x: np.ndarray, seed: int | None = None) -> pl.DataFrame:
    rows = [(f"p{p:02}", f"i{i}", x[p, i]) for p in range(x.shape[0]) for i in range(x.shape[1])]
    frame = pl.DataFrame(rows, schema=["place", "industry", "jobs"], orient="row")
    return frame if seed is None else frame.sample(fraction=1, shuffle=True, seed=seed)


def test_published_values_of_farhauer_and_kroell() -> None:
    # REAT documentation: locq, gini.conc, gini.spec (Farhauer and Kröll 2013), to the digits given
    # there.
    whole = np.array([[1714, 79006 - 1714], [879213 - 1714, 15593224 - 79006 - 879213 + 1714]])
    assert location_quotient(whole).value[0, 0] == pytest.approx(0.3847623, abs=5e-8)
    regions, all_jobs = [500, 500, 1000, 7000, 1000], [20000, 15000, 20000, 40000, 5000]
    found = concentration_measures(np.array(regions)[:, None], all_jobs)
    assert found.gini_unweighted[0] == pytest.approx(0.4068966, abs=5e-8)
    found = concentration_measures(
        np.array([700, 600, 500, 10000, 40000])[:, None], [30000, 15000, 10000, 60000, 50000]
    )
    assert found.gini_unweighted[0] == pytest.approx(0.6222222, abs=5e-8)
    assert krugman_dissimilarity([20, 10, 70, 0, 0], [0, 0, 0, 60, 40]) == pytest.approx(2)
    e = [4388, 37489, 129423, 60941]
    assert krugman_dissimilarity(e, np.array(e) / 2) == pytest.approx(0, abs=1e-15)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), unit=st.sampled_from([1e-9, 1e-3, 7.0, 1e12]))
def test_identities_hold_and_units_and_order_do_not_matter(seed: int, unit: float) -> None:
    x = made_up(seed)
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 3, x.shape[0])
    found = concentration_measures(x, groups=groups)
    assert found.theil_within + found.theil_between == pytest.approx(found.theil)
    assert ((found.theil_within > -1e-12) & (found.theil_between >= 0)).all()
    assert ((found.krugman >= 0) & (found.krugman <= 2)).all()
    assert ((found.gini > -1e-12) & (found.gini < 1)).all()
    assert (found.hoover <= found.gini + 1e-12).all()  # a chord of the Lorenz curve lies below it
    row, column = rng.permutation(x.shape[0]), rng.permutation(x.shape[1])
    other = concentration_measures(unit * x[row][:, column], groups=groups[row])
    for name, value in vars(found).items():
        assert getattr(other, name) == pytest.approx(
            value[column], rel=1e-9, abs=1e-11, nan_ok=True
        ), name
    # Location quotients: their mean is 1, weighted by industries within places, and by places
    # within industries.
    q = location_quotient(x).value
    assert (q * x.sum(axis=0) / x.sum()).sum(axis=1) == pytest.approx(np.ones(x.shape[0]))
    assert (q * x.sum(axis=1, keepdims=True) / x.sum()).sum(axis=0) == pytest.approx(
        np.ones(x.shape[1])
    )


def test_measures_as_written_out() -> None:
    x = made_up(3)
    groups = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2])
    found = concentration_measures(x, groups=groups)
    w = x.sum(axis=1) / x.sum()
    for k in range(x.shape[1]):
        s = x[:, k] / x[:, k].sum()
        q = s / w
        pairs = np.abs(q[:, None] - q[None, :])
        assert found.gini[k] == pytest.approx((np.outer(w, w) * pairs).sum() / 2)
        assert found.gini_unweighted[k] == pytest.approx(pairs.mean() / 2 / q.mean())
        within = 0.0
        for g in range(3):
            own = groups == g
            big, weight = s[own].sum(), w[own].sum()
            part = [
                a / big * np.log(a / big / (b / weight))
                for a, b in zip(s[own], w[own], strict=True)
                if a > 0
            ]
            within += big * sum(part)
        assert found.theil_within[k] == pytest.approx(within)
        assert found.herfindahl[k] == pytest.approx((s**2).sum())
        if (s > 0).all():
            assert (
                found.theil_l[k] == pytest.approx((w * np.log(w / s)).sum())
                and found.theil_l[k] > 0
            )
        else:
            assert np.isnan(found.theil_l[k])
        assert found.herfindahl_normalised[k] == pytest.approx(((s**2).sum() - 1 / 12) / (11 / 12))


def test_one_place_and_alike() -> None:
    all_in_one = concentration_measures([[0.0], [5.0], [0.0]], np.ones(3))
    assert all_in_one.herfindahl_normalised[0] == pytest.approx(1)
    assert all_in_one.theil[0] == pytest.approx(np.log(3))
    assert all_in_one.krugman[0] == pytest.approx(4 / 3)
    alike = concentration_measures(np.outer([1.0, 2, 3], [5.0, 1e-9]))
    assert np.isnan(all_in_one.theil_l[0])  # two have nothing
    # incomes of 1, 2 and 3: T and L as written out by hand
    incomes = concentration_measures([[1.0], [2.0], [3.0]], np.ones(3))
    assert incomes.theil[0] == pytest.approx((0.5 * np.log(0.5) + 1.5 * np.log(1.5)) / 3)
    assert incomes.theil_l[0] == pytest.approx(-(np.log(0.5) + np.log(1.5)) / 3)
    for name in ("krugman", "theil", "theil_l", "gini", "gini_unweighted"):
        assert getattr(alike, name) == pytest.approx([0, 0], abs=1e-12), name


def test_intervals_cover_what_was_planted_and_no_more() -> None:
    rng = np.random.default_rng(5)
    chances = rng.dirichlet(np.full(24, 2.0)).reshape(6, 4)
    truth = location_quotient(chances * 1e9).value
    inside = []
    for _ in range(400):
        found = location_quotient(rng.multinomial(4_000, chances.ravel()).reshape(6, 4), level=0.9)
        inside.append((found.low <= truth) & (truth <= found.high))
    assert np.mean(inside) == pytest.approx(0.9, abs=0.02)
    # Plants of 20 jobs each: intervals of independent jobs are far too narrow; with the dispersion
    # told they are right.
    kept = {1.0: [], 20.0: []}
    for _ in range(300):
        jobs = 20 * rng.multinomial(2_000, chances.ravel()).reshape(6, 4)
        for phi, hits in kept.items():
            found = location_quotient(jobs, level=0.9, dispersion=phi)
            hits.append((found.low <= truth) & (truth <= found.high))
    assert np.mean(kept[20.0]) == pytest.approx(0.9, abs=0.03)
    assert np.mean(kept[1.0]) < 0.4


def test_zero_cells_have_an_upper_end_and_empty_rows_a_reason() -> None:
    found = location_quotient([[0, 10], [10, 10]], level=0.95)
    assert found.low[0, 0] == 0
    share = 1 - 0.025 ** (1 / 10)  # the share of which ten draws show nothing in 2.5%
    assert found.high[0, 0] == pytest.approx(share / (10 / 30))
    table = location_quotients(long(np.array([[0.0, 0], [3, 0]])), "jobs")
    assert table["location_quotient"].to_list() == [None, None, 1.0, None]
    assert table["reason"].to_list() == ["empty_place", "empty_place", None, "empty_industry"]
    measures = spatial_concentration(long(np.array([[1.0, 0], [3, 0]])), "jobs")
    assert measures["gini_index"].to_list() == [0.0, None]
    assert measures["reason"].to_list() == [None, "nothing"]
    said = concentration(long(np.array([[1.0, 0], [3, 0]])), value="jobs").said
    assert message("empty_industries", count=Count(1)) in said
    assert message("no_quotient", count=Count(2), reasons=EMPTY_INDUSTRY) in said


def test_standardised_quotients() -> None:
    x = made_up(8)
    z = location_quotient(x).standardised
    q = location_quotient(x).value
    assert z == pytest.approx((q - q.mean(axis=0)) / q.std(axis=0, ddof=1))
    logs = location_quotient(x + 1, standardise="logs").standardised
    assert logs.mean(axis=0) == pytest.approx(np.zeros(7), abs=1e-12)
    assert np.isnan(location_quotient(np.ones((3, 2))).standardised).all()


def test_frames_give_the_same_bytes_in_any_order_and_each_year_by_itself() -> None:
    x = made_up(2)
    one, other = (spatial_concentration(long(x, seed), "jobs") for seed in (1, 2))
    assert one.equals(other)
    two_years = pl.concat(
        [long(x).with_columns(year=2001), long(made_up(9)).with_columns(year=2002)]
    )
    both = spatial_concentration(two_years, "jobs", year="year")
    assert both.filter(pl.col("year") == 2001).drop("year").equals(one)
    assert set(location_quotients(two_years, "jobs", year="year")["year"]) == {2001, 2002}
    turned = place_specialisation(long(x), "jobs")["krugman_index"]
    assert turned.to_numpy() == pytest.approx(concentration_measures(x.T).krugman)
    given = concentration(long(x).to_pandas(), value="jobs").frame
    assert type(given).__module__.startswith("pandas")


def test_groups_and_an_equal_reference() -> None:
    x = made_up(4)
    rows = long(x).with_columns(
        ("g" + (pl.col("place").str.slice(1).cast(pl.Int64) % 3).cast(pl.String)).alias("region")
    )
    table = spatial_concentration(rows, "jobs", group="region", reference="equal")
    dense = concentration_measures(x, np.ones(12), np.arange(12) % 3)
    assert table["theil_between_index"].to_numpy() == pytest.approx(dense.theil_between)
    columns = {"value": "jobs", "place_group": "region"}
    result = concentration(rows, **columns, reference="equal")
    assert result.table.sort("industry")["theil_between_index"].equals(table["theil_between_index"])
    codes = [given.code for given in result.conventions]
    assert "against_equal" in codes and "theil_parts" in codes
    with pytest.raises(InputError, match="has several values"):
        spatial_concentration(rows.with_columns(region=pl.col("industry")), "jobs", group="region")


GOOD = long(made_up(1))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: place_table(GOOD.with_columns(jobs=-pl.col("jobs")), "jobs"), "value_too_low"),
        (lambda: place_table(pl.concat([GOOD, GOOD[:1]]), "jobs"), "stands_twice"),
        (lambda: place_table(GOOD.with_columns(jobs=pl.lit(None)), "jobs"), "value_missing"),
        (lambda: place_table(GOOD.with_columns(jobs=0.0), "jobs"), "nothing_above_zero"),
        (lambda: place_table(GOOD[:0], "jobs"), "no_rows"),
        (lambda: location_quotient([[1, np.nan]]), "out_of_bounds"),
        (lambda: location_quotient([[1, 2]], level=2), "bad_level"),
        (lambda: location_quotient([[1, 2]], dispersion=0), "not_between"),
        (lambda: concentration_measures([[1], [2]], [1, 0]), "value_too_low"),
        (lambda: concentration_measures([[1], [2]], [1, 2, 3]), "wrong_shape"),
        (lambda: concentration_measures([[1], [2]], groups=[1]), "wrong_shape"),
        (lambda: krugman_dissimilarity([1, 2], [1, 2, 3]), "wrong_shape"),
        (lambda: spatial_concentration(GOOD, "jobs", reference="none"), "no_choice"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    assert caught.value.where
    assert caught.value.try_next


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"no column '?employment"):
        place_table(GOOD, "employment")


def test_sixteen_regions_under_their_own_names_of_columns() -> None:
    """The most unequal industry is the one that was planted in one region."""
    draws = np.random.default_rng(16)
    jobs = np.round(np.exp(draws.normal(8, 0.5, (16, 12))))
    jobs[1:, 3] = 5
    rows = pl.DataFrame(
        {
            "region": np.repeat([f"region {k:02}" for k in range(16)], 12),
            "ind_code": np.tile([f"WZ08-{code}" for code in "BCDEFGHIJLMN"], 16),
            "emp_all": jobs.ravel(),
        }
    )
    found = spatial_concentration(rows, "emp_all", place="region", industry="ind_code")
    assert found.height == rows["ind_code"].n_unique() == 12
    assert found["value"].sum() == pytest.approx(rows["emp_all"].sum())
    assert found["gini_index"].is_between(0, 1).all()
    assert found.sort("gini_index")["industry"][-1] == "WZ08-E"


PLANTS = pl.DataFrame({"place": list("aabb"), "industry": list("xyxy"), "value": [1.0, 2, 3, 4]})


@pytest.mark.parametrize(
    ("frame", "options", "code"),
    [
        (PLANTS, {"dispersion": 0.0}, "not_between"),
        (PLANTS.with_columns(value=0.0), {}, "nothing_above_zero"),
        (PLANTS.with_columns(year=2020 + (pl.col("value") > 2), value=0.0), {}, "nothing_in_year"),
        (PLANTS.with_columns(plants=1, plant_herfindahl=0.5), {}, "excludes"),
        (PLANTS.with_columns(plants=pl.col("value") - 1), {}, "value_too_low"),
        (PLANTS.with_columns(plants=1, place_total="value"), {}, "several_values"),
        (PLANTS.with_columns(plant_herfindahl=pl.col("value") / 9), {}, "several_values"),
        (PLANTS.with_columns(plant_herfindahl=1.5), {}, "out_of_bounds"),
        (PLANTS.with_columns(place_group="industry"), {}, "several_values"),
        (pl.concat([PLANTS, PLANTS]), {}, "repeated_key"),
        (PLANTS.with_columns(value=pl.Series([1.0, None, 3, 4])), {}, "value_missing"),
    ],
)
def test_bad_tables_are_refused(frame: pl.DataFrame, options: dict[str, float], code: str) -> None:
    with pytest.raises(InputError) as error:
        concentration(frame, **options)
    assert error.value.code == code


def test_what_is_said_of_concentration() -> None:
    x = np.array([[90.0, 10, 10], [10, 40, 40], [10, 40, 40]])
    result = concentration(long(x), value="jobs", level=0.9)
    said = {given.code: given.values for given in result.said}
    most = [given.values for given in result.said if given.code == "most"]
    assert (most[0]["most"], most[0]["top"]) == (Name("i0"), Name("p00"))
    assert most[0]["share"] == Share(90 / 110)
    assert (most[1]["most"], most[1]["top"]) == (Name("p00"), Name("i0"))
    quotients = result.tables["quotients"]
    assert said["specialised"]["count"] == Count(int((quotients["location_quotient"] >= 1).sum()))
    assert said["specialised"]["sure"] == Count(int(quotients["is_specialised"].sum()))
    interval = {given.code: given.values for given in result.conventions}["interval"]
    assert interval == {"level": Share(0.9), "dispersion": Figure(1.0)}
