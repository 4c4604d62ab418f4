"""Draws of all choices at once: ranks of the units under each, and Sobol indices of the choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.composites.aggregations import MEANS
from firstlight.instruments.composites.index_declaration import with_choices
from firstlight.instruments.composites.index_draws import (
    draw_ranks,
    draw_scores,
    without_indicator,
)
from firstlight.instruments.composites.indicator_table import IndicatorTable
from firstlight.instruments.composites.rank_robustness.varied_choices import Levels
from firstlight.instruments.composites.scored_table import scores_of
from firstlight.instruments.composites.sobol_indices import SobolIndices, sobol_indices
from firstlight.measurement import Progress

Floats = NDArray[np.float64]
Ints = NDArray[np.int_]
SCALED = ("missing", "outliers", "normalisation")  # what a scale rests on
NAMED = (*SCALED, "weighting", "aggregation")


@dataclass(frozen=True)
class RankDraws:
    """Ranks of n units in d draws of all choices.

    Attributes
    ----------
    ranks
        (d, n)
    levels
        Choice -> (d,), the number of the level that was drawn.
    varied
        The choices that vary, f of them.
    sobol
        Indices of (f, 1 + n): of the mean shift in rank, and of the rank of each unit.
    """

    ranks: Ints
    levels: Mapping[str, Ints]
    varied: tuple[str, ...]
    sobol: SobolIndices


@dataclass(frozen=True)
class _Prepared:
    """Scales and weights under every level, for the rows that are judged.

    scales : (missing, outliers, normalisation) -> (n, k)
    constant : the same -> (k,), what has no weight on that scale
    weights : (missing, outliers, weighting) -> (k,)
    """

    levels: Levels
    rows: Ints
    is_by_year: bool
    scales: Mapping[tuple[str, ...], Floats]
    constant: Mapping[tuple[str, ...], NDArray[np.bool_]]
    weights: Mapping[tuple[str, ...], Floats]


def rank_draws(
    table: IndicatorTable,
    levels: Levels,
    rows: Ints,
    base: Ints,
    draws: int,
    seed: int,
    progress: Progress | None = None,
) -> RankDraws:
    """Draws of all choices that vary, each by itself, and what they do to ranks.

    table : the indicators
    levels : what is drawn from
    rows, base : which rows are judged, and their ranks by the declaration itself
    draws : how many; two samples of half as many give the Sobol indices
    progress : called with the samples done and all of them
    """
    prepared = _prepared(table, levels, rows)
    columns = len(NAMED) + 1 + len(levels.declaration.indicators)
    half = max(1, draws // 2)
    a, b = np.random.default_rng(seed).random((2, half, columns))
    both = np.concatenate([a, b])
    ranks = _ranks(prepared, both)
    halves = [_results(ranks[:half], base), _results(ranks[half:], base)]
    mixed = list[Floats]()
    for place, choice in enumerate(levels.varied):
        swapped = a.copy()
        places = _columns(choice, columns)
        swapped[:, places] = b[:, places]
        mixed.append(_results(_ranks(prepared, swapped), base))
        if progress is not None:
            progress(place + 1, len(levels.varied))
    shape = (len(mixed), half, len(rows) + 1)
    sobol = sobol_indices(halves[0], halves[1], np.reshape(mixed, shape))
    return RankDraws(ranks, _picked(levels, both), levels.varied, sobol)


def _results(ranks: Ints, base: Ints) -> Floats:
    """The mean shift in rank, and the ranks."""
    shift = np.abs(ranks - base).mean(axis=1)
    return np.column_stack([shift, ranks.astype(float)])


def _columns(choice: str, count: int) -> list[int]:
    """The columns of the random numbers that a choice is drawn by; weights have one each."""
    if choice in NAMED:
        return [NAMED.index(choice)]
    first = len(NAMED)
    return [first] if choice == "left_out" else list(range(first + 1, count))


def _picked(levels: Levels, uniform: Floats) -> dict[str, Ints]:
    """The level that each draw takes of each choice; of what is left out 0 for nothing."""
    counts = {choice: len(levels.drawn(choice)) for choice in NAMED}
    counts["left_out"] = len(levels.left_out) + 1
    return {
        choice: (uniform[:, place] * count).astype(int)
        for place, (choice, count) in enumerate(counts.items())
    }


def _prepared(table: IndicatorTable, levels: Levels, rows: Ints) -> _Prepared:
    """Every scale and weighting once."""
    declaration = levels.declaration
    scales = dict[tuple[str, ...], Floats]()
    constant = dict[tuple[str, ...], NDArray[np.bool_]]()
    weights = dict[tuple[str, ...], Floats]()
    treatments = list(product(levels.drawn("missing"), levels.drawn("outliers")))
    plain = with_choices(declaration, aggregation="arithmetic")
    for missing, outliers in treatments:
        treated = with_choices(plain, missing=missing, outliers=outliers)
        for scale in levels.drawn("normalisation"):
            scores = scores_of(table, with_choices(treated, normalisation=scale, weights="equal"))
            scales[missing, outliers, scale] = scores.normalised
            constant[missing, outliers, scale] = scores.is_constant[rows[0]]
        for weighting in levels.drawn("weighting"):
            scores = scores_of(table, with_choices(treated, weights=weighting))
            weights[missing, outliers, weighting] = scores.weights[rows[0]]
    is_by_year = declaration.choices.over == "year"
    return _Prepared(levels, rows, is_by_year, scales, constant, weights)


def _ranks(prepared: _Prepared, uniform: Floats) -> Ints:
    """(d, n), the ranks of the judged rows under each draw."""
    picked = _picked(prepared.levels, uniform)
    w = _weights(prepared, picked, uniform)
    ranks = np.empty((len(uniform), len(prepared.rows)), int)
    for one, which in _alike(prepared.levels, picked, (*SCALED, "aggregation")):
        u = prepared.scales[one[:-1]]
        ranks[which] = draw_ranks(_scores(prepared, u, w[which], one[-1]))
    return ranks


def _weights(prepared: _Prepared, picked: Mapping[str, Ints], uniform: Floats) -> Floats:
    """(d, k), the weights of each draw, which add up to 1."""
    levels = prepared.levels
    w = np.empty((len(uniform), len(levels.declaration.indicators)))
    for one, which in _alike(levels, picked, (*SCALED, "weighting")):
        missing, outliers, scale, weighting = one
        prepared_weights = prepared.weights[missing, outliers, weighting]
        w[which] = np.where(prepared.constant[missing, outliers, scale], 0.0, prepared_weights)
    w *= 1 + levels.weight_change * (2 * uniform[:, len(NAMED) + 1 :] - 1)
    left_out = np.array([-1, *levels.left_out])[picked["left_out"]]
    w = without_indicator(w, left_out, levels.declaration.tree)
    return np.asarray(w / w.sum(axis=1, keepdims=True))


def _alike(
    levels: Levels, picked: Mapping[str, Ints], choices: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Ints]]:
    """The levels of some choices that draws took, and the draws that took them."""
    names = [levels.drawn(choice) for choice in choices]
    sizes = tuple(map(len, names))
    code = np.ravel_multi_index(tuple(picked[choice] for choice in choices), sizes)
    for level in np.unique(code):
        at = np.unravel_index(level, sizes)
        one = tuple(name[int(place)] for name, place in zip(names, at, strict=True))
        yield one, np.flatnonzero(code == level)


def _scores(prepared: _Prepared, u: Floats, w: Floats, aggregation: str) -> Floats:
    """(d, n), the scores of the judged rows; distances from the best are those of all rows that
    share the scale."""
    declared = with_choices(prepared.levels.declaration, aggregation=aggregation)
    if aggregation in MEANS or prepared.is_by_year:
        return draw_scores(u[prepared.rows], w, declared)
    return draw_scores(u, w, declared)[:, prepared.rows]
