"""New co-operation, forecast from the past alone, and its record out of time beside the usual
scores.

A pair counts as new where the two have no joint work in any year up to the forecast year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import InputError, check_bounds, too_few
from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.partner_choice.link_scores import (
    SCORES,
    link_record,
    link_scores,
)
from firstlight.instruments.networks.works_network import membership_of, works_together
from firstlight.texts import Message, Year, message

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

LEARNT = "learnt"
FOLDER = Path(__file__).parent
RECORD: dict[str, Any] = {
    "year": pl.Int64,
    "score": pl.String,
    "member_count": pl.Int64,
    "pair_count": pl.Int64,
    "link_count": pl.Int64,
    "base_rate_share": pl.Float64,
    "auc": pl.Float64,
}


class NothingToLearn(InputError):
    """The past of a forecast year has too few members, or no new co-operation."""

    def __init__(self, given: Message) -> None:
        super().__init__(given, FOLDER)


@dataclass(frozen=True)
class Pairs:
    """Pairs of members without joint work so far; one row per pair, in the order of names.

    members  : those with enough works in the past window, sorted
    one, two : (pairs,), positions in members, one < two
    features : (pairs, features), at least 0; names : of the features
    """

    members: list[str]
    one: NDArray[np.int64]
    two: NDArray[np.int64]
    features: Floats
    names: tuple[str, ...]


def candidate_pairs(
    works: pl.DataFrame,
    now: int,
    *,
    past: int = 5,
    least_works: int = 3,
    groups: Mapping[str, str] | None = None,
    terms: pl.DataFrame | None = None,
) -> Pairs:
    """Every pair that could newly co-operate, with what is known of it up to a year; later rows are
    never looked at.

    works : work, member, year, each row once; terms : work, term
    Returns Pairs; features are the ``link_scores`` in the past window, the product of the numbers
    of works, same group, and the cosine of
            terms (frequency times log inverse share of works, in the window).
    Raises  NothingToLearn where fewer than two members have enough works.

    >>> held = pl.DataFrame({"work": ["a", "a", "b"], "member": ["x", "y", "z"], "year": [2000,
    ...     2000, 2001]})
    >>> found = candidate_pairs(held, 2001, least_works=1)
    >>> [(found.members[i], found.members[j]) for i, j in zip(found.one, found.two)]
    [('x', 'z'), ('y', 'z')]
    """
    known = works.filter(pl.col("year") <= now)
    window = known.filter(pl.col("year") > now - past)
    count = window.group_by("member").len()
    members = sorted(count.filter(pl.col("len") >= least_works)["member"].to_list())
    if len(members) < 2:
        raise NothingToLearn(
            too_few("members", len(members), 2, f"{now - past + 1}–{now}, least_works")
        )
    ties = _ties(window, members)
    ever = _ties(known, members)
    one, two = np.triu_indices(len(members), 1)
    new = np.asarray(ever.toarray()[one, two] == 0)
    one, two = one[new], two[new]
    scores = link_scores(ties)
    own = dict(count.iter_rows())
    size = np.array([float(own[name]) for name in members])
    columns = {name: scores[name][one, two] for name in SCORES} | {"works": size[one] * size[two]}
    if groups is not None:
        # without a group: like nobody else
        label = np.array([groups.get(name, f"#{name}") for name in members])
        columns["same_group"] = (label[one] == label[two]).astype(np.float64)
    if terms is not None:
        columns["terms"] = _term_cosine(window, terms, members)[one, two]
    return Pairs(members, one, two, np.column_stack(list(columns.values())), tuple(columns))


def _ties(works: pl.DataFrame, members: list[str]) -> Any:
    _, names, took = membership_of(works)
    place = {name: k for k, name in enumerate(names)}
    return works_together(took[:, [place[name] for name in members]], "full")


def _term_cosine(window: pl.DataFrame, terms: pl.DataFrame, members: list[str]) -> Floats:
    works, names, took = membership_of(window)
    held = terms.filter(pl.col("work").is_in(works)).rename({"term": "member"})
    if not held.height:
        return np.zeros((len(members), len(members)))
    own, _, has = membership_of(held)
    place = {name: k for k, name in enumerate(works)}
    rows = took[[place[name] for name in own]]
    rare = np.log(has.shape[0] / np.asarray(has.sum(axis=0)).ravel())
    at = {name: k for k, name in enumerate(names)}
    profile = ((rows.T @ has) @ sparse.diags_array(rare)).tocsr()[[at[name] for name in members]]
    length = np.sqrt(np.asarray(profile.multiply(profile).sum(axis=1)).ravel())
    unit = sparse.diags_array(1 / np.where(length > 0, length, 1.0)) @ profile
    return np.asarray((unit @ unit.T).toarray(), dtype=np.float64)


def came_together(works: pl.DataFrame, pairs: Pairs, now: int, horizon: int) -> NDArray[np.bool_]:
    """Which of the pairs have a joint work in the ``horizon`` years after ``now``, (pairs,)."""
    later = works.filter(
        pl.col("year").is_between(now + 1, now + horizon) & pl.col("member").is_in(pairs.members)
    )
    if not later.height:
        return np.zeros(pairs.one.size, dtype=bool)
    _, names, took = membership_of(later)
    found = np.zeros((len(pairs.members), len(pairs.members)), dtype=bool)
    at = [pairs.members.index(name) for name in names]
    found[np.ix_(at, at)] = works_together(took, "full").toarray() > 0
    return np.asarray(found[pairs.one, pairs.two], dtype=bool)


@dataclass(frozen=True)
class PartnerForecast:
    """Pairs likely to co-operate for the first time, likeliest first.

    table   : member_1, member_2, chance (0 to 1, within the horizon), then every feature of the
              pair
    weights : feature, weight: of standardised log features in the logistic regression
    pairs   : how many pairs without joint work there are
    mean_chance : over all of them
    """

    table: pl.DataFrame
    weights: pl.DataFrame
    pairs: int
    mean_chance: float


def forecast_partners(
    works: pl.DataFrame,
    now: int,
    horizon: int = 3,
    *,
    past: int = 5,
    least_works: int = 3,
    groups: Mapping[str, str] | None = None,
    terms: pl.DataFrame | None = None,
    most: int = 1000,
) -> PartnerForecast:
    """Who is likely to work together for the first time in the years after ``now``.

    A logistic regression of new co-operation on the logarithms of the features; it learns from
    pairs as they were known ``horizon`` years before ``now`` and what became of them up to ``now``.
    Rows later than ``now`` are never read.

    Parameters
    ----------
    works
        Columns work, member and year.
    now
        The forecast year.
    horizon
        Years ahead.
    past
        Years up to the forecast year from which the features are computed.
    least_works
        Works of those years from which a member is a candidate.
    groups
        Member -> group, such as a country.
    terms
        Columns work and term; None leaves the features of terms out.
    most
        Pairs to return.

    Returns
    -------
    PartnerForecast, with ``table`` (member_1, member_2, chance within the horizon, 0 to 1, and
    every feature; the likeliest first), ``weights`` (feature, weight), ``pairs`` and
    ``mean_chance``.

    Raises
    ------
    NothingToLearn
        For too few members, and without new co-operation in the past.
    """
    chance, pairs, model = _learnt(
        _once(works), now, horizon, past, least_works, groups, _named(terms)
    )
    order = np.lexsort((pairs.two, pairs.one, -chance))[:most]
    columns: dict[str, Any] = {
        "member_1": [pairs.members[k] for k in pairs.one[order]],
        "member_2": [pairs.members[k] for k in pairs.two[order]],
        "chance": chance[order],
    } | {name: pairs.features[order, k] for k, name in enumerate(pairs.names)}
    weights = {"feature": list(pairs.names), "weight": np.round(model.coef_[0], 9)}
    mean = float(chance.mean())
    return PartnerForecast(pl.DataFrame(columns), pl.DataFrame(weights), chance.size, mean)


def _once(works: pl.DataFrame) -> pl.DataFrame:
    return works.select("work", "member", "year").unique().sort("work", "member", "year")


def _named(terms: pl.DataFrame | None) -> pl.DataFrame | None:
    if terms is None:
        return None
    return terms.select("work", "term").drop_nulls().unique()


def _learnt(
    works: pl.DataFrame,
    now: int,
    horizon: int,
    past: int,
    least_works: int,
    groups: Mapping[str, str] | None,
    terms: pl.DataFrame | None,
) -> tuple[Floats, Pairs, LogisticRegression]:
    # here, for it takes longer than a second: the help and the doctor look at every measurement
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    known = works.filter(pl.col("year") <= now)
    before, today = (
        candidate_pairs(known, at, past=past, least_works=least_works, groups=groups, terms=terms)
        for at in (now - horizon, now)
    )
    came = came_together(known, before, now - horizon, horizon)
    span = {"first": Year(now - horizon + 1), "last": Year(now)}
    if not came.any():
        raise NothingToLearn(message("nobody_new", **span))
    if came.all():
        raise NothingToLearn(message("everybody_new", **span))
    if not today.one.size:
        raise NothingToLearn(message("no_pairs", year=Year(now)))
    scale = StandardScaler().fit(np.log1p(before.features))
    model = LogisticRegression(max_iter=1000).fit(scale.transform(np.log1p(before.features)), came)
    chance = model.predict_proba(scale.transform(np.log1p(today.features)))[:, 1]
    return np.round(chance, 9), today, model  # equal chances are equal on every processor


def backtest_partners(
    works: pl.DataFrame,
    years: Sequence[int],
    horizon: int = 3,
    *,
    past: int = 5,
    least_works: int = 3,
    groups: Mapping[str, str] | Callable[[int], Mapping[str, str]] | None = None,
    terms: pl.DataFrame | None = None,
    at: tuple[int, ...] = (10, 50, 100),
) -> pl.DataFrame:
    """The record out of time: new co-operation of the ``horizon`` years after each forecast year.

    It is picked from what was known then. Every feature is a score of its own, beside the one that
    is learnt; the base rate is what a blind choice would hit.

    Parameters
    ----------
    works
        Columns work, member and year.
    years
        Forecast years.
    horizon
        Years after a forecast year whose new co-operation is foretold.
    past
        Years up to the forecast year from which the features are computed.
    least_works
        Works of those years from which a member is a candidate.
    groups
        Member -> group; or a function from the forecast year to the groups that were known then.
    terms
        Columns work and term; None leaves the features of terms out.
    at
        The K of the precision among the K likeliest pairs.

    Returns
    -------
    A row for each forecast year and score: year, score, member_count, pair_count, link_count,
    base_rate_share, auc, and for each K of ``at`` precision_at_K_share and said_at_K_share (the
    mean chance that the learnt score gave these pairs; null for the others, which give none). Of
    fewer than K pairs they are null.

    Raises
    ------
    InputError
        For a forecast year whose outcomes the works don't hold in full.
    NothingToLearn
        As ``forecast_partners``.
    """
    held, named = _once(works), _named(terms)
    last = int(held["year"].to_numpy().max())
    check_bounds("years", max(years, default=np.inf), high=last - horizon)
    rows = []
    for now in years:
        then = groups(now) if callable(groups) else groups
        chance, pairs, _ = _learnt(held, now, horizon, past, least_works, then, named)
        came = came_together(held, pairs, now, horizon)
        for name, score in [(LEARNT, chance), *zip(pairs.names, pairs.features.T, strict=True)]:
            record = link_record(score, came, at)
            row = {
                "year": now,
                "score": name,
                "member_count": len(pairs.members),
                "pair_count": record.pairs,
                "link_count": record.links,
                "base_rate_share": record.base_rate,
                "auc": record.auc,
            }
            row |= {f"precision_at_{k}_share": record.precision.get(k) for k in at}
            if name == LEARNT:
                row |= {f"said_at_{k}_share": _said(chance, k) for k in at}
            rows.append(row)
    return pl.DataFrame(rows, schema=record_schema(at)).with_columns(pl.col("auc").fill_nan(None))


def record_schema(at: Sequence[int]) -> dict[str, Any]:
    """The columns of `backtest_partners`; with few pairs some hold no number and keep their type.

    >>> list(record_schema([10]))[-2:]
    ['precision_at_10_share', 'said_at_10_share']
    """
    shares = [f"{kind}_at_{k}_share" for kind in ("precision", "said") for k in at]
    return RECORD | dict.fromkeys(shares, pl.Float64)


def _said(chance: Floats, k: int) -> float | None:
    """The mean of the k highest chances; None of fewer than k."""
    if k > chance.size:
        return None
    return float(np.sort(chance)[-k:].mean())
