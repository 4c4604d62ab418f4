"""Cells whose number is kept secret: which marks say so, and what they tell of the number."""

from __future__ import annotations

import polars as pl

from firstlight.sources.texts import western_digits

__all__ = ["secret_below"]

_BELOW = r"^[<＜]\s*(\d+(?:\.\d+)?)$"
_MARK = r"(?i)^[\[(:]?\s*(?:s|c|d|x|\*{1,3}|#|secret|suppressed|confidential|保密|涉密)\s*[\])]?$"


def secret_below(texts: pl.Series) -> pl.Series:
    """Below which the number of a secret cell is: 5 for <5, infinity for a mark that tells nothing;
    null for any other cell.

    Marks: <5 and the like; S, C, D, X, *, **, ***, # (alone, or in brackets or after a colon);
    secret, suppressed, confidential; 保密, 涉密.

    >>> secret_below(pl.Series(["<5", "<５", "S", "(D)", "7", None])).to_list()
    [5.0, 5.0, inf, inf, None, None]
    """
    text = pl.col("text").str.strip_chars()
    told = text.str.extract(_BELOW, 1).cast(pl.Float64)
    mark = pl.when(text.str.contains(_MARK)).then(float("inf"))
    return pl.DataFrame({"text": western_digits(texts.cast(pl.String))}).select(
        pl.coalesce(told, mark).alias("below")
    )["below"]
