"""Coupling coordination: published values, the weights, what is missing, and the first place under
other weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.composites import (
    coupling,
    coupling_index,
    entropy_weights,
    relative_development,
)
from firstlight.errors import InputError
from firstlight.texts import Code, Count, Name, Number, Share, Year

FRAME = pl.DataFrame({"unit": ["a", "b"], "digital": [0.8, 0.3], "green": [0.6, 0.7]})
TWO = [(0.5, 0.4), (0.7, 0.6), (0.3, 0.8)]
THREE = [(0.5, 0.4, 0.6), (0.7, 0.6, 0.5), (0.3, 0.8, 0.4)]


@pytest.mark.parametrize(
    ("scores", "form", "degrees"),
    [
        # worked examples of Wang, Kong and Ren (2021), to the three digits printed
        (TWO, "standard", [0.669, 0.805, 0.700]),
        (THREE, "standard", [0.702, 0.771, 0.677]),
        (THREE, "adjusted", [0.634, 0.703, 0.518]),
    ],
)
def test_published_degrees(scores: Any, form: Any, degrees: list[float]) -> None:
    frame = pl.DataFrame(scores, schema=["x", "y", "z"][: len(scores[0])], orient="row")
    frame = frame.with_columns(unit=pl.Series(["a", "b", "c"]))
    systems = [name for name in frame.columns if name != "unit"]
    result = coupling(frame, systems, form=form)
    found = dict(result.table.select("unit", "coordination_index").iter_rows())
    assert [found[unit] for unit in "abc"] == pytest.approx(degrees, abs=5e-4)


def test_two_systems_agree_with_their_own_formula() -> None:
    u = np.random.default_rng(0).uniform(0.01, 1, (200, 2))
    assert coupling_index(u) == pytest.approx(2 * np.sqrt(u[:, 0] * u[:, 1]) / u.sum(axis=1))
    # with two systems the adjusted form is sqrt((1 - |u1 - u2|) min / max)
    low, high = u.min(axis=1), u.max(axis=1)
    assert coupling_index(u, "adjusted") == pytest.approx(np.sqrt((1 - (high - low)) * low / high))


def test_equal_systems_are_as_high_as_the_root_of_their_level() -> None:
    frame = pl.DataFrame({"unit": ["a"], "x": [0.49], "y": [0.49], "z": [0.49]})
    for form in ("standard", "adjusted"):
        result = coupling(frame, ["x", "y", "z"], form=form)
        assert result.table["coordination_index"][0] == pytest.approx(0.7, rel=1e-12)
    assert result.said[0].values["unit"] == Name("a")
    assert [given.code for given in result.said] == ["only", "graded", "all_in_step"]


def test_given_weights_are_scaled() -> None:
    weights = pl.DataFrame({"system": ["green", "digital"], "weight": [3, 1]})
    result = coupling(FRAME, ["digital", "green"], weights="given", weight_table=weights)
    assert result.tables["weights"].rows() == [("digital", 0.25), ("green", 0.75)]
    levels = dict(result.table.select("unit", "level_index").iter_rows())
    assert levels == pytest.approx({"a": 0.65, "b": 0.6})


def test_entropy_weights_are_those_of_the_redundancy() -> None:
    u = np.array([[0.2, 0.5], [0.4, 0.6], [0.9, 0.4]])
    p = u / u.sum(axis=0)
    redundancy = 1 + (p * np.log(p)).sum(axis=0) / np.log(3)
    assert entropy_weights(u) == pytest.approx(redundancy / redundancy.sum(), rel=1e-12)


def test_missing_scores_have_no_grade() -> None:
    frame = FRAME.with_columns(green=pl.Series([None, 0.7]))
    result = coupling(frame, ["digital", "green"])
    row = result.table.filter(unit="a").row(0, named=True)
    assert (row["coordination_index"], row["grade"], row["reason"]) == (None, None, "score_missing")
    assert result.said[-1].values["count"] == Count(1)


def test_columns_named_like_ours_hide_nothing() -> None:
    names = {"digital": "coordination_index", "green": "year", "unit": "grade"}
    result = coupling(FRAME.rename(names), ["coordination_index", "year"], unit="grade", year=None)
    plain = coupling(FRAME, ["digital", "green"])
    assert result.table.drop("lagging_system").equals(plain.table.drop("lagging_system"))
    assert set(result.table["lagging_system"]) == {"coordination_index", "year"}


def test_the_last_year_and_the_highest_degree_come_first() -> None:
    frame = pl.DataFrame({"unit": ["a", "b"] * 2, "year": [2019, 2019, 2020, 2020]})
    frame = frame.with_columns(x=pl.Series([0.9, 0.1, 0.2, 0.8]), y=pl.Series([0.9, 0.1, 0.2, 0.8]))
    result = coupling(frame, ["x", "y"])
    assert result.table.select("unit", "year").rows()[:2] == [("b", 2020), ("a", 2020)]
    assert result.said[0].values == {
        "unit": Name("b"),
        "degree": Number(0.8**0.5),
        "year": Year(2020),
    }


def test_who_leads_under_every_weighting_stays_first() -> None:
    frame = pl.DataFrame({"unit": ["a", "b", "c"], "x": [0.1, 0.9, 0.3], "y": [0.2, 0.8, 0.1]})
    done: list[tuple[int, int]] = []
    result = coupling(frame, ["x", "y"], resamples=3, progress=lambda *step: done.append(step))
    assert done == [(1, 3), (2, 3), (3, 3)]
    said = {given.code: given.values for given in result.said}
    assert said["graded"]["grade"] == Code("codes.grade.good")
    assert said["first_place"] == {"unit": Name("b"), "share": Share(1.0), "resamples": Count(3)}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"frame": {"unit": ["a"]}}, "no_frame"),
        ({"weights": "given"}, "weights_and_table"),
        ({"weight_table": FRAME}, "weights_and_table"),
        ({"systems": ["green"]}, "few_columns"),
        ({"systems": "digital"}, "few_columns"),
        ({"systems": ["green", "green"]}, "few_columns"),
        ({"unit": "town"}, "no_column"),
        ({"frame": FRAME.with_columns(green=pl.lit(1.2))}, "too_high"),
        ({"frame": FRAME.head(1), "weights": "entropy"}, "no_entropy"),
    ],
)
def test_input_that_is_wrong(options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as error:
        coupling(**{"frame": FRAME, "systems": ["digital", "green"], **options})
    assert error.value.code == code


def test_weights_of_other_systems_are_refused() -> None:
    weights = pl.DataFrame({"system": ["green", "blue"], "weight": [3, 1]})
    with pytest.raises(InputError) as error:
        coupling(FRAME, ["digital", "green"], weights="given", weight_table=weights)
    assert error.value.code == "other_systems"


def test_relative_development_of_two_is_their_ratio() -> None:
    u = np.random.default_rng(1).uniform(0.1, 1, (50, 2))
    ratio = u[:, 0] / u[:, 1]
    assert relative_development(u) == pytest.approx(np.stack([ratio, 1 / ratio], axis=1))


def test_systems_lag_below_the_bound_and_lead_above_its_inverse() -> None:
    scores = {"a": (0.4, 0.5), "b": (0.39, 0.5), "c": (0.3, 0.0), "d": (0.0, 0.0), "e": (None, 0.5)}
    frame = pl.DataFrame(
        [(unit, *u) for unit, u in scores.items()], ["unit", "x", "y"], orient="row"
    )
    relative = coupling(frame, ["x", "y"]).tables["relative"]
    found = {
        row["unit"] + row["system"]: (row["development"], row["reason"])
        for row in relative.iter_rows(named=True)
    }
    assert found["ax"] == found["ay"] == ("in_step", None)  # .8 itself does not lag
    assert (found["bx"], found["by"]) == (("lags", None), ("leads", None))
    assert (found["cx"], found["cy"]) == (("leads", "others_zero"), ("lags", None))
    assert found["dx"] == found["dy"] == (None, "all_zero")
    assert found["ex"] == found["ey"] == (None, "score_missing")


def test_the_system_furthest_behind_the_others_is_named() -> None:
    frame = pl.DataFrame({"unit": ["a", "b"], "x": [0.2, 0.5], "y": [0.3, 0.5], "z": [0.9, 0.5]})
    result = coupling(frame, ["x", "y", "z"])
    assert dict(result.table.select("unit", "lagging_system").iter_rows()) == {"a": "x", "b": None}
    assert {given.code for given in result.said} >= {"lagging"}


def test_changes_of_grades_are_counted_from_year_to_year() -> None:
    degrees = {"a": [0.1, 0.3, 0.3], "b": [0.5, 0.3, None], "c": [0.1, None, 0.3]}
    rows = [
        (unit, 2020 + at, degree) for unit, own in degrees.items() for at, degree in enumerate(own)
    ]
    frame = pl.DataFrame(rows, ["unit", "year", "x"], orient="row")
    result = coupling(frame.with_columns(y="x"), ["x", "y"])
    # equal systems: the degree is the root of their score, .316, .548 and .707
    assert result.tables["transitions"].rows() == [
        ("slight", "bare", 2, 1.0),  # c, too, whose year between has no degree
        ("bare", "bare", 1, 1.0),
        ("intermediate", "bare", 1, 1.0),
    ]
    said = {given.code: given.values for given in result.said}
    counts = {name: said["course"][name] for name in ("rose", "fell", "count")}
    assert counts == {"rose": Count(2), "fell": Count(0), "count": Count(2)}
