"""The table of the record in explanation/record_table.md, from the tables of an observation.

python docs/generate/record_table.py RECORD.parquet   (the table ``record`` of ``firstlight observe``)
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

PAGE = Path(__file__).resolve().parents[1] / "explanation" / "record_table.md"
HEAD = "<!-- Written by docs/generate/record_table.py from the observation of the bundled sky: change nothing here. -->"
COLUMNS = ("method", "CSI", "ETS", "AUC", "Brier skill", "precision of the top 20")


def table(record: pl.DataFrame) -> str:
    """The pooled rows of a record as Markdown, one table for each target, our method first.

    record : target, title_en, is_ours, forecast_year (null where all years are pooled), is_pooled, n, positives, base_rate,
             coverage, csi, ets, auc (each with _low and _high), brier_skill, precision_20
    """
    pooled = record.filter(pl.col("forecast_year").is_null()).sort("is_ours", "title_en", descending=[True, False])
    years = record.filter(pl.col("is_pooled"))["forecast_year"].drop_nulls().unique().sort().to_list()
    parts = [HEAD]
    for target, words in (("B", "since the forecast year"), ("A", "since the peak")):
        rows = pooled.filter(pl.col("target") == target)
        if rows.is_empty():
            continue
        first = rows.row(0, named=True)
        parts.append(
            f"**Target {target}** ({words}), forecast years {years[0]} to {years[-1]}: {first['n']:,} forecasts, "
            f"{first['positives']:,} came true (base rate {_figure(first['base_rate'])}); the technologies scored hold "
            f"{_figure(first['coverage'])} of the documents. 90% intervals in brackets."
            if years
            else f"**Target {target}** ({words})."
        )
        body = ["| " + " | ".join(_cells(row)) + " |" for row in rows.iter_rows(named=True)]
        parts.append("\n".join(["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS), *body]))
    return "\n\n".join(parts) + "\n"


def _cells(row: dict[str, object]) -> list[str]:
    name = f"**{row['title_en']}**" if row["is_ours"] else str(row["title_en"])
    figures = [
        f"{_figure(row[key])} ({_figure(row[f'{key}_low'])}–{_figure(row[f'{key}_high'])})"
        for key in ("csi", "ets", "auc")
    ]
    return [name, *figures, _figure(row["brier_skill"]), _figure(row["precision_20"])]


def _figure(value: object) -> str:
    """Two digits after the point; a dash where there is no value.

    >>> _figure(0.2345), _figure(-0.004), _figure(None), _figure(float("nan"))
    ('.23', '.00', '–', '–')
    """
    if not isinstance(value, float) or value != value:
        return "–"
    return f"{round(value, 2) + 0.0:.2f}".replace("0.", ".", 1)


if __name__ == "__main__":
    PAGE.write_text(table(pl.read_parquet(sys.argv[1])), encoding="utf-8")
    print(PAGE)
