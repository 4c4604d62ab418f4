"""Regressors of a frontier: Cobb-Douglas or translog, checked, orthogonal for the solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import check_choice
from firstlight.instruments.productivity.stochastic_frontier.refusals import refusal
from firstlight.texts import List, Name, message

Floats = NDArray[np.float64]
FORMS = ("cobb_douglas", "translog")
NO_VARIATION = 1e-12  # of a column's largest value
NOTHING_LEFT = 1e-9  # of a column's length, once the columns before it are taken out


@dataclass(frozen=True)
class FunctionalForm:
    """Regressors that are functions of the inputs, without the constant.

    values : (n, k); names : k; by_input : (m, n, k), derivatives in each input, so that by_input @
            slopes are elasticities
    """

    values: Floats
    names: tuple[str, ...]
    by_input: Floats


def functional_form(
    inputs: Floats,
    names: Sequence[str],
    *,
    form: str = "cobb_douglas",
    years: NDArray[np.int64] | None = None,
) -> FunctionalForm:
    """Cobb-Douglas: the (log) inputs.

    Translog: also half their squares and their products, each about its mean.

    About the means, a translog's first coefficients are the elasticities at the mean of the logs.
    With years, technical change is added: t from the first year on, and in a translog half its
    square and its products with the inputs.

    inputs : (n, m), in logs; names : m; years : (n,), or None
    Returns FunctionalForm.
    Raises  InputError for another form.
    Source: Christensen, Jorgenson and Lau (1973), Review of Economics and Statistics 55, 28-45.

    >>> functional_form(np.array([[0.0, 1], [1, 1], [2, 4]]), ["K", "L"], form="translog").names
    ('K', 'L', 'K^2/2', 'L^2/2', 'K*L')
    """
    check_choice("form", form, FORMS)
    n, m = inputs.shape
    if years is not None:
        inputs, names = np.column_stack([inputs, years - years.min()]), [*names, "t"]
    names, width = list(names), inputs.shape[1]
    if form == "cobb_douglas":
        return FunctionalForm(
            inputs, tuple(names), np.repeat(np.eye(width)[:m, None, :], n, axis=1)
        )
    x = inputs - inputs.mean(axis=0)
    pairs = list(combinations(range(width), 2))
    values = np.column_stack([x, x**2 / 2, *(x[:, j] * x[:, l] for j, l in pairs)])
    by_input = np.zeros((m, n, values.shape[1]))
    for j in range(m):
        by_input[j, :, j], by_input[j, :, width + j] = 1, x[:, j]
        for place, pair in enumerate(pairs):
            if j in pair:
                by_input[j, :, 2 * width + place] = x[:, pair[1 - pair.index(j)]]
    squares, products = (
        [f"{name}^2/2" for name in names],
        [f"{names[j]}*{names[l]}" for j, l in pairs],
    )
    return FunctionalForm(values, (*names, *squares, *products), by_input)


def refuse_columns(values: Floats, names: Sequence[str], *, within: bool = False) -> None:
    """Name a column that never changes, or that the others determine.

    values : (n, k), less their units' means where ``within``
    Raises  InputError naming the column and those that determine it.

    >>> refuse_columns(np.array([[1.0, 2], [2, 4], [3, 7]]), ["K", "L"])
    """
    largest = np.abs(values).max(axis=0)
    left = values - values.mean(axis=0)
    lengths = np.sqrt((left**2).mean(axis=0))
    still = np.flatnonzero(~(lengths > NO_VARIATION * np.maximum(largest, 1e-300)))
    if still.size:
        column = Name(names[int(still[0])])
        if within:
            raise refusal(message("flat_within", column=column))
        raise refusal(message("flat", column=column))
    left = left / lengths
    for place in range(1, left.shape[1]):
        before = left[:, :place]
        share = np.linalg.lstsq(before, left[:, place], rcond=None)[0]
        rest = left[:, place] - before @ share
        if np.sqrt((rest**2).mean()) < NOTHING_LEFT:
            others = tuple(Name(names[int(j)]) for j in np.flatnonzero(np.abs(share) > 1e-6))
            raise refusal(message("follows", column=Name(names[place]), columns=List(others)))


@dataclass(frozen=True)
class Orthogonal:
    """Columns made orthogonal, each of mean square 1. values : (n, k); back : (k, k), slopes of the
    old = back @ of the new."""

    values: Floats
    back: Floats

    def of(self, target: float) -> Floats:
        """(k,), the combination nearest to a constant column of the target."""
        return np.asarray(self.values.T @ np.full(len(self.values), target) / len(self.values))


def orthogonal(values: Floats) -> Orthogonal:
    """Make columns orthogonal, so that slopes of any magnitude are of order 1 for the solver.

    values : (n, k), of full rank; k may be 0

    >>> made = orthogonal(np.array([[1.0, 1e12], [1.0, 3e12]]))
    >>> np.allclose(made.values.T @ made.values / 2, np.eye(2))
    True
    """
    if not values.shape[1]:
        return Orthogonal(values, np.zeros((0, 0)))
    length = np.sqrt((values**2).mean(axis=0))
    q, r = np.linalg.qr(values / length)
    root = np.sqrt(len(values))
    return Orthogonal(q * root, np.linalg.inv(r / root) / length[:, None])
