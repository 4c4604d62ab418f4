"""Who has to emit less, and by how much, for an intensity target; and what structure alone does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import check_choice
from firstlight.numerics.optional_arrays import array_or

Floats = NDArray[np.float64]
Rule = Literal["proportional", "best_practice", "least_moved"]
RULES = ("proportional", "best_practice", "least_moved")


@dataclass(frozen=True)
class Falls:
    """What each of m movers has to do.

    Attributes
    ----------
    falls
        (m,), how much less each emits.
    short
        What is lacking to the target when all have done what the rule allows; 0 where it is met.
    """

    falls: Floats
    short: float


def required_falls(
    emissions: ArrayLike,
    needed: float,
    rule: Rule = "proportional",
    *,
    at_best: ArrayLike | None = None,
    most: float = 0.5,
) -> Falls:
    """How much less each mover emits so that all together emit so much less.

    Parameters
    ----------
    emissions
        (m,), with sizes as they will be.
    needed
        How much less is to be emitted; 0 or less asks nothing of anybody.
    rule
        proportional: all by one share. best_practice: each closes one share of its gap to the best.
        least_moved: as few as possible move, the largest first, none by more than ``most``.
    at_best
        (m,), what each would emit with the best practice; needed for that rule.
    most
        The largest share by which one may fall; for the rule least_moved.

    Returns
    -------
    Falls

    Raises
    ------
    InputError
        For another rule.

    Examples
    --------
    >>> required_falls([60, 30, 10], 20).falls.tolist()
    [12.0, 6.0, 2.0]
    >>> required_falls([60, 30, 10], 20, "least_moved").falls.tolist()
    [20.0, 0.0, 0.0]
    >>> required_falls([60, 30, 10], 20, "best_practice", at_best=[40, 10, 10]).falls.tolist()
    [10.0, 10.0, 0.0]
    """
    check_choice("rule", rule, RULES)
    amounts = np.asarray(emissions, float)
    room = np.clip(amounts, 0, None)
    if rule == "best_practice":
        best = array_or(at_best, amounts)
        room = np.clip(amounts - best, 0, None)
    if rule == "least_moved":
        room = room * most
    asked = min(max(needed, 0.0), float(room.sum()))
    short = max(needed, 0.0) - asked
    if rule != "least_moved":
        share = asked / room.sum() if room.sum() > 0 else 0.0
        return Falls(room * share, short)
    order = np.argsort(-room, kind="stable")
    before = np.cumsum(room[order]) - room[order]
    falls = np.zeros_like(amounts)
    falls[order] = np.clip(asked - before, 0, room[order])
    return Falls(falls, short)


def best_practice(emissions: ArrayLike, activity: ArrayLike, kinds: list[str]) -> Floats:
    """(m,), what each would emit if it were as clean as the cleanest of its kind.

    Parameters
    ----------
    emissions, activity
        (m,); where there is no activity, emissions stay.
    kinds
        m names; those of one name are compared.

    Returns
    -------
    (m,)

    Examples
    --------
    >>> best_practice([60, 20, 5], [100, 100, 10], ["steel", "steel", "glass"]).tolist()
    [20.0, 20.0, 5.0]
    """
    amounts = np.asarray(emissions, float)
    size = np.asarray(activity, float)
    ratio = np.divide(amounts, size, out=np.full_like(amounts, np.inf), where=size > 0)
    least = dict.fromkeys(kinds, np.inf)
    for kind, each in zip(kinds, ratio.tolist(), strict=True):
        least[kind] = min(least[kind], each)
    best = np.array([least[kind] for kind in kinds])
    return np.where(size > 0, np.where(np.isfinite(best), best, 0.0) * size, amounts)


def share_to_leave(emissions: ArrayLike, sizes: ArrayLike, fall: float) -> tuple[int, float, float]:
    """The one sector whose shrinking lowers intensity by a share most easily.

    Its place in the whole goes to all others in proportion; what each emits for its size stays.

    Parameters
    ----------
    emissions, sizes
        (n,), such as value added.
    fall
        The share by which the whole's intensity is to fall.

    Returns
    -------
    The sector's number, its share of sizes now, and what that share would have to become: below 0
    where not even its end is enough.

    Examples
    --------
    >>> share_to_leave([60, 20], [20, 80], 0.2)
    (0, 0.2, 0.14181818181818182)
    """
    amounts = np.asarray(emissions, float)
    size = np.asarray(sizes, float)
    whole = float(size.sum())
    all_emitted = float(amounts.sum())
    now = all_emitted / whole
    shares = size / whole
    rest = np.divide(
        all_emitted - amounts,
        whole - size,
        out=np.full_like(amounts, np.inf),
        where=whole - size > 0,
    )
    ratio = np.divide(amounts, size, out=np.zeros_like(amounts), where=size > 0)
    gap = ratio - rest
    moved = np.divide(
        fall * now, gap, out=np.full_like(amounts, np.inf), where=(gap > 0) & (size > 0)
    )
    # what is lacking even without the sector comes before what moves least
    is_able = np.isfinite(moved)
    beyond = np.clip(np.where(is_able, moved, 0.0) - shares, 0, None)
    lacking = np.where(is_able, beyond * np.where(is_able, gap, 0.0), np.inf)
    order = np.lexsort((np.arange(len(amounts)), moved, lacking))
    first = int(order[0])
    return first, float(shares[first]), float(shares[first] - moved[first])
