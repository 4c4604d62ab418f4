"""Yearly counts ahead, with bands as wide as earlier forecasts of the same record missed.

The whole goes on at its pace of the last ten years; a series' share goes on at its own, damped pace, drawn
towards none the more the fewer documents there are (``count_trend``). How far slopes reach is learnt from the record's
earlier years (``count_reach``), and so is the width of the bands (``count_bands``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from firstlight.errors import InputError
from firstlight.instruments.emergence.count_bands import (
    COMMON_SD,
    COMMON_SD_OF_SHARES,
    Misses,
    Scale,
    band,
    misses_of,
    scale_of,
)
from firstlight.instruments.emergence.count_reach import (
    Panel,
    Reach,
    damped,
    reach_at,
    reach_evidence,
    teaching,
)
from firstlight.instruments.emergence.count_trend import LEVEL_SD, SLOPE_SD, LocalTrend, local_trend
from firstlight.instruments.emergence.count_whole import log_total, pace
from firstlight.instruments.emergence.shares import Array, checked_counts

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
FIRST_ORIGIN = 5  # years of a record before its first forecast teaches anything


@dataclass(frozen=True)
class EarlierCounts:
    """What an earlier forecast year counted under its own rule of membership, up to the present one.

    counts        : (series, years); exposure : (years,) or None; years : (years,), none after the present one
    forecast_year : the year in which that rule was fixed
    """

    counts: Any
    exposure: Any
    years: Any
    forecast_year: int


@dataclass(frozen=True)
class Coverage:
    """How often earlier forecasts' bands held what came, each band as wide as could be known when it was made.

    ahead : years ahead; level : share that the band should hold; covered : share that it held (nan without forecasts)
    forecasts, made_in : how many, and from how many forecast years
    """

    ahead: int
    level: float
    covered: float
    forecasts: int
    made_in: int


@dataclass(frozen=True)
class CountForecast:
    """Counts ahead of each series; nan for a series that has no document yet.

    years     : (horizon,), calendar years
    point     : (series, horizon), documents: the middle of the log, not rounded
    quantiles : (series, horizon, levels), documents, not rounded: a band holds a count that is within half a document
    levels    : (levels,), probabilities
    reach     : how far slopes reach and what all shares gain or lose, (horizon,) each
    pace      : growth of the whole a year (log)
    scales    : one a horizon; scale.learnt tells how much is the record's and how much is assumed
    coverage  : one a horizon and pair of levels
    """

    years: npt.NDArray[np.int64]
    point: Array
    quantiles: Array
    levels: Array
    reach: Reach
    pace: float
    scales: tuple[Scale, ...]
    coverage: tuple[Coverage, ...]


@dataclass(frozen=True)
class _Made:
    """Forecasts of one forecast year and horizon whose outcome is known."""

    ahead: int
    expected: Array
    expected_sd: Array
    outcome: Array
    misses: Misses


def forecast_counts(
    counts: Any,
    exposure: Any,
    years: Any,
    horizon: int,
    levels: Sequence[float] = LEVELS,
    *,
    earlier: Sequence[EarlierCounts] | None = None,
) -> CountForecast:
    """Point forecasts and quantiles of the counts of the years after the last one.

    counts   : (series, years), documents; nan = not known. Years left out between two others count as not known
    exposure : (years,), all documents of each year; None = the series' own sum, linked over series known in both years
    years    : (years,), rising calendar years; the last is the year it is forecast from
    earlier  : None = the series were chosen without hindsight (a classification), and their own past teaches; otherwise
               what earlier forecast years counted, because technologies found today have a past of survivors. () = none
               is at hand: what is assumed stands, and the bands say so (``scale.learnt`` 0)
    Returns  CountForecast.
    Raises   InputError for shapes, years, levels or horizons that make no sense, a negative count, a count above the
             exposure, or a last year that is not known.
    Source: Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter (local trend); Gardner and McKenzie
            (1985), Management Science 31(10), 1237-1246 (damping); Lei, G'Sell, Rinaldo, Tibshirani and Wasserman (2018), Journal
            of the American Statistical Association 113(523), 1094-1111 (split conformal bands).

    >>> found = forecast_counts([[20, 20, 20, 20]], [500, 500, 500, 500], [2001, 2002, 2003, 2004], 2)
    >>> found.point.round(1).tolist(), found.years.tolist()
    ([[20.0, 20.0]], [2005, 2006])
    """
    return _forecast(counts, exposure, years, horizon, levels, earlier, of_shares=False)


def forecast_shares(
    counts: Any,
    exposure: Any,
    years: Any,
    horizon: int,
    levels: Sequence[float] = LEVELS,
    *,
    earlier: Sequence[EarlierCounts] | None = None,
) -> CountForecast:
    """The same of shares of the whole, whose own growth then needs no forecast: it adds nothing to the bands.

    Parameters and errors as in ``forecast_counts``; exposure must be known. The point and the quantiles are shares, 0 to 1.

    >>> found = forecast_shares([[20, 20, 20, 20]], [500, 500, 500, 500], [2001, 2002, 2003, 2004], 2)
    >>> found.point.round(3).tolist()
    [[0.04, 0.04]]
    """
    if exposure is None:
        raise InputError(
            "shares of nothing", where="exposure", try_next="hand in all documents of each year"
        )
    found = _forecast(counts, exposure, years, horizon, levels, earlier, of_shares=True)
    whole = float(np.asarray(exposure, dtype=np.float64)[-1]) * np.exp(
        found.pace * np.arange(1, horizon + 1)
    )
    shares = np.minimum(found.quantiles / whole[:, None], 1.0)
    return replace(found, point=np.minimum(found.point / whole, 1.0), quantiles=shares)


def _forecast(
    counts: Any,
    exposure: Any,
    years: Any,
    horizon: int,
    levels: Sequence[float],
    earlier: Sequence[EarlierCounts] | None,
    *,
    of_shares: bool,
) -> CountForecast:
    asked = _checked_levels(levels, horizon)
    y, n, calendar = _prepared(counts, exposure, years)
    order = _order(y)
    own = Panel(y[order], local_trend(y[order], n), tuple(range(FIRST_ORIGIN, len(calendar) - 1)))
    panels = [own] if earlier is None else [_panel(each, calendar) for each in earlier]
    evidence = reach_evidence(panels, horizon, len(calendar))
    made = [each for panel in panels for each in _made(panel, evidence, horizon, of_shares)]
    now = len(calendar) - 1
    common_sd = COMMON_SD_OF_SHARES if of_shares else COMMON_SD
    scales = _scales(made, horizon, asked, now, common_sd)
    reach = reach_at(evidence, now)
    expected, sd = _expected(own.trend, now, reach)
    quantiles = np.stack(
        [band(expected[:, h], sd[:, h], scales[h], asked) for h in range(horizon)], axis=1
    )
    back = np.argsort(order)
    return CountForecast(
        years=calendar[-1] + np.arange(1, horizon + 1, dtype=np.int64),
        point=_documents(expected[back]),
        quantiles=_documents(quantiles[back]),
        levels=asked,
        reach=reach,
        pace=pace(n, now),
        scales=scales,
        coverage=_coverage(made, horizon, asked, common_sd),
    )


def _checked_levels(levels: Sequence[float], horizon: int) -> Array:
    asked = np.asarray(levels, dtype=np.float64)
    if horizon < 1 or asked.ndim != 1 or not asked.size or not ((asked > 0) & (asked < 1)).all():
        raise InputError(
            f"a horizon of {horizon} and levels {list(levels)}",
            where="horizon, levels",
            try_next="use a horizon of 1 or more and levels between 0 and 1, such as (0.1, 0.5, 0.9)",
        )
    if (np.diff(asked) <= 0).any():
        raise InputError(
            f"levels {list(levels)} do not rise", where="levels", try_next="sort them, each once"
        )
    return asked


def _prepared(counts: Any, exposure: Any, years: Any) -> tuple[Array, Array, npt.NDArray[np.int64]]:
    """Counts and log of the whole on every calendar year from the first whose whole is known to the last."""
    y = np.asarray(counts, dtype=np.float64)
    known = np.asarray(years, dtype=np.int64)
    if (
        y.ndim != 2
        or known.ndim != 1
        or y.shape[1] != known.size
        or known.size == 0
        or (np.diff(known) < 1).any()
    ):
        raise InputError(
            f"counts of shape {y.shape} and years of shape {known.shape}",
            where="counts, years",
            try_next="hand in counts as (series, years) and one rising calendar year for each column",
        )
    whole = None if exposure is None else np.asarray(exposure, dtype=np.float64)
    checked_counts(y, np.nansum(y, axis=0) if whole is None else whole)
    if y.shape[0] and (np.isnan(y[:, -1]).all() or (whole is not None and not whole[-1] > 0)):
        raise InputError(
            f"nothing is known of {known[-1]}, the last year",
            where=f"column {known.size - 1}",
            try_next="cut off years whose counts are not known, and forecast from the last that is",
        )
    calendar = np.arange(known[0], known[-1] + 1, dtype=np.int64)
    wide = np.full((y.shape[0], calendar.size), np.nan)
    wide[:, known - known[0]] = y
    spread = None
    if whole is not None:
        spread = np.full(calendar.size, np.nan)
        spread[known - known[0]] = whole
        wide[:, ~(spread > 0)] = np.nan  # a year without any document says nothing of shares
    n = log_total(wide, spread)
    begin = int(np.isfinite(n).argmax())
    return wide[:, begin:], n[begin:], calendar[begin:]


def _panel(earlier: EarlierCounts, calendar: npt.NDArray[np.int64]) -> Panel:
    """Earlier counts on the calendar of those to forecast; years that they don't hold are not known."""
    y, n, own = _prepared(earlier.counts, earlier.exposure, earlier.years)
    place = earlier.forecast_year - int(calendar[0])
    if (
        own[-1] > calendar[-1]
        or earlier.forecast_year not in own
        or not 0 <= place < calendar.size - 1
    ):
        raise InputError(
            f"earlier counts of {own[0]} to {own[-1]}, made in {earlier.forecast_year}, beside years to {calendar[-1]}",
            where="earlier",
            try_next="hand in forecast years before the last year, with what was known by then and came until now",
        )
    both = np.isin(calendar, own)
    wide = np.full((y.shape[0], calendar.size), np.nan)
    wide[:, both] = y[_order(y)][:, np.isin(own, calendar)]
    return Panel(wide, local_trend(wide, np.interp(calendar, own, n)), (place,))


def _order(counts: Array) -> npt.NDArray[np.intp]:
    """Rows by their values, so that sums over series don't hang on the order in which they were handed in."""
    return np.lexsort(np.nan_to_num(counts, nan=-1.0).T[::-1])


def _expected(trend: LocalTrend, column: int, reach: Reach) -> tuple[Array, Array]:
    """Log of the count plus a half, and s, the standard deviation of its own part; (series, horizon) each."""
    horizon, g = reach.slope.size, reach.slope
    ahead = np.arange(1, horizon + 1, dtype=np.float64)
    whole = trend.log_total[column] + pace(trend.log_total, column) * ahead
    mean = trend.level[:, column, None] + g * trend.slope[:, column, None] + reach.shift + whole
    variance = trend.level_var[:, column, None] + g**2 * trend.slope_var[:, column, None]
    variance = variance + 2.0 * g * trend.both[:, column, None]
    changing = LEVEL_SD**2 * ahead + SLOPE_SD**2 * np.cumsum(damped(horizon) ** 2)
    unrest = trend.unrest[:, column, None]
    return mean, np.asarray(np.sqrt(unrest * (variance + changing) + 1.0 / (np.exp(mean) + 0.5)))


def _made(panel: Panel, evidence: Array, horizon: int, of_shares: bool) -> list[_Made]:
    """Every forecast that could have been made with what was known then, and whose outcome is known now.

    Of shares: the outcome is what the share that came would have been of the whole that was expected.
    """
    n, common_sd = panel.trend.log_total, COMMON_SD_OF_SHARES if of_shares else COMMON_SD
    found, at = [], -1
    for made, ahead, rows in teaching(panel, horizon):
        if made != at:
            at = made
            expected, sd = _expected(panel.trend, made, reach_at(evidence, made))
        if rows.any():
            own, own_sd, outcome = (
                expected[rows, ahead - 1],
                sd[rows, ahead - 1],
                panel.counts[rows, made + ahead],
            )
            if of_shares:
                outcome = outcome * np.exp(n[made] + pace(n, made) * ahead - n[made + ahead])
            misses = misses_of(np.log(outcome + 0.5) - own, own_sd, made, made + ahead, common_sd)
            found.append(_Made(ahead, own, own_sd, outcome, misses))
    return found


def _scales(
    made: Sequence[_Made], horizon: int, levels: Array, column: int, common_sd: float
) -> tuple[Scale, ...]:
    """One a horizon, from misses known at the end of a year only."""
    known: list[list[Misses]] = [[] for _ in range(horizon)]
    for each in made:
        if each.misses.known <= column:
            known[each.ahead - 1].append(each.misses)
    scales: list[Scale] = []
    for ahead, misses in enumerate(known, start=1):
        scales.append(scale_of(misses, ahead, levels, scales[-1] if scales else None, common_sd))
    return tuple(scales)


def _coverage(
    made: Sequence[_Made], horizon: int, levels: Array, common_sd: float
) -> tuple[Coverage, ...]:
    last = levels.size - 1
    pairs = [
        (i, last - i)
        for i in range(levels.size // 2)
        if abs(levels[i] + levels[last - i] - 1.0) < 1e-9
    ]
    held: dict[tuple[int, int], list[npt.NDArray[np.bool_]]] = {}
    then = {
        column: _scales(made, horizon, levels, column, common_sd)
        for column in {each.misses.made for each in made}
    }
    for each in made if pairs else ():
        scale = then[each.misses.made][each.ahead - 1]
        q = _documents(band(each.expected, each.expected_sd, scale, levels))
        for low, high in pairs:
            inside = (q[:, low] - 0.5 <= each.outcome) & (each.outcome <= q[:, high] + 0.5)
            held.setdefault((each.ahead, low), []).append(inside)
    found = []
    for ahead in range(1, horizon + 1):
        for low, high in pairs:
            inside = np.concatenate([np.zeros(0, dtype=np.bool_), *held.get((ahead, low), [])])
            made_in = len({each.misses.made for each in made if each.ahead == ahead})
            share = float(inside.mean()) if inside.size else float("nan")
            level = round(float(levels[high] - levels[low]), 9)
            found.append(Coverage(ahead, level, share, int(inside.size), made_in))
    return tuple(found)


def _documents(log_half: Array) -> Array:
    """Back from the log of a count plus a half."""
    return np.asarray(np.maximum(np.exp(log_half) - 0.5, 0.0))
