"""Groups of units: which group each row of a panel belongs to, read from the frame and checked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.technology import FOLDER
from firstlight.instruments.productivity.measured_units import who
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.numerics.long_frames import read_long
from firstlight.schema import Data
from firstlight.texts import Count, Name, message

Rows = NDArray[np.int64]


def unit_groups(panel: UnitPanel, group: str, *, unit: str, year: str | None) -> NDArray[np.str_]:
    """The group of each row of the panel, (N,).

    group, unit, year : the frame's columns of groups, names and years
    Raises  InputError for an absent column, a row without a group, or a column that is already an
            input, output or bad.

    >>> import polars as pl
    >>> from firstlight.instruments.productivity.unit_panel import unit_panel
    >>> rows = pl.DataFrame({"unit": ["b", "a"], "region": ["west", "east"], "x": [1.0, 2.0], "y": [
    ...     1.0, 1.0]})
    >>> unit_groups(unit_panel(rows, ["x"], ["y"]), "region", unit="unit", year=None).tolist()
    ['east', 'west']
    """
    if any(group in names for names in panel.names):
        raise InputError(message("group_is_quantity", column=Name(group)), FOLDER)
    columns = {"unit": unit, "year": year, "group": group}
    # One row for each unit and year, so that this order, by unit and year, is the panel's.
    return read_long(panel.given, columns, [])["group"].to_numpy().astype(np.str_)


def measured_groups(data: Data, panel: UnitPanel) -> NDArray[np.str_]:
    """The group of each row of the panel, (N,), of a table that was read with the column ``group``.

    Raises InputError for a row without a group.
    """
    groups = data.frame.sort("unit", "year")["group"]
    empty = groups.is_null()
    if empty.any():
        unit, count = who(panel, empty.arg_max() or 0), Count(int(empty.sum()))
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
