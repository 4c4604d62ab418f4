"""Folders appear whole or not at all, and what the dead leave behind is swept."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from firstlight.errors import StoreError
from firstlight.store import folder as folders


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EACCES, "can't be written"),
        (errno.EROFS, "can't be written"),
        (errno.ENOTDIR, "can't be used"),
    ],
)
def test_the_systems_errors_are_told_apart(code: int, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught, folders.disk_errors(Path("here")):
        raise OSError(code, os.strerror(code))
    assert caught.value.where == "here"
    assert caught.value.try_next


def test_scratch_leaves_nothing_even_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), folders.scratch(tmp_path) as folder:
        (folder / "half").write_text("x")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_sweep_takes_the_dead_and_spares_the_living(tmp_path: Path) -> None:
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    host, pid, token, _ = _name_of_scratch(tmp_path)
    parent = os.getppid()
    spared = {f"{host}.{parent}.other.0", f"{host}.{pid}.{token}.99", "elsewhere.1.other.0"}
    swept = {f"{host}.{dead}.other.0", f"{host}.{pid}.0ther.0", "elsewhere.2.other.0"}
    for name in spared | swept:
        (tmp_path / name).mkdir()
        (tmp_path / name / "half.parquet").write_bytes(b"x")
    os.utime(tmp_path / "elsewhere.2.other.0", (0, 0))
    assert set(folders.sweep(tmp_path)) == swept
    assert {folder.name for folder in tmp_path.iterdir()} == spared
    assert folders.sweep(tmp_path / "absent") == ()


def _name_of_scratch(tmp_path: Path) -> list[str]:
    with folders.scratch(tmp_path) as folder:
        return folder.name.split(".")


def _finished(root: Path, name: str, text: str) -> Path:
    folder = root / name
    folder.mkdir()
    (folder / "text").write_text(text)
    return folder


def test_the_first_intact_folder_stays(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "target"
    assert folders.place(_finished(tmp_path, "one", "first"), target, lambda place: True)
    assert not folders.place(_finished(tmp_path, "two", "second"), target, lambda place: True)
    assert (target / "text").read_text() == "first"


def test_a_damaged_folder_makes_way(tmp_path: Path) -> None:
    target = _finished(tmp_path, "target", "damaged")
    assert folders.place(_finished(tmp_path, "one", "whole"), target, lambda place: False)
    assert (target / "text").read_text() == "whole"
    assert [folder.name for folder in tmp_path.iterdir()] == ["target"]


def test_replace_text_is_whole_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "last_run"
    folders.replace_text(path, "earlier", tmp_path / "unfinished")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="the disk is full"):
        folders.replace_text(path, "later", tmp_path / "unfinished")
    assert path.read_text() == "earlier"
    assert list((tmp_path / "unfinished").iterdir()) == []
