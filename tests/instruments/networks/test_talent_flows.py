"""Talent flows: by hand, accounting identities, a plain count person by person, order, bad input
named."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.instruments.networks.talent_flows.flows import talent_flows
from firstlight.instruments.networks.talent_flows.talent_flows import talent
from firstlight.result import Result


def people(seed: int = 0) -> pl.DataFrame:
    """300 people who move, hold two affiliations now and then, and are not seen every year."""
    rng = np.random.default_rng(seed)
    rows = []
    for p in range(300):
        at = int(rng.integers(0, 6))
        for year in range(2000 + int(rng.integers(0, 4)), 2012 - int(rng.integers(0, 4))):
            if rng.random() < 0.15:
                at = int(rng.integers(0, 6))
            if rng.random() < 0.8:
                rows.append((f"p{p:03d}", f"u{at}", year))
                if rng.random() < 0.15:
                    rows.append((f"p{p:03d}", f"u{rng.integers(0, 6)}", year))
    return pl.DataFrame(rows, schema=["person", "unit", "year"], orient="row")


def measured(frame: pl.DataFrame) -> Result:
    return talent(frame, organisation="unit")


def said(result: Result, code: str) -> dict[str, object]:
    """The values of a message; empty where it is not said."""
    values = [given.values for given in result.said if given.code == code]
    return {name: value.value for own in values for name, value in own.items()}


def test_by_hand() -> None:
    rows = [
        ("p", "x", 2000),
        ("p", "y", 2001),
        ("p", "x", 2002),
        ("q", "x", 2000),
        ("q", "x", 2001),
        ("q", "y", 2001),
    ]
    frame = pl.DataFrame(rows, schema=["person", "unit", "year"], orient="row")
    found = talent_flows(frame)
    assert found.moves.rows() == [(2001, "x", "y", 1.5), (2002, "y", "x", 1.0)]
    x = found.table.filter(unit="x")
    assert x.select(
        "stock_count", "stayers_count", "arrivals_count", "departures_count"
    ).rows() == [
        (2.0, None, None, None),
        (0.5, 0.5, 0.0, 1.5),
        (1.0, 0.0, 1.0, 0.0),
    ]
    assert x["left_count"].to_list() == [None, 0.0, 0.5]
    assert x["net_rate_share"].to_list() == [None, -1.5 / 1.25, 1 / 0.75]
    assert x["returnees_count"].to_list() == [None, None, 1.0]  # p comes back
    assert x["reason"].to_list() == ["first_year", "too_early", None]
    assert said(measured(frame), "back") == {"share": 1.0}


@pytest.mark.parametrize("gap", [1, 3])
def test_the_accounts_close(gap: int) -> None:
    found = talent_flows(people(), gap=gap)
    t = found.table
    before = t.select("unit", pl.col("year") + 1, before="stock_count")
    closed = t.join(before, on=["unit", "year"], how="left").with_columns(
        pl.col("before").fill_null(0.0)
    )
    closed = closed.filter(pl.col("stayers_count").is_not_null())
    came = closed["arrivals_count"] + closed["entered_count"]
    went = closed["departures_count"] + closed["left_count"]
    assert np.allclose(closed["stock_count"], closed["before"] + came - went)
    assert np.allclose(closed["stock_count"], closed["stayers_count"] + came)
    assert np.allclose(closed["before"], closed["stayers_count"] + went)
    arrivals = closed.group_by("year").agg(pl.col("arrivals_count", "departures_count").sum())
    assert np.allclose(arrivals["arrivals_count"], arrivals["departures_count"])
    for side, name in (("destination", "arrivals_count"), ("origin", "departures_count")):
        sums = found.moves.group_by(pl.col(side).alias("unit"), "year").agg(
            pl.col("people_count").sum()
        )
        both = closed.join(sums, on=["unit", "year"], how="left").with_columns(
            pl.col("people_count").fill_null(0.0)
        )
        assert np.allclose(both[name], both["people_count"])
    assert (closed["returnees_count"].fill_null(0.0) <= closed["arrivals_count"]).all()


def plainly(frame: pl.DataFrame, gap: int) -> dict[tuple[int, str, str], float]:
    """Flows person by person, with dictionaries."""
    flows: dict[tuple[int, str, str], float] = {}
    for _, rows in frame.unique().group_by("person"):
        seen = {year: set(part["unit"].to_list()) for (year,), part in rows.group_by("year")}
        years = sorted(seen)
        held = dict(seen)
        for one, two in itertools.pairwise(years):
            if two - one <= gap:
                held |= {year: seen[one] for year in range(one, two)}
        for year in held:
            if year - 1 not in held:
                continue
            then, now = held[year - 1], held[year]
            change = {u: (u in now) / len(now) - (u in then) / len(then) for u in then | now}
            whole = sum(c for c in change.values() if c > 0)
            for a, lost in change.items():
                for b, won in change.items():
                    if lost < 0 < won:
                        key = (year, a, b)
                        flows[key] = flows.get(key, 0) - lost * won / whole
    return flows


@pytest.mark.parametrize("gap", [1, 2, 4])
@pytest.mark.slow
def test_as_counted_person_by_person(gap: int) -> None:
    frame = people(1)
    found = {row[:3]: row[3] for row in talent_flows(frame, gap=gap).moves.rows()}
    assert found == pytest.approx(plainly(frame, gap)) and len(found) > 100


def test_order_does_not_matter_and_the_end_is_provisional() -> None:
    frame = people(2)
    found = talent_flows(frame, gap=3)
    mixed = talent_flows(
        pl.concat([frame.sample(fraction=1, shuffle=True, seed=1), frame.head(5)]), gap=3
    )
    assert mixed.table.equals(found.table) and mixed.moves.equals(found.moves)
    assert sorted(set(found.table.filter("is_provisional")["year"].to_list())) == [2010, 2011]
    assert not talent_flows(frame).table["is_provisional"].any()
    # what is firm stays as it is when another year is seen
    earlier = talent_flows(frame.filter(pl.col("year") <= 2009), gap=3).table.filter(
        ~pl.col("is_provisional")
    )
    later = found.table.join(earlier.select("unit", "year"), on=["unit", "year"]).sort(
        "unit", "year"
    )
    assert later["stock_count"].to_list() == pytest.approx(earlier["stock_count"].to_list())
    assert later["left_count"].drop_nulls().to_list() == pytest.approx(
        earlier["left_count"].drop_nulls().to_list()
    )


def test_a_name_that_stands_for_many_is_said() -> None:
    crowd = pl.DataFrame(
        {"person": ["unknown"] * 7, "unit": [f"u{k}" for k in range(7)], "year": [2005] * 7}
    )
    alone = people().unique()
    seven, six, five = (pl.concat([alone, crowd[:size]]) for size in (7, 6, 5))
    assert said(measured(seven), "many") == {"count": 1, "most": 7}
    assert said(measured(six), "many") == {"count": 1, "most": 6}
    assert said(measured(five), "many") == {}, "five are not more"
    assert said(measured(alone), "many") == {}


def test_gains_and_losses_are_told_with_the_noise_of_counts() -> None:
    rows = [(f"p{k}", unit, year) for k in range(9) for unit, year in (("x", 2000), ("y", 2001))]
    found = measured(pl.DataFrame(rows, schema=["person", "unit", "year"], orient="row"))
    noise = pytest.approx(1.96 * 3)  # square roots of 9
    assert said(found, "net") == {
        "gainer": "y",
        "gained": 9,
        "gainer_noise": noise,
        "loser": "x",
        "lost": -9,
        "loser_noise": noise,
    }


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError) as wrong:
        talent_flows(people(), gap=0)
    assert wrong.value.code == "out_of_bounds" and wrong.value.values["parameter"].value == "gap"
    with pytest.raises(InputError) as wrong:
        talent_flows(people().clear())
    assert wrong.value.code == "no_rows"
    with pytest.raises(InputError, match=r"no column '?place"):
        talent_flows(people(), unit="place")


def test_nobody_gained_most_where_moves_balance() -> None:
    rows = pl.DataFrame({"person": list("ppqq"), "unit": list("xyyx"), "year": [2000, 2001] * 2})
    codes = [given.code for given in measured(rows).said]
    assert codes[0] == "balanced" and "net" not in codes


def test_nobody_moves() -> None:
    rows = pl.DataFrame({"person": list("ppq"), "unit": list("xxy"), "year": [2000, 2001, 2001]})
    found = measured(rows)
    assert [given.code for given in found.said] == ["nobody_moved", "stock", "no_relatedness"]
    assert list(found.tables) == ["units", "moves", "unit_years", "by_year"]


def test_several_organisations_in_a_cell_are_a_row_each() -> None:
    several = pl.DataFrame({"person": list("pp"), "unit": ["x; y", "x"], "year": [2000, 2001]})
    each = pl.DataFrame({"person": list("ppp"), "unit": list("xyx"), "year": [2000, 2000, 2001]})
    assert measured(several).table.equals(measured(each).table)
    assert measured(several).table["net_count"].to_list() == [0.5, -0.5]


def test_fractions_of_people_and_a_hub_are_conventions() -> None:
    halves = {given.code for given in measured(people().unique()).conventions}
    assert "fractions" in halves and "no_chance" not in halves
    ends = [("h", unit) for unit in "abc"] + [(unit, "h") for unit in "abc"]
    rows = [
        (f"p{k}", unit, 2000 + step)
        for k, pair in enumerate(ends)
        for step, unit in enumerate(pair)
    ]
    hub = measured(pl.DataFrame(rows, schema=["person", "unit", "year"], orient="row"))
    codes = {given.code for given in hub.conventions}
    assert "no_chance" in codes and "fractions" not in codes
    assert hub.tables["relatedness"]["p_value"].null_count() == 3


def test_rows_up_to_a_year() -> None:
    frame = people().unique()
    early = talent(frame, organisation="unit", until=2008)
    same = measured(frame.filter(pl.col("year") <= 2008))
    assert early.said == same.said and early.table.equals(same.table)
    assert "until" in {given.code for given in early.conventions}
    with pytest.raises(InputError) as error:
        talent(frame, organisation="unit", until=1990)
    assert error.value.code == "none_until"


def test_errors_name_the_row_that_was_given() -> None:
    rows = pl.DataFrame(
        {"person": list("pqq"), "unit": ["x; y; z", "x; y", "y"], "year": ["2000", "2000", "2000"]}
    )
    with pytest.raises(InputError) as error:
        measured(rows)
    assert error.value.code == "repeated_key" and error.value.values["row"].value == 2
    with pytest.raises(InputError) as error:
        measured(rows.with_columns(year=pl.Series(["2000", "2001", "soon"])))
    assert error.value.code == "not_a_number" and error.value.values["row"].value == 3
