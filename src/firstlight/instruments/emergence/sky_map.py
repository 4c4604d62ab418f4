"""Where technologies lie on the map: near one another when their terms are tied."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

Floats = npt.NDArray[np.float64]


def map_positions(links: pl.DataFrame, size: int) -> Floats:
    """Positions in the unit square by t-SNE on the strength of links.

    Distances on the map mean little beyond "near"; its axes mean nothing. One thread, a fixed start: same bytes each time.

    links : data frame technology, other, weight (0..1)
    Returns (size, 2).
    Source: van der Maaten and Hinton (2008), Journal of Machine Learning Research 9, 2579-2605.
    """
    if size < 8:
        angle = 2 * np.pi * np.arange(size) / max(size, 1)
        return np.column_stack([0.5 + 0.35 * np.cos(angle), 0.5 + 0.35 * np.sin(angle)])
    weight = np.zeros((size, size))
    weight[links["technology"].to_numpy(), links["other"].to_numpy()] = links["weight"].to_numpy()
    weight = np.maximum(weight, weight.T)
    # Two steps of walking: technologies with common neighbours are near as well.
    reach = weight + 0.5 * weight @ weight
    np.fill_diagonal(reach, 0)
    distance = 1.0 / (1.0 + 30.0 * np.round(reach, 9))
    np.fill_diagonal(distance, 0)
    start = np.random.default_rng(0).normal(0, 1e-4, (size, 2))
    with threadpool_limits(1):
        placed = TSNE(
            metric="precomputed",
            init=start,
            perplexity=min(20.0, (size - 1) / 3),
            random_state=0,
            n_jobs=1,
            max_iter=600,
        ).fit_transform(distance)
    low, high = placed.min(axis=0), placed.max(axis=0)
    return np.asarray(np.round((placed - low) / np.maximum(high - low, 1e-9), 4), dtype=np.float64)
