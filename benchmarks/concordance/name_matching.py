"""Fit the probabilities of matched names, and hold them against plain rules on other technologies.

python -m benchmarks.concordance.name_matching   (writes match_model.csv and match_record.csv beside
the measurement `plan`, and prints the record)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from benchmarks.concordance.name_pairs import SHARED, Part, parts
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from firstlight.instruments.concordance.plan_check import name_matching
from firstlight.instruments.concordance.plan_check.name_matching import (
    FEATURES,
    MODEL,
    candidates,
    pair_features,
)

RECORD = MODEL.with_name("match_record.csv")
SCRIPTS = ("latin", "han")
LEVELS = (0.5, 0.8)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """What a rule makes of every written name: the likeliest known one, and how likely.

    names     : (n,), what was written
    has_match : (n,), whether the technology is known under another name
    is_right  : (n,), whether the likeliest known name is its
    score     : (n,), 0 where nothing is like it
    """

    names: NDArray[np.str_]
    has_match: NDArray[np.bool_]
    is_right: NDArray[np.bool_]
    score: Floats

    def only(self, rows: NDArray[np.bool_]) -> Answers:
        """Those of some names."""
        return Answers(
            self.names[rows], self.has_match[rows], self.is_right[rows], self.score[rows]
        )

    def at(self, level: float) -> tuple[float, float]:
        """Precision of the names that are matched from a level on, and recall."""
        taken = self.score >= level
        right = (taken & self.is_right).sum()
        return float(right / max(taken.sum(), 1)), float(right / max(self.has_match.sum(), 1))


def pairs_of(part: Part) -> tuple[pl.DataFrame, Floats, NDArray[np.bool_]]:
    """Pairs with their features, and whether they are one technology."""
    known = sorted(part.known)
    rows = []
    found = candidates(sorted({name for name, _ in part.written}), known)
    of = pl.DataFrame(part.written, ["name", "technology"], orient="row")
    rows = found.join(of, on="name", maintain_order="left")
    theirs = rows["known"].replace_strict(part.known, return_dtype=pl.String)
    return rows, pair_features(rows, known), (rows["technology"] == theirs).to_numpy()


def answers(part: Part, rows: pl.DataFrame, score: Floats, none: float = 0.0) -> Answers:
    """The likeliest pair of each written name; ``none`` is the score of one without a pair."""
    theirs = rows["known"].replace_strict(part.known, return_dtype=pl.String)
    scored = rows.with_columns(score=pl.Series(score), is_right=pl.col("technology") == theirs)
    best = scored.sort("score", "known", descending=[True, False]).unique(
        ["name", "technology"], keep="first", maintain_order=True
    )
    every = pl.DataFrame(part.written, ["name", "technology"], orient="row")
    whole = every.join(best, on=["name", "technology"], how="left", maintain_order="left")
    has_match = whole["technology"].is_in(set(part.known.values()))
    return Answers(
        whole["name"].to_numpy(),
        has_match.to_numpy(),
        whole["is_right"].fill_null(False).to_numpy(),
        whole["score"].fill_null(none).to_numpy(),
    )


def plain_cosine(rows: pl.DataFrame, known: list[str]) -> Floats:
    """Cosine of TF-IDF of the letters as they are written, the usual fuzzy match."""
    vectoriser = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3)).fit(known)
    one, other = (vectoriser.transform(rows[name].to_list()) for name in ("name", "known"))
    return np.asarray(one.multiply(other).sum(axis=1)).ravel()


def best_level(found: Answers) -> float:
    """The level with the highest F1."""

    def f1(level: float) -> float:
        precision, recall = found.at(level)
        return 2 * precision * recall / max(precision + recall, 1e-9)

    return max((float(each) for each in np.linspace(0.3, 0.99, 70)), key=f1)


def fit(script: str) -> tuple[list[tuple[str, str, float]], list[dict[str, object]]]:
    """Weights, and the record on the technologies that were held out."""
    both = parts(script)
    rows, features, is_one = pairs_of(both["learn"])
    model = LogisticRegression(C=1.0, max_iter=5000).fit(features, is_one)
    intercept, weight = float(model.intercept_[0]), model.coef_[0]
    # The likeliest of several pairs is right more often than any pair that scores as high.
    best = answers(both["learn"], rows, intercept + features @ weight, -50.0)
    again = LogisticRegression(C=1e6).fit(best.score[:, None], best.is_right)
    slope = float(again.coef_[0, 0])
    intercept = round(slope * intercept + float(again.intercept_[0]), 4)
    weight = (slope * weight).round(4)
    weights = [(script, "intercept", intercept)]
    weights += [(script, name, float(each)) for name, each in zip(FEATURES, weight, strict=True)]
    held_out = both["held_out"]
    test_rows, test_features, _ = pairs_of(held_out)
    score = 1 / (1 + np.exp(-intercept - test_features @ weight))
    found = answers(held_out, test_rows, score)
    cosine_level = best_level(
        answers(both["learn"], rows, plain_cosine(rows, sorted(both["learn"].known)))
    )
    by_cosine = answers(held_out, test_rows, plain_cosine(test_rows, sorted(held_out.known)))
    same = test_rows["name"].str.to_lowercase() == test_rows["known"].str.to_lowercase()
    by_text = answers(held_out, test_rows, same.cast(pl.Float64).to_numpy())
    rules = [("model", level, found) for level in LEVELS]
    rules += [("cosine", round(cosine_level, 2), by_cosine), ("same_text", 1.0, by_text)]
    is_made = np.array([name in held_out.made for name in found.names])
    record = []
    for rule, level, given in rules:
        for kind, rows_of in (("as_in_texts", ~is_made), ("made_up", is_made)):
            some = given.only(rows_of)
            precision, recall = some.at(level)
            record.append(
                {
                    "script": script,
                    "names": kind,
                    "rule": rule,
                    "level": level,
                    "precision": round(precision, 3),
                    "recall": round(recall, 3),
                    "names_count": len(some.score),
                    "known_count": int(some.has_match.sum()),
                }
            )
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
        inside = (found.score >= low) & (found.score < high)
        told, came = found.score[inside].mean(), found.is_right[inside].mean()
        print(f"{script} {low}-{high}: {inside.sum()} names, told {told:.2f}, right {came:.2f}")
    return weights, record


def main() -> None:
    if not SHARED.is_dir():
        raise SystemExit(f"{SHARED} is absent: nothing to fit to")
    weights, record = [], []
    for script in SCRIPTS:
        own, of = fit(script)
        weights += own
        record += of
    table = pl.DataFrame(weights, ["script", "feature", "weight"], orient="row")
    table.write_csv(MODEL)
    pl.DataFrame(record).write_csv(RECORD)
    name_matching.model.cache_clear()
    with pl.Config(tbl_rows=40):
        print(table)
        print(pl.DataFrame(record))


if __name__ == "__main__":
    main()
