"""Write the everyday words that name no technology: how common each word was in unlike fields of
arXiv up to 2010.

    python -m benchmarks.take_off.build_everyday_words [FOLDER]

The folder holds the reference data. What is written holds words and shares of documents: no title
and no abstract.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.take_off.corpora import SHARED

from firstlight.instruments.emergence.text import discourse, words
from firstlight.instruments.emergence.text.words import CutText, cut_batches, joined

FILE = "documents/arxiv_tech.parquet"
LAST_YEAR = 2010  # before the lists whose names were labelled (2014 to 2017)
FIELDS = {  # by the primary category of a paper, or by its archive; all others are physics
    "computing": ("cs", "cmp-lg", "eess"),
    "economy": ("q-fin", "physics.soc-ph"),
    "life": ("q-bio", "physics.bio-ph", "physics.med-ph"),
    "mathematics": ("math", "math-ph", "alg-geom", "stat"),
    "materials": ("physics.chem-ph", "chem-ph", "cond-mat.mtrl-sci", "mtrl-th", "cond-mat.soft"),
}
OTHERS = "physics"
FIELDS_COUNT = 3  # in so many of the six, or more, an everyday word is common
LEAST_SHARE = 0.0005  # of the documents of each; `NameRule` says from which share one names nothing
TARGET = Path(discourse.__file__).with_name("everyday_words.csv")


def main(shared: Path = SHARED) -> None:
    """Write the words, and say how many."""
    documents = pl.read_parquet(shared / "data" / FILE).filter(pl.col("year") <= LAST_YEAR)
    table = everyday_words(documents)
    table.write_csv(TARGET)
    print(
        f"{documents.height} documents, {table.height} words, {TARGET.stat().st_size / 1e3:.1f} kB"
    )


def everyday_words(documents: pl.DataFrame) -> pl.DataFrame:
    """Words with the share of documents that use them in the field in which they are third
    commonest.

    documents : columns title, abstract, primary_category
    """
    counted = documents.with_columns(_field().alias("field"))
    shares = pl.concat(
        [_shares(counted.filter(pl.col("field") == field)) for field in (*FIELDS, OTHERS)]
    )
    third = pl.col("share").sort(descending=True).get(FIELDS_COUNT - 1, null_on_oob=True)
    common = (
        shares.group_by("word").agg(third.alias("share")).filter(pl.col("share") >= LEAST_SHARE)
    )
    is_word = ~words.is_break(pl.col("word")) & ~words.is_link(pl.col("word"))
    plain = common.filter(is_word & pl.col("word").str.contains(r"^[a-z]+$"))
    return plain.with_columns(pl.col("share").round(4)).sort("word")


def _field() -> pl.Expr:
    category, archive = (
        pl.col("primary_category"),
        pl.col("primary_category").str.extract(r"^([^.]+)"),
    )
    field = pl.lit(OTHERS)
    for name, parts in FIELDS.items():
        field = (
            pl.when(category.is_in(parts) | archive.is_in(parts))
            .then(pl.lit(name))
            .otherwise(field)
        )
    return field


def _shares(documents: pl.DataFrame) -> pl.DataFrame:
    """Each word's share of documents: word, share."""
    if documents.is_empty():
        return pl.DataFrame(schema={"word": pl.String, "share": pl.Float64})
    cut: CutText = joined(cut_batches(documents, text="title_and_abstract"))
    row = np.repeat(np.arange(len(cut.lengths)), cut.lengths)
    used = pl.DataFrame({"word": words.stems(cut.spellings)[cut.words], "row": row})
    counted = used.group_by("word").agg(pl.col("row").n_unique().alias("documents_count"))
    return counted.select("word", (pl.col("documents_count") / documents.height).alias("share"))


if __name__ == "__main__":
    main(*(Path(folder) for folder in sys.argv[1:2]))
