"""How well a ranking of pairs named new links, year by year and over all years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.instruments.emergence.record.scores import RESAMPLES, interval
from firstlight.numerics.known_values import known_mean, known_means
from firstlight.numerics.long_frames import finite_or_none
from firstlight.observation_tables import SCHEMAS

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

LISTS = (20, 50, 100)
MEASURES = ("precision_20", "precision_50", "precision_100", "average_precision", "auc")
BLOCK = 2_000  # of the highest scores, in which a list is looked for at once
CHOICE = "choice"  # the ranking that had done best by then, whichever it was


def first_of(scores: Floats, one: Ints, other: Ints, count: int) -> Ints:
    """(count,) places of the pairs with the highest scores in which each technology stands once.

    A technology that is close to many would fill the list alone. Of equal scores the first comes
    first.
    one, other : (P,) technologies of each pair

    >>> first_of(np.array([1.0, 4.0, 3.0]), np.array([0, 0, 1]), np.array([3, 1, 2]), 2).tolist()
    [1]
    >>> first_of(np.array([1.0, 4.0, 3.0]), np.array([2, 0, 1]), np.array([3, 1, 2]), 2).tolist()
    [1, 0]
    """
    is_named = np.zeros(int(max(one.max(initial=-1), other.max(initial=-1))) + 1, dtype=np.bool_)
    left = np.arange(len(scores))
    chosen: list[int] = []
    for _ in range(count):  # every block has a pair to add
        block = left[_highest(scores[left], BLOCK)]
        chosen += _first_in(block, one, other, count - len(chosen))
        if len(chosen) == count:
            break
        is_named[one[chosen]] = is_named[other[chosen]] = True
        left = left[~(is_named[one[left]] | is_named[other[left]])]
    return np.array(chosen, dtype=np.int64)


def _highest(scores: Floats, count: int) -> Ints:
    """(count,) places of the highest scores in their order, of equal ones the first."""
    if len(scores) <= count:
        return np.argsort(-scores, kind="stable").astype(np.int64)
    least = -np.partition(-scores, count - 1)[count - 1]
    above = np.flatnonzero(scores > least)
    equal = np.flatnonzero(scores == least)[: count - len(above)]
    chosen = np.sort(np.concatenate([above, equal]))
    ordered: Ints = chosen[np.argsort(-scores[chosen], kind="stable")]
    return ordered


def _first_in(order: Ints, one: Ints, other: Ints, count: int) -> list[int]:
    chosen: list[int] = []
    named: set[int] = set()
    pairs = zip(order.tolist(), one[order].tolist(), other[order].tolist(), strict=True)
    for place, first, second in pairs:
        if len(chosen) == count:
            break
        if first not in named and second not in named:
            chosen.append(place)
            named |= {first, second}
    return chosen


def measured(scores: Floats, came: Flags, one: Ints, other: Ints) -> dict[str, float]:
    """Precision of the first 20, 50 and 100, average precision and AUC; nan where nothing came.

    Lists name each technology once. Average precision and AUC are of all candidates; of equal
    scores a new link counts as the last, so that no ranking gains by not deciding.

    >>> scores, came = np.array([4.0, 3.0, 2.0, 1.0]), np.array([True, False, True, False])
    >>> found = measured(scores, came, np.arange(4), np.arange(4) + 4)
    >>> round(found["average_precision"], 4), found["auc"]
    (0.8333, 0.75)
    """
    called = came[first_of(scores, one, other, max(LISTS))]
    found = {f"precision_{k}": known_mean(called[:k]) for k in LISTS}
    new, size = int(came.sum()), len(came)
    if not new or new == size:
        return found | {"average_precision": np.nan, "auc": np.nan}
    rising = np.sort(scores)
    # how many candidates score at least as much, for each new link from the first down
    rank = np.sort(size - np.searchsorted(rising, scores[came], side="left"))
    precision = np.arange(1, new + 1) / rank
    before = rank.sum() - new * (new + 1) / 2
    return found | {
        "average_precision": float(precision.mean()),
        "auc": float(1 - before / (new * (size - new))),
    }


def year_row(
    year: int, ranking: str, is_used: bool, found: Mapping[str, float], came: Flags
) -> dict[str, object]:
    """A row of the record for one ranking and year."""
    return {
        "ranking": ranking,
        "is_used": is_used,
        "year": year,
        "years_count": 1,
        "candidates_count": len(came),
        "new_links_count": int(came.sum()),
        "base_rate": finite_or_none(known_mean(came)),
        **found,
    }


def record_table(rows: Sequence[Mapping[str, object]], used: str) -> pl.DataFrame:
    """The record: a row for each ranking over all its years, with intervals, then year by year.

    rows : from ``year_row``; used : the ranking of the observed year
    The ranking `CHOICE` is what the list was ranked by in each year; its row is the one to trust.
    Means are over years, intervals the middle 90% of 1,000 resamples of years.
    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    """
    yearly = pl.DataFrame(rows, schema=SCHEMAS["new_links_record"])
    if yearly.is_empty():
        return yearly
    pooled = [_pooled(CHOICE, yearly.filter("is_used"), is_used=False)]
    for name in yearly["ranking"].unique(maintain_order=True):
        own = yearly.filter(pl.col("ranking") == name)
        pooled.append(_pooled(name, own, is_used=name == used))
    table = pl.concat([pl.DataFrame(pooled, schema=SCHEMAS["new_links_record"]), yearly])
    return table.with_columns(pl.col(pl.Float64).fill_nan(None).round(6))


def _pooled(name: str, years: pl.DataFrame, *, is_used: bool) -> dict[str, object]:
    candidates, new = int(years["candidates_count"].sum()), int(years["new_links_count"].sum())
    row: dict[str, object] = {
        "ranking": name,
        "is_used": is_used,
        "year": None,
        "years_count": years.height,
        "candidates_count": candidates,
        "new_links_count": new,
        "base_rate": new / candidates if candidates else None,
    }
    draws = np.random.default_rng(0).integers(years.height, size=(RESAMPLES, years.height))
    for measure in MEASURES:
        values = years[measure].to_numpy().astype(np.float64)
        row[measure] = finite_or_none(known_mean(values))
        means = known_means(values[draws], axis=1)
        row[f"{measure}_low"], row[f"{measure}_high"] = _ends(means)
    return row


def _ends(values: Floats) -> tuple[float | None, float | None]:
    known = values[~np.isnan(values)]
    if len(known) < len(values) / 2:
        return None, None
    return interval(known)
