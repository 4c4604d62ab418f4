"""Processor seconds and memory of this tree beside those of an earlier one, workload by workload.

    python -m benchmarks.side_by_side EARLIER [--only PART ...] [--times N] [--to FILE]

EARLIER is a checkout of an earlier version; each workload of ``side_by_side.toml`` is a command
that both have. It runs from the root of either tree in turn, each time in a process of its own, and
every second time the other tree goes first. The least processor seconds and the least peak of
memory of each tree count, so that what else the machine does weighs little; ratios are this tree
over the earlier one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from benchmarks.refused import RefusedError

# Nothing heavy is imported here: on Linux a process starts from its parent's peak.
ROOT = Path(__file__).resolve().parents[1]
WORKLOADS = Path(__file__).with_suffix(".toml")
ARXIV = ROOT.parent / "shared" / "data" / "documents" / "arxiv_tech.parquet"
MOST = 1.05  # above, the table says so


@dataclass(frozen=True)
class Spent:
    """Processor seconds of all threads and children, peak of memory in MB, seconds by the clock."""

    processor: float
    peak: float
    clock: float


def run(tree: Path, command: Sequence[str]) -> Spent:
    """What a command of Python's spends in a tree.

    Raises  RefusedError where it fails.
    """
    around = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (tree / "src", tree)))}
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        own = subprocess.Popen(
            [sys.executable, *command], cwd=tree, env=around, stdout=said, stderr=said
        )
        _, status, used = os.wait4(own.pid, 0)
        own.returncode = os.waitstatus_to_exitcode(status)
        if own.returncode:
            said.seek(0)
            raise RefusedError(
                said.read().decode(errors="replace")[-2000:],
                where=f"{tree}: python {' '.join(command)}",
                try_next="run that command alone, or leave it out with --only",
            )
    unit = 1 if sys.platform == "darwin" else 1024
    processor, peak = used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6
    return Spent(processor, peak, time.perf_counter() - started)


def ratios(earlier: Path, command: Sequence[str], times: int, folder: Path) -> list[float]:
    """Processor seconds, memory and clock seconds of this tree over those of the earlier one."""
    found: dict[Path, list[Spent]] = {earlier: [], ROOT: []}
    for turn in range(times):
        for tree in (earlier, ROOT) if turn % 2 == 0 else (ROOT, earlier):
            with tempfile.TemporaryDirectory(dir=folder) as made:
                words = [word.replace("{new}", str(Path(made, "new"))) for word in command]
                found[tree].append(run(tree, words))
    before, now = (
        [min(one) for one in zip(*map(astuple, runs), strict=True)] for runs in found.values()
    )
    return [own / other for own, other in zip(now, before, strict=True)]


def commands(parts: Sequence[str], folder: Path) -> dict[str, list[str]]:
    """The workloads whose names hold a part (all where none is given), with their documents made.

    Raises  RefusedError where reference data are absent, and where no name holds a part.
    """
    every: dict[str, list[str]] = tomllib.loads(WORKLOADS.read_text(encoding="utf-8"))
    chosen = {
        name: words
        for name, words in every.items()
        if not parts or any(part in name for part in parts)
    }
    if not chosen:
        raise RefusedError("no workload", where=str(WORKLOADS), try_next="take a part of a name")
    made_up, arxiv = folder / "made_up.parquet", folder / "arxiv.parquet"
    makers = {
        "{made_up}": (made_up, ["plant", str(made_up), "20000"]),
        "{arxiv}": (arxiv, ["thin", str(ARXIV), str(arxiv), "8"]),
    }
    for sign, (file, task) in makers.items():
        if any(sign in words for words in chosen.values()):
            run(ROOT, ["-m", "benchmarks.speed", "--task", *task])
            for words in chosen.values():
                words[:] = [str(file) if word == sign else word for word in words]
    return chosen


def page(earlier: Path, parts: Sequence[str], times: int, folder: Path) -> Iterator[str]:
    """The table, as lines of Markdown."""
    yield "| workload | processor seconds, times | peak memory, times | clock seconds, times | |"
    yield "|---|---:|---:|---:|---|"
    for name, command in commands(parts, folder).items():
        found = ratios(earlier, command, times, folder)
        mark = f"above {MOST:g}" if max(found[:2]) > MOST else ""
        yield f"| {name} | {' | '.join(f'{ratio:.2f}' for ratio in found)} | {mark} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, each line as soon as it is known."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("earlier", type=Path, metavar="EARLIER", help="an earlier checkout")
    parser.add_argument("--only", nargs="+", default=(), metavar="PART", help="of a name")
    parser.add_argument("--times", type=int, default=3, metavar="N", help="in each tree (3)")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write the table here, too")
    options = parser.parse_args(arguments)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for line in page(options.earlier.resolve(), options.only, options.times, Path(folder)):
            print(line, flush=True)
            lines.append(line)
    if options.to:
        options.to.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
