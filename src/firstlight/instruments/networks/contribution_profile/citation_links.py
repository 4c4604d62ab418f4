"""Works and who cites whom, as one sparse matrix; links that can't be dated are counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.networks.year_span import one_year_each
from firstlight.numerics.long_frames import read_long
from firstlight.texts import Name, message

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class CitationLinks:
    """A record of citations; W works with a year, N >= W things cited, the works first.

    works         : (W,) names, sorted
    years         : (W,) year of each work
    cites         : scipy.sparse.csr_array (W, N), 1 where a work cites; no work cites itself
    undated_count : links whose citing work has no year; they are in no window
    """

    works: pl.Series
    years: Ints
    cites: Any
    undated_count: int


def read_citations(
    works: Any,
    links: Any,
    *,
    work: str = "work",
    year: str = "year",
    citing: str = "citing",
    cited: str = "cited",
) -> CitationLinks:
    """Works with their years and the links between them, from two frames.

    works : a row for each work; a work may have several rows, with one year
    links : a row for each citation; a repeated link counts once. What cites has to be among the
            works, what is cited need not
    Raises InputError as ``read_long``, for no works, or a work of two years.

    >>> works = pl.DataFrame({"work": ["a", "b"], "year": [2000, 2001]})
    >>> links = pl.DataFrame({"citing": ["b", "b"], "cited": ["a", "old"]})
    >>> read_citations(works, links).cites.toarray().tolist()
    [[0, 0, 0], [1, 0, 1]]
    """
    dated = (
        read_long(works, {"work": work, "year": year}, [], is_sorted=False)
        .unique()
        .sort("work", "year")
    )
    if not dated.height:
        raise InputError(message("no_rows", table=Name("works")))
    one_year_each(dated)
    pairs = read_long(links, {"citing": citing, "cited": cited}, [], is_sorted=False).unique()
    code = dated.select("work").with_row_index("code").with_columns(pl.col("code").cast(pl.Int64))
    known = pairs.join(code.rename({"work": "citing", "code": "from"}), on="citing", how="inner")
    beyond = (
        known.select("cited")
        .unique()
        .join(code, left_on="cited", right_on="work", how="anti")
        .sort("cited")
    )
    more = beyond.with_row_index("code").select(
        "cited", (pl.col("code") + dated.height).cast(pl.Int64)
    )
    codes = pl.concat([code.select(pl.col("work").alias("cited"), "code"), more])
    ends = known.join(codes.rename({"code": "to"}), on="cited", how="inner").filter(
        pl.col("from") != pl.col("to")
    )
    held = sparse.csr_array(
        (np.ones(ends.height, dtype=np.int32), (ends["from"].to_numpy(), ends["to"].to_numpy())),
        shape=(dated.height, codes.height),
    )
    held.sort_indices()
    return CitationLinks(
        dated["work"], dated["year"].to_numpy().astype(np.int64), held, pairs.height - known.height
    )
