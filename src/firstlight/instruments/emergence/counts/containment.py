"""Which rows of a table of counts are the sum of others: a total, a group beside its members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.optimize import lsq_linear

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FEWEST_COLUMNS = 4  # in which a sum must agree before it is no accident
FEWEST_DOCUMENTS = 30  # of the row that is a sum
MOST_ROWS = 400  # among which sums of any rows are looked for
NULL = 1e-4  # of the largest singular value: what counts as none, as sums may be rounded
MOST_ROWS_SHORT = 60  # the same where there are more rows than columns
PATH_SIGNS = (" -> ", " > ", "::", ": ", " | ")


@dataclass(frozen=True)
class Container:
    """A row that is the sum of others.

    row     : its number; members : theirs
    rule    : "all" (of all others), "parent" (of those with the same parent), "path" (of those
              whose names go on from its own), "some" (of some others)
    """

    row: int
    members: tuple[int, ...]
    rule: str


def containers(
    counts: Floats, names: Sequence[str], parents: Sequence[str | None]
) -> tuple[Container, ...]:
    """Every row that is the sum of others in all columns, or whose name says so.

    Rows so recognised are left out and the rest is looked at again, so that countries, continents
    and the world in one table are told apart. A row equal to one other is a duplicate, not a sum.

    counts  : (K, D) documents, by year or by any other split that adds up
    names   : (K,) as in "World -> Asia -> Japan"; parents : (K,) None where there is none
    """
    remaining = np.ones(len(counts), dtype=np.bool_)
    found: list[Container] = []
    while True:
        rows = np.flatnonzero(remaining & (counts.sum(axis=1) > 0)).tolist()
        new = _one_round(counts[rows], [names[row] for row in rows], [parents[row] for row in rows])
        if not new:
            return tuple(found)
        for one in new:
            members = tuple(rows[member] for member in one.members)
            found.append(Container(rows[one.row], members, one.rule))
            remaining[rows[one.row]] = False


def dominates(counts: Floats, row: int, others: Sequence[int] | npt.NDArray[np.integer]) -> bool:
    """Whether a row is as large as the largest of others in every column that holds any of them."""
    if not len(others):
        return False
    largest = counts[np.asarray(others)].max(axis=0)
    return bool((counts[row] >= largest - _slack(counts, 2)).all() and largest.max() > 0)


def _one_round(
    counts: Floats, names: Sequence[str], parents: Sequence[str | None]
) -> list[Container]:
    found = _of_path(counts, names) or _of_parent(counts, parents)
    return found or _of_all(counts) or _of_some(counts)


def _of_path(counts: Floats, names: Sequence[str]) -> list[Container]:
    """Rows whose names others go on from, and that are at least as large as each of these."""
    number = {name: row for row, name in enumerate(names)}
    children: dict[int, list[int]] = {}
    for row, name in enumerate(names):
        above = _above(name)
        if above in number:
            children.setdefault(number[above], []).append(row)
    return [
        Container(row, tuple(below), "path")
        for row, below in sorted(children.items())
        if len(below) > 1 and dominates(counts, row, below)
    ]


def _above(name: str) -> str:
    cuts = [name.rfind(sign) for sign in PATH_SIGNS]
    return name[: max(cuts)].strip() if max(cuts) > 0 else ""


def last_of_path(name: str) -> str:
    """The last part of a name that is a path.

    >>> last_of_path("World -> Europe -> Other Europe"), last_of_path("Graphene")
    ('Other Europe', 'Graphene')
    """
    for sign in PATH_SIGNS:
        name = name.rpartition(sign)[2]
    return name.strip()


def _of_parent(counts: Floats, parents: Sequence[str | None]) -> list[Container]:
    known = sorted({parent for parent in parents if parent is not None})
    if len(known) < 2:
        return []
    number: dict[str | None, int] = {parent: index for index, parent in enumerate(known)}
    group = np.array([number.get(parent, -1) for parent in parents])
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(known) + 1))
    found = []
    for start, end in pairwise(starts):
        rows = order[start:end]
        for one in _of_all(counts[rows]):
            members = tuple(int(rows[member]) for member in one.members)
            found.append(Container(int(rows[one.row]), members, "parent"))
    return found


def _of_all(counts: Floats) -> list[Container]:
    if len(counts) < 3:
        return []
    others = counts.sum(axis=0) - counts
    is_sum = (np.abs(counts - others) <= _slack(counts, len(counts))).all(axis=1)
    rows = np.flatnonzero(is_sum & _is_evident(counts))
    if not len(rows):
        return []
    members = np.delete(np.arange(len(counts)), rows[0])
    return [Container(int(rows[0]), tuple(int(member) for member in members), "all")]


def _of_some(counts: Floats) -> list[Container]:
    """The smallest row that is the sum of some others: a continent before the world.

    Least squares with weights from 0 to 1, which must come out as 0 and 1. Nothing is looked for in
    tables with many more rows than columns, where some combination of rows nearly always fits.
    """
    size, width = counts.shape
    if not 3 <= size <= MOST_ROWS or (size > width and size > MOST_ROWS_SHORT):
        return []
    possible = _is_evident(counts)
    if size <= width:
        possible &= _is_dependent(counts)
    evident = np.flatnonzero(possible)
    order = evident[np.argsort(counts[evident].sum(axis=1), kind="stable")]
    for row in order:
        members = _members(counts, int(row))
        if members:
            return [Container(int(row), members, "some")]
    return []


def _members(counts: Floats, row: int) -> tuple[int, ...]:
    slack = _slack(counts, len(counts))
    fits = (counts <= counts[row] + slack).all(axis=1) & (counts.sum(axis=1) > 0)
    fits[row] = False
    rows = np.flatnonzero(fits)
    columns = counts[row] > 0
    # Of many rows in few columns some combination always fits.
    too_many = len(rows) > 2 * (int(columns.sum()) - FEWEST_COLUMNS)
    if len(rows) < 2 or too_many or (counts[rows].sum(axis=0) < counts[row] - slack).any():
        return ()
    scale = 1 / np.maximum(counts[row], 1.0)
    # BVLS ends on the bounds themselves, where the default method only comes near them.
    fit = lsq_linear((counts[rows] * scale).T, counts[row] * scale, bounds=(0, 1), method="bvls")
    chosen = rows[fit.x > 0.5]
    # one other alone that has the same counts is a copy, and no part
    if len(chosen) < 2 or (np.abs(counts[chosen].sum(axis=0) - counts[row]) > slack).any():
        return ()
    return tuple(chosen.tolist())


def _is_dependent(counts: Floats) -> Flags:
    """(K,) rows that are a linear combination of others, for K up to D."""
    scaled = counts / np.maximum(counts.max(axis=1, keepdims=True), 1e-12)
    left, values, _ = np.linalg.svd(scaled, full_matrices=False)
    is_null = values <= NULL * values[0]
    return np.asarray((np.abs(left[:, is_null]) > NULL).any(axis=1))


def _is_evident(counts: Floats) -> Flags:
    """(K,) rows with documents enough, in columns enough, for a sum not to agree by accident."""
    columns = (counts > 0).sum(axis=1)
    return np.asarray((columns >= FEWEST_COLUMNS) & (counts.sum(axis=1) >= FEWEST_DOCUMENTS))


def _slack(counts: Floats, members: int) -> float:
    """What sums may differ by: nothing for whole numbers, half a hundredth a member for others."""
    is_whole = bool((counts == np.round(counts)).all())
    if is_whole:
        return 1e-6
    return 0.005 * members + 1e-6
