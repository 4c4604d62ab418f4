"""ARIO: how a shock spreads from day to day through stocks, orders and rationing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
SCARCE = 1e-9  # of orders, below which what is not served is rounding
ROWS = 64  # buyers whose stocks are updated at a time: what a processor keeps at hand


@dataclass(frozen=True)
class ArioSettings:
    """How sectors behave.

    Attributes
    ----------
    stock_days
        Days that the stock of each input lasts in normal times, one number or (n,), 1 or more.
    restock_days
        Days in which a gap in a stock is ordered; of an input whose stock lasts less long, as many
        days as it lasts.
    alarm_share
        Part of its stock of an input below which a sector makes less, psi, above 0 and at most 1.
    most_capacity
        Capacity that overtime can come to, as a multiple of the normal one, 1 or more.
    overtime_days
        Days in which overtime sets in, and ends.
    rationing
        Who gets what where a sector makes less than was ordered: industries first, each the same
        part of its orders, and final demand the rest; or all, final demand too, the same part.
    """

    stock_days: ArrayLike = 60.0
    restock_days: float = 30.0
    alarm_share: float = 0.8
    most_capacity: float = 1.25
    overtime_days: float = 365.0
    rationing: Literal["industries_first", "proportional"] = "industries_first"


@dataclass(frozen=True)
class ArioCourse:
    """What became of each sector, (days, n).

    Attributes
    ----------
    output
        Output of the day, at a yearly rate.
    delivered
        What final demand got of it, at a yearly rate.
    capacity
        What could have been made with all inputs there, at a yearly rate.
    """

    output: Floats
    delivered: Floats
    capacity: Floats


def ario(
    flows: ArrayLike,
    final: ArrayLike,
    lost: ArrayLike,
    settings: ArioSettings | None = None,
    report: Callable[[int, int], None] | None = None,
) -> ArioCourse:
    """The course of an economy whose sectors lose capacity.

    Each day a sector could make x' = min(capacity, orders), with capacity = overtime (1 - lost) x0.
    It makes less where the stock of an input, in days of normal use, is below psi n x' / x0: then
    x = x0 stock / (psi n), and never more than the stock holds. What it makes is rationed where it
    is less than was ordered. Each then orders what it used, and 1 / tau of what its stock lacks of
    n x' / x0, if it lacks anything; tau is restock_days, or n where that is less. Where a sector
    can't serve all orders its overtime grows by (most - overtime) (orders - x) / orders /
    overtime_days, else it goes back to 1.

    Under proportional rationing an economy whose stocks last no longer than tau may stay down after
    capacity is back: orders of industries shrink with what they make, and those of final demand
    don't. With industries first it comes back, since industries together order less than is made.

    Parameters
    ----------
    flows
        (n, n), what the row sells to the column in a year.
    final
        (n,), final demand of a year, not below 0.
    lost
        (days, n), part of its capacity that each sector lacks on each day, 0 to 1.
    settings
        How sectors behave.
    report
        Called with the days done and all of them.

    Returns
    -------
    `ArioCourse`. Without a shock all stays as it was.

    References
    ----------
    Hallegatte 2008, Risk Analysis 28(3), 779-799 (rationing, overproduction); Hallegatte 2013, Risk
    Analysis 34(1), 152-167 (stocks, orders and psi). Bounding tau by n is ours: with n of 60 days
    and tau of 30, as in 2013, it changes nothing. Rebuilding is not modelled: capacity comes
    back as ``lost`` says.

    Examples
    --------
    >>> course = ario([[0, 50], [30, 0]], [50, 70], [[0, 0], [0, 0.4], [0, 0.4]])
    >>> course.output.round(1).tolist()
    [[100.0, 100.0], [100.0, 60.0], [80.0, 60.0]]
    """
    z = np.asarray(flows, np.float64)
    f = np.asarray(final, np.float64)
    shock = np.asarray(lost, np.float64)
    economy = _Economy(z, f, settings or ArioSettings())
    days = len(shock)
    course = ArioCourse(*(np.empty(shock.shape) for _ in range(3)))
    for day in range(days):
        output, delivered, capacity = economy.day(shock[day])
        course.output[day] = output
        course.delivered[day] = delivered
        course.capacity[day] = capacity
        if report is not None:
            report(day + 1, days)
    return course


class _Economy:
    """Stocks, orders and overtime while the days go by.

    Stocks are days of normal use and orders parts of normal ones, so that the coefficients of the
    table are needed only to add up orders. Rows are buyers, columns inputs. Of an input that a
    sector doesn't use it has an infinite stock, which it doesn't use up, and its orders of it weigh
    nothing.
    """

    def __init__(self, flows: Floats, final: Floats, settings: ArioSettings) -> None:
        self.final = final
        self.settings = settings
        self.normal = flows.sum(axis=1) + final
        self.bought = np.ascontiguousarray(flows.T)
        size = len(final)
        self.days = np.ascontiguousarray(
            np.broadcast_to(np.asarray(settings.stock_days, np.float64), (size,))
        )
        # no more is used in a day than is there
        self.per_day = 1.0 / np.maximum(settings.alarm_share * self.days, 1.0)
        # were a short stock ordered over many days, its users would order ever less of it and get
        # an ever smaller part of what is rationed, until all came to a standstill
        self.restocked = 1.0 / np.minimum(settings.restock_days, self.days)
        self.stock = np.where(self.bought > 0, self.days, np.inf)
        self.orders = np.where(self.bought > 0, 1.0, 0.0)
        self.overtime = np.ones(size)
        self.within_stock = (self.stock * self.per_day).min(axis=1, initial=np.inf)
        self.ordered = self.normal.copy()
        self.scratch = np.empty((min(ROWS, size), size))

    def day(self, lost: Floats) -> tuple[Floats, Floats, Floats]:
        """One day: what is made, what final demand gets of it, and capacity."""
        capacity = self.overtime * (1.0 - lost) * self.normal
        wanted = np.minimum(capacity, self.ordered)
        is_idle = self.normal <= 0
        scale = np.where(is_idle, 1.0, self.normal)
        wanted_part = wanted / scale
        made_part = np.minimum(wanted_part, self.within_stock)
        made = made_part * self.normal
        served = _part(made, self.ordered)
        if self.settings.rationing == "proportional":
            to_industries = served
            delivered = served * self.final
        else:
            industries = self.ordered - self.final
            to_industries = _part(made, industries)
            delivered = np.clip(made - industries * to_industries, 0.0, self.final)
        self._settle(to_industries, made_part, wanted_part)
        self._work_more(1.0 - served)
        return made, delivered, capacity

    def _settle(self, served: Floats, made: Floats, wanted: Floats) -> None:
        """Deliver, use up, and order: everything that concerns stocks, a few buyers at a time."""
        ordered = self.final.copy()
        for start in range(0, len(made), ROWS):
            rows = slice(start, start + ROWS)
            stock = self.stock[rows]
            orders = self.orders[rows]
            scratch = self.scratch[: len(stock)]
            np.multiply(orders, served, out=scratch)
            stock += scratch
            stock -= made[rows, None]
            # a stock of which all is used up may be left with less than nothing by rounding
            np.maximum(stock, 0.0, out=stock)
            np.multiply(self.days, wanted[rows, None], out=orders)
            orders -= stock
            np.maximum(orders, 0.0, out=orders)
            orders *= self.restocked
            orders += made[rows, None]
            ordered += np.einsum("ji,ji->i", self.bought[rows], orders)
            np.multiply(stock, self.per_day, out=scratch)
            scratch.min(axis=1, out=self.within_stock[rows])
        self.ordered = ordered

    def _work_more(self, scarcity: Floats) -> None:
        """Overtime grows where orders were not served, else it ends."""
        days = self.settings.overtime_days
        grown = self.overtime + (self.settings.most_capacity - self.overtime) * scarcity / days
        ended = self.overtime + (1.0 - self.overtime) / days
        self.overtime = np.where(scarcity > SCARCE, grown, ended)


def _part(made: Floats, asked: Floats) -> Floats:
    """Which part of what is asked is there, at most 1; all where nothing is asked."""
    is_asked = asked > 0
    return np.where(is_asked, np.minimum(made / np.where(is_asked, asked, 1.0), 1.0), 1.0)
