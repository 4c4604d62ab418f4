"""An ensemble that learns entries, exits and growth from transitions whose outcome, or what had
come of it, was known by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from firstlight.instruments.complexity.activity_table import Array
from firstlight.instruments.complexity.next_activities.entry_features import MEASURES, Period
from firstlight.numerics.ranks import average_ranks
from firstlight.numerics.solution_memory import remembered

Flags = NDArray[np.bool_]
Cells = tuple[NDArray[Any], ...]
"""Positions of rows and of columns."""
TARGETS = ("entry", "exit", "growth")
# that one forecast learns from, the same number of each transition
MOST_ROWS, MOST_FOREST_ROWS = 60_000, 20_000
# Chosen on invented worlds, before any real record was scored with them, and the same for every
# record: boosted small trees and a forest of random ones err in different ways, and few events are
# soon learnt by heart.
BOOSTED = {
    "max_iter": 80,
    "learning_rate": 0.05,
    "max_leaf_nodes": 6,
    "min_samples_leaf": 60,
    "l2_regularization": 5.0,
    "early_stopping": False,
}
FOREST = {"n_estimators": 60, "min_samples_leaf": 10, "max_features": 0.4}
# Chosen on the first forecast years of real tables, as docs/explanation/opportunities.md says; in
# an additive model with strong shrinkage nothing can be learnt by heart.
LOGISTIC = {"C": 0.01, "max_iter": 100}
SCALE_ROWS = 4_000  # that tell the ranks of a period


@dataclass(frozen=True)
class Known:
    """What is known at one period: measures of each place and activity, and who is a candidate for
    what.

    measures   : name -> array that broadcasts to (places, activities)
    candidates : target -> (places, activities)
    """

    now: Period
    measures: dict[str, Array]
    candidates: dict[str, Flags]

    def column(self, name: str, at: Cells) -> Array:
        """One measure of some pairs."""
        held = self.measures[name]
        rows = at[0] if held.shape[0] > 1 else 0
        columns = at[1] if held.shape[1] > 1 else 0
        return np.asarray(held[rows, columns] + np.zeros(at[0].size), float)

    def features(self, at: Cells) -> NDArray[np.float32]:
        """(pairs, measures), sign(x) log(1 + |x|) in single precision, nan where a measure isn't
        known."""
        found = np.empty((at[0].size, len(MEASURES)), np.float32)
        for k, name in enumerate(MEASURES):
            held = self.column(name, at)
            found[:, k] = np.sign(held) * np.log1p(np.abs(held))
        return found

    def scores(self, name: str, is_high_first: bool, at: Cells) -> Array:
        """One measure as a score, high is likely, equal to twelve digits is equal; what isn't known
        stands last."""
        part, power = np.frexp(self.column(name, at) * (1.0 if is_high_first else -1.0))
        # the rounding of a sum must not break a tie
        score = np.ldexp(np.round(part * 2.0**40), power - 40)
        known = np.isfinite(score)
        return np.where(known, score, (score[known].min() if known.any() else 0.0) - 1.0)


def candidates_at(past: Sequence[Period], absent: int) -> dict[str, Flags]:
    """Who could enter, leave or grow at the last of ``past``, among its places and activities.

    entry  : absent now, and in every table of the ``absent`` years before
    exit   : present now; growth : a value above 0
    """
    now = past[-1]
    is_here = now.own(now.presence) > 0
    open_ = ~is_here
    for one in past[:-1]:
        if one.period >= now.period - absent:
            open_ &= ~(now.own(one.presence) > 0)
    return {"entry": open_, "exit": is_here, "growth": now.own(now.values) > 0}


def outcomes(now: Period, later: Period) -> dict[str, NDArray[np.float64]]:
    """What came: entry, exit 0 or 1; growth of the share of the activity's total, -2 to 2, as (b -
    a) / mean(a, b).

    Returns target -> (places, activities of ``now``). Who has no row later has nothing.
    Source: Davis, Haltiwanger and Schuh (1996), Job Creation and Destruction (the growth rate).
    """
    came = now.own(later.presence) > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = [
            now.own(one.values) / np.asarray(one.values.sum(axis=0))[now.columns]
            for one in (now, later)
        ]
        growth = 2 * (np.nan_to_num(shares[1]) - shares[0]) / (np.nan_to_num(shares[1]) + shares[0])
    # a share that stays must not grow by the rounding of a sum
    growth = np.round(np.nan_to_num(growth), 12)
    return {"entry": came.astype(float), "exit": (~came).astype(float), "growth": growth}


@dataclass(frozen=True)
class Lessons:
    """Pairs of one transition to learn a target from, in a blind order: a part from the front is a
    blind draw.

    features : (pairs, measures); came : (pairs,)
    scale    : (some, measures), sorted: features of a blind draw of the candidates, which say what
               is high in this period
    """

    features: NDArray[np.float32]
    came: Flags
    scale: NDArray[np.float32]


def lessons_of(known: Known, target: str, came: Array, seed: int, most: int = MOST_ROWS) -> Lessons:
    """The pairs of a transition, at most as many as one forecast learns from; their order hangs on
    seed, period and target."""
    at = blind_draw(known, target, seed, most)
    features = known.features(at)
    return Lessons(features, came[at] > 0, np.sort(features[:SCALE_ROWS], axis=0))


def blind_draw(known: Known, target: str, seed: int, most: int) -> Cells:
    """At most as many candidates of a target, in an order that hangs on seed, period and target."""
    rows, columns = np.nonzero(known.candidates[target])
    rng = np.random.default_rng([seed, known.now.period % 2**32, TARGETS.index(target)])
    some = rng.permutation(rows.size)[:most]
    return rows[some], columns[some]


def normal_scores(features: NDArray[np.float32], scale: NDArray[np.float32]) -> Array:
    """Each feature as a normal quantile of its rank within the period, ties by their middle; 0
    where it isn't known.

    A level that drifts from period to period, or is skewed, is then the same to a linear model.

    >>> column = np.array([[1.0], [2.0], [2.0], [9.0]], np.float32)
    >>> normal_scores(column, column).round(2).ravel().tolist()
    [-1.15, 0.0, 0.0, 1.15]
    """
    found = np.zeros(features.shape)
    for k in range(features.shape[1]):
        own = scale[np.isfinite(scale[:, k]), k]
        known = np.isfinite(features[:, k])
        if own.size and known.any():
            ranks = sum(
                np.searchsorted(own, features[known, k], side) for side in ("left", "right")
            )
            quantiles = ndtri(
                np.clip(np.arange(2 * own.size + 1), 1, 2 * own.size - 1) / (2 * own.size)
            )
            found[known, k] = quantiles[ranks]
    return found


def directions(lessons: Sequence[Lessons]) -> dict[str, bool]:
    """Whether high or low values of each measure went with what came, in the lessons (AUC of at
    least 0.5); high without any."""
    most = MOST_FOREST_ROWS // max(len(lessons), 1)
    came = _came(lessons, most)
    found = dict.fromkeys(MEASURES, True)
    if not came.any() or came.all():
        return found
    features = np.concatenate([one.features[:most] for one in lessons])
    for k, name in enumerate(MEASURES):
        known = np.isfinite(features[:, k])
        ranks, hit = average_ranks(features[known, k]), came[known]
        if hit.any() and not hit.all():
            found[name] = bool(ranks[hit].mean() >= ranks[~hit].mean())
    return found


def _came(lessons: Sequence[Lessons], most: int) -> Flags:
    """What came in so many rows of each lesson; (0,) without any."""
    return np.concatenate([np.zeros(0, bool), *(one.came[:most] for one in lessons)])


def learnt_chance(lessons: Sequence[Lessons], known: Known, target: str, seed: int) -> Array:
    """The chance of each candidate by models that were fitted on the lessons: boosted trees and a
    forest weigh a half together, a logistic regression of normal scores the other half.

    Returns (candidates,), 0 to 1, in the order of the rows and columns of the table; nan without
    events in the lessons.
    Source: Friedman (2001), Annals of Statistics 29(5), 1189-1232 (boosting); Geurts, Ernst and
            Wehenkel (2006), Machine Learning 63, 3-42 (extremely randomised trees); Hoerl and
            Kennard (1970), Technometrics 12(1), 55-67 (shrinkage).
    """
    at: Cells = np.nonzero(known.candidates[target])
    asked = known.features(at)
    scale = np.sort(known.features(blind_draw(known, target, seed, SCALE_ROWS)), axis=0)
    read = [part for one in lessons for part in (one.features, one.came, one.scale)]
    return remembered(
        ["chances", seed, asked, scale, *read], lambda: [_learnt(lessons, asked, scale, seed)]
    )[0]


def _learnt(
    lessons: Sequence[Lessons], asked: NDArray[np.float32], scale: NDArray[np.float32], seed: int
) -> Array:
    # here, for it takes longer than a second: the help and the doctor look at every measurement
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    total = np.zeros(len(asked))
    for model, most, weight in (
        (HistGradientBoostingClassifier(**BOOSTED, random_state=seed), MOST_ROWS, 0.25),
        (ExtraTreesClassifier(**FOREST, random_state=seed), MOST_FOREST_ROWS, 0.25),
        (LogisticRegression(**LOGISTIC), MOST_ROWS, 0.5),
    ):
        size = most // max(len(lessons), 1)
        came = _came(lessons, size)
        if not len(asked) or not came.any() or came.all():
            return np.full(len(asked), np.nan)
        features: NDArray[Any]
        candidates: NDArray[Any]
        if isinstance(model, LogisticRegression):
            features = np.concatenate(
                [normal_scores(one.features[:size], one.scale) for one in lessons]
            )
            candidates = normal_scores(asked, scale)
        else:
            features, candidates = np.concatenate([one.features[:size] for one in lessons]), asked
        some = np.isfinite(features).any(axis=0)  # changes are not known in the first periods
        model.fit(features[:, some], came)  # weights would make binning a hundred times slower
        total += weight * model.predict_proba(candidates[:, some])[:, 1]
    return np.asarray(np.round(total, 9), float)
