"""Scores of a ranking against what took off: precision of its first lines, calibration, gains.

A list calls each group once, at the place of its best ranked technology, and the call is a hit if
that technology took off. The number of groups with a take-off is the same for all rankings, and is
what recall and average precision are divided by. AUC, Brier score and calibration are of
technologies. Every measure is a ratio of sums, so that pooling adds over years on both sides;
average precision, a mean over years, has a one below for each year with a take-off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from firstlight.instruments.emergence.record.ranking import DECIMALS, ranking
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts
from firstlight.numerics.ranks import pairs_in_order
from firstlight.numerics.resampling import drawn_weights, percentile_interval

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Weights = npt.NDArray[np.uint8]  # of lineages; none is drawn more than some ten times
Ratio = tuple[Floats, Floats]  # (R,) above and below, one for each column of weights
Resampled = Sequence[Mapping[str, Ratio] | None]  # for each year; None where not available
Interval = tuple[float | None, float | None]

LISTS = (20, 50)  # lines that precision is taken of
RECALLED = 100  # lines that recall is taken of
COMPARED = ("average_precision", "precision_20", "precision_50")  # measures with intervals
MEASURES = (
    "precision_20",
    "precision_50",
    "ceiling_20",
    "ceiling_50",
    "recall_100",
    "average_precision",
    "auc",
)
OF_PROBABILITIES = ("brier", "brier_skill", "calibration_slope")
FEWEST_FOR_SLOPE = 100  # take-offs, for a calibration slope
LEVEL = 0.9  # of every interval of the record
RESAMPLES = 1_000
SURE = 1e-6  # probabilities nearer to 0 or 1 are taken as this, in log-odds


@dataclass(frozen=True)
class JudgedYear:
    """What came of the K technologies that were scored in one forecast year.

    names       : (K,) unique keys
    documents   : (K,) of FY-1..FY, which break ties
    is_take_off : (K,)
    groups      : (K,) row of the head of each one's group
    lineages    : (K,) numbers that link groups over years, see `groups.lineages`
    chance      : (K,) probability of counting as take-off if shares were constant
    """

    year: int
    names: tuple[str, ...]
    documents: Floats
    is_take_off: Flags
    groups: Ints
    lineages: Ints
    chance: Floats

    @classmethod
    def of(
        cls,
        counts: YearlyCounts,
        is_take_off: Flags,
        groups: Ints,
        *,
        lineages: Ints | None = None,
        chance: Floats | None = None,
    ) -> JudgedYear:
        """The technologies of counts; where one year is scored alone, groups are their own
        lineages."""
        year = counts.forecast_year
        if lineages is None:
            lineages = groups
        if chance is None:
            chance = np.zeros(len(counts.names))
        documents = counts.documents_of((year - 1, year))
        return cls(year, counts.names, documents, is_take_off, groups, lineages, chance)

    @property
    def take_off_groups(self) -> Ints:
        """(G,) heads of the groups in which something took off."""
        return np.unique(self.groups[self.is_take_off])


def is_available(scores: Floats) -> bool:
    """Whether a ranking says anything: a rule is nan for all where its years are not there."""
    return not bool(np.isnan(scores).all())


def calls(year: JudgedYear, scores: Floats) -> Ints:
    """(G,) rows of the technologies that stand for their groups, from the first place down."""
    order = ranking(scores, year.documents, year.names)
    _, first = np.unique(year.groups[order], return_index=True)
    return order[np.sort(first)]


def lines(k: int, scored: int, most_of_scored: float | None = None) -> int:
    """How many lines a list of k has where it may hold at most a part of those scored.

    >>> lines(20, 83), lines(20, 83, 0.1), lines(20, 5, 0.1)
    (20, 8, 1)
    """
    if most_of_scored is None:
        return k
    # .29 * 100 is 28.999999999999996
    return min(k, max(1, int(most_of_scored * scored + 1e-9)))


def scores_of(
    years: Sequence[JudgedYear],
    scores: Sequence[Floats],
    probabilities: Sequence[Floats] | None = None,
    *,
    most_of_scored: float | None = None,
) -> dict[str, float | int | None]:
    """Every score of one ranking, pooled over the years given; None where it is not defined.

    scores         : (K,) for each year; a year where they are nan throughout is left out
    probabilities  : (K,) for each year, of taking off, nan where there are none; None for a
                     ranking without them
    most_of_scored : lists hold at most this part of those scored, such as .1 (see `lines`)
    """
    kept = [row for row, values in enumerate(scores) if is_available(values)]
    judged = [years[row] for row in kept]
    pairs = [(years[row], scores[row]) for row in kept]
    ratios: dict[str, list[Ratio]] = {}
    for year, values in pairs:
        for name, ratio in _ratios(year, values, most_of_scored).items():
            ratios.setdefault(name, []).append(ratio)
    measured = {name: _pooled(ratios.get(name, [])) for name in MEASURES}
    figures: dict[str, float | int | None] = {name: _or_none(measured[name]) for name in MEASURES}
    if probabilities is None:
        return _counts(judged) | figures | dict.fromkeys(OF_PROBABILITIES)
    outcome = np.concatenate([year.is_take_off for year in judged] or [np.zeros(0, dtype=bool)])
    chances = np.concatenate([probabilities[row] for row in kept] or [np.zeros(0)])
    has_chance = ~np.isnan(chances)
    of_chances = probability_scores(chances[has_chance], outcome[has_chance])
    return _counts(judged) | figures | of_chances


def probability_scores(probability: Floats, outcome: Flags) -> dict[str, float | int | None]:
    """Brier score, Brier skill against the base rate of the same forecasts, calibration slope.

    Source: Brier (1950), Verification of forecasts expressed in terms of probability, Monthly
    Weather Review 78, 1-3; Wilks (2011), Statistical Methods in the Atmospheric Sciences, ch. 8.

    >>> scores = probability_scores(np.array([0.5, 0.5, 0.0, 0.0]), np.array([1, 0, 0, 0]) > 0)
    >>> scores["brier"], round(scores["brier_skill"], 3)
    (0.125, 0.333)
    """
    if not len(outcome):
        return dict.fromkeys(OF_PROBABILITIES)
    brier = float(((probability - outcome) ** 2).mean())
    rate = float(outcome.mean())
    reference = rate * (1 - rate)
    skill = 1 - brier / reference if reference > 0 else None
    slope = None
    if outcome.sum() >= FEWEST_FOR_SLOPE:
        slope = _or_none(calibration_slope(probability, outcome))
    return {"brier": brier, "brier_skill": skill, "calibration_slope": slope}


def calibration_slope(probability: Floats, outcome: Flags) -> float:
    """Slope b of the logistic regression of the outcome on the forecast, logit = a + b logit(p).

    1 where probabilities are as spread as they should be, below 1 where they are too extreme. nan
    where all or none came true, or the forecasts are all alike or part the outcomes without error.

    Source: Cox (1958), Two further applications of a model for binary regression, Biometrika 45,
    562-565.
    """
    odds = logit(np.clip(probability, SURE, 1 - SURE))
    is_parted = outcome.all() or not outcome.any() or np.ptp(odds) == 0
    if is_parted or _is_separated(odds, outcome):
        return float("nan")
    design = np.column_stack([np.ones(len(odds)), odds])
    # From the base rate: from a slope of 1 the steps run away where the true slope is below 0.
    fit = np.array([logit(outcome.mean()), 0.0])
    for _ in range(100):
        fitted = expit(design @ fit)
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        step = np.linalg.solve(information, design.T @ (outcome - fitted))
        fit = fit + step
        if np.abs(step).max() < 1e-10:
            return float(fit[1])
    return float("nan")


def resample_lineages(
    years: Sequence[JudgedYear], *, resamples: int = RESAMPLES, seed: int = 0
) -> Weights:
    """(L, 1 + R) how often each lineage is drawn, L of them with replacement; first, each once."""
    size = 1 + max((int(year.lineages.max(initial=-1)) for year in years), default=-1)
    weights = np.ones((size, 1 + resamples), dtype=np.uint8)
    if size:
        weights[:, 1:] = drawn_weights(size, resamples, np.random.default_rng(seed)).T
    return weights


def resampled(
    years: Sequence[JudgedYear],
    scores: Sequence[Floats],
    weights: Weights,
    *,
    most_of_scored: float | None = None,
) -> Resampled:
    """Average precision, P@20 and P@50 of each year under each column of weights.

    scores  : (K,) for each year
    weights : (L, 1 + R) from `resample_lineages`, the same for all rankings that are compared
    """
    found: list[Mapping[str, Ratio] | None] = [None] * len(years)
    for row, (year, values) in enumerate(zip(years, scores, strict=True)):
        if is_available(values):
            found[row] = _list_ratios(year, values, weights, most_of_scored)
    return found


def intervals(draws: Resampled, level: float = LEVEL) -> dict[str, Interval]:
    """Bounds of each measure, pooled over the years that are available.

    Source: percentile intervals, Efron and Tibshirani (1993), chapter 13.
    """
    return {name: interval(_pooled_draws(draws, name)[1:], level) for name in COMPARED}


def gains(
    ours: Resampled, theirs: Resampled, level: float = LEVEL
) -> dict[str, dict[str, float | int | None]]:
    """What one ranking has over another: measure -> gain, low, high and years_count.

    Both are pooled over the years where both are available, under the same resamples.
    """
    both = [row for row, (our, their) in enumerate(zip(ours, theirs, strict=True)) if our and their]
    our_years, their_years = [ours[row] for row in both], [theirs[row] for row in both]
    table: dict[str, dict[str, float | int | None]] = {}
    for name in COMPARED:
        difference = _pooled_draws(our_years, name) - _pooled_draws(their_years, name)
        low, high = interval(difference[1:], level)
        gain = _or_none(difference[0]) if len(both) else None
        table[name] = {"gain": gain, "low": low, "high": high, "years_count": len(both)}
    return table


def interval(values: Floats, level: float = LEVEL) -> Interval:
    """The middle ``level`` of resampled values, those that are not defined left out.

    >>> interval(np.array([0.0, 1.0, np.nan]), 1.0)
    (0.0, 1.0)
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return None, None
    low, high = percentile_interval(known, level)
    return float(low), float(high)


def _counts(years: Sequence[JudgedYear]) -> dict[str, float | int | None]:
    scored = sum(len(year.names) for year in years)
    take_offs = sum(int(year.is_take_off.sum()) for year in years)
    return {
        "years_count": len(years),
        "scored_count": scored,
        "take_off_count": take_offs,
        "group_count": sum(len(year.take_off_groups) for year in years),
        "base_rate": take_offs / scored if scored else None,
        "expected_by_chance": float(sum(year.chance.sum() for year in years)),
    }


def _ratios(year: JudgedYear, scores: Floats, most_of_scored: float | None) -> dict[str, Ratio]:
    once = np.ones((int(year.lineages.max(initial=-1)) + 1, 1), dtype=np.uint8)
    ratios = _list_ratios(year, scores, once, most_of_scored)
    called = calls(year, scores)
    to_be_had = len(year.take_off_groups)
    for k in LISTS:
        length = min(lines(k, len(year.names), most_of_scored), len(called))
        ratios[f"ceiling_{k}"] = _ratio(min(length, to_be_had), length)
    first = called[: lines(RECALLED, len(year.names), most_of_scored)]
    ratios["recall_100"] = _ratio(year.is_take_off[first].sum(), to_be_had)
    ratios["auc"] = _concordance(scores, year.is_take_off)
    return ratios


def _list_ratios(
    year: JudgedYear, scores: Floats, weights: Weights, most_of_scored: float | None
) -> dict[str, Ratio]:
    """Precision and average precision under (L, R) weights of lineages."""
    called = calls(year, scores)
    # A group is drawn with the lineage of its head, whichever member stands for it.
    of_calls = weights[year.lineages[year.groups[called]]]
    is_hit = year.is_take_off[called]
    to_be_had = weights[year.lineages[year.take_off_groups]].sum(axis=0, dtype=np.float64)
    ratios = {"average_precision": _average_precision(is_hit, of_calls, to_be_had)}
    for k in LISTS:
        length = lines(k, len(year.names), most_of_scored)
        ratios[f"precision_{k}"] = _precision(is_hit, of_calls, length)
    return ratios


def _precision(is_hit: Flags, weights: Weights, length: int) -> Ratio:
    """Hits among the first lines of a list that holds each call as often as its weight."""
    calls_needed = length
    # A resample may leave out any lineage: as many calls as fill the list in all of them.
    while calls_needed < len(weights) and weights[:calls_needed].sum(axis=0).min() < length:
        calls_needed *= 2
    first = weights[:calls_needed].astype(np.float64)
    taken = np.clip(length - (np.cumsum(first, axis=0) - first), 0, first)
    return is_hit[:calls_needed].astype(np.float64) @ taken, taken.sum(axis=0)


def _average_precision(is_hit: Flags, weights: Weights, to_be_had: Floats) -> Ratio:
    """Mean over take-offs of the precision of the list that ends with them, 0 where not called."""
    has_some = to_be_had > 0
    hits = np.flatnonzero(is_hit)
    if not len(hits):
        return np.zeros(len(to_be_had)), has_some.astype(np.float64)
    # Only the length of the list up to each hit is needed: the sums between one hit and the next.
    after_last = np.append(0, hits[:-1] + 1)
    stretches = np.add.reduceat(weights[: hits[-1] + 1], after_last, axis=0, dtype=np.int64)
    length, hit_weights = np.cumsum(stretches, axis=0), weights[hits].astype(np.float64)
    precision = np.cumsum(hit_weights, axis=0) / np.maximum(length, 1)
    mean = (hit_weights * precision).sum(axis=0) / np.where(has_some, to_be_had, 1)
    return np.where(has_some, mean, 0.0), has_some.astype(np.float64)


def _concordance(scores: Floats, is_take_off: Flags) -> Ratio:
    """Pairs in the right order, ties half, and all pairs of a take-off with another."""
    falling = np.where(np.isnan(scores), -np.inf, np.round(scores, DECIMALS))
    positives = int(is_take_off.sum())
    above = pairs_in_order(falling, is_take_off)
    return _ratio(above, positives * (len(scores) - positives))


def _is_separated(odds: Floats, outcome: Flags) -> bool:
    came, did_not = odds[outcome], odds[~outcome]
    return bool(came.min() >= did_not.max() or came.max() <= did_not.min())


def _ratio(above: float, below: float) -> Ratio:
    return np.array([float(above)]), np.array([float(below)])


def _pooled(ratios: Sequence[Ratio], size: int = 1) -> Floats:
    """(R,) sum of what stands above over the sum of what stands below; nan where that is 0."""
    above, below = np.zeros(size), np.zeros(size)
    for numerator, denominator in ratios:
        above, below = above + numerator, below + denominator
    pooled: Floats = np.divide(above, below, out=np.full(size, np.nan), where=below > 0)
    return pooled


def _pooled_draws(draws: Resampled, name: str) -> Floats:
    """(1 + R,), or (1,) of nan where no year is available."""
    known = [year[name] for year in draws if year]
    return _pooled(known, len(known[0][0]) if known else 1)


def _or_none(values: Floats | float) -> float | None:
    value = float(np.asarray(values).ravel()[0])
    return None if np.isnan(value) else value
