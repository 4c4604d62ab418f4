"""Numbers as people write them in tables: thousands apart, per cent, full-width digits, signs for
what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from firstlight.sources.texts import CONTROL, plain_text, western_digits
from firstlight.texts import Message, Name, message, names

# What statistical offices write where they have no number.
MISSING = (
    r"(?i)^(?:\.{1,3}|…+|[-–—―]{1,3}|n/?a|n\.a\.?|nan|null|none|missing|not available|"
    r":(?: ?[a-z]{1,2})?|"  # as Eurostat writes it, perhaps with a flag
    r"暂无|无|缺失|无数据)$"
)
POINT, COMMA = ".", ","
_ONE_FORM = dict(zip("．，٫٬％＋－−–’\xa0\u2009\u202f", ".,,'%+---'   ", strict=True))
_AROUND = rf"^[\s\x{{feff}}\x{{200b}}{CONTROL}]+|[\s\x{{feff}}\x{{200b}}{CONTROL}]+$"
# 1.2万, 9800亿元: of what unit the bare numbers beside it are nobody can know.
_WITH_MYRIADS = r"^[+-]?\d[\d.,]*\s*[十百千]?[万亿]+\p{Han}{0,4}$"
# Below zero in accounts, of poor quality in statistics.
_IN_PARENTHESES = r"^\(\s*\d[\d.,' ]*%?\s*\)$"
# What statistical offices set behind a number as a note on it: 123 b, 12.5 ep, 7*.
_FLAGGED = r"^(.*\d)\s*(?:\s([bcdefnprsuz]{1,3})|(\*{1,3}|†|‡))$"
# Codes of what is a number, though not one that can be told.
UNSETTLED = ("value_in_parentheses", "value_of_nines", "value_other_decimals")
_BELOW_A_THOUSAND = r"^[+-]?\d{1,3}$"
_NINES = (-999.0, -9999.0, -99999.0, -999999.0)
_NEAR = 0.1  # of such a number: what is lower may be as real as it looks


def _number(apart: str, decimal: str) -> str:
    """The pattern of a number by the signs between its thousands and before its decimals."""
    # A first group has no leading zero: 0,125 has no thousands. Lakhs are 1,23,456.
    grouped = rf"[1-9]\d{{0,2}}(?:{apart}\d{{3}})+|[1-9]\d?(?:{apart}\d\d)+{apart}\d{{3}}"
    spaced = r"[1-9]\d{0,2}(?: \d{3})+|[1-9]\d{0,2}(?:'\d{3})+"
    whole = rf"(?:\d+|{grouped}|{spaced})(?:{decimal}\d*)?"
    return rf"^[+-]?(?:{whole}|{decimal}\d+)(?:[eE][+-]?\d+)?$"


_BY_POINT, _BY_COMMA = _number(",", r"\."), _number(r"\.", ",")


@dataclass(frozen=True)
class Numbers:
    """A column of numbers as it was read.

    value   : Float64; null where nothing is given or what is given isn't a number
    code    : null, or why a value can't be read: "value_unparsable", "value_with_myriads" (1.2万),
              "value_in_parentheses", "value_percent" (a per cent sign that the rest of the column
              lacks), "value_of_nines" (-9999), "value_other_decimals" (2,5 where others are
              written 2.5)
    unit    : "%" where every value carries the sign, else ""
    decimal : the sign before decimals by which the column was read
    unclear : the first value that could be read by the other sign as well, where nothing in the
              file tells; else ""
    flags   : what stands behind numbers as a note on them, sorted
    """

    value: pl.Series
    code: pl.Series
    unit: str = ""
    decimal: str = POINT
    unclear: str = ""
    flags: tuple[str, ...] = ()

    def notes(self, file: str, column: str) -> list[Message]:
        """What a reader should know of how the column was read."""
        about = {"file": Name(file), "column": Name(column)}
        notes = []
        if self.unclear:
            shown = {sign: f"{_figure(self.unclear, sign):.15g}" for sign in (POINT, COMMA)}
            read = Name(shown.pop(self.decimal))
            other = Name(*shown.values())
            told = {"value": Name(self.unclear), "read": read, "other": other}
            notes.append(message("decimals_unclear", **about, **told))
        elif self.decimal == COMMA:
            notes.append(message("decimal_comma", **about))
        if self.flags:
            notes.append(message("flags_behind_numbers", **about, flags=names(self.flags)))
        return notes


def read_numbers(
    series: pl.Series, decimal: str = "", *, form: str = "", is_whole: bool = False
) -> Numbers:
    """A column of texts or numbers as finite numbers, and what can't be read so, with its reason.

    One comma or point with three digits behind it stands between thousands or before decimals. The
    values that can be read in one way only tell (2,5; 1.234.567; 0,125); where some tell one way
    and some the other, the rarer ones and those that could be either are set aside. Where none
    tells, the rest of the file does, or its form, or else a point stands before decimals, unless
    all numbers from a thousand on have one before three digits, and no other has. Per cent stay
    as written: "12%" is 12, of the unit "%".

    decimal  : the sign before decimals that the file's other columns tell (`decimal_sign`)
    form     : what the form of the file tells: a comma where semicolons part its columns, as in
               programs that need the comma for decimals; a point where numbers are typed (JSON)
    is_whole : whether whole things are counted

    >>> found = read_numbers(pl.Series(["1,234.5", "１２", "..", "x", "7%"]))
    >>> found.value.to_list(), found.code.to_list()
    ([1234.5, 12.0, None, None, None], [None, None, None, 'value_unparsable', 'value_percent'])
    >>> read_numbers(pl.Series(["12%", "3.5 %"])).unit
    '%'
    >>> read_numbers(pl.Series(["1.2万", "9800亿元", "300"])).code.to_list()
    ['value_with_myriads', 'value_with_myriads', None]
    >>> read_numbers(pl.Series(["1,234", "0,125"])).value.to_list()
    [1.234, 0.125]
    """
    if series.dtype.is_numeric():
        value = series.cast(pl.Float64).fill_nan(None)  # pandas writes a missing number as NaN
        frame = pl.DataFrame({"value": value}).select(
            pl.when(pl.col("value").is_finite()).then("value").alias("value"),
            pl.when(pl.col("value").is_infinite()).then(pl.lit("value_unparsable")).alias("code"),
        )
        return Numbers(*_read(frame, series.name))
    written = _written(series)
    told = _told(written)
    sign = told or decimal or form or _likelier(written, is_whole)
    counted = written.select(pl.col("by_point", "by_comma", "is_either").any()).row(0, named=True)
    is_mixed = counted["by_point"] and counted["by_comma"]
    is_mixed |= form == POINT and told == COMMA
    is_percent = bool(written.select((pl.col("has_sign") | pl.col("text").is_null()).all()).item())
    unclear = ""
    if counted["is_either"] and not (told or decimal or form == POINT):
        unclear = written.filter("is_either")["text"][0]
    frame = written.with_columns(value=_value(sign, is_mixed))
    frame = frame.with_columns(code=_code(sign, is_mixed, is_percent))
    unit = "%" if is_percent and written["has_sign"].any() else ""
    flags = tuple(written["flag"].drop_nulls().unique().sort())
    return Numbers(*_read(frame, series.name), unit, sign, unclear, flags)


def decimal_sign(columns: Iterable[pl.Series]) -> str:
    """The sign before decimals that some columns of numbers tell and none denies; empty where there
    is no such sign.

    >>> decimal_sign([pl.Series(["1,234"]), pl.Series(["2,5"])])
    ','
    """
    texts = (series for series in columns if not series.dtype.is_numeric())
    signs = {_told(_written(series)) for series in texts} - {""}
    return signs.pop() if len(signs) == 1 else ""


def typed_as_text(series: pl.Series) -> pl.Series:
    """Numbers as texts that nobody reads otherwise: three decimals get a fourth, since they could
    be thousands.

    >>> typed_as_text(pl.Series([1.234, 5.5, 1000.0, None])).to_list()
    ['1.2340', '5.5', '1000', None]
    """
    return plain_text(series).str.replace(r"(\.\d{3})$", "${1}0")


def _written(series: pl.Series) -> pl.DataFrame:
    """The text of each number (null where it is missing), its flag, whether it is per cent, and by
    which sign before decimals it can be read: by one alone, or by either."""
    text = western_digits(plain_text(series).alias("text"))
    text = text.str.replace_many(_ONE_FORM).str.replace_all(_AROUND, "")
    text = text.set((text == "") | text.str.contains(MISSING), None)
    parts = pl.col("text").str.extract_groups(_FLAGGED)
    flag = pl.coalesce(parts.struct.field("2"), parts.struct.field("3"))
    bare = pl.coalesce(parts.struct.field("1"), "text")
    frame = pl.DataFrame({"text": text}).select(bare.alias("text"), flag=flag)
    frame = frame.with_columns(
        pl.col("text").str.strip_suffix("%").str.strip_chars(),
        has_sign=pl.col("text").str.ends_with("%").fill_null(False),
    )
    by_point = pl.col("text").str.contains(_BY_POINT).fill_null(False)
    by_comma = pl.col("text").str.contains(_BY_COMMA).fill_null(False)
    has_one = pl.col("text").str.contains("[.,]").fill_null(False)
    return frame.with_columns(
        by_point=by_point & ~by_comma,
        by_comma=by_comma & ~by_point,
        is_either=by_point & by_comma & has_one,
        is_plain=by_point & by_comma & ~has_one,
    )


def _figure(text: str, sign: str) -> float:
    """A number that can be read by either sign, by one of them."""
    other = COMMA if sign == POINT else POINT
    return float(re.sub(f"[' {other}]", "", text).replace(COMMA, POINT))


def _told(written: pl.DataFrame) -> str:
    """The sign before decimals that most of the values tell which can be read in one way only."""
    point, comma = written.select(pl.col("by_point", "by_comma").sum()).row(0)
    if not point and not comma:
        return ""
    return COMMA if comma > point else POINT


def _likelier(written: pl.DataFrame, is_whole: bool) -> str:
    """The sign before decimals where no value tells: a comma where each number from a thousand on
    has points between its thousands, and smaller ones have none."""
    either = pl.col("is_either")
    is_small = pl.col("text").str.contains(_BELOW_A_THOUSAND).fill_null(False)
    has_comma = (either & pl.col("text").str.contains(COMMA, literal=True)).any()
    none_larger = (~pl.col("is_plain") | is_small).all()
    is_apart = either.any() & ~has_comma & none_larger & (pl.lit(is_whole) | is_small.any())
    return COMMA if written.select(is_apart).item() else POINT


def _value(sign: str, is_mixed: bool) -> pl.Expr:
    """The texts as numbers by a sign before decimals."""
    other = COMMA if sign == POINT else POINT
    bare = (
        pl.col("text").str.replace_all(f"[' {other}]", "").str.replace(COMMA, POINT, literal=True)
    )
    is_read = pl.col("is_plain") | pl.col("by_point" if sign == POINT else "by_comma")
    if not is_mixed:
        is_read |= pl.col("is_either")
    number = pl.when(is_read).then(bare).cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _code(sign: str, is_mixed: bool, is_percent: bool) -> pl.Expr:
    """Why a text can't be read by a sign before decimals; null where it can, or is missing."""
    is_other = pl.col("by_comma" if sign == POINT else "by_point")
    if is_mixed:
        is_other |= pl.col("is_either")
    text = pl.col("text")
    code = (
        pl.when(text.is_null())
        .then(None)
        .when(is_other)
        .then(pl.lit("value_other_decimals"))
        .when(text.str.contains(_WITH_MYRIADS))
        .then(pl.lit("value_with_myriads"))
        .when(text.str.contains(_IN_PARENTHESES))
        .then(pl.lit("value_in_parentheses"))
        .otherwise(pl.lit("value_unparsable"))
    )
    is_lone = pl.col("has_sign") & (not is_percent)
    lone = pl.when(is_lone).then(pl.lit("value_percent"))
    return pl.when(pl.col("value").is_null()).then(code).otherwise(lone)


def _read(frame: pl.DataFrame, name: str) -> tuple[pl.Series, pl.Series]:
    """Values without those that have a code, and the codes. -999, -9999 and the like are what
    programs write for a missing number, where they stand twice, or no other value comes near."""
    if frame["value"].is_in(_NINES).any():
        value = pl.col("value")
        is_near = (value > value.min()) & (value <= _NEAR * value.min())
        is_apart = (value == value.min()) & ~is_near.any()
        is_code = value.is_in(_NINES) & (value.is_duplicated() | is_apart)
        code = pl.when(is_code).then(pl.lit("value_of_nines")).otherwise("code")
        frame = frame.with_columns(code.alias("code"))
    kept = pl.when(pl.col("code").is_null()).then("value").alias(name)
    return frame.select(kept).to_series(), frame["code"]
