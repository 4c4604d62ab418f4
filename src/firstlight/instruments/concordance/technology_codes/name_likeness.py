"""How alike names and texts are: by their words, by their letters, and by their sense, which is
the same space for English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.numerics.term_weights import TermWeights

FOLDER = Path(__file__).parent
_LATIN = re.compile(r"[a-z][a-z0-9]*|[0-9]+")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
# What every list of codes is full of and no name is known by.
COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "based",
        "be",
        "by",
        "for",
        "from",
        "in",
        "include",
        "including",
        "is",
        "it",
        "its",
        "nec",
        "not",
        "of",
        "on",
        "or",
        "other",
        "such",
        "than",
        "that",
        "the",
        "their",
        "these",
        "this",
        "to",
        "use",
        "used",
        "using",
        "which",
        "with",
    ]
)

Floats = NDArray[np.float32]


def words_of(text: str) -> list[str]:
    """The words of a text: English ones in the singular and without the commonest, Chinese ones as
    pairs of characters.

    >>> words_of("Manufacture of lithium-ion batteries")
    ['manufacture', 'lithium', 'ion', 'battery']
    >>> words_of("锂电池")
    ['锂电', '电池']
    """
    return _tokens(text, (2,))


def letters_of(text: str) -> list[str]:
    """The three to five letters in a row of each English word, and one to three Chinese characters.

    >>> letters_of("IoT")
    [' io', 'iot', 'ot ', ' iot', 'iot ', ' iot ']
    """
    lower = text.lower().replace("-", " ")
    latin = [f" {word} " for word in _LATIN.findall(lower)]
    grams = [
        word[start : start + size]
        for word in latin
        for size in (3, 4, 5)
        for start in range(len(word) - size + 1)
    ]
    return grams + _runs(lower, (1, 2, 3))


def is_chinese(text: str) -> bool:
    """Whether a name is written in Chinese, in part at least."""
    return _HAN.search(text) is not None


@dataclass(frozen=True)
class Written:
    """Texts as they are compared.

    words, letters : sparse, n x vocabulary, rows of length 1
    senses         : n x dimensions, rows of length 1, or of 0 where no word is known
    known          : n, the share of the words whose sense is known
    """

    words: sparse.csr_matrix
    letters: sparse.csr_matrix
    senses: Floats
    known: Floats

    def rows(self, chosen: slice | NDArray[np.intp]) -> Written:
        """These texts alone."""
        return Written(
            self.words[chosen], self.letters[chosen], self.senses[chosen], self.known[chosen]
        )

    def and_those_of(self, other: Written) -> Written:
        """These texts, then the others."""
        return Written(
            sparse.vstack([self.words, other.words]).tocsr(),
            sparse.vstack([self.letters, other.letters]).tocsr(),
            np.concatenate([self.senses, other.senses]),
            np.concatenate([self.known, other.known]),
        )


class Likeness:
    """Words, letters and sense of texts, the first two weighted by how rare they are.

    names : texts whose letters are compared, too; texts : those whose words and sense are
    """

    def __init__(self, names: Sequence[str], texts: Sequence[str]) -> None:
        every = list(dict.fromkeys([*names, *texts]))
        named = list(dict.fromkeys(names))
        self._words = TermWeights(every, words_of, dtype=np.float32)
        self._letters = TermWeights(named, letters_of, dtype=np.float32)
        words = self._words.rows
        letters = self._letters.rows
        # those of texts are not compared: their rows are empty
        ends = np.pad(letters.indptr, (0, len(every) - len(named)), mode="edge")
        held = (letters.data, letters.indices, ends)
        shape = (len(every), letters.shape[1])
        letters = sparse.csr_matrix(held, shape=shape)
        senses, known = senses_of(every)
        self._place = {text: row for row, text in enumerate(every)}
        self._written = Written(words, letters, senses, known)

    def kept(self, texts: Sequence[str]) -> Written:
        """Names and texts that were handed in at first."""
        return self._written.rows(np.array([self._place[text] for text in texts], np.intp))

    def written(self, texts: Sequence[str]) -> Written:
        """Other texts, to be compared with these."""
        senses, known = senses_of(texts)
        return Written(self._words.of(texts), self._letters.of(texts), senses, known)


def senses_of(texts: Sequence[str]) -> tuple[Floats, Floats]:
    """The sense of each text, n x dimensions of length 1, and the share of its words that have one.

    The sense of a word is what it stands beside: the leading dimensions of the positive pointwise
    mutual information of words within five places in titles, abstracts and code lists, as Levy and
    Goldberg 2014 ("Neural word embedding as implicit matrix factorization", NeurIPS 27). Chinese
    pairs and triples of characters have the sense that best repeats that of English titles
    written beside them (ridge regression). `benchmarks/technology_codes` computes both.
    """
    tokens, weights, vectors = _senses()
    rows = []
    columns = []
    values = []
    known = np.zeros(len(texts), np.float32)
    for row, text in enumerate(texts):
        asked = sense_tokens(text)
        senses = [tokens[token] for token in asked if token in tokens]
        rows += [row] * len(senses)
        columns += senses
        values += [weights[token] for token in senses]
        known[row] = len(senses) / max(len(asked), 1)
    shape = (len(texts), len(vectors))
    sums = sparse.csr_matrix((values, (rows, columns)), shape=shape, dtype=np.float32) @ vectors
    return of_length_one(sums), known


def of_length_one(vectors: Floats) -> Floats:
    """The rows in their direction alone, in single precision; a row of 0 has none and stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = (vectors / np.maximum(length, 1e-9)).astype(np.float32)
    return scaled


def best_of_each(values: Floats, starts: NDArray[np.intp]) -> Floats:
    """The largest of each run of rows that begin at ``starts``, (columns, runs)."""
    return np.maximum.reduceat(values, starts, axis=0).T


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _runs(text: str, sizes: Sequence[int]) -> list[str]:
    return [
        run[start : start + size]
        for run in _HAN.findall(text)
        for size in sizes
        for start in range(len(run) - size + 1)
    ]


def sense_tokens(text: str) -> list[str]:
    """What of a text may have a sense: English words in the singular, and one to three Chinese
    characters in a row."""
    return _tokens(text, (1, 2, 3))


def _tokens(text: str, sizes: Sequence[int]) -> list[str]:
    """English words in the singular, without the commonest, and Chinese characters in a row."""
    lower = text.lower().replace("-", " ")
    latin = [_singular(word) for word in _LATIN.findall(lower)]
    return [word for word in latin if word not in COMMON] + _runs(lower, sizes)


@cache
def _senses() -> tuple[dict[str, int], Floats, Floats]:
    frame = pl.concat(
        pl.read_parquet(FOLDER / name) for name in ("senses_en.parquet", "senses_zh.parquet")
    )
    vectors = frame["sense"].to_numpy().astype(np.float32)
    tokens = {token: row for row, token in enumerate(frame["token"].to_list())}
    return tokens, frame["weight"].to_numpy().astype(np.float32), vectors
