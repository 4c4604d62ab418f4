"""Tables keep their bytes, queries see only what they are given, and a full disk is told as such."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError, StoreError
from firstlight.store.folder import sha256_of
from firstlight.store.parquet_duckdb import read_table, sql, write_table
from firstlight.texts import Name

FRAME = pl.DataFrame(
    {
        "term": ["graphene", "石墨烯", None],
        "year": [2004, 2010, 2016],
        "share": [0.25, None, 1e-300],
        "areas": [["materials"], [], None],
    }
).with_columns(seen=pl.date(2004, 1, pl.int_range(1, 4)))


LATE_ERROR = "SELECT CAST(IF(i = 900000, 'x', '1') AS INTEGER) FROM range(1000000) r(i)"


def test_a_frame_comes_back_as_it_was(tmp_path: Path) -> None:
    write_table(FRAME, tmp_path / "t.parquet")
    back = read_table(tmp_path / "t.parquet")
    assert back.equals(FRAME)
    assert back.schema == FRAME.schema
    assert [file.name for file in tmp_path.iterdir()] == ["t.parquet"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.tuples(st.integers(-(2**60), 2**60), st.text(max_size=5), st.none() | st.floats()),
        max_size=20,
    ),
    cut=st.integers(0, 20),
)
def test_bytes_depend_on_values_not_on_chunks(
    tmp_path: Path, rows: list[tuple[int, str, float | None]], cut: int
) -> None:
    frame = pl.DataFrame(
        rows, schema={"a": pl.Int64, "b": pl.String, "c": pl.Float64}, orient="row"
    )
    pieces = pl.concat([frame[:cut], frame[cut:]], rechunk=False)
    write_table(frame, tmp_path / "whole.parquet")
    write_table(pieces, tmp_path / "pieces.parquet")
    assert sha256_of(tmp_path / "whole.parquet") == sha256_of(tmp_path / "pieces.parquet")
    assert read_table(tmp_path / "whole.parquet").equals(frame)


@pytest.mark.slow
def test_bytes_are_the_same_with_any_number_of_threads(tmp_path: Path) -> None:
    script = (
        "import sys, polars as pl, pathlib; from firstlight.store.parquet_duckdb import write_table;"
        "f = pl.DataFrame({'n': range(300_000)}).with_columns(s=(pl.col('n') * 7919 % 1013).cast(pl.String));"
        "write_table(f, pathlib.Path(sys.argv[1]))"
    )
    for threads in ("1", "3"):
        target = tmp_path / f"{threads}.parquet"
        subprocess.run(
            [sys.executable, "-c", script, target],
            check=True,
            env=os.environ | {"POLARS_MAX_THREADS": threads},
        )
    assert sha256_of(tmp_path / "1.parquet") == sha256_of(tmp_path / "3.parquet")


def test_categories_are_written_as_text(tmp_path: Path) -> None:
    for name, values in (("a", ["x", "y"]), ("b", ["y", "x"])):
        frame = pl.DataFrame({"c": values}, schema={"c": pl.Categorical}).sort(
            pl.col("c").cast(pl.String)
        )
        write_table(frame, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert read_table(tmp_path / "a").schema == {"c": pl.String}


def test_python_objects_are_refused_by_column(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write_table(pl.DataFrame({"o": [object()]}), tmp_path / "t.parquet")
    assert caught.value.values == {"column": Name("o")}


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs /dev/full, a device that is always full"
)
def test_a_full_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes
    (tmp_path / "t.parquet").write_bytes(b"earlier")
    monkeypatch.setattr(Path, "write_bytes", lambda path, data: write(Path("/dev/full"), data))
    with pytest.raises(StoreError, match="the disk is full"):
        write_table(pl.DataFrame({"n": range(100_000)}), tmp_path / "t.parquet")
    assert (tmp_path / "t.parquet").read_bytes() == b"earlier"


@pytest.mark.parametrize("content", [None, b"", b"not parquet at all, but long enough"])
def test_an_unreadable_table_names_its_file(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "t.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=r"t\.parquet"):
        read_table(path)
    with pytest.raises(StoreError, match=r"t\.parquet"):
        sql("SELECT * FROM t", {"t": path})


@pytest.mark.parametrize("folder", ["it's a folder", "a[1]*b", "a?b", "a{1,2}b", "数据"])
def test_sql_joins_tables_with_awkward_names(tmp_path: Path, folder: str) -> None:
    odd = tmp_path / folder
    odd.mkdir()
    write_table(FRAME, odd / "t.parquet")
    answer = sql(
        'SELECT b.term FROM "tidy.x__t" JOIN b USING (year) ORDER BY year',
        {"tidy.x__t": odd / "t.parquet", "b": odd / "t.parquet"},
    )
    assert answer["term"].to_list() == FRAME["term"].to_list()
    assert sql("SELECT * FROM t WHERE year > 3000", {"t": odd / "t.parquet"}).schema == FRAME.schema


def test_a_query_reaches_no_other_file(tmp_path: Path) -> None:
    write_table(FRAME, tmp_path / "t.parquet")
    (tmp_path / "secret.csv").write_text("a\n1\n")
    for query in (
        f"SELECT * FROM '{tmp_path / 'secret.csv'}'",
        f"COPY t TO '{tmp_path / 'out.csv'}'",
        f"ATTACH '{tmp_path / 'other.db'}'",
        "SET enable_external_access = true",
    ):
        with pytest.raises(InputError):
            sql(query, {"t": tmp_path / "t.parquet"})
    assert sorted(file.name for file in tmp_path.iterdir()) == ["secret.csv", "t.parquet"]


@pytest.mark.parametrize(
    "query", ["SELEC 1", "SELECT * FROM nowhere", "SELECT 1 AS a, 2 AS a", LATE_ERROR]
)
def test_a_wrong_query_says_what_tables_there_are(tmp_path: Path, query: str) -> None:
    write_table(FRAME, tmp_path / "t.parquet")
    with pytest.raises(InputError, match="tables at hand: t"):
        sql(query, {"t": tmp_path / "t.parquet"})


def test_sql_needs_no_pyarrow(tmp_path: Path) -> None:
    write_table(FRAME, tmp_path / "t.parquet")
    script = (
        "import sys; sys.modules['pyarrow'] = None; import pathlib;"
        "from firstlight.store.parquet_duckdb import sql, read_table; p = pathlib.Path(sys.argv[1]);"
        "assert sql('SELECT * FROM t', {'t': p}).equals(read_table(p))"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path / "t.parquet"], check=True)
