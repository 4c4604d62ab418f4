"""Intervals of explained variance: they hold the truth about as often as they say, and know units
from rows."""

from __future__ import annotations

import numpy as np
import pytest

from firstlight.errors import InputError
from firstlight.instruments.networks.shapley_attribution.shapley import explained_variance
from firstlight.instruments.networks.shapley_attribution.shapley_intervals import (
    explained_variance_intervals,
)

pytestmark = pytest.mark.slow


def drawn(rng: np.random.Generator, n: int = 60) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """y = a + b + noise, all apart: of the spread .5 is of a, .25 of b."""
    a, b, noise = rng.normal(0, 2**0.5, n), rng.normal(size=n), rng.normal(size=n)
    return a + b + noise, {"a": a, "b": b}


def test_intervals_hold_what_is_planted() -> None:
    rng, held = np.random.default_rng(0), {"a": 0, "b": 0}
    for k in range(60):
        y, factors = drawn(rng)
        ends = explained_variance_intervals(
            y, factors, range(60), replications=100, level=0.9, seed=k
        )
        for name, truth in (("a", 0.5), ("b", 0.25)):
            held[name] += ends[name][0] <= truth <= ends[name][1]
    assert all(45 <= count <= 60 for count in held.values()), held  # 54 of 60 are said


def test_rows_of_a_unit_go_together() -> None:
    y, factors = drawn(np.random.default_rng(1), 20)
    tripled = np.tile(y, 3), {name: np.tile(own, 3) for name, own in factors.items()}
    once = explained_variance_intervals(y, factors, [str(k).zfill(2) for k in range(20)], seed=4)
    units = [str(k).zfill(2) for k in range(20)] * 3
    thrice = explained_variance_intervals(*tripled, units, seed=4)
    blind = explained_variance_intervals(*tripled, range(60), seed=4)
    assert thrice["a"] == pytest.approx(once["a"]), "a unit told three times says no more"
    assert blind["a"][1] - blind["a"][0] < once["a"][1] - once["a"][0]


def test_one_unit_or_few_draws() -> None:
    y, factors = drawn(np.random.default_rng(1), 20)
    for units, options, code in (
        (["u"] * 20, {}, "too_few"),
        (range(20), {"replications": 5}, "out_of_bounds"),
        (range(20), {"level": 1.0}, "bad_level"),
    ):
        with pytest.raises(InputError) as wrong:
            explained_variance_intervals(y, factors, units, **options)
        assert wrong.value.code == code


def test_of_few_units_they_are_too_narrow_as_is_said() -> None:
    rng, held = np.random.default_rng(0), {"a": 0, "b": 0}
    for k in range(100):
        y, factors = drawn(rng, 10)
        ends = explained_variance_intervals(y, factors, range(10), replications=60, seed=k)
        for name, truth in (("a", 0.5), ("b", 0.25)):
            held[name] += ends[name][0] <= truth <= ends[name][1]
    assert 60 < min(held.values()) < 92, held  # 95 of 100 are said


def test_as_written_out() -> None:
    rng = np.random.default_rng(2)
    y, factors = drawn(rng, 24)
    units = np.repeat(np.arange(8), 3)
    found = explained_variance_intervals(y, factors, units, replications=20, level=0.8, seed=5)
    draw, parts = np.random.default_rng(5), []
    for _ in range(20):
        rows = np.concatenate([np.flatnonzero(units == k) for k in draw.integers(0, 8, 8)])
        own = {name: column[rows] for name, column in factors.items()}
        parts.append(explained_variance(y[rows], own).table["contribution"].to_list())
    low, high = np.quantile(parts, [0.1, 0.9], axis=0)
    assert [end[0] for end in found.values()] == pytest.approx(low)
    assert [end[1] for end in found.values()] == pytest.approx(high)


def test_draws_of_as_few_rows_as_factors_are_not_counted() -> None:
    """Of five rows, draws often leave three, which two factors and a constant explain wholly."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(5, 2))
    y = rng.normal(size=5)
    ends = explained_variance_intervals(
        y, {"a": x[:, 0], "b": x[:, 1]}, range(5), replications=100, level=0.98
    )
    assert max(high for _, high in ends.values()) < 1
    few = {"a": x[:3, 0], "b": x[:3, 1]}
    assert explained_variance_intervals(y[:3], few, range(3), replications=20) == {}
