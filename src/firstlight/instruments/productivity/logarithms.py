"""Levels and logarithms: what can't be the one or the other is refused before anything is estimated
from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.row_names import key_of
from firstlight.texts import Figure, Name, message

GREATEST_LOG: Final = 50.0  # e^50 is 5 x 10^21: no quantity of an economy, in whatever money
FAMILY: Final = Path(__file__).parent
_IS_LOG: Final = re.compile(r"(log|ln)[_ .(（]", re.IGNORECASE)


def refuse_levels(values: NDArray[np.float64], keys: pl.DataFrame, columns: Sequence[str]) -> None:
    """See that no number is too large to be a logarithm.

    values : (rows, columns of logarithms or more), nan where missing; keys : unit, and year where
             there is one
    Raises  InputError naming unit, year and column of the first that is.

    >>> refuse_levels(np.array([[9.2]]), pl.DataFrame({"unit": ["a"]}), ["y"])
    """
    above = np.argwhere(values[:, : len(columns)] > GREATEST_LOG)
    if not above.size:
        return
    row, column = (int(place) for place in above[0])
    value, key = Figure(values[row, column]), key_of(keys, row)
    given = message("level", value=value, key=key, column=Name(columns[column]))
    raise InputError(given, FAMILY)


def no_logarithm(value: float, keys: pl.DataFrame, row: int, column: str) -> InputError:
    """The error of a number in a row of keys that is not above 0."""
    given = message("no_logarithm", value=Figure(value), key=key_of(keys, row), column=Name(column))
    return InputError(given, FAMILY)


def refuse_logs(columns: Sequence[str]) -> None:
    """See that no column whose logarithm is to be taken says by its name that it is one.

    Raises  InputError naming the first that does.

    >>> refuse_logs(["output", "logistics"])
    """
    named = next((name for name in columns if _IS_LOG.match(name) or "对数" in name), None)
    if named is not None:
        raise InputError(message("named_log", column=Name(named)), FAMILY)
