"""How long until something happens, where for some it has not happened yet: Kaplan and Meier's
estimator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.numerics.distributions import critical_z
from firstlight.texts import Name, message

Floats = NDArray[np.float64]
FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Survival:
    """The share that still waits; one entry for each of T distinct times at which something
    happened.

    time      : (T,), rising, in the unit of the durations
    share     : (T,), share for which it has not happened by that time, 0 to 1
    error     : (T,), Greenwood's standard error of the share
    low, high : (T,), interval of the share on the log-log scale; 0 and 1 at most
    at_risk   : (T,), how many had waited until just before that time
    level     : of the interval
    """

    time: Floats
    share: Floats
    error: Floats
    low: Floats
    high: Floats
    at_risk: NDArray[np.int64]
    level: float

    def quantile(self, part: float) -> tuple[float, float, float]:
        """The time by which it has happened to a part of all, with its interval; nan where that is
        beyond the data.

        The interval holds every time at which the interval of the share still holds 1 - part
        (Brookmeyer and Crowley 1982); its upper end is nan where the data end before.
        """

        def first(shares: Floats) -> float:
            below = np.flatnonzero(shares <= 1 - part + 1e-12)
            return float(self.time[below[0]]) if below.size else float("nan")

        return first(self.share), first(self.low), first(self.high)


def kaplan_meier(durations: Any, has_happened: Any, level: float = 0.9) -> Survival:
    """The share that still waits after each time, from durations of which some were cut off before
    anything happened.

    S(t) = product over event times t_i <= t of (1 - d_i / n_i); Var S = S^2 sum d_i / (n_i (n_i -
    d_i)) (Greenwood); interval S^exp(+-z se / (S |log S|)) (log-log).

    durations    : (N,), at least 0
    has_happened : (N,), False where the duration was cut off (censored); those cut off at a time at
                   which something happens to others count as still waiting then
    Returns Survival; without entries where nothing happened to anybody.
    Raises  InputError where a duration is negative or not finite, or the lengths differ.
    Source: Kaplan and Meier (1958), Journal of the American Statistical Association 53(282),
            457-481.

    >>> kaplan_meier([1, 2, 2, 3], [True, True, False, True]).share.tolist()
    [0.75, 0.5, 0.0]
    """
    t, event = np.asarray(durations, dtype=np.float64), np.asarray(has_happened, dtype=bool)
    if t.shape != event.shape or t.ndim != 1:
        shapes = {"durations": Name(str(t.shape)), "events": Name(str(event.shape))}
        raise InputError(message("durations_unpaired", **shapes), FOLDER)
    bad = np.flatnonzero(~np.isfinite(t) | (t < 0))
    if bad.size:
        about = {"duration": Name(str(t[bad[0]])), "place": Name(str(bad[0]))}
        raise InputError(message("duration_below_zero", **about), FOLDER)
    times = np.unique(t[event])
    happened = np.array([(event & (t == time)).sum() for time in times], dtype=np.float64)
    at_risk = np.array([(t >= time).sum() for time in times], dtype=np.int64)
    share = np.cumprod(1 - happened / at_risk) if times.size else np.zeros(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(happened / (at_risk * (at_risk - happened))))
        width = critical_z(level) * spread / np.abs(np.log(share))
        low, high = share ** np.exp(width), share ** np.exp(-width)
    ended = share <= 0
    error = np.where(ended, 0.0, share * np.where(ended, 0.0, spread))
    low, high = np.where(ended, 0.0, low), np.where(ended, 0.0, high)
    shown: list[Floats] = [
        np.asarray(each, dtype=np.float64) for each in (times, share, error, low, high)
    ]
    return Survival(shown[0], shown[1], shown[2], shown[3], shown[4], at_risk, level)
