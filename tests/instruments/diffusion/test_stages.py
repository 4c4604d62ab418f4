"""Stages as a measurement: as the function, the planted sample, calibration, what isn't judged."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.diffusion import life_cycle, stages
from firstlight.errors import InputError
from firstlight.instruments.diffusion.life_cycle import calibration_of
from firstlight.instruments.diffusion.life_stages.life_stages import STAGES
from firstlight.texts import Count

SAMPLE: Any = STAGES.sample_call()["frame"]
COLUMNS = ("emergence_share", "growth_share", "maturity_share", "decline_share")
ROWS = pl.DataFrame(
    {"technology": "a", "year": range(2001, 2013), "value": [5.0] * 6 + [9.0] * 6, "total": 500.0}
)


def test_the_planted_stages_are_called() -> None:
    found = stages(SAMPLE)
    called = dict(found.table.select("technology", "stage").iter_rows())
    assert called == {
        "cloud stoves": "growth",
        "fog turbines": "maturity",
        "magnet pumps": "decline",
        "paper bridges": "no_trend",
    }
    codes = [each.code for each in found.said]
    assert codes == ["in_stages", "growth", "no_trend", "curves_alone"]


def test_probabilities_are_those_of_the_function() -> None:
    wide = SAMPLE.with_columns(pl.col("value", "total", "year").cast(pl.Int64))
    counts = [own["value"].to_list() for _, own in wide.group_by("technology", maintain_order=True)]
    first = wide.filter(technology="cloud stoves")
    expected = life_cycle(counts, first["total"].to_list(), first["year"].to_list())
    table = stages(SAMPLE).table
    assert table.select(COLUMNS).to_numpy() == pytest.approx(expected.probabilities)
    assert table["documents_count"].to_list() == [sum(own) for own in counts]
    # a technology is judged by its own totals, whatever those of the others
    doubled = wide.with_columns(
        total=pl.when(technology="cloud stoves").then(2 * pl.col("total")).otherwise("total")
    )
    again = stages(doubled).table
    assert again[1:].equals(table[1:])


@pytest.mark.slow
def test_a_large_table_is_calibrated_on_its_own_earlier_years() -> None:
    years = np.arange(1995, 2020)
    totals = np.linspace(20_000, 60_000, 25).round()
    rng = np.random.default_rng(8)
    counts = rng.poisson(60 * np.exp(np.cumsum(rng.normal(0, 0.2, (50, 25)), axis=1)))
    names = [f"t{k:03}" for k in range(50)]
    long = pl.DataFrame(
        {
            "technology": np.repeat(names, 25),
            "year": np.tile(years, 50),
            "value": counts.ravel(),
            "total": np.tile(totals, 50),
        }
    )
    found = stages(long)
    earlier = [(counts, totals, years, 2019 - back) for back in (4, 7, 10)]
    calibration = calibration_of(earlier, 2019)
    expected = life_cycle(counts, totals, years, calibration=calibration).probabilities
    assert found.table.select(COLUMNS).to_numpy() == pytest.approx(expected)
    told = {each.code: each.values for each in found.conventions}
    assert told["calibrated"]["count"] == Count(calibration.n)
    assert "curves_alone" not in [each.code for each in found.said]
    plain = {each.code for each in stages(long, calibrate=False).conventions}
    assert "uncalibrated" in plain


def test_what_is_not_judged_keeps_its_reason() -> None:
    parts = {
        "above": ROWS.with_columns(value=pl.when(year=2004).then(600.0).otherwise("value")),
        "few": ROWS.with_columns(value=pl.lit(1.0)),
        "short": ROWS.head(3),
        "without": ROWS.with_columns(total=pl.when(year=2004).then(None).otherwise("total")),
    }
    named = [own.with_columns(technology=pl.lit(name)) for name, own in parts.items()]
    found = stages(pl.concat([ROWS, *named]))
    rows = {row[0]: row[1:] for row in found.table["technology", "reason", "reason_year"].rows()}
    rows.pop("a")
    assert rows == {
        "above": ("above_total", 2004),
        "few": ("few_documents", None),
        "short": ("few_years", None),
        "without": ("no_exposure", None),
    }
    said = {each.code: each.values for each in found.said}
    assert said["left_out"]["count"] == Count(4)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (ROWS.head(3), "nothing_judged"),
        (ROWS.with_columns(value=pl.lit(None, pl.Float64)), "empty_column"),
    ],
)
def test_where_nothing_can_be_judged_an_error_says_so(rows: pl.DataFrame, code: str) -> None:
    with pytest.raises(InputError) as caught:
        stages(rows)
    assert caught.value.code == code
