"""Super-efficiency by slacks: how far a unit of the frontier lies beyond the frontier of the
others."""

from __future__ import annotations

from typing import Any

import numpy as np

from firstlight.instruments.productivity.frontier_efficiency.refusal import refused
from firstlight.instruments.productivity.frontier_efficiency.slack_scores import (
    Floats,
    SlackScores,
    SlackTerms,
    divided_rows,
    frontier_rows,
    slack_terms,
    with_unit_denominator,
)
from firstlight.numerics.linear_programmes import INFEASIBLE, OPTIMAL, solve_programmes
from firstlight.texts import message


def super_slack_scores(
    inputs: Any,
    outputs: Any,
    bads: Any = None,
    *,
    reference: tuple[Any, Any, Any] | None = None,
    own_place: Any = None,
    returns: str = "crs",
    orientation: str = "non",
    weights: Any = None,
) -> SlackScores:
    """The slacks-based measure of super-efficiency: each unit against the frontier of the others.

    delta = min (sum w_i p_i / x_i) / (sum w_r q_r / y_r), subject to p >= x, p >= X lambda, q <= y,
    q <= Y lambda, where the unit itself has no lambda. With bads the denominator is 1 - sum w_r
    (y_r - q_r) / y_r - sum w_k (c_k - b_k) / b_k with c >= b, c >= B lambda: the mirror image of
    ``slack_scores``. Input orientation holds q = y and c = b, output orientation p = x. For a unit
    that others dominate delta is 1; use it for units of the frontier only.

    inputs, outputs, bads, reference, returns, weights : as in ``slack_scores``, but all positive
    own_place : (N,) each unit's own column of the reference, -1 for none; 0 to N - 1 where no
                reference is given
    Returns SlackScores; slacks are x - p, q - y, b - c, not above 0; targets are p, q, c.
    "infeasible" where the others
            can't reach the unit: the orientation holds what they can't meet, or bads must grow so
            far that the denominator is not positive.
    Raises  InputError as ``slack_scores``, and for any zero.
    Source: Tone (2002), European Journal of Operational Research 143(1), 32-41.

    >>> super_slack_scores([[2.0], [4.0]], [[1.0], [1.0]]).score.round(6).tolist()
    [2.0, 1.0]
    """
    terms = slack_terms(inputs, outputs, bads, reference, returns, orientation, weights, "refuse")
    if reference is not None and own_place is None:
        raise refused(message("no_own_place"))
    excluded = (
        np.arange(len(terms.values)) if own_place is None else np.asarray(own_place, np.int64)
    )
    # An input of the frontier's rows: X lambda - d p' - t x <= 0; an output: Y lambda + d q' - t y
    # >= 0.
    own, sums = frontier_rows(terms, -terms.signs)
    count, rows, width = own.shape
    lower, upper = np.zeros((count, rows)), np.zeros((count, rows))
    lower[:, :-1], upper[:, :-1] = (
        np.where(terms.signs > 0, -np.inf, 0.0),
        np.where(terms.signs > 0, 0.0, np.inf),
    )
    lower[:, -1], upper[:, -1] = sums
    low, top = np.zeros((count, width)), np.full((count, width), np.inf)
    shared = terms.frontier.columns
    if orientation == "non":
        shared, own, lower, upper = with_unit_denominator(shared, own, lower, upper, terms, -1.0)
    else:
        low[:, 0] = top[:, 0] = 1.0
        top[:, 1:][:, ~terms.is_input if orientation == "input" else terms.is_input] = 0.0
    found = solve_programmes(
        shared, own, lower, upper, _cost(terms), own_lower=low, own_upper=top, excluded=excluded
    )
    status = found.status.copy()
    score = found.value.copy()
    if orientation == "output":
        with np.errstate(divide="ignore"):
            score = 1 / (1 - score)
        beyond = (status == OPTIMAL) & ~((score > 0) & np.isfinite(score))
        status[beyond], score[beyond] = INFEASIBLE, np.nan
    slacks = -found.own[:, 1:] / found.own[:, :1] * terms.divisors + 0.0  # no negative zeros
    slacks[status != OPTIMAL] = np.nan
    return SlackScores(
        score,
        slacks,
        terms.values - terms.signs * slacks,
        divided_rows(found.shared, found.own[:, 0]),
        status,
    )


def _cost(terms: SlackTerms) -> Floats:
    cost = np.zeros((len(terms.values), 1 + terms.values.shape[1]))
    if terms.orientation == "output":
        cost[:, 1:] = np.where(terms.is_input, 0.0, terms.weights)
    else:
        cost[:, 0], cost[:, 1:] = 1.0, np.where(terms.is_input, terms.weights, 0.0)
    return cost
