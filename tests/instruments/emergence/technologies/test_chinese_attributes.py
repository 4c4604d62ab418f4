"""What Chinese puts before its particle of attributes, or behind a word that only predicates
follow, is no name, unless it ends otherwise nearly as often."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_records import reason, record, titles

from firstlight.instruments.emergence.technologies.names import NEUTRAL, NameRule
from firstlight.instruments.emergence.text import chinese
from firstlight.instruments.emergence.text.phrases import LONGEST

RULE = NameRule()
ENDS = ("。", "在", "可以")  # may follow a phrase, and are no particles
CONTENT = ("量子", "模型", "LLM", "来")
WORDS = [*CONTENT, *ENDS, "的", "了"]


def uses(sentence: str, documents: int = 3, times: int = 3) -> list[str]:
    return [sentence * times] * documents


@pytest.mark.parametrize(
    ("sentence", "phrase", "expected"),
    [
        ("由LLM生成的文本。", "llm 生成", "attribute"),
        ("由LLM生成。", "llm 生成", "name"),
        ("以便增强LLM的能力。", "增强 llm", "attribute"),
        ("基于增强LLM。", "增强 llm", "name"),
        ("可以增强LLM。", "增强 llm", "name"),  # a predicate, but it ends there
    ],
)
def test_an_attribute_and_a_predicate_are_no_names(
    sentence: str, phrase: str, expected: str
) -> None:
    assert reason(record(uses(sentence)), phrase) == expected


def test_a_name_may_stand_as_an_attribute_as_often_as_it_ends() -> None:
    found = record(uses("量子计算的进展。关于量子计算。"))
    assert reason(found, "量子 计算") == "name"


def test_few_uses_show_nothing() -> None:
    """The share counts uses that are neither beside those seen: three of three are too few."""
    rule = replace(RULE, phrase_repeats=1.0)
    assert RULE.attribute == 0.15 and NEUTRAL == 20  # documented
    assert reason(record(uses("由数据驱动的。", times=1)), "数据 驱动", rule) == "name"
    assert reason(record(uses("由数据驱动的。", 4, times=1)), "数据 驱动", rule) == "attribute"


def test_titles_alone_and_words_of_other_scripts_are_not_asked() -> None:
    assert reason(titles(uses("由LLM生成的文本", times=1)), "llm 生成") == "name"
    assert reason(record(uses("基于LLM的文本。")), "llm") == "name"


def test_no_document_counts_more_than_a_byte_holds() -> None:
    found = record([*uses("量子计算。", times=200), *uses("数据驱动的。", times=200)]).phrases
    of_term = dict(zip(found.terms, np.split(found.attributive, found.starts[1:-1]), strict=True))
    assert set(of_term["量子计算"].tolist()) == {-128}
    assert set(of_term["数据驱动"].tolist()) == {127}


def test_english_texts_have_no_attributes() -> None:
    found = record(uses("Deep learning is learning. "))
    assert found.phrases.attributive is None and not found.term_years.attributive.any()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), min_size=3, max_size=5))
def test_uses_are_counted_as_defined(texts: list[list[str]]) -> None:
    """Against a count use by use, from the lists of words."""
    before, after = chinese.around_attributes()
    texts = [["在", "量子", "模型", "的", *text, "。"] for text in texts]
    expected: Counter[str] = Counter()
    for words in texts:
        for start, end in combinations(range(len(words)), 2):
            if end - start <= LONGEST and set(words[start:end]) <= set(CONTENT):
                closes = (words[end] in after) - (words[end] in ENDS)
                expected["".join(words[start:end]).lower()] += closes + (words[start - 1] in before)
    found = record([" ".join(text) for text in texts]).phrases
    counted = np.add.reduceat(found.attributive, found.starts[:-1], dtype=int)
    of_term = dict(zip(found.terms, counted.tolist(), strict=True))
    assert of_term == {key: expected[key] for key in found.terms}
    assert {"量子", "模型", "量子模型"} <= set(of_term)
