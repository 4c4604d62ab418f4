"""The order of the list: by rank, the likeliest first among those listed, those that are one line
together."""

from __future__ import annotations

import numpy as np
import polars as pl


def with_lines(frame: pl.DataFrame, near_equal: pl.DataFrame) -> pl.DataFrame:
    """Technologies with the columns same_as and members: those with nearly the same documents are
    one line.

    A line is headed by its first technology in rank; a later one that nearly equals a head stands
    under it.

    frame : by rank; near_equal : technology_id, other_id
    """
    others: dict[str, list[str]] = {}
    for one, other in near_equal.select("technology_id", "other_id").iter_rows():
        others.setdefault(one, []).append(other)
    head_of: dict[str, str] = {}
    ids = frame.filter(pl.col("rank").is_not_null()).sort("rank")["technology_id"].to_list()
    for name in ids:
        if name not in head_of:
            head_of[name] = name
            for other in others.get(name, []):
                head_of.setdefault(other, name)
    above = {name: head for name, head in head_of.items() if head != name}
    same_as = [above.get(name) for name in frame["technology_id"]]
    frame = frame.with_columns(pl.Series("same_as", same_as, dtype=pl.String))
    under = frame.drop_nulls("same_as").group_by("same_as", maintain_order=True)
    members = under.agg(pl.col("name").alias("members")).rename({"same_as": "technology_id"})
    return frame.join(members, on="technology_id", how="left", maintain_order="left")


def likeliest_first(frame: pl.DataFrame, listed: int) -> pl.DataFrame:
    """The same with the technologies of the list in the order of their chances.

    The ranking chooses the list, for it names more of those that take off; within it the likeliest
    comes first, so that no line contradicts the one above it.

    frame : by rank; listed : how many the list holds
    """
    in_list = (pl.col("rank") <= listed).fill_null(False)
    chance = pl.when(in_list).then("probability").fill_null(0.0)
    keys = [in_list, chance, pl.col("rank")]
    ordered = frame.sort(keys, descending=[True, True, False], nulls_last=True, maintain_order=True)
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    return ordered.with_columns(pl.when(pl.col("rank").is_not_null()).then(rank).alias("rank"))


def ranked(frame: pl.DataFrame) -> pl.DataFrame:
    """Scored technologies by their score, then watched ones by the growth of their share."""
    is_scored = pl.col("status") == "scored"
    gained = (pl.col("share") - pl.col("share_before")).fill_null(0.0)
    by = [
        is_scored,
        pl.when(is_scored).then("score").fill_null(-np.inf),
        pl.when(is_scored).then(pl.col("documents_count").cast(pl.Float64)).otherwise(gained),
    ]
    ordered = frame.sort(*by, "technology_id", descending=[True, True, True, False])
    rank = pl.when(is_scored).then(pl.int_range(1, pl.len() + 1, dtype=pl.Int64)).alias("rank")
    return ordered.with_columns(rank)
