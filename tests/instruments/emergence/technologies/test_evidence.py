"""The documents behind a technology, who leads it, and what was dropped, by hand and by recount."""

from __future__ import annotations

import datetime
from collections import Counter

import numpy as np
import polars as pl
import pytest
from planted_names import planted
from scipy import sparse
from small_records import YEAR, names, place, record, technologies
from tables_of_a_year import read
from test_technology_names import about

from firstlight.instruments.emergence.technologies.evidence import (
    LEADERS,
    SHOWN,
    documents_behind,
    dropped,
    leaders,
    link,
    times_used,
)


@pytest.mark.parametrize(
    ("identifier", "address"),
    [
        ("arxiv:1412.6980", "https://arxiv.org/abs/1412.6980"),
        ("arXiv:cs/9301111v2", "https://arxiv.org/abs/cs/9301111v2"),
        ("http://arxiv.org/abs/1412.6980", "https://arxiv.org/abs/1412.6980"),
        ("10.1000/xyz(1)", "https://doi.org/10.1000/xyz(1)"),
        ("doi:10.1000/1", "https://doi.org/10.1000/1"),
        ("https://doi.org/10.1000/1", "https://doi.org/10.1000/1"),
        ("http://dx.doi.org/10.1000/1", "https://doi.org/10.1000/1"),
        ("W2741809807", "https://openalex.org/W2741809807"),
        ("https://openalex.org/W27", "https://openalex.org/W27"),
        ("https://example.org/p?q=1", "https://example.org/p?q=1"),
        ("planted-0001", None),
        ("javascript:alert(1)", None),
        ("https://two words.org", None),
        ("2-s2.0-8500", None),
        ("", None),
        (None, None),
    ],
)
def test_links_by_kind_of_identifier(identifier: str | None, address: str | None) -> None:
    frame = pl.DataFrame({"id": [identifier]}, schema={"id": pl.String})
    assert frame.select(link(pl.col("id"))).item() == address


def dated(size: int) -> pl.DataFrame:
    """Documents of two a year from 2001 on."""
    return pl.DataFrame(
        {
            "id": [f"arxiv:{row:04d}" for row in range(size)],
            "date": [datetime.date(2001 + row // 2, 1 + row % 2, 1) for row in range(size)],
            "title": [f"title {row}" for row in range(size)],
            "source": ["venue"] * size,
        }
    )


def listed(frame: pl.DataFrame, technology: str, role: str) -> list[int]:
    rows = frame.filter((pl.col("technology_id") == technology) & (pl.col("role") == role))
    assert rows["position"].to_list() == list(range(1, rows.height + 1))
    return [int(one[-4:]) for one in rows["document_id"]]


def test_the_most_typical_the_first_and_the_newest() -> None:
    uses = np.zeros((2, 40))
    uses[0, :30] = 1
    uses[0, [3, 5, 7]] = (9, 4, 4)
    uses[1, [0, 39]] = 1
    matrix = sparse.csr_matrix(uses)
    frame = documents_behind(
        dated(40), (matrix > 0).astype(np.float32), matrix, ["one", "two"], 2013
    )
    assert listed(frame, "one", "typical") == [3, 7, 5, *range(25, 18, -1)]
    assert listed(frame, "one", "first") == list(range(SHOWN))
    assert listed(frame, "one", "newest") == list(range(25, 15, -1))
    assert [listed(frame, "two", role) for role in ("typical", "first", "newest")] == [[0]] * 3
    assert frame["link"][0] == f"https://arxiv.org/abs/{frame['document_id'][0][6:]}"
    assert frame.columns == [
        "technology_id",
        "role",
        "position",
        "document_id",
        "date",
        "title",
        "venue",
        "link",
    ]


def test_equal_dates_go_by_identifier() -> None:
    documents = dated(4).with_columns(date=pl.lit(datetime.date(2001, 1, 1)))
    matrix = sparse.csr_matrix(np.ones((1, 4)))
    frame = documents_behind(documents, matrix, matrix, ["one"], 2001)
    for role in ("typical", "first", "newest"):
        assert listed(frame, "one", role) == [0, 1, 2, 3]


def test_times_used_are_those_of_all_forms() -> None:
    texts = about(*["generative adversarial network (GAN)"] * 3, *["GAN"] * 3, times=2)
    found = record([*texts, *about(*["fog computing"] * 3)])
    made = technologies(found)
    row = int(np.flatnonzero(made.heads == place(found, "generative adversarial network"))[0])
    uses = times_used(found.phrases, made, np.array([row]), len(found.phrases.years))
    assert uses.toarray().tolist() == [[4.0] * 3 + [2.0] * 3 + [0.0] * 3]


def test_leaders_equal_a_recount() -> None:
    corpus = planted(5, per_kind=2, documents_per_year=60)
    found = read(corpus.documents).at(2011)
    rng = np.random.default_rng(0)
    countries = [
        list(rng.choice(["CN", "US", "DE", "FR", "JP", "BR", "IN"], rng.integers(0, 4)))
        for _ in range(corpus.documents.height)
    ]
    documents = corpus.documents.with_columns(
        country=pl.Series(countries, dtype=pl.List(pl.String))
    )
    ids = list(found.survey.counts.names)
    frame = leaders(documents, found.belongs, ids, 2011)
    assert set(frame["kind"]) == {"country", "author"}
    years = documents["year"].to_list()
    periods = {"recent": (2009, 2011), "before": (2006, 2008)}
    inside = {
        period: {row for row, year in enumerate(years) if first <= year <= last}
        for period, (first, last) in periods.items()
    }
    is_only_small = False
    for technology, name in enumerate(ids):
        own = {}
        for period, rows in inside.items():
            mine = set(found.belongs[technology].indices) & rows
            own[period] = Counter(name for row in mine for name in set(countries[row]))
        order = {
            period: sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            for period, counts in own.items()
        }
        best = {country for ranked in order.values() for country, _ in ranked[:LEADERS]}
        for period, rows in inside.items():
            mine = set(found.belongs[technology].indices) & rows
            size = sum(bool(countries[row]) for row in mine)
            whole = Counter(name for row in rows for name in set(countries[row]))
            named = sum(bool(countries[row]) for row in rows)
            expected = [
                (country, count, round(count / size, 6), round(whole[country] / named, 6))
                for country, count in order[period]
                if country in best
            ]
            is_only_small |= len(expected) > LEADERS
            is_row = (
                (pl.col("technology_id") == name)
                & (pl.col("kind") == "country")
                & (pl.col("period") == period)
            )
            columns = ("name", "documents_count", "share", "whole_share")
            assert frame.filter(is_row).select(columns).rows() == expected
    assert is_only_small  # one that led in the other period alone is in the data


@pytest.mark.parametrize("columns", [["authors"], ["authors", "country"]])
def test_kinds_that_a_record_does_not_name_are_left_out(columns: list[str]) -> None:
    corpus = planted(5, per_kind=1, documents_per_year=60)
    nobody = pl.lit(None, pl.List(pl.String))
    documents = corpus.documents.with_columns(**dict.fromkeys(columns, nobody))
    found = read(corpus.documents).at(2011)
    frame = leaders(documents, found.belongs, found.survey.counts.names, 2011)
    assert frame.height == 0
    assert frame.columns == [
        "technology_id",
        "kind",
        "period",
        "name",
        "documents_count",
        "share",
        "whole_share",
    ]


def test_what_was_dropped_with_the_rule() -> None:
    texts = about(*["novel laser"] * 4, *["unmanned aerial vehicle"] * 10, *["aerial vehicle"] * 3)
    found = record(texts)
    shown = found.phrases.variants["phrase"].gather(found.shapes.at(YEAR).variant)
    made = technologies(found)
    frame = dropped(names(found), shown, made)
    rows = {row[0]: row[1:] for row in frame.iter_rows()}
    assert rows["novel laser"] == (4, "discourse", 1.0, None)
    assert rows["aerial vehicle"] == (13, "part", 0.7692, "unmanned aerial vehicle")
    assert frame["documents_count"].is_sorted(descending=True)
    kept = shown.gather(made.terms).to_list()
    assert not set(kept) & set(frame["term"])
    is_rare = names(found).documents < 3
    assert set(frame["term"]) | set(kept) == set(shown.filter(pl.Series(~is_rare)))
