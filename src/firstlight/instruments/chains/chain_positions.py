"""Where sectors stand in chains: how far from final users, how far from first inputs, and how many
steps apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.instruments.chains.leontief import ProductionSystem

Floats = NDArray[np.float64]


def upstreamness(system: ProductionSystem, output: ArrayLike) -> Floats:
    """The mean number of steps from a sector to final users, a delivery to them counting as one.

    The row sums of (I - B)^-1, B = what the row delivers to the column over the row's output. It is
    not corrected for trade or inventories: what leaves the table counts as final.

    Parameters
    ----------
    system
        Of n sectors.
    output
        (n,)

    Returns
    -------
    (n,), 1 and above where all final demand is 0 or above

    References
    ----------
    Antràs, Chor, Fally and Hillberry 2012, American Economic Review 102(3), 412-416.

    Examples
    --------
    >>> upstreamness(ProductionSystem(np.array([[0.0, 0.5], [0.0, 0.0]])), [10, 20]).tolist()
    [2.0, 1.0]
    """
    x = np.asarray(output, float)
    # the Ghosh inverse is the Leontief one between 1 / x and x
    return np.asarray(np.divide(system.requirements(x), x, out=np.ones_like(x), where=x != 0))


def downstreamness(system: ProductionSystem) -> Floats:
    """The mean number of steps through which a sector's value has come, its own among them.

    The column sums of (I - A)^-1.

    Parameters
    ----------
    system
        Of n sectors.

    Returns
    -------
    (n,)

    References
    ----------
    Fally 2012, Production Staging: Measurement and Facts; Antràs and Chor 2013, Econometrica 81(6),
    2127-2204.

    Examples
    --------
    >>> downstreamness(ProductionSystem(np.array([[0.0, 0.5], [0.0, 0.0]]))).tolist()
    [1.0, 1.5]
    """
    return system.multipliers(np.ones(len(system.a)))


def average_propagation_lengths(system: ProductionSystem) -> Floats:
    """The mean number of steps that a rise of final demand of the column takes to reach the row.

    L (L - I) over L - I, cell by cell; the same backward (Leontief) and forward (Ghosh).

    Parameters
    ----------
    system
        Of n sectors.

    Returns
    -------
    (n, n), nan where nothing reaches

    References
    ----------
    Dietzenbacher, Romero and Bosma 2005, Estudios de Economía Aplicada 23(2), 405-422.

    Examples
    --------
    >>> system = ProductionSystem(np.array([[0.0, 0.5, 0.0], [0, 0, 0.5], [0, 0, 0]]))
    >>> average_propagation_lengths(system)[0].tolist()
    [nan, 1.0, 2.0]
    """
    reached = system.inverse - np.eye(len(system.a))
    steps = system.inverse @ reached
    # a cell below the rounding of the largest one is reached by nothing
    is_reached = np.abs(reached) > np.finfo(float).eps * np.abs(system.inverse).max()
    undefined = np.full_like(reached, np.nan)
    return np.asarray(np.divide(steps, reached, out=undefined, where=is_reached))
