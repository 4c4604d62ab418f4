"""Adoption across places: when each place took a technology up, how far behind the leader, and how fast it spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.diffusion.adoption_dates import (
    BEFORE,
    NOT_YET,
    PlaceSeries,
    crossing,
    dispersion,
    drawn_dates,
    first_adoption,
    neighbours,
    series_of,
)
from firstlight.numerics.survival import Survival, kaplan_meier

Floats = NDArray[np.float64]
MILESTONES: Final = ("first", "10%", "50%")
SHARES: Final = (0.1, 0.5)
STATES: Final = ("reached", "before", "not_yet")
MOST_COUNTED = 2.0**53  # beyond it every float is a whole number, and nobody counted
EARLY = 0.25  # a place is early where its lag is among the shortest quarter


@dataclass(frozen=True)
class Adoption:
    """When technologies reached places.

    dates    : technology, place, milestone, state, year, year_low, year_high, lag_years, lag_low, lag_high; year is null
               unless reached; a null low: maybe before the record began; a null high: maybe not by its end
    lags     : technology, milestone, level, places_count, reached_count, before_count, not_yet_count, leader, leader_year,
               is_at_least, lag_p25, lag_median, lag_median_low, lag_median_high, lag_p75 (Kaplan-Meier; null where beyond
               the record); leader: whose interval ends earliest; is_at_least: it was there before it was first seen,
               so that lags are lower bounds
    survival : technology, milestone, lag_years, not_yet_share, low, high, at_risk_count
    speed    : technology, places_count, reached_count, years_median, years_low, years_high: from 10% to 50% of the level
    places   : place, technologies_count, reached_count, lag_median, early_share: over technologies, at 10%
    left_out : technology, reason_en, reason_zh
    dispersion : technology -> variance over mean of its counts; empty where the values are no counts
    level    : of all intervals
    """

    dates: pl.DataFrame
    lags: pl.DataFrame
    survival: pl.DataFrame
    speed: pl.DataFrame
    places: pl.DataFrame
    left_out: pl.DataFrame
    dispersion: dict[str, float]
    level: float


def adoption(
    frame: pl.DataFrame,
    *,
    common_level: float | None = None,
    least: float = 0.0,
    gaps: str = "missing",
    draws: int = 200,
    seed: int = 0,
    level: float = 0.9,
) -> Adoption:
    """When each place first used a technology and reached 10% and 50% of a common level, and its lag behind the leader.

    The rate is value / total, or the value. Up to its peak it is made to rise (isotonic regression); a milestone is
    reached where the line through it crosses a share of the common level, the same for all places. The common level is
    the weighted median (by total) of the highest rates among places that have adopted. Lags over places are Kaplan and
    Meier's, since some places have not got there yet. Intervals: where all values are whole numbers, a parametric
    bootstrap with the technology's own over-dispersion; else the years seen before and after.

    frame        : technology, place (text), year, value (at least 0), total (above 0, or null throughout)
    common_level : the level for all technologies, in the unit of the rate, instead of the median
    least        : the value from which a place counts as a first user (anything above 0 where 0)
    gaps         : what a missing year of a place means: "missing" (unknown) or "zero" (years the technology has elsewhere)
    Returns Adoption.
    Raises  InputError naming technology, place and year of a value that can't be used, or an unknown choice.
    Source: Comin and Hobijn (2010), American Economic Review 100(5), 2031-2059, for lags of adoption across countries;
            Kaplan and Meier (1958), Journal of the American Statistical Association 53(282), 457-481.

    >>> rows = [("a", p, 2000 + y, max(0, 10 * (y - lag))) for p, lag in (("x", 0), ("y", 3)) for y in range(9)]
    >>> found = adoption(pl.DataFrame(rows, schema=["technology", "place", "year", "value"], orient="row"), draws=50)
    >>> found.lags.filter(milestone="first")["leader"].to_list()
    ['x']
    """
    known = _checked(frame, gaps, level, draws)
    whole = bool(
        ((known["value"] == known["value"].round()) & (known["value"] < MOST_COUNTED)).all()
    )
    dates, survival, left_out, over = (
        list[dict[str, Any]](),
        list[dict[str, Any]](),
        list[tuple[str, str, str]](),
        {},
    )
    lags, speed = list[dict[str, Any]](), list[dict[str, Any]]()
    for (technology,), rows in known.group_by("technology", maintain_order=True):
        name = str(technology)
        series = _series(name, rows)
        reached = _common_level(series) if common_level is None else common_level
        if len(series) < 2 or not reached > 0:
            left_out.append((name, *_why_not(len(series))))
            continue
        if whole:
            over[name] = round(dispersion(series), 6)
        found = _Found(series, reached, least, over.get(name), draws, seed, level)
        dates += found.dates()
        lags += found.lags(survival)
        speed.append(found.speed())
    table = pl.DataFrame(dates, schema=_DATES)
    return Adoption(
        dates=table,
        lags=pl.DataFrame(lags, schema=_LAGS),
        survival=pl.DataFrame(survival, schema=_SURVIVAL),
        speed=pl.DataFrame(speed, schema=_SPEED),
        places=_places(table),
        left_out=pl.DataFrame(left_out, schema=_LEFT_OUT, orient="row"),
        dispersion=over,
        level=level,
    )


_F, _I, _S, _B = pl.Float64, pl.Int64, pl.String, pl.Boolean
_DATES = {
    **{name: _S for name in ("technology", "place", "milestone", "state")},
    **{name: _F for name in ("year", "year_low", "year_high", "lag_years", "lag_low", "lag_high")},
}
_LAGS = {
    **{"technology": _S, "milestone": _S, "level": _F},
    **{name: _I for name in ("places_count", "reached_count", "before_count", "not_yet_count")},
    **{"leader": _S, "leader_year": _F, "is_at_least": _B},
    **{
        name: _F
        for name in ("lag_p25", "lag_median", "lag_median_low", "lag_median_high", "lag_p75")
    },
}
_SURVIVAL = {
    "technology": _S,
    "milestone": _S,
    **{n: _F for n in ("lag_years", "not_yet_share", "low", "high")},
    "at_risk_count": _I,
}
_SPEED = {
    "technology": _S,
    "places_count": _I,
    "reached_count": _I,
    **{n: _F for n in ("years_median", "years_low", "years_high")},
}


_LEFT_OUT = {name: _S for name in ("technology", "reason_en", "reason_zh")}


@dataclass
class _Found:
    """One technology: the dates of its places and what follows from them."""

    series: list[PlaceSeries]
    reached: float
    least: float
    over: float | None
    draws: int
    seed: int
    level: float

    def __post_init__(self) -> None:
        levels = self.reached * np.asarray(SHARES)
        self.at = np.array(
            [self._dates_of(own, levels) for own in self.series]
        )  # (places, milestones)
        self.drawn = [self._drawn(own, levels) for own in self.series]
        self.bounds = [
            [self._interval(p, m) for m in range(len(MILESTONES))] for p in range(len(self.series))
        ]
        self.end = np.array([own.years[-1] for own in self.series])
        # A place that was there before it was seen counts from its first year seen, which is the latest it can be.
        start = np.array([own.years[0] for own in self.series])
        self.known = np.where(self.at == BEFORE, start[:, None], self.at)
        self.lead = [self._leader(m) for m in range(len(MILESTONES))]

    def _leader(self, milestone: int) -> tuple[list[int], float]:
        """The places that were surely there first (their interval ends earliest), and when the earliest of them was.

        The earliest date alone would pick out whichever small place chance has favoured most.
        """
        high = np.array([min(row[milestone][1], NOT_YET) for row in self.bounds])
        high = np.where(high == BEFORE, self.known[:, milestone], high)
        if not np.isfinite(high).any():
            return [], np.nan
        first = np.flatnonzero(high == high.min())
        return [int(place) for place in first], float(self.known[first, milestone].min())

    def _dates_of(self, own: PlaceSeries, levels: Floats) -> list[float]:
        years = own.years[: own.rising.size]
        return [
            first_adoption(own, self.least),
            *(float(crossing(years, own.rising, float(each))) for each in levels),
        ]

    def _drawn(self, own: PlaceSeries, levels: Floats) -> Floats | None:
        return (
            None
            if self.over is None
            else drawn_dates(own, levels, self.over, self.draws, self.seed)
        )

    def _interval(self, place: int, milestone: int) -> tuple[float, float]:
        own = self.series[place]
        around = neighbours(own.years, float(self.at[place, milestone]))
        drawn = self.drawn[place]
        if drawn is None or milestone == 0:
            return around
        ends = (1 - self.level) / 2, (1 + self.level) / 2
        low, high = np.quantile(drawn[milestone - 1], ends, method="inverted_cdf")
        return min(float(low), float(self.at[place, milestone])), max(
            float(high), float(self.at[place, milestone])
        )

    def dates(self) -> list[dict[str, Any]]:
        """A row for each place and milestone."""
        rows = []
        for place, own in enumerate(self.series):
            for m, milestone in enumerate(MILESTONES):
                at, lead = float(self.at[place, m]), self.lead[m][1]
                low, high = self.bounds[place][m]
                state = "before" if at == BEFORE else "not_yet" if at == NOT_YET else "reached"
                row: dict[str, Any] = {
                    "technology": own.technology,
                    "place": own.place,
                    "milestone": milestone,
                    "state": state,
                }
                row |= {"year": _finite(at), "year_low": _finite(low), "year_high": _finite(high)}
                lag = max(at - lead, 0.0) if state == "reached" else np.nan
                row |= {
                    "lag_years": _finite(lag),
                    "lag_low": _finite(max(low - lead, 0.0)),
                    "lag_high": _finite(high - lead),
                }
                rows.append(row)
        return rows

    def lags(self, survival: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A row for each milestone; the distribution of lags is added to ``survival``."""
        rows = []
        for m, milestone in enumerate(MILESTONES):
            at, known, (leaders, lead) = self.at[:, m], self.known[:, m], self.lead[m]
            row: dict[str, Any] = {"technology": self.series[0].technology, "milestone": milestone}
            row |= {"level": self.reached * SHARES[m - 1] if m else None, "places_count": at.size}
            row |= {
                f"{state}_count": int(count)
                for state, count in zip(STATES, _states(at), strict=True)
            }
            if np.isfinite(lead):
                happened = np.isfinite(known)
                waited = np.where(happened, known, self.end) - lead
                curve = kaplan_meier(np.maximum(waited, 0.0), happened, self.level)
                row |= {
                    "leader": _listed([self.series[place].place for place in leaders]),
                    "leader_year": lead,
                }
                row |= {"is_at_least": bool((at[leaders] == BEFORE).any())}
                row |= _quantiles(curve)
                survival += _curve(curve, row)
            rows.append(row)
        return rows

    def speed(self) -> dict[str, Any]:
        """From 10% to 50%, over places that were seen to reach 10%."""
        ten, half = self.at[:, 1], self.at[:, 2]
        seen = np.isfinite(ten)
        happened = np.isfinite(half)
        waited = np.where(happened, half, self.end) - np.where(seen, ten, 0.0)
        curve = kaplan_meier(np.maximum(waited[seen], 0.0), happened[seen], self.level)
        median = curve.quantile(0.5)
        row = {
            "technology": self.series[0].technology,
            "places_count": int(seen.sum()),
            "reached_count": int((seen & happened).sum()),
        }
        return row | dict(
            zip(("years_median", "years_low", "years_high"), map(_finite, median), strict=True)
        )


def _states(at: Floats) -> tuple[int, int, int]:
    return int(np.isfinite(at).sum()), int((at == BEFORE).sum()), int((at == NOT_YET).sum())


def _finite(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None


def _listed(places: list[str]) -> str:
    more = len(places) - 3
    return ", ".join(places[:3]) + (f" +{more}" if more > 0 else "")


def _quantiles(curve: Survival) -> dict[str, float | None]:
    median = curve.quantile(0.5)
    values = curve.quantile(0.25)[0], *median, curve.quantile(0.75)[0]
    names = "lag_p25", "lag_median", "lag_median_low", "lag_median_high", "lag_p75"
    return dict(zip(names, map(_finite, values), strict=True))


def _curve(curve: Survival, row: dict[str, Any]) -> list[dict[str, Any]]:
    about = {name: row[name] for name in ("technology", "milestone")}
    columns = zip(curve.time, curve.share, curve.low, curve.high, curve.at_risk, strict=True)
    return [
        about
        | {
            "lag_years": _finite(t),
            "not_yet_share": _finite(s),
            "low": _finite(low),
            "high": _finite(high),
            "at_risk_count": int(n),
        }
        for t, s, low, high, n in columns
    ]


def _series(technology: str, rows: pl.DataFrame) -> list[PlaceSeries]:
    """A series for each place with at least two years seen."""
    found = []
    for (place,), own in rows.group_by("place", maintain_order=True):
        if own.height > 1:
            years, value, total = (
                own[name].cast(pl.Float64).to_numpy() for name in ("year", "value", "total")
            )
            found.append(series_of(technology, str(place), years, value, total))
    return found


def _common_level(series: list[PlaceSeries]) -> float:
    """The weighted median of the highest rates, among places that adopted."""
    adopted = sorted((own.highest, float(own.totals.mean())) for own in series if own.highest > 0)
    if not adopted:
        return 0.0
    rates, weights = np.array(adopted).T
    return float(rates[np.searchsorted(np.cumsum(weights), weights.sum() / 2)])


def _why_not(places: int) -> tuple[str, str]:
    if places < 2:
        return "fewer than two places with at least two years", "少于两个具有至少两年数据的地区"
    return "no place has adopted it", "没有任何地区采用"


def _places(dates: pl.DataFrame) -> pl.DataFrame:
    """Each place over all technologies, at 10%: who is early in general."""
    at = dates.filter(milestone="10%").with_columns(
        rank=pl.when(pl.col("state") == "not_yet").then(None).otherwise(pl.col("lag_years").fill_null(0.0))
        .rank("min").over("technology") / pl.len().over("technology"),
    )  # fmt: skip
    return (
        at.group_by("place")
        .agg(
            technologies_count=pl.len().cast(pl.Int64),
            reached_count=(pl.col("state") != "not_yet").sum().cast(pl.Int64),
            lag_median=pl.col("lag_years").median(),
            early_share=(pl.col("rank") <= EARLY).fill_null(False).mean(),
        )
        .sort(
            pl.col("early_share"),
            pl.col("lag_median"),
            "place",
            descending=[True, False, False],
            nulls_last=True,
        )
    )


def _checked(frame: pl.DataFrame, gaps: str, level: float, draws: int) -> pl.DataFrame:
    absent = [
        name for name in ("technology", "place", "year", "value") if name not in frame.columns
    ]
    if absent:
        raise InputError(
            f"no column {absent[0]!r}",
            where="the frame of adoption",
            try_next="technology, place, year, value",
        )
    if gaps not in ("missing", "zero"):
        raise InputError(f"gaps={gaps!r}", where="gaps", try_next="'missing' or 'zero'")
    if not 0.5 <= level < 1 or draws < 20:
        raise InputError(
            f"level {level}, {draws} draws",
            where="level, draws",
            try_next="a level from .5 to below 1; 20 draws",
        )
    total = pl.col("total") if "total" in frame.columns else pl.lit(None, pl.Float64).alias("total")
    known = frame.select(
        "technology", "place", "year", pl.col("value").cast(pl.Float64), total.cast(pl.Float64)
    )
    if known.select("technology", "place", "year").is_duplicated().any():
        raise InputError(
            "a place stands twice in a year",
            where="technology, place, year",
            try_next="add such rows first",
        )
    if gaps == "zero":
        known = _filled(known)
    if known["total"].null_count() == known.height:
        known = known.with_columns(total=pl.lit(1.0))
    bad = (
        (~pl.col("value").is_finite()).fill_null(True)
        | (pl.col("value") < 0)
        | pl.col("total").is_null()
        | (pl.col("total") <= 0)
    )
    wrong = known.filter(bad).sort("technology", "place", "year")
    if wrong.height:
        first = wrong.row(0, named=True)
        raise InputError(
            f"value {first['value']}, total {first['total']}: a value must be at least 0 and a total above 0",
            where=f"technology {first['technology']!r}, place {first['place']!r}, year {first['year']} ({wrong.height} such rows)",
            try_next="mend or leave out these rows; give the total of every row, or of none",
        )
    return known.sort("technology", "place", "year")


def _filled(known: pl.DataFrame) -> pl.DataFrame:
    """Zero for a place in the years that its technology has elsewhere; the total from the place's other technologies."""
    years, places = (
        known.select("technology", "year").unique(),
        known.select("technology", "place").unique(),
    )
    totals = (
        known.drop_nulls("total")
        .group_by("place", "year")
        .agg(pl.col("total").max().alias("other"))
    )
    has_totals = totals.height > 0
    grid = years.join(places, on="technology").join(
        known, on=["technology", "place", "year"], how="left"
    )
    grid = grid.join(totals, on=["place", "year"], how="left").with_columns(
        pl.coalesce("total", "other").alias("total")
    )
    grid = grid.with_columns(pl.col("value").fill_null(0.0))
    # A filled year of which no total is known says nothing of the rate.
    known_total = pl.col("total").is_not_null() if has_totals else pl.lit(True)
    return grid.filter(known_total).drop("other")
