"""Where the value of exports was added, where it ends, how much passes through chains; and who adds
the value of a good, how many steps before its final users."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.chains.world_table import WorldTable

Floats = NDArray[np.float64]
NEGLIGIBLE = 1e-15  # of output for a unit of a good, left over by the solve where nothing is made


@dataclass(frozen=True)
class ChainTrade:
    """What of exports crosses more than one border, in the units of the table.

    Attributes
    ----------
    backward
        (n,), what in exports was imported before: foreign value added, and domestic that came back.
    forward
        (n,), domestic value added in exports that the partner passes on.
    direct
        (n,), the rest, domestic value added that crosses one border to its final users.
    """

    backward: Floats
    forward: Floats
    direct: Floats


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


def value_added_sources(table: WorldTable) -> Floats:
    """Value added of each country in each country's gross exports: V B E.

    Its columns add up to gross exports. Off the diagonal, the columns' sums are vertical
    specialisation (VS), the rows' sums VS1.

    Parameters
    ----------
    table
        Of the world.

    Returns
    -------
    (G, G), value added of the row in what the column exports.

    References
    ----------
    Hummels, Ishii and Yi 2001, Journal of International Economics 54(1), 75-96; Koopman, Wang and
    Wei 2014, American Economic Review 104(2), 459-494.

    Examples
    --------
    >>> from firstlight.chains import world_table
    >>> table = world_table([[1, 2], [3, 1]], [[5, 1], [2, 4]], ["a", "b"], ["all"] * 2, ["a", "b"])
    >>> value_added_sources(table).sum(axis=0).round(9).tolist()
    [3.0, 5.0]
    """
    exported = table.exports.sum(axis=1)[:, None] * table.of_country
    return np.asarray(table.content @ exported)


def value_added_exports(table: WorldTable) -> Floats:
    """Value added of each industry by the country of the final users with whom it ends: V B Y.

    Its rows add up to value added; off the own country the sum is value added exports (VAX).

    Parameters
    ----------
    table
        Of the world.

    Returns
    -------
    (n, G)

    References
    ----------
    Johnson and Noguera 2012, Journal of International Economics 86(2), 224-236.

    Examples
    --------
    >>> from firstlight.chains import world_table
    >>> table = world_table([[1, 2], [3, 1]], [[5, 1], [2, 4]], ["a", "b"], ["all"] * 2, ["a", "b"])
    >>> value_added_exports(table).sum(axis=1).round(9).tolist()
    [5.0, 7.0]
    """
    return table.value_added_share[:, None] * table.absorbed


def chain_trade(table: WorldTable) -> ChainTrade:
    """Exports that are part of global value chains: they cross more than one border.

    What crosses one border only is V_s L_ss (Y_sr + A_sr L_rr Y_rr). Backward is what is not V_s
    L_ss E_s, forward V_s L_ss (A_sr X_r - A_sr L_rr Y_rr); the three add up to exports.

    Parameters
    ----------
    table
        Of the world.

    Returns
    -------
    ChainTrade

    References
    ----------
    Borin and Mancini 2019, World Bank Policy Research Working Paper 8804, equations 33 to 36.

    Examples
    --------
    >>> from firstlight.chains import world_table
    >>> table = world_table([[1, 2], [3, 1]], [[5, 1], [2, 4]], ["a", "b"], ["all"] * 2, ["a", "b"])
    >>> found = chain_trade(table)
    >>> (found.backward + found.forward + found.direct).round(9).tolist()
    [3.0, 5.0]
    """
    exports = table.exports.sum(axis=1)
    local = table.local_content
    of_partner = table.needed_abroad(table.locally_required(table.final_at_home)).sum(axis=1)
    direct = local * (table.exported_goods.sum(axis=1) + of_partner)
    forward = local * (table.exported_inputs.sum(axis=1) - of_partner)
    return ChainTrade(exports * (1 - local), forward, direct)


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
    steps = np.divide(passed, made, out=np.full_like(made, np.nan), where=np.abs(made) > NEGLIGIBLE)
    return SmileCurve(share, steps, table.value_added_share)
