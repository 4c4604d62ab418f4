"""Centrality: with how many a member works, how much, how near it is to all, and how much passes
through it.

Symbols: a_ij weight of a tie, d(i, j) length of the shortest path, sigma_sv number of shortest
paths from s to v.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components, dijkstra, reverse_cuthill_mckee

from firstlight.errors import InputError, check_choice
from firstlight.instruments.networks.adjacency import Floats, adjacency
from firstlight.measurement import Progress
from firstlight.texts import message

FOLDER = Path(__file__).parent
LENGTHS = ("steps", "inverse_weight")
BATCH, WALKS = 256, 32  # sources at a time
TIE = 1e-10
"""Paths count as equally short within this share of their length: sums depend on their order."""


@dataclass(frozen=True)
class Centrality:
    """Four measures of n members of an undirected network.

    degree      : (n,), number of ties
    strength    : (n,), sum of their weights, in the unit of the weights
    closeness   : (n,), 0 to 1; 0 for a member without ties
    betweenness : (n,), share of all pairs of others whose shortest paths pass through, 0 to 1
    """

    degree: Floats
    strength: Floats
    closeness: Floats
    betweenness: Floats


def centrality(weights: Any, length: str = "steps", progress: Progress | None = None) -> Centrality:
    """Degree, strength, closeness and betweenness of an undirected network.

    Parameters
    ----------
    weights
        (n, n), symmetric, at least 0.
    length
        Of a tie: ``steps`` (1) or ``inverse_weight`` (max a / a_ij: who works together more is
        nearer, and the strongest tie of all is 1 long, so that closeness has no unit and is at most
        1).
    progress
        Called with the members whose paths are walked, and all of them.

    Returns
    -------
    Centrality, with ``degree``, ``strength`` (in the unit of the weights), ``closeness`` and
    ``betweenness`` (0 to 1), each (n,).

    Raises
    ------
    InputError
        As ``adjacency``.

    Examples
    --------
    >>> centrality([[0, 1, 0], [1, 0, 1], [0, 1, 0]]).betweenness.tolist()
    [0.0, 1.0, 0.0]
    """
    ties = adjacency(weights)
    strength = np.asarray(ties.sum(axis=1), dtype=np.float64).ravel()
    degree = np.diff(ties.indptr).astype(np.float64)
    if length != "steps":
        return Centrality(
            degree, strength, closeness(ties, length), betweenness(ties, length, progress=progress)
        )
    n = ties.shape[0]
    passed, reached, total = _walked(_lengths(ties, length), progress)  # one walk tells both
    near = reached**2 / np.where(reached > 0, total, 1.0) / max(n - 1, 1)
    return Centrality(degree, strength, near, _shared(passed / 2, n))


def closeness(weights: Any, length: str = "steps", kind: str = "wasserman_faust") -> Floats:
    """How near each member is to the others.

    wasserman_faust : (r / (n - 1)) (r / sum d), r the others that it reaches: small parts of a
                      network don't look central
    harmonic        : sum 1 / d / (n - 1)

    length : ``steps`` (1) or ``inverse_weight`` (max a / a_ij, in units of the strongest tie's
             length). Closeness over lengths 1 / a_ij, in the unit of the weights, is max a times as
             much
    Returns (n,), 0 for a member without ties.
    Raises  InputError as ``adjacency``, or for an unknown kind or length.
    Source: Wasserman and Faust (1994), Social Network Analysis, p. 201; harmonic: Marchiori and
            Latora (2000), Physica A 285, 539-546.

    >>> closeness([[0, 1, 0], [1, 0, 1], [0, 1, 0]]).round(3).tolist()
    [0.667, 1.0, 0.667]
    >>> closeness([[0, 4, 0], [4, 0, 2], [0, 2, 0]], "inverse_weight").round(3).tolist()
    [0.5, 0.667, 0.4]
    """
    check_choice("kind", kind, ("wasserman_faust", "harmonic"))
    steps = _lengths(adjacency(weights), length)
    n = steps.shape[0]
    found = np.zeros(n)
    for start in range(0, n, BATCH):
        rows = np.arange(start, min(start + BATCH, n))
        d = dijkstra(steps, directed=False, indices=rows)
        d[np.arange(rows.size), rows] = np.inf
        reached = np.isfinite(d).sum(axis=1)
        if kind == "harmonic":
            found[rows] = (1 / d).sum(axis=1) / max(n - 1, 1)
        else:
            total = np.where(np.isfinite(d), d, 0.0).sum(axis=1)
            found[rows] = reached**2 / np.where(reached > 0, total, 1.0) / max(n - 1, 1)
    return found


def betweenness(
    weights: Any, length: str = "steps", *, is_share: bool = True, progress: Progress | None = None
) -> Floats:
    """Which part of the shortest paths between all pairs of others passes through each member.

    sum over s < t of sigma_st(v) / sigma_st; as a share, divided by the (n - 1)(n - 2) / 2 pairs of
    others.

    Returns (n,); a share from 0 to 1, or a number of pairs. Pairs without a path count 0.
    Raises  InputError as ``adjacency``, for an unknown length, or where paths are too many to
            count.
    Source: Freeman (1977), Sociometry 40(1), 35-41; accumulation as in Brandes (2001), Journal of
            Mathematical Sociology 25(2), 163-177, many sources at a time (Kepner and Gilbert 2011,
            Graph Algorithms in the Language of Linear Algebra).

    >>> betweenness([[0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 0, 1], [0, 1, 1, 0]],
    ...     is_share=False).tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    ties = adjacency(weights)
    steps = _lengths(ties, length)
    n = ties.shape[0]
    passed = _walked(steps, progress)[0] if length == "steps" else _by_length(steps, progress)
    return _shared(passed / 2, n) if is_share else passed / 2


def _shared(pairs: Floats, n: int) -> Floats:
    return pairs * (2 / ((n - 1) * (n - 2))) if n > 2 else pairs


def _lengths(ties: Any, length: str) -> Any:
    check_choice("length", length, LENGTHS)
    steps = ties.copy()
    # In units of the strongest tie, so that no unit of the weights over- or underflows.
    steps.data = (
        np.ones_like(ties.data) if length == "steps" else ties.data.max(initial=0.0) / ties.data
    )
    return steps


def _walked(ties: Any, progress: Progress | None) -> tuple[Floats, Floats, Floats]:
    """Of each member: pairs (s, t) counted by the shortest paths that pass through, others reached,
    sum of steps to them.

    Each component for itself, neighbours beside each other, so that those who are walked from
    together reach the same members.
    """
    n = ties.shape[0]
    passed, reached, total = np.zeros(n), np.zeros(n), np.zeros(n)
    label, done = connected_components(ties, directed=False)[1], 0
    order = np.argsort(label, kind="stable")
    for own in np.split(order, np.cumsum(np.bincount(label, minlength=1))[:-1]):
        if own.size < 2:
            continue
        own = own[reverse_cuthill_mckee(ties[own][:, own], symmetric_mode=True)]
        part = ties[own][:, own]
        for start in range(0, own.size, WALKS):
            sources = np.arange(start, min(start + WALKS, own.size))
            through, reached[own[sources]], total[own[sources]] = _walked_from(part, sources)
            passed[own] += through
            done += sources.size
            _tell(progress, done, n)
    return passed, reached, total


def _walked_from(ties: Any, sources: Any) -> tuple[Floats, Floats, Floats]:
    """Levels outwards count paths and steps, levels inwards share out what depends on them; ties :
    of one component."""
    n, k = ties.shape[0], sources.size
    paths = np.zeros((n, k))
    paths[sources, np.arange(k)] = 1.0
    is_open, rows, front = paths == 0, sources, np.eye(k)
    levels: list[tuple[Any, Any]] = []  # members, and from which of the sources they are so far
    reached, total = np.zeros(k), np.zeros(k)
    while (reached < n - 1).any():
        wanted = np.flatnonzero(is_open.any(axis=1))
        front = np.where(is_open[wanted], _summed(ties, rows, front, wanted), 0.0)
        level = front > 0
        some = level.any(axis=1)
        rows, front, level = wanted[some], front[some], level[some]
        paths[rows] += front
        is_open[rows] &= ~level
        levels.append((rows, level))
        reached += level.sum(axis=0)
        total += len(levels) * level.sum(axis=0)
    _check(paths)
    passed = np.zeros_like(paths)  # what depends on the sources themselves is never summed
    for (outer, far), (inner, near) in zip(levels[:0:-1], levels[-2::-1], strict=True):
        each = np.divide(passed[outer] + 1, paths[outer], out=np.zeros(far.shape), where=far)
        passed[inner] += _summed(ties, outer, each, inner) * paths[inner] * near
    return passed.sum(axis=1), reached, total


def _summed(ties: Any, rows: Any, values: Floats, wanted: Any) -> Floats:
    """Each wanted member's sum over its ties to ``rows``, from the side that has fewer ties."""
    size = np.diff(ties.indptr)
    if size[rows].sum() < size[wanted].sum():
        return np.asarray((ties[rows].T @ values)[wanted])
    spread = np.zeros((ties.shape[0], values.shape[1]))
    spread[rows] = values
    return np.asarray(ties[wanted] @ spread)


def _by_length(steps: Any, progress: Progress | None) -> Floats:
    """As by steps, but along the ties that lie on a shortest path; there are no circles among them,
    so powers end."""
    n = steps.shape[0]
    found = np.zeros(n)
    coo = steps.tocoo()
    for source in range(n):
        if source % WALKS == 0:
            _tell(progress, source, n)
        d = dijkstra(steps, directed=False, indices=np.array([source]))[0]
        with np.errstate(invalid="ignore"):
            tight = np.abs(d[coo.row] + coo.data - d[coo.col]) <= TIE * d[coo.col]
        if not tight.any():
            continue
        onwards = sparse.csr_array(
            (np.ones(int(tight.sum())), (coo.row[tight], coo.col[tight])), shape=(n, n)
        )
        back = onwards.T.tocsr()
        paths = _summed_powers(back, np.eye(1, n, source).ravel())
        _check(paths)
        there = paths > 0
        inverse = np.where(there, 1 / np.where(there, paths, 1.0), 0.0)
        passed = np.where(there, paths * (_summed_powers(onwards, inverse) - inverse), 0.0)
        passed[source] = 0.0
        found += passed
    return found


def _check(paths: Floats) -> None:
    if not np.isfinite(paths).all():
        raise InputError(message("many_paths"), FOLDER)


def _tell(progress: Progress | None, done: int, of: int) -> None:
    if progress is not None:
        progress(done, of)


def _summed_powers(matrix: Any, vector: Floats) -> Floats:
    total, power = vector.copy(), vector
    while power.any():
        power = matrix @ power
        total += power
    return total
