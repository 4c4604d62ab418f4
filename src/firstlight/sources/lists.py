"""Lists inside one text (authors, countries, categories), split on the sign that the column itself
uses."""

from __future__ import annotations

from functools import cache

import polars as pl

from firstlight.sources.columns import Alias, read_table, separators
from firstlight.sources.raw import LIST_SIGN

_BRACKETED = r"\[[^\]]*\]\s*"
_MARK = r"\[\d+(?:[,，-]\d+)*\]"  # of a footnote: 张三[1], [1]清华大学
_LEAST_SHARE = 0.01
# A list as Python or JSON prints it, which a data frame leaves in a CSV: ['a', "b's"].
_PRINTED = r"""^\[\s*(?:'[^']*'|"[^"]*")(?:\s*,\s*(?:'[^']*'|"[^"]*"))*\s*\]$"""
_PRINTED_ITEM = r"""'[^']*'|"[^"]*\""""


@cache
def default_separators(column: str) -> tuple[str, ...]:
    """The signs to try for a column whose publisher doesn't say, from ``separators.csv``.

    >>> default_separators("references")
    (';', '；', '|')
    """
    return next(
        (
            separators(row["separators"])
            for row in read_table("separators.csv")
            if row["column"] == column
        ),
        (),
    )


def choose_separator(texts: pl.Series, candidates: tuple[str, ...]) -> str | None:
    """The first candidate that at least 1% of the texts hold; None where no text is a list.

    The whole column decides, so that a comma inside "Doe, Jane; Roe, Richard" doesn't split a name.

    >>> choose_separator(pl.Series(["Doe, Jane; Roe, Richard", "Poe, Edgar"]), (";", ","))
    ';'
    """
    given = texts.drop_nulls()
    if not len(given):
        return None
    for sign in (LIST_SIGN, *candidates):
        count = given.str.contains(sign, literal=True).sum()
        # The sign that a reader itself wrote is sure, however rare.
        if count and (sign == LIST_SIGN or count >= _LEAST_SHARE * len(given)):
            return sign
    return None


def split_lists(texts: pl.Series, alias: Alias) -> pl.Series:
    """Each text as a list of its trimmed, non-empty, distinct items in their order; null where
    there is none.

    >>> alias = Alias("authors", "authors", "*", (), "")
    >>> split_lists(pl.Series(["A; B;; A ", None]), alias).to_list()
    [['A', 'B'], None]
    >>> split_lists(pl.Series(["['Li, M', 'Wu, B']", "[]"]), alias).to_list()
    [['Li, M', 'Wu, B'], None]
    >>> split_lists(pl.Series(["张三[1];李四[1,2]"]), alias).to_list()
    [['张三', '李四']]
    """
    texts = _printed(texts).str.replace_all(_MARK, "")
    if alias.form == "bracketed":
        texts = texts.str.replace_all(_BRACKETED, "")
    sign = choose_separator(texts, alias.separators or default_separators(alias.column))
    name = texts.name
    # Repeated texts (countries, categories) are split once.
    distinct = pl.DataFrame({"text": texts.unique(maintain_order=True).drop_nulls()})
    pieces = pl.concat_list("text") if sign is None else pl.col("text").str.split(sign)
    items = pieces.list.eval(
        pl.element().str.replace_all(r"\s+", " ").str.strip_chars(" " + LIST_SIGN)
    )
    items = items.list.eval(pl.element().filter(pl.element() != "")).list.unique(
        maintain_order=True
    )
    split = distinct.with_columns(pl.when(items.list.len() > 0).then(items).alias("items"))
    joined = pl.DataFrame({"text": texts}).join(split, on="text", how="left", maintain_order="left")
    return joined["items"].cast(pl.List(pl.String)).alias(name)


def _printed(texts: pl.Series) -> pl.Series:
    """Lists that were printed into one text, with the sign between their items instead."""
    if not texts.str.starts_with("[").any():
        return texts
    text = pl.col(texts.name)
    items = text.str.extract_all(_PRINTED_ITEM)
    bare = items.list.eval(pl.element().str.slice(1, pl.element().str.len_chars() - 2))
    return (
        texts.to_frame()
        .select(
            pl.when(text.str.contains(_PRINTED))
            .then(bare.list.join(LIST_SIGN))
            .when(text.str.contains(r"^\[\s*\]$"))
            .then(None)
            .otherwise(text)
            .alias(texts.name)
        )
        .to_series()
    )
