"""New combinations: pairs of known terms that no work had combined before.

They are weighed by how far apart the two terms were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import check_bounds
from firstlight.instruments.networks.contribution_profile.citation_links import Ints
from firstlight.instruments.networks.contribution_profile.term_pairs import (
    TermRows,
    pairs_within,
    read_terms,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NewCombinations:
    """What works combine for the first time.

    table : a row for each work, sorted: work, year, term_count, new_pair_count, novelty_score (sum
            of 1 - cosine over its new pairs), is_new, reason (too_early: nothing before to be new
            against; too_late: who takes it up again can't be seen yet)
    pairs : year, term_1, term_2, distance_score (1 - cosine), works_count (works that make it in
            that year), reused_count (works of the years after that hold it again); the new pairs
            that count
    """

    table: pl.DataFrame
    pairs: pl.DataFrame


def new_combinations(
    frame: Any,
    work: str = "work",
    term: str = "term",
    year: str = "year",
    *,
    past: int = 3,
    ahead: int = 3,
    reused: int = 1,
) -> NewCombinations:
    """New combinations of each work, and how far they reach.

    A pair is new in the first year of the record in which a work holds both terms, if each stood
    in some work before. Its weight is 1 - cos of the two terms' rows of common works over the
    ``past`` years before. It counts if ``reused`` works of the ``ahead`` years after hold it
    again. What was combined before the record seems new. Works of the first ``past`` years, and
    of the last ``ahead`` where reuse is asked for, have no score.

    Parameters
    ----------
    frame
        A row for each work and term (the paper's are cited journals); a term twice in a work
        counts once.
    work, term, year
        Its columns.
    past, ahead
        Years.
    reused
        0 counts every new pair, and needs no years after.

    Returns
    -------
    NewCombinations, with ``table`` (a row for each work: term_count, new_pair_count, novelty_score,
    is_new, reason) and ``pairs`` (the new pairs that count).

    Raises
    ------
    InputError
        As ``read_terms``, or for years below 1 and reuse below 0.

    References
    ----------
    Wang, Veugelers and Stephan 2017, Research Policy 46(8), 1416-1436.

    Examples
    --------
    >>> years = [2000] * 4 + [2003] * 2
    >>> rows = pl.DataFrame({"work": list("aabbcc"), "term": list("xyzvxz"), "year": years})
    >>> new_combinations(rows, reused=0).table.row(2)[:5]
    ('c', 2003, 2, 1, 1.0)
    """
    check_bounds("past", past, 1)
    check_bounds("ahead", ahead, 1)
    check_bounds("reused", reused, 0)
    held = read_terms(frame, work, term, year)
    at, one, two = pairs_within(held.work, held.term)
    span = (int(held.years.min()) + past, int(held.years.max()) - (ahead if reused else 0))
    made = _first_made(held, at, one, two, ahead)
    counts = (pl.col("reused_count") >= reused) & pl.col("year").is_between(*span)
    made = made.filter(counts).sort("year", "one", "two")
    made = made.with_columns(distance_score=_distances(held, at, one, two, made, past))
    table = _table(held, pl.DataFrame({"at": at, "one": one, "two": two}), made, span)
    pairs = made.select(
        "year",
        held.terms.gather(made["one"]).alias("term_1"),
        held.terms.gather(made["two"]).alias("term_2"),
        "distance_score",
        "works_count",
        "reused_count",
    )
    return NewCombinations(table, pairs)


def _first_made(held: TermRows, at: Ints, one: Ints, two: Ints, ahead: int) -> pl.DataFrame:
    """Pairs of known terms in the first year that has them, with their works then and after."""
    size = len(held.terms)
    known = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(known, held.term, held.years[held.work])
    rows = pl.DataFrame({"key": one * size + two, "when": held.years[at]})
    first = (
        rows.with_columns(year=pl.col("when").min().over("key"))
        .group_by("key", "year")
        .agg(
            works_count=(pl.col("when") == pl.col("year")).sum().cast(pl.Int64),
            reused_count=(pl.col("when") - pl.col("year"))
            .is_between(1, ahead)
            .sum()
            .cast(pl.Int64),
        )
    )
    ends = first.with_columns(one=pl.col("key") // size, two=pl.col("key") % size)
    born = np.maximum(known[ends["one"].to_numpy()], known[ends["two"].to_numpy()])
    return ends.filter(pl.Series(born) < pl.col("year")).drop("key")


def _distances(
    held: TermRows, at: Ints, one: Ints, two: Ints, made: pl.DataFrame, past: int
) -> pl.Series:
    """1 - cosine for each new pair, in the order of ``made``, which is sorted by year."""
    size, years = len(held.terms), held.years[at]
    parts: list[Floats] = [np.zeros(0)]
    for now in made["year"].unique().sort():
        window = (years >= now - past) & (years < now)
        ends = (
            np.concatenate([one[window], two[window]]),
            np.concatenate([two[window], one[window]]),
        )
        joint = sparse.csr_array((np.ones(len(ends[0])), ends), shape=(size, size))
        norm = np.sqrt(np.asarray(joint.multiply(joint).sum(axis=1)).ravel())
        mine = made.filter(pl.col("year") == now)
        low, high = mine["one"].to_numpy(), mine["two"].to_numpy()
        dots: Floats = np.asarray(joint[low].multiply(joint[high]).sum(axis=1)).ravel()
        length = norm[low] * norm[high]
        parts.append(1 - np.divide(dots, length, out=np.zeros_like(dots), where=length > 0))
    return pl.Series(np.concatenate(parts))


def _table(
    held: TermRows, rows: pl.DataFrame, made: pl.DataFrame, span: tuple[int, int]
) -> pl.DataFrame:
    dated = rows.with_columns(year=pl.Series(held.years).gather(rows["at"]))
    hits = dated.join(made, on=["one", "two", "year"]).sort("at", "one", "two")
    size = len(held.works)
    at = hits["at"].to_numpy()
    count = np.bincount(at, minlength=size)
    score = np.bincount(at, weights=hits["distance_score"].to_numpy(), minlength=size)
    early, late = held.years < span[0], held.years > span[1]
    known = pl.Series(~(early | late))
    reason = np.select([early, late], ["too_early", "too_late"], "").tolist()
    whole = pl.DataFrame(
        {
            "work": held.works,
            "year": held.years,
            "term_count": np.bincount(held.work, minlength=size).astype(np.int64),
            "new_pair_count": count.astype(np.int64),
            "novelty_score": score,
            "is_new": count > 0,
            "reason": pl.Series(reason, dtype=pl.String).replace("", None),
        }
    )
    scores = ("new_pair_count", "novelty_score", "is_new")
    return whole.with_columns(
        pl.when(known).then(pl.col(name)).alias(name) for name in scores
    ).sort("work")
