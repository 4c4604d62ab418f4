"""Planted parameters come back: over several seeds without bias, and inside their intervals as
often as these promise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from firstlight.instruments.productivity.stochastic_frontier.frontier_fit import (
    FrontierFit,
    fit_frontier,
)
from firstlight.instruments.productivity.stochastic_frontier.frontier_problem import FrontierModel

pytestmark = pytest.mark.slow

Rng = np.random.Generator
FRONTIER = {"a": 0.4, "b": 0.5, "sigma2_v": 0.04}


def truncated(rng: Rng, mean: np.ndarray, sd: float) -> np.ndarray:
    return np.asarray(stats.truncnorm.rvs(-mean / sd, np.inf, loc=mean, scale=sd, random_state=rng))


class Case:
    """A model, the truth planted in it, and how inefficiency is drawn: from unit, time and a
    determinant."""

    def __init__(
        self,
        which: FrontierModel,
        truth: dict[str, float],
        draw: Callable[..., np.ndarray],
        runs: int = 40,
    ) -> None:
        self.which, self.truth, self.draw, self.runs = which, FRONTIER | truth, draw, runs
        self.has_effects = which.model.startswith("true")
        self.units, self.years = (60, 6) if which.model != "true_fixed_dummies" else (15, 40)

    def fit(self, seed: int) -> tuple[FrontierFit, np.ndarray]:
        """One draw of an unbalanced panel, fitted; and its true inefficiencies."""
        rng = np.random.default_rng(seed)
        units = self.units if self.has_effects else 120
        unit, time = np.repeat(np.arange(units), self.years), np.tile(np.arange(self.years), units)
        stays = rng.random(len(unit)) > 0.15
        unit, time = unit[stays], time[stays]
        x, z, v = (
            rng.normal(size=(len(unit), 2)),
            rng.normal(size=len(unit)),
            0.2 * rng.normal(size=len(unit)),
        )
        kept = 0.5 * rng.normal(size=units)[unit] if self.has_effects else 0.0
        if self.which.model.startswith("true_fixed"):
            x[:, 0] += kept  # inputs follow the intercepts, which only fixed effects may have
        u = self.draw(rng, unit, time, z)
        more = (
            {"determinants": z[:, None], "determinant_names": ["z"]}
            if "inefficiency: z" in self.truth
            else {}
        )
        y = (-1 if self.which.cost else 1) * (v - u) + 1 + x @ [0.4, 0.5] + kept
        return fit_frontier(y, x, ["a", "b"], self.which, unit=unit, time=time, **more), u


def half(rng: Rng, unit: np.ndarray, time: np.ndarray, z: np.ndarray) -> np.ndarray:
    return 0.5 * np.abs(rng.normal(size=len(unit)))


def waiting(rng: Rng, unit: np.ndarray, time: np.ndarray, z: np.ndarray) -> np.ndarray:
    return rng.exponential(0.4, size=len(unit))


def by_determinant(rng: Rng, unit: np.ndarray, time: np.ndarray, z: np.ndarray) -> np.ndarray:
    return truncated(rng, 0.3 + 0.5 * z, 0.4)


def kept_half(rng: Rng, unit: np.ndarray, time: np.ndarray, z: np.ndarray) -> np.ndarray:
    return 0.5 * np.abs(rng.normal(size=unit.max() + 1))[unit]


def decaying(rng: Rng, unit: np.ndarray, time: np.ndarray, z: np.ndarray) -> np.ndarray:
    return truncated(rng, np.full(unit.max() + 1, 0.5), 0.4)[unit] * np.exp(-0.1 * (time - 5))


CASES = {
    "half_normal": Case(FrontierModel(), {"constant": 1, "sigma2_u": 0.25}, half),
    "cost": Case(FrontierModel(cost=True), {"constant": 1, "sigma2_u": 0.25}, half, 20),
    "exponential": Case(
        FrontierModel(distribution="exponential"), {"constant": 1, "sigma2_u": 0.16}, waiting
    ),
    "battese_coelli_1995": Case(
        FrontierModel(distribution="truncated_normal"),
        {"constant": 1, "inefficiency: constant": 0.3, "inefficiency: z": 0.5, "sigma2_u": 0.16},
        by_determinant,
    ),
    "time_invariant": Case(
        FrontierModel("time_invariant"), {"constant": 1, "sigma2_u": 0.25}, kept_half
    ),
    "battese_coelli_1992": Case(
        FrontierModel("time_decay", "truncated_normal"),
        {"constant": 1, "mu": 0.5, "eta": 0.1, "sigma2_u": 0.16},
        decaying,
    ),
    "true_random": Case(
        FrontierModel("true_random"),
        {"constant": 1, "sigma2_u": 0.25, "sigma2_unit": 0.25},
        half,
        8,
    ),
    "true_random_exponential": Case(
        FrontierModel("true_random", "exponential"),
        {"constant": 1, "sigma2_u": 0.16, "sigma2_unit": 0.25},
        waiting,
        6,
    ),
    "true_fixed": Case(FrontierModel("true_fixed"), {"sigma2_u": 0.25}, half, 8),
    "true_fixed_exponential": Case(
        FrontierModel("true_fixed", "exponential"), {"sigma2_u": 0.16}, waiting, 6
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_planted_parameters_come_back(name: str) -> None:
    case = CASES[name]
    truth = np.array(list(case.truth.values()))
    estimates, errors, inside, efficiencies, correlations = [], [], [], [], []
    for seed in range(case.runs):
        found, u = case.fit(seed)
        assert found.state == "converged", seed
        assert found.rise < 1e-8
        place = [found.terms.index(term) for term in case.truth]
        estimates.append(found.estimate[place])
        errors.append(found.standard_error[place])
        inside.append((found.low[place] < truth) & (truth < found.high[place]))
        efficiencies.append(
            ((found.efficiency_low < np.exp(-u)) & (np.exp(-u) < found.efficiency_high)).mean()
        )
        correlations.append(np.corrcoef(found.inefficiency, u)[0, 1])
    spread = np.mean(errors, axis=0) / np.sqrt(case.runs)
    # Some sixty means are looked at: at four standard errors of a mean, one in two hundred such
    # sets would fail by chance.
    assert (np.abs(np.mean(estimates, axis=0) - truth) < 4 * spread).all()
    assert stats.binomtest(int(np.sum(inside)), np.size(inside), 0.95).pvalue > 1e-4
    assert 0.9 < np.mean(efficiencies) < 0.97  # the intervals take the parameters as known
    assert np.mean(correlations) > 0.7


def test_dummies_find_less_noise_than_there_is_where_years_are_few() -> None:
    few = Case(FrontierModel("true_fixed_dummies"), {"sigma2_u": 0.25}, half)
    many = Case(FrontierModel("true_fixed_dummies"), {"sigma2_u": 0.25}, half)
    few.units, few.years, many.units = 25, 5, 10
    incidental = [few.fit(seed)[0] for seed in range(1)]
    assert {found.state for found in incidental} == {"no_noise"}
    enough = [many.fit(seed)[0] for seed in range(3)]
    assert {found.state for found in enough} == {"converged"}
    assert {found.restrictions for found in enough} == {0} and all(
        np.isnan(found.p_value) for found in enough
    )
    assert np.mean([found.value("a") for found in enough]) == pytest.approx(0.4, abs=0.03)
    assert np.mean([found.value("sigma2_u") for found in enough]) == pytest.approx(0.25, abs=0.05)
