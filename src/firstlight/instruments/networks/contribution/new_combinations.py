"""New combinations: pairs of known terms that never stood together before, weighed by how far apart the two were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.contribution.citation_links import Ints
from firstlight.instruments.networks.contribution.term_pairs import (
    TermRows,
    pairs_within,
    read_terms,
)
from firstlight.numerics.finding import Finding, Words

TOO_EARLY: Words = (
    "too early in the record: nothing before to be new against",
    "记录初期，无先前成果可比",
)
TOO_LATE: Words = (
    "too late in the record: who takes it up again can't be seen yet",
    "记录末期，尚不知后续是否沿用",
)


@dataclass(frozen=True, kw_only=True)
class NewCombinations(Finding):
    """What each work combines for the first time, a row per work, sorted by work.

    table : work, year, term_count, new_pair_count, novelty_score (sum of 1 - cosine over its new pairs), is_new, reason_en, reason_zh
    pairs : year, term_1, term_2, distance_score (1 - cosine), works_count (works that make it in that year), reused_count (works of
            the years after that hold it again); the new pairs that count
    """

    pairs: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        shown = (
            self.table.drop_nulls("is_new")
            .group_by("year")
            .agg(pl.col("is_new").mean())
            .sort("year")
        )
        return alt.Chart(shown).mark_line().encode(x="year:O", y="is_new:Q")


def new_combinations(
    frame: Any,
    work: str = "work",
    term: str = "term",
    year: str = "year",
    *,
    past: int = 3,
    ahead: int = 3,
    reused: int = 1,
    progress: Callable[[str], None] | None = None,
) -> NewCombinations:
    """New combinations of each work, and how far they reach.

    A pair is new in the first year of the record in which a work holds both terms, if each stood in some work before. Its weight is
    1 - cos of the two terms' rows of common works over the ``past`` years before. It counts if ``reused`` works of the ``ahead`` years
    after hold it again.

    frame  : a row per work and term (the paper's are cited journals); a term twice in a work counts once
    reused : 0 counts every new pair, and needs no years after
    Returns NewCombinations; works of the first ``past`` years, and of the last ``ahead`` where reuse is asked for, have no score.
    Raises  InputError as ``read_terms``, or for years below 1 and reuse below 0.
    Source: Wang, Veugelers and Stephan (2017), Research Policy 46(8), 1416-1436.

    >>> rows = pl.DataFrame({"work": list("aabbcc"), "term": list("xyzvxz"), "year": [2000] * 4 + [2003] * 2})
    >>> new_combinations(rows, reused=0).table.row(2)[:5]
    ('c', 2003, 2, 1, 1.0)
    """
    if past < 1 or ahead < 1 or reused < 0:
        raise InputError(
            f"past {past}, ahead {ahead}, reused {reused}",
            where="new_combinations",
            try_next="years of 1 or more, reuse of 0 or more",
        )
    held = read_terms(frame, work, term, year)
    at, one, two = pairs_within(held.work, held.term)
    if progress:
        progress(f"new combinations among {len(at):,} pairs")
    span = (int(held.years.min()) + past, int(held.years.max()) - (ahead if reused else 0))
    made = _first_made(held, at, one, two, ahead)
    made = made.filter((pl.col("reused_count") >= reused) & pl.col("year").is_between(*span)).sort(
        "year", "one", "two"
    )
    made = made.with_columns(distance_score=_distances(held, at, one, two, made, past))
    table = _table(held, pl.DataFrame({"at": at, "one": one, "two": two}), made, span)
    words: tuple[Words, ...] = (
        (
            "new: the first year of the record in which both known terms stand in one work",
            "新组合：两个已知词在记录中首次共现",
        ),
        (
            f"distance: 1 - cosine of their rows of common works, {past} years before",
            f"距离：此前{past}年共现向量余弦的补数",
        ),
        (
            (
                f"counts if {reused} works of the {ahead} years after hold it again",
                f"后{ahead}年内至少{reused}项成果再次使用方计入",
            )
            if reused
            else ("counts whether or not it is taken up again", "不论后续是否沿用均计入")
        ),
        (
            "the record begins somewhere: what was combined before it seems new",
            "记录之前的组合会被误判为新",
        ),
    )
    pairs = made.select(
        "year",
        held.terms.gather(made["one"]).alias("term_1"),
        held.terms.gather(made["two"]).alias("term_2"),
        *("distance_score", "works_count", "reused_count"),
    )
    return NewCombinations(
        table=table, sentences=_sentences(table), conventions=words, given=frame, pairs=pairs
    )


def _first_made(held: TermRows, at: Ints, one: Ints, two: Ints, ahead: int) -> pl.DataFrame:
    """Pairs of known terms in the first year that has them, with the works of that year and of the years after."""
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
    reason = [
        np.select([early, late], [words[lang] for words in (TOO_EARLY, TOO_LATE)], "").tolist()
        for lang in (0, 1)
    ]
    whole = pl.DataFrame(
        {
            "work": held.works,
            "year": held.years,
            "term_count": np.bincount(held.work, minlength=size).astype(np.int64),
            "new_pair_count": count.astype(np.int64),
            "novelty_score": score,
            "is_new": count > 0,
            "reason_en": reason[0],
            "reason_zh": reason[1],
        }
    )
    scores = ("new_pair_count", "novelty_score", "is_new")
    return whole.with_columns(
        pl.when(known).then(pl.col(name)).alias(name) for name in scores
    ).sort("work")


def _sentences(table: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    known = table.drop_nulls("is_new")
    if not known.height:
        return (
            (
                "none",
                ("The record is too short to tell what is new.", "记录太短，无法判断新组合。"),
            ),
        )
    new = known.filter("is_new")
    told: dict[str, Words] = {
        "new": (
            f"{new.height / known.height:.1%} of {known.height} works combine terms for the first time.",
            f"{known.height}项成果中，{new.height / known.height:.1%}作出首次组合。",
        ),
        "without": (
            f"{table.height - known.height} works stand too early or too late in the record.",
            f"{table.height - known.height}项成果处于记录首尾，无法判断。",
        ),
    }
    return tuple(told.items())
