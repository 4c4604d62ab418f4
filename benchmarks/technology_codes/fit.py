"""Fits the weights of the choice of codes on the labelled names, by five folds of families of
names: python -m benchmarks.technology_codes.fit
"""

from __future__ import annotations

import json
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
)
from firstlight.instruments.concordance.technology_codes.coded_technologies import known_names
from firstlight.instruments.concordance.technology_codes.coded_texts import (
    LISTS,
    coded_texts,
    labelled_names,
    text_likeness,
)
from firstlight.instruments.concordance.technology_codes.name_likeness import Written

FOLDS = 5
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


def weights_of(classification: str) -> dict[str, Any]:
    """The weights of one classification; its calibration is that of answers out of fold."""
    coded = coded_texts(classification)
    known = known_names()[1]
    shares = shares_of(labelled_names()[classification].to_list() * 2, coded.codes)
    family = families(known)
    asked = np.arange(0, len(family), EVERY)
    names = known.rows(asked)
    batches = np.array_split(np.arange(len(asked)), len(asked) // 500 + 1)
    texts = np.concatenate([text_likeness(coded, names.rows(batch)) for batch in batches])
    alike = alike_names(names, known, family[asked, None] == family[None, :])
    labels = shares[asked].toarray()
    told = labels.sum(axis=1) > 0
    fold = np.random.default_rng(0).integers(0, FOLDS, family.max() + 1)[family]
    chance = np.zeros((len(asked), CANDIDATES + 1), np.float32)
    target = np.zeros_like(chance)
    for each in range(FOLDS):
        voices = sparse.diags((fold != each).astype(np.float32)) @ shares
        weighed = candidates(texts, alike, voices.tocsr(), names.known)
        inside, outside = fold[asked] != each, fold[asked] == each
        fitted = fit(_rows(weighed, inside), labels[inside])
        chance[outside] = raw_chances(_rows(weighed, outside), fitted)
        target[outside] = answers(_rows(weighed, outside), labels[outside])[0]
    whole = fit(candidates(texts, alike, shares, names.known), labels)
    found = target[np.arange(len(asked)), chance.argmax(axis=1)]
    right = found >= np.maximum(labels.max(axis=1), 1e-6)
    is_english = asked < len(family) // 2
    for name, part in (("English", is_english), ("Chinese", ~is_english)):
        print(classification, name, "first right", right[part & told].mean().round(3), flush=True)
    return whole | {"calibration": calibration(chance, target, told)}


def _rows(weighed: Weighed, chosen: NDArray[np.bool_]) -> Weighed:
    return Weighed(weighed.codes[chosen], weighed.per_code[chosen], weighed.of_none[chosen])


if __name__ == "__main__":
    fitted = {name: weights_of(name) for name in LISTS}
    WEIGHTS.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    for name, each in fitted.items():
        told = dict(zip(OF_A_CODE, each["of_a_code"], strict=True))
        print(name, {key: round(value, 2) for key, value in told.items()}, each["calibration"])
