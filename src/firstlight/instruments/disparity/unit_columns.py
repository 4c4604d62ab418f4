"""The columns of a panel that measurements of its units share."""

from __future__ import annotations

from typing import Annotated, TypedDict

from firstlight import roles


class UnitColumns(TypedDict, total=False):
    """Columns of units over years, each by its own name unless another is given.

    Parameters
    ----------
    unit
        Column of the units, such as provinces or firms.
    year
        Column of the years.
    """

    unit: Annotated[str, roles.Key()]
    year: Annotated[str, roles.Year()]
