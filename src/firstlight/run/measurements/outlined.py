"""Outlines on the maps of a measurement: where places without coordinates stand, what is drawn, and what has no partner."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from firstlight.numerics.finding import Words, listed
from firstlight.numerics.generalised_outlines import LEAST, Generalised, Polygons, Ring, generalised
from firstlight.numerics.polygons import inner_point, signed_area
from firstlight.run.measurements.curves import Computed, add_conventions, add_sentences
from firstlight.run.measurements.outline_names import RULE, Matched, match_names
from firstlight.sources.archives import Content
from firstlight.sources.outlines import Outlines, read_outlines

NAMED = 12  # names in a sentence; the table has all
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
        """Place -> a point inside the largest polygon of its outline; longitude from -180 up to 180."""
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

    def with_spots(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """The frame, places without coordinates standing at a point of their outline; and how many do."""
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
        known = own.group_by("place").agg(
            (pl.col("longitude").is_not_null() & pl.col("latitude").is_not_null())
            .any()
            .alias("_has")
        )
        lacking = known.filter(~pl.col("_has")).join(where, on="place")
        filled = own.join(
            lacking.select("place", "_x", "_y"), on="place", how="left", maintain_order="left"
        )
        is_new = pl.col("_x").is_not_null()
        filled = filled.with_columns(
            pl.when(is_new).then("_x").otherwise("longitude").alias("longitude"),
            pl.when(is_new).then("_y").otherwise("latitude").alias("latitude"),
        )
        return filled.drop("_x", "_y"), lacking.height

    def tables(self) -> tuple[dict[str, pl.DataFrame], Generalised]:
        """Tables ``outlines`` (as drawn) and ``outline_matches`` (all but exact ones); and what drawing them left out."""
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


@dataclass
class OnMaps:
    """Outlines to put on the maps of one measurement; their bytes are at hand, and parsed where something is computed.

    content    : the bytes of the GeoJSON
    asked      : the property that names places, where the reader says it
    table      : what is measured
    has_places : whether that has a column of places that maps show; the nodes of a network are known once it is measured
    """

    content: Content
    asked: str | None
    table: pl.DataFrame
    has_places: bool

    @cached_property
    def given(self) -> Outlines:
        """What the bytes say; raises InputError where they are no outlines."""
        return read_outlines(self.content)

    @cached_property
    def found(self) -> OutlinedPlaces | None:
        """The places of the table and their outlines, raises InputError where none is of a place; None for a network."""
        return (
            OutlinedPlaces.of(self.table["place"].drop_nulls(), self.given, self.asked)
            if self.has_places
            else None
        )

    @cached_property
    def placed(self) -> tuple[pl.DataFrame, int]:
        """What is measured, with a spot for each place that has an outline and had no coordinates; how many these are."""
        return self.found.with_spots(self.table) if self.found is not None else (self.table, 0)

    def after(self, computed: Computed) -> Computed:
        """Tables, facts and texts with the outlines."""
        tables, facts = dict(computed[0]), dict(computed[1])
        nodes = tables.get("nodes", pl.DataFrame())
        found, filled = self.found, self.placed[1]
        if found is None and nodes.height:
            found = OutlinedPlaces.of(nodes["node"].drop_nulls(), self.given, self.asked)
            if facts["drawing"] == "network" and not found.without:
                at = [
                    pl.Series(axis, [found.spots[name][k] for name in nodes["node"]], pl.Float64)
                    for k, axis in enumerate("xy")
                ]
                tables["nodes"] = nodes.with_columns(at)
                facts["drawing"] = "map"
                filled = nodes["node"].n_unique()
        kinds = {
            facts.get("drawing"),
            *(own.get("kind") for own in facts.get("drawings", {}).values()),
        }
        said = []
        if found is not None:
            drawn, shapes = found.tables()
            tables |= drawn
            facts["shown"] = [*facts["shown"], "outline_matches"]
            add_conventions(tables, *_conventions(found, filled, shapes))
            said = _sentences(found)
        if found is None or "map" not in kinds or not nodes.height:
            said.append(
                (
                    "no_map",
                    (
                        "The outlines are not drawn: nothing here is drawn as a map.",
                        "此处无地图，未绘制边界。",
                    ),
                )
            )
        add_sentences(tables, said)
        return tables, facts


def _wkt(shape: Polygons, digits: int) -> str:
    """A MULTIPOLYGON in well-known text."""

    def ring(points: Ring) -> str:
        return "(" + ", ".join(f"{x:.{digits}f} {y:.{digits}f}" for x, y in points.tolist()) + ")"

    return f"MULTIPOLYGON ({', '.join('(' + ', '.join(map(ring, polygon)) + ')' for polygon in shape)})"


def _sentences(found: OutlinedPlaces) -> list[tuple[str, Words]]:
    matched, places = found.matched, len(found.places)
    count = places - len(found.without)
    english = f"Outlines: {count:,} of {places:,} places have one, by the property {matched.taken!r} of {found.given.snapshot.path}"
    chinese = f"边界：{places:,}个地区中{count:,}个有边界（按{found.given.snapshot.path}的属性“{matched.taken}”匹配）"
    if matched.by_rule:
        english += (
            f"; {len(matched.by_rule):,} of them by a rule for names that are not the same text"
        )
        chinese += f"，其中{len(matched.by_rule):,}个按名称规则匹配"
    said: list[tuple[str, Words]] = [("outlines", (f"{english}.", f"{chinese}。"))]
    clear = [place for place in found.without if place not in matched.ambiguous]
    unused = sorted(set(matched.features) - set(matched.outline_of.values()))
    for code, names, one, other in (
        ("no_outline", clear, "Places without an outline", "无边界的地区"),
        (
            "ambiguous",
            sorted(matched.ambiguous),
            "Places whose outline is not sure, and not taken",
            "边界不唯一而未匹配的地区",
        ),
        ("no_place", unused, "Outlines without a place", "无对应地区的边界"),
    ):
        if names:
            rest = "等" if len(names) > NAMED else ""
            zh = f"{other}（{len(names):,}）：{'、'.join(names[:NAMED])}{rest}。"
            said.append((code, (f"{one} ({len(names):,}): {listed(names, NAMED)}.", zh)))
    return said


def _conventions(found: OutlinedPlaces, filled: int, shapes: Generalised) -> list[Words]:
    moved, before, after, lost = (
        shapes.tolerance,
        shapes.points,
        shapes.points_kept,
        shapes.rings_left_out,
    )
    said: list[Words] = [
        (
            f"outlines are drawn with {after:,} of {before:,} points, borders moving by {moved:.2g} units at most of a map about 900 "
            f"wide; {lost:,} islands or holes of less than {LEAST:g} square unit are left out",
            f"边界以{before:,}点中的{after:,}点绘制，偏移不超过{moved:.2g}单位（图宽约900）；略去面积小于{LEAST:g}平方单位的岛或洞{lost:,}个",
        )
    ]
    if filled:
        one = f"{filled:,} places without coordinates stand at a point within their outline; distances, where used, are between such points"
        said.append((one, f"{filled:,}个无坐标的地区以边界内一点定位；所用距离按该点计算"))
    if found.matched.by_rule or found.matched.ambiguous:
        said.append(RULE)
    twice = sorted(name for name, own in found.matched.features.items() if len(own) > 1)
    if twice:
        one = f"{len(twice):,} names stand on several features, each drawn as one outline: {listed(twice, 3)}"
        said.append(
            (
                one,
                f"{len(twice):,}个名称对应多个要素，各合并为一个边界：{'、'.join(twice[:3])}{'等' if len(twice) > 3 else ''}",
            )
        )
    unnamed = len(found.given.outlines) - sum(map(len, found.matched.features.values()))
    for number, english, chinese in (
        (
            unnamed,
            "areas of the outlines' file have no value of that property and are not drawn",
            "个面要素无该属性值，未绘制",
        ),
        (
            found.given.without_area,
            "features of the outlines' file have no area and are not drawn",
            "个要素无面积，未绘制",
        ),
    ):
        if number:
            said.append((f"{number:,} {english}", f"边界文件中{number:,}{chinese}"))
    return said
