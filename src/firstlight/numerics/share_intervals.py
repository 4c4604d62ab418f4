"""Intervals of shares that keep within 0 and 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.numerics.distributions import critical_z

Floats = NDArray[np.float64]


def wilson(successes: Any, trials: Any, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's interval of a share; nan where there are no trials.

    (p + z^2/2n +- z sqrt(p (1 - p) / n + z^2/4n^2)) / (1 + z^2/n)

    successes, trials : (n,) or numbers
    Returns the lower and the upper ends.

    Source: Wilson (1927), Journal of the American Statistical Association 22(158), 209-212.

    >>> [float(end.round(4)) for end in wilson(0, 10)]
    [0.0, 0.2775]
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    z = critical_z(level)
    m = np.where(n > 0, n, np.nan)
    middle = (k + z * z / 2) / (m + z * z)
    half = z / (m + z * z) * np.sqrt(k * (m - k) / m + z * z / 4)
    # where nothing or everything was seen, rounding must not move the end off 0 or 1
    low = np.where(k == 0, np.where(n > 0, 0.0, np.nan), middle - half)
    high = np.where(k == n, np.where(n > 0, 1.0, np.nan), middle + half)
    return low, high
