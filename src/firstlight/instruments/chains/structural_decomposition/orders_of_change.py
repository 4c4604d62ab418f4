"""What each factor adds to a change, over the orders in which the factors may change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from math import factorial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Values = dict[tuple[bool, ...], Floats]


@dataclass(frozen=True)
class Effects:
    """Effects of k factors on n values and on their sum.

    Attributes
    ----------
    additive
        (k, n), which sum to the change of each value.
    ratio
        (k, n), whose product is the ratio of each value; nan where a value on the way is not above
        0.
    total
        (k,), sums of ``additive``.
    total_ratio
        (k,), of the sum of the values; nan where a sum on the way is not above 0.
    lowest, highest
        (k,), the extremes of ``total`` over all orders.
    """

    additive: Floats
    ratio: Floats
    total: Floats
    total_ratio: Floats
    lowest: Floats
    highest: Floats


def effects_of(
    value: Callable[[tuple[bool, ...]], Floats], count: int, *, is_polar: bool = False
) -> Effects:
    """Effects of factors that all change between two dates, as a mean over orders.

    Of all orders: the effect of a factor is its mean over the orders in which factors may change
    one after the other, as with Shapley's value. Polar: over the first order and its reverse.
    Ratios are geometric means over the same orders.

    Parameters
    ----------
    value
        Whether each factor has changed -> (n,), the values.
    count
        How many factors there are.
    is_polar
        Whether the mean is that of the two polar forms.

    Returns
    -------
    Effects

    References
    ----------
    Dietzenbacher and Los 1998, Economic Systems Research 10(4), 307-324.

    Examples
    --------
    >>> a, b = (2.0, 3.0), (10.0, 40.0)
    >>> found = effects_of(lambda has: np.array([a[has[0]] * b[has[1]]]), 2)
    >>> found.total.tolist(), found.total_ratio.round(6).tolist()
    ([25.0, 75.0], [1.5, 4.0])
    """
    values = {has: value(has) for has in product((False, True), repeat=count)}
    sums = {has: blocks.sum(keepdims=True) for has, blocks in values.items()}
    orders = [tuple(range(count)), tuple(range(count))[::-1]]

    def mean(of: Values) -> Floats:
        return _over(of, orders) if is_polar else _over_all(of, count)

    totals = mean(sums)[:, 0]
    every = np.array([_steps(sums, order)[:, 0] for order in permutations(range(count))])
    return Effects(
        mean(values),
        np.exp(mean(_logarithms(values))),
        totals,
        np.exp(mean(_logarithms(sums)))[:, 0],
        every.min(axis=0),
        every.max(axis=0),
    )


def _logarithms(values: Values) -> Values:
    """Logarithms; nan, for all orders, where a value is not above 0."""
    is_known = np.min(list(values.values()), axis=0) > 0
    return {has: np.log(np.where(is_known, blocks, np.nan)) for has, blocks in values.items()}


def _steps(values: Values, order: Sequence[int]) -> Floats:
    """(k, n), what each factor adds when factors change in an order."""
    has = [False] * len(order)
    steps = np.zeros((len(order), len(values[tuple(has)])))
    for factor in order:
        before = values[tuple(has)]
        has[factor] = True
        steps[factor] = values[tuple(has)] - before
    return steps


def _over(values: Values, orders: Sequence[Sequence[int]]) -> Floats:
    return np.asarray(np.mean([_steps(values, order) for order in orders], axis=0))


def _over_all(values: Values, count: int) -> Floats:
    """The mean of all orders, from the values alone: each weighs by how many orders pass it."""
    whole = np.zeros((count, len(values[(False,) * count])))
    for has, before in values.items():
        size = sum(has)
        for factor in range(count):
            if not has[factor]:
                weight = factorial(size) * factorial(count - size - 1) / factorial(count)
                after = tuple(is_there or at == factor for at, is_there in enumerate(has))
                whole[factor] += weight * (values[after] - before)
    return whole
