"""A record that grew is observed to the same bytes as from nothing, and only what changed is counted."""

from __future__ import annotations

import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from firstlight.catalogue import Catalogue
from firstlight.instruments.emergence.cut_words import cut_documents
from firstlight.instruments.emergence.near_duplicates import signatures
from firstlight.instruments.emergence.survey import counted_since, survey_and_membership
from firstlight.observe import observe, open_sky
from firstlight.sample.planted import planted_corpus

YEARS = list(range(2004, 2013))
LAST = YEARS[-1]  # complete in the corpus; the year before is the base's last complete one
HORIZON = 1
Change = Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame]

PROGRAM = """
import sys, time
from firstlight.observe import observe

def tell(line):
    print(line, flush=True)
    if line == "forecasts":  # the last step: however fast the machine, the kill comes first
        time.sleep(600)

observe(sys.argv[1], horizon=1, project=sys.argv[2], progress=tell)
"""


@dataclass
class Done:
    """Forecast years whose survey was made anew, those that were counted on and since when, and texts cut and signed."""

    anew: list[int] = field(default_factory=list)
    since: dict[int, int] = field(default_factory=dict)
    cut: int = 0
    signed: int = 0


@pytest.fixture(scope="module")
def corpus() -> pl.DataFrame:
    made = planted_corpus(technologies=12, years=(YEARS[0], LAST + 1), documents_per_year=(700, 700), seed=4)
    return made.documents.drop("year").sort("date", "id")


@pytest.fixture(scope="module")
def early(corpus: pl.DataFrame) -> pl.DataFrame:
    """Up to March of the year that is not complete, yet."""
    return corpus.filter(pl.col("date") < date(LAST, 4, 1))


@pytest.fixture(scope="module")
def base(early: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    early.write_parquet(folder / "papers.parquet")
    observe(folder / "papers.parquet", horizon=HORIZON, project=folder / "kept")
    return folder


@pytest.fixture(scope="module")
def whole(early: pl.DataFrame, corpus: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of the appended record, from nothing."""
    return from_nothing(tmp_path_factory.mktemp("whole"), appended(early, corpus))


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Done:
    noted = Done()

    def surveyed(*given: Any, **options: Any) -> Any:
        noted.anew.append(given[3])
        return survey_and_membership(*given, **options)

    def counted(*given: Any) -> Any:
        noted.since[given[0].forecast_year] = given[4]
        return counted_since(*given)

    def were_cut(given: pl.DataFrame) -> Any:
        noted.cut += given.height
        return cut_documents(given)

    def were_signed(given: pl.DataFrame) -> Any:
        noted.signed += given.height
        return signatures(given)

    monkeypatch.setattr("firstlight.observe.counting.survey_and_membership", surveyed)
    monkeypatch.setattr("firstlight.observe.counting.counted_since", counted)
    monkeypatch.setattr("firstlight.observe.kept_words.cut_documents", were_cut)
    monkeypatch.setattr("firstlight.observe.documents.signatures", were_signed)
    return noted


def taken_in(base: Path, folder: Path, documents: pl.DataFrame) -> Path:
    """The file grows and is observed again, in a copy of the base."""
    shutil.copytree(base, folder / "grown")
    documents.write_parquet(folder / "grown" / "papers.parquet")
    observe(folder / "grown" / "papers.parquet", horizon=HORIZON, project=folder / "grown" / "kept")
    return folder / "grown" / "kept"


def from_nothing(folder: Path, documents: pl.DataFrame) -> Path:
    (folder / "fresh").mkdir()
    documents.write_parquet(folder / "fresh" / "papers.parquet")
    observe(folder / "fresh" / "papers.parquet", horizon=HORIZON, project=folder / "fresh" / "kept")
    return folder / "fresh" / "kept"


def assert_same_bytes(grown: Path, fresh: Path) -> None:
    """Every Result of the fresh project is the latest of its name in the grown one: key, facts, and each table's bytes."""
    ours, theirs = Catalogue.open(grown, reading=True), Catalogue.open(fresh, reading=True)
    names = theirs.results()["name"].unique().to_list()
    assert {"observation", "record", "identity", "convergence", "near_duplicates", f"words_{YEARS[0]}"} <= set(names)
    for name in names:
        if name == "files_read":
            continue
        own, other = ours.find(name), theirs.find(name)
        assert own.key == other.key and own.facts == other.facts, name
        assert set(own.tables) == set(other.tables), name
        for table, path in other.tables.items():
            assert own.tables[table].read_bytes() == path.read_bytes(), (name, table)


def appended(early: pl.DataFrame, corpus: pl.DataFrame) -> pl.DataFrame:
    return corpus.filter(pl.col("date") <= date(LAST, 12, 31))


def still_incomplete(early: pl.DataFrame, corpus: pl.DataFrame) -> pl.DataFrame:
    return corpus.filter(pl.col("date") < date(LAST, 6, 1))


def inserted(early: pl.DataFrame, corpus: pl.DataFrame) -> pl.DataFrame:
    """Thirty of the last year come, dated to 2009."""
    more = corpus.filter(pl.col("date") >= date(LAST, 6, 1)).head(30)
    return pl.concat([more.with_columns(date=pl.lit(date(2009, 5, 5)), id="late " + pl.col("id")), early])


def repeated(early: pl.DataFrame, corpus: pl.DataFrame) -> pl.DataFrame:
    """One row again, and one text under another name."""
    copied = early[-1:].with_columns(id=pl.lit("copy"))
    return pl.concat([early, early[50:51], copied])


def removed(early: pl.DataFrame, corpus: pl.DataFrame) -> pl.DataFrame:
    return early.filter(pl.col("id") != early.filter(pl.col("date") >= date(2008, 1, 1))["id"][3])


def changed(early: pl.DataFrame, corpus: pl.DataFrame) -> pl.DataFrame:
    own = early.filter(pl.col("date") >= date(2007, 1, 1))["id"][7]
    text = pl.when(pl.col("id") == own).then(pl.lit("A new challenge: thin films. Thin films need care."))
    return early.with_columns(text.otherwise("abstract").alias("abstract"))


def shuffled(early: pl.DataFrame, corpus: pl.DataFrame) -> pl.DataFrame:
    return early.sample(fraction=1.0, shuffle=True, seed=1)


@pytest.mark.parametrize(
    ("change", "first", "cut"),
    [
        (appended, LAST, 700),  # of a year that is not complete, no words are kept
        (still_incomplete, None, 0),
        (inserted, 2009, 30),
        (repeated, None, 0),
        (removed, 2008, 0),
        (changed, 2007, 1),
        (shuffled, None, 0),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_grown_record_says_the_same_as_from_nothing(
    change: Change,
    first: int | None,
    cut: int,
    base: Path,
    early: pl.DataFrame,
    corpus: pl.DataFrame,
    done: Done,
    tmp_path: Path,
) -> None:
    documents = change(early, corpus)
    assert open_sky(base / "kept").technologies.height >= 5
    grown = taken_in(base, tmp_path, documents)
    # Surveys of years before the first change are counted on from it; the others are made anew.
    surveyed = [year for year in YEARS[1:] if year < LAST or change is appended]
    assert sorted(done.anew) == [year for year in surveyed if first is not None and year >= first]
    assert done.since == {year: first for year in surveyed if first is not None and year < first}
    texts = ["title", "abstract"]
    new = documents.select(texts).unique().join(early.select(texts), on=texts, how="anti").height
    assert done.cut == cut and done.signed == new
    assert_same_bytes(grown, from_nothing(tmp_path, documents))


def test_identities_are_kept(base: Path, early: pl.DataFrame, corpus: pl.DataFrame, tmp_path: Path) -> None:
    before = open_sky(base / "kept")
    grown = taken_in(base, tmp_path, appended(early, corpus))
    after = Catalogue.open(grown, reading=True)
    ids = after.table(after.find("identity"), "ids")
    old = Catalogue.open(base / "kept", reading=True)
    assert ids.filter(pl.col("forecast_year") < LAST).equals(old.table(old.find("identity"), "ids"))
    now = ids.filter(pl.col("forecast_year") == LAST)["technology_id"]
    kept = set(now) & set(before.tables["technologies"]["technology_id"])
    assert len(kept) >= 4


@pytest.mark.parametrize(
    "damaged", ["words_2008/*/cut_words.parquet", "survey_2008/*/counts.parquet", "near_*/*/s*.parquet"]
)
def test_what_was_damaged_is_told_and_counted_again(
    damaged: str,
    base: Path,
    whole: Path,
    early: pl.DataFrame,
    corpus: pl.DataFrame,
    done: Done,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    spoilt = tmp_path / "spoilt"
    shutil.copytree(base, spoilt)
    (path,) = (spoilt / "kept" / "catalogue").glob(damaged)
    kept = bytearray(path.read_bytes())
    kept[len(kept) // 2] ^= 0xFF
    path.write_bytes(bytes(kept))
    with caplog.at_level(logging.WARNING):
        grown = taken_in(spoilt, tmp_path, appended(early, corpus))
    assert path.name in caplog.text and "was changed after it was written" in caplog.text
    if damaged.startswith("survey"):
        assert sorted(done.anew) == [2008, LAST]
    assert_same_bytes(grown, whole)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_an_intake_killed_at_any_moment_ends_the_same(
    base: Path, whole: Path, early: pl.DataFrame, corpus: pl.DataFrame, tmp_path: Path
) -> None:
    documents = appended(early, corpus)
    shutil.copytree(base, tmp_path / "grown")
    path = tmp_path / "grown" / "papers.parquet"
    documents.write_parquet(path)
    moments = random.Random(3)
    for attempt in range(3):
        words = [sys.executable, "-c", PROGRAM, str(path), str(tmp_path / "grown" / "kept")]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        for _ in range(2 + 4 * attempt):
            if process.stdout.readline() == "forecasts\n":
                break
        time.sleep(moments.uniform(0.0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    observe(path, horizon=HORIZON, project=tmp_path / "grown" / "kept")
    assert_same_bytes(tmp_path / "grown" / "kept", whole)
