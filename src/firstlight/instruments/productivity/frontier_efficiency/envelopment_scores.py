"""Scores of a panel's rows against each of its frontiers: of a year, of years so far, of all, or of
windows of years; and returns to scale, from distances under other returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from firstlight.errors import check_choice
from firstlight.instruments.productivity.frontier_efficiency.envelopment_options import (
    EnvelopmentOptions,
)
from firstlight.instruments.productivity.frontier_efficiency.peers import stands_out
from firstlight.instruments.productivity.frontiers import reference_years
from firstlight.instruments.productivity.frontiers.directional_distance import (
    IMPRECISE,
    DirectionalDistances,
    directional_distance,
    largest_slacks,
    restricted,
    signs,
)
from firstlight.instruments.productivity.frontiers.technology import Technology, technology
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress
from firstlight.numerics.linear_programmes import INFEASIBLE, OPTIMAL

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
ON_FRONTIER = 1e-8  # a distance nearer to 0 is that of the frontier
# the others make none of one of its outputs, or less than 1e-8 of it: a multiple that can't be
# distinguished from 0
_OUT_OF_REACH = "out_of_reach"

SAME = 1e-8  # distances nearer than this are the same
INCREASING, CONSTANT, DECREASING = "irs", "crs", "drs"


def returns_to_scale(
    technology: Technology,
    beta: Any,
    inputs: Any,
    outputs: Any,
    bads: Any = None,
    *,
    direction: Any,
) -> tuple[NDArray[np.str_], Floats]:
    """Where a point's projection lies: constant returns if VRS and CRS distances agree, else
    decreasing if VRS and NIRS do.

    technology : with returns "vrs"; beta : (N,) distances to it in that direction
    inputs, outputs, bads, direction : as in ``directional_distance``
    Returns (N,) "irs" increasing, "crs" constant, "drs" decreasing, or "" where a distance has no
    optimum; and (N,) the
            distances under constant returns, nan where there is no optimum.
    Raises  InputError for a technology of other returns.
    Source: Färe, Grosskopf and Lovell (1985), The Measurement of Efficiency of Production; Seiford
            and Zhu (1999), Omega 27, for its equivalence with Banker and Thrall's way.

    >>> from firstlight.instruments.productivity.frontiers.technology import technology
    >>> x, y = [[1.0], [2.0], [4.0]], [[1.0], [4.0], [5.0]]
    >>> returns_to_scale(technology(x, y), [0, 0, 0], x, y, direction=[1.0, 0.0])[0].tolist()
    ['irs', 'crs', 'drs']
    """
    check_choice("returns", technology.returns, ("vrs",))
    crs, nirs = (
        directional_distance(
            replace(technology, returns=other), inputs, outputs, bads, direction=direction
        ).beta
        for other in ("crs", "nirs")
    )
    vrs = np.asarray(beta, float)
    near = SAME * np.maximum(1.0, np.abs(vrs))
    code = np.where(
        np.abs(crs - vrs) <= near,
        CONSTANT,
        np.where(np.abs(nirs - vrs) <= near, DECREASING, INCREASING),
    )
    return np.where(np.isfinite(crs + nirs + vrs), code, ""), crs


@dataclass(frozen=True)
class FrontierScores:
    """What one frontier gave for N of the panel's R rows; ``first_year`` of a window, else 0.

    beta, super_beta, crs : (N,) distances: to the frontier, to the others' frontier, under constant
        returns
    code : (N,) returns to scale; slacks, multipliers : (N, K); intercept : (N,); intensities : (N,
           R)
    reasons : (N,) code of why there is no distance, no super-efficiency or no slack; None where
              nothing is amiss
    """

    rows: Rows
    first_year: NDArray[np.int64]
    beta: Floats
    super_beta: Floats
    crs: Floats
    code: NDArray[np.str_]
    slacks: Floats
    multipliers: Floats
    intercept: Floats
    intensities: sparse.csr_matrix
    reasons: NDArray[np.object_]


def frontiers(
    years: Rows, asked: EnvelopmentOptions, progress: Progress | None
) -> Iterator[tuple[int, Rows, Rows]]:
    """First year of a window (else 0), rows that are scored, rows that span the frontier."""
    if asked.technology != "window":
        for rows, spanning in reference_years.frontiers(years, asked.technology, progress):
            yield 0, rows, spanning
        return
    distinct = np.unique(years).tolist()
    windows = list(zip(distinct, distinct[asked.window - 1 :], strict=False))
    for done, (start, last) in enumerate(windows):
        if progress:
            progress(done, len(windows))
        rows = np.flatnonzero((years >= start) & (years <= last))
        yield start, rows, rows


def frontier_scores(
    panel: UnitPanel, asked: EnvelopmentOptions, first_year: int, rows: Rows, spanning: Rows
) -> FrontierScores:
    """Score some rows of the panel, which are among those that span the frontier."""
    frontier = technology(
        *panel.of(spanning), returns=asked.returns, disposability=asked.disposability
    )
    if len(asked.restrictions):
        frontier = restricted(frontier, asked.restrictions)
    own, g = panel.of(rows), asked.g[rows]
    found = _possible(directional_distance(frontier, *own, direction=g))
    beta = np.where(np.abs(found.beta) < ON_FRONTIER, 0.0, found.beta)
    solved = found.status == OPTIMAL
    moved = np.hstack(own) - signs(frontier) * np.nan_to_num(beta)[:, None] * g
    m, s, _ = frontier.sizes
    rest = largest_slacks(
        frontier, moved[:, :m], moved[:, m : m + s], moved[:, m + s :], counted=asked.counted
    )
    crs, code = np.full(len(rows), np.nan), np.full(len(rows), "", "U3")
    if asked.has_scale:
        code, crs = returns_to_scale(frontier, beta, *own, direction=g)
    super_beta, super_status = np.full(len(rows), np.nan), found.status
    if asked.is_super:
        super_beta, super_status = _beyond(
            frontier, own, g, beta, found.status, np.searchsorted(spanning, rows)
        )
    used = sparse.coo_matrix(rest.intensities)
    # those after them are weight restrictions
    columns = len(spanning) * (2 if frontier.is_abated else 1)
    kept = stands_out(used) & (used.col < columns) & solved[used.row]
    places = (used.row[kept], spanning[used.col[kept] % len(spanning)])
    return FrontierScores(
        rows=rows,
        first_year=np.full(len(rows), first_year),
        beta=beta,
        super_beta=super_beta,
        crs=crs,
        code=code,
        slacks=np.where(solved[:, None], rest.slacks, np.nan),
        multipliers=found.multipliers,
        intercept=found.intercept,
        intensities=sparse.csr_matrix(
            (used.data[kept], places), shape=(len(rows), len(panel.units))
        ),
        reasons=_reasons(found.status, super_status, rest.status),
    )


def _possible(found: DirectionalDistances) -> DirectionalDistances:
    """A row is among those that span its frontier: it can't lie beyond it, or never meet it, but
    for rounding."""
    lost = (found.status == INFEASIBLE) | (found.beta < -10 * ON_FRONTIER)
    return replace(
        found,
        beta=np.where(lost, np.nan, found.beta),
        status=np.where(lost, IMPRECISE, found.status),
        multipliers=np.where(lost[:, None], np.nan, found.multipliers),
        intercept=np.where(lost, np.nan, found.intercept),
    )


def _beyond(
    frontier: Technology,
    own: tuple[Floats, Floats, Floats],
    g: Floats,
    beta: Floats,
    status: NDArray[np.str_],
    place: Rows,
) -> tuple[Floats, NDArray[np.str_]]:
    """Distances of units of the frontier to the frontier of the others; the rest are nobody's
    peers, and keep theirs."""
    found, state = beta.copy(), status.astype("U12")
    here = np.flatnonzero(beta == 0)
    if here.size:
        x, y, b = (part[here] for part in own)
        others = directional_distance(frontier, x, y, b, direction=g[here], excluded=place[here])
        moves_outputs = (
            not g[here][:, frontier.input_rows].any() and not g[here][:, frontier.bad_rows].any()
        )
        nothing = others.beta <= -1 + ON_FRONTIER if moves_outputs else np.zeros(len(here), bool)
        found[here] = np.where(nothing, np.nan, others.beta)
        state[here] = np.where(nothing, _OUT_OF_REACH, others.status)
    return found, state


def _reasons(
    status: NDArray[np.str_], super_status: NDArray[np.str_], slack_status: NDArray[np.str_]
) -> NDArray[np.object_]:
    found = np.full(len(status), None, dtype=object)
    for k, (own, beyond, slack) in enumerate(zip(status, super_status, slack_status, strict=True)):
        if own != OPTIMAL:
            found[k] = str(own)
        elif beyond != OPTIMAL:
            found[k] = f"super_{beyond}"
        elif slack != OPTIMAL:
            found[k] = f"slacks_{slack}"
    return found
