"""Who is responsible for what is emitted, used or employed: those who make, buy or are paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.instruments.chains.io_table import per_output
from firstlight.instruments.chains.leontief import ProductionSystem, check_shapes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Responsibility:
    """Accounts of k stressors over n sectors; each sums to what the sectors emit.

    Attributes
    ----------
    production
        (n, k), what each sector emits.
    consumption
        (n, k), what is emitted anywhere for the final demand for its goods.
    income
        (n, k), what is emitted anywhere with what its primary inputs enable.
    direct
        (n, k), emitted for a unit of output.
    total
        (n, k), emitted anywhere for a unit of final demand.
    enabled
        (n, k), emitted anywhere for a unit of primary inputs.
    unplaced
        (n, k), of sectors without output; they count as responsible for it themselves.
    system
        The economy, factorised.
    """

    production: Floats
    consumption: Floats
    income: Floats
    direct: Floats
    total: Floats
    enabled: Floats
    unplaced: Floats
    system: ProductionSystem


def responsibility(
    flows: ArrayLike, output: ArrayLike, stressors: ArrayLike, sectors: tuple[str, ...] = ()
) -> Responsibility:
    """Production-, consumption- and income-based accounts of any number of stressors.

    Final demand y is output less what sectors use, primary inputs v output less what they buy. With
    e = f / x, consumption is (e L) y and income v (G e), G = (I - B)^-1. Neither inverse is formed.

    Parameters
    ----------
    flows
        (n, n), what the row delivers to the column.
    output
        (n,)
    stressors
        (n, k), what each sector emits, uses or employs.
    sectors
        n names, for errors.

    Returns
    -------
    Responsibility

    Raises
    ------
    InputError
        Where final demand can't be met, and for matrices without a row for each sector.

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, 2nd edition, chapter 10; Marques, Rodrigues,
    Lenzen and Domingos 2012, Ecological Economics 84, 57-65 (income).

    Examples
    --------
    >>> found = responsibility([[150, 500], [200, 100]], [1000, 2000], [[60], [40]])
    >>> found.consumption[:, 0].round(4).tolist(), found.income[:, 0].round(4).tolist()
    ([28.1848, 71.8152], [57.4917, 42.5083])
    """
    z = np.asarray(flows, float)
    x = np.asarray(output, float)
    f = np.asarray(stressors, float)
    size = len(x)
    check_shapes(size, flows=(z, (size, size)), stressors=(f, (size, f.shape[-1])))
    system = ProductionSystem(per_output(z, x), sectors)
    has_output = (x != 0)[:, None]
    placed = np.where(has_output, f, 0.0)
    over = np.where(has_output, x[:, None], 1.0)
    direct = placed / over
    total = system.multipliers(direct)
    # the Ghosh inverse is the Leontief one between 1 / x and x
    enabled = np.where(has_output, system.requirements(placed) / over, 0.0)
    final = x - z.sum(axis=1)
    primary = x - z.sum(axis=0)
    return Responsibility(
        f,
        total * final[:, None] + (f - placed),
        enabled * primary[:, None] + (f - placed),
        direct,
        total,
        enabled,
        f - placed,
        system,
    )
