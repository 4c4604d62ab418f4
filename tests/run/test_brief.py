"""The brief of a place, on files made by hand."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import firstlight as fl
from firstlight.document import Grid, Heading
from firstlight.run.brief.brief import Brief, brief
from firstlight.run.brief.brief_words import BriefWords
from firstlight.run.brief.rooms import LINES
from firstlight.run.brief.written_comparison import comparison
from firstlight.texts import in_language
from firstlight.views.document_files import publish_document
from firstlight.views.document_markdown import document_markdown, first_page
from firstlight.views.document_page import document_page
from firstlight.views.document_pdf import document_pdf
from firstlight.views.document_word import document_word

PLACES = [f"Region {letter}" for letter in "ABCDEFGHIJ"]
INDUSTRIES = ["boats", "lamps", "silk", "clocks", "paper", "tin", "bread", "glass"]
YEARS = range(2008, 2022)


def jobs() -> pl.DataFrame:
    """Region A makes boats above all; every place has its own industry and something of the next
    ones, which grows."""
    rows = []
    for at, place in enumerate(PLACES):
        for number, industry in enumerate(INDUSTRIES):
            distance = (number - at) % len(INDUSTRIES)
            for year in YEARS:
                base = 9000 if distance == 0 else 900 + 40 * (year - 2008) * (distance < 3)
                rows.append((place, industry, year, base + 13 * number + 7 * at))
    return pl.DataFrame(rows, ["place", "industry", "year", "jobs"], orient="row")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an analyst of Region A has."""
    home = tmp_path_factory.mktemp("files")
    jobs().write_csv(home / "jobs.csv")
    pl.DataFrame({"entry": ["boats", "moon cheese", "sun ladders"]}).write_csv(home / "plan.csv")
    others = [("Region B", "moon cheese"), ("Region C", "moon cheese"), ("Region D", "moon cheese")]
    pl.DataFrame(others, ["place", "entry"], orient="row").write_csv(home / "others.csv")
    (home / "notes.xyz").write_text("nothing to read")
    return home


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all, since the records that ship are observed in it once."""
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def made(folder: Path, project: Path) -> Brief:
    return brief("Region A", folder, project=project)


def test_what_is_planned_and_strong_comes_first_and_the_verdicts_follow_the_rule(
    made: Brief,
) -> None:
    verdicts = dict(made.frame.select("name", "verdict").iter_rows())
    first = made.frame.row(0, named=True)
    assert (first["name"], first["standing"], first["planned_as"]) == ("boats", "strength", "boats")
    assert verdicts["moon cheese"] == "leave", "three others plan it"
    assert verdicts["sun ladders"] == "open"
    assert list(verdicts.values()).count("foster") <= 5


def test_figures_are_those_of_the_measurement(made: Brief) -> None:
    row = made.frame.row(0, named=True)
    last = jobs().filter(pl.col("year") == 2021)
    own = last.filter(pl.col("place") == "Region A")
    share = own.filter(pl.col("industry") == "boats")["jobs"].sum() / own["jobs"].sum()
    of_all = last.filter(pl.col("industry") == "boats")["jobs"].sum() / last["jobs"].sum()
    assert row["location_quotient"] == pytest.approx(share / of_all)
    assert row["place_share"] == pytest.approx(share)
    text = document_page(made.document())
    assert f"{share / of_all:.2f} times" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_says_what_it_could_not_use_and_loads_nothing(made: Brief, lang: str) -> None:
    page = document_page(made.document(lang))
    assert "notes.xyz" in page
    assert not re.search(r"https?://|src=|@import", page)
    assert ("To leave to others" in page) == (lang == "en")


def test_every_source_is_a_command_that_explains(made: Brief) -> None:
    sources = made.document().sources
    assert sources and all("firstlight explain " in source for source in sources)
    numbers = re.findall(r'href="#source-(\d+)"', document_page(made.document()))
    assert {int(number) for number in numbers} == set(range(1, len(sources) + 1))


def test_files_are_the_same_bytes_again_and_word_holds_the_text(
    made: Brief, tmp_path: Path
) -> None:
    document = made.document("zh")
    word = document_word(document)
    assert word == document_word(document)
    assert document_pdf(document) == document_pdf(document)
    with zipfile.ZipFile(io.BytesIO(word)) as archive:
        text = archive.read("word/document.xml").decode("utf-8")
    assert document.title in text and "moon cheese" in text
    files = publish_document(document, made.tables, tmp_path, "brief")
    assert [files[kind].suffix for kind in ("html", "docx", "pdf")] == [".html", ".docx", ".pdf"]
    assert pl.read_csv(files["tables"] / "candidates.csv").height == made.frame.height


def test_a_province_is_known_by_any_of_its_names(tmp_path: Path, project: Path) -> None:
    provinces = [
        "Anhui",
        "Jiangsu",
        "Zhejiang",
        "Henan",
        "Hubei",
        "Jiangxi",
        "Shandong",
        "Hebei",
        "Hunan",
        "Fujian",
    ]
    named = dict(zip(PLACES, provinces, strict=True))
    jobs().with_columns(pl.col("place").replace(named)).write_csv(tmp_path / "jobs.csv")
    found = fl.brief("\u5b89\u5fbd\u7701", tmp_path, lang="zh", project=project)
    assert found.evidence.industries is not None
    assert found.evidence.industries.place == "Anhui"
    assert found.document().title.startswith("\u5b89\u5fbd")
    with pytest.raises(fl.InputError) as refused:
        fl.brief("Bavaria", tmp_path, project=project)
    assert refused.value.code == "no_place"


def test_documents_without_a_technology_and_a_plan_without_neighbours_are_no_hindrance(
    tmp_path: Path,
    project: Path,
) -> None:
    years = [2019, 2020] * 3
    titles = [f"A note on subject {number}" for number in range(6)]
    pl.DataFrame({"title": titles, "year": years}).write_csv(tmp_path / "papers.csv")
    pl.DataFrame({"entry": ["moon cheese"]}).write_csv(tmp_path / "plan.csv")
    found = brief("Region A", tmp_path, project=project)
    assert found.frame.select("name", "verdict", "chance").rows() == [("moon cheese", "open", None)]
    assert found.evidence.records > 1


def test_what_keeps_a_document_from_being_written_is_said(
    made: Brief, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = replace(made.document(), title="\U0001e000 Region A")  # in a plane that few fonts reach
    with pytest.raises(fl.InputError) as refused:
        document_pdf(odd)
    assert refused.value.code == "no_glyph" and "font" in str(refused.value)
    for module, draw in (("docx", document_word), ("typst", document_pdf)):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(fl.InputError) as lacking:
            draw(made.document())
        assert lacking.value.code == "needs_extra" and "pip install" in str(lacking.value)


def test_a_burden_by_codes_is_told_by_its_file(tmp_path: Path, project: Path) -> None:
    codes = dict(zip(INDUSTRIES, ["06", "10", "13", "14", "17", "25", "26", "30"], strict=True))
    emitted = jobs().with_columns(code=pl.col("industry").replace(codes)).drop("industry")
    emitted.rename({"jobs": "value (co2)"}).write_csv(tmp_path / "by_code.csv")
    found = brief("Region A", tmp_path, project=project)
    assert list(found.evidence.files) == ["coded_industries"]
    assert "by_code.csv counts" in document_page(found.document())


def test_a_burden_is_no_strength(tmp_path: Path, project: Path) -> None:
    jobs().rename({"jobs": "co2_mt"}).write_csv(tmp_path / "emissions.csv")
    found = brief("Region A", tmp_path, project=project)
    assert found.evidence.industries is None and found.frame.is_empty()
    assert "co2_mt" in document_page(found.document())


def headings(made: Brief, lang: str = "en") -> list[str]:
    return [block.text for block in made.document(lang).blocks if isinstance(block, Heading)]


@pytest.fixture(scope="module")
def sample(project: Path) -> Brief:
    """The brief of the invented files that ship, of no place."""
    return brief(project=project, chain="chips")


def test_a_chain_is_read_from_its_files_alone(sample: Brief) -> None:
    assert not sample.evidence.failed, "every room whose files are there is measured"
    assert not sample.evidence.unused
    for lang in ("en", "zh"):
        first = [line.title.text(lang) for line in LINES]
        assert headings(sample, lang)[: len(first)] == first
    assert sample.document().title.startswith("chips")
    assert "invented" in sample.document().subtitle


def test_a_place_of_the_sample_has_its_strengths_and_what_a_stop_costs(project: Path) -> None:
    made = brief("Larkfield", project=project)
    chips = next(row for row in made.frame.to_dicts() if row["name"] == "chips")
    assert (chips["verdict"], chips["planned_as"]) == ("foster", "Chips")
    words = document_page(made.document())
    shock = made.evidence.results["shock"].tables["scenarios"]
    cost = shock.filter(scenario="photoresist")["lost_output_share"][0]
    assert f"A stop of photoresist costs {cost:.1%} of output." in words
    record = made.evidence.industries.record
    assert record is not None and record.share() <= record.base
    assert "reach" not in made.frame["standing"], "a rule that was no better than chance names none"


def test_one_technology_is_asked_about_in_place_of_the_plan(project: Path) -> None:
    made = brief("Larkfield", project=project, technology="large language models")
    row = next(row for row in made.frame.to_dicts() if row["standing"] == "plan")
    assert (row["name"], row["verdict"]) == ("large language models", "leave")
    assert row["planned_by"] == ["Alderholt", "Ashcombe", "Eastmere"]
    assert 0 < row["chance"] < 1
    assert made.document().title == "large language models in Larkfield"
    shown = brief(project=project, technology="large language models").document()
    assert shown.title == "large language models: where it stands"


def test_tables_of_figures_say_where_the_place_stands(tmp_path: Path, project: Path) -> None:
    rows = [
        (own, year, 10 * at + 3, 50 - at)
        for at, own in enumerate(PLACES[:5])
        for year in (2015, 2020)
    ]
    columns = ["place", "year", "patents", "exports"]
    pl.DataFrame(rows, columns, orient="row").write_csv(tmp_path / "figures.csv")
    jobs().filter(year=max(YEARS)).write_csv(tmp_path / "jobs.csv")
    titles = ["Cells of sodium", "Sodium cells for buses", "Boats"]
    affiliations = ["U", "U;Region A Works", "Region A Yard"]
    papers = {"title": titles, "year": [2019, 2020, 2020], "affiliations": affiliations}
    pl.DataFrame(papers).write_csv(tmp_path / "papers.csv")
    pl.DataFrame({"entry": ["sodium cell", "boats"]}).write_csv(tmp_path / "plan.csv")
    made = brief("Region A", tmp_path, project=project)
    text = document_markdown(made.document())
    assert "By its name inside Region A: Region A Yard." in text
    assert "Who could work together inside the place" not in text
    figures = made.tables["indicators"]
    assert dict(figures.select("indicator", "rank").iter_rows()) == {"patents": 5, "exports": 1}
    assert not made.evidence.unused and [own.name for own in made.evidence.tables] == [
        "figures.csv"
    ]
    row = made.frame.row(by_predicate=pl.col("name") == "sodium cell", named=True)
    organisations = row["works_count"], row["organisations"], row["organisation_counts"]
    assert organisations == (1, ["Region A Works", "U"], [1, 1])
    assert row["inside"] == ["Region A Works"]
    assert "Where it stands by its own figures" in headings(made)


def test_jobs_among_other_numbers_are_what_an_industry_is_measured_by(
    tmp_path: Path, project: Path
) -> None:
    table = jobs().rename({"place": "region", "industry": "ind_name", "jobs": "emp_all"})
    table = table.with_columns(
        ind_code=pl.col("ind_name").str.head(2), firms=7, pop=900, area_sqkm=12.5
    )
    table.filter(year=max(YEARS)).write_csv(tmp_path / "regions.csv")
    made = brief("Region A", tmp_path, project=project)
    assert not made.evidence.unused and made.evidence.measure == "emp_all"
    own = made.frame.filter(standing="strength")
    assert own["name"][0] == "boats"
    assert own["location_quotient"].min() >= 1.1 and own["rank"].max() <= len(PLACES) / 2
    assert {"duplication", "clusters"} <= made.evidence.results.keys()


def test_codes_have_names_and_what_may_take_off_in_them(tmp_path: Path, project: Path) -> None:
    codes = dict(zip(INDUSTRIES, ["6201", "10", "13", "14", "17", "25", "26", "30"], strict=True))
    jobs().with_columns(code=pl.col("industry").replace(codes)).drop("industry").rename(
        {"jobs": "value"}
    ).write_csv(tmp_path / "by_code.csv")
    made = brief("Region A", tmp_path, project=project)
    row = next(row for row in made.frame.to_dicts() if row["name"] == "6201")
    assert row["standing"] == "strength"
    chances = [each["probability"] for each in row["rising"]]
    assert chances == sorted(chances, reverse=True) and all(0 < chance < 1 for chance in chances)
    for lang, called in (
        ("en", "6201 Computer programming activities"),
        ("zh", "6201 计算机程序设计活动"),
    ):
        page = document_page(made.document(lang))
        assert called in page and in_language(row["rising"][0], "name", lang) in page


def test_a_place_beside_others(project: Path) -> None:
    made = brief("Larkfield", project=project, beside=["Alderholt", "Eastmere"])
    blocks = list(comparison(BriefWords(made.evidence, "en")))
    heading, strengths = blocks[:2]
    assert isinstance(heading, Heading) and heading.text == "Beside Alderholt and Eastmere"
    assert isinstance(strengths, tuple)
    assert [item.name for item in strengths] == ["Larkfield", "Alderholt", "Eastmere"]
    assert strengths[2].sentences[1].text == "It shares paper."
    grid = blocks[2]
    assert isinstance(grid, Grid) and len(grid.head) == 5
    figures = made.evidence.compared["Alderholt"].figures
    row = next(row for row in figures.to_dicts() if row["indicator"] == grid.rows[0][0])
    assert f"rank {row['rank']} of {row['places']}" in grid.rows[0][3]
    with pytest.raises(fl.InputError) as refused:
        brief("Larkfield", project=project, beside=["Atlantis"])
    assert refused.value.code == "no_place"


def test_the_text_is_markdown_too(made: Brief, tmp_path: Path) -> None:
    odd = replace(made.document(), subtitle="2 * 3 [x] <b>")
    lines = document_markdown(odd).splitlines()
    assert lines[:3] == ["# Region A: what to foster", "", r"2 \* 3 \[x\] \<b>"]
    assert lines[-1].startswith(f"{len(odd.sources)}. ")
    page = first_page(odd)
    assert lines[: len(page)] == page and len(page) < len(lines)


def test_what_may_take_off_in_counts_of_ones_own_is_told(tmp_path: Path, project: Path) -> None:
    rows = []
    for number in range(12):
        for year in range(2005, 2021):
            count = 40 + number + (8 * (year - 2012) if number == 3 and year > 2012 else 0)
            rows.append((f"device {number}", year, count, 20000))
    counts = pl.DataFrame(rows, ["technology", "year", "count", "total"], orient="row")
    counts.write_csv(tmp_path / "counts.csv")
    made = brief(chain="devices", files=tmp_path, project=project)
    own = made.evidence.own_technologies
    assert own is not None
    first = own.drop_nulls("probability").sort("probability", "name", descending=[True, False])
    items = [item for block in made.document().blocks if isinstance(block, tuple) for item in block]
    told = next(item for item in items if item.name == "What may take off in your own record?")
    assert f"{first['name'][0]} ({first['probability'][0]:.0%})" in told.sentences[0].text
