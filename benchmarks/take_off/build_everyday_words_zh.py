"""Write the Chinese everyday words that name no technology, from the English ones: by what Chinese
words stand for in the English titles of the same papers.

    python -m benchmarks.take_off.build_everyday_words_zh [FOLDER]

The folder holds the reference data. A Chinese word has the share of its translations in
``everyday_words.csv``: the median, weighted by how probable each is, so that it is an everyday word
when half or more of what it stands for is. What is written holds words and shares: no title.

What it loses and drops, and the rules by which it was accepted: docs/explanation/language.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off.build_everyday_words import LEAST_SHARE, TARGET
from benchmarks.take_off.corpora import SHARED

from firstlight.instruments.emergence.text import chinese, words
from firstlight.instruments.emergence.text.words import CutText, cut_batches, joined

FILE = "documents/arxiv_chinese.parquet"
FEWEST = 5  # titles with the word
WORDS = 1.5  # English words that it is expected to translate: from here two rather than one
ROUNDS = 10  # of expectation and maximization
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
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

    Words that translate two English ones, such as those for "decision tree", are names of their
    own and left out.

    titles  : columns title, title_zh
    english : columns word, share
    """
    found = _translations(titles).join(english, on="word", how="left")
    of_word = pl.col("uses").sum().over("chinese")
    reached = pl.col("uses").cum_sum().over("chinese", order_by=["share", "word"])
    of_one = found.with_columns(pl.col("share").fill_null(0.0)).filter(
        of_word < WORDS * pl.col("titles")
    )
    median = of_one.filter(reached >= of_word / 2).group_by("chinese").agg(pl.col("share").min())
    common = median.filter(pl.col("share") >= LEAST_SHARE)
    return common.rename({"chinese": "word"}).sort("word")


def _translations(titles: pl.DataFrame) -> pl.DataFrame:
    """In how many titles an English word is expected to stand for a Chinese one: chinese, word,
    uses, and the titles of the Chinese word.

    Model 1 of Brown, Della Pietra, Della Pietra and Mercer (1993), Computational Linguistics 19(2),
    263-311: every word of a title is a translation of one of the other title or of none. Function
    words take part, so that they are no translation of others, but are not among the rows.
    """
    theirs = _distinct(titles["title_zh"]).rename({"word": "chinese"})
    both = pl.concat([theirs, _nothing(titles.height)]).join(_distinct(titles["title"]), on="row")
    both = both.sort("row", "chinese", "word")
    kinds = both.select("chinese", "word").unique().sort("chinese", "word").with_row_index("pair")
    pair = both.join(kinds, on=["chinese", "word"], maintain_order="left")["pair"].to_numpy()
    uses = _expected(_places(both, "row", "word"), pair, _places(kinds, "chinese"))
    found = kinds.select("chinese", "word", pl.Series("uses", uses))
    often = theirs.group_by("chinese").agg(pl.len().alias("titles"))
    word = pl.col("word")
    is_content = ~words.is_break(word) & ~words.is_link(word)
    asked = often.filter((pl.col("titles") >= FEWEST) & _is_asked(pl.col("chinese")))
    return found.filter(is_content).join(asked, on="chinese")


def _expected(target: Ints, pair: Ints, source: Ints) -> Floats:
    """Uses of each pair of words, by expectation and maximization from equal probabilities.

    target : (n,) place of the English word of one title that may be translated
    pair   : (n,) which of the p pairs of words
    source : (p,) place of the Chinese word of each pair
    """
    probability = np.ones(len(source))
    for _ in range(ROUNDS):
        weight = probability[pair]
        weight /= np.bincount(target, weights=weight)[target]
        uses = np.bincount(pair, weights=weight, minlength=len(source))
        probability = uses / np.bincount(source, weights=uses)[source]
    return uses


def _places(frame: pl.DataFrame, *columns: str) -> Ints:
    return frame.select(pl.struct(columns).rank("dense") - 1).to_series().to_numpy()


def _nothing(titles: int) -> pl.DataFrame:
    """What words without a counterpart are translations of, once in every title."""
    return pl.DataFrame({"row": np.arange(titles), "chinese": ""})


def _is_asked(word: pl.Expr) -> pl.Expr:
    """True for the Chinese words that a share can decide on: single ones, no compounds."""
    is_chinese = word.str.contains(r"^\p{Han}+$")
    return is_chinese & ~chinese.is_compound(word) & ~words.is_break(word)


def _distinct(titles: pl.Series) -> pl.DataFrame:
    """The words of each title once: row, word."""
    documents = pl.DataFrame({"title": titles}).with_columns(abstract=pl.lit(None, pl.String))
    cut: CutText = joined(cut_batches(documents, text="title"))
    row = np.repeat(np.arange(len(cut.lengths)), cut.lengths)
    used = pl.DataFrame({"row": row, "word": words.stems(cut.spellings)[cut.words]})
    return used.filter(pl.col("word") != words.TITLE_END).unique().sort("row", "word")


if __name__ == "__main__":
    main(*(Path(folder) for folder in sys.argv[1:2]))
