"""Tables as relations of DuckDB, where PyArrow isn't there."""

from __future__ import annotations

import datetime
import subprocess
import sys

import duckdb
import polars as pl
import pytest

from firstlight.numerics.duckdb_frames import polars_to_duckdb

DAY = datetime.date(2016, 5, 3)
NOON = datetime.datetime(2016, 5, 3, 12, 0, 0, 5)
TABLE = pl.DataFrame(
    {
        'a "name"': pl.Series([2**62, None], dtype=pl.Int64),
        "small": pl.Series([255, None], dtype=pl.UInt8),
        "share": [0.1, None],
        "is_new": [True, None],
        "text": ["\u62d3 it's", None],
        "day": [DAY, None],
        "time": [NOON, None],
        "names": [["a", None], None],
        "kind": pl.Series(["x", None], dtype=pl.Categorical),
        "nothing": pl.Series([None, None], dtype=pl.Null),
    }
)
KINDS = ["BIGINT", "UTINYINT", "DOUBLE", "BOOLEAN", "VARCHAR", "DATE", "TIMESTAMP", "VARCHAR[]"]


@pytest.mark.parametrize("rows", [2, 0])
def test_every_kind_of_column_comes_back(rows: int) -> None:
    table = TABLE.head(rows)
    found = polars_to_duckdb(table, duckdb)
    assert found.columns == table.columns
    assert [str(kind) for kind in found.types] == [*KINDS, "VARCHAR", "VARCHAR"]
    assert found.fetchall() == table.rows()


def test_a_relation_comes_back_as_one_without_pyarrow() -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import duckdb; from firstlight.disparity import inequality\n"
        "rows = duckdb.sql(\"select * from (values ('a', 2000, 1.0), ('b', 2000, 3.0)) t(unit, year, value)\")\n"
        "print(inequality(rows).frame.select('gini_index').fetchall())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[(0.25,)]"
