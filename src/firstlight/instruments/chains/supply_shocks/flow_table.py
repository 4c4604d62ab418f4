"""An input-output table read from its flows: what each sector sells to whom."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.texts import Count, Figure, Message, Name, Share, message, names

__all__ = ["FlowTable", "flow_table"]

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent
BALANCED = 1e-6  # of a sector's output, up to which its row and its column are the same
TINY = 1e-9


@dataclass(frozen=True)
class FlowTable:
    """Flows of one year, in the units of the table.

    sectors     : (n,) names, sorted
    flows       : (n, n), what the row sells to the column
    final       : (n,), final demand
    output      : (n,), what each sells in all
    value_added : (n,), output less all that is bought of sectors
    """

    sectors: tuple[str, ...]
    flows: Floats
    final: Floats
    output: Floats
    value_added: Floats

    @property
    def coefficients(self) -> Floats:
        """(n, n), A: inputs per unit of output; 0 for a sector without output."""
        return np.asarray(self.flows / np.where(self.output > 0, self.output, 1.0))


def flow_table(frame: pl.DataFrame) -> tuple[FlowTable, list[Message]]:
    """The table of rows of flows, and messages about what is off.

    frame : sector, user, value; a user that sells nothing is final demand, a sector that buys
            nothing a primary input

    Raises InputError where a flow is missing or negative, where nothing both sells and buys, and
    where the final demand of a sector is negative in all.
    """
    lacking = frame.filter(pl.col("value").is_null())
    if lacking.height:
        seller, buyer = lacking.select("sector", "user").row(0)
        raise _fault(message("flow_missing", sector=Name(seller), user=Name(buyer)))
    sectors = sorted(set(frame["sector"]) & set(frame["user"]))
    if not sectors:
        sellers = sorted(set(frame["sector"]))
        raise _fault(message("no_sector", sectors=names(sellers)))
    at = {name: place for place, name in enumerate(sectors)}
    place = {
        column: frame[column].replace_strict(at, default=-1, return_dtype=pl.Int64).to_numpy()
        for column in ("sector", "user")
    }
    _refuse_totals(frame)
    seller, buyer, value = place["sector"], place["user"], frame["value"].to_numpy()
    size = len(sectors)
    flows, final, primary = np.zeros((size, size)), np.zeros(size), np.zeros(size)
    is_flow = (seller >= 0) & (buyer >= 0)
    flows[seller[is_flow], buyer[is_flow]] = value[is_flow]
    is_final, is_primary = (seller >= 0) & (buyer < 0), (seller < 0) & (buyer >= 0)
    np.add.at(final, seller[is_final], value[is_final])
    np.add.at(primary, buyer[is_primary], value[is_primary])
    _refuse_negative(sectors, flows, final)
    final = np.maximum(final, 0.0)
    output = flows.sum(axis=1) + final
    said = list[Message]()
    if is_primary.any():
        said = _balance(sectors, output, flows.sum(axis=0) + primary)
    table = FlowTable(tuple(sectors), flows, final, output, output - flows.sum(axis=0))
    return table, [*said, *_odd(table)]


def _refuse_totals(frame: pl.DataFrame) -> None:
    """Raise InputError for sellers or buyers that are the sum of others."""
    value = frame["value"].to_numpy()
    for own, other in (("user", "sector"), ("sector", "user")):
        columns, column = np.unique(frame[own].to_numpy(), return_inverse=True)
        rows, row = np.unique(frame[other].to_numpy(), return_inverse=True)
        matrix = np.zeros((len(rows), len(columns)))
        matrix[row, column] = value
        found = [columns[k] for k in _totals(matrix, np.isin(columns, rows))]
        if found:
            raise _fault(message("totals", names=names(found), count=Count(len(found))))


def _totals(matrix: Floats, of_sectors: NDArray[np.bool_]) -> list[int]:
    """Columns that are the sum of all other sectors, of all other columns, or of all of both that
    are not totals themselves."""
    found: list[int] = []
    for _ in range(3):  # a total of totals comes out once those within it are known
        left = ~np.isin(np.arange(matrix.shape[1]), found)
        groups = [left & of_sectors, left & ~of_sectors, left]
        sums = [matrix[:, group].sum(axis=1) for group in groups]
        more = []
        for k in np.flatnonzero(left):
            own = matrix[:, k]
            for group, total in zip(groups, sums, strict=True):
                rest = total - own if group[k] else total
                parts = int(group.sum()) - int(group[k])
                size = np.abs(own).sum()
                if parts > 1 and size > 0 and np.abs(rest - own).sum() <= TINY * size:
                    more.append(int(k))
                    break
        if not more:
            break
        found += more
    return sorted(found)


def _refuse_negative(sectors: list[str], flows: Floats, final: Floats) -> None:
    if (flows < 0).any():
        row, column = np.argwhere(flows < 0)[0]
        values = {"sector": Name(sectors[row]), "user": Name(sectors[column])}
        raise _fault(message("flow_negative", value=Figure(flows[row, column]), **values))
    short = np.flatnonzero(final < -TINY * (flows.sum(axis=1) + np.abs(final)))
    if len(short):
        first = int(short[0])
        value = Figure(float(final[first]))
        raise _fault(message("final_negative", sector=Name(sectors[first]), value=value))


def _balance(sectors: list[str], output: Floats, inputs: Floats) -> list[Message]:
    """Says where what a sector sells is not what it buys and adds."""
    off = np.abs(inputs - output) / np.maximum(np.maximum(output, inputs), TINY)
    worst = int(off.argmax())
    if off[worst] <= BALANCED:
        return []
    return [message("unbalanced", sector=Name(sectors[worst]), share=Share(float(off[worst]), 1))]


def _odd(table: FlowTable) -> list[Message]:
    said = []
    idle = [name for name, own in zip(table.sectors, table.output, strict=True) if own <= 0]
    if idle:
        said.append(message("no_output", names=names(idle)))
    minus = table.value_added < -BALANCED * table.output
    if minus.any():
        listed = [name for name, own in zip(table.sectors, minus, strict=True) if own]
        said.append(message("adds_no_value", names=names(listed)))
    return said


def _fault(wrong: Message) -> InputError:
    return InputError(wrong, FOLDER)
