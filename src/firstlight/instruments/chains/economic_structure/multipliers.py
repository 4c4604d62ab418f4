"""What a unit of final demand needs: output, value added, income and employment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.instruments.chains.leontief import ProductionSystem

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Multipliers:
    """Multipliers of n sectors.

    Attributes
    ----------
    simple
        (n,), per unit of final demand.
    total
        (n,), the same with households as a sector; None where they are left out.
    type_1
        (n,), simple over the sector's own coefficient, nan where that is 0.
    type_2
        (n,), total over the sector's own coefficient; None where households are left out.
    """

    simple: Floats
    total: Floats | None
    type_1: Floats
    type_2: Floats | None


def closed_system(
    a: ArrayLike, wages: ArrayLike, consumption: ArrayLike, within: float = 0.0
) -> ProductionSystem:
    """The system with households as its last sector: they sell labour and buy what they consume.

    Parameters
    ----------
    a
        (n, n), inputs for a unit of output.
    wages
        (n,), income of households for a unit of output.
    consumption
        (n,), what they buy for a unit of income.
    within
        What they buy of one another's labour for a unit of income.

    Returns
    -------
    ProductionSystem of n + 1 sectors

    Raises
    ------
    InputError
        Where households spend more than all sectors can pay them.

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, 2nd edition, section 2.5.

    Examples
    --------
    >>> system = closed_system([[0.15, 0.25], [0.2, 0.05]], [0.3, 0.25], [0.05, 0.4], 0.05)
    >>> system.inverse.round(3).tolist()
    [[1.365, 0.425, 0.251], [0.527, 1.348, 0.595], [0.57, 0.489, 1.289]]
    """
    a = np.asarray(a, float)
    wages = np.asarray(wages, float)
    whole = np.zeros((len(a) + 1, len(a) + 1))
    whole[:-1, :-1] = a
    whole[-1, :-1] = wages
    whole[:-1, -1] = np.asarray(consumption, float)
    whole[-1, -1] = within
    return ProductionSystem(whole)


def multipliers(
    system: ProductionSystem, per_output: ArrayLike, closed: ProductionSystem | None = None
) -> Multipliers:
    """Simple and total multipliers of what goes with output, and those of type I and II.

    Parameters
    ----------
    system
        Of n sectors.
    per_output
        (n,), such as jobs for a unit of output; ones for output itself.
    closed
        Of the same sectors and households.

    Returns
    -------
    Multipliers

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, 2nd edition, section 6.2.

    Examples
    --------
    >>> system = ProductionSystem(np.array([[0.15, 0.25], [0.2, 0.05]]))
    >>> multipliers(system, [1, 1]).simple.round(4).tolist()
    [1.5182, 1.4521]
    """
    direct = np.asarray(per_output, float)
    simple = system.multipliers(direct)
    total = None if closed is None else closed.multipliers(np.append(direct, 0.0))[:-1]
    undefined = np.full(len(direct), np.nan)

    def ratio(effect: Floats) -> Floats:
        return np.asarray(np.divide(effect, direct, out=undefined.copy(), where=direct != 0))

    return Multipliers(simple, total, ratio(simple), None if total is None else ratio(total))
