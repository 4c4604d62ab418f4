"""Tables as Parquet files, and SQL over them: the only file that names DuckDB."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from firstlight.errors import InputError, StoreError
from firstlight.store.folder import ROOM, disk_errors
from firstlight.texts import Name, message, names

if TYPE_CHECKING:  # most commands ask nothing in SQL: the engine is loaded by those that do
    import duckdb

ROWS_PER_GROUP = 131_072
ZSTD_LEVEL = 3


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as Parquet: the same frame gives the same bytes, whatever its chunks or the
    number of threads.

    Categorical columns are written as text, because their codes depend on the order in which values
    were met.

    frame : rows in the order that is to be kept
    path  : the file; one that exists is replaced only by a whole new one
    Raises  InputError naming the column that Parquet can't hold; StoreError where the disk is full
            or read-only.
    """
    unfit = [
        name for name, kind in frame.schema.items() if kind.base_type() in (pl.Object, pl.Unknown)
    ]
    if unfit:
        raise InputError(message("python_objects", column=Name(unfit[0])), ROOM)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    with disk_errors(path):
        try:
            draft.write_bytes(
                _parquet(frame.with_columns(pl.col(pl.Categorical).cast(pl.String)).rechunk())
            )
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def _parquet(frame: pl.DataFrame) -> memoryview:
    # Polars reports a full disk as an error of computation, at times without the system's number:
    # it writes to memory.
    written = io.BytesIO()
    frame.write_parquet(
        written,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        row_group_size=ROWS_PER_GROUP,
        statistics=True,
    )
    return written.getbuffer()


def read_table(path: Path) -> pl.DataFrame:
    """The frame of a Parquet file, rows in their order.

    Raises  StoreError where the file is absent or isn't readable Parquet.
    """
    try:
        return pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as problem:
        about = {"said": Name(str(problem)), "path": Name(str(path))}
        raise StoreError(message("table_unreadable", **about), ROOM) from problem


def sql(query: str, tables: Mapping[str, Path], *, threads: int = 1) -> pl.DataFrame:
    """The answer to one SQL query over Parquet files, each seen as a view.

    The query sees these files only: it can neither read another file nor write one. One thread,
    unless told otherwise, so that groups and sums of floats come in the same order and to the same
    last digit each time. DuckDB's sums of integers come as decimals without fraction.

    tables : view name -> Parquet file; a name with a dot is written in double quotes in the query
    Raises  InputError with DuckDB's words where the query is wrong; StoreError naming an unreadable
            file.

    >>> sql("SELECT 1 AS one", {})["one"].to_list()
    [1]
    """
    import duckdb

    with duckdb.connect(config={"threads": threads}) as engine:
        engine.execute(
            "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false"
        )
        seen = dict.fromkeys(
            text for path in tables.values() for text in (str(path), _literal(path))
        )
        engine.execute(f"SET allowed_paths = [{', '.join(_quoted(text) for text in seen)}]")
        engine.execute("SET enable_external_access = false; SET lock_configuration = true")
        for name, path in tables.items():
            _view(engine, name, path)
        try:
            relation = engine.sql(query)
            # Through the Arrow C interface, which needs no pyarrow (relation.pl() would).
            return pl.DataFrame() if relation is None else pl.DataFrame(relation)
        except (duckdb.Error, pl.exceptions.PolarsError) as problem:
            about = {"said": Name(str(problem)), "query": Name(query)}
            if not tables:
                raise InputError(message("query_without_tables", **about), ROOM) from problem
            known = names(tables, len(tables))
            raise InputError(message("query_fails", tables=known, **about), ROOM) from problem


def _view(engine: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    import duckdb

    identifier = '"' + name.replace('"', '""') + '"'
    try:
        engine.execute(
            f"CREATE VIEW {identifier} AS SELECT * FROM read_parquet({_quoted(_literal(path))})"
        )
    except duckdb.Error as problem:
        about = {"table": Name(name), "said": Name(str(problem)), "path": Name(str(path))}
        raise StoreError(message("view_unreadable", **about), ROOM) from problem


def _literal(path: Path) -> str:
    """A path of which no character is read as a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", str(path)) if re.search(r"[*?]", str(path)) else str(path)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
