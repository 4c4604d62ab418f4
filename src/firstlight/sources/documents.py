"""Documents in: any publisher's file as one tidy table, with every unusable row set aside and
named."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import polars as pl

from firstlight.errors import InputError
from firstlight.nouns import Snapshot, Table
from firstlight.sources.columns import (
    GENERIC,
    Alias,
    Layout,
    guess_layout,
    missing_columns,
)
from firstlight.sources.document_rows import ALIASES, SCHEMA, UNITS, is_dated, tidy_rows
from firstlight.sources.formats import Given, only_a_header, open_given
from firstlight.sources.frames import Frame
from firstlight.sources.raw import Opened, Raw, said_once
from firstlight.sources.setaside import gather, rejected_rows, with_reasons
from firstlight.texts import Count, Message, Name, Phrase, message, names

OF_COUNTS = "count_columns.csv"
ENORMOUS = 1_000_000
_YEAR_IN_NAME = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
MADE = "made:"  # begins the ids of documents that have none of their own

TURNED_DOWN = ("rejected", "withdrawn", "retracted")  # values of the column status


def made_ids(frame: pl.DataFrame) -> pl.Series:
    """The id column, with a stable id where it is missing: a hash of title, date and first author.

    frame : id, title, abstract, date, authors; an abstract stands for a title that is missing, or
            all of a year would be one document
    """
    missing = frame["id"].is_null()
    if not missing.any():
        return frame["id"]
    parts = frame.filter(missing).select(
        pl.coalesce("title", "abstract"),
        pl.col("date").cast(pl.String),
        pl.col("authors").list.first(),
    )
    made = [_made_id(*row) for row in parts.iter_rows()]
    places = missing.arg_true()
    return frame["id"].scatter(places, pl.Series(made, dtype=pl.String))


def _made_id(title: str | None, date: str | None, author: str | None) -> str:
    # A sign that no text holds any more, so that no two parts run together.
    text = "\x1f".join((title or "", date or "", author or ""))
    return MADE + hashlib.sha256(text.encode()).hexdigest()[:20]


def split_duplicates(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The documents to keep, and the others with ``code``: 'duplicate_row' (all columns equal),
    'duplicate_id', or 'duplicate_title' where the file gives no id.

    Of several documents with one id one that was not turned down or taken back is kept, of these
    the one with the earliest date, then the one with the longest abstract, then the first by title,
    abstract and every other column.

    frame : the columns of the documents table, plus file_number and row
    """
    twice = frame["id"].is_duplicated()
    if not twice.any():
        return frame, frame.clear().with_columns(code=pl.lit(None, pl.String))
    places = [name for name in frame.columns if name in ("file_number", "row")]
    content = [name for name in frame.columns if name not in places]
    keys = [_as_text(frame, name) for name in content]
    group = frame.filter(twice)
    is_out = pl.col("status").is_in(TURNED_DOWN).fill_null(False)
    order = group.select(
        *keys, *places, place=pl.int_range(pl.len()), length=-_length("abstract"), is_out=is_out
    )
    order = order.sort(
        "id", "is_out", "date", "length", "title", "abstract", *content, *places, nulls_last=True
    )
    first = pl.struct(content).first().over("id")
    marked = order.with_columns(
        is_kept=pl.int_range(pl.len()).over("id") == 0,
        code=pl.when(pl.struct(content) == first)
        .then(pl.lit("duplicate_row"))
        .when(pl.col("id").str.starts_with(MADE))
        .then(pl.lit("duplicate_title"))
        .otherwise(pl.lit("duplicate_id")),
    ).sort("place")
    kept = pl.concat([frame.filter(~twice), group.filter(marked["is_kept"])])
    return kept, group.with_columns(marked["code"]).filter(~marked["is_kept"])


def _length(name: str) -> pl.Expr:
    return pl.col(name).str.len_chars().fill_null(0).cast(pl.Int64)


def _as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    is_list = isinstance(frame.schema[name], pl.List)
    return pl.col(name).list.join("\x1f").alias(name) if is_list else pl.col(name)


@dataclass(frozen=True)
class Documents:
    """Tidy documents, sorted by date and id, and all that did not become one.

    table     : frame with the columns of ``SCHEMA``, key id
    set_aside : file, row (1-based record number), column, value (at most 200 characters), code,
                reason, reason_zh
    snapshots : the exact bytes that were read
    mapping   : canonical column -> column of the file
    notes     : what else a reader should know
    rows      : records read; equals the rows of the table and of `set_aside` together
    encoding  : of the text, where the user named it
    """

    table: Table
    set_aside: pl.DataFrame
    snapshots: tuple[Snapshot, ...]
    mapping: Mapping[str, str]
    notes: tuple[Message, ...]
    rows: int
    encoding: str = ""


def read_documents(
    path_or_frame: Frame,
    *,
    columns: Mapping[str, str] | None = None,
    as_of_today: datetime.date | None = None,
    encoding: str | None = None,
    table: str = "",
) -> Documents:
    """Read a file, a folder or a frame of documents into one tidy table.

    CSV, TSV, JSON lines and Parquet, plain or in gz, zst, xz or bz2; a folder is read recursively,
    by name. Column names are guessed from the publishers' own. Of documents with the same id one is
    kept, by a rule that does not depend on the order of rows.

    Parameters
    ----------
    path_or_frame
        Path of a file or folder; pandas, Polars, PyArrow or DuckDB frame; or ``{name: bytes}``.
    columns
        Canonical column -> column of the file, where the guess is wrong.
    as_of_today
        Documents dated after it are set aside; the present day unless given.
    encoding
        Of text files that aren't UTF-8; found by their bytes unless given.
    table
        What the file is called where it is one of several, such as ``beside``: an error names its
        columns ``beside.title``.

    Returns
    -------
    Documents, with ``table`` (a row for each document), what was set aside and why, and notes.

    Raises
    ------
    InputError
        Where nothing can be read: empty or binary file, truncated archive, missing columns.

    Examples
    --------
    >>> found = read_documents(pl.DataFrame({"title": ["Solar cells"], "year": [2016]}))
    >>> found.table.frame.select("date", "date_precision").row(0)
    (datetime.date(2016, 1, 1), 'year')
    """
    today = as_of_today or datetime.date.today()
    given = open_given(path_or_frame, ALIASES, columns, encoding=encoding)
    found = tidy_documents(given, columns, today, "tidy.files__documents", table)
    return replace(found, encoding=encoding or "")


def tidy_pages(
    pages: Mapping[str, bytes], today: datetime.date | None, name: str, source: str
) -> Documents:
    """One tidy table from fetched pages by file name, as `read_documents` makes it.

    name   : name of the table
    source : name of the publisher
    """
    given = open_given(dict(pages), ALIASES, None, source)
    return tidy_documents(given, None, today or datetime.date.today(), name)


def tidy_documents(
    given: Given,
    columns: Mapping[str, str] | None,
    today: datetime.date,
    name: str,
    table: str = "",
) -> Documents:
    """One tidy table from opened files; see `read_documents`."""
    parts, aside, notes, mapping, rows = [], [], list(given.notes), dict[str, str](), 0
    for number, (file, opened) in enumerate(given.opened):
        try:
            layout = _layout(opened, columns, file, table)
        except InputError as error:
            # A folder may hold a licence or a list of changes beside its data.
            if not file.lower().endswith(".txt") or len(given.opened) == 1:
                raise
            why = Phrase(Message(f"errors.{error.code}.what", error.values))
            notes.append(message("not_read", file=Name(file), why=why))
            continue
        raw = opened.load(tuple(dict.fromkeys(layout.names().values())))
        if not is_dated(layout.columns):
            raw, layout = _dated_by_name(raw, layout, file)
        for column, used in layout.names().items():
            mapping.setdefault(column, used)
        kept, unusable, told = tidy_rows(raw, layout, file, today)
        parts.append(kept.with_columns(file_number=pl.lit(number, pl.UInt32)))
        aside += [rejected_rows(file, raw.rejected), unusable]
        notes += [*raw.notes, *told, *_unread(opened.names, layout, file)]
        rows += raw.rows
    if not rows or not parts:
        raise only_a_header(given)
    frame, duplicates = _unique(pl.concat(parts), [file for file, _ in given.opened])
    notes += _notes_on(frame)
    tidy = Table(name, frame.select(*SCHEMA).sort("date", "id"), ("id",), UNITS)
    return Documents(
        tidy, gather([*aside, duplicates]), given.snapshots, mapping, said_once(notes), rows
    )


def _layout(opened: Opened, columns: Mapping[str, str] | None, where: str, table: str) -> Layout:
    layout = guess_layout(opened.names, ALIASES, columns, where)
    if not {"title", "abstract"} & set(layout.columns):
        # One of several files can't be of counts instead: nothing is said of these.
        code = "no_text_column_of" if table else "no_text_column"
        raise missing_columns(opened.names, layout, ("title", "abstract"), where, code, table)
    if is_dated(layout.columns):
        return layout
    # A quarter without a year beside it says the year as well: 2016Q3.
    quarter = guess_layout(opened.names, OF_COUNTS, only=("quarter",)).columns
    if quarter:
        return replace(layout, columns={"date": quarter["quarter"], **layout.columns})
    if year_in_name(where) is None:
        raise missing_columns(opened.names, layout, ("date",), where, table=table)
    return layout


def _dated_by_name(raw: Raw, layout: Layout, file: str) -> tuple[Raw, Layout]:
    """The rows of a file without dates under the year in its name."""
    year = year_in_name(file) or ""
    told = message("year_in_name", file=Name(file))
    column = ("year", Alias("year", "year", GENERIC, (), ""))
    frame = raw.frame.with_columns(pl.lit(year).alias("year"))
    columns = {"year": column, **layout.columns}
    return replace(raw, frame=frame, notes=(*raw.notes, told)), replace(layout, columns=columns)


def year_in_name(file: str) -> str | None:
    """The one year that a file's name holds, or else that of the folder it is in; None where there
    is none or several.

    >>> year_in_name("all/2019年论文.csv"), year_in_name("year=2019/part-0.parquet")
    ('2019', '2019')
    >>> year_in_name("papers_2010-2019.csv")
    """
    found = (set(_YEAR_IN_NAME.findall(part)) for part in reversed(PurePath(file).parts))
    years = next((own for own in found if own), set())
    return years.pop() if len(years) == 1 else None


def _unread(given: Sequence[str], layout: Layout, file: str) -> list[Message]:
    """The columns that are read as nothing: one may hold the abstracts under a name of its own. A
    publisher's own files are known, with what they hold besides."""
    used = set(layout.names().values())
    unread = [name for name in given if name not in used]
    if not unread or layout.publisher != GENERIC:
        return []
    return [message("columns_unread", file=Name(file), columns=names(unread))]


def _unique(frame: pl.DataFrame, files: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    frame = frame.with_columns(made_ids(frame))
    kept, others = split_duplicates(frame)
    name = pl.col("file_number").replace_strict(dict(enumerate(files)), return_dtype=pl.String)
    aside = others.select(file=name, row="row", column=pl.lit("id"), value="id", code="code")
    return kept, with_reasons(aside)


def _notes_on(frame: pl.DataFrame) -> list[Message]:
    length = pl.col("title").str.len_bytes().fill_null(0) + pl.col(
        "abstract"
    ).str.len_bytes().fill_null(0)
    enormous = frame.filter(length > ENORMOUS).sort("id")["id"].to_list()
    made = int(frame["id"].str.starts_with("made:").sum())
    notes = []
    if enormous:
        notes.append(message("enormous", count=Count(len(enormous)), ids=names(enormous[:5])))
    if made:
        notes.append(message("no_ids", count=Count(made)))
    return notes
