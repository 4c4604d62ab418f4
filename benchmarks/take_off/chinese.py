"""How far technologies read from Chinese texts are those read from the English titles of the same
papers.

Two technologies are counterparts if they stand in the same documents: Jaccard index of at least .5;
or one is directed into the other: .6 of its documents are among the other's. The papers fall into
two halves by the hash of their identifier: the rules about Chinese were revised on "development",
"test" was opened once, when they stood.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off.corpora import SHARED
from scipy import sparse

from firstlight.instruments.emergence.technologies.text_record import read_text
from firstlight.sources import read_documents

Floats = npt.NDArray[np.float64]
FILE = SHARED / "data/documents/arxiv_chinese.parquet"
RESULTS = Path(__file__).resolve().parents[1] / "results" / "take_off_chinese.csv"
YEAR = 2024  # the last year of which more than a handful of papers is there
HALVES = ("development", "test")
FIRST = (50, 100)
EQUAL, DIRECTED = 0.5, 0.6
READINGS = {  # reading -> columns, text
    "English titles": ({"title": "title"}, "title"),
    "Chinese titles": ({"title": "title_zh"}, "title"),
    "Chinese titles and abstracts": (
        {"title": "title_zh", "abstract": "abstract_zh"},
        "title_and_abstract",
    ),
}


@dataclass(frozen=True)
class Reading:
    """Technologies of one reading, the largest first.

    belongs   : technologies x documents of the last two years
    labels    : their names
    documents : identifiers of the documents
    """

    belongs: sparse.csr_matrix
    labels: list[str]
    documents: pl.Series


def half_of(ids: pl.Series) -> pl.Series:
    """The half of each paper, by the hash of its identifier."""
    odd = [hashlib.sha256(one.encode()).digest()[0] % 2 for one in ids]
    return pl.Series("half", [HALVES[one] for one in odd])


def papers(half: str, file: Path = FILE) -> pl.DataFrame:
    """The papers of one half up to the forecast year."""
    frame = pl.read_parquet(file).filter(pl.col("year").is_between(YEAR - 4, YEAR))
    return frame.filter(half_of(frame["id"]) == half)


def read(frame: pl.DataFrame, reading: str) -> Reading:
    """Technologies with three documents or more in the last two years, as ``observe`` finds them."""
    columns, text = READINGS[reading]
    chosen = [pl.col(theirs).alias(ours) for ours, theirs in columns.items()]
    documents = read_documents(frame.select("id", "year", *chosen)).table.frame.sort("year", "id")
    strata = pl.Series(["all"] * documents.height)
    record = read_text(documents, strata, text=text, say=lambda line: None)
    found = record.at(YEAR, watched=True)
    recent = found.belongs[:, record.span(YEAR - 1, YEAR)].tocsr()
    size = np.asarray(recent.sum(axis=1)).ravel()
    order = np.lexsort((np.array(found.survey.counts.names), -size))
    ids = documents["id"][record.span(YEAR - 1, YEAR)]
    return Reading(recent[order], [found.survey.labels[row] for row in order], ids)


def nearest(one: Reading, other: Reading) -> pl.DataFrame:
    """Each technology of one reading beside the nearest of the other, by Jaccard index.

    Returns data frame rank, label, documents, jaccard, other, directed: the largest share of the
    smaller one's documents that it has in common with one of a third of its own size or more.
    """
    mine, theirs = aligned(one, other)
    shared = (mine @ theirs.T).toarray().astype(np.float64)
    of_one = np.asarray(mine.sum(axis=1), dtype=np.float64)
    of_other = np.asarray(theirs.sum(axis=1), dtype=np.float64).T
    jaccard = shared / (of_one + of_other - shared)
    best = jaccard.argmax(axis=1)
    directed = (shared / np.minimum(of_one, of_other)).max(
        axis=1, where=of_other >= of_one / 3, initial=0
    )
    return pl.DataFrame(
        {
            "rank": np.arange(1, len(one.labels) + 1),
            "label": one.labels,
            "documents": of_one.ravel().astype(int),
            "jaccard": jaccard.max(axis=1).round(3),
            "other": [other.labels[row] for row in best],
            "directed": directed.round(3),
        }
    )


def aligned(one: Reading, other: Reading) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Both over the documents that both readings have: each drops papers with the title of another."""
    place = pl.DataFrame({"id": other.documents}).with_row_index("theirs")
    both = (
        pl.DataFrame({"id": one.documents})
        .with_row_index("mine")
        .join(place, on="id", maintain_order="left")
    )
    return one.belongs[:, both["mine"].to_numpy()], other.belongs[:, both["theirs"].to_numpy()]


def shares(half: str, file: Path) -> pl.DataFrame:
    """Of the first technologies of each reading, the share with a counterpart in the English
    titles, and back."""
    frame = papers(half, file)
    readings = {name: read(frame, name) for name in READINGS}
    english = next(iter(READINGS))
    rows = []
    for chinese in list(READINGS)[1:]:
        for one, other in ((english, chinese), (chinese, english)):
            found = nearest(readings[one], readings[other])
            for first in FIRST:
                some = found.head(first)
                equal = some["jaccard"] >= EQUAL
                inside = equal | (some["directed"] >= DIRECTED)
                rows.append((half, one, other, found.height, first, equal.mean(), inside.mean()))
    columns = ["half", "of", "found_in", "technologies", "first", "equal", "equal_or_directed"]
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        pl.col("equal", "equal_or_directed").round(3)
    )


def write(table: pl.DataFrame, rules: str, path: Path = RESULTS) -> None:
    """Put the rows of one set of rules and half in their place."""
    rows = table.select(pl.lit(rules).alias("rules"), pl.all())
    if path.is_file():
        known = pl.read_csv(path, schema_overrides=dict(rows.schema))
        rows = pl.concat([known.join(rows, on=["rules", "half"], how="anti"), rows])
    rows.sort("rules", "half", descending=[True, False], maintain_order=True).write_csv(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("half", choices=HALVES)
    parser.add_argument(
        "--rules", default="mended", help="under what name the figures are written (mended)"
    )
    parser.add_argument("--file", type=Path, default=FILE)
    options = parser.parse_args()
    found = shares(options.half, options.file)
    write(found, options.rules)
    print(found.write_csv())
