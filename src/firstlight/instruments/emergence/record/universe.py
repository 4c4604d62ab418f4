"""The universe: names that became large, whether or not anybody forecast them, and how early.

It is made from outcome years alone, before any forecast of the corpus is scored. One that was never
named is a miss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.spatial import KDTree

from firstlight.errors import InputError
from firstlight.instruments.emergence.record.scores import LEVEL, RESAMPLES
from firstlight.instruments.emergence.technologies.yearly_counts import BIRTH, YearlyCounts, compare
from firstlight.numerics.distributions import critical_z
from firstlight.numerics.resampling import percentile_interval
from firstlight.observation_tables import SCHEMAS
from firstlight.texts import Count, message

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Listed = Mapping[int, Mapping[str, int]]  # forecast year -> name -> rank

FAMILY = Path(__file__).parent.parent
LARGE = 0.001  # of a year's documents
SMALL = 0.0005  # of the documents five years before
YEARS_BEFORE = 5
FIRST = 100  # ranks that count as named
LEADS = (("share_one_year", 1), ("share_two_years", 2), ("share_three_years", 3))
CONTROLS = 5  # for each name of the universe
MATCHED_BEFORE = 3  # years before it became large at which controls are matched


@dataclass(frozen=True)
class Passed:
    """Names and the year in which each became large, in the order of names.

    rows, years : (N,)
    """

    rows: Ints
    names: tuple[str, ...]
    years: Ints


def universe(
    counts: YearlyCounts,
    outcome_years: Sequence[int],
    *,
    large: float = LARGE,
    small: float = SMALL,
    years_before: int = YEARS_BEFORE,
) -> Passed:
    """The names above .1% of a year's documents that were below .05% five years before.

    Each with the first such year. Shares are standardised over the strata of both years.

    Raises InputError where no outcome year has counts of itself and of five years before.
    """
    first = np.zeros(len(counts.names), dtype=np.int64)
    known = {int(year) for year in counts.years}
    judged = [year for year in sorted(outcome_years) if {year, year - years_before} <= known]
    if not judged:
        raise InputError(message("no_outcome_year", count=Count(years_before)), FAMILY)
    for year in judged:
        shares = compare(counts, [year - years_before], [year])
        has_passed = (shares.after > large) & (shares.before < small)
        first[has_passed & (first == 0)] = year
    rows = np.flatnonzero(first)
    rows = rows[np.argsort(np.asarray(counts.names, dtype=np.str_)[rows])]
    return Passed(rows, tuple(counts.names[row] for row in rows), first[rows])


def matched_controls(
    counts: YearlyCounts, passed: Passed, *, controls: int = CONTROLS, seed: int = 0
) -> Passed:
    """Names outside the universe that were as large and as old three years before.

    Each name of the universe has the ``controls`` nearest by logarithms of documents (of two years)
    and age, drawn by lot where there are more; they carry the year in which it became large.
    """
    names = np.asarray(counts.names, dtype=np.str_)
    others = np.setdiff1d(np.arange(len(names)), passed.rows)
    others = others[np.argsort(names[others])]
    few = min(controls, len(others))
    if not few or not len(passed.rows):
        return Passed(np.zeros(0, dtype=np.int64), (), np.zeros(0, dtype=np.int64))
    # Where many are alike, as are all that did not exist yet, the lot decides.
    lot = 1e-6 * np.random.default_rng(seed).random((len(others), 2))
    rows, years = [], []
    for year in np.unique(passed.years):
        place = _size_and_age(counts, int(year) - MATCHED_BEFORE)
        mine = passed.rows[passed.years == year]
        nearest = KDTree(place[others] + lot).query(place[mine], k=[*range(1, few + 1)])[1]
        rows.append(others[nearest.ravel()])
        years.append(np.full(nearest.size, year))
    chosen = np.concatenate(rows)
    return Passed(chosen, tuple(counts.names[row] for row in chosen), np.concatenate(years))


def universe_table(
    passed: Passed, listed: Listed, *, first: int | Sequence[int] = FIRST
) -> pl.DataFrame:
    """A row for each name: when it became large, when it was first named, its lead, its best rank.

    Only forecasts from before the year in which it became large count.

    listed : ranks by forecast year and name
    first  : ranks that count as named, one number or one for each forecast year in their order
    """
    years = sorted(listed)
    ranks = _ranks(passed, listed, years)
    named = _first_named(passed, ranks, years, first)
    best = ranks.min(axis=1, initial=np.inf)
    table = {
        "name": list(passed.names),
        "passed_year": passed.years,
        "first_listed_year": named,
        "lead_years": passed.years - named,
        "best_rank": np.where(np.isfinite(best), best, np.nan),
    }
    return pl.DataFrame(table, nan_to_null=True).cast(pl.Schema(SCHEMAS["universe"]))


def leads(
    group: str,
    passed: Passed,
    listed: Listed,
    *,
    first: int | Sequence[int] = FIRST,
    level: float = LEVEL,
) -> pl.DataFrame:
    """Shares named at least one, two, three years before, and the median lead of those named.

    A share is of the names that a forecast that early was made for at all. Bounds of shares are
    Wilson's, of the median those of a bootstrap over names.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22, 209-212.
    """
    years = sorted(listed)
    named = _first_named(passed, _ranks(passed, listed, years), years, first)
    lead = passed.years - named
    earliest = min(years, default=np.inf)
    rows = []
    for measure, ahead in LEADS:
        could_be = passed.years - ahead >= earliest
        count, hits = int(could_be.sum()), int((lead[could_be] >= ahead).sum())
        share = None
        if count:
            share = hits / count
        rows.append((group, measure, share, *wilson(hits, count, level), count))
    early = lead[~np.isnan(lead)]
    median = None
    if len(early):
        median = float(np.median(early))
    rows.append((group, "median_lead", median, *_median_bounds(early, level), len(early)))
    return pl.DataFrame(rows, schema=SCHEMAS["leads"], orient="row")


def wilson(hits: int, count: int, level: float = LEVEL) -> tuple[float | None, float | None]:
    """Bounds of a share by Wilson's score interval; None where there is nothing to share.

    >>> [round(bound, 4) for bound in wilson(5, 10, 0.95)]
    [0.2366, 0.7634]
    """
    if not count:
        return None, None
    z = critical_z(level)
    share = hits / count
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * (share * (1 - share) / count + z**2 / (4 * count**2)) ** 0.5
    low, high = centre - half, centre + half
    # At the ends the bounds are 0 and 1 up to rounding.
    if hits == 0:
        low = 0.0
    if hits == count:
        high = 1.0
    return low, high


def _size_and_age(counts: YearlyCounts, year: int) -> Floats:
    """(K, 2) logarithms of the documents of year-1..year and of the age, 0 where not born."""
    known = counts.years <= year
    reached = np.cumsum(counts.counts[:, known], axis=1) >= BIRTH
    age = reached.sum(axis=1)
    return np.column_stack([np.log1p(counts.documents_of((year - 1, year))), np.log1p(age)])


def _ranks(passed: Passed, listed: Listed, years: Sequence[int]) -> Floats:
    """(N, F) rank in each forecast year before the name became large, inf where there is none."""
    ranks = np.full((len(passed.names), len(years)), np.inf)
    for column, year in enumerate(years):
        found = listed[year]
        ranks[:, column] = [found.get(name, np.inf) for name in passed.names]
        ranks[passed.years <= year, column] = np.inf
    return ranks


def _first_named(
    passed: Passed, ranks: Floats, years: Sequence[int], first: int | Sequence[int]
) -> Floats:
    """(N,) first forecast year with a rank that counts as named, nan where there is none."""
    if not years:
        return np.full(len(passed.names), np.nan)
    is_named = ranks <= np.asarray(first)
    return np.where(is_named.any(axis=1), np.array(years)[is_named.argmax(axis=1)], np.nan)


def _median_bounds(values: Floats, level: float) -> tuple[float | None, float | None]:
    if not len(values):
        return None, None
    # Sorted, so that the draws are the same whatever the order of names.
    drawn = np.random.default_rng(0).choice(np.sort(values), size=(RESAMPLES, len(values)))
    low, high = percentile_interval(np.median(drawn, axis=1), level)
    return float(low), float(high)
