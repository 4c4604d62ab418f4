"""Fit the area model from OpenAlex's topics, or print how it does on subfields that it has not
seen.

python -m benchmarks.areas.fit TOPICS.csv.gz              writes the model and its provenance into
the package python -m benchmarks.areas.fit TOPICS.csv.gz --evaluate   prints the nested
cross-validation
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parent))

from benchmarks.areas.candidates import Candidate, fit
from benchmarks.areas.evaluation import (
    CODES,
    ENOUGH,
    MINIMUM,
    Texts,
    choose,
    evaluate,
    report,
    try_all,
)
from benchmarks.areas.labelled import key_phrases, own_text, read_topics, vectorise, vocabulary

PACKAGE = Path(__file__).parents[2] / "src" / "firstlight" / "classifications"
SUBFIELD_THRESHOLD = 0.2  # judged by eye: below it the likeness rests on chance words
SMALLEST = 0.02  # weights nearer to zero are left out
SEED = 2024


def build(
    texts: Texts, candidate: Candidate, temperature: float, train: Sequence[int] | None = None
) -> pl.DataFrame:
    """The model's table (kind, feature, code, value), fitted on the topics in ``train`` (all of
    them unless given)."""
    keep = np.arange(len(texts.area)) if train is None else np.asarray(train)
    source = texts.domain if candidate.domain else texts.full
    learn = [source[i] for i in keep] + texts.own
    rows, idf = vocabulary(learn, MINIMUM)
    labels = np.concatenate([texts.area[keep], texts.own_area])
    vectors = vectorise(learn, rows, idf)
    weights, intercept = fit(candidate, vectors, labels, np.arange(len(learn)) >= len(keep), CODES)
    features = list(rows)
    own = vectors[len(keep) :].tocoo()
    codes = own_text()[1]
    parameters = {
        "phrase_weight": candidate.phrase,
        "phrase_share": ENOUGH,
        "temperature": temperature,
        "threshold": SUBFIELD_THRESHOLD,
    }
    cells: list[tuple[str, str, str, float]] = [
        ("parameter", name, "", value) for name, value in parameters.items()
    ]
    cells += [("intercept", "", code, value) for code, value in zip(CODES, intercept, strict=True)]
    cells += [("idf", feature, "", value) for feature, value in zip(features, idf, strict=True)]
    cells += [
        ("weight", features[row], CODES[column], weights[row, column])
        for row, column in zip(*np.nonzero(np.abs(weights) >= SMALLEST), strict=True)
    ]
    cells += [
        ("prototype", features[column], codes[row], value)
        for row, column, value in zip(own.row, own.col, own.data, strict=True)
    ]
    cells += [("phrase", phrase, code, 1.0) for phrase, code in key_phrases().items()]
    frame = pl.DataFrame(
        cells, schema={"kind": str, "feature": str, "code": str, "value": pl.Float64}, orient="row"
    )
    return frame.with_columns(pl.col("value").round(3).cast(pl.Float32)).sort(
        "kind", "code", "feature"
    )


def write(table: pl.DataFrame, candidate: Candidate, temperature: float, topics: Path) -> None:
    """The table as Parquet, and where it comes from as JSON beside it."""
    target = PACKAGE / "area_model.parquet"
    table.write_parquet(target, compression="zstd", compression_level=19, statistics=False)
    provenance: dict[str, Any] = {
        "source": "OpenAlex topics (names and descriptions), with Firstlight's areas.csv and crosswalk",
        "url": "https://docs.openalex.org/api-entities/topics",
        "licence": "CC0-1.0",
        "inputs_sha256": {
            "openalex_topics.csv.gz": _sha256(topics),
            "areas.csv": _sha256(PACKAGE / "areas.csv"),
            "openalex_subfields_to_areas.csv": _sha256(PACKAGE / "openalex_subfields_to_areas.csv"),
        },
        "script": "benchmarks/areas/fit.py",
        "parameters": {
            **asdict(candidate),
            "temperature": temperature,
            "phrase_share": ENOUGH,
            "minimum_texts": MINIMUM,
            "seed": SEED,
        },
        "rows_count": table.height,
        "sha256": _sha256(target),
    }
    (PACKAGE / "area_model.json").write_text(
        json.dumps(provenance, indent=2) + "\n", encoding="utf-8"
    )
    print(f"{target.name}: {table.height} rows, {target.stat().st_size} bytes")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("topics", type=Path, help="OpenAlex topics as a compressed CSV")
    parser.add_argument(
        "--evaluate",
        action="store_true",
        help="print the nested cross-validation and write nothing",
    )
    options = parser.parse_args()
    texts = Texts(read_topics(options.topics))
    if options.evaluate:
        print(report(evaluate(texts, seed=SEED)))
        return
    tried = try_all(texts, np.arange(len(texts.area)), 8, SEED)
    for one in sorted(tried, key=lambda one: -one.macro_f1):
        print(f"{one.accuracy:.3f} {one.macro_f1:.3f} {one.log_loss:.3f} {one.candidate}")
    best = choose(tried)
    print(f"chosen: {best}")
    write(
        build(texts, best.candidate, best.temperature),
        best.candidate,
        best.temperature,
        options.topics,
    )


if __name__ == "__main__":
    main()
