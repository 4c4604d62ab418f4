"""A run that is killed at any moment leaves a readable catalogue, and the next run finishes the
work as if nothing happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

import take_off_corpus as made
from firstlight.catalogue import Catalogue
from firstlight.run.observing import observe, open_observation

AS_OF = 2014
STAGES = ("technologies: 2011", "record", "description")
PROGRAM = """
import sys, time
from firstlight.run.observing import observe

def tell(line):
    print(line, flush=True)
    if line == sys.argv[4]:  # however fast the machine, the kill comes first
        time.sleep(600)

observe(sys.argv[1], as_of=int(sys.argv[2]), project=sys.argv[3], progress=tell)
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")


def killed_at(stage: str, path: Path, kept: Path) -> None:
    """A run that is killed within a stage."""
    words = [sys.executable, "-c", PROGRAM, str(path), str(AS_OF), str(kept), stage]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line.strip())
        if said[-1] == stage:
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL and said[-1] == stage, said


@pytest.mark.slow
def test_killed_runs_lose_nothing(tmp_path: Path) -> None:
    path, kept, calm = tmp_path / "papers.parquet", tmp_path / "kept", tmp_path / "calm"
    made.corpus().write_parquet(path)
    undisturbed = observe(path, as_of=AS_OF, project=calm)
    whole = Catalogue.open(calm, reading=True).results().height
    finished = []
    for stage in STAGES:
        killed_at(stage, path, kept)
        finished.append(readable(kept))
    assert finished == sorted(set(finished)), (
        "what was finished is used again, and each run got further"
    )
    assert finished[0] > 0 and finished[-1] == whole - 1, "all but the observation itself"
    observe(path, as_of=AS_OF, project=kept)
    again = open_observation(kept)
    assert again.facts["results"] == undisturbed.facts["results"]
    assert set(again.tables) == set(undisturbed.tables)
    for name, table in undisturbed.tables.items():
        assert_frame_equal(table, again.tables[name], check_exact=True)
    assert not any((kept / "catalogue" / ".unfinished").iterdir())


def readable(kept: Path) -> int:
    """How many results the catalogue lists; each is whole to the last byte."""
    catalogue = Catalogue.open(kept, reading=True)
    listed = catalogue.results()
    assert listed["note"].drop_nulls().filter(listed["note"].drop_nulls() != "").to_list() == []
    for key in listed["key"]:
        result = catalogue.find(key)
        assert catalogue.verify(result) == ()
        for name in result.tables:
            catalogue.table(result, name, verify=True)
    return listed.height
