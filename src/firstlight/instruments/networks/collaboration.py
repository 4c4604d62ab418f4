"""Works as they are read: who took part in what."""

from __future__ import annotations

from typing import Any

import polars as pl

from firstlight.errors import InputError
from firstlight.numerics.long_frames import read_long


def read_works(
    frame: Any,
    work: str,
    member: str,
    *,
    year: str | None = None,
    others: dict[str, str] | None = None,
) -> pl.DataFrame:
    """Who took part in what, each once, in a fixed order: work, member, year if any, and other text columns.

    Raises  InputError as ``read_long``, for no rows, or where a work has two years.

    >>> read_works(pl.DataFrame({"w": ["b", "a", "b"], "m": [1, 2, 1]}), "w", "m").rows()
    [('a', '2'), ('b', '1')]
    """
    names = {"work": work, "member": member} | ({"year": year} if year else {}) | (others or {})
    table = read_long(frame, names, []).unique().sort(list(names))
    if not table.height:
        raise InputError("no rows", where="the frame", try_next="pass a row per work and member")
    if year:
        twice = (
            table.group_by("work")
            .agg(pl.col("year").n_unique())
            .filter(pl.col("year") > 1)
            .sort("work")
        )
        if twice.height:
            raise InputError(
                f"work {twice['work'][0]!r} has {twice['year'][0]} years",
                where="the frame",
                try_next="give it one",
            )
    return table
