"""The place that is asked for, as a table writes it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from firstlight.classifications.countries import plain, ways_to_write_countries
from firstlight.classifications.provinces import provinces, ways_to_write_provinces
from firstlight.errors import InputError
from firstlight.texts import Name, Remark, Value, message, names

__all__ = ["country_of", "name_of", "place_in", "places_like", "ways_to_write"]

FOLDER = Path(__file__).parent


def place_in(asked: str, written: Iterable[str]) -> str:
    """The one of the places of a table that is asked for: of the same name, or another way to write
    the same province of China (安徽, 安徽省, Anhui, 34).

    Raises  InputError, with places that are like it, where there is none.
    """
    every = list(written)
    found = places_like(asked, every)
    if not found:
        near = [own for own in every if asked.casefold() in own.casefold()] or sorted(every)
        raise InputError(message("no_place", place=Name(asked), places=names(near)), FOLDER)
    return found[0]


def places_like(asked: str, written: Iterable[str]) -> list[str]:
    """The places that are the one asked for, in their order."""
    wanted = _known(asked)
    return [own for own in written if _known(own) == wanted]


def country_of(place: str) -> str:
    """The country of a place: of a province of China, or of a country itself; "" for others."""
    if place.strip().casefold() in ways_to_write_provinces():
        return "China"
    return place if plain(place) in ways_to_write_countries() else ""


def ways_to_write(place: str) -> list[str]:
    """How the name of an organisation may write a place: no codes.

    >>> ways_to_write("CN-AH")
    ['anhui', '安徽']
    """
    code = ways_to_write_provinces().get(place.strip().casefold())
    if code is None:
        return [place.strip()]
    return [own.casefold() for own in provinces()[code].name.values()]


def name_of(place: str) -> Value[str] | Remark:
    """A place as each language calls it; as it is written where only that is known."""
    code = ways_to_write_provinces().get(place.strip().casefold())
    return Remark(provinces()[code].name) if code is not None else Name(place)


def _known(place: str) -> str:
    plain = " ".join(place.split()).casefold()
    return ways_to_write_provinces().get(plain, plain)
