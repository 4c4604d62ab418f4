"""When one technology reached places: dates, lags behind the leader, and speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.diffusion.adoption_lags.crossing_dates import (
    BEFORE,
    NOT_YET,
    PlaceSeries,
    crossing,
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
EARLY = 0.25  # a place is early where its lag is among the shortest quarter
MOST_NAMED = 3  # leaders

_F, _I, _S, _B = pl.Float64, pl.Int64, pl.String, pl.Boolean
DATES = {
    **{name: _S for name in ("technology", "place", "milestone", "state")},
    **{name: _F for name in ("year", "year_low", "year_high", "lag_years", "lag_low", "lag_high")},
}
LAGS = {
    **{"technology": _S, "milestone": _S, "level": _F},
    **{name: _I for name in ("places_count", "reached_count", "before_count", "not_yet_count")},
    **{"leader": _S, "leader_year": _F, "is_at_least": _B},
    **{
        name: _F
        for name in ("lag_p25", "lag_median", "lag_median_low", "lag_median_high", "lag_p75")
    },
}
SURVIVAL = {
    "technology": _S,
    "milestone": _S,
    **{n: _F for n in ("lag_years", "not_yet_share", "low", "high")},
    "at_risk_count": _I,
}
SPEED_YEARS = ("years_median", "years_low", "years_high")
SPEED = {
    "technology": _S,
    "places_count": _I,
    "reached_count": _I,
    **dict.fromkeys((*SPEED_YEARS, "dispersion"), _F),
}


@dataclass
class Spread:
    """One technology: the dates of its places and what follows from them.

    reached : the common level; least : value from which a place counts as a first user
    over    : variance over mean of the counts, None where the values are no counts
    """

    series: list[PlaceSeries]
    reached: float
    least: float
    over: float | None
    draws: int
    seed: int
    level: float

    def __post_init__(self) -> None:
        levels = self.reached * np.asarray(SHARES)
        # (places, milestones)
        self.at = np.array([self._dates_of(own, levels) for own in self.series])
        self.drawn = [self._drawn(own, levels) for own in self.series]
        self.bounds = [
            [self._interval(p, m) for m in range(len(MILESTONES))] for p in range(len(self.series))
        ]
        self.end = np.array([own.years[-1] for own in self.series])
        # a place that was there before it was seen counts from its first year, the latest it can be
        start = np.array([own.years[0] for own in self.series])
        self.known = np.where(self.at == BEFORE, start[:, None], self.at)
        self.lead = [self._leader(m) for m in range(len(MILESTONES))]

    def _leader(self, milestone: int) -> tuple[list[int], float]:
        """The places that were surely there first (their interval ends earliest), and when.

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
        if self.over is None:
            return None
        return drawn_dates(own, levels, self.over, self.draws, self.seed)

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
                state = {BEFORE: "before", NOT_YET: "not_yet"}.get(at, "reached")
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

    @property
    def leaders(self) -> list[str]:
        """The places that were surely the first to reach half of the common level."""
        return [self.series[place].place for place in self.lead[-1][0]]

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
                    "leader": _named([self.series[place].place for place in leaders]),
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
        return {
            "technology": self.series[0].technology,
            "places_count": int(seen.sum()),
            "reached_count": int((seen & happened).sum()),
            **dict(zip(SPEED_YEARS, map(_finite, median), strict=True)),
            "dispersion": self.over,
        }


def _states(at: Floats) -> tuple[int, int, int]:
    return int(np.isfinite(at).sum()), int((at == BEFORE).sum()), int((at == NOT_YET).sum())


def _finite(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None


def _named(places: list[str]) -> str:
    more = len(places) - MOST_NAMED
    return ", ".join(places[:MOST_NAMED]) + (f" +{more}" if more > 0 else "")


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


def series_in(technology: str, rows: pl.DataFrame) -> list[PlaceSeries]:
    """A series for each place with at least two years seen."""
    found = []
    for (place,), own in rows.group_by("place", maintain_order=True):
        if own.height > 1:
            years, value, total = (
                own[name].cast(pl.Float64).to_numpy() for name in ("year", "value", "total")
            )
            found.append(series_of(technology, str(place), years, value, total))
    return found


def common_level_of(series: list[PlaceSeries]) -> float:
    """The weighted median of the highest rates, among places that adopted."""
    adopted = sorted((own.highest, float(own.totals.mean())) for own in series if own.highest > 0)
    if not adopted:
        return 0.0
    rates, weights = np.array(adopted).T
    return float(rates[np.searchsorted(np.cumsum(weights), weights.sum() / 2)])


def places_table(dates: pl.DataFrame) -> pl.DataFrame:
    """Each place over all technologies, at 10%: who is early in general."""
    waits = pl.col("state") == "not_yet"
    order = pl.when(~waits).then(pl.col("lag_years").fill_null(0.0)).rank("min")
    at = dates.filter(milestone="10%").with_columns(
        rank=order.over("technology") / pl.len().over("technology")
    )
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
