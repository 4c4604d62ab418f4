"""Documents that speak of a need, in English and Chinese."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl

from firstlight.instruments.emergence.need_language import NEED_WORDS, speaks_of_need
from firstlight.instruments.emergence.terms import count_terms


def counted(texts: list[str]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    frame = pl.DataFrame(
        {"date": [datetime.date(2010, 1, 1)] * len(texts), "title": [""] * len(texts), "abstract": texts}
    )
    return speaks_of_need(count_terms([frame], minimum_documents=1))


def test_any_one_of_the_words_is_enough_whatever_its_form() -> None:
    texts = [
        "We address the Challenges of fusion.",
        "Its applications are many.",
        "No such thing is said here.",
        "本文讨论储能面临的挑战。",
        "本文给出一个定理的证明。",
        "Needs and issues, needs and issues.",
    ]
    assert counted(texts).tolist() == [1, 1, 0, 1, 0, 1]


def test_the_words_are_folded_as_terms_are() -> None:
    """Every word of the list can be found: each is what the reader of terms makes of it."""
    for word in NEED_WORDS:
        assert counted([f"a {word} b"]).tolist() == [1.0], word


def test_without_the_words_nothing_is_known() -> None:
    assert counted(["alpha beta", "gamma"]).tolist() == [0, 0]
