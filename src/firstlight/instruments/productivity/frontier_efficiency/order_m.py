"""Order-m frontiers: a unit against the best of m units drawn at random, so that no outlier
decides.

Symbols: r the ratio of a drawn unit to the one that is scored, n the number that may be drawn, k a
rank among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import check_choice, shown
from firstlight.instruments.productivity.frontier_efficiency.free_disposal_hull import (
    checked_sides,
    chunks,
    largest_ratio,
    least_ratio,
    no_more,
)
from firstlight.instruments.productivity.frontier_efficiency.refusal import refused
from firstlight.instruments.productivity.frontiers.distance_functions import SCORES
from firstlight.instruments.productivity.frontiers.reference_years import frontiers
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress
from firstlight.numerics.distributions import critical_z
from firstlight.texts import Count, Name, message

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
LEVEL = 0.95  # of the intervals


@dataclass(frozen=True)
class OrderMScores:
    """Scores of N units; nan where the reference has nobody to draw.

    score : (N,) expected ratio; standard_error : (N,) of the score, asymptotic; 0 where all that
            may be drawn are equal
    drawn_from_count : (N,) reference units that may be drawn
    """

    score: Floats
    standard_error: Floats
    drawn_from_count: Whole


def order_m(
    panel: UnitPanel, *, m: int, orientation: str, technology: str, progress: Progress | None
) -> pl.DataFrame:
    """Order-m scores, a row for each unit (and year): the score, the same with ``_low`` and
    ``_high``, the ends of its interval, ``standard_error`` and ``drawn_from_count``.

    Raises  InputError as ``order_m_scores``, naming the unit whose input is 0.
    """
    if orientation == "input":
        _refuse_zeros(panel)
    score, error = np.full((2, len(panel.units)), np.nan)
    drawn = np.zeros(len(panel.units), np.int64)
    for rows, spanning in frontiers(panel.years, technology, progress):
        held = (panel.inputs[spanning], panel.outputs[spanning])
        found = order_m_scores(
            panel.inputs[rows], panel.outputs[rows], m=m, reference=held, orientation=orientation
        )
        score[rows] = found.score
        error[rows] = found.standard_error
        drawn[rows] = found.drawn_from_count
    reach = critical_z(LEVEL) * error
    name = SCORES[orientation]
    return pl.DataFrame(
        {
            **panel.key(),
            name: score,
            f"{name}_low": score - reach,
            f"{name}_high": score + reach,
            "standard_error": error,
            "drawn_from_count": drawn,
        }
    )


def order_m_scores(
    inputs: Any,
    outputs: Any,
    *,
    m: int = 25,
    reference: tuple[Any, Any] | None = None,
    orientation: str = "input",
) -> OrderMScores:
    """The expected best of m draws, with replacement, from the units that make no less (input) or
    use no more (output).

    input  : theta_m = E min over m draws of r = max_i x_ij / x_i, from j with y_j >= y
             = sum_k r_(k) [((n - k + 1)/n)^m - ((n - k)/n)^m], with r_(1) <= ... <= r_(n)
    output : lambda_m = E max over m draws of r = min_r y_rj / y_r, from j with x_j <= x
             = sum_k r_(k) [(k/n)^m - ((k - 1)/n)^m]
    The ratios are one number for each unit, however many inputs there are, so that the expectation
    needs no simulation. The standard error is that of the influence function, (m / sqrt n) sd of
    the integral of S^(m-1) up to r_j, S the share above (input), or of F^(m-1) beyond r_j, F the
    share below (output). Where n is not many times m it is too small.

    inputs, outputs : (N, m), (N, s), any unit; reference : (n, m), (n, s), the N units where it is
                      None
    Returns OrderMScores.
    Raises  InputError for an m below 1, an unknown orientation, shapes that differ, or (input) an
            input of 0.
    Source: Cazals, Florens and Simar (2002), Journal of Econometrics 106, 1-25.

    >>> order_m_scores([[1.0], [2.0]], [[1.0], [1.0]], m=2).score.tolist()
    [1.25, 0.625]
    """
    check_choice("orientation", orientation, ("input", "output"))
    if m < 1 or m != int(m):
        raise refused(message("no_draws", m=shown(m)))
    x, y, rx, ry = checked_sides(inputs, outputs, reference)
    if orientation == "input" and (x == 0).any():
        row, column = (Count(int(place)) for place in np.argwhere(x == 0)[0])
        raise refused(message("zero_input_of_row", row=row, column=column))
    score, error = np.full((2, len(x)), np.nan)
    drawn = np.zeros(len(x), np.int64)
    for some in chunks(len(x), len(rx)):
        if orientation == "input":
            ratio, may = largest_ratio(rx, x[some]), no_more(-ry, -y[some])
        else:
            ratio, may = least_ratio(ry, y[some]), no_more(rx, x[some])
        drawn[some] = may.sum(axis=1)
        score[some], error[some] = _expected_best(ratio, may, m, orientation == "input")
    return OrderMScores(score, error, drawn)


def _refuse_zeros(panel: UnitPanel) -> None:
    zero = np.argwhere(panel.inputs == 0)
    if zero.size:
        row, column = (int(place) for place in zero[0])
        name = Name(panel.names[0][column])
        raise refused(message("zero_input_in_order_m", unit=panel.who(row), column=name))


def _expected_best(
    ratio: Floats, may: NDArray[np.bool_], m: int, is_least: bool
) -> tuple[Floats, Floats]:
    """The expectation, and its standard error; steps of the distribution are cut at the ratios, the
    first begins at 0."""
    n = may.sum(axis=1, keepdims=True)
    r = np.sort(np.where(may, ratio, np.inf), axis=1)
    here = np.arange(r.shape[1]) < n
    top = np.where(here, r, 0.0).max(axis=1, keepdims=True)
    r = np.where(here, r, top)
    gap = np.diff(r, axis=1, prepend=0.0)
    count = np.maximum(n, 1)
    # Below r_(1) the share above is 1; between r_(k-1) and r_(k) it is (n - k + 1) / n.
    below = np.where(here, np.arange(r.shape[1]), n) / count
    if is_least:
        integral = np.cumsum(gap * (1 - below) ** (m - 1), axis=1)
        score = (gap * (1 - below) ** m).sum(axis=1)
    else:
        steps = gap * below ** (m - 1)
        steps[:, 0] = 0.0
        integral = np.cumsum(steps, axis=1)
        score = (gap * (1 - below**m)).sum(axis=1)
    mean = np.where(here, integral, 0.0).sum(axis=1, keepdims=True) / count
    spread = np.sqrt(np.where(here, (integral - mean) ** 2, 0.0).sum(axis=1) / count[:, 0])
    nobody = n[:, 0] == 0
    return np.where(nobody, np.nan, score), np.where(
        nobody, np.nan, m * spread / np.sqrt(count[:, 0])
    )
