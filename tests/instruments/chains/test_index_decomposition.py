"""LMDI: published effects, exact sums, zeros, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from economies import CASES

from firstlight.chains import index_decomposition, lmdi_effects, lmdi_ratios, logarithmic_mean
from firstlight.errors import InputError

LMDI: dict[str, Any] = CASES["lmdi"]
ANG: dict[str, Any] = CASES["ang_2005"]
YEARS = np.array(LMDI["years"], float)


@pytest.mark.parametrize("step", [0, 1])
def test_published_effects(step: int) -> None:
    """Printed to ten digits by the tests of LMDIR."""
    added = lmdi_effects(YEARS[step], YEARS[step + 1]).sum(axis=0)
    assert added == pytest.approx(LMDI["additive"][step], rel=1e-9)
    ratios = lmdi_ratios(YEARS[step], YEARS[step + 1])
    assert ratios == pytest.approx(LMDI["multiplicative"][step], abs=5e-10)


def test_published_limits_at_zero() -> None:
    start = YEARS[0].copy()
    start[0, 0] = 0
    found = lmdi_effects(start, YEARS[1])
    assert found[0].tolist() == LMDI["with_zero_first_part"]
    assert found[1] == pytest.approx(LMDI["with_zero_second_part"], rel=1e-9)


def test_zeros_are_the_limits_of_small_numbers() -> None:
    """What is 0 at one date, at both, or in two factors at once."""
    start = np.array([[0, 10, 2], [4, 0, 0], [3, 2, 1], [0, 5, 1], [0, 3, 2.0]])
    end = np.array([[4, 5, 3], [5, 6, 4], [0, 2, 2], [0, 7, 2], [2, 0, 2.0]])
    found = lmdi_effects(start, end)
    assert found.sum(axis=1) == pytest.approx(end.prod(axis=1) - start.prod(axis=1))
    tiny = 1e-120
    near = lmdi_effects(np.where(start == 0, tiny, start), np.where(end == 0, tiny, end))
    assert found == pytest.approx(near, abs=0.7)  # limits are reached with the logarithm of tiny
    assert found[1].tolist() == [0, 60, 60]
    assert found[3:].tolist() == [[0, 0, 0], [0, 0, 0]]


def test_sums_and_products_leave_nothing_over() -> None:
    rng = np.random.default_rng(7)
    start, end = rng.uniform(0.1, 5, (2, 40, 4))
    effects = lmdi_effects(start, end)
    assert effects.sum(axis=1) == pytest.approx(end.prod(axis=1) - start.prod(axis=1), rel=1e-10)
    ratio = end.prod(axis=1).sum() / start.prod(axis=1).sum()
    assert lmdi_ratios(start, end).prod() == pytest.approx(ratio, rel=1e-12)
    # turned round in time the effects change sign, and the ratios are turned upside down
    assert lmdi_effects(end, start) == pytest.approx(-effects, rel=1e-10)
    assert lmdi_ratios(end, start) == pytest.approx(1 / lmdi_ratios(start, end), rel=1e-10)


def test_the_logarithmic_mean_lies_between_the_other_means() -> None:
    a, b = np.random.default_rng(0).uniform(0.01, 10, (2, 500))
    mean = logarithmic_mean(a, b)
    assert (mean >= np.sqrt(a * b) * (1 - 1e-12)).all()
    assert (mean <= (a + b) / 2 * (1 + 1e-12)).all()
    assert logarithmic_mean(3.0, 3.0 * (1 + 1e-13)) == pytest.approx(3.0, rel=1e-12)


def plants() -> pl.DataFrame:
    energy, activity = np.array(ANG["energy"]), np.array(ANG["activity"])
    return pl.DataFrame(
        {
            "sector": ["one", "two"] * 2,
            "year": [2000, 2000, 2010, 2010],
            "output": activity.ravel(),
            "energy": energy.ravel(),
        }
    )


def test_the_example_of_ang() -> None:
    found = index_decomposition(plants(), ["output", "energy"]).table
    by_kind = {row["kind"]: row for row in found.iter_rows(named=True)}
    kinds = ("activity", "structure", "intensity")
    assert [by_kind[kind]["effect"] for kind in kinds] == pytest.approx(ANG["additive"], abs=5e-5)
    ratios = [by_kind[kind]["ratio"] for kind in kinds]
    assert ratios == pytest.approx(ANG["multiplicative"], abs=5e-6)


def test_a_longer_chain_sums_up_over_sectors_and_years() -> None:
    rng = np.random.default_rng(3)
    years, sectors = [2000, 2005, 2010], list("abcd")
    rows = [(sector, year, *rng.uniform(1, 9, 3)) for sector in sectors for year in years]
    frame = pl.DataFrame(rows, schema=["sector", "year", "Q", "E", "C"], orient="row")
    found = index_decomposition(frame, ["Q", "E", "C"])
    sums = frame.group_by("year").agg(pl.sum("C")).sort("year")["C"].to_list()
    assert found.table["effect"].sum() == pytest.approx(sums[2] - sums[0])
    assert found.table["ratio"].product() == pytest.approx(sums[2] / sums[0])
    assert found.tables["sectors"]["effect"].sum() == pytest.approx(sums[2] - sums[0])
    steps = found.tables["steps"].group_by("year").agg(pl.sum("effect")).sort("year")
    assert steps["effect"].to_list() == pytest.approx([sums[1] - sums[0], sums[2] - sums[1]])
    last = found.tables["steps"].filter(year=2010)
    assert last["sum_of_effects"].sum() == pytest.approx(sums[2] - sums[0])


def test_a_sector_that_begins() -> None:
    """All that it uses is change of structure: it had no activity before."""
    frame = plants().with_columns(
        output=pl.Series([0, 40, 40, 40]), energy=pl.Series([0, 20, 80, 20])
    )
    found = index_decomposition(frame, ["output", "energy"]).tables["sectors"]
    own = dict(found.filter(sector="one").select("kind", "effect").iter_rows())
    assert own == {"structure": 80, "activity": 0, "intensity": 0}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (plants().filter(year=2000), "one_year"),
        (plants().head(3), "incomplete"),
        (plants().with_columns(energy=pl.Series([30, None, 80, 16])), "incomplete"),
        (plants().with_columns(output=pl.Series([0, 0, 40, 40])), "no_activity"),
        (plants().with_columns(output=pl.Series([0, 40, 40, 40])), "out_of_nothing"),
    ],
)
def test_what_is_refused(frame: pl.DataFrame, code: str) -> None:
    with pytest.raises(InputError) as raised:
        index_decomposition(frame, ["output", "energy"])
    assert raised.value.code == code


def test_an_aggregate_that_begins_has_no_percentage() -> None:
    frame = plants().with_columns(energy=pl.Series([0, 0, 80, 16]))
    found = index_decomposition(frame, ["output", "energy"])
    assert found.said[0].code == "no_start"
    assert found.table["ratio"].null_count() == 3
    assert found.table["effect"].sum() == pytest.approx(96)
