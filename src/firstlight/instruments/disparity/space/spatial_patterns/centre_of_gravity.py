"""Where the centre of something lies, and how it is spread: weighted mean centre and standard
deviational ellipse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.numerics.globe import EARTH_KM

Array = NDArray[np.float64]
DIRECTIONS = (
    "north",
    "north_east",
    "east",
    "south_east",
    "south",
    "south_west",
    "west",
    "north_west",
)


@dataclass(frozen=True)
class Centre:
    """A centre and an ellipse around it.

    longitude, latitude : of the centre, in degrees
    major_km, minor_km  : half axes, one standard deviation along each
    angle : of the major axis, in degrees clockwise from the north, 0 up to 180
    """

    longitude: float
    latitude: float
    major_km: float
    minor_km: float
    angle: float

    @property
    def area_km2(self) -> float:
        """Area of the ellipse."""
        return float(np.pi * self.major_km * self.minor_km)


def centre_of_gravity(points: Array, weights: ArrayLike) -> Centre:
    """The weighted mean of longitudes and latitudes, and the standard deviational ellipse.

    The half axes are the roots of the eigenvalues of the weighted covariance, in km on the plane
    that touches the globe at the centre.

    Parameters
    ----------
    points
        (n, 2), longitude and latitude in degrees, not across the antimeridian.
    weights
        (n,), 0 or above, with a sum above 0.

    Returns
    -------
    Centre. Axes with the factor √2 of some programs are as many times longer.

    References
    ----------
    Lefever (1926), American Journal of Sociology 32(1), 88-94; Yuill (1971), Geografiska Annaler B
    53(1), 28-39.

    Examples
    --------
    >>> found = centre_of_gravity(np.array([[0.0, -1], [0, 1], [0, 3]]), [1, 1, 2])
    >>> found.latitude, round(found.angle), round(found.major_km)
    (1.5, 0, 184)
    """
    share = np.asarray(weights, dtype=float) / np.sum(weights)
    middle = share @ points
    east = np.cos(np.radians(middle[1])) * np.radians(points[:, 0] - middle[0])
    plane = EARTH_KM * np.column_stack([east, np.radians(points[:, 1] - middle[1])])
    spread, axes = np.linalg.eigh((plane * share[:, None]).T @ plane)
    minor, major = np.sqrt(np.maximum(spread, 0.0))
    x, y = axes[:, 1]
    angle = round(float(np.degrees(np.arctan2(x, y))), 9) % 180
    return Centre(float(middle[0]), float(middle[1]), float(major), float(minor), angle)


def compass(one: tuple[float, float], other: tuple[float, float]) -> str:
    """One of the eight directions in which a point lies from another.

    >>> compass((110.0, 30.0), (111.0, 29.0))
    'south_east'
    """
    east = (other[0] - one[0]) * np.cos(np.radians((one[1] + other[1]) / 2))
    turn = np.degrees(np.arctan2(east, other[1] - one[1])) % 360
    return DIRECTIONS[int((turn + 22.5) // 45) % 8]
