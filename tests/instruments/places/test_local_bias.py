"""Local bias: by hand, adding up, what must not matter, bad input."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.places.local_bias import freeness_of_trade, local_bias, local_bias_of
from firstlight.sample.made_up_prices import made_up_flows


def test_by_hand() -> None:
    home, expected, ratio, index = local_bias_of([[6, 1, 1], [2, 4, 2], [0, 5, 4]])
    assert home == pytest.approx([6 / 8, 4 / 10, 4 / 7])
    assert expected == pytest.approx([8 / 25, 8 / 25, 9 / 25])
    assert ratio == pytest.approx([6 * 25 / 64, 4 * 25 / 80, 4 * 25 / 63])
    assert index[0] == pytest.approx(1 - (2 / 8) / (17 / 25))
    assert freeness_of_trade([[6, 1, 1], [2, 4, 2], [0, 5, 4]])[0, 1] == pytest.approx(
        np.sqrt(2 / 24)
    )


def test_without_friction_there_is_no_bias() -> None:
    """Where flows are sizes times sizes, every index is as sizes say."""
    x = np.outer([5.0, 1, 2], [3.0, 2, 9])
    _, _, ratio, index = local_bias_of(x)
    assert ratio == pytest.approx(1.0) and index == pytest.approx(0.0, abs=1e-12)
    assert freeness_of_trade(x) == pytest.approx(1.0)
    assert local_bias_of(np.eye(3))[3].tolist() == [1.0, 1.0, 1.0]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), money=st.floats(1e-9, 1e12))
@pytest.mark.slow
def test_units_and_order_do_not_matter_and_totals_add_up(seed: int, money: float) -> None:
    rows = made_up_flows(seed, places=6)
    found = local_bias(rows, "x")
    other = local_bias(
        rows.with_columns(pl.col("x") * money).sample(fraction=1, shuffle=True, seed=seed), "x"
    )
    for name in ("home_share", "expected_share", "local_bias_ratio", "local_bias_index"):
        assert other.table[name].to_numpy() == pytest.approx(
            found.table[name].to_numpy(), rel=1e-9, abs=1e-12
        )
    assert found.table["expected_share"].sum() == pytest.approx(1.0)
    received = rows.group_by("destination").agg(pl.col("x").sum()).sort("destination")["x"]
    home = float((found.table["home_share"] * received).sum()) / float(received.sum())
    assert found.by_period["home_share"][0] == pytest.approx(home)
    sized = rows.with_columns(pl.col("x") * (pl.col("origin").str.slice(1).cast(pl.Float64) + 1))
    assert local_bias(sized, "x").pairs["freeness_ratio"].to_numpy() == pytest.approx(
        found.pairs["freeness_ratio"].to_numpy()
    )


def test_a_planted_border_is_the_freeness_of_trade() -> None:
    rows = made_up_flows(1, places=5, border=9.0, noise=1e-6).with_columns(
        x=pl.col("x") * pl.col("km")
    )
    assert local_bias(rows, "x").pairs["freeness_ratio"].to_numpy() == pytest.approx(
        1 / 9, rel=1e-4
    )


def test_missing_flows_and_empty_places_are_named() -> None:
    rows = made_up_flows(2, places=3)
    gone = rows.filter(~((pl.col("origin") == "p00") & (pl.col("destination") == "p02")))
    found = local_bias(gone, "x")
    assert found.table["home_share"].null_count() == 3
    assert found.table["reason_en"][0] == "no flow from p00 to p02: write 0 if there is none"
    assert found.summary() == "Flows are missing: p00 → p02."
    idle = rows.with_columns(
        x=pl.when((pl.col("origin") == "p01") | (pl.col("destination") == "p01"))
        .then(0.0)
        .otherwise("x")
    )
    found = local_bias(idle, "x")
    assert found.table["local_bias_index"].is_null().to_list() == [False, True, False]
    assert found.table["reason_zh"][1] == "无流入或流出，或为唯一地区"
    assert found.pairs["reason_en"].to_list() == ["a home flow of 0", "", "a home flow of 0"]
    nothing = local_bias(rows.with_columns(x=pl.lit(0.0)), "x")
    assert nothing.summary() == "No period has a flow above 0."


def test_periods_and_words() -> None:
    rows = pl.concat(
        [made_up_flows(3, places=4).with_columns(year=pl.lit(y)) for y in (2001, 2000)]
    )
    found = local_bias(rows.to_pandas(), "x", period="year")
    assert found.by_period["period"].to_list() == [2000, 2001]
    assert found.by_period["local_bias_ratio"][0] == found.by_period["local_bias_ratio"][1] > 1
    assert "times as much as their sizes say in 2001" in found.summary()
    assert "2001期本地流量为按规模期望的" in found.summary("zh")
    assert type(found.frame).__module__.startswith("pandas")
    assert found.plot().to_dict()["mark"]["type"] == "bar"


def test_bad_input_is_refused_in_words() -> None:
    rows = made_up_flows(0, places=3)
    with pytest.raises(InputError, match="negative flow"):
        local_bias(rows.with_columns(x=-pl.col("x")), "x")
    with pytest.raises(InputError, match="stands twice"):
        local_bias(pl.concat([rows, rows]), "x")
    with pytest.raises(InputError, match="no rows"):
        local_bias(rows.clear(), "x")
    for bad in ([[1, 2]], [[1, -1], [0, 1]], [[1, np.nan], [0, 1]]):
        with pytest.raises(InputError, match="flows of shape"):
            local_bias_of(bad)
