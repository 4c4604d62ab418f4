"""Coupling of an index's dimensions: the same as `coupling` of the scores that `index` gives."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from firstlight.composites import coupling, index, index_coupling
from firstlight.errors import InputError
from firstlight.measurement import measurement
from firstlight.texts import Remark

SAMPLE = measurement("index_coupling").sample_call()


def declared(dimensions: int = 2, **choices: Any) -> dict[str, Any]:
    """Three indicators in one dimension or more."""
    codes = [f"d{at}" for at in range(dimensions)]
    return {
        "name": "own",
        "title": "Own",
        "dimensions": [{"code": code, "title": {"en": code, "zh": f"{code}维"}} for code in codes],
        "indicators": [
            {
                "code": f"x{j}",
                "title": f"X{j}",
                "dimension": codes[j % dimensions],
                "unit": "1",
                "direction": "positive",
            }
            for j in range(3)
        ],
        "choices": choices,
    }


ROWS = pl.DataFrame(
    {"unit": ["a", "b", "c"], "x0": [1.0, 2.0, 3.0], "x1": [1.0, 3.0, 2.0], "x2": [1.0, 2.0, 3.0]}
).unpivot(index="unit", variable_name="indicator")


@pytest.mark.parametrize("form", ["standard", "adjusted"])
def test_it_is_the_coupling_of_the_dimensions_of_the_index(form: Any) -> None:
    dimensions = index(**SAMPLE).tables["dimensions"]
    scores = dimensions.with_columns(pl.col("score_index") / 100)
    wide = scores.pivot("dimension", index=["unit", "year"], values="score_index")
    systems = wide.columns[2:]
    expected = coupling(wide, systems, form=form).table
    found = index_coupling(**SAMPLE, form=form).table
    both = found.join(expected, on=["unit", "year"], suffix="_expected")
    for name in ("coupling_index", "level_index", "coordination_index"):
        pairs = both.select(name, f"{name}_expected").drop_nulls()
        assert pairs.height > 20
        assert pairs[name].to_numpy() == pytest.approx(pairs[f"{name}_expected"].to_numpy())
    assert both["grade"].equals(both["grade_expected"])
    assert both["lagging_system"].equals(both["lagging_system_expected"])


def test_the_level_by_the_weights_of_the_index_is_its_score() -> None:
    scores = index(**SAMPLE).table
    found = index_coupling(**SAMPLE, weights="index").table.join(scores, on=["unit", "year"])
    known = found.drop_nulls(["level_index", "score_index"])
    assert known.height > 20
    assert known["level_index"].to_numpy() == pytest.approx(known["score_index"].to_numpy() / 100)


def test_dimensions_are_named_in_both_languages() -> None:
    result = index_coupling(ROWS, declaration=declared())
    assert result.tables["weights"].select("system", "system_zh").rows() == [
        ("d0", "d0维"),
        ("d1", "d1维"),
    ]
    row = result.table.filter(unit="b").row(0, named=True)
    assert (row["lagging_system"], row["lagging_system_zh"]) == ("d0", "d0维")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (declared(1), "one_dimension"),
        (declared(normalisation="z"), "no_unit_scores"),
        (declared(aggregation="topsis"), "no_unit_scores"),
        (declared(weights="benefit_of_the_doubt"), "no_unit_scores"),
        (declared(normalisation="goalposts"), "no_goalposts"),
    ],
)
def test_indices_that_are_refused(given: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as error:
        index_coupling(ROWS, declaration=given)
    assert error.value.code == code


def test_a_dimension_without_enough_data_is_named() -> None:
    rows = ROWS.filter(pl.col("indicator") != "x2")  # half of the weight of d0
    found = index_coupling(rows, declaration=declared())
    assert [given.code for given in found.said[:2]] == ["nothing", "lacks"]
    said = found.said[1].values
    assert said["dimension"] == Remark({"en": "d0", "zh": "d0维"})
    assert (said["count"].value, said["share"].value) == (3, pytest.approx(0.5))
    assert "lacks" not in {own.code for own in index_coupling(ROWS, declaration=declared()).said}


def test_only_the_rows_without_a_score_say_how_little_is_known() -> None:
    """With one row of many lacking, the mean of all rows said that more than enough was known."""
    first = ROWS["unit"][0]
    rows = ROWS.filter(~((pl.col("unit") == first) & (pl.col("indicator") == "x2")))
    (lacks,) = [
        own for own in index_coupling(rows, declaration=declared()).said if own.code == "lacks"
    ]
    assert lacks.values["count"].value == 1
    assert lacks.values["share"].value == pytest.approx(0.5)
