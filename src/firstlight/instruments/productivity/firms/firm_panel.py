"""Firms through the years in logarithms: read, checked, each row beside the same firm's row of the year before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.logarithms import refuse_levels, refuse_logs
from firstlight.numerics.finding import reason_columns
from firstlight.numerics.long_frames import read_long

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

FLAT = 1e-12  # of a column's size: a smaller spread is rounding


@dataclass(frozen=True)
class FirmPanel:
    """N complete firm-years, sorted by firm, then year.

    output   : (N,) logarithm; free : (N, f), state : (N, s), proxy : (N, p), logarithms; controls : (N, c), as they came
    firm     : (N,) 0 to firms - 1; year : (N,); previous : (N,) row of the same firm one year before, -1 where there is none
    stays    : (N,) whether the firm is seen in a later year; nan in the last year of the panel
    names    : the user's column names: free, state, proxy, controls
    rows     : every row that came: unit, year, reason_en, reason_zh (empty where the row is used)
    used     : (N,) places in ``rows``
    left_out : reason_code, rows_count, reason_en, reason_zh: what is not used, or only in the first stage, and why
    """

    output: Floats
    free: Floats
    state: Floats
    proxy: Floats
    controls: Floats
    firm: Whole
    year: Whole
    previous: Whole
    stays: Floats
    names: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    rows: pl.DataFrame
    used: Whole
    left_out: pl.DataFrame
    given: Any = field(default=None, repr=False)

    @property
    def firms(self) -> int:
        """How many firms there are."""
        return int(self.firm[-1]) + 1

    @property
    def now(self) -> Whole:
        """(n,) rows that have a previous year."""
        return np.flatnonzero(self.previous >= 0)


def firm_panel(
    frame: Any,
    output: str,
    free: Sequence[str],
    state: Sequence[str],
    proxy: Sequence[str],
    controls: Sequence[str] = (),
    unit: str = "unit",
    year: str = "year",
    log: bool = True,
    year_effects: bool = False,
) -> FirmPanel:
    """Read a long frame of firms: a row per firm and year.

    output  : column of output or value added; free : inputs chosen in the year; state : inputs fixed before (capital)
    proxy   : investment or materials, by which unseen productivity shows; controls : never taken in logarithms
    log     : production functions are estimated in logarithms: they are taken here, unless output, inputs and proxy are
              logarithms already and ``log`` is False
    year_effects : whether an indicator of each year but the first joins the controls
    Returns FirmPanel. Rows with a missing number, and with ``log`` those whose proxy is zero or negative, are left out
            and counted in ``left_out``. A previous year is the calendar year before: gaps give no lags.
    Raises  InputError naming firm, year and column: a firm twice in a year, output or input that has no logarithm, or with
            ``log=False`` one that can't be a logarithm, a column named twice or that never changes, one firm only, no
            consecutive years.

    >>> rows = pl.DataFrame({"unit": ["a", "a", "b", "b"], "year": [1, 2, 1, 3], "y": [1.0, 2, 3, 5], "l": [0.0, 1, 2, 2],
    ...                      "k": [1.0, 2, 2, 1], "m": [1.0, 3, 2, None]})
    >>> found = firm_panel(rows, output="y", free=["l"], state=["k"], proxy=["m"], log=False)
    >>> found.previous.tolist(), found.left_out["reason_code"].to_list()
    ([-1, 0, -1], ['missing_m', 'first_year'])
    """
    for name, value in (("free", free), ("state", state), ("proxy", proxy), ("controls", controls)):
        if isinstance(value, str):
            raise InputError(
                f"{name}={value!r}", where=name, try_next=f"use a list: {name}=[{value!r}]"
            )
    names = (tuple(free), tuple(state), tuple(proxy), tuple(controls))
    columns = [output, *(name for group in names for name in group)]
    _refuse_names(names[:3], columns)
    keys = {"unit": unit, "year": year, **{f"#{k}": name for k, name in enumerate(columns)}}
    table = read_long(frame, keys, [f"#{k}" for k in range(len(columns))])
    refuse_repeated(table)
    values = table.select([f"#{k}" for k in range(len(columns))]).to_numpy().astype(np.float64)
    reason = _reasons(values, columns)
    logged = columns[: len(columns) - len(names[3])]
    if log:
        refuse_logs(logged)
        values = _logarithms(values, reason, table, columns, names)
    else:
        refuse_levels(values, table, logged)
    used = np.flatnonzero(reason == "")
    firm = _codes(table["unit"].to_numpy()[used])
    if used.size == 0 or firm[-1] == 0:
        raise InputError(
            f"{min(used.size, 1)} firm with complete rows of {table['unit'].n_unique()}",
            where="the frame",
            try_next="two firms at least, and many to say anything: see which columns have missing numbers",
        )
    years = table["year"].to_numpy().astype(np.int64)
    previous = _previous(firm, years[used])
    stays = _stays(table)[used]
    values = values[used]
    _refuse_flat(values, columns)
    if not (previous >= 0).any():
        raise InputError(
            "no firm has two consecutive years",
            where=f"column {year!r}",
            try_next="yearly rows are needed for lags",
        )
    parts = np.split(values[:, 1:], np.cumsum([len(group) for group in names])[:-1], axis=1)
    if year_effects:
        effects = np.unique(years[used])[1:]
        parts[3] = np.column_stack([parts[3], *(years[used] == each for each in effects)])
        names = (*names[:3], (*names[3], *(f"year {each}" for each in effects)))
    rows, left_out = _told(table, reason, previous, firm)
    return FirmPanel(
        values[:, 0], parts[0], parts[1], parts[2], parts[3],
        firm, years[used], previous, stays, names, rows, used, left_out, frame,
    )  # fmt: skip


def _refuse_names(groups: tuple[tuple[str, ...], ...], columns: list[str]) -> None:
    for group, what in zip(groups, ("free", "state", "proxy"), strict=True):
        if not group:
            raise InputError(f"no {what} column", where=what, try_next="name at least one")
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is not None:
        raise InputError(
            f"column {twice!r} is named twice",
            where="output, free, state, proxy, controls",
            try_next="name it once; materials that are both input and proxy are named as proxy",
        )


def refuse_repeated(table: pl.DataFrame) -> None:
    """Raises  InputError naming the first firm that stands twice in a year; table : unit, year."""
    twice = table.filter(table.select("unit", "year").is_duplicated())
    if twice.height:
        raise InputError(
            "the firm stands twice in one year",
            where=f"unit {twice['unit'][0]!r}, year {twice['year'][0]}",
            try_next="leave one row",
        )


def _reasons(values: Floats, columns: list[str]) -> NDArray[np.object_]:
    reason: NDArray[np.object_] = np.full(len(values), "", object)
    for place in reversed(
        range(len(columns))
    ):  # the first column that lacks a number gives the reason
        reason[~np.isfinite(values[:, place])] = f"missing_{columns[place]}"
    return reason


def _logarithms(
    values: Floats,
    reason: NDArray[np.object_],
    table: pl.DataFrame,
    columns: list[str],
    names: tuple[tuple[str, ...], ...],
) -> Floats:
    logged = len(columns) - len(names[3])
    for place in range(logged):
        rows = np.flatnonzero((reason == "") & (values[:, place] <= 0))
        if columns[place] in names[2]:
            reason[rows] = f"not_positive_{columns[place]}"
        elif rows.size:
            raise InputError(
                f"{values[rows[0], place]:g} has no logarithm",
                where=f"unit {table['unit'][int(rows[0])]!r}, year {table['year'][int(rows[0])]}, column {columns[place]!r}",
                try_next="mend the number, or leave the row out; where columns are logs, --log no (in Python: log=False)",
            )
    found = values.copy()
    found[:, :logged] = np.log(np.where(values[:, :logged] > 0, values[:, :logged], np.nan))
    return found


def _codes(units: NDArray[Any]) -> Whole:
    return np.cumsum(np.r_[0, units[1:] != units[:-1]])[: len(units)].astype(np.int64)


def _previous(firm: Whole, years: Whole) -> Whole:
    previous = np.full(firm.size, -1, np.int64)
    rows = np.flatnonzero((firm[1:] == firm[:-1]) & (years[1:] == years[:-1] + 1)) + 1
    previous[rows] = rows - 1
    return previous


def _stays(table: pl.DataFrame) -> Floats:
    """Whether the firm has a later row, complete or not; nan in the panel's last year, after which nobody knows."""
    units, years = table["unit"].to_numpy(), table["year"].to_numpy()
    stays = np.r_[units[1:] == units[:-1], False].astype(np.float64)
    stays[years == years.max()] = np.nan
    return np.asarray(stays)


def _refuse_flat(values: Floats, columns: list[str]) -> None:
    flat = np.ptp(values, axis=0) <= FLAT * np.abs(values).max(axis=0)
    if flat.any():
        raise InputError(
            "the column never changes",
            where=f"column {columns[int(np.argmax(flat))]!r}",
            try_next="a constant says nothing: leave it out, or choose another",
        )


def _told(
    table: pl.DataFrame, reason: NDArray[np.object_], previous: Whole, firm: Whole
) -> tuple[pl.DataFrame, pl.DataFrame]:
    codes, counts = np.unique(reason[reason != ""].astype(str), return_counts=True)
    rows = [
        (code, count, *_words(code))
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True)
    ]
    known = {"": ("", ""), **{code: _words(code) for code in codes.tolist()}}
    first = np.r_[True, firm[1:] != firm[:-1]]
    for code, found in (("first_year", first), ("gap", ~first & (previous < 0))):
        if found.any():
            rows.append((code, int(found.sum()), *_words(code)))
    schema = {
        "reason_code": pl.String,
        "rows_count": pl.Int64,
        "reason_en": pl.String,
        "reason_zh": pl.String,
    }
    told = table.select("unit", "year").with_columns(
        **reason_columns(known[code] for code in reason)
    )
    return told, pl.DataFrame(rows, schema=schema, orient="row")


def _words(code: str) -> tuple[str, str]:
    if code.startswith("missing_"):
        return f"no number in column {code[8:]!r}: left out", f"{code[8:]} 列缺失，未使用"
    if code.startswith("not_positive_"):
        name = code[13:]
        return (
            f"{name!r} is zero or negative and has no logarithm: left out",
            f"{name} 为零或负，无法取对数，未使用",
        )
    if code == "first_year":
        return (
            "first year of the firm: first stage only, there is no lag",
            "企业的首个年份，没有滞后值，只用于第一阶段",
        )
    if code == "gap":
        return (
            "the year before is absent: first stage only, there is no lag",
            "缺上一年，没有滞后值，只用于第一阶段",
        )
    return "", ""
