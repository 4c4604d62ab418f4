"""Everyday words, common in unlike fields before today's technologies: "image", "vector"."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

FILE = "everyday_words.csv"


@cache
def everyday_words() -> pl.DataFrame:
    """Stems, sorted, with a share each: word, share.

    Of the documents of six unlike fields of arXiv up to 2010 (computing, economy, life, materials,
    mathematics, physics) the word stands in this share or more in three of them. Words below .01
    are not listed. Counted, so drawn up without regard to any topic.
    """
    return pl.read_csv(Path(__file__).with_name(FILE))
