"""Proximity of activities: how often the same places have both, in one of five measures.

Symbols: M presences (places, activities), k its column sums (ubiquity), C = M' M co-occurrences, n
places that aren't empty.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError, check_choice
from firstlight.instruments.complexity.activity_table import FAMILY, Array, Sparse, sparse_values
from firstlight.texts import Name, message

MEASURES = ("conditional", "cosine", "correlation", "lift", "z_score")
OF_PRESENCE = ("conditional", "lift", "z_score")  # count places, so that weights mean nothing
CELLS = 1_000_000  # numbers of a slice that are held at once, which should fit a processor's cache
SPARSE_BELOW = 0.03  # a table with a smaller share of presences multiplies faster as sparse


def proximity(m: Any, measure: str = "conditional", *, has_self: bool = True) -> Array:
    """The proximity of every pair of activities: a symmetric, dense table.

    conditional : C_ij / max(k_i, k_j)                       0 to 1
    cosine      : C_ij / sqrt(C_ii C_jj)                     0 to 1
    correlation : of the columns, over places                -1 to 1
    lift        : C_ij n / (k_i k_j)                         1 is chance; also called association
                  strength
    z_score     : (C_ij - k_i k_j / n) / sd, sd^2 = k_i k_j (n - k_i) (n - k_j) / (n^2 (n - 1)): the
                  null model keeps how ubiquitous activities are and lets places draw them at random

    Parameters
    ----------
    m
        (places, activities), dense or sparse; ``conditional``, ``lift`` and ``z_score`` want
        presences of 0 and 1.
    measure
        Which of those above.
    has_self
        False makes the diagonal 0.

    Returns
    -------
    (activities, activities); nan in the row and column of what is present nowhere, and where a
    measure has no variation (``correlation`` and ``z_score`` of what every place has).

    Raises
    ------
    InputError
        For an unknown measure, or weights where presences are needed.

    References
    ----------
    Hidalgo, Klinger, Barabási and Hausmann (2007), Science 317, 482-487; Teece and others (1994),
    Journal of Economic Behavior and Organization 23(1), 1-30 (hypergeometric null); van Eck and
    Waltman (2009), Journal of the American Society for Information Science and Technology 60(8),
    1635-1651 (association strength).

    Examples
    --------
    >>> proximity([[1, 1], [1, 0]]).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    counted, slices = _prepared(m, measure, CELLS)
    found = np.empty((counted.sums.size, counted.sums.size))

    def fill(bounds: tuple[int, int]) -> None:
        counted.rows(*bounds, has_self, out=found[slice(*bounds)])

    # As many threads within a product, as many roundings: slices go side by side instead.
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, slices))
    return found


def proximity_to(m: Any, activity: int, measure: str = "conditional") -> Array:
    """One row of ``proximity``, 0 for the activity itself.

    activity : its position
    Returns (activities,).
    Raises  InputError as ``proximity``.

    >>> proximity_to([[1, 1], [1, 0]], 0).tolist()
    [0.0, 0.5]
    """
    counted, _ = _prepared(m, measure, CELLS)
    with threadpool_limits(1):
        return np.asarray(counted.rows(activity, activity + 1, has_self=False)[0], float)


def proximity_slices(
    m: Any, measure: str = "conditional", *, has_self: bool = True, cells: int = CELLS
) -> Iterator[tuple[int, int, Array]]:
    """The rows of ``proximity`` slice by slice, so that the whole is never held.

    cells : numbers of one slice, about
    Yields  (start, stop, (stop - start, activities)).
    Raises  InputError as ``proximity``.

    >>> [part.shape for _, _, part in proximity_slices([[1, 1, 0], [1, 0, 1]], cells=3)]
    [(1, 3), (1, 3), (1, 3)]
    """
    counted, slices = _prepared(m, measure, cells)
    for start, stop in slices:
        yield start, stop, counted.rows(start, stop, has_self)


def _prepared(m: Any, measure: str, cells: int) -> tuple[_Counted, list[tuple[int, int]]]:
    """What a measure needs of a table, and slices of about so many cells."""
    table = sparse_values(m)
    check_choice("measure", measure, MEASURES)
    if measure in OF_PRESENCE and not (table.data == 1).all():
        raise InputError(message("weights_in_proximity", measure=Name(measure)), FAMILY)
    size = table.shape[1]
    height = max(1, min(size, cells // max(size, 1)))
    return _Counted(table, measure), [
        (start, min(start + height, size)) for start in range(0, size, height)
    ]


class _Counted:
    """Co-occurrences and what a measure makes of them."""

    def __init__(self, table: Sparse, measure: str) -> None:
        self.measure = measure
        self.n = int((table.sum(axis=1) > 0).sum())
        self.sums = table.sum(axis=0)
        self.squares = table.power(2).sum(axis=0)
        self.is_sparse = table.nnz < SPARSE_BELOW * table.shape[0] * table.shape[1]
        # Whole numbers this small are exact in single precision, which multiplies twice as fast.
        kind = np.float32 if measure in OF_PRESENCE else np.float64
        self.table: Any
        if self.is_sparse:
            self.table = table.astype(kind)
            self.back = self.table.T.tocsr()
        else:
            self.table = table.toarray().astype(kind)
            self.back = np.ascontiguousarray(self.table.T)

    def rows(self, start: int, stop: int, has_self: bool, out: Array | None = None) -> Array:
        """Rows ``start`` to ``stop`` of the measure, into ``out`` where there is one."""
        out = np.empty((stop - start, self.sums.size)) if out is None else out
        both: Any = self.back[start:stop] @ self.table
        if self.is_sparse:
            both = both.toarray()
        k, of, n = self.sums, self.sums[start:stop, None], self.n
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.measure == "conditional":
                # One division for each activity instead of one for each pair.
                inverse = 1 / k
                np.minimum(inverse, inverse[start:stop, None], out=out)
                out *= both
            elif self.measure == "cosine":
                out[:] = both / np.sqrt(self.squares) / np.sqrt(self.squares[start:stop, None])
            elif self.measure == "lift":
                out[:] = both * (n / k / of)
            else:
                out[:] = self._centred(both, k, of, start, stop)
        nowhere = k == 0
        if nowhere.any():
            out[:, nowhere] = np.nan
            out[nowhere[start:stop]] = np.nan
        if not has_self:
            out[np.arange(stop - start), np.arange(start, stop)] = 0.0
        return out

    def _centred(self, both: Any, k: Array, of: Array, start: int, stop: int) -> Any:
        n = self.n
        spread = self.squares - k * k / n
        spread[spread <= 1e-12 * self.squares] = np.nan  # every place has it alike
        found = (both - k * of / n) / np.sqrt(spread) / np.sqrt(spread[start:stop, None])
        # Presences of 0 and 1: the z-score is the correlation, times the square root of n - 1.
        return found * np.sqrt(n - 1) if self.measure == "z_score" else found
