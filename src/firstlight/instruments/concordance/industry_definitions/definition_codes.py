"""The codes of a definition, and how much of the codes of a table belongs to it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from firstlight import roles
from firstlight.errors import InputError
from firstlight.instruments.concordance.code_conversion.code_matching import (
    Match,
    match_codes,
)
from firstlight.instruments.concordance.code_lists import code_list, foreign_codes
from firstlight.instruments.concordance.industry_definitions.definition_files import (
    STATUSES,
    Definition,
)
from firstlight.schema import Data
from firstlight.texts import Name, Value, message

FOLDER = Path(__file__).parent
LISTS = {  # classification of a definition -> list that ships; NACE is ISIC but for some classes
    "ISIC": "isic4",
    "NACE": "isic4",
    "GB/T 4754": "gbt4754",
    "CPC": "cpc",
    "HS": "hs2022",
}
_DIGIT = re.compile(r"\d")
CODES = roles.Table(
    {
        "code": roles.Key(),
        "status": roles.Label(),
        "least_share": roles.Number("zero", is_share=True),
        "most_share": roles.Number("zero", is_share=True),
        "share": roles.Number("zero", is_share=True),
    },
    may_lack=("status", "least_share", "most_share", "share"),
)


def wanted_codes(tables: Mapping[str, Data], declared: Definition) -> pl.DataFrame:
    """The codes of a definition: those handed in as the table ``codes``, or those that ship.

    Raises InputError for a definition whose codes do not ship where none are handed in, and for a
    status or shares that there are not.
    """
    if "codes" not in tables:
        if declared.codes.is_empty():
            about: dict[str, Value[Any]] = {
                "title": declared.title,
                "publication": Name(declared.publication),
                "publisher": Name(declared.publisher),
                "classification": Name(f"{declared.classification} {declared.revision}"),
            }
            raise InputError(message("no_codes", **about), FOLDER)
        return declared.codes
    listed = tables["codes"].frame
    status = pl.col("status").str.to_lowercase()
    lost = listed.filter(status.is_not_null() & ~status.is_in(STATUSES))
    if lost.height:
        row = lost.row(0, named=True)
        wrong = message("bad_status", code=Name(row["code"]), status=Name(row["status"]))
        raise InputError(wrong, FOLDER)
    filled = listed.with_columns(
        status=status.fill_null("verified"),
        least_share=pl.coalesce("least_share", "most_share", "share", pl.lit(1.0)),
        most_share=pl.coalesce("most_share", "least_share", "share", pl.lit(1.0)),
        source=pl.lit(None, pl.String),
    )
    least = pl.col("least_share")
    most = pl.col("most_share")
    lowest = pl.when(pl.col("status") == "verified").then(least).otherwise(0.0)
    is_outside = ~pl.col("share").is_between(lowest, most)
    crossed = filled.filter((least > most) | is_outside.fill_null(False))
    if crossed.height:
        crossing = message("crossed_shares", code=Name(crossed["code"][0]))
        raise InputError(crossing, FOLDER)
    return filled.sort("code")


def codes_of_others(codes: Collection[str], classification: str) -> tuple[list[str], int]:
    """The codes that are not of a definition's classification, and how many could be judged.

    >>> codes_of_others(["26", "26.11", "541511", "other"], "ISIC")
    (['541511'], 3)
    """
    judged = [code for code in codes if _DIGIT.search(code)]
    if classification not in LISTS:
        return [], 0
    return foreign_codes(judged, LISTS[classification]), len(judged)


def codes_beside(wanted: pl.Series, classification: str) -> pl.Series:
    """The codes of a definition, and all of its classification where that ships."""
    if classification not in LISTS:
        return wanted
    return pl.concat([wanted, code_list(LISTS[classification])["code"]]).unique().sort()


def sections_of(classification: str) -> dict[str, tuple[str, ...]]:
    """Sections of a definition's classification whose letter its codes don't begin with -> what
    these begin with, or with the letter before them (C26).

    >>> sections_of("NACE")["A"], sections_of("CPC")
    (('A', '01', '02', '03'), {})
    """
    if classification not in LISTS:
        return {}
    codes = code_list(LISTS[classification])
    is_apart = (pl.col("parent") != "") & ~pl.col("code").str.starts_with(pl.col("parent"))
    apart = codes.filter(is_apart)
    held = apart.group_by("parent").agg(pl.col("code").sort())
    return {section: (section, *parts) for section, parts in held.iter_rows()}


def memberships(
    codes: Collection[str],
    wanted: pl.DataFrame,
    sections: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> pl.DataFrame:
    """The codes of a table that a definition takes in, wholly, in part or perhaps.

    Returns code, match (kind of `Match`), definition_codes, status, and which share of the code
    belongs: stated_share, least_share, most_share. A code that does not belong has no row.

    codes    : as the table writes them
    wanted   : code, status, least_share, most_share, of the definition, and perhaps share: what is
               stated, the mean of both where it is left out
    sections : as `sections_of` tells them

    >>> wanted = pl.DataFrame({"code": ["26", "611"], "status": ["verified", "doubtful"],
    ...     "least_share": [1.0, 0.2], "most_share": [1.0, 0.6]})
    >>> found = memberships(["2610", "61", "99"], wanted)
    >>> found.select("code", "least_share", "most_share").rows()
    [('2610', 1.0, 1.0), ('61', 0.0, 1.0)]
    """
    known = {row["code"]: row for row in wanted.iter_rows(named=True)}
    matches = match_codes([code for code in codes if code not in sections], known)
    for section in sections.keys() & set(codes):
        held = tuple(sorted(code for code in known if code.startswith(sections[section])))
        matches[section] = Match("from_children", held)
    rows = [
        _membership(code, match.kind, [known[each] for each in match.codes])
        for code, match in matches.items()
        if match.codes
    ]
    schema = {
        "code": pl.String,
        "match": pl.String,
        "definition_codes": pl.String,
        "status": pl.String,
        "stated_share": pl.Float64,
        "least_share": pl.Float64,
        "most_share": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort("code")


def _membership(code: str, kind: str, of: list[Mapping[str, Any]]) -> tuple[Any, ...]:
    """How much of a code of the table belongs: as stated, at least and at most."""
    named = ", ".join(row["code"] for row in of)
    if kind == "from_children":  # the definition takes in a part of it, of unknown size
        status = "doubtful"
        return code, kind, named, status, 0.0, 0.0, 1.0
    row = of[0]
    least = row["least_share"]
    most = row["most_share"]
    stated = row.get("share")
    if stated is None:
        stated = (least + most) / 2
    if kind == "from_parent" and most < 1:  # which parts of it belong is not known
        least = 0.0
        most = 1.0
    if row["status"] == "doubtful":
        least = 0.0
    return code, kind, named, row["status"], stated, least, most
