"""Countries as tables write them: codes of ISO 3166-1, and names in English and Chinese."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path

import polars as pl

__all__ = [
    "countries_called",
    "countries_named",
    "countries_of",
    "country_names",
    "is_mostly",
    "plain",
    "ways_to_write_countries",
]

LIST = Path(__file__).with_name("countries.csv")
FEWEST, MOSTLY = 8, 0.75
FEWEST_OF_TWO, MOSTLY_OF_TWO = 15, 0.9  # codes of two letters, which states and provinces have too
LETTERS = 2
FIRST_SIGN = "\u2e80"  # of Chinese; names in Latin letters sort before it


@cache
def ways_to_write_countries() -> Mapping[str, str]:
    """Every way to write a country, as `plain` has it -> its numeric code."""
    found: dict[str, str] = {}
    for numeric, iso3, iso2, names in pl.read_csv(LIST, infer_schema=False).iter_rows():
        found |= dict.fromkeys(map(plain, (iso3, iso2, *names.split("; "))), numeric)
    return found


def countries_of(places: Iterable[str]) -> dict[str, str]:
    """Place -> numeric code of its country, of a table that is about countries; else nothing.

    It is where eight places or more, and three of four, are countries. Of codes of two letters,
    which parts of countries have too, it takes fifteen, and nine of ten. A country that is written
    in two ways is left out.

    >>> places = ["France", "德国", "ITA", "UK", "Viet Nam", "Türkiye", "中国", "South Korea", "World"]
    >>> countries_of(places)["UK"], len(countries_of(places)), countries_of(places[:5])
    ('826', 8, {})
    """
    names = sorted(set(places))
    known = {name: code for name in names if (code := ways_to_write_countries().get(plain(name)))}
    if not is_mostly(known, names):
        return {}
    times = Counter(known.values())
    return {name: code for name, code in known.items() if times[code] == 1}


def is_mostly(known: Collection[str], names: Collection[str]) -> bool:
    """Whether enough of the names are known as places for all to be taken for such: eight and three
    of four; of codes of two letters fifteen and nine of ten.

    >>> is_mostly(["France"] * 8, ["France"] * 10), is_mostly(["FR"] * 8, ["FR"] * 10)
    (True, False)
    """
    is_of_two = sum(len(name.strip()) == LETTERS and name.isascii() for name in known)
    fewest, mostly = FEWEST, MOSTLY
    if 2 * is_of_two > len(known):
        fewest, mostly = FEWEST_OF_TWO, MOSTLY_OF_TWO
    return len(known) >= max(fewest, mostly * len(names))


def countries_named(texts: Iterable[str]) -> dict[str, str]:
    """Text -> English name of the country that it names, of those that name one.

    Names and codes of three letters; two letters are parts of countries as well ("CA").

    >>> countries_named(["CHINA", "Viet Nam", "USA", "CA", "Munich", "德国"])
    {'CHINA': 'China', 'Viet Nam': 'Vietnam', 'USA': 'United States', '德国': 'Germany'}
    """
    told = (text for text in texts if not _is_short(text))
    return countries_called(told, "en")


def countries_called(texts: Iterable[str], lang: str) -> dict[str, str]:
    """Text -> name in a language of the country that it writes, codes of two letters included.

    >>> countries_called(["NLD", "KR", "Various"], "zh")
    {'NLD': '荷兰', 'KR': '韩国'}
    """
    ways, called = ways_to_write_countries(), _names(lang)
    return {text: called[code] for text in texts if (code := ways.get(plain(text)))}


def _is_short(text: str) -> bool:
    return text.isascii() and len(text) <= LETTERS and text.casefold() != "uk"


def country_names() -> list[str]:
    """Every name of a country in English and Chinese, sorted, without codes.

    >>> {"France", "德国", "UK"} - set(country_names()), "EL" in country_names()
    (set(), False)
    """
    listed = pl.read_csv(LIST, infer_schema=False)["names"].str.split("; ").explode()
    return sorted(countries_named(listed))


@cache
def _names(lang: str) -> Mapping[str, str]:
    """Numeric code of each country -> its first name in a language."""
    listed = pl.read_csv(LIST, infer_schema=False).select("numeric", "names").rows()
    return {
        numeric: next(name for name in names.split("; ") if (name > FIRST_SIGN) == (lang == "zh"))
        for numeric, names in listed
    }


def plain(name: str) -> str:
    """A name without case, accents and what apostrophe it has.

    >>> plain("Île-de-France"), plain("Côte  d’Ivoire")
    ('ile-de-france', "cote d'ivoire")
    """
    letters = unicodedata.normalize("NFKD", name.replace("’", "'").casefold())
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(kept.split())
