"""Local bias where some flows are secret: the least and the most of each measure, given what each
flow can be.

Symbols: X_ii home flow of i, a_i the rest of what it sends, b_i the rest of what it receives, c_i
all flows among the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.numerics.array_checks import check_numbers, check_shape, check_square
from firstlight.numerics.divisors import positive_or_nan

Floats = NDArray[np.float64]
Ends = tuple[float, float]
MEASURES = ("home_share", "expected_share", "local_bias_ratio", "local_bias_index")


@dataclass(frozen=True)
class LocalBiasBounds:
    """Bounds of what `local_bias_of` and `freeness_of_trade` measure, dimensionless.

    places   : measure -> (n, 2), least and most; nan where it may be undefined
    freeness : (n, n, 2), least and most; nan where a home flow may be 0
    home     : (2,), least and most of the share of all flows that stay at home; nan where all may
               be 0
    """

    places: dict[str, Floats]
    freeness: Floats
    home: Floats


def local_bias_bounds(low: Any, high: Any) -> LocalBiasBounds:
    """The least and the most of each measure of local bias over all tables of flows between two.

    In the parts of the table, h = X / (X + b), e = (X + a) / Y, ratio = h / e, index = 1 - (1 - h)
    / (1 - e): h rises with X and falls with b; e rises with X and a and falls with b and c; the
    ratio rises with c and falls with a and b; the index rises with X and c and falls with a. The
    ratio over X, and 1 - index over b, first rise and then fall, and turn where c X² = 2 a b X + (a
    + b + c) a b, and a b² = 2 X c b + (X + a + c) X c. So the ends of the intervals and these turns
    hold all extremes.

    Parameters
    ----------
    low, high
        (n, n), not negative, from rows to columns, low at most high; home flows on the diagonal.

    Returns
    -------
    LocalBiasBounds; where flows are whole numbers, bounds may be a little wide.

    Raises
    ------
    InputError
        Where the tables are not square, negative, not finite, or low is above high.

    References
    ----------
    Own derivation; each bound is checked against every corner and against draws within.

    Examples
    --------
    >>> bounds = local_bias_bounds([[8, 0], [2, 8]], [[8, 4], [2, 8]])
    >>> bounds.places["home_share"].round(2).tolist()
    [[0.8, 0.8], [0.67, 1.0]]
    """
    least, most = _checked(low, high)
    n = len(least)
    found = {name: np.full((n, 2), np.nan) for name in MEASURES}
    for i in range(n):
        x, a, b, c = zip(_parts(least, i), _parts(most, i), strict=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            if x[0] + b[0] > 0:
                found["home_share"][i] = _home(x[0], b[1]), _home(x[1], b[0])
            if x[0] + a[0] > 0:
                found["expected_share"][i] = (
                    _expected(x[0], a[0], b[1], c[1]),
                    _expected(x[1], a[1], b[0], c[0]),
                )
            found["local_bias_ratio"][i] = _ratio_bounds(x, a, b, c)
            found["local_bias_index"][i] = _index_bounds(x, a, b, c)
    return LocalBiasBounds(found, _freeness(least, most), _all_home(least, most))


def _checked(low: Any, high: Any) -> tuple[Floats, Floats]:
    least, most = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    check_square("low", least)
    check_shape("high", most, *least.shape)
    check_numbers("low", least, 0)
    check_numbers("high - low", most - least, 0)
    return least, most


def _parts(flows: Floats, i: int) -> tuple[float, float, float, float]:
    """X_ii, a_i, b_i, c_i; each a sum of its own cells, so that none is a difference."""
    others = np.delete(np.arange(len(flows)), i)
    x = float(flows[i, i])
    return (
        x,
        float(flows[i, others].sum()),
        float(flows[others, i].sum()),
        float(flows[np.ix_(others, others)].sum()),
    )


def _home(x: float, b: float) -> float:
    return x / positive_or_nan(x + b)


def _expected(x: float, a: float, b: float, c: float) -> float:
    return (x + a) / (x + a + b + c) if x + a > 0 else np.nan


def _ratio(x: float, a: float, b: float, c: float) -> float:
    return x / positive_or_nan(x + b) * ((x + a + b + c) / positive_or_nan(x + a))


def _index(x: float, a: float, b: float, c: float) -> float:
    if x + b > 0 and b + c > 0 and x + a > 0:
        return 1 - b / (x + b) * ((x + a + b + c) / (b + c))
    return np.nan


def _ratio_bounds(x: Ends, a: Ends, b: Ends, c: Ends) -> Ends:
    if not (x[0] + a[0] > 0 and x[0] + b[0] > 0):
        return np.nan, np.nan
    turn = _turn(c[1], a[0] * b[0], a[0] + b[0] + c[1])
    return (
        min(_ratio(end, a[1], b[1], c[0]) for end in x),
        max(_ratio(end, a[0], b[0], c[1]) for end in (*x, min(max(turn, x[0]), x[1]))),
    )


def _index_bounds(x: Ends, a: Ends, b: Ends, c: Ends) -> Ends:
    if not (x[0] + b[0] > 0 and b[0] + c[0] > 0 and x[0] + a[0] > 0):
        return np.nan, np.nan
    turn = _turn(a[1], x[0] * c[0], x[0] + a[1] + c[0])
    return (
        min(_index(x[0], a[1], end, c[0]) for end in (*b, min(max(turn, b[0]), b[1]))),
        max(_index(x[1], a[0], end, c[1]) for end in b),
    )


def _turn(square: float, product: float, whole: float) -> float:
    """Where square t² = 2 product t + whole product, above 0; endless where it never is."""
    if square <= 0:
        return np.inf
    return (product + math.sqrt(product * product + square * whole * product)) / square


def _freeness(least: Floats, most: Floats) -> Floats:
    """Rises with what is between two places, falls with what stays in each."""
    found = np.full((*least.shape, 2), np.nan)
    for k, (between, home) in enumerate(((least, np.diag(most)), (most, np.diag(least)))):
        scale = np.sqrt(np.where(np.diag(least) > 0, home, np.nan))
        roots = np.sqrt(between)
        found[..., k] = (roots / scale[:, None]) * (roots / scale[:, None]).T
    np.einsum("iik->ik", found)[:] = np.where(np.diag(least) > 0, 1.0, np.nan)[:, None]
    return found


def _all_home(least: Floats, most: Floats) -> Floats:
    if not least.any():
        return np.full(2, np.nan)
    off = ~np.eye(len(least), dtype=bool)
    return np.array(
        [
            _home(float(np.trace(home)), float(away[off].sum()))
            for home, away in ((least, most), (most, least))
        ]
    )
