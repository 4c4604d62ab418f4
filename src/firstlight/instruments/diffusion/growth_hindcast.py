"""Growth forecasts made again from the early years of a series whose later life is known, beside
simple baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from firstlight.errors import InputError, excludes
from firstlight.instruments.diffusion.given_numbers import FAMILY
from firstlight.instruments.diffusion.growth_average import (
    Draws,
    model_weights,
    posteriors,
    simulate,
)
from firstlight.instruments.diffusion.growth_curves import Array
from firstlight.instruments.diffusion.growth_errors import MODELS
from firstlight.instruments.diffusion.growth_fit import fit_growth
from firstlight.instruments.diffusion.growth_series import FEWEST, growth_series
from firstlight.numerics.distributions import t_quantile
from firstlight.texts import message

CUTS: Final = (0.1, 0.25, 0.5, 0.75)
BASELINES: Final = ("naive", "drift", "log-linear")
BANDS: Final = (0.05, 0.1, 0.5, 0.9, 0.95)
NAMES: Final = ("lower_90", "lower_80", "median", "upper_80", "upper_90")
TREND_YEARS: Final = 5
STAGES: Final = ("emergence", "growth", "maturity", "decline")


@dataclass(frozen=True)
class GrowthHindcast:
    """Forecasts from cuts of one series, and what came.

    forecasts   : cut, from_year, years_read, method, year, ahead, lower_90, lower_80, median,
                  upper_80, upper_90, last, truth
    saturations : cut, from_year, years_read, method, lower_90, lower_80, median, upper_80, upper_90
                  of K (inf: open above), midpoint, the highest level that came (truth), its half's
                  year (true_midpoint), the stages' shares emergence, growth, maturity, decline (nan
                  for fits), and the stage by the whole series (true_stage, 0 to 2)
    """

    forecasts: pl.DataFrame
    saturations: pl.DataFrame


def growth_hindcast(
    values: Any,
    years: Any,
    *,
    cuts: Sequence[float] = CUTS,
    methods: Sequence[str] = ("default",),
    fits: Sequence[str] = (),
    horizon: int = 10,
    draws: int = 2000,
    seed: int = 0,
    **choices: Any,
) -> GrowthHindcast:
    """Cut a series where it first reached given shares of its highest level, forecast the rest, and
    compare.

    Parameters
    ----------
    values, years
        (years,), levels or cumulative values, see `growth_series`.
    cuts
        Shares of the highest level; a cut that leaves fewer than four years before (of cumulative
        values five), or none after, is left out.
    methods
        Rules of `model_weights`, or single models of MODELS.
    fits
        Curves fitted by maximum likelihood as well, with profile intervals.
    horizon
        Years ahead that are compared.
    draws
        Draws of each forecast.
    seed
        Seed of the draws.
    **choices
        Of `growth_series`, which explains them: kind, errors, ceiling, launch and serial. What
        "auto" stands for is read from the whole series, and is the same at every cut.

    Returns
    -------
    GrowthHindcast, with ``forecasts`` (a row for each cut, method and year: the bands and what
    came) and ``saturations`` (a row for each cut and method). The baselines (last value; random
    walk with drift; log-linear trend of the last five values), with bands of their own and never
    above a ceiling that is given, stand among the methods.

    Raises
    ------
    InputError
        For values that can't be used.

    Examples
    --------
    >>> from firstlight.instruments.diffusion.growth_curves import logistic
    >>> years = np.arange(1980, 2011)
    >>> found = growth_hindcast(logistic(years, 80, 1995, 15), years, cuts=(.5,), draws=200)
    >>> found.saturations["truth"].round().unique().to_list(), found.forecasts["method"].unique(
    ...     maintain_order=True).to_list()
    ([79.0], ['default', 'naive', 'drift', 'log-linear'])
    """
    whole = growth_series(values, years, **choices)  # the whole must be usable
    choices |= {"kind": whole.kind, "errors": whole.errors}
    y, t = np.asarray(values, dtype=np.float64), np.asarray(years, dtype=np.float64)
    if y.ndim != 1 or choices.get("exposure") is not None or whole.kind == "per_year":
        raise InputError(excludes("values", f"kind = {whole.kind}"))
    if (y <= 0).any():
        raise InputError(message("level_of_zero"), FAMILY)
    top = float(y.max())
    forecasts: list[dict[str, Any]] = []
    saturations: list[dict[str, Any]] = []
    for cut in cuts:
        at = int(np.argmax(y >= cut * top))
        later = np.flatnonzero(t[at + 1 :] <= t[at] + horizon) + at + 1
        # where the first cumulative value tells nothing of its year, one more is needed
        if at + 1 < FEWEST + (whole.kind == "cumulative") or not later.size:
            continue
        head = {"cut": cut, "from_year": int(t[at]), "years_read": at + 1}
        ahead, truth = t[later] - t[at], y[later]
        known = {
            "truth": top,
            "true_midpoint": _time_of(t, y, top / 2),
            "true_stage": _stage(y[at] / top),
        }
        for method, drawn in _simulated(
            y[: at + 1], t[: at + 1], ahead, methods, draws, seed, choices
        ).items():
            forecasts += _rows(
                head, method, ahead, np.quantile(drawn.values, BANDS, axis=0), y[at], truth
            )
            saturations.append({**head, "method": method, **_of_saturation(drawn), **known})
        for method in BASELINES:
            bands = np.minimum(
                _baseline(method, y[: at + 1], t[: at + 1], ahead), choices.get("ceiling") or np.inf
            )
            forecasts += _rows(head, method, ahead, bands, y[at], truth)
        saturations += [
            {
                **head,
                "method": f"{curve} fit",
                **_of_fit(y[: at + 1], t[: at + 1], curve, choices),
                **known,
            }
            for curve in fits
        ]
    return GrowthHindcast(pl.DataFrame(forecasts), pl.DataFrame(saturations))


def _simulated(
    y: Array,
    t: Array,
    ahead: Array,
    methods: Sequence[str],
    draws: int,
    seed: int,
    choices: dict[str, Any],
) -> dict[str, Draws]:
    series = growth_series(y, t, **choices)
    found = posteriors(series)
    out = {}
    for method in methods:
        if method in MODELS:
            weights = np.array([float(model == method) for model in MODELS])
        else:
            weights = model_weights(series, found, method)
        out[method] = simulate(series, found, weights, ahead, draws=draws, seed=seed)
    return out


def _rows(
    head: dict[str, Any], method: str, ahead: Array, bands: Array, last: float, truth: Array
) -> list[dict[str, Any]]:
    return [
        {
            **head,
            "method": method,
            "year": head["from_year"] + int(step),
            "ahead": int(step),
            **dict(zip(NAMES, bands[:, k].tolist(), strict=True)),
            "last": float(last),
            "truth": float(truth[k]),
        }
        for k, step in enumerate(ahead)
    ]


def _of_saturation(drawn: Draws) -> dict[str, float]:
    known = np.sort(drawn.saturation[~np.isnan(drawn.saturation)])
    ends = [np.nan] * len(BANDS)
    if known.size:
        ends = [float(known[min(int(q * known.size), known.size - 1)]) for q in BANDS]
    middle = drawn.midpoint[~np.isnan(drawn.midpoint)]
    midpoint = np.nan
    if middle.size:
        midpoint = float(np.median(middle))
    stages = dict(zip(STAGES, drawn.stages.tolist(), strict=True))
    return {**dict(zip(NAMES, ends, strict=True)), "midpoint": midpoint, **stages}


def _of_fit(y: Array, t: Array, curve: str, choices: dict[str, Any]) -> dict[str, float]:
    """Maximum likelihood; where K is open its estimate is nan, and the interval says the rest."""
    wide, narrow = (fit_growth(y, t, curve, level=level, **choices) for level in (0.9, 0.8))
    ends = (
        wide.interval.lower,
        narrow.interval.lower,
        narrow.saturation,
        narrow.interval.upper,
        wide.interval.upper,
    )
    stages = dict.fromkeys(STAGES, np.nan)
    return {**dict(zip(NAMES, ends, strict=True)), "midpoint": narrow.midpoint, **stages}


def _baseline(method: str, y: Array, t: Array, ahead: Array) -> Array:
    """Quantiles of a baseline on the log scale, its scatter that of its own past errors: (bands,
    years ahead)."""
    logs = np.log(y)
    if method == "log-linear":
        x, z = t[-TREND_YEARS:], logs[-TREND_YEARS:]
        slope, level = np.polyfit(x - x.mean(), z, 1)
        dof = max(x.size - 2, 1)
        sigma = np.sqrt(((z - level - slope * (x - x.mean())) ** 2).sum() / dof)
        off = t[-1] + ahead - x.mean()
        spread = sigma * np.sqrt(1 + 1 / x.size + off**2 / ((x - x.mean()) ** 2).sum())
        middle = level + slope * off
    else:
        gaps, steps = np.diff(t), np.diff(logs)
        drift, of_drift = 0.0, np.zeros(ahead.shape)
        if method == "drift":
            drift = (logs[-1] - logs[0]) / (t[-1] - t[0])
            of_drift = ahead**2 / (t[-1] - t[0])  # the drift is itself estimated
        dof = steps.size - 1
        sigma = np.sqrt((((steps - drift * gaps) ** 2) / gaps).sum() / dof)
        spread = sigma * np.sqrt(ahead + of_drift)
        middle = logs[-1] + drift * ahead
    quantiles = np.asarray(t_quantile(np.array(BANDS), dof))[:, None]
    return np.asarray(np.exp(np.minimum(middle + quantiles * spread, 600.0)))


def _time_of(t: Array, y: Array, level: float) -> float:
    """When a series first reached a level, by straight lines between its values; its first year if
    it began above."""
    at = int(np.argmax(y >= level))
    if at == 0:
        return float(t[0])
    return float(t[at - 1] + (level - y[at - 1]) / (y[at] - y[at - 1]) * (t[at] - t[at - 1]))


def _stage(fraction: float) -> int:
    """0 before a tenth of the ceiling, 1 up to nine tenths, 2 beyond."""
    if fraction < 0.1:
        return 0
    return 1 if fraction <= 0.9 else 2
