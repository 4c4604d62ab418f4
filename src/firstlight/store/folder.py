"""Folders that are written whole or not at all, whatever stops the program."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from firstlight.errors import StoreError
from firstlight.texts import Name, message

ROOM = Path(__file__).parent
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
TAKEN = {errno.ENOTEMPTY, errno.EEXIST}
DAY_SECONDS = 86_400
_WRITTEN_OUT = re.compile(rb"\\x([89a-f][0-9a-f])")

# A process id is used again after a restart (and is often the same in a container), so a run has a
# token as well.
_TOKEN = secrets.token_hex(4)
_COUNT = itertools.count()


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors on a path into a StoreError that says what to do about it."""
    try:
        yield
    except OSError as problem:
        where = Name(str(problem.filename2 or path))
        if problem.errno in FULL:
            raise StoreError(message("disk_full", path=where), ROOM) from problem
        if problem.errno in FORBIDDEN:
            raise StoreError(message("folder_forbidden", path=where), ROOM) from problem
        said = Name(problem.strerror or str(problem))
        raise StoreError(message("folder_unusable", path=where, said=said), ROOM) from problem


def check_name(folder: Path) -> None:
    """Raise StoreError for a folder whose name is no UTF-8, under which tables can't be read."""
    if written_out(folder) != str(folder):
        raise StoreError(message("folder_no_utf8", path=Name(written_out(folder))), ROOM)


def written_out(path: Path) -> str:
    r"""A path as text; bytes that are no UTF-8 are written as ``\xe9``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def as_on_disk(path: Path) -> Path:
    """The path that was written out as this text: itself, where it exists."""
    if path.exists():
        return path
    found = _WRITTEN_OUT.sub(lambda own: bytes([int(own[1], 16)]), str(path).encode())
    return Path(os.fsdecode(found))


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def scratch(unfinished: Path, prefix: str = "") -> Iterator[Path]:
    """A new folder to write into; whatever is left in it afterwards is removed.

    Its name tells which host, process and run it belongs to, so that ``sweep`` knows when its owner
    is gone.

    prefix : what the name begins with
    """
    folder = unfinished / f"{prefix}{_host()}.{os.getpid()}.{_TOKEN}.{next(_COUNT)}"
    with disk_errors(unfinished):
        folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(
            folder, ignore_errors=True
        )  # what can't be removed now is swept at the next opening


def sweep(unfinished: Path, prefix: str = "") -> tuple[str, ...]:
    """Remove what killed runs left behind; folders of living processes stay.

    Returns the names removed.
    """
    removed = []
    for folder in sorted(unfinished.glob(f"{prefix}*")):
        if _is_abandoned(folder, prefix):
            shutil.rmtree(
                folder, ignore_errors=True
            )  # another opening may be sweeping the same folder
            removed.append(folder.name)
    return tuple(removed)


def _is_abandoned(folder: Path, prefix: str) -> bool:
    host, _, rest = folder.name.removeprefix(prefix).partition(".")
    pid, _, rest = rest.partition(".")
    token = rest.partition(".")[0]
    if pid == str(os.getpid()) and host == _host():
        return token != _TOKEN
    if host == _host() and os.name == "posix" and pid.isdigit() and not _is_alive(int(pid)):
        return True
    try:
        # A writer needs minutes: after a day its id belongs to another process, or its host is
        # gone.
        return time.time() - folder.stat().st_mtime > DAY_SECONDS
    except FileNotFoundError:
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def place(finished: Path, target: Path, is_intact: Callable[[Path], bool]) -> bool:
    """Move a finished folder into place by one rename.

    Returns False where an intact one was there first.

    A damaged folder in the way is moved out, so that of two writers of one target exactly one
    folder remains.
    """
    with disk_errors(target):
        for file in finished.iterdir():
            flush(file)
        flush(finished)
        target.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(8):
            try:
                finished.rename(target)
            except OSError as problem:
                if problem.errno not in TAKEN and not target.is_dir():
                    raise
            else:
                flush(target.parent)
                return True
            if is_intact(target):
                return False
            _move_out(target, finished.with_name(f"{finished.name}.damaged{attempt}"))
    raise StoreError(message("written_by_others", path=Name(str(target))), ROOM)


def _move_out(damaged: Path, aside: Path) -> None:
    try:
        damaged.rename(aside)
    except FileNotFoundError:
        return  # another writer moved it first
    shutil.rmtree(aside, ignore_errors=True)


def replace_text(path: Path, text: str, unfinished: Path) -> None:
    """Write a small file whole or not at all."""
    with scratch(unfinished) as folder, disk_errors(path):
        draft = folder / path.name
        draft.write_text(text, encoding="utf-8")
        flush(draft)
        draft.replace(path)


def flush(path: Path) -> None:
    """Bytes reach the disk before the rename that announces them, so that a power cut can't leave a
    hollow result."""
    if os.name != "posix" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
