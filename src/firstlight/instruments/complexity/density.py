"""Density, distance and outlook: how near each place is to each activity, and what its unused surroundings are worth.

Symbols: M presences, phi proximity (symmetric), s_p = sum over i of phi_ip, w density, PCI complexity of activities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError
from firstlight.instruments.complexity.activity_table import Array, Sparse, sparse_values
from firstlight.instruments.complexity.proximity import CELLS, SPARSE_BELOW, proximity_slices

GAINS = ("atlas", "without_loss")
KEPT = 40_000_000  # proximities that are kept between two passes, 320 MB


@dataclass(frozen=True)
class Outlook:
    """Nearness of places to activities and what it promises.

    density : (places, activities), 0 to 1: share of the proximity to an activity that is from what the place has.
              Distance is 1 less density. nan for an activity that is present nowhere or near to nothing
    index   : (places,), complexity outlook index (COI), unit of PCI; nan without PCI
    gain    : (places, activities), complexity outlook gain (COG) of adding an activity, unit of PCI; nan where it is present
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

    w_cp = sum over i of M_ci phi_ip / s_p.  COI_c = sum over absent p of w_cp PCI_p.
    COG_cp, for absent p: sum over absent i of phi_pi / s_i PCI_i, and with ``gain="atlas"`` less w_cp PCI_p. The latter, without
    the proximity of an activity to itself (``has_self=False``), is exactly by how much COI rises once p is added; but then
    what is simple gains by being no longer absent, as its PCI is negative.

    m           : (places, activities), presences of 0 and 1
    pci         : (activities,), or None for density alone; activities whose PCI is nan count for nothing in COI and COG
    measure     : of proximity, as in ``proximity``: not ``correlation`` or ``z_score``, which may be negative
    has_self    : whether an activity is near to itself (True: the Atlas and py-ecomplexity)
    gain        : ``without_loss`` (py-ecomplexity, the Stata program) or ``atlas`` (the Atlas's text), as above
    proximities : (activities, activities), symmetric, not negative, of another year or table instead; nan counts as 0
    Returns Outlook. Slice by slice, so that the proximities are never held whole.
    Raises  InputError for shapes that don't fit, weights, or options that are unknown.
    Source: Hidalgo and others (2007), Science 317, 482-487, eq. 2; Hausmann and others (2014), The Atlas of Economic
            Complexity, technical box on opportunity value and opportunity gain.

    >>> found = outlook([[1, 1, 0], [0, 1, 1]], pci=[1.0, 0.0, 2.0])
    >>> found.density.round(2).tolist(), found.index.round(2).tolist()
    ([[1.0, 0.75, 0.33], [0.33, 0.75, 1.0]], [0.67, 0.33])
    """
    table = sparse_values(m)
    if gain not in GAINS or measure in ("correlation", "z_score") or not (table.data == 1).all():
        raise InputError(
            f"gain {gain!r}, measure {measure!r}" if (table.data == 1).all() else "weights",
            where="outlook",
            try_next=f"presences of 0 and 1; gain: {', '.join(GAINS)}; measure: conditional, cosine, lift",
        )
    worth = _worth(pci, table.shape[1])
    by_rows = table if table.nnz < SPARSE_BELOW * table.shape[0] * table.shape[1] else table.toarray()
    slices = _slices(table, measure, has_self, proximities, cells)
    with threadpool_limits(1):  # as many threads, as many roundings; and slices are too small for two
        near, reached = _sums(table, by_rows, slices, worth)
    return _outlook(table, near, reached, worth, gain)


def _sums(
    table: Sparse, by_rows: Any, slices: Callable[[], Iterable[tuple[int, int, Array]]], worth: Array | None
) -> tuple[Array, Array]:
    """Density, and the sum of what each activity brings nearer, absent activities only."""
    total = np.concatenate([part.sum(axis=1) for _, _, part in slices()])
    with np.errstate(divide="ignore"):
        share = np.where(total > 0, 1 / total, np.nan)
    near = np.empty(table.shape)
    reached = np.empty(table.shape if worth is not None else (0, 0))
    for start, stop, part in slices():
        columns = np.ascontiguousarray(part.T)
        near[:, start:stop] = (by_rows @ columns) * share[start:stop]
        if worth is not None:
            columns *= (np.nan_to_num(share) * worth)[:, None]
            reached[:, start:stop] = columns.sum(axis=0) - by_rows @ columns
    return near, reached


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
        raise InputError(f"{worth.shape} values of PCI for {size} activities", where="pci", try_next="one for each")
    return np.asarray(np.nan_to_num(worth), float)


def _slices(
    table: Sparse, measure: str, has_self: bool, proximities: Any, cells: int
) -> Callable[[], Iterable[tuple[int, int, Array]]]:
    """The slices, as often as asked: kept where they are few, made again where the whole would be too large."""
    size = table.shape[1]
    if proximities is not None:
        kept = list(_given(proximities, size, cells))
        return lambda: kept

    def made() -> Iterator[tuple[int, int, Array]]:
        for start, stop, part in proximity_slices(table, measure, has_self=has_self, cells=cells):
            yield start, stop, np.nan_to_num(part, copy=False)

    if size * size > KEPT:
        return made
    few = list(made())
    return lambda: few


def _given(proximities: Any, size: int, cells: int) -> Any:
    phi = np.asarray(proximities, float)
    if phi.shape != (size, size) or (phi < 0).any() or not np.allclose(phi, phi.T, equal_nan=True):
        raise InputError(
            f"proximities {phi.shape} for {size} activities",
            where="proximities",
            try_next="a symmetric table that is not negative, a row and a column for each activity",
        )
    height = max(1, min(size, cells // max(size, 1)))
    return (
        (start, min(start + height, size), np.nan_to_num(phi[start : start + height]))
        for start in range(0, size, height)
    )
