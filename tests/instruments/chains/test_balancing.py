"""RAS and GRAS, and supply and use tables made symmetric: published cells and identities."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from economies import CASES

from firstlight.chains import gras, ras, structure, symmetric, symmetric_table, table_update
from firstlight.errors import InputError
from firstlight.texts import Name

JUNIUS: dict[str, Any] = CASES["gras"]
KNOWN: dict[str, Any] = CASES["supply_use"]
SUPPLY, USE = np.array(KNOWN["supply"], float), np.array(KNOWN["use"], float)
FINAL = (SUPPLY.sum(axis=1) - USE.sum(axis=1))[:, None]
PRIMARY = (SUPPLY.sum(axis=0) - USE.sum(axis=0))[None, :]
MODELS: tuple[Any, ...] = ("A", "B", "C", "D")


def test_the_example_of_gras() -> None:
    """To the five digits printed; the totals are met and every cell keeps its sign."""
    found = gras(JUNIUS["flows"], JUNIUS["rows"], JUNIUS["columns"])
    assert found.flows == pytest.approx(np.array(JUNIUS["result"]), abs=5.1e-6)
    assert found.flows.sum(axis=1) == pytest.approx(JUNIUS["rows"], abs=1e-9)
    assert found.flows.sum(axis=0) == pytest.approx(JUNIUS["columns"], abs=1e-9)
    assert np.array_equal(np.sign(found.flows), np.sign(JUNIUS["flows"]))


def test_ras_scales_rows_and_columns_alone() -> None:
    rng = np.random.default_rng(11)
    a = rng.uniform(0, 5, (6, 4)) * (rng.random((6, 4)) < 0.8)
    target = rng.uniform(0.5, 2, (6, 1)) * a * rng.uniform(0.5, 2, (1, 4)) + 0.3 * (a > 0)
    found = ras(a, target.sum(axis=1), target.sum(axis=0))
    assert found.flows.sum(axis=1) == pytest.approx(target.sum(axis=1), rel=1e-10)
    assert found.flows.sum(axis=0) == pytest.approx(target.sum(axis=0), rel=1e-10)
    scaled = found.row_factors[:, None] * a * found.column_factors
    assert found.flows == pytest.approx(scaled, rel=1e-12)
    assert ((found.flows == 0) == (a == 0)).all()


def test_ras_finds_a_table_that_was_only_scaled() -> None:
    rng = np.random.default_rng(12)
    a = rng.uniform(1, 5, (5, 5))
    scaled = rng.uniform(0.5, 2, (5, 1)) * a * rng.uniform(0.5, 2, (1, 5))
    found = ras(a, scaled.sum(axis=1), scaled.sum(axis=0))
    assert found.flows == pytest.approx(scaled, rel=1e-9)
    assert ras(a, a.sum(axis=1), a.sum(axis=0)).rounds == 1


def test_gras_is_optimal() -> None:
    """No table nearby with the same totals loses less information (Lenzen et al. 2007)."""
    a, found = (
        np.array(JUNIUS["flows"], float),
        gras(JUNIUS["flows"], JUNIUS["rows"], JUNIUS["columns"]),
    )

    def loss(x: Any) -> float:
        z = np.divide(x, a, out=np.ones_like(a), where=a != 0)
        return float((np.abs(a) * (z * np.log(z) - z)).sum())

    # a step around a loop of four cells leaves all totals as they are
    loop = np.zeros_like(a)
    loop[0, 0], loop[0, 2], loop[2, 0], loop[2, 2] = 1, -1, -1, 1
    for step in (1e-3, -1e-3, 1e-2, -1e-2):
        assert loss(found.flows + step * loop) > loss(found.flows)


@pytest.mark.parametrize(
    ("flows", "rows", "columns", "code"),
    [
        ([[1, 1], [1, 1]], [1, 2], [2, 2], "unlike_totals"),
        ([[0, 0], [1, 1]], [1, 2], [1, 2], "no_cell_of_row"),
        ([[0, 1], [0, 1]], [1, 2], [1, 2], "no_cell_of_column"),
        ([[1, 0], [0, 1]], [1, 2], [2, 1], "not_met"),
    ],
)
def test_totals_that_no_table_has(flows: Any, rows: Any, columns: Any, code: str) -> None:
    with pytest.raises(InputError) as raised:
        gras(flows, rows, columns)
    assert raised.value.code == code


def test_what_is_left_of_totals_that_no_table_has() -> None:
    """Where the second row can hold two of its four, two are missing of the largest total, 22; the
    factors that grow beyond all bounds are not told."""
    with pytest.raises(InputError) as raised:
        gras([[10, 5], [0, 7]], [20, 4], [22, 2])
    assert raised.value.values["share"].value == pytest.approx(2 / 20, abs=1e-3)


def test_five_rounds_of_ras() -> None:
    """Miller and Blair's example as hybridvut's tests (BSD) have it, to the three digits to which
    five rounds come near the end."""
    found = ras([[5, 0.5], [4, 3]], [10, 2], [7, 5])
    assert found.flows == pytest.approx(np.array([[6.5911, 3.4089], [0.4099, 1.5901]]), abs=1e-3)
    with pytest.raises(InputError) as raised:
        ras([[-1, 2], [1, 1]], [1, 2], [1, 2])
    assert raised.value.code == "negative_cells"


def test_known_results_of_supply_and_use() -> None:
    """To the nine digits of pySUT's test."""
    stressors = np.array(KNOWN["stressors"])
    product = symmetric_table(SUPPLY, USE, FINAL, stressors, "A")
    industry = symmetric_table(SUPPLY, USE, FINAL, stressors, "B")
    assert product.coefficients[0] == pytest.approx(KNOWN["A_row_1"], abs=5e-9)
    assert product.coefficients[3] == pytest.approx(KNOWN["A_row_4"], abs=5e-9)
    assert industry.coefficients[0] == pytest.approx(KNOWN["B_row_1"], abs=5e-9)
    assert industry.coefficients[2] == pytest.approx(KNOWN["B_row_3"], abs=5e-9)
    for found, name in ((product, "A_stressor_1"), (industry, "B_stressor_1")):
        own = found.primary_inputs[0] / found.output
        assert own == pytest.approx(KNOWN[name], abs=5e-9)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_balances(model: Any) -> None:
    found = symmetric_table(SUPPLY, USE, FINAL, PRIMARY, model)
    rows = found.flows.sum(axis=1) + found.final_demand.sum(axis=1)
    columns = found.flows.sum(axis=0) + found.primary_inputs.sum(axis=0)
    assert rows == pytest.approx(found.output, rel=1e-12)
    assert columns == pytest.approx(found.output, rel=1e-12)
    of = SUPPLY.sum(axis=1) if model in "AB" else SUPPLY.sum(axis=0)
    assert found.output == pytest.approx(of)


def test_what_each_model_holds_fixed() -> None:
    """A: inputs of products make up those of industries. C: sales of industries make up those of
    products. D: those that make a product have its sales in common."""
    a = symmetric_table(SUPPLY, USE, FINAL, PRIMARY, "A").coefficients
    assert a @ SUPPLY == pytest.approx(USE, abs=1e-12)
    c = symmetric_table(SUPPLY, USE, FINAL, PRIMARY, "C")
    assert (SUPPLY / SUPPLY.sum(axis=0)) @ c.flows == pytest.approx(USE, abs=1e-12)
    d = symmetric_table(SUPPLY, USE, FINAL, PRIMARY, "D")
    shares = (SUPPLY / SUPPLY.sum(axis=1)[:, None]).T
    assert d.flows == pytest.approx(shares @ USE, rel=1e-12)


def test_all_models_agree_where_each_industry_makes_one_product() -> None:
    supply = np.diag(SUPPLY.sum(axis=1))
    final = (supply.sum(axis=1) - USE.sum(axis=1))[:, None]
    primary = (supply.sum(axis=0) - USE.sum(axis=0))[None, :]
    for model in MODELS:
        assert symmetric_table(supply, USE, final, primary, model).flows == pytest.approx(USE)


def test_supply_that_has_no_inverse() -> None:
    with pytest.raises(InputError) as raised:
        symmetric_table([[1, 1], [2, 2]], np.eye(2), [[1], [1]], [[1, 1]], "A")
    assert raised.value.code == "supply_singular"
    with pytest.raises(InputError) as raised:
        symmetric_table(np.ones((3, 2)), np.ones((3, 2)), np.ones((3, 1)), [[1, 1]], "C")
    assert raised.value.code == "supply_not_square"
    with pytest.raises(InputError) as raised:
        symmetric_table(np.eye(2), np.eye(2), [[1], [1]], [[1, 1]], "E")  # type: ignore[arg-type]
    assert raised.value.code == "no_choice"


def junius() -> tuple[pl.DataFrame, pl.DataFrame]:
    flows = np.array(JUNIUS["flows"])
    rows = [(f"r{i}", f"c{j}", flows[i, j]) for i in range(3) for j in range(4)]
    frame = pl.DataFrame(rows, schema=["supplier", "user", "value"], orient="row")
    aims = [("row", f"r{i}", total) for i, total in enumerate(JUNIUS["rows"])]
    aims += [("列", f"c{j}", total) for j, total in enumerate(JUNIUS["columns"])]
    return frame, pl.DataFrame(aims, schema=["side", "name", "total"], orient="row")


def test_a_table_brought_up_to_its_totals() -> None:
    frame, totals = junius()
    found = table_update(frame, totals=totals)
    expected = np.array(JUNIUS["result"]).ravel()
    assert found.table["value"].to_list() == pytest.approx(expected, abs=5.1e-6)
    assert found.said[0].values["count"].value == 7
    assert [own.code for own in found.conventions] == ["gras", "zeros_stay"]
    assert found.table.filter(start_value=0)["reason"].to_list() == ["was_zero"] * 3
    # cells that are not there are 0 as well
    sparse = table_update(frame.filter(pl.col("value") != 0), totals=totals).table
    assert sparse["value"].to_list() == pytest.approx(
        found.table.filter(pl.col("value") != 0)["value"].to_list(), rel=1e-9
    )
    positive = frame.with_columns(value=pl.col("value").abs() + 1)
    sums = [positive.group_by(key).agg(total=pl.sum("value") * 2) for key in ("supplier", "user")]
    aims = pl.concat(
        [
            own.rename({own.columns[0]: "name"}).with_columns(side=pl.lit(side))
            for own, side in zip(sums, ("row", "column"), strict=True)
        ]
    )
    doubled = table_update(positive, totals=aims)
    assert doubled.table["ratio"].to_list() == pytest.approx([2] * 12, rel=1e-9)
    assert doubled.conventions[0].code == "ras"


def test_totals_that_do_not_fit_the_table() -> None:
    frame, totals = junius()
    cases = [
        (totals.head(6), "other_totals"),
        (totals.with_columns(side=pl.lit("diagonal")), "no_side"),
        (totals.with_columns(total=pl.col("total") + pl.int_range(7)), "unlike_totals"),
    ]
    for own, code in cases:
        with pytest.raises(InputError) as raised:
            table_update(frame, totals=own)
        assert raised.value.code == code
    with pytest.raises(InputError) as raised:
        table_update(frame.with_columns(value=pl.lit(None, pl.Float64)), totals=totals)
    assert raised.value.code == "no_flow"


def long_tables() -> tuple[pl.DataFrame, pl.DataFrame]:
    """The supply and use tables of pySUT, with final demand and primary inputs that balance."""
    products, makers = [f"good {i}" for i in range(5)], [f"firm {j}" for j in range(5)]
    supply = [(p, m, SUPPLY[i, j]) for i, p in enumerate(products) for j, m in enumerate(makers)]
    use = [(p, m, USE[i, j]) for i, p in enumerate(products) for j, m in enumerate(makers)]
    use += [(p, "exports", FINAL[i, 0]) for i, p in enumerate(products)]
    use += [("wages", m, PRIMARY[0, j]) for j, m in enumerate(makers)]
    use += [("total use", m, 1.0) for m in makers] + [(p, "total", 7.0) for p in products]
    schema = ["product", "maker", "value"]
    frame = pl.DataFrame(supply, schema=schema, orient="row")
    return frame, pl.DataFrame(use, schema=["product", "user", "value"], orient="row")


@pytest.mark.parametrize("model", MODELS)
def test_the_symmetric_table_in_rows(model: Any) -> None:
    supply, use = long_tables()
    found = symmetric(supply, use=use, model=model)
    expected = symmetric_table(SUPPLY, USE, FINAL, PRIMARY, model)
    letter = "good" if model in "AB" else "firm"
    inner = found.table.filter(
        pl.col("supplier").str.starts_with(letter), pl.col("user").str.starts_with(letter)
    )
    flows = inner.sort("supplier", "user")["value"].to_numpy().reshape(5, 5)
    assert flows == pytest.approx(expected.flows, rel=1e-12)
    assert found.said[1].code == "all_balance"
    assert ("below_zero" in [own.code for own in found.said]) == (expected.flows < -1e-9).any()
    # the balance of the result is found by the measurement that reads it, too
    said = [own.code for own in structure(found.table).said]
    assert not [code for code in said if code.startswith("off")] and "guessed" not in said


def test_a_use_table_without_final_uses_is_one_whose_final_uses_are_nothing() -> None:
    supply, use = long_tables()
    makers = supply["maker"].unique().implode()
    alone = use.filter(pl.col("user").is_in(makers))
    nothing = pl.DataFrame({"product": supply["product"].unique(), "user": "exports", "value": 0.0})
    both = pl.concat([alone, nothing.cast(dict(alone.schema))])
    found = symmetric(supply, use=alone).table
    assert found.height < symmetric(supply, use=both).table.height
    assert found.equals(symmetric(supply, use=both).table.filter(pl.col("user") != "exports"))


def test_supply_and_use_that_do_not_fit() -> None:
    supply, use = long_tables()
    cases = [
        (supply.filter(product="good 0"), use, "too_few"),
        (supply, use.filter(pl.col("product") != "good 1"), "not_in_use"),
        (supply, use.filter(pl.col("user") != "firm 1"), "not_in_use"),
        (supply.with_columns(value=pl.lit(None, pl.Float64)), use, "no_flow"),
        (supply, use.with_columns(value=pl.lit(None, pl.Float64)), "no_flow"),
    ]
    for own, other, code in cases:
        with pytest.raises(InputError) as raised:
            symmetric(own, use=other)
        assert raised.value.code == code
    off = use.with_columns(
        value=pl.when(pl.col("user") == "exports").then(pl.col("value") + 1).otherwise("value")
    )
    assert symmetric(supply, use=off).said[1].code == "off"
    renamed = pl.concat([use, use.filter(user="firm 1").with_columns(user=pl.lit("firm one"))])
    said = {own.code: own.values for own in symmetric(supply, use=renamed).said}
    assert said["taken_for"]["labels"].value == (Name("firm one"),)
