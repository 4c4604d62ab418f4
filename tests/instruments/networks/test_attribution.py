"""Attribution: what was planted comes back, what can't be shared out is said, the same bytes
whatever the threads."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import polars as pl
import pytest
from benchmarks.planted.works import made_up_results

from firstlight.errors import InputError
from firstlight.networks import attribution
from firstlight.texts import Count, Name

FACTORS = ["people", "works_per_person", "quality"]
ROWS = pl.DataFrame(
    {
        "unit": ["a", "a", "b", "b", "c"],
        "year": [2000, 2001, 2000, 2002, 2000],
        "output": [6.0, 40.0, 2.0, 2.0, 9.0],
        "people": [2.0, 4.0, 1.0, 2.0, 3.0],
        "each": [3.0, 10.0, 2.0, 1.0, 3.0],
    }
)


def codes(result: Any) -> list[str]:
    return [given.code for given in result.said]


def code_of(frame: pl.DataFrame, factors: list[str], **options: Any) -> str:
    with pytest.raises(InputError) as wrong:
        attribution(frame, "output", factors, **options)
    return wrong.value.code


@pytest.mark.slow
def test_the_planted_shares_of_spread_come_back() -> None:
    result = attribution(made_up_results(300), "result", FACTORS, replications=20)
    parts = dict(result.table.select("factor", "of_total_share").iter_rows())
    planted = {"people": 0.36, "works_per_person": 0.09, "quality": 0.01}
    assert sum(parts.values()) == pytest.approx(1)
    assert parts == pytest.approx({k: v / 0.46 for k, v in planted.items()}, abs=0.06)
    total = result.said[0].values["total"].value
    assert result.table["contribution"].sum() == pytest.approx(total)
    row = result.table.row(0, named=True)
    assert row["contribution_low"] < row["contribution"] < row["contribution_high"]


@pytest.mark.slow
def test_contributions_to_a_change_add_up_to_it() -> None:
    rows = made_up_results(300)
    result = attribution(rows, "result", FACTORS, method="product")
    by_year = pl.col("result").sort_by("year")
    change = rows.group_by("unit").agg(by_year.last() - by_year.first())["result"].sum()
    parts = dict(result.table.select("factor", "contribution").iter_rows())
    assert sum(parts.values()) == pytest.approx(change)
    assert result.table["of_total_share"].sum() == pytest.approx(1)
    assert "rest" in parts
    assert parts["people"] > parts["works_per_person"] > parts["quality"]
    for name in ("by_period", "unit_factors"):
        assert result.tables[name]["contribution"].sum() == pytest.approx(change)
    last = result.tables["cumulated"].group_by("factor").agg(pl.col("contribution").last())
    assert dict(last.iter_rows()) == pytest.approx(parts)


def test_a_product_of_two_by_hand() -> None:
    result = attribution(ROWS, "output", ["people", "each"], method="product")
    # a: 2 x 6.5 of people, 7 x 3 of each; b: 1 x 1.5 and -1 x 1.5
    assert dict(result.table.select("factor", "contribution").iter_rows()) == pytest.approx(
        {"people": 13 + 1.5, "each": 21 - 1.5}
    )
    assert result.tables["left_out"].rows() == [("c", "single_year")]
    assert result.tables["by_period"].select("from_year", "to_year").unique().height == 2
    assert result.said[0].values["count"] == Count(2)
    assert codes(result) == ["changed", "part_and_share", "part_and_share"]


def test_changes_that_cancel_have_no_shares() -> None:
    rows = ROWS.filter(pl.col("unit") == "b")
    result = attribution(rows, "output", ["people", "each"], method="product")
    assert result.table["of_total_share"].to_list() == [None, None]
    assert codes(result) == ["changed", "part", "part"]


@pytest.mark.slow
def test_product_gives_the_same_bytes_whatever_the_threads() -> None:
    """So many rows that Polars parts the groups of a sum between its threads."""
    program = (
        "from firstlight.networks import attribution;"
        "from benchmarks.planted.works import made_up_results;"
        "found = attribution(made_up_results(300, 4), 'result', ['people', 'works_per_person'],"
        " method='product');"
        "print([table.rows() for table in found.tables.values()])"
    )
    printed = []
    for threads in ("1", "2"):
        settings = os.environ | {"POLARS_MAX_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", program], env=settings, capture_output=True, check=True
        )
        printed.append(done.stdout)
    assert printed[0] == printed[1] != b""


def test_few_units_are_said_beside_intervals() -> None:
    options = {"replications": 20}
    few = attribution(made_up_results(10), "result", FACTORS[:2], **options)
    many = attribution(made_up_results(40), "result", FACTORS[:2], **options)
    assert "few_units" in codes(few) and "few_units" not in codes(many)
    without = attribution(made_up_results(10), "result", FACTORS[:2], replications=0)
    assert codes(without) == ["explained_log", "factor", "factor", "no_cause"]
    assert "contribution_low" not in without.table.columns


def test_rows_with_gaps_are_left_out_and_said() -> None:
    gaps = ROWS.with_columns(people=pl.when(pl.col("year") != 2002).then("people"))
    result = attribution(gaps, "output", ["people"], log=False, replications=0)
    assert result.said[-1].code == "lost" and result.said[-1].values["count"] == Count(1)
    complete = ROWS.filter(pl.col("year") != 2002)
    whole = attribution(complete, "output", ["people"], log=False, replications=0)
    assert result.table.equals(whole.table)


def test_a_factor_may_be_called_as_a_column_of_the_key() -> None:
    rows = ROWS.rename({"people": "unit", "unit": "firm"})
    renamed = attribution(rows, "output", ["unit"], unit="firm", log=False, replications=0)
    plain = attribution(ROWS, "output", ["people"], log=False, replications=0)
    assert renamed.table.drop("factor").equals(plain.table.drop("factor"))
    assert renamed.said[1].values["factor"] == Name("unit")


def test_what_can_not_be_shared_out_is_named() -> None:
    both = ["people", "each"]
    assert code_of(ROWS.head(1), both) == "too_few"
    assert code_of(ROWS.head(3), both) == "too_few"
    assert code_of(ROWS.with_columns(output=pl.lit(2.0)), both) == "constant"
    assert code_of(ROWS.with_columns(each=pl.col("each") - 1), both) == "no_logarithm"
    assert code_of(ROWS, ["output"]) == "excludes"
    assert code_of(ROWS, [f"f{k}" for k in range(11)]) == "too_many"
    assert code_of(ROWS, both, replications=19) == "too_few"
    product = {"method": "product"}
    assert code_of(ROWS.drop("year").unique("unit"), both, **product) == "needs"
    assert code_of(ROWS.with_columns(each=pl.col("each") - 1), both, **product) == "factor_of_0"
    assert code_of(ROWS.unique("unit"), both, **product) == "too_few"
    huge = ROWS.with_columns(each=pl.lit(1e300), people=pl.lit(1e300))
    assert code_of(huge, both, **product) == "too_large"
    called_rest = ROWS.rename({"each": "rest"}).with_columns(output=pl.col("output") * 2)
    assert code_of(called_rest, ["people", "rest"], **product) == "reserved_name"
