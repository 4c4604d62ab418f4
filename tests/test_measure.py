"""Measure end to end: kept, explained, recomputed only when stale, and the same whatever the frame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import pytest

import firstlight as fl
from command_line import CommandLine, environment, run_program
from firstlight import roles
from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.instruments.diffusion.growth_average import forecast_growth, rule_of
from firstlight.measurement import Measurement, Progress, folders, measurement
from firstlight.result import Result
from firstlight.run import measured
from firstlight.run.listing import instruments
from firstlight.texts import Name, names

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
    said = [(given.code, given.values.get("leaders")) for given in found.said]
    assert said[:2] == [("lag", names(["alpha"], 3))] * 2
    assert "alpha" in found.summary() and "alpha" in found.summary("zh")
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
    with pytest.raises(InputError) as unknown:
        found.as_given("lag")
    assert unknown.value.code == "no_table_but" and "lags" in unknown.value.try_next
    with pytest.raises(InputError, match="language fr"):
        found.summary("fr")


def test_only_what_is_stale_is_computed_again(
    panel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran, real = list[str](), measured._computed

    def counted(catalogue: Any, declared: Measurement, *given: Any) -> Result:
        ran.append(declared.name)
        return real(catalogue, declared, *given)

    monkeypatch.setattr(measured, "_computed", counted)

    def again(**options: Any) -> int:
        fl.measure("adoption", panel, project=tmp_path / "kept", **options)
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
    known = fl.measure("learning", frame, project=tmp_path / "a")
    for n, kind in enumerate((wide, chinese, frame.sample(fraction=1, shuffle=True, seed=1))):
        other = fl.measure("learning", kind, project=tmp_path / str(n))
        assert other.said == known.said
        for name in ("technologies", "forecast", "record"):
            assert other.tables[name].equals(known.tables[name]), (n, name)


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
    (kept,) = measured.open_measured("observatory")
    for lang, label in (("en", "convention: "), ("zh", "约定：")):
        told = shell("explain", "adoption", "--lang", lang).lines[-len(kept.conventions) :]
        assert kept.conventions and all(line.startswith(label) for line in told)
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
    assert said.code == 0 and all(name in said.out for name in folders())
    for name in folders():
        declared, told = measurement(name), shell("measure", name, "--help")
        asked = [own.name for own in (*declared.options, *declared.columns)]
        assert told.code == 0
        assert [own for own in asked if f"--{own.replace('_', '-')} " not in told.out] == []
    assert "measure" in shell("--help").out


def growth_panel() -> pl.DataFrame:
    rows = [
        (name, year, top / (1 + 81 ** ((2000 - year) / 15)) * (1 + 0.03 * ((year * 7) % 5 - 2)))
        for name, top in (("sail", 40.0), ("wheel", 3000.0))
        for year in range(1985, 2012)
    ]
    return pl.DataFrame(rows, schema=["technology", "year", "value"], orient="row")


def test_columns_that_an_option_names_are_found_in_a_wide_table(shell: CommandLine) -> None:
    shell.write(
        "panel.csv",
        "企业,K_2001,K_2002,产出2001,产出2002\na,0,1,0,1\nb,0.5,0,0.5,1\n",
    )
    asked = ("measure", "coupling", "panel.csv", "--systems")
    assert shell(*asked, "K,产出").code == 0
    kept = pl.read_csv("observatory/coupling/coordination.csv").sort("unit", "year")
    assert kept.select("unit", "year").rows() == [
        ("a", 2001),
        ("a", 2002),
        ("b", 2001),
        ("b", 2002),
    ]
    coordination = kept["coordination_index"].to_list()
    assert coordination[1] == pytest.approx(1)
    shell.refuses(*asked, "K,M", says=("no column for M",), keeps=True)


def asked(
    frame: Any,
    systems: Annotated[Sequence[str], roles.Columns(2, roles.Number())],
    *,
    unit: Annotated[str, roles.Key()] = "unit",
    share: Annotated[float | str | None, roles.ShareOrColumn(roles.Number())] = None,
    pairs: Annotated[Sequence[str] | None, roles.Names()] = None,
    file: Annotated[Any, roles.File()] = None,
    demand: Annotated[Any, roles.Table({"unit": roles.Key()})] = None,
    rule: Literal["equal", "given"] = "equal",
    log: bool = True,
    draws: Annotated[int, roles.Bounds(1, 5)] = 1,
    level: Annotated[float | None, roles.Bounds(0, 1)] = None,
    word: str = "",
    progress: Progress | None = None,
) -> Result:
    """Nothing: its signature alone is read."""
    raise NotImplementedError


PARAMETERS = Measurement(asked, citation="").parameters


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("systems", "K, L", ["K", "L"]),
        ("systems", "K，L,M", ["K", "L", "M"]),
        ("systems", "K、L、M", ["K", "L", "M"]),
        ("systems", ["K", "L"], ["K", "L"]),
        ("unit", " firm ", "firm"),
        ("share", "0.6", 0.6),
        ("share", "wages", "wages"),
        ("share", "none", None),
        ("pairs", "a,b", ["a", "b"]),
        ("rule", "given", "given"),
        ("log", "yes", True),
        ("log", "No", False),
        ("log", "true", True),
        ("draws", "5", 5),
        ("draws", 1, 1),
        ("level", "1", 1.0),
        ("level", "0", 0.0),
        ("level", "none", None),
        ("word", "none", "none"),
        ("word", "5", "5"),
        ("file", "a.geojson", "a.geojson"),
        ("demand", "d.csv", "d.csv"),
    ],
)
def test_a_parameter_reads_a_text_and_allows_it(name: str, text: Any, value: Any) -> None:
    read = PARAMETERS[name].read(text)
    assert read == value and type(read) is type(value)
    PARAMETERS[name].check(read)


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("systems", "K,,L", "few_columns"),
        ("systems", ["K", 3], "few_columns"),
        ("systems", 3, "few_columns"),
        ("systems", "K,K", "few_columns"),
        ("systems", "K", "few_columns"),
        ("systems", None, "few_columns"),
        ("unit", 3, "wrong_kind"),
        ("share", "1.5", "out_of_bounds"),
        ("share", "nan", "out_of_bounds"),
        ("share", True, "wrong_kind"),
        ("pairs", "a,a", "few_columns"),
        ("rule", "weights", "no_choice"),
        ("rule", None, "no_choice"),
        ("log", "maybe", "wrong_kind"),
        ("log", 1, "wrong_kind"),
        ("draws", "2.5", "wrong_kind"),
        ("draws", "soon", "wrong_kind"),
        ("draws", True, "wrong_kind"),
        ("draws", "none", "wrong_kind"),
        ("draws", "0", "out_of_bounds"),
        ("draws", 6, "out_of_bounds"),
        ("level", "nan", "out_of_bounds"),
        ("level", "-0.1", "out_of_bounds"),
        ("level", "half", "wrong_kind"),
        ("word", 3, "wrong_kind"),
    ],
)
def test_a_parameter_refuses_what_its_declaration_does_not_allow(
    name: str, given: Any, code: str
) -> None:
    parameter = PARAMETERS[name]
    with pytest.raises(InputError) as refused:
        parameter.check(parameter.read(given))
    assert refused.value.code == code and refused.value.values["parameter"] == Name(name)
    assert all("{" not in "".join(refused.value.parts(lang)) for lang in ("en", "zh"))
