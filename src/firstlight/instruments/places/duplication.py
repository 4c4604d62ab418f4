"""Duplication: an early warning where many places enter the same simple activity while its prices or demand fall."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.places.location_quotients import specialised_in
from firstlight.instruments.places.place_table import ABSENT_IS_ZERO, Array, PlaceTable, place_table
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.long_frames import read_long

PRESENCES = ("quotient", "value")


@dataclass(frozen=True, kw_only=True)
class DuplicationWarnings(Finding):
    """``table``: activity, year, places_count (where it is present), entrants_count (present now, not ``window`` years ago),
    entrants_share (of all places), complexity, price_change_log (over the window), demand_growth_share (as handed in),
    is_crowded, is_simple, is_falling, is_warned (all three), later_exit_share (of the entrants, those gone ``horizon`` years
    later), later_price_change_log (over the horizon), reason_en, reason_zh.

    record : group (``warned``, ``crowded``, ``all``), cases_count, exits_known_count, exit_share (mean), prices_known_count,
             price_fell_share: what followed after warnings, beside what followed after entry in general. A row of ``all`` is an
             activity-year that could be judged and had an entrant
    """

    record: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        some = self.table.drop_nulls("is_warned")
        base = alt.Chart(alt.Data(values=some.to_dicts()))
        return base.mark_circle().encode(
            x="complexity:Q", y="entrants_count:Q", color="is_warned:N", tooltip="activity:N"
        )


@dataclass(frozen=True)
class _Rule:
    """What counts as present, over how many years, and from where a step is crowded and simple: as in ``duplication_warnings``."""

    presence: str
    window: int
    horizon: int
    least: int
    crowded: float
    simple: float

    def check(self) -> None:
        """Raises  InputError for what can't be used."""
        whole = min(self.window, self.horizon, self.least) >= 1
        if not (
            self.presence in PRESENCES
            and whole
            and 0 <= self.crowded <= 1
            and 0 <= self.simple <= 1
        ):
            raise InputError(
                f"presence {self.presence!r}, window {self.window}, horizon {self.horizon}, least_entrants {self.least}, crowded {self.crowded}, simple {self.simple}",
                where="duplication_warnings",
                try_next="use 'quotient' or 'value', whole numbers from 1, and quantiles of 0 to 1",
            )


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
    """Activities into which many places move at once though they are simple and their prices, or the demand forecast, fall.

    Warned in year t where all three hold, from what is known by t alone:
    crowded: entrants over the last ``window`` years are at least ``least_entrants`` and in the upper (1 - crowded) of
    activities that year; simple: complexity at or below the quantile ``simple`` of that year's; falling: the price is below
    that of ``window`` years ago, or forecast demand growth is below 0.

    frame    : a row per place, activity and year; value : column of jobs, output, plans, ...: not negative
    signals  : a frame with a row per activity and year (the same column names): complexity, and price (a level above 0) or
               demand (forecast growth a year, as of that year) or both
    presence : ``quotient``, location quotient of at least 1, or ``value``, above 0
    Returns DuplicationWarnings. The base rate of warnings is in the summary; what followed them is in ``record``.
    Raises  InputError as ``place_table``, naming an activity-year that stands twice in the signals, a price that is not above
            0, or where neither price nor demand is named or no year has one ``window`` years before.
    Source: a rule of our own, stated above; entry as in Boschma, Minondo and Navarro (2013), Economic Geography 89(1), 29-51.

    >>> rows = [(p, "y", t, 1.0) for p in "abcd" for t in (1, 2)] + [(p, "x", 2, 1.0) for p in "abc"]
    >>> jobs = pl.DataFrame(rows, ["place", "activity", "year", "jobs"], orient="row")
    >>> signs = [("x", 1, 0.0, 9.0), ("x", 2, 0.0, 8.0), ("y", 1, 1.0, 9.0), ("y", 2, 1.0, 9.0)]
    >>> signs = pl.DataFrame(signs, ["activity", "year", "complexity", "price"], orient="row")
    >>> found = duplication_warnings(jobs, "jobs", signs, price="price", window=1, presence="value")
    >>> found.table.filter("is_warned").select("activity", "year", "entrants_count").rows()
    [('x', 2, 3)]
    """
    if price is None and demand is None:
        raise InputError(
            "neither price nor demand",
            where="price, demand",
            try_next="name a column of the signals",
        )
    rule = _Rule(presence, window, horizon, least_entrants, crowded, simple)
    rule.check()
    read = place_table(frame, value, place=place, industry=activity, year=year)
    signs = _signals(
        read, signals, {"complexity": complexity, "price": price, "demand": demand}, activity, year
    )
    if not any(t - window in read.years for t in read.years):
        raise InputError(
            f"no year has one {window} years before",
            where=f"years {read.years[0]} to {read.years[-1]}",
            try_next="use a shorter window, or bring more years",
        )
    parts = [_of_year(read, signs, t, rule) for t in read.years]
    table = pl.concat([part for part in parts if part is not None]).sort("activity", "year")
    record = _record(table)
    return DuplicationWarnings(
        table=table,
        record=record,
        sentences=_sentences(table, record),
        conventions=_conventions(rule),
        given=frame,
    )


def _signals(
    read: PlaceTable, signals: Any, columns: dict[str, str | None], activity: str, year: str
) -> dict[str, Array]:
    """Each signal as (years, activities), nan where there is none."""
    named = {name: own for name, own in columns.items() if own is not None}
    rows = read_long(signals, {"activity": activity, "year": year, **named}, list(named))
    twice = rows.filter(rows.select("activity", "year").is_duplicated())
    if twice.height:
        raise InputError(
            "an activity stands twice in a year",
            where=f"signals, activity {twice['activity'][0]!r}, year {twice['year'][0]}",
            try_next="keep one row per activity and year",
        )
    if "price" in named and (rows["price"] <= 0).any():
        bad = rows.filter(pl.col("price") <= 0).row(0, named=True)
        raise InputError(
            f"a price of {bad['price']:g}",
            where=f"signals, activity {bad['activity']!r}, year {bad['year']}",
            try_next="prices are levels above 0",
        )
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
    bar = np.quantile(known, rule.simple) if known.size else np.nan
    is_crowded = (entrants >= rule.least) & (entrants >= np.quantile(entrants, rule.crowded))
    is_falling, has_sign = (change < 0) | (demand < 0), np.isfinite(change) | np.isfinite(demand)
    # What is not known can't be judged.
    why_not = np.where(np.isnan(complexity), 1, np.where(has_sign, 0, 2))
    reasons = (
        ("", ""),
        ("no complexity in this year", "当年缺少复杂度"),
        ("neither a price change nor demand", "缺少价格变动与需求预测"),
    )
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
            "is_warned": _where(why_not == 0, is_crowded & (complexity <= bar) & is_falling),
            "later_exit_share": later_exit,
            "later_price_change_log": later_price,
            "reason_en": [reasons[w][0] for w in why_not],
            "reason_zh": [reasons[w][1] for w in why_not],
        },
    ).with_columns(pl.selectors.float().fill_nan(None))


def _where(known: Any, values: Any) -> pl.Series:
    return pl.Series(
        [bool(v) if k else None for k, v in zip(known, values, strict=True)], dtype=pl.Boolean
    )


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
                "exit_share": float(exits.mean()) if exits.size else None,
                "prices_known_count": prices.size,
                "price_fell_share": float((prices < 0).mean()) if prices.size else None,
            }
        )
    return pl.DataFrame(
        rows, schema_overrides={"exit_share": pl.Float64, "price_fell_share": pl.Float64}
    )


def _sentences(table: pl.DataFrame, record: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    judged = table.filter(pl.col("is_warned").is_not_null())
    warned = judged.filter("is_warned")
    n = judged.height
    rate = {
        c: (float(judged[c].sum()) / n if n else float("nan"))
        for c in ("is_warned", "is_crowded", "is_simple", "is_falling")
    }
    told: dict[str, Words] = {}
    last = judged.filter(pl.col("year") == pl.col("year").max()) if n else judged
    now = last.filter("is_warned").sort(["entrants_count", "activity"], descending=[True, False])
    if now.height:
        row, when = now.row(0, named=True), last["year"][0]
        told["now"] = (
            f"{when}: {now.height} of {last.height} activities are warned of, first {row['activity']}, which "
            f"{row['entrants_count']} places entered.",
            f"{when} 年：{last.height} 项活动中 {now.height} 项触发预警，首位为{row['activity']}，{row['entrants_count']} 个地区新进入。",
        )
    elif n:
        told["now"] = _none_now(last["year"][0], warned)
    if n:
        told["base_rate"] = (
            f"Base rate: {warned.height} of {n} activity-years are warned of ({rate['is_warned']:.1%}); {rate['is_crowded']:.1%} "
            f"are crowded, {rate['is_simple']:.1%} simple, {rate['is_falling']:.1%} falling.",
            f"基准率：{n} 个活动年份中 {warned.height} 个触发预警（{rate['is_warned']:.1%}）；拥挤 {rate['is_crowded']:.1%}，"
            f"低复杂度 {rate['is_simple']:.1%}，价格或需求下降 {rate['is_falling']:.1%}。",
        )
    rows = {row["group"]: row for row in record.to_dicts()}
    one, base = rows["warned"], rows["all"]
    if one["exits_known_count"] and base["exits_known_count"]:
        told["record"] = (
            f"Afterwards {one['exit_share']:.0%} of entrants were gone in {one['exits_known_count']} warned cases, and "
            f"{base['exit_share']:.0%} in all {base['exits_known_count']}.",
            f"此后，{one['exits_known_count']} 个预警案例中进入者退出 {one['exit_share']:.0%}，全部 "
            f"{base['exits_known_count']} 个案例为 {base['exit_share']:.0%}。",
        )
    lost = table.height - n
    if lost:
        told["missing"] = (
            f"{lost} activity-years can't be judged.",
            f"{lost} 个活动年份缺少数据，无法判断。",
        )
    return tuple(told.items())


def _none_now(when: int, warned: pl.DataFrame) -> Words:
    english, chinese = f"{when}: no activity is warned of", f"{when} 年无预警"
    if not warned.height:
        return f"{english}.", f"{chinese}。"
    row = warned.sort(["year", "activity"], descending=[True, False]).row(0, named=True)
    return (
        f"{english}; last was {row['activity']} in {row['year']}.",
        f"{chinese}；最近一次为 {row['year']} 年的{row['activity']}。",
    )


def _conventions(rule: _Rule) -> tuple[Words, ...]:
    what = (
        ("location quotient of at least 1", "区位商不低于 1")
        if rule.presence == "quotient"
        else ("a value above 0", "数值大于 0")
    )
    return (
        (
            f"present: {what[0]}; entrants: present, and not {rule.window} years before",
            f"存在：{what[1]}；新进入：当年存在而 {rule.window} 年前不存在",
        ),
        (
            f"crowded: {rule.least} entrants or more, and at or above the year's {rule.crowded:.0%} quantile; simple: complexity at or below the "
            f"year's {rule.simple:.0%} quantile; falling: price below that of {rule.window} years before, or forecast demand growth below 0",
            f"拥挤：新进入不少于 {rule.least} 个且不低于当年 {rule.crowded:.0%} 分位；低复杂度：不高于当年 {rule.simple:.0%} 分位；"
            f"下降：价格低于 {rule.window} 年前，或需求预测增长为负",
        ),
        (
            f"what followed is counted {rule.horizon} years later and is not used for the warning",
            f"{rule.horizon} 年后的结果仅用于检验，不用于预警",
        ),
        ABSENT_IS_ZERO,
    )
