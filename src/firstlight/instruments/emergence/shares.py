"""A technology's share of all documents, year by year, and the check that every count array passes first."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from firstlight.errors import InputError

Array = npt.NDArray[np.float64]


def checked_counts(counts: Any, totals: Any, fy_index: int | None = None) -> tuple[Array, Array]:
    """Counts and totals as float arrays, once they are known to make sense together.

    counts   : (technologies, years), documents; nan where a year is not known
    totals   : (years,), all documents of each year; nan where a year is not known
    fy_index : column of the forecast year; every column up to it must then be known
    Returns  (counts, totals) as float64.
    Raises   InputError for a wrong shape, a negative or infinite number, a count above its year's total, a forecast
             year outside the columns, or an unknown number up to the forecast year.

    >>> counts, totals = checked_counts([[1, 2]], [10, 20], 1)
    >>> counts.tolist(), totals.tolist()
    ([[1.0, 2.0]], [10.0, 20.0])
    """
    c, t = np.asarray(counts, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if c.ndim != 2 or t.ndim != 1 or c.shape[1] != t.shape[0]:
        raise InputError(
            f"counts of shape {c.shape} do not go with totals of shape {t.shape}",
            where="counts, totals",
            try_next="hand in counts as (technologies, years) and totals as (years,)",
        )
    for name, values in (("counts", c), ("totals", t)):
        bad = np.argwhere((values < 0) | np.isinf(values))
        if bad.size:
            raise InputError(
                f"{name} holds a negative or infinite number",
                where=f"{name}{bad[0].tolist()}",
                try_next="counts are numbers of documents: 0 or more",
            )
    above = np.argwhere(c > t)
    if above.size:
        row, year = above[0].tolist()
        raise InputError(
            f"{c[row, year]:g} documents of a technology in a year that has {t[year]:g} in all",
            where=f"row {row}, column {year}",
            try_next="count each document once, and totals over the same documents",
        )
    if fy_index is not None:
        _check_known(c, t, fy_index)
    return c, t


def share(counts: Any, totals: Any) -> Array:
    """A technology's documents over all documents of the year (dimensionless, 0 to 1).

    counts : (technologies, years), documents
    totals : (years,), documents
    Returns (technologies, years); nan where the year has no documents or is not known.

    >>> share([[1, 3]], [4, 4]).tolist()
    [[0.25, 0.75]]
    """
    c, t = checked_counts(counts, totals)
    return np.asarray(np.divide(c, t, out=np.full(c.shape, np.nan), where=t > 0))


def _check_known(counts: Array, totals: Array, fy_index: int) -> None:
    years = totals.shape[0]
    if not 0 <= fy_index < years:
        raise InputError(
            f"forecast year in column {fy_index}, but the columns run from 0 to {years - 1}",
            where="fy_index",
            try_next="hand in the column of the forecast year",
        )
    unknown = np.flatnonzero(
        np.isnan(totals[: fy_index + 1]) | np.isnan(counts[:, : fy_index + 1]).any(axis=0)
    )
    if unknown.size:
        raise InputError(
            "a year up to the forecast year is not known",
            where=f"column {unknown[0]}",
            try_next="leave out years before the record begins; only years after the forecast year may be nan",
        )
