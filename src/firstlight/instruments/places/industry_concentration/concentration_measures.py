"""How unevenly an industry lies, and how one-sided a place is.

Symbols: s shares of one industry over places (or of one place over industries), w the reference
shares beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from firstlight.errors import check_choice, check_positive, low_value
from firstlight.instruments.places.place_table import (
    Array,
    PlaceTable,
    checked_grid,
    place_table,
    shares,
)
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.numerics.long_frames import nan_to_null, read_long
from firstlight.numerics.optional_arrays import array_or
from firstlight.numerics.row_checks import one_value_each

REFERENCES = ("all", "equal")
ALIKE = 1e-9  # Theil parts, and differences of Gini, below this are rounding


@dataclass(frozen=True)
class Concentration:
    """Measures of each column of a table, each (columns,); nan where a column is empty.

    krugman  : sum |s - w|, 0 to 2; hoover : half of it, 0 to 1
    herfindahl, herfindahl_normalised : sum s^2, and (H - 1/n) / (1 - 1/n), 0 to 1 (nan with one
                                        row)
    theil    : Theil's T, sum s ln(s / w), 0 where alike; theil_within, theil_between : its parts
               over groups of rows; they add up to it
    theil_l  : Theil's L, the mean logarithmic deviation, sum w ln(w / s), 0 where alike: it weighs
               what is missing where T weighs what is heaped up; nan where a row with a reference
               has none of the column, for it has no bound there
    gini     : area between the Lorenz curve of s against w and the diagonal, twice
    gini_unweighted : of the quotients s / w, each row counting once
    """

    krugman: Array
    hoover: Array
    herfindahl: Array
    herfindahl_normalised: Array
    theil: Array
    theil_within: Array
    theil_between: Array
    theil_l: Array
    gini: Array
    gini_unweighted: Array


def krugman_dissimilarity(one: ArrayLike, other: ArrayLike) -> float:
    """Krugman's index of two structures: sum |a - b| over shares, 0 (alike) to 2 (all apart).

    Parameters
    ----------
    one, other
        (n,), not negative, any unit, each with a sum above 0.

    Returns
    -------
    A number from 0 (alike) to 2 (all apart).

    Raises
    ------
    InputError
        For numbers that can't be used, or lengths that differ.

    References
    ----------
    Krugman (1991), Geography and Trade.

    Examples
    --------
    >>> krugman_dissimilarity([20, 10, 70, 0, 0], [0, 0, 0, 60, 40])
    2.0
    """
    a, b = (np.asarray(each, dtype=float) for each in (one, other))
    check_shape("one", a, None)
    check_shape("other", b, a.size)
    s = [shares(checked_grid(each[:, None]), 0)[:, 0] for each in (a, b)]
    return float(np.abs(s[0] - s[1]).sum())


def concentration_measures(
    table: ArrayLike, reference: ArrayLike | None = None, groups: ArrayLike | None = None
) -> Concentration:
    """Concentration of each column of a table over its rows, against a reference distribution.

    Parameters
    ----------
    table
        (n, columns), not negative.
    reference
        (n,), above 0 wherever the table is; the table's row sums if None.
    groups
        (n,) labels of groups of rows, for the parts of Theil; None: one group, so that all is
        within.

    Returns
    -------
    Concentration, with the indices of Krugman, Hoover, Herfindahl, Theil (and its parts) and Gini,
    each (columns,); nan where a column is empty.

    Raises
    ------
    InputError
        Naming a number that can't be used, or a row where the reference is 0 and the table is not.

    References
    ----------
    Hoover (1936), Review of Economics and Statistics 18(4), 162-171; Krugman (1991), Geography and
    Trade; Theil (1967), Economics and Information Theory, and Brülhart and Traeger (2005), Regional
    Science and Urban Economics 35(6), 597-624 (parts); Gini of quotients: Nakamura and Morrison
    Paul (2009), in Capello and Nijkamp (eds.), Handbook of Regional Growth and Development
    Theories, 305-328.

    Examples
    --------
    >>> found = concentration_measures([[1, 1], [0, 1]])
    >>> found.krugman.round(3).tolist(), found.herfindahl.tolist()
    ([0.667, 0.333], [1.0, 0.5])
    """
    x = checked_grid(table)
    n = x.shape[0]
    w = array_or(reference, x.sum(axis=1))
    check_shape("reference", w, n)
    check_numbers("reference", w, 0)
    check_positive("reference", w.sum())
    stray = np.flatnonzero((w == 0) & (x > 0).any(axis=1))
    if stray.size:
        raise low_value("reference", 0, "positive", stray[0])
    s, w = shares(x, 0), (w / w.sum())[:, None]
    if groups is None:
        labels = np.zeros(n, dtype=int)
    else:
        labels = np.unique(np.asarray(groups), return_inverse=True)[1]
    check_shape("groups", labels, n)
    krugman, h = np.abs(s - w).sum(axis=0), (s**2).sum(axis=0)
    theil, between = _theil(s, w), _theil(*(_by_group(each, labels) for each in (s, w)))
    between = np.where(np.abs(between) < ALIKE * np.maximum(theil, ALIKE), 0.0, between)
    return Concentration(
        krugman=krugman,
        hoover=krugman / 2,
        herfindahl=h,
        herfindahl_normalised=(h - 1 / n) / (1 - 1 / n) if n > 1 else np.full_like(h, np.nan),
        theil=theil,
        theil_within=theil - between,
        theil_between=between,
        theil_l=_mean_log_deviation(s, w),
        gini=_gini(s, w),
        gini_unweighted=_gini_unweighted(s, w),
    )


def _by_group(x: Array, labels: Any) -> Array:
    found = np.zeros((labels.max() + 1, x.shape[1]))
    np.add.at(found, labels, x)
    return found


def _theil(s: Array, w: Array) -> Array:
    there = s > 0
    logs = np.log(np.divide(s, w, out=np.ones_like(s), where=there))
    return np.where(
        np.isnan(s).any(axis=0), np.nan, np.maximum(np.where(there, s * logs, 0).sum(axis=0), 0)
    )


def _mean_log_deviation(s: Array, w: Array) -> Array:
    there = w[:, 0] > 0
    a, b = s[there], w[there]
    known = (a > 0).all(axis=0)
    logs = np.log(np.divide(b, a, out=np.ones_like(a), where=a > 0))
    return np.where(known, np.maximum((b * logs).sum(axis=0), 0), np.nan)


def _gini(s: Array, w: Array) -> Array:
    """One minus twice the area under the Lorenz curve, rows in the order of s / w."""
    found = np.empty(s.shape[1])
    there = w[:, 0] > 0
    for k in range(s.shape[1]):
        a, b = s[there, k], w[there, 0]
        order = np.argsort(a / b, kind="stable")
        height = np.cumsum(a[order])
        found[k] = 1 - (b[order] * (2 * height - a[order])).sum()
    return found


def _gini_unweighted(s: Array, w: Array) -> Array:
    there = w[:, 0] > 0
    q = np.sort(s[there] / w[there], axis=0)
    n = q.shape[0]
    rank = np.arange(1, n + 1)[:, None]
    return np.asarray(
        2 * (rank * (q - q.mean(axis=0))).sum(axis=0) / (n**2 * q.mean(axis=0)), dtype=float
    )


def spatial_concentration(
    frame: Any,
    value: str,
    *,
    place: str = "place",
    industry: str = "industry",
    year: str | None = None,
    reference: str = "all",
    group: str | None = None,
) -> pl.DataFrame:
    """How unevenly each industry lies over places: a row for each industry (and year).

    Parameters
    ----------
    frame
        A row for each place and industry, and year.
    value
        Column of employment, output, plants, ...: not negative.
    place
        Column of the places.
    industry
        Column of the industries.
    year
        Column of the years; None takes the whole frame as one year.
    reference
        ``all``, each place's total over industries (relative concentration), or ``equal``, places
        alike (absolute).
    group
        Column of the place's group (a region of cities), for Theil within and between.

    Returns
    -------
    A row for each industry, and year: (year), industry, value, places_count (with some of it),
    top_place, top_place_share, krugman_index, hoover_share, herfindahl_index,
    herfindahl_normalised_index, theil_index, theil_within_index, theil_between_index,
    theil_l_index, gini_index, gini_unweighted_index, reason (why one is missing).

    Raises
    ------
    InputError
        As ``place_table``, and naming a place in two groups.

    References
    ----------
    As ``concentration_measures``.

    Examples
    --------
    >>> rows = pl.DataFrame({"place": list("abb"), "industry": list("xxy"), "jobs": [1, 1, 2]})
    >>> spatial_concentration(rows, "jobs")["krugman_index"].to_list()
    [0.5, 0.5]
    """
    read = place_table(frame, value, place=place, industry=industry, year=year)
    groups = _groups(frame, place, group)
    names = {"count": "places_count", "top": "top_place", "share": "top_place_share"}
    own = ("industry", read.industries)
    return _measured(read, read.values, own, read.places, names, reference, groups)


def place_specialisation(
    frame: Any,
    value: str,
    *,
    place: str = "place",
    industry: str = "industry",
    year: str | None = None,
    reference: str = "all",
    group: str | None = None,
) -> pl.DataFrame:
    """How one-sided each place is: the same measures over industries, a row for each place.

    Parameters
    ----------
    frame
        A row for each place and industry, and year.
    value
        Column of employment, output, plants, ...: not negative.
    place
        Column of the places.
    industry
        Column of the industries.
    year
        Column of the years; None takes the whole frame as one year.
    reference
        ``all``, each industry's total over places (Krugman's specialisation), or ``equal``,
        industries alike.
    group
        Column of the industry's group (a section of divisions), for Theil within and between.

    Returns
    -------
    A row for each place, and year: (year), place, value, industries_count, top_industry,
    top_industry_share, and the measures of ``spatial_concentration``.

    Raises
    ------
    InputError
        As ``place_table``, and naming an industry in two groups.

    References
    ----------
    As ``concentration_measures``.

    Examples
    --------
    >>> rows = pl.DataFrame({"place": list("abb"), "industry": list("xxy"), "jobs": [1, 1, 2]})
    >>> place_specialisation(rows, "jobs")["krugman_index"].round(2).to_list()
    [1.0, 0.33]
    """
    read = place_table(frame, value, place=place, industry=industry, year=year)
    groups = _groups(frame, industry, group)
    names = {"count": "industries_count", "top": "top_industry", "share": "top_industry_share"}
    turned = read.values.transpose(0, 2, 1)
    own = ("place", read.places)
    return _measured(read, turned, own, read.industries, names, reference, groups)


def _groups(frame: Any, of: str, group: str | None) -> list[str] | None:
    """The group of each place, or industry, in the order of their names."""
    if group is None:
        return None
    pairs = read_long(frame, {"of": of, "group": group}, []).unique().sort("of", "group")
    one_value_each(pairs.rename({"group": group}), "of", group)
    return list(pairs["group"])


def _measured(
    read: PlaceTable,
    values: Array,
    own: tuple[str, list[str]],
    over: list[str],
    names: Mapping[str, str],
    reference: str,
    groups: list[str] | None,
) -> pl.DataFrame:
    """own : what is measured, and its names; over : the names that it lies over"""
    check_choice("reference", reference, REFERENCES)
    against = np.ones(len(over)) if reference == "equal" else None
    parts = []
    for year, x in zip(read.years, values, strict=True):
        found = concentration_measures(x, against, groups)
        total = x.sum(axis=0)
        is_empty = total == 0
        why_not = np.where(is_empty, 0, np.where(np.isnan(found.theil_l), 1, 2))
        part = pl.DataFrame(
            {
                own[0]: own[1],
                "value": total,
                names["count"]: (x > 0).sum(axis=0),
                names["top"]: pl.Series([*over, None])[
                    np.where(is_empty, len(over), x.argmax(axis=0))
                ],
                names["share"]: shares(x, 0).max(axis=0),
                "krugman_index": found.krugman,
                "hoover_share": found.hoover,
                "herfindahl_index": found.herfindahl,
                "herfindahl_normalised_index": found.herfindahl_normalised,
                "theil_index": found.theil,
                "theil_within_index": found.theil_within,
                "theil_between_index": found.theil_between,
                "theil_l_index": found.theil_l,
                "gini_index": found.gini,
                "gini_unweighted_index": found.gini_unweighted,
                "reason": pl.Series(["nothing", "no_theil_l", None])[why_not],
            }
        )
        parts.append(read.year_column(part, year))
    return nan_to_null(pl.concat(parts))
