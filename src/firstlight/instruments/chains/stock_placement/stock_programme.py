"""Where in a chain stocks cost least and help most: a mixed-integer linear programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from firstlight.instruments.chains.choke_points.need_graph import NeedGraph

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ALIKE = 1e-9  # losses that are the same
LATER = 1e-4  # by how much the last name costs more than the first, where plans are as good
TINY = 1e-6  # months, the programme's tolerance


@dataclass(frozen=True)
class StockTask:
    """Stops of a chain that stocks are to be held against.

    Attributes
    ----------
    graph
        What needs what.
    first
        (n, stops), when each stops by itself: 0 or infinite.
    finals
        (f,), places of the final products.
    months
        How long a stop lasts.
    held
        (n,), months of stock that are there already.
    costs
        (n,), what a month of stock of each costs, above 0; infinite where none can be held.
    against
        The mean over all stops, or the worst of them.
    places
        How many inputs may hold a new stock; None for any number.
    is_whole
        Whether new stocks are whole months.
    """

    graph: NeedGraph
    first: Floats
    finals: NDArray[np.intp]
    months: float
    held: Floats
    costs: Floats
    against: Literal["mean", "worst"] = "mean"
    places: int | None = None
    is_whole: bool = False


def lost_share(task: StockTask, stock: ArrayLike) -> Floats:
    """What each stop costs: the share of the final products of its months that can't be made.

    Parameters
    ----------
    task
        The stops.
    stock
        (n,), months of new stock of each name.

    Returns
    -------
    (stops,), 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from firstlight.instruments.chains.choke_points.need_graph import need_graph
    >>> graph = need_graph([("ore", "steel", None), ("steel", "car", None)])
    >>> first = np.array([[np.inf], [0.0], [np.inf]])  # ore stops
    >>> task = StockTask(graph, first, np.array([0]), 10, np.zeros(3), np.ones(3))
    >>> lost_share(task, [0, 3, 2]).tolist()
    [0.5]
    """
    time = task.graph.until_stop(task.first, task.held + np.asarray(stock, float))[task.finals]
    return np.asarray(1.0 - np.minimum(time / task.months, 1.0).mean(axis=0))


def best_stocks(task: StockTask, budget: float) -> Floats:
    """The stocks that leave least lost, and of those that do the cheapest.

    When a product stops is a least and a greatest of sums of stocks. Least ones are linear
    constraints, and so are the greatest of inputs that replace one another once a whole number says
    which of them lasts longest; the optimum is that of the programme, exact but for its tolerance.
    Of plans that are as good and as cheap to a ten-thousandth the one that comes first by name is
    taken.

    Parameters
    ----------
    task
        The stops.
    budget
        What the new stocks may cost in all.

    Returns
    -------
    (n,), months of new stock of each name.
    """
    programme = _Programme(task)
    programme.row({programme.spent: 1.0}, budget / programme.dearest)
    least = programme.solved({programme.lost: 1.0})
    assert least is not None  # holding nothing is always within the budget
    programme.row({programme.lost: 1.0}, float(least[programme.lost]) + ALIKE)
    return programme.stocks(least)


def cheapest_stocks(task: StockTask) -> Floats | None:
    """The cheapest stocks with which nothing is lost; None where no stocks do that.

    Parameters
    ----------
    task
        The stops.

    Returns
    -------
    (n,), months of new stock of each name, or None.
    """
    programme = _Programme(task)
    programme.row({programme.lost: 1.0}, ALIKE)
    some = programme.solved({programme.spent: 1.0})
    return None if some is None else programme.stocks(some)


@dataclass
class _Programme:
    """The programme of a task, while it is written: variables, and sums of them with a limit."""

    task: StockTask
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    sums: list[tuple[dict[int, float], float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        task = self.task
        needed = sorted({each for _, members in task.graph.groups for each in members})
        may_hold = [at for at in needed if np.isfinite(task.costs[at])]
        self.stock = {at: self.variable(task.months, is_whole=task.is_whole) for at in may_hold}
        self.spent = self.variable(np.inf)
        self.lost = self.variable(1.0)
        # whatever the currency is called, the programme reads costs of 1 and less
        self.dearest = max((float(task.costs[at]) for at in may_hold), default=1.0)
        self.row({**self.costs(), self.spent: -1.0}, 0.0)
        if task.places is not None:
            chosen = dict[int, float]()
            for var in self.stock.values():
                is_chosen = self.variable(1.0, is_whole=True)
                # no stock outlasts the stop, but for whole months that are the next above
                self.row({var: 1.0, is_chosen: -np.ceil(task.months)}, 0.0)
                chosen[is_chosen] = 1.0
            self.row(chosen, task.places)
        self._write_stops()

    def costs(self) -> dict[int, float]:
        """Of a month of each stock, in units of the dearest."""
        return {var: float(self.task.costs[at]) / self.dearest for at, var in self.stock.items()}

    def variable(self, upper: float, *, is_whole: bool = False) -> int:
        """A new one, from 0."""
        self.lower.append(0.0)
        self.upper.append(np.ceil(upper) if is_whole else upper)
        self.whole.append(int(is_whole))
        return len(self.upper) - 1

    def row(self, terms: dict[int, float], limit: float) -> None:
        """The sum of terms is at most the limit."""
        self.sums.append((terms, limit))

    def _write_stops(self) -> None:
        """When each product stops, and that what is lost is no less than that makes it."""
        task = self.task
        ever = np.isfinite(task.graph.until_stop(task.first, np.zeros(len(task.graph.names))))
        stops = task.first.shape[1]
        finals = task.finals.tolist()
        month = 1.0 / (task.months * len(finals))  # what one of one final product is of all
        losses = list[tuple[dict[int, float], float]]()
        for k in range(stops):
            time = {at: self.variable(task.months) for at in np.flatnonzero(ever[:, k]).tolist()}
            for at in np.flatnonzero(np.isfinite(task.first[:, k])).tolist():
                self.upper[time[at]] = float(task.first[at, k])
            for product, members in task.graph.groups:
                if ever[list(members), k].all():
                    self._write_group(time, product, members)
            stopped = [at for at in finals if ever[at, k]]
            losses.append(
                ({time[at]: -month for at in stopped}, month * task.months * len(stopped))
            )
        if task.against == "worst":
            for terms, most in losses:
                self.row({**terms, self.lost: -1.0}, -most)
            return
        terms = {var: members / stops for each, _ in losses for var, members in each.items()}
        self.row({**terms, self.lost: -1.0}, -sum(most for _, most in losses) / stops)

    def _write_group(self, time: dict[int, int], product: int, members: Sequence[int]) -> None:
        """A product stops once the input of a group that lasts longest is used up."""
        last = [at for at in members if at != product]  # nothing stops for want of itself
        if len(members) == 1:
            for at in last:
                self.row({time[product]: 1.0, **self._used_up(time, at)}, float(self.task.held[at]))
            return
        chosen = {at: self.variable(1.0, is_whole=True) for at in members}
        months = self.task.months
        for at in last:
            terms = {time[product]: 1.0, **self._used_up(time, at), chosen[at]: months}
            self.row(terms, float(self.task.held[at]) + months)
        self.row(dict.fromkeys(chosen.values(), -1.0), -1.0)

    def _used_up(self, time: dict[int, int], at: int) -> dict[int, float]:
        """Less when an input is used up, but for what is held already."""
        terms = {time[at]: -1.0}
        if at in self.stock:
            terms[self.stock[at]] = -1.0
        return terms

    def solved(self, goal: dict[int, float]) -> Floats | None:
        """The variables where the goal is least; None where the limits contradict one another."""
        rows = [row for row, (terms, _) in enumerate(self.sums) for _ in terms]
        columns = [var for terms, _ in self.sums for var in terms]
        values = [value for terms, _ in self.sums for value in terms.values()]
        shape = (len(self.sums), len(self.upper))
        matrix = coo_array((values, (rows, columns)), shape).tocsr()
        limits = np.array([limit for _, limit in self.sums])
        objective = np.zeros(len(self.upper))
        objective[list(goal)] = list(goal.values())
        solution: Any = milp(
            objective,
            integrality=np.array(self.whole),
            bounds=Bounds(np.array(self.lower), np.array(self.upper)),
            constraints=LinearConstraint(matrix, -np.inf, limits),
            options={"mip_rel_gap": 0.0},
        )
        return None if solution.x is None else np.asarray(solution.x)

    def stocks(self, otherwise: Floats) -> Floats:
        """Of all plans within the limits the cheapest, first names first."""
        names = len(self.task.graph.names)
        costs = self.costs()
        cheapest = self.solved(
            {var: costs[var] * (1.0 + LATER * at / names) for at, var in self.stock.items()}
        )
        best = otherwise if cheapest is None else cheapest
        stock = np.zeros(names)
        stock[list(self.stock)] = best[list(self.stock.values())]
        return np.where(stock > TINY, stock.round(6), 0.0)
