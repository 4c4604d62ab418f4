"""Journeys of people with a page before them: on a phone, on paper, in a notebook; a chart and a
table taken away."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from browser import Browser
from files_saved import saved
from person import NAMES, Person, as_csv

import firstlight as fl

pytestmark = pytest.mark.slow
PHONE, TALL = 390, 844
PAGES_ON_PAPER = 12
# frames that have to be scrolled sideways to see a drawing or a chart
SIDEWAYS = (
    "[...document.querySelectorAll('.wide')].filter(e => e.querySelector('svg')"
    " && e.scrollWidth > e.clientWidth + 1).length"
)
# how high each name on a drawing is on the screen
HEIGHTS = (
    "[...document.querySelectorAll('.drawn:not(.scatter) text.name')]"
    ".map(e => e.getBoundingClientRect().height).filter(h => h > 0)"
)
ANSWER_ENDS = "document.querySelector('.sentences li').getBoundingClientRect().bottom"


def measured(person: Person, name: str) -> Path:
    """The page of a measurement of its sample."""
    person.gets("measure", name, "--quiet")
    return person.folder / "observatory" / f"{name}.html"


@pytest.mark.parametrize("name", ["complexity", "market", "talent"])
def test_on_a_phone_the_answer_and_the_drawings_fit(
    person: Person, browser: Browser, name: str
) -> None:
    browser.open(measured(person, name).as_uri(), width=PHONE, height=TALL)
    assert browser.run("document.documentElement.scrollWidth") == PHONE
    assert browser.run(ANSWER_ENDS) < TALL, "the first sentence stands on the first screen"
    assert browser.run(SIDEWAYS) == 0
    heights = browser.run(HEIGHTS)
    assert heights and min(heights) >= 9, "names can be read"
    wide = browser.run("document.querySelectorAll('.drawn:not(.scatter) .name').length")
    assert wide > len(heights), "fewer names than on a wide screen"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_a_phone_an_observation_answers_on_the_first_screen(
    person: Person, browser: Browser, lang: str
) -> None:
    person.writes("counts.csv", as_csv())
    person.gets("observe", "counts.csv", "--lang", lang, "--quiet")
    page = person.folder / "observatory" / "index.html"
    browser.open(page.as_uri(), width=PHONE, height=TALL)
    assert browser.run("document.documentElement.scrollWidth") == PHONE
    first = browser.run(
        "(() => { const b = document.querySelector('.answer li .chance').getBoundingClientRect();"
        " return [b.left, b.right, b.bottom]; })()"
    )
    assert 0 <= first[0] < first[1] <= PHONE and first[2] < TALL
    shown = browser.run("document.querySelector('.answer li').innerText")
    assert any(name in shown for name in NAMES) and "%" in shown


@pytest.mark.parametrize("name", ["complexity", "productivity_change"])
def test_on_paper_a_page_is_a_report_of_a_dozen_pages(
    person: Person, browser: Browser, tmp_path: Path, name: str
) -> None:
    browser.open(measured(person, name).as_uri())
    paper = tmp_path / "page.pdf"
    browser.paper(paper)
    pages = len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))
    assert 2 <= pages <= PAGES_ON_PAPER


def test_in_a_notebook_a_result_shows_its_answer_and_ten_rows(
    person: Person, browser: Browser, tmp_path: Path
) -> None:
    counts = pl.read_csv(as_csv().encode())
    seen = fl.observe(counts, project=tmp_path / "kept")
    learnt = fl.measure("learning", project=tmp_path / "kept")
    for result in (seen, learnt):
        cell = result._repr_html_()
        page = person.writes("cell.html", f'<!doctype html><html data-ready="yes">{cell}')
        browser.open(page.as_uri(), width=900, height=700)
        assert 2 <= browser.run("document.querySelectorAll('tr').length") <= 11
        assert browser.run("document.documentElement.scrollHeight") <= 2 * 700
        assert browser.messages == []
        first = result.summary().splitlines()[0].split()[0]
        assert first in browser.run("document.body.innerText")


def test_a_chart_is_taken_into_a_report_and_a_table_into_another_program(
    person: Person, browser: Browser, tmp_path: Path
) -> None:
    browser.open(measured(person, "learning").as_uri())
    folder = tmp_path / "saved"
    folder.mkdir()
    drawn = saved(browser, folder, "[data-chart=by_production] [data-save=svg]")
    assert saved(browser, folder, "[data-chart=costs] [data-save=png]").stat().st_size > 5_000
    table = saved(browser, folder, "[data-table=technologies] [data-save=csv]")
    kept = pl.read_csv(person.folder / "observatory" / "learning" / "technologies.csv")
    taken = pl.read_csv(table)
    assert taken.height == kept.height
    numbers = [name for name, kind in taken.schema.items() if kind.is_float()]
    assert numbers and taken[numbers].null_count().sum_horizontal()[0] < taken.height
    page = person.writes("report.html", f'<html data-ready="yes"><img src="{drawn.as_uri()}">')
    browser.open(page.as_uri())
    assert browser.run("document.images[0].naturalWidth") > 100


def test_a_moved_arrow_leads_from_where_people_left(person: Person, browser: Browser) -> None:
    browser.open(measured(person, "talent").as_uri())
    moves = pl.read_csv(person.folder / "observatory" / "talent" / "drawn_moves.csv")
    assert browser.run("document.querySelectorAll('.drawing .head').length") == moves.height
    told = browser.run("[...document.querySelectorAll('.tie title')].map(e => e.textContent)")
    ends = {tuple(re.split(" → |: ", each)[:2]) for each in told}
    assert ends == set(moves.select("one", "other").iter_rows())
