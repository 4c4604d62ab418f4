"""How much the text of a demand and that of a result have in common, English and Chinese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import rjieba
from scipy import sparse

from firstlight.numerics.term_weights import TermWeights

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FEATURES = (
    "above_results",
    "below_results",
    "above_demands",
    "below_demands",
    "thin",
    "margin",
    "mutual",
)
BEST_RESULTS = 5  # of each demand
BEST_DEMANDS = 3  # of each result
BLOCK = 256  # demands that are compared with all results at once
FLOOR = 0.02  # likeness below which two are equally unlike
FEWEST_DEMANDS = 5  # from which a result's demands can be held against each other
UNKNOWN_MUTUAL = 0.5
DIGITS = 9  # of a likeness: sums of floats in another order are the same
THIN = 1  # words in common, up to which a lead rests on chance more often
PIECE = 4  # letters of a piece of a word
STOP_WORDS = frozenset(
    (Path(__file__).parent / "stop_words.csv").read_text(encoding="utf-8").split()[1:]
)
_HAN = "\u4e00-\u9fff\u3400-\u4dbf"
_RUN = re.compile(rf"[{_HAN}]+|[^\W\d_{_HAN}][^\W_{_HAN}]+")
_PLURAL = re.compile(r"(?<=\w\w[^aisu\W])s$")
_IS_HAN = re.compile(rf"[{_HAN}]")


@dataclass(frozen=True)
class Scores:
    """Pairs of a demand and a result that have most in common, and what speaks for them.

    Attributes
    ----------
    pairs
        demand and result (rows of the texts), word_cosine, likeness, words_count (of the demand),
        and the `FEATURES`; by demand, the most alike first.
    words
        Word weights of demands and of results, tf-idf, each row of length 1.
    names
        The word of each column.
    """

    pairs: pl.DataFrame
    words: tuple[sparse.csr_matrix, sparse.csr_matrix]
    names: Sequence[str]


def text_words(text: str) -> list[str]:
    """The words of a text that say something, in lower case and the singular; Chinese is cut into
    words.

    >>> text_words("Batteries of the cars lose capacity")
    ['batterie', 'car', 'lose', 'capacity']
    >>> text_words("电池容量损失")
    ['电池容量', '损失']
    """
    kept = []
    for run in _runs(text):
        if _IS_HAN.match(run):
            kept += [word for word in rjieba.cut(run) if len(word) > 1]
        elif run not in STOP_WORDS:
            kept.append(_PLURAL.sub("", run))
    return kept


def _pieces(text: str) -> Iterator[str]:
    """Four letters of a word with its ends, two characters of Chinese: inflected and compound
    words share them."""
    for run in _runs(text):
        if _IS_HAN.match(run):
            yield from (run[at : at + 2] for at in range(len(run) - 1))
        elif run not in STOP_WORDS:
            whole = f" {run} "
            yield from (whole[at : at + PIECE] for at in range(max(len(whole) - PIECE + 1, 1)))


def _runs(text: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).lower())


def score_texts(demands: Sequence[str], results: Sequence[str]) -> Scores:
    """The best results of each demand and the best demands of each result, by their texts.

    Likeness is the mean of two cosines of tf-idf weights: of words, and of pieces of words. Weights
    are learned from the texts themselves.

    Parameters
    ----------
    demands, results
        Texts, one or more of each.

    Returns
    -------
    `Scores`.

    References
    ----------
    Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, chapter 6 (tf-idf,
    logarithmic counts, cosine).

    Examples
    --------
    >>> found = score_texts(["cells lose charge", "roads crack"], ["cracks in roads", "tea"])
    >>> found.pairs.filter(pl.col("likeness") > 0).select("demand", "result").rows()
    [(1, 0)]
    """
    both = [*demands, *results]
    words, pieces = (TermWeights(both, cut) for cut in (text_words, _pieces))
    word_rows, piece_rows = (
        (learned.rows[: len(demands)], learned.rows[len(demands) :]) for learned in (words, pieces)
    )
    best = _Best(len(demands), len(results))
    for start in range(0, len(demands), BLOCK):
        best.add(start, _likeness(word_rows, piece_rows, slice(start, start + BLOCK)))
    demand, result = best.candidates()
    cosine = _dots(word_rows, demand, result)
    likeness = ((cosine + _dots(piece_rows, demand, result)) / 2).round(DIGITS)
    features = best.standing(demand, result, likeness)
    in_common = word_rows[0][demand].multiply(word_rows[1][result]).tocsr().getnnz(axis=1)
    features["thin"] = np.where(in_common <= THIN, features["above_results"], 0.0)
    said = np.array([len(text_words(text)) for text in demands])
    pairs = pl.DataFrame(
        {
            "demand": demand,
            "result": result,
            "word_cosine": cosine.round(DIGITS),
            "likeness": likeness,
            "words_count": said[demand],
            **features,
        }
    ).select("demand", "result", "word_cosine", "likeness", "words_count", *FEATURES)
    ordered = pairs.sort("demand", "likeness", "result", descending=[False, True, False])
    return Scores(ordered, word_rows, words.terms)


def _likeness(
    words: tuple[sparse.csr_matrix, sparse.csr_matrix],
    pieces: tuple[sparse.csr_matrix, sparse.csr_matrix],
    rows: slice,
) -> Floats:
    """(n, R) likeness of some demands to all results."""
    whole = (words[0][rows] @ words[1].T + pieces[0][rows] @ pieces[1].T).toarray()
    likeness: Floats = (whole / 2).round(DIGITS)
    return likeness


class _Best:
    """The best of each row and column of a matrix that is seen a block of rows at a time."""

    def __init__(self, demands: int, results: int) -> None:
        self.of_demand = np.zeros((demands, min(BEST_RESULTS, results)), np.int64)
        self.first_two = np.zeros((demands, 2))
        self.column_best = np.full((BEST_DEMANDS, results), -1.0)
        self.column_demand = np.full((BEST_DEMANDS, results), -1)

    def add(self, start: int, likeness: Floats) -> None:
        """See the likeness of the demands from ``start`` on to all results."""
        rows = slice(start, start + len(likeness))
        order = np.argsort(-likeness, axis=1, kind="stable")[:, :BEST_RESULTS]
        self.of_demand[rows] = order
        values = np.take_along_axis(likeness, order, axis=1)[:, :2]
        self.first_two[rows, : values.shape[1]] = values
        numbers = np.broadcast_to(np.arange(start, start + len(likeness))[:, None], likeness.shape)
        values = np.vstack([self.column_best, likeness])
        numbers = np.vstack([self.column_demand, numbers])
        top = np.argsort(-values, axis=0, kind="stable")[:BEST_DEMANDS]
        self.column_best = np.take_along_axis(values, top, axis=0)
        self.column_demand = np.take_along_axis(numbers, top, axis=0)

    def candidates(self) -> tuple[Ints, Ints]:
        """Demand and result of every pair that is among the best of either."""
        demand = np.repeat(np.arange(len(self.of_demand)), self.of_demand.shape[1])
        forward = np.stack([demand, self.of_demand.ravel()], axis=1)
        results = np.broadcast_to(np.arange(self.column_best.shape[1]), self.column_best.shape)
        back = np.stack([self.column_demand.ravel(), results.ravel()], axis=1)
        both = np.unique(np.vstack([forward, back[back[:, 0] >= 0]]), axis=0)
        return both[:, 0], both[:, 1]

    def standing(self, demand: Ints, result: Ints, likeness: Floats) -> dict[str, Floats]:
        """How far each pair is above, or below, the best of the demand's other results and of the
        result's other demands, in logarithms; and how far the best are above the second ones, and
        how many are each other's best, in the whole table."""
        first, second = self.first_two[demand].T
        others = np.where(self.of_demand[demand, 0] == result, second, first)
        by_results = _ratio(likeness, others)
        by_demands = np.zeros(len(demand))
        mutual = UNKNOWN_MUTUAL
        if len(self.of_demand) >= FEWEST_DEMANDS:
            is_best = self.column_demand[0, result] == demand
            rivals = np.where(is_best, self.column_best[1, result], self.column_best[0, result])
            by_demands = _ratio(likeness, rivals)
            has_won = (by_results > 0) & (by_demands > 0)
            mutual = float(has_won.sum()) / max(int((by_results > 0).sum()), 1)
        margin = _ratio(self.first_two[:, 0], self.first_two[:, 1])
        is_above = margin > 0
        mean = float(margin[is_above].sum()) / max(int(is_above.sum()), 1)
        return {
            "above_results": np.maximum(by_results, 0),
            "below_results": np.minimum(by_results, 0),
            "above_demands": np.maximum(by_demands, 0),
            "below_demands": np.minimum(by_demands, 0),
            "margin": np.full(len(demand), round(mean, DIGITS)),
            "mutual": np.full(len(demand), round(mutual, DIGITS)),
        }


def _ratio(likeness: Floats, other: Floats) -> Floats:
    ratio: Floats = np.log((likeness + FLOOR) / (np.maximum(other, 0) + FLOOR))
    return ratio.round(DIGITS)


def _dots(rows: tuple[sparse.csr_matrix, sparse.csr_matrix], demand: Ints, result: Ints) -> Floats:
    product = rows[0][demand].multiply(rows[1][result])
    return np.asarray(product.sum(axis=1), dtype=np.float64).ravel()


def common_words(scores: Scores, demand: Ints, result: Ints, most: int = 4) -> list[list[str]]:
    """The words that each pair has in common, those that weigh most first."""
    product = scores.words[0][demand].multiply(scores.words[1][result]).tocsr()
    product.sort_indices()
    shared = []
    for start, end in zip(product.indptr[:-1], product.indptr[1:], strict=True):
        weights = product.data[start:end].round(DIGITS)
        order = np.argsort(-weights, kind="stable")[:most]
        shared.append([scores.names[product.indices[start + at]] for at in order])
    return shared
