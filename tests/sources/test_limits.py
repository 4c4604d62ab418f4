"""Limits of the readers: each by its name, met and not met; and small files that would be large."""

from __future__ import annotations

import io
import lzma
import struct
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import firstlight as fl
from firstlight.errors import InputError
from firstlight.run.own_names import read_names
from firstlight.run.project import open_project
from firstlight.sources.archives import Content, open_bytes, unpacked_size, whole
from firstlight.sources.counts import read_counts
from firstlight.sources.documents import read_documents
from firstlight.sources.limits import FREE_BYTES, Limits, Watch, current, limits
from firstlight.sources.nested import levels_of, parsed_json
from firstlight.sources.outlines import read_outlines
from firstlight.sources.panels import Column, read_panel
from firstlight.sources.parquet_layout import LayoutError, checked_sizes
from firstlight.texts import Count, Name

from . import bombs

NEEDS = (
    Column("place", "text", "place"),
    Column("year", "year", "year"),
    Column("value", "number", "any"),
)
CSV = b"title,year\nA,2010\nB,2011\n"
READERS: dict[str, Callable[[Any], Any]] = {
    "documents": read_documents,
    "counts": read_counts,
    "panel": lambda given: read_panel(given, NEEDS),
    "names": read_names,
    "outlines": lambda given: read_outlines(
        Content(*given, data=next(iter(given.values()))) if isinstance(given, dict) else given
    ),
}


def meets(name: str, read: Callable[[], Any]) -> InputError:
    with pytest.raises(InputError) as refused:
        read()
    error = refused.value
    assert (error.code, error.values["name"]) == ("over_limit", Name(name))
    assert name in error.what and f"--limit {name}=" in error.try_next
    assert name in error.parts("zh")[0]
    return error


# ---- each limit


def test_a_text_of_as_many_bytes_as_may_be_is_read_and_of_one_more_is_not() -> None:
    with limits(file_bytes=len(CSV)):
        assert read_documents({"a.csv": CSV}).rows == 2
    with limits(file_bytes=len(CSV) - 1):
        assert meets("file_bytes", lambda: read_documents({"a.csv": CSV})).where == "a.csv"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, kind)
        for name in ("line.csv", "values.jsonl", "deep.json", "outlines.geojson")
        for kind in ("bz2", "xz", "zst")
        if (name, kind) != ("outlines.geojson", "zst")  # which repeats one byte only
    ],
)
def test_a_packed_file_becomes_no_more_than_so_many_times_its_size(name: str, kind: str) -> None:
    data = bombs.packed(name, kind)
    assert len(data) < 20_000
    reader = READERS["outlines" if name.endswith("geojson") else "documents"]
    begun = time.process_time()
    meets("times_packed", lambda: reader({f"{name}.{kind}": data}))
    assert time.process_time() - begun < 5


def test_zstandard_is_measured_before_polars_unpacks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firstlight.sources.archives._find", lambda module, function: None)
    data = bombs.packed("line.csv", "zst")
    meets("times_packed", lambda: read_documents({"a.csv.zst": data}))
    with limits(times_packed=10**6, piece_bytes=10**6):
        meets("piece_bytes", lambda: read_documents({"a.csv.zst": data}))


def test_a_packed_file_up_to_half_a_million_bytes_is_read() -> None:
    content = Content("a", data=zlib.compress(b"x" * FREE_BYTES, wbits=31))
    with limits(times_packed=1):
        assert len(whole(content)) == FREE_BYTES
        more = Content("a", data=zlib.compress(b"x" * (FREE_BYTES + 1), wbits=31))
        meets("times_packed", lambda: whole(more))


def test_an_xz_header_that_asks_for_gigabytes_is_refused() -> None:
    data = bytearray(lzma.compress(CSV))
    head = (data[12] + 1) * 4
    at = data.index(b"\x21\x01", 12)
    data[at + 2] = 40  # a dictionary of 4 GiB
    data[8 + head : 12 + head] = struct.pack("<I", zlib.crc32(bytes(data[12 : 8 + head])))
    meets("piece_bytes", lambda: read_documents({"a.csv.xz": bytes(data)}))


def test_xz_streams_follow_one_another_with_zeros_between() -> None:
    data = lzma.compress(CSV) + b"\0" * 8 + lzma.compress(b"C,2012\n") + b"\0" * 4
    with open_bytes(Content("a.xz", data=data)) as stream:
        assert stream.read() == CSV + b"C,2012\n"
    with pytest.raises(InputError) as refused:
        read_documents({"a.csv.xz": data[:-20]})
    assert refused.value.code == "damaged_archive"


def test_the_heads_of_zstandard_blocks_tell_their_size() -> None:
    arrow = pytest.importorskip("pyarrow")
    for text in (b"", b"x", b"x" * 300_000, bytes(range(256)) * 2000):
        made = arrow.BufferOutputStream()
        with arrow.CompressedOutputStream(made, "zstd") as out:
            out.write(text)
        data = made.getvalue().to_pybytes()
        size = unpacked_size(data)
        assert len(text) <= size <= len(text) + (1 << 17) * (len(text) // (1 << 17) + 2)
        assert unpacked_size(data[: len(data) // 2]) <= size
    assert unpacked_size(bytes.fromhex("502a4d1803000000616263")) == 0


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"title,year\n" + b"x" * 50 + b",2010\n"),
        ("a.jsonl", b'{"title":"' + b"x" * 50 + b'","year":2010}\n'),
        ("a.txt", b"FN x\nVR 1\nPT J\n" + b"TI x\nAB z\n" + b"   y\n" * 20 + b"PY 2010\nER\n"),
    ],
)
def test_a_line_or_record_has_so_many_bytes_at_most(name: str, data: bytes) -> None:
    with limits(record_bytes=40):
        meets("record_bytes", lambda: read_documents({name: data}))
    with limits(record_bytes=200):
        assert read_documents({name: data}).rows == 1


def test_a_quotation_mark_that_is_never_closed_spans_no_more_than_a_record() -> None:
    text = b'title,year\n"A,2010\n' + b"B,2011\n" * 100
    for most in (50, 10_000):
        with limits(record_bytes=most):
            found = read_documents({"a.csv": text})
        assert found.set_aside.filter(code="unbalanced_quote")["row"].to_list() == [1]
        assert found.rows == 101 and found.table.frame.height == 1


def test_quotation_marks_that_span_the_rest_of_a_file_are_not_followed_without_end() -> None:
    lines = 5_000  # each of which spans all that follow it
    begun = time.process_time()
    found = read_documents({"a.csv": b"title,year\n" + b'a","\n' * lines + b"B,2011\n"})
    assert time.process_time() - begun < 10
    assert found.set_aside.filter(code="unbalanced_quote").height == lines
    assert found.table.frame["title"].to_list() == ["B"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"title,year,b,c\nx,2010,1,1\n"),
        ("a.jsonl", b'{"title":"x","year":2010}\n{"title":"y","year":2010,"b":1,"c":1}\n'),
        ("a.txt", b"FN x\nVR 1\nPT J\nTI x\nPY 2010\nAU y\nER\n"),
        ("a.parquet", bombs.parquet(**{each: pl.Series(each, [1]) for each in "abcd"})),
    ],
)
def test_a_file_has_so_many_columns_at_most(name: str, data: bytes) -> None:
    with limits(columns=3):
        meets("columns", lambda: read_documents({name: data}))


def test_sparse_json_lines_make_no_table_of_all_their_keys() -> None:
    rows = (f'{{"place":"p{n}","year":2010,"value":1,"key{n}":1}}\n' for n in range(3000))
    data = "".join(rows).encode()
    begun = time.process_time()
    meets("times_packed", lambda: read_panel({"a.jsonl": data}, NEEDS))
    assert time.process_time() - begun < 10
    with limits(times_packed=10**6, table_bytes=10**6):
        meets("table_bytes", lambda: read_panel({"a.jsonl": data}, NEEDS))


def test_indicators_in_rows_make_no_table_without_end() -> None:
    rows = "".join(f"p{n},2010,i{n},1\n" for n in range(2000))
    data = f"place,year,indicator,value\n{rows}".encode()
    with limits(table_bytes=10**6):
        meets("table_bytes", lambda: read_panel({"a.csv": data}, NEEDS, {"value": "i0"}))


# ---- nesting


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("", 0),
        ('"[[["', 0),
        (r'{"a\\": ["[", "\"[", "\\\"["]}', 2),
        ('{"a": "x", "b": ["", "]"], "c": {"d": [[1], [[2]]]}}', 5),
        ("[" * 9, 9),
        ('["\ud800", {"\\u005b": 1}]', 2),
    ],
)
def test_levels_are_those_of_the_structure_alone(text: str, levels: int) -> None:
    assert levels_of(text) == levels


def _nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_lists_within_lists_are_read_to_a_level() -> None:
    with limits(levels=7):
        assert parsed_json(_nested(7), "a") == [[[[[[[]]]]]]]
        meets("levels", lambda: parsed_json(_nested(8), "a"))
    with limits(levels=10**6):  # more than Python can
        meets("levels", lambda: parsed_json(_nested(10**5), "a"))


def test_what_is_too_deep_is_refused_by_every_reader_of_json() -> None:
    deep = _nested(101)
    lines = f'{{"title":"A","year":2010}}\n{{"title":"B","year":2010,"a":{deep}}}\n'
    found = read_documents({"a.jsonl": lines.encode()})
    assert found.set_aside.select("row", "code").rows() == [(2, "too_deep")]
    meets("levels", lambda: read_documents({"a.json": f'[{{"title":{deep}}}]'.encode()}))
    collection = f'{{"type":"Feature","geometry":{deep}}}'
    meets("levels", lambda: READERS["outlines"]({"a.geojson": collection.encode()}))
    index = f'title,year,abstract_inverted_index\nx,2010,"{{""a"":{deep}}}"\n'
    found = read_documents({"a.csv": index.encode()})
    assert found.set_aside["code"].to_list() == ["abstract_unreadable"]


# ---- Parquet


def test_the_end_of_a_parquet_file_tells_its_values() -> None:
    rows = 30_000
    made = bombs.parquet(
        text=pl.Series("text", ["x"]).new_from_index(0, rows),
        list=pl.Series("list", [[1, 2, 3]]).new_from_index(0, rows),
        number=pl.Series("number", [1.5]).new_from_index(0, rows),
    )
    found = checked_sizes(io.BytesIO(made), "a")
    assert found.keys() == {"text", "list", "number"}
    assert found["list"] >= 3 * rows * 4 and found["text"] == rows * 4
    assert found["number"] >= rows * 8
    for cut in range(1, 60):
        assert not checked_sizes(io.BytesIO(made[:-cut]), "a")


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_a_damaged_end_of_a_parquet_file_is_refused_or_tells_something(at: int) -> None:
    made = bytearray(bombs.parquet(a=pl.Series("a", [1]), b=pl.Series("b", ["x"])))
    made[-9 - at % (len(made) - 20)] ^= 0xFF
    try:
        sizes = checked_sizes(io.BytesIO(bytes(made)), "a")
    except LayoutError:
        return
    assert min(sizes.values(), default=0) >= 0


@pytest.mark.parametrize(
    "columns",
    [
        {"title": pl.Series("t", ["x"]).new_from_index(0, 1_000_000)},
        {"title": pl.Series("t", ["x" * 100_000]).new_from_index(0, 2_000)},
        {"authors": pl.Series("t", [["x"] * 500_000])},
    ],
    ids=["rows", "texts", "lists"],
)
def test_a_kilobyte_of_parquet_is_no_gigabyte(columns: dict[str, pl.Series]) -> None:
    year = pl.Series("y", [2010]).new_from_index(0, next(iter(columns.values())).len())
    data = bombs.parquet(**{"title": year.cast(pl.String), "year": year, **columns})
    assert len(data) < 20_000
    meets("times_packed", lambda: read_documents({"a.parquet": data}))


# ---- workbooks


def test_a_workbook_becomes_no_more_than_so_many_times_its_size() -> None:
    pytest.importorskip("pandas")
    long = bombs.workbook(b" " * 4_000_000, method=zipfile.ZIP_BZIP2)
    meets("times_packed", lambda: read_panel({"a.xlsx": long}, NEEDS))
    with limits(piece_bytes=1_000_000):
        meets("piece_bytes", lambda: read_panel({"a.xlsx": long}, NEEDS))
    text, cell = b"<si><t>" + b"x" * 100_000 + b"</t></si>", b'<c t="s"><v>0</v></c>'
    row = b"<row>" + cell + b"<c><v>2001</v></c><c><v>1</v></c></row>"
    assert read_panel({"a.xlsx": bombs.workbook(row, text)}, NEEDS).rows == 2
    many = bombs.workbook(row * 300, text)
    meets("times_packed", lambda: read_panel({"a.xlsx": many}, NEEDS))


def test_a_sheet_of_another_name_is_measured_too() -> None:
    pytest.importorskip("pandas")
    made, renamed = (
        io.BytesIO(bombs.workbook(b'<row r="99999"><c r="XFD99999"><v>1</v></c></row>')),
        io.BytesIO(),
    )
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(renamed, "w") as out:
        for name in parts.namelist():
            text = parts.read(name).replace(b"sheet1.xml", b"sheet1.bin")
            out.writestr(name.replace("sheet1.xml", "sheet1.bin"), text)
    with pytest.raises(InputError) as refused:
        read_panel({"a.xlsx": renamed.getvalue()}, NEEDS)
    assert refused.value.code == "sheet_too_large"


def test_cells_of_a_workbook() -> None:
    pytest.importorskip("pandas")
    data = {"a.xlsx": bombs.workbook(b"")}
    with limits(cells=6):
        assert read_panel(data, NEEDS).rows == 1
    with limits(cells=5), pytest.raises(InputError) as refused:
        read_panel(data, NEEDS)
    assert refused.value.code == "sheet_too_large" and refused.value.values["cells"] == Count(5)


# ---- time, and the limits themselves


def test_a_pass_over_a_file_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("firstlight.sources.limits.time.monotonic", lambda: now[0])
    with limits(seconds=5):
        watch = Watch("a.csv")
        now[0] = 5.0
        watch(10)
        now[0] = 5.1
        assert meets("seconds", lambda: watch(1)).where == "a.csv"


def test_limits_hold_inside_their_block_alone() -> None:
    before = current()
    with pytest.raises(ZeroDivisionError), fl.limits(columns=3), fl.limits(levels=2) as now:
        assert (now.columns, now.levels, now.cells) == (3, 2, before.cells)
        _ = 1 / 0
    assert current() is before == Limits()
    seen = list[Limits]()
    with fl.limits(columns=3):
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()
    assert seen == [Limits()]  # each thread has its own


@pytest.mark.parametrize("value", [0, -1, 1.5, "9", True, None, float("inf")])
def test_a_limit_is_a_whole_number(value: Any) -> None:
    with pytest.raises(InputError) as refused, limits(levels=value):
        pass
    assert refused.value.code == "limit_not_whole" and "levels=100" in refused.value.try_next


def test_an_unknown_limit_is_named() -> None:
    with pytest.raises(InputError) as refused, limits(level=1):
        pass
    assert refused.value.code == "no_limit_but" and refused.value.values["near"] == Name("levels")


def test_a_project_sets_limits(tmp_path: Path) -> None:
    settings = tmp_path / "observatory.toml"
    settings.write_text("[limits]\ncolumns = 7\n", encoding="utf-8")
    assert open_project(tmp_path).limits == {"columns": 7}
    for text in ("columns = 0", "column = 7", 'columns = "7"', f"columns = {'9' * 5000}"):
        settings.write_text(f"[limits]\n{text}\n", encoding="utf-8")
        with pytest.raises(InputError):
            open_project(tmp_path)


# ---- digits of other scripts, in headings and in secret cells


@pytest.mark.parametrize(
    ("first", "second"),
    [("٢٠١٠", "٢٠١١"), ("२०१०", "२०११"), ("２０１０", "２０１１")],
)
def test_years_in_the_headings_of_other_scripts(first: str, second: str) -> None:
    data = f"place,{first},GDP_{second},{second},GDP_{first}\nx,٣,7,4,6\n".encode()
    found = read_panel({"a.csv": data}, NEEDS).table.frame
    assert found.rows() == [("x", 2010, 3.0), ("x", 2011, 4.0)]


# ---- what small files take


@pytest.mark.slow
@pytest.mark.parametrize("name", bombs.TEXTS)
def test_a_kilobyte_takes_neither_gigabytes_nor_minutes(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.gz"
    file.write_bytes(bombs.packed(name, "gz"))
    assert file.stat().st_size < 3_500
    kind = "outlines" if name.endswith("geojson") else "documents"
    ran = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("read_and_measure.py")), kind, str(file)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    megabytes, seconds = map(float, ran.stdout.split())
    assert megabytes < 300 and seconds < 10
