"""Arrays of one year as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.numerics.long_frames import nan_to_null


def yearly_table(year: int | None, columns: Mapping[str, Any]) -> pl.DataFrame:
    """A table with the year in front, if there is one, and null in place of nan.

    >>> yearly_table(2000, {"a": [float("nan")]}).rows()
    [(2000, None)]
    """
    table = nan_to_null(pl.DataFrame(columns))
    if year is None:
        return table
    return table.select(pl.lit(year, dtype=pl.Int64).alias("year"), pl.all())


def reasons(codes: NDArray[np.str_]) -> pl.Series:
    """Codes of why there is no index, null where there is one.

    >>> reasons(np.array(["", "one_place"])).to_list()
    [None, 'one_place']
    """
    given = pl.Series(codes.tolist(), dtype=pl.String)
    return given.set(given == "", None)
