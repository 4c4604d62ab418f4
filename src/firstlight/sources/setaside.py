"""Rows that can't be used, with their place and the reason, so that none is lost silently."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import polars as pl

from firstlight.sources.raw import TEXTS, Rejected
from firstlight.texts import Name, language_columns, load

SHOWN = 200
SCHEMA = {
    "file": pl.String(),
    "row": pl.Int64(),
    "column": pl.String(),
    "value": pl.String(),
    "code": pl.String(),
    **dict.fromkeys(language_columns("reason"), pl.String()),
}


@cache
def reasons(lang: str) -> dict[str, str]:
    """Reason code -> its words.

    >>> reasons("en")["date_missing"]
    'the document has no date and no year'
    """
    codes = load(TEXTS.folder / "en.toml")["reasons"]
    return {code: TEXTS.say(lang, "reasons", code) for code in codes}


def reasons_of(code: pl.Expr) -> list[pl.Expr]:
    """The columns of the reason that a code stands for, one for each language."""
    return [
        code.replace_strict(reasons(lang), return_dtype=pl.String).alias(column)
        for column, lang in language_columns("reason").items()
    ]


def shorten(text: pl.Expr) -> pl.Expr:
    """The first 200 characters of a text; a cut text ends in an ellipsis."""
    whole = text.str.len_chars() <= SHOWN
    return pl.when(whole).then(text).otherwise(text.str.slice(0, SHOWN - 1) + pl.lit("…"))


def with_reasons(rows: pl.DataFrame) -> pl.DataFrame:
    """Set-aside rows (file, row, column, value, code) with the reason in every language."""
    if not rows.height:
        return pl.DataFrame(schema=SCHEMA)
    return rows.with_columns(
        pl.col("row").cast(pl.Int64),
        shorten(pl.col("value")),
        *reasons_of(pl.col("code")),
    ).select(*SCHEMA)


def rejected_rows(file: str, rejected: Iterable[Rejected]) -> pl.DataFrame:
    """Records that a reader could not read, as set-aside rows; details follow the reason."""
    rows = [(file, r.row, r.column, r.value[: SHOWN + 1], r.code, r.details) for r in rejected]
    names = {
        "file": pl.String,
        "row": pl.Int64,
        "column": pl.String,
        "value": pl.String,
        "code": pl.String,
    }
    frame = pl.DataFrame(rows, schema={**names, "details": pl.String}, orient="row")
    told = with_reasons(frame)
    if not told.height:
        return told
    details = frame["details"]
    both = {"text": Name("{}"), "inside": Name("{}")}
    return told.with_columns(
        pl.when(details == "")
        .then(column)
        .otherwise(pl.format(TEXTS.say(lang, "format", "bracketed", **both), column, details))
        .alias(column)
        for column, lang in language_columns("reason").items()
    )


def gather(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All set-aside rows, by file and row."""
    frames = [part.select(*SCHEMA) for part in parts if part.height]
    every = pl.concat([pl.DataFrame(schema=SCHEMA), *frames])
    return every.sort("file", "row", "code", maintain_order=True)
