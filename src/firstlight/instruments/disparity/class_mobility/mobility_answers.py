"""What the measurement of mobility says, the answer first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.instruments.disparity.class_mobility.markov_chains import Homogeneity, probabilities
from firstlight.phrases import p_phrase
from firstlight.texts import Count, List, Message, Name, Number, Share, Value, Year, message

Floats = NDArray[np.float64]
SURE = 0.05
FEW = 20  # observations of a class below which its chances are little known
MOVED = 0.01  # of all units, below which an end of the distribution stays as it is


@dataclass(frozen=True)
class Chain:
    """Classes of units in each year, and the chain that their steps are taken for.

    own    : (units, years) classes from 0, -1 where missing
    counts : (k, k) transitions
    p      : (k, k) their shares by row
    steady : (k,) the long run
    """

    years: NDArray[np.int64]
    own: NDArray[np.int_]
    counts: Floats
    p: Floats
    steady: Floats

    def shares(self, at: int) -> Floats:
        """The shares of classes in one year."""
        there = self.own[:, at]
        found = np.bincount(there[there >= 0], minlength=len(self.p))
        return np.asarray(found / max(found.sum(), 1))


def answer(
    chain: Chain,
    tests: Mapping[str, Homogeneity],
    around: Floats | None,
    peaks: Sequence[tuple[int, int]],
) -> list[Message]:
    """How often units stay, where that leads, whether neighbours and time matter, and peaks."""
    shares = chain.counts.sum(axis=1) / chain.counts.sum()
    stays = float(np.trace(chain.counts) / chain.counts.sum())
    steps = int(chain.years[1] - chain.years[0])
    values: dict[str, Value[Any]] = {"stays": Share(stays), "count": Count(steps)}
    said = [message("stays", **values), *_ends(chain), *_long_run(chain), *_no_exit(chain)]
    if around is not None:
        said += _neighbours(tests["neighbours"], around)
    if "time" in tests and tests["time"].p_chi_squared < SURE:
        said.append(message("time_differs", p=p_phrase(tests["time"].p_chi_squared)))
    if peaks:
        said.append(_peaks(peaks))
    few = np.flatnonzero(chain.counts.sum(axis=1) < FEW)
    if few.size and shares.size:
        listed = List(tuple(Name(str(at + 1)) for at in few.tolist()))
        said.append(message("few", count=Count(int(few.size)), classes=listed))
    return said


def _ends(chain: Chain) -> list[Message]:
    """How fast the lowest and the highest class hold their units."""
    low, high = chain.p[0, 0], chain.p[-1, -1]
    if np.isnan([low, high]).any():
        return [message("empty_end")]
    return [message("ends", low=Share(float(low)), high=Share(float(high)))]


def _long_run(chain: Chain) -> list[Message]:
    """Where the chain leads beside where units are."""
    if np.isnan(chain.steady).any():
        return [message("no_long_run")]
    last = chain.shares(-1)
    now, then = (tuple(map(float, own[[0, -1]])) for own in (last, chain.steady))
    gains = [then[end] - now[end] for end in (0, 1)]
    if min(gains) > MOVED:
        code = "towards_ends"
    elif max(gains) < -MOVED:
        code = "towards_middle"
    elif gains[1] - gains[0] > MOVED:
        code = "upwards"
    elif gains[0] - gains[1] > MOVED:
        code = "downwards"
    else:
        code = "as_now"
    shares = dict(zip(("low_now", "high_now", "low", "high"), map(Share, now + then), strict=True))
    return [message(code, year=Year(int(chain.years[-1])), **shares)]


def _no_exit(chain: Chain) -> list[Message]:
    """The classes that no unit left, which alone decide the long run."""
    kept = np.flatnonzero(chain.p.diagonal() == 1)
    if not kept.size or np.isnan(chain.steady).any():
        return []
    classes = List(tuple(Name(str(at + 1)) for at in kept.tolist()))
    return [message("no_exit", count=Count(int(kept.size)), classes=classes)]


def _neighbours(test: Homogeneity, around: Floats) -> list[Message]:
    """Whether neighbours matter, and how for those in the lowest class."""
    if np.isnan(test.p_chi_squared):
        return [message("neighbours_untested")]
    spoken: dict[str, Value[Any]] = {
        "statistic": Number(test.likelihood_ratio, digits=1),
        "freedom": Count(test.freedom),
        "p": p_phrase(test.p_likelihood_ratio),
    }
    if test.p_likelihood_ratio >= SURE:
        return [message("neighbours_same", **spoken)]
    said = [message("neighbours_matter", **spoken)]
    p = probabilities(around)
    known = np.flatnonzero(around[:, 0].sum(axis=1) >= FEW)
    if len(known) > 1:
        first, last = int(known[0]), int(known[-1])
        up = [float(1 - p[at, 0, 0]) for at in (first, last)]
        classes = {"poor": Name(str(first + 1)), "rich": Name(str(last + 1))}
        said.append(message("rise_beside", up_poor=Share(up[0]), up_rich=Share(up[1]), **classes))
    return said


def _peaks(peaks: Sequence[tuple[int, int]]) -> Message:
    (start, first), (end, last) = peaks[0], peaks[-1]
    years = {"start": Year(start), "end": Year(end)}
    if len(peaks) == 1 or first == last:
        return message("peaks_same", count=Count(last), **years)
    code = "peaks_more" if last > first else "peaks_fewer"
    return message(code, first=Count(first), last=Count(last), **years)
