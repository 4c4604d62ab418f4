"""Concordances: which code of one classification stands for which of another, read from files that people bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from firstlight.errors import InputError

COLUMNS = ("code_from", "code_to", "weight", "source")
SHARE_TOLERANCE = 1e-6
# Official publications whose codes are not shipped: they can't be checked here, and codes from memory would be guesses.
PUBLICATIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ipc_to_wipo_fields": (
            "World Intellectual Property Organization (WIPO)",
            "IPC - Technology Concordance",
        ),
        "cpc_to_ipc": (
            "European Patent Office and United States Patent and Trademark Office",
            "CPC to IPC concordance",
        ),
        "ipc_to_nace": ("Eurostat", "Patent Statistics: Concordance IPC V8 - NACE Rev. 2"),
        "isic_to_nace": (
            "United Nations Statistics Division and Eurostat",
            "correspondence table of ISIC Rev. 4 and NACE Rev. 2",
        ),
        "china_industries": (
            "国家统计局 (National Bureau of Statistics of China)",
            "GB/T 4754-2017 国民经济行业分类 (Industrial classification for national economic activities)",
        ),
        "china_new_industries": (
            "国家统计局 (National Bureau of Statistics of China)",
            "新产业新业态新商业模式统计分类（2018） (Statistical classification of new industries, new forms and new models of business)",
        ),
        "china_strategic_industries": (
            "国家统计局 (National Bureau of Statistics of China)",
            "战略性新兴产业分类（2018） (Classification of strategic emerging industries)",
        ),
    }
)


@dataclass(frozen=True)
class Concordance:
    """Pairs of codes.

    pairs     : code_from, code_to, weight (share of the first code that goes to the second, 0 to 1), source
    is_shared : whether the weights of every first code sum to 1; false where they are only marks of what belongs where
    """

    pairs: pl.DataFrame
    is_shared: bool


def read_concordance(given: str | Path | pl.DataFrame) -> Concordance:
    """Read a concordance: a CSV or Parquet file, or a frame, with code_from, code_to, and perhaps weight and source.

    Without weights every pair has weight 1. A code may go to several.

    Raises  InputError naming the row of an empty code, of a pair given twice, of a weight outside 0 to 1, or the code whose
    weights sum to more than 1 while others are shares.

    >>> read_concordance(pl.DataFrame({"code_from": ["A", "A"], "code_to": ["x", "y"], "weight": [0.4, 0.6]})).is_shared
    True
    """
    frame, where = _opened(given)
    absent = [name for name in COLUMNS[:2] if name not in frame.columns]
    if absent:
        raise InputError(
            f"no column {absent[0]!r}",
            where=where,
            try_next="name the columns code_from, code_to, weight, source",
        )
    codes = [pl.col(name).cast(pl.String).str.strip_chars() for name in COLUMNS[:2]]
    has = {name: name in frame.columns for name in COLUMNS[2:]}
    weight = pl.col("weight") if has["weight"] else pl.lit(1.0)
    source = pl.col("source").cast(pl.String) if has["source"] else pl.lit(None, pl.String)
    pairs = frame.with_row_index("row", offset=1).select(
        "row", *codes, weight.cast(pl.Float64, strict=False).alias("weight"), source.alias("source")
    )
    _check(pairs, where)
    sums = pairs.group_by("code_from").agg(pl.col("weight").sum()).sort("code_from")
    is_shared = bool(((sums["weight"] - 1).abs() <= SHARE_TOLERANCE).all())
    return Concordance(pairs.drop("row").sort("code_from", "code_to"), is_shared)


def official_publication(name: str) -> InputError:
    """The error for a classification or concordance that is not shipped: it names the official publication.

    >>> print(official_publication("ipc_to_wipo_fields").what)
    the codes of ipc_to_wipo_fields are not shipped: IPC - Technology Concordance
    """
    if name not in PUBLICATIONS:
        known = ", ".join(PUBLICATIONS)
        return InputError(
            f"unknown concordance {name!r}", where="classifications", try_next=f"use one of {known}"
        )
    publisher, title = PUBLICATIONS[name]
    return InputError(
        f"the codes of {name} are not shipped: {title}",
        where=f"published by {publisher}",
        try_next="bring it as a CSV with code_from, code_to, weight, source, and read_concordance(file)",
    )


def _opened(given: str | Path | pl.DataFrame) -> tuple[pl.DataFrame, str]:
    if isinstance(given, pl.DataFrame):
        return given, "data frame"
    if str(given) in PUBLICATIONS:
        raise official_publication(str(given))
    path = Path(given)
    if not path.is_file():
        raise InputError(
            "no such file",
            where=str(path),
            try_next=f"or one of {', '.join(PUBLICATIONS)}, to be told where",
        )
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path), str(path)
        return pl.read_csv(path, infer_schema=False), str(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"can't be read: {reason}", where=str(path), try_next="write it as CSV in UTF-8"
        ) from error


def _check(pairs: pl.DataFrame, where: str) -> None:
    if not pairs.height:
        raise InputError(
            "a concordance without a pair",
            where=where,
            try_next="write code_from,code_to below the header",
        )
    empty = (pl.col("code_from").fill_null("") == "") | (pl.col("code_to").fill_null("") == "")
    bad = ~(
        pl.col("weight").is_finite() & (pl.col("weight") > 0) & (pl.col("weight") <= 1)
    ).fill_null(False)
    twice = pl.struct("code_from", "code_to").is_duplicated()
    tests: tuple[tuple[str, pl.Expr, str], ...] = (
        ("a code is empty", empty, "fill it or leave the row out"),
        (
            "a weight is not above 0 and at most 1",
            bad,
            "write shares such as 0.5, or leave the column out",
        ),
        ("the pair is given twice", twice, "keep one of them"),
    )
    for what, test, try_next in tests:
        rows = pairs.filter(test)
        if rows.height:
            row: dict[str, Any] = rows.row(0, named=True)
            at = f"{where}, row {row['row']}: {row['code_from']!r} to {row['code_to']!r}"
            raise InputError(what, where=at, try_next=try_next)
    if (pairs["weight"] < 1).any():
        sums = pairs.group_by("code_from").agg(pl.col("weight").sum()).sort("code_from")
        over = sums.filter(pl.col("weight") > 1 + SHARE_TOLERANCE)
        if over.height:
            code, total = over.row(0)
            raise InputError(
                f"the shares of {code!r} sum to {total:g}",
                where=where,
                try_next="shares of one code sum to at most 1",
            )
