"""Where the strong and the weak are: spatial autocorrelation, clusters, and the centre's way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl
from scipy.special import ndtri

from firstlight import roles
from firstlight.chart import Chart, Drawing, Mark
from firstlight.instruments.disparity.neighbours import (
    Array,
    NeighbourColumns,
    Weights,
    check_rule,
    islands_said,
    standardised,
    weights_of,
)
from firstlight.instruments.disparity.space.spatial_patterns.centre_of_gravity import (
    centre_of_gravity,
    compass,
)
from firstlight.instruments.disparity.space.spatial_patterns.spatial_autocorrelation import (
    FEWEST,
    geary,
    general_g,
    getis_ord,
    local_moran,
    moran,
    varies,
)
from firstlight.measurement import Measurement, Sample
from firstlight.numerics.distributions import false_discovery
from firstlight.numerics.globe import great_circle_km
from firstlight.numerics.long_frames import finite_or_none
from firstlight.result import Result
from firstlight.texts import Code, Count, Figure, List, Message, Name, Number, Year, message

CLUSTERS = {  # cluster -> what is said of it
    "high_high": "cluster_high_high",
    "low_low": "cluster_low_low",
    "high_low": "cluster_high_low",
    "low_high": "cluster_low_high",
}
LISTED = 6  # places of a cluster that the answer names


def spatial_pattern(
    frame: Any,
    *,
    year: Annotated[str | None, roles.Year()] = "year",
    value: Annotated[str, roles.Number()] = "value",
    standardise: bool = True,
    permutations: Annotated[int, roles.Bounds(99, 9999)] = 999,
    level: Annotated[float, roles.Bounds(0.5, 0.999)] = 0.95,
    adjust: Literal["none", "fdr"] = "none",
    seed: Annotated[int, roles.Bounds(0, 2**32 - 1)] = 0,
    **columns: Unpack[NeighbourColumns],
) -> Result:
    """Whether the strong are next to the strong, where clusters are, and where the centre moves.

    Moran's I and Geary's C of each year with permutation inference, local Moran and Getis-Ord Gi*
    of each place, and, of values from 0, the centre of gravity with its standard deviational
    ellipse.

    Parameters
    ----------
    frame
        A row for each place, or for each place and year.
    year
        Column of the years.
    value
        Column of what is measured, such as output per head.
    standardise
        Whether the weights of each place are divided by their sum.
    permutations
        How often values are dealt anew over the places.
    level
        Level from which a cluster or a spot counts as significant.
    adjust
        Whether the p-values of places are adjusted for their number (false discovery rate).
    seed
        Seed of the permutations.
    **columns
        Columns of the table, and its neighbours: `NeighbourColumns`.

    Returns
    -------
    Result with the tables ``clusters`` (the places in the last year), ``autocorrelation`` (a row
    for each year), ``centres`` where coordinates are known and values are 0 or above, and in full
    ``clusters_by_year``.

    Raises
    ------
    InputError
        For neighbours that can't be known, and where no year can be measured.

    References
    ----------
    Moran 1950, Biometrika 37; Anselin 1995, Geographical Analysis 27(2); Ord and Getis 1995,
    Geographical Analysis 27(4); Lefever 1926, American Journal of Sociology 32(1).

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame({"place": list("abcdef"), "value": [1.0, 2, 3, 7, 8, 9]})
    >>> links = pl.DataFrame({"place": list("abcde"), "neighbour": list("bcdef")})
    >>> found = spatial_pattern(rows, neighbour_table=links, permutations=99)
    >>> found.tables["autocorrelation"]["moran_index"].round(4).to_list()
    [0.7586]
    """
    arguments = SPATIAL_PATTERN.arguments(locals())
    data = SPATIAL_PATTERN.read(arguments)
    weights, points = weights_of(data, arguments)
    rows = data.frame.select("place", "year", "value")
    parts = [
        _one_year(own, weights, arguments) for own in rows.partition_by("year", maintain_order=True)
    ]
    has_years = data.has("year")
    clusters = _in_years(pl.concat([clusters for _, clusters in parts]), has_years)
    course = _in_years(pl.DataFrame([of_year for of_year, _ in parts]), has_years)
    if not course["moran_index"].count():
        reason = Code(f"codes.reason.{course['reason'][-1]}")
        raise SPATIAL_PATTERN.error(message("no_year_measured", reason=reason))
    last = clusters
    if has_years:
        last = clusters.filter(pl.col("year") == course.drop_nulls("moran_index")["year"].max())
    last = last.sort("local_moran_index", descending=True, nulls_last=True, maintain_order=True)
    tables = {"clusters": last, "autocorrelation": course}
    if points is not None and (rows["value"].drop_nulls() >= 0).all():
        tables["centres"] = _centres(rows, weights.places, points, has_years)
    if has_years and course.height > 1:
        tables["clusters_by_year"] = clusters
    said = [*_pattern_said(course, level), *_clusters_said(last)]
    if "centres" in tables:
        said += _centre_said(tables["centres"])
    if adjust == "none":
        said.append(_chance_said(last, level))
    said += [*islands_said(weights), *weights.said]
    drawn, charts = _charts(tables, weights.places, points)
    return Result(
        tables | drawn,
        tuple(said),
        SPATIAL_PATTERN.texts,
        conventions=_conventions(weights, arguments, "centres" in tables),
        charts=charts,
        given=data.given,
    )


def _in_years(table: pl.DataFrame, has_years: bool) -> pl.DataFrame:
    """The table without its year, where there are none."""
    return table if has_years else table.drop("year")


def _one_year(
    rows: pl.DataFrame, weights: Weights, arguments: Mapping[str, Any]
) -> tuple[dict[str, Any], pl.DataFrame]:
    """The statistics of a year, and a row for each of its places."""
    when, named = rows["year"][0], dict(rows.select("place", "value").iter_rows())
    x = np.array([named.get(place) for place in weights.places], dtype=float)
    matrix, at = weights.among(np.isfinite(x))
    reason = None
    if at.size < FEWEST:
        reason = "few_places"
    elif not varies(x[at]):
        reason = "all_alike"
    course, local = dict[str, Any](), dict[str, Any]()
    if reason is None:
        course, local = _statistics(x[at], matrix, arguments)
    own = pl.DataFrame(
        {
            "year": pl.Series([when] * at.size, dtype=pl.Int32),
            "place": pl.Series([weights.places[k] for k in at], dtype=pl.String),
            **{name: local.get(name, [None] * at.size) for name in _LOCAL},
        },
        schema_overrides=_LOCAL,
    )
    # a place that has no value, or nobody next to it, keeps its row
    places = rows.select("place", "value")
    table = places.join(own.drop("year"), on="place", how="left", maintain_order="left")
    why = (
        pl.when(pl.col("value").is_null())
        .then(pl.lit("value_missing"))
        .when(pl.lit(reason).is_not_null() & pl.col("place").is_in(own["place"].implode()))
        .then(pl.lit(reason))
        .when(~pl.col("place").is_in(own["place"].implode()))
        .then(pl.lit("no_neighbour"))
    )
    year = pl.lit(when, dtype=pl.Int32).alias("year")
    of_year = {name: course.get(name) for name in _COURSE}
    numbers = {"year": when, "places_count": int(at.size), **of_year, "reason": reason}
    return numbers, table.select(year, pl.all(), reason=why.cast(pl.String))


_LOCAL: dict[str, Any] = {
    "neighbours_value": pl.Float64,
    "local_moran_index": pl.Float64,
    "cluster": pl.String,
    "p_value": pl.Float64,
    "getis_ord_z": pl.Float64,
    "spot": pl.String,
    "value_z": pl.Float64,
    "lag_z": pl.Float64,
}
_COURSE = (
    "moran_index",
    "moran_expected_index",
    "moran_z",
    "p_value",
    "geary_index",
    "geary_z",
    "geary_p_value",
    "general_g_index",
    "general_g_z",
    "general_g_p_value",
)


def _statistics(
    x: Array, matrix: Any, arguments: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The statistics of the places of a year that have values and neighbours."""
    draws, level = (arguments["permutations"], arguments["seed"]), arguments["level"]
    rows_to_one = standardised(matrix)
    if arguments["standardise"]:
        matrix = rows_to_one
    whole, local = moran(x, matrix, *draws), local_moran(x, matrix, *draws)
    apart = geary(x, matrix, *draws)
    course = {
        "moran_index": whole.index,
        "moran_expected_index": whole.expected,
        "moran_z": finite_or_none(whole.z),
        "p_value": whole.p_value,
        "geary_index": apart.index,
        "geary_z": finite_or_none(apart.z),
        "geary_p_value": apart.p_value,
    }
    if (x >= 0).all() and (x > 0).sum() > 1:
        together = general_g(x, matrix, *draws)
        course |= {
            "general_g_index": together.index,
            "general_g_z": finite_or_none(together.z),
            "general_g_p_value": together.p_value,
        }
    p_value = local.p_value
    if arguments["adjust"] == "fdr":
        p_value = false_discovery(p_value)
    z = getis_ord(x, matrix)
    bound = float(ndtri(1 - (1 - level) / 2))
    spots = np.select([z >= bound, z <= -bound], ["hot", "cold"], "none")
    lag = rows_to_one @ local.z
    return course, {
        "neighbours_value": rows_to_one @ x,
        "local_moran_index": local.index,
        # p is a multiple of 1/(draws + 1), and 1 - 0.95 not quite 0.05: at the level it is sure
        "cluster": _cluster(local.z, lag, p_value <= 1 - level + 1e-12),
        "p_value": p_value,
        "getis_ord_z": pl.Series(z).fill_nan(None),
        "spot": spots.tolist(),
        "value_z": local.z,
        "lag_z": lag,
    }


def _cluster(z: Array, lag: Array, is_sure: Any) -> list[str]:
    """The quadrant of each place, or none where it is not sure."""
    quadrants = [(z > 0) & (lag > 0), (z < 0) & (lag < 0), (z > 0) & (lag < 0), (z < 0) & (lag > 0)]
    sure = [is_sure & quadrant for quadrant in quadrants]
    return [str(code) for code in np.select(sure, list(CLUSTERS), "none")]


def _centres(rows: pl.DataFrame, places: list[str], points: Array, has_years: bool) -> pl.DataFrame:
    """The centre of each year with its ellipse, and how far and where it moved since the one
    before."""
    at, found = {place: k for k, place in enumerate(places)}, []
    before: tuple[float, float] | None = None
    for own in rows.drop_nulls("value").partition_by("year", maintain_order=True):
        if not own["value"].sum() > 0:
            continue
        where = points[[at[place] for place in own["place"]]]
        centre = centre_of_gravity(where, own["value"].to_numpy())
        spot = (centre.longitude, centre.latitude)
        moved, direction = None, None
        if before is not None:
            moved = float(great_circle_km(*before, *spot))
        if before and moved:
            direction = compass(before, spot)
        found.append(
            {
                "year": own["year"][0],
                "longitude": centre.longitude,
                "latitude": centre.latitude,
                "moved_km": moved,
                "direction": direction,
                "major_axis_km": centre.major_km,
                "minor_axis_km": centre.minor_km,
                "angle_degrees": centre.angle,
                "ellipse_area_km2": centre.area_km2,
            }
        )
        before = spot
    kinds = {"year": pl.Int32, "moved_km": pl.Float64, "direction": pl.String}
    return _in_years(pl.DataFrame(found, schema_overrides=kinds), has_years)


def _pattern_said(course: pl.DataFrame, level: float) -> list[Message]:
    """Whether the strong are next to the strong, in the last year and in the first."""
    known = course.drop_nulls("moran_index")
    first, last = known.row(0, named=True), known.row(-1, named=True)
    has_years = "year" in course.columns
    plain, dated = "pattern_scattered", "pattern_in_scattered"
    if last["p_value"] <= 1 - level + 1e-12:
        plain, dated = "pattern_apart", "pattern_in_apart"
        if last["moran_index"] > last["moran_expected_index"]:
            plain, dated = "pattern_together", "pattern_in_together"
    values = {
        "index": Number(last["moran_index"]),
        "p": Figure(last["p_value"]),
        "expected": Number(last["moran_expected_index"]),
    }
    if not has_years:
        return [message(plain, **values)]
    said = [message(dated, year=Year(last["year"]), **values)]
    if first["year"] < last["year"]:
        index, p_value = Number(first["moran_index"]), Figure(first["p_value"])
        said.append(message("before", index=index, p=p_value, year=Year(first["year"])))
    return said


def _clusters_said(table: pl.DataFrame) -> list[Message]:
    """Where clusters are, the strongest first."""
    said = []
    for kind, code in CLUSTERS.items():
        own = table.filter(pl.col("cluster") == kind)
        if own.height:
            listed = List(tuple(Name(place) for place in own["place"]), LISTED)
            said.append(message(code, count=Count(own.height), places=listed))
    return said or [message("no_cluster")]


def _chance_said(table: pl.DataFrame, level: float) -> Message:
    """How many places chance alone would show as parts of clusters."""
    tested = table["p_value"].count()
    return message("by_chance", count=Count(tested), chance=Number(tested * (1 - level), 1))


def _centre_said(centres: pl.DataFrame) -> list[Message]:
    """How far the centre has moved, and where."""
    if not centres.height:
        return []
    one, other = centres.row(0, named=True), centres.row(-1, named=True)
    spots = [(row["longitude"], row["latitude"]) for row in (one, other)]
    to = {"longitude": Number(spots[1][0]), "latitude": Number(spots[1][1])}
    if centres.height == 1:
        return [message("centre", **to)]
    years = {"first": Year(one["year"]), "last": Year(other["year"])}
    moved = float(great_circle_km(*spots[0], *spots[1]))
    if moved < 0.05:
        return [message("centre_stays", **years, **to)]
    direction = Code(f"codes.direction.{compass(*spots)}")
    said = [message("centre_moved", moved=Number(moved, 1), direction=direction, **years, **to)]
    area = other["ellipse_area_km2"] / one["ellipse_area_km2"] if one["ellipse_area_km2"] else 1.0
    if abs(area - 1) >= 0.01:
        code = "ellipse_wider" if area > 1 else "ellipse_narrower"
        said.append(message(code, ratio=Number(area)))
    return said


def _conventions(
    weights: Weights, arguments: Mapping[str, Any], has_centres: bool
) -> tuple[Message, ...]:
    code = "weights_standardised" if arguments["standardise"] else "weights_as_given"
    said = [*weights.conventions, message(code)]
    count = Count(arguments["permutations"])
    said.append(message("permuted", count=count, level=Number(arguments["level"])))
    said += [message("local_convention"), message(f"adjust_{arguments['adjust']}")]
    return (*said, message("ellipse_convention")) if has_centres else tuple(said)


def _charts(
    tables: Mapping[str, pl.DataFrame], places: list[str], points: Array | None
) -> tuple[dict[str, pl.DataFrame], tuple[Chart | Drawing, ...]]:
    """Moran's scatter, the map of clusters, Moran's I over the years, and the way of the centre."""
    known = tables["clusters"].drop_nulls("value_z").sort("place")
    nodes = known.select(node="place", value_z="value_z", lag_z="lag_z", cluster="cluster")
    drawn = {"drawn_places": nodes}
    charts: list[Chart | Drawing] = []
    scatter: dict[str, Any] = {"x": "value_z", "y": "lag_z", "group": "cluster", "neutral": "none"}
    if points is not None:
        spots = pl.DataFrame({"node": places, "x": points[:, 0], "y": points[:, 1]})
        drawn["drawn_places"] = nodes.join(spots, on="node", how="left", maintain_order="left")
        charts.append(
            Drawing("cluster_map", "map", "drawn_places", group="cluster", neutral="none")
        )
    charts.append(Drawing("moran_scatter", "scatter", "drawn_places", **scatter))
    course = tables["autocorrelation"]
    if "year" in course.columns and course["moran_index"].count() > 1:
        marks = (Mark("moran_index"), Mark("moran_expected_index", "dash"))
        charts.append(Chart("moran_by_year", "autocorrelation", "year", marks))
    centres = tables.get("centres")
    if centres is not None and "year" in centres.columns and centres.height > 1:
        years = centres["year"].cast(pl.String)
        drawn["drawn_centres"] = centres.select("longitude", "latitude", node=years)
        steps = {"one": years[:-1], "other": years[1:], "weight": [1.0] * (years.len() - 1)}
        drawn["drawn_steps"] = pl.DataFrame(steps)
        way: dict[str, Any] = {"x": "longitude", "y": "latitude", "is_directed": True}
        charts.append(Drawing("centre_way", "scatter", "drawn_centres", "drawn_steps", **way))
    return drawn, tuple(charts)


SPATIAL_PATTERN = Measurement(
    spatial_pattern,
    citation=(
        "Moran 1950, Biometrika 37; Anselin 1995, Geographical Analysis 27(2); "
        "Ord and Getis 1995, Geographical Analysis 27(4); "
        "Lefever 1926, American Journal of Sociology 32(1)"
    ),
    sample=Sample(outlines="../sample_outlines.geojson"),
    check=check_rule,
    brief=("place", "value", "neighbours_value", "cluster", "p_value", "spot"),
    places="place",
)
