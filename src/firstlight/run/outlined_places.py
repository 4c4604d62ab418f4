"""The places of a table and the outlines of a file, matched: where places stand, and what a map
draws."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from firstlight.numerics.generalised_outlines import Generalised, Polygons, Ring, generalised
from firstlight.numerics.polygons import inner_point, signed_area
from firstlight.run.outline_names import Matched, match_names
from firstlight.sources.outlines import Outlines

SHAPES = {
    **dict.fromkeys(("outline", "place", "outline_match"), pl.String),
    **dict.fromkeys(("longitude", "latitude"), pl.Float64),
    "wkt": pl.String,
}


@dataclass(frozen=True)
class OutlinedPlaces:
    """The places of a table and the outlines of a file, matched.

    spots : place -> longitude and latitude of a point within its outline
    """

    places: tuple[str, ...]
    given: Outlines
    matched: Matched

    @classmethod
    def of(cls, places: Iterable[str], given: Outlines, asked: str | None) -> OutlinedPlaces:
        """Match them; raises InputError where none matches."""
        names = tuple(sorted(set(places)))
        return cls(names, given, match_names(names, given, asked))

    @cached_property
    def spots(self) -> dict[str, tuple[float, float]]:
        """Place -> a point inside the largest polygon of its outline; longitude from -180 up to
        180."""
        return {place: self._spot(name) for place, name in sorted(self.matched.outline_of.items())}

    def _spot(self, name: str) -> tuple[float, float]:
        shape = self._polygons(name)
        areas = [
            abs(signed_area(own[0])) * math.cos(math.radians(float(own[0][:, 1].mean())))
            for own in shape
        ]
        x, y = inner_point(shape[int(np.argmax(areas))])
        return (x + 180) % 360 - 180, y

    def _polygons(self, name: str) -> Polygons:
        return [
            list(own)
            for k in self.matched.features[name]
            for own in self.given.outlines[k].polygons
        ]

    def with_spots(self, frame: pl.DataFrame, place: str) -> tuple[pl.DataFrame, int]:
        """The frame, places without coordinates standing at a point of their outline; and how many
        do.

        place : the column of places
        """
        where = pl.DataFrame(
            [(place, *at) for place, at in self.spots.items()],
            schema={"place": pl.String, "_x": pl.Float64, "_y": pl.Float64},
            orient="row",
        )
        has = {
            name: pl.col(name).cast(pl.Float64)
            for name in ("longitude", "latitude")
            if name in frame.columns
        }
        own = frame.with_columns(
            has.get(name, pl.lit(None, pl.Float64)).alias(name)
            for name in ("longitude", "latitude")
        )
        known = own.group_by(place).agg(
            (pl.col("longitude").is_not_null() & pl.col("latitude").is_not_null())
            .any()
            .alias("_has")
        )
        lacking = known.filter(~pl.col("_has")).join(where, left_on=place, right_on="place")
        filled = own.join(
            lacking.select(place, "_x", "_y"), on=place, how="left", maintain_order="left"
        )
        is_new = pl.col("_x").is_not_null()
        filled = filled.with_columns(
            pl.when(is_new).then("_x").otherwise("longitude").alias("longitude"),
            pl.when(is_new).then("_y").otherwise("latitude").alias("latitude"),
        )
        return filled.drop("_x", "_y"), lacking.height

    def tables(self) -> tuple[dict[str, pl.DataFrame], Generalised]:
        """Tables ``outlines`` (as drawn) and ``outline_matches`` (all but exact ones); and what
        drawing them left out."""
        place_of = {name: place for place, name in self.matched.outline_of.items()}
        names = sorted(self.matched.features)
        found = generalised(
            [self._polygons(name) for name in names], [name in place_of for name in names]
        )
        digits = found.digits
        rows = []
        for name, shape in zip(names, found.shapes, strict=True):
            place = place_of.get(name)
            x, y = self._spot(name) if place is None else self.spots[place]
            rows.append(
                (
                    name,
                    place,
                    self._how(place),
                    round(x, digits),
                    round(y, digits),
                    _wkt(shape, digits),
                )
            )
        return {
            "outlines": pl.DataFrame(rows, schema=SHAPES, orient="row"),
            "outline_matches": self._matches(names, place_of),
        }, found

    def _how(self, place: str | None) -> str:
        return (
            "no_place" if place is None else "exact" if place in self.matched.exact else "by_rule"
        )

    def _matches(self, names: list[str], place_of: Mapping[str, str]) -> pl.DataFrame:
        rows: list[tuple[str | None, str | None, str]] = []
        for place in self.without:
            rows.append(
                (place, None, "ambiguous" if place in self.matched.ambiguous else "no_outline")
            )
        rows += [(place, name, "by_rule") for place, name in sorted(self.matched.by_rule.items())]
        rows += [(None, name, "no_place") for name in names if name not in place_of]
        return pl.DataFrame(
            rows,
            schema=dict.fromkeys(("place", "outline", "outline_match"), pl.String),
            orient="row",
        )

    @property
    def without(self) -> list[str]:
        """Places that have no outline."""
        return [place for place in self.places if place not in self.matched.outline_of]


def _wkt(shape: Polygons, digits: int) -> str:
    """A MULTIPOLYGON in well-known text."""

    def ring(points: Ring) -> str:
        return _bracketed(f"{x:.{digits}f} {y:.{digits}f}" for x, y in points.tolist())

    polygons = (_bracketed(map(ring, polygon)) for polygon in shape)
    return f"MULTIPOLYGON {_bracketed(polygons)}"


def _bracketed(parts: Iterable[str]) -> str:
    return f"({', '.join(parts)})"
