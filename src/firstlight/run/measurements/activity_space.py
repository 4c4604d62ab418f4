"""The space of activities as a drawing: which are done by the same places, and what communities they form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.complexity.proximity import proximity
from firstlight.instruments.complexity.related_activities import YearOfRelatedness
from firstlight.instruments.networks.communities import communities
from firstlight.numerics.finding import Words, listed
from firstlight.numerics.graph_layout import backbone, layout
from firstlight.run.measurements.drawings import link_rows, node_rows, strongest_first

DRAWN = 1500  # activities, the largest
NEAREST = 5  # others of an activity that are listed
SPACE = "The space of activities"


@dataclass(frozen=True)
class Space:
    """The drawing's tables, each activity's nearest, the community of each (English, Chinese), and what is to be said."""

    nodes: pl.DataFrame
    links: pl.DataFrame
    nearest: pl.DataFrame
    community: dict[str, Words]
    sentences: tuple[tuple[str, Words], ...]
    conventions: tuple[Words, ...]


def activity_space(
    near: YearOfRelatedness,
    measure: str,
    group: Mapping[str, str],
    *,
    links_per_node: float,
    seed: int = 0,
) -> Space:
    """Activities that somebody has, at positions near to what is near to them.

    group : activity -> its class, for colours; communities of the drawn network where there is none
    """
    size = np.asarray(near.found.values.sum(axis=0), float)
    ubiquity = np.asarray(near.found.presence.sum(axis=0), float)
    there = np.flatnonzero(ubiquity > 0)
    kept = np.sort(there[np.lexsort((there, -size[there]))[:DRAWN]])
    names = [near.table.activities[i] for i in kept]
    weights = np.nan_to_num(proximity(near.found.presence[:, kept], measure, has_self=False))
    net = backbone(weights, links_per_node=links_per_node)
    at = layout(net, seed=seed)
    parts = communities(net, seed=seed)
    community = _called(parts.community, names, size[kept])
    colour = (
        [(group[name], group[name]) if name in group else None for name in names]
        if group
        else [community.get(name) for name in names]
    )
    nodes = node_rows(SPACE, names, at, size[kept], colour)
    links = strongest_first(link_rows(SPACE, names, net))
    said = _sentences(parts, names, size[kept], links)
    return Space(
        nodes,
        links,
        _nearest(weights, names),
        community,
        said,
        _conventions(near, kept, links_per_node),
    )


def _nearest(weights: Any, names: Sequence[str]) -> pl.DataFrame:
    """The nearest others of each activity, of those that are near at all: activity, rank, other_activity, proximity; equals by name."""
    rows = [
        (names[own], rank, names[other], float(weights[own, other]))
        for own, order in enumerate(np.argsort(-weights, axis=1, kind="stable").tolist())
        for rank, other in enumerate(
            [k for k in order if k != own and weights[own, k] > 0][:NEAREST], start=1
        )
    ]
    kinds = {
        "activity": pl.String,
        "rank": pl.Int64,
        "other_activity": pl.String,
        "proximity": pl.Float64,
    }
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _called(label: Any, names: Sequence[str], size: Any) -> dict[str, Words]:
    """Communities by their largest activity; none for an activity without a link."""
    first: dict[int, str] = {}
    for place in np.lexsort((np.arange(len(names)), -size)):
        first.setdefault(int(label[place]), names[place])
    return {
        name: (f"with {first[int(own)]}", f"{first[int(own)]}等")
        for name, own in zip(names, label, strict=True)
        if own >= 0
    }


def _sentences(
    parts: Any, names: Sequence[str], size: Any, links: pl.DataFrame
) -> tuple[tuple[str, Words], ...]:
    if not links.height:
        return (
            (
                "space",
                (
                    "No two activities are done by the same place.",
                    "没有任何两项活动由同一地区开展。",
                ),
            ),
        )
    number = int(parts.community.max()) + 1
    top = []
    for own in range(min(number, 3)):
        members = np.flatnonzero(parts.community == own)
        best = members[np.lexsort((members, -size[members]))]
        top.append([names[i] for i in best[:3]])
    english = "; ".join(f"{listed(some)}" for some in top)
    chinese = "；".join("、".join(some) for some in top)
    nearest = links.row(0, named=True)
    if number == 1:
        space = (
            f"The space of {len(names)} activities is one community; its largest: {english}.",
            f"{len(names)}项活动构成的空间为一个社群，其中最大者：{chinese}。",
        )
    else:
        space = (
            f"The space of {len(names)} activities falls into {number} communities (modularity {max(parts.modularity, 0.0):.2f}); "
            f"the largest lie about {english}.",
            f"{len(names)}项活动构成的空间分为{number}个社群（模块度{max(parts.modularity, 0.0):.2f}），其中最大者围绕：{chinese}。",
        )
    near = (
        f"Nearest to one another: {nearest['one']} and {nearest['other']} (proximity {nearest['weight']:.2f}).",
        f"彼此最邻近的活动：{nearest['one']}与{nearest['other']}（邻近度{nearest['weight']:.2f}）。",
    )
    return ("space", space), ("nearest", near)


def _conventions(near: YearOfRelatedness, kept: Any, links_per_node: float) -> tuple[Words, ...]:
    told: list[Words] = [
        (
            f"drawn: the maximum spanning tree of proximity and the strongest other links, {links_per_node:g} links to an activity; "
            "communities by modularity of what is drawn (Leiden); positions by stress, near is related, directions mean nothing",
            f"图示：邻近度的最大生成树加最强的其余连线，平均每项活动{links_per_node:g}条；社群按所绘网络的模块度划分（Leiden）；"
            "位置按应力最小化，近者相关，方向无含义",
        )
    ]
    all_there = int((np.asarray(near.found.presence.sum(axis=0)) > 0).sum())
    if all_there > len(kept):
        told.append(
            (
                f"drawn are the {len(kept):,} largest of {all_there:,} activities",
                f"仅绘出{all_there:,}项活动中最大的{len(kept):,}项",
            )
        )
    return tuple(told)
