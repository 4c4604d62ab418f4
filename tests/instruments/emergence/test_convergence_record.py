"""Areas under the ROC curve, however many pairs are drawn; leads with intervals over terms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from firstlight.errors import InputError
from firstlight.instruments.emergence.convergence import DrawnPairs
from firstlight.instruments.emergence.convergence_record import LinkCase, roc_area, score_links

scored = st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(1, 4)), min_size=2, max_size=40).filter(
    lambda rows: 0 < sum(row[1] for row in rows) < len(rows)
)


@settings(max_examples=200, deadline=None)
@given(scored, st.integers(2, 5))
def test_the_area_agrees_with_another_library_and_with_copies_of_pairs(rows, times) -> None:
    score, joined, weight = (np.array(column) for column in zip(*rows, strict=True))
    score = score.astype(float)
    area = roc_area(score, joined, weight.astype(float))
    assert area == pytest.approx(roc_auc_score(joined, score, sample_weight=weight))
    # A pair of weight 3 is three pairs; all others drawn several times over change nothing.
    assert area == pytest.approx(roc_area(np.repeat(score, weight), np.repeat(joined, weight)))
    assert area == pytest.approx(roc_area(score, joined, weight * np.where(joined, 1.0, times)))
    assert area == pytest.approx(1 - roc_area(-score, joined, weight.astype(float)))


def test_drawing_fewer_of_either_kind_leaves_the_area_where_it_is() -> None:
    """The mean over draws is the area of all pairs, within four standard errors; the base rate moves tenfold."""
    rng = np.random.default_rng(1)
    joined = rng.random(20_000) < 0.05
    score = rng.normal(size=20_000) + joined
    whole = roc_area(score, joined)
    others, few = np.flatnonzero(~joined), np.flatnonzero(joined)
    draws = []
    for _ in range(200):
        kept = np.concatenate([rng.choice(few, 300, replace=False), rng.choice(others, 400, replace=False)])
        draws.append(roc_area(score[kept], joined[kept]))
    assert np.mean(draws) == pytest.approx(whole, abs=4 * np.std(draws) / np.sqrt(200))
    assert np.std(draws) < 0.03


def case_of(lead: float, seed: int = 2, size: int = 60) -> LinkCase:
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(size, 1)
    joined = rng.random(len(first)) < 0.2
    noise = rng.normal(size=len(first))
    base = noise + joined
    drawn = DrawnPairs(first, second, joined, len(first), int(joined.sum()))
    scores = {"index": base, "other": rng.normal(size=len(first)), "forecast": base + lead * joined}
    return LinkCase(scores, drawn, [f"{seed}-{i}" if i % 2 else f"{i}" for i in range(size)])


def test_a_lead_over_the_best_baseline_has_an_interval() -> None:
    same = score_links([case_of(0.0)], baselines=("index", "other"), resamples=40)
    assert (same.best, same.lead, same.lead_low, same.lead_high) == ("index", 0, 0, 0)
    better = score_links([case_of(0.6), case_of(0.6, 3)], baselines=("index", "other"), resamples=100)
    assert 0 < better.lead_low < better.lead < better.lead_high
    assert better.low["forecast"] < better.area["forecast"] < better.high["forecast"]
    assert better.candidates == 2 * 60 * 59 // 2
    again = score_links([case_of(0.6), case_of(0.6, 3)], baselines=("index", "other"), resamples=100)
    assert again == better


def world(seed: int) -> LinkCase:
    """Terms of their own warmth and of a kind that a forecast knows in part."""
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(80, 1)
    heat, error = rng.normal(size=(2, 80))
    joined = heat[first] + heat[second] + rng.normal(size=len(first)) > 2
    drawn = DrawnPairs(first, second, joined, len(first), int(joined.sum()))
    scores = {"index": rng.normal(size=len(first)), "forecast": (heat + 2 * error)[first] + (heat + 2 * error)[second]}
    return LinkCase(scores, drawn, [str(i) for i in range(80)])


def test_the_interval_is_as_wide_as_areas_differ_between_worlds() -> None:
    """Pairs of one term are no independent draws: an interval over pairs would be several times too narrow."""
    areas = [roc_area(case.scores["forecast"], case.drawn.is_joined) for case in map(world, range(150))]
    found = [score_links([world(seed)], baselines=("index",), resamples=100) for seed in range(8)]
    width = np.mean([own.high["forecast"] - own.low["forecast"] for own in found])
    assert 0.75 < width / (2 * 1.645 * np.std(areas)) < 1.4
    case = world(0)
    rng, size = np.random.default_rng(1), len(case.drawn.first)
    pairs = [rng.integers(0, size, size) for _ in range(100)]
    by_pairs = np.std([roc_area(case.scores["forecast"][rows], case.drawn.is_joined[rows]) for rows in pairs])
    assert by_pairs < 0.5 * np.std(areas)


def test_one_outcome_only_is_refused() -> None:
    case = case_of(0.1)
    none = DrawnPairs(case.drawn.first, case.drawn.second, np.zeros(len(case.drawn.first), dtype=bool), 10, 0)
    with pytest.raises(InputError, match="one outcome only"):
        score_links([LinkCase(case.scores, none, case.terms)], baselines=("index",))
