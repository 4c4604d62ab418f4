"""How well forecasts of new links came true: the area under the ROC curve beside every index, and the best k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from firstlight.errors import InputError
from firstlight.instruments.emergence.convergence import Bools, DrawnPairs, Floats, Ints

RESAMPLES = 200


def roc_area(score: Floats, is_joined: Bools, weight: Floats | None = None) -> float:
    """Probability that a joined pair scores above one that was not, ties counting half; nan without either.

    score, is_joined, weight : (n,); a weight says how many pairs each stands for

    >>> roc_area(np.array([3.0, 2.0, 2.0, 1.0]), np.array([True, True, False, False]))
    0.875
    """
    _, place = np.unique(score, return_inverse=True)
    return _area(place, is_joined, np.ones(len(score)) if weight is None else weight)


def _area(place: Ints, is_joined: Bools, weight: Floats) -> float:
    """From the place of each score among the distinct scores."""
    size = int(place.max(initial=-1)) + 1
    joined = np.bincount(place, weights=weight * is_joined, minlength=size)
    others = np.bincount(place, weights=weight * ~is_joined, minlength=size)
    total = joined.sum() * others.sum()
    below = np.cumsum(others) - others / 2
    return float((joined * below).sum() / total) if total else float("nan")


@dataclass(frozen=True)
class LinkCase:
    """Scores of the pairs drawn in one year's network: name -> (n,); terms of the network, (V,)."""

    scores: Mapping[str, Floats]
    drawn: DrawnPairs
    terms: Sequence[str]


@dataclass(frozen=True)
class LinkScores:
    """Areas under the ROC curve, ours and each index's, on the same pairs; means over the cases.

    area            : score's name -> value
    low, high       : of ours and of the best baseline, the 90% interval over resampled terms
    best            : the best of the named baselines, by area
    lead            : ours less the best baseline's; lead_low, lead_high its 90% interval
    candidates, joined : of all unlinked pairs, not only of those drawn
    """

    area: Mapping[str, float]
    low: Mapping[str, float]
    high: Mapping[str, float]
    best: str
    lead: float
    lead_low: float
    lead_high: float
    candidates: int
    joined: int


def score_links(
    cases: Sequence[LinkCase],
    *,
    baselines: tuple[str, ...],
    ours: str = "forecast",
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> LinkScores:
    """Mean areas over the cases, with intervals from drawing terms with replacement.

    Pairs of one term rise and fall together, so terms are resampled, the same in every case: a pair counts as often as the
    product of the times that its two terms are drawn (Snijders and Borgatti 1999, Connections 22(2)). Both scores of a
    lead are read on the same resamples.

    Raises  InputError where no pair of a case was joined, or all were.
    """
    for case in cases:
        if case.drawn.is_joined.all() or not case.drawn.is_joined.any():
            raise InputError(
                "pairs of one outcome only can't be ranked",
                where=f"{len(case.drawn.is_joined)} pairs drawn",
                try_next="choose a year or a horizon with new links",
            )
    names = tuple(cases[0].scores)
    place = [
        {name: np.unique(case.scores[name], return_inverse=True)[1] for name in names}
        for case in cases
    ]
    even = [np.ones(len(case.drawn.first)) for case in cases]
    area = dict(zip(names, _areas(cases, place, even, names).tolist(), strict=True))
    best = max(baselines, key=lambda name: (area[name], name))
    vocabulary = sorted({term for case in cases for term in case.terms})
    number = {term: row for row, term in enumerate(vocabulary)}
    rows = [np.array([number[term] for term in case.terms], dtype=np.int64) for case in cases]
    rng = np.random.default_rng(seed)
    pair = (ours, best)
    draws = np.full((resamples, 2), np.nan)
    for draw in range(resamples):
        drawn = rng.integers(0, len(vocabulary), len(vocabulary))
        times = np.bincount(drawn, minlength=len(vocabulary)).astype(np.float64)
        weights = [
            times[own[case.drawn.first]] * times[own[case.drawn.second]]
            for case, own in zip(cases, rows, strict=True)
        ]
        draws[draw] = _areas(cases, place, weights, pair)
    low, high = np.quantile(draws, [0.05, 0.95], axis=0) if resamples else np.full((2, 2), np.nan)
    lead_low, lead_high = (
        np.quantile(draws[:, 0] - draws[:, 1], [0.05, 0.95]) if resamples else (np.nan, np.nan)
    )
    return LinkScores(
        area,
        dict(zip(pair, low.tolist(), strict=True)),
        dict(zip(pair, high.tolist(), strict=True)),
        best,
        area[ours] - area[best],
        float(lead_low),
        float(lead_high),
        sum(case.drawn.candidates for case in cases),
        sum(case.drawn.joined for case in cases),
    )


def _areas(
    cases: Sequence[LinkCase],
    place: Sequence[Mapping[str, Ints]],
    weights: Sequence[Floats],
    names: tuple[str, ...],
) -> Floats:
    found = [
        [
            _area(own[name][weight > 0], case.drawn.is_joined[weight > 0], weight[weight > 0])
            for name in names
        ]
        for case, own, weight in zip(cases, place, weights, strict=True)
    ]
    return np.asarray(np.mean(found, axis=0), dtype=np.float64)
