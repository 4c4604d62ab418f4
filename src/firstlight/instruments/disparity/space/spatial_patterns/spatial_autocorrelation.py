"""Whether values are like those next to them: Moran's I, Geary's C, local Moran, Getis and Ord's
G and Gi*.

Symbols: x values, z = x - mean, w_ij weight of j for i, S0 the sum of all weights, n places. Values
are dealt anew over the places to say what chance does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.numerics.powers_of_two import near_one

Array = NDArray[np.float64]
FEWEST = 4  # places, below which the variance of Moran's I has no formula
ALIKE = 1e-12  # a spread below this share of the values is rounding
DENSE = 0.2  # share of weights that are not 0, above which a full matrix is faster


@dataclass(frozen=True)
class GlobalPattern:
    """A statistic of all places.

    index    : the statistic; expected : where values are dealt at random
    z        : how many standard deviations it is from that; nan where every order gives the same
    p_value  : twice the share of the smaller tail of the draws, at most 1
    """

    index: float
    expected: float
    z: float
    p_value: float


@dataclass(frozen=True)
class LocalPattern:
    """Local Moran of n places, each (n,).

    z        : value less mean, in standard deviations
    lag      : the same of what is next to the place, weighted
    index    : I_i = z_i lag_i
    p_value  : twice the share of the smaller tail, the place's own value held, at most 1
    """

    z: Array
    lag: Array
    index: Array
    p_value: Array


def moran(values: ArrayLike, matrix: Any, permutations: int = 999, seed: int = 0) -> GlobalPattern:
    """Moran's I of values on places: n / S0 · sum w_ij z_i z_j / sum z_i².

    Parameters
    ----------
    values
        (n,), four or more, not all the same.
    matrix
        (n, n) sparse weights, the diagonal 0.
    permutations
        How often values are dealt over the places.
    seed
        Of the draws.

    Returns
    -------
    GlobalPattern; its z is that of the randomisation assumption.

    References
    ----------
    Moran (1950), Biometrika 37, 17-23; Cliff and Ord (1981), Spatial Processes, sections 2.3 and
    2.4.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> line = csr_array(np.eye(6, k=1) + np.eye(6, k=-1))
    >>> round(moran([1, 2, 3, 4, 5, 6], line).index, 6)
    0.6
    """
    x = near_one(values)
    z, total = x - x.mean(), float(matrix.sum())
    observed = float(z @ (matrix @ z))
    drawn = _dealt(z, permutations, seed)
    of_draws = (drawn * (_fast(matrix) @ drawn)).sum(axis=0)
    scale = x.size / total / float(z @ z)
    expected = -1 / (x.size - 1)
    index, variance = scale * observed, _moran_variance(z, matrix)
    score = (index - expected) / variance**0.5 if variance > ALIKE else np.nan
    return GlobalPattern(index, expected, score, _two_tails(observed, of_draws, float(z @ z)))


def _sums(matrix: Any) -> tuple[float, float, float]:
    """S0, S1 and S2 of Cliff and Ord: of the weights, of both directions squared, of the squared
    sums of what leads to and from each place."""
    both = matrix + matrix.T
    s1 = float((both.multiply(both)).sum()) / 2
    s2 = float(((matrix.sum(axis=1) + matrix.sum(axis=0)) ** 2).sum())
    return float(matrix.sum()), s1, s2


def _kurtosis(z: Array) -> float:
    return z.size * float((z**4).sum()) / float((z**2).sum()) ** 2


def _moran_variance(z: Array, matrix: Any) -> float:
    n, (s0, s1, s2), kurtosis = z.size, _sums(matrix), _kurtosis(z)
    normal = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    tails = kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    return (normal - tails) / ((n - 1) * (n - 2) * (n - 3) * s0**2) - 1 / (n - 1) ** 2


def geary(values: ArrayLike, matrix: Any, permutations: int = 999, seed: int = 0) -> GlobalPattern:
    """Geary's C of values on places: (n - 1) sum w_ij (x_i - x_j)^2 / (2 S0 sum z_i^2).

    Below 1 where places are like those next to them, above where they differ.

    Parameters
    ----------
    values
        (n,), four or more, not all the same.
    matrix
        (n, n) sparse weights, the diagonal 0.
    permutations
        How often values are dealt over the places.
    seed
        Of the draws.

    Returns
    -------
    GlobalPattern; its z is that of the randomisation assumption, below 0 where places are alike.

    References
    ----------
    Geary (1954), Incorporated Statistician 5(3), 115-145; Cliff and Ord (1981), Spatial Processes,
    sections 2.3 and 2.4.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> line = csr_array(np.eye(6, k=1) + np.eye(6, k=-1))
    >>> round(geary([1, 2, 3, 4, 5, 6], line).index, 6)
    0.142857
    """
    x = near_one(values)
    z, s0 = x - x.mean(), float(matrix.sum())
    squares = float(z @ z)
    ends = np.asarray(matrix.sum(axis=1) + matrix.sum(axis=0))
    # sum w (x_i - x_j)^2 is that of the ends less twice the products
    observed = float(ends @ z**2 - 2 * z @ (matrix @ z))
    drawn = _dealt(z, permutations, seed)
    of_draws = ends @ drawn**2 - 2 * (drawn * (_fast(matrix) @ drawn)).sum(axis=0)
    index = (x.size - 1) * observed / (2 * s0 * squares)
    variance = _geary_variance(z, matrix)
    score = (index - 1) / variance**0.5 if variance > ALIKE else np.nan
    return GlobalPattern(index, 1.0, score, _two_tails(observed, of_draws, squares))


def _geary_variance(z: Array, matrix: Any) -> float:
    n, (s0, s1, s2), kurtosis = z.size, _sums(matrix), _kurtosis(z)
    of_pairs = (n - 1) * s1 * (n**2 - 3 * n + 3 - (n - 1) * kurtosis)
    of_ends = (n - 1) * s2 * (n**2 + 3 * n - 6 - (n**2 - n + 2) * kurtosis) / 4
    of_all = s0**2 * (n**2 - 3 - (n - 1) ** 2 * kurtosis)
    return (of_pairs - of_ends + of_all) / (n * (n - 2) * (n - 3) * s0**2)


def general_g(
    values: ArrayLike, matrix: Any, permutations: int = 999, seed: int = 0
) -> GlobalPattern:
    """Getis and Ord's G: sum w_ij x_i x_j / sum_{i≠j} x_i x_j; high where high values are together.

    Parameters
    ----------
    values
        (n,), 0 or above, two of them above 0, not all the same.
    matrix
        (n, n) sparse weights, the diagonal 0.
    permutations
        How often values are dealt over the places.
    seed
        Of the draws.

    Returns
    -------
    GlobalPattern; its z is that of the draws.

    References
    ----------
    Getis and Ord (1992), Geographical Analysis 24(3), 189-206.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> line = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> round(general_g([1, 1, 3, 3], line).index, 6)
    0.590909
    """
    x = near_one(values)
    pairs = float(x.sum() ** 2 - (x**2).sum())
    observed = float(x @ (matrix @ x))
    drawn = _dealt(x, permutations, seed)
    of_draws = (drawn * (_fast(matrix) @ drawn)).sum(axis=0)
    expected = float(matrix.sum()) / (x.size * (x.size - 1))
    spread = float(of_draws.std()) / pairs
    index = observed / pairs
    z = (index - expected) / spread if spread > ALIKE * abs(index) else np.nan
    return GlobalPattern(index, expected, z, _two_tails(observed, of_draws, float(x @ x)))


def local_moran(
    values: ArrayLike, matrix: Any, permutations: int = 999, seed: int = 0
) -> LocalPattern:
    """Local Moran: I_i = z_i sum_j w_ij z_j, z in standard deviations.

    The sum of all over S0 is Moran's I.

    Parameters
    ----------
    values
        (n,), three or more, not all the same.
    matrix
        (n, n) sparse weights, the diagonal 0, each row with a neighbour.
    permutations
        How often the other values are dealt around each place.
    seed
        Of the draws.

    Returns
    -------
    LocalPattern.

    References
    ----------
    Anselin (1995), Geographical Analysis 27(2), 93-115, with m2 = sum z² / n.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> line = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> local_moran([1, 2, 3, 4], line).index.round(6).tolist()
    [0.6, 0.4, 0.4, 0.6]
    """
    x = near_one(values)
    z = (x - x.mean()) / x.std()
    lag, n = matrix @ z, x.size
    most = int(np.diff(matrix.indptr).max())
    order = np.tile(np.arange(n - 1), (permutations, 1))
    dealt = np.random.default_rng(seed).permuted(order, axis=1)[:, :most]
    p_value = np.empty(n)
    for i in range(n):
        weights = matrix.data[matrix.indptr[i] : matrix.indptr[i + 1]]
        others = dealt[:, : weights.size]
        others = others + (others >= i)  # the place itself stays where it is
        p_value[i] = _two_tails(float(lag[i]), z[others] @ weights, float(weights.sum()))
    return LocalPattern(z, lag, z * lag, p_value)


def getis_ord(values: ArrayLike, matrix: Any) -> Array:
    """Getis and Ord's Gi* as a z-score, of each place with what is next to it.

    The place itself weighs as much as the nearest of its neighbours: 1 where weights are 0 and 1.

    Parameters
    ----------
    values
        (n,), two or more, not all the same.
    matrix
        (n, n) sparse weights, the diagonal 0, standardised or not.

    Returns
    -------
    (n,) above 0 in a hot spot, below in a cold one; nan for a place next to all others.

    References
    ----------
    Ord and Getis (1995), Geographical Analysis 27(4), 286-306, eq. 14.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> line = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> getis_ord([1, 1, 3, 3], line).round(4).tolist()
    [-1.7321, -1.0, 1.0, 1.7321]
    """
    x = near_one(values)
    own = matrix.max(axis=1).toarray().ravel()
    n, sums = x.size, matrix.sum(axis=1) + own
    squares = matrix.multiply(matrix).sum(axis=1) + own**2
    inside = matrix @ x + own * x
    room = np.maximum(n * squares - sums**2, 0.0)
    scale = x.std() * np.sqrt(room / (n - 1))
    far = room > ALIKE * sums**2
    away = inside - x.mean() * sums
    return np.asarray(np.divide(away, scale, out=np.full(n, np.nan), where=far), dtype=float)


def varies(values: Array) -> bool:
    """Whether values are not all the same.

    >>> varies(np.array([0.1 + 0.2, 0.3, 0.3]))
    False
    """
    return bool(np.ptp(values) > ALIKE * np.abs(values).max())


def _dealt(values: Array, permutations: int, seed: int) -> Array:
    """(n, permutations) the values in random orders."""
    rows = np.tile(values, (permutations, 1))
    return np.ascontiguousarray(np.random.default_rng(seed).permuted(rows, axis=1).T)


def _fast(matrix: Any) -> Any:
    """The matrix as it multiplies fastest."""
    is_dense = matrix.nnz > DENSE * matrix.shape[0] * matrix.shape[1]
    return matrix.toarray() if is_dense else matrix


def _two_tails(observed: float, drawn: Array, scale: float) -> float:
    """Twice the share of the smaller tail, the observed one a draw; ties count as beyond."""
    slack = ALIKE * scale
    above = int((drawn >= observed - slack).sum())
    below = int((drawn <= observed + slack).sum())
    return min(1.0, 2 * (min(above, below) + 1) / (drawn.size + 1))
