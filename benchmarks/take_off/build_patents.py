"""Compute the bundled patents from counts of US grants by domain and subfield: statistics only.

    python -m benchmarks.take_off.build_patents FOLDER

The folder holds domain_subfield_year.csv.gz (year, subfield, count, domain) and
tech_city_period.csv.gz (technology, city and five years), both derived from PatentsView. What is
written holds counts by subfield and year and by country and five years, up to the last complete
year: no patent, person, organisation or city.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import sys
from pathlib import Path

import polars as pl

from firstlight.instruments.emergence.counts.counts_in import from_counts
from firstlight.sources import read_counts
from firstlight.store.parquet_duckdb import write_table

SUBFIELDS, CITIES = "domain_subfield_year.csv.gz", "tech_city_period.csv.gz"
DOMAIN_OF_FIELD = {"AI": "ai", "Biotech & Pharma": "biotech", "Clean Energy": "green"}
FEWEST_OF_COUNTRY = 5  # grants in five years
TARGET = Path(__file__).parents[2] / "src" / "firstlight" / "sample" / "us_patents"


def main(folder: Path) -> None:
    """Write both tables and their provenance, and say how large they are."""
    given = read_counts(folder / SUBFIELDS)
    last = from_counts(given.table.frame).complete_to
    tables = {
        "counts": _of_subfields(given.table.frame, last),
        "countries": _of_countries(folder / CITIES, last),
    }
    TARGET.mkdir(exist_ok=True)
    for name, table in tables.items():
        path = TARGET / f"{name}.parquet"
        write_table(table, path)
        print(f"{name:10} {table.height:>7,} rows {path.stat().st_size / 1e3:8.1f} kB")
    about = _provenance([folder / SUBFIELDS, folder / CITIES], given.rows, last)
    text = json.dumps(about, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    (TARGET / "provenance.json").write_text(text, encoding="utf-8")


def _of_subfields(frame: pl.DataFrame, last: int) -> pl.DataFrame:
    kept = frame.filter(pl.col("year") <= last)
    columns = {"parent": "domain", "entity": "subfield"}
    table = kept.select(*columns, "year", "count").rename(columns)
    return table.cast({"year": pl.Int16, "count": pl.Int32}).sort("domain", "subfield", "year")


def _of_countries(path: Path, last: int) -> pl.DataFrame:
    cities = pl.read_csv(path, infer_schema=False).with_columns(
        pl.col("period_start").cast(pl.Int16), pl.col("patent_count").cast(pl.Int32)
    )
    whole = cities.filter((pl.col("period_start") + 4 <= last) & pl.col("country").is_not_null())
    table = (
        whole.group_by(pl.col("tech_area").alias("field"), "period_start", "country")
        .agg(pl.col("patent_count").sum().alias("count"))
        .filter(pl.col("count") >= FEWEST_OF_COUNTRY)
        .with_columns(domain=pl.col("field").replace_strict(DOMAIN_OF_FIELD))
    )
    columns = ("field", "domain", "period_start", "country", "count")
    return table.select(columns).sort("field", "period_start", -pl.col("count"), "country")


def _provenance(paths: list[Path], rows: int, last: int) -> dict[str, object]:
    inputs = [
        {"file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes_count": len(data)}
        for path in paths
        for data in (path.read_bytes(),)
    ]
    return {
        "title": f"US patents by domain and subfield, 1976-{last}",
        "title_zh": f"美国专利（按领域与子领域），1976–{last}年",
        "source": {
            "name": "patentsview",
            "publisher": "PatentsView, United States Patent and Trademark Office",
            "title": "Grants by technology domain and subfield, counted from PatentsView",
            "url": "https://patentsview.org",
            "licence": "data of the US government, in the public domain; PatentsView asks for attribution (CC BY 4.0)",
            "citation": "Counts derived from PatentsView (patentsview.org), United States Patent and Trademark Office",
            "columns": {},
        },
        "inputs": inputs,
        "rows_read": rows,
        "computed": datetime.date.today().isoformat(),
        "parameters": {"years": [1976, last], "fewest_of_country": FEWEST_OF_COUNTRY},
        "note_en": "A patent of several subfields counts in each, so shares are of the sum of all subfields. The year after "
        f"{last} is left out: it holds about 70% of its grants. Additive manufacturing and autonomous vehicles have no "
        "grants before 1990.",
        "note_zh": f"一件专利可计入多个子领域，份额以全部子领域之和为分母。{last}年之后的一年只有约70%的授权，故不计入。增材制造与自动驾驶汽车在1990年之前没有记录。",
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
