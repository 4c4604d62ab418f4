"""Markups and the dispersion of productivity: planted values, identities, properties, bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.firms import made_up_firms
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.productivity.production_functions.estimators import (
    ackerberg_caves_frazer,
    levinsohn_petrin,
    wooldridge,
)
from firstlight.instruments.productivity.production_functions.markups import markup, markups
from firstlight.instruments.productivity.production_functions.production_functions import (
    firms as door,
)
from firstlight.instruments.productivity.production_functions.productivity_dispersion import (
    productivity_dispersion,
)

MADE: dict[str, Any] = {"output": "y", "free": ["l"], "state": ["k"], "proxy": ["m"], "log": False}


@pytest.fixture(scope="module")
def firms() -> pl.DataFrame:
    """Firms that set wages at 0.6 / 1.25 of the value added they foresee: the planted markup is
    1.25."""
    data = made_up_firms(400, 6, seed=4)
    noise = 0.1 * np.random.default_rng(9).standard_normal(data.height)
    foreseen = 0.6 * data["l"] + 0.4 * data["k"] + data["omega"]
    return data.with_columns(y=foreseen + noise, wages=0.6 / 1.25 * foreseen.exp()).with_columns(
        value=pl.col("y").exp()
    )


def test_planted_markups_come_out_and_the_correction_takes_out_the_noise(
    firms: pl.DataFrame,
) -> None:
    found = levinsohn_petrin(firms, **MADE, replications=20)
    plain = markups(found, firms, input="l", expenditure="wages", revenue="value", corrected=False)
    corrected = markups(found, firms, input="l", expenditure="wages", revenue="value")
    scale = found.elasticity[0] / 0.6
    # The first stage fits 11 coefficients to 2,400 rows of noise 0.1: 0.7% of error is left in each
    # share.
    assert corrected.median == pytest.approx(1.25 * scale, rel=7e-3)
    assert corrected.table["markup"].std() < 0.15 * plain.table["markup"].std()
    assert plain.table["markup"].std() == pytest.approx(0.125, rel=0.1)
    assert corrected.median_low < 1.25 < corrected.median_high
    assert corrected.median_low == pytest.approx(
        corrected.median * found.low[0] / found.elasticity[0]
    )
    both = corrected.table
    assert (both["elasticity"] / both["corrected_share"]).to_numpy() == pytest.approx(
        both["markup"].to_numpy()
    )
    assert corrected.by_year["firms_count"].to_list() == [400] * 6


def test_any_estimator_will_do(firms: pl.DataFrame) -> None:
    options: dict[str, Any] = {"input": "l", "expenditure": "wages", "revenue": "value"}
    assert markups(wooldridge(firms, **MADE), firms, **options).median == pytest.approx(
        1.25, abs=0.05
    )
    translog = ackerberg_caves_frazer(firms, **MADE, form="translog", degree=2, replications=0)
    found = markups(translog, firms, **options)
    assert np.isnan(found.median_low)
    assert found.table["elasticity"].n_unique() > 1000


@pytest.mark.slow
def test_a_translogs_markups_written_out(firms: pl.DataFrame) -> None:
    """theta = b_l + 2 b_ll l + b_lk k of each firm; the noise is what a polynomial of l, k and m
    leaves of output."""
    found = ackerberg_caves_frazer(firms, **MADE, form="translog", degree=2, replications=0)
    b = dict(found.table.filter(kind="coefficient").select("name", "estimate").rows())
    l, k, m, y = firms.select("l", "k", "m", "y").to_numpy().T
    theta = b["l"] + 2 * b["l^2"] * l + b["l*k"] * k
    terms = np.column_stack([np.ones(len(y)), l, k, m, l * l, k * k, m * m, l * k, l * m, k * m])
    noise = y - terms @ np.linalg.lstsq(terms, y, rcond=None)[0]
    told = markups(found, firms, input="l", expenditure="wages", revenue="value").table
    expected = theta / (firms["wages"].to_numpy() / (firms["value"].to_numpy() / np.exp(noise)))
    same = told.join(firms.select("unit", "year", expected=expected), on=["unit", "year"])
    assert same["markup"].to_numpy() == pytest.approx(same["expected"].to_numpy(), rel=1e-9)


def test_rows_without_a_markup_have_a_reason(firms: pl.DataFrame) -> None:
    found = levinsohn_petrin(firms, **MADE, replications=0)
    row = pl.int_range(pl.len())
    holed = pl.concat([firms, firms[:1].with_columns(unit=pl.lit("stranger"))]).with_columns(
        wages=pl.when(row == 0).then(0.0).otherwise("wages"),
        value=pl.when(row == 1).then(None).otherwise("value"),
    )
    told = markups(found, holed, input="l", expenditure="wages", revenue="value")
    lost = told.table.filter(pl.col("markup").is_null())
    assert sorted(lost["reason"].to_list()) == ["no_expenditure", "no_revenue", "not_in_function"]
    assert told.table.height == 2401 and lost.height == told.table["reason"].count() == 3


@settings(max_examples=30, deadline=None)
@given(money=st.floats(1e-9, 1e12), theta=st.floats(0.1, 1), noise=st.floats(-1, 1))
def test_markups_hang_on_no_currency(money: float, theta: float, noise: float) -> None:
    spent, earned = np.array([3.0, 5.0]), np.array([10.0, 8.0])
    assert markup(theta, money * spent, money * earned, noise) == pytest.approx(
        markup(theta, spent, earned, noise)
    )
    assert markup(theta, spent, earned, noise) == pytest.approx(
        theta * earned / spent / np.exp(noise)
    )


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"input": "k2"}, "no_choice"),
        ({"other": True}, "no_markup"),
    ],
)
def test_bad_input_of_markups_is_named(
    firms: pl.DataFrame, options: dict[str, Any], code: str
) -> None:
    found = levinsohn_petrin(firms, **MADE, replications=0)
    data = firms.with_columns(unit="x" + pl.col("unit")) if options.get("other") else firms
    with pytest.raises(InputError) as caught:
        markups(found, data, input=options.get("input", "l"), expenditure="wages", revenue="value")
    assert caught.value.code == code
    assert caught.value.where
    assert caught.value.try_next


def test_aggregate_productivity_is_the_mean_firm_and_allocation(firms: pl.DataFrame) -> None:
    found = levinsohn_petrin(firms, **MADE, replications=0)
    rows = productivity_dispersion(found.firm_years)
    assert (rows["mean_log"] + rows["covariance_log"]).to_numpy() == pytest.approx(
        rows["weighted_mean_log"].to_numpy()
    )
    last = found.firm_years.filter(pl.col("year") == 2006)
    omega, size = last["log_productivity"].to_numpy(), np.exp(last["log_output"].to_numpy())
    row = rows.row(-1, named=True)
    assert row["weighted_mean_log"] == pytest.approx(np.average(omega, weights=size))
    assert row["p90_p10_ratio"] == pytest.approx(
        np.exp(np.subtract(*np.quantile(omega, [0.9, 0.1])))
    )
    assert row["covariance_log"] == pytest.approx(
        np.cov(size / size.sum(), omega, ddof=0)[0, 1] * omega.size
    )
    result = door(
        firms, "y", ["l"], ["k"], ["m"], log=False, method="lp", year_effects=False, replications=0
    )
    assert result.tables["dispersion"].equals(rows)
    said = {one.code: one.values for one in result.said}
    assert said["dispersion"]["ratio"].value == row["p90_p10_ratio"]
    assert said["allocation"]["gain"].value == pytest.approx(np.exp(row["covariance_log"]) - 1)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 99), unit=st.floats(1e-9, 1e12), shift=st.floats(-5, 5))
@pytest.mark.slow
def test_dispersion_hangs_on_no_unit(seed: int, unit: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    rows = pl.DataFrame(
        {
            "unit": list("abcdef"),
            "year": [2001] * 6,
            "w": rng.normal(size=6),
            "s": rng.uniform(1, 2, 6),
        }
    )
    options: dict[str, Any] = {"productivity": "w", "size": "s", "size_is_log": False}
    one = productivity_dispersion(rows, **options)
    other = productivity_dispersion(
        rows.with_columns(pl.col("w") + shift, pl.col("s") * unit)[::-1], **options
    )
    for name in ("p90_p10_ratio", "p75_p25_ratio", "standard_deviation", "covariance_log"):
        assert other[name].to_list() == pytest.approx(one[name].to_list(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (
            {"unit": ["a", "b"], "year": [2001, 2001], "w": [1.0, 2.0], "s": [1.0, -1.0]},
            "wrong_sign",
        ),
        ({"unit": ["a"], "year": [2001], "w": [None], "s": [1.0]}, "no_productivity"),
    ],
)
def test_bad_input_of_dispersion_is_named(rows: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        productivity_dispersion(pl.DataFrame(rows), productivity="w", size="s", size_is_log=False)
    assert caught.value.code == code


def test_one_firm_has_no_spread_and_missing_rows_do_not_count() -> None:
    rows = {"unit": ["a", "b"], "year": [2001, 2001], "w": [1.0, None], "s": [0.0, 1.0]}
    found = productivity_dispersion(
        pl.DataFrame(rows), productivity="w", size="s", size_is_log=False
    )
    assert found.select("standard_deviation", "weighted_mean_log").row(0) == (None, None)
    assert found["firms_count"].to_list() == [1]
