"""What documents say, as hashes by year: a step whose documents are as they were is as good as new, whatever file they came in."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.nouns import Result
from firstlight.store.code_version import code_version

_TEXT_BYTES = 16  # of a document's SHA-256
_FIELD, _ENTRY = "\x1f", "\x1e"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Contents:
    """Hashes of D documents, sorted by date and id; of all columns that a survey reads.

    texts : (D,) first 16 bytes of the SHA-256 of title and abstract
    years : year -> SHA-256 of its documents
    until : year -> SHA-256 of all documents up to its end
    """

    texts: pl.Series
    years: Mapping[int, str]
    until: Mapping[int, str]

    def parts(self) -> dict[str, str]:
        """Name -> hash, as the Result that keeps the documents tells them."""
        return {f"{year}": own for year, own in self.years.items()} | {f"to {y}": own for y, own in self.until.items()}


def contents_of(documents: pl.DataFrame) -> Contents:
    """Hashes of documents sorted by date, then id: columns id, date, title, abstract, authors, categories, country."""
    empty = pl.lit("\0")  # nothing told, and nothing said
    whole = pl.concat_str(pl.col("title").fill_null(empty), pl.lit(_FIELD), pl.col("abstract").fill_null(empty))
    hashed = [hashlib.sha256(text.encode()).digest()[:_TEXT_BYTES] for text in documents.select(whole).to_series()]
    texts = pl.Series("text_sha256", hashed, dtype=pl.Binary)
    lists = [pl.col(name).list.join(_FIELD).fill_null(empty) for name in ("authors", "categories", "country")]
    told = documents.select("date", pl.concat_str("id", *lists, separator=_ENTRY).alias("told"))
    year_of = documents["date"].dt.year().to_numpy()
    years, until, running = {}, {}, hashlib.sha256()
    for year in np.unique(year_of).tolist():
        first, end = np.searchsorted(year_of, [year, year + 1]).tolist()
        own = hashlib.sha256(b"".join(hashed[first:end]))
        own.update(told["date"][first:end].to_physical().to_numpy().tobytes())
        own.update("\0".join(told["told"][first:end]).encode())
        running.update(own.digest())
        years[year], until[year] = own.hexdigest(), running.hexdigest()
    return Contents(texts, years, until)


def earlier_results(catalogue: Catalogue, name: str, instrument: str) -> Iterator[Result]:
    """Kept Results of this name that the running code computed, whole to the last byte, the latest first."""
    for kept in catalogue.versions(name):
        is_ours = kept.instrument == instrument and kept.code_version == code_version()
        if not is_ours:
            continue
        if damaged := catalogue.verify(kept):
            _LOG.warning("not built on: %s %s: %s", name, kept.key[:16], "; ".join(damaged))
        else:
            yield kept


def same_until(mine: Mapping[int, str], theirs: Mapping[int, str]) -> int:
    """The first year from which two records differ, by the hashes up to each year's end; one more than both at most.

    >>> same_until({2001: "a", 2002: "b", 2003: "c"}, {2001: "a", 2002: "b"})
    2003
    """
    years = sorted({*mine, *theirs})
    return next((year for year in years if mine.get(year) != theirs.get(year)), years[-1] + 1)


def rows_known(texts: pl.Series, known: pl.Series) -> pl.Series:
    """For each text the row of ``known`` that has the same hash, null where there is none.

    >>> rows_known(pl.Series([b"a", b"c"]), pl.Series([b"b", b"a", b"a"])).to_list()
    [1, None]
    """
    first = known.to_frame("text").with_row_index("row").unique("text", keep="first", maintain_order=True)
    found = texts.to_frame("text").join(first, on="text", how="left", maintain_order="left")
    return found["row"].cast(pl.Int64)
