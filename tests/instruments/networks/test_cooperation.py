"""Co-operation across borders: by hand, adding up, intervals that hold, bad input named."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.works import RISE, made_up_joint_works
from scipy.stats import binomtest

from firstlight.chart import Drawing
from firstlight.errors import InputError
from firstlight.instruments.networks.joint_works import joint_works
from firstlight.networks import cooperation
from firstlight.numerics.share_intervals import wilson
from firstlight.texts import Count, Name, Share, Year


def rows(seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    held = [
        (f"{w}", f"p{p}", 2000 + w % 4)
        for w in range(200)
        for p in rng.integers(0, 5, 1 + rng.integers(0, 3))
    ]
    return pl.DataFrame(held, schema=["work", "place", "year"], orient="row").unique()


def said(result: Any) -> dict[str, Any]:
    return {given.code: given.values for given in result.said}


def test_by_hand() -> None:
    frame = pl.DataFrame({"work": list("aaabc"), "place": ["CN", "DE", "US", "CN", "CN"]})
    result = cooperation(frame)
    china = result.table.row(0, named=True)
    assert (china["place"], china["work_count"], china["joint_count"]) == ("CN", 3, 1)
    assert china["joint_share"] == pytest.approx(1 / 3)
    assert china["joint_fractional_share"] == pytest.approx((1 / 3) / (1 / 3 + 2))
    partners = result.tables["partner_places"].filter(place="CN")
    assert partners["partner_share"].to_list() == [1, 1]
    assert said(result)["whole"]["share"] == Share(1 / 3, digits=1)
    assert said(result)["whole"]["count"] == Count(3)
    assert said(result)["largest"]["place"] == Name("CN")


def test_a_place_that_stands_twice_in_a_work_counts_once() -> None:
    works = pl.DataFrame({"work": list("aab"), "place": ["CN", "CN", "CN"]})
    joint = joint_works(works)
    assert joint.places.select("work_count", "joint_count").row(0) == (2, 0)
    assert joint.partners.height == 0


def test_adding_up_and_order() -> None:
    frame = rows()
    joint = joint_works(frame)
    by_year = joint_works(frame.select("work", "place", "year"))
    mixed = joint_works(frame.sample(fraction=1, shuffle=True, seed=1))
    assert vars(mixed).keys() == vars(joint).keys()
    for name, table in vars(joint).items():
        assert getattr(mixed, name).equals(table)
    assert by_year.places["work_fractional_count"].sum() == pytest.approx(200)
    assert by_year.whole["work_count"].sum() == 200
    two = by_year.partners.join(
        by_year.partners,
        left_on=["year", "place", "partner"],
        right_on=["year", "partner", "place"],
    )
    assert two["joint_count"].to_list() == two["joint_count_right"].to_list()
    places = by_year.places
    across = (places["work_fractional_count"] * places["joint_fractional_share"]).sum()
    assert across == pytest.approx(by_year.whole["joint_count"].sum())


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (3, 17), (400, 1000)])
def test_wilson_as_scipy(k: int, n: int) -> None:
    peer = binomtest(k, n).proportion_ci(0.9, "wilson")
    assert [float(end) for end in wilson(k, n, 0.9)] == pytest.approx(
        [peer.low, peer.high], abs=1e-12
    )
    assert np.isnan(wilson(0, 0)).all()


def test_a_partner_s_share_is_of_the_place_s_own_joint_works_and_intervals_have_the_level() -> None:
    frame = pl.DataFrame({"work": list("aabbc"), "place": ["CN", "DE", "CN", "US", "CN"]})
    result = cooperation(frame, level=0.5)
    partners = result.tables["partner_places"].rows()
    shares = {(place, partner): share for place, partner, _, share in partners}
    assert shares == {("CN", "DE"): 0.5, ("CN", "US"): 0.5, ("DE", "CN"): 1.0, ("US", "CN"): 1.0}
    ends = [float(end) for end in wilson(2, 3, 0.5)]
    china = result.table.filter(place="CN").select("joint_low_share", "joint_high_share")
    assert china.row(0) == pytest.approx(ends)
    whole = said(result)["whole"]
    assert [whole["low"].value, whole["high"].value] == pytest.approx(ends)


def test_the_planted_shares_come_back() -> None:
    works = made_up_joint_works()
    result = cooperation(works)
    planted = sum(sum(ends) / 2 for ends in RISE.values()) / len(RISE)
    whole, change = said(result)["whole"], said(result)["change"]
    assert whole["count"] == Count(works["work"].n_unique())
    assert whole["share"].value == pytest.approx(planted, abs=0.015)
    assert (change["first"], change["last"]) == (Year(2012), Year(2023))
    by_year = result.tables["by_year"]
    assert result.table.equals(by_year)
    is_inside = pl.col("joint_share").is_between("joint_low_share", "joint_high_share")
    assert by_year.select(is_inside.all()).item()
    assert result.tables["largest_places"]["place"].n_unique() == len(RISE)
    assert [change["before"].value, change["after"].value] == [
        by_year["joint_share"][0],
        by_year["joint_share"][-1],
    ]


def yearly(sizes: dict[int, int]) -> pl.DataFrame:
    """So many works of each year, a half of them done in two places."""
    held = [
        (f"{year}-{work}", place, year)
        for year, size in sizes.items()
        for work in range(size)
        for place in ("CN", "DE")[: 1 + work % 2]
    ]
    return pl.DataFrame(held, schema=["work", "place", "year"], orient="row")


@pytest.mark.parametrize(
    ("sizes", "last"),
    [
        ({2019: 300, 2020: 400, 2021: 199}, 2020),
        ({2019: 300, 2020: 400, 2021: 200}, 2021),
        ({2018: 300, 2019: 400, 2021: 199}, 2021),  # of the year before nothing is known
    ],
)
def test_a_last_year_of_less_than_half_the_works_is_not_compared(
    sizes: dict[int, int], last: int
) -> None:
    found = said(cooperation(yearly(sizes)))
    assert found["change_unsure"]["last"] == Year(last)
    is_left_out = last < max(sizes)
    assert ("last_year_incomplete" in found) == is_left_out
    if is_left_out:
        told = found["last_year_incomplete"]
        assert told == {"year": Year(2021), "share": Share(199 / 400)}


def test_two_years_of_which_the_last_is_incomplete_are_not_compared() -> None:
    found = said(cooperation(yearly({2020: 400, 2021: 150})))
    assert "last_year_incomplete" in found and "change_unsure" not in found


def test_years_with_few_works_are_in_the_table_and_not_in_the_chart() -> None:
    works = [(f"{year}-{k}", "x", year) for year in (2000, 2001, 2002) for k in range(10)]
    frame = pl.DataFrame(works, schema=["work", "place", "year"], orient="row")
    frame = frame.filter((pl.col("year") != 2001) | (pl.col("work") != "2001-0"))
    result = cooperation(frame)
    assert result.tables["by_year"]["work_count"].to_list() == [10, 9, 10]
    assert result.tables["all_works"]["year"].to_list() == [2000, 2002]


def test_a_network_of_five_places_is_drawn_and_a_name_that_says_nothing_is_told() -> None:
    works = [(f"{k}", place) for k in range(6) for place in ("A", f"B{k}", "Unknown")]
    result = cooperation(pl.DataFrame(works, schema=["work", "place"], orient="row"))
    (drawing,) = result.charts
    assert isinstance(drawing, Drawing) and drawing.kind == "network"
    assert said(result)["unknown_name"]["name"] == Name("Unknown")
    assert result.tables["network"]["node"].sort().to_list() == sorted(
        ["A", "Unknown", *(f"B{k}" for k in range(6))]
    )


def test_places_with_positions_are_drawn_on_a_map() -> None:
    works = [(f"{k}", place) for k in range(6) for place in ("A", f"B{k}")]
    frame = pl.DataFrame(works, schema=["work", "place"], orient="row")
    frame = frame.with_columns(longitude=pl.lit(5.0), latitude=pl.lit(45.0))
    (drawing,) = cooperation(frame).charts
    assert isinstance(drawing, Drawing) and drawing.kind == "map"
    moved = pl.when(pl.int_range(pl.len()) == 0).then(6.0).otherwise("longitude")
    with pytest.raises(InputError) as twice:
        cooperation(frame.with_columns(longitude=moved))
    assert (twice.value.code, twice.value.values["name"]) == ("two_spots", Name("A"))
    with pytest.raises(InputError) as off:
        cooperation(frame.with_columns(latitude=pl.lit(95.0)))
    assert off.value.code == "off_the_globe"


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError) as wrong:
        cooperation(rows(), level=95)
    assert wrong.value.code == "out_of_bounds"
    two = pl.DataFrame({"work": ["a", "a"], "place": ["x", "y"], "year": [2000, 2001]})
    with pytest.raises(InputError) as several:
        cooperation(two)
    assert (several.value.code, several.value.values["name"]) == ("several_values", Name("a"))
    with pytest.raises(InputError) as late:
        cooperation(rows(), until=1990)
    assert late.value.code == "none_until"
    with pytest.raises(InputError) as undated:
        cooperation(rows().drop("year"), until=1990)
    assert undated.value.code == "needs"
