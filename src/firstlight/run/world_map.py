"""The outlines of countries on the rankings of a result, from Natural Earth as the extra ``maps``
brings it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from firstlight.classifications.countries import countries_of
from firstlight.result import FEWEST_MAPPED, Result, ranked_units
from firstlight.run.outlined_places import OutlinedPlaces
from firstlight.sources.archives import Content
from firstlight.sources.outlines import geojson_of, read_outlines
from firstlight.texts import Count, message

__all__ = ["WorldMap", "world_map"]

# bqplot (Apache-2.0) ships Natural Earth's countries at 1:110 million, rounded to a grid of 0.036
# by 0.017 degrees, under the numeric codes of ISO 3166-1
PACKAGE, FILE, OBJECT = "bqplot", "map_data/WorldMap.json", "subunits"
ANTARCTICA = "010"  # no table has a row for it, and it would be a fifth of the paper
NAME = "name"
TABLE = "world_outlines"


@dataclass(frozen=True)
class WorldMap:
    """Outlines for a table that is about countries.

    countries : place -> numeric code
    content   : the bytes of the outlines; None where the extra is not installed
    """

    countries: Mapping[str, str]
    content: Content | None

    @property
    def root(self) -> Path | None:
        """Where the path that the outlines go by begins."""
        if self.content is None or self.content.path is None:
            return None
        return self.content.path.parents[self.content.name.count("/")]

    def on(self, result: Result) -> Result:
        """The result with a table ``world_outlines``, where a ranking of it is of countries; and
        whose boundaries they are, or how to get them."""
        known = set(self.countries)
        ranked = [units for units in ranked_units(result) if len(units & known) >= FEWEST_MAPPED]
        if not ranked:
            return result
        if self.content is None:
            told = message("world_map_extra")
            return replace(result, conventions=(*result.conventions, told))
        places = set[str]().union(*ranked)
        outlined = self._outlined(sorted(places & known))
        if outlined is None:
            return result
        tables, _ = outlined.tables()
        drawn = Count(len(outlined.matched.outline_of))
        told = message("world_map", known=drawn, places=Count(len(places)))
        return replace(
            result,
            tables={**result.tables, TABLE: tables["outlines"]},
            conventions=(*result.conventions, told),
        )

    def _outlined(self, drawn: Sequence[str]) -> OutlinedPlaces | None:
        """The outlines under the names that the table has for their countries; None where there are
        none of them, as of a table of small islands."""
        if self.content is None:
            return None
        with self.content.raw() as stream:
            whole = geojson_of(json.load(stream), OBJECT)
        place_of = {self.countries[place]: place for place in drawn}
        kept = []
        for feature in whole["features"]:
            code = str(feature["id"]).zfill(len(ANTARCTICA))
            if code != ANTARCTICA:
                name = place_of.get(code, feature["properties"][NAME])
                kept.append({**feature, "properties": {NAME: name}})
        if not set(drawn) & {feature["properties"][NAME] for feature in kept}:
            return None
        return OutlinedPlaces.of(drawn, read_outlines({**whole, "features": kept}), NAME)


def world_map(places: pl.Series) -> WorldMap | None:
    """The outlines for the places of a table; None where they are no countries."""
    countries = countries_of(places.drop_nulls().unique())
    return WorldMap(countries, _shipped()) if countries else None


def _shipped() -> Content | None:
    """The outlines of the package, without importing it; None where it is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        return None
    file = Path(found.origin).parent / FILE
    return Content(f"{PACKAGE}/{FILE}", file) if file.is_file() else None
