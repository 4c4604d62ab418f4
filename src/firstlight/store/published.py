"""Files that people read, which take their places in a folder together."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from firstlight.store.folder import disk_errors, flush, scratch, sweep

DRAFT, READY = ".publishing.", ".published."  # how folders begin whose files are on their way
LAST = ".last"


@contextmanager
def published(folder: Path, *last: str) -> Iterator[Path]:
    """A new folder to write files into, which take their places in ``folder`` once all are there.

    What a kill leaves there is finished, or removed, by the next run that writes into the folder;
    of two runs at once one comes after the other. All other files of the folder stay.

    last : files that speak for the others, such as their page: they leave before any other comes,
           and come last, so that none ever stands beside files of another run; those that weren't
           written stay away; the last of them leaves first and comes last

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as where, published(Path(where), "index.html") as draft:
    ...     _ = (draft / "index.html").write_text("whole")
    """
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with scratch(folder, DRAFT) as draft:
            yield draft
            about = {name: (draft / name).exists() for name in last}
            (draft / LAST).write_text(json.dumps(about), encoding="utf-8")
            for file in draft.rglob("*"):
                flush(file)
            with _alone(folder):
                for left in sorted(folder.glob(f"{READY}*")):
                    _take_places(left, folder)
                sweep(folder, DRAFT)
                ready = draft.rename(folder / draft.name.replace(DRAFT, READY))
                flush(folder)
                _take_places(ready, folder)


def _take_places(ready: Path, folder: Path) -> None:
    """Move finished files into place; again after a break, those that are left."""
    note = ready / LAST
    if note.exists():  # else all are in place
        about: dict[str, bool] = json.loads(note.read_text(encoding="utf-8"))
        for name in reversed(about):
            if not about[name] or (ready / name).exists():
                (folder / name).unlink(missing_ok=True)
        files = (file for file in ready.rglob("*") if file.is_file() and file != note)
        named = {file.relative_to(ready).as_posix(): file for file in files}
        first = sorted(named.keys() - about.keys())
        for name in [*first, *(name for name in about if name in named)]:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            named[name].replace(folder / name)
    shutil.rmtree(ready, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait for other runs that do the same; the system ends their turn when they end, however they
    do. Where it knows no such turns (Windows, some shared disks), nobody waits."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    turn = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(turn, fcntl.LOCK_EX)
        yield
    finally:
        os.close(turn)
