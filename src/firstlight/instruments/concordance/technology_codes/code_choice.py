"""The probability that a technology belongs to a code: one choice among all codes and none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit, logit

from firstlight.instruments.concordance.technology_codes.name_likeness import Floats, Written

WEIGHTS = Path(__file__).parent / "weights.json"
CANDIDATES = 60  # codes that compete for a technology, the likest of all
NEAR = (1.0, 1.0, 15.0)  # how fast a labelled name counts less the less it is alike:
FAR = (0.0, 0.0, 6.0)  # by words, letters and sense
OF_DOCUMENTS = 8.0  # how fast a labelled name counts less the less its documents are alike
SPREAD = (0.1, 0.1, 0.1, 0.1, 0.1, 1.0, 1.0)  # of what is weighed, to find what competes
LEAST_CHANCE = 1e-6  # so that odds are finite
TOLD = 0.8  # a probability from which a link is told, and not only counted
AHEAD = 1.001  # times as likely as the next that the first answer stays at least
RARE = 0.003  # added to a share of votes before its logarithm
FIRST_SHARE = 0.6  # of a label with several codes
NONE = "none"
UNKNOWN = "?"
# What is weighed for each code, and what for none of them.
OF_A_CODE = (
    "title_sense",
    "title_letters",
    "text_words",
    "text_sense",
    "all_sense",
    "near_votes",
    "far_votes",
)
OF_NONE = (
    "always",
    "near_votes",
    "far_votes",
    "text_words",
    "text_sense",
    "all_sense",
    "words",
    "letters",
    "sense",
    "known",
)
# What tells, beside the chance of the likeliest answer, how far it is to be trusted.
OF_DOUBT = ("near_votes", "all_sense", "known", "ahead")


@dataclass(frozen=True)
class Alike:
    """How alike names and labelled names are.

    near, far : names x labelled names, how much each counts; the first falls fast with the words,
                letters and sense that two don't share, the second slowly with the sense
    most      : names x 3, the most that a labelled name shares of words, letters and sense
    """

    near: Floats
    far: Floats
    most: Floats


@dataclass(frozen=True)
class Weighed:
    """What is weighed for each name.

    codes    : names x CANDIDATES, places among the codes, the likest first
    per_code : names x CANDIDATES x len(OF_A_CODE)
    of_none  : names x len(OF_NONE)
    """

    codes: NDArray[np.intp]
    per_code: Floats
    of_none: Floats


@dataclass(frozen=True)
class Choice:
    """What competes for each name.

    codes  : names x CANDIDATES, places among the codes
    chance : names x CANDIDATES, their probability
    none   : names, the probability that no code is right
    """

    codes: NDArray[np.intp]
    chance: Floats
    none: Floats


def shares_of(labels: Sequence[str], codes: Sequence[str]) -> sparse.csr_matrix:
    """Labels as shares of codes, labels x (codes + 1): the first of several has FIRST_SHARE, the
    others the rest in equal parts; none is the last column, an unknown label a row of 0."""
    place = {code: index for index, code in enumerate(codes)} | {NONE: len(codes)}
    shares = list[float]()
    rows = list[int]()
    columns = list[int]()
    for row, label in enumerate(labels):
        known = [place[code] for code in label.split() if code != UNKNOWN]
        if not known:
            continue
        others = len(known) - 1
        rest = (1 - FIRST_SHARE) / max(others, 1)
        shares += [1 - rest * others, *[rest] * others]
        rows += [row] * len(known)
        columns += known
    shape = (len(labels), len(codes) + 1)
    return sparse.csr_matrix((shares, (rows, columns)), shape, dtype=np.float32)


def alike_names(names: Written, known: Written, apart: NDArray[np.bool_] | None = None) -> Alike:
    """How alike names and labelled names are.

    apart : names x labelled names, those that may not speak for a name
    """
    alike = [
        (names.words @ known.words.T).toarray(),
        (names.letters @ known.letters.T).toarray(),
        np.clip(names.senses @ known.senses.T, 0, 1),
    ]
    if apart is not None:
        alike = [np.where(apart, 0, each) for each in alike]
    near, far = (_nearness(alike, pace) for pace in (NEAR, FAR))
    if apart is not None:
        near[apart] = far[apart] = 0
    most = np.stack([each.max(axis=1) for each in alike], axis=1)
    return Alike(near, far, most.astype(np.float32))


def candidates(
    texts: Floats, alike: Alike, shares: sparse.csr_matrix, known_words: Floats
) -> Weighed:
    """The codes that compete for each name, and what is weighed.

    Parameters
    ----------
    texts
        names x codes x 5, as of `text_likeness`.
    alike
        As of `alike_names`.
    shares
        labelled names x (codes + 1), the codes of each.
    known_words
        names, the share of words whose sense is known.
    """
    near = _votes(alike.near, shares)
    far = _votes(alike.far, shares)
    per_code = np.concatenate([texts, near[:, :-1, None], far[:, :-1, None]], axis=2)
    order = (per_code / np.array(SPREAD, np.float32)).sum(axis=2)
    size = min(CANDIDATES, per_code.shape[1])
    codes = np.argsort(-order, axis=1, kind="stable")[:, :size]
    of_none = [
        np.ones(len(known_words), np.float32),
        near[:, -1],
        far[:, -1],
        *(texts[:, :, each].max(axis=1) for each in (2, 3, 4)),
        *alike.most.T,
        known_words,
    ]
    weighed = np.take_along_axis(per_code, codes[:, :, None], axis=1)
    return Weighed(codes, weighed, np.stack(of_none, axis=1).astype(np.float32))


def with_documents(
    weighed: Weighed,
    vectors: Floats,
    known: Floats,
    shares: sparse.csr_matrix,
    centres: Floats,
    apart: NDArray[np.bool_] | None = None,
) -> Weighed:
    """What is weighed where documents tell of a name: for each code also how alike in sense they
    are to its texts, and what labelled names with documents like these say.

    Parameters
    ----------
    weighed
        As of `candidates`.
    vectors
        names x dimensions, the sense of their documents, as of `apart_from_all`.
    known
        labelled names x dimensions, the same; 0 where there are none.
    shares
        labelled names x (codes + 1).
    centres
        codes x dimensions, the sense of their texts.
    apart
        names x labelled names, those that may not speak for a name.
    """
    speak = np.flatnonzero(known.any(axis=1))
    alike = np.clip(vectors @ known[speak].T, 0, 1)
    nearness = np.exp(-OF_DOCUMENTS * (1 - alike)).astype(np.float32)
    if apart is not None:
        nearness[apart[:, speak]] = 0
    votes = _votes(nearness, shares[speak])
    sense = vectors @ centres.T
    per_code = [
        np.take_along_axis(each, weighed.codes, axis=1)[:, :, None]
        for each in (sense, votes[:, :-1])
    ]
    of_none = [votes[:, -1:], sense.max(axis=1, keepdims=True)]
    return Weighed(
        weighed.codes,
        np.concatenate([weighed.per_code, *per_code], axis=2),
        np.concatenate([weighed.of_none, *of_none], axis=1),
    )


def chosen(weighed: Weighed, fitted: dict[str, Any], is_chinese: NDArray[np.bool_]) -> Choice:
    """The choice by fitted weights: a conditional logit (McFadden 1974), whose likeliest answer is
    then set to what came true of answers as sure and as doubtful in its language (Platt 1999), the
    others in proportion."""
    by_language = np.array([fitted["calibration"][language] for language in ("en", "zh")])
    level, slope = by_language[is_chinese.astype(np.intp)].T
    raw = raw_chances(weighed, fitted)
    if "of_doubt" in fitted:
        level = level + doubts(weighed, raw) @ np.array(fitted["of_doubt"])
    chance = recalibrated(raw, level, slope)
    return Choice(weighed.codes, chance[:, :-1], chance[:, -1])


def doubts(weighed: Weighed, chance: Floats) -> NDArray[np.float64]:
    """How far the likeliest answer of each name is to be trusted, names x len(OF_DOUBT): what
    labelled names near it say of this answer, the most that the texts of any code share of its
    sense, the share of its words that are known, and by how much the answer is ahead of the next,
    as the logarithm of their ratio."""
    rows = np.arange(len(chance))
    near = np.concatenate(
        [
            weighed.per_code[:, :, OF_A_CODE.index("near_votes")],
            weighed.of_none[:, OF_NONE.index("near_votes"), None],
        ],
        axis=1,
    )
    two = np.sort(np.maximum(chance, LEAST_CHANCE), axis=1)[:, -2:].astype(float)
    certainties = [
        near[rows, chance.argmax(axis=1)],
        weighed.of_none[:, OF_NONE.index("all_sense")],
        weighed.of_none[:, OF_NONE.index("known")],
        np.log(two[:, 1] / two[:, 0]),
    ]
    return np.stack(certainties, axis=1).astype(float)


def instead_of(choice: Choice, other: Choice, rows: NDArray[np.bool_]) -> Choice:
    """A choice with the rows of another, which are all that the other has, in place of its own."""
    changed = Choice(choice.codes.copy(), choice.chance.copy(), choice.none.copy())
    changed.codes[rows] = other.codes
    changed.chance[rows] = other.chance
    changed.none[rows] = other.none
    return changed


def with_labels(choice: Choice, labels: sparse.csr_matrix, weight: Floats) -> Choice:
    """The choice of names that have a label themselves.

    labels : names x (codes + 1), as of `shares_of`
    weight : names, that of the label; the rest is what was chosen without it
    """
    codes = choice.codes.copy()
    chance = choice.chance * (1 - weight[:, None])
    none = choice.none * (1 - weight)
    for row in np.flatnonzero(weight).tolist():
        label = labels[row]
        for column, share in zip(label.indices, label.data, strict=True):
            if column == labels.shape[1] - 1:
                none[row] += weight[row] * share
                continue
            # a code that is not among the first few counts as the last of them
            places = np.flatnonzero(codes[row] == column)
            at = int(places[0]) if len(places) else codes.shape[1] - 1
            codes[row, at] = column
            chance[row, at] += weight[row] * share
    return Choice(codes, chance, none)


def raw_chances(weighed: Weighed, fitted: dict[str, Any]) -> Floats:
    """The chances of the logit alone, names x (CANDIDATES + 1), that of none last."""
    utility = weighed.per_code @ np.array(fitted["of_a_code"], np.float32)
    outside = weighed.of_none @ np.array(fitted["of_none"], np.float32)
    return _softmax(np.concatenate([utility, outside[:, None]], axis=1))


def recalibrated(chance: Floats, level: NDArray[np.float64], slope: NDArray[np.float64]) -> Floats:
    """Chances whose largest is expit(level + slope * logit), the others in proportion; it stays the
    largest. Level and slope are those of each row."""
    largest = chance.argmax(axis=1)
    rows = np.arange(len(chance))
    top = np.clip(chance[rows, largest].astype(float), LEAST_CHANCE, 1 - LEAST_CHANCE)
    others = chance.copy()
    others[rows, largest] = 0
    second = others.max(axis=1)
    set_to = expit(level + slope * logit(top))
    # likelier than the next one
    set_to = np.maximum(set_to, AHEAD * second / np.maximum(1 - top + second, 1e-9))
    scaled = others * ((1 - set_to) / (1 - top))[:, None]
    scaled[rows, largest] = set_to
    result: Floats = scaled.astype(np.float32)
    return result


@cache
def weights() -> dict[str, Any]:
    """The weights that ship, by classification; `benchmarks/technology_codes` fits them."""
    kept: dict[str, Any] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return kept


def _votes(weight: Floats, shares: sparse.csr_matrix) -> Floats:
    """The logarithm of what labelled names say, each with its weight: names x (codes + 1)."""
    counted = (shares.T @ weight.T).T
    votes: Floats = np.log(counted / (counted.sum(axis=1, keepdims=True) + 1e-9) + RARE)
    return votes.astype(np.float32)


def _nearness(alike: Sequence[Floats], pace: Sequence[float]) -> Floats:
    """1 where names are the same, less the fewer words, letters and sense they share."""
    apart = [rate * (1 - each) for rate, each in zip(pace, alike, strict=True)]
    nearness: Floats = np.exp(-np.sum(apart, axis=0)).astype(np.float32)
    return nearness


def _softmax(values: Floats) -> Floats:
    grown = np.exp(values - values.max(axis=1, keepdims=True))
    result: Floats = (grown / grown.sum(axis=1, keepdims=True)).astype(np.float32)
    return result
