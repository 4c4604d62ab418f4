"""Which columns of a table are columns of numbers, however these are written."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from firstlight.sources.written_numbers import MISSING, UNSETTLED, read_numbers

__all__ = ["holds_numbers", "number_columns"]

_MOSTLY = 0.8  # share of a column's values that are numbers, from which it is one of numbers


def number_columns(frame: pl.DataFrame, names: Sequence[str]) -> list[str]:
    """The columns of which most values are numbers, in the order of ``names``.

    A file may have thousands of texts: those that the plainest reading of all of them at once
    settles are not read again. What stands for a missing number counts neither way. A
    value without a digit is no number; one that Polars reads as it stands is one however it is
    read.
    """
    schema = frame.schema  # made anew each time that it is asked for
    texts = frame.select(name for name in names if schema[name] == pl.String)
    stripped = texts.select(pl.all().str.strip_chars())
    is_given = (pl.all() != "") & ~pl.all().str.contains(MISSING)
    given = _first_row(stripped.select(is_given.sum()))
    with_digit = _first_row(stripped.select(pl.all().str.contains(r"\p{Nd}").sum()))
    as_it_stands = _first_row(
        stripped.select(pl.all().cast(pl.Float64, strict=False).is_finite().sum())
    )

    def is_number(name: str) -> bool:
        if name not in given:
            return holds_numbers(frame[name])
        most = _MOSTLY * given[name]
        if not given[name] or with_digit[name] < most:
            return False
        return as_it_stands[name] >= most or holds_numbers(frame[name])

    return [name for name in names if is_number(name)]


def _first_row(frame: pl.DataFrame) -> dict[str, int]:
    return frame.row(0, named=True) if frame.width else {}


def holds_numbers(series: pl.Series) -> bool:
    """Whether most values are numbers; what stands for a missing one counts neither way.

    >>> holds_numbers(pl.Series(["1,250", "n/a", "7"])), holds_numbers(pl.Series(["3D", "7"]))
    (True, False)
    """
    given = series.drop_nulls()
    if given.dtype == pl.String:
        text = given.str.strip_chars()
        given = given.filter((text != "") & ~text.str.contains(MISSING))
    read = read_numbers(given)
    unsettled = int(read.code.is_in(UNSETTLED).sum())
    numbers = read.value.drop_nulls().len() + unsettled
    others = read.code.drop_nulls().len() - unsettled
    return numbers > 0 and numbers >= _MOSTLY * (numbers + others)


def are_whole(values: pl.Series) -> bool:
    """Whether nothing but whole numbers from nought on is given, as counts are."""
    numbers = values.cast(pl.Float64, strict=False).drop_nulls()
    return bool(((numbers >= 0) & (numbers == numbers.round())).all())
