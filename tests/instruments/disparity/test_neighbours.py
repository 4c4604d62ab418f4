"""Who is next to whom: each rule against what can be counted by hand, and its errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from firstlight.classifications.provinces import province_links, provinces
from firstlight.disparity import convergence, mobility, spatial_pattern
from firstlight.errors import InputError
from firstlight.instruments.disparity.borders import Areas, bordering, read_areas
from firstlight.instruments.disparity.neighbours import (
    inverse_distance_weights,
    link_weights,
    nearest_weights,
    within_weights,
)
from firstlight.result import Result

POINTS = np.array([[0.0, 0], [1, 0], [1, 1], [5, 5], [179.5, 0], [-179.5, 0]])


def square(x: float, y: float) -> list[list[float]]:
    return [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]


def geojson(**spots: tuple[float, float]) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "properties": {"id": k, "name": name},
            "geometry": {"type": "Polygon", "coordinates": [square(*spot)]},
        }
        for k, (name, spot) in enumerate(spots.items())
    ]
    return {"type": "FeatureCollection", "features": features}


GRID = geojson(a=(0, 0), b=(1, 0), c=(0, 1), d=(1, 1), e=(2, 0), f=(9, 9))
VALUES = pl.DataFrame({"place": list("abcdef"), "value": [1.0, 2.0, 4.0, 3.0, 5.0, 9.0]})


def test_distances_go_round_the_globe() -> None:
    near = within_weights(POINTS, 112).toarray()
    assert near[4, 5] == near[5, 4] == 1 and near[3].sum() == 0
    assert inverse_distance_weights(POINTS)[0, 1] == pytest.approx(1 / 111.195, rel=1e-5)


def test_a_place_just_as_far_as_the_distance_is_within_it() -> None:
    """Distances by the haversine, whose last digits are others."""
    points = np.random.default_rng(3).uniform(-60, 60, (15, 2))
    x, y = np.radians(points).T
    half = np.sin((y[:, None] - y) / 2) ** 2
    half += np.cos(y)[:, None] * np.cos(y) * np.sin((x[:, None] - x) / 2) ** 2
    apart = 2 * 6371.0088 * np.arcsin(np.sqrt(half))
    for one, other in zip(*np.triu_indices(15, 1), strict=True):
        within = (apart <= apart[one, other]) & ~np.eye(15, dtype=bool)
        near = within_weights(points, float(apart[one, other])).toarray()
        assert near[one, other] == near[other, one] == 1 and (near == within | within.T).all()


def test_each_place_has_so_many_nearest_and_ties_go_by_order() -> None:
    near = nearest_weights(POINTS, 2).toarray()
    assert near.sum(axis=1).tolist() == [2.0] * 6 and near.diagonal().sum() == 0
    line = np.array([[0.0, 0], [1, 0], [2, 0]])
    assert nearest_weights(line, 1).toarray()[1].tolist() == [1.0, 0.0, 0.0]


def test_the_nearest_weigh_the_same_as_all_distances_sorted() -> None:
    points = np.random.default_rng(1).uniform(-60, 60, (40, 2))
    closeness = inverse_distance_weights(points).toarray()
    by_sorting = np.argsort(-closeness, axis=1)[:, :5]
    near = nearest_weights(points, 5).toarray()
    assert all(set(np.flatnonzero(near[k])) == set(by_sorting[k]) for k in range(40))


def test_links_of_one_direction_count_both_ways_and_others_as_they_stand() -> None:
    assert link_weights("ab", ["a"], ["b"]).toarray().tolist() == [[0, 1], [1, 0]]
    directed = link_weights("abc", ["a", "b", "c"], ["b", "a", "a"], [1.0, 2.0, 3.0])
    assert directed.toarray().tolist() == [[0, 1, 0], [2, 0, 0], [3, 0, 0]]


def test_shared_corners_and_sides() -> None:
    areas = read_areas(GRID, list("abcdef"))
    queen, rook = (bordering(areas, list("abcdef"), rule).toarray() for rule in ("queen", "rook"))
    assert queen.sum(axis=1).tolist() == [3, 4, 3, 4, 2, 0]
    assert rook.sum(axis=1).tolist() == [2, 3, 2, 2, 1, 0]
    assert (queen == queen.T).all() and (queen >= rook).all()


def test_an_area_of_two_parts_is_next_to_what_either_touches() -> None:
    ring = np.array(square(0, 0), dtype=float)
    areas = Areas({"a": [[ring], [ring + 5]], "b": [[ring + 6]], "c": [[ring + 1]]})
    assert bordering(areas, ["a", "b", "c"], "queen").toarray()[0].tolist() == [0, 1, 1]


def test_a_place_without_a_neighbour_is_named_and_left_out() -> None:
    found = spatial_pattern(VALUES, borders=GRID, permutations=99)
    said = {given.code: given.values for given in found.said}
    assert [place.value for place in said["islands"]["places"].value] == ["f"]
    assert found.tables["autocorrelation"]["places_count"].to_list() == [5]
    reason = dict(found.tables["clusters"].select("place", "reason").iter_rows())
    assert reason == {**dict.fromkeys("abcde"), "f": "no_neighbour"}


def test_links_to_strangers_are_left_out_and_said() -> None:
    links = pl.DataFrame({"place": list("abcdex"), "neighbour": list("bcdefa")})
    found = spatial_pattern(VALUES, neighbour_table=links, permutations=99)
    assert [
        given.values["count"].value for given in found.said if given.code == "strange_links"
    ] == [1]


COORDINATES = VALUES.with_columns(
    longitude=pl.Series(POINTS[:, 0]), latitude=pl.Series(POINTS[:, 1])
)
NO_POINT = COORDINATES.with_columns(
    pl.when(pl.col("place") != "c").then("latitude").alias("latitude")
)
BEYOND = COORDINATES.with_columns(latitude=pl.col("latitude") + 90)
SAME = COORDINATES.with_columns(longitude=pl.lit(1.0), latitude=pl.lit(1.0))
TIED = VALUES.with_columns(economic=pl.Series([1.0, 1.0, 2.0, 3.0, 4.0, 5.0]))
LINKS = pl.DataFrame({"place": list("ab"), "neighbour": list("bc"), "weight": [1.0, None]})


@pytest.mark.parametrize(
    ("code", "frame", "options"),
    [
        ("no_neighbours", VALUES, {}),
        ("needs", VALUES, {"neighbours_by": "queen"}),
        ("needs", COORDINATES, {"neighbours_by": "within"}),
        ("value_missing", NO_POINT, {}),
        ("value_missing", VALUES, {"neighbours_by": "nearest"}),
        ("off_the_globe", BEYOND, {}),
        ("two_spots", None, {}),
        ("same_spot", SAME, {"neighbours_by": "inverse"}),
        ("too_few", COORDINATES, {"nearest": 6}),
        ("nobody_is_next", COORDINATES, {"neighbours_by": "within", "within_km": 1.0}),
        ("value_missing", VALUES, {"neighbours_by": "economic"}),
        ("economic_tie", TIED, {"neighbours_by": "economic"}),
        ("value_missing", VALUES, {"neighbour_table": LINKS}),
        ("no_borders_file", VALUES, {"borders": "nowhere.geojson"}),
        ("no_geojson", VALUES, {"borders": {"type": "Point"}}),
        ("no_outline_named", VALUES, {"borders": geojson(x=(0, 0))}),
        ("no_outline_of", VALUES, {"borders": geojson(a=(0, 0), b=(1, 0))}),
    ],
)
def test_errors(code: str, frame: pl.DataFrame | None, options: dict[str, Any]) -> None:
    if frame is None:
        years = [COORDINATES.with_columns(year=pl.lit(year)) for year in (2000, 2001)]
        moved = years[1].with_columns(longitude=pl.col("longitude") + 0.5)
        frame = pl.concat([years[0], moved])
    with pytest.raises(InputError) as caught:
        spatial_pattern(frame, permutations=99, **options)
    assert caught.value.code == code


def test_too_many_places_to_weigh_all_pairs() -> None:
    n = 3001
    many = pl.DataFrame({"place": [f"p{k}" for k in range(n)], "value": np.arange(n) * 1.0})
    with pytest.raises(InputError) as caught:
        spatial_pattern(many.with_columns(economic="value"), neighbours_by="economic")
    assert caught.value.code == "too_many"


def provinces_table(names: list[str], years: int) -> pl.DataFrame:
    """Invented values above 0, a row for each province and year."""
    rows = [
        (name, 2010 + year, 10.0 + (7 * at) % 31 + year * ((5 * at) % 13))
        for at, name in enumerate(names)
        for year in range(years)
    ]
    return pl.DataFrame(rows, ["unit", "year", "value"], orient="row")


CODES = [own.code for own in provinces().values()]
NAMES = [own.name["zh"] for own in provinces().values()]


@pytest.mark.parametrize("measure", [spatial_pattern, mobility, convergence])
def test_neighbours_of_provinces_are_known_and_give_way_to_the_users(
    measure: Callable[..., Result],
) -> None:
    frame = provinces_table(NAMES, 4)
    if measure is spatial_pattern:
        frame = frame.rename({"unit": "place"})
    links = pl.DataFrame(province_links(NAMES), ["place", "neighbour"], orient="row")
    known, same = measure(frame), measure(frame, neighbour_table=links)
    assert "neighbours_provinces" in [said.code for said in known.conventions]
    assert "neighbours_provinces" not in [said.code for said in same.conventions]
    assert known.tables.keys() == same.tables.keys()
    assert all(known.tables[name].equals(same.tables[name]) for name in known.tables)
    own = measure(frame, neighbour_table=links.head(20))
    assert any(not own.tables[name].equals(known.tables[name]) for name in known.tables)


def test_provinces_are_the_last_rule_and_can_be_asked_for() -> None:
    frame = provinces_table(CODES, 1).rename({"unit": "place"})
    spots = frame.with_columns(
        latitude=pl.int_range(pl.len()) * 1.0, longitude=pl.int_range(pl.len()) * 2.0
    )

    def rule(**options: Any) -> str:
        said = spatial_pattern(spots, permutations=99, **options).conventions
        return next(own.code for own in said if own.code.startswith("neighbours_"))

    assert rule() == "neighbours_nearest"
    assert rule(neighbours_by="provinces") == "neighbours_provinces"
    with pytest.raises(InputError) as caught:
        spatial_pattern(VALUES, neighbours_by="provinces")
    assert caught.value.code == "no_provinces"


def test_provinces_far_apart_are_measured_without_neighbours() -> None:
    """No two of the eight touch: nobody asked for neighbours, so nothing is refused."""
    far = ["北京", "黑龙江", "上海", "河南", "广东", "云南", "宁夏", "新疆"]
    frame = provinces_table(far, 4)
    assert province_links(far) == []
    assert "by_neighbours" not in mobility(frame, classes=2).tables
    assert "neighbours" not in set(convergence(frame).table["model"])
    with pytest.raises(InputError) as caught:
        spatial_pattern(frame.rename({"unit": "place"}))
    assert caught.value.code == "nobody_is_next"
