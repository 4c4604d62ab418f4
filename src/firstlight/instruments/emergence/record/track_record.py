"""The track record: earlier years forecast again, and what came of them.

A record that is known at the end of year A uses forecasts from FY with FY + h <= A only, and
nothing that is dated after A.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from polars import selectors

from firstlight.errors import InputError, check_choice
from firstlight.instruments.emergence.record.groups import each_alone, lineages
from firstlight.instruments.emergence.record.ranking import DECIMALS, ranking, ranks
from firstlight.instruments.emergence.record.reasons import reasons
from firstlight.instruments.emergence.record.scores import (
    COMPARED,
    LEVEL,
    RESAMPLES,
    JudgedYear,
    calls,
    gains,
    intervals,
    is_available,
    lines,
    resample_lineages,
    resampled,
    scores_of,
)
from firstlight.instruments.emergence.record.take_off import (
    THREE_YEARS,
    TakeOffs,
    Target,
    chance_of_take_off,
    is_comparable,
    is_outcome_known,
    take_offs,
)
from firstlight.instruments.emergence.record.universe import (
    leads,
    matched_controls,
    universe,
    universe_table,
    wilson,
)
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts
from firstlight.observation_tables import SCHEMAS
from firstlight.texts import Year, message

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Row = dict[str, Any]

FAMILY = Path(__file__).parent.parent
LISTED = 100  # first lines of each year that are kept
CASES = 20  # first lines that are hits or false alarms, and most misses of a year
BINS = (0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1)  # of probabilities, for reliability


@dataclass(frozen=True)
class YearForecast:
    """What was forecast from one year for the K technologies that are scored in it.

    counts      : (K,) technologies, and what came of them
    scores      : ranking -> (K,), higher for those called first; nan throughout where a ranking
                  needs years that are not there
    probability : (K,) of taking off, by the ranking that is used; None where it gives none
    groups      : (K,) from `groups_by_overlap`; None for counts, where each is its own
    labels      : (K,) names to show; the keys where there are none
    listed      : name -> rank, for leads, where watched technologies are listed as well; by the
                  ranking that is used, over those that are scored, where there is none
    """

    counts: YearlyCounts
    scores: Mapping[str, Floats]
    probability: Floats | None = None
    groups: Ints | None = None
    labels: tuple[str, ...] | None = None
    listed: Mapping[str, int] | None = None


@dataclass(frozen=True)
class TrackRecord:
    """The tables of a record, sorted by their keys, and the years that it could not use.

    left_out : (forecast year, code of the reason)
    """

    record: pl.DataFrame
    gains: pl.DataFrame
    past_forecasts: pl.DataFrame
    cases: pl.DataFrame
    reliability: pl.DataFrame
    leads: pl.DataFrame
    universe: pl.DataFrame
    left_out: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class _Year:
    """A forecast, its outcome, and both as the scores need them."""

    forecast: YearForecast
    outcome: TakeOffs
    judged: JudgedYear


def track_record(
    forecast: Callable[[int], YearForecast],
    years: Sequence[int],
    *,
    known_until: int,
    used: str,
    target: Target = THREE_YEARS,
    names: YearlyCounts | None = None,
    outcome_years: Sequence[int] | None = None,
    most_of_scored: float | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> TrackRecord:
    """The record of forecasts from each year whose outcome is known at the end of ``known_until``.

    Parameters
    ----------
    forecast
        What was forecast from a year; must read nothing after it but the counts of outcomes.
    years
        Forecast years asked for.
    known_until
        The last year of documents that may be read, A.
    used
        The ranking that this observation uses, one of the scores of every year.
    target
        What counts as take-off.
    names
        Counts of all names, from which the universe is made; none without them.
    outcome_years
        Years in which a name may have become large; those after the first forecast year by default.
    most_of_scored
        Lists hold at most this part of those scored.
    resamples
        Resamples of lineages of technologies behind each interval.
    seed
        Seed of the resamples.

    Returns
    -------
    TrackRecord, with the tables of the record and ``left_out``, the forecast years that it
    could not use, each with the code of the reason.

    Raises
    ------
    InputError
        Where the ranking that is used is not among the scores of a year, or a forecast is of
        another year than the one asked for.
    """
    in_time = [year for year in sorted(years) if year + target.horizon <= known_until]
    left_out = [(year, "outcome_not_known") for year in sorted(years) if year not in in_time]
    forecasts: dict[int, YearForecast] = {}
    for year in in_time:
        made = _known(forecast(year), year, known_until, used)
        reason = _reason_to_leave_out(made.counts, target)
        if reason is None:
            forecasts[year] = made
        else:
            left_out.append((year, reason))
    past = _judged(forecasts, target)
    if outcome_years is None:
        outcome_years = range(min(forecasts, default=known_until) + 1, known_until + 1)
    outcomes = [year for year in outcome_years if year <= known_until]
    led, became_large = _leads(names, outcomes, known_until, past, used, most_of_scored)
    record, gained = _record(past, used, target, most_of_scored, resamples, seed)
    return TrackRecord(
        record=_rounded(record),
        gains=_rounded(gained),
        past_forecasts=_rounded(_past_forecasts(past, used, most_of_scored)),
        cases=_rounded(_cases(past, used, target, most_of_scored)),
        reliability=_rounded(_reliability(past)),
        leads=_rounded(led),
        universe=became_large,
        left_out=tuple(sorted(left_out)),
    )


def _known(forecast: YearForecast, year: int, known_until: int, used: str) -> YearForecast:
    """The forecast with its counts as they are known, once it is sure to be the one asked for."""
    seen_from = forecast.counts.forecast_year
    if seen_from != year:
        years = {"seen_from": Year(seen_from), "year": Year(year)}
        raise InputError(message("counts_of_another_year", **years), FAMILY)
    check_choice("used", used, sorted(forecast.scores))
    return replace(forecast, counts=forecast.counts.until(known_until))


def _reason_to_leave_out(counts: YearlyCounts, target: Target) -> str | None:
    """The code of the reason; None where the outcome can be judged."""
    if not is_outcome_known(counts, target):
        return "outcome_not_known"
    if not is_comparable(counts, target):
        return "no_common_stratum"
    return None


def _judged(forecasts: Mapping[int, YearForecast], target: Target) -> list[_Year]:
    groups = [_groups(forecast) for forecast in forecasts.values()]
    names = [forecast.counts.names for forecast in forecasts.values()]
    linked = lineages(list(zip(names, groups, strict=True)))
    past = []
    for forecast, heads, lineage in zip(forecasts.values(), groups, linked, strict=True):
        outcome = take_offs(forecast.counts, target)
        chance = chance_of_take_off(forecast.counts, target)
        judged = JudgedYear.of(
            forecast.counts, outcome.is_take_off, heads, lineages=lineage, chance=chance
        )
        past.append(_Year(forecast, outcome, judged))
    return past


def _groups(forecast: YearForecast) -> Ints:
    if forecast.groups is None:
        return each_alone(len(forecast.counts.names))
    return forecast.groups


def _scores(past: Sequence[_Year], name: str) -> list[Floats]:
    """(K,) scores of a ranking in each year, nan where a year doesn't have it."""
    return [year.forecast.scores.get(name, _unknown(year)) for year in past]


def _unknown(year: _Year) -> Floats:
    """(K,) of nan."""
    return np.full(len(year.judged.names), np.nan)


def _probability(year: _Year) -> Floats:
    if year.forecast.probability is None:
        return _unknown(year)
    return year.forecast.probability


def _record(
    past: Sequence[_Year],
    used: str,
    target: Target,
    most_of_scored: float | None,
    resamples: int,
    seed: int,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tables record and gains."""
    judged = [year.judged for year in past]
    weights = resample_lineages(judged, resamples=resamples, seed=seed)
    chances = [_probability(year) for year in past]
    rankings = sorted({name for year in past for name in year.forecast.scores})
    draws = {}
    rows: list[Row] = []
    for name in rankings:
        scores = _scores(past, name)
        draws[name] = resampled(judged, scores, weights, most_of_scored=most_of_scored)
        key = {"horizon": target.horizon, "ranking": name, "is_used": name == used}
        for row, year in enumerate(judged):
            if not is_available(scores[row]):
                continue
            chance = None
            if name == used:  # of the others no probabilities are known
                chance = [chances[row]]
            alone = scores_of([year], [scores[row]], chance, most_of_scored=most_of_scored)
            rows.append({**key, "year": year.year, **alone})
        of_all = None
        if name == used:
            of_all = chances
        pooled = scores_of(judged, scores, of_all, most_of_scored=most_of_scored)
        rows.append({**key, "year": None, **pooled, **_bounds(intervals(draws[name]))})
    gained: list[Row] = []
    for name in rankings:
        for measure, figures in gains(draws[used], draws[name]).items():
            gained.append({"ranking": used, "against": name, "measure": measure, **figures})
    record = _frame(rows, SCHEMAS["record"])
    # The ranking that is used first; all years together after the single ones.
    record = record.sort(~pl.col("is_used"), "ranking", "year", nulls_last=True)
    compared = _frame(gained, SCHEMAS["gains"]).filter(pl.col("against") != used)
    return record, compared.sort("ranking", "against", "measure")


def _bounds(found: Mapping[str, tuple[float | None, float | None]]) -> Row:
    row: Row = {}
    for name in COMPARED:
        row[f"{name}_low"], row[f"{name}_high"] = found[name]
    return row


def _past_forecasts(past: Sequence[_Year], used: str, most_of_scored: float | None) -> pl.DataFrame:
    """The first 100 calls of each year: one line for each group."""
    frames = [_frame([], SCHEMAS["past_forecasts"])]
    for year in past:
        called = _calls(year, used)
        first = called[: lines(LISTED, len(year.judged.names), most_of_scored)]
        table = _technologies(year).with_row_index("row")
        listed = pl.DataFrame({"row": first, "rank": np.arange(1, len(first) + 1)})
        joined = listed.join(table.cast({"row": pl.Int64}), on="row", how="left")
        frames.append(_typed(joined, SCHEMAS["past_forecasts"]))
    return pl.concat(frames).sort("forecast_year", "rank")


def _technologies(year: _Year) -> pl.DataFrame:
    """A row for each technology that was scored, with what came of it; no rank."""
    ratio = year.outcome.ratio
    columns = {
        "technology_id": list(year.judged.names),
        "name": list(year.forecast.labels or year.judged.names),
        "probability": _probability(year),
        "documents_count": np.round(year.judged.documents),
        "share": year.outcome.share_before,
        "outcome": year.outcome.is_take_off,
        "outcome_ratio": np.where(np.isfinite(ratio), ratio, np.nan),
    }
    table = pl.DataFrame(columns, nan_to_null=True)
    return table.with_columns(forecast_year=pl.lit(year.judged.year))


def _calls(year: _Year, used: str) -> Ints:
    """(G,) rows of the technologies that are called; none where the ranking says nothing."""
    scores = year.forecast.scores[used]
    if not is_available(scores):
        return np.zeros(0, dtype=np.int64)
    return calls(year.judged, scores)


def _cases(
    past: Sequence[_Year], used: str, target: Target, most_of_scored: float | None
) -> pl.DataFrame:
    """Hits and false alarms among the first 20, and the largest take-offs beyond the first 100.

    The rank of a hit or false alarm is the line on which its group is called; that of a miss is
    its own among all that were scored. A group is missed once, by its best ranked take-off.
    """
    frames = [_frame([], SCHEMAS["cases"])]
    for year in past:
        called = _calls(year, used)
        scored = len(year.judged.names)
        first = called[: lines(CASES, scored, most_of_scored)]
        missed, rank = _misses(year, used, called[: lines(LISTED, scored, most_of_scored)])
        is_hit = year.judged.is_take_off[first]
        kinds = [*np.where(is_hit, "hit", "false_alarm"), *["miss"] * len(missed)]
        row = np.concatenate([first, missed])
        places = np.concatenate([np.arange(1, len(first) + 1), rank])
        why = reasons(year.forecast.counts, target)
        chosen = pl.DataFrame({"kind": [str(kind) for kind in kinds], "rank": places})
        table = _technologies(year).with_columns(reason=pl.Series(why, dtype=pl.String))[row]
        frames.append(_typed(pl.concat([chosen, table], how="horizontal"), SCHEMAS["cases"]))
    return pl.concat(frames).sort("forecast_year", "kind", "rank", "name")


def _misses(year: _Year, used: str, listed: Ints) -> tuple[Ints, Ints]:
    """Rows and ranks of the take-offs whose groups are no hit among the lines, largest first."""
    judged, scores = year.judged, year.forecast.scores[used]
    if not is_available(scores):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    order = ranking(scores, judged.documents, judged.names)
    took_off = order[judged.is_take_off[order]]
    _, first = np.unique(judged.groups[took_off], return_index=True)
    best = took_off[np.sort(first)]
    hits = listed[judged.is_take_off[listed]]
    missed = best[~np.isin(judged.groups[best], judged.groups[hits])]
    by_gain = missed[ranking(year.outcome.gain[missed], *_ties(judged, missed))]
    chosen = by_gain[:CASES]
    return chosen, ranks(scores, judged.documents, judged.names)[chosen]


def _ties(judged: JudgedYear, rows: Ints) -> tuple[Floats, list[str]]:
    return judged.documents[rows], [judged.names[row] for row in rows]


def _reliability(past: Sequence[_Year]) -> pl.DataFrame:
    """Share that took off by classes of probability, all years together, with Wilson's bounds."""
    chance = np.concatenate([_probability(year) for year in past] or [np.zeros(0)])
    came = np.concatenate([year.judged.is_take_off for year in past] or [np.zeros(0, dtype=bool)])
    is_known = ~np.isnan(chance)
    chance, came = chance[is_known], came[is_known]
    bins = np.digitize(chance, BINS[1:-1])
    rows: list[Row] = []
    for number in np.unique(bins):
        inside = bins == number
        count, hits = int(inside.sum()), int(came[inside].sum())
        low, high = wilson(hits, count, LEVEL)
        rows.append(
            {
                "predicted": float(chance[inside].mean()),
                "observed": hits / count,
                "low": low,
                "high": high,
                "n": count,
            }
        )
    return _frame(rows, SCHEMAS["reliability"])


def _listed(year: _Year, used: str) -> Mapping[str, int]:
    if year.forecast.listed is not None:
        return year.forecast.listed
    scores = year.forecast.scores[used]
    if not is_available(scores):
        return {}
    places = ranks(scores, year.judged.documents, year.judged.names)
    return dict(zip(year.judged.names, places.tolist(), strict=True))


def _leads(
    names: YearlyCounts | None,
    outcome_years: Sequence[int],
    known_until: int,
    past: Sequence[_Year],
    used: str,
    most_of_scored: float | None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tables leads and universe."""
    if names is None or not past:
        return _frame([], SCHEMAS["leads"]), _frame([], SCHEMAS["universe"])
    listed = {row.judged.year: _listed(row, used) for row in past}
    first = [lines(LISTED, len(row.judged.names), most_of_scored) for row in past]
    counts = names.until(known_until)
    passed = universe(counts, outcome_years)
    controls = matched_controls(counts, passed)
    of_controls = leads("controls", controls, listed, first=first)
    both = pl.concat([of_controls, leads("universe", passed, listed, first=first)])
    return both.sort("group", "measure"), universe_table(passed, listed, first=first)


def _rounded(table: pl.DataFrame) -> pl.DataFrame:
    """The table without the last digits, which differ with the order of sums."""
    return table.with_columns(selectors.float().round(DECIMALS))


def _frame(rows: Sequence[Row], columns: Mapping[str, Any]) -> pl.DataFrame:
    kept = [{name: row.get(name) for name in columns} for row in rows]
    return pl.DataFrame(kept, schema=dict(columns), orient="row")


def _typed(table: pl.DataFrame, columns: Mapping[str, Any]) -> pl.DataFrame:
    return table.select(list(columns)).cast(pl.Schema(columns))
