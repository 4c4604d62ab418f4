"""Scores the links on names that were set aside, with every family of alike names, before the
weights were fitted: python -m benchmarks.technology_codes.record [FILE]

Two readers gave each name its codes without seeing where it came from or what the program says
(`held_out.csv`). An answer is right where it is the first code that a reader gave, or none where the
reader gave none; both readers count half. Names that a reader didn't know are not asked of that
reader. FILE holds other names in the same columns; its figures are printed alone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.technology_codes.fit import families
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from firstlight.instruments.concordance.technology_codes.code_choice import NONE, UNKNOWN
from firstlight.instruments.concordance.technology_codes.coded_technologies import links_of_names
from firstlight.instruments.concordance.technology_codes.coded_texts import (
    LISTS,
    coded_texts,
    labelled_names,
    likeness,
)
from firstlight.instruments.concordance.technology_codes.technology_codes import RECORD

HELD_OUT = Path(__file__).with_name("held_out.csv")
DRAWS = 1000
SURE = 0.8
LANGUAGES = {"en": "name_en", "zh": "name_zh"}


def answers(names: Sequence[str], classification: str) -> pl.DataFrame:
    """name, answer (a code or none), chance, and the first five codes, of each name."""
    links = links_of_names(names, names, [classification])
    by_name = links.group_by("technology", maintain_order=True).agg(
        five=pl.col("code").head(5),
        code=pl.col("code").first(),
        best=pl.col("probability").first(),
        none=pl.col("none_probability").first(),
    )
    found = pl.DataFrame({"technology": names}).join(
        by_name, on="technology", how="left", maintain_order="left"
    )
    is_code = pl.col("best") > pl.col("none")
    return found.select(
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


def score(held: pl.DataFrame, classification: str, language: str) -> dict[str, object]:
    """The figures of one classification and language."""
    names = held[LANGUAGES[language]].to_list()
    found = answers(names, classification)
    readers = [
        [label.split()[0] for label in held[column].to_list()]
        for column in (classification, f"{classification}_second")
    ]
    readers = [each for each in readers if any(label != UNKNOWN for label in each)]
    family = families(likeness().written([*held["name_en"], *held["name_zh"]]))[: len(names)]
    shipped = [label.split()[0] for label in labelled_names()[classification].to_list()]
    commonest = pl.Series([s for s in shipped if s != UNKNOWN]).mode().sort()[0]
    rivals = {
        "first": found["answer"].to_list(),
        "lexical": lexical(names, classification),
        "majority": [commonest] * len(names),
    }
    told = np.array([[label != UNKNOWN for label in each] for each in readers])
    right = {
        key: np.array([[a == b for a, b in zip(given, each, strict=True)] for each in readers])
        for key, given in rivals.items()
    }
    five = found["five"].to_list()
    right["five"] = np.array(
        [
            [
                answer == NONE == label or (codes is not None and label in codes)
                for label, codes, answer in zip(each, five, found["answer"], strict=True)
            ]
            for each in readers
        ]
    )
    chance = found["chance"].fill_null(0.5).to_numpy()
    has_code = np.array([[label not in (UNKNOWN, NONE) for label in each] for each in readers])
    draws = _draws(family)
    gain = [_share(right["first"], told, d) - _share(right["lexical"], told, d) for d in draws]
    slopes = [_slope(right["first"], told, chance, d) for d in draws[:300]]
    everyone = np.arange(len(names))
    sure = chance >= SURE
    both = told[0] & told[-1]
    return {
        "classification": classification,
        "language": language,
        "names_count": len(names),
        **{f"{key}_share": round(_share(hit, told, everyone), 4) for key, hit in right.items()},
        "gain_low": round(float(np.quantile(gain, 0.025)), 4),
        "gain_high": round(float(np.quantile(gain, 0.975)), 4),
        "stated_share": round(float(chance[told.any(axis=0)].mean()), 4),
        "slope": round(_slope(right["first"], told, chance, everyone), 3),
        "slope_low": round(float(np.quantile(slopes, 0.025)), 3),
        "slope_high": round(float(np.quantile(slopes, 0.975)), 3),
        "sure_count": int(sure.sum()),
        "sure_share": round(_share(right["first"], told, np.flatnonzero(sure)), 4),
        "coded_first_share": round(_share(right["first"], has_code, everyone), 4),
        "coded_lexical_share": round(_share(right["lexical"], has_code, everyone), 4),
        "readers_share": round(
            float(np.mean(np.array(readers[0])[both] == np.array(readers[-1])[both])), 4
        ),
    }


def _share(right: np.ndarray, told: np.ndarray, rows: np.ndarray) -> float:
    asked = told[:, rows]
    return float(right[:, rows][asked].mean()) if asked.any() else float("nan")


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


def main(given: Path | None) -> None:
    """Prints the record, and keeps that of the names that were set aside."""
    held = pl.read_csv(given or HELD_OUT, infer_schema=False)
    rows = [score(held, name, language) for name in LISTS for language in LANGUAGES]
    record = pl.DataFrame(rows)
    with pl.Config(tbl_cols=-1, tbl_rows=-1, tbl_width_chars=300):
        print(record)
    if given is None:
        record.write_csv(RECORD)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
