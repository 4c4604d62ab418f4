"""How well a model of meaning finds technologies across languages, beside their letters (needs the
extra ``semantic``).

Names: technologies of the Chinese and of the English titles of one half of the papers; those in the
same documents (Jaccard index of at least .5) are one, and each has to be found by its name in the
other language. Questions: titles of the other half; a title asks for the technologies whose names
stand in it, or in the title of the same paper in the other language. Last, how often names that are
each other's nearest are one, where a part of the names of each language is left out, so that many
have no counterpart: a lower bound, since a right translation may stand in other documents.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off.chinese import FILE, READINGS, Reading, aligned, papers, read
from sklearn.feature_extraction.text import TfidfVectorizer

from firstlight.run.likeness import LEAST, NGRAMS, proposals, vectors

Floats = npt.NDArray[np.floating]
Truth = list[set[int]]
RESULTS = Path(__file__).resolve().parents[1] / "results" / "take_off_meaning.csv"
QUESTIONS = 400
EQUAL = 0.5  # Jaccard index
FIRST = (1, 5)
KEPT = (1.0, 0.5, 0.25)  # of the names of each language


def letters(names: Sequence[str], questions: Sequence[str]) -> Floats:
    """(questions, names) cosine of TF-IDF of letters, as ``show --like`` compares them."""
    found = TfidfVectorizer(analyzer="char", ngram_range=NGRAMS, sublinear_tf=True)
    matrix = found.fit_transform(names)
    similarity: Floats = (found.transform(questions) @ matrix.T).toarray()
    return similarity


def hits(similarity: Floats, truth: Truth) -> list[float]:
    """The share of questions with an answer among the first one and five; those without an answer
    are left out."""
    asked = [row for row, answers in enumerate(truth) if answers]
    order = np.argsort(-similarity[asked], axis=1, kind="stable")
    return [
        float(
            np.mean(
                [
                    bool(truth[row] & set(first[:most]))
                    for row, first in zip(asked, order, strict=True)
                ]
            )
        )
        for most in FIRST
    ]


def named_in(titles: Sequence[str], names: Sequence[str]) -> Truth:
    """The names that stand in each title."""
    plain = [_squashed(name).removesuffix("s") for name in names]
    return [
        {row for row, name in enumerate(plain) if len(name) > 2 and name in _squashed(title)}
        for title in titles
    ]


def _squashed(text: str) -> str:
    return text.lower().replace(" ", "").replace("-", "")


def overlap(one: Reading, other: Reading) -> Floats:
    """Jaccard index of the documents of each pair of technologies."""
    mine, theirs = aligned(one, other)
    shared = (mine @ theirs.T).toarray().astype(np.float64)
    of_one, of_other = (np.asarray(both.sum(axis=1), dtype=np.float64) for both in (mine, theirs))
    return shared / (of_one + of_other.T - shared)


def nearest_pairs(similarity: Floats, jaccard: Floats) -> list[tuple[object, ...]]:
    """Proposals, by the share of names that is kept: how many, and the share that stands in the
    same documents."""
    rng = np.random.default_rng(0)
    rows = []
    for part in KEPT:
        chosen = [np.flatnonzero(rng.random(size) < part) for size in similarity.shape]
        tables = [pl.DataFrame({"name": some, "documents_count": some}) for some in chosen]
        found = proposals(*tables, similarity[np.ix_(*chosen)])
        right = jaccard[found["name"].to_numpy(), found["to"].to_numpy()] >= EQUAL
        rows.append(
            (
                f"pairs, {part:.0%} of the names",
                f"meaning, {LEAST} or more",
                len(right),
                right.mean(),
                None,
            )
        )
    return rows


def table(file: Path) -> pl.DataFrame:
    """task, method, asked, first (share right), first_five."""
    frame = papers("test", file)
    english, chinese = (read(frame, reading) for reading in list(READINGS)[:2])
    jaccard = overlap(chinese, english)
    asked = papers("development", file).sample(QUESTIONS, seed=5)
    texts = {
        "Chinese name": chinese.labels,
        "English name": english.labels,
        "Chinese title": asked["title_zh"].to_list(),
        "English title": asked["title"].to_list(),
    }
    vector = {kind: vectors(some) for kind, some in texts.items()}
    of_title = {f"{language} title": f"{language} name" for language in ("Chinese", "English")}
    truth = {answer: named_in(texts[title], texts[answer]) for title, answer in of_title.items()}
    same = [set(np.flatnonzero(row >= EQUAL).tolist()) for row in jaccard]
    back = [set(np.flatnonzero(row >= EQUAL).tolist()) for row in jaccard.T]
    tasks = [("Chinese name", "English name", same), ("English name", "Chinese name", back)]
    tasks += [(title, answer, truth[answer]) for title in of_title for answer in of_title.values()]
    rows: list[tuple[object, ...]] = []
    for question, answer, right in tasks:
        similarities = {
            "meaning": vector[question] @ vector[answer].T,
            "letters": letters(texts[answer], texts[question]),
        }
        count = sum(map(bool, right))
        rows += [
            (f"{question}: {answer}", by, count, *hits(found, right))
            for by, found in similarities.items()
        ]
    rows += nearest_pairs(vector["Chinese name"] @ vector["English name"].T, jaccard)
    return pl.DataFrame(
        rows, schema=["task", "by", "asked", "first", "first_five"], orient="row"
    ).with_columns(pl.col("first", "first_five").cast(pl.Float64).round(3))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=FILE)
    found = table(parser.parse_args().file)
    found.write_csv(RESULTS)
    print(found.write_csv())
