"""The first screen of an observation's page in a real browser: what speaks against the list, the
lines and their numbers, and areas without an answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from browser import Browser, chromium
from invented_take_off import Observation, with_second_name

from firstlight.message_json import message_from_json, message_to_json
from firstlight.texts import Code, Count, Name, Share, Value, Year, family_texts, message
from firstlight.views.observation_page import observation_page

NO_BROWSER = "Chromium isn't installed (Debian: apt install chromium)"
pytestmark = pytest.mark.skipif(chromium() is None, reason=NO_BROWSER)

TEXTS = family_texts("emergence")
HIGHER: dict[str, Value[Any]] = {
    "before": Share(0.21),
    "most": Share(0.66),
    "now": Share(0.79),
    "now_most": Share(0.84),
    "level": Share(0.5),
}


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
        message("believe_no_better"),
        message("years_could_end", year=Year(2025), month=Code("months.9"), number=Count(9)),
        message("many_set_aside", share=Share(0.2), count=Count(9), reason=Name("no year")),
        message("believe_higher_untested", **HIGHER),
        message("believe_higher_none", count=Count(2), **HIGHER),
    ):
        lines = [message_to_json(against)]
        browser.open(_written(tmp_path, (tables, {**facts, "first_lines": lines})).as_uri())
        assert browser.run(doubts) == [TEXTS.sentence("en", against, "says")]
        assert browser.run(record) == []


def test_what_came_of_such_chances_stands_beside_the_record(
    browser: Browser, take_off: Observation, tmp_path: Path
) -> None:
    tables, facts = take_off
    higher = message("believe_higher", count=Count(7), took_off=Count(5), **HIGHER)
    lines = [*facts["first_lines"], message_to_json(higher)]
    browser.open(_written(tmp_path, (tables, {**facts, "first_lines": lines})).as_uri())
    record = "[...document.querySelectorAll('header .record-line')].map(e => e.innerText)"
    assert browser.run(record)[1:] == [TEXTS.sentence("en", higher)]


def test_an_interval_reads_on_the_page_as_in_print(
    browser: Browser, take_off: Observation, tmp_path: Path
) -> None:
    tables, facts = take_off
    ends = [(0.74, 0.996), (0.002, 0.3), (0.0, 1.0), (0.992, 0.998)]
    place = pl.int_range(pl.len()) % len(ends)
    bounds = [
        place.replace_strict(range(len(ends)), [pair[side] for pair in ends]).alias(
            f"probability_{name}"
        )
        for side, name in enumerate(("low", "high"))
    ]
    made = ({**tables, "technologies": tables["technologies"].with_columns(bounds)}, facts)
    browser.open(_written(tmp_path, made).as_uri())
    shown = browser.run("[...document.querySelectorAll('.answer .interval')].map(e => e.innerText)")
    assert shown[:2] == ["74\u201399%", "<1\u201330%"]
    for seen, pair in zip(shown[:4], ends, strict=True):
        printed = TEXTS.interval("en", "", *(TEXTS.write("en", Share(end)) for end in pair))
        assert printed.strip() == f"({seen})"


def test_the_record_of_short_lists_counts_what_they_hold(
    browser: Browser, take_off: Observation, tmp_path: Path
) -> None:
    tables, facts = take_off
    past = tables["past_forecasts"].filter(pl.col("rank") <= 7)
    browser.open(_written(tmp_path, ({**tables, "past_forecasts": past}, facts)).as_uri())
    text = browser.run("document.getElementById('record').textContent")
    assert "First 7" in text and "first 7" in text
    assert "irst 20" not in text and "irst 50" not in text


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


def test_lines_of_the_answer_are_numbered_without_gaps(
    browser: Browser, tmp_path: Path, take_off: Observation
) -> None:
    """With scripts and without them, what stands in another's line is no line of its own."""
    tables, facts = take_off
    second, third = tables["technologies"]["name"][1:3]
    file = _written(tmp_path, (with_second_name(tables), facts))
    bare = file.read_text(encoding="utf-8").split("<table>")[1].split("</table>")[0]
    assert second not in bare and third in bare
    browser.open(file.as_uri())
    numbers = browser.run("[...document.querySelectorAll('.answer .rank')].map(e => +e.innerText)")
    assert numbers == list(range(1, 11))


def test_a_second_name_answers_for_no_area(
    browser: Browser, tmp_path: Path, take_off: Observation
) -> None:
    """The list and the areas would name one technology twice, with two chances."""
    tables, facts = take_off
    made = with_second_name(tables)
    second = made["technologies"]["name"][1]
    alone = pl.when(pl.col("name") == second).then(pl.lit("space")).otherwise(pl.lit("health"))
    made["technologies"] = made["technologies"].with_columns(area=alone)
    browser.open(_written(tmp_path, (made, facts)).as_uri())
    best = browser.run("[...document.querySelectorAll('.areas .best')].map(e => e.innerText)")
    named = [text for text in best if text != TEXTS.say("en", "interface", "area_none")]
    assert len(named) == 1 and made["technologies"]["name"][0] in named[0]
