"""Rarefaction: how many activities a place would show if it were as small as another."""

from __future__ import annotations

from typing import Any

import numpy as np

from firstlight.errors import InputError, shown
from firstlight.instruments.complexity.activity_table import FAMILY, Array, cell_of, sparse_values
from firstlight.numerics.rarefaction import absence_probability
from firstlight.texts import message


def rarefied_diversity(x: Any, size: int) -> Array:
    """The expected number of activities among ``size`` units (patents, plants, jobs) of a place,
    drawn without replacement.

    D_c(n) = sum over p of 1 - C(N_c - x_cp, n) / C(N_c, n), N_c = sum over p of x_cp. A small
    territory shows few activities because few units were counted there; compared at one n, places
    differ by how varied they are and not by how large.

    Parameters
    ----------
    x
        (places, activities), whole counts, dense or sparse.
    size
        Units that are drawn, n; at most the units of the places that are to be compared.

    Returns
    -------
    (places,); nan for a place of fewer units than n. n = 1 gives 1, n = N_c the number of
    activities counted.

    Raises
    ------
    InputError
        For a size below 1, or a value that isn't whole.

    References
    ----------
    Hurlbert (1971), Ecology 52(4), 577-586; Heck, van Belle and Simberloff (1975), Ecology 56(6),
    1459-1461.

    Examples
    --------
    >>> rarefied_diversity([[5, 5, 0], [10, 0, 0], [1, 0, 0]], 2).round(3).tolist()
    [1.556, 1.0, nan]
    """
    table = sparse_values(x)
    if size < 1 or size != int(size):
        raise InputError(message("no_sample", size=shown(size)), FAMILY)
    parts = np.flatnonzero(table.data != np.round(table.data))
    if parts.size:
        raise InputError(message("part_of_a_unit", **cell_of(table, parts[0])), FAMILY)
    total = np.asarray(table.sum(axis=1), float)
    row = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    missed = absence_probability(table.data, total[row], size)
    found = np.bincount(row, 1 - missed, minlength=table.shape[0])
    return np.where(total >= size, found, np.nan)
