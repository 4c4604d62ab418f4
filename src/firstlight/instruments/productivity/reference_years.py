"""Which rows of a panel span the frontier that a row is held against: those of its own year, or those of all years."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.productivity.finding import Words
from firstlight.instruments.productivity.unit_panel import UnitPanel

TECHNOLOGIES = ("contemporaneous", "global")


def frontiers(
    panel: UnitPanel, technology: str, what: str = "", progress: Callable[[str], None] | None = None
) -> Iterator[NDArray[np.intp]]:
    """The rows of each frontier, which are also those that are held against it; ``progress`` hears of each.

    technology : "contemporaneous", a frontier for each year; "global", one of all years
    what       : the name of the work, for ``progress``
    Raises  InputError for another technology.

    >>> import polars as pl
    >>> from firstlight.instruments.productivity.unit_panel import unit_panel
    >>> rows = pl.DataFrame({"unit": ["a", "a", "b"], "year": [1, 2, 2], "x": [1, 2, 3], "y": [1, 1, 1]})
    >>> [found.tolist() for found in frontiers(unit_panel(rows, ["x"], ["y"], year="year"), "contemporaneous")]
    [[0], [1, 2]]
    """
    if technology not in TECHNOLOGIES:
        raise InputError(
            f"technology {technology!r}", where="technology", try_next=f"use one of {', '.join(TECHNOLOGIES)}"
        )
    years = np.unique(panel.years) if technology == "contemporaneous" else [None]
    for year in years:
        if progress and panel.has_years:
            progress(f"{what} {'of all years' if year is None else year}")
        yield np.arange(len(panel.units)) if year is None else np.flatnonzero(panel.years == year)


def technology_words(panel: UnitPanel, technology: str) -> tuple[Words, ...]:
    """The convention, where the panel has years."""
    if not panel.has_years:
        return ()
    if technology == "global":
        return (("one frontier of all years", "全部年份共同构造全局前沿面"),)
    return (("each year has its own frontier", "各年分别构造前沿面"),)
