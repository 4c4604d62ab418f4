"""How closely systems are coupled, and which of them lags behind the others."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Form = Literal["standard", "adjusted"]


def coupling_index(u: ArrayLike, form: Form = "standard") -> Floats:
    """The degree of coupling C of k systems.

    standard : their geometric over their arithmetic mean
    adjusted : sqrt((1 - mean |u_i - u_j|) (prod u_i / max u)^(1 / (k - 1))), which spreads over
               more of 0 to 1

    Parameters
    ----------
    u
        (n, k), scores from 0 to 1, k at least 2.
    form
        Which of the two.

    Returns
    -------
    (n,), 0 to 1; nan where a score is missing or all are 0.

    References
    ----------
    Wang, Kong and Ren 2021, Journal of Natural Resources 36(3), 793-810, equations 1 and 4.

    Examples
    --------
    >>> coupling_index([[0.5, 0.5], [0.9, 0.1]]).round(3).tolist()
    [1.0, 0.6]
    >>> coupling_index([[0.5, 0.5], [0.9, 0.1]], "adjusted").round(3).tolist()
    [1.0, 0.149]
    """
    u = np.asarray(u, float)
    k = u.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        if form == "standard":
            return np.asarray(np.prod(u, axis=1) ** (1 / k) / u.mean(axis=1))
        first, second = np.triu_indices(k, 1)
        apart = np.abs(u[:, first] - u[:, second]).mean(axis=1)
        to_largest = np.prod(u / u.max(axis=1, keepdims=True), axis=1) ** (1 / (k - 1))
        return np.asarray(np.sqrt((1 - apart) * to_largest))


def relative_development(u: ArrayLike) -> Floats:
    """The score of each of k systems over the mean of the others; of two, u_1 / u_2 and u_2 / u_1.

    Parameters
    ----------
    u
        (n, k), scores from 0 to 1, k at least 2.

    Returns
    -------
    (n, k), 1 for systems in step; nan where a score is missing or the others are all 0.

    Examples
    --------
    >>> relative_development([[0.4, 0.5], [0.2, 0.4]]).round(3).tolist()
    [[0.8, 1.25], [0.5, 2.0]]
    >>> relative_development([[0.3, 0.5, 0.7]]).round(3).tolist()
    [[0.5, 1.0, 1.75]]
    """
    u = np.asarray(u, float)
    others = np.stack([np.delete(u, j, axis=1).mean(axis=1) for j in range(u.shape[1])], axis=1)
    return np.asarray(u / np.where(others > 0, others, np.nan))
