"""Growth handed on by a crosswalk: the mean by hand, every line accounted for, bad input named, and
portfolios that take it."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstlight.complexity import (
    PresenceRule,
    growth_by_crosswalk,
    portfolios,
    related_activities,
)
from firstlight.errors import InputError
from firstlight.texts import Name, names

SKY = pl.DataFrame({"technology": ["a", "b", "c", "e"], "g": [0.1, 0.3, None, -0.2]})
LINES = pl.DataFrame(
    {
        "technology": ["a", "b", "c", "d", "e", "a"],
        "activity": ["x", "x", "x", "y", "z", "z"],
        "w": [1.0, 3.0, 1.0, 1.0, 0.0, 2.0],
    }
)


def test_the_weighted_mean_and_what_says_nothing() -> None:
    found = growth_by_crosswalk(SKY, LINES, "g", weight="w")
    assert found.growth == pytest.approx({"x": (0.1 + 3 * 0.3) / 4, "z": 0.1})
    assert found.left_out.select("technology", "activity", "reason").rows() == [
        ("c", "x", "no_growth"),
        ("d", "y", "no_technology"),
        ("e", "z", "no_weight"),
    ]
    assert found.table["technologies_count"].to_list() == [2, 1]
    assert growth_by_crosswalk(SKY, LINES.drop("w"), "g").growth["x"] == pytest.approx(0.2)


@given(st.permutations(range(LINES.height)), st.floats(1e-6, 1e6))
@pytest.mark.slow
def test_neither_the_order_of_lines_nor_the_unit_of_weights_matters(
    order: list[int], unit: float
) -> None:
    mixed = LINES[order].with_columns(pl.col("w") * unit)
    found = growth_by_crosswalk(SKY, mixed, "g", weight="w")
    assert found.growth == pytest.approx(growth_by_crosswalk(SKY, LINES, "g", weight="w").growth)


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError) as error:
        growth_by_crosswalk(pl.concat([SKY, SKY]), LINES, "g")
    assert (error.value.code, error.value.values) == ("technology_twice", {"technology": Name("a")})
    with pytest.raises(InputError) as error:
        growth_by_crosswalk(SKY, pl.concat([LINES, LINES]), "g")
    assert error.value.code == "line_twice" and error.value.values["activity"] == Name("x")
    with pytest.raises(InputError) as error:
        growth_by_crosswalk(SKY, LINES.with_columns(w=pl.lit(-1.0)), "g", weight="w")
    named = {"technology": Name("a"), "activity": Name("x"), "weight": Name("-1")}
    assert (error.value.code, error.value.values) == ("no_weight", named)
    with pytest.raises(InputError) as error:
        growth_by_crosswalk(SKY, LINES.filter(pl.col("technology") == "d"), "g")
    assert error.value.code == "nothing_joins"
    assert error.value.values["technologies"] == names(["a", "b", "c", "e"], 3)


def test_portfolios_take_it() -> None:
    rows = pl.DataFrame({"c": list("AAABBC"), "p": list("xyzxyx"), "v": [1] * 6})
    near = related_activities(rows, "c", "p", "v", rule=PresenceRule(is_given=True))
    table = portfolios(near, growth=growth_by_crosswalk(SKY, LINES, "g", weight="w").growth).table
    assert dict(table.select("activity", "growth_share").iter_rows()) == pytest.approx({"z": 0.1})
