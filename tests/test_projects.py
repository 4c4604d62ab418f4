"""Journeys through a project folder: what a person would type there, ending in an answer about
their own file."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import firstlight as fl
from command_line import CommandLine
from firstlight.run.project import data_beside, open_project

COUNTS = "technology,year,count\n" + "".join(
    f"{name},{year},{20 + 3 * at + (year - 2007) * at % 11}\n" for at, name in enumerate("abcdefghij") for year in range(2007, 2016)
)  # fmt: skip
COSTS = "technology,year,cost\n" + "".join(f"lamp,{2000 + at},{9 - at}\n" for at in range(7))


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return CommandLine(tmp_path, capsys)


def test_a_data_file_beside_is_observed_shown_explained_and_reported(shell: CommandLine) -> None:
    shell.write("counts.csv", COUNTS)
    said = shell("new", ".")
    assert said.code == 0 and 'source = "counts.csv"' in said.lines
    assert open_project(".").source == Path("counts.csv")
    for words in (("observe", ".", "--quiet"), ("observe", "--quiet")):
        said = shell(*words)
        assert said.code == 0 and said.lines[0].startswith("counts.csv")
    assert not (shell.folder / "observatory").exists()
    assert "observation" in shell("show").out
    assert shell("explain").code == 0 and shell("explain", "observation").code == 0
    said = shell("report")
    assert said.code == 0 and "index.html" in said.lines


def test_a_file_that_came_after_the_settings_is_the_source(shell: CommandLine) -> None:
    shell("new", ".")
    shell.write("counts.csv", COUNTS)
    said = shell("observe", "--quiet")
    assert said.code == 0 and said.lines[0].startswith("counts.csv")


def test_what_excel_locks_and_hidden_files_are_no_source(shell: CommandLine) -> None:
    for name in ("papers.xlsx", "~$papers.xlsx", ".papers.xlsx", ".~lock.papers.csv#"):
        shell.write(name, "x")
    assert data_beside(shell.folder) == ("papers.xlsx",)


def test_several_files_are_asked_about(shell: CommandLine) -> None:
    shell.write("one.csv", COUNTS)
    shell.write("two.csv", COUNTS)
    said = shell("new", ".")
    assert '# source = "one.csv"' in said.lines and '# source = "two.csv"' in said.lines
    shell.refuses("observe", "--quiet", says=("one.csv and two.csv", 'source = "one.csv"'))
    settings = (shell.folder / "observatory.toml").read_text(encoding="utf-8")
    settings = settings.replace('source = "" ', 'source = "two.csv" ')
    shell.write("observatory.toml", settings)
    assert shell("observe", "--quiet").lines[0].startswith("two.csv")


def test_a_measurement_of_the_project_needs_no_source(shell: CommandLine) -> None:
    shell.write("costs.csv", COSTS)
    shell.write(
        "observatory.toml", '[observe]\nlanguage = "zh"\n[measure.learning]\nsource = "costs.csv"\n'
    )
    said = shell("measure", "learning", "--quiet")
    assert said.code == 0 and "costs.csv" in said.out and (shell.folder / "learning.html").exists()
    assert "learning" in shell("show").out and shell("report").code == 0


def test_a_project_runs_explains_and_reports_from_python_as_on_the_command_line(
    shell: CommandLine,
) -> None:
    shell.write("counts.csv", COUNTS)
    shell.write("costs.csv", COSTS)
    settings = '[observe]\nsource = "counts.csv"\n[measure.learning]\nsource = "costs.csv"\n'
    shell.write("observatory.toml", settings)
    project = fl.Project(shell.folder, results="python")
    assert project.steps == ("observe", "learning")
    made = project.run()
    assert list(made) == ["observe", "learning"]
    assert all(path.exists() for own in made.values() for path in own.files.values())
    assert shell("run", ".", "--quiet").code == 0
    tables = sorted(made["learning"].files["tables"].glob("*.csv"))
    assert tables
    for file in (*tables, Path("python/tables/technologies.csv")):
        assert file.read_bytes() == Path(file.relative_to("python")).read_bytes()
    assert "costs.csv" in str(project.explain("learning"))
    assert {path.name for path in project.report("again")} >= {"index.html", "learning.html"}


def test_what_a_project_can_not_do_is_raised_after_all_else(shell: CommandLine) -> None:
    shell.write("costs.csv", COSTS)
    lacking = '[measure.growth]\nsource = "no.csv"\n[measure.adoption]\nsource = "none.csv"\n'
    shell.write("observatory.toml", lacking + '[measure.learning]\nsource = "costs.csv"\n')
    with pytest.raises(fl.FirstlightError) as refused:
        fl.Project(".").run()
    assert "no.csv" in str(refused.value) and "none.csv" in refused.value.__notes__[0]
    assert Path("learning.html").exists()
    said = shell("run", ".", "--quiet")
    assert said.code == 2 and "no.csv" in said.err and "none.csv" in said.err


@pytest.mark.slow
def test_an_encoding_in_the_settings_reaches_the_reader(shell: CommandLine) -> None:
    shell.write("counts.csv", COUNTS.replace("a,", "王,").encode("gbk"))
    shell.write("observatory.toml", '[observe]\nsource = "counts.csv"\nencoding = "gbk"\n')
    assert shell("observe", "--quiet").code == 0
    assert "王" in pl.read_parquet("tables/technologies.parquet")["name"].to_list()
    shell.refuses("observe", "--quiet", "--encoding", "gb1803", says=("unknown encoding",))


@pytest.mark.slow
def test_several_observations_and_measurements_in_one_session(tmp_path: Path) -> None:
    rows = pl.read_csv(COUNTS.encode())
    for name in ("one", "two"):
        assert len(fl.observe(rows, project=tmp_path / name).frame)
    assert fl.measure("learning", pl.read_csv(COSTS.encode()), project=tmp_path).frame.height == 1
    assert len(fl.observe(rows, project=tmp_path / "one").frame)
