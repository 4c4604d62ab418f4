"""How long value added in trade takes on a world table, beside the same formulas written plainly.

    python -m benchmarks.chains.export_speed [--countries G] [--industries N] [--runs R]

The table is made up; each row is the middle one of some runs, from matrices to terms. What is run
beside ours is the same sixteen terms as the paper writes them, dense and pair by pair in NumPy
(``plain_exports.py``). Programs in R that do this, decompr and exvatools, are not run here: they
need R. Compare the ratio, and processor seconds; seconds hang on what else the machine does.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from benchmarks.chains.plain_exports import plain_wang_wei_zhu
from numpy.typing import NDArray

from firstlight.chains import (
    WorldTable,
    borin_mancini,
    koopman_wang_wei,
    wang_wei_zhu,
    world_table,
)

Floats = NDArray[np.float64]
SAME = 1e-9  # of the largest flow, by which both may differ


def made_up_world(countries: int, industries: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Flows (n, n) and final uses (n, G): most of it at home, the rest as chance would have it."""
    rng, size = np.random.default_rng(seed), countries * industries
    place = np.repeat(np.arange(countries), industries)
    weight = np.exp(rng.normal(0, 1.5, countries))[place]
    home = np.where(place[:, None] == place, 30.0, 1.0)
    flows = np.exp(rng.normal(0, 1, (size, size))) * home * weight[:, None] * weight
    at_home = np.where(place[:, None] == np.arange(countries), 30.0, 1.0)
    final = np.exp(rng.normal(0, 1, (size, countries))) * at_home * weight[:, None]
    final *= flows.sum() / final.sum()
    output = flows.sum(axis=1) + final.sum(axis=1)
    flows *= np.minimum(1.0, 0.6 * output / flows.sum(axis=0))  # so that value is added everywhere
    return flows, final


def timed(run: Callable[[], Any], runs: int) -> tuple[Any, float, float]:
    """What it gives, seconds and processor seconds, the middle ones."""
    seconds, spent, found = [], [], None
    for _ in range(runs):
        clock, processor = time.perf_counter(), time.process_time()
        found = run()
        seconds.append(time.perf_counter() - clock)
        spent.append(time.process_time() - processor)
    return found, median(seconds), median(spent)


def main() -> int:
    """Run everything and print Markdown."""
    parser = argparse.ArgumentParser(description="Value added in trade: speed, as Markdown.")
    parser.add_argument("--countries", type=int, default=40, metavar="G")
    parser.add_argument("--industries", type=int, default=35, metavar="N")
    parser.add_argument("--runs", type=int, default=3, metavar="R")
    options = parser.parse_args()
    flows, final = made_up_world(options.countries, options.industries)
    names = [f"{g:03}" for g in range(options.countries)]
    rows = [name for name in names for _ in range(options.industries)]
    kinds = [f"{i:03}" for i in range(options.industries)] * options.countries

    def world() -> WorldTable:
        return world_table(flows, final, rows, kinds, names)

    print(f"{options.countries} countries x {options.industries} industries\n")
    print("| what | seconds | processor seconds | times ours |\n|---|---:|---:|---:|")
    ours, clock, spent = timed(lambda: wang_wei_zhu(world()), options.runs)
    print(f"| Wang, Wei and Zhu | {clock:.2f} | {spent:.2f} | |")
    plain, slow, long = timed(lambda: plain_wang_wei_zhu(flows, final, options.countries), 1)
    ratio = long / spent
    print(f"| the same, plainly | {slow:.2f} | {long:.2f} | {ratio:.1f} |")
    gap = max(np.abs(own - his).max() for own, his in zip(ours.values(), plain, strict=True))
    if gap > SAME * flows.max():
        raise SystemExit(f"terms differ by {gap}")
    for name, run in (
        ("Koopman, Wang and Wei", lambda: koopman_wang_wei(world())),
        ("Borin and Mancini, source", lambda: borin_mancini(world())),
        ("Borin and Mancini, sink", lambda: borin_mancini(world(), "sink")),
        ("bilateral, sink", lambda: borin_mancini(world(), "sink", "bilateral")),
    ):
        _, clock, spent = timed(run, options.runs)
        print(f"| {name} | {clock:.2f} | {spent:.2f} | |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
