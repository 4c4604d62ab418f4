"""The rows of a panel: names, years and numbers read, and each row that can't be used set aside
with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

import polars as pl

from firstlight.errors import InputError, shown
from firstlight.numerics.long_frames import are_periods, plain_codes
from firstlight.sources.archives import unpacked_name
from firstlight.sources.columns import Alias, Layout
from firstlight.sources.dated_columns import YEAR_OF_DATE
from firstlight.sources.dates import fiscal_years
from firstlight.sources.indicators import are_kinds, asked_for, telling
from firstlight.sources.lists import split_lists
from firstlight.sources.raw import ROW, Raw
from firstlight.sources.renamed_units import one_spelling
from firstlight.sources.setaside import SCHEMA, with_reasons
from firstlight.sources.texts import (
    clean_list_text,
    clean_name,
    no_values,
    western_digits,
    western_years,
)
from firstlight.sources.written_numbers import decimal_sign, read_numbers
from firstlight.texts import Code, Count, List, Message, Name, message
from firstlight.texts import names as listed

FOLDER = Path(__file__).parent

# A year alone, or a date, of which the year counts; never a month or a quarter, which would be a
# part of a year.
_YEAR = (
    r"^(\d{4})(?:\.0+)?\s*年?度?$|^(\d{4})[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ].*)?$|"
    r"^(\d{4})\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*[日号]$|"
    r"^\d{1,2}(?:[-/.]\d{1,2}[-/.]|[- ][A-Za-z]{3,9}\.?[- ])(\d{4})$"
)

_PERIOD = r"^(\d{1,3})(?:\.0+)?$"
COLLAPSED = "rows_collapsed"  # a note by which the doctor tells that a column is not understood
_IN_NAMES = (",", "，")  # signs that stand in many a name
# Columns that say something of the key and are no part of it: where rows are added up, they have to
# agree.
SHARED = (
    "total",
    "growth",
    "strategic_weight",
    "longitude",
    "latitude",
    "complexity",
    "price",
    "plant_herfindahl",
    "place_total",
)

_BELOW = r"^[<＜]\s*(\d+(?:\.\d+)?)$"
_MARK = r"(?i)^[\[(:]?\s*(?:s|c|d|x|\*{1,3}|#|secret|suppressed|confidential|保密|涉密)\s*[\])]?$"


def secret_below(texts: pl.Series) -> pl.Series:
    """Below which the number of a secret cell is: 5 for <5, infinity for a mark that tells nothing;
    null for any other cell.

    Marks: <5 and the like; S, C, D, X, *, **, ***, # (alone, or in brackets or after a colon);
    secret, suppressed, confidential; 保密, 涉密.

    >>> secret_below(pl.Series(["<5", "<５", "S", "(D)", "7", None])).to_list()
    [5.0, 5.0, inf, inf, None, None]
    """
    text = pl.col("text").str.strip_chars()
    told = text.str.extract(_BELOW, 1).cast(pl.Float64)
    mark = pl.when(text.str.contains(_MARK)).then(float("inf"))
    return pl.DataFrame({"text": western_digits(texts.cast(pl.String))}).select(
        pl.coalesce(told, mark).alias("below")
    )["below"]


@dataclass(frozen=True)
class Column:
    """A column that a measurement needs.

    name      : as the measurement knows it
    kind      : "text", "year" or "number"
    unit      : what it holds, in words
    if_absent : "error"; "empty" (all its values are missing); "file" (one thing, named after the
                file); "row" (the number of the row)
    sign      : which numbers are allowed: "any", "zero" (zero and above) or "positive"
    is_filled : whether a row without a value here is set aside
    is_share  : a share from 0 to 1, so that per cent are divided by 100
    is_exact  : found under its own name (or by hand) and under no other
    separators : signs that part several names in one cell, the first that the column uses; none: a
                 cell is one name
    secret_of : a column of numbers; this one, of numbers too, then holds what its secret cells are
                 below (`secret_below`), and such a cell is no number and no fault
    is_heading : whether it may stand in the headings of a wide table: several columns of numbers,
                 one for each
    is_label   : a text that says something of the key and is no part of it
    table      : the further table that it is of, which stands before its name where a person names
                 it by hand: "links.code_to"
    """

    name: str
    kind: Literal["text", "year", "number"]
    unit: str
    if_absent: Literal["error", "empty", "file", "row"] = "error"
    sign: Literal["any", "zero", "positive"] = "any"
    is_filled: bool = True
    is_share: bool = False
    is_exact: bool = False
    separators: tuple[str, ...] = ()
    is_heading: bool = False
    is_label: bool = False
    secret_of: str = ""
    table: str = ""


def tidy_rows(
    raw: Raw, layout: Layout, needs: Sequence[Column], file: str, of_year: Mapping[str, str]
) -> tuple[pl.DataFrame, pl.DataFrame, list[Message], dict[str, str]]:
    """The usable rows (the needed columns, file and row), those set aside, notes, and units that
    the values carry.

    of_year : for a table that was wide, "what year" -> the column of the file
    """
    names, notes, units = layout.names(), list[Message](), dict[str, str]()
    columns, shown, codes = list[pl.Series](), list[pl.Series](), list[pl.Series]()
    hidden = {
        need.secret_of: secret_below(raw.frame[names[need.secret_of]])
        for need in needs
        if need.secret_of in names
    }
    numbers = [need.name for need in needs if need.kind == "number" and not need.secret_of]
    decimal = decimal_sign(raw.frame[names[name]] for name in numbers if name in names)
    for need in needs:
        given = None
        if need.name in names and not need.secret_of:
            given = raw.frame[names[need.name]]
        elif need.if_absent == "row" and need.name not in names:
            given = raw.frame[ROW].cast(pl.String)
        text = _text(given, need, file, raw.frame.height)
        if need.kind == "number":
            value, code = _number(given, need, raw, decimal, file, notes, units)
            if need.secret_of:
                value = hidden.get(need.secret_of, value)
            elif need.name in hidden:
                code = pl.select(pl.when(hidden[need.name].is_null()).then(code).alias("code"))[
                    "code"
                ]
        elif need.kind == "year":
            is_of_months = need.name in names and names.get("month") == names[need.name]
            fiscal = fiscal_years(western_years(text).drop_nulls().unique())
            value, code = _year(text, fiscal, is_of_months)
            if fiscal:
                notes.append(message("fiscal_years", file=Name(file)))
            if given is None and need.if_absent == "empty":
                code = _coded(text.is_null(), None)  # a table of one year may leave the column out
        else:
            value, code = text, _coded(text.is_null(), "key_missing" if need.is_filled else None)
        columns.append(value.alias(need.name))
        # Under signs that no column of a file has in its name.
        shown.append(text.alias(f"\x1f{need.name}"))
        codes.append(code.alias(f"\x1f\x1f{need.name}"))
    frame = pl.DataFrame([raw.frame[ROW].cast(pl.Int64).alias("row"), *columns, *shown, *codes])
    first_code = pl.coalesce(f"\x1f\x1f{need.name}" for need in needs)
    aside = _set_aside(frame.filter(first_code.is_not_null()), needs, layout, file, of_year)
    kept = frame.filter(first_code.is_null()).select(
        pl.lit(file).alias("file"), "row", *(need.name for need in needs)
    )
    _refuse_above_one(kept, [need.name for need in needs if need.is_share], names, file)
    return kept, aside, notes, units


def _refuse_above_one(
    rows: pl.DataFrame, shares: Sequence[str], names: Mapping[str, str], file: str
) -> None:
    """Raise InputError for a share above 1: per cent, or a slip, nobody can tell."""
    for name in shares:
        above = rows.filter(pl.col(name) > 1)
        if above.height:
            told = message(
                "too_high",
                value=shown(above[name][0]),
                high=Count(1),
                table=Name(file),
                column=Name(names[name]),
                row=Count(above["row"][0]),
            )
            raise InputError(told)


def named_after(file: str) -> str:
    """What a file is about, by its name.

    >>> named_after("data/solar.csv.gz")
    'solar'
    """
    return PurePath(unpacked_name(file)).stem


def _text(given: pl.Series | None, need: Column, file: str, height: int) -> pl.Series:
    if given is not None and need.separators:
        return clean_list_text(given)
    if given is not None:
        name = one_spelling(clean_name(given))
        return name if need.is_label else plain_codes(name)
    if need.if_absent == "file":
        return pl.repeat(named_after(file), height, eager=True)
    return no_values("", pl.String, height)


def one_name_each(
    frame: pl.DataFrame, needs: Sequence[Column], file: str
) -> tuple[pl.DataFrame, list[Message]]:
    """A row for each name where a cell holds several, parted by the sign that its column uses; ;
    and ； are one sign.

    frame : usable rows; a cell of nothing but signs leaves no row, as it names nobody; cells with
            signs that part nothing in this column are told

    >>> needs = (Column("work", "text", "paper"),
    ...     Column("member", "text", "who", separators=(";",)))
    >>> one_name_each(pl.DataFrame({"work": ["a"], "member": ["x; y;"]}), needs, "rows")[0].rows()
    [('a', 'x'), ('a', 'y')]
    """
    notes: list[Message] = []
    for need in needs:
        if not need.separators or not frame[need.name].drop_nulls().len():
            continue
        if ";" in need.separators:
            texts = frame[need.name].str.replace_all("；", ";", literal=True)
        else:
            texts = frame[need.name]
        lists = split_lists(texts, Alias(need.name, need.name, "*", need.separators, ""))
        signs = [sign for sign in need.separators if sign not in _IN_NAMES]
        foreign = lists.list.eval(pl.element().str.contains_any(signs))
        counts = {
            "cells_of_several": (lists.list.len() > 1).sum(),
            "cells_of_nobody": (lists.is_null() & frame[need.name].is_not_null()).sum(),
            "cells_with_other_signs": foreign.list.any().sum(),
        }
        about = {"file": Name(file), "column": Name(need.name)}
        notes += [
            message(code, count=Count(int(count)), **about)
            for code, count in counts.items()
            if count
        ]
        frame = frame.with_columns(lists).explode(need.name)
        if need.is_filled:
            frame = frame.drop_nulls(need.name)
    return frame, notes


def _coded(where: pl.Series, code: str | None) -> pl.Series:
    return pl.DataFrame({"where": where}).select(
        pl.when("where").then(pl.lit(code, pl.String)).alias("code")
    )["code"]


def _year(
    text: pl.Series, fiscal: Mapping[str, int], is_of_months: bool
) -> tuple[pl.Series, pl.Series]:
    """Years, and why one can't be read.

    fiscal       : text -> the year in which it begins, of years that run into the next
    is_of_months : whether the column is that of the months as well, so that 2015-01 is no part of a
                   year that is taken for all of it
    """
    frame = pl.DataFrame({"text": text, "plain": western_years(text)})
    written = [pl.col("plain").str.extract(_YEAR, place) for place in range(1, 5)]
    if fiscal:
        begins = {name: str(year) for name, year in fiscal.items()}
        written.append(pl.col("plain").replace_strict(begins, default=None))
    if is_of_months:
        written.append(pl.col("plain").str.extract(YEAR_OF_DATE))
    periods = frame["plain"].str.extract(_PERIOD).cast(pl.Int32)
    if not is_of_months and periods.null_count() == text.null_count() and are_periods(periods):
        return periods, _coded(text.is_null(), "year_missing")
    year = pl.coalesce(written).cast(pl.Int32)
    frame = frame.with_columns(year=year)
    is_read = pl.col("year").is_between(1500, 2200).fill_null(False)
    code = (
        pl.when(pl.col("text").is_null())
        .then(pl.lit("year_missing"))
        .when(~is_read)
        .then(pl.lit("year_unparsable"))
    )
    return frame["year"], frame.select(code.alias("code"))["code"]


def _number(
    given: pl.Series | None,
    need: Column,
    raw: Raw,
    decimal: str,
    file: str,
    notes: list[Message],
    units: dict[str, str],
) -> tuple[pl.Series, pl.Series]:
    if given is None:
        height = raw.frame.height
        return no_values("", pl.Float64, height), no_values("", pl.String, height)
    read = read_numbers(given, decimal, form=raw.decimal)
    number = read.value
    if read.unit and need.is_share:
        number = number / 100
        notes.append(message("per_cent", file=Name(file), column=Name(given.name)))
    elif read.unit:
        units[need.name] = read.unit
    notes += read.notes(file, given.name)
    value = pl.col("value")
    code = pl.coalesce(
        "code",
        pl.when(value.is_null() & need.is_filled).then(pl.lit("value_missing"))
        .when((value < 0) & (need.sign == "zero")).then(pl.lit("value_negative"))
        .when((value <= 0) & (need.sign == "positive")).then(pl.lit("value_not_positive")),
    )  # fmt: skip
    return number, pl.DataFrame({"value": number, "code": read.code}).select(code.alias("code"))[
        "code"
    ]


def _set_aside(
    rows: pl.DataFrame,
    needs: Sequence[Column],
    layout: Layout,
    file: str,
    of_year: Mapping[str, str],
) -> pl.DataFrame:
    """Each row with the first of its columns that can't be used."""
    if not rows.height:
        return pl.DataFrame(schema=SCHEMA)
    names = layout.names()
    year = f"\x1f{next((need.name for need in needs if need.kind == 'year'), needs[0].name)}"
    parts = []
    for need in needs:
        own, code = names.get(need.name, need.name), f"\x1f\x1f{need.name}"
        place = pl.concat_str(pl.lit(own), pl.lit(" "), pl.col(year).fill_null(""))
        parts.append(
            rows.filter(pl.col(code).is_not_null()).select(
                file=pl.lit(file),
                row="row",
                column=place.replace_strict(of_year, default=own, return_dtype=pl.String),
                value=pl.col(f"\x1f{need.name}").fill_null(""),
                code=code,
                order=pl.col(year),
            )
        )
    first = pl.concat(parts).unique(["row", "order"], keep="first", maintain_order=True)
    return with_reasons(first.sort("row", "order", maintain_order=True).drop("order"))


def repeated(
    frame: pl.DataFrame,
    key: list[str],
    is_summed: bool | str | None,
    mapping: Mapping[str, str],
    apart: Mapping[str, pl.DataFrame],
) -> tuple[pl.DataFrame, pl.DataFrame, list[Message]]:
    """Rows with the same key: added where each is a part; else identical ones are set aside, and
    others refused.

    is_summed : or the only column in which parts of one number differ
    mapping   : canonical column -> column of the file, which an error names where they differ
    apart     : file -> the columns, by the number of the row, that nothing is read from and that
                may tell rows apart
    Raises  InputError naming the first key that stands twice with different values, and its rows.
    """
    none = pl.DataFrame(schema=SCHEMA)
    others = [name for name in frame.columns if name not in (*key, "file", "row")]
    if isinstance(is_summed, str) and all(is_summed not in own.columns for own in apart.values()):
        told = message("no_column_of_parts", column=Name(is_summed), file=listed(apart))
        raise InputError(told, FOLDER)
    twice = frame.filter(pl.struct(key).is_duplicated())
    if not twice.height:
        return frame, none, []
    own = pl.struct(*key, *others)
    differing = (
        twice.unique([*key, *others])
        .filter(pl.struct(key).is_duplicated())
        .sort(*key, "file", "row")
    )
    some = twice if is_summed else differing
    _check_parts(some, twice, key, is_summed, mapping, apart)
    if is_summed:
        return _summed(frame, key, others)
    if differing.height:
        raise _same_key(differing, twice, key, is_summed is not None, mapping)
    frame = frame.sort("file", "row")
    is_first = own.is_first_distinct()
    again = frame.filter(~is_first)
    aside = again.select(
        "file",
        "row",
        column=pl.lit(""),
        value=pl.col(key[0]).cast(pl.String),
        code=pl.lit("duplicate_row"),
    )
    return frame.filter(is_first), with_reasons(aside), _collapsed(frame, again, key, apart)


def _told_apart(
    rows: pl.DataFrame, key: list[str], columns: pl.DataFrame
) -> tuple[pl.DataFrame, list[str]]:
    """Rows of one file, with their keys and the columns that aren't read; and those of these that
    tell rows of one key apart."""
    own = rows.select(pl.struct(key).alias("\x1fkey"), "row")
    beside = own.join(columns.rename({ROW: "row"}).cast({"row": pl.Int64}), on="row")
    return beside, telling(beside, "\x1fkey", [name for name in columns.columns if name != ROW])


def _collapsed(
    frame: pl.DataFrame, again: pl.DataFrame, key: list[str], apart: Mapping[str, pl.DataFrame]
) -> list[Message]:
    """A note where most rows are the same but for a column that isn't read."""
    notes = []
    for file, columns in apart.items():
        rows, lost = frame.filter(file=file), again.filter(file=file)
        _, names = _told_apart(rows, key, columns)
        if names and lost.height > rows.height / 2:
            counts = {"count": Count(lost.height), "rows": Count(rows.height)}
            own = {"columns": listed(names)}
            notes.append(message(COLLAPSED, file=Name(file), **counts, **own))
    return notes


def _check_parts(
    some: pl.DataFrame,
    twice: pl.DataFrame,
    key: list[str],
    is_summed: bool | str | None,
    mapping: Mapping[str, str],
    apart: Mapping[str, pl.DataFrame],
) -> None:
    """Raise InputError where a column that isn't read tells rows of one key apart."""
    for file, columns in apart.items():
        beside, names = _told_apart(some.filter(file=file), key, columns)
        are_never = are_kinds(beside, names)
        if isinstance(is_summed, str) and is_summed in beside.columns and not are_never:
            left = beside.select("\x1fkey", is_summed).is_duplicated().any()
            names = names if left else []  # a name beside its code tells rows apart as well
        if not names:
            continue
        several = beside.filter(pl.struct("\x1fkey").is_duplicated()).sort("\x1fkey", "row")
        first, rows_of = _key_and_rows(several["\x1fkey"][0], twice, key, mapping)
        own = asked_for(beside, names)
        may_add = is_summed is not None and len(names) == 1 and not are_never
        told = message(
            "keys_differ_in_parts" if may_add else "keys_differ_in",
            key=first, rows=rows_of, file=Name(file), **own,
        )  # fmt: skip
        raise InputError(told, FOLDER)


def _key_and_rows(
    first: Mapping[str, object], twice: pl.DataFrame, key: list[str], mapping: Mapping[str, str]
) -> tuple[List, List]:
    """The key of a row in words, and the numbers of all its rows."""
    rows = twice.filter(
        pl.all_horizontal(pl.col(name).eq_missing(pl.lit(first[name])) for name in key)
    ).sort("file", "row")
    read = {name: f" ({mapping[name]})" for name in key if mapping.get(name, name) != name}
    parts = [f"{name}{read.get(name, '')} {first[name]}" for name in key if first[name] is not None]
    return listed(parts, most=len(parts)), listed(map(str, rows["row"]))


def _same_key(
    differing: pl.DataFrame,
    twice: pl.DataFrame,
    key: list[str],
    may_sum: bool,
    mapping: Mapping[str, str],
) -> InputError:
    first = differing.row(0, named=True)
    own, rows = _key_and_rows(first, twice, key, mapping)
    told = message(
        "keys_differ_or_parts" if may_sum else "keys_differ",
        key=own,
        count=Count(differing.unique(key).height),
        file=Name(first["file"]),
        rows=rows,
    )
    return InputError(told, FOLDER)


def _summed(
    frame: pl.DataFrame, key: list[str], others: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame, list[Message]]:
    """Floats are added in one order, so that the last digit doesn't depend on the order of rows;
    what isn't a part must agree.

    A sum of which a part is missing is missing.
    """
    shared = [name for name in others if _is_shared(frame[name])]
    added = [_added(frame[name]) for name in others]
    added += [(pl.col(name).n_unique() > 1).alias(f"\x1f{name}") for name in shared]
    summed = (
        frame.sort(*others, nulls_last=True)
        .group_by(key)
        .agg(*added, pl.col("file").min(), pl.col("row").min())
    )
    extra = frame.height - summed.height
    none = pl.DataFrame(schema=SCHEMA)
    told = [message("rows_summed", count=Count(extra))]
    for name in shared:
        lost = int(summed[f"\x1f{name}"].sum())
        if lost:
            column = Code(f"codes.shared.{name}") if name in SHARED else Name(name)
            told.append(message("sums_disagree", count=Count(lost), column=column))
    return summed.drop([f"\x1f{name}" for name in shared]), none, told


def _is_shared(column: pl.Series) -> bool:
    return column.name in SHARED or column.dtype == pl.String


def _added(column: pl.Series) -> pl.Expr:
    """What rows of one key have together: what they agree on, or a sum that is whole."""
    own = pl.col(column.name)
    if _is_shared(column):
        return pl.when(own.n_unique() == 1).then(own.first()).alias(column.name)
    return pl.when(own.null_count() == 0).then(own.sum()).alias(column.name)
