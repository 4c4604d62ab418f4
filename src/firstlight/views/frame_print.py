"""Any table as ``firstlight show`` prints it: one line per row, or one line per cell where the
terminal is narrow."""

from __future__ import annotations

import math
import shutil
import sys

import polars as pl

from firstlight.errors import visible
from firstlight.number_format import short_number
from firstlight.texts import WORDS, Count, Name, Texts


def listed(results: pl.DataFrame) -> pl.DataFrame:
    """The catalogue's list of results as it is printed."""
    return results.select(
        "name",
        pl.col("key").str.slice(0, 16),
        computed=pl.col("created")
        .str.slice(0, 16)
        .str.replace("T", " ", literal=True)
        .fill_null("?"),
        tables=pl.col("tables").list.len(),
        rows="rows",
        bytes="bytes",
        stale="note",
    )


def frame_print(frame: pl.DataFrame, rows: int | None, lang: str = "en") -> str:
    """The first rows of a table as text (all where ``rows`` is None), and how many more there are.

    Numbers have the digits that pages and charts give them; files keep all. What a terminal would
    act on shows as a replacement character.
    """
    shown = _with_few_digits(frame if rows is None else frame.head(rows))
    lines = _rendered(shown)
    if sys.stdout.isatty() and len(lines[0]) > shutil.get_terminal_size().columns:
        each = shown.iter_rows(named=True)
        lines = [f"{name:>24}  {value}" for row in each for name, value in [*row.items(), ("", "")]]
    lines = [visible(line).rstrip() for line in lines]
    if frame.height > shown.height:
        more = Count(frame.height - shown.height)
        every = Name(str(frame.height))
        lines.append(Texts(WORDS).say(lang, "interface", "more_rows", count=more, all=every))
    return "\n".join(lines)


def _with_few_digits(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns of numbers with a point as texts; years in full."""
    written = []
    for column in frame.select(pl.selectors.float()):
        is_year = column.name == "year" or column.name.endswith("_year")
        write = _plain if is_year else _short
        written.append(column.map_elements(write, return_dtype=pl.String))
    return frame.with_columns(written)


def _plain(value: float) -> str:
    return f"{value:g}"


def _short(value: float) -> str:
    return short_number(value) if math.isfinite(value) else str(value)


def _rendered(frame: pl.DataFrame) -> list[str]:
    """One line per row, however wide."""
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=10_000,
        fmt_str_lengths=60,
        tbl_formatting="NOTHING",
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        return str(frame).split("\n")
