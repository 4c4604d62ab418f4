"""The record of the concordance of technologies, as Markdown within its how-to of each language.

python docs/generate/concordance_record.py   (from the record that ships)
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from firstlight.instruments.concordance.technology_codes.technology_codes import (
    CONCORDANCE,
    kept_record,
)

DOCS = Path(__file__).resolve().parents[1]
PAGES = {"en": DOCS / "how-to" / "link-technologies.md", "zh": DOCS / "zh" / "link-technologies.md"}
MARKS = ("<!-- record -->\n", "<!-- /record -->")
SHARES = (
    "first_share",
    "lexical_share",
    "majority_share",
    "five_share",
    "stated_share",
    "sure_share",
    "readers_share",
)


def table(record: pl.DataFrame, language: str) -> str:
    """The record, a row for each classification and language of the names."""
    texts = CONCORDANCE.texts
    columns = ["classification", "language", *SHARES, "slope"]
    heads = [texts.title(language, "record", name) for name in columns]
    lines = ["| " + " | ".join(heads) + " |", "|---|---|" + "--:|" * (len(SHARES) + 1)]
    for row in record.iter_rows(named=True):
        named = [
            texts.find(language, "codes", name, row[name])[0]
            for name in ("classification", "language")
        ]
        shares = [f"{row[name]:.0%}" for name in SHARES]
        slope = f"{row['slope']:.2f} ({row['slope_low']:.2f}–{row['slope_high']:.2f})"
        lines.append("| " + " | ".join([*named, *shares, slope]) + " |")
    return "\n".join(lines) + "\n"


def written(language: str) -> str:
    """The page with the record in its place."""
    page = PAGES[language].read_text(encoding="utf-8")
    before, rest = page.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    return before + MARKS[0] + table(kept_record(), language) + MARKS[1] + after


if __name__ == "__main__":
    for each, path in PAGES.items():
        path.write_text(written(each), encoding="utf-8")
