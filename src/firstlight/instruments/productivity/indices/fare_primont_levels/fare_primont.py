"""The Färe-Primont index: levels of TFP that compare in any pair of units and years, and parts.

Symbols: x0, y0 the representative observation, p and w its shadow prices, Q aggregate output, X
aggregate input, TFP = Q / X, TFP* the largest TFP that the period's technology allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.distance_functions import (
    best_aggregate,
    distance_function,
)
from firstlight.instruments.productivity.frontiers.reference_years import spanning_rows
from firstlight.instruments.productivity.frontiers.technology import Technology, technology
from firstlight.instruments.productivity.indices.shadow_prices import price_ranges, shadow_prices
from firstlight.instruments.productivity.indices.tfp_changes import level_changes, level_table
from firstlight.instruments.productivity.indices.tfp_efficiency import (
    SIDES,
    technical_efficiency,
    tfp_efficiency_parts,
)
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress
from firstlight.texts import Code, Name, message

Floats = NDArray[np.float64]
_UNIQUE = 1e-7  # width of a value share's range above which the shadow prices count as not unique


FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class FarePrimont:
    """Färe-Primont TFP.

    table     : unit, year (where there is one); output_quantity_index Q, input_quantity_index X,
        tfp_index Q / X, tfp_maximum_index TFP*, tfp_efficiency_ratio TFPE; then, of outputs or
        inputs, technical (OTE, ITE), scale (OSE, ISE), mix (OME, IME), residual_scale (ROSE, RISE),
        scale_mix (OSME, ISME) and residual_mix (RME) efficiency, each
        ``output_..._efficiency_ratio`` or ``input_...``; reason, "no_aggregate" where there is none
    changes   : each row over its basis: unit, base_unit, from_year, to_year, tfp_change_index =
        technical_change_index (of TFP*) x tfp_efficiency_change_index, and the change of each part;
        they multiply up exactly
    prices    : name, side, representative_quantity, shadow_price, value_share, lowest_share,
        highest_share: the weights, and how far they could lie apart if the programme left a choice;
        empty with aggregator "distance"
    is_unique : whether it left none
    """

    table: pl.DataFrame
    changes: pl.DataFrame
    prices: pl.DataFrame
    is_unique: bool


def fare_primont(
    panel: UnitPanel,
    *,
    returns: str = "vrs",
    orientation: str = "output",
    frontier: str = "contemporaneous",
    aggregator: str = "shadow_prices",
    representative: Mapping[str, float] | None = None,
    base: str | tuple[str, int | None] = "first",
    progress: Progress | None = None,
) -> FarePrimont:
    """TFP levels with fixed weights, so that any two observations compare, directly or by others.

    The representative observation (x0, y0), the mean of all rows, is held against the frontier of
    all rows together.
    shadow_prices  Q = p'y, X = w'x with p = dD_O(x0, y0)/dy and w = dD_I(x0, y0)/dx (O'Donnell
                   2011; DPIN; R's productivity)
    distance       Q = D_O(x0, y), X = D_I(x, y0), the definition of Färe and Primont (1995). It
                   needs no choice among prices, but has no mix efficiency, which would be no linear
                   programme
    TFP* is the highest TFP among the units that span the frontier: a ratio of a convex over a
    concave aggregate is largest at an extreme point, whatever the returns to scale. TFP change =
    technical change (TFP*) x efficiency change. Efficiencies, TFPE and changes do not depend on
    units of measure.

    returns        : "vrs", "crs", "nirs" or "ndrs", of the representative's frontier and of the
                     efficiencies
    orientation    : "output", "input" or "both": whose efficiencies
    frontier       : "contemporaneous", each year's units; "sequential", those up to the year, which
                     allows no regress; "global", all years', which allows no technical change. In
                     R's productivity: tech.change, tech.reg TRUE; tech.reg FALSE; tech.change FALSE
    representative : a number for each input and output column, instead of the means
    base           : of changes: "first", each unit's first year; "previous", its year before; or
                     (unit, year)
    Raises  InputError for a base or representative that isn't there, and numbers of one column that
            lie too far apart.
    Source: Färe and Primont (1995), Multi-Output Production and Duality; O'Donnell (2011), CEPA
            Working Paper 07/2011; O'Donnell (2014), Journal of Productivity Analysis 41.
    """
    pooled = technology(panel.inputs, panel.outputs, returns=returns)
    x0, y0 = _representative(panel, representative)
    prices = _no_prices()
    if aggregator == "shadow_prices":
        prices = _prices(panel, pooled, x0, y0)
    levels = _levels(
        panel,
        _aggregates(panel, pooled, x0, y0, prices),
        frontier,
        returns,
        SIDES[orientation],
        progress,
    )
    table = level_table(panel.key(), levels, "no_aggregate")
    has_base = panel.has_years or isinstance(base, tuple)
    changes = level_changes(table, base if has_base else "none")
    widths = (prices["highest_share"] - prices["lowest_share"]).to_numpy()
    unique = bool((widths <= _UNIQUE).all())
    return FarePrimont(table=table, changes=changes, prices=prices, is_unique=unique)


def _representative(panel: UnitPanel, given: Mapping[str, float] | None) -> tuple[Floats, Floats]:
    if given is None:
        return panel.inputs.mean(axis=0), panel.outputs.mean(axis=0)
    for name in (*panel.names[0], *panel.names[1]):
        if name not in given or not np.isfinite(given[name]) or given[name] <= 0:
            raise InputError(message("not_represented", name=Name(name)), FOLDER)
    x0, y0 = (np.array([float(given[name]) for name in names]) for names in panel.names[:2])
    return x0, y0


def _prices(panel: UnitPanel, pooled: Technology, x0: Floats, y0: Floats) -> pl.DataFrame:
    parts = []
    for side, names, quantity in (("output", panel.names[1], y0), ("input", panel.names[0], x0)):
        found = shadow_prices(pooled, x0[None], y0[None], orientation=side)
        if found.status[0] != "optimal":
            raise InputError(message("no_distance", side=Code(f"codes.side.{side}")), FOLDER)
        low, high = price_ranges(pooled, x0, y0, orientation=side)
        parts.append(
            pl.DataFrame(
                {
                    "name": names,
                    "side": [side] * len(names),
                    "representative_quantity": quantity,
                    "shadow_price": found.prices[0],
                    "value_share": found.prices[0] * quantity / found.distance[0],
                    "lowest_share": low,
                    "highest_share": high,
                }
            )
        )
    return pl.concat(parts)


def _no_prices() -> pl.DataFrame:
    numbers = (
        "representative_quantity",
        "shadow_price",
        "value_share",
        "lowest_share",
        "highest_share",
    )
    return pl.DataFrame(
        schema={"name": pl.String, "side": pl.String, **dict.fromkeys(numbers, pl.Float64)}
    )


def _of(prices: pl.DataFrame, side: str) -> Floats:
    return prices.filter(pl.col("side") == side)["shadow_price"].to_numpy()


@dataclass(frozen=True)
class _Aggregates:
    """Q and X of the panel's rows, by side, (N,), nan where either is none.

    tfp : Q / X; prices : as in ``FarePrimont``
    """

    quantity: dict[str, Floats]
    tfp: Floats
    prices: pl.DataFrame


def _aggregates(
    panel: UnitPanel, pooled: Technology, x0: Floats, y0: Floats, prices: pl.DataFrame
) -> _Aggregates:
    if prices.height:
        q, x = panel.outputs @ _of(prices, "output"), panel.inputs @ _of(prices, "input")
    else:
        n = len(panel.units)
        q = distance_function(
            pooled, np.tile(x0, (n, 1)), panel.outputs, orientation="output"
        ).value
        x = distance_function(pooled, panel.inputs, np.tile(y0, (n, 1)), orientation="input").value
    usable = np.isfinite(q) & np.isfinite(x) & (q > 0) & (x > 0)
    q, x = np.where(usable, q, np.nan), np.where(usable, x, np.nan)
    return _Aggregates({"output": q, "input": x}, q / x, prices)


def _levels(
    panel: UnitPanel,
    aggregates: _Aggregates,
    frontier: str,
    returns: str,
    sides: tuple[str, ...],
    progress: Progress | None,
) -> dict[str, Floats]:
    found = {f"{side}_quantity_index": values for side, values in aggregates.quantity.items()}
    found["tfp_index"] = aggregates.tfp
    years = np.unique(panel.years).tolist()
    for place, one in enumerate(years, 1):
        mine = np.flatnonzero(panel.years == one)
        spanning = spanning_rows(panel.years, one, frontier)
        for name, values in _of_frontier(panel, mine, spanning, aggregates, returns, sides).items():
            found.setdefault(name, np.full(len(panel.units), np.nan))[mine] = values
        if progress is not None:
            progress(place, len(years))
    return found


def _of_frontier(
    panel: UnitPanel,
    mine: NDArray[np.intp],
    spanning: NDArray[np.intp],
    aggregates: _Aggregates,
    returns: str,
    sides: tuple[str, ...],
) -> dict[str, Floats]:
    """The rows ``mine`` against the frontier of the rows ``spanning``."""
    tfp, prices = aggregates.tfp, aggregates.prices
    maximum = np.fmax.reduce(tfp[spanning])  # of the levels that are known
    found = {
        "tfp_maximum_index": np.full(len(mine), maximum),
        "tfp_efficiency_ratio": tfp[mine] / maximum,
    }
    spanned = technology(panel.inputs[spanning], panel.outputs[spanning], returns=returns)
    constant = technology(panel.inputs[spanning], panel.outputs[spanning], returns="crs")
    at = panel.inputs[mine], panel.outputs[mine]
    for side in sides:
        crs = technical = technical_efficiency(spanned, *at, side)
        if returns != "crs":
            crs = technical_efficiency(constant, *at, side)
        best = None
        if prices.height:
            best = best_aggregate(spanned, *at, side, _of(prices, side))
        aggregate = aggregates.quantity[side][mine]
        found |= tfp_efficiency_parts(
            side, found["tfp_efficiency_ratio"], technical, crs, aggregate, best
        )
    return found
