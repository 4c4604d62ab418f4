"""Inputs that were searched for: none ends in a traceback, a hang or an imbalance of rows."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from firstlight.errors import FirstlightError
from fuzz.targets import PLANTED, TARGETS, csv_rows, json_rows

CASES = Path(__file__).parent / "cases"
KEPT = sorted(path for path in CASES.glob("*/*") if path.is_file())
QUICK = ("encoding", "manifest", "outlines", "project")  # readers that make no table
QUICK_SHARE = 0.17  # of all inputs that each of these is given; the others share the rest alike


def _checked(target: str, data: bytes) -> None:
    try:
        TARGETS[target].check(data)
    except FirstlightError as error:
        assert error.told("en") and error.told("zh")


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_found_once_stays_mended(path: Path) -> None:
    _checked(path.parent.name, path.read_bytes())


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_what_the_search_starts_from_is_read(target: str) -> None:
    is_read = []
    for seed in TARGETS[target].seeds:
        try:
            TARGETS[target].check(seed)
        except FirstlightError as error:
            assert error.told("en") and error.told("zh")
        else:
            is_read.append(seed)
    assert is_read


def test_rows_are_counted_by_other_means_where_a_file_is_well_formed() -> None:
    assert csv_rows(b'a,b\n1,"x\ny"\n\n2,z\n') == 2
    assert csv_rows(b"a;b\n1;2\n") == 1
    assert [csv_rows(data) for data in (b"a,b\n1\n", b'a,b\n1,"x', b"a,b\n\xff,1\n", b"")] == [
        None
    ] * 4
    assert json_rows(b'{"a": 1}\n\n{"a": 2}\n') == 2
    assert [json_rows(data) for data in (b"[1]\n", b'{"data": []}\n{}\n', b"{")] == [None] * 3


def inputs_of(target: str, count: int) -> int:
    """The inputs of a target, of so many for all targets together."""
    if target in QUICK:
        return int(count * QUICK_SHARE)
    rest = count - len(QUICK) * int(count * QUICK_SHARE)
    return -(-rest // (len(TARGETS) - len(QUICK)))


def test_the_inputs_of_all_targets_are_those_asked_for() -> None:
    total = sum(inputs_of(target, 100_000) for target in TARGETS)
    assert 100_000 <= total < 100_000 + len(TARGETS)


def _searched(target: str, count: int, seed: int, folder: Path) -> subprocess.CompletedProcess[str]:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed, or has no wheel for this system")
    options = {"--inputs": str(count), "--seed": str(seed), "--to": str(folder)}
    written = [part for pair in options.items() for part in pair]
    roots = [str(Path(__file__).parents[1]), *filter(None, sys.path)]
    return subprocess.run(
        [sys.executable, "-m", "fuzz.search", target, *written],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(roots)},
        capture_output=True,
        text=True,
        errors="replace",
    )


@pytest.mark.slow
def test_a_planted_fault_is_found(tmp_path: Path) -> None:
    _searched("planted", 5000, 0, tmp_path)
    (told,) = (tmp_path / "faults").glob("*.txt")
    assert told.read_text(encoding="utf-8").startswith("TypeError planted.py")
    with pytest.raises(TypeError):
        PLANTED.check(told.with_suffix("").read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("target", sorted(TARGETS))
def test_no_input_ends_in_a_traceback(
    target: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    count = inputs_of(target, pytestconfig.getoption("--fuzz-inputs"))
    done = _searched(target, count, pytestconfig.getoption("--fuzz-seed"), tmp_path)
    said = done.stderr.splitlines()
    found = sorted((tmp_path / "faults").glob("*"))
    told = [path.read_text(encoding="utf-8") for path in found if path.suffix == ".txt"]
    assert not found, f"inputs to keep under tests/fuzz/cases/{target}: {found}\n" + "\n".join(told)
    assert done.returncode == 0, "\n".join(said[-20:])
    assert f"stat::number_of_executed_units: {count}" in said
