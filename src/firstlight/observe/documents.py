"""Documents in: tidied, compared for near-duplicates, and surveyed year by year."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.instruments.emergence.comparability import last_complete_year
from firstlight.instruments.emergence.near_duplicates import near_duplicates, signatures
from firstlight.nouns import Result
from firstlight.observe import reading
from firstlight.observe.contents import Contents, contents_of, earlier_results, rows_known
from firstlight.observe.counting import Counting
from firstlight.observe.kept_words import BATCH, TEXT
from firstlight.observe.reading import Observed, Say
from firstlight.sources import Documents

__all__ = ["BATCH", "from_documents"]

NEAR = 0.7  # Jaccard index from which two documents are near-duplicates


def from_documents(catalogue: Catalogue, found: Documents, given: Any, say: Say) -> Observed:
    """Keep the documents that were read; surveys are counted when they are asked for."""
    raw, publisher = reading.keep_bytes(catalogue, found, given)
    frame: pl.DataFrame = found.table.frame
    contents = contents_of(frame)
    tidy = reading.keep_tidy(catalogue, "documents", found, raw, parts=contents.parts())
    complete_to = last_complete_year(frame["date"])
    say("near-duplicates")
    twins = _keep_twins(catalogue, tidy, contents, frame)
    pairs = catalogue.table(twins, "pairs").height
    year = frame["date"].dt.year()
    tables = {
        "years": reading.years_read(year.value_counts(name="documents_count").rename({"date": "year"}), complete_to),
        **reading.set_aside(found),
        "duplicates": pl.DataFrame({"kind": ["near_duplicate_pairs"], "documents_count": [pairs]}),
    }
    counting = Counting(catalogue, tidy, contents, dict(year.value_counts().iter_rows()), complete_to)
    return Observed(
        title=reading.title_of(found),
        origin=raw,
        first_year=int(year.min()),  # type: ignore[arg-type]
        complete_to=complete_to,
        default_year=complete_to,
        inputs={"documents": tidy.key, "near_duplicates": twins.key},
        tables=tables,
        category_years=_category_years(frame),
        facts=reading.facts_of(found, publisher),
        surveys=counting.surveys,
        warnings=reading.notes_of(found),
        words=counting.words,
    )


def _category_years(frame: pl.DataFrame) -> pl.DataFrame:
    return (
        frame.select(pl.col("date").dt.year().cast(pl.Int64).alias("year"), pl.col("categories").alias("name"))
        .explode("name")
        .drop_nulls()
        .group_by("name", "year")
        .agg(pl.len().cast(pl.Int64).alias("documents_count"))
        .sort("name", "year")
    )


def _keep_twins(catalogue: Catalogue, tidy: Result, contents: Contents, frame: pl.DataFrame) -> Result:
    """Near-duplicates, and the signature of each text, so that only new texts are read another time."""
    instrument = "emergence.near_duplicates"
    texts = frame.select("id", "title", "abstract")

    def compute() -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
        before = next(earlier_results(catalogue, "near_duplicates", instrument), None)
        known = catalogue.table(before, "signatures") if before else None
        signed = _signed(contents.texts, texts, known)
        pairs = near_duplicates(texts, threshold=NEAR, signed=signed.drop(TEXT)).pairs
        return {"pairs": pairs, "signatures": signed}, {}

    return catalogue.keep(
        "near_duplicates",
        instrument=instrument,
        parameters={"threshold": NEAR},
        inputs={"documents": tidy.key},
        source=tidy.source,
        licence=tidy.licence,
        compute=compute,
    )


def _signed(hashes: pl.Series, texts: pl.DataFrame, known: pl.DataFrame | None) -> pl.DataFrame:
    """The signatures of all texts, in their order."""
    if known is None:
        return signatures(texts).with_columns(hashes.alias(TEXT))
    row = rows_known(hashes, known[TEXT])
    both = pl.concat([known.drop(TEXT), signatures(texts.filter(row.is_null()))])
    added = known.height + row.is_null().cum_sum().cast(pl.Int64) - 1
    place = row.fill_null(-1).to_frame("row").with_columns(added.alias("added"))
    chosen = place.select(pl.when(pl.col("row") < 0).then("added").otherwise("row")).to_series()
    return both[chosen].with_columns(hashes.alias(TEXT))
