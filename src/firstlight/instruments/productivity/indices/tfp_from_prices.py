"""Total factor productivity from prices and quantities: an output index over an input index.

Symbols: Q output quantity index, X input quantity index, P output price index, W input price index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_choice, shown
from firstlight.instruments.productivity.indices.index_numbers import (
    FORMULAS,
    REVERSIBLE,
    chained_index,
    multilateral_index,
    quantity_index,
)
from firstlight.instruments.productivity.indices.tfp_changes import level_table
from firstlight.instruments.productivity.measured_units import unit_in_year, who
from firstlight.instruments.productivity.unit_panel import UnitPanel, unit_panel
from firstlight.numerics.known_values import known_mean
from firstlight.texts import Name, Year, message

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent
COMPARISONS = ("chained", "fixed", "multilateral")


@dataclass(frozen=True, kw_only=True)
class TfpFromPrices:
    """TFP by index numbers.

    table : a row per unit and year
        output_quantity_index, input_quantity_index, tfp_index : Q, X and Q / X, relative to the
            basis
        output_price_index, input_price_index, terms_of_trade_index : P, W and P / W
        profitability_index : revenue over cost relative to the basis: tfp_index times
            terms_of_trade_index, exactly
        reason : "no_base_year" where the unit has no row in the base year
    growth_rate : geometric mean growth a year of TFP, of units with two years or more; nan where
        there are none
    """

    table: pl.DataFrame
    growth_rate: float


def tfp_from_prices(
    frame: Any,
    outputs: Mapping[str, str],
    inputs: Mapping[str, str],
    *,
    formula: str = "fisher",
    comparison: str = "chained",
    base_year: int | None = None,
    base_unit: str | None = None,
    unit: str = "unit",
    year: str | None = "year",
) -> TfpFromPrices:
    """TFP = Q / X with quantity indices of outputs and inputs, weighted by their prices.

    chained       each unit with its own year before (the last that is there), the links multiplied;
                  1 in the base year
    fixed         each unit with itself in the base year
    multilateral  every row with every other, GEKS: levels can be compared between units and years.
                  With tornqvist this is the comparison of Caves, Christensen and Diewert (1982). 1
                  is the geometric mean of all rows, or the base row
    Prices are implicit, the value's index over the quantity's, so that profitability is TFP times
    terms of trade.

    Parameters
    ----------
    frame
        A row for each unit and year.
    outputs, inputs
        Columns of quantities -> columns of their prices; not negative, tornqvist: quantities above
        0.
    formula
        ``fisher``, ``tornqvist``, ``laspeyres`` or ``paasche``; ``multilateral`` takes the first
        two.
    comparison
        ``chained``, ``fixed`` or ``multilateral``, as above.
    base_year
        The year whose level is 1; None for each unit's first year (multilateral: for the mean).
    base_unit
        For ``multilateral``, with ``base_year``: the unit whose level is 1.
    unit
        Column of the units.
    year
        Column of the years; None where there are none.

    Returns
    -------
    TfpFromPrices, with ``table`` (a row for each unit and year: indices of outputs, inputs and TFP,
    of their prices, terms of trade and profitability, 1 in the basis; reason) and ``growth_rate``,
    the mean growth a year of TFP, in proportion.

    Raises
    ------
    InputError
        Naming unit, year and column of a number that can't be used, an unknown word, or a base that
        isn't there.

    References
    ----------
    Caves, Christensen and Diewert (1982), Economic Journal 92, 73-86; O'Donnell (2012), American
    Journal of Agricultural Economics 94(4), 873-890 (profitability); Balk (2008), Price and
    Quantity Index Numbers.

    Examples
    --------
    >>> rows = {"unit": ["a", "a"], "year": [2000, 2001], "y": [1.0, 1.2], "p": [1, 1]}
    >>> rows = pl.DataFrame({**rows, "x": [1.0, 1.1], "w": [1, 2]})
    >>> tfp_from_prices(rows, {"y": "p"}, {"x": "w"}).table["tfp_index"].round(4).to_list()
    [1.0, 1.0909]
    """
    _refuse_words(formula, comparison, base_year, base_unit, year)
    prices = [*outputs.values(), *inputs.values()]
    # Prices take the place that the panel has for bads: columns of numbers that are checked like
    # the others.
    panel = unit_panel(
        frame,
        list(inputs),
        list(outputs),
        prices,
        unit=unit,
        year=year,
        may_be_zero=formula != "tornqvist",
    )
    w, p = panel.bads[:, len(outputs) :], panel.bads[:, : len(outputs)]
    revenue, cost = (p * panel.outputs).sum(axis=1), (w * panel.inputs).sum(axis=1)
    _refuse_nothing(panel, revenue, "outputs_worth_nothing")
    _refuse_nothing(panel, cost, "inputs_worth_nothing")
    basis = _basis(panel, comparison, base_year, base_unit)
    index = {
        "output_quantity_index": _compared(panel, p, panel.outputs, formula, comparison, basis),
        "input_quantity_index": _compared(panel, w, panel.inputs, formula, comparison, basis),
    }
    index["tfp_index"] = index["output_quantity_index"] / index["input_quantity_index"]
    revenue, cost = _relative(revenue, basis), _relative(cost, basis)
    index["output_price_index"] = revenue / index["output_quantity_index"]
    index["input_price_index"] = cost / index["input_quantity_index"]
    index["terms_of_trade_index"] = index["output_price_index"] / index["input_price_index"]
    index["profitability_index"] = revenue / cost
    table = level_table(panel, index, "no_base_year")
    return TfpFromPrices(table=table, growth_rate=_growth(panel, index["tfp_index"]))


def _refuse_words(
    formula: str, comparison: str, base_year: int | None, base_unit: str | None, year: str | None
) -> None:
    many = comparison == "multilateral"
    known = REVERSIBLE if many else FORMULAS
    check_choice("formula", formula, known)
    check_choice("comparison", comparison, COMPARISONS)
    if not year and not many:
        raise InputError(message("no_years_to_compare"), FOLDER)
    if (base_unit is not None) != (many and base_year is not None) and not (
        many and base_unit is not None and not year
    ):
        given = {"unit": shown(base_unit), "year": shown(base_year)}
        raise InputError(message("half_a_base", **given), FOLDER)


def _refuse_nothing(panel: UnitPanel, values: Floats, code: str) -> None:
    nothing = np.flatnonzero(values <= 0)
    if nothing.size:
        raise InputError(message(code, unit=who(panel, int(nothing[0]))), FOLDER)


def _basis(
    panel: UnitPanel, comparison: str, base_year: int | None, base_unit: str | None
) -> NDArray[np.int64] | None:
    """The row that each row is held against, -1 where there is none; None for the geometric mean of
    all."""
    rows = np.arange(len(panel.units))
    if comparison == "multilateral":
        if base_unit is None:
            return None
        here = np.flatnonzero((panel.units == base_unit) & (panel.years == (base_year or 0)))
        if not here.size:
            about = unit_in_year(str(base_unit), base_year)
            told = message("no_base_row", unit=about, parameter=Name("base_unit"))
            raise InputError(told, FOLDER)
        return np.full(len(rows), here[0])
    _, first, place = np.unique(panel.units, return_index=True, return_inverse=True)
    if base_year is None:
        return np.asarray(first[place], np.int64)
    of_unit = np.full(len(first), -1)
    there = panel.years == base_year
    of_unit[place[there]] = rows[there]
    if not there.any():
        raise InputError(message("no_base_year", year=Year(base_year)), FOLDER)
    return np.asarray(of_unit[place], np.int64)


def _compared(
    panel: UnitPanel,
    p: Floats,
    q: Floats,
    formula: str,
    comparison: str,
    basis: NDArray[np.int64] | None,
) -> Floats:
    if comparison == "multilateral":
        return _relative(multilateral_index(p, q, formula=formula), basis)
    if comparison == "fixed":
        assert basis is not None
        found = np.full(len(q), np.nan)
        there = basis >= 0
        at = basis[there]
        found[there] = quantity_index(p[at], q[at], p[there], q[there], formula=formula)
        return found
    chains = [chained_index(p[mine], q[mine], formula=formula) for mine in _rows_of_units(panel)]
    return _relative(np.concatenate(chains), basis)


def _rows_of_units(panel: UnitPanel) -> list[slice]:
    """Each unit's rows, which stand together and in the order of the years."""
    first = np.append(np.unique(panel.units, return_index=True)[1], len(panel.units)).tolist()
    return [slice(start, stop) for start, stop in pairwise(first)]


def _relative(values: Floats, basis: NDArray[np.int64] | None) -> Floats:
    if basis is None:
        logs = np.log(values)
        return np.asarray(np.exp(logs - logs.mean()))
    return np.asarray(np.where(basis >= 0, values / values[basis], np.nan))


def _growth(panel: UnitPanel, tfp: Floats) -> float:
    rates = []
    for mine in _rows_of_units(panel):
        span = panel.years[mine][-1] - panel.years[mine][0]
        if span > 0 and np.isfinite(tfp[mine][0]):
            rates.append(float(np.log(tfp[mine][-1] / tfp[mine][0]) / span))
    return float(np.expm1(known_mean(rates)))
