"""Totals among the names of a table: the nation among its provinces, "all" among industries."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache

import polars as pl

from firstlight.numerics.sums_of_others import counted_once, sums_in_frame
from firstlight.sources.columns import plain, read_table
from firstlight.sources.renamed_units import OF_PLACES

__all__ = ["has_total", "may_be_total", "totals_among"]

FEWEST = 2  # names that are left; beside a single one a total is something to compare it with
EXACT = 1e-4  # of the whole: what rounding leaves between published parts and their sum
SUMS = 5  # different numbers, of years or of pairs of names, that no name but a total has by chance
_TOTAL = re.compile(
    r"(?:grand |national )?total|all(?: commodities| industries| products)?|"
    r"(?:全国|全省|全市)?(?:合计|总计|总和)|全国"
)
_CODE = re.compile(r"[A-Z]{3}")
_PERHAPS = re.compile(r"sub ?total|nation(?:al)?|world|(?:全国|全省|全市)?小计|全省|全市|全部")


def may_be_total(name: str) -> bool:
    """Whether a name is one that rows of sums have in tables of places and of industries.

    >>> [name for name in ("合 计", "Grand Total", "World", "Allgäu") if may_be_total(name)]
    ['合 计', 'Grand Total', 'World']
    """
    return bool(_TOTAL.fullmatch(plain(name)) or _PERHAPS.fullmatch(plain(name)))


def has_total(names: Collection[str]) -> bool:
    """Whether some of the names are sums of the others or places that hold others, by what they are
    called."""
    return any(map(may_be_total, names)) or bool(_aggregates(names))


def totals_among(frame: pl.DataFrame) -> dict[str, list[str]]:
    """Column -> the names in it that are totals of the others.

    They are called by a word for it (Total, All, 合计, 全国); or are places that hold others of the
    table, as the world and the euro area do (``aggregates.csv``); or are called by a word that a
    place may have as well (全省, 全市), and their numbers are the sum of all others'; or they are
    that sum to the last digits with five different numbers or more, whatever they are called
    (Germany among its states); small numbers that never change are a sum but once. A list without
    numbers has no totals: 全国 may be one of its places.

    frame : names as texts in columns that are `counted_once`, other keys, and numbers as floats

    >>> rows = [("北京", 1.0), ("天津", 2.0), ("全国", 9.0)]
    >>> totals_among(pl.DataFrame(rows, ["place", "value"], orient="row"))
    {'place': ['全国']}
    """
    found: dict[str, list[str]] = {}
    numbers = frame.select(pl.col(pl.Float64))
    if not any(column.count() for column in numbers):
        return {}
    for key in counted_once(frame.columns):
        known = frame[key].drop_nulls().unique().sort().to_list()
        totals = [name for name in known if _TOTAL.fullmatch(plain(name))]
        if key in OF_PLACES:
            totals += _aggregates(known)
        others = frame.filter(~pl.col(key).is_in(totals).fill_null(False))
        perhaps = {name for name in known if _PERHAPS.fullmatch(plain(name))}
        sums = perhaps & set(sums_in_frame(others, key)) if perhaps else set[str]()
        totals += sorted(sums | set(sums_in_frame(others, key, EXACT, SUMS)))
        if totals and len(known) - len(totals) >= FEWEST:
            found[key] = totals
            frame = frame.filter(~pl.col(key).is_in(totals).fill_null(False))
    return found


def _aggregates(known: Collection[str]) -> list[str]:
    """The names of places that hold others: the world and groups by income hold every country,
    others those of their members that stand beside them."""
    folded, found = {plain(name) for name in known}, []
    are_codes = all(map(_CODE.fullmatch, known))  # IDA and PRE may be anything among names
    for name in known:
        members = _members().get(plain(name))
        if members is None or (_CODE.fullmatch(name) and not are_codes):
            continue
        if not members or folded & members:
            found.append(name)
    return found


@cache
def _members() -> Mapping[str, frozenset[str]]:
    """Aggregate -> some of its members, the largest; none for one that holds every country."""
    return {
        plain(row["name"]): frozenset(map(plain, filter(None, row["members"].split("|"))))
        for row in read_table("aggregates.csv")
    }
