"""Ranks, and how often a score puts what came above what did not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl


def rank_from_highest(score: pl.Expr, within: Sequence[str] = ()) -> pl.Expr:
    """The place of each row, 1 for the highest score, among those that share the columns
    ``within``; equal scores share the better place, and a missing one has none.

    >>> pl.select(rank_from_highest(pl.Series([5.0, 7.0, 7.0, None]))).to_series().to_list()
    [3, 1, 1, None]
    """
    place = score.rank("min", descending=True)
    if within:
        place = place.over(within)
    return place.cast(pl.Int64)


def average_ranks(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The rank of each value, 1 for the lowest; equal values share the mean of their ranks.

    >>> average_ranks([5.0, 7.0, 7.0, 1.0]).tolist()
    [2.0, 3.5, 3.5, 1.0]
    """
    _, place, times = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    worst = np.cumsum(times)
    return np.asarray((worst - (times - 1) / 2)[place])


def pairs_in_order(scores: npt.NDArray[np.float64], came: npt.NDArray[np.bool_]) -> float:
    """Pairs of one that came with one that did not in which the score of the first is higher, ties
    half.

    Divided by the number of such pairs it is the area under the ROC curve.

    Source: Mann and Whitney (1947), Annals of Mathematical Statistics 18(1), 50-60: their statistic
            U.

    >>> pairs_in_order(np.array([3.0, 2.0, 2.0, 1.0]), np.array([True, False, True, False]))
    3.5
    """
    ones = int(came.sum())
    return float(average_ranks(scores)[came].sum() - ones * (ones + 1) / 2)
