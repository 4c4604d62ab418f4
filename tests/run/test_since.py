"""An observation beside an earlier one of the same documents: corrected, split, merged, a year
longer; from the folder, the file and the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from test_names_file import KINDS, decided, papers

from command_line import run_program
from firstlight.run.observed import Observation
from firstlight.run.observing import observe
from take_off_corpus import LAST, corpus


def told(seen: Observation, *kinds: str) -> list[tuple[Any, ...]]:
    chosen = seen.tables["changes"].filter(pl.col("kind").is_in(kinds))
    return chosen.select("kind", "technology_id", "other_name", "reason").rows()


def ids(seen: Observation) -> set[str]:
    return set(seen.tables["technologies"]["technology_id"])


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    return observe(papers(), project=tmp_path_factory.mktemp("first"))


def test_merged_and_split_documents_are_told(first: Observation, tmp_path: Path) -> None:
    merge = decided(("message passing", "merge", "graph networks"))
    merged = observe(papers(), names=merge, project=tmp_path, since=first)
    expected = [("merged", "messagepassing", "graph networks", "merged")]
    assert told(merged, "merged", "split", "renamed") == expected
    apart = observe(papers(), project=tmp_path, since=merged)
    assert told(apart, "merged", "split") == [
        ("split", "messagepassing", "graph networks", "split")
    ]


def test_a_thing_that_documents_head_otherwise_keeps_identifier_and_name(
    first: Observation, tmp_path: Path
) -> None:
    """Somebody merges it into a name that few use, which heads it then."""
    rows = [(f"2013-02-{k + 1:02d}", f"relay nets for things{k}") for k in range(5)]
    more = pl.concat([papers(), pl.DataFrame(rows, schema=["date", "title"], orient="row")])
    merge = decided(("message passing", "merge", "relay nets"))
    alone = observe(more, names=merge, project=tmp_path / "alone")
    assert "relaynet" in ids(alone) and "messagepassing" not in ids(alone)
    kept = observe(more, names=merge, project=tmp_path / "kept", since=first)
    assert "messagepassing" in ids(kept) and "relaynet" not in ids(kept)
    row = kept.table.row(by_predicate=pl.col("technology_id") == "messagepassing", named=True)
    assert row["name"] == "message passing" and row["documents_count"] == 25
    assert told(kept, "renamed") == [("renamed", "messagepassing", "relay nets", "kept_name")]
    for name in ("history", "forms", "documents"):
        assert "relaynet" not in kept.tables[name]["technology_id"], name


def test_corrected_titles_change_no_name(first: Observation, tmp_path: Path) -> None:
    corrected = papers().with_row_index("row")
    title = pl.col("title")
    title = pl.when(pl.col("row") % 7 == 0).then(title.str.to_titlecase()).otherwise(title)
    hyphened = title.str.replace(" ", "-", literal=True)
    title = pl.when(pl.col("row") % 11 == 0).then(hyphened).otherwise(title)
    seen = observe(corrected.select("date", title), project=tmp_path, since=first)
    assert ids(seen) >= {kind.replace(" ", "").removesuffix("s") for kind in KINDS}
    assert told(seen, "renamed", "gone", "merged", "split") == []


def test_another_year_from_file_folder_and_command_line(tmp_path: Path) -> None:
    every = corpus().select("id", "date", "title", "abstract")
    before = every.filter(pl.col("date").dt.year() < LAST)
    before.write_parquet(tmp_path / "before.parquet")
    every.write_parquet(tmp_path / "after.parquet")
    alone = run_program(tmp_path, "observe", "before.parquet", "--project", "earlier")
    heading = "What changed since the last observation"
    assert alone.returncode == 0 and heading not in alone.stdout
    words = ("observe", "after.parquet", "--project", "later", "--since", "earlier")
    later = run_program(tmp_path, *words)
    assert later.returncode == 0 and heading in later.stdout, later.stderr
    assert "new among the first 20" in later.stdout
    table = pl.read_csv(tmp_path / "later/tables/changes.csv")
    assert {"risen", "fallen"} <= set(table["kind"])
    # whoever rose for its share has a larger one, and who made room for others has the same figures
    grew = table.filter(pl.col("reason") == "share_grew")
    assert grew.height and (grew["share"] > grew["earlier_share"]).all()
    fell = table.filter(pl.col("reason") == "share_fell")
    assert fell.height and (fell["share"] < fell["earlier_share"]).all()
    assert (
        (
            table.filter(pl.col("kind") == "risen").select(pl.col("earlier_rank") - pl.col("rank"))
            > 0
        )
        .to_series()
        .all()
    )
    by_file = observe(
        tmp_path / "after.parquet",
        project=tmp_path / "file",
        since=tmp_path / "earlier/observation.json",
    )
    by_folder = observe(
        tmp_path / "after.parquet", project=tmp_path / "folder", since=tmp_path / "earlier"
    )
    assert by_file.tables["changes"].equals(by_folder.tables["changes"])
    again = observe(tmp_path / "after.parquet", project=tmp_path / "folder", since=by_folder)
    assert again.tables["changes"].is_empty() and again.tables["technologies"].equals(
        by_folder.table
    )
