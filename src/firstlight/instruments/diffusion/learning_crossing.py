"""When a cost first falls below a target or below another technology's: probabilities about whole paths, by simulation.

Symbols as in ``learning_forecast``. A probability about one year has a closed form there; one about "by then" has not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import toeplitz

from firstlight.errors import InputError
from firstlight.instruments.diffusion.learning_curves import Array
from firstlight.instruments.diffusion.learning_forecast import (
    PUBLISHED_THETA,
    Walk,
    error_weights,
    residual_form,
)

PATHS, SEED = 10_000, 20160401


def cost_paths(
    walk: Walk,
    horizon: int,
    *,
    theta: float = PUBLISHED_THETA,
    paths: int = PATHS,
    seed: int = SEED,
) -> Array:
    """Simulated courses of cost in the years after the last one known, with the uncertainty of drift and volatility.

    Past and future noise are drawn together and the walk is fitted to the simulated past; its errors over the simulated
    estimate of K, times the estimate at hand, are added to the forecast. Each year's distribution is then exactly that of the
    model for any theta and however few years (Student's t for theta = 0), and the years hang together.

    walk : of Moore's law; horizon : years, 1 or more
    Returns (paths, horizon), in the unit of cost; the same for the same seed.
    Raises  InputError for a walk of Wright's law, fewer than three changes, a horizon below 1, or theta outside -1 to 1.
    Source: Farmer and Lafond (2016), Research Policy 45(3), 647-665, eqs. 7 and 11 (the model); Davison and Hinkley (1997),
            Bootstrap Methods and their Application, section 2.4 (pivots).

    >>> from firstlight.instruments.diffusion.learning_forecast import random_walk
    >>> cost_paths(random_walk(range(6), [9, 8, 6, 5.5, 4, 3.5]), 2, paths=3).shape
    (3, 2)
    """
    if walk.law != "moore" or len(walk.gaps) < 3 or horizon < 1 or not -1 <= theta <= 1:
        raise InputError(
            f"{walk.law}, {len(walk.gaps)} changes, a horizon of {horizon} years, theta {theta}",
            where="cost_paths",
            try_next="hand in a walk of Moore's law with three changes or more, 1 year ahead or more, theta of -1 to 1",
        )
    taus = np.arange(1, horizon + 1)
    weights = error_weights(walk.gaps, walk.steps, tuple((int(tau), float(tau)) for tau in taus))
    size, past = weights.shape[0], sum(walk.gaps)
    root = np.linalg.cholesky(toeplitz([1.0, theta / (1 + theta**2)] + [0.0] * (size - 2)))
    noise = np.random.default_rng(seed).standard_normal((paths, size)) @ root.T
    known = noise[:, :past]
    estimate = np.sqrt(((known @ residual_form(walk.gaps, walk.steps)) * known).sum(axis=1))
    error = (noise @ weights) / estimate[:, None] * walk.volatility
    log = walk.log_cost + walk.slope * taus + error
    return np.asarray(np.exp(np.clip(log, -700, 700)), dtype=float)


def probability_reached(
    walk: Walk,
    cost: float,
    horizon: int,
    *,
    theta: float = PUBLISHED_THETA,
    paths: int = PATHS,
    seed: int = SEED,
) -> Array:
    """Probability that the cost has been at or below a target in some year up to each one.

    walk, horizon, theta : as for ``cost_paths``; cost : the target, in the same unit
    Returns (horizon,), never falling; its simulation error is at most .005 with 10,000 paths (one standard deviation).
    Raises  InputError as ``cost_paths``, or for a target that isn't positive.

    >>> from firstlight.instruments.diffusion.learning_forecast import random_walk
    >>> probability_reached(random_walk(range(6), [9, 8, 6, 5.5, 4, 3.5]), 100, 2).tolist()
    [1.0, 1.0]
    """
    if not (np.isfinite(cost) and cost > 0):
        raise InputError(
            f"target cost {cost}", where="probability_reached", try_next="use a positive cost"
        )
    return _ever(cost_paths(walk, horizon, theta=theta, paths=paths, seed=seed) <= cost)


def probability_undercut(
    one: Walk,
    other: Walk,
    to_year: int,
    *,
    theta: float = PUBLISHED_THETA,
    paths: int = PATHS,
    seed: int = SEED,
) -> tuple[NDArray[np.int64], Array]:
    """Probability that one technology has cost less than another in some year up to each one; errors independent.

    one, other : walks of Moore's law, costs in one unit; to_year : the last year
    Returns the years, from the first that neither knows, and (years,) the probability, never falling.
    Raises  InputError as ``cost_paths``, or for a year that either knows already.

    >>> from firstlight.instruments.diffusion.learning_forecast import random_walk
    >>> walk = random_walk(range(6), [9, 8, 6, 5.5, 4, 3.5])
    >>> years, found = probability_undercut(walk, walk, 7)
    >>> years.tolist(), bool(found[1] > found[0])
    ([6, 7], True)
    """
    first = max(one.last_year, other.last_year) + 1
    if to_year < first:
        raise InputError(
            f"{to_year} is known already",
            where="probability_undercut",
            try_next=f"use a year from {first}",
        )
    ahead = [to_year - walk.last_year for walk in (one, other)]
    drawn = [
        cost_paths(walk, years, theta=theta, paths=paths, seed=seed + i)[
            :, years - (to_year - first + 1) :
        ]
        for i, (walk, years) in enumerate(zip((one, other), ahead, strict=True))
    ]
    return np.arange(first, to_year + 1), _ever(drawn[0] < drawn[1])


def _ever(is_true: Any) -> Array:
    return np.asarray(np.maximum.accumulate(is_true, axis=1).mean(axis=0), dtype=float)
