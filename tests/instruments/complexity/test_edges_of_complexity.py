"""Edges of complexity: exact arithmetic, sums in any order, scales, ties, blocks, full places,
years of nothing, bad input."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.complexity import complexity_index as index_of
from firstlight.instruments.complexity.activity_table import read_activities
from firstlight.instruments.complexity.complexity_index import complexity_index, largest_eigenvalues
from firstlight.instruments.complexity.economic_complexity.answer import caveats
from firstlight.instruments.complexity.economic_complexity.yearly_indices import economic_complexity
from firstlight.instruments.complexity.fitness import fitness, genepy
from firstlight.instruments.complexity.related_activities import related_activities
from firstlight.instruments.complexity.specialisation import PresenceRule, specialisation
from firstlight.texts import Count, Year

COUNTS = arrays.arrays(
    int, st.tuples(st.integers(2, 7), st.integers(2, 7)), elements=st.integers(0, 4)
).filter(lambda x: x.sum() > 0)


def exact_presences(x: np.ndarray) -> np.ndarray:
    """RCA of 1 or more in fractions, so that nothing is rounded."""
    total, rows, columns = int(x.sum()), x.sum(axis=1), x.sum(axis=0)
    return np.array(
        [
            [
                bool(x[c, p])
                and Fraction(int(x[c, p]) * total, int(rows[c]) * int(columns[p])) >= 1
                for p in range(x.shape[1])
            ]
            for c in range(x.shape[0])
        ]
    )


@settings(max_examples=150, deadline=None)
@given(COUNTS, st.sampled_from([1.0, 0.1, 1 / 3, 1e-7, 7e11]), st.randoms(use_true_random=False))
def test_presence_is_as_in_exact_arithmetic_whatever_the_unit_or_the_order(
    x: np.ndarray, unit: float, mix
) -> None:  # type: ignore[no-untyped-def]
    rows, columns = list(range(x.shape[0])), list(range(x.shape[1]))
    mix.shuffle(rows)
    mix.shuffle(columns)
    found = specialisation((x * unit)[rows][:, columns]).presence.toarray() > 0
    assert (found == exact_presences(x)[rows][:, columns]).all()


def test_an_rca_of_exactly_1_is_present_where_sums_are_rounded() -> None:
    x = np.full((10, 7), 0.1)
    assert (x.sum(axis=0) != 1).any() or (x.sum(axis=1) != 0.7).any()  # sums are rounded indeed
    assert specialisation(x).presence.nnz == 70


def test_genepy_has_no_figures_where_any_mixture_of_vectors_would_do() -> None:
    tied = genepy(1 - np.eye(4))
    assert np.isnan(tied.places).all() and np.isnan(tied.activities).all()
    rows = pl.DataFrame(
        [(c, p) for c in "abcd" for p in "wxyz" if "abcd".index(c) != "wxyz".index(p)],
        schema=["c", "p"],
        orient="row",
    ).with_columns(v=1.0)
    found = economic_complexity(rows, "c", "p", "v", rule=PresenceRule(is_given=True))
    assert [each.code for each in caveats(found.years, found.years[0])][-1] == "no_genepy"
    assert found.table["genepy"].null_count() == 4


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_genepy_of_places_in_another_order_is_the_same_or_none(seed: int) -> None:
    draws = np.random.default_rng(seed)
    m = (draws.uniform(size=(5, 6)) < 0.6).astype(float)
    m[0], m[:, 0] = 1, 1
    rows = draws.permutation(5)
    assert genepy(m[rows]).places == pytest.approx(
        genepy(m).places[rows], rel=1e-6, abs=1e-12, nan_ok=True
    )


def test_fitness_that_heads_for_0_is_said() -> None:
    m = np.zeros((12, 13))
    m[:, :6] = np.random.default_rng(1).uniform(size=(12, 6)) < 0.7
    m[:2, 6:] = 1  # two places alone have seven activities
    m[2:, 0] = 1
    settled = fitness(m)
    rows = [(f"P{c:02}", f"a{p:02}", 1.0) for c, p in zip(*np.nonzero(m), strict=True)]
    frame = pl.DataFrame(rows, schema=["c", "p", "v"], orient="row")
    found = economic_complexity(frame, "c", "p", "v", rule=PresenceRule(is_given=True))
    gone = int((settled.fitness < 1e-6).sum())
    assert gone > 0
    messages = {each.code: each for each in caveats(found.years, found.years[0])}
    said = messages["fitness_to_zero"]
    assert (said.values["count"], said.values["all"]) == (Count(gone), Count(12))
    alike = pl.DataFrame({"c": list("AABB"), "p": list("xyxz"), "v": [1.0] * 4})
    years = economic_complexity(alike, "c", "p", "v").years
    assert "fitness_to_zero" not in [each.code for each in caveats(years, years[0])]


def test_a_year_of_nothing_is_named() -> None:
    rows = pl.DataFrame({"c": ["A", "A"], "p": ["x", "x"], "t": [2000, 2001], "v": [1.0, 0.0]})
    with pytest.raises(InputError) as error:
        read_activities(rows, "c", "p", "v", "t")
    assert error.value.code == "every_value_zero_in" and error.value.values["year"] == Year(2001)
    with pytest.raises(InputError) as error:
        economic_complexity(rows.filter(pl.col("v") == 0), "c", "p", "v")
    assert error.value.code == "every_value_zero"


def test_full_and_empty_places_and_two_blocks_in_every_measure() -> None:
    """A place with everything, one with nothing, and a block of its own: figures or reasons, and no
    other nan."""
    draws = np.random.default_rng(3)
    m = np.zeros((14, 16))
    m[:10, :12] = draws.uniform(size=(10, 12)) < 0.5
    m[0, :12], m[:10, 0] = 1, 1
    m[10:13, 12:] = [[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 1]]
    rows = [(f"P{c:02}", f"a{p:02}", m[c, p]) for c in range(14) for p in range(16)]
    frame = pl.DataFrame(rows, schema=["c", "p", "v"], orient="row")
    found = economic_complexity(
        frame, "c", "p", "v", rule=PresenceRule(is_given=True), blocks="largest"
    )
    assert found.table["eci"].is_null().to_list() == [False] * 10 + [True] * 4
    assert (found.table["eci"].is_null() == found.table["reason"].is_not_null()).all()
    assert found.table["fitness"].is_null().to_list() == [False] * 13 + [True]
    near = related_activities(frame, "c", "p", "v", rule=PresenceRule(is_given=True))
    outlook = near.years[0].outlook
    assert np.isfinite(outlook.density).all() and outlook.density.max() <= 1.0
    assert (outlook.density[13] == 0).all() and outlook.density[0, :12] == pytest.approx(
        1, rel=1e-12
    )
    assert (outlook.density[:10, 12:] == 0).all() and (outlook.density[10:, :12] == 0).all()
    assert np.isnan(outlook.gain).sum() == m.sum()
    assert near.table["outlook_index"].is_null().to_list() == [False] * 13 + [True]


def test_lanczos_that_does_not_settle_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsettled(*_: object, **__: object) -> None:
        raise index_of.ArpackNoConvergence("no", np.zeros(0), np.zeros((0, 0)))

    monkeypatch.setattr(index_of, "DENSE", 2)
    monkeypatch.setattr(index_of, "eigsh", unsettled)
    with pytest.raises(InputError) as error:
        complexity_index(np.tril(np.ones((5, 6))))
    assert error.value.code == "unsettled"


def test_largest_eigenvalues_of_fewer_rows_than_asked_for_are_filled_with_0() -> None:
    values, vectors = largest_eigenvalues(sparse.csr_array([[3.0]]), 3)
    assert values.tolist() == [9.0, 0.0, 0.0] and vectors.shape == (1, 3)


def test_net_flows_and_pairs_that_stand_twice_are_refused() -> None:
    flows = pl.DataFrame({"c": ["A", "B"], "p": ["x", "x"], "v": [5.0, -2.0]})
    with pytest.raises(InputError) as caught:
        related_activities(flows, "c", "p", "v")
    assert caught.value.code == "value_negative"
    twice = pl.DataFrame({"c": ["A", "A"], "p": ["x", "x"], "v": [5.0, 2.0]})
    with pytest.raises(InputError) as caught:
        economic_complexity(twice, "c", "p", "v")
    assert caught.value.code == "two_rows"
