"""Atypical combinations: how often pairs of terms stand together, and how often by chance.

Symbols: d_a works of term a, k_w terms of work w, K = sum k, W works, all of one year; x_ab works
that hold both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_between, check_bounds, check_choice
from firstlight.instruments.networks.contribution_profile.citation_links import Ints
from firstlight.instruments.networks.contribution_profile.term_pairs import (
    TermRows,
    pairs_within,
    read_terms,
)
from firstlight.instruments.networks.contribution_profile.works_table import FOLDER
from firstlight.texts import message

Floats = NDArray[np.float64]
NULLS = ("analytic", "randomised")


@dataclass(frozen=True)
class AtypicalCombinations:
    """How typical the combinations of works are.

    table : a row for each work, sorted: work, year (if any), term_count, pair_count, tail_z (the
            work's 10th percentile of z: its least typical pairs), median_z, is_novel (tail_z below
            0), is_conventional (median_z above that of most works of the year), reason (one_term:
            nothing is combined; no_chance: chance leaves its pairs no room to vary)
    pairs : year (if any), term_1, term_2, observed_count, expected_count, z_score (missing where
            chance leaves no room)
    """

    table: pl.DataFrame
    pairs: pl.DataFrame


def pair_scores(work: Any, term: Any) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """Pairs of terms with what was seen, what chance expects, and z, by formula.

    E x_ab = d_a d_b sum_w k_w (k_w - 1) / (K^2 - sum_c d_c^2), whose sum over pairs is the number
    of pairs that there are; Var x_ab = E x_ab (1 - d_a / W) (1 - d_b / W) W / (W - 1), as of the
    hypergeometric; z = (x - E x) / sqrt(Var x).

    Parameters
    ----------
    work, term
        (rows,) codes, each pair once.

    Returns
    -------
    Lower term, higher term, x (pairs seen,), E x, z (nan where the variance is 0).

    References
    ----------
    The null of Uzzi, Mukherjee, Stringer and Jones 2013, Science 342, 468-472, by its moments
    instead of by shuffling.

    Examples
    --------
    >>> scores = pair_scores(np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3]))
    >>> [part.tolist() for part in scores][2:4]
    [[1, 1], [0.3333333333333333, 0.3333333333333333]]
    """
    order = np.lexsort((term, work))
    w, t = np.asarray(work, dtype=np.int64)[order], np.asarray(term, dtype=np.int64)[order]
    _, one, two = pairs_within(w, t)
    low, high, seen = _counted(one, two, int(t.max(initial=0)) + 1)
    mean, variance = _moments(w, t, low, high)
    return low, high, seen, mean, _z(seen, mean, variance)


def _counted(one: Ints, two: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    keys, seen = np.unique(one * size + two, return_counts=True)
    return keys // size, keys % size, seen.astype(np.int64)


def _moments(work: Ints, term: Ints, low: Ints, high: Ints) -> tuple[Floats, Floats]:
    k = np.unique(work, return_counts=True)[1].astype(np.float64)
    d = np.bincount(term).astype(np.float64)
    total, size = k.sum(), float(len(k))
    rest = max(total * total - (d * d).sum(), 1e-300)  # 0 where there is but one term, and no pair
    mean = d[low] * d[high] * ((k * (k - 1)).sum() / rest)
    free = (1 - d[low] / size) * (1 - d[high] / size) * size / max(size - 1, 1)
    return mean, mean * free


def _z(seen: Ints, mean: Floats, variance: Floats) -> Floats:
    room = variance > 1e-12  # a term of every work meets the others as often as it must
    return np.where(room, (seen - mean) / np.sqrt(np.where(room, variance, 1)), np.nan)


def shuffled_terms(work: Any, term: Any, rng: np.random.Generator, most: int = 1000) -> Ints:
    """Terms dealt anew to works, (rows,), each work and each term keeping its number.

    All terms are shuffled; a term that lands twice in a work changes places with another drawn at
    random, until none does.

    work, term : (rows,) codes, each pair once
    Raises InputError where no such deal is found, as for a term of nearly all works.

    >>> work, term = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> dealt = shuffled_terms(work, term, np.random.default_rng(0))
    >>> sorted(dealt[:2].tolist()), sorted(dealt[2:].tolist())
    ([0, 1], [0, 1])
    """
    w, found = np.asarray(work, dtype=np.int64), rng.permutation(np.asarray(term, dtype=np.int64))
    size = int(found.max(initial=0)) + 1
    for _ in range(most):
        key = w * size + found
        order = np.argsort(key, kind="stable")
        again = order[1:][key[order][1:] == key[order][:-1]]
        if not again.size:
            return found
        other = rng.integers(0, len(found), again.size)
        for one, two in zip(again.tolist(), other.tolist(), strict=True):
            found[one], found[two] = found[two], found[one]
    raise InputError(message("no_random_deal"), FOLDER)


def _randomised(
    work: Ints, term: Ints, low: Ints, high: Ints, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Mean and variance of each pair's count over shuffled works."""
    size = int(term.max(initial=0)) + 1
    keys = low * size + high
    total, squares = np.zeros(len(keys)), np.zeros(len(keys))
    for _ in range(draws):
        dealt = shuffled_terms(work, term, rng)
        order = np.lexsort((dealt, work))
        _, one, two = pairs_within(work[order], dealt[order])
        drawn, seen = np.unique(one * size + two, return_counts=True)
        count = np.zeros(len(keys))
        is_drawn = np.isin(keys, drawn, assume_unique=True)
        count[is_drawn] = seen[np.searchsorted(drawn, keys[is_drawn])]
        total += count
        squares += count * count
    mean = total / draws
    return mean, (squares - draws * mean * mean) / (draws - 1)


def atypical_combinations(
    frame: Any,
    work: str = "work",
    term: str = "term",
    *,
    year: str | None = "year",
    null: str = "analytic",
    draws: int = 20,
    seed: int = 0,
    tail: float = 0.1,
) -> AtypicalCombinations:
    """How typical each work's combinations are: z of its pairs, their lower tail and their median.

    A pair of rare terms seen once has a high z, which says little.

    Parameters
    ----------
    frame
        A row for each work and term (a cited journal, a subclass, a keyword); a term twice in a
        work counts once.
    work, term, year
        Its columns; pairs are compared within each year, and None compares all works.
    null
        ``analytic``: works keep how many terms they have and terms how many works, on average, and
        the moments come by formula. ``randomised``: terms are shuffled among works, each keeping
        its number exactly.
    draws, seed
        Of the shuffles.
    tail
        Which quantile of a work's pairs is its tail.

    Returns
    -------
    AtypicalCombinations, with ``table`` (a row for each work: term_count, pair_count, tail_z,
    median_z, is_novel, is_conventional, reason) and ``pairs`` (observed_count, expected_count,
    z_score).

    Raises
    ------
    InputError
        As ``read_terms``, for an unknown null model, fewer than two draws, or a tail outside 0 to
        1.

    References
    ----------
    Uzzi, Mukherjee, Stringer and Jones 2013, Science 342, 468-472.

    Examples
    --------
    >>> rows = pl.DataFrame({"work": list("aabbccdd"), "term": list("xyxyzvxz")})
    >>> found = atypical_combinations(rows, year=None)
    >>> found.table.filter("is_novel")["work"].to_list()
    ['d']
    """
    check_choice("null", null, NULLS)
    check_bounds("draws", draws, 2)
    check_between("tail", tail)
    held = read_terms(frame, work, term, year)
    scores, pairs = [], []
    for now in np.unique(held.years):
        rng = np.random.default_rng([seed, int(now)]) if null == "randomised" else None
        mine, own = _of_year(held, int(now), rng, draws, tail)
        scores.append(mine)
        pairs.append(own)
    table = _table(held, pl.concat(scores), has_years=year is not None)
    return AtypicalCombinations(table, pl.concat(pairs) if year else pl.concat(pairs).drop("year"))


def _of_year(
    held: TermRows, now: int, rng: np.random.Generator | None, draws: int, tail: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tail and median of each work of one year that has pairs, and the pairs."""
    mine = held.years[held.work] == now
    w, t = held.work[mine], held.term[mine]
    of_work, one, two = pairs_within(w, t)
    low, high, seen = _counted(one, two, len(held.terms))
    if rng is None:
        mean, variance = _moments(w, t, low, high)
    else:
        mean, variance = _randomised(w, t, low, high, draws, rng)
    z = _z(seen, mean, variance)
    at = np.searchsorted(low * len(held.terms) + high, one * len(held.terms) + two)
    code, lower, median = _quantiles(of_work, z[at], (tail, 0.5))
    half = np.median(median) if len(median) else np.nan
    scores = pl.DataFrame(
        {
            "code": code,
            "tail_z": lower,
            "median_z": median,
            "is_novel": lower < 0,
            "is_conventional": median > half,
        }
    )
    pairs = pl.DataFrame(
        {
            "year": np.full(len(low), now, dtype=np.int64),
            "term_1": held.terms.gather(low),
            "term_2": held.terms.gather(high),
            "observed_count": seen,
            "expected_count": mean,
            "z_score": pl.Series(z).fill_nan(None),
        }
    )
    return scores, pairs


def _quantiles(
    group: Ints, values: Floats, which: tuple[float, float]
) -> tuple[Ints, Floats, Floats]:
    """Quantiles of the known values of each group that has any, by linear interpolation."""
    known: NDArray[np.bool_] = ~np.isnan(values)
    g, v = group[known], values[known]
    order = np.lexsort((v, g))
    g, v = g[order], v[order]
    codes, begins, size = np.unique(g, return_index=True, return_counts=True)
    ends = []
    for q in which:
        place = q * (size - 1)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, size - 1)
        ends.append(v[begins + below] + (place - below) * (v[begins + above] - v[begins + below]))
    return codes.astype(np.int64), ends[0], ends[1]


def _table(held: TermRows, scores: pl.DataFrame, *, has_years: bool) -> pl.DataFrame:
    k = np.bincount(held.work, minlength=len(held.works)).astype(np.int64)
    whole = (
        pl.DataFrame(
            {
                "code": np.arange(len(k)),
                "work": held.works,
                "year": held.years,
                "term_count": k,
                "pair_count": k * (k - 1) // 2,
            }
        )
        .join(scores, on="code", how="left")
        .sort("work")
    )
    reason = (
        pl.when(pl.col("pair_count") == 0)
        .then(pl.lit("one_term"))
        .when(pl.col("tail_z").is_null())
        .then(pl.lit("no_chance"))
    )
    return whole.drop("code", *([] if has_years else ["year"])).with_columns(reason=reason)
