"""How much places deal with themselves, and how easy the trade of two places is, from a square
table of flows.

Symbols: X_ij flow from i to j, Y_i all that i sends, E_j all that j receives, Y the whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.numerics.array_checks import check_numbers, check_square

Floats = NDArray[np.float64]


def local_bias_of(flows: Any) -> tuple[Floats, Floats, Floats, Floats]:
    """Home share, what sizes suggest of it, their ratio, and the index.

    h_i = X_ii / E_i; e_i = Y_i / Y; ratio h / e = X_ii Y / (Y_i E_i); index 1 - (1 - h) / (1 - e).

    Parameters
    ----------
    flows
        (n, n), not negative, from rows to columns, in any one unit; home flows on the diagonal.

    Returns
    -------
    Four arrays (n,); nan where a place sends or receives nothing, or where one place is all.

    Raises
    ------
    InputError
        For flows that are not square, negative or not finite.

    References
    ----------
    Ratio (constructed home bias): Anderson and Yotov 2010, American Economic Review 100(5),
    2157-2186; index, as of portfolios: Ahearne, Griever and Warnock 2004, Journal of International
    Economics 62(2), 313-336.

    Examples
    --------
    >>> [part.round(2).tolist() for part in local_bias_of([[8, 2], [2, 8]])]
    [[0.8, 0.8], [0.5, 0.5], [1.6, 1.6], [0.6, 0.6]]
    """
    x = _checked(flows)
    sent, received, whole = x.sum(axis=1), x.sum(axis=0), x.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        home = np.where(received > 0, np.diag(x) / received, np.nan)
        expected = np.where(sent > 0, sent / whole, np.nan)
        # 1 less each share, by its own sum: a difference loses its digits where a place is nearly
        # all there is
        elsewhere, others = (
            np.where(np.eye(len(x), dtype=bool), 0.0, part).sum(axis=0)
            for part in (x, sent[:, None])
        )
        from_elsewhere = np.where(sent > 0, elsewhere / received, np.nan)
        index = 1 - from_elsewhere / np.where(others > 0, others / whole, np.nan)
        return home, expected, home / expected, index


def freeness_of_trade(flows: Any) -> Floats:
    """How easy trade between two places is beside trade within them, sqrt(X_ij X_ji / (X_ii X_jj)).

    Sizes, and all that makes a place a good seller or buyer, cancel. 1 minus it is a measure of the
    border between.

    Parameters
    ----------
    flows
        (n, n), as in `local_bias_of`.

    Returns
    -------
    (n, n), symmetric, 1 on the diagonal; nan where a home flow is 0.

    Raises
    ------
    InputError
        As `local_bias_of`.

    References
    ----------
    Head and Ries 2001, American Economic Review 91(4), 858-876; Head and Mayer 2004, Handbook of
    Regional and Urban Economics 4, chapter 59.

    Examples
    --------
    >>> freeness_of_trade([[8, 1], [4, 2]]).round(2).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    x = _checked(flows)
    home = np.sqrt(np.diag(x))
    scale = np.where(home > 0, home, np.nan)
    roots = np.sqrt(x)
    return np.asarray((roots / scale[:, None]) * (roots / scale[:, None]).T)


def _checked(flows: Any) -> Floats:
    x = np.asarray(flows, dtype=float)
    check_square("flows", x)
    check_numbers("flows", x, 0)
    return np.asarray(x / (x.max(initial=0.0) or 1.0))
