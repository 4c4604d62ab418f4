"""Scores the links on names that were set aside, with every family of alike names, before the
weights were fitted: python -m benchmarks.technology_codes.record [FILE] [--shared SHARED]

Readers gave each name its codes without seeing what the program says (`held_out.csv`): two readers
those of the first, second and fifth set, one reader those of the others. The fifth was scored once,
when the rule of the calibration was fixed. An answer is right where it is the first code that a reader gave,
or none where the reader gave none; every reading counts once. Names that a reader didn't know are
not asked of that reader. The calibration has seen the other sets: their names are asked with that
of the other folds of families. FILE holds other names in the same columns; its figures are
printed alone. Names that titles in SHARED hold are asked once more, with and without these titles.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.technology_codes.build_documents import titles_of
from benchmarks.technology_codes.build_senses import SHARED
from benchmarks.technology_codes.calibrate import (
    ASKED,
    HELD_OUT,
    calibrated,
    document_readings,
    held_out_families,
    readings,
)
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from firstlight.instruments.concordance.technology_codes.code_choice import NONE, TOLD, UNKNOWN
from firstlight.instruments.concordance.technology_codes.coded_technologies import links_of_names
from firstlight.instruments.concordance.technology_codes.coded_texts import (
    LISTS,
    coded_texts,
    labelled_names,
    likeness,
)
from firstlight.instruments.concordance.technology_codes.document_senses import document_senses
from firstlight.instruments.concordance.technology_codes.technology_codes import ALL, RECORD

FOLDS = 8
SHIPPED = -1  # the fold of names that the calibration has not seen
DRAWS = 1000
LANGUAGES = {"en": "name_en", "zh": "name_zh"}
WITHOUT_DOCUMENTS, WITH_DOCUMENTS = "without_documents", "with_documents"
Fitted = Mapping[int, dict[str, Any] | None]  # the weights that names of a fold are asked with


def answers(held: pl.DataFrame, classification: str, asked: str, fitted: Fitted) -> pl.DataFrame:
    """name, answer (a code or none), chance, and the first five codes, of each name."""
    parts = [
        _answers(part, classification, asked, fitted[int(part["fold"][0])])
        for part in held.with_row_index("row").partition_by("fold", maintain_order=True)
    ]
    return pl.concat(parts).sort("row").drop("row")


def _answers(
    held: pl.DataFrame, classification: str, asked: str, fitted: dict[str, Any] | None
) -> pl.DataFrame:
    """The answers of names by the same weights, those that ship where none are given."""
    names = held[LANGUAGES.get(asked, "name_en")].to_list()
    documents = held["documents"].to_list() if asked == WITH_DOCUMENTS else None
    links = links_of_names(names, names, [classification], documents=documents, fitted=fitted)
    by_name = links.group_by("technology", maintain_order=True).agg(
        five=pl.col("code").head(5),
        code=pl.col("code").first(),
        best=pl.col("probability").first(),
        none=pl.col("none_probability").first(),
    )
    found = pl.DataFrame({"row": held["row"], "technology": names}).join(
        by_name, on="technology", how="left", maintain_order="left"
    )
    is_code = pl.col("best") > pl.col("none")
    return found.select(
        "row",
        "technology",
        answer=pl.when(is_code).then("code").otherwise(pl.lit(NONE)),
        chance=pl.when(is_code).then("best").otherwise("none"),
        five=pl.col("five"),
    )


def lexical(names: Sequence[str], classification: str) -> list[str]:
    """The code whose title or text shares most with each name by the cosine of its words; none
    where no word is shared."""
    coded = coded_texts(classification)
    asked = likeness().written(list(names)).words
    titles = (asked @ coded.titles.words.T).toarray()
    best = np.zeros((len(names), len(coded.codes)))
    best[:, coded.titled] = np.maximum.reduceat(titles, coded.title_starts, axis=1)
    texts = (asked @ coded.texts.words.T).toarray()
    if len(coded.described):
        said = np.maximum.reduceat(texts, coded.text_starts, axis=1)
        best[:, coded.described] = np.maximum(best[:, coded.described], said)
    return [coded.codes[row.argmax()] if row.max() > 0 else NONE for row in best]


@dataclass(frozen=True)
class Scored:
    """What was right, readers x names.

    right    : first answer, plain match, commonest answer, one of the first five; best and among,
               the likeliest code and one of the five likeliest, whether or not none was likelier
    told     : whether the reader knew the name
    has_code : whether the reader gave it a code
    chance   : names, the probability of the answer
    is_code  : names, whether the answer is a code
    agree    : names, whether both readers, who knew it, gave the same; nan where one didn't
    """

    right: dict[str, np.ndarray]
    told: np.ndarray
    has_code: np.ndarray
    chance: np.ndarray
    is_code: np.ndarray
    agree: np.ndarray


def score(held: pl.DataFrame, classification: str, asked: str, fitted: Fitted) -> Scored:
    """What was right of one classification, and of names asked in one way."""
    found = answers(held, classification, asked, fitted)
    names = found["technology"].to_list()
    columns = [classification, f"{classification}_second"]
    labels = np.array([[label.split()[0] for label in held[column]] for column in columns])
    shipped = [label.split()[0] for label in labelled_names()[classification]]
    commonest = pl.Series([label for label in shipped if label != UNKNOWN]).mode().sort()[0]
    answer = found["answer"].to_numpy()
    codes = [list(each) if each is not None else [] for each in found["five"]]
    five = [[NONE]] * len(codes)
    for row in np.flatnonzero(answer != NONE).tolist():
        five[row] = codes[row]
    right = {
        "first": labels == answer,
        "lexical": labels == np.array(lexical(names, classification)),
        "majority": labels == commonest,
        "five": _holds(five, labels),
        "best": _holds([each[:1] for each in codes], labels),
        "among": _holds(codes, labels),
    }
    told = labels != UNKNOWN
    agree = np.where(told.all(axis=0), labels[0] == labels[1], np.nan)
    chance = found["chance"].fill_null(0.5).to_numpy()
    return Scored(right, told, told & (labels != NONE), chance, answer != NONE, agree)


def _holds(codes: Sequence[Sequence[str]], labels: np.ndarray) -> np.ndarray:
    """Whether the label is one of these codes, readers x names."""
    return np.array(
        [[label in of for label, of in zip(each, codes, strict=True)] for each in labels]
    )


def pooled(parts: Sequence[Scored]) -> Scored:
    """All classifications together."""
    return Scored(
        {
            key: np.concatenate([part.right[key] for part in parts], axis=1)
            for key in parts[0].right
        },
        np.concatenate([part.told for part in parts], axis=1),
        np.concatenate([part.has_code for part in parts], axis=1),
        np.concatenate([part.chance for part in parts]),
        np.concatenate([part.is_code for part in parts]),
        np.concatenate([part.agree for part in parts]),
    )


def figures(scored: Scored, family: np.ndarray) -> dict[str, object]:
    """The figures of the record; intervals of 95% over families drawn again."""
    right, told, chance = scored.right, scored.told, scored.chance
    everyone = np.arange(len(chance))
    draws = _draws(family)
    gain = [_share(right["first"], told, d) - _share(right["lexical"], told, d) for d in draws]
    slopes = [_slope(right["first"], told, chance, d) for d in draws[:300]]
    sure = np.flatnonzero(scored.is_code & (chance >= TOLD))
    of_all = ("first", "lexical", "majority", "five")
    shares = {f"{key}_share": _share(right[key], told, everyone) for key in of_all}
    return shares | {
        "gain_low": float(np.quantile(gain, 0.025)),
        "gain_high": float(np.quantile(gain, 0.975)),
        "stated_share": float(chance[told.any(axis=0)].mean()),
        "slope": _slope(right["first"], told, chance, everyone),
        "slope_low": float(np.quantile(slopes, 0.025)),
        "slope_high": float(np.quantile(slopes, 0.975)),
        "sure_count": len(sure),
        "sure_share": _share(right["first"], told, sure),
        "coded_first_share": _share(right["first"], scored.has_code, everyone),
        "coded_best_share": _share(right["best"], scored.has_code, everyone),
        "coded_five_share": _share(right["among"], scored.has_code, everyone),
        "coded_lexical_share": _share(right["lexical"], scored.has_code, everyone),
        "readers_share": _agreement(scored.agree),
    }


def _share(right: np.ndarray, told: np.ndarray, rows: np.ndarray) -> float:
    asked = told[:, rows]
    return float(right[:, rows][asked].mean()) if asked.any() else float("nan")


def _agreement(agree: np.ndarray) -> float:
    """The share of names on which both readers agree; nan where one reader alone gave codes."""
    both = agree[~np.isnan(agree)]
    return float(both.mean()) if both.size else float("nan")


def _slope(right: np.ndarray, told: np.ndarray, chance: np.ndarray, rows: np.ndarray) -> float:
    """The slope of a logistic regression of what was right on the log odds that were stated."""
    asked = told[:, rows]
    stated = np.broadcast_to(chance, told.shape)[:, rows][asked]
    sure = logit(np.clip(stated, 1e-4, 1 - 1e-4))[:, None]
    return float(LogisticRegression(C=1e6).fit(sure, right[:, rows][asked]).coef_[0, 0])


def _draws(family: np.ndarray) -> list[np.ndarray]:
    """Rows of families drawn with replacement."""
    random = np.random.default_rng(0)
    members = [np.flatnonzero(family == each) for each in np.unique(family)]
    return [
        np.concatenate([members[i] for i in random.integers(0, len(members), len(members))])
        for _ in range(DRAWS)
    ]


def rows_of(held: pl.DataFrame, asked: str, fitted: Fitted) -> list[dict[str, object]]:
    """The record of names asked in one way, by classification and of all together."""
    family = held_out_families(held)
    parts = {name: score(held, name, asked, fitted) for name in LISTS}
    every = {**parts, ALL: pooled(list(parts.values()))}
    rows = []
    for name, scored in every.items():
        own = np.tile(family, len(LISTS)) if name == ALL else family
        about = {"classification": name, "language": asked, "names_count": held.height}
        rows.append(about | figures(scored, own))
    return rows


def folded(held: pl.DataFrame) -> tuple[pl.DataFrame, Fitted]:
    """The names with the fold of each, by families, and the weights that each fold is asked with:
    those whose calibration has seen none of its names."""
    seen = held.filter(pl.col("set").is_in(ASKED))
    if not seen.height:
        return held.with_columns(fold=pl.lit(SHIPPED)), {SHIPPED: None}
    family = held_out_families(seen)
    fold = np.random.default_rng(0).integers(0, FOLDS, family.max() + 1)
    told = (readings(seen), document_readings(seen))
    fitted: dict[int, dict[str, Any] | None] = {SHIPPED: None}
    for each in range(FOLDS):
        fitted[each] = calibrated(*(kind.rows(fold[kind.family] != each) for kind in told))
    own = pl.DataFrame({"name_en": seen["name_en"], "fold": fold[family]})
    joined = held.join(own, on="name_en", how="left", maintain_order="left")
    return joined.with_columns(pl.col("fold").fill_null(SHIPPED)), fitted


def main(given: Path | None, shared: Path) -> None:
    """Prints the record, and keeps that of the names that were set aside."""
    held = pl.read_csv(given or HELD_OUT, infer_schema=False)
    names = held["name_en"].to_list()
    held = held.with_columns(documents=pl.Series(titles_of(names, shared), dtype=pl.String))
    held, fitted = folded(held)
    is_told = document_senses(names, held["documents"].to_list()).any(axis=1)
    rows = [row for language in LANGUAGES for row in rows_of(held, language, fitted)]
    for asked in (WITHOUT_DOCUMENTS, WITH_DOCUMENTS):
        rows += rows_of(held.filter(is_told), asked, fitted)
    _print(rows)
    if given is None:
        pl.DataFrame(rows).with_columns(pl.selectors.float().round(4)).write_csv(RECORD)
        _print_unseen(held.filter(~pl.col("set").is_in(ASKED)), fitted)


def _print_unseen(held: pl.DataFrame, fitted: Fitted) -> None:
    """Prints the record of names that the calibration has not seen: all, and those of published
    lists and of corpora apart."""
    is_of_list = pl.col("origin") == "published list"
    parts = {
        "unseen": held,
        "published lists": held.filter(is_of_list),
        "corpora": held.filter(~is_of_list),
    }
    for called, part in parts.items():
        print(called)
        _print([row for each in LANGUAGES for row in rows_of(part, each, fitted)])


def _print(rows: Sequence[Mapping[str, object]]) -> None:
    with pl.Config(tbl_cols=-1, tbl_rows=-1, tbl_width_chars=300):
        print(pl.DataFrame(rows).with_columns(pl.selectors.float().round(4)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Score the links on names that were set aside.")
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--shared", type=Path, default=SHARED)
    chosen = parser.parse_args()
    main(chosen.file, chosen.shared)
