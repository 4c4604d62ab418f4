"""Whether names are those of places: countries, provinces of China, and regions of other countries.

Regions are known by their names (states of the United States and India, Länder, prefectures ...),
and by what codes of ISO 3166-2 (DE-BY) and of Eurostat's NUTS (DE21) look like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import polars as pl

from firstlight.classifications.countries import is_mostly, plain, ways_to_write_countries
from firstlight.classifications.provinces import ways_to_write_provinces

__all__ = ["are_places"]

LIST = Path(__file__).with_name("regions.csv")
_SUBDIVISION = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")
_NUTS = re.compile(
    "(?:AL|AT|BE|BG|CH|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IS|IT|LI|LT|LU|LV|ME|MK|MT|NL|NO|PL|PT"
    "|RO|RS|SE|SI|SK|TR|UK|XK)[A-Z0-9]{1,3}"
)


def are_places(names: Iterable[str]) -> bool:
    """Whether eight names or more, and three of four, are those of places.

    Of codes of two letters, which mean other things as well, it takes fifteen, and nine of ten.

    >>> are_places(["Ohio", "Texas", "Utah", "Iowa", "Idaho", "Maine", "Nevada", "Kerala"])
    True
    >>> are_places(["DE1", "DE21", "DEA", "FRK2", "ITC4", "ES51", "PL91", "SE11"])
    True
    >>> are_places(["Georgia", "graphene", "qubit", "fuel cell", "H04L", "G06F", "A61K", "B60W"])
    False
    >>> are_places(["LTE", "NLP", "SEM", "ROC", "ATM", "IEEE", "MEMS", "LIDAR"])
    False
    """
    every = sorted(set(names))
    known = {name for name in every if _is_named(name)}
    regions = {name for name in every if _NUTS.fullmatch(name.strip())}
    # Acronyms look like codes of regions, of which many have a number.
    if 4 * sum(any(map(str.isdigit, name)) for name in regions) >= len(regions):
        known |= regions
    return is_mostly(known, every)


def _is_named(name: str) -> bool:
    part = _SUBDIVISION.fullmatch(name.strip().upper())
    if part is not None:
        return plain(part[1]) in ways_to_write_countries()
    written = plain(name)
    known = (ways_to_write_countries(), ways_to_write_provinces(), _regions())
    return any(written in each for each in known)


@cache
def _regions() -> frozenset[str]:
    """Every way to write a region."""
    listed = pl.read_csv(LIST, infer_schema=False).select("code", "names").fill_null("")
    written = (way for code, names in listed.iter_rows() for way in (code, *names.split("; ")))
    return frozenset(map(plain, filter(None, written)))
