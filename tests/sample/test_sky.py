"""The bundled sky: small, statistics only, its origin told, and every forecast year's set blind to later years."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from firstlight.instruments.emergence import survey_tables
from firstlight.instruments.emergence.survey import Survey, read_company, survey_year
from firstlight.instruments.emergence.terms import count_terms
from firstlight.instruments.emergence.vocabulary import phrase_parts
from firstlight.sample import sky
from firstlight.sources import read_documents

FOLDER = Path(str(sky.FOLDER))
FILES = sorted(FOLDER.glob("*"))
TABLES = sorted(FOLDER.glob("*.parquet"))


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    return sky.load()


@pytest.fixture(scope="module")
def surveys(tables: dict[str, pl.DataFrame]) -> dict[int, Survey]:
    return survey_tables.unstack(tables)


def test_it_is_small() -> None:
    sizes = {path.name: path.stat().st_size for path in FILES}
    assert sum(sizes.values()) <= 6_000_000, sizes
    assert max(sizes.values()) <= 3_000_000, sizes


def test_it_is_statistics_only() -> None:
    """Every text column is a technical term, a label made of terms, a category, or a word of the format."""
    texts = {"term", "shown", "label", "name", "kind", "reason", "example"}
    for path in TABLES:
        for column, kind in pl.read_parquet_schema(path).items():
            assert kind.is_numeric() or column in texts or kind == pl.Boolean, (path.name, column)
            assert not re.search(r"title|abstract|author(?!s_count)|(^|_)id$|doi", column), (path.name, column)


def test_names_are_categories_and_terms_are_short(tables: dict[str, pl.DataFrame]) -> None:
    groups = tables["groups"]
    assert groups["kind"].unique().to_list() == ["category"]
    assert groups["name"].str.contains(r"^[a-z-]+(\.[A-Za-z-]+)?$").all()
    assert groups["name"].n_unique() < 200  # of arXiv's categories
    assert tables["set_aside"].is_empty()
    assert tables["terms"]["term"].str.split(" ").list.len().max() <= 4
    assert (tables["terms"]["documents_count"] >= 10).all()  # nothing that only a few documents say
    assert (
        tables["pair_years"].group_by("term", "other").agg(pl.col("documents_count").sum())["documents_count"] >= 30
    ).all()


def test_its_origin_is_told() -> None:
    about = sky.provenance()
    assert re.fullmatch(r"[0-9a-f]{64}", about["input"]["sha256"]) and about["input"]["bytes_count"] > 0
    assert "CC0" in about["source"]["licence"] and about["source"]["url"].startswith("https://")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", about["computed"])
    assert about["rows_read"] > 250_000
    assert about["parameters"]["forecast_years"] == [2003, 2019]
    assert set(about["parameters"]["vocabulary"]) >= {"window_years", "minimum_documents", "maximum_share"}
    for name in ("title", "note"):
        assert about[name if name == "title" else "note_en"] and re.search("[一-鿿]", about[f"{name}_zh"])
    assert sky.source().citation
    assert {Path(own.path).name for own in sky.snapshots()} == {about["input"]["file"], *(own.name for own in TABLES)}
    assert "/" not in json.dumps(about["input"])  # no folder of anybody's machine


def test_each_survey_is_whole(surveys: dict[int, Survey], tables: dict[str, pl.DataFrame]) -> None:
    assert list(surveys) == list(range(2003, 2020))
    totals = dict(tables["years_read"].select("year", "documents_count").iter_rows())
    for year, own in surveys.items():
        now = own.counts[:, own.years == year].ravel()
        assert (now >= 20).all() and len(own.labels) == len(now) >= 40
        assert {int(y): int(t) for y, t in zip(own.years, own.totals, strict=True)} == totals
        assert own.coverage > 0.55
        assert (own.new_authors <= own.authors).all() and (own.counts <= own.totals).all()
        assert set(own.terms["technology"]) == set(range(len(now)))
        assert own.terms["first_year"].max() <= year  # nothing of the future in what names a technology


def rebuilt(shared: Path, year: int) -> Survey:
    """The survey of a year, from a corpus that ends with that year, by the functions that made the sky."""
    path = shared / "data" / "documents" / "arxiv_tech.parquet"
    if not path.is_file():
        pytest.skip(f"no {path.name} among the reference data")
    cut = pl.scan_parquet(path).filter(pl.col("date").cast(pl.String).str.head(4).cast(pl.Int32) <= year).collect()
    frame = read_documents(cut).table.frame
    batches = (frame[i : i + 20_000].select("date", "title", "abstract") for i in range(0, frame.height, 20_000))
    counts = count_terms(batches, minimum_documents=10)
    return survey_year(counts, phrase_parts(counts.terms), read_company(frame), year)


@pytest.mark.parametrize("year", [2004, 2006, pytest.param(2012, marks=pytest.mark.slow)])
def test_a_year_is_blind_to_later_documents(year: int, shared: Path, surveys: dict[int, Survey]) -> None:
    """What ships for a year, cut there, is what a corpus that ends with it gives, but for weights of four decimals."""
    fresh, shipped = rebuilt(shared, year), surveys[year].until(year)
    assert fresh.labels == shipped.labels
    np.testing.assert_array_equal(fresh.years, shipped.years)
    for name in ("totals", "counts", "authors", "new_authors"):
        np.testing.assert_array_equal(getattr(fresh, name), getattr(shipped, name), err_msg=name)
    assert (fresh.tested, round(fresh.coverage, 9)) == (shipped.tested, shipped.coverage)
    assert_frame_equal(fresh.groups, shipped.groups)
    columns = ["technology", "rank", "term", "shown", "documents_count", "first_year"]
    assert_frame_equal(fresh.terms.select(columns), shipped.terms.select(columns))
    assert_frame_equal(fresh.links.select("technology", "other"), shipped.links.select("technology", "other"))
    for name in ("terms", "links"):
        gap = (getattr(fresh, name)["weight"] - getattr(shipped, name)["weight"]).abs().max()
        assert gap <= 0.5e-4 + 1e-12, name
