"""The last year that a record of counts holds in full."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_OF_YEAR_BEFORE = 0.85  # of the documents of the year before, for a year to pass as complete
YEARS_COMPARED = 10  # earlier changes from year to year that a fall is compared with
FEWEST_COMPARED = 3  # changes without which only a fall by half is taken for an incomplete year
LEAST_WITHOUT_PAST = 0.5
ALIKE = 0.95  # ratios this near to each other are falls of one size


@dataclass(frozen=True)
class Incomplete:
    """A year that is not complete, and its documents over those of the year before."""

    year: int
    ratio: float


def incomplete_years(years: Ints, totals: Floats, quarters: Ints) -> tuple[Incomplete, ...]:
    """The years at the end that hold a part of their documents, the latest first.

    A last year is incomplete where it has fewer quarters than the year before, or less than 85% of
    that year's documents and no such fall is among the ten years before.

    years    : (Y,) consecutive; totals : (Y,) documents, nan where not known
    quarters : (Y,) quarters that each year has rows of; 0 where years are whole

    >>> incomplete_years(np.arange(2018, 2023), np.array([90, 95, 99, 104, 70.0]), np.zeros(5, int))
    (Incomplete(year=2022, ratio=0.67...),)
    """
    found: list[Incomplete] = []
    for last in range(len(years) - 1, 0, -1):
        ratio = totals[last] / totals[last - 1] if totals[last - 1] > 0 else np.nan
        is_short = 0 < quarters[last] < quarters[last - 1]
        if not (is_short or (np.isfinite(ratio) and _is_fall(totals[:last], float(ratio)))):
            break
        found.append(Incomplete(int(years[last]), float(ratio)))
    return tuple(found)


def _is_fall(before: Floats, ratio: float) -> bool:
    earlier = before[-(YEARS_COMPARED + 1) :]
    known = (earlier[:-1] > 0) & np.isfinite(earlier[1:])
    changes = earlier[1:][known] / earlier[:-1][known]
    if len(changes) < FEWEST_COMPARED:
        return ratio < LEAST_WITHOUT_PAST
    return ratio < LEAST_OF_YEAR_BEFORE and bool(ratio < ALIKE * changes.min())
