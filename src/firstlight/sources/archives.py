"""Compressed files as streams of bytes: gz, zst, xz, bz2 and plain, told apart by their first
bytes; and the files in a zip archive."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath, PureWindowsPath
from typing import IO, Any, cast

import polars as pl

from firstlight.errors import InputError
from firstlight.sources.limits import Watch, check, current, over
from firstlight.texts import Name, Phrase, message

FOLDER = Path(__file__).parent
CHUNK = 1 << 20
_BUFFER = 1 << 16
_MAGIC = {
    "gz": b"\x1f\x8b",
    "zst": b"\x28\xb5\x2f\xfd",
    "xz": b"\xfd7zXZ\x00",
    "bz2": b"BZh",
}
SUFFIXES = {".gz": "gz", ".zst": "zst", ".xz": "xz", ".bz2": "bz2"}
ZIP = ".zip"
_ENCRYPTED = 1  # bit of a flag of a file in a zip archive
_BROKEN = (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile, pl.exceptions.ComputeError)


@dataclass(frozen=True)
class Content:
    """Bytes to read: a file on disk or bytes in memory, under the name that messages use.

    encoding : of its text, where the user names it; found by the bytes where it is empty
    entry    : of the zip archive at `path`, which holds it; None where the path is the file
    """

    name: str
    path: Path | None = None
    data: bytes = b""
    encoding: str = ""
    entry: zipfile.ZipInfo | None = None

    def raw(self) -> IO[bytes]:
        """The bytes exactly as they are stored."""
        if self.path is None:
            return io.BytesIO(self.data)
        if self.entry is not None:
            return io.BufferedReader(_Entry(self, self.path, self.entry), _BUFFER)
        return self.path.open("rb")

    @property
    def size(self) -> int:
        """How many bytes are stored, or what a file in a zip archive unpacks to."""
        if self.path is None:
            return len(self.data)
        if self.entry is not None:
            return self.entry.file_size
        return self.path.stat().st_size

    @property
    def packed_size(self) -> int | None:
        """How many bytes are stored, of what is packed; None where it isn't."""
        if self.entry is not None:
            return self.entry.compress_size
        return self.size if compression(self) else None

    @property
    def whole_file(self) -> Content:
        """The file on disk that holds it: itself, or its zip archive."""
        if self.entry is None:
            return self
        return Content(self.name.removesuffix(f"/{shown_name(self.entry.filename)}"), self.path)

    def head(self, size: int = 8) -> bytes:
        """The first stored bytes."""
        with self.raw() as stream:
            return stream.read(size)


def files_of_zip(path: Path, name: str) -> list[Content]:
    """The files in a zip archive, which errors call by a name.

    Raises  InputError where it is empty or damaged, asks for a password, or holds files that share
            a name or bytes, or that would lie outside of its folder.
    """
    archive = Content(name, path)
    if not archive.size:
        raise InputError(message("empty_file", file=Name(name)), FOLDER)
    with _unzipping(archive), zipfile.ZipFile(path) as parts:
        found = [own for own in parts.infolist() if not own.is_dir()]
        if sum(own.compress_size for own in found) > archive.size:
            raise zipfile.BadZipFile("its files share their bytes")
    if any(own.flag_bits & _ENCRYPTED for own in found):
        raise InputError(message("zip_with_password", file=Name(name)), FOLDER)
    known = set[str]()
    for own in found:
        if own.filename in known:
            raise _not_read(archive, "zip_twice", own.filename)
        known.add(own.filename)
        way = PureWindowsPath(own.filename)  # which knows the roots of other systems as well
        if way.anchor or ".." in way.parts:
            raise _not_read(archive, "zip_outside", own.filename)
    return [Content(f"{name}/{shown_name(own.filename)}", path, entry=own) for own in found]


@contextmanager
def _unzipping(content: Content) -> Iterator[None]:
    """Turn what an archive makes zipfile stumble over, which is any error, into one of ours."""
    try:
        yield
    except MemoryError:
        raise
    except NotImplementedError as error:
        raise _not_read(content, "zip_method", str(error)) from error
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None:  # it can't be opened
            raise
        raise broken(content, "zip", error) from error


def _not_read(content: Content, why: str, named: str) -> InputError:
    """The error for an archive that is whole, and isn't unpacked."""
    reason = Phrase(message(f"phrases.{why}", named=Name(shown_name(named))))
    return InputError(message("zip_not_read", why=reason, file=Name(content.name)), FOLDER)


class _Entry(io.RawIOBase):
    """The bytes of a file in a zip archive."""

    def __init__(self, content: Content, path: Path, entry: zipfile.ZipInfo) -> None:
        self._content = content
        with _unzipping(content):
            self._stream = zipfile.ZipFile(path).open(entry)  # noqa: SIM115

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _unzipping(self._content):
            data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed and hasattr(self, "_stream"):
            self._stream.close()
        super().close()


def shown_name(name: str) -> str:
    """A file's name as text: bytes that are no UTF-8 are written out.

    >>> shown_name("caf\\udce9.csv") == "caf" + chr(92) + "xe9.csv"
    True
    """
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def unpacked_name(name: str) -> str:
    """A file's name without its folder, and without the suffix of what it is packed with.

    >>> unpacked_name("data/solar.csv.gz"), unpacked_name("solar.csv")
    ('solar.csv', 'solar.csv')
    """
    path = PurePath(name)
    if path.suffix.lower() in SUFFIXES:
        return path.stem
    return path.name


def compression(content: Content) -> str:
    """The compression by the first bytes: 'gz', 'zst', 'xz', 'bz2' or '' for none.

    >>> compression(Content("a", data=gzip.compress(b"x")))
    'gz'
    """
    head = content.head()
    return next((kind for kind, magic in _MAGIC.items() if head.startswith(magic)), "")


@contextmanager
def open_bytes(content: Content) -> Iterator[IO[bytes]]:
    """A readable stream of the decompressed bytes, watched as they come.

    Raises  InputError that names the file where the archive is truncated or damaged, and the limit
            where it has more bytes or takes more time than is allowed.
    """
    kind, path = "", content.path
    try:
        kind = compression(content)
        # An empty file is no damaged archive: its reader says that there is nothing in it.
        if not kind and path is not None and path.suffix.lower() in SUFFIXES and content.head(1):
            about = {"suffix": Name(path.suffix), "file": Name(content.name)}
            raise InputError(message("not_an_archive", **about), FOLDER)
        watch = Watch(content.name, content.packed_size)
        with content.raw() as raw:
            yield io.BufferedReader(_Watched(_decompress(raw, kind, content), watch), _BUFFER)
    except Exception as error:
        if _is_broken(error):
            raise broken(content, kind, error) from error
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path or content.name)  # the system names none while it reads
        raise


def whole(content: Content) -> bytes:
    """All decompressed bytes, of what can only be read in one piece.

    Raises  InputError where they are more than may be held in memory.
    """
    data = bytearray()
    for piece in chunks(content):
        data += piece
        check("piece_bytes", len(data), content.name)
    return bytes(data)


class _Watched(io.RawIOBase):
    """A stream that counts what it gives."""

    def __init__(self, stream: IO[bytes], watch: Watch) -> None:
        self._stream, self._watch = stream, watch

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._watch(len(data))
        buffer[: len(data)] = data
        return len(data)


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
    if kind in _BEGUN:
        return cast(IO[bytes], _Streams(raw, content.name, _BEGUN[kind]))
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
    # Polars unpacks in one piece.
    check("piece_bytes", content.size, content.name)
    data = raw.read()
    size = unpacked_size(data)
    check("piece_bytes", size, content.name)
    if size > current().most(len(data)):
        raise over("times_packed", content.name)
    try:
        lines = pl.read_lines(data)
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


class _Streams(io.RawIOBase):
    """The text of xz or bz2 streams one after the other, all of which must be whole; a header of xz
    may ask for any amount of memory, and is refused beyond a limit."""

    def __init__(self, stream: IO[bytes], file: str, begin: Callable[[], Any]) -> None:
        self._stream, self._file, self._waiting = stream, file, b""
        self._new = begin
        self._unpack: Any = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._unpack is None or self._unpack.eof:
                if not self._begin():
                    return 0
            elif self._unpack.needs_input and not self._waiting:
                self._waiting = self._stream.read(CHUNK)
                if not self._waiting:
                    raise EOFError("the stream ends before its end-of-stream marker")
            try:
                data = self._unpack.decompress(self._waiting, len(buffer))
            except lzma.LZMAError as error:
                if "memory" not in str(error).lower():
                    raise
                raise over("piece_bytes", self._file) from error
            self._waiting = b""
            if data:
                buffer[: len(data)] = data
                return len(data)

    def _begin(self) -> bool:
        """Begin the next stream; False where there is none."""
        waiting = b""
        if self._unpack is not None:
            waiting = self._unpack.unused_data
        while not (waiting := waiting.lstrip(b"\0")):  # streams are padded with zeros
            if not (waiting := self._stream.read(CHUNK)):
                return False
        self._waiting = waiting
        self._unpack = self._new()
        return True


_BEGUN: dict[str, Callable[[], Any]] = {
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=current().piece_bytes),
}


_SKIPPED = range(0x184D2A50, 0x184D2A60)
_ZSTD_BLOCK = 128 * 1024
_ZSTD_PLAIN, _ZSTD_REPEATED = 0, 1  # kinds of block; the others are packed


def unpacked_size(data: bytes) -> int:
    """The bytes that Zstandard frames unpack to at most, by the heads of their blocks alone (RFC
    8878, 3.1.1); what isn't whole counts as far as it goes.

    >>> unpacked_size(bytes.fromhex("28b52ffd 00 00 0b0000 61"))
    1
    """
    at, size = 0, 0
    while at + 8 <= len(data):
        if int.from_bytes(data[at : at + 4], "little") in _SKIPPED:
            at += 8 + int.from_bytes(data[at + 4 : at + 8], "little")
            continue
        about = data[at + 4]
        is_single, has_sum = about >> 5 & 1, about >> 2 & 1
        of_dictionary, of_size = (0, 1, 2, 4)[about & 3], (is_single, 2, 4, 8)[about >> 6]
        at += 5 + (1 - is_single) + of_dictionary + of_size
        is_last = False
        while not is_last and at + 3 <= len(data):
            head = int.from_bytes(data[at : at + 3], "little")
            is_last, kind, length = bool(head & 1), head >> 1 & 3, head >> 3
            if kind == _ZSTD_REPEATED:  # one byte, written so many times
                size += length
                at += 4
                continue
            # A packed block doesn't say what it unpacks to: no more than the most that is allowed.
            size += length if kind == _ZSTD_PLAIN else _ZSTD_BLOCK
            at += 3 + length
        at += 4 * has_sum
    return size


def chunks(content: Content) -> Iterator[bytes]:
    """The decompressed bytes in pieces of one mebibyte."""
    with open_bytes(content) as stream:
        while piece := stream.read(CHUNK):
            yield piece
