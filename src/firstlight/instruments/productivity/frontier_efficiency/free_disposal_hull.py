"""The free disposal hull: each unit against those observed that dominate it, not convex."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import check_choice
from firstlight.instruments.productivity.frontier_efficiency.refusal import refused
from firstlight.instruments.productivity.frontiers.reference_years import frontiers
from firstlight.instruments.productivity.frontiers.technology import check_sides, stacked
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress
from firstlight.texts import message

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
ORIENTATIONS = ("input", "output", "directional")
PAIRS_AT_ONCE = 1_000_000
NONE = -1


@dataclass(frozen=True)
class HullScores:
    """Scores of N units against the hull of n.

    score : (N,) nan where nobody in the reference dominates in what the orientation holds
    peer  : (N,) place in the reference of the unit that gives the score, the first of equals; -1
            where there is none
    dominating_count : (N,) reference units with no more of any input and no less of any output,
                       itself among them
    """

    score: Floats
    peer: Whole
    dominating_count: Whole


def fdh(
    panel: UnitPanel, *, orientation: str, technology: str, progress: Progress | None
) -> pl.DataFrame:
    """Scores against the free disposal hull, a row for each unit (and year): ``efficiency_score``
    (input: theta; output: 1/phi) and ``expansion_score`` (output: phi), or ``inefficiency_score``
    (directional: beta, along each unit's own inputs and outputs), ``is_efficient``, ``peer_name``,
    ``peer_year``, ``dominating_count``.
    """
    score = np.full(len(panel.units), np.nan)
    peer, dominating = np.zeros((2, len(panel.units)), np.int64)
    for rows, spanning in frontiers(panel.years, technology, progress):
        held = (panel.inputs[spanning], panel.outputs[spanning])
        found = hull_scores(
            panel.inputs[rows], panel.outputs[rows], reference=held, orientation=orientation
        )
        score[rows] = found.score
        peer[rows] = spanning[found.peer]
        dominating[rows] = found.dominating_count
    scores = {
        "input": {"efficiency_score": score},
        "output": {
            "efficiency_score": 1 / np.where(score > 0, score, 1.0),
            "expansion_score": score,
        },
        "directional": {"inefficiency_score": score},
    }
    return pl.DataFrame(
        {
            **panel.key(),
            **scores[orientation],
            "is_efficient": score == (0.0 if orientation == "directional" else 1.0),
            **panel.key(peer, "peer_name", "peer_year"),
            "dominating_count": dominating,
        }
    )


def hull_scores(
    inputs: Any,
    outputs: Any,
    *,
    reference: tuple[Any, Any] | None = None,
    orientation: str = "input",
    direction: tuple[Any, Any] | None = None,
) -> HullScores:
    """Distance to the free disposal hull, in closed form.

    input       : theta = min over j with y_j >= y of max_i x_ij / x_i
    output      : phi = max over j with x_j <= x of min_r y_rj / y_r
    directional : beta = max over j of min(min_i (x_i - x_ij) / g_i, min_r (y_rj - y_r) / g_r);
                  where g is 0, j must not be worse

    inputs, outputs : (N, m), (N, s), any unit; reference : (n, m), (n, s), the N units where it is
                      None
    direction : (g of inputs, g of outputs), each broadcast to its (N, .), not negative; own inputs
                and outputs where None
    Returns HullScores.
    Raises  InputError for an unknown orientation, shapes that differ, or a row whose inputs or
            outputs are all 0.
    Source: Deprins, Simar and Tulkens (1984), in Marchand, Pestieau and Tulkens (eds.), The
            Performance of Public Enterprises, 243-267; Cherchye, Kuosmanen and Post (2001), Journal
            of Productivity Analysis 15, 201-215 (directional).

    >>> hull_scores([[2.0], [4.0], [3.0]], [[1.0], [1.0], [2.0]],
    ...     orientation="output").score.tolist()
    [1.0, 2.0, 1.0]
    """
    check_choice("orientation", orientation, ORIENTATIONS)
    x, y, rx, ry = checked_sides(inputs, outputs, reference)
    if direction is None:
        gx, gy = x, y
    else:
        gx, gy = (np.broadcast_to(g, v.shape) for g, v in zip(direction, (x, y), strict=True))
    if not (
        (gx >= 0).all() and (gy >= 0).all() and ((gx > 0).any(axis=1) | (gy > 0).any(axis=1)).all()
    ):
        raise refused(message("unusable_direction"))
    score, peer, dominating = (
        np.full(len(x), np.nan),
        np.full(len(x), NONE),
        np.zeros(len(x), np.int64),
    )
    for some in chunks(len(x), len(rx)):
        less, more = no_more(rx, x[some]), no_more(-ry, -y[some])
        dominating[some] = (less & more).sum(axis=1)
        if orientation == "input":
            distance = -np.where(more, largest_ratio(rx, x[some]), np.inf)
        elif orientation == "output":
            distance = np.where(less, least_ratio(ry, y[some]), -np.inf)
        else:
            distance = np.minimum(
                _room(x[some], rx, gx[some], -1.0), _room(y[some], ry, gy[some], 1.0)
            )
        at = distance.argmax(axis=1)
        best = distance[np.arange(len(at)), at]
        found = np.isfinite(best)
        if orientation == "input":
            best = -best  # the least share of inputs was sought as the greatest of its negatives
        score[some] = np.where(found, best, np.nan)
        peer[some] = np.where(found, at, NONE)
    return HullScores(score + 0.0, peer, dominating)  # -0 is 0


def checked_sides(
    inputs: Any, outputs: Any, reference: tuple[Any, Any] | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Inputs and outputs of the units and of the reference.

    Raises  InputError where shapes differ, or a row has only zeros on a side.
    """
    held = (inputs, outputs) if reference is None else reference
    m = np.shape(inputs)[1] if np.ndim(inputs) == 2 else 0
    own, other = stacked(inputs, outputs, None), stacked(*held, None, "reference")
    if own.shape[1] != other.shape[1] or np.shape(held[0])[1] != m or not len(other):
        raise refused(message("other_columns"))
    check_sides(own[:, :m], own[:, m:])
    return own[:, :m], own[:, m:], other[:, :m], other[:, m:]


def chunks(count: int, reference: int) -> Iterator[slice]:
    """Slices of the units, small enough that all their pairs with the reference fit into memory.

    >>> len(list(chunks(3000, 3000)))
    10
    """
    size = max(1, PAIRS_AT_ONCE // reference)
    for start in range(0, count, size):
        yield slice(start, start + size)


def no_more(reference: Floats, values: Floats) -> NDArray[np.bool_]:
    """(N, n) whether a reference unit has no more of anything.

    >>> no_more(np.array([[1.0], [3.0]]), np.array([[2.0]])).tolist()
    [[True, False]]
    """
    found = np.ones((len(values), len(reference)), bool)
    for k in range(values.shape[1]):
        found &= reference[None, :, k] <= values[:, None, k]
    return found


def largest_ratio(reference: Floats, values: Floats) -> Floats:
    """(N, n) max over columns of reference / value; infinite for something over 0, and 0 over 0
    does not count.

    >>> largest_ratio(np.array([[1.0, 0.0], [3.0, 1.0]]), np.array([[2.0, 0.0]])).tolist()
    [[0.5, inf]]
    """
    found = np.full((len(values), len(reference)), -np.inf)
    for k in range(values.shape[1]):
        with np.errstate(divide="ignore", invalid="ignore"):
            np.fmax(found, reference[None, :, k] / values[:, None, k], out=found)
    return found


def least_ratio(reference: Floats, values: Floats) -> Floats:
    """(N, n) min over columns of reference / value; what is over 0 does not count.

    >>> least_ratio(np.array([[1.0, 0.0], [3.0, 1.0]]), np.array([[2.0, 0.0]])).tolist()
    [[0.5, 1.5]]
    """
    found = np.full((len(values), len(reference)), np.inf)
    for k in range(values.shape[1]):
        with np.errstate(divide="ignore", invalid="ignore"):
            np.fmin(found, reference[None, :, k] / values[:, None, k], out=found)
    return found


def _room(values: Floats, reference: Floats, direction: Floats, sign: float) -> Floats:
    """(N, n) min over columns of how far the reference lies ahead, in steps of the direction; -inf
    where it may not be."""
    found = np.full((len(values), len(reference)), np.inf)
    for k in range(values.shape[1]):
        ahead = sign * (reference[None, :, k] - values[:, None, k])
        g = direction[:, None, k]
        # where the direction doesn't move, the reference must do no worse, and sets no limit then
        step = np.divide(ahead, g, out=np.where(ahead >= 0, np.inf, -np.inf), where=g > 0)
        np.minimum(found, step, out=found)
    return found
