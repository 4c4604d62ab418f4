"""Code lists and crosswalks as data, and the one place that looks them up."""

from __future__ import annotations

import csv
import io
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from firstlight import texts
from firstlight.errors import InputError, check_choice
from firstlight.nouns import Classification
from firstlight.texts import LANGUAGES, Name, Remark, message

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

__all__ = ["area_model", "crosswalk", "entries_text", "load", "names"]

# name -> (title, source); the data lie beside this file as NAME.csv
CLASSIFICATIONS = {
    "areas": (
        "The six areas of future industry and their subfields",
        "Firstlight, after MIIT and six other bodies, No. 12 of 2024, and NBS 2018 "
        "(docs/explanation/areas.md)",
    ),
}
CROSSWALKS = {"openalex_subfields_to_areas": ("id_subfield", "area")}
FOLDER = Path(__file__).parent


@cache
def load(name: str) -> Classification:
    """A classification by its name: every code with its name, by language, and its parent.

    Raises InputError for a name that is not kept here.

    >>> load("areas").entries["information/quantum"]
    ({'en': 'quantum information and computing', 'zh': '量子信息与量子计算'}, 'information')
    """
    check_choice("classification", name, CLASSIFICATIONS)
    title, source = CLASSIFICATIONS[name]
    entries = {
        row["code"]: (Remark.under(row, "name_").value, row["parent"]) for row in _rows(name)
    }
    return Classification(name, title, source, MappingProxyType(entries))


def names(code: str, lang: str = "en", classification: str = "areas") -> str:
    """The name of a code in a language; in English where it has none in that.

    Raises InputError for an unknown code or language.

    >>> names("energy/fusion", "zh")
    '核聚变'
    """
    check_choice("lang", lang, LANGUAGES)
    entries = load(classification).entries
    if code not in entries:
        known = texts.names(sorted(entries), most=12)
        about = {"classification": Name(classification), "code": Name(code)}
        raise InputError(message("no_code", known=known, **about), FOLDER)
    return Remark(entries[code][0]).text(lang)


@cache
def crosswalk(name: str) -> Mapping[str, str]:
    """A crosswalk by its name: code in the first classification -> code in the second.

    Raises InputError for a name that is not kept here.

    >>> crosswalk("openalex_subfields_to_areas")["1702"]
    'information'
    """
    check_choice("crosswalk", name, CROSSWALKS)
    key, value = CROSSWALKS[name]
    return MappingProxyType({row[key]: row[value] for row in _rows(name)})


@cache
def entries_text(name: str) -> Mapping[str, Mapping[str, str]]:
    """Everything that is written of each code: descriptions, key phrases and source beside the
    names.

    Key phrases (``keywords_en`` and so on) are separated by semicolons.

    >>> "qubit" in entries_text("areas")["information/quantum"]["keywords_en"].split("; ")
    True
    """
    check_choice("classification", name, CLASSIFICATIONS)
    return MappingProxyType({row["code"]: MappingProxyType(row) for row in _rows(name)})


def area_model() -> pl.DataFrame:
    """The weights with which technologies are put into areas, as benchmarks/areas/fit.py left them.

    Returns a frame (kind, feature, code, value), which ``emergence.areas.AreaModel.from_table``
    reads.

    >>> area_model().columns
    ['kind', 'feature', 'code', 'value']
    """
    import polars as pl

    with files(__package__).joinpath("area_model.parquet").open("rb") as stream:
        return pl.read_parquet(stream)


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))
