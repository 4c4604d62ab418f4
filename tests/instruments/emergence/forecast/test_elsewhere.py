"""A second record: its documents are those that write a form of the technology, nothing later is
read, and what rises there is raised."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

import take_off_corpus as made
from firstlight.instruments.emergence.forecast.elsewhere import (
    counts_elsewhere,
    leaning_on,
    places_elsewhere,
)
from firstlight.instruments.emergence.forecast.outlook import read_year
from firstlight.instruments.emergence.forecast.trend import TREND
from firstlight.instruments.emergence.record.take_off import THREE_YEARS
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.text_record import TextRecord, read_text

YEAR = 2014


def read(frame: pl.DataFrame) -> TextRecord:
    tidy = frame.sort("date", "id").with_columns(
        year=pl.col("date").dt.year(), date_precision=pl.lit("day")
    )
    return read_text(tidy, pl.Series(["all"] * tidy.height), say=lambda line: None)


def texts(frame: pl.DataFrame) -> pl.Series:
    return (frame["title"] + " . " + frame["abstract"]).str.to_lowercase()


@cache
def observed() -> Survey:
    return read(made.corpus()).at(YEAR).survey.scored()


@cache
def second() -> pl.DataFrame:
    return made.corpus(per_year=450, seed=2)


def test_documents_elsewhere_are_those_that_write_a_form() -> None:
    """Counted anew: a document whose text holds the technology's name, or its acronym where the
    first record gives it, as a whole word."""
    survey, frame = observed(), second()
    counts, _ = counts_elsewhere(survey, read(frame))
    assert counts.names == survey.counts.names and counts.years.max() == YEAR
    lower, years = texts(frame), frame["date"].dt.year()
    for row, label in enumerate(survey.labels):
        forms = survey.forms.filter(pl.col("technology") == row)["form"].str.to_lowercase()
        pattern = "|".join(rf"\b{form}s?\b" for form in forms)
        holds = lower.str.contains(pattern)
        for year in (2010, YEAR):
            expected = int((holds & (years == year)).sum())
            assert counts.counts[row, counts.years == year] == expected, (label, year)


def test_nothing_later_is_read() -> None:
    """Later documents of the second record, and phrases that only these make known, change
    nothing."""
    early = second().filter(pl.col("date").dt.year() <= YEAR)
    late = second().filter(pl.col("date").dt.year() > YEAR)
    shuffled = late.with_columns(pl.col("title", "abstract").reverse())
    expected = places_elsewhere(observed(), read(second()), THREE_YEARS)
    assert np.isfinite(expected).sum() > 5
    for other in (
        early,
        pl.concat([early, shuffled, shuffled.with_columns(id="x" + pl.col("id"))]),
    ):
        np.testing.assert_array_equal(
            places_elsewhere(observed(), read(other), THREE_YEARS), expected
        )


def test_places_are_standard_and_of_those_that_are_large_enough_alone() -> None:
    counts, _ = counts_elsewhere(observed(), read(second()))
    places = places_elsewhere(observed(), read(second()), THREE_YEARS)
    recent = counts.counts[:, np.isin(counts.years, (YEAR - 1, YEAR))].sum(axis=1)
    np.testing.assert_array_equal(np.isfinite(places), recent >= 15)
    known = places[np.isfinite(places)]
    assert known.mean() == pytest.approx(0, abs=1e-12) and known.std() == pytest.approx(1)


def test_what_rises_elsewhere_alone_is_raised() -> None:
    """A fourth of the second record's last year takes up one technology; the first record is as it
    was."""
    survey, frame = observed(), second()
    named = survey.labels[0].split(" (")[0]
    takes_up = (pl.col("date").dt.year() == YEAR) & (pl.int_range(pl.len()) % 4 == 0)
    text = pl.col("abstract")
    risen = frame.with_columns(
        pl.when(takes_up).then(text + pl.lit(f" It rests on a {named}.")).otherwise(text)
    )
    before = places_elsewhere(survey, read(frame), THREE_YEARS)
    after = places_elsewhere(survey, read(risen), THREE_YEARS)
    assert after[0] > before[0] + 1
    alone, raised = (
        read_year(survey, THREE_YEARS, places).scores[TREND] for places in (None, after)
    )
    assert raised[0] > alone[0]


def test_a_record_that_ends_before_or_knows_too_few_says_nothing() -> None:
    survey = observed()
    ends = second().filter(pl.col("date").dt.year() < YEAR)
    assert np.isnan(places_elsewhere(survey, read(ends), THREE_YEARS)).all()
    few = survey.take(np.arange(4))
    assert np.isnan(places_elsewhere(few, read(second()), THREE_YEARS)).all()
    score = np.arange(len(survey.labels), dtype=np.float64)
    np.testing.assert_array_equal(leaning_on(score, np.full(len(score), np.nan)), score)
