"""The project of a sector: files known by their columns, codes, what can be answered and what is
missing, and one command for all pages."""

from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import pytest

from command_line import CommandLine
from firstlight.errors import InputError
from firstlight.run.project import open_project
from firstlight.run.sector import sector_project
from firstlight.run.sector.recognised_files import KINDS, recognised
from firstlight.run.sector.sector_project import SAMPLE, found_codes, new_sector_project
from firstlight.run.sector.sector_section import sector_codes, sector_of
from firstlight.texts import load

FOLDER = Path(sector_project.__file__).parent
FILES = {
    "documents": "题名,摘要,年\n电池,电池研究,2020",
    "counts": "technology,year,count\nfuel cell,2020,4",
    "technologies": "technology,forms\nfuel cell,FC",
    "uses": "technology,industry,year,value\nfuel cell,shipping,2020,4",
    "activities": "地区,行业代码,年份,数值\n海城,2910,2020,4\n海城,2720,2020,5",
    "growth": "isic_code,year,value\n2910,2020,4",
    "openings": "职业代码,岗位数\n17-2141,30",
    "supply": "专业,毕业生\n车辆,30",
    "crosswalk": "field,occupation,share\ncars,17-2141,1",
    "firms": "firm,place,industry,value\nF1,Hill,cars,3",
    "plan": "entry\nfuel cells",
    "others": "place,entry,year\nHill,fuel cells,2020",
    "entry_needs": "entry,needs\nfuel cells,platinum",
    "needs": "technology,needs,share\nfuel cell,membrane,0.3",
    "capabilities": "capability,strength\nplatinum,0.3",
    "demands": "demand,text,field,place,year\nD1,cells freeze,cars,Hill,2020",
    "results": "result,text,type,place,owner,year\nR1,warm cells,patent,Hill,school,2020",
    "outcomes": "demand,result,is_taken\nD1,R1,1",
}
CODES = pl.DataFrame(
    {
        "classification": ["isic4", "isic4"],
        "code": ["2910", "2720"],
        "probability": [0.6, 0.2],
        "name_en": ["Motor vehicles", "Batteries"],
        "name_zh": ["汽车", "电池"],
    }
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes without the concordance, which takes seconds to load."""
    monkeypatch.setattr(sector_project, "found_codes", lambda sector: CODES)


def test_every_kind_is_tried_here() -> None:
    assert {*FILES, "outlines"} == set(KINDS)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_known_by_its_columns(files: Path, kind: str) -> None:
    (files / "a.csv").write_text(FILES[kind] + "\n", encoding="utf-8")
    known, unknown = recognised(files)
    assert not unknown and [own.kind for own in known] == [kind]
    assert set(KINDS[kind].needs) <= set(known[0].columns)


def test_a_table_that_is_wide_by_year_is_known(files: Path) -> None:
    (files / "wide.csv").write_text("place,code,2021,2022\nHill,2910,3,4\n")
    known, _ = recognised(files)
    assert [(own.kind, own.classification) for own in known] == [("activities", "isic4")]
    assert "year" in known[0].columns


@pytest.mark.parametrize(
    ("heading", "codes", "of"),
    [
        ("code", ("2910", "2720", "0111"), "isic4"),
        ("code", ("3612", "3841", "3670"), "gbt4754"),
        ("code", ("B60L", "H01M"), "cpc"),
        ("hs_code", ("2910", "2710"), "hs2022"),
        ("code", ("17-2141", "17-2071.00"), "soc"),
        ("code", ("1x1", "9x9"), None),
    ],
)
def test_codes_say_their_classification(
    files: Path, heading: str, codes: tuple[str, ...], of: str | None
) -> None:
    rows = "".join(f"Hill,{code.upper()},3\n" for code in codes)
    (files / "a.csv").write_text(f"place,{heading},value\n{rows}")
    known, _ = recognised(files)
    assert [(own.kind, own.classification) for own in known] == [("activities", of)]


def test_what_is_not_used_has_a_reason(files: Path) -> None:
    (files / "jobs.csv").write_text("place,occupation,jobs\nHill,17-2141,30\n")
    (files / "odd.csv").write_text("colour,size\nred,3\n")
    (files / "scan.pdf").write_bytes(b"%PDF")
    (files / ".hidden.csv").write_text("entry\nx\n")
    (files / "names.csv").write_text("place,industry,value\nHill,making of cars,3\n")
    known, unknown = recognised(files)
    reasons = {own.path.name: own.reason for own in unknown}
    assert not known and set(reasons) == {"jobs.csv", "odd.csv", "scan.pdf", "names.csv"}
    assert {name: own.code for name, own in reasons.items()} == {
        "jobs.csv": "several_kinds",
        "names.csv": "no_kind",
        "odd.csv": "no_kind",
        "scan.pdf": "not_read",
    }
    kinds = [each.value for each in reasons["jobs.csv"].values["kinds"].value]
    assert kinds == ["kinds.activities", "kinds.openings"]


def test_a_plan_may_be_a_text_with_headings_and_a_note_is_none(files: Path) -> None:
    plan = "某市规划\n第一章 重点任务\n（一）发展低空经济。建设起降点，完善航线。\n（二）壮大储能产业\n"
    (files / "规划.txt").write_bytes(plan.encode("gb18030"))
    (files / "说明.txt").write_text("数据由统计局提供\n请勿外传\n", encoding="utf-8")
    known, unknown = recognised(files)
    assert [(own.path.name, own.kind) for own in known] == [("规划.txt", "plan")]
    assert [own.path.name for own in unknown] == ["说明.txt"]


def test_folders_without_files_are_refused(files: Path) -> None:
    for folder, code in ((files, "empty_folder"), (files / "none", "no_folder")):
        with pytest.raises(InputError) as caught:
            recognised(folder)
        assert caught.value.code == code


def test_every_question_and_kind_has_its_words_in_both_languages() -> None:
    questions = tomllib.loads((FOLDER / "questions.toml").read_text(encoding="utf-8"))
    asked = {kind for own in questions.values() for kind in own["source"][:1]}
    asked |= {kind for own in questions.values() for kind in own.get("tables", {}).values()}
    for lang in ("en", "zh"):
        words = load(FOLDER / f"{lang}.toml")
        assert set(words["questions"]) == set(words["short"]) == set(questions)
        assert set(words["kinds"]) == set(KINDS)
        assert set(words["sources"]) == set(words["columns"]) == asked


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_can_be_answered_and_what_is_missing(files: Path, tmp_path: Path, lang: str) -> None:
    (files / "a.csv").write_text("region,code,value\nHill,2910,3\n")
    (files / "b.csv").write_text("place,code,value\nHill,2910,3\nHill,2720,4\n")
    (files / "needs.csv").write_text("demand,text\nD1,cells freeze\n")
    made = new_sector_project(tmp_path / "brain", " new  cars ", files, lang)
    assert [own.question for own in made.answered] == ["definition_share"]
    lacks = {own.question: [each.code for each in own.lacks] for own in made.lacking}
    assert lacks["take_off_drivers"] == ["column", "file"]
    assert lacks["take_off_opportunities"] == lacks["demands"] == ["file"]
    assert len(made.answered) + len(made.lacking) == 10
    assert [(own.path.name, own.reason.code) for own in made.unknown] == [("a.csv", "another")]
    project = open_project(tmp_path / "brain")
    assert project.language == lang and project.source is None
    assert project.sector.name == "new cars"
    assert project.sector.codes["isic4"] == {"2910": 0.6, "2720": 0.2}
    share = project.measure("definition_share")
    assert share.source.resolve() == files / "b.csv"
    assert share.options == {"codes": "sector.isic4", "title": "new cars"}
    said = made.lines(lang)
    assert said[0].startswith({"en": "Of 10 questions 1 can", "zh": "10个问题中"}[lang])
    assert any("a.csv" in line for line in said)
    with pytest.raises(InputError) as caught:
        new_sector_project(tmp_path / "brain", "cars", files)
    assert caught.value.code == "project_there"


@pytest.mark.usefixtures("quick")
def test_documents_are_taken_before_counts_and_outlines_go_to_maps(
    files: Path, tmp_path: Path
) -> None:
    for kind in ("counts", "documents", "activities", "technologies"):
        (files / f"{kind}.csv").write_text(FILES[kind] + "\n", encoding="utf-8")
    (files / "map.geojson").write_text("{}")
    made = new_sector_project(tmp_path / "brain", "cars", files)
    assert [own.path.name for own in made.unknown] == ["counts.csv"]
    project = open_project(tmp_path / "brain")
    assert project.source is not None and project.source.name == "documents.csv"
    assert project.measure("concordance").source.resolve() == files / "technologies.csv"
    assert project.measure("definition_share").options["outlines"].endswith("map.geojson")
    assert project.measure("take_off_drivers").options["observation"] == "."


def test_no_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        new_sector_project(tmp_path / "brain", "  ")
    assert caught.value.code == "no_sector" and not (tmp_path / "brain").exists()


def test_codes_of_the_section_are_checked_and_become_a_table() -> None:
    sector = sector_of({"name": "cars", "isic4": {"2910": 1, "2720": 0.3, "4510": 0}})
    rows = sector_codes(sector, "sector.isic4").rows()
    assert rows == [("2720", "doubtful", 0.3, 0.0, 1.0), ("2910", "verified", 1.0, 1.0, 1.0)]
    for section, code in (
        ({"isic": {}}, "no_classification_but"),
        ({"isic4": "2910"}, "codes_no_section"),
        ({"isic4": {"2910": 1.5}}, "no_probability"),
        ({"isic4": {"2910": "sure"}}, "no_probability"),
        ({"isic4": {"2910": True}}, "no_probability"),
    ):
        with pytest.raises(InputError) as caught:
            sector_of(section)
        assert caught.value.code == code
    with pytest.raises(InputError) as caught:
        sector_codes(sector, "sector.cpc")
    assert caught.value.code == "no_such_codes"


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(tmp_path, capsys)


@pytest.mark.usefixtures("quick")
def test_a_run_goes_on_where_one_question_fails(shell: CommandLine) -> None:
    shell.write("files/a.csv", "place,code,value\nHill,2910,3\nHill,2720,4\nHill,0111,13\n")
    said = shell("new", "brain", "--sector", "cars", "--from", "files")
    assert said.code == 0 and said.lines[-1] == "next: firstlight run brain"
    assert shell("run", "brain", "--quiet").code == 0
    assert (shell.folder / "brain" / "definition_share.html").is_file()
    shares = shell("show", "definition_share", "--table", "shares", "--project", "brain").out
    assert "0.15" in shares  # 2910 is likely, 2720 in doubt: 3 and 7 of 20
    settings = shell.folder / "brain" / "observatory.toml"
    text = settings.read_text(encoding="utf-8")
    broken = '[measure.growth]\nsource = "none.csv"\n\n[measure.definition_share]'
    settings.write_text(text.replace("[measure.definition_share]", broken), encoding="utf-8")
    (shell.folder / "brain" / "definition_share.html").unlink()
    said = shell("run", "brain", "--quiet")
    assert said.code == 2 and "none.csv" in said.err
    assert (shell.folder / "brain" / "definition_share.html").is_file()


def test_files_without_a_sector_are_refused(shell: CommandLine) -> None:
    shell.write("files/a.csv", FILES["plan"])
    shell.refuses("new", "brain", "--from", "files", says=("--sector",))


def test_the_sample_is_known_and_leaves_something_to_find() -> None:
    known, unknown = recognised(SAMPLE)
    assert not unknown and len({own.kind for own in known}) == len(known) == 5
    assert sum(own.path.stat().st_size for own in known) < 50_000


@pytest.mark.slow
def test_the_sample_runs_to_its_last_page(shell: CommandLine) -> None:
    said = shell("new", "brain", "--sector", "new energy vehicles")
    assert said.code == 0 and "10" in said.lines[0] and "7" in said.lines[0]
    assert shell("run", "brain", "--quiet").code == 0
    pages = {path.stem for path in (shell.folder / "brain").glob("*.html")}
    asked = set(open_project("brain").measures)
    assert len(asked) == 6 and pages == {"index", *asked}


@pytest.mark.slow
def test_codes_come_from_the_concordance() -> None:
    codes = found_codes("新能源汽车")
    first = codes.filter(classification="gbt4754").row(0, named=True)
    assert first["code"] == "3612"
    assert set(codes["classification"]) == {"isic4", "gbt4754", "cpc", "hs2022", "soc"}
