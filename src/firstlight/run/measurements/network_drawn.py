"""A network as the nodes and links of a drawing; and the groups and positions of members, as their rows tell them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.networks.partners import Partners
from firstlight.numerics.finding import Words
from firstlight.numerics.graph_layout import backbone, layout
from firstlight.run.measurements.curves import titled
from firstlight.run.measurements.drawings import link_rows, node_rows

NETWORK, CONSORTIUM = (
    ("Who works with whom", "合作网络"),
    ("Candidates and their past ties", "候选成员与既有合作"),
)
UNKNOWN = (
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
NEAR = 45  # candidates drawn beside those who are recommended


def given_groups(
    frame: pl.DataFrame, names: list[str]
) -> tuple[dict[str, str], list[tuple[str, Words]]]:
    """Each member's group, that of most of its rows (of equals the first by name), of members that have one.

    Returns member -> group, and sentences about what is missing or stands twice.
    """
    known = frame.filter(pl.col("group").is_not_null() & pl.col("member").is_in(names))
    if not known.height:
        return {}, []
    count = (
        known.group_by("member", "group")
        .len()
        .sort(["member", "len", "group"], descending=[False, True, False])
    )
    several = count.group_by("member").len().filter(pl.col("len") > 1).height
    found = dict(
        count.unique("member", keep="first", maintain_order=True)
        .select("member", "group")
        .iter_rows()
    )
    said: list[tuple[str, Words]] = []
    if several:
        english = f"{several:,} members stand under several groups; each counts in that of most of its rows."
        said.append(("groups", (english, f"{several:,}个成员属于多个分组，按出现最多的分组计。")))
    without = len(names) - len(found)
    if without:
        said.append(
            (
                "no_group",
                (
                    f"{without:,} members with ties have no group.",
                    f"{without:,}个有联系的成员无分组。",
                ),
            )
        )
    return found, said


def near_names(ties: pl.DataFrame) -> list[tuple[str, Words]]:
    """A warning where partners have almost the same name, and may be one organisation under two spellings.

    Names of six or more letters that differ in one that isn't a digit, or of which one begins with the other.

    >>> near_names(pl.DataFrame({"member_1": ["Universitat"], "member_2": ["Universität"]}))[0][1][0]
    '1 tie is between almost the same names, such as Universitat and Universität: one organisation under two spellings?'
    """
    pairs = [pair for pair in ties.select("member_1", "member_2").iter_rows() if _is_near(*pair)]
    if not pairs:
        return []
    one, two = min(pairs)
    count = f"{len(pairs):,} ties are" if len(pairs) > 1 else "1 tie is"
    english = f"{count} between almost the same names, such as {one} and {two}: one organisation under two spellings?"
    return [
        (
            "near_names",
            (
                english,
                f"{len(pairs):,}条联系的双方名称几乎相同（如{one}与{two}），或为同一机构的不同写法。",
            ),
        )
    ]


def unknown_names(names: list[str]) -> list[tuple[str, Words]]:
    """A warning where a name says that nothing is known, and yet counts as a member.

    >>> unknown_names(["France", "Unknown"])[0][1][0]
    'Unknown counts as a name like any other: leave such cells empty where nothing is known.'
    """
    found = [name for name in names if name.strip().lower() in UNKNOWN]
    if not found:
        return []
    english = f"{found[0]} counts as a name like any other: leave such cells empty where nothing is known."
    return [("unknown", (english, f"“{found[0]}”被当作普通名称计入；若为未知，请将单元格留空。"))]


def _is_near(one: str, two: str) -> bool:
    if min(len(one), len(two)) < 6:
        return False
    if len(one) != len(two):
        return one.startswith(two) or two.startswith(one)
    differing = [(a, b) for a, b in zip(one, two, strict=True) if a != b]
    return len(differing) == 1 and not (differing[0][0].isdigit() or differing[0][1].isdigit())


def drawn_network(
    frame: pl.DataFrame,
    names: list[str],
    ties: Any,
    choices: Mapping[str, Any],
    groups: Mapping[str, str],
    communities: Mapping[str, str],
) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """The members with the strongest ties and the ties that say most about them, as tables ``nodes`` and ``links``; facts.

    They stand on a map where every member that is drawn has a position; colours are their groups where each has one, else communities.
    """
    strength = np.asarray(ties.sum(axis=1)).ravel()
    shown = np.sort(np.lexsort((np.arange(len(names)), -strength))[: choices["drawn"]])
    kept = backbone(ties[shown][:, shown])
    own = [names[k] for k in shown]
    spots = _positions(frame, own)
    is_map = spots is not None
    at = spots if spots is not None else layout(kept, choices["seed"])
    colours = groups if all(name in groups for name in own) else communities
    called = [(colours[name], colours[name]) if name in colours else None for name in own]
    nodes = node_rows(NETWORK[0], own, at, strength[shown], called)
    links = link_rows(NETWORK[0], own, kept)
    size = {"size_en": "strength of ties", "size_zh": "合作强度"}
    return {"nodes": nodes, "links": links}, {
        "drawing": "map" if is_map else "network",
        **titled("drawings", NETWORK),
        **size,
    }


def _positions(frame: pl.DataFrame, names: list[str]) -> Any:
    """Longitude and latitude of each member, (n, 2); None unless all have both.

    Raises  InputError for a member at two positions, or one that is on no globe.
    """
    held = (
        frame.filter(pl.col("member").is_in(names))
        .select("member", "longitude", "latitude")
        .drop_nulls()
        .unique()
    )
    twice = held.filter(pl.col("member").is_duplicated()).sort("member")
    if twice.height:
        raise InputError(
            f"{twice['member'][0]} stands at two positions",
            where="columns longitude and latitude",
            try_next="one position per member; in a table with several members in a cell there is none to give",
        )
    off = held.filter((pl.col("longitude").abs() > 180) | (pl.col("latitude").abs() > 90)).sort(
        "member"
    )
    if off.height:
        raise InputError(
            f"{off['member'][0]} stands at {off['longitude'][0]}, {off['latitude'][0]}",
            where="columns longitude and latitude",
            try_next="degrees: -180 to 180, and -90 to 90",
        )
    place = {name: (x, y) for name, x, y in held.iter_rows()}
    return np.array([place[name] for name in names]) if len(place) == len(names) else None


def drawn_consortium(
    found: Partners, rows: pl.DataFrame, ties: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """The recommended members and the strongest other candidates with their past ties, as tables ``nodes`` and ``links``.

    rows : organisation, term (what each covers); ties : member_1, member_2, weight_count
    """
    chosen = found.table["organisation"].to_list()
    others = found.candidates.filter(~pl.col("organisation").is_in(chosen)).sort(
        ["covered_share", "organisation"], descending=[True, False]
    )
    names = sorted([*chosen, *others["organisation"].head(NEAR).to_list()])
    place = {name: k for k, name in enumerate(names)}
    own = ties.filter(pl.col("member_1").is_in(names) & pl.col("member_2").is_in(names))
    ends = [
        own[side].replace_strict(place, return_dtype=pl.Int64).to_numpy()
        for side in ("member_1", "member_2")
    ]
    half = sparse.csr_array(
        (own["weight_count"].to_numpy(), tuple(ends)), shape=(len(names), len(names))
    )
    at = layout(half + half.T)
    count = dict(rows.group_by("organisation").len().iter_rows())
    group = [
        (("recommended", "推荐成员") if name in chosen else ("other candidates", "其他候选"))
        for name in names
    ]
    sizes = [float(count.get(name, 0)) for name in names]
    nodes = node_rows(CONSORTIUM[0], names, at, sizes, group)
    drawing = pl.lit(CONSORTIUM[0]).alias("drawing")
    return {
        "nodes": nodes,
        "links": own.select(drawing, one="member_1", other="member_2", weight="weight_count"),
    }
