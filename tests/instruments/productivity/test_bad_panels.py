"""Tables as people bring them, through every instrument: a right answer, a missing one with its
reason, or a refusal that names the place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from every_instrument import (
    COLUMNS,
    FRONTIERS,
    OVER_TIME,
    PANEL,
    UNITS,
    YEARS,
    numbers,
    plain,
    put,
    without_reason,
)
from measured import (
    dea,
    fare_primont,
    malmquist_luenberger,
    sbm,
)

from firstlight.errors import InputError
from firstlight.instruments.productivity.capital_stocks.base_stock import BaseStock
from firstlight.instruments.productivity.capital_stocks.perpetual_inventory import capital_stock
from firstlight.instruments.productivity.factor_shares import Factor
from firstlight.instruments.productivity.growth_accounting.primal_and_dual import growth_accounts
from firstlight.instruments.productivity.row_names import unit_in_year
from firstlight.numerics.one_programme import solve_programme
from firstlight.texts import Figure, Name, Value

frontiers = pytest.mark.parametrize("name", list(FRONTIERS))
some = pytest.mark.parametrize("name", ["dea", "malmquist", "meta_frontier"])
HERE = unit_in_year("u1", 2002)
CELL = {"unit": HERE, "column": Name("x1")}
FAULTS: dict[str, tuple[Callable[[], Any], str, dict[str, Value[Any]]]] = {
    "missing": (lambda: put("x1", None), "quantity_missing", CELL),
    "nan": (lambda: put("x1", float("nan")), "quantity_missing", CELL),
    "negative": (lambda: put("x1", -1.0), "wrong_sign", {}),
    "twice": (lambda: pl.concat([PANEL, PANEL[4:5]]), "repeated_key", {}),
    "all inputs 0": (
        lambda: put("x1", 0.0).with_columns(
            x2=pl.Series([0.0 if k == 4 else 1.0 for k in range(18)])
        ),
        "inputs_all_zero",
        {"unit": HERE},
    ),
}
FAULTS_FOR_ALL: dict[str, tuple[Callable[[], Any], str]] = {
    "infinite": (
        lambda: put("x1", float("inf")),
        r"inf is not a finite number\n  where: frame, column x1, row 5",
    ),
    "text": (lambda: put("x1", "n/a"), r"n/a is not a number\n  where: frame, column x1, row 5"),
    "thousands": (lambda: put("x1", "1,234.5"), "1,234.5 is not a number"),
    "dates as numbers": (
        lambda: PANEL.with_columns(x1=pl.date(2020, 1, 1)),
        "2020-01-01 is not a number",
    ),
    "lists as numbers": (
        lambda: PANEL.with_columns(x1=pl.concat_list("x2")),
        "is not a number",
    ),
    "no rows": (lambda: PANEL[:0], "no rows"),
    "no such column": (
        lambda: PANEL.drop("x1"),
        r"no column 'x1'\n  where: frame, whose columns are unit",
    ),
    "twice": (
        lambda: pl.concat([PANEL, PANEL[4:5]]),
        "rows share their keys; the first is u1 and 2002",
    ),
    "nobody": (lambda: put("unit", None), r"key\n  where: frame, column unit, row 5"),
    "blank": (lambda: put("unit", " "), r"key\n  where: frame, column unit, row 5"),
    "no year": (lambda: put("year", None), r"key\n  where: frame, column year, row 5"),
    "half years": (
        lambda: PANEL.with_columns(pl.col("year") + 0.5),
        r"2001.5 is not a year\n  where: frame, column year, row 1",
    ),
    "years in words": (
        lambda: PANEL.with_columns(year=pl.lit("2001年")),
        "2001年 is not a number",
    ),
    "dates as years": (
        lambda: PANEL.with_columns(year=pl.date("year", 1, 1)),
        "2001-01-01 is not a number",
    ),
    "no frame": (lambda: PANEL.to_dict(as_series=False), "dict is not a data frame"),
    "nothing": (lambda: None, "NoneType is not a data frame"),
    "an index": (
        lambda: PANEL.to_pandas().set_index("unit").rename_axis(None),
        "no column 'unit'",
    ),
    "a name twice": (lambda: PANEL.to_pandas().rename(columns={"g": "x1"}), "x1"),
    "mixed types": (
        lambda: PANEL.to_pandas().assign(x1=[1.0, "a", b"c", *[2.0] * 15]),
        "can't be read|is of type",
    ),
    "months": (
        lambda: PANEL.to_pandas().assign(
            year=pd.PeriodIndex(np.tile(["2001-01", "2002-01", "2003-01"], 6), freq="M")
        ),
        "2001-01 is not a number",
    ),
}


@frontiers
@pytest.mark.parametrize("fault", list(FAULTS))
@pytest.mark.slow
def test_a_frontier_refuses_what_has_no_place_in_it(name: str, fault: str) -> None:
    broken, code, values = FAULTS[fault]
    with pytest.raises(InputError) as caught:
        FRONTIERS[name](broken())
    assert caught.value.code == code
    assert values.items() <= dict(caught.value.values).items()


@some  # all read tables alike
@pytest.mark.parametrize("fault", list(FAULTS_FOR_ALL))
def test_what_is_no_table_of_units_and_years_is_refused(name: str, fault: str) -> None:
    broken, message = FAULTS_FOR_ALL[fault]
    if fault == "a name twice" and name.startswith("meta"):
        message = "x1|no column g"
    with pytest.raises(InputError, match=message):
        FRONTIERS[name](broken())


def accounts(frame: pl.DataFrame) -> pl.DataFrame:
    factors = [Factor("labour", ("x1",), 0.6), Factor("capital", ("x2",))]
    return growth_accounts(frame, "y1", factors).table.drop("tfp_index")


def stock(frame: pl.DataFrame) -> pl.DataFrame:
    return capital_stock(frame, "x1", base=BaseStock(growth=0.05)).drop("capital_mean")


@pytest.mark.parametrize("value", [None, float("nan")])
@pytest.mark.parametrize("instrument", [accounts, stock])
def test_accounts_keep_what_is_missing_and_say_why(
    value: Any, instrument: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    found = instrument(put("x1", value))
    missing = pl.any_horizontal(pl.col(pl.Float64).is_null())
    assert found.filter(missing)["reason"].null_count() == 0
    lost = found.filter((pl.col("unit") == "u1") & (pl.col("year") >= 2002))
    assert set(lost["reason"]) <= {"no_quantity", "no_investment"}
    assert set(lost["reason_year"]) == {2002}
    others = [table.filter(pl.col("unit") != "u1") for table in (found, instrument(PANEL))]
    assert others[0].equals(others[1])


def test_accounts_refuse_what_has_no_logarithm() -> None:
    with pytest.raises(InputError) as caught:
        accounts(put("x1", -1.0))
    assert caught.value.code == "not_above_zero"
    assert caught.value.values == {"value": Figure(-1), "key": HERE, "column": Name("x1")}


KINDS: dict[str, Callable[[], Any]] = {
    "shuffled": lambda: PANEL.sample(fraction=1, shuffle=True, seed=1),
    "lazy": PANEL.lazy,
    "pandas": PANEL.to_pandas,
    "pandas, shuffled index": lambda: PANEL.to_pandas().sample(frac=1, random_state=1),
    "pandas, nullable and categories": lambda: PANEL.to_pandas().astype(
        {"x1": "Float64", "unit": "category", "year": "Int32"}
    ),
    "pandas, objects": lambda: PANEL.to_pandas().astype({"x1": object, "unit": object}),
    "pandas, notes of all types": lambda: PANEL.to_pandas().assign(
        notes=[1, "a", None, *[2.5] * 15]
    ),
    "arrow": PANEL.to_arrow,
    "duckdb": lambda: duckdb.from_arrow(PANEL.to_arrow()),
    "text numbers": lambda: PANEL.with_columns(pl.col("x1", "c").cast(pl.String)),
    "categories of numbers": lambda: PANEL.with_columns(
        pl.col("x1").cast(pl.String).cast(pl.Categorical)
    ),
    "float years": lambda: PANEL.with_columns(pl.col("year").cast(pl.Float64)),
    "text years": lambda: PANEL.with_columns(pl.col("year").cast(pl.String)),
    "categories": lambda: PANEL.with_columns(pl.col("unit", "g").cast(pl.Categorical)),
}


@some  # all read tables alike
@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.slow
def test_the_same_answer_whatever_the_frame(name: str, kind: str) -> None:
    frame = KINDS[kind]()
    found = FRONTIERS[name](frame)
    assert found.table.equals(plain(name))


@frontiers
@pytest.mark.slow
def test_numbers_as_names_of_units(name: str) -> None:
    found = FRONTIERS[name](PANEL.with_columns(pl.col("unit").str.slice(1).cast(pl.Int64))).table
    np.testing.assert_array_equal(numbers(found), numbers(plain(name)))
    assert found["unit"].unique().sort().to_list() == [str(k) for k in range(UNITS)]


NAMES = {
    "Chinese": dict(
        zip(
            COLUMNS,
            ("省份", "年份", "资本存量", "劳动", "地区生产总值", "专利", "二氧化碳 排放量", "地区"),
            strict=True,
        )
    ),
    "those of results": dict(
        zip(
            COLUMNS,
            (
                "peer",
                "intensity",
                "score",
                "reason_en",
                "efficiency_score",
                "peers_text",
                "status",
                "distance",
            ),
            strict=True,
        )
    ),
    "those of keys": dict(
        zip(
            COLUMNS,
            ("name", "t", "year", "unit", "group", "from_year", "to_year", "kind"),
            strict=True,
        )
    ),
    "those inside": dict(
        zip(COLUMNS, ("#3", "#4", "#0", "#1", "#2", "#6", "a b/c", "#5"), strict=True)
    ),
}


@frontiers
@pytest.mark.parametrize("names", list(NAMES))
@pytest.mark.slow
def test_the_same_answer_whatever_the_columns_are_called(name: str, names: str) -> None:
    renamed, own = PANEL.rename(NAMES[names]), NAMES[names]
    np.testing.assert_array_equal(
        numbers(FRONTIERS[name](renamed, own).table), numbers(plain(name))
    )


@frontiers
@pytest.mark.slow
def test_magnitudes_from_1e_9_to_1e12(name: str) -> None:
    factors = {"x1": 1e-9, "x2": 1e12, "y1": 1e12, "y2": 1e-9, "c": 1e6}
    found = FRONTIERS[name](
        PANEL.with_columns(pl.col(column) * factor for column, factor in factors.items())
    ).table
    kept = [
        column for column in found.columns if not column.startswith(tuple(factors))
    ]  # but for slacks and targets
    values, expected = (numbers(table.select(kept)) for table in (found, plain(name)))
    np.testing.assert_allclose(values, expected, rtol=1e-6, atol=1e-9)
    for column, factor in factors.items():
        if f"{column}_target" in found.columns:
            target = plain(name)[f"{column}_target"].to_numpy() * factor
            np.testing.assert_allclose(found[f"{column}_target"].to_numpy(), target, rtol=1e-6)


@frontiers
@pytest.mark.parametrize(
    "change",
    ["unbalanced", "a year is not there", "one unit", "constant", "column of zeros", "a zero"],
)
@pytest.mark.slow
def test_what_is_missing_has_its_reason(name: str, change: str) -> None:
    frame = {
        "unbalanced": PANEL.filter((pl.col("unit") != "u2") | (pl.col("year") != 2002)),
        "a year is not there": PANEL.filter(pl.col("year") != 2002),
        "one unit": PANEL.filter(unit="u1"),
        "constant": PANEL.with_columns(x1=3.0, y2=1.0),
        "column of zeros": PANEL.with_columns(x1=0.0),
        "a zero": put("y1", 0.0),
    }[change]
    if name == "sbm" and "zero" in change:
        with pytest.raises(
            InputError,
            match=r"a zero, by which no slack can be divided\n  where: u\d in 200\d",
        ):
            FRONTIERS[name](frame)
        return
    found = FRONTIERS[name](frame)
    assert found.table.height and without_reason(found.table) == 0
    values = numbers(found.table)
    assert not np.isinf(values).any()
    if name in OVER_TIME and change == "unbalanced":
        pairs = found.tables["left_out"].select("unit", "from_year", "to_year").rows()
        assert pairs == [("u2", 2001, 2002), ("u2", 2002, 2003)]
    if name in OVER_TIME and change == "a year is not there":
        assert (found.table["to_year"] - found.table["from_year"]).unique().to_list() == [2]


@pytest.mark.parametrize("name", OVER_TIME)
def test_change_needs_two_years_of_a_unit(name: str) -> None:
    with pytest.raises(InputError, match="one year only"):
        FRONTIERS[name](PANEL.filter(year=2001))
    with pytest.raises(InputError, match="two consecutive years"):
        FRONTIERS[name](
            PANEL.filter((pl.col("unit") == "u1") == (pl.col("year") == 2001)).filter(
                pl.col("year") < 2003
            )
        )


@frontiers
@pytest.mark.slow
def test_twins_get_the_same_and_change_nothing(name: str) -> None:
    twin = PANEL.filter(unit="u0").with_columns(unit=pl.lit("u9"))
    found = FRONTIERS[name](pl.concat([PANEL, twin])).table
    mine, its = (
        numbers(found.filter(unit=unit).select(pl.exclude("^super.*$"))) for unit in ("u0", "u9")
    )
    np.testing.assert_allclose(mine, its, rtol=1e-9, atol=1e-12)
    if name not in (
        "fare_primont",
        "dea",
        "sbm",
    ):  # whose weights are those of the mean, or whose frontier is the others'
        others = found.filter(pl.col("unit") != "u9")
        np.testing.assert_allclose(numbers(others), numbers(plain(name)), rtol=1e-8, atol=1e-9)


@frontiers
def test_a_table_of_one_row_many_times(name: str) -> None:
    found = FRONTIERS[name](
        PANEL.with_columns(pl.lit(2.0).alias(column) for column in ("x1", "x2", "y1", "y2", "c"))
    ).table
    scores = found.select(
        pl.col("^.*(score|index|ratio|indicator)$")
        - pl.col("^.*(score|index|ratio|indicator)$").first()
    )
    assert np.abs(scores.to_numpy()).max() < 1e-9


@frontiers
@pytest.mark.parametrize(
    ("column", "value"), [("x1", 1e12), ("x1", 1e-12), ("c", 1e11), ("c", 1e-12), ("y1", 1e-8)]
)
@pytest.mark.slow
def test_one_number_far_from_the_rest_does_no_harm_to_others_or_is_told(
    name: str, column: str, value: float
) -> None:
    """Beyond 1e5 (below 1e-5) an input, a bad (an output) tells others nothing more."""
    beside = FRONTIERS[name](put(column, 1e5 if value > 1 else 1e-5)).table.filter(
        pl.col("unit") != "u1"
    )
    try:
        found = FRONTIERS[name](put(column, value)).table.filter(pl.col("unit") != "u1")
    except InputError as error:
        assert "far apart" in str(error) or "different size" in str(error)
        return
    kept = [
        one
        for one in found.columns
        if one.endswith(("score", "indicator", "change_index", "productivity_index"))
    ]
    assert without_reason(found) == 0
    values, expected = (numbers(table.select(kept)) for table in (found, beside))
    if name == "fare_primont":  # the representative observation moves with the mean
        return
    both = ~np.isnan(values) & ~np.isnan(expected)
    np.testing.assert_allclose(values[both], expected[both], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("value", [1e10, 1e11, 1e13])
@pytest.mark.slow
def test_an_output_without_measure_makes_no_unit_inefficient_in_silence(value: float) -> None:
    """Who is efficient beside an output of 1e7 is so beside a larger one; where the solver can't
    see it any more, it says so."""
    x, y = ["x1", "x2"], ["y1", "y2"]
    beside, found = (sbm(put("y1", one), x, y, ["c"]).table for one in (1e7, value))
    efficient = found.filter(beside["is_efficient"])
    told = efficient["reason"].fill_null("").str.contains("imprecise")
    assert ((efficient["efficiency_score"] == 1).fill_null(False) | told).all()


@frontiers
@pytest.mark.parametrize("column", ["x1", "c", "y1"])
@pytest.mark.slow
def test_numbers_of_one_column_from_1e_9_to_1e12(name: str, column: str) -> None:
    spread = PANEL.with_columns(
        pl.col(column) * pl.Series(10.0 ** np.linspace(-9, 12, UNITS * YEARS))
    )
    try:
        found = FRONTIERS[name](spread).table
    except InputError as error:
        assert "far apart" in str(error) or "different size" in str(error)
        return
    assert without_reason(found) == 0 and not np.isinf(numbers(found)).any()


def refusals() -> list[tuple[str, Callable[[], Any], str]]:
    x, y = ["x1", "x2"], ["y1", "y2"]
    return [
        (
            "one name of a factor",
            lambda: growth_accounts(PANEL, "y1", [Factor("k", "x1", 1.0)]),
            "'x1' is one name, not a list",
        ),  # type: ignore[arg-type]
        ("no bads", lambda: malmquist_luenberger(PANEL, x, y, []), "needs a bad output"),
        ("named twice", lambda: dea(PANEL, x, y, ["y1"]), "column 'y1' is asked for twice"),
        (
            "still",
            lambda: dea(put("y1", 0.0), x, y, orientation="directional", direction=["y1"]),
            "is 0\n  where: u1 in 2002",
        ),
        (
            "a first stock",
            lambda: capital_stock(PANEL, "x1", base=BaseStock(growth=float("nan"))),
            "growth = nan",
        ),
        ("a rate", lambda: capital_stock(PANEL, "x1", depreciation=9.6), "depreciation of 9.6"),
    ]


@pytest.mark.parametrize(
    ("ask", "what"), [pytest.param(ask, what, id=name) for name, ask, what in refusals()]
)
def test_what_cannot_be_asked_is_refused(ask: Callable[[], Any], what: str) -> None:
    with pytest.raises(InputError, match=what):
        ask()


def test_the_solver_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    solve_programme(
        *(np.array(part, float) for part in ([[1, 2]], [4], [9], [1, 1], [0, 0], [9, 9]))
    )
    assert capfd.readouterr().out == ""


def test_an_output_of_no_weight_aggregates_to_nothing_not_to_rounding() -> None:
    """What is used and made is 1, x1 x2 y1 y2; the shadow price of y1 is 0 at the mean, and so is
    the aggregate of y1 alone."""
    bits = [
        "0110",
        "0101",
        "1010",
        "0101",
        "1101",
        "0101",
        "1011",
        "0110",
        "1111",
        "0101",
        "0111",
        "1010",
        "1001",
        "1010",
        "1101",
        "0110",
    ]
    quantities = np.array([[float(one) for one in row] for row in bits])
    frame = pl.DataFrame(quantities, schema=["x1", "x2", "y1", "y2"]).with_columns(
        unit=pl.int_range(pl.len())
    )
    found = fare_primont(frame, ["x1", "x2"], ["y1", "y2"])
    assert found.prices.filter(name="y1")["shadow_price"].to_list() == [0.0]
    alone = found.table.filter(
        pl.Series([row.endswith("10") for row in bits])[found.table["unit"].cast(pl.Int64)]
    )
    assert alone.height == 6 and alone["tfp_index"].null_count() == 6
    assert without_reason(found.table) == 0 and not np.isinf(numbers(found.table)).any()
