"""Checks of the arrays that a formula is given."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import check_bounds, wrong_shape

Floats = NDArray[np.float64]


def check_numbers(
    parameter: str, given: ArrayLike, low: float = -np.inf, high: float = np.inf
) -> Floats:
    """The numbers of an array, each finite and from ``low`` to ``high``.

    Raises InputError for the first that isn't, with its position, counted from 0.

    >>> check_numbers("flows", [1, 2], low=0).tolist()
    [1.0, 2.0]
    """
    held = np.asarray(given, dtype=np.float64)
    bad = np.argwhere(~(np.isfinite(held) & (held >= low) & (held <= high)))
    if len(bad):
        at = tuple(bad[0].tolist())
        limit = np.finfo(np.float64).max
        place = f"{parameter}{list(at)}" if at else parameter
        check_bounds(place, float(held[at]), max(low, -limit), min(high, limit))
    return held


def check_shape(parameter: str, given: NDArray[Any], *wanted: int | None) -> None:
    """Raise InputError where an array has another shape; None stands for any length.

    >>> check_shape("weights", np.ones((2, 3)), None, 3)
    """
    fits = given.ndim == len(wanted)
    if not fits or any(w not in (None, n) for n, w in zip(given.shape, wanted, strict=True)):
        lengths = ", ".join("n" if each is None else str(each) for each in wanted)
        raise wrong_shape(parameter, given.shape, f"({lengths})")


def check_square(parameter: str, given: NDArray[Any]) -> None:
    """Raise InputError where an array is no square matrix.

    >>> check_square("weights", np.ones((2, 2)))
    """
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise wrong_shape(parameter, given.shape, "(n, n)")
