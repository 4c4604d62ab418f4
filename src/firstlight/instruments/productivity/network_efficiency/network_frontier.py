"""Two-stage network efficiency: stage 2 uses up what stage 1 makes, at one price in both.

Symbols: v, w, u multipliers of inputs, intermediates and outputs, a and b intercepts of the two
stages; E efficiency, E1 and E2 those of the stages; c = w'z / v'x of the scored unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight.errors import InputError, check_choice
from firstlight.instruments.productivity.frontiers.reference_years import frontiers
from firstlight.instruments.productivity.frontiers.technology import stacked
from firstlight.instruments.productivity.unit_panel import UnitPanel
from firstlight.measurement import Progress
from firstlight.numerics.linear_programmes import Solutions, solve_programmes
from firstlight.texts import message

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent
MODELS = ("relational", "additive")
TIGHT = 1e-8  # share of a row's terms below which its slack is the rounding of the solver
ZERO = 1e-3  # share of a unit's largest quantity for which its smaller ones are taken
SAME = 1e-6  # scores nearer than this are the same
LEAST = 1e-6  # a c or a score below it is too near to the solver's rounding to be divided by


@dataclass(frozen=True)
class StageScores:
    """Efficiency of N units and of their two stages, nan where there is none.

    score  : (N,) E of the whole
    stages : (N, 2) E1, E2 by the priority that was asked for
    greatest : (N, 2) the greatest E1, and the greatest E2, that leave E as it is
    weights : (N, 2) of the stages in the sum; nan for the relational model, in which they multiply
    """

    score: Floats
    stages: Floats
    greatest: Floats
    weights: Floats


@dataclass(frozen=True)
class TwoStage:
    """Efficiency of N units (by year) and of their two stages.

    table  : unit, year where there is one, ``efficiency_score``, ``stage_1_score``,
             ``stage_2_score``; the greatest that either may be beside this efficiency,
             ``stage_1_greatest_score`` and ``stage_2_greatest_score``; ``stage_1_weight_share`` in
             the additive model; ``is_efficient``, ``is_decomposition_unique`` (the same by either
             priority) and ``reason``, a code of why a stage has no score
    scores : StageScores of the rows of the table
    """

    table: pl.DataFrame
    scores: StageScores


def two_stage(
    panel: UnitPanel,
    *,
    model: str = "relational",
    returns: str = "crs",
    priority: int = 1,
    technology: str = "contemporaneous",
    progress: Progress | None = None,
) -> TwoStage:
    """Efficiency of a chain of two stages, and of each: inputs -> intermediates -> outputs; all
    intermediates leave stage 1 and enter stage 2, and nothing else does.

    panel : with the intermediates in the place of bads; options : as in ``two_stage_scores``
    Raises  InputError for a row whose intermediates are all 0.
    """
    if empty := np.flatnonzero((panel.bads == 0).all(axis=1)).tolist():
        told = message("intermediates_all_zero", unit=panel.who(empty[0]))
        raise InputError(told, FOLDER)
    count = len(panel.units)
    score, *pairs = np.full(count, np.nan), *(np.full((count, 2), np.nan) for _ in range(3))
    for rows, spanning in frontiers(panel.years, technology, progress):
        own, held = (
            (panel.inputs[here], panel.bads[here], panel.outputs[here]) for here in (rows, spanning)
        )
        found = two_stage_scores(
            *own, reference=held, model=model, returns=returns, priority=priority
        )
        score[rows] = found.score
        for pair, part in zip(pairs, (found.stages, found.greatest, found.weights), strict=True):
            pair[rows] = part
    scores = StageScores(score, *pairs)
    return TwoStage(_table(panel, scores, model), scores)


def two_stage_scores(
    inputs: Any,
    intermediates: Any,
    outputs: Any,
    *,
    reference: tuple[Any, Any, Any] | None = None,
    model: str = "relational",
    returns: str = "crs",
    priority: int = 1,
) -> StageScores:
    """Efficiency of N two-stage units against n, from multipliers that both stages share.

    Multipliers v, w, u are 0 or above. Every reference unit j keeps w'z_j + a <= v'x_j and
    u'y_j + b <= w'z_j. For the scored unit:

    - "relational": E = max u'y / v'x = E1 E2, with E1 = w'z / v'x and E2 = u'y / w'z (CRS only:
      a = b = 0)
    - "additive": E = max (w'z + a + u'y + b) / (v'x + w'z) = (E1 + c E2) / (1 + c), with
      E1 = (w'z + a) / v'x and E2 = (u'y + b) / w'z. Under VRS a and b are free; there one stage
      often gets all the weight, so that the other has no score, and a score may come out below 0

    Solved in the envelopment form, the stages by complementary slackness.

    Parameters
    ----------
    inputs, intermediates, outputs
        (N, m), (N, q), (N, s); any units.
    reference
        The same of n units, themselves where it is None.
    returns
        "crs", or "vrs" for the additive model.
    priority
        E may leave E1 and E2 open. 1: E1 as great as E allows; 2: E2 as great. What is then still
        open, the weight in the additive model, goes to stage 2 as far as it can.

    Returns
    -------
    StageScores

    Raises
    ------
    InputError
        For an unknown option, or numbers that ``stacked`` refuses.

    References
    ----------
    Kao and Hwang 2008, European Journal of Operational Research 185, 418-429. Chen, Cook, Li and
    Zhu 2009, European Journal of Operational Research 196, 1170-1176.

    Examples
    --------
    >>> found = two_stage_scores([[2.0], [4.0]], [[4.0], [4.0]], [[2.0], [4.0]])
    >>> found.score.tolist(), found.stages.tolist()
    ([0.5, 0.5], [[1.0, 0.5], [0.5, 1.0]])
    """
    _refuse_options(model, returns, priority)
    held = _Chain.of(*(reference or (inputs, intermediates, outputs)), "reference")
    scale = np.where((largest := held.sizes().max(axis=0)) > 0, largest, 1.0)
    own = _Chain.of(inputs, intermediates, outputs, "evaluated").over(scale)
    programmes = _Multipliers(held.over(scale), own, returns)
    if model == "relational":
        score, face = programmes.greatest(own.stage_2, own.cost, None)
    else:
        score, face = programmes.greatest(own.stage_1 + own.stage_2, own.cost + own.price, None)
    found = [
        programmes.greatest(top, base, face)
        for top, base in ((own.stage_1, own.cost), (own.stage_2, own.price))
    ]
    greatest = np.stack([value for value, _ in found], axis=1)
    first = priority - 1
    stages, weights = np.full((len(score), 2), np.nan), np.full((len(score), 2), np.nan)
    stages[:, first] = greatest[:, first]
    if model == "relational":
        divisible = score > LEAST
        stages[divisible, 1 - first] = score[divisible] / greatest[divisible, first]
        return StageScores(score, stages, greatest, weights)
    c, _ = programmes.greatest(own.price, own.cost, found[first][1])
    c[c < LEAST] = np.nan
    rest = score * (1 + c)
    stages[:, 1 - first] = (rest - stages[:, 0]) / c if first == 0 else rest - c * stages[:, 1]
    weights[:, 0], weights[:, 1] = 1 / (1 + c), c / (1 + c)
    return StageScores(score, stages, greatest, weights)


@dataclass(frozen=True)
class _Chain:
    """Units as coefficients of (v, w, u, a, b), each (N, m + q + s + 2)."""

    cost: Floats  # v'x
    price: Floats  # w'z
    stage_1: Floats  # w'z + a
    stage_2: Floats  # u'y + b

    @classmethod
    def of(cls, inputs: Any, intermediates: Any, outputs: Any, whose: str) -> _Chain:
        values = stacked(inputs, intermediates, outputs, whose)
        ends = np.cumsum(
            [np.shape(inputs)[1], np.shape(intermediates)[1], np.shape(outputs)[1], 1, 1]
        )
        kind = np.searchsorted(ends, np.arange(ends[-1]), side="right")
        full = np.hstack([values, np.ones((len(values), 2))])
        return cls(*(full * np.isin(kind, kinds) for kinds in ((0,), (1,), (1, 3), (2, 4))))

    def sizes(self) -> Floats:
        return self.cost + self.stage_1 + self.stage_2

    def over(self, scale: Floats) -> _Chain:
        return _Chain(
            self.cost / scale, self.price / scale, self.stage_1 / scale, self.stage_2 / scale
        )


@dataclass(frozen=True)
class _Face:
    """The multipliers that are best for N units, by complementary slackness.

    binding : for each unit the conditions cost - stage 1 (0 to n - 1), price - stage 2 (n to
              2 n - 1) that hold as equations
    is_zero : (N, m + q + s + 2) which multipliers are 0
    """

    binding: list[NDArray[np.int64]]
    is_zero: NDArray[np.bool_]


class _Multipliers:
    """Multipliers p = (v, w, u, a, b) that every reference unit keeps.

    (cost - stage 1)'p >= 0 and (price - stage 2)'p >= 0.
    """

    def __init__(self, held: _Chain, own: _Chain, returns: str) -> None:
        sizes = own.sizes()
        self.sizes = np.maximum(sizes, ZERO * sizes[:, :-2].max(axis=1, keepdims=True))
        self.conditions = np.vstack([held.stage_1 - held.cost, held.stage_2 - held.price]).T
        self.is_variable = returns == "vrs"

    def greatest(self, objective: Floats, base: Floats, face: _Face | None) -> tuple[Floats, _Face]:
        """max o'p with b'p = 1 among the multipliers of a face; the face of those that reach it.

        Solved as the dual, min t subject to t b + conditions z >= o, z >= 0; z of conditions that
        bind have either sign. A face keeps earlier scores exactly, where a row that bounds them
        from below would leave programmes nearly singular.
        """
        count, rows = objective.shape
        if face is None:
            face = _Face([np.zeros(0, np.int64)] * count, np.zeros((count, rows), bool))
        own = np.zeros((count, rows, 1 + max(len(some) for some in face.binding)))
        own[:, :, 0] = base
        for k, some in enumerate(face.binding):
            own[k, :, 1 : 1 + len(some)] = -self.conditions[:, some]
        lower, upper = np.where(face.is_zero, -np.inf, objective), np.full_like(objective, np.inf)
        if self.is_variable:
            lower[:, -2:] = upper[:, -2:] = objective[:, -2:]
        else:
            lower[:, -2:] = -np.inf
        cost, least = np.zeros((2, count, own.shape[2]))
        cost[:, 0], least[:, 0] = 1.0, -np.inf
        found = solve_programmes(self.conditions, own, lower, upper, cost, own_lower=least)
        return found.value, self._reached(face, found, own, lower)

    def _reached(self, face: _Face, found: Solutions, own: Floats, lower: Floats) -> _Face:
        z, moved = found.shared, np.einsum("nrp,np->nr", own, found.own)
        size = (
            self.sizes
            + np.einsum("nrp,np->nr", np.abs(own), np.abs(found.own))
            + z @ np.abs(self.conditions.T)
        )
        is_zero = face.is_zero | (z @ self.conditions.T + moved - lower > TIGHT * size)
        binding = []
        for k, some in enumerate(face.binding):
            used = z.indices[z.indptr[k] : z.indptr[k + 1]]
            shares = np.abs(self.conditions[:, used]) * z.data[z.indptr[k] : z.indptr[k + 1]]
            counts = (shares > TIGHT * size[k][:, None]).any(axis=0)
            binding.append(np.union1d(some, used[counts]).astype(np.int64))
        return _Face(binding, is_zero)


def _refuse_options(model: str, returns: str, priority: int) -> None:
    check_choice("model", model, MODELS)
    check_choice("returns", returns, ("crs", "vrs"))
    check_choice("priority", priority, (1, 2))
    if model == "relational" and returns == "vrs":
        raise InputError(message("relational_vrs"), FOLDER)


def _table(panel: UnitPanel, scores: StageScores, model: str) -> pl.DataFrame:
    stages, greatest = (
        np.where(np.abs(part - 1) < SAME, 1.0, part) for part in (scores.stages, scores.greatest)
    )
    score = np.where(np.abs(scores.score - 1) < SAME, 1.0, scores.score)
    is_alone = np.isnan(np.hstack([stages, greatest])).any(axis=1)
    weight = {"stage_1_weight_share": scores.weights[:, 0]} if model == "additive" else {}
    return pl.DataFrame(
        {
            **panel.key(),
            "efficiency_score": score,
            "stage_1_score": stages[:, 0],
            "stage_2_score": stages[:, 1],
            "stage_1_greatest_score": greatest[:, 0],
            "stage_2_greatest_score": greatest[:, 1],
            **weight,
            "is_efficient": score == 1,
            "is_decomposition_unique": (np.abs(stages - greatest) < SAME).all(axis=1),
            "reason": np.where(is_alone, "no_price", ""),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None), pl.col("reason").replace("", None))
