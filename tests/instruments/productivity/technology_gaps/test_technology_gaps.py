"""Metafrontiers as a measurement: what it says of groups, what was planted, what is refused."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from benchmarks.planted.regions import GAP, made_up_regions

from firstlight.errors import InputError
from firstlight.instruments.productivity.technology_gaps import technology_gaps as module
from firstlight.instruments.productivity.technology_gaps.technology_gaps import (
    metafrontier_efficiency,
)
from firstlight.texts import Code, Count, List, Name, Value

ROWS = pl.DataFrame(
    {
        "unit": list("abcdef"),
        "group": ["old", "old", "old", "new", "new", "single"],
        "x": [1.0] * 6,
        "y": [2.0, 4.0, 3.0, 8.0, 6.0, 1.0],
        "bad": [1.0, 2.0, 2.0, 3.0, 4.0, 1.0],
    }
)
COLUMNS: dict[str, Any] = {"inputs": ["x"], "outputs": ["y"]}


def plain(value: Value[Any]) -> Any:
    """What a value holds, of lists each part's."""
    return [part.value for part in value.value] if isinstance(value, List) else value.value


def said(result: Any) -> dict[str, dict[str, Any]]:
    return {
        given.code: {name: plain(value) for name, value in given.values.items()}
        for given in result.said
    }


def test_the_groups_nearest_and_farthest_are_said_first() -> None:
    result = metafrontier_efficiency(ROWS, **COLUMNS)
    assert result.said[0].code == "gap_means"
    told = said(result)
    assert (told["gap_means"]["best"], told["gap_means"]["last"]) == ("new", "single")
    assert told["gap_means"]["least_gap"] == pytest.approx(1.0)
    assert told["gap_means"]["greatest_gap"] == pytest.approx(1 / 8)
    within = [0.5, 1, 0.75, 1, 0.75, 1]
    to_all = [2 / 8, 4 / 8, 3 / 8, 1, 6 / 8, 1 / 8]
    assert told["score_means"]["own"] == pytest.approx(sum(within) / 6)
    assert told["score_means"]["meta"] == pytest.approx(sum(to_all) / 6)
    assert told["small_groups"] == {"count": 2, "groups": ["new", "single"]}
    assert result.tables["by_group"]["rows_count"].to_list() == [2, 3, 1]


def test_groups_that_are_numbers_are_names() -> None:
    numbered = ROWS.with_columns(group=pl.Series([1, 1, 1, 2, 2, 2]))
    assert said(metafrontier_efficiency(numbered, **COLUMNS))["gap_means"]["best"] == "2"


def test_one_group_has_no_gap_to_speak_of() -> None:
    result = metafrontier_efficiency(ROWS.with_columns(group=pl.lit("A")), **COLUMNS)
    assert [given.code for given in result.said] == ["one_group", "score_means"]
    assert result.table["technology_gap_ratio"].to_list() == pytest.approx([1.0] * 6)


def test_rows_without_a_score_are_counted_by_reason() -> None:
    found = metafrontier_efficiency(ROWS, **COLUMNS)
    lost = found.table.with_columns(
        reason=pl.when(pl.col("unit") < "c").then(pl.lit("imprecise")).otherwise(None)
    )
    last = module._said(lost, found.tables["by_group"])[-1]
    assert last.code == "without_score"
    assert last.values == {"count": Count(2), "reason": Code("codes.reason.imprecise")}


def test_a_direction_moves_outputs_and_bads_unless_it_is_named() -> None:
    asked: dict[str, Any] = {**COLUMNS, "bad": ["bad"], "orientation": "directional"}
    default = metafrontier_efficiency(ROWS, **asked)
    named = metafrontier_efficiency(ROWS, **asked, direction=["y", "bad"])
    assert default.table.equals(named.table)
    used = {given.code: given.values for given in named.conventions}
    assert plain(used["direction"]["columns"]) == ["+y", "-bad"]
    assert "bads_without_abatement" in used


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"direction": ["y"]}, "direction_unused"),
        ({"direction": ["w"], "orientation": "directional"}, "no_quantity"),
        ({"direction": ["bad"], "orientation": "directional", "bad": ["bad"]}, "row_does_not_move"),
    ],
)
def test_a_direction_that_does_not_fit_is_refused(options: dict[str, Any], code: str) -> None:
    still = ROWS.with_columns(bad=pl.when(pl.col("unit") == "c").then(0.0).otherwise("bad"))
    with pytest.raises(InputError) as caught:
        metafrontier_efficiency(still, **COLUMNS, **options)
    assert caught.value.code == code
    if code == "row_does_not_move":
        assert caught.value.values["unit"] == Name("c")


def test_a_row_without_a_group_is_refused() -> None:
    empty = ROWS.with_columns(group=pl.when(pl.col("unit") != "b").then("group"))
    with pytest.raises(InputError) as caught:
        metafrontier_efficiency(empty, **COLUMNS)
    assert caught.value.code == "no_group"
    assert caught.value.values == {"unit": Name("b"), "count": Count(1)}


@pytest.mark.slow
def test_the_planted_gap_of_groups_is_found() -> None:
    columns = {"inputs": ["staff", "spending"], "outputs": ["patents"], "returns": "crs"}
    by_group = metafrontier_efficiency(made_up_regions(), **columns).tables["by_group"]
    gaps = dict(by_group.select("group", "technology_gap_ratio_mean").iter_rows())
    assert gaps["coast"] > 0.95 and gaps["inland"] == pytest.approx(GAP, abs=0.08)


@pytest.mark.parametrize("factor", [1e-14, 1e14])
@pytest.mark.parametrize("side", ["x", "y", "bad"])
@pytest.mark.parametrize("orientation", ["input", "output", "directional"])
def test_units_far_apart_have_a_score_or_a_reason(
    side: str, factor: float, orientation: str
) -> None:
    is_far = pl.col("unit") == "b"
    far = ROWS.with_columns(pl.when(is_far).then(pl.col(side) * factor).otherwise(side).alias(side))
    options: dict[str, Any] = {"orientation": orientation}
    if orientation == "directional":
        options["bad"] = ["bad"]
    table = metafrontier_efficiency(far, **COLUMNS, **options).table
    missing = pl.any_horizontal(pl.col(pl.Float64).is_null())
    assert table.filter(missing & pl.col("reason").is_null()).height == 0
