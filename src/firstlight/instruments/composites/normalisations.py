"""Indicators brought to one scale, on which higher is better."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.numerics.optional_arrays import array_or
from firstlight.numerics.powers_of_two import near_one
from firstlight.numerics.ranks import average_ranks

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Normalisation = Literal["min_max", "z", "rank", "percentile", "reference", "goalposts", "vector"]
Deviations = Literal["sample", "population"]
NORMALISATIONS: tuple[str, ...] = get_args(Normalisation)
DIGITS = 12  # beyond which values differ by rounding alone


def min_max(x: ArrayLike, is_negative: ArrayLike | None = None) -> Floats:
    """Indicators scaled to 0 for their worst and 1 for their best row.

    Parameters
    ----------
    x
        (n, k); what is missing, nan, stays so.
    is_negative
        (k,), whether lower is better; no indicator where it is left out.

    Returns
    -------
    (n, k); nan where an indicator is constant, as far as its digits tell.

    Examples
    --------
    >>> min_max([[1, 9], [2, 5], [5, 1]], [False, True]).tolist()
    [[0.0, 0.0], [0.25, 0.5], [1.0, 1.0]]
    """
    x = np.asarray(x, float)
    negative = array_or(is_negative, np.zeros(x.shape[1], bool))
    low = np.fmin.reduce(x)
    high = np.fmax.reduce(x)
    spread = high - low
    is_constant = spread <= 10.0**-DIGITS * np.fmax.reduce(np.abs(x))
    spread = np.where(is_constant, np.nan, spread)
    return np.asarray(np.where(negative, high - x, x - low) / spread)


def z_scores(x: ArrayLike, is_negative: ArrayLike, deviations: Deviations = "sample") -> Floats:
    """Distances from the mean in standard deviations, turned where lower is better.

    Parameters
    ----------
    x
        (n, k); what is missing, nan, stays so.
    is_negative
        (k,), whether lower is better.
    deviations
        Those of a sample, by n - 1, or of a population, by n.

    Returns
    -------
    (n, k); nan where an indicator is constant.

    Examples
    --------
    >>> z_scores([[1, 3], [2, 2], [3, 1]], [False, True]).tolist()
    [[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0]]
    """
    x = near_one(x, axis=0)
    is_known = ~np.isnan(x)
    count = is_known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = x - np.where(is_known, x, 0.0).sum(axis=0) / count
        square = np.where(is_known, apart**2, 0.0).sum(axis=0) / (count - (deviations == "sample"))
        spread = np.sqrt(square)
        is_constant = spread <= 10.0**-DIGITS * np.fmax.reduce(np.abs(x))
        z = apart / np.where(is_constant | (count < 2), np.nan, spread)
    return np.asarray(np.where(np.asarray(is_negative, bool), 0.0 - z, z))


def rank_scale(x: ArrayLike, is_negative: ArrayLike, *, is_percentile: bool = False) -> Floats:
    """Places counted from the worst, which is 1; equal values share the mean of their places.

    Parameters
    ----------
    x
        (n, k); what is missing, nan, stays so.
    is_negative
        (k,), whether lower is better.
    is_percentile
        Whether places run from 0 for the worst to 1 for the best instead: (place - 1) / (n - 1).

    Returns
    -------
    (n, k); percentiles of a single row are nan.

    Examples
    --------
    >>> rank_scale([[5.0], [7.0], [7.0]], [False]).ravel().tolist()
    [1.0, 2.5, 2.5]
    """
    x = np.where(np.asarray(is_negative, bool), -np.asarray(x, float), x)
    place = np.full(x.shape, np.nan)
    for column, places in zip(x.T, place.T, strict=True):
        is_known = ~np.isnan(column)
        places[is_known] = average_ranks(column[is_known])
    if not is_percentile:
        return place
    count = (~np.isnan(x)).sum(axis=0)
    return np.asarray((place - 1) / np.where(count > 1, count - 1.0, np.nan))


def distance_to_reference(x: ArrayLike, is_negative: ArrayLike, reference: ArrayLike) -> Floats:
    """Values as a ratio to a reference: x / r or, where lower is better, r / x.

    Parameters
    ----------
    x
        (n, k), values above 0; what is missing, nan, stays so.
    is_negative
        (k,), whether lower is better.
    reference
        (k,), above 0; nan for the best row.

    Returns
    -------
    (n, k), 1 at the reference.

    References
    ----------
    OECD and JRC 2008, Handbook on Constructing Composite Indicators, section 5.4.

    Examples
    --------
    >>> distance_to_reference([[2, 10], [4, 5]], [False, True], [np.nan, 5]).tolist()
    [[0.5, 0.5], [1.0, 1.0]]
    """
    x = np.asarray(x, float)
    negative = np.asarray(is_negative, bool)
    best = np.where(negative, np.fmin.reduce(x), np.fmax.reduce(x))
    goal = np.where(np.isnan(reference), best, reference)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(negative, goal / x, x / goal))


def goalpost_scale(x: ArrayLike, is_negative: ArrayLike, low: ArrayLike, high: ArrayLike) -> Floats:
    """Values between fixed goalposts as 0 to 1; what lies beyond counts as at the goalpost.

    Parameters
    ----------
    x
        (n, k); what is missing, nan, stays so.
    is_negative
        (k,), whether lower is better: the higher goalpost is then 0.
    low, high
        (k,), the goalposts, in the units of the indicator.

    Returns
    -------
    (n, k), 0 to 1.

    References
    ----------
    UNDP, Human Development Report, technical note 1.

    Examples
    --------
    >>> goalpost_scale([[50.0], [90.0]], [False], [20], [85]).ravel().round(3).tolist()
    [0.462, 1.0]
    """
    low = np.asarray(low, float)
    high = np.asarray(high, float)
    u = np.clip((np.asarray(x, float) - low) / (high - low), 0.0, 1.0)
    return np.asarray(np.where(np.asarray(is_negative, bool), 1.0 - u, u))


def vector_scale(x: ArrayLike, is_negative: ArrayLike) -> Floats:
    """Values over the length of their column, turned where lower is better.

    Parameters
    ----------
    x
        (n, k); what is missing, nan, stays so.
    is_negative
        (k,), whether lower is better.

    Returns
    -------
    (n, k); nan where an indicator is 0 throughout.

    Examples
    --------
    >>> vector_scale([[3.0], [4.0]], [False]).ravel().tolist()
    [0.6, 0.8]
    """
    x = np.asarray(x, float)
    largest = np.fmax.reduce(np.abs(x))
    part = x / np.where(largest > 0, largest, np.nan)
    length = np.sqrt(np.where(np.isnan(part), 0.0, part**2).sum(axis=0))
    u = part / np.where(length > 0, length, np.nan)
    return np.asarray(np.where(np.asarray(is_negative, bool), -u, u))


def rows_of(groups: ArrayLike | None, count: int) -> Iterator[NDArray[np.intp]]:
    """The rows of each group, such as a year, in the order of the groups; all rows without groups.

    Examples
    --------
    >>> [rows.tolist() for rows in rows_of([2001, 2000, 2001], 3)]
    [[1], [0, 2]]
    """
    if groups is None:
        yield np.arange(count)
        return
    labels = np.asarray(groups)
    for label in np.unique(labels):
        yield np.flatnonzero(labels == label)


def within_groups(
    scale: Callable[[Floats], Floats], x: ArrayLike, groups: ArrayLike | None
) -> Floats:
    """A scale that is made of the rows of each group by themselves.

    Parameters
    ----------
    scale
        (m, k) -> (m, k).
    x
        (n, k).
    groups
        (n,), such as years; None for one scale.

    Returns
    -------
    (n, k).
    """
    x = np.asarray(x, float)
    u = np.full(x.shape, np.nan)
    for rows in rows_of(groups, len(x)):
        u[rows] = scale(x[rows])
    return u


def best_and_worst(u: ArrayLike, groups: ArrayLike | None = None) -> tuple[Floats, Floats]:
    """The highest and the lowest value of each column, beside each row of its group.

    Examples
    --------
    >>> best_and_worst([[1.0], [3.0]])[0].ravel().tolist()
    [3.0, 3.0]
    """
    u = np.asarray(u, float)
    best = within_groups(
        lambda values: np.broadcast_to(np.fmax.reduce(values), values.shape), u, groups
    )
    worst = within_groups(
        lambda values: np.broadcast_to(np.fmin.reduce(values), values.shape), u, groups
    )
    return best, worst


def unit_scale(x: Floats, is_negative: Flags, groups: ArrayLike | None) -> Floats:
    """Indicators from 0 for their worst to 1 for their best row of a group, as `min_max`."""
    return within_groups(lambda values: min_max(values, is_negative), x, groups)
