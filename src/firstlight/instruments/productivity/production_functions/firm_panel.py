"""Firms through the years in logarithms, each row beside the same firm's row of the year before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.logarithms import no_logarithm, refuse_levels, refuse_logs
from firstlight.instruments.productivity.production_functions.refusals import refusal
from firstlight.roles import ColumnRole, Columns, Key, Number, Year
from firstlight.schema import Data, read_table
from firstlight.texts import Code, Count, Name, message

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Texts = NDArray[np.object_]
Names = tuple[tuple[str, ...], ...]

FILLED: Final = Number(is_filled=True)
SEVERAL: Final = Columns(1, FILLED)
GROUPS: Final = ("free", "state", "proxy", "controls")
ROLES: Final[dict[str, ColumnRole]] = {
    "unit": Key(),
    "year": Year(),
    "output": FILLED,
    **dict.fromkeys(GROUPS, SEVERAL),
}
FLAT: Final = 1e-12  # of a column's size: a smaller spread is rounding


@dataclass(frozen=True)
class FirmPanel:
    """N complete firm-years, sorted by firm, then year.

    output   : (N,) logarithm; free : (N, f), state : (N, s), proxy : (N, p), logarithms; controls :
            (N, c), as they came
    firm     : (N,) 0 to firms - 1; year : (N,); previous : (N,) row of the same firm one year
            before, -1 without
    stays    : (N,) whether the firm is seen in a later year; nan in the last year of the panel
    names    : the user's column names: free, state, proxy, controls
    rows     : every row that came: unit, year, reason, column (null where the row is used)
    used     : (N,) places in ``rows``
    left_out : reason, column, rows_count: what is not used, or only in the first stage, and why
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
    names: Names
    rows: pl.DataFrame
    used: Whole
    left_out: pl.DataFrame

    @property
    def firms(self) -> int:
        """How many firms there are."""
        return int(self.firm[-1]) + 1

    @property
    def now(self) -> Whole:
        """(n,) rows that have a previous year."""
        return np.flatnonzero(self.previous >= 0)

    def counted(self, weight: Floats | None) -> tuple[Whole, Floats]:
        """(n,) those of ``now`` that count in a draw of firms, and the root of how often; each
        counts once without ``weight`` (N,)."""
        if weight is None:
            return self.now, np.ones(self.now.size)
        now = self.now[weight[self.now] > 0]
        return now, np.sqrt(weight[now])


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

    output  : column of output or value added; free : inputs chosen in the year; state : inputs
            fixed before (capital)
    proxy   : investment or materials, by which unseen productivity shows; controls : never taken in
            logarithms
    log, year_effects : see ``panel_of``
    Returns FirmPanel.
    Raises  InputError for columns that are absent or hold no numbers, and as ``panel_of``.

    >>> rows = pl.DataFrame({"unit": ["a", "a", "b", "b"], "year": [2001, 2002, 2001, 2003],
    ...                      "y": [1.0, 2, 3, 5], "l": [0.0, 1, 2, 2], "k": [1.0, 2, 2, 1],
    ...                      "m": [1.0, 3, 2, None]})
    >>> found = firm_panel(rows, output="y", free=["l"], state=["k"], proxy=["m"], log=False)
    >>> found.previous.tolist(), found.left_out["reason"].to_list()
    ([-1, 0, -1], ['missing', 'first_year'])
    """
    columns = dict(zip(GROUPS, (free, state, proxy, controls), strict=True))
    for group in GROUPS[:3]:
        if not columns[group]:
            given = {"parameter": Name(group), "kind": Code("kinds.columns")}
            raise InputError(message("not_given", **given))
    named = {"unit": unit, "year": year, "output": output, **columns}
    return panel_of(read_table(frame, ROLES, named), output, log=log, year_effects=year_effects)


def panel_of(data: Data, output: str, *, log: bool, year_effects: bool) -> FirmPanel:
    """The panel of a table that was read: unit, year, output, and several columns of inputs.

    output : what the user calls the column of output
    log    : production functions are estimated in logarithms: they are taken here, unless output,
             inputs and proxy are logarithms already and ``log`` is False
    year_effects : whether an indicator of each year but the first joins the controls
    Rows with a missing number, and with ``log`` those whose proxy is zero or negative, are left out
    and counted in ``left_out``. A previous year is the calendar year before: gaps give no lags.
    Raises InputError for an output or input that has no logarithm, or with ``log=False`` one that
    can't be a logarithm, a column that never changes, one firm only, no consecutive years.
    """
    keys = data.frame.select("unit", pl.col("year").cast(pl.Int64))
    parts = [data.several.get(group, pl.DataFrame()) for group in GROUPS]
    names = tuple(tuple(part.columns) for part in parts)
    columns = [output, *(name for group in names for name in group)]
    values = np.column_stack(
        [data.frame["output"].to_numpy(), *(part.to_numpy() for part in parts if part.width)]
    ).astype(np.float64)
    reason, lacking = _missing(values, columns)
    logged = columns[: len(columns) - len(names[3])]
    if log:
        refuse_logs(logged)
        values = _logarithms(values, reason, lacking, keys, columns, names)
    else:
        refuse_levels(values, keys, logged)
    used = np.flatnonzero(reason == "")
    firm = _codes(keys["unit"].to_numpy()[used])
    if used.size == 0 or firm[-1] == 0:
        whole = Count(keys["unit"].n_unique())
        raise refusal(message("few_firms", count=Count(min(used.size, 1)), all=whole))
    years = keys["year"].to_numpy()[used]
    previous = _previous(firm, years)
    stays, values = _stays(keys)[used], values[used]
    _refuse_flat(values, columns)
    if not (previous >= 0).any():
        raise refusal(message("no_lag"))
    ends = np.cumsum([len(group) for group in names])[:-1]
    free, state, proxy, controls = np.split(values[:, 1:], ends, axis=1)
    if year_effects:
        effects = np.unique(years)[1:]
        controls = np.column_stack([controls, *(years == each for each in effects)])
        names = (*names[:3], (*names[3], *(f"year {each}" for each in effects)))
    rows = keys.with_columns(
        pl.Series("reason", reason, pl.String).replace("", None),
        pl.Series("column", lacking, pl.String).replace("", None),
    )
    left_out = _left_out(rows, previous, firm)
    return FirmPanel(
        values[:, 0], free, state, proxy, controls,
        firm, years, previous, stays, names, rows, used, left_out,
    )  # fmt: skip


def _missing(values: Floats, columns: list[str]) -> tuple[Texts, Texts]:
    """Why each row is left out, and the first column without a number; empty where it is used."""
    reason: Texts = np.full(len(values), "", object)
    lacking: Texts = np.full(len(values), "", object)
    for place in reversed(range(len(columns))):
        rows = ~np.isfinite(values[:, place])
        reason[rows], lacking[rows] = "missing", columns[place]
    return reason, lacking


def _logarithms(
    values: Floats,
    reason: Texts,
    lacking: Texts,
    keys: pl.DataFrame,
    columns: list[str],
    names: Names,
) -> Floats:
    logged = len(columns) - len(names[3])
    for place in range(logged):
        rows = np.flatnonzero((reason == "") & (values[:, place] <= 0))
        if columns[place] in names[2]:
            reason[rows], lacking[rows] = "not_positive", columns[place]
        elif rows.size:
            row = int(rows[0])
            raise no_logarithm(values[row, place], keys, row, columns[place])
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


def _stays(keys: pl.DataFrame) -> Floats:
    """Whether the firm has a later row, complete or not; nan in the panel's last year."""
    units, years = keys["unit"].to_numpy(), keys["year"].to_numpy()
    stays = np.r_[units[1:] == units[:-1], False].astype(np.float64)
    stays[years == years.max()] = np.nan
    return np.asarray(stays)


def _refuse_flat(values: Floats, columns: list[str]) -> None:
    flat = np.ptp(values, axis=0) <= FLAT * np.abs(values).max(axis=0)
    if flat.any():
        raise refusal(message("flat", column=Name(columns[int(np.argmax(flat))])))


def _left_out(rows: pl.DataFrame, previous: Whole, firm: Whole) -> pl.DataFrame:
    keys = ["reason", "column"]
    counted = rows.drop_nulls("reason").group_by(keys).agg(rows_count=pl.len()).sort(keys)
    first = np.r_[True, firm[1:] != firm[:-1]]
    counts = {"first_year": int(first.sum()), "gap": int((~first & (previous < 0)).sum())}
    without_lag = [(code, None, count) for code, count in counts.items() if count]
    schema = pl.Schema({"reason": pl.String, "column": pl.String, "rows_count": pl.Int64})
    lost = pl.DataFrame(without_lag, schema=schema, orient="row")
    return pl.concat([counted.cast(schema), lost])
