"""The best places for stocks in a chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.chains.choke_points.given_chain import (
    ChainColumns,
    GivenChain,
    given_chain,
    removal_places,
)
from firstlight.instruments.chains.ranked_rows import ranked
from firstlight.instruments.chains.stock_placement.stock_programme import (
    StockTask,
    best_stocks,
    cheapest_stocks,
    lost_share,
)
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import (
    Count,
    Figure,
    List,
    Message,
    Name,
    Phrase,
    Share,
    Value,
    message,
    names,
)

Floats = NDArray[np.float64]
STOCKS = roles.Table(
    {"input": roles.Key(), "months": roles.Number("zero"), "cost": roles.Number("positive")},
    may_lack=("months", "cost"),
)
PARTS = 4  # of the budget, for each of which the best stocks are found
DIGITS = 9
NAMED = 6  # stocks that a sentence names
TINY = 1e-9  # of a budget, and of a share that just reaches its bound: rounding


def stock_places(
    frame: Any,
    *,
    stocks: Annotated[Any, STOCKS] = None,
    finals: Annotated[Sequence[str] | None, roles.Names()] = None,
    gone: Annotated[Sequence[str] | None, roles.Names()] = None,
    of: Literal["provider", "country", "input"] = "provider",
    against: Literal["mean", "worst"] = "mean",
    months: Annotated[float, roles.Bounds(0.01, 1200)] = 6.0,
    budget: Annotated[float, roles.Bounds(0)] = 6.0,
    most_places: Annotated[int | None, roles.Bounds(1)] = None,
    whole_months: bool = False,
    listing: Literal["complete", "partial"] = "complete",
    stop_share: Annotated[float, roles.Bounds(0.01, 1)] = 0.9,
    minor_share: Annotated[float, roles.Bounds(0, 1)] = 0.05,
    progress: Progress | None = None,
    **columns: Unpack[ChainColumns],
) -> Result:
    """Which inputs of a chain to hold in stock, and for how many months, so that stops cost least.

    A stop takes away for some months all that a provider, a country or an input gives; what needs
    it goes on until its stocks are used up. The stocks named are the best that the budget buys.

    Parameters
    ----------
    frame
        A row for each input and what it goes into.
    stocks
        How many months what is in stock of an input lasts already, 0 where that is not said; and
        what a month more of it costs. Where no costs are given, all cost 1; where some are, an
        input without a cost can't be held.
    finals
        The products that count; those that go into nothing unless named.
    gone
        Inputs, countries and providers that stop at the same time: the one stop that is planned
        for.
    of
        Whose stops are planned for, one at a time: each provider's, each country's or each input's;
        where nobody of that kind is named, those of the next kind in this order.
    against
        Whether the mean over these stops is to be least, or the worst of them.
    months
        How long a stop lasts.
    budget
        What all new stocks may cost; months of stock, where no costs are given.
    most_places
        How many inputs may get a new stock at most; any number unless given.
    whole_months
        Whether stocks are whole months.
    listing
        Whether a provider that is not listed does not exist, or may.
    stop_share
        Share of an input that has to be lost for it to stop.
    minor_share
        The most that a provider marked as minor holds, where its share is not known.
    progress
        Called with the plans that were made and all of them.
    **columns
        Columns of the table: `ChainColumns`.

    Returns
    -------
    Result with the tables ``stocks`` (rank, input, held_months, new_months, spent,
    lost_without_share), ``stops`` (kind, name, finals_stopped_count, lost_before_share,
    lost_after_share) and ``budgets`` (budget, lost_share).

    Raises
    ------
    InputError
        As `weak_links` does.

    References
    ----------
    Graves and Willems 2000, Manufacturing & Service Operations Management 2(1), 68-83 (where to
    hold stock in a supply chain); Simchi-Levi, Schmidt, Wei, Zhang, Combs, Ge, Gusikhin, Sanders
    and Zhang 2015, Interfaces 45(5), 375-390 (time to survive a stop).

    Examples
    --------
    Both inputs of the car come from one mine; a month more of each costs alike:

    >>> import polars as pl
    >>> rows = [("ore", "steel"), ("ore", "wire"), ("steel", "car"), ("wire", "car")]
    >>> needs = pl.DataFrame(rows, ["input", "product"], orient="row")
    >>> stock_places(needs, of="input", gone=["ore"], budget=3).table["input", "new_months"].rows()
    [('ore', 3.0)]
    """
    data = STOCK_PLACES.read(locals())
    chain = given_chain(
        data,
        finals,
        is_listed=listing == "complete",
        stop_share=stop_share,
        minor_share=minor_share,
    )
    graph = chain.removals.graph
    kinds = chain.removals.what.kinds
    whose = next((kind for kind in (of, "provider", "country") if kind in kinds), "input")
    stops, count = _stops(chain, gone, whose)
    task = StockTask(
        graph,
        stops.first,
        chain.finals,
        months,
        chain.removals.stock,
        _costs(data, graph.at),
        against,
        most_places,
        whole_months,
    )
    plan = _planned(task, budget, progress)
    tables = {
        "stocks": _stock_table(task, plan.stock),
        "stops": _stop_table(task, stops, plan.stock),
        "budgets": pl.DataFrame({"budget": plan.budgets, "lost_share": plan.lost}),
    }
    said = _answer(task, tables, plan, gone, count)
    if chain.strange:
        count_of = Count(len(chain.strange))
        said.append(message("not_needed", count=count_of, names=names(chain.strange)))
    return Result(
        tables,
        tuple(said),
        STOCK_PLACES.texts,
        conventions=_conventions(data, whose, gone, stop_share),
        charts=_charts(tables),
        given=data.given,
    )


@dataclass(frozen=True)
class _Stops:
    """The stops that are planned for, those that stop a final product.

    first : (n, stops), when each name stops by itself: 0 or infinite
    """

    kinds: Sequence[str]
    names: Sequence[str]
    first: Floats


def _stops(chain: GivenChain, gone: Sequence[str] | None, whose: str) -> tuple[_Stops, int]:
    """The stops that reach a final product, and how many were tried."""
    removals = chain.removals
    what = chain.removals.what
    effects = removals.alone()
    kinds = what.kinds
    called = what.names
    if gone:
        effects = removals.effects([removal_places(what, gone)])
        kinds = ("together",)
        called = (", ".join(gone),)
    reaches = effects.stops[:, chain.finals].any(axis=1)
    wanted = np.array([kind in (whose, "together") for kind in kinds], np.bool_)
    kept = np.flatnonzero(reaches & wanted).tolist()
    first = np.where(effects.own_low >= removals.stop_share - TINY, 0.0, np.inf)
    stops = _Stops([kinds[k] for k in kept], [called[k] for k in kept], first[kept].T)
    return stops, int(wanted.sum())


def _has_costs(data: Data) -> bool:
    return "stocks" in data.tables and data.tables["stocks"].has("cost")


def _costs(data: Data, at: dict[str, int]) -> Floats:
    """What a month of stock of each name costs; infinite for what can't be held."""
    costs = np.ones(len(at))
    if _has_costs(data):
        rows = data.tables["stocks"].frame.select("input", "cost").drop_nulls()
        costs[:] = np.inf
        costs[[at[name] for name in rows["input"]]] = rows["cost"].to_numpy()
    return costs


@dataclass(frozen=True)
class _Plan:
    """The best stocks; what budgets up to that leave lost; and what leaves nothing lost.

    enough : its cost; None where no stocks do that
    """

    stock: Floats
    budgets: list[float]
    lost: list[float]
    enough: float | None


def _cost(task: StockTask, stock: Floats) -> float:
    return float((stock * np.where(stock > 0, task.costs, 0.0)).sum())


def _planned(task: StockTask, budget: float, progress: Progress | None) -> _Plan:
    stock = np.zeros(len(task.graph.names))
    lost = list[float]()
    if not task.first.shape[1]:
        return _Plan(stock, [], [], 0.0)
    parts = sorted({budget * part / PARTS for part in range(PARTS + 1)})
    for done, part in enumerate(parts):
        stock = best_stocks(task, part)
        lost.append(_lost(task, stock))
        if progress is not None:
            progress(done + 1, len(parts))
    cheapest = cheapest_stocks(task)
    enough = None if cheapest is None else round(_cost(task, cheapest), 6)
    return _Plan(stock, parts, lost, enough)


def _lost(task: StockTask, stock: Floats) -> float:
    """What is lost by the goal: the mean over the stops, or the worst of them."""
    shares = lost_share(task, stock)
    lost = shares.mean() if task.against == "mean" else shares.max()
    return round(float(lost), DIGITS)


def _stock_table(task: StockTask, stock: Floats) -> pl.DataFrame:
    """The inputs that get a new stock, the one first without which most would be lost."""
    held = np.flatnonzero(stock).tolist()
    without = list[float]()
    for at in held:
        others = stock.copy()
        others[at] = 0.0
        without.append(_lost(task, others))
    columns: dict[str, Any] = {
        "input": pl.Series([task.graph.names[at] for at in held], dtype=pl.String),
        "held_months": task.held[held],
        "new_months": stock[held],
        "spent": stock[held] * task.costs[held],
        "lost_without_share": pl.Series(without, dtype=pl.Float64),
    }
    table = pl.DataFrame(columns).sort("lost_without_share", "input", descending=[True, False])
    return ranked(table)


def _stop_table(task: StockTask, stops: _Stops, stock: Floats) -> pl.DataFrame:
    """What each stop costs without and with the new stocks, the costliest first."""
    none = np.zeros(len(stock))
    stopped = np.isfinite(task.graph.until_stop(task.first, none))[task.finals]
    columns: dict[str, Any] = {
        "kind": pl.Series(stops.kinds, dtype=pl.String),
        "name": pl.Series(stops.names, dtype=pl.String),
        "finals_stopped_count": stopped.sum(axis=0),
        "lost_before_share": lost_share(task, none).round(DIGITS),
        "lost_after_share": lost_share(task, stock).round(DIGITS),
    }
    order = ["lost_before_share", "lost_after_share", "name"]
    return pl.DataFrame(columns).sort(order, descending=[True, True, False])


def _answer(
    task: StockTask,
    tables: dict[str, pl.DataFrame],
    plan: _Plan,
    gone: Sequence[str] | None,
    count: int,
) -> list[Message]:
    """Which stocks to hold and what they buy; which is worth most; what more would buy."""
    stocks = tables["stocks"]
    stops = tables["stops"]
    if not stops.height:
        return [message("nothing_stops", count=Count(count))]
    values: dict[str, Value[Any]] = {
        "months": Figure(task.months),
        "before": Share(plan.lost[0]),
        "after": Share(plan.lost[-1]),
        "stocks": List(tuple(map(_stock_of, stocks.iter_rows(named=True))), NAMED),
    }
    if gone:
        values["names"] = names(gone)
        code = "hold_one" if stocks.height else "nothing_helps_one"
    else:
        values["count"] = Count(stops.height)
        code = "hold" if stocks.height else "nothing_helps"
        code = f"{code}_{task.against}"
    said = [message(code, **values)]
    if stocks.height > 1:
        first = stocks.row(0, named=True)
        lost = Share(first["lost_without_share"])
        said.append(message("worth_most", input=Name(first["input"]), lost=lost))
    worst = stops.sort("lost_after_share", "name", descending=[True, False]).row(0, named=True)
    if worst["lost_after_share"] and stops.height > 1:
        lost = Share(worst["lost_after_share"])
        said.append(message("worst_left", name=Name(worst["name"]), lost=lost))
    left = plan.budgets[-1] - float(stocks["spent"].sum())
    if left > TINY * max(plan.budgets[-1], 1.0):
        said.append(message("unspent", left=Figure(left)))
    if plan.lost[-1]:
        all_of = Figure(plan.enough) if plan.enough is not None else None
        said.append(message("enough", budget=all_of) if all_of else message("never_enough"))
    return said


def _stock_of(row: dict[str, Any]) -> Phrase:
    """So many months of an input."""
    months = Figure(row["new_months"])
    return Phrase(message("phrases.stock", months=months, input=Name(row["input"])))


def _conventions(
    data: Data, whose: str, gone: Sequence[str] | None, stop_share: float
) -> tuple[Message, ...]:
    return (
        message("stops_together" if gone else f"stops_{whose}"),
        message("an_input_stops", share=Share(stop_share)),
        message("lost_is"),
        message("costs_given" if _has_costs(data) else "costs_alike"),
        message("is_best"),
    )


def _charts(tables: dict[str, pl.DataFrame]) -> tuple[Chart, ...]:
    """What budgets buy, and what each stop costs after as against before."""
    if not tables["stops"].height:
        return ()
    before = Mark("lost_before_share", "dash")
    after = Mark("lost_after_share", "bars")
    charts = [Chart("by_stop", "stops", "", (after, before), line="name")]
    if tables["budgets"].height > 1:
        charts.insert(0, Chart("by_budget", "budgets", "budget", (Mark("lost_share"),)))
    return tuple(charts)


STOCK_PLACES = Measurement(
    stock_places,
    citation="Simchi-Levi et al. 2015, Interfaces 45(5), 375-390",
    sample=Sample(
        {"of": "country", "budget": 14},
        tables={"providers": "providers.csv", "stocks": "stocks.csv"},
    ),
    brief=("rank", "input", "held_months", "new_months", "lost_without_share"),
)
