"""Two-stage networks: multiplier programmes written out, one stage that does nothing, what
multiplies and what adds up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import dea, two_stage
from scipy.optimize import linprog

from firstlight.errors import InputError
from firstlight.instruments.productivity.network_efficiency.network_frontier import (
    two_stage_scores,
)
from firstlight.texts import Name

NAMES = (["x1", "x2"], ["z1", "z2"], ["y1", "y2"])
FLAT = [name for group in NAMES for name in group]


def random_rows(seed: int, count: int = 9) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    values = rng.lognormal(0, 0.6, (count, 6))
    return pl.DataFrame(
        {"unit": [f"u{k:02d}" for k in range(count)], **dict(zip(FLAT, values.T, strict=True))}
    )


def split(rows: pl.DataFrame) -> list[np.ndarray]:
    return [rows.select(group).to_numpy() for group in NAMES]


def small_numbers(seed: int) -> list[np.ndarray]:
    """Whole numbers, so that many programmes have several best solutions."""
    rng = np.random.default_rng(seed)
    return [rng.integers(1, 5, (8, width)).astype(float) for width in (1, 3, 1)]


def with_zeros(seed: int) -> list[np.ndarray]:
    """Small whole numbers, many of them 0; no unit without all inputs, intermediates or outputs."""
    rng = np.random.default_rng(seed)
    parts = [rng.integers(0, 3, (14, 2)).astype(float) for _ in range(3)]
    whole = np.all([part.any(axis=1) for part in parts], axis=0)
    return [part[whole] for part in parts]


def most(
    k: int,
    parts: list[np.ndarray],
    objective: str,
    base: str,
    model: str,
    returns: str,
    held: tuple[float, float] | None,
    first: float | None = None,
) -> float:
    """max of one functional, the base being 1, over (v, w, u, a+, a-, b+, b-), in the multiplier
    form; dense.

    held : E of the whole that is kept, less a slack; first : E1 that is kept too
    """
    x, z, y = parts
    zero_x, zero_z, zero_y, one = (
        np.zeros_like(x),
        np.zeros_like(z),
        np.zeros_like(y),
        np.ones((len(x), 1)),
    )
    free = 0 * one if returns == "crs" else one
    a, b, none = (
        np.hstack([free, -free, 0 * one, 0 * one]),
        np.hstack([0 * one, 0 * one, free, -free]),
        np.zeros((len(x), 4)),
    )
    value = {
        "x": np.hstack([x, zero_z, zero_y, none]),
        "z": np.hstack([zero_x, z, zero_y, none]),
        "1": np.hstack([zero_x, z, zero_y, a]),
        "2": np.hstack([zero_x, zero_z, y, b]),
    }
    value["whole"] = value["2"] if model == "relational" else value["1"] + value["2"]
    value["base"] = value["x"] if model == "relational" else value["x"] + value["z"]
    rows, bounds = (
        np.vstack([value["1"] - value["x"], value["2"] - value["z"]]),
        np.zeros(2 * len(x)),
    )
    if held is not None:
        score, slack = held
        rows = np.vstack([rows, (score - slack) * value["base"][k] - value["whole"][k]])
        bounds = np.append(bounds, 0.0)
    if first is not None:
        rows, bounds = (
            np.vstack([rows, (first - 1e-10) * value["x"][k] - value["1"][k]]),
            np.append(bounds, 0.0),
        )
    found = linprog(-value[objective][k], rows, bounds, value[base][k][None], [1.0], method="highs")
    assert found.status == 0
    return float(-found.fun)


def test_kao_and_hwangs_insurers() -> None:
    told = json.loads(
        (Path(__file__).parents[3] / "reference" / "productivity_cases.json").read_text("utf-8")
    )
    data = [
        np.array(told["kao_hwang_data"][name], float)
        for name in ("inputs", "intermediates", "outputs")
    ]
    published = [value for _, value, _ in told["cases"]["two_stage"]["figures"]]
    assert two_stage_scores(*data).score == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(
    ("model", "returns"), [("relational", "crs"), ("additive", "crs"), ("additive", "vrs")]
)
@pytest.mark.parametrize(
    "parts",
    [
        split(random_rows(1)),
        split(random_rows(2)),
        small_numbers(2),
        small_numbers(4),
        with_zeros(1),
        with_zeros(3),
    ],
)
@pytest.mark.slow
def test_scores_equal_the_multiplier_programmes_written_out(
    model: str, returns: str, parts: list[np.ndarray]
) -> None:
    found = two_stage_scores(*parts, model=model, returns=returns)
    without = 0
    for k in range(len(found.score)):
        score = most(k, parts, "whole", "base", model, returns, None)
        assert found.score[k] == pytest.approx(score, rel=1e-8)
        for stage, top, bottom in ((0, "1", "x"), (1, "2", "z")):
            if np.isnan(
                found.greatest[k, stage]
            ):  # what the stage uses has no price where the score of the whole is kept
                assert (
                    most(
                        k,
                        parts,
                        bottom,
                        "x" if bottom == "z" else "z",
                        model,
                        returns,
                        (score, 1e-10),
                    )
                    < 1e-6
                )
                without += 1
            else:
                expected = most(k, parts, top, bottom, model, returns, (score, 1e-10))
                assert found.greatest[k, stage] == pytest.approx(expected, rel=2e-6, abs=1e-8)
    assert returns == "vrs" or not without


@pytest.mark.parametrize("priority", [1, 2])
def test_stages_multiply_or_add_up(priority: int) -> None:
    parts = small_numbers(2)
    found = two_stage_scores(*parts, priority=priority)
    np.testing.assert_allclose(found.stages.prod(axis=1), found.score, rtol=1e-12)
    assert (found.stages <= found.greatest + 1e-9).all() and (found.greatest <= 1 + 1e-9).all()
    assert (
        found.stages[:, 2 - priority] < found.greatest[:, 2 - priority] - 0.1
    ).any()  # so that the priority matters
    for returns in ("crs", "vrs"):
        found = two_stage_scores(
            *split(random_rows(3, 20)), model="additive", returns=returns, priority=priority
        )
        whole = ~np.isnan(found.stages).any(axis=1)
        assert whole.all() if returns == "crs" else whole.sum() > 5
        sums = (found.weights * found.stages).sum(axis=1)
        np.testing.assert_allclose(sums[whole], found.score[whole], rtol=1e-9)
        np.testing.assert_allclose(found.weights[whole].sum(axis=1), 1.0, rtol=1e-12)
        assert (found.stages <= found.greatest + 1e-6)[whole].all() and (
            found.greatest <= 1 + 1e-6
        )[whole].all()


@pytest.mark.parametrize("priority", [1, 2])
@pytest.mark.parametrize("parts", [split(random_rows(4, 15)), small_numbers(2)])
def test_weights_of_the_additive_model_under_constant_returns(
    parts: list[np.ndarray], priority: int
) -> None:
    """c = w'z / v'x is E1 itself, so that E = (E1 + E1 E2) / (1 + E1)."""
    found = two_stage_scores(*parts, model="additive", priority=priority)
    np.testing.assert_allclose(found.weights[:, 0], 1 / (1 + found.stages[:, 0]), rtol=1e-6)
    first, second = found.stages.T
    np.testing.assert_allclose(found.score, first * (1 + second) / (1 + first), rtol=1e-6)


def test_a_weight_that_both_scores_leave_open_goes_to_stage_2() -> None:
    parts = with_zeros(5)
    found = two_stage_scores(*parts, model="additive", returns="vrs")
    score, (first, second), (weight, _) = found.score[1], found.stages[1], found.weights[1]
    c = most(1, parts, "z", "x", "additive", "vrs", (score, 1e-10), first)
    assert weight == pytest.approx(1 / (1 + c), rel=1e-6) and c == pytest.approx(0.2, rel=1e-6)
    assert (first, second) == pytest.approx((0.6, 1.0), rel=1e-6) and found.greatest[
        1, 1
    ] == pytest.approx(1.0, rel=1e-6)


def test_a_division_among_the_stages_that_is_open_is_told() -> None:
    rows = pl.DataFrame(
        np.hstack(small_numbers(2)), schema=["x1", "z1", "z2", "z3", "y1"]
    ).with_row_index("unit")
    found = two_stage(rows, ["x1"], ["z1", "z2", "z3"], ["y1"]).table
    is_open = (found["stage_2_greatest_score"] - found["stage_2_score"]).to_numpy() > 1e-6
    assert is_open.any() and (found["is_decomposition_unique"].to_numpy() == ~is_open).all()


def test_each_stage_alone_is_at_least_as_efficient() -> None:
    rows = random_rows(5, 12)
    found = two_stage(rows, *NAMES).table
    for stage, (inner, outer) in enumerate(((NAMES[0], NAMES[1]), (NAMES[1], NAMES[2])), start=1):
        alone = dea(rows, inner, outer, returns="crs").table["efficiency_score"]
        assert (found[f"stage_{stage}_greatest_score"].to_numpy() <= alone.to_numpy() + 1e-7).all()
    whole = dea(rows, NAMES[0], NAMES[2], returns="crs").table["efficiency_score"].to_numpy()
    assert (found["efficiency_score"].to_numpy() <= whole + 1e-9).all()
    assert (found["efficiency_score"].to_numpy() < whole - 1e-3).any()


def test_a_second_stage_that_does_nothing_leaves_ordinary_envelopment() -> None:
    rows = random_rows(6, 15).with_columns(z1="y1", z2="y2")
    found, whole = (
        two_stage(rows, *NAMES).table,
        dea(rows, NAMES[0], NAMES[2], returns="crs").table["efficiency_score"],
    )
    np.testing.assert_allclose(found["efficiency_score"].to_numpy(), whole.to_numpy(), rtol=1e-9)
    np.testing.assert_allclose(found["stage_1_score"].to_numpy(), whole.to_numpy(), rtol=1e-6)
    np.testing.assert_allclose(found["stage_2_score"].to_numpy(), 1.0, rtol=1e-6)
    rows = random_rows(6, 15).with_columns(z1="x1", z2="x2")  # and a first stage that does nothing
    np.testing.assert_allclose(
        two_stage(rows, *NAMES).table["stage_1_greatest_score"].to_numpy(), 1.0, rtol=1e-6
    )


def test_one_quantity_of_each_kind_by_hand() -> None:
    rows = pl.DataFrame(
        {"unit": ["a", "b", "c"], "x": [1.0, 2.0, 4.0], "z": [2.0, 2.0, 4.0], "y": [1.0, 4.0, 2.0]}
    )
    found = two_stage(rows, ["x"], ["z"], ["y"]).table
    assert found["stage_1_score"].to_list() == pytest.approx([1.0, 0.5, 0.5])
    assert found["stage_2_score"].to_list() == pytest.approx([0.25, 1.0, 0.25])
    assert found["efficiency_score"].to_list() == pytest.approx([0.25, 0.5, 0.125])
    assert found["is_decomposition_unique"].all()
    added = two_stage(rows, ["x"], ["z"], ["y"], model="additive").table
    assert added["efficiency_score"].to_list() == pytest.approx(
        [(1 + 0.25) / 2, (0.5 + 0.5) / 1.5, (0.5 + 0.125) / 1.5]
    )
    assert added["stage_1_weight_share"].to_list() == pytest.approx([1 / 2, 1 / 1.5, 1 / 1.5])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**16), power=st.lists(st.integers(-9, 12), min_size=6, max_size=6))
@pytest.mark.slow
def test_units_of_measurement_and_order_of_rows(seed: int, power: list[int]) -> None:
    rows = random_rows(seed, 8)
    scaled = rows.with_columns(pl.col(name) * 10.0**p for name, p in zip(FLAT, power, strict=True))
    for model in ("relational", "additive"):
        plain = two_stage(rows, *NAMES, model=model)
        other = two_stage(scaled, *NAMES, model=model)
        for name, near in (("efficiency", 1e-8), ("stage_1", 1e-6), ("stage_2", 1e-6)):
            ours, theirs = (found.table[f"{name}_score"].to_numpy() for found in (other, plain))
            np.testing.assert_allclose(ours, theirs, rtol=near)
        shuffled = two_stage(rows.sample(fraction=1, shuffle=True, seed=seed), *NAMES, model=model)
        assert shuffled.table.equals(plain.table)


def test_years_and_their_frontiers() -> None:
    rows = pl.concat([random_rows(seed).with_columns(year=pl.lit(seed)) for seed in (1, 2)])
    each = two_stage(rows, *NAMES, year="year").table
    alone = two_stage(random_rows(2), *NAMES).table
    assert each.filter(year=2)["efficiency_score"].to_list() == alone["efficiency_score"].to_list()
    every = two_stage(rows, *NAMES, year="year", technology="global").table
    assert (every["efficiency_score"] <= each["efficiency_score"] + 1e-9).all()
    told: list[tuple[int, int]] = []
    two_stage(rows, *NAMES, year="year", progress=lambda done, of: told.append((done, of)))
    assert told == [(0, 2), (1, 2)]


def test_a_stage_without_a_price_is_named() -> None:
    """Under variable returns the largest outputs make stage 2 efficient by its intercept alone."""
    rows = pl.DataFrame(
        {"unit": ["a", "b", "c"], "x": [1.0, 2.0, 3.0], "z": [1.0, 4.0, 5.0], "y": [0.5, 9.0, 10.0]}
    )
    found = two_stage(rows, ["x"], ["z"], ["y"], model="additive", returns="vrs").table
    assert found["efficiency_score"].to_list() == [1.0, 1.0, 1.0]
    assert found["stage_2_score"].to_list() == [1.0, 1.0, None]
    assert found["reason"].to_list() == [None, None, "no_price"]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"model": "network"}, "no_choice model = network"),
        ({"returns": "nirs"}, "no_choice returns = nirs"),
        ({"returns": "vrs"}, "relational_vrs"),
        ({"priority": 3}, "out_of_bounds priority = 3"),
        ({"technology": "window"}, "no_choice technology = window"),
    ],
)
def test_unknown_options_are_refused(options: dict[str, Any], what: str) -> None:
    with pytest.raises(InputError) as caught:
        two_stage(random_rows(1), *NAMES, **options)
    assert what in f"{caught.value.code} {caught.value}"


def test_bad_rows_are_refused() -> None:
    rows = random_rows(1)
    with pytest.raises(InputError) as caught:
        two_stage(
            rows.with_columns(
                z1=pl.when(pl.col("unit") != "u03").then("z1").otherwise(0.0), z2=0.0
            ),
            *NAMES,
        )
    assert caught.value.code == "intermediates_all_zero"
    assert caught.value.values["unit"] == Name("u03")
    with pytest.raises(InputError, match="twice"):
        two_stage(rows, NAMES[0], ["z1"], ["z1"])
