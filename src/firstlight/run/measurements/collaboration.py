"""Who works with whom, who bridges, and which communities there are: what a measurement keeps and a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import read_links
from firstlight.instruments.networks.brokerage import Brokerage, brokerage
from firstlight.instruments.networks.centrality import centrality
from firstlight.instruments.networks.collaboration import collaboration, standing_words
from firstlight.instruments.networks.communities import NetworkCommunities, communities
from firstlight.instruments.networks.cooperation import cooperation
from firstlight.numerics.finding import Words, listed, sentences_frame
from firstlight.numerics.progress import Progress
from firstlight.run.measurements.curves import (
    ALL_WORKS,
    OBSERVED,
    Computed,
    curve_rows,
    texts,
    titled,
    told,
)
from firstlight.run.measurements.network_drawn import (
    drawn_network,
    given_groups,
    near_names,
    unknown_names,
)

Choices = Mapping[str, Any]
LONG = 2  # years, from which a share is drawn as a curve


@dataclass(frozen=True)
class _Network:
    """A network before anything is said of its holes: members, ties (member_1, member_2, weight_count), words, years."""

    members: pl.DataFrame
    ties: pl.DataFrame
    sentences: pl.DataFrame
    conventions: list[Words]
    by_year: pl.DataFrame


def collaboration_tables(
    frame: pl.DataFrame, choices: Choices, progress: Progress = None
) -> Computed:
    """Members by what they do together, ties, communities, and the network drawn, on a map where positions are known."""
    held, before = until_year(frame, choices["until"])
    used, said = latest_years(held, choices["last_years"])
    has_partners = frame["partner"].null_count() < frame.height
    network = (
        _of_ties(used, choices, progress)
        if has_partners
        else _of_works(used, held, choices, progress)
    )
    if not network.ties.height:
        raise InputError(
            "nobody works with anybody",
            where="column member",
            try_next="a tie is a work of two members",
        )
    names, ties = read_links(network.ties, "member_1", "member_2", "weight_count")
    parts = communities(ties, choices["resolution"], choices["seed"])
    label = community_labels(names, parts, np.asarray(ties.sum(axis=1)).ravel())
    given, note = given_groups(used, names)
    is_grouped = len(given) == len(names)
    holes = brokerage(network.ties, weight="weight_count", groups=given if is_grouped else label)
    members = _members(network.members, holes, label, given)
    found = _communities(members, network.ties, label)
    tables = {
        "sentences": pl.concat(
            [
                network.sentences,
                sentences_frame(holes),
                told(
                    _community_words(parts, found, choices["resolution"])
                    + note
                    + near_names(network.ties)
                    + unknown_names(names)
                ),
            ]
        ),
        "members": members,
        "ties": network.ties.sort(
            ["weight_count", "member_1", "member_2"], descending=[True, False, False]
        ),
        "communities": found,
        "by_year": network.by_year,
        "conventions": texts(
            [*network.conventions, *before, *said, *_conventions(is_grouped, choices)]
        ),
    }
    facts: dict[str, Any] = {}
    if network.by_year.height >= LONG:
        tables["curves"] = curve_rows(
            network.by_year.with_columns(panel=pl.lit(ALL_WORKS[0])),
            OBSERVED,
            "line",
            panel="panel",
            x="year",
            value="joint_share",
            low="joint_low_share",
            high="joint_high_share",
        )
        facts |= {
            **titled("panels", ALL_WORKS),
            "x_en": "year",
            "x_zh": "年份",
            "y_en": "share of works with two or more members",
            "y_zh": "合作成果占比",
        }
    drawn, more = drawn_network(used, names, ties, choices, given, label)
    return {**tables, **drawn}, {**facts, **more}


def latest_years(frame: pl.DataFrame, years: int | None) -> tuple[pl.DataFrame, list[Words]]:
    """The rows of the last so many years, all where no number is said; and the words that say so.

    Raises  InputError for a table without years.
    """
    if years is None:
        return frame, []
    _refuse_undated(frame, "--last-years")
    first = int(frame["year"].max()) - years + 1  # type: ignore[arg-type]
    used = frame.filter(pl.col("year") >= first)
    return used, [(f"works from {first} on", f"取{first}年及以后的成果")]


def until_year(frame: pl.DataFrame, year: int | None) -> tuple[pl.DataFrame, list[Words]]:
    """The rows up to a year, all where none is said; and the words that say so.

    Raises  InputError for a table without years, or one that begins later.
    """
    if year is None:
        return frame, []
    _refuse_undated(frame, "--until")
    used = frame.filter(pl.col("year") <= year)
    if not used.height:
        raise InputError(f"no works up to {year}", where="--until", try_next="a year of the table")
    return used, [(f"works up to {year}", f"取截至{year}年的成果")]


def _refuse_undated(frame: pl.DataFrame, option: str) -> None:
    if frame["year"].null_count():
        raise InputError(
            "the table has no years",
            where=option,
            try_next="--column year='Yours', or leave it out",
        )


def _of_works(
    used: pl.DataFrame, held: pl.DataFrame, choices: Choices, progress: Progress
) -> _Network:
    """A table of works: the network of those used, and joint works by year of all up to the last."""
    if used["work"].null_count():
        raise InputError(
            "which works did they take part in?",
            where="column work",
            try_next="--column work='Yours'; or, for a table of ties, --column member='One' --column partner='Other'",
        )
    how = {"counting": choices["counting"], "length": choices["length"]}
    found = collaboration(used.select("work", "member"), **how, progress=progress)
    by_year, said = pl.DataFrame(), list[Words]()
    if not held["year"].null_count():
        whole = cooperation(
            held.select("work", "member", "year"), place="member", year="year"
        ).whole
        by_year = joint_ends(whole)
        said.append(("intervals of shares: Wilson, 95%", "占比区间：威尔逊法，95%"))
    return _Network(
        found.table, found.links, sentences_frame(found), [*found.conventions, *said], by_year
    )


def joint_ends(frame: pl.DataFrame) -> pl.DataFrame:
    """Shares of joint works with the ends of their intervals under names that tell whose ends they are."""
    return frame.rename({"low_share": "joint_low_share", "high_share": "joint_high_share"})


def _of_ties(frame: pl.DataFrame, choices: Choices, progress: Progress) -> _Network:
    """A table of ties, each row one, with its weight or 1."""
    lost = frame["partner"].null_count()
    if lost:
        raise InputError(
            f"{lost} rows without a partner",
            where="column partner",
            try_next="name both ends of each tie",
        )
    weight = None if frame["weight"].null_count() == frame.height else "weight"
    names, ties = read_links(frame, "member", "partner", weight)
    stands = centrality(ties, choices["length"], progress)
    members = pl.DataFrame(
        {
            "member": names,
            "degree_count": stands.degree.astype(np.int64),
            "strength_count": stands.strength,
            "closeness": stands.closeness,
            "betweenness_share": stands.betweenness,
        }
    )
    upper = sparse.triu(ties, 1).tocoo()
    sides = {
        f"member_{k}": [names[i] for i in ends] for k, ends in ((1, upper.row), (2, upper.col))
    }
    pairs = pl.DataFrame({**sides, "weight_count": upper.data})
    size = (
        f"{len(names):,} members, {pairs.height:,} ties.",
        f"共{len(names):,}个成员、{pairs.height:,}条联系。",
    )
    rule = (
        "a tie that stands twice adds up; its direction isn't used",
        "同一联系多次出现则相加，不计方向",
    )
    words = standing_words(members.filter(pl.col("degree_count") > 0))
    return _Network(members, pairs, told([("size", size), *words]), [rule], pl.DataFrame())


def community_labels(names: list[str], parts: NetworkCommunities, strength: Any) -> dict[str, str]:
    """A name for each member's community: its number and the member with the strongest ties."""
    heads: dict[int, str] = {}
    for k in np.lexsort((np.arange(len(names)), -strength)):
        heads.setdefault(int(parts.community[k]), names[k])
    return {
        name: f"{own + 1}: {heads[own]}"
        for name, own in zip(names, parts.community.tolist(), strict=True)
    }


def _members(
    members: pl.DataFrame, holes: Brokerage, label: Mapping[str, str], given: Mapping[str, str]
) -> pl.DataFrame:
    """Everything that is known of a member in one row, those with the strongest ties first."""
    roles = holes.table.drop("degree_count", "group", strict=False)
    found = members.join(roles, on="member", how="left", maintain_order="left")
    own = {"group": given, "community": label} if given else {"community": label}
    found = found.with_columns(
        pl.col("member")
        .replace_strict(dict(kind), default=None, return_dtype=pl.String)
        .alias(name)
        for name, kind in own.items()
    )
    first = ["member", *own]
    last = [name for name in ("reason_en", "reason_zh") if name in found.columns]
    rest = [name for name in found.columns if name not in (*first, *last)]
    return found.select(*first, *rest, *last).sort(
        ["strength_count", "member"], descending=[True, False]
    )


def _communities(
    members: pl.DataFrame, ties: pl.DataFrame, label: Mapping[str, str]
) -> pl.DataFrame:
    """Communities, the largest first: members, the share of their ties that stays inside, the strongest members."""
    home = dict(label)
    ends = pl.concat(
        [
            ties.select(one="member_1", other="member_2", w="weight_count"),
            ties.select(one="member_2", other="member_1", w="weight_count"),
        ]
    ).with_columns(pl.col("one", "other").replace_strict(home))
    inside = ends.group_by(community="one").agg(
        inside_share=pl.col("w")
        .sort()
        .filter((pl.col("one") == pl.col("other")).sort_by("w"))
        .sum()
        / pl.col("w").sort().sum()
    )
    tied = members.filter(pl.col("community").is_not_null())
    size = tied.group_by("community", maintain_order=True).agg(
        members_count=pl.len(), strongest=pl.col("member").head(5)
    )
    found = size.join(inside, on="community").with_columns(pl.col("strongest").list.join("; "))
    return found.select("community", "members_count", "inside_share", "strongest").sort(
        ["members_count", "community"], descending=[True, False]
    )


def _community_words(
    parts: NetworkCommunities, found: pl.DataFrame, resolution: float
) -> list[tuple[str, Words]]:
    if found.height == 1:
        one = (
            "All members that have ties are one community: no division of a higher modularity was found.",
            "有联系的成员同属一个社群：未找到模块度更高的划分。",
        )
        return [("communities", one)]
    blind = (parts.inside_share - parts.modularity) / resolution
    english = (
        f"{found.height:,} communities hold {parts.inside_share:.1%} of the weight of all ties inside them; members' strengths alone would put "
        f"{blind:.1%} there (modularity {parts.modularity:.2f})."
    )
    chinese = f"共{found.height:,}个社群，{parts.inside_share:.1%}的联系权重在社群之内；仅按成员强度随机分布应为{blind:.1%}（模块度{parts.modularity:.2f}）。"
    names = [
        name.split(": ", 1)[1]
        for name in found.filter(pl.col("members_count") >= 3)["community"].head(3)
    ]
    if names:
        english += f" The largest are those of {listed(names)}."
        chinese += f"最大社群的核心成员：{'、'.join(names)}。"
    return [("communities", (english, chinese))]


def _conventions(has_groups: bool, choices: Choices) -> list[Words]:
    roles = (
        ("brokerage roles between the groups of the table", "中介角色按表中分组计算")
        if has_groups
        else (
            "brokerage roles between the communities that were found",
            "中介角色按所识别的社群计算",
        )
    )
    return [
        (
            "constraint (Burt): low where a member spans structural holes, high where its partners work with one another",
            "约束度（Burt）：跨越结构洞者低，合作方彼此合作者高",
        ),
        (
            "brokerage (Gould and Fernandez): ordered pairs of partners that don't work together",
            "中介（Gould-Fernandez）：互不合作的有序配对",
        ),
        roles,
        (
            f"communities by modularity, resolution {choices['resolution']:g}, seed {choices['seed']}; a community is called by its number "
            "and its member with the strongest ties",
            f"社群按模块度划分，分辨率{choices['resolution']:g}，种子{choices['seed']}；社群以序号及其联系最强的成员命名",
        ),
    ]
