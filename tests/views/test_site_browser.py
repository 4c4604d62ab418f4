"""The site in a real browser: journeys in both languages, on a phone and a desk, from a server and
from a disk; no script error, nothing from another host, nothing wider than the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, chromium
from invented_site import application_of, shelf_of, site_of
from invented_take_off import observation
from test_site_answers import served

from firstlight.views.site.links import HOME
from firstlight.web.static_site import write_frame, write_pages

pytestmark = pytest.mark.skipif(chromium() is None, reason="needs chromium")

SHELF = shelf_of(observation())
TECHNOLOGY = next(path for path in SHELF.paths() if "/technology/" in path)
PATHS = (
    *("", "papers/technologies", "papers/record", "papers/changes", "papers/source"),
    *(TECHNOLOGY, "papers/area/energy", "search?q=a"),
    *(f"papers/measurement/{name}" for name in ("growth", "mobility", "collaboration")),
)
WIDTHS = (360, 1280)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One tab."""
    tab = Browser(tmp_path_factory.mktemp("profile"))
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The invented site, served."""
    with served(application_of(observation())) as there:
        yield there


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented site as files."""
    target = tmp_path_factory.mktemp("site")
    site = site_of(observation(), is_static=True)
    write_frame(site, target)
    write_pages(site, SHELF.paths(), target)
    return target


def settled(browser: Browser, condition: str) -> None:
    """Wait for a page that a click leads to."""
    browser.wait(
        f"document.documentElement?.dataset.ready === 'yes' && document.readyState === 'complete'"
        f" && ({condition})"
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_kind_of_page_fits_and_runs_without_a_fault(
    browser: Browser, address: str, lang: str, width: int
) -> None:
    for path in PATHS:
        browser.open(f"{address}/{lang}/{path}", width=width)
        assert browser.messages == [], (path, browser.messages)
        assert all(url.startswith((address, "data:")) for url in browser.requests)
        assert browser.run("document.documentElement.scrollWidth") <= width, path
        assert browser.run("document.querySelectorAll('h1').length") == 1
        assert browser.run("getComputedStyle(document.body).backgroundColor") != "rgba(0, 0, 0, 0)"


def test_a_reader_searches_opens_a_technology_and_changes_the_language(
    browser: Browser, address: str
) -> None:
    name = SHELF.find(TECHNOLOGY).name["en"]  # type: ignore[union-attr]
    browser.open(f"{address}/en/")
    browser.click("#q")
    browser.type(name)
    browser.wait("document.querySelectorAll('.found a').length > 0")
    browser.press("ArrowDown", 40)
    assert browser.run("document.activeElement.closest('.found') !== null")
    browser.press("Enter", 13, "\r")
    settled(browser, f"decodeURI(location.pathname).endsWith({TECHNOLOGY.split('/')[-1]!r})")
    assert browser.run("document.querySelector('h1').textContent") == name
    browser.click("a.language")
    settled(browser, "document.documentElement?.lang === 'zh-Hans'")
    assert browser.messages == []


def test_a_list_is_sorted_chosen_from_and_compared(browser: Browser, address: str) -> None:
    browser.open(f"{address}/zh/papers/technologies")
    column = browser.run(
        "[...document.querySelectorAll('thead th')].findIndex(th => th.textContent.includes('概率'))"
    )
    heading = f"thead tr > *:nth-child({column + 2}) button"
    key = (
        f"[...document.querySelector('tbody').rows].map(tr => tr.cells[{column + 1}].dataset.value)"
    )
    browser.click(heading)
    values = [float(value) for value in browser.run(key) if value]
    assert values == sorted(values) and len(values) > 10
    browser.click("tbody tr:nth-child(1) input")
    browser.click("tbody tr:nth-child(2) input")
    browser.click("form.compare button[type=submit]")
    settled(browser, "location.pathname === '/zh/compare'")
    assert browser.run("document.querySelectorAll('.course .line').length") == 2


def test_light_and_dark_are_kept_from_page_to_page(browser: Browser, address: str) -> None:
    browser.open(f"{address}/en/")
    before = browser.run("getComputedStyle(document.body).backgroundColor")
    browser.click("#theme")
    after = browser.run("getComputedStyle(document.body).backgroundColor")
    assert before != after
    browser.open(f"{address}/en/papers/record")
    assert browser.run("getComputedStyle(document.body).backgroundColor") == after
    browser.click("#theme")


def test_every_control_has_a_name_and_every_text_stands_out(browser: Browser, address: str) -> None:
    for path in ("", "papers/technologies", TECHNOLOGY):
        browser.open(f"{address}/en/{path}")
        unnamed = browser.run(
            "[...document.querySelectorAll('a, button, input')].filter(e => !(e.textContent.trim() "
            "|| e.labels?.length || e.getAttribute('aria-label') || e.closest('label'))).length"
        )
        assert unnamed == 0
        images = "[...document.querySelectorAll('svg[role=img]')].every(e => e.getAttribute('aria-label'))"
        assert browser.run(images)
        assert browser.run("document.querySelector('table caption') !== null")


def test_the_site_on_a_disk_searches_and_opens(browser: Browser, folder: Path) -> None:
    name = SHELF.find(TECHNOLOGY).name["en"]  # type: ignore[union-attr]
    browser.open((folder / "zh" / f"{HOME}.html").as_uri(), width=360)
    browser.click("#q")
    browser.type(name)
    browser.wait("document.querySelectorAll('.found a').length > 0")
    browser.click(".found a")
    settled(browser, f"decodeURI(location.pathname).includes({TECHNOLOGY!r})")
    assert browser.run("document.querySelector('h1').textContent")
    assert browser.run("document.documentElement.scrollWidth") <= 360
    assert browser.messages == []
    assert all(url.startswith("file:") for url in browser.requests)
