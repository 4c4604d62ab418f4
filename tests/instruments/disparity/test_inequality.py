"""Inequality: published values, parts that add up, what scale and copies do, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.disparity import (
    atkinson,
    dagum,
    gini,
    inequality,
    theil,
    theil_l,
    theil_levels,
    variation_coefficient,
)
from firstlight.errors import InputError
from firstlight.texts import Code, Count, Name, Number, Year

DRAWN = np.random.default_rng(5).lognormal(size=60)
GROUPS = np.repeat(list("abcd"), 15).tolist()
SUBGROUPS = np.repeat(list("qrstuvwxyz"), 6).tolist()  # q to z lie in a to d only in part
WEIGHTS = np.random.default_rng(6).uniform(0.1, 2, size=60)


@pytest.fixture(scope="module")
def mexico(reference: Path) -> dict[str, Any]:
    held = json.loads((reference / "pysal_disparity.json").read_text(encoding="utf-8"))
    return dict(held["mexico"])


def frame_of(mexico: dict[str, Any]) -> pl.DataFrame:
    units = [f"state {i:02}" for i in range(32)]
    years = [
        pl.DataFrame({"unit": units, "group": map(str, mexico["groups"]), "value": values}).select(
            pl.all(), year=pl.lit(int(year))
        )
        for year, values in mexico["gdp_per_person"].items()
    ]
    return pl.concat(years)


def said_of(*args: Any, **options: Any) -> dict[str, Any]:
    return {each.code: each.values for each in inequality(*args, **options).said}


def refused(*args: Any, **options: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        inequality(*args, **options)
    return caught.value


def test_published_values_of_mexican_states(mexico: dict[str, Any]) -> None:
    result = inequality(frame_of(mexico))
    indices, parts = result.table.sort("year"), result.tables["parts"].sort("year")
    assert indices["gini_index"][0] == pytest.approx(mexico["gini_1940"], abs=5e-9)
    assert indices["theil_index"].to_list() == pytest.approx(mexico["theil"], abs=5e-9)
    columns = [f"gini_{part}_index" for part in ("within", "between", "transvariation")]
    assert parts.select(columns).row(0) == pytest.approx(mexico["dagum_1940"], abs=5e-9)
    between = parts["theil_between_index"].to_list()
    assert between == pytest.approx(mexico["theil_between"], abs=5e-9)


def test_the_first_lines_say_whether_the_gap_narrowed_and_what_lies_between(
    mexico: dict[str, Any],
) -> None:
    said = said_of(frame_of(mexico))
    assert list(said)[:3] == ["narrowed", "range", "parts"]
    assert (said["narrowed"]["start"], said["narrowed"]["end"]) == (Year(1940), Year(2000))
    assert said["narrowed"]["first"].value == pytest.approx(mexico["gini_1940"], abs=5e-9)
    shares = [said["parts"][name].value for name in ("within", "between", "transvariation")]
    assert sum(shares) == pytest.approx(1, rel=1e-12)
    turned = frame_of(mexico).with_columns(year=3940 - pl.col("year"))
    assert "widened" in said_of(turned.with_columns(year=pl.col("year") - 100))


def test_atkinson_of_pysal() -> None:
    incomes = [10, 20, 30, 40, 50]
    assert atkinson(incomes, 0.5) == pytest.approx(0.06315, abs=5e-6)
    assert atkinson(incomes, 1) == pytest.approx(0.1316096, abs=5e-8)
    assert atkinson(incomes, 1 + 1e-7) == pytest.approx(atkinson(incomes, 1), abs=1e-7)


def test_mean_differences_are_those_of_all_pairs() -> None:
    """Against the definition: each pair of units, one by one."""
    p, mean = WEIGHTS / WEIGHTS.sum(), np.average(DRAWN, weights=WEIGHTS)
    apart = np.abs(DRAWN[:, None] - DRAWN) * np.outer(p, p) / (2 * mean)
    assert gini(DRAWN, WEIGHTS) == pytest.approx(apart.sum(), rel=1e-12)
    parts, code = dagum(DRAWN, GROUPS, WEIGHTS), np.array(GROUPS)
    same = code[:, None] == code
    assert parts.within == pytest.approx(apart[same].sum(), rel=1e-12)
    for j, one in enumerate(parts.groups):
        for h, other in enumerate(parts.groups[:j]):
            x, y = DRAWN[code == one], DRAWN[code == other]
            weights = np.outer(WEIGHTS[code == one], WEIGHTS[code == other])
            if parts.means[j] < parts.means[h]:
                x, y, weights = y, x, weights.T
            gains = np.average(np.maximum(x[:, None] - y, 0), weights=weights)
            losses = np.average(np.maximum(y - x[:, None], 0), weights=weights)
            affluence = (gains - losses) / (gains + losses)
            assert parts.affluence[j, h] == pytest.approx(affluence, rel=1e-10)
            between = (gains + losses) / (parts.means[j] + parts.means[h])
            assert parts.ginis[j, h] == pytest.approx(between, rel=1e-10)


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.sampled_from("abc"), st.integers(1, 5)),
        min_size=2,
        max_size=30,
    )
)
def test_parts_add_up(rows: list[tuple[int, str, int]]) -> None:
    x, groups, weights = (list(column) for column in zip(*rows, strict=True))
    if not sum(x):
        return
    parts = dagum(x, groups, weights)
    whole = parts.within + parts.net_between + parts.transvariation
    assert whole == pytest.approx(gini(x, weights), abs=1e-12)
    assert min(parts.within, parts.net_between, parts.transvariation) >= -1e-15
    pairs = parts.net_parts + parts.transvariation_parts
    assert pairs.sum() == pytest.approx(parts.net_between + parts.transvariation, abs=1e-12)
    split = theil_levels(x, [groups], weights)
    assert split.sum() == pytest.approx(theil(x, weights), abs=1e-12)
    assert split.min() >= -1e-12


def test_nested_groups_add_up_to_theil_and_each_level_is_that_of_means() -> None:
    nested = [f"{one}{other}" for one, other in zip(GROUPS, SUBGROUPS, strict=True)]
    for kind, index in (("T", theil), ("L", theil_l)):
        split = theil_levels(DRAWN, [GROUPS, nested], WEIGHTS, kind)  # type: ignore[arg-type]
        assert split.sum() == pytest.approx(index(DRAWN, WEIGHTS), rel=1e-12)
        one_level = theil_levels(DRAWN, [GROUPS], WEIGHTS, kind)  # type: ignore[arg-type]
        assert split[0] == pytest.approx(one_level[0], rel=1e-12)
        assert split[1] + split[2] == pytest.approx(one_level[1], rel=1e-12)
    codes = [error_of(theil_levels, DRAWN, levels) for levels in ([GROUPS, SUBGROUPS], [["a"]])]
    assert codes == ["not_nested", "wrong_shape"]


def error_of(function: Any, *args: Any) -> str:
    with pytest.raises(InputError) as caught:
        function(*args)
    return caught.value.code


@pytest.mark.parametrize("index", [gini, theil, theil_l, atkinson, variation_coefficient])
def test_scale_copies_and_order_change_no_index(index: Any) -> None:
    plain = index(DRAWN)
    assert index(1e6 * DRAWN) == pytest.approx(plain, rel=1e-10)
    assert index(np.tile(DRAWN, 3)) == pytest.approx(plain, rel=1e-10)
    assert index(DRAWN[::-1]) == pytest.approx(plain, rel=1e-12)
    assert index([2.0] * 7) == pytest.approx(0, abs=1e-7)
    # a transfer from a richer to a poorer unit lowers it
    given_up = np.sort(DRAWN)
    given_up[[5, 50]] += 0.01, -0.01
    assert index(given_up) < plain
    counts = np.arange(1, 61)
    weighed = {"weights": counts}
    assert index(DRAWN, **weighed) == pytest.approx(index(np.repeat(DRAWN, counts)), rel=1e-10)


def test_groups_that_do_not_overlap_have_no_transvariation() -> None:
    parts = dagum([1, 2, 3, 10, 11, 12], list("aaabbb"))
    assert parts.transvariation == 0
    assert parts.affluence[0, 1] == 1
    alike = dagum([1, 5, 1, 5], list("aabb"))
    assert (alike.net_between, alike.affluence[0, 1]) == (0, 0)
    one = dagum(DRAWN, ["a"] * 60)
    assert one.within == pytest.approx(gini(DRAWN), rel=1e-12)
    assert (one.net_between, one.transvariation) == (0, 0)


def test_what_has_no_index_says_so() -> None:
    assert np.isnan([gini([-1, 1]), theil([-1, 3]), theil_l([0, 1]), atkinson([0, 1], 1)]).all()
    assert (gini([0, 1]), theil([0, 1])) == (0.5, pytest.approx(np.log(2)))
    assert gini([-1, 3]) == pytest.approx(1)
    for unit in (1e-200, 1e200):
        assert variation_coefficient([unit, 3 * unit]) == 0.5
    wrong = (([], "too_few"), ([np.nan], "out_of_bounds"), ([[1.0]], "wrong_shape"))
    for values, code in wrong:
        assert error_of(gini, values) == code
    for weights, code in (
        ([1], "wrong_shape"),
        ([1, -1], "out_of_bounds"),
        ([0, 0], "not_between"),
    ):
        assert error_of(gini, [1, 2], weights) == code


def test_zeros_and_negatives_are_named_with_unit_and_year() -> None:
    frame = pl.DataFrame(
        {
            "unit": ["a", "b", "c"] * 3,
            "year": [2000] * 3 + [2001] * 3 + [2002] * 3,
            "value": [1, 2, 3, 0, 2, 3, -1, None, 3],
        }
    )
    result = inequality(frame)
    said = {each.code: each.values for each in result.said}
    assert result.table["reason"].to_list() == ["below_0", "is_0", None]
    assert result.table["theil_index"].is_null().to_list() == [True, False, False]
    assert result.table["theil_l_index"].is_null().to_list() == [True, True, False]
    for code, unit, year in (
        ("zeros", "a", 2001),
        ("negatives", "a", 2002),
        ("left_out", "b", 2002),
    ):
        count = "count"
        assert said[code][count] == Count(1)
        (row,) = said[code]["rows"].value
        assert row.value.values == {"unit": Name(unit), "year": Year(year)}
    differ = said["units_differ"]
    assert (differ["few"], differ["count"]) == (Count(2), Count(3))


def of_years(*values: dict[str, float]) -> pl.DataFrame:
    rows = [
        (unit, 2000 + at, value) for at, own in enumerate(values) for unit, value in own.items()
    ]
    return pl.DataFrame(rows, ["unit", "year", "value"], orient="row")


def test_who_comes_is_no_change_of_the_gap() -> None:
    """Three units stay as they are, and a fourth, far poorer, is counted from the second year on:
    the Gini index rises, and nobody's gap did."""
    early, late = {"a": 10.0, "b": 12.0, "c": 14.0}, {"a": 20.0, "b": 24.0, "c": 28.0, "d": 1.0}
    said = said_of(of_years(early, late))
    assert next(iter(said)) == "as_before_of_both"
    own = gini(np.array([10.0, 12.0, 14.0]))
    assert said["as_before_of_both"]["count"] == Count(3)
    assert said["as_before_of_both"]["last"].value == pytest.approx(own)
    assert said["units_differ"]["last"].value == pytest.approx(gini(np.array([20.0, 24, 28, 1])))


def test_as_many_leave_as_join() -> None:
    """The far richer d makes room for e: the gap of those who stay is what it was, and the index of
    all stands beside it, although no year has more units than another."""
    early, late = {"a": 10.0, "b": 12.0, "d": 90.0}, {"a": 20.0, "b": 24.0, "e": 22.0}
    said = said_of(of_years(early, late))
    assert next(iter(said)) == "as_before_of_both"
    beside = said["units_exchanged"]
    assert beside["count"] == Count(3) and "units_differ" not in said
    for end, values in (("first", early), ("last", late)):
        own = gini(np.array(list(values.values())))
        assert beside[end].value == pytest.approx(own)
    grouped = of_years(early, late).with_columns(
        group=pl.when(pl.col("unit") == "a").then(pl.lit("north")).otherwise(pl.lit("south"))
    )
    assert said_of(grouped)["changed"]["whole"].value == pytest.approx(0)


def test_years_without_units_in_common_are_not_compared() -> None:
    said = said_of(of_years({"a": 1.0}, {"a": 1.0, "b": 4.0}))
    assert next(iter(said)) == "in_year" and "widened" not in said


def test_who_is_away_in_between_changes_nothing_between_the_ends() -> None:
    every = {"a": 1.0, "b": 2.0, "c": 4.0}
    said = said_of(of_years(every, {"a": 1.0, "b": 2.0}, {**every, "c": 8.0}))
    assert next(iter(said)) == "widened" and "units_differ" not in said
    assert said["units_differ_between"] == {"few": Count(2), "count": Count(3)}


def test_indices_that_disagree_are_named() -> None:
    """Those at the top draw near, those at the bottom fall behind."""
    early, late = [5, 10, 10, 10, 40], [1, 13, 13, 13, 35]
    frame = pl.DataFrame(
        {"unit": list("abcde") * 2, "year": [2000] * 5 + [2001] * 5, "value": early + late}
    )
    said = said_of(frame)
    assert "narrowed" in said
    assert Code("codes.index.theil_l_index") in said["indices_disagree"]["indices"].value


def test_one_year_one_group_one_unit() -> None:
    frame = pl.DataFrame({"unit": list("ab"), "value": [1, 3], "group": ["x", "x"]})
    result = inequality(frame)
    assert [each.code for each in result.said] == ["once", "range", "one_group"]
    assert "year" not in result.table.columns
    single = inequality(frame.head(1))
    assert single.table.select("gini_index", "reason").row(0) == (0, "one_unit")
    assert {each.code for each in single.said} == {"once"}


def test_a_ratio_near_one_is_told_from_once() -> None:
    frame = pl.DataFrame({"unit": ["a", "b"], "value": [1.0, 1.02]})
    said = {each.code: each.values for each in inequality(frame).said}
    assert said["range"]["ratio"] == Number(1.02, digits=3)
    even = inequality(frame.with_columns(value=2.0))
    assert "range" not in {each.code for each in even.said}


def test_weights_are_those_of_the_column(mexico: dict[str, Any]) -> None:
    frame = frame_of(mexico).filter(year=1940).with_columns(population=pl.lit(3.0))
    assert inequality(frame).table.row(0) == pytest.approx(
        inequality(frame.drop("population")).table.row(0)
    )
    copies = pl.concat([frame, frame.head(1).with_columns(unit=pl.lit("copy"))])
    double = pl.when(pl.int_range(pl.len()) == 0).then(6.0).otherwise("population")
    weighed = inequality(frame.with_columns(population=double)).table["gini_index"][0]
    assert weighed == pytest.approx(inequality(copies).table["gini_index"][0], rel=1e-12)
    assert "by_population" in {each.code for each in inequality(copies).said}
    alone = inequality(copies.drop("population"))
    assert "by_population" not in {each.code for each in alone.said}
    share = inequality(copies).tables["groups"]["weight_share"].sum()
    assert share == pytest.approx(1)


def test_what_is_refused() -> None:
    frame = pl.DataFrame(
        {"unit": ["a", "b"], "year": [2000, 2000], "value": [1.0, 2.0], "group": ["x", None]}
    )
    wrong = refused(frame)
    assert (wrong.code, wrong.values["unit"], wrong.values["year"]) == (
        "no_group_in",
        Name("b"),
        Year(2000),
    )
    assert refused(frame.drop("year")).code == "no_group"
    nested = frame.with_columns(group=pl.Series(["x", "y"]), subgroup=pl.lit("z"))
    assert refused(nested).code == "several_values"
    assert refused(nested.drop("group")).code == "needs"
    assert refused(frame.with_columns(value=pl.lit(None, pl.Float64))).code == "empty_column"
    assert error_of(dagum, [1, 2], ["a"]) == "wrong_shape"


def test_shares_between_groups_are_said_by_theil() -> None:
    frame = pl.DataFrame({"unit": list("abcd"), "value": [1, 1, 3, 3], "group": list("xxyy")})
    said = said_of(frame)
    assert said["theil_between"]["share"].value == pytest.approx(1)
    assert (said["widest"]["rich"], said["widest"]["poor"]) == (Name("y"), Name("x"))
