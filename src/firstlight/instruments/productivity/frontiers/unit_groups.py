"""Groups of units: which group each row of a panel belongs to, read from the frame and checked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.technology import FOLDER
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.schema import Data
from firstlight.texts import Count, message

Rows = NDArray[np.int64]


def measured_groups(data: Data, panel: UnitPanel) -> NDArray[np.str_]:
    """The group of each row of the panel, (N,), of a table that was read with the column ``group``.

    Raises InputError for a row without a group.
    """
    groups = data.frame.sort("unit", "year")["group"]
    empty = groups.is_null()
    if empty.any():
        unit, count = panel.who(empty.arg_max() or 0), Count(int(empty.sum()))
        raise InputError(message("no_group", unit=unit, count=count), FOLDER)
    return groups.to_numpy().astype(np.str_)


def each_group(groups: NDArray[np.str_], rows: Rows) -> Iterator[tuple[str, Rows]]:
    """The groups among some rows, in order of their names, and the rows of each.

    >>> [(name, rows.tolist()) for name, rows in each_group(np.array(["b", "a", "b"]), np.arange(
    ...     3))]
    [('a', [1]), ('b', [0, 2])]
    """
    for name in np.unique(groups[rows]).tolist():
        yield name, rows[groups[rows] == name]
