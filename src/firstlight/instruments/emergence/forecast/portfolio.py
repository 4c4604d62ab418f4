"""A list as a portfolio: how many of its technologies take off, and how many bets they are.

Technologies of one list rise and fall together, those in the same documents most of all: what
chances leave unexplained correlates by .49 within a bet, by .09 between bets
(859 lists of documents with four years of their own, see
``benchmarks/take_off/portfolio.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from scipy.stats import norm

# Standard deviation, in log odds, of what moves a whole list: the likeliest over 2,257 lists of
# records and their parts.
TOGETHER = 1.1
# Log odds grow by this, so that chances stay what they are on average over what moves the list
# (Zeger, Liang and Albert 1988, Biometrics 44(4), 1049-1060).
KEPT = np.sqrt(1 + (16 * np.sqrt(3) / (15 * np.pi)) ** 2 * TOGETHER**2)
TAIL = 0.1  # beyond either end of the range
CERTAIN = 1e-6  # chances as near to 0 or 1 are as good as those
SHIFTS = np.linspace(-3, 3, 41)


@dataclass(frozen=True)
class TakeOffs:
    """How many of a list take off: the mean, and the ends of the 80% range."""

    expected: float
    low: int
    high: int

    def holds(self, came: int) -> bool:
        """Whether as many as came lie in the range."""
        return self.low <= came <= self.high


def expected_take_offs(chances: npt.NDArray[np.float64]) -> TakeOffs:
    """How many of a list take off, where one normal shock moves the log odds of all.

    The distribution is Poisson-binomial given the shock, mixed over it: random effects of a
    logistic model (McCulloch and Searle 2001, Generalized, Linear, and Mixed Models, chapter 8).

    chances : (n,) of each technology

    >>> expected_take_offs(np.full(20, 0.4))
    TakeOffs(expected=8.0, low=2, high=15)
    """
    odds = KEPT * logit(np.clip(chances, CERTAIN, 1 - CERTAIN))
    weight = norm.pdf(SHIFTS) / norm.pdf(SHIFTS).sum()
    mixed = weight @ [_counts(expit(odds + TOGETHER * shift)) for shift in SHIFTS]
    below = np.cumsum(mixed)
    low, high = (int((below < level).sum()) for level in (TAIL, 1 - TAIL))
    return TakeOffs(round(float(chances.sum()), 9), low, high)


def _counts(chances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n + 1,) probability of each number of independent events."""
    found = np.ones(1)
    for chance in chances:
        found = np.convolve(found, [1 - chance, chance])
    return found


def bets(order: Sequence[str], together: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Technology -> the first of its bet, in the order of the list.

    One joins the first before it that heads a bet and moves with it; whom none moves with heads a
    bet of its own.

    together : pairs that move together, either way round

    >>> bets(["agents", "splatting", "planning", "tools"], [("planning", "agents")])
    {'agents': 'agents', 'splatting': 'splatting', 'planning': 'agents', 'tools': 'tools'}
    """
    pairs = {frozenset(pair) for pair in together}
    head: dict[str, str] = {}
    for name in order:
        heads = (one for one in head if head[one] == one and frozenset((one, name)) in pairs)
        head[name] = next(heads, name)
    return head
