"""Partners and consortia: who together covers what a technology needs, who has worked together, and
who bridges.

Symbols: c_it how far organisation i covers term t (0 to 1), w_t weight of the term, f(S) what a set
S covers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from firstlight.errors import (
    InputError,
    check_bounds,
    check_choice,
    check_known,
    check_positive,
    stands_twice,
    too_many,
)
from firstlight.instruments.networks.adjacency import Floats, adjacency, read_links
from firstlight.instruments.networks.brokerage import structural_holes
from firstlight.instruments.networks.partner_choice.link_scores import link_scores
from firstlight.numerics.array_checks import check_numbers, check_shape
from firstlight.numerics.long_frames import read_long
from firstlight.numerics.optional_arrays import array_or
from firstlight.numerics.row_checks import refuse_missing, refuse_repeated
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent

Objective = Literal["best", "any"]
"""A term is covered as far as the best member covers it, or unless every member misses it."""
GUARANTEE = 1 - 1 / np.e


@dataclass(frozen=True)
class Consortium:
    """Members who together cover most, as far as is known.

    chosen    : positions; those required come first, the others in the order of what each adds
    objective : (k,), the objective after each; it rises
    gain      : (k,), what each added
    at_least  : share of the best possible objective of this size that is certain, from the data (at
                least 1 - 1/e where none is required)
    """

    chosen: list[int]
    objective: Floats
    gain: Floats
    at_least: float


def covered(coverage: Floats, objective: str = "best") -> Floats:
    """How far a set of organisations (rows) covers each term, (terms,).

    >>> covered(np.array([[0.5, 0.0], [0.5, 1.0]]), "any").tolist()
    [0.75, 1.0]
    """
    if not len(coverage):
        return np.zeros(coverage.shape[1])
    found = coverage.max(axis=0) if objective == "best" else 1 - np.prod(1 - coverage, axis=0)
    return np.asarray(found, dtype=np.float64)


def choose_members(
    coverage: Any,
    size: int,
    *,
    weights: Any = None,
    bonus: Any = None,
    objective: str = "best",
    required: Sequence[int] = (),
) -> Consortium:
    """Members that together cover most: the greedy choice, then one exchanged for another while
    that adds.

    F(S) = sum_t w_t f_t(S) / sum_t w_t + sum over i in S of bonus_i. It never falls as members are
    added, and a member adds less the more there are (monotone, submodular), so the greedy choice
    reaches at least 1 - 1/e (63%) of the best possible, and exchanges only raise it; what is
    certain is told from the data: F(S) over the least of F(T) + the sum of the largest gains left,
    over all steps T.

    coverage : (organisations, terms), 0 to 1
    size     : of the consortium, required members included
    weights  : (terms,), at least 0; equal where not given
    bonus    : (organisations,), at least 0, in units of the whole coverage; such as ties with a
               lead
    required : positions of members that are in from the start; what is certain then compares with
               the best that holds them
    Returns Consortium; of equal gains the first organisation is taken.
    Raises  InputError for coverage outside 0 to 1, weights or bonus below 0, or a size outside 1 to
            all.
    Source: Nemhauser, Wolsey and Fisher (1978), Mathematical Programming 14, 265-294; the bound
            from the data: Leskovec and others (2007), KDD '07, 420-429.

    >>> choose_members([[1, 1, 0], [0, 1, 1], [0, 0, 1]], 2).chosen
    [0, 1]
    """
    c, w, extra = _checked(coverage, size, weights, bonus, objective, len(required))
    first, _, bound = _greedy(c, w, extra, size, required, objective)
    better = _exchanged(first, c, w, extra, len(required), objective)
    chosen, gains, _ = _greedy(c, w, extra, size, required, objective, better)
    values, at_least = np.cumsum(gains), 1.0
    if bound > 0:  # where nothing can be covered, any choice is as good as the best
        at_least = min(1.0, float(values[-1]) / bound)
    return Consortium(chosen, values, np.array(gains), at_least)


def _raised(reached: Floats, c: Floats, objective: str) -> Floats:
    """What each term is covered with one more member, for every member: (organisations, terms)."""
    if objective == "best":
        return np.maximum(reached, c)
    # "any": terms are covered independently, so what stays open is a product
    return np.asarray(1 - (1 - reached) * (1 - c), dtype=np.float64)


def _greedy(
    c: Floats,
    w: Floats,
    extra: Floats,
    size: int,
    required: Sequence[int],
    objective: str,
    among: Sequence[int] = (),
) -> tuple[list[int], list[float], float]:
    """Members one at a time by what each adds, all or some of them; their gains; and what no set
    can pass."""
    chosen: list[int] = []
    gains: list[float] = []
    reached, value, bound = np.zeros(c.shape[1]), 0.0, np.inf
    for step in range(size + 1):
        raised = _raised(reached, c, objective)
        gain = (raised - reached) @ w + extra
        gain[chosen] = 0.0
        # the best set that holds those required adds to them, at most, the largest gains
        if step >= len(required):
            bound = min(bound, value + float(np.sort(gain)[::-1][: size - len(required)].sum()))
        if step == size:
            break
        is_free = ~np.isin(np.arange(len(c)), chosen)
        if among:
            is_free &= np.isin(np.arange(len(c)), among)
        free = np.where(is_free, gain, -np.inf)
        if step < len(required):
            best = int(required[step])
        else:
            # of equal gains the first, however sums were rounded
            best = int(np.argmax(free >= free.max() - 1e-12))
        chosen.append(best)
        gains.append(float(gain[best]))
        reached, value = raised[best], value + gains[-1]
    return chosen, gains, bound


def _exchanged(
    chosen: list[int], c: Floats, w: Floats, extra: Floats, kept: int, objective: str
) -> list[int]:
    """The set after exchanging one member for another, the best exchange each time, until none adds
    anything."""
    own = list(chosen)
    while True:
        value = float(covered(c[own], objective) @ w + extra[own].sum())
        most, out, into = 1e-12, -1, -1
        for place in range(kept, len(own)):
            rest = own[:place] + own[place + 1 :]
            gain = (
                _raised(covered(c[rest], objective), c, objective) @ w
                + extra
                + extra[rest].sum()
                - value
            )
            gain[own] = -np.inf
            k = int(np.argmax(gain))
            # an exchange that gains by rounding alone would go back and forth for ever
            if gain[k] > most + 1e-12:
                most, out, into = float(gain[k]), place, k
        if out < 0:
            return own
        own[out] = into


def _checked(
    coverage: Any, size: int, weights: Any, bonus: Any, objective: str, required: int
) -> tuple[Floats, Floats, Floats]:
    c = np.asarray(coverage, dtype=np.float64)
    check_choice("objective", objective, get_args(Objective))
    check_shape("coverage", c, None, None)
    check_bounds("size", size, max(1, required), len(c))
    w = array_or(weights, np.ones(c.shape[1]))
    extra = array_or(bonus, np.zeros(len(c)))
    for name, held, most in (
        ("coverage", c, 1.0),
        ("weights", w, np.inf),
        ("bonus", extra, np.inf),
    ):
        check_numbers(name, held, 0, most)
    check_shape("weights", w, c.shape[1])
    check_shape("bonus", extra, len(c))
    check_positive("weights", w.sum())
    return c, np.asarray(w / w.sum(), dtype=np.float64), extra


@dataclass(frozen=True)
class Recommended:
    """A recommended consortium, and every other candidate.

    table      : rank, organisation, gain_share, covered_share (by all so far), objective, new_terms
                 (a list of those on which it improves most, at most five), tie_count (how many of
                 those before it has worked with), tie_weight; in the order of choice
    candidates : organisation, covered_share (alone), added_share (to the required members'
                 coverage), tie_weight (with them), common_partner_count and adamic_adar (with
                 them), constraint (low: it spans holes; null without ties)
    at_least_share : share of the best possible objective that is certain
    """

    table: pl.DataFrame
    candidates: pl.DataFrame
    at_least_share: float


def recommend_consortium(
    frame: Any,
    size: int,
    organisation: str = "organisation",
    term: str = "term",
    coverage: str | None = None,
    *,
    links: Any = None,
    weights: Mapping[str, float] | str = "equal",
    required: Sequence[str] = (),
    tie_weight: float = 0.0,
    objective: str = "best",
) -> Recommended:
    """A consortium for a technology: who covers its terms, who has worked together, who bridges.

    Parameters
    ----------
    frame
        A row for each organisation and term that it covers.
    size
        Members, those required included.
    organisation
        Column of the organisations.
    term
        Column of the terms.
    coverage
        Column of the coverage, 0 to 1; 1 for every row where None.
    links
        Past co-operation, a row for each tie: member_1, member_2, weight_count (as
        ``Collaboration.links``); unknown names are left aside.
    weights
        ``equal``, as in maximum coverage; or term -> weight; terms without one weigh nothing.
    required
        Organisations that are in from the start, such as the lead.
    tie_weight
        How much past work with those required counts beside coverage: 0 not at all; 0.2: a member
        with the strongest tie of all scores like one that covers another 20%. It has no effect
        where none is required.
    objective
        What is covered of a term, ``best`` or ``any``, as in ``choose_members``.

    Returns
    -------
    Recommended, with ``table`` (rank, organisation, gain_share, covered_share, objective,
    new_terms, tie_count, tie_weight, in the order of choice), ``candidates`` (every other one) and
    ``at_least_share``, the share of the best possible objective that is certain.

    Raises
    ------
    InputError
        As ``choose_members``, for a pair that stands twice, or a required organisation that isn't
        in the frame.

    Examples
    --------
    >>> rows = pl.DataFrame({"organisation": ["a", "a", "b", "c"], "term": ["x", "y", "z", "y"]})
    >>> recommend_consortium(rows, 2).table.select("organisation", "covered_share").rows()
    [('a', 0.6666666666666666), ('b', 1.0)]
    """
    check_numbers("tie_weight", tie_weight, 0)
    names, terms, c = _coverage(frame, organisation, term, coverage)
    check_known("required", required, names)
    if len(set(required)) < len(required):
        raise stands_twice("required", *required)
    if len(required) > size:
        raise InputError(too_many("members", len(required), size, "required, size"))
    if isinstance(weights, str):
        check_choice("weights", weights, ("equal",))
    w = np.ones(len(terms))
    if not isinstance(weights, str):
        w = np.array([float(weights.get(term, 0.0)) for term in terms])
    ties = _ties(links, names)
    lead = [names.index(name) for name in required]
    known = np.zeros(len(names))
    if lead:
        known = np.asarray(ties[:, lead].sum(axis=1)).ravel()
    known[lead] = 0.0
    bonus = np.zeros(len(names))
    if known.max() > 0:
        bonus = tie_weight * known / known.max()
    found = choose_members(c, size, weights=w, bonus=bonus, objective=objective, required=lead)
    table = _rows(found, names, terms, c, w / w.sum(), ties, objective)
    candidates = _candidates(names, c, w / w.sum(), ties, known, lead, objective)
    return Recommended(table, candidates, found.at_least)


def _coverage(
    frame: Any, organisation: str, term: str, coverage: str | None
) -> tuple[list[str], list[str], Floats]:
    held = {"organisation": organisation, "term": term, "coverage": coverage}
    table = read_long(frame, held, ["coverage"])
    if coverage is None:
        table = table.unique(maintain_order=True).with_columns(coverage=pl.lit(1.0))
    refuse_repeated(table, ["organisation", "term"])
    refuse_missing(table, ["organisation", "term"], "coverage")
    if not table.height:
        raise InputError(message("no_rows", table=Name("frame")))
    names, terms = (sorted(set(table[key].to_list())) for key in ("organisation", "term"))
    rows, columns = ({k: i for i, k in enumerate(keys)} for keys in (names, terms))
    found = np.zeros((len(names), len(terms)))
    for name, own, value in table.iter_rows():
        found[rows[name], columns[own]] = value
    return names, terms, found


def _ties(links: Any, names: list[str]) -> Any:
    if links is None:
        return adjacency(np.zeros((len(names), len(names))))
    known, ties = read_links(links, "member_1", "member_2", "weight_count")
    place = {name: k for k, name in enumerate(known)}
    here = [place.get(name, -1) for name in names]
    inside = np.array([k >= 0 for k in here])
    found = np.zeros((len(names), len(names)))
    at = [k for k in here if k >= 0]
    found[np.ix_(inside, inside)] = ties[at][:, at].toarray()
    return adjacency(found)


def _rows(
    found: Consortium,
    names: list[str],
    terms: list[str],
    c: Floats,
    w: Floats,
    ties: Any,
    objective: str,
) -> pl.DataFrame:
    rows = []
    for step, k in enumerate(found.chosen):
        before, now = (
            covered(c[found.chosen[:step]], objective),
            covered(c[found.chosen[: step + 1]], objective),
        )
        raised = (now - before) * w
        # the terms that gain most; what rounding alone adds is not named
        better = [
            terms[t]
            for t in np.argsort(-np.round(raised, 12), kind="stable")[:5]
            if raised[t] > 1e-12
        ]
        tie = np.zeros(0)
        if step:  # a sparse matrix of no columns can't be cut out
            tie = np.asarray(ties[[k]][:, found.chosen[:step]].toarray()).ravel()
        share, partners = float(raised.sum()), int((tie > 0).sum())
        rows.append(
            (
                step + 1,
                names[k],
                share,
                float(now @ w),
                float(found.objective[step]),
                better,
                partners,
                float(tie.sum()),
            )
        )
    columns = [
        "rank",
        "organisation",
        "gain_share",
        "covered_share",
        "objective",
        "new_terms",
        "tie_count",
        "tie_weight",
    ]
    return pl.DataFrame(
        rows, schema=columns, orient="row", schema_overrides={"new_terms": pl.List(pl.String)}
    )


def _candidates(
    names: list[str],
    c: Floats,
    w: Floats,
    ties: Any,
    known: Floats,
    lead: list[int],
    objective: str,
) -> pl.DataFrame:
    start = covered(c[lead], objective)
    added = _raised(start, c, objective) - start
    scores = link_scores(ties)
    with_lead = {
        name: scores[name][:, lead].sum(axis=1) for name in ("common_neighbours", "adamic_adar")
    }
    others = np.array([k not in lead for k in range(len(names))])
    return (
        pl.DataFrame(
            {
                "organisation": names,
                "covered_share": c @ w,
                "added_share": added @ w,
                "tie_weight": known,
                "common_partner_count": np.rint(with_lead["common_neighbours"]).astype(np.int64),
                "adamic_adar": with_lead["adamic_adar"],
                "constraint": pl.Series(structural_holes(ties).constraint).fill_nan(None),
            }
        )
        .filter(pl.Series(others))
        .sort(["added_share", "organisation"], descending=[True, False])
    )
