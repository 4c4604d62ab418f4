"""Write the acronyms that abstracts define, for records of titles, which rarely do.

    python -m benchmarks.take_off.build_known_acronyms [FOLDER]

The folder holds the reference data. What is written holds acronyms, their long forms and years: no
title and no abstract.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
from benchmarks.take_off.corpora import SHARED

from firstlight.instruments.emergence.text import acronyms
from firstlight.instruments.emergence.text.phrases import keys_of

FILES = (
    "documents/arxiv_tech.parquet",
    "documents/ai_conferences.parquet",
    "documents/robotics_ml_with_countries.parquet",
)
FEWEST_DOCUMENTS = 5  # that give an acronym the same long form, by the year from which it is known
TARGET = Path(acronyms.__file__).with_name("known_acronyms.csv")


def main(shared: Path = SHARED) -> None:
    """Write the acronyms, and say how many."""
    texts = [
        pl.read_parquet(shared / "data" / file, columns=["title", "abstract", "year"])
        for file in FILES
    ]
    documents = pl.concat(texts, how="vertical_relaxed").filter(pl.col("abstract").is_not_null())
    documents = documents.unique("title", keep="first", maintain_order=True)
    table = known_acronyms(documents)
    table.write_csv(TARGET)
    print(
        f"{documents.height} documents, {table.height} acronyms, "
        f"{TARGET.stat().st_size / 1e3:.1f} kB"
    )


def known_acronyms(documents: pl.DataFrame) -> pl.DataFrame:
    """Acronyms with each of their long forms: data frame short, long (stems), written, documents
    (that define it so), since (the year by which a fifth one did), sorted.

    documents : columns title, abstract, year
    """
    found = acronyms.definitions(documents)
    years = documents["year"].cast(pl.Int64).gather(found["document"]).alias("year")
    spelt = found.with_columns(years, key=keys_of(found["long"]))
    nth_year = pl.col("year").sort().get(FEWEST_DOCUMENTS - 1, null_on_oob=True)
    # "Vision-language model" and "vision language model" are one; the commoner spelling is written.
    counted = spelt.group_by("short", "key").agg(
        pl.col("long").mode().sort().first(),
        pl.col("written").mode().sort().first(),
        pl.len().alias("documents"),
        nth_year.alias("since"),
    )
    known = counted.filter(pl.col("documents") >= FEWEST_DOCUMENTS)
    return known.drop("key").sort("short", "long")


if __name__ == "__main__":
    main(*(Path(folder) for folder in sys.argv[1:2]))
