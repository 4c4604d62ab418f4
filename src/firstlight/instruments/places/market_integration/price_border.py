"""A border in prices: how much more relative prices move between the sides of a border than within
them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import constant, missing_value
from firstlight.numerics.distributions import critical_t
from firstlight.numerics.known_values import known_mean
from firstlight.numerics.long_frames import nan_to_null

Floats = NDArray[np.float64]
FEWEST_PLACES, FEWEST_PERIODS = 4, 3


def border_ratio(
    index: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    is_across: ArrayLike,
    period: ArrayLike,
    *,
    level: float = 0.9,
) -> tuple[float, float, float]:
    """Mean index of pairs across a border over that of pairs within its sides, with an interval
    over places and periods.

    The interval leaves out one place after another with all its pairs, then one period after
    another (jackknife of the logarithm), adds both variances and takes Student's t of the fewer.
    Shocks that a side has to itself are the same for all of its places, so that places alone would
    know nothing of their chance.

    Parameters
    ----------
    index
        (rows,), 0 or more, nan where unknown, a row for each pair and period.
    first, second
        (rows,), positions of the two places.
    is_across
        (rows,), whether they are on two sides.
    period
        (rows,), whole.
    level
        Probability that the interval holds.

    Returns
    -------
    Ratio, low, high; nan where a kind of pair is missing, or nothing moves within; ends nan with
    fewer than four places or three periods.

    References
    ----------
    Engel and Rogers 1996, American Economic Review 86(5), 1112-1125, the comparison without its
    regression on distance; jackknife: Efron and Stein 1981, Annals of Statistics 9(3), 586-596.

    Examples
    --------
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
    reach = critical_t(level, min(places.size, periods.size) - 1) * error
    factor, low, high = (float(np.exp(full + shift)) for shift in (0.0, -reach, reach))
    return factor, low, high


def _log_ratio(x: Floats, across: Any, known: Any) -> float:
    both = [x[known & kind] for kind in (across, ~across)]
    if not all(part.size and part.mean() > 0 for part in both):
        return float("nan")
    return float(np.log(both[0].mean() / both[1].mean()))


def price_border(
    pairs: pl.DataFrame, sides: Mapping[str, str], *, level: float = 0.9
) -> pl.DataFrame:
    """`border_ratio` of a table of pairs, for all periods together and for each.

    Parameters
    ----------
    pairs
        place, other_place, period, segmentation_index, as `market_segmentation` gives them with
        ``demean="none"``: the mean of a good over all pairs holds most of what all pairs across
        share, and taking it out hides the border.
    sides
        place -> the side of the border it is on (a country, a province, a group of provinces).
    level
        Probability that the interval holds.

    Returns
    -------
    period (null: all periods together, the first row), within_index, across_index (mean
    segmentation index of the pairs on one side, and of those on two), border_ratio (across over
    within; 1 = no border), border_ratio_low, border_ratio_high (null for a single period),
    within_pairs_count, across_pairs_count, reason.

    Raises
    ------
    InputError
        For a place without a side, or where all are on one side.

    Examples
    --------
    >>> rows = [("a", "b", 1, 1.0), ("a", "c", 1, 3.0), ("b", "c", 1, 3.0)]
    >>> rows = pl.DataFrame(
    ...     rows, ["place", "other_place", "period", "segmentation_index"], orient="row"
    ... )
    >>> price_border(rows, {"a": "n", "b": "n", "c": "s"})["border_ratio"].round(6).to_list()
    [3.0, 3.0]
    """
    rows = pairs.sort("place", "other_place", "period")
    names = sorted({*rows["place"], *rows["other_place"]})
    _check_sides(names, sides)
    at = {name: k for k, name in enumerate(names)}
    place, other = (np.array([at[name] for name in rows[end]]) for end in ("place", "other_place"))
    side = np.array([sides[name] for name in names])
    across, x = side[place] != side[other], rows["segmentation_index"].fill_null(np.nan).to_numpy()
    when = rows["period"].to_numpy()
    found = [_row(None, x, place, other, across, when, level=level)]
    for period in np.unique(when):
        own = when == period
        parts = [each[own] for each in (x, place, other, across, when)]
        found.append(_row(int(period), *parts, level=level))
    schema = {"period": pl.Int64, "reason": pl.String}
    return nan_to_null(pl.DataFrame(found, schema_overrides=schema, infer_schema_length=None))


def _check_sides(names: list[str], sides: Mapping[str, str]) -> None:
    for name in names:
        if not sides.get(name):
            raise missing_value("side", name)
    if len({sides[name] for name in names}) < 2:
        raise constant("side")


def _row(
    period: int | None, x: Floats, place: Any, other: Any, across: Any, when: Any, *, level: float
) -> dict[str, Any]:
    known = np.isfinite(x)
    within, beyond = x[known & ~across], x[known & across]
    ratio, low, high = border_ratio(x, place, other, across, when, level=level)
    return {
        "period": period,
        "within_index": known_mean(within),
        "across_index": known_mean(beyond),
        "border_ratio": ratio,
        "border_ratio_low": low,
        "border_ratio_high": high,
        "within_pairs_count": within.size,
        "across_pairs_count": beyond.size,
        "reason": None if np.isfinite(ratio) else "no_pairs_of_both",
    }
