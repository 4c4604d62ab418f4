"""Compressed files as streams of bytes: gz, zst, xz, bz2 and plain, told apart by their first
bytes."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import polars as pl

from firstlight.errors import InputError
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
CHUNK = 1 << 20
_MAGIC = {
    "gz": b"\x1f\x8b",
    "zst": b"\x28\xb5\x2f\xfd",
    "xz": b"\xfd7zXZ\x00",
    "bz2": b"BZh",
}
SUFFIXES = {".gz": "gz", ".zst": "zst", ".xz": "xz", ".bz2": "bz2"}
_BROKEN = (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile, pl.exceptions.ComputeError)


@dataclass(frozen=True)
class Content:
    """Bytes to read: a file on disk or bytes in memory, under the name that messages use.

    encoding : of its text, where the user names it; found by the bytes where it is empty
    """

    name: str
    path: Path | None = None
    data: bytes = b""
    encoding: str = ""

    def raw(self) -> IO[bytes]:
        """The bytes exactly as they are stored."""
        return self.path.open("rb") if self.path is not None else io.BytesIO(self.data)

    def head(self, size: int = 8) -> bytes:
        """The first stored bytes."""
        with self.raw() as stream:
            return stream.read(size)


def compression(content: Content) -> str:
    """The compression by the first bytes: 'gz', 'zst', 'xz', 'bz2' or '' for none.

    >>> compression(Content("a", data=gzip.compress(b"x")))
    'gz'
    """
    head = content.head()
    return next((kind for kind, magic in _MAGIC.items() if head.startswith(magic)), "")


@contextmanager
def open_bytes(content: Content) -> Iterator[IO[bytes]]:
    """A readable stream of the decompressed bytes.

    Raises  InputError that names the file where the archive is truncated or damaged.
    """
    kind = compression(content)
    if (
        not kind
        and content.path is not None
        and content.path.suffix.lower() in SUFFIXES
        and content.head(1)
    ):
        about = {"suffix": Name(content.path.suffix), "file": Name(content.name)}
        raise InputError(message("not_an_archive", **about), FOLDER)
    try:
        with content.raw() as raw:
            yield _decompress(raw, kind, content)
    except Exception as error:
        if not _is_broken(error):
            raise
        raise broken(content, kind, error) from error


def broken(content: Content, kind: str, error: BaseException) -> InputError:
    """The error for an archive that ends early or does not decode."""
    about = {"file": Name(content.name), "said": Name(str(error))}
    if kind:
        return InputError(message("damaged_archive", kind=Name(kind), **about), FOLDER)
    return InputError(message("damaged_file", **about), FOLDER)


def _is_broken(error: Exception) -> bool:
    # bz2 raises an OSError without a number for bad bytes; ZstdError exists only from Python 3.14.
    bad_bytes = isinstance(error, OSError) and error.errno is None
    return isinstance(error, _BROKEN) or bad_bytes or type(error).__name__ == "ZstdError"


def _decompress(raw: IO[bytes], kind: str, content: Content) -> IO[bytes]:
    if kind == "gz":
        return cast(IO[bytes], gzip.GzipFile(fileobj=raw))
    if kind == "xz":
        return cast(IO[bytes], lzma.LZMAFile(raw))
    if kind == "bz2":
        return cast(IO[bytes], bz2.BZ2File(raw))
    if kind == "zst":
        return _zstandard(raw, content)
    return raw


def _zstandard(raw: IO[bytes], content: Content) -> IO[bytes]:
    """Python has zstd from 3.14; before that, PyArrow where it is installed, else Polars for UTF-8
    text."""
    opener = _find("compression.zstd", "open")
    if opener is not None:
        return cast(IO[bytes], opener(raw, "rb"))
    arrow = _find("pyarrow", "CompressedInputStream")
    if arrow is not None:
        return cast(IO[bytes], _ArrowStream(arrow(raw, "zstd")))
    try:
        lines = pl.read_lines(raw.read())
    except pl.exceptions.ComputeError as error:
        if "utf8" not in str(error):
            raise
        told = message("zst_not_text", file=Name(content.name))
        raise InputError(told, FOLDER) from error
    return io.BytesIO("\n".join(lines.to_series().to_list()).encode())


def _find(module: str, function: str) -> Callable[..., Any] | None:
    try:
        return cast(Callable[..., Any], getattr(importlib.import_module(module), function))
    except ImportError:
        return None


class _ArrowStream(io.RawIOBase):
    """An Arrow stream with Python's reading interface; a frame that ends early raises EOFError."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(len(buffer))
        except OSError as error:
            raise EOFError(str(error)) from error
        buffer[: len(data)] = data
        return len(data)


def chunks(content: Content) -> Iterator[bytes]:
    """The decompressed bytes in pieces of one mebibyte."""
    with open_bytes(content) as stream:
        while piece := stream.read(CHUNK):
            yield piece
