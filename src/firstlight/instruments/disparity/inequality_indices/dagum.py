"""Dagum's decomposition of the Gini index by groups, by one sort of all units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.instruments.disparity.inequality_indices.inequality_measures import (
    coded,
    weighed,
)
from firstlight.numerics.divisors import positive_or_nan

Floats = NDArray[np.float64]
ROUNDING = 1e-12  # of a difference: groups that do not overlap leave this, and not 0


@dataclass(frozen=True)
class DagumParts:
    """Parts of the Gini index, for k groups in the order of their labels.

    Attributes
    ----------
    groups
        The k labels, sorted.
    within
        Inequality within groups.
    net_between
        Differences between groups, net of their overlap: by how much one mean is above the other.
    transvariation
        What is left of the differences between groups: units of the poorer that are above those
        of the richer. The three add up to the index.
    within_parts
        (k,), each group's part of ``within``.
    net_parts, transvariation_parts
        (k, k), each pair's part, symmetric, half of it on each side.
    ginis
        (k, k), the Gini index within a group (diagonal) and between two, the mean difference over
        the sum of means; nan where that is not above 0.
    affluence
        (k, k), the relative economic affluence of two groups, 0 where their means are equal and 1
        where they do not overlap; nan where they do not differ at all.
    shares
        (k,), of all weights.
    value_shares
        (k,), of all values.
    means
        (k,), of each group.
    """

    groups: list[str]
    within: float
    net_between: float
    transvariation: float
    within_parts: Floats
    net_parts: Floats
    transvariation_parts: Floats
    ginis: Floats
    affluence: Floats
    shares: Floats
    value_shares: Floats
    means: Floats


def dagum(x: ArrayLike, groups: Sequence[Any], weights: ArrayLike | None = None) -> DagumParts:
    """The Gini index in three parts: within groups, net between them, and transvariation.

    With p_j the weight of a group and D_jh the mean difference of one unit of each group, a pair's
    whole part is p_j p_h D_jh / mu, its net part p_j p_h |mu_j - mu_h| / mu; the rest is
    transvariation. All D_jh come from one sort and running sums by group, in O(n (log n + k)).

    Parameters
    ----------
    x
        (n,), a value for each unit.
    groups
        The label of each unit's group.
    weights
        (n,), such as the population of each unit; all alike where left out.

    Returns
    -------
    The parts, by group and by pair; nan where the mean is not above 0.

    Raises
    ------
    InputError
        For labels of another length, and for values and weights that do not fit.

    References
    ----------
    Dagum 1997, Empirical Economics 22(4), 515-531.

    Examples
    --------
    >>> parts = dagum([1, 3, 2, 6], ["a", "a", "b", "b"])
    >>> [round(float(p), 6) for p in (parts.within, parts.net_between, parts.transvariation)]
    [0.125, 0.166667, 0.041667]
    """
    values, p = weighed(x, weights)
    labels, code = coded(groups, values.size)
    share = np.asarray(np.bincount(code, p), float)
    mean = float(p @ values)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(code, p * values) / share
        apart = _summed_differences(values - mean, p, code, len(labels))
        whole = apart / positive_or_nan(mean)
        outer = np.outer(share, share)
        net = outer * np.abs(means[:, None] - means) / positive_or_nan(mean)
        net[outer == 0] = 0.0
        # what is left of a pair that does not overlap is rounding
        rest = np.where(whole - net > ROUNDING * whole, whole - net, 0.0)
        net = whole - rest
        np.fill_diagonal(net, 0.0)
        np.fill_diagonal(rest, 0.0)
        sums = means[:, None] + means
        ginis = np.where(sums > 0, apart / outer / sums, np.nan)
        affluence = np.where(whole > 0, net / whole, np.nan)
    within = np.diag(whole) / 2
    return DagumParts(
        labels,
        float(within.sum()),
        float(net.sum() / 2),
        float(rest.sum() / 2),
        within,
        net / 2,
        rest / 2,
        ginis,
        affluence,
        share,
        share * means / positive_or_nan(mean),
        means,
    )


def _summed_differences(x: Floats, p: Floats, code: NDArray[np.intp], k: int) -> Floats:
    """(k, k), the sum over units i of one group and j of another of p_i p_j |x_i - x_j|."""
    order = np.argsort(x, kind="stable")
    x, p, code = x[order], p[order], code[order]
    sums = np.empty((k, k))
    for group in range(k):
        own = np.where(code == group, p, 0.0)
        below, value_below = np.cumsum(own), np.cumsum(own * x)
        from_all = x * (2 * below - below[-1]) - 2 * value_below + value_below[-1]
        sums[:, group] = np.bincount(code, p * from_all, minlength=k)
    return np.maximum((sums + sums.T) / 2, 0.0)
