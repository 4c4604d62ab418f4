"""The classifications whose codes and titles ship with Firstlight, in English and Chinese."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from firstlight.instruments.concordance.code_conversion.code_matching import match_codes
from firstlight.texts import Texts

FOLDER = Path(__file__).parent
TEXTS = Texts(FOLDER)
ABOUT = "lists/lists.toml"
LEAST_KNOWN = 3  # signs of a code of a list, from which it may stand for a finer one
# Named one by one, so that what reads them is stale where they change.
FILES = {
    "isic4": "lists/isic4.csv",
    "gbt4754": "lists/gbt4754.csv",
    "cpc": "lists/cpc.csv",
    "hs2022": "lists/hs2022.csv",
    "soc": "lists/soc.csv",
}


@dataclass(frozen=True)
class CodeList:
    """Where a list of codes comes from.

    length   : of the codes that technologies are linked to; groups above have shorter ones
    research : what the codes of research itself begin with; empty where there are none
    """

    length: int
    publisher: str
    version: str
    url: str
    research: str = ""


@cache
def code_lists() -> Mapping[str, CodeList]:
    """The lists that ship, by name."""
    kept = tomllib.loads((FOLDER / ABOUT).read_text(encoding="utf-8"))
    return {name: CodeList(**about) for name, about in kept.items()}


@cache
def code_list(name: str) -> pl.DataFrame:
    """The codes of a list with those above them: code, parent, name_en, name_zh; sorted by code."""
    return pl.read_csv(FOLDER / FILES[name], infer_schema=False)


@cache
def linked_codes(name: str) -> pl.DataFrame:
    """Those codes of a list that technologies are linked to, without the groups above them."""
    return code_list(name).filter(pl.col("code").str.len_chars() == code_lists()[name].length)


def foreign_codes(codes: Iterable[str], name: str) -> list[str]:
    """The codes that are none of a list: neither one of its codes, nor a group of them, nor finer
    than one of three signs or more.

    11 to 56 are divisions of many a classification; 334413 of NAICS begins as division 33 of ISIC
    does, and is in none of its groups.

    >>> foreign_codes(["26", "26.11", "261001", "334413"], "isic4")
    ['334413']
    """
    matches = match_codes(set(codes), code_list(name)["code"])
    return sorted(
        code
        for code, match in matches.items()
        if match.kind == "no_link"
        or (match.kind == "from_parent" and len(match.codes[0]) < LEAST_KNOWN)
    )
