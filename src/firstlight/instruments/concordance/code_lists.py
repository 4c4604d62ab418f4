"""The classifications whose codes and titles ship with Firstlight, in English and Chinese."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from firstlight.texts import Texts

__all__ = ["TEXTS", "CodeList", "code_list", "code_lists", "linked_codes"]

FOLDER = Path(__file__).parent
TEXTS = Texts(FOLDER)
ABOUT = "lists/lists.toml"
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
