"""The slacks-based measure of efficiency and super-efficiency, with bad outputs, on a long frame of
units and years."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.instruments.productivity.frontier_efficiency.peers import (
    peer_table,
    peers_text,
    stands_out,
)
from firstlight.instruments.productivity.frontier_efficiency.refusal import refused
from firstlight.instruments.productivity.frontier_efficiency.slack_scores import (
    Floats,
    SlackScores,
    SlackTerms,
    divided_rows,
    frontier_rows,
    slack_scores,
    slack_terms,
    with_unit_denominator,
)
from firstlight.instruments.productivity.frontiers.directional_distance import IMPRECISE
from firstlight.instruments.productivity.frontiers.reference_years import frontiers
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress
from firstlight.numerics.linear_programmes import INFEASIBLE, OPTIMAL, solve_programmes
from firstlight.numerics.optional_arrays import array_or
from firstlight.texts import Name, message

# code of why the others can't reach a unit: with this orientation and these returns there is no
# solution
_OUT_OF_REACH = "others_cannot_reach"


def super_slack_scores(
    inputs: Any,
    outputs: Any,
    bads: Any = None,
    *,
    reference: tuple[Any, Any, Any] | None = None,
    own_place: Any = None,
    returns: str = "crs",
    orientation: str = "non",
    weights: Any = None,
) -> SlackScores:
    """The slacks-based measure of super-efficiency: each unit against the frontier of the others.

    delta = min (sum w_i p_i / x_i) / (sum w_r q_r / y_r), subject to p >= x, p >= X lambda, q <= y,
    q <= Y lambda, where the unit itself has no lambda. With bads the denominator is 1 - sum w_r
    (y_r - q_r) / y_r - sum w_k (c_k - b_k) / b_k with c >= b, c >= B lambda: the mirror image of
    ``slack_scores``. Input orientation holds q = y and c = b, output orientation p = x. For a unit
    that others dominate delta is 1; use it for units of the frontier only.

    inputs, outputs, bads, reference, returns, weights : as in ``slack_scores``, but all positive
    own_place : (N,) each unit's own column of the reference, -1 for none; 0 to N - 1 where no
                reference is given
    Returns SlackScores; slacks are x - p, q - y, b - c, not above 0; targets are p, q, c.
    "infeasible" where the others
            can't reach the unit: the orientation holds what they can't meet, or bads must grow so
            far that the denominator is not positive.
    Raises  InputError as ``slack_scores``, and for any zero.
    Source: Tone (2002), European Journal of Operational Research 143(1), 32-41.

    >>> super_slack_scores([[2.0], [4.0]], [[1.0], [1.0]]).score.round(6).tolist()
    [2.0, 1.0]
    """
    terms = slack_terms(inputs, outputs, bads, reference, returns, orientation, weights, "refuse")
    if reference is not None and own_place is None:
        raise refused(message("no_own_place"))
    excluded = array_or(own_place, np.arange(len(terms.values)))
    # An input of the frontier's rows: X lambda - d p' - t x <= 0; an output: Y lambda + d q' - t y
    # >= 0.
    own, sums = frontier_rows(terms, -terms.signs)
    count, rows, width = own.shape
    lower, upper = np.zeros((count, rows)), np.zeros((count, rows))
    lower[:, :-1], upper[:, :-1] = (
        np.where(terms.signs > 0, -np.inf, 0.0),
        np.where(terms.signs > 0, 0.0, np.inf),
    )
    lower[:, -1], upper[:, -1] = sums
    low, top = np.zeros((count, width)), np.full((count, width), np.inf)
    shared = terms.frontier.columns
    if orientation == "non":
        shared, own, lower, upper = with_unit_denominator(shared, own, lower, upper, terms, -1.0)
    else:
        low[:, 0] = top[:, 0] = 1.0
        # the side that isn't measured has no slacks
        top[:, 1:][:, terms.is_input != (orientation == "input")] = 0.0
    found = solve_programmes(
        shared, own, lower, upper, _cost(terms), own_lower=low, own_upper=top, excluded=excluded
    )
    status = found.status.copy()
    score = found.value.copy()
    if orientation == "output":
        with np.errstate(divide="ignore"):
            score = 1 / (1 - score)
        beyond = (status == OPTIMAL) & ~((score > 0) & np.isfinite(score))
        status[beyond], score[beyond] = INFEASIBLE, np.nan
    slacks = -found.own[:, 1:] / found.own[:, :1] * terms.divisors + 0.0  # no negative zeros
    slacks[status != OPTIMAL] = np.nan
    return SlackScores(
        score,
        slacks,
        terms.values - terms.signs * slacks,
        divided_rows(found.shared, found.own[:, 0]),
        status,
    )


def _cost(terms: SlackTerms) -> Floats:
    cost = np.zeros((len(terms.values), 1 + terms.values.shape[1]))
    if terms.orientation == "output":
        cost[:, 1:] = np.where(terms.is_input, 0.0, terms.weights)
    else:
        cost[:, 0], cost[:, 1:] = 1.0, np.where(terms.is_input, terms.weights, 0.0)
    return cost


def sbm(
    panel: UnitPanel,
    *,
    returns: str,
    orientation: str,
    super_efficiency: bool,
    technology: str,
    zeros: str,
    progress: Progress | None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores and peers by the slacks-based measure (SBM); formulas in ``slack_scores`` and
    ``super_slack_scores``.

    Scores, a row for each unit (and year): ``efficiency_score`` (rho), ``super_efficiency_score``
    where it was asked for (delta on the frontier, rho inside it), ``is_efficient``, a ``_slack``
    (negative for super-efficient units) and a ``_target`` for each column in its own unit,
    ``peers_text``, and ``reason``, a code of why there is no score. Peers: ``peer_table``.

    Raises  InputError as these, and for a zero that is refused, with unit and column.
    """
    if super_efficiency and zeros != "refuse":
        raise refused(message("super_with_zeros"))
    if zeros == "refuse":
        _refuse_zeros(panel)
    parts: list[_Part] = []
    for rows, spanning in frontiers(panel.years, technology, progress):
        own, held = panel.of(rows), panel.of(spanning)
        options: dict[str, Any] = {"returns": returns, "orientation": orientation}
        found = slack_scores(*own, reference=held, zeros=zeros, **options)
        beyond = found.score == 1 if super_efficiency else np.zeros(len(rows), bool)
        better = None
        if beyond.any():
            better = super_slack_scores(
                *(part[beyond] for part in own),
                reference=held,
                own_place=np.searchsorted(spanning, rows[beyond]),
                **options,
            )
        parts.append((rows, spanning, found, beyond, better))
    return _slacks_based(panel, parts)


def _refuse_zeros(panel: UnitPanel) -> None:
    zero = np.argwhere(panel.values == 0)
    if zero.size:
        row, column = (int(place) for place in zero[0])
        name = Name(panel.quantities[column])
        raise refused(message("zero_in_sbm", unit=panel.who(row), column=name))


_Part = tuple[
    NDArray[np.intp], NDArray[np.intp], SlackScores, NDArray[np.bool_], SlackScores | None
]


def _slacks_based(panel: UnitPanel, parts: list[_Part]) -> tuple[pl.DataFrame, pl.DataFrame]:
    count, names = len(panel.units), panel.quantities
    is_super = any(better is not None for *_, better in parts)
    rho, score = np.full((2, count), np.nan)
    is_efficient, solved = np.zeros(count, bool), np.zeros(count, bool)
    slacks, targets = (np.full((count, len(names)), np.nan) for _ in range(2))
    peers = []
    for rows, spanning, found, beyond, better in parts:
        rho[rows] = found.score
        is_efficient[rows] = found.score == 1
        for scores, here in ((found, np.flatnonzero(~beyond)), (better, np.flatnonzero(beyond))):
            if scores is None or not here.size:
                continue
            own = here
            if scores is better:  # super-efficiency has rows for the units of the frontier only
                own = np.arange(here.size)
            at = rows[here]
            score[at], slacks[at], targets[at] = (
                scores.score[own],
                scores.slacks[own],
                scores.targets[own],
            )
            solved[at] = scores.status[own] == OPTIMAL
            used = scores.weights[own].tocoo()
            kept = stands_out(used)
            peers.append(np.c_[at[used.row[kept]], spanning[used.col[kept]], used.data[kept]])
    row, peer, intensity = np.vstack([np.zeros((0, 3)), *peers]).T
    used = sparse.coo_matrix((intensity, (row.astype(int), peer.astype(int))), shape=(count, count))
    table_of_peers = peer_table(panel, panel.key(), used)
    # A unit helps to span its own frontier, so that it is never out of reach of that, but for
    # rounding.
    lost = np.where(np.isnan(rho), IMPRECISE, _OUT_OF_REACH).astype(object)
    lost[solved] = None
    table = pl.DataFrame(
        {
            **panel.key(),
            "efficiency_score": rho,
            **({"super_efficiency_score": score} if is_super else {}),
            "is_efficient": is_efficient,
            **{f"{name}_slack": slacks[:, k] for k, name in enumerate(names)},
            **{f"{name}_target": targets[:, k] for k, name in enumerate(names)},
            "peers_text": peers_text(table_of_peers, panel.key()),
            "reason": pl.Series(lost.tolist(), dtype=pl.String),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    return table, table_of_peers
