"""Why a forecast came out as it did, as a code: the first of a list of rules that holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from firstlight.instruments.emergence.record.take_off import (
    Target,
    change_between,
    is_take_off_between,
    outcome_years,
    take_offs,
    threshold_share,
)
from firstlight.instruments.emergence.technologies.yearly_counts import BIRTH, YearlyCounts

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

OUTSIDE = 0.25  # of the outcome's documents in strata that joined or left, to be the likely reason
NEAR = 1.1  # times the threshold share, or less: near it on either side
BACK = 3  # years before FY over which the past is judged
ONE_YEAR = 0.7  # of the whole rise within one year, to be sudden
FELL = 0.97  # ratio of shares over the past three years, below which it was falling
STOOD_STILL = 1.09  # the same, below which it stood still: 3% a year
PEAK = 1.2  # times the years on both sides, to be a peak of one year
LOST = 0.85  # ratio of shares over the horizon, below which it lost share
SURE = 1.645  # standard errors that hold 90%


def reasons(counts: YearlyCounts, target: Target) -> list[str]:
    """Codes of what happened to each of K technologies between FY and FY+h, and just before.

    Of take-offs, in this order: record_changed, near_threshold, newborn_grew, sudden_rise,
    turned_round, had_stood_still, kept_rising. Of the others: record_changed, near_threshold,
    came_later, one_year_peak, rose_and_fell, lost_share, within_noise, stood_still.

    counts : with all years up to the one in which the reason is given; those after FY+h serve
             came_later
    """
    outcome = take_offs(counts, target)
    after, before = outcome.share_after, outcome.share_before
    threshold = _threshold(counts, target)
    changed = _record_changed(counts, target)
    near = (after >= threshold / NEAR) & (after <= threshold * NEAR)
    past = _past_ratio(counts)
    # What is wrong with the comparison goes before what happened.
    grew = [
        ("record_changed", changed),
        ("near_threshold", near),
        ("newborn_grew", _is_newborn(counts)),
        ("sudden_rise", _is_sudden(counts, target)),
        ("turned_round", past < FELL),
        ("had_stood_still", past < STOOD_STILL),
    ]
    did_not = [
        ("record_changed", changed),
        ("near_threshold", near),
        ("came_later", _ever(counts, target, range(target.horizon + 1, 2 * target.horizon + 1))),
        ("one_year_peak", _is_peak(counts)),
        ("rose_and_fell", _ever(counts, target, range(1, target.horizon))),
        ("lost_share", after < LOST * before),
        ("within_noise", _within_noise(counts, target, after, threshold)),
    ]
    of_take_offs, of_others = _first(grew, "kept_rising"), _first(did_not, "stood_still")
    return [str(code) for code in np.where(outcome.is_take_off, of_take_offs, of_others)]


def _first(rules: Sequence[tuple[str, Flags]], otherwise: str) -> npt.NDArray[np.str_]:
    codes = np.array([code for code, _ in rules])
    chosen: npt.NDArray[np.str_] = np.select([holds for _, holds in rules], [*codes], otherwise)
    return chosen


def _threshold(counts: YearlyCounts, target: Target) -> Floats:
    totals = counts.totals_of(outcome_years(counts, target))
    return threshold_share(counts, target, totals_after=totals)


def _record_changed(counts: YearlyCounts, target: Target) -> Flags:
    """Whether a quarter of the outcome's documents lie in strata that FY doesn't have."""
    documents = counts.documents_of(outcome_years(counts, target))
    comparable = change_between(counts, counts.forecast_year, outcome_years(counts, target)[1])
    return (documents > 0) & (documents - comparable.documents_after > OUTSIDE * documents)


def _past_ratio(counts: YearlyCounts) -> Floats:
    """(K,) s(FY) / s(FY-3), nan where there was nothing."""
    now = counts.forecast_year
    past = change_between(counts, now - BACK, now)
    is_known = past.before > 0
    unknown = np.full(len(is_known), np.nan)
    return np.asarray(np.divide(past.after, past.before, out=unknown, where=is_known))


def _is_newborn(counts: YearlyCounts) -> Flags:
    earlier = counts.years[counts.years <= counts.forecast_year - BACK]
    if not len(earlier):
        return np.zeros(len(counts.names), dtype=bool)
    return counts.documents_of(earlier.tolist()) < BIRTH


def _is_sudden(counts: YearlyCounts, target: Target) -> Flags:
    now = counts.forecast_year
    shares = counts.yearly_shares.of(range(now, now + target.horizon + 1))
    steps = np.diff(shares, axis=1)
    rise = steps.sum(axis=1)
    return np.asarray((rise > 0) & (steps.max(axis=1, initial=0) >= ONE_YEAR * rise))


def _is_peak(counts: YearlyCounts) -> Flags:
    now = counts.forecast_year
    beside = counts.yearly_shares.of([now - 1, now + 1]).max(axis=1, initial=0)
    return np.asarray(counts.yearly_shares.of([now]).sum(axis=1) >= PEAK * beside)


def _ever(counts: YearlyCounts, target: Target, ahead: Sequence[int]) -> Flags:
    """Whether it would have counted as take-off at another horizon, of those that are known."""
    ever = np.zeros(len(counts.names), dtype=bool)
    last = int(counts.years.max())
    for years in ahead:
        until = counts.forecast_year + years
        if until <= last:
            ever |= is_take_off_between(counts, counts.forecast_year, until, target)
    return ever


def _within_noise(counts: YearlyCounts, target: Target, after: Floats, threshold: Floats) -> Flags:
    """Whether the share came within 1.645 standard errors of the threshold, by Poisson counts."""
    later = change_between(counts, counts.forecast_year, outcome_years(counts, target)[1])
    documents = np.maximum(later.documents_after, 1)
    return after * (1 + SURE / np.sqrt(documents)) >= threshold
