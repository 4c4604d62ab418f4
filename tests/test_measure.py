"""Measure end to end: kept, explained, recomputed only when stale, and the same whatever the frame."""

from __future__ import annotations

import fnmatch
import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from firstlight.run.measurements import lines
from firstlight.run.measurements.form import Measurement, Option
from firstlight.run.measurements.lines import MEASUREMENTS, measurement

import firstlight as fl
from command_line import CommandLine, environment, run_program
from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.instruments.diffusion.growth_average import forecast_growth, rule_of
from firstlight.run import instruments, measuring
from firstlight.sources.panels import Column

SIZES = {"alpha": 900.0, "beta": 700.0, "gamma": 1500.0}


def adoption_panel() -> pl.DataFrame:
    """Three places that take two invented technologies up one after the other; totals told."""
    rows = []
    for name, start in (("sail", 0), ("wheel", 3)):
        for late, (place, size) in enumerate(SIZES.items()):
            for year in range(2000, 2021):
                since = max(0, year - 2002 - start - 4 * late)
                rows.append((name, place, year, float(round(size * min(0.3, 0.02 * since))), size))
    return pl.DataFrame(
        rows, schema=["technology", "place", "year", "value", "total"], orient="row"
    )


def costs_panel() -> pl.DataFrame:
    rows = [
        (name, year, first * 0.9 ** (year - 1990) * (1 + 0.05 * ((year * 7) % 5 - 2)))
        for name, first in (("lamp", 50.0), ("pump", 8.0))
        for year in range(1990, 2016)
    ]
    return pl.DataFrame(rows, schema=["technology", "year", "cost"], orient="row")


def substitution_panel() -> pl.DataFrame:
    rows = [
        (market, year, 1 / (1 + 81 ** ((2000 - year) / years)) + 0.01 * ((year * 3) % 4 - 1.5))
        for market, years in (("lamps", 12), ("pumps", 25))
        for year in range(1990, 2011)
    ]
    return pl.DataFrame(rows, schema=["market", "year", "share"], orient="row")


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    adoption_panel().write_csv(tmp_path / "panel.csv")
    return tmp_path / "panel.csv"


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return CommandLine(tmp_path, capsys)


def test_a_measurement_says_what_it_found_and_where_it_comes_from(
    panel: Path, tmp_path: Path
) -> None:
    found = fl.measure("adoption", panel, project=tmp_path / "kept", draws=20)
    lags = found.frame.filter(milestone="50%", technology="sail").row(0, named=True)
    assert lags["leader"] == "alpha" and lags["lag_median"] == pytest.approx(4, abs=0.3)
    assert "after alpha" in found.summary() and "alpha" in found.summary("zh")
    catalogue = Catalogue.open(tmp_path / "kept", reading=True)
    told = catalogue.explain(
        "adoption",
        {"technology": "sail", "milestone": "50%"},
        table="lags",
        instruments=instruments(),
    )
    text = "\n".join(told.lines("en"))
    for each in (
        "lag_median = ",
        "[years]",
        "instrument: adoption",
        "Kaplan",
        "panel.csv",
        "file unchanged",
        "draws = 20",
    ):
        assert each in text
    assert catalogue.units(catalogue.find("adoption"), "lags")["lag_median"] == "years"
    with pytest.raises(InputError, match=r"(?s)no table 'lag'.*lags"):
        found.tables["lag"]
    with pytest.raises(InputError, match="language 'fr'"):
        found.summary("fr")


def test_only_what_is_stale_is_computed_again(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = measurement("adoption")
    ran = []

    def counted(frame: pl.DataFrame, choices: dict[str, object]) -> object:
        ran.append(1)
        return asked.compute(frame, choices)

    instead = Measurement(**{**vars(asked), "compute": counted})
    monkeypatch.setattr(measuring, "measurement", lambda name: instead)

    def again(**options: object) -> int:
        fl.measure("adoption", panel, project=tmp_path / "kept", **options)  # type: ignore[arg-type]
        return len(ran)

    assert again(draws=20) == 1 and again(draws=20) == 1, "same file, same choices"
    assert again(draws=30) == 2, "another choice"
    adoption_panel().filter(pl.col("year") < 2020).write_csv(panel)
    assert again(draws=20) == 3, "other bytes"
    assert again(draws=20, sum="yes") == 4, "read in another way"


def test_frames_come_back_as_they_came(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pyarrow = pytest.importorskip("pyarrow")
    frame = costs_panel()
    kinds = (frame, frame.to_pandas(), frame.to_arrow())
    found = [fl.measure("learning", kind, project=tmp_path / "kept").frame for kind in kinds]
    assert isinstance(found[1], pandas.DataFrame) and isinstance(found[2], pyarrow.Table)
    assert found[0].equals(pl.DataFrame(found[2])) and list(found[1].columns) == found[0].columns


@pytest.mark.slow
def test_long_wide_and_chinese_tables_measure_the_same(tmp_path: Path) -> None:
    frame = costs_panel()
    wide = frame.pivot(on="year", index="technology", values="cost")
    chinese = frame.rename({"technology": "技术", "year": "年份", "cost": "单位成本"})
    known = fl.measure("learning", frame, project=tmp_path / "a").tables
    for n, kind in enumerate((wide, chinese, frame.sample(fraction=1, shuffle=True, seed=1))):
        other = fl.measure("learning", kind, project=tmp_path / str(n)).tables
        for name in ("technologies", "forecast", "record", "sentences"):
            assert other[name].equals(known[name]), (n, name)


@pytest.mark.slow
def test_shares_told_in_per_cent_or_by_both_quantities_are_the_same(tmp_path: Path) -> None:
    frame = substitution_panel()
    per_cent = frame.with_columns(share=(100 * pl.col("share")).round(10).cast(pl.String) + "%")
    both = frame.select("market", "year", new=pl.col("share") * 8, old=8 - pl.col("share") * 8)
    half = [
        fl.measure("substitution", kind, project=tmp_path / str(n)).frame["half_year"].to_list()
        for n, kind in enumerate((frame, per_cent, both))
    ]
    assert half[0] == pytest.approx([2000, 2000], abs=1)
    assert half[1] == pytest.approx(half[0], abs=1e-6) and half[2] == pytest.approx(
        half[0], abs=1e-6
    )
    with pytest.raises(InputError, match=r"(?s)which columns hold the shares.*--column new="):
        fl.measure(
            "substitution", frame.select("market", "year", new="share"), project=tmp_path / "none"
        )


@pytest.mark.slow
def test_growth_has_its_record_beside_baselines_and_says_what_it_cannot_do(tmp_path: Path) -> None:
    zero = pl.DataFrame(
        [("zinc", 2000 + n, 0.0) for n in range(9)],
        schema=["technology", "year", "value"],
        orient="row",
    )
    zero = zero.with_columns(pl.col("year").cast(pl.Int64))
    found = fl.measure(
        "growth", pl.concat([growth_panel(), zero]), project=tmp_path / "a", horizon=5
    )
    rows = {row["technology"]: row for row in found.frame.iter_rows(named=True)}
    assert rows["sail"]["saturation"] == pytest.approx(40, rel=0.1) and rows["wheel"][
        "saturation"
    ] == pytest.approx(3000, rel=0.1)
    assert rows["zinc"]["reason"] == "not_above_zero" and rows["zinc"]["saturation"] is None
    assert rows["zinc"]["reason_year"] == 2000
    record = found.tables["record"]
    assert record["method"].to_list() == ["average", "naive", "drift", "log-linear"]
    assert (
        record["rmse_ratio"][0] < 1
        and record["rmse_ratio"][1] == 1
        and record["forecasts_count"].n_unique() == 1
    )
    past = found.tables["past_forecasts"]
    assert past.filter(method="average").height == record["forecasts_count"][0]
    counts = growth_panel().with_columns(value=pl.col("value").round(0), total=pl.lit(10_000.0))
    other = fl.measure(
        "growth", counts, project=tmp_path / "b", errors="negative_binomial", horizon=3
    )
    assert other.tables["record"].height == 0 and other.tables["forecast"].height == 6
    last = {
        name: own["value"][-1] / 10_000
        for (name,), own in counts.sort("year").group_by("technology")
    }
    assert dict(other.frame.select("technology", "last_value").iter_rows()) == pytest.approx(last)
    with pytest.raises(
        InputError, match=r"(?s)no technology can be computed.*zinc.*negative_binomial"
    ):
        fl.measure("growth", zero, project=tmp_path / "c")


@pytest.mark.slow
def test_growth_weighs_curves_by_default_as_the_instrument_does(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "technology": "tv",
            "year": range(1990, 2000),
            "value": [2, 3, 5, 9, 14, 22, 31, 45, 52, 60],
        }
    )
    for number, options in enumerate(({}, {"ceiling": 100, "errors": "logitnormal"})):
        found = fl.measure("growth", rows, project=tmp_path / str(number), horizon=3, **options)
        expected = forecast_growth(
            rows["value"].to_numpy(), rows["year"].to_numpy(), (1, 2, 3), **options
        )
        assert found.tables["forecast"]["median"].to_list() == pytest.approx(expected.median)
        rule = rule_of("default", has_ceiling="ceiling" in options)
        assert rule in str(found.conventions[0].values)


@pytest.mark.slow
def test_the_command_writes_the_page_and_says_where(shell: CommandLine) -> None:
    shell.write("panel.csv", adoption_panel().write_csv())
    said = shell("measure", "adoption", "panel.csv", "--draws", "20")
    assert said.code == 0 and max(map(len, said.lines)) <= 100
    for each in (
        "Adoption across places · panel.csv",
        "after alpha",
        "No row was set aside",
        "observatory/adoption.html",
    ):
        assert each in said.out
    assert said.lines[-1].strip() == "firstlight explain adoption"
    assert (
        shell(
            "explain",
            "adoption",
            "--table",
            "lags",
            "--row",
            "technology=sail",
            "--row",
            "milestone=50%",
        ).code
        == 0
    )
    csv = pl.read_csv("observatory/adoption/lags.csv")
    assert csv.height == 6 and "lag_median" in csv.columns
    page = Path("observatory/adoption.html").read_text(encoding="utf-8")
    assert 'href="adoption/lags.csv"' in page and "落后领先者" in page
    assert (
        "各地采用" in shell("measure", "adoption", "panel.csv", "--draws", "20", "--lang", "zh").out
    )
    assert (
        shell("measure", "adoption", "panel.csv", "--draws", "20", "--project", "else")
        .lines[-1]
        .endswith("--project else")
    )
    assert Path("else/adoption.html").is_file()


@pytest.mark.slow
def test_the_same_bytes_whatever_the_threads(tmp_path: Path) -> None:
    adoption_panel().write_csv(tmp_path / "panel.csv")
    pages = []
    for threads in ("1", "2"):
        settings = {"POLARS_MAX_THREADS": threads, "OMP_NUM_THREADS": threads}
        words = ("measure", "adoption", "panel.csv", "--draws", "20", "--project", threads)
        assert run_program(tmp_path, *words, env=environment(**settings)).returncode == 0
        text = (tmp_path / threads / "adoption.html").read_text(encoding="utf-8")
        pages.append(re.sub(r"0\.1\.0\+[0-9a-f]{12}", "VERSION", text))
    assert pages[0] == pages[1]


def test_the_help_lists_measurements_and_their_options(shell: CommandLine) -> None:
    said = shell("measure", "--help")
    assert said.code == 0 and all(own.name in said.out for own in MEASUREMENTS)
    for own in MEASUREMENTS:
        told = shell("measure", own.name, "--help")
        assert told.code == 0 and all(
            f"--{option.name.replace('_', '-')}" in told.out for option in own.options
        )
        assert all(column.name in told.out for column in own.columns)
    assert "measure" in shell("--help").out


def growth_panel() -> pl.DataFrame:
    rows = [
        (name, year, top / (1 + 81 ** ((2000 - year) / 15)) * (1 + 0.03 * ((year * 7) % 5 - 2)))
        for name, top in (("sail", 40.0), ("wheel", 3000.0))
        for year in range(1985, 2012)
    ]
    return pl.DataFrame(rows, schema=["technology", "year", "value"], orient="row")


PANELS = {
    "growth": growth_panel,
    "adoption": adoption_panel,
    "learning": costs_panel,
    "substitution": substitution_panel,
}


LISTED = [own for own in MEASUREMENTS if own.declared is None]


@pytest.mark.parametrize("own", LISTED, ids=[own.name for own in LISTED])
@pytest.mark.slow
def test_every_measurement_of_the_list_keeps_the_contract(own: Measurement) -> None:
    assert own.instrument in instruments()
    assert {option.name for option in own.options}.isdisjoint(
        {"columns", "project", "progress", "name", "source"}
    )
    assert own.choices({}) == {option.name: option.read(option.default) for option in own.options}
    assert all(ord(max(text)) > 0x4E00 for text in (own.title_zh, own.help_zh))
    if own.name == "border":
        pytest.importorskip("pyfixest", reason="the extra gravity is not installed")
    known = set(measuring._columns()["column"])
    sample = own.sample() if own.sample else None
    frame = sample.frame if sample else PANELS[own.name]()
    choices = own.choices(sample.options if sample else {})
    choices |= {
        option.name: _filled(choices[option.name], option.columns)
        for option in own.options
        if option.kind == "table" and choices[option.name] is not None
    }
    tables, facts = own.compute(_filled(frame, own.columns), choices)
    assert {"sentences", "conventions", own.shown[0]} <= set(tables)
    assert (
        tables["sentences"].columns == ["code", "text_en", "text_zh"]
        and tables["sentences"].null_count().sum_horizontal()[0] == 0
    )
    assert set(own.brief) <= {
        column for name in own.shown if name in tables for column in tables[name].columns
    }
    json.dumps(facts, allow_nan=False)
    patterns = [name for name in known if "*" in name]
    shown = {column for name in facts.get("shown", own.shown) for column in tables[name].columns}
    untold = {
        name for name in shown - known if not any(fnmatch.fnmatch(name, own) for own in patterns)
    }
    assert not untold, "each column has a title and a unit"
    titles = {
        name
        for part in (("nodes", "drawing"), ("curves", "panel"))
        for name in _names(tables, *part)
    }
    assert not [name for name in titles if ord(max(name)) > 0x4E00], (
        "a title in one language, the other in the facts"
    )


def _filled(frame: pl.DataFrame, columns: tuple[Column, ...]) -> pl.DataFrame:
    """A frame as it is read: what it lacks is there, empty."""
    lacking = [column.name for column in columns if column.name not in frame.columns]
    return frame.with_columns(pl.lit(None, pl.Float64).alias(name) for name in lacking)


def _names(tables: dict[str, pl.DataFrame], table: str, column: str) -> list[str]:
    return tables[table][column].unique().to_list() if table in tables else []


def test_every_column_is_told_once_and_every_unit_in_both_languages() -> None:
    names, units = (measuring._columns()[column].to_list() for column in ("column", "unit"))
    assert len(set(names)) == len(names)
    said_by_the_heading = {"", "name", "number", "code", "text", "true or false"}
    assert {f"unit={unit}" for unit in set(units) - said_by_the_heading} <= set(names)


def test_a_new_measurement_is_one_line_and_its_function(
    shell: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns named by an option, as --inputs K,L, in a table that is wide: nothing else has to change."""

    def ratio(frame: pl.DataFrame, choices: dict[str, Any]) -> Any:
        top, bottom = (
            sum(pl.col(name) for name in choices[option]) for option in ("outputs", "inputs")
        )
        found = frame.select("unit", "year", productivity=top / bottom)
        words = pl.DataFrame({"code": ["mean"], "text_en": ["Known."], "text_zh": ["已知。"]})
        return {
            "sentences": words,
            "conventions": words.select("text_en", "text_zh"),
            "ratios": found,
        }, {}

    options = tuple(
        Option(name, "columns", None, "columns", "列") for name in ("inputs", "outputs")
    )
    columns = (Column("unit", "text", "name"), Column("year", "year", "calendar year"))
    own = Measurement(
        "ratio",
        "Ratio",
        "比率",
        "a ratio",
        "比率",
        columns,
        "diffusion.bass",
        ratio,
        ("ratios",),
        options=options,
    )
    monkeypatch.setattr(lines, "MEASUREMENTS", (*MEASUREMENTS, own))
    shell.write(
        "panel.csv",
        "企业,K_2001,K_2002,L_2001,L_2002,产出2001,产出2002\na,1,2,3,4,8,12\nb,2,2,2,2,8,4\n",
    )
    said = shell("measure", "ratio", "panel.csv", "--inputs", "K,L", "--outputs", "产出")
    assert said.code == 0 and "Known." in said.out
    kept = pl.read_csv("observatory/ratio/ratios.csv")
    assert kept.rows() == [("a", 2001, 2), ("a", 2002, 2), ("b", 2001, 2), ("b", 2002, 1)]
    shell.refuses(
        "measure",
        "ratio",
        "panel.csv",
        "--inputs",
        "K,M",
        "--outputs",
        "产出",
        says=("no column for M",),
        keeps=True,
    )


def test_options_read_texts_and_values() -> None:
    columns = Option("inputs", "columns", None, "", "")
    assert (
        columns.read("K, L") == columns.read(["K", "L"]) == ["K", "L"]
        and columns.read(None) is None
    )
    named = Measurement(
        "x",
        "",
        "",
        "",
        "",
        (),
        "",
        lambda f, c: ({}, {}),
        (),
        options=(columns, Option("bad", "columns", None, "", "")),
    )
    assert [need.name for need in named.needs({"inputs": ["K", "L"], "bad": ["L"]})] == ["K", "L"]
    for option, given in (
        (columns, "K,,L"),
        (columns, "K,K"),
        (Option("n", "whole", 1, "", "", 1, 5), "2.5"),
        (Option("y", "yes", True, "", ""), "maybe"),
    ):
        with pytest.raises(InputError, match="try"):
            option.read(given)
