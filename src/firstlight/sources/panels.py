"""Panels in: units, technologies or places through the years, with one or more columns of numbers,
as one tidy table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from firstlight.errors import InputError
from firstlight.nouns import Snapshot, Table
from firstlight.sources.beside_numbers import ALIASES, called, check_value, flags_of, one_table
from firstlight.sources.columns import (
    Alias,
    Headings,
    Layout,
    aliases,
    as_headed,
    bare,
    guess_layout,
    missing_columns,
    named_in_part,
    plain,
)
from firstlight.sources.dated_columns import also_of
from firstlight.sources.dates import fiscal_years
from firstlight.sources.delimited import Delimited
from firstlight.sources.formats import only_a_header, open_given
from firstlight.sources.frames import Frame
from firstlight.sources.indicators import INDICATOR, apart_from, rows_where
from firstlight.sources.jsonlines import with_all_keys
from firstlight.sources.number_columns import number_columns
from firstlight.sources.panel_forms import (
    MEASURED_IN,
    NO_HEADINGS,
    by_heading,
    by_indicator,
    corner_of,
    is_known,
    of_measure,
    with_corner,
)
from firstlight.sources.panel_rows import Column, named_after, one_name_each, repeated, tidy_rows
from firstlight.sources.plan_lists import TEXT_PART, PlanList, is_plain_text
from firstlight.sources.published_tables import without_remarks
from firstlight.sources.raw import ROW, TEXTS, Opened, Raw, said_once
from firstlight.sources.renamed_units import under_latest_names
from firstlight.sources.setaside import SCHEMA, gather, rejected_rows, with_reasons
from firstlight.sources.totals import totals_among
from firstlight.sources.two_languages import in_chinese
from firstlight.sources.wide_tables import VALUE, long_from_periods, month_columns, year_columns
from firstlight.texts import Count, List, Message, Name, Year, message
from firstlight.texts import names as listed

__all__ = ["ALIASES", "Column", "Panel", "read_panel"]

FOLDER = Path(__file__).parent
# what tells how a table is laid out, whatever is measured
_OF_FORM = (INDICATOR, VALUE, MEASURED_IN)
Columns = dict[str, tuple[str, Alias]]
_SAID = 200  # characters that are told of what stands below a table


@dataclass(frozen=True)
class Panel:
    """A tidy panel, sorted by its key, and every row that did not become part of it.

    table     : frame with the columns that were asked for, the key first; texts, Int32 years,
                Float64 numbers
    set_aside : file, row, column, value, code, reason, reason_zh
    snapshots : the exact bytes that were read
    mapping   : canonical column -> column of the file
    notes     : what else a reader should know
    rows      : rows read (of a wide table: filled cells of its year columns)
    places    : file and row that each row of the table comes from
    totals    : names that were left out, since they are totals of the others
    passed_over : labels that stand in the table in another language than those that were read
    """

    table: Table
    set_aside: pl.DataFrame
    snapshots: tuple[Snapshot, ...]
    mapping: Mapping[str, str]
    notes: tuple[Message, ...]
    rows: int
    places: pl.DataFrame
    encoding: str = ""
    totals: tuple[str, ...] = ()
    passed_over: frozenset[str] = frozenset()


def read_panel(
    source: Frame,
    needs: Sequence[Column],
    columns: Mapping[str, str] | None = None,
    *,
    is_summed: bool | str | None = False,
    has_totals: bool = True,
    where: Mapping[str, str] | None = None,
    encoding: str | None = None,
    lang: str = "en",
) -> Panel:
    """Read a table of the columns that a measurement needs, long or wide, into one tidy panel.

    Columns are found by their names, English or Chinese (``panel_columns.csv``); where a single one
    is not found and a single column of its kind is left, that one is taken, and a note says so.
    Columns named for years are turned into rows, and indicators that stand in rows into columns.

    source    : a file (CSV, TSV, JSON lines, Parquet, Excel, Stata), a folder, or a frame, as in
                `read_documents`
    needs     : the columns to find, in the order of the result
    columns   : canonical column -> column of the file, where the guess is wrong
    is_summed : add rows of the same key (each is a part of the whole), which no column that isn't
                read tells apart but the one that is named here; otherwise such rows are refused,
                and the error offers to add them, unless None
    has_totals : whether names that are totals of the others stay in; otherwise they are set aside
    where     : column of the file -> the cell of the rows that are read; under "indicator" a cell
                of the column that says what each number is
    encoding  : of text files that aren't UTF-8; found by their bytes unless given
    lang      : "zh" takes labels in Chinese where a table has them in two languages
    Returns Panel.
    Raises  InputError where nothing can be read, a column is missing, or a key stands twice with
            different values.

    >>> needs = (Column("place", "text", "place"), Column("year", "year", "year"),
    ...     Column("value", "number", "any"))
    >>> read_panel(pl.DataFrame({"地区": ["北京"], "2019年": [1.0], "2020年": ["1,250"]}, strict=False),
    ...     needs).table.frame.rows()
    [('北京', 2019, 1.0), ('北京', 2020, 1250.0)]
    """
    given = open_given(source, ALIASES, columns, encoding=encoding)
    parts, aside, rows = list[pl.DataFrame](), list[pl.DataFrame](), 0
    notes, mapping = list(given.notes), dict[str, str]()
    units = {need.name: need.unit for need in needs}
    passed_over, apart = frozenset[str](), dict[str, pl.DataFrame]()
    for file, opened in given.opened:
        read = _read_file(file, opened, needs, columns or {}, where or {})
        if lang == "zh":
            layout, others = in_chinese(read.raw.frame, read.layout, needs, columns or {})
            told = _unused(read.notes, read.layout.names(), layout.names())
            read = replace(read, layout=layout, notes=told)
            passed_over |= others
        kept, unusable, told, written = tidy_rows(read.raw, read.layout, needs, file, read.of_year)
        kept, listed = one_name_each(kept, needs, file)
        parts.append(kept)
        aside += [rejected_rows(file, read.raw.rejected), unusable]
        notes += [*read.notes, *told, *listed]
        rows += read.raw.rows
        apart[file] = _apart(read)
        units |= {
            name: TEXTS.say("en", "phrases", "in_unit", what=Name(units[name]), unit=Name(unit))
            for name, unit in {**written, **read.units}.items()
            if unit
        }
        for column, used in read.layout.names().items():
            mapping.setdefault(column, used)
    if not rows:
        raise only_a_header(given)
    key = [need.name for need in needs if need.kind != "number" and not need.is_label]
    frame, twice, summed = repeated(pl.concat(parts), key, is_summed, mapping, apart)
    frame, renamed = under_latest_names(frame)
    totals: Mapping[str, Sequence[str]] = {}
    if not has_totals:
        totals = totals_among(frame.drop("file", "row"))
    frame, whole = _without(frame, totals, mapping)
    frame = frame.sort(key, nulls_last=True)
    order = [need.name for need in needs]
    table = Table("tidy.files__panel", frame.select(order), tuple(key), units)
    return Panel(
        table,
        gather([*aside, twice, whole]),
        given.snapshots,
        mapping,
        said_once([*notes, *summed, *renamed]),
        rows,
        frame.select("file", "row"),
        encoding or "",
        tuple(dict.fromkeys(name for names in totals.values() for name in names)),
        passed_over,
    )


def _unused(
    notes: Sequence[Message], before: Mapping[str, str], now: Mapping[str, str]
) -> list[Message]:
    """The notes, where other columns of the file are read than before: what was unused is used, and
    the other way round."""
    instead = {now[need]: Name(name) for need, name in before.items() if now[need] != name}
    told = []
    for note in notes:
        others = note.values.get("others")
        if note.code == "unused" and isinstance(others, List):
            left = tuple(instead.get(str(own.value), own) for own in others.value)
            note = note._replace(values={**note.values, "others": replace(others, value=left)})
        told.append(note)
    return told


def _without(
    frame: pl.DataFrame, totals: Mapping[str, Sequence[str]], mapping: Mapping[str, str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows without those of the totals, and these, set aside."""
    aside = [pl.DataFrame(schema=SCHEMA)]
    for key, names in totals.items():
        is_total = pl.col(key).is_in(names).fill_null(False)
        place = {"column": pl.lit(mapping.get(key, key)), "value": pl.col(key)}
        rows = frame.filter(is_total).select("file", "row", code=pl.lit("total"), **place)
        aside.append(with_reasons(rows))
        frame = frame.filter(~is_total)
    return frame, pl.concat(aside)


def _apart(read: _Read) -> pl.DataFrame:
    """The columns that nothing was read from, and that may tell rows of one key apart."""
    names = [name for name in read.raw.frame.columns if name != ROW]
    return read.raw.frame.select(ROW, *apart_from(read.raw.frame, names, read.layout.names()))


@dataclass(frozen=True)
class _Read:
    """One file in long form: its rows, which column is which, the units that it states, and notes.

    of_year : where the table was wide, "what year" -> the column of the file
    """

    raw: Raw
    layout: Layout
    units: Mapping[str, str]
    notes: Sequence[Message]
    of_year: Mapping[str, str]


def _read_file(
    file: str,
    opened: Opened,
    needs: Sequence[Column],
    by_hand: Mapping[str, str],
    where: Mapping[str, str],
) -> _Read:
    opened = _as_list(file, with_all_keys(opened), needs, by_hand)
    # The index that some programs write has no name; what Polars takes for a pattern names none.
    names = [name for name in opened.names if name not in NO_HEADINGS and not _is_pattern(name)]
    names += [name for name in NO_HEADINGS if name and name in by_hand.values()]
    header = opened.header if isinstance(opened, Delimited) else opened.names
    corner = [name for name in corner_of(header, needs) if name not in names]
    raw = opened.load((*corner, *names))
    if corner:
        raw, names = with_corner(raw, names, needs, by_hand)
    frame, remarks = without_remarks(raw.frame, names)
    raw = one_table(replace(raw, frame=frame), file)
    frame, told = rows_where(raw.frame, where, file)
    raw = replace(raw, frame=frame)
    names = _one_each(frame, names, needs)
    asked, by_hand = by_hand, as_headed(by_hand, names)
    notes = [*raw.notes, *_below(remarks, file), *told]
    by_year = _year_columns(raw.frame, names, needs, by_hand)
    if by_year:
        frame = long_from_periods(raw.frame, by_year, file)
        kinds = list(dict.fromkeys(kind for kind, _ in by_year.values()))
        filled = pl.any_horizontal(
            pl.col(kind).cast(pl.String).str.strip_chars().fill_null("") != "" for kind in kinds
        )
        left = frame.filter(filled)
        raw = replace(raw, frame=left)
        notes.append(_turned(file, by_year, frame.height - left.height))
        if fiscal_years(by_year):
            notes.append(message("fiscal_years", file=Name(file)))
        names = [name for name in left.columns if name != ROW]
        by_hand = as_headed(by_hand, names)
    elif "month" not in {need.name for need in needs}:
        _check_months(names, by_hand, file)
    frame, measured_in, own = by_indicator(raw.frame, names, needs, by_hand, file)
    if frame is not raw.frame:
        raw = replace(raw, frame=frame)
        names = [name for name in frame.columns if name != ROW]
        by_hand = as_headed(by_hand, names)
    by_hand = {**own, **by_hand}
    notes += _read_as(asked, by_hand, file)
    frame, turned = by_heading(frame, names, needs, by_hand, file)
    notes += turned
    if frame is not raw.frame:
        raw = replace(raw, frame=frame)
        names = [name for name in frame.columns if name != ROW]
    wanted = {need.name for need in needs}
    own_hand = {
        column: name
        for column, name in by_hand.items()
        if column not in _OF_FORM or column in wanted
    }
    if MEASURED_IN not in wanted:
        units_in = of_measure(frame, names, needs, own_hand).values()
        names = [name for name in names if name not in {*units_in} - {*own_hand.values()}]
    layout, told = _layout(raw.frame, names, needs, own_hand, file)
    units = {need.name: measured_in for need in needs if need.kind == "number" and measured_in}
    of_year = {f"{kind} {year}": name for name, (kind, year) in by_year.items()}
    return _Read(raw, layout, units, [*notes, *told], of_year)


def _one_each(frame: pl.DataFrame, names: Sequence[str], needs: Sequence[Column]) -> list[str]:
    """The names without what a publisher writes twice, as a code and as its label: a column that
    holds nothing where another is called so as well, and the code of the unit of measure."""
    order = tuple(need.name for need in needs)
    found = guess_layout(names, ALIASES, None, "", order).names()
    texts = [name for name in found.values() if frame.schema[name] == pl.String]
    held = frame.select(pl.col(texts).str.strip_chars().replace("", None).count())
    empty = {name for name in texts if frame.height and not held[name][0]}
    kept = [name for name in names if name not in empty]
    if found.keys() - guess_layout(kept, ALIASES, None, "", order).columns.keys():
        kept = list(names)
    codes = {name for name in kept if f"{name}.value" in kept}  # of the World Bank's JSON
    if any(plain(name) == "unit of measure" for name in kept):
        codes |= {name for name in kept if plain(name) == "unit"}
    return [name for name in kept if name not in codes]


def _check_months(names: Sequence[str], by_hand: Mapping[str, str], file: str) -> None:
    """Raise InputError for a table with a column for each month or quarter: its years are to be
    made by somebody who knows whether they are sums or averages."""
    months = month_columns(names)
    if len(months) > len(names) / 2 and not is_known("year", names, by_hand):
        told = message("headed_by_months", columns=listed(months, most=3), file=Name(file))
        raise InputError(told, FOLDER)


def _below(remarks: Sequence[str], file: str) -> list[Message]:
    said = "; ".join(remarks)[:_SAID]
    return [message("below_the_table_of_text", file=Name(file), said=Name(said))] if said else []


def _read_as(asked: Mapping[str, str], found: Mapping[str, str], file: str) -> list[Message]:
    """Which columns were named by hand otherwise than the file heads them."""
    return [
        message("read_from", column=Name(column), own=Name(found[column]), file=Name(file))
        for column, name in asked.items()
        if found[column] != name
    ]


def _year_columns(
    frame: pl.DataFrame, names: Sequence[str], needs: Sequence[Column], by_hand: Mapping[str, str]
) -> dict[str, tuple[str, int]]:
    """The columns that are named for years, as `year_columns` has them; none where the years stand
    in a column, or where the headings are what a need asks for: codes, such as 2111, look like
    years."""
    if is_known("year", names, by_hand):
        return {}
    by_year = year_columns(names)
    heading = next((need.name for need in needs if need.is_heading), None)
    if not by_year or heading is None or is_known(heading, names, by_hand):
        return by_year
    # Among codes few look like years; where most columns of numbers do, they are years.
    if len(by_year) <= len(number_columns(frame, names)) / 2:
        return {}
    return by_year


def _as_list(
    file: str, opened: Opened, needs: Sequence[Column], by_hand: Mapping[str, str]
) -> Opened:
    """A text without columns as the list of its lines, where a table's rows may be lines."""
    takes_lines = any(need.name == TEXT_PART for need in needs)
    if not takes_lines or not isinstance(opened, Delimited) or not is_plain_text(file):
        return opened
    asked = [need.name for need in needs if need.if_absent == "error"]
    if any(is_known(name, opened.names, by_hand) for name in asked):
        return opened
    return PlanList(opened.content)


def _is_pattern(name: str) -> bool:
    return name == "*" or (name.startswith("^") and name.endswith("$"))


def _turned(file: str, by_year: Mapping[str, tuple[str, int]], empty: int) -> Message:
    years = [year for _, year in by_year.values()]
    return message(
        "wide_by_year_with_gaps" if empty else "wide_by_year",
        file=Name(file),
        first=Year(min(years)),
        last=Year(max(years)),
        count=Count(empty),
    )


def _layout(
    frame: pl.DataFrame,
    names: list[str],
    needs: Sequence[Column],
    by_hand: Mapping[str, str],
    file: str,
) -> tuple[Layout, list[Message]]:
    """Which column is which: by what it is called, and at last the only one that is left."""
    needs = [need for need in needs if not need.secret_of]
    columns = _by_name(names, needs, by_hand, file)
    notes: list[Message] = []
    by_part, only_left = set[str](), set[str]()
    for need in _absent(needs, columns, "error"):
        if need.kind == "number" or need.is_exact:
            continue  # of numbers a part of the name says too little: GDP growth is no GDP
        left = [name for name in names if name not in _taken(columns)]
        if need.kind == "text":  # a region's population is not its name; codes of industries are
            left = _left(frame, names, columns, "text") or left
        if len(in_part := named_in_part(left, ALIASES, need.name)) == 1:
            columns |= _under(need.name, in_part[0])
            by_part.add(need.name)
    for kind in ("text", "number"):
        absent = [need for need in _absent(needs, columns, "error") if need.kind == kind]
        candidates = [need for need in absent if not need.is_exact]
        if len(candidates) != 1:
            continue
        left = _left(frame, names, columns, kind)
        if len(left) == 1:
            columns |= _under(candidates[0].name, left[0])
            only_left.add(candidates[0].name)
            about = {"column": Name(candidates[0].name), "own": Name(left[0])}
            notes.append(message("only_one_left", file=Name(file), **about))
    order = [need.name for need in needs]
    columns |= also_of(frame, order, columns)
    unused = [name for name in names if name not in _taken(columns)]
    if VALUE in order and VALUE not in columns:
        about = {"column": Name(VALUE), "file": Name(file)}
        for name in number_columns(frame, unused)[:1]:
            notes.append(message("no_value", own=Name(name), **about))
            unused.remove(name)
    if VALUE in columns and VALUE not in by_hand:
        check_value(frame, columns[VALUE][0], unused, file)
    notes += [
        message("read_from", column=Name(name), own=Name(found), file=Name(file))
        for name, (found, _) in columns.items()
        if name in by_part
        or (name not in {*by_hand, *only_left} and plain(name) != plain(found) != bare(found))
    ]
    notes += _also_fit(frame, names, needs, columns, by_hand, file)
    layout = Layout("*", {name: columns[name] for name in order if name in columns})
    flags, of_flags = flags_of(frame, unused, file)
    notes += flags
    if unused := [name for name in unused if name not in of_flags]:
        count, others = Count(len(unused)), listed(unused[:5])
        notes.append(message("unused", file=Name(file), count=count, others=others))
    wanted = [need.name for need in _absent(needs, columns, "error")]
    if wanted:
        raise missing_columns(names, layout, wanted, file, table=needs[0].table)
    about = {"file": Name(file), "name": Name(named_after(file))}
    notes += [
        message("named_after_file", column=Name(need.name), **about)
        for need in _absent(needs, columns, "file")
    ]
    return layout, notes


def _also_fit(
    frame: pl.DataFrame,
    names: Sequence[str],
    needs: Sequence[Column],
    columns: Columns,
    by_hand: Mapping[str, str],
    file: str,
) -> list[Message]:
    """Which other columns are called as one that had to be found is, and were not taken."""
    notes = []
    for need in needs:
        if need.name in by_hand or need.name not in columns or need.if_absent != "error":
            continue
        known = {plain(alias.alias) for alias in aliases(ALIASES) if alias.column == need.name}
        left = _left(frame, names, columns, need.kind)
        if others := [name for name in left if known & {plain(name), bare(name)}]:
            about = {"column": Name(need.name), "own": Name(columns[need.name][0])}
            notes.append(message("also_fit", file=Name(file), others=listed(others), **about))
    return notes


def _by_name(
    names: list[str], needs: Sequence[Column], by_hand: Mapping[str, str], file: str
) -> Columns:
    """Which column is which: by hand, by alias, by its own name, and with a unit besides."""
    order = tuple(need.name for need in needs)
    exact = {need.name for need in needs if need.is_exact} - set(by_hand)
    guessed = guess_layout(names, ALIASES, by_hand, file, order).columns
    columns = {name: found for name, found in guessed.items() if name not in exact}
    headings = Headings(names)
    for name in order:
        same = headings.alike(name, _taken(columns))
        if name not in columns and same:
            columns |= _under(name, same)
    for alias in aliases(ALIASES):  # headings that say their unit besides: 投资额（亿元）
        if alias.column not in order or alias.column in {*columns, *exact}:
            continue
        if same := headings.alike(alias.alias, _taken(columns)):
            columns[alias.column] = (same, alias)
    if "technology" in order and "technology" not in columns:
        # What is followed through the years may be indicators.
        for name in guess_layout(names, ALIASES, None, file, (INDICATOR,)).names().values():
            columns |= _under("technology", name)
    return columns


def _under(column: str, name: str) -> Columns:
    return {column: (name, Alias(column, name, "*", (), ""))}


def _taken(columns: Columns) -> set[str]:
    return {name for name, _ in columns.values()}


def _absent(needs: Sequence[Column], columns: Columns, if_absent: str) -> list[Column]:
    return [need for need in needs if need.name not in columns and need.if_absent == if_absent]


def _left(frame: pl.DataFrame, names: Sequence[str], columns: Columns, kind: str) -> list[str]:
    """The columns of numbers, or the others, that are nothing yet."""
    taken = _taken(columns)
    rest = [name for name in names if name not in taken]
    numbers = number_columns(frame, rest)
    if kind == "number":
        return numbers
    of_form = called(rest, "frequency")  # which is "A" throughout, and nobody's name
    return [name for name in rest if name not in {*numbers, *of_form}]
