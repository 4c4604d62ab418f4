"""Data frames, in memory or in Parquet, with nested columns opened along known paths."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import narwhals as nw
import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.pandas_frames import native_to_polars, with_index
from firstlight.sources.archives import Content, broken, compression, shown_name, whole
from firstlight.sources.limits import check, check_table
from firstlight.sources.nested import extract, needs_opening, nested_paths, steps
from firstlight.sources.parquet_layout import LayoutError, checked_sizes
from firstlight.sources.raw import LIST_SIGN, ROW, Raw
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
Frame = Any
"""A pandas, Polars, PyArrow, DuckDB or any other frame that narwhals knows."""

DAMAGED = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What Polars raises for a damaged file; where it panics, that is not even an Exception."""


@dataclass(frozen=True)
class FrameFile:
    """A table with typed columns.

    Nested columns also offer the paths of the alias table that begin with them.

    sizes  : column -> the bytes that it takes at least in memory, by what its file says; empty for
             what is in memory already
    stored : bytes of its file
    """

    lazy: pl.LazyFrame
    schema: dict[str, pl.DataType]
    table: str
    where: str
    sizes: Mapping[str, int] = field(default_factory=dict)
    stored: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        nested = {name for name, kind in self.schema.items() if kind.is_nested()}
        paths = [
            path
            for path in nested_paths(self.table)
            if path not in self.schema and _head(path) in nested
        ]
        return (*self.schema, *paths)

    def load(self, wanted: tuple[str, ...]) -> Raw:
        """The rows; lists become texts joined by ``LIST_SIGN``, other nested values text, the rest
        keeps its type."""
        heads = dict.fromkeys(self._holder(name) for name in wanted)
        if self.sizes:
            least = sum(self.sizes.get(head, 0) for head in heads)
            check_table(least, self.where, self.stored)
        try:
            frame = self.lazy.select(*heads).collect()
        except DAMAGED as error:
            about = {"file": Name(self.where), "said": Name(str(error))}
            raise InputError(message("damaged_table", **about), FOLDER) from error
        if self.sizes:
            check_table(sum(map(_held, frame)), self.where, self.stored)
        columns = [self._column(frame, name) for name in wanted]
        rows = pl.int_range(1, frame.height + 1, dtype=pl.UInt32, eager=True).alias(ROW)
        return Raw(pl.DataFrame([*columns, rows]))

    def _holder(self, name: str) -> str:
        """The column of the file that holds a wanted one."""
        return name if name in self.schema else _head(name)

    def _column(self, frame: pl.DataFrame, name: str) -> pl.Series:
        if name not in self.schema:
            return _opened(frame[_head(name)], name)
        series = frame[name]
        inner = getattr(series.dtype, "inner", None)
        if needs_opening(name):
            return _opened(series, name)
        if not series.dtype.is_nested():
            return _text_where_coded(series, self.where)
        if inner is None or cast(pl.DataType, inner).is_nested():
            return _opened(series, name)
        return (
            series.cast(pl.List(pl.String))
            .list.eval(pl.element().drop_nulls())
            .list.join(LIST_SIGN)
        )


def _held(series: pl.Series) -> int:
    """The bytes of a column, of texts each for itself even where they are stored once."""
    # A text takes its bytes and a view on them, of 16.
    if series.dtype == pl.String:
        return int(series.str.len_bytes().sum()) + 16 * series.len()
    if series.dtype == pl.Binary:
        return int(series.bin.size().sum()) + 16 * series.len()
    return int(series.estimated_size())


def _head(path: str) -> str:
    found = steps(path)
    return found[0][0] if found else path


def _opened(series: pl.Series, path: str) -> pl.Series:
    key = _head(path)
    if series.name == path:  # a plain name may hold the signs of a path
        key = path
    return pl.Series(
        path, [extract({key: value}, path) for value in series.to_list()], dtype=pl.String
    )


def _text_where_coded(series: pl.Series, where: str) -> pl.Series:
    if series.dtype == pl.Binary:
        try:
            return series.cast(pl.String)
        except (pl.exceptions.ComputeError, pl.exceptions.InvalidOperationError) as error:
            about = {"file": Name(where), "column": Name(series.name)}
            raise InputError(message("bytes_not_text", **about), FOLDER) from error
    if series.dtype in (pl.Categorical, pl.Enum, pl.Boolean, pl.Object):
        return series.cast(pl.String)
    return series


def open_parquet(content: Content, table: str) -> FrameFile:
    """Read the schema of a Parquet file; the columns are read when they are wanted.

    Raises  InputError where the file is truncated or isn't Parquet.
    """
    stored = content.size
    try:
        if content.path is None or content.entry or compression(content):
            content = Content(content.name, data=whole(content))
        with content.raw() as stream:
            sizes = checked_sizes(stream, content.name)
        lazy = pl.scan_parquet(_stored(content), glob=False)
        schema = dict(lazy.collect_schema())
    except LayoutError as error:
        raise InputError(message("damaged_layout", file=Name(content.name)), FOLDER) from error
    except (*DAMAGED, OSError) as error:
        raise broken(content, "parquet", error) from error
    check("columns", len(schema), content.name)
    return FrameFile(lazy, schema, table, content.name, sizes, stored)


def _stored(content: Content) -> Path | IO[bytes]:
    """A path, or a stream of the bytes where Polars can't use one: it knows none that isn't
    UTF-8."""
    path = content.path
    if path is None or shown_name(str(path)) != str(path):
        return content.raw()
    return path


def open_frame(frame: Frame, table: str) -> FrameFile:
    """A frame in memory.

    Raises  InputError for duplicate column names, or for what narwhals doesn't know as a frame.
    """
    try:
        known = nw.from_native(with_index(frame))
    except nw.exceptions.DuplicateError as error:
        about = {"table": Name("frame"), "said": Name(str(error))}
        raise InputError(message("columns_alike", **about)) from error
    except TypeError as error:
        told = message("neither_path_nor_frame", kind=Name(type(frame).__name__))
        raise InputError(told, FOLDER) from error
    try:
        polars = native_to_polars(known)
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        about = {"file": Name("frame"), "said": Name(str(error))}
        raise InputError(message("mixed_types", **about), FOLDER) from error
    return FrameFile(polars.lazy(), dict(polars.schema), table, "frame")


def frame_hash(frame: FrameFile) -> tuple[str, int]:
    """SHA-256 and size of a frame's columns as uncompressed Arrow IPC."""
    sink = _HashSink()
    # The oldest layout stores each text once and in order, whatever the frame's history.
    frame.lazy.collect().rechunk().write_ipc(
        cast(io.BytesIO, sink), compression="uncompressed", compat_level=pl.CompatLevel.oldest()
    )
    return sink.digest.hexdigest(), sink.size


class _HashSink(io.RawIOBase):
    def __init__(self) -> None:
        self.digest, self.size = hashlib.sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.digest.update(data)
        self.size += len(data)
        return len(data)
