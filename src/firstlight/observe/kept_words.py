"""The words of documents, kept by year: documents that were cut before are not cut again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.instruments.emergence.cut_words import (
    CutWords,
    arranged,
    cut_documents,
    cut_of,
    cut_tables,
    together,
)
from firstlight.nouns import Result
from firstlight.observe.contents import Contents, earlier_results, rows_known

INSTRUMENT = "emergence.cut_words"
BATCH = 20_000  # documents that are cut at a time
TEXT = "text_sha256"


def keep_words(
    catalogue: Catalogue, tidy: Result, contents: Contents, documents: pl.DataFrame, say: Callable[[str], None]
) -> list[CutWords]:
    """The words of every year of the documents, in the order of the years; two years are cut at a time.

    documents : date, title, abstract and ``TEXT``, sorted by date
    """
    years = documents.with_columns(year=pl.col("date").dt.year()).partition_by("year", as_dict=True, include_key=False)
    say(f"0 of {documents.height:,} documents")
    done = [0]

    def of_year(year: int) -> CutWords:
        own = years[(year,)]
        cut = _of_year(catalogue, tidy, contents, year, own)
        done[0] += own.height
        say(f"{done[0]:,} of {documents.height:,} documents")
        return cut

    with ThreadPoolExecutor(2) as pool:
        largest = sorted((key[0] for key in years), key=lambda year: (-years[(year,)].height, year))
        found = dict(zip(largest, pool.map(of_year, largest), strict=True))
    return [found[year] for year in sorted(found)]


def _of_year(catalogue: Catalogue, tidy: Result, contents: Contents, year: int, documents: pl.DataFrame) -> CutWords:
    name = f"words_{year}"

    def compute() -> tuple[dict[str, pl.DataFrame], dict[str, str]]:
        tables = cut_tables(_cut(catalogue, name, documents))
        return tables | {"cut_documents": tables["cut_documents"].with_columns(documents[TEXT])}, {}

    kept = catalogue.keep(
        name,
        instrument=INSTRUMENT,
        parameters={},
        inputs={"documents": f"sha256:{contents.years[year]}"},
        source=tidy.source,
        licence=tidy.licence,
        compute=compute,
    )
    return cut_of({table: catalogue.table(kept, table) for table in kept.tables})


def _cut(catalogue: Catalogue, name: str, documents: pl.DataFrame) -> CutWords:
    """Words of the documents; those that an earlier Result of the year has are taken from it."""
    before = next(earlier_results(catalogue, name, INSTRUMENT), None)
    if before is None:
        return together([cut_documents(part) for part in documents.iter_slices(BATCH)])
    tables = {table: catalogue.table(before, table) for table in before.tables}
    row = rows_known(documents[TEXT], tables["cut_documents"][TEXT])
    new = documents.filter(row.is_null())
    parts = [cut_of(tables), *(cut_documents(part) for part in new.iter_slices(BATCH))]
    numbers = np.arange(new.height)
    is_new, part = row.is_null().to_numpy(), np.zeros(documents.height, dtype=np.int64)
    place = row.fill_null(0).to_numpy().copy()
    part[is_new], place[is_new] = 1 + numbers // BATCH, numbers % BATCH
    # The year belongs to the document's date, which may have moved.
    cut = arranged(parts, part, place)
    years = documents["date"].dt.year().cast(pl.Int32).alias("year")
    return CutWords(cut.vocabulary, cut.words, cut.documents.with_columns(years), cut.acronyms)
