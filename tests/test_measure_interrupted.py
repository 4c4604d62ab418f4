"""A measurement that is stopped half-way: nothing half-written, and the next run solves only what
is left, to the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import polars as pl
import pytest
from benchmarks.planted.firms import made_up_firms
from benchmarks.planted.regions import made_up_regions
from polars.testing import assert_frame_equal

import firstlight as fl
from firstlight.catalogue import Catalogue
from firstlight.cli import main
from firstlight.errors import StoreError
from firstlight.instruments.productivity.frontiers import distance_functions
from firstlight.instruments.productivity.second_stage_regression import second_stage
from firstlight.numerics import linear_programmes
from firstlight.numerics.linear_programmes import solve_programmes
from firstlight.numerics.solution_memory import remembering
from firstlight.run import measured as measured_run
from firstlight.store import begun as begun_file
from firstlight.store.begun import begun
from firstlight.texts import Count, Name, message

ASKED = {
    "inputs": "staff,spending",
    "outputs": "patents",
    "replications": 40,
}
ROWS = made_up_regions(12, 3).select("unit", "year", "staff", "spending", "patents")


class Counted:
    """Solves as before, counts, and stops at a call as Ctrl-C or another error would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls, self.stop_at = 0, 0
        self.error: BaseException | type[BaseException] = KeyboardInterrupt
        self.real = linear_programmes._with_rows
        monkeypatch.setattr(linear_programmes, "_with_rows", self)

    def __call__(self, given: Any) -> Any:
        self.calls += 1
        if self.calls == self.stop_at:
            raise self.error
        return self.real(given)


@pytest.fixture
def solver(monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setattr(distance_functions, "FEW_UNITS", 0)  # each replication is a call
    return Counted(monkeypatch)


def left(folder: Path) -> list[Path]:
    return sorted((folder / "catalogue" / measured_run.BEGUN).rglob("*.begun"))


def measured(folder: Path, **more: Any) -> Any:
    return fl.measure("efficiency_intervals", ROWS, project=folder, **{**ASKED, **more})


@pytest.mark.slow
def test_a_run_that_was_interrupted_goes_on_where_it_stopped(
    tmp_path: Path, solver: Counted
) -> None:
    calm = measured(tmp_path / "calm").frame
    whole, said = solver.calls, list[str]()
    assert whole > 3 * 40 and not left(tmp_path / "calm")
    kept = tmp_path / "kept"
    for stop_at in (50, 30):
        solver.calls, solver.stop_at = 0, stop_at
        with pytest.raises(KeyboardInterrupt):
            measured(kept)
        assert (
            Catalogue.open(kept).results().filter(pl.col("name") == "efficiency_intervals").height
            == 0
        )
    assert len(left(kept)) == 2
    solver.calls, solver.stop_at = 0, 0
    again = measured(kept, progress=said.append)
    assert solver.calls == whole - 49 - 29 and any("going on" in line for line in said)
    assert_frame_equal(again.frame, calm, check_exact=True)
    assert (
        not left(kept)
        and not (kept / "catalogue" / measured_run.BEGUN / "efficiency_intervals").exists()
    )


@pytest.mark.slow
def test_more_replications_use_those_that_are_there(tmp_path: Path, solver: Counted) -> None:
    solver.stop_at = 60
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path, replications=80)
    solver.calls, solver.stop_at = 0, 0
    said: list[str] = []
    measured(tmp_path, replications=40, progress=said.append)
    assert (
        0 < solver.calls < 3 * 40 - 30
    )  # the draws of the first year are the same, whatever their number
    assert not any("going on" in line for line in said)  # another run was interrupted, not this one


@pytest.mark.slow
def test_another_measurement_that_ends_leaves_what_is_kept(tmp_path: Path, solver: Counted) -> None:
    solver.stop_at = 60
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path, replications=80)
    solver.stop_at = 0
    measured(tmp_path)
    fl.measure("efficiency", ROWS.with_columns(pl.col("patents") * 2), project=tmp_path, inputs="staff", outputs="patents")  # fmt: skip
    assert left(tmp_path)
    solver.calls, said = 0, list[str]()
    measured(tmp_path, replications=80, progress=said.append)
    assert solver.calls < 3 * 81 - 59 + 3 and any("going on" in line for line in said)
    assert (
        not left(tmp_path)
        and not (tmp_path / "catalogue" / measured_run.BEGUN / "efficiency_intervals").exists()
    )


@pytest.mark.parametrize("error", [StoreError(message("no_rows", table=Name("x"))), MemoryError()])
@pytest.mark.slow
def test_a_full_disk_or_memory_loses_nothing(
    tmp_path: Path, solver: Counted, error: Exception
) -> None:
    solver.stop_at, solver.error = 60, error
    with pytest.raises(type(error)):
        measured(tmp_path)
    assert left(tmp_path)
    solver.calls, solver.stop_at = 0, 0
    measured(tmp_path)
    assert 0 < solver.calls < 3 * 41 - 50 and not left(tmp_path)


@pytest.mark.slow
def test_what_a_kill_cut_short_or_the_disk_changed_is_solved_again(
    tmp_path: Path, solver: Counted
) -> None:
    calm = measured(tmp_path / "calm").frame
    whole, kept = solver.calls, tmp_path / "kept"
    solver.calls, solver.stop_at = 0, 80
    with pytest.raises(KeyboardInterrupt):
        measured(kept)
    (path,) = left(kept)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content[:-5])
    solver.calls, solver.stop_at = 0, 0
    assert_frame_equal(measured(kept).frame, calm, check_exact=True)
    assert whole - 79 < solver.calls < whole


@pytest.mark.slow
def test_an_error_leaves_nothing_and_another_version_uses_nothing(
    tmp_path: Path, solver: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver.stop_at, solver.error = 50, ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        measured(tmp_path)
    assert not left(tmp_path)
    solver.calls, solver.error = 0, KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path)
    monkeypatch.setattr(measured_run, "code_version", lambda *_: "another")
    solver.calls, solver.stop_at = 0, 0
    measured(tmp_path)
    assert solver.calls > 3 * 40 and not left(tmp_path)


def test_a_run_goes_on_when_another_one_ends_and_removes_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, key, other = tmp_path / "measured", b"k" * 16, b"o" * 16
    with begun(folder, "1", "a") as one:
        one[key] = b"found"
        assert one.get(key) == b"found"
        with begun(folder, "1", "a") as another:
            assert another.get(key) == b"found"
        assert one.get(key) is None  # solved again
        one[other] = b"also"
    real, made = Path.mkdir, list[Path]()

    def removed_at_once(self: Path, *given: Any, **more: Any) -> None:
        real(self, *given, **more)
        made.append(self)
        if len(made) == 1:
            self.rmdir()

    monkeypatch.setattr(Path, "mkdir", removed_at_once)
    with begun(folder, "1", "a") as one:
        one[key] = b"found"
        assert one.get(key) == b"found"
    assert not folder.exists()


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(begun_file.Path, "mkdir", full)
    with pytest.raises(StoreError, match="disk is full"), begun(tmp_path / "x", "1", "a") as found:
        found[b"k" * 16] = b"v"


def test_a_remembered_solution_is_the_same_bytes() -> None:
    memory: dict[bytes, bytes] = {}
    given = (
        [[1.0, 2.0, 1.5], [3.0, 1.0, 2.0]],
        [[[1.0], [0.0]], [[0.5], [0.0]]],
        [[4.0, 1.0], [2.0, 3.0]],
    )
    with remembering(memory):
        first, second = (solve_programmes(*given, [[9.0, 9.0]] * 2, [[1.0]] * 2) for _ in range(2))
        other = solve_programmes(*given, [[9.0, 8.0]] * 2, [[1.0]] * 2)
    assert len(memory) == 2 and other.value.shape == (2,)
    for name in ("status", "value", "own", "duals"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()
    assert (first.shared != second.shared).nnz == 0 and first.shared.dtype == second.shared.dtype
    solve_programmes(*given, [[9.0, 7.0]] * 2, [[1.0]] * 2)
    assert len(memory) == 2  # outside of the block nothing is remembered


def test_draws_of_firms_that_were_cut_short_are_not_kept_as_all(tmp_path: Path) -> None:
    def stop(line: str) -> None:
        if "8 of 20" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fl.measure("firms", project=tmp_path, replications=20, progress=stop)
    assert Catalogue.open(tmp_path).results().filter(pl.col("name") == "firms").height == 0
    whole = fl.measure("firms", project=tmp_path, replications=20)
    assert Count(20) in [value for given in whole.conventions for value in given.values.values()]


@pytest.mark.slow
def test_ctrl_c_says_what_to_do(
    tmp_path: Path,
    solver: Counted,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    ROWS.write_csv("panel.csv")
    words = [
        "measure",
        "efficiency_intervals",
        "panel.csv",
        *(f"--{name}={value}" for name, value in ASKED.items()),
    ]
    solver.stop_at = 50
    assert main(words) == 130 and "run the same command again" in capsys.readouterr().err
    assert (
        left(tmp_path / "observatory")
        and not (tmp_path / "observatory" / "efficiency_intervals.html").exists()
    )
    solver.calls, solver.stop_at = 0, 0
    assert (
        main(words) == 0
        and solver.calls < 3 * 40
        and (tmp_path / "observatory" / "efficiency_intervals.html").exists()
    )


def of_places() -> pl.DataFrame:
    """Twelve places that take up activities one after the other, over three years."""
    random = np.random.default_rng(0)
    level = random.gamma(0.5, 40, (12, 10))
    rows = []
    for year in range(2010, 2013):
        level = level * np.exp(random.normal(0, 0.5, level.shape))
        amounts = np.floor(level)
        rows += [
            (f"p{p}", f"a{a}", year, amounts[p, a])
            for p, a in zip(*np.nonzero(amounts), strict=True)
        ]
    return pl.DataFrame(rows, ["place", "activity", "year", "value"], orient="row")


def of_a_technology() -> pl.DataFrame:
    years = np.arange(2000, 2012)
    values = (
        100
        / (1 + np.exp(-0.5 * (years - 2006)))
        * np.exp(np.random.default_rng(0).normal(0, 0.05, years.size))
    )
    return pl.DataFrame({"technology": "a", "year": years, "value": values})


FIRMS = {"output": "y", "free": "l", "state": "k", "log": "no", "replications": 12}
DRIVEN = {name: ASKED[name] for name in ("inputs", "outputs")}
FRONTIER = {"output": "patents", "inputs": "staff,spending", "model": "true_random"}
LONG: dict[str, tuple[str, Callable[[], pl.DataFrame] | None, dict[str, Any]]] = {
    "olley_pakes": ("firms", lambda: made_up_firms(60, 5), {**FIRMS, "proxy": "i", "method": "op"}),
    "levinsohn_petrin": (
        "firms",
        lambda: made_up_firms(60, 5),
        {**FIRMS, "proxy": "m", "method": "lp"},
    ),
    "ackerberg_caves_frazer": (
        "firms",
        lambda: made_up_firms(60, 5),
        {**FIRMS, "proxy": "m", "method": "acf"},
    ),
    "efficiency_drivers": (
        "efficiency_drivers",
        lambda: made_up_regions(30, 2),
        {**DRIVEN, "drivers": "openness", "replications": 100},
    ),
    "frontier": ("frontier", lambda: made_up_regions(20, 4), FRONTIER),
    "attribution": (
        "attribution",
        None,
        {"result": "result", "factors": "people,quality", "replications": 30},
    ),
    "contribution": ("contribution", None, {"draws": 100}),
    "growth": ("growth", of_a_technology, {}),
    "border": ("border", None, {}),
    "opportunities": ("opportunities", of_places, {"horizon": 1}),
}


class Stopped:
    """Counts what is put into the memory, and stops after one of them as Ctrl-C would; 0 stops
    never. What other threads find
    from then on is not kept, as if the process had ended: how much they would still do hangs on the
    machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.puts, self.stop_after = 0, 0
        real, one_at_a_time = begun_file.Begun.__setitem__, Lock()

        def put(kept: begun_file.Begun, key: bytes, value: bytes) -> None:
            with one_at_a_time:
                if not self.stop_after or self.puts < self.stop_after:
                    real(kept, key, value)
                    self.puts += 1
                if self.puts == self.stop_after:
                    raise KeyboardInterrupt

        monkeypatch.setattr(begun_file.Begun, "__setitem__", put)


@pytest.mark.parametrize("name", LONG)
@pytest.mark.slow
def test_long_work_goes_on_to_the_same_bytes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_stage, "NUMBERS_AT_ONCE", 600)  # blocks of few replications
    measure, table, options = LONG[name]
    rows, work, said = table() if table else None, Stopped(monkeypatch), list[str]()
    calm = fl.measure(measure, rows, project=tmp_path / "calm", **options).tables
    whole, done = work.puts, 0
    assert whole > 1
    for stop_after in (whole // 2, 1):
        work.puts, work.stop_after = 0, stop_after
        with pytest.raises(KeyboardInterrupt):
            fl.measure(measure, rows, project=tmp_path / "kept", **options)
        done += work.puts
    work.puts, work.stop_after = 0, 0
    again = fl.measure(
        measure, rows, project=tmp_path / "kept", progress=said.append, **options
    ).tables
    assert work.puts == whole - done and any("going on" in line for line in said)
    assert any(
        line.startswith("measuring: ") and "going on" not in line for line in said
    )  # it says how far it is
    assert calm.keys() == again.keys()
    for each in calm:
        assert_frame_equal(calm[each], again[each], check_exact=True)
    assert not left(tmp_path / "kept")


def kill_once_kept(command: list[str], kept: Path, size: int) -> None:
    """Run a command and kill it once more than so many bytes of what it found are kept."""
    process = subprocess.Popen([*command, "--project", str(kept)], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 300
    while time.monotonic() < until and not any(path.stat().st_size > size for path in left(kept)):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
@pytest.mark.slow
def test_draws_of_firms_outlive_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, kept = tmp_path / "firms.csv", tmp_path / "kept"
    made_up_firms(60, 5).write_csv(source)
    asked = {**FIRMS, "proxy": "m", "method": "acf"}
    words = [f"--{name}={value}" for name, value in {**asked, "replications": 10_000}.items()]
    program = [sys.executable, "-m", "firstlight", "measure", "firms", str(source)]
    kill_once_kept([*program, *words], kept, 2_000)
    work = Stopped(monkeypatch)
    calm = fl.measure("firms", str(source), project=tmp_path / "calm", **asked).tables
    whole, work.puts = work.puts, 0
    again = fl.measure("firms", str(source), project=kept, **asked).tables
    assert whole == 12 and work.puts < whole and left(kept)  # of the run that asked for more
    for each in calm:
        assert_frame_equal(calm[each], again[each], check_exact=True)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
@pytest.mark.slow
def test_a_killed_process_keeps_what_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    ROWS.write_csv(tmp_path / "panel.csv")
    words = [f"--{name}={value}" for name, value in {**ASKED, "replications": 2000}.items()]
    program = [
        sys.executable,
        "-m",
        "firstlight",
        "measure",
        "efficiency_intervals",
        str(tmp_path / "panel.csv"),
    ]
    kill_once_kept([*program, *words], kept, 50_000)
    source, solver, asked = (
        str(tmp_path / "panel.csv"),
        Counted(monkeypatch),
        {**ASKED, "replications": 100},
    )
    fl.measure("efficiency_intervals", source, project=tmp_path / "calm", **asked)
    whole, solver.calls = solver.calls, 0
    fl.measure("efficiency_intervals", source, project=kept, **asked)
    assert solver.calls < whole and left(kept)  # of the run that asked for more
