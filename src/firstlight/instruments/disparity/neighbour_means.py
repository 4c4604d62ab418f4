"""Means over the neighbours of each unit, as a table of links says who they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from firstlight import roles

__all__ = ["LINKS", "neighbour_means", "neighbour_shares"]

LINKS = roles.Table(
    {"place": roles.Key(), "neighbour": roles.Key(), "weight": roles.Number("zero")},
    may_lack=("weight",),
)


def neighbour_shares(units: Sequence[str], links: pl.DataFrame) -> Any:
    """(n, n) sparse: the weights of each unit's neighbours, which add up to 1 in each row; a row
    of zeros where it has none.

    links : place, neighbour, weight (1 where null); a list that holds no link in both directions is
            about pairs, and counts both ways; links of what is no unit are left out

    >>> links = pl.DataFrame({"place": ["a", "a"], "neighbour": ["b", "c"], "weight": [1.0, 3.0]})
    >>> neighbour_shares(["a", "b", "c"], links).toarray().tolist()
    [[0.0, 0.25, 0.75], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    """
    index = pl.DataFrame({"name": units, "at": np.arange(len(units))})
    known = (
        links.filter(pl.col("place") != pl.col("neighbour"))
        .join(index.rename({"name": "place", "at": "row"}), on="place")
        .join(index.rename({"name": "neighbour", "at": "column"}), on="neighbour")
        .sort("row", "column")
    )
    rows, columns = known["row"].to_numpy(), known["column"].to_numpy()
    weights = known["weight"].fill_null(1.0).to_numpy()
    matrix = csr_array((weights, (rows, columns)), shape=(len(units), len(units)))
    if not (matrix * matrix.T).sum():
        matrix = csr_array(matrix + matrix.T)
    sums = matrix.sum(axis=1)
    factor = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    return csr_array(matrix.multiply(factor[:, None]))


def neighbour_means(shares: Any, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) or (n, years): the mean over each unit's neighbours; nan where a unit has none, or one
    of them has no value.

    >>> shares = csr_array([[0.0, 1.0], [0.0, 0.0]])
    >>> neighbour_means(shares, np.array([1.0, 5.0])).tolist()
    [5.0, nan]
    """
    is_alone = np.asarray(shares.sum(axis=1)) == 0
    lacks = shares @ np.isnan(x).astype(float) > 0
    means = np.asarray(shares @ np.nan_to_num(x))
    return np.where(lacks | is_alone.reshape(-1, *[1] * (x.ndim - 1)), np.nan, means)
