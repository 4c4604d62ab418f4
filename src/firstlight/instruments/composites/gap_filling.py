"""What is missing of an indicator, filled in by a stated rule; never in silence."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.instruments.composites.normalisations import rows_of
from firstlight.numerics.optional_arrays import array_or

Floats = NDArray[np.float64]
Gaps = Literal["skip", "mean", "median", "last", "interpolate"]
GAPS: tuple[str, ...] = get_args(Gaps)


def fill_gaps(
    x: ArrayLike,
    how: Gaps,
    *,
    units: ArrayLike,
    years: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> Floats:
    """Indicators with what is missing filled in.

    skip        : nothing is
    mean, median: that of the units with a value in the same year, and of the same group
    last        : the unit's last earlier value
    interpolate : between the unit's own values before and after, in a straight line; nothing at the
                  ends

    Parameters
    ----------
    x
        (n, k), nan where missing.
    how
        Which of them.
    units
        (n,), names.
    years
        (n,), whole numbers; None for one year.
    groups
        (n,), names of groups of units; None for one group.

    Returns
    -------
    (n, k); nan where the rule has nothing to go by.

    Examples
    --------
    >>> x = [[1.0], [np.nan], [3.0]]
    >>> fill_gaps(x, "interpolate", units=["a"] * 3, years=[2000, 2001, 2002]).ravel().tolist()
    [1.0, 2.0, 3.0]
    """
    x = np.array(x, float)
    year = array_or(years, np.zeros(len(x), int))
    if how in ("mean", "median"):
        group = np.full(len(x), "") if groups is None else np.asarray(groups, str)
        for rows in rows_of(year, len(x)):
            for part in rows_of(group[rows], len(rows)):
                x[rows[part]] = _middle(x[rows[part]], how)
    elif how in ("last", "interpolate"):
        for rows in rows_of(np.asarray(units, str), len(x)):
            ordered = rows[np.argsort(year[rows], kind="stable")]
            for j in range(x.shape[1]):
                x[ordered, j] = _along(year[ordered], x[ordered, j], how)
    return x


def _middle(x: Floats, how: str) -> Floats:
    """A year's values with the mean or median of the known ones for the others."""
    has_any = ~np.isnan(x).all(axis=0)
    filled = np.full(x.shape[1], np.nan)
    middle = np.nanmean if how == "mean" else np.nanmedian
    filled[has_any] = middle(x[:, has_any], axis=0)
    return np.where(np.isnan(x), filled, x)


def _along(year: NDArray[np.int_], x: Floats, how: str) -> Floats:
    """One unit's values through its years, with their gaps filled."""
    known = np.flatnonzero(~np.isnan(x))
    if not len(known):
        return x
    if how == "interpolate":
        return np.interp(year, year[known], x[known], left=np.nan, right=np.nan)
    before = np.searchsorted(known, np.arange(len(x)), side="right") - 1
    return np.where(before >= 0, x[known[np.maximum(before, 0)]], np.nan)
