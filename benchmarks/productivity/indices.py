"""Time and memory of indices over time on a made-up panel, beside one linprog per distance, as
lines of text.

    python -m benchmarks.productivity.indices [UNITS YEARS]

Default: 300 units, 20 years. The panel is Cobb-Douglas with inefficiency and an emission, from a
fixed seed. For linprog, 40 distances to the frontier of all years are solved and the time of all is
reckoned from theirs.
"""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import linprog

from firstlight.productivity import productivity_change

INPUTS, OUTPUTS, BADS = ["k", "l", "e"], ["y"], ["c"]
SAMPLE = 40
GOAL_SECONDS = 20.0  # for the global Malmquist-Luenberger index of 300 units in 20 years


def made_up(units: int, years: int, seed: int = 5) -> pl.DataFrame:
    """Units of very different size that grow, drift from the frontier, and emit what their energy
    makes."""
    draws = np.random.default_rng(seed)
    unit, year = np.repeat(np.arange(units), years), np.tile(np.arange(years), units)
    k, l, e = (
        np.exp(draws.normal(0, 1, units)[unit] + draws.normal(0, 0.05, units * years))
        for _ in range(3)
    )
    lost = np.abs(draws.normal(0, 0.3, units))[unit] + np.abs(draws.normal(0, 0.05, units * years))
    y = np.exp(0.02 * year - lost) * k**0.4 * l**0.4 * e**0.2
    c = e * np.exp(draws.normal(0, 0.3, units * years) - 0.01 * year)
    return pl.DataFrame(
        {"unit": unit.astype(str), "year": 2001 + year, "k": k, "l": l, "e": e, "y": y, "c": c}
    )


def by_linprog(panel: pl.DataFrame) -> float:
    """Seconds for all directional distances to the frontier of all years, reckoned from a sample."""
    numbers = panel.select(INPUTS + OUTPUTS + BADS).to_numpy().T
    rows = np.linspace(0, panel.height - 1, SAMPLE).astype(int)
    start = time.perf_counter()
    for row in rows:
        *x, y, c = numbers[:, row]
        upper = np.vstack(
            [
                np.column_stack([np.zeros(len(x)), numbers[: len(x)]]),
                np.concatenate([[y], -numbers[-2]])[None],
            ]
        )
        linprog(
            np.concatenate([[-1.0], np.zeros(panel.height)]),
            upper,
            [*x, -y],
            np.concatenate([[c], numbers[-1]])[None],
            [c],
            [(None, None)] + [(0, None)] * panel.height,
        )
    return (time.perf_counter() - start) / SAMPLE * panel.height


def main() -> None:
    """Print a line per index, and the ratio to linprog."""
    units, years = (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (300, 20)
    panel = made_up(units, years)
    print(f"{units} units, {years} years, {len(INPUTS)} inputs, 1 output, 1 bad")
    goods, with_bads = (panel, INPUTS, OUTPUTS), (panel, INPUTS, OUTPUTS, BADS)
    gml: dict[str, Any] = {"index": "malmquist_luenberger", "frontier": "global"}
    runs = {
        "Global Malmquist-Luenberger, CRS": lambda: productivity_change(*with_bads, **gml),
        "Global Malmquist-Luenberger, VRS": lambda: productivity_change(
            *with_bads, **gml, returns="vrs"
        ),
        "Malmquist-Luenberger, adjacent": lambda: productivity_change(
            *with_bads, index="malmquist_luenberger"
        ),
        "Malmquist, Ray-Desli": lambda: productivity_change(*goods, decomposition="ray_desli"),
        "Malmquist, sequential": lambda: productivity_change(*goods, frontier="sequential"),
        "Global Luenberger, non-radial": lambda: productivity_change(
            *with_bads, index="nonradial_luenberger", frontier="global"
        ),
    }
    seconds = {}
    for name, run in runs.items():
        start = time.perf_counter()
        run()
        seconds[name] = time.perf_counter() - start
        print(f"{name:36s} {seconds[name]:8.2f} s")
    ours, plain = seconds["Global Malmquist-Luenberger, CRS"], by_linprog(panel)
    print(
        f"one linprog per distance to the global frontier: {plain:.0f} s, {plain / ours:.0f} times ours"
    )
    print(f"goal {GOAL_SECONDS:.0f} s: {'kept' if ours <= GOAL_SECONDS else 'missed'}")
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
