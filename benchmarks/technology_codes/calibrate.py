"""Sets the probabilities of answers to what came true of names that are asked as if they had no
label, after `fit`: python -m benchmarks.technology_codes.calibrate [SHARED]

Asked are the names of the sets of `held_out.csv` in ASKED; where titles in SHARED, the folder of
data beside the repository, hold a name, it is asked once more with these. Each reading of a name counts once. Level, slope and the
weights of what makes an answer doubtful differ by classification and language as far as the
readings say so: they are drawn to what all have in common (a logistic regression with normal
priors, Gelman and Hill 2007, chapter 14). The rule was fixed before the last set was scored.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.technology_codes.build_documents import titles_of
from benchmarks.technology_codes.build_senses import SHARED
from benchmarks.technology_codes.fit import families
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import expit, logit

from firstlight.instruments.concordance.technology_codes.code_choice import (
    LEAST_CHANCE,
    NONE,
    OF_DOUBT,
    UNKNOWN,
    WEIGHTS,
    Weighed,
    alike_names,
    candidates,
    doubts,
    raw_chances,
    shares_of,
    weights,
    with_documents,
)
from firstlight.instruments.concordance.technology_codes.coded_technologies import known_names
from firstlight.instruments.concordance.technology_codes.coded_texts import (
    LISTS,
    CodedTexts,
    coded_texts,
    labelled_names,
    likeness,
    text_likeness,
)
from firstlight.instruments.concordance.technology_codes.document_senses import (
    apart_from_all,
    document_senses,
    documented_names,
)
from firstlight.instruments.concordance.technology_codes.name_likeness import (
    Floats,
    Written,
    words_of,
)

HELD_OUT = Path(__file__).with_name("held_out.csv")
ASKED = ("first", "second", "third", "fourth")  # sets that the calibration may see
BATCH = 500
# What is usual of OF_DOUBT, and how much it varies.
USUAL, VARIES = np.array([-2.0, 0.6, 0.9, 1.5]), np.array([2.0, 0.25, 1.0, 1.0])
# Standard deviations of the priors.
FREE = 10.0  # what all have in common
BY_LANGUAGE = 0.3
BY_LIST, SLOPE_BY_LIST = 0.5, 0.2
BY_BOTH = 0.2  # list and language
DOUBT, DOUBT_BY_LIST = 0.5, 0.3


@dataclass(frozen=True)
class Readings:
    """Answers and whether a reader gave the same, one row for each reading of a name in a list.

    place   : of the list among LISTS
    chinese : whether the name is
    odds    : logarithm of the answer's odds by the logit alone
    doubts  : rows x OF_DOUBT
    right   : whether the answer is the reader's
    family  : of the name
    """

    place: NDArray[np.intp]
    chinese: NDArray[np.bool_]
    odds: np.ndarray
    doubts: np.ndarray
    right: NDArray[np.bool_]
    family: NDArray[np.intp]

    def rows(self, chosen: NDArray[np.bool_]) -> Readings:
        """These readings alone."""
        return Readings(*(getattr(self, field.name)[chosen] for field in fields(self)))


def held_out_families(held: pl.DataFrame) -> NDArray[np.int32]:
    """The family of each name that was set aside."""
    return families(likeness().written([*held["name_en"], *held["name_zh"]]))[: held.height]


def readings(held: pl.DataFrame) -> Readings:
    """The readings of names that were set aside, asked in both languages, but for those that are
    labelled themselves."""
    names = [*held["name_en"], *held["name_zh"]]
    is_new = _is_new(names)
    written = likeness().written([names[row] for row in is_new])
    chinese = np.repeat([False, True], held.height)[is_new]
    family = np.tile(held_out_families(held), 2)[is_new]
    twice = pl.concat([held, held])[is_new]
    return _all_of(
        [_asked(place, Asked(written, None), twice, chinese, family) for place in range(len(LISTS))]
    )


def document_readings(held: pl.DataFrame) -> Readings:
    """The same of those of which titles tell something, asked with these. Titles are English.

    held : with the column documents, the titles of each name
    """
    senses = document_senses(held["name_en"].to_list(), held["documents"].to_list())
    told = np.intersect1d(np.flatnonzero(senses.any(axis=1)), _is_new(held["name_en"].to_list()))
    own, family = held[told], held_out_families(held)[told]
    names = likeness().written(own["name_en"].to_list())
    asked = Asked(names, apart_from_all(senses[told], documented_names()[1]))
    chinese = np.zeros(len(told), bool)
    return _all_of([_asked(place, asked, own, chinese, family) for place in range(len(LISTS))])


def _is_new(names: Sequence[str]) -> NDArray[np.intp]:
    """The places of names that are not labelled."""
    called = {tuple(words_of(each)) for each in known_names()[0]}
    return np.flatnonzero([tuple(words_of(each)) not in called for each in names])


def _all_of(parts: Sequence[Readings]) -> Readings:
    """Readings one after another."""
    return Readings(
        *(
            np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(Readings)
        )
    )


def calibrations(told: Readings) -> dict[str, dict[str, Any]]:
    """What is kept for each list: level and slope by language, and the weights of doubt."""
    found = _regression(told)
    kept = {}
    for place, name in enumerate(LISTS):
        slopes = {}
        for language, is_chinese in (("en", False), ("zh", True)):
            sums = _sums(found, place, is_chinese=is_chinese)
            level = sums[0] - float(sums[2:] @ (USUAL / VARIES))
            slopes[language] = [round(float(level), 6), round(float(sums[1]), 6)]
        by_doubt = (_sums(found, place, is_chinese=False)[2:] / VARIES).round(6).tolist()
        kept[name] = {"calibration": slopes, "of_doubt": by_doubt}
    return kept


def calibrated(told: Readings, with_titles: Readings) -> dict[str, Any]:
    """The weights that ship, with the calibration by these readings."""
    by_name, by_documents = calibrations(told), calibrations(with_titles)
    found = {}
    for name in LISTS:
        documents = {**weights()[name]["documents"], **by_documents[name]}
        # no Chinese titles: they are taken to tell as much
        documents["calibration"]["zh"] = documents["calibration"]["en"]
        found[name] = {**weights()[name], **by_name[name], "documents": documents}
    return found


@dataclass(frozen=True)
class Asked:
    """Names that are asked.

    names  : as they are written
    senses : of their documents, names x dimensions; None where they are asked by name alone
    """

    names: Written
    senses: Floats | None

    def weighed(self, rows: NDArray[np.intp], coded: CodedTexts, shares: csr_matrix) -> Weighed:
        """What is weighed for some of the names."""
        own = self.names.rows(rows)
        alike = alike_names(own, known_names()[1])
        found = candidates(text_likeness(coded, own), alike, shares, own.known)
        if self.senses is None:
            return found
        known, centres = documented_names()[0], coded.document_centres
        return with_documents(found, self.senses[rows], known, shares, centres)


def _asked(
    place: int,
    asked: Asked,
    labelled: pl.DataFrame,
    chinese: NDArray[np.bool_],
    family: NDArray[np.intp],
) -> Readings:
    """The answers to names in one list, beside each reader's labels of them."""
    name = LISTS[place]
    coded = coded_texts(name)
    shares = shares_of(labelled_names()[name].to_list() * 2, coded.codes)
    fitted = weights()[name] if asked.senses is None else weights()[name]["documents"]
    answers: list[str] = []
    odds, doubtful = [], []
    for rows in np.array_split(np.arange(len(chinese)), len(chinese) // BATCH + 1):
        weighed = asked.weighed(rows, coded, shares)
        chance = raw_chances(weighed, fitted)
        first = chance.argmax(axis=1)
        top = chance[np.arange(len(rows)), first].astype(float)
        odds.append(logit(np.clip(top, LEAST_CHANCE, 1 - LEAST_CHANCE)))
        doubtful.append(doubts(weighed, chance))
        for codes, at in zip(weighed.codes, first, strict=True):
            answers.append(coded.codes[codes[at]] if at < len(codes) else NONE)
    both = [labelled[name], labelled[f"{name}_second"]]
    labels = np.array([[label.split()[0] for label in reader] for reader in both])
    reader, row = np.nonzero(labels != UNKNOWN)
    return Readings(
        np.full(len(row), place),
        chinese[row],
        np.concatenate(odds)[row],
        np.concatenate(doubtful)[row],
        labels[reader, row] == np.array(answers)[row],
        family[row],
    )


def _regression(told: Readings) -> dict[tuple[str, int], float]:
    """The weights of largest posterior: (which prior's column, its number) -> weight."""
    columns, spreads, called = _columns(told)
    scaled = columns * spreads
    found = np.zeros(scaled.shape[1])
    for _ in range(50):
        chance = expit(scaled @ found)
        slope = scaled.T @ (chance - told.right) + found
        curve = (scaled * (chance * (1 - chance))[:, None]).T @ scaled + np.eye(len(found))
        step = np.linalg.solve(curve, slope)
        found = found - step
        if np.abs(step).max() < 1e-9:
            break
    return dict(zip(called, (found * spreads).tolist(), strict=True))


def _columns(told: Readings) -> tuple[np.ndarray, np.ndarray, list[tuple[str, int]]]:
    """The columns of the regression, the spread of their priors, and what they are called: the
    group that a weight belongs to, and the number of what it weighs (0 the level, 1 the slope,
    then OF_DOUBT)."""
    weighed = np.column_stack([np.ones(len(told.odds)), told.odds, (told.doubts - USUAL) / VARIES])
    language = _side(told.chinese)
    parts = [("all", np.ones(len(language)), [FREE, FREE, *[DOUBT] * len(OF_DOUBT)])]
    parts.append(("language", language, [BY_LANGUAGE, BY_LANGUAGE]))
    for place in range(len(LISTS)):
        own = (told.place == place).astype(float)
        by_list = [BY_LIST, SLOPE_BY_LIST, *[DOUBT_BY_LIST] * len(OF_DOUBT)]
        parts += [(f"{place}", own, by_list), (f"{place} language", own * language, [BY_BOTH] * 2)]
    columns = [weighed[:, at] * of for _, of, spread in parts for at in range(len(spread))]
    spreads = np.concatenate([spread for _, _, spread in parts])
    called = [(group, at) for group, _, spread in parts for at in range(len(spread))]
    return np.column_stack(columns), spreads, called


def _sums(found: Mapping[tuple[str, int], float], place: int, *, is_chinese: bool) -> np.ndarray:
    """Level, slope and weights of doubt of one list and language."""
    side = float(_side(np.array(is_chinese)))
    groups = (("all", 1.0), ("language", side), (f"{place}", 1.0), (f"{place} language", side))
    return np.array(
        [
            sum(found.get((group, at), 0.0) * share for group, share in groups)
            for at in range(2 + len(OF_DOUBT))
        ]
    )


def _side(chinese: NDArray[np.bool_]) -> np.ndarray:
    """-1/2 of English names, 1/2 of Chinese ones."""
    return np.asarray(chinese.astype(float) - 0.5)


def main(shared: Path) -> None:
    """Writes the calibration into the weights that ship."""
    held = pl.read_csv(HELD_OUT, infer_schema=False).filter(pl.col("set").is_in(ASKED))
    held = held.with_columns(documents=pl.Series(titles_of(held["name_en"].to_list(), shared)))
    fitted = calibrated(readings(held), document_readings(held))
    WEIGHTS.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    for name in LISTS:
        for kind in (fitted[name], fitted[name]["documents"]):
            print(name, kind["calibration"], kind["of_doubt"])


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED)
