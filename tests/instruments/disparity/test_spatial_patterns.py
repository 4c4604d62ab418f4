"""Moran, local Moran, Getis-Ord and the centre: published values, identities and properties."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array

from firstlight.disparity import (
    centre_of_gravity,
    geary,
    general_g,
    getis_ord,
    local_moran,
    moran,
    spatial_pattern,
)
from firstlight.errors import InputError
from firstlight.instruments.disparity.neighbours import link_weights, standardised
from firstlight.result import Result

DATA = Path(__file__).parents[2] / "reference" / "data" / "places"
COLUMBUS = pl.read_csv(DATA / "columbus_crime.csv", schema_overrides={"place": pl.String})
LINKS = pl.read_csv(DATA / "columbus_pairs.csv", infer_schema=False)
CRIME = COLUMBUS["crime"].to_numpy()
BINARY = link_weights(COLUMBUS["place"].to_list(), *LINKS.get_columns())
ROWS = standardised(BINARY)
LINK_NAMES = dict(zip(LINKS.columns, ("place", "neighbour"), strict=True))


def test_moran_of_columbus() -> None:
    """spdep's documentation prints .485770914 and 5.3427; esda 2.9 gives the further digits."""
    found = moran(CRIME, ROWS)
    assert found.index == pytest.approx(0.48577091366177316, abs=1e-12)
    assert found.z == pytest.approx(5.342713639408034, abs=1e-10)
    assert found.expected == pytest.approx(-1 / 48) and found.p_value == 0.002


def test_local_statistics_of_columbus() -> None:
    """esda 2.9: Moran_Local (whose n - 1 is n here), G and G_Local with star and binary weights."""
    local = local_moran(CRIME, ROWS)
    first = [0.73681849, 0.52877701, 0.09385074, 0.00482097, 0.1867868]
    np.testing.assert_allclose(local.index[:5], first, atol=5e-9)
    first = [-1.43277965, -1.3400081, -0.77199868, -0.13173336, 0.89130725]
    np.testing.assert_allclose(getis_ord(CRIME, BINARY)[:5], first, atol=5e-9)
    assert general_g(CRIME, BINARY).index == pytest.approx(0.12272424537925644, abs=1e-12)


def test_geary_of_columbus() -> None:
    """esda 2.8.2, Geary; its z of the randomisation assumption."""
    by_rows, binary = geary(CRIME, ROWS), geary(CRIME, BINARY)
    assert by_rows.index == pytest.approx(0.5478033771672515, abs=1e-12)
    assert by_rows.z == pytest.approx(-4.566918633542659, abs=1e-10)
    assert binary.index == pytest.approx(0.6058558791239845, abs=1e-12)
    assert binary.z == pytest.approx(-3.6194877186424756, abs=1e-10)
    assert by_rows.p_value == 0.002
    apart = (CRIME[:, None] - CRIME) ** 2
    full = BINARY.toarray()
    by_pairs = 48 * (full * apart).sum() / 2 / full.sum() / ((CRIME - CRIME.mean()) ** 2).sum()
    assert binary.index == pytest.approx(by_pairs)


@pytest.mark.parametrize("statistic", [moran, geary, general_g])
@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_no_unit_of_measurement_is_too_large(statistic: Any, unit: float) -> None:
    one, other = statistic(CRIME, ROWS, 99), statistic(CRIME * unit, ROWS, 99)
    assert (one.index, one.z) == (pytest.approx(other.index), pytest.approx(other.z))
    assert one.p_value == other.p_value
    np.testing.assert_allclose(getis_ord(CRIME * unit, ROWS), getis_ord(CRIME, ROWS))
    np.testing.assert_allclose(
        local_moran(CRIME * unit, ROWS).index, local_moran(CRIME, ROWS).index
    )


def test_links_of_no_weight_are_none() -> None:
    links = LINKS.with_columns(weight=pl.lit(0.0))
    with pytest.raises(InputError) as raised:
        spatial_pattern(COLUMBUS, value="crime", neighbour_table=links.rename(LINK_NAMES))
    assert raised.value.code == "nobody_is_next"


def test_a_year_without_neighbours_keeps_its_rows() -> None:
    rows = pl.DataFrame(
        {
            "place": list("abcdefaf"),
            "year": [2000] * 6 + [2001] * 2,
            "value": [1.0, 2, 3, 7, 8, 9, 4, 5],
        }
    )
    links = pl.DataFrame({"place": list("abcde"), "neighbour": list("bcdef")})
    found = spatial_pattern(rows, neighbour_table=links, permutations=99)
    last = found.tables["clusters_by_year"].filter(year=2001)
    assert last["reason"].to_list() == ["no_neighbour"] * 2


def test_local_moran_adds_up_to_moran() -> None:
    for matrix in (ROWS, BINARY):
        whole = moran(CRIME, matrix, 99).index
        assert local_moran(CRIME, matrix, 99).index.sum() / matrix.sum() == pytest.approx(whole)


def test_scale_and_place_of_values_change_nothing() -> None:
    one, other = moran(CRIME, ROWS), moran(-3 * CRIME + 7, ROWS)
    assert (one.index, one.z) == (pytest.approx(other.index), pytest.approx(other.z))
    assert one.p_value == other.p_value
    np.testing.assert_allclose(getis_ord(CRIME, BINARY), getis_ord(CRIME * 2, ROWS), atol=1e-9)


def test_p_values_are_those_of_all_orders() -> None:
    """Six values on a line: the share of the 720 orders counted in full, against the draws."""
    from itertools import permutations

    line = csr_array(np.eye(6, k=1) + np.eye(6, k=-1))
    x = np.array([1.0, 2, 4, 5, 7, 7])
    z = x - x.mean()
    orders = np.array(list(permutations(z)))
    statistics = 2 * (orders[:, 1:] * orders[:, :-1]).sum(axis=1)
    share = (statistics >= 2 * (z[1:] * z[:-1]).sum() - 1e-9).mean()
    assert moran(x, line, 9999).p_value == pytest.approx(2 * share, abs=0.01)


def test_ties_are_no_evidence() -> None:
    """Of one value among equals every order gives nearly the same: p is far from small."""
    ring = csr_array(np.roll(np.eye(8), 1, 1) + np.roll(np.eye(8), -1, 1))
    assert moran([1.0, 0, 0, 0, 0, 0, 0, 0], ring).p_value == 1.0


def test_the_ellipse_of_a_cross() -> None:
    cross = np.array([[-1.0, 0], [1, 0], [0, -2], [0, 2]])
    found = centre_of_gravity(cross, np.ones(4))
    degree = np.pi / 180 * 6371.0088
    assert (found.longitude, found.latitude, found.angle) == (0, 0, 0)
    assert found.major_km == pytest.approx(degree * 2**0.5)
    assert found.minor_km == pytest.approx(degree * 0.5**0.5)
    assert found.area_km2 == pytest.approx(np.pi * degree**2)


def columbus(**options: object) -> Result:
    return spatial_pattern(COLUMBUS, value="crime", neighbour_table=LINKS, **options)  # type: ignore[arg-type]


def test_clusters_of_columbus() -> None:
    found = columbus()
    kinds = dict(found.table["cluster"].value_counts().iter_rows())
    assert kinds["high_high"] > 5 and kinds["low_low"] > 2
    sure = found.table.filter(pl.col("cluster") == "high_high")
    assert (sure["value"] > CRIME.mean()).all() and (sure["neighbours_value"] > CRIME.mean()).all()
    fewer = columbus(adjust="fdr").table.filter(pl.col("cluster") != "none")
    assert set(fewer["place"]) <= set(found.table.filter(pl.col("cluster") != "none")["place"])
    assert "centres" not in found.tables


def test_a_place_without_a_value_keeps_its_row_and_says_why() -> None:
    gap = COLUMBUS.with_columns(pl.when(pl.col("place") != "05").then("crime").alias("crime"))
    found = spatial_pattern(gap, value="crime", neighbour_table=LINKS, permutations=99)
    assert found.table.filter(pl.col("place") == "05")["reason"].item() == "value_missing"
    assert found.tables["autocorrelation"]["places_count"].item() == 48


def test_the_nearest_are_drawn_among_places_that_have_a_value() -> None:
    """As if those without were not in the table, where four of each were drawn before, and some
    then lost."""
    rng = np.random.default_rng(3)
    frame = pl.DataFrame({"place": [f"p{k:02}" for k in range(30)], "value": rng.normal(size=30)})
    frame = frame.with_columns(
        latitude=pl.Series(rng.uniform(20, 40, 30)), longitude=pl.Series(rng.uniform(90, 120, 30))
    )
    gaps = frame.with_columns(value=pl.when(pl.int_range(30) % 3 > 0).then("value"))
    found, valued = (
        spatial_pattern(rows, permutations=99).tables for rows in (gaps, gaps.drop_nulls("value"))
    )
    assert found["autocorrelation"].equals(valued["autocorrelation"])
    assert found["clusters"].filter(pl.col("reason").is_null()).equals(valued["clusters"])


@pytest.mark.parametrize(("values", "reason"), [([1.0] * 5, "all_alike"), ([1.0, 2], "few_places")])
def test_what_cannot_be_measured(values: list[float], reason: str) -> None:
    place = list("abcde")[: len(values)]
    frame = pl.DataFrame({"place": place, "value": values})
    links = pl.DataFrame({"place": place[:-1], "neighbour": place[1:]})
    with pytest.raises(InputError) as caught:
        spatial_pattern(frame, neighbour_table=links)
    assert caught.value.code == "no_year_measured"
    assert caught.value.values["reason"].value == f"codes.reason.{reason}"


def test_the_centre_moves_where_values_grow() -> None:
    corners = {"place": list("abcd"), "longitude": [0.0, 2, 0, 2], "latitude": [0.0, 0, 2, 2]}
    years = [
        pl.DataFrame({**corners, "value": values, "year": [year] * 4})
        for year, values in ((2000, [1.0, 1, 1, 1.1]), (2001, [1.0, 4, 1, 1.1]))
    ]
    found = spatial_pattern(pl.concat(years), nearest=2, permutations=99).tables
    assert found["centres"]["direction"].to_list() == [None, "south_east"]
    assert found["centres"]["moved_km"][1] > 50
    # on a ring of four with three alike, every order gives the same Moran's I
    assert found["autocorrelation"]["moran_z"].is_null().to_list() == [True, False]
