"""Which terms are technical: each rule on a small made corpus, and nothing read after the forecast year."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_chain import documents, planted_counts

from firstlight.errors import InputError
from firstlight.instruments.emergence.terms import TermCounts, count_terms
from firstlight.instruments.emergence.vocabulary import Vocabulary, VocabularyRule, phrase_parts, technical_terms

ANY_COMPANY = {"word_specificity": -99.0, "phrase_specificity": -99.0}
LOOSE = VocabularyRule(minimum_documents=3, maximum_share=1.0, **ANY_COMPANY)


def counted(titles: list[str], years: list[int] | None = None) -> TermCounts:
    return count_terms([documents(titles, years)], minimum_documents=1)


def found(titles: list[str], rule: VocabularyRule = LOOSE, years: list[int] | None = None) -> Vocabulary:
    counts = counted(titles, years)
    return technical_terms(counts, phrase_parts(counts.terms), max(years or [2001]), rule)


def test_a_word_said_once_is_empty_and_one_repeated_is_technical() -> None:
    titles = ["novel, laser, a laser"] * 5 + ["novel, gripper, the gripper and a gripper"] * 5
    assert found(titles).terms == ("gripper", "laser")


def test_the_bound_on_repetition_is_the_mean_over_documents() -> None:
    seven_in_five = ["laser, laser"] * 2 + ["laser"] * 3  # 1.4 a document
    assert found(seven_in_five).terms == ("laser",)
    assert found([*seven_in_five, "laser"]).terms == ()


def test_a_phrase_is_as_technical_as_its_least_repeated_word() -> None:
    titles = ["solar cell, solar cell"] * 5 + ["novel solar cell, of a solar"] * 2
    assert "solar cell" in found(titles, LOOSE).terms
    assert not any("novel" in term for term in found(titles, LOOSE).terms)


def test_a_term_that_stands_inside_a_longer_one_is_dropped() -> None:
    mostly = ["neural network, neural network"] * 7 + ["neural, neural, network, network"] * 3
    assert found(mostly, LOOSE).terms == ("neural network",)  # 7 of 10 documents of the words: subsumed
    often = [*mostly, "neural, neural"]
    assert found(often, LOOSE).terms == ("neural", "neural network")  # 7 of 11


def test_too_rare_and_too_common_terms_are_dropped() -> None:
    titles = ["laser, laser"] * 6 + ["gripper, gripper"] * 3 + ["maser, maser"] * 2 + ["and"] * 9
    assert found(titles, VocabularyRule(minimum_documents=3, maximum_share=0.2, **ANY_COMPANY)).terms == ("gripper",)
    assert found(titles, VocabularyRule(minimum_documents=2, maximum_share=1, minimum_share=0.2, **ANY_COMPANY)).terms == (
        "laser",
    )  # fmt: skip


def test_an_acronym_counts_for_its_long_form_and_once_a_document() -> None:
    both = ["deep neural learning (DNL), deep neural learning, DNL"] * 4
    titles = [*both, "DNL and DNL", "DNL and DNL", "deep neural learning, deep neural learning"]
    made = found(titles)
    assert "dnl" not in made.terms
    place = made.terms.index("deep neural learning")
    assert made.documents[place] == 7
    joined = {counted(titles).terms[c] for c, slot in zip(made.columns, made.slots, strict=True) if slot == place}
    assert joined == {"deep neural learning", "dnl"}


def test_an_acronym_of_two_long_forms_or_rarely_introduced_stands_for_itself() -> None:
    split = ["deep neural learning (DNL), deep neural learning, DNL"] * 4 + [
        "dark nebular lens (DNL), dark nebular lens, DNL"
    ] * 3  # 57% agree
    assert {"dnl", "deep neural learning", "dark nebular lens"} <= set(found(split).terms)
    twice = ["deep neural learning (DNL), deep neural learning, DNL"] * 2 + [
        "deep neural learning, deep neural learning, DNL, DNL"
    ] * 3
    assert {"dnl", "deep neural learning"} <= set(found(twice).terms)


def test_an_acronym_introduced_after_the_forecast_year_is_not_yet_known() -> None:
    titles = ["deep neural learning, deep neural learning, DNL, DNL"] * 5 + ["deep neural learning (DNL)"] * 5
    counts = counted(titles, [2001] * 5 + [2002] * 5)
    parts = phrase_parts(counts.terms)
    assert {"dnl", "deep neural learning"} <= set(technical_terms(counts, parts, 2001, LOOSE).terms)
    assert "dnl" not in technical_terms(counts, parts, 2002, LOOSE).terms


def test_only_the_window_is_read() -> None:
    titles = ["maser, maser"] * 5 + ["laser, laser"] * 5
    counts = counted(titles, [2001] * 5 + [2006] * 5)
    made = technical_terms(counts, phrase_parts(counts.terms), 2006, LOOSE)
    assert (made.terms, made.window_count) == (("laser",), 5)


def test_terms_are_shown_as_people_write_them() -> None:
    titles = ["solar cells, solar cells"] * 3 + ["solar cell", "机器 学习, 机器 学习"] * 3
    assert set(found(titles).shown) == {"solar cells", "机器学习"}


def test_company_of_its_own_by_the_formula() -> None:
    """Relative entropy of the company against all text, less (cells)/(2 n), above the least-squares line of phrases."""
    loose = VocabularyRule(**ANY_COMPANY)
    counted_ = planted_counts()
    made = technical_terms(counted_.counts, counted_.parts, 2017, loose)
    together, documents_ = made.together.toarray().astype(float), made.documents
    mass = together.sum(axis=1)
    background = mass / mass.sum()
    entropy = np.empty(len(mass))
    for i, row in enumerate(together):
        own = row[row > 0] / max(mass[i], 1)
        gain = float((own * np.log(own / background[row > 0])).sum())
        entropy[i] = max(gain - len(own) / (2 * max(mass[i], 1)), 0.01)
    phrase = np.array([" " in term for term in made.terms])
    slope, level = np.polyfit(np.log(documents_[phrase]), np.log(entropy[phrase]), 1)
    expected = np.log(entropy) - level - slope * np.log(documents_)
    assert phrase.sum() > 10 and np.allclose(made.specificity, expected, atol=1e-6)
    strict = technical_terms(counted_.counts, counted_.parts, 2017)
    kept = np.where(phrase, expected > loose_bound(True), expected > loose_bound(False))
    assert strict.terms == tuple(term for term, good in zip(made.terms, kept, strict=True) if good)


def loose_bound(is_phrase: bool) -> float:
    return VocabularyRule().phrase_specificity if is_phrase else VocabularyRule().word_specificity


def test_documents_and_pairs_equal_a_recount() -> None:
    counts = planted_counts().counts
    made = technical_terms(counts, planted_counts().parts, 2015)
    window = (counts.years >= 2011) & (counts.years <= 2015)
    used = np.zeros((int(window.sum()), len(made.terms)), dtype=bool)
    dense = counts.incidence[np.flatnonzero(window)].toarray() > 0
    for column, slot in zip(made.columns, made.slots, strict=True):
        used[:, slot] |= dense[:, column]
    pairs = used.astype(int).T @ used
    assert made.window_count == window.sum() and np.array_equal(np.diag(pairs), made.documents)
    assert np.array_equal(pairs - np.diag(np.diag(pairs)), made.together.toarray())


def test_a_phrase_too_rare_to_be_known_does_not_subsume() -> None:
    """Whether it is counted at all would hang on later documents."""
    rule = VocabularyRule(minimum_documents=5, maximum_share=1.0, **ANY_COMPANY)
    past = ["neural network, neural network"] * 4 + ["neural, neural, network, network"]
    for later in ([], ["neural network"] * 9):
        counts = count_terms([documents([*past, *later], [2001] * 5 + [2002] * len(later))], minimum_documents=5)
        assert technical_terms(counts, phrase_parts(counts.terms), 2001, rule).terms == ("network", "neural")


def test_counts_that_left_out_terms_of_the_rule_are_refused() -> None:
    counts = count_terms([documents(["laser, laser"] * 5)], minimum_documents=5)
    with pytest.raises(InputError, match="fewer than 5 documents were not counted"):
        technical_terms(counts, phrase_parts(counts.terms), 2001, LOOSE)


def test_documents_out_of_order_are_refused() -> None:
    counts = counted(["laser, laser"] * 2, [2002, 2001])
    with pytest.raises(InputError, match="order of their years"):
        technical_terms(counts, phrase_parts(counts.terms), 2001, LOOSE)


PHRASES = st.sampled_from(["laser", "solar cell", "deep neural learning (DNL)", "DNL", "novel", "and", ","])
TITLES = st.lists(st.lists(PHRASES, min_size=1, max_size=6).map(" ".join), max_size=12)


@settings(max_examples=50, deadline=None)
@given(past=TITLES, later=TITLES)
@pytest.mark.slow
def test_nothing_later_is_read(past: list[str], later: list[str]) -> None:
    past = [*["laser, laser, solar cell, solar cell"] * 3, *past]
    alone = documents(past)
    both = pl.concat([alone, documents(later).with_columns(date=pl.lit(datetime.date(2002, 5, 6)))])
    made = []
    for frame in (alone, both):
        counts = count_terms([frame], minimum_documents=LOOSE.minimum_documents)
        own = technical_terms(counts, phrase_parts(counts.terms), 2001, LOOSE)
        columns = [counts.terms[c] for c in own.columns]
        made.append((own.terms, own.shown, columns, own.slots.tolist(), own.documents.tolist(), own.specificity.tolist(), own.together.toarray().tolist()))  # fmt: skip
    assert made[0] == made[1]
