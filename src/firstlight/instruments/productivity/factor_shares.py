"""Factors of production, their shares of income, and what an input adds to growth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError, check_choice
from firstlight.instruments.productivity.yearly_series import Array, as_array, before
from firstlight.numerics.optional_arrays import array_or
from firstlight.texts import Name, Number, Year, message, names

FAMILY = Path(__file__).parent
WEIGHTS = ("tornqvist", "current", "previous", "constant")
# shares that are published to two or three decimals add up to 1 only so far
FURTHEST_FROM_ONE = 0.01


@dataclass(frozen=True)
class Factor:
    """An input, and what it earns.

    Attributes
    ----------
    name
        Such as ``labour``.
    quantities
        Columns whose product is the input, each with a contribution of its own: ("hours",
        "composition") or ("emp", "avh", "hc"). In the dual, the column of its price.
    share
        Column of its share of income (0 to 1), or one number; None takes what the others leave.
    """

    name: str
    quantities: tuple[str, ...]
    share: str | float | None = None


def contributions(
    growth: Any, share: Any, *, weights: str = "tornqvist", begins: Any = None
) -> Array:
    """What each input adds to growth: its share of income times its log growth.

    growth  : (years, inputs), log growth from the year before, in any unit; share : (years,
              inputs), 0 to 1
    weights : ``tornqvist``, ``current``, ``previous`` or ``constant``
    begins  : (years,), True where the years of the next of several units begin; None for one unit
    Returns (years, inputs), in the unit of growth; nan in the first year, except with ``current``
            and ``constant`` where growth is known.
    Raises  InputError for unknown weights.
    Source: Solow (1957), Review of Economics and Statistics 39(3), 312-320; Jorgenson and Griliches
            (1967), Review of Economic Studies 34(3), 249-283.

    >>> contributions([[np.nan], [0.1]], [[0.3], [0.5]]).round(3).tolist()
    [[nan], [0.04]]
    """
    g, v = np.asarray(growth, dtype=float), np.asarray(share, dtype=float)
    check_choice("weights", weights, WEIGHTS)
    first = array_or(begins, np.arange(v.shape[0]) == 0)
    if weights == "constant":
        unit, known = np.cumsum(first) - 1, np.isfinite(v)
        count, total = (
            np.column_stack([np.bincount(unit, weights=of) for of in each.T])
            for each in (known, np.where(known, v, 0))
        )
        mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return np.asarray(g * mean[unit], dtype=float)
    last = before(v)
    last[first] = np.nan
    return np.asarray(
        g * {"tornqvist": (v + last) / 2, "current": v, "previous": last}[weights], dtype=float
    )


def refuse_factors(factors: Sequence[Factor], quantities: list[str], weights: str) -> None:
    """Raises  InputError for factors without a share, none, two of one name, and a column that
    stands twice."""
    check_choice("weights", weights, WEIGHTS)
    for factor in factors:
        if isinstance(factor.quantities, str):
            given = {"name": Name(factor.quantities), "parameter": Name(factor.name)}
            raise InputError(message("one_name", **given), FAMILY)
    rest = [factor.name for factor in factors if factor.share is None]
    if len(rest) > 1:
        raise InputError(message("factors_without_share", factors=names(rest)), FAMILY)
    if twice := _twice(quantities):
        raise InputError(message("column_twice", table=Name("frame"), column=Name(twice)))
    if called := _twice([factor.name for factor in factors]):
        raise InputError(message("factor_twice", factor=Name(called)), FAMILY)
    if not quantities:
        raise InputError(message("no_factors"), FAMILY)


def _twice(given: list[str]) -> str | None:
    return next((name for name in given if given.count(name) > 1), None)


def factor_shares(rows: pl.DataFrame, factors: Sequence[Factor]) -> Array:
    """Shares (rows, factors), with that of the factor that takes the rest; nan where missing.

    rows : unit, year, and the columns of shares

    Raises  InputError naming unit and year where all shares are given and do not add up to 1.
    """
    columns = []
    for factor in factors:
        of = factor.share
        if isinstance(of, str):
            columns.append(as_array(rows, of))
        else:
            columns.append(np.full(rows.height, np.nan if of is None else float(of)))
    share = np.column_stack(columns)
    rest = [k for k, factor in enumerate(factors) if factor.share is None]
    if rest:
        share[:, rest[0]] = 1 - np.delete(share, rest[0], axis=1).sum(axis=1)
        return share
    far = np.flatnonzero(np.abs(share.sum(axis=1) - 1) > FURTHEST_FROM_ONE)
    if far.size:
        unit, year = rows.select("unit", "year").row(int(far[0]))
        total = Number(float(share[far[0]].sum()), digits=4)
        wrong = message("shares_not_one", share=total, unit=Name(unit), year=Year(year))
        raise InputError(wrong, FAMILY)
    return share
