"""What a planner may do about each technology, why, and what would change it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

ACT = 0.5  # chance from which take-off is more likely than not
PREPARE = 0.25
TIMES_BASE = 3.0  # chance over the base rate that makes a real possibility
LEAST_PREPARED = 0.1  # chance below which nobody need prepare, however rare take-off has been
POSSIBLE = 0.05  # chance below which take-off is no real possibility, however rare it has been
STEADY = 0.03  # growth of the share a year within which it is steady
COLUMNS = ("advice", "advice_reason", "advice_change")
FEWEST_CHECKED = 4  # years of a record, without which its chances rest on other records
YOUNG = 6  # years since the third document


def beginnings(first_years: npt.NDArray[np.int64], record_from: int) -> pl.Series:
    """The year of each technology's third document; null where the record's first two years hold
    it already, for then it may be older than the record."""
    years = pl.Series(first_years)
    return years.set(years <= record_from + 1, None)


def stage(first_year: pl.Expr, growth: pl.Expr, is_newborn: pl.Expr, forecast_year: int) -> pl.Expr:
    """The stage in the life cycle: emerging, growing, mature, declining, or unknown.

    first_year : year of the third document, or null where it is not known
    growth     : of the share a year, over five years
    """
    is_young = first_year > forecast_year - YOUNG
    return (
        pl.when(is_young & (is_newborn | growth.is_null() | (growth > STEADY)))
        .then(pl.lit("emerging"))
        .when(growth.is_null())
        .then(pl.lit("unknown"))
        .when(growth > STEADY)
        .then(pl.lit("growing"))
        .when(growth >= -STEADY)
        .then(pl.lit("mature"))
        .otherwise(pl.lit("declining"))
    )


def with_advice(
    technologies: pl.DataFrame,
    base_rate: float | None,
    precision: float | None,
    past: pl.DataFrame,
    *,
    is_comparable: bool = True,
) -> pl.DataFrame:
    """Technologies with the columns advice, advice_reason and advice_change.

    Act: take-off is more likely than not, at the low end of its 90% interval still a real
    possibility, and four or more earlier years of this record are checked: of what they named first
    some took off, and of what they called as likely at least half. The chances of a first list rest
    on other records, which differ.
    Prepare: the chance is .25 or more, or .1 or more and three times the base rate, with an
    interval above it. Watch: the chance is above the base rate, or there are too few documents to
    tell, of all or of one. Leave: all others, and those that lose share. A base rate near zero
    counts as a third of .05; otherwise a record in which nothing took off would advise to watch
    everything.

    technologies : columns status, stage, probability, probability_low, probability_high
    base_rate    : share of all technologies of earlier forecasts that took off; None where no
                   earlier forecast is known
    precision    : the same of those that were named first; None where no earlier list is known
    past         : of earlier forecasts of the same record, forecast_year, probability and outcome
    is_comparable : whether enough documents lie in strata that were there a horizon ago
    """
    without = "watch,no_record,record_exists"
    if not is_comparable:
        without = "watch,incomparable,comparable_documents"
    chance, low = pl.col("probability"), pl.col("probability_low")
    base = 0.05 if base_rate is None else max(base_rate, POSSIBLE / TIMES_BASE)
    is_possible = (chance >= PREPARE) | (
        (chance >= max(TIMES_BASE * base, LEAST_PREPARED)) & (low > base)
    )
    is_likely = (chance >= ACT) & (low >= PREPARE)
    is_scored = pl.col("status") == "scored"
    cases = (
        (is_scored.any().not_(), "watch,no_forecast,forecast_possible"),
        (is_scored.not_(), "watch,too_few_documents,enough_documents"),
        (chance.is_null(), without),
        (is_likely, _of_likely(precision, past)),
        (is_possible, "prepare,likely_but_uncertain,interval_narrows"),
        (pl.col("stage") == "declining", "leave,losing_share,growth_returns"),
        (chance > base, "watch,possible,chance_rises"),
    )
    advice = pl.lit("leave,unlikely,chance_rises")
    for applies, codes in reversed(cases):
        advice = pl.when(applies.fill_null(False)).then(pl.lit(codes)).otherwise(advice)
    parts = advice.str.split(",")
    return technologies.with_columns(
        parts.list.get(place).alias(name) for place, name in enumerate(COLUMNS)
    )


def without_advice(technologies: pl.DataFrame) -> pl.DataFrame:
    """Technologies with the columns of ``with_advice``, empty: for places no advice is meant."""
    return technologies.with_columns(pl.lit(None, pl.String).alias(name) for name in COLUMNS)


def _of_likely(precision: float | None, past: pl.DataFrame) -> str:
    """Codes of what is likely: chances that this record speaks against are no ground to commit
    people and money."""
    if precision is None or past["forecast_year"].n_unique() < FEWEST_CHECKED:
        return "prepare,likely_but_untested,years_enough"
    if precision == 0:
        return "prepare,likely_but_none_came_true,some_come_true"
    # by the percentages that are shown
    given = past.drop_nulls(["probability", "outcome"]).filter(
        pl.col("probability").round(2) >= ACT
    )
    if given.is_empty():
        return "prepare,likely_as_never_before,such_come_true"
    if 2 * given["outcome"].sum() < given.height:
        return "prepare,likely_but_few_came_true,such_come_true"
    return "act,likely,chance_falls"
