"""Near copies of documents in an observation: listed, said, and without any effect on figures."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from firstlight.run.observed import Observation
from firstlight.run.observing import observe

TEXT = "growing thin films of {} on copper foil by vapour deposition at low pressure and in air"


def papers() -> pl.DataFrame:
    """Ten documents a year of other texts; of one a preprint and its article, in 2012 another
    copy."""
    rows = [
        (f"{year}-{k}", f"{year}-01-{1 + k:02d}", f"Reading {k} of valve {year}", None)
        for year in range(2010, 2014)
        for k in range(10)
    ]
    title = TEXT.format("graphene")
    rows += [
        ("preprint", "2011-02-01", title, "A first report."),
        ("article", "2011-11-05", title.upper(), "A first report."),
        ("reprint", "2013-05-01", title, "A first report!"),
        ("other", "2011-03-01", TEXT.format("quite another matter"), "What else was seen there."),
    ]
    return pl.DataFrame(rows, schema=["id", "date", "title", "abstract"], orient="row")


def seen(frame: pl.DataFrame, folder: Path, as_of: int | None = None) -> Observation:
    return observe(frame, as_of=as_of, project=folder)


def pairs(found: Observation) -> list[tuple[str, str]]:
    return found.tables["near_duplicates"].select("document_id", "other_id").rows()


def notes(found: Observation) -> list[str]:
    warnings = found.tables["warnings"].filter(pl.col("code") == "near_duplicates")
    return warnings["severity"].to_list()


def test_near_copies_are_listed_and_said_and_only_those_known_by_then(tmp_path: Path) -> None:
    found = seen(papers(), tmp_path / "now")
    assert pairs(found) == [
        ("article", "preprint"),
        ("article", "reprint"),
        ("preprint", "reprint"),
    ]
    assert found.tables["near_duplicates"]["similarity"].to_list() == [1.0] * 3
    assert found.tables["near_duplicates"]["title"][0] == TEXT.format("graphene").upper()
    assert notes(found) == ["note"]
    assert found.tables["years"]["documents_count"].sum() == papers().height  # nothing is removed
    assert pairs(seen(papers(), tmp_path / "then", 2012)) == [("article", "preprint")]


def test_without_near_copies_the_table_is_empty_and_nothing_is_said(tmp_path: Path) -> None:
    frame = papers().filter(~pl.col("id").is_in(["article", "reprint"]))
    found = seen(frame, tmp_path / "documents")
    counts = frame.group_by(pl.col("date").str.slice(0, 4).cast(pl.Int64).alias("year")).len(
        "count"
    )
    of_counts = seen(counts.with_columns(technology=pl.lit("valves")), tmp_path / "counts")
    for one in (found, of_counts):
        assert pairs(one) == [] and notes(one) == []


def test_many_near_copies_are_a_caution(tmp_path: Path) -> None:
    """An export of patents in which every grant stands beside its application."""
    grants = papers().filter(~pl.col("id").is_in(["article", "reprint"]))
    grants = grants.with_columns(
        title=pl.col("title") + " " + pl.lit(TEXT.format("")) + pl.col("id")
    )
    applications = grants.with_columns(id=pl.col("id") + " A1")
    found = seen(pl.concat([grants, applications]), tmp_path)
    told = found.tables["warnings"].filter(pl.col("code").str.contains("near_duplicates"))
    assert told["code"].to_list() == ["many_near_duplicates"]
    assert told["severity"].to_list() == ["yellow"]
    first = [line["code"] for line in found.facts["first_lines"]]
    assert "many_near_duplicates" in first, "every number of documents is too high"
