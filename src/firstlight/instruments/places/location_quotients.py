"""Location quotients: what a place does more of than the whole, how sure that is, and how it stands among places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from firstlight.errors import InputError
from firstlight.instruments.places.place_table import (
    ABSENT_IS_ZERO,
    Array,
    PlaceTable,
    checked_grid,
    last_year,
    place_table,
    shares,
)
from firstlight.numerics.finding import Finding, Words

EQUAL = 1e-10  # a quotient this near to 1 is 1
EMPTY_PLACE: Words = ("the place has nothing in any industry", "该地区各行业均为 0")
EMPTY_INDUSTRY: Words = ("the industry is nowhere", "该行业在各地区均为 0")


@dataclass(frozen=True)
class Quotients:
    """Location quotients, each (places, industries), dimensionless; nan where a place or an industry is empty.

    value : LQ; low, high : its interval; standardised : z-score among the places, by industry (nan where all are alike)
    """

    value: Array
    low: Array
    high: Array
    standardised: Array


@dataclass(frozen=True, kw_only=True)
class LocationQuotients(Finding):
    """``table``: (year), place, industry, value, place_share (of the place's total), location_quotient, low_quotient,
    high_quotient, standardised_quotient, is_specialised (the interval is above 1), reason_en, reason_zh.
    """

    def _chart(self, alt: Any) -> Any:
        last = last_year(self.table)
        some = (
            last.drop_nulls("location_quotient").sort("location_quotient", descending=True).head(30)
        )
        some = some.with_columns((pl.col("place") + " · " + pl.col("industry")).alias("pair"))
        base = alt.Chart(alt.Data(values=some.to_dicts())).encode(
            y=alt.Y("pair:N", sort=None, title=None)
        )
        x = alt.X("location_quotient:Q", scale=alt.Scale(type="symlog"))
        return base.mark_rule().encode(
            x="low_quotient:Q", x2="high_quotient:Q"
        ) + base.mark_point().encode(x=x)


def quotients(x: Array) -> Array:
    """Location quotients alone: (places, industries), nan where a place or an industry is empty.

    >>> quotients(np.array([[1.0, 1.0], [0.0, 2.0]])).round(2).tolist()
    [[2.0, 0.67], [0.0, 1.33]]
    """
    columns = x.sum(axis=0)
    return np.asarray(shares(x, 1) / np.where(columns > 0, columns / x.sum(), np.nan), dtype=float)


def specialised_in(x: Array) -> NDArray[np.bool_]:
    """Where the location quotient is at least 1, rounding apart: (places, industries), False where there is none.

    Balassa's rule of presence, as everywhere here (``complexity.PresenceRule``): a place with the structure of the whole is
    present in all that it has.

    Source: Balassa (1965), Manchester School 33(2), 99-123; Hidalgo and Hausmann (2009), PNAS 106(26), 10570-10575.

    >>> specialised_in(np.array([[1.0, 1.0], [0.0, 2.0]])).tolist(), specialised_in(np.array([[2.0, 3.0]])).tolist()
    ([[True, False], [False, True]], [[True, True]])
    """
    return np.asarray(np.nan_to_num(quotients(x)) >= 1 - EQUAL)


def above_1(quotient: Array) -> NDArray[np.bool_]:
    """Above 1 by more than rounding, which must not decide how strong a cluster is; False where nan.

    >>> above_1(np.array([1.5, 1 + 1e-15, np.nan])).tolist()
    [True, False, False]
    """
    return np.asarray(np.nan_to_num(quotient) > 1 + EQUAL)


def location_quotient(
    table: ArrayLike, *, level: float = 0.95, dispersion: float = 1.0, standardise: str = "levels"
) -> Quotients:
    """An industry's share of a place, over its share of the whole, with intervals and z-scores.

    LQ = (x_pi / x_p.) / (x_.i / x_..). Its interval by the delta method on log LQ, units (jobs, plants, patents) being drawn
    independently (multinomial): var(log LQ) = phi (1/x_pi - 1/x_p. - 1/x_.i + 2 LQ/x_.. - 1/x_..). Where x_pi = 0 the lower
    end is 0, and the upper one is the share that would leave nothing in x_p./phi draws with probability (1 - level)/2, over
    x_.i / x_... Standardised: (LQ - mean) / sd over places, by industry (ddof 1), or the same of logarithms (of LQ above 0).

    table      : (places, industries), counts, not negative
    dispersion : phi, the variance over that of independent units. Jobs come by the plant: with jobs, give the size of the plant
                 that the mean job is in, sum z^2 / sum z of plant sizes z. Their plain mean is too small, and so are intervals
                 by it, the more so the more unequal plants are; and an industry of larger plants than others needs more
    standardise : ``levels`` or ``logs``
    Returns Quotients.
    Raises  InputError naming row and column of a number that can't be used, or a level or dispersion out of range.
    Source: Isserman (1977), Journal of the American Institute of Planners 43(1), 33-41; Moineddin, Beyene and Boyle (2003),
            Geographical Analysis 35(3), 249-256 (delta method); O'Donoghue and Gleave (2004), Regional Studies 38(4), 419-427.

    >>> location_quotient([[1, 1], [0, 2]]).value.round(2).tolist()
    [[2.0, 0.67], [0.0, 1.33]]
    """
    if (
        not 0 < level < 1
        or not (np.isfinite(dispersion) and dispersion > 0)
        or standardise not in ("levels", "logs")
    ):
        raise InputError(
            f"level {level}, dispersion {dispersion}, standardise {standardise!r}",
            where="location_quotient",
            try_next="use a level of 0 to 1, a dispersion above 0, and 'levels' or 'logs'",
        )
    x = checked_grid(table)
    value = quotients(x)
    rows, columns, total = x.sum(axis=1, keepdims=True), x.sum(axis=0, keepdims=True), x.sum()
    national = np.where(columns > 0, columns / total, np.nan)
    # Where counts are far below 1 nothing is known, and the upper end is infinite.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        variance = dispersion * (1 / x - 1 / rows - 1 / columns + (2 * value - 1) / total)
        reach = np.exp(-ndtri((1 - level) / 2) * np.sqrt(np.maximum(variance, 0)))
        none = -np.expm1(np.log((1 - level) / 2) * dispersion / rows) / national
        low = np.where(x > 0, value / reach, np.where(np.isnan(value), np.nan, 0.0))
        high = np.where(x > 0, value * reach, np.where(np.isnan(value), np.nan, none))
    return Quotients(value, low, high, _standardised(value, standardise == "logs"))


def _standardised(value: Array, logs: bool) -> Array:
    with np.errstate(divide="ignore"):
        q = np.log(value) if logs else value
    known = np.isfinite(q)
    count = known.sum(axis=0)
    mean = np.where(known, q, 0).sum(axis=0) / np.maximum(count, 1)
    gap = np.where(known, q - mean, np.nan)
    sd = np.sqrt(np.nansum(gap**2, axis=0) / np.maximum(count - 1, 1))
    usable = (count > 1) & (sd > 1e-12 * np.maximum(np.abs(mean), 1e-300))
    return np.asarray(gap / np.where(usable, sd, np.nan), dtype=float)


def location_quotients(
    frame: Any,
    value: str,
    *,
    place: str = "place",
    industry: str = "industry",
    year: str | None = None,
    level: float = 0.95,
    dispersion: float = 1.0,
    standardise: str = "levels",
) -> LocationQuotients:
    """``location_quotient`` of a long frame, for each year by itself.

    value : column of counts (jobs, plants, patents), not negative; the rest as in ``location_quotient``
    Returns LocationQuotients.
    Raises  InputError as ``place_table`` and ``location_quotient``.

    >>> rows = pl.DataFrame({"place": ["a", "a", "b"], "industry": ["x", "y", "y"], "jobs": [10, 10, 20]})
    >>> location_quotients(rows, "jobs").table["location_quotient"].round(2).to_list()
    [2.0, 0.67, 0.0, 1.33]
    """
    read = place_table(frame, value, place=place, industry=industry, year=year)
    parts = []
    for when, x in zip(read.years, read.values, strict=True):
        found = location_quotient(x, level=level, dispersion=dispersion, standardise=standardise)
        parts.append(read.year_column(_of_year(read, x, found), when))
    table = pl.concat(parts)
    return LocationQuotients(
        table=table,
        sentences=_sentences(table, level),
        conventions=_conventions(level, dispersion, standardise),
        given=frame,
    )


def _of_year(read: PlaceTable, x: Array, found: Quotients) -> pl.DataFrame:
    n_places, n_industries = x.shape
    empty_place = np.repeat(x.sum(axis=1) == 0, n_industries)
    empty_industry = np.tile(x.sum(axis=0) == 0, n_places)
    why = [
        pl.when(pl.col("#place")).then(pl.lit(EMPTY_PLACE[k])).when(pl.col("#industry")).then(pl.lit(EMPTY_INDUSTRY[k]))
        .otherwise(pl.lit("")).alias(name)
        for k, name in enumerate(("reason_en", "reason_zh"))
    ]  # fmt: skip
    return (
        pl.DataFrame(
            {
                "place": np.repeat(np.array(read.places), n_industries),
                "industry": np.tile(np.array(read.industries), n_places),
                "value": x.ravel(),
                "place_share": shares(x, 1).ravel(),
                "location_quotient": found.value.ravel(),
                "low_quotient": found.low.ravel(),
                "high_quotient": found.high.ravel(),
                "standardised_quotient": found.standardised.ravel(),
                "#place": empty_place,
                "#industry": empty_industry,
            }
        )
        .with_columns(pl.selectors.float().fill_nan(None))
        .with_columns((pl.col("low_quotient") > 1 + EQUAL).alias("is_specialised"), *why)
        .drop("#place", "#industry")
    )


def _sentences(table: pl.DataFrame, level: float) -> tuple[tuple[str, Words], ...]:
    last = last_year(table)
    known = last.drop_nulls("location_quotient")
    sure, present = (
        int(known["is_specialised"].sum()),
        int((known["location_quotient"] >= 1 - EQUAL).sum()),
    )
    told: dict[str, Words] = {
        "specialised": (
            f"{present:,} of {known.height:,} pairs of place and industry have a location quotient of at least 1; of {sure:,} the "
            f"{level:.0%} interval is above 1.",
            f"{known.height:,} 个“地区—行业”组合中，{present:,} 个区位商不低于 1；其中 {sure:,} 个的 {level:.0%} 区间整体高于 1。",
        ),
    }
    if sure:
        top = known.filter("is_specialised").sort(
            ["low_quotient", "place", "industry"], descending=[True, False, False]
        )
        row = top.row(0, named=True)
        told["highest"] = (
            f"Surest specialisation: {row['place']} in {row['industry']}, {row['location_quotient']:.2f} "
            f"({row['low_quotient']:.2f} to {row['high_quotient']:.2f}).",
            f"专业化最显著：{row['place']}的{row['industry']}，区位商 {row['location_quotient']:.2f}"
            f"（{row['low_quotient']:.2f} 至 {row['high_quotient']:.2f}）。",
        )
    lost = table.filter(pl.col("reason_en") != "")
    if lost.height:
        told["missing"] = (
            f"{lost.height:,} pairs have no location quotient: {lost['reason_en'][0]}.",
            f"{lost.height:,} 个组合无区位商：{lost['reason_zh'][0]}。",
        )
    return tuple(told.items())


def _conventions(level: float, dispersion: float, standardise: str) -> tuple[Words, ...]:
    return (
        ("location quotient: share of the place over share of the whole, the place included", "区位商：地区份额除以全域份额（全域含本地区）"),
        (
            f"{level:.0%} intervals by the delta method on logarithms, multinomial, variance times {dispersion:g}; jobs that "
            "come by the plant need a dispersion above 1, the size of the plant that the mean job is in",
            f"{level:.0%} 区间：对数区位商的 delta 法（多项分布，方差乘以 {dispersion:g}）；以就业人数计算时宜取大于 1 的离散系数，即平均每个岗位所在企业的规模",
        ),
        (
            f"standardised by industry over places, {'logarithms' if standardise == 'logs' else 'levels'}, n - 1",
            f"按行业在地区间标准化（{'对数' if standardise == 'logs' else '水平值'}，n - 1）",
        ),
        ABSENT_IS_ZERO,
    )  # fmt: skip
