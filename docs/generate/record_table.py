"""The record of the bundled corpora as Markdown: every ranking, and whether the chances held.

python docs/generate/record_table.py   (observes them, which takes a minute; writes
explanation/record_table.md)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from firstlight.run.bundled import BUNDLED
from firstlight.run.observing import observe
from firstlight.texts import family_texts

PAGE = Path(__file__).resolve().parents[1] / "explanation" / "record_table.md"
HEAD = "<!-- Written by docs/generate/record_table.py from observations of the bundled corpora: change nothing here. -->"
COLUMNS = (
    "ranked by",
    "first 20",
    "first 50",
    "recall of the first 100",
    "average precision",
    "AUC",
)
WITH_INTERVAL = ("precision_20", "precision_50", "average_precision")
FIGURES = ("precision_20", "precision_50", "recall_100", "average_precision", "auc")
Row = dict[str, object]


def table(title: str, record: pl.DataFrame) -> str:
    """The pooled rows of a record, the ranking that is used first and in bold; rankings without a
    figure are left out.

    record : horizon, ranking, is_used, year (null where all years are pooled), scored_count,
             take_off_count, base_rate, expected_by_chance, and the figures with their intervals
    """
    pooled = record.filter(pl.col("year").is_null() & pl.col("precision_20").is_not_null())
    pooled = pooled.sort("is_used", "average_precision", "ranking", descending=[True, True, False])
    years = record["year"].drop_nulls().unique().sort()
    if pooled.is_empty() or years.is_empty():
        return f"**{title}**: no earlier year can be checked."
    first = pooled.row(0, named=True)
    about = (
        f"**{title}**, forecast years {years[0]} to {years[-1]}, {first['horizon']} years ahead: "
        f"{first['scored_count']:,} scored, {first['take_off_count']:,} took off (base rate "
        f"{_figure(first['base_rate'])}; {first['expected_by_chance']:.1f} expected if shares had stayed the same). "
        f"The first 20 could have reached {_figure(first['ceiling_20'])}, the first 50 {_figure(first['ceiling_50'])}. "
        "90% intervals in brackets."
    )
    body = ["| " + " | ".join(_cells(row)) + " |" for row in pooled.iter_rows(named=True)]
    rows = ["| " + " | ".join(COLUMNS) + " |", "|---|" + "--:|" * (len(COLUMNS) - 1), *body]
    return "\n".join([about, "", *rows])


def reliability(found: pl.DataFrame) -> str:
    """What chances were given, and how many of those technologies took off.

    found : predicted, observed, low, high, n
    """
    if found.is_empty():
        return "No chance was given in these years."
    rows = found.sort("predicted").to_dicts()
    cells = {
        "chance given, on average": [_figure(row["predicted"]) for row in rows],
        "technologies": [f"{row['n']:,}" for row in rows],
        "took off": [
            f"{_figure(row['observed'])} ({_figure(row['low'])}–{_figure(row['high'])})"
            for row in rows
        ],
    }
    (head, first), *rest = cells.items()
    lines = [f"| {head} | {' | '.join(first)} |", "|---|" + "--:|" * len(rows)]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(row)} |" for name, row in rest)])


def page(records: Sequence[tuple[str, pl.DataFrame, pl.DataFrame]]) -> str:
    """The tables of several records, one below the other: title, record, reliability of each."""
    parts = [HEAD]
    for title, record, found in records:
        parts += [table(title, record), reliability(found)]
    return "\n\n".join(parts) + "\n"


def _cells(row: Row) -> list[str]:
    name = family_texts("emergence").code("en", "rankings", str(row["ranking"]))
    figures = [
        _with_interval(row, key) if key in WITH_INTERVAL else _figure(row[key]) for key in FIGURES
    ]
    return [f"**{name}**" if row["is_used"] else name, *figures]


def _with_interval(row: Row, key: str) -> str:
    return f"{_figure(row[key])} ({_figure(row[f'{key}_low'])}–{_figure(row[f'{key}_high'])})"


def _figure(value: object) -> str:
    """Two digits after the point; a dash where there is no value.

    >>> _figure(0.2345), _figure(-0.004), _figure(None), _figure(float("nan"))
    ('.23', '.00', '–', '–')
    """
    if not isinstance(value, float) or value != value:
        return "–"
    return f"{round(value, 2) + 0.0:.2f}".replace("0.", ".", 1)


def _read(corpus: str, folder: Path) -> tuple[str, pl.DataFrame, pl.DataFrame]:
    """Title, record and reliability of a bundled corpus, as it is observed where no year is named."""
    seen = observe(corpus=corpus, project=folder)
    title = f"{seen.facts['title']}, seen from the end of {seen.facts['as_of']}"
    return title, seen.tables["record"], seen.tables["reliability"]


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        PAGE.write_text(
            page([_read(corpus, Path(folder) / corpus) for corpus in BUNDLED]), encoding="utf-8"
        )
    print(PAGE)
