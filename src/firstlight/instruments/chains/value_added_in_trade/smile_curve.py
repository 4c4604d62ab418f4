"""The chain of a good: who adds what of its value, how many steps before its final users."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.chains.world_table import WorldTable

__all__ = ["SmileCurve", "smile_curve"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SmileCurve:
    """A good's chain, by industry of the world.

    Attributes
    ----------
    share
        (n,), of what final users pay for the good, the part that each industry adds; sums to 1.
    steps
        (n,), of its output for the good, the mean number of deliveries up to the final user; nan
        where it makes nothing for it.
    value_added_per_output
        (n,), v.
    """

    share: Floats
    steps: Floats
    value_added_per_output: Floats


def smile_curve(table: WorldTable, good: int) -> SmileCurve:
    """Who adds the value of an industry's final goods, and how far from their users.

    For a unit of final demand f of the good: shares v B f, steps (B B f) / (B f).

    Parameters
    ----------
    table
        Of the world.
    good
        The row of the industry.

    Returns
    -------
    SmileCurve

    References
    ----------
    Ye, Meng and Wei 2015, IDE Discussion Paper 530; Fally 2012, University of Colorado.

    Examples
    --------
    >>> from firstlight.chains import world_table
    >>> table = world_table([[1, 2], [3, 1]], [[5, 1], [2, 4]], ["a", "b"], ["all"] * 2, ["a", "b"])
    >>> curve = smile_curve(table, 0)
    >>> curve.share.round(4).tolist(), curve.steps.round(4).tolist()
    ([0.6818, 0.3182], [1.3283, 2.4394])
    """
    unit = np.zeros(len(table.country))
    unit[good] = 1
    made = table.system.requirements(unit)
    passed = table.system.requirements(made)
    share = table.value_added_share * made
    steps = np.divide(passed, made, out=np.full_like(made, np.nan), where=np.abs(made) > 1e-15)
    return SmileCurve(share, steps, table.value_added_share)
