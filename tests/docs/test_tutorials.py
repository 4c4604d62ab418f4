"""The tutorials and examples: every command and every block of Python runs, and prints what the
page says."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from runnable_pages import ROOT, absent, blocks, check_options, run

from firstlight.cli.arguments import build_parser
from firstlight.measurement import folders
from firstlight.run.project import open_project


def test_a_line_that_is_not_printed_is_found() -> None:
    assert absent("one\n  two", "one\n  two\nthree") == []
    assert absent("two\none", "one\ntwo") == ["one"]
    assert absent("one\nfour", "one\ntwo") == ["four"]


@pytest.mark.parametrize(
    ("page", "made"),
    [
        pytest.param("tutorials/productivity.md", "productivity_change", marks=pytest.mark.slow),
        pytest.param("zh/productivity.md", "productivity_change", marks=pytest.mark.slow),
        pytest.param("tutorials/foster.md", "duplication", marks=pytest.mark.slow),
        pytest.param("zh/foster.md", "duplication", marks=pytest.mark.slow),
    ],
)
def test_the_tutorial_runs_and_prints_what_it_says(
    page: str, made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")  # as wide as the page's lines
    for file in (ROOT / "docs" / "tutorials").glob("*.csv"):
        shutil.copy(file, tmp_path)  # which the page offers
    printed, names = "", dict[str, Any]()
    found = blocks(page)
    assert [language for language, _ in found].count("text") >= 6
    for language, text in found:
        if language == "text":
            assert absent(text, printed) == []
        else:
            printed = run(language, text, names)
    assert (tmp_path / "mine" / f"{made}.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("page", ["tutorials/brief.md", "zh/brief-tutorial.md"])
def test_the_briefs_of_a_province_and_a_state_say_what_the_page_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    shutil.copytree(ROOT / "docs" / "tutorials" / "anhui", "anhui")
    (_, province), (_, said), (_, state), (_, of_state) = blocks(page)
    assert absent(said, run("sh", province, {})) == []
    table = ROOT.parent / "shared" / "data" / "places" / "G.regions.industries.csv"
    if not table.exists():
        pytest.skip("the table of the German states has no licence to stand here")
    Path("germany").mkdir()
    shutil.copy(table, "germany")
    assert absent(of_state, run("sh", state, {})) == []


def test_the_example_of_the_explanation_runs() -> None:
    names = dict[str, Any]()
    (text,) = [
        text for language, text in blocks("explanation/productivity.md") if language == "python"
    ]
    assert "Malmquist index, 3 units" in run("python", text, names)
    assert names["found"].frame.height == 3


def test_the_settings_of_the_how_to_are_understood(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "how-to" / "measure.md").read_text(encoding="utf-8")
    (settings,) = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "observatory.toml").write_text(settings, encoding="utf-8")
    measures = open_project(tmp_path).measures
    assert set(measures) == {"productivity_change", "capital"}
    for name, own in measures.items():
        assert own.options
        check_options(name, own.options)
    assert measures["capital"].columns == {"unit": "Province", "investment": "GFCF"}


@pytest.mark.parametrize(("page", "least"), [("how-to/measure.md", 10), ("zh/measure.md", 3)])
def test_the_commands_of_the_how_to_have_options_that_exist(page: str, least: int) -> None:
    known = build_parser()
    lines = [
        line for language, text in blocks(page) if language == "sh" for line in text.splitlines()
    ]
    asked = [
        words for line in lines if (words := shlex.split(line, comments=True))[1:2] == ["measure"]
    ]
    assert len(asked) >= least
    for words in asked:
        if "--help" not in words:
            options = known.parse_args(words[1:])
            given = {
                name[3:]: value
                for name, value in vars(options).items()
                if name[:3] == "of_" and value is not None
            }
            check_options(options.measurement, given, is_whole=options.source not in (None, "."))


def test_the_chinese_how_to_names_every_measurement() -> None:
    text = (ROOT / "docs" / "zh" / "measure.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)) == set(folders())


@pytest.mark.parametrize("name", ["productivity", "foster"])
def test_both_tutorials_give_the_same_commands(name: str) -> None:
    english, chinese = (
        [text.replace(" --lang zh", "") for language, text in blocks(page) if language == "sh"]
        for page in (f"tutorials/{name}.md", f"zh/{name}.md")
    )
    assert english == chinese
