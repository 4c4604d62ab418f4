"""The record of the bundled corpora as Markdown, in both languages: every ranking, and whether the
chances held.

python docs/generate/record_table.py   (observes them, which takes a minute; writes
explanation/record_table.md and its counterpart in zh)
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from firstlight.run.bundled import BUNDLED
from firstlight.run.observing import observe

DOCS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(DOCS))

from generate.take_off_tables import as_written, figure, table, words_in  # noqa: E402

PAGES = {
    "en": DOCS / "explanation" / "record_table.md",
    "zh": DOCS / "zh" / "record_table.md",
}
WITH_INTERVAL = ("precision_20", "precision_50", "average_precision")
FIGURES = ("precision_20", "precision_50", "recall_100", "average_precision", "auc")
Row = dict[str, Any]
Words = Mapping[str, Any]
Record = tuple[Mapping[str, Any], pl.DataFrame, pl.DataFrame]


def record_table(title: str, record: pl.DataFrame, lang: str) -> str:
    """The pooled rows of a record, the ranking that is used first and in bold; rankings without a
    figure are left out.

    record : horizon, ranking, is_used, year (null where all years are pooled), scored_count,
             take_off_count, base_rate, expected_by_chance, and the figures with their intervals
    """
    words = words_in(lang).of["bundled"]
    pooled = record.filter(pl.col("year").is_null() & pl.col("precision_20").is_not_null())
    pooled = pooled.sort("is_used", "average_precision", "ranking", descending=[True, True, False])
    years = record["year"].drop_nulls().unique().sort()
    if pooled.is_empty() or years.is_empty():
        return str(words["unchecked"].format(title=title))
    used = pooled.row(0, named=True)
    about = words["about"].format(
        title=title,
        first=years[0],
        last=years[-1],
        horizon=used["horizon"],
        scored=used["scored_count"],
        took_off=used["take_off_count"],
        base=figure(used["base_rate"]),
        chance=used["expected_by_chance"],
        ceiling_20=figure(used["ceiling_20"]),
        ceiling_50=figure(used["ceiling_50"]),
    )
    rows = [_cells(row, lang) for row in pooled.iter_rows(named=True)]
    return f"{about}\n\n{table(words['rankings'], rows)}"


def reliability(found: pl.DataFrame, lang: str) -> str:
    """What chances were given, and how many of those technologies took off.

    found : predicted, observed, low, high, n
    """
    words = words_in(lang).of["bundled"]
    if found.is_empty():
        return str(words["no_chance"])
    rows = found.sort("predicted").to_dicts()
    head = [words["predicted"], *(figure(row["predicted"]) for row in rows)]
    counts = [words["count"], *(f"{row['n']:,}" for row in rows)]
    observed = [_interval(words, row["observed"], row["low"], row["high"]) for row in rows]
    return table(head, [counts, [words["observed"], *observed]])


def page(records: Sequence[Record], lang: str) -> str:
    """The tables of several records, one below the other.

    records : of each observation its facts, its record, and the reliability of its chances
    """
    words = words_in(lang).of["bundled"]
    parts = [f"<!-- {words['written']} -->"]
    for facts, record, found in records:
        called = facts[{"en": "title", "zh": "title_zh"}[lang]]
        title = words["title"].format(title=called, as_of=facts["as_of"])
        parts += [record_table(title, record, lang), reliability(found, lang)]
    return as_written("\n\n".join(parts) + "\n", lang)


def _cells(row: Row, lang: str) -> list[str]:
    words = words_in(lang)
    name = words.ranking(row["ranking"])
    cells = [f"**{name}**" if row["is_used"] else name]
    for key in FIGURES:
        if key in WITH_INTERVAL:
            low, high = row[f"{key}_low"], row[f"{key}_high"]
            cells.append(_interval(words.of["bundled"], row[key], low, high))
        else:
            cells.append(figure(row[key]))
    return cells


def _interval(words: Words, value: float, low: float, high: float) -> str:
    written = words["interval"].format(value=figure(value), low=figure(low), high=figure(high))
    return str(written)


def _read(corpus: str, folder: Path) -> Record:
    """Of a bundled corpus, as it is observed where no year is named."""
    seen = observe(corpus=corpus, project=folder)
    return seen.facts, seen.tables["record"], seen.tables["reliability"]


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        observed = [_read(corpus, Path(folder) / corpus) for corpus in BUNDLED]
    for lang, written in PAGES.items():
        written.write_text(page(observed, lang), encoding="utf-8")
        print(written)
