"""Clusters: related industries in one place, how strong, how distinctive, and in which stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from firstlight.errors import (
    check_bounds,
    check_enough,
    check_known,
    check_positive,
)
from firstlight.instruments.places.industry_communities import (
    Communities,
    chance_of_communities,
    industry_communities,
    locational_relatedness,
    symmetric_quotients,
)
from firstlight.instruments.places.location_quotients import above_1, specialised_in
from firstlight.instruments.places.place_table import Array, PlaceTable, place_table, shares
from firstlight.measurement import Progress
from firstlight.numerics.array_checks import check_shape
from firstlight.numerics.growth_rates import annual_growth
from firstlight.numerics.long_frames import nan_to_null

STAGES = ("emerging", "growing", "mature", "declining")
LEAST_SPECIALISED = 2  # one industry is no cluster


@dataclass(frozen=True)
class Clusters:
    """Where communities of related industries are clusters.

    table      : place, cluster, value, cluster_quotient (LQ of the cluster), place_share (of the
                 place's total), cluster_share (of the cluster's total), specialised_count (member
                 industries with LQ of at least 1), members_count, is_cluster (cluster_quotient
                 above 1 and two industries specialised); with neighbours neighbour_quotient (LQ of
                 all neighbours together), is_distinctive, complement_share (of the member
                 industries it lacks, those in which a neighbour is specialised), overlap_share
                 (Jaccard, specialised members), is_complementary; with years growth_share (a
                 year), relative_growth_share (over that of everything), stage; reason
    industries : industry, cluster (null where it stands alone), within_relatedness,
                 beyond_relatedness
    names      : of the clusters, the largest first
    modularity : of the communities
    contrast   : mean relatedness within less that apart
    p_value    : chance of such a contrast without co-location, nan where relatedness was handed in
    """

    table: pl.DataFrame
    industries: pl.DataFrame
    names: tuple[str, ...]
    modularity: float
    contrast: float
    p_value: float


def place_clusters(
    frame: Any,
    value: str,
    *,
    place: str = "place",
    industry: str = "industry",
    year: str | None = None,
    relatedness: ArrayLike | None = None,
    neighbours: Sequence[tuple[str, str]] | None = None,
    distinct: float = 1.5,
    margin: float = 0.02,
    resolution: float | None = None,
    draws: int = 99,
    seed: int = 0,
    progress: Progress | None = None,
) -> Clusters:
    """Communities of related industries, and where they are clusters.

    The last year is described; with two years or more, growth is from the first to the last.
    Emerging: a cluster in the last year only. Growing, mature, declining: one in both, by relative
    growth; declining too where it was one and is no longer.

    Parameters
    ----------
    frame
        A row for each place and industry, and year.
    value
        Column of employment, output or counts, not negative.
    place
        Column of the places.
    industry
        Column of the industries.
    year
        Column of the years; None takes the whole frame as one year.
    relatedness
        (industries, industries) in the order of their sorted names, symmetric; None:
        ``locational_relatedness``, of the values of all years together.
    neighbours
        Pairs of places; a pair holds in both directions.
    distinct
        A cluster is distinctive where its quotient is this many times that of its neighbours.
    margin
        Growth beyond that of everything, per year, from which a cluster is growing, or below its
        negative declining.
    resolution
        Relatedness above which industries join, for more and smaller communities
        (``industry_communities``); None: modularity, by which the p-value is taken in any case.
    draws
        Shuffles for the p-value of co-location; 0 for none.
    seed
        Seed of the shuffles.
    progress
        Called with the shuffles that are done, and all of them.

    Returns
    -------
    Clusters, with ``table`` (a row for each place and cluster), ``industries`` (industry, cluster,
    within_relatedness, beyond_relatedness), ``names``, ``modularity``, ``contrast`` and
    ``p_value``.

    Raises
    ------
    InputError
        As ``place_table`` and ``industry_communities``, and naming a neighbour that is no place.

    References
    ----------
    Delgado, Porter and Stern (2016), Journal of Economic Geography 16(1), 1-38; stages after Menzel
    and Fornahl (2010), Industrial and Corporate Change 19, with thresholds of our own.

    Examples
    --------
    >>> pairs = [(p, i) for p in "abcd" for i in "wxyz"]
    >>> rows = [(p, i, 9.0 if (p < "c") == (i < "y") else 1.0) for p, i in pairs]
    >>> jobs = pl.DataFrame(rows, ["place", "industry", "jobs"], orient="row")
    >>> found = place_clusters(jobs, "jobs", draws=19)
    >>> found.table.filter("is_cluster").select("place", "cluster").rows()
    [('a', 'w, x'), ('b', 'w, x'), ('c', 'y, z'), ('d', 'y, z')]
    """
    read = place_table(frame, value, place=place, industry=industry, year=year)
    check_positive("distinct", distinct)
    check_bounds("margin", margin, 0)
    check_bounds("draws", draws, 0)
    chance = partial(chance_of_communities, draws=draws, seed=seed, progress=progress)
    found, p = _communities(read, relatedness, resolution, chance if draws else None)
    beside = _neighbour_matrix(read, neighbours)
    names, members = _named(read, found)
    table = _strengths(read, names, members, beside, distinct)
    if len(read.years) > 1:
        table = table.with_columns(_stages(read, members, table["is_cluster"].to_numpy(), margin))
    return Clusters(
        table=nan_to_null(table),
        industries=_industry_table(read, found, names, members),
        names=tuple(names),
        modularity=found.modularity,
        contrast=found.contrast,
        p_value=p,
    )


def _communities(
    read: PlaceTable,
    relatedness: ArrayLike | None,
    resolution: float | None,
    chance: Callable[[Array, float], float] | None,
) -> tuple[Communities, float]:
    pooled, n = read.values.sum(axis=0), len(read.industries)
    check_enough("industries", n, 2, "industry")
    # a place with nothing is specialised in nothing, which is no quotient of 1
    pooled = pooled[pooled.sum(axis=1) > 0]
    # the same bytes whatever the number of threads
    with threadpool_limits(limits=1, user_api="blas"):
        own = relatedness is None
        if own:
            matrix = locational_relatedness(symmetric_quotients(pooled))
        else:
            matrix = np.asarray(relatedness, dtype=float)
        check_shape("relatedness", matrix, n, n)
        found = industry_communities(matrix, resolution=resolution)
        p = float("nan")
        if own and chance is not None:
            plain = found if resolution is None else industry_communities(matrix)
            p = chance(pooled, plain.contrast)
    return found, p


def _neighbour_matrix(read: PlaceTable, pairs: Sequence[tuple[str, str]] | None) -> Array | None:
    if pairs is None:
        return None
    at = {name: k for k, name in enumerate(read.places)}
    found = np.zeros((len(at), len(at)))
    for pair in pairs:
        check_known("neighbours", pair, at)
        one, other = (at[each] for each in pair)
        found[one, other] = found[other, one] = float(one != other)
    return found


def _named(read: PlaceTable, found: Communities) -> tuple[list[str], Array]:
    """Names of clusters, largest first, by their largest industries; members (industries, C)."""
    size = read.values[-1].sum(axis=0)
    groups = [np.flatnonzero(found.labels == g) for g in range(found.labels.max() + 1)]
    groups = sorted((g for g in groups if g.size > 1), key=lambda g: (-size[g].sum(), g[0]))
    members = np.zeros((size.size, len(groups)))
    names = []
    for k, group in enumerate(groups):
        members[group, k] = 1
        top = group[np.lexsort((group, -size[group]))][:2]
        named = [read.industries[i] for i in top]
        if group.size > 2:
            named.append("...")
        names.append(", ".join(named))
    return names, members


def _quotients(x: Array, members: Array) -> tuple[Array, Array, Array]:
    """Values of clusters (places, C), their location quotients, and specialised members."""
    of_cluster = np.stack(
        [x[:, members[:, k] > 0].sum(axis=1) for k in range(members.shape[1])], axis=1
    )
    national = of_cluster.sum(axis=0) / x.sum()
    q = np.divide(
        shares(x, 1) @ members, national, out=np.full_like(of_cluster, np.nan), where=national > 0
    )
    return of_cluster, q, specialised_in(x).astype(float) @ members


def _strengths(
    read: PlaceTable, names: list[str], members: Array, beside: Array | None, distinct: float
) -> pl.DataFrame:
    x = read.values[-1]
    if not names:
        schema = {
            "place": pl.String,
            "cluster": pl.String,
            "value": pl.Float64,
            "cluster_quotient": pl.Float64,
            "is_cluster": pl.Boolean,
            "reason": pl.String,
        }
        return pl.DataFrame(schema=schema)
    value, q, special = _quotients(x, members)
    is_cluster = above_1(q) & (special >= LEAST_SPECIALISED)
    columns: dict[str, Any] = {
        "place": np.repeat(np.array(read.places), len(names)),
        "cluster": np.tile(np.array(names), len(read.places)),
        "value": value.ravel(),
        "cluster_quotient": q.ravel(),
        "place_share": (shares(x, 1) @ members).ravel(),
        "cluster_share": shares(value, 0).ravel(),
        "specialised_count": special.ravel().astype(np.int64),
        "members_count": np.tile(members.sum(axis=0).astype(np.int64), len(read.places)),
        "is_cluster": is_cluster.ravel(),
    }
    if beside is not None:
        columns |= _beside(x, members, beside, q, is_cluster, distinct)
    alone = np.zeros(len(x), bool)
    if beside is not None:
        alone = beside.sum(axis=1) == 0
    why_not = np.where(x.sum(axis=1) == 0, 0, np.where(alone, 1, 2))
    reasons = pl.Series(["empty_place", "no_neighbour", None])
    return pl.DataFrame(columns | {"reason": reasons[np.repeat(why_not, len(names))]})


def _beside(
    x: Array, members: Array, beside: Array, q: Array, is_cluster: Any, distinct: float
) -> dict[str, Any]:
    around = beside @ x
    national = (x @ members).sum(axis=0) / x.sum()
    near = np.divide(
        shares(around, 1) @ members, national, out=np.full_like(q, np.nan), where=national > 0
    )
    own = specialised_in(x)
    theirs = (beside @ own) > 0
    missing = (~own).astype(float) @ members
    covered = (~own & theirs).astype(float) @ members
    both, either = (own & theirs).astype(float) @ members, (own | theirs).astype(float) @ members
    known = (beside.sum(axis=1) > 0)[:, None]
    complement = np.divide(
        covered, missing, out=np.full_like(q, np.nan), where=(missing > 0) & known
    )
    overlap = np.divide(both, either, out=np.full_like(q, np.nan), where=(either > 0) & known)
    with np.errstate(invalid="ignore"):
        distinctive, complementary = (
            is_cluster & (q >= distinct * near),
            is_cluster & (complement >= 0.5),
        )
    return {
        "neighbour_quotient": near.ravel(),
        "is_distinctive": distinctive.ravel(),
        "complement_share": complement.ravel(),
        "overlap_share": overlap.ravel(),
        "is_complementary": complementary.ravel(),
    }


def _stages(read: PlaceTable, members: Array, now: Any, margin: float) -> list[pl.Series]:
    first, last = read.values[0], read.values[-1]
    years = read.years[-1] - read.years[0]
    before, q, special = _quotients(first, members) if members.shape[1] else (np.zeros((0, 0)),) * 3
    was = (above_1(q) & (special >= LEAST_SPECIALISED)).ravel()
    old, new = before.ravel(), (last @ members).ravel()
    times = np.divide(new, old, out=np.full_like(old, np.nan), where=old > 0)
    growth = annual_growth(times, years)
    relative = annual_growth(times / (last.sum() / first.sum()), years)
    stage = np.full(old.size, None, dtype=object)
    stage[now & ~was] = "emerging"
    stage[now & was] = "mature"
    stage[now & was & (relative > margin)] = "growing"
    stage[(was & ~now) | (now & was & (relative < -margin))] = "declining"
    return [
        pl.Series("growth_share", growth),
        pl.Series("relative_growth_share", relative),
        pl.Series("stage", stage.tolist(), dtype=pl.String),
    ]


def _industry_table(
    read: PlaceTable, found: Communities, names: list[str], members: Array
) -> pl.DataFrame:
    own = [next(compress(names, row), None) for row in members]
    return pl.DataFrame(
        {
            "industry": read.industries,
            "cluster": pl.Series(own, dtype=pl.String),
            "within_relatedness": found.within,
            "beyond_relatedness": found.beyond,
        }
    ).with_columns(pl.selectors.float().fill_nan(None))
