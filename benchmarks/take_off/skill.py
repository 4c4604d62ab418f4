"""Score the forecasts of take-off under the frozen protocol: `make skill`, or

    python -m benchmarks.take_off.skill [CORPUS ...] [--horizon 3] [--shared FOLDER] [--cache
    FOLDER] [--results FOLDER]

Prints the record of each corpus and writes it as tables below benchmarks/results; a run on some
corpora leaves the rows of the others as they are. Labels of names and joins are read where arXiv
and conferences are scored together. Ends with an error where data are absent, or the protocol or
the code's constants changed.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from benchmarks.refused import RefusedError
from benchmarks.take_off.corpora import SHARED
from benchmarks.take_off.kept_surveys import Surveyed, path_of, surveyed
from benchmarks.take_off.names import NAMED, write_names
from benchmarks.take_off.peer import peer_table
from benchmarks.take_off.printed import printed
from benchmarks.take_off.protocol import TEST, Plan, Protocol, check, read_protocol
from benchmarks.take_off.result_tables import note_reading, write
from benchmarks.take_off.scoring import Scoring
from benchmarks.take_off.skill_corpora import SHIPPED, title_of

from firstlight.errors import FirstlightError
from firstlight.instruments.emergence.forecast import distribution
from firstlight.instruments.emergence.record.take_off import TARGETS, THREE_YEARS
from firstlight.store.code_version import code_version

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
CACHE = ROOT / ".cache" / "take_off"
SHIPPED_FILES = ("earlier_forecasts.parquet", "earlier_forecasts.json")


@dataclass(frozen=True)
class Asked:
    """What is to be scored, and the folders."""

    plans: Sequence[Plan]
    horizons: Sequence[int]
    shared: Path
    cache: Path
    results: Path


def main(arguments: Sequence[str]) -> int:
    """Score, print and write; 1 where something is amiss."""
    try:
        protocol = read_protocol()
        check(protocol)
        asked = _asked(arguments, protocol)
        print(f"protocol {protocol.sha256}\n", flush=True)
        of_three_years = {plan.name: _score(plan, asked, protocol) for plan in asked.plans}
        named = {
            name: scoring for name, scoring in of_three_years.items() if name in NAMED and scoring
        }
        if len(named) == len(NAMED):
            print(write_names(named, asked.results, protocol))
    except (FirstlightError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _asked(arguments: Sequence[str], protocol: Protocol) -> Asked:
    parser = argparse.ArgumentParser(
        prog="make skill", description="Score the forecasts under the frozen protocol."
    )
    parser.add_argument(
        "corpora", nargs="*", help=f"all of them unless given: {', '.join(protocol.plans)}"
    )
    parser.add_argument("--horizon", type=int, action="append", choices=sorted(TARGETS))
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder of the reference data")
    parser.add_argument(
        "--cache", type=Path, default=CACHE, help="folder that keeps the technologies of texts"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the tables")
    given = parser.parse_args(arguments)
    for name in given.corpora:
        if name not in protocol.plans:
            known = ", ".join(protocol.plans)
            raise RefusedError(
                f"no corpus {name!r}", where="make skill", try_next=f"use one of {known}"
            )
    plans = [protocol.plans[name] for name in given.corpora or protocol.plans]
    return Asked(plans, given.horizon or sorted(TARGETS), given.shared, given.cache, given.results)


def _score(plan: Plan, asked: Asked, protocol: Protocol) -> Scoring | None:
    """Score a corpus at every horizon, and return its scoring at three years if that is one of
    them."""
    started = time.monotonic()

    def say(line: str) -> None:
        print(
            f"{time.monotonic() - started:5.0f} s  {plan.name}: {line}", file=sys.stderr, flush=True
        )

    found = surveyed(plan, asked.shared, asked.cache, say)
    of_three_years = None
    for horizon in asked.horizons:
        scoring = Scoring(
            plan, found, TARGETS[horizon], plan.name if plan.name in SHIPPED else None
        )
        if not scoring.years:
            print(
                f"{plan.name}, {horizon} years: no forecast year has a known outcome\n", flush=True
            )
            continue
        about = _about(plan, found, asked, protocol)
        tables = tables_of(scoring, about)
        print(printed(title_of(plan.name), plan, horizon, tables), flush=True)
        write(tables, asked.results, protocol, plan.name, horizon)
        if plan.use == TEST:
            note_reading(asked.results, about, plan.name, datetime.date.today())
        say(f"{horizon} years scored")
        if horizon == THREE_YEARS.horizon:
            of_three_years = scoring
    return of_three_years


def tables_of(scoring: Scoring, about: Mapping[str, object]) -> dict[str, pl.DataFrame]:
    """Every table of a corpus at one horizon; the peer's label is of three years alone."""
    record = scoring.track_record()
    years = {
        "scored_from": scoring.years[0],
        "scored_to": scoring.years[-1],
        "years_count": len(scoring.years),
    }
    tables = {
        "record": record.record.drop("horizon"),
        "gains": record.gains,
        "leads": scoring.leads(),
        "universe": record.universe,
        "reliability": record.reliability,
        "bands": scoring.bands(),
        "calibration": scoring.calibration(),
        "years": scoring.by_year(),
        "corpora": pl.DataFrame([{**about, **years}]),
    }
    if scoring.target == THREE_YEARS:
        tables["peer"] = peer_table(scoring)
    return tables


def _about(plan: Plan, found: Surveyed, asked: Asked, protocol: Protocol) -> dict[str, object]:
    """What a result was made from."""
    folder = Path(distribution.__file__).parent
    shipped = hashlib.sha256(b"".join((folder / name).read_bytes() for name in SHIPPED_FILES))
    return {
        "title": title_of(plan.name),
        "kind": plan.kind,
        "use": plan.use,
        "text": found.text,
        "last_year": found.last_year,
        "file": plan.file,
        "file_sha256": hashlib.sha256(path_of(plan, asked.shared).read_bytes()).hexdigest(),
        "protocol_sha256": protocol.sha256,
        "code_version": code_version(),
        "earlier_forecasts_sha256": shipped.hexdigest(),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
