"""The bundled sky: what the counting stage found in the arXiv metadata of 1993-2019, as statistics.

``benchmarks/sky/build.py`` computed it; ``provenance.json`` beside the tables says from what, how and when.
"""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.nouns import Snapshot, Source

FOLDER = files("firstlight.sample").joinpath("arxiv_sky")
AS_OF = 2016  # where the bundled sky stands by default, three years before its end


def provenance() -> dict[str, Any]:
    """Source, licence, hash of the input, parameters and date of the bundled sky."""
    found: dict[str, Any] = json.loads(FOLDER.joinpath("provenance.json").read_text(encoding="utf-8"))
    return found


def source() -> Source:
    """Who published the metadata behind the bundled sky."""
    return Source(**provenance()["source"])


def load() -> dict[str, pl.DataFrame]:
    """Every table of the bundled sky by name.

    Raises  InputError where the package was built without it.
    """
    names = sorted(entry.name for entry in FOLDER.iterdir() if entry.name.endswith(".parquet"))
    if not names:
        raise InputError(
            "this installation has no bundled sky",
            where=str(FOLDER),
            try_next="pip install --force-reinstall firstlight",
        )
    tables = {}
    for name in names:
        with FOLDER.joinpath(name).open("rb") as stream:
            tables[name.removesuffix(".parquet")] = pl.read_parquet(stream)
    return _spelled(tables)


def _spelled(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables as the counting stage had them: terms in letters instead of numbers, wide integers."""
    words = tables.pop("vocabulary").with_row_index("word").with_columns(pl.coalesce("shown", "term").alias("shown"))
    weight = (pl.col("weight").cast(pl.Float64) / 10_000).round(4)
    term = words.select("word", "term")
    tables["terms"] = (
        tables["terms"]
        .join(words, on="word", how="left", maintain_order="left")
        .with_columns(weight, pl.int_range(1, pl.len() + 1).over("forecast_year", "technology").alias("rank"))
        .select("forecast_year", "technology", "term", "shown", "weight", "documents_count", "first_year", "rank")
    )
    tables["links"] = tables["links"].with_columns(weight)
    tables["term_years"] = tables["term_years"].join(term, on="word", how="left", maintain_order="left").drop("word")
    other = term.rename({"word": "other_word", "term": "other"})
    tables["pair_years"] = (
        tables["pair_years"]
        .join(term, on="word", how="left", maintain_order="left")
        .join(other, on="other_word", how="left", maintain_order="left")
        .drop("word", "other_word")
    )
    narrow = {name: [c for c, kind in t.schema.items() if kind.is_integer()] for name, t in tables.items()}
    return {name: table.with_columns(pl.col(narrow[name]).cast(pl.Int64)) for name, table in tables.items()}


def snapshots() -> tuple[Snapshot, ...]:
    """The exact bytes of the bundled tables, and those of the input they were computed from."""
    about = provenance()
    given = about["input"]
    found = [Snapshot("arxiv", given["file"], given["sha256"], given["bytes_count"], about["computed"])]
    for entry in sorted(FOLDER.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".parquet"):
            data = entry.read_bytes()
            found.append(
                Snapshot("arxiv_sky", entry.name, hashlib.sha256(data).hexdigest(), len(data), about["computed"])
            )
    return tuple(found)
