"""Files that make their readers panic or recurse are refused in words; names that are no UTF-8 are
read."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from firstlight.catalogue import Catalogue
from firstlight.errors import FirstlightError, InputError, SourceError, StoreError
from firstlight.run.project import new_project, open_project, source_beside
from firstlight.sources.documents import read_documents
from firstlight.sources.nested import UNREADABLE, text_from_index
from firstlight.sources.openalex.api import parse_page
from firstlight.sources.openalex.snapshot import read_manifest
from firstlight.sources.outlines import read_outlines
from firstlight.sources.pages import STATE, resume
from firstlight.sources.panels import Column, read_panel
from firstlight.sources.publisher import load_source
from firstlight.store.lineage import UNCHANGED
from firstlight.store.parquet_duckdb import read_table
from firstlight.store.record import RECORD_FILE, read_record
from firstlight.texts import Name

NEEDS = (
    Column("place", "text", "place"),
    Column("year", "year", "year"),
    Column("value", "number", "any"),
)
DEEP = "[" * 100_000 + "]" * 100_000


def _parquet() -> bytes:
    made = io.BytesIO()
    frame = pl.DataFrame(
        {"place": ["a", "b"] * 5, "year": [2001, 2002] * 5, "value": [float(n) for n in range(10)]}
    )
    frame.with_columns(pl.col("year") + pl.Series(range(10))).write_parquet(made)
    return made.getvalue()


def test_parquet_with_one_byte_changed_is_read_or_refused() -> None:
    whole = _parquet()
    refused = 0
    for at in range(4, len(whole) - 8, 11):
        changed = whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
        try:
            read_panel({"a.parquet": changed}, NEEDS)
        except InputError:
            refused += 1
    assert refused > 10


@pytest.mark.parametrize("step", ["collect_schema", "collect"])
def test_a_panic_of_the_parquet_reader_is_an_input_error(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panics(*_: Any, **__: Any) -> Any:
        raise pl.exceptions.PanicException("range end index 9 out of range")

    monkeypatch.setattr(pl.LazyFrame, step, panics)
    with pytest.raises(InputError) as refused:
        read_panel({"a.parquet": _parquet()}, NEEDS)
    assert refused.value.where == "a.parquet"


def test_a_panic_over_a_kept_table_is_a_store_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panics(*_: Any, **__: Any) -> Any:
        raise pl.exceptions.PanicException("assertion failed")

    monkeypatch.setattr(pl, "read_parquet", panics)
    with pytest.raises(StoreError):
        read_table(tmp_path / "a.parquet")


def test_deep_json_lines_are_set_aside_by_their_number() -> None:
    good = '{"title": "A", "abstract": "B", "year": 2001}'
    found = read_documents({"a.jsonl": f"{good}\n{DEEP}\n{good.replace('A', 'C')}\n".encode()})
    assert found.table.frame["title"].sort().to_list() == ["A", "C"]
    assert found.set_aside.filter(pl.col("code") == "too_deep")["row"].to_list() == [2]
    with pytest.raises(InputError) as refused:
        read_documents({"a.jsonl": f"{DEEP}\n".encode()})
    assert refused.value.where == "a.jsonl" and refused.value.values["name"] == Name("levels")


def test_a_deep_abstract_index_is_unreadable() -> None:
    assert text_from_index('{"a": ' + DEEP + "}") == UNREADABLE
    table = f'title,publication_year,abstract_inverted_index\nA,2001,"{{""a"": {DEEP}}}"\nB,2001,"{{""b"": [0]}}"\n'
    found = read_documents({"a.csv": table.encode()})
    assert found.table.frame["abstract"].to_list() == ["b"]
    assert found.set_aside["row"].to_list() == [1]


@pytest.mark.parametrize("read", [parse_page, read_manifest])
def test_deep_answers_of_openalex_are_refused(read: Any) -> None:
    with pytest.raises(SourceError) as refused:
        read(
            f'{{"meta": {{}}, "results": {DEEP}, "entries": {DEEP}}}'.encode(),
            "https://example.invalid",
        )
    assert refused.value.where == "https://example.invalid"


@pytest.mark.parametrize(
    ("name", "read"),
    [(STATE, lambda folder: resume(folder, "openalex", {})), (RECORD_FILE, read_record)],
)
def test_deep_states_and_records_are_refused(tmp_path: Path, name: str, read: Any) -> None:
    (tmp_path / name).write_text(DEEP)
    with pytest.raises(FirstlightError) as refused:
        read(tmp_path)
    assert refused.value.where == str(tmp_path / name)


def test_a_file_whose_name_is_no_utf8(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.csv"
    try:
        Path(os.fsdecode(path)).write_text("place,year,value\na,2001,1\n")
    except OSError:
        pytest.skip("this file system takes names in UTF-8 alone")
    for source in (tmp_path, os.fsdecode(path)):
        read = read_panel(source, NEEDS)
        assert read.table.frame.rows() == [("a", 2001, 1.0)]
        assert [own.path for own in read.snapshots] == ["caf\\xe9.csv"]


def test_parquet_outlines_and_projects_whose_names_are_no_utf8(tmp_path: Path) -> None:
    def named(ending: str) -> Path:
        return Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9" + ending.encode()))

    try:
        named("").mkdir()
    except OSError:
        pytest.skip("this file system takes names in UTF-8 alone")
    named(".parquet").write_bytes(_parquet())
    assert read_panel(named(".parquet"), NEEDS).rows == 10
    square = "[[[0,0],[0,1],[1,1],[0,0]]]"
    named(".geojson").write_text(
        f'{{"type":"Feature","geometry":{{"type":"Polygon","coordinates":{square}}}}}'
    )
    assert read_outlines(named(".geojson")).snapshot.path == "caf\\xe9.geojson"
    for folder in (named(""), named("") / "inside"):
        with pytest.raises(StoreError) as refused:
            Catalogue.open(folder)
        assert refused.value.code == "folder_no_utf8" and "caf\\xe9" in refused.value.where
    (named("") / os.fsdecode(b"\xe9.csv")).write_text("title,year\na,2010\n")
    settings = open_project(new_project(named("")).parent)
    assert settings.source is None and source_beside(settings) is not None
    kept = Catalogue.open(tmp_path / "kept")
    source = load_source("files")
    snapshot = read_documents(named("") / os.fsdecode(b"\xe9.csv")).snapshots
    kept.keep_snapshots("files_read", source, snapshot, folder=named(""))
    checks = kept.explain("files_read").snapshots
    assert [check.state for check in checks] == [UNCHANGED]
