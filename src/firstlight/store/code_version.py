"""Which code computes: when it changes, what it computed before is stale."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import firstlight

ROOMS = ("classifications", "instruments", "numerics", "observe", "sample", "sources")


@functools.cache
def code_version() -> str:
    """The package's version and a hash over the rooms that compute, read once per process.

    >>> code_version().startswith(firstlight.__version__ + "+")
    True
    """
    return f"{firstlight.__version__}+{hash_of_rooms(Path(__file__).resolve().parents[1])}"


def hash_of_rooms(package: Path, rooms: tuple[str, ...] = ROOMS) -> str:
    """Twelve hexadecimal digits over the paths and bytes of every file in the rooms, compiled files left out."""
    digest = hashlib.sha256()
    for room in sorted(rooms):
        files = (path for path in (package / room).rglob("*") if path.is_file())
        for path in sorted(files, key=lambda path: path.relative_to(package).as_posix()):
            if "__pycache__" in path.parts or path.name.startswith("."):
                continue
            digest.update(path.relative_to(package).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
