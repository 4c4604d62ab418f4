"""A second table in a file is refused, and what only looks like its header is read."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.run.measured import measure
from firstlight.sources.beside_numbers import one_table
from firstlight.sources.raw import ROW, Raw


def raw(*rows: tuple[str, ...], heads: tuple[str, ...]) -> Raw:
    frame = pl.DataFrame(rows, schema=list(heads), orient="row")
    return Raw(frame.with_columns(pl.int_range(2, 2 + len(rows)).alias(ROW)))


@pytest.mark.parametrize("own", [("N", "N", "exactMatch"), ("K", "L", "exactMatch")])
def test_sections_of_industries_are_no_header(own: tuple[str, ...]) -> None:
    given = raw(
        ("01.1", "011", "exactMatch"),
        own,
        ("01.2", "012", "exactMatch"),
        heads=("NACE2", "ISIC4", "relation"),
    )
    assert one_table(given, "links.csv").frame.equals(given.frame)


def test_a_missing_mark_among_numbers_is_no_heading() -> None:
    given = raw(
        ("1", "gdp", "Output", "10"),
        ("NA", "area", "Land area", "NA"),
        ("2", "people", "Residents", "20"),
        heads=("level", "code", "name", "weight"),
    )
    assert one_table(given, "indicators.csv").frame.equals(given.frame)


def test_other_headings_among_numbers_begin_a_second_table() -> None:
    given = raw(
        ("a", "2019", "1"),
        ("place", "year", "employment"),
        ("a", "2019", "100"),
        heads=("place", "year", "value"),
    )
    with pytest.raises(InputError) as refused:
        one_table(given, "a.csv")
    assert refused.value.code == "second_table" and refused.value.where == "a.csv, row 3"


def test_units_of_measure_may_be_called_as_the_units_that_are_measured(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("geo,time,values,unit\nDE,1995,1,EUR\nDE,1995,2,EUR\nFR,1995,3,EUR\n")
    with pytest.raises(InputError) as refused:
        measure("inequality", source, project=tmp_path)
    assert refused.value.code == "keys_differ" and "rows 1 and 2" in str(refused.value)
