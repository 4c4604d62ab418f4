"""Value added in trade: what adds up to what, products followed from round to round, how world
tables are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from economies import CASES
from polars.testing import assert_frame_equal
from worlds import made_up, wide, wiod, wiod_table

from firstlight.chains import (
    chain_trade,
    smile_curve,
    trade_value_added,
    value_added_exports,
    value_added_sources,
    world_table,
)
from firstlight.errors import InputError
from firstlight.texts import Name, Share, Year

WIOD = CASES["wiod"]


@pytest.mark.slow
@pytest.mark.parametrize("k", [0, 1])
def test_shares_of_wiod(shared: Path, k: int) -> None:
    """The reference takes coefficients from the outputs that the table states, and final uses from
    its cells, which lack .09% and .05% of these outputs. Here what they lack is final use at home,
    so that value added and final uses are the same in sum: the ratio is .0017 and .0009 higher."""
    table = wiod_table(shared, WIOD["years"][k], is_stated=True)
    ends = table.by_country(value_added_exports(table))
    abroad = ends.sum() - np.trace(ends)
    cells = wiod_table(shared, WIOD["years"][k]).final
    made = table.by_country(table.value_added_share[:, None] * table.system.requirements(cells))
    exports = table.exports.sum()
    reference = (made.sum() - np.trace(made)) / exports
    assert reference == pytest.approx(WIOD["world_vax_ratio"][k], abs=5e-4)
    assert abroad / exports - reference == pytest.approx([0.0017, 0.0009][k], abs=5e-5)
    assert ends.sum() == pytest.approx(table.final.sum(), rel=1e-9)
    germany = table.sectors.index("DEU 15")
    share = WIOD["german_transport_equipment"][k]
    assert table.own_content()[germany] == pytest.approx(share, abs=5e-4)


@pytest.mark.slow
def test_wiod_as_a_square_file(shared: Path) -> None:
    rows = wiod(shared, 1995).unpivot(index="supplier", variable_name="user")
    result = trade_value_added(rows, home="DEU", chain="15")
    cars = result.tables["industries"].filter(country="DEU", industry="15").row(0, named=True)
    assert cars["domestic_share"] == pytest.approx(WIOD["german_transport_equipment"][0], abs=5e-4)
    assert [own.code for own in result.said if own.code == "stated_output"] == ["stated_output"]


def test_what_adds_up_to_what() -> None:
    table = made_up()
    found = trade_value_added(wide(table)).tables
    countries = found["countries"].sort("country")
    assert countries["country"].to_list() == list(table.countries[:4])  # one only uses
    whole = countries["domestic_share"] + countries["foreign_share"]
    assert whole.to_numpy() == pytest.approx(np.ones(4), rel=1e-12)
    sources = found["sources"].group_by("country").agg(pl.sum("value", "share")).sort("country")
    assert sources["value"].to_list() == pytest.approx(countries["exports"].to_list())
    assert sources["share"].to_list() == pytest.approx([1] * 4)
    industries = (
        found["industries"]
        .group_by("country")
        .agg(
            pl.sum("exports", "value_added", "value_added_exports"),
            backward=(pl.col("backward_share") * pl.col("exports")).sum(),
        )
    )
    industries = industries.sort("country")
    for name in ("exports", "value_added", "value_added_exports"):
        assert industries[name].to_list() == pytest.approx(countries[name].to_list(), rel=1e-12)
    backward = (countries["backward_share"] * countries["exports"]).to_list()
    assert industries["backward"].to_list() == pytest.approx(backward, rel=1e-12)


def test_balances_of_a_country_are_the_same_gross_and_in_value_added() -> None:
    """With each partner they differ; over all partners they don't."""
    found = trade_value_added(wide(made_up())).tables["partners"]
    sums = found.group_by("country").agg(pl.sum("balance", "value_added_balance"))
    assert sums["balance"].to_list() == pytest.approx(sums["value_added_balance"].to_list())
    assert (found["balance"] - found["value_added_balance"]).abs().max() > 0.5  # type: ignore[operator]


def test_exports_are_what_crosses_one_border_and_what_crosses_more() -> None:
    table = made_up()
    found = chain_trade(table)
    whole = found.backward + found.forward + found.direct
    assert whole == pytest.approx(table.exports.sum(axis=1), rel=1e-12)
    # who buys no inputs abroad, and whose buyers keep what they get, is in no chain
    lone = world_table([[1, 0], [2, 1]], [[5, 1], [0, 4]], ["a", "b"], ["x", "x"], ["a", "b"])
    assert chain_trade(lone).forward[0] == 0
    assert chain_trade(lone).backward[1] == pytest.approx(0, abs=1e-15)


def test_sources_of_exports_are_those_of_rounds() -> None:
    """What is exported is made, and what goes into it is made before, until nothing is left."""
    table = made_up()
    made, wanted = np.zeros((8, 5)), table.exports.sum(axis=1)[:, None] * np.eye(5)[table.country]
    for _ in range(400):
        made, wanted = made + wanted, table.coefficients @ wanted
    held = table.value_added_share[:, None] * made
    expected = [held[table.country == g].sum(axis=0) for g in range(5)]
    assert value_added_sources(table) == pytest.approx(np.array(expected), rel=1e-10)


def test_the_smile_curve_is_that_of_rounds() -> None:
    """Shares add up to 1; steps are those of products followed from round to round."""
    table = made_up()
    curve = smile_curve(table, 2)
    assert curve.share.sum() == pytest.approx(1, rel=1e-12)
    demand, made, passed = np.zeros(8), np.zeros(8), np.zeros(8)
    demand[2] = 1
    for k in range(1, 400):
        made, passed = made + demand, passed + k * demand
        demand = table.coefficients @ demand
    assert curve.steps == pytest.approx(passed / made, rel=1e-10)
    assert curve.share == pytest.approx(table.value_added_share * made, rel=1e-10)


def test_the_chain_lists_all_of_the_value_or_what_is_asked_for() -> None:
    rows = wide(made_up())
    found = trade_value_added(rows, home="country 1", chain="industry 3").tables["chain"]
    assert found["share"].sum() == pytest.approx(1, rel=1e-9)
    assert set(found.filter(place="industry").select("country", "industry").rows()) == {
        ("country 1", "industry 3")
    }
    short = trade_value_added(rows, home="country 1", chain="industry 3", stages=2).tables["chain"]
    assert short.equals(found.head(2))


def test_the_first_sentence() -> None:
    rows = wide(made_up())
    years = pl.concat(
        [
            rows.with_columns(year=pl.lit(1995)),
            rows.with_columns(pl.col("value"), year=pl.lit(2011)),
        ]
    )
    result = trade_value_added(years, home="country 2")
    first = result.said[0]
    own = result.table.filter(country="country 2", year=2011).row(0, named=True)
    assert first.code == "keeps_since"
    assert first.values["country"] == Name("country 2")
    assert first.values["year"] == Year(2011) and first.values["before"] == Year(1995)
    assert first.values["kept"] == first.values["kept_before"] == Share(own["domestic_share"])
    sources = result.tables["sources"].filter(year=2011, country="country 2")
    most = sources.filter(pl.col("source") != "country 2").sort("value").row(-1, named=True)
    phrase = first.values["most"].value
    assert (phrase.code, phrase.values["source"]) == ("phrases.from_most", Name(most["source"]))
    assert trade_value_added(rows).said[0].code == "keeps"


def test_the_rest_of_the_world_is_no_country_to_be_told_of() -> None:
    rows = wide(made_up())
    largest, *_, home = trade_value_added(rows).table["country"].to_list()
    rows = rows.with_columns(pl.col("supplier_country", "user_country").replace({largest: "RoW"}))
    result = trade_value_added(rows, home=home)
    phrase = result.said[0].values["most"].value
    sources = result.tables["sources"].filter(pl.col("country") == home, pl.col("source") != home)
    is_first = sources["source"][0] == "RoW"
    assert phrase.code == ("phrases.from_most_single" if is_first else "phrases.from_most")
    assert phrase.values["source"] != Name("RoW")
    told = trade_value_added(rows)
    assert told.table["country"][0] == "RoW"
    assert told.said[0].values["country"] == Name(told.table["country"][1])


def test_names_with_their_country_read_as_columns_do() -> None:
    rows = wide(made_up())
    expected = trade_value_added(rows).tables
    for sign in ("_", ".", "|"):
        joined = rows.select(
            supplier=pl.concat_str("supplier_country", "supplier", separator=sign),
            user=pl.concat_str("user_country", "user", separator=sign),
            value="value",
        )
        found = trade_value_added(joined.sample(fraction=1, shuffle=True, seed=2)).tables
        assert all(found[name].equals(own) for name, own in expected.items()), sign
    sparse = trade_value_added(rows.filter(pl.col("value") != 0)).tables
    assert sparse["countries"].equals(expected["countries"])


def test_outputs_sums_and_primary_inputs_are_no_final_users() -> None:
    table = made_up()
    rows = wide(table).with_columns(pl.col("value"))
    expected = trade_value_added(rows)
    own = [table.countries[g] for g in table.country]
    extra = pl.DataFrame(
        {
            "supplier_country": own * 2 + [None] * 16,
            "supplier": [*table.industries * 2, *["value added"] * 8, *["taxes"] * 8],
            "user_country": [None] * 16 + own * 2,
            "user": [*["output"] * 8, *["intermediate use"] * 8, *table.industries * 2],
            "value": [*table.output, *table.flows.sum(axis=1), *table.value_added, *[0.0] * 8],
        },
        {name: dtype for name, dtype in rows.schema.items()},
    )
    found = trade_value_added(pl.concat([rows, extra]))
    assert_frame_equal(found.table, expected.table, rel_tol=1e-12)
    assert [own.code for own in found.said] == [own.code for own in expected.said]
    taxed = extra.with_columns(
        value=pl.when(supplier="value added").then(pl.col("value") - 1).otherwise("value")
    )
    assert trade_value_added(pl.concat([rows, taxed])).said[-1].code == "taxes_within"
    off = extra.with_columns(
        value=pl.when(user="output").then(pl.col("value") + 1).otherwise("value")
    )
    said = [own.code for own in trade_value_added(pl.concat([rows, off])).said]
    assert "stated_output" in said


def test_outputs_that_the_table_states_are_kept() -> None:
    table = made_up()
    names = [table.countries[g] for g in table.country]
    stated = world_table(
        table.flows, table.final, names, table.industries, table.countries, table.output + 2
    )
    assert stated.output == pytest.approx(table.output + 2)
    assert stated.exports.tolist() == table.exports.tolist()


def test_groups_make_trade_within_them_domestic() -> None:
    rows = wide(made_up())
    union = pl.DataFrame({"country": ["country 0", "country 1"], "group": ["union", "union"]})
    result = trade_value_added(rows, groups=union)
    assert result.said[-1].code == "parts_joined"
    whole = result.table.filter(country="union").row(0, named=True)
    parts = trade_value_added(rows).tables["partners"]
    outside = parts.filter(
        pl.col("country").is_in(union["country"].implode())
        & ~pl.col("partner").is_in(union["country"].implode())
    )
    assert whole["exports"] == pytest.approx(outside["exports"].sum())
    assert set(result.table["country"]) == {"union", "country 2", "country 3"}
    mexican = rows.with_columns(
        pl.col("supplier_country", "user_country").replace({"country 0": "MX1", "country 1": "MX2"})
    )
    assert trade_value_added(mexican).table["country"].sort().to_list() == [
        "MEX",
        "country 2",
        "country 3",
    ]


def test_negative_value_added_and_stocks_are_said() -> None:
    table = made_up()
    flows, final = table.flows.copy(), table.final.copy()
    flows[:, 0] *= 20
    flows[1], final[1] = 0, 0
    final[1, :2] = -3, 3
    names = [table.countries[g] for g in table.country]
    odd = world_table(flows, final, names, table.industries, table.countries)
    said = {own.code: own.values for own in trade_value_added(wide(odd)).said}
    assert said["adds_nothing"]["sectors"].value == (Name("country 0 industry 0"),)
    assert "from_stock" in said


def test_a_country_that_sells_nothing() -> None:
    table = made_up()
    flows = np.where((table.country == 2)[:, None] & (table.country != 2), 0, table.flows)
    final = np.where((table.country == 2)[:, None] & (np.arange(5) != 2), 0, table.final)
    names = [table.countries[g] for g in table.country]
    rows = wide(world_table(flows, final, names, table.industries, table.countries))
    result = trade_value_added(rows, home="country 2")
    assert result.said[0].code == "sells_nothing"
    own = result.table.filter(country="country 2").row(0, named=True)
    assert (own["domestic_share"], own["reason"]) == (None, "no_exports")


def test_what_is_refused() -> None:
    rows = wide(made_up())
    plain = rows.select("supplier", "user", "value")
    named = plain.with_columns(pl.col("supplier", "user").str.replace(" ", ""))
    half = rows.drop("user_country")
    nowhere = rows.with_columns(
        user_country=pl.when(pl.col("user") != "final").then("user_country")
    )
    blank = rows.with_columns(value=pl.when(pl.col("user") != "final").then("value"))
    one = rows.filter(supplier_country="country 1", user_country="country 1")
    unlike = rows.with_columns(user=pl.lit("buyer ") + pl.col("user"))
    for given, options, code in (
        (named.unique(["supplier", "user"]), {}, "no_countries"),
        (half.unique(["supplier_country", "supplier", "user"]), {}, "one_side_only"),
        (
            nowhere.unique(["supplier_country", "supplier", "user_country", "user"]),
            {},
            "no_country",
        ),
        (blank, {}, "no_flow"),
        (one, {}, "one_country"),
        (unlike, {}, "no_square"),
        (rows, {"home": "Atlantis"}, "no_home"),
        (rows, {"home": "country  1"}, "no_home_but"),
        (rows, {"chain": "Sonnenblumen"}, "no_chain"),
        (rows, {"chain": "industry  0", "home": "country 0"}, "no_chain_but"),
        (rows, {"groups": pl.DataFrame({"country": ["x"], "group": ["y"]})}, "unknown_countries"),
    ):
        arguments: dict[str, Any] = dict(options)
        with pytest.raises(InputError) as raised:
            trade_value_added(given, **arguments)
        assert raised.value.code == code
    with pytest.raises(InputError) as raised:
        world_table([[1, 2]], [[1], [2]], ["a", "b"], ["x", "x"], ["a"])
    assert raised.value.code == "unlike_shapes"


def test_users_under_headings_of_two_lines_are_called_by_country_and_industry() -> None:
    """A sheet with the country merged above its industries, and a column of suppliers' countries:
    the same as with the users' countries apart. United is no country of United Isles' users."""
    places, industries = ["United", "United Isles"], ["mines", "mills"]
    keys = [(place, industry) for place in places for industry in industries]
    rng = np.random.default_rng(11)
    rows = [(*one, *other, rng.uniform(1, 5)) for one in keys for other in keys]
    rows += [(*one, place, "households", rng.uniform(9, 30)) for one in keys for place in places]
    columns = ["supplier_country", "supplier", "user_country", "user", "value"]
    apart = pl.DataFrame(rows, columns, orient="row")
    joined = apart.with_columns(user=pl.concat_str("user_country", "user", separator=" "))
    found = trade_value_added(joined.drop("user_country")).table
    assert found.equals(trade_value_added(apart).table)


def test_countries_stand_as_they_were_given() -> None:
    flows = [[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]
    final = [[20.0, 1], [30, 2], [3, 40]]
    table = world_table(flows, final, ["US", "US", "CN"], ["a", "b", "c"], ["US", "CN"])
    assert (table.countries, table.industries) == (("US", "CN"), ("a", "b", "c"))
    assert table.flows.tolist() == flows and table.final.tolist() == final
    apart = world_table(flows, final, ["US", "CN", "US"], ["a", "b", "c"], ["US", "CN"])
    assert apart.industries == ("a", "c", "b")
    assert apart.flows.tolist() == [[1, 3, 2], [7, 9, 8], [4, 6, 5]]
