"""Proximity, density, outlook: against loops, by what an added activity really brings, and in
slices of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse, stats

from firstlight.errors import InputError
from firstlight.instruments.complexity import density as density_of
from firstlight.instruments.complexity import proximity as proximity_of
from firstlight.instruments.complexity.density import SUMMED, outlook, proximity_sums
from firstlight.instruments.complexity.proximity import (
    MEASURES,
    proximity,
    proximity_slices,
    proximity_to,
)

PRESENCES = arrays.arrays(
    float, st.tuples(st.integers(3, 8), st.integers(2, 7)), elements=st.sampled_from([0.0, 1.0])
)


@settings(max_examples=60, deadline=None)
@given(PRESENCES)
@pytest.mark.slow
def test_each_measure_against_its_formula(m: np.ndarray) -> None:
    found = {measure: proximity(m, measure) for measure in MEASURES}
    rows = m[m.sum(axis=1) > 0]
    n, k = len(rows), m.sum(axis=0)
    for i in range(m.shape[1]):
        for j in range(m.shape[1]):
            values = {measure: found[measure][i, j] for measure in MEASURES}
            if not k[i] * k[j]:
                assert np.isnan(list(values.values())).all()
                continue
            both = (m[:, i] * m[:, j]).sum()
            assert values["conditional"] == pytest.approx(min(both / k[i], both / k[j]))
            assert values["cosine"] == pytest.approx(both / np.sqrt(k[i] * k[j]))
            assert values["lift"] == pytest.approx(both / (k[i] * k[j] / n))
            if k[i] == n or k[j] == n:
                assert np.isnan(values["correlation"]) and np.isnan(values["z_score"])
                continue
            chance = stats.hypergeom(n, int(k[i]), int(k[j])).pmf(np.arange(n + 1))
            mean = chance @ np.arange(n + 1)
            deviation = np.sqrt(chance @ (np.arange(n + 1) - mean) ** 2)
            assert values["z_score"] == pytest.approx((both - mean) / deviation, abs=1e-9)
            assert values["correlation"] == pytest.approx(
                np.corrcoef(rows[:, i], rows[:, j])[0, 1], abs=1e-9
            )


@settings(max_examples=30, deadline=None)
@given(PRESENCES, st.sampled_from(MEASURES))
def test_proximity_to_one_activity_is_its_row(m: np.ndarray, measure: str) -> None:
    rows = proximity(m, measure, has_self=False)
    for k, row in enumerate(rows):
        assert proximity_to(m, k, measure) == pytest.approx(row, abs=1e-15, nan_ok=True)


def test_correlation_and_cosine_take_weights_and_the_others_do_not() -> None:
    x = np.random.default_rng(1).uniform(0, 3, (9, 4))
    assert proximity(x, "correlation") == pytest.approx(np.corrcoef(x.T))
    x[:, 1] = 0.1  # everywhere alike, in a sum that is rounded
    alike = proximity(x, "correlation")
    assert np.isnan(alike[1]).all() and np.isnan(alike).sum() == 7
    assert proximity(5 * x, "cosine") == pytest.approx(proximity(x, "cosine"))
    for measure in ("conditional", "lift", "z_score"):
        with pytest.raises(InputError, match="weights"):
            proximity(x, measure)
    with pytest.raises(InputError) as caught:
        proximity(x > 1, "nearness")
    assert caught.value.code == "no_choice"


def random_presences(seed: int, n: int = 12, k: int = 17, share: float = 0.4) -> np.ndarray:
    """Places by activities at random; one activity nowhere, one place with everything else, one
    with nothing."""
    m = (np.random.default_rng(seed).uniform(size=(n, k)) < share).astype(float)
    m[:, 3] = 0
    m[0], m[1] = 1, 0
    m[0, 3] = 0
    return m


def by_loops(m: np.ndarray, pci: np.ndarray, has_self: bool) -> tuple[np.ndarray, np.ndarray]:
    """Density and COI, term by term."""
    phi = np.nan_to_num(proximity(m, has_self=has_self))
    n, k = m.shape
    w = np.full((n, k), np.nan)
    for c in range(n):
        for p in range(k):
            if phi[:, p].sum() > 0:
                w[c, p] = sum(m[c, i] * phi[i, p] for i in range(k)) / sum(
                    phi[i, p] for i in range(k)
                )
    coi = [
        sum(w[c, p] * pci[p] for p in range(k) if not m[c, p] and np.isfinite(w[c, p] * pci[p]))
        for c in range(n)
    ]
    return w, np.array(coi)


@pytest.mark.parametrize("has_self", [True, False])
@pytest.mark.parametrize("is_sparse", [True, False])
@pytest.mark.slow
def test_density_outlook_and_gain_against_loops(
    has_self: bool, is_sparse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(density_of, "SPARSE_BELOW", 2.0 if is_sparse else 0.0)
    monkeypatch.setattr(proximity_of, "SPARSE_BELOW", 2.0 if is_sparse else 0.0)
    monkeypatch.setattr(density_of, "FEW_PLACES", 0)  # sums over places, where dense and with self
    m = random_presences(2)
    pci = np.random.default_rng(2).normal(size=m.shape[1])
    pci[3] = np.nan
    w, coi = by_loops(m, pci, has_self)
    found = outlook(m, pci, has_self=has_self, gain="atlas", cells=40)
    assert found.density == pytest.approx(w, nan_ok=True)
    assert found.distance == pytest.approx(1 - w, nan_ok=True)
    assert found.index == pytest.approx(coi)
    phi = np.nan_to_num(proximity(m, has_self=has_self))
    total = phi.sum(axis=0)
    for c in range(m.shape[0]):
        for p in range(m.shape[1]):
            if m[c, p] or p == 3:
                assert np.isnan(found.gain[c, p])
                continue
            opened = sum(
                phi[p, i] / total[i] * pci[i] for i in range(m.shape[1]) if not m[c, i] and i != 3
            )
            assert found.gain[c, p] == pytest.approx(opened - w[c, p] * pci[p])
            assert outlook(m, pci, has_self=has_self).gain[c, p] == pytest.approx(opened)


@pytest.mark.parametrize("measure", SUMMED)
@pytest.mark.parametrize("is_sparse", [True, False])
def test_sums_over_places_are_sums_of_proximities(measure: str, is_sparse: bool) -> None:
    m = random_presences(8, 9, 40)
    y = np.random.default_rng(8).normal(size=(40, 3))
    back = sparse.csr_array(m.T) if is_sparse else m.T
    found = proximity_sums(back, m.sum(axis=0), y, measure)
    assert found == pytest.approx(np.nan_to_num(proximity(m, measure)) @ y, abs=1e-12)
    with pytest.raises(InputError) as caught:
        proximity_sums(back, m.sum(axis=0), y, "z_score")
    assert caught.value.code == "no_choice"


@pytest.mark.parametrize("measure", SUMMED)
def test_sums_over_places_and_slices_of_proximities_give_the_same_outlook(
    measure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    m, pci = random_presences(9, 10, 60), np.random.default_rng(9).normal(size=60)
    for worth in (pci, None):
        monkeypatch.setattr(density_of, "FEW_PLACES", 5)
        by_places = outlook(m, worth, measure=measure)
        monkeypatch.setattr(density_of, "FEW_PLACES", 10**6)
        by_slices = outlook(m, worth, measure=measure, cells=100)
        given_whole = outlook(m, worth, proximities=proximity(m, measure))
        for other in (by_slices, given_whole):
            for name in ("density", "index", "gain"):
                assert getattr(by_places, name) == pytest.approx(
                    getattr(other, name), abs=1e-12, nan_ok=True
                )


@pytest.mark.parametrize("measure", SUMMED)
def test_an_activity_near_to_nothing_but_itself_has_no_density_without_itself(measure: str) -> None:
    m = np.array(
        [[1.0, 1, 0, 0], [1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]]
    )
    alone = outlook(m, [1.0, 2, 3, 4], measure=measure, has_self=False)
    assert np.isnan(alone.density[:, 3]).all() and np.isnan(alone.gain[:, 3]).all()
    assert np.isfinite(alone.density[:, :3]).all() and np.isfinite(alone.index).all()
    for k in range(2, 30):  # whatever the rounding of its own proximity
        m = np.zeros((k + 2, 3))
        m[:2, :2], m[2:, 2] = [[1, 1], [1, 0]], 1
        assert np.isnan(outlook(m, measure=measure, has_self=False).density[:, 2]).all()
    m = np.array(
        [[1.0, 1, 0, 0], [1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]]
    )
    known = outlook(m, [1.0, 2, 3, 4], measure=measure)
    assert known.density[:, 3] == pytest.approx([0, 0, 0, 1, 1, 1])


def test_atlas_gain_is_what_the_outlook_rises_by() -> None:
    m = random_presences(5)
    m = m[:, m.sum(axis=0) > 0]
    pci = np.random.default_rng(6).normal(size=m.shape[1])
    phi = proximity(m, has_self=False)
    before = outlook(m, pci, proximities=phi, gain="atlas")
    for c, p in (
        (2, int(np.flatnonzero(m[2] == 0)[0])),
        (1, 4),
        (7, int(np.flatnonzero(m[7] == 0)[-1])),
    ):
        more = m.copy()
        more[c, p] = 1
        after = outlook(more, pci, proximities=phi)
        assert after.index[c] - before.index[c] == pytest.approx(before.gain[c, p])


def test_full_and_empty_places_have_density_1_and_0() -> None:
    found = outlook(random_presences(3), np.arange(17.0))
    known = np.isfinite(found.density[0])
    assert found.density[0, known] == pytest.approx(1.0) and (found.density[1, known] == 0).all()
    assert not known[3] and known.sum() == 16
    assert found.index[0] == pytest.approx(0) and found.index[1] == pytest.approx(0)
    assert np.isnan(outlook(random_presences(3)).index).all()
    assert all(np.nanmax(outlook(random_presences(seed)).density) <= 1 for seed in range(9)), (
        "not even by rounding"
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100))
def test_order_moves_nothing(seed: int) -> None:
    m, pci = random_presences(4), np.random.default_rng(4).normal(size=17)
    draws = np.random.default_rng(seed)
    rows, columns = draws.permutation(12), draws.permutation(17)
    one, other = outlook(m, pci), outlook(sparse.csc_array(m[rows][:, columns]), pci[columns])
    assert other.density == pytest.approx(one.density[rows][:, columns], nan_ok=True)
    assert other.gain == pytest.approx(one.gain[rows][:, columns], nan_ok=True)
    assert other.index == pytest.approx(one.index[rows])


def test_slices_are_rows_of_the_whole() -> None:
    m = random_presences(7)
    for measure in MEASURES:
        parts = np.concatenate([part for _, _, part in proximity_slices(m, measure, cells=50)])
        assert parts == pytest.approx(proximity(m, measure), nan_ok=True)
        assert parts == pytest.approx(parts.T, nan_ok=True)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"measure": "correlation"}, "correlation"),
        ({"gain": "all"}, "all"),
        ({"pci": [1.0, 2.0]}, "17 activities"),
        ({"proximities": np.ones((2, 2))}, "17 activities"),
        ({"proximities": -np.ones((17, 17))}, "not negative"),
        ({"proximities": np.triu(np.ones((17, 17)))}, "symmetric"),
    ],
)
def test_what_cannot_be_used_is_named(changed: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        outlook(random_presences(1), **changed)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="weights"):
        outlook(2 * random_presences(1))


@pytest.mark.parametrize("measure", SUMMED)
def test_a_table_of_nothing_has_no_density(measure: str) -> None:
    for n in (2, 30):
        found = outlook(np.zeros((n, 20)), np.ones(20), measure=measure)
        assert (
            np.isnan(found.density).all()
            and (found.index == 0).all()
            and np.isnan(found.gain).all()
        )
