"""A list made of a part of the rows says so first."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import firstlight as fl
from firstlight.result import Result


def seen(years: list[str], folder: Path) -> Result:
    rows = [(tag, year, at + 3) for at, tag in enumerate("abcdefgh") for year in years]
    frame = pl.DataFrame(rows, schema=["tag", "year", "count"], orient="row")
    frame.write_csv(folder / "counts.csv")
    return fl.observe(folder / "counts.csv")


@pytest.mark.parametrize(("lost", "share"), [(1, None), (2, "17%"), (4, "29%")])
def test_rows_that_cannot_be_read_are_said_first_from_a_tenth_on(
    lost: int, share: str | None, tmp_path: Path
) -> None:
    years = [*map(str, range(2008, 2018)), *(f"{2018 + at}E" for at in range(lost))]
    told = seen(years, tmp_path)
    codes = told.tables["warnings"]["code"].to_list()
    assert ("many_set_aside" in codes) == (share is not None)
    assert ("could not be read" in told.summary()) == (share is not None)
    if share is not None:
        assert f"{share} of the rows ({8 * lost})" in told.summary()
