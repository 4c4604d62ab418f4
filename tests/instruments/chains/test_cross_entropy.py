"""Cross-entropy: RAS and GRAS where just the totals are known, a convex solver where more is."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize

from firstlight.chains import cross_entropy, gras, ras, table_update
from firstlight.errors import InputError
from firstlight.measurement import measurement

OUTER = np.array([-3.0, 0.0, 3.0])  # of an error, in standard errors, and what is expected of them
EXPECTED = np.array([1.0, 16.0, 1.0]) / 18


def margins(rows: int, columns: int) -> Any:
    """(rows + columns, cells), which cells each total of a table adds up."""
    of_row = np.kron(np.eye(rows), np.ones(columns))
    return np.vstack([of_row, np.kron(np.ones(rows), np.eye(columns))])


def by_slsqp(cells: Any, members: Any, sums: Any, errors: Any) -> Any:
    """The same task from its definition: cells and the chances of every error are free, and SciPy's
    SLSQP minimises the sum of both divergences under linear constraints."""
    size, count, is_open = np.abs(cells).sum(), len(cells), errors > 0
    some = int(is_open.sum())

    def loss(free: Any) -> Any:
        z, w = free[:count], free[count:].reshape(-1, 3)
        of_cells = (np.abs(cells) * (z * np.log(z) - z)).sum() / size
        slope = [np.abs(cells) * np.log(z) / size, (np.log(w / EXPECTED) + 1).ravel()]
        return of_cells + (w * np.log(w / EXPECTED)).sum(), np.concatenate(slope)

    # what the cells add up to, less the error of each sum; and each error's chances, which sum to 1
    of_errors = np.zeros((len(sums), 3 * some))
    of_errors[is_open] = np.kron(np.diag(errors[is_open]), OUTER)
    chances = np.hstack([np.zeros((some, count)), np.kron(np.eye(some), np.ones(3))])
    matrix = np.vstack([np.hstack([members * cells, -of_errors]) / size, chances])
    aims = np.concatenate([sums / size, np.ones(some)])
    start = np.concatenate([np.ones(count), np.tile(EXPECTED, some)])
    found = minimize(
        loss,
        start,
        jac=True,
        method="SLSQP",
        bounds=[(1e-9, None)] * len(start),
        constraints={
            "type": "eq",
            "fun": lambda free: matrix @ free - aims,
            "jac": lambda _: matrix,
        },
        options={"maxiter": 500, "ftol": 1e-14},
    )
    assert found.success, found.message
    return cells * found.x[:count]


def test_the_dice_of_jaynes() -> None:
    """A die whose mean is 4.5 (Jaynes 1978, Where do we stand on maximum entropy?, to the five
    digits printed)."""
    found = cross_entropy([1 / 6] * 6, [[1] * 6, [1, 2, 3, 4, 5, 6]], [1, 4.5])
    printed = [0.05435, 0.07877, 0.11416, 0.16545, 0.23977, 0.34749]
    assert found.cells == pytest.approx(printed, abs=5.1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_exact_totals_give_ras_and_gras(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = rng.uniform(0.5, 5, (5, 4)) * (rng.random((5, 4)) < 0.8)
    target = rng.uniform(0.5, 2, (5, 1)) * a * rng.uniform(0.5, 2, (1, 4)) + 0.3 * (a > 0)
    rows, columns = target.sum(axis=1), target.sum(axis=0)
    found = cross_entropy(a.ravel(), margins(5, 4), [*rows, *columns])
    # both meet totals to 1e-11 of the largest; cells differ by a small multiple of that
    assert found.cells == pytest.approx(ras(a, rows, columns).flows.ravel(), rel=1e-8, abs=1e-8)
    signed = a.copy()
    signed[2, 1], signed[4, 3] = -0.7, -0.2
    aims = gras(signed, target.sum(axis=1), target.sum(axis=0)).flows
    found = cross_entropy(signed.ravel(), margins(5, 4), [*rows, *columns])
    assert found.cells == pytest.approx(aims.ravel(), rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_blocks_errors_and_gaps_as_a_convex_solver_has_them(seed: int) -> None:
    """Rows with errors, some columns unknown, a fixed cell, a block, a cell below 0."""
    rng = np.random.default_rng(100 + seed)
    a = rng.uniform(0.5, 3, (3, 4))
    a[1, 2] *= -0.2
    members = margins(3, 4)[:5]
    block, fixed = np.zeros((2, 12))
    block[[0, 1, 4, 5]] = fixed[11] = 1
    members = np.vstack([members, block, fixed])
    sums = members @ (a * rng.uniform(0.6, 1.6, (3, 4))).ravel()
    errors = np.array([0.4, 0.2, 0.3, 0.0, 0.1, 0.0, 0.0])
    sums += 0.5 * errors * rng.standard_normal(7)
    found = cross_entropy(a.ravel(), members, sums, errors)
    other = by_slsqp(a.ravel(), members, sums, errors)
    # SLSQP stops once its objective gains less than 1e-14, which leaves cells sure to about 1e-6
    assert found.cells == pytest.approx(other, rel=2e-5, abs=2e-5)
    assert members @ found.cells == pytest.approx(sums + found.errors, rel=1e-9)
    assert np.array_equal(np.sign(found.cells), np.sign(a.ravel()))


def test_totals_that_contradict_share_the_gap_by_their_variances() -> None:
    """Two statements on one sum, and nothing else: the mean weighted by inverse variances, but for
    terms of the third order in the gap over the errors (here .025 squared)."""
    found = cross_entropy([1.0, 2.0], [[1, 1], [1, 1]], [3.0, 3.004], [0.04, 0.08])
    assert found.cells.sum() == pytest.approx(3.0 + 0.004 / 5, abs=2e-5)
    assert found.cells[1] == pytest.approx(2 * found.cells[0], rel=1e-9)


def test_the_unit_of_the_table_does_not_matter() -> None:
    a, sums, errors = np.array([1.0, 2, 3, 4]), np.array([4.0, 8, 5, 6]), np.array([0.5, 0.5, 0, 0])
    one = cross_entropy(a, margins(2, 2), sums, errors).cells
    other = cross_entropy(a * 1e6, margins(2, 2), sums * 1e6, errors * 1e6).cells
    assert other == pytest.approx(one * 1e6, rel=1e-9)


@pytest.mark.parametrize(
    ("cells", "sums", "errors"),
    [
        ([1, 1, 1, 1], [1, 2, 2, 2], None),  # rows and columns of unlike sums
        ([1, 0, 0, 1], [1, 2, 2, 1], None),  # cells that are 0
        ([1, 1, 1, 1], [2, 2, 2, 2.7], [0.05] * 4),  # .7 apart, and .6 is all that may give way
    ],
)
def test_sums_that_nothing_meets(cells: Any, sums: Any, errors: Any) -> None:
    with pytest.raises(InputError) as raised:
        cross_entropy(cells, margins(2, 2), sums, errors)
    assert raised.value.code == "sum_not_met"


def test_three_standard_errors_are_the_limit() -> None:
    found = cross_entropy([1, 1, 1, 1], margins(2, 2), [2, 2, 2, 2.59], [0.05] * 4)
    assert np.abs(found.errors).max() <= 0.15
    assert np.abs(found.errors).sum() == pytest.approx(0.59, rel=1e-9)


# --- the measurement


def sample() -> dict[str, Any]:
    given = measurement("table_update").sample_call()
    return {**given, "totals": given["totals"].cast({"total": pl.Float64})}


def test_both_methods_agree_on_the_sample() -> None:
    one, other = table_update(**sample()), table_update(**sample(), method="cross_entropy")
    assert other.table["value"].to_list() == pytest.approx(one.table["value"].to_list(), rel=1e-8)
    totals = other.tables["factors"]
    assert totals["found_total"].to_list() == pytest.approx(totals["total"].to_list(), rel=1e-9)
    assert [own.code for own in other.conventions] == ["cross_entropy", "signs_stay"]


def test_a_fixed_cell_a_block_and_a_column_that_nobody_knows() -> None:
    given = sample()
    totals = given["totals"].filter(pl.col("name") != "exports").with_columns(error=pl.lit(0.0))
    more = [("block", "own use", 41.0, 0.0), ("cell", "power to mills", 21.0, 0.0)]
    totals = pl.concat([totals, pl.DataFrame(more, totals.schema, orient="row")], how="vertical")
    blocks = pl.DataFrame(
        {
            "block": ["own use", "own use", "power to mills"],
            "supplier": ["crops", "mills", "power"],
            "user": ["crops", "mills", "mills"],
        }
    )
    found = table_update(given["frame"], totals=totals, blocks=blocks, method="cross_entropy")
    value = {(row[0], row[1]): row[2] for row in found.table.iter_rows()}
    assert value["power", "mills"] == pytest.approx(21, rel=1e-9)
    assert value["crops", "crops"] + value["mills", "mills"] == pytest.approx(41, rel=1e-9)
    for name, total in (("crops", 28), ("mills", 110), ("households", 128)):
        of_user = sum(each for (_, user), each in value.items() if user == name)
        assert of_user == pytest.approx(total, rel=1e-9)


def test_half_a_row_and_half_a_column_are_blocks_as_totals_are() -> None:
    """A block that names a row alone is that row's total."""
    given = sample()
    totals = given["totals"].with_columns(
        side=pl.when(pl.col("name") == "power").then(pl.lit("块")).otherwise("side"),
        name=pl.col("name").replace("power", "all power"),
    )
    blocks = pl.DataFrame({"block": ["all power"], "supplier": ["power"]})
    found = table_update(given["frame"], totals=totals, blocks=blocks, method="cross_entropy")
    expected = table_update(**given).table["value"].to_list()
    assert found.table["value"].to_list() == pytest.approx(expected, rel=1e-8)


def test_the_total_that_gives_way_most_is_named() -> None:
    given = sample()
    is_off = pl.col("name") == "exports"
    totals = given["totals"].with_columns(
        total=pl.when(is_off).then(70.0).otherwise("total"),
        error=pl.when(is_off).then(4.0).when(pl.col("name") == "power").then(1.0),
    )
    found = table_update(given["frame"], totals=totals, method="cross_entropy")
    said = {own.code: own for own in found.said}
    assert said["met"].values["count"].value == 5
    assert said["gave_way"].values["name"].value == "exports"
    # six are too many by what both give way together, and exports bear nearly all of it
    sums = found.tables["factors"].with_columns(apart=pl.col("found_total") - pl.col("total"))
    apart = dict(sums.select("name", "apart").iter_rows())
    assert apart["power"] - apart["exports"] == pytest.approx(6, rel=1e-9)
    assert said["gave_way"].values["errors"].value == pytest.approx(-apart["exports"] / 4, rel=1e-9)
    assert found.conventions[-1].code == "errors_are"


def test_what_the_methods_can_not_take() -> None:
    given = sample()
    frame, totals = given["frame"], given["totals"]
    block = pl.DataFrame({"block": ["b"], "supplier": ["power"], "user": ["mills"]})
    known = pl.DataFrame([("block", "b", 20.0)], totals.schema, orient="row")
    more = pl.concat([totals, known])
    twice = pl.concat([totals, totals.head(1).with_columns(side=pl.lit("行"))])
    entropy: dict[str, Any] = {"method": "cross_entropy"}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"totals": more, "blocks": block}, "beyond_ras"),
        ({"totals": totals.with_columns(error=pl.lit(1.0))}, "beyond_ras"),
        ({"totals": twice}, "total_twice"),
        ({"totals": more, **entropy}, "other_totals"),
        ({"totals": totals, "blocks": block, **entropy}, "other_totals"),
        ({"totals": totals.with_columns(name=pl.col("name") + "s"), **entropy}, "other_totals"),
        (
            {"totals": more, "blocks": block.with_columns(user=pl.lit("mars")), **entropy},
            "not_in_table",
        ),
        ({"totals": totals.with_columns(total=pl.col("total") * 2 + 1), **entropy}, "sum_not_met"),
    ]
    for options, code in cases:
        with pytest.raises(InputError) as raised:
            table_update(frame, **options)
        assert raised.value.code == code
