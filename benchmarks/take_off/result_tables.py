"""The tables of the record as CSV files: rows of one corpus and horizon are replaced, all others
stay."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import polars as pl
from benchmarks.take_off.protocol import Protocol
from polars import selectors

PREFIX = "take_off_"
DECIMALS = 5
KEYS = ("corpus", "horizon", "protocol")
READ_WITH = ("protocol_sha256", "code_version", "earlier_forecasts_sha256")
DIGITS = 12  # of the protocol's hash beside each row; the whole stands in take_off_corpora.csv


def write(
    tables: Mapping[str, pl.DataFrame], folder: Path, protocol: Protocol, corpus: str, horizon: int
) -> None:
    """Put the tables of one corpus and horizon in their place."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = {"corpus": corpus, "horizon": horizon, "protocol": protocol.sha256[:DIGITS]}
    for name, table in tables.items():
        rows = table.select(*(pl.lit(value).alias(key) for key, value in keys.items()), pl.all())
        replace_rows(folder / f"{PREFIX}{name}.csv", rows, list(protocol.plans))


def replace_rows(path: Path, rows: pl.DataFrame, order: list[str]) -> None:
    """Replace the rows of the same corpus and horizon in a file, and sort by corpus and horizon."""
    rounded = rows.with_columns(
        selectors.float().round(DECIMALS), selectors.by_dtype(pl.Null).cast(pl.String)
    )
    if path.is_file():
        # Read as the rows are typed, so that a column of whole numbers or of nulls stays what it
        # is.
        known = pl.read_csv(path, schema_overrides=dict(rounded.schema))
        others = known.join(
            rounded.select("corpus", "horizon").unique(), on=["corpus", "horizon"], how="anti"
        )
        rounded = pl.concat([others, rounded], how="diagonal_relaxed").select(rounded.columns)
    place = pl.col("corpus").replace_strict(
        {name: row for row, name in enumerate(order)}, default=len(order)
    )
    rounded.sort(place, "horizon", maintain_order=True).write_csv(path)


def note_reading(
    folder: Path, about: Mapping[str, object], corpus: str, today: datetime.date
) -> None:
    """Note that the test years of a corpus were scored, once for each code, protocol and set of
    earlier forecasts."""
    path = folder / f"{PREFIX}test_readings.csv"
    known = {"corpus": corpus, **{name: str(about[name]) for name in READ_WITH}}
    row = pl.DataFrame(
        {"date": [today.isoformat()], **{name: [value] for name, value in known.items()}}
    )
    before = pl.read_csv(path, infer_schema=False) if path.is_file() else row.clear()
    every = pl.concat([before, row]).unique(
        ["corpus", *READ_WITH], keep="first", maintain_order=True
    )
    every.write_csv(path)


def read(folder: Path, name: str) -> pl.DataFrame:
    """A table that was written."""
    return pl.read_csv(folder / f"{PREFIX}{name}.csv", infer_schema_length=None)
