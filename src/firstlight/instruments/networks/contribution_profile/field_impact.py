"""Impact within the field: citations beside those of works of the same field and year.

Symbols: c citations, a share of a work that belongs to a field, one reference set per field and
year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_between
from firstlight.numerics.long_frames import read_long
from firstlight.numerics.row_checks import one_value_each, refuse_low
from firstlight.texts import Name, message

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FieldImpact:
    """Impact within the field.

    table : a row for each work, sorted: work, year, citations_count, expected_count (of works of
            its fields and year), normalised_score (1 = as expected; the mean over all works is 1
            where every field and year has a citation), top_share (of the work that belongs to the
            most cited; adds up to exactly that share of all), reference_set_count (works it is
            compared with), reason (unknown: its citations are missing; no_yardstick: no work of
            its field and year was cited)
    sets  : field, year, work_count (fractional), mean_count (citations), threshold_count
            (citations at which the top begins)
    """

    table: pl.DataFrame
    sets: pl.DataFrame


def top_share(citations: Any, weights: Any, top: float = 0.1) -> tuple[Floats, float]:
    """Which share of each work of one reference set belongs to the ``top`` most cited.

    Works above the threshold count in full, those at it by one fraction, so that
    sum(weights * shares) = top * sum(weights).

    Parameters
    ----------
    citations, weights
        (works,), weights above 0.

    Returns
    -------
    Shares (works,), and the threshold in citations.

    References
    ----------
    Waltman and Schreiber 2013, Journal of the American Society for Information Science and
    Technology 64(2), 372-379.

    Examples
    --------
    Ten works, three of them tied for the only place:

    >>> top_share([9, 9, 9, 1, 1, 1, 1, 0, 0, 0], [1] * 10)[0].round(3).tolist()[:4]
    [0.333, 0.333, 0.333, 0.0]
    """
    c, a = np.asarray(citations, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    levels, which = np.unique(-c, return_inverse=True)  # from the most cited down
    mass = np.bincount(which, weights=a)
    before = np.cumsum(mass) - mass
    room = np.clip(top * a.sum() - before, 0, mass) / mass
    return room[which], float(-levels[np.flatnonzero(room > 0)[-1]])


def field_impact(
    frame: Any,
    work: str = "work",
    year: str = "year",
    field: str = "field",
    citations: str = "citations",
    *,
    top: float = 0.1,
) -> FieldImpact:
    """Each work's citations beside those of its field and year.

    normalised score = sum over its fields of a c / mean(c of field and year); the mean is weighted
    by the shares a = 1 / fields, so that the mean score of all works is 1 whatever the fields.
    Works with unknown citations are in no reference set.

    Parameters
    ----------
    frame
        A row for each work and field; a repeated field counts once.
    work, year, field, citations
        Its columns; citations are at least 0, and missing where they are unknown.
    top
        Which share counts as most cited; ties at the threshold share what is left.

    Returns
    -------
    FieldImpact, with ``table`` (a row for each work: citations_count, expected_count,
    normalised_score, 1 being as expected, top_share, reference_set_count, reason) and ``sets``
    (a row for each field and year: work_count, mean_count, threshold_count).

    Raises
    ------
    InputError
        As ``read_long``, for no rows, negative citations, a work of two years or counts, or a
        share outside 0 to 1.

    References
    ----------
    Waltman, van Eck, van Leeuwen, Visser and van Raan 2011, Journal of Informetrics 5(1), 37-47.
    Waltman and Schreiber 2013, Journal of the American Society for Information Science and
    Technology 64(2), 372-379.

    Examples
    --------
    >>> rows = pl.DataFrame({"work": ["a", "b"], "year": 2000, "field": "x", "citations": [1, 3]})
    >>> field_impact(rows).table["normalised_score"].to_list()
    [0.5, 1.5]
    """
    check_between("top", top)
    table = _read(frame, work, year, field, citations)
    scored, sets = _scored(table.drop_nulls("citations"), top)
    first = (pl.col("year").first(), pl.col("citations").first().alias("citations_count"))
    whole = table.group_by("work").agg(first).join(scored, "work", "left")
    reason = (
        pl.when(pl.col("citations_count").is_null())
        .then(pl.lit("unknown"))
        .when(pl.col("normalised_score").is_null())
        .then(pl.lit("no_yardstick"))
    )
    return FieldImpact(whole.with_columns(reason=reason).sort("work"), sets)


def _read(frame: Any, work: str, year: str, field: str, citations: str) -> pl.DataFrame:
    names = {"work": work, "year": year, "field": field, "citations": citations}
    table = (
        read_long(frame, names, ["citations"], is_sorted=False)
        .unique()
        .sort("work", "year", "field", "citations")
    )
    if not table.height:
        raise InputError(message("no_rows", table=Name("frame")))
    refuse_low(table, ["work"], "citations")
    one_value_each(table, "work", "year", "citations")
    return table.with_columns(share=1 / pl.len().over("work"))


def _scored(table: pl.DataFrame, top: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores by work, and the reference sets."""
    rows = table.sort("field", "year", "work")
    c, a = rows["citations"].to_numpy(), rows["share"].to_numpy()
    new: NDArray[np.bool_] = (
        rows["field"].ne_missing(rows["field"].shift())
        | rows["year"].ne_missing(rows["year"].shift())
    ).to_numpy()
    begins = np.flatnonzero(new)
    which = np.cumsum(new) - 1
    mass, cited = np.bincount(which, weights=a), np.bincount(which, weights=a * c)
    mean = cited / mass
    parts = [
        top_share(one, share, top)
        for one, share in zip(np.split(c, begins[1:]), np.split(a, begins[1:]), strict=True)
    ]
    sets = rows.select("field", "year")[begins.tolist()].with_columns(
        work_count=pl.Series(mass),
        mean_count=pl.Series(mean),
        threshold_count=pl.Series([own[1] for own in parts], dtype=pl.Float64),
    )
    size = np.bincount(which)
    ratio = np.divide(c, mean[which], out=np.full(len(c), np.nan), where=mean[which] > 0)
    shares = np.concatenate([np.zeros(0), *(own[0] for own in parts)])
    rows = rows.with_columns(
        _score=pl.Series(a * ratio).fill_nan(None),
        _top=pl.Series(a * shares),
        _mean=pl.Series(a * mean[which]),
        _size=pl.Series(size[which]),
    ).sort("work", "field")
    known = pl.col("_score").is_not_null().all()
    by_work = rows.group_by("work", maintain_order=True).agg(
        expected_count=pl.col("_mean").sum(),
        normalised_score=pl.when(known).then(pl.col("_score").sum()),
        top_share=pl.when(known).then(pl.col("_top").sum()),
        reference_set_count=pl.col("_size").min(),
    )
    return by_work, sets
