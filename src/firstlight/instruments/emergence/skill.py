"""How good forecasts were: hits, ranking, probabilities, and how sure we may be of each figure.

Scores, probabilities and outcomes are (forecasts,) arrays; outcomes are 0 or 1 (or booleans). Leave out forecasts whose
outcome is not known: they raise InputError here, for nothing is dropped in silence. A figure that is not defined, such
as the AUC where all outcomes are alike, is nan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from firstlight.errors import InputError
from firstlight.instruments.emergence.shares import Array

NAN = float("nan")


@dataclass(frozen=True)
class Confusion:
    """Calls against outcomes: hits, false alarms, misses and correct rejections (numbers of forecasts)."""

    hits: int
    false_alarms: int
    misses: int
    correct_rejections: int


@dataclass(frozen=True)
class Reliability:
    """What came of forecasts of about the same probability; (bins,) arrays, empty bins left out, rising probability.

    predicted : mean predicted probability      observed : share that came true      count : forecasts in the bin
    """

    predicted: Array
    observed: Array
    count: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Calibration:
    """logit P(outcome) = intercept + slope * logit(p): 0 and 1 are perfect; a slope below 1 means overconfident."""

    intercept: float
    slope: float


@dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap interval; undefined = repeats whose figure was nan, left out of the interval."""

    estimate: float
    low: float
    high: float
    repeats: int
    undefined: int


@dataclass(frozen=True)
class Threshold:
    """Call what scores at or above `cut` (inf = call nothing, -inf = call all); `value` is the metric reached there."""

    cut: float
    value: float


def confusion(called: Any, outcomes: Any) -> Confusion:
    """Counts hits, false alarms, misses and correct rejections.

    >>> confusion([1, 1, 0, 0, 0], [1, 0, 1, 0, 0])
    Confusion(hits=1, false_alarms=1, misses=1, correct_rejections=2)
    """
    calls, truth = _pair(np.asarray(called, dtype=bool), outcomes)
    yes, came = calls > 0, truth > 0
    return Confusion(
        int((yes & came).sum()),
        int((yes & ~came).sum()),
        int((~yes & came).sum()),
        int((~yes & ~came).sum()),
    )


def csi(called: Any, outcomes: Any) -> float:
    """Critical success index (threat score): TP / (TP + FP + FN); nan where nothing was called and nothing came.

    >>> round(csi([1, 1, 0, 0, 0], [1, 0, 1, 0, 0]), 4)
    0.3333
    """
    table = confusion(called, outcomes)
    return float(_csi(table.hits, table.false_alarms, table.misses))


def ets(called: Any, outcomes: Any) -> float:
    """Equitable threat score: (TP-c) / (TP+FP+FN-c), c = (TP+FP)(TP+FN)/n; 0 for luck or calling all, 1 for perfect.

    >>> round(ets([1, 1, 0, 0, 0], [1, 0, 1, 0, 0]), 4)
    0.0909
    """
    table = confusion(called, outcomes)
    n = table.hits + table.false_alarms + table.misses + table.correct_rejections
    return float(_ets(table.hits, table.false_alarms, table.misses, n))


def base_rate(outcomes: Any) -> float:
    """The share of forecasts whose outcome came true; a score without it means nothing.

    >>> base_rate([1, 0, 0, 0])
    0.25
    """
    truth = _known(outcomes)
    return float(truth.mean()) if truth.size else NAN


def auc(scores: Any, outcomes: Any) -> float:
    """Area under the ROC curve: how often a case that came true outranks one that did not, ties counting half.

    By ranks (Mann and Whitney 1947). scores may be infinite. nan where all outcomes are alike.

    >>> auc([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0])
    0.875
    """
    s, truth = _pair(scores, outcomes)
    came = int(truth.sum())
    if came == 0 or came == truth.size:
        return NAN
    ranks = rankdata(s)
    return float((ranks[truth > 0].sum() - came * (came + 1) / 2.0) / (came * (truth.size - came)))


def brier(probabilities: Any, outcomes: Any) -> float:
    """Mean squared difference between probability and outcome (Brier 1950); 0 is perfect.

    >>> round(brier([0.8, 0.4], [1, 0]), 4)
    0.1
    """
    p, truth = _probabilities(probabilities, outcomes)
    return float(((p - truth) ** 2).mean()) if truth.size else NAN


def brier_skill(probabilities: Any, outcomes: Any, *, reference: float | None = None) -> float:
    """1 - Brier / Brier of a constant forecast: above 0 beats it.

    reference : the constant probability; the outcomes' own base rate unless said otherwise (hand in that of earlier
                years to compare with a forecast that could have been made)

    >>> round(brier_skill([0.8, 0.4], [1, 0]), 4)
    0.6
    """
    p, truth = _probabilities(probabilities, outcomes)
    constant = base_rate(truth) if reference is None else reference
    against = brier(np.full(p.shape, constant), truth) if truth.size else NAN
    return 1.0 - brier(p, truth) / against if against > 0 else NAN


def log_loss(probabilities: Any, outcomes: Any) -> float:
    """Mean of -ln(probability given to what happened), in nats; inf where a certainty was wrong.

    >>> round(log_loss([0.8, 0.4], [1, 0]), 4)
    0.367
    """
    p, truth = _probabilities(probabilities, outcomes)
    given = np.where(truth > 0, p, 1.0 - p)
    with np.errstate(divide="ignore"):  # ln 0 = -inf is the answer for a certainty that was wrong
        return float(-np.log(given).mean()) if truth.size else NAN


def reliability(
    probabilities: Any,
    outcomes: Any,
    *,
    bins: int = 10,
    spacing: Literal["quantile", "fixed"] = "quantile",
) -> Reliability:
    """Bins for a reliability diagram: of equal numbers of forecasts, or of equal width between 0 and 1.

    Equal probabilities always share a bin, so that the order of the rows does not matter.

    >>> table = reliability([0.1, 0.1, 0.9, 0.7], [0, 0, 1, 1], bins=2)
    >>> table.predicted.tolist(), table.observed.tolist(), table.count.tolist()
    ([0.1, 0.8], [0.0, 1.0], [2, 2])
    """
    p, truth = _probabilities(probabilities, outcomes)
    if bins < 1:
        raise InputError(f"{bins} bins", where="bins", try_next="use 1 or more")
    place = p if spacing == "fixed" else (rankdata(p, method="min") - 1.0) / max(p.size, 1)
    which = np.minimum((place * bins).astype(np.int64), bins - 1)
    count = np.bincount(which, minlength=bins)
    kept = count > 0
    mean = [
        np.bincount(which, weights=values, minlength=bins)[kept] / count[kept]
        for values in (p, truth)
    ]
    return Reliability(mean[0], mean[1], count[kept].astype(np.int64))


def calibration(probabilities: Any, outcomes: Any, *, edge: float = 1e-6) -> Calibration:
    """Logistic recalibration of outcomes on logit(probability) (Cox 1958), by Newton's method.

    edge : probabilities are read as at least `edge` and at most 1 - edge, since logit(0) is infinite
    Returns Calibration; nan where outcomes or probabilities are all alike or the probabilities part the outcomes
    perfectly (the slope is then infinite).

    >>> fit = calibration([0.2] * 10 + [0.8] * 10, [1] * 2 + [0] * 8 + [1] * 8 + [0] * 2)
    >>> abs(round(fit.intercept, 6)), round(fit.slope, 6)
    (0.0, 1.0)
    """
    p, truth = _probabilities(probabilities, outcomes)
    p = np.clip(p, edge, 1.0 - edge)
    x = np.log(p / (1.0 - p))
    if not truth.size or truth.min() == truth.max() or x.min() == x.max():
        return Calibration(NAN, NAN)
    came, failed = x[truth > 0], x[truth == 0]
    if came.min() >= failed.max() or failed.min() >= came.max():
        return Calibration(NAN, NAN)
    design, value = np.column_stack([np.ones_like(x), x]), np.inf
    beta: Array = np.zeros(2)
    step: Array = np.zeros(2)
    for _ in range(200):
        eta = design @ beta
        loss = float((np.logaddexp(0.0, eta) - truth * eta).sum())
        if loss > value + 1e-12 * abs(value):  # overshot: halve the last step
            step /= 2.0
            beta = beta - step
            continue
        value, mean = loss, 1.0 / (1.0 + np.exp(-np.clip(eta, -700, 700)))
        hessian = design.T @ (design * (mean * (1.0 - mean))[:, None])
        step = np.asarray(np.linalg.solve(hessian, design.T @ (truth - mean)), dtype=np.float64)
        if np.abs(step).max() < 1e-10:
            break
        beta = beta + step
    return Calibration(float(beta[0]), float(beta[1]))


def precision_at(scores: Any, outcomes: Any, k: int) -> float:
    """The share that came true among the k highest scores; where ties straddle the k-th place, its expected value.

    nan where there are fewer than k forecasts.

    >>> precision_at([3, 2, 2, 1], [1, 1, 0, 0], 2)
    0.75
    """
    s, truth = _pair(scores, outcomes)
    if k < 1:
        raise InputError(f"the top {k}", where="k", try_next="use 1 or more")
    if s.size < k:
        return NAN
    last = np.sort(s)[-k]
    above, tied = s > last, s == last
    return float((truth[above].sum() + truth[tied].mean() * (k - above.sum())) / k)


def best_threshold(scores: Any, outcomes: Any, metric: Literal["csi", "ets"] = "csi") -> Threshold:
    """The cut with the highest CSI or ETS on these forecasts (training years); the highest such cut on ties.

    Returns Threshold; its value is nan, and its cut inf, where the metric is defined for no cut.

    >>> best_threshold([0.9, 0.6, 0.5, 0.1], [1, 1, 0, 0])
    Threshold(cut=0.6, value=1.0)
    """
    s, truth = _pair(scores, outcomes)
    cuts, last = _cuts(s)
    if not cuts.size:
        return Threshold(np.inf, NAN)
    called = last + 1.0
    hits = np.cumsum(truth[np.argsort(-s, kind="stable")])[last]
    alarms, misses = called - hits, truth.sum() - hits
    values = (
        _csi(hits, alarms, misses) if metric == "csi" else _ets(hits, alarms, misses, float(s.size))
    )
    return _highest(cuts, np.asarray(values))


def expected_csi_threshold(probabilities: Any) -> Threshold:
    """The cut with the highest expected CSI if the probabilities are right: sum p above / (number above + sum p below).

    Needs no outcomes, so it fits each forecast year's own probabilities. The highest such cut on ties.

    >>> expected_csi_threshold([0.9, 0.8, 0.1]).cut
    0.8
    """
    p, _ = _probabilities(probabilities, np.zeros(np.shape(probabilities)))
    cuts, last = _cuts(p)
    if not cuts.size:
        return Threshold(np.inf, NAN)
    above = np.cumsum(-np.sort(-p))
    return _highest(cuts, above[last] / (last + 1.0 + above[-1] - above[last]))


def bootstrap_interval(
    metric: Callable[..., float],
    groups: Any,
    *arrays: Any,
    repeats: int = 1000,
    level: float = 0.9,
    seed: int = 0,
) -> Interval:
    """An interval for a metric by resampling whole groups (lineages) with replacement (Efron and Tibshirani 1993).

    Forecasts of one technology in several years are not independent; drawing lineages, not rows, allows for that.

    metric : takes the arrays, returns a number
    groups : (forecasts,), the lineage of each forecast; arrays : (forecasts, ...) each
    level  : 0.9 gives the 5th and the 95th percentile
    Returns Interval; low and high are nan where the metric is nan in every repeat.

    >>> bootstrap_interval(base_rate, ["a", "a", "b", "c"], [1, 1, 1, 1], repeats=10)
    Interval(estimate=1.0, low=1.0, high=1.0, repeats=10, undefined=0)
    """
    rows = [np.asarray(values) for values in arrays]
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    if any(values.shape[0] != member.size for values in rows) or not 0 < level < 1:
        raise InputError(
            "groups and arrays differ in length, or the level is not between 0 and 1",
            where="bootstrap",
        )
    order = np.argsort(member, kind="stable")
    size = np.bincount(member, minlength=names.size)
    start = np.cumsum(size) - size
    random, values = np.random.default_rng(seed), np.full(repeats, NAN)
    for repeat in range(repeats if names.size else 0):
        drawn = random.integers(names.size, size=names.size)
        length = size[drawn]
        offset = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        picked = order[np.repeat(start[drawn], length) + offset]
        values[repeat] = metric(*(array[picked] for array in rows))
    known = values[~np.isnan(values)]
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2]) if known.size else (NAN, NAN)
    return Interval(float(metric(*rows)), float(low), float(high), repeats, repeats - known.size)


def _csi(hits: Any, alarms: Any, misses: Any) -> Any:
    below = np.asarray(hits + alarms + misses, dtype=np.float64)
    return np.divide(hits, below, out=np.full(below.shape, NAN), where=below > 0)


def _ets(hits: Any, alarms: Any, misses: Any, n: float) -> Any:
    chance = (hits + alarms) * (hits + misses) / n if n else NAN
    below = np.asarray(hits + alarms + misses - chance, dtype=np.float64)
    # Calling all gives TP+FP+FN = n = c only where all came true; then 0/0.
    return np.divide(hits - chance, below, out=np.full(below.shape, NAN), where=below > 1e-12)


def _cuts(scores: Array) -> tuple[Array, npt.NDArray[np.intp]]:
    """Distinct scores from the highest down, and the place of the last forecast that each lets through."""
    falling = -np.sort(-scores)
    last = (
        np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
        if falling.size
        else np.zeros(0, dtype=np.intp)
    )
    return falling[last], last


def _highest(cuts: Array, values: Array) -> Threshold:
    if np.isnan(values).all():
        return Threshold(np.inf, NAN)
    best = int(np.nanargmax(values))
    return Threshold(float(cuts[best]), float(values[best]))


def _known(outcomes: Any) -> Array:
    truth = np.asarray(outcomes, dtype=np.float64)
    if truth.ndim != 1 or not np.isin(truth, (0.0, 1.0)).all():
        raise InputError(
            "outcomes must be a row of 0 and 1",
            where="outcomes",
            try_next="leave out forecasts whose outcome is not known (nan) and count them",
        )
    return truth


def _pair(scores: Any, outcomes: Any) -> tuple[Array, Array]:
    s, truth = np.asarray(scores, dtype=np.float64), _known(outcomes)
    if s.shape != truth.shape or np.isnan(s).any():
        raise InputError(
            f"scores of shape {s.shape} for outcomes of shape {truth.shape}, {int(np.isnan(s).sum())} of them nan",
            where="scores",
            try_next="hand in one score for each outcome, and leave out what has no score",
        )
    return s, truth


def _probabilities(probabilities: Any, outcomes: Any) -> tuple[Array, Array]:
    p, truth = _pair(probabilities, outcomes)
    if ((p < 0) | (p > 1)).any():
        raise InputError(
            "a probability outside 0 to 1",
            where="probabilities",
            try_next="calibrate the scores first",
        )
    return p, truth
