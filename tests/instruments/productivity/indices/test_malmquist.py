"""The Malmquist index: textbook programmes, closed forms, and what its parts must multiply to."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from dense_distances import at, columns, farrell, first_quick, random_panel, spans
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import malmquist

from firstlight.errors import InputError
from firstlight.instruments.productivity.indices.change_over_time.distance_changes import (
    ProductivityChange,
)

INPUTS, OUTPUTS = ["k", "l"], ["y", "z"]
PANEL = random_panel(3, 6, 3)
METHODS = ("adjacent", "sequential", "global", "biennial")
INDEX, EFFICIENCY, TECHNICAL = (
    "productivity_index",
    "efficiency_change_index",
    "technical_change_index",
)
PURE, SCALE = "pure_efficiency_change_index", "scale_change_index"


def numbers(found: ProductivityChange) -> np.ndarray:
    return found.table.select(pl.col("^.*_index$")).to_numpy()


def product(found: ProductivityChange, *names: str) -> np.ndarray:
    return np.prod([found.table[name].to_numpy() for name in names], axis=0)


def written_out(
    frame: pl.DataFrame,
    names: tuple[list[str], list[str]],
    method: str,
    orientation: str,
    returns: str,
) -> np.ndarray:
    """Index, efficiency and technical change of every pair, from one dense programme per distance."""
    years = sorted(frame["year"].unique())
    rows = []
    for unit in sorted(frame["unit"].unique()):
        for start, end in pairwise(years):
            four = spans(method, start, end, years[0], years[-1])
            scores = [
                farrell(
                    *(at(frame, part, unit, year) for part in names),
                    *(columns(frame, part, *span) for part in names),
                    orientation,
                    returns,
                )
                for year, span in zip((start, end, start, end), four, strict=True)
            ]
            # D is an output distance function, or a Farrell input efficiency: both rise with
            # productivity.
            own_s, own_t, other_s, other_t = (
                s if orientation == "input" else 1 / s for s in scores
            )
            change = own_t / own_s
            index = (
                np.sqrt(other_t / own_s * own_t / other_s)
                if method in ("adjacent", "sequential")
                else other_t / other_s
            )
            rows.append((index, change, index / change))
    return np.array(rows)


@pytest.mark.parametrize("method", first_quick(*METHODS))
@pytest.mark.parametrize("orientation", first_quick("output", "input"))
@pytest.mark.parametrize("returns", first_quick("crs", "vrs"))
def test_each_method_equals_the_programmes_written_out(
    method: str, orientation: str, returns: str
) -> None:
    expected = written_out(PANEL, (INPUTS, OUTPUTS), method, orientation, returns)
    found = malmquist(
        PANEL, INPUTS, OUTPUTS, method=method, orientation=orientation, returns=returns
    )
    values = found.table.select(INDEX, EFFICIENCY, TECHNICAL).to_numpy()
    assert np.isnan(expected).any() == (returns == "vrs" and method in ("adjacent", "sequential"))
    np.testing.assert_allclose(values, expected, rtol=1e-8)
    nudged = PANEL.with_columns(
        pl.when(pl.col("unit") == "u00").then(pl.col("y") * 1.01).otherwise("y").alias("y")
    )
    assert not np.allclose(
        written_out(nudged, (INPUTS, OUTPUTS), method, orientation, returns), values, rtol=1e-5
    )


@pytest.mark.slow
def test_thirty_one_units_of_unlike_sizes_equal_the_programmes_written_out() -> None:
    draws, frame = np.random.default_rng(31), random_panel(31, 31, 5)
    size = np.repeat(np.exp(draws.normal(5, 1, 31)), 5)
    frame = frame.with_columns(pl.col("k", "l", "y") * size)
    names = ["k", "l"], ["y"]
    expected = written_out(frame, names, "adjacent", "input", "crs")
    values = (
        malmquist(frame, *names, orientation="input")
        .table.select(INDEX, EFFICIENCY, TECHNICAL)
        .to_numpy()
    )
    assert values.shape == (124, 3)
    np.testing.assert_allclose(values, expected, rtol=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_one_input_and_one_output_are_a_ratio_of_average_products(method: str) -> None:
    found = malmquist(PANEL, ["k"], ["y"], method=method)
    average = PANEL.sort("unit", "year").select(pl.col("y") / pl.col("k")).to_numpy().reshape(6, 3)
    np.testing.assert_allclose(
        found.table[INDEX].to_numpy(), (average[:, 1:] / average[:, :-1]).ravel(), rtol=1e-12
    )
    best = (
        np.maximum.accumulate(average.max(axis=0))
        if method == "sequential"
        else average.max(axis=0)
    )
    own = average / best
    np.testing.assert_allclose(
        found.table[EFFICIENCY].to_numpy(), (own[:, 1:] / own[:, :-1]).ravel(), rtol=1e-12
    )
    np.testing.assert_allclose(
        found.table[TECHNICAL].to_numpy(), np.tile(best[1:] / best[:-1], 6), rtol=1e-12
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("decomposition", ["fglr", "fgnz", "ray_desli"])
def test_parts_multiply_to_the_index(method: str, decomposition: str) -> None:
    found = malmquist(PANEL, INPUTS, OUTPUTS, method=method, decomposition=decomposition)
    table = found.table
    parts = [
        name for name in table.columns if name.endswith("_change_index") and name != EFFICIENCY
    ]
    wanted = [TECHNICAL, EFFICIENCY] if decomposition == "fglr" else [TECHNICAL, PURE, SCALE]
    assert sorted(parts if decomposition != "fglr" else [*parts, EFFICIENCY]) == sorted(wanted)
    index, defined = table[INDEX].to_numpy(), ~np.isnan(product(found, *wanted))
    assert defined.sum() >= 6
    np.testing.assert_allclose(product(found, *wanted)[defined], index[defined], rtol=1e-12)
    if decomposition == "fgnz":
        np.testing.assert_allclose(
            product(found, PURE, SCALE), table[EFFICIENCY].to_numpy(), rtol=1e-12
        )


@pytest.mark.parametrize("method", METHODS)
def test_ray_desli_is_the_pure_index_at_variable_returns_times_scale(method: str) -> None:
    found = malmquist(PANEL, INPUTS, OUTPUTS, method=method, decomposition="ray_desli")
    variable = malmquist(PANEL, INPUTS, OUTPUTS, method=method, returns="vrs")
    constant = malmquist(PANEL, INPUTS, OUTPUTS, method=method)
    np.testing.assert_array_equal(
        found.table[TECHNICAL].to_numpy(), variable.table[TECHNICAL].to_numpy()
    )
    np.testing.assert_array_equal(
        found.table[PURE].to_numpy(), variable.table[EFFICIENCY].to_numpy()
    )
    ratio = constant.table[INDEX].to_numpy() / variable.table[INDEX].to_numpy()
    np.testing.assert_allclose(found.table[SCALE].to_numpy(), ratio, rtol=1e-12)


def test_the_global_index_is_circular_and_the_adjacent_one_is_not() -> None:
    """The change from 2001 to 2003 by way of 2002 is that of the two years alone on the same
    frontier."""
    found = malmquist(PANEL, INPUTS, OUTPUTS, method="global")
    to_all = found.distances.filter(pl.col("frontier") == "2001–2003").sort("unit", "year")
    output_distance = 1 / (1 + to_all["distance"].to_numpy().reshape(6, 3))
    cumulated = found.table.filter(pl.col("to_year") == 2003)[
        "cumulated_productivity_index"
    ].to_numpy()
    np.testing.assert_allclose(cumulated, output_distance[:, 2] / output_distance[:, 0], rtol=1e-12)
    by_way = malmquist(PANEL, INPUTS, OUTPUTS).table.filter(pl.col("to_year") == 2003)[
        "cumulated_productivity_index"
    ]
    straight = malmquist(PANEL.filter(pl.col("year") != 2002), INPUTS, OUTPUTS).table[INDEX]
    assert (by_way - straight).abs().max() > 0.01


def test_input_and_output_agree_at_constant_returns() -> None:
    output = malmquist(PANEL, INPUTS, OUTPUTS)
    farrell_input = malmquist(PANEL, INPUTS, OUTPUTS, orientation="input")
    shephard = malmquist(PANEL, INPUTS, OUTPUTS, orientation="input", above_one_is_growth=False)
    np.testing.assert_allclose(numbers(farrell_input), numbers(output), rtol=1e-9)
    np.testing.assert_allclose(numbers(shephard), 1 / numbers(output), rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("decomposition", ["fglr", "fgnz", "ray_desli"])
def test_planted_technical_change_comes_out(method: str, decomposition: str) -> None:
    growth = np.array([1.0, 1.05, 1.05 * 0.98])
    if method == "sequential":
        growth = np.array([1.0, 1.05, 1.05 * 1.02])  # a sequential frontier does not recede
    still = PANEL.filter(pl.col("year") == 2001).drop("year")
    rows = pl.concat(
        [
            still.with_columns(pl.lit(2001 + k).alias("year"), pl.col(OUTPUTS) * g)
            for k, g in enumerate(growth)
        ]
    )
    table = malmquist(rows, INPUTS, OUTPUTS, method=method, decomposition=decomposition).table
    assert sorted(rows["unit"].unique()) == sorted(table["unit"].unique())
    for name in table.columns:
        if name.endswith("_index") and not name.startswith("cumulated"):
            expected = (
                np.tile(growth[1:] / growth[:-1], 6) if name in (INDEX, TECHNICAL) else np.ones(12)
            )
            values = table[name].to_numpy()
            defined = ~np.isnan(values)
            np.testing.assert_allclose(values[defined], expected[defined], rtol=1e-9)
            assert defined.all() or name in (TECHNICAL, SCALE)


def test_a_sequential_frontier_never_recedes() -> None:
    found = malmquist(random_panel(8, 12, 6), INPUTS, OUTPUTS, method="sequential").table[TECHNICAL]
    assert found.min() >= 1 - 1e-9
    assert malmquist(random_panel(8, 12, 6), INPUTS, OUTPUTS).table[TECHNICAL].min() < 0.99


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), powers=st.lists(st.integers(-9, 12), min_size=4, max_size=4))
@pytest.mark.slow
def test_units_of_measurement_and_order_of_rows_do_not_matter(seed: int, powers: list[int]) -> None:
    panel = random_panel(seed, 5, 3)
    rescaled = panel.with_columns(
        pl.col(name) * 10.0**p for name, p in zip("klyz", powers, strict=True)
    )
    for method in ("adjacent", "global"):
        plain = malmquist(panel, INPUTS, OUTPUTS, method=method, decomposition="fgnz")
        np.testing.assert_allclose(
            numbers(malmquist(rescaled, INPUTS, OUTPUTS, method=method, decomposition="fgnz")),
            numbers(plain),
            rtol=1e-8,
        )
        shuffled = malmquist(
            panel.sample(fraction=1, shuffle=True, seed=seed), INPUTS, OUTPUTS, method=method
        )
        again = malmquist(panel, INPUTS, OUTPUTS, method=method)
        assert shuffled.table.equals(again.table) and shuffled.distances.equals(again.distances)


def test_units_a_billion_times_apart_keep_their_digits_at_constant_returns() -> None:
    sizes = 10.0 ** np.linspace(-9, 3, 6)
    grown = PANEL.with_columns(
        pl.col(name) * pl.Series(np.repeat(sizes, 3)) for name in ("k", "l", "y", "z")
    )  # fmt: skip
    for method in METHODS:
        plain = malmquist(PANEL, INPUTS, OUTPUTS, method=method)
        np.testing.assert_allclose(
            numbers(malmquist(grown, INPUTS, OUTPUTS, method=method)), numbers(plain), rtol=1e-9
        )


def test_an_infeasible_pair_breaks_the_chain() -> None:
    rows = pl.DataFrame({"unit": ["a", "a", "a", "b", "b", "b"], "year": [1, 2, 3] * 2})
    rows = rows.with_columns(
        x=pl.Series([2.0, 1.0, 2.0, 2.0, 2.0, 2.0]), y=pl.lit(1.0)
    )  # in 2, a uses less than anybody
    found = malmquist(rows, ["x"], ["y"], returns="vrs").table.filter(unit="a")
    assert found[INDEX].null_count() == 2
    assert found["cumulated_productivity_index"].null_count() == 2
    assert found["reason"].to_list() == ["infeasible"] * 2


def test_what_an_unbalanced_panel_leaves_out_is_told() -> None:
    rows = PANEL.filter(~((pl.col("unit") == "u00") & (pl.col("year") == 2002)))
    rows = rows.filter(~((pl.col("unit") == "u01") & (pl.col("year") > 2001)))
    later = PANEL.filter(pl.col("year") == 2003).with_columns(
        pl.lit(2006).cast(pl.Int64).alias("year")
    )
    found = malmquist(pl.concat([rows, later]), INPUTS, OUTPUTS)
    assert found.left_out.select("unit", "from_year", "to_year", "reason").rows() == [
        ("u00", 2001, 2002, "no_second_year"),
        ("u00", 2002, 2003, "no_first_year"),
        ("u01", 2001, 2002, "no_second_year"),
        ("u01", 2002, 2003, "no_year"),
        ("u01", 2003, 2006, "no_first_year"),
    ]
    assert found.table.height + found.left_out.height == 6 * 3
    assert found.table.filter(pl.col("to_year") == 2006)["years_count"].unique().to_list() == [3]
    after = found.table.filter((pl.col("unit") == "u00") & (pl.col("to_year") == 2006)).row(
        0, named=True
    )
    assert after[INDEX] is not None and after["cumulated_productivity_index"] is None
    assert after["reason"] == "chain_broken"
    # The frontier of a year has every unit of that year, also those that have no pair.
    own = pl.col("frontier") == "2001"
    whole = malmquist(PANEL, INPUTS, OUTPUTS).distances.filter(own, pl.col("year") == 2001)
    assert found.distances.filter(own, pl.col("year") == 2001).equals(whole)


def test_what_is_infeasible_is_named_and_is_no_number() -> None:
    rows = pl.DataFrame(
        {
            "unit": ["a", "a", "b", "b"],
            "year": [1, 2, 1, 2],
            "x": [2.0, 1.0, 4.0, 5.0],
            "y": [2.0, 2.0, 3.0, 4.0],
        }
    )
    found = malmquist(rows, ["x"], ["y"], returns="vrs")
    a = found.table.filter(pl.col("unit") == "a").row(0, named=True)
    assert a[INDEX] is None and a[TECHNICAL] is None and a[EFFICIENCY] == pytest.approx(1)
    assert a["reason"] == "infeasible"
    infeasible = found.distances.filter(pl.col("status") == "infeasible")
    assert infeasible.select("unit", "year", "frontier", "distance").rows() == [("a", 2, "1", None)]
    assert (
        found.by_period["undefined_count"].item() == 1
        and found.by_period["units_count"].item() == 1
    )
    parts = malmquist(rows, ["x"], ["y"], decomposition="ray_desli").table.row(0, named=True)
    assert parts[INDEX] == pytest.approx(2) and parts[TECHNICAL] is None
    assert parts["reason"] == "infeasible"


@pytest.mark.parametrize("decomposition", ["fglr", "fgnz", "ray_desli"])
def test_the_mean_of_the_two_years_frontiers(decomposition: str) -> None:
    """The index is the geometric mean of those on the first and on the second year's frontier, and
    so is each part."""
    first, second, both = (
        malmquist(PANEL, INPUTS, OUTPUTS, decomposition=decomposition, reference_period=period)
        for period in ("first", "second", "both")
    )
    mean = np.sqrt(numbers(first) * numbers(second))
    np.testing.assert_allclose(mean[~np.isnan(mean)], numbers(both)[~np.isnan(mean)], rtol=1e-12)
    assert (np.isnan(mean) == np.isnan(numbers(both))).all()
    years, rows = (2001, 2002), columns(PANEL, INPUTS, 2001, 2001)
    outputs = columns(PANEL, OUTPUTS, 2001, 2001)
    scores = [
        1
        / farrell(
            at(PANEL, INPUTS, "u00", year),
            at(PANEL, OUTPUTS, "u00", year),
            rows,
            outputs,
            "output",
            "crs",
        )
        for year in years
    ]
    assert first.table[INDEX][0] == pytest.approx(scores[1] / scores[0], rel=1e-9)


def test_only_the_frontier_that_counts_must_be_met() -> None:
    rows = pl.DataFrame(
        {
            "unit": list("aabb"),
            "year": [1, 2] * 2,
            "x": [2.0, 1.0, 4.0, 5.0],
            "y": [2.0, 2.0, 3.0, 4.0],
        }
    )
    found = malmquist(rows, ["x"], ["y"], returns="vrs", reference_period="second").table.row(
        0, named=True
    )
    assert found[INDEX] is not None and found["reason"] is None
    assert (
        malmquist(rows, ["x"], ["y"], returns="vrs", reference_period="first").table[INDEX][0]
        is None
    )


def test_by_period_means_are_geometric() -> None:
    found = malmquist(PANEL, INPUTS, OUTPUTS)
    first = found.table.filter(pl.col("to_year") == 2002)[INDEX].to_numpy()
    assert found.by_period[INDEX][0] == pytest.approx(np.exp(np.log(first).mean()), rel=1e-12)
    assert found.by_period["units_count"].to_list() == [6, 6]


def test_progress_counts_frontiers() -> None:
    told: list[tuple[int, int]] = []
    malmquist(PANEL, INPUTS, OUTPUTS, method="global", progress=lambda *counts: told.append(counts))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_one_unit_and_equal_units() -> None:
    alone = malmquist(PANEL.filter(pl.col("unit") == "u00"), INPUTS, OUTPUTS)
    np.testing.assert_allclose(alone.table[EFFICIENCY].to_numpy(), 1, rtol=1e-9)
    same = pl.DataFrame({"unit": list("aabb"), "year": [1, 2] * 2, "x": [3.0] * 4, "y": [5.0] * 4})
    np.testing.assert_allclose(numbers(malmquist(same, ["x"], ["y"])), 1, rtol=1e-12)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"method": "windows"}, "no_choice method = windows"),
        ({"orientation": "graph"}, "no_choice orientation = graph"),
        ({"returns": "nirs"}, "no_choice returns = nirs"),
        ({"decomposition": "bias"}, "no_choice decomposition = bias"),
        ({"reference_period": "third"}, "no_choice reference_period = third"),
        ({"reference_period": "first", "method": "global"}, "frontier_of_both"),
        ({"decomposition": "fgnz", "returns": "vrs"}, "needs_constant_returns"),
        ({"above_one_is_growth": False}, "output_index_above_one"),
    ],
)
def test_words_that_are_not_known_are_refused(changed: dict[str, object], what: str) -> None:
    with pytest.raises(InputError) as caught:
        malmquist(PANEL, INPUTS, OUTPUTS, **changed)  # type: ignore[arg-type]
    assert what in f"{caught.value.code} {caught.value}"


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (PANEL.filter(pl.col("year") == 2001), "one_year"),
        (PANEL.with_columns(pl.lit(None).cast(pl.Float64).alias("k")), "number"),
        (
            PANEL.with_columns((pl.col("unit") + pl.col("year").cast(pl.String)).alias("unit")),
            "no_pair",
        ),
    ],
)
def test_panels_that_cannot_be_used_are_refused(rows: pl.DataFrame, what: str) -> None:
    with pytest.raises(InputError) as caught:
        malmquist(rows, INPUTS, OUTPUTS)
    assert what in f"{caught.value.code} {caught.value}"
