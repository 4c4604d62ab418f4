"""Processor seconds and memory of every measurement on its sample, as a user calls it.

    python -m benchmarks.on_samples [NAME ...] [--times N] [--to FILE]

Each runs in a process of its own, modules compiled, and leaves its page in a temporary folder. The
least of its processor seconds (user and system) and the least of its peaks count, so that what else
the machine does weighs little. Starting alone stands above the measurements, with what importing
NumPy and Polars takes: no measurement can take less.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from pathlib import Path

from benchmarks.side_by_side import ROOT, Spent, run

# Nothing heavy is imported here: on Linux a process starts from its parent's peak.
SECONDS = 1.5
MEGABYTES = 200
LIST = "from firstlight.measurement import folders; print(*folders())"
STARTING = {
    "NumPy and Polars imported": ["-c", "import numpy, polars"],
    "`import firstlight`": ["-c", "import firstlight"],
    "`firstlight --help`": ["-m", "firstlight", "--help"],
    "`firstlight measure --help`": ["-m", "firstlight", "measure", "--help"],
    "`firstlight doctor FILE`": [
        *("-m", "firstlight", "doctor"),
        "src/firstlight/instruments/composites/coupling_degree/sample.csv",
    ],
}


def least(command: Sequence[str], times: int, folder: Path) -> Spent:
    """The least that some runs of a command spend; {new} is a folder that isn't there yet."""
    runs = []
    for _ in range(times):
        with tempfile.TemporaryDirectory(dir=folder) as made:
            runs.append(run(ROOT, [word.replace("{new}", f"{made}/new") for word in command]))
    return Spent(*map(min, zip(*map(astuple, runs), strict=True)))


def page(names: Sequence[str], times: int, folder: Path) -> Iterator[str]:
    """The tables, as lines of Markdown."""
    yield "| starting | processor seconds | peak MB | clock seconds |"
    yield "|---|---:|---:|---:|"
    for title, command in STARTING.items():
        yield _row(title, least(command, times, folder))
    found = {
        name: least(
            ["-m", "firstlight", "measure", name, "--quiet", "--project", "{new}"], times, folder
        )
        for name in names
    }
    yield "\n| measurement | processor seconds | peak MB | clock seconds |"
    yield "|---|---:|---:|---:|"
    for name, spent in sorted(found.items(), key=lambda own: -own[1].processor):
        yield _row(name, spent)
    quick = {name for name, spent in found.items() if spent.processor <= SECONDS}
    small = {name for name, spent in found.items() if spent.peak <= MEGABYTES}
    yield (
        f"\nOf {len(found)} measurements {len(quick)} take at most {SECONDS:g} processor seconds, "
        f"{len(small)} at most {MEGABYTES} MB, {len(quick & small)} both."
    )


def _row(title: str, spent: Spent) -> str:
    return f"| {title} | {spent.processor:.2f} | {spent.peak:.0f} | {spent.clock:.2f} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="measurements (all)")
    parser.add_argument("--times", type=int, default=2, metavar="N", help="of each (2)")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write the tables here, too")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        # as pip leaves an installed package: the first run of a module compiles it
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = f"{folder}/compiled"
        run(ROOT, ["-m", "compileall", "-q", "src"])
        around = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        listed = subprocess.check_output([sys.executable, "-c", LIST], env=around, text=True)
        lines = list(page(options.names or listed.split(), options.times, Path(folder)))
    print("\n".join(lines))
    if options.to:
        options.to.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
