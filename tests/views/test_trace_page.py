"""The page of a trace: strips of each technology, in both languages; what it lets nobody do, and
the edges."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import Browser, chromium
from hostile_texts import HOSTILE

from firstlight.views.publish import publish_result
from firstlight.views.result_page import result_page
from firstlight.views.result_terminal import result_terminal
from invented_trace import NAMES, traced


class _Reader(HTMLParser):
    """Elements as a browser would make them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def _courses(page: str) -> list[str]:
    """The charts of the technologies, a figure each."""
    (section,) = re.findall(
        r'<section class="chart" data-chart="courses">.*?</section>', page, re.S
    )
    return re.findall(r"<figure>.*?</figure>", section, re.S)


def test_a_technology_has_a_strip_for_each_record_that_confirms_it_with_its_take_offs() -> None:
    figures = {
        re.findall(r"<bdi>(.*?)</bdi>", own)[0]: own for own in _courses(result_page(traced()))
    }
    assert set(figures) == set(NAMES)
    strips = {name: own.count('<text class="strip en"') for name, own in figures.items()}
    assert strips == {"laser beam": 2, "robot arm": 1, "gene editing (GE)": 2}
    dates = {name: re.findall(r'class="date".*?<title>(\d+)', own) for name, own in figures.items()}
    assert dates["laser beam"] == ["2003", "2006"] and dates["robot arm"] == []
    assert figures["laser beam"].count('<rect class="span"') == 2


def test_hostile_names_are_text_only() -> None:
    plain = _Reader(result_page(traced())).tags
    names = tuple(f"{own} {place}" for place, own in enumerate(HOSTILE[:3]))
    assert sorted(_Reader(result_page(traced(names))).tags) == sorted(plain)


def test_nothing_traced_is_a_page_and_a_print_too() -> None:
    tables = {
        name: frame.clear() if "technology" in frame.columns else frame
        for name, frame in traced().tables.items()
    }
    empty = replace(traced(), tables=tables)
    assert 'data-chart="courses"' not in result_page(empty)
    assert "papers.csv" in result_terminal(empty, {"page": "trace.html"}, lang="zh")


@pytest.mark.skipif(chromium() is None, reason="Chromium is not installed")
def test_a_browser_shows_it_without_a_request_or_an_error(tmp_path: Path) -> None:
    files = publish_result(traced(), tmp_path)
    browser = Browser(tmp_path / "profile")
    try:
        browser.open(files["page"].as_uri(), width=400)
        assert [own for own in browser.requests if not own.startswith("file:")] == []
        assert browser.messages == []
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        shown = """[...document.querySelectorAll('text.strip')]
            .filter((own) => getComputedStyle(own).display !== 'none').length"""
        assert browser.run(shown) == 5
        browser.click("#language")
        assert browser.run(shown) == 5
        assert browser.run("document.documentElement.lang") == "zh-Hans"
    finally:
        browser.close()
