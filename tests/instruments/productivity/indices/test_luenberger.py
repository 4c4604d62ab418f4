"""The Luenberger indicator, radial and non-radial: textbook programmes, and what adds up."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from dense_distances import at, columns, directional, first_quick, random_panel, spans
from measured import luenberger, nonradial_luenberger

from firstlight.errors import InputError

NAMES = (["k", "l"], ["y", "z"], ["c"])
PANEL = random_panel(21, 7, 3)
METHODS = ("global", "adjacent", "sequential", "biennial")
TOTAL, EFFICIENCY, TECHNICAL = (
    "productivity_indicator",
    "efficiency_change_indicator",
    "technical_change_indicator",
)


def written_out(method: str, returns: str, weights: np.ndarray | None) -> np.ndarray:
    """Indicator and its parts of every pair, from one dense programme per distance."""
    years, rows = sorted(PANEL["year"].unique()), []
    for unit in sorted(PANEL["unit"].unique()):
        for start, end in pairwise(years):
            scores = []
            for year, span in zip(
                (start, end) * 2, spans(method, start, end, years[0], years[-1]), strict=True
            ):
                own = tuple(at(PANEL, part, unit, year) for part in NAMES)
                spanning = tuple(columns(PANEL, part, *span) for part in NAMES)
                scores.append(directional(own, spanning, own, returns, weights=weights))
            own_s, own_t, other_s, other_t = scores
            adjacent = method in ("adjacent", "sequential")
            total = ((own_s - other_t) + (other_s - own_t)) / 2 if adjacent else other_s - other_t
            rows.append((total, own_s - own_t, total - (own_s - own_t)))
    return np.array(rows)


@pytest.mark.parametrize("method", first_quick(*METHODS))
@pytest.mark.parametrize("returns", first_quick("crs", "vrs"))
def test_each_method_equals_the_programmes_written_out(method: str, returns: str) -> None:
    found = luenberger(PANEL, *NAMES, method=method, returns=returns)
    values = found.table.select(TOTAL, EFFICIENCY, TECHNICAL).to_numpy()
    np.testing.assert_allclose(values, written_out(method, returns, None), rtol=1e-8, atol=1e-10)
    shares = np.array([1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 3])
    found = nonradial_luenberger(PANEL, *NAMES, method=method, returns=returns)
    values = found.table.select(TOTAL, EFFICIENCY, TECHNICAL).to_numpy()
    np.testing.assert_allclose(values, written_out(method, returns, shares), rtol=1e-8, atol=1e-10)
    assert np.isnan(values).any() == (method in ("adjacent", "sequential"))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("decomposition", ["fglr", "fgnz", "ray_desli"])
def test_parts_add_up(method: str, decomposition: str) -> None:
    found = luenberger(PANEL, *NAMES, method=method, decomposition=decomposition).table
    parts = [EFFICIENCY, TECHNICAL]
    if decomposition != "fglr":
        parts = [TECHNICAL, "pure_efficiency_change_indicator", "scale_change_indicator"]
    whole = found.drop_nulls([TOTAL, *parts])
    assert whole.height >= 4
    np.testing.assert_allclose(
        whole.select(parts).to_numpy().sum(axis=1), whole[TOTAL].to_numpy(), atol=1e-12
    )


@pytest.mark.parametrize("instrument", [luenberger, nonradial_luenberger])
def test_years_add_up_on_a_global_frontier(instrument: object) -> None:
    found = instrument(PANEL, *NAMES, method="global")  # type: ignore[operator]
    to_all = found.distances.filter(pl.col("frontier") == "2001–2003").sort("unit", "year")
    distance = to_all["distance"].to_numpy().reshape(7, 3)
    cumulated = found.table["cumulated_productivity_indicator"].to_numpy().reshape(7, 2)
    np.testing.assert_allclose(cumulated, distance[:, :1] - distance[:, 1:], atol=1e-12)
    assert found.by_period[TOTAL].to_list() == pytest.approx(
        (distance[:, :-1] - distance[:, 1:]).mean(axis=0)
    )


def test_one_input_and_one_output() -> None:
    """Constant returns, y <= a_t x, the direction that of y: the distance is a_t x / y - 1."""
    found = luenberger(PANEL, ["k"], ["y"], direction=["y"]).table
    k, y = (PANEL.sort("unit", "year")[name].to_numpy().reshape(7, 3) for name in ("k", "y"))
    best = (y / k).max(axis=0)
    mean_best = (best[1:] + best[:-1]) / 2
    need = k / y
    expected = mean_best * (need[:, :-1] - need[:, 1:])
    np.testing.assert_allclose(found[TOTAL].to_numpy().reshape(7, 2), expected, atol=1e-10)
    technical = (best[1:] - best[:-1]) * (need[:, 1:] + need[:, :-1]) / 2
    np.testing.assert_allclose(found[TECHNICAL].to_numpy().reshape(7, 2), technical, atol=1e-10)


def test_units_of_measurement() -> None:
    scaled = PANEL.with_columns(pl.col("k") * 1e12, pl.col("y") * 1e-9, pl.col("c") * 1e6)
    for options in ({}, {"direction": ["y", "c"]}):
        plain = luenberger(PANEL, *NAMES, **options).table[TOTAL].to_numpy()
        np.testing.assert_allclose(
            luenberger(scaled, *NAMES, **options).table[TOTAL].to_numpy(), plain, rtol=1e-7
        )
    nonradial = nonradial_luenberger(PANEL, *NAMES).table[TOTAL].to_numpy()
    np.testing.assert_allclose(
        nonradial_luenberger(scaled, *NAMES).table[TOTAL].to_numpy(),
        nonradial,
        rtol=1e-7,
        atol=1e-12,
    )


def test_a_bad_that_is_strongly_disposable_is_an_input() -> None:
    inputs, outputs, bads = NAMES
    weights = {
        "k": 1.0,
        "y": 2.0,
    }  # a bad with a weight moves by itself, so that it is the same either way
    for instrument, options in (
        (luenberger, {"direction": ["y", "c"]}),
        (nonradial_luenberger, {"weights": weights}),
    ):
        call: Any = instrument
        found = call(PANEL, inputs, outputs, bads, disposability="strong", **options).table[TOTAL]
        direct = call(PANEL, [*inputs, *bads], outputs, **options).table[TOTAL]
        np.testing.assert_allclose(found.to_numpy(), direct.to_numpy(), rtol=1e-9, atol=1e-12)
        weak = call(PANEL, inputs, outputs, bads, **options).table[TOTAL]
        assert np.nanmax(np.abs(weak.to_numpy() - found.to_numpy())) > 1e-3


def test_weights_are_kept_as_they_are() -> None:
    once = nonradial_luenberger(PANEL, *NAMES, weights={"y": 0.5, "c": 0.5})
    twice = nonradial_luenberger(PANEL, *NAMES, weights={"y": 1.0, "c": 1.0})
    np.testing.assert_allclose(
        twice.table[TOTAL].to_numpy(), 2 * once.table[TOTAL].to_numpy(), rtol=1e-9
    )
    # One output alone with weight 1 moves as the radial distance does in that direction.
    single = nonradial_luenberger(PANEL, *NAMES, weights={"y": 1.0}).table[TOTAL].to_numpy()
    radial = luenberger(PANEL, *NAMES, method="global", direction=["y"]).table[TOTAL].to_numpy()
    np.testing.assert_allclose(single, radial, rtol=1e-8, atol=1e-10)


def test_rows_beyond_the_frontier_have_no_nonradial_distance() -> None:
    found = nonradial_luenberger(PANEL, *NAMES, method="adjacent")
    nothing = found.table.filter(pl.col(TOTAL).is_null())
    assert nothing.height and (nothing["reason"] == "infeasible").all()
    assert found.distances.filter(pl.col("status") == "optimal")["distance"].min() >= 0


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ({"w": 1.0}, "no_quantity"),
        ({"y": -1.0}, "unusable_weights"),
        ({"y": 0.0}, "unusable_weights"),
        ({}, "unusable_weights"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(weights: dict[str, float], code: str) -> None:
    with pytest.raises(InputError) as caught:
        nonradial_luenberger(PANEL, *NAMES, weights=weights)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("direction", "code"),
    [
        (["w"], "no_quantity"),
        ([], "direction_empty"),
    ],
)
def test_directions_that_cannot_be_used_are_refused(direction: object, code: str) -> None:
    with pytest.raises(InputError) as caught:
        luenberger(PANEL, *NAMES, direction=direction)  # type: ignore[arg-type]
    assert caught.value.code == code
