"""The doctor: what is planted wrong in an installation, a project or a file is found, with a next
step in either language."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from dataclasses import is_dataclass
from importlib import import_module, metadata
from inspect import isabstract, isclass
from pathlib import Path
from pkgutil import iter_modules

import pytest

from command_line import CommandLine
from firstlight import sources
from firstlight.errors import needs_of
from firstlight.measurement import folders
from firstlight.run.doctor import Finding, doctor
from firstlight.run.doctor.findings import DOCTOR
from firstlight.sources.delimited import Delimited
from firstlight.sources.pubmed_xml import PubmedXml
from firstlight.sources.tagged import Tagged
from firstlight.texts import LANGUAGES

COUNTS = "technology,year,count\n" + "".join(
    f"{name},{year},{20 + year % 7}\n" for name in "abcdefghij" for year in range(2000, 2016)
)
COSTS = "technology,year,cost\n" + "".join(f"lamp,{2000 + at},{9 - at}\n" for at in range(7))
WIDE = "province,2001,2002,2003\nAlder,1,2,3\nBirch,2,2,4\n"


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(tmp_path, capsys)


def codes(found: list[Finding], state: str) -> list[str]:
    """The codes of what is in a state; every finding has words and a wrong one a next step."""
    for each in found:
        for lang in LANGUAGES:
            what, after = each.told(lang)
            assert what and (after or each.state != "wrong")
    return [each.code for each in found if each.state == state]


def test_an_installation_that_is_whole(shell: CommandLine) -> None:
    found = doctor()
    assert codes(found, "wrong") == []
    assert {"versions", "packages", "corpora"} <= set(codes(found, "well"))
    assert shell("doctor").code == 0 and shell("doctor", "--lang", "zh").code == 0


def test_packages_that_are_old_or_absent_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ["numpy>=999", "absent-package>=1", "polars>=1", 'openpyxl>=999; extra == "tables"']
    monkeypatch.setattr(metadata, "requires", lambda name: needs)
    found = doctor()
    assert codes(found, "wrong") == ["packages_lack"]
    after = next(each.told()[1] for each in found if each.code == "packages_lack")
    assert "'numpy>=999' 'absent-package>=1'" in after and "polars" not in after
    assert needs_of("tables") == ["openpyxl>=999"]
    assert any("openpyxl" in each.told()[1] for each in found if each.code == "no_extra")


def test_no_room_and_no_right_to_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shell: CommandLine
) -> None:
    usage = namedtuple("usage", "total used free")
    for free, code, state in ((10, "no_room", "wrong"), (1 << 29, "little_room", "note")):
        monkeypatch.setattr(shutil, "disk_usage", lambda place, free=free: usage(0, 0, free))
        assert code in codes(doctor(), state)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: (_ for _ in ()).throw(OSError(13, "")))
    assert "no_writing" in codes(doctor(), "wrong")


@pytest.mark.parametrize(
    ("name", "content", "well", "state", "code"),
    [
        ("counts.csv", COUNTS.encode(), "delimited", "well", "kept"),
        ("counts.csv", COUNTS.replace(",", ";").encode("utf-16"), "delimited", "well", "kept"),
        pytest.param("costs.csv", COSTS.encode(), "delimited", "well", "table", marks=pytest.mark.slow),
        pytest.param("wide.csv", WIDE.encode(), "kept", "note", "also_table", marks=pytest.mark.slow),
        ("counts.csv", (COUNTS + "k,soon,3\n").encode(), "kept", "note", "aside"),
        ("counts.csv", b"technology,year,count\na,soon,3\n", "delimited", "wrong", "nothing_kept_of_rows"),
        ("empty.csv", b"", "", "wrong", "empty_file"),
        ("colours.csv", b"red,blue\n1,2\n", "delimited", "wrong", "no_text_column"),
        ("a.xml", b"<PubmedArticleSet></PubmedArticleSet>", "format", "wrong", "only_a_header"),
        ("plan.md", b"# Plan\n1. Quantum sensors\n", "format", "wrong", "no_text_column"),
        ("a.ris", b"TY  - JOUR\nDO  - 10.1/x\nPY  - 2016\nER  -\n", "format", "wrong", "no_text_column"),
        ("papers.pdf", b"%PDF-1.7 " + bytes(range(256)) * 9, "", "wrong", "binary_file"),
    ],
)  # fmt: skip
def test_a_file_is_told_as_it_would_be_read(
    shell: CommandLine, name: str, content: bytes, well: str, state: str, code: str
) -> None:
    shell.write(name, content)
    found = doctor(name)
    assert not well or well in codes(found, "well")
    assert code in codes(found, state), [each.code for each in found]
    assert shell("doctor", name).code == (2 if codes(found, "wrong") else 0)


@pytest.mark.slow
def test_the_command_that_is_said_next_gives_an_answer(shell: CommandLine) -> None:
    shell.write("costs.csv", COSTS)
    said = shell("doctor", "costs.csv")
    command = said.lines[-1].partition("firstlight ")[2].partition(" (")[0]
    assert command.split()[1] in folders()
    assert shell("measure", "learning", "costs.csv", "--quiet").code == 0
    assert (
        "learning" in next(each for each in doctor("costs.csv") if each.code == "table").told()[0]
    )


@pytest.mark.parametrize(
    ("settings", "state", "code"),
    [
        ("[observe\n", "wrong", "no_toml"),
        ("[observe]\nhorison = 3\n", "wrong", "no_setting_but"),
        ('[observe]\nsource = "count.csv"\n', "wrong", "no_path_but"),
        ("", "wrong", "several_sources"),
        ('[observe]\nsource = "counts.csv"\nnames = "no.csv"\n', "wrong", "no_names_file"),
        ('[observe]\nsource = "counts.csv"\n[measure.learning]\nsource = "n.csv"\n', "wrong", "no_measure_file"),
        ('[observe]\nsource = "counts.csv"\n[measure.lerning]\nsource = "costs.csv"\n', "wrong", "no_measurement_of"),
        ('[observe]\nsource = "counts.csv"\n[measure.learning]\nsource = "costs.csv"\n', "well", "measure"),
        ('[observe]\nsource = "counts.csv"\n', "note", "nothing_kept"),
        ('[observe]\nsource = "counts.csv"\n[columns]\nbeside.title = "Headline"\n', "note", "nothing_kept"),
        ('[observe]\nsource = "costs.csv"\n[columns]\ntitle = "Headline"\n', "wrong", "no_column_by_hand"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_project_is_found(
    shell: CommandLine, settings: str, state: str, code: str
) -> None:
    shell.write("counts.csv", COUNTS)
    shell.write("costs.csv", COSTS)
    shell.write("observatory.toml", settings)
    assert code in codes(doctor("."), state)
    assert shell("doctor", ".").code == (2 if state == "wrong" else 0)


@pytest.mark.slow
def test_a_project_without_a_file_and_results_that_are_stale(shell: CommandLine) -> None:
    shell.write("observatory.toml", "")
    assert codes(doctor("."), "note") == ["no_source", "nothing_kept"]
    shell.write("costs.csv", COSTS)
    assert shell("measure", "learning", "costs.csv", "--quiet").code == 0
    assert "results" in codes(doctor("."), "well") and "stale" not in codes(doctor("."), "note")
    (record,) = Path("catalogue/learning").glob("*/result.json")
    kept = json.loads(record.read_text(encoding="utf-8"))
    assert kept["code_version"]
    for table in record.parent.glob("*.parquet"):
        table.unlink()
    assert "stale" in codes(doctor("."), "note")


def test_a_project_is_observed_as_a_project_in_the_language_it_was_made_in(
    shell: CommandLine,
) -> None:
    shell("new", "mine", "--lang", "zh")
    (shell.folder / "mine" / "counts.csv").write_text(COUNTS, encoding="utf-8")
    assert "\n下一步：firstlight observe mine\n" in shell("doctor", "mine", "--lang", "zh").out
    assert "以2015年底为观测时点" in shell("observe", "mine", "--quiet").out


def test_every_reader_of_files_has_a_name() -> None:
    names = [f"firstlight.sources.{each.name}" for each in iter_modules(sources.__path__)]
    modules = [import_module(name) for name in names]
    classes = {own for module in modules for own in vars(module).values() if isclass(own)}
    readers = {own for own in classes if {"names", "load"} <= set(dir(own)) and is_dataclass(own)}
    readers = {own for own in readers if not isabstract(own)}
    assert {Tagged, PubmedXml, Delimited} <= readers
    for name in {own.__name__.lower() for own in readers - {Delimited}}:
        assert all(DOCTOR.say(lang, "codes", "format", name) for lang in LANGUAGES)


def test_every_state_and_code_has_its_words() -> None:
    for lang in LANGUAGES:
        assert len({DOCTOR.say(lang, "marks", state) for state in ("well", "note", "wrong")}) == 3


def test_a_table_of_one_year_is_no_faulty_list_of_documents(tmp_path: Path) -> None:
    """地区 and figures: said to lack a title and an abstract, and left with 2."""
    header, row = "地区,企业数（个）,营业收入（亿元）", "北京,1052,8475"
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\n{row}\n上海,1430,9000\n", encoding="utf-8")
    found = doctor(path)
    (told,) = (own for own in found if own.code == "table_of_figures")
    assert "inequality" in {name.value for name in told.given.values["measurements"].value}
    assert not [own for own in found if own.state == "wrong"]
    assert "--column value=" in told.told("zh")[1]


@pytest.mark.parametrize(
    "header",
    ["地  区,2019年,2020年", "省份,年度,人均GDP（元）"],
    ids=["years", "units"],
)
def test_a_yearbook_table_is_one_of_measurements(tmp_path: Path, header: str) -> None:
    row = ",".join(["北京", "2019", "2020"])
    (tmp_path / "t.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    found = doctor(tmp_path / "t.csv")
    (told,) = (own for own in found if own.code == "table")
    assert "convergence" in {name.value for name in told.given.values["measurements"].value}
    assert not [own for own in found if own.state == "wrong"]
