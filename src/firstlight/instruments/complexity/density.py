"""Density, distance and outlook: how near each place is to each activity, and what its unused
surroundings are worth.

Where the proximities of all pairs are too many, their sums are taken over places first, of which
there are fewer.

Symbols: M presences (places, activities), k its column sums (ubiquity), C = M' M, n places that
aren't empty, phi proximity (symmetric), s_p = sum over i of phi_ip, w density, PCI complexity of
activities.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError, check_choice
from firstlight.instruments.complexity.activity_table import (
    FAMILY,
    Array,
    Sparse,
    check_presences,
    sparse_values,
)
from firstlight.instruments.complexity.proximity import CELLS, SPARSE_BELOW, proximity_slices
from firstlight.texts import Count, Name, message

GAINS = ("atlas", "without_loss")
# with so many times more activities than places, sums over places are faster than slices of
# proximities
FEW_PLACES = 5
# a total less an activity's own proximity that is smaller than this share of it is rounding
ALONE = 1e-9

SUMMED = ("conditional", "cosine", "lift")


def proximity_sums(back: Any, ubiquity: Array, y: Array, measure: str = "conditional") -> Array:
    """For each activity j, the sum over all i (itself included) of y_i phi_ij.

    As C_ij = sum over places of M_ci M_cj, the sum over i comes first: sum_c M_cj sum_i M_ci y_i
    a_i, for each place once. ``cosine`` and ``lift`` are such products, a_i = k_i^-1/2 and 1 / k_i.
    ``conditional`` is C_ij / max(k_i, k_j): 1 / k_j for i no more ubiquitous than j, 1 / k_i for
    the rest; two passes over ubiquities add up each part.

    back : (activities, places), presences of 0 and 1, dense or csr; ubiquity : (activities,); y :
           (activities, r)
    Returns (activities, r); 0 for what is present nowhere.
    Raises  InputError for a measure that doesn't split.

    >>> proximity_sums(np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([2.0, 1.0]),
    ...     np.ones((2, 1))).tolist()
    [[1.5], [1.5]]
    """
    check_choice("measure", measure, SUMMED)
    if measure != "conditional":
        factor = np.divide(1, ubiquity, out=np.zeros_like(ubiquity), where=ubiquity > 0)
        places = float((back.sum(axis=0) > 0).sum())
        if measure == "cosine":
            factor, places = np.sqrt(factor), 1.0
        return np.asarray(
            (back @ (back.T @ (y * factor[:, None]))) * (places * factor)[:, None], float
        )
    order = np.argsort(ubiquity, kind="stable")
    back, y, k = back[order], y[order], ubiquity[order]
    bounds = np.flatnonzero(np.diff(k, prepend=0.0))  # of each ubiquity above 0
    levels = list(zip(bounds, np.append(bounds[1:], k.size)[: bounds.size], strict=True))
    found = np.zeros_like(y)
    upto, beyond = np.zeros((back.shape[1], y.shape[1])), np.zeros((back.shape[1], y.shape[1]))
    for start, stop in levels:
        part = back[start:stop]
        upto += part.T @ y[start:stop]
        found[start:stop] = (part @ upto) / k[start]
    for start, stop in reversed(levels):
        part = back[start:stop]
        found[start:stop] += part @ beyond
        beyond += part.T @ (y[start:stop] / k[start])
    restored = np.empty_like(found)
    restored[order] = found
    return restored


@dataclass(frozen=True)
class Outlook:
    """Nearness of places to activities and what it promises.

    density : (places, activities), 0 to 1: share of the proximity to an activity that is from what
              the place has. Distance is 1 less density. nan for an activity that is present nowhere
              or near to nothing
    index   : (places,), complexity outlook index (COI), unit of PCI; nan without PCI
    gain    : (places, activities), complexity outlook gain (COG) of adding an activity, unit of
              PCI; nan where it is present
    """

    density: Array
    index: Array
    gain: Array

    @property
    def distance(self) -> Array:
        """(places, activities), 1 less density."""
        return 1 - self.density


def outlook(
    m: Any,
    pci: Any = None,
    *,
    measure: str = "conditional",
    has_self: bool = True,
    gain: str = "without_loss",
    proximities: Any = None,
    cells: int = CELLS,
) -> Outlook:
    """Density of every place about every activity, and the complexity outlook index and gain.

    w_cp = sum over i of M_ci phi_ip / s_p.  COI_c = sum over absent p of w_cp PCI_p. COG_cp, for
    absent p: sum over absent i of phi_pi / s_i PCI_i, and with ``gain="atlas"`` less w_cp PCI_p.
    The latter, without the proximity of an activity to itself (``has_self=False``), is exactly by
    how much COI rises once p is added; but then what is simple gains by being no longer absent, as
    its PCI is negative.

    Parameters
    ----------
    m
        (places, activities), presences of 0 and 1.
    pci
        (activities,), or None for density alone; activities whose PCI is nan count for nothing in
        COI and COG.
    measure
        Of proximity, as in ``proximity``: not ``correlation`` or ``z_score``, which may be
        negative.
    has_self
        Whether an activity is near to itself (True: the Atlas and py-ecomplexity).
    gain
        ``without_loss`` (py-ecomplexity, the Stata program) or ``atlas`` (the Atlas's text), as
        above. py-ecomplexity takes a PCI not yet standardised, ``complexity_index(m,
        scale="none").pci``, and then divides by ECI's deviation.
    proximities
        (activities, activities), symmetric, not negative, of another year or table instead; nan
        counts as 0.
    cells
        Most proximities that are held at once: the work goes slice by slice.

    Returns
    -------
    Outlook, with ``density`` (places, activities), 0 to 1, ``index`` (places,), the COI, and
    ``gain`` (places, activities), the COG, both in the unit of PCI.

    Raises
    ------
    InputError
        For shapes that don't fit, weights, or options that are unknown.

    References
    ----------
    Hidalgo, Klinger, Barabási and Hausmann (2007), Science 317, 482-487; Hausmann and others
    (2014), The Atlas of Economic Complexity, technical box on opportunity value and opportunity
    gain.

    Examples
    --------
    >>> found = outlook([[1, 1, 0], [0, 1, 1]], pci=[1.0, 0.0, 2.0])
    >>> found.density.round(2).tolist(), found.index.round(2).tolist()
    ([[1.0, 0.75, 0.33], [0.33, 0.75, 1.0]], [0.67, 0.33])
    """
    table = sparse_values(m)
    check_presences(table)
    check_choice("gain", gain, GAINS)
    check_choice("measure", measure, SUMMED)
    worth = _worth(pci, table.shape[1])
    is_sparse = table.nnz < SPARSE_BELOW * table.shape[0] * table.shape[1]
    # as many threads, as many roundings; and slices are too small for two
    with threadpool_limits(1):
        if proximities is not None:
            phi = _given(proximities, table.shape[1])
            near, reached = _by_slices(
                table, is_sparse, _sliced(phi, cells), phi.sum(axis=1), worth
            )
        elif has_self and not is_sparse and FEW_PLACES * table.shape[0] < table.shape[1]:
            near, reached = _by_places(table, measure, worth)
        else:
            slices = proximity_slices(table, measure, has_self=has_self, cells=cells)
            near, reached = _by_slices(
                table, is_sparse, slices, _totals(table, measure, has_self), worth
            )
    np.minimum(near, 1.0, out=near)  # above it by rounding alone
    return _outlook(table, near, reached, worth, gain)


def _totals(table: Sparse, measure: str, has_self: bool) -> Array:
    """The proximity of each activity to all, 0 where there is none."""
    k = table.sum(axis=0)
    total = proximity_sums(table.T.tocsr(), k, np.ones((k.size, 1)), measure)[:, 0]
    if has_self:
        return total
    own = np.ones(k.size)
    if measure == "lift":
        own = np.divide((table.sum(axis=1) > 0).sum(), k, out=np.zeros(k.size), where=k > 0)
    total -= own
    return np.where(total > ALONE * own, total, 0.0)


def _by_places(table: Sparse, measure: str, worth: Array | None) -> tuple[Array, Array]:
    """Density, and the sum of what each activity brings nearer, absent activities only; by sums
    over places."""
    n, k = table.shape[0], table.sum(axis=0)
    back = np.ascontiguousarray(table.toarray().T)
    share = _inverse(proximity_sums(back, k, np.ones((k.size, 1)), measure)[:, 0])
    if worth is None:
        return (proximity_sums(back, k, back, measure) * share[:, None]).T.copy(), np.empty((0, 0))
    value = (np.nan_to_num(share) * worth)[:, None]
    sums = proximity_sums(back, k, np.hstack([back, back * value, value]), measure)
    return (sums[:, :n] * share[:, None]).T.copy(), (sums[:, -1:] - sums[:, n : 2 * n]).T.copy()


def _by_slices(
    table: Sparse,
    is_sparse: bool,
    slices: Iterable[tuple[int, int, Array]],
    total: Array,
    worth: Array | None,
) -> tuple[Array, Array]:
    """The same from slices of proximities."""
    by_rows = table if is_sparse else table.toarray()
    share = _inverse(total)
    near = np.empty(table.shape)
    reached = np.empty(table.shape if worth is not None else (0, 0))
    for start, stop, part in slices:
        columns = np.ascontiguousarray(np.nan_to_num(part, copy=False).T)
        near[:, start:stop] = (by_rows @ columns) * share[start:stop]
        if worth is not None:
            columns *= (np.nan_to_num(share) * worth)[:, None]
            reached[:, start:stop] = columns.sum(axis=0) - by_rows @ columns
    return near, reached


def _inverse(total: Array) -> Array:
    return np.divide(1, total, out=np.full_like(total, np.nan), where=total > 0)


def _outlook(table: Any, near: Array, reached: Array, worth: Array | None, gain: str) -> Outlook:
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    if worth is None:
        return Outlook(near, np.full(table.shape[0], np.nan), np.full(table.shape, np.nan))
    known = np.nan_to_num(near)
    index = known @ worth - np.bincount(
        rows, known[rows, table.indices] * worth[table.indices], minlength=table.shape[0]
    )
    if gain == "atlas":
        known *= worth
        reached -= known
    reached[rows, table.indices] = np.nan
    reached[:, np.isnan(near).all(axis=0)] = np.nan
    return Outlook(near, index, reached)


def _worth(pci: Any, size: int) -> Array | None:
    if pci is None:
        return None
    worth = np.asarray(pci, float)
    if worth.shape != (size,):
        raise _unfit("unfit_pci", worth.shape, size)
    return np.asarray(np.nan_to_num(worth), float)


def _sliced(phi: Array, cells: int) -> Iterator[tuple[int, int, Array]]:
    height = max(1, cells // max(phi.shape[0], 1))
    for start in range(0, phi.shape[0], height):
        yield start, min(start + height, phi.shape[0]), phi[start : start + height]


def _given(proximities: Any, size: int) -> Array:
    phi = np.asarray(proximities, float)
    if phi.shape != (size, size) or (phi < 0).any() or not np.allclose(phi, phi.T, equal_nan=True):
        raise _unfit("unfit_proximities", phi.shape, size)
    return np.asarray(np.nan_to_num(phi), float)


def _unfit(code: str, shape: tuple[int, ...], size: int) -> InputError:
    return InputError(message(code, shape=Name(str(shape)), count=Count(size)), FAMILY)
