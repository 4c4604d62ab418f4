"""Single-precision factors with refined solutions: the direct solution of the same system, or
none."""

from __future__ import annotations

import os

import numpy as np
import pytest
from economies import cells
from numpy.typing import NDArray
from polars.testing import assert_frame_equal
from threadpoolctl import threadpool_limits
from worlds import made_up

from firstlight.chains import ProductionSystem, responsibility, structure
from firstlight.errors import InputError
from firstlight.instruments.chains import leontief
from firstlight.instruments.chains.refined_solves import RefinedSolves

Floats = NDArray[np.float64]
SIZE, WIDTH = 90, 16  # several blocks, the last of them shorter


def economy(seed: int, radius: float) -> Floats:
    """(n, n), coefficients of a given spectral radius: sparse, of unlike sizes, with a sector that
    makes nothing, one that buys nothing and two blocks, of which only one buys from the other."""
    rng = np.random.default_rng(seed)
    a = np.exp(rng.normal(0, 2, (SIZE, SIZE))) * (rng.random((SIZE, SIZE)) < 0.4)
    a[SIZE // 2 :, : SIZE // 2] = 0
    a[3], a[:, 3], a[:, 7] = 0, 0, 0
    return np.asarray(a * (radius / np.abs(np.linalg.eigvals(a)).max()))


def directly(a: Floats, b: Floats, *, is_transposed: bool) -> Floats:
    whole = np.eye(len(a)) - a
    return np.linalg.solve(whole.T if is_transposed else whole, b)


@pytest.mark.parametrize("is_transposed", [False, True])
@pytest.mark.parametrize(("radius", "digits"), [(0.3, 14), (0.6, 14), (0.95, 13), (0.999, 11)])
def test_solutions_are_the_direct_ones(radius: float, digits: int, is_transposed: bool) -> None:
    """The error of either solution is the condition number times 1e-16."""
    for seed in range(4):
        a = economy(seed, radius)
        rng = np.random.default_rng(seed)
        b = np.column_stack([rng.normal(size=(SIZE, 3)), np.zeros(SIZE), np.eye(SIZE)[5] * 1e-40])
        found = RefinedSolves(a, WIDTH).solve(b, is_transposed=is_transposed)
        assert found is not None
        expected = directly(a, b, is_transposed=is_transposed)
        size = np.abs(expected).max(axis=0)
        assert (np.abs(found - expected) <= 10.0**-digits * size).all()
        one = RefinedSolves(a, WIDTH).solve(b[:, 0], is_transposed=is_transposed)
        assert one is not None and one == pytest.approx(found[:, 0], rel=1e-12, abs=1e-13)


def test_coefficients_below_zero_and_a_table_that_is_not_productive() -> None:
    rng = np.random.default_rng(5)
    a = rng.normal(0, 0.04, (SIZE, SIZE))
    found = RefinedSolves(a, WIDTH).solve(np.ones(SIZE), is_transposed=False)
    assert found == pytest.approx(directly(a, np.ones(SIZE), is_transposed=False), rel=1e-11)
    beyond = economy(1, 1.3)
    found = RefinedSolves(beyond, WIDTH).solve(np.ones(SIZE), is_transposed=False)
    if found is not None:
        expected = directly(beyond, np.ones(SIZE), is_transposed=False)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9 * np.abs(expected).max())


def doubly_stochastic(seed: int) -> Floats:
    """(n, n), rows and columns that sum to 1: a mean of permutations."""
    rng = np.random.default_rng(seed)
    return np.asarray(np.mean([np.eye(SIZE)[rng.permutation(SIZE)] for _ in range(12)], axis=0))


@pytest.mark.parametrize("gap", [1e-1, 1e-3, 1e-5, 1e-9, 1e-12])
def test_near_the_limit_of_what_is_productive(gap: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """q P with P doubly stochastic: every multiplier is 1 / (1 - q), known without a solver."""
    monkeypatch.setattr(leontief, "MANY", 1)
    system = ProductionSystem((1 - gap) * doubly_stochastic(3))
    expected = np.full(SIZE, 1 / gap)
    near = {"rel": 4e-15 / gap + 1e-14}  # what 1 - q is sure to
    assert system.multipliers(np.ones(SIZE)) == pytest.approx(expected, **near)
    assert system.requirements(np.ones(SIZE)) == pytest.approx(expected, **near)
    is_refined = "_factors" not in system.__dict__
    assert is_refined == (gap >= 1e-3) or gap == 1e-5  # in between either way will do


@pytest.mark.parametrize("radius", [1.0, 1.001, 1.5])
def test_what_can_not_meet_its_final_demand_is_refused(
    radius: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leontief, "MANY", 1)
    with pytest.raises(InputError) as raised:
        ProductionSystem(radius * doubly_stochastic(3))
    assert raised.value.code == "not_productive"


@pytest.mark.parametrize(("large", "is_held"), [(1e6, True), (1e12, True), (1e60, False)])
def test_coefficients_of_tiny_outputs(large: float, is_held: bool) -> None:
    """Where a sector buys much more than it sells; beyond 1e38 single precision has no number."""
    a = 0.5 * np.eye(SIZE)
    a[0, 40], a[70, 0] = large, 0.1 / large
    found = RefinedSolves(a, WIDTH).solve(np.ones(SIZE), is_transposed=True)
    assert (found is not None) == is_held
    if found is not None:
        assert found == pytest.approx(directly(a, np.ones(SIZE), is_transposed=True), rel=1e-12)


def test_faults_in_factors_are_refined_away_or_found() -> None:
    a, b = economy(2, 0.6), np.ones(SIZE)
    expected = directly(a, b, is_transposed=False)
    for fault, is_healed in ((1e-3, True), (3.0, False)):
        system = RefinedSolves(a, WIDTH)
        factors = system._factors
        assert factors is not None
        factors[20:40, 20:40] += np.float32(fault / 20)
        found = system.solve(b, is_transposed=False)
        assert (found is not None) == is_healed
        if found is not None:
            assert found == pytest.approx(expected, rel=1e-12)


def test_the_same_bytes_whatever_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    a = np.random.default_rng(4).random((700, 700)) / 1000
    b = np.random.default_rng(5).random((700, 30))
    found = set[bytes]()
    for threads in (1, 2, 5):
        monkeypatch.setattr(os, "cpu_count", lambda threads=threads: threads)
        with threadpool_limits(threads):
            for is_many in (True, False):
                monkeypatch.setattr(leontief, "MANY", 1 if is_many else 10_000)
                system = ProductionSystem(a)
                solved = system.requirements(b), system.multipliers(b)
                found.add(bytes([is_many]) + b"".join(each.tobytes() for each in solved))
    assert len(found) == 2  # one for each way


def test_accounts_of_a_world_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    table = made_up(6, (40, 25, 60, 35))
    stressors = np.random.default_rng(6).random((len(table.output), 3)) * table.output[:, None]
    found = list[Floats]()
    for many in (10_000, 1):
        monkeypatch.setattr(leontief, "MANY", many)
        own = responsibility(table.flows, table.output, stressors)
        assert ("_factors" in own.system.__dict__) == (many > 1)
        found.append(np.concatenate([own.total, own.enabled, own.consumption, own.income]))
    scale = np.abs(found[0]).max(axis=0)
    assert (np.abs(found[1] - found[0]) <= 1e-13 * scale).all()
    is_told = np.abs(found[0]) > 1e-9 * scale
    assert found[1][is_told] == pytest.approx(found[0][is_told], rel=1e-9)


@pytest.mark.parametrize("radius", [0.5, 0.8])
def test_multipliers_of_a_table_either_way(radius: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Goods are counted in units of their own, from tens to hundreds of millions."""
    rng = np.random.default_rng(9)
    unit = np.exp(rng.uniform(3, 20, SIZE))
    a, final = economy(9, radius) * unit[:, None] / unit, unit * rng.random(SIZE)
    output = directly(a, final, is_transposed=False)
    names = [f"s{k:02d}" for k in range(SIZE)]
    rows = cells(names, a * output, {"final": final}, {"output": output})
    frame = structure(rows).tables["multipliers"]
    monkeypatch.setattr(leontief, "MANY", 1)
    assert_frame_equal(structure(rows).tables["multipliers"], frame, rel_tol=1e-11)
