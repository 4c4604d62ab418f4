"""The places of a table and the outlines of a file, matched: where places stand, and what a map
draws."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.generalised_outlines import Generalised, Polygons, Ring, generalised
from firstlight.numerics.polygons import inner_point, signed_area
from firstlight.sources.outlines import Outlines
from firstlight.texts import Name, Value, message, names

SHAPES = {
    **dict.fromkeys(("outline", "place", "outline_match"), pl.String),
    **dict.fromkeys(("longitude", "latitude"), pl.Float64),
    "wkt": pl.String,
}

RUN = Path(__file__).parent
MOST_TOLD = 12  # properties that an error lists
PEOPLES = (
    "壮族|回族|维吾尔|藏族|羌族|彝族|苗族|侗族|土家族|布依族|哈尼族|傣族|白族|景颇族|傈僳族|朝鲜族|蒙古族|蒙古|哈萨克|"
    "柯尔克孜|黎族|满族|瑶族|土族|撒拉族|东乡族|裕固族|保安族|仫佬族|毛南族|水族|仡佬族|畲族|拉祜族|佤族|纳西族|独龙族|怒族"
)
_CHINESE = re.compile(
    rf"(?<=..)(?:(?:{PEOPLES})*(?:自治区|自治州|自治县)|特别行政区|地区|[省市县盟州])$"
)
_AFTER = re.compile(
    r"\s+(?:province|state|county|prefecture|region|district|department|municipality|parish|"
    r"governorate|oblast)$"
)
_BEFORE = re.compile(
    r"^(?:province|state|county|prefecture|region|district|department|municipality) of "
)


@dataclass(frozen=True)
class Matched:
    """Places and the features that are theirs.

    taken     : the property that names outlines
    features  : name of an outline -> positions of its features in the file
    exact     : place -> name of its outline, the same text
    by_rule   : place -> name of its outline, by a rule for names that are not the same text
    ambiguous : places that the rule would give an outline, were it the only one
    """

    taken: str
    features: Mapping[str, Sequence[int]]
    exact: Mapping[str, str]
    by_rule: Mapping[str, str]
    ambiguous: Collection[str]

    @property
    def outline_of(self) -> dict[str, str]:
        """Place -> name of its outline."""
        return {**self.exact, **self.by_rule}


def plain_name(name: str) -> str:
    """A name without case, accents and the word for its kind of place.

    >>> [plain_name(name) for name in ("广西壮族自治区", "吉林省", "County of Córdoba", "Orange County",
    ...     "北京")]
    ['广西', '吉林', 'cordoba', 'orange', '北京']
    """
    letters = unicodedata.normalize("NFKD", name.casefold())
    text = "".join(letter for letter in letters if not unicodedata.combining(letter))
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return _CHINESE.sub("", _BEFORE.sub("", _AFTER.sub("", text)))


def match_names(places: Iterable[str], outlines: Outlines, asked: str | None) -> Matched:
    """Match the places of a table with the outlines of a file, by a property that was asked for or
    the one that matches most.

    Raises  InputError for a property that no feature has, or where none matches a place.
    """
    wanted = sorted(set(places))
    known = outlines.properties()
    about: dict[str, Value[Any]]
    about = {"file": Name(outlines.snapshot.path), "known": names(known, MOST_TOLD)}
    if not known:
        raise InputError(message("no_properties", **about), RUN)
    if asked is not None and asked not in known:
        raise InputError(message("no_property", name=Name(asked), **about), RUN)
    properties = known
    if asked is not None:
        properties = [asked]
    tried = [_by(wanted, outlines, name) for name in properties]
    # the most places, then the most of them exactly, then the fewest features to a name; ties by
    # the order in the file
    best = max(tried, key=lambda own: (len(own.outline_of), len(own.exact), len(own.features)))
    if not best.outline_of:
        about["examples"] = names(list(tried[0].features)[:3])
        about["places"] = names(wanted[:3])
        if asked is not None:
            raise InputError(message("property_fits_none", name=Name(asked), **about), RUN)
        raise InputError(message("no_property_fits", **about), RUN)
    return best


def _by(places: Sequence[str], outlines: Outlines, name: str) -> Matched:
    features: dict[str, list[int]] = {}
    for number, own in enumerate(outlines.outlines):
        if name in own.properties:
            features.setdefault(unicodedata.normalize("NFC", own.properties[name]), []).append(
                number
            )
    normal = {place: unicodedata.normalize("NFC", place.strip()) for place in places}
    # one text, written with other code points, is not two places of one outline
    same = Counter(normal.values())
    exact = {place: text for place, text in normal.items() if text in features and same[text] == 1}
    alike, of_outline = Counter(map(plain_name, places)), dict[str, list[str]]()
    for text in features:
        of_outline.setdefault(plain_name(text), []).append(text)
    by_rule, ambiguous = {}, []
    for place in places:
        fitting = of_outline.get(plain_name(place), [])
        if place in exact or not fitting:
            continue
        # so that no other place has it exactly, either
        if len(fitting) == 1 and alike[plain_name(place)] == 1:
            by_rule[place] = fitting[0]
        else:
            ambiguous.append(place)
    return Matched(name, features, exact, by_rule, ambiguous)


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
        both = ("longitude", "latitude")
        absent = [pl.lit(None).alias(name) for name in both if name not in frame.columns]
        own = frame.with_columns(absent).with_columns(pl.col(both).cast(pl.Float64))
        # a place that has coordinates in one row keeps them
        is_lacking = pl.any_horizontal(pl.col(both).is_null()).all()
        lacking = own.group_by(place).agg(is_lacking.alias("_lacks")).filter("_lacks")
        lacking = lacking.join(where, left_on=place, right_on="place")
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
            if place is None:
                spot = self._spot(name)
            else:
                spot = self.spots[place]
            x, y = (round(at, digits) for at in spot)
            rows.append((name, place, self._how(place), x, y, _wkt(shape, digits)))
        return {
            "outlines": pl.DataFrame(rows, schema=SHAPES, orient="row"),
            "outline_matches": self._matches(names, place_of),
        }, found

    def _how(self, place: str | None) -> str:
        if place is None:
            return "no_place"
        if place in self.matched.exact:
            return "exact"
        return "by_rule"

    def _matches(self, names: list[str], place_of: Mapping[str, str]) -> pl.DataFrame:
        rows: list[tuple[str | None, str | None, str]] = []
        for place in self.without:
            why = "no_outline"
            if place in self.matched.ambiguous:
                why = "ambiguous"
            rows.append((place, None, why))
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
