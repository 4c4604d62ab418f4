"""Stages against what became of them: outcomes from the whole record, and a calibration learnt from
earlier years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from firstlight.errors import InputError, wrong_shape
from firstlight.instruments.diffusion.given_numbers import FAMILY
from firstlight.instruments.diffusion.growth_curves import Array
from firstlight.texts import Count, Year, message

FEWEST_OUTCOMES: Final = 100
LEAST: Final = 1e-3  # a probability below this counts as this much
# shares of saturation that part the stages; a fall by a fifth of the peak is decline
LOW, HIGH, FALLEN = 0.1, 0.9, 0.2
SOLID_DOCUMENTS, SETTLED_YEARS = 20, 3


@dataclass(frozen=True)
class StageCalibration:
    """P' proportional to exp(shift) P^slope.

    slope  : below 1 where the curves are too sure; shifts : (4,), of emergence, growth, maturity,
             decline (the last 0)
    n      : outcomes that it was learnt from
    """

    slope: float
    shifts: Array
    n: int

    def apply(self, probabilities: Any) -> Array:
        """Calibrated probabilities: (technologies, 4)."""
        p = np.asarray(probabilities, dtype=np.float64)
        return np.asarray(
            special.softmax(self.slope * np.log(np.maximum(p, LEAST)) + self.shifts, axis=1)
        )


def calibrate_stages(probabilities: Any, outcomes: Any) -> StageCalibration:
    """Learn how far to trust stages from earlier judgements whose outcome is known by now.

    Multinomial likelihood with a weak pull (five imagined outcomes) to probabilities as they are.

    probabilities : (judgements, 4), of `life_cycle` at earlier years; outcomes : (judgements,), of
                    `stage_outcomes`, read up to the present year only; rows with outcome -1 or nan
                    probabilities are passed by
    Returns  StageCalibration.
    Raises   InputError for fewer than 100 known outcomes: a small record can't calibrate itself.
    Source: Guo, Pleiss, Sun and Weinberger (2017), ICML 70, 1321-1330 (temperature scaling);
            Alexandari, Kundaje and Shrikumar (2020), ICML 119, 222-232 (with a shift for each
            class).

    >>> sure = np.tile([.02, .94, .02, .02], (200, 1))
    >>> halves = calibrate_stages(sure, np.repeat([1, 2], 100))
    >>> halves.apply(sure[:1]).round(1).tolist()
    [[0.0, 0.5, 0.5, 0.0]]
    """
    p, t = np.asarray(probabilities, dtype=np.float64), np.asarray(outcomes, dtype=np.int64)
    if p.ndim != 2 or p.shape[1] != 4 or t.shape != (len(p),) or ((t < -1) | (t > 3)).any():
        raise wrong_shape("probabilities, outcomes", (p.shape, t.shape), "(n, 4), (n,) of -1 to 3")
    known = (t >= 0) & np.isfinite(p).all(axis=1)
    if known.sum() < FEWEST_OUTCOMES:
        counts = {"count": Count(known.sum()), "fewest": Count(FEWEST_OUTCOMES)}
        raise InputError(message("few_outcomes", **counts), FAMILY)
    from scipy.optimize import minimize  # heavy, and few series have enough outcomes

    logs, hit = np.log(np.maximum(p[known], LEAST)), t[known]

    def loss(x: Array) -> tuple[float, Array]:
        score = x[0] * logs + np.append(x[1:], 0.0)
        log_p = score - special.logsumexp(score, axis=1, keepdims=True)
        off = np.exp(log_p)
        off[np.arange(hit.size), hit] -= 1
        value = (
            -log_p[np.arange(hit.size), hit].sum() + 5 * (x[0] - 1) ** 2 + 0.5 * (x[1:] ** 2).sum()
        )
        slope = np.append((off * logs).sum() + 10 * (x[0] - 1), off.sum(axis=0)[:3] + x[1:])
        return float(value), slope

    x = np.round(minimize(loss, np.array([1.0, 0, 0, 0]), jac=True, method="L-BFGS-B").x, 6)
    return StageCalibration(float(x[0]), np.append(x[1:], 0.0), int(known.sum()))


def stage_outcomes(counts: Any, exposure: Any, years: Any, year: int) -> NDArray[np.int64]:
    """What the whole record says of each technology's stage in a year: 0 to 3 as in `life_cycle`,
    -1 where it is too early.

    Shares are smoothed over three years (weights 1, 2, 1). Decline: at least a fifth below the
    highest share up to then (of years around which there are 20 documents) and falling from two
    years before to two years after. Otherwise, by the share over the highest that came from then
    on: below .1 emergence, to .9 growth, above maturity; known only when that highest came at least
    three years before the record ends, or is more than ten times higher already.

    counts : (technologies, years); exposure : (years,); years : (years,), without gaps; year : of
             the judgement
    Raises  InputError where the year isn't among them.

    >>> share = [1, 2, 5, 20, 60, 90, 100, 100, 98, 60, 50, 40]
    >>> [int(stage_outcomes([share], [200] * 12, range(2000, 2012), year)[0]) for year in (2001,
    ...     2003, 2006, 2009)]
    [0, 1, 2, 3]
    """
    t = np.asarray(list(years), dtype=np.int64)
    if year not in t or (np.diff(t) != 1).any():
        about = {"year": Year(year), "first": Year(t[0]), "last": Year(t[-1])}
        raise InputError(message("no_such_year", **about), FAMILY)
    c, n = np.asarray(counts, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    at = int(np.flatnonzero(t == year)[0])
    around = _smoothed(c)
    share = around / _smoothed(n[None])
    solid = np.where(around * 4 >= SOLID_DOCUMENTS, share, 0.0)
    solid[:, at] = share[:, at]
    now, before, ahead = share[:, at], solid[:, : at + 1].max(axis=1), solid[:, at:]
    falling = share[:, min(at + 2, t.size - 1)] < share[:, max(at - 2, 0)]
    declining = (now <= (1 - FALLEN) * before) & falling
    reached = now / np.maximum(ahead.max(axis=1), 1e-300)
    known = declining | (reached < LOW) | (ahead.argmax(axis=1) <= t.size - 1 - at - SETTLED_YEARS)
    stage = np.where(declining, 3, np.where(reached < LOW, 0, np.where(reached < HIGH, 1, 2)))
    return np.where(known & (before > 0), stage, -1).astype(np.int64)


def _smoothed(x: Array) -> Array:
    padded = np.pad(x, ((0, 0), (1, 1)), mode="edge")
    return np.asarray((padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4)
