"""Complexity beside ecomplexity and econcomplex, on the same made-up table; 25 years; and a large
sparse table: seconds and memory.

    python -m benchmarks.complexity.speed [--places N] [--products K] [--years Y] [--to FILE]
    [--no-peers]

Each row comes from a process of its own, from a long frame to figures. Seconds hang on what else
the machine does; processor seconds, of all cores together, hardly do. Compare ratios within one
page. Peers are run by a Python of their own, with what ``peers.txt`` asks for (ecomplexity takes
minutes):

    python -m venv .peers/complexity && .peers/complexity/bin/python -m pip install -r
    benchmarks/complexity/peers.txt
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
    / "complexity"
    / "bin"
    / "python"
)
PLACES, PRODUCTS, YEARS = 200, 5_000, 25
LARGE = (3_000, 20_000, 2_000_000)  # places, technologies, documents that are dealt to them
RUNS = 5  # of what takes less than a second
SAME = 1e-6  # figures of two programs nearer than this are the same
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything and print Markdown."""
    parser = argparse.ArgumentParser(description="Complexity beside peers, as Markdown.")
    parser.add_argument("--places", type=int, default=PLACES, metavar="N")
    parser.add_argument("--products", type=int, default=PRODUCTS, metavar="K")
    parser.add_argument("--years", type=int, default=YEARS, metavar="Y")
    parser.add_argument("--no-peers", action="store_true", help="ours alone")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write the page here, too")
    parser.add_argument("--task", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.task:
        print(json.dumps(timed(options.task[0], *map(int, options.task[1:]))))
        return 0
    lines = []
    for line in page(options.places, options.products, options.years, not options.no_peers):
        print(line, flush=True)
        lines.append(line)
    if options.to:
        options.to.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def page(places: int, products: int, years: int, with_peers: bool) -> Iterator[str]:
    """Both tables, as lines of Markdown."""
    yield HEADER
    load = os.getloadavg()[1] if hasattr(os, "getloadavg") else float("nan")
    yield f"Python {platform.python_version()}, {os.cpu_count()} cores, a load of {load:.1f} before the run. {SECONDS}\n"
    yield f"## {places:,} places, {products:,} products, one year\n"
    index, whole = (_middle(task, places, products, 1) for task in ("index", "whole"))
    yield f"{index['cells']:,} values above 0, of which {index['presences']:,} with an RCA of 1 or more.\n"
    yield HEAD
    yield _line("Firstlight: RCA, ECI, PCI", index, None, None)
    yield _line("Firstlight: and proximity, density, outlook index and gain", whole, None, None)
    if with_peers and PYTHON_OF_PEERS.is_file():
        for name in ("ecomplexity", "econcomplex"):
            peer = _run(str(PYTHON_OF_PEERS), name, places, products, 1)
            _refuse_others(name, peer, whole)
            yield _line(f"{name} {peer['version']}: all of it", peer, index, whole)
            yield f"| of this, its ECI and PCI | {peer['index_seconds']:.2f} | | | {peer['index_seconds'] / index['seconds']:,.0f} | |"
    else:
        yield "\nPeers did not run; peers.txt says what they need."
    yield "\n## More years, and a large table\n"
    yield "| table | what | seconds | processor seconds | peak MB | goal |\n|---|---|---:|---:|---:|---|"
    size = f"{years} years of {places:,} x {products:,}"
    for task, what in (
        ("index", "RCA, ECI, PCI"),
        ("outlook", "and density, outlook"),
        ("whole", "and proximity"),
    ):
        goal = "20 s" if task == "whole" else ""
        yield f"| {size} | {what} | {_figures(_run(sys.executable, task, places, products, years))} | {goal} |"
    size = f"{LARGE[0]:,} x {LARGE[1]:,}, sparse"
    for task, what in (
        ("large_index", "RCA, ECI, PCI"),
        ("large", "and density, outlook, links of 0.55 and more"),
    ):
        goal = "60 s, 6,144 MB" if task == "large" else ""
        yield f"| {size} | {what} | {_figures(_run(sys.executable, task, *LARGE))} | {goal} |"


HEADER = """<!-- Written by benchmarks/complexity/speed.py: change nothing here. -->

# Complexity: speed

From a long frame to figures, each row a process of its own; the same made-up table for ours and for two public libraries. Their ECI, and of
ecomplexity the PCI and density, too, are the same as ours to 1e-6, or the page would not be written. Our
one year is the middle one of five runs, as so short a time varies by half; of each peer there is one run.
"""
SECONDS = """Seconds hang on what else the machine does; processor seconds, of all cores
together, hardly do: with nothing else to do, a row takes at most its processor seconds, and years are worked on two at a time."""
HEAD = """| program | seconds | processor seconds | peak MB | seconds, times our ECI and PCI | times our whole |
|---|---:|---:|---:|---:|---:|"""


def _figures(found: Row) -> str:
    return f"{found['seconds']:.2f} | {found['processor']:.2f} | {found['peak']:,.0f}"


def _line(name: str, found: Row, index: Row | None, whole: Row | None) -> str:
    ratios = [
        f"{found['seconds'] / ours['seconds']:,.0f}" if ours else "" for ours in (index, whole)
    ]
    return f"| {name} | {_figures(found)} | {' | '.join(ratios)} |"


def _refuse_others(name: str, peer: Row, ours: Row) -> None:
    for what in set(peer["figures"]) & set(ours["figures"]):
        apart = max(
            abs(a - b) for a, b in zip(peer["figures"][what], ours["figures"][what], strict=True)
        )
        if not apart < SAME:
            raise SystemExit(
                f"{name}: {what} differs from ours by {apart:.1e}, so that times can't be compared"
            )


def _run(python: str, task: str, *sizes: int) -> Row:
    found = subprocess.run(
        [python, str(HERE), "--task", task, *map(str, sizes)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: Row = json.loads(found.stdout.splitlines()[-1])
    return told


def _middle(task: str, *sizes: int) -> Row:
    """Of several runs the one with the middle seconds."""
    return sorted(
        (_run(sys.executable, task, *sizes) for _ in range(RUNS)),
        key=lambda one: float(one["seconds"]),
    )[RUNS // 2]


# -- tasks, each in its own process ----------------------------------------------------------------


def timed(task: str, places: int, products: int, last: int) -> Row:
    """One task: seconds, peak of memory in MB, figures to compare."""
    columns = (
        dealt(places, products, last)
        if task.startswith("large")
        else made_up(places, products, last)
    )
    cells = len(columns["value"])
    work = TASKS[task](columns)
    del columns
    started = time.perf_counter(), time.process_time()
    told = work()
    seconds, processor = time.perf_counter() - started[0], time.process_time() - started[1]
    peak = (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / 1024
        / (1024 if sys.platform == "darwin" else 1)
    )
    return {"seconds": seconds, "processor": processor, "peak": peak, "cells": cells, **told()}


def made_up(places: int, products: int, years: int) -> dict[str, Any]:
    """Exports of a planted order: complex products only in able places; values are lognormal."""
    import numpy as np

    draws = np.random.default_rng(7)
    able, hard = draws.uniform(0, 1, places), draws.uniform(0, 1, products)
    chance = 1 / (1 + np.exp(-8 * (able[:, None] - hard)))
    parts = []
    for year in range(years):
        value = draws.lognormal(0, 1, chance.shape) * np.exp(3 * able)[:, None]
        value *= draws.uniform(size=chance.shape) < chance
        row, column = np.nonzero(value)
        parts.append((row, column, np.full(row.size, 2000 + year), value[row, column]))
    place, product, when, amount = (np.concatenate(each) for each in zip(*parts, strict=True))
    return {"place": place, "product": product, "year": when, "value": amount}


def dealt(places: int, technologies: int, documents: int) -> dict[str, Any]:
    """Counts of documents that are dealt to places and technologies of lognormal sizes, with a
    planted order."""
    import numpy as np

    draws = np.random.default_rng(7)
    sizes = [draws.lognormal(0, 1.2, size) for size in (places, technologies)]
    place, technology = (
        draws.choice(each.size, 2 * documents, p=each / each.sum()) for each in sizes
    )
    able, hard = draws.uniform(0, 1, places), draws.uniform(0, 1, technologies)
    kept = draws.uniform(size=place.size) < 1 / (1 + np.exp(-8 * (able[place] - hard[technology])))
    cell, count = np.unique(place[kept] * technologies + technology[kept], return_counts=True)
    year = np.full(cell.size, 2000)
    return {
        "place": cell // technologies,
        "product": cell % technologies,
        "year": year,
        "value": count.astype(float),
    }


def _named(columns: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    for name, letter in (("place", "P"), ("product", "a")):
        labels = np.array(
            [f"{letter}{number:05}" for number in range(int(columns[name].max()) + 1)]
        )
        columns[name] = labels[columns[name]]
    return columns


def _frame(columns: dict[str, Any]) -> Any:
    import polars as pl

    made = []
    for name, letter in (("place", "P"), ("product", "a")):
        labels = pl.Series(
            [f"{letter}{number:05}" for number in range(int(columns[name].max()) + 1)]
        )
        made.append(labels[columns[name]].alias(name))
    return pl.DataFrame(
        [*made, pl.Series("year", columns["year"]), pl.Series("value", columns["value"])]
    )


def _index(columns: dict[str, Any]) -> Callable[[], Any]:
    from firstlight.instruments.complexity.economic_complexity.yearly_indices import (
        economic_complexity,
    )

    frame = _frame(columns)

    def work() -> Any:
        found = economic_complexity(
            frame, "place", "product", "value", year="year", measures=["eci"]
        )
        return lambda: {"presences": int(found.years[0].found.presence.nnz)}

    return work


def _related(columns: dict[str, Any], after: Callable[[Any], None]) -> Callable[[], Any]:
    from firstlight.instruments.complexity.related_activities import related_activities

    frame = _frame(columns)

    def work() -> Any:
        found = related_activities(frame, "place", "product", "value", year="year")
        after(found)
        return lambda: {"figures": _compared(found)}

    return work


def _whole(columns: dict[str, Any]) -> Callable[[], Any]:
    from firstlight.instruments.complexity.proximity import proximity

    def tables(found: Any) -> None:
        for one in found.years:
            proximity(one.found.presence)

    return _related(columns, tables)


def _compared(found: Any) -> dict[str, list[float]]:
    first = found.years[0]
    density = first.outlook.density.mean(axis=1)
    return {
        "eci": first.index.eci.tolist(),
        "pci": first.index.pci.tolist(),
        "density": density.tolist(),
    }


def _pandas(columns: dict[str, Any]) -> Any:
    import pandas as pd

    return pd.DataFrame(_named(columns))


def _clocked(module: Any, name: str) -> list[float]:
    """The seconds that a function of a peer's module takes, each time."""
    spent: list[float] = []
    own = getattr(module, name)

    def clocked(*arguments: Any, **options: Any) -> Any:
        start = time.perf_counter()
        found = own(*arguments, **options)
        spent.append(time.perf_counter() - start)
        return found

    setattr(module, name, clocked)
    return spent


def _ecomplexity(columns: dict[str, Any]) -> Callable[[], Any]:
    import importlib
    from importlib.metadata import version

    module = importlib.import_module("ecomplexity.ecomplexity")
    spent = _clocked(module, "calc_eci_pci")
    frame = _pandas(columns)
    names = {"time": "year", "loc": "place", "prod": "product", "val": "value"}

    def work() -> Any:
        # Its check of log-supermodularity, which ours has no counterpart for, is switched off.
        found = module.ecomplexity(frame, names, check_logsupermodularity=False, verbose=False)

        def told() -> Row:
            # Its outlook index and gain are of a PCI not yet standardised: replications.py says so.
            of_places, of_products = found.groupby("place"), found.groupby("product")
            figures = {
                "eci": of_places["eci"].first(),
                "pci": of_products["pci"].first(),
                "density": of_places["density"].mean(),
            }
            figures = {name: each.sort_index().tolist() for name, each in figures.items()}
            return {
                "figures": figures,
                "index_seconds": spent[0],
                "version": version("ecomplexity"),
            }

        return told

    return work


def _econcomplex(columns: dict[str, Any]) -> Callable[[], Any]:
    import importlib
    from importlib.metadata import version

    module = importlib.import_module("econcomplex.pipeline")
    spent = _clocked(module, "eci_pci")
    frame = _pandas(columns)
    names = {"time": "year", "loc": "place", "act": "product", "val": "value"}

    def work() -> Any:
        found = module.compute_complexity(frame, names)

        def told() -> Row:
            # Its PCI has a scale of its own, and its gain another denominator: replications.py says
            # so.
            eci = found.groupby("place")["eci"].first().sort_index().tolist()
            return {
                "figures": {"eci": eci},
                "index_seconds": spent[0],
                "version": version("econcomplex"),
            }

        return told

    return work


TASKS: dict[str, Callable[[dict[str, Any]], Callable[[], Any]]] = {
    "index": _index,
    "outlook": lambda columns: _related(columns, lambda found: None),
    "whole": _whole,
    "large_index": _index,
    "large": lambda columns: _related(columns, lambda found: found.links()),
    "ecomplexity": _ecomplexity,
    "econcomplex": _econcomplex,
}

if __name__ == "__main__":
    sys.exit(main())
