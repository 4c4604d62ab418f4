"""Skill under resampled lineages, all resamples at once; the same ones for every method, so that differences are paired.

R resamples, n forecasts. A weight says how often a forecast is drawn: a whole lineage, a technology with all its years, is
drawn or not, since forecasts of one technology are not independent. Efron and Tibshirani (1993), An Introduction to the
Bootstrap, ch. 6 and 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from firstlight.instruments.emergence.verification import Verification

Floats = npt.NDArray[np.float64]
NAN = float("nan")


@dataclass(frozen=True)
class Difference:
    """One method's figure less another's, with the interval of their difference under the same resamples.

    excludes_0 : whether the interval lies wholly on one side of 0; never where a bound is nan
    """

    estimate: float
    low: float
    high: float
    excludes_0: bool


def drawn(lineage: Any, *, repeats: int, seed: int = 0) -> Floats:
    """(R, n) how often each forecast is drawn when whole lineages are drawn with replacement.

    >>> weights = drawn(["a", "a", "b"], repeats=4)
    >>> bool((weights[:, 0] == weights[:, 1]).all()), (weights[:, 0] + weights[:, 2]).tolist()
    (True, [2.0, 2.0, 2.0, 2.0])
    """
    names, member = np.unique(np.asarray(lineage, dtype=np.str_), return_inverse=True)
    random = np.random.default_rng(seed)
    times = np.zeros((repeats, len(names)))
    for repeat in range(repeats if len(names) else 0):
        times[repeat] = np.bincount(
            random.integers(len(names), size=len(names)), minlength=len(names)
        )
    return times[:, member]


def figures(own: Verification, weights: Floats) -> dict[str, Floats]:
    """csi, ets, auc, precision_20 and precision_50 of a method under each row of weights (R, n); ones give the estimate.

    CSI and ETS pool all forecasts. A list is made for one year, so AUC compares pairs of the same forecast year only (all
    such pairs count alike, ties half), and precision is the mean over forecast years. Where a year has fewer than k
    forecasts, all of it is its top k; ties at the k-th place count by their mean.
    Returns name -> (R,), nan where not defined.
    """
    total, called, came = weights.sum(axis=1), weights @ own.called, weights @ own.outcomes
    hits = weights @ (own.called * own.outcomes)
    union, chance = called + came - hits, _ratio(called * came, total)
    ordered, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    found: dict[str, list[Floats]] = {"precision_20": [], "precision_50": []}
    for year in np.unique(own.year):
        rows = own.year == year
        yes, no = _by_score(own.scores[rows], own.outcomes[rows], weights[:, rows])
        ordered += (yes * (no.sum(axis=1, keepdims=True) - np.cumsum(no, axis=1) + no / 2)).sum(
            axis=1
        )
        pairs += yes.sum(axis=1) * no.sum(axis=1)
        found["precision_20"].append(_precision(yes, no, 20))
        found["precision_50"].append(_precision(yes, no, 50))
    return {
        "csi": _ratio(hits, union),
        "ets": _ratio(hits - chance, union - chance),
        "auc": _ratio(ordered, pairs),
        **{name: _mean(values, len(weights)) for name, values in found.items()},
    }


def interval(values: Floats, level: float = 0.9) -> tuple[float, float]:
    """The middle ``level`` of the values that are defined; nan where none is.

    >>> interval(np.array([0.0, 1.0, np.nan]), 1.0)
    (0.0, 1.0)
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return NAN, NAN
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def difference(
    ours: float, theirs: float, our_draws: Floats, their_draws: Floats, level: float = 0.9
) -> Difference:
    """Ours less theirs, both under the same resamples (R,).

    >>> difference(0.3, 0.2, np.array([0.3, 0.4]), np.array([0.2, 0.2]), 1.0).excludes_0
    True
    """
    low, high = interval(our_draws - their_draws, level)
    return Difference(ours - theirs, low, high, bool(low > 0 or high < 0))


def _by_score(scores: Floats, outcomes: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """(R, G) weights of what came true and of what did not, by distinct score from the highest down."""
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    starts = np.flatnonzero(np.append(True, falling[1:] != falling[:-1]))
    sorted_weights, came = weights[:, order], outcomes[order]
    yes = np.add.reduceat(sorted_weights * came, starts, axis=1)
    return yes, np.add.reduceat(sorted_weights, starts, axis=1) - yes


def _precision(yes: Floats, no: Floats, k: int) -> Floats:
    size = yes + no
    before = np.cumsum(size, axis=1) - size
    taken = np.clip(k - before, 0.0, size)
    return _ratio((yes * _ratio(taken, size, 0.0)).sum(axis=1), taken.sum(axis=1))


def _ratio(above: Floats, below: Floats, otherwise: float = NAN) -> Floats:
    return np.asarray(
        np.divide(above, below, out=np.full(np.shape(below), otherwise), where=below > 1e-12)
    )


def _mean(values: list[Floats], repeats: int) -> Floats:
    """Mean over years of what is defined."""
    if not values:
        return np.full(repeats, NAN)
    stacked = np.array(values)
    known = ~np.isnan(stacked)
    return _ratio(np.where(known, stacked, 0.0).sum(axis=0), known.sum(axis=0).astype(np.float64))
