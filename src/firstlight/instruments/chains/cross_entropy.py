"""A table made to meet sums of any of its cells, some of them known with an error: minimum
cross-entropy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve
from scipy.sparse import csr_array

from firstlight.errors import InputError
from firstlight.numerics.optional_arrays import array_or
from firstlight.texts import Name, Share, message

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
REACH = 3.0  # standard errors beyond which no sum moves
MOST_ROUNDS = 100
RIDGE = 1e-12  # sums that follow from others leave the system singular
SUFFICIENT = 1e-4  # of what a step promises, how much it has to bring
SHORTEST = 1e-12  # of a whole step: where so short a one gains nothing, rounding has the last word


@dataclass(frozen=True)
class Reconciled:
    """Cells that meet their sums.

    Attributes
    ----------
    cells
        (n,)
    errors
        (k,), what each sum is found to be above the one that was stated.
    rounds
        Steps of Newton's method.
    gap
        The largest difference that is left, in proportion to the largest sum.
    """

    cells: Floats
    errors: Floats
    rounds: int
    gap: float


def cross_entropy(
    cells: ArrayLike,
    members: Any,
    sums: ArrayLike,
    errors: ArrayLike | None = None,
    tolerance: float = 1e-11,
    labels: Sequence[str] | None = None,
) -> Reconciled:
    """The cells nearest to the given, in the sense of cross-entropy, that meet the sums.

    Smallest is sum |a| (z ln z - z) / sum |a| + sum w ln(w / v), where z = x / a: the first term is
    that of GRAS (of RAS, where no cell is below 0); the second that of the errors, each of which is
    -3, 0 or 3 standard errors with the chances w, of which v = 1/18, 16/18, 1/18 is expected.

    Parameters
    ----------
    cells
        (n,); what is 0 stays so, and signs stay.
    members
        (k, n), dense or sparse: 1 for the cells that a sum adds up.
    sums
        (k,)
    errors
        (k,), the standard error of each sum, in its unit; 0 where it is exact, as all are by
        default.
    tolerance
        The gap that is enough, in proportion to the largest sum.
    labels
        What an error calls the sums; their numbers by default.

    Returns
    -------
    Reconciled

    Raises
    ------
    InputError
        For sums that can't be met, and sums that contradict one another by more than three standard
        errors.

    References
    ----------
    Golan, Judge and Robinson 1994, Review of Economics and Statistics 76(3), 541-549; Robinson,
    Cattaneo and El-Said 2001, Economic Systems Research 13(1), 47-64; Lenzen, Wood and Gallego
    2007, 19(4), 461-465.

    Examples
    --------
    Two rows and one cell of a table of four cells are known, its columns are not:

    >>> found = cross_entropy([1, 1, 1, 3], [[1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1]], [3, 4, 2])
    >>> found.cells.round(6).tolist()
    [1.5, 1.5, 2.0, 2.0]
    """
    a = np.asarray(cells, float)
    t = np.asarray(sums, float)
    sigma = array_or(errors, np.zeros(len(t)))
    size = max(float(np.abs(a).sum()), np.finfo(float).tiny)
    dual = _Dual(a / size, csr_array(members, dtype=float), t / size, sigma / size)
    largest = max(float(np.abs(t).max(initial=0.0)) / size, np.finfo(float).tiny)
    # prices of sums that can't be met grow beyond all bounds
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        at, rounds = _descended(dual, tolerance * largest)
    gaps = np.abs(at.gaps) / largest
    if not gaps.max(initial=0.0) <= tolerance:
        worst = int(gaps.argmax())
        name = Name(labels[worst] if labels is not None else str(worst + 1))
        share = Share(min(float(gaps[worst]), 1e9), 4)
        raise InputError(message("sum_not_met", name=name, share=share), FOLDER)
    return Reconciled(at.cells * size, at.errors * size, rounds, float(gaps.max(initial=0.0)))


@dataclass(frozen=True)
class _Point:
    """What prices of the sums lead to: the dual function, its slope (the gaps) and its curvature.

    members : (k, n), those of the sums
    spreads : (k,), variances of the errors
    """

    value: float
    cells: Floats
    errors: Floats
    gaps: Floats
    members: csr_array[Any]
    spreads: Floats

    def step(self) -> Floats:
        """Newton's, of sums scaled to weigh alike."""
        curve = (self.members * np.abs(self.cells)) @ self.members.T
        system = curve.toarray() + np.diag(self.spreads)
        scale = np.sqrt(np.maximum(system.diagonal(), np.finfo(float).tiny))
        system = system / scale[:, None] / scale + RIDGE * np.eye(len(scale))
        return np.asarray(solve(system, -self.gaps / scale, assume_a="pos") / scale)


@dataclass(frozen=True)
class _Dual:
    """The convex function of the sums' prices whose least value is where all sums are met."""

    start: Floats
    members: csr_array[Any]
    sums: Floats
    sigma: Floats

    def at(self, prices: Floats) -> _Point:
        """The value and its derivatives."""
        cells = self.start * np.exp(np.sign(self.start) * (self.members.T @ prices))
        far = REACH * prices * self.sigma
        small = np.exp(-np.abs(far))
        weight = 16 * small + 1 + small**2  # of the three errors, in units of the most likely outer
        # 0.0 less, not the negative: an exact sum has no error, and not one of -0.0
        errors = 0.0 - REACH * self.sigma * np.sign(far) * (1 - small**2) / weight
        spreads = (REACH * self.sigma) ** 2 * (1 + small**2) / weight - errors**2
        expected = (np.abs(far) + np.log(weight / 18)).sum()
        value = float(np.abs(cells).sum() + expected - prices @ self.sums)
        gaps = self.members @ cells - self.sums - errors
        return _Point(value, cells, errors, np.asarray(gaps), self.members, spreads)


def _descended(dual: _Dual, enough: float) -> tuple[_Point, int]:
    """Where Newton's steps lead, each shortened until it descends; and how many there were."""
    prices = np.zeros(len(dual.sums))
    here = dual.at(prices)
    for rounds in range(MOST_ROUNDS):
        if np.abs(here.gaps).max(initial=0.0) <= enough:
            return here, rounds
        step = here.step()
        slope = float(here.gaps @ step)
        length = 1.0
        there = dual.at(prices + step)
        # near the end rounding hides what the value still gains, and the gaps alone tell
        while not (
            there.value <= here.value + SUFFICIENT * length * slope
            or np.abs(there.gaps).max() <= np.abs(here.gaps).max() / 2
        ):
            length /= 2
            if length < SHORTEST:
                return here, rounds
            there = dual.at(prices + length * step)
        prices = prices + length * step
        here = there
    return here, MOST_ROUNDS
