"""Places by activities (industries, technologies, products, occupations): a sparse table for each year of a long frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import InputError
from firstlight.numerics.long_frames import read_long
from firstlight.texts import Year, message

FAMILY = Path(__file__).parent
Array = NDArray[np.float64]
Sparse = Any
"""A SciPy sparse array in rows (csr), places by activities, float64."""


@dataclass(frozen=True)
class ActivityTable:
    """One year's values; only places and activities with a row in that year.

    year   : the year, or None where the frame has none
    places : (places,), sorted; activities : (activities,), sorted
    values : (places, activities), sparse, not negative, in the user's unit
    """

    year: int | None
    places: list[str]
    activities: list[str]
    values: Sparse


def sparse_values(x: Any) -> Sparse:
    """A table of places by activities as a sparse array without stored zeros.

    x : (places, activities), dense or sparse
    Returns csr array, float64.
    Raises  InputError naming the row and column of what is negative or not finite, or where the table has another shape.

    >>> sparse_values([[1, 0], [0, 2]]).nnz
    2
    """
    try:
        given: Any = x if sparse.issparse(x) else np.atleast_2d(np.asarray(x, float))
        found = sparse.csr_array(given.astype(float))
    except (TypeError, ValueError) as error:
        raise InputError(
            str(error), where="the table", try_next="pass numbers, places by activities"
        ) from error
    if not sparse.issparse(x) and np.ndim(x) != 2:
        raise InputError(
            f"{np.ndim(x)} dimensions",
            where="the table",
            try_next="pass places by activities, two dimensions",
        )
    found.sum_duplicates()
    bad = np.flatnonzero(~(np.isfinite(found.data) & (found.data >= 0)))
    if bad.size:
        row = int(np.searchsorted(found.indptr, bad[0], side="right")) - 1
        raise InputError(
            f"a value of {found.data[bad[0]]:g}",
            where=f"place {row}, activity {found.indices[bad[0]]} (counted from 0)",
            try_next="values can't be negative or missing; write 0 where there is nothing",
        )
    found.eliminate_zeros()
    return found


def read_activities(
    frame: Any,
    place: str,
    activity: str,
    value: str,
    year: str | None = None,
    *,
    missing: str = "error",
    duplicates: str = "error",
) -> list[ActivityTable]:
    """A long frame as one sparse table for each year; a pair without a row is 0.

    frame      : one row per place, activity (and year); pandas, Polars, PyArrow, DuckDB
    missing    : a row without a value is an ``error``, or ``zero``
    duplicates : two rows of the same place, activity and year are an ``error``, or added up (``sum``)
    Returns list of ActivityTable, years ascending; the same whatever the order of the rows.
    Raises  InputError naming the row's place, activity and year where a value is negative, missing or twice; where all of a year are 0.

    >>> rows = pl.DataFrame({"c": ["B", "A"], "p": ["x", "y"], "v": [1.0, 2.0]})
    >>> table = read_activities(rows, "c", "p", "v")[0]
    >>> table.places, table.activities, table.values.toarray().tolist()
    (['A', 'B'], ['x', 'y'], [[0.0, 2.0], [1.0, 0.0]])
    """
    if missing not in ("error", "zero") or duplicates not in ("error", "sum"):
        raise InputError(
            f"missing {missing!r}, duplicates {duplicates!r}",
            where="read_activities",
            try_next="missing: 'error' or 'zero'; duplicates: 'error' or 'sum'",
        )
    names = {
        "place": place,
        "activity": activity,
        "value": value,
        **({"year": year} if year else {}),
    }
    rows = read_long(frame, names, ["value"], is_sorted=False)
    if not rows.height:
        raise InputError(
            "no rows", where="the frame", try_next="pass one row per place and activity"
        )
    _refuse(rows, missing)
    return list(_tables(rows, duplicates))


def _refuse(rows: pl.DataFrame, missing: str) -> None:
    bad = rows["value"] < 0
    if missing == "error":
        bad = bad.fill_null(True)
    if bad.any():
        first = (
            rows.filter(bad)
            .sort([name for name in rows.columns if name != "value"])
            .row(0, named=True)
        )
        known = first["value"]
        raise InputError(
            "no value" if known is None else f"a value of {known:g}",
            where=f"place {first['place']!r}, activity {first['activity']!r}"
            + (f", year {first['year']}" if "year" in first else ""),
            try_next="leave the row out or pass missing='zero' if nothing is there"
            if known is None
            else "values can't be negative: net flows have no share of a total; use gross ones",
        )


def _tables(rows: pl.DataFrame, duplicates: str) -> Iterator[ActivityTable]:
    places, place = _codes(rows["place"])
    activities, activity = _codes(rows["activity"])
    values = rows["value"].fill_null(0.0).to_numpy()
    if "year" not in rows.columns:
        yield _table(None, places, activities, place, activity, values, duplicates)
        return
    years = rows["year"].to_numpy()
    known = np.unique(years)
    if known.size == 1:
        yield _table(int(known[0]), places, activities, place, activity, values, duplicates)
        return
    order = np.argsort(years, kind="stable")
    ends = np.searchsorted(years[order], known, side="right")
    for label, some in zip(known.tolist(), np.split(order, ends[:-1]), strict=True):
        yield _table(
            label, places, activities, place[some], activity[some], values[some], duplicates
        )


def _codes(names: pl.Series) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    known = names.unique().sort()
    return known.to_numpy(), names.cast(pl.Enum(known)).to_physical().to_numpy().astype(np.int64)


def _table(
    year: int | None,
    places: NDArray[np.object_],
    activities: NDArray[np.object_],
    place: NDArray[np.int64],
    activity: NDArray[np.int64],
    values: Array,
    duplicates: str,
) -> ActivityTable:
    (there, row), (column_there, column) = (
        _there(place, places.size),
        _there(activity, activities.size),
    )
    shape = (there.size, column_there.size)
    found = sparse.csr_array((values, (row, column)), shape=shape)
    if found.nnz < values.size:  # scipy has added up what stands twice, in the order of the rows
        if duplicates == "error":
            raise _twice(year, places[place], activities[activity])
        order = np.lexsort(
            (values, row * shape[1] + column)
        )  # by value: the same rounding whatever that order
        found = sparse.csr_array((values[order], (row[order], column[order])), shape=shape)
    found.eliminate_zeros()
    if not found.nnz:
        if year is None:
            raise InputError(message("every_value_zero"), FAMILY)
        raise InputError(message("every_value_zero_in", year=Year(year)), FAMILY)
    return ActivityTable(year, places[there].tolist(), activities[column_there].tolist(), found)


def _there(codes: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The codes that occur, ascending, and the place of each row's code among them."""
    occurs = np.bincount(codes, minlength=size) > 0
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[codes]


def _twice(
    year: int | None, place: NDArray[np.object_], activity: NDArray[np.object_]
) -> InputError:
    """Names the first pair, by name, that stands in two rows."""
    rows = pl.DataFrame({"place": place, "activity": activity})
    first = rows.filter(rows.is_duplicated()).sort("place", "activity").row(0)
    return InputError(
        "two rows for the same place and activity",
        where=f"place {first[0]!r}, activity {first[1]!r}"
        + ("" if year is None else f", year {year}"),
        try_next="keep one, name the year's column, or pass duplicates='sum' to add them up",
    )
