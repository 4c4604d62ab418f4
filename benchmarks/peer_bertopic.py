"""BERTopic on documents and vectors that are handed to it; run by ``peers.py`` with a Python of its own.

    .peers/bin/python benchmarks/peer_bertopic.py documents.parquet vectors.npy [forecast year]

Without a forecast year: topics of all documents and their yearly counts, in BERTopic's own defaults, timed. With one:
topics from the documents up to that year, then one rule (``transform``) for every document of every year, seeded, so
that nothing later can reach the topics. Prints one line of JSON. The code is compiled on a few documents before the
clock starts.
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib.metadata import version
from typing import Any

import numpy as np
import polars as pl

from spent import now, spent

WARM_UP = 4_200  # documents: neighbours of more than 4,096 are found by other code
TOLD = ("bertopic", "umap-learn", "hdbscan", "numba")


def main(documents: str, vectors: str, forecast_year: str = "") -> int:
    """Print what was found and what it took."""
    warnings.filterwarnings("ignore")  # of a seed that leaves one core idle, and of too few documents in the warm-up
    frame = pl.read_parquet(documents, columns=["title", "abstract", "year"])
    texts = (frame["title"] + ". " + frame["abstract"]).to_list()
    places, years = np.load(vectors), frame["year"].to_numpy()
    _model(seed=None).fit_transform(texts[:WARM_UP], places[:WARM_UP])
    make = _counted_by_one_rule if forecast_year else _over_time
    told = make(texts, places, years, int(forecast_year or 0))
    print(json.dumps({"documents": len(texts), "versions": {name: version(name) for name in TOLD}, **told}))
    return 0


def _model(seed: int | None) -> Any:
    from bertopic import BERTopic
    from umap import UMAP

    if seed is None:
        return BERTopic()
    return BERTopic(umap_model=UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed))


def _over_time(texts: list[str], places: Any, years: Any, _: int) -> dict[str, Any]:
    started = now()
    model = _model(seed=None)
    topics, _ = model.fit_transform(texts, places)
    fitted = spent(started)
    model.topics_over_time(texts, years.tolist())
    return {"units": len(set(topics) - {-1}), "fitted": fitted["seconds"], **spent(started)}


def _counted_by_one_rule(texts: list[str], places: Any, years: Any, forecast_year: int) -> dict[str, Any]:
    """counts : topic -> documents by year (years as listed)."""
    started = now()
    model = _model(seed=0)
    known = int((years <= forecast_year).sum())  # documents are sorted by year
    model.fit_transform(texts[:known], places[:known])
    topics = np.asarray(model.transform(texts, places)[0])
    span = np.arange(years.min(), years.max() + 1)
    found = sorted(set(topics.tolist()) - {-1})
    counts = [[int(((topics == topic) & (years == year)).sum()) for year in span] for topic in found]
    return {"units": len(found), "counts": counts, **spent(started)}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
