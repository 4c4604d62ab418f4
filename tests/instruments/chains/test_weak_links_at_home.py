"""Weak links of a chain that knows where home is: what home makes is no link that others can cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from economies import code_of
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.chains import weak_links
from firstlight.result import Result

NEEDS = pl.DataFrame(
    {
        "input": ["lens", "mirror", "resin", "chip", "laser", "glass", "frame"],
        "product": ["camera"] * 7,
    }
)
ROWS: Sequence[tuple[Any, ...]] = (
    ("lens", "a", "Homeland", 1.0, None),  # home alone: a strength, whatever others lack
    ("mirror", None, "Homeland", 0.5, None),
    ("mirror", None, "Northland", 0.5, None),
    ("resin", None, "Homeland", 0.1, None),
    ("resin", None, "Northland", 0.3, None),
    ("resin", None, "Southland", 0.6, None),
    ("chip", "b", "Northland", None, None),
    ("chip", "c", "Southland", None, None),
    ("chip", "d", "Homeland", None, "minor"),
    ("laser", "e", "Northland", 1.0, None),
    ("glass", "f", "Homeland", None, None),
    ("glass", "g", "Homeland", None, None),
    ("glass", "h", "Southland", None, None),
)


def table_of(rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    kinds = {"input": pl.String, "provider": pl.String, "country": pl.String}
    schema = {**kinds, "share": pl.Float64, "minor": pl.String}
    return pl.DataFrame(rows, schema, orient="row")


def at_home(home: str = "Homeland", rows: Sequence[tuple[Any, ...]] = ROWS, **options: Any) -> Any:
    return weak_links(NEEDS, providers=table_of(rows), home=home, **options)


def row_of(result: Result, name: str) -> dict[str, Any]:
    return result.table.filter(input=name).row(0, named=True)


def test_the_weakest_link_is_one_that_others_hold() -> None:
    found = at_home()
    ranked = found.table.drop_nulls("rank")["input"].to_list()
    assert ranked[:3] == ["laser", "resin", "mirror"]
    laser = row_of(found, "laser")
    assert (laser["standing"], laser["top_country"], laser["top_provider"]) == (
        "one_provider",
        "Northland",
        "e",
    )
    assert laser["exposure_share"] == 1.0
    # without a home the lens of one provider stands beside the laser
    without = weak_links(NEEDS, providers=table_of(ROWS))
    assert row_of(without, "lens")["standing"] == "one_provider"
    assert "home_low_share" not in without.table.columns
    assert (found.said[0].code, found.said[0].values["input"].value) == ("hangs_abroad", "laser")
    assert found.said[0].values["home"].value == "Homeland"


def test_what_home_makes_is_a_strength_and_no_exposure() -> None:
    found = at_home()
    lens = row_of(found, "lens")
    assert (lens["standing"], lens["exposure_share"], lens["top_country"]) == ("home", 0.0, None)
    assert (lens["home_low_share"], lens["home_high_share"]) == (1.0, 1.0)
    assert (lens["countries_count"], lens["providers_count"]) == (0, 0)
    own = next(said for said in found.said if said.code == "made_at_home")
    assert [each.value for each in own.values["names"].value] == ["lens"]
    assert "Homeland" not in found.tables["removals"]["name"].to_list()
    assert not {"Homeland", "a"} & set(found.tables["cuts"]["name"])


def test_of_equals_the_one_that_nobody_makes_at_home_comes_first() -> None:
    rows = [
        ("chip", "a", "Northland", 1.0, None),
        ("chip", "b", "Homeland", None, "minor"),
        ("laser", "c", "Northland", 0.6, None),
        ("laser", "d", "Northland", 0.4, None),
    ]
    found = at_home(rows=rows)
    # both come from Northland alone, and lasers from more firms; but nobody at home makes any
    first = found.table.drop_nulls("rank").select("input", "home_providers")
    assert first.rows() == [("laser", None), ("chip", "b")]
    mirror = row_of(at_home(), "mirror")
    assert mirror["home_providers"] == "Homeland"


def test_half_at_home_exposes_to_the_other_half() -> None:
    found = at_home()
    mirror = row_of(found, "mirror")
    assert (mirror["home_low_share"], mirror["top_country"]) == (0.5, "Northland")
    assert (mirror["exposure_share"], mirror["country_hhi_low"]) == (0.5, 2500.0)
    resin = row_of(found, "resin")
    assert (resin["exposure_share"], resin["top_country"]) == (0.6, "Southland")
    assert resin["countries_count"] == 2  # of those abroad: one more to turn to
    assert resin["country_hhi_low"] == pytest.approx(10_000 * (0.3**2 + 0.6**2))


def test_unknown_shares_leave_home_between_two_ends() -> None:
    found = at_home()
    glass = row_of(found, "glass")
    # two firms at home and one abroad, of whom nobody knows who sells how much
    assert (glass["home_low_share"], glass["home_high_share"]) == (0.0, 1.0)
    assert (glass["top_country_low_share"], glass["top_country_high_share"]) == (0.0, 1.0)
    assert (glass["top_country"], glass["standing"]) == (None, "unclear")
    chip = row_of(found, "chip")
    # home holds 5% at most, so that one of the two others holds 47.5% at least
    assert (chip["home_low_share"], chip["home_high_share"]) == (0.0, 0.05)
    assert chip["top_country_low_share"] == pytest.approx(0.475)
    assert row_of(found, "frame")["home_low_share"] is None


def test_second_sources_are_those_abroad_that_hold_something() -> None:
    told = {said.code: said for said in at_home().said}
    assert told["no_second_source"].values["input"].value == "laser"
    rows = [row for row in ROWS if row[0] != "laser"]
    told = {said.code: said for said in at_home(rows=rows).said}
    assert told["second_sources"].values["input"].value == "resin"
    assert [each.value for each in told["second_sources"].values["names"].value] == ["Northland"]


def test_a_provider_of_no_known_country_may_be_at_home() -> None:
    rows = [("lens", "a", None, 0.7, None), ("lens", None, "Homeland", 0.3, None)]
    lens = row_of(at_home(rows=rows), "lens")
    assert (lens["home_low_share"], lens["home_high_share"]) == (0.3, 1.0)
    assert (lens["top_provider"], lens["top_provider_low_share"]) == ("a", 0.7)


def test_a_firm_of_two_countries_goes_with_its_part_abroad() -> None:
    rows = [("lens", "a", "Homeland", 0.4, None), ("lens", "a", "Northland", 0.6, None)]
    lens = row_of(at_home(rows=rows, by="provider"), "lens")
    assert (lens["top_provider"], lens["exposure_share"]) == ("a", 0.6)
    # what is named goes, home or not
    gone = at_home(rows=rows, gone=["Homeland", "Northland"])
    assert {said.code: said for said in gone.said}["at_once"].values["stopped"].value == 1


@pytest.mark.parametrize("home", ["China", "CHN", "cn", "中国", "PR China"])
def test_home_may_be_written_as_countries_are(home: str) -> None:
    rows = [("lens", None, "CHN", 0.95, None), ("laser", None, "NLD", 1.0, None)]
    found = at_home(home, rows)
    assert row_of(found, "lens")["standing"] == "home"
    assert found.said[0].values["home"].value == "CHN"


def test_a_home_that_no_row_names_is_refused() -> None:
    assert code_of(lambda: at_home("Homelnd")) == "no_home_but"
    assert code_of(lambda: at_home("Peru")) == "no_home"
    assert code_of(lambda: weak_links(NEEDS, home="Peru")) == "home_without_providers"
    firms = table_of([("lens", "a", None, 1.0, None)])
    assert code_of(lambda: weak_links(NEEDS, providers=firms, home="Peru")) == (
        "home_without_providers"
    )


def test_where_all_is_made_at_home_nothing_hangs_on_others() -> None:
    rows = [(name, None, "Homeland", 1.0, None) for name in NEEDS["input"]]
    found = at_home(rows=rows)
    assert found.said[0].code == "hangs_nowhere_abroad"
    assert "removals" not in found.tables


SHARES = st.lists(st.integers(0, 20), min_size=4, max_size=4)


@settings(max_examples=60, deadline=None)
@given(SHARES, SHARES, st.integers(0, 2**32 - 1))
def test_bounds_with_a_home_hold_whatever_the_missing_shares_are(
    weights: list[int], missing: list[int], seed: int
) -> None:
    """Any way to fill in what is missing lies between the ends that are told."""
    weights = [weight + 1 for weight in weights]
    shares = np.array(weights) / sum(weights)
    is_missing = np.array(missing) > 10
    lands = ["Homeland", "North", "South", "West"]
    rows = [
        ("lens", None, land, None if gap else share, None)
        for land, share, gap in zip(lands, shares.tolist(), is_missing, strict=True)
    ]
    lens = row_of(at_home(rows=rows), "lens")
    draws = [shares]
    if is_missing.any():
        filled = np.where(is_missing, 0.0, shares)
        parts = np.random.default_rng(seed).dirichlet(np.ones(int(is_missing.sum())), size=5)
        rest = 1.0 - filled.sum()
        for part in parts:
            draw = filled.copy()
            draw[is_missing] = rest * part
            draws.append(draw)
    for draw in draws:
        assert lens["home_low_share"] - 1e-9 <= draw[0] <= lens["home_high_share"] + 1e-9
        largest = draw[1:].max()
        assert lens["top_country_low_share"] - 1e-9 <= largest
        assert largest <= lens["top_country_high_share"] + 1e-9
        index = 10_000 * np.square(draw[1:]).sum()
        assert lens["country_hhi_low"] - 1e-6 <= index <= lens["country_hhi_high"] + 1e-6
