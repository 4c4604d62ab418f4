"""An economy per unit of output: what is made of what, from home and abroad, and who buys it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.chains.io_table import (
    ABROAD,
    HOUSEHOLDS,
    IOTable,
    imported_inputs,
    per_output,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Economy:
    """An economy of n sectors at the prices of its table.

    Attributes
    ----------
    sectors
        n names.
    home
        (n, n + 2), goods made at home: inputs for a unit of output of each sector; what final
        demand takes in all; and what consumers take.
    abroad
        (n, n + 2), the same of imported goods; 0 where the table does not tell them by good.
    primary
        (n,), what a unit of output pays beside inputs that are told by good, at the table's prices.
    value_added
        (n,), what of it is value added.
    other_imports
        (n,), imported inputs for a unit of output that are not told by good.
    intensities
        Stressor -> (n,), for a unit of output.
    """

    sectors: tuple[str, ...]
    home: Floats
    abroad: Floats
    primary: Floats
    value_added: Floats
    other_imports: Floats
    intensities: Mapping[str, Floats]

    @property
    def inputs(self) -> Floats:
        """(n, n), A, inputs made at home."""
        return self.home[:, : len(self.sectors)]

    @property
    def imported_inputs(self) -> Floats:
        """(n, n), imported inputs by good."""
        return self.abroad[:, : len(self.sectors)]

    @property
    def final(self) -> Floats:
        """(n,), final demand for what is made at home."""
        return np.asarray(self.home[:, len(self.sectors)])


def economy_of(
    read: IOTable,
    domestic: IOTable,
    bought_abroad: tuple[Floats, Floats],
    stressors: Mapping[str, Floats],
) -> Economy:
    """The economy of a table as read, and of its domestic part.

    bought_abroad : (n,) and (n,), imports of final demand by good, and of consumers
    stressors     : name -> (n,), what each sector causes or employs in all
    """
    output = domestic.output
    by_good = imported_inputs(read, domestic)
    imported = np.zeros_like(domestic.flows) if by_good is None else by_good
    inputs = per_output(domestic.flows, output)
    from_abroad = per_output(imported, output)
    other = per_output(domestic.imported - imported.sum(axis=0), output)
    primary = 1 - inputs.sum(axis=0) - from_abroad.sum(axis=0)
    stated = domestic.value_added
    value_added = primary - other if stated is None else per_output(stated, output)
    basket = consumed(domestic.uses, len(output))
    return Economy(
        domestic.sectors,
        np.column_stack([inputs, domestic.final_demand, basket]),
        np.column_stack([from_abroad, *bought_abroad]),
        primary,
        value_added,
        other,
        {name: per_output(amounts, output) for name, amounts in stressors.items()},
    )


def consumed(uses: Mapping[str, Floats], count: int) -> Floats:
    """(n,), what households take; what all consumers take where the table has them together."""
    blocks = [block for block in HOUSEHOLDS if block in uses] or ["consumption"]
    parts = [uses[block] for block in blocks if block in uses]
    return np.asarray(np.sum([np.zeros(count), *parts], axis=0))


def final_imports(read: IOTable, domestic: IOTable) -> tuple[Floats, Floats]:
    """(n,) and (n,), what final users at home import of each good, and what consumers do, by a
    table as read and its domestic part; 0 where it does not tell."""
    none = np.zeros(len(read.sectors))
    uses = {block: demand - domestic.uses[block] for block, demand in read.uses.items()}
    for block, demand in (read.imported_uses or {}).items():
        uses[block] = uses.get(block, none) + demand
    at_home = [demand for block, demand in uses.items() if block not in ABROAD]
    return np.sum([none, *at_home], axis=0), consumed(uses, len(none))
