"""What share of the first lines of Chinese documents are names, by labels of a reader who saw neither
rank nor rule.

    python -m benchmarks.take_off.chinese_names [--rules NAME]

The lists are those of one half of the papers as in ``chinese.py``, and of single arXiv categories,
by documents of the last two years. Rules were chosen on "development"; "test" was opened once, when
they stood. Both halves of the papers of two small categories stand in its lists. A term is a name if
one could put a research programme behind it.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from benchmarks.take_off.chinese import FILE, HALVES, RESULTS, YEAR, half_of, read

LABELS = Path(__file__).with_name("labels_of_lines_zh.csv")
TARGET = RESULTS.with_name("take_off_chinese_names.csv")
FIRST = 50
TEXTS = ("Chinese titles and abstracts", "Chinese titles")
EVERY = "all"
CATEGORIES = {  # half -> category -> the papers of which half are read
    "development": dict.fromkeys(("cs.CV", "cs.AI", "stat.ML", "cs.RO"), "development"),
    "test": {"cs.LG": "test", "cs.CL": "test", "cs.IR": EVERY, "econ.GN": EVERY},
}


def papers(half: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """The whole half, and each category."""
    frame = pl.read_parquet(FILE).filter(pl.col("year").is_between(YEAR - 4, YEAR))
    frame = frame.with_columns(half_of(frame["id"]))
    yield EVERY, frame.filter(pl.col("half") == half)
    for category, of_half in CATEGORIES[half].items():
        chosen = pl.col("half").is_in(HALVES if of_half == EVERY else [of_half])
        yield category, frame.filter(chosen & (pl.col("primary") == category))


def precision() -> pl.DataFrame:
    """Lines shown, labelled and names among the first ones of each list.

    Lines that came with a later rule than the labels have none.
    """
    labels = pl.read_csv(LABELS).select(pl.col("term"), pl.col("label"))
    rows = []
    for half in HALVES:
        for category, frame in papers(half):
            for text in TEXTS:
                shown = pl.DataFrame({"term": read(frame, text).labels[:FIRST]})
                known = shown.join(labels, on="term")
                names = int(known["label"].sum())
                rows.append((half, category, text, shown.height, known.height, names))
    columns = ["half", "category", "text", "shown", "labelled", "names"]
    table = pl.DataFrame(rows, schema=columns, orient="row")
    return table.with_columns((pl.col("names") / pl.col("labelled")).round(2).alias("precision"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", default="titled", help="under what name the figures are written")
    found = precision().select(pl.lit(parser.parse_args().rules).alias("rules"), pl.all())
    if TARGET.is_file():
        known = pl.read_csv(TARGET, schema_overrides=dict(found.schema))
        found = pl.concat([known.filter(pl.col("rules") != found["rules"][0]), found])
    found.write_csv(TARGET)
    print(found.write_csv())
