"""The record of opportunities out of time: entries, exits and growth foretold from past tables
alone, beside null models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError, check_bounds, check_choice
from firstlight.instruments.complexity.activity_table import Array, read_activities
from firstlight.instruments.complexity.next_activities.entry_ensemble import (
    MOST_ROWS,
    TARGETS,
    Known,
    Lessons,
    candidates_at,
    directions,
    learnt_chance,
    lessons_of,
    outcomes,
)
from firstlight.instruments.complexity.next_activities.entry_features import (
    Period,
    history_at,
    measures_at,
    periods_of,
    without_noise,
)
from firstlight.instruments.complexity.next_activities.record_tables import (
    YearScores,
    left_out_table,
    record_table,
    score_year,
    year_table,
)
from firstlight.instruments.complexity.specialisation import BALASSA, PresenceRule
from firstlight.measurement import Progress
from firstlight.numerics.resampling import drawn_weights
from firstlight.texts import Code, Count, Value, Year, message, names

FOLDER = Path(__file__).parent


class NothingToScoreError(InputError):
    """No forecast year of the table can be scored; ``reason`` is the code of why."""

    def __init__(self, reason: str, periods: Sequence[int], horizon: int) -> None:
        self.reason = reason
        values: dict[str, Value[Any]] = {
            "why": Code(f"codes.reason.{reason}"),
            "periods": names(map(str, periods)),
            "horizon": Count(horizon),
        }
        super().__init__(message("nothing_to_score", **values), FOLDER)


@dataclass(frozen=True)
class PeriodForecast:
    """What was foretold at one period, and what came where that is known.

    chances : target -> (places, activities), 0 to 1; nan for who is no candidate, or where there
              was nothing to learn from
    came    : target -> (places, activities), 0 or 1 (growth: -2 to 2); None while the outcome is
              not in the table
    lesson_count : whole transitions that were learnt from
    """

    known: Known
    chances: dict[str, Array]
    is_high_first: dict[str, dict[str, bool]]
    came: dict[str, Array] | None
    lesson_count: int


@dataclass(frozen=True)
class OpportunityRecord:
    """How well entries, exits and growth were foretold, and what is foretold now.

    table    : a row per target and score, the ensemble first, then by average precision; means over
               forecast years: horizon_years, target (entry, exit, growth), score, kind (ensemble,
               single, null), forecast_year_count, pair_count, event_count, base_rate_share, auc,
               auc_low, auc_high (blind choice: 0.5), average_precision_share,
               average_precision_low_share, average_precision_high_share (blind: base_rate_share),
               precision_at_10_share, _low_, _high_, and base_at_10_share (blind, over the same
               places), likewise 50, over_null_share, over_null_low_share, over_null_high_share
               (average precision less the best null model's), over_single_share, .. (less the best
               single measure's), rank_correlation (growth alone, with its rate). high_first_share
               (of the forecast years: how often high values foretold, by what was known then). Best
               is chosen with hindsight. Intervals: 95%, places drawn with replacement, the same for
               every score
    by_year  : the same for each forecast year, without differences, with is_high_first;
               lesson_count is the number of whole transitions learnt from
    left_out : target, year, reason (a code): forecast years that could not be scored
    periods  : what was foretold at each period, the last one's outcome still open; see
               ``forecasts``
    """

    table: pl.DataFrame
    by_year: pl.DataFrame = field(repr=False)
    left_out: pl.DataFrame = field(repr=False)
    periods: tuple[PeriodForecast, ...] = field(repr=False)
    places: list[str] = field(repr=False)
    activities: list[str] = field(repr=False)

    def forecasts(self, period: int | None = None, target: str = "entry") -> pl.DataFrame:
        """The forecast for each place and activity at one period; None is the last, whose outcome
        is open.

        Returns year, place, activity, chance_share, rank (1 the likeliest of its place),
        mean_chance_share (mean chance of all candidates), density_share, diversity_ubiquity_count
        (the null model's score), outcome (null while open).
        Raises  InputError for a period or target that there is none of.
        """
        known = {one.known.now.period: one for one in self.periods}
        year = max(known) if period is None else period
        check_choice("period", year, sorted(known))
        check_choice("target", target, TARGETS)
        one = known[year]
        at = np.nonzero(one.known.candidates[target])
        now, chance = one.known.now, one.chances[target][at]
        outcome = np.full(chance.size, np.nan)
        if one.came is not None:
            outcome = one.came[target][at]
        found = pl.DataFrame(
            {
                "year": np.full(chance.size, year),
                "place": [self.places[k] for k in now.rows[at[0]]],
                "activity": [self.activities[k] for k in now.columns[at[1]]],
                "chance_share": chance,
                "density_share": one.known.column("density", at),
                "diversity_ubiquity_count": one.known.column("diversity_ubiquity", at),
                "outcome": outcome,
            }
        ).with_columns(pl.col("chance_share", "density_share", "outcome").fill_nan(None))
        found = found.with_columns(
            mean_chance_share=pl.col("chance_share").mean(),
            rank=pl.col("chance_share")
            .rank("ordinal", descending=True)
            .over("place")
            .cast(pl.Int64),
        )
        front = ["year", "place", "activity", "chance_share", "rank", "mean_chance_share"]
        return found.select(*front, "density_share", "diversity_ubiquity_count", "outcome").sort(
            "place", "rank"
        )


def opportunity_record(
    frame: Any,
    value: str,
    *,
    place: str = "place",
    activity: str = "activity",
    period: str = "year",
    horizon: int = 5,
    rule: PresenceRule = BALASSA,
    window: int = 1,
    absent: int = 0,
    at: Sequence[int] = (10, 50),
    resamples: int = 200,
    missing: str = "error",
    duplicates: str = "error",
    seed: int = 0,
    workers: int = 2,
    progress: Progress | None = None,
) -> OpportunityRecord:
    """Entries, exits and growth foretold from each past period, by every measure, null models and
    an ensemble; and the record.

    At each period t, every score is made from tables up to t; whether high or low values of a
    measure foretell is learnt from the past, too. The ensemble (boosted trees, a forest and a
    logistic regression, their chances averaged; settings are fixed, see ``entry_ensemble``) has all
    measures as features. It learns from transitions s to s + horizon with s + horizon <= t, and
    from s to t where half the horizon or more has passed since s. Entry: absent at t, present at t
    + horizon; exit: the reverse; growth: a larger share of the activity's total than at t.
    Candidates are the places with a presence at t, by the activities that are present somewhere at
    t. Whoever has no row at t + horizon counts as having nothing then.

    Parameters
    ----------
    frame
        A row for each place, activity and period; a pair without a row is 0.
    value
        Column of the amounts, not negative.
    place
        Column of the places.
    activity
        Column of the activities.
    period
        Column of whole years, or of the first year of a span, if ``horizon`` is counted alike.
    horizon
        Years ahead; t + horizon has to be in the table for t to be scored.
    rule
        When a place counts as having an activity; its weights must be binary.
    window
        Years that are added up to one table, up to and with t, where all of them are there; at most
        the horizon, so that outcomes share no year with t.
    absent
        An entry must have been absent in the tables of as many years before t, too.
    at
        The k of the precision at k of each place.
    resamples
        Resamples of places, for the intervals; 0 for none.
    missing, duplicates
        As in ``read_activities``.
    seed
        Seed of the models, null models and resamples.
    workers
        Periods worked on at once; results are the same bytes for any number.
    progress
        Called with the steps done and all of them.

    Returns
    -------
    OpportunityRecord, with ``table`` (a row for each target and score: AUC, average precision,
    precision at k, intervals and base rates), ``by_year`` (the same for each forecast year),
    ``left_out`` (target, year, reason) and ``periods`` (what was foretold at each, the last one's
    outcome still open).

    Raises
    ------
    InputError
        As ``read_activities``, for options that don't fit, or where no year has a whole window.
    NothingToScoreError
        Where no forecast year has a past and an outcome.

    References
    ----------
    Hidalgo, Klinger, Barabási and Hausmann (2007), Science 317, 482-487 (density foretells entry);
    Albora, Pietronero, Tacchella and Zaccaria (2023), Product Progression, Scientific Reports 13,
    1481 (trees, out of time).
    """
    _refuse(horizon, rule, window, resamples, workers)
    _refuse_choices(absent, at, seed)
    tables = read_activities(
        frame, place, activity, value, period, missing=missing, duplicates=duplicates
    )
    places, activities, periods = periods_of(tables, rule, window)
    asked = _asked([one.period for one in periods], horizon)
    tick = _ticking(progress, len(periods) + len(asked))
    with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:
        known = _all_known(periods, horizon, absent, pool, tick)
        foretold = _foretold(known, asked, horizon, window, seed, pool, tick)
        draws = _draws(len(places), resamples, seed)
        jobs = [(one, target) for one in foretold if one.came is not None for target in TARGETS]
        scored = list(pool.map(lambda job: _scored(job[0], job[1], tuple(at), draws), jobs))
    kept = [one for one in scored if not one.reason]
    if not any(one.target == "entry" for one in kept):
        reason = scored[0].reason if scored else "no_outcome"
        raise NothingToScoreError(reason, [one.period for one in periods], horizon)
    return OpportunityRecord(
        table=record_table(kept, horizon, tuple(at)),
        by_year=year_table(kept, horizon, tuple(at)),
        left_out=left_out_table(scored),
        periods=tuple(foretold),
        places=places,
        activities=activities,
    )


def _refuse(horizon: int, rule: PresenceRule, window: int, resamples: int, workers: int) -> None:
    check_choice("rule.weights", rule.weights, ("binary",))
    check_bounds("horizon", horizon, 1)
    check_bounds("window", window, 1, horizon)
    check_bounds("resamples", resamples, 0)
    check_bounds("workers", workers, 1)


def _refuse_choices(absent: int, at: Sequence[int], seed: int) -> None:
    check_bounds("absent", absent, 0)
    check_bounds("seed", seed, 0)
    for k in at:
        check_bounds("at", k, 1)


def _all_known(
    periods: list[Period],
    horizon: int,
    absent: int,
    pool: ThreadPoolExecutor,
    tick: Callable[[], None],
) -> dict[int, Known]:
    own = {}
    for now, measures in zip(periods, pool.map(measures_at, periods), strict=True):
        own[now.period] = measures
        tick()
    by_year = {one.period: one for one in periods}
    found = {}
    for k, now in enumerate(periods):
        then = None
        if before := by_year.get(now.period - horizon):
            then = before, own[before.period]
        past = periods[: k + 1]
        measures = own[now.period] | history_at(past, own[now.period], then, horizon)
        found[now.period] = Known(now, without_noise(measures), candidates_at(past, absent))
    return found


def learnable(years: Sequence[int], now: int, horizon: int) -> list[int]:
    """The periods whose outcome was known at ``now``.

    >>> learnable([2000, 2001, 2002], 2006, 5)
    [2000, 2001]
    """
    return [year for year in years if year + horizon <= now]


def under_way(years: Sequence[int], now: int, horizon: int, window: int) -> list[int]:
    """The periods of which half the horizon or more, but not all of it, has passed at ``now``; no
    window shares a year with now's.

    >>> under_way(range(2000, 2010), 2006, 5, 1)
    [2002, 2003]
    """
    return [year for year in years if now - horizon < year <= now - max(horizon / 2, window)]


def _asked(years: Sequence[int], horizon: int) -> list[int]:
    """The periods to forecast at: those whose outcome is in the table, and the last, if an earlier
    outcome was known then.

    >>> _asked([2000, 2001, 2002, 2003, 2004], 2)
    [2002, 2004]
    """
    came = [year for year in years if year + horizon in years]
    asked = [year for year in years if year in came or year == max(years)]
    return [year for year in asked if learnable(came, year, horizon)]


def _ticking(progress: Progress | None, steps: int) -> Callable[[], None]:
    """What to call after each step."""
    done = count(1)

    def tick() -> None:
        if progress is not None:
            progress(next(done), steps)

    return tick


def _foretold(
    known: Mapping[int, Known],
    asked: Sequence[int],
    horizon: int,
    window: int,
    seed: int,
    pool: ThreadPoolExecutor,
    tick: Callable[[], None],
) -> list[PeriodForecast]:
    came = {
        year: outcomes(one.now, known[year + horizon].now)
        for year, one in known.items()
        if year + horizon in known
    }
    keys = [(year, target) for year in came for target in TARGETS]
    lessons = dict(
        zip(
            keys,
            pool.map(
                lambda key: lessons_of(known[key[0]], key[1], came[key[0]][key[1]], seed), keys
            ),
            strict=True,
        )
    )

    def one_year(year: int) -> dict[str, Array]:
        late = under_way(list(known), year, horizon, window)
        so_far = [outcomes(known[s].now, known[year].now) for s in late]
        found = {}
        for target in TARGETS:
            own = _lessons(lessons, sorted(came), year, horizon, target)
            most = MOST_ROWS // (len(own) + len(late))
            own += [
                lessons_of(known[s], target, some[target], seed, most)
                for s, some in zip(late, so_far, strict=True)
            ]
            with threadpool_limits(1, user_api="openmp"):
                chance = learnt_chance(own, known[year], target, seed)
            found[target] = np.full(known[year].candidates[target].shape, np.nan)
            found[target][known[year].candidates[target]] = chance
        return found

    # What is remembered goes with the thread, and so does how many threads trees may take: one, as
    # they would spin.
    contexts = [copy_context() for _ in asked]
    found = pool.map(lambda context, year: context.run(one_year, year), contexts, asked)
    forecasts = []
    for year, chances in zip(asked, found, strict=True):
        ways = {
            target: directions(_lessons(lessons, sorted(came), year, horizon, target))
            for target in TARGETS
        }
        learnt = len(learnable(sorted(came), year, horizon))
        forecasts.append(PeriodForecast(known[year], chances, ways, came.get(year), learnt))
        tick()
    return forecasts


def _lessons(
    lessons: Mapping[tuple[int, str], Lessons],
    years: Sequence[int],
    now: int,
    horizon: int,
    target: str,
) -> list[Lessons]:
    return [lessons[year, target] for year in learnable(years, now, horizon)]


def _draws(places: int, resamples: int, seed: int) -> Array | None:
    if not resamples:
        return None
    rng = np.random.default_rng([seed, places])
    return drawn_weights(places, resamples, rng).astype(float)


def _scored(
    one: PeriodForecast, target: str, at: tuple[int, ...], draws: Array | None
) -> YearScores:
    if one.came is None:
        raise InputError(message("outcome_open", year=Year(one.known.now.period)), FOLDER)
    known, chance, came = one.known, one.chances[target], one.came[target]
    return score_year(
        known, chance, came, target, one.is_high_first[target], one.lesson_count, at, draws
    )
