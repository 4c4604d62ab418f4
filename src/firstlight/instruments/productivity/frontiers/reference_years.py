"""Which rows of a panel span the frontier that a row is held against: of its own year, of all up to
it, or of all years."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from firstlight.measurement import Progress


def frontiers(
    years: NDArray[np.int64], technology: str, progress: Progress | None = None
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The rows that are held against each frontier, and the rows that span it, which they are
    among.

    years      : (N,) of the rows, all the same where there are none
    technology : "contemporaneous", a frontier for each year; "sequential", of each year and all
                 before; "global", one of all
    progress   : called with the frontiers that are done and those that there are

    >>> [held.tolist() for held, _ in frontiers(np.array([1, 2, 2]), "contemporaneous")]
    [[0], [1, 2]]
    """
    if technology == "global":
        years = np.zeros_like(years)
    distinct = np.unique(years).tolist()
    for done, year in enumerate(distinct):
        if progress:
            progress(done, len(distinct))
        yield np.flatnonzero(years == year), spanning_rows(years, year, technology)


def spanning_rows(years: NDArray[np.int64], year: int, technology: str) -> NDArray[np.intp]:
    """The rows that span the frontier of a year.

    >>> spanning_rows(np.array([2001, 2002, 2003]), 2002, "sequential").tolist()
    [0, 1]
    """
    if technology == "global":
        return np.arange(len(years))
    return np.flatnonzero(years <= year if technology == "sequential" else years == year)
