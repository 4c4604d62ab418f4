"""How sure the shares of explained variance are: units drawn again and again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from firstlight.errors import check_bounds, check_enough, check_level
from firstlight.instruments.networks.shapley_attribution.shapley import explained_variance
from firstlight.measurement import Progress
from firstlight.numerics.resampling import percentile_interval
from firstlight.numerics.solution_memory import key_of_arrays, remembered

Floats = NDArray[np.float64]


def explained_variance_intervals(
    y: Any,
    factors: Mapping[str, Any],
    units: Sequence[Any],
    *,
    replications: int = 200,
    level: float = 0.95,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, tuple[float, float]]:
    """Percentile intervals of each factor's contribution to R^2, from units drawn with replacement,
    all rows of a unit together.

    Parameters
    ----------
    y, factors
        As ``explained_variance``.
    units
        (rows,), whose each row is.
    replications
        Draws of units, 20 or more.
    level
        Probability that an interval holds.
    seed
        Seed of the draws.
    progress
        Called with the draws done and all of them.

    Returns
    -------
    Factor -> (low, high); nothing where no draw of units left more rows than factors.

    Raises
    ------
    InputError
        As ``explained_variance``, for one unit, fewer than 20 replications, or a level outside 0 to
        1.

    Notes
    -----
    As R^2 rises with the number of factors, and is never below 0, a factor that matters not at all
    has an interval just above 0. Of few units they are too narrow: of 200 invented tables with
    three factors, 95% intervals held the truth in 73% to 95% at 10 units, 85% to 92% at 20, 89% to
    95% at 60.

    References
    ----------
    Efron and Tibshirani (1993), An Introduction to the Bootstrap, ch. 13; of LMG shares: Grömping
    (2006), Journal of Statistical Software 17(1), 1-27.

    Examples
    --------
    >>> ends = explained_variance_intervals([1.0, 2, 3, 5], {"a": [1.0, 2, 3, 5]},
    ...     ["p", "q", "r", "s"], replications=20)
    >>> [round(end, 6) for end in ends["a"]]
    [1.0, 1.0]
    """
    codes = np.unique(np.asarray(units, dtype=str), return_inverse=True)[1]
    many = int(codes.max(initial=-1)) + 1
    check_enough("units", many, 2, "units")
    check_bounds("replications", replications, 20)
    check_level(level)
    order = np.argsort(codes, kind="stable")
    rows_of = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    result, columns = (
        np.asarray(y, dtype=np.float64),
        {name: np.asarray(own, dtype=np.float64) for name, own in factors.items()},
    )
    rng, found = np.random.default_rng(seed), list[Floats]()
    many_columns = sum(math.prod(own.shape[1:]) for own in columns.values())
    # read once, not for each replication
    known = np.frombuffer(key_of_arrays([result, *columns.values()]), np.uint8)

    def explained(rows: NDArray[np.intp]) -> list[Floats]:
        own = {name: column[rows] for name, column in columns.items()}
        return [explained_variance(result[rows], own).table["contribution"].to_numpy()]

    # small matrices, for which threads only wait on each other
    with threadpool_limits(limits=1, user_api="blas"):
        for done in range(1, replications + 1):
            rows = np.concatenate([rows_of[k] for k in rng.integers(0, many, many)])
            # Where one unit was drawn every time nothing can be explained, and in as few rows as
            # factors everything is.
            if np.ptp(result[rows]) > 0 and np.unique(rows).size > many_columns + 1:
                found += remembered(["explained variance", known, rows], partial(explained, rows))
            if progress and done % max(replications // 10, 1) == 0:
                progress(done, replications)
    if not found:
        return {}
    low, high = percentile_interval(np.array(found), level, axis=0)
    return {name: (float(low[k]), float(high[k])) for k, name in enumerate(columns)}
