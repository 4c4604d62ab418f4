"""Skill relatedness: by hand, planted groups, the size of the test under chance, density, and what
is missing said."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, poisson

from firstlight.errors import InputError
from firstlight.instruments.networks.talent_flows.relatedness_density import (
    density_of,
    relatedness_density,
)
from firstlight.instruments.networks.talent_flows.skill_relatedness import (
    quasi_independence,
    relatedness_of_flows,
    skill_relatedness,
)


def planted(seed: int = 0, lift: float = 4.0, size: int = 12) -> np.ndarray:
    """Flows between industries of three groups, ``lift`` times as many within as between."""
    rng = np.random.default_rng(seed)
    weight = np.exp(rng.normal(0, 0.7, size))
    same = np.arange(size)[:, None] % 3 == np.arange(size) % 3
    mean = 20 * np.outer(weight, np.roll(weight, 1)) * np.where(same, lift, 1)
    np.fill_diagonal(mean, 0)
    return rng.poisson(mean).astype(float)


def rows_of(flows: np.ndarray) -> pl.DataFrame:
    one, two = np.nonzero(flows)
    rows = {
        "origin": [f"i{k:02d}" for k in one],
        "destination": [f"i{k:02d}" for k in two],
        "people_count": flows[one, two],
    }
    return pl.DataFrame(rows)


def test_as_a_dense_textbook_computes_it() -> None:
    flows = planted()
    found = relatedness_of_flows(flows + np.diag(np.arange(12.0)))  # who stays is in no flow
    out, come = flows.sum(axis=1), flows.sum(axis=0)
    ratio = flows / (np.outer(out, come) / flows.sum())
    both = (ratio + ratio.T) / 2
    assert found.ratio == pytest.approx(both[found.one, found.two])
    assert found.relatedness == pytest.approx(
        (both[found.one, found.two] - 1) / (both[found.one, found.two] + 1)
    )
    tail = poisson.sf(found.flow - 1, found.expected)
    assert found.p_value == pytest.approx(tail, abs=1e-12)
    assert (np.abs(found.relatedness) <= 1).all() and (found.one < found.two).all()


def test_planted_groups_are_found() -> None:
    found = skill_relatedness(rows_of(planted())).table
    same = found.select(
        pl.col("unit_1").str.slice(1).cast(int) % 3 == pl.col("unit_2").str.slice(1).cast(int) % 3
    ).to_series()
    assert found.filter(same)["is_related"].mean() > 0.85
    assert found.filter(~same)["is_related"].mean() < 0.05


def test_chance_alone_is_seldom_called_related() -> None:
    found = [relatedness_of_flows(planted(seed, lift=1.0)) for seed in range(40)]
    p = np.concatenate([own.p_value for own in found])
    assert (
        0.02 < (p < 0.05).mean() < 0.06
    )  # whole numbers and fitted totals make it a little cautious
    assert np.mean([(own.q_value < 0.05).any() for own in found]) <= 0.1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_chance_keeps_who_leaves_and_comes(seed: int) -> None:
    flows = planted(seed, size=8)
    a, b = quasi_independence(flows.sum(axis=1), flows.sum(axis=0))
    mean = np.outer(a, b)
    np.fill_diagonal(mean, 0)
    assert mean.sum(axis=1) == pytest.approx(flows.sum(axis=1), abs=1e-6 * flows.sum())
    assert mean.sum(axis=0) == pytest.approx(flows.sum(axis=0), abs=1e-6 * flows.sum())


def test_scale_and_order_do_not_matter() -> None:
    rows = rows_of(planted(3))
    found = skill_relatedness(rows)
    assert skill_relatedness(rows.sample(fraction=1, shuffle=True, seed=1)).table.equals(
        found.table
    )
    double = skill_relatedness(rows.with_columns(pl.col("people_count") * 2)).table
    assert double["relatedness_index"].to_list() == pytest.approx(
        found.table["relatedness_index"].to_list()
    )


def test_a_hub_leaves_no_chance_and_fractions_are_said() -> None:
    flows = np.zeros((4, 4))
    flows[0, 1:], flows[1:, 0] = [5, 1, 2.5], [1, 4, 1]
    found = skill_relatedness(rows_of(flows))
    assert found.table["p_value"].null_count() == 3
    assert found.table["expected_count"].null_count() == 3
    with pytest.raises(InputError) as wrong:
        relatedness_of_flows(np.diag([3, 2]))
    assert wrong.value.code == "nothing_above_zero"
    with pytest.raises(InputError) as wrong:
        relatedness_of_flows([[0, -1], [1, 0]])
    assert wrong.value.code == "value_too_low" and wrong.value.values["value"].value == "-1.0"
    with pytest.raises(InputError) as wrong:
        skill_relatedness(rows_of(flows), level=5)
    assert wrong.value.code == "not_between"


def test_density_as_written_out() -> None:
    rng = np.random.default_rng(0)
    people = rng.integers(0, 50, (5, 6)).astype(float)
    close = rng.uniform(-1, 1, (6, 6))
    close = (close + close.T) / 2
    near = (close > 0.2).astype(float)
    share, base, density = density_of(people, close, near)
    quotient = (people / people.sum(axis=1, keepdims=True)) / (people.sum(axis=0) / people.sum())
    for p in range(5):
        for i in range(6):
            others = [j for j in range(6) if j != i]
            assert share[p, i] == pytest.approx(
                sum(people[p, j] * near[i, j] for j in others) / sum(people[p, j] for j in others)
            )
            weight = [max(close[i, j], 0) for j in others]
            there = [w for w, j in zip(weight, others, strict=True) if quotient[p, j] >= 1]
            assert density[p, i] == pytest.approx(sum(there) / sum(weight))
    assert base[2] == pytest.approx(
        (people.sum(axis=0) * near[2] * (np.arange(6) != 2)).sum()
        / (people.sum() - people[:, 2].sum())
    )


def test_density_of_places_and_bad_input() -> None:
    related = skill_relatedness(rows_of(planted()))
    rng = np.random.default_rng(1)
    rows = pl.DataFrame(
        [
            (f"p{p}", f"i{i:02d}", float(rng.integers(1, 90)))
            for p in range(4)
            for i in range(13)
            if (p + i) % 4
        ],
        schema=["place", "industry", "people_count"],
        orient="row",
    )
    found = relatedness_density(rows, related)
    assert found.height == 4 * 13
    stranger = found.filter(industry="i12")
    assert stranger["density_share"].null_count() == 4
    assert set(stranger["reason"]) == {"no_moves"}
    known = found.drop_nulls("density_share")
    assert known["reason"].null_count() == known.height
    assert (
        known["density_share"].is_between(0, 1).all()
        and known["related_employment_share"].is_between(0, 1).all()
    )
    mixed = rows.sample(fraction=1, shuffle=True, seed=2)
    assert relatedness_density(mixed, related).equals(found)
    with pytest.raises(InputError) as wrong:
        relatedness_density(pl.concat([rows, rows.head(1)]), related)
    assert wrong.value.code == "stands_twice"
    with pytest.raises(InputError) as wrong:
        relatedness_density(rows.with_columns(people_count=pl.lit(None, pl.Float64)), related)
    assert wrong.value.code == "value_missing"


def test_a_quotient_of_exactly_one_counts_as_specialised() -> None:
    close = [[0, 1], [1, 0]]
    assert density_of([[2, 2], [3, 3]], close, close)[2].tolist() == [[1, 1], [1, 1]]


def test_pairs_without_a_flow_count_among_all_pairs() -> None:
    flows = np.zeros((6, 6))
    for one, two, people in ((0, 1, 9), (2, 3, 7), (4, 5, 8), (0, 2, 2), (3, 4, 2), (5, 1, 2)):
        flows[one, two] = flows[two, one] = people
    found = relatedness_of_flows(flows)
    unseen = np.ones(15 - len(found.p_value))
    assert found.q_value == pytest.approx(
        false_discovery_control(np.r_[found.p_value, unseen])[: len(found.p_value)]
    )
