"""Opportunities: for each place a portfolio of activities it doesn't have yet, by what no other
choice beats in every respect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, shown
from firstlight.instruments.complexity.activity_table import Array
from firstlight.instruments.complexity.related_activities import RelatedActivities
from firstlight.numerics.long_frames import last_year
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Portfolios:
    """Portfolios of one year, a row per place and activity on the place's Pareto frontier, best
    mean rank first.

    table    : [year,] place, rank, activity, density_share, pci_gain (PCI less the place's ECI),
               outlook_gain (unit of PCI), [growth_share, strategic_weight,] rca,
               mean_percentile_share (of the criteria, among the place's candidates)
    places   : place, candidate_count, frontier_count, left_out_count (absent activities of which a
               criterion is not known), reason (code of why there is no portfolio, or what was left
               out)
    criteria : those that were used
    """

    table: pl.DataFrame
    places: pl.DataFrame
    criteria: tuple[str, ...]


def portfolios(
    near: RelatedActivities,
    *,
    year: int | None = None,
    growth: Mapping[str, float] | None = None,
    weight: Mapping[str, float] | None = None,
    most: int = 10,
) -> Portfolios:
    """What each place could take up next: the Pareto frontier of nearness, complexity, outlook,
    growth and strategic weight.

    An activity is on the frontier if no other absent one is at least as good in every criterion and
    better in one. Within the frontier, rank is by the mean of the percentiles among all candidates
    of the place: an order to read in, no verdict.

    Parameters
    ----------
    near
        From ``related_activities``; only activities that are absent and have a PCI are candidates.
    year
        The year; the last one where None.
    growth
        Activity -> growth forecast, a share a year, from wherever it comes; an activity without one
        is no candidate.
    weight
        Activity -> strategic weight, any scale, more is better; an activity without one is no
        candidate.
    most
        Most rows of a place.

    Returns
    -------
    Portfolios, with ``table`` (a row for each place and activity on its frontier, best mean rank
    first: rank, density_share, pci_gain and outlook_gain in the unit of PCI, rca,
    mean_percentile_share), ``places`` (place, candidate_count, frontier_count, left_out_count,
    reason) and ``criteria``.

    Raises
    ------
    InputError
        For a year that isn't there, a value that isn't finite, or a mapping that knows no activity.

    References
    ----------
    Hausmann and others (2014), The Atlas of Economic Complexity, part 1 (nearness against gain);
    Balland and others (2019), Regional Studies 53(9), 1252-1268 (relatedness and complexity as the
    two axes of a policy).

    Examples
    --------
    >>> from firstlight.complexity import related_activities
    >>> from firstlight.instruments.complexity.specialisation import PresenceRule
    >>> rows = pl.DataFrame({"c": list("AAABBC"), "p": list("xyzxyx"), "v": [1] * 6})
    >>> found = portfolios(related_activities(rows, "c", "p", "v", rule=PresenceRule(
    ...     is_given=True)))
    >>> found.table.select("place", "rank", "activity").rows()
    [('B', 1, 'z'), ('C', 1, 'z'), ('C', 2, 'y')]
    """
    pairs = near.pairs(year)
    index = near.table
    if year is None:
        index = last_year(index)
    elif "year" in index.columns:
        index = index.filter(pl.col("year") == year)
    pairs = pairs.join(index.select("place", "eci"), on="place").with_columns(
        pci_gain=pl.col("pci") - pl.col("eci")
    )
    criteria = ["density_share", "pci_gain", "outlook_gain"]
    for name, known in (("growth_share", growth), ("strategic_weight", weight)):
        if known is not None:
            pairs = pairs.join(_looked_up(known, name, pairs), on="activity", how="left")
            criteria.append(name)
    is_known = pl.all_horizontal(pl.col(name).is_not_null() for name in criteria)
    candidates = pairs.filter(is_known).sort("place", "activity")
    chosen = [
        _portfolio(rows, criteria, most)
        for _, rows in candidates.group_by("place", maintain_order=True)
    ]
    empty = candidates.head(0).with_columns(
        mean_percentile_share=pl.lit(0.0), rank=pl.lit(0, pl.Int64), on_frontier=pl.lit(0, pl.Int64)
    )
    table = pl.concat([empty, *chosen])
    places = _places(index, pairs, candidates, table)
    front = ["year"] if "year" in table.columns else []
    columns = [
        *front,
        "place",
        "rank",
        "activity",
        *criteria,
        "rca",
        "mean_percentile_share",
    ]
    return Portfolios(table.select(columns), places, tuple(criteria))


def pareto_frontier(values: Any) -> NDArray[np.bool_]:
    """Who is beaten by nobody: no other is at least as good in every column and better in one.

    Larger is better.

    values : (n, criteria), finite
    Returns (n,); equals are in or out together.
    Raises  InputError for what isn't a table of finite numbers.

    >>> pareto_frontier([[1, 3], [3, 1], [1, 1], [2, 0]]).tolist()
    [True, True, False, False]
    """
    table = np.asarray(values, float)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise InputError(message("no_finite_table", shape=Name(str(table.shape))), FOLDER)
    found = np.zeros(len(table), bool)
    # by the first column, then the second: the first of what is left is never beaten
    left = np.lexsort(table.T[::-1])[::-1]
    while left.size:
        best = table[left[0]]
        is_equal = (table[left] == best).all(axis=1)
        found[left[is_equal]] = True
        left = left[~(table[left] <= best).all(axis=1)]
    return found


def _looked_up(known: Mapping[str, float], name: str, pairs: pl.DataFrame) -> pl.DataFrame:
    bad = [key for key, number in known.items() if not np.isfinite(number)]
    if bad:
        values = {"value": shown(known[bad[0]]), "activity": Name(bad[0])}
        raise InputError(message("number_not_finite", parameter=Name(name), **values), FOLDER)
    if not set(known) & set(pairs["activity"].unique()):
        raise InputError(message("none_in_table", parameter=Name(name)), FOLDER)
    return pl.DataFrame(
        {"activity": list(known), name: [float(number) for number in known.values()]}
    )


def _portfolio(rows: pl.DataFrame, criteria: list[str], most: int) -> pl.DataFrame:
    table = rows.select(criteria).to_numpy()
    is_best = pareto_frontier(table)
    percentile = np.mean([_percentile(column) for column in table.T], axis=0)
    rows = rows.with_columns(mean_percentile_share=percentile)
    best = (
        rows.filter(is_best)
        .sort("mean_percentile_share", "activity", descending=[True, False])
        .head(most)
    )
    return best.with_columns(
        rank=pl.int_range(1, best.height + 1, dtype=pl.Int64),
        on_frontier=pl.lit(int(is_best.sum()), pl.Int64),
    )


def in_order_of_places(rows: pl.DataFrame, order: Sequence[str]) -> pl.DataFrame:
    """The rows of some places, in their order."""
    schema = {"place": pl.String, "order": pl.Int64}
    place = pl.DataFrame({"place": order, "order": range(len(order))}, schema=schema)
    return rows.join(place, on="place").sort("order", maintain_order=True).drop("order")


def _percentile(column: Array) -> Array:
    """Share of the others that are lower, equals by half."""
    order = np.sort(column)
    below, upto = (
        np.searchsorted(order, column, side="left"),
        np.searchsorted(order, column, side="right"),
    )
    return np.asarray((below + upto - 1) / 2 / max(column.size - 1, 1), float)


def _places(
    index: pl.DataFrame, pairs: pl.DataFrame, candidates: pl.DataFrame, table: pl.DataFrame
) -> pl.DataFrame:
    counts = candidates.group_by("place").agg(candidate_count=pl.len().cast(pl.Int64))
    absent = pairs.group_by("place").agg(absent_count=pl.len().cast(pl.Int64))
    sizes = table.group_by("place").agg(frontier_count=pl.col("on_frontier").first())
    found = index.select("place", "reason")
    for other in (counts, absent, sizes):
        found = found.join(other, on="place", how="left", maintain_order="left")
    found = found.with_columns(
        pl.col("candidate_count", "absent_count", "frontier_count").fill_null(0)
    ).with_columns(left_out_count=pl.col("absent_count") - pl.col("candidate_count"))
    reason = (
        pl.when(pl.col("reason").is_not_null())
        .then("reason")
        .when(pl.col("absent_count") == 0)
        .then(pl.lit("all_present"))
        .when(pl.col("candidate_count") == 0)
        .then(pl.lit("criterion_unknown"))
        .when(pl.col("left_out_count") > 0)
        .then(pl.lit("some_left_out"))
    )
    return found.select(
        "place", "candidate_count", "frontier_count", "left_out_count", reason.alias("reason")
    )
