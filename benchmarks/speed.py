"""Seconds and memory of the whole job on a large corpus: by stage, beside a peer, and as the corpus
grows.

    python -m benchmarks.speed [documents.parquet] [--planted N] [--sample N] [--to FILE]

Every figure comes from a process of its own, so that nothing is shared or warm but the disk's
cache. Seconds are by the clock and hang on what else the machine does; processor seconds, of all
cores together, hardly do. Peak memory is what the system says of that process (ru_maxrss); within a
stage, the resident memory seen every 10 ms. Without a file, and where the arXiv metadata don't lie
beside the repository, the corpus is made up (``--planted``), which the table says.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

# Nothing heavy is imported here: on Linux a process starts from its parent's peak.
DOCUMENTS = (
    Path(__file__).resolve().parents[2] / "shared" / "data" / "documents" / "arxiv_tech.parquet"
)
FRACTIONS = (4, 2, 1)  # of the corpus: every fourth document, every second, all
LEAST_DOCUMENTS = 10  # in which a term stands, for us and for the peer
TOLD = ("polars", "numpy", "scipy", "scikit-learn", "duckdb")
STAGES = {  # what the job says on its way, by the stage's name in the table
    "starting": "starting, imports",
    "reading": "reading, tidying, keeping; what can be compared",
    "phrases": "phrases of 2, 3 and 4 words",
    "words": "words",
    "acronyms": "acronyms",
    "technologies": "technologies of all forecast years",
    "forecasts": "forecasts",
    "record": "record",
    "description": "description, documents behind each line",
    "page": "page, report and tables written",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run everything and print one page of Markdown."""
    parser = argparse.ArgumentParser(
        description="Seconds and memory of the whole job, as Markdown."
    )
    parser.add_argument(
        "documents", nargs="?", type=Path, help=f"file of documents ({DOCUMENTS.name} in ../shared)"
    )
    parser.add_argument(
        "--planted", type=int, metavar="N", help="a made-up corpus of about N documents instead"
    )
    parser.add_argument(
        "--sample", type=int, default=20_000, metavar="N", help="documents for the peer (20000)"
    )
    parser.add_argument("--to", type=Path, metavar="FILE", help="write the page here, too")
    parser.add_argument("--task", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.task:
        name, *given = options.task
        print(json.dumps(TASKS[name](*given)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for line in _page(options, Path(folder)):
            print(line, flush=True)
            lines.append(line)
    if options.to:
        options.to.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _page(options: argparse.Namespace, folder: Path) -> Iterable[str]:
    documents, title = _corpus(options, folder)
    yield f"# Speed and memory\n\nCorpus: {title}.\n{_machine()}\n\n## The whole job\n"
    cold = _run("observe", documents, folder / "1")
    warm = _run("observe", documents, folder / "1")
    yield from _job(cold, warm)
    yield "\n## As the corpus grows\n"
    runs = [
        _run("observe", _part(documents, every, folder), folder / str(every))
        for every in FRACTIONS[:-1]
    ]
    yield from _growth([*runs, cold])
    yield f"\n## Terms of one to four words in at least {LEAST_DOCUMENTS} documents, beside a peer\n"
    sample = _part(documents, max(1, cold["documents"] // options.sample), folder)
    yield from _peers(_run("our_terms", sample), _run("peer_terms", sample))


def _corpus(options: argparse.Namespace, folder: Path) -> tuple[Path, str]:
    given = options.documents or (
        DOCUMENTS if DOCUMENTS.is_file() and not options.planted else None
    )
    if given:
        return given, given.name
    target = folder / "planted.parquet"
    size = _run("plant", target, options.planted or 100_000)["documents"]
    return target, f"{size:,} made-up documents (real ones have more words)"


def _machine() -> str:
    parts = [f"{os.cpu_count()} cores", platform.machine(), f"Python {platform.python_version()}"]
    return "Machine: " + ", ".join([*parts, *(f"{name} {version(name)}" for name in TOLD)]) + "."


def _part(documents: Path, every: int, folder: Path) -> Path:
    target = folder / f"every_{every}.parquet"
    if not target.exists():
        _run("thin", documents, target, every)
    return target


def _run(task: str, *given: Any) -> dict[str, Any]:
    command = [sys.executable, __file__, "--task", task, *map(str, given)]
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return told


# -- tables ----------------------------------------------------------------------------------------


def _job(cold: dict[str, Any], warm: dict[str, Any]) -> Iterable[str]:
    yield "| stage | seconds | processor seconds | peak GB | run again: seconds | peak GB |"
    yield "|---|---:|---:|---:|---:|---:|"
    again = {stage: (seconds, peak) for stage, seconds, _, peak in warm["stages"]}
    whole = [
        f"whole job, {cold['documents']:,} documents",
        cold["seconds"],
        cold["processor"],
        cold["peak"],
    ]
    for stage, seconds, processor, peak in [*cold["stages"], whole]:
        later, later_peak = (
            (warm["seconds"], warm["peak"]) if stage == whole[0] else again.get(stage, (None, None))
        )
        cells = [
            _number(seconds),
            _number(processor),
            _number(peak, 2),
            _number(later),
            _number(later_peak, 2),
        ]
        yield _row(stage, *cells)


def _growth(runs: list[dict[str, Any]]) -> Iterable[str]:
    yield "| documents | seconds | processor seconds | peak GB | documents, times | processor, times | memory, times |"
    yield "|---:|---:|---:|---:|---:|---:|---:|"
    for run in runs:
        ratios = [
            _number(run[what] / runs[0][what], 2) for what in ("documents", "processor", "peak")
        ]
        yield _row(f"{run['documents']:,}", *_measured(run), *ratios)


def _peers(ours: dict[str, Any], peer: dict[str, Any]) -> Iterable[str]:
    yield "| program | documents | terms | seconds | processor seconds | peak GB |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, run in (("Firstlight count_phrases", ours), ("scikit-learn CountVectorizer", peer)):
        yield _row(name, f"{run['documents']:,}", f"{run['terms']:,}", *_measured(run))
    yield _row(
        "peer / ours",
        "",
        "",
        *(_number(peer[what] / ours[what], 2) for what in ("seconds", "processor", "peak")),
    )
    yield "\nThe two cut words differently (plurals, function words, marks end a phrase here), so their terms differ."


def _measured(run: dict[str, Any]) -> list[str]:
    return [_number(run["seconds"]), _number(run["processor"]), _number(run["peak"], 2)]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:.{digits}f}"


# -- tasks, each in its own process ----------------------------------------------------------------


class _Watch:
    """Seconds, processor seconds and peak resident GB of one stage after another."""

    def __init__(self) -> None:
        self.stages: dict[str, tuple[float, float, float | None]] = {}
        self.stage, self.since, self.peak = "", _now(), _resident()
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while (now := _resident()) is not None:
            self.peak = max(self.peak or 0.0, now)
            time.sleep(0.01)

    def say(self, line: str) -> None:
        """Take a line of the job's progress: where it opens another stage, the one before is over."""
        stage = next(
            (name for start, name in STAGES.items() if line.startswith(start)), self.stage or line
        )
        if stage != self.stage:
            self._end()
            self.stage, self.since, self.peak = stage, _now(), _resident()

    def _end(self) -> None:
        if self.stage:
            seconds, processor, peak = self.stages.get(self.stage, (0.0, 0.0, None))
            spent = [now - then for now, then in zip(_now(), self.since, strict=True)]
            peaks = [each for each in (peak, self.peak) if each is not None]
            self.stages[self.stage] = (
                seconds + spent[0],
                processor + spent[1],
                max(peaks, default=None),
            )

    def rows(self) -> list[list[Any]]:
        """Stage, seconds, processor seconds, peak GB; the last stage ends here."""
        self._end()
        return [[stage, *told] for stage, told in self.stages.items()]


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _resident() -> float | None:
    statm = Path("/proc/self/statm")
    if not statm.exists():  # only Linux tells a process this at once
        return None
    return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e9


def _peak() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def _observe(documents: str, project: str) -> dict[str, Any]:
    started = _now()
    watch = _Watch()
    watch.say("starting")
    from firstlight.run.observing import observe
    from firstlight.views.publish import publish

    seen = observe(documents, project=project, progress=watch.say)
    watch.say("page")
    publish(seen.tables, seen.facts, project)
    count = int(seen.tables["years"]["documents_count"].sum())
    return {"documents": count, "stages": watch.rows(), **_spent(started)}


def _timed(documents: str, count: Callable[[Any], int]) -> dict[str, Any]:
    import polars as pl

    frame = pl.read_parquet(documents)
    started = _now()
    return {"documents": frame.height, "terms": count(frame), **_spent(started)}


def _spent(started: tuple[float, float]) -> dict[str, float]:
    seconds, processor = (now - then for now, then in zip(_now(), started, strict=True))
    return {"seconds": seconds, "processor": processor, "peak": _peak()}


def _our_terms(documents: str) -> dict[str, Any]:
    from firstlight.instruments.emergence.text.phrases import count_phrases
    from firstlight.instruments.emergence.text.words import cut_batches, joined

    def count(frame: Any) -> int:
        dated = frame.sort("year")
        cut = joined(cut_batches(dated, text="title_and_abstract"))
        return len(
            count_phrases(cut, dated["year"].to_numpy(), fewest_documents=LEAST_DOCUMENTS).terms
        )

    return _timed(documents, count)


def _peer_terms(documents: str) -> dict[str, Any]:
    from sklearn.feature_extraction.text import CountVectorizer

    def count(frame: Any) -> int:
        texts = frame["title"].fill_null("") + " . " + frame["abstract"].fill_null("")
        made = CountVectorizer(ngram_range=(1, 4), min_df=LEAST_DOCUMENTS).fit_transform(
            texts.to_list()
        )
        return int(made.shape[1])

    return _timed(documents, count)


def _thin(documents: str, target: str, every: str) -> dict[str, Any]:
    from firstlight.sources import read_documents

    frame = read_documents(documents).table.frame.gather_every(int(every))
    frame.write_parquet(target)
    return {"documents": frame.height}


def _plant(target: str, size: str) -> dict[str, Any]:
    """Twenty years of documents of common and rare made-up words, in which made-up names come and
    go."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(1)
    syllables = np.array(
        [
            first + last
            for first in "bdfgklmnprstvz"
            for last in ("a", "e", "i", "o", "u", "an", "or")
        ]
    )
    words = sorted({"".join(rng.choice(syllables, 3)) for _ in range(30_000)})
    names = [" ".join(pair) for pair in rng.choice(words, (400, 2))]
    years = np.sort(rng.choice(np.arange(2000, 2020), int(size), p=np.linspace(1, 7, 20) / 80))
    peaks = rng.uniform(2000, 2030, len(names))
    rows = []
    for number, year in enumerate(years):
        text = [words[int(row)] for row in len(words) * rng.random(120) ** 4]
        named = np.flatnonzero(
            rng.random(len(names)) < 0.01 * np.exp(-0.5 * ((year - peaks) / 4) ** 2)
        )
        for name in named:
            for place in rng.integers(len(text), size=2):
                text[place] = f"the {names[name]}, and"
        authors = [f"author {row}" for row in rng.integers(int(size), size=3)]
        rows.append((f"made-{number}", int(year), " ".join(text[:8]), " ".join(text[8:]), authors))
    pl.DataFrame(
        rows, schema=["id", "year", "title", "abstract", "authors"], orient="row"
    ).write_parquet(target)
    return {"documents": len(rows)}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "observe": _observe,
    "our_terms": _our_terms,
    "peer_terms": _peer_terms,
    "thin": _thin,
    "plant": _plant,
}

if __name__ == "__main__":
    sys.exit(main())
