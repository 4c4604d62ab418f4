"""Which share of works is done by two or more places, of each place and of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.works_network import membership_of
from firstlight.numerics.share_intervals import wilson


@dataclass(frozen=True)
class JointWorks:
    """What is done together, by year where the works have years.

    places   : year, place, work_count, work_fractional_count, joint_count (with another place),
               joint_share, joint_low_share, joint_high_share (Wilson), joint_fractional_share
               (joint works among the place's fractional count)
    whole    : year, work_count, joint_count, joint_share, joint_low_share, joint_high_share: each
               work once
    partners : year, place, partner, joint_count, partner_share (of the place's joint works; may add
               up to more than 1)
    """

    places: pl.DataFrame
    whole: pl.DataFrame
    partners: pl.DataFrame


def joint_works(works: pl.DataFrame, level: float = 0.95) -> JointWorks:
    """The share of works done with other places (countries, provinces, cities), of each and of all.

    works : work, place and, if wanted, year; a place counts once in a work
    level : of the Wilson intervals

    >>> rows = pl.DataFrame({"work": ["a", "a", "b"], "place": ["CN", "DE", "CN"]})
    >>> joint_works(rows).places.select("place", "joint_share").rows()
    [('CN', 0.5), ('DE', 1.0)]
    """
    if "year" not in works.columns:
        return _of_one(works, level)
    parts = []
    for (year,), own in sorted(works.partition_by("year", as_dict=True).items()):
        stamp = pl.lit(year, dtype=works.schema["year"]).alias("year")
        one = _of_one(own, level)
        parts.append([table.select(stamp, pl.all()) for table in vars(one).values()])
    return JointWorks(*(pl.concat(tables) for tables in zip(*parts, strict=True)))


def _of_one(works: pl.DataFrame, level: float) -> JointWorks:
    _, places, took = membership_of(works.rename({"place": "member"}))
    size: Floats = np.asarray(took.sum(axis=1)).ravel()
    is_joint: Floats = (size > 1).astype(np.float64)
    return JointWorks(
        _by_place(places, took, size, is_joint, level),
        _all_together(is_joint, level),
        _partners(places, took, np.asarray(took.T @ is_joint).ravel()),
    )


def _by_place(
    places: list[str], took: Any, size: Floats, is_joint: Floats, level: float
) -> pl.DataFrame:
    count, joint, shared, joint_shared = (
        np.asarray(took.T @ part).ravel()
        for part in (np.ones_like(size), is_joint, 1 / size, is_joint / size)
    )
    low, high = wilson(joint, count, level)
    return pl.DataFrame(
        {
            "place": places,
            "work_count": count.astype(np.int64),
            "work_fractional_count": shared,
            "joint_count": joint.astype(np.int64),
            "joint_share": joint / count,
            "joint_low_share": low,
            "joint_high_share": high,
            "joint_fractional_share": joint_shared / shared,
        }
    )


def _all_together(is_joint: Floats, level: float) -> pl.DataFrame:
    low, high = wilson(is_joint.sum(), is_joint.size, level)
    return pl.DataFrame(
        {
            "work_count": [is_joint.size],
            "joint_count": [int(is_joint.sum())],
            "joint_share": [float(is_joint.mean())],
            "joint_low_share": [float(low)],
            "joint_high_share": [float(high)],
        }
    )


def _partners(places: list[str], took: Any, joint: Floats) -> pl.DataFrame:
    both = (took.T @ took).tocoo()
    off = both.row != both.col
    pairs = {
        "place": pl.Series([places[k] for k in both.row[off]], dtype=pl.String),
        "partner": pl.Series([places[k] for k in both.col[off]], dtype=pl.String),
        "joint_count": np.rint(both.data[off]).astype(np.int64),
        "partner_share": np.asarray(both.data[off] / joint[both.row[off]], dtype=np.float64),
    }
    return pl.DataFrame(pairs).sort("place", "partner")
