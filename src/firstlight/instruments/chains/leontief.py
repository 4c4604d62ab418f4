"""The open Leontief model: total requirements, multipliers, and when there is no solution."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import lapack, lu_solve, norm

from firstlight.errors import InputError
from firstlight.instruments.chains.refined_solves import RefinedSolves, one_thread
from firstlight.texts import Count, Name, Number, message, names

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
SMALL = 1e-10  # pivot that counts as 0, after the rounding of those before it
SINGULAR = 1e-15  # reciprocal condition of a singular system: no digit of a solution is left
MANY = 2000  # sectors, from which on factors in half the precision pay


def check_shapes(size: int, **given: tuple[NDArray[Any], tuple[int, ...]]) -> None:
    """Raise InputError for arrays of other shapes than those that go with so many industries.

    >>> check_shapes(2, flows=(np.eye(2), (2, 2)))
    """
    unlike = [f"{name} {array.shape}" for name, (array, due) in given.items() if array.shape != due]
    if unlike:
        raise InputError(message("unlike_shapes", count=Count(size), shapes=names(unlike)), FOLDER)


def hawkins_simon(a: ArrayLike) -> int | None:
    """The first k for which the leading minor of I - A is not above 0; None where all are.

    With no negative coefficients all are exactly where every final demand can be met. Which sector
    is named depends on their order; it is one that, with those before it, uses up what they make.

    Parameters
    ----------
    a
        (n, n), inputs for a unit of output.

    Returns
    -------
    int or None

    References
    ----------
    Hawkins and Simon 1949, Econometrica 17(3/4), 245-248.

    Examples
    --------
    >>> hawkins_simon([[0.2, 0.3], [0.4, 0.1]]) is None
    True
    >>> hawkins_simon([[0.2, 0.9], [0.9, 0.1]])
    1
    """
    m = np.eye(len(np.asarray(a))) - np.asarray(a, float)
    for k in range(len(m)):
        if m[k, k] <= SMALL:
            return k
        m[k + 1 :, k:] -= np.outer(m[k + 1 :, k] / m[k, k], m[k, k:])
    return None


@dataclass(frozen=True)
class ProductionSystem:
    """I - A of an economy, factorised once; of many sectors in single precision, with solutions
    refined to double where that converges, and in double precision where it doesn't.

    Attributes
    ----------
    a
        (n, n), inputs for a unit of output.
    sectors
        n names, for errors.

    Raises
    ------
    InputError
        For a system that is singular or can't meet every final demand, and what is not square.

    Examples
    --------
    >>> ProductionSystem(np.array([[0.5]])).requirements(np.array([3.0])).tolist()
    [6.0]
    """

    a: Floats
    sectors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_shapes(len(self.a), coefficients=(self.a, (len(self.a),) * 2))
        if self._refined is None:
            needed = self._solve_directly(np.ones(len(self.a)), is_transposed=False)
        else:
            _, needed = self._refined
        if (needed <= 0).any():
            self._refuse(is_singular=False)

    @cached_property
    def _refined(self) -> tuple[RefinedSolves, Floats] | None:
        """Solutions of a large system, and the output for a unit of each good; None for a small
        one, and for one so near to using up all that it makes that not even this converges."""
        if len(self.a) < MANY:
            return None
        refined = RefinedSolves(self.a)
        needed = refined.solve(np.ones(len(self.a)), is_transposed=False)
        return None if needed is None else (refined, needed)

    @cached_property
    def _factors(self) -> tuple[Floats, NDArray[np.intc]]:
        whole = np.array(self.a, dtype=float, order="F")
        np.negative(whole, out=whole)
        whole[np.diag_indices_from(whole)] += 1
        size = norm(whole, 1, check_finite=False)
        with one_thread():
            lu, pivots, _ = lapack.dgetrf(whole, overwrite_a=True)  # in place: it may be large
            condition, _ = lapack.dgecon(lu, size)
        if not condition > SINGULAR:
            self._refuse(is_singular=True)
        return lu, pivots

    def _refuse(self, *, is_singular: bool) -> None:
        at = hawkins_simon(self.a)
        if at is None and not is_singular:
            return  # negative coefficients: what is made for all may be negative all the same
        at = int(np.abs(self.a).sum(axis=0).argmax()) if at is None else at
        sector = self.sectors[at] if self.sectors else str(at + 1)
        inputs = Number(float(self.a[:, at].sum()), 4)
        raise InputError(message("not_productive", sector=Name(sector), inputs=inputs), FOLDER)

    def requirements(self, final_demand: Floats) -> Floats:
        """L f: the output that a final demand needs, in itself and in all that goes into it.

        Parameters
        ----------
        final_demand
            (n,), or (n, k) for k of them.

        Returns
        -------
        (n,) or (n, k), output of each sector, in the unit of the demand.

        Raises
        ------
        InputError
            For a large system that only this solution shows to be singular.
        """
        return self._solve(final_demand, is_transposed=False)

    def multipliers(self, per_unit: Floats) -> Floats:
        """v L: what a unit of final demand of each sector needs of v in all of them.

        Parameters
        ----------
        per_unit
            (n,), what each sector needs of v for a unit of its own output; (n, k) for k such v.

        Returns
        -------
        (n,) or (n, k), in the unit of v for a unit of final demand.

        Raises
        ------
        InputError
            For a large system that only this solution shows to be singular.
        """
        return self._solve(per_unit, is_transposed=True)

    def _solve(self, b: Floats, *, is_transposed: bool) -> Floats:
        check_shapes(len(self.a), amounts=(b, (len(self.a), *b.shape[1:])))
        if self._refined is not None:
            solution = self._refined[0].solve(b, is_transposed=is_transposed)
            if solution is not None:
                return solution
        return self._solve_directly(b, is_transposed=is_transposed)

    def _solve_directly(self, b: Floats, *, is_transposed: bool) -> Floats:
        with one_thread():
            return np.asarray(lu_solve(self._factors, b, trans=1 if is_transposed else 0))

    @cached_property
    def inverse(self) -> Floats:
        """L = (I - A)^-1, for what needs each of its cells."""
        return self._solve_directly(np.eye(len(self.a)), is_transposed=False)


def leontief_inverse(a: ArrayLike) -> Floats:
    """The Leontief inverse (I - A)^-1: output of the row for a unit of final demand of the column.

    Parameters
    ----------
    a
        (n, n), inputs of the row for a unit of output of the column.

    Returns
    -------
    (n, n)

    Raises
    ------
    InputError
        Where final demand can't be met.

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, 2nd edition, section 2.3.

    Examples
    --------
    >>> leontief_inverse([[0.15, 0.25], [0.20, 0.05]]).round(4).tolist()
    [[1.2541, 0.33], [0.264, 1.1221]]
    """
    return ProductionSystem(np.asarray(a, float)).inverse


def ghosh_inverse(flows: ArrayLike, output: ArrayLike) -> Floats:
    """The Ghosh inverse (I - B)^-1, B = flows over the output of the row: output of the column that
    a unit of value added of the row leads to.

    Parameters
    ----------
    flows
        (n, n), what the row delivers to the column.
    output
        (n,)

    Returns
    -------
    (n, n)

    Raises
    ------
    InputError
        Where a sector delivers all that it makes to others, and they to it.

    References
    ----------
    Ghosh 1958, Economica 25(97), 58-64; Miller and Blair 2009, section 12.1.

    Examples
    --------
    >>> ghosh_inverse([[150, 500], [200, 100]], [1000, 2000]).round(4).tolist()
    [[1.2541, 0.6601], [0.132, 1.1221]]
    """
    x = np.asarray(output, float)
    b = np.asarray(flows, float).T
    check_shapes(len(x), flows=(b, (len(x), len(x))))
    shares = np.divide(b, x, out=np.zeros_like(b), where=x != 0)  # columns by their own output
    return ProductionSystem(shares).inverse.T
