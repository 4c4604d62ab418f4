"""Words as they are written, what counts as the same word, and where a phrase can't continue."""

from __future__ import annotations

from itertools import chain

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.instruments.emergence.text import words
from firstlight.instruments.emergence.text.words import (
    cut_batches,
    cut_text,
    has_two_capitals,
    is_break,
    is_link,
    joined,
    stems,
)


def documents(*texts: tuple[str | None, str | None]) -> pl.DataFrame:
    schema = {"title": pl.String, "abstract": pl.String}
    return pl.DataFrame(list(texts), schema=schema, orient="row")


def spelt(
    title: str | None, abstract: str | None = None, text: str = "title_and_abstract"
) -> list[str]:
    cut = cut_text(documents((title, abstract)), text=text)
    return cut.spellings.gather(cut.words).to_list()


def stem(word: str) -> str:
    return str(stems(pl.Series([word]))[0])


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Few-shot state-of-the-art GANs", ["Few-shot", "state-of-the-art", "GANs"]),
        ("Kullback--Leibler and Navier–Stokes", ["Kullback--Leibler", "and", "Navier–Stokes"]),
        ("Moore's law, d’Alembert’s paradox", ["Moore's", "law", ",", "d’Alembert’s", "paradox"]),
        ("R&D in Q&A, AT&T", ["R&D", "in", "Q&A", ",", "AT&T"]),
        ("policy & practice", ["policy", "&", "practice"]),
        ("Deep nets - a survey", ["Deep", "nets", " - ", "a", "survey"]),
        ("Deep nets -- a survey", ["Deep", "nets", " -- ", "a", "survey"]),
        ("models---large ones", ["models", "---", "large", "ones"]),
        ("the ``fog'' model", ["the", "``", "fog", "''", "model"]),
        ("C++ at 0.5 TCP/IP", ["C++", "at", "0", ".", "5", "TCP", "/", "IP"]),
        (r"$k$-means of Schr\"odinger", ["k-means", "of", "Schrodinger"]),
        (r"\textbf{Deep} learning at $x^{2}$", ["Deep", "learning", "at"]),
        ("short- and long-term", ["short", "and", "long-term"]),
        ("प्रौद्योगिकी का", ["प्रौद्योगिकी", "का"]),
    ],
)
def test_words_of_a_title(title: str, expected: list[str]) -> None:
    assert spelt(title) == [*expected, words.TITLE_END]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("DEEP LEARNING WITH GPS", "deep learning with gps"),
        ("DEEP LEARNING for GPS", "DEEP LEARNING for GPS"),
        ("ÉTUDE", "étude"),
        ("mRNA VACCINES For HEALTHY MICE", "mrna vaccines for healthy mice"),
        ("NP vs PSPACE", "NP vs PSPACE"),
    ],
)
def test_a_title_in_capitals_is_read_as_small(title: str, expected: str) -> None:
    assert spelt(title) == [*expected.split(), words.TITLE_END]


def test_an_abstract_in_capitals_is_read_as_small_by_itself() -> None:
    abstracts = ["WE CITE MANY MORE STUDENTS", "We train a GAN", "CNN"]
    titles = ["LSTM networks", "LSTM NETWORKS", "Nets"]
    cut = cut_text(pl.DataFrame({"title": titles, "abstract": abstracts}))
    assert cut.spellings.gather(cut.words).to_list() == [
        *("LSTM", "networks", words.TITLE_END, "we", "cite", "many", "more", "students"),
        *("lstm", "networks", words.TITLE_END, "We", "train", "a", "GAN"),
        *("Nets", words.TITLE_END, "CNN"),  # too short to tell
    ]


def test_chinese_is_cut_and_keeps_the_capitals_of_latin_words() -> None:
    cut = spelt("基于LSTM的深度学习（DL）研究")
    assert cut == ["基于", "LSTM", "的", "深度", "学习", "（", "DL", "）", "研究", words.TITLE_END]
    breaks = pl.select(is_break(stems(pl.Series(cut)))).to_series().to_list()
    assert [word for word, ends in zip(cut, breaks, strict=True) if ends] == [
        "基于",
        "的",
        "（",
        "）",
        words.TITLE_END,
    ]


def test_the_title_ends_before_the_abstract() -> None:
    assert spelt("Neural", "networks") == ["Neural", words.TITLE_END, "networks"]
    assert spelt("Neural", "networks", "title") == ["Neural", words.TITLE_END]
    assert spelt(None, "networks") == [words.TITLE_END, "networks"]
    assert spelt(None, None) == [words.TITLE_END]


@pytest.mark.parametrize(
    ("spellings", "expected"),
    [
        # plurals
        ("network networks", "network"),
        ("gas gases", "gas"),
        ("bias biases", "bias"),
        ("virus viruses", "virus"),
        ("battery batteries", "battery"),
        ("movie movies", "movie"),
        ("class classes", "class"),
        ("cache caches", "cache"),
        ("box boxes", "box"),
        ("video videos", "video"),
        ("camera cameras", "camera"),
        ("token tokens", "token"),
        ("metric metrics", "metric"),
        ("matrix matrices", "matrix"),
        ("vertex vertices", "vertex"),
        ("analysis analyses", "analysis"),
        ("automaton automata", "automaton"),
        ("child children", "child"),
        ("life lives", "life"),
        ("cellular-automaton cellular-automata", "cellular-automaton"),
        ("GPU GPUs gpus", "gpu"),
        ("CNN CNNs", "cnn"),
        ("1990 1990s", "1990"),
        ("GPS gps", "gps"),
        ("MEMS", "mems"),
        ("bus buses", "bus"),
        ("physics", "physics"),
        ("series", "series"),
        ("multi-species", "multi-species"),
        ("k-means", "k-means"),
        # accents, marks and compatibility forms
        ("Poincaré Poincare Poincaré's Poincaré’s", "poincare"),
        ("ﬁeld field ＦＩＥＬＤ", "field"),
        (
            "Kullback-Leibler Kullback--Leibler Kullback–Leibler Kullback‐Leibler",
            "kullback-leibler",
        ),
        # spelling
        ("behaviour behavior behaviours", "behavior"),
        ("behavioural behavioral", "behavioral"),
        ("optimisation optimization optimisations", "optimization"),
        ("optimised optimized", "optimized"),
        ("quantising quantizing", "quantizing"),
        ("analysing analyzing", "analyzing"),
        ("modelling modeling", "modeling"),
        ("labelled labeled", "labeled"),
        ("fibre fiber fibres", "fiber"),
        ("fibre-optic fiber-optic", "fiber-optic"),
        ("data-centre data-center", "data-center"),
        ("nanometre nanometer", "nanometer"),
        ("multi-colour multi-color", "multi-color"),
        ("cyber-defence cyber-defense", "cyber-defense"),
        ("dialogue dialog dialogues", "dialog"),
        ("catalogue catalog", "catalog"),
        ("greyscale grayscale", "grayscale"),
        ("sulphide sulfide", "sulfide"),
        ("aluminium aluminum", "aluminum"),
        ("artefacts artifact", "artifact"),
        ("anaemia anemia", "anemia"),
        ("haemoglobin hemoglobin", "hemoglobin"),
    ],
)
def test_what_counts_as_the_same_word(spellings: str, expected: str) -> None:
    assert {stem(spelling) for spelling in spellings.split()} == {expected}


@pytest.mark.parametrize(
    "word",
    [
        *(
            "noise",
            "exercise",
            "supervised",
            "precise",
            "raised",
            "arise",
            "compromise",
            "treatise",
            "enterprise",
        ),
        *(
            "denoising",
            "rising",
            "hour",
            "four",
            "course",
            "resource",
            "parameter",
            "science",
            "audience",
            "recall",
        ),
    ],
)
def test_words_that_british_spelling_leaves_alone(word: str) -> None:
    assert stem(word) == word


@pytest.mark.parametrize(
    ("word", "ends"),
    [
        *((mark, True) for mark in (".", ",", "(", "¶", " - ", "---", "``", "&", "。", "（")),
        *((number, True) for number in ("2016", "2010-2015", "3-4", "1990")),
        *((word, True) for word in ("the", "for", "using", "don't", "we're", "及", "的")),
        *(
            (word, False)
            for word in ("of", "to", "5g", "c++", "covid-19", "学习", "d'alembert", "r&d")
        ),
    ],
)
def test_where_a_phrase_ends(word: str, ends: bool) -> None:
    assert pl.select(is_break(pl.Series([word]))).item() is ends


def test_links_may_stand_inside_a_phrase() -> None:
    assert pl.select(is_link(pl.Series(["of", "to", "for", "learning"]))).to_series().to_list() == [
        *[True, True, False, False]
    ]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *(
            (word, True)
            for word in ("GAN", "IoT", "5G", "ResNet", "R&D", "fMRI", "GaAs", "3D-CNN", "non-CNN")
        ),
        *(
            (word, False)
            for word in (
                "Neural",
                "neural",
                "Deep-Learning",
                "Kullback--Leibler",
                "5g",
                "2016",
                "学习",
            )
        ),
    ],
)
def test_two_capitals(word: str, expected: bool) -> None:
    assert has_two_capitals(pl.Series([word])).to_list() == [expected]


TITLES = st.lists(
    st.sampled_from(
        ["graph nets", "GANs for R&D", "深度学习", "", None, "TWO WORDS", "a-b -- c's"]
    ),
    min_size=0,
    max_size=9,
)


@given(TITLES, st.integers(1, 4))
@settings(max_examples=60)
@pytest.mark.slow
def test_batches_are_no_matter(titles: list[str | None], batch: int) -> None:
    frame = documents(*((title, title) for title in titles))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "BATCH", batch)
        parts = joined(cut_batches(frame))
    whole = cut_text(frame)
    assert parts.spellings.to_list() == whole.spellings.to_list()
    assert parts.words.tolist() == whole.words.tolist()
    assert parts.lengths.tolist() == whole.lengths.tolist()


@given(st.text(), st.text())
@settings(max_examples=150)
@pytest.mark.slow
def test_any_text_is_cut_into_words_that_have_a_stem(title: str, abstract: str) -> None:
    cut = cut_text(documents((title, abstract)))
    assert int(cut.lengths[0]) == len(cut.words)
    assert cut.spellings.is_sorted() and cut.spellings.n_unique() == len(cut.spellings)
    folded = stems(cut.spellings)
    assert folded.null_count() == 0 and folded.len() == len(cut.spellings)


TEXTS = st.text(alphabet="ab -.,()¶人工智能&", max_size=40)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4), st.integers(1, 8))
def test_the_beginning_of_each_document_holds_its_first_words(
    texts: list[tuple[str, str]], most: int
) -> None:
    """One document after another, word after word, until enough are there."""
    whole, cut = cut_text(documents(*texts)), cut_text(documents(*texts), most_words=most)
    expected, start = [], 0
    for length in whole.lengths.tolist():
        kept: list[str] = []
        for word in whole.spellings.gather(whole.words[start : start + length]).to_list():
            if sum(one[0].isalnum() for one in [*kept, word]) > most:
                break
            kept.append(word)
        expected.append(kept)
        start += length
    assert cut.spellings.gather(cut.words).to_list() == list(chain.from_iterable(expected))
    assert cut.lengths.tolist() == [len(kept) for kept in expected]
    assert cut.spellings.to_list() == sorted(set(cut.spellings.gather(cut.words)))
