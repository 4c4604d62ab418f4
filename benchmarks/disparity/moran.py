"""How fast Moran's I and its local form are beside esda's, in one run on the same machine.

python benchmarks/disparity/moran.py

3,000 places on a square, six nearest neighbours, 999 permutations each, after a first call that
warms up. Without esda (of PySAL) only ours is timed, and a line says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from firstlight.disparity import local_moran, moran
from firstlight.instruments.disparity.space.neighbours import nearest_weights, standardised

PLACES, NEIGHBOURS = 3000, 6


def seconds(call: Callable[[], Any]) -> float:
    """Least of three calls, after one that warms up."""
    call()
    spent = []
    for _ in range(3):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return min(spent)


def main() -> None:
    random = np.random.default_rng(0)
    points, values = random.uniform(0, 1, (PLACES, 2)), random.normal(size=PLACES)
    matrix = standardised(nearest_weights(points, NEIGHBOURS))
    ours = {
        "global": seconds(lambda: moran(values, matrix)),
        "local": seconds(lambda: local_moran(values, matrix)),
    }
    for name, spent in ours.items():
        print(f"{name}: {spent:.3f} s")
    try:
        import esda
        import libpysal
    except ModuleNotFoundError:
        print("esda is not installed: no comparison")
        return
    near = cKDTree(points).query(points, k=NEIGHBOURS + 1)[1][:, 1:]
    weights = libpysal.weights.W({k: list(map(int, row)) for k, row in enumerate(near)})
    weights.transform = "r"
    theirs = {
        "global": seconds(lambda: esda.Moran(values, weights)),
        "local": seconds(lambda: esda.Moran_Local(values, weights, seed=0)),
    }
    for name, spent in theirs.items():
        print(f"{name}, esda: {spent:.3f} s, {spent / ours[name]:.1f} times ours")


if __name__ == "__main__":
    main()
