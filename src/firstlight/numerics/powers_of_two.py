"""Numbers of any size brought near 1 without rounding: squares neither overflow nor vanish."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def near_one(values: ArrayLike, axis: int | None = None) -> Floats:
    """The values divided by the power of two that brings the largest size below 1.

    Statistics that no unit of measurement changes are the same to the last digit.

    Parameters
    ----------
    values
        Of any shape, nan where missing.
    axis
        Along which the largest is taken; None for one of all values.

    Returns
    -------
    The same shape; all 0 and nan stay as they are.

    Examples
    --------
    >>> near_one([3.0, 6.0]).tolist()
    [0.375, 0.75]
    """
    x = np.asarray(values, float)
    if not x.size:
        return x
    largest = np.fmax.reduce(np.abs(x), axis=axis, keepdims=True)
    _, exponent = np.frexp(np.nan_to_num(largest))
    return np.asarray(np.ldexp(x, -exponent))
