"""Disruption: do those who cite a work also cite what it builds on, or does it stand in their place?

Symbols, as in the papers: among the works of the window, n_i cite the focal work and none of its references, n_j cite it and
a reference of it, n_k cite a reference of it but not the work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.contribution.citation_links import (
    CitationLinks,
    Ints,
    read_citations,
)
from firstlight.numerics.finding import Finding, Words
from firstlight.numerics.share_intervals import wilson

_CITES = (
    1 << 20
)  # marks those who cite the focal work; beside it stands the number of references shared
_PRODUCTS = 20_000_000  # paths of length two at a time
NOT_OVER: Words = ("the window isn't over within the record", "引用窗口在记录内尚未结束")
NO_REFERENCES: Words = (
    "no reference in the record: the index would be 1 whoever cites",
    "记录中无参考文献，指数必为1",
)
NOT_CITED: Words = (
    "neither it nor its references are cited in the window",
    "窗口内该成果及其参考文献均未被引用",
)


@dataclass(frozen=True, kw_only=True)
class Disruption(Finding):
    """Disruption, a row per work, sorted by work.

    table : work, year, reference_count, only_focal_count (n_i), both_count (n_j), only_references_count (n_k), disruption_index
            (-1 develops, 1 disrupts), disruption_low, disruption_high, disruption_no_k_index (among those who cite it),
            disruption_no_k_low, disruption_no_k_high, reason_en, reason_zh where there is no index
    """

    def _chart(self, alt: Any) -> Any:
        binned = alt.X("disruption_index:Q", bin=alt.Bin(step=0.1, extent=[-1, 1]))
        return (
            alt.Chart(self.table.drop_nulls("disruption_index"))
            .mark_bar()
            .encode(x=binned, y="count()")
        )


def disruption_counts(
    cites: Any, years: Any, *, first: int = 1, horizon: int | None = 5
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """n_i, n_j and n_k of each work, over citing works from ``first`` to ``horizon`` years younger (None: however much younger).

    cites : (W, N) sparse, above 0 where a work cites; columns before W are the works themselves
    years : (W,)
    Returns three arrays (W,), works.
    Raises  InputError for other shapes, or a window that ends before it begins.
    Source: Funk and Owen-Smith (2017), Management Science 63(3), 791-817; the sum over both kinds of path at once is one sparse
            product.

    A work that cites both the focal work (0) and its reference (2) develops it:

    >>> [n.tolist() for n in disruption_counts([[0, 0, 1], [1, 0, 1]], [2000, 2001])]
    [[0, 0], [1, 0], [0, 0]]
    """
    when: Ints = np.asarray(years, dtype=np.int64)
    held = sparse.csr_array((sparse.csr_array(cites) > 0).astype(np.int32))
    size = held.shape[0]
    if when.shape != (size,) or held.shape[1] < size:
        raise InputError(
            f"citations {held.shape}, years {when.shape}",
            where="disruption",
            try_next="pass (W, N >= W) and (W,)",
        )
    if first < 0 or (horizon is not None and horizon < first):
        raise InputError(
            f"from {first} to {horizon} years",
            where="horizon",
            try_next="from 0 or more, to None or more",
        )
    held.setdiag(0)
    held.eliminate_zeros()
    order = np.argsort(when, kind="stable")  # by year, so that a window is a range of rows
    ordered, whens = held[order], when[order]
    focal = ordered + sparse.csr_array(
        (np.full(size, _CITES, dtype=np.int32), (np.arange(size), order)), held.shape
    )
    found = np.zeros((3, size), dtype=np.int64)
    for year in np.unique(when):
        begin, end = np.searchsorted(whens, [year, year + 1])
        top = size if horizon is None else int(np.searchsorted(whens, year + horizon + 1))
        window = ordered[int(np.searchsorted(whens, year + first)) : top]
        if window.shape[0]:
            found[:, order[begin:end]] = _counts_in(focal[begin:end], window)
    if first == 0:  # each work then stands in its own window, as one that cites its references
        found[2] -= np.diff(held.indptr) > 0
    return found[0], found[1], found[2]


def _counts_in(focal: Any, window: Any) -> Ints:
    """n_i, n_j, n_k (3, rows of ``focal``) over the works of a window, both (rows, N)."""
    citers = window.T.tocsr()
    paths = focal.astype(bool).astype(np.int64) @ np.diff(citers.indptr).astype(np.int64)
    found = []
    for rows in _blocks(paths, _PRODUCTS):
        reached = focal[rows[0] : rows[-1] + 1] @ citers
        cites = np.flatnonzero(reached.data >= _CITES)
        row = np.searchsorted(reached.indptr, cites, side="right") - 1
        shares = reached.data[cites] % _CITES > 0
        only, both = (np.bincount(row[kind], minlength=len(rows)) for kind in (~shares, shares))
        found.append(np.stack([only, both, np.diff(reached.indptr) - only - both]))
    return np.concatenate(found, axis=1).astype(np.int64)


def _blocks(paths: Ints, most: int) -> list[Ints]:
    """Rows in order, as many at a time as keep the paths below a bound; a row alone may pass it."""
    number = (np.cumsum(paths) - paths) // most
    return np.split(np.arange(len(paths)), np.flatnonzero(np.diff(number)) + 1)


def disruption_interval(
    only: Any, both: Any, others: Any, level: float = 0.95
) -> tuple[Floats, Floats]:
    """An interval of (n_i - n_j) / (n_i + n_j + n_k): the difference of two shares of one sample; nan where the sum is 0.

    d - sqrt(a^2 - 2 r a b + b^2), d + sqrt(c^2 - 2 r c e + e^2), where a, b, c, e are the distances of the shares from their Wilson
    limits, r = -sqrt(p_i p_j / ((1 - p_i)(1 - p_j))), 0 where a share is 0 or 1.

    only, both, others : counts, of one shape
    Source: Newcombe (1998), Statistics in Medicine 17, 2635-2650, for shares of one sample; Wilson (1927), Journal of the
            American Statistical Association 22(158), 209-212.

    >>> [float(end.round(3)) for end in disruption_interval(8, 2, 10)]
    [-0.005, 0.543]
    """
    i, j, k = (np.asarray(n, dtype=np.float64) for n in (only, both, others))
    total = i + j + k
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = i / total, j / total
        r = -np.sqrt(p * q / ((1 - p) * (1 - q)))
    r = np.where(p * q > 0, r, 0.0)
    (p_low, p_high), (q_low, q_high) = wilson(i, total, level), wilson(j, total, level)
    a, b, c, e = p - p_low, q_high - q, p_high - p, q - q_low
    low = p - q - np.sqrt(np.maximum(a * a - 2 * r * a * b + b * b, 0))
    high = p - q + np.sqrt(np.maximum(c * c - 2 * r * c * e + e * e, 0))
    return np.maximum(low, -1.0), np.minimum(high, 1.0)


def disruption(
    works: Any,
    links: Any,
    *,
    work: str = "work",
    year: str = "year",
    citing: str = "citing",
    cited: str = "cited",
    first: int = 1,
    horizon: int | None = 5,
    level: float = 0.95,
    progress: Callable[[str], None] | None = None,
) -> Disruption:
    """Disruption of each work, with its interval.

    D = (n_i - n_j) / (n_i + n_j + n_k); without k: (n_i - n_j) / (n_i + n_j), over citing works ``first`` to ``horizon`` years
    younger. A work without references in the record has no index: it would be 1 whoever cites (Holst and others 2024).

    works, links : as ``read_citations`` takes them
    horizon      : years; None takes all younger works, which makes old works and new ones unlike
    Returns Disruption.
    Raises  InputError as ``read_citations``, for a level outside 0 to 1 or an empty window.
    Source: Funk and Owen-Smith (2017), Management Science 63(3), 791-817; Wu, Wang and Evans (2019), Nature 566, 378-382; without
            k: Bornmann, Devarakonda, Tekles and Chacko (2020), Quantitative Science Studies 1(3), 1242-1259.

    >>> works = pl.DataFrame({"work": ["r", "f", "x", "y"], "year": [1990, 2000, 2001, 2002]})
    >>> links = pl.DataFrame({"citing": ["f", "x", "y", "y"], "cited": ["r", "f", "f", "r"]})
    >>> disruption(works, links, horizon=None).table.filter(work="f")["disruption_index"].to_list()
    [0.0]
    """
    if not 0 < level < 1:
        raise InputError(f"level {level}", where="disruption", try_next="a share such as 0.95")
    held = read_citations(works, links, work=work, year=year, citing=citing, cited=cited)
    if progress:
        progress(f"disruption of {len(held.works):,} works, {held.cites.nnz:,} citations")
    counts = disruption_counts(held.cites, held.years, first=first, horizon=horizon)
    table = _table(held, counts, horizon, level)
    last, span = int(held.years.max()), f"{first}-{horizon}" if horizon is not None else f"{first}+"
    conventions: tuple[Words, ...] = (
        (
            f"citing works {span} years younger; an index only where that window is over by {last}",
            f"施引成果晚{span}年；仅当窗口在{last}年前结束时给出指数",
        ),
        ("without a reference in the record: no index", "记录中无参考文献的成果不给出指数"),
        (
            f"intervals: Newcombe, and Wilson without k, {100 * level:.4g}%",
            f"区间：Newcombe法，不含k者为威尔逊区间，{100 * level:.4g}%",
        ),
        (
            f"{held.undated_count} links come from works without a year and count nowhere",
            f"{held.undated_count}条引用来自无年份的成果，不计入",
        ),
    )
    return Disruption(
        table=table, sentences=_sentences(table), conventions=conventions, given=works
    )


def _table(
    held: CitationLinks, counts: tuple[Ints, Ints, Ints], horizon: int | None, level: float
) -> pl.DataFrame:
    i, j, k = counts
    references = np.diff(held.cites.indptr).astype(np.int64)
    late = held.years + (horizon or 0) > held.years.max()
    none = [late, references == 0, i + j + k == 0]
    is_known, is_cited = ~np.any(none, axis=0), (i + j > 0)
    reason = [
        np.select(none, [words[lang] for words in (NOT_OVER, NO_REFERENCES, NOT_CITED)], "")
        for lang in (0, 1)
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        index, no_k = (i - j) / (i + j + k), (i - j) / (i + j)
    low, high = disruption_interval(i, j, k, level)
    no_k_low, no_k_high = (2 * end - 1 for end in wilson(i, i + j, level))
    numbers = {"index": index, "low": low, "high": high}
    without = {"no_k_index": no_k, "no_k_low": no_k_low, "no_k_high": no_k_high}
    shown = {f"disruption_{name}": np.where(is_known, own, np.nan) for name, own in numbers.items()}
    shown |= {
        f"disruption_{name}": np.where(is_known & is_cited, own, np.nan)
        for name, own in without.items()
    }
    return pl.DataFrame(
        {
            "work": held.works,
            "year": held.years,
            "reference_count": references,
            "only_focal_count": i,
            "both_count": j,
            "only_references_count": k,
            **{name: pl.Series(own).fill_nan(None) for name, own in shown.items()},
            "reason_en": reason[0].tolist(),
            "reason_zh": reason[1].tolist(),
        }
    )


def _sentences(table: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    known = table.drop_nulls("disruption_index")
    without = table.height - known.height
    if not known.height:
        return (
            (
                "none",
                (f"None of {table.height} works has an index.", f"{table.height}项成果均无指数。"),
            ),
        )
    index = known["disruption_index"].to_numpy()
    disrupts, develops = int((index > 0).sum()), int((index < 0).sum())
    told: dict[str, Words] = {
        "share": (
            f"Of {known.height} works, {disrupts / known.height:.1%} disrupt more than they develop, "
            f"{develops / known.height:.1%} the other way; the mean index is {index.mean():.3f}.",
            f"{known.height}项成果中，{disrupts / known.height:.1%}偏颠覆，{develops / known.height:.1%}偏延续；"
            f"指数均值为{index.mean():.3f}。",
        ),
        "without": (
            f"{without} works have no index; the table says why.",
            f"{without}项成果无指数，原因见表。",
        ),
    }
    return tuple(told.items())
