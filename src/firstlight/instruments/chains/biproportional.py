"""A table made to meet row and column totals, changed as little as possible: RAS and GRAS."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError
from firstlight.texts import Count, Figure, Message, Share, message

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
ALIKE = 1e-9  # relative difference from which sums of rows and columns are not the same
MOST_ROUNDS = (
    20_000  # it converges by a factor a round, near 1 where totals are nearly out of reach
)


@dataclass(frozen=True)
class Balanced:
    """A table that meets its totals.

    Attributes
    ----------
    flows
        (m, n)
    row_factors
        (m,), by which positive cells of a row were multiplied, and negative ones divided.
    column_factors
        (n,)
    rounds
        How many times rows and columns were scaled.
    gap
        The largest difference from a total that is left, in proportion to the largest total.
    """

    flows: Floats
    row_factors: Floats
    column_factors: Floats
    rounds: int
    gap: float


def ras(
    flows: ArrayLike, row_totals: ArrayLike, column_totals: ArrayLike, tolerance: float = 1e-12
) -> Balanced:
    """The biproportional table r_i a_ij s_j that meets the totals.

    Of all tables with these totals it is the one that loses least information against the given.

    Parameters
    ----------
    flows
        (m, n), 0 or above; what is 0 stays so.
    row_totals
        (m,)
    column_totals
        (n,), with the same sum.
    tolerance
        The gap that is enough, in proportion to the largest total.

    Returns
    -------
    Balanced

    Raises
    ------
    InputError
        For flows below 0, totals whose sums differ, and totals that can't be met.

    References
    ----------
    Stone 1961, Input-Output and National Accounts; Bacharach 1970, Biproportional Matrices and
    Input-Output Change.

    Examples
    --------
    >>> ras([[1, 1], [1, 3]], [3, 3], [2, 4]).flows.round(3).tolist()
    [[1.354, 1.646], [0.646, 2.354]]
    """
    a = np.asarray(flows, float)
    if (a < 0).any():
        raise InputError(message("negative_cells", count=Count(int((a < 0).sum()))), FOLDER)
    return gras(a, row_totals, column_totals, tolerance)


def gras(
    flows: ArrayLike, row_totals: ArrayLike, column_totals: ArrayLike, tolerance: float = 1e-12
) -> Balanced:
    """The table that meets the totals, where flows may be below 0: cells keep their signs.

    Positive cells become r_i a_ij s_j, negative ones a_ij / (r_i s_j); r and s solve a quadratic
    equation for each row and column in turn.

    Parameters
    ----------
    flows
        (m, n); what is 0 stays so.
    row_totals
        (m,)
    column_totals
        (n,), with the same sum.
    tolerance
        The gap that is enough, in proportion to the largest total.

    Returns
    -------
    Balanced

    Raises
    ------
    InputError
        For totals whose sums differ, and totals that can't be met.

    References
    ----------
    Junius and Oosterhaven 2003, Economic Systems Research 15(1), 87-96; Lenzen, Wood and Gallego
    2007, 19(4), 461-465; Temurshoev, Miller and Bouwmeester 2013, 25(3), 361-367.

    Examples
    --------
    >>> found = gras([[7, 3], [-2, 9]], [8, 8], [4, 12])
    >>> found.flows.round(4).tolist()
    [[5.7211, 2.2789], [-1.7211, 9.7211]]
    """
    a = np.asarray(flows, float)
    u = np.asarray(row_totals, float)
    v = np.asarray(column_totals, float)
    largest = max(np.abs(u).max(), np.abs(v).max(), np.finfo(float).tiny)
    if abs(u.sum() - v.sum()) > ALIKE * max(np.abs(u).sum(), np.abs(v).sum()):
        rows = Figure(float(u.sum()))
        columns = Figure(float(v.sum()))
        raise InputError(message("unlike_totals", rows=rows, columns=columns), FOLDER)
    above = np.maximum(a, 0)
    below = np.maximum(-a, 0)
    _refuse_impossible(above, below, u, "row")
    _refuse_impossible(above.T, below.T, v, "column")
    # factors of totals that can't be met grow beyond all bounds, which is told below
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        return _scaled(above, below, u, v, tolerance * largest)


def _scaled(above: Floats, below: Floats, u: Floats, v: Floats, enough: float) -> Balanced:
    """Rows and columns scaled in turn until the totals are met."""
    s = np.ones(above.shape[1])
    nearest = above - below
    least = np.inf
    size = max(float(np.abs(u).max()), np.finfo(float).tiny)
    for rounds in range(1, MOST_ROUNDS + 1):
        r = _factors(above, below, s, u)
        s = _factors(above.T, below.T, r, v)
        scaled = r[:, None] * above * s - below / (r[:, None] * s)
        gap = float(np.abs(scaled.sum(axis=1) - u).max())
        if gap <= enough:
            return Balanced(scaled, r, s, rounds, gap / size)
        if not np.isfinite(gap):
            break
        if gap < least:
            nearest = scaled
            least = gap
    raise InputError(_not_met(nearest, u, rounds), FOLDER)


def _factors(above: Floats, below: Floats, others: Floats, total: Floats) -> Floats:
    """The factor of each row that meets its total, given those of the columns: the positive root of
    p r^2 - total r - n = 0; 1 where the row is empty."""
    p = above @ others
    n = below @ (1 / others)
    root = np.sqrt(total * total + 4 * p * n)
    # of both ways to write the root the one that takes no difference of near numbers
    of_sum = (total + root) / (2 * p)
    of_difference = 2 * n / (root - total)
    factor = np.where(total >= 0, of_sum, of_difference)
    return np.where((p > 0) | (n > 0), np.where(factor > 0, factor, np.finfo(float).tiny), 1.0)


def _refuse_impossible(above: Floats, below: Floats, totals: Floats, side: str) -> None:
    """Raise InputError for a total whose sign no cell of its row has."""
    is_impossible = ((totals > 0) & ~above.any(axis=1)) | ((totals < 0) & ~below.any(axis=1))
    if is_impossible.any():
        at = int(np.flatnonzero(is_impossible)[0])
        total = Figure(float(totals[at]))
        raise InputError(message(f"no_cell_of_{side}", number=Count(at + 1), total=total), FOLDER)


def _not_met(cells: Floats, totals: Floats, rounds: int) -> Message:
    gaps = np.abs(np.nan_to_num(cells.sum(axis=1), nan=np.inf) - totals)
    at = int(gaps.argmax())
    size = max(float(np.abs(totals).max()), np.finfo(float).tiny)
    share = Share(min(float(gaps[at]) / size, 1e9), 4)
    return message("not_met", number=Count(at + 1), share=share, rounds=Count(rounds))
