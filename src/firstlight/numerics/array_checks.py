"""Checks of the arrays that a formula is given."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError, beyond_bounds, check_positive, shown, wrong_shape
from firstlight.texts import Code, Name, message

Floats = NDArray[np.float64]


def check_numbers(
    parameter: str,
    given: ArrayLike,
    low: float = -np.inf,
    high: float = np.inf,
    *,
    is_above: bool = False,
) -> Floats:
    """The numbers of an array, each finite and from ``low`` to ``high``; and above 0 where asked.

    Raises InputError for the first that isn't, with its position, counted from 0.

    >>> check_numbers("flows", [1, 2], low=0).tolist()
    [1.0, 2.0]
    """
    try:
        held = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        values = {"parameter": Name(parameter), "value": shown(given)}
        raise InputError(message("wrong_kind", kind=Code("kinds.number"), **values)) from error
    if is_above:
        low = np.nextafter(0, 1)
    bad = np.argwhere(~(np.isfinite(held) & (held >= low) & (held <= high)))
    if len(bad):
        at = tuple(bad[0].tolist())
        place = f"{parameter}{list(at)}" if at else parameter
        if is_above:
            check_positive(place, float(held[at]))
        least = float(low) if np.isfinite(low) else None
        most = float(high) if np.isfinite(high) else None
        raise beyond_bounds(place, float(held[at]), least, most)
    return held


def check_shape(parameter: str, given: NDArray[Any], *wanted: int | None) -> None:
    """Raise InputError where an array has another shape; None stands for any length.

    >>> check_shape("weights", np.ones((2, 3)), None, 3)
    """
    fits = given.ndim == len(wanted)
    if not fits or any(w not in (None, n) for n, w in zip(given.shape, wanted, strict=True)):
        lengths = ", ".join(map(str, wanted)).replace("None", "n")
        raise wrong_shape(parameter, given.shape, f"({lengths})")


def check_symmetric(parameter: str, given: Floats) -> None:
    """Raise InputError where an array is no symmetric matrix of finite numbers.

    >>> check_symmetric("weights", np.ones((2, 2)))
    """
    check_square(parameter, given)
    check_numbers(parameter, given)
    if not np.allclose(given, given.T):
        one, other = np.unravel_index(np.abs(given - given.T).argmax(), given.shape)
        ends = {"one": Name(str(one)), "other": Name(str(other))}
        raise InputError(message("not_symmetric", parameter=Name(parameter), **ends))


def check_square(parameter: str, given: Any) -> None:
    """Raise InputError where an array, dense or sparse, is no square matrix.

    >>> check_square("weights", np.ones((2, 2)))
    """
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise wrong_shape(parameter, given.shape, "(n, n)")
