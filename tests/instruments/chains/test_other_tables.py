"""Tables made of others: added up by a concordance, and from pymrio, Eurostat and the BEA."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from economies import CASES, GERMANY, germany

from firstlight.chains import (
    aggregation,
    footprints,
    from_bea,
    from_eurostat,
    from_pymrio,
    read_database,
    structure,
    symmetric,
    table_of,
    trade_value_added,
    value_added_sources,
)
from firstlight.errors import InputError
from firstlight.texts import Count

GOES = {"agriculture": "goods", "industry": "goods", "construction": "goods"}


def concordance(**goes: str | None) -> pl.DataFrame:
    names = {**{key: value for key, value in GOES.items()}, **goes}
    return pl.DataFrame({"from": list(names), "to": list(names.values())})


def test_aggregated_table_is_w_z_w() -> None:
    found = aggregation(germany(), concordance=concordance())
    table = table_of(found.table)
    w = np.zeros((6, 4))
    w[:3, 1], w[3, 3], w[4, 0], w[5, 2] = 1, 1, 1, 1
    assert table.sectors == ("business services", "goods", "other services", "trade")
    flows, output = np.array(GERMANY["flows"], float), np.array(GERMANY["output"], float)
    assert table.flows == pytest.approx(w.T @ flows @ w, rel=1e-12)
    assert table.output == pytest.approx(output @ w, rel=1e-12)
    assert table.row_totals == pytest.approx(table.output, rel=1e-12)
    assert [own.code for own in found.said] == ["became", "sums_stay", "stay"]
    assert found.tables["sums"]["gap"].abs().sum() < 1e-6


def test_a_split_keeps_sums_and_multipliers_of_the_rest() -> None:
    """Parts with one technology and one market are, added up again, what was split."""
    goes = pl.DataFrame({"from": ["industry"] * 2, "to": ["light", "heavy"], "weight": [0.3, 0.7]})
    split = aggregation(germany(), concordance=goes)
    assert "sums_stay" in [own.code for own in split.said]
    back = pl.DataFrame({"from": ["light", "heavy"], "to": ["industry"] * 2})
    again = aggregation(split.table, concordance=back).table
    both = again.join(germany(), on=["supplier", "user"], suffix="_before")
    assert both.height == germany().height
    assert both["value"].to_list() == pytest.approx(both["value_before"].to_list(), rel=1e-12)
    one = dict(
        structure(germany()).tables["multipliers"].select("sector", "output_multiplier").rows()
    )
    other = structure(split.table).tables["multipliers"]
    other = dict(other.select("sector", "output_multiplier").rows())
    assert other["trade"] == pytest.approx(one["trade"], rel=1e-10)


def test_lost_and_unknown_codes_are_named() -> None:
    found = aggregation(germany(), concordance=concordance(trade=None, moon="goods"))
    said = {own.code: own.values for own in found.said}
    assert said["lost"]["count"] == said["not_there"]["count"] == Count(1)
    rows = germany().filter((pl.col("supplier") == "trade") | (pl.col("user") == "trade"))
    assert said["lost"]["amount"].value == pytest.approx(rows["value"].sum())
    for goes, code in (
        (pl.DataFrame({"from": ["moon"], "to": ["goods"]}), "no_sector_named"),
        (pl.DataFrame({"from": ["trade"] * 2, "to": ["a", "b"]}), "no_weight"),
    ):
        with pytest.raises(InputError) as raised:
            aggregation(germany(), concordance=goes)
        assert raised.value.code == code
    with pytest.raises(InputError) as raised:
        empty = germany().with_columns(value=pl.lit(None, pl.Float64))
        aggregation(empty, concordance=concordance())
    assert raised.value.code == "no_flow"


def test_chinas_153_sectors_added_up_are_its_42(shared: Path) -> None:
    """Both tables of a year state one economy: sectors follow in one order, so that outputs say
    which belong together; then all flows of the small one are sums of the large one's."""
    for year in ("2018", "2020"):
        small, large = (
            pl.read_csv(
                shared / "data" / "io" / f"china_{year}_{n}.csv",
                infer_schema_length=None,
                null_values="NA",
            )
            for n in (42, 153)
        )
        _sums_are_the_small_one(small, large)


def _sums_are_the_small_one(small: pl.DataFrame, large: pl.DataFrame) -> None:
    few, many = (
        [code for code in frame["Code"].unique(maintain_order=True) if code in frame.columns]
        for frame in (small, large)
    )
    goes, rest = dict[str, str](), list(many)
    for code in few:
        whole, added = small.filter(Code="TI")[code].item(), 0.0
        while rest and added < whole * (1 - 1e-9):
            added += large.filter(Code="TI")[rest[0]].item()
            goes[rest.pop(0)] = code
        assert added == pytest.approx(whole, rel=1e-9)
    assert len(goes) == 153
    long = large.rename({"Code": "supplier"}).drop("Description", "DescriptionInChinese")
    long = long.unpivot(index="supplier", variable_name="user").drop_nulls("value")
    listed = pl.DataFrame({"from": list(goes), "to": [f"s{code}" for code in goes.values()]})
    found = aggregation(long, concordance=listed)
    assert "sums_stay" in [own.code for own in found.said]
    table = table_of(found.table)
    published = small.filter(pl.col("Code").is_in(few)).group_by("Code").agg(pl.col(few).sum())
    expected = published.sort("Code").select(few).to_numpy()
    assert table.sectors == tuple(f"s{code}" for code in sorted(few))
    assert table.flows == pytest.approx(expected, rel=1e-6, abs=1e-3)


def system(scale: float = 1.0) -> Any:
    """What pymrio holds of two countries with two sectors, as far as it is read."""
    rows = pd.MultiIndex.from_product([["A", "B"], ["ore", "steel"]], names=["region", "sector"])
    uses = pd.MultiIndex.from_product(
        [["A", "B"], ["Final consumption expenditure by households"]], names=["region", "category"]
    )
    z = pd.DataFrame(np.arange(1.0, 17).reshape(4, 4) * scale, index=rows, columns=rows)
    y = pd.DataFrame(np.arange(20.0, 28).reshape(4, 2) * scale, index=rows, columns=uses)
    stressors = pd.MultiIndex.from_tuples([("CO2", "air"), ("SO2", "air")])
    f = pd.DataFrame([[5.0, 6, 7, 8], [1, 0, 0, 1]], index=stressors, columns=rows)
    own = pd.DataFrame([[2.0, 3], [0, 0]], index=stressors, columns=uses)
    unit = pd.DataFrame({"unit": ["kt", "t"]}, index=stressors)
    extension = SimpleNamespace(F=f, F_Y=own, unit=unit)
    bare = SimpleNamespace(F=f.iloc[:1].rename(index={"CO2": "CH4"}), F_Y=None, unit=None)
    empty = SimpleNamespace(F=None)
    parts = [extension, bare, empty]
    return SimpleNamespace(Z=z, Y=y, get_extensions=lambda data: parts)


def test_a_system_of_pymrio_becomes_rows() -> None:
    table = from_pymrio(system())
    assert table.names == ("CO2, air", "SO2, air", "CH4, air")
    assert table.units == ("kt", "t", "")
    assert table.direct[:, 0].tolist() == [2, 3]
    found = footprints(table.rows(), stressors=table.stressor_rows(), stressor="CO2, air")
    for account in ("production", "consumption", "income"):
        assert found.tables["countries"].filter(stressor="CO2, air")[account].sum() == (
            pytest.approx(31)
        )
    assert "balanced" in [own.code for own in found.said]
    with pytest.raises(InputError) as raised:
        from_pymrio(SimpleNamespace(Z=None, Y=None))
    assert raised.value.code == "no_pymrio_flows"


def test_databases_are_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pymrio", None)
    for path, database, code in (
        (tmp_path, "gtap", "no_choice"),
        (tmp_path / "moon", "wiod", "no_database"),
        (tmp_path, "wiod", "no_pymrio"),
    ):
        with pytest.raises(InputError) as raised:
            read_database(path, database)
        assert raised.value.code == code
    read: list[tuple[Path, int]] = []

    def parse_oecd(path: Path, year: int) -> Any:
        read.append((path, year))
        return system()

    monkeypatch.setitem(sys.modules, "pymrio", SimpleNamespace(parse_oecd=parse_oecd))
    assert read_database(tmp_path, "oecd", year=2018).places == ("A", "A", "B", "B")
    assert read == [(tmp_path, 2018)]


def test_accounts_are_those_of_pymrio(tmp_path: Path) -> None:
    """Its test system of six regions and eight sectors, computed by itself, and saved and read."""
    pymrio = pytest.importorskip("pymrio", reason="the extra chains is not installed")
    peer = pymrio.load_test().calc_all()
    peer.save_all(tmp_path)
    name = "emission_type1, air"
    for table in (from_pymrio(pymrio.load_test()), read_database(tmp_path, "saved")):
        found = footprints(table.rows(), stressors=table.stressor_rows(), stressor=name)
        countries = found.tables["countries"].filter(stressor=name).sort("country")
        for column, theirs in (
            ("consumption", "D_cba_reg"),
            ("production", "D_pba_reg"),
            ("imported", "D_imp_reg"),
            ("exported", "D_exp_reg"),
        ):
            expected = getattr(peer.emissions, theirs).iloc[0].to_list()
            assert countries[column].to_list() == pytest.approx(expected, rel=1e-10)
        sectors = found.table.filter(stressor=name).sort("country", "sector")
        keys = list(sectors.select("country", "sector").iter_rows())
        for column, theirs in (("consumption", "D_cba"), ("total_intensity", "M")):
            row = getattr(peer.emissions, theirs).iloc[0]
            assert sectors[column].to_list() == pytest.approx([row[key] for key in keys], rel=1e-9)


def test_trade_is_that_of_pymrio() -> None:
    """A parsed database goes to trade in value added, by its rows and as matrices."""
    pymrio = pytest.importorskip("pymrio", reason="the extra chains is not installed")
    peer = pymrio.load_test()
    theirs = peer.get_gross_trade().totals["exports"]
    table = from_pymrio(peer)
    found = trade_value_added(table.rows()).tables
    industries = found["industries"].sort("country", "industry")
    keys = list(industries.select("country", "industry").iter_rows())
    assert industries["exports"].to_list() == pytest.approx([theirs[key] for key in keys])
    world = table.world_table()
    sources = np.diag(value_added_sources(world))
    exports = world.by_country(world.exports).sum(axis=1)
    countries = found["countries"].sort("country")
    assert countries["domestic_share"].to_list() == pytest.approx(sources / exports, rel=1e-12)


EUROSTAT = [
    ("TOTAL", "CPA_A", "CPA_A", 10.0),
    ("TOTAL", "CPA_A", "CPA_B", 40.0),
    ("TOTAL", "CPA_B", "CPA_A", 20.0),
    ("TOTAL", "CPA_B", "CPA_B", 30.0),
    ("TOTAL", "CPA_A", "P3_S14", 30.0),
    ("TOTAL", "CPA_B", "P3_S14", 70.0),
    ("TOTAL", "CPA_A", "P6", 40.0),
    ("TOTAL", "CPA_B", "P6", 20.0),
    ("TOTAL", "CPA_A", "P6_B0", 25.0),
    ("TOTAL", "CPA_A", "TU", 120.0),
    ("TOTAL", "CPA_TOTAL", "CPA_A", 30.0),
    ("TOTAL", "D1", "CPA_A", 50.0),
    ("TOTAL", "D1", "CPA_B", 40.0),
    ("TOTAL", "B2A3G", "CPA_A", 20.0),
    ("TOTAL", "B2A3G", "CPA_B", 20.0),
    ("TOTAL", "P1", "CPA_A", 100.0),
    ("TOTAL", "P1", "CPA_B", 130.0),
    ("TOTAL", "P7", "CPA_A", 20.0),
    ("TOTAL", "P7", "CPA_B", 10.0),
]


def sdmx(rows: list[tuple[str, str, str, float]], unit: str = "MIO_EUR") -> pl.DataFrame:
    """As Eurostat gives it, a row for each cell."""
    frame = pl.DataFrame(rows, schema=["stk_flow", "prd_ava", "ind_use", "OBS_VALUE"], orient="row")
    return frame.with_columns(unit=pl.lit(unit), geo=pl.lit("DE"), TIME_PERIOD=pl.lit(2020))


def test_eurostat_by_rows_and_by_years() -> None:
    long = from_eurostat(sdmx(EUROSTAT), "DE")
    table = table_of(long)
    assert table.flows.tolist() == [[10, 40], [20, 30]]
    assert table.imports.tolist() == [20, 10]
    assert table.row_totals.tolist() == table.output.tolist() == [100, 130]
    assert table.column_totals is not None and table.column_totals.tolist() == [100, 130]
    head = "freq,unit,stk_flow,ind_use,prd_ava,geo\\TIME_PERIOD"
    keys = [f"A,MIO_EUR,{flow},{user},{supplier},DE" for flow, supplier, user, _ in EUROSTAT]
    flagged = [f"{value} p" for *_, value in EUROSTAT]
    wide = pl.DataFrame({head: keys, "2020 ": flagged, "2019 ": [": "] * len(keys)})
    assert from_eurostat(wide, "DE").equals(long)
    found = structure(long)
    assert "balanced" in [own.code for own in found.said]


def test_eurostat_tells_origins_apart() -> None:
    products = [row for row in EUROSTAT if row[1] in ("CPA_A", "CPA_B")]
    others = [row for row in EUROSTAT if row[1] not in ("CPA_A", "CPA_B")]
    halves = [(flow, *row[1:3], row[3] / 2) for row in products for flow in ("DOM", "IMP")]
    long = from_eurostat(sdmx([*products, *others, *halves]), "DE")
    assert set(long["origin"].drop_nulls()) == {"Domestic", "Imports"}
    table = table_of(long)
    assert table.flows.tolist() == [[5, 20], [10, 15]]
    assert table.imported_flows is not None and table.imported_flows.tolist() == [[5, 20], [10, 15]]
    assert table.imported_uses is not None
    assert table.imported_uses["households"].tolist() == [15, 35]


@pytest.mark.parametrize(
    ("frame", "options", "code"),
    [
        (sdmx(EUROSTAT), {"geo": "FR"}, "no_geo"),
        (pl.concat([sdmx(EUROSTAT), sdmx(EUROSTAT, "MIO_NAC")]), {"geo": "DE"}, "which_unit"),
        (sdmx(EUROSTAT), {"geo": "DE", "unit": "MIO_NAC"}, "no_unit"),
        (sdmx(EUROSTAT).drop("prd_ava"), {"geo": "DE"}, "no_eurostat_column"),
    ],
)
def test_eurostat_refused(frame: pl.DataFrame, options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as raised:
        from_eurostat(frame, **options)
    assert raised.value.code == code


def test_bea_sheets_become_a_symmetric_table() -> None:
    """The reference case of supply and use, in the BEA's layout, made industry-technology."""
    case = CASES["supply_use"]
    supply, use = np.array(case["supply"], float), np.array(case["use"], float)
    codes = ["11", "21", "22", "23", "31G"]
    final = supply.sum(axis=1) - use.sum(axis=1)
    head = ["Code", "Commodity", *codes]

    def sheet(columns: list[str], rows: list[list[Any]]) -> pl.DataFrame:
        lines = [["Millions", *[None] * (len(columns) - 1)], columns, ["", "Name", *columns[2:]]]
        cells = [*lines, *rows]
        texts = [[None if cell is None else str(cell) for cell in line] for line in cells]
        names = ["A title", *[f"column_{k}" for k in range(1, len(columns))]]
        return pl.DataFrame(texts, schema=names, orient="row")

    made = [
        [code, "x", *["..." if v == 0 else v for v in supply[:, i]], 1]
        for i, code in enumerate(codes)
    ]
    used = [[code, "x", *use[i], 9, final[i]] for i, code in enumerate(codes)]
    used.append(["V001", "pay", *(supply.sum(axis=0) - use.sum(axis=0)), "...", "..."])
    used.append(["T005", "Total", *use.sum(axis=0), 0, 0])
    make_rows, use_rows = from_bea(
        sheet([*head, "T008"], made), sheet([*head, "T001", "F010"], used)
    )
    found = symmetric(make_rows, use=use_rows, model="B")
    table = table_of(found.tables["flows"])
    a = table.flows / table.output
    expected = case["B_row_1"]
    assert a[0] == pytest.approx(expected, abs=case["tolerance"])
    assert set(table.uses) == {"households"}
    for bad, code in (
        (pl.DataFrame({"x": ["1"], "y": ["2"]}), "no_bea_codes"),
        (pl.DataFrame({"Code": ["11"], "n": ["a"], "21": ["many"]}), "no_bea_number"),
    ):
        with pytest.raises(InputError) as raised:
            from_bea(bad, bad)
        assert raised.value.code == code


def test_imports_that_are_written_below_0() -> None:
    rows = germany()
    one = pl.DataFrame({"supplier": ["trade"], "user": ["F050"], "value": [-30.0]})
    table = table_of(pl.concat([rows, one]))
    assert table.imports.tolist() == [30.0 if name == "trade" else 0 for name in table.sectors]
