"""Concordances: which code of one classification stands for which of another, read from files that
people bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import polars as pl

from firstlight.errors import InputError
from firstlight.texts import Count, Figure, List, Name, message, names

FOLDER = Path(__file__).parent
COLUMNS = ("code_from", "code_to", "weight", "source")
SHARE_TOLERANCE = 1e-6
# Official publications whose codes are not shipped: they can't be checked here, and codes from
# memory would be guesses.
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
        "china_new_industries": (
            "国家统计局 (National Bureau of Statistics of China)",
            "新产业新业态新商业模式统计分类（2018） "
            "(Statistical classification of new industries, new forms and new models of business)",
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

    pairs     : code_from, code_to, weight (share of the first code that goes to the second, 0 to
                1), source
    is_shared : whether the weights of every first code sum to 1; false where they are only marks of
                what belongs where
    """

    pairs: pl.DataFrame
    is_shared: bool


def read_concordance(given: str | Path | pl.DataFrame) -> Concordance:
    """Read a concordance: a CSV or Parquet file, or a frame, with code_from, code_to, and perhaps
    weight and source.

    Without weights every pair has weight 1. A code may go to several.

    Raises  InputError naming the row of an empty code, of a pair given twice, of a weight outside 0
    to 1, or the code whose weights sum to more than 1 while others are shares.

    >>> read_concordance(pl.DataFrame({"code_from": ["A", "A"], "code_to": ["x", "y"], "weight": [
    ...     0.4, 0.6]})).is_shared
    True
    """
    frame, where = _opened(given)
    absent = [name for name in COLUMNS[:2] if name not in frame.columns]
    if absent:
        about = {"column": Name(absent[0]), "table": Name(where)}
        raise InputError(message("no_code_column", **about), FOLDER)
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
    """The error for a classification or concordance that is not shipped: it names the official
    publication.

    >>> print(official_publication("ipc_to_wipo_fields").what)
    the codes of ipc_to_wipo_fields are not shipped: IPC - Technology Concordance
    """
    if name not in PUBLICATIONS:
        return InputError(message("no_concordance", name=Name(name), known=_known()), FOLDER)
    publisher, title = map(Name, PUBLICATIONS[name])
    about = {"name": Name(name), "title": title, "publisher": publisher}
    return InputError(message("codes_not_shipped", **about), FOLDER)


def _known() -> List:
    return names(PUBLICATIONS, most=len(PUBLICATIONS))


def _opened(given: str | Path | pl.DataFrame) -> tuple[pl.DataFrame, str]:
    if isinstance(given, pl.DataFrame):
        return given, "frame"
    if str(given) in PUBLICATIONS:
        raise official_publication(str(given))
    path = Path(given)
    if not path.is_file():
        told = message("no_concordance_file", table=Name(str(path)), known=_known())
        raise InputError(told, FOLDER)
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path), str(path)
        return pl.read_csv(path, infer_schema=False), str(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, UnicodeDecodeError) as error:
        about = {"table": Name(str(path)), "said": Name(str(error).splitlines()[0])}
        raise InputError(message("concordance_unreadable", **about), FOLDER) from error


def _check(pairs: pl.DataFrame, where: str) -> None:
    if not pairs.height:
        raise InputError(message("no_pair", table=Name(where)), FOLDER)
    empty = (pl.col("code_from").fill_null("") == "") | (pl.col("code_to").fill_null("") == "")
    bad = ~(
        pl.col("weight").is_finite() & (pl.col("weight") > 0) & (pl.col("weight") <= 1)
    ).fill_null(False)
    twice = pl.struct("code_from", "code_to").is_duplicated()
    for code, test in (("empty_code", empty), ("no_weight", bad), ("pair_twice", twice)):
        rows = pairs.filter(test).select("row", "code_from", "code_to")
        if rows.height:
            row, first, second = rows.row(0)
            about = {"code_from": Name(first or ""), "code_to": Name(second or "")}
            told = message(code, table=Name(where), row=Count(row), **about)
            raise InputError(told, FOLDER)
    if (pairs["weight"] < 1).any():
        sums = pairs.group_by("code_from").agg(pl.col("weight").sum()).sort("code_from")
        over = sums.filter(pl.col("weight") > 1 + SHARE_TOLERANCE)
        if over.height:
            code, total = over.row(0)
            about = {"code": Name(code), "table": Name(where)}
            told = message("weights_above_one", total=Figure(total), **about)
            raise InputError(told, FOLDER)
