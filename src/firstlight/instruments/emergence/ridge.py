"""Logistic regression whose weights are drawn to given ones: a ridge that is not centred on zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float64]
DIGITS = 9  # of weights and intercepts: sums in another order differ after them


@dataclass(frozen=True)
class Ridge:
    """logit P = intercept + x @ weights (F,) + what is fixed."""

    intercept: float
    weights: Floats


def fit_ridge(
    x: Floats, outcomes: Floats, fixed: Floats, case: Floats, means: Floats, precisions: Floats
) -> Ridge:
    """The largest penalised likelihood: sum of case weight * log-likelihood - sum of precision (weight - mean)^2 / 2.

    The intercept is free. Ridge of le Cessie and van Houwelingen (1992, Applied Statistics 41(1), 191-201), centred on
    ``means`` as a normal prior is; damped Newton steps.

    x        : (n, F); outcomes : (n,) of 0 and 1; fixed : (n,) log-odds that are not learnt; case : (n,) weights
    means    : (F,), and precisions : (F,) above 0
    Returns Ridge; its weights are the means where there is nothing to learn from.

    >>> fit_ridge(np.zeros((0, 1)), np.zeros(0), np.zeros(0), np.zeros(0), np.array([1.2]), np.array([20.0])).weights
    array([1.2])
    """
    found = np.concatenate([[0.0], means])
    if not case.sum() > 0:
        return Ridge(0.0, means.copy())
    design = np.column_stack([np.ones(len(outcomes)), x])
    # A trace of pull keeps the intercept finite where all outcomes are alike.
    centre, pull = np.concatenate([[0.0], means]), np.concatenate([[1e-6], precisions])
    value, step = -np.inf, np.zeros(len(found))
    for _ in range(200):
        trial = found + step
        odds = fixed + design @ trial
        fitted = case * (outcomes * odds - np.logaddexp(0.0, odds))
        reached = float(fitted.sum() - 0.5 * (pull * (trial - centre) ** 2).sum())
        if reached < value - 1e-12 * abs(value):
            step /= 2.0
            continue
        found, value, p = trial, reached, expit(odds)
        gradient = design.T @ (case * (outcomes - p)) - pull * (found - centre)
        curvature = (design.T * (case * p * (1.0 - p))) @ design + np.diag(pull)
        step = np.linalg.solve(curvature, gradient)
        step *= min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < 1e-11:
            break
    return Ridge(round(float(found[0]), DIGITS), np.round(found[1:], DIGITS))


def intercept_for(odds: Floats, rate: float, case: Floats) -> float:
    """The constant that brings the weighted mean probability to ``rate``, by bisection; 0 where there are no odds.

    >>> abs(intercept_for(np.array([0.0, 0.0]), 0.5, np.ones(2))) < 1e-9
    True
    """
    if not len(odds) or not case.sum() > 0:
        return 0.0
    low, high = -40.0, 40.0
    for _ in range(70):
        middle = (low + high) / 2
        if float((case * expit(odds + middle)).sum() / case.sum()) < rate:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, DIGITS)
