"""The record of consortia out of time: what members chosen from the past cover later, beside the
largest and a blind choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from firstlight.errors import InputError
from firstlight.instruments.networks.adjacency import Floats
from firstlight.instruments.networks.partner_choice.consortium import (
    FOLDER,
    Objective,
    choose_members,
    covered,
)
from firstlight.texts import Year, message

DRAWS = 200


def backtest_consortium(
    works: pl.DataFrame,
    terms: pl.DataFrame,
    years: Sequence[int],
    horizon: int = 3,
    size: int = 5,
    *,
    past: int = 5,
    least: int = 1,
    most_terms: int = 300,
    candidates: int = 500,
    objective: Objective = "best",
    seed: int = 0,
) -> pl.DataFrame:
    """How much of a technology's terms a consortium of the past covers in the years after.

    A member covers a term with ``least`` or more works that name it. The terms are the most
    frequent of the past window, and count alike; the candidates are the members with most works.
    Chosen as by ``choose_members``, from works up to the forecast year alone.

    Parameters
    ----------
    works
        Columns work, member and year.
    terms
        Columns work and term.
    years
        Forecast years.
    horizon
        Years after a forecast year in which the works of the chosen members are counted.
    size
        Members of a consortium.
    past
        Years up to the forecast year from which they are chosen.
    least
        Works that name a term from which a member covers it.
    most_terms
        How many terms count, the most frequent first.
    candidates
        How many members may be chosen, those with most works first.
    objective
        What is covered of a term, ``best`` or ``any``, as in ``choose_members``.
    seed
        Seed of the members drawn at random.

    Returns
    -------
    A row for each forecast year: year, member_count, term_count, covered_share (when chosen),
    later_covered_share (in the years after), largest_later_share (of the members with most works),
    blind_later_share (mean of 200 drawn at random: the base rate).

    Raises
    ------
    InputError
        As ``choose_members``, or for a forecast year without works before or after it.

    Examples
    --------
    >>> rows = pl.DataFrame(
    ...     {"work": ["a", "b", "c", "d"], "member": ["x", "y", "x", "y"],
    ...         "year": [2000, 2000, 2001, 2001]}
    ... )
    >>> words = pl.DataFrame({"work": ["a", "b", "c", "d"], "term": ["p", "q", "p", "p"]})
    >>> record = backtest_consortium(rows, words, [2000], 1, 1)
    >>> record.select("covered_share", "later_covered_share").row(0)
    (0.5, 0.5)
    """
    held = works.select("work", "member", "year").unique().sort("work", "member", "year")
    named = terms.select("work", "term").drop_nulls().unique().sort("work", "term")
    how = _Choice(size, least, most_terms, candidates, objective, seed)
    rows = [_of_year(held, named, now, horizon, past, how) for now in years]
    return pl.DataFrame(rows, orient="row")


def judged_years(
    works: pl.DataFrame, terms: pl.DataFrame, years: Sequence[int], horizon: int, past: int
) -> list[int]:
    """The forecast years with works that name terms in their past, and with works after them.

    >>> works = pl.DataFrame({"work": ["a", "b"], "member": ["x", "y"], "year": [2000, 2003]})
    >>> terms = pl.DataFrame({"work": ["a"], "term": ["p"]})
    >>> judged_years(works, terms, [2001, 2003], 2, 2)
    [2001]
    """
    named = works.join(terms.drop_nulls(), on="work", how="semi")["year"].unique().to_list()
    held = works["year"].unique().to_list()
    return [
        now
        for now in years
        if any(now - past < year <= now for year in named)
        and any(now < year <= now + horizon for year in held)
    ]


@dataclass(frozen=True)
class _Choice:
    """How members are chosen: as in ``backtest_consortium``."""

    size: int
    least: int
    most_terms: int
    candidates: int
    objective: Objective
    seed: int


def _of_year(
    works: pl.DataFrame, terms: pl.DataFrame, now: int, horizon: int, past: int, how: _Choice
) -> dict[str, Any]:
    spans = (now - past + 1, now), (now + 1, now + horizon)
    before, later = (works.filter(pl.col("year").is_between(*span)) for span in spans)
    named = before.join(terms, on="work")
    if not named.height or not later.height:
        raise InputError(message("no_works_around", year=Year(now)), FOLDER)
    count = (
        named.select("work", "term")
        .unique()
        .group_by("term")
        .len()
        .sort(["len", "term"], descending=[True, False])
    )
    words = sorted(count.head(how.most_terms)["term"].to_list())
    own = (
        before.filter(pl.col("member").is_in(named["member"].unique().to_list()))
        .group_by("member")
        .len()
    )
    members = sorted(
        own.sort(["len", "member"], descending=[True, False])["member"]
        .head(how.candidates)
        .to_list()
    )
    then, came = (coverage_of(span, terms, members, words, how.least) for span in (before, later))
    size = min(how.size, len(members))
    chosen = choose_members(then, size, objective=how.objective).chosen
    works_of = dict(own.iter_rows())
    largest = np.argsort([-works_of[name] for name in members], kind="stable")[:size]
    rng = np.random.default_rng(how.seed)
    blind = [
        covered(came[rng.choice(len(members), size, replace=False)], how.objective).mean()
        for _ in range(DRAWS)
    ]
    return {
        "year": now,
        "member_count": len(members),
        "term_count": len(words),
        "covered_share": float(covered(then[chosen], how.objective).mean()),
        "later_covered_share": float(covered(came[chosen], how.objective).mean()),
        "largest_later_share": float(covered(came[largest], how.objective).mean()),
        "blind_later_share": float(np.mean(blind)),
    }


def coverage_of(
    works: pl.DataFrame, terms: pl.DataFrame, members: list[str], words: list[str], least: int = 1
) -> Floats:
    """1 where a member has ``least`` or more works that name a term, else 0: (members, terms).

    >>> works = pl.DataFrame({"work": ["a", "b"], "member": ["x", "y"]})
    >>> coverage_of(works, pl.DataFrame({"work": ["a"], "term": ["p"]}), ["x", "y"], ["p"]).tolist()
    [[1.0], [0.0]]
    """
    held = works.filter(pl.col("member").is_in(members)).join(
        terms.filter(pl.col("term").is_in(words)), on="work"
    )
    count = (
        held.group_by("member", "term")
        .agg(pl.col("work").n_unique())
        .filter(pl.col("work") >= least)
    )
    rows, columns = ({name: k for k, name in enumerate(names)} for names in (members, words))
    found = np.zeros((len(members), len(words)))
    for name, term, _ in count.iter_rows():
        found[rows[name], columns[term]] = 1.0
    return found
