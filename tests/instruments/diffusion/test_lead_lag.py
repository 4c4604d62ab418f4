"""Lead and lag: the test keeps its size where nothing leads, finds planted leads, and says how
often it would."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from firstlight.errors import InputError
from firstlight.instruments.diffusion.lead_lag import (
    growth_series,
    lag,
    lead_lag,
    lead_lag_power,
    pooled_lag,
)

YEARS = 25
FIRST, SECOND = (
    np.round(np.geomspace(2000, 20000, YEARS)),
    np.round(np.geomspace(1000, 3000, YEARS)),
)
Worlds = tuple[np.ndarray, np.ndarray]


def world(seed: int, technologies: int, ahead: int | None, mean: float = 100) -> Worlds:
    """Counts of two records: rises at random dates, the second behind the first; None: rises of its
    own."""
    rng = np.random.default_rng(seed)
    t = np.arange(YEARS + 10.0)

    def curves() -> np.ndarray:
        middle, width = (
            rng.uniform(-5, YEARS + 15, (2, technologies, 1)),
            rng.uniform(1.5, 4, (technologies, 1)),
        )
        height = rng.uniform(-1, 2.5, (2, technologies, 1))
        rises = sum(h / (1 + np.exp(-(t - m) / width)) for h, m in zip(height, middle, strict=True))
        return rises + np.cumsum(rng.normal(0, 0.05, (technologies, len(t))), axis=1)

    own = curves()
    other = own if ahead is not None else curves()

    def counts(curve: np.ndarray, exposure: np.ndarray) -> np.ndarray:
        share = np.exp(curve + rng.normal(0, 0.1, (1, YEARS)))
        total = mean * YEARS * rng.lognormal(0, 0.7, (technologies, 1))
        return rng.poisson(share * exposure / (share @ exposure)[:, None] * total)

    shift = ahead or 0
    return counts(own[:, 5 : 5 + YEARS], FIRST), counts(
        other[:, 5 - shift : 5 - shift + YEARS], SECOND
    )


@pytest.mark.parametrize(("technologies", "null"), [(40, "mismatched_pairs"), (6, "surrogates")])
@pytest.mark.parametrize("ahead", [None, 0])
def test_nothing_leads_as_often_as_chance_says(
    technologies: int, null: str, ahead: int | None
) -> None:
    found = [lead_lag(*_records(s, technologies, ahead), draws=199) for s in range(8)]
    assert {own.null for own in found} == {null}
    p = np.concatenate([own.p_first for own in found] + [own.p_second for own in found])
    assert np.mean(p < 0.05) <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / len(p))
    assert sum(min(own.pooled_p_first, own.pooled_p_second) < 0.02 for own in found) <= 2
    assert found[0].expected_by_chance == pytest.approx(0.05 * technologies)


def _records(seed: int, technologies: int, ahead: int | None) -> tuple[np.ndarray, ...]:
    a, b = world(seed, technologies, ahead)
    return a, FIRST, b, SECOND


@pytest.mark.parametrize("ahead", [2, 4])
def test_a_planted_lead_is_found_in_the_record_and_not_the_other_way(ahead: int) -> None:
    found = [lead_lag(*_records(s, 60, ahead), draws=199) for s in range(4)]
    assert all(own.pooled_p_first < 0.05 for own in found)
    assert all(own.pooled_p_second > 0.5 for own in found)
    assert (
        np.mean([np.mean(own.p_first < 0.05) for own in found]) > 0.07
    )  # one technology rarely tells
    turned = [
        lead_lag(b, SECOND, a, FIRST, draws=199) for a, b in [world(s, 60, ahead) for s in range(4)]
    ]
    assert all(own.pooled_p_second < 0.05 for own in turned)


def test_a_clear_lead_is_found_in_one_technology_with_its_lag() -> None:
    """The same noisy growth three years later, in large counts."""
    rng = np.random.default_rng(5)
    share = np.exp(np.cumsum(rng.normal(0, 0.4, (30, 40)), axis=1))
    exposure = np.full(37, 1e4)
    first, second = (
        rng.poisson(2000 * own / own.mean(axis=1, keepdims=True))
        for own in (share[:, 3:], share[:, :-3])
    )
    found = lead_lag(first, exposure, second, exposure)
    assert np.mean(found.best_lag == 3) > 0.9
    assert np.mean(found.p_first < 0.05) > 0.5 and found.pooled_p_first < 0.01
    assert np.array_equal(found.q_first, false_discovery_control(found.p_first))


def test_what_can_not_be_tested_says_so() -> None:
    a, b = world(1, 10, 2)
    b[3] = 0
    found = lead_lag(a, FIRST, b, SECOND, draws=99)
    assert (
        found.reason[3] == "too_few_documents"
        and np.isnan(found.p_first[3])
        and not found.tested[3]
    )
    short = lead_lag(a[:, :8], FIRST[:8], b[:, :8], SECOND[:8])
    assert (
        set(short.reason) == {"too_few_years"}
        and short.null == "none"
        and np.isnan(short.pooled_lead)
    )


def test_years_that_hold_little_are_left_out() -> None:
    """Early years of a few documents are noise that fades, which would look like a lead."""
    a, b = world(2, 12, 2)
    full = lead_lag(a, FIRST, b, SECOND, draws=99)
    early = np.round(np.concatenate([np.ones((12, 4)), a], axis=1))
    thin = np.concatenate([np.full(4, 5.0), FIRST])
    padded = lead_lag(
        early,
        thin,
        np.concatenate([np.ones((12, 4)), b], axis=1),
        np.concatenate([SECOND[:4], SECOND]),
        draws=99,
    )
    assert np.abs(padded.correlation - full.correlation).max() < 0.2


def test_power_is_told_and_grows_with_counts() -> None:
    (a, b), (c, d) = world(3, 30, None, mean=300), world(3, 30, None, mean=8)
    rich, poor = (lead_lag_power(x, FIRST, y, SECOND, 3, runs=6) for x, y in ((a, b), (c, d)))
    assert rich.lag == 3 and rich.runs == 6
    assert rich.single > poor.single and rich.pooled >= poor.pooled
    assert rich.wrong < 0.1 and poor.wrong < 0.1
    assert np.isnan(lead_lag_power(a[:0], FIRST, b[:0], SECOND, 3).single)


def test_the_same_seed_gives_the_same_answer() -> None:
    a, b = world(4, 9, 1)
    one, two = (lead_lag(a, FIRST, b, SECOND, draws=99, seed=3) for _ in range(2))
    assert np.array_equal(one.p_first, two.p_first) and one.pooled_p_first == two.pooled_p_first


def test_growth_of_a_constant_share_is_none() -> None:
    exposure = np.array([100.0, 1000.0, 50.0, 5000.0])
    assert growth_series([0.1 * exposure], exposure) == pytest.approx(np.zeros((1, 3)), abs=1e-12)


def test_lag_of_certain_and_uncertain_years() -> None:
    years = [2001, 2002, 2003, 2004]
    assert lag(years, [1, 0, 0, 0], [0, 0, 0, 1]).years == 3
    assert lag(years, [0, 0, 1, 0], [1, 0, 0, 0]).years == -2
    wide = lag(years, [0.3, 0.4, 0.3, 0], [0, 0.3, 0.4, 0.3])
    assert (wide.low, wide.years, wide.high) == (-1, 1, 3)
    assert np.isnan(lag(years, [0, 0, 0, 0], [1, 0, 0, 0]).years)


def test_pooled_lag_counts_what_still_waits() -> None:
    """Kaplan and Meier by hand: at 2 one of 4 ends (.75), at 3 one of 2 left (.375): the median is
    3."""
    found = pooled_lag([2, 3], [2.5, 9])
    assert found.median == 3 and found.both == 2 and found.waiting == 2
    assert pooled_lag([1, 2, 3, 4, 5], []).median == 3
    assert pooled_lag([1, 2, 3, 4, 5], []).low <= 3 <= pooled_lag([1, 2, 3, 4, 5], []).high
    assert np.isnan(pooled_lag([1], [5, 6, 7]).median)
    assert np.isnan(pooled_lag([1, 2], []).low)  # two technologies tell no interval
    assert np.isnan(pooled_lag([], [5]).median)


def test_the_false_discovery_rate_is_that_of_benjamini_and_hochberg() -> None:
    """Benjamini and Hochberg 1995, section 3.2: of these 15, the four smallest are significant at
    .05."""
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    assert (false_discovery_control(p) <= 0.05).sum() == 4


def test_records_that_do_not_fit_are_named() -> None:
    a, b = world(1, 3, 1)
    with pytest.raises(InputError) as caught:
        lead_lag(a, FIRST[:-1], b, SECOND)
    assert caught.value.code == "wrong_shape"
    with pytest.raises(InputError) as caught:
        lead_lag(-a, FIRST, b, SECOND)
    assert caught.value.code == "out_of_bounds"
