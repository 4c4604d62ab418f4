"""Resampling of whole firms: each draw says how often a firm counts, so that nothing is copied and
lags stay where they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.productivity.production_functions.refusals import refusal
from firstlight.measurement import Progress
from firstlight.numerics.solution_memory import key_of_arrays, remembered
from firstlight.texts import Count, message

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Replications:
    """values : (R, q), the estimates of the draws that gave one, in the order of the draws.

    asked, failed : draws wanted, and draws whose firms did not identify the function
    is_cut_short  : whether the work was interrupted (Ctrl-C); what was done until then is kept
    """

    values: Floats
    asked: int
    failed: int
    is_cut_short: bool


def firm_weights(firm: NDArray[np.int64], seed: int, draw: int) -> Floats:
    """How often each row counts in a draw of as many firms as there are, with replacement.

    firm : (N,) 0 to firms - 1; seed, draw : the draw hangs on nothing else, so that draws can be
            made in any order
    Returns (N,).

    >>> firm_weights(np.array([0, 0, 1, 2]), 1, 0).tolist() == firm_weights(np.array([0, 0, 1, 2]),
    ...     1, 0).tolist()
    True
    """
    firms = int(firm.max()) + 1
    counts = np.bincount(
        np.random.default_rng([seed, draw]).integers(0, firms, firms), minlength=firms
    )
    return counts[firm].astype(np.float64)


def replicate(
    estimate: Callable[[Floats], Floats],
    firm: NDArray[np.int64],
    replications: int,
    seed: int,
    progress: Progress | None = None,
    given: Sequence[Any] = (),
) -> Replications:
    """Estimate on each draw of firms.

    estimate : weights, (N,), to estimates, (q,); a LinAlgError says that the draw doesn't identify
            them
    firm     : (N,) 0 to firms - 1; replications, seed : draws and their seed; progress : told every
            tenth part
    given    : every number that ``estimate`` reads, so that draws of an interrupted run are not
            made again; empty: they are
    Returns Replications. An interrupt ends the work and keeps the draws that are done, if they are
            two or more.
    Raises  InputError where fewer than two draws gave an estimate.

    >>> y, firm = np.array([1.0, 2.0, 4.0]), np.array([0, 1, 2])
    >>> replicate(lambda w: np.array([w @ y / w.sum()]), firm, 50, 0).values.shape
    (50, 1)
    """
    values: list[Floats] = []
    failed, is_cut_short = 0, False
    # read once, not for each draw
    known = np.frombuffer(key_of_arrays(map(np.asarray, [firm, *given])), np.uint8)
    try:
        for draw in range(replications):
            one = partial(_estimated, estimate, firm, seed, draw)
            if len(given):
                (found,) = remembered(["draw of firms", known, seed, draw], one)
            else:
                (found,) = one()
            if found.size:
                values.append(found)
            else:
                failed += 1
            if progress is not None and (draw + 1) % max(replications // 10, 1) == 0:
                progress(draw + 1, replications)
    except KeyboardInterrupt:
        if len(values) < 2:
            raise
        is_cut_short = True
    if len(values) < 2:
        raise refusal(message("draws", count=Count(failed), all=Count(replications)))
    return Replications(np.array(values), replications, failed, is_cut_short)


def _estimated(
    estimate: Callable[[Floats], Floats], firm: NDArray[np.int64], seed: int, draw: int
) -> list[Floats]:
    """What a draw gave; empty where it doesn't identify the function."""
    try:
        return [np.asarray(estimate(firm_weights(firm, seed, draw)))]
    except np.linalg.LinAlgError:
        return [np.empty(0)]
