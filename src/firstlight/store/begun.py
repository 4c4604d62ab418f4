"""What a computation has found so far, in a folder: there while it runs, still there when it was
stopped, gone when it is done."""

from __future__ import annotations

import errno
import hashlib
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from firstlight.errors import StoreError
from firstlight.store.folder import disk_errors

_SIZE, _SUM = 8, 16  # bytes that tell how long a value is, and its checksum
_TRIES = 5


class Begun:
    """Values by key, each appended to a file of this run as it is found; those of earlier runs, of
    others' too, are read.

    folder : holds a folder for each name of a run; run : this one's name, the same when it is run
    again A record is a key of ``key_bytes``, the length of the value, a checksum of all three, and
    the value; one that a kill or a full disk cut short, or whose bytes have changed, counts as not
    found. So does one that another run, which ended meanwhile, removed.
    """

    def __init__(self, folder: Path, run: str, key_bytes: int = 16) -> None:
        self.folder, self.key_bytes = folder / run, key_bytes
        self._places: dict[bytes, tuple[Path, int, int]] = {}
        self._own: BinaryIO | None = None
        self._writes = Lock()  # several threads may find something at once
        for path in sorted(folder.glob("*/*.begun")) if folder.is_dir() else []:
            with disk_errors(path), suppress(FileNotFoundError), path.open("rb") as stream:
                self._index(path, stream)

    def _index(self, path: Path, stream: BinaryIO) -> None:
        whole = path.stat().st_size
        while (
            len(head := stream.read(self.key_bytes + _SIZE + _SUM)) == self.key_bytes + _SIZE + _SUM
        ):
            size, start = int.from_bytes(head[self.key_bytes : -_SUM]), stream.tell()
            if start + size > whole:
                return
            self._places[head[: self.key_bytes]] = (path, start, size)
            stream.seek(size, 1)

    def __len__(self) -> int:
        return len(self._places)

    @property
    def is_resumed(self) -> bool:
        """Whether an earlier run of this name has left something."""
        return any(path.parent == self.folder for path, _, _ in self._places.values())

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, or None where there is none that is whole."""
        if key not in self._places:
            return None
        path, start, size = self._places[key]
        with disk_errors(path), suppress(FileNotFoundError), path.open("rb") as stream:
            stream.seek(start - _SUM)
            checksum, value = stream.read(_SUM), stream.read(size)
            return value if _checksum(key, value) == checksum else None
        return None

    def __setitem__(self, key: bytes, value: bytes) -> None:
        record = key + len(value).to_bytes(_SIZE) + _checksum(key, value) + value
        with self._writes, disk_errors(self.folder):
            if self._own is None:
                self._own = self._opened()
            start = self._own.tell() + len(record) - len(value)
            self._own.write(record)
            self._places[key] = (Path(self._own.name), start, len(value))

    def _opened(self) -> BinaryIO:
        path = self.folder / f"{secrets.token_hex(8)}.begun"
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):  # another run has just ended, and removed the folder
                self.folder.mkdir(parents=True, exist_ok=True)
                # Unbuffered: what was found is with the system at once, and survives the end of
                # this process.
                return path.open("xb", buffering=0)
        raise FileNotFoundError(errno.ENOENT, "removed as fast as it is made", str(path))

    def close(self) -> None:
        """No more values."""
        if self._own is not None:
            self._own.close()


def _checksum(key: bytes, value: bytes) -> bytes:
    return hashlib.blake2b(key + value, digest_size=_SUM).digest()


@contextmanager
def begun(folder: Path, version: str, run: str) -> Iterator[Begun]:
    """What this version of the code has found in a folder so far.

    Once the block ends, or fails, what this run found is removed; where it is interrupted, the
    process is killed, or disk or memory are full, it stays for the next run.

    version : of the code; what another version found is not used, and removed when a run ends
    run     : a name of what is computed; what runs of another name found is used too, and stays
              until they end

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as where, begun(Path(where) / "x", "1", "all") as found:
    ...     found[b"k" * 16] = b"value"
    ...     found.get(b"k" * 16), found.get(b"l" * 16)
    (b'value', None)
    """
    known = folder / hashlib.sha256(version.encode()).hexdigest()[:16]
    found = Begun(known, run)
    try:
        yield found
    except (StoreError, MemoryError):
        raise
    except Exception:
        found.close()
        _remove(found.folder)
        raise
    else:
        found.close()
        for other in folder.glob("*"):
            if other != known:
                shutil.rmtree(other, ignore_errors=True)
        _remove(found.folder)
    finally:
        found.close()


def _remove(own: Path) -> None:
    """Remove a run's folder, and those around it that nothing is left in; what can't be removed is
    gone with a later run."""
    shutil.rmtree(own, ignore_errors=True)
    for around in (own.parent, own.parent.parent):
        with suppress(OSError):
            around.rmdir()
