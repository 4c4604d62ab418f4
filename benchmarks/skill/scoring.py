"""Scores of every method under the protocol, as one table, with the years and bins behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from benchmarks.skill.protocol import BINS, FEWEST_POSITIVES, HORIZONS, LEVEL, REPEATS, SEED, TARGETS, Plan
from benchmarks.skill.records import Surveyed

from firstlight.instruments.emergence.forecasts import Forecaster
from firstlight.instruments.emergence.track_record import SCORES, all_years, by_year, reliability
from firstlight.instruments.emergence.verification import OURS, Verification, verify

Row = dict[str, object]
PERIODS = ("validation", "test")
Make = Callable[[Surveyed, int], Forecaster]


@dataclass(frozen=True)
class Scores:
    """pooled, by year, and bins of the reliability diagram; each row says record, granularity, horizon, period and target."""

    pooled: pl.DataFrame
    years: pl.DataFrame
    bins: pl.DataFrame


def forecaster_of(found: Surveyed, horizon: int) -> Forecaster:
    """The product's forecaster, as it is shipped."""
    return Forecaster(found.surveys, found.lineage, horizon)


def score(
    plan: Plan,
    granularity: float,
    found: Surveyed,
    periods: Sequence[str] = PERIODS,
    *,
    make: Make = forecaster_of,
    repeats: int = REPEATS,
) -> Scores:
    """Every method on one record at one granularity, for each horizon, target and period.

    make : what forecasts; the product's unless something else is tried
    """
    pooled: list[Row] = []
    years: list[Row] = []
    bins: list[Row] = []
    for horizon in HORIZONS:
        forecaster = make(found, horizon)
        spans = {period: plan.scored_years(period, horizon) for period in periods}
        for target in TARGETS:
            every = sorted(year for span in spans.values() for year in span)
            verified = verify(forecaster, target, every, plan.last)
            for period, span in spans.items():
                key: Row = {"record": plan.name, "granularity": granularity, "horizon": horizon, "period": period}
                own = {method: all_of.of(span) for method, all_of in verified.items()}
                pooled += _told(key, all_years(target, own, repeats=repeats, level=LEVEL, seed=SEED), own)
                years += [key | row for row in by_year(target, own)]
                if own[OURS].outcomes.sum() >= FEWEST_POSITIVES:
                    bins += [key | row for row in reliability(target, own[OURS], BINS)]
    return Scores(
        pl.DataFrame(pooled, schema=_POOLED), pl.DataFrame(years, schema=_YEARS), pl.DataFrame(bins, schema=_BINS)
    )


def _told(key: Row, rows: Sequence[Row], own: dict[str, Verification]) -> Iterator[Row]:
    """Pooled rows with their years and the number of lineages."""
    for row in rows:
        of = own[str(row["method"])]
        scored = np.unique(of.year)
        extra: Row = {
            "first_year": int(scored[0]),
            "last_year": int(scored[-1]),
            "years": len(scored),
            "lineages": len(np.unique(of.lineage)),
            "unknown": sum(of.unknown.values()),
            "lowest_coverage": min(of.coverage.values()),
        }
        yield key | extra | row


def together(found: Sequence[Scores]) -> Scores:
    """One table of each kind."""
    return Scores(
        *(
            pl.concat([getattr(own, name) for own in found], how="diagonal_relaxed")
            for name in ("pooled", "years", "bins")
        )
    )


_KEY: dict[str, type[pl.DataType]] = {
    "record": pl.String, "granularity": pl.Float64, "horizon": pl.Int64, "period": pl.String,
}  # fmt: skip
_YEARS = {**_KEY, **{name: kind for name, kind in SCORES.items() if name != "is_pooled"}}
_POOLED = {
    **_KEY,
    **dict.fromkeys(("first_year", "last_year", "years", "lineages", "unknown"), pl.Int64),
    "lowest_coverage": pl.Float64,
    **_YEARS,
}
_BINS = {
    **_KEY, "target": pl.String, "bin": pl.Int64, "predicted": pl.Float64, "observed": pl.Float64, "n": pl.Int64,
}  # fmt: skip
