"""Writes the sense of words: python -m benchmarks.technology_codes.build_senses [SHARED]

SHARED is the folder of data beside the repository. Only figures leave it. Two minutes on 2 cores.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from scipy import sparse
from sklearn.linear_model import Ridge
from sklearn.utils.extmath import randomized_svd

from firstlight.instruments.concordance.code_lists import code_list
from firstlight.instruments.concordance.technology_codes import name_likeness
from firstlight.instruments.concordance.technology_codes.coded_texts import (
    LISTS,
    TEXTS,
    labelled_names,
)

SHARED = Path("../shared")
DIMENSIONS = 100
REACH = 5  # words on either side that a word stands beside
LEAST = 20  # times that a word occurs
LEAST_CHINESE = 6
SHIFT = np.log(1.5)  # taken from the mutual information, so that chance meetings are none
SMOOTHING = 0.75  # of the frequency of what stands beside
SAMPLES = {"arxiv_tech": 90_000, "ai_conferences": 25_000, "us_neural_network_patents": 3_000}
TOLD_TWICE = 2  # short and precious texts count more than once
PENALTY = 1.0  # of the ridge regression
SCALE = 127


def english_texts(shared: Path) -> list[str]:
    """Titles and abstracts, descriptions of subjects, occupations and firms, and lists of codes."""
    documents = []
    for name, count in SAMPLES.items():
        path = shared / f"data/documents/{name}.parquet"
        frame = pl.read_parquet(path, columns=["title", "abstract"]).drop_nulls()
        documents += _joined(frame.sample(min(count, frame.height), seed=1), ". ")
    lists = shared / "data/classifications"
    topics = pl.read_csv(lists / "openalex_topics.csv.gz")
    subjects = _joined(topics.select("topic", "description", "subfield", "field"), ". ")
    jobs = pl.read_parquet(lists / "occupations/esco_occupations.parquet")
    described = _joined(jobs.select("preferredLabel", "altLabels", "description"), " ")
    firms = pl.read_parquet(shared / "data/products/companies.parquet")
    made = _joined(firms.select("short_description", "tags"), " ")
    coded = pl.read_parquet(TEXTS).group_by("classification", "code", maintain_order=True)
    codes = coded.agg(pl.col("text").str.join(". "))["text"].to_list()
    return documents + made + (subjects * TOLD_TWICE + described + codes) * TOLD_TWICE


def english_senses(texts: Iterable[str]) -> pl.DataFrame:
    """token, weight, sense of every English word that occurs often enough."""
    split = [name_likeness.sense_tokens(text) for text in texts]
    counts = Counter(word for text in split for word in text if word.isascii())
    kept = sorted(word for word, count in counts.items() if count >= LEAST)
    place = {word: index for index, word in enumerate(kept)}
    gap = [-1] * REACH  # no word stands beside one of the next text
    flat = np.array(
        [index for text in split for index in [*(place.get(w, -1) for w in text), *gap]]
    )
    meetings = sparse.csr_matrix((len(kept), len(kept)), dtype=np.float32)
    for distance in range(1, REACH + 1):
        first, second = flat[:-distance], flat[distance:]
        both = (first >= 0) & (second >= 0)
        weight = np.full(both.sum(), distance**-0.5, np.float32)
        meetings += sparse.coo_matrix((weight, (first[both], second[both])), meetings.shape)
    vectors = _leading(meetings + meetings.T)
    total = sum(counts[word] for word in kept)
    weights = [np.log(total / counts[word]) for word in kept]
    return _frame(kept, weights, vectors)


def chinese_senses(pairs: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """token, weight, sense of Chinese characters in a row, by titles in both languages."""
    english, known = name_likeness.senses_of([text for _, text in pairs])
    split = [
        [token for token in name_likeness.sense_tokens(text) if not token.isascii()]
        for text, _ in pairs
    ]
    counts = Counter(token for text in split for token in set(text))
    kept = sorted(token for token, count in counts.items() if count >= LEAST_CHINESE)
    place = {token: index for index, token in enumerate(kept)}
    weights = np.array([np.log(len(pairs) / counts[token]) for token in kept])
    cells = [(row, place[t]) for row, text in enumerate(split) for t in text if t in place]
    rows, columns = np.array(cells).T
    shape = (len(pairs), len(kept))
    written = sparse.csr_matrix((weights[columns], (rows, columns)), shape=shape)
    length = np.sqrt(written.multiply(written).sum(axis=1)).A1
    written = sparse.diags(1 / np.maximum(length, 1e-9)) @ written
    told = known > 0.4
    fitted = Ridge(PENALTY, fit_intercept=False, solver="sparse_cg", max_iter=60, tol=1e-6)
    fitted.fit(written[told], english[told])
    return _frame(kept, weights, fitted.coef_.T)


def chinese_pairs(shared: Path) -> list[tuple[str, str]]:
    """Chinese and English titles of the same paper, code or technology."""
    papers = pl.read_parquet(
        shared / "data/documents/arxiv_chinese.parquet", columns=["title_zh", "title"]
    )
    codes = [row for name in LISTS for row in code_list(name).select("name_zh", "name_en").rows()]
    named = labelled_names().select("name_zh", "name_en").rows()
    return [*papers.drop_nulls().rows(), *(codes + named) * TOLD_TWICE]


def _leading(meetings: sparse.csr_matrix) -> np.ndarray:
    cells = meetings.tocoo()
    often = np.asarray(meetings.sum(axis=1)).ravel()
    beside = often**SMOOTHING / (often**SMOOTHING).sum()
    information = np.log(cells.data / (often[cells.row] * beside[cells.col])) - SHIFT
    above = information > 0
    positive = sparse.csr_matrix(
        (information[above], (cells.row[above], cells.col[above])), meetings.shape
    )
    left, sizes, _ = randomized_svd(positive, DIMENSIONS, n_iter=3, random_state=0)
    vectors = left * np.sqrt(sizes)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def _frame(tokens: Sequence[str], weights: Sequence[float], vectors: np.ndarray) -> pl.DataFrame:
    largest = np.abs(vectors).max()
    whole = np.rint(vectors / largest * SCALE).astype(np.int8)
    sense = pl.Series("sense", whole, dtype=pl.Array(pl.Int8, DIMENSIONS))
    # the weight takes up what rounding to one scale has taken from the length
    scaled = np.asarray(weights) * largest / SCALE
    return pl.DataFrame({"token": tokens, "weight": scaled.astype(np.float32), "sense": sense})


def _joined(frame: pl.DataFrame, separator: str) -> list[str]:
    return (
        frame.select(pl.concat_str(pl.all().fill_null(""), separator=separator))
        .to_series()
        .to_list()
    )


def _write(frame: pl.DataFrame, language: str) -> None:
    path = name_likeness.FOLDER / f"senses_{language}.parquet"
    frame.write_parquet(path, compression="zstd", compression_level=19, statistics=False)
    print(path.name, frame.height, path.stat().st_size)


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    english = english_senses(english_texts(given))
    _write(english.head(0), "zh")
    _write(english, "en")
    name_likeness._senses.cache_clear()
    _write(chinese_senses(chinese_pairs(given)), "zh")
