"""The mixed model: some sectors make what they can, all others what is still asked of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def mixed_supply(
    coefficients: ArrayLike, final: ArrayLike, fixed: ArrayLike, made: ArrayLike
) -> tuple[Floats, Floats]:
    """Output and final demand if the output of some sectors is fixed.

    For the fixed sectors c output is given and final demand follows, for all others u final demand
    is given and output follows: x_u = (I - A_uu)^-1 (f_u + A_uc x_c), f_c = (I - A_cc) x_c - A_cu
    x_u.

    Parameters
    ----------
    coefficients
        (n, n), A, inputs per unit of output.
    final
        (n,), final demand; that of fixed sectors is not looked at.
    fixed
        (n,), whether the output of a sector is fixed.
    made
        (k, c), output of the fixed sectors in their order, for each of k cases.

    Returns
    -------
    Output and final demand, both (k, n). A final demand below 0 has to be brought in from outside.

    Raises
    ------
    numpy.linalg.LinAlgError
        Where I - A_uu is singular.

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, section 13.2; Steinback 2004, Review of Regional
    Studies 34(1), 34-57.

    Examples
    --------
    >>> a, f = [[0.15, 0.25], [0.2, 0.05]], [600, 1500]
    >>> x, f = mixed_supply(a, f, [False, True], [[1000.0]])
    >>> x.round(2).tolist(), f.round(2).tolist()
    ([[1000.0, 1000.0]], [[600.0, 750.0]])
    """
    a = np.asarray(coefficients, np.float64)
    f = np.asarray(final, np.float64)
    is_fixed = np.asarray(fixed, np.bool_)
    given = np.asarray(made, np.float64)
    c = np.flatnonzero(is_fixed)
    u = np.flatnonzero(~is_fixed)
    output = np.empty((len(given), len(a)))
    output[:, c] = given
    if len(u):
        asked = f[u] + given @ a[np.ix_(u, c)].T
        output[:, u] = np.linalg.solve(np.eye(len(u)) - a[np.ix_(u, u)], asked.T).T
    left = np.broadcast_to(f, output.shape).copy()
    left[:, c] = given - output @ a[c].T
    return output, left
