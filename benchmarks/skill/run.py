"""Score the forecasts under the frozen protocol: `make skill`, or

    python -m benchmarks.skill.run [--shared FOLDER] [--cache FOLDER] [--record NAME] [--granularity G] [--period validation]

Writes the pages of the result, unless asked for a part; ends with an error where the reference data are absent. Surveys are costly and kept in the cache, as long as data, plan and
the code that makes them stay the same; forecasts and scores are made anew each time.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.skill.page import write
from benchmarks.skill.protocol import PLANS, Plan, protocol_hash
from benchmarks.skill.records import digest, load, surveyed
from benchmarks.skill.scoring import PERIODS, Scores, score, together
from benchmarks.skill.tables import headline, probabilities

from firstlight.errors import FirstlightError, InputError

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared"


def main(arguments: list[str]) -> int:
    """Survey, score, print, and write the tables; 1 where something is amiss."""
    asked = _parser().parse_args(arguments)
    print(f"protocol {protocol_hash()}", flush=True)
    plans = [plan for plan in PLANS if not asked.record or plan.name in asked.record]
    periods = PERIODS if asked.period is None else (asked.period,)
    try:
        found = _scores(plans, asked.shared, asked.cache, asked.granularity, periods)
    except FirstlightError as error:
        print(error, file=sys.stderr)
        return 1
    for name in ("pooled", "years", "bins"):
        getattr(found, name).write_parquet(asked.cache / f"{name}.parquet")
    print(headline(found.pooled))
    print(probabilities(found.pooled))
    if asked.record or asked.granularity or asked.period:
        print("A part of the protocol: the pages of the documentation are left as they are.")
    else:
        write(found, [(plan, digest(plan, asked.shared)) for plan in plans], asked.docs)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make skill", description="Score the forecasts under the frozen protocol.")
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder of the reference data")
    parser.add_argument("--cache", type=Path, default=HERE / "cache", help="folder that keeps surveys and scores")
    parser.add_argument("--docs", type=Path, default=HERE.parents[1] / "docs", help="folder of the documentation")
    parser.add_argument("--record", action="append", choices=[plan.name for plan in PLANS])
    parser.add_argument("--granularity", action="append", type=float)
    parser.add_argument("--period", choices=PERIODS, help="only this one: choices may look at validation years alone")
    return parser


def _scores(
    plans: list[Plan], shared: Path, cache: Path, granularities: list[float] | None, periods: tuple[str, ...]
) -> Scores:
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {line}", flush=True)

    plans = [plan for plan in plans if any(plan.scored_years(period, 1) for period in periods)]
    files = [(p, g, file) for p in plans for g, file in surveyed(p, shared, cache, say, granularities or ()).items()]
    if not files:
        raise InputError(
            "nothing to score", where="--record, --granularity and --period", try_next="leave one of them out"
        )
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:  # a forked Polars waits for ever
        waiting = [pool.submit(_score, plan, granularity, file, periods) for plan, granularity, file in files]
        scores = []
        for (plan, granularity, _), future in zip(files, waiting, strict=True):
            scores.append(future.result())
            say(f"{plan.name}, granularity {granularity:g}: scored")
    return together(scores)


def _score(plan: Plan, granularity: float, file: Path, periods: tuple[str, ...]) -> Scores:
    return score(plan, granularity, load(file), periods)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
