"""Specialisation: revealed comparative advantage (location quotient), with shrinkage and
significance, and presence.

Symbols: x value of place c in activity p, x_c and x_p its totals, X the total of all, e = x_c x_p /
X what would be expected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse, special

from firstlight.errors import InputError, check_between, check_bounds, check_choice, shown
from firstlight.instruments.complexity.activity_table import (
    FAMILY,
    Array,
    Sparse,
    cell_of,
    sparse_values,
)
from firstlight.texts import Figure, message

WEIGHTS = ("binary", "rca", "log_rca")
# an RCA this near to the threshold has reached it: the order of a sum must not decide who is
# present
EQUAL = 1e-10


@dataclass(frozen=True)
class PresenceRule:
    """When a place counts as having an activity; every condition must hold.

    Attributes
    ----------
    threshold
        Least RCA, after shrinkage; 1 is Balassa's. Equal counts as reached, rounding apart.
    least
        Least value of the cell, in the user's unit.
    is_given
        True takes the values themselves as presences: what is above ``least`` is there, and no RCA
        is asked.
    shrinkage
        None; a pseudo-count a > 0, in the values' unit, that moves RCA to (x + a) / (e + a),
        towards 1; or ``empirical_bayes``, a by the method of moments (for counts).
    significance
        None; or alpha: the exact one-sided Poisson probability of so many or more, at the
        threshold's rate, is at most alpha (for counts; what is expected is taken as known).
    weights
        ``binary``; or of those present, ``rca`` or ``log_rca``, log(1 + RCA).
    """

    threshold: float = 1.0
    least: float = 0.0
    is_given: bool = False
    shrinkage: float | str | None = None
    significance: float | None = None
    weights: str = "binary"

    @property
    def is_of_counts(self) -> bool:
        """Whether the rule takes values for counts."""
        return self.significance is not None or self.shrinkage == "empirical_bayes"


BALASSA = PresenceRule()


@dataclass(frozen=True)
class Specialisation:
    """Who is specialised in what; every array sparse, with the cells of a value above 0.

    values       : (places, activities), as handed in
    rca          : the same cells, dimensionless, after shrinkage
    expected     : (cells,), e = x_c x_p / X in the user's unit, in the order of the cells
    presence     : (places, activities), weights of what is present: 1, or RCA or its logarithm
    pseudo_count : a of the shrinkage in the user's unit; 0 where none
    """

    values: Sparse
    rca: Sparse
    expected: Array
    presence: Sparse
    pseudo_count: float


def specialisation(x: Any, rule: PresenceRule = BALASSA) -> Specialisation:
    """Revealed comparative advantage, which regional science calls the location quotient, and what
    is present.

    RCA_cp = (x_cp / x_c) / (x_p / X) = x_cp / e_cp. With a pseudo-count a: (x + a) / (e + a), the
    mean of a gamma posterior with prior mean 1 and variance 1/a; by moments 1/a = sum((x - e)^2 -
    e) / sum e^2 over all cells, those of 0 too.

    Parameters
    ----------
    x
        (places, activities), dense or sparse, not negative.
    rule
        When a place counts as having an activity; Balassa's unless given.

    Returns
    -------
    Specialisation, with ``rca`` (dimensionless, after shrinkage), ``expected`` (in the user's unit)
    and ``presence``; every array is sparse, with the cells of a value above 0.

    Raises
    ------
    InputError
        Naming the cell that is negative or missing; where counts are needed and a value isn't
        whole; where moments show no more variation than counts have by chance (everything would
        shrink to 1).

    References
    ----------
    Balassa (1965), Manchester School 33(2), 99-123; Clayton and Kaldor (1987), Biometrics 43(3),
    671-681 (gamma prior of a ratio of counts).

    Examples
    --------
    >>> specialisation([[1, 1], [0, 2]]).rca.toarray().round(2).tolist()
    [[2.0, 0.67], [0.0, 1.33]]
    """
    values = sparse_values(x)
    _refuse_rule(rule, values)
    total = float(values.sum())
    by_place, by_activity = values.sum(axis=1), values.sum(axis=0)
    row = np.repeat(np.arange(values.shape[0]), np.diff(values.indptr))
    expected = by_place[row] / total * by_activity[values.indices] if total > 0 else np.zeros(0)
    a = _pseudo_count(values, expected, rule.shrinkage, by_place, by_activity, total)
    rca = (values.data + a) / (expected + a)
    return Specialisation(
        values=values,
        rca=_cells(values, rca),
        expected=expected,
        presence=_presence(values, rca, expected, rule),
        pseudo_count=a,
    )


def rca_interval(found: Specialisation, level: float = 0.95) -> tuple[Array, Array]:
    """The exact (Garwood) interval of RCA for counts, before shrinkage; what is expected is taken
    as known.

    level : 0 to 1
    Returns (cells,), (cells,): low, high, dimensionless, in the order of the cells of
    ``found.rca``.
    Raises  InputError where a value isn't whole.
    Source: Garwood (1936), Biometrika 28(3/4), 437-442.

    >>> low, high = rca_interval(specialisation([[8, 0], [0, 8]]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.86, 0.86], [3.94, 3.94])
    """
    check_between("level", level)
    count = found.values.data
    _refuse_parts(found.values)
    tail = (1 - level) / 2
    low = special.gammaincinv(count, tail) / found.expected
    high = special.gammaincinv(count + 1, 1 - tail) / found.expected
    return np.asarray(low, float), np.asarray(high, float)


def rca_p_value(found: Specialisation, threshold: float = 1.0) -> Array:
    """Exact one-sided Poisson probability of so many or more, were the rate ``threshold`` times
    what is expected.

    Returns (cells,), 0 to 1, in the order of the cells of ``found.rca``.
    Raises  InputError where a value isn't whole.

    >>> rca_p_value(specialisation([[3, 0], [0, 3]])).round(4).tolist()
    [0.1912, 0.1912]
    """
    _refuse_parts(found.values)
    return np.asarray(special.gammainc(found.values.data, threshold * found.expected), float)


def _presence(values: Sparse, rca: Array, expected: Array, rule: PresenceRule) -> Sparse:
    if rule.is_given:
        kept = values.data > rule.least
    else:
        kept = (rca >= rule.threshold * (1 - EQUAL)) & (values.data >= rule.least)
        if rule.significance is not None:
            _refuse_parts(values)
            kept &= special.gammainc(values.data, rule.threshold * expected) <= rule.significance
    weight: Array = np.ones_like(rca)
    if rule.weights != "binary":
        weight = rca if rule.weights == "rca" else np.log1p(rca)
    found = _cells(values, np.where(kept, weight, 0.0))
    found.eliminate_zeros()
    return found


def _cells(values: Sparse, data: Array) -> Sparse:
    # Indices are copied: dropping the zeros of one must not move those of another.
    return sparse.csr_array((data, values.indices.copy(), values.indptr.copy()), shape=values.shape)


def _pseudo_count(
    values: Sparse,
    expected: Array,
    shrinkage: float | str | None,
    by_place: Array,
    by_activity: Array,
    total: float,
) -> float:
    if shrinkage is None:
        return 0.0
    if not isinstance(shrinkage, str):
        return float(shrinkage)
    _refuse_parts(values)
    x = values.data
    # sum e^2 of all cells
    squares = float(by_place @ by_place) / total * (float(by_activity @ by_activity) / total)
    excess = float(x @ x) - 2 * float(x @ expected) + squares - total
    if not excess > 0:
        raise InputError(message("only_chance"), FAMILY)
    return squares / excess


def _refuse_rule(rule: PresenceRule, values: Sparse) -> None:
    a, alpha = rule.shrinkage, rule.significance
    check_choice("rule.weights", rule.weights, WEIGHTS)
    if not rule.threshold > 0:
        raise InputError(message("threshold_too_low", threshold=shown(rule.threshold)), FAMILY)
    check_bounds("rule.least", rule.least, 0)
    if not (a is None or a == "empirical_bayes" or (not isinstance(a, str) and 0 < a < np.inf)):
        raise InputError(message("no_shrinkage", shrinkage=shown(a)), FAMILY)
    if alpha is not None:
        check_between("rule.significance", alpha)
    if a is not None and rule.threshold < 1 and not rule.is_given:
        raise InputError(message("shrunk_below_one", threshold=Figure(rule.threshold)), FAMILY)
    if not values.nnz:
        raise InputError(message("every_value_zero"), FAMILY)


def _refuse_parts(values: Sparse) -> None:
    bad = np.flatnonzero(values.data != np.round(values.data))
    if bad.size:
        raise InputError(message("part_of_a_count", **cell_of(values, bad[0])), FAMILY)
