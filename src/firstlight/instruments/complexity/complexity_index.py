"""Economic complexity index of places and activities, by a symmetric eigenproblem, and the method
of reflections.

Symbols: M presences (places, activities), D and U diagonal with its row and column sums (diversity
k_c, ubiquity k_p), B = D^-1/2 M U^-1/2, whose second singular vectors u, v (singular value s) give
ECI = s D^-1/2 u and PCI = U^-1/2 v.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError, check_bounds, check_choice
from firstlight.instruments.complexity.activity_table import FAMILY, Array, Sparse, sparse_values
from firstlight.numerics.optional_arrays import array_or
from firstlight.texts import Count, message

Whole = NDArray[np.int64]
BLOCKS, SCALES, PCI_SCALES = ("largest", "each"), ("z", "none"), ("places", "own")
# up to so many places (or activities) all eigenvalues are found at once, which is faster than a few
# of them
DENSE = 700
# second and third eigenvalue nearer than this, relative: any mixture of their vectors would do
TIED = 1e-9
NOTHING = 1e-12  # a second eigenvalue below this is rounding
REASONS = (
    "empty_place",
    "empty_activity",
    "other_block",
    "no_largest",
    "one_place",
    "alike",
    "tied",
)
"""Codes of why a place or an activity has no index."""


@dataclass(frozen=True)
class ComplexityIndex:
    """ECI and PCI; nan where there is none, with a code of ``REASONS``.

    diversity, ubiquity         : (places,), (activities,): sums of the presences, counts where
        these are binary
    eci, pci                    : (places,), (activities,), in standard deviations, or as of unit
        eigenvectors (scale ``none``)
    place_block, activity_block : number of the block (connected component), 0 the one of most
        presences; -1 where empty
    second_eigenvalue           : (blocks,), s^2 of each block that was asked for; near 1 where a
        block nearly falls apart
    place_reason, activity_reason : (places,), (activities,), codes of ``REASONS``, empty where
        there is a number
    """

    diversity: Array
    ubiquity: Array
    eci: Array
    pci: Array
    place_block: Whole
    activity_block: Whole
    second_eigenvalue: Array
    place_reason: NDArray[np.str_]
    activity_reason: NDArray[np.str_]


def complexity_index(
    m: Any, *, blocks: str = "largest", scale: str = "z", pci_scale: str = "places", ddof: int = 0
) -> ComplexityIndex:
    """Economic complexity index (ECI) of places and product complexity index (PCI) of activities.

    ECI is the second eigenvector of D^-1 M U^-1 M'; here from D^-1/2 M U^-1 M' D^-1/2, which is
    symmetric, on the smaller of the two sides. Sign: ECI correlates positively with diversity;
    where all are as diverse, PCI negatively with ubiquity; where all are as ubiquitous, too, the
    third moment of ECI is positive. Scale ``z``: ECI with mean 0 and standard deviation 1 within
    its block (``ddof`` 0: divided by n; 1: by n - 1); empty places don't count.

    Parameters
    ----------
    m
        (places, activities), dense or sparse, presences or weights, not negative.
    blocks
        Places that share no activity, even through others, can't be compared: ``largest`` gives
        numbers to the block of most presences (then of most places), ``each`` to every block, each
        by a scale of its own.
    scale
        ``z``, standard deviations; or ``none``, unit eigenvectors.
    pci_scale
        ``places``: mean and deviation of ECI, so that ECI is the mean PCI of what is present
        (py-ecomplexity); ``own``: PCI's own (the Atlas of Economic Complexity).
    ddof
        0 divides the variance by n, 1 by n - 1.

    Returns
    -------
    ComplexityIndex, with ``eci`` (places,) and ``pci`` (activities,) in standard deviations,
    diversity, ubiquity and the block of each; nan where there is none, with a code of the reason.

    Raises
    ------
    InputError
        For values that can't be presences, or options that are unknown.

    References
    ----------
    Hidalgo and Hausmann (2009), PNAS 106(26), 10570-10575; Hausmann and others (2014), The Atlas of
    Economic Complexity, part 1; Mealy, Farmer and Teytelboym (2019), Science Advances 5(1),
    eaau1705 (the symmetric form).

    Examples
    --------
    >>> found = complexity_index([[1, 1, 1], [1, 1, 0], [1, 0, 0]])
    >>> found.eci.round(3).tolist(), found.pci.round(3).tolist()
    ([1.225, 0.0, -1.225], [-1.225, 1.225, 3.674])
    """
    check_choice("blocks", blocks, BLOCKS)
    check_choice("scale", scale, SCALES)
    check_choice("pci_scale", pci_scale, PCI_SCALES)
    check_choice("ddof", ddof, (0, 1))
    table = sparse_values(m)
    diversity, ubiquity = table.sum(axis=1), table.sum(axis=0)
    place_block, activity_block, is_main = _connected(table)
    count = int(place_block.max(initial=-1)) + 1
    asked = count if blocks == "each" else min(count, 1)
    eci, pci = np.full(diversity.size, np.nan), np.full(ubiquity.size, np.nan)
    second = np.full(asked, np.nan)
    why = np.where(place_block < 0, "empty_place", "other_block").astype("<U16")
    activity_why = np.where(activity_block < 0, "empty_activity", "other_block").astype("<U16")
    if blocks == "largest" and not is_main:
        why[place_block >= 0] = activity_why[activity_block >= 0] = "no_largest"
        asked = 0
    for block in range(asked):
        rows, columns = (
            np.flatnonzero(place_block == block),
            np.flatnonzero(activity_block == block),
        )
        own = table if (rows.size, columns.size) == table.shape else table[rows][:, columns]
        second[block], raw, raw_pci, reason = _second_vectors(
            own, diversity[rows], ubiquity[columns]
        )
        why[rows] = activity_why[columns] = reason
        if not reason:
            sign = _sign(raw, raw_pci, diversity[rows], ubiquity[columns])
            eci[rows], pci[columns] = _scaled(sign * raw, sign * raw_pci, scale, pci_scale, ddof)
    return ComplexityIndex(
        diversity, ubiquity, eci, pci, place_block, activity_block, second, why, activity_why
    )


def reflections(m: Any, steps: int = 18) -> tuple[Array, Array]:
    """The method of reflections: k_c,n = mean of k_p,n-1 over the place's activities, and the
    reverse; k_,0 are the sums.

    Even steps of places and odd ones of activities speak of complexity; they close in on a
    constant, and what is left over it is ECI, so that ranks settle before figures are lost (the
    default is that of Hidalgo and Hausmann).

    Parameters
    ----------
    m
        (places, activities), presences or weights.
    steps
        How many steps, 0 or more.

    Returns
    -------
    (steps + 1, places) and (steps + 1, activities); nan where empty.

    Raises
    ------
    InputError
        For a negative number of steps, or values that can't be presences.

    References
    ----------
    Hidalgo and Hausmann (2009), PNAS 106(26), 10570-10575.

    Examples
    --------
    >>> places, activities = reflections([[1, 1], [0, 1]], steps=1)
    >>> places.tolist(), activities.tolist()
    ([[2.0, 1.0], [1.5, 2.0]], [[1.0, 2.0], [2.0, 1.5]])
    """
    check_bounds("steps", steps, 0)
    table = sparse_values(m)
    by_place, by_activity = table.sum(axis=1), table.sum(axis=0)
    with np.errstate(divide="ignore"):
        a, b = (np.where(k > 0, 1 / k, np.nan) for k in (by_place, by_activity))
    places, activities = [by_place], [by_activity]
    for _ in range(steps):
        c, p = places[-1], activities[-1]
        places.append(a * (table @ np.nan_to_num(p)))
        activities.append(b * (table.T @ np.nan_to_num(c)))
    places[0], activities[0] = (
        np.where(by_place > 0, by_place, np.nan),
        np.where(by_activity > 0, by_activity, np.nan),
    )
    return np.array(places), np.array(activities)


def _connected(table: Sparse) -> tuple[Whole, Whole, bool]:
    """Blocks numbered by presences, then places, then the first place; whether the first is larger
    than the second."""
    n, m = table.shape
    # places before activities, which have no links of their own
    ends = np.r_[table.indptr, np.full(m, table.nnz, table.indptr.dtype)]
    graph = sparse.csr_array((table.data, table.indices + n, ends), shape=(n + m, n + m))
    _, label = csgraph.connected_components(graph, directed=False)
    cells = np.bincount(label[:n], weights=np.diff(table.indptr), minlength=label.max() + 1).astype(
        np.int64
    )
    places = np.bincount(label[:n], minlength=cells.size)
    first = np.full(cells.size, n)
    np.minimum.at(first, label[:n], np.arange(n))
    order = np.lexsort((first, -places, -cells))
    number = np.empty(cells.size, np.int64)
    number[order] = np.where(cells[order] > 0, np.arange(cells.size), -1)
    size = [(cells[b], places[b]) for b in order[:2]]
    is_main = len(size) < 2 or size[0] != size[1]
    return number[label[:n]], number[label[n:]], is_main


def _second_vectors(table: Sparse, d: Array, u: Array) -> tuple[float, Array, Array, str]:
    """Second eigenvalue, raw ECI and PCI, and the key of the reason why there are none."""
    nothing = np.full(d.size, np.nan), np.full(u.size, np.nan)
    if d.size < 2:
        return float("nan"), *nothing, "one_place"
    if u.size < 2:
        return 0.0, *nothing, "alike"
    scaled = sparse.diags_array(1 / np.sqrt(d)) @ table @ sparse.diags_array(1 / np.sqrt(u))
    # the smaller side is solved: the other's vector follows from its own
    is_wide = d.size <= u.size
    b, own = scaled, d
    if not is_wide:
        b, own = scaled.T, u
    values, vectors = largest_eigenvalues(b.tocsr(), 2, np.sqrt(own / d.sum()), own)
    if values[0] < NOTHING:
        return float(values[0]), *nothing, "alike"
    if values[0] - values[1] < TIED * values[0]:
        return float(values[0]), *nothing, "tied"
    here, s = vectors[:, 0], np.sqrt(values[0])
    there = b.T @ here / s
    left, right = here, there
    if not is_wide:
        left, right = there, here
    return float(values[0]), s * left / np.sqrt(d), right / np.sqrt(u), ""


def largest_eigenvalues(
    b: Sparse,
    most: int,
    known: Array | None = None,
    start: Array | None = None,
    loop: Array | None = None,
    by_size: bool = False,
) -> tuple[Array, Array]:
    """The largest eigenvalues of b b' - diag(loop), once a known eigenvector of value 1 is taken
    out, and their vectors.

    b : (n, k), sparse, n at most k by choice of who calls; known : (n,), unit length, or None;
        start : (n,), any, or None
    loop : (n,), what is taken off the diagonal, or None
    by_size : largest in absolute value, so that a negative one may come first
    Returns (most,), descending, 0 where n is smaller, and (n, most). Dense for small n; for large n
    Lanczos from a start that is
            always the same.
    Raises  InputError where Lanczos doesn't settle.

    >>> values, vectors = largest_eigenvalues(sparse.csr_array([[2.0, 0.0], [0.0, 1.0]]), 2)
    >>> values.round(6).tolist()
    [4.0, 1.0]
    """
    n = b.shape[0]
    off, taken = array_or(loop, np.zeros(n)), array_or(known, np.zeros(n))
    with threadpool_limits(1):  # as many threads, as many roundings
        if n > DENSE:
            values, vectors = _lanczos(b, most, off, taken, start, "LM" if by_size else "LA")
        else:
            square = _square(b) - np.diag(off) - np.outer(taken, taken)
            last = None if by_size else [max(n - most, 0), n - 1]
            values, vectors = linalg.eigh(square, subset_by_index=last)
    if by_size:
        order = np.argsort(np.abs(values), kind="stable")[-most:]
        values, vectors = values[order], vectors[:, order]
    lacks = max(most - n, 0)
    return np.r_[values[::-1], np.zeros(lacks)], np.hstack([vectors[:, ::-1], np.zeros((n, lacks))])


def _lanczos(
    b: Sparse, most: int, off: Array, taken: Array, start: Array | None, which: Literal["LM", "LA"]
) -> tuple[Array, Array]:
    n = b.shape[0]
    back = b.T.tocsr()

    def times(x: Array) -> Array:
        x = x.ravel()
        return np.asarray(b @ (back @ x) - off * x - taken * (taken @ x), float)

    # A little noise, always the same, so that the start is never orthogonal to what is sought.
    first = np.ones(n) if start is None else start / start.mean()
    first = first + 0.01 * np.random.default_rng(0).standard_normal(n)
    first -= taken * (taken @ first)
    try:
        values, vectors = eigsh(
            LinearOperator((n, n), matvec=times, dtype=float), k=most, which=which, v0=first
        )
    except ArpackNoConvergence as error:
        raise InputError(message("unsettled", count=Count(n)), FAMILY) from error
    return values, vectors


def _square(b: Sparse) -> Array:
    if b.nnz > 0.02 * b.shape[0] * b.shape[1]:
        dense = b.toarray()
        return np.asarray(dense @ dense.T, float)
    return np.asarray((b @ b.T).toarray(), float)


def _sign(eci: Array, pci: Array, diversity: Array, ubiquity: Array) -> float:
    for one, other, way in ((eci, diversity, 1.0), (pci, ubiquity, -1.0)):
        a, b = one - one.mean(), other - other.mean()
        # where all places have as many activities, diversity tells no direction
        if np.ptp(other) > 1e-12 * other.max():
            found = float(a @ b) / float(np.sqrt((a @ a) * (b @ b)))
            if abs(found) > 1e-10:
                return way * float(np.sign(found))
    a = eci - eci.mean()
    # no correlation tells the direction: the longer tail is put on the high side
    third = float((a**3).sum()) / float((np.abs(a) ** 3).sum())
    if abs(third) > 1e-10:
        return float(np.sign(third))
    # nothing tells: the first that is far out
    return float(np.sign(a[np.argmax(np.abs(a) > 0.5 * np.abs(a).max())]))


def _scaled(eci: Array, pci: Array, scale: str, pci_scale: str, ddof: int) -> tuple[Array, Array]:
    if scale == "none":
        return eci, pci
    by = eci if pci_scale == "places" else pci
    return (eci - eci.mean()) / eci.std(ddof=ddof), (pci - by.mean()) / by.std(ddof=ddof)
