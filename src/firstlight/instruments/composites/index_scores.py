"""From a table of indicators to the scores of an index, by the choices of its declaration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError
from firstlight.instruments.composites.aggregations import grey_coefficients, node_scores
from firstlight.instruments.composites.benefit_of_the_doubt import benefit_of_the_doubt
from firstlight.instruments.composites.gap_filling import fill_gaps
from firstlight.instruments.composites.index_declaration import Choices, Declaration
from firstlight.instruments.composites.index_tree import IndexTree
from firstlight.instruments.composites.index_weights import index_weights
from firstlight.instruments.composites.normalisations import (
    distance_to_reference,
    goalpost_scale,
    rank_scale,
    rows_of,
    unit_scale,
    vector_scale,
    within_groups,
    z_scores,
)
from firstlight.instruments.composites.outlier_treatment import treat_outliers
from firstlight.phrases import in_year
from firstlight.texts import Name, Phrase, message

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
FOLDER = Path(__file__).parent
ROUNDING = 1e-9  # weights that add up to just enough are enough


@dataclass(frozen=True)
class IndexScores:
    """An index with every step that led to it; n rows, k indicators.

    Attributes
    ----------
    values
        (n, k), as in the table but divided by their denominators; nan where missing.
    why_missing
        (n, k), "" where there is a value, else a code: value_missing, denominator_missing,
        denominator_zero.
    is_filled
        (n, k), what was missing and was filled in.
    treated
        (n, k), after gaps were filled, distances from targets taken and outliers treated.
    is_winsorised, is_logged, is_still_skewed
        (n, k), (k,) and (k,), as in `Treated`.
    is_beyond
        (n, k), what lies beyond the goalposts.
    normalised
        (n, k), on the scale of the index; nan where missing or constant.
    is_constant
        (n, k), indicators without a weight, being the same in all rows of their scale.
    weights
        (n, k), of the indicators in the whole index; rows add up to 1. Under benefit of the doubt
        shares of the score.
    alone
        Weighting -> (k,) or (n, k), where several are combined.
    nodes
        For each node of the tree (n,), its scores, whatever they rest on; the index at the end.
    known
        For each node (n,), the share of its weight that rests on values of the table.
    contributions
        (n, k), what each indicator adds to the score; nan where scores are no sums.
    """

    values: Floats
    why_missing: NDArray[np.str_]
    is_filled: Flags
    treated: Floats
    is_winsorised: Flags
    is_logged: Flags
    is_still_skewed: Flags
    is_beyond: Flags
    normalised: Floats
    is_constant: Flags
    weights: Floats
    alone: Mapping[str, Floats]
    nodes: tuple[Floats, ...]
    known: tuple[Floats, ...]
    contributions: Floats

    def is_known_enough(self, least_weight: float, node: int = -1) -> Flags:
        """Whether enough of the weight of a node rests on values.

        Parameters
        ----------
        least_weight
            Share of the weight, 0 to 1, that is enough.
        node
            Place among the nodes of the tree; that of the index, if none is named.

        Returns
        -------
        (n,)
        """
        return np.asarray(self.known[node] >= least_weight - ROUNDING)

    def score(self, least_weight: float, node: int = -1) -> Floats:
        """The scores of a node.

        Parameters
        ----------
        least_weight
            Share of the weight, 0 to 1, that has to rest on values.
        node
            Place among the nodes of the tree; that of the index, if none is named.

        Returns
        -------
        (n,), on the scale of the index; nan where too little of the weight rests on values.
        """
        return np.where(self.is_known_enough(least_weight, node), self.nodes[node], np.nan)


def composite_scores(
    values: ArrayLike,
    declaration: Declaration,
    *,
    denominators: ArrayLike | None = None,
    units: ArrayLike | None = None,
    years: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> IndexScores:
    """The scores of an index, and every step that led to them.

    Parameters
    ----------
    values
        (n, k), indicators in the order of the declaration, a row for each unit and year; nan where
        missing.
    declaration
        Of the index, with its choices.
    denominators
        (n, number of denominators), in the order of the declaration.
    units, years, groups
        (n,), names of the units, their years, and groups within which gaps are filled; None for
        rows without names, one year and one group.

    Returns
    -------
    `IndexScores`.

    Raises
    ------
    InputError
        Where a choice does not go with the numbers, with indicator, unit and year.

    Examples
    --------
    >>> from firstlight.composites import read_declaration
    >>> declared = read_declaration({
    ...     "name": "small", "title": "Small", "dimensions": [{"code": "a", "title": "A"}],
    ...     "indicators": [
    ...         {"code": c, "title": c, "dimension": "a", "unit": "1", "direction": d}
    ...         for c, d in (("x", "positive"), ("y", "negative"))]})
    >>> composite_scores([[1, 9], [2, 7], [3, 5]], declared).score(0.7).tolist()
    [0.0, 50.0, 100.0]
    """
    x = np.array(values, float).reshape(-1, len(declaration.indicators))
    choices = declaration.choices
    labels = np.arange(len(x)).astype(str) if units is None else np.asarray(units)
    where = _Rows(declaration, labels, years)
    x, why = _divided(x, declaration, denominators)
    filled = fill_gaps(x, choices.missing, units=labels, years=years, groups=groups)
    is_filled = np.isnan(x) & ~np.isnan(filled)
    aimed = distances_from_targets(filled, declaration)
    treated, moved, is_logged, is_still = treated_values(aimed, choices)
    where.check(treated)
    scale = years if choices.over == "year" else None
    u = normalised(treated, declaration, scale)
    is_constant = _constant(treated, u, scale)
    weights, alone = index_weights(treated, u, is_constant, declaration, years, where.of_year)
    is_known = ~np.isnan(x) & ~np.isnan(u)
    nodes, contributions, shares = _scores(u, weights, declaration, scale)
    return IndexScores(
        values=x,
        why_missing=why,
        is_filled=is_filled,
        treated=treated,
        is_winsorised=moved,
        is_logged=is_logged,
        is_still_skewed=is_still,
        is_beyond=_beyond(treated, declaration),
        normalised=u,
        is_constant=is_constant,
        weights=shares,
        alone=alone,
        nodes=nodes,
        known=_known(is_known, weights, declaration),
        contributions=contributions,
    )


def distances_from_targets(x: ArrayLike, declaration: Declaration) -> Floats:
    """Indicators, those with a target as their distance from it: 0 within it, and better when low.

    Parameters
    ----------
    x
        (n, k), nan where missing.
    declaration
        Of the index.

    Returns
    -------
    (n, k), the others as they are.
    """
    distances = np.array(x, float)
    for j, each in enumerate(declaration.indicators):
        if each.target is not None:
            low, high = each.target
            below = low - distances[:, j]
            above = distances[:, j] - high
            distances[:, j] = np.maximum(np.maximum(below, above), 0.0)
    return distances


def treated_values(x: ArrayLike, choices: Choices) -> tuple[Floats, Flags, Flags, Flags]:
    """Indicators with their outliers treated, all years together.

    Parameters
    ----------
    x
        (n, k), nan where missing.
    choices
        Whether outliers are winsorised, and how.

    Returns
    -------
    (n, k) values; (n, k) which were winsorised; (k,) which were taken as logarithms; (k,) which are
    skewed even so.
    """
    values = np.array(x, float)
    is_winsorised = np.zeros(values.shape, bool)
    is_logged = np.zeros(values.shape[1], bool)
    is_still = np.zeros(values.shape[1], bool)
    if choices.outliers == "keep":
        return values, is_winsorised, is_logged, is_still
    for j in range(values.shape[1]):
        treated = treat_outliers(
            values[:, j],
            most=choices.most_winsorised,
            skew_limit=choices.skew_limit,
            kurtosis_limit=choices.kurtosis_limit,
            is_logged_else=choices.skewed == "log",
        )
        values[:, j] = treated.values
        is_winsorised[:, j] = treated.is_winsorised
        is_logged[j] = treated.is_logged
        is_still[j] = treated.is_still_skewed
    return values, is_winsorised, is_logged, is_still


def normalised(x: ArrayLike, declaration: Declaration, groups: ArrayLike | None = None) -> Floats:
    """Indicators on the scale of the index, on which higher is better.

    Parameters
    ----------
    x
        (n, k), treated; nan where missing.
    declaration
        Of the index.
    groups
        (n,), years that have a scale each; None for one scale.

    Returns
    -------
    (n, k); nan where missing or constant.
    """
    choices = declaration.choices
    negative = declaration.is_negative
    x = np.asarray(x, float)
    if choices.normalisation == "z":
        z = within_groups(lambda part: z_scores(part, negative, choices.deviations), x, groups)
        return np.asarray(choices.centre + choices.spread * z)
    if choices.normalisation == "rank":
        return within_groups(lambda part: rank_scale(part, negative), x, groups)
    if choices.normalisation == "vector":
        return within_groups(lambda part: vector_scale(part, negative), x, groups)
    if choices.normalisation == "min_max":
        u = unit_scale(x, negative, groups)
    elif choices.normalisation == "percentile":
        u = within_groups(lambda part: rank_scale(part, negative, is_percentile=True), x, groups)
    elif choices.normalisation == "goalposts":
        u = goalpost_scale(x, negative, *_goalposts(declaration))
    else:
        goals = [each.reference for each in declaration.indicators]
        goal = np.array(goals, float)
        u = within_groups(lambda part: distance_to_reference(part, negative, goal), x, groups)
    return np.asarray(choices.lowest + (choices.highest - choices.lowest) * u)


def score_nodes(
    u: ArrayLike,
    weights: ArrayLike,
    declaration: Declaration,
    groups: ArrayLike | None = None,
    tree: IndexTree | None = None,
) -> tuple[Floats, ...]:
    """The scores of the nodes of a tree by a declaration's aggregation.

    Parameters
    ----------
    u
        (n, k), normalised.
    weights
        (k,), (n, k) or, for d draws at once, (d, 1, k).
    declaration
        Of the index.
    groups
        (n,), years that are compared each by itself; None for all together.
    tree
        Of the indicators; the declaration's, if no other is given.

    Returns
    -------
    For each node (n,) or (d, n), the index at the end.
    """
    choices = declaration.choices
    scores = node_scores(
        u,
        weights,
        tree or declaration.tree,
        choices.aggregation,
        above=choices.above,
        groups=groups,
        distinguishing=choices.distinguishing,
        penalty=choices.penalty,
        deviations=choices.deviations,
        compromise=choices.compromise,
    )
    return tuple(scores)


def _scores(
    u: Floats, weights: Floats, declaration: Declaration, scale: ArrayLike | None
) -> tuple[tuple[Floats, ...], Floats, Floats]:
    """The nodes, what each indicator adds to the index, and the weights as they are shown."""
    choices = declaration.choices
    tree = declaration.tree
    if choices.weights == "benefit_of_the_doubt":
        best = benefit_of_the_doubt(u / choices.highest, choices.doubt_least_share, scale)
        parts = np.where(np.isnan(u), np.nan, best * u)
        total = np.nansum(parts, axis=1)
        total = np.where(np.isnan(parts).all(axis=1), np.nan, total)
        nodes = [_of_leaves(parts, list(leaves)) for leaves in tree.leaves[:-1]]
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = np.nan_to_num(parts / total[:, None])
        return (*nodes, total), parts, shares
    nodes = list(score_nodes(u, weights, declaration, scale))
    if not choices.is_additive:
        return tuple(nodes), np.full(u.shape, np.nan), weights
    added = u
    if choices.aggregation == "grey_relational":
        added = grey_coefficients(u, choices.distinguishing, scale)
    return tuple(nodes), _spread_down(added, weights, declaration), weights


def _of_leaves(parts: Floats, leaves: list[int]) -> Floats:
    """What some indicators add together; nan where none of them has a value."""
    values = parts[:, leaves]
    return np.where(np.isnan(values).all(axis=1), np.nan, np.nansum(values, axis=1))


def _spread_down(u: Floats, weights: Floats, declaration: Declaration) -> Floats:
    """What each indicator adds to an index of arithmetic means: the share of every node goes to
    those of its children that have a value."""
    tree = declaration.tree
    k = tree.leaf_count
    n = len(u)
    weight = np.stack([weights[:, list(leaves)].sum(axis=1) for leaves in tree.leaves], axis=1)
    weight = np.concatenate([weights, weight], axis=1)
    is_known = ~np.isnan(u)
    known = [is_known[:, [*leaves]] & (weights[:, [*leaves]] > 0) for leaves in tree.leaves]
    there = np.stack([each.any(axis=1) for each in known], axis=1)
    there = np.concatenate([is_known, there], axis=1)
    share = np.zeros((n, k + len(tree.nodes)))
    share[:, -1] = 1.0
    for node in range(len(tree.nodes) - 1, -1, -1):
        children = list(tree.children[node])
        held = weight[:, children] * there[:, children]
        total = held.sum(axis=1, keepdims=True)
        part = held / np.where(total > 0, total, np.nan)
        share[:, children] = share[:, [k + node]] * np.nan_to_num(part)
    return np.where(is_known, share[:, :k] * np.nan_to_num(u), np.nan)


def _known(is_known: Flags, weights: Floats, declaration: Declaration) -> tuple[Floats, ...]:
    """For each node the share of its weight that rests on values of the table."""
    shares = []
    for leaves in declaration.tree.leaves:
        own = weights[:, list(leaves)]
        total = own.sum(axis=1)
        held = (own * is_known[:, list(leaves)]).sum(axis=1)
        shares.append(np.where(total > 0, held / np.where(total > 0, total, 1.0), 0.0))
    return tuple(shares)


def _divided(
    x: Floats, declaration: Declaration, denominators: ArrayLike | None
) -> tuple[Floats, NDArray[np.str_]]:
    """Values over their denominators, and why one is missing."""
    why = np.where(np.isnan(x), "value_missing", "").astype("U24")
    at = {each.code: place for place, each in enumerate(declaration.denominators)}
    given = np.full((len(x), len(at)), np.nan)
    if denominators is not None:
        given = np.asarray(denominators, float).reshape(len(x), len(at))
    x = x.copy()
    for j, each in enumerate(declaration.indicators):
        if each.denominator is None:
            continue
        by = given[:, at[each.denominator]]
        is_given = why[:, j] == ""
        why[is_given & np.isnan(by), j] = "denominator_missing"
        why[is_given & (by == 0), j] = "denominator_zero"
        x[:, j] = x[:, j] / np.where(by == 0, np.nan, by)
    return x, why


def _constant(treated: Floats, u: Floats, scale: ArrayLike | None) -> Flags:
    """Indicators that have values in the rows of their scale, but no spread to scale them by."""
    flags = np.zeros(u.shape, bool)
    for rows in rows_of(scale, len(u)):
        has_values = (~np.isnan(treated[rows])).any(axis=0)
        flags[rows] = has_values & np.isnan(u[rows]).all(axis=0)
    return flags


def _goalposts(declaration: Declaration) -> tuple[Floats, Floats]:
    ends = [each.goalposts or (np.nan, np.nan) for each in declaration.indicators]
    low, high = np.array(ends, float).T
    return low, high


def _beyond(treated: Floats, declaration: Declaration) -> Flags:
    if declaration.choices.normalisation != "goalposts":
        return np.zeros(treated.shape, bool)
    low, high = _goalposts(declaration)
    return np.asarray((treated < low) | (treated > high))


@dataclass(frozen=True)
class _Rows:
    """The names of rows, for what an error says."""

    declaration: Declaration
    units: NDArray[Any]
    years: ArrayLike | None

    def of_year(self, row: int) -> Phrase:
        """The year of a row in words; nothing without years."""
        if self.years is None:
            return in_year(None)
        return in_year(int(np.asarray(self.years)[row]))

    def check(self, treated: Floats) -> None:
        """Raise InputError for numbers that a choice cannot use: not above 0 under a ratio to a
        reference, MEREC or coefficients of variation."""
        choices = self.declaration.choices
        negative = self.declaration.is_negative
        is_bad = np.zeros(treated.shape, bool)
        choice = "reference"
        if choices.normalisation == "reference":
            is_bad = np.where(negative, treated <= 0, treated < 0)
        elif "merec" in choices.weightings:
            choice = "merec"
            is_bad = treated <= 0
        if not is_bad.any():
            return
        row, j = (int(place) for place in np.argwhere(is_bad)[0])
        raise InputError(
            message(
                "not_above_zero",
                choice=Name(choice),
                indicator=Name(self.declaration.indicators[j].code),
                unit=Name(str(self.units[row])),
                year=self.of_year(row),
            ),
            FOLDER,
        )
