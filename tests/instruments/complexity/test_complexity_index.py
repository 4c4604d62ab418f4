"""ECI, PCI, reflections, fitness and GENEPY: against dense textbook computations, by their
identities, and where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.complexity import complexity_index as index_of
from firstlight.instruments.complexity.activity_table import read_activities
from firstlight.instruments.complexity.complexity_index import complexity_index, reflections
from firstlight.instruments.complexity.fitness import fitness, genepy


@st.composite
def presences(draw: st.DrawFn) -> np.ndarray:
    """Presences of 2 to 9 places and activities, none of them empty."""
    n, k = draw(st.integers(2, 9)), draw(st.integers(2, 9))
    draws = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m = (draws.uniform(size=(n, k)) < draw(st.floats(0.2, 0.9))).astype(float)
    m[np.arange(n), draws.integers(0, k, n)] = 1
    m[draws.integers(0, n, k), np.arange(k)] = 1
    return m


def textbook(m: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Eigenvalues of D^-1 M U^-1 M', ECI and PCI with ECI's scale; no symmetry used."""
    d, u = m.sum(axis=1), m.sum(axis=0)
    values, vectors = np.linalg.eig((m / d[:, None]) @ (m / u).T)
    order = np.argsort(-values.real)
    eci = vectors[:, order[1]].real
    eci = -eci if d.std() > 0 and np.corrcoef(eci, d)[0, 1] < 0 else eci
    pci = (m / u).T @ eci / values[order[1]].real  # so that ECI is the mean PCI of what is present
    return values[order].real, (eci - eci.mean()) / eci.std(), (pci - eci.mean()) / eci.std()


@settings(max_examples=80, deadline=None)
@given(presences())
@pytest.mark.slow
def test_as_the_dense_textbook(m: np.ndarray) -> None:
    d = m.sum(axis=1)
    found = complexity_index(m)
    assume(found.place_block.max() == 0 and np.isfinite(found.eci).all())
    values, eci, pci = textbook(m)
    assume(len(values) < 3 or values[1] - values[2] > 1e-4)
    assert found.second_eigenvalue[0] == pytest.approx(values[1], abs=1e-9)
    if d.std() > 0 and abs(np.corrcoef(eci, d)[0, 1]) > 1e-6:
        assert found.eci == pytest.approx(eci, abs=1e-6)
        assert found.pci == pytest.approx(pci, abs=1e-6)
    assert found.eci.mean() == pytest.approx(0, abs=1e-9) and found.eci.std() == pytest.approx(1)
    assert m @ found.pci / d == pytest.approx(found.eci, abs=1e-8)


def planted(seed: int = 0, n: int = 40, k: int = 70) -> np.ndarray:
    """Presences of a planted order: complex activities only in able places."""
    draws = np.random.default_rng(seed)
    able, hard = draws.uniform(0, 1, n), draws.uniform(0, 1, k)
    m = (draws.uniform(size=(n, k)) < 1 / (1 + np.exp(-8 * (able[:, None] - hard)))).astype(float)
    m[:, 0], m[np.argmax(able), :] = 1, 1
    return m


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_order_of_rows_and_columns_moves_nothing_and_scale_of_weights_neither(seed: int) -> None:
    m = planted(3)
    draws = np.random.default_rng(seed)
    rows, columns = draws.permutation(m.shape[0]), draws.permutation(m.shape[1])
    one, other = complexity_index(m), complexity_index(7 * m[rows][:, columns])
    assert other.eci == pytest.approx(one.eci[rows], abs=1e-9)
    assert other.pci == pytest.approx(one.pci[columns], abs=1e-9)
    for name in ("fitness", "complexity"):
        a, b = (
            getattr(fitness(m, updates=19), name),
            getattr(fitness(m[rows][:, columns], updates=19), name),
        )
        assert b == pytest.approx(a[rows if name == "fitness" else columns], rel=1e-9)
    assert genepy(m[rows][:, columns]).places == pytest.approx(genepy(m).places[rows], rel=1e-7)


def test_sparse_lanczos_and_dense_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    m = planted(1, 90, 60)
    dense, joined = complexity_index(m), genepy(m)
    monkeypatch.setattr(index_of, "DENSE", 10)
    lanczos = complexity_index(sparse.csc_array(m))
    assert lanczos.eci == pytest.approx(dense.eci, abs=1e-9)
    assert lanczos.pci == pytest.approx(dense.pci, abs=1e-9)
    assert genepy(m).activities == pytest.approx(joined.activities, rel=1e-8)
    assert complexity_index(m).eci.tobytes() == lanczos.eci.tobytes()
    small = planted(9, 12, 18)  # of two eigenvalues furthest from 0 one is negative
    by_size = genepy(small)
    monkeypatch.setattr(index_of, "DENSE", 100)
    assert by_size.places == pytest.approx(genepy(small).places, rel=1e-8)


def test_empty_and_full_places_and_activities() -> None:
    m = planted(2)
    alone = complexity_index(m)
    assert alone.eci[np.argmax(alone.diversity)] == pytest.approx(
        alone.eci[alone.diversity == m.shape[1]][0]
    )
    wide = np.zeros((m.shape[0] + 1, m.shape[1] + 1))
    wide[1:, 1:] = m
    found = complexity_index(wide)
    assert (
        np.isnan(found.eci[0])
        and found.place_reason[0] == "empty_place"
        and found.place_block[0] == -1
    )
    assert np.isnan(found.pci[0]) and found.activity_reason[0] == "empty_activity"
    assert found.eci[1:] == pytest.approx(alone.eci, abs=1e-9)
    assert found.pci[1:] == pytest.approx(alone.pci, abs=1e-9)
    assert np.isnan(fitness(wide).fitness[0]) and np.isnan(genepy(wide).activities[0])
    assert fitness(wide, updates=5).fitness[1:] == pytest.approx(fitness(m, updates=5).fitness)


def test_blocks_that_share_nothing_are_not_compared() -> None:
    big, small = planted(4), planted(5, 12, 15)
    m = sparse.block_diag([small, big]).tocsr()
    found = complexity_index(m)
    assert set(found.place_reason[:12]) == {"other_block"} and np.isnan(found.eci[:12]).all()
    assert found.eci[12:] == pytest.approx(complexity_index(big).eci, abs=1e-9)
    each = complexity_index(m, blocks="each")
    assert each.eci[:12] == pytest.approx(complexity_index(small).eci, abs=1e-9)
    assert each.pci[15:] == pytest.approx(complexity_index(big).pci, abs=1e-9)
    assert set(each.place_block[:12]) == {1}
    twins = complexity_index(sparse.block_diag([small, small]))
    assert set(twins.place_reason) == {"no_largest"} and np.isnan(twins.eci).all()
    assert np.isfinite(complexity_index(sparse.block_diag([small, small]), blocks="each").eci).all()


def test_the_sign_where_diversity_tells_none() -> None:
    ways = set()
    for seed in range(12):
        draws = np.random.default_rng(seed)
        m = np.zeros((8, 6))
        for row in m:  # each place has three activities
            row[draws.choice(6, 3, replace=False, p=np.arange(1, 7) / 21)] = 1
        found = complexity_index(m)
        if np.isfinite(found.pci).all() and np.ptp(found.ubiquity) > 0:
            assert np.corrcoef(found.pci, found.ubiquity)[0, 1] < 1e-9
            ways.add("ubiquity")
        regular = sum(
            np.eye(7)[draws.permutation(7)] for _ in range(3)
        )  # as diverse, and as ubiquitous, everywhere
        found = complexity_index(regular)
        if np.isfinite(found.eci).all():
            assert (found.eci**3).sum() > -1e-6
            ways.add("third moment")
    assert ways == {"ubiquity", "third moment"}
    for even in ([[2.0, 1], [1, 2]], [[1.0, 2], [2, 1]]):
        assert complexity_index(even).eci == pytest.approx(
            [1, -1]
        )  # nothing tells: the first that is far out


def test_blocks_are_numbered_by_presences_then_places_then_the_first_place() -> None:
    for blocks, numbers in (
        ([np.ones((4, 1)), np.ones((2, 3))], [1, 1, 1, 1, 0, 0]),  # 4 and 6 presences
        ([np.ones((1, 4)), np.ones((4, 1))], [1, 0, 0, 0, 0]),  # 4 presences each, 1 and 4 places
        ([np.ones((2, 2)), np.ones((2, 2))], [0, 0, 1, 1]),
    ):
        found = complexity_index(sparse.block_diag(blocks))
        assert found.place_block.tolist() == numbers
        is_main = numbers != [0, 0, 1, 1]
        assert set(found.place_reason) == ({"alike", "other_block"} if is_main else {"no_largest"})


@pytest.mark.parametrize(
    ("m", "reason"),
    [
        (np.ones((3, 4)), "alike"),
        ([[1.0, 1.0, 1.0]], "one_place"),
        ([[1.0], [1.0]], "alike"),
        (1 - np.eye(4), "tied"),
    ],
)
def test_where_there_is_no_index_the_reason_is_given(m: object, reason: str) -> None:
    found = complexity_index(m)
    assert np.isnan(found.eci).all() and np.isnan(found.pci).all()
    assert set(found.place_reason) == {reason} == set(found.activity_reason)


def test_scales() -> None:
    m = planted(6)
    found = complexity_index(m, pci_scale="own", ddof=1)
    assert found.eci.std(ddof=1) == pytest.approx(1) and found.pci.std(ddof=1) == pytest.approx(1)
    assert found.pci.mean() == pytest.approx(0, abs=1e-9)
    raw = complexity_index(m, scale="none")
    assert m @ raw.pci / m.sum(axis=1) == pytest.approx(raw.eci, abs=1e-9)
    assert raw.pci @ (m.sum(axis=0) * raw.pci) == pytest.approx(1)
    assert np.corrcoef(found.eci, raw.eci)[0, 1] == pytest.approx(1)
    with pytest.raises(InputError) as caught:
        complexity_index(m, ddof=2)
    assert caught.value.code == "no_choice"


def test_reflections_close_in_on_eci() -> None:
    m = planted(7)
    places, activities = reflections(m, steps=18)
    d = m.sum(axis=1)
    assert places[0] == pytest.approx(d)
    assert places[3] == pytest.approx(m @ activities[2] / d)
    assert np.corrcoef(places[18], complexity_index(m).eci)[0, 1] > 0.999
    with pytest.raises(InputError) as caught:
        reflections(m, -1)
    assert caught.value.code == "out_of_bounds"


def test_fitness_against_loops_and_its_convergence() -> None:
    m = planted(8, 15, 20)
    f, q = np.ones(15), np.ones(20)
    for _ in range(7):
        f, q = (
            np.array([sum(m[c, p] * q[p] for p in range(20)) for c in range(15)]),
            np.array([1 / sum(m[c, p] / f[c] for c in range(15)) for p in range(20)]),
        )
        f, q = f / f.mean(), q / q.mean()
    found = fitness(m, updates=7)
    assert found.fitness == pytest.approx(f, rel=1e-12) and found.complexity == pytest.approx(
        q, rel=1e-12
    )
    settled = fitness(m)
    assert settled.is_converged and settled.last_change <= 1e-8
    nested = np.tril(np.ones((6, 6)))
    slow = fitness(nested, most_updates=30)
    assert not slow.is_converged and slow.updates == 30 and slow.last_change > 1e-8
    assert (np.diff(slow.fitness) > 0).all()
    with pytest.raises(InputError) as caught:
        fitness(m, updates=0)
    assert caught.value.code == "out_of_bounds"
    with pytest.raises(InputError) as caught:
        fitness(np.zeros((2, 2)))
    assert caught.value.code == "nothing_present"


@pytest.mark.parametrize(
    "m",
    [planted(9, 12, 18), np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0.0]])],
    ids=["planted", "small"],
)
def test_genepy_against_dense_eigenvectors(m: np.ndarray) -> None:
    """Eigenvalues by their size, as the program of Sciarra and others (2020) sorts them; the second
    is negative here."""
    k = m.sum(axis=1)
    w = m / k[:, None] / (m / k[:, None]).sum(axis=0)
    for table, found in ((w @ w.T, genepy(m).places), (w.T @ w, genepy(m).activities)):
        np.fill_diagonal(table, 0)
        values, vectors = np.linalg.eigh(table)
        one, two = np.argsort(-np.abs(values))[:2]
        first, second = vectors[:, one] ** 2 * values[one], vectors[:, two] ** 2 * values[two]
        expected = (first + second) ** 2 + 2 * (values[one] * first + values[two] * second)
        assert found == pytest.approx(expected, rel=1e-9)
        assert values[two] < -values[-2]  # another index than of the two highest
    with pytest.raises(InputError) as caught:
        genepy([[1, 1]])
    assert caught.value.code == "fewer_than_two"


def test_world_trade(reference: Path) -> None:
    listed = pl.read_csv(reference / "data/trade/world_trade_presence.csv.gz")
    rows = listed.select("country", product=pl.col("products").str.split(" ")).explode("product")
    (table,) = read_activities(rows.with_columns(value=1.0), "country", "product", "value")
    m = table.values
    assert (m.shape, m.nnz) == ((226, 785), 31_951)
    found = dict(zip(table.places, fitness(m, updates=19).fitness.tolist(), strict=True))
    assert found["deu"] == pytest.approx(3.81289568, abs=5e-9)
    assert found["esp"] == pytest.approx(3.35972133, abs=5e-9)
    assert found["ita"] == pytest.approx(3.23411659, abs=5e-9)
    eci = complexity_index(m).eci
    _, dense, _ = textbook(m.toarray())
    assert eci == pytest.approx(dense, abs=1e-8)
