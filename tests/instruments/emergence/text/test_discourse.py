"""The lists of words of discourse are what the code compares with: stems, in small letters."""

from __future__ import annotations

import polars as pl
import pytest

from firstlight.instruments.emergence.text.discourse import discourse
from firstlight.instruments.emergence.text.words import is_break, stems


@pytest.mark.parametrize("place", ["first", "last", "uses", "products"])
def test_every_word_is_a_stem_that_a_phrase_can_hold(place: str) -> None:
    words = pl.Series(discourse()[place])
    assert words.is_sorted() and words.n_unique() == len(words) > 15
    assert stems(words).to_list() == words.to_list()
    assert not words.str.contains(r"\s").any()
    assert not pl.select(is_break(words)).to_series().any()
