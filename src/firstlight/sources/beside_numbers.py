"""What stands beside the numbers of a published table: their units and flags, years that tell rows
apart, and the header of a further table."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError, shown
from firstlight.sources.columns import aliases, bare, guess_layout, parted, plain
from firstlight.sources.number_columns import number_columns
from firstlight.sources.raw import ROW, SEEN, Opened, Raw, Rejected
from firstlight.sources.wide_tables import is_no_part
from firstlight.sources.written_numbers import MISSING
from firstlight.texts import Count, Message, Name, Value, message
from firstlight.texts import names as listed

__all__ = [
    "ALIASES",
    "asking",
    "called",
    "check_rates",
    "check_value",
    "flags_of",
    "is_figure",
    "is_of_figures",
    "is_of_measure",
    "loaded_as_one",
    "one_table",
    "stated_units",
    "unit_columns",
]

FOLDER = Path(__file__).parent
ALIASES = "panel_columns.csv"
_SHOWN = 5
_UNIT = "unit_of_measure"
_OF_UNITS = (_UNIT, "unit_multiplier")
_KINDS = ("indicator", _UNIT)  # columns that say of what kind a number is
_PER_CENT, _ROUNDED = 100, 1e-6
_OF_SDMX = ("freq", "obs value")  # beside which a column called unit is one of measurement
_OWNERS = ("unit", "单位", "單位")  # headings of firms and offices as well as of units
_NO_FLAG = ("", "a", "normal value")  # as SDMX calls a value of which nothing is to be said
# words of measure, in a column headed unit, which may be a firm as well
_OF_MEASURE = re.compile(
    r"[%‰$€£¥]|(?:元|吨|克|人|人次|户|个|件|台|辆|套|亩|顷|米|升|瓦|时|倍|公里|项|家|篇|比例)$|"
    r"\b(?:usd|eur|cny|rmb|gbp|jpy|dollars?|euros?|yuan|tons?|tonnes?|t|kg|g|mg|lb|km2?|ha|m[23]?|"
    r"hectares?|litres?|barrels?|[kmgt]wh?|persons?|people|inhabitants|items?|units?|pieces|index|"
    r"million|billion|thousand|mio|ths|per ?cent|pc|shares?|ratio|rate)\b"
)
# Sums of money, which grow with prices and by any amount: no counts, unless named by hand.
_MONEY = re.compile(
    r"[$€£¥￥]|\b(?:usd|eur|gbp|cny|rmb|jpy|dollars?|euros?)\b|[万亿美欧]元|[(（]元"
)
_GOES_ON = re.compile(r"(?i)续|\bcont(?:inued|d|\.)?")
_MOSTLY = 0.5  # of its cells that hold a digit, from which a column is one of numbers


def one_table(raw: Raw, file: str) -> Raw:
    """The rows without a header that is repeated, as at the top of each page; such rows are set
    aside.

    Raises  InputError where a further table begins: under other headings, or under a title.

    >>> rows = {"place": ["a", "place", "b"], "value": ["1", "value", "2"], ROW: [1, 2, 3]}
    >>> read = one_table(Raw(pl.DataFrame(rows)), "a.csv")
    >>> read.frame["place"].to_list(), [(own.row, own.code) for own in read.rejected]
    (['a', 'b'], [(2, 'heading_again')])
    """
    names = [name for name in raw.frame.columns if name != ROW]
    kinds = raw.frame.schema  # made anew whenever it is asked for
    texts = [name for name in names if kinds[name] == pl.String]
    typed = [name for name in names if kinds[name].is_numeric()]
    has_digit = pl.col(texts).str.contains(r"\p{Nd}")
    shares = raw.frame.select(has_digit.mean()).row(0, named=True) if texts else {}
    of_numbers = {name for name, share in shares.items() if (share or 0) >= _MOSTLY}
    if not texts or not (typed or of_numbers):
        return raw
    same = [pl.col(name).str.strip_chars() == name for name in texts]
    same += [pl.col(name) == float(name) for name in typed if name.isdecimal()]
    is_bare = pl.all_horizontal(
        ~has_digit.fill_null(False), *(pl.col(own).is_null() for own in typed)
    )
    likely = raw.frame.filter(pl.any_horizontal(same).fill_null(False) | is_bare)
    again = [
        (int(row[ROW]), filled)
        for row in likely.rows(named=True)
        if _is_header(filled := _filled(row), of_numbers)
    ]
    if not again:
        return raw
    headings = {plain(name) for name in names}
    for row, filled in again:
        is_same = {plain(cell) for cell in filled.values()} <= headings
        if not is_same or _is_below_a_title(raw, row):
            said = Name(", ".join(filled.values())[:SEEN])
            told = message("second_table", file=Name(file), row=Count(row), said=said)
            raise InputError(told, FOLDER)
    rejected = [Rejected(row, ", ".join(cells.values()), "heading_again") for row, cells in again]
    frame = raw.frame.filter(~pl.col(ROW).is_in([row for row, _ in again]))
    return replace(raw, frame=frame, rejected=(*raw.rejected, *rejected))


def _filled(row: Mapping[str, object]) -> dict[str, str]:
    texts = {name: str(cell).strip().removesuffix(".0") for name, cell in row.items()}
    del texts[ROW]
    return {name: text for name, text in texts.items() if text and not re.search(MISSING, text)}


def _is_header(filled: Mapping[str, str], of_numbers: Collection[str]) -> bool:
    """Whether a row is a header: its cells are called as columns are, and one of them stands among
    numbers and is none."""
    same = [plain(cell) == plain(name) for name, cell in filled.items()]
    if len(filled) < 2 or all(same):
        return len(filled) > 1
    known = sum(plain(cell) in _known() for cell in filled.values())
    is_among_numbers = any(not re.search(r"\d", filled.get(name, "0")) for name in of_numbers)
    return sum(same) > 1 or (is_among_numbers and sum(same) + known > 1)


@cache
def _known() -> frozenset[str]:
    """What columns are called; not by a letter alone, which is a section of industries, too."""
    called_so = {plain(alias.alias) for alias in aliases(ALIASES)}
    return frozenset(name for name in called_so if len(name) > 1 or not name.isascii())


def _is_below_a_title(raw: Raw, row: int) -> bool:
    """Whether the row before is a line of one cell, other than one that says that a table goes
    on."""
    before = [own for own in raw.rejected if own.row == row - 1 and own.code == "ragged_row"]
    titles = [own.value for own in before]
    above = raw.frame.filter(pl.col(ROW) < row).tail(1)
    if not before and above.height:
        filled = list(_filled(above.row(0, named=True)).values())
        titles = filled if len(filled) == 1 else []
    return any(not _GOES_ON.search(title) for title in titles)


# ---- units


def stated_units(
    frame: pl.DataFrame, found: Mapping[str, str], thing: str | None, file: str
) -> str:
    """The unit that all rows state; "" where there are several, one to each thing.

    found : indicator, unit_of_measure, unit_multiplier -> column of the file
    thing : the indicator that is asked for; None for all
    Raises  InputError where one thing stands in several units.
    """
    parts = [found[name] for name in ("unit_of_measure", "unit_multiplier") if name in found]
    if not parts:
        return ""
    of = pl.col(found["indicator"]).cast(pl.String) if "indicator" in found else pl.lit("")
    cells = [pl.col(part).cast(pl.String).str.strip_chars().replace("", None) for part in parts]
    unit = pl.concat_str(cells, separator=", ", ignore_nulls=True).replace("", None)
    stated = frame.select(thing=of, unit=unit).drop_nulls("unit").unique().sort("thing", "unit")
    asked = stated
    if thing is not None and thing in stated["thing"]:
        asked = stated.filter(thing=thing)
    several = asked.filter(pl.col("thing").is_duplicated())
    if several.height:
        name = several["thing"][0]
        own = several.filter(thing=name)["unit"].to_list()
        about: dict[str, Value[Any]] = {"file": Name(file), "column": Name(parts[0])}
        about["name"] = Name(name or "value")
        one = frame.select(of.alias("thing"), own=cells[0]).filter(thing=name)["own"]
        about |= asking({parts[0]: one.drop_nulls().mode().sort()[0]})
        raise InputError(message("units_differ", units=listed(own[:_SHOWN]), **about), FOLDER)
    units = asked["unit"].unique().to_list()
    return units[0] if len(units) == 1 else ""


def asking(cells: Mapping[str, str]) -> dict[str, Value[Any]]:
    """How rows with these cells are asked for, on the command line and in Python, for a message."""
    asked = (f"--where {shlex.quote(f'{name}={cell}')}" for name, cell in cells.items())
    written = json.dumps(cells, ensure_ascii=False)
    return {"command": Name(" ".join(asked)), "mapping": Name(written)}


def is_of_measure(cells: pl.Series, *, throughout: bool = False) -> bool:
    """Whether a column that is headed unit holds units of measurement, and no firms or offices.

    throughout : whether all of its cells have to

    >>> is_of_measure(pl.Series(["t", "kg"])), is_of_measure(pl.Series(["财政局", "Acme"]))
    (True, False)
    """
    known = cells.drop_nulls().cast(pl.String).unique()
    fit = [bool(_OF_MEASURE.search(plain(cell))) for cell in known]
    return any(fit) and (all(fit) or not throughout)


def unit_columns(
    frame: pl.DataFrame, names: Sequence[str], wanted: Collection[str], by_hand: Mapping[str, str]
) -> dict[str, str]:
    """The columns that state units of measurement: not the one of firms or offices that is called
    so too (单位 is the owner of a result), nor another that is asked for."""
    found = guess_layout(names, ALIASES, None, "", _OF_UNITS).names()
    own = found.get(_UNIT)
    if own is None or any(plain(name) in _OF_SDMX for name in names):
        return found
    claimed = guess_layout(names, ALIASES, None, "", tuple({*wanted} - {_UNIT})).names()
    is_claimed = own in claimed.values()
    may_be_owner = is_claimed or plain(own) in _OWNERS
    is_by_hand = own in {name for column, name in by_hand.items() if column != _UNIT}
    if is_by_hand or (may_be_owner and not is_of_measure(frame[own], throughout=is_claimed)):
        del found[_UNIT]
    return found


def check_value(frame: pl.DataFrame, own: str, unused: Sequence[str], file: str) -> None:
    """Raise InputError where the value was found under the name of one thing (employment), and
    another stands beside it (GDP): nothing tells which is meant."""
    known = [alias for alias in aliases(ALIASES) if alias.column == "value" and alias.form]
    if bare(parted(own)) in {
        plain(alias.alias) for alias in known
    }:  # called a value, and nothing besides
        return
    others = [name for name in number_columns(frame, unused) if not is_no_part(name)]
    if others:
        about = {"column": Name("value"), "own": Name(own), "file": Name(file)}
        raise InputError(message("several_values", others=listed([own, *others]), **about), FOLDER)


def loaded_as_one(opened: Opened, wanted: tuple[str, ...], where: str) -> Raw:
    """The rows of one table, with the wanted columns.

    Raises  InputError where its numbers are of several units or indicators.
    """
    beside = [name for name in called(opened.names, *_KINDS) if name not in wanted]
    raw = one_table(opened.load((*wanted, *beside)), where)
    for name in beside:
        if is_of_measure(raw.frame[name]) or not called([name], "unit_of_measure"):
            stated_units(raw.frame, {"unit_of_measure": name}, None, where)
    return replace(raw, frame=raw.frame.drop(beside))


def check_rates(
    written: pl.Series, value: pl.Series, whole: float, rows: pl.Series, file: str
) -> None:
    """Raise InputError for a share or per cent of more than the whole.

    written, value : the rates as they are written, and as they are read
    whole          : what all of it is: 1 or 100; rates of more may be of anything
    rows           : the numbers of the rows
    """
    over = (value > whole * (1 + _ROUNDED)).fill_null(False)
    if over.any() and whole <= _PER_CENT:
        row, own = Count(rows.filter(over)[0]), shown(written.filter(over)[0])
        about: dict[str, Value[Any]] = {"file": Name(file), "own": Name(written.name)}
        count = Count(int(over.sum()))
        raise InputError(
            message("more_than_the_whole", row=row, value=own, count=count, **about), FOLDER
        )


# ---- flags


def flags_of(
    frame: pl.DataFrame, names: Sequence[str], file: str
) -> tuple[list[Message], set[str]]:
    """A note of how many values carry which flags, by columns of flags; and these columns, of which
    the first is told: of a code and its label, the code."""
    own = called(names, "flag")
    flags = Counter[str]()
    for name in own[:1]:
        cells = frame[name].cast(pl.String).str.strip_chars().drop_nulls()
        flags.update(cell for cell in cells if cell.casefold() not in _NO_FLAG)
    if not flags:
        return [], set(own)
    count, told = Count(flags.total()), (f"{flag} ({many})" for flag, many in sorted(flags.items()))
    return [message("flagged", file=Name(file), count=count, flags=listed(told))], set(own)


# ---- by heading


def is_of_figures(names: Sequence[str]) -> bool:
    """Whether a table states, beside places, which indicator or unit its numbers are of, as the
    World Bank and Eurostat do: these are figures of any kind, and seldom counts."""
    return bool(called(names, "place") and called(names, *_KINDS))


def is_figure(name: str) -> bool:
    """Whether a column is called as one of figures that are no counts: cost, population, EUR."""
    return bare(name) in _figures() or bool(_MONEY.search(name.casefold()))


@cache
def _figures() -> frozenset[str]:
    known = aliases(ALIASES)
    figures = {bare(alias.alias) for alias in known}
    return frozenset(figures - {bare(alias.alias) for alias in known if alias.column == "value"})


def called(names: Sequence[str], *columns: str) -> list[str]:
    """The names that are called as one of the columns is.

    >>> called(["geo", "TIME_PERIOD", "OBS_FLAG"], "year", "flag")
    ['TIME_PERIOD', 'OBS_FLAG']
    """
    known = {plain(alias.alias) for alias in aliases(ALIASES) if alias.column in columns}
    return [name for name in names if known & {plain(name), plain(parted(name))}]
