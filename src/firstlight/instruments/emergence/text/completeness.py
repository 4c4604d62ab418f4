"""Which years a record covers in full."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FALL = 0.75  # of the documents that earlier years lead to expect, under which a year is incomplete
FALL_ERRORS = 3.0  # standard errors that a year must lie below it
LONGEST_RUN = 2  # years at the end that can be incomplete; a fall that lasts longer is a new level
FASTEST = 1.5  # yearly growth, beyond which a spurt is not expected to go on
MISSING = 0.03  # of a year's documents after its last date, from which the year is incomplete
CHANCE = 1e-3  # that the last date comes so early in a whole year
THIN = 0.01  # of the documents of the middle year, under which a year is too thin to start with
WEEK = 7  # days after the last date that are not missed: patents are granted once a week
BEFORE = 3  # years that a year is compared with
HEAP = 2.0  # times the documents of the years after, above which a first year is a heap


@dataclass(frozen=True)
class Years:
    """The years of a record.

    table : year, documents_count, expected_count (by the years before, of a gap by those around it;
            null where nothing earlier leads to expect any), is_complete, reason (null, or
            "partial": dates end early; "fall"; "gap": it recovers afterwards; "thin": before the
            record begins in earnest; "heap": a first year with the documents of earlier ones)
    first, last : the first and last complete years
    """

    table: pl.DataFrame
    first: int
    last: int


def complete_years(dates: pl.DataFrame) -> Years:
    """The years from the first to the last document, and which of them are complete.

    The last year is partial where its dates end early: if the three years before have 3% or more of
    their documents more than a week after that day, and a year as large would end so early with a
    probability of 1 in 1,000 or less. Dates known by month count as its first day; those known by
    year alone tell nothing. The last one or two years fall where they hold less than three quarters
    of what the three years before, carried on with their slowest growth, lead to expect, and of the
    year two years earlier, by three standard errors of counts; if three years do, they are a new
    level. A gap is a year with less than three quarters of the middle one of the three years on
    either side, and of the years two years away. (Three quarters or four fifths: six real records
    have the same incomplete years.) The record begins with the first year from which all later
    ones hold 1% of the documents of the middle year; not with one that is a heap: more than twice
    the middle one of the three years after it, and the year two years later, by three standard
    errors, as where an import dates all earlier documents to it.

    dates : year, date, date_precision ("day", "month" or "year"); one row or more
    """
    years, counts = _counts(dates["year"].to_numpy().astype(np.int64))
    reasons = np.full(len(years), None, dtype=object)
    expected = np.array([_expected(counts, place, 1) for place in range(len(years))])
    start = _start(counts)
    reasons[:start] = "thin"
    if (level := _heap(counts, start)) is not None:
        reasons[start], expected[start] = "heap", level
        start += 1
    for place, level in _gaps(counts, start):
        reasons[place] = "gap"
        expected[place] = level
    first_of_run = len(years) - _falling_run(counts[start:])
    reasons[first_of_run:] = "fall"
    for place in range(first_of_run, len(years)):
        if np.isnan(expected[place]):  # no document at all in the year before
            expected[place] = _expected(counts, first_of_run, place - first_of_run + 1)
    if _ends_early(dates, int(years[-1])):
        reasons[-1] = "partial"
    complete = np.array([reason is None for reason in reasons])
    table = pl.DataFrame(
        {
            "year": pl.Series(years, dtype=pl.Int32),
            "documents_count": pl.Series(counts, dtype=pl.Int64),
            "expected_count": pl.Series(expected, dtype=pl.Float64).fill_nan(None),
            "is_complete": complete,
            "reason": pl.Series(list(reasons), dtype=pl.String),
        }
    )
    last = np.flatnonzero(complete)[-1] if complete.any() else len(years) - 1
    return Years(table, int(years[min(start, len(years) - 1)]), int(years[last]))


def _counts(year: Ints) -> tuple[Ints, Ints]:
    years = np.arange(year.min(), year.max() + 1)
    return years, np.bincount(year - years[0], minlength=len(years))


def _start(counts: Ints) -> int:
    """Place of the first year from which on none is thin."""
    thin = np.flatnonzero(counts < THIN * np.median(counts[counts > 0]))
    # What is thin at the end is a fall, and no beginning.
    inner = thin[thin < len(counts) - LONGEST_RUN]
    return int(inner.max(initial=-1)) + 1


def _expected(counts: Ints, place: int, ahead: int) -> float:
    """Documents of the ``ahead``-th year from ``place`` on, by the three before it.

    Each is carried on with the slowest growth that the three show: venues that joined grew the
    record once.
    """
    before = counts[max(0, place - BEFORE) : place].astype(np.float64)
    if len(before) < BEFORE or not before.all():
        return float("nan")
    growth = counts[max(1, place - BEFORE) : place] / np.maximum(
        counts[max(0, place - BEFORE - 1) : place - 1][-BEFORE:], 1
    )
    yearly = float(np.clip(growth.min(), 1, FASTEST))
    steps = np.arange(len(before), 0, -1) + ahead - 1
    return float(np.median(before * yearly**steps))


def _is_low(count: float, expected: float) -> bool:
    """Whether a count lies below three quarters of what is expected, beyond chance."""
    bound = FALL * expected
    # Both are counts: the variance of count - .75 expected is count + .75^2 expected.
    return bool(bound - count > FALL_ERRORS * np.sqrt(count + FALL * bound))


def _heap(counts: Ints, start: int) -> float | None:
    """What the years after the first lead to expect of it, where it holds far more."""
    after = counts[start + 1 : start + 1 + BEFORE]
    if len(after) < BEFORE:
        return None
    level = float(max(np.median(after), after[1]))
    excess = counts[start] - HEAP * level
    is_heap = excess > FALL_ERRORS * np.sqrt(counts[start] + HEAP**2 * level)
    return level if is_heap else None


def _falls(counts: Ints, first: int, place: int) -> bool:
    """Whether a year holds too few documents for the three before ``first``.

    Fewer than two years earlier too, since large venues may be held every other year.
    """
    expected = _expected(counts, first, place - first + 1)
    return _is_low(counts[place], min(expected, counts[place - 2]))


def _falling_run(counts: Ints) -> int:
    """How many years at the end hold too few documents, two at most."""
    for run in range(LONGEST_RUN, 0, -1):
        first = len(counts) - run
        if first < BEFORE or (first > BEFORE and _falls(counts, first - 1, first - 1)):
            continue
        if all(_falls(counts, first, place) for place in range(first, len(counts))):
            return run
    return 0


def _gaps(counts: Ints, start: int) -> list[tuple[int, float]]:
    """The place of each gap, and what the years around it lead to expect."""
    gaps = []
    for place in range(start + 2, len(counts) - 2):
        before = np.median(counts[max(start, place - BEFORE) : place])
        after = np.median(counts[place + 1 : place + 1 + BEFORE])
        # Large venues may be held every other year, whose absence is no gap.
        same = min(counts[place - 2], counts[place + 2])
        level = float(min(before, after, same))
        if _is_low(counts[place], level):
            gaps.append((place, level))
    return gaps


def missing_share(dates: pl.DataFrame, year: int) -> float:
    """Share of a whole year's documents that come more than a week after the last date of ``year``.

    By the dates of the three years before it, or by days of the year where there are none; 0 where
    dates are known by year alone.
    """
    dated = dates.filter(pl.col("date_precision") != "year").select(
        "year", day=pl.col("date").dt.ordinal_day()
    )
    last = dated.filter(pl.col("year") == year)["day"].max()
    if not isinstance(last, int):
        return 0.0
    before = dated.filter(pl.col("year").is_between(year - BEFORE, year - 1))
    if not before.height:
        return max(0.0, 1 - (last + WEEK) / 365)
    return float((before["day"] > last + WEEK).mean() or 0)  # type: ignore[arg-type]


def _ends_early(dates: pl.DataFrame, year: int) -> bool:
    missing = missing_share(dates, year)
    is_dated = (pl.col("year") == year) & (pl.col("date_precision") != "year")
    documents = dates.filter(is_dated).height
    # Were the year whole, each of its documents would lie before the last date with 1 - missing.
    return missing >= MISSING and (1 - missing) ** documents <= CHANCE
