"""Every source passes the same test: licence, citation, address, units, and a sample that tidies to
the schema."""

from __future__ import annotations

import datetime

import pytest

from firstlight.nouns import Source
from firstlight.sources.document_rows import SCHEMA
from firstlight.sources.publisher import Publisher
from firstlight.sources.publishers import SOURCES

TODAY = datetime.date(2030, 1, 1)


@pytest.fixture(params=SOURCES, ids=[publisher.name for publisher in SOURCES])
def publisher(request: pytest.FixtureRequest) -> Publisher:
    found = request.param
    assert isinstance(found, Publisher)
    return found


def test_names_are_unique() -> None:
    assert len({publisher.name for publisher in SOURCES}) == len(SOURCES)


def test_licence_citation_and_units(publisher: Publisher) -> None:
    source = publisher.source
    assert isinstance(source, Source) and source.name == publisher.name
    assert all([source.publisher, source.title, source.licence, source.citation])
    assert source.url.startswith("https://")
    assert list(source.columns) == list(SCHEMA) and all(source.columns.values())


def test_the_sample_tidies_to_the_exact_schema(publisher: Publisher) -> None:
    sample = publisher.sample()
    documents = publisher.tidy(sample, as_of_today=TODAY)
    frame = documents.table.frame
    assert dict(frame.schema) == SCHEMA and frame.height >= 2
    assert documents.table.name == f"tidy.{publisher.name}__documents" and documents.table.key == (
        "id",
    )
    assert documents.rows == frame.height + documents.set_aside.height
    assert [snapshot.path for snapshot in documents.snapshots] == sorted(sample)
    assert {snapshot.source for snapshot in documents.snapshots} == {publisher.name}
    for column in ("id", "date", "year", "title", "date_precision"):
        assert frame[column].null_count() == 0, column
    assert frame.equals(frame.sort("date", "id")) and frame["id"].is_unique().all()


def test_tidy_is_pure(publisher: Publisher) -> None:
    sample = publisher.sample()
    before = dict(sample)
    first, second = (publisher.tidy(sample, as_of_today=TODAY).table.frame for _ in range(2))
    assert first.equals(second) and sample == before
