"""The page of followed technologies: what it says, in both languages, what it lets nobody do, and the edges."""

from __future__ import annotations

import base64
import doctest
import hashlib
import importlib
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from browser import Browser, chromium
from hostile_texts import HOSTILE

from firstlight.errors import InputError
from firstlight.instruments.diffusion.tracing import RecordSeries, trace_records
from firstlight.views.followed_chart import Strip, followed_chart
from firstlight.views.followed_page import followed_page, publish_followed
from firstlight.views.followed_terminal import followed_terminal

Followed = tuple[dict[str, pl.DataFrame], dict[str, Any]]
YEARS = np.arange(1995, 2017)


@cache
def followed(names: tuple[str, ...] = ("laser beam", "robot arm", "gene editing (GE)")) -> Followed:
    """Three invented technologies: one in papers and patents, one in papers alone, one in a class of trade."""
    whole = np.full(len(YEARS), 2000.0)
    grown = np.round(4 * np.exp(0.4 * np.clip(YEARS - 2003, 0, 6)))
    science = RecordSeries("science", YEARS, whole, np.stack([grown, np.full(22, 9.0), grown]))
    later = np.round(4 * np.exp(0.4 * np.clip(YEARS - 2006, 0, 6)))
    stray = np.where(YEARS == 2010, 2.0, 0.0)
    invention = RecordSeries("invention", YEARS, whole, np.stack([later, stray, 0 * stray]))
    found = np.array([False, False, True])
    trade = RecordSeries("trade", YEARS, whole, np.stack([0 * later, 0 * later, later * 9]), found)
    tables = trace_records(names, [science, invention, trade], 2016)
    stages = tables.pop("readiness").with_row_index("rank", offset=1)
    rows = [(names[2], "trade", "name", "Genetic goods", None, None, True)]
    columns = ["technology", "kind", "method", "other", "score", "p_value", "is_match"]
    steps = [
        ("science", 3, 1, [names[1]]),
        ("invention", 1, 1, [names[0]]),
        ("trade", 1, 1, [names[2]]),
    ]
    tables |= {
        "technologies": stages,
        "matches": pl.DataFrame(rows, schema=columns, orient="row"),
        "forms": pl.DataFrame({"technology": [names[2]] * 2, "form": ["gene editing", "GE"]}),
        "steps": pl.DataFrame(
            steps, ["kind", "confirmed_count", "furthest_count", "examples"], orient="row"
        ),
        "records": pl.DataFrame(
            {
                "kind": ["science", "invention", "trade"],
                "title": ["papers.csv", "patents.csv", "trade.csv"],
                "first_year": [1995] * 3,
                "last_year": [2016] * 3,
                "documents_count": [44000.0] * 3,
                "is_by_class": [False, False, True],
                "confirmed_count": [3, 1, 1],
                "confirmed_by_chance": [None, 0.1, None],
            }
        ),
        "conventions": pl.DataFrame(
            {"code": ["rule"], "text_en": ["The rule."], "text_zh": ["规则。"]}
        ),
    }
    inputs = {"science": [{"name": "papers.csv", "sha256": "ab", "bytes_count": 1}]}
    facts = {
        "as_of": 2016,
        "asked": None,
        "base_kind": "science",
        "shown_count": 3,
        "technologies_count": 3,
        "licence": "CC0",
        "code_version": "1",
        "inputs": inputs,
    }
    return tables, facts


class _Reader(HTMLParser):
    """Elements and texts as a browser would make them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_sentences_say_firsts_take_offs_and_lags() -> None:
    text = "\n".join(_Reader(followed_page(*followed())).texts)
    assert "Take-off: papers 2003 [2001, 2004], patents 2006 [2004, 2007]." in text
    assert "Lag of take-off from papers to patents: 3 years [1, 5]." in text
    assert "从论文到专利的起飞时滞：3 年 [1, 5]。" in text
    assert "Stage: invention, since 1995; it took off there." in text
    assert "The counts of trade are those of its class: Genetic goods." in text
    assert "Not observed, for no record of them was given: product." in text
    assert "Only a class that may be broader says so." in text


def test_the_policy_allows_this_script_and_style_and_nothing_else() -> None:
    text = followed_page(*followed())
    scripts, styles = (
        re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S) for tag in ("script", "style")
    )
    assert len(scripts) == len(styles) == 1
    hashes = [
        "sha256-" + base64.b64encode(hashlib.sha256(own[0].encode()).digest()).decode()
        for own in (scripts, styles)
    ]
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy and policy[1].startswith(
        f"default-src 'none'; script-src '{hashes[0]}'; style-src '{hashes[1]}'"
    )
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text) and " style=" not in text


def test_hostile_names_are_text_only() -> None:
    plain = _Reader(followed_page(*followed())).tags
    text = followed_page(
        *followed(tuple(f"{own} {place}" for place, own in enumerate(HOSTILE[:3])))
    )
    assert sorted(_Reader(text).tags) == sorted(plain)


def test_both_languages_are_there_and_the_page_is_the_same_twice() -> None:
    english, chinese = (followed_page(*followed(), lang=lang) for lang in ("en", "zh"))
    assert '<html lang="en"' in english and '<html lang="zh-Hans"' in chinese
    assert english.count('class="followed"') == 2 * 3
    assert followed_page(*followed()) == english
    with pytest.raises(InputError):
        followed_page(*followed(), lang="fr")


def test_nothing_followed_is_a_page_too() -> None:
    tables, facts = followed()
    empty = {
        name: frame.clear() if "technology" in frame.columns else frame
        for name, frame in tables.items()
    }
    assert "<article" not in followed_page(empty, facts | {"shown_count": 0})


def test_the_print_says_the_same_in_both_languages() -> None:
    printed = followed_terminal(*followed(), {"page": "followed.html"})
    assert (
        "laser beam" in printed
        and "≤1995 ↗2003" in printed
        and "(2)" in printed
        and "followed.html" in printed
    )
    tables, facts = followed()
    asked = followed_terminal(tables, facts | {"asked": "laser beam"}, {})
    assert "Lag of take-off from papers to patents: 3 years [1, 5]." in asked and "↗" not in asked
    assert "起飞" in followed_terminal(*followed(), {}, lang="zh")


def test_files_hold_every_table(tmp_path: Path) -> None:
    tables, facts = followed()
    files = publish_followed(tables, facts, tmp_path / "new")
    assert {path.stem for path in files["tables"].iterdir()} == set(tables)
    assert pl.read_csv(files["tables"] / "events.csv").height == tables["events"].height
    assert files["page"].read_text(encoding="utf-8") == followed_page(tables, facts)


def test_the_chart_draws_each_strip_and_leaves_thin_years_out_of_the_scale() -> None:
    shares = {1990: 1.0, 1991: 0.01, 1992: None, 1993: 0.02}
    strip = Strip(
        "papers <b>",
        shares,
        {1990: 1, 1991: 10, 1993: 20},
        1990,
        (1991, None, 1993),
        False,
        frozenset({1990}),
    )
    drawn = followed_chart([strip, strip], "name")
    assert drawn.count('<rect class="bar quiet') == 2 and drawn.count('class="bar curve') == 4
    assert "≤ 20‰" in drawn and "papers &lt;b&gt;" in drawn
    assert drawn.count('class="take-off"') == 2 and drawn.count('class="first"') == 2
    assert followed_chart([], "name") == ""


@pytest.mark.parametrize("name", ["followed_words"])
def test_examples_in_docstrings(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"firstlight.views.{name}"))
    assert tried > 0 and failed == 0


@pytest.mark.skipif(chromium() is None, reason="Chromium is not installed")
def test_a_browser_shows_it_without_a_request_or_an_error(tmp_path: Path) -> None:
    files = publish_followed(*followed(), tmp_path)
    browser = Browser(tmp_path / "profile")
    try:
        browser.open(files["page"].as_uri(), width=400)
        assert [
            own for own in browser.requests if not own.startswith("file:")
        ] == [] and browser.messages == []
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        shown = "document.querySelector('h1').innerText"
        assert browser.run(shown) == "From discovery to industry"
        browser.click("#language")
        assert browser.run(shown) == "从发现到产业"
        assert browser.run("document.querySelectorAll('svg.followed').length") == 6
    finally:
        browser.close()
