"""Levels and logarithms: what can't be the one or the other is refused before anything is estimated from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError

GREATEST_LOG: Final = 50.0  # e^50 is 5 x 10^21: no quantity of an economy, in whatever money
_IS_LOG: Final = re.compile(r"(log|ln)[_ .(（]", re.IGNORECASE)


def refuse_levels(values: NDArray[np.float64], keys: pl.DataFrame, columns: Sequence[str]) -> None:
    """See that no number is too large to be a logarithm.

    values : (rows, columns of logarithms or more), nan where missing; keys : unit, and year where there is one
    Raises  InputError naming unit, year and column of the first that is.

    >>> refuse_levels(np.array([[9.2]]), pl.DataFrame({"unit": ["a"]}), ["y"])
    """
    above = np.argwhere(values[:, : len(columns)] > GREATEST_LOG)
    if above.size:
        row, column = (int(place) for place in above[0])
        year = f", year {keys['year'][row]}" if "year" in keys.columns else ""
        raise InputError(
            f"{values[row, column]:g} can't be a logarithm",
            where=f"unit {str(keys['unit'][row])!r}{year}, column {columns[column]!r}",
            try_next="these are levels: leave out --log no (in Python: log=True, the default)",
        )


def refuse_logs(columns: Sequence[str]) -> None:
    """See that no column whose logarithm is to be taken says by its name that it is one.

    Raises  InputError naming the first that does.

    >>> refuse_logs(["output", "logistics"])
    """
    named = next((name for name in columns if _IS_LOG.match(name) or "对数" in name), None)
    if named is not None:
        raise InputError(
            f"column {named!r} is a logarithm by its name, and another would be taken",
            where="log",
            try_next="where columns are logs, --log no (in Python: log=False); else give the column another name",
        )
