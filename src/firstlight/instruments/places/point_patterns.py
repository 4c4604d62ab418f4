"""Clustering at every distance: Duranton and Overman's K-density, Marcon and Puech's M."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

from firstlight.errors import InputError, check_bounds, check_level, shown
from firstlight.instruments.places.place_table import FAMILY, Array
from firstlight.instruments.places.plant_sites import (
    Sites,
    as_km,
    median_distance,
    pair_distances,
    plant_sites,
)
from firstlight.numerics.resampling import percentile_interval
from firstlight.texts import Name, message

# distances are counted in bins this fine: an error below 1 in 1000 of the density
BINS_PER_BANDWIDTH = 16
CHUNK = 2_000_000  # distances held at a time
NO_SPREAD = 1e-12  # of the mean: curves that differ by less are the same but for rounding


@dataclass(frozen=True)
class PointPattern:
    """The curve of one industry, and what random patterns show.

    table        : distance_km, observed (K-density per km, or M, 1 by chance), mean, local_low,
                   local_high, global_low, global_high (the same unit), is_localised, is_dispersed
                   (outside the global band), reason (``not_defined`` in every draw)
    p_value      : of the whole curve
    bandwidth_km : of the K-density, nan for M
    cases_count, sites_count : plants of the industry, and of all
    """

    table: pl.DataFrame
    p_value: float
    bandwidth_km: float
    cases_count: int
    sites_count: int


@dataclass(frozen=True)
class Envelope:
    """Bands of simulated curves, each (distances,), and the test of the whole observed curve.

    mean : of all curves; local_low, local_high : quantiles at each distance; global_low,
    global_high : the band that a whole random curve leaves with chance 1 - level; p_value : of the
    observed curve, by its largest deviation"""

    mean: Array
    local_low: Array
    local_high: Array
    global_low: Array
    global_high: Array
    p_value: float


def envelope(observed: Array, simulated: Array, level: float) -> Envelope:
    """Local and global bands from simulated curves; the observed one counts among them.

    So the p-value is exact.

    The deviation of a curve at a distance is its gap to the mean over the gap of the upper (or
    lower) local quantile, so that skewness and unequal spread do not matter; the global band holds
    curves whose largest deviation is not among the rarest. Distances at which the curves do not
    differ, or are not defined, are left out of the test.

    observed : (distances,); simulated : (draws, distances); level : share of random curves that
               stay inside, 0 to 1
    Returns Envelope.
    Source: Myllymäki, Mrkvička, Grabarnik, Seijo and Hahn (2017), Journal of the Royal Statistical
            Society B 79(2), 381-404 (directional quantile envelope). Duranton and Overman (2005),
            Review of Economic Studies 72(4), 1077-1106, build theirs from ranks of the same curves.

    >>> envelope(np.array([9.0]), np.arange(19.0)[:, None] / 10, 0.9).p_value
    0.05
    """
    curves = np.vstack([observed, simulated])
    defined = np.isfinite(curves).all(axis=0)
    known = np.where(defined, curves, 0.0)
    middle = known.mean(axis=0)
    low, high = percentile_interval(known, level, axis=0)
    up, down = high - middle, middle - low
    spread = defined & (up > NO_SPREAD * np.abs(middle)) & (down > NO_SPREAD * np.abs(middle))
    gap = known - middle
    deviation = np.where(gap >= 0, gap / np.where(spread, up, 1), -gap / np.where(spread, down, 1))
    largest = np.where(spread, deviation, 0).max(axis=1)
    # so many curves may lie outside; with none, the band is the widest
    rare = int((1 - level) * largest.size + 1e-9)
    reach = float(np.sort(largest)[largest.size - 1 - rare])
    bands = [middle, low, high, middle - reach * down, middle + reach * up]
    mean, local_low, local_high, global_low, global_high = (
        np.where(defined, band, np.nan) for band in bands
    )
    # A curve of the same deviation but for rounding is as rare as this one.
    p_value = float((largest >= largest[0] * (1 - 1e-12)).mean())
    return Envelope(mean, local_low, local_high, global_low, global_high, p_value)


def k_density_curve(
    points: Array,
    distances: ArrayLike,
    bandwidth: float,
    sizes: ArrayLike | None = None,
    *,
    binned: bool = False,
) -> Array:
    """The density of distances between plants, smoothed: how many pairs are d apart.

    K(d) = sum_{i<j} w_i w_j [f((d - d_ij)/h) + f((d + d_ij)/h)] / (h sum_{i<j} w_i w_j), f normal;
    the second term reflects at 0, so that no density is lost there.

    points : (n, 2) km or (n, 3) unit sphere, n >= 2; distances : (D,) km, 0 or more; bandwidth : h,
             km
    sizes  : (n,) weights w, above 0; None: each pair counts once
    binned : count distances in bins of h/16 first (the error is below 1 in 1000)
    Returns (D,), per km; it adds up to 1 over all distances.
    Source: Duranton and Overman (2005), Review of Economic Studies 72(4), 1077-1106; Silverman
            (1986), Density Estimation for Statistics and Data Analysis (reflection).

    >>> k_density_curve(np.array([[0.0, 0.0], [10.0, 0.0]]), [10.0], 1.0).round(4).tolist()
    [0.3989]
    """
    grid, apart = np.asarray(distances, dtype=float), pair_distances(points)
    weight = np.ones_like(apart)
    if sizes is not None:
        one, other = np.triu_indices(points.shape[0], 1)
        w = np.asarray(sizes, dtype=float) / np.max(sizes)
        weight = w[one] * w[other]
    total = weight.sum()
    if binned:
        step = bandwidth / BINS_PER_BANDWIDTH
        near = apart <= grid.max() + 6 * bandwidth
        at, weight = apart[near] / step, weight[near]
        bin_of = at.astype(np.int64)
        # each distance is shared by the two bins beside it: the error is of second order
        share = at - bin_of
        shared = weight * share
        bins = int(bin_of.max(initial=0)) + 2
        weight = np.bincount(bin_of, weight * (1 - share), bins).astype(float)
        weight += np.bincount(bin_of + 1, shared, bins)
        apart = np.asarray(step * np.arange(bins), dtype=float)
    found = np.zeros(grid.size)
    for start in range(0, apart.size, max(CHUNK // grid.size, 1)):
        part = slice(start, start + max(CHUNK // grid.size, 1))
        z, reflected = (
            (grid[:, None] - apart[part]) / bandwidth,
            (grid[:, None] + apart[part]) / bandwidth,
        )
        found += ((np.exp(-(z**2) / 2) + np.exp(-(reflected**2) / 2)) * weight[part]).sum(axis=1)
    return np.asarray(found / (bandwidth * (2 * np.pi) ** 0.5 * total), dtype=float)


def m_curve(
    case_points: Array,
    case_sizes: ArrayLike,
    neighbour_sizes: Array,
    total_size: float,
    radii: Array,
) -> Array:
    """Marcon and Puech's M: the industry's share of neighbours, over its share of all else.

    M(r) = sum_i [sum_{j in cases, d_ij <= r} w_j / sum_{j of any kind, d_ij <= r} w_j] / sum_i (W_c
    - w_i) / (W - w_i), j != i. Plants without a neighbour within r are left out of both sums.

    case_points : (n, 2) or (n, 3); case_sizes : (n,); radii : (R,) km, rising
    neighbour_sizes : (n, R), size of all other plants within r of each case; total_size : W
    Returns (R,); 1 by chance, 2 where the industry is twice as frequent near its own; nan where no
    plant has a neighbour.
    Source: Marcon and Puech (2010), Journal of Economic Geography 10(5), 745-762.

    >>> line = np.array([[0.0, 0.0], [1.0, 0.0]])
    >>> m_curve(line, [1, 1], np.array([[2.0], [2.0]]), 4.0, np.array([1.5])).tolist()
    [1.5]
    """
    w = np.asarray(case_sizes, dtype=float)
    n, rings = w.size, radii.size
    ring = np.searchsorted(radii, pair_distances(case_points))
    one, other = np.triu_indices(n, 1)
    near = ring < rings
    one, other, ring = one[near], other[near], ring[near]
    cells = np.bincount(one * rings + ring, w[other], n * rings) + np.bincount(
        other * rings + ring, w[one], n * rings
    )
    own = cells.reshape(n, rings).cumsum(axis=1).astype(float)  # of no pair, the counts are whole
    there = neighbour_sizes > 0
    local = np.divide(own, neighbour_sizes, out=np.zeros_like(own), where=there).sum(axis=0)
    whole = np.where(there, ((w.sum() - w) / (total_size - w))[:, None], 0).sum(axis=0)
    return np.asarray(
        np.divide(local, whole, out=np.full(rings, np.nan), where=whole > 0), dtype=float
    )


def neighbour_sizes(sites: Sites, radii: Array) -> Array:
    """Size of all other sites within each radius of every site: (N, R).

    radii : (R,) km, rising

    >>> points = np.array([[0.0, 0.0], [1.0, 0.0]])
    >>> pair = Sites(points, np.array([2.0, 3.0]), np.array([True, False]))
    >>> neighbour_sizes(pair, np.array([0.5, 1.0])).tolist()
    [[0.0, 3.0], [0.0, 2.0]]
    """
    n, rings = sites.sizes.size, radii.size
    found = np.zeros((n, rings))
    rows = max(CHUNK // n, 1)
    for start in range(0, n, rows):
        ring = np.searchsorted(
            radii, as_km(cdist(sites.points[start : start + rows], sites.points), sites.points)
        )
        here = np.arange(ring.shape[0])
        ring[here, start + here] = rings  # not its own neighbour
        cells = here[:, None] * (rings + 1) + ring
        weight = np.broadcast_to(sites.sizes, ring.shape)
        counted = np.bincount(cells.ravel(), weight.ravel(), ring.shape[0] * (rings + 1)).reshape(
            -1, rings + 1
        )
        found[start : start + rows] = counted[:, :rings].cumsum(axis=1)
    return found


def k_density(
    frame: Any,
    case: str,
    *,
    x: str = "longitude",
    y: str = "latitude",
    industry: str = "industry",
    size: str | None = None,
    geographic: bool = True,
    distances: ArrayLike | None = None,
    bandwidth: float | None = None,
    draws: int = 999,
    level: float = 0.95,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> PointPattern:
    """The K-density of one industry, beside what as many plants on random sites of all plants show.

    A draw puts the industry's own plants, with their sizes, on sites drawn without replacement.

    Parameters
    ----------
    frame
        A row for each plant.
    case
        The industry.
    x, y
        Columns of degrees (``geographic``) or of planar km.
    industry
        Column of the industries.
    size
        Column of weights, or None.
    geographic
        Whether distances are taken on the globe; else on a plane.
    distances
        (D,) km; None: 60 from 0 to the median distance between sites (a sample of 2,000).
    bandwidth
        In km; None: Silverman's 0.9 min(sd, IQR/1.34) n^-1/5, of distances between sites and n the
        industry's pairs: the same for the industry and for every draw.
    draws
        Random patterns, 19 or more.
    level
        Probability that a random pattern stays within the band.
    seed
        Seed of the draws.
    progress
        Called with the draws done and all of them.

    Returns
    -------
    PointPattern, with ``table`` (distance_km, observed, mean, local and global bands, is_localised,
    is_dispersed), ``p_value`` of the whole curve, ``bandwidth_km``, ``cases_count`` and
    ``sites_count``.

    Raises
    ------
    InputError
        Naming a row without coordinates, an unknown or too small industry, or an option out of
        range.

    References
    ----------
    Duranton and Overman (2005), Review of Economic Studies 72(4), 1077-1106; Silverman (1986),
    Density Estimation for Statistics and Data Analysis, eq. 3.31 (bandwidth); the global band as in
    ``envelope``.

    Examples
    --------
    >>> x, y = [0.0, 0, 1, 1, 9, 5, 7, 3], [0.0, 1, 0, 1, 9, 2, 4, 8]
    >>> rows = pl.DataFrame({"industry": list("aaaabbbb"), "x": x, "y": y})
    >>> k_density(rows, "a", x="x", y="y", geographic=False, draws=19).cases_count
    4
    """
    sites = plant_sites(frame, case, (x, y), industry, size, geographic)
    _check_options(draws, level)
    rng = np.random.default_rng(seed)
    top, apart = median_distance(sites.points, rng)
    grid = _checked_distances(np.linspace(0, top, 60) if distances is None else distances)
    n = int(sites.is_case.sum())
    if bandwidth is None:
        low, high = np.quantile(apart, [0.25, 0.75])
        bandwidth = (
            0.9 * min(float(apart.std()), float(high - low) / 1.34) * (n * (n - 1) / 2) ** -0.2
        )
    if not 0 < bandwidth < np.inf:
        raise InputError(message("bad_bandwidth", bandwidth=shown(bandwidth)), FAMILY)
    own = None if size is None else sites.sizes[sites.is_case]
    observed = k_density_curve(sites.points[sites.is_case], grid, bandwidth, own, binned=True)
    curves = np.empty((draws, grid.size))
    for k in range(draws):
        at = rng.choice(sites.sizes.size, n, replace=False)
        curves[k] = k_density_curve(sites.points[at], grid, bandwidth, own, binned=True)
        if progress is not None:
            progress(k + 1, draws)
    return _pattern(grid, observed, envelope(observed, curves, level), sites, float(bandwidth))


def m_function(
    frame: Any,
    case: str,
    *,
    x: str = "longitude",
    y: str = "latitude",
    industry: str = "industry",
    size: str | None = None,
    geographic: bool = True,
    distances: ArrayLike | None = None,
    draws: int = 999,
    level: float = 0.95,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> PointPattern:
    """Marcon and Puech's M of one industry at every radius, beside random labels.

    A draw deals anew which plants are of the industry; sites keep their sizes.

    Parameters
    ----------
    frame
        A row for each plant.
    case
        The industry; others must be there, too.
    x, y
        Columns of degrees (``geographic``) or of planar km.
    industry
        Column of the industries.
    size
        Column of weights, or None.
    geographic
        Whether distances are taken on the globe; else on a plane.
    distances
        (R,) km above 0; None: 30 up to the median distance between sites.
    draws
        Random patterns, 19 or more.
    level
        Probability that a random pattern stays within the band.
    seed
        Seed of the draws.
    progress
        Called with the draws done and all of them.

    Returns
    -------
    PointPattern, as ``k_density``. M is cumulative: 2 says that within r the industry is twice as
    frequent around its plants as overall.

    Raises
    ------
    InputError
        As ``k_density``, and where all plants are of the industry.

    References
    ----------
    Marcon and Puech (2010), Journal of Economic Geography 10(5), 745-762; the global band as in
    ``envelope``.

    Examples
    --------
    >>> x, y = [0.0, 0, 1, 1, 9, 5, 7, 3], [0.0, 1, 0, 1, 9, 2, 4, 8]
    >>> rows = pl.DataFrame({"industry": list("aaaabbbb"), "x": x, "y": y})
    >>> plane = {"x": "x", "y": "y", "geographic": False}
    >>> found = m_function(rows, "a", **plane, distances=[2.0], draws=19)
    >>> found.table["observed"].round(3).to_list()
    [2.333]
    """
    sites = plant_sites(frame, case, (x, y), industry, size, geographic)
    _check_options(draws, level)
    if sites.is_case.all():
        raise InputError(message("no_other_plants", case=Name(case)), FAMILY)
    rng = np.random.default_rng(seed)
    top = median_distance(sites.points, rng)[0]
    radii = _checked_distances(np.linspace(0, top, 31)[1:] if distances is None else distances)
    around, total, n = (
        neighbour_sizes(sites, radii),
        float(sites.sizes.sum()),
        int(sites.is_case.sum()),
    )

    def of(at: NDArray[np.int64]) -> Array:
        return m_curve(sites.points[at], sites.sizes[at], around[at], total, radii)

    observed = of(np.flatnonzero(sites.is_case))
    curves = np.empty((draws, radii.size))
    for k in range(draws):
        curves[k] = of(np.sort(rng.choice(sites.sizes.size, n, replace=False)))
        if progress is not None:
            progress(k + 1, draws)
    return _pattern(radii, observed, envelope(observed, curves, level), sites, float("nan"))


def _check_options(draws: int, level: float) -> None:
    check_bounds("draws", draws, 19)
    check_level(level)


def _checked_distances(distances: ArrayLike) -> Array:
    grid = np.asarray(distances, dtype=float)
    if (
        grid.ndim != 1
        or grid.size == 0
        or not np.isfinite(grid).all()
        or grid[0] < 0
        or (np.diff(grid) <= 0).any()
    ):
        raise InputError(message("bad_distances"), FAMILY)
    return grid


def _pattern(
    grid: Array, observed: Array, found: Envelope, sites: Sites, bandwidth: float
) -> PointPattern:
    bands = {name: value for name, value in vars(found).items() if name != "p_value"}
    table = pl.DataFrame({"distance_km": grid, "observed": observed, **bands})
    table = table.with_columns(pl.selectors.float().fill_nan(None)).with_columns(
        is_localised=pl.col("observed") > pl.col("global_high"),
        is_dispersed=pl.col("observed") < pl.col("global_low"),
        reason=pl.when(pl.col("mean").is_null()).then(pl.lit("not_defined")),
    )
    cases = int(sites.is_case.sum())
    return PointPattern(table, found.p_value, bandwidth, cases, sites.sizes.size)
