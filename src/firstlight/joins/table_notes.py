"""What a reader of a join has to know of the input-output table under it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from firstlight.instruments.chains.balance import TOLERANCE, balance_table
from firstlight.instruments.chains.io_table import IOTable
from firstlight.texts import Count, Message, Name, Share, message, names

__all__ = ["table_notes"]


def table_notes(table: IOTable, beyond: Sequence[str]) -> list[Message]:
    """Gaps of the table, names whose block was guessed, and sectors that import more than is used.

    beyond : those sectors
    """
    said = []
    off = balance_table(table).filter(pl.col("worst_gap") > TOLERANCE)
    if off.height:
        worst = off.sort(pl.col("worst_gap").round(12), "sector", descending=[True, False])
        sector, gap = worst.select("sector", "worst_gap").row(0)
        share = Share(gap, digits=4)
        said.append(message("table_off", count=Count(off.height), sector=Name(sector), share=share))
    if table.unknown:
        labels = names(table.unknown)
        said.append(message("table_guessed", count=Count(len(table.unknown)), labels=labels))
    if beyond:
        said.append(message("imports_beyond", count=Count(len(beyond)), sectors=names(beyond)))
    return said
