"""Plants of all industries on the map: read from a long frame, and how far apart they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from firstlight.errors import InputError
from firstlight.instruments.places.place_table import FAMILY, Array
from firstlight.numerics.globe import on_sphere, way_of_chord
from firstlight.numerics.long_frames import read_long
from firstlight.texts import Count, Figure, Name, message


@dataclass(frozen=True)
class Sites:
    """N sites: points (N, 2) in km, or (N, 3) on the unit sphere; sizes (N,); is_case (N,)."""

    points: Array
    sizes: Array
    is_case: NDArray[np.bool_]


def as_km(straight: Array, points: Array) -> Array:
    """Great-circle km from chords of the unit sphere (the haversine); planar distances as they are.

    >>> as_km(np.array([2.0]), np.zeros((1, 3))).round(1).tolist()
    [20015.1]
    """
    if points.shape[1] == 2:
        return straight
    return way_of_chord(straight)


def pair_distances(points: Array) -> Array:
    """Distances in km of all pairs i < j, in the order of scipy's ``pdist``.

    points : (n, 2) in km, or (n, 3) on the unit sphere

    >>> pair_distances(np.array([[0.0, 0.0], [3.0, 4.0]])).tolist()
    [5.0]
    """
    return as_km(pdist(points), points)


def plant_sites(
    frame: Any, case: str, xy: tuple[str, str], industry: str, size: str | None, geographic: bool
) -> Sites:
    """Plants of all industries from a long frame, in an order that does not hang on the frame's.

    xy : columns of longitude and latitude in degrees (``geographic``), or of planar km; size :
         column of weights, or None
    Returns Sites.
    Raises  InputError naming the industry of a plant without coordinates or size, or a case of
            fewer than 3 plants.

    >>> rows = pl.DataFrame({"i": ["a", "a", "a"], "x": [0, 1, 2], "y": [0, 0, 0]})
    >>> plant_sites(rows, "a", ("x", "y"), "i", None, False).points.tolist()
    [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]
    """
    numbers = {"x": xy[0], "y": xy[1]}
    if size:
        numbers["size"] = size
    rows = read_long(frame, {"industry": industry, **numbers}, list(numbers))
    for name, own in numbers.items():
        bad = rows[name].is_null()
        if name == "size":
            bad = ~(rows[name] > 0).fill_null(False)
        if bad.any():
            row = rows.filter(bad).row(0, named=True)
            about = {"industry": Name(row["industry"]), "column": Name(own)}
            if row[name] is None:
                raise InputError(message("plant_without", **about), FAMILY)
            raise InputError(message("plant_of_size", size=Figure(row[name]), **about), FAMILY)
    rows = rows.sort("industry", *numbers)  # the same draws whatever the order of rows
    if geographic and rows.filter((pl.col("y").abs() > 90) | (pl.col("x").abs() > 360)).height:
        raise InputError(message("no_degrees", x=Name(xy[0]), y=Name(xy[1])), FAMILY)
    is_case = (rows["industry"] == case).to_numpy()
    if is_case.sum() < 3:
        of = {"case": Name(case), "column": Name(industry)}
        raise InputError(message("few_plants", count=Count(is_case.sum()), **of), FAMILY)
    points, sizes = rows.select("x", "y").to_numpy(), np.ones(rows.height)
    if geographic:
        points = on_sphere(rows["y"], rows["x"])
    if size:
        sizes = rows["size"].to_numpy()
    return Sites(points, sizes, is_case)


def median_distance(
    points: Array, rng: np.random.Generator, most: int = 2_000
) -> tuple[float, Array]:
    """The median distance between sites, and the sorted distances; of a sample where many.

    >>> median_distance(np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]]), np.random.default_rng(0))[0]
    2.0
    """
    if points.shape[0] <= most:
        some = points
    else:
        some = points[np.sort(rng.choice(points.shape[0], most, replace=False))]
    apart = np.sort(pair_distances(some))
    return float(np.median(apart)), apart
