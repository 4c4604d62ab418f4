"""Linkages and multipliers of tables whose cells are drawn around those that are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError
from firstlight.instruments.chains.biproportional import gras
from firstlight.instruments.chains.io_table import per_output
from firstlight.instruments.chains.leontief import ProductionSystem
from firstlight.instruments.chains.linkages import forward_linkages
from firstlight.measurement import Progress

Floats = NDArray[np.float64]
ENOUGH = 1e-10  # of the largest total, to which totals are kept
EVERY = 100  # draws, after which it is told how far the work is


@dataclass(frozen=True)
class DrawnTables:
    """Backward and forward linkages of n sectors in tables drawn at random.

    Attributes
    ----------
    backward
        (draws, n), output multipliers: column sums of the Leontief inverse.
    forward
        (draws, n), row sums of the Ghosh inverse, or of the Leontief inverse.
    left_out
        How many draws could not meet a final demand, or the totals.
    """

    backward: Floats
    forward: Floats
    left_out: int


def drawn_tables(
    flows: ArrayLike,
    output: ArrayLike,
    error: float,
    draws: int,
    *,
    seed: int = 0,
    keeps_totals: bool = False,
    model: Literal["ghosh", "leontief"] = "ghosh",
    progress: Progress | None = None,
) -> DrawnTables:
    """Linkages of tables whose flows are multiplied, cell by cell, by independent lognormal factors
    of mean 1.

    The logarithm of a factor is normal with variance s² = ln(1 + error²) and mean -s²/2. Outputs
    stay, so that what a sector does not buy of others is value added.

    Parameters
    ----------
    flows
        (n, n), what the row delivers to the column.
    output
        (n,)
    error
        Relative standard error of a cell.
    draws
        How many tables.
    seed
        Of the draws.
    keeps_totals
        Whether rows and columns of the flows are made to sum to what they did (RAS, GRAS).
    model
        Of forward linkages.
    progress
        Called with the draws done and all of them.

    Returns
    -------
    DrawnTables

    References
    ----------
    Quandt 1958, Journal of Regional Science 1(1), 1-17 (probabilistic errors in the Leontief
    system); Simonovits 1975, Econometrica 43(3), 493-498 (the mean of the inverse is no smaller
    than the inverse of the mean).

    Examples
    --------
    >>> drawn_tables([[150, 500], [200, 100]], [1000, 2000], 0, 2).backward.round(4).tolist()
    [[1.5182, 1.4521], [1.5182, 1.4521]]
    """
    z = np.asarray(flows, float)
    x = np.asarray(output, float)
    generator = np.random.default_rng(seed)
    spread = np.sqrt(np.log1p(error**2))
    backward = list[Floats]()
    forward = list[Floats]()
    left_out = 0
    for draw in range(draws):
        if progress is not None and draw % EVERY == 0:
            progress(draw, draws)
        drawn = z * np.exp(spread * generator.standard_normal(z.shape) - spread**2 / 2)
        try:
            if keeps_totals:
                drawn = gras(drawn, z.sum(axis=1), z.sum(axis=0), ENOUGH).flows
            system = ProductionSystem(per_output(drawn, x))
        except InputError:
            left_out += 1
            continue
        backward.append(system.multipliers(np.ones(len(x))))
        forward.append(forward_linkages(system, x, model))
    shape = len(backward), len(x)
    return DrawnTables(np.reshape(backward, shape), np.reshape(forward, shape), left_out)
