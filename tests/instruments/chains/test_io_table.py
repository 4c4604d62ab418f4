"""Input-output tables: how they are read, whether they balance, imports, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from economies import GERMANY, cells, germany

import firstlight as fl
from firstlight.chains import (
    ProductionSystem,
    domestic_part,
    extraction,
    hawkins_simon,
    structure,
    table_of,
)
from firstlight.errors import InputError
from firstlight.instruments.chains.ranked_rows import over_years
from firstlight.instruments.chains.table_blocks import hidden_totals
from firstlight.texts import Count, Name

SECTORS = ["ore", "steel"]
FLOWS = np.array([[10.0, 40], [20, 30]])
USES = {"households": [30, 70], "exports": [40, 20], "imports": [20, 10]}
PAYMENTS = {"wages": [50, 40], "surplus": [20, 20], "output": [100, 130]}


def test_blocks_sums_and_outputs() -> None:
    extra = {"TIU": [50, 50], "rural households": [0, 0], "final uses": [70, 90]}
    sums = {"total intermediate input": [30, 70], "value added": [70, 60]}
    table = table_of(cells(SECTORS, FLOWS, {**USES, **extra}, {**PAYMENTS, **sums}))
    assert table.flows.tolist() == FLOWS.tolist()
    assert set(table.uses) == {"households", "exports", "other_uses"}  # an unknown column is a use
    assert table.unknown == ("rural households",)
    assert table.imports.tolist() == [20, 10]
    assert table.value_added is not None and table.value_added.tolist() == [70, 60]
    assert table.row_totals.tolist() == table.output.tolist() == [100, 130]
    assert table.column_totals is not None and table.column_totals.tolist() == [100, 130]


def test_a_total_that_its_parts_do_not_make_up_counts_besides() -> None:
    uses = {"gross capital formation": [5, 6], "inventories": [1, -2]}
    table = table_of(cells(SECTORS, FLOWS, uses, {}))
    assert {block: own.tolist() for block, own in table.uses.items()} == {
        "investment": [5, 6],
        "inventories": [1, -2],
    }
    whole = table_of(cells(SECTORS, FLOWS, {**uses, "fixed investment": [4, 8]}, {}))
    assert set(whole.uses) == {"fixed_investment", "inventories"}


def test_labels_say_what_names_do_not() -> None:
    rows = cells(SECTORS, FLOWS, {"Ausfuhr": [40, 20]}, {"Löhne": [50, 40]})
    table = table_of(rows, {"Ausfuhr": "exports", "löhne": "wages"})
    assert (set(table.uses), set(table.payments)) == ({"exports"}, {"wages", "value_added"})
    assert table.unknown == ()
    with pytest.raises(InputError) as raised:
        table_of(rows, {"Ausfuhr": "sales"})
    assert raised.value.code == "no_block"


def test_competitive_imports_serve_home_uses_in_proportion() -> None:
    table = table_of(cells(SECTORS, FLOWS, USES, PAYMENTS))
    home, beyond = domestic_part(table)
    assert beyond == ()
    # ore: 20 imported of 10 + 40 + 30 used at home
    assert home.flows[0] == pytest.approx(FLOWS[0] * 0.75)
    assert home.uses["households"][0] == pytest.approx(22.5)
    assert home.uses["exports"].tolist() == [40, 20]
    assert home.row_totals == pytest.approx(table.output, rel=1e-12)
    assert home.column_totals == pytest.approx(table.output, rel=1e-12)


def test_imports_beyond_home_use_are_exported_again() -> None:
    uses = {**USES, "imports": [100, 10]}
    table = table_of(cells(SECTORS, FLOWS, uses, {}))
    home, beyond = domestic_part(table)
    assert beyond == ("ore",)
    assert home.flows[0].tolist() == [0, 0]
    assert home.uses["exports"][0] == pytest.approx(20)
    assert home.row_totals == pytest.approx(table.row_totals)
    found = structure(cells(SECTORS, FLOWS, uses, {}))
    assert "imports_beyond" in [given.code for given in found.said]


def test_imports_in_rows_of_their_own() -> None:
    home = cells(SECTORS, FLOWS, {"exports": [50, 80]}, {"wages": [60, 50]})
    abroad = cells(SECTORS, [[0, 4], [6, 0]], {}, {})
    rows = pl.concat(
        [home.with_columns(origin=pl.lit("Domestic")), abroad.with_columns(origin=pl.lit("进口"))]
    )
    table = table_of(rows)
    assert table.imported.tolist() == [6, 4]
    assert table.column_totals is not None and table.column_totals.tolist() == [96, 124]
    inner = structure(rows, inputs="domestic").tables["multipliers"]
    whole = structure(rows, inputs="all").tables["multipliers"]
    assert (whole["output_multiplier"] > inner["output_multiplier"]).all()
    output = (
        home.filter(pl.col("supplier").is_in(SECTORS)).group_by("supplier").agg(pl.sum("value"))
    )
    x = np.array([dict(output.iter_rows())[sector] for sector in SECTORS])
    for extra, found in ((0, inner), (np.array([[0, 4], [6, 0]]), whole)):
        expected = np.linalg.inv(np.eye(2) - (FLOWS + extra) / x).sum(axis=0)
        got = dict(found.select("sector", "output_multiplier").iter_rows())
        assert [got[sector] for sector in SECTORS] == pytest.approx(expected, rel=1e-12)


def test_final_uses_that_imports_alone_serve() -> None:
    home = cells(SECTORS, FLOWS, {"exports": [50, 80]}, {"wages": [60, 50]})
    uses = {"investment": [3, 2], "gifts": [0, 1], "output": [7, 9]}
    abroad = cells(SECTORS, [[0, 4], [6, 0]], uses, {})
    rows = [home.with_columns(origin=pl.lit("home")), abroad.with_columns(origin=pl.lit("imports"))]
    table = table_of(pl.concat(rows))
    assert table.imported_uses is not None
    found = {block: own.tolist() for block, own in table.imported_uses.items()}
    assert found == {"exports": [0, 0], "investment": [3, 2], "other_uses": [0, 1]}
    assert table.unknown == ("gifts",)
    assert list(table.uses) == ["exports"]
    assert not table.stated  # what is imported is no output


@pytest.mark.parametrize(
    ("supplier", "user", "code"),
    [("ore", "exports", "off_in_row"), ("wages", "steel", "off_in_column")],
)
def test_the_sector_that_is_off_and_by_how_much(supplier: str, user: str, code: str) -> None:
    rows = cells(SECTORS, FLOWS, USES, PAYMENTS)
    sound = structure(rows)
    assert sound.said[3].code == "balanced"
    is_it = (pl.col("supplier") == supplier) & (pl.col("user") == user)
    broken = rows.with_columns(value=pl.when(is_it).then(pl.col("value") + 1e-6).otherwise("value"))
    said = structure(broken).said[3]
    assert (said.code, said.values["count"]) == (code, Count(1))
    assert said.values["sector"] == Name("ore" if code == "off_in_row" else "steel")
    assert said.values["gap"].value == pytest.approx(1e-6, rel=1e-6)
    tiny = rows.with_columns(value=pl.when(is_it).then(pl.col("value") + 1e-8).otherwise("value"))
    assert structure(tiny).said[3].code == "balanced"


def test_two_outputs_that_differ() -> None:
    payments = {**PAYMENTS, "surplus": [20, 22], "total inputs": [100, 132]}
    del payments["output"]
    said = structure(cells(SECTORS, FLOWS, {**USES, "output": [100, 130]}, payments)).said
    assert [(own.code, own.values["sector"]) for own in said if own.code.startswith("off")] == [
        ("off_in_stated", Name("steel"))
    ]


def test_an_output_that_is_stated_of_nothing_is_a_gap() -> None:
    """A sector without turnover, of which no gap is a part."""
    flows = [*([*row, 0] for row in FLOWS), [0, 0, 0]]
    uses = {name: [*column, 0] for name, column in USES.items()}
    payments = {name: [*row, 0] for name, row in PAYMENTS.items()} | {"output": [100, 130, 5]}
    found = structure(
        cells([*SECTORS, "whales"], flows, {**uses, "output": [100, 130, 0]}, payments)
    )
    off = [(own.code, own.values["sector"]) for own in found.said if own.code.startswith("off")]
    assert off == [("off_in_column", Name("whales"))]


def test_idle_sectors_and_negative_flows_are_named() -> None:
    flows = [[10, 40, 0], [-2, 30, 0], [0, 0, 0]]
    uses = {"exports": [50, 80, 0]}
    found = structure(cells([*SECTORS, "whales"], flows, uses, {"wages": [92, 38, 0]}))
    said = {own.code: own.values for own in found.said}
    assert said["zero_output"]["count"] == Count(1)
    assert said["zero_output"]["sectors"].value == (Name("whales"),)
    assert said["negative_flows"]["sectors"].value == (Name("steel"),)
    idle = found.tables["multipliers"].filter(sector="whales").row(0, named=True)
    assert (idle["output_multiplier"], idle["income_type_1"]) == (1, None)
    assert idle["reason"] == "nothing_own"
    assert "keeps_least" not in said  # nothing is spent on what is not made, all else stays here
    assert structure(cells(SECTORS, FLOWS, {"exports": [50, 80]}, {})).said[2].code == "not_checked"


def test_hawkins_simon_names_the_sector() -> None:
    flows = np.array([[10.0, 5, 5], [5, 60, 60], [5, 60, 60]])
    rows = cells(["a", "b", "c"], flows, {"output": [100, 120, 120]}, {})
    with pytest.raises(InputError) as raised:
        structure(rows)
    assert raised.value.code == "not_productive"
    assert raised.value.values["sector"] == Name("c")
    assert hawkins_simon(flows / [100, 120, 120]) == 2
    with pytest.raises(InputError):
        ProductionSystem(np.array([[1.0, 0], [0, 0.2]]))
    # 0.5 of each other: productive up to the point where both use up all
    assert hawkins_simon([[0.5, 0.499], [0.5, 0.5]]) is None
    assert hawkins_simon([[0.5, 0.5], [0.5, 0.5]]) == 1


def test_hawkins_simon_agrees_with_the_largest_eigenvalue() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        a = rng.uniform(0, 0.5, (4, 4))
        is_productive = np.abs(np.linalg.eigvals(a)).max() < 1
        assert (hawkins_simon(a) is None) == is_productive


def test_what_is_refused() -> None:
    rows = cells(SECTORS, FLOWS, USES, PAYMENTS)
    with pytest.raises(InputError) as raised:
        structure(rows.filter(pl.col("user") != "ore"))
    assert (raised.value.code, raised.value.values["count"]) == ("no_square", Count(1))
    with pytest.raises(InputError) as raised:
        structure(rows.with_columns(value=pl.when(pl.col("user") != "steel").then("value")))
    assert raised.value.code == "no_flow"
    jobs = pl.DataFrame({"sector": ["ore"], "jobs": [3]})
    with pytest.raises(InputError) as raised:
        structure(rows, jobs=jobs)
    assert raised.value.code == "no_jobs"


def test_square_files_are_read_with_or_without_a_name_in_their_corner(tmp_path: Path) -> None:
    rows = germany()
    wide = rows.pivot(on="user", index="supplier", values="value")
    expected = structure(rows).tables
    frames = wide.to_pandas().rename(columns={"supplier": None})
    frames.to_csv(tmp_path / "corner.csv", index=False)
    frames.to_excel(tmp_path / "corner.xlsx", index=False)
    wide.write_parquet(tmp_path / "named.parquet")
    wide.rename({"supplier": "部门"}).write_csv(tmp_path / "chinese.csv")
    wide.to_pandas().to_excel(tmp_path / "numbered.xlsx")  # with an index of no use
    for name in ("corner.csv", "corner.xlsx", "named.parquet", "chinese.csv", "numbered.xlsx"):
        found = fl.measure("structure", tmp_path / name, project=tmp_path / "kept").tables
        assert all(found[key].equals(own) for key, own in expected.items()), name


def test_china_balances_to_a_billionth(shared: Path, tmp_path: Path) -> None:
    """Imports in a column until 2015, in rows of their own since 2017."""
    for year, is_split in (("2005", False), ("2020", True)):
        file = shared / "data" / "io" / f"china_{year}_42.csv"
        found = fl.measure("structure", file, project=tmp_path)
        assert [own.values["count"] for own in found.said if own.code == "balanced"] == [Count(42)]
        assert not [own for own in found.said if own.code == "guessed"]
        assert (found.tables["balance"]["worst_gap"] <= 1e-9).all()
        assert ("imports_beyond" in [own.code for own in found.said]) == (not is_split)


def test_the_german_table_balances() -> None:
    table = table_of(germany())
    assert table.row_totals.tolist() == table.output.tolist()
    assert table.column_totals is not None
    assert table.column_totals.tolist() == table.output.tolist()
    assert sorted(table.output) == sorted(GERMANY["output"])


def test_names_stand_for_codes_and_codes_before_names_that_several_bear() -> None:
    rows = cells(["01", "02", "03"], np.eye(3), {"exports": [9, 9, 9]}, {"wages": [9, 9, 9]})
    names = {"01": "ore", "02": "steel", "03": "steel"}
    named = rows.with_columns(name=pl.col("supplier").replace_strict(names, default=None))
    found = structure(named, sector_name="name").table
    assert sorted(found["sector"]) == ["02 steel", "03 steel", "ore"]
    assert sorted(structure(rows).table["sector"]) == ["01", "02", "03"]


def test_headings_that_are_names_while_rows_have_codes_besides() -> None:
    rows = cells(["ore", "steel"], FLOWS, USES, PAYMENTS)
    codes = {"ore": "B07", "steel": "C24", "wages": "D1", "surplus": "B2", "output": "P1"}
    coded = rows.with_columns(
        sector_name="supplier", supplier=pl.col("supplier").replace_strict(codes)
    )
    expected = structure(rows).tables
    found = structure(coded).tables
    assert all(found[key].equals(own) for key, own in expected.items())


def test_codes_that_are_whole_numbers_in_a_square_file(tmp_path: Path) -> None:
    wide = pl.DataFrame({"": [1, 2, 3], "1": [1, 2, 3], "2": [4, 5, 6], "3": [7, 8, 9]})
    wide = wide.with_columns(exports=pl.lit(50))
    wide.write_csv(tmp_path / "codes.csv")
    wide.to_pandas().to_excel(tmp_path / "codes.xlsx", index=False)
    for name in ("codes.csv", "codes.xlsx"):
        found = fl.measure("structure", tmp_path / name, project=tmp_path / "kept").table
        assert sorted(found["sector"]) == ["1", "2", "3"]
        outputs = dict(found.select("sector", "output").iter_rows())
        assert outputs == {"1": 62, "2": 65, "3": 68}


def test_totals_and_imports_on_both_sides_are_no_sectors() -> None:
    uses = {**USES, "Total": [1, 1], "GO": [100, 130], "households": [30, 70]}
    rows = cells(SECTORS, FLOWS, uses, {**PAYMENTS, "total": [5, 5], "GO": [100, 130]})
    extra = pl.DataFrame({"supplier": ["total", "GO"], "user": ["Total", "GO"], "value": [9.0, 9]})
    table = table_of(pl.concat([rows.filter(pl.col("supplier") != "output"), extra]))
    assert table.sectors == ("ore", "steel")
    assert set(table.stated) == {"output_by_row", "output_by_column"}


def test_hidden_totals_are_found_by_rows_and_columns() -> None:
    """A sector is a total where its row and its column are; a total of totals comes out after those
    within it."""
    flows = np.array([[1.0, 2, 3], [4, 5, 7], [8, 9, 10]])
    uses = {"homes": np.array([2.0, 1, 1]), "abroad": np.array([1.0, 1, 4])}
    whole = np.block([[flows, flows.sum(1)[:, None]], [flows.sum(0), flows.sum()]])
    wide = {name: np.append(own, own.sum()) for name, own in uses.items()}
    sectors = ("a", "b", "c", "d")
    assert hidden_totals(sectors, whole, wide, {}) == ["d"]
    assert hidden_totals(sectors[:3], flows, uses, {}) == []
    only_row = np.vstack([flows, flows.sum(0)])
    square = np.column_stack([only_row, [3.0, 1, 1, 2]])
    assert hidden_totals(sectors, square, {}, {}) == []
    inner = {**uses, "to firms": flows.sum(axis=1)}
    every = {**inner, "all": sum(inner.values(), np.zeros(3))}
    assert hidden_totals(sectors[:3], flows, every, {}) == ["all", "to firms"]


def test_a_sector_by_another_name_in_rows_than_in_columns_is_refused() -> None:
    """Taken for value added and for a final use it would be left out of the model, and the rest
    would balance all the same."""
    rows = cells([*SECTORS, "cars"], np.ones((3, 3)), {"exports": [7, 7, 7]}, {"wages": [7, 7, 7]})
    renamed = rows.with_columns(pl.col("user").replace("cars", "motor cars"))
    with pytest.raises(InputError) as raised:
        structure(renamed)
    assert raised.value.code == "unpaired"
    both = [raised.value.values[side].value for side in ("suppliers", "users")]
    assert both == [(Name("cars"),), (Name("motor cars"),)]
    # told what they are, they are no sectors
    labels = pl.DataFrame({"label": ["cars", "motor cars"], "block": ["surplus", "investment"]})
    assert structure(renamed, labels=labels).table.height == 2
    # a column of its own kind, or a row, is guessed and told as before
    other = rows.filter(pl.col("supplier") != "cars")
    assert "guessed" in [own.code for own in structure(other).said]


def test_imports_in_a_row_are_of_goods_where_rows_add_up_to_output_and_imports() -> None:
    """As Eurostat writes them: total use is output and imports. The same as in a column."""
    uses = {name: own for name, own in USES.items() if name != "imports"}
    in_row = table_of(cells(SECTORS, FLOWS, uses, {**PAYMENTS, "imports": [20, 10]}))
    in_column = table_of(cells(SECTORS, FLOWS, USES, PAYMENTS))
    assert in_row.imports.tolist() == in_column.imports.tolist() == [20, 10]
    assert not in_row.imported.any()
    # imported inputs that come besides: rows add up to output
    payments = {"wages": [50, 40], "imports": [20, 20], "output": [100, 130]}
    besides = table_of(cells(SECTORS, FLOWS, {"exports": [50, 80]}, payments))
    assert besides.imported.tolist() == [20, 20] and not besides.imports.any()


def test_frames_of_years_stay_as_they_were() -> None:
    """They are kept by those who made them, and put together more than once."""
    frame = pl.DataFrame({"sector": ["a", "b"], "value": [1.0, 2.0]})
    years = {2010: frame, 2020: frame.with_columns(jobs=1.0)}
    once, again = (over_years(years, "value") for _ in range(2))
    assert once.equals(again)
    assert once.columns == ["sector", "year", "value", "jobs"]
    assert once.rows() == [
        ("b", 2020, 2.0, 1.0),
        ("a", 2020, 1.0, 1.0),
        ("b", 2010, 2.0, None),
        ("a", 2010, 1.0, None),
    ]


def test_sectors_that_one_year_lacks_are_named() -> None:
    whole = cells([*SECTORS, "cars"], np.ones((3, 3)), {"exports": [7, 7, 7]}, {})
    without = whole.filter((pl.col("supplier") != "cars") & (pl.col("user") != "cars"))
    both = pl.concat([whole.with_columns(year=2019), without.with_columns(year=2020)])
    for measured in (structure(both), extraction(both)):
        said = {own.code: own.values for own in measured.said}
        assert said["other_sectors"]["sectors"].value == (Name("cars"),)
    assert "other_sectors" not in [own.code for own in structure(whole).said]
