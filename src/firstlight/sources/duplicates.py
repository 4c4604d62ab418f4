"""Documents with the same id: which one is kept does not depend on the order of the rows."""

from __future__ import annotations

import hashlib

import polars as pl

TURNED_DOWN = ("rejected", "withdrawn", "retracted")  # values of the column status


def made_ids(frame: pl.DataFrame) -> pl.Series:
    """The id column, with a stable id where it is missing: a hash of title, date and first author.

    frame : id, title, date, authors
    """
    missing = frame["id"].is_null()
    if not missing.any():
        return frame["id"]
    parts = frame.filter(missing).select(
        "title", pl.col("date").cast(pl.String), pl.col("authors").list.first()
    )
    made = [_made_id(*row) for row in parts.iter_rows()]
    places = missing.arg_true()
    return frame["id"].scatter(places, pl.Series(made, dtype=pl.String))


def _made_id(title: str | None, date: str | None, author: str | None) -> str:
    text = "\x1f".join((title or "", date or "", author or ""))
    return "made:" + hashlib.sha256(text.encode()).hexdigest()[:20]


def split_duplicates(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The documents to keep, and the others with ``code``: 'duplicate_row' (all columns equal) or
    'duplicate_id'.

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
        .otherwise(pl.lit("duplicate_id")),
    ).sort("place")
    kept = pl.concat([frame.filter(~twice), group.filter(marked["is_kept"])])
    return kept, group.with_columns(marked["code"]).filter(~marked["is_kept"])


def _length(name: str) -> pl.Expr:
    return pl.col(name).str.len_chars().fill_null(0).cast(pl.Int64)


def _as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    is_list = isinstance(frame.schema[name], pl.List)
    return pl.col(name).list.join("\x1f").alias(name) if is_list else pl.col(name)
