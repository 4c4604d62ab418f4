"""Sellers and buyers that are the sum of others, though their names don't say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["hidden_totals"]

Floats = NDArray[np.float64]
ROUNDS = 3  # a total of totals comes out once those within it are known
TINY = 1e-9


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
    of_users = _totals([*sectors, *uses], np.column_stack([flows, *uses.values()]), len(sectors))
    of_suppliers = _totals(
        [*sectors, *inputs], np.column_stack([flows.T, *inputs.values()]), len(sectors)
    )
    are_sectors = set(sectors)
    others = (of_users | of_suppliers) - are_sectors
    return sorted(others | (of_users & of_suppliers & are_sectors))


def _totals(labels: Sequence[str], columns: Floats, sectors_count: int) -> set[str]:
    """Labels of columns that are the sum of others which are no totals themselves."""
    is_total = np.zeros(len(labels), dtype=bool)
    is_sector = np.arange(len(labels)) < sectors_count
    for _ in range(ROUNDS):
        groups = [group & ~is_total for group in (is_sector, ~is_sector, is_sector | ~is_sector)]
        sums = [columns[:, group].sum(axis=1) for group in groups]
        found = [
            k
            for k in np.flatnonzero(~is_total)
            if any(
                _adds_up(columns[:, k], total, group, int(k))
                for group, total in zip(groups, sums, strict=True)
            )
        ]
        if not found:
            break
        is_total[found] = True
    return {label for label, own in zip(labels, is_total, strict=True) if own}


def _adds_up(own: Floats, total: Floats, group: NDArray[np.bool_], k: int) -> bool:
    """Whether a column is the sum of two or more others of a group."""
    rest = total - own if group[k] else total
    parts = int(group.sum()) - int(group[k])
    size = np.abs(own).sum()
    return bool(parts > 1 and size > 0 and np.abs(rest - own).sum() <= TINY * size)
