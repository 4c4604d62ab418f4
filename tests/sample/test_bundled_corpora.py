"""What ships of the corpora of texts: small, statistics only, whole, and its origin told."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import polars as pl
import pytest

import firstlight
from firstlight.sample import patents, text_corpora
from firstlight.texts import family_texts

PACKAGE = Path(firstlight.__file__).parent
DATA = (".parquet", ".csv", ".json", ".toml")
FOLDERS = {name: text_corpora.folder_of(name) for name in text_corpora.NAMES}
MOST_OF_A_FILE, MOST_OF_ALL = 3_000_000, 20_000_000
ALLOWED = {
    "words": {"word"},
    "histories": {"place", "documents", "authors", "new_authors"},
    "technologies": {
        *("forecast_year", "word", "history", "is_scored", "group", "first_year"),
        *("neighbours", "quarters"),
    },
    "forms": {"forecast_year", "technology", "word", "kind", "documents_count", "evidence"},
    "totals": {"stratum", "year", "documents_count"},
    "surveys": {"forecast_year", "coverage", "quarters"},
    "links": {"technology", "other", "weight"},
    "near_equal": {"technology", "other", "weight"},
    "dropped": {"term", "documents_count", "rule", "evidence", "into"},
    "documents": {"technology", "role", "position", "document_id", "date"},
    "leaders": {"technology", "kind", "period", "name", "documents_count", "share", "whole_share"},
    "years": {"year", "documents_count", "is_complete"},
}


def test_all_data_of_the_package_is_small() -> None:
    sizes = {path: path.stat().st_size for path in PACKAGE.rglob("*") if path.suffix in DATA}
    assert sum(sizes.values()) < MOST_OF_ALL
    assert [path.name for path, size in sizes.items() if size > MOST_OF_A_FILE] == []


@pytest.mark.parametrize("name", text_corpora.NAMES)
class TestTexts:
    def test_tables_hold_statistics_only(self, name: str) -> None:
        found = {
            path.stem: set(pl.read_parquet_schema(path)) for path in FOLDERS[name].glob("*.parquet")
        }
        assert found == ALLOWED

    def test_names_of_leaders_are_countries_and_documents_are_identifiers_of_arxiv(
        self, name: str
    ) -> None:
        statistics = text_corpora.read(FOLDERS[name])
        leaders = statistics.leaders
        assert set(leaders["kind"]) <= {"country"} and leaders.is_empty() == (name != "conferences")
        assert (
            leaders.select((pl.col("documents_count") / pl.col("share")).round().min() >= 10).item()
            is not False
        )
        documents = statistics.documents
        assert documents.is_empty() == (name == "conferences")
        assert (
            documents["document_id"]
            .str.contains(r"^arxiv:(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})$")
            .all()
        )
        addresses = text_corpora.documents_with_links(documents)
        assert (
            addresses["link"].str.starts_with("https://arxiv.org/abs/").all()
            and addresses["title"].is_null().all()
        )

    def test_names_of_technologies_are_short_and_in_several_documents(self, name: str) -> None:
        statistics = text_corpora.read(FOLDERS[name])
        for year, survey in statistics.surveys.items():
            assert max(len(label.split()) for label in survey.labels) <= 12
            assert survey.counts.documents_of((year - 1, year)).min() >= 3
        assert max(len(term.split()) for term in statistics.dropped["term"]) <= 8

    def test_forecast_years_of_both_horizons_are_there(self, name: str) -> None:
        statistics = text_corpora.read(FOLDERS[name])
        observed, first, fewest = {
            "arxiv": (2016, 1996, 3000),
            "conferences": (2024, 2004, 300),
            "language": (2026, 2015, 1000),
        }[name]
        assert sorted(statistics.surveys) == [*range(first, observed - 2), observed]
        assert statistics.surveys[observed].is_scored.sum() > fewest
        assert [year for year, one in statistics.surveys.items() if not one.is_scored.all()] == [
            observed
        ]
        about = text_corpora.provenance(FOLDERS[name])
        watched = int((~statistics.surveys[observed].is_scored).sum())
        assert watched == about["parameters"]["most_watched"] or not about["watched_left_out"]

    def test_documents_are_dated_up_to_the_observed_year_and_stand_behind_what_comes_first(
        self, name: str
    ) -> None:
        statistics = text_corpora.read(FOLDERS[name])
        documents = statistics.documents
        if documents.height:
            assert documents["date"].dt.year().max() == statistics.observed
            assert documents["technology_id"].n_unique() >= 200
            assert (
                set(documents["role"]) == {"typical", "first", "newest"}
                and documents["position"].max() == 10
            )

    def test_provenance_tells_every_file(self, name: str) -> None:
        about = text_corpora.provenance(FOLDERS[name])
        hashes = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in FOLDERS[name].glob("*.parquet")
        }
        assert about["sha256"] == hashes
        assert all(re.fullmatch("[0-9a-f]{64}", one["sha256"]) for one in about["inputs"])
        source = text_corpora.source(FOLDERS[name])
        assert source.licence and source.citation and source.publisher
        assert re.search("[\u4e00-\u9fff]", about["note_zh"] + about["title_zh"])
        paths = {snapshot.path for snapshot in text_corpora.snapshots(FOLDERS[name])}
        assert paths == set(hashes) | {one["file"] for one in about["inputs"]}

    def test_cautions_have_words(self, name: str) -> None:
        known = text_corpora.provenance(FOLDERS[name])["cautions"]
        assert set(known) == {"3", "5"}
        texts = family_texts("emergence")
        for caution in (one for listed in known.values() for one in listed):
            assert texts.has("says", caution["code"])


def test_patents_take_little_room() -> None:
    assert sum(path.stat().st_size for path in Path(str(patents.FOLDER)).iterdir()) < 100_000
