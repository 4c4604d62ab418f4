"""Weights from judgements of pairs: the analytic hierarchy process (AHP)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
RandomIndex = Literal["saaty_1980", "saaty_2008"]
ROUNDS = 10_000
# Consistency index of random matrices, by their number of rows from 1 on: Saaty 1980, The Analytic
# Hierarchy Process; Saaty 2008, RACSAM 102(2), 251-318.
RANDOM_INDEX: dict[str, tuple[float, ...]] = {
    "saaty_1980": (
        *(0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41),
        *(1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59),
    ),
    "saaty_2008": (
        *(0.0, 0.0, 0.52, 0.89, 1.11, 1.25, 1.35, 1.40),
        *(1.45, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59),
    ),
}
RANDOM_INDICES: tuple[str, ...] = get_args(RandomIndex)


@dataclass(frozen=True)
class PairwiseWeights:
    """What judgements of pairs come to.

    Attributes
    ----------
    weight
        (k,), the principal eigenvector, which adds up to 1.
    eigenvalue
        The largest, lambda; k if the judgements agree perfectly.
    consistency_index
        (lambda - k) / (k - 1); 0 for k of 1.
    consistency_ratio
        That over the one of random judgements; 0 for k up to 2. Up to .1 is held to be consistent.
    """

    weight: Floats
    eigenvalue: float
    consistency_index: float
    consistency_ratio: float


def pairwise_weights(
    judgements: ArrayLike, random_index: RandomIndex = "saaty_1980"
) -> PairwiseWeights:
    """Weights by the principal eigenvector of pairwise judgements, and how far these agree.

    Parameters
    ----------
    judgements
        (k, k), above 0: how many times as important the row is as the column; 1 / that the other
        way round. k is 15 at most.
    random_index
        The table of random consistency that the ratio is taken of.

    Returns
    -------
    `PairwiseWeights`.

    References
    ----------
    Saaty 1980, The Analytic Hierarchy Process.

    Examples
    --------
    >>> found = pairwise_weights([[1, 3, 3], [1 / 3, 1, 2], [1 / 3, 1 / 2, 1]])
    >>> found.weight.round(3).tolist(), round(found.consistency_ratio, 4)
    ([0.594, 0.249, 0.157], 0.0462)
    """
    matrix = np.asarray(judgements, float)
    k = len(matrix)
    weight = np.full(k, 1.0 / k)
    for _ in range(ROUNDS):
        after = (matrix * weight).sum(axis=1)
        after /= after.sum()
        # shares sum to 1: no later round moves a digit that a double holds
        is_settled = np.abs(after - weight).max() < 1e-15
        weight = after
        if is_settled:
            break
    eigenvalue = float(((matrix * weight).sum(axis=1) / weight).mean())
    index = (eigenvalue - k) / (k - 1) if k > 1 else 0.0
    random = RANDOM_INDEX[random_index][k - 1]
    return PairwiseWeights(weight, eigenvalue, index, index / random if random else 0.0)
