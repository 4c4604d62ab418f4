"""Which rows of a panel span the frontier that a row is held against: of its own year, of all up to
it, or of all years."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import check_choice
from firstlight.instruments.productivity.unit_panel import UnitPanel

TECHNOLOGIES = ("contemporaneous", "sequential", "global")
WITHOUT_PAST = ("contemporaneous", "global")
"""Where those who are held against a frontier are those that span it."""

Progress = Callable[[str], None] | None  # told a line as the work goes on; None for silence


def frontiers(
    panel: UnitPanel,
    technology: str,
    what: str = "",
    progress: Progress = None,
    known: tuple[str, ...] = TECHNOLOGIES,
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The rows that are held against each frontier, and the rows that span it, which they are
    among.

    technology : "contemporaneous", a frontier for each year; "sequential", of each year and all
                 before; "global", one of all
    what       : the name of the work, for ``progress``, which hears of each frontier; known : the
                 technologies to choose from
    Raises  InputError for another technology.

    >>> import polars as pl
    >>> from firstlight.instruments.productivity.unit_panel import unit_panel
    >>> rows = pl.DataFrame({"unit": ["a", "a", "b"], "year": [1, 2, 2], "x": [1, 2, 3], "y": [1,
    ...     1, 1]})
    >>> [held.tolist() for held, _ in frontiers(unit_panel(rows, ["x"], ["y"], year="year"),
    ...     "contemporaneous")]
    [[0], [1, 2]]
    """
    check_choice("technology", technology, known)
    years = panel.years if technology != "global" else np.zeros_like(panel.years)
    distinct = np.unique(years)
    for place, year in enumerate(distinct.tolist(), 1):
        if progress and panel.has_years:
            when = "of all years" if technology == "global" else year
            progress(f"{what} {when}: {place} of {len(distinct)}")
        yield np.flatnonzero(years == year), spanning_rows(years, year, technology)


def spanning_rows(years: NDArray[np.int64], year: int, technology: str) -> NDArray[np.intp]:
    """The rows that span the frontier of a year.

    >>> spanning_rows(np.array([2001, 2002, 2003]), 2002, "sequential").tolist()
    [0, 1]
    """
    if technology == "global":
        return np.arange(len(years))
    return np.flatnonzero(years <= year if technology == "sequential" else years == year)
