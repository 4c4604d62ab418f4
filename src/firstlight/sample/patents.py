"""The bundled corpus of US patents: grants a year by domain and subfield, 1976 to 2024, as counts.

``benchmarks/take_off/build_patents.py`` computed the tables; ``provenance.json`` beside them says
from what, how and when. ``names.csv`` was written by hand: names in English and Chinese, and the
area of future industry of each subfield.
"""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.nouns import Snapshot, Source
from firstlight.texts import Name, message

FOLDER = files("firstlight.sample").joinpath("us_patents")
AS_OF = 2024  # the last complete year


def provenance() -> dict[str, Any]:
    """Source, licence, hashes of the inputs, parameters and date of the bundled patents."""
    found: dict[str, Any] = json.loads(
        FOLDER.joinpath("provenance.json").read_text(encoding="utf-8")
    )
    return found


def source() -> Source:
    """Who published the patents behind the counts."""
    return Source(**provenance()["source"])


def counts() -> pl.DataFrame:
    """Grants by subfield and year: entity (English name of the subfield), year, count.

    A patent of several subfields counts in each. Remainders such as "other spacecraft" are there,
    as a part of the sum.
    Raises  InputError where the package was built without the tables.

    >>> frame = counts()
    >>> frame.columns, frame["year"].min(), frame["year"].max()
    (['entity', 'year', 'count'], 1976, 2024)
    """
    of_subfields = _table("counts").join(
        names(), on=["domain", "subfield"], how="left", maintain_order="left"
    )
    return of_subfields.select(
        pl.col("name_en").alias("entity"), pl.col("year").cast(pl.Int32), "count"
    )


def names() -> pl.DataFrame:
    """Names and area of each subfield: domain, subfield (codes of the source), domain_en,
    domain_zh, name_en, name_zh, area.

    >>> names().filter(pl.col("name_en") == "quantum error correction")["name_zh"].item()
    '量子纠错'
    """
    with FOLDER.joinpath("names.csv").open("rb") as stream:
        return pl.read_csv(stream, infer_schema=False)


def countries() -> pl.DataFrame:
    """Grants by broad field, five years and country: field, domain, period_start, country (ISO
    3166-1 alpha-2), count.

    Of inventors in cities with at least five grants of the field in the five years. Known for three
    fields, which are wider than the domains that they stand beside: artificial intelligence, clean
    energy, biotechnology with pharmacy.
    """
    return _table("countries")


def snapshots() -> tuple[Snapshot, ...]:
    """The exact bytes of the bundled tables, and of the inputs that they were computed from."""
    about = provenance()
    found = [
        Snapshot(
            "patentsview", given["file"], given["sha256"], given["bytes_count"], about["computed"]
        )
        for given in about["inputs"]
    ]
    for entry in sorted(FOLDER.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith((".parquet", ".csv")):
            data = entry.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            found.append(Snapshot("us_patents", entry.name, digest, len(data), about["computed"]))
    return tuple(found)


def _table(name: str) -> pl.DataFrame:
    entry = FOLDER.joinpath(f"{name}.parquet")
    if not entry.is_file():
        given = message("nothing_bundled", folder=Name(str(FOLDER)))
        raise InputError(given, Path(__file__).parent)
    with entry.open("rb") as stream:
        return pl.read_parquet(stream)
