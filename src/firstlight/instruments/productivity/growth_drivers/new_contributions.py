"""What the new (industries, forms of business, business models) weighs, and adds to growth.

What counts as new is the user's: a set of industries, or each industry's share of the new in each
year, such as a definition's. Symbols: v value of an industry, n its share of the new (0 to 1), V
the total.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_choice
from firstlight.instruments.productivity.accounting.input_services import tornqvist_growth
from firstlight.instruments.productivity.row_names import key_of
from firstlight.instruments.productivity.yearly_series import (
    FIRST_YEAR,
    NO_REASON,
    Array,
    Reason,
    before,
    first_gaps,
    grid_rows,
    read_yearly,
    reason_columns,
    unit_grids,
)
from firstlight.numerics.growth_rates import proportional_per_log
from firstlight.numerics.long_frames import nan_to_null
from firstlight.texts import Figure, Name, message

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class GrowthDrivers:
    """What the new weighs and adds, a row per unit and year; money in the user's unit.

    table : unit, year, total, new_value, new_share (0 to 1), total_growth_pp, new_growth_pp,
            other_growth_pp (of each by itself), new_contribution_pp and other_contribution_pp
            (which add up to total_growth_pp), activity_pp and reclassified_pp (without prices; they
            add up to new_contribution_pp: growth of industries at their mean share of the new, and
            change of that share), contribution_share (of total growth that is from the new; only
            where the total grew), reason, reason_name, reason_year. Growth is in percent of the
            year before
    industries : unit, industry, year, value, new_share, contribution_pp, new_contribution_pp
    """

    table: pl.DataFrame
    industries: pl.DataFrame = field(repr=False)


def growth_drivers(
    frame: Any,
    value: str,
    new: Collection[str] | str,
    *,
    price: str | None = None,
    unit: str | None = None,
    industry: str = "industry",
    year: str = "year",
    absent: str = "missing",
) -> GrowthDrivers:
    """The share of the new, its growth, and its contribution to total growth in percentage points.

    Without prices: 100 (n v - n' v') / V' (primes: the year before), so that value may be nominal,
    or real at constant prices (which add up). With a price of each industry: 100 c sum w dln(v /
    p), w the mean of the two years' shares in the total (Törnqvist), and c what turns log growth of
    the total into growth in proportion: real contributions that need no base year.

    Parameters
    ----------
    frame
        A row for each industry and year, and unit.
    value
        Column of value added or output; with ``price`` at current prices and not negative.
    new
        A collection of industries that are new, or the name of a column with each row's share of
        the new, 0 to 1.
    price
        Column of each industry's price; None where there are none.
    unit
        Column of the units whose industries they are; None where there is one.
    industry
        Column of the industries.
    year
        Column of the years.
    absent
        An industry without a row in a year is ``missing`` (there is no total then) or ``zero`` (it
        did not exist).

    Returns
    -------
    GrowthDrivers, with ``table`` (a row for each unit and year: money in the user's unit,
    new_share, growth and contributions in percentage points, contribution_share, reason) and
    ``industries``.

    Raises
    ------
    InputError
        As ``read_yearly``, naming an industry that isn't in the frame, or a share outside 0 to 1.

    References
    ----------
    Contributions as in SNA 2008, ch. 15; Törnqvist contributions as in Jorgenson, Ho and Stiroh
    (2005), Information Technology and the American Growth Resurgence.

    Examples
    --------
    >>> rows = pl.DataFrame({"industry": ["steel", "chips"] * 2, "year": [2000, 2000, 2001, 2001],
    ...     "v": [90.0, 10, 93, 15]})
    >>> found = growth_drivers(rows, "v", {"chips"}).table
    >>> found["new_contribution_pp"].to_list(), found["contribution_share"].to_list()
    ([None, 5.0], [None, 0.625])
    """
    check_choice("absent", absent, ("missing", "zero"))
    columns = _columns(value, new, price)
    # points of the total add up whatever their signs; shares that weigh growth rates do not
    not_negative = columns
    if price is None:
        not_negative = columns[1:]
    table = read_yearly(
        frame,
        columns,
        unit=unit,
        year=year,
        keys={"kind": industry},
        not_negative=not_negative,
        positive=[price],
    )
    return drivers_of_table(table, value, new, price, absent)


def _columns(value: str, new: Collection[str] | str, price: str | None) -> list[str]:
    """The columns of numbers: value, the share that is new where that is a column, and price."""
    columns = [value]
    if isinstance(new, str):
        columns.append(new)
    if price is not None:
        columns.append(price)
    return columns


def drivers_of_table(
    table: pl.DataFrame, value: str, new: Collection[str] | str, price: str | None, absent: str
) -> GrowthDrivers:
    """As `growth_drivers`, of a table that was checked: unit, kind, year, and the columns named.

    Raises InputError for an industry that is not in the table, and for a share above 1.
    """
    _refuse_new(table, new)
    columns = _columns(value, new, price)
    mains, parts = [], []
    there = table.with_columns(pl.lit(1.0).alias("#there"))
    for name, years, labels, grids in unit_grids(there, [*columns, "#there"]):
        if absent == "zero":
            grids[0] = np.where(np.isnan(grids[-1]), 0.0, grids[0])
        if isinstance(new, str):
            share = np.where(grids[0] == 0, np.nan_to_num(grids[1]), grids[1])
        else:
            share = np.broadcast_to(np.array([float(k in new) for k in labels]), grids[0].shape)
        main, part = _unit_drivers(
            name, years, labels, grids[0], share, grids[-2] if price else None
        )
        mains.append(main)
        parts.append(part)
    return GrowthDrivers(nan_to_null(pl.concat(mains)), nan_to_null(pl.concat(parts)))


def _refuse_new(table: pl.DataFrame, new: Collection[str] | str) -> None:
    if isinstance(new, str):
        bad = table.filter(pl.col(new) > 1)
        if bad.height:
            key = key_of(bad.select("unit", "kind", "year"), 0)
            above = message("share_above_one", share=Figure(bad[new][0]), key=key)
            raise InputError(above, FOLDER)
        return
    strangers = sorted(set(new) - set(table["kind"]))
    if strangers or not new:
        if strangers:
            wrong = message("no_industry", industry=Name(strangers[0]))
        else:
            wrong = message("nothing_new")
        raise InputError(wrong, FOLDER)


def _unit_drivers(
    unit: str,
    years: NDArray[np.int64],
    labels: list[str],
    value: Array,
    share: Array,
    price: Array | None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    new, old = value * share, value * (1 - share)
    total, fresh = value.sum(axis=1), new.sum(axis=1)
    parts = _additive(value, share) if price is None else _tornqvist(new, old, price)
    growth = parts["new"] + parts["old"]
    sums = {name: parts[name].sum(axis=1) for name in ("new", "old", "activity", "reclassified")}
    whole = growth.sum(axis=1)
    why = _reasons(years, labels, value, share, price, whole)
    with np.errstate(invalid="ignore", divide="ignore"):
        of_total = np.where(whole > 0, sums["new"] / whole, np.nan)
        weight = np.where(total > 0, fresh / total, np.nan)
    fell = np.isfinite(whole) & ~(whole > 0)
    for t in np.flatnonzero(fell):
        why[t] = Reason("total_did_not_grow")
    main = pl.DataFrame(
        {
            "unit": [unit] * years.size,
            "year": years,
            "total": total,
            "new_value": fresh,
            "new_share": weight,
            "total_growth_pp": whole,
            "new_growth_pp": parts["new_growth"],
            "other_growth_pp": parts["old_growth"],
            "new_contribution_pp": sums["new"],
            "other_contribution_pp": sums["old"],
            "activity_pp": sums["activity"],
            "reclassified_pp": sums["reclassified"],
            "contribution_share": of_total,
            **reason_columns(why),
        }
    )
    part = {
        "value": value,
        "new_share": share,
        "contribution_pp": growth,
        "new_contribution_pp": parts["new"],
    }
    return main, grid_rows(unit, "industry", years, labels, part)


def _additive(value: Array, share: Array) -> dict[str, Array]:
    """Contributions in percent of the year before, by growth of industries or a changed share."""

    def change(of: Array) -> Array:
        return np.asarray(of - before(of))

    new, old = value * share, value * (1 - share)
    with np.errstate(invalid="ignore", divide="ignore"):
        base = before(value.sum(axis=1))
        by = 100 / np.where(base > 0, base, np.nan)[:, None]
        growth = {
            f"{name}_growth": np.where(
                (of >= 0) & (before(of) > 0), 100 * change(of) / before(of), np.nan
            )
            for name, of in (("new", new.sum(axis=1)), ("old", old.sum(axis=1)))
        }
        growth = {name: np.where(np.isfinite(of), of, np.nan) for name, of in growth.items()}
        return {
            "new": by * change(new),
            "old": by * change(old),
            "activity": by * change(value) * (share + before(share)) / 2,
            "reclassified": by * change(share) * (value + before(value)) / 2,
            **growth,
        }


def _tornqvist(new: Array, old: Array, price: Array) -> dict[str, Array]:
    """Contributions to the growth of a Törnqvist aggregate, each with its share in log growth: the
    new and old parts of an industry are goods of one price."""
    n = new.shape[1]
    values = np.concatenate([new, old], axis=1)
    # of what isn't there no price is needed
    prices = np.where(values > 0, np.concatenate([price, price], axis=1), 1.0)
    prices = np.where(np.isnan(values), np.nan, prices)
    whole, part = tornqvist_growth(values / prices, values)
    part *= 100 * proportional_per_log(whole)[:, None]
    return {
        "new": part[:, :n],
        "old": part[:, n:],
        "activity": np.full_like(part[:, :n], np.nan),
        "reclassified": np.full_like(part[:, :n], np.nan),
        "new_growth": 100 * np.expm1(tornqvist_growth(new / prices[:, :n], new)[0]),
        "old_growth": 100 * np.expm1(tornqvist_growth(old / prices[:, n:], old)[0]),
    }


def _reasons(
    years: NDArray[np.int64],
    labels: list[str],
    value: Array,
    share: Array,
    price: Array | None,
    whole: Array,
) -> list[Reason]:
    grids = {"value": value, "share_of_new": share}
    if price is not None:
        grids["price"] = np.where(value == 0, 1.0, price)
    lost = first_gaps(years, labels, grids)
    is_moved_whole, is_moved = (
        np.diff(own == 0, axis=0, prepend=own[:1] == 0) for own in (value, value * share)
    )
    why = list[Reason]()
    for at in range(years.size):
        if np.isfinite(whole[at]):
            why.append(NO_REASON)
        elif lost[at].code:
            why.append(lost[at])
        elif at == 0:
            why.append(FIRST_YEAR)
        elif lost[at - 1].code:
            why.append(lost[at - 1])
        elif not value[at - 1].sum() > 0:
            why.append(Reason("total_not_above_zero", year=int(years[at - 1])))
        else:
            # a kind whose new part comes or goes, or else one that comes or goes as a whole
            moved = [*np.flatnonzero(is_moved[at]), *np.flatnonzero(is_moved_whole[at])]
            kind = next((labels[int(k)] for k in moved), None)
            why.append(Reason("enters_or_leaves", kind, int(years[at])))
    return why
