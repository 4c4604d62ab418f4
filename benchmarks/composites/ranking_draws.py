"""How long 1,000 draws of an index take, beside pymcdm, which draws one at a time.

Prints Markdown: seconds of ours and of pymcdm for 1,000 draws of weights on 360 units and 40
indicators, their ratio, and how many ranks differ; and seconds of 1,000 draws of all choices at
once, with the evaluations that Sobol indices add.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.composites import (
    draw_ranks,
    draw_scores,
    index_robustness,
    normalised,
    read_declaration,
    with_choices,
)

UNITS, INDICATORS, DRAWS = 360, 40, 1_000


def declared() -> dict[str, Any]:
    """A declaration of eight dimensions with five indicators each, every fourth better when low."""
    codes = [f"x{j}" for j in range(INDICATORS)]
    return {
        "name": "drawn",
        "title": "Drawn",
        "dimensions": [{"code": f"d{m}", "title": f"D{m}"} for m in range(INDICATORS // 5)],
        "indicators": [
            {
                "code": code,
                "title": code,
                "dimension": f"d{j // 5}",
                "unit": "1",
                "direction": "negative" if j % 4 == 3 else "positive",
            }
            for j, code in enumerate(codes)
        ],
    }


def seconds(run: Callable[[], Any], times: int) -> tuple[float, Any]:
    """The least of several runs, and what came."""
    least, found = np.inf, None
    for _ in range(times):
        start = time.perf_counter()
        found = run()
        least = min(least, time.perf_counter() - start)
    return least, found


def main() -> None:
    """Print the tables."""
    from pymcdm.methods import TOPSIS, WSM
    from pymcdm.normalizations import minmax_normalization

    rng = np.random.default_rng(1)
    x = rng.lognormal(size=(UNITS, INDICATORS))
    weights = rng.dirichlet(np.ones(INDICATORS), DRAWS)
    declaration = read_declaration(declared())
    types = np.where(declaration.is_negative, -1, 1)
    print("| aggregation | ours, seconds | pymcdm, seconds | ratio | ranks that differ |")
    print("|---|---:|---:|---:|---:|")
    for name, method in (("arithmetic", WSM), ("topsis", TOPSIS)):
        own = with_choices(declaration, aggregation=name)
        peer = method(minmax_normalization)

        def ours(own: Any = own) -> NDArray[Any]:
            return draw_ranks(draw_scores(normalised(x, own), weights, own))

        def theirs(peer: Any = peer) -> NDArray[Any]:
            return np.array([peer.rank(peer(x, w, types)) for w in weights])

        quick, found = seconds(ours, 5)
        slow, expected = seconds(theirs, 1)
        differ = int((found != expected).sum())
        print(f"| {name} | {quick:.3f} | {slow:.2f} | {slow / quick:.0f} | {differ:,} |")
    frame = pl.DataFrame(x, [f"x{j}" for j in range(INDICATORS)])
    frame = frame.with_columns(unit=pl.Series([f"u{row:03d}" for row in range(UNITS)]))
    frame = frame.unpivot(index="unit", variable_name="indicator")
    whole, result = seconds(lambda: index_robustness(frame, declaration=declared(), draws=DRAWS), 1)
    evaluations = DRAWS + DRAWS // 2 * result.tables["sobol"].height
    print(f"\nAll choices at once, {evaluations:,} evaluations: {whole:.1f} seconds.")


if __name__ == "__main__":
    main()
