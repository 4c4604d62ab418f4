"""Tables as files: whole or not at all, safe for spreadsheets, the same bytes for the same rows."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hostile_take_off import TEXTS
from invented_take_off import Observation, nothing, observation

from firstlight.errors import InputError, StoreError
from firstlight.observation_tables import SCHEMAS
from firstlight.run.observed_table import observed_table
from firstlight.views.publish import publish
from firstlight.views.tables import (
    SCHEMA_VERSION,
    observation_json,
    plain_value,
    write_tables,
)


def _cells(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_every_table_comes_twice_and_parquet_keeps_its_values(
    take_off: Observation, tmp_path: Path
) -> None:
    written = write_tables(take_off[0], tmp_path / "tables")
    assert written.keys() == take_off[0].keys() >= SCHEMAS.keys()
    for name, (parquet, spreadsheet) in written.items():
        assert pl.read_parquet(parquet).equals(take_off[0][name])
        assert spreadsheet.read_bytes().startswith(b"\xef\xbb\xbf")
        assert len(_cells(spreadsheet)) == take_off[0][name].height + 1
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == sorted(
        f"{name}.{kind}" for name in written for kind in ("csv", "parquet")
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_text_is_a_formula_for_a_spreadsheet(start: str, tmp_path: Path) -> None:
    tables, _ = observation()
    text = f"{start}1+1"
    tables["technologies"] = tables["technologies"].with_columns(
        name=pl.lit(text), growth_last_year=pl.lit(-0.25)
    )
    parquet, spreadsheet = write_tables(tables, tmp_path)["technologies"]
    head, *rows = _cells(spreadsheet)
    assert {row[head.index("name")] for row in rows} == {"'" + text}
    assert {row[head.index("growth_last_year")] for row in rows} == {"-0.25"}
    assert pl.read_parquet(parquet)["name"].unique().to_list() == [text]


def test_lists_are_joined_and_what_is_missing_is_empty(tmp_path: Path) -> None:
    tables, _ = observation()
    tables["years"] = pl.DataFrame(
        {
            "year": [2000, 2001],
            "documents_count": [1, None],
            "is_complete": [True, None],
            "sources": [["=a", "b"], None],
        }
    )
    _, spreadsheet = write_tables(tables, tmp_path)["years"]
    assert _cells(spreadsheet)[1:] == [["2000", "1", "true", "'=a; b"], ["2001", "", "", ""]]


def test_hostile_cells_come_back_as_they_were(hostile: Observation, tmp_path: Path) -> None:
    _, spreadsheet = write_tables(hostile[0], tmp_path)["technologies"]
    head, *rows = _cells(spreadsheet)
    names = [row[head.index("name")] for row in rows]
    expected = ["'" + text if text[0] in "=@" else text for text in TEXTS]
    assert names == [expected[place % len(expected)] for place in range(len(names))]


def test_the_same_tables_are_the_same_bytes(take_off: Observation, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        write_tables(take_off[0], folder)
    one, other = (
        {path.name: path.read_bytes() for path in sorted(folder.iterdir())} for folder in folders
    )
    assert one == other
    assert observation_json(*take_off) == observation_json(*take_off)


def test_a_folder_that_is_a_file_is_named(take_off: Observation, tmp_path: Path) -> None:
    (tmp_path / "here").write_text("in the way")
    with pytest.raises(StoreError, match="here"):
        publish(*take_off, tmp_path / "here")


def test_a_write_that_fails_leaves_the_old_files(
    take_off: Observation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(*take_off, tmp_path)
    old = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("firstlight.store.folder.os.fsync", full)
    with pytest.raises(StoreError) as caught:
        publish(*take_off, tmp_path, lang="zh")
    assert caught.value.code == "disk_full" and str(tmp_path) in caught.value.where
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == old


def test_the_json_is_strict_sorted_and_whole(take_off: Observation) -> None:
    tables, facts = (
        dict(take_off[0]),
        {
            **take_off[1],
            "strange": [float("inf"), np.float64("nan"), np.int64(3), date(2020, 1, 2)],
        },
    )
    tables["years"] = tables["years"].with_columns(documents_count=pl.lit(math.nan))
    document = json.loads(observation_json(tables, facts), parse_constant=pytest.fail)
    assert document["schema_version"] == SCHEMA_VERSION and list(document) == sorted(document)
    assert "files" not in document["facts"]
    assert document["facts"]["strange"] == [None, None, 3, "2020-01-02"]
    assert {row["documents_count"] for row in document["tables"]["years"]} == {None}
    assert {name: len(rows) for name, rows in document["tables"].items()} == {
        n: f.height for n, f in tables.items()
    }


def test_the_json_leaves_long_tables_to_parquet_and_joins_find_them(
    take_off: Observation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(*take_off, tmp_path / "whole")
    monkeypatch.setattr("firstlight.views.tables.MOST_ROWS", 2)
    publish(*take_off, tmp_path / "short")
    whole, short = (
        json.loads((tmp_path / name / "observation.json").read_bytes())
        for name in ("whole", "short")
    )
    heights = {name: frame.height for name, frame in take_off[0].items()}
    assert whole["left_to_parquet"] == {} and set(whole["tables"]) == set(heights)
    long = {name: height for name, height in heights.items() if height > 2}
    assert short["left_to_parquet"] == long and {"technologies", "forms"} <= set(long)
    assert short["tables"] == {n: rows for n, rows in whole["tables"].items() if n not in long}
    read = [observed_table(tmp_path / name, tmp_path, print) for name in ("whole", "short")]
    assert read[0][0].equals(read[1][0]) and read[0][0].height > 2
    assert [own.path for own in read[1][1] or ()][:2] == [
        "observation.json",
        "technologies.parquet",
    ]
    (tmp_path / "short" / "tables" / "forms.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError) as refused:
        observed_table(tmp_path / "short", tmp_path, print)
    assert refused.value.code == "no_observation" and "forms.parquet" in refused.value.where


def test_what_json_cannot_hold_is_named() -> None:
    with pytest.raises(InputError, match=r"facts\.odd\[1\]"):
        plain_value({"odd": [1, object()]}, "facts")
    assert plain_value("name\udcff", "facts") == "name\\udcff"


def test_an_empty_observation_writes_headings(tmp_path: Path) -> None:
    tables, facts = nothing()
    written = write_tables(tables, tmp_path)
    assert _cells(written["technologies"][1]) == [tables["technologies"].columns]
    assert json.loads(observation_json(tables, facts))["tables"]["technologies"] == []


def test_a_table_or_a_column_that_is_absent_is_named(take_off: Observation, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="history"):
        write_tables(
            {name: frame for name, frame in take_off[0].items() if name != "history"}, tmp_path
        )
    with pytest.raises(InputError, match="share"):
        write_tables({**take_off[0], "history": take_off[0]["history"].drop("share")}, tmp_path)
