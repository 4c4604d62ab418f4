"""Files that people read change together: a run that is stopped at any step leaves the page of no
other run beside them, and the next one finishes."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firstlight.errors import StoreError
from firstlight.store.published import published

NO_PROCESS = 2**22 + 1  # beyond the largest number that Linux gives
TABLES = ("a.csv", "b.csv", "names.json")
STEPS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "open")


class Killed(BaseException):
    """What ends a run where SIGKILL would."""


class Steps:
    """Counts steps of the file system, and stops at one as a kill does: nothing is cleaned up."""

    seen, stop_at = 0, 0

    def __call__(self, event: str, given: tuple[object, ...]) -> None:
        if self.stop_at and event in STEPS and (event != "open" or given[1] != "r"):
            self.seen += 1
            if self.seen >= self.stop_at:
                raise Killed

    @contextmanager
    def killed_at(self, step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        self.seen, self.stop_at = 0, step
        try:
            yield
        except Killed:
            monkeypatch.setattr("firstlight.store.folder._TOKEN", f"{step:x}")  # another process
        finally:
            self.stop_at = 0


@pytest.fixture(scope="module")
def steps() -> Steps:
    counting = Steps()
    sys.addaudithook(counting)  # which stays, and sleeps
    return counting


def write(folder: Path, run: str, *tables: str) -> None:
    with published(folder, "tables/gone.csv", "tables/names.json", "page.html") as draft:
        (draft / "tables").mkdir()
        (draft / "tables" / "names.json").write_text(run)
        for name in tables:
            (draft / "tables" / f"{name}.csv").write_text(run)
        (draft / "page.html").write_text(run)


def shown(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    kept = {path.relative_to(folder).as_posix(): path.read_text() for path in files}
    return {name: text for name, text in kept.items() if not name.startswith(".publish")}


def test_what_is_written_replaces_what_was_there_and_the_rest_stays(tmp_path: Path) -> None:
    write(tmp_path, "1", "a", "gone")
    (tmp_path / "tables" / "mine.csv").write_text("mine")
    write(tmp_path, "2", "a", "b")
    assert shown(tmp_path) == {
        "page.html": "2",
        "tables/a.csv": "2",
        "tables/b.csv": "2",
        "tables/mine.csv": "mine",
        "tables/names.json": "2",
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "tables"]


def test_a_kill_at_any_step_shows_one_run_or_no_page(
    tmp_path: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = set[str | None]()
    for step in range(1, 200):
        folder = tmp_path / str(step)
        write(folder, "1", "a", "b", "gone")
        with steps.killed_at(step, monkeypatch):
            write(folder, "2", "a", "b")
        now = shown(folder)
        page = now.pop("page.html", None)
        states.add(page)
        assert page is None or (len(now) > 2 and set(now.values()) == {page}), step
        write(folder, "2", "a", "b")
        assert set(shown(folder)) == {"page.html", *(f"tables/{name}" for name in TABLES)}
        assert set(shown(folder).values()) == {"2"}
        assert sorted(path.name for path in folder.iterdir()) == ["page.html", "tables"]
        if steps.seen < step:
            break
    assert states == {"1", None, "2"} and step < 199


def test_what_a_kill_left_on_its_way_is_brought_there_by_a_run_that_writes_else(
    tmp_path: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished = 0
    for step in range(1, 60):
        folder = tmp_path / str(step)
        write(folder, "1", "a")
        with steps.killed_at(step, monkeypatch):
            write(folder, "2", "a")
        if "page.html" in shown(folder):
            continue
        with published(folder) as draft:
            (draft / "other.html").write_text("other")
        now = shown(folder)
        assert now.pop("other.html") == "other" and set(now.values()) == {"2"} and len(now) == 3
        finished += 1
    assert finished > 1


@pytest.mark.skipif(os.name != "posix", reason="elsewhere it can't be asked whether a process runs")
def test_drafts_of_runs_that_are_gone_are_swept(tmp_path: Path) -> None:
    with published(tmp_path) as draft:
        host = draft.name.split(".")[2]
        left = tmp_path / f".publishing.{host}.{NO_PROCESS}.0f0f.0"
        running = tmp_path / f".publishing.{host}.{os.getppid()}.0f0f.0"
        for folder in (left, running):
            folder.mkdir()
    assert [path.name for path in tmp_path.iterdir()] == [running.name]


def test_two_runs_at_once_come_one_after_the_other(tmp_path: Path) -> None:
    def many(run: str) -> None:
        for _ in range(20):
            write(tmp_path, run, *"abcdefgh")

    threads = [threading.Thread(target=many, args=(run,)) for run in "12"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shown(tmp_path)) == 10 and len(set(shown(tmp_path).values())) == 1


def test_a_file_that_cannot_be_replaced_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.html").mkdir()
    with pytest.raises(StoreError) as refused:
        write(tmp_path, "1", "a")
    assert str(tmp_path) in refused.value.where
