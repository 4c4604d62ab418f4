"""Measurements that are asked for with an observation, which a join of another name measures."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from firstlight.errors import InputError
from firstlight.texts import Name, message

RUN = Path(__file__).parent
OPTION = "observation"
JOINS = {
    "opportunities": "take_off_opportunities",
    "drivers": "take_off_drivers",
    "structure": "take_off_chains",
}
OF_ANOTHER_TABLE = {"graduates": "take_off_graduates"}  # which reads openings in the first place


def joined_name(name: str, options: Collection[str]) -> str:
    """The join that a measurement with an observation stands for; else the name as it is.

    Raises InputError, naming the join, where it takes another table than the measurement.

    >>> joined_name("opportunities", ["observation"]), joined_name("opportunities", ["most"])
    ('take_off_opportunities', 'opportunities')
    """
    if OPTION not in options:
        return name
    if join := OF_ANOTHER_TABLE.get(name):
        raise InputError(message("another_table", name=Name(name), join=Name(join)), RUN)
    return JOINS.get(name, name)
