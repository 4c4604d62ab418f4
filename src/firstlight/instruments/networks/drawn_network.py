"""A network as it is drawn, and what the names and groups of its members let one doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.chart import Drawing
from firstlight.instruments.networks.communities import NetworkCommunities
from firstlight.numerics.graph_layout import backbone, layout
from firstlight.numerics.network_tables import link_table
from firstlight.numerics.row_checks import one_spot_each
from firstlight.texts import Count, Message, Name, counted, message

Floats = NDArray[np.float64]
NO_NAMES = (
    "unknown",
    "other",
    "others",
    "not available",
    "unspecified",
    "未知",
    "不详",
    "其他",
    "其它",
)
SHORT = 6  # letters, below which names are often alike


@dataclass(frozen=True)
class DrawnNetwork:
    """Tables of nodes and links, and how they are drawn.

    tables  : network (node, x, y, size under its own name, group) and network_ties (one, other,
              weight)
    drawing : a map where every member has a position, else a network
    """

    tables: Mapping[str, pl.DataFrame]
    drawing: Drawing


def groups_of(frame: pl.DataFrame, names: Sequence[str]) -> tuple[dict[str, str], list[Message]]:
    """Each member's group, that of most of its rows (of equals the first by name).

    frame : member, group
    names : of the members with ties
    Returns member -> group, of those that have one, and messages about what is missing or double.
    """
    known = frame.filter(pl.col("group").is_not_null() & pl.col("member").is_in(list(names)))
    if not known.height:
        return {}, []
    count = (
        known.group_by("member", "group")
        .len()
        .sort("member", "len", "group", descending=[False, True, False])
    )
    first = count.unique("member", keep="first", maintain_order=True)
    groups = dict(first.select("member", "group").iter_rows())
    several, without = count.height - first.height, len(names) - len(groups)
    said = []
    if several:
        members = count.filter(pl.col("member").is_duplicated())["member"].n_unique()
        said.append(message("several_groups", count=Count(members)))
    said += counted("no_group", without)
    return groups, said


def near_names(ties: pl.DataFrame) -> list[Message]:
    """A warning where partners have almost the same name, perhaps one in two spellings.

    Names of six or more letters that differ in one that is no digit, or of which one begins with
    the other.

    ties : member_1, member_2

    >>> ties = pl.DataFrame({"member_1": ["Universitat"], "member_2": ["Universität"]})
    >>> [given.code for given in near_names(ties)]
    ['near_names']
    """
    pairs = [pair for pair in ties.select("member_1", "member_2").iter_rows() if _is_near(*pair)]
    if not pairs:
        return []
    one, other = min(pairs)
    return [message("near_names", count=Count(len(pairs)), one=Name(one), other=Name(other))]


def _is_near(one: str, other: str) -> bool:
    if min(len(one), len(other)) < SHORT:
        return False
    if len(one) != len(other):
        return one.startswith(other) or other.startswith(one)
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return len(differing) == 1 and not (differing[0][0].isdigit() or differing[0][1].isdigit())


def unknown_names(names: Sequence[str]) -> list[Message]:
    """A warning where a name says that nothing is known, and yet counts as a member.

    >>> unknown_names(["France", "Unknown"])[0].values["name"].value
    'Unknown'
    """
    unknown = [name for name in names if name.strip().lower() in NO_NAMES]
    return [message("unknown_name", name=Name(name)) for name in unknown[:1]]


def community_labels(
    names: Sequence[str], parts: NetworkCommunities, strength: Floats
) -> dict[str, str]:
    """A name for each member's community: its number and the member with the strongest ties."""
    heads: dict[int, str] = {}
    for k in np.lexsort((np.arange(len(names)), -strength)):
        heads.setdefault(int(parts.community[k]), names[k])
    pairs = zip(names, parts.community.tolist(), strict=True)
    return {name: f"{own + 1}: {heads[own]}" for name, own in pairs}


def drawn_network(
    frame: pl.DataFrame,
    names: Sequence[str],
    ties: Any,
    most: int,
    seed: int,
    groups: Mapping[str, str],
    communities: Mapping[str, str],
    *,
    size: str = "strength_count",
) -> DrawnNetwork:
    """The members with the strongest ties, and the ties that say most about them.

    frame : member, longitude, latitude
    ties  : (n, n), sparse, symmetric
    most  : members to draw
    seed  : of the layout
    size  : name of the column of the members' strength
    Colours are the groups where each member that is drawn has one, else communities.

    Raises InputError for a member at two positions, or at one that is on no globe.
    """
    strength = np.asarray(ties.sum(axis=1)).ravel()
    shown = np.sort(np.lexsort((np.arange(len(names)), -strength))[:most])
    kept = backbone(ties[shown][:, shown])
    drawn = [names[k] for k in shown]
    spots = _positions(frame, drawn)
    at = layout(kept, seed) if spots is None else spots
    colours = groups if all(name in groups for name in drawn) else communities
    nodes = pl.DataFrame(
        {
            "node": drawn,
            "x": at[:, 0],
            "y": at[:, 1],
            size: strength[shown],
            "group": pl.Series([colours.get(name) for name in drawn], dtype=pl.String),
        }
    )
    tables = {"network": nodes, "network_ties": link_table(drawn, kept)}
    kind: Literal["network", "map"] = "network" if spots is None else "map"
    drawing = Drawing("network", kind, "network", "network_ties", size=size, group="group")
    return DrawnNetwork(tables, drawing)


def _positions(frame: pl.DataFrame, names: Sequence[str]) -> Floats | None:
    """Longitude and latitude of each member, (n, 2); None unless all have both."""
    columns = ("member", "longitude", "latitude")
    known = frame.filter(pl.col("member").is_in(list(names))).select(columns).drop_nulls().unique()
    one_spot_each(known, "member")
    place = {name: (x, y) for name, x, y in known.iter_rows()}
    return np.array([place[name] for name in names]) if len(place) == len(names) else None
