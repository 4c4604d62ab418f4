"""Local bias: by hand, adding up, what must not matter, bad input."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.prices import made_up_flows
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.places.home_bias.bias_measures import freeness_of_trade, local_bias_of
from firstlight.places import local_bias
from firstlight.result import Result
from firstlight.texts import Count, List, Name, Phrase, Year, message


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


def measured(rows: pl.DataFrame, **options: str) -> Result:
    return local_bias(rows, flow="x", **options)


def freeness(found: Result) -> np.ndarray:
    """By the names of the pair."""
    pairs = found.tables["freeness"].sort("place", "other_place")
    return pairs["freeness_ratio"].to_numpy()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), money=st.floats(1e-9, 1e12))
@pytest.mark.slow
def test_units_and_order_do_not_matter_and_totals_add_up(seed: int, money: float) -> None:
    rows = made_up_flows(seed, places=6)
    found = measured(rows)
    other = measured(
        rows.with_columns(pl.col("x") * money).sample(fraction=1, shuffle=True, seed=seed)
    )
    mine, others = (own.table.sort("place") for own in (found, other))
    for name in ("home_share", "expected_share", "local_bias_ratio", "local_bias_index"):
        assert others[name].to_numpy() == pytest.approx(mine[name].to_numpy(), rel=1e-9, abs=1e-12)
    assert found.table["expected_share"].sum() == pytest.approx(1.0)
    received = rows.group_by("destination").agg(pl.col("x").sum()).sort("destination")["x"]
    home = float((mine["home_share"] * received).sum()) / float(received.sum())
    assert found.tables["bias_by_year"]["home_share"][0] == pytest.approx(home)
    sized = rows.with_columns(pl.col("x") * (pl.col("origin").str.slice(1).cast(pl.Float64) + 1))
    assert freeness(measured(sized)) == pytest.approx(freeness(found))


def test_a_planted_border_is_the_freeness_of_trade() -> None:
    rows = made_up_flows(1, places=5, border=9.0, noise=1e-6)
    found = measured(rows.with_columns(x=pl.col("x") * pl.col("km")))
    assert freeness(found) == pytest.approx(1 / 9, rel=1e-4)


def test_missing_flows_and_empty_places_are_named() -> None:
    rows = made_up_flows(2, places=3)
    gone = rows.filter(~((pl.col("origin") == "p00") & (pl.col("destination") == "p02")))
    found = measured(gone)
    assert found.table["home_share"].null_count() == 3
    assert found.table["reason"].to_list() == ["flow_missing"] * 3
    first = Phrase(message("phrases.flow", origin=Name("p00"), destination=Name("p02")))
    assert found.said == (
        message("unknown"),
        message("missing", count=Count(1), flows=List((first,))),
    )
    is_idle = (pl.col("origin") == "p01") | (pl.col("destination") == "p01")
    idle = rows.with_columns(x=pl.when(is_idle).then(0.0).otherwise("x"))
    found = measured(idle)
    reasons = dict(found.table.select("place", "reason").iter_rows())
    assert reasons == {"p00": None, "p01": "idle", "p02": None}
    assert found.table.filter(place="p01")["local_bias_index"].to_list() == [None]
    pairs = found.tables["freeness"].sort("place", "other_place")
    assert pairs["reason"].to_list() == ["home_is_zero", None, "home_is_zero"]
    assert measured(rows.with_columns(x=pl.lit(0.0))).said == (message("nothing"),)


def test_years() -> None:
    rows = made_up_flows(3, places=4)
    both = pl.concat([rows.with_columns(year=pl.lit(year)) for year in (2001, 2000)])
    found = measured(both.to_pandas())
    by_year = found.tables["bias_by_year"]
    assert by_year["year"].to_list() == [2000, 2001]
    assert by_year["local_bias_ratio"][0] == by_year["local_bias_ratio"][1] > 1
    assert found.said[0].code == "bias_in" and found.said[0].values["year"] == Year(2001)
    assert found.table["year"].to_list() == [2001] * 4 + [2000] * 4
    assert type(found.frame).__module__.startswith("pandas")
    assert [chart.x for chart in found.charts] == ["", "year"]
    gaps = both.filter((pl.col("year") == 2000) | (pl.col("origin") != "p01"))
    told = measured(gaps)
    assert told.said[0].values["year"] == Year(2000)
    ends = {"origin": Name("p01"), "destination": Name("p00")}
    first = Phrase(message("phrases.flow_in", **ends, year=Year(2001)))
    assert told.said[-1] == message("missing", count=Count(4), flows=List((first,)))


def test_flows_that_are_no_square_table_are_refused() -> None:
    for bad, code in (
        ([[1, 2]], "wrong_shape"),
        ([[1, -1], [0, 1]], "out_of_bounds"),
        ([[1, np.nan], [0, 1]], "out_of_bounds"),
    ):
        with pytest.raises(InputError) as wrong:
            local_bias_of(bad)
        assert wrong.value.code == code
