"""What the columns of an observation's tables count in, as its words say."""

from __future__ import annotations

import polars as pl

from firstlight.texts import family_texts


def units_of(table: str, frame: pl.DataFrame) -> dict[str, str]:
    """Column -> what it counts in, as the words of the observation say it: shown when a row is
    explained."""
    words = family_texts("emergence").find("en", "tables")[0].get(table, {}).get("columns", {})
    found = {}
    for column in frame.columns:
        told = words.get(column)
        if told:
            parts = [told.get("unit") or told["title"], told.get("note")]
            found[column] = "; ".join(part for part in parts if part)
    return found
