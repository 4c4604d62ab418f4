"""Distances written out as one dense linear programme each, as textbooks have them, to hold the
instruments against."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

Floats = NDArray[np.float64]


def first_quick(first: str, *others: str) -> list[Any]:
    """Cases of which the first alone is quick: programmes one by one take their time."""
    return [first, *(pytest.param(other, marks=pytest.mark.slow) for other in others)]


def random_panel(seed: int, units: int, years: int) -> pl.DataFrame:
    """Units with two inputs, two outputs and a bad through the years, every number its own draw."""
    draws = np.random.default_rng(seed)
    count = units * years
    return pl.DataFrame(
        {
            "unit": np.repeat([f"u{k:02d}" for k in range(units)], years),
            "year": np.tile(np.arange(2001, 2001 + years), units),
            **{name: np.exp(draws.normal(0, 0.4, count)) for name in ("k", "l", "y", "z", "c")},
        }
    )


def columns(frame: pl.DataFrame, names: list[str], first: int, last: int) -> Floats:
    """Numbers of all rows from one year to another, a column per row of the frame."""
    return frame.filter(pl.col("year").is_between(first, last)).select(names).to_numpy().T


def at(frame: pl.DataFrame, names: list[str], unit: str, year: int) -> Floats:
    """Numbers of one unit in one year."""
    return (
        frame.filter((pl.col("unit") == unit) & (pl.col("year") == year))
        .select(names)
        .to_numpy()[0]
    )


def farrell(x: Floats, y: Floats, X: Floats, Y: Floats, orientation: str, returns: str) -> float:
    """Input: least theta with X z <= theta x, Y z >= y.

    Output: largest phi with X z <= x, Y z >= phi y. nan if none.
    """
    n = X.shape[1]
    if orientation == "input":
        upper = np.vstack([np.column_stack([-x, X]), np.column_stack([0 * y, -Y])])
        bound, cost = np.concatenate([0 * x, -y]), 1.0
    else:
        upper = np.vstack([np.column_stack([0 * x, X]), np.column_stack([y, -Y])])
        bound, cost = np.concatenate([x, 0 * y]), -1.0
    equal = np.column_stack([0.0, np.ones((1, n))]) if returns == "vrs" else None
    found = linprog(
        np.r_[cost, np.zeros(n)],
        upper,
        bound,
        equal,
        None if equal is None else [1.0],
        [(None, None)] + [(0, None)] * n,
    )
    return float(found.x[0]) if found.status == 0 else float("nan")


def directional(
    unit: tuple[Floats, Floats, Floats],
    spanning: tuple[Floats, Floats, Floats],
    moves: tuple[Floats, Floats, Floats],
    returns: str,
    disposability: str = "weak",
    weights: Floats | None = None,
) -> float:
    """Largest b (or w'b, b >= 0) with X z <= x - b g, Y z >= y + b h, C z = c - b k (or <= if
    strong). nan if none."""
    (x, y, c), (X, Y, C), (g, h, k) = unit, spanning, moves
    n, many = X.shape[1], len(x) + len(y) + len(c)
    signs = np.concatenate([g, h, k])
    own = np.diag(signs) if weights is not None else signs[:, None]
    rows_x, rows_y, rows_c = own[: len(x)], own[len(x) : len(x) + len(y)], own[len(x) + len(y) :]
    upper = [np.hstack([rows_x, X]), np.hstack([rows_y, -Y])]
    bound, equal, level = [x, -y], [], []
    (equal if disposability == "weak" else upper).append(np.hstack([rows_c, C]))
    (level if disposability == "weak" else bound).append(c)
    if returns == "vrs":
        equal.append(np.hstack([np.zeros((1, own.shape[1])), np.ones((1, n))]))
        level.append(np.ones(1))
    cost = -weights if weights is not None else np.array([-1.0])
    free = (
        [(0, None) if weight else (0, 0) for weight in weights]
        if weights is not None
        else [(None, None)]
    )
    assert len(free) in (1, many)
    found = linprog(
        np.concatenate([cost, np.zeros(n)]),
        np.vstack(upper),
        np.concatenate(bound),
        np.vstack(equal) if equal else None,
        np.concatenate(level) if level else None,
        free + [(0, None)] * n,
    )
    return float(-found.fun) if found.status == 0 else float("nan")


def spans(method: str, start: int, end: int, first: int, last: int) -> tuple[tuple[int, int], ...]:
    """Years of four frontiers for a pair: own of the start, own of the end, and the ones for start
    and for end data."""
    return {
        "adjacent": ((start, start), (end, end), (end, end), (start, start)),
        "sequential": ((first, start), (first, end), (first, end), (first, start)),
        "global": ((start, start), (end, end), (first, last), (first, last)),
        "biennial": ((start, start), (end, end), (start, end), (start, end)),
    }[method]
