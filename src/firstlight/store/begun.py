"""What a computation has found so far, in a folder: there while it runs, still there when it was stopped, gone when it is done."""

from __future__ import annotations

import errno
import hashlib
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from firstlight.store.folder import disk_errors

_SIZE, _SUM = 8, 16  # bytes that tell how long a value is, and its checksum
_TRIES = 5


class Begun:
    """Values by key, each appended to a file of this run as it is found; those of earlier runs are read.

    A record is a key of ``key_bytes``, the length of the value, a checksum of all three, and the value; one that a kill or a
    full disk cut short, or whose bytes have changed, counts as not found. So does one that another run, which ended meanwhile,
    removed.
    """

    def __init__(self, folder: Path, key_bytes: int = 16) -> None:
        self.folder, self.key_bytes = folder, key_bytes
        self._places: dict[bytes, tuple[Path, int, int]] = {}
        self._own: BinaryIO | None = None
        for path in sorted(folder.glob("*.begun")) if folder.is_dir() else []:
            with disk_errors(path), suppress(FileNotFoundError), path.open("rb") as stream:
                self._index(path, stream)

    def _index(self, path: Path, stream: BinaryIO) -> None:
        whole = path.stat().st_size
        while len(head := stream.read(self.key_bytes + _SIZE + _SUM)) == self.key_bytes + _SIZE + _SUM:
            size, start = int.from_bytes(head[self.key_bytes : -_SUM]), stream.tell()
            if start + size > whole:
                return
            self._places[head[: self.key_bytes]] = (path, start, size)
            stream.seek(size, 1)

    def __len__(self) -> int:
        return len(self._places)

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
        with disk_errors(self.folder):
            if self._own is None:
                self._own = self._opened()
            start = self._own.tell() + len(key) + _SIZE + _SUM
            self._own.write(key + len(value).to_bytes(_SIZE) + _checksum(key, value) + value)
        self._places[key] = (Path(self._own.name), start, len(value))

    def _opened(self) -> BinaryIO:
        path = self.folder / f"{secrets.token_hex(8)}.begun"
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):  # another run has just ended, and removed the folder
                self.folder.mkdir(parents=True, exist_ok=True)
                # Unbuffered: what was found is with the system at once, and survives the end of this process.
                return path.open("xb", buffering=0)
        raise FileNotFoundError(errno.ENOENT, "removed as fast as it is made", str(path))

    def close(self) -> None:
        """No more values."""
        if self._own is not None:
            self._own.close()


def _checksum(key: bytes, value: bytes) -> bytes:
    return hashlib.blake2b(key + value, digest_size=_SUM).digest()


@contextmanager
def begun(folder: Path, version: str) -> Iterator[Begun]:
    """What this version of the code has found in a folder so far. Once the block ends, or fails, the folder is removed; where it
    is interrupted, or the process is killed, it stays for the next run.

    version : of the code; what another version found is not used

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as where, begun(Path(where) / "x", "1") as found:
    ...     found[b"k" * 16] = b"value"
    ...     found.get(b"k" * 16), found.get(b"l" * 16)
    (b'value', None)
    """
    found = Begun(folder / hashlib.sha256(version.encode()).hexdigest()[:16])
    try:
        yield found
    except Exception:
        found.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except BaseException:  # Ctrl-C
        found.close()
        raise
    found.close()
    shutil.rmtree(folder, ignore_errors=True)  # what can't be removed is gone with the next run that ends
