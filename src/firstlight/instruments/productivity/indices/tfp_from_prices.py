"""Total factor productivity from prices and quantities: an output index over an input index, and what prices add to it.

Symbols: Q output quantity index, X input quantity index, P output price index, W input price index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.indices.index_numbers import (
    FORMULAS,
    REVERSIBLE,
    chained_index,
    multilateral_index,
    quantity_index,
)
from firstlight.instruments.productivity.options import refuse_unknown
from firstlight.instruments.productivity.unit_panel import UnitPanel, unit_panel
from firstlight.instruments.productivity.yearly_chart import yearly_spread
from firstlight.numerics.finding import Finding, Words, name_words

Floats = NDArray[np.float64]
COMPARISONS = ("chained", "fixed", "multilateral")
FORMULA_WORDS: dict[str, Words] = {
    "fisher": ("Fisher", "Fisher（费雪）"),
    "tornqvist": ("Törnqvist", "Törnqvist（通奎斯特）"),
    "laspeyres": ("Laspeyres", "Laspeyres（拉氏）"),
    "paasche": ("Paasche", "Paasche（帕氏）"),
}


@dataclass(frozen=True, kw_only=True)
class TfpFromPrices(Finding):
    """TFP by index numbers; ``frame`` has a row per unit and year.

    output_quantity_index, input_quantity_index, tfp_index : Q, X and Q / X, relative to the basis
    output_price_index, input_price_index, terms_of_trade_index : P, W and P / W
    profitability_index : revenue over cost relative to the basis: tfp_index times terms_of_trade_index, exactly
    reason_en, reason_zh : why a row has no index, empty where it has
    growth_rate : mean yearly change of log TFP, over the units with two years or more; nan where there are none
    """

    growth_rate: float

    def _chart(self, alt: Any) -> Any:
        return yearly_spread(alt, self.table, "tfp_index", "TFP index")


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

    chained       each unit with its own year before (the last that is there), the links multiplied; 1 in the base year
    fixed         each unit with itself in the base year
    multilateral  every row with every other, GEKS: levels can be compared between units and years. With tornqvist this is the
                  comparison of Caves, Christensen and Diewert (1982). 1 is the geometric mean of all rows, or the base row
    Prices are implicit, the value's index over the quantity's, so that profitability is TFP times terms of trade.

    outputs, inputs : columns of quantities -> columns of their prices; not negative, tornqvist: quantities above 0
    formula   : "fisher", "tornqvist", "laspeyres" or "paasche"; multilateral takes the first two
    base_year : None for each unit's first year (multilateral: for the mean); base_unit : for multilateral, with base_year
    Returns TfpFromPrices.
    Raises  InputError naming unit, year and column of a number that can't be used, an unknown word, or a base that isn't there.
    Source: Caves, Christensen and Diewert (1982), Economic Journal 92, 73-86; O'Donnell (2012), American Journal of Agricultural
            Economics 94(4), 873-890 (profitability); Balk (2008), Price and Quantity Index Numbers.

    >>> rows = pl.DataFrame({"unit": ["a", "a"], "year": [2000, 2001], "y": [1.0, 1.2], "p": [1, 1], "x": [1.0, 1.1], "w": [1, 2]})
    >>> tfp_from_prices(rows, {"y": "p"}, {"x": "w"}).frame["tfp_index"].round(4).to_list()
    [1.0, 1.0909]
    """
    _refuse_words(formula, comparison, base_year, base_unit, year)
    prices = [*outputs.values(), *inputs.values()]
    # Prices take the place that the panel has for bads: columns of numbers that are checked like the others.
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
    _refuse_nothing(panel, revenue, "outputs")
    _refuse_nothing(panel, cost, "inputs")
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
    table = _table(panel, index, base_year)
    growth = _growth(panel, index["tfp_index"])
    return TfpFromPrices(
        table=table,
        sentences=_sentences(panel, table, growth, formula, comparison),
        conventions=_conventions(formula, comparison, base_year, base_unit),
        given=panel.given,
        growth_rate=growth,
    )


def _refuse_words(
    formula: str, comparison: str, base_year: int | None, base_unit: str | None, year: str | None
) -> None:
    many = comparison == "multilateral"
    known = REVERSIBLE if many else FORMULAS
    refuse_unknown(
        "tfp_from_prices", formula=(formula, known), comparison=(comparison, COMPARISONS)
    )
    if not year and not many:
        raise InputError(
            "without years a unit can't be compared with itself",
            where=f"comparison {comparison!r}",
            try_next="name the column of years, or use comparison='multilateral'",
        )
    if (base_unit is not None) != (many and base_year is not None) and not (
        many and base_unit is not None and not year
    ):
        raise InputError(
            f"base_unit {base_unit!r}, base_year {base_year!r}",
            where=f"comparison {comparison!r}",
            try_next="multilateral takes both or neither; the others take base_year alone",
        )


def _refuse_nothing(panel: UnitPanel, values: Floats, what: str) -> None:
    nothing = np.flatnonzero(values <= 0)
    if nothing.size:
        row = int(nothing[0])
        raise InputError(
            f"the {what} are worth nothing",
            where=panel.place(row),
            try_next="one good at least needs a price and a quantity above 0",
        )


def _basis(
    panel: UnitPanel, comparison: str, base_year: int | None, base_unit: str | None
) -> NDArray[np.int64] | None:
    """The row that each row is held against, -1 where there is none; None for the geometric mean of all."""
    rows = np.arange(len(panel.units))
    if comparison == "multilateral":
        if base_unit is None:
            return None
        here = np.flatnonzero((panel.units == base_unit) & (panel.years == (base_year or 0)))
        if not here.size:
            raise InputError(
                f"no row of unit {base_unit!r}" + (f" in {base_year}" if base_year else ""),
                where="base_unit, base_year",
                try_next="name a row that is in the frame",
            )
        return np.full(len(rows), here[0])
    _, first, place = np.unique(panel.units, return_index=True, return_inverse=True)
    if base_year is None:
        return np.asarray(first[place], np.int64)
    of_unit = np.full(len(first), -1)
    there = panel.years == base_year
    of_unit[place[there]] = rows[there]
    if not there.any():
        raise InputError(
            f"no unit has the year {base_year}",
            where="base_year",
            try_next="name a year in the frame",
        )
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


def _table(panel: UnitPanel, index: Mapping[str, Floats], base_year: int | None) -> pl.DataFrame:
    lost = np.isnan(index["tfp_index"])
    return pl.DataFrame(
        {
            **panel.key(),
            **{name: pl.Series(values).fill_nan(None) for name, values in index.items()},
            "reason_en": np.where(lost, f"the unit has no row in the base year {base_year}", ""),
            "reason_zh": np.where(lost, f"该单元缺少基期 {base_year} 年的数据", ""),
        }
    )


def _growth(panel: UnitPanel, tfp: Floats) -> float:
    rates = []
    for mine in _rows_of_units(panel):
        span = panel.years[mine][-1] - panel.years[mine][0]
        if span > 0 and np.isfinite(tfp[mine][0]):
            rates.append(float(np.log(tfp[mine][-1] / tfp[mine][0]) / span))
    return float(np.mean(rates)) if rates else float("nan")


def _sentences(
    panel: UnitPanel, table: pl.DataFrame, growth: float, formula: str, comparison: str
) -> tuple[tuple[str, Words], ...]:
    units = len(np.unique(panel.units))
    english, chinese = FORMULA_WORDS[formula]
    found: dict[str, Words] = {}
    if np.isfinite(growth):
        span = f"{panel.years.min()}-{panel.years.max()}"
        found["growth"] = (
            f"Total factor productivity ({english}, {comparison}) changed by {growth:.2%} a year on average over "
            f"{units} units, {span}.",
            f"{span} 年，{units} 个单元的全要素生产率（{chinese}指数）年均变化 {growth:.2%}。",
        )
    if comparison == "multilateral":
        last = table.filter(pl.col("year") == pl.col("year").max()) if panel.has_years else table
        last = last.sort("tfp_index", "unit", descending=[True, False])
        top, low = last.row(0, named=True), last.row(-1, named=True)
        gap = top["tfp_index"] / low["tfp_index"]
        when = (f" in {top['year']}", f"{top['year']} 年") if panel.has_years else ("", "")
        (top_en, top_zh), (low_en, low_zh) = name_words(top["unit"]), name_words(low["unit"])
        found["levels"] = (
            f"The highest level{when[0]} is {top_en}'s, {gap:.2f} times the lowest, {low_en}'s.",
            f"{when[1]}水平最高的是 {top_zh}，为最低者 {low_zh} 的 {gap:.2f} 倍。",
        )
    lost = int(table["tfp_index"].null_count())
    if lost:
        found["missing"] = (
            f"{lost} rows have no index; the table says why.",
            f"有 {lost} 行无指数，原因见表。",
        )
    return tuple(found.items())


def _conventions(
    formula: str, comparison: str, base_year: int | None, base_unit: str | None
) -> tuple[Words, ...]:
    english, chinese = FORMULA_WORDS[formula]
    own = f"the year {base_year}" if base_year else "its own first year"
    own_zh = f"{base_year} 年" if base_year else "各自首年"
    many = (
        "the geometric mean of all rows"
        if base_unit is None
        else f"{base_unit}" + (f", {base_year}" if base_year else "")
    )
    many_zh = (
        "全部观测的几何平均"
        if base_unit is None
        else f"{base_unit}" + (f"（{base_year} 年）" if base_year else "")
    )
    how: dict[str, Words] = {
        "chained": (
            f"chained from each year of a unit to its next; 1 in {own}; levels of different units can't be compared",
            f"逐年链式，以{own_zh}为 1；不同单元之间的水平不可比",
        ),
        "fixed": (
            f"each unit against itself in {own}; levels of different units can't be compared",
            f"定基，以{own_zh}为基期；不同单元之间的水平不可比",
        ),
        "multilateral": (
            f"multilateral (GEKS; with Törnqvist: Caves, Christensen and Diewert 1982), transitive; 1 is {many}",
            f"多边比较（GEKS；Törnqvist 即 Caves-Christensen-Diewert 1982），满足传递性；以{many_zh}为 1",
        ),
    }
    return (
        (f"formula: {english} quantity indices", f"公式：{chinese}数量指数"),
        how[comparison],
        (
            "price indices are implicit: index of the value over index of the quantity",
            "价格指数为隐含指数：价值指数除以数量指数",
        ),
        (
            "mean growth: unweighted mean over units of the change of log TFP per year",
            "平均增长率：各单元对数变化的年均值，不加权",
        ),
    )
