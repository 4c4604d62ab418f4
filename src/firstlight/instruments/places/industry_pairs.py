"""Industries that cluster together: coagglomeration of pairs and of a group.

Symbols: s_m share of the industry in place m, x_m share of place m in the whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError, check_choice, shown
from firstlight.instruments.places.place_table import (
    ALMOST_ALL,
    FAMILY,
    Array,
    checked_grid,
    place_table,
    shares,
)
from firstlight.numerics.optional_arrays import array_or
from firstlight.texts import Count, message


def coagglomeration_matrix(table: ArrayLike, place_shares: ArrayLike | None = None) -> Array:
    """Which industries are found together: sum_m (s_mi - x_m)(s_mj - x_m) / (1 - sum x^2).

    Parameters
    ----------
    table
        (places, industries), not negative.
    place_shares
        (places,), x; None: the mean of the industries' shares, as the source has it.

    Returns
    -------
    (industries, industries), symmetric; nan for an empty industry, or where all is in one place.

    Raises
    ------
    InputError
        As ``checked_grid``.

    References
    ----------
    Ellison, Glaeser and Kerr (2010), American Economic Review 100(3), 1195-1213. For plants and a
    group of industries it is the measure of Ellison and Glaeser (1997), Journal of Political
    Economy 105(5), 889-927 (``group_coagglomeration``).

    Examples
    --------
    >>> coagglomeration_matrix([[1, 1, 0], [0, 0, 1]]).round(2).tolist()
    [[0.5, 0.5, -1.0], [0.5, 0.5, -1.0], [-1.0, -1.0, 2.0]]
    """
    s = shares(checked_grid(table), 0)
    x = np.nanmean(s, axis=1) if place_shares is None else np.asarray(place_shares, dtype=float)
    if x.shape != s.shape[:1] or not np.isfinite(x).all() or (x < 0).any() or not x.sum() > 0:
        raise InputError(message("not_place_shares", shape=shown(x.shape)), FAMILY)
    x = x / x.sum()
    k = 1 - float((x**2).sum())
    gap = s - x[:, None]
    found = gap.T @ gap
    return np.asarray((found + found.T) / 2 / (k if k > ALMOST_ALL else np.nan), dtype=float)


def group_coagglomeration(table: ArrayLike, place_shares: ArrayLike | None = None) -> float:
    """Coagglomeration of a group of industries: the mean over pairs, by the product of their sizes.

    This equals Ellison and Glaeser's gamma^c = [G/K - H - sum gamma_i w_i^2 (1 - H_i)] / (1 - sum
    w_i^2) with w the industries' shares in the group and H = sum w_i^2 H_i: plants drop out of it.

    Parameters
    ----------
    table
        (places, industries of the group).
    place_shares
        (places,); None: the group's own distribution.

    Returns
    -------
    gamma^c, a number without unit; nan for a group of one industry.

    Raises
    ------
    InputError
        As ``checked_grid``.

    References
    ----------
    Ellison and Glaeser (1997), Journal of Political Economy 105(5), 889-927.

    Examples
    --------
    >>> round(group_coagglomeration([[1, 1], [0, 0], [0, 0]], [1, 1, 1]), 2)
    1.0
    """
    x = checked_grid(table)
    own = array_or(place_shares, x.sum(axis=1))
    keep = x.sum(axis=0) > 0
    w = x[:, keep].sum(axis=0) / x.sum()
    pairs = np.outer(w, w)
    np.fill_diagonal(pairs, 0)
    weight = pairs.sum()
    if weight > 0:
        return float((pairs * coagglomeration_matrix(x[:, keep], own)).sum() / weight)
    return float("nan")


def coagglomeration(
    frame: Any,
    value: str,
    *,
    place: str = "place",
    industry: str = "industry",
    reference: str = "mean",
) -> pl.DataFrame:
    """Ellison, Glaeser and Kerr's coagglomeration of each pair of industries.

    Parameters
    ----------
    frame
        A row for each place and industry.
    value
        Column of employment or output, not negative.
    place
        Column of the places.
    industry
        Column of the industries.
    reference
        ``mean`` of the industries' shares (as the source), or ``total``, the place's share of
        everything.

    Returns
    -------
    A row for each pair, the highest first: industry, other, coagglomeration_index.

    Raises
    ------
    InputError
        As ``place_table``, and with fewer than two industries.

    References
    ----------
    As ``coagglomeration_matrix``.

    Examples
    --------
    >>> rows = pl.DataFrame({"place": list("aab"), "industry": list("xyz"), "jobs": [1, 1, 1]})
    >>> coagglomeration(rows, "jobs")["coagglomeration_index"].round(2).to_list()
    [0.5, -1.0, -1.0]
    """
    read = place_table(frame, value, place=place, industry=industry)
    x = read.values[0]
    names = [name for name, total in zip(read.industries, x.sum(axis=0), strict=True) if total > 0]
    check_choice("reference", reference, ("mean", "total"))
    if len(names) < 2 or len(read.places) < 2:
        counted = {"industries": Count(len(names)), "places": Count(len(read.places))}
        raise InputError(message("few_to_pair", **counted), FAMILY)
    # the same bytes whatever the number of threads
    with threadpool_limits(limits=1, user_api="blas"):
        matrix = coagglomeration_matrix(
            x[:, x.sum(axis=0) > 0], x.sum(axis=1) if reference == "total" else None
        )
    if np.isnan(matrix).any():
        raise InputError(message("all_in_one_place"), FAMILY)
    one, other = np.triu_indices(len(names), 1)
    table = pl.DataFrame(
        {
            "industry": np.array(names)[one],
            "other": np.array(names)[other],
            "coagglomeration_index": matrix[one, other],
        }
    )
    return table.sort(
        ["coagglomeration_index", "industry", "other"], descending=[True, False, False]
    )
