"""Who is next to whom, and how much it counts: the spatial weights of places.

Weights come from a list of neighbours, from coordinates, from shared borders or from how alike
places are economically; ``weights_of`` reads them from the arguments of a measurement. Those of
China's provinces are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from firstlight import roles
from firstlight.classifications.provinces import province_links
from firstlight.errors import InputError, check_enough, missing_value, needs, too_many
from firstlight.instruments.disparity.borders import Areas, bordering, read_areas, spots_of
from firstlight.numerics.globe import EARTH_KM, on_sphere, way_of_chord
from firstlight.numerics.optional_arrays import array_or
from firstlight.numerics.row_checks import one_spot_each, refuse_missing
from firstlight.schema import Data
from firstlight.texts import Count, Figure, List, Message, Name, message, names

Array = NDArray[np.float64]
Rule = Literal["links", "queen", "rook", "nearest", "within", "inverse", "economic", "provinces"]
MOST_DENSE = 3000  # places of which every pair is weighed
FAMILY = Path(__file__).parent
NEIGHBOUR_TABLE = roles.Table(
    {"place": roles.Key(), "neighbour": roles.Key(), "weight": roles.Number("zero")},
    may_lack=("weight",),
)


class NeighbourColumns(TypedDict, total=False):
    """Columns of places and where they lie, and what makes them neighbours, which measurements of
    space share; each column by its own name unless another is given.

    Parameters
    ----------
    place
        Column of the places.
    latitude
        Column of the latitudes, in degrees.
    longitude
        Column of the longitudes, in degrees.
    economic
        Column by which places are economically near, such as income per head; its mean over years
        counts.
    neighbour_table
        A row for each link between a place and a neighbour, with a weight if links differ.
    borders
        GeoJSON of the places' areas, whose shared borders make neighbours.
    neighbours_by
        What makes neighbours: links of the table, shared corners (queen) or sides (rook) of
        borders, the nearest places, a distance, weights of 1 / distance, or of 1 / economic
        difference; or the land borders of China's provinces, which are known. Where left out, the
        first of links, queen, nearest and provinces that the data allow.
    nearest
        How many places are next to each, where the nearest count.
    within_km
        The largest distance of neighbours in km.
    """

    place: Annotated[str, roles.Key()]
    latitude: Annotated[str | None, roles.Number()]
    longitude: Annotated[str | None, roles.Number()]
    economic: Annotated[str | None, roles.Number()]
    neighbour_table: Annotated[Any, NEIGHBOUR_TABLE]
    borders: Annotated[str | Path | Mapping[str, Any] | None, roles.File()]
    neighbours_by: Rule | None
    nearest: Annotated[int, roles.Bounds(1, 100), roles.Default(4)]
    within_km: Annotated[float | None, roles.Bounds(0.001)]


@dataclass(frozen=True)
class Weights:
    """Spatial weights of n places.

    places : n names, in the order of the matrix
    matrix : (n, n) sparse; row i holds the weights of what i is next to, its diagonal is 0
    said   : what was left out
    conventions : which rule was used
    nearest : where the nearest count, longitude and latitude (n, 2), and how many
    """

    places: list[str]
    matrix: Any
    said: tuple[Message, ...] = ()
    conventions: tuple[Message, ...] = ()
    nearest: tuple[Array, int] | None = None

    @property
    def islands(self) -> list[str]:
        """The places without a neighbour."""
        alone = self.matrix.sum(axis=1) == 0
        return [place for place, is_alone in zip(self.places, alone, strict=True) if is_alone]

    def among(self, is_in: NDArray[np.bool_]) -> tuple[Any, NDArray[np.intp]]:
        """The matrix of some places and their positions; those that are left without a neighbour
        are left out as well. The nearest are drawn anew, among these places."""
        at = np.flatnonzero(is_in)
        if self.nearest is not None and at.size > 1:
            points, count = self.nearest
            return nearest_weights(points[at], min(count, at.size - 1)), at
        while at.size:
            matrix = self.matrix[at][:, at]
            linked = matrix.sum(axis=1) > 0
            if linked.all():
                return matrix, at
            at = at[linked]
        return csr_array((0, 0)), at


def standardised(matrix: Any) -> Any:
    """The rows of a sparse matrix divided by their sums; rows of zeros stay so.

    >>> standardised(csr_array([[0.0, 2.0], [0.0, 0.0]])).toarray().tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    sums = matrix.sum(axis=1)
    factor = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    return csr_array(matrix.multiply(factor[:, None]))


def link_weights(
    places: Sequence[str],
    one: Sequence[str],
    other: Sequence[str],
    weight: ArrayLike | None = None,
) -> Any:
    """The weights that a list of links says, an (n, n) sparse matrix.

    A list that holds no link in both directions is about pairs, and counts both ways; any other is
    taken as it stands. A place is no neighbour of itself.

    Parameters
    ----------
    places
        n names, those of the links among them.
    one, other
        (m,) names: the place, and what it is next to.
    weight
        (m,) numbers, 0 or above; 1 where left out.

    Returns
    -------
    An (n, n) sparse matrix.

    Raises
    ------
    KeyError
        For a name that is none of the places.

    Examples
    --------
    >>> link_weights(["a", "b", "c"], ["a", "b"], ["b", "c"]).toarray().tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    index = {place: k for k, place in enumerate(places)}
    rows = np.array([index[name] for name in one], dtype=np.intp)
    columns = np.array([index[name] for name in other], dtype=np.intp)
    size = array_or(weight, np.ones(rows.size))
    # a link of no weight is none
    counts = (rows != columns) & (size > 0)
    rows, columns, size = rows[counts], columns[counts], size[counts]
    there = set(zip(rows.tolist(), columns.tolist(), strict=True))
    if not any((column, row) in there for row, column in there):
        rows, columns = np.concatenate([rows, columns]), np.concatenate([columns, rows])
        size = np.concatenate([size, size])
    return csr_array((size, (rows, columns)), shape=(len(places), len(places)))


def nearest_weights(points: Array, count: int) -> Any:
    """1 for the nearest places of each, 0 for the others.

    Where several are equally far, the first in the order of the points count.

    Parameters
    ----------
    points
        (n, 2), longitude and latitude in degrees.
    count
        How many, at least 1 and less than n.

    Returns
    -------
    An (n, n) sparse matrix.

    Examples
    --------
    >>> nearest_weights(np.array([[0.0, 0], [1, 0], [3, 0]]), 1).toarray().tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    n = len(points)
    sphere = on_sphere(points[:, 1], points[:, 0])
    far = np.asarray(cKDTree(sphere).query(sphere, k=count + 1)[0])[:, -1]
    # those as far as the last one are found, too, and ties broken below
    rows, columns, apart = _pairs(points, far * (1 + 1e-9))
    order = np.lexsort((columns, np.round(apart, 6), rows))
    rows, columns = rows[order], columns[order]
    first = np.searchsorted(rows, np.arange(n))
    kept = np.arange(rows.size) - first[rows] < count
    return csr_array((np.ones(int(kept.sum())), (rows[kept], columns[kept])), shape=(n, n))


def within_weights(points: Array, kilometres: float) -> Any:
    """1 for places within a distance on the globe, 0 for the others.

    Parameters
    ----------
    points
        (n, 2), longitude and latitude in degrees.
    kilometres
        The largest distance.

    Returns
    -------
    An (n, n) sparse matrix.

    Examples
    --------
    >>> within_weights(np.array([[0.0, 0], [1, 0], [3, 0]]), 120).toarray().tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    n = len(points)
    rows, columns, _ = _pairs(points, np.full(n, _chord(kilometres)))
    return csr_array((np.ones(rows.size), (rows, columns)), shape=(n, n))


def inverse_distance_weights(
    points: Array, kilometres: float | None = None, power: float = 1.0
) -> Any:
    """1 / distance^power on the globe, up to a largest distance where one is given.

    Parameters
    ----------
    points
        (n, 2), longitude and latitude in degrees, no two the same.
    kilometres
        The largest distance; None for all pairs.
    power
        How fast the weight falls with the distance.

    Returns
    -------
    An (n, n) sparse matrix, in km^-power.

    Examples
    --------
    >>> found = inverse_distance_weights(np.array([[0.0, 0], [1, 0], [3, 0]]))
    >>> round(float(found[0, 1] / found[0, 2]), 6)
    3.0
    """
    n = len(points)
    reach = _chord(np.pi * EARTH_KM if kilometres is None else kilometres)
    rows, columns, apart = _pairs(points, np.full(n, reach))
    return csr_array((apart**-power, (rows, columns)), shape=(n, n))


def alike_weights(values: ArrayLike) -> Any:
    """1 / |difference|: places count the more, the more alike they are economically.

    Parameters
    ----------
    values
        (n,), such as income per head; no two the same.

    Returns
    -------
    An (n, n) sparse matrix.

    Examples
    --------
    >>> alike_weights([1.0, 2.0, 4.0]).toarray()[0].round(3).tolist()
    [0.0, 1.0, 0.333]
    """
    given = np.asarray(values, dtype=float)
    apart = np.abs(given[:, None] - given)
    weights = np.divide(1.0, apart, out=np.zeros_like(apart), where=apart > 0)
    return csr_array(weights)


def _chord(kilometres: float) -> float:
    """The straight distance on the unit sphere of a way along its surface, and as little more as
    rounding takes from a place that is just as far."""
    return float(2 * np.sin(min(kilometres / EARTH_KM, np.pi) / 2)) * (1 + 1e-9)


def _pairs(points: Array, reach: Array) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Each place and what is within its reach, sorted; and the way between them in km."""
    sphere = on_sphere(points[:, 1], points[:, 0])
    near = cKDTree(sphere).query_ball_point(sphere, reach, return_sorted=True)
    rows = np.repeat(np.arange(len(sphere)), [len(own) for own in near])
    columns = np.concatenate([np.asarray(own, dtype=np.intp) for own in near])
    apart = rows != columns
    rows, columns = rows[apart], columns[apart]
    chord = np.sqrt(((sphere[rows] - sphere[columns]) ** 2).sum(axis=1))
    return rows, columns, way_of_chord(chord)


def check_rule(arguments: Mapping[str, Any]) -> Message | None:
    """What is wrong with the options of the neighbours together, or None."""
    rule = arguments["neighbours_by"]
    needed = {"links": "neighbour_table", "queen": "borders", "rook": "borders"}
    needed |= {"within": "within_km"}
    if rule in needed and arguments[needed[rule]] is None:
        return needs(f"neighbours_by = {rule}", needed[rule])
    return None


def spots(frame: pl.DataFrame, places: Sequence[str], areas: Areas | None = None) -> Array | None:
    """(n, 2), longitude and latitude of each place: of its rows, else a point within its outline;
    None where some place has neither.

    frame : place, longitude, latitude

    Raises InputError for a place in two spots, and for numbers that are no degrees.
    """
    one_spot_each(frame, "place", 360)
    known = frame.select("place", "longitude", "latitude").drop_nulls().unique().sort("place")
    found = {place: (x, y) for place, x, y in known.rows()}
    if areas is not None:
        found = spots_of(areas) | found
    if any(place not in found for place in places):
        return None
    return np.array([found[place] for place in places])


def weights_of(data: Data, arguments: Mapping[str, Any]) -> tuple[Weights, Array | None]:
    """The weights that a measurement's arguments ask for, not standardised, and where places lie.

    data      : place; longitude, latitude and economic; the table neighbour_table
    arguments : neighbours_by, borders, nearest, within_km, economic

    Raises InputError where what the rule needs is not there.
    """
    places = data.frame["place"].unique().sort().to_list()
    borders, rule = arguments["borders"], arguments["neighbours_by"]
    areas = None if borders is None else read_areas(borders, places)
    points = spots(data.frame, places, areas)
    if rule is None:
        rule = _first_rule(data, areas, points)
    convention: dict[str, Any] = {}
    said: tuple[Message, ...] = ()
    if rule == "links":
        matrix, said = linked(data.tables["neighbour_table"], places)
    elif rule in ("queen", "rook"):
        assert areas is not None
        matrix = bordering(areas, places, rule)
    elif rule == "economic":
        matrix = _economic(data, places)
    elif rule == "provinces":
        if (pairs := province_links(places)) is None:
            raise _error(message("no_provinces"))
        matrix = _of_pairs(places, pairs)
    else:
        matrix, convention = _of_points(rule, points, places, data, arguments)
    if not matrix.nnz:
        raise _error(message("nobody_is_next", rule=Name(rule)))
    conventions = (message(f"neighbours_{rule}", **convention),)
    nearest = None
    if rule == "nearest" and points is not None:
        nearest = points, arguments["nearest"]
    return Weights(places, matrix, said, conventions, nearest), points


def _first_rule(data: Data, areas: Areas | None, points: Array | None) -> str:
    """The rule that what was handed in allows."""
    if "neighbour_table" in data.tables:
        return "links"
    if areas is not None:
        return "queen"
    if points is not None:
        return "nearest"
    if data.has("latitude", "longitude"):
        lacking = data.frame.filter(pl.any_horizontal(pl.col("latitude", "longitude").is_null()))
        raise missing_value("latitude, longitude", lacking["place"][0])
    if province_links(data.frame["place"]) is None:
        raise _error(message("no_neighbours"))
    return "provinces"


def links_of(data: Data, places: Sequence[str]) -> Weights | None:
    """The weights by the table of neighbours, or else those of China's provinces; None where there
    is no table and places are none of these.

    data : the table neighbour_table
    """
    places = list(places)
    if "neighbour_table" in data.tables:
        matrix, said = linked(data.tables["neighbour_table"], places)
        return Weights(places, matrix, said)
    pairs = province_links(places)
    if pairs is None:
        return None
    said_of = (message("neighbours_provinces"),)
    return Weights(places, _of_pairs(places, pairs), conventions=said_of)


def links_said(links: Weights | None) -> tuple[Message, ...]:
    """What a measurement says of the links that it found, if any."""
    if links is None:
        return ()
    return links.said


def links_conventions(links: Weights | None) -> tuple[Message, ...]:
    """What a measurement that compares places with their neighbours says of how, if it does."""
    if links is None:
        return ()
    return message("neighbours"), *links.conventions


def _of_pairs(places: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Any:
    return link_weights(places, [one for one, _ in pairs], [other for _, other in pairs])


def linked(links: Data, places: Sequence[str]) -> tuple[Any, tuple[Message, ...]]:
    """The (n, n) sparse weights of a table of neighbours, and the names in it that are no places.

    links : place, neighbour, weight

    Raises InputError for a link that has no weight where others have one.
    """
    strange = sorted({*links.frame["place"], *links.frame["neighbour"]} - set(places))
    known = links.frame.filter(~pl.any_horizontal(pl.col("place", "neighbour").is_in(strange)))
    weight = known["weight"].to_numpy() if links.has("weight") else None
    if weight is not None:
        refuse_missing(known, ["place", "neighbour"], "weight")
    matrix = link_weights(places, known["place"].to_list(), known["neighbour"].to_list(), weight)
    if not strange:
        return matrix, ()
    return matrix, (message("strange_links", count=Count(len(strange)), names=names(strange, 3)),)


def neighbour_means(matrix: Any, x: Array) -> Array:
    """(n,) or (n, years): the mean over each place's neighbours by their weights; nan where a place
    has none, or one of them has no value.

    >>> neighbour_means(csr_array([[0.0, 2.0], [0.0, 0.0]]), np.array([1.0, 5.0])).tolist()
    [5.0, nan]
    """
    shares = standardised(matrix)
    is_alone = np.asarray(shares.sum(axis=1)) == 0
    lacks = shares @ np.isnan(x).astype(float) > 0
    means = np.asarray(shares @ np.nan_to_num(x))
    return np.where(lacks | is_alone.reshape(-1, *[1] * (x.ndim - 1)), np.nan, means)


def _economic(data: Data, places: Sequence[str]) -> Any:
    """The matrix of how alike the means of the column ``economic`` are."""
    means = (
        data.frame.group_by("place").agg(pl.col("economic").sort().mean()).sort("place")["economic"]
    )
    if means.null_count():
        raise missing_value("economic", places[int(means.is_null().arg_max() or 0)])
    _refuse_many(places)
    twice = means.is_duplicated()
    if twice.any():
        pair = [place for place, is_twice in zip(places, twice, strict=True) if is_twice]
        raise _error(message("economic_tie", one=Name(pair[0]), other=Name(pair[1])))
    return alike_weights(means.to_numpy())


def _of_points(
    rule: str,
    points: Array | None,
    places: Sequence[str],
    data: Data,
    arguments: Mapping[str, Any],
) -> tuple[Any, dict[str, Any]]:
    """The matrix of a rule of distances, and what its convention names."""
    if points is None:
        spot = pl.all_horizontal(pl.col("latitude", "longitude").is_not_null())
        known = set(data.frame.filter(spot)["place"])
        lost = [place for place in places if place not in known]
        raise missing_value("latitude, longitude", lost[0])
    within, count = arguments["within_km"], arguments["nearest"]
    if rule == "nearest":
        check_enough("places", len(places), count + 1, f"nearest = {count}")
        return nearest_weights(points, count), {"count": Count(count)}
    if rule == "within":
        return within_weights(points, within), {"kilometres": Figure(within)}
    _refuse_many(places)
    same = pl.DataFrame({"place": places, "x": points[:, 0], "y": points[:, 1]})
    same = same.filter(pl.struct("x", "y").is_duplicated())
    if same.height:
        one, other = same.sort("x", "y", "place")["place"].head(2)
        raise _error(message("same_spot", one=Name(one), other=Name(other)))
    return inverse_distance_weights(points, within), {}


def _refuse_many(places: Sequence[str]) -> None:
    if len(places) > MOST_DENSE:
        raise InputError(too_many("places", len(places), MOST_DENSE, "neighbours_by"))


def islands_said(weights: Weights) -> list[Message]:
    """The places without a neighbour, by name."""
    alone = weights.islands
    if not alone:
        return []
    listed = List(tuple(Name(place) for place in alone))
    return [message("islands", count=Count(len(alone)), places=listed)]


def _error(given: Message) -> InputError:
    return InputError(given, FAMILY)
