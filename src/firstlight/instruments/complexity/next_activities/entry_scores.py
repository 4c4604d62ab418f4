"""How well a score picks what came: AUC, average precision, precision at k of each place; and
intervals over places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.complexity.activity_table import Array
from firstlight.numerics.known_values import known_mean
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]
BINS = 256  # of ranks, for intervals: finer towards the top, where average precision is decided


@dataclass(frozen=True)
class EntryScore:
    """How one score did among the candidates of one forecast.

    auc, average_precision : nan where nothing, or everything, came
    precision, blind       : (k,): mean over places with k candidates or more of the share of their
                             first k that came, and of the share of all their candidates that came,
                             which is what a blind choice would hit
    resampled              : (2 + k, draws): auc, average precision and precision in each resample
        of places
    """

    auc: float
    average_precision: float
    precision: Array
    blind: Array
    resampled: Array


def score_entries(
    score: Array,
    came: Flags,
    place: Whole,
    *,
    at: Sequence[int] = (10, 50),
    draws: Array | None = None,
) -> EntryScore:
    """AUC, average precision and precision at k of each place, ties by their expectation, and what
    resamples of places say.

    average precision = sum over thresholds of (recall gained) x (precision there), equals taken
    together; AUC = chance that one that came stands above one that didn't, equals by half. Where
    ties stand across the k-th, each of them counts by its chance. Resamples use ranks in bins,
    finest at the top; the difference to the exact figure is added back to each.

    score : (candidates,), finite, high is likely; came : (candidates,); place : (candidates,), 0 to
            places - 1
    draws : (resamples, places), how often each place was drawn; None for none
    Returns EntryScore.
    Raises  InputError for lengths that differ or a score that isn't finite.
    Source: Davis and Goadrich (2006), ICML, 233-240; Fawcett (2006), Pattern Recognition Letters
            27(8), 861-874.

    >>> found = score_entries(np.array([3.0, 2, 1, 0]), np.array([True, False, True, False]),
    ...     np.zeros(4, int), at=(2,))
    >>> found.auc, round(found.average_precision, 4), found.precision.tolist(), found.blind.tolist()
    (0.75, 0.8333, [0.5], [0.5])
    """
    if score.shape != came.shape or score.shape != place.shape or score.ndim != 1:
        given = {"scores": score, "outcomes": came, "places": place}
        shapes = {name: Name(str(each.shape)) for name, each in given.items()}
        raise InputError(message("unlike_shapes", **shapes), FOLDER)
    if not np.isfinite(score).all():
        raise InputError(message("score_not_finite"), FOLDER)
    order = np.argsort(-score, kind="stable")
    ordered, hit = score[order], came[order].astype(float)
    # equal scores have no order among them: they count together, where their run ends
    ends = np.flatnonzero(np.diff(ordered, append=-np.inf))
    ones = np.diff(np.cumsum(hit)[ends], prepend=0.0)
    zeros = np.diff(ends + 1, prepend=0) - ones
    auc, precision = _curves(ones[None], zeros[None])
    by_place = _precision_of_places(score, came, place, order, at)
    resampled = np.zeros((2 + len(at), 0))
    if draws is not None and score.size:
        size = draws.shape[1]
        bins = _bins(ends, score.size)
        of = np.empty(score.size, int)
        of[order] = np.repeat(bins, np.diff(np.r_[0, ends + 1]))
        # The first row is no resample: each place once, which tells what the bins cost.
        resampled = _resampled(
            of, came, place, np.concatenate([np.ones((1, size)), draws]), by_place
        )
        resampled[0] += auc[0] - resampled[0, 0]
        resampled[1] += precision[0] - resampled[1, 0]
        resampled = resampled[:, 1:]
    return EntryScore(
        auc=float(auc[0]),
        average_precision=float(precision[0]),
        precision=np.array([known_mean(own[:, 0]) for own in by_place]),
        blind=np.array([known_mean(own[:, 1]) for own in by_place]),
        resampled=resampled,
    )


def _curves(ones: Array, zeros: Array) -> tuple[Array, Array]:
    """AUC and average precision, of counts (rows, thresholds), the highest threshold first."""
    all_ones, all_zeros = ones.sum(axis=1), zeros.sum(axis=1)
    above, below = np.cumsum(ones, axis=1), all_zeros[:, None] - np.cumsum(zeros, axis=1)
    taken = above + np.cumsum(zeros, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = (ones * (below + zeros / 2)).sum(axis=1) / (all_ones * all_zeros)
        share = np.where(taken > 0, above / taken, 0.0)
        precision = (ones * share).sum(axis=1) / all_ones
    nothing = (all_ones == 0) | (all_zeros == 0)
    return np.where(nothing, np.nan, auc), np.where(nothing, np.nan, precision)


def _bins(ends: Whole, size: int) -> Whole:
    """The bin of each threshold by its last rank, so that equals share one."""
    edges = np.unique(np.r_[np.geomspace(1, size, BINS), np.linspace(1, size, BINS // 4)].round())
    return np.asarray(np.unique(np.searchsorted(edges, ends + 1), return_inverse=True)[1], np.int64)


def _binned(of: Whole, came: Flags, place: Whole, draws: Array) -> tuple[Array, Array]:
    count, size = int(of.max()) + 1, draws.shape[1]
    cell = place * count + of
    ones = np.bincount(cell[came], minlength=size * count).reshape(size, count)
    zeros = np.bincount(cell[~came], minlength=size * count).reshape(size, count)
    return draws @ ones.astype(float), draws @ zeros.astype(float)


def _resampled(of: Whole, came: Flags, place: Whole, draws: Array, by_place: list[Array]) -> Array:
    size = draws.shape[1]
    rows = list(_curves(*_binned(of, came, place, draws)))
    for own in by_place:
        known = np.zeros((size, 2))
        known[: len(own), 0], known[: len(own), 1] = (
            np.nan_to_num(own[:, 0]),
            np.isfinite(own[:, 0]),
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            total = draws @ known
            rows.append(total[:, 0] / total[:, 1])
    return np.array(rows)


def _precision_of_places(
    score: Array, came: Flags, place: Whole, order: Whole, at: Sequence[int]
) -> list[Array]:
    """For each k (places, 2): share of the first k that came, and of all candidates; nan for fewer
    candidates than k.

    order : of the candidates, highest score first
    """
    size = int(place.max(initial=-1)) + 1
    # sixteen bits are sorted by counting
    narrow = place.astype(np.int16) if size < 2**15 else place
    order = order[np.argsort(narrow[order], kind="stable")]
    own, hit, value = place[order], came[order].astype(float), score[order]
    count, total = np.bincount(place, minlength=size), np.bincount(place, came, minlength=size)
    start = np.r_[0, np.cumsum(count)[:-1]]
    tables = []
    for k in at:
        found, some = np.full((size, 2), np.nan), np.flatnonzero(count >= k)
        last = np.full(size, np.inf)
        last[some] = value[start[some] + k - 1]
        top = np.flatnonzero(value >= last[own])
        is_tied = value[top] == last[own[top]]
        parts = [~is_tied, ~is_tied * hit[top], is_tied, is_tied * hit[top]]
        above, above_hit, tied, tied_hit = (
            np.bincount(own[top], part, minlength=size)[some] for part in parts
        )
        found[some, 0] = (above_hit + (k - above) * tied_hit / tied) / k
        found[some, 1] = total[some] / count[some]
        tables.append(found)
    return tables
