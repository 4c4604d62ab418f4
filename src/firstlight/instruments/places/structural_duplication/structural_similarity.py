"""How alike the structures of places are, and how far their portfolios and plans overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy.spatial.distance import pdist, squareform
from threadpoolctl import threadpool_limits

from firstlight.errors import InputError, check_enough, too_few
from firstlight.instruments.places.location_quotients import specialised_in
from firstlight.instruments.places.place_table import Array, checked_grid, place_table, shares
from firstlight.numerics.cells import in_one_cell
from firstlight.numerics.long_frames import nan_to_null, read_long

DIGITS = 10  # to which nearness is compared, so that the order of sums changes nothing
LISTED = 5  # names in a cell, of more


@dataclass(frozen=True)
class Similarity:
    """Each (places, places), symmetric; nan for a place with nothing.

    cosine           : of the vectors of shares, 0 to 1
    krugman          : sum |a - b|, 0 (alike) to 2
    finger_kreinin   : sum min(a, b), 0 to 1, which is 1 - krugman / 2
    jaccard          : of the industries with a quotient of at least 1
    weighted_jaccard : sum min / sum max of shares
    """

    cosine: Array
    krugman: Array
    finger_kreinin: Array
    jaccard: Array
    weighted_jaccard: Array


@dataclass(frozen=True)
class SimilarPlaces:
    """Pairs of places, and the place that each is most like.

    pairs   : (year), place, other, cosine_index, krugman_index, finger_kreinin_index,
              jaccard_share, weighted_jaccard_share
    nearest : (year), place, mean_finger_kreinin_index, nearest, nearest_finger_kreinin_index
    empty   : places that have nothing in some year, and no similarity then
    """

    pairs: pl.DataFrame
    nearest: pl.DataFrame
    empty: tuple[str, ...]


@dataclass(frozen=True)
class PlanOverlap:
    """What the plans of places share.

    pairs      : place, other, shared_count, either_count, jaccard_share, weighted_jaccard_share,
                 shared_activities (up to five)
    activities : activity, places_count, places_share, the most planned first
    """

    pairs: pl.DataFrame
    activities: pl.DataFrame


def similarity(table: ArrayLike) -> Similarity:
    """Structural similarity of each pair of places.

    Parameters
    ----------
    table
        (places, industries), not negative.

    Returns
    -------
    Similarity, with ``cosine``, ``krugman``, ``finger_kreinin``, ``jaccard`` and
    ``weighted_jaccard``, each (places, places) and symmetric; nan for a place with nothing.

    Raises
    ------
    InputError
        As ``checked_grid``.

    References
    ----------
    Finger and Kreinin (1979), Economic Journal 89(356), 905-912; Krugman (1991), Geography and
    Trade; Jaffe (1986), American Economic Review 76(5), 984-1001 (cosine); Ruzicka (1958), Biologia
    13, 647-661 (weighted Jaccard).

    Examples
    --------
    >>> found = similarity([[1, 1, 0], [1, 0, 1]])
    >>> [each[0, 1].round(2).item() for each in (found.cosine, found.krugman, found.finger_kreinin)]
    [0.5, 1.0, 0.5]
    """
    x = checked_grid(table)
    s = shares(x, 1)
    krugman = _krugman(np.nan_to_num(s))
    length = np.sqrt((s**2).sum(axis=1))
    unit = s / length[:, None]
    cosine = np.clip(unit @ unit.T, 0, 1)
    special = specialised_in(x).astype(float)
    both = special @ special.T
    either = special.sum(axis=1)[:, None] + special.sum(axis=1)[None, :] - both
    jaccard = np.divide(both, either, out=np.full_like(both, np.nan), where=either > 0)
    empty = np.isnan(length)
    for each in (krugman, jaccard):
        each[empty, :] = each[:, empty] = np.nan
    least = 1 - krugman / 2
    return Similarity((cosine + cosine.T) / 2, krugman, least, jaccard, least / (2 - least))


def _krugman(s: Array) -> Array:
    """Of shares, (places, industries); 2, and not a rounding more, where two have nothing alike."""
    return np.asarray(np.minimum(squareform(pdist(s, "cityblock")), 2.0))


def structural_similarity(
    frame: Any,
    value: str,
    *,
    place: str = "place",
    industry: str = "industry",
    year: str | None = None,
) -> SimilarPlaces:
    """``similarity`` of a long frame, for each year by itself.

    Parameters
    ----------
    frame
        A row for each place and industry, and year.
    value
        Column of employment, output, exports, ...: not negative.
    place
        Column of the places.
    industry
        Column of the industries.
    year
        Column of the years; None takes the whole frame as one year.

    Returns
    -------
    SimilarPlaces, with ``pairs`` ((year), place, other and five indices), ``nearest`` (the place
    that each is most like) and ``empty`` (places that have nothing in some year).

    Raises
    ------
    InputError
        As ``place_table``, and with fewer than two places that have something.

    References
    ----------
    As ``similarity``.

    Examples
    --------
    >>> rows = pl.DataFrame({"place": list("aabb"), "industry": list("xyxz"), "jobs": [1, 1, 1, 1]})
    >>> found = structural_similarity(rows, "jobs").pairs
    >>> found.select("krugman_index", "finger_kreinin_index").row(0)
    (1.0, 0.5)
    """
    read = place_table(frame, value, place=place, industry=industry, year=year)
    pairs, nearest, empty = [], [], set[str]()
    for when, x in zip(read.years, read.values, strict=True):
        there = np.flatnonzero(x.sum(axis=1) > 0)
        empty |= set(read.places) - {read.places[k] for k in there}
        check_enough("places", there.size, 2, f"{value}, {when}" if year else value)
        names = np.array(read.places)[there]
        # the same bytes whatever the number of threads
        with threadpool_limits(limits=1, user_api="blas"):
            found = similarity(x[there])
        one, other = np.triu_indices(there.size, 1)
        pair = pl.DataFrame(
            {
                "place": names[one],
                "other": names[other],
                "cosine_index": found.cosine[one, other],
                "krugman_index": found.krugman[one, other],
                "finger_kreinin_index": found.finger_kreinin[one, other],
                "jaccard_share": found.jaccard[one, other],
                "weighted_jaccard_share": found.weighted_jaccard[one, other],
            }
        )
        pairs.append(read.year_column(pair, when))
        nearest.append(read.year_column(_nearest(names.tolist(), found.finger_kreinin), when))
    return SimilarPlaces(nan_to_null(pl.concat(pairs)), pl.concat(nearest), tuple(sorted(empty)))


def _nearest(names: list[str], fk: Array) -> pl.DataFrame:
    others = fk.copy()
    np.fill_diagonal(others, -np.inf)
    at = others.round(DIGITS).argmax(axis=1)
    np.fill_diagonal(others, 0)
    return pl.DataFrame(
        {
            "place": names,
            "mean_finger_kreinin_index": others.sum(axis=1) / (len(names) - 1),
            "nearest": [names[k] for k in at],
            "nearest_finger_kreinin_index": fk[np.arange(len(names)), at],
        }
    )


def plan_overlap(
    frame: Any, *, place: str = "place", activity: str = "activity", weight: str | None = None
) -> PlanOverlap:
    """How far the plans, or portfolios, of places overlap: Jaccard, and weighted Jaccard.

    Jaccard = |A and B| / |A or B|; weighted = sum min(a, b) / sum max(a, b), of weights made to add
    up to 1 in each place.

    Parameters
    ----------
    frame
        A row for each place and activity that it plans, names or hosts.
    place
        Column of the places.
    activity
        Column of the activities.
    weight
        Column of money or jobs, above 0, or None.

    Returns
    -------
    PlanOverlap, with ``pairs`` (place, other, shared_count, either_count, jaccard_share,
    weighted_jaccard_share, shared_activities) and ``activities`` (activity, places_count,
    places_share).

    Raises
    ------
    InputError
        Naming a pair that stands twice, a weight that can't be used, or fewer than two places.

    References
    ----------
    Jaccard (1912), New Phytologist 11(2), 37-50; Ruzicka (1958), Biologia 13, 647-661.

    Examples
    --------
    >>> plans = ["chips", "cars", "chips", "ships"]
    >>> rows = pl.DataFrame({"place": list("aabb"), "activity": plans})
    >>> plan_overlap(rows).pairs.select("shared_count", "jaccard_share", "shared_activities").row(0)
    (1, 0.3333333333333333, 'chips')
    """
    if weight is None:
        listing = _read_pairs(frame, place, activity)
        read = place_table(
            listing.with_columns(pl.lit(1.0).alias("weight")), "weight", industry="activity"
        )
    else:
        read = place_table(frame, weight, place=place, industry=activity)
    x = read.values[0]
    if (x.sum(axis=1) == 0).any() or len(read.places) < 2:
        planning = int((x.sum(axis=1) > 0).sum())
        raise InputError(too_few("places", planning, 2, "plans"))
    there = (x > 0).astype(float)
    both = there @ there.T  # whole numbers: exact
    either = there.sum(axis=1)[:, None] + there.sum(axis=1)[None, :] - both
    least = 1 - _krugman(shares(x, 1)) / 2
    one, other = np.triu_indices(len(read.places), 1)
    names = np.array(read.places)
    has = there > 0
    own = [np.flatnonzero(row) for row in has]
    # six tell whether there are more than the five that are named: pairs may be millions
    shared = [
        in_one_cell([read.industries[k] for k in own[i][has[j, own[i]]][:6]], LISTED)
        for i, j in zip(one, other, strict=True)
    ]
    pairs = pl.DataFrame(
        {
            "place": names[one],
            "other": names[other],
            "shared_count": both[one, other].astype(np.int64),
            "either_count": either[one, other].astype(np.int64),
            "jaccard_share": (both / either)[one, other],
            "weighted_jaccard_share": (least / (2 - least))[one, other],
            "shared_activities": shared,
        }
    )
    count = there.sum(axis=0).astype(np.int64)
    activities = pl.DataFrame(
        {
            "activity": read.industries,
            "places_count": count,
            "places_share": count / len(read.places),
        }
    ).sort(["places_count", "activity"], descending=[True, False])
    return PlanOverlap(pairs, activities)


def _read_pairs(frame: Any, place: str, activity: str) -> pl.DataFrame:
    return read_long(frame, {"place": place, "activity": activity}, [])
