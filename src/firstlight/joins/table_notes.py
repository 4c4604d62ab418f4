"""What a reader of a join has to know of the input-output table under it."""

from __future__ import annotations

from collections.abc import Sequence

from firstlight.instruments.chains.balance import unbalanced
from firstlight.instruments.chains.io_table import IOTable
from firstlight.texts import Count, Message, Name, Share, counted, message, names


def table_notes(table: IOTable, beyond: Sequence[str]) -> list[Message]:
    """Gaps of the table, names whose block was guessed, and sectors that import more than is used.

    beyond : those sectors
    """
    said = []
    off = unbalanced(table)
    if off.height:
        sector, gap = off.select("sector", "worst_gap").row(0)
        share = Share(gap, digits=4)
        said.append(message("table_off", count=Count(off.height), sector=Name(sector), share=share))
    if table.unknown:
        labels = names(table.unknown)
        said.append(message("table_guessed", count=Count(len(table.unknown)), labels=labels))
    said += counted("imports_beyond", len(beyond), sectors=names(beyond))
    return said
