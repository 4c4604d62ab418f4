"""Hypothetical extraction and positions in chains: reference values, definitions, identities."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from economies import GERMANY, cells, code_of, germany, in_order

from firstlight.chains import (
    ProductionSystem,
    average_propagation_lengths,
    downstreamness,
    extraction,
    extraction_losses,
    ghosh_inverse,
    upstreamness,
)
from firstlight.texts import Name, Year

FLOWS, OUTPUT = np.array(GERMANY["flows"], float), np.array(GERMANY["output"], float)
A = FLOWS / OUTPUT
FINAL = OUTPUT - FLOWS.sum(axis=1)
SYSTEM = ProductionSystem(A)


def lost(a: Any, f: Any) -> Any:
    """The loss of total output by another inverse, cell by cell."""
    return OUTPUT.sum() - (np.linalg.inv(np.eye(6) - a) @ f).sum()


def test_losses_of_germany() -> None:
    """Reference values to half a cent, and the measurement says the same."""
    found = extraction_losses(SYSTEM, OUTPUT)
    assert found.backward == pytest.approx(GERMANY["extraction_backward"], abs=0.005)
    assert found.forward == pytest.approx(GERMANY["extraction_forward"], abs=0.005)
    table = extraction(germany()).table
    for column, expected in (("backward_loss", found.backward), ("forward_loss", found.forward)):
        assert in_order(table, column) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("share", [1.0, 0.35])
def test_losses_are_those_of_another_inverse(share: float) -> None:
    found = extraction_losses(SYSTEM, OUTPUT, share)
    weight = np.array(GERMANY["value_added"]) / OUTPUT
    added = extraction_losses(SYSTEM, OUTPUT, share, weight)
    for j in range(6):
        column, row, both, f = A.copy(), A.copy(), A.copy(), FINAL.copy()
        column[:, j] *= 1 - share
        row[j] *= 1 - share
        both[:, j] *= 1 - share
        both[j] = row[j]
        f[j] *= 1 - share
        assert found.backward[j] == pytest.approx(lost(column, FINAL), rel=1e-9)
        assert found.forward[j] == pytest.approx(lost(row, FINAL), rel=1e-9)
        assert found.total[j] == pytest.approx(lost(both, f), rel=1e-9)
        left = np.linalg.inv(np.eye(6) - both) @ f
        unsold = FLOWS / OUTPUT[:, None]
        unsold[j] *= 1 - share
        made = (OUTPUT - FLOWS.sum(axis=0)) @ np.linalg.inv(np.eye(6) - unsold)  # Ghosh
        assert found.supplied[j] == pytest.approx((OUTPUT - made).sum(), rel=1e-9)
        assert added.supplied[j] == pytest.approx(weight @ (OUTPUT - made), rel=1e-9)
        assert found.own[j] == pytest.approx(OUTPUT[j] - left[j], rel=1e-9)
        assert added.total[j] == pytest.approx(weight @ (OUTPUT - left), rel=1e-9)


def test_the_whole_loss_is_the_multiplier_over_the_own_need() -> None:
    """Miller and Blair 2009, 12.2.5, for complete extraction."""
    inverse = SYSTEM.inverse
    expected = inverse.sum(axis=0) * OUTPUT / np.diag(inverse)
    found = extraction_losses(SYSTEM, OUTPUT)
    assert found.total == pytest.approx(expected, rel=1e-10)
    assert found.own == pytest.approx(OUTPUT, rel=1e-10)


def test_losses_grow_with_the_share_and_a_lone_sector_loses_itself() -> None:
    whole, half = (extraction_losses(SYSTEM, OUTPUT, share) for share in (1, 0.5))
    assert (half.total < whole.total).all() and (half.backward < whole.backward).all()
    lone = ProductionSystem(np.diag([0.2, 0.4]))
    found = extraction_losses(lone, [10, 20])
    assert found.total == pytest.approx([10, 20]) and found.own == pytest.approx([10, 20])


def test_means_of_both_positions_agree_in_a_closed_table() -> None:
    """Weighted by final demand and by value added upstreamness and downstreamness sum alike, and so
    do their means weighted by output where final demand equals value added."""
    rng = np.random.default_rng(2)
    flows = rng.uniform(0, 1, (5, 5))
    flows = flows + flows.T  # rows and columns sum alike, so that final demand is value added
    x = flows.sum(axis=1) + rng.uniform(1, 3, 5)
    system = ProductionSystem(flows / x)
    up, down = upstreamness(system, x), downstreamness(system)
    assert up @ x == pytest.approx(down @ x, rel=1e-12)
    added, final = OUTPUT - FLOWS.sum(axis=0), FINAL
    up, down = upstreamness(SYSTEM, OUTPUT), downstreamness(SYSTEM)
    assert up @ added == pytest.approx(OUTPUT.sum(), rel=1e-12)
    assert down @ final == pytest.approx(OUTPUT.sum(), rel=1e-12)
    assert up == pytest.approx(ghosh_inverse(FLOWS, OUTPUT).sum(axis=1), rel=1e-12)


def test_propagation_lengths_are_means_over_rounds() -> None:
    """sum k A^k / sum A^k, added up round by round; and the same of the Ghosh matrix."""
    for matrix in (A, FLOWS / OUTPUT[:, None]):
        power, weighted, plain = np.eye(6), np.zeros((6, 6)), np.zeros((6, 6))
        for k in range(1, 200):
            power = power @ matrix
            weighted, plain = weighted + k * power, plain + power
        expected = weighted / plain
        assert average_propagation_lengths(SYSTEM) == pytest.approx(expected, rel=1e-9)


def test_steps_along_a_chain() -> None:
    """Four links, each delivering to the next alone: as many steps as there are links."""
    a = np.diag([0.5, 0.4, 0.3], k=1)
    lengths = average_propagation_lengths(ProductionSystem(a))
    i, j = np.triu_indices(4, 1)
    assert lengths[i, j] == pytest.approx(j - i)
    assert np.isnan(lengths[np.tril_indices(4)]).all()
    rows = cells(list("abcd"), a * [1, 10, 10, 10], {"output": [10, 10, 10, 10]}, {})
    found = extraction(rows).tables["links"]
    steps = {(one, other): n for one, other, n in found.drop("link_index").iter_rows()}
    assert steps[("a", "d")] == pytest.approx(3) and ("d", "a") not in steps
    assert extraction(rows, links=2).tables["links"].height == 2


def test_the_first_sentence_names_the_largest_loss() -> None:
    found = extraction(germany())
    top = found.table.row(0, named=True)
    assert found.said[0].code == "falls_most"
    assert found.said[0].values["sector"] == Name(top["sector"]) == Name("industry")
    assert found.said[0].values["share"].value == pytest.approx(top["total_loss_share"])
    assert extraction(germany(), share=0.1).said[0].code == "falls_most_by"
    dated = extraction(germany().with_columns(year=pl.lit(1995)))
    assert dated.said[1].values["year"] == Year(1995)


def test_what_falls_by_a_part_of_its_trade_falls_by_more() -> None:
    """The sentence tells what is taken away and what the sector loses by it, by another inverse."""
    said = {given.code: given.values for given in extraction(germany(), share=0.1).said}
    values, j = said["falls_most_by"], 1
    left, f = A.copy(), FINAL.copy()
    left[:, j] *= 0.9
    left[j] = np.where(np.arange(6) == j, left[j], left[j] * 0.9)
    f[j] *= 0.9
    x = np.linalg.solve(np.eye(6) - left, f)
    own, whole = OUTPUT[j] - x[j], OUTPUT.sum() - x.sum()
    assert values["cut"].value == 0.1 < values["own"].value == pytest.approx(own / OUTPUT[j])
    assert values["share"].value == pytest.approx(whole / OUTPUT.sum())
    assert values["rest"].value == pytest.approx(1 - own / whole)
    table = extraction(germany(), share=0.1).table
    times = (table["rest_loss"] / table["own_loss"]).to_numpy().max()
    assert said["carries"]["times"].value == pytest.approx(times)


def test_what_makes_nothing_stands_nowhere_and_takes_no_output_below_nothing() -> None:
    idle = (pl.col("supplier") == "trade") | (pl.col("user") == "trade")
    rows = germany().with_columns(value=pl.when(idle).then(0.0).otherwise("value"))
    found = extraction(rows)
    places = (
        found.tables["positions"].filter(sector="trade").select("upstreamness", "downstreamness")
    )
    assert places.row(0) == (None, None)
    values = next(given.values for given in found.said if given.code == "farthest")
    steps = found.tables["positions"].drop_nulls()["upstreamness"]
    assert values["other_steps"].value == pytest.approx(steps.to_numpy().min())
    assert Name("trade") not in values.values()
    is_output = (pl.col("user") == "other uses") & (pl.col("supplier") == "trade")
    stocks = germany().filter(pl.col("supplier") != "output")
    below = stocks.with_columns(value=pl.when(is_output).then(-1e9).otherwise("value"))
    assert code_of(lambda: extraction(below)) == "negative_output"
    assert code_of(lambda: extraction(rows.with_columns(value=pl.lit(0.0)))) == "nothing_made"
