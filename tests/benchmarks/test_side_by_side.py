"""Side by side: what a command spends is measured by process, and a failure is no ratio."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from benchmarks.refused import RefusedError
from benchmarks.side_by_side import commands, ratios, run


def tree(folder: Path, name: str, megabytes: int) -> Path:
    """A tree whose one program holds so much memory."""
    own = folder / name
    own.mkdir()
    (own / "job.py").write_text(f"held = b'x' * {megabytes * 1_000_000}\n", encoding="utf-8")
    return own


def test_a_peak_is_that_of_the_command(tmp_path: Path) -> None:
    assert run(tree(tmp_path, "large", 400), ["-m", "job"]).peak > 400


def test_a_tree_beside_itself(tmp_path: Path) -> None:
    command = ["-c", "sum(range(3_000_000)); import sys, os; os.mkdir(sys.argv[1])", "{new}"]
    processor, peak, _ = ratios(tree(tmp_path, "earlier", 1), command, 2, tmp_path)
    assert 0.2 < processor < 5 and peak == pytest.approx(1, abs=0.1)
    assert not list(tmp_path.glob("*/new"))


def test_a_command_that_fails_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no such thing"):
        run(tmp_path, ["-c", "raise SystemExit('no such thing')"])


def test_every_workload_names_a_program_that_is_here(tmp_path: Path) -> None:
    parts = ["starting", "measure", "RCA", "envelopment", "slacks", "indices", "that ship"]
    found = commands(parts, tmp_path)
    assert len(found) > 10
    for words in found.values():
        assert words[0] == "-m" and importlib.util.find_spec(words[1]) is not None
    with pytest.raises(RefusedError, match="no workload"):
        commands(["no such part"], tmp_path)
