"""Each rule of names has an example that it alone decides; titles have a rule of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_records import YEAR, documents, names, one_stratum, place, reason, record, titles

from firstlight.instruments.emergence.technologies.names import (
    REASONS,
    TITLES,
    UNSEEN,
    NameRule,
    commonest_rows,
)
from firstlight.instruments.emergence.technologies.text_record import read_text
from firstlight.instruments.emergence.text.discourse import everyday_words
from firstlight.instruments.emergence.text.singulars import singular

RULE = NameRule()
LABELS = Path(__file__).parents[4] / "benchmarks/take_off/labels_of_narrow_lines.csv"


def about(*phrases: str, times: int = 2) -> list[str]:
    """A document for each phrase, that uses it so many times, each time before a mark."""
    return [" ".join(f"the {phrase}." for _ in range(times)) for phrase in phrases]


def test_a_phrase_that_is_repeated_and_ends_where_it_ends_is_a_name() -> None:
    found = record(about(*["fog computing"] * 3))
    assert reason(found, "fog computing") == "name"


def test_rare() -> None:
    found = record(about(*["fog computing"] * 3), [YEAR - 5, YEAR, YEAR])
    assert reason(found, "fog computing") == "rare"
    assert reason(found, "fog computing", replace(RULE, fewest=2)) == "name"
    assert reason(found, "fog computing", replace(RULE, window_years=6)) == "name"


def test_a_plain_word() -> None:
    found = record(about(*["laser"] * 3, times=1))
    assert reason(found, "laser") == "plain_word"
    assert reason(found, "laser", replace(RULE, word_repeats=1.0)) == "name"
    assert reason(record(about(*["laser"] * 3, times=2)), "laser") == "name"


def test_a_compound_and_a_word_in_capitals_are_no_plain_words() -> None:
    assert reason(record(about(*["self-attention"] * 3)), "self-attention") == "name"
    assert reason(record(about(*["LSTM"] * 3)), "lstm") == "name"
    assert reason(record(about(*["深度学习"] * 3, times=1)), "深度 学习") == "once_a_text"
    assert reason(record(about(*["深度学习"] * 3)), "深度 学习") == "name"
    assert reason(record(about(*["幻觉"] * 3, times=1)), "幻觉") == "plain_word"
    assert reason(record(about(*["新型激光器"] * 3)), "新型 激光器") == "discourse"


def test_a_phrase_that_goes_on_is_cut_short() -> None:
    more = ("alpha", "beta", "gamma", "delta")
    found = record(about(*(f"graph neural {word}" for word in more), times=2))
    assert reason(found, "graph neural") == "rarely_ends"
    assert reason(found, "graph neural", replace(RULE, ends=0.0)) == "name"


def test_what_stands_once_a_text_is_said_in_passing() -> None:
    found = record(about(*["fog computing"] * 3, times=1))
    assert reason(found, "fog computing") == "once_a_text"
    assert reason(found, "fog computing", replace(RULE, phrase_repeats=1.0)) == "name"
    found = record(about(*["LSTM"] * 3, times=1))
    assert reason(found, "lstm") == "once_a_text"
    assert reason(found, "lstm", replace(RULE, capital_repeats=1.0)) == "name"


def test_a_study_of_a_thing_is_no_name_and_no_whole_of_it() -> None:
    found = record(about(*["study of fog computing"] * 3, *["mixture of experts"] * 3))
    assert reason(found, "study of fog computing") == "discourse"
    assert reason(found, "fog computing") == "name"
    assert reason(found, "mixture of expert") == "name"
    assert reason(found, "expert") == "part"


@pytest.mark.parametrize(
    "phrase",
    [
        *("novel laser", "laser accuracy", "best benchmark", "laser cited", "laser space"),
        *("laser parameters", "benchmarking lasers"),
    ],
)
def test_discourse(phrase: str) -> None:
    found = record(about(*[phrase] * 3))
    phrase = singular(pl.Series(phrase.split(" "))).str.join(" ").item()
    assert reason(found, phrase) == "discourse"
    shape = replace(
        found.shapes.at(YEAR), is_discourse=np.zeros(len(found.phrases.terms), dtype=bool)
    )
    assert reason(found, phrase, shape=shape) == "name"


@pytest.mark.parametrize("phrase", ["激光器 研发", "激光器 示范", "激光器 关键技术"])
def test_what_a_project_does_is_no_name(phrase: str) -> None:
    found = titles([phrase.replace(" ", "")] * 3 + ["激光器"] * 3)
    assert reason(found, phrase) == "discourse"


def test_an_everyday_word() -> None:
    found = record(about(*["image"] * 3))
    assert reason(found, "image") == "everyday"
    share = dict(everyday_words().iter_rows())["image"]
    assert names(found).evidence[place(found, "image")] == share > RULE.everyday
    assert reason(found, "image", replace(RULE, everyday=share + 0.001)) == "name"


def test_everyday_words_in_phrases_compounds_and_capitals_are_names() -> None:
    found = record(about(*["image matrix", "image-matrix", "DNA"] * 3, "dna"))
    assert reason(found, "image matrix") == "name"
    assert reason(found, "dna") == "name"
    assert reason(record(about(*["dna"] * 3)), "dna") == "everyday"


@pytest.mark.parametrize(
    ("phrase", "term"), [("Hong Kong", "hong kong"), ("UK", "uk"), ("Netherlands", "netherland")]
)
def test_a_country_is_no_technology(phrase: str, term: str) -> None:
    found = record(about(*[phrase] * 3, *[f"{phrase} dollar"] * 3))
    assert reason(found, term) == "country"
    assert reason(found, f"{term} dollar") == "name"


def test_a_code_of_a_country_is_none() -> None:
    """EL is Greece, and electroluminescence."""
    assert reason(record(about(*["EL"] * 3)), "el") == "name"


def test_a_part() -> None:
    found = record(about(*["unmanned aerial vehicle"] * 7, *["aerial vehicle"] * 3))
    assert reason(found, "aerial vehicle") == "part"
    assert reason(found, "aerial vehicle", replace(RULE, part=0.71)) == "name"
    whole = names(found).whole[place(found, "aerial vehicle")]
    assert whole == place(found, "unmanned aerial vehicle")
    assert names(found).evidence[place(found, "aerial vehicle")] == 0.7


def test_a_phrase_that_cuts_a_name() -> None:
    kinds = ("machine", "deep", "transfer")
    texts = about(*(f"{kind} learning" for kind in kinds for _ in range(3)))
    found = record(
        [*texts, *about(*(f"{kind} learning model" for kind in kinds for _ in range(3)))]
    )
    assert reason(found, "learning model") == "cuts_a_name"
    assert reason(found, "learning model", replace(RULE, cut=1.1)) == "name"


def test_a_problem_is_no_whole_of_what_it_is_about() -> None:
    found = record(about(*["constraint satisfaction problem"] * 4, *["quantum dot array"] * 4))
    assert reason(found, "constraint satisfaction") == "name"
    assert reason(found, "constraint satisfaction problem") == "discourse"
    assert reason(found, "quantum dot") == "rarely_ends"


def test_another_spelling_of_a_word_is_no_whole_of_its_part() -> None:
    """Three documents with "band width" don't make all of "bandwidth" one that holds "band"."""
    found = record(about(*["bandwidth"] * 20, *["band width"] * 3, *["band"] * 4))
    assert reason(found, "band") == "name"
    assert names(found).documents[place(found, "band")] == 7


def test_a_longer_term_in_two_spellings_is_no_rival_of_itself() -> None:
    texts = about(*["deep neural-network"] * 8, *["deep neural network"] * 8, times=1)
    found = record(texts)
    at = place(found, "neural network")
    assert names(found).whole[at] == place(found, "deep neural network")
    assert names(found).rivals[at] == 0


def test_rivals_extend_on_the_same_side() -> None:
    texts = about(
        *["unmanned aerial vehicle"] * 6, *["manned aerial vehicle"] * 3, "aerial vehicle", times=1
    )
    found = record(texts)
    assert names(found).rivals[place(found, "aerial vehicle")] == pytest.approx(0.3)


def test_titles_say_a_thing_once() -> None:
    found = titles(
        [
            "Fog computing for cities",
            "On fog computing",
            "Fog computing: GAN",
            "A GAN",
            "A laser, a GAN",
        ]
        * 2
    )
    assert found.rule == TITLES
    assert reason(found, "fog computing") == "name"
    assert reason(found, "gan") == "name"
    found = titles(["The laser"] * 4)
    assert reason(found, "laser") == "plain_word"
    found = titles(["Laser laser, laser."] * 4)
    assert reason(found, "laser") == "plain_word"


def test_the_window_alone_is_read() -> None:
    texts = about(*["fog computing"] * 3)
    early = record(texts, [YEAR - 9, YEAR - 9, YEAR - 9])
    late = record(texts, [YEAR + 1, YEAR + 1, YEAR + 1])
    for found in (early, late):
        assert reason(found, "fog computing") == "rare"
        assert names(found).documents.sum() == 0


def test_a_term_takes_the_shape_of_its_commonest_spelling_so_far() -> None:
    texts = about(*["timescale"] * 4, *["time-scale"] * 3, *["time-scale"] * 4)
    found = record(texts, [YEAR] * 7 + [YEAR + 1] * 4)
    at = place(found, "timescale")
    spelt = found.phrases.variants["phrase"]
    assert spelt[int(commonest_rows(found.phrases, YEAR)[at])] == "timescale"
    assert spelt[int(commonest_rows(found.phrases, YEAR + 1)[at])] == "time-scale"
    assert not found.shapes.at(YEAR).is_compound[at] and found.shapes.at(YEAR + 1).is_compound[at]


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_every_term_has_one_reason_and_a_figure(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vocabulary = ("deep", "neural", "network", "GAN", "novel", "problem", "of", ".", "the")
    found = record([" ".join(rng.choice(vocabulary, 30)) for _ in range(12)])
    made = names(found)
    assert set(made.reason.tolist()) <= set(range(len(REASONS)))
    assert np.isfinite(made.evidence).all() and (made.evidence >= 0).all()
    parts = made.reason == REASONS.index("part")
    assert (made.whole[parts] >= 0).all() and (made.evidence[parts] >= RULE.part).all()
    assert (made.rivals >= -1e-12).all()


def test_what_hardly_any_title_names_is_no_name() -> None:
    texts = about(*["fog computing"] * 20)
    frame = documents(texts).with_columns(title=pl.lit("A study"))

    def read(titled: int) -> str:
        named = (
            pl.when(pl.int_range(pl.len()) < titled)
            .then(pl.lit("Fog computing"))
            .otherwise("title")
        )
        told = frame.with_columns(named.alias("title"))
        return reason(read_text(told, one_stratum(told), say=lambda message: None), "fog computing")

    assert read(0) == "rarely_titled"  # 1 of 25
    assert read(1) == "name"  # 2 of 25
    few = frame[:10]
    found = read_text(few, one_stratum(few), say=lambda message: None)
    assert reason(found, "fog computing") == "name"  # 1 of 15: too few to tell


@pytest.mark.parametrize(
    ("phrase", "fewest"),
    [
        ("antenna", 4),  # a plain word: (4 + 1) / 25 is a fifth, (3 + 1) / 25 is less
        ("天线", 4),
        ("self-attention", 1),
        ("LSTM", 1),
        ("损失 函数", 3),  # of everyday words alone: (3 + 1) / 25 is .16
        ("联邦 学习", 1),
    ],
)
def test_plain_words_and_chinese_phrases_of_everyday_ones_need_more_titles(
    phrase: str, fewest: int
) -> None:
    said = phrase.replace(" ", "")
    frame = documents([f"({said}) . ({said}) . " * 2] * 20).with_columns(title=pl.lit("题目"))

    def read(titled: int) -> str:
        row = pl.int_range(pl.len())
        named = pl.when(row < titled).then(pl.lit(said)).otherwise("title")
        told = frame.with_columns(named.alias("title"))
        text = read_text(told, one_stratum(told), say=lambda message: None)
        return reason(text, phrase.lower())

    found = [read(titled) for titled in range(6)]
    assert found == ["rarely_titled"] * fewest + ["name"] * (6 - fewest)


@pytest.mark.parametrize(
    ("half", "before", "now", "gone", "lost"),
    [("tuned", 234, 251, 44, 8), ("other", 308, 316, 22, 0)],
)
def test_plain_words_that_few_titles_name_are_seldom_names(
    half: str, before: int, now: int, gone: int, lost: int
) -> None:
    """The table of docs/explanation/emergence.md: names among the first lines of narrow records."""
    lines = pl.read_csv(LABELS, separator=";").filter(pl.col("half") == half)
    titled = (pl.col("titled_count") + UNSEEN[0]) / (pl.col("documents_count") + UNSEEN[1])
    goes = pl.col("is_word") & (titled < RULE.titled_word)
    first = lines.filter("is_first_before")
    assert first.filter(goes).equals(first.filter(~pl.col("is_first")))
    named = (first["label"].sum(), lines.filter("is_first")["label"].sum())
    assert named == (before, now)
    assert (first.filter(goes).height, first.filter(goes)["label"].sum()) == (gone, lost)


def test_texts_without_titles_are_not_asked_for_titles() -> None:
    assert reason(record(about(*["fog computing"] * 20)), "fog computing") == "name"


def test_the_share_of_titles_counts_documents() -> None:
    frame = documents(about("fog computing", "laser diode")).with_columns(
        title=pl.lit("Fog computing for fog computing")
    )
    found = read_text(
        pl.concat([frame] * 3), one_stratum(pl.concat([frame] * 3)), say=lambda message: None
    )
    window = found.term_years.window(YEAR, YEAR, len(found.phrases.terms))
    row = place(found, "fog computing")
    assert (window["titled"][row], window["documents"][row]) == (6, 6)
    assert window["titled"][place(found, "laser diode")] == 0
