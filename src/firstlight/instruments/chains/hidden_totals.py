"""Sellers and buyers that are the sum of others, though their names don't say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["hidden_totals"]

Floats = NDArray[np.float64]
ROUNDS = 3  # a total of totals comes out once those within it are known
TINY = 1e-9
ROUNDING = 1e-6  # of a sum over a whole group, in units of TINY


def hidden_totals(
    sectors: Sequence[str],
    flows: Floats,
    uses: Mapping[str, Floats],
    inputs: Mapping[str, Floats],
) -> list[str]:
    """Names of sectors, uses and inputs that add up others, and would count twice.

    A total is the sum of all sectors, of all uses, or of both, itself left out. A sector is one
    where its row and its column are.

    Parameters
    ----------
    sectors
        n names.
    flows
        (n, n), what the row delivers to the column.
    uses
        Name -> (n,), other users.
    inputs
        Name -> (n,), other suppliers.

    Returns
    -------
    Sorted names.
    """
    of_users = _totals([*sectors, *uses], [*flows.T, *uses.values()], len(sectors))
    of_suppliers = _totals([*sectors, *inputs], [*flows, *inputs.values()], len(sectors))
    are_sectors = set(sectors)
    others = (of_users | of_suppliers) - are_sectors
    return sorted(others | (of_users & of_suppliers & are_sectors))


def _totals(labels: Sequence[str], vectors: Sequence[Floats], sectors_count: int) -> set[str]:
    """Labels of vectors that are the sum of others which are no totals themselves."""
    is_total = np.zeros(len(labels), dtype=bool)
    is_sector = np.arange(len(labels)) < sectors_count
    sums = np.array([own.sum() for own in vectors])
    sizes = np.array([np.abs(own).sum() for own in vectors])
    for _ in range(ROUNDS):
        found = list[int]()
        for group in (is_sector, ~is_sector, np.ones_like(is_sector)):
            among = group & ~is_total
            # what the sums rule out need not be added up cell by cell
            rest = sums[among].sum() - np.where(among, sums, 0.0)
            is_near = np.abs(rest - sums) <= TINY * (sizes + ROUNDING * sizes[among].sum())
            may_be = ~is_total & (sizes > 0) & is_near & (among.sum() - among > 1)
            found += [k for k in np.flatnonzero(may_be).tolist() if _adds_up(vectors, among, k)]
        if not found:
            break
        is_total[found] = True
    return {label for label, own in zip(labels, is_total, strict=True) if own}


def _adds_up(vectors: Sequence[Floats], among: NDArray[np.bool_], k: int) -> bool:
    """Whether a vector is the sum of the others of a group."""
    own = vectors[k]
    rest = np.sum([vectors[i] for i in np.flatnonzero(among).tolist() if i != k], axis=0)
    return bool(np.abs(rest - own).sum() <= TINY * np.abs(own).sum())
