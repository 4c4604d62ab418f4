"""Collaboration: who works with whom, from who took part in which document, project or invention; whole or by year.

Symbols: b_wi 1 where member i took part in work w; k_w the number of its members.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.centrality import LENGTHS, centrality
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import read_long
from firstlight.numerics.progress import Progress

COUNTING: dict[str, Words] = {
    "full": ("full counting: each pair in a work counts 1", "完全计数：成果中每对成员计1"),
    "fractional": (
        "fractional counting: each pair counts 1 / (members - 1), so that strength is the number of joint works",
        "分数计数：每对成员计1/（成员数-1），强度等于合作成果数",
    ),
    "pair": (
        "pair counting: the pairs of a work share 1, so that ties add up to the number of joint works",
        "成对均分：每项成果的全部配对合计为1，联系总量等于合作成果数",
    ),
}
ALONE: Words = ("no joint work: no ties to measure", "无合作成果，无联系可测")


def works_together(membership: Any, counting: str = "fractional") -> Any:
    """From works by members to a weighted network of members.

    a_ij = sum over w of b_wi b_wj c_w; c_w is 1 (full), 1 / (k_w - 1) (fractional), or 2 / (k_w (k_w - 1)) (pair).

    membership : (works, members), above 0 where a member took part, dense or sparse
    Returns scipy.sparse.csr_array (members, members), symmetric, with an empty diagonal.
    Raises  InputError for an unknown counting.
    Source: Newman (2001), Physical Review E 64, 016132 (fractional); Perianes-Rodriguez, Waltman and van Eck (2016),
            Journal of Informetrics 10(4), 1178-1195.

    >>> works_together([[1, 1, 1], [1, 1, 0]]).toarray().tolist()
    [[0.0, 1.5, 0.5], [1.5, 0.0, 0.5], [0.5, 0.5, 0.0]]
    """
    if counting not in COUNTING:
        raise InputError(
            f"counting {counting!r}", where="counting", try_next=f"use one of {', '.join(COUNTING)}"
        )
    took = (sparse.csr_array(membership) > 0).astype(np.float64).tocsr()
    size = np.asarray(took.sum(axis=1)).ravel()
    shared = np.where(size > 1, 1 / np.maximum(size - 1, 1), 0.0)
    each = {
        "full": (size > 1) * 1.0,
        "fractional": shared,
        "pair": shared * 2 / np.maximum(size, 1),
    }[counting]
    found = (took.T @ (sparse.diags_array(each) @ took)).tocsr()
    found.setdiag(0.0)
    found.eliminate_zeros()
    found.sort_indices()
    return found


@dataclass(frozen=True, kw_only=True)
class Collaboration(Finding):
    """Who works with whom, a row per member, and per year where there are years.

    table : year (if any), member, work_count, work_fractional_count (each work shared equally by its members; they add up to the
            works), joint_work_count, solo_share, degree_count, strength_count (in works, by the counting), closeness and
            betweenness_share (0 to 1), reason_en, reason_zh where there is no tie
    links : year (if any), member_1, member_2 (in the order of names), weight_count, joint_work_count; sorted
    """

    links: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        x, y = alt.X("degree_count:Q"), alt.Y("betweenness_share:Q")
        return (
            alt.Chart(self.table)
            .mark_circle()
            .encode(x=x, y=y, size="work_count:Q", tooltip="member:N")
        )


def collaboration(
    frame: Any,
    work: str = "work",
    member: str = "member",
    *,
    year: str | None = None,
    window: int = 1,
    counting: str = "fractional",
    length: str = "steps",
    progress: Progress = None,
) -> Collaboration:
    """Who works with whom: ties, their strength, and who stands where in the network.

    frame    : a row per work and member (an organisation, a place, a person); a member twice in a work counts once
    year     : column of the work's year; the network is then measured for each year, over the works of ``window`` years up to it
    counting : ``full``, ``fractional`` or ``pair``, see ``works_together``
    length   : of a tie in closeness and betweenness: ``steps`` or ``inverse_weight``
    Returns Collaboration.
    Raises  InputError as ``read_long``, for a work of two years, no rows, or an unknown option.

    >>> rows = pl.DataFrame({"work": ["a", "a", "b", "b"], "member": ["x", "y", "y", "z"]})
    >>> collaboration(rows).table.select("member", "degree_count", "betweenness_share").rows()
    [('x', 1, 0.0), ('y', 2, 1.0), ('z', 1, 0.0)]
    """
    if window < 1 or length not in LENGTHS:
        raise InputError(
            f"window {window}, length {length!r}",
            where="collaboration",
            try_next="1 or more; 'steps'",
        )
    table = read_works(frame, work, member, year=year)
    years = sorted(set(table["year"].to_list())) if year else [None]
    mains, links = [], []
    for now in years:
        if progress and now is not None:
            progress(f"collaboration in {now}")
        own = (
            table if now is None else table.filter(pl.col("year").is_between(now - window + 1, now))
        )
        main, ties = _measured(own, counting, length, progress)
        stamp = [] if now is None else [pl.lit(now, dtype=pl.Int64).alias("year")]
        mains.append(main.select(*stamp, pl.all()))
        links.append(ties.select(*stamp, pl.all()))
    found, tied = pl.concat(mains), pl.concat(links)
    span = (f"works of {window} year(s) up to each year", f"每年统计截至当年的{window}年成果")
    way = (
        ("paths by steps", "路径按步数")
        if length == "steps"
        else ("a tie is as long as 1 / weight", "联系长度为权重的倒数")
    )
    once = ("a member twice in a work counts once", "同一成果中重复出现的成员只计一次")
    return Collaboration(
        table=found,
        sentences=_sentences(found, tied),
        conventions=(COUNTING[counting], once, way, *([span] if year else [])),
        given=frame,
        links=tied,
    )


def read_works(
    frame: Any,
    work: str,
    member: str,
    *,
    year: str | None = None,
    others: dict[str, str] | None = None,
) -> pl.DataFrame:
    """Who took part in what, each once, in a fixed order: work, member, year if any, and other text columns.

    Raises  InputError as ``read_long``, for no rows, or where a work has two years.

    >>> read_works(pl.DataFrame({"w": ["b", "a", "b"], "m": [1, 2, 1]}), "w", "m").rows()
    [('a', '2'), ('b', '1')]
    """
    names = {"work": work, "member": member} | ({"year": year} if year else {}) | (others or {})
    table = read_long(frame, names, []).unique().sort(list(names))
    if not table.height:
        raise InputError("no rows", where="the frame", try_next="pass a row per work and member")
    if year:
        twice = (
            table.group_by("work")
            .agg(pl.col("year").n_unique())
            .filter(pl.col("year") > 1)
            .sort("work")
        )
        if twice.height:
            raise InputError(
                f"work {twice['work'][0]!r} has {twice['year'][0]} years",
                where="the frame",
                try_next="give it one",
            )
    return table


def membership_of(table: pl.DataFrame) -> tuple[list[str], list[str], Any]:
    """Works, members (sorted) and the sparse 0/1 matrix (works, members) of a frame as ``read_works`` returns it.

    >>> membership_of(pl.DataFrame({"work": ["a", "b"], "member": ["x", "x"]}))[2].toarray().tolist()
    [[1.0], [1.0]]
    """
    works, members = (sorted(set(table[name].to_list())) for name in ("work", "member"))
    order = [{name: k for k, name in enumerate(names)} for names in (works, members)]
    ends = [
        [at[k] for k in table[name].to_list()]
        for at, name in zip(order, ("work", "member"), strict=True)
    ]
    took = sparse.csr_array(
        (np.ones(table.height), (ends[0], ends[1])), shape=(len(works), len(members))
    )
    return works, members, (took > 0).astype(np.float64).tocsr()


def _measured(
    table: pl.DataFrame, counting: str, length: str, progress: Progress
) -> tuple[pl.DataFrame, pl.DataFrame]:
    _, members, took = membership_of(table)
    ties, joint = works_together(took, counting), works_together(took, "full")
    size: Floats = np.asarray(took.sum(axis=1)).ravel()
    count, shared, solo = (
        np.asarray(took.T @ part).ravel()
        for part in (np.ones_like(size), 1 / size, (size == 1) * 1.0)
    )
    stands = centrality(ties, length, progress)
    main = pl.DataFrame(
        {
            "member": members,
            "work_count": count.astype(np.int64),
            "work_fractional_count": shared,
            "joint_work_count": (count - solo).astype(np.int64),
            "solo_share": solo / count,
            "degree_count": stands.degree.astype(np.int64),
            "strength_count": stands.strength,
            "closeness": stands.closeness,
            "betweenness_share": stands.betweenness,
            "reason_en": [ALONE[0] if d == 0 else "" for d in stands.degree],
            "reason_zh": [ALONE[1] if d == 0 else "" for d in stands.degree],
        }
    )
    return main, _links(members, ties, joint)


def _links(members: list[str], ties: Any, joint: Any) -> pl.DataFrame:
    upper, works = (
        sparse.triu(ties, 1).tocoo(),
        sparse.triu(joint, 1).tocoo(),
    )  # the same pairs in the same order
    return pl.DataFrame(
        {
            "member_1": pl.Series([members[k] for k in upper.row], dtype=pl.String),
            "member_2": pl.Series([members[k] for k in upper.col], dtype=pl.String),
            "weight_count": np.asarray(upper.data, dtype=np.float64),
            "joint_work_count": np.rint(works.data).astype(np.int64),
        }
    ).sort("member_1", "member_2")


def joint_links(
    frame: Any, work: str = "work", member: str = "member", counting: str = "fractional"
) -> pl.DataFrame:
    """The ties alone, where nothing else of ``collaboration`` is asked for: member_1, member_2, weight_count, joint_work_count.

    Raises  InputError as ``read_long``, for no rows, or an unknown counting.

    >>> joint_links(pl.DataFrame({"work": ["a", "a"], "member": ["x", "y"]})).row(0)
    ('x', 'y', 1.0, 1)
    """
    _, members, took = membership_of(read_works(frame, work, member))
    return _links(members, works_together(took, counting), works_together(took, "full"))


def _sentences(found: pl.DataFrame, links: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    when, at, zh = found, links, ""
    if "year" in found.columns:
        last = int(found["year"].to_numpy().max())
        when, at, zh = (
            found.filter(pl.col("year") == last),
            links.filter(pl.col("year") == last),
            f"{last}年，",
        )
    english = f"In {zh[:-2]}, " if zh else ""
    tied = when.filter(pl.col("degree_count") > 0)
    told: list[tuple[str, Words]] = [
        (
            "size",
            (
                f"{english}{when.height:,} members, {at.height:,} ties; {when.height - tied.height:,} members have no joint work.",
                f"{zh}共{when.height:,}个成员、{at.height:,}条合作联系；{when.height - tied.height:,}个成员无合作成果。",
            ),
        )
    ]
    return (*told, *standing_words(tied))


def standing_words(tied: pl.DataFrame) -> list[tuple[str, Words]]:
    """Who has the strongest ties, and through whom most shortest paths lead.

    tied : members with ties: member, degree_count, betweenness_share, strength_count; joint_work_count, if ties come from works
    """
    if not tied.height:
        return []
    most = tied.sort(["strength_count", "member"], descending=[True, False]).row(0, named=True)
    how = (f"{most['strength_count']:,.6g} in all", f"强度合计{most['strength_count']:,.6g}")
    if "joint_work_count" in tied.columns:
        how = (
            f"{most['joint_work_count']} joint work{'s' * (most['joint_work_count'] > 1)}",
            f"{most['joint_work_count']}项合作成果",
        )
    words = (
        f"{most['member']} has the strongest ties: {most['degree_count']} partner{'s' * (most['degree_count'] > 1)}, {how[0]}.",
        f"{most['member']}合作强度最高：{most['degree_count']}个合作方，{how[1]}。",
    )
    through = tied.sort(["betweenness_share", "member"], descending=[True, False]).row(
        0, named=True
    )
    if not through["betweenness_share"] > 0:
        return [("most", words)]
    between = (
        f"{through['member']} lies on {through['betweenness_share']:.1%} of the shortest paths between others.",
        f"{through['member']}处于其他成员间{through['betweenness_share']:.1%}的最短路径上。",
    )
    return [("most", words), ("between", between)]
