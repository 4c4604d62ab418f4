"""The lists of plurals are well formed, and agree with the rules beside them."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from firstlight.instruments.emergence.text.singulars import _lists, singular


def test_each_listed_plural_has_another_singular_and_stays_there() -> None:
    irregular, kept = _lists()
    assert all(plural != single for plural, single in irregular.items())
    singles = pl.Series(sorted(set(irregular.values()) | set(kept)))
    assert singular(singles).to_list() == singles.to_list()


def test_no_listed_plural_is_what_the_rules_give_anyway() -> None:
    irregular, _ = _lists()
    by_rule = [
        singular(pl.Series([f"x{plural}"]))[0][1:] == single for plural, single in irregular.items()
    ]
    assert not any(by_rule)


def test_only_the_last_part_of_a_compound_is_looked_at() -> None:
    words = pl.Series(["networks-on-chips", "lives-saved", "sub-matrices", "gps-denied", "-s", ""])
    assert singular(words).to_list() == [
        "networks-on-chip",
        "lives-saved",
        "sub-matrix",
        "gps-denied",
        "-s",
        "",
    ]


@given(st.lists(st.text("abceshix-", max_size=9)))
def test_nothing_else_is_changed(words: list[str]) -> None:
    singles = singular(pl.Series(words, dtype=pl.String)).to_list()
    for word, single in zip(words, singles, strict=True):
        assert single == word or word.rpartition("-")[0] == single.rpartition("-")[0]
