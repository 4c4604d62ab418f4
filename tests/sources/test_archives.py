"""Packed files that are damaged, cut short, locked, hostile or of another kind end in an error with
a code, whoever reads them; those that are whole lose no row."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import os
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firstlight.cli import main
from firstlight.errors import InputError
from firstlight.run.doctor import doctor
from firstlight.sources import files
from firstlight.sources.archives import Content, whole
from firstlight.sources.documents import read_documents
from firstlight.sources.formats import list_contents
from firstlight.sources.limits import limits
from firstlight.texts import Code, Name

CSV = b"title,year\n" + b"".join(b"Cell %d,%d\n" % (at, 2000 + at % 20) for at in range(400))
CENTRAL, END = b"PK\x01\x02", b"PK\x05\x06"


def zipped(*parts: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", method) as archive:
        warnings.simplefilter("ignore")  # two parts of one name
        for name, data in parts:
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, method)
    return made.getvalue()


WHOLE = zipped(("papers.csv", CSV))


def changed(data: bytes, after: bytes, offset: int, new: bytes) -> bytes:
    """The bytes with others put so far behind the last mark."""
    at = data.rindex(after) + offset
    return data[:at] + new + data[at + len(new) :]


DAMAGED = {
    "truncated": WHOLE[:-20],
    "its end alone": WHOLE[-22:],
    "wrong checksum": changed(WHOLE, CENTRAL, 16, b"\0\0\0\1"),
    "place of the list below 0": changed(WHOLE, END, 16, b"\xff\xff\xff\x7f"),
    "place of a part beyond the end": changed(WHOLE, CENTRAL, 42, b"\xff\xff\xff\x7f"),
    "packed bytes": changed(WHOLE, CENTRAL, -40, b"\xff" * 9),
    "size of a part": changed(WHOLE, CENTRAL, 20, struct.pack("<I", 9)),
    "more packed than the archive has": changed(WHOLE, CENTRAL, 20, struct.pack("<I", 1 << 29)),
}
NOT_READ = (
    ("zip_method", changed(WHOLE, CENTRAL, 10, b"\x09")),
    ("zip_method", changed(WHOLE, CENTRAL, 6, b"\xff")),  # a later version of the format
    ("zip_twice", zipped(("papers.csv", CSV), ("papers.csv", CSV))),
    ("zip_outside", zipped(("../papers.csv", CSV))),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.zip"


def refused(path: Path, capsys: pytest.CaptureFixture[str]) -> InputError:
    """The error of reading, which doctor and the command line tell alike, under the file's name."""
    with pytest.raises(InputError) as found:
        read_documents(path)
    error = found.value
    assert path.name in error.where and error.told("zh") != error.told("en")
    assert [each.state for each in doctor(path)][-1] == "wrong"
    folder = path.parent / "kept"
    for words in (["observe", str(path), "--project", str(folder)], ["doctor", str(path)]):
        assert main(words) == 2
    assert error.what in capsys.readouterr().err
    assert not folder.exists()
    return error


@pytest.mark.parametrize("fault", DAMAGED)
def test_a_damaged_archive(fault: str, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_bytes(DAMAGED[fault])
    error = refused(path, capsys)
    assert (error.code, error.values["kind"]) == ("damaged_archive", Name("zip"))


@pytest.mark.parametrize(("why", "data"), NOT_READ)
def test_an_archive_that_is_not_read(
    why: str, data: bytes, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_bytes(data)
    error = refused(path, capsys)
    assert (error.code, error.values["why"].value.code) == ("zip_not_read", f"phrases.{why}")


@pytest.mark.parametrize("name", ["../x.csv", "/x.csv", "a/../../x.csv", "..\\x.csv", "C:\\x.csv"])
def test_no_part_is_copied_out_of_the_folder(name: str, tmp_path: Path, path: Path) -> None:
    path.write_bytes(zipped((name, CSV)))
    with pytest.raises(InputError) as found:
        files.fetch({"path": str(path)}, tmp_path / "one" / "two")
    assert found.value.values["why"].value.code == "phrases.zip_outside"
    assert {each.name for each in tmp_path.rglob("*")} <= {"a.zip", "one", "two"}


def test_any_byte_may_be_wrong(path: Path) -> None:
    """A byte of the file's ends, where archives keep what they say of themselves."""
    read = 0
    for at in [*range(60), *range(len(WHOLE) - 80, len(WHOLE))]:
        path.write_bytes(WHOLE[:at] + bytes([WHOLE[at] ^ 0xFF]) + WHOLE[at + 1 :])
        try:
            read += read_documents(path).rows == 400
        except InputError as error:
            assert error.told("zh")
    assert 0 < read < 140


def test_an_archive_of_no_bytes_is_empty(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_bytes(b"")
    assert refused(path, capsys).code == "empty_file"
    path.write_bytes(zipped(("papers.csv", b"")))
    assert refused(path, capsys).code == "empty_file"


def test_an_archive_within_an_archive_is_told(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_bytes(zipped(("inner.zip", WHOLE)))
    assert refused(path, capsys).code == "nothing_readable"
    path.write_bytes(zipped(("inner.zip", WHOLE), ("papers.csv", CSV)))
    found = read_documents(path)
    assert found.rows == 400 and found.notes[0].code == "files_left_out"


def test_parts_that_share_bytes_are_a_bomb(path: Path) -> None:
    """Each part is small; all of them are the same packed bytes."""
    names = [f"{at:02}.csv" for at in range(20)]
    one = zipped((names[0], CSV))
    entry, end = one[one.index(CENTRAL) : one.index(END)], one[one.index(END) :]
    entries = [entry.replace(names[0].encode(), name.encode()) for name in names]
    end = end[:8] + struct.pack("<HHI", 20, 20, len(entry) * 20) + end[16:]
    path.write_bytes(one[: one.index(CENTRAL)] + b"".join(entries) + end)
    with pytest.raises(InputError) as found:
        list_contents(path)
    assert found.value.code == "damaged_archive"
    path.write_bytes(zipped(("a.csv", b"title,year\n" + b"x" * 600_000 + b",2010\n")))
    with pytest.raises(InputError) as found, limits(times_packed=2):
        read_documents(path)
    assert found.value.values["name"] == Name("times_packed")


def test_folders_of_odd_names_hold_files(tmp_path: Path) -> None:
    (tmp_path / "papers.zip").mkdir()
    (tmp_path / "papers.zip" / "x.csv").write_bytes(CSV)
    (tmp_path / "b.zip").write_bytes(zipped(("a.csv/", b""), ("a.csv/\n b/x.csv", CSV)))
    contents, notes = list_contents(tmp_path)
    assert [each.name for each in contents] == ["b.zip/a.csv/\n b/x.csv", "papers.zip/x.csv"]
    assert notes == () and all(whole(each) == CSV for each in contents)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("kind", PACKERS)
def test_a_packed_file_is_read_whole_or_refused(kind: str, tmp_path: Path) -> None:
    path, pack = tmp_path / f"papers.csv.{kind}", PACKERS[kind]
    first, second = pack(CSV), pack(b"Last,2010\n")
    path.write_bytes(first + second + b"\0" * 8)
    assert read_documents(path).rows == 401
    for data in (
        first[: len(first) // 2],
        first + second[:-1],
        first + second[: len(second) // 2],
        first + b"\xff" + second[1:],  # the second begins like nothing that is known
        first[:9] + b"\xff\xff" + first[11:],
    ):
        path.write_bytes(data)
        with pytest.raises(InputError) as found:
            read_documents(path)
        assert (found.value.code, found.value.values["kind"]) == ("damaged_archive", Name(kind))


@pytest.mark.parametrize("packed", ["", ":gz", ":bz2", ":xz"])
def test_a_tape_archive_is_named(packed: str, tmp_path: Path) -> None:
    path = tmp_path / f"papers.tar{packed.replace(':', '.')}"
    with tarfile.open(path, f"w{packed}") as archive:
        part = tarfile.TarInfo("papers.csv")
        part.size = len(CSV)
        archive.addfile(part, io.BytesIO(CSV))
    with pytest.raises(InputError) as found:
        read_documents(path)
    assert found.value.code == "binary_file"
    assert found.value.values["kind"] == Code("codes.binary.other_archive")


@pytest.mark.parametrize("start", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x00"])
def test_other_archives_are_named(start: bytes) -> None:
    with pytest.raises(InputError) as found:
        read_documents({"papers.csv": start + bytes(100)})
    assert found.value.values["kind"] == Code("codes.binary.other_archive")


def test_a_disk_that_fails_while_a_file_is_read_is_told_of_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "papers.csv"
    path.write_bytes(CSV)

    class Failing(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Content, "raw", lambda self: Failing())
    assert main(["observe", str(path), "--project", str(tmp_path / "kept")]) == 2
    assert str(path) in capsys.readouterr().err
