"""Growth before take-offs: planted contributions, identities with drivers, and how measurements
lead to the joins."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import firstlight as fl
from command_line import CommandLine
from firstlight.errors import InputError
from firstlight.joins import take_off_drivers
from firstlight.measurement import folders, measurement
from firstlight.productivity import drivers
from firstlight.run.joined_names import JOINS, OF_ANOTHER_TABLE, joined_name

ROWS = pl.DataFrame(
    {
        "code": ["24", "62", "27"] * 2,
        "year": [2000] * 3 + [2001] * 3,
        "value": [60.0, 30, 10, 60, 40, 20],
    }
)
SEEN = pl.DataFrame(
    {
        "technology": ["moss", "fog"],
        "probability": [0.5, 0.4],
        "probability_low": [0.25, 0.2],
        "probability_high": [0.75, 0.6],
    }
)
LINES = pl.DataFrame(
    {"technology": ["moss", "fog"], "code": ["6201", "2710"], "probability": [1.0, 0.5]}
)


def test_contributions_are_weighted_by_the_chance_that_an_industry_is_reached() -> None:
    found = take_off_drivers(ROWS, SEEN, links=LINES)
    last = found.table.filter(year=2001).row(0, named=True)
    assert last["total_growth_pp"] == pytest.approx(20.0)
    assert last["reached_contribution_pp"] == pytest.approx(0.5 * 10 + 0.2 * 10)
    assert last["reached_contribution_low_pp"] == pytest.approx(0.25 * 10 + 0.1 * 10)
    assert last["reached_contribution_high_pp"] == pytest.approx(0.75 * 10 + 0.3 * 10)
    assert last["contribution_share"] == pytest.approx(0.35)
    assert last["reached_share"] == pytest.approx((0.5 * 40 + 0.2 * 20) / 120)
    assert found.said[0].code == "growth"
    assert found.said[0].values["points"].value == pytest.approx(7.0)


def test_sure_take_offs_are_new_industries_of_drivers() -> None:
    sure = pl.DataFrame({"technology": ["moss"], "probability": [1.0]})
    found = take_off_drivers(ROWS, sure, links=LINES.head(1)).table
    own = drivers(ROWS, industry="code", new=["62"]).table
    assert found["reached_contribution_pp"].equals(own["new_contribution_pp"], null_equal=True)
    assert found["contribution_share"].equals(own["contribution_share"], null_equal=True)


def test_parts_add_up_and_a_whole_beside_its_parts_counts_once() -> None:
    found = take_off_drivers(ROWS, SEEN, links=LINES)
    both = found.table["reached_contribution_pp"] + found.table["other_contribution_pp"]
    assert both.to_list() == [None, pytest.approx(20.0)]
    finer = ROWS.filter(code="62").with_columns(code=pl.lit("6201"))
    again = take_off_drivers(pl.concat([ROWS, finer]), SEEN, links=LINES)
    assert again.table.equals(found.table)
    assert again.tables["not_joined"].filter(reason="holds_others")["code"].to_list() == ["62"]


def test_places_are_measured_each_by_itself() -> None:
    both = pl.concat(
        [
            ROWS.with_columns(place=pl.lit("a")),
            ROWS.with_columns(place=pl.lit("b"), value=pl.col("value") * 3),
        ]
    )
    found = take_off_drivers(both, SEEN, links=LINES).table
    shares = found.filter(year=2001)["contribution_share"]
    assert shares.to_list() == [pytest.approx(0.35)] * 2


def test_every_join_with_an_observation_stands_for_a_measurement_without() -> None:
    joins = {*JOINS.values(), *OF_ANOTHER_TABLE.values()}
    named = {name for name, folder in folders().items() if folder.parent.name == "joins"}
    assert {name for name in named if "observation" in measurement(name).parameters} == joins
    for former, join in {**JOINS, **OF_ANOTHER_TABLE}.items():
        assert "observation" in measurement(join).parameters
        assert "observation" not in measurement(former).parameters


def test_graduates_with_an_observation_say_which_command_to_use() -> None:
    with pytest.raises(InputError) as refused:
        joined_name("graduates", ["observation"])
    assert refused.value.code == "another_table"
    assert "take_off_graduates" in refused.value.try_next


def test_a_measurement_with_an_observation_leads_to_its_join(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, table in (("rows", ROWS), ("seen", SEEN), ("links", LINES)):
        table.write_csv(f"{name}.csv")
    options = {"observation": "seen.csv", "links": "links.csv"}
    found = fl.measure("drivers", "rows.csv", project="kept", **options)
    assert found.facts["measurement"] == "take_off_drivers"
    shell = CommandLine(tmp_path, capsys)
    said = shell("measure", "drivers", "rows.csv", "--observation=seen.csv", "--links", "links.csv")
    assert said.code == 0 and "moss" in said.out
    assert (tmp_path / "observatory" / "take_off_drivers.html").is_file()
    refused = shell("measure", "graduates", "rows.csv", "--observation", "seen.csv")
    assert refused.code == 2 and "take_off_graduates" in refused.err
    assert joined_name("drivers", ["new"]) == "drivers"
