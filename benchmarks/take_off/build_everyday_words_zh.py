"""Write the Chinese everyday words that name no technology, from the English ones: by what Chinese
words stand for in the English titles of the same papers.

    python -m benchmarks.take_off.build_everyday_words_zh [FOLDER]

The folder holds the reference data. A Chinese word has the share of its translations in
``everyday_words.csv``: the median, weighted by how probable each is, so that it is an everyday word
when half or more of what it stands for is. What is written holds words and shares: no title.

The rule of choice and acceptance was written before any share was computed
(docs/explanation/language.md).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.take_off.build_everyday_words import LEAST_SHARE, TARGET
from benchmarks.take_off.corpora import SHARED

from firstlight.instruments.emergence.text import chinese, words
from firstlight.instruments.emergence.text.words import CutText, cut_batches, joined

FILE = "documents/arxiv_chinese.parquet"
FEWEST = 5  # titles with the word
ROUNDS = 10  # of expectation and maximization; further ones change few medians
TARGET_ZH = TARGET.with_name("everyday_words_zh.csv")


def main(shared: Path = SHARED) -> None:
    """Write the words, and say how many."""
    titles = pl.read_parquet(shared / "data" / FILE, columns=["title", "title_zh"])
    table = translated(titles, pl.read_csv(TARGET))
    table.write_csv(TARGET_ZH)
    size = TARGET_ZH.stat().st_size / 1e3
    print(f"{titles.height} pairs of titles, {table.height} words, {size:.1f} kB")


def translated(titles: pl.DataFrame, english: pl.DataFrame) -> pl.DataFrame:
    """Chinese words with the share of their median translation, where it is .01 or more.

    titles  : columns title, title_zh
    english : columns word, share
    """
    pairs = _probabilities(titles)
    of_english = pairs.join(english, on="word", how="left").with_columns(
        pl.col("share").fill_null(0.0)
    )
    order = of_english.sort("chinese", "share", "word", descending=[False, True, False])
    reached = pl.col("probability").cum_sum().over("chinese")
    half = pl.col("probability").sum().over("chinese") / 2
    median = order.filter(reached >= half).unique("chinese", keep="first", maintain_order=True)
    common = median.filter(pl.col("share") >= LEAST_SHARE)
    return common.select(pl.col("chinese").alias("word"), "share").sort("word")


def _probabilities(titles: pl.DataFrame) -> pl.DataFrame:
    """How probable each English word is for a Chinese one: chinese, word, probability.

    Model 1 of Brown, Della Pietra, Della Pietra and Mercer (1993), Computational Linguistics 19(2),
    263-311: every word of a title is a translation of one of the other title or of none. Function
    words take part, so that they are no translation of others, but are not among the rows.
    """
    theirs = _distinct(titles["title_zh"]).rename({"word": "chinese"})
    none = pl.DataFrame({"row": np.arange(titles.height), "chinese": ""})
    theirs = pl.concat([theirs, none.cast(dict(theirs.schema))])
    both = theirs.join(_distinct(titles["title"]), on="row").sort("row", "chinese", "word")
    kinds = both.select("chinese", "word").unique().sort("chinese", "word").with_row_index("pair")
    pair = both.join(kinds, on=["chinese", "word"], maintain_order="left")["pair"].to_numpy()
    target = both.select(pl.struct("row", "word").rank("dense") - 1).to_series().to_numpy()
    source = kinds.select(pl.col("chinese").rank("dense") - 1).to_series().to_numpy()
    probability = np.ones(kinds.height)
    for _ in range(ROUNDS):
        weight = probability[pair]
        weight /= np.bincount(target, weights=weight)[target]
        counted = np.bincount(pair, weights=weight, minlength=kinds.height)
        probability = counted / np.bincount(source, weights=counted)[source]
    found = kinds.with_columns(pl.Series("probability", probability))
    word = pl.col("word")
    is_content = ~words.is_break(word) & ~words.is_link(word)
    return found.filter(is_content & _is_asked(theirs)).drop("pair")


def _is_asked(used: pl.DataFrame) -> pl.Expr:
    """True for the Chinese words that a share can decide on: single ones, no compounds."""
    word = pl.col("chinese")
    often = used.group_by("chinese").len().filter(pl.col("len") >= FEWEST)["chinese"].to_list()
    is_chinese = word.str.contains(r"^\p{Han}{2,}$")
    return word.is_in(often) & is_chinese & ~chinese.is_compound(word) & ~words.is_break(word)


def _distinct(titles: pl.Series) -> pl.DataFrame:
    """The words of each title once: row, word."""
    documents = pl.DataFrame({"title": titles, "abstract": pl.Series([None] * len(titles), dtype=pl.String)})
    cut: CutText = joined(cut_batches(documents, text="title"))
    row = np.repeat(np.arange(len(cut.lengths)), cut.lengths)
    used = pl.DataFrame({"row": row, "word": words.stems(cut.spellings)[cut.words]})
    return used.unique().sort("row", "word")


if __name__ == "__main__":
    main(*(Path(folder) for folder in sys.argv[1:2]))
