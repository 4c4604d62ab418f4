"""Flows between places: read from a long frame and checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.long_frames import read_long


def read_flows(
    frame: Any,
    flow: str,
    *,
    origin: str,
    destination: str,
    period: str | None = None,
    others: Sequence[str] = (),
) -> pl.DataFrame:
    """A long frame with a row per origin, destination and period as canonical columns, sorted.

    others : further columns of numbers, kept as ``#0``, ``#1``, ...
    Returns Polars frame: origin, destination, period (null where the frame has none), flow (null where missing), ``#k``.
    Raises  InputError naming a negative flow, a row that stands twice, or a period that isn't whole.

    >>> rows = pl.DataFrame({"from": ["b", "a"], "to": ["a", "a"], "t": [3.0, 5.0]})
    >>> read_flows(rows, "t", origin="from", destination="to").rows()
    [('a', 'a', None, 5.0), ('b', 'a', None, 3.0)]
    """
    names = {
        "origin": origin,
        "destination": destination,
        **({"period": period} if period else {}),
        "flow": flow,
    }
    names |= {f"#{k}": name for k, name in enumerate(others)}
    table = read_long(
        frame, names, [name for name in names if name not in ("origin", "destination")]
    )
    if period is None:
        table = table.with_columns(pl.lit(None, pl.Int64).alias("period"))
    else:
        _refuse(
            table,
            pl.col("period").is_null() | (pl.col("period") != pl.col("period").round()),
            "no whole period",
        )
        table = table.with_columns(pl.col("period").cast(pl.Int64))
    if table.height == 0:
        raise InputError(
            "no rows", where="the frame", try_next="hand in a row per origin and destination"
        )
    _refuse(table, pl.col("flow") < 0, "a negative flow")
    _refuse(table, pl.struct("origin", "destination", "period").is_duplicated(), "stands twice")
    first = ["origin", "destination", "period", "flow"]
    return table.select(*first, *(name for name in table.columns if name not in first)).sort(
        "period", "origin", "destination"
    )


def _refuse(table: pl.DataFrame, when: pl.Expr, what: str) -> None:
    bad = table.filter(when)
    if bad.height:
        row = bad.row(0, named=True)
        raise InputError(
            f"{what}: {row['flow']}",
            where=f"from {row['origin']!r} to {row['destination']!r}, period {row['period']}",
            try_next="one flow of 0 or more per origin, destination and whole period; leave unknown ones empty",
        )
