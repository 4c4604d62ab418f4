"""Measuring efficiency and productivity: restrictions, groups, what was planted found again,
accounts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.regions import DRIVER_EFFECT, GAP, made_up_regions
from polars.testing import assert_frame_equal

import firstlight as fl
from command_line import CommandLine
from firstlight.measurement import measurement


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(tmp_path, capsys)


def test_a_restriction_on_the_command_line_is_the_functions_own(shell: CommandLine) -> None:
    rows = pl.DataFrame(
        {"unit": list("abc"), "K": [1.0, 2.0, 4.0], "L": [4.0, 2.0, 1.0], "Y": [1.0, 1.0, 1.0]}
    )
    shell.write("panel.csv", rows.write_csv())
    given = (
        "measure",
        "efficiency",
        "panel.csv",
        "--inputs",
        "K,L",
        "--outputs",
        "Y",
        "--returns",
        "crs",
    )
    assert shell(*given, "--weight-restrictions", "K>=1*L").code == 0
    kept = pl.read_csv("observatory/efficiency/scores.csv")["efficiency_score"].to_list()
    asked = {"inputs": ["K", "L"], "outputs": ["Y"], "returns": "crs"}
    restricted = fl.productivity.efficiency(rows, **asked, weight_restrictions=["K>=1*L"])
    assert kept == pytest.approx(restricted.table["efficiency_score"].to_list())
    # c may not hide behind L alone: at K's multiplier no lower than L's the cheapest of (1, 4), (2,
    # 2), (4, 1) is 4.
    assert kept[2] == pytest.approx(4 / 5) and restricted.table["efficiency_score"][0] == 1
    assert shell(*given, "--nondiscretionary", "L").code == 0
    held = pl.read_csv("observatory/efficiency/scores.csv")["efficiency_score"].to_list()
    fixed = fl.productivity.efficiency(rows, **asked, nondiscretionary=["L"])
    assert held == pytest.approx(fixed.table["efficiency_score"].to_list())


def test_a_column_of_groups_is_read_by_its_own_heading(shell: CommandLine) -> None:
    regions = made_up_regions(20, 2).rename({"group": "区域", "unit": "地市"})
    shell.write("panel.csv", regions.write_csv())
    quantities = ("--inputs", "staff,spending", "--outputs", "patents")
    given = ("measure", "metafrontier_efficiency", "panel.csv", *quantities, "--unit", "地市")
    assert shell(*given, "--group", "区域").code == 0
    kept = pl.read_csv("observatory/metafrontier_efficiency/scores.csv")
    again = fl.productivity.metafrontier_efficiency(
        regions, inputs=["staff", "spending"], outputs=["patents"], group="区域", unit="地市"
    )
    np.testing.assert_allclose(
        kept["technology_gap_ratio"], again.table["technology_gap_ratio"], rtol=1e-9
    )
    named = given[: given.index("--unit")]
    shell.refuses(*named, "--unit", "地市", "--group", "staff", says=("staff",), keeps=True)


@pytest.mark.slow
def test_what_was_planted_in_the_regions_is_found(tmp_path: Path) -> None:
    planted = made_up_regions().filter(pl.col("group") == "coast").sort("unit", "year")
    coast = planted.drop("group", "stage_1_planted", "stage_2_planted")
    columns = {"inputs": "staff,spending", "intermediates": "patents", "outputs": "sales"}
    stages = fl.measure("stage_efficiency", coast, project=tmp_path, **columns).frame
    for number, least in (
        (1, 0.8),
        (2, 0.99),
    ):  # 20 regions a year are few beside the mix of two inputs of stage 1
        truth, score = planted[f"stage_{number}_planted"], stages[f"stage_{number}_score"]
        assert np.corrcoef(np.log(truth), np.log(score))[0, 1] > least
    by_group = fl.measure(
        "metafrontier_efficiency", project=tmp_path, returns="crs", outputs="patents"
    )
    gaps = dict(
        by_group.tables["by_group"].select("group", "technology_gap_ratio_mean").iter_rows()
    )
    assert gaps["coast"] > 0.95 and gaps["inland"] == pytest.approx(GAP, abs=0.08)
    effects = fl.measure("efficiency_drivers", project=tmp_path).frame
    row = effects.filter(pl.col("driver_name") == "openness").row(0, named=True)
    assert row["effect_low"] < -DRIVER_EFFECT < row["effect_high"] < 0


def test_accounts_of_a_single_year_say_so(tmp_path: Path) -> None:
    """Nothing grew in one year: no accounts, no leaps, and no error."""
    rows = pl.DataFrame(
        {
            "unit": ["a", "b"],
            "year": [2001, 2001],
            "Y": [1.0, 2.0],
            "L": [1.0, 1.0],
            "K": [1.0, 3.0],
        }
    )
    asked = {"output": "Y", "labour": "L", "capital": "K", "labour_share": 0.6}
    found = fl.measure("accounting", rows, project=tmp_path, **asked)
    assert [said.code for said in found.said] == ["nothing"]
    assert "breaks" not in found.tables


def test_change_of_productivity_is_not_told_in_points_of_growth(tmp_path: Path) -> None:
    found = fl.measure("drivers", project=tmp_path)
    sources = found.tables["sources"]
    assert found.texts.column("en", "sources", "change")["unit"] == "as productivity"
    moved = (sources["productivity"] - sources["productivity_before"]).to_list()
    assert sources["change"].to_list() == pytest.approx(moved)


def test_peers_have_room_and_a_gap_parts_the_curve_of_productivity(shell: CommandLine) -> None:
    rows = "".join(f"u{k},{1 + k % 3},{1 + k % 4},{2 + k}\n" for k in range(9))
    shell.write("p.csv", f"firm,K,L,Y\n{rows}")
    assert shell("measure", "efficiency", "p.csv", "--inputs", "K,L", "--outputs", "Y").code == 0
    page = Path("observatory/efficiency.html").read_text(encoding="utf-8")
    assert page.count("peers") >= 1
    years = "".join(f"a,{2000 + t},{10 + t},{5 + t / 9},3\n" for t in range(12) if t != 5)
    shell.write("a.csv", f"unit,year,Y,K,L\n{years}a,2005,,5,3\n")
    named = ("--output", "Y", "--labour", "L", "--capital", "K", "--labour-share", "0.6")
    assert shell("measure", "accounting", "a.csv", *named).code == 0
    assert Path("observatory/accounting.html").read_text(encoding="utf-8").count("<polyline") == 2


def test_an_account_names_the_number_that_is_missing_and_units_that_are_numbers(
    shell: CommandLine,
) -> None:
    rng = np.random.default_rng(0)
    rows = pl.DataFrame({"unit": np.repeat([4, 11], 15), "year": np.tile(np.arange(1980, 1995), 2)})
    numbers = {
        name: np.exp(0.03 * rows["year"] - 60 + 0.01 * rng.normal(size=30)) for name in "YLK"
    }
    is_lost = (pl.col("unit") == 4) & (pl.col("year") == 1986)
    rows = rows.with_columns(**numbers).with_columns(L=pl.when(~is_lost).then("L"))
    rows.write_csv("gap.csv")
    asked = ("measure", "accounting", "gap.csv", "--output", "Y", "--labour", "L", "--capital", "K")
    said = shell(*asked, "--labour-share", "0.6", "--quiet")
    text = " ".join(said.out.split())
    assert said.code == 0 and "No row was set aside" in text
    assert "(4 in 1986 and 4 in 1987)" in text and "(L, 1986)" in text
    # the first year whose growth the gap leaves out
    assert pl.read_csv("observatory/accounting/breaks.csv").filter(unit=4)["reason_year"][0] == 1986


@pytest.mark.parametrize("name", ["accounting", "capital", "tfp_change"])
def test_numbered_periods_are_measured_as_years_are(name: str) -> None:
    declared = measurement(name)
    sample = declared.sample_call()
    year = pl.col("year").cast(pl.Int32)
    asked = {**sample, "frame": sample["frame"].with_columns(year=year - year.min() + 1)}
    dated, numbered = (declared.function(**given).table for given in (sample, asked))
    years = [column for column in dated.columns if "year" in column]
    assert_frame_equal(numbered.drop(years), dated.drop(years))
    assert [numbered[column].min() for column in years] != [dated[column].min() for column in years]
