"""Regions as a list: as many of each country as its constitution or its statistical office has."""

from __future__ import annotations

import polars as pl

from firstlight.classifications.places import LIST, are_places

# states or provinces, with territories and districts; of the United Kingdom its countries and the
# nine regions of England
EXPECTED = {
    **{"AT": 9, "AU": 8, "BR": 27, "CA": 13, "DE": 16, "ES": 19, "FR": 18, "GB": 13, "IN": 36},
    **{"IT": 20, "JP": 47, "KR": 17, "MX": 32, "NL": 12, "PL": 16, "US": 51},
}


def test_each_country_has_all_its_regions_once() -> None:
    regions = pl.read_csv(LIST, infer_schema=False)
    assert dict(regions["country"].value_counts().iter_rows()) == EXPECTED
    ways = regions.select("country", way=pl.col("names").str.split("; ")).explode("way")
    assert ways.is_unique().all() and not ways["way"].str.contains(r"^\s|\s$|;").any()
    codes = regions.drop_nulls("code")
    assert codes.select("country", "code").is_unique().all()
    assert set(codes["country"].unique()) == {"US", "CA", "AU"}


def test_each_way_to_write_a_region_is_that_of_a_place() -> None:
    regions = pl.read_csv(LIST, infer_schema=False)
    for place in (0, -1):
        written = regions["names"].str.split("; ").list.get(place)
        assert are_places(written)
    assert are_places(written.str.to_uppercase()) and not are_places(written.str.reverse())
