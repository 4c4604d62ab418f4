"""Openings that take-offs reach: planted shares, identities, and the balance of fields."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.joins import take_off_graduates
from firstlight.networks import graduates
from firstlight.texts import Share

JOBS = pl.DataFrame({"code": ["15-1252", "17-2141", "43-4051"], "openings": [100.0, 40.0, 60.0]})
SEEN = pl.DataFrame(
    {
        "technology": ["moss", "fog", "tin"],
        "probability": [0.5, 0.4, 0.1],
        "probability_low": [0.3, 0.2, 0.0],
        "probability_high": [0.7, 0.6, 0.2],
    }
)
LINES = pl.DataFrame(
    {
        "technology": ["moss", "fog", "tin"],
        "code": ["15-1252", "17-2141", "17-2141"],
        "probability": [0.8, 0.5, 1.0],
    }
)
SUPPLY = pl.DataFrame({"field": ["computing", "turbines"], "graduates": [70.0, 50.0]})
CROSSWALK = pl.DataFrame(
    {
        "field": ["computing", "turbines"],
        "occupation": ["15-1252", "17-2141"],
        "share": [0.9, 1.0],
    }
)


def reached(found: Any) -> dict[str, float]:
    return dict(found.table.select("code", "reached_openings").rows())


def test_openings_are_reached_with_the_chance_of_one_take_off_or_more() -> None:
    found = take_off_graduates(JOBS, SEEN, links=LINES)
    assert reached(found) == {
        "15-1252": pytest.approx(40.0),
        "17-2141": pytest.approx(40 * (1 - 0.8 * 0.9)),
        "43-4051": 0.0,
    }
    first = found.said[0]
    assert first.code == "reached"
    assert first.values["share"].value == pytest.approx(51.2 / 200)
    ends = first.values["ends"].value.values
    assert ends["low"].value == pytest.approx((24 + 4) / 200)
    assert ends["high"].value == pytest.approx((56 + 40 * (1 - 0.7 * 0.8)) / 200)
    assert isinstance(ends["low"], Share)


def test_openings_of_a_group_that_none_of_its_occupations_has_are_told_as_not_counted() -> None:
    groups = pl.DataFrame({"code": ["00-0000", "15-1200"], "openings": [250.0, 150.0]})
    found = take_off_graduates(pl.concat([JOBS, groups]), SEEN, links=LINES)
    told = next(message for message in found.said if message.code == "uncounted")
    assert told.values["share"].value == pytest.approx(50 / 250)  # 150 of the group, less 100
    whole = groups.with_columns(openings=pl.Series([200.0, 100.0]))
    complete = take_off_graduates(pl.concat([JOBS, whole]), SEEN, links=LINES)
    assert "uncounted" not in [message.code for message in complete.said]
    assert complete.said[0].values["share"].value == pytest.approx(51.2 / 200)


def test_openings_of_a_total_that_no_occupation_has_are_told_with_their_share() -> None:
    """500 in all, 200 of them in occupations, 10 more in a group: 300 of 500 are not counted."""
    above = pl.DataFrame({"code": ["00-0000", "15-1200"], "openings": [500.0, 110.0]})
    found = take_off_graduates(pl.concat([JOBS, above]), SEEN, links=LINES)
    told = next(message for message in found.said if message.code == "uncounted")
    assert told.values["share"].value == pytest.approx(300 / 500)
    assert told.values["count"].value == 2
    summed = pl.DataFrame({"code": ["00-0000", "15-1200"], "openings": [210.0 + 1e-9, 110.0]})
    found = take_off_graduates(pl.concat([JOBS, summed]), SEEN, links=LINES)
    told = next(message for message in found.said if message.code == "uncounted")
    assert told.values["count"].value == 1  # the group: the total is the sum of all
    places = pl.concat(
        pl.concat([JOBS, above]).with_columns(place=pl.lit(place), year=2020) for place in "AB"
    )
    of_places = take_off_graduates(places, SEEN, links=LINES)
    told = next(message for message in of_places.said if message.code == "uncounted")
    assert told.values["share"].value == pytest.approx(300 / 500)


def test_openings_that_the_crosswalk_gives_to_no_field_are_counted() -> None:
    found = take_off_graduates(JOBS, SEEN, links=LINES, supply=SUPPLY, crosswalk=CROSSWALK)
    told = next(message for message in found.said if message.code == "unlinked")
    assert told.values["count"].value == 2  # a tenth of 15-1252, all of 43-4051
    assert told.values["openings"].value == pytest.approx(70)
    assert told.values["share"].value == pytest.approx(70 / 200)


def test_twice_the_openings_are_twice_the_reach_at_the_same_share() -> None:
    once = take_off_graduates(JOBS, SEEN, links=LINES)
    twice = take_off_graduates(JOBS.with_columns(pl.col("openings") * 2), SEEN, links=LINES)
    assert reached(twice) == {code: 2 * value for code, value in reached(once).items()}
    assert twice.said[0].values["share"] == once.said[0].values["share"]


def test_certain_take_offs_reach_all_openings_and_the_fields_are_those_of_graduates() -> None:
    sure = pl.DataFrame({"technology": ["moss", "fog"], "probability": [1.0, 1.0]})
    lines = LINES.head(2).with_columns(probability=pl.lit(1.0))
    found = take_off_graduates(JOBS, sure, links=lines, supply=SUPPLY, crosswalk=CROSSWALK)
    fields = found.tables["fields"]
    assert fields["reached_demand_count"].to_list() == fields["demand_count"].to_list()
    assert fields["reached_share"].to_list() == [1.0, 1.0]
    demand = JOBS.select(occupation="code", openings="openings")
    balance = graduates(SUPPLY, demand, CROSSWALK).table.sort("field")
    own = ["field", "supply_count", "demand_count", "gap_count"]
    assert fields.sort("field").select(own).equals(balance.select(own))
    assert found.tables["unlinked"].rows() == [("15-1252", 10.0), ("43-4051", 60.0)]


def test_the_last_year_is_used_and_missing_openings_stay_missing() -> None:
    years = pl.concat(
        [JOBS.with_columns(year=pl.lit(2023)), JOBS.with_columns(year=pl.lit(2024))]
    ).with_columns(
        openings=pl.when((pl.col("year") == 2024) & (pl.col("code") == "17-2141"))
        .then(None)
        .otherwise("openings")
    )
    found = take_off_graduates(years, SEEN, links=LINES)
    assert found.table.height == 3
    lost = found.table.filter(code="17-2141").row(0, named=True)
    assert (lost["reached_openings"], lost["reason"]) == (None, "no_openings")
    assert found.said[0].code == "reached_in"


def test_what_does_not_go_together_is_refused() -> None:
    of_2024 = SUPPLY.with_columns(year=pl.lit(2024))
    for options, jobs, code in (
        ({"supply": SUPPLY}, JOBS, "one_without_other"),
        ({"supply": of_2024, "crosswalk": CROSSWALK}, JOBS, "year_of_one_side"),
        (
            {"supply": of_2024, "crosswalk": CROSSWALK},
            JOBS.with_columns(year=pl.lit(2023)),
            "no_graduates_in",
        ),
    ):
        with pytest.raises(InputError) as refused:
            take_off_graduates(jobs, SEEN, links=LINES, **options)  # type: ignore[arg-type]
        assert refused.value.code == code
