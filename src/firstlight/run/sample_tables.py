"""The invented tables that measurements are tried on."""

from __future__ import annotations

import polars as pl

from firstlight.errors import InputError, unknown
from firstlight.measurement import measurement

__all__ = ["sample_table"]


def sample_table(name: str, table: str | None = None) -> pl.DataFrame:
    """The invented table that ships with a measurement, to see what it reads and to try it.

    Parameters
    ----------
    name
        Name of a measurement.
    table
        One of its further tables; the main one where left out.

    Returns
    -------
    Polars frame, with the columns that the measurement reads.

    Raises
    ------
    InputError
        For a measurement or a table that there isn't.

    Examples
    --------
    >>> sample_table("partners").columns
    ['work', 'year', 'member', 'term', 'group']
    """
    declared = measurement(name)
    files = declared.sample_files()
    asked = table or declared.main.name
    if asked not in files:
        raise InputError(unknown("no_table", asked, files))
    return pl.read_csv(files[asked])
