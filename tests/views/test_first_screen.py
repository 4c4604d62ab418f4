"""The first screen of an observation's page in a real browser: what speaks against the list, and
areas without an answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from browser import Browser, chromium
from invented_take_off import Observation

from firstlight.texts import (
    Count,
    Name,
    Share,
    Year,
    family_texts,
    message,
    message_from_json,
    message_to_json,
)
from firstlight.views.observation_page import observation_page

NO_BROWSER = "Chromium isn't installed (Debian: apt install chromium)"
pytestmark = pytest.mark.skipif(chromium() is None, reason=NO_BROWSER)

TEXTS = family_texts("emergence")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    one = Browser(tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


def _written(folder: Path, seen: Observation) -> Path:
    file = folder / "index.html"
    file.write_text(observation_page(*seen), encoding="utf-8")
    return file


def test_what_speaks_against_the_list_stands_above_it(
    browser: Browser, take_off: Observation, tmp_path: Path
) -> None:
    doubts = "[...document.querySelectorAll('header .doubt')].map(e => e.innerText)"
    tables, facts = take_off
    browser.open(_written(tmp_path, take_off).as_uri())
    said = {line["code"]: line for line in facts["first_lines"]}
    assert browser.run(doubts) == [
        TEXTS.sentence("en", message_from_json(said[code]), "says") for code in ("old", "warn")
    ]
    # how often such lists were right stands beside what they say now
    record = "[...document.querySelectorAll('header .record-line')].map(e => e.innerText)"
    believe = message_from_json(said["believe"])
    assert browser.run(record) == [TEXTS.sentence("en", believe, "says")]
    unlikely = {"until": Year(2028), "name": Name("a"), "chance": Share(0.01)}
    for against in (
        message("believe_nothing"),
        message("believe_few", named=Count(1)),
        message("answer_unlikely", **unlikely),
    ):
        lines = [message_to_json(against)]
        browser.open(_written(tmp_path, (tables, {**facts, "first_lines": lines})).as_uri())
        assert browser.run(doubts) == [TEXTS.sentence("en", against, "says")]
        assert browser.run(record) == []


def test_an_area_of_which_nothing_is_scored_says_so_and_names_nothing_watched(
    browser: Browser, take_off: Observation, tmp_path: Path
) -> None:
    tables, facts = take_off
    area = pl.when(pl.col("status") == "scored").then(pl.lit("none")).otherwise(pl.lit("materials"))
    moved = tables["technologies"].with_columns(area.alias("area"))
    assert (moved["status"] == "watched").any()
    page = _written(tmp_path, ({**tables, "technologies": moved}, facts))
    browser.open(page.as_uri())
    named = "[...document.querySelectorAll('.areas .best')].map(e => e.innerText)"
    assert browser.run(named) == [TEXTS.say("en", "interface", "area_none")] * 6
