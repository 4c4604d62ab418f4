"""Weights that the data give: by variation, by common components, by what leaving out changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.instruments.composites.normalisations import DIGITS
from firstlight.numerics.divisors import positive_or_nan
from firstlight.numerics.optional_arrays import array_or
from firstlight.numerics.powers_of_two import near_one

Floats = NDArray[np.float64]
Weighting = Literal[
    "equal",
    "given",
    "entropy",
    "critic",
    "variation",
    "principal_components",
    "merec",
    "ahp",
    "combination",
    "benefit_of_the_doubt",
]
Combination = Literal["mean", "product", "game_theory"]
WEIGHTINGS: tuple[str, ...] = get_args(Weighting)
KAISER = 1.0 + 1e-9  # an eigenvalue above which a component tells more than one indicator


def variation_weights(x: ArrayLike) -> Floats:
    """Weights in proportion to coefficients of variation: standard deviation (n - 1) over mean.

    Parameters
    ----------
    x
        (n, k), complete rows in units whose zero means nothing.

    Returns
    -------
    (k,), which add up to 1; nan where a mean is 0 or nothing varies.

    Examples
    --------
    >>> variation_weights([[1.0, 9.0], [3.0, 11.0]]).round(3).tolist()
    [0.833, 0.167]
    """
    x = near_one(x, axis=0)
    mean = np.abs(x.mean(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        variation = np.where(mean > 0, x.std(axis=0, ddof=1) / mean, np.nan)
        return np.asarray(variation / variation.sum())


def principal_component_weights(u: ArrayLike) -> Floats:
    """Weights in proportion to communalities: the share of each indicator's variance that the kept
    principal components of the correlations account for.

    Kept are the components with an eigenvalue above 1, and the first in any case. Communalities are
    the same whether or not components are rotated.

    Parameters
    ----------
    u
        (n, k), complete rows in any units; n is 2 or more.

    Returns
    -------
    (k,), which add up to 1; 0 for a constant indicator, nan where all are.

    References
    ----------
    OECD and JRC 2008, Handbook on Constructing Composite Indicators, section 6.1.

    Examples
    --------
    >>> principal_component_weights([[1, 2, 0], [2, 4, 1], [3, 6, 0]]).round(3).tolist()
    [0.5, 0.5, 0.0]
    """
    u = near_one(u, axis=0)
    apart = u - u.mean(axis=0)
    length = np.sqrt((apart**2).sum(axis=0))
    # rounding leaves a constant with a spread of some 1e-16 of its size
    varies = length > 1e-12 * np.maximum(np.abs(u).max(axis=0), 1e-300)
    weight = np.zeros(u.shape[1])
    if not varies.any():
        return np.full(u.shape[1], np.nan)
    z = apart[:, varies] / length[varies]
    correlation = (z[:, :, None] * z[:, None, :]).sum(axis=0)
    value, vector = np.linalg.eigh(correlation)
    is_kept = value > KAISER
    is_kept[-1] = True
    weight[varies] = (value[is_kept] * vector[:, is_kept] ** 2).sum(axis=1)
    # an indicator that loads on nothing kept has a weight of 0, not of rounding
    weight = np.where(weight > 1e-12, weight, 0.0)
    return np.asarray(weight / weight.sum())


def merec_weights(x: ArrayLike, is_negative: ArrayLike | None = None) -> Floats:
    """Weights by what the removal of an indicator changes (MEREC).

    Parameters
    ----------
    x
        (n, k), complete rows of numbers above 0.
    is_negative
        (k,), whether lower is better; no indicator where it is left out.

    Returns
    -------
    (k,), which add up to 1; nan where nothing varies.

    References
    ----------
    Keshavarz-Ghorabaee, Amiri, Zavadskas, Turskis and Antucheviciene 2021, Symmetry 13(4), 525.

    Examples
    --------
    >>> merec_weights([[1.0, 5.0], [2.0, 5.0]]).tolist()
    [1.0, 0.0]
    """
    x = np.asarray(x, float)
    negative = array_or(is_negative, np.zeros(x.shape[1], bool))
    scaled = np.where(negative, x / x.max(axis=0), x.min(axis=0) / x)
    size = np.abs(np.log(scaled)) / x.shape[1]
    whole = size.sum(axis=1, keepdims=True)
    effect = np.abs(np.log1p(whole - size) - np.log1p(whole)).sum(axis=0)
    return np.asarray(effect / positive_or_nan(effect.sum()))


def combined_weights(
    weights: Sequence[ArrayLike],
    by: Combination = "mean",
    shares: Sequence[float] | None = None,
) -> Floats:
    """Several weightings as one: their mean, their product, or the compromise of a game.

    Parameters
    ----------
    weights
        (k,) each, which add up to 1.
    by
        mean: sum of a_m w_m; product: in proportion to the product of w_m^a_m; game_theory: sum of
        a_m w_m with the least deviation from each, a solving sum_m a_m w_l w_m' = w_l w_l' for all
        l, and |a_m| scaled to add up to 1.
    shares
        How much each counts, a_m, scaled to add up to 1; equal where left out, and found by the
        game itself.

    Returns
    -------
    (k,), which add up to 1; nan where every product is 0.

    References
    ----------
    The combination weighting by game theory of the Chinese literature on composite indices.

    Examples
    --------
    >>> combined_weights([[0.5, 0.5], [0.2, 0.8]]).round(3).tolist()
    [0.35, 0.65]
    >>> combined_weights([[0.5, 0.5], [0.2, 0.8]], "product").round(3).tolist()
    [0.333, 0.667]
    >>> combined_weights([[0.7, 0.2, 0.1], [0.1, 0.5, 0.4]], "game_theory").round(3).tolist()
    [0.43, 0.335, 0.235]
    """
    w = np.asarray(weights, float)
    given = array_or(shares, np.ones(len(w)))
    if by == "game_theory":
        given = _least_deviation(w)
    a = (given / given.sum())[:, None]
    combined = (a * w).sum(axis=0)
    if by == "product":
        combined = np.prod(w**a, axis=0)
    return np.asarray(combined / positive_or_nan(combined.sum()))


def _least_deviation(w: Floats) -> Floats:
    """(m,), how much each of m weightings counts in the compromise; alike where they are."""
    products = w @ w.T
    # equations that say the same, of weightings that are alike, are solved by the least shares
    return np.asarray(np.abs(np.linalg.lstsq(products, np.diag(products), rcond=1e-12)[0]))


def entropy_weights(u: ArrayLike) -> Floats:
    """Weights of systems by how far each sets the rows apart.

    Parameters
    ----------
    u
        (n, k), complete rows of scores from 0 to 1.

    Returns
    -------
    (k,), which add up to 1; 0 for a system that is the same in all rows, 0 throughout among them;
    nan where no system sets rows apart.

    Examples
    --------
    >>> entropy_weights([[0.2, 0.5, 0.0], [0.8, 0.5, 0.0]]).tolist()
    [1.0, 0.0, 0.0]
    """
    u = np.asarray(u, float)
    varies = np.ptp(u, axis=0) > 0 if len(u) else np.zeros(u.shape[1], bool)
    own = u[:, varies]
    p = own / own.sum(axis=0)
    redundancy = np.zeros(u.shape[1])
    entropy = -(p * np.log(np.where(p > 0, p, 1))).sum(axis=0) / np.log(len(u))
    redundancy[varies] = np.maximum(1 - entropy, 0.0)
    total = redundancy.sum()
    # what hardly varies has no redundancy but for rounding
    return redundancy / total if total > 1e-12 else np.full(u.shape[1], np.nan)


@dataclass(frozen=True)
class CriticWeights:
    """What each of k indicators tells that the others do not.

    Attributes
    ----------
    contrast
        (k,), standard deviation (n - 1) of the scaled indicator; 0 where it is constant.
    conflict
        (k,), sum of 1 - r over the others; nan where it is constant.
    information
        (k,), contrast times conflict.
    weight
        (k,), which add up to 1; nan where no indicator holds any information.
    correlation
        (k, k), Pearson's r; nan where one of the two is constant.
    """

    contrast: Floats
    conflict: Floats
    information: Floats
    weight: Floats
    correlation: Floats


def critic_weights(u: ArrayLike) -> CriticWeights:
    """Weights of indicators by contrast and conflict: w_j in proportion to s_j sum_k (1 - r_jk).

    The weights are the same with a standard deviation of n - 1 or of n, which are in one proportion
    for all indicators. A constant indicator has no weight, and no part in the conflict of others.

    Parameters
    ----------
    u
        (n, k), complete rows, scaled by `min_max`; nan where an indicator is constant. n is 2 or
        more.

    Returns
    -------
    CriticWeights

    References
    ----------
    Diakoulaki, Mavrotas and Papayannakis 1995, Computers & Operations Research 22(7), 763-770.

    Examples
    --------
    >>> critic_weights([[0, 0, 1], [1, 1, 0], [0.5, 0.5, 1]]).weight.round(3).tolist()
    [0.232, 0.232, 0.536]
    """
    u = np.asarray(u, float)
    is_constant = np.isnan(u).any(axis=0)
    contrast = np.where(is_constant, 0.0, u.std(axis=0, ddof=1))
    apart = u - u.mean(axis=0)
    z = apart / np.sqrt((apart**2).sum(axis=0))
    r = np.round((z[:, :, None] * z[:, None, :]).sum(axis=0), DIGITS)
    conflict = np.where(is_constant, np.nan, np.nansum(1 - r, axis=1))
    information = np.where(is_constant, 0.0, contrast * conflict)
    weight = information / positive_or_nan(information.sum())
    return CriticWeights(contrast, conflict, information, weight, r)
