"""Time of Färe-Primont and Hicks-Moorsteen indices on a made-up panel, beside one linprog per
distance, as lines of text.

    python -m benchmarks.productivity.tfp_indices [UNITS YEARS]

Default: 48 units, 10 years (the size of the published panel of US states). For linprog, 40
distances to the frontiers of the years are solved and the time of all that an index needs is
reckoned from theirs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import polars as pl
from benchmarks.productivity.panels import panel_of
from scipy.optimize import linprog

from firstlight.instruments.productivity.indices.fare_primont_levels.fare_primont import (
    fare_primont,
)
from firstlight.instruments.productivity.indices.hicks_moorsteen_changes.hicks_moorsteen import (
    hicks_moorsteen,
)

INPUTS, OUTPUTS = ["x1", "x2", "x3", "x4"], ["y1", "y2", "y3"]
SAMPLE = 40


def made_up(units: int, years: int, seed: int = 5) -> pl.DataFrame:
    """Units of very different size, some way below a Cobb-Douglas frontier, from a fixed seed."""
    draws = np.random.default_rng(seed)
    n = units * years
    x = np.exp(
        np.repeat(draws.normal(0, 1, (units, 1)), years, axis=0) + draws.normal(0, 0.3, (n, 4))
    )
    y = np.exp(
        np.log(x).mean(axis=1, keepdims=True)
        - np.abs(draws.normal(0, 0.3, (n, 1)))
        + draws.normal(0, 0.3, (n, 3))
    )
    key = {
        "unit": [f"u{k}" for k in np.repeat(np.arange(units), years)],
        "year": np.tile(np.arange(2001, 2001 + years), units),
    }
    numbers = dict(zip([*INPUTS, *OUTPUTS], np.hstack([x, y]).T, strict=True))
    return pl.DataFrame({**key, **numbers})


def seconds_of_a_distance(panel: pl.DataFrame) -> float:
    """Seconds of one output distance to a year's frontier with variable returns, by linprog on the
    whole matrix."""
    now = panel.filter(pl.col("year") == 2001)
    x, y = now.select(INPUTS).to_numpy(), now.select(OUTPUTS).to_numpy()
    n = len(x)
    start = time.perf_counter()
    for row in np.linspace(0, n - 1, SAMPLE).astype(int):
        upper = np.vstack([np.c_[np.zeros(4), x.T], np.c_[y[row], -y.T]])
        bound = np.append(x[row], np.zeros(3))
        linprog(np.append(-1, np.zeros(n)), upper, bound, np.append(0, np.ones(n))[None], [1])
    return (time.perf_counter() - start) / SAMPLE


def main() -> None:
    """Print a line per index: seconds, and how many times longer one linprog per programme takes."""
    units, years = (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (48, 10)
    panel = made_up(units, years)
    rows, pairs = units * years, units * (years - 1)
    read = panel_of(panel, INPUTS, OUTPUTS)
    # Programmes: technical efficiency with both returns and best mix; own, swapped and technical
    # distances; prices besides.
    runs: dict[str, tuple[Callable[[], object], int]] = {
        "Färe-Primont, shadow prices": (lambda: fare_primont(read), 3 * rows),
        "Färe-Primont, distances": (
            lambda: fare_primont(read, aggregator="distance"),
            4 * rows,
        ),
        "Hicks-Moorsteen, distances": (lambda: hicks_moorsteen(read), 10 * pairs),
        "Hicks-Moorsteen, shadow prices": (
            lambda: hicks_moorsteen(read, aggregator="shadow_prices"),
            12 * pairs,
        ),
    }
    one = seconds_of_a_distance(panel)
    print(
        f"{units} units, {years} years, 4 inputs, 3 outputs, variable returns; one linprog: {1000 * one:.1f} ms"
    )
    for name, (run, programmes) in runs.items():
        start = time.perf_counter()
        run()
        took = time.perf_counter() - start
        print(
            f"{name:32s} {took:8.2f} s   {programmes} programmes by linprog: {programmes * one / took:.0f} times ours"
        )


if __name__ == "__main__":
    main()
