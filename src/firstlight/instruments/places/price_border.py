"""A border in prices: how much more relative prices move between the sides of a border than within them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy import stats

from firstlight.errors import InputError
from firstlight.instruments.places.price_panel import Array
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import nan_to_null, read_long

FEWEST_PLACES, FEWEST_PERIODS = 4, 3


@dataclass(frozen=True, kw_only=True)
class PriceBorder(Finding):
    """``table``: period (null: all periods together, the first row), within_index, across_index (mean segmentation index of the
    pairs on one side, and of those on two), border_ratio (across over within; 1 = no border), border_ratio_low, border_ratio_high (null for a single period),
    within_pairs_count, across_pairs_count, reason_en, reason_zh.
    """

    def _chart(self, alt: Any) -> Any:
        rows = self.table.drop_nulls(["period", "border_ratio"])
        return alt.Chart(rows).mark_line(point=True).encode(x="period:Q", y="border_ratio:Q")


def border_ratio(
    index: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    is_across: ArrayLike,
    period: ArrayLike,
    *,
    level: float = 0.9,
) -> tuple[float, float, float]:
    """Mean index of pairs across a border over that of pairs within its sides, with an interval over places and periods.

    The interval leaves out one place after another with all its pairs, then one period after another (jackknife of the
    logarithm), adds both variances and takes Student's t of the fewer. Shocks that a side has to itself are the same for all of its
    places, so that places alone would know nothing of their chance.

    index : (rows,), 0 or more, nan where unknown, a row per pair and period; first, second : (rows,), positions of places;
    is_across : (rows,); period : (rows,), whole
    Returns (ratio, low, high); nan where a kind of pair is missing, or nothing moves within; ends nan with fewer than four
    places or three periods.
    Source: Engel and Rogers (1996), American Economic Review 86(5), 1112-1125, the comparison without its regression on
            distance; jackknife: Efron and Stein (1981), Annals of Statistics 9(3), 586-596.

    >>> border_ratio([1.0, 2.0, 2.0], [0, 0, 1], [1, 2, 2], [False, True, True], [1, 1, 1])[0]
    2.0
    """
    x, across = np.asarray(index, dtype=float), np.asarray(is_across, dtype=bool)
    one, other, when = (np.asarray(each) for each in (first, second, period))
    known = np.isfinite(x)
    full = _log_ratio(x, across, known)
    places, periods = np.union1d(one[known], other[known]), np.unique(when[known])
    without = (
        [_log_ratio(x, across, known & (one != place) & (other != place)) for place in places],
        [_log_ratio(x, across, known & (when != each)) for each in periods],
    )
    if (
        places.size < FEWEST_PLACES
        or periods.size < FEWEST_PERIODS
        or not np.isfinite(np.concatenate(without)).all()
    ):
        return float(np.exp(full)), float("nan"), float("nan")
    error = (
        sum(
            (1 - 1 / len(each)) * float(((np.array(each) - np.mean(each)) ** 2).sum())
            for each in without
        )
        ** 0.5
    )
    reach = float(stats.t.ppf((1 + level) / 2, min(places.size, periods.size) - 1)) * error
    return tuple(float(np.exp(full + shift)) for shift in (0.0, -reach, reach))  # type: ignore[return-value]


def _log_ratio(x: Array, across: Any, known: Any) -> float:
    both = [x[known & kind] for kind in (across, ~across)]
    if not all(part.size and part.mean() > 0 for part in both):
        return float("nan")
    return float(np.log(both[0].mean() / both[1].mean()))


def price_border(pairs: Any, sides: Mapping[str, str], *, level: float = 0.9) -> PriceBorder:
    """``border_ratio`` of a table of pairs, for all periods together and for each.

    pairs : place, other_place, period, segmentation_index, as ``market_segmentation`` gives them with ``demean="none"``: the mean of
            a good over all pairs holds most of what all pairs across share, and taking it out hides the border
    sides : place -> the side of the border it is on (a country, a province, a group of provinces)
    Returns PriceBorder.
    Raises  InputError naming a place without a side, or where all are on one side.

    >>> rows = [("a", "b", 1, 1.0), ("a", "c", 1, 3.0), ("b", "c", 1, 3.0)]
    >>> rows = pl.DataFrame(rows, ["place", "other_place", "period", "segmentation_index"], orient="row")
    >>> price_border(rows, {"a": "n", "b": "n", "c": "s"}).table["border_ratio"].round(6).to_list()
    [3.0, 3.0]
    """
    own = {name: name for name in ("place", "other_place", "period", "segmentation_index")}
    rows = read_long(pairs, own, ["period", "segmentation_index"]).sort(
        "place", "other_place", "period"
    )
    names = sorted({*rows["place"], *rows["other_place"]})
    lost = [name for name in names if not sides.get(name)]
    if lost or len({sides[name] for name in names}) < 2:
        raise InputError(
            f"no side for {lost[0]!r}" if lost else "all places are on one side",
            where="sides",
            try_next="name the side of each place, two sides or more",
        )
    at = {name: k for k, name in enumerate(names)}
    place, other = (np.array([at[name] for name in rows[end]]) for end in ("place", "other_place"))
    side = np.array([sides[name] for name in names])
    across, x = side[place] != side[other], rows["segmentation_index"].fill_null(np.nan).to_numpy()
    when = rows["period"].to_numpy()
    found = [_row(None, x, place, other, across, when, level)]
    for period in np.unique(when):
        own_rows = when == period
        found.append(
            _row(
                int(period),
                x[own_rows],
                place[own_rows],
                other[own_rows],
                across[own_rows],
                when[own_rows],
                level,
            )
        )
    schema = {"period": pl.Int64, "reason_en": pl.String, "reason_zh": pl.String}
    table = pl.DataFrame(found, schema_overrides=schema, infer_schema_length=None)
    table = nan_to_null(table)
    return PriceBorder(
        table=table,
        sentences=_sentences(table.row(0, named=True), level),
        conventions=_conventions(level),
        given=pairs,
    )


def _row(
    period: int | None, x: Array, place: Any, other: Any, across: Any, when: Any, level: float
) -> dict[str, Any]:
    known = np.isfinite(x)
    counts = {
        kind: int((known & part).sum()) for kind, part in (("within", ~across), ("across", across))
    }
    ratio = border_ratio(x, place, other, across, when, level=level)
    why: Words = ("", "")
    if not np.isfinite(ratio[0]):
        why = ("no pairs of both kinds, or no price moves", "缺少界内或跨界的可比对，或价格无变动")
    return {
        "period": period,
        "within_index": float(x[known & ~across].mean()) if counts["within"] else np.nan,
        "across_index": float(x[known & across].mean()) if counts["across"] else np.nan,
        **dict(zip(("border_ratio", "border_ratio_low", "border_ratio_high"), ratio, strict=True)),
        **{f"{kind}_pairs_count": count for kind, count in counts.items()},
        "reason_en": why[0],
        "reason_zh": why[1],
    }


def _sentences(row: Mapping[str, Any], level: float) -> tuple[tuple[str, Words], ...]:
    if row["border_ratio"] is None:
        return (
            (
                "border",
                (
                    f"No border can be read: {row['reason_en']}.",
                    f"无法判断边界：{row['reason_zh']}。",
                ),
            ),
        )
    english = f"Relative prices vary {row['border_ratio']:.2f} times as much across the border as within its sides"
    chinese = f"跨界相对价格方差为界内的{row['border_ratio']:.2f}倍"
    if row["border_ratio_low"] is None:
        return (("border", (f"{english}, without interval.", f"{chinese}，无区间。")),)
    low, high = row["border_ratio_low"], row["border_ratio_high"]
    verdict: Words = ("there is a border in prices", "存在价格边界")
    if low <= 1 <= high:
        verdict = ("no clear border", "边界不明显")
    elif high < 1:
        verdict = ("less than within: no border", "低于界内，无边界")
    words = (
        f"{english} ({level:.0%} interval {low:.2f} to {high:.2f}): {verdict[0]}.",
        f"{chinese}（{level:.0%}区间{low:.2f}至{high:.2f}），{verdict[1]}。",
    )
    return (("border", words),)


def _conventions(level: float) -> tuple[Words, ...]:
    return (
        (
            f"border: mean index of pairs on two sides over that of pairs on one; {level:.0%} interval by leaving out places, and "
            "periods, one by one; distance is not taken out, so compare near pairs only where sides lie far apart",
            f"边界：跨界各对指数均值除以界内均值；{level:.0%}区间由逐一剔除地区与时期得到；未控制距离，两侧相距较远时宜仅比较邻近地区",
        ),
    )
