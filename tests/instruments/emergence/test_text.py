"""Text: worked examples of cleaning, folding, singulars, breaks, Chinese words, acronyms and scripts."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.instruments.emergence import running_text as text


def cleaned(raw: str) -> str:
    return " ".join(pl.select(text.clean(pl.lit(raw))).item().split())


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (r"Schr\"odinger and \'etude and \c{c}a", "Schrodinger and etude and ca"),
        (r"\textbf{bold} {\it slanted} text", "bold slanted text"),
        (r"an \alpha particle", "an alpha particle"),
        (r"$k$-means at $x^{2} + \sigma$ level", "k-means at level"),
        (r"between $5 million and $7 million", "between $5 million and $7 million"),
        (r"a $5 \sigma$ signal", "a signal"),
        ("<p>water <i>in situ</i></p>", "water in situ"),
        ("where x < 3 and y > 4", "where x < 3 and y > 4"),
        ("R&amp;D&nbsp;costs &#34;x&#34;", "R&D costs x"),
        ("see https://example.org/a?b=c or www.example.org/x now", "see or now"),
        ("Good work. © 2016 Elsevier B.V. All rights reserved.", "Good work."),
        ("Good work. Copyright (C) 2016 The Authors.\nAll rights reserved.", "Good work."),
        ("one\x00two\x1bthree\ttabs\nlines\x7fend", "one two three tabs lines end"),
        ("exam\u00adple zero\u200bwidth \ufeffmark", "example zero width mark"),
    ],
)
def test_cleaning_by_hand(raw: str, expected: str) -> None:
    assert cleaned(raw) == expected


def test_a_notice_far_from_the_end_is_no_notice() -> None:
    story = "The copyright 2016 reform " + "changed many things. " * 20
    assert cleaned(story).startswith("The copyright 2016 reform changed")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("Poincaré’s ﬁeld", ["poincare", "field"]),
        ("ＡＩ and 5G, C++", ["ai", "and", "5g", ",", "c++"]),
        ("graphene-based 3D-printing", ["graphene", "based", "3d", "printing"]),
        ("प्रौद्योगिकी का विकास", ["प्रौद्योगिकी", "का", "विकास"]),
        ("深度学习（DL）与知识图谱", ["深度", "学习", "(", "dl", ")", "与", "知识", "图谱"]),
        ("", []),
        (" \x00\x01 ", []),
    ],
)
def test_words_by_hand(raw: str, words: list[str]) -> None:
    assert text.cut_words(pl.Series([raw])).to_list() == [words]


def test_missing_text_stays_missing() -> None:
    assert text.cut_words(pl.Series(["solar", None, "太阳"], dtype=pl.String)).to_list() == [["solar"], None, ["太阳"]]


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        *[("networks", "network"), ("batteries", "battery"), ("boxes", "box"), ("classes", "class"), ("databases", "database")],
        *[(word, word) for word in ("series", "physics", "bus", "gas", "lens", "bayes", "analysis", "gps", "5gs", "chaos")],
        ("switches", "switch"),
        ("eyes", "eye"),
    ],
)  # fmt: skip
def test_singulars_by_hand(plural: str, expected: str) -> None:
    assert pl.select(text.singular(pl.lit(plural))).item() == expected


def test_breaks_are_marks_numbers_and_function_words() -> None:
    words = pl.Series([".", ",", "(", "2016", "the", "及", "的", "of", "to", "5g", "laser", "学习"])
    assert pl.select(text.is_break(words)).to_series().to_list() == [True] * 7 + [False] * 5


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        ("the Internet of Things (IoT)", [("iot", "internet of thing")]),
        ("Convolutional Neural Networks (CNNs)", [("cnn", "convolutional neural network")]),
        ("natural-language processing (NLP)", [("nlp", "natural language processing")]),
        ("a Schrödinger cat state (SCS)", [("scs", "schrodinger cat state")]),
        # The word in running text loses its s as any plural does, so the acronym does too.
        ("micro electro mechanical systems (MEMS)", [("mem", "micro electro mechanical system")]),
        ("state of the art (SA)", [("sa", "state of the art")]),
        ("graphene (G) and bees (ABC)", []),
        ("we use deep belief networks (DBM)", []),
        ("of things (OT)", []),
        ("as shown before (Fig)", []),
        ("deep learning, (DL)", []),
    ],
)
def test_acronyms_by_hand(raw: str, pairs: list[tuple[str, str]]) -> None:
    assert [row[1:] for row in text.acronyms(pl.Series([raw])).rows()] == pairs


def test_acronyms_keep_their_rows_and_count_once_a_text() -> None:
    texts = pl.Series(["none here", "deep learning (DL), deep learning (DL)", None, "deep learning (DL)"])
    assert text.acronyms(texts).rows() == [(1, "dl", "deep learning"), (3, "dl", "deep learning")]


def test_scripts_that_are_not_cut_are_named() -> None:
    texts = pl.Series(
        [
            *["การเรียนรู้เชิงลึก", "深層学習による画像認識", "ディープラーニング", "ຮຽນຮູ້", "ការរៀន", "စာသင်", "སློབ་སྦྱོང་"],
            *[
                "deep learning",
                "深度学习",
                "глубокое обучение",
                "A short note on the の particle in Japanese",
                "",
                None,
            ],
        ]
    )
    expected = ["Thai", "Japanese", "Japanese", "Lao", "Khmer", "Burmese", "Tibetan", *[None] * 6]
    assert text.unsegmented_script(texts).to_list() == expected


@given(st.text())
@pytest.mark.slow
def test_any_text_is_cut_into_folded_words_again_and_again(raw: str) -> None:
    words = text.cut_words(pl.Series([raw], dtype=pl.String)).to_list()[0]
    assert all(word and not word.isspace() for word in words)
    letters = [word for word in words if word.isascii() and word.isalnum() and not word.isdigit()]
    assert text.cut_words(pl.Series([" ".join(letters)])).to_list()[0] == letters
