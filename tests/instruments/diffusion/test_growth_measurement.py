"""Growth as a measurement: the planted truth of its sample, what it can't compute, bad choices."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from planted_samples import GROWING, growing

from firstlight.diffusion import growth
from firstlight.errors import InputError
from firstlight.instruments.diffusion.growth_forecast.growth_forecast import (
    GROWTH,
    bass_rows,
    fit_bass,
)
from firstlight.texts import Count, names

ROWS = pl.DataFrame({"technology": "a", "year": range(2000, 2006), "value": [1.0, 2, 4, 7, 9, 10]})


@pytest.mark.slow
def test_the_sample_is_the_planted_one_and_its_truth_is_found() -> None:
    sample = GROWTH.sample_call()["frame"]
    planted = growing()
    assert sample.cast(dict(planted.schema)).equals(planted)  # type: ignore[arg-type]
    found = growth(sample, kind="level", horizon=1)
    for row in found.table.iter_rows(named=True):
        top, middle, _ = GROWING[row["technology"]]
        assert row["saturation_low"] < top < (row["saturation_high"] or float("inf"))
        # only where growth has slowed the data say where it ends
        assert (row["saturation_high"] is None) == (middle > 2019)
    drawn = found.tables["values"]
    gap = (drawn["observed_value"] / drawn["fitted_value"] - 1).abs()
    assert drawn["fitted_value"].count() == sample.height and gap.max() < 0.15


def test_a_series_that_cannot_be_computed_keeps_its_reason() -> None:
    broken = {
        "above": ({"value": [1.0, 2, 4, 7, 9, 30]}, ("above_total", 2005)),
        "short": ({}, ("few_years", None)),
        "zeros": ({"value": [0.0] * 6}, ("all_zero", None)),
    }
    parts = [ROWS.with_columns(total=pl.lit(20.0))]
    for name, (change, _) in broken.items():
        own = ROWS.with_columns(technology=pl.lit(name), total=pl.lit(20.0))
        own = own.with_columns(pl.Series(key, column) for key, column in change.items())
        parts.append(own.head(3) if name == "short" else own)
    found = growth(pl.concat(parts), errors="quasi_poisson", horizon=1)
    rows = {
        row[0]: row[1:] for row in found.table.select("technology", "reason", "reason_year").rows()
    }
    assert rows == {"a": (None, None), **{name: why for name, (_, why) in broken.items()}}
    said = {given.code: given.values for given in found.said}
    assert said["left_out"]["count"] == Count(3)
    assert found.tables["record"].height == 0


def test_a_name_that_says_cumulative_is_believed() -> None:
    named = ROWS.with_columns(technology=pl.lit("cumulative sales"))
    found = growth(named, horizon=1)
    assert found.table["kind"].to_list() == ["cumulative"]
    said = {given.code: given.values for given in found.said}
    assert said["cumulative"]["technologies"] == names(["cumulative sales"], most=3)
    level = growth(ROWS, horizon=1)
    assert level.table["kind"].to_list() == ["level"]
    assert "bass" in found.tables and "bass" not in level.tables


def test_values_that_are_taken_for_levels_are_named_where_nobody_said_so() -> None:
    whole = ROWS.with_columns(total=pl.lit(20.0))

    def is_told(rows: pl.DataFrame, **options: Any) -> bool:
        return "level" in [given.code for given in growth(rows, horizon=1, **options).said]

    assert is_told(ROWS) and not is_told(ROWS, kind="level")
    assert not is_told(ROWS, ceiling=20) and not is_told(whole, errors="quasi_poisson")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"errors": "logitnormal"}, "logit_without_ceiling"),
        ({"errors": "logitnormal", "ceiling": 20.0, "kind": "per_year"}, "logit_without_ceiling"),
        ({"ceiling": 20.0, "kind": "cumulative"}, "ceiling_of_no_level"),
        ({"ceiling": 20.0, "errors": "quasi_poisson"}, "ceiling_of_no_level"),
        ({"ceiling": 0.0}, "not_between"),
        ({"ceiling": 5.0}, "nothing_computed"),
        ({"errors": "quasi_poisson", "kind": "cumulative"}, "excludes"),
    ],
)
def test_choices_that_do_not_go_together_are_refused(options: dict[str, str], code: str) -> None:
    with pytest.raises(InputError) as caught:
        growth(ROWS.with_columns(total=pl.lit(20.0)), **options)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_least_squares_on_what_was_added_stand_beside_the_average() -> None:
    """As fit_bass: the teaching example, told as sales, as their sums, and as levels."""
    sales = [840.0, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]
    rows = pl.DataFrame({"technology": "a", "year": range(1980, 1990), "value": sales})
    found = growth(rows, kind="per_year", horizon=1)
    table = found.tables["bass"]
    for method in ("nls", "ols"):
        fit = fit_bass(sales, range(1980, 1990), method=method)
        row = table.row(by_predicate=pl.col("method") == method, named=True)
        assert (row["saturation"], row["innovation"], row["imitation"]) == pytest.approx(
            (fit.saturation, fit.innovation, fit.imitation)
        )
        assert (row["saturation_se"] is None) == (method == "ols")
    assert "bass" in [each.code for each in found.conventions]
    sums = bass_rows("a", np.cumsum(sales), range(1980, 1990), "cumulative")
    assert sums["saturation"].to_list() == pytest.approx(table["saturation"].to_list())
    rising = bass_rows("a", 2.0 ** np.arange(10), range(1980, 1990), "per_year")
    last = rising.row(-1, named=True)
    assert (last["method"], last["saturation"], last["reason"]) == ("ols", None, "no_saturation")
