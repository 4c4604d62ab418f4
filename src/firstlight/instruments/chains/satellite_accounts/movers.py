"""Who moves for an intensity target: the cells that emit, grown to the target year, and a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.chains.ranked_rows import leading_digits
from firstlight.instruments.chains.satellite_accounts.account_tables import Accounts
from firstlight.instruments.chains.satellite_accounts.intensity_target import (
    Rule,
    best_practice,
    required_falls,
    share_to_leave,
)
from firstlight.numerics.growth_rates import annual_growth
from firstlight.texts import Count, message, names

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """What a target asks of whom.

    Attributes
    ----------
    fall
        The share by which intensity is to fall.
    rule
        By which it is shared out.
    movers
        mover, emissions, needed_fall, needed_fall_share, fall_per_year; the largest fall first.
    by_structure
        The share by which growth alone lowers intensity; 0 without growth.
    short
        The share of intensity that is lacking when the rule has done all.
    leaving
        The sector that would have to shrink most easily, its share now, and the share to come to;
        None with growth.
    is_of_value_added
        Whether intensity is per value added.
    """

    fall: float
    rule: Rule
    movers: pl.DataFrame
    by_structure: float
    short: float
    leaving: tuple[str, float, float] | None
    is_of_value_added: bool


def movers_for(
    accounts: Accounts,
    j: int,
    fall: float,
    rule: Rule,
    movers: Literal["sectors", "places"],
    most: float,
    growth: Mapping[str, float],
    years: int | None,
) -> Target:
    """What a fall of emissions of stressor j for a unit of value added asks of sectors, or of
    countries or provinces; rule and most as in `required_falls`.

    growth : sector -> growth a year; sectors that it lacks grow as the others do
    years  : until the target; None where it is not known

    Raises InputError for sectors of growth that are not in the table, places where stressors have
    none, and best practice where nobody can be compared.
    """
    economy = accounts.economy
    sizes = economy.used.output
    value_added = economy.used.value_added
    is_added = value_added is not None and bool(value_added.sum() > 0)
    if value_added is not None and is_added:
        sizes = value_added
    factors = _factors(economy.goods, sizes, growth, years)
    cells, now, later = _cells(accounts, j, factors, sizes)
    whole = float(sizes.sum())
    grown = float((sizes * factors).sum())
    intensity = float(now.sum()) / whole
    alone = float(later.sum()) / grown
    by_structure = 1 - alone / intensity if intensity else 0.0
    # intensity is to fall, not what is emitted: growth lets emissions grow with it
    needed = float(later.sum()) - (1 - fall) * intensity * grown
    at_best = _at_best(accounts, cells, later, factors) if rule == "best_practice" else None
    places = _names_of(cells, movers)
    kinds, index = np.unique(np.array(places), return_inverse=True)
    grown_to = _summed(index, later, len(kinds))
    if rule == "least_moved":  # as few movers as possible, not as few of their cells
        target = required_falls(grown_to, needed, rule, most=most)
        falls = target.falls
    else:
        target = required_falls(later, needed, rule, at_best=at_best)
        falls = _summed(index, target.falls, len(kinds))
    emitted = _summed(index, now, len(kinds))
    frame = _table(kinds.tolist(), emitted, grown_to, falls, years)
    leaving = None
    made = accounts.stressors.amounts[:, j]
    if not growth and made.sum() > 0:
        at, own_share, to = share_to_leave(made, sizes, fall * float(now.sum() / made.sum()))
        leaving = economy.used.sectors[at], own_share, to
    short = target.short / (intensity * grown) if intensity else 0.0
    return Target(fall, rule, frame, by_structure, short, leaving, is_added)


def _summed(index: NDArray[np.intp], amounts: Floats, count: int) -> Floats:
    return np.asarray(np.bincount(index, weights=amounts, minlength=count), float)


def _factors(
    goods: tuple[str, ...], sizes: Floats, growth: Mapping[str, float], years: int | None
) -> Floats:
    """(n,), how many times its size each sector is in the target year."""
    if not growth:
        return np.ones(len(goods))
    unknown = sorted(set(growth) - set(goods))
    if unknown:
        raise InputError(
            message("no_growing_sector", count=Count(len(unknown)), sectors=names(unknown)), FOLDER
        )
    rates = np.array([growth.get(good, np.nan) for good in goods])
    is_told = ~np.isnan(rates)
    factors = np.where(is_told, (1 + np.nan_to_num(rates)) ** (years or 1), 0.0)
    held = float((sizes * is_told).sum())
    mean = float((sizes * factors)[is_told].sum()) / held if held > 0 else 1.0
    return np.where(is_told, factors, mean)


def _cells(
    accounts: Accounts, j: int, factors: Floats, sizes: Floats
) -> tuple[pl.DataFrame, Floats, Floats]:
    """What emits, one row each, with what it emits now and with its size in the target year."""
    name = accounts.stressors.names[j]
    cells = accounts.stressors.cells.filter(stressor=name).sort(
        "place", "at", "sector", "value", nulls_last=True
    )
    mean = float((sizes * factors).sum() / sizes.sum())  # final users grow as the whole does
    at = cells["at"].fill_null(len(factors)).to_numpy()  # the last place is that of final users
    factor = np.append(factors, mean)[at]
    now = cells["value"].to_numpy().astype(float)
    return cells, now, now * factor


def _at_best(accounts: Accounts, cells: pl.DataFrame, later: Floats, factors: Floats) -> Floats:
    """(m,), what cells would emit if each sector were as clean as where it is cleanest."""
    at = cells["at"].fill_null(len(factors)).to_numpy()
    size = np.append(factors, 0.0)[at]  # final users have none
    if accounts.economy.is_of_many:
        size = size * np.append(accounts.economy.used.output, 0.0)[at]
    else:
        size = size * cells["activity"].fill_null(0.0).to_numpy()
    kinds = cells["sector"].to_list()
    compared = [kind for kind, amount in zip(kinds, size, strict=True) if amount > 0]
    if len(compared) == len(set(compared)):
        raise InputError(message("no_peers"), FOLDER)
    return best_practice(later, size, kinds)


def _names_of(cells: pl.DataFrame, movers: str) -> list[str]:
    if movers == "sectors":
        return [str(each) for each in cells["sector"]]
    if cells["place"].null_count():
        raise InputError(message("no_places"), FOLDER)
    return [str(each) for each in cells["place"]]


def _table(
    kinds: list[str], emitted: Floats, grown: Floats, falls: Floats, years: int | None
) -> pl.DataFrame:
    share = np.divide(falls, grown, out=np.zeros_like(falls), where=grown > 0)
    frame = pl.DataFrame(
        {
            "mover": kinds,
            "emissions": emitted,
            "needed_fall": falls,
            "needed_fall_share": share,
        },
        schema_overrides={"mover": pl.String},
    )
    if years:
        frame = frame.with_columns(
            fall_per_year=-annual_growth(1 - pl.col("needed_fall_share"), years)
        )
    order = [leading_digits("needed_fall"), leading_digits("emissions"), pl.col("mover")]
    return frame.sort(order, descending=[True, True, False], nulls_last=True)
