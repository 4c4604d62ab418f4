"""Records with one fault each: what `comparability` must tell of them, and nothing else."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from planted_records import Plan, always, planted, since

from firstlight.instruments.emergence.text.comparability import Comparability, comparability
from firstlight.instruments.emergence.text.notices import Notice

CHINESE = "".join(chr(0x4E00 + place) for place in range(300))


def told(judged: Comparability) -> dict[str, Notice]:
    return {one.code: one for one in judged.notices}


def value(notice: Notice, name: str) -> Any:
    return notice.values[name].value


def one_venue(**plan: Any) -> pl.DataFrame:
    return planted(Plan(venues={"a": always(150)}, **plan))


def in_chinese(frame: pl.DataFrame, share: float, first: int) -> pl.DataFrame:
    """The record with a share of the titles in Chinese from a year on."""
    rng = np.random.default_rng(3)
    words = [CHINESE[place : place + 2] for place in range(0, 80, 2)]
    made = ["".join(rng.choice(words, 5)) for _ in range(frame.height)]
    is_chinese = pl.Series(rng.random(frame.height) < share) & (frame["year"] >= first)
    chosen = pl.when(is_chinese).then(pl.Series(made)).otherwise(pl.col("title"))
    return frame.with_columns(title=chosen, abstract=pl.lit(None, pl.String))


def abstracts_in_even_years() -> pl.DataFrame:
    return one_venue(abstract_share=lambda year: 0.95 if year % 2 == 0 else 0.0)


def longer_abstracts() -> pl.DataFrame:
    return one_venue(words=since(2013, 60, before=30))


def longer_texts() -> pl.DataFrame:
    return one_venue(words=since(2013, 120, before=80))


def longer_titles() -> pl.DataFrame:
    return one_venue(abstract_share=always(0), title=since(2013, 14, before=7))


def venue_that_joins() -> pl.DataFrame:
    venues = {"old": always(1200), "also": always(600), "new": since(2016, 1200)}
    return planted(Plan(venues=venues, tilt=0.9, abstract_share=always(0), years=(2008, 2018)))


def venue_that_leaves() -> pl.DataFrame:
    venues = {"old": always(1300), "gone": lambda year: 1200 * (year < 2016)}
    return planted(Plan(venues=venues, tilt=0.9, abstract_share=always(0), years=(2008, 2018)))


def venues_in_turn() -> pl.DataFrame:
    even = {"even": lambda year: 150 * (year % 2 == 0), "odd": lambda year: 150 * (year % 2)}
    other = {"biennial": lambda year: 150 * (year % 2), "yearly": always(150)}
    return planted(Plan(venues={**even, **other}, topics={"even": 1, "odd": 1}))


def language_that_comes() -> pl.DataFrame:
    return in_chinese(planted(Plan(venues={"a": always(600)})), 0.4, 2014)


def german_titles() -> pl.DataFrame:
    """A record of which every fifth title is German, in all years."""
    frame = planted(Plan(venues={"a": always(300)}, abstract_share=always(0)))
    german = pl.lit("Die Auslegung der ") + pl.col("title") + " für das Gewerbe"
    is_fifth = pl.int_range(pl.len()) % 5 == 0
    return frame.with_columns(title=pl.when(is_fifth).then(german).otherwise("title"))


def partial_year() -> pl.DataFrame:
    frame = one_venue(precision="day")
    return frame.filter(pl.col("date") < datetime.date(2018, 10, 1))


def falling_year() -> pl.DataFrame:
    return one_venue().filter((pl.col("year") < 2018) | (pl.col("id").str.slice(-1) < "5"))


def source_that_ends() -> pl.DataFrame:
    venues = {"goes_on": always(60), "ended": lambda year: 200 * (year < 2018)}
    return planted(Plan(venues=venues))


def year_with_gap() -> pl.DataFrame:
    return one_venue().filter((pl.col("year") != 2010) | (pl.col("id").str.slice(-1) < "4"))


def year_of_earlier() -> pl.DataFrame:
    """Years of documents, of which an import dated the first five to the last of these."""
    dated = pl.max_horizontal("date", pl.lit(datetime.date(2006, 1, 1)))
    frame = planted(Plan(venues={"a": always(200)}, years=(2002, 2018)))
    return frame.with_columns(date=dated, year=pl.col("year").clip(2006))


def rejected_documents() -> pl.DataFrame:
    status = pl.when(pl.col("id").str.slice(-1) == "7").then(pl.lit("rejected"))
    return one_venue().with_columns(status=status.otherwise(pl.lit("Poster")))


def abstracts_that_begin() -> pl.DataFrame:
    return one_venue(abstract_share=since(2003, 1.0), years=(1996, 2018))


def abstracts_that_end() -> pl.DataFrame:
    return one_venue(abstract_share=lambda year: float(year < 2017))


def few_venues_go_on() -> pl.DataFrame:
    venues = {"goes_on": always(100), "a": since(2016, 200), "b": since(2017, 200)}
    return planted(Plan(venues=venues))


def most_venues_leave() -> pl.DataFrame:
    venues = {"goes_on": always(300), "gone": lambda year: 420 * (year < 2016)}
    return planted(Plan(venues=venues))


FAULTS: dict[str, tuple[Callable[[], pl.DataFrame], int | None]] = {
    "abstracts_come_and_go": (abstracts_in_even_years, None),
    "abstracts_change": (longer_abstracts, None),
    "equal_lengths": (longer_texts, None),
    "abstracts_begin": (abstracts_that_begin, None),
    "text_changes": (longer_titles, None),
    "outcome_text_changes": (abstracts_that_end, 2015),
    "strata_join": (venue_that_joins, None),
    "strata_leave": (venue_that_leaves, None),
    "strata_in_turn": (venues_in_turn, None),
    "few_comparable": (few_venues_go_on, None),
    "few_still_there": (most_venues_leave, None),
    "languages_change": (language_that_comes, None),
    "languages_missed": (german_titles, None),
    "partial_year": (partial_year, None),
    "year_falls": (falling_year, None),
    "sources_end": (source_that_ends, None),
    "year_with_gap": (year_with_gap, None),
    "year_of_earlier": (year_of_earlier, None),
    "turned_down": (rejected_documents, None),
}
BESIDE = {"few_comparable": {"strata_join_alone"}, "few_still_there": {"strata_leave"}}


@cache
def judged(fault: str) -> tuple[pl.DataFrame, Comparability]:
    make, year = FAULTS[fault]
    frame = make()
    return frame, comparability(frame, year)
