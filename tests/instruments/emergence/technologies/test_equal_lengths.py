"""Technologies in texts that grow longer: shares that are level are counted as level, and take-offs
as take-offs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from planted_lengths import (
    LEVEL,
    RISES,
    ByYear,
    chances,
    longer,
    longer_at_once,
    names,
    planted,
    shorter,
)

from firstlight.catalogue import Catalogue
from firstlight.instruments.emergence.record.take_off import take_offs
from firstlight.instruments.emergence.technologies.text_record import TextRecord, read_text
from firstlight.instruments.emergence.text.comparability import comparability
from firstlight.run.documents_in import from_documents
from firstlight.sources import read_documents

BEFORE, AFTER = (RISES - 2, RISES - 1), (RISES + 1, RISES + 2)
KEYS = [name.replace(" ", "") for name in names()]


def read(documents: pl.DataFrame, most_words: int | None) -> TextRecord:
    strata = documents["source"].rename("stratum")
    return read_text(documents, strata, most_words=most_words, say=lambda line: None)


def growth(record: TextRecord) -> float:
    """Documents of the level technologies in three years, in proportion; each year has as many."""
    place = np.searchsorted(record.phrases.terms.to_numpy(), KEYS[:LEVEL])
    assert record.phrases.terms.gather(place).to_list() == KEYS[:LEVEL]
    _, documents = record.phrases.documents_of(place)
    years = record.phrases.years[documents]
    return float(np.isin(years, AFTER).sum() / np.isin(years, BEFORE).sum())


def expected(sentences: ByYear) -> float:
    """The same in whole texts, by the chance that any of a document's sentences names it."""
    before, after = (
        sum(1 - (1 - chances(year)[0]) ** sentences(year) for year in period)
        for period in (BEFORE, AFTER)
    )
    return float(after / before)


@pytest.mark.parametrize(
    "sentences",
    [
        longer_at_once,
        pytest.param(longer, marks=pytest.mark.slow),
        pytest.param(shorter, marks=pytest.mark.slow),
    ],
)
def test_level_shares_are_level_and_take_offs_are_found(sentences: ByYear) -> None:
    """1,400 documents of each period name the level ones, so that a standard error is .04; beside
    it 5% may be left."""
    documents = planted(sentences)
    found = comparability(documents)
    assert found.text == "title_and_abstract" and found.most_words is not None
    whole, first = read(documents, None), read(documents, found.most_words)
    assert abs(expected(sentences) - 1) > 0.2
    assert growth(whole) == pytest.approx(expected(sentences), abs=0.1)
    assert growth(first) == pytest.approx(1, abs=0.05 + 0.1)
    counts = first.at(RISES - 1).survey.scored().counts
    took_off = take_offs(counts).is_take_off
    is_rising = np.isin(counts.names, KEYS[LEVEL:])
    assert took_off[is_rising].all() and is_rising.sum() >= 5
    assert took_off[~is_rising].sum() <= 1


def test_an_observation_counts_as_many_words_and_says_so(tmp_path: Path) -> None:
    frame, year = planted(longer_at_once), RISES + 2
    catalogue = Catalogue.open(tmp_path)
    corpus = from_documents(catalogue, frame, read_documents(frame), year)
    survey, kept = corpus.surveys([year], year, lambda line: None)[year]
    documents = read_documents(frame).table.frame
    most_words = comparability(documents, year).most_words
    assert kept.parameters["most_words"] == most_words
    own = read(documents, most_words).at(year).survey.scored().counts
    counts = survey.scored().counts
    assert counts.names == own.names and (counts.counts == own.counts).all()
    assert "equal_lengths" in {one.code for one in corpus.cautions(year, 3)}
