"""Index numbers of quantities (of prices, with the two exchanged): Laspeyres, Paasche, Fisher,
Törnqvist, and level comparisons of many at once.

Symbols: p prices, q quantities, s value shares, 0 the basis, 1 what is compared with it. An index
of 1.1 says 10% more than the basis.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError, check_choice, shown
from firstlight.texts import message

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent
FORMULAS = ("fisher", "tornqvist", "laspeyres", "paasche")
REVERSIBLE = ("fisher", "tornqvist")  # a comparison backwards is the inverse, as GEKS asks for
_BLOCK = 4_000_000  # numbers of the table of cross values that are held at a time


def quantity_index(
    basis_prices: Any,
    basis_quantities: Any,
    prices: Any,
    quantities: Any,
    *,
    formula: str = "fisher",
) -> Floats:
    """How much larger one basket is than another, at the prices of either or both.

    laspeyres p0'q1 / p0'q0; paasche p1'q1 / p1'q0; fisher their geometric mean; tornqvist exp(sum_n
    (s0_n + s1_n) / 2 * log(q1_n / q0_n)). Fisher is exact for a quadratic aggregate, Törnqvist for
    a translog one (Diewert 1976). Fisher alone also meets factor reversal: price index times
    quantity index is the ratio of values.

    Parameters
    ----------
    basis_prices, basis_quantities, prices, quantities
        (..., goods), broadcast against each other; any unit, not negative; for tornqvist quantities
        above 0.
    formula
        ``laspeyres``, ``paasche``, ``fisher`` or ``tornqvist``.

    Returns
    -------
    (...), dimensionless.

    Raises
    ------
    InputError
        For an unknown formula, numbers that are missing or negative, a basket without value, or a
        quantity of 0 under tornqvist.

    References
    ----------
    Balk (2008), Price and Quantity Index Numbers; Diewert (1976), Journal of Econometrics 4(2),
    115-145.

    Examples
    --------
    >>> quantity_index([1, 2], [10, 5], [1, 3], [11, 6], formula="laspeyres").round(4).tolist()
    1.15
    >>> quantity_index([1, 2], [10, 5], [1, 3], [11, 6]).round(4).tolist()
    1.155
    """
    check_choice("formula", formula, FORMULAS)
    p0, q0, p1, q1 = (
        _numbers(each) for each in (basis_prices, basis_quantities, prices, quantities)
    )
    if formula == "tornqvist":
        weight = (_shares(p0, q0) + _shares(p1, q1)) / 2
        return np.asarray(np.exp((weight * (_logs(q1) - _logs(q0))).sum(axis=-1)))
    laspeyres = _value(p0, q1) / _value(p0, q0)
    if formula == "laspeyres":
        return np.asarray(laspeyres)
    paasche = _value(p1, q1) / _value(p1, q0)
    return np.asarray(paasche if formula == "paasche" else np.sqrt(laspeyres * paasche))


def chained_index(prices: Any, quantities: Any, *, formula: str = "fisher") -> Floats:
    """Quantities through time: the product of the indices from each period to the next, 1 in the
    first.

    A chain follows changing weights closely, but hangs on its path: it may drift where prices
    bounce.

    Parameters
    ----------
    prices, quantities
        (periods, goods), in the order of time.
    formula
        As in ``quantity_index``.

    Returns
    -------
    (periods,), dimensionless, the first 1.

    Raises
    ------
    InputError
        As ``quantity_index``.

    References
    ----------
    Balk (2008), Price and Quantity Index Numbers.

    Examples
    --------
    >>> chained_index([[1, 2], [1, 3], [1, 3]], [[10, 5], [11, 6], [11, 6]]).round(4).tolist()
    [1.0, 1.155, 1.155]
    """
    p, q = _numbers(prices), _numbers(quantities)
    return np.cumprod(np.append(1.0, quantity_index(p[:-1], q[:-1], p[1:], q[1:], formula=formula)))


def multilateral_index(prices: Any, quantities: Any, *, formula: str = "tornqvist") -> Floats:
    """Levels of many at once that can be compared in any pair, whatever the path: GEKS.

    log G_l is the mean over all k of the log of the bilateral index from k to l. With tornqvist
    this is the level comparison of Caves, Christensen and Diewert, the mean having value shares
    that are the mean of all; with fisher it is the classic Gini-Eltetö-Köves-Szulc. Transitive: G_l
    / G_k times G_m / G_l is G_m / G_k. A row that is added changes all levels a little.

    Parameters
    ----------
    prices, quantities
        (N, goods); N any mixture of places and periods.
    formula
        As in ``quantity_index``, but ``tornqvist`` or ``fisher`` alone.

    Returns
    -------
    (N,), dimensionless, whose geometric mean is 1. Time grows with N squared for fisher, memory
    with N.

    Raises
    ------
    InputError
        As ``quantity_index``, or for a formula whose inverse is not the index backwards.

    References
    ----------
    Caves, Christensen and Diewert (1982), Economic Journal 92, 73-86; Gini (1931), Metron 9(9),
    3-24; Eltetö and Köves (1964), Statisztikai Szemle 42, 507-518; Szulc (1964), Przegląd
    Statystyczny 3.

    Examples
    --------
    >>> levels = multilateral_index([[1, 2], [1, 3], [2, 3]], [[10, 5], [11, 6], [9, 9]])
    >>> bool(np.isclose(np.log(levels).sum(), 0)), (levels[1] / levels[0]).round(4).tolist()
    (True, 1.1406)
    """
    check_choice("formula", formula, REVERSIBLE)
    p, q = _numbers(prices), _numbers(quantities)
    if formula == "tornqvist":
        s, log_q = _shares(p, q), _logs(q)
        own, mean = (s * log_q).sum(axis=1), log_q.mean(axis=0)
        found = (own + log_q @ s.mean(axis=0) - s @ mean - own.mean()) / 2
    else:
        at_prices, of_quantities = _mean_log_cross_values(p, q), _mean_log_cross_values(q, p)
        value = np.log(_value(p, q))
        found = (of_quantities - at_prices + value - value.mean()) / 2
    return np.asarray(np.exp(found))


def _mean_log_cross_values(own: Floats, other: Floats) -> Floats:
    """For each row of ``own``, the mean log of its product with every row of ``other``; a block of
    rows at a time."""
    step = max(1, _BLOCK // len(own))
    means = [
        np.log(_value(own[k : k + step, None, :], other[None])).mean(axis=1)
        for k in range(0, len(own), step)
    ]
    return np.concatenate(means)


def _numbers(values: Any) -> Floats:
    found = np.asarray(values, float)
    if found.ndim == 0:
        raise InputError(message("one_number_for_goods", value=shown(found)), FOLDER)
    bad = np.argwhere(~(np.isfinite(found) & (found >= 0)))
    if bad.size:
        at = bad[0].tolist()
        told = message("not_a_quantity", value=shown(found[tuple(at)]), position=shown(at))
        raise InputError(told, FOLDER)
    return found


def _value(p: Floats, q: Floats) -> Floats:
    found = np.einsum("...n,...n->...", p, q)
    if (found <= 0).any():
        raise InputError(message("basket_without_value"), FOLDER)
    return np.asarray(found)


def _shares(p: Floats, q: Floats) -> Floats:
    return np.asarray(p * q / _value(p, q)[..., None])


def _logs(q: Floats) -> Floats:
    if (q == 0).any():
        raise InputError(message("zero_without_logarithm"), FOLDER)
    return np.asarray(np.log(q))
