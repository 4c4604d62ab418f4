"""Positions in chains: products followed from delivery to delivery, and what they sum to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from worlds import made_up, wide, wiod_table

from firstlight.chains import WorldTable, chain_position, world_table
from firstlight.errors import InputError
from firstlight.instruments.chains.position_over_time.positions import positions
from firstlight.result import Result
from firstlight.texts import Count, Name, Number, Year

Floats = NDArray[np.float64]
ROUNDS = 100


def followed(start: Floats, passed_on: Floats) -> Floats:
    """The mean number of deliveries until a unit has ended: a share of it ends at once, the rest is
    passed on, round by round."""
    steps, ends = np.zeros_like(start), start
    for k in range(1, ROUNDS + 1):
        steps = steps + k * ends
        ends = passed_on @ ends
    return steps


def by_hand(table: WorldTable) -> dict[str, tuple[float, float]]:
    """Country -> steps to final users and from first inputs."""
    x, final = table.output, table.final.sum(axis=1)
    added = x - table.flows.sum(axis=0)
    over = np.where(x > 0, x, np.inf)
    up = followed(final / over, table.flows / over[:, None])
    down = followed(added / over, (table.flows / over).T)
    found = {}
    for g, name in enumerate(table.countries):
        own = table.country == g
        if own.any():
            means = [np.average(up[own], weights=added[own])]
            means.append(np.average(down[own], weights=final[own]))
            found[name] = (float(means[0]), float(means[1]))
    return found


def follow_every_delivery(table: WorldTable) -> int:
    """The number of countries whose positions are those of products followed."""
    found = positions(table)
    steps = found.countries.select("country", "upstreamness", "downstreamness")
    expected = by_hand(table)
    assert steps.height == len(expected)
    for country, up, down in steps.iter_rows():
        assert (up, down) == pytest.approx(expected[country], rel=1e-9)
    _sums_to_output(found.industries, table)
    return steps.height


def test_positions_follow_every_delivery() -> None:
    """An industry makes nothing, and the others state a little more output than they deliver."""
    table = made_up(5, (6, 9, 4, 7))
    flows, final = table.flows.copy(), table.final.copy()
    flows[8], flows[:, 8], final[8] = 0, 0, 0
    names = [table.countries[g] for g in table.country]
    stated = 1.001 * (flows.sum(axis=1) + final.sum(axis=1))
    table = world_table(flows, final, names, table.industries, table.countries, stated)
    assert follow_every_delivery(table) == 4


@pytest.mark.slow
@pytest.mark.parametrize("year", [1995, 2008, 2011])
def test_positions_of_the_world_follow_every_delivery(year: int, shared: Path) -> None:
    assert follow_every_delivery(wiod_table(shared, year, is_stated=True)) == 41


def _sums_to_output(industries: pl.DataFrame, table: WorldTable) -> None:
    """Value added times its steps onwards is all output, final goods times the steps behind them."""
    up = industries["upstreamness"] * industries["value_added"]
    down = industries["downstreamness"] * industries["final_deliveries"]
    assert up.sum() == pytest.approx(table.output.sum(), rel=1e-11)
    assert down.sum() == pytest.approx(table.output.sum(), rel=1e-11)


def test_both_ends_of_the_world_are_as_far() -> None:
    table = made_up()
    found = positions(table)
    length = table.output.sum() / table.value_added.sum()
    assert found.world["upstreamness"].to_list() == pytest.approx([length], rel=1e-12)
    own = found.industries
    down = np.average(own["downstreamness"], weights=own["final_deliveries"])
    assert down == pytest.approx(length, rel=1e-12)
    _sums_to_output(found.industries, table)
    for country, up, down in found.countries.select(
        "country", "upstreamness", "downstreamness"
    ).iter_rows():
        assert (up, down) == pytest.approx(by_hand(table)[country], rel=1e-11)


def over_years(*tables: WorldTable, **options: Any) -> Result:
    rows = [wide(table).with_columns(year=2000 + 5 * k) for k, table in enumerate(tables)]
    return chain_position(pl.concat(rows), **options)


def test_changes_are_made_of_both_parts() -> None:
    found = over_years(made_up(3), made_up(4), made_up(5))
    changes, places = found.tables["changes"], found.table
    assert changes.height == 4 and changes["reason"].is_null().all()
    for steps in ("upstreamness", "downstreamness"):
        both = changes[f"{steps}_within"] + changes[f"{steps}_mix"]
        assert both.to_list() == pytest.approx(changes[f"{steps}_change"].to_list(), abs=1e-12)
        ends = [
            dict(places.filter(year=at).select("country", steps).iter_rows()) for at in (2000, 2010)
        ]
        for country, change in changes.select("country", f"{steps}_change").iter_rows():
            assert change == pytest.approx(ends[1][country] - ends[0][country], abs=1e-12)


def chain(is_refined_at_home: bool) -> WorldTable:
    """The south sells ore to the north, or smelts it and sells what final users take."""
    flows = np.zeros((4, 4))  # north: goods, services; south: ore, services
    flows[2, 0] = 5.0 if not is_refined_at_home else 1.0
    final = np.array([[20.0, 2], [10, 1], [1, 1], [1, 10]])
    final[2] += (0, 0) if not is_refined_at_home else (4, 8)
    industries = ["goods", "services", "ore", "services"]
    return world_table(
        flows, final, ["north", "north", "south", "south"], industries, ["north", "south"]
    )


def test_the_first_sentence_says_whether_a_country_moved() -> None:
    later, earlier = chain(True), chain(False)
    for tables, code in (((earlier, later), "moved_down"), ((later, earlier), "moved_up")):
        found = over_years(*tables, home="south")
        said = found.said[0]
        assert said.code == code
        assert (said.values["since"], said.values["year"]) == (Year(2000), Year(2005))
        assert said.values["country"] == Name("south")
        last = found.table.filter(country="south", year=2005).row(0, named=True)
        assert said.values["ratio"] == Number(last["position_index"], 3)
    # ore to the north: 5 of 7 take two steps; it adds 7 of the south's 18
    up = 1 + 5 / 18
    south = over_years(earlier, later).table.filter(country="south", year=2000).row(0, named=True)
    assert south["upstreamness"] == pytest.approx(up, rel=1e-12)
    assert south["downstreamness"] == pytest.approx(1, rel=1e-12)
    assert over_years(earlier, earlier, home="south").said[0].code == "stayed"
    assert over_years(earlier, home="south").said[0].code == "stands_in"
    alone = chain_position(wide(earlier), home="south")
    assert alone.said[0].code == "stands" and not alone.tables["changes"].height


def test_ranks_and_industries_that_moved() -> None:
    found = over_years(made_up(3), made_up(4))
    said = {own.code: own.values for own in found.said}
    now = found.table.filter(year=2005)
    home = said[found.said[0].code]["country"].value
    rank = now["country"].to_list().index(home) + 1
    assert said["among"]["rank"] == Count(rank) and said["among"]["count"] == Count(4)
    assert said["among"]["top"] == Name(now["country"][0])
    course = found.tables["course"]
    assert set(course["country"]) == {home} and course["year"].to_list() == [2005, 2000]
    moved = found.tables["home_industries"]
    change = moved["position_after"] - moved["position_before"]
    assert change.to_list() == pytest.approx(moved["position_change"].to_list())


def test_what_has_no_position_says_why() -> None:
    """A country that adds nothing, one that serves no final users, and one that is gone later."""
    flows = np.array([[0, 4.0, 0], [0, 0, 0], [0, 0, 0]])
    final = np.array([[0.0, 0], [3, 1], [2, 2]])
    names = ["a", "b", "c"]
    table = world_table(flows, final, names, ["all"] * 3, ["b", "c"])
    rows = wide(table).with_columns(year=2000)
    later = rows.filter(
        pl.col("supplier_country") != "c", pl.col("user_country") != "c"
    ).with_columns(year=2001)
    found = chain_position(pl.concat([rows, later]))
    changes = dict(found.tables["changes"].select("country", "reason").iter_rows())
    assert changes["c"] == "one_year"
    with pytest.raises(InputError) as raised:
        chain_position(rows, home="d")
    assert raised.value.code in ("no_home", "no_home_but")
    two = world_table(
        np.array([[0, 0, 4.0], [0, 0, 3.0], [0, 0, 0]]),
        np.array([[0.0, 0], [0, 0], [9, 1]]),
        ["a", "a", "b"],
        ["x", "y", "z"],
        ["b", "a"],
    )
    own = positions(two).countries.filter(country="a").row(0, named=True)
    assert (own["downstreamness"], own["position_index"]) == (None, None)
    assert own["reason"] == "no_final_deliveries"
    assert chain_position(wide(two), home="a").said[0].code == "no_position"
