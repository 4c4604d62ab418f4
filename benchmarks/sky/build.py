"""Compute the bundled sky from the arXiv metadata: statistics only, for every forecast year by rules blind to later ones.

    python benchmarks/sky/build.py arxiv_tech.parquet

The input has columns id, date, title, abstract, authors and categories. What is written holds counts, shares and technical
terms that stand in at least ten documents: no title, abstract, name or id.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import polars as pl

from firstlight.instruments.emergence import survey_tables
from firstlight.instruments.emergence.communities import communities
from firstlight.instruments.emergence.near_duplicates import near_duplicates
from firstlight.instruments.emergence.survey import Company, read_company, survey_year
from firstlight.instruments.emergence.terms import TermCounts, count_terms
from firstlight.instruments.emergence.vocabulary import VocabularyRule, phrase_parts, technical_terms
from firstlight.sources import read_documents
from firstlight.sources.publisher import load_source
from firstlight.store.parquet_duckdb import write_table

FIRST, LAST = 2003, 2019
FEWEST_IN_PAIR = 30  # documents of all years that use both terms of a pair that is shipped
TARGET = Path(__file__).parents[2] / "src" / "firstlight" / "sample" / "arxiv_sky"


def main(path: Path) -> None:
    """Build every table and say how large it is."""
    documents = read_documents(path)
    frame = documents.table.frame
    counts = count_terms(
        (frame[i : i + 20_000].select("date", "title", "abstract") for i in range(0, frame.height, 20_000)),
        minimum_documents=10,
    )
    parts, company = phrase_parts(counts.terms), read_company(frame)
    surveys = []
    pairs: set[tuple[str, str]] = set()
    kept_terms: set[int] = set()
    for year in range(FIRST, LAST + 1):
        surveys.append(survey_year(counts, parts, company, year))
        vocabulary = technical_terms(counts, parts, year)
        ties = communities(vocabulary).ties.tocoo()
        names = vocabulary.terms
        pairs |= {(names[a], names[b]) for a, b in zip(ties.row, ties.col, strict=True) if names[a] < names[b]}
        kept_terms |= set(vocabulary.columns.tolist())
        print(
            year, len(surveys[-1].labels), "technologies", len(names), "terms", len(pairs), "pairs so far", flush=True
        )
    tables = survey_tables.stack(surveys)
    tables["term_years"], tables["pair_years"] = (
        _term_years(counts, sorted(kept_terms), company),
        _pair_years(counts, sorted(pairs)),
    )
    year = frame["date"].dt.year().cast(pl.Int64)
    tables["years_read"] = (
        year.value_counts(name="documents_count")
        .rename({"date": "year"})
        .select("year", pl.col("documents_count").cast(pl.Int64), pl.lit(True).alias("is_complete"))
        .sort("year")
    )
    tables["category_years"] = (
        frame.select(year.alias("year"), pl.col("categories").alias("name"))
        .explode("name")
        .drop_nulls()
        .group_by("name", "year")
        .len("documents_count")
        .with_columns(pl.col("documents_count").cast(pl.Int64))
        .sort("name", "year")
    )
    twins = near_duplicates(frame.select("id", "title", "abstract")).pairs.height
    tables["duplicates"] = pl.DataFrame({"kind": ["near_duplicate_pairs"], "documents_count": [twins]})
    tables["set_aside"] = pl.DataFrame(schema={"reason": pl.String, "documents_count": pl.Int64, "example": pl.String})
    _write(path, _compact(tables), documents.rows)


def _term_years(counts: TermCounts, columns: list[int], company: Company) -> pl.DataFrame:
    """Documents, authors and new authors per year of every term that some forecast year's rule keeps."""
    chosen = counts.incidence[:, columns].tocoo()
    names = pl.DataFrame(
        {"column": range(len(columns)), "term": [counts.terms[i] for i in columns]},
        schema_overrides={"column": pl.Int32},
    )
    rows = pl.DataFrame(
        {
            "column": chosen.col.astype("int32"),
            "year": counts.years[chosen.row].astype("int16"),
            "authors": company.authors[chosen.row],
            "new_authors": company.new_authors[chosen.row],
        }
    )
    return (
        rows.group_by("column", "year")
        .agg(
            pl.len().cast(pl.Int32).alias("documents_count"),
            pl.col("authors").sum().cast(pl.Int32).alias("authors_count"),
            pl.col("new_authors").sum().cast(pl.Int32).alias("new_authors_count"),
        )
        .join(names, on="column")
        .drop("column")
    )


def _pair_years(counts: TermCounts, pairs: list[tuple[str, str]]) -> pl.DataFrame:
    """Documents per year that use both terms, for pairs that some forecast year ties."""
    column = {term: i for i, term in enumerate(counts.terms)}
    by_term = counts.incidence.tocsc()

    def rows_of(term: str) -> np.ndarray:
        return by_term.indices[by_term.indptr[column[term]] : by_term.indptr[column[term] + 1]]

    frames = []
    for term, other in pairs:
        if term in column and other in column:
            both = np.intersect1d(rows_of(term), rows_of(other), assume_unique=True)
            if len(both) >= FEWEST_IN_PAIR:
                years, documents = np.unique(counts.years[both], return_counts=True)
                frames.append((term, other, years.tolist(), documents.tolist()))
    table = pl.DataFrame(frames, schema=["term", "other", "year", "documents_count"], orient="row")
    return table.explode("year", "documents_count").cast({"year": pl.Int16, "documents_count": pl.Int16})


def _compact(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Terms as numbers of one vocabulary, and the narrowest integers: a third of the bytes."""
    spelled = pl.concat(
        [
            tables["terms"].select("term", "shown"),
            tables["term_years"].select("term", pl.col("term").alias("shown")),
            tables["pair_years"].select("term", pl.col("term").alias("shown")),
            tables["pair_years"].select(pl.col("other").alias("term"), pl.col("other").alias("shown")),
        ]
    )
    vocabulary = spelled.unique().sort("term", "shown").with_row_index("word")
    first = vocabulary.unique("term", keep="first", maintain_order=True).select("term", "word")
    compact = dict(tables)
    compact["vocabulary"] = vocabulary.select(
        "term", pl.when(pl.col("shown") != pl.col("term")).then("shown").alias("shown")
    )
    compact["terms"] = (
        tables["terms"]
        .join(vocabulary, on=["term", "shown"], how="left", maintain_order="left")
        .select(
            "forecast_year",
            "technology",
            "word",
            (pl.col("weight") * 10_000).round().cast(pl.Int16).alias("weight"),
            "documents_count",
            "first_year",
        )
    )
    compact["term_years"] = (
        tables["term_years"].join(first, on="term").drop("term").select("word", pl.exclude("word")).sort("word", "year")
    )
    pairs = (
        tables["pair_years"]
        .join(first, on="term")
        .drop("term")
        .join(first.rename({"term": "other", "word": "other_word"}), on="other")
        .drop("other")
    )
    compact["pair_years"] = pairs.select("word", "other_word", "year", "documents_count").sort(
        "word", "other_word", "year"
    )
    compact["links"] = tables["links"].with_columns((pl.col("weight") * 10_000).round().cast(pl.Int16))
    narrow = {
        "forecast_year": pl.Int16,
        "year": pl.Int16,
        "first_year": pl.Int16,
        "technology": pl.Int16,
        "other": pl.Int16,
    }
    return {
        name: table.cast(
            {
                column: kind
                for column, kind in narrow.items()
                if column in table.columns and table[column].dtype.is_integer()
            }
        )
        for name, table in compact.items()
    }


def _write(path: Path, tables: dict[str, pl.DataFrame], rows: int) -> None:
    TARGET.mkdir(exist_ok=True)
    for old in TARGET.glob("*.parquet"):
        old.unlink()
    for name, table in tables.items():
        write_table(table, TARGET / f"{name}.parquet")
        print(f"{name:16} {table.height:>9,} rows {(TARGET / f'{name}.parquet').stat().st_size / 1e6:6.2f} MB")
    source = load_source("arxiv")
    data = path.read_bytes()
    given = {"file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes_count": len(data)}
    about = {
        "title": "arXiv 1993-2019: computing, engineering, statistics, quantitative biology and finance, applied physics",
        "title_zh": "arXiv 1993-2019：计算机、工程、统计、定量生物与金融、应用物理",
        "source": {
            "name": source.name,
            "publisher": source.publisher,
            "title": source.title,
            "url": source.url,
            "licence": source.licence,
            "citation": source.citation,
            "columns": {},
        },
        "input": given,
        "input_listed": {"name": given["file"], "sha256": given["sha256"], "bytes_count": given["bytes_count"]},
        "rows_read": rows,
        "computed": datetime.date.today().isoformat(),
        "parameters": {
            "forecast_years": [FIRST, LAST],
            "minimum_documents": 10,
            "fewest_in_pair": FEWEST_IN_PAIR,
            "vocabulary": VocabularyRule().__dict__,
        },
        "note_en": "The bundled record is a part of arXiv. Papers of its machine-learning categories are there only when also listed in "
        "another kept category, so deep learning is thin in it; two fields join the archive in 2017.",
        "note_zh": "自带的记录只是 arXiv 的一部分。机器学习各类别的论文只有在同时列入其他保留类别时才收录，因此其中深度学习偏少；另有两个领域 2017 年才进入该库。",
    }
    (TARGET / "provenance.json").write_text(
        json.dumps(about, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
