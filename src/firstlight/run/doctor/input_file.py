"""How a file would be read: its format and encoding, the columns that are recognised, the rows that
are kept and set aside, and the command to try next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import FirstlightError, InputError, shown
from firstlight.measurement import folders, measurement
from firstlight.run.doctor.findings import Finding, State, of_error, said
from firstlight.run.inputs import columns_needed
from firstlight.run.reading import noted, why_set_aside
from firstlight.sources import (
    Counts,
    Documents,
    holds_counts,
    looks_like_counts,
    read_counts,
    read_documents,
)
from firstlight.sources.archives import Content, compression
from firstlight.sources.columns import columns_with_units, guess_layout
from firstlight.sources.delimited import Delimited
from firstlight.sources.document_rows import ALIASES as OF_DOCUMENTS
from firstlight.sources.formats import list_contents, open_content
from firstlight.sources.indicators import INDICATOR, SEVERAL
from firstlight.sources.panel_rows import COLLAPSED
from firstlight.sources.panels import ALIASES as OF_PANELS
from firstlight.sources.panels import Panel, read_panel
from firstlight.sources.pubmed_xml import PubmedXml
from firstlight.sources.text_records import TextRecords
from firstlight.sources.wide_tables import VALUE, year_columns
from firstlight.sources.workbooks import is_workbook
from firstlight.texts import Code, Count, List, Name, Year, message, names

# of each that are told
MOST_FILES, MOST_COLUMNS, MOST_REASONS, MOST_MEASUREMENTS = 5, 12, 3, 6
# codes that head columns and stand among the first columns, of a square table
FEWEST_CODES, MOST_STUBS = 5, 3
SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}


def of_file(
    path: Path,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    observed: Path | None = None,
) -> list[Finding]:
    """What is found of a file or a folder of files.

    columns  : canonical column -> column of the file, where a project names them
    encoding : of the text, where a project names it
    observed : what is observed to read it: the project that names it, or else the file itself
    """
    try:
        contents, notes = list_contents(path)
        found = [_format(replace(own, encoding=encoding or "")) for own in contents[:MOST_FILES]]
        if len(contents) > MOST_FILES:
            found.append(said("well", "more_files", count=Count(len(contents) - MOST_FILES)))
        found += [said("note", "reader", text=noted(note)) for note in notes]
        return [*found, *_rows(path, columns, encoding, observed or path)]
    except FirstlightError as error:
        return [of_error(error)]


def _format(content: Content) -> Finding:
    """The format of a file, by what would read it."""
    opened = open_content(content, OF_DOCUMENTS)
    packed = compression(content)
    about: dict[str, Any] = {
        "file": Name(content.name),
        "columns": names(opened.names, most=MOST_COLUMNS),
        "count": Count(len(opened.names)),
    }
    if isinstance(opened, Delimited):
        sign = opened.dialect.delimiter
        about["separator"] = shown(repr(sign))
        if sign in SEPARATORS:
            about["separator"] = Code(f"codes.separator.{SEPARATORS[sign]}")
        about["encoding"] = Name(opened.encoding.name)
        return said("well", "delimited", **about)
    kind = type(opened).__name__.lower()
    if is_workbook(content.name):
        kind = "workbook"
    about["kind"] = Code(f"codes.format.{kind}")
    if packed:
        return said("well", "packed", **about)
    return said("well", "format", **about)


def _rows(
    path: Path, columns: Mapping[str, str] | None, encoding: str | None, observed: Path
) -> Iterator[Finding]:
    """What the rows are taken for, what is kept and set aside, and which command reads them."""
    read: Counts | Documents
    if not columns and _is_square(path, encoding):
        chains = [name for name in folders() if {"supplier", "user"} <= {*_needed(name)}]
        yield _measured(
            path, "well", "square_table", ["structure", *sorted({*chains} - {"structure"})]
        )
        yield from _as_measured(path, encoding, "structure")
        return
    if holds_counts(path, columns, encoding):
        kind, read = "counts", read_counts(path, columns, encoding=encoding)
    else:
        try:
            kind, read = "documents", read_documents(path, columns=columns, encoding=encoding)
        except InputError as error:
            # Whoever names columns of documents wants to know why they can't be read as such.
            if columns:
                yield of_error(error)
            else:
                yield from _as_table(path, encoding, error)
            return
    pairs = names((f"{ours} = {theirs}" for ours, theirs in read.mapping.items()), MOST_COLUMNS)
    yield said("well", "mapping", kind=Code(f"codes.rows.{kind}"), columns=pairs)
    yield _kept(observed, read)
    yield from _aside(read)
    for note in read.notes:
        yield said("note", "reader", text=noted(note))
    if kind != "counts":
        return
    headings = _headings(path, encoding)
    is_sure = looks_like_counts(headings) and not year_columns(headings)
    if not is_sure and (fitting := _measurements(headings)):
        # A column for each year, or the only one of numbers, may hold counts or any other figure.
        yield _measured(path, "note", "also_table", fitting)


def _kept(observed: Path, read: Counts | Documents) -> Finding:
    """How many rows are kept, and of which years."""
    frame = read.table.frame
    # Rows that were added to another are used as well.
    used = frame.height + (read.summed if isinstance(read, Counts) else 0)
    rows = {"count": Count(used), "rows": Count(read.rows)}
    if not frame.height:
        return said("wrong", "nothing_kept_of_rows", message("mend"), **rows)
    if "year" in frame.columns:
        year = frame["year"]
    else:
        year = frame["date"].dt.year()
    span = {"first": Year(int(year.min() or 0)), "last": Year(int(year.max() or 0))}
    after = message("observe", source=Name(shlex.quote(str(observed))))
    return said("well", "kept", after, **rows, **span)


def _aside(read: Counts | Documents | Panel) -> Iterator[Finding]:
    """The commonest reasons for which rows are set aside, each with the first such row."""
    rows = read.set_aside
    reasons = rows.group_by("code", maintain_order=True).len()
    for code, count in reasons.sort("len", descending=True).head(MOST_REASONS).iter_rows():
        first = rows.filter(code=code).row(0, named=True)
        place: dict[str, Any] = {"file": Name(first["file"]), "row": Count(first["row"])}
        yield said("note", "aside", None, count=Count(count), reason=why_set_aside(code), **place)


def _as_table(path: Path, encoding: str | None, error: InputError) -> Iterator[Finding]:
    """The measurements whose columns a table has; the error of reading documents where it has those
    of none."""
    headings = _headings(path, encoding)
    fitting, of_figures = _measurements(headings), _measurements(headings, but=VALUE)
    asked = (map(_needed, own[:1]) for own in (fitting, of_figures))
    most, others = (max(map(len, own), default=0) for own in asked)
    likely = of_figures
    if others <= most:
        likely = fitting
    if not likely:
        yield of_error(error)
        return
    read = list(_as_measured(path, encoding, likely[0]))
    lack = read[0].error if read else None
    if lack and _is_of_the_value(lack):
        whole = [name for name in of_figures if not _collapses(path, encoding, name)]
        yield _measured(path, "note", "table_of_figures", whole or of_figures)
        if not whole:
            yield from _as_measured(path, encoding, of_figures[0], but=VALUE)
        return
    if likely is fitting:
        yield _measured(path, "well", "table", fitting)
    elif lack is None:  # a single column of numbers is left, and is the value
        yield _measured(path, "well", "table", [*of_figures, *fitting])
    elif fitting and lack.code == "columns_missing":
        yield _measured(path, "well", "table", fitting)
        read = list(_as_measured(path, encoding, fitting[0]))
    yield from read


def _is_of_the_value(lack: FirstlightError) -> bool:
    """Whether a table can't be read only because its value is to be named by hand."""
    if lack.code == "columns_missing":
        return lack.values["wanted"] == names([VALUE])
    return lack.code == "several_values"


def _collapses(path: Path, encoding: str | None, name: str) -> bool:
    """Whether rows that differ would be one to a measurement, since it doesn't read in what."""
    read = _as_measured(path, encoding, name, but=VALUE)
    return any(each.state == "wrong" for each in read)


def _as_measured(path: Path, encoding: str | None, name: str, but: str = "") -> Iterator[Finding]:
    """What a measurement would be told of a table, or why it can't read it; of several indicators
    what they are, and what it would be told of the first.

    but : a column that is left out, since it is to be named by hand
    """
    declared = measurement(name)
    every = columns_needed(declared, dict.fromkeys(declared.parameters), path)
    needs = [need for need in every if need.name != but]
    where = dict[str, str]()
    try:
        try:
            panel = read_panel(path, needs, encoding=encoding)
        except InputError as error:
            if error.code != SEVERAL:
                raise
            where[INDICATOR] = error.values["cell"].value
            yield _indicators(path, name, error)
            panel = read_panel(path, needs, where=where, encoding=encoding)
    except InputError as error:
        yield of_error(error)
        return
    yield from _aside(panel)
    for note in panel.notes:
        state: State = "wrong" if note.code == COLLAPSED else "note"
        after = message("name_column") if note.code == COLLAPSED else None
        yield said(state, "reader", after, text=noted(note))


def _indicators(path: Path, name: str, error: InputError) -> Finding:
    """What each number of a table is, as its error lists it, and how to ask for one."""
    values = dict(error.values)
    asked = Name(shlex.quote(values.pop("cell").value))
    after = message(
        "measure_indicator", name=Name(name), source=Name(shlex.quote(str(path))), cell=asked
    )
    cells = List(values.pop("cells").value, MOST_COLUMNS)
    about = {own: values[own] for own in ("column", "file", "count")}
    return said("well", "indicators", after, cells=cells, **about)


def _measured(path: Path, state: State, code: str, fitting: list[str]) -> Finding:
    """Which measurements a table has the columns of, and how to ask for the first."""
    quoted = Name(shlex.quote(str(path)))
    code_after = "measure_value" if code == "table_of_figures" else "measure_help"
    after = message(code_after, name=Name(fitting[0]), source=quoted)
    return said(state, code, after, measurements=names(fitting, most=MOST_MEASUREMENTS))


def _is_square(path: Path, encoding: str | None) -> bool:
    """Whether the first of a table's columns hold the codes that head the others, as in an
    input-output table."""
    headings = {*_headings(path, encoding)}
    if len(headings) <= FEWEST_CODES:
        return False
    opened = open_content(replace(list_contents(path)[0][0], encoding=encoding or ""), OF_PANELS)
    names_first = tuple(opened.names[:MOST_STUBS])
    frame = opened.load(names_first).frame
    codes = ({*frame[name].cast(pl.String).drop_nulls()} for name in names_first)
    return any(len(own & headings) >= max(FEWEST_CODES, len(own) / 2) for own in codes)


def _headings(path: Path, encoding: str | None) -> Sequence[str]:
    """The headings of the first table; none where the file is no table."""
    contents, _ = list_contents(path)
    first = replace(contents[0], encoding=encoding or "")
    opened = open_content(first, OF_PANELS)
    if isinstance(opened, TextRecords | PubmedXml):
        return []
    return opened.names


def _long_headings(headings: Sequence[str]) -> list[str]:
    """The headings that a table with a column for each year has once it is made long."""
    by_year = year_columns(headings)
    if not by_year:
        return list(headings)
    kinds = list(dict.fromkeys(kind for kind, _ in by_year.values()))
    if len(kinds) == 1:
        kinds = [VALUE]
    rest = [name for name in headings if name not in by_year]
    return [*rest, "year", *kinds]


def _needed(name: str) -> list[str]:
    """The columns that a measurement needs under names of its own."""
    columns = measurement(name).columns
    return [own.name for own in columns if own.default is not None and not own.may_be_absent]


def _measurements(headings: Sequence[str], but: str = "") -> list[str]:
    """The measurements whose needed columns a table has, those with most of them first.

    but : a needed column that is to be named by hand, for which another heading must be left
    """
    headings = _long_headings(headings)
    fitting = []
    for name in folders():
        needed = _needed(name)
        known = guess_layout(headings, OF_PANELS, None, "", tuple(needed)).names()
        known |= columns_with_units(headings, OF_PANELS, needed, known)
        wanted = set(needed) - {but}
        is_left = not but or (but in needed and len(headings) > len(known))
        if len(needed) > 1 and is_left and wanted <= set(known):
            fitting.append((-len(needed), name))
    return [name for _, name in sorted(fitting)]
