"""Places by activities (industries, technologies, products, occupations): a sparse table for each
year of a long frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import InputError, check_choice
from firstlight.numerics.long_frames import read_long
from firstlight.texts import Count, Figure, Name, Phrase, Value, Year, message

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
    Raises  InputError naming the row and column of what is negative or not finite, or where the
            table has another shape.

    >>> sparse_values([[1, 0], [0, 2]]).nnz
    2
    """
    try:
        given: Any = x if sparse.issparse(x) else np.atleast_2d(np.asarray(x, float))
        found = sparse.csr_array(given.astype(float))
    except (TypeError, ValueError) as error:
        raise InputError(message("not_numbers", said=Name(str(error))), FAMILY) from error
    if not sparse.issparse(x) and np.ndim(x) != 2:
        raise InputError(message("not_two_dimensions", count=Count(np.ndim(x))), FAMILY)
    found.sum_duplicates()
    bad = np.flatnonzero(~(np.isfinite(found.data) & (found.data >= 0)))
    if bad.size:
        raise InputError(message("negative_or_missing", **cell_of(found, bad[0])), FAMILY)
    found.eliminate_zeros()
    return found


def cell_of(table: Sparse, at: int) -> dict[str, Value[Any]]:
    """A cell of a table, by its place among those that are stored, as an error names it: ``value``
    and ``cell``."""
    row = np.searchsorted(table.indptr, at, side="right") - 1
    named = {"place": Name(str(row)), "activity": Name(str(table.indices[at]))}
    return {
        "value": Name(f"{table.data[at]:g}"),
        "cell": Phrase(message("phrases.numbered_cell", **named)),
    }


def check_presences(table: Sparse) -> None:
    """Raise InputError where a table holds more than presences of 0 and 1."""
    if not (table.data == 1).all():
        raise InputError(message("weights_given"), FAMILY)


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
    duplicates : two rows of the same place, activity and year are an ``error``, or added up
                 (``sum``)
    Returns list of ActivityTable, years ascending; the same whatever the order of the rows.
    Raises  InputError naming the row's place, activity and year where a value is negative, missing
            or twice; where all of a year are 0.

    >>> rows = pl.DataFrame({"c": ["B", "A"], "p": ["x", "y"], "v": [1.0, 2.0]})
    >>> table = read_activities(rows, "c", "p", "v")[0]
    >>> table.places, table.activities, table.values.toarray().tolist()
    (['A', 'B'], ['x', 'y'], [[0.0, 2.0], [1.0, 0.0]])
    """
    check_choice("missing", missing, ("error", "zero"))
    check_choice("duplicates", duplicates, ("error", "sum"))
    names = {"place": place, "activity": activity, "value": value, "year": year}
    rows = read_long(frame, names, ["value"], is_sorted=False)
    if not rows.height:
        raise InputError(message("no_rows", table=Name("frame")))
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
        cell = _cell(first["place"], first["activity"], first.get("year"))
        if first["value"] is None:
            raise InputError(message("value_missing", cell=cell), FAMILY)
        raise InputError(message("value_negative", value=Figure(first["value"]), cell=cell), FAMILY)


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
        # by value: the same rounding whatever that order
        order = np.lexsort((values, row * shape[1] + column))
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
    return InputError(message("two_rows", cell=_cell(first[0], first[1], year)), FAMILY)


def _cell(place: str, activity: str, year: int | None) -> Value[Any]:
    named = {"place": Name(place), "activity": Name(activity)}
    if year is None:
        return Phrase(message("phrases.cell", **named))
    return Phrase(message("phrases.cell_in_year", year=Year(year), **named))
