"""Scores of every measure at every forecast year, and their means with intervals, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.complexity.activity_table import Array
from firstlight.instruments.complexity.next_activities.entry_ensemble import Known
from firstlight.instruments.complexity.next_activities.entry_features import NULLS, SINGLES
from firstlight.instruments.complexity.next_activities.entry_scores import EntryScore, score_entries
from firstlight.numerics.divisors import positive_or_nan
from firstlight.numerics.known_values import known_means
from firstlight.numerics.ranks import average_ranks

ENSEMBLE = "ensemble"
SCORES = (ENSEMBLE, *SINGLES, *NULLS)
TAIL = 0.025
FEWEST_EVENTS = 10  # behind an interval: resamples of fewer say next to nothing


@dataclass(frozen=True)
class YearScores:
    """One target at one forecast year: how every score did, or why there is none.

    scores      : name -> EntryScore; is_high_first : of the measures; correlations : name -> rank
                  correlation with the growth rate, for growth alone
    reason      : code of why it was not scored, empty where it was
    """

    year: int
    target: str
    pairs: int
    events: int
    lessons: int
    scores: dict[str, EntryScore]
    correlations: dict[str, float]
    is_high_first: dict[str, bool]
    reason: str


def score_year(
    known: Known,
    chance: Array,
    came: Array,
    target: str,
    is_high_first: dict[str, bool],
    lessons: int,
    at: tuple[int, ...],
    draws: Array | None,
) -> YearScores:
    """Every score of one target at one forecast year, against what came."""
    pairs = np.nonzero(known.candidates[target])
    rate = came[pairs]
    hit, place = rate > 0, known.now.rows[pairs[0]]
    year, events = known.now.period, int(hit.sum())
    reason = _reason(events, hit.size, chance[pairs])
    if reason:
        return YearScores(year, target, hit.size, events, lessons, {}, {}, {}, reason)
    scores, correlations = {}, {}
    for name in SCORES:
        if name == ENSEMBLE:
            score = chance[pairs]
        else:
            score = known.scores(name, is_high_first[name], pairs)
        scores[name] = score_entries(score, hit, place, at=at, draws=draws)
        if target == "growth":
            correlations[name] = _rank_correlation(score, rate)
    return YearScores(
        year, target, hit.size, events, lessons, scores, correlations, is_high_first, ""
    )


def _reason(events: int, pairs: int, chance: Array) -> str:
    if events == 0:
        return "no_event"
    if events == pairs:
        return "every_event"
    if not np.isfinite(chance).all():
        return "nothing_learnt"
    return ""


def _rank_correlation(score: Array, rate: Array) -> float:
    one, other = average_ranks(score), average_ranks(rate)
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / positive_or_nan(size)


def year_table(scored: Sequence[YearScores], horizon: int, at: tuple[int, ...]) -> pl.DataFrame:
    """A row per target, forecast year and score."""
    rows = []
    for one in scored:
        for name, score in one.scores.items():
            head = {"horizon_years": horizon, "target": one.target, "year": one.year} | _names(name)
            sizes = {
                "lesson_count": one.lessons,
                "pair_count": one.pairs,
                "event_count": one.events,
            }
            base = {"base_rate_share": one.events / one.pairs}
            figures = _figures(_surely(score, one.events), at)
            # growth alone has rates to correlate with, and the ensemble's chances are high first
            more = {
                "rank_correlation": one.correlations.get(name, np.nan),
                "is_high_first": one.is_high_first.get(name, True),
            }
            rows.append(head | sizes | base | figures | more)
    return _clean(rows).sort("target", "year", maintain_order=True)


def record_table(scored: Sequence[YearScores], horizon: int, at: tuple[int, ...]) -> pl.DataFrame:
    """A row per target and score: means over forecast years, and differences to the best null model
    and single measure."""
    rows = []
    for target in dict.fromkeys(one.target for one in scored):
        some = [one for one in scored if one.target == target]
        events = sum(one.events for one in some)
        means = {
            name: _surely(_mean_of([one.scores[name] for one in some]), events) for name in SCORES
        }
        order = sorted(
            means, key=lambda name: (name != ENSEMBLE, -means[name].average_precision, name)
        )
        best = {
            "over_null": next(name for name in order if name in NULLS),
            "over_single": next(name for name in order if name in SINGLES),
        }
        for name in order:
            head = {"horizon_years": horizon, "target": target} | _names(name)
            sizes = {
                "forecast_year_count": len(some),
                "pair_count": sum(one.pairs for one in some),
                "event_count": events,
                "base_rate_share": float(np.mean([one.events / one.pairs for one in some])),
            }
            figures = _figures(means[name], at)
            beside: dict[str, float] = {}
            for label, other in best.items():
                beside |= _difference(label, means[name], means[other])
            together = [one.correlations.get(name, np.nan) for one in some]
            high = float(np.mean([one.is_high_first.get(name, True) for one in some]))
            more = {"rank_correlation": float(np.mean(together)), "high_first_share": high}
            rows.append(head | sizes | figures | beside | more)
    return _clean(rows)


def left_out_table(scored: Sequence[YearScores]) -> pl.DataFrame:
    """Forecast years that could not be scored, and why."""
    rows = [(one.target, one.year, one.reason) for one in scored if one.reason]
    kinds = {"target": pl.String, "year": pl.Int64, "reason": pl.String}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _names(name: str) -> dict[str, Any]:
    if name == ENSEMBLE:
        return {"score": name, "kind": ENSEMBLE}
    return {"score": name, "kind": "null" if name in NULLS else "single"}


def _mean_of(scores: Sequence[EntryScore]) -> EntryScore:
    """Means over forecast years; of a precision, over the years that have one."""
    return EntryScore(
        auc=float(np.mean([one.auc for one in scores])),
        average_precision=float(np.mean([one.average_precision for one in scores])),
        precision=known_means([one.precision for one in scores], axis=0),
        blind=known_means([one.blind for one in scores], axis=0),
        resampled=known_means([one.resampled for one in scores], axis=0),
    )


def _interval(draws: Array) -> tuple[float, float]:
    known = draws[np.isfinite(draws)]
    if known.size:
        return float(np.quantile(known, TAIL)), float(np.quantile(known, 1 - TAIL))
    return np.nan, np.nan


def _surely(score: EntryScore, events: int) -> EntryScore:
    """A score without its resamples where too few events stand behind it for an interval."""
    if events >= FEWEST_EVENTS:
        return score
    return replace(score, resampled=score.resampled[:, :0])


def _figures(score: EntryScore, at: tuple[int, ...]) -> dict[str, float]:
    low_high = [_interval(draws) for draws in score.resampled]
    found = {
        "auc": score.auc,
        "auc_low": low_high[0][0],
        "auc_high": low_high[0][1],
        "average_precision_share": score.average_precision,
        "average_precision_low_share": low_high[1][0],
        "average_precision_high_share": low_high[1][1],
    }
    for j, k in enumerate(at):
        found[f"precision_at_{k}_share"] = float(score.precision[j])
        found[f"precision_at_{k}_low_share"], found[f"precision_at_{k}_high_share"] = low_high[
            2 + j
        ]
        found[f"base_at_{k}_share"] = float(score.blind[j])
    return found


def _difference(label: str, one: EntryScore, other: EntryScore) -> dict[str, float]:
    low, high = _interval(one.resampled[1] - other.resampled[1])
    return {
        f"{label}_share": one.average_precision - other.average_precision,
        f"{label}_low_share": low,
        f"{label}_high_share": high,
    }


def _clean(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Figures to nine digits, so that no rounding of a processor shows; null where unknown."""
    return pl.DataFrame(rows).with_columns(pl.col(pl.Float64).round(9).fill_nan(None))
