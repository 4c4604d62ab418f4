"""Mobility: published chains of US states, planted ones, what empty and closed classes do."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.disparity import (
    first_passage_times,
    homogeneity_tests,
    kernel_density,
    mobility,
    mobility_indices,
    peaks_count,
    probabilities,
    quantile_classes,
    sojourn_times,
    steady_state,
    transition_counts,
)
from firstlight.errors import InputError
from firstlight.texts import Count, Year
from firstlight.views.matrix_drawing import matrix_section


@pytest.fixture(scope="module")
def states(reference: Path) -> dict[str, Any]:
    """Incomes of 48 US states from 1929 to 2009, their neighbours and PySAL's figures."""
    held = json.loads((reference / "pysal_disparity.json").read_text(encoding="utf-8"))["us_states"]
    with gzip.open(reference / held["table"], "rt", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    names = [row[0] for row in rows]
    income = np.array([row[1:] for row in rows], dtype=float)
    frame = pl.DataFrame(
        {
            "unit": np.repeat(names, income.shape[1]),
            "year": np.tile([int(year) for year in head[1:]], len(names)),
            "value": income.ravel(),
        }
    )
    pairs = [(names[i], names[j]) for i, own in enumerate(held["neighbours"]) for j in own]
    links = pl.DataFrame(pairs, ["place", "neighbour"], orient="row")
    return {**held, "income": income, "frame": frame, "links": links}


def long(x: Any, first: int = 2000) -> pl.DataFrame:
    x = np.asarray(x, float)
    return pl.DataFrame(
        {
            "unit": np.repeat([f"unit {i:02}" for i in range(len(x))], x.shape[1]),
            "year": np.tile(np.arange(first, first + x.shape[1]), len(x)),
            "value": x.ravel(),
        }
    ).with_columns(pl.col("value").fill_nan(None))


def code_of(function: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        function(*args, **options)
    return caught.value.code


def chances(table: pl.DataFrame) -> Any:
    return table.select(pl.selectors.starts_with("class_")).to_numpy()


def test_published_chain_and_indices_of_quintiles_each_year(states: dict[str, Any]) -> None:
    held = states["quintiles_each_year"]
    own, _ = quantile_classes(states["income"], 5, "each_year")
    counts = transition_counts(own, 5)[0]
    assert counts.tolist() == held["transitions"]
    p = probabilities(counts)
    assert steady_state(p) == pytest.approx(held["steady_state"], abs=5e-9)
    found = mobility_indices(p, held["initial"])
    assert astuple(found) == pytest.approx(
        [
            held[name]
            for name in (
                "prais",
                "determinant",
                "second_eigenvalue",
                "bartholomew_1",
                "bartholomew_2",
            )
        ],
        abs=5e-6,
    )


def test_published_spatial_chain(states: dict[str, Any]) -> None:
    """Relative incomes in five classes, given five classes of neighbours."""
    held = states["pooled_quintiles"]
    result = mobility(states["frame"], neighbour_table=states["links"])
    classes = result.tables["classes"]
    assert classes["steady_share"].to_list() == pytest.approx(held["steady_state"], abs=5e-9)
    assert classes["high_bound"][:4].to_list() == pytest.approx(held["bounds"], abs=5e-9)
    counts = result.tables["cells"]["transitions_count"].to_numpy().reshape(5, 5)
    assert counts.tolist() == held["transitions"]
    tests = result.tables["homogeneity"].filter(over="neighbours").row(0, named=True)
    assert tests["likelihood_ratio"] == pytest.approx(held["likelihood_ratio"], abs=5e-4)
    assert tests["chi_squared"] == pytest.approx(held["chi_squared"], abs=5e-4)
    assert tests["freedom"] == held["degrees_of_freedom"]
    given = result.tables["by_neighbours"]
    first = chances(given.filter(from_class="1"))
    assert first == pytest.approx(np.array(held["first_row_by_neighbours"]), abs=5e-9)
    for name, expected in zip("15", held["steady_by_neighbours"], strict=True):
        steady = given.filter(neighbour_class=name)["steady_share"]
        assert steady.to_list() == pytest.approx(expected, abs=5e-9)
    # giddy: back in the first class after 2.298 years, in the fourth after 80.810
    p = chances(given.filter(neighbour_class="1"))
    assert first_passage_times(p)[0, [0, 3]] == pytest.approx([2.298, 80.810], abs=5e-4)
    said = [each.code for each in result.said]
    assert said[:2] == ["stays", "ends"]
    assert {"neighbours_matter", "rise_beside"} <= set(said)


def test_given_bounds_are_those_of_another_program(states: dict[str, Any]) -> None:
    """giddy 2.3.8, Spatial_Markov with cutoffs and lag_cutoffs of .8, .9, 1 and 1.2."""
    given = {"neighbour_table": states["links"], "class_bounds": ["0.8", "0.9", "1", "1.2"]}
    found = mobility(states["frame"], **given)
    test = found.tables["homogeneity"].filter(over="neighbours").row(0, named=True)
    assert test["likelihood_ratio"] == pytest.approx(104.18721679949951, abs=1e-9)
    assert test["chi_squared"] == pytest.approx(117.41864723500855, abs=1e-9)
    assert test["freedom"] == 49
    first = found.table.row(0, named=True)
    assert first["observations_count"] == 530 and first["class_1"] == pytest.approx(481 / 530)
    assert found.tables["classes"]["high_bound"].to_list() == [0.8, 0.9, 1, 1.2, None]


@pytest.mark.parametrize("bounds", [["1", "0.5"], ["1", "1.0"], ["half"], list("123456789")])
def test_bounds_that_are_none(bounds: list[str]) -> None:
    x = np.random.default_rng(5).lognormal(size=(8, 4))
    if len(bounds) == 9:
        bounds = [*bounds, "10", "11", "12"]
    assert code_of(mobility, long(x), class_bounds=bounds) == "bad_bounds"


def test_rows_add_up_and_the_long_run_stays() -> None:
    p = probabilities(np.random.default_rng(1).integers(1, 30, (4, 4)))
    s = steady_state(p)
    assert p.sum(axis=1) == pytest.approx(np.ones(4))
    assert s @ p == pytest.approx(s)
    assert s.sum() == pytest.approx(1)
    steps = first_passage_times(p)
    assert np.diag(steps) == pytest.approx(1 / s)
    others = steps - np.diag(np.diag(steps))
    assert steps == pytest.approx(1 + p @ others)  # one step, and from there
    assert sojourn_times(p) == pytest.approx(1 / (1 - np.diag(p)))


def test_who_never_moves_has_no_mobility() -> None:
    assert astuple(mobility_indices(np.eye(3), [1 / 3] * 3)) == pytest.approx((0, 0, 0, 0, 0))
    assert np.isnan(steady_state(np.eye(3))).all()
    assert np.isnan(sojourn_times(np.eye(3))).all()
    assert mobility_indices(np.full((3, 3), 1 / 3), [1 / 3] * 3).prais == pytest.approx(1)
    result = mobility(long(np.arange(1.0, 11)[:, None] * np.ones(6)), classes=2)
    assert "no_long_run" in {each.code for each in result.said}
    assert result.tables["classes"]["reason"].unique().to_list() == ["several_ends"]
    assert result.tables["passage"]["class_1"].null_count() == 2


def test_a_class_that_is_left_for_good_has_no_share_in_the_long_run() -> None:
    p = [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.5, 0.5]]
    assert steady_state(p) == pytest.approx([0, 0.5, 0.5])
    assert np.isnan(first_passage_times(p)).all()


def test_homogeneity_is_none_of_copies_and_all_of_opposites() -> None:
    same = np.array([[20.0, 5], [8, 30]])
    copies = homogeneity_tests([same, 3 * same])
    assert (copies.likelihood_ratio, copies.chi_squared) == pytest.approx((0, 0), abs=1e-9)
    assert copies.freedom == 2
    differ = homogeneity_tests([same, same[:, ::-1]])
    assert max(differ.p_likelihood_ratio, differ.p_chi_squared) < 1e-6
    one = homogeneity_tests([same])
    assert one.freedom == 0
    assert np.isnan(one.p_chi_squared)


def test_counts_leave_out_what_is_missing() -> None:
    counts = transition_counts([[0, -1, 1], [1, 1, 0]], 2)[0]
    assert counts.tolist() == [[0, 0], [1, 1]]
    by_case = transition_counts([[0, 1], [0, 0]], 2, [[1, 0], [0, 0]], 2)
    assert by_case.tolist() == [[[1, 0], [0, 0]], [[0, 1], [0, 0]]]
    x = np.random.default_rng(2).lognormal(size=(12, 6))
    x[3, 2] = np.nan
    result = mobility(long(x), classes=3)
    assert result.table["observations_count"].sum() == 12 * 5 - 2
    assert {each.code: each.values for each in result.said}["gaps"]["count"] == Count(1)


def test_ranks_and_scales() -> None:
    x = np.random.default_rng(3).lognormal(size=(20, 8))
    plain = mobility(long(x), classes=4)
    for other in (1000 * x, x * np.exp(np.arange(8.0))):
        assert mobility(long(other), classes=4).table.equals(plain.table)
    ranks = mobility(long(x), classes=4, bounds="each_year", relative="none")
    turned = mobility(long(np.exp(x)), classes=4, bounds="each_year", relative="none")
    assert ranks.table.equals(turned.table)
    shares = ranks.tables["classes"]
    assert shares["first_share"].to_list() == shares["last_share"].to_list() == [0.25] * 4


def test_values_that_tie_leave_a_class_empty() -> None:
    x = np.array([[1.0, 1, 1]] * 8 + [[2.0, 3, 4], [3.0, 2, 5]])
    result = mobility(long(x), classes=5, relative="none")
    empty = result.table.filter(pl.col("reason") == "empty_class")
    assert empty.height
    assert empty["class_1"].null_count() == empty.height
    assert result.tables["classes"]["reason"].unique().to_list() == ["empty_class"]


def test_densities_hold_one_and_two_groups_apart() -> None:
    rng = np.random.default_rng(4)
    x = np.exp(rng.normal(0, 0.05, (60, 2)))
    x[30:, 1] *= 3
    result = mobility(long(x), classes=2)
    said = {each.code: each.values for each in result.said}
    assert (said["peaks_more"]["first"], said["peaks_more"]["last"]) == (Count(1), Count(2))
    density = result.tables["densities"].filter(density_year="2001")
    steps = np.diff(density["relative_value"].to_numpy())
    # what lies within the grid is almost all
    assert density["density"].to_numpy()[1:] @ steps == pytest.approx(1, abs=0.01)
    assert peaks_count([0.0, 1.0, 0.0]) == 1
    assert np.isnan(kernel_density([1.0, 1.0], [1.0])).all()


def test_matrices_are_drawn_with_a_cell_for_each_pair(states: dict[str, Any]) -> None:
    result = mobility(states["frame"], neighbour_table=states["links"])
    heat, by_neighbours = (chart for chart in result.charts[:2])
    one, many = ("".join(matrix_section(result, each)) for each in (heat, by_neighbours))  # type: ignore[arg-type]
    assert one.count('class="cell"') == 25
    assert many.count('class="cell"') == 125
    assert many.count("<figcaption>") == 5


def test_what_is_refused() -> None:
    x = np.random.default_rng(5).lognormal(size=(8, 4))
    assert code_of(mobility, long(x[:, :1])) == "too_few"
    assert code_of(mobility, long(np.ones((4, 3)))) == "constant"
    with pytest.raises(InputError) as caught:
        mobility(long(-x))
    assert (caught.value.code, caught.value.values["year"]) == ("no_mean", Year(2000))
    uneven = long(x).filter(pl.col("year") != 2001)
    assert code_of(mobility, uneven) == "uneven_years"
    strangers = pl.DataFrame({"place": ["x"], "neighbour": ["y"]})
    with pytest.raises(InputError) as caught:
        mobility(long(x), neighbour_table=strangers)
    assert (caught.value.code, caught.value.values["year"]) == ("no_links", Year(2000))
    assert caught.value.parts("zh")[0].startswith("2000年没有")
    apart = np.array([[1.0, np.nan, 2.0], [np.nan, 3.0, np.nan], [1.0, np.nan, 9.0]])
    assert code_of(mobility, long(apart)) == "no_transition"
    assert code_of(transition_counts, [[0, 2]], 2) == "out_of_bounds"
    assert code_of(mobility_indices, [[1.0]], [1.0]) == "too_few"


def test_a_class_that_nobody_left_is_told_to_decide_the_long_run() -> None:
    year, unit = np.arange(12), np.arange(12)[:, None]
    falls = np.where(year > unit, 0.1, 1.0) + 0.001 * unit  # each falls once, and none rises again
    for x, is_told in ((falls, True), (falls ** (-1.0) ** year, False)):
        result = mobility(long(x), classes=2, relative="none")
        kept = result.table.filter(from_class="1")["class_1"][0]
        assert (kept == 1) == is_told
        assert ("no_exit" in {own.code for own in result.said}) == is_told
