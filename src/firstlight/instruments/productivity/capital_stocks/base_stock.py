"""The first stock of a perpetual inventory: five rules for what was there before the record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from firstlight.errors import InputError, check_choice, shown
from firstlight.instruments.productivity.yearly_series import NO_REASON, Array, Reason
from firstlight.numerics.growth_rates import annual_growth
from firstlight.texts import Code, Name, message

RULES = ("given", "harberger", "hall_jones", "multiple", "trend")
OPENING = ("harberger", "trend")  # rules that give the stock at the start of the base year


@dataclass(frozen=True, kw_only=True)
class BaseStock:
    """How the first stock is found.

    Attributes
    ----------
    rule
        ``given``, ``harberger`` (1978), ``hall_jones`` (1999), ``multiple`` or ``trend`` (the
        steady state by mean growth, Nehru and Dhareshwar 1993).
    year
        The base year; the first year with investment where None.
    stock
        For ``given``, at constant prices, end of the base year.
    multiple
        For ``multiple``, of the base year's investment.
    growth
        For ``harberger`` and ``hall_jones``, per year; None takes investment's own mean (geometric)
        growth over ``growth_years`` years from the base year; ``trend`` uses all years.
    growth_years
        Years over which that growth is taken.
    """

    rule: str = "harberger"
    year: int | None = None
    stock: float | None = None
    multiple: float | None = None
    growth: float | None = None
    growth_years: int = 10


ZHANG_JUN = BaseStock(rule="multiple", year=1952, multiple=10.0)
"""Zhang, Wu and Zhang (2004): at the end of 1952 ten times the fixed capital formation of 1952."""
ZHANG_JUN_DEPRECIATION = 0.096


def first_stock(investment: Any, depreciation: float, base: BaseStock) -> tuple[float, Reason]:
    """The first stock by a rule, from investment at constant prices that starts in the base year.

    Returns the stock (start of the base year for ``harberger`` and ``trend``, end of it for the
            others) and the reason why there is none, empty where there is one; the stock is then
            nan.
    Raises  InputError for an unknown rule, or one without what it needs.
    Source: Harberger (1978), in Artis and Nobay (eds.), Contemporary Economic Analysis; Hall and
            Jones (1999), Quarterly Journal of Economics 114(1), 83-116 (growth over ten years);
            Nehru and Dhareshwar (1993), Revista de Análisis Económico 8(1), 37-59.

    >>> first_stock([12, 12.6], 0.1, BaseStock(growth=0.05))[0].__round__(6)
    80.0
    """
    flow = np.asarray(investment, dtype=float)
    needed = {"given": base.stock, "multiple": base.multiple}.get(base.rule, 0.0)
    check_choice("rule", base.rule, RULES)
    if needed is None:
        lacking = Name("stock" if base.rule == "given" else "multiple")
        given = message("rule_without", rule=Name(base.rule), parameter=lacking)
        raise InputError(given, Path(__file__).parent)
    for name, value in (
        ("stock", base.stock),
        ("multiple", base.multiple),
        ("growth", base.growth),
    ):
        if value is not None and not np.isfinite(value):
            wrong = {"parameter": Name(name), "value": shown(value), "kind": Code("kinds.number")}
            raise InputError(message("wrong_kind", **wrong))
    if base.rule == "given":
        return float(needed), NO_REASON
    if not np.isfinite(flow[0]):
        return np.nan, Reason("no_base_investment")
    if flow[0] <= 0:
        return np.nan, Reason("base_investment_not_positive")
    if base.rule == "multiple":
        return float(needed * flow[0]), NO_REASON
    growth, start, why = _growth(flow, base)
    if not why.code and growth + depreciation <= 0:
        why = Reason("no_wear_beyond_decline")
    return (np.nan, why) if why.code else (float(start / (growth + depreciation)), NO_REASON)


def _growth(flow: Array, base: BaseStock) -> tuple[float, float, Reason]:
    """Growth of investment, the investment that is divided, and why there is none."""
    if base.rule == "trend":
        if flow.size < 3 or not (flow > 0).all():
            return np.nan, np.nan, Reason("no_trend")
        slope, intercept = np.polyfit(np.arange(flow.size), np.log(flow), 1)
        return float(np.expm1(slope)), float(np.exp(intercept)), NO_REASON
    if base.growth is not None:
        return base.growth, float(flow[0]), NO_REASON
    n = base.growth_years
    if n < 1 or flow.size <= n or not flow[n] > 0:
        return np.nan, np.nan, Reason("no_later_investment")
    return float(annual_growth(flow[n] / flow[0], n)), float(flow[0]), NO_REASON
