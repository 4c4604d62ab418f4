"""Early warnings where many places enter one simple activity while its price or demand falls."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError, check_bounds, check_choice
from firstlight.instruments.places.location_quotients import specialised_in
from firstlight.instruments.places.place_table import Array, PlaceTable, place_table
from firstlight.numerics.known_values import known_mean
from firstlight.numerics.long_frames import finite_or_none, read_long
from firstlight.numerics.row_checks import refuse_low, refuse_repeated
from firstlight.texts import Count, Year, message, names

FOLDER = Path(__file__).parent
PRESENCES = ("quotient", "value")


@dataclass(frozen=True)
class DuplicationWarnings:
    """Activities that many places enter, and what followed.

    table  : activity, year, places_count (where it is present), entrants_count (present now, not
             ``window`` years ago), entrants_share (of all places), complexity, price_change_log
             (over the window), demand_growth_share (as handed in), is_crowded, is_simple,
             is_falling, is_warned (all three), later_exit_share (of the entrants, those gone
             ``horizon`` years later), later_price_change_log (over the horizon), reason (why it
             can't be judged)
    record : group (``warned``, ``crowded``, ``all``), cases_count, exits_known_count, exit_share
             (mean), prices_known_count, price_fell_share: what followed after warnings, beside what
             followed after entry in general. A row of ``all`` is an activity-year that could be
             judged and had an entrant
    """

    table: pl.DataFrame
    record: pl.DataFrame


@dataclass(frozen=True)
class _Rule:
    """What is present, entered, crowded and simple: as in ``duplication_warnings``."""

    presence: str
    window: int
    horizon: int
    least: int
    crowded: float
    simple: float

    def check(self) -> None:
        """Raises  InputError for what can't be used."""
        check_choice("presence", self.presence, PRESENCES)
        check_bounds("window", self.window, 1)
        check_bounds("horizon", self.horizon, 1)
        check_bounds("least_entrants", self.least, 1)
        check_bounds("crowded", self.crowded, 0, 1)
        check_bounds("simple", self.simple, 0, 1)


def duplication_warnings(
    frame: Any,
    value: str,
    signals: Any,
    *,
    complexity: str = "complexity",
    price: str | None = None,
    demand: str | None = None,
    place: str = "place",
    activity: str = "activity",
    year: str = "year",
    presence: str = "quotient",
    window: int = 3,
    horizon: int = 3,
    least_entrants: int = 3,
    crowded: float = 0.75,
    simple: float = 0.5,
) -> DuplicationWarnings:
    """Activities that many places enter at once though they are simple and falling.

    Warned of in year t where all three hold, from what is known by t alone.
    crowded : entrants over the last ``window`` years are at least ``least_entrants`` and in the
              upper (1 - crowded) of activities that year
    simple  : complexity is at or below the quantile ``simple`` of that year's
    falling : the price is below that of ``window`` years ago, or forecast growth is below 0

    Parameters
    ----------
    frame
        A row for each place, activity and year.
    value
        Column of jobs, output, plans, ...: not negative.
    signals
        A frame with a row for each activity and year (the same column names): complexity, and price
        or demand or both.
    complexity
        Column of the complexity, in ``signals``.
    price
        Column of the price, a level above 0, in ``signals``.
    demand
        Column of the forecast growth a year, as of that year, in ``signals``.
    place
        Column of the places.
    activity
        Column of the activities.
    year
        Column of the years.
    presence
        ``quotient``, location quotient of at least 1, or ``value``, above 0.
    window
        Years over which entrants and the fall of the price are counted.
    horizon
        Years after a warning in which exits and prices are looked at.
    least_entrants
        Least number of entrants.
    crowded
        Quantile of the entrants of that year from which an activity is crowded.
    simple
        Quantile of the complexity of that year up to which an activity is simple.

    Returns
    -------
    DuplicationWarnings, with ``table`` (a row for each activity and year: the entrants, complexity
    and prices, is_crowded, is_simple, is_falling, is_warned, what followed, reason) and ``record``
    (what followed after warnings, beside what followed after entry in general).

    Raises
    ------
    InputError
        As ``place_table``, naming an activity-year that stands twice in the signals, a price that
        is not above 0, or where neither price nor demand is named or no year has one ``window``
        years before.

    References
    ----------
    A rule of our own, stated above; entry as in Boschma, Minondo and Navarro (2013), Economic
    Geography 89(1), 29-51.

    Examples
    --------
    >>> rows = [(p, "y", t, 1.0) for p in "abcd" for t in (1, 2)]
    >>> rows += [(p, "x", 2, 1.0) for p in "abc"]
    >>> jobs = pl.DataFrame(rows, ["place", "activity", "year", "jobs"], orient="row")
    >>> signs = [("x", 1, 0.0, 9.0), ("x", 2, 0.0, 8.0), ("y", 1, 1.0, 9.0), ("y", 2, 1.0, 9.0)]
    >>> signs = pl.DataFrame(signs, ["activity", "year", "complexity", "price"], orient="row")
    >>> found = duplication_warnings(jobs, "jobs", signs, price="price", window=1, presence="value")
    >>> found.table.filter("is_warned").select("activity", "year", "entrants_count").rows()
    [('x', 2, 3)]
    """
    if price is None and demand is None:
        raise InputError(message("none_of", options=names(["price", "demand"])))
    rule = _Rule(presence, window, horizon, least_entrants, crowded, simple)
    rule.check()
    read = place_table(frame, value, place=place, industry=activity, year=year)
    signs = _signals(
        read, signals, {"complexity": complexity, "price": price, "demand": demand}, activity, year
    )
    if not any(t - window in read.years for t in read.years):
        first, last = Year(read.years[0]), Year(read.years[-1])
        raise InputError(
            message("no_year_before", count=Count(window), first=first, last=last), FOLDER
        )
    parts = [_of_year(read, signs, t, rule) for t in read.years]
    table = pl.concat([part for part in parts if part is not None]).sort("activity", "year")
    return DuplicationWarnings(table, _record(table))


def _signals(
    read: PlaceTable, signals: Any, columns: dict[str, str | None], activity: str, year: str
) -> dict[str, Array]:
    """Each signal as (years, activities), nan where there is none."""
    named = {name: own for name, own in columns.items() if own is not None}
    rows = read_long(signals, {"activity": activity, "year": year, **named}, list(named))
    refuse_repeated(rows, ["activity", "year"], "signals")
    if "price" in named:
        refuse_low(rows, ["activity", "year"], "price", sign="positive")
    at_year, at = (
        {name: k for k, name in enumerate(known)} for known in (read.years, read.industries)
    )
    found = {name: np.full((len(read.years), len(read.industries)), np.nan) for name in columns}
    for row in rows.iter_rows(named=True):
        if row["activity"] in at and row["year"] in at_year:
            for name in named:
                if row[name] is not None:
                    found[name][at_year[row["year"]], at[row["activity"]]] = row[name]
    return found


def _present(read: PlaceTable, t: int, presence: str) -> Any:
    x = read.values[read.years.index(t)]
    return x > 0 if presence == "value" else specialised_in(x)


def _of_year(read: PlaceTable, signs: dict[str, Array], t: int, rule: _Rule) -> pl.DataFrame | None:
    """The warnings of one year; None where there is no year to compare it with."""
    if t - rule.window not in read.years:
        return None
    k, before = read.years.index(t), read.years.index(t - rule.window)
    now = _present(read, t, rule.presence)
    entered = now & ~_present(read, t - rule.window, rule.presence)
    entrants = entered.sum(axis=0)
    complexity, demand = signs["complexity"][k], signs["demand"][k]
    change = np.log(signs["price"][k] / signs["price"][before])
    later_exit = later_price = np.full(entrants.size, np.nan)
    if t + rule.horizon in read.years:
        gone = (entered & ~_present(read, t + rule.horizon, rule.presence)).sum(axis=0)
        later_exit = np.divide(
            gone, entrants, out=np.full(entrants.size, np.nan), where=entrants > 0
        )
        later_price = np.log(signs["price"][read.years.index(t + rule.horizon)] / signs["price"][k])
    known = complexity[np.isfinite(complexity)]
    bar = np.nan
    if known.size:
        bar = np.quantile(known, rule.simple)
    is_crowded = (entrants >= rule.least) & (entrants >= np.quantile(entrants, rule.crowded))
    is_falling, has_sign = (change < 0) | (demand < 0), np.isfinite(change) | np.isfinite(demand)
    # What is not known can't be judged.
    why_not = np.where(np.isnan(complexity), 0, np.where(has_sign, 2, 1))
    reasons = pl.Series(["no_complexity", "no_signal", None])
    return pl.DataFrame(
        {
            "activity": read.industries,
            "year": np.full(entrants.size, t),
            "places_count": now.sum(axis=0),
            "entrants_count": entrants,
            "entrants_share": entrants / len(read.places),
            "complexity": complexity,
            "price_change_log": change,
            "demand_growth_share": demand,
            "is_crowded": is_crowded,
            "is_simple": _where(np.isfinite(complexity), complexity <= bar),
            "is_falling": _where(has_sign, is_falling),
            "is_warned": _where(why_not == 2, is_crowded & (complexity <= bar) & is_falling),
            "later_exit_share": later_exit,
            "later_price_change_log": later_price,
            "reason": reasons[why_not],
        },
    ).with_columns(pl.selectors.float().fill_nan(None))


def _where(known: Any, values: Any) -> pl.Series:
    found = np.full(len(known), None, dtype=object)
    found[known] = values[known]
    return pl.Series(found.tolist(), dtype=pl.Boolean)


def _record(table: pl.DataFrame) -> pl.DataFrame:
    judged = table.filter(pl.col("is_warned").is_not_null() & (pl.col("entrants_count") > 0))
    groups = {
        "warned": judged.filter("is_warned"),
        "crowded": judged.filter("is_crowded"),
        "all": judged,
    }
    rows = []
    for name, group in groups.items():
        exits, prices = (
            group[column].drop_nulls().to_numpy()
            for column in ("later_exit_share", "later_price_change_log")
        )
        rows.append(
            {
                "group": name,
                "cases_count": group.height,
                "exits_known_count": exits.size,
                "exit_share": finite_or_none(known_mean(exits)),
                "prices_known_count": prices.size,
                "price_fell_share": finite_or_none(known_mean(prices < 0)),
            }
        )
    return pl.DataFrame(
        rows, schema_overrides={"exit_share": pl.Float64, "price_fell_share": pl.Float64}
    )
