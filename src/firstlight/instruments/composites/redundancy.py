"""Whether indicators say the same: correlations within a dimension, and Cronbach's alpha."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
TINY = 1e-12  # a spread below this share of the values is rounding


def correlations(x: ArrayLike) -> Floats:
    """Pearson's correlations of columns, each pair over the rows where both have a value.

    Parameters
    ----------
    x
        (n, k), nan where missing.

    Returns
    -------
    (k, k); nan for fewer than three such rows, or where one does not vary in them.

    Examples
    --------
    >>> correlations([[1, 2], [2, 4], [3, 6]]).round(12).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """
    x = np.asarray(x, float)
    k = x.shape[1]
    matrix = np.full((k, k), np.nan)
    for i in range(k):
        for j in range(i, k):
            both = x[:, [i, j]][~np.isnan(x[:, [i, j]]).any(axis=1)]
            if len(both) < 3:
                continue
            apart = both - both.mean(axis=0)
            length = np.sqrt((apart**2).sum(axis=0))
            if (length > TINY * np.abs(both).max()).all():
                cosine = float((apart[:, 0] * apart[:, 1]).sum() / length.prod())
                matrix[i, j] = matrix[j, i] = min(max(cosine, -1.0), 1.0)
    return matrix


def cronbach_alpha(x: ArrayLike) -> float:
    """Cronbach's alpha of several columns: k / (k - 1) (1 - sum of variances / variance of sums).

    Parameters
    ----------
    x
        (n, k), on one scale and in one direction; rows with a gap, nan, are left out.

    Returns
    -------
    At most 1; nan for fewer than two columns or three rows, or where the sum does not vary.

    References
    ----------
    Cronbach 1951, Psychometrika 16(3), 297-334.

    Examples
    --------
    >>> cronbach_alpha([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    1.0
    """
    given = np.asarray(x, float)
    rows: Floats = given[~np.isnan(given).any(axis=1)]
    k = rows.shape[1]
    if k < 2 or len(rows) < 3:
        return float("nan")
    parts = rows.var(axis=0, ddof=1).sum()
    whole = rows.sum(axis=1).var(ddof=1)
    # indicators that cancel one another leave a sum without variance, and alpha no meaning
    if not whole > TINY * max(np.abs(rows).max() ** 2, 1e-300):
        return float("nan")
    return float(k / (k - 1) * (1 - parts / whole))
