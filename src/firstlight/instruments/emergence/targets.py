"""What counts as exceptional growth: targets A (since the peak) and B (since the forecast year).

Definitions of Klavans, Boyack and Murdick (2020), PLoS ONE 15(9), e0239177: a technology grew exceptionally when its
share of all documents rose by more than 8% a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from firstlight.errors import InputError
from firstlight.instruments.emergence.shares import Array, checked_counts, share

GROWTH_FACTOR = 1.08
FEWEST_IN_PEAK_YEAR = 200
FEWEST_IN_FORECAST_YEAR = 20


@dataclass(frozen=True)
class Outcome:
    """What became of each technology.

    exceptional : (technologies,), 1 = grew exceptionally, 0 = did not, nan = not known (never 0)
    growth      : (technologies,), growth of the share per year (0.08 = 8% a year), nan = not known
    years       : (technologies,), over how many years that growth is measured; nan = no year to measure from
    """

    exceptional: Array
    growth: Array
    years: Array


def peak_index(
    counts: Any, totals: Any, fy_index: int, *, fewest: int = FEWEST_IN_PEAK_YEAR
) -> npt.NDArray[np.intp]:
    """Column of the year up to the forecast year with the highest share; the latest one on ties.

    counts : (technologies, years), documents
    totals : (years,), documents
    fewest : years with fewer documents in total are left out
    Returns (technologies,) column indices; -1 where every year is left out.

    >>> peak_index([[3, 6, 6, 1]], [300, 300, 300, 300], 3).tolist()
    [2]
    """
    c, t = checked_counts(counts, totals, fy_index)
    shares = share(c[:, : fy_index + 1], t[: fy_index + 1])
    shares[:, ~(t[: fy_index + 1] >= max(fewest, 1))] = -1.0
    if not (shares >= 0).any():
        return np.full(c.shape[0], -1, dtype=np.intp)
    # Looking backwards, the first maximum is the latest one.
    return np.asarray(fy_index - np.argmax(shares[:, ::-1], axis=1), dtype=np.intp)


def exceptional_since_peak(
    counts: Any, totals: Any, fy_index: int, horizon: int = 3, *, complete: Any | None = None
) -> Outcome:
    """Target A: (share(FY+h) / share(peak))^(1/(FY+h-peak)) > 1.08.

    counts   : (technologies, years), documents, under one rule of membership for all years
    totals   : (years,), documents
    complete : (years,) booleans, which years the record holds in full; all of them unless said otherwise
    Returns Outcome; nan where FY+h is absent, incomplete or empty, or where the share at the peak is zero.
    Raises  InputError where the arrays do not fit or the horizon is below 1.

    >>> outcome = exceptional_since_peak([[8, 4, 10]], [1000, 1000, 1000], fy_index=1, horizon=1)
    >>> outcome.exceptional.tolist(), outcome.growth.round(3).tolist(), outcome.years.tolist()
    ([1.0], [0.118], [2.0])
    """
    peak = peak_index(counts, totals, fy_index)
    return _outcome(counts, totals, fy_index, horizon, complete, peak)


def exceptional_since_now(
    counts: Any, totals: Any, fy_index: int, horizon: int = 3, *, complete: Any | None = None
) -> Outcome:
    """Target B: (share(FY+h) / share(FY))^(1/h) > 1.08, the honest test: a technology at its peak has no head start.

    Arguments, return value and errors as for `exceptional_since_peak`.

    >>> exceptional_since_now([[8, 4, 10]], [1000, 1000, 1000], fy_index=1, horizon=1).growth.tolist()
    [1.5]
    >>> exceptional_since_now([[8, 4]], [1000, 1000], fy_index=1, horizon=1).exceptional.tolist()
    [nan]
    """
    start = np.full(np.shape(counts)[0], fy_index, dtype=np.intp)
    return _outcome(counts, totals, fy_index, horizon, complete, start)


def eligible(
    counts: Any, totals: Any, fy_index: int, *, fewest: int = FEWEST_IN_FORECAST_YEAR
) -> npt.NDArray[np.bool_]:
    """Which technologies are scored: those with at least 20 documents in the forecast year.

    >>> eligible([[1, 20], [30, 19]], [100, 100], 1).tolist()
    [True, False]
    """
    c, _ = checked_counts(counts, totals, fy_index)
    return np.asarray(c[:, fy_index] >= fewest)


def coverage(
    counts: Any, totals: Any, fy_index: int, scored: Any, *, distinct: int | None = None
) -> float:
    """The share of the forecast year's documents that the scored technologies hold (at least 0.6 for a fair score).

    scored   : (technologies,) booleans, as from `eligible`
    distinct : documents of the forecast year in any scored technology; needed where a document may belong to several,
               for their counts then hold it more than once. Without it, each document belongs to at most one.
    Returns a share, 0 to 1; nan where the forecast year has no documents.
    Raises  InputError where the scored technologies hold more documents than the year has.

    >>> coverage([[5, 30], [5, 10]], [100, 50], 1, [True, False])
    0.6
    """
    c, t = checked_counts(counts, totals, fy_index)
    held = (
        float(c[np.asarray(scored, dtype=bool), fy_index].sum())
        if distinct is None
        else float(distinct)
    )
    total = float(t[fy_index])
    if held > total:
        raise InputError(
            f"the scored technologies hold {held:g} documents in a year that has {total:g}",
            where=f"column {fy_index}",
            try_next="hand in distinct=, the number of different documents among them",
        )
    return held / total if total > 0 else float("nan")


def _outcome(
    counts: Any,
    totals: Any,
    fy_index: int,
    horizon: int,
    complete: Any | None,
    start: npt.NDArray[np.intp],
) -> Outcome:
    c, t = checked_counts(counts, totals, fy_index)
    if horizon < 1:
        raise InputError(f"a horizon of {horizon} years", where="horizon", try_next="use 1 or more")
    end, rows = fy_index + horizon, np.arange(c.shape[0])
    years = np.where(start >= 0, end - start, np.nan).astype(np.float64)
    unknown = np.full(c.shape[0], np.nan)
    if end >= t.shape[0] or not _is_complete(complete, t, end) or not t[end] > 0:
        return Outcome(unknown, unknown.copy(), years)
    shares = share(c, t)
    before = np.where(start >= 0, shares[rows, start], np.nan)
    ratio = np.divide(shares[:, end], before, out=unknown.copy(), where=before > 0)
    factor = ratio ** (1.0 / years)
    return Outcome(np.where(np.isnan(factor), np.nan, factor > GROWTH_FACTOR), factor - 1.0, years)


def _is_complete(complete: Any | None, totals: Array, end: int) -> bool:
    if complete is None:
        return True
    flags = np.asarray(complete, dtype=bool)
    if flags.shape != totals.shape:
        raise InputError(
            f"complete has shape {flags.shape}, totals {totals.shape}",
            where="complete",
            try_next="hand in one true or false for each year",
        )
    return bool(flags[end])
