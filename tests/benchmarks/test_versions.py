"""The comparison of versions finds what is planted, and nothing else."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from benchmarks.versions import TOLERANCE, differences, lower_bounds

TABLE = pl.DataFrame(
    {"name": ["a", "b"], "x": [1.0, 2000.0], "rank": [1, 2], "share": [None, float("nan")]}
)


def written(folder: Path, table: pl.DataFrame) -> Path:
    """A folder with one table."""
    (folder / "case").mkdir(parents=True)
    table.write_parquet(folder / "case" / "table.parquet")
    return folder


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (pl.col("x") * (1 + TOLERANCE / 2), None),
        (pl.col("x") * (1 + TOLERANCE * 3), "x"),
        (pl.col("x") + pl.Series([0.0, float("nan")]), "x"),
        (pl.col("share").fill_null(0.0), "share"),
        (pl.col("rank") * pl.Series([1, 2]), "rank"),
        (pl.col("name").str.replace("a", "c"), "name"),
        (pl.col("rank").alias("place"), "place"),
    ],
)
def test_a_difference_is_found_and_a_rounding_is_not(
    tmp_path: Path, change: pl.Expr, named: str | None
) -> None:
    one = written(tmp_path / "one", TABLE)
    other = written(tmp_path / "other", TABLE.with_columns(change))
    found = list(differences(one, other))
    assert len(found) == (named is not None)
    assert named is None or named in found[0]


def test_a_table_in_one_alone_is_a_difference(tmp_path: Path) -> None:
    one, other = written(tmp_path / "one", TABLE), tmp_path / "other"
    other.mkdir()
    assert len(list(differences(one, other))) == 1


def test_every_package_of_the_core_has_a_lower_bound() -> None:
    bounds = dict(each.split("==") for each in lower_bounds())
    assert {"numpy", "polars", "scipy", "scikit-learn", "duckdb"} <= set(bounds)
