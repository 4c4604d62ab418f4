"""Outlines on the maps of a result: where places without coordinates stand, what is drawn, and what
has no partner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl

from firstlight.chart import Chart, Drawing
from firstlight.numerics.generalised_outlines import LEAST, Generalised
from firstlight.result import FEWEST_MAPPED, Result, ranked_units
from firstlight.run.outlined_places import OutlinedPlaces
from firstlight.sources.archives import Content
from firstlight.sources.outlines import Outlines, read_outlines
from firstlight.texts import Count, Figure, Message, Name, Value, message, names

__all__ = ["Maps"]

NAMED = 12  # names in a sentence; the table has all


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
