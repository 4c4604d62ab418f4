"""Networks as sparse matrices: what every measure of a network needs to be sure of first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import InputError, low_value
from firstlight.numerics.array_checks import check_square
from firstlight.numerics.long_frames import read_long
from firstlight.numerics.row_checks import refuse_low, refuse_missing
from firstlight.texts import Name, message

Floats = NDArray[np.float64]


def adjacency(
    weights: Any, *, is_directed: bool = False, names: Sequence[str] | None = None
) -> Any:
    """A network as a sparse matrix of weights above 0, without ties of a member to itself.

    weights     : (n, n), dense or sparse, at least 0; 0 is no tie; the diagonal is left out
    is_directed : otherwise the matrix has to be symmetric
    names       : the members, for what an error says
    Returns scipy.sparse.csr_array (n, n), columns sorted.
    Raises  InputError where the matrix isn't square, a weight is negative or not finite, weights
            are too large to add up, or a tie differs by direction.

    >>> adjacency([[5, 1], [1, 0]]).toarray().tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    held = sparse.coo_array(weights, dtype=np.float64)
    check_square("weights", held)
    bad = np.flatnonzero(~np.isfinite(held.data) | (held.data < 0))
    if bad.size:
        one, other = (_called(ends[bad[0]], names) for ends in (held.row, held.col))
        raise low_value("weights", held.data[bad[0]], "zero", one, other)
    held.sum_duplicates()
    off = (held.row != held.col) & (held.data > 0)
    found = sparse.csr_array((held.data[off], (held.row[off], held.col[off])), shape=held.shape)
    found.sort_indices()
    with np.errstate(over="ignore"):
        if not np.isfinite(2 * found.sum()):
            raise InputError(message("too_large", place=Name("weights")))
    if not is_directed:
        _refuse_asymmetry(found, names)
    return found


def _refuse_asymmetry(found: Any, names: Sequence[str] | None) -> None:
    gap = abs(found - found.T).tocoo()
    size = np.abs(found.data).max(initial=0.0)
    # the same ties, added up in another order, differ in the last digits
    wrong = np.flatnonzero(gap.data > 1e-12 * size)
    if wrong.size:
        one, other = (_called(ends[wrong[0]], names) for ends in (gap.row, gap.col))
        ends = {"one": Name(one), "other": Name(other)}
        raise InputError(message("not_symmetric", parameter=Name("weights"), **ends))


def _called(k: int, names: Sequence[str] | None) -> str:
    return str(k if names is None else names[k])


def read_links(
    frame: Any, source: str, target: str, weight: str | None = None, *, is_directed: bool = False
) -> tuple[list[str], Any]:
    """A long frame of ties as sorted names and a sparse matrix; a tie that stands twice adds up.

    Returns names (n,), matrix (n, n); symmetric unless directed, where a pair may stand either way
    round.
    Raises  InputError as ``read_long``, and for a missing or negative weight.

    >>> names, ties = read_links(pl.DataFrame({"a": ["x", "z"], "b": ["y", "y"]}), "a", "b")
    >>> names, ties.toarray()[1].tolist()
    (['x', 'y', 'z'], [1.0, 0.0, 1.0])
    """
    held = {"source": source, "target": target, "weight": weight}
    table = read_long(frame, held, ["weight"])
    if weight is None:
        table = table.with_columns(weight=pl.lit(1.0))
    refuse_missing(table, ["source", "target"], "weight")
    refuse_low(table, ["source", "target"], "weight")
    names = sorted({*table["source"].to_list(), *table["target"].to_list()})
    place = {name: k for k, name in enumerate(names)}
    ends = [
        np.array([place[name] for name in table[side].to_list()], dtype=np.int64)
        for side in ("source", "target")
    ]
    size = (len(names), len(names))
    table = table.with_columns(pl.Series("one", ends[0]), pl.Series("two", ends[1])).sort(
        "one", "two", "weight"
    )
    ties = sparse.csr_array(
        (table["weight"].to_numpy(), (table["one"].to_numpy(), table["two"].to_numpy())), shape=size
    )
    return names, adjacency(
        ties if is_directed else ties + ties.T, is_directed=is_directed, names=names
    )
