"""The tables of new links and of precedents as Markdown, from what ``benchmarks.take_off.links``
wrote.

Written at each build of the documentation; the page on new links and precedents includes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from firstlight.texts import family_texts
from generate.take_off_tables import RESULTS, figure, table

TITLES = {
    "arxiv": "arXiv",
    "conferences": "AI conferences, titles",
    "robotics": "robotics conferences",
    "patent_subfields": "US patents by subfield",
    "patent_terms": "biomedical terms in US patents",
    "pubmed_terms": "biomedical terms in PubMed",
    "venture_capital": "venture capital by industry",
}
SIZES, CHOICE, COMBINATION = "product_of_sizes", "choice", "combination"
Row = dict[str, Any]


def write_pages(folder: Path, results: Path = RESULTS) -> None:
    """Write link_tables.md and precedent_tables.md."""
    folder.mkdir(parents=True, exist_ok=True)
    head = "<!-- Written by docs/generate/link_tables.py from benchmarks/results: change nothing here. -->"
    for name, page in (("link", links_page), ("precedent", precedents_page)):
        (folder / f"{name}_tables.md").write_text(f"{head}\n\n{page(results)}\n", encoding="utf-8")


def links_page(results: Path = RESULTS) -> str:
    """For each corpus the sentence on whether anything was gained, and every ranking over all
    years."""
    record = pl.read_csv(results / "take_off_links.csv", infer_schema_length=None)
    parts = []
    for corpus in record["corpus"].unique(maintain_order=True):
        own = record.filter((pl.col("corpus") == corpus) & pl.col("year").is_null())
        parts += [f"### {_title(own.row(0, named=True))}", _gain(own), _rankings(own)]
    return "\n\n".join(parts)


def precedents_page(results: Path = RESULTS) -> str:
    """What precedents told on each corpus, beside the chances of the forecast."""
    record = pl.read_csv(results / "take_off_precedents.csv", infer_schema_length=None)
    head = ["corpus", "scored", "base rate", "AUC of precedents", "Brier skill of precedents"]
    head += ["AUC of the chances", "Brier skill of the chances", "more than the base rate?"]
    rows = [_precedents(row) for row in record.filter(pl.col("year").is_null()).to_dicts()]
    return table(head, rows)


def _title(row: Row) -> str:
    return f"{TITLES[row['corpus']]} ({row['use']})"


def _gain(own: pl.DataFrame) -> str:
    rows = {row["ranking"]: row for row in own.to_dicts()}
    chosen, sizes = rows[CHOICE], rows[SIZES]
    base = f"{chosen['base_rate']:.1%} of all pairs that could"
    if chosen["average_precision"] <= sizes["average_precision"]:
        return (
            "**No gain over the crudest rule**, the product of sizes: what earlier years chose was that rule. Of the first 20, "
            f"{chosen['precision_20']:.1%} met; {base}."
        )
    return (
        f"Of the first 20 as earlier years chose the ranking, {chosen['precision_20']:.1%} met; by the product of sizes, "
        f"{sizes['precision_20']:.1%}; {base}."
    )


def _rankings(own: pl.DataFrame) -> str:
    words = family_texts("emergence").find("en", "link_rankings")[0]
    head = ["ranked by", "years", "P@20", "P@50", "P@100", "average precision", "AUC"]
    rows = []
    for row in own.to_dicts():
        measures = [
            _ranged(row, "precision_20"),
            figure(row["precision_50"]),
            figure(row["precision_100"]),
        ]
        measures += [_ranged(row, "average_precision", 3), _ranged(row, "auc")]
        rows.append([words[row["ranking"]], str(row["years_count"]), *measures])
    return table(head, rows)


def _precedents(row: Row) -> list[str]:
    tells = row["auc_low"] > 0.5 and row["brier_skill"] > 0
    sure = tells and row["brier_skill_low"] > 0
    chance = [figure(row["chance_auc"]), figure(row["chance_brier_skill"])]
    scores = [_ranged(row, "auc"), _ranged(row, "brier_skill"), *chance]
    answer = "yes" if sure else "perhaps" if tells else "no"
    return [_title(row), f"{row['scored_count']:,}", f"{row['base_rate']:.1%}", *scores, answer]


def _ranged(row: Row, name: str, digits: int = 2) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if low is None:
        return f"{row[name]:.{digits}f}"
    return f"{row[name]:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})".replace("-0", "−0")
