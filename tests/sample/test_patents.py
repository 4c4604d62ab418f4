"""The bundled patents: small, statistics only, every subfield named and placed, and the same as
computed anew."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
from benchmarks.take_off import build_patents

from firstlight.classifications import load
from firstlight.instruments.emergence.counts.counts_in import from_counts
from firstlight.sample import patents
from firstlight.sources import read_counts

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(str(patents.FOLDER))
AREAS = {"manufacturing", "information", "materials", "energy", "space", "health"}


def test_it_is_small_and_statistics_only() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 100_000
    columns = {
        name: set(pl.read_parquet_schema(FOLDER / f"{name}.parquet"))
        for name in ("counts", "countries")
    }
    assert columns["counts"] == {"domain", "subfield", "year", "count"}
    assert columns["countries"] == {"field", "domain", "period_start", "country", "count"}


def test_every_subfield_has_names_and_a_known_area() -> None:
    names, known = patents.names(), load("areas").entries
    assert names.height == 83 and not sum(names.null_count().row(0))
    assert names["name_en"].n_unique() == names["name_zh"].n_unique() == 83
    assert names["name_zh"].str.contains(r"[\u4e00-\u9fff]").all()
    assert set(names["area"]) <= known.keys()
    assert {area.split("/")[0] for area in names["area"]} == AREAS | {"none"}
    spelled = names.group_by("domain").agg(
        pl.col("domain_en").n_unique(), pl.col("domain_zh").n_unique()
    )
    assert (spelled.drop("domain") == 1).select(pl.all_horizontal(pl.all().all())).item()


def test_counts_give_technologies_of_every_year_to_the_last() -> None:
    counts = patents.counts()
    assert not sum(counts.null_count().row(0)) and counts["entity"].n_unique() == 83
    read = from_counts(counts)
    assert (read.first_year, read.complete_to) == (1976, patents.AS_OF)
    at = read.at(patents.AS_OF)
    assert len(at.counts.names) == 71 and set(at.set_apart["rule"]) == {"residual"}
    assert at.counts.totals[0, -1] == 205_578
    residual = patents.names().filter(pl.col("subfield").str.starts_with("Other"))["name_en"]
    assert set(at.set_apart["name"]) == set(residual)


def test_countries_are_of_known_domains() -> None:
    countries = patents.countries()
    assert set(countries["domain"]) <= set(patents.names()["domain"])
    assert (
        countries["country"].str.contains("^[A-Z]{2}$").all()
        and countries["period_start"].max() == 2020
    )


def test_its_origin_is_told() -> None:
    about = patents.provenance()
    assert "PatentsView" in about["source"]["publisher"] and patents.source().url.startswith(
        "https://"
    )
    assert all(re.fullmatch(r"[0-9a-f]{64}", given["sha256"]) for given in about["inputs"])
    assert about["parameters"]["years"] == [1976, 2024]
    assert {own.path for own in patents.snapshots()} >= {
        "counts.parquet",
        "countries.parquet",
        "names.csv",
    }


def test_it_is_what_the_input_gives(
    reference: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Cities are added up by country in the repository, so that their file has another sum."""
    monkeypatch.setattr(build_patents, "TARGET", tmp_path)
    build_patents.main(reference / "data" / "patents")
    for name in ("counts", "countries"):
        assert pl.read_parquet(tmp_path / f"{name}.parquet").equals(
            pl.read_parquet(FOLDER / f"{name}.parquet")
        )
    again = json.loads((tmp_path / "provenance.json").read_text(encoding="utf-8"))
    told = patents.provenance()
    assert again["inputs"][0] == told["inputs"][0]
    assert again["inputs"][1]["file"] == told["inputs"][1]["file"]
    rest = dict.fromkeys(("computed", "inputs"))
    assert {**again, **rest} == {**told, **rest}
    given = read_counts(reference / "data/patents/domain_subfield_year.csv.gz").table.frame
    assert given.filter(pl.col("year") <= 2024)["count"].sum() == patents.counts()["count"].sum()
