"""How much sectors pull on others and push them, beside the mean of all."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.instruments.chains.chain_positions import upstreamness
from firstlight.instruments.chains.leontief import ProductionSystem

Floats = NDArray[np.float64]
DIGITS = 12


def linkage_index(linkages: ArrayLike, output: ArrayLike = 1.0) -> Floats:
    """Linkages over their mean: the power of dispersion of backward, the sensitivity of dispersion
    of forward ones.

    Parameters
    ----------
    linkages
        (..., n), column or row sums of an inverse.
    output
        (n,); what makes nothing has no linkages, and counts in no mean.

    Returns
    -------
    (..., n), 1 on average; nan for what makes nothing

    References
    ----------
    Rasmussen 1956, Studies in Inter-Sectoral Relations.

    Examples
    --------
    >>> linkage_index([1.5, 2.5]).tolist()
    [0.75, 1.25]
    """
    scaled = np.where(np.asarray(output) != 0, np.asarray(linkages, float), np.nan)
    return np.asarray(scaled / np.nanmean(scaled, axis=-1, keepdims=True))


def forward_linkages(
    system: ProductionSystem, output: ArrayLike, model: Literal["ghosh", "leontief"] = "ghosh"
) -> Floats:
    """Row sums of the Ghosh inverse, or of the Leontief inverse.

    Parameters
    ----------
    system
        Of n sectors.
    output
        (n,)
    model
        Ghosh: output that a unit of a sector's value added leads to. Leontief: output of the sector
        when the final demand of each sector grows by a unit.

    Returns
    -------
    (n,)

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, 2nd edition, section 12.2.

    Examples
    --------
    >>> system = ProductionSystem(np.array([[0.15, 0.25], [0.2, 0.05]]))
    >>> forward_linkages(system, [1000, 2000]).round(4).tolist()
    [1.9142, 1.2541]
    """
    if model == "leontief":
        return system.requirements(np.ones(len(system.a)))
    return upstreamness(system, output)  # which are the Ghosh inverse's row sums


def above_mean(index: Floats) -> NDArray[np.bool_]:
    """Whether an index of any shape is above 1, by more than rounding."""
    return np.asarray(np.round(index, DIGITS) > 1)


def linkage_role(backward: Floats, forward: Floats) -> list[str | None]:
    """key (both above 1), pull (backward alone), push (forward alone) or neither; None for nan.

    Parameters
    ----------
    backward, forward
        (n,), indices that are 1 on average.

    Returns
    -------
    n codes

    Examples
    --------
    >>> linkage_role(np.array([1.2, 0.9]), np.array([1.1, 1.3]))
    ['key', 'push']
    """
    pulls = above_mean(backward)
    pushes = above_mean(forward)
    codes = np.where(pulls, np.where(pushes, "key", "pull"), np.where(pushes, "push", "neither"))
    roles = codes.astype(object)
    roles[np.isnan(backward)] = None
    return list(roles)
