"""What the instrument of clusters says, as the tables that a measurement keeps and a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.places.clusters import STAGES, Clusters, place_clusters
from firstlight.instruments.places.industry_communities import (
    locational_relatedness,
    symmetric_quotients,
)
from firstlight.instruments.places.place_table import place_table
from firstlight.numerics.finding import Words
from firstlight.run.measurements.concentration import ZERO
from firstlight.run.measurements.curves import (
    Computed,
    add_conventions,
    finding_tables,
    titled,
    told_first,
)
from firstlight.run.measurements.drawings import LINKS, network, place_map
from firstlight.run.measurements.hidden_totals import hidden_totals
from firstlight.run.measurements.place_rows import filled, neighbours_of, sites, year_of
from firstlight.sample.made_up_outlines import made_up_outlines
from firstlight.sample.made_up_places import made_up_jobs

Choices = Mapping[str, Any]
STRONGEST, RELATED = (
    ("Each place's strongest cluster", "各地最强集群"),
    ("Related industries", "关联行业"),
)
MAPS = 3  # clusters that have a map of their own
PRESENT: Words = ("a cluster", "集群")


def cluster_tables(frame: pl.DataFrame, choices: Choices) -> Computed:
    """Which industries belong together, where they are a cluster, how distinctive, what neighbours add, in which stage."""
    rows = filled(frame, choices["gaps"])
    year = year_of(rows)
    keys = ("distinct", "margin", "resolution", "draws", "seed")
    pairs = neighbours_of(rows, choices["within_km"])
    found = place_clusters(
        rows, "value", neighbours=pairs, **{key: choices[key] for key in keys}, **year
    )
    tables = finding_tables(found, "clusters")
    tables["clusters"] = _strongest_first(found.table)
    tables["cluster_industries"] = tables.pop("industries").sort(
        "cluster", "industry", nulls_last=True
    )
    tables["sentences"] = told_first(
        tables["sentences"], hidden_totals(place_table(rows, "value", **year))
    )
    if choices["gaps"] == "zero":
        add_conventions(tables, ZERO)
    where = sites(rows)
    if where is not None and found.table.height:
        tables["nodes"] = _maps(found, where)
        tables["links"] = pl.DataFrame(schema=LINKS)
        return tables, {
            "drawing": "map",
            **titled("drawings", STRONGEST),
            "size_en": "the cluster's value in the place",
            "size_zh": "集群在该地区的规模",
        }
    tables |= _related(rows, found, year)
    sizes = {"size_en": "the industry's total", "size_zh": "行业总量"}
    return tables, {"drawing": "network", **titled("drawings", RELATED), **sizes}


def _strongest_first(table: pl.DataFrame) -> pl.DataFrame:
    by = [name for name in ("is_cluster", "cluster_quotient") if name in table.columns]
    return table.sort(by, descending=True, nulls_last=True, maintain_order=True)


def _maps(found: Clusters, where: pl.DataFrame) -> pl.DataFrame:
    """A map of each place's strongest cluster, and one for each of the largest clusters."""
    table = found.table
    top = _strongest_first(table).group_by("place", maintain_order=True).first().sort("place")
    groups: list[Words | None] = [
        (name, name) if there else None
        for name, there in top.select("cluster", "is_cluster").rows()
    ]
    drawn = [place_map(STRONGEST[0], where, top, "value", groups)]
    for name in list(dict.fromkeys(table["cluster"]))[:MAPS]:
        own = table.filter(pl.col("cluster") == name)
        drawn.append(
            place_map(
                str(name), where, own, "value", [_state(row) for row in own.iter_rows(named=True)]
            )
        )
    return pl.concat(drawn)


def _state(row: Mapping[str, Any]) -> Words | None:
    """The stage of a cluster, or that it is one; None where there is none."""
    if row.get("stage") is not None:
        return row["stage"], STAGES[row["stage"]]
    return PRESENT if row["is_cluster"] else None


def _related(
    rows: pl.DataFrame, found: Clusters, year: Mapping[str, Any]
) -> dict[str, pl.DataFrame]:
    """The network of related industries, coloured by cluster."""
    read = place_table(rows, "value", **year)
    pooled = read.values.sum(axis=0)
    pooled = pooled[pooled.sum(axis=1) > 0]  # as where clusters are sought
    weights = np.maximum(locational_relatedness(symmetric_quotients(pooled)), 0)
    np.fill_diagonal(weights, 0)
    own = dict(found.industries.select("industry", "cluster").iter_rows())
    groups: list[Words | None] = [
        (own[name], own[name]) if own[name] else None for name in read.industries
    ]
    return network(
        RELATED[0], read.industries, weights, read.values[-1].sum(axis=0).tolist(), groups
    )


def sample_clusters() -> tuple[pl.DataFrame, dict[str, Any]]:
    """Jobs of the made-up economy's places; places within 350 km of each other are neighbours."""
    return made_up_jobs().drop("complexity", "growth"), {
        "within_km": 350,
        "outlines": made_up_outlines(),
    }
