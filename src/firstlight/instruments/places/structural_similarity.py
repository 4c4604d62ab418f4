"""How alike the structures of places are, and how far their portfolios and plans overlap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.spatial.distance import pdist, squareform
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError
from firstlight.instruments.places.location_quotients import specialised_in
from firstlight.instruments.places.place_table import (
    ABSENT_IS_ZERO,
    Array,
    checked_grid,
    last_year,
    place_table,
    shares,
)
from firstlight.numerics.finding import Finding, Words, listed, listed_zh
from firstlight.numerics.long_frames import nan_to_null, read_long


@dataclass(frozen=True)
class Similarity:
    """Each (places, places), symmetric; nan for a place with nothing.

    cosine : of the vectors of shares, 0 to 1; krugman : sum |a - b|, 0 (alike) to 2; finger_kreinin : sum min(a, b), 0 to 1,
    1 - krugman / 2; jaccard : of the industries with a quotient of at least 1; weighted_jaccard : sum min / sum max of shares
    """

    cosine: Array
    krugman: Array
    finger_kreinin: Array
    jaccard: Array
    weighted_jaccard: Array


@dataclass(frozen=True, kw_only=True)
class SimilarPlaces(Finding):
    """``table``: (year), place, other, cosine_index, krugman_index, finger_kreinin_index, jaccard_share, weighted_jaccard_share, a
    row per pair. places : (year), place, mean_finger_kreinin_index, nearest, nearest_finger_kreinin_index.
    """

    places: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        some = last_year(self.table)
        base = alt.Chart(alt.Data(values=some.head(5_000).to_dicts()))
        return base.mark_rect().encode(x="place:N", y="other:N", color="finger_kreinin_index:Q")


@dataclass(frozen=True, kw_only=True)
class PlanOverlap(Finding):
    """``table``: place, other, shared_count, either_count, jaccard_share, weighted_jaccard_share, shared_activities (up to 5).
    activities : activity, places_count, places_share, the most planned first.
    """

    activities: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        some = self.activities.head(30)
        y = alt.Y("activity:N", sort=None, title=None)
        return (
            alt.Chart(alt.Data(values=some.to_dicts())).mark_bar().encode(x="places_count:Q", y=y)
        )


def similarity(table: ArrayLike) -> Similarity:
    """Structural similarity of each pair of places.

    table : (places, industries), not negative
    Returns Similarity.
    Raises  InputError as ``checked_grid``.
    Source: Finger and Kreinin (1979), Economic Journal 89(356), 905-912; Krugman (1991), Geography and Trade; Jaffe
            (1986), American Economic Review 76(5), 984-1001 (cosine); Ruzicka (1958), Biologia 13, 647-661 (weighted Jaccard).

    >>> found = similarity([[1, 1, 0], [1, 0, 1]])
    >>> found.cosine.round(2)[0, 1].item(), found.krugman[0, 1].item(), found.finger_kreinin[0, 1].item()
    (0.5, 1.0, 0.5)
    """
    x = checked_grid(table)
    s = shares(x, 1)
    krugman = _krugman(np.nan_to_num(s))
    length = np.sqrt((s**2).sum(axis=1))
    unit = s / length[:, None]
    cosine = np.clip(unit @ unit.T, 0, 1)
    special = specialised_in(x).astype(float)
    both = special @ special.T
    either = special.sum(axis=1)[:, None] + special.sum(axis=1)[None, :] - both
    jaccard = np.divide(both, either, out=np.full_like(both, np.nan), where=either > 0)
    empty = np.isnan(length)
    for each in (krugman, jaccard):
        each[empty, :] = each[:, empty] = np.nan
    least = 1 - krugman / 2
    return Similarity((cosine + cosine.T) / 2, krugman, least, jaccard, least / (2 - least))


def _krugman(s: Array) -> Array:
    """Of shares, (places, industries); 2 exactly, and not a rounding more, where two places have nothing in common."""
    return np.asarray(np.minimum(squareform(pdist(s, "cityblock")), 2.0))


def structural_similarity(
    frame: Any,
    value: str,
    *,
    place: str = "place",
    industry: str = "industry",
    year: str | None = None,
) -> SimilarPlaces:
    """``similarity`` of a long frame, for each year by itself.

    value : column of employment, output, exports, ...: not negative
    Returns SimilarPlaces.
    Raises  InputError as ``place_table``, and with fewer than two places that have something.

    >>> rows = pl.DataFrame({"place": ["a", "a", "b", "b"], "industry": ["x", "y", "x", "z"], "jobs": [1, 1, 1, 1]})
    >>> structural_similarity(rows, "jobs").table.select("krugman_index", "finger_kreinin_index").row(0)
    (1.0, 0.5)
    """
    read = place_table(frame, value, place=place, industry=industry, year=year)
    pairs, places, empty = [], [], []
    for when, x in zip(read.years, read.values, strict=True):
        there = np.flatnonzero(x.sum(axis=1) > 0)
        empty += [name for k, name in enumerate(read.places) if k not in set(there.tolist())]
        if there.size < 2:
            raise InputError(
                f"{there.size} place with something" + (f" in {when}" if year else ""),
                where=f"column {value!r}",
                try_next="similarity needs two places",
            )
        names = np.array(read.places)[there]
        with threadpool_limits(
            limits=1, user_api="blas"
        ):  # the same bytes whatever the number of threads
            found = similarity(x[there])
        one, other = np.triu_indices(there.size, 1)
        pair = pl.DataFrame(
            {
                "place": names[one],
                "other": names[other],
                **{
                    f"{name}_{'share' if 'jaccard' in name else 'index'}": each[one, other]
                    for name, each in vars(found).items()
                },
            }
        )
        pairs.append(read.year_column(pair, when))
        places.append(read.year_column(_nearest(names.tolist(), found.finger_kreinin), when))
    table = nan_to_null(pl.concat(pairs))
    return SimilarPlaces(
        table=table,
        places=pl.concat(places),
        sentences=_similar_sentences(table, sorted(set(empty))),
        conventions=(
            (
                "shares within each place; Finger-Kreinin is 1 - Krugman / 2, and weighted Jaccard is FK / (2 - FK)",
                "按各地区内部份额计算；Finger-Kreinin 指数为 1 - 克鲁格曼指数/2，加权 Jaccard 为 FK/(2 - FK)",
            ),
            (
                "portfolio: industries with a location quotient of at least 1",
                "产业组合：区位商不低于 1 的行业",
            ),
            ABSENT_IS_ZERO,
        ),
        given=frame,
    )


def _nearest(names: list[str], fk: Array) -> pl.DataFrame:
    others = fk.copy()
    np.fill_diagonal(others, -np.inf)
    at = others.argmax(axis=1)
    np.fill_diagonal(others, 0)
    return pl.DataFrame(
        {
            "place": names,
            "mean_finger_kreinin_index": others.sum(axis=1) / (len(names) - 1),
            "nearest": [names[k] for k in at],
            "nearest_finger_kreinin_index": fk[np.arange(len(names)), at],
        }
    )


def _similar_sentences(table: pl.DataFrame, empty: list[str]) -> tuple[tuple[str, Words], ...]:
    has_years = "year" in table.columns
    last = last_year(table)
    top = last.sort(
        ["finger_kreinin_index", "place", "other"], descending=[True, False, False]
    ).row(0, named=True)
    mean = float(last["finger_kreinin_index"].to_numpy().mean())
    english, chinese = (
        f"Mean similarity (Finger-Kreinin) {mean:.2f}",
        f"平均相似度（Finger-Kreinin）为 {mean:.2f}",
    )
    if has_years and table["year"].n_unique() > 1:
        first = table.filter(pl.col("year") == pl.col("year").min())
        before = float(first["finger_kreinin_index"].to_numpy().mean())
        english += f" in {last['year'][0]}, after {before:.2f} in {first['year'][0]}"
        chinese += f"（{last['year'][0]} 年），{first['year'][0]} 年为 {before:.2f}"
    told: dict[str, Words] = {
        "similar": (
            f"{english}; most alike: {top['place']} and {top['other']}, {top['finger_kreinin_index']:.2f}.",
            f"{chinese}；最相似：{top['place']}与{top['other']}，{top['finger_kreinin_index']:.2f}。",
        ),
    }
    if empty:
        names = listed(empty)
        told["missing"] = (
            f"{names}: nothing in some year, and no similarity then.",
            f"{listed_zh(empty)}：部分年份各行业均为 0，未计算。",
        )
    return tuple(told.items())


def plan_overlap(
    frame: Any, *, place: str = "place", activity: str = "activity", weight: str | None = None
) -> PlanOverlap:
    """How far the plans (or portfolios) of places overlap: Jaccard, and weighted Jaccard of the places' weights.

    Jaccard = |A and B| / |A or B|; weighted = sum min(a, b) / sum max(a, b), of weights made to add up to 1 in each place.

    frame  : a row per place and activity that it plans, names or hosts; weight : column of money or jobs, above 0, or None
    Returns PlanOverlap.
    Raises  InputError naming a pair that stands twice, a weight that can't be used, or fewer than two places.
    Source: Jaccard (1912), New Phytologist 11(2), 37-50; Ruzicka (1958), Biologia 13, 647-661.

    >>> rows = pl.DataFrame({"place": ["a", "a", "b", "b"], "activity": ["chips", "cars", "chips", "ships"]})
    >>> plan_overlap(rows).table.select("shared_count", "jaccard_share", "shared_activities").row(0)
    (1, 0.3333333333333333, 'chips')
    """
    if weight is None:
        listing = _read_pairs(frame, place, activity)
        read = place_table(
            listing.with_columns(pl.lit(1.0).alias("weight")), "weight", industry="activity"
        )
    else:
        read = place_table(frame, weight, place=place, industry=activity)
    x = read.values[0]
    if (x.sum(axis=1) == 0).any() or len(read.places) < 2:
        raise InputError(
            f"{int((x.sum(axis=1) > 0).sum())} places with plans",
            where="plan_overlap",
            try_next="bring two places or more, each with a plan of weight above 0",
        )
    there = (x > 0).astype(float)
    both = there @ there.T  # whole numbers: exact
    either = there.sum(axis=1)[:, None] + there.sum(axis=1)[None, :] - both
    least = 1 - _krugman(shares(x, 1)) / 2
    one, other = np.triu_indices(len(read.places), 1)
    names = np.array(read.places)
    has = there > 0
    own = [np.flatnonzero(row) for row in has]
    # six tell whether there are more than the five that are named: of many places the pairs are millions
    shared = [
        listed([read.industries[k] for k in own[i][has[j, own[i]]][:6]])
        for i, j in zip(one, other, strict=True)
    ]
    table = pl.DataFrame(
        {
            "place": names[one],
            "other": names[other],
            "shared_count": both[one, other].astype(np.int64),
            "either_count": either[one, other].astype(np.int64),
            "jaccard_share": (both / either)[one, other],
            "weighted_jaccard_share": (least / (2 - least))[one, other],
            "shared_activities": shared,
        }
    )
    count = there.sum(axis=0).astype(np.int64)
    activities = pl.DataFrame(
        {
            "activity": read.industries,
            "places_count": count,
            "places_share": count / len(read.places),
        }
    ).sort(["places_count", "activity"], descending=[True, False])
    return PlanOverlap(
        table=table,
        activities=activities,
        sentences=_plan_sentences(table, activities),
        conventions=(
            (
                "Jaccard of the sets; weighted Jaccard of " + (f"{weight}, as shares of each place" if weight else "equal weights"),
                "集合 Jaccard 系数；加权 Jaccard 按" + (f"“{weight}”在各地区内的份额" if weight else "等权"),
            ),
        ),
        given=frame,
    )  # fmt: skip


def _read_pairs(frame: Any, place: str, activity: str) -> pl.DataFrame:
    return read_long(frame, {"place": place, "activity": activity}, [])


def _plan_sentences(table: pl.DataFrame, activities: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    mean = float(table["jaccard_share"].to_numpy().mean())
    order = [
        "jaccard_share",
        "shared_count",
        "place",
        "other",
    ]  # of two that plan one thing each, the overlap says little
    top = table.sort(order, descending=[True, True, False, False]).row(0, named=True)
    most = activities.row(0, named=True)
    told: dict[str, Words] = {
        "overlap": (
            f"Two places share {mean:.0%} of their plans on average; most: {top['place']} and {top['other']}, "
            f"{top['jaccard_share']:.0%}.",
            f"两地规划平均重合 {mean:.0%}；最高：{top['place']}与{top['other']}，{top['jaccard_share']:.0%}。",
        ),
        "crowded": (
            f"Most planned: {most['activity']}, in {most['places_count']} places ({most['places_share']:.0%}).",
            f"规划最多的是{most['activity']}，{most['places_count']} 个地区（{most['places_share']:.0%}）。",
        ),
    }
    return tuple(told.items())
