"""The page of an observation in a real browser: clicked, searched, reloaded, saved, printed."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from browser import Browser, chromium
from files_saved import cells, idat, saved
from hostile_take_off import LINKED, hostile_observation
from invented_take_off import Observation, nothing, seen_from_today
from test_observation_page import large_observation

from firstlight.message_json import message_to_json
from firstlight.texts import Count, Year, family_texts, message
from firstlight.views.observation_data import observation_data
from firstlight.views.observation_page import observation_page

NO_BROWSER = "Chromium isn't installed (Debian: apt install chromium)"
pytestmark = pytest.mark.skipif(chromium() is None, reason=NO_BROWSER)

NAMES = "[...document.querySelectorAll('#technologies th .tech-link')].map(e => e.textContent)"
ROWS = "document.querySelectorAll('#technologies tbody tr').length"
SHEET = "document.getElementById('sheet')"
# what stands to the right of the window and cannot be scrolled to within its own frame
OUTSIDE = (
    "[...document.querySelectorAll('body *')].filter(e => e.getClientRects().length && !e.closest('.wide')"
    " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120))"
)
TEXTS = family_texts("emergence")
PHONE, PAGES_ON_PAPER = 390, 30


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, take_off: Observation) -> Path:
    return _written(tmp_path_factory.mktemp("page"), take_off)


def _written(folder: Path, seen: Observation, lang: str = "en") -> Path:
    file = folder / "index.html"
    file.write_text(observation_page(*seen, lang=lang), encoding="utf-8")
    return file


@pytest.fixture
def opened(browser: Browser, page: Path) -> Iterator[Browser]:
    """The invented observation, opened; afterwards nothing else was asked for, nobody complained."""
    browser.open(page.as_uri())
    yield browser
    asked = {
        address.split("#")[0]
        for address in browser.requests
        if not address.startswith(("data:", "blob:"))
    }
    assert asked <= {page.as_uri()}
    assert browser.messages == []


def _hash(browser: Browser) -> str:
    return str(browser.run("location.hash"))


def _pick(browser: Browser, name: str, value: str) -> None:
    browser.run(
        f"(() => {{ const e = document.getElementById('filter-{name}'); e.value = '{value}';"
        " e.dispatchEvent(new Event('change')); })()"
    )


# ---- the answer


def test_the_first_ten_stand_first_with_chance_advice_and_verdict(
    opened: Browser, take_off: Observation
) -> None:
    first = take_off[0]["technologies"].head(10)
    lines = opened.run("[...document.querySelectorAll('.answer > li')].map(e => e.innerText)")
    assert len(lines) == 10
    for line, row in zip(lines, first.iter_rows(named=True), strict=True):
        assert (
            row["name"] in line and TEXTS.cell("en", "technologies", "probability", row)[:3] in line
        )
        assert (
            str(row["first_year"]) in line and TEXTS.cell("en", "technologies", "area", row) in line
        )
    bars = opened.run(
        "[...document.querySelectorAll('.answer .chance-bar rect.chance')].map(e => +e.getAttribute('width'))"
    )
    assert bars == sorted(bars, reverse=True)
    came = opened.run("document.querySelectorAll('.answer .verdict.yes').length")
    assert came == first["outcome"].sum()
    # the answer stands above everything else
    order = opened.run("[...document.querySelectorAll('main > section')].map(e => e.id)")
    assert order == [
        "answer",
        "record",
        "list",
        "compare",
        "themes",
        "links",
        "map",
        "dropped",
        "sources",
    ]


def test_where_the_future_is_unknown_there_is_no_verdict(browser: Browser, tmp_path: Path) -> None:
    browser.open(_written(tmp_path, seen_from_today()).as_uri())
    assert browser.run("document.querySelectorAll('.verdict').length") == 0
    assert browser.run("document.querySelectorAll('.answer .advice').length") == 10
    assert browser.messages == []


def test_nothing_is_a_page_too(browser: Browser, tmp_path: Path) -> None:
    for lang in ("en", "zh"):
        browser.open(_written(tmp_path, nothing(), lang).as_uri())
        assert browser.run("document.querySelectorAll('section').length") >= 3
        assert browser.run("document.querySelectorAll('.answer > li').length") == 0
        assert browser.messages == []


def test_where_there_is_no_forecast_the_page_says_why_and_shows_what_rises(
    browser: Browser, tmp_path: Path
) -> None:
    tables, facts = seen_from_today()
    chances = ("probability", "probability_low", "probability_high", "threshold_share")
    unscored = [pl.lit(None, pl.Float64).alias(name) for name in chances]
    tables["technologies"] = tables["technologies"].with_columns(unscored)
    for name in (
        "record",
        "gains",
        "cases",
        "reliability",
        "past_forecasts",
        "fan",
        "leads",
        "universe",
    ):
        tables[name] = tables[name].clear()
    years = {"first": Year(2015), "last": Year(2016)}
    reason = message("answer_too_few_documents", count=Count(87), least=Count(100), **years)
    facts |= {"first_lines": [message_to_json(reason)], "ranking_reason": None}
    browser.open(_written(tmp_path, (tables, facts)).as_uri())
    assert TEXTS.sentence("en", reason) in browser.run(
        "document.getElementById('answer').innerText"
    )
    assert browser.run("document.querySelectorAll('.answer > li').length") == 10
    assert browser.run("document.querySelectorAll('.chance').length") == 0
    browser.run("document.querySelector('.answer .tech-link').click()")
    assert browser.messages == []


def test_counts_have_no_documents_and_say_so(
    browser: Browser, tmp_path: Path, take_off: Observation
) -> None:
    tables, facts = dict(take_off[0]), {**take_off[1], "kind": "counts"}
    for name in ("documents", "leaders", "links"):
        tables[name] = tables[name].clear()
    browser.open(_written(tmp_path, (tables, facts)).as_uri())
    browser.run("document.querySelector('.answer .tech-link').click()")
    told = observation_data(tables, facts)["words"]["en"]["documents.counts"]
    assert told in browser.run(f"{SHEET}.innerText") and browser.messages == []


# ---- switches


def test_the_language_changes_in_place_and_stays_in_the_address(opened: Browser) -> None:
    before = opened.run(NAMES)
    opened.click("#language")
    assert opened.run("document.documentElement.lang") == "zh-Hans" and "lang=zh" in _hash(opened)
    text = opened.run("document.querySelector('main').innerText")
    assert re.search("[\u4e00-\u9fff]{4}", text) and len(opened.run(NAMES)) == len(before)
    opened.reload()
    opened.click("#language")
    assert opened.run("document.documentElement.lang") == "en" and "lang" not in _hash(opened)
    assert opened.run(NAMES) == before


def test_light_and_dark(opened: Browser) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = opened.run(ground)
    opened.click("#theme")
    assert opened.run(ground) != light
    opened.click("#theme")
    assert opened.run(ground) == light


# ---- the list


def test_search_finds_acronym_plural_and_chinese_name(
    opened: Browser, take_off: Observation
) -> None:
    technologies, forms = take_off[0]["technologies"], take_off[0]["forms"]
    acronym = forms.filter(kind="acronym").row(0, named=True)
    name_of = dict(technologies.select("technology_id", "name").iter_rows())
    chinese = technologies.drop_nulls("name_zh").row(0, named=True)
    plural = technologies.filter(pl.col("name").str.ends_with("s")).row(0, named=True)["name"]
    searched = (
        (acronym["form"].lower(), name_of[acronym["technology_id"]]),
        (f"{acronym['form']}s", name_of[acronym["technology_id"]]),
        (plural.removesuffix("s"), plural),
        (plural.upper(), plural),
        (chinese["name_zh"][1:3], chinese["name"]),
    )
    for text, name in searched:
        opened.run(
            f"(() => {{ const e = document.getElementById('search'); e.value = '{text}';"
            " e.dispatchEvent(new Event('input')); })()"
        )
        assert name in opened.run(NAMES), text
    opened.run("document.getElementById('clear').click()")
    assert opened.run(ROWS) == min(50, technologies.height)
    opened.click("#search")
    opened.type("nothing like this")
    assert opened.run(ROWS) == 0


def test_the_very_form_comes_first(opened: Browser, take_off: Observation) -> None:
    acronym = take_off[0]["forms"].filter(kind="acronym").sort("form").row(-1, named=True)
    name = dict(take_off[0]["technologies"].select("technology_id", "name").iter_rows())[
        acronym["technology_id"]
    ]
    opened.click("#search")
    opened.type(acronym["form"])
    assert opened.run(NAMES)[0] == name


def test_filters_live_in_the_address_and_survive_a_reload(
    opened: Browser, take_off: Observation
) -> None:
    technologies = take_off[0]["technologies"]
    _pick(opened, "area", "health")
    _pick(opened, "status", "scored")
    opened.click("button[data-sort='documents']")
    kept = technologies.filter(area="health", status="scored").sort(
        "documents_count", descending=True
    )
    assert opened.run(NAMES) == kept["name"].to_list()
    assert {"area=health", "status=scored", "sort=documents"} == set(_hash(opened)[1:].split("&"))
    opened.reload()
    assert opened.run(NAMES) == kept["name"].to_list()
    assert opened.run("document.getElementById('filter-area').value") == "health"
    opened.click("button[data-sort='documents']")
    turned = dict(kept.select("name", "documents_count").iter_rows())
    assert [turned[name] for name in opened.run(NAMES)] == sorted(turned.values())
    assert "sort=-documents" in _hash(opened)
    opened.click("#clear")
    assert _hash(opened) in ("", "#")


@pytest.mark.parametrize(
    "address",
    ["#sort=constructor&lang=__proto__&tech=%E0%A4%A&compare=%zz", "#list", "#area=%3Cb%3E"],
)
def test_an_address_that_makes_no_sense_does_no_harm(
    browser: Browser, page: Path, address: str
) -> None:
    browser.open(page.as_uri() + address)
    assert browser.run("document.querySelectorAll('.answer > li').length") == 10
    assert browser.messages == []


# ---- one technology


def test_a_technology_opens_and_lives_in_the_address(
    opened: Browser, take_off: Observation
) -> None:
    tables, _ = take_off
    first, second = tables["technologies"].head(2).iter_rows(named=True)
    opened.click(".answer .tech-link")
    assert opened.run(f"{SHEET}.open") and f"tech={first['technology_id']}" in _hash(opened)
    title = "document.getElementById('sheet-title').textContent"
    assert first["name"] in opened.run(title)
    assert (
        opened.run(f"{SHEET}.querySelectorAll('.chart[role=img] .threshold:not(text)').length") == 1
    )
    assert opened.run(f"{SHEET}.querySelectorAll('.chart[role=img] .fan').length") == 3
    forms = tables["forms"].filter(technology_id=first["technology_id"])["form"].to_list()
    chips = opened.run(f"[...{SHEET}.querySelectorAll('.chips li > bdi')].map(e => e.textContent)")
    assert set(forms) <= set(chips)
    own = tables["documents"].filter(technology_id=first["technology_id"])
    links = f"[...{SHEET}.querySelectorAll('ol.documents a')].map(e => [e.href, e.rel, e.target])"
    for role in ("typical", "first", "newest"):
        opened.click(f"#sheet button[data-value='{role}']")
        shown = opened.run(links)
        expected = own.filter(role=role).sort("position")["link"].drop_nulls().to_list()
        assert [link for link, _, _ in shown] == expected
        assert all(rel == "noopener noreferrer" and target == "_blank" for _, rel, target in shown)
    opened.click("#sheet button[title]:nth-of-type(2)")
    assert second["name"] in opened.run(title) and f"tech={second['technology_id']}" in _hash(
        opened
    )
    opened.reload()
    assert second["name"] in opened.run(title)
    opened.press("Escape", 27)
    opened.wait(f"!{SHEET}.open")
    opened.wait("!location.hash.includes('tech')")


def test_the_back_button_closes_what_a_click_opened(opened: Browser) -> None:
    _pick(opened, "area", "energy")
    opened.click("#technologies .tech-link")
    opened.run("history.back()")
    opened.wait(f"!{SHEET}.open")
    assert _hash(opened) == "#area=energy"


def test_two_to_six_technologies_or_countries_of_one_stand_in_one_chart(
    opened: Browser, take_off: Observation
) -> None:
    names = take_off[0]["technologies"]["name"].to_list()
    lines = "document.querySelectorAll('#compare .course:not(.later)').length"
    assert opened.run(lines) == 3
    for name in names[5:10]:
        opened.run(
            f"(() => {{ const e = document.getElementById('compare-search'); e.value = {name!r};"
            " e.dispatchEvent(new Event('input')); })()"
        )
        opened.run("document.querySelector('#compare-found button').click()")
    assert opened.run(lines) == 6
    chips = "[...document.querySelectorAll('.compared bdi')].map(e => e.textContent)"
    assert opened.run(chips) == [names[2], *names[5:10]]
    assert _hash(opened).count("compare=") == 6
    opened.click(".compared button")
    assert opened.run(lines) == 5
    for measure in ("documents", "relative", "share"):
        opened.click(f"#compare button[data-value='{measure}']")
        assert opened.run(lines) == 5
    opened.click("#compare button[data-value='countries']")
    assert 2 <= opened.run("document.querySelectorAll('#compare .chart .course').length") <= 6


def test_the_map_zooms_and_a_theme_filters_the_list(opened: Browser, take_off: Observation) -> None:
    spot = "document.querySelector('.map .dot').getAttribute('cx')"
    before = opened.run(spot)
    opened.click(".tools button")
    assert opened.run(spot) != before
    opened.click(".tools button:last-child")
    assert opened.run(spot) == before
    opened.click("table.themes button.theme")
    theme = opened.run("document.getElementById('filter-theme').value")
    kept = take_off[0]["technologies"].filter(theme_id=theme)["name"].to_list()
    assert opened.run(NAMES) == kept
    assert opened.run("document.querySelectorAll('.map .dot:not(.dim)').length") == len(kept)


# ---- downloads


def test_the_list_is_saved_as_csv_and_as_a_workbook(
    opened: Browser, take_off: Observation, tmp_path: Path
) -> None:
    technologies = take_off[0]["technologies"]
    text = saved(opened, tmp_path, "#list .saves [data-save=csv]").read_bytes().decode("utf-8")
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    found = cells(saved(opened, tmp_path, "#list .saves [data-save=xlsx]"))
    assert len(rows) == len(found) == technologies.height + 1
    assert rows[0] == found[0]
    column = rows[0].index("Technology")
    assert (
        [row[column] for row in rows[1:]]
        == [row[column] for row in found[1:]]
        == technologies["name"].to_list()
    )
    chance = rows[0].index("Chance of take-off")
    for written, cell, true in zip(rows[1:], found[1:], technologies["probability"], strict=True):
        assert (written[chance] == "") == (cell[chance] is None) == (true is None)
        assert true is None or (
            abs(float(written[chance]) - true) < 0.001 and cell[chance] == float(written[chance])
        )


@pytest.mark.slow
def test_every_table_and_chart_has_its_files(browser: Browser, page: Path, tmp_path: Path) -> None:
    browser.open(page.as_uri())
    browser.run("document.querySelector('.answer .tech-link').click()")
    with_files = "[...document.querySelectorAll('{}')].every(e => e.closest('{}').querySelector('[data-save={}]'))"
    assert browser.run(with_files.format("figure .chart[role=img]", "figure", "svg"))
    assert browser.run(with_files.format("table", "section", "xlsx"))
    buttons = "document.querySelectorAll('[data-save]')"
    count = browser.run(f"{buttons}.length")
    assert count > 40
    for order, place in enumerate(range(0, count, 3)):
        # a browser saves ten files of a page and then waits for the reader
        if order % 9 == 0:
            browser.open(page.as_uri())
            browser.run("document.querySelector('.answer .tech-link').click()")
            browser.run(f"{buttons}.forEach((e, place) => {{ e.id = `save-${{place}}`; }})")
        file = saved(browser, tmp_path, f"#save-{place}")
        if file.suffix == ".xlsx":
            assert len(cells(file)) > 1
        elif file.suffix == ".svg":
            ElementTree.fromstring(file.read_bytes())
        elif file.suffix == ".png":
            assert file.read_bytes().startswith(b"\x89PNG")
        else:
            assert file.suffix == ".csv" and len(file.read_text("utf-8").splitlines()) > 1
    assert browser.messages == []


def test_what_names_csv_decides_stands_among_the_sources(opened: Browser) -> None:
    rows = opened.run(
        "[...document.querySelectorAll('#sources table tr')].map(row => row.textContent)"
    )
    assert [
        row for row in rows if "LSTM" in row and "rename" in row and "long short-term memory" in row
    ]
    assert [row for row in rows if "no such name" in row and "hide" in row]


def test_what_a_model_named_is_told_where_it_was_taken(
    opened: Browser, take_off: Observation
) -> None:
    rows = opened.run(
        "[...document.querySelectorAll('#sources table tr')].map(row => row.textContent)"
    )
    told = take_off[0]["named"]
    for row in told.iter_rows(named=True):
        outcome = TEXTS.code("en", "name_outcomes", row["outcome"])
        assert [
            line
            for line in rows
            if row["name"] in line and row["description"] in line and outcome in line
        ]
    described = f"{SHEET}.querySelector('.described')?.textContent ?? ''"
    opened.run(f"location.hash = 'tech={told['technology_id'][0]}'")
    opened.wait(f"{SHEET}.open")
    assert told["description"][0] in opened.run(described) and "a model" in opened.run(described)
    opened.run(f"location.hash = 'tech={told['technology_id'][2]}'")
    opened.wait(f"{described} === ''")


def test_a_chart_is_saved_whole(opened: Browser, tmp_path: Path) -> None:
    picture = ElementTree.fromstring(
        saved(opened, tmp_path, "#record [data-save=svg]").read_bytes()
    )
    assert picture.tag.endswith("svg")
    texts = " ".join(
        element.text or "" for element in picture.iter() if element.tag.endswith("text")
    )
    assert "Invented papers" in texts and "how far the trend carries" in texts
    strokes = {element.get("stroke") for element in picture.iter() if element.tag.endswith("path")}
    assert any(stroke and stroke.startswith("rgb") for stroke in strokes)
    assert not any(element.get("class") for element in picture.iter())
    png = saved(opened, tmp_path, "#record [data-save=png]").read_bytes()
    width = int.from_bytes(png[16:20], "big")
    assert png.startswith(b"\x89PNG") and width == 2 * round(float(picture.get("width", "0")))
    # something was drawn: not all of one colour
    parts = re.findall(b"IDAT", png)
    assert parts and len(set(zlib.decompress(idat(png)))) > 10


# ---- hostile texts, narrow windows, paper


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [PHONE, 1200])
@pytest.mark.slow
def test_hostile_texts_do_nothing(browser: Browser, tmp_path: Path, lang: str, width: int) -> None:
    seen = hostile_observation()
    browser.open(_written(tmp_path, seen, lang).as_uri(), width=width)
    browser.run("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    assert browser.run(OUTSIDE) == []
    for place in (0, 1, 7, 45):
        browser.run(f"document.querySelector('#technologies [data-tech=\"{place}\"]').click()")
        assert browser.run(f"{SHEET}.open") and browser.run(OUTSIDE) == []
    name = browser.run("document.getElementById('sheet-title').textContent")
    browser.reload()
    assert browser.run("document.getElementById('sheet-title').textContent") == name
    addresses = browser.run("[...document.querySelectorAll('a')].map(e => e.getAttribute('href'))")
    assert all(address.startswith(("#", "http://", "https://")) for address in addresses)
    assert browser.run("document.title").endswith("· Firstlight")
    assert browser.run("document.querySelectorAll('img, iframe, main script').length") == 0
    assert browser.messages == [] and len(set(browser.requests)) <= 2


def test_hostile_texts_are_cells_and_no_formulas(browser: Browser, tmp_path: Path) -> None:
    browser.open(_written(tmp_path, hostile_observation()).as_uri())
    folder = tmp_path / "saved"
    folder.mkdir()
    text = saved(browser, folder, "#list .saves [data-save=csv]").read_text("utf-8")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len({len(row) for row in rows}) == 1
    assert not any(cell.startswith(("=", "@", "+")) for row in rows for cell in row)
    found = cells(saved(browser, folder, "#list .saves [data-save=xlsx]"))
    assert len(found) == len(rows)
    openpyxl = pytest.importorskip("openpyxl")
    (file,) = folder.glob("*.xlsx")
    kinds = {
        cell.data_type for row in openpyxl.load_workbook(file).active.iter_rows() for cell in row
    }
    assert kinds <= {"s", "n", "inlineStr"}


def test_links_are_those_of_the_web_alone(browser: Browser, tmp_path: Path) -> None:
    tables, facts = hostile_observation()
    browser.open(_written(tmp_path, (tables, facts)).as_uri())
    browser.run("document.querySelector('.answer .tech-link').click()")
    shown = browser.run(
        f"[...{SHEET}.querySelectorAll('ol.documents a')].map(e => e.getAttribute('href'))"
    )
    assert set(shown) <= {LINKED}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_a_phone_the_chance_shows_and_nothing_runs_over_the_edge(
    browser: Browser, page: Path, take_off: Observation, lang: str
) -> None:
    browser.open(f"{page.as_uri()}#lang={lang}", width=PHONE, height=844)
    assert browser.run("document.documentElement.scrollWidth") == PHONE
    assert browser.run(OUTSIDE) == []
    edges = "[...document.querySelectorAll('{} .chance .number')].map(e => e.getBoundingClientRect()).map(b => [b.left, b.right, b.width])"
    for place, count in ((".answer", 10), ("#technologies", 40)):
        boxes = browser.run(edges.format(place))
        assert len(boxes) == count
        assert all(left >= 0 and right <= PHONE and width > 0 for left, right, width in boxes)
    bars = "[...document.querySelectorAll('.answer .chance-bar')].map(b => [b, b.querySelector('.chance')].map(e => e.getBoundingClientRect().width))"
    filled = [part / whole for whole, part in browser.run(bars)]
    chances = (
        take_off[0]["technologies"]
        .filter(pl.col("same_as").is_null() & pl.col("rank").is_not_null())
        .sort("rank")["probability"]
        .head(len(filled))
    )
    assert filled == pytest.approx(chances.to_list(), abs=0.02), "a bar is as long as its chance"
    browser.run("document.querySelector('.answer .tech-link').click()")
    assert browser.run(OUTSIDE) == []
    assert browser.messages == []


@pytest.mark.slow
def test_paper_takes_thirty_pages_at_most(tmp_path: Path) -> None:
    file = _written(tmp_path, large_observation(4000, 1500))
    path = chromium()
    assert path
    paper = tmp_path / "page.pdf"
    flags = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-pdf-header-footer",
        "--proxy-server=127.0.0.1:9",
    )
    own = (f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={paper}", file.as_uri())
    subprocess.run([path, *flags, *own], check=True, capture_output=True, timeout=180)
    pages = len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))
    assert 8 <= pages <= PAGES_ON_PAPER


def test_after_paper_the_screen_is_as_before(opened: Browser, tmp_path: Path) -> None:
    opened.run(
        "addEventListener('beforeprint', () => { window.printed = document.querySelectorAll('#printed article').length; })"
    )
    opened.paper(tmp_path / "page.pdf")
    assert opened.run("window.printed") == 10
    assert opened.run("document.querySelectorAll('#printed, details[open]').length") == 0


def test_the_policy_stops_what_it_should(browser: Browser, page: Path) -> None:
    browser.open(page.as_uri())
    browser.run(
        "{ const s = document.createElement('script'); s.textContent = 'window.taken = 1'; document.body.append(s) }"
    )
    browser.run(
        "new Promise(done => { const i = new Image(); i.onerror = i.onload = done; i.src = 'http://127.0.0.1:9/x.png' })"
    )
    assert browser.run("window.taken === undefined")
    assert len([text for text in browser.messages if "Content Security Policy" in text]) == 2
