"""The columns of technologies that measurements of their spread share."""

from __future__ import annotations

from typing import Annotated, TypedDict

from firstlight import roles


class TechnologyColumns(TypedDict, total=False):
    """Columns of technologies over years, each by its own name unless another is given.

    Parameters
    ----------
    technology
        Column of the technologies.
    year
        Column of the years.
    """

    technology: Annotated[str, roles.Key(is_of_file=True)]
    year: Annotated[str, roles.Year()]


class LevelColumns(TechnologyColumns, TypedDict, total=False):
    """Columns of technologies over years, and of how far they have come.

    Parameters
    ----------
    value
        Column with an amount, a number or a level.
    """

    value: Annotated[str, roles.Number("zero", is_filled=True)]
