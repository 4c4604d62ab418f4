"""A file of thousands of columns that nobody asks for takes no longer for each than it must."""

from __future__ import annotations

import polars as pl
import pytest

from firstlight.sources import beside_numbers, number_columns
from firstlight.sources.columns import Headings, aliases, guess_layout, plain
from firstlight.sources.panels import Column, read_panel
from firstlight.sources.written_numbers import Numbers

UNUSED = 3000
NEEDS = (
    Column("place", "text", "place"),
    Column("year", "year", "year"),
    Column("value", "number", "any"),
)


def test_each_name_is_put_in_plain_form_once() -> None:
    names = ["Title", "Year", *(f"unused {each}" for each in range(UNUSED))]
    plain.cache_clear()
    found = guess_layout(names, "document_columns.csv").names()
    told = plain.cache_info()
    assert found == {"year": "Year", "title": "Title"}
    assert told.hits + told.misses < 3 * UNUSED + 2 * len(aliases("document_columns.csv"))


def test_texts_are_told_from_numbers_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read, seen = number_columns.read_numbers, list[str]()

    def counted(series: pl.Series) -> Numbers:
        seen.append(series.name)
        return read(series)

    parted, looked = beside_numbers.parted, list[str]()

    def looked_at(name: str) -> str:
        looked.append(name)
        return parted(name)

    monkeypatch.setattr(number_columns, "read_numbers", counted)
    monkeypatch.setattr(beside_numbers, "parted", looked_at)
    unused = {f"unused {each}": ["x", "y"] for each in range(UNUSED)}
    frame = pl.DataFrame(
        {"place": ["a", "b"], "year": [2001, 2001], **unused, "amount": [1.0, 2.0]}
    )
    assert read_panel(frame, NEEDS).table.frame.rows() == [("a", 2001, 1.0), ("b", 2001, 2.0)]
    assert len(seen) < 10
    assert len(looked) < 20 * UNUSED  # not each of them once for each of them


@pytest.mark.parametrize(
    ("values", "is_number"),
    [
        (["1", "2.5", None, ""], True),
        (["1,5", "2,5", "3,5", "4,5"], True),
        (["１２", "１３", "１４", "x15"], False),
        (["１２", "１３", " ", None], True),
        (["7%", "8 %", "9%", "10%"], True),
        (["", None, " ", ""], False),
        (["a", "b", "c", "1"], False),
        (["inf", "nan", "inf", "inf"], False),
    ],
)
def test_the_quick_look_agrees_with_the_whole_reading(
    values: list[str | None], is_number: bool
) -> None:
    frame = pl.DataFrame({"a": values, "b": ["x"] * 4, "c": [1, 2, 3, 4]})
    assert number_columns.number_columns(frame, ["c", "a", "b"]) == ["c", *["a"] * is_number]
    assert number_columns.holds_numbers(frame["a"]) == is_number


def test_headings_that_are_alike() -> None:
    headings = Headings(["K (yuan)", "k", "Output (yuan)", "output (tons)"])
    assert headings.alike("K") == "k"
    assert headings.alike("K", taken={"k"}) == "K (yuan)"
    assert headings.alike("output") is None
