"""Writes what titles say of the labelled names: python -m benchmarks.technology_codes.build_documents [SHARED]

SHARED is the folder of data beside the repository. Only figures leave it: the sense of the words
beside a name in titles that hold it. A minute on 2 cores.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.technology_codes.build_senses import DIMENSIONS, SCALE, SHARED

from firstlight.instruments.concordance.technology_codes.coded_texts import labelled_names
from firstlight.instruments.concordance.technology_codes.document_senses import (
    DOCUMENTED,
    document_senses,
)
from firstlight.instruments.concordance.technology_codes.name_likeness import sense_tokens

CORPORA = ("arxiv_tech", "ai_conferences")
LEAST, MOST = 3, 30  # titles of a name: as many as an observation keeps


def titles_of(names: Sequence[str], shared: Path) -> list[str]:
    """Titles that hold each name, joined, evenly over their order; "" where fewer than LEAST do."""
    found: dict[tuple[str, ...], list[str]] = {tuple(sense_tokens(name)): [] for name in names}
    found.pop((), None)
    sizes = sorted({len(key) for key in found})
    for title in _titles(shared):
        words = sense_tokens(title)
        runs = {
            tuple(words[start : start + size])
            for size in sizes
            for start in range(len(words) - size + 1)
        }
        for run in runs & found.keys():
            found[run].append(title)
    return [_some(found.get(tuple(sense_tokens(name)), [])) for name in names]


def _titles(shared: Path) -> Iterable[str]:
    for name in CORPORA:
        path = shared / f"data/documents/{name}.parquet"
        yield from pl.read_parquet(path, columns=["title"])["title"].drop_nulls()


def _some(titles: Sequence[str]) -> str:
    if len(titles) < LEAST:
        return ""
    places = np.unique(np.linspace(0, len(titles) - 1, min(MOST, len(titles))).astype(int))
    return ". ".join(titles[place] for place in places)


def main(shared: Path) -> None:
    """Writes the senses of those names of which titles tell enough."""
    names = labelled_names()["name_en"].unique(maintain_order=True).to_list()
    senses = document_senses(names, titles_of(names, shared))
    is_told = senses.any(axis=1)
    whole = np.rint(senses[is_told] / np.abs(senses).max() * SCALE).astype(np.int8)
    told = [name for name, own in zip(names, is_told, strict=True) if own]
    sense = pl.Series("sense", whole, dtype=pl.Array(pl.Int8, DIMENSIONS))
    frame = pl.DataFrame({"name_en": told, "sense": sense}).sort("name_en")
    frame.write_parquet(DOCUMENTED, compression="zstd", compression_level=19, statistics=False)
    print(DOCUMENTED.name, frame.height, DOCUMENTED.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED)
