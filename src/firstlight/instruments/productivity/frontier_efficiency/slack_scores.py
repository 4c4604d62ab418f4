"""The slacks-based measure on arrays: how far each unit is from the frontier in every input and
output at once.

Symbols: x, y, b a unit's inputs, good outputs and bad outputs; X, Y, B those of the reference;
lambda intensities; d what a slack is divided by; w its weight; t the factor of Charnes and Cooper,
which makes the ratio linear.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import check_choice, shown
from firstlight.instruments.productivity.frontier_efficiency.refusal import refused
from firstlight.instruments.productivity.frontiers.directional_distance import IMPRECISE
from firstlight.instruments.productivity.frontiers.technology import (
    Technology,
    own_sizes,
    stacked,
    technology,
)
from firstlight.numerics.linear_programmes import OPTIMAL, Solutions, solve_programmes
from firstlight.numerics.optional_arrays import array_or
from firstlight.texts import Count, message

Floats = NDArray[np.float64]
ORIENTATIONS = ("non", "input", "output")
ZEROS = ("refuse", "neglect", "penalty")
# A score this near to 1 is 1: the solver's own tolerance is 1e-7 on scaled rows.
NEAR_ONE = 1e-7
# a slack below this share of the unit's own quantity is the solver's rounding, and is 0
ROUNDING = 1e-8
# share by which a target may miss the reference's mix before the solver's answer is no answer
MISSED = 1e-6


@dataclass(frozen=True)
class SlackScores:
    """Scores of N units, K = inputs + good outputs + bad outputs, in that order; nan where there is
    no optimum.

    score   : (N,) the measure, 1 on the frontier (above 1 where it is super-efficiency),
              dimensionless
    slacks  : (N, K) input excess, output shortfall, bad excess, in the user's units; negative under
              super-efficiency, where the frontier of the others lies on the other side
    targets : (N, K) the point of the frontier that the unit is held against
    weights : (N, n) intensities lambda of the reference, sparse
    status  : (N,) "optimal", "infeasible", "unbounded", or "imprecise" where units differ so much
              in size that the solver's answer is no mix of the reference
    """

    score: Floats
    slacks: Floats
    targets: Floats
    weights: sparse.csr_matrix
    status: NDArray[np.str_]


@dataclass(frozen=True)
class SlackTerms:
    """What the measure and its super-efficiency share.

    frontier : of the reference; values : (N, K) the units in the user's units; scaled : (N, K) in
               the frontier's scale
    divisors : (N, K) what a slack is divided by, positive; weights : (N, K), of inputs and of the
               others 1 in sum
    signs    : (K,) +1 where less is better (inputs, bads), -1 for good outputs; is_input : (K,)
    """

    frontier: Technology
    values: Floats
    scaled: Floats
    divisors: Floats
    weights: Floats
    signs: Floats
    is_input: NDArray[np.bool_]
    orientation: str


@dataclass(frozen=True)
class _Programmes:
    """The arguments of ``solve_programmes``."""

    shared: Floats
    own: Floats
    lower: Floats
    upper: Floats
    own_cost: Floats
    own_lower: Floats
    own_upper: Floats

    def solve(self, excluded: Any = None) -> Solutions:
        return solve_programmes(**vars(self), excluded=excluded)


def slack_scores(
    inputs: Any,
    outputs: Any,
    bads: Any = None,
    *,
    reference: tuple[Any, Any, Any] | None = None,
    returns: str = "crs",
    orientation: str = "non",
    weights: Any = None,
    zeros: str = "refuse",
) -> SlackScores:
    """The slacks-based measure (SBM), with bad outputs as slacks of the denominator.

    rho = min (1 - sum w_i s_i / x_i) / (1 + sum w_r s_r / y_r + sum w_k s_k / b_k), subject to x =
    X lambda + s_i, y = Y lambda - s_r, b = B lambda + s_k, all s and lambda >= 0, and the sum of
    lambda free (crs), 1 (vrs), at most 1 (nirs) or at least 1 (ndrs). Weights are 1/m above the
    line and 1/(s + b) below it, where none are given. Input orientation keeps the numerator, output
    orientation the denominator; the slacks that do not count are then made as large as the score
    leaves them, so that the targets are efficient.

    inputs, outputs, bads : (N, m), (N, s), (N, b), not negative, any unit
    reference : the same of the units that span the frontier, (n, m), (n, s), (n, b); the N units
                where it is None
    weights   : (m + s + b,) relative weights of the slacks, positive; made 1 in sum above and below
                the line
    zeros     : "refuse", "neglect" (the term of a zero leaves its mean) or "penalty" (as "neglect",
                but an output's shortfall counts against a tenth of the least positive output of the
                reference)
    Returns SlackScores.
    Raises  InputError for an unknown option, shapes that do not fit, or a zero that is refused.
    Source: Tone (2001), European Journal of Operational Research 130(3), 498-509; Tone (2003),
            GRIPS research report I-2003-0005 (bad outputs); Cooper, Seiford and Tone (2007), Data
            Envelopment Analysis (orientation, weights, zeros).

    >>> slack_scores([[2.0], [4.0]], [[1.0], [1.0]]).score.round(6).tolist()
    [1.0, 0.5]
    """
    terms = slack_terms(inputs, outputs, bads, reference, returns, orientation, weights, zeros)
    asked = _programmes(terms)
    found = asked.solve()
    own, used = (found.own, found.shared) if orientation == "non" else _rest(asked, found, terms)
    with np.errstate(divide="ignore", invalid="ignore"):  # a factor of 0 is found out below
        slacks = own[:, 1:] / own[:, :1] * terms.divisors
    slacks[np.abs(slacks) <= ROUNDING * own_sizes(terms.scaled) * terms.frontier.row_scale[:-1]] = (
        0.0
    )
    score = 1 / (1 - found.value) if orientation == "output" else found.value
    score = np.where(np.abs(score - 1) < NEAR_ONE, 1.0, score)
    targets, mix = terms.values - terms.signs * slacks, divided_rows(used, own[:, 0])
    status = np.where(
        (found.status == OPTIMAL) & _misses(terms, targets, mix), IMPRECISE, found.status
    )
    lost = status != OPTIMAL
    score[lost], slacks[lost], targets[lost] = np.nan, np.nan, np.nan
    return SlackScores(score, slacks, targets, mix, status)


def _misses(terms: SlackTerms, targets: Floats, mix: sparse.csr_matrix) -> NDArray[np.bool_]:
    """Whether a target is worse than the unit, or is not what the reference's units, so mixed,
    make: (N,)."""
    point = (mix @ terms.frontier.columns.T)[:, :-1] * terms.frontier.row_scale[:-1]
    # in proportion to the amounts, and to the largest one where they are 0
    room = MISSED * np.maximum(terms.values, point) + 1e-13 * terms.frontier.row_scale[:-1]
    with np.errstate(invalid="ignore"):
        is_met = (np.abs(point - targets) <= room) & (
            terms.signs * (targets - terms.values) <= room
        )
    return np.asarray(~is_met.all(axis=1))


def slack_terms(
    inputs: Any,
    outputs: Any,
    bads: Any,
    reference: tuple[Any, Any, Any] | None,
    returns: str,
    orientation: str,
    weights: Any,
    zeros: str,
) -> SlackTerms:
    """Check the options and arrays, and find the divisor and the weight of every slack.

    Raises  InputError as ``slack_scores``.
    """
    check_choice("orientation", orientation, ORIENTATIONS)
    check_choice("zeros", zeros, ZEROS)
    held = (inputs, outputs, bads) if reference is None else reference
    frontier = technology(*held, returns=returns, disposability="strong")
    values = stacked(inputs, outputs, bads)
    m, s, b = frontier.sizes
    if values.shape[1] != m + s + b or np.shape(inputs)[1] != m or np.shape(outputs)[1] != s:
        raise refused(message("other_columns"))
    is_input = np.arange(m + s + b) < m
    signs = np.r_[np.ones(m), -np.ones(s), np.ones(b)]
    given = array_or(weights, np.ones(m + s + b))
    if given.shape != signs.shape or not (np.isfinite(given) & (given > 0)).all():
        raise refused(message("weights_of_slacks", weights=shown(given.tolist())))
    divisors, counts = _divisors(values, stacked(*held, "reference"), signs, zeros)
    shares = given * counts
    for group in (is_input, ~is_input):
        total = shares[:, group].sum(axis=1, keepdims=True)
        shares[:, group] /= np.where(total > 0, total, 1.0)
    scaled = values / frontier.row_scale[:-1]
    return SlackTerms(frontier, values, scaled, divisors, shares, signs, is_input, orientation)


def divided_rows(matrix: sparse.csr_matrix, factor: Floats) -> sparse.csr_matrix:
    """Each row over its factor, (N,); a row without a factor is empty and stays so.

    >>> divided_rows(sparse.csr_matrix([[1.0, 2.0]]), np.array([2.0])).toarray().tolist()
    [[0.5, 1.0]]
    """
    safe = np.where(np.isfinite(factor) & (factor != 0), factor, 1.0)
    return sparse.csr_matrix(sparse.diags(1 / safe) @ matrix)


def frontier_rows(terms: SlackTerms, slack_signs: Floats) -> tuple[Floats, Floats]:
    """Rows X lambda +- d s - t x, and the sum of lambda less t, as own columns (t, slacks over
    their divisors).

    slack_signs : (K,) sign of each slack in its row
    Returns own (N, K + 1, 1 + K), and bounds of the last row (2,).
    """
    count, width = terms.values.shape
    own = np.zeros((count, width + 1, 1 + width))
    at = np.arange(width)
    own[:, :width, 0] = -terms.scaled
    own[:, at, 1 + at] = slack_signs * terms.divisors / terms.frontier.row_scale[:-1]
    own[:, width, 0] = -1.0
    sums = {
        "crs": (-np.inf, np.inf),
        "vrs": (0.0, 0.0),
        "nirs": (-np.inf, 0.0),
        "ndrs": (0.0, np.inf),
    }
    return own, np.array(sums[terms.frontier.returns])


def with_unit_denominator(
    shared: Floats, own: Floats, lower: Floats, upper: Floats, terms: SlackTerms, sign: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """A further row: t with the weighted slacks below the line makes 1 (Charnes and Cooper)."""
    row = np.zeros((len(own), 1, own.shape[2]))
    row[:, 0, 0], row[:, 0, 1:] = 1.0, sign * np.where(terms.is_input, 0.0, terms.weights)
    one = np.ones((len(own), 1))
    return (
        np.vstack([shared, np.zeros(shared.shape[1])]),
        np.concatenate([own, row], axis=1),
        np.hstack([lower, one]),
        np.hstack([upper, one]),
    )


def _divisors(
    values: Floats, reference: Floats, signs: Floats, zeros: str
) -> tuple[Floats, NDArray[np.bool_]]:
    """(N, K) what each slack is divided by, and whether its term counts."""
    is_zero = values == 0
    if zeros == "refuse" and is_zero.any():
        row, column = (Count(int(place)) for place in np.argwhere(is_zero)[0])
        raise refused(message("zero_in_slacks", row=row, column=column))
    positive = np.where(reference > 0, reference, np.inf).min(axis=0)
    tenth = np.where(np.isfinite(positive), positive, 10.0) / 10
    return np.where(is_zero, tenth, values), ~is_zero | ((zeros == "penalty") & (signs < 0))


def _programmes(terms: SlackTerms) -> _Programmes:
    own, sums = frontier_rows(terms, terms.signs)
    count, rows, width = own.shape
    lower, upper = np.zeros((count, rows)), np.zeros((count, rows))
    lower[:, -1], upper[:, -1] = sums
    cost = np.zeros((count, width))
    low, top = np.zeros((count, width)), np.full((count, width), np.inf)
    # A zero of an input or of a bad leaves nothing to save.
    top[:, 1:][(terms.values == 0) & (terms.signs > 0)] = 0
    if terms.orientation == "output":
        cost[:, 1:] = -np.where(terms.is_input, 0.0, terms.weights)
    else:
        cost[:, 0], cost[:, 1:] = 1.0, -np.where(terms.is_input, terms.weights, 0.0)
    shared = terms.frontier.columns
    if terms.orientation == "non":
        shared, own, lower, upper = with_unit_denominator(shared, own, lower, upper, terms, 1.0)
    else:
        low[:, 0] = top[:, 0] = 1.0
    return _Programmes(shared, own, lower, upper, cost, low, top)


def _rest(
    asked: _Programmes, found: Solutions, terms: SlackTerms
) -> tuple[Floats, sparse.csr_matrix]:
    """The slacks that count kept, the others as large as they can be."""
    counted = terms.is_input == (terms.orientation == "input")
    low, cost = asked.own_lower.copy(), np.zeros_like(asked.own_cost)
    # A hair below what the first stage found, so that its rounding can't make the second
    # infeasible.
    kept = found.own[:, 1:][:, counted] * (1 - 1e-9) - 1e-12
    low[:, 1:][:, counted] = np.where(np.isfinite(kept), np.maximum(kept, 0), 0)
    cost[:, 1:][:, ~counted] = -1.0
    second = replace(asked, own_cost=cost, own_lower=low).solve()
    return second.own, second.shared
