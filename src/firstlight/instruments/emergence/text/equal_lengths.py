"""The first words of each document: how many can be counted so that all years have as many."""

from __future__ import annotations

import polars as pl

from firstlight.instruments.emergence.text.text_lengths import CHANGE, WORD, Change, Lengths

LEFT = CHANGE / 2  # of the words per document that are counted, by which they may change
STEP = 10  # words
FEWEST_WORDS = 50  # a title and two sentences; fewer say hardly more than titles
LONGEST = 0.9  # of the documents have no more words: little is gained by counting more


def equal_lengths(
    documents: pl.DataFrame, whole: Lengths, exponent: float, first: int, last: int, horizon: int
) -> tuple[int, Lengths] | None:
    """The most words of each document that can be counted, and the lengths that are left.

    Their mean number changes by no more than 5%, or by no more than five standard errors, from one
    year to the next and within the horizon; and where whole texts change by more than a tenth, it
    does not, whatever the errors. None where fewer than 50 would be left. Words, not distinct ones,
    since names of few documents are met in proportion to them. Only documents of the years
    first..last decide.

    documents : stratum, year, title, abstract, title_bytes, abstract_bytes, has_abstract
    whole     : the lengths of whole texts
    exponent  : of the distinct words in the length of a text, see `TextSample.exponent`
    """
    span = (first, last, horizon)
    changes = whole.marked("title_and_abstract", *span)
    counted = documents.with_columns(words_count=_words_count())
    inside = counted.filter(pl.col("year").is_between(first, last))
    longest = inside["words_count"].quantile(LONGEST, "lower") or 0
    for most_words in range(int(longest) // STEP * STEP, FEWEST_WORDS - 1, -STEP):
        beginnings = _beginnings(counted, most_words)
        lengths = Lengths.of(beginnings, 1.0)
        left = lengths.marked("title_and_abstract", *span, LEFT)
        if not left and _are_gone(changes, lengths):
            return most_words, Lengths.of(beginnings, exponent)
    return None


def _are_gone(changes: list[Change], lengths: Lengths) -> bool:
    """Whether none of the changes of whole texts exceeds a tenth any more."""
    left = (lengths.change("title_and_abstract", *change.periods) for change in changes)
    return all(change is None or abs(change.size) <= CHANGE for change in left)


def _words_count() -> pl.Expr:
    counts = (pl.col(part).str.count_matches(WORD).fill_null(0) for part in ("title", "abstract"))
    return pl.sum_horizontal(*counts)


def _beginnings(documents: pl.DataFrame, most_words: int) -> pl.DataFrame:
    """The documents as long as their first words, in proportion."""
    share = (most_words / pl.col("words_count")).clip(upper_bound=1)
    kept = (pl.col("title_bytes") + pl.col("abstract_bytes")) * share
    return documents.with_columns(abstract_bytes=(kept - pl.col("title_bytes")).clip(0))
