"""The slacks-based measure of efficiency and super-efficiency, with bad outputs, on a long frame of units and years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import InputError
from firstlight.instruments.productivity.frontiers.directional_distance import IMPRECISE, REASONS
from firstlight.instruments.productivity.frontiers.peers import peer_table, peers_text, stands_out
from firstlight.instruments.productivity.frontiers.reference_years import (
    frontiers,
    technology_words,
)
from firstlight.instruments.productivity.frontiers.slack_scores import (
    Floats,
    SlackScores,
    slack_scores,
)
from firstlight.instruments.productivity.frontiers.super_sbm import super_slack_scores
from firstlight.instruments.productivity.unit_panel import UnitPanel, one_number, unit_panel
from firstlight.instruments.productivity.yearly_chart import score_chart
from firstlight.numerics.finding import Finding, Words, name_words, reason_columns
from firstlight.numerics.linear_programmes import OPTIMAL
from firstlight.numerics.progress import Progress

_OUT_OF_REACH: Words = (
    "the other units can't reach it: with this orientation and these returns to scale the programme has no solution",
    "其他单元无法达到：在该导向与规模报酬假设下线性规划无可行解",
)


@dataclass(frozen=True, kw_only=True)
class SlacksBased(Finding):
    """Slacks-based scores of N units (by year), K = inputs, outputs, bads in the order in which they were named.

    The table has unit, year where there is one, ``efficiency_score`` (rho), ``super_efficiency_score`` where it was asked
    for (delta on the frontier, rho inside it), ``is_efficient``, a ``_slack`` and a ``_target`` for each column in its own
    unit, ``peers_text``, and ``reason_en``, ``reason_zh`` where the others can't reach a unit.

    score   : (N,) 1 on the frontier, below 1 inside it; the super-efficiency score where it was asked for
    slacks  : (N, K) what could be saved (inputs, bads) or added (outputs); negative for super-efficient units
    targets : (N, K) the point of the frontier that the unit is held against
    peers   : unit, year, peer, peer_year, intensity: the units of the frontier that make up the target
    """

    score: Floats
    slacks: Floats
    targets: Floats
    peers: pl.DataFrame

    def _chart(self, alt: Any) -> Any:
        name = next(
            c for c in ("super_efficiency_score", "efficiency_score") if c in self.table.columns
        )
        return score_chart(alt, self.table, name, ["unit", name, "peers_text"])


def sbm(
    frame: Any,
    inputs: Sequence[str],
    outputs: Sequence[str],
    bads: Sequence[str] = (),
    *,
    unit: str = "unit",
    year: str | None = None,
    returns: str = "crs",
    orientation: str = "non",
    super_efficiency: bool = False,
    technology: str = "contemporaneous",
    weights: Mapping[str, float] | None = None,
    zeros: str = "refuse",
    progress: Progress = None,
) -> SlacksBased:
    """The slacks-based measure (SBM) of each unit, with its slacks, targets and peers; formula in ``slack_scores``.

    frame   : a row per unit, or per unit and year; inputs, outputs, bads : its columns, in any units
    returns : "crs", "vrs", "nirs" or "ndrs"; orientation : "non", "input" or "output"
    super_efficiency : score units of the frontier against the others' frontier (formula in ``super_slack_scores``)
    technology : with years, a frontier "contemporaneous" of each year, "sequential" of a year and all before, or
                 "global" of all years
    weights : column -> relative weight of its slack, 1 where it isn't named
    zeros   : "refuse" them, "neglect" their terms, or put a "penalty" on outputs of zero; see ``slack_scores``
    progress : told of each year that begins
    Returns SlacksBased.
    Raises  InputError for an unknown option, bad rows (as ``unit_panel``), or a zero that is refused, with unit and column.
    Source: Tone (2001), European Journal of Operational Research 130(3), 498-509; (2002), ibid. 143(1), 32-41; (2003), GRIPS
            research report I-2003-0005.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"unit": ["a", "b"], "x": [2.0, 4.0], "y": [1.0, 1.0]})
    >>> sbm(rows, ["x"], ["y"]).frame["efficiency_score"].round(6).to_list()
    [1.0, 0.5]
    """
    if super_efficiency and zeros != "refuse":
        raise InputError(
            f"super-efficiency with zeros={zeros!r}",
            where="zeros",
            try_next="zeros='refuse': beyond the frontier no share of a zero is defined",
        )
    panel = unit_panel(frame, inputs, outputs, bads, unit=unit, year=year)
    if zeros == "refuse":
        _refuse_zeros(panel)
    given = _weights(panel.quantities, weights)
    parts = []
    for rows, spanning in frontiers(panel, technology, "SBM", progress):
        own, held = panel.of(rows), panel.of(spanning)
        options: dict[str, Any] = {"returns": returns, "orientation": orientation, "weights": given}
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
    return _finding(
        panel,
        parts,
        _conventions(panel, returns, orientation, super_efficiency, technology, zeros, weights),
    )


def _weights(names: tuple[str, ...], weights: Mapping[str, float] | None) -> list[float]:
    weights = weights or {}
    if unknown := [name for name in weights if name not in names]:
        raise InputError(
            f"a weight for {unknown[0]!r}",
            where="weights",
            try_next=f"name one of {', '.join(names)}",
        )
    return [one_number(weights.get(name, 1.0), f"weights, column {name!r}") for name in names]


def _refuse_zeros(panel: UnitPanel) -> None:
    zero = np.argwhere(panel.values == 0)
    if zero.size:
        row, column = (int(place) for place in zero[0])
        raise InputError(
            "a zero, by which no slack can be divided",
            where=panel.place(row, panel.quantities[column]),
            try_next="zeros='neglect' or zeros='penalty' (without super-efficiency), mend the number, or leave the unit out",
        )


_Part = tuple[
    NDArray[np.intp], NDArray[np.intp], SlackScores, NDArray[np.bool_], SlackScores | None
]


def _finding(panel: UnitPanel, parts: list[_Part], conventions: tuple[Words, ...]) -> SlacksBased:
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
            # Super-efficiency has rows for the units of the frontier only.
            own = here if scores is found else np.arange(here.size)
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
    row, peer, intensity = np.vstack(peers).T if peers else np.zeros((3, 0))
    used = sparse.coo_matrix((intensity, (row.astype(int), peer.astype(int))), shape=(count, count))
    table_of_peers = peer_table(panel, panel.key(), used)
    # A unit helps to span its own frontier, so that it is never out of reach of that, but for rounding.
    lost = [
        None if fine else _OUT_OF_REACH if known else REASONS[IMPRECISE]
        for fine, known in zip(solved, ~np.isnan(rho), strict=True)
    ]
    table = pl.DataFrame(
        {
            **panel.key(),
            "efficiency_score": rho,
            **({"super_efficiency_score": score} if is_super else {}),
            "is_efficient": is_efficient,
            **{f"{name}_slack": slacks[:, k] for k, name in enumerate(names)},
            **{f"{name}_target": targets[:, k] for k, name in enumerate(names)},
            "peers_text": peers_text(table_of_peers, panel.key()),
            **reason_columns(lost),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    return SlacksBased(
        table=table,
        sentences=(
            *_sentences(panel, score, is_efficient, solved),
            *_slack_sentences(panel, slacks, is_efficient),
        ),
        conventions=conventions,
        given=panel.given,
        score=score,
        slacks=slacks,
        targets=targets,
        peers=table_of_peers,
    )


def _sentences(
    panel: UnitPanel, score: Floats, is_efficient: NDArray[np.bool_], solved: NDArray[np.bool_]
) -> tuple[tuple[str, Words], ...]:
    count, efficient = len(score), int(is_efficient.sum())
    what = panel.rows_words
    found: dict[str, Words] = {
        "efficient_count": (
            f"{efficient} of {count} {what[0]} are on the frontier, without slack that counts.",
            f"{count} {what[1]}中有 {efficient} 个位于前沿面，不存在计入得分的松弛。",
        ),
    }
    if solved.any():
        worst = int(np.nanargmin(score))
        who = _who(panel, worst)
        found["score_mean"] = (
            f"The mean score is {np.nanmean(score):.3f}; the lowest is {score[worst]:.3f}, of {who[0]}.",
            f"平均得分 {np.nanmean(score):.3f}，最低为 {who[1]}，{score[worst]:.3f}。",
        )
    if not solved.all():
        lost = np.flatnonzero(~solved)
        listed, listed_zh = zip(*(_who(panel, int(k)) for k in lost[:5]), strict=True)
        more = ", …" if lost.size > 5 else ""
        found["infeasible_count"] = (
            f"{lost.size} {what[0]} have no score: {', '.join(listed)}{more}; the column of reasons says why.",
            f"{lost.size} {what[1]}没有得分：{'、'.join(listed_zh)}{more}；原因见“原因”列。",
        )
    return tuple(found.items())


def _who(panel: UnitPanel, row: int) -> Words:
    return name_words(str(panel.units[row]), int(panel.years[row]) if panel.has_years else None)


def _slack_sentences(
    panel: UnitPanel, slacks: Floats, is_efficient: NDArray[np.bool_]
) -> tuple[tuple[str, Words], ...]:
    """What stands between those inside the frontier and their targets, as mean shares of what they have."""
    if is_efficient.all():
        return ()
    has = panel.values[~is_efficient]
    lost = np.divide(slacks[~is_efficient], has, out=np.zeros_like(has), where=has > 0).mean(axis=0)
    sizes = [len(group) for group in panel.names]
    parts = np.split(np.arange(len(lost)), np.cumsum(sizes)[:-1])
    listed, listed_zh = (
        [comma.join(f"{panel.quantities[k]} {lost[k]:.0%}" for k in part) for part in parts]
        for comma in (", ", "、")
    )
    bads = (
        (f"; less of bads: {listed[2]}", f"；非期望产出减少 {listed_zh[2]}")
        if sizes[2]
        else ("", "")
    )
    return (
        (
            "slack_mean",
            (
                f"Inside the frontier the targets are, on average, less of inputs: {listed[0]}; more of outputs: {listed[1]}{bads[0]}.",
                f"非有效者的目标值平均为：投入减少 {listed_zh[0]}；产出增加 {listed_zh[1]}{bads[1]}。",
            ),
        ),
    )


_RETURNS: dict[str, Words] = {
    "crs": ("constant returns to scale", "规模报酬不变（CRS）"),
    "vrs": ("variable returns to scale", "规模报酬可变（VRS）"),
    "nirs": ("non-increasing returns to scale", "规模报酬非递增（NIRS）"),
    "ndrs": ("non-decreasing returns to scale", "规模报酬非递减（NDRS）"),
}
_ORIENTATION: dict[str, Words] = {
    "non": (
        "non-oriented: slacks of inputs, outputs and bads count",
        "非导向：投入、期望产出与非期望产出的松弛均计入",
    ),
    "input": ("input-oriented: slacks of inputs count", "投入导向：仅投入松弛计入"),
    "output": (
        "output-oriented: slacks of outputs and bads count",
        "产出导向：期望产出与非期望产出的松弛计入",
    ),
}
_ZEROS: dict[str, Words] = {
    "neglect": ("the term of a zero leaves its mean", "取值为零的项不参与平均"),
    "penalty": (
        "the term of a zero input or bad leaves its mean; the shortfall of a zero output counts against a tenth of the least "
        "positive output",
        "投入或非期望产出为零的项不参与平均；产出为零时以最小正值的十分之一为分母",
    ),
}


def _conventions(
    panel: UnitPanel,
    returns: str,
    orientation: str,
    super_efficiency: bool,
    technology: str,
    zeros: str,
    weights: Mapping[str, float] | None,
) -> tuple[Words, ...]:
    found = [_RETURNS[returns], _ORIENTATION[orientation]]
    if weights:
        listed = ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
        found.append(
            (
                f"relative weights of slacks: {listed}, the others 1",
                f"松弛的相对权重：{listed}，其余为 1",
            )
        )
    if panel.names[2]:
        found.append(
            (
                "bads are strongly disposable and count below the line, beside the good outputs (Tone 2003); to count them as "
                "inputs, name them as inputs",
                "非期望产出强可处置，与期望产出同列分母（Tone 2003）；若要作为投入处理，请列入投入",
            )
        )
    if super_efficiency:
        found.append(
            (
                "units of the frontier are scored against the frontier of the others (Tone 2002), the rest as usual; their slacks "
                "are negative",
                "前沿面单元以其余单元的前沿面计算超效率（Tone 2002），其余单元得分不变；超效率单元松弛为负",
            )
        )
    if zeros in _ZEROS:
        found.append(_ZEROS[zeros])
    found += technology_words(panel, technology)
    found.append(
        (
            "a score within 1e-7 of 1 is 1; the score is unique, slacks and peers need not be",
            "与 1 相差不超过 1e-7 的得分记为 1；得分唯一，松弛与参照单元未必唯一",
        )
    )
    return tuple(found)
