"""Efficiency as it is asked for: what is said of each method, options that a method lacks, what
can't be scored."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.economy import made_up_economy
from polars.testing import assert_frame_equal

import firstlight as fl
from firstlight.errors import InputError
from firstlight.instruments.productivity.frontier_efficiency.frontier_efficiency import (
    OPTIONS,
    weight_bound,
)
from firstlight.measurement import measurement
from firstlight.result import Result
from firstlight.texts import Count, Message, Name, Number, Phrase, Year

DRAWS = np.random.default_rng(1).uniform(1, 5, (4, 40))
PANEL = pl.DataFrame(
    {
        "unit": [f"u{k:02}" for k in range(20)] * 2,
        "year": [2001] * 20 + [2002] * 20,
        **dict(zip(("K", "L", "Y", "CO2"), DRAWS, strict=True)),
    }
)


def efficiency(frame: Any = PANEL, **options: Any) -> Result:
    columns = {"inputs": ["K", "L"], "outputs": ["Y"], **options}
    result = fl.productivity.efficiency(frame, **columns)
    assert isinstance(result, Result)
    return result


def values(result: Result, code: str) -> dict[str, Any]:
    """What the values of a message hold."""
    given = next(given for given in result.said if given.code == code)
    return {name: value.value for name, value in given.values.items()}


def codes(given: tuple[Message, ...]) -> list[str]:
    return [each.code for each in given]


def refused(**options: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(InputError) as caught:
        efficiency(**options)
    return caught.value.code, dict(caught.value.values)


def test_envelopment_says_how_many_are_efficient_and_who_is_furthest() -> None:
    result = efficiency(bad=["CO2"], super_efficiency=True)
    table = result.table
    said = values(result, "efficient")
    assert (said["count"], said["all"]) == (table["is_efficient"].sum(), 40)
    worst = table.sort("efficiency_score").row(0, named=True)
    given = next(given for given in result.said if given.code == "mean_efficiency")
    unit = Phrase(
        Message("phrases.unit_in_year", {"unit": Name(worst["unit"]), "year": Year(worst["year"])})
    )
    assert given.values == {
        "mean": Number(float(table["efficiency_score"].to_numpy().mean()), digits=3),
        "worst": Number(worst["efficiency_score"], digits=3),
        "unit": unit,
    }
    of_scale = values(result, "returns_to_scale")
    counted = table["returns_to_scale_code"].value_counts()
    assert of_scale["increasing"] == counted.filter(returns_to_scale_code="irs")["count"].sum()
    assert {"returns_vrs", "dea_input", "bads_without_abatement", "super_dea"} <= set(
        codes(result.conventions)
    )
    assert list(result.tables) == ["scores", "peers", "multipliers"]
    assert result.charts[0].marks[0].y == "super_efficiency_score"  # type: ignore[union-attr]


def test_an_input_of_nothing_is_told() -> None:
    told = values(
        efficiency(PANEL.with_columns(K=pl.col("K") * (pl.col("Y") < 4.9))), "without_input"
    )
    assert told["count"] == (PANEL["Y"] >= 4.9).sum() > 0
    assert "without_input" not in codes(efficiency().said)


def test_slacks_based_slacks_are_mean_shares_of_what_units_have() -> None:
    result = efficiency(method="sbm", bad=["CO2"], technology="global")
    inside = result.table.filter(~pl.col("is_efficient")).join(PANEL, on=["unit", "year"])
    share = values(result, "slack_means_with_bads")["inputs"][0].value.values
    assert share["column"] == Name("K")
    assert share["share"].value == pytest.approx((inside["K_slack"] / inside["K"]).mean())
    assert values(result, "without_slack")["count"] == result.table["is_efficient"].sum()
    assert "technology_global" in codes(result.conventions)


def test_what_others_cannot_reach_is_counted_and_named() -> None:
    rows = pl.DataFrame({"unit": ["a", "b", "c"], "K": [1.0, 2, 3], "Y": [1.0, 2, 9]})
    asked = {"inputs": ["K"], "returns": "vrs", "orientation": "input", "super_efficiency": True}
    for method in ("sbm", "dea"):
        result = efficiency(rows, method=method, **asked)
        assert values(result, "unsolved")["count"] == 1
        assert values(result, "unsolved")["units"] == (Name("c"),)


def test_few_comparable_units_are_counted() -> None:
    crowd = pl.DataFrame(
        {"unit": [f"u{k:03}" for k in range(60)], "x": np.linspace(1, 2, 60), "y": np.ones(60)}
    )
    asked: dict[str, Any] = {"inputs": ["x"], "outputs": ["y"], "method": "order_m"}
    assert "few_comparable" not in codes(efficiency(crowd, m=6, **asked).said)
    said = values(efficiency(crowd, m=7, **asked), "few_comparable")
    assert (said["count"], said["all"], said["least"], said["m"]) == (60, 60, 70, 7)


@pytest.mark.parametrize("orientation", ["input", "output"])
def test_order_m_counts_who_does_better(orientation: str) -> None:
    result = efficiency(method="order_m", m=3, orientation=orientation)
    score = result.table["efficiency_score" if orientation == "input" else "expansion_score"]
    better = int((score > 1).sum() if orientation == "input" else (score < 1).sum())
    said = values(result, "better_than_m")
    assert 0 < better < 40 and (said["count"], said["all"], said["m"]) == (better, 40, 3)


def test_cross_efficiency_names_the_best_of_the_last_year() -> None:
    result = efficiency(method="cross")
    last = result.table.filter(year=2002).sort("cross_efficiency_score", descending=True)
    said = values(result, "judged_by_all_in_year")
    assert (said["unit"], said["year"]) == (last["unit"][0], 2002)
    assert said["count"] == (last["efficiency_score"] > 1 - 1e-8).sum() and said["all"] == 20
    assert said["mean"] == pytest.approx(last["cross_efficiency_score"][0])


def test_a_unit_that_is_a_number_is_called_a_unit() -> None:
    rows = pl.DataFrame({"unit": ["1", "2", "3"], "K": [1.0, 2, 3], "Y": [3.0, 3, 4]})
    result = efficiency(rows, inputs=["K"], method="cross")
    assert values(result, "judged_by_all")["unit"] == Message(
        "phrases.numbered_unit", {"number": Name("1")}
    )


def test_the_hull_along_each_units_own_direction_needs_no_direction() -> None:
    result = efficiency(method="fdh", orientation="directional")
    assert result.table["inefficiency_score"].min() == 0
    assert (
        values(result, "range_of_inefficiency")["high"] == result.table["inefficiency_score"].max()
    )


@pytest.mark.parametrize("method", OPTIONS)
def test_an_option_that_a_method_lacks_is_named_with_the_methods_that_have_it(method: str) -> None:
    other = {
        "bad": ["CO2"],
        "super_efficiency": True,
        "returns": "crs",
        "orientation": "output",
        "technology": "global",
        "direction": ["Y"],
        "disposability": "strong",
        "window": 2,
        "nondiscretionary": ["K"],
        "weight_restrictions": ["K>=L"],
        "zeros": "neglect",
        "m": 5,
        "goal": "aggressive",
    }
    assert set(other) == {name for own in OPTIONS.values() for name in own}
    for name in set(other) - set(OPTIONS[method]):
        code, about = refused(method=method, **{name: other[name]})
        assert code == "no_such_option" and about["option"] == Name(name)
        able = {each.value for each in about["methods"].value}
        assert able == {each for each, own in OPTIONS.items() if name in own}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"method": "sbm", "orientation": "directional"}, "no_such_orientation"),
        ({"method": "fdh", "technology": "window"}, "no_window"),
        ({"orientation": "directional"}, "no_direction"),
        ({"direction": ["Y"]}, "direction_unused"),
        ({"orientation": "directional", "direction": ["z"]}, "no_quantity"),
        ({"nondiscretionary": ["K", "L"]}, "nothing_moves"),
        ({"technology": "window", "window": 9}, "window_too_long"),
        ({"weight_restrictions": ["K>L"]}, "not_a_bound"),
        ({"weight_restrictions": ["K>=z"]}, "no_quantity"),
        ({"method": "sbm", "super_efficiency": True, "zeros": "penalty"}, "super_with_zeros"),
        ({"inputs": ["K", "Y"]}, "column_twice"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict[str, Any], code: str) -> None:
    assert refused(**options)[0] == code


def test_numbers_that_no_method_can_use_are_refused_with_their_place() -> None:
    first = pl.int_range(pl.len()) == 0
    who = Phrase(Message("phrases.unit_in_year", {"unit": Name("u00"), "year": Year(2001)}))
    lost = PANEL.with_columns(K=pl.when(first).then(None).otherwise("K"))
    assert refused(frame=lost) == ("quantity_missing", {"unit": who, "column": Name("K")})
    zero = PANEL.with_columns(pl.when(first).then(0.0).otherwise(each).alias(each) for each in "KL")
    assert refused(frame=zero) == ("inputs_all_zero", {"unit": who})
    no_output = PANEL.with_columns(Y=pl.when(first).then(0.0).otherwise("Y"))
    assert refused(frame=no_output) == ("outputs_all_zero", {"unit": who})


def test_restrictions_held_columns_and_windows() -> None:
    rows = pl.DataFrame({"unit": list("abc"), "K": [1.0, 2, 4], "L": [4.0, 2, 1], "Y": [1.0] * 3})
    restricted = efficiency(rows, returns="crs", weight_restrictions=["K>=1*L"])
    # c may not hide behind L alone: at K's multiplier no lower than L's the cheapest of (1, 4), (2,
    # 2), (4, 1) is 4
    assert restricted.table["efficiency_score"][2] == pytest.approx(4 / 5)
    held = efficiency(rows, returns="crs", nondiscretionary=["L"])
    # K alone is scaled, and no peer has more of L: a mix of a and b for c
    assert held.table["efficiency_score"].to_list() == pytest.approx([1.0, 1.0, 1.0])
    assert "held_and_not_scaled" in codes(held.conventions)
    assert Message("weights_restricted", {"count": Count(1)}) in restricted.conventions
    windows = efficiency(technology="window", window=2)
    assert windows.table["window_first_year"].unique().to_list() == [2001]


def test_bounds_of_weights_are_sums_that_are_not_below_zero() -> None:
    assert weight_bound("K >= 2*L") == {"K": 1.0, "L": -2.0}
    assert weight_bound("资本<=0.5*劳动") == {"资本": -1.0, "劳动": 0.5}
    assert weight_bound("a>=b") == {"a": 1.0, "b": -1.0}
    for wrong in ("K>2*L", "K>=2*K", "K>=-1*L", "K>=x*L", ">=L", "K>=2*", "K", "K>=inf*L", ""):
        with pytest.raises(InputError) as caught:
            weight_bound(wrong)
        assert caught.value.code == "not_a_bound"


def test_the_order_of_units_and_the_kind_of_frame_change_nothing() -> None:
    mixed = PANEL.sample(fraction=1, shuffle=True, seed=1).to_pandas()
    result = efficiency(mixed)
    assert result.table.equals(efficiency().table)
    assert type(result.frame).__module__.startswith("pandas")


def test_intervals_say_the_mean_without_bias_and_count_those_below_zero() -> None:
    random = np.random.default_rng(0)
    inputs, outputs = random.lognormal(3, 1, (25, 3)), random.lognormal(5, 1, (25, 3))
    sides = {"x": inputs, "y": outputs}
    columns = {f"{name}{k}": part[:, k] for name, part in sides.items() for k in range(3)}
    rows = pl.DataFrame({"unit": [f"u{k}" for k in range(25)], **columns})
    asked: dict[str, Any] = {"inputs": ["x0", "x1", "x2"], "outputs": ["y0", "y1", "y2"]}
    result = fl.productivity.efficiency_intervals(rows, replications=100, **asked)
    table = result.table
    below = int((table["efficiency_score_corrected_low"] < 0).sum())
    assert below > 0 and values(result, "below_zero")["count"] == below
    mean = values(result, "mean_efficiency")
    assert mean["corrected"] == pytest.approx(table["efficiency_score_corrected"].mean())
    assert mean["score"] == pytest.approx(table["efficiency_score"].mean())
    assert values(result, "correction_advised")["count"] == table["is_correction_advised"].sum()
    with pytest.raises(InputError) as caught:
        fl.productivity.efficiency_intervals(rows, replications=100, level=0.99, **asked)
    assert caught.value.code == "few_replications" and caught.value.values["least"] == Count(200)


def test_the_sample_is_the_made_up_economy() -> None:
    frame = made_up_economy().places().rename({"place": "unit"})
    for name in ("efficiency", "efficiency_intervals"):
        declared = measurement(name)
        kept = declared.sample_call()[declared.main.name]
        # Another processor may round the economy's exponentials in their last place.
        assert_frame_equal(kept.cast(frame.schema), frame, rel_tol=1e-12, abs_tol=0.0)
