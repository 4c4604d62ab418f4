"""Time of slacks-based measures, hulls and bootstraps on made-up units, beside plain loops, as
lines of text.

    python -m benchmarks.productivity.slacks_and_bootstrap [UNITS REPLICATIONS]

Default: 3,000 units for the measures and 1,000 replications on 300 units for the bootstraps. The
plain loops solve a sample with one scipy ``linprog`` per unit, and the time of all is reckoned from
theirs. Processor seconds hardly hang on what else the machine does; seconds by the clock do.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import linprog

from firstlight.productivity import efficiency, efficiency_drivers, efficiency_intervals

INPUTS, OUTPUTS, BADS = ["k", "l", "e"], ["y", "v"], ["c"]
SAMPLE = 30
BOOTSTRAPPED_UNITS = 300
GOALS = {"SBM, VRS": 10.0, "Simar-Wilson 1998": 30.0}  # seconds by the clock on two free cores


def made_up(units: int, seed: int = 5) -> pl.DataFrame:
    """Units of different size with inefficiency that a driver z moves, two outputs and an emission."""
    draws = np.random.default_rng(seed)
    k, l, e = (np.exp(draws.normal(0, 0.7, units)) for _ in range(3))
    z = draws.uniform(0, 1, units)
    made = k**0.4 * l**0.4 * e**0.2 * np.exp(-0.3 * z - np.abs(draws.normal(0, 0.2, units)))
    share, c = draws.uniform(0.3, 0.7, units), e * np.exp(draws.normal(0, 0.3, units))
    names = [f"u{i:06}" for i in range(units)]
    return pl.DataFrame(
        {
            "unit": names,
            "k": k,
            "l": l,
            "e": e,
            "y": made * share,
            "v": made * (1 - share),
            "c": c,
            "z": z,
        }
    )


def by_linprog(rows: pl.DataFrame) -> float:
    """Seconds for the SBM of all units with one linprog each (variables t, Lambda, slacks),
    reckoned from a sample."""
    x, y, b = (rows.select(names).to_numpy() for names in (INPUTS, OUTPUTS, BADS))
    values, signs = np.hstack([x, y, b]), np.array([1.0] * 3 + [-1.0] * 2 + [1.0])
    n, width = values.shape
    start = time.perf_counter()
    for place in np.linspace(0, n - 1, SAMPLE).astype(int):
        own = values[place]
        equal = np.zeros((width + 2, 1 + n + width))
        equal[:width, 0], equal[:width, 1 : 1 + n], equal[:width, 1 + n :] = (
            -own,
            values.T,
            np.diag(signs),
        )
        equal[width, 0], equal[width, 1 : 1 + n] = -1, 1
        equal[-1, 0], equal[-1, 1 + n + 3 :] = 1, 1 / (3 * own[3:])
        cost = np.zeros(1 + n + width)
        cost[0], cost[1 + n : 1 + n + 3] = 1, -1 / (3 * own[:3])
        linprog(cost, A_eq=equal, b_eq=np.r_[np.zeros(width + 1), 1.0])
    return (time.perf_counter() - start) / SAMPLE * n


def main() -> None:
    """Print a line per measure, and what the plain loop takes."""
    units, replications = (
        (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (3000, 1000)
    )
    rows, few = made_up(units), made_up(BOOTSTRAPPED_UNITS)
    print(
        f"{units} units, 3 inputs, 2 outputs, 1 bad; {replications} replications on {BOOTSTRAPPED_UNITS} units, 3 inputs, 2 outputs"
    )
    goods: dict[str, Any] = {"inputs": INPUTS, "outputs": OUTPUTS}
    slacks: dict[str, Any] = {**goods, "bad": BADS, "method": "sbm", "returns": "vrs"}
    runs: dict[str, Callable[[], object]] = {
        "SBM, VRS": lambda: efficiency(rows, **slacks),
        "SBM, VRS, input, two stages": lambda: efficiency(rows, **slacks, orientation="input"),
        "super-SBM, VRS": lambda: efficiency(rows, **slacks, super_efficiency=True),
        "free disposal hull": lambda: efficiency(rows, **goods, method="fdh"),
        "order-m, exact": lambda: efficiency(rows, **goods, method="order_m"),
        "Simar-Wilson 1998": lambda: efficiency_intervals(few, **goods, replications=replications),
        "Simar-Wilson 2007, algorithm 2": lambda: efficiency_drivers(
            few, **goods, drivers=["z"], replications=2 * replications
        ),
    }
    for name, run in runs.items():
        start, busy = time.perf_counter(), time.process_time()
        run()
        took, busy = time.perf_counter() - start, time.process_time() - busy
        goal = f", goal {GOALS[name]:.0f} s" if name in GOALS else ""
        print(f"{name:32s} {took:7.2f} s, processor {busy:7.2f} s{goal}", flush=True)
        if name == "SBM, VRS":
            plain = by_linprog(rows)
            print(
                f"{'  one linprog per unit':32s} {plain:7.0f} s, {plain / took:.0f} times ours",
                flush=True,
            )
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
