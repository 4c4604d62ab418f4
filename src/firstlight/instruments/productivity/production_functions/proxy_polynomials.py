"""Polynomials in states and proxies, that stand for the unknown function by which productivity
shows.

Every column is centred and scaled before its powers are taken: with a constant beside them, the
functions that the powers span are the same, and numbers stay small.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.productivity.production_functions.refusals import refusal, unidentified
from firstlight.texts import Count, List, Name, message

Floats = NDArray[np.float64]

# of a column's spread, once the polynomial is taken out: less is an exact function of it
NOTHING_LEFT = 1e-7
SAME = 1e-10  # of the largest singular value: less is a term that others repeat


def exponents(variables: int, degree: int) -> NDArray[np.int64]:
    """Exponents of a complete polynomial without its constant, (terms, variables), linear terms
    first.

    >>> exponents(2, 2).tolist()
    [[1, 0], [0, 1], [2, 0], [1, 1], [0, 2]]
    """
    chosen = [
        np.bincount(places, minlength=variables)
        for total in range(1, degree + 1)
        for places in combinations_with_replacement(range(variables), total)
    ]
    return np.array(chosen, np.int64).reshape(-1, variables)


def powers(columns: Floats, degree: int) -> Floats:
    """A complete polynomial's terms without the constant, (rows, terms), as the numbers are.

    >>> powers(np.array([[2.0, 3.0]]), 2).tolist()
    [[2.0, 3.0, 4.0, 6.0, 9.0]]
    """
    each = exponents(columns.shape[1], degree)
    found = np.ones((len(columns), len(each)))
    for place, column in enumerate(columns.T):
        found *= ascending(column, degree)[:, each[:, place]]
    return found


def ascending(column: Floats, degree: int) -> Floats:
    """1, x, x^2, … to the degree, (rows, degree + 1), by multiplication: taking powers is slow.

    >>> ascending(np.array([2.0]), 3).tolist()
    [[1.0, 2.0, 4.0, 8.0]]
    """
    found = np.empty((column.size, degree + 1))
    found[:, 0] = 1
    for power in range(degree):
        np.multiply(found[:, power], column, out=found[:, power + 1])
    return found


def standardised(columns: Floats) -> Floats:
    """Each column less its mean, over its standard deviation.

    >>> standardised(np.array([[1.0], [3.0]])).ravel().tolist()
    [-1.0, 1.0]
    """
    return np.asarray((columns - columns.mean(axis=0)) / columns.std(axis=0))


def orthonormal(columns: Floats) -> Floats:
    """Columns of length one at right angles, that span a constant and what was given: (rows, rank).

    >>> x = np.array([[1.0, 2.0], [2.0, 4.0], [4.0, 8.0]])
    >>> orthonormal(x).shape  # the second column repeats the first
    (3, 2)
    """
    every = np.column_stack([np.ones(len(columns)), columns])
    size = np.linalg.norm(every, axis=0)
    every = every[:, size > 0] / size[size > 0]
    q, r = np.linalg.qr(every)  # the rest is small
    left, size, _ = np.linalg.svd(r)
    return np.asarray(q @ left[:, size > SAME * size[0]])


@dataclass(frozen=True)
class PartlyLinear:
    """y = X b + h(states, proxies) + e with h a polynomial, ready for any weights of the rows.

    linear : (N, x), what is left of each column of X beyond the polynomial, at length one; size :
            (x,) its length before
    basis  : (N, rank), orthonormal, of the constant and the polynomial
    """

    linear: Floats
    size: Floats
    basis: Floats

    def fit(self, y: Floats, weight: Floats | None = None) -> tuple[Floats, Floats]:
        """Least squares: b, (x,), and the fitted values, (N,), at all rows, those of weight 0 as
        well.

        Raises  LinAlgError where the weighted rows don't identify b.
        """
        design = np.column_stack([self.linear, self.basis])
        if weight is None:
            left = design.T @ design, design.T @ y
        else:
            weighted = design * weight[:, None]
            left = weighted.T @ design, weighted.T @ y
        sizes = np.linalg.eigvalsh(left[0])
        # eigenvalues of products: regressors within 1e-6 of a line
        if sizes[0] <= 1e-12 * sizes[-1]:
            raise unidentified("first_stage")
        solved = np.linalg.solve(*left)
        return np.asarray(solved[: self.size.size] / self.size), np.asarray(design @ solved)


def partly_linear(
    linear: Floats, names: tuple[str, ...], proxies: Floats, degree: int
) -> PartlyLinear:
    """Take a polynomial out of linear regressors, and see that something is left to learn from.

    linear : (N, x), with names; proxies : (N, p), what the polynomial is in; degree : its total
            degree
    Returns PartlyLinear.
    Raises  InputError naming a regressor that is an exact function of the proxies (Ackerberg, Caves
            and Frazer 2015: functional dependence), or of other regressors.

    >>> x, p = np.array([[1.0], [0], [2], [5], [3]]), np.array([[0.0], [1], [2], [3], [4]])
    >>> b, fitted = partly_linear(x, ("labour",), p, 1).fit(2 * x[:, 0] + p[:, 0])
    >>> b.round(6).tolist()
    [2.0]
    """
    basis = orthonormal(powers(standardised(proxies), degree))
    if len(linear) <= basis.shape[1] + linear.shape[1]:
        coefficients = Count(basis.shape[1] + linear.shape[1])
        raise refusal(message("few_rows", count=Count(len(linear)), coefficients=coefficients))
    spread = np.linalg.norm(linear - linear.mean(axis=0), axis=0)
    rest = linear - basis @ (basis.T @ linear)
    rest = rest - basis @ (basis.T @ rest)
    size = np.linalg.norm(rest, axis=0)
    gone = size <= NOTHING_LEFT * spread
    if gone.any():
        raise refusal(message("dependent", column=Name(names[int(np.argmax(gone))])))
    rest = rest / size
    _refuse_collinear(rest, names)
    return PartlyLinear(rest, size, basis)


def _refuse_collinear(columns: Floats, names: tuple[str, ...]) -> None:
    if columns.shape[1] == 0:
        return
    _, size, right = np.linalg.svd(columns, full_matrices=False)
    if size[-1] <= NOTHING_LEFT * size[0]:
        moving = [
            name for name, share in zip(names, np.abs(right[-1]), strict=True) if share > 1e-3
        ]
        raise refusal(message("collinear", columns=List(tuple(map(Name, moving)))))


def refuse_collinear_inputs(columns: Floats, names: tuple[str, ...]) -> None:
    """See that no input is a linear function of the others and a constant.

    Raises  InputError naming those that move together.

    >>> refuse_collinear_inputs(np.array([[1.0, 5.0], [2.0, 4.0], [4.0, 4.5]]),
    ...     ("labour", "capital"))
    """
    centred = columns - columns.mean(axis=0)
    _refuse_collinear(centred / np.linalg.norm(centred, axis=0), names)
