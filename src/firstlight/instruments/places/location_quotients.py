"""Location quotients: what a place does more of than the whole, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from firstlight.errors import check_choice, check_level, check_positive
from firstlight.instruments.places.place_table import (
    Array,
    PlaceTable,
    checked_grid,
    place_table,
    shares,
)

EQUAL = 1e-10  # a quotient this near to 1 is 1


@dataclass(frozen=True)
class Quotients:
    """Location quotients, each (places, industries); nan where a place or an industry is empty.

    value : LQ; low, high : its interval; standardised : z-score among the places, by industry (nan
    where all are alike)
    """

    value: Array
    low: Array
    high: Array
    standardised: Array


def quotients(x: Array) -> Array:
    """Location quotients alone: (places, industries), nan where a place or an industry is empty.

    >>> quotients(np.array([[1.0, 1.0], [0.0, 2.0]])).round(2).tolist()
    [[2.0, 0.67], [0.0, 1.33]]
    """
    columns = x.sum(axis=0)
    return np.asarray(shares(x, 1) / np.where(columns > 0, columns / x.sum(), np.nan), dtype=float)


def specialised_in(x: Array) -> NDArray[np.bool_]:
    """Where the location quotient is at least 1, rounding apart: (places, industries).

    Balassa's rule of presence, as everywhere here (``complexity.PresenceRule``): a place with the
    structure of the whole is present in all that it has.

    Source: Balassa (1965), Manchester School 33(2), 99-123; Hidalgo and Hausmann (2009), PNAS
            106(26), 10570-10575.

    >>> specialised_in(np.array([[1.0, 1.0], [0.0, 2.0]])).tolist()
    [[True, False], [False, True]]
    >>> specialised_in(np.array([[2.0, 3.0]])).tolist()
    [[True, True]]
    """
    return np.asarray(np.nan_to_num(quotients(x)) >= 1 - EQUAL)


def above_1(quotient: Array) -> NDArray[np.bool_]:
    """Above 1 by more than rounding, which must not make a cluster; False where nan.

    >>> above_1(np.array([1.5, 1 + 1e-15, np.nan])).tolist()
    [True, False, False]
    """
    return np.asarray(np.nan_to_num(quotient) > 1 + EQUAL)


def location_quotient(
    table: ArrayLike, *, level: float = 0.95, dispersion: float = 1.0, standardise: str = "levels"
) -> Quotients:
    """An industry's share of a place, over its share of the whole, with intervals and z-scores.

    LQ = (x_pi / x_p.) / (x_.i / x_..). Its interval by the delta method on log LQ, units (jobs,
    plants, patents) being drawn independently (multinomial): var(log LQ) = phi (1/x_pi - 1/x_p. -
    1/x_.i + 2 LQ/x_.. - 1/x_..). Where x_pi = 0 the lower end is 0, and the upper one is the share
    that would leave nothing in x_p./phi draws with probability (1 - level)/2, over x_.i / x_...
    Standardised: (LQ - mean) / sd over places, by industry (ddof 1), or the same of logarithms (of
    LQ above 0).

    Parameters
    ----------
    table
        (places, industries), counts, not negative.
    level
        Probability that an interval holds.
    dispersion
        Phi, the variance over that of independent units. Jobs come by the plant: with jobs, give
        the size of the plant that the mean job is in, sum z^2 / sum z of plant sizes z. Their plain
        mean is too small, and so are intervals by it, the more so the more unequal plants are; and
        an industry of larger plants than others needs more.
    standardise
        ``levels`` or ``logs``.

    Returns
    -------
    Quotients, with ``value``, ``low``, ``high`` and ``standardised``, each (places, industries);
    nan where a place or an industry is empty.

    Raises
    ------
    InputError
        Naming row and column of a number that can't be used, or a level or dispersion out of range.

    References
    ----------
    Isserman (1977), Journal of the American Institute of Planners 43(1), 33-41; Moineddin, Beyene
    and Boyle (2003), Geographical Analysis 35(3), 249-256 (delta method); O'Donoghue and Gleave
    (2004), Regional Studies 38(4), 419-427.

    Examples
    --------
    >>> location_quotient([[1, 1], [0, 2]]).value.round(2).tolist()
    [[2.0, 0.67], [0.0, 1.33]]
    """
    check_level(level)
    check_positive("dispersion", dispersion)
    check_choice("standardise", standardise, ("levels", "logs"))
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
    # values that are alike but for rounding have no deviation to divide by
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
) -> pl.DataFrame:
    """``location_quotient`` of a long frame, for each year by itself.

    Parameters
    ----------
    frame
        A row for each place and industry, and year.
    value
        Column of counts (jobs, plants, patents), not negative.
    place
        Column of the places.
    industry
        Column of the industries.
    year
        Column of the years; None takes the whole frame as one year.
    level, dispersion, standardise
        As in ``location_quotient``.

    Returns
    -------
    A row for each place and industry, and year: (year), place, industry, value, place_share (of the
    place's total), location_quotient, location_quotient_low, location_quotient_high,
    standardised_quotient, is_specialised (the interval is above 1), reason (why there is none).

    Raises
    ------
    InputError
        As ``place_table`` and ``location_quotient``.

    References
    ----------
    As ``location_quotient``.

    Examples
    --------
    >>> rows = pl.DataFrame({"place": list("aab"), "industry": list("xyy"), "jobs": [10, 10, 20]})
    >>> location_quotients(rows, "jobs")["location_quotient"].round(2).to_list()
    [2.0, 0.67, 0.0, 1.33]
    """
    read = place_table(frame, value, place=place, industry=industry, year=year)
    parts = []
    for when, x in zip(read.years, read.values, strict=True):
        found = location_quotient(x, level=level, dispersion=dispersion, standardise=standardise)
        parts.append(read.year_column(_of_year(read, x, found), when))
    return pl.concat(parts)


def _of_year(read: PlaceTable, x: Array, found: Quotients) -> pl.DataFrame:
    n_places, n_industries = x.shape
    is_empty_place = np.repeat(x.sum(axis=1) == 0, n_industries)
    is_empty_industry = np.tile(x.sum(axis=0) == 0, n_places)
    why_not = np.where(is_empty_place, 0, np.where(is_empty_industry, 1, 2))
    table = pl.DataFrame(
        {
            "place": np.repeat(np.array(read.places), n_industries),
            "industry": np.tile(np.array(read.industries), n_places),
            "value": x.ravel(),
            "place_share": shares(x, 1).ravel(),
            "location_quotient": found.value.ravel(),
            "location_quotient_low": found.low.ravel(),
            "location_quotient_high": found.high.ravel(),
            "standardised_quotient": found.standardised.ravel(),
        }
    ).with_columns(pl.selectors.float().fill_nan(None))
    return table.with_columns(
        is_specialised=pl.col("location_quotient_low") > 1 + EQUAL,
        reason=pl.Series(["empty_place", "empty_industry", None])[why_not],
    )
