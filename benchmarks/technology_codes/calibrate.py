"""Sets the probabilities of answers to what came true of names that are asked as if they had no
label, after `fit`: python -m benchmarks.technology_codes.calibrate

Asked are every third labelled name, without the names of its family, and the names of the first two
sets of `held_out.csv`. Each reading of a name counts once. Level, slope and the weights of what
makes an answer doubtful differ by classification and language as far as the readings say so: they
are drawn to what all have in common (a logistic regression with normal priors, Gelman and Hill
2007, chapter 14). The rule was chosen on these names, and fixed before the third set was scored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.technology_codes.fit import EVERY, families
from numpy.typing import NDArray
from scipy.special import expit, logit

from firstlight.instruments.concordance.technology_codes.code_choice import (
    LEAST_CHANCE,
    NONE,
    OF_DOUBT,
    UNKNOWN,
    WEIGHTS,
    alike_names,
    candidates,
    doubts,
    raw_chances,
    shares_of,
    weights,
)
from firstlight.instruments.concordance.technology_codes.coded_technologies import known_names
from firstlight.instruments.concordance.technology_codes.coded_texts import (
    LISTS,
    coded_texts,
    labelled_names,
    likeness,
    text_likeness,
)
from firstlight.instruments.concordance.technology_codes.name_likeness import Written, words_of

HELD_OUT = Path(__file__).with_name("held_out.csv")
ASKED = ("first", "second")  # sets that the calibration may see
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
    family  : of a held-out name, -1 of a labelled one
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
    """The readings of labelled names and of those that were set aside."""
    parts = []
    for place, name in enumerate(LISTS):
        parts += [_labelled(place, name), _set_aside(place, name, held)]
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


def calibrated(told: Readings) -> dict[str, Any]:
    """The weights that ship, with the calibration by these readings."""
    found = calibrations(told)
    return {name: {**weights()[name], **found[name]} for name in LISTS}


def _labelled(place: int, name: str) -> Readings:
    """Every third labelled name, asked without its family."""
    known = known_names()[1]
    family = families(known)
    rows = np.arange(0, len(family), EVERY)
    labels = [labelled_names()[name].to_list() * 2]
    chosen = [[each[row] for row in rows] for each in labels]
    chinese = rows >= len(family) // 2
    apart = family[rows, None] == family[None, :]
    return _asked(place, known.rows(rows), chosen, chinese, np.full(len(rows), -1), apart)


def _set_aside(place: int, name: str, held: pl.DataFrame) -> Readings:
    """Names that were set aside, in both languages, but for those that are labelled themselves."""
    called = {tuple(words_of(each)) for each in known_names()[0]}
    names = [*held["name_en"], *held["name_zh"]]
    is_new = np.array([tuple(words_of(each)) not in called for each in names])
    both = [(held[column].to_list() * 2) for column in (name, f"{name}_second")]
    labels = [[each[row] for row in np.flatnonzero(is_new)] for each in both]
    chinese = np.repeat([False, True], held.height)[is_new]
    family = np.tile(held_out_families(held), 2)[is_new]
    written = likeness().written([names[row] for row in np.flatnonzero(is_new)])
    return _asked(place, written, labels, chinese, family, None)


def _asked(
    place: int,
    names: Written,
    labels: Sequence[Sequence[str]],
    chinese: NDArray[np.bool_],
    family: NDArray[np.intp],
    apart: NDArray[np.bool_] | None,
) -> Readings:
    """The answers to names in one list, beside each reader's labels of them."""
    coded = coded_texts(LISTS[place])
    shares = shares_of(labelled_names()[LISTS[place]].to_list() * 2, coded.codes)
    answers: list[str] = []
    odds, doubtful = [], []
    for rows in np.array_split(np.arange(len(chinese)), len(chinese) // BATCH + 1):
        own = names.rows(rows)
        kept_apart = apart[rows] if apart is not None else None
        alike = alike_names(own, known_names()[1], kept_apart)
        weighed = candidates(text_likeness(coded, own), alike, shares, own.known)
        chance = raw_chances(weighed, weights()[LISTS[place]])
        first = chance.argmax(axis=1)
        top = chance[np.arange(len(rows)), first].astype(float)
        odds.append(logit(np.clip(top, LEAST_CHANCE, 1 - LEAST_CHANCE)))
        doubtful.append(doubts(weighed, chance))
        for codes, at in zip(weighed.codes, first, strict=True):
            answers.append(coded.codes[codes[at]] if at < len(codes) else NONE)
    first_labels = np.array([[label.split()[0] for label in each] for each in labels])
    reader, row = np.nonzero(first_labels != UNKNOWN)
    return Readings(
        np.full(len(row), place),
        chinese[row],
        np.concatenate(odds)[row],
        np.concatenate(doubtful)[row],
        first_labels[reader, row] == np.array(answers)[row],
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


def main() -> None:
    """Writes the calibration into the weights that ship."""
    held = pl.read_csv(HELD_OUT, infer_schema=False).filter(pl.col("set").is_in(ASKED))
    fitted = calibrated(readings(held))
    WEIGHTS.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    for name in LISTS:
        print(name, fitted[name]["calibration"], fitted[name]["of_doubt"])


if __name__ == "__main__":
    main()
