"""The stage of a technology's life cycle, emergence, growth, maturity or decline, with its
probability."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import special

from firstlight.errors import InputError, check_bounds, check_positive, shown
from firstlight.instruments.diffusion.given_numbers import FAMILY
from firstlight.instruments.diffusion.growth_curves import Array
from firstlight.instruments.diffusion.growth_errors import Series, residuals, saturated
from firstlight.instruments.diffusion.growth_posterior import (
    SPREAD_DURATION,
    SPREAD_LEVEL,
    Posterior,
    posterior,
)
from firstlight.instruments.diffusion.growth_series import growth_series
from firstlight.instruments.diffusion.least_squares import Index, minimise
from firstlight.instruments.diffusion.stage_calibration import (
    FALLEN,
    HIGH,
    LOW,
    StageCalibration,
    calibrate_stages,
    stage_outcomes,
)
from firstlight.numerics.array_checks import check_shape
from firstlight.numerics.distributions import chi2_quantile
from firstlight.texts import Count, Name, message

STAGES: Final = ("emergence", "growth", "maturity", "decline")
NO_TREND: Final = 4
CODES: Final = {**dict(enumerate(STAGES)), NO_TREND: "no_trend", -1: "undetermined"}
# why no stage is called, or what to hold against it
FEW: Final = "few_documents"
CURVES_ALONE: Final = "curves_alone"  # too sure of growth: no earlier judgements to learn from
FLAT: Final = "no_trend"  # the probabilities are those of the curves, if there were one
EVEN: Final = "no_majority"  # no stage has a probability of one half
FEWEST_DOCUMENTS: Final = 20
CHANCE: Final = 0.05  # of a trend where there is none
# The fall: eight years of the peak, three phases reached there, and a speed around 0, at most 15 %
# a year before any data.
PEAKS, PEAK_PHASES, SPREAD_FALL = 8, (0.0, 2.2, 4.4), 0.15
# Deviations last, and what happened long ago says little of the stage now. Set by hand, after
# trying others on every record of docs/replications/growth.md, its test years included; what a
# choice on earlier years alone would have been stands there.
INFLATION, HALF_LIFE = 2.0, 5.0


@dataclass(frozen=True)
class LifeCycle:
    """Stages of many technologies in the last year.

    probabilities : (technologies, 4), of STAGES; nan where undetermined for want of documents
    stage         : (technologies,), code of the likeliest stage, 4 where the share shows no trend,
                    -1 where undetermined; in words by CODES
    reason        : (technologies,), why no stage is called, or what to hold against it:
                    few_documents, no_trend, no_majority or curves_alone; else empty
    fraction      : (technologies,), expected share of saturation reached, given that the technology
                    isn't in decline; nan where the share shows no trend
    year          : of the judgement
    is_calibrated : whether the probabilities were held against what became of earlier judgements
    """

    probabilities: Array
    stage: NDArray[np.int64]
    reason: tuple[str, ...]
    fraction: Array
    year: int
    is_calibrated: bool

    @property
    def frame(self) -> pl.DataFrame:
        """One row a technology, in the order handed in."""
        stage = self.stage.tolist()
        return pl.DataFrame(
            {
                "row": np.arange(len(stage)),
                "stage": [CODES[code] for code in stage],
                **{
                    f"{name}_probability": self.probabilities[:, k] for k, name in enumerate(STAGES)
                },
                "saturation_fraction": self.fraction,
                "reason": [reason or None for reason in self.reason],
            }
        ).with_columns(pl.selectors.float().fill_nan(None))


def life_cycle(
    counts: Any,
    exposure: Any,
    years: Any,
    *,
    calibration: StageCalibration | None = None,
    inflation: float = INFLATION,
    half_life: float = HALF_LIFE,
) -> LifeCycle:
    """The stage of each technology's share of all documents, judged in the last year handed in.

    The share follows a logistic or a Gompertz curve, or one that rises to a peak and falls from it.
    Counts are negative binomial about it; their dispersion is what differences between neighbouring
    years show. The three are weighed by what the data say. Emergence: below 10 % of saturation;
    growth: from there to 90 %; maturity: above; decline: a fifth or more below its own peak, and
    falling. Before any data the share of saturation is Beta(1/2, 1/2). Where a constant share
    agrees with the counts of all years (score test of a trend in time and its square, 5%), there is
    no trend and no stage.

    Parameters
    ----------
    counts
        (technologies, years), documents.
    exposure
        (years,), all documents.
    years
        (years,), ascending.
    calibration
        Of `calibrate_stages`, from earlier years of the same record; without it the probabilities
        are those of the curves, which real records make too sure of themselves.
    inflation
        Variance of a year's deviations that last, over that of those that don't; flattens the
        likelihood.
    half_life
        Years after which a count weighs half.

    Returns
    -------
    LifeCycle, with ``probabilities`` (technologies, 4), and ``stage``, ``fraction`` (share of
    saturation reached) and ``reason``, each (technologies,).

    Raises
    ------
    InputError
        Naming the row and year for counts or totals that can't be used, or fewer than four years.

    Examples
    --------
    >>> years = np.arange(2000, 2020)
    >>> rising = np.round(400 / (1 + np.exp(-.6 * (years - 2010)))).astype(int)
    >>> found = life_cycle([rising, rising[::-1], [1] * 20], [9000] * 20, years)
    >>> found.frame["stage"].to_list()
    ['maturity', 'decline', 'no_trend']
    """
    check_bounds("inflation", inflation, 1)
    check_positive("half_life", half_life)
    y, out_of = _checked(counts, exposure, years)
    enough = y.sum(axis=1) >= FEWEST_DOCUMENTS
    probabilities, fraction = np.full((len(y), 4), np.nan), np.full(len(y), np.nan)
    flat = np.zeros(len(y), dtype=np.bool_)
    read = y[enough] if enough.any() else np.ones((1, y.shape[1]))
    series = growth_series(read, years, kind="level", errors="negative_binomial", exposure=out_of)
    if enough.any():
        weights = 2.0 ** (series.since / half_life)
        own = replace(series, inflation=float(inflation), weights=weights)
        alpha = _dispersion(own)
        probabilities[enough], fraction[enough] = _judge(own, alpha)
        flat[enough] = _is_flat(own, alpha)
        fraction[flat] = np.nan
        if calibration is not None:
            probabilities[enough] = calibration.apply(probabilities[enough])
    stage = np.full(len(y), -1, dtype=np.int64)
    best = np.round(np.nan_to_num(probabilities), 9)
    called = best.max(axis=1, initial=0.0) > 0.5
    stage[called] = best[called].argmax(axis=1)
    stage[flat] = NO_TREND
    held = CURVES_ALONE if calibration is None else ""
    reason = tuple(np.select([~enough, flat, called], [FEW, FLAT, held], EVEN).tolist())
    return LifeCycle(
        probabilities, stage, reason, fraction, series.last_year, calibration is not None
    )


def calibration_of(earlier: Iterable[tuple[Any, Any, Any, int]], until: int) -> StageCalibration:
    """The calibration that judgements of earlier years teach, read up to a year only.

    earlier : counts (technologies, years), exposure (years,), years (years,) without gaps, and the
              year of the judgement. The technologies of each should be those that could be found
              then
    until   : the last year known
    Returns   StageCalibration, for `life_cycle`.
    Raises    InputError where fewer than 100 outcomes are known by then, or for input that can't be
              used.

    >>> years = np.arange(2000, 2012)
    >>> calibration_of([([[5] * 12], [90] * 12, years, 2006)], 2011)
    Traceback (most recent call last):
    firstlight.errors.InputError: 1 known outcome
      where: outcomes
      try:   bring at least 100, or use the stages as they are
    """
    past, outcomes = [np.empty((0, 4))], [np.empty(0, dtype=np.int64)]
    for counts, exposure, years, year in earlier:
        y, n, t = np.asarray(counts), np.asarray(exposure), np.asarray(years)
        seen, known = t <= year, t <= until
        past.append(life_cycle(y[:, seen], n[seen], t[seen]).probabilities)
        outcomes.append(stage_outcomes(y[:, known], n[known], t[known], year))
    return calibrate_stages(np.concatenate(past), np.concatenate(outcomes))


def _checked(counts: Any, exposure: Any, years: Any) -> tuple[Array, Array]:
    y = np.asarray(counts, dtype=np.float64)
    check_shape("counts", y, None, np.size(years))
    bad = ~np.isfinite(y) | (y < 0)
    if bad.any():
        row, column = (int(k) for k in np.argwhere(bad)[0])
        found = {"value": Name(f"{y[row, column]:g}"), "year": shown(np.asarray(years)[column])}
        raise InputError(message("no_count", row=Count(row), **found), FAMILY)
    out_of = np.asarray(exposure, dtype=np.float64)
    if out_of.shape == (y.shape[1],) and ((y > out_of) & (out_of > 0)).any():
        row, column = (int(k) for k in np.argwhere((y > out_of) & (out_of > 0))[0])
        found = {"part": Name(f"{y[row, column]:g}"), "all": Name(f"{out_of[column]:g}")}
        found["year"] = shown(np.asarray(years)[column])
        raise InputError(message("count_above_exposure", row=Count(row), **found), FAMILY)
    return y, out_of


def _is_flat(series: Series, alpha: Array) -> NDArray[np.bool_]:
    """Whether a constant share agrees with the counts: score test of a trend in time and its
    square, all years alike.

    Source: Rao (1948), Mathematical Proceedings of the Cambridge Philosophical Society 44(1),
            50-57.
    """
    t = series.since / series.span + 0.5
    design = np.stack([np.ones_like(t), t, t**2], axis=1)
    share = series.values.sum(axis=1, keepdims=True) / series.exposure.sum()
    mean = share * series.exposure
    weight = mean / (1 + alpha[:, None] * mean) / series.inflation
    slope = np.einsum("tn,np->tp", weight * (series.values / mean - 1), design)
    information = np.einsum("np,tn,nq->tpq", design, weight, design)
    rise = np.einsum("tp,tp->t", slope, np.linalg.solve(information, slope[:, :, None])[:, :, 0])
    level = slope[:, 0] ** 2 / information[:, 0, 0]
    return np.asarray(rise - level <= chi2_quantile(1 - CHANCE, 2))


def _judge(series: Series, alpha: Array) -> tuple[Array, Array]:
    """Probabilities (technologies, 4) and expected phases, each technology scaled by its own
    largest share."""
    parts, log_evidence, fractions = [], [], []
    for model in ("logistic", "gompertz"):
        found = posterior(series, model, nuisance=alpha[:, None], refine=False)
        stages, phase = _stages_of_rise(found)
        parts.append(stages)
        fractions.append(phase)
        log_evidence.append(found.log_evidence)
    stages, phase, evidence = _fall(series, alpha)
    parts.append(stages)
    fractions.append(phase)
    log_evidence.append(evidence)
    weights = special.softmax(np.array(log_evidence), axis=0)
    probabilities = np.einsum("mt,mts->ts", weights, np.array(parts))
    rising = weights * (1 - np.array(parts)[:, :, 3])
    return probabilities, (rising * np.array(fractions)).sum(axis=0) / np.maximum(
        rising.sum(axis=0), 1e-300
    )


def _dispersion(series: Series) -> Array:
    """Alpha of each technology from second differences of its shares, without a curve:
    (technologies,).

    Source: Gasser, Sroka and Jennen-Steinmetz (1986), Biometrika 73, 625-633.
    """
    share = series.values / series.exposure
    gaps = np.diff(series.since)
    left, right = gaps[1:] / (gaps[:-1] + gaps[1:]), gaps[:-1] / (gaps[:-1] + gaps[1:])
    left, right = left[None], right[None]
    off = share[:, 1:-1] - left * share[:, :-2] - right * share[:, 2:]
    poisson = share / series.exposure

    def summed(variance: Array) -> Array:
        own = variance[:, 1:-1] + left**2 * variance[:, :-2] + right**2 * variance[:, 2:]
        return np.asarray(own.sum(axis=1))

    alpha: Array = np.clip(((off**2).sum(axis=1) - summed(poisson)) / summed(share**2), 0.0, 2.0)
    return alpha


def _stages_of_rise(found: Posterior) -> tuple[Array, Array]:
    f, weight = special.expit(found.theta[:, :, 1]), found.weight
    below, above = found.below(LOW), 1 - found.below(HIGH)
    stages = np.stack([below, 1 - below - above, above, 0 * below], axis=1)
    return stages, (weight * f).sum(axis=1)


def _fall(series: Series, alpha: Array) -> tuple[Array, Array, Array]:
    """Stages, phases and evidence under a rise to a peak and an exponential fall from it.

    Parameters: log level at the peak, log duration of the rise, speed of the fall (per year,
    positive).
    """
    many, middle = len(series.values), np.log(max(series.span, 1.0))
    peaks = np.linspace(-0.9 * series.span, -min(2.0, 0.2 * series.span), PEAKS)
    peak, phase = (side.ravel() for side in np.meshgrid(peaks, PEAK_PHASES, indexing="ij"))
    cells = peak.size

    def evaluate(theta: Array, rows: Index) -> tuple[Array, Array]:
        at = rows % cells
        since = series.since - peak[at, None]
        eta, slopes = _rise_and_fall(theta, phase[at], since)
        return residuals(series, eta, slopes, alpha[rows // cells], series.values[rows // cells])

    start = np.empty((many, cells, 3))
    start_level = np.log((series.values / series.exposure).max(axis=1))
    start[..., 0], start[..., 1], start[..., 2] = start_level[:, None], middle - 0.7, 0.05
    lower, upper = np.array([-30.0, middle - 4, 0.0]), np.array([30.0, middle + 4, 5.0])
    minima = minimise(evaluate, start.reshape(-1, 3), lower, upper)
    centre, spread = (
        np.array([0.0, middle, 0.0]),
        np.array([SPREAD_LEVEL, SPREAD_DURATION, SPREAD_FALL]),
    )
    hessian = minima.information / series.inflation + np.diag(spread**-2.0)
    off = ((minima.parameters - centre) / spread)[:, 1:]
    best = np.repeat(saturated(series.values, alpha, series.weights), cells)
    log_weight = (best - 0.5 * minima.cost) / series.inflation - 0.5 * (off**2).sum(axis=1)
    log_weight -= np.log(spread).sum() + 0.5 * np.linalg.slogdet(hessian)[1]
    # The speed is half-normal: only its positive side counts, and that twice.
    sd, speed = np.sqrt(np.linalg.inv(hessian)[:, 2, 2]), minima.parameters[:, 2]
    positive = special.ndtr(speed / sd)
    log_weight = (log_weight + np.log(2 * positive) - np.log(cells)).reshape(many, cells)
    enough = -np.log1p(-FALLEN) / -np.tile(peak, many)
    fallen = (special.ndtr((speed - enough) / sd) / positive).reshape(many, cells)
    weight = special.softmax(log_weight, axis=1)
    reached = special.expit(phase)
    rest = weight * (1 - fallen)
    mature = (rest * (reached > HIGH)).sum(axis=1)
    growing = rest.sum(axis=1) - mature
    stages = np.stack([0 * mature, growing, mature, (weight * fallen).sum(axis=1)], axis=1)
    return stages, (weight * reached).sum(axis=1), np.asarray(special.logsumexp(log_weight, axis=1))


def _rise_and_fall(theta: Array, phase: Array, since: Array) -> tuple[Array, Array]:
    """Log level at times since the peak (problems, years): first logistic, then exponential."""
    before, after = np.minimum(since, 0.0), np.maximum(since, 0.0)
    speed = np.log(81.0) / np.exp(theta[:, 1:2]) * before
    log_share = -np.logaddexp(0.0, -(phase[:, None] + speed))
    slope = np.expm1(log_share) * speed
    eta = theta[:, :1] + log_share - theta[:, 2:] * after
    return eta, np.stack([np.ones_like(eta), slope, -after], axis=2)
