"""Texts, numbers and dates of a column, cleaned of what no reader wants and of nothing else."""

from __future__ import annotations

import datetime
import sys
import unicodedata
from functools import cache

import polars as pl

from firstlight.sources.dates import (
    ERA,
    Dated,
    day_comes_first,
    fiscal_years,
    months_after_points,
    parse_date,
    western_era,
)
from firstlight.sources.raw import LIST_SIGN

# C0 and C1 control characters, without tab and line ends, which become spaces or stay.
CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # of a class of characters
_SPACE = r"\s+"
# Chinese names spread to one width, as yearbooks print them: 北　京.
_SPREAD = r"^\p{Han}(?:\s+\p{Han})+$"
_OTHER_DIGIT = r"[\p{Nd}--[0-9]]"


def no_values(name: str, kind: pl.DataType | type[pl.DataType], height: int) -> pl.Series:
    """A column in which every value is missing."""
    return pl.Series(name, [None], dtype=kind).new_from_index(0, height)


def clean_text(series: pl.Series, *, is_single_line: bool = False) -> pl.Series:
    """Text without control characters and without space at its ends; null where nothing is left.

    is_single_line : also turn every run of spaces and line ends into one space

    >>> clean_text(pl.Series(["a\\x00b ", " ", None])).to_list()
    ['ab', None, None]
    """
    text = plain_text(series)
    if text.str.contains(LIST_SIGN, literal=True).any():
        text = text.str.replace_all(LIST_SIGN, " ", literal=True)
    text = _replace(text, f"[{CONTROL}]", "")
    if is_single_line:
        text = _replace(text, r"[\t\r\n\u{0085}\u{2028}\u{2029}]|\s\s", " ", whole=_SPACE)
    text = text.str.strip_chars()
    return _null_where_empty(text)


def clean_name(series: pl.Series) -> pl.Series:
    """Text of a single line, and Chinese names without the spaces that spread them to one width.

    >>> clean_name(pl.Series(["北　京", "内蒙古", "广 西", "New York"])).to_list()
    ['北京', '内蒙古', '广西', 'New York']
    """
    text = clean_text(series, is_single_line=True)
    is_spread = text.str.contains(_SPREAD)
    if not is_spread.any():
        return text
    return text.zip_with(~is_spread.fill_null(value=False), text.str.replace_all(_SPACE, ""))


def clean_list_text(series: pl.Series) -> pl.Series:
    """Text that holds a list: as `clean_text`, but the signs that join or close its items stay."""
    text = _replace(plain_text(series), r"[\x00-\x08\x0b\x0c\x0e-\x1e\x7f-\x9f]", "")
    text = text.str.strip_chars(" \t\r\n")
    return _null_where_empty(_replace(text, rf"^[\s{LIST_SIGN}]*$", ""))


def plain_text(series: pl.Series) -> pl.Series:
    """Any column as text: whole floats without ``.0``, dates in ISO form."""
    if series.dtype == pl.String:
        return series
    if series.dtype.is_float():
        # Up to 2^53 a whole float is that number; beyond, its last digits would be invented.
        whole = series.is_finite() & (series == series.round())
        number = pl.select(
            pl.when(whole & (series.abs() < 2**53))
            .then(series.cast(pl.Int64, strict=False).cast(pl.String))
            .when(series.is_not_nan())
            .then(series.cast(pl.String))
        )
        return number.to_series().alias(series.name)
    return series.cast(pl.String)


def _replace(text: pl.Series, pattern: str, by: str, whole: str = "") -> pl.Series:
    # Most columns hold nothing to replace, and looking is cheaper than copying.
    if not text.str.contains(pattern).any():
        return text
    return text.str.replace_all(whole or pattern, by)


def _null_where_empty(text: pl.Series) -> pl.Series:
    is_empty = text == ""
    if not is_empty.any():
        return text
    return text.set(is_empty, None)


def western_digits(series: pl.Series) -> pl.Series:
    """Text with the decimal digits of every script (full-width, Arabic, Devanagari and so on) as 0
    to 9.

    >>> western_digits(pl.Series(["２０１０", "٢٠١١", "२०१२", "2013"])).to_list()
    ['2010', '2011', '2012', '2013']
    """
    if not series.str.contains(_OTHER_DIGIT).any():
        return series
    return series.str.replace_many(_other_digits())


def western_years(series: pl.Series) -> pl.Series:
    """Texts of years as `western_year` makes one.

    >>> western_years(pl.Series(["２０１０", "民國108年"])).to_list()
    ['2010', '2019年']
    """
    plain = western_digits(series)
    of_era = plain.filter(plain.str.contains(ERA)).unique().to_list()
    return plain.replace({text: western_era(text) for text in of_era}) if of_era else plain


def western_year(name: str) -> str:
    """One text with its decimal digits as 0 to 9, and years of other eras as those of the common
    one.

    >>> western_year("٢٠١٠ 產值"), western_year("民國108年")
    ('2010 產值', '2019年')
    """
    digits = "".join(str(unicodedata.decimal(letter, letter)) for letter in name)
    return western_era(digits)


@cache
def _other_digits() -> dict[str, str]:
    signs = map(chr, range(128, sys.maxunicode + 1))
    return {
        sign: str(unicodedata.decimal(sign)) for sign in signs if unicodedata.category(sign) == "Nd"
    }


def parse_dates(series: pl.Series) -> pl.DataFrame:
    """Columns text, date (Date) and precision ('day', 'month', 'year') of a column of dates; null
    where unreadable.

    >>> parse_dates(pl.Series(["2016", "3 May 2016", "soon"])).select("date", "precision").rows()[1]
    (datetime.date(2016, 5, 3), 'day')
    """
    if series.dtype == pl.Date or isinstance(series.dtype, pl.Datetime):
        date = series.cast(pl.Date)
        known = pl.when(date.is_not_null()).then(pl.lit("day")).alias("precision")
        return pl.DataFrame({"text": date.cast(pl.String), "date": date}).with_columns(known)
    # Of several dates, as of a family of patents, each on a line of its own, the first counts.
    first = plain_text(series).str.strip_chars().str.extract(r"^([^\r\n]*)")
    text = clean_text(first, is_single_line=True).alias("text")
    distinct = text.unique().drop_nulls().sort().to_list()
    day_first = day_comes_first(distinct)
    has_point_months = series.dtype == pl.String and months_after_points(distinct)
    fiscal = fiscal_years(distinct)
    read = [
        (
            value,
            _of_year(fiscal.get(value))
            or parse_date(value, day_first=day_first, has_point_months=has_point_months),
        )
        for value in distinct
    ]
    table = pl.DataFrame(
        [(value, dated.date, dated.precision) for value, dated in read if dated],
        schema={"text": pl.String, "date": pl.Date, "precision": pl.String},
        orient="row",
    )
    return pl.DataFrame({"text": text}).join(table, on="text", how="left", maintain_order="left")


def _of_year(year: int | None) -> Dated | None:
    if year is None:
        return None
    return Dated(datetime.date(year, 1, 1), "year")
