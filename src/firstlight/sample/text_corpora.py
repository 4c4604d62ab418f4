"""The bundled corpora of texts, as statistics: language papers seen from August 2026, arXiv seen
from 2016 with what came, AI conferences seen from 2024.

``benchmarks/take_off/build_bundled.py`` computed the tables; ``provenance.json`` beside them says
from what, how and when.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.emergence.technologies.evidence import link
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.nouns import Snapshot, Source
from firstlight.sample.packed_surveys import PARTS, TABLES, pack, unpack
from firstlight.texts import Name, message

NAMES = ("language", "arxiv", "conferences")
PAIRS = ("links", "near_equal")  # tables of pairs of technologies, by row of the observed survey
LEVEL = 19  # of zstd
PROVENANCE = "provenance.json"


@dataclass(frozen=True)
class Statistics:
    """What ships of a corpus of texts.

    surveys   : forecast year -> its technologies; the last is the year that is observed, with
                watched technologies
    pairs     : links and near_equal of the observed year: technology, other (rows of its survey),
                weight
    dropped   : term, documents_count, rule, evidence, into
    documents : technology_id, role, position, document_id, date; of some technologies
    leaders   : technology_id, kind, period, name, documents_count, share, whole_share; of countries
    years     : year, documents_count, is_complete
    """

    surveys: Mapping[int, Survey]
    pairs: Mapping[str, pl.DataFrame]
    dropped: pl.DataFrame
    documents: pl.DataFrame
    leaders: pl.DataFrame
    years: pl.DataFrame

    @property
    def observed(self) -> int:
        """The year from which the corpus is seen."""
        return max(self.surveys)


def folder_of(name: str) -> Path:
    """Where the tables of a bundled corpus lie."""
    return Path(str(files("firstlight.sample").joinpath(name)))


def provenance(folder: Path) -> dict[str, Any]:
    """Source, licence, hashes, parameters and date of the statistics in a folder.

    Raises  InputError where the package was built without them.
    """
    path = folder / PROVENANCE
    if not path.is_file():
        given = message("nothing_bundled", folder=Name(str(folder)))
        raise InputError(given, Path(__file__).parent)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def source(folder: Path) -> Source:
    """Who published the documents behind the statistics."""
    return Source(**provenance(folder)["source"])


def snapshots(folder: Path) -> tuple[Snapshot, ...]:
    """The exact bytes of the tables, and those of the file that they were computed from."""
    about = provenance(folder)
    given = about["inputs"]
    found = [
        Snapshot(about["name"], one["file"], one["sha256"], one["bytes_count"], about["computed"])
        for one in given
    ]
    for path in sorted(folder.glob("*.parquet")):
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        found.append(
            Snapshot(f"bundled_{about['name']}", path.name, digest, len(data), about["computed"])
        )
    return tuple(found)


def write(statistics: Statistics, folder: Path) -> dict[str, str]:
    """Write the statistics as small tables, and return the SHA-256 of each file.

    Raises  InputError as ``pack`` does.
    """
    observed = statistics.surveys[statistics.observed]
    number = (
        pl.Series(observed.counts.names, dtype=pl.String)
        .to_frame("technology_id")
        .with_row_index("technology")
    )
    tables = pack(statistics.surveys)
    for name in PAIRS:
        tables[name] = _in_parts(statistics.pairs[name], "weight")
    tables["dropped"] = _in_parts(statistics.dropped, "evidence")
    documents = statistics.documents.join(number, on="technology_id").sort(
        "technology", "role", "position"
    )
    tables["documents"] = documents.select("technology", "role", "position", "document_id", "date")
    leaders = statistics.leaders.join(number, on="technology_id", maintain_order="left")
    tables["leaders"] = leaders.select("technology", pl.exclude("technology", "technology_id"))
    tables["years"] = statistics.years
    hashes = {}
    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        small(table).write_parquet(
            path, compression="zstd", compression_level=LEVEL, statistics=False
        )
        hashes[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return hashes


def small(table: pl.DataFrame) -> pl.DataFrame:
    """The table with its integers in as few bytes as hold them."""
    narrow = [column.shrink_dtype() for column in table if column.dtype.is_integer()]
    lists = [column for column in table if column.dtype == pl.List(pl.Int64)]
    narrow += [column.cast(pl.List(_least_type(column))) for column in lists]
    return table.with_columns(narrow)


def _least_type(lists: pl.Series) -> type[pl.DataType]:
    largest = lists.list.max().max() or 0
    return pl.UInt16 if largest < 2**16 else pl.UInt32  # type: ignore[operator]


def _in_parts(table: pl.DataFrame, column: str) -> pl.DataFrame:
    """The table with a column in ten-thousandths, to which it was rounded."""
    return table.with_columns((pl.col(column) * PARTS).round().cast(pl.Int64))


def read(folder: Path) -> Statistics:
    """The statistics that ``write`` wrote, to the last digit.

    Raises  InputError where the package was built without them.
    """
    provenance(folder)
    tables = {
        path.stem: pl.read_parquet(path, glob=False) for path in sorted(folder.glob("*.parquet"))
    }
    surveys = unpack({name: tables[name] for name in TABLES})
    ids = pl.Series("technology_id", surveys[max(surveys)].counts.names, dtype=pl.String)
    documents, leaders = tables["documents"], tables["leaders"]
    return Statistics(
        surveys=surveys,
        pairs={name: _wide(_of_parts(tables[name], "weight")) for name in PAIRS},
        dropped=_wide(_of_parts(tables["dropped"], "evidence")),
        documents=_wide(
            documents.select(ids.gather(documents["technology"]), pl.exclude("technology"))
        ),
        leaders=_wide(leaders.select(ids.gather(leaders["technology"]), pl.exclude("technology"))),
        years=_wide(tables["years"]),
    )


def _wide(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.selectors.integer().cast(pl.Int64))


def _of_parts(table: pl.DataFrame, column: str) -> pl.DataFrame:
    # Divided by NumPy: Polars multiplies by the reciprocal, which ends in other digits than a
    # number that was rounded.
    values = np.asarray(table[column].cast(pl.Float64).to_numpy()) / PARTS
    return table.with_columns(pl.Series(column, values).fill_nan(None))


def documents_with_links(documents: pl.DataFrame) -> pl.DataFrame:
    """Documents as views read them: without titles and venues, which do not ship, and with their
    addresses."""
    return documents.with_columns(
        pl.lit(None, pl.String).alias("title"),
        pl.lit(None, pl.String).alias("venue"),
        link(pl.col("document_id")).alias("link"),
    )
