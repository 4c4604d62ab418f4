"""Radial efficiency under VRS on made-up units: seconds and memory, beside dealib and a plain
warm-started HiGHS loop.

    python -m benchmarks.productivity.frontiers [--units N] [--sizes N ...] [--to FILE]

Each figure comes from a process of its own, on the same units (three inputs, two outputs). Seconds
hang on what else the machine does; processor seconds, of all cores together, hardly do. Compare
ratios within one page. dealib is run by a Python of its own, with what ``peers.txt`` asks for:

    python -m venv .peers/productivity && .peers/productivity/bin/python -m pip install -r
    benchmarks/productivity/peers.txt
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

# Nothing heavy is imported here: on Linux a process starts from its parent's peak.
HERE = Path(__file__).resolve()
PYTHON_OF_PEERS = (
    Path(os.environ.get("FIRSTLIGHT_PEERS", HERE.parents[2] / ".peers"))
    / "productivity"
    / "bin"
    / "python"
)
UNITS, SIZES = 3_000, (3_000, 10_000, 30_000)
GOALS = {"dealib": 12.0, "highs_loop": 3.0}  # how many times ours they should take
SAME = 1e-6  # scores of two programs nearer than this are the same
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything and print Markdown."""
    parser = argparse.ArgumentParser(description="Frontiers beside peers, as Markdown.")
    parser.add_argument(
        "--units", type=int, default=UNITS, metavar="N", help="units of the comparison"
    )
    parser.add_argument(
        "--sizes", nargs="*", type=int, default=SIZES, metavar="N", help="units, ours alone"
    )
    parser.add_argument("--to", type=Path, metavar="FILE", help="write the page here, too")
    parser.add_argument("--task", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.task:
        print(json.dumps(timed(options.task[0], int(options.task[1]))))
        return 0
    lines = []
    for line in page(options.units, options.sizes):
        print(line, flush=True)
        lines.append(line)
    if options.to:
        options.to.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def page(units: int, sizes: Sequence[int]) -> Iterator[str]:
    """Both tables, as lines of Markdown."""
    yield f"# Input efficiency, VRS, 3 inputs, 2 outputs\n\nPython {platform.python_version()}, {os.cpu_count()} cores.\n"
    yield f"## {units:,} units, beside peers\n"
    yield "| program | efficient | seconds | processor seconds | peak MB | times ours: seconds | processor | goal |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    ours = _run(sys.executable, "scores", units)
    yield _line("Firstlight: scores, multipliers, peers", ours, ours)
    yield _line(
        "Firstlight: `efficiency` (the same, and slacks, targets, returns to scale)",
        _run(sys.executable, "dea", units),
        ours,
    )
    yield _line(
        "HiGHS, one model, warm starts, one unit after another: scores",
        _run(sys.executable, "highs_loop", units),
        ours,
    )
    if PYTHON_OF_PEERS.is_file():
        yield _line(
            "dealib: scores, multipliers, peers, slacks",
            _run(str(PYTHON_OF_PEERS), "dealib", units),
            ours,
        )
    else:
        yield f"\ndealib did not run: there is no Python in {PYTHON_OF_PEERS.parents[1].name}; peers.txt says what it needs."
    yield "\n## Firstlight as units grow\n"
    yield "| units | efficient | seconds | processor seconds | peak MB |"
    yield "|---:|---:|---:|---:|---:|"
    for size in sizes:
        found = _run(sys.executable, "scores", size)
        figures = (f"{found['seconds']:.2f}", f"{found['processor']:.2f}", f"{found['peak']:.0f}")
        yield f"| {size:,} | {found['efficient']:,} | {' | '.join(figures)} |"


def _line(name: str, found: Row, ours: Row) -> str:
    apart = max(abs(a - b) for a, b in zip(found["scores"], ours["scores"], strict=True))
    if apart > SAME:
        raise SystemExit(
            f"{name}: scores differ from ours by {apart:.1e}, so that times can't be compared"
        )
    ratios = [f"{found[what] / ours[what]:.1f}" for what in ("seconds", "processor")]
    goal = f"{GOALS[found['task']]:.0f}" if found["task"] in GOALS else ""
    own = [
        f"{found['efficient']:,}",
        f"{found['seconds']:.2f}",
        f"{found['processor']:.2f}",
        f"{found['peak']:.0f}",
    ]
    return "| " + " | ".join([name, *own, *ratios, goal]) + " |"


def _run(python: str, task: str, units: int) -> Row:
    found = subprocess.run(
        [python, str(HERE), "--task", task, str(units)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: Row = json.loads(found.stdout.splitlines()[-1])
    return told


# -- tasks, each in its own process ----------------------------------------------------------------


def timed(task: str, units: int) -> Row:
    """One task: seconds, peak of memory in MB, scores.

    Outputs are a share of what the inputs could make.
    """
    import numpy as np

    draws = np.random.default_rng(7)
    x = draws.uniform(1, 10, (units, 3))
    y = x.prod(axis=1)[:, None] ** (0.8 / 3) * draws.uniform(0.3, 1, (units, 2))
    work = TASKS[task](x, y)
    started = time.perf_counter(), time.process_time()
    scores = np.asarray(work(), float)
    seconds, processor = time.perf_counter() - started[0], time.process_time() - started[1]
    return {
        "task": task,
        "seconds": seconds,
        "processor": processor,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / 1024
        / (1024 if sys.platform == "darwin" else 1),
        "efficient": int((scores > 1 - SAME).sum()),
        "scores": scores.round(9).tolist(),
    }


def _scores(x: Any, y: Any) -> Callable[[], Any]:
    import numpy as np

    from firstlight.instruments.productivity.frontiers.directional_distance import (
        directional_distance,
    )
    from firstlight.instruments.productivity.frontiers.technology import technology

    g = np.hstack([x, np.zeros_like(y)])
    return lambda: 1 - directional_distance(technology(x, y), x, y, direction=g).beta


def _dea(x: Any, y: Any) -> Callable[[], Any]:
    import polars as pl

    from firstlight.productivity import efficiency

    frame = pl.DataFrame(
        {"unit": [f"{k:06}" for k in range(len(x))], "a": x[:, 0], "b": x[:, 1], "c": x[:, 2]}
    )
    frame = frame.with_columns(d=y[:, 0], e=y[:, 1])
    columns = {"inputs": ["a", "b", "c"], "outputs": ["d", "e"]}
    return lambda: efficiency(frame, **columns).table["efficiency_score"].to_numpy()


def _dealib(x: Any, y: Any) -> Callable[[], Any]:
    from dealib.dea import dea

    return lambda: dea(x, y, rts="vrs", orientation="input").eff


def _highs_loop(x: Any, y: Any) -> Callable[[], Any]:
    """What one would write first: a model of all units, in which each unit in turn changes its
    column and bounds."""
    import highspy
    import numpy as np

    def solve() -> list[float]:
        (n, m), s = x.shape, y.shape[1]
        solver, inf = highspy.Highs(), highspy.kHighsInf
        solver.silent()
        solver.setOptionValue("presolve", "off")
        for _ in range(n):
            solver.addVar(0.0, inf)
        theta = n
        solver.addVar(-inf, inf)
        solver.changeColCost(theta, 1.0)
        places = np.arange(n + 1, dtype=np.int32)
        for k in range(m):
            solver.addRow(-inf, 0.0, n + 1, places, np.append(x[:, k], -1.0))
        for k in range(s):
            solver.addRow(0.0, inf, n, places[:-1], y[:, k])
        solver.addRow(1.0, 1.0, n, places[:-1], np.ones(n))
        found = []
        for unit in range(n):
            for k in range(m):
                solver.changeCoeff(k, theta, -x[unit, k])
            for k in range(s):
                solver.changeRowBounds(m + k, y[unit, k], inf)
            solver.run()
            found.append(solver.getObjectiveValue())
        return found

    return solve


TASKS: dict[str, Callable[[Any, Any], Callable[[], Any]]] = {
    "scores": _scores,
    "dea": _dea,
    "dealib": _dealib,
    "highs_loop": _highs_loop,
}

if __name__ == "__main__":
    sys.exit(main())
