"""Bursts: when the share of a technology stood above its usual level (Kleinberg 2002)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from firstlight.errors import InputError, check_bounds, shown
from firstlight.texts import Name, message

FAMILY = Path(__file__).parent.parent
Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Bursts:
    """States year by year, and the bursts that they make up.

    states : (technologies, years), 0 = usual level, i = share raised by s^i
    cost   : (technologies,), cost of that sequence of states, in nats, without the binomial
             coefficients
    gain   : (technologies, years), weight that each year adds to its burst, in nats (0 outside
             bursts)
    technology, level, start, end : (bursts,), row, state reached or passed (1 and up), first and
             last column
    weight : (bursts,), what the burst saves against the state below, in nats; sorted by technology,
             level, start
    """

    states: IntArray
    cost: Array
    gain: Array
    technology: IntArray
    level: IntArray
    start: IntArray
    end: IntArray
    weight: Array


def bursts(
    counts: Any, totals: Any, *, s: float = 2.0, gamma: float = 1.0, states: int = 2
) -> Bursts:
    """The cheapest sequence of states for each technology, by Viterbi's algorithm.

    State i emits documents at the rate p_i = p_0 s^i, p_0 = sum r / sum d (at most 1). A year with
    r of d documents costs -ln[p_i^r (1-p_i)^(d-r)] in state i (the binomial coefficient is the same
    in all), a rise from i to j costs (j-i) gamma ln n with n years, a fall is free, and the
    sequence starts from state 0. On equal costs the lower state.

    counts : (technologies, years), documents r
    totals : (years,), documents d; a year without documents says nothing
    s      : ratio between neighbouring states' rates, above 1
    gamma  : price of a rise, 0 or more
    states : 2 or more
    Returns Bursts. A technology without documents has none.
    Raises  InputError for a parameter out of range, or an unknown year.
    Source: Kleinberg (2002), Bursty and hierarchical structure in streams, KDD '02, 91-101,
    sections 2 and 4.

    >>> found = bursts([[1, 1, 30, 25, 1, 1]], [100] * 6)
    >>> found.states.tolist(), found.start.tolist(), found.end.tolist()
    ([[0, 0, 1, 1, 0, 0]], [2], [3])
    """
    if not s > 1:
        raise InputError(message("no_ratio_of_states", s=shown(s)), FAMILY)
    check_bounds("gamma", gamma, 0)
    check_bounds("states", states, 2)
    c, t = _checked(counts, totals)
    emission = _emission(c, t, s, states)
    path, cost = _cheapest(emission, gamma * np.log(t.shape[0]))
    inside = path[:, :, None] > np.arange(states - 1)
    # What state j+1 saves against j; outside bursts either may cost infinitely much.
    gain = np.subtract(
        emission[:, :, :-1], emission[:, :, 1:], out=np.zeros(inside.shape), where=inside
    )
    technology, level, start, end = _runs(inside)
    running = np.concatenate(
        [np.zeros((c.shape[0], 1, states - 1)), np.cumsum(gain, axis=1)], axis=1
    )
    weight = running[technology, end + 1, level] - running[technology, start, level]
    return Bursts(path, cost, gain.sum(axis=2), technology, level + 1, start, end, weight)


def _checked(counts: Any, totals: Any) -> tuple[Array, Array]:
    c, t = np.asarray(counts, dtype=np.float64), np.asarray(totals, dtype=np.float64)
    if c.ndim != 2 or t.ndim != 1 or c.shape[1] != t.shape[0]:
        shapes = {"counts": Name(str(c.shape)), "totals": Name(str(t.shape))}
        raise InputError(message("counts_unlike_totals", **shapes), FAMILY)
    known = np.isfinite(c).all() and np.isfinite(t).all()
    if not known or (c < 0).any() or (c > t).any():
        raise InputError(message("count_unusable"), FAMILY)
    return c, t


def _emission(counts: Array, totals: Array, s: float, states: int) -> Array:
    """(technologies, years, states) costs in nats."""
    total = totals.sum()
    usual = counts.sum(axis=1) / total if total > 0 else np.zeros(counts.shape[0])
    rate = np.minimum(usual[:, None] * s ** np.arange(states), 1.0)[:, None, :]
    r, rest = counts[:, :, None], (totals - counts)[:, :, None]
    with np.errstate(divide="ignore"):  # a rate of 1 can't leave a document out: infinite cost
        return np.asarray(-xlogy(r, rate) - xlogy(rest, 1.0 - rate))


def _cheapest(emission: Array, price: float) -> tuple[IntArray, Array]:
    technologies, years, states = emission.shape
    level = np.arange(states)
    rise = price * np.maximum(level[None, :] - level[:, None], 0)  # (from, to)
    came_from = np.zeros((technologies, years, states), dtype=np.intp)
    cost = np.where(level == 0, 0.0, np.inf)[None, :].repeat(technologies, axis=0)
    for year in range(years):
        through = cost[:, :, None] + rise[None]
        came_from[:, year] = np.argmin(through, axis=1)
        cost = through.min(axis=1) + emission[:, year]
    path = np.zeros((technologies, years), dtype=np.intp)
    rows = np.arange(technologies)
    state = np.argmin(cost, axis=1)
    best = cost[rows, state]
    for year in range(years - 1, -1, -1):
        path[:, year] = state
        state = came_from[rows, year, state]
    return path, best


def _runs(inside: npt.NDArray[np.bool_]) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Technology, level, first and last column of each run of true years, sorted in that order."""
    by_level = np.moveaxis(inside, 2, 1)  # (technologies, levels, years)
    none = np.zeros((*by_level.shape[:2], 1), dtype=bool)
    change = np.diff(np.concatenate([none, by_level, none], axis=2).astype(np.int8), axis=2)
    technology, level, start = np.nonzero(change == 1)
    end = np.nonzero(change == -1)[2] - 1
    return technology, level, start, end
