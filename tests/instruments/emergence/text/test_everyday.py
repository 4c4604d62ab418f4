"""Everyday words: those that three unlike fields use, and no technology of today."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

from firstlight.instruments.emergence.technologies.names import NameRule
from firstlight.instruments.emergence.text.discourse import everyday_words
from firstlight.instruments.emergence.text.words import is_break, stems

sys.path.insert(0, str(Path(__file__).parents[4]))
from benchmarks.take_off import build_everyday_words

LABELS = Path(build_everyday_words.__file__).with_name("labels_of_words.csv")
TECHNOLOGIES = (
    "blockchain graphene lidar transformer perovskite metaverse federated memristor exoskeleton robot sensor laser "
    "battery drone genome nanoparticle transistor antenna biosensor photovoltaic vaccine polymer gpu qubit wavelet"
)


def everyday() -> list[str]:
    """Those common enough to name nothing."""
    return everyday_words().filter(pl.col("share") >= NameRule().everyday)["word"].to_list()


def test_the_words_are_sorted_single_and_as_common_as_the_rule_asks() -> None:
    words, shares = everyday_words()
    assert words.is_sorted() and words.n_unique() == len(words) > len(everyday()) > 1000
    assert words.str.contains(r"^(?:[a-z]+|\p{Han}+)$").all()
    assert not pl.select(is_break(words)).to_series().any()
    assert shares.is_between(build_everyday_words.LEAST_SHARE, 1).all()
    assert NameRule().common == build_everyday_words.LEAST_SHARE


def test_no_technology_of_one_word_is_among_them() -> None:
    assert not set(TECHNOLOGIES.split()) & set(everyday())


@pytest.mark.parametrize(
    ("half", "names", "lost", "others", "dropped"),
    [("first", 29, 3, 76, 41), ("second", 21, 1, 131, 66)],
)
def test_of_labelled_words_half_go_and_few_names(
    half: str, names: int, lost: int, others: int, dropped: int
) -> None:
    """The table of docs/explanation/emergence.md."""
    given = pl.read_csv(LABELS).filter(pl.col("half") == half)
    is_everyday = stems(given["term"]).is_in(everyday())
    counted = (
        given.with_columns(is_everyday.alias("everyday"))
        .group_by("label")
        .agg(pl.len(), pl.col("everyday").sum())
    )
    assert sorted(counted.rows()) == [(0, others, dropped), (1, names, lost)]


def papers(*of: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [(title, None, category) for title, category in of],
        schema={"title": pl.String, "abstract": pl.String, "primary_category": pl.String},
        orient="row",
    )


def test_a_word_must_be_common_in_three_fields() -> None:
    found = build_everyday_words.everyday_words(
        papers(
            ("the lattice and lattices", "math.CO"),
            ("a lattice, a qubit", "cs.DM"),
            ("qubits", "quant-ph"),
            ("the lattice of qubits", "physics.soc-ph"),
            ("markets", "q-fin.ST"),
            ("qubit", "cs.ET"),
        )
    )
    # lattice: mathematics 1, computing 1/2, economy 1/2; qubit: computing 1, physics 1, economy 1/2
    assert found.rows() == [("lattice", 0.5), ("qubit", 0.5)]


@pytest.mark.parametrize("category", ["math-ph", "math.CO", "stat.ME"])
def test_categories_of_one_field_count_once(category: str) -> None:
    both = papers(("lattice", category), ("lattice", "math.ST"), ("lattice", "cs.DM"))
    assert build_everyday_words.everyday_words(both).is_empty()
