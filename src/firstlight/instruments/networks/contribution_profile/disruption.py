"""Disruption: do those who cite a work also cite what it builds on, or the work in its place?

Symbols, as in the papers: among the works of the window, n_i cite the focal work and none of its
references, n_j cite it and a reference of it, n_k cite a reference of it but not the work.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import check_bounds, check_level, wrong_shape
from firstlight.instruments.networks.contribution_profile.citation_links import (
    CitationLinks,
    Ints,
    read_citations,
)
from firstlight.numerics.share_intervals import wilson

Floats = NDArray[np.float64]
# marks those who cite the focal work; beside it stands the number of references shared
_CITES = 1 << 20
_PRODUCTS = 20_000_000  # paths of length two at a time


def disruption_counts(
    cites: Any, years: Any, *, first: int = 1, horizon: int | None = 5
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """n_i, n_j and n_k of each work, over citing works ``first`` to ``horizon`` years younger.

    The sum over both kinds of path at once is one sparse product.

    Parameters
    ----------
    cites
        (W, N) sparse, above 0 where a work cites; columns before W are the works themselves.
    years
        (W,).
    horizon
        None takes all younger works.

    Returns
    -------
    Three arrays (W,), works.

    Raises
    ------
    InputError
        For other shapes, or a window that ends before it begins.

    References
    ----------
    Funk and Owen-Smith 2017, Management Science 63(3), 791-817.

    Examples
    --------
    A work that cites both the focal work (0) and its reference (2) develops it:

    >>> [n.tolist() for n in disruption_counts([[0, 0, 1], [1, 0, 1]], [2000, 2001])]
    [[0, 0], [1, 0], [0, 0]]
    """
    when: Ints = np.asarray(years, dtype=np.int64)
    held = sparse.csr_array((sparse.csr_array(cites) > 0).astype(np.int32))
    size = held.shape[0]
    if when.shape != (size,) or held.shape[1] < size:
        raise wrong_shape("cites, years", (held.shape, when.shape), "(W, N), (W,), N >= W")
    check_bounds("first", first, 0)
    if horizon is not None:
        check_bounds("horizon", horizon, first)
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
    """An interval of (n_i - n_j) / (n_i + n_j + n_k): the difference of two shares of one sample.

    d - sqrt(a^2 - 2 r a b + b^2), d + sqrt(c^2 - 2 r c e + e^2), where a, b, c, e are the
    distances of the shares from their Wilson limits,
    r = -sqrt(p_i p_j / ((1 - p_i)(1 - p_j))), 0 where a share is 0 or 1.

    Parameters
    ----------
    only, both, others
        Counts, of one shape.

    Returns
    -------
    The lower and the upper ends; nan where the sum is 0.

    References
    ----------
    Newcombe 1998, Statistics in Medicine 17, 2635-2650, for shares of one sample. Wilson 1927,
    Journal of the American Statistical Association 22(158), 209-212.

    Examples
    --------
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
) -> pl.DataFrame:
    """Disruption of each work, with its interval.

    D = (n_i - n_j) / (n_i + n_j + n_k); without k: (n_i - n_j) / (n_i + n_j), over citing works
    ``first`` to ``horizon`` years younger. A work without references in the record has no index:
    it would be 1 whoever cites (Holst and others 2024).

    Parameters
    ----------
    works, links, work, year, citing, cited
        As ``read_citations`` takes them.
    first
        Years by which a citing work is younger at least.
    horizon
        Years; None takes all younger works, which makes old works and new ones unlike.
    level
        Of the intervals.

    Returns
    -------
    A row for each work, sorted: work, year, reference_count, only_focal_count (n_i), both_count
    (n_j), only_references_count (n_k), disruption_index (-1 develops, 1 disrupts), disruption_low,
    disruption_high, disruption_no_k_index (among those who cite it), disruption_no_k_low,
    disruption_no_k_high, reason where there is no index (window_open: the window is not over
    within the record; no_references: none in the record; not_cited: neither it nor its references
    are cited in the window).

    Raises
    ------
    InputError
        As ``read_citations``, and for a level outside 0 to 1 or an empty window.

    References
    ----------
    Funk and Owen-Smith 2017, Management Science 63(3), 791-817; Wu, Wang and Evans 2019, Nature
    566, 378-382. Without k: Bornmann, Devarakonda, Tekles and Chacko 2020, Quantitative Science
    Studies 1(3), 1242-1259.

    Examples
    --------
    >>> works = pl.DataFrame({"work": ["r", "f", "x", "y"], "year": [1990, 2000, 2001, 2002]})
    >>> links = pl.DataFrame({"citing": ["f", "x", "y", "y"], "cited": ["r", "f", "f", "r"]})
    >>> disruption(works, links, horizon=None).filter(work="f")["disruption_index"].to_list()
    [0.0]
    """
    check_level(level)
    held = read_citations(works, links, work=work, year=year, citing=citing, cited=cited)
    counts = disruption_counts(held.cites, held.years, first=first, horizon=horizon)
    return _table(held, counts, horizon, level)


def _table(
    held: CitationLinks, counts: tuple[Ints, Ints, Ints], horizon: int | None, level: float
) -> pl.DataFrame:
    i, j, k = counts
    references = np.diff(held.cites.indptr).astype(np.int64)
    late = held.years + (horizon or 0) > held.years.max()
    none = [late, references == 0, i + j + k == 0]
    is_known, is_cited = ~np.any(none, axis=0), (i + j > 0)
    reason = np.select(none, ["window_open", "no_references", "not_cited"], "")
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
            "reason": pl.Series(reason.tolist(), dtype=pl.String).replace("", None),
        }
    )
