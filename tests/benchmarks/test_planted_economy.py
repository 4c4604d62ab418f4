"""The made-up economy keeps to its plan, to the last digit."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.economy import (
    INDUSTRIES,
    NEW,
    PLACES,
    UNITS,
    MadeUpEconomy,
    made_up_economy,
)
from benchmarks.refused import RefusedError


@pytest.fixture(scope="module")
def economy() -> MadeUpEconomy:
    return made_up_economy()


def test_value_added_follows_the_planted_production_function(economy: MadeUpEconomy) -> None:
    panel, truth = economy.panel, economy.truth
    place = np.array([PLACES.index(name) for name in panel["place"]])
    industry = np.array([INDUSTRIES.index(name) for name in panel["industry"]])
    t = panel["year"].to_numpy() - 2001
    alpha = truth.capital_share[industry]
    labour = panel["hours"].to_numpy() * truth.human_capital[place, t]
    made = truth.frontier[industry, t] * truth.efficiency[place, t]
    expected = made * panel["capital"].to_numpy() ** alpha * labour ** (1 - alpha)
    np.testing.assert_allclose(panel["value_added"], expected, rtol=1e-13)
    np.testing.assert_allclose(
        panel["wage_bill"] / panel["value_added_nominal"], 1 - alpha, rtol=1e-13
    )


def test_capital_is_what_was_kept_and_what_was_invested(economy: MadeUpEconomy) -> None:
    next_year = economy.panel.select("place", "industry", pl.col("year") - 1, after="capital")
    both = economy.panel.join(next_year, on=["place", "industry", "year"])
    kept = both["capital"] * (1 - economy.truth.depreciation) + both["investment"]
    assert both.height > 1000
    np.testing.assert_allclose(both["after"], kept, rtol=1e-12)
    assert (economy.panel["investment"] > 0).all()


def test_a_place_has_the_industries_that_it_is_able_to_have(economy: MadeUpEconomy) -> None:
    truth = economy.truth
    able = (truth.requirements[None] <= truth.capabilities[:, None]).all(axis=2)
    has = set(economy.panel.select("place", "industry").unique().iter_rows())
    assert has == {(PLACES[p], INDUSTRIES[i]) for p, i in np.argwhere(able)}
    assert 0.3 < able.mean() < 0.9


def test_the_frontier_leaps_where_and_when_it_was_planted(economy: MadeUpEconomy) -> None:
    truth = economy.truth
    growth = np.diff(np.log(truth.frontier), axis=1)
    at = truth.leap_year - 2001 - 1
    machines, grain = INDUSTRIES.index("machines"), INDUSTRIES.index("grain")
    assert growth[machines, at] - growth[machines, at - 1] == pytest.approx(truth.leap)
    assert growth[grain, at] == pytest.approx(growth[grain, at - 1])
    assert truth.efficiency.max(axis=0) == pytest.approx(1) and truth.efficiency.min() > 0


def test_new_industries_begin_within_the_record(economy: MadeUpEconomy) -> None:
    first = economy.panel.group_by("industry", "is_new").agg(pl.col("year").min())
    assert dict(first.filter("is_new").select("industry", "year").iter_rows()) == dict.fromkeys(
        NEW, 2007
    )
    assert first.filter(~pl.col("is_new"))["year"].unique().to_list() == [2001]


def test_the_same_seed_makes_the_same_economy(economy: MadeUpEconomy) -> None:
    assert made_up_economy().panel.equals(economy.panel)
    assert not made_up_economy(seed=1).panel.equals(economy.panel)
    assert set(economy.panel.columns) == set(UNITS)
    assert not economy.panel.select("place", "industry", "year").is_duplicated().any()


def test_places_add_up(economy: MadeUpEconomy) -> None:
    places = economy.places()
    assert places.height == 12 * 20
    assert places["value_added"].sum() == pytest.approx(economy.panel["value_added"].sum())


def test_too_few_years_are_refused() -> None:
    with pytest.raises(RefusedError, match="fewer than twelve years"):
        made_up_economy(years=(2001, 2005))
