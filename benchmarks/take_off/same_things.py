"""How many of the first technologies keep identifier and name when a record grows or is corrected:

    python -m benchmarks.take_off.same_things [RECORD ...] [--shared FOLDER]

A record is observed, and observed again with one more year, with 5% more documents of the same
years, with 1% of its titles corrected (case, hyphen, a letter; of counts 10% of the names), and with
a second source. Of the first 200 technologies each is looked for in the later observation by its
documents alone: the same thing is the technology that holds most of its documents, and holds little
else of the earlier record (most of what it holds there is its own); the nearest by Jaccard's index
where several do. Entities of counts are looked for by what they were called in the table. Each pair
is compared twice: with nothing known of the earlier observation, and with it given (``since``).
Writes take_off_same_things.csv.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benchmarks.take_off.corpora import SHARED
from scipy import sparse

from firstlight.catalogue import Catalogue
from firstlight.run.changes import Earlier, earlier_observation
from firstlight.run.corpus import Corpus
from firstlight.run.counts_in import from_counts
from firstlight.run.documents_in import DocumentsWork, from_documents
from firstlight.run.observation import ObservationRun
from firstlight.run.observed import Observation
from firstlight.sources import read_counts, read_documents

RESULTS = Path(__file__).resolve().parents[1] / "results" / "take_off_same_things.csv"
FIRST = 200
MORE, CORRECTED, CORRECTED_NAMES = 5, 1, 10  # percent; few names are few of the first
ABSTRACTS = 3  # every so many documents keep their abstract
# record -> file, the last year that is observed, what is read besides id, year and title
RECORDS: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "language": ("data/today/arxiv_language_titles_2013_2026.parquet", 2025, ("primary",)),
    "robotics": ("data/documents/robotics_ml_with_countries.parquet", 2023, ("abstract", "venue")),
    "conferences": ("data/documents/ai_conferences.parquet", 2023, ("abstract", "venue")),
    "arxiv": ("data/documents/arxiv_tech.parquet", 2018, ("abstract", "primary_category")),
}
SECOND = {"robotics": "conferences", "conferences": "robotics", "arxiv": "robotics"}
FEW = 4  # of the largest records every so many documents
COUNTS = "data/counts/patent_terms.csv"


@dataclass(frozen=True)
class Seen:
    """An observation: its technologies, their documents, and how it is compared.

    frame   : the technologies in the order of the list
    belongs : rows of ``frame`` x ``documents``; None for counts
    again   : the technologies with an earlier observation given
    """

    frame: pl.DataFrame
    earlier: Earlier
    again: Callable[[Earlier], pl.DataFrame]
    documents: pl.Series
    belongs: sparse.csr_matrix | None = None

    @property
    def first(self) -> list[str]:
        """Identifiers of the first technologies."""
        ranked = self.frame.filter(pl.col("rank").is_not_null())
        return ranked["technology_id"].head(FIRST).to_list()


def drawn(ids: pl.Series, salt: str) -> pl.Series:
    """A number from 0 to 99 for each document, by the hash of its identifier."""
    digests = (hashlib.sha256(f"{salt}{one}".encode()).digest() for one in ids)
    return pl.Series([int.from_bytes(each[:4], "big") % 100 for each in digests])


def corrected(name: str, place: int) -> str:
    """A title or name as somebody might correct it: in other capitals, hyphened, a letter apart."""
    kind = place % 3
    if kind == 0:
        return name.title() if name != name.title() else name.lower()
    if kind == 1:
        return name.replace(" ", "-", 1) if "-" not in name else name.replace("-", " ", 1)
    half = len(name) // 2
    return name[:half] + name[half + 1 :]


def with_corrections(
    frame: pl.DataFrame, ids: pl.Series, column: str, percent: int = CORRECTED
) -> pl.DataFrame:
    """The frame with some percent of its titles corrected."""
    chosen = (drawn(ids, "corrected") < percent).to_list()
    titles = [
        corrected(title, place) if title and chosen[place] else title
        for place, title in enumerate(frame[column])
    ]
    return frame.with_columns(pl.Series(column, titles))


def documents_of(name: str, shared: Path) -> pl.DataFrame:
    """A record: id, year, title, abstract (of a third), stratum."""
    file, last, columns = RECORDS[name]
    frame = pl.read_parquet(shared / file).with_row_index("row")
    key = pl.format("{}:{}", pl.lit(name), "id" if "id" in frame.columns else "row")
    frame = frame.with_columns(key.alias("id")).filter(pl.col("year") <= last)
    if name in ("arxiv", "conferences"):
        frame = frame.filter(drawn(frame["id"], "few") % FEW == 0)
    frame = frame.select("id", "year", "title", *columns)
    if "abstract" in frame.columns:
        kept = drawn(frame["id"], "abstracts") % ABSTRACTS == 0
        frame = frame.with_columns(pl.when(kept).then("abstract").alias("abstract"))
    return frame


def seen_documents(frame: pl.DataFrame, year: int, folder: Path) -> Seen:
    """Documents observed at the end of a year."""
    catalogue = Catalogue.open(folder)
    corpus = from_documents(catalogue, frame, read_documents(frame), year)
    seen = _seen(catalogue, corpus, year)
    work: DocumentsWork = corpus.evidence.__self__  # type: ignore[attr-defined]
    belongs = work._belongs(seen.frame["technology_id"].to_list())
    return replace(seen, documents=work._counted["id"], belongs=belongs)


def seen_counts(frame: pl.DataFrame, year: int, folder: Path) -> Seen:
    """Counts observed at the end of a year."""
    catalogue = Catalogue.open(folder)
    return _seen(catalogue, from_counts(catalogue, frame, read_counts(frame)), year)


def _seen(catalogue: Catalogue, corpus: Corpus, year: int) -> Seen:
    def observed(since: Earlier | None) -> Observation:
        kept = ObservationRun(catalogue, corpus, year, 3, _quiet, since=since).observation()
        return Observation.of(
            {name: catalogue.table(kept, name) for name in kept.tables}, kept.facts
        )

    alone = observed(None)
    earlier = earlier_observation(alone, Path(), _quiet)
    none = pl.Series([], dtype=pl.String)
    return Seen(alone.table, earlier, lambda since: observed(since).table, none)


def _quiet(line: str) -> None:
    print(line, end=" ", file=sys.stderr, flush=True)


def counterparts(a: Seen, b: Seen) -> list[int | None]:
    """The row in B of the same thing as each of the first of A; None where no technology of B has
    most documents in common with it, of its own and of the other's."""
    assert a.belongs is not None and b.belongs is not None
    place = {name: row for row, name in enumerate(b.documents)}
    known = [(row, place[name]) for row, name in enumerate(a.documents) if name in place]
    of_a, of_b = (np.array(each, dtype=np.int64) for each in zip(*known, strict=True))
    ours, theirs = a.belongs[: len(a.first)][:, of_a], b.belongs[:, of_b]
    shared = (ours @ theirs.T).toarray()
    size, other = (np.asarray(each.sum(axis=1)).ravel() for each in (ours, theirs))
    union = size[:, None] + other[None, :] - shared
    is_most = (shared > size[:, None] / 2) & (shared > other[None, :] / 2)
    nearness = np.where(is_most, shared / np.maximum(union, 1), 0)
    return [int(row.argmax()) if row.max() > 0 else None for row in nearness]


def pairs_of_documents(name: str, shared: Path, folder: Path) -> Iterator[tuple[str, Seen, Seen]]:
    """What became of the record -> the earlier and the later observation."""
    whole, year = documents_of(name, shared), RECORDS[name][1]
    base = whole.filter(drawn(whole["id"], "more") >= MORE)
    of_whole = seen_documents(whole, year, folder / "whole")
    of_base = seen_documents(base, year, folder / "base")
    yield f"{MORE}% more documents", of_base, of_whole
    before = whole.filter(pl.col("year") < year)
    yield "one more year", seen_documents(before, year - 1, folder / "before"), of_whole
    mended = with_corrections(base, base["id"], "title")
    yield f"{CORRECTED}% corrected", of_base, seen_documents(mended, year, folder / "mended")
    if name in SECOND:
        second = documents_of(SECOND[name], shared).select("id", "year", "title", "abstract")
        both = pl.concat([base, second.filter(pl.col("year") <= year)], how="diagonal")
        yield "a second source", of_base, seen_documents(both, year, folder / "both")


def kept_of_documents(name: str, shared: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """Shares that keep identifier and name, by what became of the record."""
    for case, a, b in pairs_of_documents(name, shared, folder):
        yield from _compared(name, case, a, b, counterparts(a, b))


def kept_of_counts(shared: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """The same of a table of counts."""
    whole = pl.read_csv(shared / COUNTS)
    last = int(whole["year"].max()) - 3  # type: ignore[arg-type, operator]
    of_whole = seen_counts(whole.filter(pl.col("year") <= last), last, folder / "whole")
    before = seen_counts(whole.filter(pl.col("year") < last), last - 1, folder / "before")
    names = whole["term"].unique().sort().to_frame()
    mended_names = with_corrections(names, names["term"], "term", CORRECTED_NAMES)["term"]
    new = dict(zip(names["term"], mended_names, strict=True))
    mended = whole.filter(pl.col("year") <= last).with_columns(pl.col("term").replace(new))
    of_mended = seen_counts(mended, last, folder / "mended")
    cases: list[tuple[str, Seen, Seen, dict[str, str]]] = [
        ("one more year", before, of_whole, {}),
        (f"{CORRECTED_NAMES}% corrected", of_whole, of_mended, new),
    ]
    for case, a, b, called in cases:
        place = {each: row for row, each in enumerate(b.frame["technology_id"])}
        found = [place.get(called.get(each, each)) for each in a.first]
        yield from _compared("patent terms", case, a, b, found)


def _compared(
    name: str, case: str, a: Seen, b: Seen, found: list[int | None]
) -> Iterator[dict[str, Any]]:
    """Without and with the earlier observation, by the rows of B that are the same things."""
    there = [(row, other) for row, other in enumerate(found) if other is not None]
    of_a, of_b = (list(rows) for rows in zip(*there, strict=True))
    for known, frame in (("nothing", b.frame), ("earlier observation", b.again(a.earlier))):
        row: dict[str, Any] = {"record": name, "case": case, "known": known}
        present = np.isin(a.first, frame["technology_id"].to_list())
        row |= {"first_count": len(found), "present_share": round(float(present.mean()), 4)}
        row["found_count"] = len(there)
        for column in ("technology_id", "name"):
            same = a.frame[column][of_a] == frame[column][of_b]
            row[f"same_{column}_share"] = round(float(same.mean()), 4)  # type: ignore[arg-type]
        print(*row.values(), sep=", ")
        yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", nargs="*", default=[*RECORDS, "counts"])
    parser.add_argument("--shared", type=Path, default=SHARED)
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for name in asked.records:
        with tempfile.TemporaryDirectory() as folder:
            if name == "counts":
                rows += kept_of_counts(asked.shared, Path(folder))
            else:
                rows += kept_of_documents(name, asked.shared, Path(folder))
    found = pl.DataFrame(rows)
    if RESULTS.is_file():
        known = pl.read_csv(RESULTS, schema_overrides=dict(found.schema))
        found = pl.concat([known.join(found, on="record", how="anti"), found])
    found.sort("record", "case", "known", maintain_order=True).write_csv(RESULTS)


if __name__ == "__main__":
    main()
