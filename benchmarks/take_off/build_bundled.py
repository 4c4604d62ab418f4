"""Compute the bundled corpora of texts from the reference data: statistics only, by the steps of an
observation.

    python -m benchmarks.take_off.build_bundled [CORPUS ...]

What is written holds names of technologies with counts by year and stratum, and for arXiv the
identifiers and dates of the papers behind the technologies that come first: no title, abstract, or
name of a person, organisation or firm.
"""

from __future__ import annotations

import argparse
import datetime
import json
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off.corpora import SHARED
from benchmarks.take_off.text_corpora import BUNDLED, TextCorpus

from firstlight.catalogue import Catalogue
from firstlight.instruments.emergence.forecast.rules import rule_scores
from firstlight.instruments.emergence.record.ranking import ranking
from firstlight.instruments.emergence.record.take_off import TARGETS
from firstlight.instruments.emergence.technologies.description import shares_and_growth
from firstlight.instruments.emergence.technologies.evidence import RECENT
from firstlight.instruments.emergence.technologies.survey import Survey, survey_tables
from firstlight.message_json import message_to_json
from firstlight.run.corpus import Caution, Corpus
from firstlight.run.documents_in import from_documents
from firstlight.run.observation import BEHIND, LEARNING_YEARS, RECORD_YEARS, WATCHED_BEHIND
from firstlight.sample import text_corpora
from firstlight.sample.text_corpora import PAIRS, Statistics
from firstlight.sources import read_documents

ABOUT = tomllib.loads(Path(__file__).with_name("bundled.toml").read_text(encoding="utf-8"))
MOST_WATCHED = 3000  # of the observed year; the others are counted alone
FEWEST_WITH_COUNTRY = 10  # documents of a technology and period
Ints = npt.NDArray[np.int64]
DOCUMENTS_SCHEMA = ("technology_id", "role", "position", "document_id", "date")


def forecast_years(observed: int) -> list[int]:
    """Every forecast year that an observation asks for, at any horizon."""
    back = max(TARGETS) + RECORD_YEARS + LEARNING_YEARS - 1
    return [*range(observed - back, observed - min(TARGETS) + 1), observed]


def opened(text: TextCorpus, catalogue: Catalogue, shared: Path, known_to: int) -> Corpus:
    """The corpus, read as a user's file is."""
    path = shared / "data" / text.file
    found = read_documents(path)
    frame: pl.DataFrame = found.table.frame
    frame = frame if text.prepared is None else text.prepared(frame)
    frame = frame.filter(pl.col("year") <= known_to)
    found = replace(found, table=replace(found.table, frame=frame))
    return from_documents(catalogue, path, found, text.observed, year_ends=text.year_ends)


def statistics_of(
    corpus: Corpus,
    catalogue: Catalogue,
    years: Sequence[int],
    observed: int,
    *,
    with_documents: bool,
    most_watched: int = MOST_WATCHED,
) -> Statistics:
    """What ships of a corpus of documents."""
    found = corpus.surveys(years, observed, print)
    surveys = {year: survey for year, (survey, _) in found.items()}
    whole, kept = found[observed]
    rows = shipped_rows(whole, most_watched)
    surveys[observed] = whole.take(rows)
    behind = corpus.evidence(observed, first_ones(surveys[observed]), print)
    documents, leaders = behind["documents"].select(DOCUMENTS_SCHEMA), behind["leaders"]
    return Statistics(
        surveys=surveys,
        pairs={
            name: renumbered(catalogue.table(kept, name), rows, len(whole.labels)) for name in PAIRS
        },
        dropped=catalogue.table(kept, "dropped"),
        documents=documents if with_documents else documents.clear(),
        leaders=leading_countries(leaders),
        years=corpus.years,
    )


def leading_countries(leaders: pl.DataFrame) -> pl.DataFrame:
    """Countries that lead, of technologies with documents enough that name any."""
    named = (pl.col("documents_count") / pl.col("share")).round()
    return leaders.filter((pl.col("kind") == "country") & (named >= FEWEST_WITH_COUNTRY))


def with_country(documents: pl.DataFrame, observed: int) -> float:
    """Share of the documents of the last three years that name a country, 0 to 1."""
    recent = documents.filter(pl.col("year").is_between(observed - RECENT + 1, observed))
    return round(float(recent["country"].is_not_null().mean() or 0.0), 6)  # type: ignore[arg-type]


def by_gain(survey: Survey) -> Ints:
    """Rows of the watched technologies, those first whose share gains most, equal ones by their
    identifiers."""
    described = shares_and_growth(survey.counts)
    gained = (described["share"] - described["share_before"]).fill_null(0.0).to_numpy()
    rows = np.flatnonzero(~survey.is_scored)
    ids = np.array([survey.counts.names[row] for row in rows], dtype=np.str_)
    return rows[np.lexsort((ids, -gained[rows]))]


def shipped_rows(survey: Survey, most_watched: int) -> Ints:
    """Rows of the scored technologies and of the watched ones that gain most, in their order."""
    return np.sort(
        np.concatenate([np.flatnonzero(survey.is_scored), by_gain(survey)[:most_watched]])
    )


def renumbered(pairs: pl.DataFrame, rows: Ints, size: int) -> pl.DataFrame:
    """Pairs of rows of a survey, as rows of the part that ships."""
    number = np.full(size, -1)
    number[rows] = np.arange(len(rows))
    columns = [pl.Series(name, number[pairs[name].to_numpy()]) for name in ("technology", "other")]
    return pairs.with_columns(columns).filter((pl.col("technology") >= 0) & (pl.col("other") >= 0))


def first_ones(survey: Survey) -> list[str]:
    """The technologies that come first by any simple rule, and the watched ones whose share gains
    most, sorted."""
    scored = survey.scored()
    year = survey.forecast_year
    size = scored.counts.documents_of((year - 1, year))
    names = scored.counts.names
    orders = [
        ranking(scores, size, names)[:BEHIND] for scores in rule_scores(scored.counts).values()
    ]
    chosen = {names[row] for order in orders for row in order}
    return sorted(chosen | {survey.counts.names[row] for row in by_gain(survey)[:WATCHED_BEHIND]})


def check_same(statistics: Statistics, folder: Path) -> None:
    """Raise AssertionError unless what was written reads as it was computed."""
    back = text_corpora.read(folder)
    for year, survey in statistics.surveys.items():
        (tables, facts), (others, other_facts) = (
            survey_tables(survey),
            survey_tables(back.surveys[year]),
        )
        assert facts == other_facts, year
        assert all(tables[name].equals(others[name], null_equal=True) for name in tables), year
    for name in ("dropped", "documents", "leaders", "years"):
        assert getattr(statistics, name).equals(getattr(back, name), null_equal=True), name
    assert all(statistics.pairs[name].equals(back.pairs[name]) for name in PAIRS)


def provenance_of(
    corpus: Corpus,
    catalogue: Catalogue,
    statistics: Statistics,
    about: Mapping[str, Any],
    hashes: Mapping[str, str],
) -> dict[str, Any]:
    """What is said of the statistics beside them."""
    observed = statistics.observed
    whole, kept = corpus.surveys([observed], observed, print)[observed]
    chosen = {
        name: kept.parameters[name] for name in ("text", "stratum", "first_year", "last_year")
    }
    read = [
        {"file": one["name"], "sha256": one["sha256"], "bytes_count": one["bytes_count"]}
        for one in _files(corpus)
    ]
    cautions = {
        str(horizon): _plain(corpus.cautions(observed, horizon)) for horizon in sorted(TARGETS)
    }
    return {
        **{
            key: about[key]
            for key in ("name", "title", "title_zh", "source", "note_en", "note_zh", "thin")
        },
        "inputs": read,
        "computed": datetime.date.today().isoformat(),
        "command": f"python -m benchmarks.take_off.build_bundled {about['name']}",
        "parameters": {
            "observed": observed,
            "forecast_years": sorted(statistics.surveys),
            "most_watched": MOST_WATCHED,
            **chosen,
        },
        "countries_share": with_country(
            catalogue.table(catalogue.find("documents"), "documents"), observed
        ),
        "watched_left_out": len(whole.labels) - len(statistics.surveys[observed].labels),
        "first_year": corpus.first_year,
        "complete_to": corpus.complete_to,
        "cautions": cautions,
        "sha256": hashes,
    }


def _files(corpus: Corpus) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = corpus.facts["inputs"]
    return files


def _plain(cautions: Sequence[Caution]) -> list[dict[str, Any]]:
    """What ships of the cautions: how a file was read concerns nobody who doesn't have it."""
    return [
        {
            "code": one.code,
            "severity": one.severity,
            "message": message_to_json(one.message),
            "section": one.section,
        }
        for one in cautions
        if one.code != "reading"
    ]


def ship(
    corpus: Corpus, catalogue: Catalogue, observed: int, about: Mapping[str, Any], folder: Path
) -> Statistics:
    """Write what ships of a corpus into a folder, with its provenance, and check that it reads as
    it was computed."""
    years = [year for year in forecast_years(observed) if year >= corpus.first_year + 2]
    statistics = statistics_of(
        corpus, catalogue, years, observed, with_documents=about["documents_ship"]
    )
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.parquet"):
        old.unlink()
    hashes = text_corpora.write(statistics, folder)
    said = provenance_of(corpus, catalogue, statistics, about, hashes)
    written = json.dumps(said, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (folder / text_corpora.PROVENANCE).write_text(written, encoding="utf-8")
    check_same(statistics, folder)
    return statistics


def build(text: TextCorpus, shared: Path) -> None:
    """Write one corpus, and say how large it is."""
    started = time.monotonic()
    about, folder = {"name": text.name, **ABOUT[text.name]}, text_corpora.folder_of(text.name)
    with tempfile.TemporaryDirectory() as project:
        catalogue = Catalogue.open(project)
        ship(
            opened(text, catalogue, shared, about["known_to"]),
            catalogue,
            text.observed,
            about,
            folder,
        )
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    print(f"{text.name}: {sum(sizes.values()):,} bytes in {time.monotonic() - started:.0f} s")
    for name, size in sizes.items():
        print(f"  {name:24} {size:>9,}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The bundled corpora of texts.")
    parser.add_argument("corpora", nargs="*", help="language, arxiv, conferences; all unless given")
    parser.add_argument("--shared", type=Path, default=SHARED)
    given = parser.parse_args()
    for one in BUNDLED:
        if one.name in (given.corpora or text_corpora.NAMES):
            build(one, given.shared)
