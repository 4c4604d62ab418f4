"""Measuring efficiency and productivity: every method on its sample, options told apart, what was planted found again."""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import firstlight as fl
from command_line import CommandLine
from firstlight.errors import InputError
from firstlight.run import measuring
from firstlight.run.listing import INSTRUMENTS
from firstlight.run.measurements.lines import measurement
from firstlight.run.measurements.productivity_methods import METHODS, TITLES
from firstlight.sample.made_up_regions import made_up_regions

PRODUCTIVITY = measurement("productivity")
FEWER = {"bootstrap_dea": {"replications": 40}}


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(tmp_path, capsys)


def choices(method: str, **more: Any) -> tuple[pl.DataFrame, dict[str, Any]]:
    sample = PRODUCTIVITY.sample_of(method)
    assert sample is not None
    chosen = PRODUCTIVITY.choices(
        {**sample.options, "method": method, **FEWER.get(method, {}), **more}
    )
    PRODUCTIVITY.check(chosen)
    return sample.frame, chosen


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.slow
def test_each_method_measures_its_sample_and_tells_every_column(method: str) -> None:
    frame, chosen = choices(method)
    tables, facts = PRODUCTIVITY.compute(frame, chosen)
    assert tables["sentences"].height and tables["conventions"].height
    told = set(measuring._columns()["column"])
    patterns = [name for name in told if "*" in name]
    shown = {column for name in facts["shown"] for column in tables[name].columns}
    assert not {
        name for name in shown - told if not any(fnmatch.fnmatch(name, own) for own in patterns)
    }
    assert {f"table={name}" for name in facts["shown"]} <= told
    assert PRODUCTIVITY.instrument_of(chosen) in {own.name for own in INSTRUMENTS}
    assert set(METHODS[method].drawn) <= set(TITLES)
    if METHODS[method].drawn:
        assert tables["curves"]["value"].drop_nulls().len() > 0


@pytest.mark.parametrize(
    ("method", "given", "says"),
    [
        ("dea", {"group": "g"}, "dea has no group"),
        ("meta_malmquist", {"group": None}, "which column holds the groups"),
        ("cross_efficiency", {"returns": "vrs"}, "cross_efficiency has no returns"),
        ("sbm", {"weight_restrictions": "a>=b"}, "sbm has no weight_restrictions"),
    ],
)
def test_an_option_that_a_method_lacks_or_needs_is_named(
    method: str, given: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        choices(method, **given)


def test_ratios_are_read_as_sums_that_are_not_below_zero() -> None:
    option = next(own for own in PRODUCTIVITY.options if own.name == "weight_restrictions")
    assert option.read("K >= 2*L, 资本<=0.5*劳动, a>=b") == [
        {"K": 1.0, "L": -2.0},
        {"资本": -1.0, "劳动": 0.5},
        {"a": 1.0, "b": -1.0},
    ]
    for wrong in ("K>2*L", "K>=2*K", "K>=-1*L", "K>=x*L", ">=L", "K>=2*", "K", "K>=inf*L", ""):
        with pytest.raises(InputError, match="such as"):
            option.read(wrong)


def test_a_restriction_on_the_command_line_is_the_functions_own(shell: CommandLine) -> None:
    rows = pl.DataFrame(
        {"unit": list("abc"), "K": [1.0, 2.0, 4.0], "L": [4.0, 2.0, 1.0], "Y": [1.0, 1.0, 1.0]}
    )
    shell.write("panel.csv", rows.write_csv())
    given = (
        "measure",
        "productivity",
        "panel.csv",
        "--inputs",
        "K,L",
        "--outputs",
        "Y",
        "--returns",
        "crs",
    )
    assert shell(*given, "--weight-restrictions", "K>=1*L").code == 0
    kept = pl.read_csv("observatory/productivity/scores.csv")["efficiency_score"].to_list()
    restricted = fl.productivity.dea(
        rows, ["K", "L"], ["Y"], returns="crs", weight_restrictions=[{"K": 1, "L": -1}]
    )
    assert kept == pytest.approx(restricted.frame["efficiency_score"].to_list())
    # c may not hide behind L alone: at K's multiplier no lower than L's the cheapest of (1, 4), (2, 2), (4, 1) is 4.
    assert kept[2] == pytest.approx(4 / 5) and restricted.frame["efficiency_score"][0] == 1
    assert shell(*given, "--nondiscretionary", "L").code == 0
    held = pl.read_csv("observatory/productivity/scores.csv")["efficiency_score"].to_list()
    fixed = fl.productivity.dea(rows, ["K", "L"], ["Y"], returns="crs", nondiscretionary=["L"])
    assert held == pytest.approx(fixed.frame["efficiency_score"].to_list())


def test_a_column_of_groups_is_read_by_its_own_heading(shell: CommandLine) -> None:
    regions = made_up_regions(20, 2).rename({"group": "区域", "unit": "地市"})
    shell.write("panel.csv", regions.write_csv())
    quantities = ("--inputs", "staff,spending", "--outputs", "patents")
    given = ("measure", "metafrontier_efficiency", "panel.csv", *quantities, "--unit", "地市")
    assert shell(*given, "--group", "区域").code == 0
    kept = pl.read_csv("observatory/metafrontier_efficiency/scores.csv")
    again = fl.productivity.meta_frontier(
        regions, ["staff", "spending"], ["patents"], group="区域", unit="地市", year="year"
    )
    np.testing.assert_allclose(
        kept["technology_gap_ratio"], again.table["technology_gap_ratio"], rtol=1e-9
    )
    shell.refuses(*given, "--group", "staff", says=("staff",), keeps=True)


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
    assert found.summary() == "No year could be accounted for." and "breaks" not in found.tables


def test_change_of_productivity_is_not_told_in_points_of_growth(tmp_path: Path) -> None:
    found = fl.measure("drivers", project=tmp_path)
    sources, columns = found.table("sources"), found.table("columns")
    assert "change" not in sources.columns
    assert columns.filter(column="productivity_change")["unit"].to_list() == ["as productivity"]
    moved = (sources["productivity"] - sources["productivity_before"]).to_list()
    assert sources["productivity_change"].to_list() == pytest.approx(moved)


def test_peers_have_room_and_a_gap_parts_the_curve_of_productivity(shell: CommandLine) -> None:
    rows = "".join(f"u{k},{1 + k % 3},{1 + k % 4},{2 + k}\n" for k in range(9))
    shell.write("p.csv", f"firm,K,L,Y\n{rows}")
    assert shell("measure", "productivity", "p.csv", "--inputs", "K,L", "--outputs", "Y").code == 0
    page = Path("observatory/productivity.html").read_text(encoding="utf-8")
    assert page.count('class="text prose"') >= 9
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
    assert "(unit 4 in 1986, unit 4 in 1987): no L in 1985 or 1986" in text
    assert "Not examined: unit 4 (no growth in 1986" in text
