"""The Malmquist-Luenberger index: textbook programmes, and what is infeasible."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from dense_distances import at, columns, directional, first_quick, random_panel, spans
from measured import malmquist, malmquist_luenberger

from firstlight.errors import InputError

NAMES = (["k", "l"], ["y", "z"], ["c"])
PANEL = random_panel(11, 8, 3)
METHODS = ("global", "adjacent", "sequential", "biennial")
INDEX, EFFICIENCY, TECHNICAL = (
    "productivity_index",
    "efficiency_change_index",
    "technical_change_index",
)


def test_with_another_convention_rows_differ() -> None:
    panel = random_panel(12, 30, 3)

    def green(inputs: Sequence[str] = ("k", "l"), **options: Any) -> pl.DataFrame:
        return malmquist_luenberger(panel, list(inputs), ["y"], ["c"], **options).table

    found = green()
    others = [
        (green(returns="vrs"), 10),
        (green(direction=["y"]), 10),
        (green(direction=["k", "l", "y", "c"]), 10),
        (green(method="adjacent"), 10),
        (green(["k", "l", "z"]), 40),
        (green(disposability="strong"), 59),  # the equation binds for few units
    ]
    for other, most in others:
        assert ((other[INDEX] - found[INDEX]).abs() <= 1e-4).sum() <= most


def written_out(method: str, returns: str, disposability: str) -> np.ndarray:
    """Index and efficiency change of every pair, from one dense programme per distance."""
    years, rows = sorted(PANEL["year"].unique()), []
    for unit in sorted(PANEL["unit"].unique()):
        for start, end in pairwise(years):
            scores = []
            for year, span in zip(
                (start, end) * 2, spans(method, start, end, years[0], years[-1]), strict=True
            ):
                x, y, c = (at(PANEL, part, unit, year) for part in NAMES)
                spanning = tuple(columns(PANEL, part, *span) for part in NAMES)
                scores.append(
                    1 + directional((x, y, c), spanning, (0 * x, y, c), returns, disposability)
                )
            own_s, own_t, other_s, other_t = scores
            adjacent = method in ("adjacent", "sequential")
            index = np.sqrt(own_s / other_t * other_s / own_t) if adjacent else other_s / other_t
            rows.append((index, own_s / own_t, index / (own_s / own_t)))
    return np.array(rows)


@pytest.mark.parametrize("method", first_quick(*METHODS))
@pytest.mark.parametrize("returns", first_quick("crs", "vrs"))
@pytest.mark.parametrize("disposability", first_quick("weak", "strong"))
def test_each_method_equals_the_programmes_written_out(
    method: str, returns: str, disposability: str
) -> None:
    expected = written_out(method, returns, disposability)
    found = malmquist_luenberger(
        PANEL, *NAMES, method=method, returns=returns, disposability=disposability
    )
    np.testing.assert_allclose(
        found.table.select(INDEX, EFFICIENCY, TECHNICAL).to_numpy(), expected, rtol=1e-8
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("decomposition", ["fglr", "fgnz", "ray_desli"])
def test_parts_multiply_to_the_index(method: str, decomposition: str) -> None:
    found = malmquist_luenberger(PANEL, *NAMES, method=method, decomposition=decomposition).table
    parts = {
        "fglr": (EFFICIENCY, TECHNICAL),
        "fgnz": (TECHNICAL, "pure_efficiency_change_index", "scale_change_index"),
        "ray_desli": (TECHNICAL, "pure_efficiency_change_index", "scale_change_index"),
    }[decomposition]
    whole = found.drop_nulls([INDEX, *parts])
    assert whole.height >= 3
    np.testing.assert_allclose(
        np.prod(whole.select(parts).to_numpy(), axis=1), whole[INDEX].to_numpy(), rtol=1e-12
    )


def test_the_global_index_is_circular() -> None:
    found = malmquist_luenberger(PANEL, *NAMES)
    to_all = found.distances.filter(pl.col("frontier") == "2001–2003").sort("unit", "year")
    level = 1 + to_all["distance"].to_numpy().reshape(8, 3)
    cumulated = found.table["cumulated_productivity_index"].to_numpy().reshape(8, 2)
    np.testing.assert_allclose(cumulated, level[:, :1] / level[:, 1:], rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_in_the_direction_of_outputs_alone_with_strong_disposal_bads_are_inputs(
    method: str,
) -> None:
    """Then it is the Malmquist index with the bad among the inputs: two codes, one number."""
    found = malmquist_luenberger(
        PANEL, *NAMES, method=method, direction=["y", "z"], disposability="strong"
    )
    as_input = malmquist(PANEL, [*NAMES[0], *NAMES[2]], NAMES[1], method=method)
    np.testing.assert_allclose(
        found.table[INDEX].to_numpy(), as_input.table[INDEX].to_numpy(), rtol=1e-9
    )


def test_fewer_bads_alone_raise_productivity() -> None:
    """Goods and inputs stay, every bad falls by a tenth: the ordinary index sees nothing, this one
    does."""
    still = PANEL.filter(pl.col("year") == 2001)
    rows = pl.concat([still, still.with_columns(pl.col("year") + 1, pl.col("c") * 0.9)])
    assert malmquist(rows, NAMES[0], NAMES[1]).table[INDEX].to_numpy() == pytest.approx(1)
    assert malmquist_luenberger(rows, *NAMES, direction=["c"]).table[INDEX].min() > 1


def test_units_of_measurement_and_order_of_rows_do_not_matter() -> None:
    plain = malmquist_luenberger(PANEL, *NAMES, method="adjacent")
    scaled = PANEL.with_columns(pl.col("k") * 1e12, pl.col("y") * 1e-9, pl.col("c") * 1e6)
    for name in (INDEX, EFFICIENCY, TECHNICAL):
        found = malmquist_luenberger(scaled, *NAMES, method="adjacent").table[name]
        np.testing.assert_allclose(found.to_numpy(), plain.table[name].to_numpy(), rtol=1e-8)
    shuffled = malmquist_luenberger(
        PANEL.sample(fraction=1, shuffle=True, seed=4), *NAMES, method="adjacent"
    )
    assert shuffled.table.equals(plain.table)


def test_what_is_infeasible_is_named() -> None:
    found = malmquist_luenberger(PANEL, *NAMES, method="adjacent", returns="vrs")
    nothing = found.table.filter(pl.col(INDEX).is_null())
    assert 0 < nothing.height < found.table.height
    assert (nothing["reason"] == "infeasible").all()
    others = found.table.filter(pl.col(INDEX).is_not_null())["reason"].drop_nulls()
    assert set(others) <= {"chain_broken"}


def test_a_ratio_that_is_not_defined_is_named() -> None:
    """One unit, variable returns: the frontier of year 1 has bads 1 alone, which is ten times those
    of year 2."""
    rows = pl.DataFrame(
        {"unit": ["a", "a"], "year": [1, 2], "x": [1.0, 1.0], "y": [1.0, 1.0], "c": [1.0, 0.1]}
    )
    for method, reason in (("adjacent", "infeasible"), ("sequential", "too_far")):
        found = malmquist_luenberger(rows, ["x"], ["y"], ["c"], method=method, returns="vrs")
        assert found.table[INDEX].to_list() == [None]
        assert found.table["reason"].to_list() == [reason]
        beyond = found.distances.filter(year=2, frontier="1").row(0, named=True)
        assert beyond["status"] == "optimal" and beyond["distance"] <= -1


def test_a_direction_in_which_nothing_moves_is_named() -> None:
    rows = pl.DataFrame(
        {
            "unit": list("aabb"),
            "year": [1, 2] * 2,
            "x": [1.0, 1, 1, 1],
            "y": [1.0, 2, 2, 2],
            "c": [0.0, 0, 1, 1],
        }
    )
    found = malmquist_luenberger(rows, ["x"], ["y"], ["c"], direction=["c"]).table
    assert found[INDEX].to_list()[0] is None and found["reason"][0] == "unbounded"
    assert found[INDEX].to_list()[1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"direction": ["w"]}, "no_quantity"),
        ({"direction": []}, "direction_empty"),
        ({"disposability": "none"}, "no_choice"),
        ({"method": "windows"}, "no_choice"),
    ],
)
def test_words_that_are_not_known_are_refused(changed: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        malmquist_luenberger(PANEL, *NAMES, **changed)  # type: ignore[arg-type]
    assert caught.value.code == code
    with pytest.raises(InputError) as caught:
        malmquist_luenberger(PANEL, NAMES[0], NAMES[1], [])
    assert caught.value.code == "no_bad"
