"""Output or value added as a product of factors: technology, and the mix and level of final
demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.chains.io_table import IOTable, per_output
from firstlight.instruments.chains.leontief import ProductionSystem
from firstlight.texts import message

__all__ = ["changing_values"]

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
GROUPS = {
    "consumption": (
        "rural_households",
        "urban_households",
        "households",
        "nonprofit",
        "government",
    ),
    "investment": ("fixed_investment", "inventories", "investment"),
    "exports": ("exports", "outflows"),
}


@dataclass(frozen=True)
class _Year:
    """The factors of one year.

    intensity : (n,), value added for a unit of output; ones for output
    system    : I - A, factorised
    demand    : (n,), final demand
    mix       : (n, c), goods in each category of final demand, columns of which sum to 1
    weights   : (c,), shares of the categories
    level     : all final demand
    """

    intensity: Floats
    system: ProductionSystem
    demand: Floats
    mix: Floats
    weights: Floats
    level: float


def changing_values(
    first: IOTable, last: IOTable, *, is_value_added: bool, is_split: bool
) -> tuple[tuple[str, ...], Callable[[tuple[bool, ...]], Floats]]:
    """Names of the factors, and the values for any of them changed.

    Parameters
    ----------
    first, last
        Tables of the same n sectors.
    is_value_added
        Value added rather than output is decomposed.
    is_split
        Final demand is the product of its mix, its categories and its level.

    Returns
    -------
    Names of k factors; a function from whether each of them has changed to (n,).
    """
    years = [_factors(table, is_value_added, is_split) for table in (first, last)]
    years = _without_gaps(*years)
    of_demand = ("mix", "categories", "level") if is_split else ("demand",)
    names = (*(("intensity",) if is_value_added else ()), "technology", *of_demand)

    def value(has: tuple[bool, ...]) -> Floats:
        at = dict(zip(names, (years[own] for own in has), strict=True))
        if is_split:
            demand = at["mix"].mix @ at["categories"].weights * at["level"].level
        else:
            demand = at["demand"].demand
        made = at["technology"].system.requirements(demand)
        return np.asarray(made * at["intensity"].intensity) if is_value_added else made

    return names, value


def _factors(table: IOTable, is_value_added: bool, is_split: bool) -> _Year:
    count = len(table.sectors)
    intensity = np.ones(count)
    if is_value_added and table.value_added is not None:
        intensity = per_output(table.value_added, table.output)
    demand = table.final_demand
    groups = [
        np.sum([np.zeros(count), *(table.uses[own] for own in blocks if own in table.uses)], axis=0)
        for blocks in GROUPS.values()
    ]
    # what is in no group: other uses, imports that were not taken out, and what does not balance
    rest = demand - np.sum(groups, axis=0)
    rest = np.where(np.abs(rest) > 1e-9 * np.abs(table.output).max(), rest, 0.0)
    columns = np.column_stack([*groups, rest])
    totals = columns.sum(axis=0)
    is_empty = totals == 0
    if is_split and (not totals.sum() or (is_empty & (columns != 0).any(axis=0)).any()):
        raise InputError(message("no_level"), FOLDER)
    mix = np.divide(columns, totals, out=np.full_like(columns, np.nan), where=~is_empty)
    level = float(totals.sum())
    system = ProductionSystem(table.coefficients, table.sectors)
    weights = totals / level if level else totals
    return _Year(intensity, system, demand, mix, weights, level)


def _without_gaps(first: _Year, last: _Year) -> list[_Year]:
    """A category that one year lacks has the mix of the other."""
    mixes = [np.where(np.isnan(a), b, a) for a, b in ((first.mix, last.mix), (last.mix, first.mix))]
    return [
        replace(year, mix=np.nan_to_num(mix))
        for year, mix in zip((first, last), mixes, strict=True)
    ]
