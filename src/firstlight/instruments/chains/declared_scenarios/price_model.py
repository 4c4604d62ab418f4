"""The cost-push price model: what prices come to if some are given and all others follow costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["cost_push_prices"]

Floats = NDArray[np.float64]


def cost_push_prices(
    coefficients: ArrayLike, primary: ArrayLike, given: ArrayLike | None = None
) -> Floats:
    """Prices that cover costs, in proportion to those of the table, some of them given.

    Where no price is given p' = p' A + w' (Leontief's price model). For given prices p_c all others
    are p_u' = (p_c' A_cu + w_u') (I - A_uu)^-1, and what the given ones bring beyond costs stays
    with their sectors.

    Parameters
    ----------
    coefficients
        (n, n), A, inputs of the row for a unit of output of the column, at the table's prices.
    primary
        (n,), w, what a unit of output pays beside: value added, and imports at their new prices.
    given
        (n,), prices that are given; nan where the price follows from costs.

    Returns
    -------
    (n,), 1 where a price is that of the table.

    Raises
    ------
    numpy.linalg.LinAlgError
        Where I - A_uu is singular.

    References
    ----------
    Leontief 1947, Econometrica 15(3), 181-210; Miller and Blair 2009, Input-Output Analysis, 2nd
    edition, section 2.6.

    Examples
    --------
    >>> a, w = [[0.15, 0.25], [0.20, 0.05]], [0.65, 0.70]
    >>> cost_push_prices(a, w).round(4).tolist()
    [1.0, 1.0]
    >>> cost_push_prices(a, w, [2.0, float("nan")]).round(4).tolist()
    [2.0, 1.2632]
    """
    a, costs = np.asarray(coefficients, np.float64), np.asarray(primary, np.float64)
    price = np.full(len(a), np.nan) if given is None else np.array(given, np.float64)
    is_open = np.isnan(price)
    u, c = np.flatnonzero(is_open), np.flatnonzero(~is_open)
    if len(u):
        pushed = costs[u] + price[c] @ a[np.ix_(c, u)]
        price[u] = np.linalg.solve((np.eye(len(u)) - a[np.ix_(u, u)]).T, pushed)
    return price
