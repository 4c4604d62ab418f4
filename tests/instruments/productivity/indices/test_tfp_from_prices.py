"""TFP from prices and quantities: 48 invented farms, identities, permutation, bases, and bad input."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from invented_farms import invented_farms

from firstlight.errors import InputError
from firstlight.instruments.productivity.indices.index_numbers import quantity_index
from firstlight.instruments.productivity.indices.tfp_from_prices import tfp_from_prices

OUTPUTS = {f"q.{name}": f"p.{name}" for name in ("livestock", "crop", "other")}
INPUTS = {f"q.{name}": f"p.{name}" for name in ("capital", "land", "labor", "materials")}


@pytest.fixture(scope="module")
def farms() -> pl.DataFrame:
    return invented_farms()


def made_up(units: int = 4, years: int = 3, seed: int = 0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    rows = [{"unit": f"u{k}", "year": 2000 + t} for k in range(units) for t in range(years)]
    numbers = {
        name: random.uniform(1, 3, len(rows))
        for name in ("y1", "y2", "p1", "p2", "x1", "x2", "w1", "w2")
    }
    return pl.DataFrame(rows).with_columns(
        **{name: pl.Series(values) for name, values in numbers.items()}
    )


MADE_UP = ({"y1": "p1", "y2": "p2"}, {"x1": "w1", "x2": "w2"})


@pytest.mark.parametrize("comparison", ["chained", "fixed", "multilateral"])
@pytest.mark.parametrize("formula", ["fisher", "tornqvist", "laspeyres", "paasche"])
def test_profitability_is_tfp_times_terms_of_trade_and_tfp_is_outputs_over_inputs(
    farms: pl.DataFrame, comparison: str, formula: str
) -> None:
    if comparison == "multilateral" and formula in ("laspeyres", "paasche"):
        with pytest.raises(InputError, match=formula):
            tfp_from_prices(farms, OUTPUTS, INPUTS, formula=formula, comparison=comparison)
        return
    found = tfp_from_prices(farms, OUTPUTS, INPUTS, formula=formula, comparison=comparison).table
    assert found.height == 480
    q, x, tfp = (
        found[f"{name}_index"].to_numpy() for name in ("output_quantity", "input_quantity", "tfp")
    )
    assert tfp == pytest.approx(q / x, rel=1e-13)
    traded = found["tfp_index"] * found["terms_of_trade_index"]
    assert found["profitability_index"].to_numpy() == pytest.approx(traded.to_numpy(), rel=1e-12)
    prices = found["output_price_index"] / found["input_price_index"]
    assert found["terms_of_trade_index"].to_numpy() == pytest.approx(prices.to_numpy(), rel=1e-12)


def test_one_farm_in_1996_by_dense_sums(farms: pl.DataFrame) -> None:
    old, new = (
        farms.filter(pl.col("unit") == "farm 00", pl.col("year") == year).row(0, named=True)
        for year in (1995, 1996)
    )
    sums = {}
    for columns, what in ((OUTPUTS, "y"), (INPUTS, "x")):
        laspeyres = sum(old[p] * new[q] for q, p in columns.items()) / sum(
            old[p] * old[q] for q, p in columns.items()
        )
        paasche = sum(new[p] * new[q] for q, p in columns.items()) / sum(
            new[p] * old[q] for q, p in columns.items()
        )
        sums[what] = (laspeyres * paasche) ** 0.5
    found = tfp_from_prices(farms, OUTPUTS, INPUTS).table.filter(
        pl.col("unit") == "farm 00", pl.col("year") == 1996
    )
    assert found["tfp_index"][0] == pytest.approx(sums["y"] / sums["x"], rel=1e-12)


def test_multilateral_levels_are_transitive_and_their_base_moves_nothing(
    farms: pl.DataFrame,
) -> None:
    free = tfp_from_prices(
        farms, OUTPUTS, INPUTS, formula="tornqvist", comparison="multilateral"
    ).table
    based = tfp_from_prices(
        farms,
        OUTPUTS,
        INPUTS,
        formula="tornqvist",
        comparison="multilateral",
        base_unit="farm 00",
        base_year=1995,
    ).table
    assert np.log(free["tfp_index"].to_numpy()).mean() == pytest.approx(0, abs=1e-12)
    first = based.filter(pl.col("unit") == "farm 00", pl.col("year") == 1995)
    assert first["tfp_index"][0] == 1
    ratio = (free["tfp_index"] / based["tfp_index"]).to_numpy()
    assert ratio == pytest.approx(np.full(480, ratio[0]), rel=1e-12)


@pytest.mark.parametrize("comparison", ["chained", "fixed", "multilateral"])
def test_the_order_of_rows_changes_no_byte(comparison: str) -> None:
    frame = made_up()
    shuffled = frame.sample(fraction=1, shuffle=True, seed=5)
    one, other = (
        tfp_from_prices(each, *MADE_UP, comparison=comparison) for each in (frame, shuffled)
    )
    assert one.table.equals(other.table)
    assert one.growth_rate == other.growth_rate


def test_two_years_chained_and_fixed_are_the_bilateral_index_and_a_base_year_rescales() -> None:
    frame = made_up()
    chained = tfp_from_prices(frame, *MADE_UP, base_year=2002).table
    fixed = tfp_from_prices(frame, *MADE_UP, comparison="fixed", base_year=2002).table
    u0 = frame.filter(pl.col("unit") == "u0")
    p, q = u0.select("p1", "p2").to_numpy(), u0.select("y1", "y2").to_numpy()
    expected = quantity_index(p[2], q[2], p[1], q[1])
    for found in (chained, fixed):
        row = found.filter(pl.col("unit") == "u0", pl.col("year") == 2001)
        assert row["output_quantity_index"][0] == pytest.approx(expected, rel=1e-12)
        assert found.filter(pl.col("year") == 2002)["tfp_index"].to_list() == [1.0] * 4
    apart = fixed.filter(pl.col("unit") == "u0", pl.col("year") == 2000)["output_quantity_index"][0]
    assert apart == pytest.approx(quantity_index(p[2], q[2], p[0], q[0]), rel=1e-12)


def test_a_unit_without_the_base_year_stays_missing_and_says_why() -> None:
    frame = made_up().filter((pl.col("unit") != "u1") | (pl.col("year") != 2000))
    found = tfp_from_prices(frame, *MADE_UP, comparison="fixed", base_year=2000)
    lost = found.table.filter(pl.col("tfp_index").is_null())
    assert lost["unit"].to_list() == ["u1", "u1"]
    assert lost["reason"].to_list() == ["no_base_year"] * 2
    assert found.table["reason"].count() == 2


def test_growth_that_was_planted_is_found() -> None:
    frame = made_up(units=3, years=5)
    level = (1.03 ** (frame["year"] - 2000)).alias("level")
    grown = frame.with_columns(
        *(
            pl.lit(value).alias(name)
            for name, value in (("p1", 1.0), ("p2", 2.0), ("w1", 1.0), ("w2", 3.0))
        ),
        *(pl.lit(2.0).alias(name) for name in ("x1", "x2")),
        (2 * level).alias("y1"),
        (3 * level).alias("y2"),
    )
    found = tfp_from_prices(grown, *MADE_UP)
    assert found.growth_rate == pytest.approx(0.03, rel=1e-12)
    across = tfp_from_prices(
        grown.filter(pl.col("year") == 2000).drop("year"),
        *MADE_UP,
        comparison="multilateral",
        year=None,
    )
    assert across.table["tfp_index"].to_numpy() == pytest.approx(np.ones(3), rel=1e-12)


@pytest.mark.parametrize(
    ("change", "arguments", "told"),
    [
        ({"y1": -1.0}, {}, "a negative number"),
        ({"w1": None}, {}, "w1"),
        ({"y1": 0.0}, {"formula": "tornqvist"}, "a zero"),
        ({"p1": 0.0, "p2": 0.0}, {}, "outputs_worth_nothing"),
        ({}, {"formula": "walsh"}, "no_choice formula = walsh"),
        ({}, {"comparison": "spatial"}, "no_choice comparison = spatial"),
        ({}, {"base_year": 1900}, "no_base_year no unit has the year 1900"),
        ({}, {"base_unit": "u0"}, "half_a_base base_unit = u0"),
        ({}, {"comparison": "multilateral", "base_year": 2000}, "half_a_base base_unit = None"),
        (
            {},
            {"comparison": "multilateral", "base_unit": "x", "base_year": 2000},
            "no_base_row no row of x in 2000",
        ),
        ({}, {"year": None}, "no_years_to_compare"),
    ],
)
def test_bad_input_is_named(
    change: dict[str, float], arguments: dict[str, object], told: str
) -> None:
    frame = made_up().with_columns(
        pl.when(pl.int_range(pl.len()) == 4).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in change.items()
    )
    with pytest.raises(InputError) as error:
        tfp_from_prices(frame, *MADE_UP, **arguments)  # type: ignore[arg-type]
    assert told in f"{error.value.code} {error.value}"


def test_growth_over_a_gap_counts_its_years() -> None:
    rows = pl.DataFrame({"unit": ["a", "a", "b", "b", "c"], "year": [2000, 2003, 2000, 2001, 2000]})
    rows = rows.with_columns(
        x=pl.lit(1.0), p=pl.lit(1.0), w=pl.lit(1.0), y=pl.Series([1.0, 8.0, 1.0, 4.0, 1.0])
    )
    found = tfp_from_prices(rows, {"y": "p"}, {"x": "w"})
    assert found.growth_rate == pytest.approx(
        np.sqrt(8 ** (1 / 3) * 4) - 1
    )  # c, of one year, has no growth
