"""Years in which a level jumps for good, and years in which it stands apart and comes back.

A jump of the level is one year of outlying growth; a level that stands apart for a year is two of
opposite signs. Both are sought by the generalised extreme studentised deviate, beside breaks of the
mean, which are lasting changes of growth.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from firstlight.numerics.distributions import t_quantile

Array = NDArray[np.float64]
LEVEL_SHIFT: Final = "level_shift"
OUTLIER: Final = "outlier"
MOST_SHARE: Final = 0.2  # of the years may stand out: the rest must tell what is usual
# what is left of a jump after the next year, below which the level has come back
COMES_BACK: Final = 0.5


def outlying_years(growth: Array, starts: Any, significance: float = 0.05) -> NDArray[np.int64]:
    """Positions whose growth is beyond what the others of their regime let expect, ascending.

    growth : (years,); starts : positions at which regimes of another mean begin; significance : of
             finding any where there is none
    Source: Rosner (1983), Technometrics 25(2), 165-172.

    >>> outlying_years(np.array([1, 2, 1, 2, 1, 2, 30, 1, 2, 1, 2, 1.0]), []).tolist()
    [6]
    """
    left = np.ones(growth.size, dtype=np.bool_)
    most = min(int(MOST_SHARE * growth.size), growth.size - len(starts) - 4)
    order, is_beyond = list[int](), list[bool]()
    regimes = list(pairwise([0, *starts, growth.size]))
    for _ in range(most):
        off, sizes = np.zeros(growth.size), np.ones(growth.size)
        for a, b in regimes:
            known = left[a:b]
            if known.sum() > 1:
                off[a:b] = np.where(known, growth[a:b] - growth[a:b][known].mean(), 0.0)
                sizes[a:b] = known.sum()
        n = int(left.sum())
        freedom = n - len(regimes)
        spread = float(np.sqrt((off**2).sum() / freedom))
        # growth that is alike within regimes has no year apart from it
        if not spread > 1e-12 * max(float(np.abs(growth).max()), 1e-300):
            break
        studentised = np.abs(off) / spread / np.sqrt(1 - 1 / np.maximum(sizes, 2))
        at = int(studentised.argmax())
        t = float(t_quantile(1 - significance / (2 * n), freedom - 1))
        order.append(at)
        is_beyond.append(bool(studentised[at] > t * np.sqrt(freedom / (freedom - 1 + t * t))))
        left[at] = False
    count = max((k + 1 for k, beyond in enumerate(is_beyond) if beyond), default=0)
    return np.sort(np.array(order[:count], dtype=np.int64))


def usual_growth(growth: Array, starts: Any, outlying: NDArray[np.int64]) -> Array:
    """Growth with the mean of its regime's other years in the place of outlying ones: (years,)."""
    found, left = growth.copy(), np.ones(growth.size, dtype=np.bool_)
    left[outlying] = False
    for a, b in pairwise([0, *starts, growth.size]):
        if left[a:b].any():
            found[a:b] = np.where(left[a:b], growth[a:b], growth[a:b][left[a:b]].mean())
    return found


def jumps(growth: Array, usual: Array, outlying: NDArray[np.int64]) -> list[tuple[int, str, float]]:
    """Position, kind (``level_shift`` or ``outlier``) and size of each jump of the level.

    Two outlying years in a row whose jumps cancel by more than half are one outlier, of the first
    jump's size.

    >>> growth = np.array([1, 2, 30, -27, 1, 2, 1, 2, 16, 1.0])
    >>> jumps(growth, np.full(10, 1.5), np.array([2, 3, 8]))
    [(2, 'outlier', 28.5), (8, 'level_shift', 14.5)]
    """
    size = growth - usual
    found, skipped = list[tuple[int, str, float]](), -1
    for at in outlying.tolist():
        if at == skipped:
            continue
        follows = at + 1 in outlying and abs(size[at] + size[at + 1]) < COMES_BACK * abs(size[at])
        found.append((at, OUTLIER if follows else LEVEL_SHIFT, float(size[at])))
        skipped = at + 1 if follows else -1
    return found
