"""Fits the weights of the choice of codes on the labelled names: python -m
benchmarks.technology_codes.fit, then calibrate

Answers by documents are calibrated here, by fifteen folds of families of names; answers by names
alone in `calibrate`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components
from scipy.special import logit, logsumexp
from sklearn.linear_model import LogisticRegression

from firstlight.instruments.concordance.technology_codes.code_choice import (
    CANDIDATES,
    OF_A_CODE,
    WEIGHTS,
    Weighed,
    alike_names,
    candidates,
    raw_chances,
    shares_of,
    with_documents,
)
from firstlight.instruments.concordance.technology_codes.coded_technologies import known_names
from firstlight.instruments.concordance.technology_codes.coded_texts import (
    LISTS,
    coded_texts,
    labelled_names,
    text_likeness,
)
from firstlight.instruments.concordance.technology_codes.document_senses import documented_names
from firstlight.instruments.concordance.technology_codes.name_likeness import Written

FOLDS = 15
EVERY = 3  # name is asked; all others vote
ALIKE = 0.62  # words or letters in common from which two names are of one family
PENALTY = 1.0


def families(names: Written) -> NDArray[np.int32]:
    """The family of each labelled name, the same in both languages: those that share most words or
    letters are of one."""
    near = (names.words @ names.words.T > ALIKE) + (names.letters @ names.letters.T > ALIKE)
    half = near.shape[0] // 2
    found: NDArray[np.int32] = connected_components(near[:half, :half])[1]
    return np.concatenate([found, found])


def fit(weighed: Weighed, shares: np.ndarray) -> dict[str, Any]:
    """The conditional logit of largest likelihood, with a small ridge."""
    target, told = answers(weighed, shares)
    per_code, of_none = weighed.per_code[told], weighed.of_none[told]
    target = target[told] / target[told].sum(axis=1, keepdims=True)
    size = per_code.shape[2]
    code_scale = per_code.reshape(-1, size).std(axis=0) + 1e-6
    none_scale = np.r_[1, of_none[:, 1:].std(axis=0) + 1e-6]
    flat = (per_code / code_scale).reshape(-1, size)
    outside = of_none / none_scale

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        utility = (flat @ weights[:size]).reshape(per_code.shape[:2])
        values = np.concatenate([utility, (outside @ weights[size:])[:, None]], axis=1)
        total = logsumexp(values, axis=1, keepdims=True)
        rest = target - np.exp(values - total)
        slope = np.r_[flat.T @ rest[:, :-1].ravel(), outside.T @ rest[:, -1]]
        value = -(target * (values - total)).sum() + PENALTY * weights @ weights
        return value / len(target), (2 * PENALTY * weights - slope) / len(target)

    start = np.zeros(size + outside.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    of_a_code = (found[:size] / code_scale).round(6).tolist()
    return {"of_a_code": of_a_code, "of_none": (found[size:] / none_scale).round(6).tolist()}


def answers(weighed: Weighed, shares: np.ndarray) -> tuple[np.ndarray, NDArray[np.bool_]]:
    """The share of each candidate, and of none, in the label; and which names have any of it."""
    rows = np.arange(len(weighed.codes))[:, None]
    target = np.concatenate([shares[:, :-1][rows, weighed.codes], shares[:, -1:]], axis=1)
    return target, target.sum(axis=1) > 0


def calibration(chance: np.ndarray, target: np.ndarray, told: NDArray[np.bool_]) -> list[float]:
    """Level and slope that set the likeliest answer's probability to what came true (Platt)."""
    top = chance.argmax(axis=1)
    rows = np.arange(len(chance))
    right = target[rows, top] >= target.max(axis=1)
    sure = logit(np.clip(chance[rows, top].astype(float), 1e-6, 1 - 1e-6))
    fitted = LogisticRegression(C=1e6).fit(sure[told, None], (right & (target.max(1) > 0))[told])
    return [round(float(fitted.intercept_[0]), 6), round(float(fitted.coef_[0, 0]), 6)]


@dataclass(frozen=True)
class Asked:
    """Labelled names that are asked as if they were not labelled.

    rows    : their places among the labelled names
    fold    : of every labelled name, the same for a family
    weigh   : shares of the labels that vote -> what is weighed for the names that are asked
    labels  : names that are asked x (codes + 1)
    """

    rows: NDArray[np.intp]
    fold: NDArray[np.int64]
    weigh: Callable[[sparse.csr_matrix], Weighed]
    labels: np.ndarray


def out_of_fold(asked: Asked, shares: sparse.csr_matrix) -> tuple[dict[str, Any], Any, Any]:
    """The weights of all names, and chances and targets of each by those of the other folds."""
    chance = np.zeros((len(asked.rows), CANDIDATES + 1), np.float32)
    target = np.zeros_like(chance)
    for each in range(FOLDS):
        voices = sparse.diags((asked.fold != each).astype(np.float32)) @ shares
        weighed = asked.weigh(voices.tocsr())
        inside, outside = asked.fold[asked.rows] != each, asked.fold[asked.rows] == each
        fitted = fit(_rows(weighed, inside), asked.labels[inside])
        chance[outside] = raw_chances(_rows(weighed, outside), fitted)
        target[outside] = answers(_rows(weighed, outside), asked.labels[outside])[0]
    return fit(asked.weigh(shares), asked.labels), chance, target


def weights_of(classification: str) -> dict[str, Any]:
    """The weights of one classification, by names and by documents; the calibration of the latter
    is that of answers out of fold."""
    coded = coded_texts(classification)
    known = known_names()[1]
    shares = shares_of(labelled_names()[classification].to_list() * 2, coded.codes)
    family = families(known)
    fold = np.random.default_rng(0).integers(0, FOLDS, family.max() + 1)[family]
    senses = documented_names()[0]

    def asked_of(rows: NDArray[np.intp], *, has_documents: bool) -> Asked:
        names = known.rows(rows)
        batches = np.array_split(np.arange(len(rows)), len(rows) // 500 + 1)
        texts = np.concatenate([text_likeness(coded, names.rows(batch)) for batch in batches])
        apart = family[rows, None] == family[None, :]
        alike = alike_names(names, known, apart)

        def weigh(voices: sparse.csr_matrix) -> Weighed:
            weighed = candidates(texts, alike, voices, names.known)
            if not has_documents:
                return weighed
            told, centres = senses[rows], coded.document_centres
            return with_documents(weighed, told, senses, voices, centres, apart)

        return Asked(rows, fold, weigh, shares[rows].toarray())

    by_name = asked_of(np.arange(0, len(family), EVERY), has_documents=False)
    by_documents = asked_of(np.flatnonzero(senses.any(axis=1)), has_documents=True)
    whole = fit(by_name.weigh(shares), by_name.labels)
    told, chance, target = out_of_fold(by_documents, shares)
    # titles of labelled names are English: Chinese ones are taken to be as sure
    both = _calibrated(classification, chance, target, by_documents.labels)
    return whole | {"documents": told | {"calibration": {"en": both, "zh": both}}}


def _calibrated(
    classification: str, chance: np.ndarray, target: np.ndarray, labels: np.ndarray
) -> list[float]:
    """The calibration of answers by documents, whose share of right answers is printed."""
    told = labels.sum(axis=1) > 0
    found = target[np.arange(len(chance)), chance.argmax(axis=1)]
    right = found >= np.maximum(labels.max(axis=1), 1e-6)
    shown = right[told].mean().round(3), told.sum()
    print(classification, "with documents first right", *shown, flush=True)
    return calibration(chance, target, told)


def _rows(weighed: Weighed, chosen: NDArray[np.bool_]) -> Weighed:
    return Weighed(weighed.codes[chosen], weighed.per_code[chosen], weighed.of_none[chosen])


if __name__ == "__main__":
    fitted = {name: weights_of(name) for name in LISTS}
    WEIGHTS.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    for name, each in fitted.items():
        told = dict(zip(OF_A_CODE, each["of_a_code"], strict=True))
        print(name, {key: round(value, 2) for key, value in told.items()})
