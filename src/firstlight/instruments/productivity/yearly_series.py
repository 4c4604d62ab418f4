"""Units year by year with named numbers: read from a long frame, checked, gaps named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.row_names import key_of
from firstlight.numerics.long_frames import read_long
from firstlight.texts import Code, Figure, List, Name, Phrase, Value, Year, message

FAMILY = Path(__file__).parent
Array = NDArray[np.float64]
WHOLE = "all"
"""The unit's name where the frame has no column of units."""


class Reason(NamedTuple):
    """Why there is no number: a code, and what is missing in which year, where that says more."""

    code: str = ""
    name: str | None = None
    year: int | None = None


NO_REASON = Reason()
FIRST_YEAR = Reason("first_year")
REASONS = {"reason": pl.String, "reason_name": pl.String, "reason_year": pl.Int64}


def read_yearly(
    frame: Any,
    numbers: Sequence[str | None],
    *,
    unit: str | None,
    year: str,
    keys: Mapping[str, str | None] | None = None,
    positive: Sequence[str | None] = (),
    not_negative: Sequence[str | None] = (),
) -> pl.DataFrame:
    """A long frame as columns ``unit``, further keys, ``year`` and the user's numbers, sorted.

    A column that is None was not given, and is left out.

    numbers : the frame's columns of numbers, missing ones null; a name that stands twice is read
              once
    unit    : the frame's column of units, None where there is one unit, then called ``all``
    keys    : further keys, canonical name -> the frame's own, such as {"industry": "naics"}
    positive, not_negative : which numbers must be above 0, or not below 0, wherever they are not
            missing
    Returns Polars frame.
    Raises  InputError naming what stands twice, or unit, year and column of a number that isn't
            allowed.

    >>> rows = pl.DataFrame({"t": [2001, 2000], "v": [2.0, None]})
    >>> read_yearly(rows, ["v"], unit=None, year="t").rows()
    [('all', 2000, None), ('all', 2001, 2.0)]
    """
    wanted = [name for name in dict.fromkeys(numbers) if name is not None]
    more = {name: own for name, own in (keys or {}).items() if own is not None}
    own = {"unit": unit, **more, "year": year}
    names = {**own, **{f"#{k}": name for k, name in enumerate(wanted)}}
    taken = [name for name in wanted if name in own]
    if taken:
        raise InputError(message("name_of_a_key", column=Name(taken[0])), FAMILY)
    table = read_long(frame, names, [f"#{k}" for k in range(len(wanted))])
    table = table.rename({f"#{k}": name for k, name in enumerate(wanted)})
    if unit is None:
        table = table.select(pl.lit(WHOLE).alias("unit"), pl.all())
    if table.height == 0:
        raise InputError(message("no_rows", table=Name("frame")))
    by = ["unit", *more, "year"]
    twice = table.filter(table.select(by).is_duplicated())
    if twice.height:
        raise InputError(message("row_twice", key=key_of(twice.select(by), 0)), FAMILY)
    _refuse(table, by, dict.fromkeys(positive), "not_above_zero", lambda name: pl.col(name) <= 0)
    _refuse(table, by, dict.fromkeys(not_negative), "below_zero", lambda name: pl.col(name) < 0)
    return table.sort(by)


def on_calendar(
    table: pl.DataFrame, keys: Sequence[str] = ("unit",)
) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """A row for every year of each unit from its first to its last; and where each unit begins.

    Years that are absent have null in every number, so that a gap is seen and can be named.
    Returns the frame (rows), and the first row of each unit with the number of rows behind the last
            (units + 1,).

    >>> years = [2000, 2002, 2001]
    >>> found = pl.DataFrame({"unit": ["a", "a", "b"], "year": years, "v": [1.0, 3.0, 4.0]})
    >>> whole, starts = on_calendar(found)
    >>> whole["v"].to_list(), starts.tolist()
    ([1.0, None, 3.0, 4.0], [0, 3, 4])
    """
    by = list(keys)
    spans = (
        table.group_by(by)
        .agg(pl.col("year").min().alias("first"), pl.col("year").max().alias("last"))
        .sort(by)
    )
    years = pl.int_ranges("first", pl.col("last") + 1, dtype=pl.Int64).alias("year")
    whole = spans.select(*by, years).explode("year")
    whole = whole.join(table, on=[*by, "year"], how="left", maintain_order="left").select(
        "year", pl.exclude("year")
    )
    sizes = (spans["last"] - spans["first"] + 1).to_numpy()
    return whole, np.cumsum(np.r_[0, sizes], dtype=np.int64)


def years_apart(table: pl.DataFrame) -> list[int]:
    """The years of a table that holds no two in a row, such as those of censuses; else none.

    Growth is then from each to the next. Where some years do follow one another, one that is
    missing between them stays a gap.

    >>> years_apart(pl.DataFrame({"year": [2013, 2004, 2008]}))
    [2004, 2008, 2013]
    >>> years_apart(pl.DataFrame({"year": [2004, 2005, 2008]}))
    []
    """
    years = table["year"].unique().sort()
    if years.len() < 2 or not (years.diff() > 1).all():
        return []
    return years.to_list()


def by_unit(
    table: pl.DataFrame, keys: Sequence[str] = ("unit",)
) -> Iterator[tuple[tuple[str, ...], pl.DataFrame]]:
    """Each unit's rows on the calendar, in the order of the units.

    >>> found = pl.DataFrame({"unit": ["a", "a"], "year": [2000, 2002], "v": [1.0, 3.0]})
    >>> [(key, rows["v"].to_list()) for key, rows in by_unit(found)]
    [(('a',), [1.0, None, 3.0])]
    """
    whole, starts = on_calendar(table, keys)
    names = whole.select(keys)[starts[:-1]].rows()
    for key, start, end in zip(names, starts[:-1], starts[1:], strict=True):
        # a view: there may be many units
        yield tuple(str(part) for part in key), whole.slice(start, end - start)


def never_changes(values: Array) -> bool:
    """Whether a series is one number throughout, but for rounding.

    >>> never_changes(np.array([0.3, 0.1 + 0.2])), never_changes(np.array([1.0, 1.1]))
    (True, False)
    """
    return bool(np.ptp(values) <= 1e-12 * max(float(np.abs(values).max()), 1e-300))


def year_grid(
    rows: pl.DataFrame, names: Sequence[str]
) -> tuple[NDArray[np.int64], list[str], list[Array]]:
    """One unit's years, its kinds (column ``kind``), and each number as (years, kinds).

    Every year from the first to the last is there; what has no row is nan.

    >>> found = pl.DataFrame({"kind": ["b", "a"], "year": [2000, 2001], "v": [1.0, 2.0]})
    >>> year_grid(found, ["v"])[2][0].tolist()
    [[nan, 1.0], [2.0, nan]]
    """
    when = rows["year"].to_numpy()
    years = np.arange(when.min(), when.max() + 1, dtype=np.int64)
    labels = sorted(set(rows["kind"].to_list()))
    place = {label: k for k, label in enumerate(labels)}
    at = (when - years[0], np.array([place[kind] for kind in rows["kind"]]))
    grids = []
    for name in names:
        grid = np.full((years.size, len(labels)), np.nan)
        grid[at] = as_array(rows, name)
        grids.append(grid)
    return years, labels, grids


def unit_grids(
    table: pl.DataFrame, names: Sequence[str]
) -> Iterator[tuple[str, NDArray[np.int64], list[str], list[Array]]]:
    """Each unit's name and its ``year_grid``, in the order of the units."""
    for (unit,), rows in table.group_by("unit", maintain_order=True):
        yield str(unit), *year_grid(rows, names)


def grid_rows(
    unit: str, kind: str, years: NDArray[np.int64], labels: list[str], grids: Mapping[str, Array]
) -> pl.DataFrame:
    """A row per year and kind: the way back from ``year_grid``; kind : the column of kinds.

    >>> grids = {"share": np.array([[0.5, 0.5]])}
    >>> grid_rows("all", "asset", np.array([2000]), ["a", "b"], grids).rows()
    [('all', 'a', 2000, 0.5), ('all', 'b', 2000, 0.5)]
    """
    keys = {
        "unit": [unit] * (years.size * len(labels)),
        kind: labels * years.size,
        "year": np.repeat(years, len(labels)),
    }
    return pl.DataFrame({**keys, **{name: grid.ravel() for name, grid in grids.items()}})


def as_array(rows: pl.DataFrame, name: str) -> Array:
    """One column as floats, null as nan.

    >>> as_array(pl.DataFrame({"v": [1.0, None]}), "v").tolist()
    [1.0, nan]
    """
    # a copy, for the callers write into it
    return np.array(rows[name].cast(pl.Float64), dtype=np.float64)


def log_growth(level: Array) -> Array:
    """Growth of the logarithm from the year before; nan in the first year and where one is missing.

    level : (years, ...), positive or nan
    Returns the same shape, dimensionless.

    >>> log_growth(np.array([1.0, np.e, np.nan])).round(3).tolist()
    [nan, 1.0, nan]
    """
    logs = np.log(level)
    return np.asarray(logs - before(logs))


def before(values: Array) -> Array:
    """What was a year before; nan in the first year.

    >>> before(np.array([1.0, 2.0, 3.0])).tolist()
    [nan, 1.0, 2.0]
    """
    found = np.full_like(values, np.nan)
    found[1:] = values[:-1]
    return found


def first_gaps(
    years: NDArray[np.int64], labels: list[str], grids: Mapping[str, Array]
) -> list[Reason]:
    """What is missing in each year: the first number that is, and the first kind that lacks it.

    grids : name -> (years, kinds); the code of a reason is the name behind ``no_``

    >>> prices = {"price": np.array([[1.0, np.nan], [1, 1]])}
    >>> first_gaps(np.array([2000, 2001]), ["a", "b"], prices)[0]
    Reason(code='no_price', name='b', year=2000)
    """
    why = [NO_REASON] * years.size
    for name, grid in grids.items():
        for t in np.flatnonzero(np.isnan(grid).any(axis=1)):
            kind = labels[int(np.isnan(grid[t]).argmax())]
            if not why[t].code:
                why[t] = Reason(f"no_{name}", kind, int(years[t]))
    return why


def reason_columns(reasons: Iterable[Reason]) -> dict[str, pl.Series]:
    """The columns reason, reason_name and reason_year; null where there is nothing to say.

    >>> columns = reason_columns([NO_REASON, Reason("no_price", "b")])
    >>> [column.to_list() for column in columns.values()]
    [[None, 'no_price'], [None, 'b'], [None, None]]
    """
    rows = [(each.code or None, each.name, each.year) for each in reasons]
    return pl.DataFrame(rows, schema=REASONS, orient="row").to_dict()


def reasons_said(rows: pl.DataFrame, most: int = 3) -> List:
    """The different reasons of some rows, in their order, for a message."""
    known = [pl.DataFrame(schema=REASONS), rows.select("^reason(_name|_year)?$")]
    different = pl.concat(known, how="diagonal").unique(maintain_order=True).drop_nulls("reason")
    return List(tuple(_reason_said(Reason(*row)) for row in different.iter_rows()), most)


def _reason_said(why: Reason) -> Value[Any]:
    reason = Code(f"codes.reason.{why.code}")
    given: dict[str, Value[Any]] = {"reason": reason}
    if why.name is not None:
        given["name"] = Name(why.name)
    if why.year is not None:
        given["year"] = Year(why.year)
    if len(given) == 1:
        return reason
    which = "_and_".join(key for key in ("name", "year") if key in given)
    return Phrase(message(f"phrases.reason_with_{which}", **given))


def unit_years(rows: pl.DataFrame, most: int = 5) -> List:
    """The units of some rows with their years, for a message."""
    pairs = rows.select("unit", "year").iter_rows()
    said = (
        Phrase(message("phrases.unit_in_year", unit=Name(unit), year=Year(year)))
        for unit, year in pairs
    )
    return List(tuple(said), most)


def chained(growth: Array, begins: NDArray[np.bool_] | None = None) -> Array:
    """An index from log growth: 1 at the start of each unbroken run of years; nan where unknown.

    begins : (years,), True where the years of the next of several units begin; None for one unit

    >>> chained(np.array([np.nan, np.log(2), np.nan, np.nan, 0.0])).round(6).tolist()
    [1.0, 2.0, nan, 1.0, 1.0]
    """
    goes_on = np.isfinite(growth)
    goes_on[:1] = False
    if begins is not None:
        goes_on &= ~begins
    index, factor = np.full(growth.size, np.nan).tolist(), np.exp(growth).tolist()
    for t in np.flatnonzero(goes_on).tolist():
        if not goes_on[t - 1]:
            index[t - 1] = 1.0
        index[t] = index[t - 1] * factor[t]
    return np.array(index)


def _refuse(
    table: pl.DataFrame,
    by: Sequence[str],
    names: Iterable[str | None],
    code: str,
    wrong: Callable[[str], pl.Expr],
) -> None:
    for name in names:
        if name is None:
            continue
        bad = table.filter(wrong(name))
        if bad.height:
            about = {"value": Figure(bad[name][0]), "key": key_of(bad.select(by), 0)}
            raise InputError(message(code, column=Name(name), **about), FAMILY)
