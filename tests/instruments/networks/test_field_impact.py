"""Impact within the field: by hand, the identities that the papers prove, ties shared, bad input
named."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.instruments.networks.contribution_profile.field_impact import (
    field_impact,
    top_share,
)


def drawn(seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [
        (f"w{k}", 2000 + k % 3, field, float(cited))
        for k, cited in enumerate(rng.geometric(0.1, 300) - 1)
        for field in sorted({f"f{f}" for f in rng.integers(0, 4, 1 + k % 2)})
    ]
    return pl.DataFrame(rows, schema=["work", "year", "field", "citations"], orient="row")


def test_by_hand() -> None:
    rows = [
        ("a", 2000, "x", 4.0),
        ("b", 2000, "x", 0.0),
        ("b", 2000, "y", 0.0),
        ("c", 2000, "y", 3.0),
        ("d", 2001, "x", None),
    ]
    found = field_impact(
        pl.DataFrame(rows, schema=["work", "year", "field", "citations"], orient="row")
    )
    # x 2000: (4 + 0.5 x 0) / 1.5; y 2000: (3 + 0.5 x 0) / 1.5
    assert found.sets["mean_count"].to_list() == pytest.approx([8 / 3, 2.0])
    assert found.table["normalised_score"].to_list()[:3] == pytest.approx([1.5, 0, 1.5])
    assert found.table["reason"].to_list() == [None, None, None, "unknown"]
    assert found.table["top_share"].to_list()[:3] == pytest.approx([0.15, 0, 0.15])


def test_means_are_what_they_must_be_and_order_does_not_matter() -> None:
    rows = drawn()
    found = field_impact(rows)
    assert found.table["normalised_score"].mean() == pytest.approx(1, abs=1e-12)
    assert found.table["top_share"].mean() == pytest.approx(0.1, abs=1e-12)
    assert field_impact(rows.sample(fraction=1, shuffle=True, seed=1)).table.equals(found.table)
    twice = field_impact(rows.with_columns(pl.col("citations") * 7))
    assert twice.table["normalised_score"].to_list() == pytest.approx(
        found.table["normalised_score"].to_list()
    )
    assert twice.table["top_share"].to_list() == pytest.approx(found.table["top_share"].to_list())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.sampled_from([0.01, 0.1, 0.25]))
def test_the_top_is_exactly_as_large_as_asked(citations: list[int], top: float) -> None:
    shares, threshold = top_share(citations, np.ones(len(citations)), top)
    assert shares.sum() == pytest.approx(top * len(citations))
    c = np.array(citations)
    assert np.allclose(shares[c > threshold], 1) and np.allclose(shares[c < threshold], 0)
    assert np.ptp(shares[c == threshold]) == 0


def test_nobody_cited_is_said() -> None:
    rows = pl.DataFrame({"work": ["a", "b"], "year": 2000, "field": "x", "citations": [0, 0]})
    assert field_impact(rows).table["reason"].to_list() == ["no_yardstick"] * 2
    assert field_impact(rows).table["normalised_score"].null_count() == 2


def test_bad_input_is_named() -> None:
    rows = pl.DataFrame(
        {"work": ["a", "a"], "year": [2000, 2000], "field": ["x", "y"], "citations": [1, 2]}
    )
    with pytest.raises(InputError) as wrong:
        field_impact(rows)
    assert (
        wrong.value.code == "several_values"
        and wrong.value.values["name"].value == "a"
        and wrong.value.values["column"].value == "citations"
    )
    with pytest.raises(InputError) as wrong:
        field_impact(rows.with_columns(citations=pl.lit(-1)))
    assert wrong.value.code == "value_too_low" and wrong.value.values["value"].value == "-1.0"
    with pytest.raises(InputError) as wrong:
        field_impact(rows, top=10)
    assert wrong.value.code == "not_between"
    with pytest.raises(InputError) as wrong:
        field_impact(rows.clear())
    assert wrong.value.code == "no_rows"


def test_the_smallest_reference_set_is_told() -> None:
    rows = [("a", "x"), ("a", "y"), ("b", "x"), ("c", "x")]
    frame = pl.DataFrame(rows, schema=["work", "field"], orient="row").with_columns(
        year=2000, citations=2
    )
    assert field_impact(frame).table["reference_set_count"].to_list() == [1, 3, 3]


def test_years_of_one_field_are_apart_and_small_sets_are_told() -> None:
    cited = {2000: [1.0, 3.0], 2001: [10.0, 30.0]}
    rows = [(f"{year}{k}", year, "x", c) for year, own in cited.items() for k, c in enumerate(own)]
    rows += [
        (f"{field}{k}", 2000, field, float(k))
        for field, size in (("y", 29), ("z", 30))
        for k in range(size)
    ]
    found = field_impact(
        pl.DataFrame(rows, schema=["work", "year", "field", "citations"], orient="row")
    )
    assert found.table["normalised_score"].to_list()[:4] == pytest.approx([0.5, 1.5, 0.5, 1.5])
    assert found.sets.filter(field="x")["mean_count"].to_list() == [2.0, 20.0]
    assert found.sets["work_count"].to_list() == [2.0, 2.0, 29.0, 30.0]
