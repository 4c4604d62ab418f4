"""Fits the weights of the choice of codes on the labelled names: python -m
benchmarks.technology_codes.fit, then calibrate
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components
from scipy.special import logsumexp

from firstlight.instruments.concordance.technology_codes.code_choice import (
    OF_A_CODE,
    WEIGHTS,
    Weighed,
    alike_names,
    candidates,
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


def weights_of(classification: str) -> dict[str, Any]:
    """The weights of one classification, by names and by documents, not yet calibrated."""
    coded = coded_texts(classification)
    known = known_names()[1]
    shares = shares_of(labelled_names()[classification].to_list() * 2, coded.codes)
    family = families(known)
    senses = documented_names()[0]

    def weighed(rows: NDArray[np.intp], *, has_documents: bool) -> Weighed:
        names = known.rows(rows)
        batches = np.array_split(np.arange(len(rows)), len(rows) // 500 + 1)
        texts = np.concatenate([text_likeness(coded, names.rows(batch)) for batch in batches])
        apart = family[rows, None] == family[None, :]
        found = candidates(texts, alike_names(names, known, apart), shares, names.known)
        if not has_documents:
            return found
        centres = coded.document_centres
        return with_documents(found, senses[rows], senses, shares, centres, apart)

    by_name = np.arange(0, len(family), EVERY)
    by_documents = np.flatnonzero(senses.any(axis=1))
    whole = fit(weighed(by_name, has_documents=False), shares[by_name].toarray())
    more = fit(weighed(by_documents, has_documents=True), shares[by_documents].toarray())
    return whole | {"documents": more}


if __name__ == "__main__":
    fitted = {name: weights_of(name) for name in LISTS}
    WEIGHTS.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    for name, each in fitted.items():
        told = dict(zip(OF_A_CODE, each["of_a_code"], strict=True))
        print(name, {key: round(value, 2) for key, value in told.items()})
