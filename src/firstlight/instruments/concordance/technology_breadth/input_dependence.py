"""How much of what technologies need leans on one of them, directly and through others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

END = 1e-6  # of every step back, which leads nowhere, so that circles of needs come to an end


def input_dependence(shares: ArrayLike) -> Floats:
    """The part of each technology's inputs that leans on each other one, also through others.

    Follow an input back to what it needs itself, each time to one of its inputs by their shares:
    the part is the chance of ever coming to the other. It is N_ij / N_jj with Leontief's inverse
    N = (I - A)^-1, and so never above 1, whatever circles there are.

    Parameters
    ----------
    shares
        (n, n), A: of the inputs of the row's technology, what comes from that of the column; rows
        add up to at most 1.

    Returns
    -------
    (n, n), with 0 on the diagonal.

    References
    ----------
    Leontief 1936, Review of Economics and Statistics 18(3), 105-125; Kemeny and Snell 1960, Finite
    Markov Chains, theorem 3.5.4.

    Examples
    --------
    >>> needs = [[0, 1, 0], [0, 0, 0.5], [0, 0, 0]]
    >>> input_dependence(needs).round(3).tolist()
    [[0.0, 1.0, 0.5], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]]
    """
    a = np.array(shares, np.float64)
    np.fill_diagonal(a, 0.0)
    inverse = np.linalg.inv(np.eye(len(a)) - (1 - END) * a)
    part = inverse / np.diag(inverse)
    np.fill_diagonal(part, 0.0)
    return np.asarray(np.clip(part, 0.0, 1.0))


def lost_uses(uses: ArrayLike, dependence: ArrayLike) -> Floats:
    """The part of each industry's uses that goes where a technology is missing.

    Parameters
    ----------
    uses
        (n, k), amounts by technology and industry.
    dependence
        (n, n), as `input_dependence` returns it.

    Returns
    -------
    (n, k), from 0 to 1; nan for an industry that uses nothing.

    Examples
    --------
    >>> lost_uses([[3, 0], [1, 2]], [[0, 0], [0.5, 0]]).tolist()
    [[0.875, 0.5], [0.25, 1.0]]
    """
    x = np.asarray(uses, np.float64)
    part = np.array(dependence, np.float64)
    np.fill_diagonal(part, 1.0)
    total = x.sum(axis=0)
    return np.asarray(part.T @ x / np.where(total > 0, total, np.nan))
