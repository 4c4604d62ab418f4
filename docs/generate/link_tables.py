"""The tables of new links and of precedents as Markdown, from what ``benchmarks.take_off.links``
wrote.

Written at each build of the documentation, in both languages; the pages on new links and precedents
include them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from firstlight.texts import family_texts
from generate.rankings_table import titles
from generate.take_off_tables import RESULTS, as_written, figure, table, words_in

SIZES, CHOICE = "product_of_sizes", "choice"
NAMES = {"en": "{}_tables.md", "zh": "{}_tables_zh.md"}
Row = dict[str, Any]


def write_pages(folder: Path, results: Path = RESULTS) -> None:
    """Write link_tables.md, precedent_tables.md and their counterparts in Chinese."""
    folder.mkdir(parents=True, exist_ok=True)
    head = "<!-- Written by docs/generate/link_tables.py from benchmarks/results: change nothing here. -->"
    for lang, called in NAMES.items():
        for name, page in (("link", links_page), ("precedent", precedents_page)):
            text = f"{head}\n\n{page(lang, results)}\n"
            (folder / called.format(name)).write_text(as_written(text, lang), encoding="utf-8")


def links_page(lang: str, results: Path = RESULTS) -> str:
    """For each corpus the sentence on whether anything was gained, and every ranking over all
    years."""
    record = pl.read_csv(results / "take_off_links.csv", infer_schema_length=None)
    parts = []
    for corpus in record["corpus"].unique(maintain_order=True):
        own = record.filter((pl.col("corpus") == corpus) & pl.col("year").is_null())
        parts += [f"### {_title(own.row(0, named=True), lang)}", _gain(own, lang)]
        parts.append(_rankings(own, lang))
    return "\n\n".join(parts)


def precedents_page(lang: str, results: Path = RESULTS) -> str:
    """What precedents told on each corpus, beside the chances of the forecast."""
    record = pl.read_csv(results / "take_off_precedents.csv", infer_schema_length=None)
    rows = [_precedents(row, lang) for row in record.filter(pl.col("year").is_null()).to_dicts()]
    return table(_words(lang)["precedents"], rows)


def _words(lang: str) -> Row:
    words: Row = words_in(lang).of["links"]
    return words


def _title(row: Row, lang: str) -> str:
    use = words_in(lang).of[row["use"]]
    return str(_words(lang)["title"].format(corpus=titles(lang)[row["corpus"]], use=use))


def _gain(own: pl.DataFrame, lang: str) -> str:
    rows = {row["ranking"]: row for row in own.to_dicts()}
    chosen, sizes = rows[CHOICE], rows[SIZES]
    is_gained = chosen["average_precision"] > sizes["average_precision"]
    sentence = _words(lang)["gain" if is_gained else "no_gain"].format(
        chosen=f"{chosen['precision_20']:.1%}",
        sizes=f"{sizes['precision_20']:.1%}",
        base=f"{chosen['base_rate']:.1%}",
    )
    return str(sentence)


def _rankings(own: pl.DataFrame, lang: str) -> str:
    called = family_texts("emergence").find(lang, "link_rankings")[0]
    rows = []
    for row in own.to_dicts():
        measures = [
            _ranged(row, "precision_20", lang),
            figure(row["precision_50"]),
            figure(row["precision_100"]),
            _ranged(row, "average_precision", lang, 3),
            _ranged(row, "auc", lang),
        ]
        rows.append([called[row["ranking"]], str(row["years_count"]), *measures])
    return table(_words(lang)["rankings"], rows)


def _precedents(row: Row, lang: str) -> list[str]:
    tells = row["auc_low"] > 0.5 and row["brier_skill"] > 0
    sure = tells and row["brier_skill_low"] > 0
    answer = "yes" if sure else "perhaps" if tells else "no"
    return [
        _title(row, lang),
        f"{row['scored_count']:,}",
        f"{row['base_rate']:.1%}",
        _ranged(row, "auc", lang),
        _ranged(row, "brier_skill", lang),
        figure(row["chance_auc"]),
        figure(row["chance_brier_skill"]),
        _words(lang)[answer],
    ]


def _ranged(row: Row, name: str, lang: str, digits: int = 2) -> str:
    value, low, high = (figure(row[f"{name}{end}"], digits) for end in ("", "_low", "_high"))
    if row[f"{name}_low"] is None:
        return value
    written: str = _words(lang)["range"].format(value=value, low=low, high=high)
    return written.replace("-", "−")
