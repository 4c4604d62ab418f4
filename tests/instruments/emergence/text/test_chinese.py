"""Rules about Chinese: affixes stay with their words, closed classes end phrases, and English text
meets none of them."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.instruments.emergence.technologies.names import TITLES, TermShapes, names_at
from firstlight.instruments.emergence.technologies.text_record import TextRecord, read_text
from firstlight.instruments.emergence.text import chinese
from firstlight.instruments.emergence.text.discourse import discourse
from firstlight.instruments.emergence.text.words import is_break


def listed(group: str) -> list[str]:
    return sorted(chinese._lists()[group])


def titles(*texts: str) -> TextRecord:
    frame = pl.DataFrame(
        {"year": [2020] * len(texts), "title": texts, "abstract": [None] * len(texts)},
        {"year": pl.Int32} | SCHEMA,
    )
    return read_text(frame, pl.Series(["all"] * len(texts)), text="title", say=lambda line: None)


SCHEMA = {"title": pl.String, "abstract": pl.String}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("预训练模型", "预训练 模型"),
        ("可扩展性", "可扩展性"),
        ("可用于", "可 用于"),  # not an affix of a function word
        ("方法可以在", "方法 可以 在"),  # nor a prefix of another one: "can" is one word
        ("在数据集中的", "在 数据集 中 的"),
        ("编码器-解码器", "编码器-解码器"),
    ],
)
def test_affixes_stay_with_their_word(text: str, words: str) -> None:
    assert chinese.segment(pl.Series([text])).to_list() == [words]


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        ("正则 化 器 的", "正则化器 的"),
        ("非 自 回归", "非自回归"),
        ("零 样本 跨 语言", "零样本 跨语言"),
        ("跨   语言", "跨   语言"),  # apart in the text itself
    ],
)
def test_a_word_may_have_several_affixes(cut: str, words: str) -> None:
    assert pl.select(chinese._with_affixes(pl.lit(cut))).item() == words


def test_texts_without_chinese_come_back_as_they_are() -> None:
    texts = pl.Series(["deep - learning", None, "预训练", "U 形 net"])
    assert chinese.segment(texts).to_list()[:2] == ["deep - learning", None]
    none = texts.head(2)
    assert chinese.segment(none) is none


def test_texts_that_are_cut_stay_as_they_were() -> None:
    texts = pl.Series(["深度学习模型", "deep learning"])
    assert chinese.segment(texts).to_list() == ["深度 学习 模型", "deep learning"]
    assert texts.to_list() == ["深度学习模型", "deep learning"]


@pytest.mark.parametrize("words", [[], ["recent"], ["新"]])
def test_no_listed_word_begins_or_ends_nothing(words: list[str]) -> None:
    phrases = pl.Series(["量子计算", "最新 进展"])
    for rule in (chinese.begins, chinese.ends):
        assert pl.select(rule(pl.lit(phrases), words)).to_series().to_list() == [False, False]


def test_short_words_alone_end_no_words_in_between() -> None:
    found = pl.select(chinese.ends(pl.lit(pl.Series(["最新进展", "量子 计算"])), ["进展"]))
    assert found.to_series().to_list() == [True, False]


@given(st.text(st.characters(max_codepoint=0x24F), min_size=1, max_size=30))
def test_no_rule_reads_latin_script(text: str) -> None:
    frame = pl.DataFrame({"phrase": [text]})
    phrase = pl.col("phrase")
    first, last = discourse()["first"], discourse()["last"]
    rules = (
        chinese.is_compound(phrase),
        chinese.is_adjective(phrase),
        chinese.is_activity(phrase),
        chinese.begins(phrase, first),
        chinese.ends(phrase, last),
    )
    assert not any(frame.select(rule).item() for rule in rules)
    assert not any(word.isascii() for word in chinese.function_words())


@pytest.mark.parametrize("group", ["prefixes", "suffixes", "adjectives", "abstract"])
def test_affixes_are_single_characters(group: str) -> None:
    assert all(len(one) == 1 for one in listed(group))
    assert set(listed("abstract")) - set(listed("suffixes")) == set()
    assert set(listed("adjectives")) <= set(listed("prefixes"))


def test_function_words_end_phrases_and_are_no_words_of_discourse() -> None:
    assert pl.select(is_break(pl.Series(sorted(chinese.function_words())))).to_series().all()
    for place in ("first", "last", "uses", "products"):
        assert not chinese.function_words() & set(discourse()[place])


@pytest.mark.parametrize(
    ("phrase", "is_compound"),
    [
        ("预训练", True),
        ("知识图谱", True),
        ("不确定性", False),
        ("正则化", False),
        ("学习", False),
        ("多 模态", False),
    ],
)
def test_what_is_a_name_by_its_make(phrase: str, is_compound: bool) -> None:
    assert pl.select(chinese.is_compound(pl.lit(phrase))).item() is is_compound


@pytest.mark.parametrize(
    ("phrase", "ends"),
    [("基准 测试", True), ("最新进展", True), ("大数据", False), ("量子 计算", False)],
)
def test_words_of_discourse_that_the_dictionary_cuts_or_has_as_one(phrase: str, ends: bool) -> None:
    assert pl.select(chinese.ends(pl.lit(phrase), discourse()["last"])).item() is ends


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("大型语言模型", "大语言模型"),
        ("变分自编码器", "变分自动编码器"),
        ("大型语言模型", "大规模语言模型"),  # by way of the shorter one
    ],
)
def test_long_forms_that_differ_inside_are_variants(name: str, variant: str) -> None:
    assert variant in chinese.variants_of(name, ["大语言模型", variant])


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("强化学习", "深度强化学习"),
        ("长短期记忆", "长短期记忆网络"),
        ("大型语言模型", "大规模语言模型"),
        ("自监督学习", "自学习监督"),
    ],
)
def test_what_stands_before_or_behind_makes_another_name(name: str, other: str) -> None:
    assert chinese.variants_of(name, [name, other]) == []


@given(st.text("大型语言", min_size=1, max_size=5), st.text("大型语言", min_size=1, max_size=5))
def test_a_variant_holds_all_characters_in_their_order(one: str, other: str) -> None:
    """By the longest common subsequence, computed character by character."""
    common = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            longest = max(common[i][j + 1], common[i + 1][j])
            common[i + 1][j + 1] = common[i][j] + 1 if a == b else longest
    is_inside = common[-1][-1] == min(len(one), len(other))
    expected = one != other and is_inside and one[0] == other[0] and one[-1] == other[-1]
    assert bool(chinese.variants_of(one, [other])) is expected


def test_chinese_titles_name_what_english_ones_do() -> None:
    texts = [
        "联邦学习用于医学影像",
        "基于联邦学习",
        "联邦学习：可解释的研究",
        "可解释的联邦学习",
        "可解释的模型",
    ]
    found = titles(*texts)
    names = names_at(
        found.phrases, found.term_years, TermShapes(found.phrases).at(2020), 2020, TITLES
    )
    assert found.phrases.terms.filter(pl.Series(names.is_name)).to_list() == ["联邦学习"]
