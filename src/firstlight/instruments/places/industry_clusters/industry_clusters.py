"""Clusters: which industries belong together, where they are a cluster, and in which stage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from firstlight import roles
from firstlight.chart import Drawing
from firstlight.instruments.places.industry_clusters.place_clusters import (
    STAGES,
    Clusters,
    place_clusters,
)
from firstlight.instruments.places.industry_communities import (
    locational_relatedness,
    symmetric_quotients,
)
from firstlight.instruments.places.place_table import (
    PlaceTable,
    gap_conventions,
    place_table,
    totals_among,
    with_gaps,
)
from firstlight.instruments.places.sites import neighbours_of, sites
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.numerics.network_tables import network_tables
from firstlight.result import Result
from firstlight.texts import Count, Figure, Message, Name, Number, Share, Year, counted, message

MAPPED = 3  # clusters that have a map of their own
SURE = 0.05  # a p-value up to which industries sit together


def clusters(
    frame: Any,
    *,
    place: Annotated[str, roles.Key()] = "place",
    industry: Annotated[str, roles.Key(is_heading=True)] = "industry",
    year: Annotated[str | None, roles.Year()] = "year",
    value: Annotated[str, roles.Number("zero")] = "value",
    neighbours: Annotated[str | None, roles.Label()] = "neighbours",
    latitude: Annotated[str | None, roles.Number(is_shared=True)] = "latitude",
    longitude: Annotated[str | None, roles.Number(is_shared=True)] = "longitude",
    gaps: Literal["missing", "zero"] = "missing",
    within_km: Annotated[float | None, roles.Bounds(0.001)] = None,
    distinct: Annotated[float, roles.Bounds(0.001)] = 1.5,
    margin: Annotated[float, roles.Bounds(0, 1)] = 0.02,
    resolution: Annotated[float | None, roles.Bounds(-1, 1)] = None,
    draws: Annotated[int, roles.Bounds(0, 10_000)] = 99,
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    progress: Progress | None = None,
) -> Result:
    """Communities of industries that specialise in the same places, and where they are clusters.

    A cluster is a community that a place has more of than the whole, with two specialised
    industries at least. The last year is described; with two years or more, growth is from the
    first to the last.

    Parameters
    ----------
    frame
        A row for each place and industry, and year.
    place
        Column of the places.
    industry
        Column of the industries, technologies, products or occupations.
    year
        Column of the years.
    value
        Column of jobs, plants, output or patents.
    neighbours
        Column of the names of neighbouring places, separated by semicolons.
    latitude
        Column of the places' latitudes, in degrees.
    longitude
        Column of the places' longitudes, in degrees.
    gaps
        What a row without a value means: it is missing, and refused; or it counts as 0.
    within_km
        Distance in km up to which places are neighbours.
    distinct
        How many times its neighbours' quotient a distinctive cluster has.
    margin
        Growth a year beyond that of everything from which a cluster is growing, or below whose
        negative it is declining.
    resolution
        Relatedness above which industries join, for more and smaller communities; by modularity
        where none is given.
    draws
        Shuffles behind the p-value of co-location; 0 for none.
    seed
        Seed of the shuffles.
    progress
        Called with the shuffles that are done, and all of them.

    Returns
    -------
    Result with the tables ``clusters`` (place, cluster, value, cluster_quotient, place_share,
    cluster_share, specialised_count, members_count, is_cluster; with neighbours
    neighbour_quotient, is_distinctive, complement_share, overlap_share, is_complementary; with
    years growth_share, relative_growth_share, stage; reason), the strongest first, and
    ``cluster_industries`` (industry, cluster, within_relatedness, beyond_relatedness).

    Raises
    ------
    InputError
        For a single industry, a neighbour that is no place of the table, and a distance without
        coordinates.

    References
    ----------
    Delgado, Porter and Stern 2016, Journal of Economic Geography 16(1), 1-38; Clauset, Newman and
    Moore 2004, Physical Review E 70, 066111. Stages after Menzel and Fornahl 2010, Industrial and
    Corporate Change 19, with thresholds of our own.

    Examples
    --------
    >>> import polars as pl
    >>> pairs = [(p, i) for p in "abcd" for i in "wxyz"]
    >>> rows = [(p, i, 9.0 if (p < "c") == (i < "y") else 1.0) for p, i in pairs]
    >>> jobs = pl.DataFrame(rows, ["place", "industry", "value"], orient="row")
    >>> clusters(jobs, draws=19).table.filter("is_cluster").select("place", "cluster").rows()
    [('a', 'w, x'), ('b', 'w, x'), ('c', 'y, z'), ('d', 'y, z')]
    """
    data = CLUSTERS.read(locals())
    rows = with_gaps(data.frame, gaps)
    when = data.held("year")
    pairs = neighbours_of(rows, within_km)
    found = place_clusters(
        rows,
        "value",
        year=when,
        neighbours=pairs,
        distinct=distinct,
        margin=margin,
        resolution=resolution,
        draws=draws,
        seed=seed,
        progress=progress,
    )
    read = place_table(rows, "value", year=when)
    industries = found.industries.sort("cluster", "industry", nulls_last=True)
    tables = {"clusters": _strongest_first(found.table), "cluster_industries": industries}
    where = sites(rows)
    if where is not None and found.names:
        tables |= {"strongest": _strongest(found, where), "largest": _largest(found, where)}
        charts = MAPS
    else:
        tables |= _related(read, found)
        charts = NETWORK
    conventions = [
        message("related"),
        message("by_modularity")
        if resolution is None
        else message("by_resolution", resolution=Figure(resolution)),
        message("is_cluster"),
        *gap_conventions(gaps),
    ]
    conventions += counted("p_value", draws, seed=Name(str(seed)))
    if pairs is not None:
        conventions.append(message("beside", distinct=Figure(distinct)))
    if len(read.years) > 1:
        first, last = Year(read.years[0]), Year(read.years[-1])
        conventions.append(message("stages", first=first, last=last, margin=Share(margin)))
    return Result(
        tables,
        (*totals_among(read), *_said(found, read)),
        CLUSTERS.texts,
        conventions=tuple(conventions),
        charts=charts,
        given=data.given,
    )


def _said(found: Clusters, read: PlaceTable) -> list[Message]:
    """How many clusters there are, the strongest, whether by chance, and in which stage."""
    if not found.names:
        return [message("none")]
    kinds = Count(len(found.names))
    order = ["cluster_quotient", "place", "cluster"]
    there = found.table.filter("is_cluster").sort(order, descending=[True, False, False])
    if there.height:
        row = there.row(0, named=True)
        places, whole = Count(there["place"].n_unique()), Count(len(read.places))
        count, times = Count(there.height), Number(row["cluster_quotient"], digits=1)
        cluster, place = Name(row["cluster"]), Name(row["place"])
        said = [
            message("communities", count=count, places=places, all=whole, kinds=kinds),
            message("strongest", cluster=cluster, place=place, times=times),
        ]
    else:
        said = [message("nowhere", kinds=kinds)]
    if math.isfinite(found.p_value):
        p = Number(found.p_value, digits=3)
        is_sure = found.p_value <= SURE
        said.append(message("together", p=p) if is_sure else message("by_chance", p=p))
    return [*said, *_stages(found.table)]


def _stages(table: pl.DataFrame) -> list[Message]:
    if "stage" not in table.columns:
        return []
    counts = {stage: Count(table.filter(stage=stage).height) for stage in STAGES}
    said = [message("stages", **counts)]
    gone = table.filter((pl.col("stage") == "declining") & ~pl.col("is_cluster")).height
    said += counted("gone", gone)
    return said


def _strongest_first(table: pl.DataFrame) -> pl.DataFrame:
    by = ["is_cluster", "cluster_quotient"]
    return table.sort(by, descending=True, nulls_last=True, maintain_order=True)


def _strongest(found: Clusters, where: pl.DataFrame) -> pl.DataFrame:
    """Each place's strongest cluster, where it lies."""
    top = _strongest_first(found.table).group_by("place", maintain_order=True).first()
    cluster = pl.when("is_cluster").then("cluster")
    return _on_map(top.sort("place"), where).select("place", "x", "y", "value", cluster=cluster)


def _largest(found: Clusters, where: pl.DataFrame) -> pl.DataFrame:
    """The largest clusters, in each place with the stage, or whether it is one."""
    state: pl.Expr = pl.when("is_cluster").then(pl.lit("present"))
    if "stage" in found.table.columns:
        state = pl.coalesce("stage", state)
    parts = [found.table.filter(cluster=name) for name in found.names[:MAPPED]]
    drawn = [_on_map(part, where) for part in parts]
    return pl.concat(drawn).select("cluster", "place", "x", "y", "value", state=state)


def _on_map(table: pl.DataFrame, where: pl.DataFrame) -> pl.DataFrame:
    return table.join(where, on="place", how="left", maintain_order="left")


def _related(read: PlaceTable, found: Clusters) -> Mapping[str, pl.DataFrame]:
    """The network of related industries, by cluster."""
    pooled = read.values.sum(axis=0)
    pooled = pooled[pooled.sum(axis=1) > 0]  # as where clusters are sought
    weights = np.maximum(locational_relatedness(symmetric_quotients(pooled)), 0)
    np.fill_diagonal(weights, 0)
    nodes, links = network_tables(read.industries, weights)
    nodes = nodes.rename({"node": "industry"}).with_columns(
        value=pl.Series(read.values[-1].sum(axis=0))
    )
    own = found.industries.select("industry", "cluster")
    nodes = nodes.join(own, on="industry", how="left", maintain_order="left")
    return {"nodes": nodes, "links": links}


MAPS: tuple[Drawing, ...] = (
    Drawing("strongest", "map", "strongest", node="place", size="value", group="cluster"),
    Drawing(
        "largest", "map", "largest", node="place", size="value", group="state", title="cluster"
    ),
)
NETWORK: tuple[Drawing, ...] = (
    Drawing("related", "network", "nodes", "links", node="industry", size="value", group="cluster"),
)

CLUSTERS = Measurement(
    clusters,
    citation="Delgado, Porter and Stern 2016, Journal of Economic Geography 16(1);"
    " Clauset, Newman and Moore 2004, Physical Review E 70",
    sample=Sample({"within_km": 350.0}, outlines="../sample_outlines.geojson"),
    brief=("place", "cluster", "cluster_quotient", "stage", "is_distinctive", "place_share"),
    places="place",
    may_sum=True,
    zero_if_absent=True,
)
