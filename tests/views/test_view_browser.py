"""The page in a real browser: sorted, searched, opened, switched and printed, without a request or a complaint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from browser import Browser, chromium
from invented_observation import HOSTILE, Observation, nothing, observation

from firstlight.views.page import page
from firstlight.views.words import say

pytestmark = pytest.mark.skipif(chromium() is None, reason="Chromium isn't installed (Debian: apt install chromium)")

LABELS = "[...document.querySelectorAll('#technologies-table tbody th')].map(e => e.textContent)"
ROWS = "document.querySelectorAll('#technologies-table tbody tr').length"
COLUMN = "[...document.querySelectorAll('#technologies-table tbody tr')].map(r => r.children[{}].textContent)"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


def _open(
    browser: Browser, folder: Path, seen: Observation, place: str = "", lang: str = "en", width: int = 1200
) -> None:
    file = folder / "index.html"
    file.write_text(page(*seen, lang=lang), encoding="utf-8")
    browser.open(file.as_uri() + place, width=width)


@pytest.fixture
def opened(browser: Browser, sky: Observation, tmp_path: Path) -> Iterator[Browser]:
    """The invented sky, opened; afterwards nothing but the page itself was asked for, and nobody complained."""
    _open(browser, tmp_path, sky)
    yield browser
    assert browser.run("performance.getEntriesByType('resource').length") == 0
    assert {address.split("#")[0] for address in browser.requests} == {(tmp_path / "index.html").as_uri()}
    assert browser.messages == []


def test_a_heading_sorts_and_sorts_back(opened: Browser, sky: Observation) -> None:
    by_rank = opened.run(LABELS)
    assert by_rank == sky[0]["technologies"]["label"].to_list()
    opened.click("button[data-sort='documents']")
    documents = [int(text.replace(",", "")) for text in opened.run(COLUMN.format(4))]
    assert documents == sorted(documents, reverse=True) and opened.run(LABELS) != by_rank
    sorting = "document.querySelector(\"button[data-sort='documents']\").closest('th').getAttribute('aria-sort')"
    assert opened.run(sorting) == "descending"
    opened.click("button[data-sort='documents']")
    assert opened.run(sorting) == "ascending"
    assert [int(text.replace(",", "")) for text in opened.run(COLUMN.format(4))] == documents[::-1]
    assert opened.run("document.querySelectorAll('th[aria-sort=none]').length") == 9


def test_the_keyboard_sorts_too_and_what_is_missing_comes_last(opened: Browser) -> None:
    opened.run("document.querySelector(\"button[data-sort='first_year']\").focus()")
    opened.press("Enter", 13, "\r")
    first = opened.run(COLUMN.format(3))
    opened.press("Enter", 13, "\r")
    second = opened.run(COLUMN.format(3))
    assert first[-1] == second[-1] == "–"
    assert first[:-1] == sorted(first[:-1], reverse=True) and second[:-1] == sorted(second[:-1])


def test_search_and_area_narrow_table_map_and_sections(opened: Browser, sky: Observation) -> None:
    opened.click("#search")
    opened.type("Rock DRILL")
    found = opened.run(LABELS)
    assert found and all("rock drill" in label for label in found)
    assert opened.run("document.querySelectorAll('details.tech:not([hidden])').length") == len(found)
    assert opened.run("document.querySelectorAll('.map .dot:not(.dim)').length") == len(found)
    assert opened.run("document.getElementById('shown').textContent") == f"{len(found)} of 60 technologies"
    opened.run("const s = document.getElementById('search'); s.value = ''; s.dispatchEvent(new Event('input'))")
    opened.run("const a = document.getElementById('area'); a.value = 'health'; a.dispatchEvent(new Event('change'))")
    expected = sky[0]["technologies"].filter(area_code="health")["label"].to_list()
    assert opened.run(LABELS) == expected
    opened.click("#search")
    opened.type("nothing like this")
    assert opened.run(ROWS) == 0
    assert opened.run("document.getElementById('shown').textContent") == say("en", "empty.filter")


def test_a_technology_opens_from_the_table_the_map_and_the_address(
    browser: Browser, sky: Observation, tmp_path: Path
) -> None:
    second, third, fourth = sky[0]["technologies"]["technology_id"][1:4]
    _open(browser, tmp_path, sky, f"#tech-{second}")
    is_open = "document.getElementById('tech-{}').open"
    assert browser.run(is_open.format(second)) and not browser.run(is_open.format(third))
    assert browser.run("document.querySelectorAll('details.tech .body').length") == 1
    browser.click(f"#technologies-table a[href='#tech-{third}']")
    browser.wait(is_open.format(third))
    browser.click(".map .dot[data-place='3']")
    browser.wait(is_open.format(fourth))
    body = f"document.querySelector('#tech-{fourth} .body')"
    assert browser.run(f"{body}.querySelectorAll('.timeline .fan').length") == 3
    assert browser.run(f"{body}.querySelectorAll('.timeline circle.mark.after').length") == 3
    assert browser.run(f"{body}.querySelectorAll('.terms li').length") == 8
    assert browser.run(f"{body}.querySelectorAll('.links a').length") == 3
    assert browser.run(f"{body}.querySelectorAll('.bar .for, .bar .against').length") >= 7
    assert browser.run(f"{body}.querySelectorAll('table.narrow tbody tr').length") == 8
    browser.run("document.querySelector('#tech-" + fourth + " .links a').click()")
    browser.wait("document.querySelectorAll('details.tech[open]').length === 4")
    assert browser.messages == []


def test_an_address_brings_back_what_the_filter_hid(opened: Browser, sky: Observation) -> None:
    opened.click("#search")
    opened.type("nothing like this")
    last = sky[0]["technologies"]["technology_id"][-1]
    opened.run(f"location.hash = '#tech-{last}'")
    opened.wait(f"document.getElementById('tech-{last}').open && {ROWS} === 60")


def test_the_language_changes_in_place(opened: Browser, sky: Observation) -> None:
    name = sky[0]["technologies"]["technology_id"][0]
    opened.click("button[data-sort='growth']")
    opened.run(f"document.getElementById('tech-{name}').open = true")
    opened.wait("document.querySelector('.timeline')")
    before = opened.run(LABELS)
    opened.click("#language")
    assert opened.run("document.documentElement.lang") == "zh-Hans"
    text = opened.run("document.getElementById('page').innerText")
    for key in ("findings", "record", "provenance", "tech.why", "files"):
        assert say("zh", key) in text and say("en", key) not in text
    assert opened.run(LABELS) == before and opened.run(f"document.getElementById('tech-{name}').open")
    opened.click("#language")
    assert say("en", "findings") in opened.run("document.getElementById('page').innerText")


def test_light_and_dark(opened: Browser) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = opened.run(ground)
    opened.click("#theme")
    dark = opened.run(ground)
    assert light != dark and opened.run("document.getElementById('theme').textContent") == say("en", "theme.light")
    opened.click("#theme")
    assert opened.run(ground) == light
    opened.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    opened.run("delete document.documentElement.dataset.theme")
    assert opened.run(ground) == dark
    opened.call("Emulation.setEmulatedMedia", features=[])


def test_words_are_explained_on_focus(opened: Browser) -> None:
    opened.run("document.querySelector(\"button[data-sort='share']\").focus()")
    assert opened.run("[tip.hidden, tip.textContent]") == [False, say("en", "hint.share")]
    assert opened.run("document.activeElement.getAttribute('aria-describedby')") == "tip"
    opened.press("Escape", 27)
    assert opened.run("tip.hidden")


def test_the_map_zooms_and_walks_by_keyboard(opened: Browser) -> None:
    spot = "document.querySelector('.dot[data-place=\"0\"]').getAttribute('cx')"
    before = opened.run(spot)
    opened.click(".tools button:nth-child(1)")
    assert opened.run(spot) != before
    opened.click(".tools button:nth-child(3)")
    assert opened.run(spot) == before
    opened.run("document.querySelector('.map .dot[tabindex=\"0\"]').focus()")
    opened.press("ArrowRight", 39)
    assert opened.run("document.activeElement.dataset.place") == "1"


def test_the_map_is_dragged_when_zoomed_and_a_drag_opens_nothing(opened: Browser) -> None:
    opened.click(".tools button:nth-child(1)")
    spot = "Number(document.querySelector('.map .dot[data-place=\"3\"]').getAttribute('cx'))"
    before = opened.run(spot)
    opened.run("document.querySelector('.map').scrollIntoView({block: 'center', behavior: 'instant'})")
    x, y = opened.run(
        "(() => { const b = document.querySelector('.map').getBoundingClientRect();"
        " return [b.left + b.width / 2, b.top + b.height / 2] })()"
    )
    for kind, step in (("mousePressed", 0), ("mouseMoved", -40), ("mouseMoved", -80), ("mouseReleased", -80)):
        opened.call("Input.dispatchMouseEvent", type=kind, x=x + step, y=y, button="left", buttons=1, clickCount=1)
    assert abs(opened.run(spot) - (before - 80)) < 8
    assert opened.run("location.hash") == ""


def test_paper_shows_every_technology_and_the_screen_is_as_before(opened: Browser, tmp_path: Path) -> None:
    opened.run(
        "addEventListener('beforeprint', () => {"
        " window.printed = document.querySelectorAll('details.tech[open] .timeline').length })"
    )
    opened.paper(tmp_path / "page.pdf")
    assert opened.run("window.printed") == 60
    assert opened.run("document.querySelectorAll('details.tech[open]').length") == 0
    assert opened.run("document.querySelectorAll('details.year-cases[open]').length") == 1
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("width", [400, 1200])
def test_nothing_runs_over_the_edge(browser: Browser, sky: Observation, tmp_path: Path, width: int) -> None:
    name = sky[0]["technologies"]["technology_id"][0]
    _open(browser, tmp_path, sky, f"#tech-{name}", width=width)
    assert browser.run("document.documentElement.scrollWidth") <= width


def test_precedents_and_the_place_in_the_record_are_told(opened: Browser, sky: Observation) -> None:
    names = sky[0]["technologies"]["technology_id"].to_list()
    opened.run(f"location.hash = '#tech-{names[0]}'")
    opened.wait(f"document.querySelector('#tech-{names[0]} .precedents')")
    body = f"document.querySelector('#tech-{names[0]} .body')"
    assert opened.run(f"{body}.querySelectorAll('.precedents li').length") == 5
    own = sky[0]["precedents"].filter(technology_id=names[0])
    lines = opened.run(f"[...{body}.querySelectorAll('.precedents li')].map(e => e.textContent)")
    growth = {True: "+20%", False: "−5%"}
    told = [
        f"{row['precedent_label']} {row['precedent_year']}{growth[row['is_exceptional']]}" for row in own.to_dicts()
    ]
    assert lines == told
    assert opened.run(f"{body}.querySelectorAll('.precedents .came').length") == 1
    assert opened.run(f"{body}.querySelectorAll('.precedents .spark circle').length") == 5 * 3
    text = opened.run(f"{body}.innerText")
    assert "6 of the 20 nearest took off." in text and "of all 2,585 earlier technologies, 12% did" in text
    assert "68 came true: 34% (range 29–40%)" in text
    assert "ranks 1–20 came true in 41 of 140 cases (29%)" in text and "7 of 20 in 2012" in text
    opened.run(f"location.hash = '#tech-{names[4]}'")
    opened.wait(f"document.querySelector('#tech-{names[4]} .body')")
    assert say("en", "tech.precedents.none") in opened.run(
        f"document.querySelector('#tech-{names[4]} .body').innerText"
    )


def test_errors_are_listed_by_year_with_their_reasons(opened: Browser, sky: Observation) -> None:
    years = "[...document.querySelectorAll('.year-cases > summary')].map(e => parseInt(e.textContent))"
    assert opened.run(years) == list(range(2013, 2006, -1))
    latest = "document.querySelector('.year-cases[open]')"
    assert opened.run(f"{latest}.querySelectorAll('.cases > li').length") == 9
    first = opened.run(f"{latest}.querySelector('.cases > li').innerText")
    assert "15% forecast, +10% a year" in first and "It rose in one step." in first and "Stage +0.40" in first
    # totals of the table: each reason of each kind 4 + its length in each of seven years
    cells = opened.run("[...document.querySelectorAll('#cases tbody tr:last-child td')].map(e => e.textContent)")
    by_kind = sky[0]["case_reasons"].group_by("kind").agg(pl.col("n").sum())
    totals = dict(by_kind.iter_rows())
    assert cells == [str(totals[kind]) for kind in ("miss", "false_alarm", "hit")]
    closed = "document.querySelectorAll('.year-cases')[1]"
    opened.click(".year-cases:nth-of-type(2) > summary")
    opened.wait(f"{closed}.open")
    opened.click("#language")
    assert say("zh", "cases.why.near_line") in opened.run("document.getElementById('cases').innerText")
    assert "一步跃升" in opened.run("document.getElementById('cases').innerText")


def test_hostile_texts_do_nothing(browser: Browser, hostile: Observation, tmp_path: Path) -> None:
    for lang in ("en", "zh"):
        _open(browser, tmp_path, hostile, lang=lang)
        browser.run("document.querySelectorAll('details').forEach(each => { each.open = true })")
        browser.wait("document.querySelectorAll('details.tech .body').length === 20")
        assert browser.run("document.title").endswith("· Firstlight")
        assert browser.run("document.querySelectorAll('img, iframe, main script').length") == 0
        labels = browser.run("[...document.querySelectorAll('#technologies-table tbody th')].map(e => e.textContent)")
        assert labels == list(HOSTILE) * 2
        assert browser.messages == [] and len(browser.requests) == 1


def test_the_policy_stops_what_it_should(browser: Browser, sky: Observation, tmp_path: Path) -> None:
    _open(browser, tmp_path, sky)
    browser.run(
        "{ const s = document.createElement('script'); s.textContent = 'window.taken = 1'; document.body.append(s) }"
    )
    browser.run(
        "new Promise(done => { const i = new Image(); i.onerror = i.onload = done;"
        " i.src = 'http://127.0.0.1:9/x.png' })"
    )
    assert browser.run("window.taken === undefined")
    # both attempts were refused aloud, and neither left the browser
    assert len([text for text in browser.messages if "Content Security Policy" in text]) == 2


def test_the_edges_nothing_found_no_record_and_stale(browser: Browser, sky: Observation, tmp_path: Path) -> None:
    _open(browser, tmp_path, nothing())
    text = browser.run("document.getElementById('page').innerText")
    for key in (
        "empty.technologies",
        "empty.record",
        "empty.findings",
        "answer.empty",
        "read.nothing",
        "warnings.none",
    ):
        assert say("en", key) in text
    assert browser.run("document.getElementById('map')") is None and browser.messages == []
    browser.click("#language")
    assert say("zh", "empty.technologies") in browser.run("document.getElementById('page').innerText")
    _open(browser, tmp_path, (sky[0], {**sky[1], "is_stale": True}))
    assert browser.run("document.querySelector('[role=alert]').textContent") == say("en", "stale")
    assert browser.messages == []


def test_two_thousand_technologies_answer(browser: Browser, tmp_path: Path) -> None:
    _open(browser, tmp_path, observation(2000))
    assert browser.run(ROWS) == 100
    far = observation(2000)[0]["technologies"]["technology_id"][1500]
    browser.run(f"location.hash = '#tech-{far}'")
    place = f"document.getElementById('tech-{far}').getBoundingClientRect().top"
    browser.wait(f"document.getElementById('tech-{far}').open && {place} >= 0 && {place} < 60")
    browser.run("new Promise(done => setTimeout(done, 200))")
    assert 0 <= browser.run(place) < 60
    for action in (
        "document.querySelector(\"button[data-sort='documents']\").click()",
        "const s = document.getElementById('search'); s.value = 'photon'; s.dispatchEvent(new Event('input'))",
        "document.querySelector('details.tech:not([hidden]):not([open])').open = true",
        "document.getElementById('language').click()",
    ):
        browser.run(f"(() => {{ {action} }})()")
        assert browser.run(ROWS) <= 100, f"rows that nobody asked for are drawn after {action}"
    assert browser.run("document.documentElement.lang") == "zh-Hans" and browser.messages == []
