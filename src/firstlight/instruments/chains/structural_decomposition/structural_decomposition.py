"""What technology and final demand added to the growth of output or value added."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.chains.balance import oddities
from firstlight.instruments.chains.io_table import IOTable, per_output
from firstlight.instruments.chains.leontief import ProductionSystem
from firstlight.instruments.chains.ranked_rows import best_first
from firstlight.instruments.chains.structural_decomposition.orders_of_change import (
    Effects,
    effects_of,
)
from firstlight.instruments.chains.table_blocks import with_parts
from firstlight.instruments.chains.yearly_tables import TableColumns, modelled, read_tables
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import (
    Code,
    Count,
    Growth,
    List,
    Message,
    Name,
    Phrase,
    Year,
    message,
    names,
)

Floats = NDArray[np.float64]
ROUNDING = 1e-9  # of the largest output
YEARS = roles.Bounds(1500, 2200)
GROUPS = {
    "consumption": with_parts("consumption"),
    "investment": with_parts("investment"),
    "exports": ("exports", "outflows"),
}


def growth_decomposition(
    frame: Any,
    *,
    of: Literal["output", "value_added"] = "output",
    demand: Literal["whole", "split"] = "split",
    orders: Literal["all", "polar"] = "all",
    inputs: Literal["domestic", "all"] = "domestic",
    start: Annotated[int | None, YEARS] = None,
    end: Annotated[int | None, YEARS] = None,
    **columns: Unpack[TableColumns],
) -> Result:
    """What changes of technology and of final demand added to the growth of each sector between two
    input-output tables, as sums and as ratios.

    Parameters
    ----------
    frame
        Square tables of several years, one below the other, sectors in rows and columns, with
        columns of final uses and rows of value added; or a row for each cell.
    of
        What has grown.
    demand
        Final demand as one factor, or split into its mix of goods, its categories and its level.
    orders
        The mean of all orders in which factors may change, or of the two polar forms.
    inputs
        Inputs made at home, or those from everywhere. Imports in a column of their own are taken
        from all home uses of a good in proportion.
    start
        The year it has grown from, the first if left out.
    end
        The year it has grown to, the last if left out.
    **columns
        Columns of the table: `TableColumns`.

    Returns
    -------
    Result with the tables ``factors`` (factor, effect, effect_share, lowest_effect, highest_effect,
    ratio) and ``effects`` (sector, factor, effect, ratio, change, start_value, end_value, reason).

    Raises
    ------
    InputError
        For fewer than two years, years that are not there, and sectors that are not those of the
        other year.

    References
    ----------
    Dietzenbacher and Los 1998, Economic Systems Research 10(4), 307-324; Miller and Blair 2009,
    Input-Output Analysis, 2nd edition, section 13.1.

    Examples
    --------
    >>> import polars as pl
    >>> cells = {
    ...     "year": [2010] * 6 + [2020] * 6,
    ...     "supplier": ["farms", "farms", "mills", "mills", "farms", "mills"] * 2,
    ...     "user": ["farms", "mills", "farms", "mills", "final demand", "final demand"] * 2,
    ...     "value": [150, 500, 200, 100, 350, 1700, 150, 400, 200, 100, 450, 2000],
    ... }
    >>> found = growth_decomposition(pl.DataFrame(cells), demand="whole")
    >>> found.table.select("factor", pl.col("effect").round(1)).rows()
    [('demand', 565.4), ('technology', -265.4)]
    """
    data = GROWTH_DECOMPOSITION.read(locals())
    tables = read_tables(data)
    first, last = _years(tables, start, end)
    before, said_before = modelled(tables[first], inputs)
    after, said_after = modelled(tables[last], inputs)
    _refuse_unlike(before, after, first, last)
    if of == "value_added" and (before.value_added is None or after.value_added is None):
        raise GROWTH_DECOMPOSITION.error(message("no_value_added"))
    factors, changing = _changing_values(
        before, after, is_value_added=of == "value_added", is_split=demand == "split"
    )
    by_factor = effects_of(changing, len(factors), is_polar=orders == "polar")
    ends = changing((False,) * len(factors)), changing((True,) * len(factors))
    totals = _totals(factors, by_factor, ends[0].sum())
    effects = _effects(before.sectors, factors, by_factor, ends)
    odd = [*oddities(tables[first]), *said_before, *oddities(tables[last]), *said_after]
    return Result(
        {"factors": totals, "effects": effects},
        (*_answer(totals, effects, ends, of, (first, last)), *_kept(odd)),
        GROWTH_DECOMPOSITION.texts,
        conventions=(
            message(f"inputs_{inputs}"),
            message(f"orders_{orders}"),
            message("prices"),
            message(f"demand_{demand}"),
        ),
        charts=(
            Chart(
                "by_sector", "effects", "", (Mark("effect", "bars"),), line="sector", panel="factor"
            ),
        ),
        given=data.given,
    )


def _years(
    tables: Mapping[int | None, IOTable], start: int | None, end: int | None
) -> tuple[int, int]:
    known = [year for year in tables if year is not None]
    if len(known) < 2:
        raise GROWTH_DECOMPOSITION.error(message("one_year", count=Count(len(known))))
    first = known[0] if start is None else start
    last = known[-1] if end is None else end
    lacking = [year for year in (first, last) if year not in known]
    if lacking or first >= last:
        there = List(tuple(map(Year, known)), most=len(known))
        wrong = message("no_such_years", start=Year(first), end=Year(last), years=there)
        raise GROWTH_DECOMPOSITION.error(wrong)
    return first, last


def _refuse_unlike(before: IOTable, after: IOTable, first: int, last: int) -> None:
    if before.sectors == after.sectors:
        return
    apart = sorted(set(before.sectors) ^ set(after.sectors))
    years = {"start": Year(first), "end": Year(last)}
    wrong = message("unlike_sectors", count=Count(len(apart)), sectors=names(apart), **years)
    raise GROWTH_DECOMPOSITION.error(wrong)


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


def _changing_values(
    first: IOTable, last: IOTable, *, is_value_added: bool, is_split: bool
) -> tuple[tuple[str, ...], Callable[[tuple[bool, ...]], Floats]]:
    """Names of k factors; and what output, or value added, (n,) comes to, from whether each of them
    has changed. Final demand is one of them, or the product of its mix, categories and level."""
    years = [_factors(table, is_value_added, is_split) for table in (first, last)]
    years = _without_gaps(*years)
    names = ["technology", "demand"]
    if is_split:
        names = ["technology", "mix", "categories", "level"]
    if is_value_added:
        names.insert(0, "intensity")

    def value(has: tuple[bool, ...]) -> Floats:
        at = dict(zip(names, (years[own] for own in has), strict=True))
        if is_split:
            demand = at["mix"].mix @ at["categories"].weights * at["level"].level
        else:
            demand = at["demand"].demand
        made = at["technology"].system.requirements(demand)
        if not is_value_added:
            return made
        return np.asarray(made * at["intensity"].intensity)

    return tuple(names), value


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
    # what is in no group: other uses, imports that were not taken out, and what does not balance;
    # rounding is no category, whose mix would be noise
    rest = demand - np.sum(groups, axis=0)
    rest = np.where(np.abs(rest) > ROUNDING * np.abs(table.output).max(), rest, 0.0)
    columns = np.column_stack([*groups, rest])
    totals = columns.sum(axis=0)
    is_empty = totals == 0
    if is_split and (not totals.sum() or (is_empty & (columns != 0).any(axis=0)).any()):
        raise GROWTH_DECOMPOSITION.error(message("no_level"))
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


def _kept(odd: list[Message]) -> list[Message]:
    """What is odd of either year, said once; that a table balances is no news here."""
    kept = [own for own in odd if own.code != "balanced"]
    return [own for at, own in enumerate(kept) if own not in kept[:at]]


def _totals(factors: tuple[str, ...], effects: Effects, start: float) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "factor": factors,
            "effect": effects.total,
            "effect_share": effects.total / start if start else np.full(len(factors), np.nan),
            "lowest_effect": effects.lowest,
            "highest_effect": effects.highest,
            "ratio": effects.total_ratio,
        }
    ).with_columns(pl.selectors.float().fill_nan(None))
    return best_first(frame, "effect")


def _effects(
    sectors: tuple[str, ...],
    factors: tuple[str, ...],
    effects: Effects,
    ends: tuple[Floats, Floats],
) -> pl.DataFrame:
    parts = [
        pl.DataFrame(
            {
                "sector": sectors,
                "factor": [factor] * len(sectors),
                "effect": effects.additive[k],
                "ratio": effects.ratio[k],
                "change": ends[1] - ends[0],
                "start_value": ends[0],
                "end_value": ends[1],
            }
        )
        for k, factor in enumerate(factors)
    ]
    frame = pl.concat(parts).with_columns(pl.col("ratio").fill_nan(None))
    reason = pl.when(pl.col("ratio").is_null()).then(pl.lit("not_above_zero"))
    return best_first(frame.with_columns(reason=reason), "effect")


def _answer(
    totals: pl.DataFrame,
    effects: pl.DataFrame,
    ends: tuple[Floats, Floats],
    of: str,
    years: tuple[int, int],
) -> list[Message]:
    """How much it grew and by what, and who gained and lost most by technology."""
    what = Code(f"codes.of.{of}")
    start = Year(years[0])
    end = Year(years[1])
    before = float(ends[0].sum())
    after = float(ends[1].sum())
    if before <= 0:
        said = [message("no_growth", of=what, start=start, end=end)]
    else:
        parts = [
            Phrase(
                message(
                    "phrases.part",
                    factor=Code(f"codes.factor.{row['factor']}"),
                    growth=Growth(row["effect_share"], 1),
                )
            )
            for row in totals.iter_rows(named=True)
        ]
        growth = Growth(after / before - 1, 1)
        items = List(tuple(parts))
        said = [message("grew", of=what, start=start, end=end, growth=growth, parts=items)]
    by_technology = effects.filter(factor="technology")
    gain = by_technology.row(0, named=True)
    loss = by_technology.row(-1, named=True)
    if gain["effect"] > 0 > loss["effect"]:
        pair = {"gain": Name(gain["sector"]), "loss": Name(loss["sector"])}
        said.append(message("technology_moved", **pair))
    return said


GROWTH_DECOMPOSITION = Measurement(
    growth_decomposition,
    citation="Dietzenbacher and Los 1998, Economic Systems Research 10(4), 307-324",
    sample=Sample(),
)
