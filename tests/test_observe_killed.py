"""A run that is killed at any moment leaves a readable catalogue, and the next run finishes the work as if nothing happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from firstlight.catalogue import Catalogue
from firstlight.observe import observe, open_sky
from firstlight.sample.planted import planted_corpus

KILLS, AS_OF = 6, 2014
PROGRAM = """
import sys, time
from firstlight.observe import observe

def tell(line):
    print(line, flush=True)
    if line == "forecasts" and sys.argv[4] == "killed":
        time.sleep(600)

observe(sys.argv[1], as_of=int(sys.argv[2]), project=sys.argv[3], progress=tell)
print("done", flush=True)
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")


def started(path: Path, kept: Path, end: str) -> subprocess.Popen[str]:
    """A run that finishes, or that waits in its last step to be "killed", however fast the machine."""
    words = [sys.executable, "-c", PROGRAM, str(path), str(AS_OF), str(kept), end]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_killed_runs_lose_nothing(tmp_path: Path) -> None:
    path, kept, calm = tmp_path / "papers.parquet", tmp_path / "kept", tmp_path / "calm"
    made = planted_corpus(technologies=12, years=(2004, 2015), documents_per_year=(700, 700), seed=2)
    made.documents.drop("year").write_parquet(path)
    undisturbed = observe(path, as_of=AS_OF, project=calm)
    moments, grown = random.Random(7), []
    for attempt in range(KILLS):
        process = started(path, kept, "killed")
        for _ in range(1 + attempt % 3 * 3):  # steps into the run, as it tells them
            if first_line(process) == "forecasts\n":
                break
        time.sleep(moments.uniform(0.0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        grown.append(_readable(kept))
    assert grown == sorted(grown)  # nothing that was finished is lost
    whole = Catalogue.open(calm, reading=True).results().height
    assert any(0 < kept_so_far < whole for kept_so_far in grown)  # some were stopped half-way
    last = started(path, kept, "finished")
    said, _ = last.communicate(timeout=600)
    assert last.returncode == 0 and said.endswith("done\n"), said
    finished = open_sky(kept)
    assert set(finished.tables) == set(undisturbed.tables)
    for name, table in undisturbed.tables.items():
        assert_frame_equal(table, finished.tables[name], check_exact=True)
    assert finished.facts["results"]["observation"] == undisturbed.facts["results"]["observation"]
    assert not any((kept / "catalogue" / ".unfinished").iterdir())


def _readable(kept: Path) -> int:
    """How many Results the catalogue lists; each is whole to the last byte."""
    if not (kept / "catalogue").is_dir():
        return 0
    catalogue = Catalogue.open(kept, reading=True)
    listed = catalogue.results()
    assert listed["note"].drop_nulls().filter(listed["note"].drop_nulls() != "").to_list() == []
    for key in listed["key"]:
        result = catalogue.find(key)
        assert catalogue.verify(result) == ()
        for name in result.tables:
            catalogue.table(result, name, verify=True)
    return listed.height
