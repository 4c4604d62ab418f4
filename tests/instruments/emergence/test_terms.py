"""Counting terms: equal to a brute-force counter, whatever the batches; bad input says what is wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_chain import documents

from firstlight.errors import InputError
from firstlight.instruments.emergence import running_text as text
from firstlight.instruments.emergence import terms
from firstlight.instruments.emergence.terms import TermCounts, count_terms

WORDS = ["solar", "cells", "cell", "of", "to", "the", "5g", "ab", "2016", ",", "things", "网络", "模型"]
TITLES = st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), min_size=1, max_size=12)


def brute_force(titles: list[str], minimum: int) -> dict[str, dict[int, int]]:
    """Term -> document -> uses: every run of one to four words without a break, counted one by one."""
    used: dict[str, Counter[int]] = defaultdict(Counter)
    for row, title in enumerate(titles):
        raw = pl.Series(text.cut_words(pl.Series([title])).to_list()[0], dtype=pl.String)
        frame = raw.to_frame("w").select(text.singular(pl.col("w")).alias("w"))
        words = frame["w"].to_list()
        ends = frame.select(text.is_break(pl.col("w"))).to_series().to_list()
        for size in range(1, 5):
            for start in range(len(words) - size + 1):
                run = words[start : start + size]
                linked = run[0] in ("of", "to") or run[-1] in ("of", "to")
                short = size == 1 and len(run[0]) <= 2 and run[0] not in ("5g", "网络", "模型")
                if not any(ends[start : start + size]) and not linked and not short:
                    used[" ".join(run)][row] += 1
    return {term: dict(rows) for term, rows in used.items() if len(rows) >= minimum}


def as_dict(counts: TermCounts) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = defaultdict(dict)
    matrix = counts.incidence.tocoo()
    for row, column, value in zip(matrix.row, matrix.col, matrix.data, strict=True):
        found[counts.terms[column]][int(row)] = int(value)
    return dict(found)


def same(one: TermCounts, two: TermCounts) -> bool:
    matrices = [(m.incidence.indptr, m.incidence.indices, m.incidence.data, m.years) for m in (one, two)]
    return (
        one.terms == two.terms
        and all(np.array_equal(a, b) for a, b in zip(*matrices, strict=True))
        and one.written.equals(two.written)
        and one.acronyms.equals(two.acronyms)
    )


@settings(max_examples=60, deadline=None)
@given(titles=TITLES, minimum=st.integers(1, 3))
@pytest.mark.slow
def test_counts_equal_a_brute_force_counter(titles: list[str], minimum: int) -> None:
    frame = documents(["anchor", *titles])
    counts = count_terms([frame], minimum_documents=minimum)
    assert as_dict(counts) == brute_force(["anchor", *titles], minimum)
    assert list(counts.terms) == sorted(counts.terms)


@settings(max_examples=40, deadline=None)
@given(titles=TITLES, cuts=st.lists(st.integers(0, 13), max_size=4))
@pytest.mark.slow
def test_any_cut_into_batches_counts_the_same(titles: list[str], cuts: list[int]) -> None:
    frame = documents(["deep learning (DL)", *titles, "Deep Learning (DL)"])
    bounds = [0, *sorted(min(cut, frame.height) for cut in cuts), frame.height]
    pieces = [frame[a:b] for a, b in pairwise(bounds)]
    assert same(count_terms(pieces, minimum_documents=2), count_terms([frame], minimum_documents=2))


@settings(max_examples=40, deadline=None)
@given(early=TITLES, late=TITLES)
@pytest.mark.slow
def test_later_documents_never_take_a_term_away(early: list[str], late: list[str]) -> None:
    first = documents(["anchor", *early])
    both = pl.concat([first, documents(late, [2002] * len(late))])
    alone, together = (as_dict(count_terms([f], minimum_documents=2)) for f in (first, both))
    for term, rows in alone.items():
        assert {row: n for row, n in together[term].items() if row < first.height} == rows


def test_a_phrase_spans_title_and_abstract_never() -> None:
    frame = documents(["solar"] * 2).with_columns(abstract=pl.lit("cells grow"))
    assert count_terms([frame], minimum_documents=2).terms == ("cell", "cell grow", "grow", "solar")


def test_huge_parts_are_split_and_count_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = documents([f"solar cell number {'x' * (i % 5 + 3)}" for i in range(40)])
    whole = count_terms([frame], minimum_documents=3)
    monkeypatch.setattr(terms, "_DOC_BITS", 3)
    assert same(count_terms([frame], minimum_documents=3), whole)


def test_written_forms_and_acronyms_are_kept_with_year_and_document() -> None:
    counts = count_terms([documents(["Cells", "cell, deep learning (DL)"], [2001, 2002])], minimum_documents=1)
    forms = counts.written.filter(pl.col("stem") == "cell").rows()
    assert forms == [("cell", "cell", 2002, 1), ("cell", "cells", 2001, 1)]
    assert counts.acronyms.rows() == [(1, "dl", "deep learning")]


def test_a_term_that_a_document_uses_a_thousand_times_stops_at_255() -> None:
    counts = count_terms([documents(["laser. " * 1000])], minimum_documents=1)
    assert as_dict(counts) == {"laser": {0: 255}}


def test_one_document_of_two_megabytes() -> None:
    enormous = "solar cell efficiency, " * 90_000
    assert len(enormous) > 2_000_000
    counts = count_terms([documents(["solar cell", enormous, "x" * 2_000_000, "("*2_000_000])], minimum_documents=2)  # fmt: skip
    assert counts.terms == ("cell", "solar", "solar cell")


def test_control_characters_part_words_and_do_nothing_else() -> None:
    counts = count_terms([documents(["solar\x00cell \x1b\x07", "solar cell"])], minimum_documents=2)
    assert counts.terms == ("cell", "solar", "solar cell")


def test_too_few_documents_for_any_term_give_none() -> None:
    counts = count_terms([documents(["solar cell"] * 3)], minimum_documents=10)
    assert counts.terms == () and counts.incidence.shape == (3, 0) and counts.years.tolist() == [2001] * 3


@pytest.mark.parametrize("titles", [[""], [None, None], ["...", "12, 34"], [" \x00 "], ["the and which"]])
def test_texts_without_a_word_are_refused(titles: list[str | None]) -> None:
    with pytest.raises(InputError, match="no words"):
        count_terms([documents(titles)], minimum_documents=1)


def test_no_documents_are_refused() -> None:
    with pytest.raises(InputError, match="no documents"):
        count_terms([documents([])])
    with pytest.raises(InputError, match="no documents"):
        count_terms([])


THAI, JAPANESE = "การเรียนรู้เชิงลึกของเครื่อง", "ディープラーニングによる画像認識"


def test_a_corpus_in_a_script_that_is_not_cut_is_refused_by_name() -> None:
    with pytest.raises(InputError) as caught:
        count_terms([documents([THAI, THAI]), documents([JAPANESE, "solar cell", ""])], minimum_documents=1)
    assert "3 of 4 documents are in Thai and Japanese" in caught.value.what
    assert "segmenter" in caught.value.try_next


def test_up_to_half_in_such_a_script_is_counted() -> None:
    counts = count_terms([documents([THAI, "solar cell", "太阳能 电池", JAPANESE])], minimum_documents=1)
    assert {"solar cell", "太阳能 电池"} <= set(counts.terms)
