"""The Hicks-Moorsteen (Bjurek) index: a Malmquist output index over one of inputs, and its parts.

Symbols: s, t two years; D_O^s(x, y), D_I^s(x, y) distances to the frontier of year s; HM > 1 is
growth of total factor productivity.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.instruments.productivity.frontiers.distance_functions import (
    best_aggregate,
    distance_function,
)
from firstlight.instruments.productivity.frontiers.reference_years import spanning_rows
from firstlight.instruments.productivity.frontiers.technology import Technology, technology
from firstlight.instruments.productivity.indices.period_frontiers import (
    Periods,
    consecutive_periods,
)
from firstlight.instruments.productivity.indices.period_means import by_period
from firstlight.instruments.productivity.indices.shadow_prices import shadow_prices
from firstlight.instruments.productivity.indices.tfp_changes import change_name
from firstlight.instruments.productivity.indices.tfp_efficiency import (
    SIDES,
    technical_efficiency,
    tfp_efficiency_parts,
)
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
_BLOCK = 4_000_000  # ratios of reference units and pairs that are held at a time


@dataclass(frozen=True, kw_only=True)
class HicksMoorsteen:
    """Change of TFP between consecutive years.

    table : unit, from_year, to_year; output_quantity_change_index, input_quantity_change_index, and
        tfp_change_index, the one over the other; reason, "no_index" where there is none, "no_parts"
        where parts are missing. The parts multiply up exactly, those of outputs and of inputs
        apart: distance       {side}_technical_efficiency_change_index x
        {side}_technical_change_index x
                       {side}_scale_mix_change_index
        shadow_prices  technical_change_index (of TFP*) x tfp_efficiency_change_index, which is the
                       change of OTE x OSE x RME, or of OTE x OME x ROSE, as in ``FarePrimont``
    by_period   : from_year, to_year, units_count, undefined_count, geometric means of each column
        over units that have all
    left_out    : unit, from_year, to_year, reason: pairs of which one or both are not there
    pinned_share : share of the shadow prices that were not unique; 0 with "distance"
    """

    table: pl.DataFrame
    by_period: pl.DataFrame
    left_out: pl.DataFrame
    pinned_share: float


def hicks_moorsteen(
    panel: UnitPanel,
    *,
    returns: str = "vrs",
    orientation: str = "output",
    frontier: str = "contemporaneous",
    aggregator: str = "distance",
    progress: Progress | None = None,
) -> HicksMoorsteen:
    """HM = (Q^s Q^t)^(1/2) / (X^s X^t)^(1/2), outputs against own inputs, inputs against own
    outputs.

    Q^s = D_O^s(x_s, y_t) / D_O^s(x_s, y_s), Q^t = D_O^t(x_t, y_t) / D_O^t(x_t, y_s),
    X^s = D_I^s(x_t, y_s) / D_I^s(x_s, y_s), X^t = D_I^t(x_t, y_t) / D_I^t(x_s, y_t).
    distance       the definition. Unlike Malmquist's it is defined for all positive data and is a
                   ratio of quantity indices under any returns to scale. Technical change is Ray and
                   Desli's; what it and efficiency leave is scale and mix
    shadow_prices  each distance function is replaced by its tangent at the point that mixes the
                   years, (x_s, y_t) or (x_t, y_s): Q^s = p'y_t / p'y_s, and so on (O'Donnell 2010;
                   DPIN; R's productivity). Another number than the definition wherever the frontier
                   is not flat between the two years; where prices are not unique it rests on a rule

    returns, orientation, frontier : as in ``fare_primont``; aggregator : as above
    Raises  InputError as ``consecutive_periods``.
    Source: Bjurek (1996), Scandinavian Journal of Economics 98(2), 303-313; Diewert (1992), Journal
            of Productivity Analysis 3; Briec and Kerstens (2011), Manchester School 79(4), 765-775;
            Lovell (2003), Journal of Productivity Analysis 20, 437-458; O'Donnell (2010),
            Australian Journal of Agricultural and Resource Economics 54(4), 527-560.
    """
    periods = consecutive_periods(panel.units, panel.years)
    measure = _by_distance if aggregator == "distance" else _by_prices
    found: dict[str, Floats] = {}
    pinned: list[NDArray[np.bool_]] = []
    for done, (start, end) in enumerate(pairwise(periods.years.tolist()), 1):
        pairs = np.flatnonzero(
            (panel.years[periods.first] == start) & (panel.years[periods.second] == end)
        )
        if not len(pairs):
            continue
        pair = _Pair(
            panel, periods.first[pairs], periods.second[pairs], start, end, frontier, returns
        )
        measured, undecided = measure(pair, SIDES[orientation])
        pinned.append(undecided)
        for name, values in measured.items():
            found.setdefault(name, np.full(len(periods.first), np.nan))[pairs] = values
        if progress is not None:
            progress(done, len(periods.years) - 1)
    table = _table(panel, periods, found)
    share = float(np.mean(np.concatenate(pinned))) if aggregator == "shadow_prices" else 0.0
    return HicksMoorsteen(
        table=table,
        by_period=by_period(table, "index"),
        left_out=periods.left_out,
        pinned_share=share,
    )


class _Pair:
    """Units there in two consecutive years: their data, and the frontiers of both years."""

    def __init__(
        self,
        panel: UnitPanel,
        first: Rows,
        second: Rows,
        start: int,
        end: int,
        frontier: str,
        returns: str,
    ) -> None:
        self.x = {"s": panel.inputs[first], "t": panel.inputs[second]}
        self.y = {"s": panel.outputs[first], "t": panel.outputs[second]}
        self.reference = {}
        for name, year in (("s", start), ("t", end)):
            self.reference[name] = panel.of(spanning_rows(panel.years, year, frontier))[:2]
        self.spanned = {
            name: technology(*units, returns=returns) for name, units in self.reference.items()
        }
        self.constant = self.spanned
        if returns != "crs":
            self.constant = {
                name: technology(*units, returns="crs") for name, units in self.reference.items()
            }

    def distance(self, side: str, frontier: str, x: str, y: str) -> Floats:
        """The distance of the data x of one year and y of another to a year's frontier."""
        return distance_function(
            self.spanned[frontier], self.x[x], self.y[y], orientation=side
        ).value


def _by_distance(
    pair: _Pair, sides: tuple[str, ...]
) -> tuple[dict[str, Floats], NDArray[np.bool_]]:
    own = {(side, k): pair.distance(side, k, k, k) for side in ("output", "input") for k in "st"}
    q = np.sqrt(
        pair.distance("output", "s", "s", "t")
        / own["output", "s"]
        * own["output", "t"]
        / pair.distance("output", "t", "t", "s")
    )
    x = np.sqrt(
        pair.distance("input", "s", "t", "s")
        / own["input", "s"]
        * own["input", "t"]
        / pair.distance("input", "t", "s", "t")
    )
    found = {
        "output_quantity_change_index": q,
        "input_quantity_change_index": x,
        "tfp_change_index": q / x,
    }
    for side in sides:
        sign = 1 if side == "output" else -1  # D_I grows where D_O falls
        efficiency = (own[side, "t"] / own[side, "s"]) ** sign
        moved = (
            pair.distance(side, "s", "t", "t")
            / own[side, "t"]
            * own[side, "s"]
            / pair.distance(side, "t", "s", "s")
        )
        technical = np.sqrt(moved) ** sign
        found[f"{side}_technical_efficiency_change_index"] = efficiency
        found[f"{side}_technical_change_index"] = technical
        found[f"{side}_scale_mix_change_index"] = q / x / (efficiency * technical)
    return found, np.zeros(0, bool)


def _by_prices(pair: _Pair, sides: tuple[str, ...]) -> tuple[dict[str, Floats], NDArray[np.bool_]]:
    other = {"s": "t", "t": "s"}
    of_outputs, of_inputs = {}, {}
    for g in "st":
        of_outputs[g] = shadow_prices(
            pair.spanned[g], pair.x[g], pair.y[other[g]], orientation="output"
        )
        of_inputs[g] = shadow_prices(
            pair.spanned[g], pair.x[other[g]], pair.y[g], orientation="input"
        )
    p = {g: found.prices for g, found in of_outputs.items()}
    w = {g: found.prices for g, found in of_inputs.items()}
    levels = {k: _priced_levels(pair, k, p, w, sides) for k in "st"}
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {change_name(name): levels["t"][name] / levels["s"][name] for name in levels["s"]}
    # Where a unit's aggregate is 0, of quantities without weight, there is no ratio.
    found = {
        name: np.where(np.isfinite(values) & (values > 0), values, np.nan)
        for name, values in found.items()
    }
    return found, np.concatenate(
        [each.is_pinned for each in (*of_outputs.values(), *of_inputs.values())]
    )


def _priced_levels(
    pair: _Pair, k: str, p: dict[str, Floats], w: dict[str, Floats], sides: tuple[str, ...]
) -> dict[str, Floats]:
    """Levels of year k, each the geometric mean over the prices of both years."""
    x, y = pair.x[k], pair.y[k]
    aggregate = {
        "output": _mean((p[g] * y).sum(axis=1) for g in "st"),
        "input": _mean((w[g] * x).sum(axis=1) for g in "st"),
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        tfp = aggregate["output"] / aggregate["input"]
        maximum = _mean(_largest_ratio(*pair.reference[k], p[g], w[g]) for g in "st")
        found = {
            "output_quantity_index": aggregate["output"],
            "input_quantity_index": aggregate["input"],
            "tfp_index": tfp,
            "tfp_maximum_index": maximum,
            "tfp_efficiency_ratio": tfp / maximum,
        }
        for side in sides:
            technical = technical_efficiency(pair.spanned[k], x, y, side)
            crs = _constant_efficiency(pair, k, side, technical)
            prices = p if side == "output" else w
            best = _mean(_best(pair.spanned[k], x, y, side, prices[g]) for g in "st")
            found |= tfp_efficiency_parts(
                side, tfp / maximum, technical, crs, aggregate[side], best
            )
    return found


def _mean(of_prices: Iterable[Floats]) -> Floats:
    return np.asarray(np.sqrt(np.prod(list(of_prices), axis=0)))


def _constant_efficiency(pair: _Pair, k: str, side: str, technical: Floats) -> Floats:
    if pair.constant[k] is pair.spanned[k]:  # returns are constant anyway
        return technical
    return technical_efficiency(pair.constant[k], pair.x[k], pair.y[k], side)


def _best(spanned: Technology, x: Floats, y: Floats, side: str, prices: Floats) -> Floats:
    found = np.full(len(x), np.nan)
    known = np.isfinite(prices).all(axis=1)
    if known.any():
        found[known] = best_aggregate(spanned, x[known], y[known], side, prices[known])
    return found


def _largest_ratio(x: Floats, y: Floats, p: Floats, w: Floats) -> Floats:
    """The highest p'y / w'x among reference units, for each pair's prices; infinite where one needs
    no weighed input."""
    step = max(1, _BLOCK // len(x))
    return np.concatenate(
        [
            ((p[k : k + step] @ y.T) / (w[k : k + step] @ x.T)).max(axis=1)
            for k in range(0, len(p), step)
        ]
    )


def _table(panel: UnitPanel, periods: Periods, found: dict[str, Floats]) -> pl.DataFrame:
    first, second = periods.first, periods.second
    is_lost = np.isnan(found["tfp_change_index"])
    is_partly = np.any([np.isnan(values) for values in found.values()], axis=0)
    reason = pl.Series(np.where(is_lost, "no_index", "no_parts"), dtype=pl.String)
    return pl.DataFrame(
        {
            "unit": panel.units[first],
            "from_year": panel.years[first],
            "to_year": panel.years[second],
            **{name: pl.Series(values).fill_nan(None) for name, values in found.items()},
            "reason": reason.set(pl.Series(~is_partly), None),
        }
    )
