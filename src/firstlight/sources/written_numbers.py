"""Numbers as people write them in tables: thousands apart, per cent, full-width digits, signs for
what is missing."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from firstlight.sources.texts import clean_text, numbers

# What statistical offices write where they have no number.
MISSING = (
    r"(?i)^(?:\.{1,3}|…+|[-–—―]{1,3}|n/?a|n\.a\.?|nan|null|none|missing|not available|"
    r":(?: ?[a-z]{1,2})?|"  # as Eurostat writes it, perhaps with a flag
    r"暂无|无|缺失|无数据)$"
)
_DECIMAL_COMMA_ONLY = r"^[+-]?\d+(?:\.\d{3})*,(?:\d{1,2}|\d{4,})$"
_THOUSANDS_COMMA = r"\d,\d{3},|,\d{3}\.\d"
_THOUSANDS = r"^([+-]?\d{1,3})(?:[,' \u{2009}\u{202f}]\d{3})+(\.\d*)?$"
# 1.2万, 9800亿元: of what unit the bare numbers beside it are nobody can know.
_WITH_MYRIADS = r"^[+-]?\d[\d.,]*\s*[十百千]?[万亿]+\p{Han}{0,4}$"
_FULL_WIDTH = dict(zip("０１２３４５６７８９．，％＋－−", "0123456789.,%+--", strict=True))


@dataclass(frozen=True)
class Numbers:
    """A column of numbers as it was read.

    value   : Float64; null where nothing is given or what is given isn't a number
    code    : null, "value_unparsable", "value_with_myriads" (1.2万) or "value_percent" (a per cent
              sign that the rest of the column lacks)
    unit    : "%" where every value carries the sign, else ""
    is_decimal_comma : whether a comma was read as the decimal sign
    """

    value: pl.Series
    code: pl.Series
    unit: str = ""
    is_decimal_comma: bool = False


def read_numbers(series: pl.Series) -> Numbers:
    """A column of texts or numbers as finite numbers, and what can't be read so, with its reason.

    A comma before three digits is a thousands separator, unless another value of the column can
    only be read with a decimal comma ("2,5") and none only without. Per cent stay as written: "12%"
    is 12, of the unit "%".

    >>> found = read_numbers(pl.Series(["1,234.5", "１２", "..", "x", "7%"]))
    >>> found.value.to_list(), found.code.to_list()
    ([1234.5, 12.0, None, None, None], [None, None, None, 'value_unparsable', 'value_percent'])
    >>> read_numbers(pl.Series(["12%", "3.5 %"])).unit
    '%'
    >>> read_numbers(pl.Series(["1.2万", "9800亿元", "300"])).code.to_list()
    ['value_with_myriads', 'value_with_myriads', None]
    """
    if series.dtype.is_numeric():
        value, misfit = numbers(series)
        return Numbers(value, _codes(misfit, misfit & False, misfit & False))
    text = clean_text(series, is_single_line=True)
    for wide, narrow in _FULL_WIDTH.items():
        text = text.str.replace_all(wide, narrow, literal=True)
    text = text.str.strip_chars()
    text = text.set(text.str.contains(MISSING).fill_null(False), None)
    has_sign = text.str.ends_with("%").fill_null(False)
    is_percent = bool(has_sign.any()) and bool((has_sign | text.is_null()).all())
    text = text.str.strip_suffix("%").str.strip_chars()
    only = text.str.contains(_DECIMAL_COMMA_ONLY).fill_null(False)
    is_decimal_comma = (
        bool(only.any()) and not text.str.contains(_THOUSANDS_COMMA).fill_null(False).any()
    )
    if is_decimal_comma:
        text = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    else:
        apart = text.str.contains(_THOUSANDS).fill_null(False)
        text = text.zip_with(~apart, text.str.replace_all(r"[,' \u{2009}\u{202f}]", ""))
    value, misfit = numbers(text)
    mixed = has_sign & (not is_percent)
    code = _codes(misfit, mixed, text.str.contains(_WITH_MYRIADS).fill_null(False))
    return Numbers(value.set(mixed, None), code, "%" if is_percent else "", is_decimal_comma)


def _codes(misfit: pl.Series, mixed: pl.Series, in_myriads: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"misfit": misfit, "mixed": mixed, "in_myriads": in_myriads})
    code = (
        pl.when(pl.col("misfit") & pl.col("in_myriads"))
        .then(pl.lit("value_with_myriads"))
        .when("misfit")
        .then(pl.lit("value_unparsable"))
        .when("mixed")
        .then(pl.lit("value_percent"))
    )
    return frame.select(code.alias("code"))["code"]
