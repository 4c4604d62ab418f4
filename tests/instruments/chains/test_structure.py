"""Leontief and Ghosh, multipliers and linkages: published values, definitions and identities."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from economies import CASES, GERMANY, cells, germany, in_order
from polars.testing import assert_frame_equal

from firstlight.chains import (
    ProductionSystem,
    closed_system,
    forward_linkages,
    ghosh_inverse,
    leontief_inverse,
    linkage_index,
    linkage_role,
    multipliers,
    structure,
)
from firstlight.errors import InputError

FLOWS, OUTPUT = np.array(GERMANY["flows"], float), np.array(GERMANY["output"], float)
PRINTED = 5e-5  # half of the last digit


def test_the_inverse_of_miller_and_blair() -> None:
    """Their table of two sectors, to the digits of pymrio's test."""
    inverse = leontief_inverse(np.array([[150, 500], [200, 100]]) / [1000, 2000])
    expected = [[1.25412541, 0.33003300], [0.26402640, 1.12211221]]
    assert inverse == pytest.approx(np.array(expected), abs=5e-9)


@pytest.mark.parametrize(
    "column", ["output_multiplier", "value_added_multiplier", "employment_multiplier"]
)
def test_multipliers_of_the_eurostat_manual(column: str) -> None:
    found = structure(germany()).tables["multipliers"]
    assert in_order(found, column) == pytest.approx(GERMANY[column], abs=PRINTED)


def test_ghosh_of_the_eurostat_manual() -> None:
    ghosh = ghosh_inverse(FLOWS, OUTPUT)
    assert ghosh[:, 0] == pytest.approx(GERMANY["ghosh_first_column"], abs=PRINTED)
    assert ghosh.sum(axis=1) == pytest.approx(GERMANY["forward_linkages"], abs=PRINTED)
    system = ProductionSystem(FLOWS / OUTPUT)
    assert forward_linkages(system, OUTPUT) == pytest.approx(ghosh.sum(axis=1), rel=1e-12)
    found = structure(germany()).tables["sectors"]
    expected = linkage_index(GERMANY["forward_linkages"])
    assert in_order(found, "forward_linkage_index") == pytest.approx(expected, abs=1e-4)


def test_leontief_and_ghosh_are_similar_matrices() -> None:
    ghosh = ghosh_inverse(FLOWS, OUTPUT)
    leontief = leontief_inverse(FLOWS / OUTPUT)
    assert OUTPUT[:, None] * ghosh / OUTPUT == pytest.approx(leontief, rel=1e-10)


def test_outputs_and_value_added_come_back() -> None:
    """x = L f, x = v G, and value added over all final demand is that of the economy."""
    system = ProductionSystem(FLOWS / OUTPUT)
    final = OUTPUT - FLOWS.sum(axis=1)
    assert system.requirements(final) == pytest.approx(OUTPUT, rel=1e-12)
    inputs = OUTPUT - FLOWS.sum(axis=0)
    assert inputs @ ghosh_inverse(FLOWS, OUTPUT) == pytest.approx(OUTPUT, rel=1e-12)
    own = np.array(GERMANY["value_added"]) / OUTPUT
    assert multipliers(system, own).simple @ final == pytest.approx(sum(GERMANY["value_added"]))


def test_all_primary_inputs_of_a_unit_add_up_to_it() -> None:
    system = ProductionSystem(FLOWS / OUTPUT)
    primary = 1 - (FLOWS / OUTPUT).sum(axis=0)
    assert multipliers(system, primary).simple == pytest.approx(np.ones(6), rel=1e-12)


def test_households_as_a_sector() -> None:
    """Total multipliers are those of the larger inverse, computed here in another way; the ratio of
    type II over type I income multipliers is one for all sectors (Miller and Blair, 6.2.3)."""
    found = structure(germany()).tables["multipliers"]
    a = FLOWS / OUTPUT
    wages, bought = np.array(GERMANY["wages"], float), np.array(GERMANY["households"], float)
    whole = np.block([[a, bought[:, None] / wages.sum()], [wages / OUTPUT, np.zeros((1, 1))]])
    inverse = np.linalg.inv(np.eye(7) - whole)
    expected = inverse[:6, :6].sum(axis=0)
    assert in_order(found, "output_total_multiplier") == pytest.approx(expected, rel=1e-10)
    total_income = inverse[6, :6]
    assert in_order(found, "income_total_multiplier") == pytest.approx(total_income, rel=1e-10)
    ratio = found["income_type_2"] / found["income_type_1"]
    assert ratio.to_list() == pytest.approx([ratio[0]] * 6, rel=1e-10)
    own = found["employment_multiplier"] / found["employment_type_1"]
    by_sector = dict(zip(found["sector"], own, strict=True))
    jobs = np.array(GERMANY["employment"]) / OUTPUT
    assert [by_sector[sector] for sector in GERMANY["sectors"]] == pytest.approx(jobs)


def test_households_that_spend_more_than_they_earn() -> None:
    uses = {"households": [400, 1700]}
    rows = cells(["a", "b"], [[150, 500], [200, 100]], uses, {"wages": [100, 100]})
    found = structure(rows)
    assert "not_closed" in [own.code for own in found.said]
    assert "income_type_2" not in found.tables["multipliers"].columns
    with pytest.raises(InputError):
        closed_system([[0.5]], [0.5], [1.0])


def test_linkages_are_one_on_average_and_roles_follow() -> None:
    found = structure(germany()).tables["sectors"]
    for column in ("backward_linkage_index", "forward_linkage_index"):
        assert found[column].mean() == pytest.approx(1)
    leontief = leontief_inverse(FLOWS / OUTPUT)
    expected = 6 * leontief.sum(axis=0) / leontief.sum()
    assert in_order(found, "backward_linkage_index") == pytest.approx(expected, rel=1e-10)
    other = structure(germany(), forward="leontief").tables["sectors"]
    expected = 6 * leontief.sum(axis=1) / leontief.sum()
    assert in_order(other, "forward_linkage_index") == pytest.approx(expected, rel=1e-10)
    roles = linkage_role(np.array([1.2, 1.2, 0.8, 0.8]), np.array([1.1, 0.9, 1.1, 0.9]))
    assert roles == ["key", "pull", "push", "neither"]
    # a sector at the mean but for rounding is not above it
    assert linkage_role(np.array([1 + 1e-15]), np.array([1.5])) == ["push"]


def test_direct_linkages_are_parts_of_output() -> None:
    """Chenery and Watanabe: what is bought of sectors, and what is sold to them, over output; in
    the table of Miller and Blair 350 and 600, 650 and 300, of 1,000 and 2,000."""
    flows = [[150, 500], [200, 100]]
    found = structure(cells(["farms", "mills"], flows, {"exports": [350, 1700]}, {})).table
    for column, expected in (("backward", [0.35, 0.30]), ("forward", [0.65, 0.15])):
        own = in_order(found, f"direct_{column}_linkage", ["farms", "mills"])
        assert own == pytest.approx(expected, abs=1e-12)


def test_the_first_sentence_names_who_pulls_most() -> None:
    first, second = structure(germany()).said[:2]
    assert first.values["sector"].value == "industry"
    assert second.values["count"].value == 2


def test_units_do_not_matter_and_years_stand_apart() -> None:
    one = germany().with_columns(year=pl.lit(1995))
    other = one.with_columns(year=pl.lit(1996), value=pl.col("value") * 7)
    found = structure(pl.concat([one, other]))
    assert found.said[0].code == "pulls_most_in"
    sectors = found.tables["sectors"]
    by_year = [sectors.filter(year=each).sort("sector") for each in (1995, 1996)]
    assert by_year[0]["role"].to_list() == by_year[1]["role"].to_list()
    assert by_year[0]["backward_linkage_index"].to_list() == pytest.approx(
        by_year[1]["backward_linkage_index"].to_list(), rel=1e-12
    )


def test_the_reference_file_names_its_sources() -> None:
    assert all(case["source"] for case in CASES.values())


def test_a_sector_without_output_counts_in_no_mean() -> None:
    """The linkages of the others are those of the table without its row and column."""
    idle = (pl.col("supplier") == "trade") | (pl.col("user") == "trade")
    there = structure(germany().with_columns(value=pl.when(idle).then(0.0).otherwise("value")))
    gone = structure(germany().filter(~idle))
    columns = ["sector", "role", "backward_linkage_index", "forward_linkage_index"]
    left = there.table.filter(pl.col("sector") != "trade").select(columns)
    assert_frame_equal(left, gone.table.select(columns), check_row_order=False)
    own = there.table.filter(sector="trade").select(columns[1:])
    assert own.row(0) == (None, None, None)
