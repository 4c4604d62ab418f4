"""Atypical combinations: how often a work's pairs of terms stand together, beside how often chance would bring them together.

Symbols: d_a works of term a, k_w terms of work w, K = sum k, W works, all of one year; x_ab works that hold both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.contribution.citation_links import Ints
from firstlight.instruments.networks.contribution.term_pairs import (
    TermRows,
    pairs_within,
    read_terms,
)
from firstlight.numerics.finding import Finding, Words

NULLS: dict[str, Words] = {
    "analytic": (
        "null model: works keep how many terms they have and terms how many works, on average; mean and variance by formula",
        "零模型：成果的词数与词的成果数（平均意义上）不变，均值与方差由公式给出",
    ),
    "randomised": (
        "null model: terms shuffled among works, each work and each term keeping its number exactly",
        "零模型：在成果间随机重排词语，严格保持各成果词数与各词成果数",
    ),
}
ONE_TERM: Words = ("fewer than two terms: nothing is combined", "少于两个词，无组合")
NO_CHANCE: Words = ("chance leaves its pairs no room to vary", "零模型下其词对无变化余地")


@dataclass(frozen=True, kw_only=True)
class AtypicalCombinations(Finding):
    """How typical the combinations of each work are, a row per work, sorted by work.

    table : work, year (if any), term_count, pair_count, tail_z (the work's 10th percentile of z: its least typical pairs), median_z,
            is_novel (tail_z below 0), is_conventional (median_z above that of most works of the year), reason_en, reason_zh
    pairs : year (if any), term_1, term_2, observed_count, expected_count, z_score (missing where chance leaves no room)
    """

    pairs: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        shown = self.table.drop_nulls("tail_z")
        return alt.Chart(shown).mark_circle().encode(x="median_z:Q", y="tail_z:Q", tooltip="work:N")


def pair_scores(work: Any, term: Any) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """Pairs of terms with what was seen, what chance expects, and z, by formula.

    E x_ab = d_a d_b sum_w k_w (k_w - 1) / (K^2 - sum_c d_c^2), whose sum over pairs is the number of pairs that there are;
    Var x_ab = E x_ab (1 - d_a / W) (1 - d_b / W) W / (W - 1), as of the hypergeometric. z = (x - E x) / sqrt(Var x).

    work, term : (rows,) codes, each pair once
    Returns lower term, higher term, x (pairs seen,), E x, z (nan where the variance is 0).
    Source: the null of Uzzi, Mukherjee, Stringer and Jones (2013), Science 342, 468-472, by its moments instead of by shuffling.

    >>> [part.tolist() for part in pair_scores(np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3]))][2:4]
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
    rest = max(total * total - (d * d).sum(), 1e-300)
    mean = d[low] * d[high] * ((k * (k - 1)).sum() / rest)
    free = (1 - d[low] / size) * (1 - d[high] / size) * size / max(size - 1, 1)
    return mean, mean * free


def _z(seen: Ints, mean: Floats, variance: Floats) -> Floats:
    room = variance > 1e-12
    return np.where(room, (seen - mean) / np.sqrt(np.where(room, variance, 1)), np.nan)


def shuffled_terms(work: Any, term: Any, rng: np.random.Generator, most: int = 1000) -> Ints:
    """Terms dealt anew to works: every work keeps its number of terms, every term its number of works, none twice in a work.

    All terms are shuffled; a term that lands twice in a work changes places with another drawn at random, until none does.

    work, term : (rows,) codes, each pair once
    Returns terms (rows,).
    Raises  InputError where no such deal is found, as a term that stands in nearly all works leaves none.

    >>> dealt = shuffled_terms(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.random.default_rng(0))
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
    raise InputError(
        "no random deal of the terms was found",
        where="null='randomised'",
        try_next="use null='analytic', or leave out terms that stand in nearly all works",
    )


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
        at = np.minimum(np.searchsorted(drawn, keys), max(len(drawn) - 1, 0))
        count = np.where(drawn[at] == keys, seen[at], 0) if len(drawn) else np.zeros(len(keys))
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
    progress: Callable[[str], None] | None = None,
) -> AtypicalCombinations:
    """How typical each work's combinations are: z of its pairs, their lower tail and their median.

    frame : a row per work and term (a cited journal, a subclass, a keyword); a term twice in a work counts once
    year  : pairs are compared within each year; None compares all works
    null  : ``analytic`` or ``randomised`` (``draws`` shuffles, ``seed``)
    tail  : which quantile of a work's pairs is its tail
    Returns AtypicalCombinations.
    Raises  InputError as ``read_terms``, for an unknown null model, fewer than two draws, or a tail outside 0 to 1.
    Source: Uzzi, Mukherjee, Stringer and Jones (2013), Science 342, 468-472.

    >>> rows = pl.DataFrame({"work": list("aabbccdd"), "term": list("xyxyzvxz")})
    >>> atypical_combinations(rows, year=None).table.select("work", "is_novel").rows()
    [('a', False), ('b', False), ('c', False), ('d', True)]
    """
    if null not in NULLS or draws < 2 or not 0 < tail < 1:
        raise InputError(
            f"null {null!r}, {draws} draws, tail {tail}",
            where="atypical_combinations",
            try_next=f"{' or '.join(NULLS)}; 2 draws or more; a quantile such as 0.1",
        )
    held = read_terms(frame, work, term, year)
    scores, pairs = [], []
    for now in np.unique(held.years):
        if progress:
            progress(f"combinations of {now}")
        rng = np.random.default_rng([seed, int(now)]) if null == "randomised" else None
        mine, own = _of_year(held, int(now), rng, draws, tail)
        scores.append(mine)
        pairs.append(own)
    table = _table(held, pl.concat(scores), has_years=year is not None)
    found = pl.concat(pairs) if year else pl.concat(pairs).drop("year")
    shuffles: tuple[Words, ...] = (
        ((f"{draws} shuffles, seed {seed}", f"{draws}次重排，种子{seed}"),)
        if null == "randomised"
        else ()
    )
    conventions: tuple[Words, ...] = (
        NULLS[null],
        *shuffles,
        (
            f"a work's tail: the {100 * tail:.4g}% quantile of its pairs' z",
            f"成果尾部：其词对z值的{100 * tail:.4g}%分位数",
        ),
        (
            "novel: a tail below 0; conventional: a median z above that of most works of the year",
            "新颖：尾部小于0；常规：z中位数高于当年多数成果",
        ),
        (
            "a pair of rare terms seen once has a high z: it says little",
            "罕见词仅共现一次即得高z值，参考意义有限",
        ),
    )
    return AtypicalCombinations(
        table=table, sentences=_sentences(table), conventions=conventions, given=frame, pairs=found
    )


def _of_year(
    held: TermRows, now: int, rng: np.random.Generator | None, draws: int, tail: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tail and median of each work of one year that has pairs, and the pairs."""
    mine = held.years[held.work] == now
    w, t = held.work[mine], held.term[mine]
    of_work, one, two = pairs_within(w, t)
    low, high, seen = _counted(one, two, len(held.terms))
    mean, variance = (
        _randomised(w, t, low, high, draws, rng) if rng is not None else _moments(w, t, low, high)
    )
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
    """Quantiles of the known values of each group, by linear interpolation; groups without any are left out."""
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
    reasons = [
        pl.when(pl.col("pair_count") == 0).then(pl.lit(ONE_TERM[lang]))
        .when(pl.col("tail_z").is_null()).then(pl.lit(NO_CHANCE[lang])).otherwise(pl.lit(""))
        for lang in (0, 1)
    ]  # fmt: skip
    return whole.drop("code", *([] if has_years else ["year"])).with_columns(
        reason_en=reasons[0], reason_zh=reasons[1]
    )


def _sentences(table: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    known = table.drop_nulls("tail_z")
    if not known.height:
        return (
            (
                "none",
                (
                    f"None of {table.height} works combines terms.",
                    f"{table.height}项成果均无词语组合。",
                ),
            ),
        )
    novel = known.filter("is_novel").height / known.height
    both = known.filter(pl.col("is_novel") & pl.col("is_conventional")).height / known.height
    told: dict[str, Words] = {
        "novel": (
            f"{novel:.1%} of {known.height} works hold combinations rarer than chance; {both:.1%} do so on conventional ground.",
            f"{known.height}项成果中，{novel:.1%}含少于随机预期的组合；{both:.1%}同时立足常规组合。",
        ),
        "without": (
            f"{table.height - known.height} works combine nothing that can be compared.",
            f"{table.height - known.height}项成果无可比组合。",
        ),
    }
    return tuple(told.items())
