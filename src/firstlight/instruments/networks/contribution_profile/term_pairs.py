"""Which terms a work combines: the pairs behind every measure of novelty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.networks.contribution_profile.citation_links import Ints
from firstlight.instruments.networks.year_span import one_year_each
from firstlight.numerics.long_frames import read_long
from firstlight.texts import Name, message


@dataclass(frozen=True)
class TermRows:
    """Works and the terms they combine.

    works : (W,) names, sorted; years : (W,); terms : (T,) names, sorted
    work, term : (rows,) codes, each pair once, sorted by work and term
    """

    works: pl.Series
    years: Ints
    terms: pl.Series
    work: Ints
    term: Ints


def read_terms(frame: Any, work: str, term: str, year: str | None) -> TermRows:
    """A row for each work and term as codes; a term twice in a work counts once.

    Raises InputError as ``read_long``, for no rows, or a work of two years.

    >>> rows = pl.DataFrame({"w": ["b", "a", "b"], "t": ["x", "x", "x"]})
    >>> read_terms(rows, "w", "t", None).work.tolist()
    [0, 1]
    """
    names = {"work": work, "term": term, "year": year}
    table = read_long(frame, names, [], is_sorted=False).unique()
    if not table.height:
        raise InputError(message("no_rows", table=Name("frame")))
    if year is None:
        table = table.with_columns(year=pl.lit(0, dtype=pl.Int64))
    dated = table.select("work", "year").unique().sort("work", "year")
    one_year_each(dated)
    terms = table.select("term").unique().sort("term").with_row_index("to")
    works = dated.select("work").with_row_index("from")
    rows = (
        table.join(works, on="work").join(terms, on="term").select("from", "to").sort("from", "to")
    )
    ends = [rows[name].to_numpy().astype(np.int64) for name in ("from", "to")]
    return TermRows(
        dated["work"], dated["year"].to_numpy().astype(np.int64), terms["term"], ends[0], ends[1]
    )


def pairs_within(work: Ints, term: Ints) -> tuple[Ints, Ints, Ints]:
    """Every pair of terms of each work: its work, the lower and the higher term.

    work, term : (rows,) codes, sorted by work and term
    Returns three arrays (pairs,), in the order of works.

    >>> [part.tolist() for part in pairs_within(np.array([0, 0, 0, 1]), np.array([2, 5, 7, 2]))]
    [[0, 0, 0], [2, 2, 5], [5, 7, 7]]
    """
    if len(work):
        starts = np.flatnonzero(np.r_[True, work[1:] != work[:-1]])
    else:
        starts = np.zeros(0, dtype=np.int64)
    size = np.diff(np.r_[starts, len(work)])
    found: list[NDArray[np.int64]] = [np.zeros((3, 0), dtype=np.int64)]
    for k in np.unique(size[size > 1]):
        begins = starts[size == k]
        held = term[begins[:, None] + np.arange(k)]
        one, two = np.triu_indices(int(k), 1)
        found.append(
            np.stack(
                [np.repeat(work[begins], len(one)), held[:, one].ravel(), held[:, two].ravel()]
            )
        )
    whole = np.concatenate(found, axis=1)
    whole = whole[:, np.argsort(whole[0], kind="stable")]
    return whole[0], whole[1], whole[2]
