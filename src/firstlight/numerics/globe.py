"""Ways along the surface of the Earth, taken as a sphere."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
EARTH_KM = 6371.0088  # mean radius, International Union of Geodesy and Geophysics


def on_sphere(latitude: ArrayLike, longitude: ArrayLike) -> Floats:
    """Points of the unit sphere from degrees, so that distances are those of great circles.

    Returns (n, 3).

    >>> on_sphere([90.0], [0.0]).round(3).tolist()
    [[0.0, 0.0, 1.0]]
    """
    phi, lam = (np.radians(np.asarray(each, dtype=float)) for each in (latitude, longitude))
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def way_of_chord(chord: Floats) -> Floats:
    """Km along the surface from straight distances through the unit sphere.

    >>> way_of_chord(np.array([2.0])).round(1).tolist()
    [20015.1]
    """
    # a chord from pole to pole may be longer than 2 by rounding
    return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(chord / 2, 1)), dtype=float)


def great_circle_km(
    longitude: ArrayLike, latitude: ArrayLike, to_longitude: ArrayLike, to_latitude: ArrayLike
) -> Any:
    """Km along the surface from points to others, all in degrees (haversine).

    >>> round(float(great_circle_km(0.0, 0.0, 1.0, 0.0)), 3)
    111.195
    """
    x, y, to_x, to_y = map(np.radians, (longitude, latitude, to_longitude, to_latitude))
    half = np.sin((to_y - y) / 2) ** 2 + np.cos(y) * np.cos(to_y) * np.sin((to_x - x) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
