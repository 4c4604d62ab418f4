"""The weights of an index's indicators, wherever the declaration says that they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError
from firstlight.instruments.composites.index_declaration import Declaration
from firstlight.instruments.composites.normalisations import rows_of, unit_scale
from firstlight.instruments.composites.pairwise_judgements import pairwise_weights
from firstlight.instruments.composites.weightings import (
    combined_weights,
    critic_weights,
    entropy_weights,
    merec_weights,
    principal_component_weights,
    variation_weights,
)
from firstlight.texts import Count, Name, Phrase, Value, message, names

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FOLDER = Path(__file__).parent
OF_VALUES = ("variation", "merec")  # made of the values themselves, not of their scale
DECLARED = ("equal", "given", "ahp", "benefit_of_the_doubt")  # that no number of the table moves


def declared_weights(declaration: Declaration, weighting: str) -> Floats:
    """The weights that a declaration gives whatever the table holds.

    Parameters
    ----------
    declaration
        Of the index.
    weighting
        equal: among what each dimension, and the index, is made up of; given: as in the file; ahp:
        by its judgements, equal where there are none.

    Returns
    -------
    (k,), of the indicators in the whole index, which add up to 1.

    Examples
    --------
    >>> from firstlight.composites import read_declaration
    >>> declared_weights(read_declaration("new_quality"), "equal").sum().round(12).item()
    1.0
    """
    tree = declaration.tree
    dimension = {each.code: each for each in declaration.dimensions}
    local = np.ones(tree.leaf_count + len(tree.nodes) - 1)
    if weighting == "given":
        weights = [each.weight for each in declaration.indicators]
        local = np.array([*weights, *(dimension[code].weight for code in tree.nodes[:-1])])
    elif weighting == "ahp":
        codes = [each.code for each in declaration.indicators] + list(tree.nodes[:-1])
        at = {code: place for place, code in enumerate(codes)}
        for each in declaration.judgements:
            judged = pairwise_weights(each.matrix, declaration.choices.random_index)
            local[[at[code] for code in each.order]] = judged.weight
    return tree.leaf_weights(local)


def index_weights(
    treated: ArrayLike,
    u: ArrayLike,
    is_constant: ArrayLike,
    declaration: Declaration,
    years: ArrayLike | None = None,
    of_year: Callable[[int], Phrase] | None = None,
) -> tuple[Floats, Mapping[str, Floats]]:
    """The weights of the indicators for each row, and each weighting alone where some are combined.

    Weights that data give are made of the rows in which every indicator has a value. What has no
    value at all keeps the weight that it would have among equals, and a constant indicator has
    none.

    Parameters
    ----------
    treated
        (n, k), values after treatment, nan where missing.
    u
        (n, k), the same on the scale of the index.
    is_constant
        (n, k), what has no spread on its scale, and so no weight.
    declaration
        Of the index.
    years
        (n,), for weights of each year, or of one.
    of_year
        Row -> its year in words, for errors.

    Returns
    -------
    (n, k), rows of which add up to 1, or to 0 where everything is constant; weighting -> (n, k).

    Raises
    ------
    InputError
        Where too few rows are complete, or nothing varies.
    """
    x = np.asarray(treated, float)
    constant = np.asarray(is_constant, bool)
    choices = declaration.choices
    made: dict[str, Floats] = {
        name: _one(name, x, declaration, years, of_year or _nowhere) for name in choices.weightings
    }
    if choices.weights == "combination":
        parts = list(made.values())
        rows = [
            combined_weights(
                [part[row] for part in parts], choices.combine_by, choices.combine_shares or None
            )
            for row in range(len(x))
        ]
        weights = np.array(rows)
        lost = np.flatnonzero(np.isnan(weights).any(axis=1))
        if len(lost):
            year = (of_year or _nowhere)(int(lost[0]))
            wrong = message(
                "no_weights", weighting=Name(choices.weights), year=year, count=Count(len(x))
            )
            raise InputError(wrong, FOLDER)
    else:
        weights = made[choices.weights]
        made = {}
    weights = np.where(constant, 0.0, weights)
    total = weights.sum(axis=1, keepdims=True)
    return weights / np.where(total > 0, total, 1.0), made


def _nowhere(row: int) -> Phrase:
    return Phrase(message("phrases.no_year"))


def _one(
    name: str,
    x: Floats,
    declaration: Declaration,
    years: ArrayLike | None,
    of_year: Callable[[int], Phrase],
) -> Floats:
    """One weighting, for each row."""
    if name in DECLARED:
        base = "equal" if name == "benefit_of_the_doubt" else name
        return np.tile(declared_weights(declaration, base), (len(x), 1))
    choices = declaration.choices
    if years is None or choices.weights_over == "panel":
        return np.tile(_of_data(name, x, declaration, of_year, 0, False), (len(x), 1))
    if choices.weights_over == "one_year":
        wanted = (
            choices.weights_year if choices.weights_year is not None else np.max(np.asarray(years))
        )
        rows = np.flatnonzero(np.asarray(years) == wanted)
        if not len(rows):
            known = names(map(str, np.unique(np.asarray(years))), 20)
            raise InputError(message("no_such_year", value=Name(str(wanted)), years=known), FOLDER)
        row = int(rows[0])
        return np.tile(_of_data(name, x[rows], declaration, of_year, row, True), (len(x), 1))
    weights = np.zeros(x.shape)
    for rows in rows_of(years, len(x)):
        weights[rows] = _of_data(name, x[rows], declaration, of_year, int(rows[0]), True)
    return weights


def _of_data(
    name: str,
    x: Floats,
    declaration: Declaration,
    of_year: Callable[[int], Phrase],
    row: int,
    is_of_year: bool,
) -> Floats:
    """Weights of some rows, from those in which every indicator with a value has one."""
    negative = declaration.is_negative
    is_there: Flags = ~np.asarray(np.isnan(x).all(axis=0))
    scaled = unit_scale(x, negative, None)
    varies: Flags = is_there & ~np.asarray(np.isnan(scaled).all(axis=0))
    is_complete = ~np.isnan(x[:, varies]).any(axis=1)
    year = of_year(row) if is_of_year else _nowhere(row)
    codes = [each.code for each in declaration.indicators]
    count = int(is_complete.sum())
    about: dict[str, Value[Any]]
    about = {"count": Count(count), "rows": Count(len(x)), "year": year}
    if len(x) < 2:
        raise InputError(message("few_rows_of_weights", weighting=Name(name), **about), FOLDER)
    if count < 2:
        lacking = np.isnan(x).sum(axis=0)
        worst = [codes[int(j)] for j in np.argsort(-lacking, kind="stable") if varies[j]]
        wrong = message("few_complete_rows", weighting=Name(name), names=names(worst, 3), **about)
        raise InputError(wrong, FOLDER)
    scaled = unit_scale(x[is_complete], negative, None)
    varies &= ~np.isnan(scaled).all(axis=0)
    complete = x[is_complete][:, varies] if name in OF_VALUES else scaled[:, varies]
    weights = _formula(name, complete, negative[varies]) if varies.any() else np.full(1, np.nan)
    if np.isnan(weights).any():
        wrong = message("no_weights", weighting=Name(name), year=year, count=Count(count))
        if name == "variation" and varies.any():
            without = np.flatnonzero(varies)[np.argmin(np.abs(complete.mean(axis=0)))]
            wrong = message("mean_zero", indicator=Name(codes[int(without)]), year=year)
        raise InputError(wrong, FOLDER)
    equal = declared_weights(declaration, "equal")
    weight = np.where(is_there, 0.0, equal)
    weight[varies] = weights * (1.0 - weight.sum())
    return weight


def _formula(name: str, values: Floats, negative: Flags) -> Floats:
    if name == "entropy":
        return entropy_weights(values)
    if name == "critic":
        return critic_weights(values).weight
    if name == "variation":
        return variation_weights(values)
    if name == "merec":
        return merec_weights(values, negative)
    return principal_component_weights(values)
