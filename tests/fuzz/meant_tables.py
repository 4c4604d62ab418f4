"""Tables that mean something: places, years, and what was measured there, before anybody writes it
down."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

Cell = tuple[str, int]
"""A place and a year."""

# name, its code in the tables of international offices, and its name in Chinese
COUNTRIES = (
    ("Belgium", "BE", "BEL", "比利时"),
    ("Germany", "DE", "DEU", "德国"),
    ("Côte d'Ivoire", "CI", "CIV", "科特迪瓦"),
    ("Korea, Rep.", "KR", "KOR", "韩国"),
    ("Österreich", "AT", "AUT", "奥地利"),
    ("São Tomé and Príncipe", "ST", "STP", "圣多美和普林西比"),
    ("Viet Nam", "VN", "VNM", "越南"),
    ("Chad", "TD", "TCD", "乍得"),
)
PROVINCES = ("北京", "天津", "河北", "内蒙古", "上海", "江苏", "广东", "西藏")
# what is measured: name, name in Chinese, unit, unit in Chinese, decimals, smallest and largest
THINGS = (
    ("GDP", "地区生产总值", "million USD", "亿元", 1, 20, 900_000),
    ("Patents granted", "专利授权量", "items", "件", 0, 0, 60_000),
    ("Population", "年末人口", "thousand persons", "万人", 0, 11, 140_000),
    ("Share of industry", "工业占比", "share", "比例", 3, 0.001, 0.999),
    ("Unemployment rate", "失业率", "%", "%", 2, 0.4, 27),
    ("Trade balance", "贸易差额", "million USD", "亿元", 2, -4_000, 4_000),
)


@dataclass(frozen=True)
class Thing:
    """What is measured, and in which unit."""

    name: str
    unit: str
    decimals: int


@dataclass(frozen=True)
class Meant:
    """A table as it is meant.

    cells : a number as exact as it will be written, or None where there is none
    """

    lang: str
    places: tuple[str, ...]
    years: tuple[int, ...]
    thing: Thing
    cells: Mapping[Cell, Decimal | None]

    def codes(self, letters: int) -> dict[str, str]:
        """Place -> its code of two or three letters."""
        known = {name: (two, three) for own in COUNTRIES for name in (own[0], own[3])
                 for two, three in [(own[1], own[2])]}  # fmt: skip
        return {place: known[place][letters - 2] for place in self.places}

    def of(self, year: int) -> list[Decimal | None]:
        """The numbers of a year, place by place."""
        return [self.cells[place, year] for place in self.places]


def meant_table(rng: random.Random, *, lang: str = "", is_of_countries: bool = False) -> Meant:
    """A table of two to seven places and three to six years, of which one cell in twelve is
    missing; never a whole year or place."""
    lang = lang or rng.choice(("en", "zh"))
    name, name_zh, unit, unit_zh, decimals, least, most = rng.choice(THINGS)
    thing = Thing(name, unit, decimals) if lang == "en" else Thing(name_zh, unit_zh, decimals)
    known = PROVINCES
    if lang == "en" or is_of_countries:
        known = tuple(own[0 if lang == "en" else 3] for own in COUNTRIES)
    places = tuple(rng.sample(known, rng.randint(2, 7)))
    first = rng.randint(1998, 2016)
    years = tuple(range(first, first + rng.randint(3, 6)))
    cells = {
        (place, year): _number(rng, decimals, least, most) for place in places for year in years
    }
    for place in places:
        if rng.random() < 0.4:
            cells[place, rng.choice(years[1:])] = None
    for year in years:  # no year is of nothing but gaps
        if all(cells[place, year] is None for place in places):
            cells[places[0], year] = _number(rng, decimals, least, most)
    return Meant(lang, places, years, thing, cells)


def another(meant: Meant, rng: random.Random) -> Meant:
    """Something else of the same places and years."""
    others = [own for own in THINGS if meant.thing.name not in own]
    name, name_zh, unit, unit_zh, decimals, least, most = rng.choice(others)
    thing = Thing(name, unit, decimals) if meant.lang == "en" else Thing(name_zh, unit_zh, decimals)
    cells = {cell: _number(rng, decimals, least, most) for cell in meant.cells}
    return Meant(meant.lang, meant.places, meant.years, thing, cells)


def _number(rng: random.Random, decimals: int, least: float, most: float) -> Decimal:
    if least > 0 and rng.random() < 0.5:  # as many small ones as large ones
        value = least * (most / least) ** rng.random()
    else:
        value = rng.uniform(least, most)
    return round(Decimal(value), decimals)
