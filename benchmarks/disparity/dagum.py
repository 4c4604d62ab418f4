"""How long Dagum's decomposition takes, beside the definition over all pairs of units.

Prints Markdown: seconds of ours on 100,000 units in 8 groups, of both on as many units as the
definition can bear, their ratio, and how far apart the parts are.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.disparity import dagum, gini

UNITS, GROUPS, BEARABLE, BLOCK = 100_000, 8, 20_000, 500


def by_definition(x: NDArray[Any], groups: NDArray[Any], weights: NDArray[Any]) -> list[float]:
    """The three parts from every pair of units, a block of rows at a time."""
    p = weights / weights.sum()
    mean, share = p @ x, np.bincount(groups, p)
    means = np.bincount(groups, p * x) / share
    apart = np.zeros((GROUPS, GROUPS))
    members = np.eye(GROUPS)[groups] * p[:, None]
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        apart += members[rows].T @ (np.abs(x[rows, None] - x) @ members)
    net = np.outer(share, share) * np.abs(means[:, None] - means)
    between = ~np.eye(GROUPS, dtype=bool)
    parts = (np.trace(apart), net[between].sum(), (apart - net)[between].sum())
    return [float(part / (2 * mean)) for part in parts]


def drawn(n: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Values, groups and weights."""
    rng = np.random.default_rng(1)
    groups = rng.integers(0, GROUPS, n)
    return rng.lognormal(groups / 10, 0.6), groups, rng.uniform(0.5, 2, n)


def seconds(run: Callable[[], Any], times: int) -> tuple[float, Any]:
    """The least of several runs, and what came."""
    least, found = np.inf, None
    for _ in range(times):
        start = time.perf_counter()
        found = run()
        least = min(least, time.perf_counter() - start)
    return least, found


def main() -> None:
    """Print the table."""
    x, groups, weights = drawn(UNITS)
    labels = groups.tolist()
    large, parts = seconds(lambda: dagum(x, labels, weights), 5)
    sum_of_parts = parts.within + parts.net_between + parts.transvariation
    x, groups, weights = drawn(BEARABLE)
    labels = groups.tolist()
    ours, found = seconds(lambda: dagum(x, labels, weights), 5)
    theirs, expected = seconds(lambda: by_definition(x, groups, weights), 1)
    apart = np.abs(
        np.array([found.within, found.net_between, found.transvariation]) - expected
    ).max()
    x, _, weights = drawn(UNITS)
    print("| units | ours, seconds | by definition, seconds | ratio |")
    print("|---:|---:|---:|---:|")
    print(f"| {BEARABLE:,} | {ours:.3f} | {theirs:.2f} | {theirs / ours:,.0f} |")
    print(f"| {UNITS:,} | {large:.3f} | not run | |")
    print(f"\nParts differ by {apart:.1e} at most; they miss the index by", end=" ")
    print(f"{abs(sum_of_parts - gini(x, weights)):.1e}.")


if __name__ == "__main__":
    main()
