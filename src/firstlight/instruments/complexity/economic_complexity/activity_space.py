"""The space of activities: which are done by the same places, and what communities they form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.complexity.proximity import proximity
from firstlight.instruments.complexity.related_activities import YearOfRelatedness
from firstlight.numerics.graph_layout import backbone, layout
from firstlight.numerics.modularity import modular_partition
from firstlight.numerics.network_tables import link_table

Floats = NDArray[np.float64]
DRAWN = 1500  # activities, the largest
NEAREST = 5  # others of an activity that are listed


@dataclass(frozen=True)
class ActivitySpace:
    """The drawn network of activities.

    nodes       : activity, x, y, value, group: its class, or its community where there are none
    links       : one, other, weight (proximity), the strongest first
    nearest     : activity, rank, other_activity, proximity: what is nearest to each
    community   : activity -> the largest activity of its community
    largest     : the largest activity of each community, that of the largest community first
    modularity  : of the drawn network; nan without links
    all_count   : activities that somebody has, of which the largest are drawn
    """

    nodes: pl.DataFrame
    links: pl.DataFrame
    nearest: pl.DataFrame
    community: Mapping[str, str]
    largest: Sequence[str]
    modularity: float
    all_count: int


def activity_space(
    near: YearOfRelatedness,
    measure: str,
    group: Mapping[str, str],
    *,
    links_per_node: float,
    seed: int = 0,
) -> ActivitySpace:
    """Activities that somebody has, at positions near to what is near to them.

    group : activity -> its class
    """
    size = np.asarray(near.found.values.sum(axis=0), float)
    ubiquity = np.asarray(near.found.presence.sum(axis=0), float)
    there = np.flatnonzero(ubiquity > 0)
    kept = np.sort(there[np.lexsort((there, -size[there]))[:DRAWN]])
    activities = [near.table.activities[i] for i in kept]
    weights = np.nan_to_num(proximity(near.found.presence[:, kept], measure, has_self=False))
    net = backbone(weights, links_per_node=links_per_node)
    at = layout(net, seed=seed)
    parts = modular_partition(net, seed=seed)
    members = _members(parts.community, activities, size[kept])
    community = {name: own[0] for own in members for name in own}
    colour = group or community
    nodes = {
        "activity": activities,
        "x": at[:, 0],
        "y": at[:, 1],
        "value": size[kept],
        "group": [colour.get(name) for name in activities],
    }
    return ActivitySpace(
        nodes=pl.DataFrame(nodes, schema_overrides={"activity": pl.String, "group": pl.String}),
        links=link_table(activities, net).sort(
            "weight", "one", "other", descending=[True, False, False]
        ),
        nearest=_nearest(weights, activities),
        community=community,
        largest=[own[0] for own in members],
        modularity=parts.modularity,
        all_count=there.size,
    )


def _members(label: Any, activities: Sequence[str], size: Floats) -> list[list[str]]:
    """The activities of each community, the largest first."""
    members: list[list[str]] = [[] for _ in range(int(label.max(initial=-1)) + 1)]
    for k in np.lexsort((np.arange(len(activities)), -size)):
        if label[k] >= 0:
            members[label[k]].append(activities[k])
    return members


def _nearest(weights: Floats, activities: Sequence[str]) -> pl.DataFrame:
    """The nearest others of each activity, of those that are near at all, equals by name."""
    rows = []
    for own, order in enumerate(np.argsort(-weights, axis=1, kind="stable").tolist()):
        others = [k for k in order if k != own and weights[own, k] > 0][:NEAREST]
        for rank, other in enumerate(others, start=1):
            rows.append((activities[own], rank, activities[other], float(weights[own, other])))
    schema = {
        "activity": pl.String,
        "rank": pl.Int64,
        "other_activity": pl.String,
        "proximity": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
