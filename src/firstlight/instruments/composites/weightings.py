"""Weights that the data give: by variation, by common components, by what leaving out changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "WEIGHTINGS",
    "Weighting",
    "combined_weights",
    "merec_weights",
    "principal_component_weights",
    "variation_weights",
]

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
    x = np.asarray(x, float)
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
    u = np.asarray(u, float)
    apart = u - u.mean(axis=0)
    length = np.sqrt((apart**2).sum(axis=0))
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
    negative = np.zeros(x.shape[1], bool) if is_negative is None else np.asarray(is_negative, bool)
    scaled = np.where(negative, x / x.max(axis=0), x.min(axis=0) / x)
    size = np.abs(np.log(scaled)) / x.shape[1]
    whole = size.sum(axis=1, keepdims=True)
    effect = np.abs(np.log1p(whole - size) - np.log1p(whole)).sum(axis=0)
    total = effect.sum()
    return np.asarray(effect / total) if total > 0 else np.full(x.shape[1], np.nan)


def combined_weights(
    weights: Sequence[ArrayLike],
    by: Literal["mean", "product"] = "mean",
    shares: Sequence[float] | None = None,
) -> Floats:
    """Several weightings as one: their mean, or their product scaled to add up to 1.

    Parameters
    ----------
    weights
        (k,) each, which add up to 1.
    by
        mean: sum of a_m w_m; product: in proportion to the product of w_m^a_m.
    shares
        How much each counts, a_m, scaled to add up to 1; equal where left out.

    Returns
    -------
    (k,), which add up to 1.

    Examples
    --------
    >>> combined_weights([[0.5, 0.5], [0.2, 0.8]]).round(3).tolist()
    [0.35, 0.65]
    >>> combined_weights([[0.5, 0.5], [0.2, 0.8]], "product").round(3).tolist()
    [0.333, 0.667]
    """
    w = np.asarray(weights, float)
    given = np.ones(len(w)) if shares is None else np.asarray(shares, float)
    a = (given / given.sum())[:, None]
    found = (a * w).sum(axis=0) if by == "mean" else np.prod(w**a, axis=0)
    return np.asarray(found / found.sum())
