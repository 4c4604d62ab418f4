"""The rows of one file in the columns of the documents table: cleaned, dated, split, and judged."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection
from functools import partial

import polars as pl

from firstlight.numerics.at_once import two_at_once
from firstlight.sources.columns import Layout, read_table
from firstlight.sources.dates import fiscal_years
from firstlight.sources.lists import choose_separator, default_separators, split_lists
from firstlight.sources.nested import UNREADABLE
from firstlight.sources.raw import ROW, TEXTS, Raw
from firstlight.sources.setaside import with_reasons
from firstlight.sources.texts import (
    clean_list_text,
    clean_text,
    no_values,
    parse_dates,
    plain_text,
)
from firstlight.sources.written_numbers import read_numbers
from firstlight.texts import Count, Message, Name, message

ALIASES = "document_columns.csv"
LISTS = ("authors", "affiliations", "country", "categories", "references")
SCHEMA: dict[str, pl.DataType] = {
    "id": pl.String(),
    "date": pl.Date(),
    "year": pl.Int32(),
    "title": pl.String(),
    "abstract": pl.String(),
    **dict.fromkeys(LISTS, pl.List(pl.String())),
    "citations": pl.Float64(),
    "source": pl.String(),
    "status": pl.String(),
    "date_precision": pl.String(),
}
UNITS = {column: TEXTS.say("en", "units", "documents", column) for column in SCHEMA}
FIRST_YEAR = 1500
_TRUE = ("true", "1", "yes", "t", "y")


def tidy_rows(
    raw: Raw, layout: Layout, file: str, today: datetime.date
) -> tuple[pl.DataFrame, pl.DataFrame, list[Message]]:
    """Canonical columns of one file's rows, the unusable rows, and notes.

    Returns the kept rows (columns of ``SCHEMA`` and row), set-aside rows and notes.
    """
    dates = _dates(raw.frame, layout)
    makes: dict[str, Callable[..., pl.Series]] = {
        column: partial(cleaned, is_single_line=column != "abstract")
        for column in ("title", "abstract", "source")
    }
    makes |= {"id": _id, "status": _status} | dict.fromkeys(LISTS, _list)
    made = two_at_once(lambda column: makes[column](raw.frame, layout, column), makes)
    citations, misfits = _citations(raw.frame, layout, file)
    frame = pl.DataFrame([raw.frame[ROW].alias("row"), *made, citations, *dates])
    frame = frame.with_columns(unreadable=_unreadable(raw.frame, layout))
    frame = frame.with_columns(code=_code(today), year=pl.col("date").dt.year().cast(pl.Int32))
    aside = _unusable(frame.filter(pl.col("code").is_not_null()), layout, file)
    notes = [*_date_notes(frame, file), *_list_notes(raw.frame, layout, file), *misfits]
    return frame.filter(pl.col("code").is_null()).select(*SCHEMA, "row"), aside, notes


def cleaned(
    frame: pl.DataFrame, layout: Layout, column: str, *, is_single_line: bool = True
) -> pl.Series:
    """A canonical column as clean text; without a value where the file has none such."""
    if column not in layout.columns:
        return no_values(column, pl.String, frame.height)
    name, _ = layout.columns[column]
    return clean_text(frame[name].alias(column), is_single_line=is_single_line)


def _id(frame: pl.DataFrame, layout: Layout, column: str) -> pl.Series:
    """The number of a document; of NIH's awards, which differ from year to year (5R01CA123456-03),
    that of their project."""
    given = cleaned(frame, layout, column)
    if column in layout.columns and layout.columns[column][1].form == "core_project":
        return given.str.replace(r"^\d?([A-Z]\w+?)-\w+$", "$1")
    return given


def _status(frame: pl.DataFrame, layout: Layout, column: str) -> pl.Series:
    """What became of the document: a word of ``statuses.csv`` where it was turned down or taken
    back; what the heading says (``is_retracted``) where that is true."""
    given = cleaned(frame, layout, column)
    status = pl.col(column)
    folded = status.str.to_lowercase()
    if column in layout.columns and (said := layout.columns[column][1].form):
        is_true = folded.is_in(_TRUE)
        return given.to_frame().select(pl.when(is_true).then(pl.lit(said)).alias(column))[column]
    turned_down = [
        pl.when(folded.str.contains(row["word"], literal=True)).then(pl.lit(row["status"]))
        for row in read_table("statuses.csv")
    ]
    return given.to_frame().select(pl.coalesce(*turned_down, status).alias(column)).to_series()


def _list(frame: pl.DataFrame, layout: Layout, column: str) -> pl.Series:
    if column not in layout.columns:
        return no_values(column, pl.List(pl.String), frame.height)
    name, alias = layout.columns[column]
    return split_lists(clean_list_text(frame[name].alias(column)), alias)


def _citations(frame: pl.DataFrame, layout: Layout, file: str) -> tuple[pl.Series, list[Message]]:
    if "citations" not in layout.columns:
        return no_values("citations", pl.Float64, frame.height), []
    name, _ = layout.columns["citations"]
    read = read_numbers(frame[name], is_whole=True)
    values, notes = read.value.alias("citations"), read.notes(file, name)
    negative = (values < 0).fill_null(False)
    if count := int((read.code.is_not_null() | negative).sum()):
        notes.append(message("values_left_empty", count=Count(count), column=Name(name)))
    return values.set(negative, None), notes


def _unreadable(frame: pl.DataFrame, layout: Layout) -> pl.Series:
    name = layout.names().get("abstract", "")
    if frame.schema.get(name) != pl.String:
        return pl.repeat(False, frame.height, eager=True).alias("unreadable")
    return (frame[name] == UNREADABLE).fill_null(False)


def is_dated(columns: Collection[str]) -> bool:
    """Whether one of the canonical columns of a file tells the date."""
    return not {"date", "year", "month"}.isdisjoint(columns)


def _dates(frame: pl.DataFrame, layout: Layout) -> list[pl.Series]:
    """Series date, date_precision, date_text and from_year: the date column, else month and day
    with the year, else the year alone, else the day of early access."""
    given = {column: frame[name] for column, (name, _) in layout.columns.items()}
    year, tries = no_values("year", pl.String, frame.height), list[pl.DataFrame]()
    if "date" in given:
        tries.append(parse_dates(given["date"]))
    if "year" in given:
        year = plain_text(given["year"])
    if "month" in given:
        # The month and day (PD in Web of Science), or the number of the month, stand apart from the
        # year; a month that names its year (2017-08) may stand alone.
        part = clean_text(given["month"], is_single_line=True)
        with_year = part.to_frame("p").select(pl.col("p").fill_null("") + " " + year)
        tries += [parse_dates(with_year.to_series()), parse_dates(part)]
    if "year" in given:
        tries.append(parse_dates(year))
    of_year = len(tries) - 1
    if "early" in given:
        # Web of Science leaves the year empty until an article has a volume.
        tries.append(parse_dates(given["early"]))
    found = pl.concat(
        [tried.select(pl.all().name.suffix(str(number))) for number, tried in enumerate(tries)],
        how="horizontal",
    )
    late = (
        pl.lit("date" in given and "year" in given)
        & pl.col("date0").is_null()
        & pl.col(f"date{of_year}").is_not_null()
    )
    numbered = [str(number) for number in range(len(tries))]
    return found.select(
        pl.coalesce(pl.col(f"date{n}") for n in numbered).alias("date"),
        pl.coalesce(
            pl.when(pl.col(f"date{n}").is_not_null()).then(pl.col(f"precision{n}"))
            for n in numbered
        ).alias("date_precision"),
        pl.coalesce(pl.col(f"text{n}") for n in numbered).alias("date_text"),
        late.alias("from_year"),
    ).get_columns()


def _code(today: datetime.date) -> pl.Expr:
    """The first reason why a row can't be used, or null."""
    date = pl.col("date")
    code = pl.lit
    return (
        pl.when(pl.col("date_text").is_null())
        .then(code("date_missing"))
        .when(date.is_null())
        .then(code("date_unparsable"))
        .when(date > today)
        .then(code("date_future"))
        .when(date.dt.year() < FIRST_YEAR)
        .then(code("date_before_1500"))
        .when(pl.col("unreadable"))
        .then(code("abstract_unreadable"))
        .when(pl.col("title").is_null() & pl.col("abstract").is_null())
        .then(code("text_missing"))
    )


def _unusable(rows: pl.DataFrame, layout: Layout, file: str) -> pl.DataFrame:
    names = layout.names()
    dated = names.get("date") or names.get("year") or names.get("month") or ""
    texts = names.get("title") or names.get("abstract") or ""
    is_date = pl.col("code").str.starts_with("date_")
    # A row without a date shows its title, so that its owner finds it.
    shown = pl.coalesce(pl.when(is_date).then(pl.col("date_text")), "title", "id", pl.lit(""))
    is_abstract = pl.col("code") == "abstract_unreadable"
    column = (
        pl.when(is_date)
        .then(pl.lit(dated))
        .when(is_abstract)
        .then(pl.lit(names.get("abstract", "")))
        .otherwise(pl.lit(texts))
    )
    return with_reasons(
        rows.select(file=pl.lit(file), row="row", column=column, value=shown, code="code")
    )


def _date_notes(frame: pl.DataFrame, file: str) -> list[Message]:
    kept = frame.filter(pl.col("code").is_null())
    precision = kept["date_precision"]
    counts = {
        "dated_by_year": kept["from_year"].sum(),
        "dated_to_month": (precision == "month").sum(),
        "dated_to_year": (precision == "year").sum(),
    }
    notes = [
        message(code, count=Count(int(count)), file=Name(file))
        for code, count in counts.items()
        if count
    ]
    if fiscal_years(kept["date_text"].unique()):
        notes.append(message("fiscal_years", file=Name(file)))
    return notes


def _list_notes(frame: pl.DataFrame, layout: Layout, file: str) -> list[Message]:
    notes = []
    for column in LISTS:
        if column in layout.columns:
            name, alias = layout.columns[column]
            sign = choose_separator(
                plain_text(frame[name]), alias.separators or default_separators(column)
            )
            if sign is not None and sign.isprintable():
                about = {"column": Name(column), "own": Name(name), "sign": Name(sign)}
                notes.append(message("list_split", file=Name(file), **about))
    return notes
