"""Frontiers of periods: which years span them, what is asked of each, and what a solver may not
say."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from benchmarks.productivity.panels import panel_of
from dense_distances import random_panel

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.directional_distance import nonradial_distance
from firstlight.instruments.productivity.frontiers.technology import technology
from firstlight.instruments.productivity.indices.period_frontiers import (
    consecutive_periods,
    directional_measure,
    distances_over_time,
    frontier_years,
)
from firstlight.instruments.productivity.unit_panel import UnitPanel

PANEL = panel_of(random_panel(2, 4, 3), ["k", "l"], ["y"], ["c"])


class Asked:
    """A measure that notes what it is asked and answers with the number of spanning rows."""

    def __init__(self, panel: UnitPanel) -> None:
        self.panel = panel
        self.asked: dict[tuple[int, ...], list[int]] = {}

    def __call__(self, rows: np.ndarray, spanning: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.asked[tuple(np.unique(self.panel.years[spanning]).tolist())] = rows.tolist()
        return np.full(len(rows), float(len(spanning))), np.full(len(rows), "optimal")


@pytest.mark.parametrize(
    ("method", "frontiers"),
    [
        ("adjacent", {(2001,): 8, (2002,): 12, (2003,): 8}),
        ("sequential", {(2001,): 8, (2001, 2002): 12, (2001, 2002, 2003): 8}),
        ("global", {(2001,): 4, (2002,): 4, (2003,): 4, (2001, 2002, 2003): 12}),
        ("biennial", {(2001,): 4, (2002,): 4, (2003,): 4, (2001, 2002): 8, (2002, 2003): 8}),
    ],
)
def test_each_frontier_is_asked_once_for_each_row(
    method: str, frontiers: dict[tuple[int, ...], int]
) -> None:
    measure = Asked(PANEL)
    found = distances_over_time(
        PANEL.years, consecutive_periods(PANEL.units, PANEL.years), method, measure
    )
    assert {years: len(rows) for years, rows in measure.asked.items()} == frontiers
    assert all(len(set(rows)) == len(rows) for rows in measure.asked.values())
    assert not np.isnan(np.concatenate([found.own, found.to_later, found.to_earlier])).any()


def test_own_frontiers_alone() -> None:
    measure = Asked(PANEL)
    found = distances_over_time(
        PANEL.years, consecutive_periods(PANEL.units, PANEL.years), "global", measure, own_only=True
    )
    assert sorted(measure.asked) == [(2001,), (2002,), (2003,)]
    assert set(found.to_later_status.tolist()) == {"not asked"} and np.isnan(found.to_later).all()


@pytest.mark.parametrize(("value", "status"), [(-0.01, "optimal"), (np.nan, "infeasible")])
def test_a_row_beyond_the_frontier_that_it_spans_is_no_answer(value: float, status: str) -> None:
    """What a solver says when numbers are too far apart must not become a distance."""

    def wrong(rows: np.ndarray, spanning: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full(len(rows), value), np.full(len(rows), status)

    found = distances_over_time(
        PANEL.years, consecutive_periods(PANEL.units, PANEL.years), "adjacent", wrong
    )
    assert np.isnan(found.own).all() and set(found.own_status.tolist()) == {"imprecise"}
    assert set(found.to_later_status.tolist()) == {status}


def test_a_row_that_does_not_move_has_no_distance() -> None:
    direction = np.hstack([0 * PANEL.inputs, 0 * PANEL.outputs, PANEL.bads])
    direction[1] = 0
    rows = np.arange(3)
    distance, status = directional_measure(PANEL.of(slice(None)), direction, returns="crs")(
        rows, np.arange(12)
    )
    assert status.tolist() == ["optimal", "unbounded", "optimal"] and np.isnan(
        distance
    ).tolist() == [
        False,
        True,
        False,
    ]


def test_every_unit_and_pair_of_years_is_accounted_for() -> None:
    rows = random_panel(4, 5, 4).sample(13, seed=1)
    panel = panel_of(rows, ["k"], ["y"], year="year")
    found = consecutive_periods(panel.units, panel.years)
    names = rows["unit"].n_unique()
    assert len(found.first) + found.left_out.height == names * (rows["year"].n_unique() - 1)
    assert (panel.units[found.first] == panel.units[found.second]).all()
    with pytest.raises(InputError) as caught:
        frontier_years("yearly", found.years, 2001)
    assert (caught.value.code, caught.value.where) == ("no_choice", "method")


def test_nonradial_shares_lead_to_a_point_of_the_technology() -> None:
    """Moved by its shares a point is feasible with no share left; the sum is at least the radial
    distance's."""
    x, y, c = PANEL.inputs[:4], PANEL.outputs[:4], PANEL.bads[:4]
    spanned = technology(PANEL.inputs, PANEL.outputs, PANEL.bads, returns="vrs")
    own, weights = np.hstack([x, y, c]), np.full(4, 0.25)
    found = nonradial_distance(spanned, x, y, c, direction=own, weights=weights)
    np.testing.assert_allclose(found.shares @ weights, found.distance, rtol=1e-12)
    moved = own * (1 + found.shares * np.array([-1, -1, 1, -1]))
    again = nonradial_distance(
        spanned, moved[:, :2], moved[:, 2:3], moved[:, 3:], direction=own, weights=weights
    )
    np.testing.assert_allclose(again.distance, 0, atol=1e-9)
    panel_rows = np.arange(4)
    values = np.hstack([PANEL.inputs, PANEL.outputs, PANEL.bads])
    radial, _ = directional_measure(PANEL.of(slice(None)), values, returns="vrs")(
        panel_rows, np.arange(12)
    )
    assert (found.distance >= radial - 1e-9).all()


@pytest.mark.parametrize("weights", [[1.0, 1.0], [0.0] * 4, [-1.0, 1.0, 1.0, 1.0]])
def test_weights_that_cannot_be_used_are_refused(weights: list[float]) -> None:
    spanned = technology(PANEL.inputs, PANEL.outputs, PANEL.bads)
    with pytest.raises(InputError, match="weights"):
        nonradial_distance(
            spanned,
            PANEL.inputs,
            PANEL.outputs,
            PANEL.bads,
            direction=pl.DataFrame([[1.0] * 4]).to_numpy()[:, 0],
            weights=weights,
        )


def test_pairs_and_what_they_lack_are_told_by_unit_and_years() -> None:
    """A panel with gaps, its first row in a pair of its own; a unit of the last year lacks two rows
    at once."""
    there = [("a", 2001), ("a", 2002), ("a", 2004), ("b", 2001), ("b", 2004), ("c", 2004)]
    rows = pl.DataFrame(there, ["unit", "year"], orient="row").with_columns(
        x=1.0, y=pl.int_range(1, 7) * 1.0
    )
    panel = panel_of(rows, ["x"], ["y"], year="year")
    found = consecutive_periods(panel.units, panel.years)
    first, second = (
        list(zip(panel.units[k], panel.years[k], strict=True)) for k in (found.first, found.second)
    )
    assert sorted(zip(first, second, strict=True)) == [
        (("a", 2001), ("a", 2002)),
        (("a", 2002), ("a", 2004)),
    ]
    assert found.left_out.rows() == [
        ("b", 2001, 2002, "no_second_year"),
        ("b", 2002, 2004, "no_first_year"),
        ("c", 2001, 2002, "no_year"),
        ("c", 2002, 2004, "no_first_year"),
    ]


def test_progress_counts_the_frontiers() -> None:
    told: list[tuple[int, int]] = []
    distances_over_time(
        PANEL.years,
        consecutive_periods(PANEL.units, PANEL.years),
        "biennial",
        Asked(PANEL),
        progress=lambda *counts: told.append(counts),
    )
    assert told == [(k, 5) for k in range(1, 6)]
