"""What documents say of a technology: the sense of their words, besides its name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.concordance.technology_codes.coded_texts import labelled_names
from firstlight.instruments.concordance.technology_codes.name_likeness import (
    Floats,
    of_length_one,
    sense_tokens,
    senses_of,
)

# Labelled technologies with the sense of titles that name them, besides the name itself: figures
# that `benchmarks/technology_codes` computed; no title is kept.
DOCUMENTED = Path(__file__).parent / "document_senses.parquet"
LEAST_WORDS = 12  # besides the name, as three titles have; fewer say too little


def document_senses(names: Sequence[str], texts: Sequence[str]) -> Floats:
    """The sense of what is written of each technology, names x dimensions; 0 where that is little.

    Parameters
    ----------
    names
        What the technologies are called; these words don't count.
    texts
        Titles or abstracts of each, joined.
    """
    said = [_besides(name, text) for name, text in zip(names, texts, strict=True)]
    return senses_of(said)[0]


def _besides(name: str, text: str) -> str:
    name_tokens = set(sense_tokens(name))
    words = [word for word in sense_tokens(text) if word not in name_tokens]
    return " ".join(words) if len(words) >= LEAST_WORDS else ""


@cache
def documented_names() -> tuple[Floats, Floats]:
    """The senses of labelled names, as rows of `known_names`, 0 where none was computed; and the
    mean of those that were: what documents of any technology have in common."""
    kept = pl.read_parquet(DOCUMENTED)
    place = {name: row for row, name in enumerate(labelled_names()["name_en"])}
    rows = np.array([place[name] for name in kept["name_en"]], np.intp)
    own = kept["sense"].to_numpy().astype(np.float32)
    own /= np.linalg.norm(own, axis=1, keepdims=True)
    senses = np.zeros((2 * len(place), own.shape[1]), np.float32)
    senses[rows] = own
    mean: Floats = own.mean(axis=0)
    return apart_from_all(senses, mean), mean


def apart_from_all(senses: Floats, mean: Floats) -> Floats:
    """Senses less what all have in common, of length 1; 0 stays 0."""
    is_told: NDArray[np.bool_] = np.linalg.norm(senses, axis=1, keepdims=True) > 0
    return of_length_one(np.where(is_told, senses - mean, 0.0))
