"""Rows that can't be used, with their place and the reason, so that none is lost silently."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import polars as pl

from firstlight.sources.raw import TEXTS, Rejected
from firstlight.texts import Name, load

SHOWN = 200
SCHEMA = {
    "file": pl.String(),
    "row": pl.Int64(),
    "column": pl.String(),
    "value": pl.String(),
    "code": pl.String(),
    "reason": pl.String(),
    "reason_zh": pl.String(),
}


@cache
def reasons(lang: str) -> dict[str, str]:
    """Reason code -> its words.

    >>> reasons("en")["date_missing"]
    'the document has no date and no year'
    """
    codes = load(TEXTS.folder / "en.toml")["reasons"]
    return {code: TEXTS.say(lang, "reasons", code) for code in codes}


def shorten(text: pl.Expr) -> pl.Expr:
    """The first 200 characters of a text; a cut text ends in an ellipsis."""
    whole = text.str.len_chars() <= SHOWN
    return pl.when(whole).then(text).otherwise(text.str.slice(0, SHOWN - 1) + pl.lit("…"))


def with_reasons(rows: pl.DataFrame) -> pl.DataFrame:
    """Set-aside rows (file, row, column, value, code) with the reason in English and Chinese."""
    if not rows.height:
        return pl.DataFrame(schema=SCHEMA)
    code = pl.col("code")
    return rows.with_columns(
        pl.col("row").cast(pl.Int64),
        shorten(pl.col("value")),
        reason=code.replace_strict(reasons("en"), return_dtype=pl.String),
        reason_zh=code.replace_strict(reasons("zh"), return_dtype=pl.String),
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
        for lang, column in (("en", "reason"), ("zh", "reason_zh"))
    )


def gather(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All set-aside rows, by file and row."""
    frames = [part.select(*SCHEMA) for part in parts if part.height]
    every = pl.concat([pl.DataFrame(schema=SCHEMA), *frames])
    return every.sort("file", "row", "code", maintain_order=True)
