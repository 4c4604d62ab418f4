"""A record that grew is observed to the same bytes as from nothing, and what is not changed is not
computed again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import take_off_corpus as made
from firstlight.catalogue import Catalogue
from firstlight.run.observing import observe
from firstlight.store.folder import sha256_of

AS_OF = 2014
Change = Callable[[pl.DataFrame], pl.DataFrame]
PROGRAM = """
import sys
import polars as pl
from firstlight.run.observing import observe
from firstlight.views.publish import publish

found = observe(sys.argv[1], as_of=int(sys.argv[2]), project=sys.argv[3])
publish(found.tables, found.facts, sys.argv[4])
"""


@pytest.fixture(scope="module")
def early() -> pl.DataFrame:
    return made.corpus().filter(pl.col("date").dt.year() < made.LAST)


@pytest.fixture(scope="module")
def base(early: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that observed the early record."""
    folder = tmp_path_factory.mktemp("base")
    early.write_parquet(folder / "papers.parquet")
    observe(folder / "papers.parquet", as_of=AS_OF, project=folder / "kept")
    return folder


def grown(early: pl.DataFrame) -> pl.DataFrame:
    return made.corpus()


def one_less(early: pl.DataFrame) -> pl.DataFrame:
    return early[1:]


def mended(early: pl.DataFrame) -> pl.DataFrame:
    is_first = pl.int_range(pl.len()) == 0
    return early.with_columns(
        pl.when(is_first).then(pl.lit("A title")).otherwise("title").alias("title")
    )


def tables_of(kept: Path) -> dict[str, str]:
    """Hash of each table of the latest observation."""
    catalogue = Catalogue.open(kept, reading=True)
    own = catalogue.find("observation")
    return {"key": own.key, **{name: sha256_of(path) for name, path in own.tables.items()}}


@pytest.mark.parametrize("change", [grown, one_less, mended], ids=lambda change: change.__name__)
@pytest.mark.slow
def test_a_changed_record_says_the_same_as_from_nothing(
    change: Change, early: pl.DataFrame, base: Path, tmp_path: Path
) -> None:
    path = base / "papers.parquet"
    before = tables_of(base / "kept")
    change(early).write_parquet(path)
    try:
        observe(path, as_of=AS_OF, project=base / "kept")
        observe(path, as_of=AS_OF, project=tmp_path)
        after = tables_of(base / "kept")
        assert after == tables_of(tmp_path) and after["key"] != before["key"]
    finally:
        early.write_parquet(path)
    again = observe(path, as_of=AS_OF, project=base / "kept")
    assert again.facts["results"]["observation"] == before["key"], (
        "the old record again: everything is still there"
    )


@pytest.mark.slow
def test_the_same_bytes_whatever_threads_order_and_hash_seed(tmp_path: Path) -> None:
    """Runs in processes of their own, the last of shuffled rows: the same bytes of tables, page and
    brief.

    A file of shuffled rows is another file, which the page and the file for machines name by its
    hash.
    """
    whole = made.corpus()
    shuffled = whole.sample(fraction=1.0, shuffle=True, seed=3)
    runs = (("1", "1", "0", whole), ("2", "2", "4242", whole), ("2", "1", "7", shuffled))
    running = []
    for place, (polars, omp, seed, documents) in enumerate(runs):
        folder = tmp_path / str(place)
        folder.mkdir()
        documents.write_parquet(folder / "papers.parquet")
        words = [sys.executable, "-c", PROGRAM, "papers.parquet", str(AS_OF), "kept", "page"]
        own = {"POLARS_MAX_THREADS": polars, "OMP_NUM_THREADS": omp, "PYTHONHASHSEED": seed}
        running.append(subprocess.Popen(words, cwd=folder, env={**os.environ, **own}))
    assert [process.wait(600) for process in running] == [0, 0, 0]
    first, threads, order = (pages(tmp_path / str(place) / "page") for place in range(3))
    assert len(first) > 20 and first == threads
    assert set(order) == set(first)
    assert {name for name in first if first[name] != order[name]} == {
        "index.html",
        "observation.json",
    }
    one, other = (json.loads(found["observation.json"]) for found in (first, order))
    assert {name for name in one["facts"] if one["facts"][name] != other["facts"][name]} == {
        "inputs",
        "results",
    }
    assert one["tables"] == other["tables"]


def pages(folder: Path) -> dict[str, bytes]:
    """Every file that was published."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}
