"""Single words that are news: they took off, more clearly the commoner they are, and are told with
the phrase that they stand in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import polars as pl
import pytest
from small_records import place

from firstlight.instruments.emergence.technologies.names import REASONS, TITLES
from firstlight.instruments.emergence.technologies.own_names import keys_of_names
from firstlight.instruments.emergence.technologies.text_record import (
    TextRecord,
    read_text,
)
from firstlight.instruments.emergence.text.discourse import everyday_words

YEAR = 2010
A_YEAR = 120  # titles of each year and venue
NOTHING = "Zebras in place {}"
Titled = Callable[[int], str]


def vision(number: int, word: str = "transformer") -> str:
    """Every other one in the phrase."""
    return ("Vision {word}s for {number}", "A {word} {number}")[number % 2].format(
        word=word, number=number
    )


def record(
    titled: Titled,
    by_year: dict[int, int],
    *,
    venue: str = "old",
    joins: int = 2004,
    later: Titled | None = None,
) -> TextRecord:
    """Titles of 2004 to 2013 of one venue, in so many of which the word stands; those of another
    venue, if it is named, from the year in which it joins."""
    rows = []
    for year in range(2004, 2014):
        for of in ("old", venue):
            held = by_year.get(year, 0) if of == venue else 0
            if (of == "old" or year >= joins) and (of, year) not in {row[:2] for row in rows}:
                of_year = later if later is not None and year > 2007 else titled
                words = [of_year(number) for number in range(held)]
                words += [NOTHING.format(number) for number in range(held, A_YEAR)]
                rows += [(of, year, word) for word in words]
    frame = pl.DataFrame(rows, schema=["venue", "year", "title"], orient="row")
    frame = frame.with_columns(
        pl.col("year").cast(pl.Int32),
        abstract=pl.lit(None, pl.String),
        authors=pl.lit([], pl.List(pl.String)),
    )
    frame = frame.sort("year", maintain_order=True)
    return read_text(frame, frame["venue"], text="title", say=lambda line: None)


def reason(found: TextRecord, word: str, year: int = YEAR) -> str:
    return REASONS[found.names(year).reason[place(found, word)]]


def labels(found: TextRecord, year: int = YEAR) -> dict[str, str]:
    survey = found.at(year).survey
    return dict(zip(survey.counts.names, survey.labels, strict=True))


RISING = {
    2004: 2,
    2005: 2,
    2006: 1,
    2007: 1,
    2008: 6,
    2009: 18,
    2010: 24,
    2011: 24,
    2012: 24,
    2013: 24,
}
STEADY = dict.fromkeys(range(2004, 2014), 12)


def test_a_word_that_took_off_is_a_technology_told_with_its_phrase() -> None:
    found = record(vision, RISING)
    assert found.rule == TITLES
    assert reason(found, "transformer") == "name"
    assert labels(found)["transformer"] == "transformers (Vision transformers)"
    survey = found.at(YEAR).survey
    row = survey.counts.names.index("transformer")
    forms = survey.forms.filter(pl.col("technology") == row)
    assert forms.select("form", "kind", "documents_count", "evidence").rows() == [
        ("transformers", "name", 50, None),
        ("Vision transformers", "in_phrase", 26, 0.52),
    ]
    assert survey.is_scored[row]
    assert survey.counts.documents_of((2009, 2010))[row] == 42


def test_the_phrase_is_no_other_name_of_it() -> None:
    survey = record(vision, RISING).at(YEAR).survey
    row = survey.counts.names.index("transformer")
    own = survey.own_forms.filter(pl.col("technology") == row)
    assert own["form"].to_list() == ["transformers"]
    assert keys_of_names(pl.Series(survey.labels)).to_list() == list(survey.counts.names)


@pytest.mark.parametrize("year", [2007, 2010])
def test_a_word_is_no_news_before_it_rises_or_where_it_is_steady(year: int) -> None:
    assert reason(record(vision, RISING), "transformer", 2007) == "plain_word"
    assert reason(record(vision, STEADY), "transformer", year) == "plain_word"


def test_later_documents_say_nothing() -> None:
    until = {year: count for year, count in RISING.items() if year <= YEAR}
    assert reason(record(vision, until), "transformer") == reason(
        record(vision, RISING), "transformer"
    )
    late = {year: 24 for year in range(2011, 2014)} | {2009: 2, 2010: 2}
    assert reason(record(vision, late), "transformer") == "plain_word"


def test_what_took_off_stays_a_name_within_the_window() -> None:
    found = record(vision, RISING)
    assert reason(found, "transformer", 2013) == "name"


@pytest.mark.parametrize("word", ["novel", "efficient", "method", "study", "image", "towards"])
def test_everyday_words_that_rise_as_much_are_none(word: str) -> None:
    found = record(lambda number: f"Zebras and {word} {number}", RISING)
    keys = found.phrases.terms.to_list()
    assert word not in keys or reason(found, word) in ("plain_word", "discourse")


def test_more_is_asked_of_a_word_the_commoner_it_is() -> None:
    """Of three fields "ladder" is in a thousandth of the documents, "image" in two hundredths."""
    shares = dict(everyday_words().rows())
    assert 0 < shares["ladder"] < 0.002 and shares["image"] > 0.01
    for word, expected in (("ladder", "name"), ("image", "plain_word")):
        found = record(partial(vision, word=word), RISING)
        assert reason(found, word) == expected


def test_what_is_done_is_no_technology() -> None:
    """ "Unveiling the zebra" ends where "the" follows; "prompting" is what other words tell of."""
    assert reason(record(lambda n: f"Unveiling the zebra {n}", RISING), "unveiling") == "plain_word"
    assert reason(record(lambda n: f"Visual prompting {n}", RISING), "prompting") == "part"
    both = ("Visual prompting {}", "Prompting for {}", "Prompting in {}")
    assert reason(record(lambda n: both[n % 3].format(n), RISING), "prompting") == "name"


def test_a_word_of_a_venue_that_joined_is_no_news() -> None:
    by_year = {2009: 24, 2010: 24, 2011: 24, 2012: 24, 2013: 24}
    assert reason(record(vision, by_year), "transformer") == "name"
    found = record(vision, by_year, venue="new", joins=2009)
    assert reason(found, "transformer") == "plain_word"


def test_a_word_inside_one_phrase_is_a_form_of_that() -> None:
    found = record(lambda number: f"Gaussian splatting {number}", RISING)
    assert reason(found, "splatting") == "part"
    assert set(labels(found)) == {"gaussiansplatting"}
    forms = found.at(YEAR).survey.forms
    assert forms.select("form", "kind").rows() == [
        ("Gaussian splatting", "name"),
        ("splatting", "part"),
    ]


def test_a_word_whose_neighbours_change_is_news_by_a_smaller_rise() -> None:
    """A rise of z 1.7 to 2.5: news if the phrases are new, none if they are as old as the word."""
    slow = {year: 9 for year in range(2004, 2008)} | {2008: 13, 2009: 16, 2010: 16}

    def seen(early: str, late: str) -> TextRecord:
        def titled(number: int) -> str:
            return ("A transformer {}", f"{early} transformers {{}}")[number % 2].format(number)

        def later(number: int) -> str:
            return ("A transformer {}", f"{late} transformers {{}}")[number % 2].format(number)

        return record(titled, slow, later=later)

    assert reason(seen("Power", "Power"), "transformer") == "plain_word"
    assert reason(seen("Power", "Vision"), "transformer") == "name"
    assert labels(seen("Power", "Vision"))["transformer"] == "transformer (Vision transformer)"
