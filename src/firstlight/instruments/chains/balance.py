"""Whether an input-output table balances, and what in it is out of the ordinary."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.chains.io_table import IOTable
from firstlight.texts import Count, Figure, Message, Name, Share, message, names

Floats = NDArray[np.float64]
TOLERANCE = 1e-9  # of a sector's turnover
TINIEST = 1e-300  # divides where a sector has no turnover, so that any gap of it is a wide one


def balance_table(table: IOTable) -> pl.DataFrame:
    """A row for each sector of a table as read: its output, what its row and its column add up to,
    and the gaps; null where the table says nothing to hold the sum against. The worst gap is in
    proportion to turnover: of the row, of the column, or between the outputs that are stated."""
    rows = table.row_totals
    columns = table.column_totals
    stated = table.stated.get("output_by_row", table.output)
    paid = table.stated.get("output_by_column", stated)
    none = pl.Series([None] * len(stated), dtype=pl.Float64)
    row_gap = none
    column_gap = none
    total = none
    gaps = [stated - paid]
    if table.stated:  # else output is what rows add up to
        gaps.append(rows - stated)
        row_gap = pl.Series(rows - stated)
    if columns is not None:
        gaps.append(columns - paid)
        column_gap = pl.Series(columns - paid)
        total = pl.Series(columns)
    worst = np.abs(gaps).max(axis=0)
    size = np.maximum(table.turnover, TINIEST)  # an output that is stated of nothing is no rounding
    return pl.DataFrame(
        {
            "sector": table.sectors,
            "output": table.output,
            "row_total": rows,
            "row_gap": row_gap,
            "column_total": total,
            "column_gap": column_gap,
            "worst_gap": worst / size,
        }
    )


def unbalanced(table: IOTable) -> pl.DataFrame:
    """The rows of `balance_table` whose gaps are no rounding, the widest first."""
    off = balance_table(table).filter(pl.col("worst_gap") > TOLERANCE)
    return off.sort(pl.col("worst_gap").round(12), "sector", descending=[True, False])


def oddities(table: IOTable) -> list[Message]:
    """What a reader has to know of a table before its figures: gaps, zero outputs, negative flows,
    and names whose block was guessed."""
    said = _gaps(table)
    idle = [name for name, output in zip(table.sectors, table.output, strict=True) if not output]
    if idle:
        said.append(message("zero_output", count=Count(len(idle)), sectors=names(idle)))
    negative = np.argwhere(table.flows < 0)
    if len(negative):
        sectors = [table.sectors[i] for i in dict.fromkeys(negative[:, 0].tolist())]
        said.append(message("negative_flows", count=Count(len(negative)), sectors=names(sectors)))
    guessed = table.unknown
    if guessed:
        said.append(message("guessed", count=Count(len(guessed)), labels=names(guessed)))
    return said


def _gaps(table: IOTable) -> list[Message]:
    if table.column_totals is None and not table.stated:
        return [message("not_checked")]
    off = unbalanced(table)
    if not off.height:
        return [message("balanced", count=Count(len(table.sectors)))]
    worst = off.row(0, named=True)
    at = table.sectors.index(worst["sector"])
    stated = [amounts[at] for amounts in table.stated.values()]
    gaps = {
        "row": worst["row_gap"] or 0.0,
        "column": worst["column_gap"] or 0.0,
        "stated": float(stated[0] - stated[-1]) if stated else 0.0,
    }
    where = max(gaps, key=lambda each: abs(gaps[each]))
    sector = Name(worst["sector"])
    gap = Figure(gaps[where])
    share = Share(worst["worst_gap"], digits=4)
    return [
        message(f"off_in_{where}", count=Count(off.height), sector=sector, gap=gap, share=share)
    ]
