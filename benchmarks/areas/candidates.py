"""The cheap classifiers that were tried, each as weights (F, A) and intercepts (A,) of a linear
score."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Candidate:
    """One way to fit: the method with its strength, how far classes are balanced, how much our own
    text weighs.

    strength : C of the logistic regression, or the smoothing of naive Bayes; centroids have none
    balance  : classes weigh count ** -balance; 0 leaves them as they are, 1 makes them equal
    own      : weight of each of our own descriptions, a topic being 1
    domain   : whether field and subfield names are added to the training text
    phrase   : log-odds that key phrases bring where they cover enough
    """

    method: str
    strength: float = 1.0
    balance: float = 0.0
    own: float = 0.0
    domain: bool = False
    phrase: float = 0.0

    def fitted_like(self) -> Candidate:
        """The same without what is applied after the fit."""
        return replace(self, phrase=0.0)


CANDIDATES = (
    *(
        Candidate("logistic", strength, balance, own, domain)
        for strength in (2.0, 8.0)
        for balance, own, domain in (
            (0.0, 0.0, False),
            (0.5, 0.0, False),
            (0.5, 0.0, True),
            (0.5, 3.0, False),
            (0.5, 10.0, False),
            (0.75, 10.0, False),
            (1.0, 10.0, False),
        )
    ),
    *(
        Candidate(method, 0.3, own=own)
        for method in ("complement", "centroid")
        for own in (0.0, 10.0)
    ),
)
PHRASES = (0.0, 1.0, 1.5, 2.0, 3.0)


def fit(
    candidate: Candidate,
    vectors: sparse.csr_matrix,
    labels: Any,
    own: npt.NDArray[np.bool_],
    codes: tuple[str, ...],
) -> tuple[Floats, Floats]:
    """Weights (F, A) and intercepts (A,), columns in the order of ``codes``.

    own : (n,) true for the rows that are our own descriptions
    """
    keep = np.ones(len(labels), dtype=bool) if candidate.own else ~own
    x, y = vectors[keep], np.asarray(labels)[keep]
    classes, counts = np.unique(y, return_counts=True)
    by_class = dict(zip(classes, (counts / counts.mean()) ** -candidate.balance, strict=True))
    sample = np.array([by_class[label] for label in y]) * np.where(own[keep], candidate.own, 1.0)
    if candidate.method == "logistic":
        model = LogisticRegression(C=candidate.strength, max_iter=300, tol=1e-4).fit(
            x, y, sample_weight=sample
        )
        weights, intercept = model.coef_.T, model.intercept_
    elif candidate.method == "complement":
        nb = ComplementNB(alpha=candidate.strength, norm=True).fit(x, y, sample_weight=sample)
        classes, weights, intercept = (
            nb.classes_,
            1e3 * nb.feature_log_prob_.T,
            np.zeros(len(classes)),
        )
    else:
        sums = np.array(
            [
                np.asarray(x.multiply(np.where(y == c, sample, 0)[:, None]).sum(axis=0))[0]
                for c in classes
            ]
        )
        weights, intercept = (
            10 * (sums / np.linalg.norm(sums, axis=1, keepdims=True)).T,
            np.zeros(len(classes)),
        )
    order = [list(classes).index(code) for code in codes]
    return np.asarray(weights)[:, order], np.asarray(intercept)[order]
