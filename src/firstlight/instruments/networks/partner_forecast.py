"""New co-operation, forecast from the past alone, and its record out of time beside the usual scores.

A pair counts as new where the two have no joint work in any year up to the forecast year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.collaboration import read_works
from firstlight.instruments.networks.link_scores import SCORES, link_record, link_scores
from firstlight.instruments.networks.works_network import membership_of, works_together
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import read_long

LEARNT = "learnt"
LABELS: dict[str, Words] = {
    LEARNT: ("learnt from the past (logistic regression)", "由历史学习（逻辑回归）"),
    "common_neighbours": ("common partners", "共同合作方"),
    "adamic_adar": ("Adamic-Adar", "Adamic-Adar指数"),
    "resource_allocation": ("resource allocation", "资源分配指数"),
    "jaccard": ("Jaccard", "Jaccard系数"),
    "preferential_attachment": ("preferential attachment", "优先连接"),
    "works": ("their numbers of works", "双方成果数"),
    "same_group": ("same group", "同组"),
    "terms": ("common terms", "共同术语"),
}


@dataclass(frozen=True)
class Pairs:
    """Pairs of members without joint work so far; one row per pair, in the order of names.

    members  : those with enough works in the past window, sorted
    one, two : (pairs,), positions in members, one < two
    features : (pairs, features), at least 0; names : of the features
    """

    members: list[str]
    one: NDArray[np.int64]
    two: NDArray[np.int64]
    features: Floats
    names: tuple[str, ...]


def candidate_pairs(
    works: pl.DataFrame,
    now: int,
    *,
    past: int = 5,
    least_works: int = 3,
    groups: Mapping[str, str] | None = None,
    terms: pl.DataFrame | None = None,
) -> Pairs:
    """Every pair that could newly co-operate, with what is known of it up to a year; later rows are never looked at.

    works : work, member, year as ``read_works`` returns them; terms : work, term
    Returns Pairs; features are the ``link_scores`` in the past window, the product of the numbers of works, same group, and the cosine of
            terms (frequency times log inverse share of works, in the window).
    Raises  InputError where fewer than two members have enough works.

    >>> held = pl.DataFrame({"work": ["a", "a", "b"], "member": ["x", "y", "z"], "year": [2000, 2000, 2001]})
    >>> found = candidate_pairs(held, 2001, least_works=1)
    >>> [(found.members[i], found.members[j]) for i, j in zip(found.one, found.two)]
    [('x', 'z'), ('y', 'z')]
    """
    known = works.filter(pl.col("year") <= now)
    window = known.filter(pl.col("year") > now - past)
    count = window.group_by("member").len()
    members = sorted(count.filter(pl.col("len") >= least_works)["member"].to_list())
    if len(members) < 2:
        raise InputError(
            f"{len(members)} members with {least_works} or more works",
            where=f"{now - past + 1} to {now}",
            try_next="ask for fewer works, or a longer past",
        )
    ties = _ties(window, members)
    ever = _ties(known, members)
    one, two = np.triu_indices(len(members), 1)
    new = np.asarray(ever.toarray()[one, two] == 0)
    one, two = one[new], two[new]
    scores = link_scores(ties)
    own = dict(count.iter_rows())
    size = np.array([float(own[name]) for name in members])
    columns = {name: scores[name][one, two] for name in SCORES} | {"works": size[one] * size[two]}
    if groups is not None:
        label = np.array(
            [groups.get(name, f"#{name}") for name in members]
        )  # without a group: like nobody else
        columns["same_group"] = (label[one] == label[two]).astype(np.float64)
    if terms is not None:
        columns["terms"] = _term_cosine(window, terms, members)[one, two]
    return Pairs(members, one, two, np.column_stack(list(columns.values())), tuple(columns))


def _ties(works: pl.DataFrame, members: list[str]) -> Any:
    _, names, took = membership_of(works)
    place = {name: k for k, name in enumerate(names)}
    return works_together(took[:, [place[name] for name in members]], "full")


def _term_cosine(window: pl.DataFrame, terms: pl.DataFrame, members: list[str]) -> Floats:
    works, names, took = membership_of(window)
    held = terms.filter(pl.col("work").is_in(works)).rename({"term": "member"})
    if not held.height:
        return np.zeros((len(members), len(members)))
    own, _, has = membership_of(held)
    place = {name: k for k, name in enumerate(works)}
    rows = took[[place[name] for name in own]]
    rare = np.log(has.shape[0] / np.asarray(has.sum(axis=0)).ravel())
    at = {name: k for k, name in enumerate(names)}
    profile = ((rows.T @ has) @ sparse.diags_array(rare)).tocsr()[[at[name] for name in members]]
    length = np.sqrt(np.asarray(profile.multiply(profile).sum(axis=1)).ravel())
    unit = sparse.diags_array(1 / np.where(length > 0, length, 1.0)) @ profile
    return np.asarray((unit @ unit.T).toarray(), dtype=np.float64)


def came_together(works: pl.DataFrame, pairs: Pairs, now: int, horizon: int) -> NDArray[np.bool_]:
    """Which of the pairs have a joint work in the ``horizon`` years after ``now``, (pairs,)."""
    later = works.filter(
        pl.col("year").is_between(now + 1, now + horizon) & pl.col("member").is_in(pairs.members)
    )
    if not later.height:
        return np.zeros(pairs.one.size, dtype=bool)
    _, names, took = membership_of(later)
    found = np.zeros((len(pairs.members), len(pairs.members)), dtype=bool)
    at = [pairs.members.index(name) for name in names]
    found[np.ix_(at, at)] = works_together(took, "full").toarray() > 0
    return np.asarray(found[pairs.one, pairs.two], dtype=bool)


@dataclass(frozen=True, kw_only=True)
class PartnerForecast(Finding):
    """Pairs likely to co-operate for the first time, likeliest first.

    table : member_1, member_2, chance (0 to 1, within the horizon), then every feature of the pair
    weights : feature, weight: of standardised log features in the logistic regression
    """

    weights: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        held = self.weights.with_columns(name=pl.col("feature"))
        return alt.Chart(held).mark_bar().encode(x="weight:Q", y="name:N")


def forecast_partners(
    frame: Any,
    now: int,
    horizon: int = 3,
    *,
    work: str = "work",
    member: str = "member",
    year: str = "year",
    past: int = 5,
    least_works: int = 3,
    groups: Mapping[str, str] | None = None,
    terms: Any = None,
    most: int = 1000,
) -> PartnerForecast:
    """Who is likely to work together for the first time in the years after ``now``.

    A logistic regression of new co-operation on the logarithms of the features; it learns from pairs as they were known ``horizon`` years
    before ``now`` and what became of them up to ``now``. Rows later than ``now`` are never read.

    groups : member -> group, such as a country; terms : a frame of work and term
    most   : pairs to return
    Returns PartnerForecast.
    Raises  InputError as ``read_works`` and ``candidate_pairs``, or where no new co-operation is there to learn from.
    """
    works = read_works(frame, work, member, year=year)
    held = (
        None if terms is None else read_long(terms, {"work": "work", "term": "term"}, []).unique()
    )
    chance, pairs, model = _learnt(works, now, horizon, past, least_works, groups, held)
    order = np.lexsort((pairs.two, pairs.one, -chance))[:most]
    columns: dict[str, Any] = {
        "member_1": [pairs.members[k] for k in pairs.one[order]],
        "member_2": [pairs.members[k] for k in pairs.two[order]],
        "chance": chance[order],
    } | {name: pairs.features[order, k] for k, name in enumerate(pairs.names)}
    table = pl.DataFrame(columns)
    first = table.row(0, named=True)
    told = (
        f"{first['member_1']} and {first['member_2']} are the likeliest new partners: {first['chance']:.1%} within {horizon} years.",
        f"最可能新建合作的是{first['member_1']}与{first['member_2']}：{horizon}年内概率{first['chance']:.1%}。",
    )
    mean = (
        f"Over all {chance.size:,} pairs without joint work the mean chance is {chance.mean():.2%}.",
        f"全部{chance.size:,}个尚无合作的配对平均概率为{chance.mean():.2%}。",
    )
    return PartnerForecast(
        table=table,
        weights=pl.DataFrame({"feature": list(pairs.names), "weight": np.round(model.coef_[0], 9)}),
        sentences=(("first", told), ("mean", mean)),
        conventions=_conventions(past, horizon, least_works),
        given=frame,
    )


def _learnt(
    works: pl.DataFrame,
    now: int,
    horizon: int,
    past: int,
    least_works: int,
    groups: Mapping[str, str] | None,
    terms: pl.DataFrame | None,
) -> tuple[Floats, Pairs, LogisticRegression]:
    known = works.filter(pl.col("year") <= now)
    before, today = (
        candidate_pairs(known, at, past=past, least_works=least_works, groups=groups, terms=terms)
        for at in (now - horizon, now)
    )
    came = came_together(known, before, now - horizon, horizon)
    if not came.any() or came.all():
        raise InputError(
            "no new co-operation to learn from"
            if not came.any()
            else "every pair came to work together",
            where=f"{now - horizon + 1} to {now}",
            try_next="ask for fewer works per member, or a longer horizon",
        )
    scale = StandardScaler().fit(np.log1p(before.features))
    model = LogisticRegression(max_iter=1000).fit(scale.transform(np.log1p(before.features)), came)
    chance = model.predict_proba(scale.transform(np.log1p(today.features)))[:, 1]
    return np.round(chance, 9), today, model


@dataclass(frozen=True, kw_only=True)
class PartnerRecord(Finding):
    """How well each score picked the new co-operations, a row per forecast year and score.

    table : year, score, score_en, score_zh, member_count, pair_count, link_count, base_rate_share, auc, and for each K precision_at_K_share and
            said_at_K_share (the mean chance that the learnt score gave these pairs; null for the others, which give none)
    """

    def _chart(self, alt: Any) -> Any:
        return alt.Chart(self.table).mark_line().encode(x="year:O", y="auc:Q", color="score:N")


def backtest_partners(
    frame: Any,
    years: Sequence[int],
    horizon: int = 3,
    *,
    work: str = "work",
    member: str = "member",
    year: str = "year",
    past: int = 5,
    least_works: int = 3,
    groups: Mapping[str, str] | Callable[[int], Mapping[str, str]] | None = None,
    terms: Any = None,
    at: tuple[int, ...] = (10, 50, 100),
    progress: Callable[[str], None] | None = None,
) -> PartnerRecord:
    """The record out of time: new co-operations of the ``horizon`` years after each forecast year, picked from what was known then.

    Every feature is a score of its own, beside the one that is learnt; the base rate is what a blind choice would hit.

    groups : member -> group; or a function from the forecast year to the groups that were known then

    Returns PartnerRecord.
    Raises  InputError as ``forecast_partners``, or for a forecast year whose outcomes the frame doesn't hold in full.
    """
    works = read_works(frame, work, member, year=year)
    held = (
        None if terms is None else read_long(terms, {"work": "work", "term": "term"}, []).unique()
    )
    last, rows = int(works["year"].to_numpy().max()), []
    if not years or max(years) + horizon > last:
        raise InputError(
            f"forecast years {list(years)} with outcomes up to {last}",
            where="years",
            try_next=f"forecast from {last - horizon} or before",
        )
    for now in years:
        if progress:
            progress(f"new co-operation after {now}")
        then = groups(now) if callable(groups) else groups
        chance, pairs, _ = _learnt(works, now, horizon, past, least_works, then, held)
        came = came_together(works, pairs, now, horizon)
        for name, score in [(LEARNT, chance), *zip(pairs.names, pairs.features.T, strict=True)]:
            record = link_record(score, came, at)
            rows.append(
                {
                    "year": now,
                    "score": name,
                    "score_en": LABELS[name][0],
                    "score_zh": LABELS[name][1],
                }
                | {
                    "member_count": len(pairs.members),
                    "pair_count": record.pairs,
                    "link_count": record.links,
                }
                | {"base_rate_share": record.base_rate, "auc": record.auc}
                | {f"precision_at_{k}_share": record.precision.get(k) for k in at}
                | {f"said_at_{k}_share": _said(chance, k) if name == LEARNT else None for k in at}
            )
    table = pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col("auc").fill_nan(None))
    return PartnerRecord(
        table=table,
        sentences=_record_sentences(table),
        conventions=_conventions(past, horizon, least_works),
        given=frame,
    )


def _said(chance: Floats, k: int) -> float | None:
    """The mean of the k highest chances."""
    return float(np.sort(chance)[-k:].mean()) if k <= chance.size else None


def _conventions(past: int, horizon: int, least_works: int) -> tuple[Words, ...]:
    return (
        (
            f"features from the {past} years up to the forecast year",
            f"特征取预测年及之前共{past}年",
        ),
        (
            f"new co-operation within {horizon} years, never before in the record",
            f"{horizon}年内首次合作",
        ),
        (
            f"members with {least_works} or more works in the past window",
            f"窗口期内成果不少于{least_works}项的成员",
        ),
        ("learnt from earlier years only", "仅用更早年份学习"),
    )


def _record_sentences(table: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    mean = table.group_by("score", "score_en", "score_zh").agg(
        pl.col("auc").mean(), pl.col("base_rate_share").mean()
    )
    mean = mean.drop_nulls("auc").sort(["auc", "score"], descending=[True, False])
    if not mean.height:
        return (("none", ("No new co-operation came to be in these years.", "期间没有新增合作。")),)
    best, own = mean.row(0, named=True), mean.filter(pl.col("score") == LEARNT).row(0, named=True)
    plain = mean.filter(pl.col("score") != LEARNT).row(0, named=True)
    told: dict[str, Words] = {
        "best": (
            f"Highest mean AUC: {best['score_en']}, {best['auc']:.3f}; {best['base_rate_share']:.2%} of pairs came to work together.",
            f"平均AUC最高的是{best['score_zh']}：{best['auc']:.3f}；实际新建合作占{best['base_rate_share']:.2%}。",
        ),
        "beside": (
            f"The learnt score has {own['auc']:.3f}, the best single score ({plain['score_en']}) {plain['auc']:.3f}.",
            f"学习所得得分为{own['auc']:.3f}，最佳单一指标（{plain['score_zh']}）为{plain['auc']:.3f}。",
        ),
    }
    return tuple(told.items())
