"""New links of the invented sky: pairs of its technologies, reasons and a record."""

from __future__ import annotations

import numpy as np
import polars as pl

from firstlight.views.contract import COLUMNS

METHODS = (
    ("forecast", "Forecast of new links", "新连接预测"),
    ("common_neighbours", "Common neighbours", "共同邻居"),
    ("adamic_adar", "Adamic-Adar", "Adamic-Adar 指数"),
)


def new_links(rng: np.random.Generator, sky: pl.DataFrame, count: int = 40) -> dict[str, pl.DataFrame]:
    """Some pairs of technologies, joined by terms that are their labels, and what became of earlier lists."""
    ids, labels = sky["technology_id"].to_list(), sky["label"].to_list()
    every = [(i, j) for i in range(len(ids)) for j in range(i + 1, len(ids))]
    pairs = [every[k] for k in rng.permutation(len(every))[:count]]
    rows = []
    for rank, (i, j) in enumerate(pairs, start=1):
        parts = rng.normal(size=4).round(3).tolist()
        found = [rank, ids[i], ids[j], labels[i], labels[j], *rng.integers(20, 900, 3).tolist(), int(rng.integers(90))]
        rows.append([*found, 100, round(0.9 / rank, 4), *parts, "for: this", "支持：此", rank % 3 == 0, rank])
    record = []
    for year in (None, 2013, 2010):
        for place, (method, english, chinese) in enumerate(METHODS):
            own = [0.96, 0.95, 0.97, 0.015, 0.012, 0.018, 50, 0.6, 0.5] if place == 0 else [0.94, *[None] * 8]
            record.append([year, method, english, chinese, place == 0, 4_000_000, 2000, 0.0005, *own])
    return {
        "convergence": pl.DataFrame(rows, schema=list(COLUMNS["convergence"]), orient="row"),
        "convergence_record": pl.DataFrame(
            record, schema=list(COLUMNS["convergence_record"]), orient="row", infer_schema_length=None
        ),
    }
