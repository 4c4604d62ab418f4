"""More clustered than chance: Ellison-Glaeser and Maurel-Sédillot.

Symbols: s_m share of the industry in place m, x_m share of place m in the whole, z_k share of plant
k in its industry, H = sum z^2 the plant Herfindahl, G = sum (s - x)^2, K = 1 - sum x^2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.special import ndtr

from firstlight.errors import (
    InputError,
    check_bounds,
    check_enough,
    check_positive,
    excludes,
    low_value,
    several_values,
)
from firstlight.instruments.places.place_table import ALMOST_ALL
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.numerics.long_frames import nan_to_null, read_long
from firstlight.numerics.optional_arrays import array_or
from firstlight.numerics.row_checks import one_value_each, refuse_low, refuse_missing


@dataclass(frozen=True)
class AgglomerationIndex:
    """The indices of one industry.

    ellison_glaeser, maurel_sedillot : 0 by chance, above where clustered, nan where undefined
    raw : G; herfindahl : of plants; z : G against the dartboard, in standard deviations
    """

    ellison_glaeser: float
    maurel_sedillot: float
    raw: float
    herfindahl: float
    z: float


def agglomeration_index(
    plant_sizes: ArrayLike,
    plant_places: ArrayLike,
    place_shares: ArrayLike,
    plant_counts: ArrayLike | None = None,
) -> AgglomerationIndex:
    """Ellison-Glaeser's gamma and Maurel-Sédillot's, of the plants of one industry.

    gamma_EG = (G / K - H) / (1 - H); gamma_MS = ((sum s^2 - sum x^2) / K - H) / (1 - H).
    var(G) by chance = 2 {H^2 [X2 - 2 X3 + X2^2] - sum z^4 [X2 - 4 X3 + 3 X2^2]}, with Xj = sum x^j.

    Parameters
    ----------
    plant_sizes
        (n,), above 0.
    plant_places
        (n,), whole, positions in ``place_shares``.
    place_shares
        (M,), not negative; made to add up to 1.
    plant_counts
        (n,), plants that a row stands for, taken as equal in size; 1 if None. H is then the least
        possible, and both indices the greatest.

    Returns
    -------
    AgglomerationIndex, with ``ellison_glaeser``, ``maurel_sedillot``, ``raw`` (G), ``herfindahl``
    (H) and ``z`` (G against the dartboard, in standard deviations); indices are nan with one plant
    (H = 1) or one place (K = 0).

    Raises
    ------
    InputError
        Naming a size, count or place that can't be used.

    References
    ----------
    Ellison and Glaeser (1997), Journal of Political Economy 105(5), 889-927, eq. 5; Maurel and
    Sédillot (1999), Regional Science and Urban Economics 29(5), 575-604, eq. 7.

    Examples
    --------
    >>> sizes = [200, 650, 12000, 100, 50, 16000, 13000, 1500, 1500, 25000]
    >>> places = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2]
    >>> round(agglomeration_index(sizes, places, [5, 4, 1]).ellison_glaeser, 8)
    0.05990628
    """
    size = check_numbers("plant_sizes", plant_sizes, is_above=True)
    x = check_numbers("place_shares", place_shares, 0)
    at = check_numbers("plant_places", plant_places)
    count = check_numbers("plant_counts", array_or(plant_counts, np.ones_like(size)), is_above=True)
    check_shape("plant_sizes", size, None)
    check_shape("place_shares", x, None)
    check_enough("observations", size.size, 1, "plant_sizes")
    check_positive("place_shares", x.sum())
    check_shape("plant_counts", count, size.size)
    check_shape("plant_places", at, size.size)
    at = check_numbers("plant_places", at, 0, x.size - 1).astype(int)
    x, z = x / x.sum(), size / size.sum()
    s = np.bincount(at, z, minlength=x.size)
    h, fourth = float((z**2 / count).sum()), float((z**4 / count**3).sum())
    found = index_from_herfindahl(s, x, h)
    x2, x3 = float((x**2).sum()), float((x**3).sum())
    variance = 2 * (h**2 * (x2 - 2 * x3 + x2**2) - fourth * (x2 - 4 * x3 + 3 * x2**2))
    if not (variance > 0 and np.isfinite(found.ellison_glaeser)):
        return replace(found, z=float("nan"))
    return replace(found, z=float((found.raw - (1 - x2) * h) / variance**0.5))


def index_from_herfindahl(
    industry_shares: ArrayLike, place_shares: ArrayLike, herfindahl: float
) -> AgglomerationIndex:
    """The same indices where the Herfindahl of plants is known; without a test against chance.

    Parameters
    ----------
    industry_shares, place_shares
        (M,), not negative; made to add up to 1.
    herfindahl
        H of plants, above 0, at most 1.

    Returns
    -------
    AgglomerationIndex, its z nan; indices are nan where H = 1 or all is in one place.

    Raises
    ------
    InputError
        For a Herfindahl or shares that can't be used.

    References
    ----------
    As ``agglomeration_index``.

    Examples
    --------
    >>> round(index_from_herfindahl([0.8, 0.2, 0.0], [1, 1, 2], 0.1).ellison_glaeser, 4)
    0.8756
    """
    s = check_numbers("industry_shares", industry_shares, 0)
    x = check_numbers("place_shares", place_shares, 0)
    check_bounds("herfindahl", herfindahl, 0, 1)
    check_positive("herfindahl", herfindahl)
    check_shape("place_shares", x, s.size)
    check_positive("industry_shares", s.sum())
    check_positive("place_shares", x.sum())
    s, x = s / s.sum(), x / x.sum()
    g, k = float(((s - x) ** 2).sum()), 1 - float((x**2).sum())
    if k < ALMOST_ALL or 1 - herfindahl < ALMOST_ALL:
        return AgglomerationIndex(np.nan, np.nan, g, herfindahl, np.nan)
    maurel_sedillot = (float((s**2).sum()) - (1 - k)) / k
    return AgglomerationIndex(
        (g / k - herfindahl) / (1 - herfindahl),
        (maurel_sedillot - herfindahl) / (1 - herfindahl),
        g,
        herfindahl,
        np.nan,
    )


def agglomeration(
    frame: Any,
    size: str,
    *,
    place: str = "place",
    industry: str = "industry",
    place_total: str | Mapping[str, float] | None = None,
    plants: str | None = None,
    herfindahl: str | None = None,
) -> pl.DataFrame:
    """Ellison-Glaeser and Maurel-Sédillot of every industry.

    Parameters
    ----------
    frame
        A row for each plant, or for each place and industry with counts.
    size
        Column of the plant's employment or output, above 0.
    place
        Column of the places.
    industry
        Column of the industries.
    place_total
        Column of the place's total in the same unit (the same in all its rows), or place -> total,
        which knows places without a plant in the frame, too: without them x is too large everywhere
        else; None: the sum of the frame's plants.
    plants
        Column of how many plants a row stands for; None: one.
    herfindahl
        Column of the industry's plant Herfindahl instead (the same in all its rows), above 0 and at
        most 1.

    Returns
    -------
    A row for each industry: industry, plants_count, value, places_count, ellison_glaeser_index,
    maurel_sedillot_index, raw_index, plant_herfindahl_index, dartboard_z, p_value (two-sided; both
    null where sizes of single plants are not known), reason.

    Raises
    ------
    InputError
        Naming place and industry of a number that can't be used, or a place of two totals.

    Examples
    --------
    >>> rows = pl.DataFrame({"place": list("aabb"), "industry": list("xxyy"), "jobs": [1, 1, 1, 1]})
    >>> agglomeration(rows, "jobs")["ellison_glaeser_index"].to_list()
    [1.0, 1.0]
    """
    given = {"size": size, "total": place_total, "plants": plants, "herfindahl": herfindahl}
    # totals handed in as numbers, and what was not given, are no columns
    numbers = {name: own for name, own in given.items() if isinstance(own, str)}
    if plants and herfindahl:
        raise InputError(excludes("plants", "herfindahl"))
    rows = read_long(frame, {"place": place, "industry": industry, **numbers}, list(numbers))
    rows = rows.sort("industry", "place", *numbers)
    for name, own in numbers.items():
        held = rows.select("place", "industry", pl.col(name).alias(own))
        refuse_missing(held, ["place", "industry"], own)
        refuse_low(held, ["place", "industry"], own, sign="positive")
    totals = _place_totals(rows, place_total)
    at = dict(zip(totals["place"].to_list(), range(totals.height), strict=True))
    x, found = totals["total"].to_numpy(), []
    for (name,), plants_of in rows.group_by("industry", maintain_order=True):
        sites = np.array([at[p] for p in plants_of["place"]])
        if herfindahl:
            jobs = np.bincount(sites, plants_of["size"].to_numpy(), len(at))
            index = index_from_herfindahl(
                jobs, x, _one_herfindahl(str(name), plants_of, herfindahl)
            )
        else:
            counts = plants_of["plants"].to_numpy() if plants else None
            index = agglomeration_index(plants_of["size"].to_numpy(), sites, x, counts)
        found.append(_agglomeration_row(str(name), plants_of, index, len(at)))
    return nan_to_null(pl.DataFrame(found, infer_schema_length=None))


def _place_totals(
    rows: pl.DataFrame, place_total: str | Mapping[str, float] | None
) -> pl.DataFrame:
    if place_total is None:
        return rows.group_by("place").agg(pl.col("size").sort().sum().alias("total")).sort("place")
    if not isinstance(place_total, str):
        lost = sorted(
            set(rows["place"]) - {name for name, total in place_total.items() if 0 < total < np.inf}
        )
        bad = [name for name, total in place_total.items() if not 0 <= total < np.inf]
        if lost or bad:
            name = (lost or bad)[0]
            raise low_value("place_total", place_total.get(name), "positive", name)
        known = {name: float(total) for name, total in place_total.items()}
        return pl.DataFrame({"place": list(known), "total": list(known.values())}).sort("place")
    totals = rows.select("place", "total").unique().sort("place", "total")
    one_value_each(totals.rename({"total": place_total}), "place", place_total)
    return totals


def _one_herfindahl(name: str, own: pl.DataFrame, column: str) -> float:
    known = own["herfindahl"].unique().sort().to_list()
    if len(known) > 1:
        raise several_values(column, name, known)
    check_bounds(f"{column} ({name})", known[0], 0, 1)
    return float(known[0])


def _plants(own: pl.DataFrame) -> float:
    """How many plants an industry's rows stand for; nan where only their Herfindahl is known."""
    if "herfindahl" in own.columns:
        return float("nan")
    if "plants" in own.columns:
        return float(own["plants"].sum())
    return float(own.height)


def _agglomeration_row(
    name: str, own: pl.DataFrame, index: AgglomerationIndex, places: int
) -> dict[str, Any]:
    reason, z = None, index.z
    if np.isnan(index.ellison_glaeser):
        reason = "one_place" if places == 1 else "one_plant"
    if "plants" in own.columns:  # the law of the index is that of single plants
        z = np.nan
    return {
        "industry": name,
        "plants_count": _plants(own),
        "value": float(own["size"].sum()),
        "places_count": own["place"].n_unique(),
        "ellison_glaeser_index": index.ellison_glaeser,
        "maurel_sedillot_index": index.maurel_sedillot,
        "raw_index": index.raw,
        "plant_herfindahl_index": index.herfindahl,
        "dartboard_z": z,
        "p_value": float(2 * ndtr(-abs(z))),
        "reason": reason,
    }
