"""More clustered than chance: Ellison-Glaeser and Maurel-Sédillot, and industries that cluster together.

Symbols: s_m share of the industry in place m, x_m share of place m in the whole, z_k share of plant k in its industry,
H = sum z^2 the plant Herfindahl, G = sum (s - x)^2, K = 1 - sum x^2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.special import ndtr
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError
from firstlight.instruments.places.place_table import ABSENT_IS_ZERO, Array, checked_grid, place_table, shares
from firstlight.numerics.finding import Finding, Words, listed
from firstlight.numerics.long_frames import read_long

ALMOST_ALL = 1e-12  # a share nearer to 1 than this is all there is


@dataclass(frozen=True)
class AgglomerationIndex:
    """Of one industry: ``ellison_glaeser`` and ``maurel_sedillot`` (0 by chance, above where clustered, nan where undefined),
    ``raw`` (G), ``herfindahl`` (of plants), ``z`` (G against the dartboard, in standard deviations).
    """

    ellison_glaeser: float
    maurel_sedillot: float
    raw: float
    herfindahl: float
    z: float


@dataclass(frozen=True, kw_only=True)
class Agglomeration(Finding):
    """``table``: industry, plants_count, value, places_count, ellison_glaeser_index, maurel_sedillot_index, raw_index,
    plant_herfindahl_index, dartboard_z, p_value (two-sided; both null where sizes of single plants
    are not known), reason_en, reason_zh.
    """

    def _chart(self, alt: Any) -> Any:
        some = self.table.drop_nulls("ellison_glaeser_index").sort("ellison_glaeser_index", descending=True).head(30)
        y = alt.Y("industry:N", sort=None, title=None)
        return alt.Chart(alt.Data(values=some.to_dicts())).mark_bar().encode(x="ellison_glaeser_index:Q", y=y)


@dataclass(frozen=True, kw_only=True)
class Coagglomeration(Finding):
    """``table``: industry, other, coagglomeration_index, a row per pair, the highest first. ``matrix``: (industries,
    industries) in the order of ``industries``; symmetric, its diagonal is G / K of the industry itself.
    """

    industries: tuple[str, ...]
    matrix: Array

    def _chart(self, alt: Any) -> Any:
        some = self.table.head(500)
        base = alt.Chart(alt.Data(values=some.to_dicts()))
        return base.mark_rect().encode(x="industry:N", y="other:N", color="coagglomeration_index:Q")


def agglomeration_index(
    plant_sizes: ArrayLike, plant_places: ArrayLike, place_shares: ArrayLike, plant_counts: ArrayLike | None = None
) -> AgglomerationIndex:
    """Ellison-Glaeser's gamma and Maurel-Sédillot's, of the plants of one industry.

    gamma_EG = (G / K - H) / (1 - H); gamma_MS = ((sum s^2 - sum x^2) / K - H) / (1 - H).
    var(G) by chance = 2 {H^2 [X2 - 2 X3 + X2^2] - sum z^4 [X2 - 4 X3 + 3 X2^2]}, with Xj = sum x^j.

    plant_sizes  : (n,), above 0; plant_places : (n,), whole, positions in place_shares
    place_shares : (M,), not negative; made to add up to 1
    plant_counts : (n,), plants that a row stands for, taken as equal in size; 1 if None. H is then the least possible, and
                   both indices the greatest
    Returns AgglomerationIndex; indices are nan with one plant (H = 1) or one place (K = 0).
    Raises  InputError naming a size, count or place that can't be used.
    Source: Ellison and Glaeser (1997), Journal of Political Economy 105(5), 889-927, eq. 5 and p. 907; Maurel and Sédillot
            (1999), Regional Science and Urban Economics 29(5), 575-604, eq. 6.

    >>> sizes = [200, 650, 12000, 100, 50, 16000, 13000, 1500, 1500, 25000]
    >>> places = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2]
    >>> round(agglomeration_index(sizes, places, [5, 4, 1]).ellison_glaeser, 8)
    0.05990628
    """
    size, x = np.asarray(plant_sizes, dtype=float), np.asarray(place_shares, dtype=float)
    at = np.asarray(plant_places)
    count = np.ones_like(size) if plant_counts is None else np.asarray(plant_counts, dtype=float)
    for name, each, good in (
        ("plant size", size, np.isfinite(size) & (size > 0)),
        ("plant count", count, np.isfinite(count) & (count > 0)),
        ("place share", x, np.isfinite(x) & (x >= 0)),
    ):
        if each.size == 0 or not good.all():
            where = f"position {np.flatnonzero(~good)[0]}" if each.size else name
            raise InputError(f"a {name} that can't be used", where=where, try_next="use finite numbers above 0")
    if at.shape != size.shape or count.shape != size.shape or at.min() < 0 or at.max() >= x.size or not x.sum() > 0:
        raise InputError("places of plants", where="agglomeration_index", try_next="one known place for each plant")
    x, z = x / x.sum(), size / size.sum()
    s = np.bincount(at, z, minlength=x.size)
    h, fourth = float((z**2 / count).sum()), float((z**4 / count**3).sum())
    x2, x3 = float((x**2).sum()), float((x**3).sum())
    g, k = float(((s - x) ** 2).sum()), 1 - x2
    if k < ALMOST_ALL or 1 - h < ALMOST_ALL:
        return AgglomerationIndex(np.nan, np.nan, g, h, np.nan)
    variance = 2 * (h**2 * (x2 - 2 * x3 + x2**2) - fourth * (x2 - 4 * x3 + 3 * x2**2))
    z_score = (g - k * h) / variance**0.5 if variance > 0 else np.nan
    return AgglomerationIndex(
        (g / k - h) / (1 - h), ((float((s**2).sum()) - x2) / k - h) / (1 - h), g, h, float(z_score)
    )


def coagglomeration_matrix(table: ArrayLike, place_shares: ArrayLike | None = None) -> Array:
    """Which industries are found together: sum_m (s_mi - x_m)(s_mj - x_m) / (1 - sum x^2), for each pair.

    table        : (places, industries), not negative
    place_shares : (places,), x; None: the mean of the industries' shares, as the source has it
    Returns (industries, industries), symmetric; nan for an empty industry, or where all is in one place.
    Raises  InputError as ``checked_grid``.
    Source: Ellison, Glaeser and Kerr (2010), American Economic Review 100(3), 1195-1213, eq. 1. For plants and a group of
            industries it is the measure of Ellison and Glaeser (1997), eq. 9 (``group_coagglomeration``).

    >>> coagglomeration_matrix([[1, 1, 0], [0, 0, 1]]).round(2).tolist()
    [[0.5, 0.5, -1.0], [0.5, 0.5, -1.0], [-1.0, -1.0, 2.0]]
    """
    s = shares(checked_grid(table), 0)
    x = np.nanmean(s, axis=1) if place_shares is None else np.asarray(place_shares, dtype=float)
    if x.shape != s.shape[:1] or not np.isfinite(x).all() or (x < 0).any() or not x.sum() > 0:
        raise InputError(
            f"place shares of shape {x.shape}", where="place_shares", try_next="one of 0 or more per place"
        )
    x = x / x.sum()
    k = 1 - float((x**2).sum())
    gap = s - x[:, None]
    found = gap.T @ gap
    return np.asarray((found + found.T) / 2 / (k if k > ALMOST_ALL else np.nan), dtype=float)


def group_coagglomeration(table: ArrayLike, place_shares: ArrayLike | None = None) -> float:
    """Coagglomeration within a group of industries: the mean over pairs, weighted by the product of their sizes.

    This equals Ellison and Glaeser's gamma^c = [G/K - H - sum gamma_i w_i^2 (1 - H_i)] / (1 - sum w_i^2) with w the
    industries' shares in the group and H = sum w_i^2 H_i: plants drop out of it.

    table : (places, industries of the group); place_shares : (places,); None: the group's own distribution
    Returns gamma^c; nan for a group of one industry.
    Source: Ellison and Glaeser (1997), eq. 9.

    >>> round(group_coagglomeration([[1, 1], [0, 0], [0, 0]], [1, 1, 1]), 2)
    1.0
    """
    x = checked_grid(table)
    own = x.sum(axis=1) if place_shares is None else np.asarray(place_shares, dtype=float)
    keep = x.sum(axis=0) > 0
    w = x[:, keep].sum(axis=0) / x.sum()
    pairs = np.outer(w, w)
    np.fill_diagonal(pairs, 0)
    weight = pairs.sum()
    return float((pairs * coagglomeration_matrix(x[:, keep], own)).sum() / weight) if weight > 0 else float("nan")


def agglomeration(
    frame: Any,
    size: str,
    *,
    place: str = "place",
    industry: str = "industry",
    place_total: str | None = None,
    plants: str | None = None,
) -> Agglomeration:
    """Ellison-Glaeser and Maurel-Sédillot of every industry, from a row per plant (or per place and industry with counts).

    size        : column of the plant's employment or output, above 0
    place_total : column of the place's total in the same unit (the same in all its rows); None: the sum of the frame's plants
    plants      : column of how many plants a row stands for; None: one
    Returns Agglomeration.
    Raises  InputError naming place and industry of a number that can't be used, or a place of two totals.

    >>> rows = pl.DataFrame({"place": ["a", "a", "b", "b"], "industry": ["x", "x", "y", "y"], "jobs": [1, 1, 1, 1]})
    >>> agglomeration(rows, "jobs").table["ellison_glaeser_index"].to_list()
    [1.0, 1.0]
    """
    numbers = {
        "size": size,
        **({"total": place_total} if place_total else {}),
        **({"plants": plants} if plants else {}),
    }
    rows = read_long(frame, {"place": place, "industry": industry, **numbers}, list(numbers))
    rows = rows.sort("industry", "place", *numbers)
    for name, own in numbers.items():
        bad = rows.filter(~(pl.col(name) > 0).fill_null(False))
        if bad.height:
            row = bad.row(0, named=True)
            raise InputError(
                "no value" if row[name] is None else f"{row[name]:g}",
                where=f"place {row['place']!r}, industry {row['industry']!r}, column {own!r}",
                try_next="plants, sizes and totals are above 0; leave out what does not exist",
            )
    totals = _place_totals(rows, place_total)
    at = dict(zip(totals["place"].to_list(), range(totals.height), strict=True))
    x, found = totals["total"].to_numpy(), []
    for (name,), plants_of in rows.group_by("industry", maintain_order=True):
        index = agglomeration_index(
            plants_of["size"].to_numpy(),
            np.array([at[p] for p in plants_of["place"]]),
            x,
            plants_of["plants"].to_numpy() if plants else None,
        )
        found.append(_agglomeration_row(str(name), plants_of, index, len(at), bool(plants)))
    table = pl.DataFrame(found, infer_schema_length=None).with_columns(pl.selectors.float().fill_nan(None))
    return Agglomeration(
        table=table,
        sentences=_agglomeration_sentences(table),
        conventions=_agglomeration_conventions(place_total, plants),
        given=frame,
    )


def _place_totals(rows: pl.DataFrame, place_total: str | None) -> pl.DataFrame:
    if place_total is None:
        return rows.group_by("place").agg(pl.col("size").sort().sum().alias("total")).sort("place")
    totals = rows.select("place", "total").unique().sort("place", "total")
    twice = totals.filter(pl.col("place").is_duplicated())
    if twice.height:
        raise InputError(
            f"place {twice['place'][0]!r} has totals {twice['total'][0]:g} and {twice['total'][1]:g}",
            where=f"column {place_total!r}",
            try_next="write the place's total in each of its rows",
        )
    return totals


def _agglomeration_row(
    name: str, own: pl.DataFrame, index: AgglomerationIndex, places: int, counted: bool
) -> dict[str, Any]:
    why: Words = ("", "")
    if np.isnan(index.ellison_glaeser):
        why = ("one place only", "仅有一个地区") if places == 1 else ("one plant has all of it", "仅一家企业")
    return {
        "industry": name,
        "plants_count": float(own["plants"].sum()) if counted else float(own.height),
        "value": float(own["size"].sum()),
        "places_count": own["place"].n_unique(),
        "ellison_glaeser_index": index.ellison_glaeser,
        "maurel_sedillot_index": index.maurel_sedillot,
        "raw_index": index.raw,
        "plant_herfindahl_index": index.herfindahl,
        "dartboard_z": np.nan if counted else index.z,
        "p_value": np.nan if counted else float(2 * ndtr(-abs(index.z))),
        "reason_en": why[0],
        "reason_zh": why[1],
    }


def _agglomeration_sentences(table: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    known = table.drop_nulls("ellison_glaeser_index").sort(
        ["ellison_glaeser_index", "industry"], descending=[True, False]
    )
    told: list[tuple[str, Words]] = []
    if known.height:
        tested = known.drop_nulls("p_value")
        sure = tested.filter((pl.col("p_value") < 0.05) & (pl.col("dartboard_z") > 0)).height
        high = known.filter(pl.col("ellison_glaeser_index") > 0.05).height
        top = known.row(0, named=True)
        told.append(
            (
                "clustered",
                (
                    f"{high} of {known.height} industries have an Ellison-Glaeser index above 0.05. Highest: {top['industry']}, "
                    f"{top['ellison_glaeser_index']:.3f}."
                    + (f" {sure} are more clustered than a dartboard would have them (5%)." if tested.height else ""),
                    f"{known.height} 个行业中，{high} 个的 EG 指数大于 0.05。最高：{top['industry']}，"
                    f"{top['ellison_glaeser_index']:.3f}。"
                    + (f"{sure} 个的集聚程度显著高于随机分布（5%）。" if tested.height else ""),
                ),
            )
        )
    lost = table.filter(pl.col("reason_en") != "")
    if lost.height:
        names = listed(lost["industry"].to_list())
        told.append(
            ("missing", (f"No index for {names}: {lost['reason_en'][0]}.", f"{names}无指数：{lost['reason_zh'][0]}。"))
        )
    return tuple(told)


def _agglomeration_conventions(place_total: str | None, plants: str | None) -> tuple[Words, ...]:
    whole = (
        (f"places weigh as in column {place_total}", f"地区权重取自“{place_total}”列")
        if place_total
        else ("places weigh as the sum of all plants in the frame", "地区权重为表中全部企业之和")
    )
    sizes = (
        (
            "plants of one row are taken as equal in size: the indices are upper bounds",
            "同一行的企业视为等规模：指数为上界",
        )
        if plants
        else ("a row is a plant", "每行为一家企业")
    )
    return (
        whole,
        sizes,
        ("0 is what chance gives; the p-value takes G as normal", "0 为随机分布的期望；p 值按 G 近似正态计算"),
    )


def coagglomeration(
    frame: Any, value: str, *, place: str = "place", industry: str = "industry", reference: str = "mean"
) -> Coagglomeration:
    """Ellison, Glaeser and Kerr's coagglomeration of each pair of industries.

    value     : column of employment or output, not negative
    reference : ``mean`` of the industries' shares (as the source), or ``total``, the place's share of everything
    Returns Coagglomeration.
    Raises  InputError as ``place_table``, and with fewer than two industries.

    >>> rows = pl.DataFrame({"place": ["a", "a", "b"], "industry": ["x", "y", "z"], "jobs": [1, 1, 1]})
    >>> coagglomeration(rows, "jobs").table["coagglomeration_index"].round(2).to_list()
    [0.5, -1.0, -1.0]
    """
    read = place_table(frame, value, place=place, industry=industry)
    x = read.values[0]
    names = [name for name, total in zip(read.industries, x.sum(axis=0), strict=True) if total > 0]
    if reference not in ("mean", "total") or len(names) < 2 or len(read.places) < 2:
        raise InputError(
            f"reference {reference!r}, {len(names)} industries, {len(read.places)} places",
            where="coagglomeration",
            try_next="use 'mean' or 'total', and two or more industries and places",
        )
    with threadpool_limits(limits=1, user_api="blas"):  # the same bytes whatever the number of threads
        matrix = coagglomeration_matrix(x[:, x.sum(axis=0) > 0], x.sum(axis=1) if reference == "total" else None)
    if np.isnan(matrix).any():
        raise InputError("everything is in one place", where="coagglomeration", try_next="bring more places")
    one, other = np.triu_indices(len(names), 1)
    table = pl.DataFrame(
        {
            "industry": np.array(names)[one],
            "other": np.array(names)[other],
            "coagglomeration_index": matrix[one, other],
        }
    ).sort(["coagglomeration_index", "industry", "other"], descending=[True, False, False])
    top = table.row(0, named=True)
    above = int((table["coagglomeration_index"] > 0).sum())
    words = (
        f"Most often together: {top['industry']} and {top['other']}, {top['coagglomeration_index']:.3f}; {above:,} of "
        f"{table.height:,} pairs are above 0.",
        f"共同集聚最强：{top['industry']}与{top['other']}，{top['coagglomeration_index']:.3f}；{table.height:,} 对行业中 {above:,} 对大于 0。",
    )
    whole = (
        ("the mean of the industries' shares", "各行业份额的均值")
        if reference == "mean"
        else ("the place's total", "地区总量")
    )
    return Coagglomeration(
        table=table,
        sentences=(("together", words),),
        conventions=((f"places weigh by {whole[0]}", f"地区权重为{whole[1]}"), ABSENT_IS_ZERO),
        given=frame,
        industries=tuple(names),
        matrix=matrix,
    )
