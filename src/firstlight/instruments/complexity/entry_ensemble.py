"""A tree ensemble that learns entries, exits and growth from transitions whose outcome was known at the forecast period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier

from firstlight.instruments.complexity.activity_table import Array
from firstlight.instruments.complexity.entry_features import MEASURES, Period
from firstlight.numerics.solution_memory import remembered

Flags = NDArray[np.bool_]
Cells = tuple[NDArray[Any], ...]
"""Positions of rows and of columns."""
TARGETS = ("entry", "exit", "growth")
MOST_ROWS, MOST_FOREST_ROWS = 60_000, 20_000  # that one forecast learns from, the same number of each transition
# Chosen on invented worlds, before any real record was scored with them, and the same for every record: boosted small trees and
# a forest of random ones err in different ways, and few events are soon learnt by heart.
BOOSTED = {
    "max_iter": 80,
    "learning_rate": 0.05,
    "max_leaf_nodes": 6,
    "min_samples_leaf": 60,
    "l2_regularization": 5.0,
    "early_stopping": False,
}
FOREST = {"n_estimators": 60, "min_samples_leaf": 10, "max_features": 0.4}


@dataclass(frozen=True)
class Known:
    """What is known at one period: measures of each place and activity, and who is a candidate for what.

    measures   : name -> array that broadcasts to (places, activities)
    candidates : target -> (places, activities)
    """

    now: Period
    measures: dict[str, Array]
    candidates: dict[str, Flags]

    def column(self, name: str, at: Cells) -> Array:
        """One measure of some pairs."""
        held = self.measures[name]
        rows, columns = (at[k] if held.shape[k] > 1 else 0 for k in (0, 1))
        return np.asarray(held[rows, columns] + np.zeros(at[0].size), float)

    def features(self, at: Cells) -> NDArray[np.float32]:
        """(pairs, measures), sign(x) log(1 + |x|) in single precision, nan where a measure isn't known."""
        found = np.empty((at[0].size, len(MEASURES)), np.float32)
        for k, name in enumerate(MEASURES):
            held = self.column(name, at)
            found[:, k] = np.sign(held) * np.log1p(np.abs(held))
        return found

    def scores(self, name: str, is_high_first: bool, at: Cells) -> Array:
        """One measure as a score, high is likely; what isn't known stands last."""
        score = self.column(name, at) * (1.0 if is_high_first else -1.0)
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
    """What came: entry, exit 0 or 1; growth of the share of the activity's total, -2 to 2, as (b - a) / mean(a, b).

    Returns target -> (places, activities of ``now``). Who has no row later has nothing.
    Source: Davis, Haltiwanger and Schuh (1996), Job Creation and Destruction (the growth rate).
    """
    came = now.own(later.presence) > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = [now.own(one.values) / np.asarray(one.values.sum(axis=0))[now.columns] for one in (now, later)]
        growth = 2 * (np.nan_to_num(shares[1]) - shares[0]) / (np.nan_to_num(shares[1]) + shares[0])
    growth = np.round(np.nan_to_num(growth), 12)  # a share that stays must not grow by the rounding of a sum
    return {"entry": came.astype(float), "exit": (~came).astype(float), "growth": growth}


@dataclass(frozen=True)
class Lessons:
    """Pairs of one transition to learn a target from, in a blind order: a part from the front is a blind draw.

    features : (pairs, measures); came : (pairs,)
    """

    features: NDArray[np.float32]
    came: Flags


def lessons_of(known: Known, target: str, came: Array, seed: int) -> Lessons:
    """The pairs of a transition, at most as many as one forecast learns from; their order hangs on seed, period and target."""
    at: Cells = np.nonzero(known.candidates[target])
    rng = np.random.default_rng([seed, known.now.period % 2**32, TARGETS.index(target)])
    some = rng.permutation(at[0].size)[:MOST_ROWS]
    at = (at[0][some], at[1][some])
    return Lessons(known.features(at), came[at] > 0)


def directions(lessons: Sequence[Lessons]) -> dict[str, bool]:
    """Whether high or low values of each measure went with what came, in the lessons (AUC of at least 0.5); high without any."""
    most = MOST_FOREST_ROWS // max(len(lessons), 1)
    came = np.concatenate([one.came[:most] for one in lessons]) if lessons else np.zeros(0, bool)
    found = dict.fromkeys(MEASURES, True)
    if not came.any() or came.all():
        return found
    features = np.concatenate([one.features[:most] for one in lessons])
    for k, name in enumerate(MEASURES):
        known = np.isfinite(features[:, k])
        ranks, hit = rankdata(features[known, k]), came[known]
        if hit.any() and not hit.all():
            found[name] = bool(ranks[hit].mean() >= ranks[~hit].mean())
    return found


def learnt_chance(lessons: Sequence[Lessons], known: Known, target: str, seed: int) -> Array:
    """The chance of each candidate: mean of boosted trees and a forest that were fitted on the lessons; nan without events in them.

    Returns (candidates,), 0 to 1, in the order of the rows and columns of the table.
    Source: Friedman (2001), Annals of Statistics 29(5), 1189-1232 (boosting); Geurts, Ernst and Wehenkel (2006), Machine
            Learning 63, 3-42 (extremely randomised trees).
    """
    at: Cells = np.nonzero(known.candidates[target])
    asked = known.features(at)
    read = [part for one in lessons for part in (one.features, one.came)]
    return remembered(["chances", seed, asked, *read], lambda: [_learnt(lessons, asked, seed)])[0]


def _learnt(lessons: Sequence[Lessons], asked: NDArray[np.float32], seed: int) -> Array:
    boosted = HistGradientBoostingClassifier(**BOOSTED, random_state=seed)
    forest = ExtraTreesClassifier(**FOREST, random_state=seed)
    total = np.zeros(len(asked))
    for model, most in ((boosted, MOST_ROWS), (forest, MOST_FOREST_ROWS)):
        part = [(one.features[:size], one.came[:size]) for one in lessons for size in [most // len(lessons)]]
        came = np.concatenate([own for _, own in part]) if part else np.zeros(0, bool)
        if not len(asked) or not came.any() or came.all():
            return np.full(len(asked), np.nan)
        features = np.concatenate([own for own, _ in part])
        some = np.isfinite(features).any(axis=0)  # changes are not known in the first periods
        model.fit(features[:, some], came)  # weights would make binning a hundred times slower
        total += model.predict_proba(asked[:, some])[:, 1]
    return np.asarray(np.round(total / 2, 9), float)
