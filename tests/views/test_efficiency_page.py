"""The page of efficiency in a real browser: measured on the made-up economy, read in both
languages, sorted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.planted.economy import made_up_economy
from browser import Browser, chromium

import firstlight as fl
from firstlight.result import Result
from firstlight.views.result_page import result_page

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="Chromium isn't installed (Debian: apt install chromium)"
)

COLUMN = "[...document.querySelector('table.measured').tBodies[0].rows].map(row => row.cells[{}].textContent.trim())"
HEADINGS = (
    "[...document.querySelector('table.measured').tHead.rows[0].cells]"
    ".map(cell => [...cell.querySelectorAll('button span, button bdi')]"
    ".filter(part => part.offsetParent !== null).map(part => part.textContent).join(''))"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return fl.measure(
        "efficiency", project=tmp_path_factory.mktemp("kept"), method="sbm", bad="co2"
    )


def _open(browser: Browser, folder: Path, found: Result, lang: str) -> None:
    page = folder / "efficiency.html"
    page.write_text(result_page(found, lang=lang), encoding="utf-8")
    browser.open(page.as_uri())


@pytest.mark.parametrize(
    ("lang", "title", "score", "slack", "source"),
    [
        ("en", "Efficiency", "Efficiency", "capital, slack", "an invented table"),
        ("zh", "效率（DEA）", "效率值", "capital松弛量", "虚构数据表"),
    ],
)
@pytest.mark.slow
def test_the_page_reads_in_both_languages_and_sorts(
    browser: Browser,
    found: Result,
    tmp_path: Path,
    lang: str,
    title: str,
    score: str,
    slack: str,
    source: str,
) -> None:
    _open(browser, tmp_path, found, lang)
    assert browser.run("document.querySelector('h1').innerText") == title
    assert source in browser.run("document.querySelector('.as-of').innerText")
    headings = browser.run(HEADINGS)
    place = headings.index(score)
    assert slack in headings
    as_kept = found.frame["efficiency_score"].head(200).to_list()
    values = [float(text) for text in browser.run(COLUMN.format(place))]
    assert values == pytest.approx(as_kept, abs=5e-4)
    browser.click(f"table.measured th:nth-child({place + 1}) button")
    once = [float(text) for text in browser.run(COLUMN.format(place))]
    browser.click(f"table.measured th:nth-child({place + 1}) button")
    twice = [float(text) for text in browser.run(COLUMN.format(place))]
    assert (
        once != values
        and once in (sorted(values), sorted(values, reverse=True))
        and twice == once[::-1]
    )
    browser.click("#language")
    assert browser.run("document.querySelector('h1').innerText") != title
    assert (
        browser.run("performance.getEntriesByType('resource').length") == 0
        and browser.messages == []
    )


def test_a_chart_for_each_place_and_no_slack_of_rounding(
    browser: Browser, found: Result, tmp_path: Path
) -> None:
    _open(browser, tmp_path, found, "en")
    charts = "[...document.querySelectorAll('.charts figcaption')].map(each => each.textContent)"
    assert browser.run(charts) == sorted(found.frame["unit"].unique())
    headings = browser.run(HEADINGS)
    for name in ("capital", "hours", "value_added", "co2"):
        shown = browser.run(COLUMN.format(headings.index(f"{name}, slack")))
        assert not [text for text in shown if "e−" in text]


def test_a_cross_section_is_drawn_by_rank(browser: Browser, tmp_path: Path) -> None:
    places = made_up_economy().places().rename({"place": "unit"})
    asked = {"inputs": "capital,hours", "outputs": "value_added"}
    last = fl.measure(
        "efficiency", places.filter(year=2020).drop("year"), project=tmp_path / "one", **asked
    )
    _open(browser, tmp_path, last, "zh")
    assert browser.run("document.querySelectorAll('.ranking rect.bar').length") == 12
    assert "12行" in browser.run("document.querySelector('.as-of').innerText")
    assert "排名" in browser.run("document.querySelector('section.chart').innerText")
