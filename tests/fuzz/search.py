"""A search for inputs that a target fails on, guided by the coverage of what they reach:
``python -m fuzz.search TARGET --inputs 1000 --seed 0 --to FOLDER``, with ``tests`` on the path.

Each fault is kept once, as ``FOLDER/faults/NAME`` with its traceback beside it, and the search goes
on. A hang, or an end of the process, stops it: that input is kept as libFuzzer names it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import atheris

os.environ["POLARS_MAX_THREADS"] = "1"  # threads cost more than they save on a few rows
from polars.exceptions import PanicException

# What is searched, and no more: reading it again for its coverage takes time.
READERS = [
    *("firstlight.sources", "firstlight.run.own_names", "firstlight.run.project"),
    "fuzz.planted",
]
COUNTING = ["firstlight.sources.likely_text"]  # its branches are those of characters
with atheris.instrument_imports(include=READERS, exclude=COUNTING):
    from firstlight.errors import FirstlightError
    from fuzz.targets import PLANTED, TARGETS, Target

_TOKEN = re.compile(rb'"[^"\n]*"|[\w.+-]+|\s+|.', re.DOTALL)
SECONDS = 60  # of one input, after which it hangs
MOST_TOLD = 100  # errors of one code that are put into words, which takes longer than most readers


class _Faults:
    """What was found, each fault once by the line that raised it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.known = folder, set[str]()
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, data: bytes, error: BaseException) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "firstlight" in frame.filename] or frames
        place = f"{type(error).__name__} {Path(ours[-1].filename).name} {ours[-1].lineno}"
        if place in self.known:
            return
        self.known.add(place)
        name = hashlib.sha256(place.encode()).hexdigest()[:10]
        (self.folder / name).write_bytes(data)
        told = "".join(traceback.format_exception(error))
        (self.folder / f"{name}.txt").write_text(f"{place}\n{told}", encoding="utf-8")


def _searched(target: Target, faults: _Faults, refused: Counter[str], data: bytes) -> None:
    try:
        try:
            target.check(data)
        except FirstlightError as error:
            refused[error.code] += 1
            if refused[error.code] <= MOST_TOLD:
                for language in ("en", "zh"):
                    error.told(language)
    except (Exception, PanicException) as error:  # a panic is no Exception
        faults.keep(data, error)


def _mutated(words: Sequence[bytes], data: bytes, size: int, seed: int) -> bytes:
    """Another input: of every three one by libFuzzer, the others by tokens that are replaced,
    repeated, exchanged or dropped, so that many stay well formed."""
    rng = random.Random(seed)
    tokens = _TOKEN.findall(data)
    if rng.random() < 1 / 3 or not tokens:
        return atheris.Mutate(data, size)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        change = rng.randrange(5)
        if change == 0:
            tokens[at] = rng.choice(words)
        elif change == 1:
            tokens[at] = tokens[other]
        elif change == 2:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif change == 3:
            tokens[at:at] = tokens[other : other + rng.choice((1, 2, 8, 32))]
        elif len(tokens) > 1:
            del tokens[at]
    return b"".join(tokens)[:size]


def main() -> None:
    """Search one target; the process ends in libFuzzer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=["planted", *sorted(TARGETS)])
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args()
    target = {"planted": PLANTED, **TARGETS}[options.target]
    faults = _Faults(options.to / "faults")
    corpus = options.to / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed_{number}").write_bytes(seed)
    words = options.to / "words"
    lines = ["".join(f"\\x{byte:02x}" for byte in word.encode()) for word in target.words]
    words.write_text("".join(f'"{line}"\n' for line in lines), encoding="ascii")
    settings = {
        "runs": options.inputs,
        "seed": options.seed + 1,  # zero would be a random one
        "max_len": 1536,
        "len_control": 0,
        "timeout": SECONDS,
        "rss_limit_mb": 4096,
        "print_final_stats": 1,
        "dict": words,
        "artifact_prefix": f"{faults.folder}/",
    }
    arguments = [f"-{name}={value}" for name, value in settings.items()]
    refused, encoded = Counter[str](), [word.encode() for word in target.words]
    atheris.Setup(
        [sys.argv[0], *arguments, str(corpus)],
        lambda data: _searched(target, faults, refused, data),
        custom_mutator=lambda data, size, seed: _mutated(encoded, data, size, seed),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
