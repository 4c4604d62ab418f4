"""Outlines on the maps of a result, those of a file or of the world's countries: where places
without coordinates stand, what is drawn, and what has no partner."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.chart import Chart, Drawing
from firstlight.classifications.countries import countries_of
from firstlight.numerics.generalised_outlines import LEAST, Generalised
from firstlight.result import FEWEST_MAPPED, Result, ranked_units
from firstlight.run.outlined_places import OutlinedPlaces
from firstlight.sources.archives import Content
from firstlight.sources.outlines import Outlines, geojson_of, read_outlines
from firstlight.texts import Count, Figure, Message, Name, Value, message, names

NAMED = 12  # names in a sentence; the table has all
# bqplot (Apache-2.0) ships Natural Earth's countries at 1:110 million, rounded to a grid of 0.036
# by 0.017 degrees, under the numeric codes of ISO 3166-1
PACKAGE, FILE, OBJECT = "bqplot", "map_data/WorldMap.json", "subunits"
ANTARCTICA = "010"  # no table has a row for it, and it would be a fifth of the paper
NAME = "name"
TABLE = "world_outlines"


@dataclass
class Maps:
    """Outlines to put on the maps of one result; their bytes are at hand, and parsed where
    something is computed.

    content : the bytes of the GeoJSON
    asked   : the property that names places, where the reader says it
    table   : what is measured
    place   : its column of places; None where the nodes of a network are the places
    """

    content: Content
    asked: str | None
    table: pl.DataFrame
    place: str | None

    @cached_property
    def given(self) -> Outlines:
        """What the bytes say; raises InputError where they are no outlines."""
        return read_outlines(self.content)

    @cached_property
    def found(self) -> OutlinedPlaces | None:
        """The places of the table and their outlines; None for a network.

        Raises InputError where none is of a place.
        """
        if self.place is None:
            return None
        return OutlinedPlaces.of(self.table[self.place].drop_nulls(), self.given, self.asked)

    @cached_property
    def placed(self) -> tuple[pl.DataFrame, int]:
        """What is measured, with a spot for each place that has an outline and had no coordinates;
        how many these are."""
        if self.found is None or self.place is None:
            return self.table, 0
        return self.found.with_spots(self.table, self.place)

    def on(self, result: Result) -> Result:
        """The result with tables ``outlines`` and ``outline_matches``, and what is to be said of
        them."""
        found, filled = self.found, self.placed[1]
        tables, charts = dict(result.tables), list(result.charts)
        networks = [own for own in charts if isinstance(own, Drawing) and own.kind == "network"]
        if found is None and networks:
            # the first network becomes a map, if there is an outline for each of its nodes
            first = networks[0]
            nodes = tables[first.nodes]
            found = OutlinedPlaces.of(nodes[first.node].drop_nulls(), self.given, self.asked)
            if not found.without:
                tables[first.nodes] = _with_spots(nodes, first, found)
                charts[charts.index(first)] = replace(first, kind="map")
                filled = nodes[first.node].n_unique()
        said, conventions = list(result.said), list(result.conventions)
        if found is not None:
            drawn, shapes = found.tables()
            tables |= drawn
            said += _said(found)
            conventions += _conventions(found, filled, shapes)
        if found is None or not (any(map(_is_map, charts)) or _ranks(result, found)):
            said.append(message("no_map"))
        return replace(
            result,
            tables=tables,
            charts=tuple(charts),
            said=tuple(said),
            conventions=tuple(conventions),
        )


def _is_map(chart: Chart | Drawing) -> bool:
    return isinstance(chart, Drawing) and chart.kind == "map"


def _ranks(result: Result, found: OutlinedPlaces) -> bool:
    """Whether a ranking is of places with outlines, and so drawn as a map."""
    known = set(found.matched.outline_of)
    return any(len(known & units) >= FEWEST_MAPPED for units in ranked_units(result))


def _with_spots(nodes: pl.DataFrame, drawing: Drawing, found: OutlinedPlaces) -> pl.DataFrame:
    at = [found.spots[name] for name in nodes[drawing.node]]
    spots = {
        drawing.x: pl.Series([spot[0] for spot in at], dtype=pl.Float64),
        drawing.y: pl.Series([spot[1] for spot in at], dtype=pl.Float64),
    }
    return nodes.with_columns(**spots)


def _said(found: OutlinedPlaces) -> list[Message]:
    matched, places = found.matched, Count(len(found.places))
    known = Count(len(found.places) - len(found.without))
    about = {"property": Name(matched.taken), "file": Name(found.given.snapshot.path)}
    if matched.by_rule:
        by_rule = Count(len(matched.by_rule))
        said = [message("outlines_by_rule", known=known, places=places, by_rule=by_rule, **about)]
    else:
        said = [message("outlines", known=known, places=places, **about)]
    clear = [place for place in found.without if place not in matched.ambiguous]
    unused = sorted(set(matched.features) - set(matched.outline_of.values()))
    lists: dict[str, Sequence[str]] = {
        "no_outline": clear,
        "ambiguous": sorted(matched.ambiguous),
        "no_place": unused,
    }
    for code, own in lists.items():
        if own:
            said.append(Message(code, {"count": Count(len(own)), "names": names(own, NAMED)}))
    return said


def _conventions(found: OutlinedPlaces, filled: int, shapes: Generalised) -> list[Message]:
    drawn: dict[str, Value[Any]] = {
        "kept": Count(shapes.points_kept),
        "points": Count(shapes.points),
        "moved": Figure(shapes.tolerance),
        "lost": Count(shapes.rings_left_out),
        "least": Figure(LEAST),
    }
    said = [Message("outlines_drawn", drawn)]
    if filled:
        said.append(message("at_a_point", count=Count(filled)))
    if found.matched.by_rule or found.matched.ambiguous:
        said.append(message("outline_rule"))
    twice = sorted(name for name, own in found.matched.features.items() if len(own) > 1)
    if twice:
        said.append(message("outlines_joined", count=Count(len(twice)), names=names(twice, 3)))
    unnamed = len(found.given.outlines) - sum(map(len, found.matched.features.values()))
    if unnamed:
        said.append(message("outlines_unnamed", count=Count(unnamed)))
    if found.given.without_area:
        said.append(message("outlines_without_area", count=Count(found.given.without_area)))
    return said


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
    if not countries:
        return None
    return WorldMap(countries, _shipped())


def _shipped() -> Content | None:
    """The outlines of the package, without importing it; None where it is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        return None
    file = Path(found.origin).parent / FILE
    if not file.is_file():
        return None
    return Content(f"{PACKAGE}/{FILE}", file)
