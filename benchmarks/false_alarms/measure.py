"""False alarms of every test, made up and counted.

python -m benchmarks.false_alarms.measure [TEST ...]   (a quarter of an hour; of the tests that are
named, or of all; writes benchmarks/results/false_alarms.csv, other rows staying as they are, and
both pages of the documentation)
"""

from __future__ import annotations

import os
import sys
import zlib
from pathlib import Path
from typing import Any

# small matrices: more threads only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import polars as pl
from benchmarks.false_alarms.cases import Case, every_case
from benchmarks.false_alarms.pages import write_pages

from firstlight.numerics.distributions import beta_quantile

RESULTS = Path(__file__).parents[1] / "results" / "false_alarms.csv"
KEYS = ("test", "null", "size")


def measured(case: Case) -> dict[str, Any]:
    """A row: how often, with the interval of Clopper and Pearson (95%)."""
    named = f"{case.test} {case.null} {case.size}"
    random = np.random.default_rng(zlib.crc32(named.encode()))
    alarms = sum(bool(case.is_alarm(own)) for own in random.spawn(case.runs))
    n = case.runs
    return {
        "test": case.test,
        "null": case.null,
        "size": case.size,
        "stated_share": case.level,
        "runs_count": n,
        "alarms_count": alarms,
        "measured_share": round(alarms / n, 4),
        "low_share": round(float(beta_quantile(0.025, max(alarms, 1e-9), n - alarms + 1)), 4),
        "high_share": round(float(beta_quantile(0.975, alarms + 1, max(n - alarms, 1e-9))), 4),
    }


def main() -> None:
    """Measure, and write the table and the pages."""
    asked, rows = set(sys.argv[1:]), list[dict[str, Any]]()
    known = dict[tuple[str, ...], dict[str, Any]]()
    if RESULTS.exists():
        before = pl.read_csv(RESULTS, schema_overrides={"size": pl.String})
        known = {tuple(row[key] for key in KEYS): row for row in before.iter_rows(named=True)}
    for case in every_case():
        key = case.test, case.null, case.size
        is_kept = bool(asked) and case.test not in asked and key in known
        rows.append(known[key] if is_kept else measured(case))
        print(*rows[-1].values(), file=sys.stderr, flush=True)
    pl.DataFrame(rows).write_csv(RESULTS)
    write_pages(pl.DataFrame(rows))


if __name__ == "__main__":
    main()
