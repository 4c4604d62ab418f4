"""Clusters: related industries in one place, how strong, how distinctive, what neighbours add, and in which stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError
from firstlight.instruments.places.industry_communities import (
    Communities,
    chance_of_communities,
    industry_communities,
    locational_relatedness,
    symmetric_quotients,
)
from firstlight.instruments.places.location_quotients import above_1, specialised_in
from firstlight.instruments.places.place_table import (
    ABSENT_IS_ZERO,
    Array,
    PlaceTable,
    place_table,
    shares,
)
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import nan_to_null

STAGES = {"emerging": "萌芽", "growing": "成长", "mature": "成熟", "declining": "衰退"}
LEAST_SPECIALISED = 2  # one industry is no cluster


@dataclass(frozen=True, kw_only=True)
class Clusters(Finding):
    """``table``: a row per place and cluster: place, cluster, value, cluster_quotient (LQ of the cluster), place_share (of the
    place's total), cluster_share (of the cluster's total), specialised_count (member industries with LQ of at least 1),
    members_count, is_cluster (cluster_quotient above 1 and two industries specialised); with neighbours neighbour_quotient
    (LQ of all neighbours together), is_distinctive, complement_share (of the member industries it lacks, those in which a
    neighbour is specialised), overlap_share (Jaccard, specialised members), is_complementary; with years growth_share (a year),
    relative_growth_share (over that of everything), stage; reason_en, reason_zh.

    industries : industry, cluster (null where it stands alone), within_relatedness, beyond_relatedness
    modularity : of the communities; contrast : mean relatedness within less that apart; p_value : chance of such a contrast
    without co-location, nan where relatedness was handed in
    """

    industries: pl.DataFrame = field(repr=False)
    modularity: float
    contrast: float
    p_value: float

    def _chart(self, alt: Any) -> Any:
        some = self.table.filter("is_cluster").sort("cluster_quotient", descending=True).head(200)
        base = alt.Chart(alt.Data(values=some.to_dicts()))
        return base.mark_circle().encode(
            x="cluster:N", y="place:N", size="value:Q", color="cluster_quotient:Q"
        )


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
) -> Clusters:
    """Communities of related industries, and where they are clusters.

    value       : column of employment, output or counts, not negative
    relatedness : (industries, industries) in the order of their sorted names, symmetric; None: ``locational_relatedness``,
                  of the values of all years together
    neighbours  : pairs of places; a pair holds in both directions
    distinct    : a cluster is distinctive where its quotient is this many times that of its neighbours
    margin      : growth beyond that of everything, per year, from which a cluster is growing, or below its negative declining
    resolution  : relatedness above which industries join, for more and smaller communities (``industry_communities``); None:
                  modularity, by which the p-value is taken in any case
    draws, seed : shuffles for the p-value of co-location; 0 draws for none
    The last year is described; with two years or more, growth is from the first to the last. Emerging: a cluster in the last
    year only. Growing, mature, declining: one in both, by relative growth; declining too where it was one and is no longer.
    Returns Clusters.
    Raises  InputError as ``place_table`` and ``industry_communities``, and naming a neighbour that is no place.
    Source: Delgado, Porter and Stern (2016), Journal of Economic Geography 16(1), 1-38; stages after Menzel and Fornahl
            (2010), Industrial and Corporate Change 19, with thresholds of our own.

    >>> rows = [(p, i, 9.0 if (p < "c") == (i < "y") else 1.0) for p in "abcd" for i in ("w", "x", "y", "z")]
    >>> found = place_clusters(pl.DataFrame(rows, ["place", "industry", "jobs"], orient="row"), "jobs", draws=19)
    >>> found.table.filter("is_cluster").select("place", "cluster").rows()
    [('a', 'w, x'), ('b', 'w, x'), ('c', 'y, z'), ('d', 'y, z')]
    """
    read = place_table(frame, value, place=place, industry=industry, year=year)
    if not (
        np.isfinite(distinct)
        and distinct > 0
        and np.isfinite(margin)
        and margin >= 0
        and draws >= 0
    ):
        raise InputError(
            f"distinct {distinct}, margin {margin}, draws {draws}",
            where="place_clusters",
            try_next="use a distinct above 0, a margin and draws of 0 or more",
        )
    found, p = _communities(read, relatedness, resolution, draws, seed)
    beside = _neighbour_matrix(read, neighbours)
    names, members = _named(read, found)
    table = _strengths(read, names, members, beside, distinct)
    if len(read.years) > 1:
        table = table.with_columns(_stages(read, members, table["is_cluster"].to_numpy(), margin))
    return Clusters(
        table=nan_to_null(table),
        industries=_industry_table(read, found, names, members),
        modularity=found.modularity,
        contrast=found.contrast,
        p_value=p,
        sentences=_sentences(table, names, p, len(read.years) > 1),
        conventions=_conventions(
            relatedness is None,
            beside is not None,
            distinct,
            margin,
            (draws, seed),
            read.years,
            resolution,
        ),
        given=frame,
    )


def _communities(
    read: PlaceTable, relatedness: ArrayLike | None, resolution: float | None, draws: int, seed: int
) -> tuple[Communities, float]:
    pooled, n = read.values.sum(axis=0), len(read.industries)
    if n < 2:
        raise InputError(
            f"1 industry, {read.industries[0]!r}",
            where="place_clusters",
            try_next="bring two industries or more",
        )
    pooled = pooled[
        pooled.sum(axis=1) > 0
    ]  # a place with nothing is specialised in nothing, which is no quotient of 1
    with threadpool_limits(
        limits=1, user_api="blas"
    ):  # the same bytes whatever the number of threads
        own = relatedness is None
        matrix = (
            locational_relatedness(symmetric_quotients(pooled))
            if own
            else np.asarray(relatedness, dtype=float)
        )
        if matrix.shape != (n, n):
            raise InputError(
                f"relatedness of shape {matrix.shape} for {n} industries",
                where="relatedness",
                try_next="pass a row and a column per industry, in the order of sorted names; two industries or more",
            )
        found = industry_communities(matrix, resolution=resolution)
        p = float("nan")
        if own and draws:
            plain = found if resolution is None else industry_communities(matrix)
            p = chance_of_communities(pooled, plain.contrast, draws, seed)
    return found, p


def _neighbour_matrix(read: PlaceTable, pairs: Sequence[tuple[str, str]] | None) -> Array | None:
    if pairs is None:
        return None
    at = {name: k for k, name in enumerate(read.places)}
    found = np.zeros((len(at), len(at)))
    for pair in pairs:
        strangers = [each for each in pair if each not in at]
        if len(pair) != 2 or strangers:
            raise InputError(
                f"{pair!r} is no pair of places",
                where="neighbours",
                try_next="pass pairs of the frame's places",
            )
        one, other = (at[each] for each in pair)
        found[one, other] = found[other, one] = float(one != other)
    return found


def _named(read: PlaceTable, found: Communities) -> tuple[list[str], Array]:
    """Clusters of two industries or more by their largest industries, the largest cluster first; and members, (industries, C)."""
    size = read.values[-1].sum(axis=0)
    groups = [np.flatnonzero(found.labels == g) for g in range(found.labels.max() + 1)]
    groups = sorted((g for g in groups if g.size > 1), key=lambda g: (-size[g].sum(), g[0]))
    members = np.zeros((size.size, len(groups)))
    names = []
    for k, group in enumerate(groups):
        members[group, k] = 1
        top = group[np.lexsort((group, -size[group]))][:2]
        names.append(
            ", ".join(read.industries[i] for i in top) + (", ..." if group.size > 2 else "")
        )
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
        schema = {"place": pl.String, "cluster": pl.String, "value": pl.Float64, "cluster_quotient": pl.Float64,
                  "is_cluster": pl.Boolean, "reason_en": pl.String, "reason_zh": pl.String}  # fmt: skip
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
    why = [("", "")] * value.size
    if beside is not None:
        columns |= _beside(x, members, beside, q, is_cluster, distinct)
        lonely = np.repeat(beside.sum(axis=1) == 0, len(names))
        why = [("no neighbour", "无相邻地区") if alone else ("", "") for alone in lonely]
    empty = np.repeat(x.sum(axis=1) == 0, len(names))
    why = [
        ("the place has nothing in any industry", "该地区各行业均为 0") if e else w
        for e, w in zip(empty, why, strict=True)
    ]
    return pl.DataFrame(
        columns | {"reason_en": [w[0] for w in why], "reason_zh": [w[1] for w in why]}
    )


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
    growth = np.divide(new, old, out=np.full_like(old, np.nan), where=old > 0) ** (1 / years) - 1
    relative = (1 + growth) / (last.sum() / first.sum()) ** (1 / years) - 1
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
    own = [names[int(row.argmax())] if row.any() else None for row in members]
    return pl.DataFrame(
        {
            "industry": read.industries,
            "cluster": pl.Series(own, dtype=pl.String),
            "within_relatedness": found.within,
            "beyond_relatedness": found.beyond,
        }
    ).with_columns(pl.selectors.float().fill_nan(None))


def _sentences(
    table: pl.DataFrame, names: list[str], p: float, staged: bool
) -> tuple[tuple[str, Words], ...]:
    if not names:
        return (("none", ("No two industries belong together.", "未发现相互关联的行业群。")),)
    there = table.filter("is_cluster").sort(
        ["cluster_quotient", "place", "cluster"], descending=[True, False, False]
    )
    chance = ("", "")
    if np.isfinite(p):
        chance = (
            f" With places shuffled, industries part as clearly with p = {p:.3f}"
            + ("." if p <= 0.05 else ": no sign of co-location."),
            f"随机打乱地区后达到同等分群差异的 p 值为 {p:.3f}"
            + ("。" if p <= 0.05 else "，无共同集聚的证据。"),
        )
    told: dict[str, Words] = {
        "communities": (
            f"{len(names)} {'community' if len(names) == 1 else 'communities'} of related industries; {there.height} clusters in {there['place'].n_unique()} places."
            + chance[0],
            f"共 {len(names)} 个关联行业群；{there['place'].n_unique()} 个地区形成 {there.height} 个集群。"
            + chance[1],
        ),
    }
    if there.height:
        row = there.row(0, named=True)
        told["strongest"] = (
            f"Strongest: {row['cluster']} in {row['place']}, {row['cluster_quotient']:.1f} times its share of the whole.",
            f"最强：{row['place']}的“{row['cluster']}”，份额为全域的 {row['cluster_quotient']:.1f} 倍。",
        )
    if staged:
        counts = {stage: table.filter(pl.col("stage") == stage).height for stage in STAGES}
        english = ", ".join(f"{n} {stage}" for stage, n in counts.items())
        chinese = "，".join(f"{STAGES[stage]} {n} 个" for stage, n in counts.items())
        gone = table.filter((pl.col("stage") == "declining") & ~pl.col("is_cluster")).height
        left = (
            (f" ({gone} of them no longer a cluster)", f"（其中 {gone} 个已不成集群）")
            if gone
            else ("", "")
        )
        told["stages"] = (f"Stages: {english}{left[0]}.", f"生命周期阶段：{chinese}{left[1]}。")
    return tuple(told.items())


def _cut(resolution: float | None) -> Words:
    by = ("modularity", "模块度")
    if resolution is not None:
        by = (f"relatedness beyond {resolution:g} within", f"群内超过 {resolution:g} 的关联度")
    return (
        f"communities: joined and moved while {by[0]} rises, no random start; an industry alone is no cluster",
        f"行业群：以{by[1]}逐步合并并调整，无随机初值；单个行业不构成集群",
    )


def _conventions(
    own: bool,
    beside: bool,
    distinct: float,
    margin: float,
    draws: tuple[int, int],
    years: list[int],
    resolution: float | None,
) -> tuple[Words, ...]:
    related = (
        (
            "related: correlation over places of (LQ - 1) / (LQ + 1)",
            "关联度：(LQ - 1)/(LQ + 1) 在地区间的相关系数",
        )
        if own
        else ("related: as handed in", "关联度：由用户给定")
    )
    told = [
        related,
        _cut(resolution),
        ("a cluster: quotient above 1 and two member industries specialised", "集群：集群区位商大于 1 且至少两个成员行业专业化"),
        ABSENT_IS_ZERO,
    ]  # fmt: skip
    if own and draws[0]:
        told.append((
            f"p-value of the cut by modularity: {draws[0]} shuffles among places of about the same size, seed {draws[1]}",
            f"p 值针对模块度分群，在规模相近的地区间随机打乱 {draws[0]} 次，种子 {draws[1]}",
        ))  # fmt: skip
    if beside:
        told.append((
            f"distinctive: {distinct:g} times the neighbours' quotient; complementary: neighbours have half of what it lacks",
            f"特色：区位商达到相邻地区的 {distinct:g} 倍；互补：相邻地区覆盖其缺失行业的一半以上",
        ))  # fmt: skip
    if len(years) > 1:
        told.append((
            f"stages from {years[0]} to {years[-1]}: emerging, no cluster at first; declining, none at last; for those of both years, "
            f"growth beyond that of everything, {margin:.0%} a year either way",
            f"阶段按 {years[0]}—{years[-1]} 年划分：期初尚无集群为萌芽，期末已不成集群为衰退；两年皆为集群者按相对总体的年均增长划分，阈值为 ±{margin:.0%}",
        ))  # fmt: skip
    return tuple(told)
