"""Co-operation across borders: which share of a place's works is done with other places, by year, with intervals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import norm

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.collaboration import membership_of, read_works
from firstlight.numerics.finding import Finding, Words


@dataclass(frozen=True, kw_only=True)
class Cooperation(Finding):
    """What is done across borders, a row per place and year (one year -> one row; without years a single row per place).

    table    : year (if any), place, work_count, work_fractional_count, joint_count (with another place), joint_share, low_share,
               high_share (Wilson), joint_fractional_share (joint works among the place's fractional count)
    whole    : year (if any), work_count, joint_count, joint_share, low_share, high_share: each work once
    partners : year (if any), place, partner, joint_count, partner_share (of the place's joint works; may add up to more than 1)
    """

    whole: pl.DataFrame = field(repr=False)
    partners: pl.DataFrame = field(repr=False)

    def _chart(self, alt: Any) -> Any:
        held = (
            self.table if "year" in self.table.columns else self.table.with_columns(year=pl.lit(0))
        )
        return alt.Chart(held).mark_line().encode(x="year:O", y="joint_share:Q", color="place:N")


def wilson(successes: Any, trials: Any, level: float = 0.95) -> tuple[Floats, Floats]:
    """An interval of a share that keeps within 0 and 1, also where nothing or everything was seen; nan for no trials.

    (p + z^2/2n +- z sqrt(p (1 - p) / n + z^2/4n^2)) / (1 + z^2/n)

    Source: Wilson (1927), Journal of the American Statistical Association 22(158), 209-212.

    >>> [float(end.round(4)) for end in wilson(0, 10)]
    [0.0, 0.2775]
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    z = float(norm.ppf(0.5 + level / 2))
    m = np.where(n > 0, n, np.nan)
    middle, half = (
        (k + z * z / 2) / (m + z * z),
        z / (m + z * z) * np.sqrt(k * (m - k) / m + z * z / 4),
    )
    return np.where(k == 0, np.where(n > 0, 0.0, np.nan), middle - half), np.where(
        k == n, np.where(n > 0, 1.0, np.nan), middle + half
    )


def cooperation(
    frame: Any,
    work: str = "work",
    place: str = "place",
    *,
    year: str | None = None,
    level: float = 0.95,
) -> Cooperation:
    """The share of works done with other places (countries, provinces, cities), of each place and of all.

    frame : a row per work and place; the same place twice in a work counts once. A work whose places aren't known stays out, and
            with it out of every share: count those beforehand
    level : of the Wilson intervals
    Returns Cooperation.
    Raises  InputError as ``read_works``, or for a level outside 0 to 1.

    >>> rows = pl.DataFrame({"work": ["a", "a", "b"], "place": ["CN", "DE", "CN"]})
    >>> cooperation(rows).table.select("place", "joint_share").rows()
    [('CN', 0.5), ('DE', 1.0)]
    """
    if not 0 < level < 1:
        raise InputError(f"level {level}", where="cooperation", try_next="a share such as 0.95")
    table = read_works(frame, work, place, year=year)
    years = sorted(set(table["year"].to_list())) if year else [None]
    parts: tuple[list[pl.DataFrame], ...] = ([], [], [])
    for now in years:
        stamp = [] if now is None else [pl.lit(now, dtype=pl.Int64).alias("year")]
        for kept, own in zip(parts, _of_one(table, now, level), strict=True):
            kept.append(own.select(*stamp, pl.all()))
    found, whole, partners = (pl.concat(kept) for kept in parts)
    return Cooperation(
        table=found,
        sentences=_sentences(found, whole),
        conventions=(
            (
                "a work counts in full for each of its places (full counting)",
                "每项成果对其各地均计1（完全计数）",
            ),
            ("fractional: a work is shared equally by its places", "分数计数：成果由各地均分"),
            (f"Wilson intervals, {100 * level:.4g}%", f"威尔逊区间，置信度{100 * level:.4g}%"),
            ("works without a known place are in no share", "地点未知的成果不计入任何占比"),
        ),
        given=frame,
        whole=whole,
        partners=partners,
    )


def _of_one(
    table: pl.DataFrame, now: int | None, level: float
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    own = table if now is None else table.filter(pl.col("year") == now)
    works, places, took = membership_of(own)
    size: Floats = np.asarray(took.sum(axis=1)).ravel()
    is_joint = (size > 1) * 1.0
    count, joint, shared, joint_shared = (
        np.asarray(took.T @ part).ravel()
        for part in (np.ones_like(size), is_joint, 1 / size, is_joint / size)
    )
    low, high = wilson(joint, count, level)
    main = pl.DataFrame(
        {
            "place": places,
            "work_count": count.astype(np.int64),
            "work_fractional_count": shared,
            "joint_count": joint.astype(np.int64),
            "joint_share": joint / count,
            "low_share": low,
            "high_share": high,
            "joint_fractional_share": joint_shared / shared,
        }
    )
    ends = wilson(is_joint.sum(), len(works), level)
    whole = pl.DataFrame(
        {
            "work_count": [len(works)],
            "joint_count": [int(is_joint.sum())],
            "joint_share": [float(is_joint.mean())],
            "low_share": [float(ends[0])],
            "high_share": [float(ends[1])],
        }
    )
    both = (took.T @ took).tocoo()
    off = both.row != both.col
    pairs = pl.DataFrame(
        {
            "place": pl.Series([places[k] for k in both.row[off]], dtype=pl.String),
            "partner": pl.Series([places[k] for k in both.col[off]], dtype=pl.String),
            "joint_count": np.rint(both.data[off]).astype(np.int64),
            "partner_share": np.asarray(both.data[off] / joint[both.row[off]], dtype=np.float64),
        }
    )
    return main, whole, pairs.sort("place", "partner")


def _sentences(found: pl.DataFrame, whole: pl.DataFrame) -> tuple[tuple[str, Words], ...]:
    last = whole.row(-1, named=True)
    year = last.get("year")
    en, zh = (f"In {year}, ", f"{year}年，") if year is not None else ("", "")
    told: dict[str, Words] = {
        "whole": (
            f"{en}{last['joint_share']:.1%} of {last['work_count']:,} works cross a border ({last['low_share']:.1%} to {last['high_share']:.1%}).",
            f"{zh}{last['work_count']:,}项成果中跨地合作占{last['joint_share']:.1%}（{last['low_share']:.1%}至{last['high_share']:.1%}）。",
        ),
    }
    own = found if year is None else found.filter(pl.col("year") == year)
    most = own.sort(["work_count", "place"], descending=[True, False]).row(0, named=True)
    told["largest"] = (
        f"{most['place']} has most works, {most['joint_share']:.1%} of them with other places.",
        f"{most['place']}成果最多，其中与外地合作占{most['joint_share']:.1%}。",
    )
    return tuple(told.items())
