"""What sectors need of one another for a unit of output and of final demand, home and abroad."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.chains.io_table import (
    IOTable,
    domestic_part,
    imported_inputs,
    per_output,
)
from firstlight.instruments.chains.leontief import ProductionSystem
from firstlight.instruments.chains.yearly_tables import refuse_outputs

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Requirements:
    """What sectors are made with, (n, n) each, the good in the row; None where it is not known.

    Attributes
    ----------
    table
        The table of domestic goods.
    direct, direct_imported
        Inputs for a unit of output, of home and from abroad.
    total
        Inputs for a unit of final demand in all stages, of home and from abroad: each stage counts.
    content, content_imported
        Value added of the row, and imports of its good, in a unit of final demand of the column.
        Over all rows, with taxes on products, both add up to 1.
    beyond
        Sectors that import more than is used at home.
    """

    table: IOTable
    direct: Floats
    direct_imported: Floats | None
    total: Floats
    content: Floats | None
    content_imported: Floats | None
    beyond: tuple[str, ...]

    @property
    def direct_all(self) -> Floats:
        """(n, n), direct inputs of home and from abroad, as far as these are known."""
        return _sum(self.direct, self.direct_imported)

    @property
    def content_all(self) -> Floats | None:
        """(n, n), content of home and from abroad, as far as this is known."""
        return None if self.content is None else _sum(self.content, self.content_imported)


def requirements_of(table: IOTable) -> Requirements:
    """The requirements of an input-output table, home and abroad apart.

    With A the inputs made at home for a unit of output, M those from abroad, v value added for a
    unit of output and L = (I - A)^-1: direct A and M, total L - I + M L, content v L and M L.

    Parameters
    ----------
    table
        As read; imports in a column are taken from all home uses of a good in one proportion.

    Returns
    -------
    `Requirements`

    Raises
    ------
    InputError
        Where final demand can't be met, and for outputs that are below 0, or all 0.

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, 2nd edition, sections 2.3 and 4.2.3; Hummels,
    Ishii and Yi 2001, Journal of International Economics 54(1), 75-96 (imports in a unit: M L).
    """
    refuse_outputs(table)
    home, beyond = domestic_part(table)
    inverse = ProductionSystem(home.coefficients, home.sectors).inverse
    bought = imported_inputs(table, home)
    abroad = None if bought is None else per_output(bought, table.output)
    through = None if abroad is None else abroad @ inverse
    content = None
    if table.value_added is not None:
        content = per_output(table.value_added, table.output)[:, None] * inverse
    return Requirements(
        home,
        home.coefficients,
        abroad,
        _sum(inverse - np.eye(len(inverse)), through),
        content,
        through,
        beyond,
    )


def _sum(own: Floats, other: Floats | None) -> Floats:
    return own if other is None else own + other
