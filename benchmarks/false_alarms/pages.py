"""The table of false alarms as a page of the documentation, in both languages.

python -m benchmarks.false_alarms.pages   (from benchmarks/results/false_alarms.csv)
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "false_alarms.csv"
WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
PAGES = {
    "en": ROOT / "docs" / "explanation" / "false_alarms.md",
    "zh": ROOT / "docs" / "zh" / "false_alarms.md",
}
NEAR = 0.2  # of what is stated


def verdict(row: dict[str, Any]) -> str:
    """Whether the measured share is as stated, by its interval: within a fifth, more, or less."""
    low, high = row["stated_share"] * (1 - NEAR), row["stated_share"] * (1 + NEAR)
    if row["low_share"] > high:
        return "more"
    return "less" if row["high_share"] < low else "as_stated"


def page(table: pl.DataFrame, lang: str) -> str:
    """What is measured, test by test, with what is said where it is not as stated."""
    words, lines = WORDS[lang], list[str]()
    head = words["head"]
    for test in table["test"].unique(maintain_order=True):
        own = table.filter(test=test)
        lines += [f"## {words['tests'][test]}", "", words["about"][test], ""]
        lines += ["| " + " | ".join(head) + " |", "|---|---|--:|--:|--:|---|"]
        for row in own.iter_rows(named=True):
            shares = [f"{100 * row[name]:.3g}" for name in ("low_share", "high_share")]
            cells = [
                words["nulls"][row["null"]],
                row["size"],
                f"{100 * row['stated_share']:.0f}%",
                f"{100 * row['measured_share']:.1f}%",
                f"{row['alarms_count']:,} / {row['runs_count']:,} ({shares[0]}–{shares[1]}%)",
                words["verdicts"][verdict(row)],
            ]
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    text = "\n".join(lines)
    return f"<!-- {words['written']} -->\n\n# {words['title']}\n\n{words['intro']}\n\n{text}"


def write_pages(table: pl.DataFrame) -> None:
    """Write both."""
    for lang, path in PAGES.items():
        path.write_text(page(table, lang).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_pages(pl.read_csv(RESULTS, schema_overrides={"size": pl.String}))
