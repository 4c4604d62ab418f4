"""Checks of the numbers that a model is given: above 0, one for each year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError, check_positive, shown, wrong_shape
from firstlight.texts import Count, Name, message

FAMILY = Path(__file__).parent


def check_all_positive(**given: float) -> None:
    """Raise InputError where a number is not above 0 and finite.

    >>> check_all_positive(saturation=100.0, duration=20.0)
    """
    for parameter, value in given.items():
        check_positive(parameter, value)


def check_one_a_year(years: NDArray[Any], **given: NDArray[Any]) -> None:
    """Raise InputError where an array does not hold one value for each of the years.

    >>> check_one_a_year(np.arange(3), costs=np.ones(3))
    """
    for parameter, values in given.items():
        if years.ndim != 1 or values.shape != years.shape:
            raise wrong_shape(parameter, values.shape, f"({years.size},)")


def check_once(years: NDArray[Any]) -> None:
    """Raise InputError naming a year that stands twice.

    >>> check_once(np.array([2001, 2000]))
    """
    seen, counts = np.unique(years, return_counts=True)
    if (counts > 1).any():
        year = Name(f"{seen[counts > 1][0]:.10g}")
        raise InputError(message("year_twice", year=year), FAMILY)


def whole_years(years: NDArray[np.float64]) -> NDArray[np.int64]:
    """The years as whole numbers.

    Raises  InputError naming one that is not whole, or stands twice.

    >>> whole_years(np.array([2001.0, 2000.0])).tolist()
    [2001, 2000]
    """
    bad = np.flatnonzero(~np.isfinite(years) | (years != np.round(years)))
    if bad.size:
        year, position = shown(years[bad[0]]), Count(bad[0])
        raise InputError(message("not_a_whole_year", year=year, position=position), FAMILY)
    check_once(years)
    return years.astype(np.int64)
