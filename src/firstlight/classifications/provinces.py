"""China's provinces as tables write them: codes of GB/T 2260, names in English and Chinese; and
which of them are next to each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from firstlight.texts import Remark

__all__ = [
    "Province",
    "province_links",
    "province_names",
    "provinces",
    "provinces_of",
    "ways_to_write_provinces",
]

FOLDER = Path(__file__).parent
LIST, NEIGHBOURS = FOLDER / "provinces.csv", FOLDER / "province_neighbours.csv"
FEWEST = 8  # provinces, below which a table is not taken for one of China's


@dataclass(frozen=True)
class Province:
    """A province. code : GB/T 2260; letters : of the same; name : by language"""

    code: str
    letters: str
    name: Mapping[str, str]


@cache
def provinces() -> Mapping[str, Province]:
    """The 34 by their codes, in the order of these.

    >>> len(provinces()), provinces()["61"].name
    (34, {'en': 'Shaanxi', 'zh': '陕西'})
    """
    return {
        row["code"]: Province(row["code"], row["letters"], Remark.under(row, "name_").value)
        for row in pl.read_csv(LIST, infer_schema=False).iter_rows(named=True)
    }


def provinces_of(places: Iterable[str]) -> dict[str, str] | None:
    """Place -> code; None unless all are provinces of China, each once, and they are eight or more.

    >>> provinces_of(["北京市", "Tianjin", "130000", "14", "内蒙古", "辽宁", "吉林", "黑龙江"])["14"]
    '14'
    >>> provinces_of(["北京市", "Tianjin", "Paris"]) is None
    True
    """
    names = list(dict.fromkeys(places))
    found = [ways_to_write_provinces().get(str(name).strip().casefold()) for name in names]
    code_of = {name: code for name, code in zip(names, found, strict=True) if code is not None}
    if len(code_of) < max(len(names), FEWEST) or len(set(code_of.values())) < len(code_of):
        return None
    return code_of


def province_names(
    places: Collection[str], lang: str = "en", known: Collection[str] = ()
) -> dict[str, str]:
    """Place -> its name, where all are China's provinces (`provinces_of`) and some are no names:
    codes in letters (CN-AH) or names in small ones; numbers may be anything's. Or place -> what it
    is called among others that are known and China's provinces, too. {} where they aren't.

    >>> codes = ["CN-BJ", "CN-TJ", "CN-HE", "CN-SX", "CN-NM", "CN-LN", "CN-JL", "CN-HL"]
    >>> named = province_names(codes, "zh")
    >>> named["CN-NM"], province_names(codes, known=[*named.values()])["CN-BJ"]
    ('内蒙古', '北京')
    """
    code_of, theirs = provinces_of(places) or {}, provinces_of(known) or {}
    if known:
        name_of = {code: name for name, code in theirs.items()}
        return {place: name_of.get(code, place) for place, code in code_of.items()}
    written = [own for own in code_of if own.isascii() and not own.isdigit()]
    if all(own.istitle() for own in written):
        return {}
    return {place: Remark(provinces()[code].name).text(lang) for place, code in code_of.items()}


def province_links(places: Iterable[str]) -> list[tuple[str, str]] | None:
    """Pairs of places that are next to each other, each pair once; None where the places are not
    China's provinces (`provinces_of`).

    Provinces are next to each other where they share a land border. Two islands are tied across
    their straits by convention: Hainan to Guangdong, and Taiwan to Fujian.

    >>> places = ["北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江"]
    >>> [pair for pair in province_links(places) if "北京" in pair]
    [('北京', '天津'), ('北京', '河北')]
    """
    code_of = provinces_of(places)
    if code_of is None:
        return None
    place_of = {provinces()[code].letters: place for place, code in code_of.items()}
    return [
        (place_of[one], place_of[other])
        for one, other, _ in _rows(NEIGHBOURS)
        if one in place_of and other in place_of
    ]


@cache
def ways_to_write_provinces() -> Mapping[str, str]:
    """Every way to write a province, in small letters -> its code."""
    written: dict[str, str] = {}
    for code, letters, english, chinese, also in _rows(LIST):
        known = [english, chinese, *also.split("; ")]
        known += [f"{english} province", f"{english} municipality", english.replace(" ", "")]
        known += [f"cn-{letters}", f"cn-{code}"]  # ISO 3166-2, now and before 2019
        written |= dict.fromkeys((*map(str.casefold, known), code, f"{code}0000"), code)
    return written


def _rows(file: Path) -> list[tuple[str, ...]]:
    return pl.read_csv(file, infer_schema=False).rows()
