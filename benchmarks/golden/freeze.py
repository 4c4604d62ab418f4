"""Freeze every table of the cases, so that a rebuilt program can be compared with it number by
number.

python -m benchmarks.golden.freeze FOLDER [--only PATTERN]   writes FOLDER/<case>/<table>.parquet

What is written in words (sentences, conventions, notes) goes to FOLDER/<case>/texts.json, to be
read and not judged; of sentences, notes and warnings the codes are judged.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from benchmarks.golden.cases import OBSERVE, Case, all_cases

import firstlight as fl

WORDS = (
    "sentences",
    "conventions",
    "notes",
)  # of these only what `CODES` names is frozen as a table
CODES = ("code", "severity")
LEFT_OUT = ("columns",)  # what columns are called
NOTES = {"code": pl.String, "severity": pl.String}
OF_A_RUN = (
    "results",
    "inputs",
    "code_version",
    "mapping",
)  # facts that tell keys, hashes and paths
TEXTS = "texts.json"
# how a case can fail; whatever else is raised ends the run
FAILURES = (
    fl.FirstlightError,
    pl.exceptions.PolarsError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


def tables_of(case: Case) -> tuple[Mapping[str, pl.DataFrame], dict[str, Any]]:
    """Every table of a case, computed in a project of its own; and summaries in both languages and
    facts."""
    with TemporaryDirectory() as project:
        if case.measurement == OBSERVE:
            found: Any = fl.observe(
                case.table(), columns=case.columns or None, project=project, **case.choices()
            )
        else:
            found = fl.measure(
                case.measurement,
                case.table(),
                columns=case.columns or None,
                project=project,
                **case.choices(),
            )
        said = {lang: found.summary(lang).splitlines() for lang in ("en", "zh")}
        facts = {name: fact for name, fact in found.facts.items() if name not in OF_A_RUN}
        tables = dict(found.tables)
        if isinstance(found, fl.Result) and not isinstance(found, fl.Observation):
            tables |= coded(found)
        return tables, {"summary": said, "facts": facts}


def coded(result: fl.Result) -> dict[str, pl.DataFrame]:
    """The codes of what a result says and notes, as the tables in which they once stood."""
    notes = ["invented"] if result.facts["is_sample"] else []
    notes += ["reading" for _ in result.facts["notes"]]
    return {
        "sentences": pl.DataFrame({"code": [given.code for given in result.said]}),
        "notes": pl.DataFrame({"code": notes, "severity": ["note"] * len(notes)}, schema=NOTES),
    }


def apart(
    tables: Mapping[str, pl.DataFrame],
) -> tuple[dict[str, pl.DataFrame], dict[str, list[dict[str, Any]]]]:
    """Tables to be judged, and rows of words that are not."""
    judged, words = dict[str, pl.DataFrame](), dict[str, list[dict[str, Any]]]()
    for name, table in tables.items():
        if name in WORDS:
            words[name] = table.to_dicts()
            table = table.select(own for own in CODES if own in table.columns)
        if name not in LEFT_OUT and table.width:
            judged[name] = table
    return judged, words


def empty(folder: Path) -> None:
    """Remove what an earlier freeze has left of a case, so that nothing of it is taken for new."""
    for old in (*folder.glob("*.parquet"), *folder.glob(TEXTS)):
        old.unlink()


def write(folder: Path, tables: Mapping[str, pl.DataFrame], told: Mapping[str, Any]) -> int:
    """Write a case's tables and texts in the place of what was there; the number of bytes of its
    tables."""
    empty(folder)
    folder.mkdir(parents=True, exist_ok=True)
    judged, words = apart(tables)
    for name, table in judged.items():
        table.write_parquet(folder / f"{name}.parquet", compression="zstd")
    texts = json.dumps({**told, **words}, ensure_ascii=False, indent=1, default=str)
    (folder / TEXTS).write_text(texts + "\n", encoding="utf-8")
    return sum(path.stat().st_size for path in folder.glob("*.parquet"))


def freeze(folder: Path, cases: list[Case]) -> list[str]:
    """Run the cases one after the other, a line each; the ids of those that failed."""
    failed, size, begun = list[str](), 0, time.perf_counter()
    for number, case in enumerate(cases, 1):
        since = time.perf_counter()
        empty(folder / case.id)
        try:
            tables, told = tables_of(case)
            written = write(folder / case.id, tables, told)
        except (
            FAILURES
        ) as error:  # the others are frozen all the same; it is named here and at the end
            traceback.print_exc()
            failed.append(case.id)
            line = f"FAILED: {error}"
        else:
            size += written
            rows = sum(table.height for table in tables.values())
            line = f"{len(tables)} tables, {rows} rows, {written / 1000:.0f} kB"
        seconds = time.perf_counter() - since
        print(f"{number} of {len(cases)}  {case.id}: {line}, {seconds:.1f} s", flush=True)
    print(
        f"{len(cases) - len(failed)} of {len(cases)} cases, {size / 1e6:.2f} MB, {time.perf_counter() - begun:.0f} s"
    )
    return failed


def main() -> None:
    """Exit status 1 where a case failed, or where no case has such an id."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.golden.freeze", description=__doc__.split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--only", default="*", metavar="PATTERN", help="cases to run, such as 'productivity*'"
    )
    given = parser.parse_args()
    cases = [case for case in all_cases() if fnmatch.fnmatchcase(case.id, given.only)]
    if not cases:
        raise SystemExit(f"no case is like {given.only!r}")
    if failed := freeze(given.folder, cases):
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
