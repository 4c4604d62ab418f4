"""Leaps: years in which growth moves to another mean, and years in which the level jumps.

Breaks are sought in growth, not in log levels: a productivity level wanders, its errors have a unit
root, and tests for breaks in its trend that hold for unknown dates are another method, which is
left out. The search, the tests and their laws are in ``mean_shifts``, with the reason why no other
library is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import check_between, check_bounds, check_choice
from firstlight.instruments.productivity.growth_accounting.level_shifts import (
    jumps,
    outlying_years,
    usual_growth,
)
from firstlight.instruments.productivity.growth_accounting.mean_shifts import (
    Whole,
    argmax_quantile,
    best_partitions,
    double_maximum,
    null_law,
    one_more,
    p_value,
)
from firstlight.instruments.productivity.yearly_series import (
    NO_REASON,
    Array,
    Reason,
    as_array,
    by_unit,
    never_changes,
    read_yearly,
)
from firstlight.measurement import Progress
from firstlight.numerics.long_frames import nan_to_null

CHOICES = ("sequential", "bic", "lwz")
SERIES = ("level", "log", "growth")
TELL_EVERY = 1000  # units
SLOPE = "slope"
BREAKS = {
    "unit": pl.String,
    "kind": pl.String,
    **dict.fromkeys(("break_year", "low_year", "high_year"), pl.Int64),
    **dict.fromkeys(("mean_before", "mean_after", "change"), pl.Float64),
    "reason": pl.String,
    "reason_year": pl.Int64,
}
REGIMES = {
    "unit": pl.String,
    "first_year": pl.Int64,
    "last_year": pl.Int64,
    "year_count": pl.Int64,
    "mean": pl.Float64,
}
TESTS = {"unit": pl.String, "break_count": pl.Int64, "statistic": pl.Float64, "p_value": pl.Float64}
EXACT = 1e-12  # share of the series' variation, below which what is left is rounding
AT_THE_END = Reason("interval_cut")
EQUAL_MEANS = Reason("equal_means")
NO_BREAK = Reason("no_break")
FEWEST = 10  # years of growth, below which a mean and its shift can't be told from noise


@dataclass(frozen=True)
class ProductivityBreaks:
    """Breaks in the mean of growth; means in the unit of growth, mostly percentage points.

    table   : unit, kind, break_year, low_year and high_year (interval of break_year, within the
              years of the data), mean_before, mean_after, change, reason, reason_year; a row
              without a break_year where a unit has none, with the reason. Kinds: slope: break_year
              is the first year of another mean growth, change is that of the mean, and the reason
              says where the interval ends with the data; level_shift: growth of that year alone
              lies apart, and the level stays changed by that much; outlier: the next year takes it
              back. Of both the date is known, and growth before and after is the mean
    regimes : unit, first_year, last_year, year_count, mean
    tests   : unit, break_count (under the null), statistic, p_value: row 0 the double maximum test
              of none, row l sup-F(l + 1 | l)
    correlated : units whose residuals are correlated, so that tests and intervals promise too much
    """

    table: pl.DataFrame
    regimes: pl.DataFrame = field(repr=False)
    tests: pl.DataFrame = field(repr=False)
    correlated: tuple[str, ...] = ()


def break_intervals(series: Any, starts: Any, *, level: float = 0.95) -> tuple[Array, Array]:
    """Bai's intervals of the first positions of new means, by the law of a shrinking shift.

    start -+ (floor(c sigma^2 / shift^2) + 1), with c the quantile of argmax W(s) - |s| / 2, one
    sigma for all regimes. Where a shift is small beside the noise, intervals cover less often than
    they say: of 60 simulated years, 95% intervals held the true date in 90% of draws at a shift of
    1 sigma, 94% at 1.5, 98% at 2 (one break, known to be one).

    series : (years,); starts : positions (from 0) at which new regimes begin; level : coverage, 0
             to 1
    Returns low, high: (breaks,) positions within those at which a new mean can begin, 1 to years -
            1; that range where there is no shift.
    Source: Bai (1997), Review of Economics and Statistics 79(4), 551-563; Bai and Perron (2003),
            Journal of Applied Econometrics 18(1), 1-22.

    >>> [ends.tolist() for ends in break_intervals([0, 1, 0, 1, 9, 8, 9, 8], [4])]
    [[3.0], [5.0]]
    """
    y, at = np.asarray(series, dtype=float), np.asarray(starts, dtype=np.int64)
    edges = [0, *at.tolist(), y.size]
    regimes = [y[a:b] for a, b in pairwise(edges)]
    means = np.array([part.mean() for part in regimes])
    squares = sum(float(((part - part.mean()) ** 2).sum()) for part in regimes)
    variance = squares / max(y.size - len(regimes), 1)
    shift = np.diff(means)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.floor(argmax_quantile(level) * variance / shift**2) + 1
    reach = np.where(shift == 0, np.inf, reach)
    return np.maximum(at - reach, 1.0), np.minimum(at + reach, y.size - 1.0)


def productivity_breaks(
    frame: Any,
    productivity: str,
    *,
    unit: str | None = "unit",
    year: str = "year",
    series: str = "level",
    choose: str | int = "sequential",
    most: int = 5,
    trim: float = 0.15,
    significance: float = 0.05,
    level: float = 0.95,
    draws: int = 1999,
    seed: int = 0,
    progress: Progress | None = None,
) -> ProductivityBreaks:
    """Breaks in the mean growth of productivity of each unit, and years in which its level jumps.

    Parameters
    ----------
    frame
        A row for each unit and year.
    productivity
        Column of TFP or labour productivity.
    unit
        Column of the units; None where there is one.
    year
        Column of the years.
    series
        Whether it is a ``level``, ``log`` or ``growth``.
    choose
        ``sequential`` (tests at ``significance``), ``bic``, ``lwz``, or how many.
    most
        The most breaks that are considered.
    trim
        The fewest years between breaks, as a share of all.
    significance
        Level of the tests.
    level
        Probability that an interval holds.
    draws, seed
        Of the simulated laws of the tests.
    progress
        Called with the units examined and all of them.

    Returns
    -------
    ProductivityBreaks, with ``table`` (unit, kind, break_year and its interval, mean_before,
    mean_after and change in the unit of growth, reason), ``regimes``, ``tests`` and ``correlated``.

    Raises
    ------
    InputError
        As ``read_yearly``, or for options out of range.

    Notes
    -----
    Years must follow each other: a unit with a gap inside has no breaks but a reason. Errors are
    taken as independent; where residuals are correlated, tests and intervals promise too much.

    References
    ----------
    Bai and Perron (1998), Econometrica 66(1), 47-78; (2003), Journal of Applied Econometrics 18(1),
    1-22; Rosner (1983), Technometrics 25(2), 165-172 (years that lie apart).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> growth = np.repeat([3.0, 1.0], 20) + rng.normal(0, 0.5, 40)
    >>> rows = pl.DataFrame({"year": range(1970, 2010), "g": growth})
    >>> productivity_breaks(rows, "g", unit=None, series="growth").table["break_year"].to_list()
    [1990]
    """
    _refuse_options(series, choose, most, trim, significance, level, draws)
    table = read_yearly(
        frame,
        [productivity],
        unit=unit,
        year=year,
        positive=[productivity] if series == "level" else [],
    )
    breaks, regimes, tests, correlated = list[tuple[Any, ...]](), [], [], []
    count = table["unit"].n_unique()
    for k, ((name,), rows) in enumerate(by_unit(table)):
        if progress is not None and k % TELL_EVERY == 0:
            progress(k, count)
        y, years, why = _growth(rows, productivity, series)
        shortest = max(2, int(trim * y.size))
        if not why.code and isinstance(choose, int) and (choose + 1) * shortest > y.size:
            why = Reason("few_years_for_breaks")
        if why.code:
            breaks += _break_rows(name, [], why)
            continue
        starts, told = _found(y, choose, most, shortest, significance, draws, seed)
        outlying = outlying_years(y, starts, significance)
        grown = y
        if outlying.size:  # a jump of the level must neither make a break of the mean nor hide one
            y = usual_growth(grown, starts, outlying)
            starts, told = _found(y, choose, most, shortest, significance, draws, seed)
            outlying = outlying_years(grown, starts, significance)
            y = usual_growth(grown, starts, outlying)
        found = [*_described(y, years, starts, level), *_jumped(grown, y, years, outlying)]
        breaks += _break_rows(name, sorted(found, key=lambda row: row[1]), NO_BREAK)
        regimes += _regime_rows(name, y, years, starts)
        tests += [(name, *row) for row in told]
        if abs(_autocorrelation(y, starts)) > 2 / np.sqrt(y.size):
            correlated.append(name)
    main = nan_to_null(pl.DataFrame(breaks, schema=BREAKS, orient="row"))
    return ProductivityBreaks(
        table=main,
        regimes=pl.DataFrame(regimes, schema=REGIMES, orient="row"),
        tests=pl.DataFrame(tests, schema=TESTS, orient="row"),
        correlated=tuple(correlated),
    )


def _refuse_options(
    series: str,
    choose: str | int,
    most: int,
    trim: float,
    significance: float,
    level: float,
    draws: int,
) -> None:
    check_choice("series", series, SERIES)
    check_bounds("most", most, 1)
    if isinstance(choose, str):
        check_choice("choose", choose, CHOICES)
    else:
        check_bounds("choose", choose, 0, most)
    check_between("trim", trim, 0, 0.5)
    check_between("significance", significance, 0, 1)
    check_between("level", level, 0, 1)
    check_bounds("draws", draws, 99)


def _growth(rows: pl.DataFrame, name: str, series: str) -> tuple[Array, Any, Reason]:
    """A unit's growth from its first to its last known year, and why it can't be examined."""
    value, years = as_array(rows, name), rows["year"].to_numpy()
    growth = value
    if series != "growth":
        log = np.log(value) if series == "level" else value
        growth = 100 * np.diff(log, prepend=np.nan)
    known = np.flatnonzero(np.isfinite(growth))
    if known.size < FEWEST:
        return growth[known], years[known], Reason("few_years")
    y, years = growth[known[0] : known[-1] + 1], years[known[0] : known[-1] + 1]
    gap = np.flatnonzero(np.isnan(y))
    if gap.size:
        return y, years, Reason("gap", year=int(years[gap[0]]))
    if never_changes(y):
        return y, years, Reason("never_changes")
    return y, years, NO_REASON


def _found(
    y: Array,
    choose: str | int,
    most: int,
    shortest: int,
    significance: float,
    draws: int,
    seed: int,
) -> tuple[Whole, list[tuple[int, float, float]]]:
    """Where new means begin, and the tests: (breaks under the null, statistic, p-value)."""
    t = y.size
    most = min(most, t // shortest - 1)
    # in units of the series' own spread, so that no magnitude is too small or large
    z = (y - y.mean()) / y.std()
    sums, starts = best_partitions(z, most, shortest)
    any_at_all = float(double_maximum(sums[None, :], t)[0])
    told = [(0, any_at_all, p_value(any_at_all, null_law(t, shortest, most, None, draws, seed)))]
    count = int(told[0][2] <= significance)
    # of a perfect fit there is nothing left to explain
    while 0 < count < most and sums[count] > EXACT * t:
        more = float(one_more(z[None, :], starts[count], shortest)[0])
        law = null_law(t, shortest, most, tuple(starts[count].tolist()), draws, seed)
        told.append((count, more, p_value(more, law)))
        if told[-1][2] > significance:
            break
        count += 1
    if isinstance(choose, int):
        return starts[choose], told
    if choose in ("bic", "lwz"):
        count = int(_criterion(sums, t, choose).argmin())
    return starts[count], told


def _criterion(sums: Array, t: int, choose: str) -> Array:
    """LWZ and BIC as in Bai and Perron (2006): m breaks cost m dates and m + 1 means."""
    m = np.arange(sums.size)
    spent = 2 * m + 1
    least = np.maximum(sums, EXACT * t)
    if choose == "bic":
        return np.asarray(np.log(least / t) + spent * np.log(t) / t, dtype=float)
    return np.asarray(
        np.log(least / (t - spent)) + spent / t * 0.299 * np.log(t) ** 2.1, dtype=float
    )


def _described(y: Array, years: Any, starts: Whole, level: float) -> list[tuple[Any, ...]]:
    edges = [0, *starts.tolist(), y.size]
    means = [float(y[a:b].mean()) for a, b in pairwise(edges)]
    low, high = break_intervals(y, starts, level=level)
    rows: list[tuple[Any, ...]] = []
    for k, at in enumerate(starts):
        before, after = means[k], means[k + 1]
        ends: list[int | None] = [int(years[0] + end[k]) for end in (low, high)]
        why = NO_REASON
        if before == after:  # the date of a break of no size has no interval
            why, ends = EQUAL_MEANS, [None, None]
        elif low[k] == 1 or high[k] == y.size - 1:
            why = AT_THE_END
        rows.append((SLOPE, int(years[at]), *ends, before, after, after - before, why))
    return rows


def _jumped(grown: Array, usual: Array, years: Any, outlying: Whole) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for at, kind, size in jumps(grown, usual, outlying):
        year = int(years[at])
        rows.append((kind, year, year, year, float(usual[at]), float(usual[at]), size, NO_REASON))
    return rows


def _break_rows(unit: str, found: list[tuple[Any, ...]], none: Reason) -> list[tuple[Any, ...]]:
    rows = found or [(*[None] * 7, none)]
    return [(unit, *row, why.code or None, why.year) for *row, why in rows]


def _regime_rows(
    unit: str, y: Array, years: Any, starts: Whole
) -> list[tuple[str, int, int, int, float]]:
    edges = [0, *starts.tolist(), y.size]
    return [
        (unit, int(years[a]), int(years[b - 1]), b - a, float(y[a:b].mean()))
        for a, b in pairwise(edges)
    ]


def _autocorrelation(y: Array, starts: Whole) -> float:
    rest = np.concatenate([part - part.mean() for part in np.split(y, starts)])
    squares = float(rest @ rest)
    # a perfect fit leaves rounding, whose order says nothing
    if squares <= 1e-20 * float(y @ y):
        return 0.0
    return float(rest[1:] @ rest[:-1]) / squares
