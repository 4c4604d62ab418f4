"""How a file would be read: its format and encoding, the columns that are recognised, the rows that
are kept and set aside, and the command to try next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from firstlight.sources.panels import ALIASES as OF_PANELS
from firstlight.sources.panels import Panel, read_panel
from firstlight.sources.pubmed_xml import PubmedXml
from firstlight.sources.text_records import TextRecords
from firstlight.sources.wide_tables import VALUE, year_columns
from firstlight.sources.workbooks import is_workbook
from firstlight.texts import Code, Count, Name, Year, message, names

# of each that are told
MOST_FILES, MOST_COLUMNS, MOST_REASONS, MOST_MEASUREMENTS = 5, 12, 3, 6
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
    if headings and (fitting := _measurements(headings)):
        yield _measured(path, "well", "table", fitting)
        yield from _as_measured(path, encoding, fitting[0])
    elif headings and (fitting := _measurements(headings, but=VALUE)):
        yield _measured(path, "well", "table_of_figures", fitting)
    else:
        yield of_error(error)


def _as_measured(path: Path, encoding: str | None, name: str) -> Iterator[Finding]:
    """What a measurement would be told of a table, or why it can't read it."""
    declared = measurement(name)
    needs = columns_needed(declared, dict.fromkeys(declared.parameters), path)
    try:
        panel = read_panel(path, needs, encoding=encoding)
    except InputError as error:
        yield of_error(error)
        return
    yield from _aside(panel)
    for note in panel.notes:
        yield said("note", "reader", text=noted(note))


def _measured(path: Path, state: State, code: str, fitting: list[str]) -> Finding:
    """Which measurements a table has the columns of, and how to ask for the first."""
    quoted = Name(shlex.quote(str(path)))
    code_after = "measure_value" if code == "table_of_figures" else "measure_help"
    after = message(code_after, name=Name(fitting[0]), source=quoted)
    return said(state, code, after, measurements=names(fitting, most=MOST_MEASUREMENTS))


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


def _measurements(headings: Sequence[str], but: str = "") -> list[str]:
    """The measurements whose needed columns a table has, those with most of them first.

    but : a needed column that is to be named by hand, for which another heading must be left
    """
    headings = _long_headings(headings)
    fitting = []
    for name in folders():
        columns = measurement(name).columns
        needed = [own.name for own in columns if own.default is not None and not own.may_be_absent]
        known = guess_layout(headings, OF_PANELS, None, "", tuple(needed)).names()
        known |= columns_with_units(headings, OF_PANELS, needed, known)
        wanted = set(needed) - {but}
        is_left = not but or (but in needed and len(headings) > len(known))
        if len(needed) > 1 and is_left and wanted <= set(known):
            fitting.append((-len(needed), name))
    return [name for _, name in sorted(fitting)]
