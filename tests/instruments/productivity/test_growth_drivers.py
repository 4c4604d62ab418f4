"""Growth drivers: by hand, adding up, rebasing, US industries, entries, gaps and bad input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.productivity.growth_drivers.growth_drivers import drivers
from firstlight.instruments.productivity.growth_drivers.new_contributions import growth_drivers
from firstlight.texts import Count, Growth, Name, Number, Share, Value, Year, message, names


def economy(seed: int, n: int = 5, years: int = 6, places: int = 2) -> pl.DataFrame:
    """Places with industries whose values, prices and shares of the new move, invented."""
    rng = np.random.default_rng(seed)
    size = n * years * places
    return pl.DataFrame(
        {
            "place": np.repeat([f"p{k}" for k in range(places)], n * years),
            "industry": np.tile(np.repeat([f"i{k}" for k in range(n)], years), places),
            "year": np.tile(np.arange(2000, 2000 + years), n * places),
            "v": np.exp(rng.normal(3, 0.4, size)),
            "p": np.exp(rng.normal(0, 0.1, size)),
            "n": rng.uniform(0.05, 0.95, size),
        }
    )


def test_by_hand() -> None:
    rows = pl.DataFrame(
        {
            "industry": ["steel", "chips", "cars"] * 2,
            "year": [2000] * 3 + [2001] * 3,
            "v": [60.0, 10, 30, 58, 14, 40],
            "n": [0.0, 1.0, 0.1, 0.0, 1.0, 0.25],
        }
    )
    found = growth_drivers(rows, "v", "n")
    row = found.table.row(1, named=True)
    assert row["total_growth_pp"] == pytest.approx(12)
    assert row["new_value"] == pytest.approx(24)
    assert row["new_share"] == pytest.approx(24 / 112)
    assert row["new_contribution_pp"] == pytest.approx(11)  # 24 - 13 of 100
    assert row["new_growth_pp"] == pytest.approx(100 * 11 / 13)
    assert row["activity_pp"] == pytest.approx(4 + 10 * 0.175)
    assert row["reclassified_pp"] == pytest.approx(0.15 * 35)
    assert row["contribution_share"] == pytest.approx(11 / 12)
    measured = drivers(rows, value="v", new_share="n")
    assert measured.table.equals(found.table.drop("unit"))
    share, growth = measured.said
    assert share == message(
        "share_of_whole",
        share=Share(24 / 112, digits=1),
        year=Year(2001),
        before=Share(0.13, digits=1),
        first=Year(2000),
    )
    assert growth.values["growth"].value == pytest.approx(0.12)
    assert growth.values["points"].value == pytest.approx(11)


def test_real_contributions_by_hand() -> None:
    v, p, n = (
        np.array([[80.0, 20], [90, 30]]),
        np.array([[1.0, 1], [1.1, 0.8]]),
        np.array([[0.1, 0.5], [0.2, 0.6]]),
    )
    rows = pl.DataFrame({"industry": ["steel", "chips"] * 2, "year": [2000, 2000, 2001, 2001]})
    rows = rows.with_columns(v=v.ravel(), p=p.ravel(), n=n.ravel())
    row = growth_drivers(rows, "v", "n", price="p").table.row(1, named=True)
    logs = {}
    for goods, name in ((v * n, "new"), (v * (1 - n), "other")):
        growth = np.log(goods[1] / p[1] / goods[0] * p[0])
        of_total = (goods / v.sum(axis=1, keepdims=True)).mean(axis=0)
        of_own = (goods / goods.sum(axis=1, keepdims=True)).mean(axis=0)
        logs[name] = of_total @ growth
        assert row[f"{name}_growth_pp"] == pytest.approx(100 * np.expm1(of_own @ growth))
    whole = sum(logs.values())
    for name, log in logs.items():
        part = 100 * np.expm1(whole) * log / whole
        assert row[f"{name}_contribution_pp"] == pytest.approx(part)
    assert row["total_growth_pp"] == pytest.approx(100 * np.expm1(whole))


def test_of_a_total_that_falls_nothing_is_a_share() -> None:
    rows = pl.DataFrame(
        {"industry": ["a", "b"] * 2, "year": [2000, 2000, 2001, 2001], "v": [10.0, 10, 12, 6]}
    )
    row = growth_drivers(rows, "v", {"a"}).table.row(1, named=True)
    assert row["total_growth_pp"] == pytest.approx(-10) and row[
        "new_contribution_pp"
    ] == pytest.approx(10)
    assert row["contribution_share"] is None
    assert row["reason"] == "total_did_not_grow"


def test_an_absent_row_may_be_zero_but_an_absent_number_is_missing() -> None:
    rows = pl.DataFrame(
        {
            "industry": ["a", "b", "a", "a", "b"],
            "year": [2000, 2000, 2001, 2002, 2002],
            "v": [10.0, 5, 12, 12, None],
            "n": [0.5, 1.0, 0.5, 0.5, 1.0],
        }
    )
    found = growth_drivers(rows, "v", "n", absent="zero").table
    assert found["new_value"].to_list() == [
        10.0,
        6.0,
        None,
    ]  # of an industry that isn't there no share is needed
    assert found.select("reason", "reason_name", "reason_year").row(2) == ("no_value", "b", 2002)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    money=st.floats(1e-9, 1e12),
    real=st.booleans(),
    by_share=st.booleans(),
)
@pytest.mark.slow
def test_contributions_add_up_in_any_unit_and_order(
    seed: int, money: float, real: bool, by_share: bool
) -> None:
    rows = economy(seed)
    new, price = ("n" if by_share else {"i1", "i3"}), ("p" if real else None)
    found = growth_drivers(rows, "v", new, price=price, unit="place")
    table = found.table.drop_nulls("total_growth_pp")
    assert table.height == 10
    added = table["new_contribution_pp"] + table["other_contribution_pp"]
    assert added.to_numpy() == pytest.approx(table["total_growth_pp"].to_numpy(), abs=1e-9)
    if not real:
        split = table["activity_pp"] + table["reclassified_pp"]
        assert split.to_numpy() == pytest.approx(table["new_contribution_pp"].to_numpy(), abs=1e-9)
        totals = rows.group_by("place", "year").agg(pl.col("v").sum()).sort("place", "year")
        growth = (100 * (totals["v"] / totals["v"].shift(1) - 1)).to_numpy().reshape(2, 6)[:, 1:]
        assert table["total_growth_pp"].to_numpy() == pytest.approx(growth.ravel())
    of_all = found.industries.group_by("unit", "year", maintain_order=True).agg(
        pl.col("contribution_pp").sum()
    )
    both = table.join(of_all, on=["unit", "year"])
    assert both["contribution_pp"].to_numpy() == pytest.approx(
        both["total_growth_pp"].to_numpy(), abs=1e-9
    )
    scaled = rows.with_columns(pl.col("v") * money).sample(fraction=1, shuffle=True, seed=seed)
    other = growth_drivers(scaled, "v", new, price=price, unit="place").table.drop_nulls(
        "total_growth_pp"
    )
    for name in ("new_contribution_pp", "new_share", "other_growth_pp"):
        assert other[name].to_numpy() == pytest.approx(table[name].to_numpy(), abs=1e-8)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_real_contributions_do_not_know_the_base_year_of_prices(seed: int) -> None:
    rows = economy(seed)
    rebased = rows.with_columns(
        pl.col("p") / pl.col("p").get(3).over("place", "industry", order_by="year") * 100
    )
    one, other = (
        growth_drivers(table, "v", {"i0"}, price="p", unit="place").table
        for table in (rows, rebased)
    )
    for name in ("total_growth_pp", "new_contribution_pp", "new_growth_pp"):
        assert other[name].drop_nulls().to_numpy() == pytest.approx(
            one[name].drop_nulls().to_numpy(), abs=1e-9
        )


def test_a_share_of_0_or_1_is_a_set() -> None:
    rows = economy(1).with_columns(n=pl.col("industry").is_in(["i1", "i4"]).cast(pl.Float64))
    for price in (None, "p"):
        by_set = growth_drivers(rows, "v", {"i4", "i1"}, price=price, unit="place").table
        by_share = growth_drivers(rows, "v", "n", price=price, unit="place").table
        assert by_share.equals(by_set)


def test_us_industries(reference: Path) -> None:
    """Value added of BLS industries; the set of the new is chosen for the test and is no
    definition."""
    years = [str(year) for year in range(1987, 2019)]
    raw = pl.read_csv(
        reference / "data/productivity/klemscombinedbymeasure.csv.gz", infer_schema_length=None
    )
    incomes = raw.filter(
        pl.col("Measure Title").is_in(
            [f"Cost of {x}, billions of current dollars" for x in ("Capital", "Labor")]
        )
    )
    sums = ("42,44-45", "48-49", "52-53", "54-81", "11", "21", "51", "DM", "MN", "ND")
    rows = (
        incomes.filter(~pl.col("NAICS").is_in(sums))
        .unpivot(years, index="NAICS", variable_name="year", value_name="v")
        .group_by("NAICS", "year")
        .agg(pl.col("v").cast(pl.Float64).sum())
        .with_columns(pl.col("year").cast(pl.Int64))
    )
    found = growth_drivers(rows, "v", {"334", "5415", "518,519"}, industry="NAICS")
    table = found.table
    assert table.height == 32
    assert (
        table["new_contribution_pp"] + table["other_contribution_pp"] - table["total_growth_pp"]
    ).abs().max() < 1e-12  # type: ignore[operator]
    share = dict(table.select("year", "new_share").rows())
    direct = {
        year: rows.filter(
            pl.col("NAICS").is_in(["334", "5415", "518,519"]) & (pl.col("year") == year)
        )["v"].sum()
        / rows.filter(pl.col("year") == year)["v"].sum()
        for year in (1987, 2018)
    }
    assert {year: share[year] for year in direct} == pytest.approx(direct)
    assert share[2018] > share[1987]
    # In 2009 the total fell: contributions in points stand, a share of growth does not.
    fell = table.filter(pl.col("year") == 2009).row(0, named=True)
    assert fell["total_growth_pp"] < 0
    assert fell["contribution_share"] is None
    assert fell["reason"] == "total_did_not_grow"


def test_entries_and_gaps_are_named_or_zero_as_asked() -> None:
    rows = pl.DataFrame(
        {
            "industry": ["a", "a", "a", "b", "b"],
            "year": [2000, 2001, 2002, 2001, 2002],
            "v": [10.0, 10, 10, 5, 6],
            "p": [1.0] * 5,
        }
    )
    missing = growth_drivers(rows, "v", {"b"})
    why = ("reason", "reason_name", "reason_year")
    assert missing.table.select(why).rows() == [("no_value", "b", 2000)] * 2 + [(None,) * 3]
    measured = drivers(rows.drop("p"), value="v", new=["b"])
    gaps = measured.said[-1]
    assert gaps.code == "gaps"
    years = [each.value.values["year"] for each in gaps.values["rows"].value]
    assert years == [Year(2000), Year(2001)]
    zero = growth_drivers(rows, "v", {"b"}, absent="zero").table
    assert zero["total_growth_pp"].to_list() == pytest.approx([None, 50, 100 / 15])
    assert zero["new_growth_pp"].to_list() == pytest.approx([None, None, 20])
    real = growth_drivers(rows, "v", {"b"}, absent="zero", price="p").table
    assert real.select(why).rows() == [
        ("first_year", None, None),
        ("enters_or_leaves", "b", 2001),
        (None, None, None),
    ]


@pytest.mark.parametrize(
    ("call", "code", "values"),
    [
        (
            lambda: growth_drivers(economy(1), "v", {"i9"}, unit="place"),
            "no_industry",
            {"industry": Name("i9")},
        ),
        (lambda: growth_drivers(economy(1), "v", set(), unit="place"), "nothing_new", {}),
        (lambda: growth_drivers(economy(1), "v", "v", unit="place"), "share_above_one", {}),
        (lambda: growth_drivers(economy(1), "v", {"i1"}), "row_twice", {}),
        (
            lambda: growth_drivers(economy(1), "v", {"i1"}, unit="place", absent="fill"),
            "no_choice",
            {"parameter": Name("absent"), "value": Name("fill")},
        ),
        (
            lambda: growth_drivers(
                economy(1).with_columns(p=0.0), "v", {"i1"}, unit="place", price="p"
            ),
            "not_above_zero",
            {"column": Name("p")},
        ),
    ],
)
def test_bad_input_is_named(
    call: Callable[[], object], code: str, values: dict[str, Value[Any]]
) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    assert {name: caught.value.values[name] for name in values} == values


def test_growth_to_nothing_is_known_and_growth_from_a_loss_is_not() -> None:
    rows = pl.DataFrame(
        {
            "industry": ["chips", "steel"] * 4,
            "year": [2000, 2000, 2001, 2001, 2002, 2002, 2003, 2003],
            "y": [4.0, 10.0, 0.0, 12.0, -2.0, 12.0, 2.0, 12.0],
        }
    )
    found = growth_drivers(rows, "y", {"chips"}).table
    assert found["new_growth_pp"].to_list() == [None, -100.0, None, None]
    assert found["new_contribution_pp"].to_list()[1:] == pytest.approx(
        [-400 / 14, -200 / 12, 400 / 10]
    )


def test_five_places_are_said_and_the_others_counted() -> None:
    rows = [
        (f"{k}", industry, 2000 + t, 1.0 + t)
        for k in range(8)
        for industry in "ab"
        for t in range(2)
    ]
    frame = pl.DataFrame(rows, ["place", "industry", "year", "value"], orient="row")
    said = drivers(frame, new=["a"]).said
    assert [given.values["place"] for given in said[:-1:2]] == [Name(f"{k}") for k in range(5)]
    assert said[1] == message(
        "growth_of_place", place=Name("0"), growth=Growth(1.0, digits=2), points=Number(50.0)
    )
    assert said[-1] == message("more", count=Count(3))
    few = drivers(frame.filter(pl.col("place") < "5"), new=["a"])
    assert "more" not in [given.code for given in few.said]


def test_between_years_of_censuses_growth_is_from_each_to_the_next() -> None:
    rows = pl.DataFrame(
        {
            "industry": ["a", "b"] * 2,
            "year": [2004, 2004, 2013, 2013],
            "value": [100.0, 200, 150, 400],
            "hours": [10.0, 10, 8, 14],
        }
    )
    found = drivers(rows, new=["b"], labour="hours", method="shift_share")
    grown = found.table.drop_nulls("total_growth_pp").row(0, named=True)
    assert (found.table["year"].to_list(), grown["year"]) == ([2004, 2013], 2013)
    assert grown["total_growth_pp"] == pytest.approx(100 * 250 / 300)
    assert grown["new_contribution_pp"] == pytest.approx(100 * 200 / 300)
    # shares of labour of 1/2 become 8/22 and 14/22, productivity of 10 and 20 becomes 150/8, 400/14
    (terms,) = found.tables["sources"].rows(named=True)
    assert (terms["from_year"], terms["year"]) == (2004, 2013)
    rise = [150 / 8 - 10, 400 / 14 - 20]
    shift = [8 / 22 - 1 / 2, 14 / 22 - 1 / 2]
    assert terms["within"] == pytest.approx((rise[0] + rise[1]) / 2)
    assert terms["between"] == pytest.approx(10 * shift[0] + 20 * shift[1])
    assert terms["cross"] == pytest.approx(rise[0] * shift[0] + rise[1] * shift[1])
    growth = next(given for given in found.said if given.code == "growth_of_whole").values
    assert growth["growth"].value == pytest.approx((550 / 300) ** (1 / 9) - 1)
    # of a single span each part keeps its share
    assert growth["points"].value == pytest.approx(80 * growth["growth"].value)
    assert "years_apart" in [given.code for given in found.conventions]


@pytest.mark.parametrize("absent", ["missing", "zero"])
def test_years_that_lie_apart_say_what_years_in_a_row_say(absent: Any) -> None:
    rows = economy(4).rename({"v": "value", "p": "hours"}).drop("n")
    first = rows["year"].min()
    apart = rows.with_columns(year=(pl.col("year") - first) * 5 + first)
    near, far = (drivers(each, new=["i1"], labour="hours", absent=absent) for each in (rows, apart))
    for name in ("drivers", "industries", "sources", "members"):
        years = pl.col("^(from_|reason_)?year$")
        assert far.tables[name].equals(
            near.tables[name].with_columns((years - first) * 5 + first)
        ), name


def test_with_labour_the_sources_of_productivity_are_told_in_its_own_unit() -> None:
    rows = economy(3).rename({"v": "value", "p": "hours"}).drop("n")
    found = drivers(rows, new=["i1"], labour="hours")
    sources, members = found.tables["sources"], found.tables["members"]
    terms = ["within", "between", "cross", "entry", "exit"]
    moved = (sources["productivity"] - sources["productivity_before"]).drop_nulls().to_numpy()
    assert sources["change"].drop_nulls().to_numpy() == pytest.approx(moved)
    added = sources.select(terms).drop_nulls().sum_horizontal().to_numpy()
    assert added == pytest.approx(moved)
    of_members = members.group_by("unit", "year", maintain_order=True).agg(pl.col(terms).sum())
    assert of_members.select(terms).sum_horizontal().to_numpy() == pytest.approx(moved)
    said = next(given for given in found.said if given.code == "terms")
    assert said.values["count"] == Count(len(moved)) == Count(10)
    logs = np.log1p(sources["change_pp"].drop_nulls().to_numpy() / 100)
    change = said.values["change"].value
    assert change == pytest.approx(float(np.expm1(logs.mean())))
    points = [term.value.values["points"].value for term in said.values["terms"].value]
    assert sum(points) == pytest.approx(100 * change)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "what_is_new"),
        ({"new": ["i1"], "new_share": "n"}, "what_is_new"),
        ({"new": ["i9"]}, "no_industry"),
        ({"new": []}, "few_columns"),
        ({"new_share": "v"}, "too_high"),
        ({"new": ["i1"], "absent": "fill"}, "no_choice"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        drivers(economy(1).with_columns(value="v"), price="p", **options)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_prices_and_a_value_below_0_do_not_go_together() -> None:
    rows = economy(1).with_columns(value=-pl.col("v"))
    with pytest.raises(InputError) as caught:
        drivers(rows, price="p", new=["i1"])
    assert caught.value.code == "value_below_zero"
    assert caught.value.values["key"] == names(["p0", "i0"])
    with pytest.raises(InputError) as caught:
        drivers(rows.filter(place="p1").drop("place"), price="p", new=["i1"])
    assert caught.value.code == "value_below_zero"


def defined(**shares: tuple[float, float, float]) -> pl.DataFrame:
    """A definition: code -> stated, least and most share."""
    columns = ("stated_share", "least_share", "most_share")
    rows = [(code, *ends) for code, ends in shares.items()]
    return pl.DataFrame(rows, schema=["code", *columns], orient="row")


def test_a_definition_of_whole_industries_is_the_same_as_naming_them() -> None:
    rows = economy(3)
    codes = pl.DataFrame({"code": ["i1", "i3"]})
    one = drivers(rows, value="v", price=None, new=["i1", "i3"])
    other = drivers(rows, value="v", price=None, definition=codes)
    assert other.table.select(one.table.columns).equals(one.table)
    assert "no_doubt" in {each.code for each in other.said}


def test_the_ends_of_a_definition_are_those_of_its_shares_by_themselves() -> None:
    rows = economy(4)
    found = drivers(
        rows, value="v", price=None, definition=defined(i1=(0.5, 0.0, 1.0), i2=(1.0, 1.0, 1.0))
    )
    for end, new in (("least", ["i2"]), ("most", ["i1", "i2"])):
        alone = drivers(rows, value="v", price=None, new=new).table
        assert np.allclose(found.table[f"{end}_new_share"], alone["new_share"])
        theirs = found.table[f"{end}_contribution_pp"].drop_nulls()
        assert np.allclose(theirs, alone["new_contribution_pp"].drop_nulls())
    half = rows.with_columns(
        half=pl.col("industry").replace_strict({"i1": 0.5, "i2": 1}, default=0)
    )
    stated = drivers(half, value="v", price=None, new_share="half").table
    assert np.allclose(found.table["new_share"], stated["new_share"])
    said = {each.code: each.values for each in found.said}
    width = found.table["most_new_share"] - found.table["least_new_share"]
    assert said["doubtful"]["points"] == Number(100 * float(width.to_numpy().mean()))


def test_codes_of_a_definition_that_are_no_industries_are_named_or_refused() -> None:
    rows = economy(5)
    some = drivers(rows, value="v", price=None, definition=pl.DataFrame({"code": ["i1", "x"]}))
    assert {each.code: each.values for each in some.said}["not_there"]["count"] == Count(1)
    for codes, code in ((["x"], "no_code_found"), (["i1"], "what_is_new")):
        more = {"new": ["i1"]} if code == "what_is_new" else {}
        with pytest.raises(InputError) as refused:
            drivers(rows, value="v", price=None, definition=pl.DataFrame({"code": codes}), **more)
        assert refused.value.code == code
