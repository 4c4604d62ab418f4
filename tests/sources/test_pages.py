"""Stored pages: whole or absent, whatever happens to the disk or the process."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from firstlight.errors import SourceError, StoreError
from firstlight.sources import arxiv, files, pages
from firstlight.sources.pages import resume, store_page, write_whole
from firstlight.sources.transport import Patience

from .server import Answer, serve
from .test_fetch_arxiv import asked_page


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pages.os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        write_whole(tmp_path / "page.xml", b"text")
    assert list(tmp_path.iterdir()) == []


def test_an_exception_in_mid_file_leaves_the_old_file(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError(104, "reset")

    write_whole(tmp_path / "page.xml", b"old")
    with pytest.raises(ConnectionResetError):
        write_whole(tmp_path / "page.xml", pieces())
    assert [p.name for p in tmp_path.iterdir()] == ["page.xml"] and (
        tmp_path / "page.xml"
    ).read_bytes() == b"old"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreError, match="can't make the folder"):
        resume(tmp_path / "taken", "arxiv", {})


def test_killed_between_page_and_state_the_page_is_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = Patience(attempts=1, pause=lambda seconds: None)
    real, calls = pages.save, []

    def dying(folder: Path, fetch: pages.Fetch) -> pages.Fetch:
        calls.append(fetch)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(folder, fetch)

    monkeypatch.setattr(pages, "save", dying)
    with serve(lambda path, query, before: Answer(asked_page(query))) as server:
        with pytest.raises(KeyboardInterrupt):
            arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience)
        assert sorted(p.name for p in tmp_path.iterdir()) == [
            "page_000001.xml",
            "page_000002.xml",
            "state.json",
        ]
        fetched = arxiv.fetch({}, tmp_path, base_url=server.url, patience=patience)
    assert fetched.is_complete and [p.file for p in fetched.pages] == [
        f"page_{n:06d}.xml" for n in (1, 2, 3)
    ]


def test_a_damaged_state_is_an_error(tmp_path: Path) -> None:
    store_page(tmp_path, resume(tmp_path, "x", {}), "a.xml", b"a", None)
    (tmp_path / "state.json").write_text("{")
    with pytest.raises(SourceError, match="state of this fetch can't be read"):
        resume(tmp_path, "x", {})


def test_local_files_are_copied_once(tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "a.csv").write_text("id,title,year\n1,A,2016\n")
    query = {"path": str(tmp_path / "from")}
    fetched = files.fetch(query, tmp_path / "to")
    assert fetched.is_complete and fetched == files.fetch(query, tmp_path / "to")
    assert (tmp_path / "to" / "a.csv").read_bytes() == (tmp_path / "from" / "a.csv").read_bytes()
    assert [snapshot.path for snapshot in fetched.snapshots()] == ["a.csv"]
