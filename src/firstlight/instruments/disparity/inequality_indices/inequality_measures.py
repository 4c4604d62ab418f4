"""Indices of how unequal values are, units weighing alike or by their population."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError, check_enough, check_positive, wrong_shape
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.numerics.divisors import positive_or_nan
from firstlight.numerics.powers_of_two import near_one
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]


def weighed(x: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    """The values and their shares of all weights.

    Raises InputError for no values, values that are not finite, and weights that do not fit.
    """
    values = np.asarray(x, float)
    check_shape("x", values, None)
    check_numbers("x", values)
    check_enough("units", values.size, 1, "x")
    if weights is None:
        return values, np.full(values.size, 1 / values.size)
    w = np.asarray(weights, float)
    check_shape("weights", w, values.size)
    check_numbers("weights", w, 0)
    check_positive("weights", w.sum())
    return values, w / w.sum()


def positive_mean(values: Floats, p: Floats) -> float:
    """The weighted mean; nan where it isn't above 0, for then no index over it is defined."""
    return positive_or_nan(float(p @ values))


def coded(labels: Sequence[Any], count: int) -> tuple[list[str], NDArray[np.intp]]:
    """The labels, each once and sorted, and the position of each unit's among them.

    Raises InputError for more or fewer labels than there are units.
    """
    if len(labels) != count:
        raise wrong_shape("groups", (len(labels),), f"({count},)")
    own = list(map(str, labels))
    names = sorted(set(own))
    position = {name: at for at, name in enumerate(names)}
    return names, np.array([position[name] for name in own], dtype=np.intp)


def gini(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """The Gini index: half the mean difference of two units drawn at random, over the mean.

    G = sum_i sum_j p_i p_j |x_i - x_j| / (2 mu), by sorting. Values below 0 are allowed, and can
    lift it above 1.

    Parameters
    ----------
    x
        (n,), a value for each unit, such as income per person.
    weights
        (n,), such as the population of each unit; all alike where left out.

    Returns
    -------
    float, 0 where all are equal; nan where the mean is not above 0.

    Raises
    ------
    InputError
        For no values, values that are not finite, and weights that do not fit.

    References
    ----------
    Gini 1914; Cowell 2011, Measuring Inequality, 3rd ed., chapter 2.

    Examples
    --------
    >>> gini([1, 3]), gini([1, 3], [3, 1])
    (0.25, 0.25)
    """
    values, p = weighed(x, weights)
    mean = positive_mean(values, p)
    order = np.argsort(values, kind="stable")
    p, gaps = p[order], values[order] - mean
    middle = np.cumsum(p) - p / 2
    return max(float(2 * (p * gaps) @ middle / mean), 0.0)


def theil(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Theil's T, sum_i p_i (x_i / mu) ln(x_i / mu), in natural logarithms.

    Parameters
    ----------
    x
        (n,), a value of 0 or more for each unit.
    weights
        (n,), such as the population of each unit; all alike where left out.

    Returns
    -------
    float, 0 where all are equal; nan where a value is below 0 or the mean is 0.

    Raises
    ------
    InputError
        For no values, values that are not finite, and weights that do not fit.

    References
    ----------
    Theil 1967, Economics and Information Theory, chapter 4.

    Examples
    --------
    >>> round(theil([1, 3]), 6)
    0.130812
    """
    values, p = weighed(x, weights)
    mean = positive_mean(values, p)
    if (values < 0).any():
        return float("nan")
    ratio = values / mean
    logs = np.log(np.where(ratio > 0, ratio, 1.0))
    return max(float((p * ratio) @ logs), 0.0)


def theil_l(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Theil's L, the mean logarithmic deviation sum_i p_i ln(mu / x_i).

    Parameters
    ----------
    x
        (n,), a value above 0 for each unit.
    weights
        (n,), such as the population of each unit; all alike where left out.

    Returns
    -------
    float, 0 where all are equal; nan where a value is not above 0.

    Raises
    ------
    InputError
        For no values, values that are not finite, and weights that do not fit.

    References
    ----------
    Theil 1967, Economics and Information Theory, chapter 4.

    Examples
    --------
    >>> round(theil_l([1, 3]), 6)
    0.143841
    """
    values, p = weighed(x, weights)
    if (values <= 0).any():
        return float("nan")
    return max(float(p @ np.log((p @ values) / values)), 0.0)


def atkinson(x: ArrayLike, aversion: float = 0.5, weights: ArrayLike | None = None) -> float:
    """The Atkinson index: the share of the mean that could be given up if all had the same.

    A = 1 - (sum_i p_i (x_i / mu)^(1 - e))^(1 / (1 - e)), the geometric over the arithmetic mean
    where e is 1.

    Parameters
    ----------
    x
        (n,), a value of 0 or more for each unit.
    aversion
        e above 0: the higher, the more the lowest values count.
    weights
        (n,), such as the population of each unit; all alike where left out.

    Returns
    -------
    float from 0 to 1; nan where a value is below 0 or the mean is 0, and where one is 0 and e is 1
    or more.

    Raises
    ------
    InputError
        For no values, values that are not finite, and weights that do not fit.

    References
    ----------
    Atkinson 1970, Journal of Economic Theory 2(3), 244-263.

    Examples
    --------
    >>> round(atkinson([1, 3], 1), 6)
    0.133975
    """
    values, p = weighed(x, weights)
    mean = positive_mean(values, p)
    if (values < 0).any() or (aversion >= 1 and (values == 0).any()):
        return float("nan")
    ratio = values / mean
    if aversion == 1:
        equal = float(np.exp(p @ np.log(ratio)))
    else:
        equal = float((p @ ratio ** (1 - aversion)) ** (1 / (1 - aversion)))
    return max(1 - equal, 0.0)


def variation_coefficient(x: ArrayLike, weights: ArrayLike | None = None) -> float:
    """The standard deviation over the mean; with population as weights, Williamson's index.

    Parameters
    ----------
    x
        (n,), a value for each unit.
    weights
        (n,), such as the population of each unit; all alike where left out.

    Returns
    -------
    float, by the deviation of the n units (divided by n); nan where the mean is not above 0.

    Raises
    ------
    InputError
        For no values, values that are not finite, and weights that do not fit.

    References
    ----------
    Williamson 1965, Economic Development and Cultural Change 13(4), 1-84.

    Examples
    --------
    >>> variation_coefficient([1, 3])
    0.5
    """
    values, p = weighed(x, weights)
    values = near_one(values)
    mean = positive_mean(values, p)
    return float(np.sqrt(p @ (values - mean) ** 2) / mean)


def theil_levels(
    x: ArrayLike,
    levels: Sequence[Sequence[Any]],
    weights: ArrayLike | None = None,
    kind: Literal["T", "L"] = "T",
) -> Floats:
    """The parts of Theil's T or L between nested groups, which add up to the index.

    The index of the groups' means is what lies between groups; that of the subgroups' means less
    it, what lies between subgroups within groups; what is left of the whole lies within the last.

    Parameters
    ----------
    x
        (n,), a value for each unit, of 0 or more for T and above 0 for L.
    levels
        Labels of the n units at each level, the widest groups first, each level within the one
        before.
    weights
        (n,), such as the population of each unit; all alike where left out.
    kind
        Theil's T or L.

    Returns
    -------
    (levels + 1,): between the groups of the first level, between those of each further one within
    the one before, within the last; nan where the index is not defined.

    Raises
    ------
    InputError
        For labels of another length, a group that stands in two of the level above, and for values
        and weights that do not fit.

    References
    ----------
    Theil 1967, Economics and Information Theory, chapter 4; Akita 2003, Annals of Regional
    Science 37(1), 55-77, for two stages.

    Examples
    --------
    >>> theil_levels([1, 3, 2, 2], [["a", "a", "b", "b"]]).round(6).tolist()
    [0.0, 0.065406]
    """
    values, p = weighed(x, weights)
    index = theil if kind == "T" else theil_l
    between, above = list[float](), np.zeros(values.size, int)
    for level, labels in enumerate(levels):
        _, code = coded(labels, values.size)
        pairs = np.unique(code * values.size + above)
        if len(pairs) > code.max() + 1:
            raise InputError(message("not_nested", level=Name(str(level + 1))), FOLDER)
        size, total = np.bincount(code, p), np.bincount(code, p * values)
        has_weight = size > 0
        between.append(index(total[has_weight] / size[has_weight], size[has_weight]))
        above = code
    return np.diff([0.0, *between, index(values, p)])
