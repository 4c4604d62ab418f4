"""Labels as people write them, and every form with the documents that are written so."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from small_records import YEAR, acronyms, names, place, record, technologies, titles
from test_technology_names import about

from firstlight.instruments.emergence.technologies.labels import (
    forms_of,
    labels,
    named,
    written_words,
)
from firstlight.instruments.emergence.technologies.text_record import TextRecord


def forms(found: TextRecord, year: int = YEAR) -> pl.DataFrame:
    made = technologies(found, year)
    of_year = names(found, year=year)
    return forms_of(
        found.phrases,
        found.shapes.at(year).variant,
        made,
        of_year,
        found.rule.window_years,
        acronyms(found),
    )


def shown(found: TextRecord, year: int = YEAR) -> list[str]:
    return named(forms(found, year)).to_list()


def test_the_last_word_as_it_is_written_most_often() -> None:
    texts = about(*["generative adversarial networks"] * 3, "generative adversarial network")
    assert "generative adversarial networks" in shown(record(texts))
    assert "generative adversarial network" in shown(record(texts[2:] + texts[3:]))


def test_words_inside_in_the_singular_where_it_is_written() -> None:
    texts = about(
        *["networks science"] * 2, "network science", "systems biology", *["systems biology"] * 2
    )
    assert shown(record(texts)) == ["network science", "systems biology"]


def test_an_acronym_in_brackets_without_plural() -> None:
    texts = about(*["generative adversarial networks (GANs)"] * 3, *["GANs"] * 2)
    assert shown(record(texts)) == ["generative adversarial networks (GAN)"]


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("IoT devices", "IoT devices"),
        ("ResNet", "ResNet"),
        ("5G networks", "5G networks"),
        ("Bayesian filtering", "Bayesian filtering"),
        ("Moore's law", "Moore's law"),
        ("Kullback--Leibler divergence", "Kullback--Leibler divergence"),
        ("few-shot learning", "few-shot learning"),
        ("Poincaré maps", "Poincaré maps"),
        ("internet of things", "internet of things"),
    ],
)
def test_capitals_and_accents_that_say_something_are_kept(phrase: str, expected: str) -> None:
    texts = [
        f"Here all of it is about {text} and in small letters" for text in about(*[phrase] * 3)
    ]
    assert expected in shown(record(texts))


def test_a_capital_at_the_beginning_of_a_sentence_says_nothing() -> None:
    texts = ["Fog computing. Then fog computing. And fog computing."] * 3
    assert shown(record(texts)) == ["fog computing"]


def test_in_titles_capitals_say_nothing() -> None:
    assert shown(titles(["Fog Computing With ResNet"] * 3)) == ["fog computing", "ResNet"]


def test_chinese_is_joined_without_spaces() -> None:
    texts = ["深度学习。深度学习。"] * 3 + ["LSTM 智能体。LSTM 智能体。"] * 3
    assert {"深度学习", "LSTM 智能体"} <= set(shown(record(texts)))
    one_by_one = pl.Series(["图 神 经 网 络", "a 图 b 神 经"])
    words = written_words(record(texts).phrases.written, YEAR)
    assert labels(one_by_one, words).to_list() == ["图神经网络", "a 图 b 神经"]


def test_chinese_has_no_plural() -> None:
    texts = ["基于 GANs 和其他的 GANs。"] * 5 + ["基于 GAN 和其他的 GAN。"]
    assert "GAN" in shown(record(texts))
    english = ["the GANs and the other GANs."] * 5 + ["the GAN and the other GAN."]
    assert "GANs" in shown(record(english))


def test_words_are_read_up_to_the_forecast_year() -> None:
    texts = about(*["fog network"] * 3, *["fog networks"] * 9)
    found = record(texts, [YEAR] * 3 + [YEAR + 1] * 9)
    assert shown(found) == ["fog network"] and shown(found, YEAR + 1) == ["fog networks"]


def test_words_of_some_phrases_alone_are_the_same() -> None:
    found = record(about("IoT devices", "Fog computing", "ResNet"))
    phrases = pl.Series(["iot device", "fog"])
    some, every = (written_words(found.phrases.written, YEAR, wanted) for wanted in (phrases, None))
    assert some.sort("stem").equals(
        every.filter(pl.col("stem").is_in(["iot", "device", "fog"])).sort("stem")
    )


def test_labels_of_unknown_words_are_their_stems() -> None:
    words = written_words(record(about(*["fog computing"] * 3)).phrases.written, YEAR)
    assert labels(pl.Series(["fog computing", "unknown stem"]), words).to_list() == [
        "fog computing",
        "unknown stem",
    ]


def test_forms_with_the_documents_that_are_written_so() -> None:
    """Twelve documents in all, by spelling and in the last five years."""
    texts = about(
        *["deep network"] * 6, *["deep-network"] * 4, *["deep-network (DN)"] * 3, *["DN"] * 2
    )
    found = record(texts, [YEAR - 6] * 3 + [YEAR] * 12)
    rows = forms(found).drop("evidence", "technology").rows()
    assert rows == [
        ("deep-network", "name", 10),
        ("DN", "acronym", 5),
        ("deep network", "spelling", 3),
    ]
    evidence = forms(found)["evidence"].to_list()
    assert evidence == [None, 1.0, None]


def test_spellings_are_those_that_are_known_at_the_forecast_year() -> None:
    texts = about(*["deep network"] * 3, *["deep-network"] * 2, *["deep-network"] * 2)
    found = record(texts, [YEAR] * 5 + [YEAR + 1] * 2)
    assert forms(found)["form"].to_list() == ["deep network"]
    later = forms(found, YEAR + 1)
    assert sorted(later.select("form", "documents_count").rows()) == [
        ("deep network", 5),
        ("deep-network", 2),
    ]


def test_forms_of_no_technologies() -> None:
    found = record(about(*["fog computing"] * 3))
    none = technologies(found).take(np.zeros(0, dtype=np.int64))
    variant = found.shapes.at(YEAR).variant
    frame = forms_of(found.phrases, variant, none, names(found), 5, acronyms(found))
    assert frame.height == 0 and named(frame).len() == 0


def test_the_commonest_acronym_is_the_one_in_brackets() -> None:
    texts = about(
        *["deep neural network (DNN)"] * 3, *["deep neural network (DeNN)"] * 2, *["DeNN"] * 4
    )
    found = record(texts)
    kinds = forms(found).filter(pl.col("kind") == "acronym")
    assert kinds["form"].to_list() == ["DeNN", "DNN"]
    assert "deep neural network (DeNN)" in shown(found)
    assert place(found, "dnn") != place(found, "denn")


def test_an_acronym_is_shown_as_texts_define_it() -> None:
    texts = about(*["generative adversarial network (GAN)"] * 3, *["GaN"] * 9)
    assert "generative adversarial network (GAN)" in shown(record(texts))


@pytest.mark.parametrize(
    ("of_title", "shown"), [(0.05, {"Radiance", "Bayesian"}), (0.4, {"radiance", "Bayesian"})]
)
def test_capitals_count_less_where_titles_stand_among_running_text(
    of_title: float, shown: set[str]
) -> None:
    """A word written small in 5% of its uses has its capitals from titles, where these are many; one
    never written small is a name in either."""
    capitals = round(1000 * of_title)
    rows = [
        ("word", "word", True, False, 1000 - capitals),
        ("word", "Word", False, False, capitals),
        ("radiance", "radiance", True, False, 1),
        ("radiance", "Radiance", False, False, 19),
        ("bayesian", "Bayesian", False, False, 20),
    ]
    columns = ["stem", "spelling", "is_small", "is_capital", "count"]
    written = pl.DataFrame(rows, schema=columns, orient="row").with_columns(year=pl.lit(YEAR))
    words = written_words(written, YEAR)
    assert set(words["last"]) - {"word", "Word"} == shown
