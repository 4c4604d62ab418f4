"""Every corpus of the record: those that Firstlight was developed on, and those that nobody had
looked at."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from benchmarks.take_off.corpora import CORPORA, Corpus
from benchmarks.take_off.text_corpora import TEXT_CORPORA, TextCorpus

# Not among the corpora that ship with Firstlight: no rule, chance or likeness was made from them.
UNSEEN_TEXTS = (
    TextCorpus(
        "robotics",
        "robotics conferences",
        "documents/robotics_ml_with_countries.parquet",
        (2003, 2020),
        2023,
    ),
    TextCorpus(
        "neural_network_patents",
        "US patents on neural networks",
        "documents/us_neural_network_patents.parquet",
        (1993, 2014),
        2017,
    ),
)


def university_patents(path: Path) -> pl.DataFrame:
    """US patents of US universities by WIPO field: table SINV-20 of the science indicators."""
    frame = pl.read_parquet(path).filter(pl.col("table") == "SINV-20")
    return frame.select(pl.col("unit").alias("field"), "year", pl.col("value").alias("count"))


def company_tags(path: Path) -> pl.DataFrame:
    """Young companies by tag and the year in which they joined a programme for them."""
    tags = pl.col("tags").str.extract_all(r"'[^']+'")
    year = 2000 + pl.col("batch").str.extract(r"(\d+)$").cast(pl.Int32)
    listed = pl.read_parquet(path).select(tags.alias("tag"), year.alias("year")).explode("tag")
    known = listed.drop_nulls().with_columns(pl.col("tag").str.strip_chars("'"))
    return known.group_by("tag", "year").agg(pl.len().alias("count")).sort("tag", "year")


UNSEEN_COUNTS = (
    Corpus(
        "university_patents",
        "US university patents by WIPO field",
        "counts/ncses.parquet",
        years=(2005, 2019),
        chosen_to=2012,
        prepared=university_patents,
    ),
    Corpus(
        "company_tags",
        "young companies by tag",
        "products/companies.parquet",
        years=(2012, 2020),
        chosen_to=2015,
        prepared=company_tags,
    ),
)
TEXTS = {each.name: each for each in (*TEXT_CORPORA, *UNSEEN_TEXTS)}
COUNTS = {each.name: each for each in (*CORPORA, *UNSEEN_COUNTS)}
SHIPPED = frozenset(each.name for each in (*TEXT_CORPORA, *CORPORA))


def title_of(name: str) -> str:
    """What a corpus is called."""
    return TEXTS[name].title if name in TEXTS else COUNTS[name].title
